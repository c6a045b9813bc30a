"""The ledger of an economy built up from its industries.

    V_i = compensation of capital and labour;  a_i^V = a_i / vbar_V,i;  D_i = wbar_i / vbar_V,i
    (6) SUM wbar dln V_i = SUM_k SUM_i D_i vbar_k,i dln x_ki + SUM_i D_i a_i
    (7) SUM D_i a_i = within + upgrading
        within    = SUM_t SUM_i w_i,0 a^V_it                  industries' own TFP at the weights of the base year
        upgrading = SUM_t SUM_i (wbar_it - w_i,0) a^V_it      weights moving towards industries with faster TFP

The base year is the first year of the period; the same with the last year's weights is the bracket. Weights
are never rebased annually, which would make upgrading mechanically positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from xinzhi.compute import Run
from xinzhi.growth import GrowthAccountsResult
from xinzhi.ledger.industry_pages import industry_figures, industry_summary, industry_tables
from xinzhi.method import Factor, Result, Rows, Table, Value, View
from xinzhi.method.result import check_adding_up
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Ints, Texts

if TYPE_CHECKING:
    from xinzhi.ledger.ledger import Ledger

NO_CROSS_SECTION = "no_cross_section: best practice needs levels of several economies by industry"
INDEX_ONLY = "index_only: reallocation needs levels of the input by industry"


class Industries(Value):
    """Units of the panel are industries.

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


