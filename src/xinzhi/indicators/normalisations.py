"""Normalisations: x raw, z better when larger.

min-max          z = low + (high - low) (x - min) / (max - min);    cost: (max - x) / (max - min)
goalposts        the same with posts that are given in place of min and max
target           z = (x - min) / (target - min);                    cost: (max - x) / (max - target)
z-score          z = mean + sd (x - average) / deviation;           cost: (average - x) / deviation
rank             z = place from the worst; percentile (rank - 1) / (n - 1)
vector           z = x / sqrt(SUM x^2);                             cost: 1 - that
share of sum     z = x / SUM x;                                     cost: 1 - that, or (1 / x) / SUM (1 / x)
of the maximum   z = x / max;                                       cost: 1 - that, or min / x

An interval or target counts by its distance max(a - x, x - b, 0), a cost whose best value is known: 0. Min-max is then
1 - max(a - x, x - b, 0) / max(a - min, max - b).
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.errors import DataError, UsageError, listed
from xinzhi.indicators.framework import Indicator
from xinzhi.indicators.slots import Between, Formed, Number
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Bools, Floats

Ties = Literal["average", "lowest", "highest"]
SAME = 1e-12
"""Difference of values, relative to the larger one, that is rounding: a few thousand times that of one operation."""


class Normalisation(Formed):
    """A rule that brings indicators to one direction and scale. ``by_indicator``: its setting by name of indicator."""

    by_indicator: ClassVar[str] = ""

    @property
    def signed(self) -> bool:
        """Return whether values below zero always appear, so that no logarithm can follow."""
        return False

    @property
    def limits(self) -> tuple[float, float]:
        """Return the values at which the step cuts, and lists, what lies beyond."""
        return -np.inf, np.inf

    def takes(self, columns: Columns, indicators: Sequence[Indicator]) -> Bools:  # noqa: ARG002
        """Return which (n, m) values the formula is defined for."""
        return np.ones(columns.values.shape, dtype=bool)

    @abstractmethod
    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return (n, m) normalised values; bounds and means are of the rows that count in ``columns.base``."""


@role("min_max")
class MinMax(Normalisation):
    """Between ``low`` and ``high``: the worst and the best value observed.

    With ``low=70, high=130`` it is the scale of the adjusted Mazziotta-Pareto index.

    Parameters
    ----------
    form : "min_max"
    low, high : number
    """

    called: ClassVar[Text] = say("min-max")
    form: Literal["min_max"] = "min_max"
    low: Number = 0.0
    high: Number = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> "MinMax":
        _in_order(self.low, self.high)
        return self

    @property
    def signed(self) -> bool:
        """Return whether the worst value is below zero."""
        return _largest(self.low) < 0

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return low + (high - low) (x - worst) / (best - worst)."""
        x, best_known = directed(columns, indicators)
        least, most = bounds(x, columns.base)
        most = np.where(np.isnan(best_known), most, best_known)
        refuse_constant(least, most, columns)
        return _between(x, least, most, (self.low, self.high))


@role("goalposts")
class Goalposts(Normalisation):
    """Between ``low`` and ``high``: posts that do not depend on the data, so that scores compare at any time.

    Parameters
    ----------
    form : "goalposts"
    posts : mapping from indicator to (number, number)
        Smallest and largest value, in units of the indicator; ``best = [smallest, largest]`` of the framework serves a
        benefit or cost that is not listed. An interval or target keeps its own ``best`` between the posts.
    low, high : number
        Values at the worse and at the better post; 70 and 130 for the adjusted Mazziotta-Pareto index.
    outside : "kept" or "clipped"
        Values beyond the posts stay beyond ``low`` and ``high``, or are cut there, each cell listed.
    """

    called: ClassVar[Text] = say("goalposts")
    by_indicator: ClassVar[str] = "posts"
    form: Literal["goalposts"] = "goalposts"
    posts: dict[str, tuple[float, float]] = Setting(default_factory=dict)
    low: Number = 0.0
    high: Number = 1.0
    outside: Literal["kept", "clipped"] = "kept"

    @model_validator(mode="after")
    def _ordered(self) -> "Goalposts":
        _in_order(self.low, self.high)
        odd = [named(name) for name, (small, large) in self.posts.items() if not small < large]
        if odd:
            raise ValueError(say("posts need a smaller and a larger value: {names}", names=listed(odd)))
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Return ``low`` and ``high`` where values beyond them are cut."""
        assert isinstance(self.low, float)
        assert isinstance(self.high, float)
        return (self.low, self.high) if self.outside == "clipped" else (-np.inf, np.inf)

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return low + (high - low) (x - worse post) / (better post - worse post)."""
        ends = np.array([_posts(indicator, self.posts) for indicator in indicators], dtype=np.float64)
        if np.isnan(ends).any():
            lost = [named(name) for name, pair in zip(columns.names, ends, strict=True) if np.isnan(pair).any()]
            raise UsageError(
                "XZ-103",
                say("no goalposts: {names}", names=listed(lost)),
                where="Goalposts.posts",
                expected=say("a smaller and a larger value for each indicator"),
            )
        x, best_known = directed(columns, indicators)
        posts = directed(_at(columns, ends.T), indicators)[0]
        best = np.where(np.isnan(best_known), posts.max(axis=0), best_known)
        refuse_constant(posts.min(axis=0), best, columns)
        return _between(x, posts.min(axis=0), best, (self.low, self.high))


@role("distance_to_target")
class DistanceToTarget(Normalisation):
    """Share of the way from the worst value observed to a target.

    Parameters
    ----------
    form : "distance_to_target"
    targets : mapping from indicator to number
        In units of the indicator; ``best`` of the framework serves an indicator that is not listed.
    beyond : "kept" or "clipped"
        Values better than the target are above 1, or are cut there, each cell listed.
    """

    called: ClassVar[Text] = say("distance to target")
    by_indicator: ClassVar[str] = "targets"
    form: Literal["distance_to_target"] = "distance_to_target"
    targets: dict[str, float] = Setting(default_factory=dict)
    beyond: Literal["kept", "clipped"] = "kept"

    @property
    def limits(self) -> tuple[float, float]:
        """Return 1 as the upper end where values beyond it are cut."""
        return -np.inf, 1.0 if self.beyond == "clipped" else np.inf

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return (x - worst) / (target - worst); XZ-263 where a target is not better than the worst value."""
        x, best = directed(columns, indicators)
        least, most = bounds(x, columns.base)
        refuse_constant(least, np.where(np.isnan(best), most, best), columns)
        target = np.array([_target(indicator, self.targets) for indicator in indicators]) * columns.sign
        best = np.where(np.isnan(best), target, best)
        lost = [named(name) for name, at in zip(columns.names, best, strict=True) if np.isnan(at)]
        if lost:
            raise UsageError("XZ-103", say("no target: {names}", names=listed(lost)), where="DistanceToTarget.targets")
        odd = [named(name) for name, good in zip(columns.names, best > least, strict=True) if not good]
        if odd:
            why = say("target not better than the worst value: {names}", names=listed(odd))
            raise DataError("XZ-263", why, where=columns.group)
        return _between(x, least, best, (0.0, 1.0))


