"""The ledger of an economy built up from its industries.

    V_i = compensation of capital and labour;  a_i^V = a_i / vbar_V,i;  D_i = wbar_i / vbar_V,i
    (6) SUM wbar dln V_i = SUM_k SUM_i D_i vbar_k,i dln x_ki + SUM_i D_i a_i
    (7) SUM D_i a_i = within + upgrading
        within    = SUM_t SUM_i w_i,0 a^V_it                  industries' own TFP at the weights of the base year
        upgrading = SUM_t SUM_i (wbar_it - w_i,0) a^V_it      weights moving towards industries with faster TFP

The base year is the first year of the period; the same with the last year's weights is the bracket. Weights
are never rebased annually, which would make upgrading mechanically positive.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from xinzhi.compute import Run
from xinzhi.growth import GrowthAccountsResult
from xinzhi.growth.accounts import spoken
from xinzhi.language import again, named, say, sentences
from xinzhi.ledger.industry_pages import industry_figures, industry_summary, industry_tables
from xinzhi.method import Factor, Result, Rows, Table, Value, View
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import step_status
from xinzhi.method.wholes import Wholes, wholes_of
from xinzhi.numerics import two_year_means
from xinzhi.panel import Steps
from xinzhi.panel.panel import Floats, Ints, Texts

if TYPE_CHECKING:
    from xinzhi.ledger.ledger import Ledger

NO_CROSS_SECTION = say("no_cross_section: best practice needs levels of several economies by industry")
NO_ENVELOPE = say("no data envelope by industry")
INDEX_ONLY = say("index_only: reallocation needs levels of the input by industry")


class Industries(Value):
    """Units of the panel are industries; other inputs of their accounts are intermediate inputs.

    Parameters
    ----------
    value_added : tuple of str
        Nominal columns whose sum is value added: compensation of capital and of labour. Totals are re-made
        from their parts, since published totals differ from them.
    economy : str or None
        Label column that names the economy of each unit; None where all industries belong to one.
    industry : str or None
        Label column that names the industry; the unit itself by default. Best practice is taken within it.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("value_added", "economy", "industry")
    value_added: tuple[str, ...]
    economy: str | None = None
    industry: str | None = None


