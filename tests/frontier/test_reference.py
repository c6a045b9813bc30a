"""Which units may define best practice: rules that cannot be obeyed are refused."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier.reference import ReferenceSet, reference_units


def panel():
    """Return twelve units in 2000 and 2001; the first two have half a million people, the others five."""
    rows = [(f"u{j:02d}", t, 0.5 if j < 2 else 5.0) for j in range(12) for t in (2000, 2001)]
    return xz.Panel(pd.DataFrame(rows, columns=["u", "t", "pop"]), unit="u", time="t")


def members(reference):
    every, none = np.ones(12, dtype=bool), np.zeros(12, dtype=bool)
    return reference_units(reference, panel(), every, none, 2001)


def test_population_and_names_leave_units_out():
    assert members(ReferenceSet(population="pop", minimum_population=1.0)).tolist() == [False] * 2 + [True] * 10
    assert members(ReferenceSet(exclude=("u03",))).tolist() == [True] * 3 + [False] + [True] * 8


@pytest.mark.parametrize("settings", [{"minimum_population": 1.0}, {"population_year": 2000}])
def test_rules_of_population_need_its_column(settings):
    with pytest.raises(UsageError, match="need population") as caught:
        ReferenceSet(**settings)
    assert caught.value.code == "XZ-103"


def test_an_excluded_unit_that_the_data_do_not_hold_is_an_error():
    with pytest.raises(DataError, match="did you mean 'u01'") as caught:
        members(ReferenceSet(exclude=("u00", "U01")))
    assert (caught.value.code, caught.value.where) == ("XZ-212", "ReferenceSet.exclude")
    with pytest.raises(DataError) as caught:  # the named sets leave out countries that need not be there
        members("core")
    assert caught.value.code == "XZ-208"


@pytest.mark.parametrize("reference", ["core", ReferenceSet(population="pop", population_year=2017)])
def test_a_year_of_population_outside_the_data_is_named(reference):
    with pytest.raises(DataError, match="population of 2017") as caught:
        members(reference)
    assert caught.value.code == "XZ-208"
    assert caught.value.expected == "a year from 2000 to 2001"


def test_too_few_units_are_an_error():
    with pytest.raises(xz.errors.EstimationError) as caught:
        members(ReferenceSet(exclude=("u00", "u01", "u02")))
    assert caught.value.code == "XZ-302"
