"""Incomes and borders of the US states: libpysal's numbers and links, in regions that the Census Bureau draws."""

from pathlib import Path

import numpy as np
import pandas as pd

from xinzhi import catalog
from xinzhi.regions.space.weights import ContiguityList

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

# Census Bureau: states of each division without Alaska, Hawaii and the District of Columbia.
DIVISIONS = {
    ("Northeast", "New England"): 6,
    ("Northeast", "Middle Atlantic"): 3,
    ("Midwest", "East North Central"): 5,
    ("Midwest", "West North Central"): 7,
    ("South", "South Atlantic"): 8,
    ("South", "East South Central"): 4,
    ("South", "West South Central"): 4,
    ("West", "Mountain"): 8,
    ("West", "Pacific"): 3,
}


def test_incomes_are_those_of_libpysal() -> None:
    wide = pd.read_csv(REFERENCE / "libpysal_usjoin.csv").set_index("Name").drop(columns="STATE_FIPS")
    ours = catalog.frame("us_state_income").pivot(index="state", columns="year", values="income")
    assert ours.index.tolist() == wide.index.tolist()
    assert ours.columns.astype(str).tolist() == wide.columns.tolist()
    np.testing.assert_array_equal(ours.to_numpy(), wide.to_numpy())


def test_links_are_those_of_libpysal_and_each_is_there_once() -> None:
    links = pd.read_csv(REFERENCE / "libpysal_states48_gal.csv")
    theirs = {frozenset(pair) for pair in zip(links["name_i"], links["name_j"], strict=True)}
    ours = catalog.frame("us_state_contiguity")
    assert len(ours) == len(theirs)
    assert {frozenset(pair) for pair in zip(ours["from_en"], ours["to_en"], strict=True)} == theirs
    corners = ours.loc[ours["kind"] == "corner", "link"].tolist()
    assert corners == ["AZ-CO", "NM-UT"]  # the Four Corners
    assert set(ours["kind"]) == {"border", "corner"}


def test_states_have_the_same_names_in_both_tables() -> None:
    states = catalog.frame("us_state_income")[["state", "iso", "state_zh"]].drop_duplicates()
    assert len(states) == 48
    assert all(states[name].is_unique for name in states)
    links = catalog.frame("us_state_contiguity")
    for ours, ending in (("state", "en"), ("iso", "iso"), ("state_zh", "zh")):
        for end in ("from", "to"):
            named = states.set_index("iso", drop=False)[ours]
            assert links[f"{end}_{ending}"].tolist() == named[links[f"{end}_iso"]].tolist()
        linked = {
            unit for link in ContiguityList.from_catalog("us_state_contiguity", names=ending).links for unit in link
        }
        assert linked == set(states[ours])


def test_divisions_lie_in_their_regions() -> None:
    states = catalog.frame("us_state_income")[["state", "region", "division"]].drop_duplicates()
    assert states.groupby(["region", "division"]).size().to_dict() == DIVISIONS
    at = states.set_index("state")
    assert at.loc["West Virginia", "division"] == at.loc["Delaware", "division"] == "South Atlantic"
    assert at.loc["Missouri", "region"] == "Midwest"
