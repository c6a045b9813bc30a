"""Effects of regressors with their intervals: direct, indirect and total beside each other."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from xinzhi.language import say
from xinzhi.method.chart_parts import (
    Labels,
    Row,
    called,
    cell_width,
    extent,
    finished,
    legend,
    names_axis,
    number,
    tooltip,
    values,
)
from xinzhi.method.table import shown
from xinzhi.method.theme import QUIET
from xinzhi.regions.panels.effects import SpatialEffects

MARKS = (("#17375e", "circle"), ("#cf6a17", "diamond"), ("#555555", "square"))
"""Colour and shape of direct, indirect and total: told apart by shape in grey print."""
ROW = 16
"""Height of an effect, CSS pixels."""


def effects_chart(labels: Labels, found: SpatialEffects, *, regressors: Sequence[str], places: int = 4) -> Any:
    """Draw the three effects of each regressor as points on their intervals, with a line at zero.

    Parameters
    ----------
    labels : Labels
        The unit is that of the effects.
    found : SpatialEffects
    regressors : (r,) names
    places : int
        Decimals.
    """
    kinds, names = [say("direct"), say("indirect"), say("total")], called(regressors)
    rows: list[Row] = []
    for r, name in enumerate(names):
        for k, kind in enumerate(kinds):
            point, start, end = (number(part[k, r]) for part in (found.estimate, found.low, found.high))
            span = f"{shown(start, places)}; {shown(end, places)}"
            rows.append(
                {
                    "name": name,
                    "kind": kind,
                    "x": point,
                    "low": start,
                    "high": end,
                    "span": span,
                    "told": shown(point, places),
                }
            )
    left, right = extent(row[end] for row in rows for end in ("low", "high", "x"))
    scale = alt.Scale(domain=[left, right], nice=True)
    colours, shapes = ([mark[place] for mark in MARKS] for place in (0, 1))
    key = legend(kinds)
    base = alt.Chart(values(rows)).encode(
        y=names_axis("name", names),
        yOffset=alt.YOffset("kind:N", sort=kinds, scale=alt.Scale(domain=kinds, paddingInner=0.2, paddingOuter=0.3)),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colours), legend=key),
    )
    bars = base.mark_rule(strokeWidth=1.6).encode(
        x=alt.X("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=6)), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=48, opacity=1).encode(
        x=alt.X("x:Q", scale=scale),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes), legend=key),
        tooltip=tooltip(
            ("name:N", say("Regressor")),
            ("kind:N", say("Effect")),
            ("told:N", say("Estimate")),
            ("span:N", say("95 % interval")),
        ),
    )
    zero = alt.Chart(values([{"zero": 0}])).mark_rule(color=QUIET, strokeWidth=0.8, strokeDash=[4, 3])
    layers = alt.layer(zero.encode(x=alt.X("zero:Q", scale=scale)), bars, points)
    return finished(layers.properties(width=cell_width(1, names), height=3 * ROW * len(names)), labels)