@dataclass(frozen=True, kw_only=True)
class IndustryLedgerResult(Result):
    """The ledger by economy and year, log points; ``within`` and ``upgrading`` of :meth:`tidy` have the window's base.

    ``periods`` takes the weights of each period's own first year (and, for the bracket, of its last).
    """

    steps: IndustrySteps
    economies: Texts
    accounts: GrowthAccountsResult
    split: bool = False
    reallocated: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.span()
        return f"Growth ledger by industries, {start}–{end}"

    def period_columns(self, periods: Any) -> dict[str, Any]:
        """Return growth terms by period, % a year, with each period's own base years."""
        columns = Result.period_columns(self, periods)
        for row, (unit, start, end) in enumerate(zip(columns["unit"], columns["start"], columns["end"], strict=True)):
            if columns["status"][row] == "ok":
                economy = int(np.flatnonzero(self.economies == unit)[0])
                for name, value in period_terms(self.steps, economy, int(start), int(end), split=self.split).items():
                    columns[name][row] = 100.0 * value / (end - start)
        return columns

    def by_industry(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return each industry's part in a period: % a year of the economy, and its own TFP growth.

        Columns ``unit`` (economy), ``industry``, ``weight_start``, ``weight_end`` (shares of value added),
        ``tfp`` (own value-added TFP), ``within``, ``upgrading``, ``upgrading_end``.
        """
        start, end = period
        s, years = self.steps, end - start
        inside = (s.time > start) & (s.time <= end)
        keys = sorted({(int(e), str(i)) for e, i in zip(s.economy[inside], s.industry[inside], strict=True)})
        out: dict[str, list[Any]] = {
            k: []
            for k in ("unit", "industry", "weight_start", "weight_end", "tfp", "within", "upgrading", "upgrading_end")
        }
        for economy, industry in keys:
            rows = np.flatnonzero(inside & (s.economy == economy) & (s.industry == industry))
            first, last = s.before[rows[s.time[rows] == start + 1]], s.end[rows[s.time[rows] == end]]
            w0, w1 = (float(w[0]) if w.size else np.nan for w in (first, last))
            a, weighted = s.tfp_va[rows], s.weight[rows] * s.tfp_va[rows]
            cells = (w0, w1, a.sum(), w0 * a.sum(), weighted.sum() - w0 * a.sum(), weighted.sum() - w1 * a.sum())
            rates = [100.0 * cell / years for cell in cells[2:]]
            for key, cell in zip(out, (self.economies[economy], industry, w0, w1, *rates), strict=True):
                out[key].append(cell)
        return out

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
    names = panel.label(industries.economy) if industries.economy else np.full(len(panel), "economy", dtype=object)
    economies, code = np.unique(names.astype(str), return_inverse=True)
    kinds = panel.label(industries.industry) if industries.industry else panel.unit_names
    steps, inside = panel.steps(window), (accounts.rows.time > window[0]) & (accounts.rows.time <= window[1])
    table = _steps_table(accounts, industries, steps, inside, (code.astype(np.int64), kinds))
    split, diagnostics = ledger.best_practice != "none", dict(accounts.diagnostics)
    absent: dict[str, str] = {}
    if split:
        table, diagnostics["reference"] = _with_best_practice(ledger, panel, table, steps, kinds, window, run)
    else:
        absent |= dict.fromkeys(("technology", "efficiency"), NO_CROSS_SECTION)
    status, reason, unit, time = _economy_status(accounts, steps, inside, code, economies, window)
    shape = (economies.size, window[1] - window[0])
    cells = (table.economy, table.time - window[0] - 1)
    totals, reallocated, absent_ = _totals(table, accounts, steps, cells, shape)
    absent |= absent_ | {"technical": "no data envelope by industry", "mix": "no data envelope by industry"}
    totals |= {
        name: np.concatenate(series) for name, series in _base_terms(table, economies.size, window, split=split).items()
    }
    good = status == "ok"
    terms = {name: np.where(good, values.ravel(), np.nan) for name, values in totals.items()}
    rows = Rows(unit, time, terms, status, reason)
    diagnostics["largest_gap"] = _check(terms, accounts.contributions, rows, split=split)
    return IndustryLedgerResult(
        method=ledger,
        panel=panel,
        rows=rows,
        absent=absent,
        warnings=accounts.warnings,
        diagnostics=diagnostics,
        steps=table,
        economies=economies.astype(object),
        accounts=accounts,
        split=split,
        reallocated=reallocated,
    )


def _steps_table(
    accounts: GrowthAccountsResult, industries: Industries, steps: Steps, inside: Any, labels: tuple[Ints, Texts]
) -> IndustrySteps:
    """Return the industries' steps with their weights; technology and efficiency still unknown."""
    panel, (code, kinds) = accounts.panel, labels
    added = panel.array(*industries.value_added).sum(axis=1)
    place = np.searchsorted(panel.times, panel.when)
    total = np.zeros((code.max() + 1, panel.times.size))
    np.add.at(total, (code, place), added)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = added / total[code, place]
    cost = 0.5 * (accounts.shares[steps.end] + accounts.shares[steps.before])
    v = cost[:, :2].sum(axis=1)
    weight = 0.5 * (w[steps.end] + w[steps.before])
    rows = accounts.rows
    contributions = np.column_stack([rows.terms[name][inside] for name in accounts.contributions])
    primary = sum(len(factor.parts) for factor in accounts.factors[:2])
    growth, tfp = rows.terms["growth"][inside], rows.terms["tfp"][inside]
    unknown = np.full(tfp.size, np.nan)
    return IndustrySteps(
        economy=code[steps.end],
        industry=kinds[steps.end],
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
        before=w[steps.before],
        end=w[steps.end],
    )


def _with_best_practice(
    ledger: "Ledger", panel: Panel, table: IndustrySteps, steps: Steps, kinds: Texts, window: tuple[int, int], run: Run
) -> tuple[IndustrySteps, dict[str, list[str]]]:
    """Return the steps with technology and efficiency of value-added TFP, best practice within each industry."""
    technology, efficiency = np.full(table.tfp.size, np.nan), np.full(table.tfp.size, np.nan)
    v = table.cost[:, :2].sum(axis=1)
    members: dict[str, list[str]] = {}
    units = panel.unit_names[steps.end]
    for kind in np.unique(kinds.astype(str)):
        part = panel.select(units=np.unique(panel.unit_names[kinds == kind].astype(str)).tolist())
        best = ledger.best(part, window, run)
        assert best is not None
        members[str(kind)] = best.diagnostics["reference"]
        found = {key: place for place, key in enumerate(zip(best.rows.unit, best.rows.time.tolist(), strict=True))}
        for row in np.flatnonzero(table.industry == kind):
            place = found[(units[row], int(table.time[row]))]
            technology[row] = best.rows.terms["technology"][place] / v[row]
            efficiency[row] = best.rows.terms["efficiency"][place] / v[row]
    return _replace(table, technology=technology, efficiency=efficiency), members


def _replace(table: IndustrySteps, **changes: Floats) -> IndustrySteps:
    return IndustrySteps(**{**{name: getattr(table, name) for name in table.__dataclass_fields__}, **changes})


def _economy_status(
    accounts: GrowthAccountsResult, steps: Steps, inside: Any, code: Any, economies: Any, window: tuple[int, int]
) -> tuple[Texts, Texts, Texts, Ints]:
    """Return status, reason, economy and year of every economy and step; one missing industry is a missing year."""
    years = np.arange(window[0] + 1, window[1] + 1)
    unit, time = np.repeat(economies.astype(object), years.size), np.tile(years, economies.size)
    status, reason = np.full(unit.size, "ok", dtype=object), np.full(unit.size, "", dtype=object)
    panel, rows = accounts.panel, accounts.rows
    seen = np.zeros((panel.units.size, years.size), dtype=bool)
    seen[panel.code[steps.end], panel.when[steps.end] - window[0] - 1] = True
    owner = np.zeros(panel.units.size, dtype=np.int64)
    owner[panel.code] = code
    problems = [
        (str(panel.units[u]), owner[u], t, "missing_data", "no row") for u, t in zip(*np.nonzero(~seen), strict=True)
    ]
    word, why, odd_unit, when = (x[inside] for x in (rows.status, rows.reason, rows.unit, rows.time))
    problems += [
        (str(odd_unit[i]), code[steps.end[i]], when[i] - window[0] - 1, word[i], why[i])
        for i in np.flatnonzero(word != "ok")
    ]
    for name, economy, t, kind, words in problems:
        place = int(economy) * years.size + int(t)
        if status[place] == "ok":
            status[place], reason[place] = kind, f"industry {name}: {words}"
    return status, reason, unit, time


def _totals(
    table: IndustrySteps, accounts: GrowthAccountsResult, steps: Steps, cells: tuple[Ints, Ints], shape: tuple[int, int]
) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, str]]:
    """Return growth, inputs and TFP of each economy, (economies, years), with reallocation where levels are known."""

    def total(values: Floats) -> Floats:
        out = np.zeros(shape)
        np.add.at(out, cells, values)
        return out

    out = {"growth": total(table.weight * table.value_added)}
    parts = [(k, name) for k, factor in enumerate(accounts.factors[:2]) for name in factor.parts]
    for column, (_, name) in enumerate(parts):
        out[name] = total(table.domar * table.contributions[:, column])
    tfp, reallocated, absent = total(table.domar * table.tfp), {}, {}
    for k, name in enumerate(("capital", "labour")):
        summed = _summed_parts(accounts.factors[k])
        if not summed:
            absent[f"reallocation_{name}"] = INDEX_ONLY
            continue
        aggregate = _aggregate_changes(accounts.factors[k], summed, steps, cells, shape)
        share = total(table.domar * table.cost[:, k])
        moved = sum(out[part] for part in summed) - share * sum(aggregate.values())
        out |= {part: share * change for part, change in aggregate.items()}
        reallocated[name] = out[f"reallocation_{name}"] = moved
        tfp = tfp + moved
    return {**out, "tfp": tfp}, reallocated, absent


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


