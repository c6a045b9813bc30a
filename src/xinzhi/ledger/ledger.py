"""The ledger: growth into inputs and TFP, TFP into technology, factors and upgrading; every row adds up.

    (1) dln Y = SUM_k sbar_k dln x_k + TFP
    (2) TFP   = technology + efficiency                     best practice at the unit's own shares
    (3) efficiency = technical + scale + mix                rule "max" only, against the data envelope
    (4) dln Y = SUM_k e_k dln x_k + scale + TC + EC         inputs valued at the frontier
    (5) TFP   = TC + EC + scale + SUM_k (e_k - sbar_k) dln x_k        the bridge, by input
    (6), (7)  industries: see :mod:`xinzhi.ledger.industries`

Growth accounts and frontiers meet here; neither knows the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import EstimationError
from xinzhi.frontier import (
    BestPractice,
    BestPracticeResult,
    FrontierAccounts,
    FrontierAccountsResult,
    Malmquist,
    MalmquistResult,
)
from xinzhi.frontier.best_practice import Rule
from xinzhi.frontier.reference import Reference
from xinzhi.growth import GrowthAccounts, GrowthAccountsResult
from xinzhi.language import again, enumerated, named, say, sentences
from xinzhi.ledger.industries import Industries, industry_ledger
from xinzhi.ledger.pages import ledger_figures, ledger_summary, ledger_tables, rule_words
from xinzhi.method import Capital, Labour, Method, Result, Rows, Table, View, register
from xinzhi.method.result import check_adding_up
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Texts

LEVELS = 1e-9
"""Largest admitted excess of ln A - B over ln(y / F): two sums of a few logarithms and one LP solution."""

NO_INDUSTRIES = say("no industry data: what moves between industries is inside efficiency")
NO_LEVELS = say("reallocation needs industries with levels of capital and labour")
NO_RULE = say("no rule of best practice was asked for")
NOT_MAX = say("rule_not_max: efficiency splits into technical, scale and mix only under best_practice='max'")
NO_FRONTIER = say("no frontier was given")
INPUTS_DIFFER = say(
    "inputs_differ: the frontier does not read, in output orientation, the accounts' own output and inputs"
)
NOT_OUTPUT = say("orientation: the identity is stated in output")
OTHER_YEARS = say("technology_differs: best practice is of the year, the envelope is not")
CONSTANT = say("constant returns to scale")


@register("ledger")
class Ledger(Method):
    """Account for growth by accumulation, technology, factors put to better use, and upgrading.

    Parameters
    ----------
    accounts : GrowthAccounts
        Output, inputs and income shares; gives growth, contributions and TFP.
    frontier : Malmquist or None
        Data envelope for the second view (inputs valued at the frontier), for the bridge between the views
        and, under rule ``max``, for technical efficiency, scale and mix. The ledger sets its reference set and
        its window; under ``best_practice="none"`` the frontier keeps its own reference set.
    industries : Industries or None
        Units are industries: weights, aggregation, within industries and upgrading.
    reference : "observed", "core", "all" or ReferenceSet
        Units that may define best practice; fixed once by ``window``.
    best_practice : "decile", "max", "running_max", Leader or "none"
        Rule of best practice; ``none`` where the data cannot carry one (a single economy, or indices).
    window : (first, last) or None
        Years; all years of the panel by default. Periods only sum the annual terms of the window.

    Notes
    -----
    No residual: (1)-(7) hold to 1e-10 in every row, or the fit fails and names the row. A term that the
    data cannot identify is absent with a reason in ``absent``; it is not zero and not hidden in another
    term. The size of technology depends on the rule of best practice: show it with its range
    (:class:`ChoiceRange`).

    References
    ----------
    Caves, D. W., Christensen, L. R. and Diewert, W. E. (1982). Economic Journal 92(365), 73-86. doi:10.2307/2232257
    Kumar, S. and Russell, R. R. (2002). American Economic Review 92(3), 527-548. doi:10.1257/00028280260136381
    Denison, E. F. (1962). The Sources of Economic Growth in the United States. Committee for Economic Development.

    Examples
    --------
    >>> import xinzhi as xz
    >>> accounts = xz.GrowthAccounts(
    ...     output="rgdpna",
    ...     capital=xz.Capital(growth="rkna", level="ck", base=2017),
    ...     labour=xz.Labour(persons="emp", hours="avh", quality="hc", missing_hours=xz.SplicedHours(reference="USA")),
    ...     labour_share="labsh",
    ... )
    >>> ledger = xz.Ledger(accounts=accounts, reference="observed", window=(1990, 2019)).fit(xz.catalog.load("pwt1001"))
    >>> rates = ledger.period_columns([(1990, 2019)])
    >>> china = rates["unit"].tolist().index("CHN")
    >>> [round(float(rates[term][china]), 6) for term in ("tfp", "technology", "efficiency")]
    [0.623889, 0.032053, 0.591836]
    """

    accounts: GrowthAccounts
    frontier: Malmquist | None = None
    industries: Industries | None = None
    reference: Reference = "observed"
    best_practice: Rule | Literal["none"] = "decile"
    window: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Ledger":
        if self.industries is not None:
            if self.frontier is not None:
                raise ValueError(say("a ledger by industries takes best practice per industry; leave frontier out"))
            if any(isinstance(item.quantity, Capital | Labour) for item in self.accounts.other_inputs):
                raise ValueError(
                    say("a ledger by industries takes one capital and one labour; other inputs are intermediate")
                )
            if self.best_practice != "none" and self.industries.industry is None:
                raise ValueError(
                    say("best practice by industry needs Industries(industry=...), or best_practice='none'")
                )
        if self.accounts.per is not None and (self.industries or self.frontier) is not None:
            raise ValueError(
                say("accounts per hour or per person have no frontier view and no industries: use per=None")
            )
        if self.accounts.form != "inputs" or self.accounts.markup is not None:
            raise ValueError(say("the accounts of a ledger have form='inputs' and no markup"))
        if self.frontier is not None and (self.frontier.one_technology or self.frontier.returns not in ("crs", "vrs")):
            raise ValueError(say("the frontier of a ledger has a technology for each year, and returns crs or vrs"))
        if self.frontier is not None and self.best_practice != "none":
            own = [name for name in ("reference", "window") if getattr(self.frontier, name) is not None]
            if own:
                raise ValueError(
                    say("the ledger sets {settings} of its frontier: leave them out there", settings=enumerated(own))
                )
        return self

    def compute(self, panel: Panel, run: Run) -> Result:
        """Return the ledger by unit and step."""
        window = self.window or (int(panel.times[0]), int(panel.times[-1]))
        panel.require_window(window, where="Ledger.window")
        accounts = self.accounts.fit_in(panel, run)
        assert isinstance(accounts, GrowthAccountsResult)
        if self.industries is not None:
            return industry_ledger(self, accounts, window, run)
        return self._economies(accounts, window, run)

    def best(self, panel: Panel, window: tuple[int, int], run: Run) -> BestPracticeResult | None:
        """Return best practice on a panel at the shares of the accounts, or None if no rule is asked for."""
        if self.best_practice == "none":
            return None
        by = None if self.industries is None else self.industries.industry
        method = BestPractice(
            output=self.accounts.output,
            inputs=self.accounts.inputs,
            best_practice=self.best_practice,
            reference=self.reference,
            window=window,
            by=by,
        )
        result = method.fit_in(panel, run)
        assert isinstance(result, BestPracticeResult)
        return result

    def _economies(self, accounts: GrowthAccountsResult, window: tuple[int, int], run: Run) -> "LedgerResult":
        panel = accounts.panel
        inside = (accounts.rows.time > window[0]) & (accounts.rows.time <= window[1])
        terms = {name: values[inside] for name, values in accounts.rows.terms.items()}
        absent: dict[str, str] = {"upgrading": NO_INDUSTRIES, "reallocation": NO_LEVELS}
        best = self.best(panel, window, run)
        warnings, diagnostics = list(accounts.warnings), dict(accounts.diagnostics)
        frontier, others = None, list[Result]()
        if best is None:
            absent |= dict.fromkeys(("technology", "efficiency"), NO_RULE)
        else:
            others.append(best)
            terms |= {name: best.rows.terms[name] for name in ("technology", "efficiency")}
            diagnostics |= {f"best_practice_{key}": value for key, value in best.diagnostics.items()}
        if self.frontier is None:
            absent |= dict.fromkeys(
                ("technical", "mix", "technical_change", "efficiency_change", "valuation"), NO_FRONTIER
            )
        else:
            frontier = self._envelope(panel, window, best, run)
            view = self._second_view(frontier, run)
            others += [frontier, view] if view else [frontier]
            for terms_, absent_ in (self._decomposed(frontier, best, run), self._bridge(view, accounts, inside)):
                terms, absent = terms | terms_, absent | absent_
        source = accounts.rows
        rows = Rows(source.unit[inside], source.time[inside], terms, *_merged(accounts, inside, others))
        warnings += [warning for other in others for warning in other.warnings]
        diagnostics["largest_gap"] = _check(terms, accounts.contributions, rows)
        return LedgerResult(
            method=self,
            panel=panel,
            rows=rows,
            absent=again(absent),
            warnings=tuple(dict.fromkeys(warnings)),
            diagnostics=diagnostics,
            accounts=accounts,
            best=best,
            frontier=frontier,
        )

    def _envelope(
        self, panel: Panel, window: tuple[int, int], best: BestPracticeResult | None, run: Run
    ) -> MalmquistResult:
        """Return the frontier's distances with the reference set of the ledger."""
        assert self.frontier is not None
        reference = self.frontier.reference if best is None else tuple(panel.units[best.members].tolist())
        method = self.frontier.model_copy(update={"reference": reference, "window": window})
        result = method.fit_in(panel, run)
        assert isinstance(result, MalmquistResult)
        return result

    def _names(self, frontier: Malmquist) -> tuple[str, ...] | None:
        """Return the accounts' names of the frontier's inputs, in its order; None unless both read the same goods."""
        by_quantity = {item.quantity: item.name for item in self.accounts.inputs}
        same = frontier.outputs == (self.accounts.output,) and set(frontier.inputs) == set(by_quantity)
        return tuple(by_quantity[quantity] for quantity in frontier.inputs) if same else None

    def _decomposed(
        self, frontier: MalmquistResult, best: BestPracticeResult | None, run: Run
    ) -> tuple[dict[str, Floats], dict[str, str]]:
        """Return technical efficiency, scale and mix (3), or why they are absent."""
        names, method = ("technical", "scale", "mix"), frontier.method
        assert isinstance(method, Malmquist)
        if self.best_practice != "max" or best is None:
            return {}, dict.fromkeys(names, NOT_MAX)
        if self._names(method) is None:
            return {}, dict.fromkeys(names, INPUTS_DIFFER)
        if method.orientation != "output":
            return {}, dict.fromkeys(names, NOT_OUTPUT)
        if method.technology != "contemporaneous":
            return {}, dict.fromkeys(names, OTHER_YEARS)
        variable = "vrs" in (method.returns, method.decompose_returns)
        update = {"returns": "crs", "decompose_returns": "vrs" if variable else None, "decomposition": "fgnz"}
        split = method.model_copy(update=update).fit_in(frontier.panel, run)
        assert isinstance(split, MalmquistResult)
        crs = np.column_stack([split.distances["own_before"], split.distances["own_end"]])
        _check_levels(best, crs)
        efficiency = best.rows.terms["efficiency"]
        if not variable:
            technical = crs[:, 0] - crs[:, 1]
            terms = {"technical": technical, "mix": efficiency - technical}
            return terms, {"scale": CONSTANT}
        vrs = np.column_stack([split.distances["own_before_vrs"], split.distances["own_end_vrs"]])
        technical = vrs[:, 0] - vrs[:, 1]
        scale = (crs[:, 0] - vrs[:, 0]) - (crs[:, 1] - vrs[:, 1])
        return {"technical": technical, "scale": scale, "mix": efficiency - technical - scale}, {}

    def _second_view(self, frontier: MalmquistResult, run: Run) -> FrontierAccountsResult | None:
        """Return the accounts valued at the frontier (4), or None where they are not those of the accounts."""
        method = frontier.method
        assert isinstance(method, Malmquist)
        if method.orientation != "output" or self._names(method) is None:
            return None
        view = FrontierAccounts(malmquist=method).fit_in(frontier.panel, run)
        assert isinstance(view, FrontierAccountsResult)
        return view

    def _bridge(
        self, view: FrontierAccountsResult | None, accounts: GrowthAccountsResult, inside: Bools
    ) -> tuple[dict[str, Floats], dict[str, str]]:
        """Return the second view (4) and the bridge (5), or why they are absent."""
        if view is None:
            return {}, dict.fromkeys(("technical_change", "efficiency_change", "valuation"), INPUTS_DIFFER)
        method, found, goods = view.index.method, view.rows.terms, view.index.goods.input_names
        assert isinstance(method, Malmquist)
        names = self._names(method)
        assert names is not None
        own = dict(
            zip((i.name for i in self.accounts.inputs), accounts.contributions_by_input()[inside].T, strict=True)
        )
        terms = {name: found[name] for name in ("technical_change", "efficiency_change")}
        if "scale" in found:
            terms["frontier_scale"] = found["scale"]
        terms |= {f"frontier_{mine}": found[theirs] for mine, theirs in zip(names, goods, strict=True)}
        valuation = {f"valuation_{name}": terms[f"frontier_{name}"] - own[name] for name in names}
        return terms | valuation | {"valuation": np.column_stack(list(valuation.values())).sum(axis=1)}, {}


