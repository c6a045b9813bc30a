"""Combined weights against their defining equations, limiting cases and pairs of known weights."""

from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from scipy.optimize import minimize

import xinzhi as xz
from tests.indicators.toys import TOY, columns, frame
from xinzhi.errors import DataError
from xinzhi.indicators.slots import Between, OneOf, factors, nominal, settled
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.combined import (
    Combined,
    GameTheory,
    LinearCombination,
    MinimumEntropy,
    Multiplicative,
    game_shares,
)
from xinzhi.indicators.weights.rule import Equal, Given, Weighting, WeightRule
from xinzhi.language import Text, say

EXACT = 1e-12
"""Sums and products of five weights."""
KINDS: list[type[Combined]] = [Multiplicative, LinearCombination, MinimumEntropy, GameTheory]
ONE, OTHER = (0.4, 0.3, 0.15, 0.1, 0.05), (0.1, 0.2, 0.3, 0.15, 0.25)


class Fixed(WeightRule):
    """Weights that a test gives, one set or one for each year."""

    called: ClassVar[Text] = say("equal weights")
    form: Literal["fixed_in_tests"] = "fixed_in_tests"
    rows: tuple[tuple[float, ...], ...]

    def weighting(self, columns: Columns) -> Weighting:
        return Weighting(np.array(self.rows), {"warnings": ("told",)})


def fixed(*rows: tuple[float, ...]) -> Fixed:
    return Fixed(rows=rows)


def weights(kind: type[Combined], *rules: WeightRule, **settings: Any) -> Any:
    return kind(of=rules, **settings).weighting(columns(TOY)).weights


def test_formulas() -> None:
    a, b = np.array(ONE), np.array(OTHER)
    product, root = a * b, np.sqrt(a * b)
    assert np.abs(weights(Multiplicative, fixed(ONE), fixed(OTHER)) - product / product.sum()).max() < EXACT
    assert np.abs(weights(MinimumEntropy, fixed(ONE), fixed(OTHER)) - root / root.sum()).max() < EXACT
    assert np.abs(weights(LinearCombination, fixed(ONE), fixed(OTHER)) - (a + b) / 2).max() < EXACT
    third = weights(LinearCombination, fixed(ONE), fixed(OTHER), shares=(0.3,))
    assert np.abs(third - (0.3 * a + 0.7 * b)).max() < EXACT


def test_minimum_entropy_is_the_least_relative_entropy() -> None:
    a, b = np.array(ONE), np.array(OTHER)

    def entropy(u: Any) -> float:
        w = np.exp(u) / np.exp(u).sum()
        return float((w * np.log(w / a)).sum() + (w * np.log(w / b)).sum())

    u = minimize(entropy, np.zeros(5), tol=1e-12).x
    found = weights(MinimumEntropy, fixed(ONE), fixed(OTHER))[0]
    assert np.abs(found - np.exp(u) / np.exp(u).sum()).max() < 1e-6  # the optimiser's own precision


def test_game_theory_solves_its_equations() -> None:
    third = (0.2, 0.2, 0.1, 0.3, 0.2)
    W = np.array([ONE, OTHER, third])
    shares = game_shares(W[:, None])[0]
    assert np.abs(W @ W.T @ shares - (W**2).sum(axis=1)).max() < EXACT
    found = GameTheory(of=(fixed(ONE), fixed(OTHER), fixed(third))).weighting(columns(TOY))
    size = np.abs(shares) / np.abs(shares).sum()
    assert np.abs(found.weights[0] - size @ W).max() < EXACT
    assert found.facts["shares"][0] == pytest.approx(size)


def test_game_of_two_by_hand() -> None:
    a, b = np.array(ONE), np.array(OTHER)
    aa, ab, bb = a @ a, a @ b, b @ b
    det = aa * bb - ab**2
    alpha = np.abs([(aa * bb - ab * bb) / det, (aa * bb - ab * aa) / det])
    alpha /= alpha.sum()
    assert np.abs(weights(GameTheory, fixed(ONE), fixed(OTHER))[0] - (alpha[0] * a + alpha[1] * b)).max() < EXACT


def test_equal_weights_get_no_share_of_the_game() -> None:
    assert np.abs(weights(GameTheory, Equal(), fixed(ONE)) - ONE).max() < EXACT


def test_the_same_weights_twice() -> None:
    for kind in (LinearCombination, MinimumEntropy, GameTheory):
        assert np.abs(weights(kind, fixed(ONE), fixed(ONE)) - ONE).max() < EXACT, kind
    found = GameTheory(of=(fixed(ONE), fixed(ONE), fixed(ONE))).weighting(columns(TOY)).facts
    assert found["shares"][0] == pytest.approx([1 / 3] * 3)
    assert np.abs(weights(Multiplicative, Equal(), fixed(ONE)) - ONE).max() < EXACT


