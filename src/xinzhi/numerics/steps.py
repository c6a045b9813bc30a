"""Changes and means over the two years of a step.

A step goes from row ``before`` to row ``end``; ``before`` is -1 where that row does not exist.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def log_changes(levels: Floats, before: Ints, end: Ints) -> Floats:
    """Return ln(end / before) of (n, k) levels, (m, k).

    NaN where there is no row before, and where a level is missing or not positive.
    """
    logs = np.log(np.where(levels > 0, levels, np.nan))
    changes = logs[end] - logs[before]
    changes[before < 0] = np.nan
    return changes


def two_year_means(values: Floats, before: Ints, end: Ints) -> Floats:
    """Return the mean of the two rows of each step, (m, k); NaN where there is no row before."""
    mean = 0.5 * (values[end] + values[before])
    mean[before < 0] = np.nan
    return mean
