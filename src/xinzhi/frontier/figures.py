"""Charts of the frontier family: distributions of scores, frontiers in a plane, gaps to targets, paths of indices."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from xinzhi.language import say
from xinzhi.method import Result, View
from xinzhi.method.chart_parts import (
    Labels,
    Numbers,
    Row,
    called,
    cell_width,
    extent,
    finished,
    legend,
    names_axis,
    number,
    panels,
    tooltip,
    values,
    zero_line,
)
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.method.theme import INK, QUIET, SERIES_COLOURS
from xinzhi.panel.panel import Floats

BAR, MARK = "#c6dcef", "#cf6a17"
SIX = 6
"""Units that a chart of paths shows."""
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
UPRIGHT = "M-0.18,-1.5h0.36v3h-0.36z"


def distribution(labels: Labels, *, group: Sequence[str], value: Floats, best: float) -> Any:
    """Draw the spread of scores by group: all of them, the middle half, the median, the mean.

    Parameters
    ----------
    labels : Labels
    group : (m,) names, drawn in order of first appearance
    value : (m,) scores, missing ones left out
    best : float
        Score of an efficient observation, marked by a line.
    """
    names, rows = called(dict.fromkeys(group)), list[Row]()
    groups, there = np.asarray(called(group), dtype=object), np.isfinite(value)
    for name in names:
        mine = value[(groups == name) & there]
        if mine.size:
            low, q1, median, q3, high = (float(q) for q in np.quantile(mine, QUANTILES))
            mean = float(mine.mean())
            told = say("{low} to {high}", low=shown(low, 3), high=shown(high, 3))
            spots = {"low": low, "q1": q1, "median": median, "q3": q3, "high": high, "mean": mean}
            rows.append({"group": name, **spots, "count": int(mine.size), "told": told})
    ends: list[float | None] = [row[end] for row in rows for end in ("low", "high")]
    least, most = extent([*ends, best], zero=False)
    pad = 0.03 * (most - least)
    scale = alt.Scale(domain=[least - pad, most + pad], nice=False, zero=False)
    x = alt.X("low:Q", title=labels.unit, scale=scale)
    heads = [("group:N", say("Group")), ("count:Q", say("Observations")), ("told:N", say("Minimum to maximum"))]
    heads += [("median:Q", say("Median")), ("mean:Q", say("Mean"))]
    whole = alt.Chart(values(rows)).encode(y=names_axis("group", names), tooltip=tooltip(*heads))
    line = whole.mark_rule(color=QUIET, strokeWidth=1).encode(x=x, x2="high:Q")
    half = whole.mark_bar(height=10, color=BAR, stroke=QUIET, strokeWidth=0.4).encode(
        x=alt.X("q1:Q", scale=scale), x2="q3:Q"
    )
    kinds = [say("Median"), say("Mean")]
    marks = [
        whole.transform_calculate(kind=f"'{kind}'")
        .mark_point(filled=True, opacity=1, size=70)
        .encode(
            x=alt.X(f"{field}:Q", scale=scale),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[UPRIGHT, "circle"]), title=None),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[INK, MARK]), title=None),
        )
        for field, kind in zip(("median", "mean"), kinds, strict=True)
    ]
    level = alt.Chart(values([{"level": best}])).mark_rule(color=QUIET, strokeWidth=0.8, strokeDash=[4, 3])
    layers = alt.layer(level.encode(x=alt.X("level:Q", scale=scale)), line, half, *marks)
    return finished(layers.properties(width=cell_width(1, names), height=22 * max(len(names), 1)), labels)


def plane(
    labels: Labels,
    *,
    name: Sequence[str],
    points: Floats,
    targets: Floats,
    efficient: Sequence[bool],
    axes: Sequence[str],
) -> Any:
    """Draw observations of one input and one output, the frontier through their targets, and the way to it.

    Parameters
    ----------
    labels : Labels
    name : (m,) units
    points, targets : (m, 2) input and output, observed and on the frontier
    efficient : (m,) whether an observation is on the frontier
    axes : (2,) names of input and output
    """
    order = np.lexsort((targets[:, 1], targets[:, 0]))
    line = [{"x": float(a), "y": float(b), "order": k} for k, (a, b) in enumerate(targets[order])]
    kinds = [say("On the frontier"), say("Below it")]
    dots: list[Row] = [
        {
            "unit": unit,
            "x": float(x),
            "y": float(y),
            "to_x": float(tx),
            "to_y": float(ty),
            "kind": kinds[0] if best else kinds[1],
            "told": say("{x}, {y}", x=f"{x:.6g}", y=f"{y:.6g}"),
        }
        for unit, (x, y), (tx, ty), best in zip(called(name), points, targets, efficient, strict=True)
    ]
    pad = [0.04 * float(np.ptp(np.r_[points[:, k], targets[:, k]]) or 1.0) for k in range(2)]
    spans = [
        [
            float(min(points[:, k].min(), targets[:, k].min()) - pad[k]),
            float(max(points[:, k].max(), targets[:, k].max()) + pad[k]),
        ]
        for k in range(2)
    ]
    x = alt.X("x:Q", title=axes[0], scale=alt.Scale(domain=spans[0], nice=False), axis=alt.Axis(tickCount=6))
    y = alt.Y("y:Q", title=axes[1], scale=alt.Scale(domain=spans[1], nice=False), axis=alt.Axis(tickCount=6))
    frontier = alt.Chart(values(line)).mark_line(color=INK, strokeWidth=1.4).encode(x=x, y=y, order="order:Q")
    base = alt.Chart(values(dots))
    ways = base.mark_rule(color=QUIET, strokeWidth=0.7, strokeDash=[3, 3]).encode(x=x, y=y, x2="to_x:Q", y2="to_y:Q")
    marks = base.mark_point(filled=True, opacity=1, size=46).encode(
        x=x,
        y=y,
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[INK, MARK])),
        tooltip=tooltip(("unit:N", say("Unit")), ("told:N", say("Input, output"))),
    )
    return finished(alt.layer(ways, frontier, marks).properties(width=360, height=280), labels)


def target_gaps(labels: Labels, *, unit: Sequence[str], good: Sequence[str], gap: Numbers) -> Any:
    """Draw by how many per cent each good would change on the way to the target, one panel per unit.

    Parameters
    ----------
    labels : Labels
    unit, good : (m,) names
    gap : (m,) per cent of the observed good
    """
    units, goods = called(dict.fromkeys(unit)), called(dict.fromkeys(good))
    rows: list[Row] = [
        {"unit": who, "good": what, "gap": number(value), "told": shown(number(value), 2)}
        for who, what, value in zip(called(unit), called(good), gap, strict=True)
    ]
    low, high = extent(row["gap"] for row in rows)
    columns = 1 if len(units) == 1 else 2
    bars = alt.Chart().mark_bar(height=10, color=BAR, stroke=QUIET, strokeWidth=0.4)
    bars = bars.encode(
        y=names_axis("good", goods),
        x=alt.X("gap:Q", title=labels.unit, scale=alt.Scale(domain=[low, high], nice=True), axis=alt.Axis(tickCount=5)),
        tooltip=tooltip(("unit:N", say("Unit")), ("good:N", say("Good")), ("told:N", labels.unit)),
    )
    size = {"width": cell_width(columns, goods), "height": 17 * len(goods)}
    return panels(alt.layer(bars, zero_line()).properties(**size), rows, units=units, labels=labels, columns=columns)


def paths(result: Result, view: View | None, *, terms: Sequence[str], start: float = 1.0) -> list[Any]:
    """Return the chart of an index and its parts, cumulated over the first period of a view.

    Parameters
    ----------
    result : Result
        Changes by step: log points, or differences where ``start`` is 0.
    view : View or None
        At most six units are drawn; without units, the mean over all of them.
    terms : sequence of names
        The index and its parts.
    start : float
        What is drawn in the first year: 1 for indices, 0 for sums of differences.
    """
    units, periods = result.chosen(view)
    (first, last), rows = periods[0], result.rows
    if view is None or view.units is None:
        steps: dict[str, dict[int, list[float]]] = {say("Mean of all units"): _mean_steps(result, terms)}
    else:
        steps = {name: _steps_of(result, name, terms) for name in units[:SIX]}
    years = list(range(first + 1, last + 1))
    unit, drawn = list[str](), {name: list[float]() for name in terms}
    for who, by_year in steps.items():
        changes = np.array([by_year.get(year, [np.nan] * len(terms)) for year in years])
        level = start + np.cumsum(changes, axis=0) if start == 0 else np.exp(np.cumsum(changes, axis=0))
        if np.isfinite(level).any():
            unit += [who] * len(years)
            for name, column in zip(terms, level.T, strict=True):
                drawn[name] += column.tolist()
    if not unit or not np.isin(rows.time, years).any():
        return []
    scale = say("{year} = 1", year=first) if start else say("sum of changes since {year}", year=first)
    labels = Labels(
        name="paths",
        title=say("{title}, cumulated from {year}", title=result.title, year=first),
        description=result.summary(view),
        unit=scale,
    )
    time = years * (len(unit) // len(years))
    return [index_paths(labels, unit=unit, time=time, terms=drawn, base=(first, start))]


def _steps_of(result: Result, name: str, terms: Sequence[str]) -> dict[int, list[float]]:
    """Return the changes of a unit by year."""
    mine = np.flatnonzero(result.rows.unit == name)
    return {int(result.rows.time[k]): [float(result.rows.terms[term][k]) for term in terms] for k in mine}


def _mean_steps(result: Result, terms: Sequence[str]) -> dict[int, list[float]]:
    """Return the unweighted means of the changes over the units that were computed, by year."""
    good = result.rows.status == "ok"
    return {
        int(year): [float(result.rows.terms[term][good & (result.rows.time == year)].mean()) for term in terms]
        for year in np.unique(result.rows.time[good])
    }


def index_paths(
    labels: Labels,
    *,
    unit: Sequence[str],
    time: Sequence[int],
    terms: Mapping[str, Numbers],
    base: tuple[int, float],
) -> Any:
    """Draw an index and its parts over time, one panel per unit.

    Parameters
    ----------
    labels : Labels
    unit : (m,) names
    time : (m,) years
    terms : mapping from term to (m,) cumulated indices
    base : (year, value)
        The year before the first, and what every index is there.
    """
    names, units = [label(term) for term in terms], called(dict.fromkeys(unit))
    rows: list[Row] = [
        {"unit": who, "time": base[0], "term": name, "value": base[1], "told": f"{base[1]:g}"}
        for who in units
        for name in names
    ]
    for name, column in zip(names, terms.values(), strict=True):
        rows += [
            {"unit": who, "time": int(when), "term": name, "value": number(value), "told": shown(number(value), 3)}
            for who, when, value in zip(called(unit), time, column, strict=True)
        ]
    low, high = extent((row["value"] for row in rows), zero=False)
    columns = 1 if len(units) == 1 else 2
    colours = [INK, *SERIES_COLOURS[: len(names) - 1]]
    key = alt.Legend(columns=legend(names).columns, symbolType="stroke", symbolStrokeWidth=2)
    y = alt.Y(
        "value:Q",
        title=labels.unit,
        scale=alt.Scale(domain=[low, high], nice=True, zero=False),
        axis=alt.Axis(grid=True, tickCount=5),
    )
    paths = (
        alt.Chart()
        .mark_line(strokeWidth=1.6)
        .encode(
            x=alt.X("time:Q", title=None, axis=alt.Axis(format="d", tickCount=4), scale=alt.Scale(nice=False)),
            y=y,
            color=alt.Color("term:N", scale=alt.Scale(domain=names, range=colours), legend=key, title=None),
            tooltip=tooltip(
                ("unit:N", say("Unit")), ("term:N", say("Term")), ("time:Q", say("Year")), ("told:N", labels.unit)
            ),
        )
    )
    one = (
        alt.Chart(values([{"level": base[1]}]))
        .mark_rule(color=QUIET, strokeWidth=0.8, strokeDash=[4, 3])
        .encode(y="level:Q")
    )
    width = 380 if columns == 1 else 185
    return panels(
        alt.layer(one, paths).properties(width=width, height=130 if columns == 2 else 220),
        rows,
        units=units,
        labels=labels,
        columns=columns,
    )