@pytest.mark.parametrize("kind", KINDS)
def test_years_are_combined_one_by_one(kind: type[Combined]) -> None:
    by_year = weights(kind, fixed(ONE, OTHER), fixed(OTHER))
    assert by_year.shape == (2, 5)
    assert np.abs(by_year.sum(axis=1) - 1).max() < EXACT
    for t, row in enumerate((ONE, OTHER)):
        assert np.abs(by_year[t] - weights(kind, fixed(row), fixed(OTHER))[0]).max() < EXACT


@pytest.mark.parametrize("kind", KINDS)
def test_order_of_rules_and_of_columns(kind: type[Combined]) -> None:
    assert np.abs(weights(kind, fixed(ONE), fixed(OTHER)) - weights(kind, fixed(OTHER), fixed(ONE))).max() < EXACT
    turned = weights(kind, fixed(ONE[::-1]), fixed(OTHER[::-1]))
    assert np.abs(turned[:, ::-1] - weights(kind, fixed(ONE), fixed(OTHER))).max() < EXACT


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_takes_from_its_rules(kind: type[Combined]) -> None:
    blind, seeing = kind(of=(Equal(), Given())), kind(of=(Equal(), fixed(ONE)))
    assert blind.blind
    assert not seeing.blind
    assert (blind.scope, kind(of=(fixed(ONE), fixed(ONE))).scope) == ("siblings", "all")
    assert blind.needs == "anything"
    assert seeing.weighting(columns(TOY)).facts["warnings"] == ("told",)
    with pytest.raises(Exception, match="2 items"):
        kind(of=(Equal(),))
    assert kind.model_validate(blind.model_dump()) == blind


def test_strictest_need_counts() -> None:
    from xinzhi.indicators.weights.entropy import Entropy

    assert Multiplicative(of=(Equal(), Entropy())).needs == Entropy().needs


def test_no_common_indicator_leaves_no_weights() -> None:
    halves = fixed((0.5, 0.5, 0, 0, 0)), fixed((0, 0, 0.5, 0.5, 0))
    for kind in (Multiplicative, MinimumEntropy):
        with pytest.raises(DataError) as caught:
            weights(kind, *halves)
        assert caught.value.code == "XZ-270"
    assert weights(LinearCombination, *halves)[0] == pytest.approx([0.25] * 4 + [0])


@pytest.mark.parametrize("shares", [(0.5, 0.6), (1.2,), (-0.1,), (0.2, 0.3, 0.5), (Between(0.1, 0.5), 0.5)])
def test_shares_add_up(shares: Any) -> None:
    with pytest.raises(Exception, match="adding up to one"):
        LinearCombination(of=(Equal(), Given()), shares=shares)


def test_slots_inside_are_found_and_settled() -> None:
    rule = LinearCombination(of=(Equal(), Given()), shares=(Between(0.2, 0.4),))
    assert [factor.path for factor in factors(rule)] == [("shares", 0)]
    assert settled(rule, nominal).shares == pytest.approx((0.3,))
    several = OneOf(Multiplicative(of=(Equal(), Given())), rule)
    assert len(list(factors(several))) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_judgements_and_data_in_a_tree(kind: type[Combined]) -> None:
    two = ((1, 3), (1 / 3, 1))
    judged = xz.AHP(judgements={"one": two, "two": two, "index": ((1, 4), (1 / 4, 1))})
    framework = xz.Framework(
        indicators=[xz.Indicator(name=f"x{j}", parent="one" if j < 2 else "two") for j in range(4)],
        dimensions=[xz.Dimension(name="index"), *(xz.Dimension(name=n, parent="index") for n in ("one", "two"))],
    )
    weigh = xz.Weigh(by=kind(of=(judged, xz.Entropy())), above=judged)
    system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), weigh, xz.Aggregate()])
    assert type(system).model_validate(system.model_dump(mode="json")) == system
    found: Any = system.fit(xz.Panel(frame(TOY[:, :4]), unit="unit"))
    shares = np.array(list(found.weights().values()))
    assert shares[:2].sum() == pytest.approx(0.8)
    alone = kind(of=(fixed((0.75, 0.25)), xz.Entropy())).weighting(found.stage("normalise").columns().some([0, 1]))
    assert np.abs(shares[:2] / 0.8 - alone.weights[0]).max() < EXACT
