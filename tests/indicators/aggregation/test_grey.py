"""Grey relation by hand and by loops; reference, distinguishing coefficient, panels, equal units."""

from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import EQUAL, SIGNS, TOY, columns, index, scores
from xinzhi.errors import UsageError
from xinzhi.panel.panel import Floats

SAME = 1e-12  # the same formula in another order of roundings


def by_loops(z: Floats, reference: Floats, weights: Any, rho: float) -> list[float]:
    """Return grades as the formula is written: shared/methods/indicators.md, 2.4."""
    gaps = [[abs(x - r) for x, r in zip(row, reference, strict=True)] for row in z]
    least, most = min(map(min, gaps)), max(map(max, gaps))
    return [
        sum(w * (least + rho * most) / (gap + rho * most) for w, gap in zip(weights, row, strict=True)) for row in gaps
    ]


def test_three_units_by_hand() -> None:
    """D is 0, 1/2 or 1; xi with rho = 1/2 is 1, 1/2, 1/3."""
    z = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    found = scores(z, None, xz.GreyRelation())
    assert np.abs(found - [2 / 3, 2 / 3, 1 / 2]).max() < SAME


@pytest.mark.parametrize("rho", [0.1, 0.5, 1.0])
def test_the_toy_by_loops(rho: float) -> None:
    weights = (0.3, 0.1, 0.2, 0.25, 0.15)
    result = index(TOY, xz.VectorNorm(), xz.GreyRelation(distinguishing=rho), signs=SIGNS, weights=weights)
    z = result.stage("normalise").values
    assert np.abs(result.term("index") - by_loops(z, z.max(axis=0), weights, rho)).max() < SAME


def test_a_fixed_reference_of_one_and_the_share_of_the_relation_to_the_best() -> None:
    z = np.random.default_rng(3).uniform(0.2, 0.7, (7, 5))
    fixed = xz.GreyRelation(reference="fixed").scored(columns(z), np.array([EQUAL])).scores
    assert np.abs(fixed - by_loops(z, np.ones(5), EQUAL, 0.5)).max() < SAME
    share = xz.GreyRelation(relation="best_and_worst").scored(columns(z), np.array([EQUAL])).scores
    best, worst = (np.array(by_loops(z, end, EQUAL, 0.5)) for end in (z.max(axis=0), z.min(axis=0)))
    assert np.abs(share - best / (best + worst)).max() < SAME


def test_differences_are_pooled_over_years_so_that_years_compare() -> None:
    both = np.vstack([TOY, TOY * [1.2, 1.3, 1.1, 0.8, 1.05]])
    result = index(both, None, xz.GreyRelation(), signs=SIGNS, years=(2001, 2004))
    z = result.stage("normalise").values
    assert np.abs(result.term("index") - by_loops(z, z.max(axis=0), EQUAL, 0.5)).max() < SAME
    later = result.panel.when == 2004
    assert (result.term("index")[later] > result.term("index")[~later]).all()


def test_order_units_of_measurement_and_duplicates() -> None:
    first, order = scores(TOY, None, xz.GreyRelation(), signs=SIGNS), np.array([4, 1, 5, 0, 3, 2])
    assert np.abs(scores(TOY[order], None, xz.GreyRelation(), signs=SIGNS) - first[order]).max() < SAME
    assert np.abs(scores(TOY * [9, 1e-4, 2, 5, 3], None, xz.GreyRelation(), signs=SIGNS) - first).max() < SAME
    assert np.abs(scores(np.vstack([TOY, TOY[1]]), None, xz.GreyRelation(), signs=SIGNS)[:6] - first).max() < SAME
    assert (first > 0).all()
    assert (first <= 1).all()


def test_equal_units_have_no_score_and_a_missing_part_leaves_none() -> None:
    posts = xz.Goalposts(posts={"x0": (0.0, 10.0), "x1": (0.0, 10.0)})
    assert (index(np.full((3, 2), 4.0), posts, xz.GreyRelation()).rows.status == "not_identified").all()
    holed = TOY.copy()
    holed[0, 0] = np.nan
    status = index(holed, None, xz.GreyRelation(), signs=SIGNS).rows.status
    assert status.tolist() == ["missing_data", *["ok"] * 5]


@pytest.mark.parametrize("rho", [0.0, 1.5])
def test_the_distinguishing_coefficient_is_above_zero_and_at_most_one(rho: float) -> None:
    with pytest.raises(UsageError, match="distinguishing"):
        xz.GreyRelation(distinguishing=rho)
