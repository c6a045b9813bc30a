"""Treat: the rule of the Joint Research Centre, percentiles, logarithms and Box-Cox."""

import numpy as np
import pytest
from scipy import stats

import xinzhi as xz
from tests.indicators.steps.stages import NAN, stage_of
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.slots import settled
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.steps.treat import Treatment, WinsorisePercentiles, moments
from xinzhi.panel.panel import Floats

ROUNDING = 1e-12
"""Relative; sums of a few dozen powers."""
TAIL = [*np.arange(1.0, 11.0).tolist(), 30.0, 100.0]
"""The example on the help page of COINr's winsorise(): 1, ..., 10 with two outliers."""


def treated(values: list[float] | Floats, by: Treatment, then: Treatment | None = None) -> Stage:
    return xz.Treat(by=by, then=then).apply(stage_of({"x": list(values)}))


def test_moments_are_those_of_scipy_with_and_without_missing_values() -> None:
    x = np.random.default_rng(1).lognormal(size=(30, 3))
    x[:4, 1] = NAN
    skewness, kurtosis = moments(x)
    for j, column in enumerate(x.T):
        there = column[np.isfinite(column)]
        assert skewness[j] == pytest.approx(stats.skew(there, bias=False), rel=ROUNDING)
        assert kurtosis[j] == pytest.approx(stats.kurtosis(there, bias=False), rel=ROUNDING)


def test_moments_do_not_overflow_and_are_missing_for_few_or_equal_values() -> None:
    x = np.array(TAIL)
    assert moments(x[:, None] * 1e200)[1][0] == pytest.approx(moments(x[:, None])[1][0], rel=ROUNDING)
    assert np.isnan(moments(np.ones((9, 1)))).all()
    assert np.isnan(moments(np.array([[1.0], [2.0], [9.0]]))).all()


def test_the_outermost_values_come_in_until_the_test_is_passed() -> None:
    assert treated(TAIL, xz.Winsorise()).values[10:, 0].tolist() == [30.0, 30.0]  # skewness 1.71 passes
    done = treated(TAIL, xz.Winsorise(skewness=1.5, kurtosis=1.5))  # kurtosis 1.82 fails too: the two 30s come in
    assert done.values[:, 0].tolist() == [*np.arange(1.0, 11.0).tolist(), 10.0, 10.0]
    record = done.facts["treat"]["x"]
    assert (record.points, record.passes) == (2, True)
    assert str(record.rule).startswith("winsorised")
    assert record.skewness[0] == pytest.approx(stats.skew(TAIL, bias=False), rel=ROUNDING)
    assert record.kurtosis[1] == pytest.approx(stats.kurtosis(done.values[:, 0], bias=False), rel=ROUNDING)
    (change,) = done.changes
    assert (change.step, change.rows.tolist(), change.before.tolist()) == ("treat", [10, 11], [30.0, 100.0])


def test_a_long_lower_tail_comes_in_from_below() -> None:
    up, down = treated(TAIL, xz.Winsorise()), treated([-x for x in TAIL], xz.Winsorise())
    np.testing.assert_array_equal(down.values, -up.values)


def test_either_moment_is_enough_to_pass() -> None:
    skewed = np.random.default_rng(4).exponential(size=60)
    s, k = (float(m[0]) for m in moments(skewed[:, None]))
    assert treated(skewed, xz.Winsorise(skewness=s + 0.01, kurtosis=k - 0.01)).changes == ()
    assert treated(skewed, xz.Winsorise(skewness=s - 0.01, kurtosis=k + 0.01)).changes == ()
    assert treated(skewed, xz.Winsorise(skewness=s - 0.01, kurtosis=k - 0.01)).changes != ()


def test_equal_values_are_changed_together_and_never_more_than_the_most() -> None:
    values = [*np.linspace(1, 2, 60).tolist(), 500.0, 500.0, 900.0]
    done = treated(values, xz.Winsorise(most=2))  # 900 -> 500 is one; the three at 500 would be three
    assert done.values[60:, 0].tolist() == [500.0] * 3
    assert done.facts["treat"]["x"].passes is False
    assert treated(values, xz.Winsorise(most=3)).facts["treat"]["x"].points == 3


