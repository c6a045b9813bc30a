"""Ranks of scores: 1 is best, equal scores share the better rank.

Scores are equal where the gap between neighbours is rounding: sums of the same numbers in another order, or solutions
of a linear programme, that print the same.
"""

import numpy as np

from xinzhi.method import Rows
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

EQUAL = 1e-10
"""Gap between neighbouring scores, relative to the largest of the year, that is rounding."""


def ranks(scores: Floats, time: Ints) -> Floats:
    """Return the ranks of (..., n) scores among the rows of the same (n,) year."""
    out = np.empty(scores.shape)
    for year in np.unique(time):
        rows = np.flatnonzero(time == year)
        of_year = scores[..., rows]
        order = np.argsort(-of_year, axis=-1)
        ordered = np.take_along_axis(of_year, order, axis=-1)
        largest = np.maximum(np.abs(ordered[..., :1]), np.abs(ordered[..., -1:]))
        apart = ordered[..., :-1] - ordered[..., 1:] > EQUAL * largest
        first = np.maximum.accumulate(np.where(apart, np.arange(1, rows.size), 0), axis=-1)
        place = np.ones(of_year.shape)
        np.put_along_axis(place, order[..., 1:], 1.0 + first, axis=-1)
        out[..., rows] = place
    return out


def placed(values: Floats, rows: Bools) -> Floats:
    """Return (k,) values at their places among (n,) rows; NaN in the others."""
    out = np.full(rows.size, np.nan)
    out[rows] = values
    return out


def row_words(rows: Rows, compared: Bools, reason: str) -> tuple[Texts, Texts]:
    """Return status and reason of (n,) rows of an index: computed where compared, else why not."""
    status, why = rows.status.copy(), rows.reason.copy()
    status[compared], why[compared] = "ok", ""
    other = (status == "ok") & ~compared
    status[other], why[other] = "not_identified", reason
    return status, why
