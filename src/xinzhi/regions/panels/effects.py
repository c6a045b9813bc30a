"""Effects of a regressor on the outcome of its own unit and of all units in a spatial lag or Durbin model.

dy / dx_k' = (I - rho W)^-1 (beta_k I + theta_k W)
direct  = mean of the diagonal,  total = mean sum of a row,  indirect = total - direct
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.space import BLOCK, Space, compressed

KINDS = ("direct", "indirect", "total")
LEVEL = 0.95
"""Coverage of intervals."""


@dataclass(frozen=True)
class SpatialEffects:
    """Direct, indirect and total effects of r regressors.

    ``estimate``, ``error``: (3, r), the error by the delta method; ``low``, ``high``: (3, r) of 95 % intervals from
    draws of the parameters; ``left_out``: draws whose spatial parameter was outside its range.
    """

    estimate: Floats
    error: Floats
    low: Floats
    high: Floats
    left_out: int = 0

    def times(self, factor: Floats) -> "SpatialEffects":
        """Return effects that are (r,) positive numbers times these."""
        estimate, error, low, high = (part * factor for part in (self.estimate, self.error, self.low, self.high))
        return SpatialEffects(estimate, error, low, high, self.left_out)


@dataclass(frozen=True)
class Multipliers:
    """Mean diagonal and mean sum of a row of (I - rho W)^-1 and of (I - rho W)^-1 W, (g, 2) each."""

    diagonal: Floats
    rows: Floats


def multipliers(rho: Floats, space: Space, *, derivative: Literal[0, 1] = 0) -> Multipliers:
    """Return the multipliers at (g,) spatial parameters, or their slopes, the ``derivative`` of order 1 in rho.

    Both are W^d (I - rho W)^-(1 + d) and its product with W; mean diagonals come from the roots.
    """
    roots, h = space.roots, np.ones((1, 1))
    if not space.normalised:
        h = compressed(space.w, (float(rho.min()), float(rho.max())))
    start = np.linalg.matrix_power(h, derivative) @ np.column_stack([np.eye(len(h))[:, 0], h[:, 0]])
    diagonal, rows = np.empty((rho.size, 2)), np.empty((rho.size, 2))
    size = max(1, BLOCK // max(roots.size, h.size))
    for first in range(0, rho.size, size):
        some = slice(first, first + size)
        part = roots**derivative / (1.0 - rho[some, None] * roots) ** (1 + derivative)
        diagonal[some] = (part @ np.column_stack([np.ones(roots.size), roots])).real / roots.size
        left, found = np.eye(len(h)) - rho[some, None, None] * h, start
        for _ in range(1 + derivative):
            found = np.linalg.solve(left, found)
        rows[some] = found[:, 0]
    return Multipliers(diagonal, rows)


def effects_at(slopes: Floats, found: Multipliers) -> Floats:
    """Return (g, 3, r) direct, indirect and total effects of (g, r, 2) coefficients and those of the spatial lags."""
    direct, total = (np.einsum("grl,gl->gr", slopes, part) for part in (found.diagonal, found.rows))
    return np.stack([direct, total - direct, total], axis=1)


def spatial_effects(
    parameters: Floats, covariance: Floats, *, pairs: list[tuple[int, int]], space: Space, normal: Floats
) -> SpatialEffects:
    """Return the effects of regressors with errors and intervals.

    Parameters
    ----------
    parameters : (p,)
        Coefficients, and the spatial parameter last.
    covariance : (p, p)
    pairs : list of (place, place of the spatial lag)
        Of each regressor among the coefficients; -1 where the model does not have it.
    normal : (draws, p)
        Standard normal numbers.
    """
    drawn = parameters + normal @ root_of(covariance).T
    low, high = space.range
    kept = (drawn[:, -1] > low) & (drawn[:, -1] < high)
    drawn = drawn[kept]
    point = multipliers(parameters[-1:], space)
    estimate = effects_at(coefficients(parameters[None], pairs), point)[0]
    slopes = np.zeros((3, len(pairs), parameters.size))
    for r, pair in enumerate(pairs):
        for lag, place in enumerate(pair):
            if place >= 0:
                direct, total = point.diagonal[0, lag], point.rows[0, lag]
                slopes[:, r, place] = direct, total - direct, total
    in_rho = multipliers(parameters[-1:], space, derivative=1)
    slopes[:, :, -1] = effects_at(coefficients(parameters[None], pairs), in_rho)[0]
    error = np.sqrt(np.einsum("erp,pq,erq->er", slopes, covariance, slopes))
    if drawn.shape[0] == 0:
        nothing = np.full_like(estimate, np.nan)
        return SpatialEffects(estimate, error, nothing, nothing, int((~kept).sum()))
    draws = effects_at(coefficients(drawn, pairs), multipliers(drawn[:, -1], space))
    low_end, high_end = np.quantile(draws, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
    return SpatialEffects(estimate, error, low_end, high_end, int((~kept).sum()))


def coefficients(parameters: Floats, pairs: list[tuple[int, int]]) -> Floats:
    """Return (g, r, 2) coefficients of regressors and of their spatial lags, zero where there is none."""
    padded = np.column_stack([parameters, np.zeros(parameters.shape[0])])
    return padded[:, np.array(pairs, dtype=np.int64).reshape(-1, 2)]


def root_of(covariance: Floats) -> Floats:
    """Return a matrix whose product with its transpose is the (p, p) covariance."""
    scale = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    return np.asarray(scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)
