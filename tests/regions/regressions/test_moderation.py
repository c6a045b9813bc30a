"""Moderation against regressions by dummies, closed forms of slopes and regions, simulated truth, invariances."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

import xinzhi as xz
from tests.regions.regressions.worlds import by_dummies, panel, panel_frame, summed
from xinzhi.errors import XinzhiError
from xinzhi.language import speaking
from xinzhi.method import Term
from xinzhi.numerics.least_squares import least_squares
from xinzhi.regions.regressions.estimation.effects import Cells, without_effects
from xinzhi.regions.regressions.fixed_effects import FixedEffects
from xinzhi.regions.regressions.moderation import Moderation
from xinzhi.regions.regressions.moderation_pages import ModerationResult
from xinzhi.regions.regressions.slopes import Line, regions, turning_points

SAME = 1e-10
"""Slopes and errors of size one from some hundred rows: iterations end at 1e-12."""


def world(units: int = 24, *, slope: float = 0.5, seed: int = 1, **settings) -> pd.DataFrame:
    """Return the panel of this room in which x1 is moderated by x2."""
    frame = panel_frame(units, seed=seed, **settings)
    return frame.assign(y=frame["y"] + slope * frame["x1"] * frame["x2"])


def fit(frame: pd.DataFrame, **settings) -> ModerationResult:
    given = {"outcome": "y", "regressor": "x1", "moderator": "x2", **settings}
    return Moderation(**given).fit(panel(frame))


def inside(column: pd.Series, frame: pd.DataFrame) -> pd.Series:
    return column - column.groupby(frame["unit"]).transform("mean")


# Another implementation -------------------------------------------------------------------------


@pytest.mark.parametrize("effects", ["two_way", "unit", "none"])
def test_the_product_is_a_column_like_others(effects: str) -> None:
    frame = world()
    frame = frame.assign(a=frame["x1"] - frame["x1"].mean(), b=frame["x2"] - frame["x2"].mean())
    names = ("a", "b", "ab")
    slopes, residual, influence = by_dummies(frame.assign(ab=frame["a"] * frame["b"]), names, effects)
    result = fit(frame, effects=effects)
    np.testing.assert_allclose(result.estimates.coefficients, slopes, rtol=0, atol=SAME)
    np.testing.assert_allclose(result.term("residual"), residual, rtol=0, atol=SAME)
    n, units = len(frame), frame["unit"].nunique()
    counted = 3 + {"two_way": frame["year"].nunique(), "unit": 1, "none": 1}[effects]
    factor = units / (units - 1) * (n - 1) / (n - counted)
    variance = summed(influence, frame["unit"]) * factor
    np.testing.assert_allclose(result.estimates.covariance, variance, rtol=0, atol=SAME)


def test_double_demeaned_multiplies_deviations_from_units() -> None:
    frame = world()
    frame = frame.assign(ab=inside(frame["x1"], frame) * inside(frame["x2"], frame))
    slopes, _, _ = by_dummies(frame, ("x1", "x2", "ab"), "unit")
    result = fit(frame, effects="unit", interaction="double_demeaned")
    np.testing.assert_allclose(result.estimates.coefficients, slopes, rtol=0, atol=SAME)
    np.testing.assert_allclose(result.moderator, inside(frame["x2"], frame), rtol=0, atol=SAME)
    assert abs(slopes[2] - fit(frame, effects="unit").estimates.coefficients[2]) > 0.01  # another estimator


def test_controls_and_weights_pass_through() -> None:
    frame = world().assign(c=lambda f: np.sin(np.arange(len(f))))
    ab = (frame["x1"] - np.average(frame["x1"], weights=frame["w"])) * (
        frame["x2"] - np.average(frame["x2"], weights=frame["w"])
    )
    slopes, _, _ = by_dummies(frame.assign(ab=ab), ("x1", "x2", "ab", "c"), "two_way", "w")
    result = fit(frame, controls=("c",), weight="w")
    np.testing.assert_allclose(result.estimates.coefficients, slopes, rtol=0, atol=SAME)
    assert [str(title) for title in result.design.titles] == ["y", "x1", "x2", "x1 × x2", "c"]


# Slopes -----------------------------------------------------------------------------------------


def test_slopes_are_those_of_a_regression_with_the_moderator_moved() -> None:
    """The delta method for a linear function is exact: with the origin at c, the slope at c is a coefficient."""
    frame = world()
    result = fit(frame)
    for at in (-1.5, 0.0, 2.0):
        moved = frame.assign(b=frame["x2"] - at, ab=frame["x1"] * (frame["x2"] - at))
        other = FixedEffects(outcome="y", regressors=["x1", "b", "ab"]).fit(panel(moved)).estimates
        found = result.slopes(np.array([at]))
        assert found["estimate"][0] == pytest.approx(other.coefficients[0], abs=SAME)
        assert found["error"][0] == pytest.approx(other.errors[0], abs=SAME)
        assert found["p"][0] == pytest.approx(other.p[0], abs=SAME)


def test_rows_hold_the_slope_of_each_row() -> None:
    result = fit(world())
    slope, _ = result.line.at(result.moderator)
    np.testing.assert_array_equal(result.term("slope")[result.rows.status == "ok"], slope)
    terms = dict(result.rows.terms)
    del terms["slope"]
    assert np.nanmax(np.abs(terms.pop("outcome_deviation") - sum(terms.values()))) < SAME


def test_the_table_shows_mean_deviations_and_quantiles() -> None:
    frame = world()
    (slopes,) = (table.columns() for table in fit(frame).tables() if table.name == "slopes")
    m = frame["x2"]
    expected = [m.mean() - m.std(), m.mean(), m.mean() + m.std(), *m.quantile([0.1, 0.25, 0.5, 0.75, 0.9])]
    np.testing.assert_allclose(slopes["value"], expected, rtol=0, atol=SAME)


# Where the slope differs from zero --------------------------------------------------------------


def line(b: tuple[float, float], v: tuple[float, float, float], origin: float = 0.0) -> Line:
    return Line(np.array(b), np.array([[v[0], v[1]], [v[1], v[2]]]), origin)


def test_turning_points_in_closed_form() -> None:
    # (1 + 2 c)^2 = 4 (1 + c^2) with two errors: 4 c = 3
    assert turning_points(line((1.0, 2.0), (1.0, 0.0, 1.0)), 2.0) == pytest.approx([0.75])
    # (2 c)^2 = 2^2 (1 + c^2 / 4): c^2 = 4 / 3
    assert turning_points(line((0.0, 2.0), (1.0, 0.0, 0.25)), 2.0) == pytest.approx([-np.sqrt(4 / 3), np.sqrt(4 / 3)])
    assert turning_points(line((0.0, 2.0), (1.0, 0.0, 0.25), origin=10.0), 2.0)[0] == pytest.approx(10 - np.sqrt(4 / 3))


@pytest.mark.parametrize(
    ("b", "v", "expected"),
    [
        ((0.0, 2.0), (1.0, 0.0, 0.25), [(-np.inf, False), (np.sqrt(4 / 3), True)]),  # outside two points
        ((3.0, 0.0), (1.0, 0.0, 1.0), [(-np.sqrt(1.25), True)]),  # between them: 9 > 4 (1 + c^2)
        ((1.0, 0.1), (1.0, 0.0, 1.0), []),  # nowhere
        ((5.0, 0.0), (1.0, 0.0, 0.0), [(-np.inf, True)]),  # everywhere
        ((1.0, 2.0), (1.0, 0.0, 1.0), [(0.75, True)]),  # beyond one point
    ],
)
def test_regions(b: tuple[float, float], v: tuple[float, float, float], expected: list[tuple[float, bool]]) -> None:
    found = regions(line(b, v), 2.0)
    assert [one.positive for one in found] == [positive for _, positive in expected]
    assert [one.low for one in found] == pytest.approx([low for low, _ in expected])
    draw = np.random.default_rng(1).uniform(-6, 6, 400)
    slope, error = line(b, v).at(draw)
    held = np.any([(draw >= one.low) & (draw <= one.high) for one in found], axis=0) if found else np.zeros(400, bool)
    assert ((np.abs(slope) > 2 * error) == held).all()


def test_regions_of_a_fit_agree_with_the_intervals() -> None:
    result = fit(world(slope=0.6))
    (table,) = (one.columns() for one in result.tables() if one.name == "regions")
    found = result.slopes(result.moderator)
    there = (found["low"] > 0) | (found["high"] < 0)
    assert sum(table["share"]) == pytest.approx(100 * there.mean(), abs=SAME)


# Settings ---------------------------------------------------------------------------------------


def test_centring_moves_coefficients_and_neither_interaction_nor_slopes() -> None:
    frame = world()
    one, other = fit(frame), fit(frame, centred="none")
    assert abs(one.estimates.coefficients[0] - other.estimates.coefficients[0]) > 0.01
    assert one.estimates.coefficients[2] == pytest.approx(other.estimates.coefficients[2], abs=SAME)
    at = np.array([-1.0, 0.0, 1.0])
    for key, values in one.slopes(at).items():
        np.testing.assert_allclose(values, other.slopes(at)[key], rtol=0, atol=1e-8, err_msg=key)  # t is large


def test_a_moderator_that_never_changes_within_units_keeps_its_interaction() -> None:
    frame = world()
    kind = (frame["unit"].str[1:].astype(int) % 2).astype(float)
    result = fit(frame.assign(y=frame["y"] + frame["x1"] * kind, x2=kind), effects="unit")
    assert [str(title) for title in result.design.titles] == ["y", "x1", "x1 × x2"]
    assert "part_of_x2" in result.absent
    assert abs(result.line.b[1] - 1.0) < 4 * result.estimates.errors[1]
    with pytest.raises(XinzhiError, match="the effects hold it"):
        result.term("part_of_x2")
    assert fit(frame.assign(x2=kind), effects="time").estimates.coefficients.size == 3


def test_settings_that_contradict_are_refused() -> None:
    given = {"outcome": "y", "regressor": "x", "moderator": "m", "interaction": "double_demeaned"}
    for wrong in ({"effects": "time"}, {"centred": "none"}, {"moderator": "x"}):
        with pytest.raises((XinzhiError, ValidationError)):
            Moderation(**{**given, **wrong})


def test_what_is_not_identified_is_named() -> None:
    frame = world()
    frame = frame.assign(fixed=frame["unit"].str[1:].astype(float))
    with pytest.raises(XinzhiError, match="fixed") as caught:
        fit(frame, regressor="fixed")
    assert caught.value.code == "XZ-285"


def test_an_index_made_of_the_moderator_is_told() -> None:
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent="index") for name in ("x2", "w")],
        dimensions=[xz.Dimension(name="index")],
    )
    system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    result = fit(world(), regressor=Term(method=system, column="index"))
    assert any(words.startswith("XZ-474") for words in result.warnings)


# Simulated truth --------------------------------------------------------------------------------


def test_raw_products_take_differences_between_units_for_moderation() -> None:
    """Slopes that differ between units with the moderator's mean, and not within: only deviations see nothing."""
    draw = np.random.default_rng(5)
    unit = np.repeat(np.arange(200), 8)
    mean = draw.normal(size=200)[unit]
    m, x = mean + draw.normal(size=1600), mean + draw.normal(size=1600)
    y = (1.0 + 0.5 * mean) * x + 0.3 * m + draw.normal(size=1600)
    frame = pd.DataFrame({"unit": [f"u{k:03}" for k in unit], "year": np.tile(range(8), 200), "y": y, "x1": x, "x2": m})
    raw, own = fit(frame, effects="unit"), fit(frame, effects="unit", interaction="double_demeaned")
    assert raw.estimates.t[2] > 5
    assert abs(own.estimates.t[2]) < 3


