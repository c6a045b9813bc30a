"""Grey relation: how near the course of a unit's indicators is to that of the best.

D_ij    |z_ij - best_j|
xi_ij   (min D + rho max D) / (D_ij + rho max D), smallest and largest over all units, years and indicators
score   SUM w_j xi_ij, or that share of the relation to the best in those to the best and to the worst
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.indicators.aggregation.rule import AggregationRule, Scored
from xinzhi.indicators.aggregation.topsis import refuse_outside
from xinzhi.indicators.normalisations import bounds
from xinzhi.indicators.slots import Between, Number, OneOf
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats


@role("grey_relation")
class GreyRelation(AggregationRule):
    """Grey relational grade: a weighted mean of how near each indicator is to the best.

    Parameters
    ----------
    form : "grey_relation"
    distinguishing : number
        rho in (0, 1]: the smaller, the more differences near the best count.
    reference : "observed" or "fixed"
        Best (and worst) value of the rows that count, or 1 (and 0), for values between them.
    relation : "best" or "best_and_worst"
        The grade to the best; or, as in grey relational TOPSIS, its share in the sum of the grades to the best and to
        the worst.

    Notes
    -----
    Smallest and largest difference are over all rows that count, so that years compare; every score depends on them.
    All indicators below a dimension count at once, and a missing one leaves no score.

    References
    ----------
    Deng, J. (1982). Systems and Control Letters 1(5), 288-294. doi:10.1016/S0167-6911(82)80025-X
    """

    called: ClassVar[Text] = say("grey relation")
    flat: ClassVar[bool] = True
    form: Literal["grey_relation"] = "grey_relation"
    distinguishing: Number = 0.5
    reference: Literal["observed", "fixed"] | OneOf = "observed"
    relation: Literal["best", "best_and_worst"] | OneOf = "best"

    @model_validator(mode="after")
    def _distinguishes(self) -> "GreyRelation":
        rho = self.distinguishing
        low, high = (rho.low, rho.high) if isinstance(rho, Between) else (rho, rho)
        if not 0 < low <= high <= 1:
            raise ValueError(say("needs 0 < distinguishing <= 1"))
        return self

    def scored(self, columns: Columns, weights: Floats) -> Scored:
        """Return SUM w xi, or its share."""
        assert isinstance(self.distinguishing, float)
        if self.reference == "fixed":
            refuse_outside(columns)
            ends: tuple[Floats, ...] = tuple(np.full(len(columns.names), end) for end in (0.0, 1.0))
        else:
            ends = bounds(columns.values, columns.base)
        worst, best = (grades(columns.values, end, weights, columns.base, self.distinguishing) for end in ends)
        return Scored(best if self.relation == "best" else best / (best + worst), gap=say("all units are the same"))


def grades(values: Floats, reference: Floats, weights: Floats, base: Floats, rho: float) -> Floats:
    """Return the (n,) grades of (n, m) values to an (m,) reference; NaN where no value differs from it."""
    distance = np.abs(values - reference)
    least, most = (end(distance[base > 0]) for end in (np.nanmin, np.nanmax))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights * (least + rho * most) / (distance + rho * most)).sum(axis=1))
