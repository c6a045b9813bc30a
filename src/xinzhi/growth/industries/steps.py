"""Steps of industries: weights, Domar weights, totals of an economy, and the base years of a period.

    V_i = compensation of capital and labour;  w_i = V_i / SUM V;  D_i = wbar_i / vbar_V,i;  a_i^V = a_i / vbar_V,i
    SUM wbar dln V_i = SUM_k SUM_i D_i vbar_ki dln x_ki + SUM_i D_i a_i
    REALL_k = SUM_i D_i vbar_ki dln x_ki - (SUM_i D_i vbar_ki) dln SUM_i x_ki

D_i is a ratio of means, not the mean of ratios, so that the sums are exact; REALL_k is 0 where an input grows at one
rate everywhere. What the aggregation of :mod:`xinzhi.growth.industries.aggregation` and the ledger of industries share.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.growth.accounts import GrowthAccountsResult, spoken
from xinzhi.language import named, say
from xinzhi.method import Factor
from xinzhi.method.wholes import Wholes
from xinzhi.numerics import two_year_means
from xinzhi.panel import Steps
from xinzhi.panel.panel import Floats, Ints, Texts

INDEX_ONLY = say("index_only: reallocation needs levels of the input by industry")


@dataclass(frozen=True, kw_only=True)
class IndustrySteps:
    """The industries' steps, (m,) each unless stated.

    ``economy``: codes; ``industry``: names; ``time``: last year; ``domar``: D_i; ``weight``: wbar_i;
    ``tfp``: a_i (of output); ``tfp_va``: a_i^V; ``value_added``: dln V_i; ``contributions``: (m, p) vbar dln x of the
    parts of capital and labour; ``cost``: (m, k) mean cost shares; ``before``, ``end``: weights w_i in the two years;
    ``economies``: their number; ``window``: first and last year.
    """

    economy: Ints
    industry: Texts
    time: Ints
    domar: Floats
    weight: Floats
    tfp: Floats
    tfp_va: Floats
    value_added: Floats
    contributions: Floats
    cost: Floats
    before: Floats
    end: Floats
    economies: int
    window: tuple[int, int]

    @property
    def cells(self) -> tuple[Ints, Ints]:
        """Return economy and year of each step, (m,) each: places in what :meth:`total` returns."""
        return self.economy, self.time - self.window[0] - 1

    def total(self, values: Floats) -> Floats:
        """Return (m,) values summed over the industries of each economy and year, (economies, years)."""
        out = np.zeros((self.economies, self.window[1] - self.window[0]))
        np.add.at(out, self.cells, values)
        return out


def industry_steps(
    accounts: GrowthAccountsResult, value_added: tuple[str, ...], wholes: Wholes, window: tuple[int, int]
) -> tuple[IndustrySteps, dict[str, Floats]]:
    """Return the industries' steps with their weights, and the cells that a step needs besides the accounts' own."""
    panel, code = accounts.panel, wholes.whole[accounts.panel.code]
    steps = panel.steps(window)
    added = panel.array(*value_added).sum(axis=1)
    place = np.searchsorted(panel.times, panel.when)
    total = np.zeros((code.max() + 1, panel.times.size))
    np.add.at(total, (code, place), added)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = added / total[code, place]
    needed: dict[str, Floats] = {say("value added"): added}
    needed[say("value added in output")] = accounts.shares[:, :2].sum(axis=1)
    for name, factor in zip(("capital", "labour"), accounts.factors, strict=False):
        if summed_parts(factor) and factor.level_needs:
            for column, cells in factor.level_needs.items():
                needed[say("level of {input} ({column})", input=spoken(name), column=named(column))] = cells
    cost = two_year_means(accounts.shares, steps.before, steps.end)
    weight = two_year_means(w[:, None], steps.before, steps.end)[:, 0]
    v = np.where(cost[:, :2].sum(axis=1) > 0, cost[:, :2].sum(axis=1), np.nan)
    rows, there = accounts.rows, np.isin(accounts.steps.end, steps.end)
    contributions = np.column_stack([rows.terms[name][there] for name in accounts.contributions])
    primary = sum(len(factor.parts) for factor in accounts.factors[:2])
    growth, tfp = rows.terms["growth"][there], rows.terms["tfp"][there]
    table = IndustrySteps(
        economy=code[steps.end],
        industry=wholes.parts[wholes.part[panel.code[steps.end]]],
        time=panel.when[steps.end],
        domar=weight / v,
        weight=weight,
        tfp=tfp,
        tfp_va=tfp / v,
        value_added=(growth - contributions[:, primary:].sum(axis=1)) / v,
        contributions=contributions[:, :primary],
        cost=cost,
        before=np.where(steps.before >= 0, w[steps.before], np.nan),
        end=w[steps.end],
        economies=wholes.names.size,
        window=window,
    )
    return table, needed


@dataclass(frozen=True)
class EconomyTotals:
    """Aggregates of the economies, (economies, years) each.

    ``terms``: growth, inputs, TFP, and reallocation where levels are known; ``absent``: reasons of what is not;
    ``aggregates``: log change of capital and labour summed over industries, where levels are known.
    """

    terms: dict[str, Floats]
    absent: dict[str, str]
    aggregates: dict[str, Floats]


def economy_totals(table: IndustrySteps, accounts: GrowthAccountsResult, steps: Steps) -> EconomyTotals:
    """Return growth, inputs and TFP of each economy, with reallocation where levels are known."""
    out = {"growth": table.total(table.weight * table.value_added)}
    names = [name for factor in accounts.factors[:2] for name in factor.parts]
    for column, name in enumerate(names):
        out[name] = table.total(table.domar * table.contributions[:, column])
    tfp, absent = table.total(table.domar * table.tfp), dict[str, str]()
    aggregates = dict[str, Floats]()
    for k, name in enumerate(("capital", "labour")):
        summed = summed_parts(accounts.factors[k])
        if not summed:
            absent[f"reallocation_{name}"] = INDEX_ONLY
            continue
        aggregate = _aggregate_changes(accounts.factors[k], summed, steps, table)
        share = table.total(table.domar * table.cost[:, k])
        moved = sum(out[part] for part in summed) - share * sum(aggregate.values())
        out |= {part: share * change for part, change in aggregate.items()}
        out[f"reallocation_{name}"] = moved
        aggregates[name] = np.sum(list(aggregate.values()), axis=0)
        tfp = tfp + moved
    return EconomyTotals({**out, "tfp": tfp}, absent, aggregates)


def summed_parts(factor: Factor) -> list[str]:
    """Return the parts whose product can be summed over industries: all up to the first that cannot."""
    names = [name for name in factor.parts if name in factor.additive]
    first = next(iter(factor.parts))
    return names if first in names else []


def _aggregate_changes(factor: Factor, names: list[str], steps: Steps, table: IndustrySteps) -> dict[str, Floats]:
    """Return log changes of the totals of an economy: of the first part, then of each further one per unit of it."""
    changes: dict[str, Floats] = {}
    quantity = np.ones_like(factor.parts[names[0]])
    done = np.zeros((table.economies, table.window[1] - table.window[0]))
    if names[0] == "capital" and factor.level is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            quantity = factor.level / factor.parts["capital"]
    for name in names:
        quantity = quantity * factor.parts[name]
        start, end = table.total(quantity[steps.before]), table.total(quantity[steps.end])
        with np.errstate(invalid="ignore", divide="ignore"):
            total = np.log(end / start)
            changes[name] = total - done
        done = total
    return changes


@dataclass(frozen=True)
class PeriodSteps:
    """The steps of one economy inside a period, (m,) each unless stated.

    ``years``: number of years; ``year``: 0 .. years - 1; ``place``: industry of the step; ``industries``: (i,)
    names; ``first``, ``last``: (i,) weights of the base year and of the last year; ``weight``: wbar; ``rows``: where
    the steps are in the table.
    """

    years: int
    year: Ints
    place: Ints
    industries: Texts
    first: Floats
    last: Floats
    weight: Floats
    rows: Ints

    def split(self, own: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return (m,) growth at the first year's weights, at their change, and the same with the last year's."""
        first, last = self.first[self.place], self.last[self.place]
        return first * own, (self.weight - first) * own, last * own, (self.weight - last) * own

    def by_year(self, values: Floats) -> Floats:
        """Return values summed over industries, (years,)."""
        return np.bincount(self.year, weights=values, minlength=self.years).astype(np.float64)

    def by_industry(self, values: Floats) -> Floats:
        """Return values summed over the period by industry, (i,); NaN unless an industry has every year."""
        count = np.bincount(self.place, minlength=self.industries.size)
        total = np.bincount(self.place, weights=values, minlength=self.industries.size)
        return np.where(count == self.years, total, np.nan)