def slope_coverage(runs: int, at: tuple[float, ...] = (-1.0, 0.0, 1.5)) -> np.ndarray:
    """Return the share of 95 % intervals of slopes that hold the truth .7 + .5 m."""
    from scipy.special import stdtrit

    held = []
    for seed in range(runs):
        frame = world(units=60, seed=300 + seed)
        code, year = (frame[name].astype("category").cat.codes.to_numpy().astype(np.int64) for name in ("unit", "year"))
        data = np.column_stack([frame[["y", "x1", "x2"]], frame["x1"] * frame["x2"]])
        net = without_effects(data, Cells(code, year, np.ones(len(frame))), "two_way")
        sets = {"covariance": "clustered", "groups": code, "absorbed": 60 + 7, "nested": 59}
        found = least_squares(net[:, 0], net[:, 1:], **sets)
        slopes = Line(found.coefficients[[0, 2]], found.covariance[np.ix_([0, 2], [0, 2])], 0.0)
        estimate, error = slopes.at(np.array(at))
        held.append(np.abs(estimate - (0.7 + 0.5 * np.array(at))) < stdtrit(59, 0.975) * error)
    return np.mean(held, axis=0)


def test_intervals_of_slopes_hold_the_truth() -> None:
    assert (np.abs(slope_coverage(100) - 0.95) < 0.07).all()  # 100 runs: standard error .022


