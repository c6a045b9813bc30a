"""The general solver, HiGHS: one warm model for all points of a reference set, or one programme alone.

Of its answers only the final basis is used; see :mod:`xinzhi.frontier.engine.certificate`.
"""

import highspy
import numpy as np

from xinzhi.frontier.engine.programmes import Floats, Ints, Programmes, Texts

TOLERANCE = 1e-10
"""The smallest that HiGHS accepts."""
DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4
"""The solver's numbers of its strategies."""

WORDS = {
    highspy.HighsModelStatus.kOptimal: "ok",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
}


def run_highs(programmes: Programmes, strategy: int = DUAL_SIMPLEX) -> tuple[Texts, Ints]:
    """Return status words (e,) and basic variables (e, K) of all programmes, one warm model after the other."""
    (k, n), e = programmes.reference.shape, programmes.b.shape[0]
    model = _model(programmes)
    model.setOptionValue("simplex_strategy", strategy)
    words = np.full(e, "numerical", dtype=object)
    basis = np.tile(n + 1 + np.arange(k), (e, 1))
    moving, bounded = _differ(programmes.move), _differ(programmes.b)
    gaining, paying = _differ(programmes.gain), _differ(programmes.excess)
    before = -1
    for o in range(e):
        for r in moving:
            model.changeCoeff(r, n, programmes.move[o, r])
        for r in bounded:
            model.changeRowBounds(r, programmes.b[o, r], programmes.b[o, r])
        for r in gaining:
            model.changeColCost(n + 1 + r, -programmes.gain[o, r])
        for r in paying:
            _price_excess(model, n + 1 + k + r, programmes.excess[o, r])
        if before >= 0:
            model.changeColBounds(before, 0.0, highspy.kHighsInf)
        before = int(programmes.excluded[o])
        if before >= 0:
            model.changeColBounds(before, 0.0, 0.0)
        model.run()
        words[o] = WORDS.get(model.getModelStatus(), "numerical")
        if words[o] == "ok":
            basic = np.asarray(model.getBasicVariables()[1], dtype=np.int64)  # type: ignore[attr-defined]
            basis[o] = np.where(basic < 0, n - basic, basic)  # a row's own logical is -1-row: its slack
    return words, basis


class Quiet(highspy.Highs):
    """HiGHS without the callbacks of its Python class, which print a banner when they are set up."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        for option, setting in (
            ("output_flag", False),
            ("presolve", "off"),
            ("parallel", "off"),
            ("solver", "simplex"),
            ("primal_feasibility_tolerance", TOLERANCE),
            ("dual_feasibility_tolerance", TOLERANCE),
            ("small_matrix_value", 1e-12),
        ):
            self.setOptionValue(option, setting)


def pass_columns(
    model: highspy.Highs,
    matrix: Floats,
    cost: Floats,
    bounds: tuple[Floats, Floats],
    rows: tuple[Floats, Floats],
) -> None:
    """Give a model the columns of ``matrix`` (K, N), their costs and bounds (N,), and the bounds of rows (K,)."""
    k, columns = matrix.shape
    kept = matrix.T != 0
    linear = highspy.HighsLp()
    linear.num_col_, linear.num_row_ = columns, k
    linear.col_cost_ = cost
    linear.col_lower_, linear.col_upper_ = bounds
    linear.row_lower_, linear.row_upper_ = rows
    linear.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    linear.a_matrix_.start_ = np.r_[0, np.cumsum(kept.sum(axis=1))].astype(np.int32)
    linear.a_matrix_.index_ = np.nonzero(kept)[1].astype(np.int32)
    linear.a_matrix_.value_ = matrix.T[kept]
    model.passModel(linear)


def _model(programmes: Programmes) -> highspy.Highs:
    """Return a cold model of the first programme."""
    k, n = programmes.reference.shape
    sign, infinite = np.diag(programmes.slack), highspy.kHighsInf
    scored = programmes.cost != 0
    matrix = np.hstack((programmes.reference, np.where(programmes.move[0] != 0, 1.0, 0.0)[:, None], sign, -sign))
    free = infinite if scored else 0.0
    lower = np.r_[np.zeros(n), -free, np.zeros(2 * k)]
    upper = np.r_[np.full(n, infinite), free, np.where(programmes.equal, 0.0, infinite), np.zeros(k)]
    cost = np.r_[np.zeros(n), float(programmes.cost), -programmes.gain[0], np.zeros(k)]
    model = Quiet()
    pass_columns(model, matrix, cost, (lower, upper), (programmes.b[0], programmes.b[0]))
    for r in range(k):
        model.changeCoeff(r, n, float(programmes.move[0, r]))
        if np.isfinite(programmes.excess[0, r]):
            _price_excess(model, n + 1 + k + r, programmes.excess[0, r])
    return model


def _price_excess(model: highspy.Highs, column: int, price: float) -> None:
    open_ = bool(np.isfinite(price))
    model.changeColCost(column, price if open_ else 0.0)
    model.changeColBounds(column, 0.0, highspy.kHighsInf if open_ else 0.0)


def _differ(values: Floats) -> list[int]:
    """Return the columns in which programmes differ from the first."""
    return [int(r) for r in np.flatnonzero((values != values[:1]).any(axis=0))]
