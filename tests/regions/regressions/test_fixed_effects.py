"""Fixed effects against dummies written out, published estimates, simulated truth, and what must not change them."""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

import xinzhi as xz
from tests.regions.regressions.worlds import SLOPES, by_dummies, panel, panel_frame, summed
from xinzhi.compute import Run
from xinzhi.errors import XinzhiError
from xinzhi.language import speaking
from xinzhi.method import Term
from xinzhi.numerics.least_squares import least_squares
from xinzhi.regions.regressions.estimation.covariances import Clustered
from xinzhi.regions.regressions.estimation.effects import Cells, split, without_effects
from xinzhi.regions.regressions.estimation.tables import inflation
from xinzhi.regions.regressions.estimation.wild import wild
from xinzhi.regions.regressions.fixed_effects import FixedEffects
from xinzhi.regions.regressions.fixed_effects_pages import FixedEffectsResult

SAME = 1e-10
"""Slopes and errors of size one from some hundred rows: their iterations end at 1e-12."""
PRINTED = 5e-7
"""Half of the last digit that plm prints."""
EFFECTS = ("two_way", "unit", "time", "none")
NAMES = ("x1", "x2")
CASES = (("two_way", None), ("two_way", "w"), ("unit", None), ("time", "w"), ("none", None))


def fit(frame: pd.DataFrame, **settings) -> FixedEffectsResult:
    return FixedEffects(**{"outcome": "y", "regressors": NAMES, **settings}).fit(panel(frame))


def refused(frame: pd.DataFrame, **settings) -> XinzhiError:
    with pytest.raises(XinzhiError) as caught:
        fit(frame, **settings)
    return caught.value


# Another implementation -------------------------------------------------------------------------


@pytest.mark.parametrize(("effects", "weight"), CASES)
def test_slopes_and_residuals_are_those_of_dummies(effects: str, weight: str | None) -> None:
    frame = panel_frame()
    slopes, residual, _ = by_dummies(frame, NAMES, effects, weight)
    result = fit(frame, effects=effects, weight=weight)
    np.testing.assert_allclose(result.estimates.coefficients, slopes, rtol=0, atol=SAME)
    np.testing.assert_allclose(result.term("residual"), residual, rtol=0, atol=SAME)


@pytest.mark.parametrize(("effects", "weight"), CASES)
def test_standard_errors_are_the_formulas_in_the_notes(effects: str, weight: str | None) -> None:
    frame = panel_frame()
    _, _, influence = by_dummies(frame, NAMES, effects, weight)
    n, units, years = len(frame), frame["unit"].nunique(), frame["year"].nunique()
    areas = frame["area"].nunique()
    every = 2 + {"two_way": units + years - 1, "unit": units, "time": years, "none": 1}[effects]
    open_ones = 2 + {"two_way": years, "unit": 1, "time": years, "none": 1}[effects]

    def small(groups: int, parameters: int) -> float:
        return groups / (groups - 1) * (n - 1) / (n - parameters)

    one, other = (summed(influence, frame[name]) for name in ("unit", "year"))
    rows = influence.T @ influence
    both = small(min(units, years), 3)
    sums = pd.DataFrame(influence).groupby(frame["year"].to_numpy()).sum().to_numpy()
    lagged = sum((1 - lag / 3) * (sums[lag:].T @ sums[:-lag]) for lag in (1, 2))  # 4 (8 / 100)^(2/9) = 2.3
    expected = {
        "clustered": one * small(units, open_ones),
        "two_way_clustered": (one + other - rows) * both,
        "heteroskedastic": rows * n / (n - every),
        "driscoll_kraay": (sums.T @ sums + lagged + lagged.T) * small(years, every),
        Clustered(by="area"): summed(influence, frame["area"]) * small(areas, open_ones),
    }
    for errors, variance in expected.items():
        found = fit(frame, effects=effects, weight=weight, errors=errors).estimates
        np.testing.assert_allclose(found.covariance, variance, rtol=0, atol=SAME, err_msg=str(errors))
    assert fit(frame, effects=effects, weight=weight).estimates.parameters == open_ones