def test_a_column_never_becomes_constant() -> None:
    dummy = [0.0] * 40 + [1.0]
    done = treated(dummy, xz.Winsorise())
    assert done.values[:, 0].tolist() == dummy
    assert done.facts["treat"]["x"].passes is False


def test_the_logarithm_follows_from_the_untreated_data_where_winsorising_fails() -> None:
    x = np.exp(np.linspace(0, 14, 40))
    done = treated(x, xz.Winsorise(most=2), xz.Logarithm())
    low, high = x.min(), x.max()
    np.testing.assert_allclose(done.values[:, 0], np.log(x - low + 0.01 * (high - low)), rtol=ROUNDING)
    record = done.facts["treat"]["x"]
    assert (str(record.rule), record.points) == ("logarithm", 40)
    assert len(done.changes) == 1
    assert treated(x, xz.Winsorise(most=2)).facts["treat"]["x"].points == 2


def test_the_three_logarithms() -> None:
    x = np.array([2.0, 3.0, 5.0, 10.0])
    np.testing.assert_allclose(treated(x, xz.Logarithm(variant="plain")).values[:, 0], np.log(x), rtol=ROUNDING)
    gii = np.log(9 * (x - 2) / 8 + 1)  # ln((max - 1)(x - min) / (max - min) + 1)
    np.testing.assert_allclose(treated(x, xz.Logarithm(variant="gii")).values[:, 0], gii, rtol=ROUNDING)
    tool = treated(x, xz.Logarithm()).values[:, 0]
    np.testing.assert_allclose(tool, np.log(x - 2 + 0.08), rtol=ROUNDING)
    np.testing.assert_allclose(np.diff(treated(x * 1e6, xz.Logarithm()).values[:, 0]), np.diff(tool), rtol=1e-9)


@pytest.mark.parametrize(
    ("by", "values"),
    [
        (xz.Logarithm(variant="plain"), [1.0, 0.0, 3.0, 4.0]),
        (xz.Logarithm(variant="gii"), [0.1, 0.2, 0.3, 0.9]),  # maximum below one: would turn the order around
        (xz.BoxCox(), [1.0, -2.0, 3.0, 4.0]),
    ],
)
def test_values_without_a_logarithm_are_named(by: Treatment, values: list[float]) -> None:
    with pytest.raises(DataError, match=r"XZ-263.*x, .*u001"):
        treated(values, by)


def test_box_cox_is_that_of_scipy() -> None:
    x = np.random.default_rng(2).lognormal(size=50)
    expected, power = stats.boxcox(x)
    np.testing.assert_allclose(treated(x, xz.BoxCox()).values[:, 0], expected, rtol=1e-6)  # its optimiser's tolerance
    np.testing.assert_allclose(treated(x, xz.BoxCox(power=0.0)).values[:, 0], np.log(x), rtol=ROUNDING)
    np.testing.assert_allclose(treated(x, xz.BoxCox(power=2.0)).values[:, 0], (x**2 - 1) / 2, rtol=ROUNDING)
    assert abs(power) < 0.5  # the truth of a log-normal is 0


def test_percentiles_are_interpolated_and_both_ends_come_in() -> None:
    x = np.arange(101.0)
    done = treated(x, WinsorisePercentiles())
    assert done.values[:, 0].tolist() == [1.0, *range(1, 100), 99.0]
    assert done.facts["treat"]["x"].passes is None
    assert done.facts["treat"]["x"].points == 2
    with pytest.raises(UsageError, match="needs low < high"):
        WinsorisePercentiles(low=99.0, high=1.0)


def test_only_the_indicators_that_are_named_are_treated() -> None:
    stage = stage_of({"x": TAIL, "y": TAIL})
    done = xz.Treat(indicators=("y",)).apply(stage)
    assert done.values[:, 0].tolist() == TAIL
    assert set(done.facts["treat"]) == {"y"}
    both = xz.Treat(by=xz.Logarithm(), then=None, indicators=("x",)).apply(done)
    assert set(both.facts["treat"]) == {"x", "y"}
    with pytest.raises(UsageError, match=r"XZ-103.*no indicator 'z'"):
        xz.Treat(indicators=("z",)).apply(stage)


