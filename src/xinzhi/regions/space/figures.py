"""Charts of space: plain columns in, an Altair chart with name, title and description out."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from xinzhi.language import say
from xinzhi.method.chart_parts import (
    WIDTH,
    Labels,
    Row,
    called,
    cell_width,
    finished,
    legend,
    names_axis,
    tooltip,
    values,
)
from xinzhi.method.theme import INK
from xinzhi.panel.panel import Floats

COLOURS = ("#a3390f", "#86b0d6", "#17375e", "#f4c67a", "#e8e8e8")
"""High-high dark red, low-high light blue, low-low dark blue, high-low light orange, not significant grey."""
CELL = 15
"""Height of a row, CSS pixels."""


def cluster_strip(
    labels: Labels, *, unit: Sequence[str], time: Sequence[int], kind: Sequence[str | None], kinds: Sequence[str]
) -> Any:
    """Draw the kind of cluster of each unit in each year as a coloured cell.

    Parameters
    ----------
    labels : Labels
        ``unit`` of the labels is not used.
    unit : (k,) names
    time : (k,) years; one and the same where the data have none
    kind : (k,) kinds of cluster; None where not computed
    kinds : (5,) names of the kinds in the order of the key
    """
    unit, kinds = called(unit), called(kinds)
    units, years = list(dict.fromkeys(unit)), sorted(set(map(int, time)))
    rows: list[Row] = [
        {"unit": who, "time": int(year), "kind": None if cell is None else str(called([cell])[0])}
        for who, year, cell in zip(unit, time, kind, strict=True)
    ]
    axis = alt.Axis(labelOverlap=True, labelAngle=0, labelFontSize=11) if len(years) > 1 else None
    base = alt.Chart(values(rows)).encode(y=names_axis("unit", units), x=alt.X("time:O", title=None, axis=axis))
    cells = base.transform_filter("isValid(datum.kind)").mark_rect(stroke="white", strokeWidth=0.8)
    cells = cells.encode(
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=list(COLOURS)), legend=legend(kinds)),
        tooltip=tooltip(("unit:N", say("Unit")), ("time:O", say("Year")), ("kind:N", say("Cluster"))),
    )
    width = min(cell_width(1, units), 60 * len(years))
    return finished(alt.layer(cells).properties(width=width, height=CELL * len(units)), labels)


def ellipse_map(labels: Labels, *, outline: Mapping[int, Floats], path: Mapping[int, Floats]) -> Any:
    """Draw ellipses of some years and the path of the centroid over all, east to the right and north up.

    Parameters
    ----------
    labels : Labels
        The unit is what the vertical axis measures.
    outline : mapping from year to (p, 2) places
    path : mapping from year to (2,) centroid
    """
    ring: list[Row] = [
        {"year": str(year), "x": float(x), "y": float(y), "k": k}
        for year, places in outline.items()
        for k, (x, y) in enumerate(places)
    ]
    track: list[Row] = [
        {"year": str(year), "x": float(at[0]), "y": float(at[1]), "k": k} for k, (year, at) in enumerate(path.items())
    ]
    span = max(max(row[key] for row in ring) - min(row[key] for row in ring) for key in ("x", "y"))

    def scale(key: str) -> Any:  # one length for both axes: the shape is the message
        low, high = min(row[key] for row in ring), max(row[key] for row in ring)
        middle = (low + high) / 2
        return alt.Scale(domain=[middle - 0.55 * span, middle + 0.55 * span], nice=False)

    x = alt.X("x:Q", title=say("east"), scale=scale("x"), axis=alt.Axis(tickCount=5))
    y = alt.Y("y:Q", title=labels.unit, scale=scale("y"), axis=alt.Axis(tickCount=5, grid=True))
    years = [str(year) for year in outline]
    stroke = alt.Legend(symbolType="stroke", symbolStrokeWidth=2.0)
    colour = alt.Color(
        "year:N", scale=alt.Scale(domain=years, range=["#86b0d6", "#17375e"][-len(years) :]), legend=stroke
    )
    rings = alt.Chart(values(ring)).mark_line(strokeWidth=1.6).encode(x=x, y=y, order="k:Q", color=colour)
    line = alt.Chart(values(track)).mark_line(color=INK, strokeWidth=1.2, point={"size": 18, "color": INK})
    line = line.encode(x=x, y=y, order="k:Q", tooltip=tooltip(("year:N", say("Year"))))
    side = WIDTH - 120
    return finished(alt.layer(rings, line).properties(width=side, height=side), labels)
