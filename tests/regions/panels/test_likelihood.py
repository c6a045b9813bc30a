"""Spatial panel likelihood: spreg, other formulas, bias and coverage by simulation, invariances, bad input."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from tests.regions.panels.worlds import BETA, RHO, lattice, simulate, world
from xinzhi.errors import DataError
from xinzhi.regions.panels.likelihood import cumulants, spatial_panel_fit, transformed, without_effects
from xinzhi.regions.panels.space import lagged, multiplier, solver, space_of

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
SPREG = 1e-6
"""spreg ends its search of the spatial parameter at about 1e-8."""
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def small():
    rng, w = np.random.default_rng(3), lattice(4, 4)
    return *world(rng, w, 6), space_of(w)


# Another implementation -----------------------------------------------------------------------


@pytest.mark.reference
@pytest.mark.parametrize("model", ["lag", "error"])
def test_spreg_fixed_effects(model):
    """Source: spreg 1.9.0, Panel_FE_Lag and Panel_FE_Error, epsilon 1e-14, wide data, neighbours by side on a 4 x 5
    lattice; data simulated (seed 11). Its log likelihood has s(rho) in place of s(rho) / N."""
    data = pd.read_csv(REFERENCE / "spatial_panel.csv")
    expected = pd.read_csv(REFERENCE / "spatial_panel_spreg.csv", index_col="model").loc[model].to_numpy()
    y, z = data["y"].to_numpy().reshape(6, 20), data[["x1", "x2"]].to_numpy().reshape(6, 20, 2)
    found = spatial_panel_fit(y, z, space=space_of(lattice(4, 5)), model=model, effects="unit", correction="none")
    likelihood = found.likelihood - 60 * np.log(120)
    ours = [*found.coefficients, found.rho, found.variance, likelihood, *np.diag(found.covariance)[:3]]
    assert np.abs(np.array(ours) - expected).max() < SPREG


# Other formulas -------------------------------------------------------------------------------


def orthonormal(size):
    """Return F of Lee and Yu: the eigenvectors of I - 11'/n to the root of one, (n, n - 1)."""
    values, vectors = np.linalg.eigh(np.eye(size) - 1.0 / size)
    return vectors[:, values > 0.5]


@pytest.mark.parametrize("model", ["lag", "error"])
def test_orthonormal_transformation_of_lee_and_yu(small, model):
    """The likelihood of F'y F with F'WF, all parameters free and found by a general optimiser."""
    y, x, space = small
    over, across = orthonormal(y.shape[0]), orthonormal(y.shape[1])
    short = np.einsum("ti,ts,in->sn", y, over, across)
    z = np.einsum("tik,ts,in->snk", x, over, across)
    w = across.T @ (space.w @ across)

    def minus(parameters):
        *b, rho, log_variance = parameters
        filtered = np.eye(w.shape[0]) - rho * w
        e = short @ filtered.T - z @ b if model == "lag" else (short - z @ b) @ filtered.T
        log_det = np.linalg.slogdet(filtered)[1]
        half = 0.5 * e.size * (np.log(2 * np.pi) + log_variance) + 0.5 * (e**2).sum() / np.exp(log_variance)
        return half - short.shape[0] * log_det

    best = minimize(minus, [1.0, 0.5, 0.2, 0.0], method="BFGS", options={"gtol": 1e-9})
    found = spatial_panel_fit(y, x, space=space, model=model)
    assert found.likelihood == pytest.approx(-best.fun, abs=1e-8)
    assert [*found.coefficients, found.rho, np.log(found.variance)] == pytest.approx(best.x, abs=1e-5)


def test_determinant_and_multiplier(small):
    *_, space = small
    across = orthonormal(space.w.shape[0])
    inner = across.T @ (space.w @ across)
    y, x, _ = small
    roots = transformed(y, x, space=space, effects="two_way", correction="lee_yu").roots
    direct = np.linalg.slogdet(np.eye(inner.shape[0]) - 0.3 * inner)[1]
    assert np.log(np.abs(1 - 0.3 * roots)).sum() == pytest.approx(direct, abs=ROUNDING)
    g = inner @ np.linalg.inv(np.eye(inner.shape[0]) - 0.3 * inner)
    diagonal, squares = multiplier(solver(0.3, space.w), space.w).taken(centred=True)
    assert diagonal == pytest.approx(np.diag(across @ g @ across.T), abs=ROUNDING)
    assert squares == pytest.approx((g * g).sum(), abs=ROUNDING)


@pytest.mark.parametrize("model", ["lag", "error"])
def test_expected_information_is_the_variance_of_the_score(model):
    """Standard errors against the spread of 400 estimates; the spread itself is known to 3.5 % (95 %: 7 %)."""
    rng, w = np.random.default_rng(4), lattice(5, 6)
    space = space_of(w)
    kind = {"lag": {}, "error": {"rho": 0.0, "error_rho": RHO}}[model]
    fits = []
    for _ in range(400):
        y, x = world(rng, w, 8, theta=np.zeros(2), **kind)
        fits.append(spatial_panel_fit(y, x, space=space, model=model))
    spread = np.std([[*f.coefficients, f.rho, f.variance] for f in fits], axis=0)
    told = np.sqrt(np.mean([np.diag(f.covariance) for f in fits], axis=0))
    assert told / spread == pytest.approx(np.ones(4), abs=0.11)


def test_cumulants_of_errors_that_are_not_normal():
    """An exponential error has cumulants 2 and 6; means of units and years taken out; 200 panels of 40 x 8."""
    rng, found = np.random.default_rng(9), []
    for _ in range(200):
        v = without_effects(rng.exponential(size=(8, 40)), "two_way")
        found.append(cumulants(v.ravel(), v.shape, removed=(1, 1)))
    third, fourth = np.mean(found, axis=0)
    assert third == pytest.approx(2.0, abs=0.15)
    assert fourth == pytest.approx(6.0, abs=0.9)


