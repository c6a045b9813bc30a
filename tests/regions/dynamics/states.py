"""Income per head of 48 states, 1929-2009 (BEA, by libpysal), their contiguity, and what giddy finds on them."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import xinzhi as xz
from xinzhi.panel.panel import Floats
from xinzhi.regions.space.weights import ContiguityList

_FOLDER = Path(__file__).resolve().parents[2] / "reference"


@cache
def panel() -> xz.Panel:
    """Return the panel of incomes, current USD."""
    wide = pd.read_csv(_FOLDER / "libpysal_usjoin.csv").drop(columns="STATE_FIPS")
    long = wide.melt("Name", var_name="year", value_name="income")
    return xz.Panel(long.assign(year=long["year"].astype(int)), unit="Name", time="year")


@cache
def contiguity() -> ContiguityList:
    """Return the 107 links."""
    links = pd.read_csv(_FOLDER / "libpysal_states48_gal.csv")
    return ContiguityList(links=list(zip(links["name_i"], links["name_j"], strict=True)))


@cache
def _giddy() -> pd.DataFrame:
    return pd.read_csv(_FOLDER / "us_markov_giddy.csv", comment="#", dtype={"place": str})


def giddy(key: str) -> Floats:
    """Return a number or array of us_markov_giddy.csv."""
    rows = _giddy()[_giddy()["key"] == key]
    cells = rows["value"].to_numpy(dtype=np.float64)
    if rows["place"].isna().all():
        return cells.reshape(())
    last = [int(part) for part in rows["place"].iloc[-1].split("/")]
    return cells.reshape(last)
