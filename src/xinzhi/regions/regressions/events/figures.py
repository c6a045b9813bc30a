"""Charts of event studies: plain columns in, an Altair chart with name, title and description out."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from xinzhi.language import Text, again, say
from xinzhi.method.chart_parts import (
    LETTER,
    WIDTH,
    Labels,
    Row,
    extent,
    finished,
    legend,
    letters,
    number,
    tooltip,
    values,
)
from xinzhi.method.table import shown
from xinzhi.method.theme import INK, QUIET
from xinzhi.panel.panel import Floats
from xinzhi.regions.dynamics.kernels import bandwidth, density_at

__all__ = ["Labels", "bacon_scatter", "event_path", "placebo_density"]

WHOLE, POINT = "#86b0d6", "#17375e"
"""Of intervals of the whole path and of single event times."""
KIND_COLOURS = ("#17375e", "#2b7a6b", "#b8560c")
KIND_SHAPES = ("circle", "square", "triangle-up")
POINTS = 160
"""Points of a density."""


def event_path(
    labels: Labels, columns: Mapping[str, Sequence[Any]], *, base: Sequence[bool], level: str, places: int
) -> Any:
    """Draw effects by event time: thick bars are intervals of each, thin ones with caps those of the whole path.

    Parameters
    ----------
    labels : Labels
    columns : ``event_time``, ``estimate``, ``low``, ``high``, ``low_all``, ``high_all``, (e,) each
    base : (e,) whether the effect is zero by choice: drawn hollow
    level : str
        Of the intervals, per cent.
    places : int
        Decimals of the pointer.
    """
    names = [say("{level} % interval", level=level), say("{level} % interval of the whole path", level=level)]
    rows: list[Row] = []
    bars: list[Row] = []
    for k, time in enumerate(columns["event_time"]):
        one = {key: number(columns[key][k]) for key in ("estimate", "low", "high", "low_all", "high_all")}
        told = say(
            "{estimate} ({low} to {high})",
            estimate=shown(one["estimate"], places),
            low=shown(one["low"], places),
            high=shown(one["high"], places),
        )
        rows.append({"time": int(time), "value": one["estimate"], "told": told, "base": base[k]})
        for name, low, high in ((names[1], "low_all", "high_all"), (names[0], "low", "high")):
            if one[low] is not None:
                bars.append({"time": int(time), "kind": name, "low": one[low], "high": one[high]})
    least, most = extent([row["value"] for row in rows] + [bar[end] for bar in bars for end in ("low", "high")])
    times = [row["time"] for row in rows]
    span = alt.Scale(domain=[min(times) - 0.6, max(times) + 0.6], nice=False)
    ticks = [time for time in times if time % (1 + len(times) // 15) == 0]
    x = alt.X(
        "time:Q",
        scale=span,
        title=say("years from the first year of treatment"),
        axis=alt.Axis(values=ticks, format="d"),
    )
    scale = alt.Scale(domain=[least, most], nice=True)
    y = alt.Y("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(grid=True, tickCount=6))
    colour = alt.Color("kind:N", scale=alt.Scale(domain=names, range=[POINT, WHOLE]), legend=legend(names))
    layers = [
        alt.Chart(values([{"zero": 0.0}])).mark_rule(color=QUIET, strokeWidth=1).encode(y=alt.Y("zero:Q", scale=scale)),
        alt.Chart(values([{"at": -0.5}]))
        .mark_rule(color=QUIET, strokeWidth=1, strokeDash=[4, 3])
        .encode(x=alt.X("at:Q", scale=span)),
    ]
    for name, width in ((names[1], 1.4), (names[0], 4.0)):
        mine = alt.Chart(values([bar for bar in bars if bar["kind"] == name]))
        layers.append(mine.mark_rule(strokeWidth=width).encode(x=x, y=y, y2="high:Q", color=colour))
        for end in ("low", "high") if width < 2 else ():
            cap = mine.mark_tick(orient="horizontal", size=10, thickness=1.4)
            layers.append(cap.encode(x=x, y=alt.Y(f"{end}:Q", scale=scale), color=colour))
    dots = alt.Chart(values(rows)).mark_point(size=46, opacity=1, strokeWidth=1.4, stroke=INK, filled=True)
    fill = alt.condition("datum.base", alt.value("white"), alt.value(INK))
    tips = tooltip(("time:Q", say("Event time")), ("told:N", labels.unit))
    layers.append(dots.encode(x=x, y=alt.Y("value:Q", scale=scale), fill=fill, tooltip=tips))
    return finished(alt.layer(*layers).properties(width=WIDTH - 60, height=260), labels)


def placebo_density(labels: Labels, draws: Floats, *, estimate: float, across: Text, places: int) -> Any:
    """Draw the density of (d,) placebo effects, each as a stroke below it, and the estimate as an upright line.

    Parameters
    ----------
    labels : Labels
        The unit is that of the density.
    draws : (d,)
    estimate : float
    across : Text
        What the horizontal axis measures.
    places : int
        Decimals of the estimate.
    """
    spread = float(draws.std())
    low, high = min(float(draws.min()) - spread, estimate), max(float(draws.max()) + spread, estimate)
    pad = 0.04 * (high - low)
    points = np.linspace(low - pad, high + pad, POINTS)
    heights = density_at(points, draws, bandwidth(draws, "silverman"), name="gaussian", bounds=None)
    top = float(heights.max())
    x = alt.X(
        "x:Q", scale=alt.Scale(domain=[low - pad, high + pad], nice=False), title=across, axis=alt.Axis(tickCount=6)
    )
    scale = alt.Scale(domain=[-0.08 * top, 1.12 * top], nice=False)
    axis = alt.Axis(tickCount=5, labelExpr="datum.value < 0 ? '' : datum.label")
    y = alt.Y("density:Q", scale=scale, title=labels.unit, axis=axis)
    curve = alt.Chart(values([{"x": a, "density": b} for a, b in zip(points.tolist(), heights.tolist(), strict=True)]))
    rug = alt.Chart(values([{"x": a, "density": -0.07 * top, "top": -0.015 * top} for a in draws.tolist()]))
    told = say("estimate {value}", value=shown(estimate, places))
    mark = alt.Chart(values([{"x": estimate, "density": 0.0, "top": 1.03 * top, "told": told}]))
    right = estimate > (low + high) / 2
    words = mark.mark_text(align="right" if right else "left", dx=-5 if right else 5, dy=-2, fontSize=12)
    layers = [
        curve.mark_area(color="#c6dcef", opacity=0.85, line={"color": POINT, "strokeWidth": 1.4}).encode(x=x, y=y),
        rug.mark_rule(color=POINT, strokeWidth=0.6, opacity=0.35).encode(x=x, y=y, y2="top:Q"),
        mark.mark_rule(color="#b8560c", strokeWidth=1.8).encode(x=x, y=y, y2="top:Q"),
        words.encode(x=x, y=alt.Y("top:Q", scale=scale), text="told:N"),
    ]
    return finished(alt.layer(*layers).properties(width=WIDTH - 60, height=220), labels)


def bacon_scatter(
    labels: Labels, columns: Mapping[str, Sequence[Any]], *, kinds: Sequence[Text], reference: float, places: int
) -> Any:
    """Draw the pairs of cohorts behind the static two-way estimate: weight across, difference in differences up.

    Parameters
    ----------
    labels : Labels
        The unit is that of the differences.
    columns : ``pair``, ``treated``, ``against``, ``weight``, ``estimate``, (m,) each
    kinds : names of pairs in the order of the key
    reference : float
        The static estimate, drawn as a line.
    places : int
        Decimals of estimates.
    """
    rows: list[Row] = [
        {
            "kind": again(kind),
            "x": weight,
            "y": estimate,
            "told": say("{treated} against {against}", treated=treated, against=against),
            "numbers": f"{shown(weight, 4)}; {shown(estimate, places)}",
        }
        for kind, treated, against, weight, estimate in zip(
            *(columns[key] for key in ("pair", "treated", "against", "weight", "estimate")), strict=True
        )
    ]
    there = {row["kind"] for row in rows}
    drawn = [k for k, kind in enumerate(kinds) if again(kind) in there]
    names = [again(kinds[k]) for k in drawn]
    low, high = extent([row["y"] for row in rows] + [reference])
    scale = alt.Scale(domain=[low, high], nice=True)
    most = max(row["x"] for row in rows)
    key = alt.Legend(columns=1)
    points = alt.Chart(values(rows)).mark_point(filled=True, size=60, opacity=0.85)
    points = points.encode(
        x=alt.X(
            "x:Q", title=say("weight"), scale=alt.Scale(domain=[0, 1.04 * most], nice=False), axis=alt.Axis(tickCount=6)
        ),
        y=alt.Y("y:Q", title=labels.unit, scale=scale, axis=alt.Axis(grid=True, tickCount=6)),
        color=alt.Color("kind:N", scale=alt.Scale(domain=names, range=[KIND_COLOURS[k] for k in drawn]), legend=key),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=names, range=[KIND_SHAPES[k] for k in drawn]), legend=key),
        tooltip=tooltip(("kind:N", say("Comparison")), ("told:N", say("Pair")), ("numbers:N", labels.unit)),
    )
    told = say("static estimate {value}", value=shown(reference, places))
    line = alt.Chart(values([{"level": reference, "at": 1.04 * most, "told": told}]))
    across = alt.Scale(domain=[0, 1.04 * most], nice=False)
    level = alt.Y("level:Q", scale=scale)
    words = line.mark_text(align="left", dx=5, fontSize=11, clip=False)
    layers = [
        line.mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y=level),
        points,
        words.encode(x=alt.X("at:Q", scale=across), y=level, text="told:N"),
    ]
    width = int(WIDTH - 70 - LETTER * letters([told]))
    return finished(alt.layer(*layers).properties(width=width, height=240), labels)
