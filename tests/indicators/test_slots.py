"""Slots: what is found, what they become, and what they refuse."""

import json

import pytest

import xinzhi as xz
from tests.indicators.uncertainty.systems import system
from xinzhi.errors import UsageError
from xinzhi.indicators import Between, Equal, IndexSystem, MinMax, Normalise, OneOf, Sample, Weigh
from xinzhi.indicators.slots import each_option, factors, nominal, settled

STEP = Normalise(by=OneOf(MinMax(), MinMax(low=Between(0.0, 0.5, nominal=0.1))), over=OneOf("pooled", 2010, "year"))


def test_slots_are_found_in_order_with_their_paths() -> None:
    assert [factor.path for factor in factors(STEP)] == [("by",), ("by", 1, "low"), ("over",)]


def test_whole_numbers_stay_whole() -> None:
    assert STEP.over.options == ("pooled", 2010, "year")
    assert isinstance(settled(STEP, lambda f: 1 if f.path == ("over",) else 0).over, int)
    chosen = settled(Sample(replicate=Between(0, 9)), lambda _: 3.7)
    assert chosen.replicate == 3
    assert isinstance(chosen.replicate, int)


def test_nominal_is_the_first_option_and_the_middle() -> None:
    assert settled(STEP, nominal) == Normalise(by=MinMax(), over="pooled")
    second = settled(STEP, lambda factor: 1 if factor.path == ("by",) else nominal(factor))
    assert second.by == MinMax(low=0.1)
    assert Between(1.0, 4.0).middle == 2.5


def test_what_has_no_slot_is_the_same_value() -> None:
    step = Weigh(by=Equal())
    assert settled(step, nominal) is step


def test_settled_values_are_validated() -> None:
    with pytest.raises(UsageError, match="needs low < high"):
        settled(MinMax(low=Between(0.0, 5.0), high=2.0), lambda _: 3.0)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="two options at least"):
        OneOf(MinMax())
    for ends in ((2.0, 1.0), (1.0, 1.0)):
        with pytest.raises(UsageError, match="low < high"):
            Between(*ends)
    with pytest.raises(UsageError, match="nominal between them"):
        Between(0.0, 1.0, nominal=2.0)


def test_slots_survive_the_round_trip() -> None:
    index = IndexSystem(framework=system().framework, steps=[STEP, *system(weigh=OneOf(Equal(), xz.Given())).steps[1:]])
    assert IndexSystem.model_validate(json.loads(json.dumps(index.model_dump()))) == index


def test_words_of_slots() -> None:
    assert Between(0.0, 0.5).words() == "0 to 0.5"
    assert OneOf(MinMax(), None, "year").words() == "one of: min-max, none, each year by itself"


def test_every_option_is_tried_with_the_others_as_published() -> None:
    found = [settled(STEP, choose) for choose in each_option(STEP)]
    assert found == [
        Normalise(),
        Normalise(by=MinMax(low=0.1)),
        *(Normalise(over=over) for over in ("pooled", 2010, "year")),
    ]


def test_a_third_number_is_the_nominal_one_and_there_is_no_fourth() -> None:
    assert Between(0.0, 1.0, 0.2).middle == 0.2
    with pytest.raises(UsageError, match=r"XZ-103.*4 numbers"):
        Between(0.0, 1.0, 0.2, 3.0)
