"""Random effects of units in a spatial panel, and the Hausman test of fixed against random effects as Mundlak has it.

mu_i ~ (0, s_mu^2),  phi = s^2 / (s^2 + T s_mu^2):  data less (1 - sqrt(phi)) times the means of units
ln L = -N/2 (ln(2 pi s(rho, phi) / N) + 1) + n/2 ln phi + T sum ln|1 - rho w_i|
phi  = s_within / ((T - 1) s_between) at the maximum, at most 1
test   twice the gain in ln L when the units' means of all regressors are put in: random effects are right where it is
       none; unlike the quadratic form of Hausman it cannot be negative

In an error model the effects of units depend on their spatial lag as the errors do (Kapoor, Kelejian and Prucha 2007).
"""

from typing import Literal

import numpy as np

from xinzhi.numerics.least_squares import full_rank, least_squares
from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.likelihood import Correction, Effects, Sample, profile_maxima, transformed
from xinzhi.regions.panels.space import Space
from xinzhi.regions.panels.specification import SpecificationTest, chi_squared

CLOSE = 1e-9
"""Gain in the logarithm of the likelihood at which the iteration ends."""
MOST = 200
"""Iterations after which no random effects are reported."""


def hausman(
    y: Floats,
    z: Floats,
    *,
    space: Space,
    model: Literal["lag", "error"],
    effects: Effects,
    correction: Correction,
) -> list[SpecificationTest]:
    """Return the test of fixed against random effects of units, (T, n) outcome and (T, n, k) regressors.

    None where means of the regressors over time add nothing that could be tested, or there is no maximum.
    """
    rest: Effects = "time" if effects == "two_way" else "none"
    constant = np.ones((*y.shape, int(rest == "none")))
    means = np.broadcast_to(z.mean(axis=0), z.shape)
    likelihoods = []
    for columns, sizes in (([z, constant], [z, constant]), ([z, means, constant], [z, z, constant])):
        given = np.concatenate(columns, axis=2)
        data = transformed(y, given, space=space, effects=rest, correction=correction)
        flat = data.z.reshape(-1, given.shape[2])
        length = np.linalg.norm(np.concatenate(sizes, axis=2).reshape(flat.shape), axis=0)
        if not full_rank(flat, length) or flat.shape[1] >= y.shape[1]:
            return []
        likelihoods.append(random_effects(data, space, model=model))
    gain = 2.0 * (likelihoods[1] - likelihoods[0])
    return [chi_squared("hausman", max(gain, 0.0), freedom=z.shape[2])] if np.isfinite(gain) else []


def random_effects(data: Sample, space: Space, *, model: Literal["lag", "error"]) -> float:
    """Return the largest logarithm of the likelihood with random effects of units; NaN where none is found."""
    periods, k = data.y.shape[0], data.z.shape[2]
    own = np.concatenate([data.y[..., None], data.z], axis=2)
    other = np.concatenate([data.wy[..., None], data.wz if model == "error" else np.zeros_like(data.z)], axis=2)
    phi, before = 1.0, -np.inf
    for _ in range(MOST):
        share = 1.0 - np.sqrt(phi)
        less, moved = ((part - share * part.mean(axis=0)).reshape(-1, k + 1) for part in (own, other))
        places, values = profile_maxima(less, moved, data=data, ends=space.range)
        if places.size == 0:
            return np.nan
        rho = float(places[np.argmax(values)])
        now = float(values.max() + 0.5 * data.size / data.periods * np.log(phi))
        if now - before <= CLOSE:
            return max(now, before)
        before = now
        left = less - rho * moved
        b = least_squares(left[:, 0], left[:, 1:]).coefficients
        errors = (own - rho * other) @ np.append(1.0, -b)
        between = float(periods * (errors.mean(axis=0) ** 2).sum())
        within, most = float((errors**2).sum()) - between, (periods - 1) * between
        phi = within / most if within < most else 1.0
    return np.nan
