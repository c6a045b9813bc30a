"""Quasi-maximum likelihood of spatial panel models with fixed effects, concentrated in the spatial parameter.

lag      y_t = rho W y_t + Z_t b + effects + v_t           (Durbin: Z = [X, W X])
error    y_t = Z_t b + effects + u_t,  u_t = rho W u_t + v_t
ln L(rho) = -N/2 (ln(2 pi s(rho) / N) + 1) + T* sum ln|1 - rho w_i|

s(rho): least sum of squares of the data without effects. Direct approach: N = nT, T* = T, w_i all roots of W. Lee and
Yu (2010): the orthonormal transformations F_{T-1} and F_{n-1} leave T* = T - 1 and, for effects of time, n - 1 roots: a
row-normalised W has the root of one on the constant that F_{n-1} takes away, |I - rho F'WF| = |I - rho W| / (1 - rho).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.errors import DataError
from xinzhi.language import say
from xinzhi.numerics.least_squares import full_rank, least_squares
from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.space import Space, lagged, multiplier, solver

Model = Literal["durbin", "lag", "error"]
Effects = Literal["none", "unit", "time", "two_way"]
Correction = Literal["lee_yu", "none"]
Errors = Literal["information", "sandwich"]
POINTS = 61
"""Places at which the sign of the score is looked at between the two ends; all maxima between them are refined."""
EXACT = 1e-12
"""Part of the outcome's sum of squares, less effects, which is rounding: the likelihood is without bound there."""


@dataclass(frozen=True)
class Sample:
    """Data without effects, (T, n) and (T, n, k), and the size of the likelihood.

    ``periods``: T*; ``size``: N; ``roots``: of the determinant; ``centred``: whether effects of time were removed from
    W too; ``removed``: one for effects of units, one for effects of time, else zero.
    """

    y: Floats
    z: Floats
    wy: Floats
    wz: Floats
    periods: int
    size: int
    roots: np.ndarray
    centred: bool
    removed: tuple[int, int]


@dataclass(frozen=True)
class SpatialFit:
    """Estimates of a spatial panel model.

    ``coefficients``: (k,); ``rho``: the spatial parameter; ``variance``: of the errors; ``covariance``: (k + 2, k + 2)
    of coefficients, spatial parameter and variance; ``residuals``, ``expected``, ``spatial``: (T, n), parts of the
    outcome without effects; ``likelihood``: its logarithm; ``maxima``: (m,) all local maxima, ``likelihoods`` theirs;
    ``size``: of the likelihood.
    """

    coefficients: Floats
    rho: float
    variance: float
    covariance: Floats
    residuals: Floats
    expected: Floats
    spatial: Floats
    likelihood: float
    maxima: Floats
    likelihoods: Floats
    size: int

    def times(self, outcome: float, regressors: Floats) -> "SpatialFit":
        """Return the estimates of an outcome and (k,) regressors that are so many times those of this fit."""
        factor = np.append(outcome / regressors, 1.0)
        with np.errstate(over="ignore"):
            factor = np.append(factor, np.square(outcome))
            covariance = self.covariance * factor * factor[:, None]
        gain = self.size * float(np.log(outcome))
        return SpatialFit(
            self.coefficients * factor[:-2],
            self.rho,
            self.variance * float(factor[-1]),
            covariance,
            self.residuals * outcome,
            self.expected * outcome,
            self.spatial * outcome,
            self.likelihood - gain,
            self.maxima,
            self.likelihoods - gain,
            self.size,
        )


def without_effects(values: Floats, effects: Effects) -> Floats:
    """Return (T, n, ...) values less the means of units over time, of periods over units, or both."""
    if effects in {"unit", "two_way"}:
        values = values - values.mean(axis=0, keepdims=True)
    return values - values.mean(axis=1, keepdims=True) if effects in {"time", "two_way"} else values


def transformed(y: Floats, z: Floats, *, space: Space, effects: Effects, correction: Correction) -> Sample:
    """Return (T, n) outcome and (T, n, k) regressors without effects.

    Raises
    ------
    DataError
        Effects of time with weights that are not row-normalised (XZ-282).
    """
    timed, corrected = effects in {"time", "two_way"}, correction == "lee_yu"
    if timed and not space.normalised:
        raise DataError(
            "XZ-282",
            say(
                "sums of rows of the weights: {low:.3g} to {high:.3g}",
                low=space.w.sum(1).min(),
                high=space.w.sum(1).max(),
            ),
            expected=say("rows that add up to one: effects of time are removed with them"),
            remedy=say("Standardise the rows and give units without neighbours one, or use effects of units only."),
        )
    periods, n = y.shape
    both = without_effects(np.concatenate([y[..., None], z], axis=2), effects)
    lags = without_effects(lagged(both, space.w), effects)
    unit_lost = int(corrected and effects in {"unit", "two_way"})
    time_lost = int(corrected and timed)
    roots = np.delete(space.roots, np.argmin(np.abs(space.roots - 1.0))) if time_lost else space.roots
    size = (periods - unit_lost) * (n - time_lost)
    removed = (int(effects in {"unit", "two_way"}), int(timed))
    return Sample(
        both[..., 0],
        both[..., 1:],
        lags[..., 0],
        lags[..., 1:],
        periods - unit_lost,
        size,
        roots,
        bool(time_lost),
        removed,
    )


