"""Convergence clubs: the data of Phillips and Sul by two packages' conventions, simulated clubs, size, invariances."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError
from xinzhi.growth import ConvergenceClubs, HodrickPrescott, LogTTest, NeweyWest, Sieve
from xinzhi.growth.convergence.clubs import hodrick_prescott
from xinzhi.growth.convergence.log_t import (
    fixed_qs,
    group,
    growing,
    log_t,
    neighbours,
    quadratic_spectral,
    reversal_p,
    weights,
)
from xinzhi.numerics.least_squares import least_squares

PRINTED = 0.00051  # three decimals
TWO = 0.0051
EXACT = 1e-9  # sums in another order, amplified by 1 / residual variance
STATA = {"test": LogTTest(trim=0.3, rounding="half_up"), "sieve": Sieve(step=0.05, most=50)}


def phillips_sul(name="filteredgdp"):
    data = pd.read_csv(SHARED / "growth" / f"phillips_sul_{name}_1970_2003.csv")
    long = data.melt(data.columns[0], var_name="year", value_name="y").rename(columns={data.columns[0]: "country"})
    return xz.Panel(long.assign(year=long["year"].str[1:].astype(int)), unit="country", time="year")


@pytest.fixture(scope="module")
def filtered():
    return phillips_sul()


def clubs(panel, **settings):
    return ConvergenceClubs(**({"of": "y", "scale": "values", "draws": 199} | settings)).fit(panel)


# Published and other implementations ------------------------------------------------------------


@needs_shared
@pytest.mark.reference
def test_seven_clubs_of_phillips_and_sul(filtered):
    """Source: methods/growth.md 4.7 (R ConvergenceClubs 2.2.5 and PyPI convergence-clubs 0.1.2, defaults)."""
    result = clubs(filtered)
    assert [len(club.units) for club in result.clubs] == [50, 30, 21, 24, 14, 11, 2]
    expected = [0.382, 0.240, 0.110, 0.131, 0.190, 1.003, -0.470]
    assert [club.b for club in result.clubs] == pytest.approx(expected, abs=PRINTED)
    assert [club.t for club in result.clubs] == pytest.approx([9.28, 6.90, 3.40, 2.05, 1.70, 6.02, -0.56], abs=TWO)
    assert result.divergent.units == ()
    assert (result.everyone.b, result.everyone.t) == pytest.approx((-0.8748, -159.55), abs=0.0052)
    assert result.everyone.p == 1 / 200, "no randomisation is as extreme"


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(
    ("settings", "b", "t"),
    [
        ({"variance": "andrews_qs"}, -0.8748, -129.11),
        ({"variance": NeweyWest(lags=2)}, -0.8748, -103.89),
        ({"trim": 0.3}, -0.8699, -203.84),
    ],
)
def test_conventions_of_the_whole_sample(filtered, settings, b, t):
    """Source: methods/growth.md 4.7; the t that starts at t = 11 by convergence-clubs 0.1.2."""
    everyone = clubs(filtered, test=LogTTest(**settings)).everyone
    assert everyone.b == pytest.approx(b, abs=0.000051)
    assert everyone.t == pytest.approx(t, abs=TWO)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(
    ("settings", "merging", "sizes", "t", "origin"),
    [
        ({}, "phillips_sul", [50, 30, 21, 38, 11, 2], None, [(1,), (2,), (3,), (4, 5), (6,), (7,)]),
        ({"core": "max_abs_t"}, "none", [50, 30, 21, 24, 14, 11, 2], None, None),
        (
            {"test": LogTTest(variance="andrews_qs")},
            "none",
            [84, 18, 26, 14, 7],
            [-4.979, 3.5075, 3.0141, 4.4194, 10.8012],
            None,
        ),
        (
            {"test": LogTTest(variance="andrews_qs")},
            "von_lyncker_thoennessen",
            [84, 18, 26, 21],
            None,
            [(1,), (2,), (3,), (4, 5)],
        ),
        (
            STATA,
            "none",
            [55, 31, 12, 19, 6, 14, 8, 5, 2],
            [7.3412, 8.053, 2.6691, 1.5603, 2.1881, 3.8471, 3.6181, 15.6098, -0.303],
            None,
        ),
        (STATA, "phillips_sul", [55, 43, 25, 22, 5, 2], None, [(1,), (2, 3), (4, 5), (6, 7), (8,), (9,)]),
        (STATA, "von_lyncker_thoennessen", [55, 43, 19, 20, 13, 2], None, [(1,), (2, 3), (4,), (5, 6), (7, 8), (9,)]),
    ],
)
def test_conventions_of_the_packages(filtered, settings, merging, sizes, t, origin):
    """Source: convergence-clubs 0.1.2, find_clubs(convention="R" | "Stata", core_rule, hac_method), merge_clubs."""
    result = clubs(filtered, merging=merging, **settings)
    assert [len(club.units) for club in result.clubs] == sizes
    if t is not None:
        assert [club.t for club in result.clubs] == pytest.approx(t, abs=0.000051)
    if origin is not None:
        assert [club.origin for club in result.clubs] == origin
    assert len(result.divergent.units) == 152 - sum(sizes)
    failing = [k for k, club in enumerate(result.clubs, start=1) if club.t <= -1.65]
    assert any("XZ-450" in warning for warning in result.warnings) == bool(failing)


@needs_shared
@pytest.mark.reference
def test_filter_of_hodrick_and_prescott(filtered):
    """The file of filtered logarithms that comes with R ConvergenceClubs, from the one of GDP per head."""
    years = filtered.times.size
    raw = np.log(phillips_sul("gdp").values("y")).reshape(-1, years)
    np.testing.assert_allclose(hodrick_prescott(raw, 400.0), filtered.values("y").reshape(-1, years), atol=2e-5)
    same = clubs(phillips_sul("gdp"), scale="logs", trend=HodrickPrescott())
    assert [len(club.units) for club in same.clubs] == [50, 30, 21, 24, 14, 11, 2]


# The regression by other formulas -----------------------------------------------------------------


def paths(seed=3, units=12, periods=30):
    rng = np.random.default_rng(seed)
    return (
        10.0 + rng.normal(0, 1, (units, 1)) / np.log(np.arange(2, periods + 2)) + rng.normal(0, 0.05, (units, periods))
    )


DATES = np.arange(11, 31)


def test_regression_is_least_squares_of_the_definition():
    """b, and the Newey-West error without its small-sample factor, by :mod:`xinzhi.numerics.least_squares`."""
    x = paths()
    h = x / x.mean(axis=0)
    dispersion = ((h - 1) ** 2).mean(axis=0)
    y = np.log(dispersion[0] / dispersion[DATES - 1]) - 2 * np.log(np.log(DATES))
    design = np.column_stack([np.ones(20), np.log(DATES)])
    fit = least_squares(y, design, covariance="newey_west", lags=3)
    found = log_t(group(x[:, DATES - 1]).dispersion, DATES, kernel="newey_west", lags=3)
    assert found.b[0] == pytest.approx(fit.coefficients[1], rel=EXACT)
    assert found.error[0] == pytest.approx(fit.errors[1] * np.sqrt(18 / 20), rel=EXACT)


def test_long_run_variance_by_its_formula():
    """Andrews (1991): quadratic spectral weights at lag / bandwidth, autocovariances one by one."""
    u = np.array([0.3, 0.1, -0.2, -0.25, 0.05, 0.2, 0.1, -0.1, -0.3, 0.1])
    rho = sum(u[k] * u[k + 1] for k in range(9)) / sum(u[k] ** 2 for k in range(9))
    bandwidth = 1.3221 * (4 * rho**2 / (1 - rho) ** 4 * 10) ** 0.2
    total = sum(v**2 for v in u)
    for lag in range(1, 9):
        z = 6 * np.pi * lag / (5 * bandwidth)
        weight = 25 / (12 * np.pi**2 * (lag / bandwidth) ** 2) * (np.sin(z) / z - np.cos(z))
        total += 2 * weight * sum(u[k] * u[k + lag] for k in range(9 - lag))
    assert fixed_qs(u[None])[0] == pytest.approx(total / 9, rel=1e-12)


def test_kernel_has_no_gap_where_its_series_begins():
    z = np.array([0.00999, 0.01001])
    found = quadratic_spectral(np.array([1]), 1.2 * np.pi / z)[:, 0]
    np.testing.assert_allclose(found, 1 - z**2 / 10, atol=1e-9)
    assert quadratic_spectral(np.array([1, 2]), np.array([0.0])).tolist() == [[0.0, 0.0]]


def test_groups_that_grow_have_the_moments_of_their_units():
    x = paths()
    for groups, members in (
        (growing(x), [range(k) for k in range(2, 13)]),
        (neighbours(x), [(k, k + 1) for k in range(11)]),
        (group(x[:5]).with_unit(x[5:]), [(*range(5), k) for k in range(5, 12)]),
    ):
        h = [x[list(who)] / x[list(who)].mean(axis=0) for who in members]
        expected = [((one - 1) ** 2).mean(axis=0) for one in h]
        np.testing.assert_allclose(groups.dispersion, expected, rtol=1e-11)


# The randomisation twin -----------------------------------------------------------------------------


def test_randomisation_is_exact():
    """All 32 ways to turn 5 units round are equally likely under the null: the k smallest p-values are k / 32."""
    rng = np.random.default_rng(2)
    squares, loading = rng.chisquare(1, (5, 7)), -weights(np.arange(4, 11))
    found = []
    for way in range(32):
        turned = np.array([row[::-1] if way >> k & 1 else row for k, row in enumerate(squares)])
        found.append(reversal_p(turned, loading, draws=99, generator=rng))
    assert sorted(found) == [(k + 1) / 32 for k in range(32)]


def test_statistic_of_the_twin_is_b():
    x = paths()[:, DATES - 1]
    scaled = (np.log(DATES) * (x / x.mean(axis=0) - 1)) ** 2
    b = log_t(group(x).dispersion, DATES, kernel="fixed_qs").b[0]
    assert -weights(DATES) @ np.log(scaled.mean(axis=0)) == pytest.approx(b, rel=EXACT)


def autoregression(rng, shape, rho, law="normal"):
    """Return stationary paths with first autocorrelation ``rho``."""
    draw = rng.normal(size=shape) if law == "normal" else rng.standard_t(3, size=shape)
    path = draw.copy()
    for k in range(1, shape[1]):
        path[:, k] = rho * path[:, k - 1] + np.sqrt(1 - rho**2) * draw[:, k]
    return path[:, 60:]


def rejections(rho, law, gap, samples=400, units=40):
    """Return the shares of samples of 34 years in which the t test and the twin reject convergence at 5 %."""
    rng, t_test, twin = np.random.default_rng(21), 0.0, 0.0
    dates = np.arange(12, 35)
    for _ in range(samples):
        scale = rng.uniform(0.1, 0.3, (units, 1)) / np.log(dates)
        x = 1 + gap * rng.normal(size=(units, 1)) + scale * autoregression(rng, (units, 83), rho, law)
        t_test += (log_t(group(x).dispersion, dates, kernel="fixed_qs").t[0] < -1.65) / samples
        scaled = (np.log(dates) * (x / x.mean(axis=0) - 1)) ** 2
        twin += (reversal_p(scaled, -weights(dates), draws=199, generator=rng) <= 0.05) / samples
    return t_test, twin


@pytest.mark.parametrize(
    ("rho", "law", "gap", "t_test", "twin"),
    [
        (0.0, "normal", 0.0, (0.03, 0.10), (0.025, 0.075)),
        (0.9, "normal", 0.0, (0.18, 0.32), (0.025, 0.08)),
        (0.9, "heavy", 0.0, (0.18, 0.32), (0.025, 0.085)),
        (0.5, "normal", 0.1, (0.8, 1.0), (0.6, 1.0)),
    ],
)
def test_size_and_power_of_both_tests(rho, law, gap, t_test, twin):
    """At the boundary of the null (b = 0) the twin rejects 5 % of 400 samples, the t test 25 % with persistence .9;
    levels that differ for good (by 10 %) are found by both."""
    by_t, by_twin = rejections(rho, law, gap)
    assert t_test[0] <= by_t <= t_test[1], by_t
    assert twin[0] <= by_twin <= twin[1], by_twin


# Simulated clubs --------------------------------------------------------------------------------------


def club_world(seed=5, levels=(11.0, 10.0, 9.0), units=12, periods=40, noise=0.02):
    """Clubs whose members approach a level of their own, gap / t away; sizes equal, names in random order."""
    rng = np.random.default_rng(seed)
    t = np.arange(1, periods + 1)
    level = np.repeat(levels, units)[:, None]
    gap = rng.uniform(-1.0, 1.0, (level.size, 1)) * 0.8
    path = level + gap / t + noise / t * rng.normal(size=(level.size, periods))
    names = [f"u{k:02}" for k in rng.permutation(level.size)]
    frame = pd.DataFrame({"i": np.repeat(names, periods), "t": np.tile(t + 1980, level.size), "y": path.ravel()})
    truth = dict(zip(names, np.repeat(np.arange(1, len(levels) + 1), units).tolist(), strict=True))
    return frame, truth


def test_simulated_clubs_are_recovered():
    frame, truth = club_world()
    result = clubs(xz.Panel(frame, unit="i", time="t"))
    assert dict(zip(result.rows.unit, result.term("club").astype(int).tolist(), strict=True)) == truth
    assert all(club.t > -1.65 and club.p > 0.05 for club in result.clubs)
    assert result.everyone.t < -1.65
    assert result.everyone.p < 0.05


def test_one_level_is_one_club_and_convergence():
    frame, _ = club_world(levels=(10.0,), units=20)
    result = clubs(xz.Panel(frame, unit="i", time="t"))
    assert [len(club.units) for club in result.clubs] == [20]
    assert "Convergence of 20 units is not rejected" in result.summary()


def test_units_that_leave_each_other_diverge():
    t = np.arange(1, 31)
    frame = pd.concat([pd.DataFrame({"i": f"u{k}", "t": t, "y": 10 + k * (1 + 0.05 * t)}) for k in range(5)])
    result = clubs(xz.Panel(frame, unit="i", time="t"))
    assert result.clubs == ()
    assert len(result.divergent.units) == 5
    assert set(result.term("club")) == {0.0}
    assert result.figures() == []


# Invariances --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_order_names_and_common_growth_do_not_matter(factor):
    frame, _ = club_world()
    result = clubs(xz.Panel(frame, unit="i", time="t"))
    other = frame.sample(frac=1.0, random_state=1)
    other = other.assign(y=factor * other["y"] * np.exp(0.03 * (other["t"] - 1980)), i="z" + other["i"])
    again = clubs(xz.Panel(other, unit="i", time="t"))
    assert [club.units for club in again.clubs] == [tuple("z" + u for u in club.units) for club in result.clubs]
    for one, two in zip([result.everyone, *result.clubs], [again.everyone, *again.clubs], strict=True):
        assert (two.b, two.t, two.p) == pytest.approx((one.b, one.t, one.p), rel=1e-7)


def test_new_names_change_nothing_but_the_draws():
    frame, truth = club_world()
    turned = {name: f"v{99 - int(name[1:]):02}" for name in truth}
    one = clubs(xz.Panel(frame, unit="i", time="t"))
    two = clubs(xz.Panel(frame.assign(i=frame["i"].map(turned)), unit="i", time="t"))
    assert [sorted(turned[u] for u in club.units) for club in one.clubs] == [sorted(club.units) for club in two.clubs]
    assert [club.t for club in two.clubs] == pytest.approx([club.t for club in one.clubs], rel=1e-8)


def test_paths_of_logarithms_depend_on_the_unit_of_measurement():
    """The known weakness that the notes state: with growth, hundreds instead of units change t."""
    frame, _ = club_world()
    frame = frame.assign(y=np.exp(frame["y"] + 0.05 * (frame["t"] - 1980)))
    one, other = (clubs(xz.Panel(frame.assign(y=frame["y"] * f), unit="i", time="t"), scale="logs") for f in (1, 0.01))
    assert one.everyone.t != pytest.approx(other.everyone.t, rel=1e-3)


# Bad input ------------------------------------------------------------------------------------------------


def test_bad_input_has_codes():
    frame, _ = club_world()
    panel = xz.Panel(frame, unit="i", time="t")
    twin = pd.concat([frame, frame[frame["i"] == "u00"].assign(i="copy")])
    for code, broken in (
        ("XZ-250", lambda: clubs(xz.Panel(frame[frame["i"] == "u00"], unit="i", time="t"))),
        ("XZ-251", lambda: clubs(panel, window=(1981, 1983))),
        ("XZ-252", lambda: clubs(xz.Panel(frame.assign(y=np.exp(frame["y"] - 12)), unit="i", time="t"), scale="logs")),
        ("XZ-253", lambda: clubs(xz.Panel(twin, unit="i", time="t"))),
        ("XZ-214", lambda: clubs(xz.Panel(frame[frame["t"] == 1990], unit="i", time="t"))),
        ("XZ-208", lambda: clubs(panel, window=(1970, 2000))),
        ("XZ-205", lambda: clubs(panel, of="gdp")),
    ):
        with pytest.raises(DataError) as caught:
            broken()
        assert caught.value.code == code


def test_incomplete_units_keep_their_row_with_a_reason():
    frame, _ = club_world()
    frame = frame[~((frame["i"] == "u03") & (frame["t"] == 1990))]
    frame.loc[(frame["i"] == "u05") & (frame["t"] == 1999), "y"] = np.nan
    rows = clubs(xz.Panel(frame, unit="i", time="t")).rows
    reasons = {u: (s, r) for u, s, r in zip(rows.unit, rows.status, rows.reason, strict=True) if r}
    assert reasons == {"u03": ("missing_data", "no row for 1990"), "u05": ("missing_data", "y missing in 1999")}
    assert np.isnan(rows.terms["club"][rows.status != "ok"]).all()


def test_sorting_and_tables():
    frame, _ = club_world()
    result = clubs(xz.Panel(frame, unit="i", time="t"), sort_last=5, merging="phillips_sul")
    columns = result.by_club()
    assert columns["club"] == [-1, *range(1, len(result.clubs) + 1)]
    assert sum(columns["units"][1:]) == columns["units"][0] == 36
    view = xz.View(units=("u01", "u02"))
    assert [figure.name for figure in result.figures(view)] == ["club_transitions", "unit_transitions"]
    assert len(result.tables(view)[1].rows) == 2
    assert "merged as in Phillips and Sul" in result.methods_text()
