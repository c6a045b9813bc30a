"""Means against SciPy 1.x and closed forms; order of powers, floors, missing parts, zeros."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.stats import gmean, hmean, pmean

import xinzhi as xz
from tests.indicators.toys import TOY, columns, frame, framework, index, scores
from xinzhi.errors import UsageError
from xinzhi.indicators.aggregation.means import power_mean

SAME = 1e-12  # the same formula through logarithms instead of powers, on numbers of order 1
WEIGHTS = (0.1, 0.3, 0.2, 0.25, 0.15)
Z = np.random.default_rng(5).uniform(0.05, 1.0, (9, 5))
MEANS: dict[str, Any] = {
    "geometric": (xz.GeometricMean(), gmean),
    "harmonic": (xz.HarmonicMean(), hmean),
    "half": (xz.GeneralisedMean(), lambda z, **options: pmean(z, 0.5, **options)),
    "cube": (xz.GeneralisedMean(power=3), lambda z, **options: pmean(z, 3, **options)),
    "minus_two": (xz.GeneralisedMean(power=-2), lambda z, **options: pmean(z, -2, **options)),
}
AS_IT_IS = xz.Goalposts(posts={f"x{j}": (0.0, 1.0) for j in range(5)})


@pytest.mark.parametrize("name", MEANS)
def test_means_are_scipys(name: str) -> None:
    rule, twin = MEANS[name]
    found = scores(Z, AS_IT_IS, rule, weights=WEIGHTS)
    assert np.abs(found - twin(Z, axis=1, weights=WEIGHTS)).max() < SAME


def test_powers_are_in_order_and_end_at_the_smallest_and_largest_part() -> None:
    powers = [-400, -3, -1, -1e-9, 0, 1e-9, 0.5, 1, 2, 400]
    found = [power_mean(Z, np.array([WEIGHTS]), float(power)) for power in powers]
    assert all((low <= high + SAME).all() for low, high in pairwise(found))
    assert np.abs(found[4] - found[3]).max() < 1e-8  # a power of 1e-9 is the geometric mean to that order
    assert np.abs(found[0] - Z.min(axis=1)).max() < 0.02  # w^(1/p) = 0.1^(-1/400) = 1.006
    assert np.abs(found[-1] - Z.max(axis=1)).max() < 0.02
    assert np.abs(found[7] - Z @ WEIGHTS).max() < SAME


def test_equal_parts_have_their_value_as_mean_and_a_scale_comes_through() -> None:
    for power in (-1.0, 0.0, 0.5, 2.0):
        assert np.abs(power_mean(np.full((2, 5), 0.37), np.array([WEIGHTS]), power) - 0.37).max() < SAME
        scaled = power_mean(100 * Z, np.array([WEIGHTS]), power)
        assert np.abs(scaled - 100 * power_mean(Z, np.array([WEIGHTS]), power)).max() < 100 * SAME


@pytest.mark.parametrize("name", MEANS)
def test_a_missing_part_leaves_the_mean_of_the_others(name: str) -> None:
    rule, twin = MEANS[name]
    holed = Z.copy()
    holed[2, 1] = np.nan
    holed[4] = np.nan
    found = rule.scored(columns(holed), np.array([WEIGHTS])).scores
    rest = [0, 2, 3, 4]
    assert abs(found[2] - twin(Z[2, rest], weights=np.array(WEIGHTS)[rest])) < SAME
    assert np.isnan(found[4])
    assert np.isfinite(np.delete(found, 4)).all()


def test_weights_may_differ_by_row() -> None:
    weights = np.random.default_rng(1).dirichlet(np.ones(5), 9)
    found = xz.GeometricMean().scored(columns(Z), weights).scores
    assert np.abs(found - gmean(Z, axis=1, weights=weights)).max() < SAME


@pytest.mark.parametrize("rule", [xz.GeometricMean(), xz.HarmonicMean(), xz.GeneralisedMean(power=-0.5)])
def test_a_zero_leaves_no_score_and_says_so_in_the_status(rule: Any) -> None:
    result = index(TOY, xz.MinMax(), rule)
    zero = (result.stage("normalise").values == 0).any(axis=1)
    assert 0 < zero.sum() < 6
    assert (result.rows.status == np.where(zero, "not_identified", "ok")).all()
    assert "zero or negative" in result.last.facts["aggregate"]["index"]["gap"]
    assert not result.last.changes


def test_a_positive_power_takes_zeros_and_no_negative_part() -> None:
    z = np.array([[0.0, 1.0], [0.0, 0.0], [-0.1, 1.0]])
    found = xz.GeneralisedMean(power=0.5).scored(columns(z), np.array([[0.5, 0.5]])).scores
    assert np.abs(found[:2] - [0.25, 0.0]).max() < SAME
    assert np.isnan(found[2])


def test_a_part_without_weight_does_not_count_even_at_zero() -> None:
    z = np.array([[0.0, 0.4, 0.9]])
    for rule in (xz.GeometricMean(), xz.HarmonicMean()):
        found = rule.scored(columns(z), np.array([[0.0, 0.5, 0.5]])).scores
        rest = rule.scored(columns(z[:, 1:]), np.array([[0.5, 0.5]])).scores
        assert abs(found[0] - rest[0]) < SAME


@pytest.mark.parametrize(
    ("rule", "twin"), [(xz.GeometricMean(floor=0.01), gmean), (xz.HarmonicMean(floor=0.01), hmean)]
)
def test_a_floor_is_named_and_each_cell_that_it_lifts_is_listed(rule: Any, twin: Any) -> None:
    result = index(TOY, xz.MinMax(), rule)
    z = result.stage("normalise").values
    assert np.abs(result.term("index") - twin(np.maximum(z, 0.01), axis=1)).max() < SAME
    (change,) = result.last.changes
    assert change.step == "aggregate"
    assert "0.01" in str(change.rule)
    assert sorted(zip(change.rows.tolist(), change.names, strict=True)) == sorted(
        (i, f"x{j}") for i, j in np.argwhere(z == 0).tolist()
    )
    assert (change.before == 0).all()
    assert (change.after == 0.01).all()
    assert (result.stage("normalise").values == z).all()  # the values themselves stay


def test_a_floor_of_scores_of_dimensions_names_the_dimension() -> None:
    halves = xz.Framework(
        indicators=[xz.Indicator(name=f"x{j}", parent="ab"[j > 1]) for j in range(4)],
        dimensions=[xz.Dimension(name="index"), *(xz.Dimension(name=k, parent="index") for k in "ab")],
    )
    values = np.array([[0.0, 0, 3, 4], [1, 2, 9, 8], [4, 4, 1, 1.5]])
    by = xz.Aggregate(levels={3: xz.GeometricMean(floor=0.05)})
    system = xz.IndexSystem(framework=halves, steps=(xz.Normalise(), xz.Weigh(by=xz.Equal()), by))
    result = system.fit(xz.Panel(frame(values), unit="unit"))
    (change,) = result.last.changes
    assert list(zip(change.rows.tolist(), change.names, strict=True)) == [(0, "a"), (2, "b")]
    assert np.abs(result.term("index")[0] - np.sqrt(0.05 * result.term("b")[0])) < SAME


def test_settings_and_words() -> None:
    with pytest.raises(UsageError, match="floor > 0"):
        xz.GeometricMean(floor=0)
    tree = framework(2)
    steps = (xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate(by=xz.GeometricMean(floor=0.1)))
    system = xz.IndexSystem(framework=tree, steps=steps)
    assert xz.IndexSystem.model_validate(system.model_dump()) == system
