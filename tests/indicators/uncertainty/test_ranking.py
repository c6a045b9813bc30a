"""Ranks: those of SciPy where scores differ, shared where they differ by rounding only."""

import numpy as np
import pytest
from scipy.stats import rankdata

import xinzhi as xz
from tests.indicators.toys import frame, framework, index
from xinzhi.indicators import BenefitOfTheDoubt, Between, Equal, MinMax, Sensitivity, Strengths, Uncertainty
from xinzhi.indicators.uncertainty.ranking import EQUAL, ranks

SAME_PLACES = np.array([np.random.default_rng(seed).permutation(5) / 10 + 0.1 for seed in range(30)])
"""Every unit has the same five numbers in another order: with equal weights all scores are equal but for rounding."""


def test_ranks_of_different_scores_are_those_of_scipy_by_year() -> None:
    draw = np.random.default_rng(4)
    scores, time = draw.normal(size=(50, 40)), draw.integers(0, 3, 40)
    scores[:, :20] = scores[:, :20].round(1)  # ties that are exact
    for year in range(3):
        rows = time == year
        expected = rankdata(-scores[:, rows], method="min", axis=-1)
        assert ranks(scores, time)[:, rows].tolist() == expected.tolist()
    assert ranks(scores[0], time).tolist() == ranks(scores, time)[0].tolist()


def test_a_gap_is_rounding_up_to_its_limit_whatever_the_scale() -> None:
    for scale in (1e-9, 1.0, 1e9, -1.0):
        near, far = ([1.0, 1.0 - gap * EQUAL, 0.5] for gap in (0.5, 2.0))
        assert sorted(ranks(scale * np.array(near), np.zeros(3)).tolist()) == ([1, 1, 3] if scale > 0 else [1, 2, 2])
        assert sorted(ranks(scale * np.array(far), np.zeros(3)).tolist()) == [1, 2, 3]
    assert ranks(np.zeros(3), np.zeros(3)).tolist() == [1.0, 1.0, 1.0]


def test_units_at_the_front_of_the_doubt_share_rank_one() -> None:
    values = np.random.default_rng(1).random((20, 5))
    score = np.asarray(index(values, xz.MinMax(), BenefitOfTheDoubt()).term("index"))
    first = np.abs(score - 1) < 1e-9
    assert len(set(score[first])) > 1, "equal but for rounding"
    found = ranks(score, np.zeros(20))
    assert set(found[first]) == {1.0}
    assert found[~first].min() == first.sum() + 1


def test_the_order_of_columns_moves_no_rank() -> None:
    draw = np.random.default_rng(0)
    for _ in range(5):
        score = np.asarray(index(SAME_PLACES[:, draw.permutation(5)]).term("index"))
        assert set(ranks(score, np.zeros(30))) == {1.0}


def test_a_scale_moves_no_rank_of_tied_units() -> None:
    steps = [xz.Normalise(by=MinMax(high=Between(1.0, 100.0))), xz.Weigh(by=Equal()), xz.Aggregate()]
    system = xz.IndexSystem(framework=framework(5), steps=steps)
    panel = xz.Panel(frame(SAME_PLACES), unit="unit")
    assert Sensitivity(system=system, sample=64).fit(panel).status == "not_identified"
    assert not Uncertainty(system=system, runs=64).fit(panel).rank_changes().any()


@pytest.mark.parametrize("missing", [False, True])
def test_strengths_share_ranks_of_equal_values(missing: bool) -> None:
    values = np.array([[0.3, 1.0], [0.1 + 0.2, 2.0], [0.1, 3.0], [0.9, 4.0]])
    if missing:
        values = np.vstack([values, [np.nan, 5.0]])
    system = xz.IndexSystem(framework=framework(2), steps=[xz.Normalise(), xz.Weigh(by=Equal()), xz.Aggregate()])
    found = Strengths(system=system).fit(xz.Panel(frame(values), unit="unit"))
    assert found.standing.rank[:4, 0].tolist() == [2.0, 2.0, 4.0, 1.0]
