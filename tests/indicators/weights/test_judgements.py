"""The analytic hierarchy process against Saaty's example, ahpy, consistent matrices and its refusals."""

from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import columns
from xinzhi.errors import UsageError
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.judgements import AHP, RANDOM_INDEX, principal

EXACT = 1e-12
"""Weights of consistent matrices of four rows."""
PRINTED = 0.5e-8
"""ahpy prints eight digits."""

NAMES = ("coffee", "wine", "tea", "beer", "soda", "milk", "water")
DRINKS = (
    (1, 9, 5, 2, 1, 1, 1 / 2),
    (1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9),
    (1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9),
    (1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3),
    (1, 9, 4, 2, 1, 2, 1 / 2),
    (1, 9, 3, 1, 1 / 2, 1, 1 / 3),
    (2, 9, 9, 3, 2, 3, 1),
)
"""Saaty's judgements of the consumption of drinks."""
AHPY = (0.17745675, 0.01914948, 0.04183118, 0.11641703, 0.18957238, 0.12878055, 0.32679264)
"""ahpy 2.1: Compare(precision=8).local_weights; its CR, 0.02180605, takes 1.35 as the random index of seven."""

STEPS = [xz.Normalise(), xz.Aggregate()]


def parts(*names: str, group: str = "index") -> Columns:
    """Return parts without data, as of a dimension."""
    m, none = len(names), np.full((3, len(names)), np.nan)
    return Columns(none, none, np.ones(3), np.zeros(3, dtype=np.int64), names, np.ones(m), np.full(m, np.nan), group)


def consistent(w: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in np.divide.outer(np.array(w), np.array(w)).tolist())


@pytest.mark.reference
def test_saatys_drinks() -> None:
    found = AHP(judgements={"index": DRINKS}).weighting(parts(*NAMES))
    assert np.abs(found.weights[0] - AHPY).max() < PRINTED
    assert found.facts["ci"] == pytest.approx(0.02180605 * 1.35, abs=1e-8)
    assert found.facts["cr"] == pytest.approx(0.02180605 * 1.35 / 1.32, abs=1e-8)
    assert "warnings" not in found.facts


@pytest.mark.parametrize("by", ["eigenvector", "geometric_mean"])
def test_consistent_judgements_give_their_weights_back(by: Any) -> None:
    w = np.array([0.4, 0.3, 0.2, 0.1])
    found = AHP(judgements={"index": consistent(w)}, by=by).weighting(parts("a", "b", "c", "d"))
    assert np.abs(found.weights[0] - w).max() < EXACT
    assert found.facts["cr"] == pytest.approx(0, abs=EXACT)


def test_three_parts_have_the_same_weights_both_ways() -> None:
    A = {"index": ((1, 3, 5), (1 / 3, 1, 3), (1 / 5, 1 / 3, 1))}
    one, other = (
        AHP(judgements=A, by=by).weighting(parts("a", "b", "c")).weights for by in ("eigenvector", "geometric_mean")
    )
    assert np.abs(one - other).max() < EXACT
    known = np.cbrt([15, 1, 1 / 15])
    assert np.abs(one[0] - known / known.sum()).max() < EXACT


def test_principal_eigenvector_is_one() -> None:
    A = np.array(DRINKS)
    largest, w = principal(A)
    assert np.abs(A @ w - largest * w).max() < EXACT
    assert largest > 7


def test_order_of_rows_follows_names_and_parts_left_out_are_left_out() -> None:
    rule = AHP(judgements={"index": DRINKS}, order={"index": NAMES})
    turned = rule.weighting(parts(*NAMES[::-1])).weights[0]
    assert np.abs(turned[::-1] - AHPY).max() < PRINTED
    w = np.array([0.4, 0.3, 0.2, 0.1])
    fewer = AHP(judgements={"index": consistent(w)}, order={"index": ("a", "b", "c", "d")}).weighting(parts("d", "a"))
    assert np.abs(fewer.weights[0] - [0.2, 0.8]).max() < EXACT


def test_several_judges_meet_at_the_geometric_mean() -> None:
    one, other = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])
    rule = AHP(judgements={"index": (consistent(one), consistent(other))})
    mean = np.sqrt(one * other)
    found = rule.weighting(parts("a", "b", "c"))
    assert np.abs(found.weights[0] - mean / mean.sum()).max() < EXACT
    assert found.facts["cr"] == pytest.approx(0, abs=EXACT)
    alone = AHP(judgements={"index": DRINKS}).weighting(parts(*NAMES)).weights
    agree = AHP(judgements={"index": (DRINKS, DRINKS, DRINKS)}).weighting(parts(*NAMES)).weights
    assert np.abs(alone - agree).max() < EXACT