@pytest.mark.slow
def test_intervals_of_slopes_with_more_runs() -> None:
    found = slope_coverage(2000)
    assert (found > 0.915).all()  # products have rows of large leverage: clustered errors are a little too small
    assert (found < 0.965).all()


# What must not change the estimates -------------------------------------------------------------


def test_units_of_measurement_and_constants() -> None:
    frame = world()
    one = fit(frame)
    moved = frame.assign(y=frame["y"] + 50.0 * frame["unit"].str[1:].astype(float))
    np.testing.assert_allclose(fit(moved).estimates.covariance, one.estimates.covariance, rtol=0, atol=1e-9)
    scaled = fit(frame.assign(x1=1e3 * frame["x1"], x2=1e-3 * frame["x2"] + 7.0))
    np.testing.assert_allclose(scaled.estimates.t, one.estimates.t, rtol=1e-8)
    np.testing.assert_allclose(scaled.term("slope") * 1e3, one.term("slope"), rtol=1e-8)
    a, b = (result.tables()[2].columns()["share"] for result in (one, scaled))
    assert a == b


def test_names_and_order_do_not_matter() -> None:
    frame = world()
    names = dict(zip(sorted(frame["unit"].unique()), np.random.default_rng(3).permutation(24), strict=True))
    other = frame.assign(unit=[f"v{names[name]:03}" for name in frame["unit"]]).sample(frac=1, random_state=1)
    one, two = fit(frame).estimates, fit(other).estimates
    np.testing.assert_allclose(two.coefficients, one.coefficients, rtol=0, atol=SAME)
    np.testing.assert_allclose(two.covariance, one.covariance, rtol=0, atol=SAME)


