"""What regional shift-share shows: formulas beside each other, static and dynamic, and the industries behind them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.growth.accounts import not_computed
from xinzhi.growth.structure.shift_share_pages import chosen_rows
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Table, View
from xinzhi.method.chart_rows import Period, span_text, told
from xinzhi.method.table import shown
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.growth.structure.regional_shift_share import RegionalShiftShareResult

NAMES: dict[str, Text] = {
    "classical": say("Classical"),
    "esteban_marquillas": say("Esteban-Marquillas"),
    "arcelus": say("Arcelus"),
    "gerfin": say("Gerfin (index form)"),
}
EFFECTS: dict[str, Text] = {
    "national": say("National growth"),
    "mix": say("Industry mix"),
    "regional": say("Regional"),
    "growth": say("Regional growth"),
    "specialisation": say("Regional industry mix"),
    "allocation": say("Allocation"),
}
"""What readers call the formulas, and their effects."""


def regional_tables(result: "RegionalShiftShareResult", view: View | None) -> list[Table]:
    """Return static and dynamic effects by region and formula, and the industries of the first period."""
    units, periods = result.chosen(view)
    static = [result.changes(period, comparison="static") for period in periods]
    dynamic = [result.changes(period, comparison="dynamic") for period in periods]
    first, yearly = say("Regional shift-share, first with last year"), say("Regional shift-share, year by year")
    return [
        formula_table(result, units, periods, static, name="static", title=first),
        formula_table(result, units, periods, dynamic, name="dynamic", title=yearly),
        industry_table(result, units, periods[0]),
        *result.parts.tables(units),
    ]


def formula_table(
    result: "RegionalShiftShareResult",
    units: Sequence[str],
    periods: Sequence[Period],
    found: Sequence[dict[str, Any]],
    *,
    name: str,
    title: Text,
) -> Table:
    """Return one row per region, period and formula, in persons; ``found``: the changes of each period."""
    used = [part for part in EFFECTS if any(f"{formula}_{part}" in found[0] for formula in result.formulas)]
    place = {unit: k for k, unit in enumerate(result.parts.wholes.names.tolist())}
    cells: dict[str, list[Any]] = {key: [] for key in ("unit", "period", "formula", "change", *used)}
    notes, reasons = [say("Each formula adds up to the change; an effect that a formula lacks is a dash.")], []
    for unit in units:
        for period, columns in zip(periods, found, strict=True):
            reasons += [not_computed(unit, reason) for reason in result.reasons(unit, period)]
            for formula in result.formulas:
                parts = [columns[f"{formula}_{p}"][place[unit]] if f"{formula}_{p}" in columns else None for p in used]
                row = (named(unit), span_text(period), NAMES[formula], columns["change"][place[unit]], *parts)
                for key, cell in zip(cells, row, strict=True):
                    cells[key].append(cell)
    heads = (label("unit"), say("Period"), say("Formula"), say("Change"), *(EFFECTS[part] for part in used))
    fields = [Field(key, head, 1) for key, head in zip(cells, heads, strict=True)]
    notes += list(dict.fromkeys(reasons))
    return Table.of(name, title, fields, cells, unit=say("in the unit of employment"), notes=notes)


def industry_table(result: "RegionalShiftShareResult", units: Sequence[str], period: Period) -> Table:
    """Return the industries of the chosen regions: their growth beside the nation's, and their effects."""
    columns, rank = result.effects(period), {unit: k for k, unit in enumerate(units)}
    rows = sorted((k for k, unit in enumerate(columns["unit"]) if unit in rank), key=lambda k: rank[columns["unit"][k]])
    cells: dict[str, Any] = {name: values[rows] for name, values in columns.items()}
    for name in ("unit", "industry"):
        cells[name] = [named(of) for of in cells[name]]
    formula, names = next(iter(result.formulas.items()))
    fields = [
        Field("unit", label("unit")),
        Field("industry", say("Industry")),
        Field("start", str(period[0]), 1, label("employment")),
        Field("end", str(period[1]), 1, label("employment")),
        Field("growth", say("Region"), 1, say("Growth, %")),
        Field("national_growth", say("Nation"), 1, say("Growth, %")),
        *(Field(name, EFFECTS[name.removeprefix(f"{formula}_")], 1, NAMES[formula]) for name in names),
    ]
    title = say("Industries behind regional growth, {start}–{end}", start=period[0], end=period[1])
    return Table.of("industries", title, fields, cells, unit=say("in the unit of employment"))


def regional_figures(result: "RegionalShiftShareResult", view: View | None) -> list[Any]:
    """Return the effects of the first formula by region and period, % a year."""
    from xinzhi.method.charts import Labels, stacked_periods

    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    rows = [row for row in chosen_rows(columns, units[:12], periods) if columns["status"][row] == "ok"]
    if not rows:
        return []
    formula, names = next(iter(result.formulas.items()))
    totals = columns["growth"][rows].tolist()
    labels = Labels(
        name="regions",
        title=say("Growth of regions: {formula}", formula=NAMES[formula]),
        description=told([columns["unit"][row] for row in rows], totals, say("growth")),
    )
    spans = [span_text((columns["start"][row], columns["end"][row])) for row in rows]
    terms = {name: columns[name][rows].tolist() for name in names}
    who = [named(columns["unit"][row]) for row in rows]
    return [stacked_periods(labels, unit=who, period=spans, terms=terms, total=totals)]


def regional_summary(result: "RegionalShiftShareResult", view: View | None) -> str:
    """Return each region's growth beside the nation's, its mix and its own part."""
    units, periods = result.chosen(view)
    columns, lines = result.period_columns(periods[:1]), []
    formula, names = next(iter(result.formulas.items()))
    for row in chosen_rows(columns, units[:12], periods[:1]):
        unit = columns["unit"][row]
        if columns["status"][row] != "ok":
            lines.append(not_computed(unit, columns["reason"][row]))
            continue
        own = float(np.sum([columns[name][row] for name in names[2:]]))
        line = say(
            "{unit}, {start}–{end}: {growth} % a year = {nation} national growth + {mix} industry mix + {region} "
            "regional ({formula}).",
            unit=named(unit),
            start=periods[0][0],
            end=periods[0][1],
            growth=shown(columns["growth"][row], 2),
            nation=shown(columns[names[0]][row], 2),
            mix=shown(columns[names[1]][row], 2),
            region=shown(own, 2),
            formula=NAMES[formula],
        )
        lines.append(line)
    return "\n".join(lines)
