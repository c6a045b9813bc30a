"""What all rules share: forms, settings that travel, slots, availability, facts of the step."""

import json
from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import SIGNS, TOY, columns, frame, framework, index, scores
from xinzhi.indicators.aggregation.rule import AggregationRule, weighted_mean
from xinzhi.indicators.slots import Between, OneOf

SAME = 1e-12  # a few roundings on numbers of order 1
RULES: dict[str, Any] = {
    "arithmetic_mean": xz.ArithmeticMean(),
    "geometric_mean": xz.GeometricMean(floor=0.01),
    "harmonic_mean": xz.HarmonicMean(floor=0.01),
    "generalised_mean": xz.GeneralisedMean(power=0.3),
    "topsis": xz.TOPSIS(),
    "grey_relation": xz.GreyRelation(),
    "mazziotta_pareto": xz.MazziottaPareto(),
    "copeland": xz.Copeland(),
    "benefit_of_the_doubt": xz.BenefitOfTheDoubt(),
}


def test_every_rule_is_known_by_its_form() -> None:
    members = AggregationRule.members()
    assert {name: type(rule) for name, rule in RULES.items()} == {name: members[name] for name in RULES}


@pytest.mark.parametrize("name", [name for name in RULES if name != "mazziotta_pareto"])
def test_settings_travel_and_scores_are_between_zero_and_one(name: str) -> None:
    result = index(TOY, xz.MinMax(), RULES[name], signs=SIGNS)
    system: Any = result.method
    again = xz.IndexSystem.model_validate(json.loads(json.dumps(system.model_dump(mode="json"))))
    assert again == system
    assert (result.rows.status == "ok").all()
    assert result.term("index").min() >= 0
    assert result.term("index").max() <= 1 + SAME
    assert "index" in result.last.facts["aggregate"]


@pytest.mark.parametrize("name", RULES)
def test_a_unit_that_is_best_in_everything_is_first_and_one_that_is_worst_is_last(name: str) -> None:
    z = np.random.default_rng(9).uniform(0.2, 0.8, (10, 4))
    z[3], z[7] = 0.9, 0.1
    found = RULES[name].scored(columns(z), np.full((1, 4), 0.25)).scores
    assert found.argmax() == 3
    assert found.argmin() == 7


@pytest.mark.parametrize("name", RULES)
def test_better_parts_never_lower_a_score(name: str) -> None:
    z = np.random.default_rng(10).uniform(0.3, 0.7, (8, 3))
    z[0], z[1] = 0.0, 1.0  # bounds that the change does not move
    z[6] = [0.5, 0.5, 0.5]
    more, weights = z.copy(), np.array([[0.5, 0.3, 0.2]])
    more[6] += 0.05
    assert RULES[name].scored(columns(more), weights).scores[6] >= RULES[name].scored(columns(z), weights).scores[6]


def test_mazziotta_pareto_may_lower_the_score_of_a_unit_that_betters_one_part_a_counterexample() -> None:
    """On a scale from 0 to 1 the penalty outweighs the gain: M - S^2 / M falls from .1 to .0333."""
    low, high = np.array([[0.1, 0.1, 0.1]]), np.array([[0.1, 0.1, 0.7]])
    found = [xz.MazziottaPareto().scored(columns(z), np.full((1, 3), 1 / 3)).scores[0] for z in (low, high)]
    assert abs(found[0] - 0.1) < SAME
    assert abs(found[1] - (0.3 - 0.08 / 0.3)) < SAME  # mean .3, variance (2 * .04 + .16) / 3 = .08
    assert found[1] < found[0]
    assert index(TOY, xz.MinMax(), xz.MazziottaPareto(), signs=SIGNS).term("index").min() < 0
    assert index(TOY, xz.MinMax(low=70, high=130), xz.MazziottaPareto(), signs=SIGNS).term("index").min() > 60


def test_slots_settle_at_their_nominal_values() -> None:
    rules = [
        (xz.GeometricMean(floor=Between(0.01, 0.03)), xz.GeometricMean(floor=0.02)),
        (xz.GeneralisedMean(power=Between(0.2, 0.8, nominal=0.3)), xz.GeneralisedMean(power=0.3)),
        (xz.GreyRelation(distinguishing=Between(0.4, 0.6)), xz.GreyRelation()),
        (xz.TOPSIS(weights=OneOf("outside", "inside")), xz.TOPSIS(weights="outside")),
        (OneOf(xz.Copeland(), xz.TOPSIS()), xz.Copeland()),
    ]
    for slot, plain in rules:
        assert np.abs(scores(TOY, None, slot, signs=SIGNS) - scores(TOY, None, plain, signs=SIGNS)).max() < SAME
    posts = {f"x{j}": (0.0, 1e4) for j in range(5)}
    by = xz.Goalposts(posts=posts, high=Between(50, 150), outside="clipped")
    assert (
        scores(TOY, by, signs=SIGNS) == scores(TOY, xz.Goalposts(posts=posts, high=100, outside="clipped"), signs=SIGNS)
    ).all()


def test_availability_decides_whether_the_mean_of_what_is_there_is_a_score() -> None:
    holed = TOY.copy()
    holed[0, :2], holed[1, 0] = np.nan, np.nan
    steps = (xz.Normalise(), xz.Weigh(by=xz.Equal()))
    panel = xz.Panel(frame(holed), unit="unit")
    for availability, status in ((1.0, [False, False]), (0.8, [False, True]), (0.6, [True, True])):
        last = xz.Aggregate(availability=availability)
        result = xz.IndexSystem(framework=framework(5), steps=(*steps, last)).fit(panel)
        assert (result.rows.status[:2] == "ok").tolist() == status
        assert (result.rows.status[2:] == "ok").all()


def test_a_flat_rule_sees_the_weights_of_indicators_in_the_whole() -> None:
    """Two dimensions of weights 3 and 1 over 2 and 3 equal indicators: .375 .375 and three times .0833."""
    tree = xz.Framework(
        indicators=[
            xz.Indicator(name=f"x{j}", parent="ab"[j > 1], direction=("cost" if j == 3 else "benefit"))
            for j in range(5)
        ],
        dimensions=[
            xz.Dimension(name="index"),
            xz.Dimension(name="a", parent="index", weight=3),
            xz.Dimension(name="b", parent="index", weight=1),
        ],
    )
    weights = (0.375, 0.375, *[0.25 / 3] * 3)
    given = [indicator.model_copy(update={"weight": 1.0}) for indicator in tree.indicators]
    system = xz.IndexSystem(
        framework=tree.model_copy(update={"indicators": tuple(given)}),
        steps=(xz.Normalise(), xz.Weigh(by=xz.Given(scale="relative")), xz.Aggregate(by=xz.TOPSIS())),
    )
    found = system.fit(xz.Panel(frame(TOY), unit="unit"))
    assert np.abs(found.term("index") - scores(TOY, None, xz.TOPSIS(), signs=SIGNS, weights=weights)).max() < SAME
    assert np.abs(found.term("a") - scores(TOY[:, :2], None, xz.TOPSIS())).max() < SAME


def test_the_mean_of_nothing_is_missing() -> None:
    found = weighted_mean(np.array([[np.nan, np.nan], [0.2, np.nan]]), np.array([[0.5, 0.5]]))
    assert np.isnan(found[0])
    assert found[1] == 0.2