def test_conventional_errors_and_those_of_the_house_are_the_same() -> None:
    """The least squares of ``numerics``, which is used elsewhere, has the same conventions."""
    frame = panel_frame()
    result = fit(frame, errors="conventional")
    net, units, years = result.estimates.net, frame["unit"].nunique(), frame["year"].nunique()
    plain = least_squares(net[:, 0], net[:, 1:], absorbed=units + years - 1)
    np.testing.assert_allclose(result.estimates.errors, plain.errors, rtol=0, atol=SAME)
    assert result.estimates.freedom == plain.freedom
    assert result.estimates.within == pytest.approx(plain.r_squared, abs=SAME)
    groups = frame["unit"].astype("category").cat.codes.to_numpy()
    sets = {"covariance": "clustered", "groups": groups, "absorbed": units + years - 1, "nested": units - 1}
    np.testing.assert_allclose(
        fit(frame).estimates.errors, least_squares(net[:, 0], net[:, 1:], **sets).errors, rtol=0, atol=SAME
    )


def test_f_is_the_wald_statistic_and_for_one_slope_the_square_of_t() -> None:
    found = fit(panel_frame(), regressors=("x1",)).estimates
    f, p = found.wald()
    assert f == pytest.approx(float(found.t[0]) ** 2, rel=SAME)
    assert p == pytest.approx(float(found.p[0]), abs=SAME)


# Published --------------------------------------------------------------------------------------

GRUNFELD = Path(__file__).parents[2] / "reference" / "grunfeld.csv"
"""Ten firms of Grunfeld's data, 1935-1954, public domain, as they come with statsmodels 0.15.0."""
PLM = {"unit": ((0.110124, 0.310065), (0.011857, 0.017355), 0.76676)}
"""The within model of plm in R, as printed (https://rforanalytics.com/9.2-fixed-effects-model.html)."""
LINEARMODELS = {
    ("unit", "clustered"): ((0.11012380412071855, 0.3100653413001392), (0.014414396782794207, 0.05004345468779781)),
    ("two_way", "conventional"): (
        (0.11771585508260644, 0.3579162730734279),
        (0.013751283003648227, 0.02271901088257252),
    ),
}
"""linearmodels 7.1, PanelOLS(entity_effects=True, time_effects=...), debiased; its clustered errors have the factor
n / (n - 2) for two slopes, ours g / (g - 1) (n - 1) / (n - 3) with the constant."""
STATSMODELS = {
    "clustered": ((0.011108915520472414, 0.04910594102659854), 31),
    "heteroskedastic": ((0.019179920521313197, 0.05440266425855053), 31),
}
"""statsmodels 0.15.0, OLS on value, capital, ten dummies of firms and nineteen of years: its factor of small samples
counts all 31 parameters, the dummies of firms too."""


def grunfeld(**settings) -> FixedEffectsResult:
    frame = pd.read_csv(GRUNFELD)
    data = xz.Panel(frame, unit="firm", time="year")
    return FixedEffects(outcome="invest", regressors=["value", "capital"], **settings).fit(data)


