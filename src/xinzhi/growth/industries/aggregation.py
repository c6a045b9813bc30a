"""Aggregate productivity from the accounts of industries: one economy, several rules of aggregation.

    V_i = compensation of capital and labour;  w_i = V_i / SUM V;  D_i = wbar_i / vbar_V,i  (Domar weight)
    a_i = TFP of the industry's accounts;  a_i^V = a_i / vbar_V,i
    frontier    dln V = SUM wbar dln V_i = SUM_k SUM_i D_i vbar_ki dln x_ki + SUM D_i a_i
    Hulten      SUM D_i a_i = SUM wbar a_i^V
    Jorgenson   dln A = SUM D_i a_i + REALL_K + REALL_L
                REALL_k = SUM D_i vbar_ki dln x_ki - (SUM D_i vbar_ki) dln SUM x_ki
    function    dln A' = dln A + REALL_V;  REALL_V = dln SUM_i V_i - SUM wbar dln V_i   V_i in prices of one year
    Nordhaus    SUM D_i a_i = SUM w_i0 a_i^V + SUM (wbar_i - w_i0) a_i^V                pure, Baumol
                dln V - dln L = the same of dln V_i - dln L_i + SUM wbar (dln L_i - dln L)   and Denison
    Petrin      SUM D_i a_i = SUM D_i (dln Y_i - SUM_k e_ki dln x_ki) + SUM D_i SUM_k (e_ki - vbar_ki) dln x_ki

Bars are means of the two years of a step; w_0 is the first year of the period, never rebased inside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.growth.accounts import GrowthAccounts, GrowthAccountsResult, spoken
from xinzhi.growth.industries.aggregation_pages import aggregation_figures, aggregation_summary, aggregation_tables
from xinzhi.growth.industries.double_deflation import chained, year_place
from xinzhi.growth.industries.steps import (
    INDEX_ONLY,
    EconomyTotals,
    IndustrySteps,
    PeriodSteps,
    economy_totals,
    industry_rates,
    industry_steps,
    period_steps,
    rebased,
    summed_parts,
)
from xinzhi.language import again, named, say, sentences
from xinzhi.method import Factor, Method, Result, Rows, Table, View, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import step_status
from xinzhi.method.wholes import Wholes, wholes_of
from xinzhi.numerics import log_changes, two_year_means
from xinzhi.numerics.index_numbers import log_mean
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Texts

NO_BASE_YEAR = say("no base year in whose prices the value added of industries can be summed")
NO_ELASTICITIES = say("no output elasticities are given")
BASES = ("pure", "baumol", "pure_end", "baumol_end")

Elasticity = Annotated[float, Setting(gt=0)]


@register("aggregation")
class Aggregation(Method):
    """Aggregate industries' productivity growth by several rules beside each other.

    Parameters
    ----------
    accounts : GrowthAccounts
        The accounts of each industry: gross output with intermediate inputs, or value added. Units of the panel are
        industries. Capital and labour are summed over industries as levels; an index with its own base in each
        industry looks like a level, so declare its kind: ``Column(kind="growth_index")``. Reallocation is then absent.
    value_added : tuple of str
        Nominal columns whose sum is value added: compensation of capital and of labour, in one currency. All of it:
        Domar weights divide it by the shares of capital and labour in the accounts, and nothing here can tell that a
        column is left out or that the shares of the accounts were made from others.
    economy : str or None
        Label column that names the economy of each unit; None where all industries belong to one.
    industry : str or None
        Label column that names the industry; the unit itself by default.
    base_year : int or None
        Year in whose prices value added is summed over industries for the aggregate production function; the choice
        changes the numbers. Years that a gap cuts off from it are missing.
    elasticities : tuple of numbers and str, or None
        Output elasticities of the accounts' inputs, in their order (capital, labour, others), above 0: numbers, or
        columns by industry and year. They need not add up to one.

    Notes
    -----
    Hulten's sum of Domar-weighted TFP is what industries' own TFP gives the frontier of the economy; Jorgenson's
    aggregate TFP adds what capital and labour gain by moving to industries that pay them more, and needs levels of
    both; the aggregate production function adds the reallocation of value added, as if all industries made one
    good. Pure and Baumol effects split Hulten's sum by weights of the first year of a period; the Denison effect is
    what labour gains by moving to industries with more output per worker. Petrin and Levinsohn value inputs at output
    elasticities instead of shares. Every split is exact; a missing industry makes the year of its economy missing.

    References
    ----------
    Hulten, C. R. (1978). Review of Economic Studies 45(3), 511-518. doi:10.2307/2297252
    Jorgenson, D. W. et al. (2007). Economic Systems Research 19(3), 229-252.
    Nordhaus, W. D. (2002). Brookings Papers on Economic Activity 2002(2), 211-265.
    Petrin, A. and Levinsohn, J. (2012). RAND Journal of Economics 43(4), 705-725. doi:10.1111/1756-2171.12005

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import Aggregation
    >>> frame = pd.DataFrame({"i": ["a", "a", "b", "b"], "t": [1, 2, 1, 2], "y": [1.0, 1.1, 1.0, 1.0],
    ...     "k": 1.0, "l": [1.0, 1.0, 2.0, 2.0], "cap": [2.0, 2.0, 1.0, 1.0], "lab": [2.0, 2.0, 3.0, 3.0]})
    >>> accounts = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6)
    >>> method = Aggregation(accounts=accounts, value_added=("cap", "lab"))
    >>> result = method.fit(xz.Panel(frame, unit="i", time="t"))
    >>> round(float(result.term("hulten")[0]), 6)
    0.047655
    """

    column_fields: ClassVar[tuple[str, ...]] = ("value_added", "economy", "industry", "elasticities")
    accounts: GrowthAccounts
    value_added: tuple[str, ...]
    economy: str | None = None
    industry: str | None = None
    base_year: int | None = None
    elasticities: tuple[Elasticity | str, ...] | None = None

    @model_validator(mode="after")
    def _plain_accounts(self) -> "Aggregation":
        if self.accounts.per is not None or self.accounts.form != "inputs" or self.accounts.markup is not None:
            raise ValueError(say("industries are aggregated by plain accounts: per=None, form='inputs', no markup"))
        if self.elasticities is not None and len(self.elasticities) != len(self.accounts.inputs):
            names = ", ".join(item.name for item in self.accounts.inputs)
            raise ValueError(say("elasticities should be one for each of {names}", names=names))
        return self

    def compute(self, panel: Panel, run: Run) -> "AggregationResult":
        """Return all aggregates by economy and year."""
        accounts = self.accounts.fit_in(panel, run)
        assert isinstance(accounts, GrowthAccountsResult)
        window = (int(panel.times[0]), int(panel.times[-1]))
        wholes, steps = wholes_of(panel, self.economy, self.industry), panel.steps(window)
        table, needed = industry_steps(accounts, self.value_added, wholes, window)
        inside = accounts.rows.time > window[0]
        checks = [(accounts.rows.status[inside], accounts.rows.reason[inside])]
        checks.append(step_status(panel, steps, needed | self._elasticity_cells(panel)))
        status, reason = wholes.folded(steps, checks, window)
        totals = economy_totals(table, accounts, steps)
        parts, own = industry_parts(table, totals, accounts.factors, steps)
        absent, terms = dict(totals.absent), dict(totals.terms)
        if self.base_year is None:
            absent |= dict.fromkeys(("reallocation_value_added", "tfp_production_function"), NO_BASE_YEAR)
        else:
            added = panel.array(*self.value_added).sum(axis=1)
            volumes = base_year_volumes(
                wholes,
                steps,
                table.value_added,
                added,
                year_place(panel, self.base_year, where="Aggregation.base_year"),
            )
            parts["reallocation_value_added"] = production_function_parts(table, volumes, steps)
        if self.elasticities is None:
            absent |= dict.fromkeys(("technical_efficiency", "input_reallocation"), NO_ELASTICITIES)
        else:
            elasticities = np.column_stack([_column(item, panel) for item in self.elasticities])
            gaps = elasticity_gaps(table, accounts, elasticities, steps)
            parts |= {"technical_efficiency": parts["hulten"] - gaps, "input_reallocation": gaps}
        terms |= {name: table.total(values) for name, values in parts.items() if name not in terms}
        if "labour_" in own:
            terms["labour_productivity"] = terms["growth"] - totals.aggregates["labour"]
        else:
            absent |= dict.fromkeys(("labour_productivity", "labour_pure", "labour_baumol", "denison"), INDEX_ONLY)
        if self.base_year is not None:
            terms["tfp_production_function"] = terms["tfp"] + terms["reallocation_value_added"]
            _cut_off(status, reason, terms["tfp_production_function"], self.base_year)
        based = [based_by_year(period_steps(table, e, *window), own) for e in range(table.economies)]
        terms |= {name: np.vstack([each[name] for each in based]) for name in based[0]}
        terms = {name: np.where(status == "ok", terms[name].ravel(), np.nan) for name in _in_order(terms)}
        rows = Rows(*wholes.keys(wholes.years(window)), terms, status, reason)
        return AggregationResult(
            method=self,
            panel=panel,
            rows=rows,
            absent=again(absent),
            warnings=accounts.warnings,
            log=accounts.log,
            diagnostics={"largest_gap": _check(rows, accounts.contributions)},
            steps=table,
            wholes=wholes,
            accounts=accounts,
            parts=parts,
            own=own,
        )

    def _elasticity_cells(self, panel: Panel) -> dict[str, Floats]:
        """Return the columns of elasticities by what a reason calls them."""
        pairs = zip(self.accounts.inputs, self.elasticities or (), strict=False)
        return {
            say("elasticity of {input} ({column})", input=spoken(item.name), column=named(given)): panel.values(given)
            for item, given in pairs
            if isinstance(given, str)
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class AggregationResult(Result):
    """All aggregates by economy and year, log points.

    ``steps``: the industries' steps, (m,); ``wholes``: economies and their industries; ``parts``: (m,) what each step
    gives to a term, the sum over industries being the term; ``own``: (m,) the industries' own growth that weights of
    a base year split, of TFP (key "") and of labour productivity (key "labour_"). ``tidy`` has the weights of the
    panel's first year as base, ``periods`` those of each period's own first year.
    """

    steps: IndustrySteps
    wholes: Wholes
    accounts: GrowthAccountsResult
    parts: Mapping[str, Floats]
    own: Mapping[str, Floats]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Aggregate productivity from industries")

    @property
    def economies(self) -> Texts:
        """Return the names of the economies, (e,)."""
        return self.wholes.names

    def row_unit(self, unit: str) -> str:
        """Return the economy of an industry."""
        return self.wholes.of_unit(unit)

    def period_columns(self, periods: Any) -> dict[str, Any]:
        """Return growth terms by period, % a year, with each period's own base years."""
        return rebased(Result.period_columns(self, periods), self.steps, self.economies, self._by_year)

    def _by_year(self, found: PeriodSteps) -> dict[str, Floats]:
        return based_by_year(found, self.own)

    def by_industry(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return each industry's part in a period: % a year of the economy, and its own TFP growth.

        Columns ``unit`` (economy), ``industry``, ``weight_start``, ``weight_end`` (shares of value added), ``domar``
        (mean Domar weight), ``tfp`` (own TFP of its accounts) and one per term that is a sum over industries
        (``contribution`` to growth of value added, ``hulten``, ``pure``, ``baumol``, reallocations, ...); missing
        unless the industry has every year of the period.
        """
        self.panel.require_window(period, where="by_industry")

        def terms(found: PeriodSteps) -> dict[str, Floats]:
            shown = {"domar": self.steps.domar, "tfp": self.steps.tfp} | dict(self.parts)
            rows = {name: values[found.rows] for name, values in shown.items()}
            return rows | based_terms(found, self.own)

        columns = industry_rates(self.steps, self.economies, period, terms)
        columns["domar"] = [value / 100.0 for value in columns["domar"]]
        return columns

    def methods_text(self) -> str:
        """Return the rules in words, with the accounts behind them."""
        return sentences(super().methods_text(), self.accounts.sources_text())

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the sources of growth, the aggregates beside each other, and the industries behind them."""
        return aggregation_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return where growth came from, and by period where the view has several."""
        return aggregation_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return the aggregates in words that depend on the numbers."""
        return aggregation_summary(self, view)


# Arrays in, arrays out ------------------------------------------------------------------------


def based_terms(found: PeriodSteps, own: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the pure and the Baumol effect of TFP and of labour productivity by step of a period, (m,) each."""
    return {
        f"{prefix}{name}": values
        for prefix, growth in own.items()
        for name, values in zip(BASES, found.split(growth[found.rows]), strict=True)
    }


def based_by_year(found: PeriodSteps, own: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the same summed over industries, (years,) each."""
    return {name: found.by_year(values) for name, values in based_terms(found, own).items()}


def industry_parts(
    table: IndustrySteps, totals: EconomyTotals, factors: tuple[Factor, ...], steps: Steps
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return what each step gives to the sums over industries, and the industries' own growth, (m,) each.

    Growth, Hulten's sum, reallocation and the Denison effect; own growth of value-added TFP (key "") and of labour
    productivity (key "labour_").
    """
    parts = {"contribution": table.weight * table.value_added, "hulten": table.domar * table.tfp}
    own, column = {"": table.tfp_va}, 0
    for k, name in enumerate(("capital", "labour")):
        summed = summed_parts(factors[k])
        if summed:
            paid = table.contributions[:, column : column + len(summed)].sum(axis=1)
            change = totals.aggregates[name][table.cells]
            parts[f"reallocation_{name}"] = table.domar * (paid - table.cost[:, k] * change)
        column += len(factors[k].parts)
    if "labour" in totals.aggregates:
        levels = np.column_stack([factors[1].parts[name] for name in summed_parts(factors[1])])
        change = log_changes(levels, steps.before, steps.end).sum(axis=1)
        parts["denison"] = table.weight * (change - totals.aggregates["labour"][table.cells])
        own["labour_"] = table.value_added - change
    return parts, own


def base_year_volumes(wholes: Wholes, steps: Steps, growth: Floats, nominal: Floats, base: int) -> Floats:
    """Return value added of each row in prices of the base year, (n,): its value there, chained by its growth.

    Parameters
    ----------
    growth : (m,)
        Log changes of real value added at the steps.
    nominal : (n,)
        Value added in current prices.
    base : int
        Place of the base year among the years of the panel.
    """
    at_rows = np.full(nominal.size, np.nan)
    at_rows[steps.end] = growth
    levels, panel = chained(wholes.cube(at_rows), wholes.cube(nominal), base), wholes.panel
    place = np.searchsorted(panel.times, panel.when)
    return np.asarray(levels[wholes.whole[panel.code], place, wholes.part[panel.code]])


def production_function_parts(table: IndustrySteps, volumes: Floats, steps: Steps) -> Floats:
    """Return what each step adds to growth of value added when industries' volumes are summed, (m,).

    The sum of volumes grows by SUM_i (V_i1 - V_i0) / L, L being the logarithmic mean of the two sums.
    """
    before = np.where(steps.before >= 0, volumes[steps.before], np.nan)
    end = volumes[steps.end]
    mean = log_mean(table.total(end), table.total(before))[table.cells]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((end - before) / np.where(mean > 0, mean, np.nan) - table.weight * table.value_added)


def elasticity_gaps(table: IndustrySteps, accounts: GrowthAccountsResult, elasticities: Floats, steps: Steps) -> Floats:
    """Return D_i SUM_k (e_ki - vbar_ki) dln x_ki of each step, (m,), given (n, k) output elasticities."""
    inputs = np.column_stack([factor.growth for factor in accounts.factors])
    mean = two_year_means(elasticities, steps.before, steps.end)
    return np.asarray(table.domar * ((mean - table.cost) * log_changes(inputs, steps.before, steps.end)).sum(axis=1))


def _column(item: float | str, panel: Panel) -> Floats:
    """Return an elasticity by row, (n,)."""
    return panel.values(item) if isinstance(item, str) else np.full(len(panel), float(item))


def _cut_off(status: Texts, reason: Texts, linked: Floats, year: int) -> None:
    """Mark the rows that a gap cuts off from the base year."""
    lost = (status == "ok") & ~np.isfinite(linked.ravel())
    status[lost] = "missing_data"
    reason[lost] = say("a gap lies between the value added of an industry and that of {year}", year=year)


def _in_order(terms: Mapping[str, Floats]) -> list[str]:
    """Return the names of the terms in the order of reading."""
    last = [f"{prefix}{name}" for prefix in ("", "labour_") for name in BASES]
    views = ("hulten", "reallocation_capital", "reallocation_labour", *last[:4], "labour_productivity", *last[4:])
    views = (*views, "denison", "reallocation_value_added", "tfp_production_function", "technical_efficiency")
    views = (*views, "input_reallocation")
    sources = [name for name in terms if name not in {*views, "contribution"}]
    return [*sources, *(name for name in views if name in terms)]


def _check(rows: Rows, contributions: tuple[str, ...]) -> float:
    """Return the largest gap of all splits."""
    terms = rows.terms
    moved = [name for name in ("reallocation_capital", "reallocation_labour") if name in terms]
    inputs = [name for name in contributions if name in terms]
    splits = [
        ("growth", (*inputs, "tfp"), say("growth of value added")),
        ("tfp", ("hulten", *moved), say("TFP by industries")),
        ("hulten", ("pure", "baumol"), say("pure and Baumol effects")),
        ("hulten", ("pure_end", "baumol_end"), say("pure and Baumol effects")),
    ]
    if "labour_productivity" in terms:
        splits += [
            ("labour_productivity", (f"labour_pure{end}", f"labour_baumol{end}", "denison"), say("labour productivity"))
            for end in ("", "_end")
        ]
    if "technical_efficiency" in terms:
        splits.append(("hulten", ("technical_efficiency", "input_reallocation"), say("Petrin and Levinsohn")))
    return max(
        check_adding_up(terms[total], np.column_stack([terms[part] for part in parts]), rows, identity=identity)
        for total, parts, identity in splits
    )