@dataclass(frozen=True)
class Profile:
    """The likelihood concentrated in the spatial parameter.

    ``data``: of the likelihood; ``own``, ``other``: (nT, 1 + k) outcome and regressors, and what the spatial parameter
    takes from them; ``maxima``: (m,) all local maxima, ``likelihoods`` there; ``rho``, ``likelihood``: of the highest.
    """

    data: Sample
    own: Floats
    other: Floats
    maxima: Floats
    likelihoods: Floats

    @property
    def rho(self) -> float:
        """Return the spatial parameter."""
        return float(self.maxima[np.argmax(self.likelihoods)])

    @property
    def likelihood(self) -> float:
        """Return the logarithm of the likelihood at the spatial parameter."""
        return float(self.likelihoods.max())


def concentrated(
    y: Floats,
    z: Floats,
    *,
    space: Space,
    model: Literal["lag", "error"],
    effects: Effects = "two_way",
    correction: Correction = "lee_yu",
) -> Profile:
    """Return the maxima of the likelihood of a balanced spatial panel; see :func:`spatial_panel_fit`."""
    data = transformed(y, z, space=space, effects=effects, correction=correction)
    k = z.shape[2]
    flat, lags = data.z.reshape(-1, k), data.wz.reshape(-1, k)
    if (k and not full_rank(flat, np.linalg.norm(z.reshape(-1, k), axis=0))) or data.size <= k + 2:
        raise DataError("XZ-285", say("{count} regressors, {size} observations less effects", count=k, size=data.size))
    own = np.column_stack([data.y.ravel(), flat])
    other = np.column_stack([data.wy.ravel(), lags if model == "error" else np.zeros_like(flat)])
    maxima, likelihoods = profile_maxima(own, other, data=data, ends=space.range)
    if maxima.size == 0:
        raise DataError("XZ-285", say("the likelihood has no finite maximum inside the range of the spatial parameter"))
    return Profile(data, own, other, maxima, likelihoods)


def spatial_panel_fit(
    y: Floats,
    z: Floats,
    *,
    space: Space,
    model: Literal["lag", "error"],
    effects: Effects = "two_way",
    correction: Correction = "lee_yu",
    errors: Errors = "information",
) -> SpatialFit:
    """Return the quasi-maximum likelihood estimates of a balanced spatial panel.

    Parameters
    ----------
    y : (T, n)
    z : (T, n, k)
        Regressors, spatial lags of them and a constant included where they are wanted.
    space : Space
    model : "lag" or "error"
        Whether the outcome or the error depends on its spatial lag; Durbin is "lag" with spatial lags among ``z``.
    errors : "information" or "sandwich"
        The latter allows for errors that are not normal, by their third and fourth cumulants.

    Raises
    ------
    DataError
        Regressors that effects or others explain, or a likelihood without a maximum inside its range (XZ-285).
    """
    found = concentrated(y, z, space=space, model=model, effects=effects, correction=correction)
    data, rho = found.data, found.rho
    left = found.own - rho * found.other
    b = least_squares(left[:, 0], left[:, 1:]).coefficients if z.shape[2] else np.zeros(0)
    residuals = left[:, 0] - left[:, 1:] @ b
    variance = float(residuals @ residuals) / data.size
    covariance = covariance_of(b, rho, residuals=residuals, data=data, space=space, model=model, errors=errors)
    residuals = residuals.reshape(data.y.shape)
    expected = data.z @ b
    spatial = data.y - expected - residuals
    return SpatialFit(
        b,
        rho,
        variance,
        covariance,
        residuals,
        expected,
        spatial,
        found.likelihood,
        found.maxima,
        found.likelihoods,
        data.size,
    )


