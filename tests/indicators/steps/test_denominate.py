"""Denominate: cells are divided, missing denominators make them missing, others are refused."""

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.steps.stages import NAN, stage_of
from xinzhi.errors import DataError, Problems
from xinzhi.indicators.stage import Stage

PER_HEAD = {"a": {"denominator": "people"}}


def stage(people: list[float], a: list[float] | None = None) -> Stage:
    columns = {"a": a or [2.0, 9.0, 8.0], "b": [1.0, 2.0, 3.0]}
    return stage_of(columns, units=["A", "B", "C"], settings=PER_HEAD, others={"people": people})


def test_an_indicator_with_a_denominator_is_divided_by_it() -> None:
    done = xz.Denominate().apply(stage([2.0, 3.0, NAN]))
    np.testing.assert_array_equal(done.values, [[1.0, 1.0], [3.0, 2.0], [NAN, 3.0]])
    assert done.changes == ()


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_a_denominator_that_is_not_positive_is_refused_with_its_place(bad: float) -> None:
    with pytest.raises(DataError, match=r"XZ-267.*people: B"):
        xz.Denominate().apply(stage([2.0, bad, 4.0]))


def test_it_does_not_matter_where_nothing_is_divided() -> None:
    assert np.isnan(xz.Denominate().apply(stage([2.0, 0.0, 4.0], [2.0, NAN, 8.0])).values[1, 0])
    screened = xz.Screen(without=("B",)).apply(stage([2.0, 0.0, 4.0]))
    assert xz.Denominate().apply(screened).values[[0, 2], 0].tolist() == [1.0, 2.0]


def test_a_row_of_a_sample_that_does_not_count_is_divided_too() -> None:
    with pytest.raises(DataError, match="XZ-267"):
        xz.Denominate().apply(xz.Sample(without="B").apply(stage([2.0, 0.0, 4.0])))


def test_all_bad_denominators_are_named_together() -> None:
    both = stage_of(
        {"a": [1.0, 2.0], "b": [1.0, 2.0]},
        settings={"a": {"denominator": "p"}, "b": {"denominator": "q"}},
        others={"p": [0.0, 1.0], "q": [1.0, 0.0]},
    )
    with pytest.raises(Problems) as caught:
        xz.Denominate().apply(both)
    assert [error.found for error in caught.value.errors] == ["p: u000", "q: u001"]
