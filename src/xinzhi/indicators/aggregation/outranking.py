"""Outranking: units are compared in pairs, indicator by indicator, and only the order counts.

support of a against b     SUM of the weights of indicators in which a is better, and half of those in which they tie
a outranks b               its support is above one half
score                      (units outranked + half of those that tie) / (units of the year - 1)
"""

from typing import ClassVar, Literal

import numpy as np

from xinzhi.indicators.aggregation.rule import AggregationRule, Scored
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats

TIE = 1e-12
"""Sums of weights that differ by less are equal: some tens of additions of weights that add up to one."""


@role("copeland")
class Copeland(AggregationRule):
    """Share of the other units of the year that a unit outranks: nothing is made up for, only the order counts.

    Parameters
    ----------
    form : "copeland"

    Notes
    -----
    With score s and n units in the year, the Copeland score, units outranked less those that outrank it, is
    (2 s - 1) (n - 1). Every year stands by itself. All indicators below a dimension count at once; a unit with a
    missing one has no score and is no opponent.

    References
    ----------
    Munda, G. and Nardo, M. (2009). Applied Economics 41(12), 1513-1523. doi:10.1080/00036840601019364
    """

    called: ClassVar[Text] = say("Copeland")
    flat: ClassVar[bool] = True
    form: Literal["copeland"] = "copeland"

    def scored(self, columns: Columns, weights: Floats) -> Scored:
        """Return the share of the opponents that are outranked, a tie counting one half."""
        scores = np.full(len(columns.base), np.nan)
        whole = (columns.base > 0) & np.isfinite(columns.values).all(axis=1)
        for year in np.unique(columns.time[whole]):
            rows = np.flatnonzero(whole & (columns.time == year))
            shared = weights[rows[0] if weights.shape[0] > 1 else 0]
            base, against = columns.base[rows], outranking(columns.values[rows], shared)
            with np.errstate(invalid="ignore"):
                scores[rows] = (against @ base - 0.5) / (base.sum() - 1)  # less the unit itself, with which it ties
        return Scored(scores, gap=say("no other unit in the year"))


def outranking(values: Floats, weights: Floats) -> Floats:
    """Return for (n, m) values and (m,) weights whether a row outranks a column, (n, n): 1, 1/2 for a tie, or 0."""
    better = np.empty((len(values), len(values)))
    for row, own in enumerate(values):  # one by one: all pairs in all indicators at once need n n m bytes
        better[row] = (own > values) @ weights
    lead = better - better.T
    return np.asarray((1 + np.sign(np.where(np.abs(lead) < TIE, 0.0, lead))) / 2)
