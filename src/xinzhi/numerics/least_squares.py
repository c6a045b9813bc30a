"""Linear regression by least squares and two-stage least squares, with the covariances in common use.

beta = argmin |y - X beta|            by QR;  with instruments, X is first projected on them (2SLS)
V    = (X'X)^-1 M (X'X)^-1            M: classical, HC1 (White 1980), Newey-West (1987, Bartlett weights),
                                     clustered (Liang and Zeger 1986)
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Covariance = Literal["classical", "hc1", "newey_west", "clustered"]
RANK = 1e-10
"""A column that the others explain but for this part of its length adds nothing that could be estimated."""


@dataclass(frozen=True)
class LinearFit:
    """A fitted regression.

    ``coefficients``: (k,); ``covariance``: (k, k); ``residuals``: (n,) of the regressors themselves, not of their
    projections; ``freedom``: n less the parameters; ``r_squared``: one minus residual over total sum of squares about
    the mean.
    """

    coefficients: Floats
    covariance: Floats
    residuals: Floats
    freedom: int
    r_squared: float

    @property
    def errors(self) -> Floats:
        """Return the standard errors, (k,)."""
        return np.sqrt(np.diag(self.covariance))


def full_rank(x: Floats, length: Floats | None = None) -> bool:
    """Say whether no column of (n, k) is a combination of the others.

    ``length``: (k,) of the columns before effects were removed from them; what an effect explains but for rounding is
    not identified beside it.
    """
    length = np.linalg.norm(x, axis=0) if length is None else length
    if x.shape[0] < x.shape[1] or (length == 0).any():
        return False
    return bool(np.abs(np.diag(np.linalg.qr(x / length, mode="r"))).min() > RANK)


def least_squares(
    y: Floats,
    x: Floats,
    *,
    instruments: Floats | None = None,
    covariance: Covariance = "classical",
    lags: int = 0,
    groups: Ints | None = None,
    absorbed: int = 0,
    nested: int = 0,
) -> LinearFit:
    """Return the regression of (n,) y on (n, k) x; a constant is a column of x.

    Parameters
    ----------
    instruments : (n, q) or None
        All of them, the exogenous columns of x included; two-stage least squares.
    covariance : "classical", "hc1", "newey_west" or "clustered"
        Each with the factor n / (n - parameters) of small samples; clustered with g / (g - 1) (n - 1) / (n -
        parameters) for g groups instead, parameters nested in the groups not counted. Clustered is NaN where the
        scores of each group cancel by construction, as in one group: nothing is left that could vary.
    lags : int
        Lags of Newey-West; rows are in the order of time within their group.
    groups : (n,) or None
        Autocovariances are taken within groups of neighbouring rows only; the clusters of "clustered", where
        None makes every row its own.
    absorbed : int
        Parameters, such as unit means, that were removed from y and x before.
    nested : int
        Those of them that are constant within groups, such as unit means where units are the groups; the groups'
        own variation already stands for them (as in xtreg and reghdfe of Stata, and fixest).

    Notes
    -----
    ``x``, and with instruments its projection, must have full rank: see :func:`full_rank`.
    """
    n, k = x.shape
    used = x
    if instruments is not None:
        basis = np.linalg.qr(instruments)[0]
        used = basis @ (basis.T @ x)
    q, r = np.linalg.qr(used)
    coefficients = np.linalg.solve(r, q.T @ y)
    residuals = y - x @ coefficients
    freedom = n - k - absorbed
    inverse = np.linalg.inv(r)
    bread = inverse @ inverse.T
    if covariance == "classical":
        variance = bread * (residuals @ residuals / freedom)
    else:
        scores = used * residuals[:, None]
        if covariance == "clustered":
            small = (n - 1) / (freedom + nested)
            variance = _clustered(scores @ bread, np.arange(n) if groups is None else groups) * small
        else:
            meat = long_run(scores, lags if covariance == "newey_west" else 0, groups)
            variance = bread @ meat @ bread * (n / freedom)
    deviation = y - y.mean()
    r_squared = 1.0 - float(residuals @ residuals) / float(deviation @ deviation) if deviation.any() else np.nan
    return LinearFit(coefficients, variance, residuals, freedom, r_squared)


def _clustered(influence: Floats, groups: Ints) -> Floats:
    """Return the variance of sums of (n, k) influences by group, (k, k); NaN where the sums of all groups cancel."""
    place = np.unique(groups, return_inverse=True)[1]
    clusters = int(place.max()) + 1
    sums = np.zeros((clusters, influence.shape[1]))
    np.add.at(sums, place, influence)
    lost = np.linalg.norm(sums, axis=0) < RANK * np.linalg.norm(influence, axis=0)
    lost |= clusters == 1
    return np.where(lost | lost[:, None], np.nan, sums.T @ sums * (clusters / max(clusters - 1, 1)))


def long_run(scores: Floats, lags: int, groups: Ints | None = None) -> Floats:
    """Return the sum of the autocovariances of (n, k) scores up to some lags, with Bartlett weights, (k, k)."""
    total = scores.T @ scores
    for lag in range(1, lags + 1):
        pair = scores[lag:], scores[:-lag]
        if groups is not None:
            same = (groups[lag:] == groups[:-lag])[:, None]
            pair = pair[0] * same, pair[1]
        moved = pair[0].T @ pair[1]
        total = total + (1.0 - lag / (lags + 1.0)) * (moved + moved.T)
    return np.asarray(total, dtype=np.float64)
