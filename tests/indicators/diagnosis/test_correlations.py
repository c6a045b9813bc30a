"""Numbers of the diagnosis against closed forms, pandas and SciPy, simulated truth and invariances."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from xinzhi.indicators.diagnosis.correlations import (
    coherence,
    common_jumps,
    correlation_ratio,
    natural_spline,
    rank_correlation,
    same_growth,
    with_the_rest,
)

SAME = 1e-12
"""Sums of some hundred products of numbers of about one."""


def exact(covariance: np.ndarray, n: int = 60, seed: int = 1) -> np.ndarray:
    """Return (n, k) numbers whose sample covariance (divisor n) is exactly this one."""
    raw = np.random.default_rng(seed).normal(size=(n, len(covariance)))
    q = np.linalg.qr(raw - raw.mean(axis=0))[0] * np.sqrt(n)
    return q @ np.linalg.cholesky(covariance).T


def holes(values: np.ndarray, seed: int = 2) -> np.ndarray:
    return np.where(np.random.default_rng(seed).uniform(size=values.shape) < 0.15, np.nan, values)


# Correlations -----------------------------------------------------------------------------------


def test_rank_correlation_with_missing_cells_are_those_of_pandas() -> None:
    values = holes(np.round(np.random.default_rng(4).normal(size=(30, 2)), 1))
    expected = pd.DataFrame(values).corr(method="spearman").to_numpy()[0, 1]
    assert abs(rank_correlation(*values.T) - expected) < SAME
    assert np.isnan(rank_correlation(np.array([1.0, np.nan]), np.array([np.nan, 1.0])))


def test_the_rest_leaves_the_indicator_itself_out() -> None:
    # three independent columns: each with the mean of the others is near zero, itself included it would be 0.58
    values = exact(np.eye(3))
    np.testing.assert_allclose(with_the_rest(values, np.array([0, 0, 0])), 0.0, atol=SAME)
    assert np.isnan(with_the_rest(values, np.array([0, 0, 1]))[2])
    flipped = values @ np.diag([1, 1, -1]) + values[:, [0]] * [0, 1, 0]
    assert with_the_rest(flipped, np.array([0, 0, 0]))[0] > 0


# Reliability and components ----------------------------------------------------------------------


@pytest.mark.parametrize(("k", "noise"), [(2, 1.0), (4, 0.5), (7, 3.0)])
def test_alpha_of_tau_equivalent_items_is_their_reliability(k: int, noise: float) -> None:
    """Items t + e_j with var t = 1: alpha = k / (k + var e), exactly, where sample moments are exact."""
    found = coherence(exact(np.ones((k, k)) + noise * np.eye(k)))
    assert abs(found.alpha - k / (k + noise)) < SAME
    assert abs(found.standardised - k / (k + noise)) < SAME
    assert abs(found.mean_correlation - 1 / (1 + noise)) < SAME


def test_alpha_of_simulated_items() -> None:
    draw = np.random.default_rng(6)
    items = draw.normal(size=(5000, 1)) + draw.normal(size=(5000, 5))
    assert abs(coherence(items).alpha - 5 / 6) < 0.01  # standard error about 0.003


def test_alpha_does_not_see_order_or_shifts() -> None:
    items = exact(np.ones((3, 3)) + np.diag([0.5, 1.0, 2.0]))
    assert abs(coherence(items[:, [2, 0, 1]] + [1, 2, 3]).alpha - coherence(items).alpha) < SAME


def test_components_of_equal_correlations() -> None:
    """Correlations all r: eigenvalues 1 + (k - 1) r and 1 - r; partial correlations r / (1 + (k - 2) r)."""
    k, r, n = 4, 0.3, 60
    found = coherence(exact((1 - r) * np.eye(k) + r * np.ones((k, k)), n))
    np.testing.assert_allclose(found.eigenvalues, [1 + (k - 1) * r, *[1 - r] * (k - 1)], atol=SAME)
    partial = r / (1 + (k - 2) * r)
    assert abs(found.kmo - r**2 / (r**2 + partial**2)) < SAME
    log_det = np.log(1 + (k - 1) * r) + (k - 1) * np.log(1 - r)
    assert abs(found.bartlett + (n - 1 - (2 * k + 5) / 6) * log_det) < 1e-10
    assert abs(found.p - stats.chi2.sf(found.bartlett, k * (k - 1) // 2)) < SAME


def test_two_parts_have_a_kmo_of_one_half() -> None:
    assert abs(coherence(exact(np.array([[1, 0.4], [0.4, 1]]))).kmo - 0.5) < SAME


@pytest.mark.parametrize("values", [np.ones((10, 2)), np.arange(8.0)[:, None], np.full((9, 3), np.nan)])
def test_what_cannot_be_computed_is_missing(values: np.ndarray) -> None:
    found = coherence(values)
    assert np.isnan([found.alpha, found.kmo, found.bartlett]).all()
    assert np.isnan(found.eigenvalues).all()


def test_a_part_that_is_the_sum_of_others_has_no_kmo() -> None:
    items = exact(np.eye(3))
    found = coherence(np.column_stack([items, items.sum(axis=1)]))
    assert np.isnan(found.kmo)
    assert np.isfinite(found.alpha)


# Correlation ratios ------------------------------------------------------------------------------


def test_a_linear_relation_has_r_squared() -> None:
    """y = x + e: S = r^2; the straight line is chosen or a curve that explains hardly more."""
    for seed in range(20):
        x, e = np.random.default_rng(seed).normal(size=(2, 400))
        r2 = np.corrcoef(x, x + e)[0, 1] ** 2
        assert r2 - SAME <= correlation_ratio(x, x + e) < r2 + 0.02


def test_an_exact_line_has_one() -> None:
    x = np.random.default_rng(7).uniform(size=50)
    assert abs(correlation_ratio(x, 3 - 2 * x) - 1) < SAME


@pytest.mark.parametrize("noise", [0.0, 0.5, 2.0])
def test_a_parabola_has_its_ratio_though_its_correlation_is_zero(noise: float) -> None:
    # x uniform on (-1, 1): var x^2 = 1/5 - 1/9 = 4/45; S = 1 / (1 + noise)
    draw = np.random.default_rng(8)
    x = draw.uniform(-1, 1, 3000)
    y = x**2 + np.sqrt(noise * 4 / 45) * draw.normal(size=3000)
    assert np.corrcoef(x, y)[0, 1] ** 2 < 0.01
    assert abs(correlation_ratio(x, y) - 1 / (1 + noise)) < 0.03


def test_noise_explains_nearly_nothing() -> None:
    found = [correlation_ratio(*np.random.default_rng(seed).normal(size=(2, 200))) for seed in range(30)]
    assert np.mean(found) < 0.03  # a line alone gives 1 / 199, six parameters at most 5 / 199


def test_additive_model_gives_shares_of_variance() -> None:
    """y = 3 a + 2 b + c, independent with equal variances: S = 9/14, 4/14, 1/14 (Paruolo and others 2013, eq. 4)."""
    parts = np.random.default_rng(9).uniform(size=(3000, 3))
    y = parts @ [3, 2, 1]
    found = [correlation_ratio(x, y) for x in parts.T]
    np.testing.assert_allclose(found, np.array([9, 4, 1]) / 14, atol=0.03)


def test_ratio_does_not_see_scale_direction_or_missing_rows() -> None:
    x, e = np.random.default_rng(10).normal(size=(2, 80))
    y = np.exp(x) + e
    one = correlation_ratio(x, y)
    assert abs(correlation_ratio(1e5 - 3 * x, 1e-3 * y + 7) - one) < 1e-9
    assert correlation_ratio(np.r_[x, np.nan, 1.0], np.r_[y, 1.0, np.nan]) == one


@pytest.mark.parametrize("x", [[1, 1, 1, 1], [1, 2, np.nan, np.nan]])
def test_ratio_needs_a_column_that_varies(x: list[float]) -> None:
    assert np.isnan(correlation_ratio(np.array(x, dtype=float), np.arange(4.0)))


def test_two_values_are_two_means() -> None:
    x, y = np.repeat([0.0, 1.0], 10), np.random.default_rng(11).normal(size=20)
    means = np.repeat([y[:10].mean(), y[10:].mean()], 10)
    assert abs(correlation_ratio(x, y) - means.var() / y.var()) < SAME


def test_natural_splines_are_lines_beyond_their_knots() -> None:
    at = np.array([-3.0, -2.0, -1.0, 2.0, 3.0, 4.0])
    basis = natural_spline(at, np.array([0.0, 0.3, 0.6, 1.0]))
    assert basis.shape == (6, 4)
    bends = basis[:-2] - 2 * basis[1:-1] + basis[2:]
    np.testing.assert_allclose(bends[[0, 3]], 0.0, atol=1e-10)


# Years -------------------------------------------------------------------------------------------


def paths(seed: int = 12, units: int = 20, years: int = 9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    growth = draw.normal(0.05, 0.05, size=(units, years))
    levels = 10 * np.exp(np.cumsum(growth, axis=1))
    return levels.ravel()[:, None], np.repeat(np.arange(units), years), np.tile(np.arange(2000, 2000 + years), units)


def test_a_planted_break_is_found_and_nothing_else() -> None:
    x, code, when = paths()
    assert common_jumps(x, code, when) == []
    jumped = np.where(when[:, None] >= 2005, x + 10, x)
    assert common_jumps(jumped, code, when) == [(0, 2005)]
    some = np.where((when >= 2005) & (code < 12), 10, 0)[:, None] + x
    assert common_jumps(some, code, when) == []  # not nearly all units


def test_breaks_are_rarely_found_where_there_is_none() -> None:
    found = [bool(common_jumps(*paths(seed))) for seed in range(100)]
    assert np.mean(found) <= 0.05


def test_shared_out_national_values_are_found() -> None:
    x, code, when = paths()
    national = np.array([3.0, 4.0, 4.5, 6.0, 9.0, 9.5, 11.0, 12.0, 15.0])[when - 2000]
    assigned = (1 + code) * national
    both = np.column_stack([x[:, 0], assigned])
    assert same_growth(both, code, when).tolist() == [False, True]
