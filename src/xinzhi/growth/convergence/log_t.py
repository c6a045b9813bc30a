"""The log t regression of Phillips and Sul over many groups at once, and its randomisation twin.

    h_it = x_it / mean_i x_it            H_t = mean_i (h_it - 1)^2
    log(H_1 / H_t) - 2 log log t = a + b log t + u_t          t = first, ..., T;  converging: b >= 0

Of H_1 only the constant depends, so b needs the dates of the regression alone, and b is minus the slope of the
log of mean_i (log t (h_it - 1))^2: under b = 0 that series does not drift. Turning the time of some units round
then changes nothing in law, whatever the serial dependence, as long as it looks the same both ways.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.panel.panel import Bools, Floats, Ints

Kernel = Literal["fixed_qs", "andrews_qs", "newey_west"]
PLUG_IN = 1.3221
"""Andrews (1991), eq. 6.2: the constant of the bandwidth of the quadratic spectral kernel."""
SERIES = 1e-2
"""Below it the kernel is taken from its series: the closed form loses digits as 1 / z^2."""
CHUNK = 512
"""Randomisations computed together, which bounds the memory."""
HALF = 0.5
"""Chance that the time of a unit is turned round."""
ROUNDING = 1e-12
"""Statistics that differ by no more, relative to the loadings, are equal: sums taken in another order."""


@dataclass(frozen=True)
class LogT:
    """Estimates of m log t regressions.

    ``b``: (m,) slopes; ``error``: (m,) standard errors; ``t``: (m,) b / error; NaN where a dispersion is zero.
    """

    b: Floats
    error: Floats
    t: Floats


@dataclass(frozen=True)
class Groups:
    """Moments of m groups of units at the dates of the regression.

    ``count``: (m,) units; ``mean``: (m, n); ``squares``: (m, n) sums of squared deviations from the mean.
    """

    count: Ints
    mean: Floats
    squares: Floats

    def with_unit(self, x: Floats) -> "Groups":
        """Return the one group with each of (k, n) further units in turn."""
        count = np.full(x.shape[0], int(self.count[0]) + 1, dtype=np.int64)
        apart = x - self.mean
        share = (1.0 / count)[:, None]
        return Groups(count, self.mean + share * apart, self.squares + (1.0 - share) * apart**2)

    @property
    def dispersion(self) -> Floats:
        """Return H, (m, n)."""
        dispersion: Floats = self.squares / self.count[:, None] / self.mean**2
        return dispersion


def group(x: Floats) -> Groups:
    """Return the moments of the one group of (k, n) units."""
    mean = x.mean(axis=0)
    return Groups(np.array([x.shape[0]]), mean[None], ((x - mean) ** 2).sum(axis=0)[None])


def growing(x: Floats) -> Groups:
    """Return the moments of the first 2, 3, ..., k of (k, n) units, by Welford's recursion."""
    count = np.arange(1, x.shape[0] + 1)
    mean = np.cumsum(x, axis=0) / count[:, None]
    before = np.concatenate([x[:1], mean[:-1]])
    squares = np.cumsum((x - before) * (x - mean), axis=0)
    return Groups(count[1:], mean[1:], squares[1:])


def neighbours(x: Floats) -> Groups:
    """Return the moments of the pairs of neighbours in (k, n) units."""
    mean, squares = 0.5 * (x[1:] + x[:-1]), 0.5 * (x[1:] - x[:-1]) ** 2
    return Groups(np.full(x.shape[0] - 1, 2), mean, squares)


# The regression -------------------------------------------------------------------------------


def weights(dates: Ints) -> Floats:
    """Return the (n,) weights of a series in its slope on the log of the dates."""
    x = np.log(dates)
    x = x - x.mean()
    slope: Floats = x / (x @ x)
    return slope


def log_t(dispersion: Floats, dates: Ints, *, kernel: Kernel, lags: int = 0) -> LogT:
    """Return b, its standard error and t of (m, n) dispersions at (n,) dates 2 <= t <= T.

    Parameters
    ----------
    kernel : "fixed_qs", "andrews_qs" or "newey_west"
        ``fixed_qs``: (X'X)^-1 times the long-run variance of the residuals, quadratic spectral kernel, as in the code of
        Phillips and Sul. ``andrews_qs`` and ``newey_west``: sandwich of the scores, the first times n / (n - 2) as in
        the R package sandwich.
    lags : int
        Lags of Newey-West.
    """  # noqa: E501
    x, slope = np.log(dates), weights(dates)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = -np.log(dispersion) - 2.0 * np.log(x)
        b = y @ slope
        residuals = y - y.mean(axis=1, keepdims=True) - b[:, None] * (x - x.mean())
        if kernel == "fixed_qs":
            variance = (slope @ slope) * fixed_qs(residuals)
        else:
            n, scores = dates.size, residuals * slope
            if kernel == "newey_west":
                variance = long_run(scores, bartlett(n, lags))
            else:
                decay = quadratic_spectral(np.arange(1, n), andrews_bandwidth(residuals * x))
                variance = long_run(scores, decay) * n / (n - 2)
        error = np.sqrt(variance)
        return LogT(b, error, b / error)


