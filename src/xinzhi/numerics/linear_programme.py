"""One linear programme of any shape, by HiGHS: normalised, solved, its residuals checked.

    min c'z   subject to   A z <= / = / >= b,   lower <= z <= upper,   some z whole numbers

The solver is imported when a programme is solved.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RESIDUAL = 1e-9
"""By how much a normalised row, bound or price may be missed."""
TOLERANCE = 1e-10
"""The smallest that HiGHS accepts."""
DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4
"""The solver's numbers of its strategies."""
WORDS = {"kOptimal": "ok", "kInfeasible": "infeasible", "kUnbounded": "unbounded"}
"""Of the solver's words; all others are ``numerical``."""


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
    sense = programme.sense
    limits = np.where(sense > 0, -np.inf, b), np.where(sense < 0, np.inf, b)
    model = model_of(matrix, cost, (lower, upper), limits)
    model.setOptionValue("simplex_strategy", strategy)
    nothing = Solution("numerical", np.nan, np.full(cost.size, np.nan), np.full(b.size, np.nan))
    if programme.whole is not None:
        import highspy

        for option in ("mip_rel_gap", "mip_abs_gap"):
            model.setOptionValue(option, 0.0)
        for column in np.flatnonzero(programme.whole):
            model.changeColIntegrality(int(column), highspy.HighsVarType.kInteger)
    word = run(model)
    if word != "ok":
        return replace(nothing, status=word)
    found = model.getSolution()
    value, dual = np.array(found.col_value), np.array(found.row_dual)
    if programme.whole is not None:
        return Solution("ok", float(cost @ value), value * columns, nothing.dual)
    used = np.abs(matrix) @ np.abs(value) + np.abs(b) + 1.0
    miss = (matrix @ value - b) / used
    holds = np.where(sense > 0, miss, np.where(sense < 0, -miss, np.abs(miss))) <= RESIDUAL
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


def model_of(matrix: Floats, cost: Floats, bounds: tuple[Floats, Floats], rows: tuple[Floats, Floats]) -> Any:
    """Return a model of HiGHS with columns ``matrix`` (K, N), their costs and bounds (N,), and bounds of rows (K,)."""
    import highspy

    model = highspy.Highs.__new__(highspy.Highs)
    super(highspy.Highs, model).__init__()  # its own sets up callbacks, and prints a banner
    for option, setting in (
        ("output_flag", False),
        ("presolve", "off"),
        ("parallel", "off"),
        ("solver", "simplex"),
        ("primal_feasibility_tolerance", TOLERANCE),
        ("dual_feasibility_tolerance", TOLERANCE),
        ("small_matrix_value", 1e-12),
    ):
        model.setOptionValue(option, setting)
    kept, linear = matrix.T != 0, highspy.HighsLp()
    linear.num_row_, linear.num_col_ = matrix.shape
    linear.col_cost_ = cost
    linear.col_lower_, linear.col_upper_ = bounds
    linear.row_lower_, linear.row_upper_ = rows
    linear.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    linear.a_matrix_.start_ = np.r_[0, np.cumsum(kept.sum(axis=1))].astype(np.int32)
    linear.a_matrix_.index_ = np.nonzero(kept)[1].astype(np.int32)
    linear.a_matrix_.value_ = matrix.T[kept]
    model.passModel(linear)
    return model


def run(model: Any) -> str:
    """Run a model, and return how it ended: "ok", "infeasible", "unbounded" or "numerical"."""
    model.run()
    return WORDS.get(model.getModelStatus().name, "numerical")
