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
    finished,
    strip,
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
    rows: list[Row] = [
        {"unit": who, "time": int(year), "kind": None if cell is None else str(called([cell])[0])}
        for who, year, cell in zip(called(unit), time, kind, strict=True)
    ]
    _, cells, width = strip(rows, kinds=called(kinds), colours=COLOURS, heading=say("Cluster"))
    return finished(alt.layer(cells).properties(width=width, height=CELL * len(set(unit))), labels)


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