def fixed_qs(residuals: Floats) -> Floats:
    """Return the long-run variances (m,) of (m, n) residuals as Phillips and Sul compute them.

    The bandwidth follows from the first autocorrelation of each series; autocovariances leave the last residual out
    and, like the variance, are divided by n - 1.
    """
    n = residuals.shape[1]
    before, after = residuals[:, :-1], residuals[:, 1:]
    rho = (before * after).sum(axis=1) / (before * before).sum(axis=1)
    decay = quadratic_spectral(np.arange(1, n - 1), PLUG_IN * (4 * rho**2 / (1 - rho) ** 4 * n) ** 0.2)
    rest = long_run(before, decay) - (before * before).sum(axis=1)
    return np.asarray(((residuals**2).sum(axis=1) + rest) / (n - 1), dtype=np.float64)


def long_run(series: Floats, decay: Floats) -> Floats:
    """Return the sums (m,) of the autocovariances of (m, n) series, with (m, n - 1) or (n - 1,) weights by lag."""
    n = series.shape[1]
    decay = np.broadcast_to(decay, (series.shape[0], n - 1))
    total = (series**2).sum(axis=1)
    for lag in range(1, n):
        total = total + 2.0 * decay[:, lag - 1] * (series[:, lag:] * series[:, :-lag]).sum(axis=1)
    return np.asarray(total, dtype=np.float64)


def bartlett(n: int, lags: int) -> Floats:
    """Return the weights of Newey and West at lags 1 to n - 1."""
    return np.maximum(0.0, 1.0 - np.arange(1, n) / (lags + 1.0))


def quadratic_spectral(lag: Ints, bandwidth: Floats) -> Floats:
    """Return the weights of Andrews's kernel, (m, lags), for (m,) bandwidths; zero where the bandwidth is."""
    z = 1.2 * np.pi * lag / np.where(bandwidth > 0, bandwidth, np.inf)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        kernel = np.where(z < SERIES, 1.0 - z**2 / 10, 3.0 / z**2 * (np.sin(z) / z - np.cos(z)))
    return np.where(bandwidth[:, None] > 0, kernel, 0.0)


def andrews_bandwidth(scores: Floats) -> Floats:
    """Return Andrews's plug-in bandwidths (m,) of (m, n) scores by a first-order autoregression with a constant."""
    before, after = scores[:, :-1], scores[:, 1:]
    deviation = before - before.mean(axis=1, keepdims=True)
    rho = (deviation * after).sum(axis=1) / (deviation**2).sum(axis=1)
    bandwidth: Floats = PLUG_IN * (4 * rho**2 / (1 - rho) ** 4 * scores.shape[1]) ** 0.2
    return bandwidth


# The randomisation twin -----------------------------------------------------------------------


def reversal_p(squares: Floats, loading: Floats, *, draws: int, generator: np.random.Generator) -> float:
    """Return the randomisation p-value of a small SUM_t loading_t log mean_i squares_it.

    The time of each unit is turned round or not, all ways where there are no more than ``draws`` of them, else as
    many at random; p is the share of ways, the one observed included, with a statistic as small as the observed one.

    Parameters
    ----------
    squares : (k, n)
        Squared deviations by unit and date whose law is the same read backwards under the null hypothesis.
    loading : (n,)
    draws : int
    generator : numpy.random.Generator
    """
    units = squares.shape[0]
    every = units <= np.log2(draws)
    ways = 2**units if every else draws
    observed = float(np.log(squares.sum(axis=0)) @ loading) + ROUNDING * float(np.abs(loading).sum())
    as_small = 0
    for first in range(0, ways, CHUNK):
        number = np.arange(first, min(first + CHUNK, ways))
        turned: Bools = (
            (number[:, None] >> np.arange(units)) & 1 == 1 if every else generator.random((number.size, units)) < HALF
        )
        totals = turned @ squares[:, ::-1] + ~turned @ squares
        as_small += int((np.log(totals) @ loading <= observed).sum())
    return as_small / ways if every else (as_small + 1) / (ways + 1)
