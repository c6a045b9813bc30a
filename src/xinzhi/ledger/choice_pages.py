"""What a range over choices shows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.growth.accounts import spoken
from xinzhi.language import Text, enumerated, joined, named, say
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


def name_of(result: "ChoiceRangeResult", unit: int, column: int) -> Text:
    """Return how a unit and column are called."""
    columns, who = result.settings["columns"], named(result.units[unit])
    return who if len(columns) == 1 else say("{unit}, {term}", unit=who, term=spoken(columns[column]))


def effects(result: "ChoiceRangeResult") -> list[tuple[str, str, Floats]]:
    """Return (choice, option, (units, columns) rates) with that option alone changed from the base."""
    pairs = zip(result.alone, result.alone_rates, strict=True)
    return [(named(choice), named(option), rates) for (choice, option), rates in pairs]


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
        Field("point", say("Point value")),
        Field("count", say("Cells computed"), 0),
        Field("minimum", say("Minimum")),
        Field("median", say("Median")),
        Field("maximum", say("Maximum")),
    )
    notes = [
        say("Range over choices, not a confidence interval."),
        say("{count} cells; choices: {choices}.", count=result.diagnostics["cells"], choices=choices_words(result)),
    ]
    ranges = Table(
        "ranges",
        result.title,
        fields,
        tuple(rows),
        say("per cent a year"),
        tuple(notes),
    )
    return [ranges, effects_table(result, places)]


def choices_words(result: "ChoiceRangeResult") -> Text:
    """Return the choices and their options in words."""
    return joined(
        *(
            say(
                "{choice} {{{options}}}",
                choice=named(choice["name"]),
                options=enumerated([named(option["label"]) for option in choice["options"]]),
            )
            for choice in result.settings["choices"]
        )
    )


def effects_table(result: "ChoiceRangeResult", places: list[tuple[int, int]]) -> Table:
    """Return the rates under each choice alone."""
    names = [name_of(result, u, c) for u, c in places]
    fields = (
        Field("choice", say("Choice")),
        Field("option", say("Option")),
        *(Field(f"v{k}", name) for k, name in enumerate(names)),
    )
    base = statistic(result, "point")
    rows: list[tuple[Any, ...]] = [(say("base"), say("point value"), *(cell(base[u, c]) for u, c in places))]
    rows += [(choice, option, *(cell(rates[u, c]) for u, c in places)) for choice, option, rates in effects(result)]
    start, end = result.settings["period"]
    title = say("One choice changed at a time, {start}–{end}", start=start, end=end)
    return Table("effects", title, fields, tuple(rows), say("per cent a year"))


def choice_summary(result: "ChoiceRangeResult", view: View | None) -> str:
    """Return the ranges in words, and the choice that matters most."""
    lines, found = [], {key: statistic(result, key) for key in STATISTICS}
    for u, c in shown_rows(result, view)[:6]:
        terms = {key: values[u, c] for key, values in found.items()}
        if terms["count"] == 0:
            lines.append(say("{name}: no cell could be computed.", name=name_of(result, u, c)))
            continue
        span = say(
            "{name}: from {low} to {high} % a year over {count} cells (median {median}, point value {point})",
            name=name_of(result, u, c),
            low=shown(terms["minimum"], 2),
            high=shown(terms["maximum"], 2),
            count=int(terms["count"]),
            median=shown(terms["median"], 2),
            point=shown(terms["point"], 2),
        )
        if terms["count"] == 1:
            lines.append(say("{span}.", span=span))
        elif terms["minimum"] * terms["maximum"] < 0:
            lines.append(say("{span}; the sign depends on the choices.", span=span))
        else:
            lines.append(say("{span}; the sign is the same in every cell.", span=span))
    places, base = shown_rows(result, view), statistic(result, "point")
    swings = [
        (abs(float(rates[u, c] - base[u, c])), choice, option, name_of(result, u, c))
        for choice, option, rates in effects(result)
        for u, c in places
        if np.isfinite(rates[u, c] - base[u, c])
    ]
    if swings:
        size, choice, option, name = max(swings, key=lambda swing: swing[0])
        line = say(
            "The largest change from one choice alone: {choice} = {option} moves {name} by {size} points.",
            choice=choice,
            option=option,
            name=name,
            size=shown(size, 2),
        )
        lines.append(line)
    return "\n".join(lines)


def choice_figures(result: "ChoiceRangeResult", view: View | None) -> list[Any]:
    """Return the range chart and the tornado."""
    from xinzhi.method.charts import Labels, range_chart, tornado

    places = [(u, c) for u, c in shown_rows(result, view) if np.isfinite(statistic(result, "point")[u, c])]
    if not places:
        return []
    names = [name_of(result, u, c) for u, c in places]
    found = {key: [float(statistic(result, key)[u, c]) for u, c in places] for key in STATISTICS}
    spans = zip(names, found["minimum"], found["maximum"], strict=True)
    words = joined(*(say("{name} {low} to {high}", name=n, low=shown(a, 2), high=shown(b, 2)) for n, a, b in spans))
    title = say("{columns}: one choice changed at a time", columns=result.compared)
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
        base: dict[str, float] = dict(zip(names, found["point"], strict=True))
        labels = Labels(name="tornado", title=title, description=choice_summary(result, view))
        figures.append(tornado(labels, unit=unit, choice=choice, option=option, value=value, base=base))
    return figures
