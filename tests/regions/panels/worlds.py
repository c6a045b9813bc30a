"""Simulated spatial panels on a lattice of neighbours by side, of which the truth is known."""

from dataclasses import dataclass

import numpy as np

from xinzhi.regions.panels.effects import effects_at, multipliers, spatial_effects
from xinzhi.regions.panels.likelihood import Correction, spatial_panel_fit
from xinzhi.regions.panels.space import lagged, space_of

RHO, BETA, THETA = 0.4, np.array([1.0, 0.5]), np.array([0.3, -0.2])
PAIRS = [(0, 2), (1, 3)]
NORMAL = 1.959963984540054


def lattice(rows: int, columns: int) -> np.ndarray:
    """Return row-normalised weights of the neighbours above, below, left and right, (n, n)."""
    place = np.arange(rows * columns).reshape(rows, columns)
    w = np.zeros((place.size, place.size))
    for one, other in ((place[:, :-1], place[:, 1:]), (place[:-1], place[1:])):
        w[one.ravel(), other.ravel()] = w[other.ravel(), one.ravel()] = 1.0
    return w / w.sum(axis=1, keepdims=True)


def world(rng, w, periods, *, rho=RHO, error_rho=0.0, theta=THETA, mean=0.0):
    """Return (T, n) outcome and (T, n, 2) regressors of a Durbin world with effects of units and years."""
    n = w.shape[0]
    unit = rng.normal(size=n)
    x = rng.normal(size=(periods, n, 2)) + mean * unit[None, :, None]
    v = rng.normal(size=(periods, n)) @ np.linalg.inv(np.eye(n) - error_rho * w).T
    y = x @ BETA + lagged(x, w) @ theta + unit + rng.normal(size=(periods, 1)) + v
    return y @ np.linalg.inv(np.eye(n) - rho * w).T, x


@dataclass(frozen=True)
class Run:
    """Bias of the five parameters (spatial one last), and shares of 95 % intervals with the truth inside.

    ``parameters``: (5,); ``draws``, ``delta``: (3, 2) of the effects, by draws and by the delta method.
    """

    bias: np.ndarray
    parameters: np.ndarray
    draws: np.ndarray
    delta: np.ndarray


def simulate(side: tuple[int, int], periods: int, reps: int, *, correction: Correction, seed: int = 1) -> Run:
    """Return bias and coverage of the Durbin model with effects of units and years."""
    w, rng = lattice(*side), np.random.default_rng(seed)
    space = space_of(w)
    truth = np.array([*BETA, *THETA, RHO])
    effects = effects_at(np.stack([BETA, THETA], axis=-1)[None], multipliers(np.array([RHO]), space))[0]
    found, inside, drawn, delta = [], [], [], []
    for _ in range(reps):
        y, x = world(rng, w, periods)
        z = np.concatenate([x, lagged(x, w)], axis=2)
        fit = spatial_panel_fit(y, z, space=space, model="lag", effects="two_way", correction=correction)
        estimate, covariance = np.append(fit.coefficients, fit.rho), fit.covariance[:-1, :-1]
        normal = rng.standard_normal((300, 5))
        got = spatial_effects(estimate, covariance, pairs=PAIRS, space=space, normal=normal)
        found.append(estimate)
        inside.append(np.abs(estimate - truth) < NORMAL * np.sqrt(np.diag(covariance)))
        drawn.append((got.low < effects) & (effects < got.high))
        delta.append(np.abs(got.estimate - effects) < NORMAL * got.error)
    return Run(np.mean(found, axis=0) - truth, *(np.mean(one, axis=0) for one in (inside, drawn, delta)))
