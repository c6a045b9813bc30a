"""Sums over all pairs by boxes: the same as one by one, whatever the distribution."""

import numpy as np
import pytest

from xinzhi.compute import Run
from xinzhi.regions.dynamics.boxes import FROM_NODES, NODES, between, places
from xinzhi.regions.dynamics.conditional import Pairs, conditional_below
from xinzhi.regions.dynamics.kernels import bandwidth

SAME = 1e-11
"""Sums of 1,500 terms in two orders, and interpolation; far out a sum is small beside those in its box."""


def starts(kind, rng):
    if kind == "heavy tails":
        return rng.standard_cauchy(1500)
    return {"skewed": rng.lognormal(0.0, 0.8, 1500), "ties": np.round(rng.normal(size=1500), 1)}[kind]


@pytest.mark.parametrize("kind", ["skewed", "heavy tails", "ties"])
def test_the_same_as_one_by_one(kind):
    rng = np.random.default_rng(1)
    x, told = starts(kind, rng), []
    y = 0.9 * x + 0.3 * rng.normal(size=x.size)
    h = bandwidth(x, "silverman", dimensions=2), bandwidth(y - 0.8 * x, "silverman", dimensions=2)
    found = places(x, y - 0.8 * x, h, Run(progress=lambda label, done, total: told.append((done, total))))
    assert found == pytest.approx(conditional_below(x, y, Pairs(x, y, h, 0.8, "gaussian")), abs=SAME)
    assert told[-1][0] == told[-1][1] == len(told)


def test_polynomials_are_interpolated_exactly():
    at, nodes = np.linspace(0.0, 1.0, 7), 0.5 + 0.5 * np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    assert between(at) @ nodes**5 == pytest.approx(at**5, abs=1e-13)
    assert FROM_NODES.shape == (NODES, NODES)