# Pages ------------------------------------------------------------------------------------------


def test_sentences_depend_on_the_estimates() -> None:
    assert "rises with x2" in fit(world(45, slope=0.6)).summary()
    assert "falls with x2" in fit(world(45, slope=-0.6)).summary()
    none = fit(world(45, slope=0.0)).summary()
    assert "No significant change of the slope" in none
    assert "rises" not in none
    assert "deviations from the means of units" in fit(world(), interaction="double_demeaned").methods_text()


def test_which_p_the_sentences_give_is_said() -> None:
    told = fit(world()).summary()
    assert ", wild bootstrap p " in told
    assert told.count("(t test p ") == 2


def test_values_of_a_tiny_moderator_are_printed() -> None:
    frame = world()
    tables = {t.name: t for t in fit(frame.assign(x2=1e-9 * frame["x2"])).tables()}
    (value,) = (field for field in tables["slopes"].fields if field.key == "value")
    assert value.decimals >= 11
    assert "from −0.0000000" in " ".join(tables["regions"].notes)


def test_every_page_is_there_in_both_languages() -> None:
    for language in ("en", "zh"):
        with speaking(language):
            result = fit(world())
            names = [table.name for table in result.tables()]
            assert names[:5] == ["coefficients", "slopes", "regions", "descriptives", "collinearity"]
            (chart,) = result.figures()
            assert chart.name == "slope"


def test_a_slope_that_differs_from_zero_nowhere_is_said() -> None:
    frame = world()
    noise = np.random.default_rng(9).normal(size=(2, len(frame)))
    result = fit(frame.assign(y=noise[0], x1=noise[1]), level=0.999)
    (table,) = (one for one in result.tables() if one.name == "regions")
    assert table.rows == ()
    assert table.notes[0] == "The slope differs from zero nowhere."