def test_rounded_reciprocals_are_made_exact() -> None:
    rule = AHP(judgements={"index": ((1, 3, 8), (0.33, 1, 3), (0.13, 0.33, 1))})
    exact = AHP(judgements={"index": ((1, 3, 8), (1 / 3, 1, 3), (1 / 8, 1 / 3, 1))})
    gap = rule.weighting(parts("a", "b", "c")).weights - exact.weighting(parts("a", "b", "c")).weights
    assert 0 < np.abs(gap).max() < 0.005


def test_inconsistent_judgements_are_warned_of() -> None:
    circle = {"index": ((1, 5, 1 / 5), (1 / 5, 1, 5), (5, 1 / 5, 1))}
    found = AHP(judgements=circle).weighting(parts("a", "b", "c"))
    assert found.facts["cr"] > 1
    (warning,) = found.facts["warnings"]
    assert warning.startswith("XZ-462")
    assert np.abs(found.weights - 1 / 3).max() < EXACT


def test_one_or_two_parts_are_consistent_and_large_ones_have_no_ratio() -> None:
    rule = AHP(judgements={"index": ((1, 4), (1 / 4, 1))})
    assert rule.weighting(parts("a", "b")).weights[0] == pytest.approx([0.8, 0.2])
    assert rule.weighting(parts("a", "b")).facts["cr"] == 0
    assert rule.weighting(parts("a", group="another")).weights.tolist() == [[1.0]]
    m = len(RANDOM_INDEX) + 1
    large = AHP(judgements={"index": consistent(np.arange(1.0, m + 1))})
    assert large.weighting(parts(*(f"p{k}" for k in range(m)))).facts["cr"] is None


@pytest.mark.parametrize(
    ("A", "found"),
    [
        (((1, 2), (2, 1)), "row 1, column 2"),
        (((1, -2), (-0.5, 1)), "row 1, column 2"),
        (((2, 1), (1, 1)), "row 1, column 1"),
        (((1, 0), (0, 1)), "row 1, column 2"),
        (((1, 2), (0.5,)), "different lengths"),
        (((1, 2, 3), (0.5, 1, 2)), "different lengths"),
    ],
)
def test_matrices_that_are_not_reciprocal(A: Any, found: str) -> None:
    with pytest.raises(UsageError, match=found) as caught:
        AHP(judgements={"index": A})
    assert caught.value.code == "XZ-268"


def test_judgements_that_are_missing() -> None:
    rule = AHP(judgements={"science": ((1, 4), (1 / 4, 1)), "green": ((1, 4), (1 / 4, 1))})
    for group, names in (("index", ("a", "b")), ("science", ("a", "b", "c")), ("", ("a", "b"))):
        with pytest.raises(UsageError) as caught:
            rule.weighting(parts(*names, group=group))
        assert caught.value.code == "XZ-264"
    ordered = AHP(judgements={"science": ((1, 4), (1 / 4, 1))}, order={"science": ("a", "b")})
    with pytest.raises(UsageError, match="no judgement of c") as caught:
        ordered.weighting(parts("a", "c", group="science"))
    assert caught.value.code == "XZ-264"
    with pytest.raises(UsageError, match="of 2, 3 parts"):
        AHP(judgements={"science": (((1, 4), (1 / 4, 1)), consistent([1.0, 2.0, 3.0]))})
    with pytest.raises(UsageError, match="of 2, 3 parts"):
        AHP(judgements={"science": ((1, 4), (1 / 4, 1))}, order={"science": ("a", "b", "c")})


def test_it_weighs_dimensions_too() -> None:
    framework = xz.Framework(
        indicators=[xz.Indicator(name=f"x{j}", parent="one" if j < 2 else "two") for j in range(4)],
        dimensions=[xz.Dimension(name="index"), *(xz.Dimension(name=n, parent="index") for n in ("one", "two"))],
    )
    two = ((1, 3), (1 / 3, 1))
    rule = AHP(judgements={"one": two, "two": two, "index": ((1, 4), (1 / 4, 1))})
    values = np.random.default_rng(5).uniform(size=(6, 4))
    from tests.indicators.toys import frame

    panel = xz.Panel(frame(values), unit="unit")
    system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=rule), xz.Aggregate()])
    found: Any = system.fit(panel)
    assert list(found.weights().values()) == pytest.approx([0.6, 0.2, 0.15, 0.05])
    assert type(system).model_validate(system.model_dump()) == system


def test_it_needs_no_data() -> None:
    assert AHP.blind
    alone = AHP(judgements={"anything": ((1, 4), (1 / 4, 1))})
    assert alone.weighting(columns(np.eye(2))).weights[0] == pytest.approx([0.8, 0.2]), "the one matrix there is"