@pytest.mark.reference
def test_grunfeld_as_plm_prints_it() -> None:
    slopes, errors, r_squared = PLM["unit"]
    found = grunfeld(effects="unit", errors="conventional").estimates
    np.testing.assert_allclose(found.coefficients, slopes, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(found.errors, errors, rtol=0, atol=PRINTED)
    assert found.within == pytest.approx(r_squared, abs=5e-6)
    assert found.wald()[0] == pytest.approx(309.014, abs=5e-4)
    assert found.freedom == 188


@pytest.mark.reference
@pytest.mark.parametrize("case", LINEARMODELS)
def test_grunfeld_as_in_linearmodels(case: tuple[str, str]) -> None:
    effects, errors = case
    found = grunfeld(effects=effects, errors=errors).estimates
    factor = 10 / 9 * (199 / 197) / (200 / 198) if errors == "clustered" else 1.0
    np.testing.assert_allclose(found.coefficients, LINEARMODELS[case][0], rtol=0, atol=SAME)
    np.testing.assert_allclose(found.errors, np.array(LINEARMODELS[case][1]) * np.sqrt(factor), rtol=0, atol=SAME)


@pytest.mark.reference
@pytest.mark.parametrize("errors", STATSMODELS)
def test_grunfeld_as_in_statsmodels(errors: str) -> None:
    found = grunfeld(errors=errors).estimates
    expected, counted = STATSMODELS[errors]
    factor = np.sqrt((200 - counted) / (200 - found.parameters)) if errors == "clustered" else 1.0
    np.testing.assert_allclose(found.errors, np.array(expected) * factor, rtol=0, atol=SAME)


# Effects and parts ------------------------------------------------------------------------------


@pytest.mark.parametrize("effects", EFFECTS)
def test_effects_are_removed_exactly_and_parts_add_up(effects: str) -> None:
    frame = panel_frame(gaps=0.4)
    draw = np.random.default_rng(2)
    code = [frame[name].astype("category").cat.codes.to_numpy().astype(np.int64) for name in ("unit", "year")]
    cells = Cells(code[0], code[1], draw.uniform(0.5, 2.0, len(frame)))
    z = draw.normal(size=(len(frame), 3)) + 1e3
    parts = split(z, cells, effects)
    np.testing.assert_allclose(sum(parts), z, rtol=0, atol=SAME)
    for held in cells.held(effects):
        sums = np.array([np.bincount(held, column * cells.weight) for column in without_effects(z, cells, effects).T])
        assert np.abs(sums).max() < SAME


def test_a_panel_that_hangs_together_by_single_rows_is_no_harder() -> None:
    """Each unit is seen in two years and shares one with the next: alternating projections would take long here."""
    frame = panel_frame(units=60, years=61, gaps=0.0)
    place = frame["unit"].str[1:].astype(int)
    frame = frame[(frame["year"] - 2010).between(place, place + 1) | (place == 0)].reset_index(drop=True)
    slopes, residual, _ = by_dummies(frame, NAMES, "two_way")
    result = fit(frame, errors="heteroskedastic")
    np.testing.assert_allclose(result.estimates.coefficients, slopes, rtol=0, atol=SAME)
    found = np.nan_to_num(result.term("residual"))  # the first year has one row: no residual
    np.testing.assert_allclose(found, residual, rtol=0, atol=SAME)


def test_rows_hold_the_effects_of_the_truth_without_noise() -> None:
    frame = panel_frame(gaps=0.3)
    mean = frame["unit"].str[1:].astype(float) % 5
    shock = (frame["year"] - 2010) ** 2 / 10
    quiet = 1e-6 * np.random.default_rng(1).normal(size=len(frame))
    result = fit(frame.assign(y=0.7 * frame["x1"] - 0.4 * frame["x2"] + mean + shock + quiet))
    np.testing.assert_allclose(result.estimates.coefficients, SLOPES, atol=1e-6)
    for name, truth in (("time_effect", shock), ("unit_effect", mean)):
        np.testing.assert_allclose(result.term(name) - result.term(name)[0], truth - truth[0], atol=1e-5)
    terms = dict(result.rows.terms)
    assert np.abs(terms.pop("outcome_deviation") - sum(terms.values())).max() < SAME


def test_models_without_effects_say_so() -> None:
    result = fit(panel_frame(), effects="time")
    assert "unit_effect" not in result.rows.terms
    with pytest.raises(XinzhiError, match="no effects of units"):
        result.term("unit_effect")


# Who is left out --------------------------------------------------------------------------------


def test_rows_left_out_keep_their_reason_and_lone_rows_are_found_in_turn() -> None:
    frame = panel_frame(units=6, years=5, gaps=0.0)
    frame.loc[(frame["unit"] == "u001") & (frame["year"] > 2011), "x1"] = np.nan  # two years are left
    frame.loc[(frame["year"] == 2011) & (frame["unit"] != "u001"), "y"] = np.nan  # one unit is left in 2011
    result = fit(frame, errors="conventional")
    rows = result.tidy().set_index(["unit", "time"])
    assert rows.loc[("u001", 2013), "reason"] == "x1 missing"
    assert rows.loc[("u001", 2011), "reason"] == "the only row of its year that can be used"
    assert rows.loc[("u001", 2010), "reason"] == "the only row of its unit that can be used"
    assert set(rows["status"]) == {"ok", "missing_data", "left_out"}
    assert result.diagnostics["units"] == 5
    table = result.tables()[-1]
    assert table.name == "left_out"
    assert "Units without any row that is used: u001." in table.notes


def test_logs_and_weights_need_positive_cells() -> None:
    frame = panel_frame().assign(z=lambda f: np.exp(f["x1"]))
    frame.loc[3, "z"], frame.loc[7, "w"] = -1.0, 0.0
    result = fit(frame, regressors=("z",), logs=("z",), weight="w")
    assert result.rows.status.tolist().count("non_positive") == 2
    assert any("z not positive" in why for why in result.rows.reason)
    clean = frame.drop(index=[3, 7])
    same = fit(clean.assign(z=np.log(clean["z"])), regressors=("z",), weight="w")
    np.testing.assert_allclose(result.estimates.coefficients, same.estimates.coefficients, rtol=0, atol=SAME)
    assert str(result.variables.titles[1]) == "ln z"


def test_a_window_uses_its_years_only_but_terms_are_those_of_all_years() -> None:
    frame = panel_frame(gaps=0.0)
    result = fit(frame, window=(2012, 2015))
    same = fit(frame[frame["year"].between(2012, 2015)])
    np.testing.assert_array_equal(result.estimates.coefficients, same.estimates.coefficients)
    assert set(result.rows.time.tolist()) == {2012, 2013, 2014, 2015}
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent="index") for name in NAMES], dimensions=[xz.Dimension(name="index")]
    )
    system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    term = Term(method=system, column="index")
    short = fit(frame, regressors=(term,), window=(2012, 2015))
    scores = system.fit(panel(frame)).term("index")[(frame["year"] >= 2012) & (frame["year"] <= 2015)]
    np.testing.assert_array_equal(short.variables.values[:, 1], scores)


