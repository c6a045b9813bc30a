"""Leaving out a unit or a year is fitting the panel without it."""

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.uncertainty.systems import panel, scores, system, table
from xinzhi.errors import EstimationError
from xinzhi.indicators import Entropy, Equal, WeightStability
from xinzhi.indicators.uncertainty.ranking import ranks
from xinzhi.language import again, speaking

SAME_SUM = 1e-12
"""The same sums with zeros among their terms."""


@pytest.mark.parametrize("years", [1, 3])
def test_weights_and_ranks_are_those_of_the_panel_without(years: int) -> None:
    index, data = system(weigh=Entropy()), panel(table(years=years))
    result = WeightStability(system=index).fit(data)
    assert len(result.rounds) == 12 + (years if years > 1 else 0)
    published = scores(index.fit(data))
    for r, name in enumerate(result.rounds):
        gone = (data.unit_names == name) | np.array([f"the year {t}" == name for t in data.when])
        fewer = xz.Panel(table(years=years)[~gone], unit="unit", time="year" if years > 1 else None)
        other = index.fit(fewer)
        np.testing.assert_allclose(result.weights[r], list(other.weights().values()), atol=SAME_SUM)
        moved = ranks(scores(other), fewer.when) - ranks(published[~gone], fewer.when)
        assert result.shifts[r][~gone].tolist() == moved.tolist()
        assert np.isnan(result.shifts[r][gone]).all()
    assert result.term("largest_shift").tolist() == np.nanmax(np.abs(result.shifts), axis=0).tolist()


def test_blind_weights_do_not_move() -> None:
    result = WeightStability(system=system(weigh=Equal())).fit(panel(table()))
    assert not result.weight_changes().any()
    assert "No weight moves" in result.summary()
    assert {row[-1] for row in result.tables()[0].rows} == {"none"}


def test_largest_change_names_who_was_left_out() -> None:
    data = table()
    data.loc[4, "a"] = 1000.0  # one unit makes the column almost all zeros: entropy gives it nearly all weight
    result = WeightStability(system=system(weigh=Entropy()), leave_out=["unit"]).fit(panel(data))
    row = next(row for row in result.tables()[0].rows if row[0] == "a")
    assert row[-1] == "U04"
    assert row[-2] < -0.4
    assert "U04" in result.summary()


def test_the_largest_change_of_a_rank_names_its_row_and_what_was_left_out() -> None:
    result = WeightStability(system=system(weigh=Entropy())).fit(panel(table(years=3)))
    size = np.nan_to_num(np.abs(result.shifts))
    r, row = np.argwhere(size == size.max())[0]
    unit, year = result.rows.unit[row], result.rows.time[row]
    told = f"The largest change of a rank is {int(size.max())} ({unit} {year}, without {result.rounds[r]})."
    assert told in result.summary()
    with speaking("zh"):
        assert {again(words) for words in result.rounds[-3:]} == {f"{year}年" for year in result.panel.times}


def test_a_column_that_is_constant_without_one_unit_is_an_error() -> None:
    data = table().assign(a=[1.0] * 11 + [2.0])
    with pytest.raises(EstimationError, match="1 of 12 rounds failed; U11: XZ-261") as caught:
        WeightStability(system=system()).fit(panel(data))
    assert caught.value.code == "XZ-271"
