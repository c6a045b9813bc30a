"""Slopes that depend on a moderator: their values with intervals, and where they differ from zero.

s(c) = b1 + b3 c,  var s = V11 + 2 c V13 + c^2 V33,  c the moderator less its origin
differs from zero where s^2 > t^2 var s: a quadratic inequality in c        Johnson and Neyman; Bauer and Curran (2005)
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xinzhi.panel.panel import Floats

FLAT = 1e-12
"""Leading coefficients of the quadratic below it, relative to the parts that cancel in them, are rounding."""


@dataclass(frozen=True)
class Line:
    """A slope as a line in the moderator: ``b``: (2,) level at the origin and change; ``v``: (2, 2) covariance."""

    b: Floats
    v: Floats
    origin: float

    def at(self, moderator: Floats) -> tuple[Floats, Floats]:
        """Return slope and standard error at (p,) values of the moderator."""
        c = moderator - self.origin
        variance = self.v[0, 0] + 2.0 * c * self.v[0, 1] + c**2 * self.v[1, 1]
        return self.b[0] + self.b[1] * c, np.sqrt(np.where(variance > 0, variance, np.nan))


@dataclass(frozen=True)
class Region:
    """Values of the moderator, ends included, where the slope differs from zero: ``positive`` or negative."""

    low: float
    high: float
    positive: bool


def turning_points(line: Line, reach: float) -> list[float]:
    """Return the values of the moderator at which the interval of the slope, ``reach`` errors wide, meets zero."""
    terms = np.array(
        [[line.b[1] ** 2, line.v[1, 1]], [line.b[0] * line.b[1], line.v[0, 1]], [line.b[0] ** 2, line.v[0, 0]]]
    )
    gaps = terms[:, 0] - reach**2 * terms[:, 1]
    gaps[np.abs(gaps) <= FLAT * np.abs(terms).max(axis=1)] = 0.0
    roots = np.roots([gaps[0], 2.0 * gaps[1], gaps[2]])
    real = roots.real[np.abs(roots.imag) <= FLAT * np.abs(roots)]
    return sorted(float(root) + line.origin for root in real)


def regions(line: Line, reach: float) -> tuple[Region, ...]:
    """Return where the slope differs from zero, from the lowest values of the moderator to the highest."""
    ends = [-np.inf, *turning_points(line, reach), np.inf]
    found = []
    for low, high in pairwise(ends):
        if low == high:
            continue
        inside = _inside(low, high)
        slope, error = line.at(np.array([inside]))
        if abs(slope[0]) > reach * error[0]:
            found.append(Region(low, high, bool(slope[0] > 0)))
    return tuple(found)


def _inside(low: float, high: float) -> float:
    """Return a value between two ends of which either may be infinite."""
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if np.isinf(low):
        return high - max(1.0, abs(high))
    return low + max(1.0, abs(low)) if np.isinf(high) else (low + high) / 2
