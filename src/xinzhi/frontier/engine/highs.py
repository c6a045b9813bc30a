"""The general solver, HiGHS: one warm model for all points of a reference set, or one programme alone.

Of its answers only the final basis is used; see :mod:`xinzhi.frontier.engine.certificate`.
"""

from typing import Any

import numpy as np

from xinzhi.frontier.engine.programmes import Floats, Ints, Programmes, Texts
from xinzhi.numerics.linear_programme import DUAL_SIMPLEX, model_of, run


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
            model.changeColBounds(before, 0.0, np.inf)
        before = int(programmes.excluded[o])
        if before >= 0:
            model.changeColBounds(before, 0.0, 0.0)
        words[o] = run(model)
        if words[o] == "ok":
            basic = np.asarray(model.getBasicVariables()[1], dtype=np.int64)
            basis[o] = np.where(basic < 0, n - basic, basic)  # a row's own logical is -1-row: its slack
    return words, basis


def _model(programmes: Programmes) -> Any:
    """Return a cold model of the first programme."""
    k, n = programmes.reference.shape
    sign = np.diag(programmes.slack)
    scored = programmes.cost != 0
    matrix = np.hstack((programmes.reference, np.where(programmes.move[0] != 0, 1.0, 0.0)[:, None], sign, -sign))
    free = np.inf if scored else 0.0
    lower = np.r_[np.zeros(n), -free, np.zeros(2 * k)]
    upper = np.r_[np.full(n, np.inf), free, np.where(programmes.equal, 0.0, np.inf), np.zeros(k)]
    cost = np.r_[np.zeros(n), float(programmes.cost), -programmes.gain[0], np.zeros(k)]
    model = model_of(matrix, cost, (lower, upper), (programmes.b[0], programmes.b[0]))
    for r in range(k):
        model.changeCoeff(r, n, float(programmes.move[0, r]))
        if np.isfinite(programmes.excess[0, r]):
            _price_excess(model, n + 1 + k + r, programmes.excess[0, r])
    return model


def _price_excess(model: Any, column: int, price: float) -> None:
    open_ = bool(np.isfinite(price))
    model.changeColCost(column, price if open_ else 0.0)
    model.changeColBounds(column, 0.0, np.inf if open_ else 0.0)


def _differ(values: Floats) -> list[int]:
    """Return the columns in which programmes differ from the first."""
    return [int(r) for r in np.flatnonzero((values != values[:1]).any(axis=0))]
