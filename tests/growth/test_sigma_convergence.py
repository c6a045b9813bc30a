"""Sigma convergence: PWT lines, tests by other formulas, their size and power by simulation, invariances, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import xinzhi as xz
from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth import NeweyWest, SigmaConvergence
from xinzhi.growth.convergence.sigma import dispersion_tests, trend, two_sided

ROUNDING = 1e-10


def world(rng, units=30, years=12, spread=1.0, drift=-0.02):
    """Units around a common path whose dispersion changes by ``drift`` a year."""
    place = rng.normal(0, spread, (units, 1)) * np.exp(drift * np.arange(years)) + rng.normal(0, 0.02, (units, years))
    keys = {
        "i": np.repeat([f"u{k:02}" for k in range(units)], years),
        "t": np.tile(np.arange(2000, 2000 + years), units),
    }
    return pd.DataFrame(keys | {"y": np.exp(9 + place).ravel()})


def fit(frame, **settings):
    return SigmaConvergence(of="y", draws=199, **settings).fit(xz.Panel(frame, unit="i", time="t"))


@pytest.mark.reference
@pytest.mark.parametrize(
    ("window", "count", "first", "last"), [((1960, 1990), 111, 0.941, 1.181), ((2000, 2019), 181, 1.256, 1.177)]
)
def test_penn_world_table(window, count, first, last):
    """Source: methods/growth.md 4.7: GDP per head, sd of logs with ddof 1 over the countries with both years."""
    panel = xz.catalog.load("pwt1001")
    frame = panel.frame()
    frame["head"] = frame["rgdpo"] / frame["pop"]
    result = SigmaConvergence(of="head", window=window).fit(xz.Panel(frame, unit=panel.unit, time=panel.time))
    assert result.diagnostics["units"] == count
    assert result.sd[[0, -1]] == pytest.approx([first, last], abs=0.00051)


def ends(seed=4, n=25):
    rng = np.random.default_rng(seed)
    first = rng.normal(0, 1.0, n)
    last = 0.7 * first + rng.normal(0, 0.3, n)
    return first - first.mean(), last - last.mean()


def test_tests_by_other_formulas():
    """F: R's var.test as in REAT's sigmaconv, by scipy; Pitman-Morgan: the correlation test of sum and difference;
    T2 and T3: Carree and Klomp (1997) written with variances."""
    first, last = ends()
    found, n = dispersion_tests(first, last), 25
    a, b, c = first.var(ddof=1), last.var(ddof=1), np.cov(first, last)[0, 1]
    assert found.f == pytest.approx(a / b, rel=ROUNDING)
    assert found.f_p == pytest.approx(2 * stats.f.sf(a / b, 24, 24), rel=1e-8)
    correlation = stats.pearsonr(first + last, first - last)
    assert found.pm == pytest.approx(correlation.statistic * np.sqrt(23 / (1 - correlation.statistic**2)), rel=ROUNDING)
    assert found.pm_p == pytest.approx(correlation.pvalue, rel=1e-8)
    t2 = (n - 2.5) * np.log(1 + 0.25 * (a - b) ** 2 / (a * b - c**2))
    assert (found.t2, found.t2_p) == pytest.approx((t2, stats.chi2.sf(t2, 1)), rel=1e-8)
    slope = stats.linregress(first, last).slope
    t3 = np.sqrt(n) * (a / b - 1) / (2 * np.sqrt(1 - slope**2))
    assert (found.t3, found.t3_p) == pytest.approx((t3, 2 * stats.norm.sf(t3)), rel=1e-8)


def table(values, first=2000):
    """Return a panel frame of (u, t) values."""
    units, years = values.shape
    keys = {"i": np.repeat([f"u{k:02}" for k in range(units)], years), "t": np.tile(first + np.arange(years), units)}
    return pd.DataFrame(keys | {"y": values.ravel()})


SPREAD = np.exp(np.random.default_rng(0).normal(size=(6, 5)))
FLAT = {
    "ones": (np.ones((4, 5)), [2000, 2004]),
    "one path": (np.tile(1.02 ** np.arange(5), (4, 1)), [2000, 2004]),
    "rounding of the mean": (np.full((12, 20), 2.5), [2000, 2019]),
    "equal at the start": (np.column_stack([np.full(6, 2.5), SPREAD[:, 1:]]), [2000]),
    "equal at the end": (np.column_stack([SPREAD[:, :-1], np.full(6, 2.5)]), [2004]),
}


@pytest.mark.parametrize("factor", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("case", FLAT)
@pytest.mark.filterwarnings("error")
def test_no_dispersion_leaves_no_tests(case, factor):
    """Units that are equal by construction: dispersion is zero, not what rounding leaves of it."""
    values, flat = FLAT[case]
    result = fit(table(factor * values))
    assert [
        year for year, sd in zip(result.years, result.sd, strict=True) if sd == 0 and year in (2000, max(flat))
    ] == flat
    found = result.tests
    assert np.isnan([found.f, found.f_p, found.t2, found.t2_p, found.t3, found.t3_p, found.pm, found.pm_p]).all()
    assert f"not identified (no dispersion in {', '.join(map(str, flat))})" in result.summary()
    assert "no dispersion in" in result.tables()[1].notes[-1]
    assert not result.variation[result.sd == 0].any()
    assert (result.rows.status == "ok").all()


def test_randomisation_of_one_year_without_dispersion():
    """By hand: of 2^6 ways to swap years only the one seen and its mirror have all dispersion in one year: p = 2/64."""
    assert fit(table(FLAT["equal at the end"][0])).randomisation == 2 / 64
    assert np.isnan(fit(table(np.ones((4, 5)))).randomisation)


@pytest.mark.filterwarnings("error")
def test_distances_that_never_change_leave_no_tests():
    """All units grow at one rate: the tests of Pitman and Morgan and of Carree and Klomp are nought by nought."""
    result = fit(table(SPREAD[:, :1] * 1.02 ** np.arange(5)))
    found = result.tests
    assert found.f == pytest.approx(1.0, abs=ROUNDING)
    assert np.isnan([found.pm, found.t2, found.t3]).all()
    assert "all distances between units are the same" in result.summary()
    assert (result.trend.slope, np.isnan(result.trend.t)) == (0.0, True)


def test_t3_does_not_exist_where_the_slope_is_above_one():
    first, last = ends()
    assert np.isnan(dispersion_tests(last, first * 2).t3)


def test_trend_is_a_regression_on_years():
    """scipy.stats.linregress, as R's lm in REAT's sigmaconv.t; Newey-West with no lag is HC1."""
    series = np.array([1.0, 0.9, 0.95, 0.7, 0.75, 0.6, 0.62])
    expected = stats.linregress(np.arange(7), series)
    found = trend(series, "classical")
    assert (found.slope, found.error, found.p) == pytest.approx(
        (expected.slope, expected.stderr, expected.pvalue), rel=1e-9
    )
    assert trend(series, NeweyWest(lags=1)).error != pytest.approx(found.error, rel=1e-3)


@pytest.mark.parametrize(
    ("law", "ratio", "expected"),
    [
        ("normal", 1.0, {"f": (0.0, 0.01), "pm": (0.03, 0.07), "t2": (0.03, 0.07), "random": (0.03, 0.07)}),
        ("heavy", 1.0, {"pm": (0.12, 1.0), "t2": (0.12, 1.0), "random": (0.02, 0.085)}),
        ("normal", 0.85, {"f": (0.0, 0.2), "pm": (0.5, 0.7), "random": (0.45, 0.7)}),
    ],
)
def test_size_and_power(law, ratio, expected):
    """40 units, correlation .9, 600 samples, level 5 %: the F test ignores the correlation and finds nothing.

    The exact test holds its size under normality only, the randomisation test also with Student's t(3), at little
    loss of power.
    """
    rng, rejected, n = np.random.default_rng(12), dict.fromkeys(("f", "pm", "t2", "random"), 0.0), 600
    for sample in range(n):
        e = rng.normal(size=(2, 40)) if law == "normal" else rng.standard_t(3, size=(2, 40))
        first, last = e[0], ratio * (0.9 * e[0] + np.sqrt(0.19) * e[1])
        first, last = first - first.mean(), last - last.mean()
        found = dispersion_tests(first, last)
        p = {"f": found.f_p, "pm": found.pm_p, "t2": found.t2_p}
        p["random"] = two_sided(np.column_stack([first, last]) ** 2, draws=199, run=Run(sample))
        for name in rejected:
            rejected[name] += (p[name] <= 0.05) / n
    for name, (low, high) in expected.items():
        assert low <= rejected[name] <= high, rejected


def test_deviations_make_the_dispersion():
    result = fit(world(np.random.default_rng(1)))
    deviation = result.term("deviation").reshape(30, 12)
    np.testing.assert_allclose(deviation.std(axis=0, ddof=1), result.sd, rtol=ROUNDING)
    np.testing.assert_allclose(deviation.sum(axis=0), 0.0, atol=1e-12)
    population = fit(world(np.random.default_rng(1)), ddof=0)
    np.testing.assert_allclose(population.sd, result.sd * np.sqrt(29 / 30), rtol=ROUNDING)
    assert population.tests == result.tests


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_nothing_depends_on_units_order_or_names(factor):
    frame = world(np.random.default_rng(1))
    result = fit(frame)
    other = frame.sample(frac=1.0, random_state=1).assign(y=lambda x: x["y"] * factor)
    again = fit(other.assign(i="z" + other["i"]))
    np.testing.assert_allclose(again.sd, result.sd, rtol=ROUNDING)
    np.testing.assert_allclose(again.variation, result.variation, rtol=ROUNDING)
    assert again.tests.pm == pytest.approx(result.tests.pm, rel=1e-9)
    assert again.randomisation == result.randomisation


def test_common_growth_changes_no_deviation():
    frame = world(np.random.default_rng(1))
    faster = frame.assign(y=frame["y"] * np.exp(0.05 * (frame["t"] - 2000)))
    np.testing.assert_allclose(fit(faster).sd, fit(frame).sd, rtol=ROUNDING)


def test_the_verdict_follows_the_numbers():
    assert "fell" in fit(world(np.random.default_rng(1))).summary()
    assert "rose" in fit(world(np.random.default_rng(1), drift=0.05)).summary()
    assert "no significant" in fit(world(np.random.default_rng(1), drift=0.0)).summary()


def test_a_sample_that_changes_is_asked_for():
    frame = world(np.random.default_rng(1))
    frame.loc[(frame["i"] == "u04") & (frame["t"] == 2005), "y"] = np.nan
    frame.loc[(frame["i"] == "u05") & (frame["t"] == 2003), "y"] = 0.0
    fixed, available = fit(frame), fit(frame, sample="available")
    assert set(fixed.units) == {28}
    assert available.units.tolist() == [30, 30, 30, 29, 30, 29, 30, 30, 30, 30, 30, 30]
    rows = fixed.rows
    reasons = {
        (u, int(t)): (s, r) for u, t, s, r in zip(rows.unit, rows.time, rows.status, rows.reason, strict=True) if r
    }
    assert len(reasons) == 24
    assert reasons["u04", 2005] == reasons["u04", 2011] == ("missing_data", "y missing in 2005")
    assert reasons["u05", 2000] == ("non_positive", "y not positive in 2003")
    odd = available.rows.status != "ok"
    assert odd.sum() == 2


def test_bad_input_has_codes():
    frame = world(np.random.default_rng(1))
    for code, broken in (
        ("XZ-250", lambda: fit(frame[frame["i"] < "u02"])),
        ("XZ-214", lambda: fit(frame[frame["t"] == 2000])),
        ("XZ-208", lambda: fit(frame, window=(1999, 2005))),
    ):
        with pytest.raises(DataError) as caught:
            broken()
        assert caught.value.code == code


def test_two_years_have_no_trend():
    result = fit(world(np.random.default_rng(1)), window=(2000, 2001))
    assert result.trend is None
    assert len(result.tables()[1].rows) == 5
