"""Impute: each rule fills what it says, lists it, and leaves the rest alone."""

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.steps.stages import NAN, stage_of
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.steps.impute import ROWS_EACH

ROUNDING = 1e-12
"""Least squares of a handful of numbers of size one."""


def filled(stage: Stage) -> dict[tuple[int, str], float]:
    return {
        (int(row), name): float(value)
        for change in stage.changes
        for row, name, value in zip(change.rows, change.names, change.after, strict=True)
    }


@pytest.mark.parametrize(("by", "value"), [("mean", 4.0), ("median", 3.0)])
def test_mean_and_median_of_the_year(by: str, value: float) -> None:
    columns = {"a": [1.0, 10.0, 3.0, 20.0, 8.0, 30.0, NAN, NAN]}
    stage = stage_of(columns, units=[u for u in "ABCD" for _ in range(2)], times=[2000, 2001] * 4)
    done = xz.Impute(by=by).apply(stage)
    assert filled(done) == {(6, "a"): value, (7, "a"): 20.0}
    assert str(done.changes[0].rule) == f"{by} of the year"


def test_groups_are_of_one_label_and_one_year() -> None:
    columns = {"a": [1.0, 2.0, 3.0, 4.0, NAN, 6.0, NAN, 8.0, NAN, 1.0]}
    stage = stage_of(
        columns,
        units=[u for u in "ABCDE" for _ in range(2)],
        times=[2000, 2001] * 5,
        labels={"region": ["x", "x", "y", "y", "x", "x", "y", "y", None, None]},
    )
    done = xz.Impute(group="region").apply(stage)
    assert filled(done) == {(4, "a"): 1.0, (6, "a"): 3.0}  # E has no region: its cell stays missing
    assert str(done.changes[0].rule) == "mean of the year and region"
    assert np.isnan(done.values[8, 0])


def test_a_group_without_a_value_stays_missing() -> None:
    stage = stage_of({"a": [1.0, 2.0, NAN, NAN]}, labels={"region": ["x", "x", "y", "y"]})
    done = xz.Impute(group="region").apply(stage)
    assert done.changes == ()
    assert np.isnan(done.values[2:, 0]).all()


@pytest.mark.parametrize(
    ("by", "values", "rule"),
    [
        ("linear", [NAN, 1.0, 2.0, 4.0, NAN], "linear interpolation"),  # 2000, 2001, 2002, 2004, 2005
        ("carried", [NAN, 1.0, 1.0, 4.0, 4.0], "last observation carried forward"),
    ],
)
def test_rules_of_panels_look_at_the_unit_alone(by: str, values: list[float], rule: str) -> None:
    own = [NAN, 1.0, NAN, 4.0, NAN]
    stage = stage_of(
        {"a": [*own, 7.0, 7.0, 7.0, 7.0, 7.0]},
        units=["A"] * 5 + ["B"] * 5,
        times=[2000, 2001, 2002, 2004, 2005] * 2,  # no row in 2003
    )
    done = xz.Impute(by=by).apply(stage)
    np.testing.assert_allclose(done.values[:5, 0], values, rtol=ROUNDING)
    assert {str(change.rule) for change in done.changes} == {rule}
    assert done.values[5:].tolist() == [[7.0]] * 5


@pytest.mark.parametrize("by", ["linear", "carried"])
def test_rules_of_panels_need_years(by: str) -> None:
    with pytest.raises(DataError, match="XZ-205"):
        xz.Impute(by=by).apply(stage_of({"a": [1.0, NAN, 3.0]}))


def test_regression_recovers_an_exact_relation_whatever_the_units_of_measurement() -> None:
    x = np.random.default_rng(1).normal(size=(40, 2))
    y = 3 + 2 * x[:, 0] - x[:, 1]
    for scale in (1.0, 1e9):
        stage = stage_of({"y": [NAN, *y[1:]], "u": (x[:, 0] * scale).tolist(), "v": x[:, 1].tolist()})
        done = xz.Impute(by="regression").apply(stage)
        assert abs(done.values[0, 0] - y[0]) < ROUNDING
        assert done.facts["impute"] == {"y": ("u", "v")}
        assert str(done.changes[0].rule) == "regression on u, v"


def test_regression_takes_the_most_correlated_indicators_one_for_ten_rows() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=ROWS_EACH + 1)
    columns = {"y": [NAN, *y[1:]], "noise": rng.normal(size=y.size).tolist(), "near": (y + 0.1).tolist()}
    done = xz.Impute(by="regression").apply(stage_of(columns))
    assert done.facts["impute"] == {"y": ("near",)}
    assert abs(done.values[0, 0] - y[0]) < ROUNDING


def test_regression_fills_nothing_where_it_has_nothing_to_go_on() -> None:
    few = {"y": [NAN, 1.0, 2.0], "x": [1.0, 2.0, 3.0]}  # two observations
    none = {"y": [NAN, *range(20)], "x": [*range(20), NAN]}  # no complete indicator
    constant = {"y": [NAN, *range(20)], "x": [1.0] * 21}
    for columns in (few, none, constant):
        done = xz.Impute(by="regression").apply(stage_of(columns))
        assert np.isnan(done.values[0, 0])
        assert done.changes == ()


def test_regression_gives_conditional_means_without_bias() -> None:
    rng = np.random.default_rng(3)
    errors = []
    for _ in range(200):
        x = rng.normal(size=60)
        y = 1 + 0.8 * x + 0.6 * rng.normal(size=60)
        done = xz.Impute(by="regression").apply(stage_of({"y": [NAN, *y[1:]], "x": x.tolist()}))
        errors.append(done.values[0, 0] - (1 + 0.8 * x[0]))
    standard_error = 0.6 * np.sqrt(2 / 59) / np.sqrt(200)  # of a fitted value with two coefficients, over 200 draws
    assert abs(np.mean(errors)) < 4 * standard_error


@pytest.mark.parametrize("by", ["mean", "median", "linear", "carried", "regression"])
def test_units_that_are_left_out_are_neither_filled_nor_used(by: str) -> None:
    rng = np.random.default_rng(4)
    columns = {"a": rng.normal(size=48), "b": rng.normal(size=48)}
    columns["a"][[1, 5, 46]] = NAN
    columns["a"][45] = 1e6  # of the unit that is left out
    units = [f"u{k:02d}" for k in range(12) for _ in range(4)]
    stage = stage_of({n: v.tolist() for n, v in columns.items()}, units=units, times=[2000, 2001, 2002, 2003] * 12)
    done = xz.Impute(by=by).apply(xz.Screen(without=("u11",)).apply(stage))
    assert np.isnan(done.values[44:]).all()
    assert set(filled(done)) == {(1, "a"), (5, "a")}
    assert np.abs(done.values[:44]).max() < 10


def test_nothing_missing_nothing_done() -> None:
    stage = stage_of({"a": [1.0, 2.0]})
    assert xz.Impute().apply(stage) is stage


def test_a_group_without_a_rule_that_uses_it_is_refused() -> None:
    with pytest.raises(UsageError, match="only means and medians are of groups"):
        xz.Impute(by="linear", group="region")
    assert xz.Impute(by=xz.OneOf("mean", "regression"), group="region").group == "region"


def test_the_order_of_rows_does_not_matter() -> None:
    a, b = [1.0, NAN, 3.0, 8.0], [2.0, 5.0, NAN, 7.0]
    one = xz.Impute().apply(stage_of({"a": a, "b": b}, units=list("ABCD")))
    other = xz.Impute().apply(stage_of({"a": a[::-1], "b": b[::-1]}, units=list("DCBA")))
    np.testing.assert_array_equal(one.values, other.values)
