"""Seeded data of the frontier benchmarks.

Technology: ||y|| = prod x_i^(a/m) exp(-u), a = 0.8: strictly convex, so that every unit with u = 0 is an extreme
efficient unit under variable returns. ``density``: share of units with u = 0; the others have u = |N(0, 0.25)|.
"""

import numpy as np


def cross_section(n, m=3, s=2, density=0.10, seed=20250101):
    """Return inputs (n, m) and outputs (n, s)."""
    rng = np.random.default_rng([seed, n, m, s, round(1000 * density)])
    x = np.exp(rng.normal(0.0, 0.6, (n, m))) * 10.0
    u = np.abs(rng.normal(0.0, 0.25, n))
    u[rng.random(n) < density] = 0.0
    level = np.exp(np.log(x).mean(axis=1) * 0.8 - u)
    mix = rng.dirichlet(np.full(s, 2.0), n) if s > 1 else np.ones((n, 1))
    return x, level[:, None] * np.sqrt(mix)


def spread(n, m=3, s=2, *, density=0.10, size_sd=2.0, seed=20250101):
    """Return the same units with a common size factor exp(N(0, size_sd)): data like those of firms."""
    x, y = cross_section(n, m, s, density, seed)
    z = np.exp(np.random.default_rng([seed, n, 77]).normal(0.0, size_sd, (n, 1)))
    return x * z, y * z**0.8


def panel(units, years, m=3, s=2, seed=20250102):
    """Return unit, year, inputs, outputs of a balanced panel with 1.5 % technical progress a year."""
    rng = np.random.default_rng([seed, units, years, m, s])
    size = rng.normal(0.0, 0.6, (units, 1, m))
    x = np.exp(size + 0.03 * np.arange(years)[None, :, None] + rng.normal(0, 0.1, (units, years, m))) * 10.0
    u = np.abs(rng.normal(0, 0.2, (units, 1)) + rng.normal(0, 0.05, (units, years)))
    u[rng.random((units, years)) < 0.10] = 0.0
    level = np.exp(np.log(x).mean(axis=2) * 0.8 - u + 0.015 * np.arange(years)[None, :])
    mix = rng.dirichlet(np.full(s, 2.0), units) if s > 1 else np.ones((units, 1))
    y = level[:, :, None] * np.sqrt(mix)[:, None, :]
    ids, times = np.repeat(np.arange(1, units + 1), years), np.tile(2000 + np.arange(years), units)
    return ids, times, x.reshape(-1, m), y.reshape(-1, s)
