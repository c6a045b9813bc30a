"""Effects: the matrix of derivatives written out, numerical derivatives, draws."""

import numpy as np
import pytest
from scipy.stats import norm

from tests.regions.panels.worlds import BETA, PAIRS, RHO, THETA, lattice
from xinzhi.regions.panels.effects import effects_at, multipliers, spatial_effects
from xinzhi.regions.panels.space import space_of

ROUNDING = 1e-10
W = lattice(4, 5)
PARAMETERS = np.array([*BETA, *THETA, RHO])


@pytest.fixture(params=["row-normalised", "raw", "not symmetric"])
def space(request):
    raw = (W > 0).astype(float)
    return space_of(
        {"row-normalised": W, "raw": raw / 5, "not symmetric": np.triu(raw) / 3 + np.tril(raw) / 4}[request.param]
    )


def by_matrix(parameters, w):
    """Return direct, indirect and total effects from the (n, n) matrix of derivatives."""
    n = w.shape[0]
    inverse = np.linalg.inv(np.eye(n) - parameters[-1] * w)
    found = []
    for own, lag in PAIRS:
        derivatives = inverse @ (parameters[own] * np.eye(n) + parameters[lag] * w)
        direct, total = np.trace(derivatives) / n, derivatives.sum() / n
        found.append([direct, total - direct, total])
    return np.array(found).T


def test_matrix_of_derivatives(space):
    slopes = np.stack([BETA, THETA], axis=-1)[None]
    found = effects_at(slopes, multipliers(np.array([RHO]), space))[0]
    assert found == pytest.approx(by_matrix(PARAMETERS, space.w.toarray()), abs=ROUNDING)


def test_delta_method_by_numerical_derivatives(space):
    root = np.random.default_rng(2).normal(size=(5, 5)) * 0.05
    covariance, step = root @ root.T, 1e-6
    normal = np.random.default_rng(3).standard_normal((4000, 5))
    found = spatial_effects(PARAMETERS, covariance, pairs=PAIRS, space=space, normal=normal)
    slope = np.stack(
        [
            (by_matrix(PARAMETERS + d, space.w.toarray()) - by_matrix(PARAMETERS - d, space.w.toarray())) / (2 * step)
            for d in step * np.eye(5)
        ]
    )
    expected = np.sqrt(np.einsum("per,pq,qer->er", slope, covariance, slope))
    assert found.error == pytest.approx(expected, rel=1e-6)


def test_intervals_of_draws_are_those_of_the_delta_method_where_errors_are_small(space):
    normal = np.random.default_rng(3).standard_normal((4000, 5))
    found = spatial_effects(PARAMETERS, 1e-6 * np.eye(5), pairs=PAIRS, space=space, normal=normal)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(found.error, rel=0.08)
    assert found.left_out == 0


def test_a_regressor_without_a_lag_and_draws_beyond_the_range():
    space = space_of(W)
    normal = np.random.default_rng(3).standard_normal((500, 2))
    covariance = np.diag([0.01, 0.4])
    found = spatial_effects(np.array([1.0, RHO]), covariance, pairs=[(0, -1)], space=space, normal=normal)
    assert found.estimate[2, 0] == pytest.approx(1 / (1 - RHO))
    beyond = norm.sf((1 - RHO) / np.sqrt(0.4)) + norm.cdf((-1 - RHO) / np.sqrt(0.4))
    assert found.left_out / 500 == pytest.approx(beyond, abs=3 * np.sqrt(beyond * (1 - beyond) / 500))
