"""Charts of many cells: grades by unit and year, correlations, missing cells; and what charts of many rows share."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from xinzhi.language import again, say
from xinzhi.method.chart_parts import (
    Labels,
    Numbers,
    Row,
    called,
    cell_width,
    finished,
    legend,
    names_axis,
    number,
    strip,
    tooltip,
    values,
)
from xinzhi.method.table import shown
from xinzhi.method.theme import INK, QUIET

GRADE_COLOURS = ("#fbeebd", "#f4c67a", "#a9c3c0", "#5d92bd", "#17375e")
"""From the lowest grade to the highest: lightness falls all the way."""
OPPOSED = ("#a3390f", "#e79a3c", "#f7f4ef", "#86b0d6", "#17375e")
"""Of correlations of -1, -0.5, 0, 0.5 and 1."""
STATES = ("#dbe7f2", "#cf6a17", "#1a1a1a")
"""Of cells that are there, filled and missing."""
BARE: Mapping[str, Any] = {"labels": False, "ticks": False, "domain": False}
"""An axis of which only the title is seen."""
PLAIN: Mapping[str, Any] = {"title": None, "ticks": False, "domain": False}
"""An axis of which only the names are seen."""
WRITTEN = 12
"""Up to so many indicators the numbers stand in the cells of a map."""
STRONG = 0.72
"""Correlations beyond which letters on their colour are white."""
WHITE = 0.2
"""Luminance below which letters on a colour are white: their contrast is then larger than that of black ones."""


def grade_strip(
    labels: Labels, *, unit: Sequence[str], time: Sequence[int], grade: Numbers, names: Sequence[str]
) -> Any:
    """Draw the grade of each unit in each year as a coloured cell with its number, the key naming the grades.

    Parameters
    ----------
    labels : Labels
        ``unit`` of the labels is not used.
    unit : (k,) names
    time : (k,) years; one and the same where the data have none
    grade : (k,) whole numbers from 1, the lowest grade; None where there is none
    names : (g,) names of the grades, from the lowest
    """
    unit, names = called(unit), [f"{k} {name}" for k, name in enumerate(called(names), start=1)]
    colours = between(GRADE_COLOURS, len(names))
    rows: list[Row] = []
    for who, year, cell in zip(unit, time, grade, strict=True):
        place = number(cell)
        found = (
            {} if place is None else {"kind": names[int(place) - 1], "dark": luminance(colours[int(place) - 1]) < WHITE}
        )
        rows.append({"unit": who, "time": int(year), "told": shown(None if place is None else int(place), 0), **found})
    base, cells, width = strip(rows, kinds=names, colours=colours, heading=say("Grade"))
    layers = [cells, _numbers(base)] if len(set(time)) <= 2 * WRITTEN else [cells]
    return finished(alt.layer(*layers).properties(width=width, height=row_height(len(set(unit)), most=20)), labels)


def correlation_map(
    labels: Labels, *, item: Sequence[str], group: Sequence[str], correlation: Sequence[Numbers]
) -> Any:
    """Draw correlations of indicators below the diagonal, with lines between dimensions; numbers where few.

    Parameters
    ----------
    labels : Labels
        The unit is what the colours measure, such as ``say("correlation")``.
    item : (m,) names, those of a dimension together
    group : (m,) names of their dimensions
    correlation : (m, m) numbers
    """
    names, m = [f"{k} {name}" for k, name in enumerate(called(item), start=1)], len(item)
    few = m <= WRITTEN
    rows: list[Row] = []
    for i, line in enumerate(correlation):
        for j in range(i):
            value = number(line[j])
            dark = value is not None and abs(value) > STRONG
            rows.append({"item": names[i], "other": j + 1, "value": value, "told": shown(value, 2), "dark": dark})
    width = cell_width(1, names)
    height = min(34 * m, int(1.1 * width)) if few else row_height(m)
    marked = [k for k in range(1, m + 1) if few or k % 5 == 0]
    axis = alt.Axis(labelAngle=0, labelFontSize=10, values=marked, **PLAIN)
    across = alt.X("other:O", axis=axis, scale=alt.Scale(domain=list(range(1, m + 1))))
    base = alt.Chart(values(rows)).encode(y=names_axis("item", names), x=across)
    looks: dict[str, Any] = {
        "titleFontWeight": "normal",
        "titleOrient": "left",
        "gradientLength": 160,
        "gradientThickness": 9,
    }
    key = alt.Legend(title=labels.unit, values=[-1, -0.5, 0, 0.5, 1], format=".1f", **looks)
    shades = alt.Scale(domain=[-1, -0.5, 0, 0.5, 1], range=list(OPPOSED), interpolate="rgb")
    cells = base.transform_filter("isValid(datum.value)").mark_rect(stroke="white", strokeWidth=0.4)
    cells = cells.encode(
        color=alt.Color("value:Q", scale=shades, legend=key),
        tooltip=tooltip(("item:N", say("Indicator")), ("other:O", say("Number")), ("told:N", labels.unit)),
    )
    layers = [cells, _numbers(base)] if few else [cells]
    line = alt.Chart(values([{}])).mark_rule(color=QUIET, strokeWidth=1)
    for k in (k for k in range(1, m) if group[k] != group[k - 1]):
        x, y = alt.value(width * k / m), alt.value(height * k / m)
        layers += [line.encode(x=alt.value(0), x2=x, y=y), line.encode(x=x, y=y, y2=alt.value(height))]
    return finished(alt.layer(*layers).properties(width=width, height=height), labels)


def _numbers(base: Any) -> Any:
    """Return the numbers in the cells of a map, white on dark ones."""
    ink = alt.condition("datum.dark", alt.value("white"), alt.value(INK))
    return base.mark_text(fontSize=10).encode(text="told:N", color=ink)


def missing_map(labels: Labels, *, unit: Sequence[str], item: Sequence[str], state: Sequence[Sequence[int]]) -> Any:
    """Draw which cells are there, filled or missing: a row per unit, a column per indicator.

    Units and indicators of which all cells are there are not drawn, unless all are so: say this in the title or
    description.

    Parameters
    ----------
    labels : Labels
        ``unit`` of the labels is not used.
    unit : (u,) names, or names with years
    item : (m,) names
    state : (u, m) 0 there, 1 filled, 2 missing
    """
    kinds = [say("There"), say("Filled"), say("Missing")]
    down = [i for i, line in enumerate(state) if any(line)] or list(range(len(unit)))
    across = [j for j in range(len(item)) if any(line[j] for line in state)] or list(range(len(item)))
    unit, item = distinct(called(unit)), distinct(called(item))
    rows: list[Row] = [
        {"unit": unit[i], "item": item[j], "kind": kinds[int(state[i][j])]} for i in down for j in across
    ]
    units, items = [unit[i] for i in down], [item[j] for j in across]
    axis = alt.Axis(labelAngle=-90, orient="top", labelFontSize=10, labelLimit=130, labelOverlap=False, **PLAIN)
    cells = alt.Chart(values(rows)).mark_rect(stroke="white", strokeWidth=0.5)
    cells = cells.encode(
        y=names_axis("unit", units),
        x=alt.X("item:N", axis=axis, sort=items, scale=alt.Scale(domain=items)),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=list(STATES)), legend=legend(kinds)),
        tooltip=tooltip(("unit:N", say("Unit")), ("item:N", say("Indicator")), ("kind:N", say("Cell"))),
    )
    width = max(10 * len(items), min(cell_width(1, units), 24 * len(items)))
    return finished(cells.properties(width=width, height=row_height(len(units))), labels)


# What charts of many rows share -----------------------------------------------------------------


def row_height(rows: int, *, most: float = 24) -> int:
    """Return the height of so many rows: they move together as they become many."""
    return int(rows * (most if rows <= 12 else min(most, 17 if rows <= 30 else 13.5)))


def distinct(names: Sequence[str]) -> list[str]:
    """Return names of rows, numbered where two rows have the same one."""
    count, seen = Counter(names), Counter[str]()
    found: list[str] = []
    for name in names:
        seen[name] += 1
        found.append(name if count[name] == 1 else say("{name} ({number})", name=again(name), number=seen[name]))
    return found


def between(anchors: Sequence[str], count: int) -> list[str]:
    """Return so many colours, evenly on the way along the anchors."""
    points = [_channels(colour) for colour in anchors]
    found = []
    for k in range(count):
        at = (len(points) - 1) * (k / (count - 1) if count > 1 else 1.0)
        left = min(int(at), len(points) - 2)
        mixed = [round(a + (at - left) * (b - a)) for a, b in zip(points[left], points[left + 1], strict=True)]
        found.append("#{:02x}{:02x}{:02x}".format(*mixed))
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour as WCAG 2.1 defines it, from 0 to 1."""
    parts = [c / 255 for c in _channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
