"""Charts of this room: plain columns in, an Altair chart with name, title and description out.

The conventions are those of :mod:`xinzhi.method.charts`: ``Labels`` first, missing numbers (None or NaN) draw nothing,
about 460 pixels wide.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

from xinzhi.language import say
from xinzhi.method.chart_parts import (
    WIDTH,
    Labels,
    Numbers,
    Row,
    called,
    finished,
    number,
    panels,
    tooltip,
    values,
)
from xinzhi.method.table import shown
from xinzhi.method.theme import INK, QUIET, RULE
from xinzhi.panel.panel import Floats

__all__ = ["Labels", "conditional_map", "evenly", "ridgelines", "transition_map"]

SHADES = ("#ffffff", "#c6dcef", "#86b0d6", "#3f74a8", "#17375e")
"""Of probabilities and densities from zero to the largest: lightness falls all the way."""
PALE = 0.005
"""Share of the largest density below which a cell is as white as the paper, and not drawn."""
DARK = 0.55
"""Probabilities beyond which letters on their colour are white."""
OVERLAP = 2.5
"""Rows of a ridge chart that the highest ridge covers."""
MOST_RIDGES = 12
"""Years drawn; of more years those evenly spread up to the last."""


def ridgelines(
    labels: Labels, *, time: Sequence[str], x: Sequence[Numbers], density: Sequence[Numbers], across: str
) -> Any:
    """Draw one density per year above each other, the first year at the top, all on one scale.

    Parameters
    ----------
    labels : Labels
        The unit is that of the densities.
    time : (t,) years as texts
    x, density : (t, p) numbers: points and densities of each year
    across : str
        What the horizontal axis measures.
    """
    chosen, step = evenly(len(time), MOST_RIDGES), 26
    most = max((number(v) or 0.0 for k in chosen for v in density[k]), default=0.0) or 1.0
    rows: list[Row] = [
        {"time": time[k], "row": -place, "x": number(a), "top": (number(b) or 0.0) / most * OVERLAP - place}
        for place, k in enumerate(chosen)
        for a, b in zip(x[k], density[k], strict=True)
    ]
    names = {-place: time[k] for place, k in enumerate(chosen)}
    told = "{" + ",".join(f"'{row}':'{year}'" for row, year in names.items()) + "}[datum.value]"
    axis = alt.Axis(labelExpr=told, values=list(names), title=None, ticks=False, domain=False, grid=False)
    scale = alt.Scale(domain=[-len(chosen) + 0.8, OVERLAP], nice=False)
    low, high = min(row["x"] for row in rows), max(row["x"] for row in rows)
    horizontal = alt.X("x:Q", title=across, scale=alt.Scale(domain=[low, high], nice=False), axis=alt.Axis(tickCount=6))
    layers = []
    for place in range(len(chosen)):  # one layer a year, so that a later ridge stands before an earlier one
        data = alt.Chart(values([row for row in rows if row["row"] == -place]))
        area = data.mark_area(color="#c6dcef", opacity=0.85, line={"color": "#17375e", "strokeWidth": 1.0})
        layers.append(
            area.encode(x=horizontal, y=alt.Y("top:Q", scale=scale, axis=axis), y2="row:Q", tooltip=_year_tip())
        )
    return finished(alt.layer(*layers).properties(width=WIDTH - 50, height=step * (len(chosen) + 2)), labels)


def _year_tip() -> list[Any]:
    return tooltip(("time:O", say("Year")))


def evenly(count: int, most: int) -> list[int]:
    """Return up to ``most`` places of ``count``, equally far apart, the last among them, and the first if that fits."""
    least = max(1, -(-(count - 1) // (most - 1)))
    step = next((step for step in range(least, 2 * least) if (count - 1) % step == 0), least)
    return list(range(count - 1, -1, -step))[::-1]


def conditional_map(
    labels: Labels, *, start: Numbers, end: Numbers, density: Sequence[Numbers], names: tuple[str, str]
) -> Any:
    """Draw the density of the end given the start as shades, with the line on which both are equal.

    Parameters
    ----------
    labels : Labels
        The unit is that of the densities.
    start : (s,) numbers, evenly spaced
    end : (e,) numbers, evenly spaced
    density : (s, e) numbers
    names : (across, up)
        What start and end are.
    """
    palest = PALE * max((number(cell) or 0.0 for line in density for cell in line), default=0.0)
    wide, high = (float(points[1] or 0.0) - float(points[0] or 0.0) for points in (start, end))
    rows: list[Row] = []
    for a, line in zip(start, density, strict=True):
        for b, cell in zip(end, line, strict=True):
            if a is not None and b is not None and (number(cell) or 0.0) > palest:
                corners = {"x": a - wide / 2, "x2": a + wide / 2, "y": b - high / 2, "y2": b + high / 2}
                rows.append({**corners, "value": number(cell), "told": shown(number(cell), 3)})
    size = WIDTH - 130
    ends = [
        (float(points[0] or 0.0) - d / 2, float(points[-1] or 0.0) + d / 2)
        for points, d in ((start, wide), (end, high))
    ]
    x, y = (alt.Scale(domain=list(pair), nice=False) for pair in ends)
    key = alt.Legend(title=labels.unit, titleFontWeight="normal", gradientLength=160, gradientThickness=9)
    shades = alt.Scale(
        domain=_stops(max((row["value"] for row in rows), default=1.0)), range=list(SHADES), interpolate="rgb"
    )
    cells = alt.Chart(values(rows)).mark_rect(stroke=None)
    cells = cells.encode(
        x=alt.X("x:Q", scale=x, title=names[0], axis=alt.Axis(tickCount=6)),
        x2="x2:Q",
        y=alt.Y("y:Q", scale=y, title=names[1], axis=alt.Axis(tickCount=6)),
        y2="y2:Q",
        color=alt.Color("value:Q", scale=shades, legend=key),
        tooltip=tooltip(("told:N", labels.unit)),
    )
    low, top = max(ends[0][0], ends[1][0]), min(ends[0][1], ends[1][1])
    layers = [cells]
    if low < top:
        diagonal = alt.Chart(values([{"x": low, "y": low}, {"x": top, "y": top}]))
        layers.append(
            diagonal.mark_line(color=INK, strokeWidth=1, strokeDash=[4, 3]).encode(x=alt.X("x:Q", scale=x), y="y:Q")
        )
    return finished(alt.layer(*layers).properties(width=size, height=size), labels)


def _stops(most: float) -> list[float]:
    return [most * k / (len(SHADES) - 1) for k in range(len(SHADES))]


def transition_map(labels: Labels, *, given: Sequence[str], counts: Sequence[Floats]) -> Any:
    """Draw matrices of transition as shades with their probabilities, one panel per condition.

    Parameters
    ----------
    labels : Labels
        The unit is that of the probabilities.
    given : (m,) names of conditions; one empty name where there is no condition
    counts : (m, k, k) transitions from row to column; their number is told beside each row
    """
    names, k = called(given) if len(given) > 1 else [""], len(counts[0])
    rows: list[Row] = []
    for name, matrix in zip(names, counts, strict=True):
        for i, line in enumerate(matrix.tolist(), start=1):
            size = sum(line)
            start = str(say("{number} (n = {count})", number=i, count=int(size)))
            for j, cell in enumerate(line, start=1):
                p = cell / size if size else None
                dark = p is not None and p > DARK
                rows.append({"unit": name, "start": start, "end": j, "value": p, "told": shown(p, 2), "dark": dark})
    columns = 1 if len(names) == 1 else 2
    side = min(44 * k, 260 if columns == 1 else (WIDTH - 184) // 2)
    axis: dict[str, Any] = {"ticks": False, "domain": False, "labelAngle": 0, "titleColor": QUIET}
    base = alt.Chart().encode(
        x=alt.X("end:O", title=say("class at the end"), axis=alt.Axis(**axis)),
        y=alt.Y("start:O", sort=None, title=say("class at the start"), axis=alt.Axis(**axis)),
    )
    shades = alt.Scale(domain=_stops(1.0), range=list(SHADES), interpolate="rgb")
    cells = base.mark_rect(stroke=RULE, strokeWidth=0.5, invalid="show").encode(
        color=alt.Color("value:Q", scale=shades, legend=None),
        tooltip=tooltip(
            ("start:O", say("Class at the start")), ("end:O", say("Class at the end")), ("told:N", labels.unit)
        ),
    )
    ink = alt.condition("datum.dark", alt.value("white"), alt.value(INK))
    told = base.mark_text(fontSize=min(12, int(side / k / 2.6))).encode(text="told:N", color=ink)
    layers = alt.layer(cells, told).properties(width=side, height=side)
    chart = panels(layers, rows, units=names, labels=labels, columns=columns)
    return chart if columns == 1 else chart.resolve_scale(y="independent")
