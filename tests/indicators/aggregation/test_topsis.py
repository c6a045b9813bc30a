"""TOPSIS against pymcdm 1.4.0 and scikit-criteria 0.10; variants, ideals, rank reversal, units without distance."""

from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import ENTROPY, EQUAL, SIGNS, TOY, columns, index, scores
from xinzhi.errors import DataError

PRINTED = 1e-9  # the weights are printed to ten digits
FOUR = 5e-5  # printed to four digits
SAME = 1e-12  # the same formula in another order of roundings
# pymcdm_topsis_* of shared/data/indicators/reference_values.json, all digits by pymcdm 1.4.0; the values by vector norm
# are also those of scikit-criteria 0.10 (which swaps the ideal of the cost instead).
PYMCDM: list[tuple[str, xz.VectorNorm | Any, tuple[float, ...], list[float]]] = [
    (
        "vector",
        xz.VectorNorm(),
        ENTROPY,
        [
            0.2778559114085056,
            0.5762974974596733,
            0.10958177820106164,
            0.9103949253491039,
            0.46390003621138715,
            0.17841576717583474,
        ],
    ),
    (
        "minmax",
        xz.MinMax(),
        ENTROPY,
        [
            0.29827526590846504,
            0.5741627985947569,
            0.18952072771341316,
            0.8425550764157242,
            0.47078999810614436,
            0.21798248252992583,
        ],
    ),
    (
        "sum",
        xz.ShareOfSum(cost="reciprocal"),
        ENTROPY,
        [
            0.27624803386280067,
            0.5762530594056094,
            0.10093976397052813,
            0.9176034443049229,
            0.4633893200438921,
            0.17433300691182646,
        ],
    ),
    (
        "max",
        xz.OfMaximum(),
        ENTROPY,
        [
            0.28322861759043017,
            0.5757487703169336,
            0.13704324873749202,
            0.8873261950389288,
            0.46562608460183386,
            0.19056013125316296,
        ],
    ),
    (
        "linear",
        xz.OfMaximum(cost="reciprocal"),
        ENTROPY,
        [
            0.28279074387780473,
            0.5754132581114001,
            0.13704324873749202,
            0.8873261950389288,
            0.465378536585383,
            0.18973028466941316,
        ],
    ),
    (
        "vector_equal",
        xz.VectorNorm(),
        EQUAL,
        [
            0.3530275235202579,
            0.5765223260055737,
            0.2864627014657553,
            0.7574928883719566,
            0.47846968978441556,
            0.3191687471191537,
        ],
    ),
    (
        "minmax_equal",
        xz.MinMax(),
        EQUAL,
        [
            0.4036349213702737,
            0.5838777629841913,
            0.3333333333333333,
            0.7152999707707816,
            0.4789055290604707,
            0.39208707899535206,
        ],
    ),
]


@pytest.mark.parametrize(("name", "by", "weights", "expected"), PYMCDM, ids=[case[0] for case in PYMCDM])
def test_weights_inside_with_observed_ideals_are_pymcdms(
    name: str, by: Any, weights: tuple[float, ...], expected: list[float]
) -> None:
    found = scores(TOY, by, xz.TOPSIS(), weights=weights, signs=SIGNS)
    assert np.abs(found - expected).max() < PRINTED, name


def test_equal_weights_are_as_printed_in_the_methods() -> None:
    """shared/methods/indicators.md, 2.3."""
    for by, printed in (
        (xz.VectorNorm(), [0.3530, 0.5765, 0.2865, 0.7575, 0.4785, 0.3192]),
        (xz.MinMax(), [0.4036, 0.5839, 0.3333, 0.7153, 0.4789, 0.3921]),
    ):
        assert np.abs(scores(TOY, by, xz.TOPSIS(), signs=SIGNS) - printed).max() < FOUR


def test_weights_outside_are_roots_of_weights_inside() -> None:
    z = np.random.default_rng(2).uniform(size=(8, 5))
    weights = np.array([ENTROPY])
    outside = xz.TOPSIS(weights="outside").scored(columns(z), weights).scores
    roots = xz.TOPSIS().scored(columns(z), np.sqrt(weights)).scores
    assert np.abs(outside - roots).max() < SAME
    assert np.abs(outside - xz.TOPSIS().scored(columns(z), weights).scores).max() > 0.01
    far, near = (np.sqrt(((z - end) ** 2 * weights).sum(axis=1)) for end in (z.min(axis=0), z.max(axis=0)))
    assert np.abs(outside - far / (far + near)).max() < SAME


def test_equal_weights_do_not_care_where_they_stand() -> None:
    inside, outside = (scores(TOY, None, xz.TOPSIS(weights=where), signs=SIGNS) for where in ("inside", "outside"))
    assert np.abs(inside - outside).max() < SAME


