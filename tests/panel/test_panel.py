"""The panel: one truth for every kind of frame and order of rows, and errors that name the place."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.errors import CODES, DataError, Problems, UsageError
from xinzhi.panel import Column, Panel

ROWS: dict[str, list[Any]] = {
    "country": ["B", "A", "A", "B", "A", "C"],
    "year": [2001, 2000, 2001, 2000, 2003, 2000],
    "gdp": [4.0, 1.0, 1.5, 3.5, 2.0, None],
    "staff": [40, 10, 11, 35, 12, 7],
    "region": ["north", "south", "south", None, "south", "north"],
}
MEANING = {"gdp": Column("bn USD", "level", "output"), "staff": Column("persons")}
BACKENDS: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "pandas nullable": lambda rows: pd.DataFrame(rows).convert_dtypes(),
}


def panel_of(rows: dict[str, list[Any]], **changes: Any) -> Panel:
    return Panel(pd.DataFrame(rows), **{"unit": "country", "time": "year", "columns": MEANING} | changes)


def small(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"country": ["A", "A", "B"], "year": [2000, 2001, 2000]} | columns)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_kind_of_frame_gives_the_same_panel(backend: str) -> None:
    panel = Panel(BACKENDS[backend](ROWS), unit="country", time="year", columns=MEANING)
    assert panel.digest() == panel_of(ROWS).digest()
    assert panel.units.tolist() == ["A", "B", "C"]
    assert panel.times.tolist() == [2000, 2001, 2003]
    np.testing.assert_array_equal(panel.values("gdp"), [1.0, 1.5, 2.0, 3.5, 4.0, np.nan])
    assert panel.label("region").tolist() == ["south", "south", "south", None, "north", "north"]


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_a_frame_goes_out_as_it_came_in(backend: str) -> None:
    frame = BACKENDS[backend](ROWS)
    panel = Panel(frame, unit="country", time="year", columns=MEANING)
    assert type(panel.frame()) is type(frame)
    again = Panel(panel.frame(), unit="country", time="year", columns=MEANING)
    assert again.digest() == panel.digest()


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    shuffled = {name: [cells[i] for i in order] for name, cells in ROWS.items()}
    assert panel_of(shuffled).digest() == panel_of(ROWS).digest()


def test_the_digest_sees_values_units_kinds_and_labels() -> None:
    digests = {
        panel_of(ROWS).digest(),
        panel_of(ROWS | {"gdp": [4.0, 1.0, 1.5, 3.5, 2.0, 0.0]}).digest(),
        panel_of(ROWS | {"region": ["north"] * 6}).digest(),
        panel_of(ROWS, columns=MEANING | {"gdp": Column("mn USD")}).digest(),
        panel_of(ROWS, columns=MEANING | {"gdp": Column("bn USD", "growth_index")}).digest(),
    }
    assert len(digests) == 5


def test_the_callers_frame_is_not_changed_and_the_panel_cannot_be() -> None:
    frame = pd.DataFrame(ROWS)
    before = frame.copy(deep=True)
    panel = Panel(frame, unit="country", time="year", columns=MEANING)
    panel.scaled({"gdp": 10.0})
    pd.testing.assert_frame_equal(frame, before)
    with pytest.raises(ValueError, match="read-only"):
        panel.values("gdp")[0] = 0.0


def test_duplicates_are_named_with_their_lines() -> None:
    frame = pd.DataFrame({"country": ["A", "B", "A"], "year": [2000, 2000, 2000], "gdp": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError) as caught:
        Panel(frame, unit="country", time="year", source="f.csv", first_line=2)
    assert caught.value.code == "XZ-203"
    assert "A 2000 (lines 2 and 4)" in caught.value.found
    assert caught.value.where == "f.csv"


def test_text_in_a_declared_number_column_is_named_with_its_lines() -> None:
    frame = small(gdp=["1.5", "n.v.", "x"])
    with pytest.raises(DataError) as caught:
        Panel(frame, unit="country", time="year", columns={"gdp": Column()}, source="f.csv", first_line=2)
    assert caught.value.code == "XZ-202"
    assert "'n.v.' (A 2001, line 3)" in caught.value.found
    assert "'x' (B 2000, line 4)" in caught.value.found
    assert "1.5" not in caught.value.found


def test_text_in_an_undeclared_column_is_an_error_when_it_is_used_as_a_number() -> None:
    panel = Panel(small(gdp=["1.5", "n.v.", "2"]), unit="country", time="year")
    assert panel.labels == ("gdp",)
    with pytest.raises(DataError) as caught:
        panel.values("gdp")
    assert caught.value.code == "XZ-202"


@pytest.mark.parametrize("odd", [-0.1, 1.2, 55.0])
def test_a_share_outside_its_bounds_is_an_error(odd: float) -> None:
    with pytest.raises(DataError) as caught:
        Panel(small(ls=[0.5, odd, None]), unit="country", time="year", columns={"ls": Column(kind="share")})
    assert caught.value.code == "XZ-204"
    assert f"{odd:g} (A 2001, line 1)" in caught.value.found
    assert caught.value.expected == "fractions from 0 to 1"


def test_shares_of_zero_and_one_and_missing_shares_are_fine() -> None:
    panel = Panel(small(ls=[0.0, 1.0, None]), unit="country", time="year", columns={"ls": Column(kind="share")})
    np.testing.assert_array_equal(panel.values("ls"), [0.0, 1.0, np.nan])


def test_all_errors_of_the_cells_come_together() -> None:
    frame = pd.DataFrame({"country": ["A", "A"], "year": [2000, 2000], "gdp": ["x", "y"], "ls": [2.0, 0.5]})
    columns = {"gdp": Column(), "ls": Column(kind="share")}
    with pytest.raises(Problems) as caught:
        Panel(frame, unit="country", time="year", columns=columns)
    assert [error.code for error in caught.value.errors] == ["XZ-203", "XZ-202", "XZ-204"]
    assert caught.value.exit_code == DataError.exit_code


@pytest.mark.parametrize(
    ("unit", "time", "columns", "message"),
    [
        ("contry", "year", {}, "'contry' did you mean 'country'?"),
        ("country", "yaer", {}, "'yaer' did you mean 'year'?"),
        ("country", "year", {"gdpp": Column()}, "'gdpp' did you mean 'gdp'?"),
    ],
)
def test_a_missing_column_names_the_nearest(unit: str, time: str, columns: dict[str, Column], message: str) -> None:
    with pytest.raises(DataError) as caught:
        Panel(pd.DataFrame(ROWS), unit=unit, time=time, columns=columns)
    assert caught.value.code == "XZ-205"
    assert message in caught.value.found


def test_unknown_names_are_answered_with_the_nearest() -> None:
    panel = panel_of(ROWS)
    for ask in (
        lambda: panel.values("gpd"),
        lambda: panel.label("regoin"),
        lambda: panel.array("gdp", "gpd"),
    ):
        with pytest.raises(DataError) as caught:
            ask()
        assert caught.value.code == "XZ-205"
        assert "did you mean" in caught.value.expected


@pytest.mark.parametrize("odd", [2000.5, "20OO", "2000-01"])
def test_a_time_that_is_not_whole_is_an_error(odd: object) -> None:
    with pytest.raises(DataError) as caught:
        Panel(pd.DataFrame({"c": ["A", "B"], "y": pd.Series([2000, odd], dtype=object)}), unit="c", time="y")
    assert caught.value.code == "XZ-209"
    assert caught.value.found == repr(odd)
    assert caught.value.where == "frame, column 'y', line 1"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"country": [], "year": [], "gdp": []}),
        pd.DataFrame({"country": [None, "A"], "year": [2000, None], "gdp": [1.0, 2.0]}),
    ],
    ids=["no row", "no key"],
)
def test_no_usable_row_is_an_error(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError) as caught:
        Panel(frame, unit="country", time="year")
    assert caught.value.code == "XZ-206"
    assert f"{len(frame)} rows read" in caught.value.found


@pytest.mark.parametrize(
    "frame", [[1, 2], {"country": ["A"]}, pl.LazyFrame(ROWS), "gdp.csv"], ids=["list", "mapping", "lazy frame", "name"]
)
def test_what_is_no_frame_is_refused(frame: object) -> None:
    with pytest.raises(DataError) as caught:
        Panel(frame, unit="country", time="year")
    assert caught.value.code == "XZ-216"


def test_repeated_column_names_of_a_frame_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        Panel(pd.DataFrame([["A", 1, 2]], columns=["country", "gdp", "gdp"]), unit="country")
    assert caught.value.code == "XZ-216"
    assert "'gdp'" in caught.value.found


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        Column("1947 = 1", "growth-index")  # type: ignore[arg-type]
    assert caught.value.code == "XZ-103"
    assert "did you mean 'growth_index'?" in caught.value.found


def test_the_account_adds_up_and_gives_reasons() -> None:
    frame = pd.DataFrame({"country": ["A", None, "A", ""], "year": [2000, 2000, None, 2000], "gdp": [1.0, 2, 3, 4]})
    panel = Panel(frame, unit="country", time="year", source="f.csv", first_line=2)
    account = panel.account
    assert (account.read, account.used, len(panel)) == (4, 1, 1)
    assert account.read == account.used + len(account.left_out)
    assert account.left_out == ((3, "no country"), (4, "no year"), (5, "no country"))


def test_an_integer_code_with_a_missing_cell_keeps_its_name() -> None:
    frame = pd.DataFrame({"code": [110000, None, 310000], "year": [2000, 2000, 2000]})  # pandas makes floats of it
    assert Panel(frame, unit="code", time="year").units.tolist() == ["110000", "310000"]


def test_the_label_of_a_number_column_is_its_plain_text() -> None:
    panel = Panel(small(naics=[2936, None, 11.5], flag=["x", "y", "z"]), unit="country", time="year")
    assert panel.label("naics").tolist() == ["2936", None, "11.5"]
    assert panel.label("flag").tolist() == ["x", "y", "z"]


def test_numbers_in_a_column_of_objects_are_numbers() -> None:
    cells = pd.Series([1, Decimal("2.5"), None], dtype=object)
    panel = Panel(small(x=cells, word=pd.Series([1, "a", None], dtype=object)), unit="country", time="year")
    np.testing.assert_array_equal(panel.values("x"), [1.0, 2.5, np.nan])
    assert panel.labels == ("word",)


def test_a_meaning_must_be_a_column() -> None:
    with pytest.raises(UsageError) as caught:
        Panel(small(y=[1.0, 2.0, 3.0]), unit="country", time="year", columns={"y": "level"})  # type: ignore[dict-item]
    assert caught.value.code == "XZ-103"
    assert "'level'" in caught.value.found


def test_infinite_cells_are_missing_and_booleans_are_numbers() -> None:
    panel = Panel(small(x=[np.inf, -np.inf, 1.0], flag=[True, False, True]), unit="country", time="year")
    np.testing.assert_array_equal(panel.values("x"), [np.nan, np.nan, 1.0])
    np.testing.assert_array_equal(panel.values("flag"), [1.0, 0.0, 1.0])


def test_a_cross_section_and_a_single_series() -> None:
    cross = Panel(pd.DataFrame({"c": ["B", "A"], "x": [2.0, 1.0]}), unit="c")
    assert cross.values("x").tolist() == [1.0, 2.0]
    with pytest.raises(DataError) as caught:
        cross.steps()
    assert caught.value.code == "XZ-214"
    series = Panel(pd.DataFrame({"y": [2001, 2000], "x": [2.0, 1.0]}), time="y")
    assert series.units.tolist() == ["all"]
    assert series.steps().end.tolist() == [1]


def test_steps_do_not_cross_a_gap_or_a_border() -> None:
    steps = panel_of(ROWS).steps()  # A 2000, A 2001, A 2003, B 2000, B 2001, C 2000
    assert steps.end.tolist() == [1, 2, 4, 5]  # C has no other row
    assert steps.before.tolist() == [0, -1, 3, -1]


def test_steps_inside_a_window_end_after_its_first_year() -> None:
    steps = panel_of(ROWS).steps((2000, 2001))
    assert (steps.end.tolist(), steps.before.tolist()) == ([1, 4], [0, 3])


def test_a_unit_that_begins_late_has_a_step_without_a_row_before_it() -> None:
    late = panel_of({**ROWS, "country": ["B", "A", "A", "B", "A", "A"], "year": [2001, 2000, 2001, 2003, 2003, 2002]})
    every, inside = late.steps(), late.steps((2001, 2003))  # A 2000, 2001, 2002, 2003, B 2001, B 2003
    assert (every.end.tolist(), every.before.tolist()) == ([1, 2, 3, 4, 5], [0, 1, 2, -1, -1])
    assert (inside.end.tolist(), inside.before.tolist()) == ([2, 3, 5], [1, 2, -1])


@pytest.mark.parametrize("window", [None, (2001, 2003)])
def test_a_panel_without_two_consecutive_periods_has_no_steps(window: tuple[int, int] | None) -> None:
    rows = ROWS if window else {**ROWS, "year": [2001, 2000, 2002, 2003, 2004, 2000]}
    with pytest.raises(DataError) as caught:
        panel_of(rows).steps(window)
    assert caught.value.code == "XZ-214"
    assert caught.value.found == "no unit has two consecutive periods"


def test_locate_gives_rows_or_minus_one() -> None:
    rows = panel_of(ROWS).locate(["B", "A", "nobody"], [2003, 2000, 1950])
    assert rows.tolist() == [[-1, 3, -1], [2, 0, -1], [-1, -1, -1]]


def test_scaled_changes_the_named_columns_only() -> None:
    panel = panel_of(ROWS)
    scaled = panel.scaled({"gdp": 1000.0})
    np.testing.assert_array_equal(scaled.values("gdp"), panel.values("gdp") * 1000.0)
    np.testing.assert_array_equal(scaled.values("staff"), panel.values("staff"))
    assert scaled.label("region").tolist() == panel.label("region").tolist()
    assert scaled.columns == panel.columns


def test_select_keeps_rows_and_their_lines() -> None:
    panel = panel_of(ROWS, first_line=2)
    chosen = panel.select(units=["A", "C"], times=(2000, 2001))
    assert list(zip(chosen.unit_names, chosen.when.tolist(), strict=True)) == [
        ("A", 2000),
        ("A", 2001),
        ("C", 2000),
    ]
    assert chosen.line.tolist() == [3, 4, 7]  # places in ROWS plus 2
    assert panel.select().digest() == panel.digest()
    with pytest.raises(DataError) as caught:
        panel.select(units=["a"])
    assert caught.value.code == "XZ-212"


def test_the_account_of_a_selection_is_that_of_its_source() -> None:
    rows = {name: [*cells, cells[0]] for name, cells in ROWS.items()} | {"country": [*ROWS["country"], None]}
    panel = panel_of(rows, first_line=2, source="f.csv", findings=["decimal point"])
    chosen = panel.select(units=["A"]).scaled({"gdp": 2.0})
    account = chosen.account
    assert (account.source, account.findings) == ("f.csv", ("decimal point",))
    assert (account.read, account.used, len(chosen)) == (7, 3, 3)  # ROWS and one row without a country; A has three
    left_out = [(2, "not selected"), (5, "not selected"), (7, "not selected"), (8, "no country")]
    assert sorted(account.left_out) == left_out


@pytest.mark.parametrize("window", [(1999, 2001), (2001, 2001), (2003, 2000), (2000, 2004)])
def test_a_window_must_lie_within_the_years(window: tuple[int, int]) -> None:
    with pytest.raises(DataError) as caught:
        panel_of(ROWS).require_window(window, where="window")
    assert caught.value.code == "XZ-208"
    assert "2000-2003" in caught.value.expected


def test_every_code_raised_here_is_documented() -> None:
    raised = {103, 202, 203, 204, 205, 206, 208, 209, 212, 214, 216}
    assert {f"XZ-{number}" for number in raised} <= CODES.keys()


def test_several_columns_name_a_unit_together():
    rows = {"c": ["A", "A", "B", None], "s": [1, 2, 1, 1], "t": [2000, 2000, 2000, 2000], "y": [1.0, 2.0, 3.0, 4.0]}
    panel = Panel(pd.DataFrame(rows), unit=["c", "s"], time="t")
    assert panel.units.tolist() == ["A 1", "A 2", "B 1"]
    assert panel.unit == "c s"
    assert panel.unit_label("c").tolist() == ["A", "A", "B"]
    assert panel.values("y").tolist() == [1.0, 2.0, 3.0]
    assert len(panel.account.left_out) == 1, "a unit without one of its names is no unit"
    assert panel.select(units=["A 2"]).values("y").tolist() == [2.0]
    with pytest.raises(DataError, match="no column 'd'"):
        Panel(pd.DataFrame(rows), unit=["c", "d"], time="t")
