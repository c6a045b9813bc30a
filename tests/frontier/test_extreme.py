"""Data like those of firms, whose sizes lie many powers of ten apart, against exact rational arithmetic."""

from itertools import product

import numpy as np
import pytest
from benchmarks.frontier_data import spread

from tests.frontier.exact import exact_scores

EXACT = 1e-12
"""Relative error of a score: double precision and a basis that is optimal in exact arithmetic."""
CASES = list(product(("crs", "vrs"), (3.0, 4.0, 5.0)))


@pytest.mark.parametrize(("returns", "sd"), CASES)
def test_scores_of_firms_are_exact(returns: str, sd: float) -> None:
    assert worst(returns, sd, range(4)) < EXACT


@pytest.mark.slow
@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize(("returns", "sd"), CASES)
def test_scores_of_firms_are_exact_over_200_seeds(returns: str, sd: float, orientation: str) -> None:
    assert worst(returns, sd, range(200), orientation) < EXACT


def worst(returns: str, sd: float, seeds: range, orientation: str = "input") -> float:
    """Return the largest relative error over seeds, 40 firms each; no frontier unit may be lost."""
    gap = 0.0
    for seed in seeds:
        x, y = spread(40, size_sd=sd, seed=seed)
        mine, right = exact_scores(x, y, returns, orientation)
        gap = max(gap, float(np.max(np.abs(mine - right) / right)))
        assert ((np.abs(right - 1) < EXACT) == (np.abs(mine - 1) < 1e-9)).all(), seed
    return gap
