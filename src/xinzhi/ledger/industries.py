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
from xinzhi.growth.industries.steps import (
    IndustrySteps,
    PeriodSteps,
    economy_totals,
    industry_rates,
    industry_steps,
    period_steps,
    rebased,
)
from xinzhi.language import again, say, sentences
from xinzhi.ledger.industry_pages import industry_figures, industry_summary, industry_tables
from xinzhi.method import Result, Rows, Table, Value, View
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import step_status
from xinzhi.method.wholes import wholes_of
from xinzhi.panel.panel import Floats, Texts

if TYPE_CHECKING:
    from xinzhi.ledger.ledger import Ledger

NO_CROSS_SECTION = say("no_cross_section: best practice needs levels of several economies by industry")
NO_ENVELOPE = say("no data envelope by industry")


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


@dataclass(frozen=True, kw_only=True)
class LedgerSteps(IndustrySteps):
    """The industries' steps with the two parts of a_i^V, (m,) each: NaN where unknown."""

    technology: Floats
    efficiency: Floats


@dataclass(frozen=True, kw_only=True, repr=False)
class IndustryLedgerResult(Result):
    """The ledger by economy and year, log points; ``within`` and ``upgrading`` of :meth:`tidy` have the window's base.

    ``periods`` takes the weights of each period's own first year (and, for the bracket, of its last).
    """

    steps: LedgerSteps
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
        return rebased(Result.period_columns(self, periods), self.steps, self.economies, self._by_year)

    def _by_year(self, found: PeriodSteps) -> dict[str, Floats]:
        return terms_by_year(found, self.steps, split=self.split)

    def by_industry(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return each industry's part in a period: % a year of the economy, and its own TFP growth.

        Columns ``unit`` (economy), ``industry``, ``weight_start``, ``weight_end`` (shares of value added),
        ``tfp`` (own value-added TFP), ``within``, ``upgrading``, ``upgrading_end``; missing unless the
        industry has every year of the period.
        """
        self.panel.require_window(period, where="by_industry")

        def terms(found: PeriodSteps) -> dict[str, Floats]:
            based = base_terms(found, self.steps, split=False)
            named_ = ("within", "upgrading", "upgrading_end")
            return {"tfp": self.steps.tfp_va[found.rows]} | {name: based[name] for name in named_}

        return industry_rates(self.steps, self.economies, period, terms)

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
    plain, needed = industry_steps(accounts, industries.value_added, wholes, window)
    unknown = np.full(plain.tfp.size, np.nan)
    table = LedgerSteps(**vars(plain), technology=unknown, efficiency=unknown)
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
    totals = economy_totals(table, accounts, steps)
    absent |= totals.absent | {"technical": NO_ENVELOPE, "mix": NO_ENVELOPE}
    periods = [period_steps(table, e, *window) for e in range(economies.size)]
    yearly = [terms_by_year(found, table, split=best is not None) for found in periods]
    based = {name: np.vstack([terms[name] for terms in yearly]) for name in yearly[0]}
    all_terms = (totals.terms | based).items()
    terms = {name: np.where(status == "ok", values.ravel(), np.nan) for name, values in all_terms}
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


# Arrays in, arrays out ------------------------------------------------------------------------


def base_terms(found: PeriodSteps, table: LedgerSteps, *, split: bool) -> dict[str, Floats]:
    """Return the summands of (7) at both bases, by step of a period, (m,) each."""
    names = ("within", "upgrading", "within_end", "upgrading_end")
    terms = dict(zip(names, found.split(table.tfp_va[found.rows]), strict=True))
    if split:
        terms |= {name: found.split(getattr(table, name)[found.rows])[0] for name in ("technology", "efficiency")}
    return terms


def terms_by_year(found: PeriodSteps, table: LedgerSteps, *, split: bool) -> dict[str, Floats]:
    """Return the same summed over industries, (years,) each."""
    return {name: found.by_year(values) for name, values in base_terms(found, table, split=split).items()}


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
