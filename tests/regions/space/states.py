"""Income of the 48 states and their contiguity, as the reference numbers take them."""

from functools import cache
from pathlib import Path

import pandas as pd

import xinzhi as xz
from xinzhi.regions.space.weights import ContiguityList

FOLDER = Path(__file__).parents[2] / "reference"


@cache
def states() -> xz.Panel:
    """Return income per head of 1929 and 2000 (libpysal us_income; Bureau of Economic Analysis)."""
    wide = pd.read_csv(FOLDER / "libpysal_usjoin.csv")
    long = wide.melt(id_vars=["Name"], value_vars=["1929", "2000"], var_name="year", value_name="income")
    return xz.Panel(long.astype({"year": int}), unit="Name", time="year")


@cache
def contiguity() -> ContiguityList:
    """Return the links of libpysal's states48.gal."""
    links = pd.read_csv(FOLDER / "libpysal_states48_gal.csv")
    return ContiguityList(links=tuple(zip(links.name_i, links.name_j, strict=True)))