@dataclass(frozen=True)
class IndustrySteps:
    """The industries' steps, (m,) each unless stated.

    ``economy``: codes; ``industry``: names; ``time``: last year; ``domar``: D_i; ``weight``: wbar_i;
    ``tfp``: a_i (of output); ``tfp_va``: a_i^V; ``value_added``: dln V_i; ``contributions``: (m, p) vbar dln x;
    ``cost``: (m, k) mean cost shares; ``technology``, ``efficiency``: of a_i^V, NaN where unknown;
    ``before``, ``end``: weights w_i in the two years.
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
    technology: Floats
    efficiency: Floats
    before: Floats
    end: Floats


@dataclass(frozen=True, kw_only=True, repr=False)
class IndustryLedgerResult(Result):
    """The ledger by economy and year, log points; ``within`` and ``upgrading`` of :meth:`tidy` have the window's base.

    ``periods`` takes the weights of each period's own first year (and, for the bracket, of its last).
    """

    steps: IndustrySteps
    economies: Texts
    accounts: GrowthAccountsResult
    split: bool = False

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.span()
        return say("Growth ledger by industries, {start}–{end}", start=start, end=end)

    def period_columns(self, periods: Any) -> dict[str, Any]:
        """Return growth terms by period, % a year, with each period's own base years."""
        columns = Result.period_columns(self, periods)
        for row, (unit, start, end) in enumerate(zip(columns["unit"], columns["start"], columns["end"], strict=True)):
            if columns["status"][row] == "ok":
                economy = int(np.flatnonzero(self.economies == unit)[0])
                found = period_steps(self.steps, economy, int(start), int(end)).by_year(split=self.split)
                for name, series in found.items():
                    columns[name][row] = 100.0 * series.sum() / (end - start)
        return columns

    def by_industry(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return each industry's part in a period: % a year of the economy, and its own TFP growth.

        Columns ``unit`` (economy), ``industry``, ``weight_start``, ``weight_end`` (shares of value added),
        ``tfp`` (own value-added TFP), ``within``, ``upgrading``, ``upgrading_end``; missing unless the
        industry has every year of the period.
        """
        self.panel.require_window(period, where="by_industry")
        names = ("tfp", "within", "upgrading", "upgrading_end")
        out: dict[str, list[Any]] = {k: [] for k in ("unit", "industry", "weight_start", "weight_end", *names)}
        for economy, unit in enumerate(self.economies):
            found = period_steps(self.steps, economy, *period)
            rows = {name: found.by_industry(values) for name, values in found.terms(split=False).items()}
            rows["tfp"] = found.by_industry(found.own)
            for k, industry in enumerate(found.industries):
                rates = [100.0 * rows[name][k] / (period[1] - period[0]) for name in names]
                cells = (unit, industry, found.first[k], found.last[k], *rates)
                for key, cell in zip(out, cells, strict=True):
                    out[key].append(cell)
        return out

    def methods_text(self) -> str:
        """Return the identity in words, with the accounts behind it and the bases of upgrading."""
        return sentences(
            super().methods_text(),
            say(
                "Growth of value added is built up from industries' accounts at two-year mean shares (Domar weights as "
                "ratios of means). Within: the industries' own TFP at the value-added weights of the base year; "
                "upgrading: weights moving towards industries with faster TFP."
            ),
            self.accounts.sources_text(),
        )

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the ledger by period with the bracket of upgrading, and the industries behind it."""
        return industry_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return periods and industries as charts."""
        return industry_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return the ledger in words that depend on the numbers."""
        return industry_summary(self, view)


def industry_ledger(
    ledger: "Ledger", accounts: GrowthAccountsResult, window: tuple[int, int], run: Run
) -> IndustryLedgerResult:
    """Return the ledger of each economy of the panel."""
    panel, industries = accounts.panel, ledger.industries
    assert industries is not None
    wholes = wholes_of(panel, industries.economy, industries.industry)
    economies, steps = wholes.names, panel.steps(window)
    inside = (accounts.rows.time > window[0]) & (accounts.rows.time <= window[1])
    table, needed = _steps_table(accounts, industries, steps, wholes)
    checks = [(accounts.rows.status[inside], accounts.rows.reason[inside]), step_status(panel, steps, needed)]
    absent, diagnostics, warnings = dict[str, str](), dict(accounts.diagnostics), list(accounts.warnings)
    best = ledger.best(panel, window, run)
    if best is None:
        absent |= dict.fromkeys(("technology", "efficiency"), NO_CROSS_SECTION)
    else:
        v = table.cost[:, :2].sum(axis=1)
        parts = {name: best.rows.terms[name] / v for name in ("technology", "efficiency")}
        table = replace(table, **parts)
        checks.append((best.rows.status, best.rows.reason))
        warnings += best.warnings
        diagnostics |= {f"best_practice_{key}": value for key, value in best.diagnostics.items()}
    status, reason = wholes.folded(steps, checks, window)
    unit, time = wholes.keys(wholes.years(window))
    totals, absent_ = _totals(table, accounts, steps, (economies.size, window))
    absent |= absent_ | {"technical": NO_ENVELOPE, "mix": NO_ENVELOPE}
    yearly = [period_steps(table, e, *window).by_year(split=best is not None) for e in range(economies.size)]
    totals |= {name: np.vstack([terms[name] for terms in yearly]) for name in yearly[0]}
    terms = {name: np.where(status == "ok", values.ravel(), np.nan) for name, values in totals.items()}
    rows = Rows(unit, time, terms, status, reason)
    diagnostics["largest_gap"] = _check(terms, accounts.contributions, rows, split=best is not None)
    return IndustryLedgerResult(
        method=ledger,
        panel=panel,
        rows=rows,
        absent=again(absent),
        warnings=tuple(dict.fromkeys(warnings)),
        diagnostics=diagnostics,
        steps=table,
        economies=economies,
        accounts=accounts,
        split=best is not None,
    )


def _steps_table(
    accounts: GrowthAccountsResult, industries: Industries, steps: Steps, wholes: Wholes
) -> tuple[IndustrySteps, dict[str, Floats]]:
    """Return the industries' steps with their weights, and the cells that a step needs besides the accounts' own."""
    panel, code = accounts.panel, wholes.whole[accounts.panel.code]
    added = panel.array(*industries.value_added).sum(axis=1)
    place = np.searchsorted(panel.times, panel.when)
    total = np.zeros((code.max() + 1, panel.times.size))
    np.add.at(total, (code, place), added)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = added / total[code, place]
    needed: dict[str, Floats] = {say("value added"): added}
    needed[say("value added in output")] = accounts.shares[:, :2].sum(axis=1)
    for name, factor in zip(("capital", "labour"), accounts.factors, strict=False):
        if _summed_parts(factor) and factor.level_needs:
            for column, cells in factor.level_needs.items():
                needed[say("level of {input} ({column})", input=spoken(name), column=named(column))] = cells
    cost = two_year_means(accounts.shares, steps.before, steps.end)
    weight = two_year_means(w[:, None], steps.before, steps.end)[:, 0]
    v = np.where(cost[:, :2].sum(axis=1) > 0, cost[:, :2].sum(axis=1), np.nan)
    rows, there = accounts.rows, np.isin(accounts.steps.end, steps.end)
    contributions = np.column_stack([rows.terms[name][there] for name in accounts.contributions])
    primary = sum(len(factor.parts) for factor in accounts.factors[:2])
    growth, tfp = rows.terms["growth"][there], rows.terms["tfp"][there]
    unknown = np.full(tfp.size, np.nan)
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
        technology=unknown,
        efficiency=unknown,
        before=np.where(steps.before >= 0, w[steps.before], np.nan),
        end=w[steps.end],
    )
    return table, needed


