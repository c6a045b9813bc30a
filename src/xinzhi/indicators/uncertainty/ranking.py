"""Ranks of scores: 1 is best, equal scores share the better rank."""

import numpy as np
from scipy.stats import rankdata

from xinzhi.language import say
from xinzhi.method import Rows
from xinzhi.panel.panel import Bools, Floats, Ints, Texts


def ranks(scores: Floats, time: Ints) -> Floats:
    """Return the ranks of (..., n) scores among the rows of the same (n,) year."""
    out = np.empty(scores.shape)
    for year in np.unique(time):
        rows = time == year
        out[..., rows] = rankdata(-scores[..., rows], method="min", axis=-1)
    return out


def placed(values: Floats, rows: Bools) -> Floats:
    """Return (k,) values at their places among (n,) rows; NaN in the others."""
    out = np.full(rows.size, np.nan)
    out[rows] = values
    return out


def row_words(rows: Rows, compared: Bools, reason: str = "") -> tuple[Texts, Texts]:
    """Return status and reason of (n,) rows of an index: computed where compared, else why not."""
    status, why = rows.status.copy(), rows.reason.copy()
    other = (status == "ok") & ~compared
    status[other], why[other] = "not_identified", reason or say("not in the year that is ranked")
    return status, why
