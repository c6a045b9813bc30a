"""One linear programme of any shape, by HiGHS: normalised, solved, its residuals checked.

For what is not a programme over a reference set (secondary goals on multipliers, whole intensities, ranges of
multipliers): min c'z subject to A z <= / = / >= b, lower <= z <= upper, some z whole numbers.
"""

from dataclasses import dataclass, replace

import highspy
import numpy as np

from xinzhi.frontier.engine.highs import DUAL_SIMPLEX, PRIMAL_SIMPLEX, WORDS, Quiet, pass_columns
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints

RESIDUAL = 1e-9
"""By how much a normalised row, bound or price may be missed."""


@dataclass(frozen=True)
class LinearProgramme:
    """Minimise ``cost @ z`` subject to rows and bounds.

    ``cost``: (N,); ``matrix``: (K, N); ``sense``: (K,) 1 at most, 0 exactly, -1 at least; ``b``: (K,);
    ``lower``, ``upper``: (N,), infinite where free; ``whole``: (N,) variables that are whole numbers, or None.
    """

    cost: Floats
    matrix: Floats
    sense: Ints
    b: Floats
    lower: Floats
    upper: Floats
    whole: Bools | None = None


@dataclass(frozen=True)
class Solution:
    """``status``: "ok", "infeasible", "unbounded" or "numerical"; ``objective``; ``value``: (N,); ``dual``: (K,).

    Numbers are NaN unless the status is "ok"; duals are NaN where variables are whole numbers.
    """

    status: str
    objective: float
    value: Floats
    dual: Floats


def solve_general(programme: LinearProgramme) -> Solution:
    """Return the certified solution of one linear programme; ``numerical`` where its residuals are too large.

    Whole numbers are found first; with them fixed, the rest is solved again as a linear programme.
    """
    if programme.whole is not None and programme.whole.any():
        found = _attempt(programme, DUAL_SIMPLEX)
        if found.status != "ok":
            return found
        fixed = np.where(programme.whole, np.round(found.value), np.nan)
        kept = [np.where(programme.whole, fixed, bound) for bound in (programme.lower, programme.upper)]
        found = solve_general(replace(programme, lower=kept[0], upper=kept[1], whole=None))
        return replace(found, dual=np.full(programme.b.size, np.nan))
    found = _attempt(programme, DUAL_SIMPLEX)
    return found if found.status != "numerical" else _attempt(programme, PRIMAL_SIMPLEX)


def _attempt(programme: LinearProgramme, strategy: int) -> Solution:
    """Return the solution of one run of the solver; with whole numbers, before they are fixed."""
    rows, columns = equilibrated(programme.matrix)
    if programme.whole is not None:
        columns = np.where(programme.whole, 1.0, columns)
    matrix = programme.matrix * rows[:, None] * columns
    cost, b = programme.cost * columns, programme.b * rows
    lower, upper = programme.lower / columns, programme.upper / columns
    model = _model(matrix, cost, b, programme.sense, (lower, upper))
    model.setOptionValue("simplex_strategy", strategy)
    nothing = Solution("numerical", np.nan, np.full(cost.size, np.nan), np.full(b.size, np.nan))
    if programme.whole is not None:
        for option in ("mip_rel_gap", "mip_abs_gap"):
            model.setOptionValue(option, 0.0)
        for column in np.flatnonzero(programme.whole):
            model.changeColIntegrality(int(column), highspy.HighsVarType.kInteger)
    model.run()
    word = WORDS.get(model.getModelStatus(), "numerical")
    if word != "ok":
        return replace(nothing, status=word)
    found = model.getSolution()
    value, dual = np.array(found.col_value), np.array(found.row_dual)
    if programme.whole is not None:
        return Solution("ok", float(cost @ value), value * columns, nothing.dual)
    used = np.abs(matrix) @ np.abs(value) + np.abs(b) + 1.0
    miss = (matrix @ value - b) / used
    holds = np.where(programme.sense > 0, miss, np.where(programme.sense < 0, -miss, np.abs(miss))) <= RESIDUAL
    inside = np.maximum(lower - value, value - upper) <= RESIDUAL * (1.0 + np.abs(value))
    if not (holds.all() and inside.all()) or _pays(matrix, cost, dual, value, (lower, upper)):
        return nothing
    return Solution("ok", float(cost @ value), value * columns, dual * rows)


def equilibrated(matrix: Floats) -> tuple[Floats, Floats]:
    """Return factors of rows (K,) and columns (N,), powers of two, that bring the largest entries near one."""
    size = np.abs(matrix)
    rows = _inverse_power(size.max(axis=1, initial=0.0))
    columns = _inverse_power((size * rows[:, None]).max(axis=0, initial=0.0))
    return rows, columns


def _inverse_power(size: Floats) -> Floats:
    power: Floats = np.exp2(-np.round(np.log2(np.where(size > 0, size, 1.0))))
    return power


def _pays(matrix: Floats, cost: Floats, dual: Floats, value: Floats, bounds: tuple[Floats, Floats]) -> bool:
    """Return whether some variable that is free to move would better the objective."""
    price = cost - dual @ matrix
    admitted = RESIDUAL * (1.0 + np.abs(cost) + np.abs(dual) @ np.abs(matrix))
    up = (price < -admitted) & (value < bounds[1] - RESIDUAL * (1 + np.abs(value)))
    down = (price > admitted) & (value > bounds[0] + RESIDUAL * (1 + np.abs(value)))
    return bool((up | down).any())


def _model(matrix: Floats, cost: Floats, b: Floats, sense: Ints, bounds: tuple[Floats, Floats]) -> highspy.Highs:
    infinite, model = highspy.kHighsInf, Quiet()
    rows = np.where(sense > 0, -infinite, b), np.where(sense < 0, infinite, b)
    pass_columns(model, matrix, cost, bounds, rows)
    return model
