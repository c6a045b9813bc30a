"""A stored SVG as part of a page: ids made unique, nothing in it that could run or load."""

from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup

from xinzhi.method.fonts import CONTROLS

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
KEPT = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "line",
        "text",
        "tspan",
        "defs",
        "clipPath",
        "linearGradient",
        "radialGradient",
        "stop",
        "polygon",
        "polyline",
        "ellipse",
        "title",
        "desc",
    ]
)
"""Elements of a still picture; others, and what is in them, are dropped."""


@dataclass(frozen=True)
class Picture:
    """An SVG element as markup, with its size in CSS pixels before scaling; empty markup if unreadable."""

    markup: Markup
    width: int
    height: int


def read_svg(svg: str, *, prefix: str) -> Picture:
    """Return a picture that may stand in a page.

    Parameters
    ----------
    svg : str
        A stored SVG.
    prefix : str
        Put before each id, so that two pictures of one page do not share any.

    Raises
    ------
    xml.etree.ElementTree.ParseError
        The text is no XML; run directories are verified before they are read.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(CONTROLS.sub("\ufffd", svg))
    _clean(root, prefix)
    size = [float(cell) for cell in root.get("viewBox", "0 0 0 0").split()]
    width, height = (
        round(size[2] or float(root.get("width", 460))),
        round(size[3] or float(root.get("height", 240))),
    )
    root.attrib.update({"viewBox": f"0 0 {width} {height}", "aria-hidden": "true", "focusable": "false"})
    for name in ("class", "version", "width", "height"):
        root.attrib.pop(name, None)
    return Picture(Markup(ElementTree.tostring(root, encoding="unicode")), width, height)


def _clean(node: ElementTree.Element, prefix: str) -> None:
    for child in list(node):
        if isinstance(child.tag, str) and child.tag.removeprefix(f"{{{SVG}}}") in KEPT:
            _clean(child, prefix)
        else:
            node.remove(child)
    for name, value in list(node.attrib.items()):
        if name.startswith(("on", "aria-", f"{{{XLINK}}}")) or name in {"href", "style", "role"}:
            del node.attrib[name]
        elif name == "id":
            node.set("id", f"{prefix}-{value}")
        elif "url(" in value:
            node.set(name, value.replace("url(#", f"url(#{prefix}-") if value.startswith("url(#") else "none")
