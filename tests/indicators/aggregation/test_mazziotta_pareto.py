"""Mazziotta-Pareto index: the formula of the authors, both signs, both scales, balance, weights, missing parts."""

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import SIGNS, TOY, columns, index, scores
from xinzhi.errors import UsageError

SAME = 1e-10  # on numbers near 100


def test_the_index_of_the_authors_on_z_scores_of_mean_100_and_sd_10() -> None:
    """M_i -+ S_i cv_i with cv_i = S_i / M_i and S_i over m indicators (Mazziotta and Pareto 2016)."""
    z = 100 + 10 * np.array(SIGNS) * (TOY - TOY.mean(axis=0)) / TOY.std(axis=0)
    mean, spread = z.mean(axis=1), z.std(axis=1)
    for sign, penalty in ((-1, "-"), (1, "+")):
        found = scores(TOY, xz.ZScore(mean=100, sd=10), xz.MazziottaPareto(penalty=penalty), signs=SIGNS)
        assert np.abs(found - (mean + sign * spread * spread / mean)).max() < SAME


def test_the_adjusted_index_on_posts_around_a_reference_gives_it_100() -> None:
    """Posts lie half the range below and above the reference value, which becomes 100."""
    half = (TOY.max(axis=0) - TOY.min(axis=0)) / 2
    reference = TOY[1]
    posts = {f"x{j}": (float(reference[j] - half[j]), float(reference[j] + half[j])) for j in range(5)}
    found = scores(TOY, xz.Goalposts(posts=posts, low=70, high=130), xz.MazziottaPareto(), signs=SIGNS)
    assert abs(found[1] - 100) < SAME  # all its parts are 100, so it has no penalty
    r = 70 + 60 * (np.array(SIGNS) * (TOY - reference) + half) / (2 * half)
    assert np.abs(found - (r.mean(axis=1) - r.var(axis=1) / r.mean(axis=1))).max() < SAME


def test_balanced_parts_have_no_penalty_and_unbalanced_ones_lose_by_the_formula() -> None:
    found = xz.MazziottaPareto().scored(columns(np.array([[0.4, 0.4], [0.2, 0.6], [0.0, 1.0]])), np.full((1, 2), 0.5))
    assert np.abs(found.scores - [0.4, 0.4 - 0.04 / 0.4, 0.0]).max() < SAME


def test_weights_count_in_mean_and_variance_and_a_missing_part_does_not() -> None:
    z, w = np.array([[90.0, 110, np.nan], [95, 100, 120]]), np.array([[0.5, 0.25, 0.25]])
    first = 2 / 3 * 90 + 1 / 3 * 110
    variance = 2 / 3 * (90 - first) ** 2 + 1 / 3 * (110 - first) ** 2
    found = xz.MazziottaPareto().scored(columns(z), w).scores
    assert abs(found[0] - (first - variance / first)) < SAME
    assert found[1] < z[1] @ w[0]


def test_a_mean_that_is_not_above_zero_has_no_score_and_signed_scores_are_refused() -> None:
    posts = xz.Goalposts(posts={"x0": (0.0, 10.0)})
    result = index(np.array([[0.0], [5.0]]), posts, xz.MazziottaPareto())
    assert result.rows.status.tolist() == ["not_identified", "ok"]
    with pytest.raises(UsageError, match="XZ-262"):
        index(TOY, xz.ZScore(), xz.MazziottaPareto())


def test_order_and_units_of_measurement_do_not_matter() -> None:
    by, rule, order = xz.ZScore(mean=100, sd=10), xz.MazziottaPareto(), np.array([4, 1, 5, 0, 3, 2])
    first = scores(TOY, by, rule, signs=SIGNS)
    assert np.abs(scores(TOY[order], by, rule, signs=SIGNS) - first[order]).max() < SAME
    assert np.abs(scores(TOY * [9, 1e-4, 2, 5, 3] + 1, by, rule, signs=SIGNS) - first).max() < SAME
    assert np.abs(scores(np.vstack([TOY, TOY]), by, rule, signs=SIGNS)[:6] - first).max() < SAME
