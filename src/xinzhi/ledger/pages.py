"""What the ledger of economies shows: tables, figures and sentences, all made from numbers that the result holds."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.frontier import best_practice
from xinzhi.ledger.new_quality import WORDS, new_quality_share
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.chart_rows import Period, chart_columns, columns_of, span_text, told
from xinzhi.method.table import cell, shown
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.ledger.ledger import LedgerResult

BRIDGE = (
    "Growth = inputs at frontier elasticities + technical change + efficiency change. TFP (at income shares) = "
    "technical change + efficiency change + valuation; valuation of an input: frontier elasticity "
    "less income share, times its growth."
)


# Tables ---------------------------------------------------------------------------------------


def ledger_tables(result: "LedgerResult", view: View | None) -> list[Table]:
    """Return the ledger, the second view with the bridge, new-quality shares, policies."""
    tables = [
        result.mean_rates(
            f"Growth ledger ({rule_words(result)})", view, first_view(result), name="ledger", notes=result.absences()
        )
    ]
    second = second_view(result)
    if second:
        tables.append(
            result.mean_rates(
                "Inputs valued at the frontier, and the bridge to income shares",
                view,
                second,
                name="second_view",
                notes=(BRIDGE,),
            )
        )
    if growing(result) == "output":
        tables.append(new_quality_table(result, view))
    return [*tables, *result.accounts.policy_use(view)]


def first_view(result: "LedgerResult") -> list[str]:
    """Return the terms of identities (1)-(3)."""
    wanted = ("growth", *result.accounts.contributions, "tfp", "technology", "efficiency", "technical", "scale", "mix")
    return [name for name in wanted if name in result.rows.terms]


def second_view(result: "LedgerResult") -> list[str]:
    """Return the terms of identities (4) and (5)."""
    inputs = [name for name in result.rows.terms if name.startswith("frontier_")]
    bridge = [name for name in result.rows.terms if name.startswith("valuation_")]
    if not inputs:
        return []
    return ["growth", *inputs, "technical_change", "efficiency_change", *bridge, *(["tfp"] if bridge else [])]


def rule_words(result: Result) -> str:
    """Return the ledger's rule of best practice in words."""
    return best_practice.rule_words(result.settings["best_practice"])


def new_quality_table(result: "LedgerResult", view: View | None) -> Table:
    """Return TFP growth over output growth by unit and period, with statuses, and the ratio of sums of the group."""
    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    labour = labour_shares(result)
    fields = (
        Field("unit", label("unit")),
        Field("period", "Period"),
        Field("growth", "Growth"),
        Field("tfp", "TFP"),
        Field("share", "New-quality share"),
        Field("induced", "with induced capital"),
        Field("status", "Remark"),
    )
    rows: list[tuple[Any, ...]] = []
    for period in periods:
        place = {
            u: i
            for i, (u, a, b) in enumerate(zip(columns["unit"], columns["start"], columns["end"], strict=True))
            if (a, b) == period
        }
        for unit in units:
            i = place[unit]
            growth, tfp = float(columns["growth"][i]), float(columns["tfp"][i])
            share, status = new_quality_share(growth, tfp)
            of_labour = labour(unit, period)
            induced = None if share is None or not of_labour > 0 else share / of_labour
            rows.append((unit, span_text(period), cell(growth), cell(tfp), share, induced, WORDS[status]))
        chosen = [place[unit] for unit in units]
        pairs = columns["growth"][chosen], columns["tfp"][chosen]
        both = np.isfinite(pairs[0]) & np.isfinite(pairs[1])
        if both.sum() > 1:
            share, status = new_quality_share(pairs[0][both].mean(), pairs[1][both].mean())
            rows.append(
                (
                    f"Group ({both.sum()})",
                    span_text(period),
                    pairs[0][both].mean(),
                    pairs[1][both].mean(),
                    share,
                    None,
                    WORDS[status],
                )
            )
    notes = (
        "New-quality share: TFP growth over output growth, not clipped; no ratio below 1 % growth. Group: ratio of "
        "sums, units with data.",
        "With induced capital: TFP divided by labour's share, over growth: it books the capital that TFP induces "
        "as TFP's.",
    )
    return Table(
        "new_quality",
        "New-quality share of growth",
        fields,
        tuple(rows),
        unit="growth and TFP in per cent a year",
        notes=notes,
    )


def labour_shares(result: "LedgerResult") -> Any:
    """Return a function giving the mean labour share of a unit over a period."""
    panel, shares = result.panel, result.accounts.shares[:, 1]

    def mean(unit: str, period: Period) -> float:
        rows = panel.locate([unit], np.arange(period[0], period[1] + 1))[0]
        s = shares[rows]
        return float((0.5 * (s[1:] + s[:-1])).mean())

    return mean


# Words ----------------------------------------------------------------------------------------


