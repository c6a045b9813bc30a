"""COINr's example index, replayed step by step, and bad data on the way to an index.

Expected files: COINr 1.1.14 (commit b968203), build_example_coin(); rows are joined on uCode, their orders differ.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi import catalog
from xinzhi.errors import DataError, XinzhiError

SAME = 1e-9
"""Relative; the files hold 15 digits, and the largest difference seen is 2e-13."""
STEPS = (
    xz.Denominate(),
    xz.Impute(group="EurAsia_group"),
    xz.Screen(units=0.9),
    xz.Treat(),
    xz.Normalise(by=xz.MinMax(high=100.0)),
    xz.Weigh(by=xz.Given(scale="relative")),
    xz.Aggregate(),
)
FIRST = {  # methods/indicators.md, 3.1
    "CHE": 68.38,
    "NLD": 64.82,
    "DNK": 64.80,
    "NOR": 64.47,
    "BEL": 63.54,
    "SWE": 63.00,
    "AUT": 61.90,
    "LUX": 61.58,
}
WINSORISED = {  # how many values, by indicator
    "Flights": 1,
    "Bord": 3,
    "Gas": 3,
    "Services": 4,
    "FDI": 2,
    "ForPort": 3,
    "CostImpEx": 1,
    "Tariff": 3,
    "StMob": 2,
    "CultServ": 3,
    "Forest": 2,
    "Poverty": 3,
    "NGOs": 3,
    "FemLab": 1,
    "PubDebt": 1,
}


def asem(*, steps: tuple[Any, ...] = STEPS, panel: xz.Panel | None = None) -> Any:
    system = xz.IndexSystem(framework=xz.index_template("asem"), steps=steps)
    return system.fit(panel or catalog.load("asem_indicators"))


@pytest.fixture(scope="module")
def original() -> Any:
    """Return the index of COINr's own files."""
    folder = SHARED / "indicators"
    system = xz.IndexSystem(framework=xz.read_framework(folder / "coinr_ASEM_iMeta.csv"), steps=STEPS)
    return system.fit(xz.read(folder / "coinr_ASEM_iData.csv", unit="uCode", time="Time"))


def test_the_shipped_data_give_the_published_index() -> None:
    result = asem()
    scores = result.tidy().set_index("unit")["Index"].sort_values(ascending=False)
    assert scores.head(8).round(2).to_dict() == FIRST
    assert (result.rows.status == "ok").all()


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("denominate", "Denominated"),
        ("impute", "Imputed"),
        ("treat", "Treated"),
        ("normalise", "Normalised"),
        ("aggregate", "Aggregated"),
    ],
)
def test_every_step_equals_that_of_coinr(original: Any, form: str, file: str) -> None:
    expected = pd.read_csv(SHARED / "indicators" / f"coinr_ASEM_expected_{file}.csv").set_index("uCode").sort_index()
    found = original.tidy() if form == "aggregate" else original.indicators(form)
    if form == "aggregate":
        found = found.merge(original.indicators("normalise"), on=["unit", "time"])
    found = found.set_index("unit").sort_index()
    columns = [name for name in expected if name in found]
    assert len(columns) == (60 if form == "aggregate" else 49)
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found[columns], expected[columns], rtol=SAME, atol=0)


@needs_shared
@pytest.mark.reference
def test_the_cells_that_change_are_all_listed(original: Any) -> None:
    imputed = [change for change in original.last.changes if change.step == "impute"]
    treated = [change for change in original.last.changes if change.step == "treat"]
    assert sum(change.rows.size for change in imputed) == 65
    assert {str(change.rule) for change in imputed} == {"mean of the year and EurAsia_group"}
    names = [name for change in treated for name in change.names]
    assert {name: names.count(name) for name in names} == WINSORISED
    facts = original.stage("treat").facts["treat"]
    assert {name for name, record in facts.items() if record.rule} == set(WINSORISED)
    assert all(record.passes for record in facts.values())
    assert original.last.left_out == ()


