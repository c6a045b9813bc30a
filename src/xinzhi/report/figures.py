"""Figures as files: SVG as stored, PNG at 300 dots an inch, PDF with its letters as text.

A character that no font of this machine can draw stops the export: a figure never shows boxes.
"""

import re
from collections.abc import Callable
from xml.etree import ElementTree

from xinzhi.errors import UsageError
from xinzhi.language import say
from xinzhi.report.layout import placed_figures, tag
from xinzhi.study.contents import RunContents

DOTS = 300
"""Dots an inch of PNG, where a figure's own unit is 1/72 inch."""
FONTS = "Noto Sans CJK SC, SimSun, Microsoft YaHei"


def svg_figures(contents: RunContents) -> dict[str, bytes]:
    """Return every figure of a run as SVG, as the run stored it."""
    return {f"figures/{file}{tag(contents)}.svg": figure.svg.encode() for file, figure in placed_figures(contents)}


def png_figures(contents: RunContents) -> dict[str, bytes]:
    """Return every figure of a run as PNG.

    Raises
    ------
    UsageError
        A character that no installed font can draw (XZ-125).
    """
    return _drawn(contents, "png", png)


def pdf_figures(contents: RunContents) -> dict[str, bytes]:
    """Return every figure of a run as PDF.

    Raises
    ------
    UsageError
        A character that no installed font can draw (XZ-125).
    """
    return _drawn(contents, "pdf", pdf)


def png(svg: str, *, dots: int = DOTS) -> bytes:
    """Return an SVG as PNG with ``dots`` an inch."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, ppi=dots))


def pdf(svg: str) -> bytes:
    """Return an SVG as PDF; equal pictures give equal bytes."""
    import vl_convert

    return in_one_order(bytes(vl_convert.svg_to_pdf(svg)))


def _drawn(contents: RunContents, kind: str, draw: Callable[[str], bytes]) -> dict[str, bytes]:
    from xinzhi.method.fonts import missing_glyphs

    found = {}
    for file, figure in placed_figures(contents):
        absent = missing_glyphs(words(figure.svg))
        if absent:
            raise UsageError(
                "XZ-125",
                say("no font for {signs}", signs=" ".join(f"{sign} (U+{ord(sign):04X})" for sign in absent[:12])),
                where=f"{file}.{kind}",
                remedy=say("Install a font that has them, for Chinese one of {fonts}, and export again.", fonts=FONTS),
            )
        found[f"figures/{file}{tag(contents)}.{kind}"] = draw(figure.svg)
    return found


def words(svg: str) -> str:
    """Return the letters that a picture shows."""
    root = ElementTree.fromstring(svg)
    return "".join("".join(node.itertext()) for node in root.iter() if node.tag.rpartition("}")[2] == "text")


# PDF in one order -------------------------------------------------------------------------------

OBJECT = re.compile(rb"(\d+) 0 obj\n")
LENGTH = re.compile(rb"/Length (\d+)")
REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
NAMED = re.compile(rb"(?<=<<\n)((?:[ ]*/\w+ \d+ 0 R\n)+)(?=[ ]*>>)")
"""A dictionary of nothing but references, such as the fonts of a page."""


def in_one_order(content: bytes) -> bytes:
    """Return a PDF with its objects in the order in which they are first referred to.

    The writer holds fonts in a table whose order differs from call to call; nothing else differs. A file that is
    not built of plain numbered objects is returned as it came.
    """
    objects = _objects(content)
    root = re.search(rb"/Root (\d+) 0 R", content[content.rfind(b"trailer") :])
    info = re.search(rb"/Info (\d+) 0 R", content[content.rfind(b"trailer") :])
    if not objects or root is None:
        return content
    order: list[int] = []
    waiting = [int(found[1]) for found in (info, root) if found]
    while waiting:
        number = waiting.pop()
        if number in order or number not in objects:
            continue
        order.append(number)
        waiting += [int(n) for n in reversed(REFERENCE.findall(objects[number][0]))]
    new = {old: k for k, old in enumerate(order, start=1)}

    def renamed(head: bytes) -> bytes:
        return REFERENCE.sub(lambda found: b"%d 0 R" % new.get(int(found[1]), 0), head)

    body, places = bytearray(content[: content.index(b" 0 obj") - len(str(next(iter(objects))))]), []
    for old in order:
        places.append(len(body))
        head, stream = objects[old]
        body += b"%d 0 obj\n" % new[old] + renamed(head) + stream + b"endobj\n\n"
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(order) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"  /Info %d 0 R\n" % new[int(info[1])] if info else b""
    body += b"trailer\n<<\n  /Size %d\n  /Root %d 0 R\n%s>>\n" % (len(order) + 1, new[int(root[1])], tail)
    return bytes(body + b"startxref\n%d\n%%%%EOF" % start)


def _objects(content: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Return dictionary and stream of each object by number; empty where the file is built otherwise."""
    found: dict[int, tuple[bytes, bytes]] = {}
    at = content.find(b" 0 obj\n")
    at = content.rfind(b"\n", 0, at) + 1
    while match := OBJECT.match(content, at):
        end, opens = content.find(b"endobj", match.end()), content.find(b"stream\n", match.end())
        if 0 <= opens < end:
            head = content[match.end() : opens]
            length = LENGTH.search(head)
            if length is None:
                return {}
            end = content.find(b"endobj", opens + 7 + int(length[1]))
            stream = content[opens:end]
        else:
            head, stream = content[match.end() : end], b""
        if end < 0:
            return {}
        found[int(match[1])] = (NAMED.sub(_sorted, head), stream)
        at = end + len(b"endobj")
        while content[at : at + 1] in (b"\n", b"\r", b" "):
            at += 1
    return found if content[at : at + 4] == b"xref" else {}


def _sorted(found: re.Match[bytes]) -> bytes:
    return b"".join(sorted(found[0].splitlines(keepends=True)))
