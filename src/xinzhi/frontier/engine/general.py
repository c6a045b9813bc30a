"""One linear programme of any shape, by HiGHS: normalised, solved, its residuals checked.

For what is not a programme over a reference set (secondary goals on multipliers, whole intensities, ranges of
multipliers): min c'z subject to A z <= / = / >= b, lower <= z <= upper, some z whole numbers.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from xinzhi.frontier.engine.highs import WORDS, Quiet, pass_columns
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints

RESIDUAL = 1e-9
"""By how much a normalised row, bound or price may be missed."""
GAP = 1e-9
"""By how much the optimum of whole numbers may be missed, relative to its size."""


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
    """Return the certified solution of one linear programme; ``numerical`` where its residuals are too large."""
    rows, columns = equilibrated(programme.matrix)
    if programme.whole is not None:
        columns = np.where(programme.whole, 1.0, columns)
    matrix = programme.matrix * rows[:, None] * columns
    cost, b = programme.cost * columns, programme.b * rows
    lower, upper = programme.lower / columns, programme.upper / columns
    model = _model(matrix, cost, b, programme.sense, (lower, upper))
    if programme.whole is not None:
        model.setOptionValue("mip_rel_gap", GAP)
        for column in np.flatnonzero(programme.whole):
            model.changeColIntegrality(int(column), highspy.HighsVarType.kInteger)
    model.run()
    nothing = Solution("numerical", np.nan, np.full(cost.size, np.nan), np.full(b.size, np.nan))
    word = WORDS.get(model.getModelStatus(), "numerical")
    if word != "ok":
        return Solution(word, nothing.objective, nothing.value, nothing.dual)
    found = model.getSolution()
    value, dual = np.array(found.col_value), np.array(found.row_dual)
    if programme.whole is not None:
        value = np.where(programme.whole, np.round(value), value)
        dual = nothing.dual
    used = np.abs(matrix) @ np.abs(value) + np.abs(b) + 1.0
    miss = (matrix @ value - b) / used
    wrong = np.where(programme.sense > 0, miss, np.where(programme.sense < 0, -miss, np.abs(miss))) > RESIDUAL
    outside = np.maximum(lower - value, value - upper) > RESIDUAL * (1.0 + np.abs(value))
    if wrong.any() or outside.any() or (programme.whole is None and _pays(matrix, cost, dual, value, (lower, upper))):
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