def profile_maxima(own: Floats, other: Floats, *, data: Sample, ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return all local maxima of the concentrated likelihood between two ends, (m,), and its values there, (m,).

    ``own``, ``other``: (nT, 1 + k) outcome and regressors, and what the spatial parameter takes from them. A place at
    which they explain the outcome wholly is no maximum: the likelihood has no bound there.
    """
    from scipy.optimize import brentq

    length = np.linalg.norm(own, axis=0)
    own, other = own / length, other / length
    constant, cross, square = own.T @ own, own.T @ other, other.T @ other
    cross = cross + cross.T

    def at(rho: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the sum of squares, its slope, (g,), and one less the roots' shares, (g, r), at (g,) places."""
        r = rho[:, None, None]
        moments = constant - r * cross + r**2 * square
        b = np.linalg.solve(moments[:, 1:, 1:], moments[:, 1:, :1])
        direction = np.concatenate([np.ones((rho.size, 1, 1)), -b], axis=1)
        turned = direction.transpose(0, 2, 1)
        left, slope = turned @ moments @ direction, turned @ (2.0 * r * square - cross) @ direction
        return np.maximum(left[:, 0, 0], EXACT), slope[:, 0, 0], 1.0 - rho[:, None] * data.roots

    def score(rho: Floats) -> Floats:
        left, slope, gaps = at(rho)
        falls: Floats = (data.roots / gaps).real.sum(axis=1)
        return -0.5 * data.size * slope / left - data.periods * falls

    low, high = ends
    grid = low + (high - low) * (0.5 - 0.5 * np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS))
    slopes = score(grid)
    cells = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    found = [brentq(lambda rho: float(score(np.array([rho]))[0]), grid[c], grid[c + 1], xtol=1e-14) for c in cells]
    places = np.array(found, dtype=np.float64)
    places = places[at(places)[0] > EXACT]
    left, _, gaps = at(places)
    squares = 2.0 * np.pi * left * length[0] ** 2 / data.size
    return places, -0.5 * data.size * (np.log(squares) + 1.0) + data.periods * np.log(np.abs(gaps)).sum(axis=1)


def covariance_of(
    b: Floats,
    rho: float,
    *,
    residuals: Floats,
    data: Sample,
    space: Space,
    model: Literal["lag", "error"],
    errors: Errors,
) -> Floats:
    """Return the covariance of coefficients, spatial parameter and variance, (k + 2, k + 2)."""
    k, variance = b.size, float(residuals @ residuals) / data.size
    solve = solver(rho, space.w)
    g, in_roots = multiplier(solve, space.w), data.roots / (1.0 - rho * data.roots)
    diagonal, squares = g.taken(centred=data.centred)
    z = data.z - rho * data.wz if model == "error" else data.z
    moved = solve(lagged(data.z @ b, space.w).T).T if model == "lag" else np.zeros_like(data.y)
    if data.removed[1]:
        moved = without_effects(moved, "time")
    linear = np.column_stack([z.reshape(-1, k), moved.ravel()]) / np.sqrt(variance)
    information = np.zeros((k + 2, k + 2))
    information[: k + 1, : k + 1] = linear.T @ linear
    information[k, k] += data.periods * (squares + float((in_roots**2).sum().real))
    information[k, k + 1] = information[k + 1, k] = data.periods * float(diagonal.sum()) / variance
    information[k + 1, k + 1] = 0.5 * data.size / variance**2
    scale = np.sqrt(np.diag(information))
    inverse = np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)
    if errors == "information":
        return np.asarray(inverse, dtype=np.float64)
    of_unit, of_time = (1.0 - lost / count for lost, count in zip(data.removed, data.y.shape, strict=True))
    quadratic = np.zeros((*data.y.shape, k + 2))
    quadratic[..., k] = of_unit * g.taken(centred=bool(data.removed[1]))[0] / variance
    quadratic[..., k + 1] = of_unit * of_time / (2.0 * variance**2)
    third, fourth = cumulants(residuals, data.y.shape, removed=data.removed)
    quadratic = quadratic.reshape(-1, k + 2)
    direct = np.column_stack([linear, np.zeros(linear.shape[0])]) / np.sqrt(variance)
    mixed = third * direct.T @ quadratic
    meat = information + mixed + mixed.T + fourth * quadratic.T @ quadratic
    return np.asarray(inverse @ meat @ inverse, dtype=np.float64)


def cumulants(residuals: Floats, shape: tuple[int, ...], *, removed: tuple[int, int]) -> tuple[float, float]:
    """Return the third and fourth cumulant of the errors, from (nT,) residuals from which means were removed."""

    def part(power: int) -> float:
        own = [
            (1.0 - 1.0 / count) ** power + (count - 1) * (-1.0 / count) ** power if lost else 1.0
            for lost, count in zip(removed, shape, strict=True)
        ]
        return float(np.prod(own))

    fourth = float((residuals**4).mean() - 3.0 * (residuals**2).mean() ** 2)
    return float((residuals**3).mean()) / part(3), fourth / part(4)
