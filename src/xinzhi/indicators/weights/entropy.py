"""Entropy weights: an indicator whose values differ more between units weighs more.

share        p_ij = z_ij / SUM_i z_ij
entropy      e_j  = -SUM_i p_ij ln p_ij / ln N      0 ln 0 = 0
redundancy   d_j  = 1 - e_j
weight       w_j  = d_j / SUM d
corrected    w_j  = (SUM e + 1 - 2 e_j) / SUM_l (SUM e + 1 - 2 e_l)      moderate where every e_j is close to one
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.errors import DataError
from xinzhi.indicators.slots import Number, OneOf
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.rule import (
    ROUNDING,
    Needs,
    Weighting,
    WeightRule,
    cells_changed,
    counting_rows,
    in_proportion,
    refuse_cells,
    refuse_columns,
)
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats

SPSSAU = 0.01
"""What SPSSAU adds beside the size of the minimum."""


@role("entropy")
class Entropy(WeightRule):
    """Weights by entropy: how unequally the values of an indicator are spread over the units.

    Parameters
    ----------
    form : "entropy"
    of : "normalised" or "raw"
        ``raw``: the values before they were normalised, their direction ignored, as pymcdm and scikit-criteria do;
        they must be positive, and costs are weighed as if more were better.
    zeros : "exact", "half_smallest" or "spssau"
        ``exact``: 0 ln 0 = 0, its limit; ``half_smallest``: zeros become half the smallest positive value of their
        column; ``spssau``: ``|minimum| + 0.01`` is added to each column with a value of zero or less.
    shift : number or None
        Added to every value first, such as 0.0001 or 1; the weights depend on it.
    by : "redundancy" or "corrected"
        ``corrected``: differences between weights stay moderate where every entropy is close to one.
    count : int or None
        N of ln N; by default the rows that count: units times years, or, inside :class:`ByYear`, units. Another N
        changes the weights: only to repeat a publication. One that makes entropies larger than one is refused.

    Notes
    -----
    All rows are pooled, which is the entropy method for panels of Yang and Sun; weights of each year are
    :class:`ByYear`. Rows with a missing cell do not count. Shares scaled to [0.0001, 0.9999] are those of
    ``Normalise(by=MinMax(low=0.0001, high=0.9999))``. A column whose values are all equal has entropy one and weighs
    nothing. Entropy sees dispersion: a skewed column that is mostly zeros weighs most, two copies of a column weigh
    twice what one does, and an outlier that squeezes the others raises the weight of its column.

    The facts are ``entropy`` and ``redundancy`` of each column.

    References
    ----------
    Shannon, C. E. (1948). Bell System Technical Journal 27(3), 379-423. doi:10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    >>> import numpy as np
    >>> from xinzhi.indicators.stage import Columns
    >>> z = np.array([[0.0, 0.0], [1.0, 0.1], [0.5, 1.0]])
    >>> none, one = np.zeros(3, dtype=np.int64), np.ones(3)
    >>> columns = Columns(z, z, one, none, ("patents", "robots"), np.ones(2), np.full(2, np.nan))
    >>> Entropy().weighting(columns).weights.round(3).tolist()
    [[0.368, 0.632]]
    """

    called: ClassVar[Text] = say("entropy weights")
    form: Literal["entropy"] = "entropy"
    of: Literal["normalised", "raw"] | OneOf = "normalised"
    zeros: Literal["exact", "half_smallest", "spssau"] | OneOf = "exact"
    shift: Number | OneOf | None = None
    by: Literal["redundancy", "corrected"] | OneOf = "redundancy"
    count: int | None = Setting(default=None, ge=2)

    @property
    def needs(self) -> Needs:
        """Return what normalised values it can take."""
        lifted = self.of == "raw" or self.zeros == "spssau" or self.shift is not None
        return "anything" if lifted else "non_negative"

    def weighting(self, columns: Columns) -> Weighting:
        """Return redundancies, or corrected ones, as shares; see the head of the module."""
        raw = self.of == "raw"
        rows, before, base = counting_rows(columns, raw=raw)
        z = self._lifted(before)
        if raw:
            refuse_cells(z <= 0, rows, columns, expected=say("positive values"))
        else:
            refuse_cells(z < 0, rows, columns, expected=say("values of zero or more"))
        d = redundancy(z, base, self.count)
        e = 1 - d
        refuse_columns(d < 0, columns, expected=say("entropies of at most one: a larger count"))
        amounts = d if self.by == "redundancy" else e.sum() + 1 - 2 * e
        if not d.any() and len(columns.names) > 1:
            raise DataError("XZ-270", say("every entropy is one: no column has different values"), where=columns.group)
        weights = in_proportion(amounts, columns, expected=say("values that differ between units"))
        return Weighting(weights, {"entropy": e, "redundancy": d}, cells_changed(self, columns, rows, before, z))

    def _lifted(self, z: Floats) -> Floats:
        """Return (k, m) values after the shift and the rule for zeros."""
        if self.shift is not None:
            assert isinstance(self.shift, float)
            z = z + self.shift
        if self.zeros == "half_smallest":
            least = np.where(z > 0, z, np.inf).min(axis=0)
            return np.where((z == 0) & np.isfinite(least), least / 2, z)
        if self.zeros == "spssau":
            least = z.min(axis=0)
            return np.where(least <= 0, z + np.abs(least) + SPSSAU, z)
        return z


def redundancy(z: Floats, base: Floats, count: int | None = None) -> Floats:
    """Return 1 - entropy of each column, (m,), of (k, m) non-negative values whose rows count ``base`` times, (k, 1).

    With g = z / mean - 1, 1 - e = SUM ((1 + g) ln(1 + g) - g) / (N ln N): no difference of numbers close to one, so
    that columns whose values hardly differ keep their digits. A column of zeros is the limit of equal values: 0.
    """
    rows = float(base.sum())
    mean = (base * z).sum(axis=0) / rows
    g = (z - mean) / np.where(mean > 0, mean, 1.0)
    g[np.abs(g) < ROUNDING] = 0.0
    gain = (1 + g) * np.log1p(np.where(g > -1, g, 0.0)) - g
    d: Floats = (base * gain).sum(axis=0) / (rows * np.log(rows))
    return d if count is None else 1 - (1 - d) * np.log(rows) / np.log(count)
