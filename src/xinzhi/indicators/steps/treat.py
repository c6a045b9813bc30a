"""Treat: outliers. What is estimated is of the rows that count; every row is treated alike.

skewness    G1 = sqrt(n (n - 1)) / (n - 2) m3 / m2^1.5
kurtosis    G2 = (n - 1) / ((n - 2) (n - 3)) ((n + 1) (m4 / m2^2 - 3) + 6)          both unbiased for a normal
JRC rule    passes where |G1| < 2 or G2 < 3.5; else the largest values (smallest where G1 < 0) become the next ones
logarithm   coin_tool ln(x - min + 0.01 (max - min)); gii ln((max - 1)(x - min) / (max - min) + 1); plain ln x
Box-Cox     (x^p - 1) / p; ln x at p = 0
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny, model_validator

from xinzhi.errors import DataError, listed
from xinzhi.indicators.framework import Framework, Indicator
from xinzhi.indicators.normalisations import bounds, differ
from xinzhi.indicators.slots import Between, Formed, Number, OneOf
from xinzhi.indicators.stage import Stage, Step
from xinzhi.indicators.steps.screen import require_indicators
from xinzhi.language import Text, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Bools, Floats

Percent = Annotated[float, Setting(ge=0, le=100)]


class Treatment(Formed):
    """A rule that changes the values of an indicator.

    ``tested``: whether only indicators are treated that do not pass its test; ``transforms``: whether the rule changes
    the scale, too.
    """

    tested: ClassVar[bool] = False
    transforms: ClassVar[bool] = False

    @abstractmethod
    def treated(self, values: Floats, sample: Floats) -> Floats:
        """Return (n,) treated values, NaN where the rule has none; what is estimated is of the (k,) sample."""

    def passes(self, skewness: Floats, kurtosis: Floats) -> Bools:  # noqa: ARG002
        """Tell which of m indicators need no treatment; without a test, none."""
        return np.zeros(skewness.shape, dtype=bool)


@role("winsorise")
class Winsorise(Treatment):
    """Bring the outermost values in, one after the other, until skewness or kurtosis is moderate.

    Parameters
    ----------
    form : "winsorise"
    skewness, kurtosis : number
        An indicator passes if its absolute skewness is below the one or its excess kurtosis below the other.
    most : int or Between
        Values that may be changed at most; equal values are changed together or not at all, and never all become
        the same.
    """

    called: ClassVar[Text] = say("winsorised")
    tested: ClassVar[bool] = True
    form: Literal["winsorise"] = "winsorise"
    skewness: Number = 2.0
    kurtosis: Number = 3.5
    most: Annotated[int, Setting(ge=1)] | Between = 5

    def passes(self, skewness: Floats, kurtosis: Floats) -> Bools:
        """Tell which of m indicators have a moderate skewness or kurtosis; so have those without any."""
        assert isinstance(self.skewness, float)
        assert isinstance(self.kurtosis, float)
        return ~((np.abs(skewness) >= self.skewness) & (kurtosis >= self.kurtosis))

    def treated(self, values: Floats, sample: Floats) -> Floats:
        """Return values between the ends that the rule finds."""
        assert isinstance(self.most, int)
        ends, x = (sample.min(), sample.max()), sample
        while True:
            skewness, kurtosis = moments(x[:, None])
            if self.passes(skewness, kurtosis)[0]:
                break
            rest = x[x != ends[0 if skewness[0] < 0 else 1]]
            new = rest.min(), rest.max()
            x = np.clip(sample, *new)
            if new[0] == new[1] or np.count_nonzero(x != sample) > self.most:
                break
            ends = new
        return np.clip(values, *ends)


@role("winsorise_percentiles")
class WinsorisePercentiles(Treatment):
    """Bring values beyond two percentiles in to them, as is usual with data of firms.

    Parameters
    ----------
    form : "winsorise_percentiles"
    low, high : number
        Per cent; percentiles between two values are interpolated.
    """

    called: ClassVar[Text] = say("winsorised at percentiles")
    form: Literal["winsorise_percentiles"] = "winsorise_percentiles"
    low: Percent = 1.0
    high: Percent = 99.0

    @model_validator(mode="after")
    def _ordered(self) -> "WinsorisePercentiles":
        if not self.low < self.high:
            raise ValueError(say("needs low < high"))
        return self

    def treated(self, values: Floats, sample: Floats) -> Floats:
        """Return values between the percentiles of the sample."""
        low, high = np.percentile(sample, [self.low, self.high])
        return np.clip(values, low, high)


@role("logarithm")
class Logarithm(Treatment):
    """Logarithm of an indicator.

    Parameters
    ----------
    form : "logarithm"
    variant : "coin_tool", "gii" or "plain"
        ``coin_tool``: ln(x - min + 0.01 range), of any values; ``gii``: of the Global Innovation Index, of values
        whose maximum is above one; ``plain``: ln x of positive values.
    """

    called: ClassVar[Text] = say("logarithm")
    transforms: ClassVar[bool] = True
    form: Literal["logarithm"] = "logarithm"
    variant: Literal["coin_tool", "gii", "plain"] | OneOf = "coin_tool"

    def treated(self, values: Floats, sample: Floats) -> Floats:
        """Return logarithms."""
        low, high = sample.min(), sample.max()
        if self.variant == "plain":
            inner = values
        elif self.variant == "coin_tool":
            inner = values - low + 0.01 * (high - low)
        else:
            inner = (high - 1) * (values - low) / (high - low) + 1 if high > 1 else np.full(values.shape, np.nan)
        return np.log(np.where(inner > 0, inner, np.nan))


@role("box_cox")
class BoxCox(Treatment):
    """Box-Cox transformation of positive values.

    Parameters
    ----------
    form : "box_cox"
    power : number or "estimated"
        Estimated by maximum likelihood; 0 is the logarithm.

    References
    ----------
    Box, G. and Cox, D. (1964). JRSS B 26(2), 211-243. doi:10.1111/j.2517-6161.1964.tb00553.x
    """

    called: ClassVar[Text] = say("Box-Cox transformation")
    transforms: ClassVar[bool] = True
    form: Literal["box_cox"] = "box_cox"
    power: Number | Literal["estimated"] | OneOf = "estimated"

    def treated(self, values: Floats, sample: Floats) -> Floats:
        """Return (x^power - 1) / power."""
        from scipy.special import boxcox
        from scipy.stats import boxcox_normmax

        positive = np.where(values > 0, values, np.nan)
        if not (sample > 0).all():  # no power can be estimated, and the cells that are not positive are refused
            return positive
        power = boxcox_normmax(sample, method="mle") if self.power == "estimated" else self.power
        assert isinstance(power, float)
        return np.asarray(boxcox(positive, power), dtype=np.float64)


@dataclass(frozen=True)
class Treated:
    """What was done to an indicator.

    ``skewness``, ``kurtosis``: before and after; ``rule``: in words, "" where none was needed; ``points``: values that
    differ, 0 where none was needed; ``passes``: whether the test is passed now, None where the rule has no test.
    """

    skewness: tuple[float, float]
    kurtosis: tuple[float, float]
    rule: str
    points: int
    passes: bool | None


@role("treat")
class Treat(Step):
    """Treat outliers, by default as the European Commission's Joint Research Centre does.

    Parameters
    ----------
    form : "treat"
    by : Treatment
        ``Winsorise``, ``WinsorisePercentiles``, ``Logarithm`` or ``BoxCox``.
    then : Treatment or None
        Applied to the untreated values of an indicator that does not pass after ``by``; it stays even if the
        indicator does not pass after it either.
    indicators : tuple of str, or None
        Which; all by default. Steps of this kind may follow each other for several sets of indicators.

    Notes
    -----
    A treatment is estimated from all years together. Logarithms are taken of the best value or interval of an
    indicator too, so that distance to it keeps its meaning; goalposts must be given on the new scale.
    ``stage.facts["treat"]`` holds skewness and kurtosis before and after for each indicator.

    References
    ----------
    Becker, W. et al. (2022). Journal of Open Source Software 7(78), 4567. doi:10.21105/joss.04567
    """

    called: ClassVar[Text] = say("treatment of outliers")
    rank: ClassVar[int] = 1
    column_fields: ClassVar[tuple[str, ...]] = ("indicators",)
    form: Literal["treat"] = "treat"
    by: SerializeAsAny[Treatment] | OneOf = Winsorise()
    then: SerializeAsAny[Treatment] | OneOf | None = Logarithm()
    indicators: tuple[str, ...] | None = None

    def apply(self, stage: Stage) -> Stage:
        """Return the stage with treated indicators."""
        assert isinstance(self.by, Treatment)
        names = stage.tree.indicators
        chosen = stage.framework.tree.indicators if self.indicators is None else self.indicators
        require_indicators(chosen, stage.framework.tree.indicators, where="Treat.indicators")
        base = np.repeat(stage.values, stage.base.astype(np.int64), axis=0)
        least, most = bounds(base, np.ones(len(base)))
        before = moments(base)
        ours = np.isin(names, chosen)
        values, rules = stage.values.copy(), dict[Treatment, list[int]]()
        for j in np.flatnonzero(ours & differ(least, most) & ~self.by.passes(*before)).tolist():
            rule, values[:, j] = self._treated(stage.values[:, j], base[:, j], stage.base)
            _require_values(stage, rule, j, values[:, j])
            rules.setdefault(rule, []).append(j)
        done, best = stage, dict[str, Indicator]()
        for rule, places in rules.items():
            new = done.values.copy()
            new[:, places] = values[:, places]
            done = done.changed("treat", rule.words(), new)
            if rule.transforms:
                best |= {names[j]: transformed(stage, rule, j) for j in places}
        words = {j: rule.words() for rule, places in rules.items() for j in places}
        after = moments(np.repeat(values, stage.base.astype(np.int64), axis=0))
        passes = self.by.passes(*after)
        points = ((values != stage.values) & np.isfinite(values)).sum(axis=0)
        found = {
            names[j]: Treated(
                (float(before[0][j]), float(after[0][j])),
                (float(before[1][j]), float(after[1][j])),
                words.get(j, ""),
                int(points[j]),
                bool(passes[j]) if self.by.tested else None,
            )
            for j in np.flatnonzero(ours).tolist()
        }
        facts = {**stage.facts, "treat": {**stage.facts.get("treat", {}), **found}}
        return replace(done, facts=facts, framework=with_indicators(stage.framework, best))

    def _treated(self, values: Floats, seen: Floats, base: Floats) -> tuple[Treatment, Floats]:
        """Return the rule that was applied to (n,) values, and what they are after it; ``seen``: (k,) that count."""
        assert isinstance(self.by, Treatment)
        assert self.then is None or isinstance(self.then, Treatment)
        sample = seen[np.isfinite(seen)]
        after = self.by.treated(values, sample)
        if self.then is not None and self.by.tested:
            now = moments(np.repeat(after, base.astype(np.int64))[:, None])
            if not self.by.passes(*now)[0]:
                return self.then, self.then.treated(values, sample)
        return self.by, after


def _require_values(stage: Stage, rule: Treatment, j: int, after: Floats) -> None:
    """Raise XZ-263 where the rule has no value for a cell that is there."""
    odd = np.flatnonzero(np.isnan(after) & np.isfinite(stage.values[:, j]))
    if odd.size:
        cells = listed(
            [say("{place}: {value:g}", place=stage.place(i), value=stage.values[i, j]) for i in odd.tolist()]
        )
        words = {"column": named(stage.tree.indicators[j]), "rule": rule.words(), "cells": cells}
        remedy = say("Use Logarithm(variant='coin_tool'), or leave the indicator out of Treat(indicators=[...]).")
        raise DataError("XZ-263", say("{column}, {rule}: {cells}", **words), where="Treat", remedy=remedy)


def moments(x: Floats) -> tuple[Floats, Floats]:
    """Return skewness and excess kurtosis of each column, (m,), of (n, m) values, of those that are there.

    NaN for fewer than four values, or none that differ.
    """
    there = np.isfinite(x)
    n = there.sum(axis=0).astype(np.float64)
    n = np.where(n >= 4, n, np.nan)
    d = np.where(there, x, 0.0)
    d = np.where(there, x - d.sum(axis=0) / n, 0.0)
    scale = np.abs(d).max(axis=0, initial=0.0)
    d = d / np.where(scale > 0, scale, np.nan)  # so that no power overflows
    m2, m3, m4 = ((d**p).sum(axis=0) / n for p in (2, 3, 4))
    skewness = np.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3) + 6)
    return skewness, kurtosis


def transformed(stage: Stage, rule: Treatment, j: int) -> Indicator:
    """Return an indicator whose best value or interval is on the scale of its treated values."""
    indicator = stage.framework.indicator(stage.tree.indicators[j])
    if indicator.best is None:
        return indicator
    sample = np.repeat(stage.values[:, j], stage.base.astype(np.int64))
    ends = np.atleast_1d(np.array(indicator.best, dtype=np.float64))
    after = rule.treated(ends, sample[np.isfinite(sample)]).tolist()
    if any(end != end for end in after):
        words = {"column": named(indicator.name), "rule": rule.words(), "best": listed(ends.tolist())}
        raise DataError("XZ-263", say("{column}, {rule}: best {best}", **words), where="Treat")
    return indicator.model_copy(update={"best": tuple(after) if len(after) > 1 else after[0]})


def with_indicators(framework: Framework, new: Mapping[str, Indicator]) -> Framework:
    """Return a framework with some of its indicators replaced."""
    if not new:
        return framework
    return framework.model_copy(update={"indicators": tuple(new.get(i.name, i) for i in framework.indicators)})