def test_sandwich_sees_the_kurtosis_of_errors():
    """Two-point errors have no spread of their square: the variance of the errors is then known far better."""
    rng, space = np.random.default_rng(6), space_of(lattice(5, 6))
    x = rng.normal(size=(20, 30, 2))
    errors = rng.choice([-1.0, 1.0], size=(20, 30))
    y = (x @ BETA + errors) @ np.linalg.inv(np.eye(30) - RHO * lattice(5, 6)).T
    plain, robust = (
        np.sqrt(np.diag(spatial_panel_fit(y, x, space=space, model="lag", errors=kind).covariance))
        for kind in ("information", "sandwich")
    )
    assert robust[-1] < 0.5 * plain[-1]
    assert robust[:2] == pytest.approx(plain[:2], rel=0.05)


def test_unbiased_variance_with_effects_of_units(small):
    """The direct approach divides by nT, the transformation by n(T - 1); nothing else differs."""
    y, x, space = small
    direct, right = (
        spatial_panel_fit(y, x, space=space, model="lag", effects="unit", correction=kind)
        for kind in ("none", "lee_yu")
    )
    assert direct.rho == pytest.approx(right.rho, abs=ROUNDING)
    assert right.variance == pytest.approx(direct.variance * 6 / 5, rel=ROUNDING)


# Truth by simulation --------------------------------------------------------------------------


def test_bias_and_its_correction():
    """60 panels of 30 units and 10 years: the direct approach misses rho by about -.08, Lee and Yu by at most .03."""
    direct, right = (simulate((5, 6), 10, 60, correction=kind) for kind in ("none", "lee_yu"))
    assert -0.13 < direct.bias[-1] < -0.05
    assert abs(right.bias[-1]) < 0.03
    assert right.parameters.min() > 0.82


@pytest.mark.slow
@pytest.mark.parametrize(("side", "low"), [((5, 6), 0.91), ((10, 10), 0.93)])
@pytest.mark.parametrize("periods", [10, 20])
def test_bias_and_coverage(side, low, periods):
    """2,000 panels; a share of .95 is then known to .01 (95 %)."""
    found = simulate(side, periods, 2000, correction="lee_yu")
    assert abs(found.bias[-1]) < 0.03
    for share in (found.parameters, found.draws, found.delta):
        assert low < share.min() <= share.max() < 0.97


# Invariances and bad input --------------------------------------------------------------------


@pytest.mark.parametrize("model", ["lag", "error"])
def test_effects_and_order_of_units_do_not_matter(small, model):
    y, x, space = small
    rng = np.random.default_rng(2)
    found = spatial_panel_fit(y, x, space=space, model=model)
    shifted = y + rng.normal(size=(1, 16)) + rng.normal(size=(6, 1))
    order = rng.permutation(16)
    turned = space_of(lattice(4, 4)[np.ix_(order, order)])
    for other in (
        spatial_panel_fit(shifted, x, space=space, model=model),
        spatial_panel_fit(y[:, order], x[:, order], space=turned, model=model),
    ):
        assert other.rho == pytest.approx(found.rho, abs=ROUNDING)
        assert other.covariance == pytest.approx(found.covariance, abs=ROUNDING)


def test_units_of_measurement_scale(small):
    y, x, space = small
    found = spatial_panel_fit(y, x, space=space, model="lag")
    scaled = spatial_panel_fit(1e6 * y, x * [1e-6, 1e3], space=space, model="lag")
    assert scaled.rho == pytest.approx(found.rho, abs=ROUNDING)
    assert scaled.coefficients == pytest.approx(found.coefficients * [1e12, 1e3], rel=1e-8)
    assert np.sqrt(np.diag(scaled.covariance)[:3]) == pytest.approx(
        np.sqrt(np.diag(found.covariance)[:3]) * [1e12, 1e3, 1], rel=1e-7
    )


def test_weights_with_complex_roots():
    """A directed ring: the lag of the unit to the left; row-normalised, its roots lie on the unit circle."""
    rng, w = np.random.default_rng(1), np.roll(np.eye(25), 1, axis=1)
    y, x = world(rng, w, 12, theta=np.zeros(2))
    found = spatial_panel_fit(y, x, space=space_of(w), model="lag")
    assert found.rho == pytest.approx(RHO, abs=3.5 * np.sqrt(found.covariance[2, 2]))


def test_lag_is_the_product_with_the_weights(small):
    y, x, space = small
    assert lagged(x, space.w)[2, :, 1] == pytest.approx(space.w @ x[2, :, 1])
    assert lagged(y, space.w)[3] == pytest.approx(space.w @ y[3])


def test_effects_of_time_need_row_normalised_weights(small):
    y, x, space = small
    with pytest.raises(DataError) as caught:
        spatial_panel_fit(y, x, space=space_of(2.0 * space.w), model="lag")
    assert caught.value.code == "XZ-282"


def test_weights_without_a_cycle_are_refused():
    with pytest.raises(DataError) as caught:
        space_of(np.triu(np.ones((4, 4)), 1))
    assert caught.value.code == "XZ-282"


@pytest.mark.parametrize("kind", ["constant in time", "combination"])
def test_regressors_that_others_explain(small, kind):
    y, x, space = small
    odd = np.broadcast_to(x[:1, :, :1], (6, 16, 1)) if kind == "constant in time" else x @ [[1.0], [2.0]]
    with pytest.raises(DataError) as caught:
        spatial_panel_fit(y, np.concatenate([x, odd], axis=2), space=space, model="lag")
    assert caught.value.code == "XZ-285"
