"""Chains: closed forms, odd chains, and whether errors and tests hold what they promise (simulated)."""

import numpy as np
import pytest

from xinzhi.panel.panel import Floats
from xinzhi.regions.dynamics.chains import chain, homogeneity, mobility

EXACT = 1e-12
"""Solutions of systems of up to five equations."""
TRUTH = np.array([[0.85, 0.15, 0.0], [0.1, 0.8, 0.1], [0.02, 0.18, 0.8]])


def drawn(p: Floats, departures: list[int], runs: int, seed: int) -> Floats:
    """Return (runs, k, k) counts of chains whose rows are multinomial."""
    draw = np.random.default_rng(seed)
    rows = [draw.multinomial(n, row, size=runs) for n, row in zip(departures, p, strict=True)]
    return np.stack(rows, axis=1).astype(np.float64)


def test_two_classes_in_closed_form() -> None:
    a, b = 0.2, 0.3  # up, down
    found = chain(np.array([[80.0, 20.0], [30.0, 70.0]]))
    np.testing.assert_allclose(found.steady, [b / (a + b), a / (a + b)], atol=EXACT)
    np.testing.assert_allclose(found.passage, [[(a + b) / b, 1 / a], [1 / b, (a + b) / a]], rtol=EXACT)
    np.testing.assert_allclose(found.errors[:, 0], [np.sqrt(0.16 / 100), np.sqrt(0.21 / 100)], rtol=EXACT)
    # pi_2 = a / (a + b): delta method, var = (b^2 var a + a^2 var b) / (a + b)^4
    spread = np.sqrt((b**2 * 0.16 + a**2 * 0.21) / 100) / (a + b) ** 2
    np.testing.assert_allclose(found.steady_errors, [spread, spread], rtol=EXACT)
    moves = mobility(found)
    assert moves.shorrocks == pytest.approx(a + b, abs=EXACT)
    assert moves.determinant == pytest.approx(a + b, abs=EXACT)
    assert moves.eigenvalue == pytest.approx(a + b, abs=EXACT)
    assert moves.half_life == pytest.approx(1.0, abs=EXACT)  # second eigenvalue 0.5
    assert moves.bartholomew == pytest.approx(2 * a * b / (a + b), abs=EXACT)


def test_steady_state_reproduces_itself_and_passage_times_obey_their_equation() -> None:
    found = chain(1000 * TRUTH)
    p, m = found.probabilities, found.passage
    np.testing.assert_allclose(found.steady @ p, found.steady, atol=EXACT)
    np.testing.assert_allclose(m, 1.0 + p @ (m - np.diag(np.diag(m))), rtol=1e-10)  # solves of condition about 100


def test_an_absorbing_class() -> None:
    found = chain(np.array([[8.0, 2.0, 0.0], [0.0, 5.0, 5.0], [0.0, 0.0, 9.0]]))
    assert found.steady.tolist() == [0.0, 0.0, 1.0]
    assert found.steady_errors.tolist() == [0.0, 0.0, 0.0]
    assert "absorbing" in found.reason
    np.testing.assert_allclose(found.passage[:, 2], [5.0 + 2.0, 2.0, 1.0], rtol=EXACT)
    assert np.isnan(found.passage[:, :2]).all()


def test_two_sets_that_are_never_left_have_no_steady_state() -> None:
    found = chain(np.array([[9.0, 0.0, 0.0], [1.0, 8.0, 1.0], [0.0, 0.0, 9.0]]))
    assert np.isnan(found.steady).all()
    assert "2 sets" in found.reason


def test_a_class_without_departures() -> None:
    found = chain(np.array([[9.0, 1.0], [0.0, 0.0]]))
    assert np.isnan(found.probabilities[1]).all()
    assert np.isnan(found.steady).all()
    assert found.reason == "no transition from class 2"
    assert np.isnan(mobility(found).shorrocks)


def test_a_class_that_nobody_meets_has_share_zero() -> None:
    found = chain(np.array([[6.0, 4.0, 0.0], [2.0, 8.0, 0.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(found.steady, [1 / 3, 2 / 3, 0.0], atol=EXACT)


def test_no_transition_at_all() -> None:
    found = chain(np.zeros((3, 3)))
    assert np.isnan(found.steady).all()
    assert found.reason == "no transition"


def test_a_cycle_is_named() -> None:
    found = chain(np.array([[0.0, 5.0, 0.0], [0.0, 0.0, 5.0], [5.0, 0.0, 0.0]]))
    assert found.period == 3
    assert "period 3" in found.reason
    np.testing.assert_allclose(found.steady, np.full(3, 1 / 3), atol=EXACT)


@pytest.mark.parametrize(("departures", "coverage"), [(400, (0.942, 0.951, 0.944)), (4000, (0.95, 0.95, 0.95))])
def test_standard_errors_cover_the_truth(departures: int, coverage: tuple[float, ...]) -> None:
    """Errors match the spread over 2,000 chains within 7 %; intervals of the steady state cover it, within 0.02.

    The delta method promises 95 % in large samples. At 400 departures a row it falls a little short: the mean of
    12 x 2,000 other draws is 0.942, 0.951 and 0.944. A run of 2,000 has a standard error of 0.005.
    """
    counts = drawn(TRUTH, [departures] * 3, 2000, seed=5)
    found = [chain(one) for one in counts]
    for kind, name in (("errors", "probabilities"), ("steady_errors", "steady")):
        error = np.mean([getattr(one, kind) for one in found], axis=0)
        spread = np.std([getattr(one, name) for one in found], axis=0)
        there = spread > 0
        np.testing.assert_allclose(error[there], spread[there], rtol=0.07)
    steady = chain(1000 * TRUTH).steady
    covered = [np.abs(one.steady - steady) < 1.96 * one.steady_errors for one in found]
    assert (np.abs(np.mean(covered, axis=0) - coverage) < 0.02).all()


def test_tests_reject_as_often_as_they_say() -> None:
    """Two equal chains, 2,000 runs: 5 % of p-values below 0.05, within three standard errors (0.015)."""
    pairs = zip(drawn(TRUTH, [300, 200, 250], 2000, seed=6), drawn(TRUTH, [150, 400, 250], 2000, seed=7), strict=True)
    found = [homogeneity(np.stack(pair)) for pair in pairs]
    assert {test.freedom for test in found} == {5}  # (2 - 1) (2 - 1 + 3 - 1 + 3 - 1)
    for kind in ("lr_p", "q_p"):
        assert abs(np.mean([getattr(test, kind) < 0.05 for test in found]) - 0.05) < 0.015


def test_test_in_closed_form() -> None:
    """Two 2 x 2 matrices of which only the first rows differ: Pearson's statistic of one table."""
    found = homogeneity(np.array([[[30.0, 10.0], [5.0, 5.0]], [[20.0, 20.0], [5.0, 5.0]]]))
    table = np.array([[30.0, 10.0], [20.0, 20.0]])
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    assert found.freedom == 2
    assert found.q == pytest.approx(((table - expected) ** 2 / expected).sum(), rel=EXACT)
    assert found.lr == pytest.approx(2 * (table * np.log(table / expected)).sum(), rel=EXACT)


def test_one_matrix_gives_no_test() -> None:
    assert homogeneity(np.array([[[3.0, 1.0], [1.0, 3.0]]])).freedom == 0
