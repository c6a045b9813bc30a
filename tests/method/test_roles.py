"""Roles: names of parts, kinds of columns, needs that do not hide each other, policies that cannot mislead."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import HumanCapital
from xinzhi.method import Filled, Input, Labour, SplicedGrowth, Term
from xinzhi.method.filling import read_column
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


# Filled cells -----------------------------------------------------------------------------------


def gappy():
    """One unit with observations in 2001 and 2004 of 2000 to 2006, one without any, one complete; guides g and y."""
    nan = np.nan
    years = np.arange(2000, 2007)
    columns = {
        "a": [nan, 2.0, nan, nan, 16.0, nan, nan],
        "b": [nan] * 7,
        "c": [1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0],
    }
    data = pd.concat([pd.DataFrame({"u": name, "t": years, "h": cells}) for name, cells in columns.items()])
    return data.assign(g=10.0 * 1.5 ** (data["t"] - 2000))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["linear"], [np.nan, 2, 2 + 14 / 3, 2 + 28 / 3, 16, np.nan, np.nan]),
        (["log_linear"], [np.nan, 2, 4, 8, 16, np.nan, np.nan]),
        (["carry_forward"], [np.nan, 2, 2, 2, 16, 16, 16]),
        (["unit_mean"], [9, 2, 9, 9, 16, 9, 9]),
        ([SplicedGrowth(column="g")], [2 / 1.5, 2, np.nan, np.nan, 16, 24, 36]),
        ([SplicedGrowth(unit="c")], [1, 2, np.nan, np.nan, 16, 24, 32]),
        (["log_linear", SplicedGrowth(column="g", unit="c")], [2 / 1.5, 2, 4, 8, 16, 24, 36]),
    ],
    ids=["linear", "log", "forward", "mean", "own column", "unit", "two rules"],
)
def test_rules_fill_missing_cells(rules, expected):
    """By hand: 2 to 16 in three years is a doubling each year; g grows by half; c goes 1, 2 and 6, 9, 12 outside."""
    built = panel(gappy())
    cells = read_column(Filled(column="h", rules=rules), built)
    mine = built.unit_names == "a"
    np.testing.assert_allclose(cells.values[mine], expected, rtol=ROUNDING)
    assert np.isnan(cells.values[built.unit_names == "b"]).all(), "no rule makes something of nothing"
    assert cells.filled.sum() == len(cells.log) == np.isfinite(expected).sum() - 2
    for cell in cells.log:
        assert (cell.unit, cell.column) == ("a", "h")
        assert cell.value == pytest.approx(expected[cell.year - 2000])


def test_logs_are_not_taken_of_what_is_not_positive():
    data = gappy().replace({"h": {2.0: -2.0}})
    cells = read_column(Filled(column="h", rules=["log_linear"]), panel(data))
    assert cells.log == ()


def test_every_filled_cell_is_in_the_result_and_counted():
    """A quantity and a share are filled; the table has both, the warning counts them, a view has its own units."""
    data = economy()
    data["share"] = 0.5
    data.loc[(data["u"] == "u1") & (data["t"] == 2001), ["k", "share"]] = np.nan
    data.loc[(data["u"] == "u2") & (data["t"] == 2002), "h"] = np.nan
    method = accounts(
        capital=Filled(column="k", rules=["log_linear"]),
        labour=Labour(persons="l", hours=Filled(column="h", rules=["carry_forward"])),
        labour_share=Filled(column="share", rules=["unit_mean"]),
    )
    result = method.fit(panel(data))
    assert set(result.rows.status) == {"ok"}
    found = {(c.unit, c.year, c.column, str(c.rule)): c.value for c in result.log}
    assert found == {
        ("u1", 2001, "k", "log-linear interpolation"): pytest.approx(2.0 * np.exp(0.04)),
        ("u1", 2001, "share", "mean of the unit"): pytest.approx(0.5),
        ("u2", 2002, "h", "last observation carried forward"): pytest.approx(6.0 * np.exp(-0.01)),
    }
    assert result.warnings == ("XZ-401 policies filled 3 missing cells of 2 units; see the table of policy use.",)
    by_unit, cells = result.tables(xz.View(units=("u1",)))[1:]
    assert by_unit.columns()["filled"] == [
        "k: 1 cells of 2001–2001, log-linear interpolation; share: 1 cells of 2001–2001, mean of the unit",
    ]
    assert cells.columns()["year"] == [2001, 2001]
    assert "missing cells: log-linear interpolation" in result.methods_text()
    unfilled = accounts(labour=Labour(persons="l", hours="h"), labour_share="share").fit(panel(data))
    assert set(unfilled.rows.status) == {"ok", "missing_data"}, "nothing is filled that is not asked for"
    assert unfilled.log == ()


def test_spliced_hours_log_every_cell():
    """The named policy of the Penn World Table gives the cells that its two rules give one after the other."""
    data = gappy()
    data["l"] = data["y"] = data["k"] = 1.0
    policy = Labour(persons="l", hours="h", missing_hours=xz.SplicedHours(reference="c"))
    rules = Filled(column="h", rules=["linear", SplicedGrowth(unit="c")])
    labours = (policy, Labour(persons="l", hours=rules))
    spliced, ruled = (read_quantity(labour, panel(data), None).log for labour in labours)
    by_year = [sorted((c.year, c.rule, c.value) for c in log if c.unit == "a") for log in (spliced, ruled)]
    assert [cell[:2] for cell in by_year[0]] == [cell[:2] for cell in by_year[1]]
    np.testing.assert_allclose([c[2] for c in by_year[0]], [c[2] for c in by_year[1]], rtol=ROUNDING)
    assert {c.rule for c in spliced if c.unit == "b"} == {"level of c"}


def test_filled_inputs_count_as_filled_on_the_frontier():
    data = economy()
    data.loc[(data["u"] == "u1") & (data["t"] == 2001), "k"] = np.nan
    factor = read_quantity(Filled(column="k", rules=["linear"]), panel(data), None)
    assert factor.filled.sum() == 1
    capital = xz.Capital(growth="ict", level=Filled(column="k", rules=["linear"]), base=2001)
    factor = read_quantity(capital, panel(data), None)
    assert factor.filled.sum() == 3, "all years of a level rest on its filled base year"
    result = xz.DEA(inputs=[Filled(column="k", rules=["linear"]), "l"], outputs=["y"]).fit(panel(data))
    assert set(result.rows.status) == {"ok"}


@pytest.mark.parametrize(
    ("rule", "code"),
    [(SplicedGrowth(unit="a"), "XZ-215"), (SplicedGrowth(unit="z"), "XZ-212"), (SplicedGrowth(column="z"), "XZ-205")],
)
def test_a_reference_with_gaps_or_unknown_is_an_error(rule, code):
    with pytest.raises(DataError) as caught:
        xz.GrowthAccounts(output="g", capital=Filled(column="h", rules=[rule]), labour="g", labour_share=0.5).fit(
            panel(gappy())
        )
    assert caught.value.code == code


def test_policies_that_say_nothing_or_too_much_are_refused():
    for words, make in {
        "name it": SplicedGrowth,
        "rules": lambda: Filled(column="h", rules=[]),
        "two policies": lambda: Labour(
            persons="l", hours=Filled(column="h", rules=["linear"]), missing_hours=xz.SplicedHours(reference="u0")
        ),
    }.items():
        with pytest.raises(UsageError, match=words):
            make()


def test_a_filled_share_stays_between_0_and_1():
    data = gappy().assign(share=lambda d: d["h"] / 20)
    method = xz.GrowthAccounts(
        output="g",
        capital="g",
        labour="g",
        labour_share=Filled(column="share", rules=[SplicedGrowth(column="g")]),
    )
    with pytest.raises(DataError, match="XZ-204"):
        method.fit(panel(data))


# Terms of other methods ---------------------------------------------------------------------------


def test_quality_and_share_can_be_terms_of_other_methods():
    data = economy()
    data["school"] = 4.0 + (data["t"] - 2000)
    data["share"] = 0.5
    quality = Term(method=HumanCapital(schooling="school"), column="human_capital")
    other = xz.DEA(inputs=["k"], outputs=["y"])
    method = accounts(labour=Labour(persons="l", quality=quality), labour_share=Term(method=other, column="score"))
    result = method.fit(panel(data))
    share = other.fit(panel(data)).term("score").reshape(3, 3)
    mean = 0.5 * (share[:, 1:] + share[:, :-1]).ravel()
    np.testing.assert_allclose(result.term("quality"), mean * 0.101, rtol=0, atol=ROUNDING)  # 4 to 6 years: .101 each
    assert "Human capital of human_capital" in result.methods_text()
    data.loc[data["u"] == "u1", "school"] = np.nan
    rows = method.fit(panel(data)).rows
    assert set(rows.reason[rows.unit == "u1"]) == {
        f"Labour quality: human_capital.human_capital missing in {t - 1} or {t}" for t in (2001, 2002)
    }


def test_what_a_term_filled_is_logged_by_whoever_takes_it():
    data = economy()
    data["school"] = 4.0 + (data["t"] - 2000)
    data.loc[(data["u"] == "u1") & (data["t"] == 2001), "school"] = np.nan
    schooling = HumanCapital(schooling=Filled(column="school", rules=["linear"]))
    quality = Term(method=schooling, column="human_capital")
    for labour in (Labour(persons="l", quality=quality), quality):
        result = accounts(labour=labour).fit(panel(data))
        assert [(c.unit, c.year, c.column, c.value) for c in result.log] == [("u1", 2001, "school", 5.0)]
        assert result.warnings[0].startswith("XZ-401 policies filled 1 missing cells of 1 units")
