"""What the ledger of economies shows: tables, figures and sentences, all made from numbers that the result holds."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.frontier import best_practice
from xinzhi.growth.accounts import not_computed, spoken
from xinzhi.language import Text, again, joined, named, say, sentences
from xinzhi.ledger.new_quality import WORDS, new_quality_share
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.chart_rows import Period, chart_columns, columns_of, span_text, told
from xinzhi.method.table import cell, shown
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.ledger.ledger import LedgerResult

HARDLY = 0.005
"""A change of efficiency, % a year, that prints as zero."""

# Tables ---------------------------------------------------------------------------------------


def ledger_tables(result: "LedgerResult", view: View | None) -> list[Table]:
    """Return the ledger, the second view with the bridge, new-quality shares, policies."""
    title = say("Growth ledger ({rule})", rule=rule_words(result))
    tables = [result.mean_rates(title, view, first_view(result), name="ledger", notes=result.absences())]
    second = second_view(result)
    if second:
        title = say("Inputs valued at the frontier, and the bridge to income shares")
        bridge = say(
            "Growth = inputs at frontier elasticities + technical change + efficiency change. TFP (at income shares) = "
            "technical change + efficiency change + valuation; valuation of an input: frontier elasticity "
            "less income share, times its growth."
        )
        tables.append(result.mean_rates(title, view, second, name="second_view", notes=(bridge,)))
    if of_output(result):
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


def rule_words(result: Result) -> Text:
    """Return the ledger's rule of best practice in words."""
    return best_practice.rule_words(result.settings["best_practice"])


