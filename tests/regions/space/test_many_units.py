"""What is done otherwise where units are many: neighbours drawn without a permutation of all, a strip of some units."""

import numpy as np
import pytest

from xinzhi.regions.space.local import MOST, most_often, places_dealt


@pytest.mark.parametrize("most", [2, 9])
def test_places_dealt_are_different_and_each_as_likely(most):
    """40 places: 2 are drawn with another try, 9 by permutation; a share of 1 / 40 is known to .0007 (one error)."""
    found = places_dealt(40, most, draw=np.random.default_rng(2), draws=50_000)
    assert found.shape == (50_000, most)
    assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all()
    for column in found.T:
        assert np.bincount(column, minlength=40) / 50_000 == pytest.approx(np.full(40, 1 / 40), abs=4 * 0.0007)


def test_two_places_are_independent_up_to_being_different():
    found = places_dealt(40, 2, draw=np.random.default_rng(3), draws=80_000)
    pairs = np.bincount(found[:, 0] * 40 + found[:, 1], minlength=1600).reshape(40, 40)
    assert np.diag(pairs).sum() == 0
    expected = 80_000 / (40 * 39)
    chi_squared = ((pairs - expected) ** 2 / expected)[~np.eye(40, dtype=bool)].sum()
    assert chi_squared < 1559 + 4 * np.sqrt(2 * 1559)  # mean and four deviations at 1,559 degrees of freedom


def test_the_units_most_often_in_a_cluster_are_shown_in_their_order():
    unit = np.repeat([f"u{k:03}" for k in range(MOST + 2)], 2).astype(object)
    there = np.ones(unit.size, dtype=bool)
    there[[0, 1, 6]] = False
    kept = unit[most_often(unit, there)]
    assert kept.size == 2 * MOST
    assert {"u000", "u003"}.isdisjoint(kept)
    assert kept.tolist() == sorted(kept)
