"""Least squares against statsmodels 0.14.5 and linearmodels 7.0, and the properties that define it."""

import numpy as np
import pytest

from xinzhi.growth.returns_to_scale import first_stage
from xinzhi.numerics.least_squares import full_rank, least_squares, long_run

ROUNDING = 1e-12  # sums of 24 products of numbers of size 1

T = np.arange(24.0)
Z = np.column_stack([np.cos(1.3 * T), np.sin(0.7 * T)])
SHOCK = 0.5 * np.sin(2.1 * T + 0.4) + 0.2 * np.cos(0.35 * T)
X = Z @ [0.8, 0.3] + 0.6 * SHOCK + 0.1 * np.cos(5.0 * T)
Y = 0.5 + 1.2 * X + SHOCK * (1 + 0.3 * np.cos(T))
ONE = np.ones(24)

OLS = {
    "classical": [0.07734174413020165, 0.10841311924856999],
    "hc1": [0.07714034454833878, 0.0920412350356378],
    "newey_west": [0.05322985868727546, 0.07813066400455837],
}
"""statsmodels 0.14.5: OLS(y, [1, x]).fit(cov_type="nonrobust" | "HC1" | "HAC", maxlags=2, use_correction=True).bse."""

IV = {
    "classical": [0.0816001240168206, 0.12102580211687894],
    "hc1": [0.08038522305392322, 0.11449006671414774],
    "newey_west": [0.05498918670862952, 0.10996538414773945],
}
"""linearmodels 7.0: IV2SLS(y, 1, x, z).fit(cov_type="unadjusted" | "robust" | "kernel", debiased=True, bandwidth=2)."""


@pytest.mark.parametrize("covariance", OLS)
def test_ordinary_least_squares(covariance):
    fit = least_squares(Y, np.column_stack([ONE, X]), covariance=covariance, lags=2)
    np.testing.assert_allclose(fit.coefficients, [0.522630022836393, 1.409705938057293], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(fit.errors, OLS[covariance], rtol=0, atol=ROUNDING)
    assert fit.r_squared == pytest.approx(0.8848652451953856, abs=ROUNDING)
    assert fit.freedom == 22


@pytest.mark.parametrize("covariance", IV)
def test_two_stage_least_squares(covariance):
    instruments = np.column_stack([ONE, Z])
    fit = least_squares(Y, np.column_stack([ONE, X]), instruments=instruments, covariance=covariance, lags=2)
    np.testing.assert_allclose(fit.coefficients, [0.5295211151927205, 1.238980226631705], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(fit.errors, IV[covariance], rtol=0, atol=ROUNDING)
    projected = instruments @ np.linalg.lstsq(instruments, X, rcond=None)[0]
    assert abs(projected @ fit.residuals) < ROUNDING, "the moment conditions hold"


def test_means_removed_before_are_parameters():
    """Frisch and Waugh: without means, and one parameter counted as absorbed, the slope and its error are the same."""
    whole = least_squares(Y, np.column_stack([ONE, X]))
    slope = least_squares(Y - Y.mean(), (X - X.mean())[:, None], absorbed=1)
    assert slope.coefficients[0] == pytest.approx(whole.coefficients[1], abs=ROUNDING)
    assert slope.errors[0] == pytest.approx(whole.errors[1], abs=ROUNDING)


def test_first_stage_f():
    """Source: statsmodels 0.14.5, OLS(x, [1, z]).fit().fvalue."""
    value = first_stage(X - X.mean(), Z - Z.mean(axis=0), absorbed=1)
    assert value == pytest.approx(87.52393182702107, rel=ROUNDING)


def test_rank_is_judged_whatever_the_units():
    table = np.column_stack([ONE, 1e9 * X, 1e-9 * Z[:, 0]])
    assert full_rank(table)
    assert not full_rank(np.column_stack([table, 3e9 * X - 2.0]))
    assert not full_rank(np.column_stack([ONE, 0.0 * X]))
    assert not full_rank(np.ones((1, 2)))


def test_rank_is_judged_by_the_length_before_effects_were_removed():
    """Source: Frisch and Waugh: the answer of the regression with the dummies of the effects in it."""
    path = np.tile(np.log(1.02) * np.arange(6), 5) + 20.0
    periods = (np.tile(np.arange(6), 5)[:, None] == np.arange(6)).astype(float)
    for moved, expected in ((0.0, False), (1e-6, True)):
        x = (path + moved * np.sin(np.arange(30)))[:, None]
        left = x - periods @ (periods.T @ x) / 5
        assert full_rank(left, np.linalg.norm(x, axis=0)) == full_rank(np.column_stack([periods, x])) == expected


def test_autocovariances_stay_within_groups():
    """By hand: rows 1 2 | 3 4 with scores equal to the row: 30 + 2 x 1/2 x (2 x 1 + 4 x 3); across groups 6 more."""
    scores = np.array([[1.0], [2.0], [3.0], [4.0]])
    assert long_run(scores, 1, np.array([0, 0, 1, 1]))[0, 0] == pytest.approx(30 + 14)
    assert long_run(scores, 1)[0, 0] == pytest.approx(30 + 20)