@dataclass(frozen=True, kw_only=True, repr=False)
class LedgerResult(Result):
    """The ledger by unit and step, log points; ``accounts``, ``best``, ``frontier`` are the results it joins."""

    accounts: GrowthAccountsResult
    best: BestPracticeResult | None
    frontier: MalmquistResult | None

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.span()
        return say("Growth ledger, {start}–{end} ({rule})", start=start, end=end, rule=rule_words(self))

    def methods_text(self) -> str:
        """Return the identity in words, with the accounts behind it, the rule and the reference set."""
        text = sentences(
            super().methods_text(),
            say(
                "Growth is the sum of the inputs' contributions at two-year mean income shares and TFP; technology is "
                "the movement of best practice valued at each unit's own shares, efficiency the change of the unit's "
                "distance to it."
            ),
            self.accounts.sources_text(),
        )
        if self.best is None:
            return text
        best = self.best.summary()
        return sentences(text, say("Best practice and its reference set, fixed for the window: {best}", best=best))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the ledger, the second view with the bridge, new-quality shares, policies."""
        return ledger_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return waterfall and periods."""
        return ledger_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return the ledger in words that depend on the numbers."""
        return ledger_summary(self, view)


# What must hold -------------------------------------------------------------------------------


def _check(terms: dict[str, Floats], contributions: tuple[str, ...], rows: Rows) -> float:
    """Return the largest gap of (1)-(5); raise XZ-301 with the row where one is above 1e-10."""
    tfp = terms["tfp"]
    gaps = [
        check_adding_up(
            terms["growth"], np.column_stack([*(terms[name] for name in contributions), tfp]), rows, identity="(1)"
        )
    ]
    parts: dict[str, tuple[Floats | None, list[str]]] = {
        "(2)": (tfp, ["technology", "efficiency"]),
        "(3)": (terms.get("efficiency"), [name for name in ("technical", "scale", "mix") if name in terms]),
        "(4)": (
            terms["growth"],
            [n for n in terms if n.startswith("frontier_") or n in {"technical_change", "efficiency_change"}],
        ),
        "(5)": (
            tfp,
            [n for n in ("technical_change", "efficiency_change", "frontier_scale", "valuation") if n in terms],
        ),
    }
    there = {"(2)": "technology", "(3)": "mix", "(4)": "technical_change", "(5)": "valuation"}
    for identity, (total, names) in parts.items():
        if there[identity] in terms and total is not None:
            gaps.append(
                check_adding_up(total, np.column_stack([terms[name] for name in names]), rows, identity=identity)
            )
    return max(gaps)


def _check_levels(best: BestPracticeResult, distances: Floats) -> None:
    """Raise XZ-303 unless ln A - B <= ln(y / F) everywhere: mix efficiency cannot exceed one."""
    excess = best.gap + distances
    if np.nanmax(excess, initial=-np.inf) > LEVELS:
        row = int(np.nanargmax(np.nanmax(excess, axis=1)))
        raise EstimationError(
            "XZ-303",
            say("excess {excess:.3g}", excess=float(np.nanmax(excess))),
            where=say("{unit} {time}", unit=named(best.rows.unit[row]), time=int(best.rows.time[row])),
            expected=say("at most {most:g}", most=LEVELS),
        )


def _merged(accounts: GrowthAccountsResult, inside: Bools, others: Sequence[Result]) -> tuple[Texts, Texts]:
    """Return status and reason of the rows: the accounts' own, else those of the first other result that has one."""
    status, reason = accounts.rows.status[inside].copy(), accounts.rows.reason[inside].copy()
    for other in others:
        later = (status == "ok") & (other.rows.status != "ok")
        status[later], reason[later] = other.rows.status[later], other.rows.reason[later]
    return status, reason
