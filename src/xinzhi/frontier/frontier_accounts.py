"""Growth accounts with inputs valued at the frontier instead of at their cost shares.

    dlnY = SUM_k e_k dln x_k + (eps - 1) SUM_k e_k dln x_k + TC + EC
    eps_k: mean elasticity of frontier output F along the log-straight path from x(t-1) to x(t),
           averaged over the technologies of both years;  eps = SUM_k eps_k,  e_k = eps_k / eps

Since SUM_k eps_k dln x_k = ln F(x(t)) - ln F(x(t-1)), the terms add up without a residual.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.frontier.distances import StepDistances, infeasible_cells, row_status, step_distances
from xinzhi.frontier.engine import Returns
from xinzhi.frontier.goods import good_names
from xinzhi.frontier.malmquist import Malmquist, MalmquistResult, malmquist_terms
from xinzhi.frontier.path import PathElasticities, path_elasticities
from xinzhi.frontier.technology import score_memory
from xinzhi.language import named, say
from xinzhi.method import Method, Result, Rows, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import KEYS
from xinzhi.method.status import step_status
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

TAKEN = KEYS | {"growth", "scale", "technical_change", "efficiency_change"}
"""Names that an input cannot have."""

FLAT = 1e-11
"""Change of ln(K/L) below which the secant has no meaning."""

DEFECT = 1e-8
"""Largest change of ln F, in log points, that integration may miss and that is spread over the inputs."""

ASIDE = 1e-6
"""Step of ln K to the right, at which the right-hand elasticity is read."""


@register("frontier_accounts")
class FrontierAccounts(Method):
    """Decompose output growth into inputs at frontier elasticities, scale, technical and efficiency change.

    Parameters
    ----------
    malmquist : Malmquist
        The frontier: one output, output orientation, the technologies of both years of a step. Its ``returns``
        hold throughout; how the index is split does not matter here.

    Notes
    -----
    Two inputs under constant returns need only the four distances of the index: with k = K/L and
    F = L f(k), the mean elasticity of capital is the secant (ln f(k1) - ln f(k0)) / (ln k1 - ln k0). With
    more inputs or variable returns the path is cut at the kinks of the frontier and integrated facet by
    facet. Under variable returns mixed-period programmes may be infeasible; such rows have that status.
    Where more inputs add nothing to frontier output the elasticities cannot be normalised:
    ``not_identified``. Where the elasticities miss the change of frontier output by more than 1e-8:
    ``numerical``.

    References
    ----------
    Kumar, S. and Russell, R. R. (2002). American Economic Review 92(3), 527-548. doi:10.1257/00028280260136381
    Henderson, D. J. and Russell, R. R. (2005). International Economic Review 46. doi:10.1111/j.1468-2354.2005.00364.x

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 0, 10.0, 5.0, 5.0), ("A", 1, 12.0, 6.0, 5.0)]
    >>> rows += [("B", 0, 20.0, 15.0, 5.0), ("B", 1, 21.0, 16.0, 5.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=list("jtykl")), unit="j", time="t")
    >>> result = FrontierAccounts(malmquist=Malmquist(inputs=["k", "l"], outputs=["y"])).fit(panel)
    >>> list(result.rows.terms)
    ['growth', 'k', 'l', 'technical_change', 'efficiency_change']
    """

    malmquist: Malmquist

    @model_validator(mode="after")
    def _one_output(self) -> "FrontierAccounts":
        if len(self.malmquist.outputs) != 1 or self.malmquist.orientation != "output":
            raise ValueError(say("malmquist needs exactly one output and orientation='output'"))
        if self.malmquist.one_technology:
            raise ValueError(say("malmquist needs the technologies of both years of a step, not one for both"))
        taken = sorted(TAKEN.intersection(good_names(self.malmquist.inputs)))
        if taken:
            raise ValueError(
                say("an input called {name!r}, which is a column of the accounts: rename it", name=taken[0])
            )
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the paths of a year."""
        of = self.malmquist
        path = score_memory(panel, every_year=of.technology != "contemporaneous", paths=True)
        closed = of.returns == "crs" and len(of.inputs) == 2  # the secant needs no path
        return super().memory(panel, workers=workers) + (0 if closed else workers * path)

    def compute(self, panel: Panel, run: Run) -> "FrontierAccountsResult":
        """Return the accounts by step."""
        index = self.malmquist.fit_in(panel, run)
        assert isinstance(index, MalmquistResult)
        returns, goods, steps = self.malmquist.returns, index.goods, index.steps
        check = _distances(index, panel, run, returns)
        status, reason = row_status(panel, steps, goods, [check])
        cells = dict(zip((*goods.input_names, *goods.output_names), np.hstack((goods.x, goods.y)).T, strict=True))
        odd, why = step_status(panel, steps, cells)
        mine = (status == "ok") & (odd != "ok")
        status[mine], reason[mine] = odd[mine], why[mine]

        good = np.flatnonzero(status == "ok")
        logs = np.log(np.where(goods.x > 0, goods.x, np.nan))
        inputs, growth = np.full((steps.end.size, goods.x.shape[1]), np.nan), np.full(steps.end.size, np.nan)
        inputs[good] = logs[steps.end[good]] - logs[steps.before[good]]
        growth[good] = np.log(goods.y[steps.end[good], 0] / goods.y[steps.before[good], 0])
        d = check.log
        shift = np.stack((growth + d["base_on_end"] - d["own_before"], growth + d["own_end"] - d["end_on_base"]))
        paths = _paths(index, good, inputs, shift, run)
        eps, contributions, defect = mean_contributions(paths.elasticities, inputs, shift)
        total = eps.sum(axis=1)
        missed = np.abs(defect).max(axis=0)
        flat = _judge_paths(total, missed, status=status, reason=reason)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares, valued = eps / total[:, None], contributions / total[:, None]
        change = malmquist_terms({str(side): values for side, values in d.items()})
        terms = {"growth": growth, **dict(zip(goods.input_names, valued.T, strict=True))}
        if returns != "crs":
            terms["scale"] = contributions.sum(axis=1) - valued.sum(axis=1)
        terms |= {name: change[name] for name in ("technical_change", "efficiency_change")}
        known = (status == "ok") | flat
        for name, values in terms.items():
            values[~known if name in {"growth", "technical_change", "efficiency_change"} else status != "ok"] = np.nan
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        gap = check_adding_up(
            growth, np.column_stack(list(terms.values())[1:]), rows, identity=say("frontier accounts")
        )
        infeasible = infeasible_cells(panel, steps, [check])
        return FrontierAccountsResult(
            method=self,
            panel=panel,
            rows=rows,
            warnings=_warnings(index, len(infeasible)),
            elasticities=shares,
            eps=total,
            index=index,
            absent={} if returns != "crs" else {"scale": say("constant returns: the elasticities sum to one")},
            diagnostics={
                "infeasible": len(infeasible),
                "infeasible_cells": infeasible,
                "largest_gap": gap,
                "unresolved": paths.unresolved,
                "largest_defect": float(missed[status == "ok"].max(initial=0.0)),
                "programmes_on_paths": paths.programmes,
            },
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class FrontierAccountsResult(Result):
    """Contributions by unit and step, log points.

    ``elasticities``: (m, k) normalised frontier elasticities e_k; ``eps``: (m,) their sum before
    normalisation, the elasticity of scale; ``index``: the Malmquist result.
    """

    elasticities: Floats
    eps: Floats
    index: MalmquistResult

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Sources of growth, inputs valued at the frontier")

    def summary(self, view: Any = None) -> str:
        """Return growth and its parts for the chosen units."""
        units, periods = self.chosen(view)
        columns = self.period_columns(periods[:1])
        lines = []
        for unit in units[:12]:
            row = int(np.flatnonzero(columns["unit"] == unit)[0])
            if columns["status"][row] != "ok":
                reason = columns["reason"][row]
                lines.append(say("{unit}: not computed in {reason}.", unit=named(unit), reason=reason))
                continue
            growth, technical, efficiency = (
                columns[name][row] for name in ("growth", "technical_change", "efficiency_change")
            )
            line = say(
                "{unit}: output grew by {growth} % a year in {start}–{end}: technical change {technical}, "
                "efficiency change {efficiency}, inputs at frontier elasticities {inputs}.",
                unit=named(unit),
                growth=shown(growth, 2),
                start=periods[0][0],
                end=periods[0][1],
                technical=shown(technical, 2),
                efficiency=shown(efficiency, 2),
                inputs=shown(growth - technical - efficiency, 2),
            )
            lines.append(line)
        return "\n".join(lines)


def _distances(index: MalmquistResult, panel: Panel, run: Run, returns: Returns) -> StepDistances:
    """Return the four distances of each step under the returns of the frontier."""
    return step_distances(
        index.goods, index.steps, index.technologies, panel.when, run=run, returns=returns, orientation="output"
    )


@dataclass(frozen=True)
class _Paths:
    elasticities: Floats
    unresolved: int
    programmes: int


def _paths(index: MalmquistResult, good: Ints, inputs: Floats, shift: Floats, run: Run) -> _Paths:
    """Return mean elasticities under both technologies, (2, m, k)."""
    returns = index.settings["returns"]
    if returns == "crs" and inputs.shape[1] == 2:
        eps = np.stack([secant(inputs, change) for change in shift])
        flat = good[np.abs(inputs[good, 0] - inputs[good, 1]) <= FLAT]
        aside = np.exp(np.array([ASIDE, 0.0]))
        found = _integrate(index, flat, run, (aside, aside), ends=(0, 0))
        eps[:, flat] = found.elasticities[:, flat]
        return _Paths(eps, found.unresolved, found.programmes)
    return _integrate(index, good, run, (np.ones(inputs.shape[1]),) * 2, ends=(0, 1))


def _integrate(
    index: MalmquistResult, rows: Ints, run: Run, factors: tuple[Floats, Floats], *, ends: tuple[int, int]
) -> _Paths:
    """Return elasticities along the paths of some steps, one task per technology; NaN elsewhere."""
    goods, steps, when = index.goods, index.steps, index.panel.when
    corners = np.stack((steps.before, steps.end))
    eps = np.full((2, steps.end.size, goods.x.shape[1]), np.nan)
    years = np.stack((when[steps.before[rows]], when[steps.end[rows]]))
    tasks, places = [], []
    for year in np.unique(years):
        side, which = np.nonzero(years == year)
        at, span = rows[which], index.technologies[int(year)]
        start, stop = goods.x[corners[ends[0], at]] * factors[0], goods.x[corners[ends[1], at]] * factors[1]
        tasks.append((goods.x[span], goods.y[span], index.settings["returns"], start, stop))
        places.append((side, at))
    answers: Sequence[PathElasticities] = run.map(path_elasticities, tasks, label=say("elasticities"))
    for (side, at), answer in zip(places, answers, strict=True):
        eps[side, at] = answer.mean
    return _Paths(eps, sum(a.unresolved for a in answers), sum(a.programmes for a in answers))


# Arrays in, arrays out ------------------------------------------------------------------------


def secant(inputs: Floats, shift: Floats) -> Floats:
    """Return the mean elasticities of two inputs under constant returns, (m, 2).

    Parameters
    ----------
    inputs : (m, 2)
        Log changes of K and L.
    shift : (m,)
        Change of ln F between the two points.

    Notes
    -----
    e_K = (shift - dln L) / (dln K - dln L), between 0 and 1; NaN where K/L does not change.
    """
    deepening = inputs[:, 0] - inputs[:, 1]
    moved = np.abs(deepening) > FLAT
    capital = np.clip((shift - inputs[:, 1]) / np.where(moved, deepening, np.nan), 0.0, 1.0)
    return np.column_stack((capital, 1.0 - capital))


def mean_contributions(elasticities: Floats, inputs: Floats, shift: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean elasticities (m, k), contributions (m, k) that add up to the mean shift, and defects (2, m).

    Parameters
    ----------
    elasticities : (2, m, k)
        Under the technologies of both years.
    inputs : (m, k)
        Log changes of the inputs.
    shift : (2, m)
        Change of ln F under both technologies.

    Notes
    -----
    What numerical integration leaves is spread in proportion to the size of the contributions.
    """
    parts = elasticities * inputs
    defect = shift - parts.sum(axis=2)
    size = np.abs(parts)
    weight = size / np.maximum(size.sum(axis=2, keepdims=True), np.finfo(np.float64).tiny)
    parts = parts + weight * defect[:, :, None]
    return elasticities.mean(axis=0), parts.mean(axis=0), defect


def _judge_paths(total: Floats, missed: Floats, *, status: Texts, reason: Texts) -> Bools:
    """Give steps whose path has no answer their status and reason, in place; return those without response, (m,)."""
    flat: Bools = (status == "ok") & ~(total > 1e-12)
    status[flat] = "not_identified"
    reason[flat] = say("frontier output does not respond to the inputs along the path")
    reason[flat & np.isnan(total)] = say("the frontier is not defined along the path")
    for row in np.flatnonzero((status == "ok") & (missed > DEFECT)):
        status[row] = "numerical"
        reason[row] = say("elasticities miss frontier output by {gap:.1e}", gap=float(missed[row]))
    return flat


def _warnings(index: MalmquistResult, infeasible: int) -> tuple[str, ...]:
    """Return the index's warnings, that of programmes without a solution in the words of this view."""
    kept = tuple(warning for warning in index.warnings if not warning.startswith("XZ-402"))
    own = say("XZ-402 {count} programmes have no solution; see the reasons of the rows.", count=infeasible)
    return (*kept, own) if infeasible else kept
