"""Kernel estimates of densities and distribution functions; arrays in, arrays out.

f(x) = 1 / (n h) sum_i K((x - y_i) / h),  K of variance one, so that h is the standard deviation of the kernel
gaussian      K(u) = phi(u)
epanechnikov  K(u) = 3 / (4 sqrt 5) (1 - u^2 / 5),  |u| < sqrt 5

silverman   h = .9 min(sd, IQR / 1.34) n^(-1/5)
scott       h = (4 / 3)^(1/5) sd n^(-1/5)
ksdensity   h = (4 / 3)^(1/5) (median |y - median y| / .6745) n^(-1/5),  MATLAB's default
in two dimensions  h = (the same measure of spread) n^(-1/6) in each
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.special import ndtr

from xinzhi.panel.panel import Floats

Kernel = Literal["gaussian", "epanechnikov"]
Rule = Literal["silverman", "scott", "ksdensity"]
Bounds = tuple[float | None, float | None] | None
HALF = 5.0**0.5
"""Half of the support of the Epanechnikov kernel of variance one."""
REACH = 8.0
"""Bandwidths beyond which a Gaussian kernel adds less than rounding."""
ROUNDING = 1e-12
"""Differences between values, relative to the largest, that are none."""
BLOCK = 2_000_000
"""Numbers of a block of distances, 16 MB."""
FINE = 10
"""Points of a bandwidth at which peaks are looked for: a Gaussian kernel changes by 0.1 % at most between two."""
TAIL = 5
"""Bandwidths from a value beyond which no peak is looked for: a Gaussian kernel is there 4e-6 of its height."""
ARRAYS = 5
"""Arrays of the size of a block that are held at the same time (measured)."""


def kernel(u: Floats, name: Kernel) -> Floats:
    """Return the density of the kernel at distances in bandwidths, in the shape of ``u``."""
    if name == "gaussian":
        return np.asarray(np.exp(-0.5 * u * u) / np.sqrt(2.0 * np.pi))
    return np.asarray(np.maximum(1.0 - u * u / 5.0, 0.0) * (0.75 / HALF))


def kernel_below(u: Floats, name: Kernel) -> Floats:
    """Return the distribution function of the kernel, in the shape of ``u``."""
    if name == "gaussian":
        return np.asarray(ndtr(u))
    v = np.clip(u, -HALF, HALF)
    return np.asarray(0.5 + 0.75 / HALF * (v - v**3 / 15.0))


def spread_of(values: Floats, rule: Rule) -> float:
    """Return the measure of spread of a rule for (n,) values; the standard deviation where a robust one is zero."""
    sd = float(np.std(values, ddof=1))
    if rule == "scott":
        return sd
    if rule == "silverman":
        low, high = np.quantile(values, [0.25, 0.75])
        robust = min(sd, float(high - low) / 1.34)
    else:
        robust = float(np.median(np.abs(values - np.median(values)))) / 0.6745
    return robust if robust > 0 else sd


def bandwidth(values: Floats, rule: Rule | float, *, dimensions: Literal[1, 2] = 1) -> float:
    """Return the bandwidth for (n,) values by a rule, or the number that is given; zero without spread."""
    if not isinstance(rule, str):
        return float(rule)
    if values.max() - values.min() <= ROUNDING * np.abs(values).max():
        return 0.0
    if dimensions == 2:
        return float(spread_of(values, rule) * values.size ** (-1.0 / 6.0))
    factor = 0.9 if rule == "silverman" else (4.0 / 3.0) ** 0.2
    return float(factor * spread_of(values, rule) * values.size**-0.2)


def images(values: Floats, h: float, bounds: Bounds) -> Floats:
    """Return (n,) values and their reflections at the bounds as far as these reach inside, (m,)."""
    low, high = bounds or (None, None)
    if low is not None and high is not None:
        turns = int(REACH * h / (2.0 * (high - low))) + 1
        shift = 2.0 * (high - low) * np.arange(-turns, turns + 1)[:, None]
        mirrored = np.concatenate([values + shift[shift[:, 0] != 0], 2.0 * low - values + shift]).ravel()
        near = (mirrored >= low - REACH * h) & (mirrored <= high + REACH * h)
        return np.concatenate([values, mirrored[near]])
    edge = low if low is not None else high
    if edge is None:
        return values
    return np.concatenate([values, 2.0 * edge - values[np.abs(values - edge) <= REACH * h]])


def density_at(points: Floats, values: Floats, h: float, *, name: Kernel, bounds: Bounds) -> Floats:
    """Return the density at (p,) points within the bounds."""
    reflected = images(values, h, bounds)
    return summed(points, reflected, h, lambda u: kernel(u, name)) / (values.size * h)


def near_values(values: Floats, h: float, bounds: Bounds) -> Floats:
    """Return (p,) rising points within the bounds, a tenth of a bandwidth apart, where one of (n,) values is near."""
    first, (low, high) = float(values.min()), bounds or (None, None)
    ends = -np.inf if low is None else low, np.inf if high is None else high
    cells = np.unique(np.floor((values - first) / h))[:, None] + np.arange(-TAIL, TAIL + 1)
    points = first + h * (np.unique(cells)[:, None] + np.arange(FINE) / FINE).ravel()
    return np.unique(np.clip(points, *ends))


def below_at(points: Floats, values: Floats, h: float, *, name: Kernel, bounds: Bounds) -> Floats:
    """Return the distribution function at (p,) points within the bounds."""
    reflected = images(values, h, bounds)
    total = summed(points, reflected, h, lambda u: kernel_below(u, name))
    low = None if bounds is None else bounds[0]
    below = 0.0 if low is None else float(kernel_below((low - reflected) / h, name).sum())
    return np.asarray((total - below) / values.size)


def block_bytes(pairs: int) -> int:
    """Return about how many bytes the distances of so many pairs take, block by block."""
    return 8 * ARRAYS * min(pairs, BLOCK)


def summed(points: Floats, values: Floats, h: float, of: Callable[[Floats], Floats]) -> Floats:
    """Return the sum over (n,) values of a function of the distances in bandwidths from (p,) points, (p,)."""
    size = max(1, BLOCK // values.size)
    starts = range(0, points.size, size)
    return np.concatenate([of((points[a : a + size, None] - values) / h).sum(axis=1) for a in starts])