def test_fixed_ideals_are_the_observed_ones_after_pooled_min_max_only() -> None:
    fixed, observed = (scores(TOY, xz.MinMax(), xz.TOPSIS(ideals=kind), signs=SIGNS) for kind in ("fixed", "observed"))
    assert np.abs(fixed - observed).max() < SAME
    fixed, observed = (
        scores(TOY, xz.VectorNorm(), xz.TOPSIS(ideals=kind), signs=SIGNS) for kind in ("fixed", "observed")
    )
    assert np.abs(fixed - observed).max() > 0.01
    with pytest.raises(DataError, match=r"XZ-270[\s\S]*x0"):
        scores(TOY, xz.MinMax(high=100), xz.TOPSIS(ideals="fixed"), signs=SIGNS)


def test_fixed_ideals_let_no_unit_move_another() -> None:
    posts = xz.Goalposts(posts={"x0": (0.0, 10.0), "x1": (0.0, 10.0)})
    three, four = np.array([[8.0, 4], [4, 9], [2, 7]]), np.array([[8.0, 4], [4, 9], [2, 7], [8, 3]])
    before, after = (scores(units, posts, xz.TOPSIS(ideals="fixed")) for units in (three, four))
    assert np.abs(after[:3] - before).max() < SAME


def test_rank_reversal_with_observed_ideals_a_new_unit_turns_the_order_of_two_others() -> None:
    """A counterexample found by search: equal weights, vector norm; the third and the new unit are never first."""
    three = np.array([[8.0, 4], [4, 9], [2, 7]])
    before = scores(three, xz.VectorNorm(), xz.TOPSIS())
    after = scores(np.vstack([three, [8.0, 3]]), xz.VectorNorm(), xz.TOPSIS())
    assert before[0] - before[1] > 0.05
    assert after[1] - after[0] > 0.05


def test_ideals_by_year_are_each_year_alone_and_pooled_ones_compare_years() -> None:
    better = TOY * [1.2, 1.3, 1.1, 0.8, 1.05]
    both, years = np.vstack([TOY, better]), (2001, 2004)
    yearly = scores(both, None, xz.TOPSIS(ideals="by_year"), signs=SIGNS, years=years, over="year")
    alone = np.r_[scores(TOY, None, xz.TOPSIS(), signs=SIGNS), scores(better, None, xz.TOPSIS(), signs=SIGNS)]
    assert np.abs(yearly - alone).max() < SAME
    assert np.abs(yearly[:6] - yearly[6:]).max() < SAME  # growth of all by the same rates is not seen
    pooled = scores(both, None, xz.TOPSIS(), signs=SIGNS, years=years)
    assert (pooled[6:] > pooled[:6]).all()


@pytest.mark.parametrize("by", [xz.MinMax(), xz.VectorNorm()])
def test_order_units_of_measurement_and_duplicates(by: Any) -> None:
    first, order = scores(TOY, by, xz.TOPSIS(), signs=SIGNS), np.array([4, 1, 5, 0, 3, 2])
    assert np.abs(scores(TOY[order], by, xz.TOPSIS(), signs=SIGNS) - first[order]).max() < SAME
    scaled = scores(TOY * [10, 1e-4, 100, 5, 0.1], by, xz.TOPSIS(), signs=SIGNS)
    assert np.abs(scaled - first).max() < SAME
    twice = scores(np.vstack([TOY, TOY[2]]), by, xz.TOPSIS(), signs=SIGNS)
    assert twice[2] == twice[6]
    if isinstance(by, xz.MinMax):  # the vector norm is longer with a seventh unit, by another factor for each column
        assert np.abs(twice[:6] - first).max() < SAME


def test_scores_are_between_zero_and_one_and_reach_both() -> None:
    z = np.random.default_rng(4).uniform(size=(40, 3))
    z[0], z[1] = 0.0, 1.0
    found = scores(z, None, xz.TOPSIS())
    assert found.min() == found[0] == 0
    assert found.max() == found[1] == 1


def test_units_that_are_all_the_same_have_no_score() -> None:
    posts = xz.Goalposts(posts={"x0": (0.0, 10.0), "x1": (0.0, 10.0)})
    result = index(np.full((3, 2), 4.0), posts, xz.TOPSIS())
    assert (result.rows.status == "not_identified").all()
    assert np.isnan(result.term("index")).all()


def test_a_missing_part_leaves_no_score_and_ideals_are_of_the_rows_that_count() -> None:
    holed = TOY.copy()
    holed[2, 4] = np.nan
    result = index(holed, None, xz.TOPSIS(), signs=SIGNS)
    assert (result.rows.status == ["ok", "ok", "missing_data", "ok", "ok", "ok"]).all()
    base = np.array([1.0, 1, 0, 1, 1, 1])
    z = np.random.default_rng(6).uniform(0.2, 0.8, (6, 5))
    z[2] = [0.0, 1, 0, 1, 0]
    found = xz.TOPSIS().scored(columns(z, base=base), np.array([EQUAL])).scores
    kept = np.flatnonzero(base)
    assert np.abs(found[kept] - xz.TOPSIS().scored(columns(z[kept]), np.array([EQUAL])).scores).max() < SAME
