"""What charts share: names, scales, panels, places of labels, and the way from a chart to a file."""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from xinzhi.language import Text, again, named, say
from xinzhi.method.table import wide
from xinzhi.method.theme import RULE, SERIES_COLOURS, SERIES_DASHES, config, term_colours

CONTROLS = re.compile(r"(?<!\\)((?:\\\\)*)\\u00(?:0[0-8bcef]|1[0-9a-f]|7f)")
"""Control characters in JSON: the renderer ends the whole process at a label that holds NUL."""
Row = dict[str, Any]
Numbers = Sequence[float | None]
WIDTH = 460
"""Width of a chart with its labels, CSS pixels before scaling."""
LETTER = 6.6
"""Width of a letter of a label, CSS pixels: enough for Arial at 12 px."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a chart is called.

    Parameters
    ----------
    name : str
        Identifier, unique within a result; names files.
    title : str
        Caption.
    description : str
        What the chart shows, with the gist of the numbers, for readers who cannot see it.
    unit : str
        Unit of measurement of the number axis.
    """

    name: str
    title: str
    description: str
    unit: str = field(default_factory=lambda: say("per cent a year"))


def spec(chart: Any) -> dict[str, Any]:
    """Return the Vega-Lite specification with its data, without the title: that is printed as the caption."""
    with alt.theme.enable("xinzhi"):
        found: dict[str, Any] = json.loads(CONTROLS.sub(r"\1\\ufffd", chart.to_json()))
    found.pop("title", None)
    return found


def save_svg(chart: Any) -> str:
    """Return the chart as SVG with text as text; needs no network, equal charts give equal text."""
    import vl_convert

    svg = str(vl_convert.vegalite_to_svg(spec(chart), allowed_base_urls=[]))
    # Vega counts gradients through the life of a process: count them anew for each chart
    for k, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf'(\bid="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>{chart.name}-{k}", svg)
    return svg


# Numbers and places ---------------------------------------------------------------------------


