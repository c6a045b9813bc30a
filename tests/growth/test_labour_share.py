"""Labour's share: formulas by hand, the Penn World Table's rule row by row, statuses, units of measure."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import LabourShare
from xinzhi.growth.labour.share import NEEDS

ROUNDING = 1e-15

ALL = {
    "compensation": "coe",
    "value_added": "va",
    "mixed_income": "mix",
    "employees": "emp",
    "engaged": "all",
    "agriculture": "agr",
}


def panel(**changes):
    columns = {"u": list("ABCD"), "coe": 40.0, "va": 100.0, "mix": 20.0, "emp": 8.0, "all": 10.0, "agr": 15.0}
    return xz.Panel(pd.DataFrame(columns | changes), unit="u")


def test_every_adjustment():
    """By hand: C 40, V 100, M 20, 8 employees of 10 engaged, agriculture 15."""
    result = LabourShare(**ALL).fit(panel())
    expected = {
        "labour_share": 0.5,
        "unadjusted": 0.4,
        "all_mixed_income": 0.6,
        "half_mixed_income": 0.5,
        "proportional": 40 / 80,
        "same_wage": 0.4 * 10 / 8,
        "agriculture": 0.55,
    }
    assert list(result.rows.terms) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(result.term(name), value, rtol=0, atol=ROUNDING, err_msg=name)
    for name in NEEDS:
        chosen = LabourShare(**ALL, adjustment=name).fit(panel())
        np.testing.assert_array_equal(chosen.term("labour_share"), chosen.term(name))


def test_best_estimate_follows_the_rule_row_by_row():
    """A has mixed income; B a share above .7 without it; C earns less by wage, D by agriculture."""
    nan = np.nan
    data = panel(mix=[20, nan, nan, nan], coe=[40, 75, 40, 40], all=[10, 10, 9, 14], emp=[8, 8, 8, 8])
    result = LabourShare(**ALL).fit(data)
    assert result.used.tolist() == ["proportional", "unadjusted", "same_wage", "agriculture"]
    np.testing.assert_allclose(result.term("labour_share"), [0.5, 0.75, 0.45, 0.55], rtol=0, atol=ROUNDING)
    cells = result.tables()[0].columns()
    assert cells["used"] == [
        "Mixed income in proportion",
        "Unadjusted",
        "Same wage as employees",
        "Agriculture as labour income",
    ]
    assert cells["proportional"] == [0.5, None, None, None]


def test_with_one_of_two_the_other_is_taken():
    nan = np.nan
    data = panel(mix=nan, agr=[nan, 15, nan, 15], emp=[8, nan, nan, 8])
    result = LabourShare(**ALL).fit(data)
    assert result.used[:2].tolist() == ["same_wage", "agriculture"]
    assert result.rows.status.tolist() == ["ok", "ok", "missing_data", "ok"]
    assert result.rows.reason[2] == "mix, emp, agr missing"


def test_a_share_outside_0_to_1_is_not_identified():
    result = LabourShare(**ALL, adjustment="same_wage").fit(panel(all=[10, 30, 10, 10], va=[100, 100, -5, np.nan]))
    assert result.rows.status.tolist() == ["ok", "not_identified", "non_positive", "missing_data"]
    assert result.rows.reason[1:].tolist() == [
        "1.500 by Same wage as employees, outside 0 to 1",
        "va not positive",
        "va missing",
    ]
    assert all(np.isnan(values[1:]).all() for values in result.rows.terms.values()), "a row without ok has no number"
    with pytest.raises(DataError, match="XZ-206"):
        LabourShare(**ALL, adjustment="same_wage").fit(panel(all=30.0))


def test_an_alternative_outside_0_to_1_cannot_be_a_share():
    """Agriculture 70 and compensation 40 of 100: shown beside the best estimate, refused as a cost share."""
    frame = pd.DataFrame(
        {"u": "A", "t": [0, 1], "coe": 40.0, "va": 100.0, "mix": 20.0, "emp": 8, "all": 10, "agr": 70.0}
    )
    share = xz.Term(method=LabourShare(**ALL), column="agriculture")
    method = xz.GrowthAccounts(output="va", capital="va", labour="all", labour_share=share)
    with pytest.raises(DataError, match="XZ-204"):
        method.fit(xz.Panel(frame, unit="u", time="t"))


def test_without_columns_an_adjustment_is_absent_or_an_error():
    result = LabourShare(compensation="coe", value_added="va", adjustment="unadjusted").fit(panel())
    assert list(result.rows.terms) == ["labour_share", "unadjusted"]
    assert result.absent["same_wage"] == "no column of Employees, Persons engaged"
    with pytest.raises(UsageError, match="'same_wage' without 'engaged'"):
        LabourShare(compensation="coe", value_added="va", employees="emp", adjustment="same_wage").fit(panel())


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_of_measure_do_not_matter(factor):
    one = LabourShare(**ALL).fit(panel())
    other = LabourShare(**ALL).fit(
        panel().scaled(
            {"coe": factor, "va": factor, "mix": factor, "agr": factor, "emp": 1 / factor, "all": 1 / factor}
        )
    )
    for name, values in one.rows.terms.items():
        np.testing.assert_allclose(other.term(name), values, rtol=1e-12)


def test_a_share_feeds_the_accounts():
    """The same accounts as with the share in a column."""
    t = np.arange(4)
    frame = pd.DataFrame(
        {"u": "A", "t": t, "y": 1.1**t, "k": 1.05**t, "l": 1.0 + t, "coe": 40.0 + t, "va": 100.0, "mix": 20.0}
    )
    frame["share"] = frame["coe"] / 80
    built = xz.Panel(frame, unit="u", time="t")
    term = xz.Term(method=LabourShare(compensation="coe", value_added="va", mixed_income="mix"), column="labour_share")
    one, other = (
        xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=share).fit(built)
        for share in (term, "share")
    )
    np.testing.assert_allclose(one.term("tfp"), other.term("tfp"), rtol=0, atol=1e-14)
