"""Classes of a map: natural breaks and equal intervals, beside the quantiles and cut-offs of dynamics.

natural breaks   the partition of ordered values into k classes with the least SUM of squared distances to class means
                 (Fisher 1958; Jenks 1967), exact: D_k(j) = min_i D_{k-1}(i) + ssd(i, j)
"""

from typing import Literal

import numpy as np

from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.dynamics.classes import Counted, CutOffs, Quantiles, class_words, cut_offs

EQUAL = 1e-12
"""Difference of two sums of squares, relative to that of all values, that is rounding."""


@role("breaks")
class Breaks(Counted):
    """Classes by natural breaks or of equal width.

    Parameters
    ----------
    rule : "natural" or "equal"
        Classes whose values are as alike as can be, by the least sum of squared distances to class means; or intervals
        of equal width from the smallest value to the largest.
    count : int
        Number of classes.
    over : "pooled" or "year"
        Of the values of all years shown together, so that colours compare years; or of each year.

    Notes
    -----
    The optimum is exact, by dynamic programming (Fisher 1958; Jenks 1967). A cut-off is the largest value of its
    class. It moves with every value: maps of other data or years have other classes.
    """

    rule: Literal["natural", "equal"]


MapClasses = Breaks | Quantiles | CutOffs
"""Classes that a map takes."""


def map_class_words(classes: MapClasses) -> Text:
    """Return how classes are formed, in words."""
    if isinstance(classes, CutOffs) or (isinstance(classes, Quantiles) and classes.over == "year"):
        return class_words(classes)
    count = classes.count
    if isinstance(classes, Quantiles):
        return say("Classes: {count} quantiles of all years shown together, interpolated linearly.", count=count)
    if classes.over == "pooled":
        if classes.rule == "natural":
            return say("Classes: {count} natural breaks (Fisher and Jenks) of all years shown together.", count=count)
        return say("Classes: {count} equal intervals of all years shown together.", count=count)
    if classes.rule == "natural":
        return say("Classes: {count} natural breaks (Fisher and Jenks) of each year.", count=count)
    return say("Classes: {count} equal intervals of each year.", count=count)


def map_cut_offs(values: Floats, when: Ints, classes: MapClasses, *, source: str) -> tuple[Ints, Floats]:
    """Return the years and the cut-offs of each, as :func:`xinzhi.regions.dynamics.classes.cut_offs`."""
    rule = {"natural": natural_cuts, "equal": equal_cuts}[classes.rule] if isinstance(classes, Breaks) else None
    return cut_offs(values, when, classes, source=source, rule=rule)


# Arrays in, arrays out ------------------------------------------------------------------------


def equal_cuts(values: Floats, count: int) -> Floats:
    """Return the (count - 1,) ends of intervals of equal width of (m,) values."""
    return np.linspace(values.min(), values.max(), count + 1)[1:-1]


def natural_cuts(values: Floats, count: int) -> Floats:
    """Return the (count - 1,) largest values of the lower classes of (m,) values.

    Of partitions that are equally good the one with the lower last cut-off is taken; with fewer distinct values than
    classes a cut-off is repeated.
    """
    distinct, times = np.unique(values, return_counts=True)
    if distinct.size <= count:
        return np.asarray(distinct[np.minimum(np.arange(count - 1), distinct.size - 1)])
    far = (distinct - distinct.mean()) / distinct.std()
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(np.column_stack([times, times * far, times * far**2]), axis=0)])
    best, starts = within(sums, np.zeros(distinct.size, dtype=np.int64), np.arange(1, distinct.size + 1)), []
    best = np.append(np.inf, best)
    for k in range(2, count + 1):
        best, start = one_class_more(best, sums, classes=k)
        starts.append(start)
    place, cuts = distinct.size, []
    for start in reversed(starts):
        place = int(start[place])
        cuts.append(float(distinct[place - 1]))
    return np.array(cuts[::-1])


def within(sums: Floats, start: Ints | int, end: Ints | int) -> Floats:
    """Return the sum of squared distances to the mean of the values from ``start`` up to before ``end``.

    ``sums``: (m + 1, 3) running counts, sums and sums of squares.
    """
    size, total, squares = (sums[end] - sums[start]).T
    return np.asarray(squares - total**2 / size)


def one_class_more(best: Floats, sums: Floats, *, classes: int) -> tuple[Floats, Ints]:
    """Return the least sums of the first 0 .. m values in so many classes, and where the last class starts, (m + 1,).

    ``best``: (m + 1,) sums with one class less. Starts rise with the number of values, so that each half of the values
    only tries the starts on its side of the one in the middle.
    """
    m, slack = best.size - 1, EQUAL * sums[-1, 2]
    found, start = np.full(m + 1, np.inf), np.zeros(m + 1, dtype=np.int64)
    waiting = [(classes, m, classes - 1, m - 1)]
    while waiting:
        low, high, first, last = waiting.pop()
        if low > high:
            continue
        middle = (low + high) // 2
        tried = np.arange(first, min(last, middle - 1) + 1)
        cost = best[tried] + within(sums, tried, middle)
        place = int(np.argmax(cost <= cost.min() + slack))
        found[middle], start[middle] = cost[place], tried[place]
        waiting += [(low, middle - 1, first, int(tried[place])), (middle + 1, high, int(tried[place]), last)]
    return found, start
