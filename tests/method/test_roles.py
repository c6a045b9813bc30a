"""Roles: names of parts, kinds of columns, needs that do not hide each other, policies that cannot mislead."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import UsageError
from xinzhi.method import Input, Labour
from xinzhi.method.roles import read_quantity

ROUNDING = 1e-12  # logs of numbers of size 1 to 10, summed a few times


def economy(**columns):
    """Three units x three years; every column grows at its own rate, so that growth tells columns apart."""
    rows = [(f"u{j}", 2000 + t) for j in range(3) for t in range(3)]
    data = pd.DataFrame(rows, columns=["u", "t"])
    rates = {"y": 0.05, "k": 0.04, "ict": 0.2, "l": 0.01, "s": 0.03, "h": -0.01, "q": 0.02}
    for place, (name, rate) in enumerate(rates.items()):
        data[name] = (1.0 + place) * np.exp(rate * (data["t"] - 2000))
    return data.assign(**columns)


def panel(data, **kinds):
    return xz.Panel(data, unit="u", time="t", columns={name: xz.Column(kind=kind) for name, kind in kinds.items()})


def accounts(**changes):
    return xz.GrowthAccounts(**{"output": "y", "capital": "k", "labour": "l", "labour_share": 0.5} | changes)


# Several inputs of one kind ---------------------------------------------------------------------


def test_several_capitals_and_labours_keep_their_names():
    """Contributions by hand: share times the rate at which the column grows."""
    method = accounts(
        capital=xz.Capital(growth="k"),
        labour=Labour(persons="l", hours="h"),
        other_inputs=[
            Input(name="ict", quantity=xz.Capital(growth="ict"), share=0.1),
            Input(name="skilled", quantity=Labour(persons="s", hours="h", quality="q"), share=0.2),
        ],
    )
    result = method.fit(panel(economy()))
    expected = {
        "capital": 0.2 * 0.04,  # 1 - 0.5 - 0.1 - 0.2 is left for capital
        "employment": 0.5 * 0.01,
        "hours": 0.5 * -0.01,
        "ict": 0.1 * 0.2,
        "skilled_employment": 0.2 * 0.03,
        "skilled_hours": 0.2 * -0.01,
        "skilled_quality": 0.2 * 0.02,
    }
    assert list(result.rows.terms) == ["growth", *expected, "tfp"]
    for name, rate in expected.items():
        np.testing.assert_allclose(result.term(name), rate, rtol=0, atol=ROUNDING, err_msg=name)
    by_input = result.contributions_by_input()
    np.testing.assert_allclose(by_input[0], [0.008, 0.0, 0.02, 0.008], rtol=0, atol=ROUNDING)


def test_contributions_by_input_in_the_intensive_form():
    """Per hour, labour keeps its quality alone; capital and energy grow less by the hours worked."""
    method = accounts(
        labour=Labour(persons="l", hours="h", quality="q"),
        other_inputs=[Input(name="energy", quantity="ict", share=0.1)],
        per="hours",
    )
    by_input = method.fit(panel(economy())).contributions_by_input()
    np.testing.assert_allclose(by_input[0], [0.4 * 0.04, 0.5 * 0.02, 0.1 * 0.2], rtol=0, atol=ROUNDING)  # l h constant


def test_output_per_hour_needs_one_labour():
    skilled = Input(name="skilled", quantity=Labour(persons="s"), share=0.1)
    method = accounts(labour=Labour(persons="l"), other_inputs=[skilled], per="persons")
    with pytest.raises(UsageError, match="several labours"):
        method.fit(panel(economy()))


@pytest.mark.parametrize("name", ["tfp", "growth", "unit", "status", "end", "hours", "capital_deepening"])
def test_an_input_cannot_have_the_name_of_another_column(name):
    with pytest.raises(UsageError, match=f"an input called {name}") as caught:
        accounts(other_inputs=[Input(name=name, quantity="ict", share=0.1)]).fit(panel(economy()))
    assert caught.value.code == "XZ-103"


@pytest.mark.parametrize(
    "others",
    [
        [Input(name="capital", quantity="ict", share=0.1)],
        [Input(name="e", quantity="ict", share=0.1), Input(name="e", quantity="s", share=0.1)],
        [
            Input(name="skilled", quantity=Labour(persons="s"), share=0.1),
            Input(name="skilled_employment", quantity="ict", share=0.1),
        ],
    ],
    ids=["of capital", "each other", "of a part"],
)
def test_two_inputs_cannot_have_one_name(others):
    with pytest.raises(UsageError, match="two inputs called") as caught:
        accounts(other_inputs=others).fit(panel(economy()))
    assert caught.value.code == "XZ-103"


def test_no_input_is_an_error():
    with pytest.raises(UsageError, match="at least one input"):
        xz.BestPractice(output="y", inputs=[], reference="all").fit(panel(economy()))


# Policies and kinds -----------------------------------------------------------------------------


def test_total_hours_are_not_filled_with_those_of_another_country():
    with pytest.raises(UsageError, match="no total hours") as caught:
        Labour(hours="h", missing_hours=xz.SplicedHours(reference="u0"))
    assert caught.value.code == "XZ-103"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, ["y", "k"]),
        ({"output": "q", "capital": xz.Capital(growth="ict", level="k", base=2000)}, []),
        ({"output": "q", "capital": xz.Capital(growth="k")}, ["k"]),
        ({"output": "q", "capital": "ict", "labour": Labour(persons="l", hours="h")}, ["h"]),
    ],
    ids=["columns", "level of a base year", "growth of capital", "hours"],
)
def test_growth_of_columns_that_compare_units_within_a_period_is_warned_of(changes, named):
    data = panel(economy(), y="relative_level", k="relative_level", h="relative_level")
    words = "XZ-406 growth of columns that compare units within one period only: {}."
    assert accounts(**changes).fit(data).warnings == ((words.format(", ".join(named)),) if named else ())


def test_malmquist_warns_of_them_too():
    result = xz.Malmquist(inputs=["k", "l"], outputs=["y"]).fit(panel(economy(), k="relative_level"))
    assert result.warnings == ("XZ-406 growth of columns that compare units within one period only: k.",)
    assert xz.DEA(inputs=["k", "l"], outputs=["y"]).fit(panel(economy(), k="relative_level")).warnings == ()


# Needs ------------------------------------------------------------------------------------------


def test_terms_of_two_methods_do_not_hide_each_other():
    """Both scores are called `score`; u1 has no l, so the output is missing and the status must say so."""
    data = economy()
    data.loc[data["u"] == "u1", "l"] = np.nan
    of_capital, of_labour = (xz.DEA(inputs=[name], outputs=["y"]) for name in ("k", "l"))
    method = accounts(
        output=xz.Term(method=of_labour, column="score"),
        capital=xz.Term(method=of_capital, column="score"),
        labour="h",
    )
    rows = method.fit(panel(data)).rows
    mine = rows.unit == "u1"
    assert set(rows.status[mine]) == {"missing_data"}
    assert set(rows.reason[mine]) == {f"output: dea.score missing in {t - 1} or {t}" for t in (2001, 2002)}
    assert set(rows.status[~mine]) == {"ok"}
    assert all(np.isfinite(values[~mine]).all() for values in rows.terms.values())


def test_filled_hours_do_not_hide_the_hours_of_another_input():
    data = economy()
    data.loc[(data["u"] == "u1") & (data["t"] == 2001), "h"] = np.nan
    filled = Labour(persons="l", hours="h", missing_hours=xz.SplicedHours(reference="u0"))
    method = accounts(capital="h", labour=filled)
    rows = method.fit(panel(data)).rows
    assert rows.status[rows.unit == "u1"].tolist() == ["missing_data", "missing_data"]


def test_no_growth_in_the_base_year_gives_no_level(recwarn):
    data = economy()
    data.loc[(data["u"] == "u1") & (data["t"] == 2002), "k"] = 0.0
    built = panel(data)
    factor = read_quantity(xz.Capital(growth="k", level="ict", base=2002), built, None)
    mine = built.unit_names == "u1"
    assert np.isnan(factor.level[mine]).all()
    assert np.isnan(factor.level_needs["ict[2002]"][mine]).all()
    assert np.isfinite(factor.level[~mine]).all()
    assert not recwarn.list
