"""Correlations of columns with missing cells, and how near two columns are to the same numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def pairwise(x: Floats, y: Floats | None = None) -> Floats:
    """Return the correlations of (n, m) with (n, k) columns, (m, k), each over the rows that both have.

    NaN where a pair has fewer than three rows or a column does not vary in them.
    """
    y = x if y is None else y
    a, b = _centred(x), _centred(y)
    with_x, with_y = np.isfinite(a).astype(np.float64), np.isfinite(b).astype(np.float64)
    a, b = np.where(with_x > 0, a, 0.0), np.where(with_y > 0, b, 0.0)
    count = with_x.T @ with_y
    with np.errstate(invalid="ignore", divide="ignore"):
        xy = a.T @ b - (a.T @ with_y) * (with_x.T @ b) / count
        xx = (a**2).T @ with_y - (a.T @ with_y) ** 2 / count
        yy = with_x.T @ b**2 - (with_x.T @ b) ** 2 / count
        size = ((a**2).T @ with_y) * (with_x.T @ b**2)
        there = (count >= 3) & (xx * yy > 1e-24 * size) & (size > 0)  # below, all variation is rounding
        return np.where(there, np.clip(xy / np.sqrt(np.where(there, xx * yy, 1.0)), -1.0, 1.0), np.nan)


def _centred(x: Floats) -> Floats:
    """Return (n, m) columns less their mean, so that squares of large numbers with small spread lose nothing."""
    there = np.isfinite(x)
    with np.errstate(invalid="ignore"):
        return np.asarray(x - np.where(there, x, 0.0).sum(axis=0) / there.sum(axis=0))


def within(values: Floats, code: Ints) -> Floats:
    """Return (n, m) numbers less the mean of their unit; missing where a unit has one row of a column."""
    there = np.isfinite(values)
    out = np.full(values.shape, np.nan)
    for j in range(values.shape[1]):
        rows = there[:, j]
        count = np.bincount(code[rows], minlength=code.max() + 1)
        total = np.bincount(code[rows], values[rows, j], minlength=code.max() + 1)
        several = rows & (count[code] > 1)
        out[several, j] = values[several, j] - (total[code] / np.maximum(count[code], 1))[several]
    return out


def strongest(numbers: Floats, forms: Sequence[Floats], code: Ints) -> tuple[Floats, Floats]:
    """Return the strongest correlation of (n, k) numbers with (n, m) columns in any form, (k, m): pooled, within units.

    Forms of both: values, and logarithms where all are positive; zero where there is no correlation, as within units
    of one row.
    """
    best = [np.zeros((numbers.shape[1], forms[0].shape[1])) for _ in range(2)]
    own = [numbers, _logs(numbers)]
    several = np.bincount(code).max(initial=0) > 1
    for form in [*forms, *map(_logs, forms)]:
        for x in own:
            pairs = [pairwise(x, form)]
            pairs += [pairwise(within(x, code), within(form, code))] if several else []
            for place, r in enumerate(map(np.nan_to_num, pairs)):
                best[place] = np.where(np.abs(r) > np.abs(best[place]), r, best[place])
    return best[0], best[1]


def _logs(values: Floats) -> Floats:
    """Return logarithms of the columns that are positive throughout; NaN in others."""
    with np.errstate(invalid="ignore", divide="ignore"):
        positive = ~(values <= 0).any(axis=0)
        return np.where(positive, np.log(values), np.nan)