# What cannot be estimated -----------------------------------------------------------------------


def test_what_is_not_identified_is_named() -> None:
    frame = panel_frame()
    fixed = frame["unit"].str[1:].astype(float)
    frame = frame.assign(fixed=fixed, trend=frame["year"] * 1.0, both=frame["x1"] - 3 * frame["x2"], flat=0.1)
    frame = frame.assign(mix=fixed + frame["trend"])
    for name in ("fixed", "trend", "mix"):
        error = refused(frame, regressors=("x1", name))
        assert error.code == "XZ-285"
        assert name in str(error)
        assert "x1" not in error.found
    assert fit(frame, regressors=("x1", "fixed"), effects="time").estimates.coefficients.size == 2
    assert "both is a combination of x1, x2" in str(refused(frame, regressors=("x1", "x2", "both")))
    assert "flat" in str(refused(frame, regressors=("flat",), effects="none"))
    assert "an identity" in str(refused(frame.assign(y=frame["x1"] + fixed)))
    assert "one cluster" in str(refused(frame.assign(area="all"), errors=Clustered(by="area")))
    assert refused(frame.assign(x1=np.nan)).code == "XZ-281"
    few = frame[frame["unit"].isin(["u000", "u001"]) & (frame["year"] < 2013)]
    assert "parameters" in str(refused(few))


