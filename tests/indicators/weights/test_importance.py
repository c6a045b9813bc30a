"""Equal importance against closed forms, another optimiser, and the limits of what weights can do."""

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.indicators.toys import columns
from tests.indicators.weights.test_components import TAI, made
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.weights.importance import EqualImportance, attained, balanced
from xinzhi.panel.panel import Floats

SOLVED = 1e-9
"""Weights of well-conditioned correlations; the pull to short solutions moves them by 1e-16."""
R = np.array([[1.0, 0.8, 0.2, 0.3], [0.8, 1.0, 0.1, 0.4], [0.2, 0.1, 1.0, 0.2], [0.3, 0.4, 0.2, 1.0]])


def data(scale: Floats | None = None) -> Floats:
    return made(R) * (np.array([1.0, 2.0, 5.0, 0.1]) if scale is None else scale)


def correlations_of(values: Floats, weights: Floats) -> Floats:
    score = values @ weights
    return np.array([np.corrcoef(column, score)[0, 1] for column in values.T])


def test_correlations_are_equal() -> None:
    found = EqualImportance().weighting(columns(data()))
    got = correlations_of(data(), found.weights[0])
    assert np.ptp(got) < SOLVED
    assert found.facts["reached"]
    assert found.facts["correlations"] == pytest.approx(got)
    assert np.ptp(found.facts["with_equal_weights"]) > 0.1
    assert found.facts["with_equal_weights"] == pytest.approx(correlations_of(data(), np.ones(4)))


def test_closed_form() -> None:
    sd = data().std(axis=0)
    raw = np.linalg.solve(np.cov(data(), rowvar=False), sd)
    found = EqualImportance().weighting(columns(data())).weights[0]
    assert np.abs(found - raw / raw.sum()).max() < SOLVED


def test_two_indicators_weigh_the_inverse_of_their_spread() -> None:
    values = data()[:, :2]
    raw = 1 / values.std(axis=0)
    assert np.abs(EqualImportance().weighting(columns(values)).weights[0] - raw / raw.sum()).max() < SOLVED


def test_targets_are_reached_in_proportion() -> None:
    found = EqualImportance(target={"x3": 1.2, "x2": 0.8}).weighting(columns(data()))
    got = correlations_of(data(), found.weights[0])
    assert got / got[1] == pytest.approx([1, 1, 0.8, 1.2])
    assert found.facts["reached"]


def test_units_and_copies_of_rows_do_not_matter() -> None:
    one = EqualImportance().weighting(columns(data(np.ones(4))))
    other = EqualImportance().weighting(columns(data(np.array([1e6, 1e-6, 1.0, 3.0]))))
    assert one.facts["correlations"] == pytest.approx(other.facts["correlations"])
    count = np.full(len(data()), 3.0)
    assert (
        np.abs(
            EqualImportance().weighting(columns(data(), base=count)).weights
            - EqualImportance().weighting(columns(data())).weights
        ).max()
        < SOLVED
    )


def test_copies_of_an_indicator_share_its_weight() -> None:
    values = made(R) @ np.eye(4)[:, [0, 0, 2, 3]]
    found = EqualImportance().weighting(columns(values))
    assert found.weights[0, 0] == pytest.approx(found.weights[0, 1], rel=1e-6)
    assert np.ptp(found.facts["correlations"]) < 1e-6


def test_what_cannot_be_reached_is_said_and_is_as_near_as_can_be() -> None:
    found = EqualImportance().weighting(columns(TAI))
    assert not found.facts["reached"]
    assert found.facts["without_weight"] == ("x1", "x4")
    assert found.facts["largest_gap"] > 0.05
    C = np.corrcoef(TAI, rowvar=False)

    def gap(u: Floats) -> float:  # the objective of COINr 1.1.14's get_opt_weights: correlations as shares of their sum
        got = attained(C, u**2)
        return float(((got / got.sum() - 1 / 8) ** 2).sum())

    ours = attained(C, balanced(C, np.ones(8)))
    theirs = min(minimize(gap, start, tol=1e-14).fun for start in np.random.default_rng(1).uniform(0.1, 1, (8, 8)))
    angle = ((ours / ours.sum() - 1 / 8) ** 2).sum()
    assert angle <= theirs * (1 + 1e-6)


def test_a_score_that_cannot_vary_is_refused() -> None:
    x = np.linspace(0, 1, 9)
    with pytest.raises(DataError) as caught:
        EqualImportance().weighting(columns(np.column_stack([x, -x])))
    assert caught.value.code == "XZ-270"


def test_settings() -> None:
    with pytest.raises(Exception, match="above zero"):
        EqualImportance(target={"x0": 0.0})
    with pytest.raises(UsageError, match="did you mean 'x2'"):
        EqualImportance(target={"x22": 2.0}).weighting(columns(data()))
    assert EqualImportance().weighting(columns(data()[:, :1])).weights.tolist() == [[1.0]]
    with pytest.raises(DataError) as caught:
        EqualImportance().weighting(columns(np.c_[data(), np.ones(40)]))
    assert caught.value.code == "XZ-261"
