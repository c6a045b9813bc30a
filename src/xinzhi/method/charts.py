"""Charts that rooms share: plain columns in, an Altair chart with name, title and description out.

Every builder takes ``Labels`` first: identifier, caption, the text for who cannot see the chart, and the unit of
measurement on the axis. Missing numbers (None or NaN) draw nothing and leave their row in place. A chart is about
460 units wide, so that it is legible in a column of print and on a phone.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.method.theme import INK, QUIET, RULE, SERIES_COLOURS, SERIES_DASHES, config, term_colours

Numbers = Sequence[float | None]
WIDTH = 460
"""Width of a chart with its labels, CSS pixels before scaling."""
TICK = "M-0.18,-1.3h0.36v2.6h-0.36z"
"""The path of an upright stroke, as Vega draws symbols."""


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
    unit: str = "per cent a year"


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
    names = [*terms, total_name]
    rows = []
    for k, unit in enumerate(units):
        reached: float | None = 0.0
        for name in names:
            value = _number((total if name == total_name else terms[name])[k])
            start = 0.0 if name == total_name else reached
            end = None if value is None or start is None else start + value
            reached = reached if name == total_name else end
            told = shown(value, 2)
            at = 0.0 if end is None or start is None else max(start, end)
            rows.append(
                {
                    "unit": unit,
                    "term": label(name),
                    "start": start,
                    "end": end,
                    "value": value,
                    "told": told,
                    "at": at,
                }
            )
    few = len(units) == 1
    width = _cell(1 if few else 2, [label(name) for name in names])
    order = [label(name) for name in names]
    low, high = _extent([row["start"] for row in rows] + [row["end"] for row in rows])
    scale = alt.Scale(domain=[low, high + 0.17 * (high - low) * (1 if not few else 0.6)], nice=False)
    base = alt.Chart().encode(
        y=alt.Y("term:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False))
    )
    bars = base.mark_bar(height=11).encode(
        x=alt.X("start:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=5)),
        x2="end:Q",
        color=alt.Color("term:N", scale=alt.Scale(domain=order, range=term_colours(names)), legend=None),
        stroke=alt.value(QUIET),
        strokeWidth=alt.value(0.4),
        tooltip=_tooltip(("unit:N", "Unit"), ("term:N", "Term"), ("told:N", labels.unit)),
    )
    told_marks = base.mark_text(align="left", dx=3).encode(x=alt.X("at:Q", scale=scale), text="told:N")
    return _panels(
        alt.layer(bars, _zero(), told_marks), rows, units, labels, width=width, height=16 * len(names)
    )


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
    order, names = [label(name) for name in terms], list(terms)
    rows, dots = [], []
    for k, (who, when) in enumerate(zip(unit, period, strict=True)):
        cells = [_number(terms[name][k]) for name in names]
        if any(cell is None for cell in cells):
            dots.append({"unit": who, "period": when, "told": "–", "at": 0.0})
            continue
        dots.append(
            {"unit": who, "period": when, "total": _number(total[k]), "told": shown(_number(total[k]), 2)}
        )
        reached = {True: 0.0, False: 0.0}
        for name, cell in zip(names, cells, strict=True):
            start = reached[cell >= 0]  # type: ignore[operator]
            reached[cell >= 0] = start + cell  # type: ignore[operator]
            rows.append(
                {
                    "unit": who,
                    "period": when,
                    "term": label(name),
                    "start": start,
                    "end": start + cell,
                    "told": shown(cell, 2),
                }
            )  # type: ignore[operator]
    periods, units = list(dict.fromkeys(period)), list(dict.fromkeys(unit))
    y = alt.Y(
        "period:N",
        sort=periods,
        title=None,
        axis=alt.Axis(ticks=False, domain=False),
        scale=alt.Scale(domain=periods),
    )
    kinds = ["term:N", "unit:N", "period:N"]
    low, high = _extent([row[end] for row in rows for end in ("start", "end")])
    x = alt.X(
        "start:Q",
        title=labels.unit,
        axis=alt.Axis(tickCount=5),
        scale=alt.Scale(domain=[low, high], nice=True),
    )
    bars = (
        alt.Chart()
        .transform_filter("isValid(datum.term)")
        .mark_bar(height=12)
        .encode(
            y=y,
            x=x,
            x2="end:Q",
            color=alt.Color(
                "term:N", scale=alt.Scale(domain=order, range=term_colours(names)), legend=_legend(order)
            ),
            stroke=alt.value(QUIET),
            strokeWidth=alt.value(0.4),
            tooltip=_tooltip(
                (kinds[1], "Unit"), (kinds[2], "Period"), (kinds[0], "Term"), ("told:N", labels.unit)
            ),
        )
    )
    totals = alt.Chart().transform_filter("isValid(datum.total)")
    points = totals.mark_point(
        shape="circle", size=38, filled=True, fill="white", stroke=INK, strokeWidth=1.4, opacity=1
    ).encode(
        y=y,
        x=alt.X("total:Q"),
        tooltip=_tooltip((kinds[1], "Unit"), (kinds[2], "Period"), ("told:N", "Total")),
    )
    absent = (
        alt.Chart()
        .transform_filter("isValid(datum.at)")
        .mark_text(align="left", dx=3)
        .encode(y=y, x="at:Q", text="told:N")
    )
    width = _cell(1 if len(units) == 1 else 2, periods)
    return _panels(
        alt.layer(bars, _zero(), points, absent),
        [*rows, *dots],
        units,
        labels,
        width=width,
        height=18 * len(periods),
    )


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
    names = list(dict.fromkeys(series))
    rows = [
        {"series": s, "time": int(t), "value": _number(v), "told": shown(_number(v), decimals)}
        for s, t, v in zip(series, time, value, strict=True)
    ]
    last = {row["series"]: row for row in rows if row["value"] is not None}
    low, high = _extent([row["value"] for row in rows], zero=False)
    height = max(220, 15 * len(names))
    spots = spread([last[name]["value"] for name in names if name in last], gap=13.5 * (high - low) / height)
    ends = [
        {"series": n, "end": max(r["time"] for r in rows), "spot": s}
        for n, s in zip([n for n in names if n in last], spots, strict=True)
    ]
    wide = max((len(name) for name in names), default=0)
    width = WIDTH - 60 - min(150, 8 + 7.4 * wide)
    colour, dash = _series_scales(names)
    y_scale = alt.Scale(domain=[min([low, *spots]), max([high, *spots])], nice=True)
    paths = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=1.8, point=alt.OverlayMarkDef(size=18, opacity=0))
        .encode(
            x=alt.X(
                "time:Q", title=None, axis=alt.Axis(format="d", tickCount=6), scale=alt.Scale(nice=False)
            ),
            y=alt.Y("value:Q", title=labels.unit, axis=alt.Axis(grid=True, tickCount=6), scale=y_scale),
            color=colour,
            strokeDash=dash,
            tooltip=_tooltip(("series:N", "Series"), ("time:Q", "Year"), ("told:N", labels.unit)),
        )
    )
    told = (
        alt.Chart(alt.InlineData(values=ends))
        .mark_text(align="left", dx=5, fontSize=12, limit=150)
        .encode(x="end:Q", y=alt.Y("spot:Q", scale=y_scale), text="series:N", color=colour)
    )
    layers = [paths, told]
    if reference is not None:
        mark = alt.Chart(alt.InlineData(values=[{"level": reference}])).mark_rule(
            color=QUIET, strokeWidth=0.8, strokeDash=[4, 3]
        )
        layers.insert(0, mark.encode(y=alt.Y("level:Q", scale=y_scale)))
    return _finished(alt.layer(*layers).properties(width=width, height=height), labels)


def range_chart(
    labels: Labels,
    *,
    item: Sequence[str],
    low: Numbers,
    median: Numbers,
    high: Numbers,
    point: Numbers,
    point_name: str = "Point value",
) -> Any:
    """Draw minimum, median and maximum over choices, with the value that is reported elsewhere.

    Parameters
    ----------
    labels : Labels
    item : (m,) names of the rows
    low, median, high, point : (m,) numbers
    point_name : str
        What the point value is called in the key.
    """
    spans, marks = [], []
    for k, name in enumerate(item):
        a, m, b, p = (_number(column[k]) for column in (low, median, high, point))
        spans.append({"item": name, "low": a, "high": b, "told": f"{shown(a, 2)} to {shown(b, 2)}"})
        marks += [
            {"item": name, "kind": kind, "value": v, "told": shown(v, 2)}
            for kind, v in (("Median", m), (point_name, p))
        ]
    least, most = _extent(
        [span[end] for span in spans for end in ("low", "high")] + [_number(p) for p in point]
    )
    pad = 0.03 * (most - least)
    scale = alt.Scale(domain=[least - pad, most + pad], nice=False)
    y = alt.Y("item:N", sort=list(item), title=None, axis=alt.Axis(ticks=False, domain=False))
    kinds = ["Median", point_name]
    bars = (
        alt.Chart(alt.InlineData(values=spans))
        .mark_bar(height=9, color="#c6dcef", stroke=QUIET, strokeWidth=0.4)
        .encode(
            y=y,
            x=alt.X("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=7)),
            x2="high:Q",
            tooltip=_tooltip(("item:N", "Unit"), ("told:N", "Minimum to maximum")),
        )
    )
    points = (
        alt.Chart(alt.InlineData(values=marks))
        .mark_point(filled=True, opacity=1, size=80)
        .encode(
            y=y,
            x=alt.X("value:Q", scale=scale),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[TICK, "circle"])),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[INK, "#cf6a17"])),
            tooltip=_tooltip(("item:N", "Unit"), ("kind:N", "Value"), ("told:N", labels.unit)),
        )
    )
    chart = alt.layer(bars, _zero(), points).properties(width=_cell(1, list(item)), height=24 * len(item))
    return _finished(chart, labels)


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
    groups: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for who, what, how, number in zip(unit, choice, option, value, strict=True):
        cell = _number(number)
        entry = groups.setdefault((who, what), [])
        if cell is not None:
            entry.append((cell, how))
    rows = []
    for (who, what), entry in groups.items():
        a, b = min([(base[who], ""), *entry]), max([(base[who], ""), *entry])
        told = "; ".join(f"{how}: {shown(v, 2)}" for v, how in sorted(entry))
        rows.append(
            {
                "unit": who,
                "choice": what,
                "low": a[0],
                "high": b[0],
                "left": a[1],
                "right": b[1],
                "told": told,
                "base": base[who],
            }
        )
    size: dict[str, float] = {}
    for row in rows:
        size[row["choice"]] = max(size.get(row["choice"], 0.0), row["high"] - row["low"])
    order = sorted(size, key=lambda name: (-size[name], name))
    low, high = _extent([row[key] for row in rows for key in ("low", "high")], zero=False)
    width = _cell(1, order)
    before, after = (
        min(0.35 * width, 10 + 5.8 * max(len(row[side]) for row in rows)) for side in ("left", "right")
    )
    step = (high - low) / (width - before - after)
    scale = alt.Scale(domain=[low - before * step, high + after * step], nice=False)
    y = alt.Y("choice:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False))
    bars = (
        alt.Chart()
        .mark_bar(height=10, color="#86b0d6", stroke=QUIET, strokeWidth=0.4)
        .encode(
            y=y,
            x=alt.X("low:Q", scale=scale, title=labels.unit, axis=alt.Axis(tickCount=6)),
            x2="high:Q",
            tooltip=_tooltip(("unit:N", "Unit"), ("choice:N", "Choice"), ("told:N", labels.unit)),
        )
    )
    left = (
        alt.Chart().mark_text(align="right", dx=-4).encode(y=y, x=alt.X("low:Q", scale=scale), text="left:N")
    )
    right = (
        alt.Chart().mark_text(align="left", dx=4).encode(y=y, x=alt.X("high:Q", scale=scale), text="right:N")
    )
    line = alt.Chart().mark_rule(color=INK, strokeWidth=1).encode(x=alt.X("mean(base):Q", scale=scale))
    units = list(dict.fromkeys(unit))
    return _panels(
        alt.layer(bars, line, left, right),
        rows,
        units,
        labels,
        width=width,
        height=20 * len(order),
        columns=1,
    )


def timeline(
    labels: Labels, *, unit: Sequence[str], time: Sequence[int], share: Numbers, share_name: str = "Share"
) -> Any:
    """Draw in which years a unit counts, darker where its share is larger: who defines best practice.

    Parameters
    ----------
    labels : Labels
    unit : (m,) names
    time : (m,) years
    share : (m,) numbers from 0 to 1
    share_name : str
        What the share measures.
    """
    rows = [
        {
            "unit": u,
            "from": t - 0.5,
            "to": t + 0.5,
            "year": int(t),
            "share": _number(s),
            "told": shown(None if _number(s) is None else 100.0 * s, 1),
        }  # type: ignore[operator]
        for u, t, s in zip(unit, time, share, strict=True)
    ]
    units = list(dict.fromkeys(unit))
    marks = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            y=alt.Y("unit:N", sort=units, title=None, axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X(
                "from:Q",
                title=None,
                axis=alt.Axis(format="d", tickCount=7),
                scale=alt.Scale(nice=False, zero=False),
            ),
            x2="to:Q",
            color=alt.Color(
                "share:Q",
                scale=alt.Scale(range=["#dbe7f2", "#17375e"], domainMin=0),
                legend=alt.Legend(
                    title=share_name,
                    format=".0%",
                    gradientLength=140,
                    gradientThickness=9,
                    titleFontWeight="normal",
                    titleOrient="left",
                ),
            ),
            tooltip=_tooltip(("unit:N", "Unit"), ("year:Q", "Year"), ("told:N", f"{share_name}, per cent")),
        )
    )
    return _finished(marks.properties(width=_cell(1, units), height=15 * len(units)), labels)


# From chart to file ---------------------------------------------------------------------------


def spec(chart: Any) -> dict[str, Any]:
    """Return the Vega-Lite specification with its data and without the title, which is printed as the caption."""
    with alt.theme.enable("xinzhi"):
        found: dict[str, Any] = json.loads(chart.to_json(sort_keys=True))
    found.pop("title", None)
    return found


def save_svg(chart: Any) -> str:
    """Return the chart as SVG with text as text; needs no network, equal charts give equal text."""
    import vl_convert

    svg = str(vl_convert.vegalite_to_svg(spec(chart), allowed_base_urls=[]))
    counted = dict.fromkeys(
        re.findall(r'\bid="([^"]+)"', svg)
    )  # Vega numbers gradients through the life of a process
    for k, name in enumerate(counted):
        svg = re.sub(rf'(\bid="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>{chart.name}-{k}", svg)
    return svg


# Parts ----------------------------------------------------------------------------------------


def spread(values: Sequence[float], *, gap: float) -> list[float]:
    """Return (m,) places near ``values`` that lie at least ``gap`` apart, in the same order of size."""
    order = sorted(range(len(values)), key=lambda k: (values[k], k))
    blocks: list[tuple[list[int], float]] = []
    for k in order:
        members, centre = [k], float(values[k])
        while (
            blocks
            and centre - gap * (len(members) - 1) / 2
            < blocks[-1][1] + gap * (len(blocks[-1][0]) - 1) / 2 + gap
        ):
            before, _ = blocks.pop()
            members = [*before, *members]
            centre = sum(values[m] - gap * (i - (len(members) - 1) / 2) for i, m in enumerate(members)) / len(
                members
            )
        blocks.append((members, centre))
    places = [0.0] * len(values)
    for members, centre in blocks:
        for i, member in enumerate(members):
            places[member] = centre + gap * (i - (len(members) - 1) / 2)
    return places


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _extent(values: Sequence[float | None], *, zero: bool = True) -> tuple[float, float]:
    """Return the smallest and largest of the numbers that are there, zero included if asked; never a single point."""
    there = [v for v in values if v is not None] + ([0.0] if zero else [])
    low, high = (min(there), max(there)) if there else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _cell(columns: int, names: Sequence[str]) -> int:
    """Return the width of a panel so that ``columns`` of them and the row labels fill the width of a chart."""
    labels = min(150, 6.5 * max((len(name) for name in names), default=0)) + 16
    return int((WIDTH - labels - 18 * (columns - 1)) / columns)


def _legend(names: Sequence[str]) -> Any:
    longest = max((len(name) for name in names), default=1)
    return alt.Legend(columns=max(1, min(len(names), int((WIDTH - 20) / (6.8 * longest + 30)))))


def _series_scales(names: Sequence[str]) -> tuple[Any, Any]:
    colours = [SERIES_COLOURS[k % len(SERIES_COLOURS)] for k in range(len(names))]
    dashes = [list(SERIES_DASHES[k // len(SERIES_COLOURS) % len(SERIES_DASHES)]) for k in range(len(names))]
    colour = alt.Color("series:N", scale=alt.Scale(domain=list(names), range=colours), legend=None)
    return colour, alt.StrokeDash("series:N", scale=alt.Scale(domain=list(names), range=dashes), legend=None)


def _tooltip(*fields: tuple[str, str]) -> list[Any]:
    return [alt.Tooltip(name, title=title[:1].upper() + title[1:]) for name, title in fields]


def _zero() -> Any:
    return (
        alt.Chart(alt.InlineData(values=[{"zero": 0}]))
        .mark_rule(color=RULE, strokeWidth=0.8)
        .encode(x="zero:Q")
    )


def _panels(
    layers: Any,
    rows: list[dict[str, Any]],
    units: Sequence[str],
    labels: Labels,
    *,
    width: int,
    height: int,
    columns: int = 2,
) -> Any:
    data, sized = alt.InlineData(values=rows), layers.properties(width=width, height=height)
    if len(units) == 1:
        return _finished(sized.properties(data=data), labels)
    header = alt.Header(title=None)
    panels = sized.facet(
        facet=alt.Facet("unit:N", sort=list(units), title=None, header=header), columns=columns, data=data
    )
    return _finished(panels, labels)


def _finished(chart: Any, labels: Labels) -> Any:
    chart = chart.properties(name=labels.name, title=labels.title, description=labels.description)
    chart.config = alt.Config.from_dict(config())
    return chart