def _totals(
    table: IndustrySteps, accounts: GrowthAccountsResult, steps: Steps, size: tuple[int, tuple[int, int]]
) -> tuple[dict[str, Floats], dict[str, str]]:
    """Return growth, inputs and TFP of each economy, (economies, years), with reallocation where levels are known."""
    shape = (size[0], size[1][1] - size[1][0])
    cells = (table.economy, table.time - size[1][0] - 1)

    def total(values: Floats) -> Floats:
        out = np.zeros(shape)
        np.add.at(out, cells, values)
        return out

    out = {"growth": total(table.weight * table.value_added)}
    names = [name for factor in accounts.factors[:2] for name in factor.parts]
    for column, name in enumerate(names):
        out[name] = total(table.domar * table.contributions[:, column])
    tfp, absent = total(table.domar * table.tfp), dict[str, str]()
    for k, name in enumerate(("capital", "labour")):
        summed = _summed_parts(accounts.factors[k])
        if not summed:
            absent[f"reallocation_{name}"] = INDEX_ONLY
            continue
        aggregate = _aggregate_changes(accounts.factors[k], summed, steps, cells, shape)
        share = total(table.domar * table.cost[:, k])
        moved = sum(out[part] for part in summed) - share * sum(aggregate.values())
        out |= {part: share * change for part, change in aggregate.items()}
        out[f"reallocation_{name}"] = moved
        tfp = tfp + moved
    return {**out, "tfp": tfp}, absent


def _summed_parts(factor: Factor) -> list[str]:
    """Return the parts whose product can be summed over industries: all up to the first that cannot."""
    names = [name for name in factor.parts if name in factor.additive]
    first = next(iter(factor.parts))
    return names if first in names else []


def _aggregate_changes(
    factor: Factor, names: list[str], steps: Steps, cells: tuple[Ints, Ints], shape: tuple[int, int]
) -> dict[str, Floats]:
    """Return log changes of the totals of an economy: of the first part, then of each further one per unit of it."""
    changes: dict[str, Floats] = {}
    quantity, done = np.ones_like(factor.parts[names[0]]), np.zeros(shape)
    if names[0] == "capital" and factor.level is not None:
        quantity = factor.level / factor.parts["capital"]
    for name in names:
        quantity = quantity * factor.parts[name]
        start, end = np.zeros(shape), np.zeros(shape)
        np.add.at(start, cells, quantity[steps.before])
        np.add.at(end, cells, quantity[steps.end])
        with np.errstate(invalid="ignore", divide="ignore"):
            change = np.log(end / start)
        changes[name] = change - done
        done = change
    return changes


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class PeriodSteps:
    """The steps of one economy inside a period, (m,) each unless stated.

    ``years``: number of years; ``year``: 0 .. years - 1; ``place``: industry of the step; ``industries``: (i,)
    names; ``first``, ``last``: (i,) weights of the base year and of the last year; ``weight``: wbar;
    ``own``: a^V; ``technology``, ``efficiency``: its two parts.
    """

    years: int
    year: Ints
    place: Ints
    industries: Texts
    first: Floats
    last: Floats
    weight: Floats
    own: Floats
    technology: Floats
    efficiency: Floats

    def terms(self, *, split: bool) -> dict[str, Floats]:
        """Return the summands of (7) at both bases, by step."""
        first, last = self.first[self.place], self.last[self.place]
        terms = {
            "within": first * self.own,
            "upgrading": (self.weight - first) * self.own,
            "within_end": last * self.own,
            "upgrading_end": (self.weight - last) * self.own,
        }
        return terms | ({"technology": first * self.technology, "efficiency": first * self.efficiency} if split else {})

    def by_year(self, *, split: bool) -> dict[str, Floats]:
        """Return the terms summed over industries, (years,) each."""
        return {
            name: np.bincount(self.year, weights=values, minlength=self.years).astype(np.float64)
            for name, values in self.terms(split=split).items()
        }

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
        own=table.tfp_va[rows],
        technology=table.technology[rows],
        efficiency=table.efficiency[rows],
    )


def _check(terms: dict[str, Floats], contributions: tuple[str, ...], rows: Rows, *, split: bool) -> float:
    """Return the largest gap of (6) and (7), with reallocation, at both bases."""
    moved = [values for name, values in terms.items() if name.startswith("reallocation_")]
    inputs = [terms[name] for name in contributions if name in terms]
    gaps = [check_adding_up(terms["growth"], np.column_stack([*inputs, terms["tfp"]]), rows, identity="(6)")]
    for within, upgrading in (("within", "upgrading"), ("within_end", "upgrading_end")):
        gaps.append(
            check_adding_up(
                terms["tfp"], np.column_stack([terms[within], terms[upgrading], *moved]), rows, identity="(7)"
            )
        )
    if split:
        gaps.append(
            check_adding_up(
                terms["within"],
                np.column_stack([terms["technology"], terms["efficiency"]]),
                rows,
                identity=say("within = technology + efficiency"),
            )
        )
    return max(gaps)
