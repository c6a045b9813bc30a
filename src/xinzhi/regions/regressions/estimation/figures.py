"""Charts of regressions: coefficients over columns of a table, and a slope over its moderator."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from xinzhi.language import say
from xinzhi.method.chart_parts import (
    WIDTH,
    Labels,
    Numbers,
    Row,
    called,
    cell_width,
    extent,
    finished,
    names_axis,
    number,
    panels,
    tooltip,
    values,
)
from xinzhi.method.table import shown
from xinzhi.method.theme import INK, QUIET, RULE
from xinzhi.panel.panel import Floats
from xinzhi.regions.regressions.estimation.tables import decimals

BLUE, PALE = "#3b78b0", "#c6dcef"
BINS = 24
"""Bars of the histogram under a slope."""
SHARE = 0.16
"""Of the height of the chart, which the highest bar takes."""


def coefficient_steps(
    labels: Labels,
    *,
    regressor: Sequence[str],
    step: Sequence[str],
    estimate: Numbers,
    low: Numbers,
    high: Numbers,
) -> Any:
    """Draw each regressor's coefficient with its interval, a line for each column of a table, a panel for each.

    Parameters
    ----------
    labels : Labels
    regressor, step : (m,) names
    estimate, low, high : (m,) numbers
    """
    regressor, step = called(regressor), called(step)
    places = decimals((np.array(high, dtype=float) - np.array(low, dtype=float)) / 2)
    rows: list[Row] = [
        {
            "unit": who,
            "step": how,
            "value": number(b),
            "low": number(a),
            "high": number(c),
            "told": say("{b} ({low} to {high})", b=shown(b, places), low=shown(a, places), high=shown(c, places)),
        }
        for who, how, b, a, c in zip(regressor, step, estimate, low, high, strict=True)
    ]
    order, units = list(dict.fromkeys(step)), list(dict.fromkeys(regressor))
    columns = 1 if len(units) == 1 else 2
    place = names_axis("step", order)
    axis = alt.Axis(tickCount=4, labelOverlap=True)
    base = alt.Chart().encode(y=place)
    tips = tooltip(("unit:N", say("Regressor")), ("step:N", say("Column")), ("told:N", labels.unit))
    across = alt.X("low:Q", title=labels.unit, axis=axis, scale=alt.Scale(zero=True))
    spans = base.mark_rule(strokeWidth=2, color=BLUE).encode(x=across, x2="high:Q", tooltip=tips)
    points = base.mark_point(filled=True, opacity=1, size=52, color=INK).encode(x="value:Q", tooltip=tips)
    zero = alt.Chart().mark_rule(color=QUIET, strokeWidth=0.8, strokeDash=[4, 3]).encode(x=alt.datum(0))
    layers = alt.layer(zero, spans, points).properties(width=cell_width(columns, order), height=26 * len(order))
    chart = panels(layers, rows, units=units, labels=labels, columns=columns)
    return chart if len(units) == 1 else chart.resolve_scale(x="independent")


def slope_chart(
    labels: Labels,
    *,
    moderator: Floats,
    at: Floats,
    slope: Floats,
    low: Floats,
    high: Floats,
    turns: Sequence[float],
    across: str,
) -> Any:
    """Draw a slope over the moderator with its interval, the moderator's histogram below, and where it turns.

    Parameters
    ----------
    labels : Labels
        The unit is that of the slope.
    moderator : (n,) numbers behind the histogram
    at, slope, low, high : (p,) numbers
    turns : sequence of float
        Values of the moderator at which the interval meets zero.
    across : str
        What the horizontal axis measures.
    """
    bottom, top = extent([*low.tolist(), *high.tolist()])
    room = (top - bottom) / (1 - SHARE) * SHARE
    count, edges = np.histogram(moderator, bins=BINS, range=(float(at.min()), float(at.max())))
    bars: list[Row] = [
        {"x": float(a), "x2": float(b), "y": bottom - room, "y2": bottom - room + room * n / count.max(), "n": int(n)}
        for a, b, n in zip(edges, edges[1:], count, strict=False)
    ]
    x = alt.Scale(domain=[float(at.min()), float(at.max())], nice=False)
    y = alt.Scale(domain=[bottom - room, top], nice=False)
    horizontal = alt.X("x:Q", title=across, scale=x, axis=alt.Axis(tickCount=6))
    places = decimals((high - low) / 2)
    points: list[Row] = [
        {"x": float(m), "b": float(b), "low": float(a), "high": float(c), "told": shown(float(b), places)}
        for m, b, a, c in zip(at, slope, low, high, strict=True)
    ]
    data = alt.Chart(values(points))
    band = data.mark_area(color=PALE, opacity=0.8).encode(x=horizontal, y=alt.Y("low:Q", scale=y), y2="high:Q")
    vertical = alt.Y("b:Q", title=labels.unit, scale=y, axis=alt.Axis(tickCount=6))
    line = data.mark_line(color=INK, strokeWidth=1.8).encode(x=horizontal, y=vertical)
    hidden = data.mark_point(opacity=0, size=30).encode(
        x=horizontal, y=vertical, tooltip=tooltip(("x:Q", across), ("told:N", labels.unit))
    )
    histogram = alt.Chart(values(bars)).mark_bar(color="#d9d9d9", stroke="white", strokeWidth=0.5)
    histogram = histogram.encode(
        x=horizontal, x2="x2:Q", y=alt.Y("y:Q", scale=y), y2="y2:Q", tooltip=tooltip(("n:Q", say("Rows")))
    )
    zero = alt.Chart(values([{"y": 0.0}])).mark_rule(color=RULE, strokeWidth=1).encode(y=alt.Y("y:Q", scale=y))
    inside = [{"x": float(turn)} for turn in turns if at.min() <= turn <= at.max()]
    marks = alt.Chart(values(inside)).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=horizontal)
    layers = [histogram, band, zero, *([marks] if inside else []), line, hidden]
    return finished(alt.layer(*layers).properties(width=WIDTH - 60, height=260), labels)
