"""Tests of specification: the scores written out, size and power by simulation."""

from collections import defaultdict

import numpy as np
import pytest

from tests.regions.panels.worlds import RHO, lattice, world
from xinzhi.regions.panels.likelihood import concentrated, spatial_panel_fit, transformed
from xinzhi.regions.panels.random_effects import hausman
from xinzhi.regions.panels.space import lagged, space_of
from xinzhi.regions.panels.specification import chi_squared, durbin_tests, multiplier_tests

W = lattice(5, 6)
SPACE = space_of(W)
PLAIN = np.zeros(2)


def shares(worlds, tests):
    """Return the share of p-values below .05 by test."""
    found = defaultdict(list)
    for y, x in worlds:
        for one in tests(y, x):
            found[one.key].append(one.p < 0.05)
    return {key: np.mean(cells) for key, cells in found.items()}


def worlds(count, seed=3, **settings):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield world(rng, W, 10, theta=PLAIN, **settings)


def multipliers_of(y, x):
    return multiplier_tests(transformed(y, x, space=SPACE, effects="two_way", correction="lee_yu"), SPACE)


def durbin_of(y, x):
    z = np.concatenate([x, lagged(x, W)], axis=2)
    durbin = spatial_panel_fit(y, z, space=SPACE, model="lag")
    lag, error = (concentrated(y, x, space=SPACE, model=model) for model in ("lag", "error"))
    return durbin_tests(durbin, lag, error=error, pairs=[(0, 2), (1, 3)])


def test_formulas_of_anselin_and_others():
    """Without effects: LM tests of Anselin et al. (1996) for n T observations, with the block-diagonal weights."""
    y, x = next(worlds(1))
    z = np.concatenate([x, np.ones((10, 30, 1))], axis=2)
    flat, w = z.reshape(-1, 3), np.kron(np.eye(10), W)
    annihilator = np.eye(300) - flat @ np.linalg.pinv(flat)
    e = annihilator @ y.ravel()
    variance = e @ e / 300
    trace = np.trace(w @ w + w.T @ w)
    moved = annihilator @ w @ (y.ravel() - e)
    d = moved @ moved / variance
    lag, error = e @ w @ y.ravel() / variance, e @ w @ e / variance
    expected = [
        lag**2 / (d + trace),
        error**2 / trace,
        (lag - error) ** 2 / d,
        (error - trace / (d + trace) * lag) ** 2 / (trace * (1 - trace / (d + trace))),
    ]
    found = multiplier_tests(transformed(y, z, space=SPACE, effects="none", correction="none"), SPACE)
    assert [one.statistic for one in found] == pytest.approx(expected, rel=1e-9)


def test_multiplier_tests_are_right_where_there_is_nothing_and_find_what_there_is():
    """200 panels of 30 x 10 with both effects: .05 is known to .015 (one standard error); bounds are three of them."""
    nothing = shares(worlds(200, rho=0.0), multipliers_of)
    assert max(nothing.values()) < 0.1
    lag = shares(worlds(60, rho=0.3), multipliers_of)
    assert lag["lm_lag"] > 0.9
    assert lag["robust_lm_lag"] > 0.6 > 0.2 > lag["robust_lm_error"]
    error = shares(worlds(60, rho=0.0, error_rho=0.3), multipliers_of)
    assert error["lm_error"] > 0.85
    assert error["robust_lm_error"] > 0.4 > 0.2 > error["robust_lm_lag"]


def test_durbin_tests_tell_lag_from_error():
    """60 panels; a true null is refused in at most three standard errors (.084) over .05."""
    lag = shares(worlds(60, rho=RHO), durbin_of)
    assert max(lag["lr_lag"], lag["wald_lag"]) < 0.134
    assert min(lag["lr_error"], lag["wald_error"]) > 0.8
    error = shares(worlds(60, rho=0.0, error_rho=RHO), durbin_of)
    assert max(error["lr_error"], error["wald_error"]) < 0.134
    assert min(error["lr_lag"], error["wald_lag"]) > 0.6


@pytest.mark.parametrize("effects", ["unit", "two_way"])
def test_hausman_sees_effects_that_go_with_regressors(effects):
    """60 panels as above; with effects of units only, the years' part is taken out of the world."""

    def made(y, x):
        return hausman(y, x, space=SPACE, model="lag", effects=effects, correction="lee_yu")

    def flat(count, **settings):
        for y, x in worlds(count, **settings):
            yield (y if effects == "two_way" else y - y.mean(axis=1, keepdims=True) + x.mean()), x

    assert shares(flat(60), made)["hausman"] < 0.17
    assert shares(flat(20, mean=0.5), made)["hausman"] > 0.9


def test_no_p_value_where_there_is_no_statistic():
    assert np.isnan(chi_squared("hausman", np.nan, freedom=2).p)
    assert chi_squared("lr_lag", 3.841458820694124).p == pytest.approx(0.05)
