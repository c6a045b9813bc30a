"""What a range over choices shows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.method import Field, Table, View
from xinzhi.method.table import cell, shown
from xinzhi.method.terms import label
from xinzhi.panel.panel import Floats

if TYPE_CHECKING:
    from xinzhi.ledger.choices import ChoiceRangeResult


STATISTICS = ("point", "count", "minimum", "median", "maximum")


def shown_rows(result: "ChoiceRangeResult", view: View | None) -> list[tuple[int, int]]:
    """Return (unit, column) places to show: the units of the view that the result has, each with every column."""
    wanted = (
        result.units if view is None or view.units is None else [unit for unit in view.units if unit in result.units]
    )
    return [(result.units.index(unit), c) for unit in wanted for c in range(len(result.settings["columns"]))]


def name_of(result: "ChoiceRangeResult", unit: int, column: int) -> str:
    """Return how a unit and column are called."""
    columns = result.settings["columns"]
    return result.units[unit] if len(columns) == 1 else f"{result.units[unit]}, {label(columns[column]).lower()}"


def effects(result: "ChoiceRangeResult") -> list[tuple[str, str, Floats]]:
    """Return (choice, option, (units, columns) rates) with that option alone changed from the base."""
    return [(*pair, rates) for pair, rates in zip(result.alone, result.alone_rates, strict=True)]


def statistic(result: "ChoiceRangeResult", word: str) -> Floats:
    """Return point, count, minimum, median or maximum, (units, columns)."""
    return np.column_stack([result.rows.terms[f"{name}_{word}"] for name in result.settings["columns"]])


def choice_tables(result: "ChoiceRangeResult", view: View | None) -> list[Table]:
    """Return the ranges next to the point value, and the effect of each choice alone."""
    places = shown_rows(result, view)
    found = {key: statistic(result, key) for key in STATISTICS}
    rows = [
        (
            name_of(result, u, c),
            *(int(found[key][u, c]) if key == "count" else cell(found[key][u, c]) for key in STATISTICS),
        )
        for u, c in places
    ]
    fields = (
        Field("unit", label("unit")),
        Field("point", "Point value"),
        Field("count", "Cells computed", 0),
        Field("minimum", "Minimum"),
        Field("median", "Median"),
        Field("maximum", "Maximum"),
    )
    notes = [
        "Range over choices, not a confidence interval.",
        f"{result.diagnostics['cells']} cells; choices: {choices_words(result)}.",
    ]
    ranges = Table(
        "ranges",
        result.title,
        fields,
        tuple(rows),
        "per cent a year",
        tuple(notes),
    )
    return [ranges, effects_table(result, places)]


def choices_words(result: "ChoiceRangeResult") -> str:
    """Return the choices and their options in words."""
    return "; ".join(
        f"{choice['name']} {{{', '.join(o['label'] for o in choice['options'])}}}"
        for choice in result.settings["choices"]
    )


def effects_table(result: "ChoiceRangeResult", places: list[tuple[int, int]]) -> Table:
    """Return the rates under each choice alone."""
    names = [name_of(result, u, c) for u, c in places]
    fields = (
        Field("choice", "Choice"),
        Field("option", "Option"),
        *(Field(f"v{k}", name) for k, name in enumerate(names)),
    )
    base = statistic(result, "point")
    rows: list[tuple[Any, ...]] = [("base", "point value", *(cell(base[u, c]) for u, c in places))]
    rows += [(choice, option, *(cell(rates[u, c]) for u, c in places)) for choice, option, rates in effects(result)]
    return Table(
        "effects",
        f"One choice changed at a time, {result.settings['period'][0]}–{result.settings['period'][1]}",
        fields,
        tuple(rows),
        "per cent a year",
    )


def choice_summary(result: "ChoiceRangeResult", view: View | None) -> str:
    """Return the ranges in words, and the choice that matters most."""
    lines, found = [], {key: statistic(result, key) for key in STATISTICS}
    for u, c in shown_rows(result, view)[:6]:
        terms = {key: values[u, c] for key, values in found.items()}
        if terms["count"] == 0:
            lines.append(f"{name_of(result, u, c)}: no cell could be computed.")
            continue
        low, high = terms["minimum"], terms["maximum"]
        several = terms["count"] > 1
        sign = "; the sign depends on the choices" if low * high < 0 else "; the sign is the same in every cell"
        lines.append(
            f"{name_of(result, u, c)}: from {shown(low, 2)} to {shown(high, 2)} % a year "
            f"over {int(terms['count'])} cells "
            f"(median {shown(terms['median'], 2)}, point value {shown(terms['point'], 2)})"
            f"{sign if several else ''}."
        )
    places, base = shown_rows(result, view), statistic(result, "point")
    swings = [
        (abs(float(rates[u, c] - base[u, c])), choice, option, name_of(result, u, c))
        for choice, option, rates in effects(result)
        for u, c in places
        if np.isfinite(rates[u, c] - base[u, c])
    ]
    if swings:
        size, choice, option, name = max(swings)
        lines.append(
            f"The largest change from one choice alone: {choice} = {option} moves {name} by {shown(size, 2)} points."
        )
    return "\n".join(lines)


def choice_figures(result: "ChoiceRangeResult", view: View | None) -> list[Any]:
    """Return the range chart and the tornado."""
    from xinzhi.method.charts import Labels, range_chart, tornado

    places = [(u, c) for u, c in shown_rows(result, view) if np.isfinite(statistic(result, "point")[u, c])]
    if not places:
        return []
    names = [name_of(result, u, c) for u, c in places]
    found = {key: [float(statistic(result, key)[u, c]) for u, c in places] for key in STATISTICS}
    words = "; ".join(
        f"{n} {shown(low, 2)} to {shown(high, 2)}"
        for n, low, high in zip(names, found["minimum"], found["maximum"], strict=True)
    )
    title = ", ".join(label(name) for name in result.settings["columns"])
    labels = Labels(name="ranges", title=result.title, description=words)
    figures = [
        range_chart(
            labels,
            item=names,
            low=found["minimum"],
            median=found["median"],
            high=found["maximum"],
            point=found["point"],
        )
    ]
    changes = [
        (n, choice, option, float(rates[u, c]))
        for choice, option, rates in effects(result)
        for n, (u, c) in zip(names, places, strict=True)
    ]
    if changes:
        unit, choice, option, value = (list(x) for x in zip(*changes, strict=True))
        base = {n: float(statistic(result, "point")[u, c]) for n, (u, c) in zip(names, places, strict=True)}
        labels = Labels(
            name="tornado", title=f"{title}: one choice changed at a time", description=choice_summary(result, view)
        )
        figures.append(tornado(labels, unit=unit, choice=choice, option=option, value=value, base=base))
    return figures
