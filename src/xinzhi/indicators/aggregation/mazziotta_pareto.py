"""Mazziotta-Pareto index: the mean of a unit's parts, less a penalty where they differ.

M   SUM w z          S^2   SUM w (z - M)^2          score   M - S cv,  cv = S / M;   + for what is bad
"""

from typing import ClassVar, Literal

import numpy as np

from xinzhi.indicators.aggregation.rule import AggregationRule, Scored, weighted_mean
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats


@role("mazziotta_pareto")
class MazziottaPareto(AggregationRule):
    """Mean of the parts with a penalty for imbalance.

    The rule has no normalisation of its own. The index of the authors follows ``ZScore(mean=100, sd=10)``; the adjusted
    index follows ``Goalposts(low=70, high=130)`` with posts as far below as above a reference value, or
    ``MinMax(low=70, high=130)``. On a scale from 0 to 1 the penalty S^2 / M is much heavier: scores may be negative,
    and a unit that betters one part far ahead of the others loses.

    Parameters
    ----------
    form : "mazziotta_pareto"
    penalty : "-" or "+"
        ``-`` where more is better, ``+`` where the index measures something bad.

    Notes
    -----
    Weights may differ; equal ones give the published index. The standard deviation is that of the parts of one unit,
    with their number as divisor. A mean that is not above zero has no coefficient of variation and no score.

    References
    ----------
    Mazziotta, M. and Pareto, A. (2016). Social Indicators Research 127(3), 983-1003. doi:10.1007/s11205-015-0998-2
    """

    called: ClassVar[Text] = say("Mazziotta-Pareto")
    needs: ClassVar[Literal["anything", "non_negative", "positive"]] = "non_negative"
    form: Literal["mazziotta_pareto"] = "mazziotta_pareto"
    penalty: Literal["-", "+"] | OneOf = "-"

    def scored(self, columns: Columns, weights: Floats) -> Scored:
        """Return M - S^2 / M, or M + S^2 / M, over the parts that are there."""
        mean = weighted_mean(columns.values, weights)
        variance = weighted_mean((columns.values - mean[:, None]) ** 2, weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            loss: Floats = np.where(mean > 0, variance / mean, np.nan)
        return Scored(mean - loss if self.penalty == "-" else mean + loss, gap=say("the mean is not above zero"))
