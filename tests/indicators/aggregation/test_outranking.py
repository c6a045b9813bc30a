"""Copeland against COINr's definition by loops; only order counts; ties, years, counts, missing parts."""

from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import EQUAL, SIGNS, TOY, columns, index, scores
from xinzhi.indicators.aggregation.outranking import outranking
from xinzhi.panel.panel import Floats

SAME = 1e-12  # sums of a few halves
WEIGHTS = (0.3, 0.1, 0.2, 0.25, 0.15)


def by_loops(z: Floats, weights: Any) -> list[int]:
    """Return Copeland scores as COINr 1.1.14 defines them: a_copeland, outrankMatrix."""
    found = []
    for a in z:
        total = 0
        for b in z:
            support = sum(w * ((x > y) + 0.5 * (x == y)) for w, x, y in zip(weights, a, b, strict=True))
            total += int(support > 0.5 + SAME) - int(support < 0.5 - SAME)
        found.append(total)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_coinrs_copeland_scores_on_zero_to_one(seed: int) -> None:
    z = np.random.default_rng(seed).integers(0, 4, (9, 5)).astype(float)
    for weights in (WEIGHTS, EQUAL):
        found = scores(z, None, xz.Copeland(), weights=weights)
        assert np.abs((2 * found - 1) * 8 - by_loops(z, weights)).max() < 1e-10


def test_the_toy_by_hand_unit_four_outranks_all_others() -> None:
    """By equal weights it leads each other unit in at least four of five indicators."""
    found = scores(TOY, None, xz.Copeland(), signs=SIGNS)
    assert found[3] == 1
    assert abs(found.sum() - 3) < SAME  # 15 pairs share 15 points; over n - 1 = 5


def test_only_the_order_counts() -> None:
    first = scores(TOY, None, xz.Copeland(), signs=SIGNS, weights=WEIGHTS)
    for by in (xz.Rank(), xz.ZScore(), xz.VectorNorm()):
        assert (scores(TOY, by, xz.Copeland(), signs=SIGNS, weights=WEIGHTS) == first).all()
    assert (scores(TOY**3, None, xz.Copeland(), signs=SIGNS, weights=WEIGHTS) == first).all()


def test_weights_that_balance_are_a_tie() -> None:
    """0.1 + 0.2 and 0.3 differ in the last digit."""
    matrix = outranking(np.array([[1.0, 1, 0, 1], [0, 0, 1, 1]]), np.array([0.1, 0.2, 0.3, 0.4]))
    assert (matrix == 0.5).all()


def test_each_year_stands_by_itself() -> None:
    both = np.vstack([TOY, TOY[::-1] * 2])
    found = scores(both, None, xz.Copeland(), signs=SIGNS, years=(2001, 2004))
    alone = np.r_[scores(TOY, None, xz.Copeland(), signs=SIGNS), scores(TOY[::-1], None, xz.Copeland(), signs=SIGNS)]
    assert np.abs(found - alone).max() < SAME


def test_a_row_that_counts_twice_acts_as_two() -> None:
    base = np.array([1.0, 2, 1, 0, 1, 3])
    drawn = np.repeat(np.arange(6), base.astype(int))
    found = xz.Copeland().scored(columns(TOY, base=base), np.array([WEIGHTS])).scores
    twice = xz.Copeland().scored(columns(TOY[drawn]), np.array([WEIGHTS])).scores
    assert np.abs(found[drawn] - twice).max() < SAME


def test_a_unit_with_a_missing_part_is_no_opponent_and_one_alone_has_no_score() -> None:
    holed = TOY.copy()
    holed[2, 4] = np.nan
    result = index(holed, None, xz.Copeland(), signs=SIGNS)
    kept = np.array([0, 1, 3, 4, 5])
    assert result.rows.status[2] == "missing_data"
    assert np.abs(result.term("index")[kept] - scores(TOY[kept], None, xz.Copeland(), signs=SIGNS)).max() < SAME
    alone = xz.Copeland().scored(columns(TOY, time=np.array([0, 0, 0, 0, 0, 1])), np.array([EQUAL])).scores
    assert np.isnan(alone).tolist() == [False] * 5 + [True]
