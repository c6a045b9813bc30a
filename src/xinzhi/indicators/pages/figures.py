"""Charts of this room: plain columns in, an Altair chart with name, title and description out.

The conventions are those of :mod:`xinzhi.method.charts`: ``Labels`` first, names as the study calls them, missing
numbers (None or NaN) draw nothing and leave their row in place, about 460 pixels wide. Names that are no columns or
units (titles of dimensions, rules, factors) are texts of ``say``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from xinzhi.indicators.pages.maps import BARE, correlation_map, distinct, grade_strip, missing_map, row_height
from xinzhi.language import say
from xinzhi.method.chart_parts import (
    LETTER,
    WIDTH,
    Labels,
    Numbers,
    Row,
    called,
    cell_width,
    extent,
    finished,
    legend,
    letters,
    names_axis,
    number,
    tooltip,
    values,
    zero_line,
)
from xinzhi.method.charts import EDGE, TICK
from xinzhi.method.table import shown
from xinzhi.method.theme import INK, RULE, SERIES_COLOURS

__all__ = [
    "Labels",
    "component_bars",
    "correlation_map",
    "framework_tree",
    "grade_strip",
    "missing_map",
    "rank_changes",
    "rank_intervals",
    "sobol_bars",
    "weights_comparison",
]

PART_COLOURS = (
    "#17375e",
    "#86b0d6",
    "#a3390f",
    "#f4c67a",
    "#2b7a6b",
    "#a9d3c6",
    "#7b4a94",
    "#d5c3e0",
    "#4a4a4a",
    "#c4c4c4",
)
"""Parts of a bar from left to right: dark and light in turn, so that neighbours stay apart in grey."""
SALTIRE = "M-.5,-.9L0,-.4L.5,-.9L.9,-.5L.4,0L.9,.5L.5,.9L0,.4L-.5,.9L-.9,.5L-.4,0L-.9,-.5Z"
SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down", SALTIRE)
"""Seven shapes in five colours: 35 series that differ in both from the next."""
INDENT = 12
"""Pixels by which a part stands to the right of the one it belongs to."""


# The framework --------------------------------------------------------------------------------


def framework_tree(labels: Labels, *, names: Sequence[str], parent: Sequence[int], weight: Numbers) -> Any:
    """Draw the framework as an indented tree with a bar for the weight of each part in the whole.

    Parameters
    ----------
    labels : Labels
        The unit is that of the weights.
    names : (k,) names of indicators and dimensions
    parent : (k,) place of the part that each belongs to, -1 for the index, as ``Tree.parent``
    weight : (k,) numbers, per cent of the index
    """
    names, order = called(names), _depth_first(parent)
    rows: list[Row] = [
        {"row": k, "term": names[part], "depth": depth, "weight": number(weight[part]), "leaf": part not in parent}
        for k, (part, depth) in enumerate(order)
    ]
    for row in rows:
        row["told"] = shown(row["weight"], 2)
    region = min(300.0, max(INDENT * row["depth"] + LETTER * letters([row["term"]]) for row in rows) + 10)
    most, room = extent(row["weight"] for row in rows if row["leaf"])[1], WIDTH - region - 44
    scale = alt.Scale(domain=[-region * most / room, most * (1 + 44 / room)], nice=False)
    base = alt.Chart(values(rows)).encode(y=alt.Y("row:O", axis=None))
    leaves, groups = base.transform_filter("datum.leaf"), base.transform_filter("!datum.leaf")
    bars = leaves.transform_calculate(start="0").mark_bar(height=7, color="#3f74a8")
    bars = bars.encode(
        x=alt.X("start:Q", scale=scale, axis=alt.Axis(title=labels.unit, titleAnchor="end", **BARE)),
        x2="weight:Q",
        tooltip=tooltip(("term:N", say("Indicator")), ("told:N", labels.unit)),
    )
    told: dict[str, Any] = {"align": "left", "dx": 3, "fontSize": 10.5}
    small = leaves.mark_text(**told).encode(x=alt.X("weight:Q", scale=scale), text="told:N")
    bold = groups.mark_text(fontWeight="bold", **told).encode(x=alt.value(region), text="told:N")
    layers = [bars, small, bold]
    for depth in range(max(row["depth"] for row in rows) + 1):
        look: dict[str, Any] = {"align": "left", "fontSize": 11, "limit": region - INDENT * depth - 6}
        for those, heavy in ((leaves, "normal"), (groups, "bold")):
            text = those.transform_filter(f"datum.depth == {depth}").mark_text(**{**look, "fontWeight": heavy})
            layers.append(text.encode(x=alt.value(INDENT * depth), text="term:N"))
    return finished(alt.layer(*layers).properties(width=WIDTH, height=row_height(len(rows), most=18)), labels)


def _depth_first(parent: Sequence[int]) -> list[tuple[int, int]]:
    """Return each part and its depth, a dimension before what belongs to it."""
    below: dict[int, list[int]] = {}
    for part, above in enumerate(parent):
        below.setdefault(int(above), []).append(part)
    order, waiting = [], [(part, 0) for part in reversed(below[-1])]
    while waiting:
        part, depth = waiting.pop()
        order.append((part, depth))
        waiting += [(inner, depth + 1) for inner in reversed(below.get(part, []))]
    return order


def weights_comparison(labels: Labels, *, item: Sequence[str], rules: Mapping[str, Numbers]) -> Any:
    """Draw the weights of indicators under several rules, one row per indicator, one mark per rule.

    Parameters
    ----------
    labels : Labels
        The unit is that of the weights.
    item : (m,) names of indicators, from top to bottom
    rules : mapping from the name of a rule to (m,) numbers
    """
    return _marks_by_row(labels, item=item, series=rules, decimals=2, zero=True)


# Scores ---------------------------------------------------------------------------------------


def component_bars(
    labels: Labels, *, unit: Sequence[str], parts: Mapping[str, Numbers], score: Numbers, decimals: int = 2
) -> Any:
    """Draw the score of each unit as a bar of the contributions of its dimensions, the best first.

    Parameters
    ----------
    labels : Labels
        The unit is that of the score.
    unit : (u,) names
    parts : mapping from the name of a dimension to (u,) contributions; they need not add up to the score
    score : (u,) numbers, printed at the end of each bar
    decimals : int
        Digits of the score.
    """
    unit, score = called(unit), [number(value) for value in score]
    kept = [k for k in range(len(unit)) if score[k] is not None]
    kept.sort(key=lambda k: -(score[k] or 0.0))
    names, cells = called(parts), [list(map(number, column)) for column in parts.values()]
    rows, ends = list[Row](), list[Row]()
    for k in kept:
        reached = {True: 0.0, False: 0.0}
        for name, column in zip(names, cells, strict=True):
            value = column[k] or 0.0
            start = reached[value >= 0]
            reached[value >= 0] = start + value
            told = shown(column[k], decimals)
            rows.append({"unit": unit[k], "term": name, "start": start, "end": start + value, "told": told})
        ends.append({"unit": unit[k], "at": reached[True], "told": shown(score[k], decimals)})
    low, high = extent([row["end"] for row in rows])
    order = [unit[k] for k in kept]
    width = cell_width(1, order)
    scale = alt.Scale(domain=[low, high + 44 * (high - low) / (width - 44)], nice=False)
    colours = alt.Scale(domain=names, range=[PART_COLOURS[k % len(PART_COLOURS)] for k in range(len(names))])
    bars = (
        alt.Chart(values(rows))
        .mark_bar(height=9, **EDGE)
        .encode(
            y=names_axis("unit", order),
            x=alt.X("start:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=5)),
            x2="end:Q",
            color=alt.Color("term:N", scale=colours, legend=legend(names) if len(names) > 1 else None),
            tooltip=tooltip(("unit:N", say("Unit")), ("term:N", say("Dimension")), ("told:N", labels.unit)),
        )
    )
    told = alt.Chart(values(ends)).mark_text(align="left", dx=3, fontSize=10.5)
    told = told.encode(y=names_axis("unit", order), x=alt.X("at:Q", scale=scale), text="told:N")
    layers = [bars, told] if low >= 0 else [bars, zero_line(), told]
    return finished(alt.layer(*layers).properties(width=width, height=row_height(len(order))), labels)


# How ranks depend on choices ------------------------------------------------------------------


def rank_intervals(
    labels: Labels, *, item: Sequence[str], rank: Numbers, median: Numbers, low: Numbers, high: Numbers
) -> Any:
    """Draw the nominal rank of each unit, the median and the interval of its ranks over runs, the best first.

    Parameters
    ----------
    labels : Labels
        The unit is that of the axis, such as ``say("rank")``.
    item : (u,) names
    rank : (u,) numbers, the nominal rank
    median, low, high : (u,) numbers over the runs, such as the 5th and 95th percentiles
    """
    item = called(item)
    columns = [[number(value) for value in column] for column in (rank, median, low, high)]
    kept = sorted((k for k in range(len(item)) if columns[0][k] is not None), key=lambda k: (columns[0][k] or 0.0, k))
    kinds = [say("Median"), say("Nominal rank")]
    spans: list[Row] = [
        {
            "item": item[k],
            "low": columns[2][k],
            "high": columns[3][k],
            "told": say("{low} to {high}", low=shown(columns[2][k], 0), high=shown(columns[3][k], 0)),
        }
        for k in kept
    ]
    marks: list[Row] = [
        {"item": item[k], "kind": kind, "value": column[k], "told": shown(column[k], 1)}
        for kind, column in zip(kinds, (columns[1], columns[0]), strict=True)
        for k in kept
    ]
    order = [item[k] for k in kept]
    scale = alt.Scale(domain=[0.4, max(1.0, *(v or 0.0 for c in columns for v in c)) + 0.6], nice=False)
    bars = (
        alt.Chart(values(spans))
        .mark_bar(height=7, color="#c6dcef", **EDGE)
        .encode(
            y=names_axis("item", order),
            x=alt.X("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=6, grid=True)),
            x2="high:Q",
            tooltip=tooltip(("item:N", say("Unit")), ("told:N", labels.unit)),
        )
    )
    looks = {"shape": [TICK, "circle"], "colour": [INK, "#cf6a17"]}
    points = (
        alt.Chart(values(marks))
        .mark_point(filled=True, opacity=1, size=36)
        .encode(
            y=names_axis("item", order),
            x=alt.X("value:Q", scale=scale),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=looks["shape"])),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=looks["colour"])),
            tooltip=tooltip(("item:N", say("Unit")), ("kind:N", say("Value")), ("told:N", labels.unit)),
        )
    )
    size = {"width": cell_width(1, order), "height": row_height(len(order))}
    return finished(alt.layer(bars, points).properties(**size), labels)


def rank_changes(labels: Labels, *, item: Sequence[str], base: Numbers, others: Mapping[str, Numbers]) -> Any:
    """Draw the rank of each unit under the base and under alternatives, the best first; the largest shifts are bold.

    Parameters
    ----------
    labels : Labels
        The unit is that of the axis, such as ``say("rank")``.
    item : (u,) names
    base : (u,) ranks of the base, an upright stroke
    others : mapping from the name of an alternative to (u,) ranks
    """
    ranks, item = [number(value) for value in base], called(item)
    kept = sorted((k for k in range(len(item)) if ranks[k] is not None), key=lambda k: (ranks[k] or 0.0, k))
    columns = {say("Base"): base} | dict(others)
    series = {name: [column[k] for k in kept] for name, column in columns.items()}
    return _marks_by_row(labels, item=[item[k] for k in kept], series=series, decimals=0, zero=False)


def sobol_bars(
    labels: Labels,
    *,
    factor: Sequence[str],
    first: Numbers,
    total: Numbers,
    first_interval: tuple[Numbers, Numbers],
    total_interval: tuple[Numbers, Numbers],
) -> Any:
    """Draw the first and total Sobol index of each factor with their intervals, the largest total first.

    Parameters
    ----------
    labels : Labels
        The unit is that of the axis, such as ``say("share of the variance")``.
    factor : (d,) names
    first, total : (d,) numbers
    first_interval, total_interval : (low, high), each (d,) numbers
    """
    factor, kinds = distinct(called(factor)), [say("First-order effect"), say("Total effect")]
    size = [number(value) or 0.0 for value in total]
    order = [factor[k] for k in sorted(range(len(factor)), key=lambda k: (-size[k], k))]
    rows: list[Row] = []
    for kind, column, (lows, highs) in zip(kinds, (first, total), (first_interval, total_interval), strict=True):
        for name, value, low, high in zip(factor, column, lows, highs, strict=True):
            span = say("{low} to {high}", low=shown(number(low), 3), high=shown(number(high), 3))
            told = say("{value} ({span})", value=shown(number(value), 3), span=span)
            ends = {"value": number(value), "low": number(low), "high": number(high)}
            rows.append({"item": name, "kind": kind, "told": told, **ends})
    low, high = extent(row[end] for row in rows for end in ("value", "low", "high"))
    scale = alt.Scale(domain=[low, max(1.0, high) if high > 0.8 else high], nice=True)
    place = {"y": names_axis("item", order), "yOffset": alt.YOffset("kind:N", sort=kinds)}
    shades = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=["#17375e", "#86b0d6"]), legend=legend(kinds))
    data = alt.Chart(values(rows))
    bars = (
        data.transform_calculate(zero="0")
        .mark_bar(**EDGE)
        .encode(
            **place,
            x=alt.X("zero:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=6)),
            x2="value:Q",
            color=shades,
            tooltip=tooltip(("item:N", say("Factor")), ("kind:N", say("Index")), ("told:N", labels.unit)),
        )
    )
    halo = data.mark_rule(color="white", strokeWidth=3.5).encode(**place, x=alt.X("low:Q", scale=scale), x2="high:Q")
    whiskers = data.mark_rule(color=INK, strokeWidth=1.2).encode(**place, x=alt.X("low:Q", scale=scale), x2="high:Q")
    height = 30 * len(factor)
    return finished(
        alt.layer(bars, zero_line(), halo, whiskers).properties(width=cell_width(1, factor), height=height), labels
    )


# What they share ------------------------------------------------------------------------------


def _marks_by_row(
    labels: Labels, *, item: Sequence[str], series: Mapping[str, Numbers], decimals: int, zero: bool
) -> Any:
    """Return one mark per series in each row and a line from the least to the largest of them."""
    item, names = distinct(called(item)), called(series)
    rows: list[Row] = []
    for name, column in zip(names, series.values(), strict=True):
        for who, value in zip(item, column, strict=True):
            rows.append({"item": who, "kind": name, "value": number(value), "told": shown(number(value), decimals)})
    spans = _spans(item, rows)
    low, high = extent((row["value"] for row in rows), zero=zero)
    pad = 0.03 * (high - low)
    scale = alt.Scale(domain=[low if zero else low - pad, high + pad], nice=False)
    base = alt.Chart(values(spans)).encode(
        y=names_axis("item", item),
        x=alt.X("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=6)),
        x2="high:Q",
    )
    lines = base.transform_filter("!datum.large").mark_rule(color=RULE, strokeWidth=1)
    large = base.transform_filter("datum.large").mark_rule(color="#f4c67a", strokeWidth=5)
    base_look = [] if zero else [(TICK, INK)]  # nobody else has it
    looks = [
        *base_look,
        *(
            (SHAPES[k % len(SHAPES)], SERIES_COLOURS[k % len(SERIES_COLOURS)])
            for k in range(len(names) - len(base_look))
        ),
    ]
    points = (
        alt.Chart(values(rows))
        .mark_point(filled=True, opacity=0.9, size=42)
        .encode(
            y=names_axis("item", item),
            x=alt.X("value:Q", scale=scale),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=names, range=[s for s, _ in looks]), legend=legend(names)),
            color=alt.Color("kind:N", scale=alt.Scale(domain=names, range=[c for _, c in looks]), legend=legend(names)),
            tooltip=tooltip(("item:N", say("Row")), ("kind:N", say("Series")), ("told:N", labels.unit)),
        )
    )
    size = {"width": cell_width(1, item), "height": row_height(len(item))}
    return finished(alt.layer(lines, large, points).properties(**size), labels)


def _spans(item: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """Return the range of each row; the widest tenth of them, at least three, are marked as large."""
    found: dict[str, list[float]] = {who: [] for who in item}
    for row in rows:
        if row["value"] is not None:
            found[row["item"]].append(row["value"])
    spans = {who: max(cells) - min(cells) for who, cells in found.items() if cells}
    widest = sorted(spans, key=lambda who: -spans[who])[: max(3, len(spans) // 10)] if len(spans) > 3 else []
    return [
        {"item": who, "low": min(cells), "high": max(cells), "large": who in widest and spans[who] > 0}
        for who, cells in found.items()
        if cells
    ]
