"""Weighted means in which a low value is made up for less than in the arithmetic one.

generalised  (SUM w z^p)^(1/p);   p = 1 arithmetic
geometric    PROD z^w             p -> 0
harmonic     1 / SUM (w / z)      p = -1

A mean of power p is never larger than one of a higher power; p -> -infinity is the smallest part.
"""

from abc import abstractmethod
from typing import ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.indicators.aggregation.rule import AggregationRule, Scored
from xinzhi.indicators.slots import Between, Number
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats


class PowerMean(AggregationRule):
    """A mean of powers. ``floor``: parts below it count as it, and are listed; without one they have no mean."""

    floor: Number | None = None

    @model_validator(mode="after")
    def _floor_is_positive(self) -> "PowerMean":
        least = self.floor.low if isinstance(self.floor, Between) else self.floor
        if least is not None and not least > 0:
            raise ValueError(say("needs floor > 0"))
        return self

    @property
    @abstractmethod
    def exponent(self) -> float:
        """Return the power."""

    def scored(self, columns: Columns, weights: Floats) -> Scored:
        """Return the means of the parts that are there; none where one of them has no power."""
        gap = say("a part is negative") if self.exponent > 0 else say("a part is zero or negative")
        if self.floor is None:
            return Scored(power_mean(columns.values, weights, self.exponent), gap=gap)
        assert isinstance(self.floor, float)
        counted = np.maximum(columns.values, self.floor)
        return Scored(power_mean(counted, weights, self.exponent), counted)


@role("geometric_mean")
class GeometricMean(PowerMean):
    """Weighted geometric mean: a per cent less of one part is made up by a per cent more of another of equal weight.

    Parameters
    ----------
    form : "geometric_mean"
    floor : number or None
        Parts below it count as it, each cell listed. Without it a zero or negative part leaves no score. Min-max makes
        a zero in every column: give a floor, or a scale that starts above zero, such as ``MinMax(low=0.01)``.
    """

    called: ClassVar[Text] = say("geometric mean")
    needs: ClassVar[Literal["anything", "non_negative", "positive"]] = "positive"
    form: Literal["geometric_mean"] = "geometric_mean"

    @property
    def exponent(self) -> float:
        """Return 0."""
        return 0.0


@role("harmonic_mean")
class HarmonicMean(PowerMean):
    """Weighted harmonic mean: low parts count most.

    Parameters
    ----------
    form : "harmonic_mean"
    floor : number or None
        Parts below it count as it, each cell listed. Without it a zero or negative part leaves no score.
    """

    called: ClassVar[Text] = say("harmonic mean")
    needs: ClassVar[Literal["anything", "non_negative", "positive"]] = "positive"
    form: Literal["harmonic_mean"] = "harmonic_mean"

    @property
    def exponent(self) -> float:
        """Return -1."""
        return -1.0


@role("generalised_mean")
class GeneralisedMean(PowerMean):
    """Weighted mean of powers: the smaller the power, the less a high value makes up for a low one.

    Parameters
    ----------
    form : "generalised_mean"
    power : number
        1 is the arithmetic mean, 0 the geometric one, -1 the harmonic one.
    floor : number or None
        Parts below it count as it, each cell listed. Without it a negative part, and a zero where the power is not
        above zero, leaves no score.
    """

    called: ClassVar[Text] = say("generalised mean")
    needs: ClassVar[Literal["anything", "non_negative", "positive"]] = "non_negative"
    form: Literal["generalised_mean"] = "generalised_mean"
    power: Number = 0.5

    @property
    def exponent(self) -> float:
        """Return the power."""
        assert isinstance(self.power, float)
        return self.power


def power_mean(values: Floats, weights: Floats, power: float) -> Floats:
    """Return the (n,) means of (n, k) values with (1 or n, k) weights over the values that are not missing.

    NaN where a part with weight is negative, or zero under a power that is not above zero. With L = ln z and s its
    largest value for p > 0, its smallest for p < 0: ln mean = s + ln(1 + SUM w (exp(p (L - s)) - 1)) / p, which keeps
    its digits near p = 0.
    """
    counts = np.isfinite(values) & (weights > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(counts, weights, 0.0)
        share = share / share.sum(axis=1, keepdims=True)
        logs = np.log(np.where(counts, values, 1.0))
        if power <= 0:
            logs = np.where(np.isinf(logs), np.nan, logs)
        if power == 0:
            return np.asarray(np.exp((share * logs).sum(axis=1)))
        reached = (
            logs.max(axis=1, where=counts, initial=-np.inf)
            if power > 0
            else logs.min(axis=1, where=counts, initial=np.inf)
        )
        s = np.where(np.isfinite(reached), reached, 0.0)
        relative = np.expm1(np.where(counts, power * (logs - s[:, None]), 0.0))
        return np.asarray(np.exp(s + np.log1p((share * relative).sum(axis=1)) / power))