def test_one_unit_that_varies_has_no_clustered_error() -> None:
    """The scores of the only unit with a change add up to zero by construction: the error would be rounding."""
    frame = panel_frame(gaps=0.0)
    frame = frame.assign(policy=((frame["unit"] == "u003") & (frame["year"] > 2013)) * 1.0)
    error = refused(frame, regressors=("policy",), effects="unit")
    assert error.code == "XZ-285"
    assert "policy" in str(error)
    assert fit(frame, regressors=("policy",), effects="unit", errors="heteroskedastic").estimates.errors[0] > 0


def test_settings_that_contradict_are_refused() -> None:
    with pytest.raises((XinzhiError, ValidationError), match="named twice"):
        FixedEffects(outcome="y", regressors=["y"])
    with pytest.raises((XinzhiError, ValidationError), match="logs names"):
        FixedEffects(outcome="y", regressors=["x"], logs=["z"])


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    error = refused(panel_frame())
    assert error.code == "XZ-108"
    assert "econometrics" in str(error)


def test_nothing_of_the_package_is_in_a_result() -> None:
    result = fit(panel_frame())
    held = [vars(result), vars(result.estimates), *(vars(step) for step in result.steps)]
    kinds = {type(value).__module__.partition(".")[0] for values in held for value in values.values()}
    assert "pyfixest" not in kinds
    assert "pyfixest" not in repr(result.to_dict())


# Overlap ----------------------------------------------------------------------------------------


def test_an_index_made_of_a_control_is_told() -> None:
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent="index") for name in ("x2", "w")],
        dimensions=[xz.Dimension(name="index")],
    )
    system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    index = Term(method=system, column="index")
    result = fit(panel_frame(), regressors=("x1",), controls=(index, "x2"))
    assert any(words.startswith("XZ-474") and "RegressorOverlap" in words for words in result.warnings)
    assert "overlaps" in [table.name for table in result.tables()]
    assert "overlaps" not in [table.name for table in fit(panel_frame()).tables()]


# Few clusters -----------------------------------------------------------------------------------


def brute(frame: pd.DataFrame, effects: str, weight: str | None, signs: np.ndarray) -> float:
    """Return the p-value of the slope of x1, every draw estimated anew with its dummies."""

    def t(y: np.ndarray) -> float:
        beta, _, influence = by_dummies(frame.assign(y=y), NAMES, effects, weight)
        return abs(float(beta[0])) / np.sqrt(summed(influence, frame["area"])[0, 0])

    _, residual, _ = by_dummies(frame, NAMES[1:], effects, weight)
    fitted = frame["y"].to_numpy() - residual
    code = frame["area"].astype("category").cat.codes.to_numpy()
    found = np.array([t(fitted + v[code] * residual) for v in signs])
    return float(np.mean(found >= t(frame["y"].to_numpy()) * (1 - 1e-9)))


@pytest.mark.parametrize(("effects", "weight"), [("two_way", None), ("unit", "w"), ("none", None)])
def test_the_bootstrap_is_that_of_estimating_anew(effects: str, weight: str | None) -> None:
    frame = panel_frame(units=14, years=5, seed=4).assign(y=lambda f: f["y"] - 0.55 * f["x1"])
    signs = np.array(list(product((1.0, -1.0), repeat=7)))  # seven areas: all 128 combinations
    result = fit(frame, effects=effects, weight=weight, errors=Clustered(by="area"))
    assert result.wild is not None
    assert result.wild.p[0] == pytest.approx(brute(frame, effects, weight, signs), abs=SAME)


def test_the_bootstrap_is_made_for_few_clusters_of_one_dimension_only() -> None:
    few = fit(panel_frame())
    assert few.wild is not None
    assert any(words.startswith("XZ-475 24 clusters") for words in few.warnings)
    assert "wild" in few.tables()[1].columns()
    many = fit(panel_frame(units=45))
    assert many.wild is None
    assert not many.warnings
    both = fit(panel_frame(), errors="two_way_clustered")
    assert both.wild is None
    assert any(words.startswith("XZ-475 8 clusters") for words in both.warnings)


