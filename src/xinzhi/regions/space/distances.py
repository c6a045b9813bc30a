"""Links, distances between places, and weights that fall with them; arrays in, arrays out."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from xinzhi.panel.panel import Bools, Floats

EARTH = 6371.0088
"""Mean radius of the earth, km (International Union of Geodesy and Geophysics)."""
Metric = Literal["great_circle", "euclidean"]


def distances(places: Floats, metric: Metric) -> Floats:
    """Return the (u, u) distances of (u, 2) places; great circles in km from longitude and latitude in degrees."""
    if metric == "euclidean":
        gap = places[:, None, :] - places[None, :, :]
        return np.asarray(np.hypot(gap[..., 0], gap[..., 1]))
    longitude, latitude = np.radians(places).T
    across, up = (np.sin((at[:, None] - at[None, :]) / 2.0) ** 2 for at in (longitude, latitude))
    half = up + np.cos(latitude)[:, None] * np.cos(latitude)[None, :] * across
    return np.asarray(2.0 * EARTH * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def inverse(apart: Floats, *, power: float) -> Floats:
    """Return 1 / distance^power, (u, u), with a zero diagonal."""
    far = apart.copy()
    np.fill_diagonal(far, np.inf)
    weights = np.asarray(far**-power)
    np.fill_diagonal(weights, 0.0)
    return weights


def nearest_only(apart: Floats, count: int) -> Bools:
    """Return which (u, u) pairs are among the ``count`` nearest of the unit of the row; the first of equals."""
    far = apart.copy()
    np.fill_diagonal(far, np.inf)
    order = np.argsort(far, axis=1, kind="stable")[:, : min(count, apart.shape[0] - 1)]
    kept = np.zeros(apart.shape, dtype=bool)
    np.put_along_axis(kept, order, True, axis=1)
    return kept


def linked(ends: Sequence[tuple[int, int]], count: int) -> csr_array:
    """Return (u, u) weights with a one in both directions for each pair of places, however often it is named."""
    pairs = np.array(sorted({pair for a, b in ends for pair in ((a, b), (b, a))}), dtype=np.int64).reshape(-1, 2)
    return csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))


def rows_to_one(matrix: csr_array) -> csr_array:
    """Return (u, u) weights with each row divided by its sum; a row of zeros stays."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scaled = matrix.copy()
    scaled.data = matrix.data / np.repeat(total, np.diff(matrix.indptr))
    return scaled
