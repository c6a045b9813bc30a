"""Charts that rooms share: plain columns in, an Altair chart with name, title and description out.

Every builder takes ``Labels`` first: identifier, caption, the text for who cannot see the chart, and the unit
of measurement on the axis. Missing numbers (None or NaN) draw nothing and leave their row in place. A chart is
about 460 pixels wide, so that it is legible in a column of print and on a phone.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from xinzhi.language import joined, say
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
    panels,
    save_svg,
    series_scales,
    spec,
    spread,
    term_scale,
    tooltip,
    values,
    zero_line,
)
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.method.theme import INK, QUIET

__all__ = [
    "Labels",
    "lines",
    "range_chart",
    "save_svg",
    "scatter",
    "spec",
    "stacked_periods",
    "timeline",
    "tornado",
    "waterfall",
]

TICK = "M-0.18,-1.5h0.36v3h-0.36z"
"""The path of an upright stroke, as Vega draws symbols."""
FEW = 4
"""So many panels of a tornado stand below each other; more stand in two columns if the names leave room for bars."""
EDGE: dict[str, Any] = {"stroke": QUIET, "strokeWidth": 0.4}


# Growth and its terms -------------------------------------------------------------------------


def waterfall(
    labels: Labels,
    *,
    units: Sequence[str],
    terms: Mapping[str, Numbers],
    total: Numbers,
    total_name: str = "growth",
) -> Any:
    """Draw the growth of each unit as a cascade of its terms, one small panel per unit.

    Parameters
    ----------
    labels : Labels
    units : (u,) names, in the order of the panels
    terms : mapping from term to (u,) numbers, in the order of the steps
    total : (u,) numbers, the last bar
    total_name : str
        Name of the total.
    """
    keys, units = [*terms, total_name], called(units)
    names = [label(key) for key in keys]
    rows = _steps(units, {**terms, total_name: total}, total_name)
    columns = 1 if len(units) == 1 else 2
    width = cell_width(columns, names)
    low, high = extent(row[end] for row in rows for end in ("start", "end"))
    room = 38 * (high - low) / (width - 38)
    scale = alt.Scale(domain=[low, high + room], nice=False)
    base = alt.Chart().encode(y=names_axis("term", names))
    bars = base.mark_bar(height=11, **EDGE).encode(
        x=alt.X("start:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=5)),
        x2="end:Q",
        color=alt.Color("term:N", scale=term_scale(keys, names), legend=None),
        tooltip=tooltip(("unit:N", say("Unit")), ("term:N", say("Term")), ("told:N", labels.unit)),
    )
    told = base.mark_text(align="left", dx=3).encode(x=alt.X("at:Q", scale=scale), text="told:N")
    layers = alt.layer(bars, zero_line(), told).properties(width=width, height=16 * len(names))
    return panels(layers, rows, units=units, labels=labels, columns=columns)


def _steps(units: Sequence[str], columns: Mapping[str, Numbers], total_name: str) -> list[Row]:
    """Return the bars of cascades: each starts where the one before ended, the total starts at zero."""
    rows: list[Row] = []
    for k, unit in enumerate(units):
        reached: float | None = 0.0
        for name, column in columns.items():
            value, start = number(column[k]), 0.0 if name == total_name else reached
            end = None if value is None or start is None else start + value
            reached = end
            at = 0.0 if end is None or start is None else max(start, end)
            rows.append(
                {
                    "unit": unit,
                    "term": label(name),
                    "start": start,
                    "end": end,
                    "told": shown(value, 2),
                    "at": at,
                }
            )
    return rows


def stacked_periods(
    labels: Labels,
    *,
    unit: Sequence[str],
    period: Sequence[str],
    terms: Mapping[str, Numbers],
    total: Numbers,
) -> Any:
    """Draw contributions by period as diverging stacks with a dot for the total, one panel per unit.

    Parameters
    ----------
    labels : Labels
    unit, period : (m,) names of unit and period of each row
    terms : mapping from term to (m,) numbers, in the order of the stack
    total : (m,) numbers, the dots
    """
    names, unit, period = [label(key) for key in terms], called(unit), called(period)
    periods, units = list(dict.fromkeys(period)), list(dict.fromkeys(unit))
    columns = 1 if len(units) == 1 else 2
    rows = _stacks(unit, period, terms, total)
    low, high = extent(row.get(end) for row in rows for end in ("start", "end", "total"))
    x = alt.X(
        "start:Q",
        title=labels.unit,
        axis=alt.Axis(tickCount=5),
        scale=alt.Scale(domain=[low, high], nice=True),
    )
    place, where = names_axis("period", periods), (("unit:N", say("Unit")), ("period:N", say("Period")))
    bars = (
        _those("term")
        .mark_bar(height=12, **EDGE)
        .encode(
            y=place,
            x=x,
            x2="end:Q",
            color=alt.Color("term:N", scale=term_scale(list(terms), names), legend=legend(names)),
            tooltip=tooltip(*where, ("term:N", say("Term")), ("told:N", labels.unit)),
        )
    )
    dots = _those("total").mark_point(size=38, filled=True, fill="white", stroke=INK, strokeWidth=1.4, opacity=1)
    dots = dots.encode(y=place, x="total:Q", tooltip=tooltip(*where, ("told:N", say("Total"))))
    absent = _those("at").mark_text(align="left", dx=3).encode(y=place, x="at:Q", text="told:N")
    layers = alt.layer(bars, zero_line(), dots, absent)
    layers = layers.properties(width=cell_width(columns, periods), height=18 * len(periods))
    return panels(layers, rows, units=units, labels=labels, columns=columns)


def _stacks(unit: Sequence[str], period: Sequence[str], terms: Mapping[str, Numbers], total: Numbers) -> list[Row]:
    """Return bars away from zero on both sides and dots; a row with a missing term has neither, but a dash."""
    rows: list[Row] = []
    for k, (who, when) in enumerate(zip(unit, period, strict=True)):
        here = {"unit": who, "period": when}
        cells = {label(name): number(column[k]) for name, column in terms.items()}
        whole = number(total[k])
        if None in cells.values() or whole is None:
            rows.append({**here, "at": 0.0, "told": shown(None, 2)})
            continue
        reached = {True: 0.0, False: 0.0}
        for name, cell in cells.items():
            value = cell or 0.0
            start = reached[value >= 0]
            reached[value >= 0] = start + value
            rows.append({**here, "term": name, "start": start, "end": start + value, "told": shown(value, 2)})
        rows.append({**here, "total": whole, "told": shown(whole, 2)})
    return rows


def _those(field: str) -> Any:
    return alt.Chart().transform_filter(f"isValid(datum.{field})")


# Levels over time -----------------------------------------------------------------------------


def lines(
    labels: Labels,
    *,
    series: Sequence[str],
    time: Sequence[int],
    value: Numbers,
    reference: float | None = None,
    decimals: int = 2,
) -> Any:
    """Draw one line per series over the years, each named at its end.

    Parameters
    ----------
    labels : Labels
    series : (m,) names
    time : (m,) years
    value : (m,) numbers; a line breaks where one is missing
    reference : float or None
        A level to mark by a thin line.
    decimals : int
        Digits in the tooltip.
    """
    series = called(series)
    rows: list[Row] = [
        {"series": s, "time": int(t), "value": number(v), "told": shown(number(v), decimals)}
        for s, t, v in zip(series, time, value, strict=True)
    ]
    names = list(dict.fromkeys(series))
    low, high = extent((row["value"] for row in rows), zero=False)
    height = max(220, 16 * len(names))
    ends = _line_ends(rows, gap=13.5 * (high - low) / height)
    spots = [row["spot"] for row in ends]
    scale = alt.Scale(domain=[min([low, *spots]), max([high, *spots])], nice=True)
    colour, dash = series_scales(names)
    paths = (
        alt.Chart(values(rows))
        .mark_line(strokeWidth=1.8, point=alt.OverlayMarkDef(size=18, opacity=0))
        .encode(
            x=alt.X("time:Q", title=None, axis=alt.Axis(format="d", tickCount=6), scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", title=labels.unit, axis=alt.Axis(grid=True, tickCount=6), scale=scale),
            color=colour,
            strokeDash=dash,
            tooltip=tooltip(("series:N", say("Series")), ("time:Q", say("Year")), ("told:N", labels.unit)),
        )
    )
    told = alt.Chart(values(ends)).mark_text(align="left", dx=5, fontSize=12, limit=150)
    told = told.encode(x="end:Q", y=alt.Y("spot:Q", scale=scale), text="series:N", color=colour)
    layers = [paths, told]
    if reference is not None:
        mark = alt.Chart(values([{"level": reference}])).mark_rule(color=QUIET, strokeWidth=0.8, strokeDash=[4, 3])
        layers.insert(0, mark.encode(y=alt.Y("level:Q", scale=scale)))
    width = int(WIDTH - 60 - min(150.0, 8 + 1.12 * LETTER * letters(names)))
    return finished(alt.layer(*layers).properties(width=width, height=height), labels)


def _line_ends(rows: Sequence[Row], *, gap: float) -> list[Row]:
    """Return where the name of each line stands: at the last year, beside its last value, clear of the others."""
    last = {row["series"]: row["value"] for row in rows if row["value"] is not None}
    end = max((row["time"] for row in rows), default=0)
    spots = spread(list(last.values()), gap=gap)
    return [{"series": name, "end": end, "spot": spot} for name, spot in zip(last, spots, strict=True)]


def timeline(labels: Labels, *, unit: Sequence[str], time: Sequence[int], share: Numbers, share_name: str = "") -> Any:
    """Draw in which years a unit counts, darker where its share is larger: who defines best practice.

    Parameters
    ----------
    labels : Labels
        The axis is in years; ``unit`` of the labels is not used.
    unit : (m,) names
    time : (m,) years
    share : (m,) numbers from 0 to 1
    share_name : str
        What the share measures; "Share" where nothing is said.
    """
    rows: list[Row] = []
    unit, share_name = called(unit), share_name or say("Share")
    for who, year, part in zip(unit, time, share, strict=True):
        size = number(part)
        told = shown(None if size is None else 100 * size, 1)
        rows.append(
            {
                "unit": who,
                "from": year - 0.5,
                "to": year + 0.5,
                "year": int(year),
                "share": size,
                "told": told,
            }
        )
    units = list(dict.fromkeys(unit))
    years = alt.Axis(format="d", tickCount=7)
    key = alt.Legend(
        title=share_name,
        format=".0%",
        gradientLength=140,
        gradientThickness=9,
        titleFontWeight="normal",
        titleOrient="left",
    )
    most = max((row["share"] for row in rows if row["share"] is not None), default=1.0)
    shades = alt.Scale(range=["#dbe7f2", "#17375e"], domain=[0, min(1.0, math.ceil(10 * most) / 10)])
    marks = (
        alt.Chart(values(rows))
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            y=names_axis("unit", units),
            x=alt.X("from:Q", title=None, axis=years, scale=alt.Scale(nice=False, zero=False)),
            x2="to:Q",
            color=alt.Color("share:Q", scale=shades, legend=key),
            tooltip=tooltip(
                ("unit:N", say("Unit")),
                ("year:Q", say("Year")),
                ("told:N", say("{share}, per cent", share=share_name)),
            ),
        )
    )
    return finished(marks.properties(width=cell_width(1, units), height=15 * len(units)), labels)


# Two measures ---------------------------------------------------------------------------------


def scatter(
    labels: Labels,
    *,
    item: Sequence[str],
    x: Numbers,
    y: Numbers,
    across: str,
    line: tuple[float, float] | None = None,
) -> Any:
    """Draw one point per item, with a line where a regression was fitted.

    Parameters
    ----------
    labels : Labels
        The unit is that of the vertical axis.
    item : (m,) names
    x, y : (m,) numbers
    across : str
        What the horizontal axis measures.
    line : (intercept, slope) or None
    """
    rows: list[Row] = [
        {"item": name, "x": number(a), "y": number(b), "told": f"{shown(a, 2)}; {shown(b, 2)}"}
        for name, a, b in zip(called(item), x, y, strict=True)
    ]
    low, high = extent((row["x"] for row in rows), zero=False)
    axis = alt.X("x:Q", title=across, scale=alt.Scale(domain=[low, high], nice=True), axis=alt.Axis(tickCount=6))
    height = alt.Y("y:Q", title=labels.unit, scale=alt.Scale(zero=False), axis=alt.Axis(grid=True, tickCount=6))
    points = alt.Chart(values(rows)).mark_point(filled=True, size=26, opacity=0.65, color="#3b78b0")
    points = points.encode(x=axis, y=height, tooltip=tooltip(("item:N", say("Unit")), ("told:N", labels.unit)))
    layers = [points]
    if line is not None:
        ends = [{"x": at, "y": line[0] + line[1] * at} for at in (low, high)]
        layers.append(alt.Chart(values(ends)).mark_line(color=INK, strokeWidth=1.4).encode(x=axis, y=height))
    return finished(alt.layer(*layers).properties(width=WIDTH - 60, height=260), labels)


# How much depends on choices ------------------------------------------------------------------


def range_chart(
    labels: Labels,
    *,
    item: Sequence[str],
    low: Numbers,
    median: Numbers,
    high: Numbers,
    point: Numbers,
    names: tuple[str, str] | None = None,
) -> Any:
    """Draw minimum, median and maximum over choices, with the value that is reported elsewhere.

    Parameters
    ----------
    labels : Labels
    item : (m,) names of the rows
    low, median, high, point : (m,) numbers
    names : (median, point)
        What the two marks are called in the key; "Median" and "Point value" where nothing is said.
    """
    names, item = names or (say("Median"), say("Point value")), called(item)
    spans, marks = _spans(item, low, high), _marks(item, {names[0]: median, names[1]: point})
    found = [row[end] for row in spans for end in ("low", "high")] + [row["value"] for row in marks]
    least, most = extent(found)
    pad = 0.03 * (most - least)
    scale = alt.Scale(domain=[least - pad, most + pad], nice=False)
    kinds = list(names)
    bars = alt.Chart(values(spans)).mark_bar(height=9, color="#c6dcef", **EDGE)
    bars = bars.encode(
        y=names_axis("item", item),
        x=alt.X("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=7)),
        x2="high:Q",
        tooltip=tooltip(("item:N", say("Unit")), ("told:N", say("Minimum to maximum"))),
    )
    points = alt.Chart(values(marks)).mark_point(filled=True, opacity=1, size=80)
    points = points.encode(
        y=names_axis("item", item),
        x=alt.X("value:Q", scale=scale),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[TICK, "circle"])),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[INK, "#cf6a17"])),
        tooltip=tooltip(("item:N", say("Unit")), ("kind:N", say("Value")), ("told:N", labels.unit)),
    )
    size = {"width": cell_width(1, item), "height": 24 * len(item)}
    return finished(alt.layer(bars, zero_line(), points).properties(**size), labels)


def _spans(item: Sequence[str], low: Numbers, high: Numbers) -> list[Row]:
    ends = [(number(a), number(b)) for a, b in zip(low, high, strict=True)]
    return [
        {"item": name, "low": a, "high": b, "told": say("{low} to {high}", low=shown(a, 2), high=shown(b, 2))}
        for name, (a, b) in zip(item, ends, strict=True)
    ]


def _marks(item: Sequence[str], kinds: Mapping[str, Numbers]) -> list[Row]:
    return [
        {"item": name, "kind": kind, "value": number(value), "told": shown(number(value), 2)}
        for kind, column in kinds.items()
        for name, value in zip(item, column, strict=True)
    ]


def tornado(
    labels: Labels,
    *,
    unit: Sequence[str],
    choice: Sequence[str],
    option: Sequence[str],
    value: Numbers,
    base: Mapping[str, float],
) -> Any:
    """Draw how the number moves when one choice changes and the others stay, one panel per unit.

    Parameters
    ----------
    labels : Labels
    unit, choice, option : (m,) names: what is measured, which choice is changed, to what
    value : (m,) numbers under that option
    base : mapping from unit to the number under the base choices
    """
    unit, base = called(unit), dict(zip(called(base), base.values(), strict=True))
    rows = _effects(list(zip(unit, choice, option, value, strict=True)), base)
    size: dict[str, float] = {}
    for row in rows:
        size[row["choice"]] = max(size.get(row["choice"], 0.0), row["high"] - row["low"])
    order = sorted(size, key=lambda name: (-size[name], name))
    units = list(dict.fromkeys(unit))
    names = [10 + 0.9 * LETTER * letters(row[side] for row in rows) for side in ("left", "right")]
    columns = 1 if len(units) <= FEW or sum(names) > 0.65 * cell_width(2, order) else 2
    width = cell_width(columns, order)
    before, after = (min(0.35 * width, room) for room in names)
    low, high = extent((row[end] for row in rows for end in ("low", "high")), zero=False)
    step = (high - low) / (width - before - after)
    scale = alt.Scale(domain=[low - before * step, high + after * step], nice=False)
    chart = alt.Chart().encode(y=names_axis("choice", order))
    bars = chart.mark_bar(height=10, color="#86b0d6", **EDGE).encode(
        x=alt.X("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=6)),
        x2="high:Q",
        tooltip=tooltip(("unit:N", say("Unit")), ("choice:N", say("Choice")), ("told:N", labels.unit)),
    )
    left = chart.mark_text(align="right", dx=-4).encode(x=alt.X("low:Q", scale=scale), text="left:N")
    right = chart.mark_text(align="left", dx=4).encode(x=alt.X("high:Q", scale=scale), text="right:N")
    line = alt.Chart().mark_rule(color=INK, strokeWidth=1).encode(x=alt.X("mean(base):Q", scale=scale))
    layers = alt.layer(bars, line, left, right).properties(width=width, height=20 * len(order))
    return panels(layers, rows, units=units, labels=labels, columns=columns)


def _effects(cells: Sequence[tuple[str, str, str, float | None]], base: Mapping[str, float]) -> list[Row]:
    """Return, per unit and choice, the ends of the numbers over its options and the base, and whose they are."""
    groups: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for who, what, how, cell in cells:
        value, group = number(cell), groups.setdefault((who, what), [])
        if value is not None:
            group.append((value, how))
    rows: list[Row] = []
    for (who, what), group in groups.items():
        ends = [(float(base[who]), ""), *group]
        (low, left), (high, right) = min(ends), max(ends)
        told = joined(*(say("{option}: {value}", option=how, value=shown(value, 2)) for value, how in sorted(group)))
        here = {"unit": who, "choice": what, "base": float(base[who]), "told": told}
        rows.append({**here, "low": low, "high": high, "left": left, "right": right})
    return rows
