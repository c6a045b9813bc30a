"""Screen, Drop and Sample: what is left out is gone with a reason, what does not count is scored all the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.steps.stages import NAN, stage_of
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.slots import nominal, settled
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.steps.screen import left_out

HOLES = {
    "a": [1.0, 2.0, NAN, 4.0, 5.0],
    "b": [1.0, NAN, NAN, 4.0, 5.0],
    "c": [1.0, 2.0, 3.0, 4.0, 6.0],
    "d": [0.0, 0.0, 3.0, 0.0, 6.0],
}
UNITS = ["A", "B", "C", "D", "E"]


def reasons(stage: Stage) -> dict[str, str]:
    return {gone.name: str(gone.reason) for gone in stage.left_out}


def test_units_below_the_share_keep_their_rows_and_do_not_count() -> None:
    done = xz.Screen(units=0.75).apply(stage_of(HOLES, units=UNITS))
    assert reasons(done) == {"C": "50.0% of indicators there, 75.0% needed"}
    assert done.base.tolist() == [1, 1, 0, 1, 1]
    assert np.isnan(done.values[2]).all()
    assert done.values.shape == (5, 4)


def test_the_share_itself_is_enough() -> None:
    assert reasons(xz.Screen(units=0.5).apply(stage_of(HOLES, units=UNITS))) == {}


def test_the_share_itself_is_enough_over_years_too() -> None:
    columns = {f"x{j}": [1.0, 2.0, 3.0, 4.0] for j in range(5)}
    columns["x0"] = [NAN, 2.0, 3.0, 4.0]  # 9 of the 10 cells of A
    stage = stage_of(columns, units=list("AABB"), times=[2000, 2001] * 2)
    assert xz.Screen(units=0.9, by="unit").apply(stage).left_out == ()
    assert [gone.name for gone in xz.Screen(units=0.91, by="unit").apply(stage).left_out] == ["A"]


def test_indicators_below_the_share_go_before_units_are_judged() -> None:
    done = xz.Screen(units=0.75, indicators=0.7).apply(stage_of(HOLES, units=UNITS))
    assert done.tree.indicators == ("a", "c", "d")  # b: 3 of 5 rows
    assert reasons(done) == {
        "b": "there in 60.0% of rows, 70.0% needed",
        "C": "66.7% of indicators there, 75.0% needed",  # 2 of the 3 that are left
    }


def test_zeros_are_a_share_of_the_values_that_are_there() -> None:
    columns = {"a": [0.0, 1.0, 2.0], "b": [0.0, NAN, 2.0], "c": [3.0, 0.0, 1.0]}
    done = xz.Screen(zeros=0.5).apply(stage_of(columns, units=["A", "B", "C"]))
    assert reasons(done) == {"A": "66.7% zeros, 50.0% accepted"}  # B: 1 of 2, which is accepted


def test_constant_columns_are_dropped_where_that_is_asked_for() -> None:
    columns = {"a": [1.0, 2.0, 3.0], "zero": [0.0, 0.0, 0.0], "none": [NAN, NAN, NAN], "in": [4.0, 5.0, 6.0]}
    inside = {"in": {"direction": "interval", "best": (3.0, 7.0)}}  # all are best: min-max cannot tell them apart
    stage = stage_of(columns, settings=inside)
    assert xz.Screen().apply(stage).tree.indicators == ("a", "zero", "none", "in")
    done = xz.Screen(constant="drop").apply(stage)
    assert done.tree.indicators == ("a",)
    assert reasons(done) == {"zero": "the same value everywhere", "none": "no value", "in": "the same value everywhere"}


def test_a_column_that_is_constant_without_a_left_out_unit_is_dropped() -> None:
    stage = stage_of({"a": [1.0, 2.0, 3.0], "b": [1.0, 1.0, 9.0]}, units=["A", "B", "China"])
    done = xz.Screen(without=("China",), constant="drop").apply(stage)
    assert reasons(done) == {"China": "named in without", "b": "the same value everywhere"}


def test_units_named_to_stay_stay() -> None:
    assert reasons(xz.Screen(units=0.75, keep=("C",)).apply(stage_of(HOLES, units=UNITS))) == {}


@pytest.mark.parametrize(
    ("by", "out"),
    [
        ("row", {("A", 2001)}),  # 0 of 2 in 2001
        ("unit", {("A", None)}),  # 2 of 4 in both years
    ],
)
def test_shares_are_of_a_year_or_of_all_years_of_a_unit(by: Any, out: set[tuple[str, int | None]]) -> None:
    columns = {"a": [1.0, NAN, 3.0, 4.0, 5.0, 6.0], "b": [1.0, NAN, NAN, 4.0, 5.0, 6.0]}
    stage = stage_of(columns, units=["A", "A", "B", "B", "C", "C"], times=[2000, 2001] * 3)
    least = 0.4 if by == "row" else 0.6
    done = xz.Screen(units=least, by=by).apply(stage)
    assert {(gone.name, gone.time) for gone in done.left_out} == out
    assert left_out(done).tolist() == ([False, True] if by == "row" else [True, True]) + [False] * 4


def test_screening_twice_judges_what_is_still_there() -> None:
    columns = {"a": [1.0, NAN, 3.0, 4.0, 5.0, 6.0], "b": [1.0, NAN, 3.0, 4.0, 5.0, 6.0]}
    stage = stage_of(columns, units=["A", "A", "B", "B", "C", "C"], times=[2000, 2001] * 3)
    done = xz.Screen(units=0.9, by="unit").apply(xz.Screen(units=0.9).apply(stage))
    assert [(gone.name, gone.time) for gone in done.left_out] == [("A", 2001)]


def test_too_little_left_is_an_error() -> None:
    with pytest.raises(DataError, match="XZ-266"):
        xz.Screen().apply(stage_of({"a": [1.0]}))  # one unit only
    with pytest.raises(DataError, match="XZ-266"):
        xz.Screen(without=("A", "B", "C", "D")).apply(stage_of(HOLES, units=UNITS))
    with pytest.raises(DataError, match="XZ-206"):
        xz.Screen(indicators=1.0).apply(stage_of({"a": [1.0, NAN, 2.0]}))


def test_unknown_and_contradicting_names_are_errors() -> None:
    with pytest.raises(DataError, match="XZ-212"):
        xz.Screen(without=("F",)).apply(stage_of(HOLES, units=UNITS))
    with pytest.raises(UsageError, match="both in without and in keep: A"):
        xz.Screen(without=("A",), keep=("A",))


def system(*steps: Any) -> xz.IndexSystem:
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent="index") for name in "acd"], dimensions=[xz.Dimension(name="index")]
    )
    rest = (xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate(availability=0.5))
    return xz.IndexSystem(framework=framework, steps=(*steps, *rest))


def test_a_left_out_unit_is_in_the_result_with_its_reason() -> None:
    panel = stage_of(HOLES, units=UNITS).panel
    result = system(xz.Screen(without=("E",))).fit(panel)
    row = result.tidy().set_index("unit").loc["E"]
    assert (row["status"], row["reason"]) == ("left_out", "named in without")
    assert np.isnan(row["index"])
    alone = system().fit(panel.select(units=UNITS[:4]))
    assert result.term("index")[:4].tolist() == alone.term("index").tolist()


def test_dropping_an_indicator_is_the_same_before_and_after_normalisation() -> None:
    stage = stage_of(HOLES, units=UNITS)
    one, other = (stage, stage)
    for step in (xz.Drop(indicator="b"), xz.Normalise()):
        one = step.apply(one)
    for step in (xz.Normalise(), xz.Drop(indicator="b")):
        other = step.apply(other)
    assert one.tree.indicators == other.tree.indicators == ("a", "c", "d")
    np.testing.assert_array_equal(one.values, other.values)
    assert reasons(one) == {"b": "dropped"}


def test_dropping_none_one_that_is_gone_and_one_that_never_was() -> None:
    stage = stage_of(HOLES, units=UNITS)
    assert xz.Drop().apply(stage) is stage
    gone = xz.Drop(indicator="b").apply(stage)
    assert xz.Drop(indicator="b").apply(gone) is gone
    with pytest.raises(UsageError, match=r"XZ-103.*no indicator 'bb'"):
        xz.Drop(indicator="bb").apply(stage)


def test_any_indicator_may_be_dropped_and_none_is_in_the_published_index() -> None:
    stage = stage_of(HOLES, units=UNITS)
    step = xz.Drop.any(stage.framework)
    assert settled(step, nominal).indicator is None
    assert [settled(step, lambda _, k=k: k).indicator for k in range(5)] == [None, *"abcd"]


def test_a_unit_that_does_not_count_has_no_say_in_bounds_and_is_normalised() -> None:
    stage = stage_of({"a": [1.0, 2.0, 3.0, 9.0]}, units=["A", "B", "C", "D"])
    done = xz.Normalise().apply(xz.Sample(without="D").apply(stage))
    assert done.base.tolist() == [1, 1, 1, 0]
    assert done.values[:, 0].tolist() == [0.0, 0.5, 1.0, 4.0]  # beyond the bounds of the others
    assert done.left_out == ()


def test_a_replicate_draws_units_with_all_their_years() -> None:
    columns = {"a": np.arange(12.0).tolist()}
    stage = stage_of(columns, units=[u for u in "ABCDEF" for _ in range(2)], times=[2000, 2001] * 6)
    counts = xz.Sample(replicate=3).apply(stage).base
    assert counts.sum() == 12
    assert (counts[::2] == counts[1::2]).all()
    assert (counts == xz.Sample(replicate=3).apply(stage).base).all()
    assert (counts != xz.Sample(replicate=4).apply(stage).base).any()
    assert (counts != xz.Sample(replicate=3, seed=1).apply(stage).base).any()
    assert (xz.Sample().apply(stage).base == 1).all()


def test_replicates_draw_each_unit_as_often_as_another() -> None:
    stage = stage_of({"a": np.arange(20.0).tolist()})
    counts = np.array([xz.Sample(replicate=k).apply(stage).base for k in range(2000)])
    error = np.sqrt(0.95 / 2000)  # binomial: 20 draws of probability 1/20 have variance 0.95
    assert np.abs(counts.mean(axis=0) - 1).max() < 4 * error
    assert abs(counts.var() - 0.95) < 0.05


def test_units_that_are_left_out_are_never_drawn() -> None:
    stage = xz.Screen(without=("u004",)).apply(stage_of({"a": np.arange(20.0).tolist()}))
    counts = np.array([xz.Sample(replicate=k).apply(stage).base for k in range(50)])
    assert (counts[:, 4] == 0).all()
    assert (counts.sum(axis=1) == 19).all()


def test_counts_are_what_rows_written_several_times_would_be() -> None:
    columns = {"a": [1.0, 2.0, 5.0, 7.0], "b": [3.0, NAN, 4.0, 8.0]}
    stage = replace(stage_of(columns), base=np.array([2.0, 1.0, 0.0, 1.0]))
    written = stage_of({"a": [1.0, 1.0, 2.0, 7.0], "b": [3.0, 3.0, NAN, 8.0]})
    for step in (xz.Impute(), xz.Impute(by="median"), xz.Treat(by=xz.BoxCox())):
        one, other = step.apply(stage).values[[0, 0, 1, 3]], step.apply(written).values
        np.testing.assert_allclose(one, other, rtol=1e-13)  # the same numbers in another order of additions


def test_a_sample_without_rows_is_an_error() -> None:
    with pytest.raises(DataError, match="XZ-266"):
        xz.Sample(without="A").apply(stage_of({"a": [1.0, 2.0]}, units=["A", "B"]))
    with pytest.raises(DataError, match="XZ-212"):
        xz.Sample(without="X").apply(stage_of({"a": [1.0, 2.0]}, units=["A", "B"]))


def test_a_column_that_is_constant_but_for_rounding_is_dropped() -> None:
    people = np.arange(3.0, 43.0)
    stage = stage_of({"a": list(people), "share": list(100 * (0.07 * people) / people)})
    assert np.ptp(stage.values[:, 1]) > 0
    done = xz.Screen(constant="drop").apply(stage)
    assert reasons(done) == {"share": "the same value everywhere"}