@role("z_score")
class ZScore(Normalisation):
    """Mean and standard deviation the same for all indicators.

    With ``mean=100, sd=10`` it is the scale of the Mazziotta-Pareto index.

    Parameters
    ----------
    form : "z_score"
    mean, sd : number
    divisor : "population" or "sample"
        The variance is a sum of squares over n, or over n - 1.
    """

    called: ClassVar[Text] = say("z-score")
    form: Literal["z_score"] = "z_score"
    mean: Number = 0.0
    sd: Number = 1.0
    divisor: Literal["population", "sample"] = "population"

    @model_validator(mode="after")
    def _spreads(self) -> "ZScore":
        if not (self.sd.low if isinstance(self.sd, Between) else self.sd) > 0:
            raise ValueError(say("needs sd > 0"))
        return self

    @property
    def signed(self) -> bool:
        """Return whether the mean is not above zero, so that some value is below it."""
        return _largest(self.mean) <= 0

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return mean + sd (x - average) / standard deviation."""
        x, _ = directed(columns, indicators)
        refuse_constant(*bounds(x, columns.base), columns)
        count = _counts(x, columns.base)
        total, known = count.sum(axis=0), np.nan_to_num(x)
        deviation = x - (count * known).sum(axis=0) / total
        squares = (count * np.nan_to_num(deviation) ** 2).sum(axis=0)
        assert isinstance(self.mean, float)
        assert isinstance(self.sd, float)
        spread = np.sqrt(squares / (total - (self.divisor == "sample")))
        return np.asarray(self.mean + self.sd * deviation / spread)


@role("rank")
class Rank(Normalisation):
    """Place among the rows: the worst has the smallest, and distances do not count.

    A row outside the base year has the place that it would have among those of that year.

    Parameters
    ----------
    form : "rank"
    ties : "average", "lowest" or "highest"
        Place of rows with the same value.
    points : "rank" or "borda"
        1 to n, or how many are worse: 0 to n - 1.
    """

    called: ClassVar[Text] = say("rank")
    form: Literal["rank"] = "rank"
    ties: Ties = "average"
    points: Literal["rank", "borda"] = "rank"

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return places from the worst."""
        places, _ = _places(columns, indicators, self.ties)
        return places - (self.points == "borda")


