"""What the decompositions of structural change show: formulas beside each other, and the sectors behind them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.growth.accounts import not_computed
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Table, View
from xinzhi.method.chart_rows import Period, span_text, told
from xinzhi.method.result import LOG_RATES
from xinzhi.method.table import shown
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.growth.structure.shift_share import ShiftShareResult

EFFECTS = ("within", "reallocation", "interaction", "price")
NAMES: dict[str, Text] = {
    "traditional": say("Traditional"),
    "mcmillan_rodrik": say("McMillan–Rodrik"),
    "csls": say("CSLS"),
    "gead": say("GEAD"),
    "log_mean": say("Logarithmic mean"),
    "gead_log": say("Logarithmic mean with relative prices"),
}
"""What readers call the formulas."""


def shift_share_tables(result: "ShiftShareResult", view: View | None) -> list[Table]:
    """Return annual terms and end-point comparisons by formula, the sectors of the first period, merged parts."""
    units, periods = result.chosen(view)
    titles = {
        "annual": say("Structural change of labour productivity, year by year"),
        "endpoints": say("Structural change of labour productivity, first with last year"),
    }
    columns = {"annual": result.period_columns(periods), "endpoints": result.endpoint_columns(periods)}
    tables = [
        formula_table(result, cells, (units, periods), name=name, title=titles[name]) for name, cells in columns.items()
    ]
    return [*tables, sector_table(result, units, periods[0]), *result.parts.tables(units)]


def chosen_rows(columns: Mapping[str, Any], units: Sequence[str], periods: Sequence[Period]) -> list[int]:
    """Return the rows of units x periods, in that order."""
    keys = zip(columns["unit"], columns["start"], columns["end"], strict=True)
    place = {(unit, int(start), int(end)): i for i, (unit, start, end) in enumerate(keys)}
    return [place[unit, *period] for unit in units for period in periods]


def formula_table(
    result: "ShiftShareResult",
    columns: Mapping[str, Any],
    chosen: tuple[Sequence[str], Sequence[Period]],
    *,
    name: str,
    title: Text,
) -> Table:
    """Return one row per unit, period and formula: growth and its effects."""
    out: dict[str, list[Any]] = {key: [] for key in ("unit", "period", "formula", "growth", *EFFECTS)}
    reasons: dict[str, Text] = {}
    for row in chosen_rows(columns, *chosen):
        unit = columns["unit"][row]
        if columns["status"][row] != "ok":
            reasons.setdefault(unit, not_computed(unit, columns["reason"][row]))
        for formula, terms in result.formulas.items():
            found = {term.removeprefix(f"{formula}_"): columns[term][row] for term in terms}
            cells = (
                named(unit),
                span_text((columns["start"][row], columns["end"][row])),
                NAMES[formula],
                columns["growth"][row],
                *(found.get(effect, np.nan) for effect in EFFECTS),
            )
            for key, cell in zip(out, cells, strict=True):
                out[key].append(cell)
    single = len(result.parts.wholes.names) == 1
    fields = ([] if single else [Field("unit", label("unit"))]) + [
        Field("period", say("Period")),
        Field("formula", say("Formula")),
        Field("growth", label("growth")),
        Field("within", say("Within sectors")),
        Field("reallocation", label("reallocation")),
        Field("interaction", label("interaction")),
        Field("price", label("relative_prices")),
    ]
    kept = [field for field in fields if field.key not in EFFECTS or not all(v != v for v in out[field.key])]
    notes = [say("Each formula adds up to growth; an effect that a formula does not have is a dash.")]
    notes += [*(words for _, words in sorted(reasons.items())), LOG_RATES]
    return Table.of(name, title, kept, out, unit=say("per cent a year"), notes=notes)


def sector_table(result: "ShiftShareResult", units: Sequence[str], period: Period) -> Table:
    """Return the sectors of the chosen units: labour shares, own growth, and what each formula credits to them."""
    columns = result.by_sector(period)
    rank = {unit: k for k, unit in enumerate(units)}
    rows = sorted((i for i, unit in enumerate(columns["unit"]) if unit in rank), key=lambda i: rank[columns["unit"][i]])
    cells: dict[str, Any] = {name: values[rows] for name, values in columns.items()}
    for name in ("unit", "sector"):
        cells[name] = [named(of) for of in cells[name]]
    for name in ("share_start", "share_end"):
        cells[name] = 100.0 * cells[name]
    single = len(result.parts.wholes.names) == 1
    fields = ([] if single else [Field("unit", label("unit"))]) + [
        Field("sector", say("Sector")),
        Field("share_start", str(period[0]), 1, say("Share of labour, %")),
        Field("share_end", str(period[1]), 1, say("Share of labour, %")),
        Field("productivity", say("Own growth")),
        *(Field(formula, NAMES[formula], 3, say("Contribution to growth")) for formula in result.formulas),
    ]
    title = say("Sectors behind growth of labour productivity, {start}–{end}", start=period[0], end=period[1])
    note = say("A contribution is the sum of the sector's effects, year by year; each formula's add up to growth.")
    return Table.of("sectors", title, fields, cells, unit=say("per cent a year"), notes=[note])


def shift_share_figures(result: "ShiftShareResult", view: View | None) -> list[Any]:
    """Return the effects of every formula as bars for the first period, year by year and between its ends."""
    units, periods = result.chosen(view)
    start, end = periods[0]
    found = {
        "annual": (
            result.period_columns(periods[:1]),
            say("Structural change by formula, year by year, {start}–{end}", start=start, end=end),
        ),
        "endpoints": (
            result.endpoint_columns(periods[:1]),
            say("Structural change by formula, {end} compared with {start}", start=start, end=end),
        ),
    }
    figures = (formula_figure(result, (units, periods), *pair, name=name) for name, pair in found.items())
    return [figure for figure in figures if figure is not None]


def formula_figure(
    result: "ShiftShareResult",
    chosen: tuple[Sequence[str], Sequence[Period]],
    columns: Mapping[str, Any],
    title: Text,
    *,
    name: str,
) -> Any:
    """Return one panel per unit with a bar for each formula; None where nothing could be computed."""
    from xinzhi.method.charts import Labels, stacked_periods

    units, periods = chosen
    rows = [i for i in chosen_rows(columns, units, periods[:1]) if columns["status"][i] == "ok"][:12]
    if not rows:
        return None
    formulas = result.formulas
    used = [e for e in EFFECTS if any(f"{formula}_{e}" in terms for formula, terms in formulas.items())]
    bars = [(row, formula) for row in rows for formula in formulas]
    zero = np.zeros(columns["growth"].size)
    called = {"price": "relative_prices"}
    terms = {called.get(e, e): [float(columns.get(f"{formula}_{e}", zero)[row]) for row, formula in bars] for e in used}
    growth = [float(columns["growth"][row]) for row, _ in bars]
    who = told([columns["unit"][row] for row in rows], growth[:: len(formulas)], say("growth"))
    labels = Labels(name=name, title=title, description=who)
    names, forms = [named(columns["unit"][row]) for row, _ in bars], [NAMES[formula] for _, formula in bars]
    return stacked_periods(labels, unit=names, period=forms, terms=terms, total=growth)


def shift_share_summary(result: "ShiftShareResult", view: View | None) -> str:
    """Return growth and, over formulas, the range of what came from within sectors."""
    units, periods = result.chosen(view)
    columns = result.period_columns(periods[:1])
    lines = []
    for row in chosen_rows(columns, units, periods[:1])[:12]:
        unit = columns["unit"][row]
        if columns["status"][row] != "ok":
            lines.append(not_computed(unit, columns["reason"][row]))
            continue
        within = [columns[f"{formula}_within"][row] for formula in result.formulas]
        line = say(
            "{unit}: labour productivity grew by {growth} % a year in {start}–{end}, of which {low} to {high} points "
            "came from within sectors, by formula.",
            unit=named(unit),
            growth=shown(columns["growth"][row], 2),
            start=periods[0][0],
            end=periods[0][1],
            low=shown(float(min(within)), 2),
            high=shown(float(max(within)), 2),
        )
        lines.append(line)
    return "\n".join(lines)