def _base_terms(
    table: IndustrySteps, economies: int, window: tuple[int, int], *, split: bool
) -> dict[str, list[Floats]]:
    """Return the terms of (7) by year at the window's base weights, one series per economy."""
    out: dict[str, list[Floats]] = {}
    for economy in range(economies):
        for name, series in yearly_terms(table, economy, *window, split=split).items():
            out.setdefault(name, []).append(series)
    return out


# Arrays in, arrays out ------------------------------------------------------------------------


def yearly_terms(table: IndustrySteps, economy: int, start: int, end: int, *, split: bool) -> dict[str, Floats]:
    """Return within and upgrading by year, (end - start,) each, at weights of ``start`` and, as bracket, of ``end``."""
    rows = np.flatnonzero((table.economy == economy) & (table.time > start) & (table.time <= end))
    year = table.time[rows] - start - 1
    kinds, place = np.unique(table.industry[rows].astype(str), return_inverse=True)
    first, last = np.full(kinds.size, np.nan), np.full(kinds.size, np.nan)
    first[place[year == 0]] = table.before[rows[year == 0]]
    last[place[year == end - start - 1]] = table.end[rows[year == end - start - 1]]

    def total(values: Floats) -> Floats:
        return np.bincount(year, weights=values, minlength=end - start).astype(np.float64)

    a, whole = table.tfp_va[rows], total(table.weight[rows] * table.tfp_va[rows])
    within, within_end = total(first[place] * a), total(last[place] * a)
    terms = {
        "within": within,
        "upgrading": whole - within,
        "within_end": within_end,
        "upgrading_end": whole - within_end,
    }
    if split:
        terms["technology"] = total(first[place] * table.technology[rows])
        terms["efficiency"] = total(first[place] * table.efficiency[rows])
    return terms


def period_terms(table: IndustrySteps, economy: int, start: int, end: int, *, split: bool) -> dict[str, float]:
    """Return the terms of (7) summed over a period with its own base weights, log points."""
    return {name: float(series.sum()) for name, series in yearly_terms(table, economy, start, end, split=split).items()}


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
                identity="within = technology + efficiency",
            )
        )
    return max(gaps)
