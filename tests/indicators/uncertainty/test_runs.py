"""Uncertainty of ranks: truths by hand, and what a user asks for wrongly."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

import xinzhi as xz
from tests.indicators.uncertainty.systems import First, panel, scores, system, table
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators import Between, Dimension, Framework, Indicator, OneOf, Sample, Uncertainty
from xinzhi.method import View

SWITCH = 0.6
"""Above this weight on the first indicator, A is before B: see ``switching``."""
SHARE = 0.02
"""Four standard errors of a share of 4,000 runs near a half are 0.03; the draws are fixed."""


def switching() -> tuple[xz.IndexSystem, xz.Panel]:
    """Return two units whose order turns at a weight known by hand, and a third and fourth that hold the bounds.

    a: A 1, B 0.4;  b: A 0.1, B 1.  A before B where w + (1 - w) 0.1 > 0.4 w + (1 - w), so w > 0.9 / 1.5 = 0.6.
    """
    rows = [("A", 1.0, 0.1), ("B", 0.4, 1.0), ("low", 0.0, 0.0)]
    framework = Framework(
        indicators=[Indicator(name=name, parent="index") for name in "ab"], dimensions=[Dimension(name="index")]
    )
    steps = [xz.Normalise(), xz.Weigh(by=First(lean=Between(0.2, 0.9))), xz.Aggregate()]
    data = pd.DataFrame(rows, columns=["unit", "a", "b"])
    return xz.IndexSystem(framework=framework, steps=steps), xz.Panel(data, unit="unit")


def test_share_of_runs_in_front_is_that_of_the_weights() -> None:
    index, data = switching()
    result = Uncertainty(system=index, runs=4000, top=1).fit(data)
    assert result.term("rank").tolist() == [2.0, 1.0, 3.0]  # the middle, 0.55
    assert abs(result.term("top_share")[0] - (0.9 - SWITCH) / 0.7) < SHARE
    assert result.term("rank_low").tolist() == [1.0, 1.0, 3.0]
    assert result.term("rank_high").tolist() == [2.0, 2.0, 3.0]
    mean = result.rank_changes().mean()
    assert abs(mean - 2 / 3 * (0.9 - SWITCH) / 0.7) < SHARE


def test_a_run_is_an_index_that_gives_its_scores() -> None:
    index, data = switching()
    result = Uncertainty(system=index, runs=20).fit(data)
    for number in (0, 7, 19):
        assert scores(result.run(number).fit(data)).tobytes() == result.scores[number].tobytes()


def test_quantiles_are_those_of_the_runs_by_year() -> None:
    data = panel(table(years=2))
    result = Uncertainty(system=system(weigh=First(lean=Between(0.1, 0.9))), runs=201).fit(data)
    for year in (2000, 2001):
        rows = data.when == year
        places = rankdata(-result.scores[:, rows], axis=1)  # no ties among uniform numbers
        assert result.term("rank_mean")[rows].tolist() == pytest.approx(places.mean(axis=0).tolist())
        assert result.term("rank_median")[rows].tolist() == np.sort(places, axis=0)[100].tolist()
        assert result.term("rank_low")[rows].tolist() == np.sort(places, axis=0)[10].tolist()
    assert (result.term("rank_low") <= result.term("rank_median")).all()
    assert set(result.term("rank")[data.when == 2000]) == set(range(1, 13))


def test_one_dimension_in_one_year() -> None:
    data = panel(table(years=2))
    index = system(weigh=First(lean=Between(0.1, 0.9)))
    result = Uncertainty(system=index, runs=30, target="one", year=2001).fit(data)
    assert result.rows.status.tolist() == ["left_out", "ok"] * 12
    np.testing.assert_array_equal(result.term("score")[1::2], np.asarray(index.fit(data).term("one"))[1::2])
    assert result.tables()[0].rows[0][2] == 1.0


def test_other_seed_other_runs_same_seed_same_bits() -> None:
    index, data = switching()
    one, same, other = (Uncertainty(system=index, runs=50).fit(data, seed=seed) for seed in (1, 1, 2))
    assert one.scores.tobytes() == same.scores.tobytes() != other.scores.tobytes()


def test_a_factor_more_leaves_the_draws_of_the_others() -> None:
    data = panel(table())
    one = Uncertainty(system=system(normalise=xz.MinMax(low=Between(0, 0.5))), runs=40).fit(data)
    more = system(normalise=xz.MinMax(low=Between(0, 0.5)), weigh=First(lean=Between(0.1, 0.4)))
    assert Uncertainty(system=more, runs=40).fit(data).choices[:, 0].tolist() == one.choices[:, 0].tolist()


def test_resamples_are_whole_numbers_of_a_factor() -> None:
    data = panel(table())
    index = system(Sample(replicate=Between(0, 50)), weigh=OneOf(xz.Equal(), xz.Entropy()))
    result = Uncertainty(system=index, runs=30).fit(data)
    assert scores(result.run(4).fit(data)).tobytes() == result.scores[4].tobytes()
    assert isinstance(result.run(4).steps[0].replicate, int)


def test_a_unit_without_score_stays_with_its_reason_and_moves_nobody() -> None:
    data = table()
    data.loc[3, "a"] = np.nan
    index = system(weigh=First(lean=Between(0.1, 0.9)))
    result = Uncertainty(system=index, runs=30).fit(panel(data))
    assert result.rows.status[3] == "missing_data"
    assert "a" in result.rows.reason[3]
    assert np.isnan(result.term("rank_mean")[3])
    assert np.nanmax(result.term("rank_high")) <= 11


def test_tables_are_sorted_by_published_rank_and_list_options() -> None:
    data = panel(table())
    index = system(weigh=OneOf(xz.Equal(), First(lean=Between(0.1, 0.9))))
    result = Uncertainty(system=index, runs=80).fit(data)
    ranges, factors = result.tables(View(units=("U01", "U05", "U02")))
    assert [row[1] for row in ranges.rows] == sorted(row[1] for row in ranges.rows)
    assert {row[0] for row in ranges.rows} == {"U01", "U05", "U02"}
    assert [row[1] for row in factors.rows] == ["equal weights", "weights (lean: 0.1 to 0.9)", "0.1 to 0.9"]
    assert factors.rows[0][3] == 0.0  # the published options alone: nobody moves
    assert factors.rows[0][2] + factors.rows[1][2] == 80
    assert factors.rows[1][2] == factors.rows[2][2]
    assert len(result.figures()) == 1


def test_wrong_questions() -> None:
    index, data = switching()
    with pytest.raises(UsageError) as nothing:
        Uncertainty(system=system()).fit(panel(table()))
    assert nothing.value.code == "XZ-269"
    with pytest.raises(UsageError, match="did you mean 'index'") as target:
        Uncertainty(system=index, target="indx").fit(data)
    assert target.value.code == "XZ-103"
    with pytest.raises(DataError) as year:
        Uncertainty(system=system(weigh=First(lean=Between(0.1, 0.9))), year=1999).fit(panel(table(years=2)))
    assert year.value.code == "XZ-208"
