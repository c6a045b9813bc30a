"""Radial scores, super-efficiency, slacks and intensities against the files of R packages, cell by cell.

Sources: R Benchmarking 0.33 (charnes1981_*, milkProd_*) and deaR 1.5 (deaR_*), run in R 4.2.2; an infinite or empty
cell is a programme without a solution.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared

pytestmark = [needs_shared, pytest.mark.reference]
FILES = SHARED / "frontier"
FILE = 1e-8
"""Relative to max(1, value): R's solver stops at 1e-9 and prints fifteen digits."""
SCHOOLS = {"inputs": [f"x{k}" for k in range(1, 6)], "outputs": ["y1", "y2", "y3"]}
FOLLOW = {
    "inputs": ["Education", "Occupation", "Parental", "Counseling", "Teachers"],
    "outputs": ["Reading", "Math", "Coopersmith"],
}
SIDES = {"in": "input", "io": "input", "out": "output", "oo": "output"}


def fitted(name: str, unit: str, **settings: Any) -> pd.DataFrame:
    """Return scores and statuses by unit of a file of data."""
    data = pd.read_csv(FILES / name)
    data[unit] = data[unit].astype(str)
    result = xz.DEA(**settings).fit(xz.Panel(data, unit=unit))
    return result.tidy().set_index("unit")


def assert_cells(found: pd.DataFrame, expected: pd.Series) -> None:
    """Check scores against a column whose cells without a number are programmes without a solution."""
    wanted = expected.replace([np.inf, -np.inf], np.nan)
    wanted.index = wanted.index.astype(str)
    mine = found.loc[wanted.index]
    there = wanted.notna().to_numpy()
    assert (mine["status"][there] == "ok").all()
    assert (mine["status"][~there] == "infeasible").all()
    gap = np.abs(mine["score"] - wanted)[there] / np.maximum(1.0, np.abs(wanted[there]))
    assert gap.max() < FILE
    assert mine["score"][~there].isna().all()


@pytest.mark.parametrize("column", [f"{r}_{s}" for r in ("crs", "vrs", "drs", "irs") for s in ("in", "out")])
@pytest.mark.parametrize("file", ["charnes1981", "milkProd"])
def test_radial_scores_of_benchmarking(file: str, column: str) -> None:
    returns, side = column.split("_")
    unit = {"charnes1981": "firm", "milkProd": "farmNo"}[file]
    goods = SCHOOLS if file == "charnes1981" else {"inputs": ["energy", "vet", "cows"], "outputs": ["milk"]}
    found = fitted(f"{file}.csv", unit, **goods, orientation=SIDES[side], returns=returns, slack_objective=None)
    assert_cells(found, pd.read_csv(FILES / f"{file}_expected_Benchmarking.csv", index_col=unit)[column])


@pytest.mark.parametrize(("column", "missing"), [("super_crs_in", 0), ("super_vrs_in", 1), ("super_vrs_out", 6)])
def test_super_efficiency_of_benchmarking(column: str, missing: int) -> None:
    _, returns, side = column.split("_")
    found = fitted("charnes1981.csv", "firm", **SCHOOLS, orientation=SIDES[side], returns=returns, evaluated="excluded")
    assert_cells(found, pd.read_csv(FILES / "charnes1981_expected_Benchmarking.csv", index_col="firm")[column])
    assert (found["status"] == "infeasible").sum() == missing
    assert (found["reason"][found["status"] == "infeasible"] != "").all()


@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize("side", ["io", "oo"])
@pytest.mark.parametrize("kind", ["radial", "supereff"])
def test_follow_through_of_dear(kind: str, side: str, returns: str) -> None:
    expected = pd.read_csv(FILES / f"deaR_PFT1981_{kind}_expected_{side}_{returns}.csv", index_col=0)["eff"]
    evaluated = "excluded" if kind == "supereff" else "included"
    found = fitted("deaR_PFT1981.csv", "Site", **FOLLOW, orientation=SIDES[side], returns=returns, evaluated=evaluated)
    assert_cells(found, expected.reindex(found.index))  # the package leaves out what has no solution


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_power_plants_of_dear(returns: str) -> None:
    expected = pd.read_csv(FILES / f"deaR_Power_plants_supereff_io_expected_{returns}.csv", index_col=0)["eff"]
    goods = {"inputs": ["X1", "X2", "X3", "X4"], "outputs": ["Y1", "Y2"]}
    found = fitted("deaR_Power_plants.csv", "DMU", **goods, orientation="input", returns=returns, evaluated="excluded")
    assert_cells(found, expected.reindex(found.index))


def schools(objective: str) -> Any:
    data = pd.read_csv(FILES / "charnes1981.csv")
    model = xz.DEA(**SCHOOLS, orientation="input", returns="vrs", slack_objective=objective)
    return model.fit(xz.Panel(data.assign(firm=data["firm"].astype(str)), unit="firm"))


def test_slacks_of_benchmarking() -> None:
    """The file maximises the plain sum; the slacks of each good are unique on these data."""
    expected = pd.read_csv(FILES / "charnes1981_vrs_in_slacks_expected.csv").set_index("firm")
    expected.index = expected.index.astype(str)
    result = schools("raw")
    mine = result.slacks().set_index("unit").loc[expected.index]
    for good, column in zip([*SCHOOLS["inputs"], *SCHOOLS["outputs"]], expected.columns[1:9], strict=True):
        np.testing.assert_allclose(mine[good], expected[column], rtol=FILE, atol=FILE)
    total = result.tidy().set_index("unit").loc[expected.index, "slack"]
    np.testing.assert_allclose(total, expected["sum"], rtol=FILE, atol=FILE)


def test_intensities_of_benchmarking() -> None:
    expected = pd.read_csv(FILES / "charnes1981_vrs_in_lambda_expected.csv").set_index("firm")
    expected.index = expected.index.astype(str)
    peers = schools("raw").peers()
    mine = peers.pivot(index="unit", columns="peer", values="intensity").fillna(0.0).reindex(expected.index)
    for column in expected.columns:
        found = mine.get(column.removeprefix("L"), pd.Series(0.0, index=mine.index))
        np.testing.assert_allclose(found, expected[column], rtol=FILE, atol=FILE)
    assert {f"L{name}" for name in mine.columns} <= set(expected.columns)