def number(value: Any) -> float | None:
    """Return a plain number, None where it is missing or not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


def extent(values: Iterable[float | None], *, zero: bool = True) -> tuple[float, float]:
    """Return the smallest and largest of the numbers that are there, with zero if asked; never a single point."""
    there = [value for value in values if value is not None] + ([0.0] if zero else [])
    low, high = (min(there), max(there)) if there else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def spread(values: Sequence[float], *, gap: float) -> list[float]:
    """Return (m,) places near ``values``, at least ``gap`` apart, in the same order of size, with the same mean.

    Values that come too close form a block around their mean; blocks that come too close are joined.
    """
    blocks: list[tuple[list[int], float]] = []
    for k in sorted(range(len(values)), key=lambda k: (values[k], k)):
        members, centre = [k], float(values[k])
        while blocks and centre - blocks[-1][1] < gap * (len(members) + len(blocks[-1][0])) / 2:
            before, _ = blocks.pop()
            members = [*before, *members]
            centre = sum(values[member] for member in members) / len(members)
        blocks.append((members, centre))
    places = [0.0] * len(values)
    for members, centre in blocks:
        for i, member in enumerate(members):
            places[member] = centre + gap * (i - (len(members) - 1) / 2)
    return places


def letters(names: Iterable[str]) -> int:
    """Return the length of the longest name; wide (CJK) letters count twice."""
    return max(map(wide, names), default=0)


def called(names: Iterable[str]) -> list[Text]:
    """Return units, items and series as the study calls them in the language in force."""
    return [again(name) if isinstance(name, Text) else named(name) for name in names]


def cell_width(columns: int, names: Sequence[str]) -> int:
    """Return the width of a panel so that ``columns`` of them and the row labels fill the width of a chart."""
    labels = min(150.0, LETTER * letters(names)) + 14
    return int((WIDTH - labels - 18 * (columns - 1)) / columns)


# Pieces of charts -----------------------------------------------------------------------------


def values(rows: Sequence[Row]) -> Any:
    """Return rows as data of a layer."""
    return alt.InlineData(values=list(rows))


def names_axis(field: str, order: Sequence[str]) -> Any:
    """Return a vertical axis of names, from top to bottom in the order given."""
    axis = alt.Axis(ticks=False, domain=False)
    return alt.Y(f"{field}:N", sort=list(order), title=None, axis=axis, scale=alt.Scale(domain=list(order)))


def zero_line() -> Any:
    """Return a thin line at zero."""
    return alt.Chart(values([{"zero": 0}])).mark_rule(color=RULE, strokeWidth=0.8).encode(x="zero:Q")


def tooltip(*fields: tuple[str, str]) -> list[Any]:
    """Return the fields that the pointer shows, each with its heading."""
    return [alt.Tooltip(name, title=title[:1].upper() + title[1:]) for name, title in fields]


def term_scale(terms: Sequence[str], names: Sequence[str]) -> Any:
    """Return the scale from the names of terms to their colours."""
    return alt.Scale(domain=list(names), range=term_colours(terms))


def legend(names: Sequence[str]) -> Any:
    """Return a legend over the chart in as few rows as fit, filled evenly."""
    most = max(1, min(len(names), int((WIDTH - 20) / (LETTER * letters(names) + 32))))
    return alt.Legend(columns=math.ceil(len(names) / math.ceil(len(names) / most)) if names else 1)


def series_scales(names: Sequence[str]) -> tuple[Any, Any]:
    """Return colour and dash of lines, told apart by both together."""
    colours = [SERIES_COLOURS[k % len(SERIES_COLOURS)] for k in range(len(names))]
    dashes = [list(SERIES_DASHES[k // len(SERIES_COLOURS) % len(SERIES_DASHES)]) for k in range(len(names))]
    colour = alt.Color("series:N", scale=alt.Scale(domain=list(names), range=colours), legend=None)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=list(names), range=dashes), legend=None)
    return colour, dash


def panels(layers: Any, rows: Sequence[Row], *, units: Sequence[str], labels: Labels, columns: int) -> Any:
    """Return layers over rows, one panel per unit under its name; one unit needs no panel."""
    if len(units) == 1:
        return finished(layers.properties(data=values(rows)), labels)
    facet = alt.Facet("unit:N", sort=list(units), title=None, header=alt.Header(title=None))
    return finished(layers.facet(facet=facet, columns=columns, data=values(rows)), labels)


def strip(rows: Sequence[Row], *, kinds: Sequence[str], colours: Sequence[str], heading: str) -> tuple[Any, Any, int]:
    """Return the base, the coloured cells and the width of a strip: a line for each unit, a cell for each year.

    Parameters
    ----------
    rows : ``unit``, ``time`` and, where there is one, ``kind``
    kinds : names in the order of the key; colours : of each
    heading : what a kind is, for the pointer
    """
    units, years = list(dict.fromkeys(row["unit"] for row in rows)), {row["time"] for row in rows}
    axis = alt.Axis(labelOverlap=True, labelAngle=0, labelFontSize=11, ticks=False, domain=False)
    across = alt.X("time:O", title=None, axis=axis if len(years) > 1 else None)
    base = alt.Chart(values(rows)).encode(y=names_axis("unit", units), x=across)
    cells = base.transform_filter("isValid(datum.kind)").mark_rect(stroke="white", strokeWidth=0.8)
    cells = cells.encode(
        color=alt.Color("kind:N", scale=alt.Scale(domain=list(kinds), range=list(colours)), legend=legend(kinds)),
        tooltip=tooltip(("unit:N", say("Unit")), ("time:O", say("Year")), ("kind:N", heading)),
    )
    return base, cells, min(cell_width(1, units), 60 * len(years))


def finished(chart: Any, labels: Labels) -> Any:
    """Return the chart with its name, caption, description and the theme."""
    chart = chart.properties(name=labels.name, title=labels.title, description=labels.description)
    chart.config = alt.Config(**config())
    return chart
