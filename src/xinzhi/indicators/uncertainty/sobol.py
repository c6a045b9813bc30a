"""Sobol indices of any function of independent factors, with bootstrap intervals.

    A, B     two samples of n points of [0, 1)^d;  A_i: A with column i of B
    S_i  = mean( f(B) (f(A_i) - f(A)) ) / V        first order: by the factor alone       (Saltelli et al. 2010, b)
    T_i  = mean( (f(A) - f(A_i))^2 ) / (2 V)       total: with its interactions           (Jansen 1999; 2010, f)

A factor without effect has f(A_i) = f(A), hence exact zeros, in every resample too.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap, qmc

from xinzhi.errors import EstimationError, listed
from xinzhi.language import say
from xinzhi.panel.panel import Bools, Floats

RESAMPLES = 999
"""Bootstrap resamples of an interval."""
STILL = 1e-12
"""Variance, relative to the largest squared value, below which an output is rounding of a constant."""


@dataclass(frozen=True)
class SobolIndices:
    """Indices of d factors for s outputs, NaN where an output does not vary.

    ``first``, ``total``: (d, s); ``varies``: (s,); ``first_range``, ``total_range``: (2, d) ends of the interval of
    nineteen in twenty of the first output.
    """

    first: Floats
    total: Floats
    varies: Bools
    first_range: Floats
    total_range: Floats


def sobol(evaluate: Callable[[Floats], Floats], dims: int, n: int, generator: np.random.Generator) -> SobolIndices:
    """Return first and total indices of a function with ``dims`` independent factors.

    Parameters
    ----------
    evaluate : callable
        Takes (r, d) points of [0, 1), gives (r,) or (r, s) outputs; called once.
    dims : int
    n : int
        Points of each sample, a power of two; d + 2 times as many are evaluated.
    generator : numpy.random.Generator
        Scrambles the sequence and draws the resamples.

    Raises
    ------
    EstimationError
        An output is not a finite number (XZ-271): no index is computed from the others.
    """
    points = design_points(dims, n, generator)
    outputs = np.asarray(evaluate(points), dtype=np.float64).reshape(len(points), -1)
    lost = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if lost.size:
        counts = {"count": int(lost.size), "total": len(points), "first": listed(lost[:8].tolist())}
        found = say("{count} of {total} runs gave no finite number; first: {first}", **counts)
        raise EstimationError("XZ-271", found, where="sobol")
    f = outputs.T.reshape(outputs.shape[1], dims + 2, n)
    return indices_of(f[:, 0], f[:, 1], f[:, 2:], generator)


def design_points(dims: int, n: int, generator: np.random.Generator) -> Floats:
    """Return the points of A, B, A_1, ..., A_d one below the other, ((d + 2) n, d)."""
    both = qmc.Sobol(d=2 * dims, rng=generator).random(n)
    a, b = both[:, :dims], both[:, dims:]
    mixed = np.repeat(a[None], dims, axis=0)
    mixed[np.arange(dims), :, np.arange(dims)] = b.T
    return np.concatenate([a, b, mixed.reshape(-1, dims)])


def indices_of(a: Floats, b: Floats, mixed: Floats, generator: np.random.Generator) -> SobolIndices:
    """Return the indices from outputs at A and B, (s, n), and at the mixed samples, (s, d, n)."""
    middle = np.concatenate([a, b], axis=1).mean(axis=1)
    a, b, mixed = a - middle[:, None], b - middle[:, None], mixed - middle[:, None, None]
    largest = np.maximum(np.abs(middle), np.abs(a).max(axis=1))
    varies: Bools = np.concatenate([a, b], axis=1).var(axis=1) > STILL * largest**2
    first, total = np.where(varies, estimates(a, b, mixed), np.nan)
    ranges = np.full((2, 2, mixed.shape[1]), np.nan)
    if varies[0]:
        found = bootstrap(
            (np.arange(a.shape[1]),),
            lambda rows: estimates(a[:1, rows], b[:1, rows], mixed[:1][:, :, rows])[:, :, 0],
            vectorized=False,
            n_resamples=RESAMPLES,
            method="percentile",
            rng=generator,
        )
        ranges = np.nanquantile(found.bootstrap_distribution, (0.025, 0.975), axis=-1)
    return SobolIndices(first, total, varies, ranges[:, 0], ranges[:, 1])


def estimates(a: Floats, b: Floats, mixed: Floats) -> Floats:
    """Return first and total indices, (2, d, s), of outputs with mean zero: (s, n), (s, n), (s, d, n)."""
    variance = np.concatenate([a, b], axis=1).var(axis=1)
    first = (b[:, None] * (mixed - a[:, None])).mean(axis=2)
    total = 0.5 * ((a[:, None] - mixed) ** 2).mean(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.stack([first.T, total.T]) / variance
    return found
