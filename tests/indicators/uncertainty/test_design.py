"""Which slots an index has, and what uniform numbers draw for them."""

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.uncertainty.systems import First, system
from xinzhi.errors import UsageError
from xinzhi.indicators import Between, Drop, Equal, MinMax, OneOf
from xinzhi.indicators.uncertainty.design import Design

NESTED = system(
    Drop(indicator=OneOf(None, "a", "d")),
    normalise=MinMax(high=Between(1.0, 3.0)),
    weigh=OneOf(Equal(), First(lean=Between(0.2, 0.6))),
)


def test_slots_in_the_order_of_the_steps_with_different_names() -> None:
    design = Design.of(NESTED, where="test")
    assert design.keys == ("drop_indicator", "normalise_by_high", "weigh_by", "weigh_by_1_lean")
    assert design.step.tolist() == [0, 1, 2, 2]
    assert design.outer.tolist() == [-1, -1, -1, 2]


def test_options_own_equal_slices_and_numbers_the_whole_range() -> None:
    design = Design.of(NESTED, where="test")
    grid = (np.arange(6000) + 0.5) / 6000
    choices = design.choices(np.column_stack([grid, grid, grid, grid]))
    assert np.bincount(choices[:, 0].astype(int)).tolist() == [2000, 2000, 2000]
    assert np.bincount(choices[:, 2].astype(int)).tolist() == [3000, 3000]
    assert choices[:, 1].min() > 1.0
    assert choices[:, 1].max() < 3.0


def test_a_slot_inside_an_option_is_drawn_only_with_the_option() -> None:
    design = Design.of(NESTED, where="test")
    choices = design.choices(np.array([[0.1, 0.5, 0.2, 0.9], [0.1, 0.5, 0.8, 0.9]]))
    assert choices[0].tolist() == [0.0, 2.0, 0.0, 0.0]
    assert choices[1].tolist() == [0.0, 2.0, 1.0, 0.2 + 0.9 * (0.6 - 0.2)]
    assert design.used(choices)[:, 3].tolist() == [False, True]
    settled = design.settled(choices[1])
    assert settled.steps[2].by == First(lean=0.2 + 0.9 * (0.6 - 0.2))
    assert settled.steps[1].by == MinMax(high=2.0)
    assert design.settled(choices[0]).steps[2].by == Equal()


def test_slots_in_a_mapping_are_found_and_settled() -> None:
    special = {"a": OneOf(MinMax(), MinMax(low=Between(0.1, 0.3)))}
    base = system()
    steps = [xz.Normalise(special=special), *base.steps[1:]]
    design = Design.of(xz.IndexSystem(framework=base.framework, steps=steps), where="test")
    assert design.keys == ("normalise_special_a", "normalise_special_a_1_low")
    found = design.settled(np.array([1.0, 0.25])).steps[0].special
    assert found == {"a": MinMax(low=0.25)}


def test_a_combination_in_words() -> None:
    design = Design.of(NESTED, where="test")
    words = str(design.combination(np.array([1.0, 2.5, 1.0, 0.25])))
    assert words == (
        "one indicator left out = a, normalisation: highest = 2.5, weights = weights (lean: 0.2 to 0.6), "
        "weights, weights: lean = 0.25"
    )


def test_nothing_uncertain_is_an_error() -> None:
    with pytest.raises(UsageError) as caught:
        Design.of(system(), where="test")
    assert caught.value.code == "XZ-269"


def test_a_place_in_a_list_of_settings_is_counted_from_one() -> None:
    mixed = xz.LinearCombination(of=(Equal(), xz.Entropy()), shares=(Between(0.3, 0.7),))
    assert Design.of(system(weigh=mixed), where="test").title(0) == "weights: shares, number 1"
