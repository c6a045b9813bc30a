"""Kernel densities: SciPy, closed forms, masses, truths by simulation, peaks and tails."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde, norm

import xinzhi as xz
from tests.regions.dynamics import states
from xinzhi.errors import DataError, UsageError
from xinzhi.panel.panel import Floats
from xinzhi.regions.dynamics.density import KernelDensity, KernelDensityResult, describe
from xinzhi.regions.dynamics.kernels import (
    Bounds,
    Kernel,
    bandwidth,
    below_at,
    density_at,
    kernel,
    kernel_below,
    near_values,
)

SAME = 1e-12
"""Sums of a hundred kernels, relative to the largest."""
MASS = 1e-6
"""Trapezoids on 20,001 points."""
VALUES = np.random.default_rng(8).gamma(3.0, 0.1, 25)
KERNELS: tuple[Kernel, ...] = ("gaussian", "epanechnikov")


def fitted(panel: xz.Panel | None = None, **settings: object) -> KernelDensityResult:
    result = KernelDensity(**({"of": "income"} | settings)).fit(panel or states.panel())
    assert isinstance(result, KernelDensityResult)
    return result


def test_gaussian_densities_are_those_of_scipy() -> None:
    h = bandwidth(VALUES, "scott")
    theirs = gaussian_kde(VALUES, bw_method=h / VALUES.std(ddof=1))
    points = np.linspace(-0.2, 1.0, 50)
    ours = density_at(points, VALUES, h, name="gaussian", bounds=None)
    np.testing.assert_allclose(ours, theirs(points), rtol=0, atol=SAME * ours.max())
    # SciPy's "silverman" is the normal reference rule, (4 / (3 n))^(1/5) sd, which we call Scott's
    assert h == pytest.approx(gaussian_kde(VALUES, bw_method="silverman").factor * VALUES.std(ddof=1), rel=SAME)


def test_bandwidths_by_hand() -> None:
    """1..9: sd sqrt(7.5), quartiles 3 and 7, median deviation 2."""
    values = np.arange(1.0, 10.0)
    n = 9.0 ** (-1 / 5)
    assert bandwidth(values, "silverman") == pytest.approx(0.9 * min(7.5**0.5, 4 / 1.34) * n, rel=SAME)
    assert bandwidth(values, "scott") == pytest.approx((4 / 3) ** 0.2 * 7.5**0.5 * n, rel=SAME)
    assert bandwidth(values, "ksdensity") == pytest.approx((4 / 3) ** 0.2 * 2 / 0.6745 * n, rel=SAME)
    assert bandwidth(values, 0.25) == 0.25
    assert bandwidth(values, "scott", dimensions=2) == pytest.approx(7.5**0.5 * 9.0 ** (-1 / 6), rel=SAME)
    assert bandwidth(np.full(5, 0.1 + 0.2), "scott") == 0.0


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_have_mass_and_variance_one_and_their_distribution_function(name: Kernel) -> None:
    u = np.linspace(-9, 9, 20_001)
    assert np.trapezoid(kernel(u, name), u) == pytest.approx(1.0, abs=MASS)
    assert np.trapezoid(u * u * kernel(u, name), u) == pytest.approx(1.0, abs=MASS)
    slope = np.gradient(kernel_below(u, name), u)
    np.testing.assert_allclose(slope[1:-1], kernel(u, name)[1:-1], atol=1e-3)  # differences of 0.0009


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("bounds", [None, (0.0, None), (None, 1.0), (0.0, 1.0)])
@pytest.mark.parametrize("h", [0.03, 0.4])
def test_all_mass_lies_within_the_bounds(name: Kernel, bounds: Bounds, h: float) -> None:
    low, high = bounds or (None, None)
    x = np.linspace(-4.0 if low is None else low, 5.0 if high is None else high, 20_001)
    density = density_at(x, VALUES, h, name=name, bounds=bounds)
    assert np.trapezoid(density, x) == pytest.approx(1.0, abs=MASS)
    below = below_at(x, VALUES, h, name=name, bounds=bounds)
    assert below[0] == pytest.approx(0.0, abs=SAME)
    assert below[-1] == pytest.approx(1.0, abs=SAME)
    np.testing.assert_allclose(below[10_000], np.trapezoid(density[:10_001], x[:10_001]), atol=MASS)


def test_reflection_removes_the_bias_at_the_edge() -> None:
    """Uniform values: without reflection half of the density at zero is lost (mean over 200 samples)."""
    draw = np.random.default_rng(2)
    samples = [draw.random(400) for _ in range(200)]
    edge = np.zeros(1)
    plain, held = (
        np.mean([density_at(edge, one, 0.05, name="gaussian", bounds=bounds)[0] for one in samples])
        for bounds in (None, (0.0, 1.0))
    )
    assert plain == pytest.approx(0.5, abs=0.02)
    assert held == pytest.approx(1.0, abs=0.03)


def test_the_density_of_normal_values_is_that_of_the_normal() -> None:
    """The expected estimate is normal with variance 1 + h^2; 40,000 values leave a standard error below 0.005."""
    values = np.random.default_rng(3).normal(size=40_000)
    x = np.linspace(-3, 3, 61)
    found = density_at(x, values, 0.2, name="gaussian", bounds=None)
    np.testing.assert_allclose(found, norm.pdf(x, scale=1.04**0.5), atol=0.01)


def mixture(gap: float) -> Floats:
    """Return 2 x 500 quantiles of normals that lie this far apart."""
    shares = (np.arange(500) + 0.5) / 500
    return np.concatenate([norm.ppf(shares), norm.ppf(shares) + gap])


def described(values: Floats, h: float, bounds: Bounds = None) -> tuple[float, float, Floats, Floats, float, float]:
    return describe(
        values,
        near_values(values, h, bounds),
        lambda points: density_at(points, values, h, name="gaussian", bounds=bounds),
    )


def employment() -> xz.Panel:
    """Return employment of 1990, in millions: from thousands of persons to hundreds of millions."""
    pwt = xz.catalog.load("pwt1001")
    return pwt.select(times=(1990, 1990))


@pytest.mark.parametrize("points", [50, 200, 2000])
@pytest.mark.parametrize("bounds", [None, (0, None)])
def test_descriptions_do_not_depend_on_the_points_drawn(points: int, bounds: Bounds) -> None:
    """Against 400,001 points over 40 bandwidths, 1e-4 of one apart, between which the peak and both sides lie."""
    curve = KernelDensity(of="emp", points=points, bounds=bounds).fit(employment()).curves[0]  # type: ignore[attr-defined]
    values = employment().values("emp")
    values, h = values[np.isfinite(values)], curve.bandwidth
    fine = np.linspace(0.0 if bounds else values.min() - 20 * h, values.min() + 20 * h, 400_001)
    density = density_at(fine, values, h, name="gaussian", bounds=bounds)
    top, step = int(density.argmax()), fine[1] - fine[0]
    above = np.flatnonzero(density >= density[top] / 2)
    assert curve.peaks[0] == pytest.approx(
        fine[top], abs=1e-3 * h
    )  # closer points are a thousandth of a bandwidth apart
    assert curve.height == pytest.approx(density[top], rel=1e-6)
    assert curve.width == pytest.approx(fine[above[-1]] - fine[above[0]], abs=2e-3 * h + 2 * step)
    assert curve.peaks[0] in curve.x
    if bounds is None:
        assert (round(curve.height, 3), round(curve.width, 1)) == (0.133, 5.4)


def test_one_value_far_out_moves_no_peak() -> None:
    values = np.append(np.random.default_rng(1).lognormal(size=99), 1e6)
    h = bandwidth(values, "silverman")
    peaks, height, width = described(values, h)[3:]
    x = np.linspace(-2.0, 20.0, 20_001)
    density = density_at(x, values, h, name="gaussian", bounds=None)
    assert peaks[0] == pytest.approx(x[density.argmax()], abs=2e-3)
    assert height == pytest.approx(density.max(), rel=1e-6)
    assert width < 5.0


def test_small_units_of_measurement_print_digits_and_equal_years_did_not_narrow() -> None:
    draw = np.random.default_rng(5).lognormal(size=60)
    rows = {"unit": np.tile([f"u{k:02d}" for k in range(60)], 2), "year": np.repeat([2000, 2001], 60)}
    panel = xz.Panel(pd.DataFrame(rows | {"income": np.tile(draw, 2)}), unit="unit", time="year")
    for factor in (1.0, 1e-9, 1e9):
        result = fitted(panel.scaled({"income": factor}))
        (table,) = result.tables()
        cells = [
            cell for row in table.printed() for cell, field in zip(row, table.fields, strict=True) if field.decimals
        ]
        assert not any(float(cell.replace("−", "-")) == 0 for cell in cells if cell != "–")
        assert "Its width is the same." in result.summary()
        assert "from 0.000 to" not in result.summary()


def test_peaks_and_width() -> None:
    one = norm.ppf((np.arange(2000) + 0.5) / 2000)
    peaks, height, width = described(one, 0.2)[3:]
    assert peaks.size == 1
    assert height == pytest.approx(norm.pdf(0, scale=1.04**0.5), abs=1e-3)
    assert width == pytest.approx(2 * (2 * np.log(2) * 1.04) ** 0.5, abs=0.01)  # of a normal: 2 sd sqrt(2 ln 2)
    found = np.sort(described(mixture(6.0), 0.2)[3])
    np.testing.assert_allclose(found, [0.0, 6.0], atol=0.02)


def test_a_peak_at_a_bound_counts() -> None:
    values = np.random.default_rng(4).exponential(size=500)
    panel = xz.Panel(pd.DataFrame({"unit": [f"u{k}" for k in range(500)], "income": values}), unit="unit")
    curve = fitted(panel, bounds=(0, None)).curves[0]
    assert curve.peaks[0] < 0.3
    assert curve.tail > 1


def test_description_of_the_states() -> None:
    found = fitted(relative="year_mean")
    years = found.by_year()
    values = states.panel().values("income").reshape(48, 81)[:, -1]
    relative = values / values.mean()
    assert years["time"][-1] == 2009
    assert years["median"][-1] == pytest.approx(np.median(relative), rel=SAME)
    assert years["low"][-1] == pytest.approx(np.percentile(relative, 5), rel=SAME)
    assert years["bandwidth"][-1] == pytest.approx(bandwidth(relative, "silverman"), rel=SAME)
    assert "narrowed" in found.summary()
    assert "Silverman" in found.methods_text()


def test_units_of_measurement_scale_the_density() -> None:
    one, other = fitted(), fitted(states.panel().scaled({"income": 1000.0}))
    np.testing.assert_allclose(other.rows.terms["cumulative"], one.rows.terms["cumulative"], rtol=1e-10)
    np.testing.assert_allclose(other.curves[5].density * 1000, one.curves[5].density, rtol=1e-9)


def test_places_rise_with_values_and_their_mean_is_one_half() -> None:
    place = fitted(kernel="epanechnikov", bounds=(0, None)).rows.terms["cumulative"].reshape(48, 81)
    values = states.panel().values("income").reshape(48, 81)
    order = np.argsort(values[:, 7], kind="stable")
    assert (np.diff(place[order, 7]) >= -SAME).all()
    unbounded = fitted().rows.terms["cumulative"].reshape(48, 81)
    np.testing.assert_allclose(unbounded.mean(axis=0), 0.5, atol=SAME)  # K is symmetric: pairs add up to one


def test_years_that_cannot_be_estimated_keep_their_rows() -> None:
    values = states.panel().values("income").copy().reshape(48, 81)
    values[:, 0], values[3:, 1] = 7.0, np.nan
    found = fitted(states.panel().replaced({"income": values.ravel()}))
    assert found.curves[0].year == 1931
    reasons = found.rows.reason.reshape(48, 81)
    assert set(reasons[:, 0]) == {"all values are equal"}
    assert set(reasons[:3, 1]) == {"fewer than 4 units in the year"}
    with pytest.raises(DataError) as caught:
        fitted(states.panel().replaced({"income": np.full(48 * 81, 2.0)}))
    assert caught.value.code == "XZ-281"


def test_bounds_that_do_not_hold_the_values_are_refused() -> None:
    with pytest.raises(UsageError, match="beyond the bounds") as caught:
        fitted(bounds=(0, 1))
    assert caught.value.code == "XZ-103"
    with pytest.raises(UsageError, match="second larger"):
        KernelDensity(of="income", bounds=(1, 0))
