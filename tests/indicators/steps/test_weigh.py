"""Weights over a tree of uneven depth: all at once, among siblings, by year, zero weights, refusals."""

from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.weights.cases import CLOSE, index, nested_tree, random_values, weights
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.framework import effective, nested
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.weights.rule import Equal, Given, Weighting, WeightRule

RULES: list[WeightRule] = [
    xz.Entropy(),
    xz.Entropy(shift=0.01, by="corrected"),
    xz.StandardDeviation(),
    xz.CoefficientOfVariation(),
    xz.Critic(),
    xz.ScatterDegree(),
    xz.ByYear(of=xz.Entropy()),
    xz.ByYear(of=xz.Critic(), average="equal"),
    xz.MultiCriteria(method="gini"),
    Equal(),
    Given(scale="relative"),
]
YEARS = [2019, 2020, 2021]


def stage(weigh: xz.Weigh, **settings: Any) -> Stage:
    """Return what comes out of the step on the tree of uneven depth, with years."""
    return index(random_values(), weigh, tree=nested_tree(**settings), years=YEARS).stage("weigh")


def sums_at_every_node(done: Stage) -> bool:
    """Return whether the parts of every dimension, and the indicators of the whole, weigh one in every year."""
    assert done.weights is not None
    parts = [np.abs(done.weights[:, those].sum(axis=1) - 1).max() < CLOSE for those in done.tree.children]
    whole = effective(done.tree, done.weights)
    return all(parts) and bool(np.abs(whole.sum(axis=2) - 1).max() < CLOSE)


@pytest.mark.parametrize("scope", ["all", "siblings"])
@pytest.mark.parametrize("rule", RULES)
def test_weights_add_up_at_every_node(rule: WeightRule, scope: str) -> None:
    done = stage(xz.Weigh(by=rule, scope=scope))
    assert sums_at_every_node(done)
    assert done.weights is not None
    assert done.weights.shape[0] == (3 if isinstance(rule, xz.ByYear) and rule.average is None else 1)


def test_all_at_once_a_dimension_weighs_what_its_indicators_do() -> None:
    z = random_values()
    result = index(z, xz.Weigh(by=xz.Entropy()), tree=nested_tree())
    expected = weights(xz.Entropy(), z)
    assert np.abs(np.array([result.weights()[f"x{j}"] for j in range(5)]) - expected).max() < CLOSE
    assert result.weights("left") == pytest.approx({f"x{j}": expected[j] / expected[:3].sum() for j in range(3)})
    assert result.weights("deep") == pytest.approx({f"x{j}": expected[j] / expected[:2].sum() for j in range(2)})


def test_among_siblings_data_weigh_indicators_and_another_rule_what_stands_with_dimensions() -> None:
    z = random_values()
    result = index(z, xz.Weigh(by=xz.StandardDeviation(), scope="siblings"), tree=nested_tree())
    deep = weights(xz.StandardDeviation(), z[:, :2])
    # The index has three parts, two of them dimensions: 1/3 each; left has a dimension and x2: 1/2 each.
    expected = [deep[0] / 6, deep[1] / 6, 1 / 6, 1 / 3, 1 / 3]
    assert np.abs(np.array([result.weights()[f"x{j}"] for j in range(5)]) - expected).max() < CLOSE
    assert set(result.stage("weigh").facts["weigh"]) == {"deep", "left", "right", "index"}


def test_given_weights_above_and_a_blind_rule_for_everything() -> None:
    tree = nested_tree([3.0, 1.0, 1.0, 1.0, 2.0])
    z = random_values()
    above = xz.Weigh(by=xz.Critic(), scope="siblings", above=Given(scale="relative"))
    assert index(z, above, tree=tree).weights()["x4"] == pytest.approx(0.5)  # 2 / (1 + 1 + 2)
    given = index(z, xz.Weigh(by=Given(scale="relative")), tree=tree).weights()
    assert given == pytest.approx({"x0": 3 / 32, "x1": 1 / 32, "x2": 1 / 8, "x3": 1 / 4, "x4": 1 / 2})
    equal = index(z, xz.Weigh(by=Equal()), tree=tree).weights()
    assert equal == pytest.approx({"x0": 1 / 12, "x1": 1 / 12, "x2": 1 / 6, "x3": 1 / 3, "x4": 1 / 3})
    assert set(index(z, xz.Weigh(by=Equal(), scope="all"), tree=tree).weights().values()) == {0.2}


def test_a_dimension_without_weight_shares_equally_inside_and_counts_nothing() -> None:
    tree = nested_tree([0.0, 0.0, 0.0, 1.0, 3.0])
    weigh = xz.Weigh(by=Given(scale="relative"), scope="all")
    result = index(random_values(), weigh, tree=tree)
    assert sums_at_every_node(result.stage("weigh"))
    assert result.weights() == pytest.approx({"x0": 0, "x1": 0, "x2": 0, "x3": 0.25, "x4": 0.75})
    assert result.weights("left") == pytest.approx({"x0": 0.25, "x1": 0.25, "x2": 0.5})
    assert np.isfinite(result.term("left")).all()


def test_a_constant_year_weighs_by_its_own_rows() -> None:
    z = random_values()
    z[10:20, 0] = 0.0
    done = index(z, xz.Weigh(by=xz.ByYear(of=xz.Entropy())), tree=nested_tree(), years=YEARS).stage("weigh")
    assert done.weights is not None
    whole = effective(done.tree, done.weights)[:, -1]
    assert whole[1, 0] == 0
    assert (whole[[0, 2], 0] > 0).all()
    assert sums_at_every_node(done)


def test_weights_by_year_are_nested_year_by_year() -> None:
    tree = nested_tree().tree
    flat = np.random.default_rng(0).dirichlet(np.ones(5), 4)
    among = nested(tree, flat)
    assert among.shape == (4, 9)
    assert np.abs(effective(tree, among)[:, -1] - flat).max() < CLOSE


def test_rows_left_out_do_not_weigh_and_weights_do_not_depend_on_order() -> None:
    z = random_values()
    tree = nested_tree()
    plain, turned = (index(x, xz.Weigh(by=xz.Critic()), tree=tree).weights() for x in (z, z[::-1]))
    assert turned == pytest.approx(plain)


@pytest.mark.parametrize("w", [(0.5, 0.5, 0.5, -0.25, -0.25), (0.2,) * 4, (0.2, 0.2, 0.2, 0.2, 0.3), (np.nan,) * 5])
def test_weights_that_are_none_are_refused(w: tuple[float, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xz.Entropy, "weighting", lambda rule, columns: Weighting(np.array([w])))
    with pytest.raises(DataError, match="XZ-270"):
        stage(xz.Weigh(by=xz.Entropy()))


def test_rules_inside_rules_are_settled() -> None:
    slots = xz.Weigh(by=xz.OneOf(xz.ByYear(of=xz.OneOf(xz.Critic(), xz.Entropy()), average="equal"), Equal()))
    plain = xz.Weigh(by=xz.ByYear(of=xz.Critic(), average="equal"))
    assert np.array_equal(stage(slots).weights, stage(plain).weights)


def test_a_rule_above_must_be_blind() -> None:
    with pytest.raises(UsageError, match="XZ-103"):
        xz.Weigh(by=xz.Entropy(), above=xz.Entropy())