def period_steps(table: IndustrySteps, economy: int, start: int, end: int) -> PeriodSteps:
    """Return the steps start+1 .. end of one economy with the weights of both base years."""
    rows = np.flatnonzero((table.economy == economy) & (table.time > start) & (table.time <= end))
    year = table.time[rows] - start - 1
    industries, place = np.unique(table.industry[rows].astype(str), return_inverse=True)
    first, last = np.full(industries.size, np.nan), np.full(industries.size, np.nan)
    opening, closing = year == 0, year == end - start - 1
    first[place[opening]] = table.before[rows[opening]]
    last[place[closing]] = table.end[rows[closing]]
    return PeriodSteps(
        years=end - start,
        year=year,
        place=place.astype(np.int64),
        industries=industries.astype(object),
        first=first,
        last=last,
        weight=table.weight[rows],
        rows=rows,
    )


def rebased(
    columns: dict[str, Any],
    table: IndustrySteps,
    economies: Texts,
    by_year: Callable[[PeriodSteps], Mapping[str, Floats]],
) -> dict[str, Any]:
    """Return the columns of periods with the terms that have a base year at that of each period."""
    for row, (unit, start, end) in enumerate(zip(columns["unit"], columns["start"], columns["end"], strict=True)):
        if columns["status"][row] == "ok":
            economy = int(np.flatnonzero(economies == unit)[0])
            for name, series in by_year(period_steps(table, economy, int(start), int(end))).items():
                columns[name][row] = 100.0 * series.sum() / (end - start)
    return columns


def industry_rates(
    table: IndustrySteps,
    economies: Texts,
    period: tuple[int, int],
    terms: Callable[[PeriodSteps], Mapping[str, Floats]],
) -> dict[str, Any]:
    """Return economy, industry, both weights and the terms by industry, % a year, as columns."""
    out: dict[str, list[Any]] = {}
    for economy, unit in enumerate(economies):
        found = period_steps(table, economy, *period)
        size = found.industries.size
        columns = {
            "unit": [unit] * size,
            "industry": found.industries.tolist(),
            "weight_start": found.first.tolist(),
            "weight_end": found.last.tolist(),
        }
        for name, values in terms(found).items():
            columns[name] = (100.0 * found.by_industry(values) / (period[1] - period[0])).tolist()
        for name, cells in columns.items():
            out.setdefault(name, []).extend(cells)
    return out
