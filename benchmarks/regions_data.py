"""Made-up data of the benchmarks of regions, with NumPy alone, so that peers can make the same."""

import numpy as np


def lattice_links(rows, columns):
    """Return the pairs of places that share a side, (l, 2), first < second."""
    place = np.arange(rows * columns).reshape(rows, columns)
    return np.concatenate(
        [np.column_stack([a.ravel(), b.ravel()]) for a, b in ((place[:, :-1], place[:, 1:]), (place[:-1], place[1:]))]
    )


def durbin_world(rows, columns, periods, seed):
    """Return row-normalised weights (n, n), outcome (T, n), regressors (T, n, 2), with effects of units and years."""
    n = rows * columns
    w, draw = np.zeros((n, n)), np.random.default_rng(seed)
    a, b = lattice_links(rows, columns).T
    w[a, b] = w[b, a] = 1.0
    w /= w.sum(axis=1, keepdims=True)
    unit, x = draw.normal(size=n), draw.normal(size=(periods, n, 2))
    y = x @ [1.0, 0.5] + (w @ x) @ [0.3, -0.2] + unit + draw.normal(size=(periods, 1)) + draw.normal(size=(periods, n))
    return w, y @ np.linalg.inv(np.eye(n) - 0.4 * w).T, x


def counties(n, periods, seed=1):
    """Return columns of n units in some years, links as pairs of names, and corners of maps.

    Units lie on a jittered grid; each has up to six neighbours: beside, above, below and on one diagonal. The outcome
    ``y`` follows a Durbin model in ``a`` and ``b``; ``income`` is positive; ``policy`` is the first year of a treatment
    (NaN: never); ``corners``: (n, 4, 2) of squares.
    """
    draw, columns = np.random.default_rng(seed), max(2, round(0.9 * n**0.5))
    place = np.arange(n)
    i, j = np.divmod(place, columns)
    right = j + 1 < columns
    pairs = [(place[right], place[right] + 1), (place, place + columns), (place[right], place[right] + columns + 1)]
    ends = np.concatenate([np.column_stack(pair) for pair in pairs])
    a, b = ends[ends[:, 1] < n].T
    degree = np.bincount(np.concatenate([a, b]), minlength=n)

    def lag(values):  # (T, n)
        sums = np.zeros_like(values)
        for one, other in ((a, b), (b, a)):
            np.add.at(sums.T, one, values.T[other])
        return sums / degree

    unit, x = 0.3 * draw.normal(size=n), draw.normal(size=(2, periods, n))
    x = x + unit
    first = np.where(draw.random(n) < 0.5, 0, draw.integers(periods // 3, 2 * periods // 3, n))
    year = np.arange(periods)[:, None]
    treated = (first > 0) & (year >= first)
    shock = x[0] + 0.5 * x[1] + 0.3 * lag(x[0]) - 0.2 * lag(x[1]) + unit + 0.1 * year + 0.2 * treated
    shock = shock + 0.5 * draw.normal(size=shock.shape)
    y = shock
    for _ in range(60):  # the series of (I - 0.4 W)^-1
        y = shock + 0.4 * lag(y)
    names = np.array([f"c{k:05}" for k in place])
    where = np.column_stack([80.0 + 45.0 * (j + 0.6 * draw.random(n)) / columns, 20.0 + 25.0 * i / (i.max() + 1.0)])
    where[:, 1] += 0.1 * draw.random(n)
    data = {
        "unit": np.tile(names, periods),
        "year": np.repeat(2001 + np.arange(periods), n),
        "y": y.ravel(),
        "a": x[0].ravel(),
        "b": x[1].ravel(),
        "income": np.exp(1.0 + 0.5 * y / y.std()).ravel(),
        "people": np.tile(np.exp(draw.normal(size=n)), periods),
        "lon": np.tile(where[:, 0], periods),
        "lat": np.tile(where[:, 1], periods),
        "zone": np.tile(np.array(["east", "middle", "north", "west"])[j * 4 // columns], periods),
        "province": np.tile([f"p{k:02}" for k in i * 5 // (i.max() + 1) * 6 + j * 6 // columns], periods),
        "policy": np.tile(np.where(first > 0, 2001.0 + first, np.nan), periods),
    }
    step = np.array([45.0 / columns, 25.0 / (i.max() + 1.0)])
    corners = (np.column_stack([j, i])[:, None] + np.array([(0, 0), (1, 0), (1, 1), (0, 1)])) * step + (80.0, 20.0)
    return data, list(zip(names[a].tolist(), names[b].tolist(), strict=True)), corners