@role("percentile_rank")
class PercentileRank(Normalisation):
    """Place among the rows between 0 and 1: (rank - 1) / (n - 1).

    A row outside the base year that is worse than all of that year lies a little below 0 where ties are averaged.

    Parameters
    ----------
    form : "percentile_rank"
    ties : "average", "lowest" or "highest"
        Place of rows with the same value.
    """

    called: ClassVar[Text] = say("percentile rank")
    form: Literal["percentile_rank"] = "percentile_rank"
    ties: Ties = "average"

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return (rank - 1) / (n - 1)."""
        places, total = _places(columns, indicators, self.ties)
        return np.asarray((places - 1) / (total - 1))


@role("vector_norm")
class VectorNorm(Normalisation):
    """Over the length of the column, as usual before TOPSIS.

    Parameters
    ----------
    form : "vector_norm"
    """

    called: ClassVar[Text] = say("vector norm")
    form: Literal["vector_norm"] = "vector_norm"

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return x / sqrt(SUM x^2); for a cost one minus that."""
        x, base = _sized(columns, indicators), columns.base
        share = x / np.sqrt((_counts(x, base) * np.nan_to_num(x) ** 2).sum(axis=0))
        return np.asarray(np.where(columns.sign > 0, share, 1 - share))


@role("share_of_sum")
class ShareOfSum(Normalisation):
    """Over the sum of the column; values are not negative.

    Parameters
    ----------
    form : "share_of_sum"
    cost : "complement" or "reciprocal"
        Of a cost: one minus its share, or the share of 1 / x, which needs positive values.
    """

    called: ClassVar[Text] = say("share of the sum")
    form: Literal["share_of_sum"] = "share_of_sum"
    cost: Literal["complement", "reciprocal"] = "complement"

    def takes(self, columns: Columns, indicators: Sequence[Indicator]) -> Bools:
        """Return which values are not negative; positive where a reciprocal is taken."""
        return _ratio_takes(columns, indicators, inverse=self.cost == "reciprocal")

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return x / SUM x; for a cost one minus that, or (1 / x) / SUM (1 / x)."""
        x, less = _sized(columns, indicators), columns.sign < 0
        if self.cost == "reciprocal":
            x[:, less] = 1 / x[:, less]
        share = x / (_counts(x, columns.base) * np.nan_to_num(x)).sum(axis=0)
        return np.asarray(np.where(less & (self.cost == "complement"), 1 - share, share))


@role("of_maximum")
class OfMaximum(Normalisation):
    """Over the largest value of the column; values are not negative.

    Parameters
    ----------
    form : "of_maximum"
    cost : "complement" or "reciprocal"
        Of a cost: 1 - x / max, or min / x, which needs positive values.
    """

    called: ClassVar[Text] = say("share of the maximum")
    form: Literal["of_maximum"] = "of_maximum"
    cost: Literal["complement", "reciprocal"] = "complement"

    def takes(self, columns: Columns, indicators: Sequence[Indicator]) -> Bools:
        """Return which values are not negative; positive where a reciprocal is taken."""
        return _ratio_takes(columns, indicators, inverse=self.cost == "reciprocal")

    def normalised(self, columns: Columns, indicators: Sequence[Indicator]) -> Floats:
        """Return x / max; for a cost 1 - x / max, or min / x."""
        x, less = _sized(columns, indicators), columns.sign < 0
        least, most = bounds(x, columns.base)
        if self.cost == "complement":
            return np.where(less, 1 - x / most, x / most)
        return np.asarray(np.where(less, least, x) / np.where(less, x, most))


def directed(columns: Columns, indicators: Sequence[Indicator]) -> tuple[Floats, Floats]:
    """Return (n, m) values that are better when larger, and the best there can be, (m,); NaN where it is not known.

    A cost is -x; an interval or target is minus the distance to it, which is zero at best.
    """
    x, best = columns.values * columns.sign, np.full(len(indicators), np.nan)
    for j, indicator in enumerate(indicators):
        if indicator.direction in {"interval", "target"}:
            low, high = indicator.best if isinstance(indicator.best, tuple) else (indicator.best, indicator.best)
            values = columns.values[:, j]
            distance = np.abs(values - np.clip(values, low, high))
            x[:, j], best[j] = np.where(distance <= SAME * np.abs(values), 0.0, -distance), 0.0
    return x, best


def bounds(x: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Return the least and the largest (m,) value of the rows that count; NaN where a column has none."""
    there = (base > 0)[:, None] & np.isfinite(x)
    least, most = (
        np.where(there, x, end).min(axis=0) if end > 0 else np.where(there, x, end).max(axis=0)
        for end in (np.inf, -np.inf)
    )
    none = ~there.any(axis=0)
    return np.where(none, np.nan, least), np.where(none, np.nan, most)


