"""What the ledger of industries shows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.growth.accounts import not_computed
from xinzhi.growth.industries.aggregation_pages import industry_fields, largest_first
from xinzhi.language import Text, enumerated, joined, named, say
from xinzhi.method import Field, Table, View
from xinzhi.method.chart_rows import Period, chart_columns, span_text, told
from xinzhi.method.table import shown
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.ledger.industries import IndustryLedgerResult

SIGNS = {
    "": "",
    "undetermined": say("sign not determined"),
    "positive": say("positive"),
    "negative": say("negative"),
}
"""What the bracket says of the sign of upgrading."""


def verdict(start: float, end: float) -> str:
    """Return the key of what the bracket says of the sign of upgrading."""
    if start != start or end != end:
        return ""
    if start * end <= 0:
        return "undetermined"
    return "positive" if start > 0 else "negative"


def ledger_terms(result: "IndustryLedgerResult") -> list[str]:
    """Return the terms of (6) and (7) in the order of reading."""
    moved = [name for name in result.rows.terms if name.startswith("reallocation_")]
    best = ["technology", "efficiency"] if result.split else []
    wanted = ["growth", *result.accounts.contributions, "tfp", *moved, "within", *best, "upgrading", "upgrading_end"]
    return [name for name in wanted if name in result.rows.terms]


def industry_tables(result: "IndustryLedgerResult", view: View | None) -> list[Table]:
    """Return the ledger by period with the bracket, and the industries behind the first period."""
    units, periods = result.chosen(view)
    columns = shown_columns(result, units, periods)
    names = ledger_terms(result)
    cells: dict[str, Any] = {name: columns[name] for name in names}
    cells["unit"] = [named(unit) for unit in columns["unit"]]
    cells["period"] = [span_text(p) for p in zip(columns["start"], columns["end"], strict=True)]
    bracket = zip(columns["upgrading"], columns["upgrading_end"], strict=True)
    cells["verdict"] = [SIGNS[verdict(start, end)] for start, end in bracket]
    single = len(result.economies) == 1
    fields = ([] if single else [Field("unit", label("unit"))]) + [Field("period", say("Period"))]
    fields += [Field(name, label(name)) for name in names] + [Field("verdict", say("Sign of upgrading"))]
    bases = say(
        "Upgrading at the weights of the first year of each period (Denison–Baumol) and, as its bracket, of the last; "
        "where the two disagree in sign, it says “{undetermined}”. Growth and TFP of sub-periods add up to the whole; "
        "within and upgrading have the base of each period.",
        undetermined=SIGNS["undetermined"],
    )
    missing = sorted({(u, r) for u, r in zip(columns["unit"], columns["reason"], strict=True) if r})
    notes = [bases, *result.absences(), *(not_computed(_called(result, unit), reason) for unit, reason in missing)]
    title = say("Growth ledger by industries")
    ledger = Table.of("ledger", title, fields, cells, unit=say("per cent a year"), notes=notes)
    return [ledger, industry_table(result, units, periods[0])]


def shown_columns(result: "IndustryLedgerResult", units: list[str], periods: list[Period]) -> dict[str, Any]:
    """Return the rates of the chosen economies, economy by economy."""
    columns = result.period_columns(periods)
    rows = [i for unit in units for i in np.flatnonzero(columns["unit"] == unit)]
    return {name: values[rows] for name, values in columns.items()}


def industry_table(result: "IndustryLedgerResult", units: list[str], period: Period) -> Table:
    """Return what each industry gave to TFP in a period, the largest first."""
    columns = result.by_industry(period)
    whole = np.array(columns["within"]) + np.array(columns["upgrading"])
    cells = largest_first(columns | {"contribution": whole.tolist()}, units, whole)
    fields = [
        *industry_fields(period, several=len(result.economies) > 1),
        Field("tfp", say("Own TFP")),
        Field("contribution", say("Contribution to TFP"), 3),
        Field("within", say("Within"), 3),
        Field("upgrading", label("upgrading"), 3),
        Field("upgrading_end", label("upgrading_end"), 3),
    ]
    title = say("Industries behind TFP growth, {start}–{end}", start=period[0], end=period[1])
    notes = [say("Contribution to TFP = within + upgrading; columns sum to the ledger's.")]
    return Table.of("industries", title, fields, cells, unit=say("per cent a year"), notes=notes)


def industry_summary(result: "IndustryLedgerResult", view: View | None) -> str:
    """Return the ledger in words that depend on the numbers."""
    units, periods = result.chosen(view)
    columns = shown_columns(result, units, periods)
    lines = [_sentence(result, columns, i) for i in range(len(columns["unit"]))]
    first = industry_extremes(result, periods[0])
    return "\n".join([*lines, first] if first else lines)


def _sentence(result: "IndustryLedgerResult", columns: dict[str, Any], i: int) -> Text:
    """Return growth and TFP of an economy in a period: within industries, and upgrading between its two bases."""
    unit, start, end = columns["unit"][i], columns["start"][i], columns["end"][i]
    if columns["status"][i] != "ok":
        return say(
            "{unit}, {start}–{end}: not computed in {reason}.",
            unit=_called(result, unit),
            start=start,
            end=end,
            reason=columns["reason"][i],
        )
    first, last = float(columns["upgrading"][i]), float(columns["upgrading_end"][i])
    single = len(result.economies) == 1
    text = say(
        "{what} changed by {growth} % a year in {start}–{end}, TFP by {tfp} %: {within} within industries, "
        "upgrading between {low} and {high}",
        what=say("Value added") if single else say("Value added of {unit}", unit=named(unit)),
        growth=shown(columns["growth"][i], 2),
        start=start,
        end=end,
        tfp=shown(columns["tfp"][i], 2),
        within=shown(columns["within"][i], 2),
        low=shown(min(first, last), 2),
        high=shown(max(first, last), 2),
    )
    sign = verdict(first, last)
    if sign == "undetermined":
        return say("{text} ({sign}).", text=text, sign=SIGNS[sign])
    return say("{text}, {sign} at both bases.", text=text, sign=SIGNS[sign])


def _called(result: "IndustryLedgerResult", unit: str) -> Text:
    """Return the name of an economy; that of the only one, which has none, in words."""
    return say("economy") if result.settings["industries"]["economy"] is None else named(unit)


def industry_extremes(result: "IndustryLedgerResult", period: Period) -> str:
    """Return the industries that gave most and least to TFP."""
    columns = result.by_industry(period)
    whole = np.array(columns["within"]) + np.array(columns["upgrading"])
    count = min(3, whole.size // 2)
    if len(result.economies) > 1 or not np.isfinite(whole).all() or not count:
        return ""
    order = np.argsort(-whole, kind="stable")
    most, least = (
        enumerated(
            [say("{unit} ({rate})", unit=named(columns["industry"][i]), rate=shown(whole[i], 2)) for i in places]
        )
        for places in (order[:count], order[::-1][:count])
    )
    return say(
        "In {start}–{end} TFP owed most to {most} and least to {least}, in per cent a year of the whole economy.",
        start=period[0],
        end=period[1],
        most=most,
        least=least,
    )


def industry_figures(result: "IndustryLedgerResult", view: View | None) -> list[Any]:
    """Return the ledger by period, the bracket of upgrading, and the industries behind TFP."""
    from xinzhi.method.charts import Labels, stacked_periods, waterfall

    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    units = [unit for unit in units if np.isfinite(columns["growth"][columns["unit"] == unit]).all()][:12]
    if not units:
        return []
    moved = [name for name in result.rows.terms if name.startswith("reallocation_")]
    parts = [
        *(n for n in result.accounts.contributions if n in result.rows.terms),
        *moved,
        *(["technology", "efficiency"] if result.split else ["within"]),
        "upgrading",
    ]
    first = chart_columns(columns, units, periods[:1], parts)
    words = told(first["unit"], first["total"], say("growth"))
    title = say("Where growth came from, {start}–{end}", start=periods[0][0], end=periods[0][1])
    figures = [
        waterfall(
            Labels(name="waterfall", title=title, description=words),
            units=first["unit"],
            terms=first["terms"],
            total=first["total"],
        )
    ]
    if len(periods) > 1:
        rest = chart_columns(columns, units, periods[1:], parts)
        labels = Labels(
            name="periods",
            title=say("Sources of growth by period"),
            description=told(rest["period"], rest["total"], say("growth")),
        )
        figures.append(stacked_periods(labels, **rest))
    return [*figures, bracket_figure(result, shown_columns(result, units, periods))]


def bracket_figure(result: "IndustryLedgerResult", columns: dict[str, Any]) -> Any:
    """Return upgrading at the weights of the first and of the last year."""
    from xinzhi.method.charts import Labels, range_chart

    start, end = columns["upgrading"], columns["upgrading_end"]
    spans = [span_text(period) for period in zip(columns["start"], columns["end"], strict=True)]
    names: list[str] = [*spans]
    if len(result.economies) > 1:
        names = [
            say("{unit} {period}", unit=named(u), period=span) for u, span in zip(columns["unit"], spans, strict=True)
        ]
    labels = Labels(
        name="bracket",
        title=say("Upgrading between its two base years"),
        description=joined(
            told(names, start.tolist(), say("first-year weights")), told(names, end.tolist(), say("last-year weights"))
        ),
    )
    low, high = np.minimum(start, end), np.maximum(start, end)
    return range_chart(
        labels,
        item=names,
        low=low.tolist(),
        median=end.tolist(),
        high=high.tolist(),
        point=start.tolist(),
        names=(say("Weights of the last year"), say("Weights of the first year")),
    )
