"""Checks of an event study: what the static two-way estimate is made of, and dates dealt to units at random.

Static two-way estimate = SUM weights x differences in differences of two groups and two spans of years
(Goodman-Bacon 2021), with n shares of units, D mean of treatment over years, V variance of treatment less effects:
  treated k, never treated u   (n_k + n_u)^2 n_ku (1 - n_ku) D_k (1 - D_k) / V,              n_ku = n_k / (n_k + n_u)
  earlier k, later l           ((n_k + n_l)(1 - D_l))^2 n_kl (1 - n_kl) a (1 - a) / V,       a = (D_k - D_l) / (1 - D_l)
  later l, earlier k           ((n_k + n_l) D_k)^2 n_kl (1 - n_kl) b (1 - b) / V,            b = D_l / D_k
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.regressions.events.design import Rule, designed
from xinzhi.regions.regressions.events.estimators import outcome_weights, sample_of

Pair = Literal["never", "not_yet", "already"]
CHUNK = 25
"""Draws of one task."""
ROUNDING = 1e-12
"""Variance of treatment less effects that is rounding."""
STREAM = 1
"""Key of the random numbers of permutations."""
EVEN = 1e-9
"""Arrangements with equal estimates are equal up to this part of the largest."""


@dataclass(frozen=True)
class Bacon:
    """Pairs of groups behind the static two-way estimate.

    ``kind``: of the comparison group: never treated, not yet treated, or already treated; ``treated``, ``against``:
    first years, zero for units never treated; ``weight``, ``estimate``: of each pair; ``coefficient``: the static
    estimate; ``units``: units in the balanced panel; all (m,) but the last two.
    """

    kind: tuple[Pair, ...]
    treated: Ints
    against: Ints
    weight: Floats
    estimate: Floats
    coefficient: float
    units: int

    @property
    def gap(self) -> float:
        """Return the difference between the estimate and the sum of its parts, relative to the largest part."""
        parts = self.weight * self.estimate
        return float(abs(parts.sum() - self.coefficient) / max(np.abs(parts).max(initial=0.0), np.finfo(float).tiny))

    def share(self, kind: Pair) -> float:
        """Return the weight of the comparisons of a kind."""
        return float(self.weight[[one == kind for one in self.kind]].sum())


def goodman_bacon(y: Floats, first: Floats, years: Ints) -> Bacon | None:
    """Return the decomposition of the static two-way estimate; None where treatment does not vary.

    Parameters
    ----------
    y : (n, t)
        Outcomes of units in all years.
    first : (n,)
        First years of treatment, infinite where a unit is never treated.
    years : (t,)
    """
    treatment = (years >= first[:, None]).astype(np.float64)
    left = treatment - treatment.mean(axis=1, keepdims=True) - treatment.mean(axis=0) + treatment.mean()
    variance = float((left**2).mean())
    groups, place = np.unique(first, return_inverse=True)
    if variance < ROUNDING:
        return None
    path = np.array([y[place == k].mean(axis=0) for k in range(groups.size)])
    share = np.bincount(place) / first.size
    days = np.array([(years >= one).mean() for one in groups])
    found: list[tuple[Pair, float, float, float, float]] = []

    def difference(k: int, j: int, after: Bools, before: Bools) -> float:
        gaps = path[k] - path[j]
        return float(gaps[after].mean() - gaps[before].mean())

    for k in range(groups.size):
        for j in range(k + 1, groups.size):  # k is treated earlier than j
            both, part = share[k] + share[j], share[k] / (share[k] + share[j])
            even, start, end = part * (1 - part) / variance, years < groups[k], years >= groups[j]
            if np.isinf(groups[j]):
                weight = both**2 * even * days[k] * (1 - days[k])
                found.append(("never", groups[k], 0.0, weight, difference(k, j, ~start, start)))
                continue
            middle = ~start & ~end
            a, b = (days[k] - days[j]) / (1 - days[j]), days[j] / days[k]
            early, late = (both * (1 - days[j])) ** 2 * even * a * (1 - a), (both * days[k]) ** 2 * even * b * (1 - b)
            found.append(("not_yet", groups[k], groups[j], early, difference(k, j, middle, start)))
            found.append(("already", groups[j], groups[k], late, difference(j, k, end, middle)))
    kind, treated, against, weights, estimates = zip(*found, strict=True)
    return Bacon(
        kind,
        np.array(treated, dtype=np.int64),
        np.array(against, dtype=np.int64),
        np.array(weights),
        np.array(estimates),
        float((left * y).mean() / variance),
        first.size,
    )


@dataclass(frozen=True)
class Placebo:
    """Average effects of dates dealt at random: ``draws``: (d,); ``p``: two-sided; ``lost``: draws not identified."""

    draws: Floats
    p: float
    lost: int


@dataclass(frozen=True)
class Dealt:
    """Rows of the units among which dates are dealt.

    ``unit`` (codes from zero), ``year``, ``there``, ``y``: (m,); ``x``: (m, k); sorted by unit and year.
    """

    unit: Ints
    year: Ints
    there: Bools
    y: Floats
    x: Floats

    @property
    def outcome(self) -> Floats:
        """Return the outcomes, zero where one is missing and so has no weight."""
        return np.where(self.there, self.y, 0.0)

    @property
    def even(self) -> bool:
        """Return whether all units have all years and nothing is missing."""
        units = int(self.unit.max()) + 1
        years = self.year[self.unit == 0]
        same = self.unit.size == units * years.size and (self.year.reshape(units, -1) == years).all()
        return bool(same and self.there.all())


def permuted(rows: Dealt, first: Floats, *, rule: Rule, draws: int, run: Run) -> Placebo:
    """Return the distribution of the average effect over dates of treatment dealt to the units at random.

    Parameters
    ----------
    rows : Dealt
    first : (u,)
        First years of the units.
    rule : Rule
    draws : int
    run : Run
    """
    weights = average_weights(rows, first, rule)
    estimate = np.nan if weights is None else abs(float(rows.outcome @ weights))
    if not rows.even or rows.x.shape[1]:
        weights = None
    counts = [min(CHUNK, draws - start) for start in range(0, draws, CHUNK)]
    tasks = [(rows, first, rule, weights, n, run.generator(STREAM, k)) for k, n in enumerate(counts)]
    found = np.concatenate(run.map(dealt, tasks, label="placebo"))
    kept = found[np.isfinite(found)]
    away = estimate - EVEN * max(estimate, np.abs(kept).max(initial=0.0))
    p = (1.0 + (np.abs(kept) >= away).sum()) / (kept.size + 1.0)
    return Placebo(kept, float(p) if np.isfinite(estimate) else float("nan"), found.size - kept.size)


def average_weights(rows: Dealt, first: Floats, rule: Rule) -> Floats | None:
    """Return the weights of the outcomes, (m,), in the average effect after treatment; None where it is not identified.

    Rows that are not used have weight zero.
    """
    dates = first[rows.unit]
    design = designed(rows.unit, rows.year, dates, rows.there, rule=rule)
    if not design.after.any():
        return None
    codes = (rows.unit, rows.year, rows.unit)
    sample = sample_of(design, rows.y, rows.x, codes, rows.year >= dates)
    found = outcome_weights(sample, rule.estimator, design.averages()[1][-1])
    if found is None:
        return None
    weights = np.zeros(rows.y.size)
    weights[design.used] = found
    return weights


def dealt(
    rows: Dealt, first: Floats, rule: Rule, weights: Floats | None, count: int, draw: np.random.Generator
) -> Floats:
    """Return the average effects of dates in random order, (count,).

    Where all units have all years the weights of a unit's outcomes go with its date, and need not be found again.
    """
    found = np.full(count, np.nan)
    for k in range(count):
        order = draw.permutation(first.size)
        if weights is None:
            drawn = average_weights(rows, first[order], rule)
        else:
            drawn = weights.reshape(first.size, -1)[order].ravel()
        if drawn is not None:
            found[k] = rows.outcome @ drawn
    return found