def test_the_bootstrap_depends_on_the_seed_alone() -> None:
    method, data = FixedEffects(outcome="y", regressors=NAMES, draws=199), panel(panel_frame())
    one, other, third = (method.fit(data, seed=seed).wild.p for seed in (0, 0, 1))
    assert one.tolist() == other.tolist()
    assert one.tolist() != third.tolist()
    np.testing.assert_allclose(one, third, atol=0.15)


def rejections(clusters: int, runs: int, *, slope: float = 0.0) -> tuple[float, float]:
    """Return how often t test and bootstrap reject a true slope at 5 per cent, with dependence within clusters.

    A regressor of which half lies between clusters, as do the errors; clusters differ in size and variance.
    """
    size = np.where(np.arange(clusters) % 3 == 0, 12, 4)
    cluster = np.repeat(np.arange(clusters), size)
    n, found = cluster.size, []
    cells = Cells(cluster, np.zeros(n, dtype=np.int64), np.ones(n))
    for k in range(runs):
        draw = Run(seed=k).generator(7)
        x, e = (draw.normal(size=n) + draw.normal(size=clusters)[cluster] for _ in range(2))
        e = e * (1 + np.abs(x))
        net = without_effects(np.column_stack([slope * x + e, x]), cells, "none")
        plain = least_squares(net[:, 0], net[:, 1:], covariance="clustered", groups=cluster, absorbed=1)
        from scipy.special import stdtr

        p = 2 * stdtr(clusters - 1, -abs((plain.coefficients[0] - slope) / plain.errors[0]))
        shifted = net - slope * np.column_stack([net[:, 1], np.zeros(n)])
        bootstrap = wild(shifted, cluster, cells=cells, effects="none", draws=199, draw=draw)
        found.append((p < 0.05, bootstrap.p[0] < 0.05))
    return tuple(np.mean(found, axis=0).tolist())


def test_the_bootstrap_holds_its_size_where_t_tests_do_not() -> None:
    t, wild = rejections(8, 300)
    assert t > 0.085  # t tests reject far too often
    assert abs(wild - 0.05) < 0.035  # 300 runs: standard error .0126


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [8, 15, 60])
def test_size_of_both_tests_with_more_runs(clusters: int) -> None:
    t, wild = rejections(clusters, 2000)
    assert abs(wild - 0.05) < 0.02
    assert t < (0.2 if clusters < 10 else 0.12 if clusters < 40 else 0.08)
    assert t > wild - 0.01


def coverage(units: int, runs: int) -> float:
    """Return the share of 95 % intervals that hold the slope of x1, clustered by unit."""
    from scipy.special import stdtrit

    held = []
    for seed in range(runs):
        frame = panel_frame(units=units, years=6, seed=100 + seed)
        code, year = (frame[name].astype("category").cat.codes.to_numpy().astype(np.int64) for name in ("unit", "year"))
        net = without_effects(frame[["y", *NAMES]].to_numpy(), Cells(code, year, np.ones(len(frame))), "two_way")
        sets = {"covariance": "clustered", "groups": code, "absorbed": units + 5, "nested": units - 1}
        found = least_squares(net[:, 0], net[:, 1:], **sets)  # the same as that of the method, see above
        held.append(abs(found.coefficients[0] - SLOPES[0]) < stdtrit(units - 1, 0.975) * found.errors[0])
    return float(np.mean(held))


def test_intervals_hold_the_truth() -> None:
    assert abs(coverage(60, 100) - 0.95) < 0.07  # 100 runs: standard error .022


@pytest.mark.slow
@pytest.mark.parametrize(("units", "least"), [(8, 0.88), (20, 0.91), (60, 0.93)])
def test_coverage_with_more_runs(units: int, least: float) -> None:
    assert least < coverage(units, 2000) < 0.97


# What must not change the estimates -------------------------------------------------------------


