"""Tests by which a spatial panel model is chosen.

LM      score of the lag and of the error at zero, from least squares without spatial terms; robust: each allows for
        the other (Anselin, Bera, Florax and Yoon 1996; for fixed effects Debarsy and Ertur 2010)
LR      twice the gain of the Durbin model over the lag and over the error model
Wald    Durbin to lag: theta = 0; to error: theta + rho beta = 0 (common factor)
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.numerics.least_squares import RANK, least_squares
from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.likelihood import Profile, Sample, SpatialFit
from xinzhi.regions.panels.space import Space, lagged, multiplier

Key = Literal[
    "lm_lag", "lm_error", "robust_lm_lag", "robust_lm_error", "lr_lag", "wald_lag", "lr_error", "wald_error", "hausman"
]


@dataclass(frozen=True)
class SpecificationTest:
    """A statistic that is chi-squared under its null hypothesis, with its degrees of freedom and p-value."""

    key: Key
    statistic: float
    freedom: int
    p: float


def chi_squared(key: Key, statistic: float, *, freedom: int = 1) -> SpecificationTest:
    """Return the test of a statistic; one that is negative or not identified has no p-value."""
    from scipy.special import chdtrc

    p = float(chdtrc(freedom, statistic)) if statistic >= 0 else np.nan
    return SpecificationTest(key, float(statistic), freedom, p)


def multiplier_tests(data: Sample, space: Space) -> list[SpecificationTest]:
    """Return the Lagrange multiplier tests of a sample whose regressors have no spatial lags among them.

    The robust ones are NaN where the regressors explain the spatial lag of what they explain: lag and error are then
    not told apart.
    """
    k = data.z.shape[2]
    y, z = data.y.ravel(), data.z.reshape(-1, k)
    fit = least_squares(y, z) if k else None
    residuals = (y if fit is None else fit.residuals).reshape(data.y.shape)
    variance = float((residuals**2).sum()) / data.size
    diagonal, squares = multiplier(np.asarray, space.w).taken(centred=data.centred)
    trace, crossed = float(diagonal.sum()), float((data.roots**2).sum().real)
    own = data.periods * (squares + crossed) - 2.0 * (data.periods * trace) ** 2 / data.size
    moved = np.zeros(y.size) if fit is None else (data.wz @ fit.coefficients).ravel()
    unexplained = least_squares(moved, z).residuals if k else moved
    rounding = RANK * float(np.abs(space.roots).max() * np.linalg.norm(y - residuals.ravel()))
    gain = float(unexplained @ unexplained) / variance
    both, apart = own + gain, gain if np.linalg.norm(unexplained) > rounding else np.nan
    in_lag = float((residuals * data.wy).sum()) / variance - data.periods * trace
    in_error = float((residuals * lagged(residuals, space.w)).sum()) / variance - data.periods * trace
    return [
        chi_squared("lm_lag", in_lag**2 / both),
        chi_squared("lm_error", in_error**2 / own),
        chi_squared("robust_lm_lag", (in_lag - in_error) ** 2 / apart),
        chi_squared("robust_lm_error", (in_error - own / both * in_lag) ** 2 / (own * apart / both)),
    ]


def durbin_tests(
    durbin: SpatialFit, lag: Profile, *, error: Profile | None, pairs: list[tuple[int, int]]
) -> list[SpecificationTest]:
    """Return the tests of the Durbin model against the models that it holds.

    Parameters
    ----------
    error : Profile or None
        None where only some regressors are lagged: the error model is then not nested.
    pairs : list of (place, place of the spatial lag)
        Among the coefficients; -1 where there is none.
    """
    lagged = [pair for pair in pairs if min(pair) >= 0]
    own, other = (np.array(places) for places in zip(*lagged, strict=True))
    count, last = len(lagged), durbin.coefficients.size
    covariance = durbin.covariance[: last + 1, : last + 1]
    theta, beta = durbin.coefficients[other], durbin.coefficients[own]
    found = [
        chi_squared("lr_lag", 2.0 * (durbin.likelihood - lag.likelihood), freedom=count),
        chi_squared("wald_lag", wald(theta, covariance[np.ix_(other, other)]), freedom=count),
    ]
    if error is None:
        return found
    slope = np.zeros((count, last + 1))
    slope[np.arange(count), other] = 1.0
    slope[np.arange(count), own] = durbin.rho
    slope[:, last] = beta
    common = wald(theta + durbin.rho * beta, slope @ covariance @ slope.T)
    return [
        *found,
        chi_squared("lr_error", 2.0 * (durbin.likelihood - error.likelihood), freedom=count),
        chi_squared("wald_error", common, freedom=count),
    ]


def wald(distance: Floats, covariance: Floats) -> float:
    """Return the quadratic form of a (q,) distance in the inverse of its covariance, standardised first."""
    scale = np.sqrt(np.diag(covariance))
    z = distance / scale
    return float(z @ np.linalg.solve(covariance / np.outer(scale, scale), z))
