"""What every result does with views and periods: it shows what is asked for, or says why it cannot."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.method.examples import LATE, accounts, panel
from xinzhi.errors import DataError, UsageError
from xinzhi.method import View
from xinzhi.method.base import wrong
from xinzhi.method.result import LOG_RATES

ROW = ("late", 2003, 5.0, 5.0, 5.0)


@pytest.fixture(scope="module")
def result():
    return accounts().fit(panel())


def small(*, missing=()):
    """Two units in 2000-2003, constant output, capital and labour; a third in the last year only."""
    rows = [(u, t, 1.0, 1.0, 1.0) for u in ("a", "b") for t in range(2000, 2004)]
    data = pd.DataFrame([*rows, ROW], columns=list("utykl"))
    for unit, year, column in missing:
        data.loc[(data["u"] == unit) & (data["t"] == year), column] = np.nan
    return xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6).fit(
        xz.Panel(data, unit="u", time="t")
    )


# Views ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"units": "U01"}, "View.units"),
        ({"periods": ()}, "View.periods"),
        ({"periods": (2010, 2014)}, "View.periods"),
        ({"periods": ((2010, 2012, 2014),)}, "View.periods"),
        ({"periods": "2010-2014"}, "View.periods"),
    ],
)
def test_a_view_of_a_wrong_shape_is_refused(settings, where):
    with pytest.raises(UsageError) as caught:
        View(**settings)
    assert (caught.value.code, caught.value.where) == ("XZ-103", where)


@pytest.mark.parametrize("verb", ["tables", "summary"])
def test_a_unit_without_a_row_is_an_error_with_the_nearest(result, verb):
    with pytest.raises(DataError) as caught:
        getattr(result, verb)(View(units=("U01", "U2")))
    assert caught.value.code == "XZ-212"
    assert "U2; did you mean 'U" in caught.value.found


def test_a_view_given_as_lists_is_the_same_view():
    assert View(units=["A"], periods=[[2000, 2001]]) == View(units=("A",), periods=((2000, 2001),))


# Periods ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("periods", [[2010, 2014], [], [("2010", "x")]])
def test_periods_are_pairs_of_years(result, periods):
    with pytest.raises(UsageError) as caught:
        result.periods(periods)
    assert caught.value.code == "XZ-103"


def test_scores_have_no_periods():
    scores = xz.DEA(inputs=["k"], outputs=["y"]).fit(panel())
    with pytest.raises(UsageError, match="scores are not growth terms") as caught:
        scores.periods([(2010, 2014)])
    assert caught.value.code == "XZ-103"


def test_a_unit_with_one_row_stays_in_the_result(result):
    """The late unit has a row in the last year only: a step that ends there, without a row before it."""
    mine = result.rows.unit == LATE[0]
    assert result.rows.time[mine].tolist() == [LATE[1]]
    assert result.rows.status[mine].tolist() == ["missing_data"]
    assert result.rows.reason[mine].tolist() == [f"no row for {LATE[1] - 1}"]
    assert result.span() == (2010, 2014)


def test_a_unit_in_the_first_year_only_does_not_move_the_span():
    data = pd.DataFrame([("a", 2000, 1.0), ("a", 2001, 1.0), ("b", 2000, 1.0)], columns=list("uty"))
    method = xz.GrowthAccounts(output="y", capital="y", labour="y", labour_share=0.6)
    result = method.fit(xz.Panel(data, unit="u", time="t"))
    assert list(zip(result.rows.unit, result.rows.time, result.rows.status, strict=True)) == [
        ("a", 2001, "ok"),
        ("b", 2000, "missing_data"),
    ]
    assert result.span() == (2000, 2001)
    assert result.tables()[0].notes[:-1] == ("b: not computed in 1 of 1 years, first 2001: no step.",)


# Notes ------------------------------------------------------------------------------------------


def test_notes_say_how_many_years_are_missing_and_why_the_first():
    result = small(missing=[("b", 2002, "k")])
    assert result.tables()[0].notes[:-1] == (
        "b: not computed in 2 of 3 years, first 2002: k missing in 2001 or 2002.",
        "late: not computed in 3 of 3 years, first 2001: no step.",
    )
    assert result.summary(View(units=("b",))) == (
        "b: not computed in 2 of 3 years, first 2002: k missing in 2001 or 2002."
    )


def test_a_unit_has_a_note_only_where_a_cell_that_is_shown_is_missing():
    result = small(missing=[("b", 2003, "k")])
    whole = View(units=("a", "b"), periods=((2000, 2002),))
    assert result.mean_rates("T", whole).notes == (LOG_RATES,)
    assert len(result.mean_rates("T", View(units=("a", "b"))).notes) == 2
    assert result.mean_rates("T", View(units=("a", "b")), ["growth"]).notes == (LOG_RATES,)  # output itself is there


def test_a_wrong_setting_is_shown_only_as_far_as_it_can_be_read():
    """A wrong number of points of an index would print the whole index; a text of 200 letters is cut."""
    index = xz.IndexSystem(
        framework=xz.Framework(
            indicators=[xz.Indicator(name=name, parent="index") for name in ("y", "k")],
            dimensions=[xz.Dimension(name="index")],
        ),
        steps=[xz.Normalise(by=xz.OneOf(xz.MinMax(), xz.ZScore())), xz.Weigh(by=xz.Equal()), xz.Aggregate()],
    )
    with pytest.raises(UsageError, match="a power of two") as caught:
        xz.Sensitivity(system=index, sample=100)
    assert "IndexSystem" not in str(caught.value)
    assert "dict" not in str(caught.value)
    assert wrong(["should be a number"], 3) == "should be a number; found 3"
    assert wrong(["should be a number"], dict.fromkeys(range(99))) == "should be a number; found dict"
    assert wrong(["should be a number"], "a" * 200).endswith("aaa…")
    assert len(wrong(["should be a number"], "a" * 200)) < 120