def differ(least: Floats, most: Floats) -> Bools:
    """Return which columns of (m,) least and largest values are not constant but for rounding; False without values."""
    return np.asarray(most - least > SAME * np.maximum(np.abs(least), np.abs(most)))


def refuse_constant(least: Floats, most: Floats, columns: Columns) -> None:
    """Raise XZ-261 naming the columns whose values are all the same but for rounding, or that have none."""
    odd = [
        say("{column}: no value", column=named(columns.names[j])) if np.isnan(least[j]) else named(columns.names[j])
        for j in np.flatnonzero(~differ(least, most))
    ]
    if odd:
        raise DataError("XZ-261", listed(odd), where=columns.group)


def _in_order(low: Number, high: Number) -> None:
    if isinstance(low, float) and isinstance(high, float) and not low < high:
        raise ValueError(say("needs low < high"))


def _largest(number: Number) -> float:
    return number.high if isinstance(number, Between) else number


def _between(x: Floats, worst: Floats, best: Floats, ends: tuple[Number, Number]) -> Floats:
    """Return x with (m,) ``worst``, up to rounding, brought to the first and ``best`` to the second end."""
    low, high = ends
    assert isinstance(low, float)
    assert isinstance(high, float)
    above = x - worst
    above[np.abs(above) <= SAME * np.abs(worst)] = 0.0
    return low + (high - low) * above / (best - worst)


def _posts(indicator: Indicator, posts: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """Return the posts of an indicator, or NaN."""
    own = (
        indicator.best if isinstance(indicator.best, tuple) and indicator.direction != "interval" else (np.nan, np.nan)
    )
    return posts.get(indicator.name, own)


def _target(indicator: Indicator, targets: dict[str, float]) -> float:
    """Return the target of a benefit or cost, or NaN."""
    return targets.get(indicator.name, np.nan if isinstance(indicator.best, tuple | None) else indicator.best)


def _at(columns: Columns, values: Floats) -> Columns:
    """Return columns of the same indicators with other (k, m) values, each counting once."""
    k = values.shape[0]
    none = np.zeros(k, dtype=np.int64)
    return Columns(values, values, np.ones(k), none, columns.names, columns.sign, columns.given, columns.group)


def _counts(x: Floats, base: Floats) -> Floats:
    """Return how often each (n, m) value counts."""
    return np.where(np.isfinite(x), base[:, None], 0.0)


def _sized(columns: Columns, indicators: Sequence[Indicator]) -> Floats:
    """Return (n, m) values of which ratios are taken: x, or the distance to an interval or target; XZ-261."""
    x = directed(columns, indicators)[0]
    refuse_constant(*bounds(x, columns.base), columns)
    return x * columns.sign


def _ratio_takes(columns: Columns, indicators: Sequence[Indicator], *, inverse: bool) -> Bools:
    """Return which (n, m) values are not negative, and costs above zero where their inverse is taken."""
    x = directed(columns, indicators)[0] * columns.sign
    return np.asarray(np.where((columns.sign < 0) & inverse, x > 0, x >= 0))


def _places(columns: Columns, indicators: Sequence[Indicator], ties: Ties) -> tuple[Floats, Floats]:
    """Return (n, m) places from the worst, 1 to n, and the number of rows that count, (m,)."""
    x, _ = directed(columns, indicators)
    refuse_constant(*bounds(x, columns.base), columns)
    order = np.argsort(x, axis=0)
    ordered = np.take_along_axis(x, order, axis=0)
    counts = np.take_along_axis(_counts(x, columns.base), order, axis=0)
    until = np.vstack([np.zeros(x.shape[1]), np.cumsum(counts, axis=0)])
    end = np.ones((1, x.shape[1]), dtype=bool)
    differs, rows = ordered[1:] != ordered[:-1], np.arange(len(x))[:, None]
    first_of = np.maximum.accumulate(np.where(np.vstack([end, differs]), rows, 0))
    last_of = np.minimum.accumulate(np.where(np.vstack([differs, end]), rows, len(x))[::-1])[::-1]
    worse, no_better = np.empty((2, *x.shape))
    np.put_along_axis(worse, order, np.take_along_axis(until, first_of, axis=0), axis=0)
    np.put_along_axis(no_better, order, np.take_along_axis(until, last_of + 1, axis=0), axis=0)
    place = {"average": (worse + no_better + 1) / 2, "lowest": worse + 1, "highest": no_better}[ties]
    return np.where(np.isfinite(x), place, np.nan), until[-1]
