"""Conditional densities: a Gaussian truth, masses, SciPy, starts that are neighbours."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde, norm

import xinzhi as xz
from tests.regions.dynamics import states
from xinzhi.errors import DataError, UsageError
from xinzhi.regions.dynamics.conditional import (
    ConditionalDensity,
    ConditionalDensityResult,
    Pairs,
    conditional_below,
    conditional_density,
    mean_density,
    mode,
)
from xinzhi.regions.space.weights import ContiguityList

DRAW = np.random.default_rng(12)
X = DRAW.normal(size=3000)
Y = 0.6 * X + 0.8 * DRAW.normal(size=3000)
"""Gaussian pairs of variance one: y given x is normal with mean 0.6 x and standard deviation 0.8."""
AXES, ALONG = (Pairs(X, Y, (0.25, 0.25), slope, "gaussian") for slope in (0.0, 0.6))
LATE = states.panel().select(times=(1980, 2009))


def fitted(panel: xz.Panel | None = None, **settings: object) -> ConditionalDensityResult:
    result = ConditionalDensity(**({"of": "income"} | settings)).fit(panel or LATE)
    assert isinstance(result, ConditionalDensityResult)
    return result


@pytest.mark.parametrize("pairs", [AXES, ALONG])
def test_rows_have_mass_one(pairs: Pairs) -> None:
    at, end = np.array([-1.0, 0.0, 1.5]), np.linspace(-6, 6, 2001)
    found = conditional_density(at, end, pairs)
    np.testing.assert_allclose(np.trapezoid(found, end, axis=1), 1.0, atol=1e-9)
    below = conditional_below(at, np.full(3, 0.3), pairs)
    part = end <= 0.3
    np.testing.assert_allclose(below, np.trapezoid(found[:, part], end[part], axis=1), atol=3e-3)  # one point of 0.006


def test_along_the_axes_it_is_the_product_kernel() -> None:
    end = np.array([-0.2, 0.7])
    found = conditional_density(np.array([0.4]), end, AXES)[0]
    joint = [(norm.pdf((0.4 - X) / 0.25) * norm.pdf((y - Y) / 0.25)).sum() / (X.size * 0.25**2) for y in end]
    marginal = gaussian_kde(X, bw_method=0.25 / X.std(ddof=1))([0.4])[0]
    np.testing.assert_allclose(found, np.array(joint) / marginal, rtol=1e-10)


def test_along_the_regression_it_is_scipys_kernel_of_the_covariance() -> None:
    """gaussian_kde smooths by h^2 times the covariance of the pairs: its ratio of densities is ours."""
    h = X.size ** (-1 / 6)
    theirs = gaussian_kde(np.stack([X, Y]), bw_method=h)
    (xx, xy), (_, yy) = np.cov(X, Y)
    ours = Pairs(X, Y, (h * xx**0.5, h * (yy - xy**2 / xx) ** 0.5), xy / xx, "gaussian")
    end = np.array([-0.5, 0.3, 1.2])
    marginal = gaussian_kde(X, bw_method=h)([0.4])[0]
    joint = theirs(np.stack([np.full(3, 0.4), end]))
    np.testing.assert_allclose(conditional_density(np.array([0.4]), end, ours)[0], joint / marginal, rtol=1e-9)


@pytest.mark.parametrize(("pairs", "drawn"), [(AXES, 1 / (1 + 0.25**2)), (ALONG, 1.0)])
def test_gaussian_truth(pairs: Pairs, drawn: float) -> None:
    """The mean given x is 0.6 x, drawn towards the middle along the axes only; smoothing adds h^2 to the variance,
    and along the axes the variance of 0.6 x within the window.

    About 600 effective pairs at each start: standard errors of a mean near 0.03.
    """
    start, end = np.array([-1.0, 0.0, 1.0]), np.linspace(-5, 5, 1001)
    found = conditional_density(start, end, pairs)
    mean = np.trapezoid(found * end, end, axis=1)
    np.testing.assert_allclose(mean, 0.6 * start * drawn, atol=0.12)
    sd = np.sqrt(np.trapezoid(found * end**2, end, axis=1) - mean**2)
    window = 0.36 * 0.25**2 * drawn if pairs is AXES else 0.0
    np.testing.assert_allclose(sd, (0.64 + 0.25**2 + window) ** 0.5, atol=0.08)


def quarters(found: ConditionalDensityResult) -> np.ndarray:
    """Return the shares of units in the four quarters of their conditional distribution."""
    place = found.rows.terms["cumulative"]
    place = place[np.isfinite(place)]
    assert ((place >= 0) & (place <= 1 + 1e-12)).all()
    return np.histogram(place, bins=4, range=(0, 1))[0] / place.size


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_places_given_the_start_are_nearly_uniform(kernel: str) -> None:
    """Smoothing draws places to the middle: a little along the regression line, much along the axes."""
    asked = {"lag": 5, "relative": "year_mean", "kernel": kernel}
    along, axes = (quarters(fitted(**asked, orientation=which)) for which in ("regression", "axes"))
    np.testing.assert_allclose(along, 0.25, atol=0.03)
    assert axes[[0, 3]].max() < along[[0, 3]].min()


def test_pairs_are_values_and_those_before() -> None:
    found = fitted(lag=3)
    values = LATE.values("income").reshape(48, 30)
    assert found.pairs.x.tolist() == values[:, :-3].ravel().tolist()
    assert found.pairs.y.tolist() == values[:, 3:].ravel().tolist()
    first = found.rows.reason.reshape(48, 30)[:, :3]
    assert set(first.ravel()) == {"no row at a lag of 3"}


@pytest.mark.parametrize("lag", [0, 2])
def test_given_neighbours_the_start_is_their_mean(lag: int) -> None:
    found = fitted(lag=lag, weights=states.contiguity())
    values = LATE.values("income").reshape(48, 30)
    near = {b if a == "Alabama" else a for a, b in states.contiguity().links if "Alabama" in (a, b)}
    rows = [LATE.units.tolist().index(unit) for unit in near]
    assert found.pairs.x[0] == pytest.approx(values[rows, 0].mean(), rel=1e-12)  # Alabama sorts first
    assert found.pairs.y[0] == values[0, lag]


def test_missing_starts_and_islands_are_named() -> None:
    values = LATE.values("income").copy()
    values[5] = np.nan  # Alabama 1985
    reason = fitted(LATE.replaced({"income": values}), lag=2).rows.reason.reshape(48, 30)
    assert reason[0, 5] == "income missing"
    assert reason[0, 7] == "at a lag of 2: income missing"
    links = [link for link in states.contiguity().links if "Maine" not in link]
    alone = fitted(lag=0, weights=ContiguityList(links=links, islands="keep"))
    assert (alone.rows.reason == "no neighbours").sum() == 30
    assert alone.warnings[0].startswith("XZ-471")


def test_units_of_measurement_do_not_matter() -> None:
    one, other = (fitted(LATE.scaled({"income": factor}), lag=10) for factor in (1.0, 1e-6))
    np.testing.assert_allclose(other.rows.terms["cumulative"], one.rows.terms["cumulative"], rtol=0, atol=1e-10)


def test_ends_at_percentiles_of_the_start() -> None:
    units = [f"U{k:04d}" for k in range(X.size)]
    rows = [(unit, year, cell) for k, unit in enumerate(units) for year, cell in ((2000, X[k]), (2001, Y[k]))]
    panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "year", "income"]), unit="unit", time="year")
    found = fitted(panel, bandwidth="scott")
    ends = found.at_starts()
    start = np.array(ends["start"])
    np.testing.assert_allclose(ends["mean"], 0.6 * start, atol=0.15)
    truth = 100 * (1 - norm.cdf(start, loc=0.6 * start, scale=0.8))
    np.testing.assert_allclose(ends["above"], truth, atol=6.0)
    assert "5th percentile" in found.summary()
    assert found.pairs.h[0] == pytest.approx(X.std(ddof=1) * 3000 ** (-1 / 6), rel=1e-12)


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_what_is_told_does_not_depend_on_what_is_drawn(kernel: str) -> None:
    """Mean, deviation and mode of a density at 40,001 points, which lie closer than a hundredth of a bandwidth."""
    settings = {"lag": 10, "relative": "year_mean", "kernel": kernel}
    found = fitted(**settings, points=20)
    ends = found.at_starts()
    assert ends == fitted(**settings, points=200).at_starts()
    (low, high), h = (found.pairs.y.min(), found.pairs.y.max()), found.pairs.h[1]
    x = np.linspace(low - 15 * h, high + 15 * h, 40_001)
    for k, start in enumerate(ends["start"]):
        density = conditional_density(np.array([start]), x, found.pairs)[0]
        mean = np.trapezoid(density * x, x)
        assert ends["mean"][k] == pytest.approx(mean, rel=1e-6)
        assert ends["sd"][k] == pytest.approx(np.trapezoid(density * (x - mean) ** 2, x) ** 0.5, rel=1e-4)
        assert ends["mode"][k] == pytest.approx(x[density.argmax()], abs=0.01 * h)
    assert np.isnan(mode(1e9, found.pairs))


def test_what_is_drawn_keeps_all_mass_however_coarse() -> None:
    """Intervals of a hundred bandwidths: each holds the mean of the density over it."""
    narrow = Pairs(X, X + 0.01 * DRAW.normal(size=X.size), (0.2, 0.005), 1.0, "gaussian")
    edges, at = np.linspace(-6.0, 6.0, 25), np.array([-1.0, 0.2, 1e9])
    found = mean_density(at, edges, narrow)
    np.testing.assert_allclose(found[:2].sum(axis=1) * 0.5, 1.0, atol=1e-6)
    assert np.isnan(found[2]).all()
    middles = -6.0 + 0.0005 * (np.arange(24_000) + 0.5)
    parts = conditional_density(at[:2], middles, narrow).reshape(2, 24, 1000).mean(axis=2)
    np.testing.assert_allclose(found[:2], parts, atol=1e-4)  # kernels end at five bandwidths


def test_starts_of_the_same_year_are_called_so() -> None:
    figure = fitted(lag=0, weights=states.contiguity()).figures()[0].to_dict()
    assert figure["layer"][0]["encoding"]["x"]["title"] == "neighbours in the same year"


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="0 with weights"):
        ConditionalDensity(of="income", lag=0)
    with pytest.raises(DataError) as caught:
        fitted(lag=90)
    assert caught.value.code == "XZ-281"
    assert "shorter lag" in str(caught.value)