def new_quality_table(result: "LedgerResult", view: View | None) -> Table:
    """Return TFP growth over output growth by unit and period, with statuses, and the ratio of sums of the group."""
    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    labour = labour_shares(result)
    fields = (
        Field("unit", label("unit")),
        Field("period", say("Period")),
        Field("growth", label("growth")),
        Field("tfp", label("tfp")),
        Field("share", say("New-quality share")),
        Field("induced", say("with induced capital")),
        Field("status", say("Remark")),
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
            told_of = (named(unit), span_text(period))
            rows.append((*told_of, cell(growth), cell(tfp), share, induced, again(WORDS[status])))
        chosen = [place[unit] for unit in units]
        pairs = columns["growth"][chosen], columns["tfp"][chosen]
        both = np.isfinite(pairs[0]) & np.isfinite(pairs[1])
        if both.sum() > 1:
            means = pairs[0][both].mean(), pairs[1][both].mean()
            share, status = new_quality_share(*means)
            told_of = (say("Group ({count})", count=int(both.sum())), span_text(period))
            rows.append((*told_of, *means, share, None, again(WORDS[status])))
    notes = (
        say(
            "New-quality share: TFP growth over output growth, not clipped; no ratio below 1 % growth. Group: ratio of "
            "sums, units with data."
        ),
        say(
            "With induced capital: TFP divided by labour's share, over growth: it books the capital that TFP induces "
            "as TFP's."
        ),
    )
    title, unit = say("New-quality share of growth"), say("growth and TFP in per cent a year")
    return Table("new_quality", title, fields, tuple(rows), unit=unit, notes=notes)


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
    (start, end), columns = periods[0], result.period_columns(periods[:1])
    tfp, growth = columns["tfp"], columns["growth"]
    good = np.isfinite(tfp) & np.isfinite(growth)
    if not good.any():
        return say("No unit has all data in {start}–{end}.", start=start, end=end)
    count, rose = int(good.sum()), int((tfp[good] > 0).sum())
    lines: list[str] = [
        say(
            "In {start}–{end}, {count} units have all data; TFP rose in {rose} and did not in {rest}. "
            "The median growth of {what} is {growth} % a year, that of TFP {tfp} %.",
            start=start,
            end=end,
            count=count,
            rose=rose,
            rest=count - rose,
            what=result.accounts.growing,
            growth=shown(float(np.median(growth[good])), 2),
            tfp=shown(float(np.median(tfp[good])), 2),
        )
    ]
    place = {unit: i for i, unit in enumerate(columns["unit"])}
    told_of = [unit for unit in units if np.isfinite(tfp[place[unit]])]
    missing = [unit for unit in units if unit not in told_of]
    if told_of and len(units) < len(place):
        lines.append(_extremes(told_of, columns, place))
        lines += [_sentence(result, unit, columns, place[unit], periods[0]) for unit in told_of[:3]]
        lines += [not_computed(unit, columns["reason"][place[unit]]) for unit in missing]
    elif missing:
        count = len(missing)
        lines.append(
            say("Not computed for want of data: {count} units, listed in the rows with the reason.", count=count)
        )
    if "technology" in result.rows.terms:
        lines.append(
            say(
                "TFP does not depend on the rule of best practice; how it splits into technology and efficiency does: "
                "read the split with its range."
            )
        )
    return "\n".join(lines)


def of_output(result: "LedgerResult") -> bool:
    """Return whether the ledger's growth is that of output itself, not of output per hour or person."""
    return result.settings["accounts"]["per"] is None


def _extremes(units: list[str], columns: dict[str, Any], place: dict[str, int]) -> Text:
    order = sorted(units, key=lambda unit: -columns["tfp"][place[unit]])
    (best, highest), *others = [(named(unit), shown(columns["tfp"][place[unit]], 2)) for unit in order]
    if not others:
        return say(
            "Among the units shown, TFP growth was highest in {best} ({highest} % a year).", best=best, highest=highest
        )
    worst, lowest = others[-1]
    return say(
        "Among the units shown, TFP growth was highest in {best} ({highest} % a year) "
        "and lowest in {worst} ({lowest} %).",
        best=best,
        highest=highest,
        worst=worst,
        lowest=lowest,
    )


def _sentence(result: "LedgerResult", unit: str, columns: dict[str, Any], i: int, period: Period) -> Text:
    """Return what the ledger says of a unit: growth, inputs and TFP, then best practice."""
    growth, tfp = columns["growth"][i], columns["tfp"][i]
    inputs = {name: columns[name][i] for name in result.accounts.contributions}
    largest = max(inputs, key=lambda name: abs(inputs[name]))
    share, status = new_quality_share(growth, tfp)
    accounts = say(
        "{unit}: {what} changed by {growth} % a year in {start}–{end}; inputs contributed {inputs} %, "
        "most of all {largest} ({most} %), TFP {tfp} %",
        unit=named(unit),
        what=result.accounts.growing,
        growth=shown(growth, 2),
        start=period[0],
        end=period[1],
        inputs=shown(float(sum(inputs.values())), 2),
        largest=spoken(largest),
        most=shown(inputs[largest], 2),
        tfp=shown(tfp, 2),
    )
    if not of_output(result):
        first = say("{accounts}.", accounts=accounts)
    elif share is not None and status == "ok":
        rounded = shown(100 * share, 0)
        first = say("{accounts}, a new-quality share of {share} %.", accounts=accounts, share=rounded)
    else:
        first = say("{accounts} ({remark}).", accounts=accounts, remark=WORDS[status])
    return sentences(first, _catching_up(columns, i))


def _catching_up(columns: dict[str, Any], i: int) -> str:
    """Return how best practice moved and whether a unit came closer to it; nothing where that is not known."""
    if "technology" not in columns or not np.isfinite(columns["efficiency"][i]):
        return ""
    technology, efficiency = shown(columns["technology"][i], 2), columns["efficiency"][i]
    if abs(efficiency) < HARDLY:
        return say("Best practice moved by {technology} %; the distance to it did not change.", technology=technology)
    if efficiency > 0:
        return say(
            "Best practice moved by {technology} %; catching up with it gave {efficiency} %.",
            technology=technology,
            efficiency=shown(efficiency, 2),
        )
    return say(
        "Best practice moved by {technology} %; falling behind it gave {efficiency} %.",
        technology=technology,
        efficiency=shown(efficiency, 2),
    )


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
        start, end = periods[0]
        title = say("Where growth came from, {start}–{end} ({rule})", start=start, end=end, rule=rule)
        tfp = columns_of(columns, units, periods[:1], "tfp")
        words = joined(told(first["unit"], first["total"], say("growth")), told(first["unit"], tfp, label("tfp")))
        figures.append(
            waterfall(
                Labels(name="waterfall", title=title, description=words),
                units=first["unit"],
                terms=first["terms"],
                total=first["total"],
            )
        )
    if units and len(periods) > 1:
        rest = chart_columns(columns, units, periods[1:], parts)
        labels = Labels(
            name="periods",
            title=say("Sources of growth by period ({rule})", rule=rule),
            description=told(rest["unit"], rest["total"], say("growth")),
        )
        figures.append(stacked_periods(labels, **rest))
    return figures
