"""Intervals of statistics of a year by drawing its units again, or by leaving each one out.

bootstrap   percentiles over draws with replacement, within groups, less 2 bias;  bias = mean of draws - estimate
jackknife   estimate - bias +- t SE,                  bias = SUM_g (n_g - 1) (mean_g - estimate)
            SE^2 = SUM_g (n_g - 1)/n_g SUM_{i in g} (without_i - mean_g)^2
            without_i: the weights of the others of group g times n_g / (n_g - 1), so that the group keeps its size
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.language import say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats, Ints

Statistic = Callable[[Floats], Floats]
"""(b, n) weights of units -> (b, k) statistics; picklable, so that any executor can run it."""
CELLS = 2**17
"""Draws times units of one task: what stays in the cache of a processor."""
FEWEST = {"bootstrap": 2, "jackknife": 3}
"""Units of a group without which there is no interval: one unit never varies, nor does what is left of two."""


@role("resampled")
class Resampled(Value):
    """Intervals by resampling the units of each year, within their groups where there are groups.

    Measures of inequality of few units are too low on average, and draws with replacement are lower again: both ways
    take out the bias that they show, so that an interval need not have its estimate in the middle, or inside it.
    Bounds are not cut at zero. The jackknife is the stratified one: the others of a group of n units count n / (n - 1)
    times where one is left out. There is no interval where the year, or one of its groups, has one unit, or, by the
    jackknife, two.

    Parameters
    ----------
    draws : int
        Draws of the bootstrap; the jackknife has one for each unit.
    by : "bootstrap" or "jackknife"
        Percentiles over draws with replacement, or Student's t times the error of the jackknife, without their bias.
    level : float
        Coverage that the intervals aim at.
    """

    draws: int = Setting(default=999, ge=19)
    by: Literal["bootstrap", "jackknife"] = "bootstrap"
    level: float = Setting(default=0.95, gt=0.5, lt=1)


def bounds(
    statistic: Statistic, weights: Floats, strata: Ints, *, resampled: Resampled, run: Run, key: int
) -> tuple[Floats, Floats]:
    """Return the lower and upper bounds, (k,) each, of the statistics of a year; NaN where a stratum has too few units.

    Parameters
    ----------
    statistic : callable
        Of (b, n) weights.
    weights : (n,)
        Weights of the units; a draw multiplies them by how often a unit is drawn.
    strata : (n,)
        The group of each unit.
    resampled : Resampled
    run : Run
    key : int
        Place of the year: names its stream of random numbers.
    """
    if np.unique(strata, return_counts=True)[1].min() < FEWEST[resampled.by]:
        nothing = np.full(statistic(weights[None]).shape[1], np.nan)
        return nothing, nothing
    tail = (1.0 - resampled.level) / 2.0
    if resampled.by == "jackknife":
        return jackknife(statistic, weights, strata, tail=tail)
    size = max(1, CELLS // weights.size)
    counts = [min(size, resampled.draws - start) for start in range(0, resampled.draws, size)]
    tasks = [(statistic, weights, strata, count, run.generator(key, place)) for place, count in enumerate(counts)]
    found = np.concatenate(run.map(drawn, tasks, label=say("bootstrap")))
    low, high = np.quantile(found, [tail, 1.0 - tail], axis=0)
    bias = found.mean(axis=0) - statistic(weights[None])[0]
    return low - 2.0 * bias, high - 2.0 * bias


def drawn(statistic: Statistic, weights: Floats, strata: Ints, count: int, generator: np.random.Generator) -> Floats:
    """Return the statistics, (count, k), of draws with replacement within strata."""
    members = [np.flatnonzero(strata == name) for name in np.unique(strata)]
    picks = np.concatenate([m[generator.integers(0, m.size, (count, m.size))] for m in members], axis=1)
    picks += weights.size * np.arange(count)[:, None]
    times = np.bincount(picks.ravel(), minlength=count * weights.size).reshape(count, weights.size)
    return statistic(times * weights)


def jackknife(statistic: Statistic, weights: Floats, strata: Ints, *, tail: float) -> tuple[Floats, Floats]:
    """Return bounds by leaving out each unit, the others of its stratum standing in for it."""
    from scipy.special import stdtrit

    estimate = statistic(weights[None])[0]
    variance, bias, freedom = np.zeros_like(estimate), np.zeros_like(estimate), 0
    size = max(1, CELLS // weights.size)
    for name in np.unique(strata):
        members = np.flatnonzero(strata == name)
        others = np.where(strata == name, weights * members.size / (members.size - 1), weights)
        blocks = []
        for start in range(0, members.size, size):
            gone = members[start : start + size]
            without = np.tile(others, (gone.size, 1))
            without[np.arange(gone.size), gone] = 0.0
            blocks.append(statistic(without))
        found = np.concatenate(blocks)
        bias += (members.size - 1) * (found.mean(axis=0) - estimate)
        variance += (1.0 - 1.0 / members.size) * ((found - found.mean(axis=0)) ** 2).sum(axis=0)
        freedom += members.size - 1
    reach = stdtrit(freedom, 1.0 - tail) * np.sqrt(variance)
    return estimate - bias - reach, estimate - bias + reach