def test_a_constant_of_a_unit_or_a_year_changes_nothing() -> None:
    frame = panel_frame()
    moved = frame.assign(y=frame["y"] + 100 * frame["unit"].str[1:].astype(float) - 7 * frame["year"])
    one, other = fit(frame), fit(moved)
    for name in ("coefficients", "covariance", "residual"):
        np.testing.assert_allclose(getattr(one.estimates, name), getattr(other.estimates, name), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(one.wild.p, other.wild.p)


def test_units_of_measurement_scale_slopes_and_leave_t_alone() -> None:
    frame = panel_frame()
    one = fit(frame).estimates
    other = fit(frame.assign(x1=1e-9 * frame["x1"], y=1e6 * frame["y"])).estimates
    np.testing.assert_allclose(other.coefficients, one.coefficients * [1e15, 1e6], rtol=SAME)
    np.testing.assert_allclose(other.t, one.t, rtol=1e-9)
    np.testing.assert_allclose(other.within, one.within, rtol=SAME)


def test_names_and_order_do_not_matter() -> None:
    frame = panel_frame()
    names = dict(zip(sorted(frame["unit"].unique()), np.random.default_rng(3).permutation(24), strict=True))
    other = frame.assign(unit=[f"v{names[name]:03}" for name in frame["unit"]]).sample(frac=1, random_state=1)
    one, two = fit(frame).estimates, fit(other).estimates
    np.testing.assert_allclose(two.coefficients, one.coefficients, rtol=0, atol=SAME)
    np.testing.assert_allclose(two.covariance, one.covariance, rtol=0, atol=SAME)
    turned = fit(frame, regressors=NAMES[::-1]).estimates
    np.testing.assert_allclose(turned.coefficients[::-1], one.coefficients, rtol=0, atol=SAME)


def test_weights_count_relative_to_each_other() -> None:
    frame = panel_frame()
    one, other = fit(frame, weight="w"), fit(frame.assign(w=1e6 * frame["w"]), weight="w")
    np.testing.assert_allclose(other.estimates.covariance, one.estimates.covariance, rtol=0, atol=SAME)
    flat = fit(frame.assign(w=3.0), weight="w")
    np.testing.assert_allclose(flat.estimates.covariance, fit(frame).estimates.covariance, rtol=0, atol=SAME)


# Pages ------------------------------------------------------------------------------------------


def test_columns_add_controls_and_effects_and_end_with_the_estimate() -> None:
    result = fit(panel_frame(), regressors=("x1",), controls=("x2",))
    (first, *_) = result.tables()
    assert [step.effects for step in result.steps] == ["none", "none", "unit", "two_way"]
    cells = first.columns()
    assert cells["c1"][4] == "no"
    assert [cells[f"c{k}"][4] for k in (1, 2, 3, 4)] == ["no", "yes", "yes", "yes"]
    assert cells["c1"][2:4] == ["", ""]
    found = result.estimates
    assert cells["c4"][0].rstrip("*") == f"{found.coefficients[0]:.4f}"
    assert cells["c4"][1] == f"({found.errors[0]:.4f})"
    alone, _, _ = by_dummies(panel_frame(), ("x1",), "none")
    assert cells["c1"][0].rstrip("*") == f"{alone[0]:.4f}"
    assert fit(panel_frame(), effects="none").tables()[0].fields[-1].key == "c1"


def test_a_column_before_the_last_may_fail_without_harm() -> None:
    frame = panel_frame()
    big = 1e8 * frame["unit"].str[1:].astype(float)
    result = fit(frame.assign(x1=big + frame["x1"], x2=big + frame["x2"]))
    assert not isinstance(result.steps[0].estimates, type(result.estimates))
    assert any(note.startswith("Column 1 is not identified") for note in result.tables()[0].notes)
    assert result.figures()


def test_descriptives_and_variance_inflation() -> None:
    frame = panel_frame()
    tables = {table.name: table.columns() for table in fit(frame).tables()}
    np.testing.assert_allclose(tables["descriptives"]["sd"], frame[["y", *NAMES]].std(), rtol=SAME)
    np.testing.assert_allclose(tables["descriptives"]["max"], frame[["y", *NAMES]].max(), rtol=SAME)
    inside = frame[["y", *NAMES]] - frame.groupby("unit")[["y", *NAMES]].transform("mean")
    np.testing.assert_allclose(tables["descriptives"]["within"], inside.std(), rtol=SAME)
    r = frame[list(NAMES)].corr().iloc[0, 1]
    np.testing.assert_allclose(tables["collinearity"]["vif"][1:], 1 / (1 - r**2), rtol=SAME)
    assert tables["collinearity"]["r1"][2] == pytest.approx(r, abs=SAME)
    x = np.random.default_rng(1).normal(size=(50, 3))
    z = x - x.mean(axis=0)
    np.testing.assert_allclose(inflation(z), np.diag(np.linalg.inv(np.corrcoef(z.T))), rtol=SAME)


def test_sentences_depend_on_the_estimates() -> None:
    frame = panel_frame(units=45)
    noise = np.random.default_rng(1).normal(size=len(frame))
    told = fit(frame).summary()
    assert "y is higher where x1 is higher" in told
    assert "y is lower where x2 is higher" in told
    none = fit(frame.assign(x1=noise), regressors=("x1",)).summary()
    assert "No significant association of y with x1" in none
    assert "higher where" not in none
    weighted = fit(frame, weight="w", errors=Clustered(by="area")).methods_text()
    assert "clustered by area" in weighted
    assert "weighted by w" in weighted


def test_small_errors_get_more_decimals() -> None:
    frame = panel_frame()
    table = fit(frame.assign(x1=1e4 * frame["x1"])).tables()[1]
    assert {field.key: field.decimals for field in table.fields}["estimate"] == 7


def test_numbers_in_tiny_units_are_printed() -> None:
    frame = panel_frame()
    result = fit(frame.assign(y=1e-9 * frame["y"]))
    tables = {table.name: table for table in result.tables()}
    for name in ("coefficients", "descriptives", "rows"):
        for field, cells in zip(tables[name].fields, zip(*tables[name].rows, strict=True), strict=True):
            numbers = [cell for cell in cells if isinstance(cell, float) and abs(cell) > 1e-11]
            assert all(float(field.shown(cell).replace("−", "-").lstrip("< ")) for cell in numbers), field
    assert "0.0000000000" not in result.summary()
    large = fit(frame.assign(y=1e-9 * frame["y"], x1=1e15 * frame["x1"])).tables()[2]
    assert max(field.decimals for field in large.fields) <= 5  # 20 digits in all: spreadsheets reckon with 28


def test_which_p_the_sentence_gives_is_said() -> None:
    few, many = panel_frame(), panel_frame(60)
    assert "(standard error 0." in fit(few).summary()
    assert ", wild bootstrap p " in fit(few).summary()
    assert ", p " in fit(many).summary()
    wild_p = {field.key: field.decimals for field in fit(few, draws=99).tables()[1].fields}["wild"]
    assert wild_p == 2  # a hundredth is the step of 99 draws


def test_p_values_that_are_nearly_zero_are_not_zero() -> None:
    table = fit(panel_frame(60)).tables()[1]
    (place,) = (k for k, field in enumerate(table.fields) if field.key == "p")
    assert table.printed()[0][place] == "< 0.0001"


def test_errors_name_the_method() -> None:
    frame = panel_frame()
    with pytest.raises(XinzhiError) as caught:
        fit(frame.assign(x2=2 * frame["x1"]))
    assert (caught.value.code, caught.value.where) == ("XZ-285", "FixedEffects")


def test_pages_speak_chinese() -> None:
    with speaking("zh"):
        result = fit(panel_frame())
        assert result.tables()
        assert result.figures()
        assert result.summary()
