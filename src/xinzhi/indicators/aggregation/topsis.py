"""TOPSIS: how far a unit is from the worst, of the way from the best to the worst.

A+, A-     best and worst value of each indicator
D+-        sqrt(SUM w^2 (z - A+-)^2), weights inside: distances of w z;  sqrt(SUM w (z - A+-)^2), weights outside
score      D- / (D+ + D-)
"""

from typing import ClassVar, Literal

import numpy as np

from xinzhi.errors import DataError, listed
from xinzhi.indicators.aggregation.rule import AggregationRule, Scored
from xinzhi.indicators.normalisations import bounds
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats


@role("topsis")
class TOPSIS(AggregationRule):
    """Nearness to the best and distance from the worst.

    Parameters
    ----------
    form : "topsis"
    weights : "inside" or "outside"
        ``inside``: distances of weighted values w z, so that squares have weight w^2, the classical form; ``outside``:
        squares have weight w, which is the same as distances of sqrt(w) z, often called improved.
    ideals : "observed", "fixed" or "by_year"
        Best and worst value of all rows that count; 1 and 0, which no unit can move, for values between them; best and
        worst of each year, so that scores do not compare years.

    Notes
    -----
    With observed ideals a new unit may change the order of the others. All indicators below a dimension count at once,
    and a missing one leaves no score. Where all units are the same there is no distance and no score.

    References
    ----------
    Hwang, C. and Yoon, K. (1981). Multiple Attribute Decision Making. Springer. doi:10.1007/978-3-642-48318-9
    """

    called: ClassVar[Text] = say("TOPSIS")
    flat: ClassVar[bool] = True
    form: Literal["topsis"] = "topsis"
    weights: Literal["inside", "outside"] | OneOf = "inside"
    ideals: Literal["observed", "fixed", "by_year"] | OneOf = "observed"

    def scored(self, columns: Columns, weights: Floats) -> Scored:
        """Return D- / (D+ + D-)."""
        z = columns.values
        if self.ideals == "fixed":
            refuse_outside(columns)
            worst, best = np.zeros((1, z.shape[1])), np.ones((1, z.shape[1]))
        elif self.ideals == "by_year":
            worst, best = _yearly(columns)
        else:
            worst, best = (end[None] for end in bounds(z, columns.base))
        counted = weights**2 if self.weights == "inside" else weights
        far, near = (np.sqrt((counted * (z - end) ** 2).sum(axis=1)) for end in (worst, best))
        with np.errstate(invalid="ignore"):
            return Scored(far / (far + near), gap=say("all units are the same"))


def refuse_outside(columns: Columns) -> None:
    """Raise XZ-270 naming columns with values that count and are not between 0 and 1."""
    least, most = bounds(columns.values, columns.base)
    odd = [named(name) for name, a, b in zip(columns.names, least, most, strict=True) if a < 0 or b > 1]
    if odd:
        raise DataError(
            "XZ-270",
            say("fixed ideals are 1 and 0; values outside: {names}", names=listed(odd)),
            where=columns.group,
            remedy=say("Normalise to 0 to 1 over all years, or use observed ideals."),
        )


def _yearly(columns: Columns) -> tuple[Floats, Floats]:
    """Return worst and best of each row's year, (n, m)."""
    worst, best = np.full((2, *columns.values.shape), np.nan)
    for year in np.unique(columns.time):
        rows = columns.time == year
        worst[rows], best[rows] = bounds(columns.values[rows], columns.base[rows])
    return worst, best
