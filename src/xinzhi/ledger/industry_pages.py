"""What the ledger of industries shows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.method import Field, Table, View
from xinzhi.method.chart_rows import Period, chart_columns, span_text, told
from xinzhi.method.table import shown
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.ledger.industries import IndustryLedgerResult

UNDETERMINED = "sign not determined"
BRACKET = (
    "Upgrading at the weights of the first year of each period (Denison–Baumol) and, as its bracket, of the last; "
    f"where the two disagree in sign, it says “{UNDETERMINED}”. Growth and TFP of sub-periods add up to the whole; "
    "within and upgrading have the base of each period."
)


def verdict(start: float, end: float) -> str:
    """Return what the bracket says of the sign of upgrading."""
    if start != start or end != end:
        return ""
    if start * end <= 0:
        return UNDETERMINED
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
    cells: dict[str, Any] = {name: columns[name] for name in names} | {"unit": columns["unit"]}
    cells["period"] = [span_text(p) for p in zip(columns["start"], columns["end"], strict=True)]
    cells["verdict"] = [verdict(a, b) for a, b in zip(columns["upgrading"], columns["upgrading_end"], strict=True)]
    single = len(result.economies) == 1
    fields = ([] if single else [Field("unit", label("unit"))]) + [Field("period", "Period")]
    fields += [Field(name, label(name)) for name in names] + [Field("verdict", "Sign of upgrading")]
    notes = [BRACKET, *result.absences()]
    notes += sorted(
        {f"{u}: not computed in {r}." for u, r in zip(columns["unit"], columns["reason"], strict=True) if r}
    )
    ledger = Table.of(
        "ledger",
        "Growth ledger by industries",
        fields,
        cells,
        unit="per cent a year",
        notes=notes,
    )
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
    order = sorted(
        (i for i in range(len(whole)) if columns["unit"][i] in units),
        key=lambda i: (units.index(columns["unit"][i]), -whole[i] if np.isfinite(whole[i]) else np.inf),
    )
    cells: dict[str, Any] = {key: [values[i] for i in order] for key, values in columns.items()}
    cells["contribution"] = whole[order]
    for name in ("weight_start", "weight_end"):
        cells[name] = [100.0 * w for w in cells[name]]
    single = len(result.economies) == 1
    fields = ([] if single else [Field("unit", label("unit"))]) + [
        Field("industry", "Industry"),
        Field("weight_start", str(period[0]), 1, "Share of value added, %"),
        Field("weight_end", str(period[1]), 1, "Share of value added, %"),
        Field("tfp", "Own TFP"),
        Field("contribution", "Contribution to TFP", 3),
        Field("within", "Within", 3),
        Field("upgrading", "Upgrading", 3),
        Field("upgrading_end", "Upgrading (end weights)", 3),
    ]
    title = f"Industries behind TFP growth, {span_text(period)}"
    return Table.of(
        "industries",
        title,
        fields,
        cells,
        unit="per cent a year",
        notes=["Contribution to TFP = within + upgrading; columns sum to the ledger's."],
    )


def industry_summary(result: "IndustryLedgerResult", view: View | None) -> str:
    """Return the ledger in words that depend on the numbers."""
    units, periods = result.chosen(view)
    columns = shown_columns(result, units, periods)
    lines = []
    for i, unit in enumerate(columns["unit"]):
        period = span_text((columns["start"][i], columns["end"][i]))
        if columns["status"][i] != "ok":
            lines.append(f"{unit}, {period}: not computed in {columns['reason'][i]}.")
            continue
        growth, tfp, within = (float(columns[name][i]) for name in ("growth", "tfp", "within"))
        start, end = float(columns["upgrading"][i]), float(columns["upgrading_end"][i])
        name = "Value added" if len(result.economies) == 1 else str(unit)
        text = f"{name} changed by {shown(growth, 2)} % a year in {period}, TFP by {shown(tfp, 2)} %"
        text += f": {shown(within, 2)} within industries"
        sign = verdict(start, end)
        text += f", upgrading between {shown(min(start, end), 2)} and {shown(max(start, end), 2)}"
        lines.append(f"{text} ({sign})." if sign == UNDETERMINED else f"{text}, {sign} at both bases.")
    first = industry_extremes(result, periods[0])
    return "\n".join([*lines, first] if first else lines)


def industry_extremes(result: "IndustryLedgerResult", period: Period) -> str:
    """Return the industries that gave most and least to TFP."""
    columns = result.by_industry(period)
    whole = np.array(columns["within"]) + np.array(columns["upgrading"])
    count = min(3, whole.size // 2)
    if len(result.economies) > 1 or not np.isfinite(whole).all() or not count:
        return ""
    order = np.argsort(-whole, kind="stable")
    most = ", ".join(f"{columns['industry'][i]} ({shown(whole[i], 2)})" for i in order[:count])
    least = ", ".join(f"{columns['industry'][i]} ({shown(whole[i], 2)})" for i in order[::-1][:count])
    return (
        f"In {span_text(period)} TFP owed most to {most} and least to {least}, in per cent a year of the whole economy."
    )


def industry_figures(result: "IndustryLedgerResult", view: View | None) -> list[Any]:
    """Return the ledger by period, the bracket of upgrading, and the industries behind TFP."""
    from xinzhi.method.charts import Labels, range_chart, stacked_periods, waterfall

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
    words = told(first["unit"], first["total"], "growth")
    figures = [
        waterfall(
            Labels(name="waterfall", title=f"Where growth came from, {span_text(periods[0])}", description=words),
            units=units,
            terms=first["terms"],
            total=first["total"],
        )
    ]
    if len(periods) > 1:
        rest = chart_columns(columns, units, periods[1:], parts)
        labels = Labels(
            name="periods",
            title="Sources of growth by period",
            description=told(rest["period"], rest["total"], "growth"),
        )
        figures.append(stacked_periods(labels, **rest))
    start, end = columns["upgrading"], columns["upgrading_end"]
    names = [
        f"{'' if len(result.economies) == 1 else f'{u} '}{a}–{b}"
        for u, a, b in zip(columns["unit"], columns["start"], columns["end"], strict=True)
    ]
    labels = Labels(
        name="bracket",
        title="Upgrading between its two base years",
        description="; ".join(
            (told(names, start.tolist(), "first-year weights"), told(names, end.tolist(), "last-year weights"))
        ),
    )
    low, high = np.minimum(start, end), np.maximum(start, end)
    figures.append(
        range_chart(
            labels,
            item=names,
            low=low.tolist(),
            median=end.tolist(),
            high=high.tolist(),
            point=start.tolist(),
            names=("Weights of the last year", "Weights of the first year"),
        )
    )
    return figures
