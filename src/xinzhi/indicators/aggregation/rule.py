"""What a rule of aggregation is, and the weighted arithmetic mean: SUM w z."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.indicators.slots import Formed
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats


@dataclass(frozen=True)
class Scored:
    """Scores of a dimension, and what the rule did to get them.

    ``scores``: (n,); ``counted``: (n, k) parts as they were counted, where the rule changed some, or None;
    ``facts``: what it found, such as the weights of each unit; ``gap``: why a row with all its parts has no score.
    """

    scores: Floats
    counted: Floats | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    gap: str = ""


class AggregationRule(Formed):
    """A rule that makes one score of the parts of a dimension.

    ``flat``: it sees all indicators below a dimension with their weights in it, rather than the scores of its parts;
    ``needs``: what values it can take.
    """

    flat: ClassVar[bool] = False
    needs: ClassVar[Literal["anything", "non_negative", "positive"]] = "anything"

    @abstractmethod
    def scored(self, columns: Columns, weights: Floats) -> Scored:
        """Return (n,) scores of columns with (1 or n, k) weights that add up to one.

        Parts that are missing do not count where the rule is a mean, and make the score missing where it is not.
        """


@role("arithmetic_mean")
class ArithmeticMean(AggregationRule):
    """Weighted arithmetic mean: a low value of one part is made up by a high one of another.

    Parameters
    ----------
    form : "arithmetic_mean"
    """

    called: ClassVar[Text] = say("arithmetic mean")
    form: Literal["arithmetic_mean"] = "arithmetic_mean"

    def scored(self, columns: Columns, weights: Floats) -> Scored:
        """Return SUM w z / SUM w over the parts that are there."""
        return Scored(weighted_mean(columns.values, weights))


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Return the (n,) means of (n, k) values with (1 or n, k) weights over the values that are not missing."""
    there = np.isfinite(values)
    if there.all():
        means: Floats = (values * weights).sum(axis=1)
        return means
    kept = np.where(there, weights, 0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray((np.where(there, values, 0.0) * kept).sum(axis=1) / kept.sum(axis=1))