def test_the_best_value_of_a_target_and_an_interval_moves_to_the_new_scale() -> None:
    x = [1.0, 2.0, 4.0, 8.0, 16.0]
    kinds = {"x": {"direction": "interval", "best": (2.0, 4.0)}, "y": {"direction": "target", "best": 4.0}}
    stage = stage_of({"x": x, "y": x}, settings=kinds)
    done = xz.Treat(by=xz.Logarithm(variant="plain"), then=None).apply(stage)
    assert done.framework.indicator("x").best == pytest.approx((np.log(2), np.log(4)))
    assert done.framework.indicator("y").best == pytest.approx(np.log(4))
    scores = xz.Normalise().apply(done).values
    assert scores[:, 0].tolist() == pytest.approx([0.5, 1.0, 1.0, 0.5, 0.0])  # distances ln 2, 0, 0, ln 2, ln 4
    assert scores[2, 1] == 1.0
    assert stage.framework.indicator("y").best == 4.0
    odd = stage_of({"x": x}, settings={"x": {"direction": "target", "best": 0.0}})
    with pytest.raises(DataError, match=r"XZ-263.*best 0"):
        xz.Treat(by=xz.Logarithm(variant="plain"), then=None).apply(odd)


def test_intervals_are_winsorised_in_their_own_unit() -> None:
    stage = stage_of({"x": TAIL}, settings={"x": {"direction": "interval", "best": (3.0, 5.0)}})
    done = xz.Treat().apply(stage)
    assert done.facts["treat"]["x"].points == 1
    assert done.framework is stage.framework


def test_rows_that_do_not_count_are_treated_like_the_others() -> None:
    stage = stage_of({"x": [*TAIL, 500.0]}, base=[1.0] * 12 + [0.0])
    done = xz.Treat().apply(stage)
    assert done.values[:, 0].tolist() == [*np.arange(1.0, 11.0).tolist(), 30.0, 30.0, 30.0]


@pytest.mark.parametrize("by", [xz.Winsorise(), WinsorisePercentiles(), xz.Logarithm()])
def test_units_of_measurement_and_the_order_of_rows_do_not_matter(by: Treatment) -> None:
    x = np.array(TAIL)

    def scores(values: Floats) -> Floats:
        return xz.Normalise().apply(treated(values, by)).values[:, 0]

    np.testing.assert_allclose(scores(x * 1e6 + 7), scores(x), rtol=1e-8)  # 7 in 1e6 units takes digits
    np.testing.assert_array_equal(scores(x[::-1])[::-1], scores(x))


def test_missing_and_constant_columns_pass_through() -> None:
    stage = stage_of({"x": [NAN] * 5, "y": [2.0] * 5, "z": [1.0, 2.0, NAN, 4.0, 7.0]})
    for step in (xz.Treat(), xz.Treat(by=xz.BoxCox(), then=None, indicators=("x", "y"))):
        done = step.apply(stage)
        np.testing.assert_array_equal(done.values, stage.values)
        assert done.changes == ()


def test_box_cox_lists_the_cells_that_are_not_positive_alone() -> None:
    with pytest.raises(DataError, match="XZ-263") as caught:
        treated([1.0, -2.0, 3.0, 0.0, 5.0], xz.BoxCox())
    assert "u001: -2" in caught.value.found
    assert "u003: 0" in caught.value.found
    assert "u000" not in caught.value.found
    assert "u004" not in caught.value.found


def test_how_many_may_be_winsorised_can_be_drawn() -> None:
    values = [*np.linspace(1, 2, 20), 40.0, 60.0, 90.0]
    drawn = settled(xz.Treat(by=xz.Winsorise(most=xz.Between(1, 4)), then=None), lambda _: 2.9)
    assert drawn == xz.Treat(by=xz.Winsorise(most=2), then=None)
    assert (drawn.apply(stage_of({"x": values})).values[:, 0] != values).sum() > 0


def test_rounding_is_no_outlier() -> None:
    people = np.arange(3.0, 43.0)
    stage = treated(100 * (0.07 * people) / people, xz.Logarithm())
    assert not stage.changes
