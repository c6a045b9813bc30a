"""Variables of a regression that share columns: found by name and by numbers, told, and nothing where there is none."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.compute import Run
from xinzhi.method import Filled, Term
from xinzhi.method.overlap import Overlap, overlap_table, overlap_warnings, overlaps

ROUNDING = 1e-12
"""Correlations of some dozen numbers of about one."""


def panel() -> xz.Panel:
    """Return 12 units x 6 years: independent columns, and some that are nearly another one."""
    draw = np.random.default_rng(1)
    code = np.repeat(np.arange(12), 6)
    base = {name: np.exp(draw.normal(size=72)) for name in ("patents", "skills", "roads", "banks")}
    frame = pd.DataFrame({"unit": [f"u{k:02}" for k in code], "year": np.tile(range(2010, 2016), 12), **base})
    frame["inventions"] = frame["patents"] ** 2 * np.exp(draw.normal(0, 0.01, 72))  # its logarithm twice
    frame["own_level"] = frame["skills"] + 40.0 * (code % 4)  # the same within units only
    return xz.Panel(frame, unit="unit", time="year")


def index(*names: str) -> Term:
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent="index") for name in names], dimensions=[xz.Dimension(name="index")]
    )
    system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    return Term(method=system, column="index")


def found(*series: str | Filled | Term) -> tuple[Overlap, ...]:
    return overlaps(series, panel(), Run())


def test_unrelated_variables_share_nothing() -> None:
    assert found("patents", "skills", "roads") == ()
    assert found("patents") == found() == ()
    assert overlap_warnings(()) == ()
    assert overlap_table(()) == []


def test_a_column_that_an_index_is_made_of() -> None:
    (one,) = found("roads", index("patents", "skills"), "patents")
    assert (one.columns, one.kind, one.index) == (("patents",), "shared", True)
    assert (one.first, one.second) == ("index", "patents")
    expected = np.corrcoef(panel().values("patents"), index("patents", "skills").method.fit(panel()).term("index"))
    assert abs(one.pooled) >= abs(expected[0, 1]) - ROUNDING  # or stronger in logarithms
    assert "RegressorOverlap" in overlap_warnings([one])[0]
    assert overlap_warnings([one])[0].startswith("XZ-474 ")


def test_two_terms_that_share_columns() -> None:
    (one,) = found(index("patents", "skills"), index("skills", "roads"))
    assert (one.columns, one.kind) == (("skills",), "shared")


@pytest.mark.parametrize(("variable", "place"), [("inventions", "patents"), ("own_level", "skills")])
def test_a_column_with_nearly_the_numbers_of_an_ingredient(variable: str, place: str) -> None:
    (one,) = found(index("patents", "skills", "roads"), variable)
    assert (one.columns, one.kind) == ((place,), "near_duplicate")
    assert max(abs(one.pooled), abs(one.within)) > 0.95
    assert (abs(one.pooled) > 0.95) == (variable == "inventions")


def test_columns_that_are_nearly_the_same_are_collinear_and_no_overlap() -> None:
    assert found("patents", "inventions", "banks") == ()


def test_the_index_is_named_where_one_is() -> None:
    (one,) = found(index("patents", "skills"), "inventions")
    assert one.index
    assert overlap_warnings([one])[0].startswith("XZ-474 index and inventions: one is made of columns")


def test_an_index_that_is_nearly_one_variable() -> None:
    (one,) = found(index("roads"), "roads")
    assert one.kind == "shared"
    (one,) = found(index("inventions"), "patents")
    assert one.kind == "near_duplicate"
    assert set(one.columns) == {"inventions"}


def test_a_variable_named_twice_counts_once_and_a_policy_is_no_second_column() -> None:
    assert found("patents", "patents") == ()
    (one,) = found("patents", Filled(column="patents", rules=["linear"]))
    assert (one.columns, one.kind) == (("patents",), "shared")


def test_labels_that_methods_read_are_no_numbers() -> None:
    frame = panel().frame().assign(area="north")
    first, second = (
        Term(method=xz.DagumDecomposition(of=name, group="area"), column="gini") for name in ("patents", "skills")
    )
    assert first.used_columns() == ["patents", "area"]
    assert second.used_columns() == ["skills", "area"]
    grouped = xz.Panel(frame.assign(area=np.where(frame["unit"] < "u06", "north", "south")), unit="unit", time="year")
    assert not [one for one in overlaps((first, second), grouped, Run()) if one.kind == "shared"]


def test_the_table_names_pairs_and_columns() -> None:
    (table,) = overlap_table(found("roads", index("patents", "skills"), "patents"))
    cells = table.columns()
    assert cells["columns"] == ["patents"]
    assert cells["kind"] == ["made of the same column"]
    assert table.name == "overlaps"
    assert table.notes


def test_row_order_and_units_of_measurement_do_not_matter() -> None:
    shuffled = xz.Panel(panel().frame().sample(frac=1, random_state=3), unit="unit", time="year")
    series = ("inventions", index("patents", "skills"))
    assert overlaps(series, shuffled, Run()) == found(*series)
    scaled = panel().scaled({"inventions": 1e6, "patents": 1e-6})
    assert [one.columns for one in overlaps(series, scaled, Run())] == [one.columns for one in found(*series)]