def test_the_order_of_rows_does_not_matter() -> None:
    frame = catalog.frame("asem_indicators").sample(frac=1, random_state=1)
    panel = xz.Panel(frame.astype({"Time": int}), unit="uCode", time="Time")
    np.testing.assert_array_equal(asem(panel=panel).term("Index"), asem().term("Index"))


def test_units_of_measurement_do_not_matter() -> None:
    panel = catalog.load("asem_indicators")
    scaled = panel.scaled({"LPI": 1e6, "Goods": 1e-9, "GDP": 1e3, "CO2": 7.0})
    np.testing.assert_allclose(asem(panel=scaled).term("Index"), asem().term("Index"), rtol=1e-11)


# Bad data on the way to an index ---------------------------------------------------------------


TWO = xz.Framework(
    indicators=[xz.Indicator(name=name, parent="index") for name in "ab"], dimensions=[xz.Dimension(name="index")]
)


def toy(frame: pd.DataFrame, *steps: Any, **normalise: Any) -> Any:
    rest = (xz.Normalise(**normalise), xz.Weigh(by=xz.Equal()), xz.Aggregate())
    panel = xz.Panel(frame, unit="u", time="t" if "t" in frame else None)
    return xz.IndexSystem(framework=TWO, steps=(*steps, *rest)).fit(panel)


def test_a_column_of_zeros_is_refused_and_dropped_where_that_is_said() -> None:
    frame = pd.DataFrame({"u": list("ABC"), "a": [0.0, 0.0, 0.0], "b": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match=r"XZ-261.*: a"):
        toy(frame)
    result = toy(frame, xz.Screen(constant="drop"))
    assert result.term("index").tolist() == [0.0, 0.5, 1.0]
    assert any("XZ-464" in warning for warning in result.warnings)


def test_text_in_an_indicator_is_refused_with_its_places() -> None:
    frame = pd.DataFrame({"u": list("ABC"), "a": ["1", "n.a.", "3"], "b": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match=r"XZ-202.*'a' holds .*'n.a.'"):
        toy(frame)


def test_a_missing_year_of_a_unit_takes_nothing_from_the_others() -> None:
    rows = [("A", 2000, 1.0, 4.0), ("A", 2002, 3.0, 6.0), *(("B", 2000 + k, k + 1.0, k + 4.0) for k in range(3))]
    result = toy(pd.DataFrame(rows, columns=["u", "t", "a", "b"]))
    assert result.tidy()[["unit", "time"]].to_numpy().tolist() == [[u, t] for u, t, *_ in rows]
    assert result.term("index").tolist() == [0.0, 1.0, 0.0, 0.5, 1.0]
    with pytest.raises(DataError, match="XZ-208"):
        toy(pd.DataFrame(rows, columns=["u", "t", "a", "b"]), over=1999)


def test_one_unit_only_is_no_index() -> None:
    with pytest.raises(DataError, match="XZ-266"):
        toy(pd.DataFrame({"u": ["A"], "a": [1.0], "b": [2.0]}), xz.Screen())


def test_zero_denominators_are_refused_with_their_places() -> None:
    frame = catalog.frame("asem_indicators")
    frame.loc[frame.uCode.isin(["CHE", "NLD"]), "GDP"] = 0.0
    with pytest.raises(XinzhiError, match="XZ-267") as caught:
        asem(panel=xz.Panel(frame, unit="uCode", time="Time"))
    assert "CHE 2018, NLD 2018" in caught.value.found


def test_a_row_without_any_value_has_no_score_and_a_reason() -> None:
    frame = pd.DataFrame({"u": list("ABC"), "a": [1.0, np.nan, 3.0], "b": [1.0, np.nan, 3.0]})
    row = toy(frame).tidy().set_index("unit").loc["B"]
    assert (row["status"], row["reason"]) == ("missing_data", "missing: a, b")