def ledger_summary(result: "LedgerResult", view: View | None) -> str:
    """Return what the ledger says, in words that depend on the numbers."""
    units, periods = result.chosen(view)
    period, what = periods[0], growing(result)
    columns = result.period_columns([period])
    tfp, growth = columns["tfp"], columns["growth"]
    good = np.isfinite(tfp) & np.isfinite(growth)
    if not good.any():
        return f"No unit has all data in {span_text(period)}."
    rose = int((tfp[good] > 0).sum())
    lines = [
        f"In {span_text(period)}, {int(good.sum())} units have all data; TFP rose in {rose} "
        f"and did not in {int(good.sum()) - rose}. "
        f"The median growth of {what} is {_pc(np.median(growth[good]))} a year, "
        f"that of TFP {_pc(np.median(tfp[good]))}."
    ]
    place = {unit: i for i, unit in enumerate(columns["unit"])}
    told_of = [unit for unit in units if np.isfinite(tfp[place[unit]])]
    missing = [unit for unit in units if unit not in told_of]
    if told_of and len(units) < len(place):
        lines.append(_extremes(told_of, columns, place))
        lines += [_sentence(result, unit, columns, place[unit], span_text(period)) for unit in told_of[:3]]
        lines += [f"{unit}: not computed in {columns['reason'][place[unit]]}." for unit in missing]
    elif missing:
        lines.append(f"Not computed for want of data: {len(missing)} units, listed in the rows with the reason.")
    if "technology" in result.rows.terms:
        lines.append(
            "TFP does not depend on the rule of best practice; how it splits into technology and efficiency does: "
            "read the split with its range."
        )
    return "\n".join(lines)


def growing(result: "LedgerResult") -> str:
    """Return what the ledger's growth is the growth of."""
    per = result.settings["accounts"]["per"]
    return {None: "output", "hours": "output per hour", "persons": "output per person"}[per]


def _pc(value: float) -> str:
    return f"{shown(float(value), 2)} %"


def _extremes(units: list[str], columns: dict[str, Any], place: dict[str, int]) -> str:
    order = sorted(units, key=lambda unit: -columns["tfp"][place[unit]])
    best, worst = order[0], order[-1]
    text = f"Among the units shown, TFP growth was highest in {best} ({_pc(columns['tfp'][place[best]])} a year)"
    return f"{text} and lowest in {worst} ({_pc(columns['tfp'][place[worst]])})." if worst != best else f"{text}."


def _sentence(result: "LedgerResult", unit: str, columns: dict[str, Any], i: int, period: str) -> str:
    growth, tfp = columns["growth"][i], columns["tfp"][i]
    inputs = {name: columns[name][i] for name in result.accounts.contributions}
    largest = max(inputs, key=lambda name: abs(inputs[name]))
    share, status = new_quality_share(growth, tfp)
    text = (
        f"{unit}: {growing(result)} changed by {_pc(growth)} a year in {period}; inputs contributed "
        f"{_pc(sum(inputs.values()))}, most of all {label(largest).lower()} ({_pc(inputs[largest])}), TFP {_pc(tfp)}"
    )
    if growing(result) == "output":
        text += (
            f", a new-quality share of {shown(100 * share, 0)} %"
            if share is not None and status == "ok"
            else f" ({WORDS[status]})"
        )
    if "technology" in columns and np.isfinite(columns["efficiency"][i]):
        technology, efficiency = columns["technology"][i], columns["efficiency"][i]
        moved = "catching up with it" if efficiency > 0 else "falling behind it"
        text += f". Best practice moved by {_pc(technology)}"
        text += (
            f"; {moved} gave {_pc(efficiency)}" if abs(efficiency) >= 0.005 else "; the distance to it did not change"
        )
    return text + "."


# Figures --------------------------------------------------------------------------------------


def ledger_figures(result: "LedgerResult", view: View | None) -> list[Any]:
    """Return waterfall and periods; who leads is shown by the result of best practice."""
    from xinzhi.method.charts import Labels, stacked_periods, waterfall

    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    parts = [
        *result.accounts.contributions,
        *(["technology", "efficiency"] if "technology" in result.rows.terms else ["tfp"]),
    ]
    good = {u for u, v in zip(columns["unit"], columns["growth"] + columns["tfp"], strict=True) if np.isfinite(v)}
    units = [unit for unit in units if unit in good][:12]
    rule, figures = rule_words(result), []
    if units:
        first = chart_columns(columns, units, periods[:1], parts)
        title = f"Where growth came from, {span_text(periods[0])} ({rule})"
        words = (
            told(first["unit"], first["total"], "growth")
            + "; "
            + told(first["unit"], columns_of(columns, units, periods[:1], "tfp"), "TFP")
        )
        figures.append(
            waterfall(
                Labels(name="waterfall", title=title, description=words),
                units=units,
                terms=first["terms"],
                total=first["total"],
            )
        )
    if units and len(periods) > 1:
        rest = chart_columns(columns, units, periods[1:], parts)
        labels = Labels(
            name="periods",
            title=f"Sources of growth by period ({rule})",
            description=told(rest["unit"], rest["total"], "growth"),
        )
        figures.append(stacked_periods(labels, **rest))
    return figures
