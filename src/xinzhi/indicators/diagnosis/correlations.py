"""How indicators hang together: correlations, reliability, principal components, correlation ratios.

alpha     k / (k - 1) (1 - SUM var x_j / var SUM x_j)   Cronbach; standardised: k r / (1 + (k - 1) r)
KMO       SUM r_jl^2 / (SUM r_jl^2 + SUM p_jl^2),  p partial correlations   j != l
Bartlett  -(n - 1 - (2 k + 5) / 6) ln det R  ~ chi^2(k (k - 1) / 2)
S_j       var E(y | x_j) / var y                                            correlation ratio, first-order effect

E(y | x) is a natural cubic spline in x with knots at quantiles; 0 to 4 inner knots (0: a straight line, so that S is
r^2) are chosen by the sum of squared errors with each row left out.
"""

from dataclasses import dataclass

import numpy as np

from xinzhi.indicators.weights.components import adequacy, components
from xinzhi.numerics.correlations import pairwise
from xinzhi.panel.panel import Bools, Floats, Ints

MOST_INNER = 4
"""Inner knots: 6 parameters, as bent as a relation of scores can be told from noise in a few hundred rows."""
ROWS_A_PARAMETER = 5
"""Rows that each parameter of the spline needs."""
SINGULAR = 1e-10
"""Denominators below it are rounding: sums of a few dozen numbers of about one."""

FEWEST_UNITS, FEWEST_STEPS = 5, 4
NORMAL = 1.4826
"""Standard deviation of normal numbers over their median absolute deviation."""
FAR, NEARLY_ALL, LEAST = 5.0, 0.9, 0.01
"""Spreads that a jump needs; share of units that move its way; its least size relative to the largest value."""
SAME_GROWTH = 0.99
"""Share of the variance of growth that years explain where national values were shared out among units."""


def complete(values: Floats) -> Floats:
    """Return the rows of (n, m) numbers without a missing one."""
    return values[np.isfinite(values).all(axis=1)]


def rank_correlation(x: Floats, y: Floats) -> float:
    """Return Spearman's correlation of (n,) numbers over the rows that both have, ties at their mean rank."""
    from scipy.stats import rankdata

    both = complete(np.column_stack([x, y]))
    return float(pairwise(rankdata(both, axis=0))[0, 1]) if len(both) else np.nan


@dataclass(frozen=True)
class Coherence:
    """How the k parts of a dimension hang together, over n complete rows; NaN where not identified.

    ``alpha``, ``standardised``: Cronbach's alpha; ``mean_correlation`` of pairs; ``eigenvalues``: (k,) of the
    correlation matrix, the largest first; ``kmo``; ``bartlett``, ``freedom``, ``p``: test that nothing is correlated.
    """

    rows: int
    eigenvalues: Floats
    alpha: float = np.nan
    standardised: float = np.nan
    mean_correlation: float = np.nan
    kmo: float = np.nan
    bartlett: float = np.nan
    freedom: int = 0
    p: float = np.nan


def coherence(values: Floats) -> Coherence:
    """Return the coherence of (n, k) columns that are better when larger."""
    x = complete(values)
    n, k = x.shape
    if n < 3 or k < 2 or (np.ptp(x, axis=0) == 0).any():
        return Coherence(n, np.full(k, np.nan))
    r = pairwise(x)
    mean = float((r.sum() - k) / (k * (k - 1)))
    whole = float(x.sum(axis=1).var())
    facts = adequacy(r, n)
    test = facts["bartlett"] or {"chi2": np.nan, "p": np.nan}
    return Coherence(
        rows=n,
        eigenvalues=components(r)[0],
        alpha=k / (k - 1) * (1 - float(x.var(axis=0).sum()) / whole) if whole > 0 else np.nan,
        standardised=k * mean / (1 + (k - 1) * mean) if 1 + (k - 1) * mean > SINGULAR else np.nan,
        mean_correlation=mean,
        kmo=np.nan if facts["kmo"] is None else facts["kmo"],
        bartlett=test["chi2"],
        freedom=k * (k - 1) // 2,
        p=test["p"],
    )


def correlation_ratio(x: Floats, y: Floats) -> float:
    """Return var E(y | x) / var y of (n,) numbers over the rows that both have; NaN where either does not vary."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    at = (x - x.min()) / np.ptp(x)
    deviation = y - y.mean()
    best, share = np.inf, 0.0
    for inner in range(MOST_INNER + 1):
        knots = np.unique(np.quantile(at, np.linspace(0, 1, inner + 2)))
        if x.size < ROWS_A_PARAMETER * knots.size and inner:
            break
        q = np.linalg.qr(natural_spline(at, knots))[0]
        error = deviation - q @ (q.T @ deviation)
        slack = 1.0 - (q**2).sum(axis=1)
        if (slack < SINGULAR).any() and inner:
            continue  # a row that the curve passes through by itself says nothing of how it predicts
        left_out = float(((error / np.maximum(slack, SINGULAR)) ** 2).sum())
        if left_out < best:
            best, share = left_out, 1.0 - float(error @ error) / float(deviation @ deviation)
    return float(np.clip(share, 0.0, 1.0))


def natural_spline(x: Floats, knots: Floats) -> Floats:
    """Return the basis of natural cubic splines, (n, k): constant, line, and one column for each knot but two."""
    columns = [np.ones(x.size), x]
    if knots.size > 2:

        def bend(knot: float) -> Floats:
            cubes = np.maximum(x - knot, 0) ** 3 - np.maximum(x - knots[-1], 0) ** 3
            return np.asarray(cubes / (knots[-1] - knot))

        last = bend(knots[-2])
        columns += [bend(knot) - last for knot in knots[:-2]]
    return np.column_stack(columns)


def with_the_rest(values: Floats, groups: Ints) -> Floats:
    """Return the correlation of each of (n, m) columns with the mean of the others of its (m,) group; NaN if alone."""
    found = np.full(values.shape[1], np.nan)
    for j, group in enumerate(groups):
        others = (groups == group) & (np.arange(groups.size) != j)
        if others.any():
            spread = np.nanstd(values[:, others], axis=0)
            there = others.copy()
            there[others] = spread > 0
            if there.any():
                scaled = values[:, there] / np.nanstd(values[:, there], axis=0)
                rest = scaled.mean(axis=1)  # missing where one of the others is
                found[j] = pairwise(values[:, [j]], rest[:, None])[0, 0]
    return found


def common_jumps(values: Floats, code: Ints, when: Ints) -> list[tuple[int, int]]:
    """Return (column, year) where nearly all units jump the same way, far beyond what they and other years do.

    A jump: the median change of the year differs from that of the usual year by more than five times the spread of
    the changes of units about the median of their year, and of the medians of years; nine of ten units move its way.
    """
    step = np.flatnonzero((np.diff(code) == 0) & (np.diff(when) == 1)) + 1
    change, year = values[step] - values[step - 1], when[step]
    found = []
    for j in range(values.shape[1]):
        there = np.isfinite(change[:, j])
        moves, years = change[there, j], year[there]
        known = [t for t in np.unique(years) if (years == t).sum() >= FEWEST_UNITS]
        if len(known) < FEWEST_STEPS:
            continue
        medians = np.array([np.median(moves[years == t]) for t in known])
        own = np.concatenate([moves[years == t] - mid for t, mid in zip(known, medians, strict=True)])
        usual = float(np.median(medians))
        noise = NORMAL * max(float(np.median(np.abs(own))), float(np.median(np.abs(medians - usual))))
        size = float(np.nanmax(np.abs(values[:, j])))
        for t, mid in zip(known, medians, strict=True):
            gap = mid - usual
            same = np.mean(np.sign(moves[years == t] - usual) == np.sign(gap))
            if abs(gap) > max(FAR * noise, LEAST * size) and same >= NEARLY_ALL:
                found.append((j, int(t)))
    return found


def same_growth(values: Floats, code: Ints, when: Ints) -> Bools:
    """Return which of (n, m) columns grow at nearly the same rate in all units of a year, (m,)."""
    step = np.flatnonzero((np.diff(code) == 0) & (np.diff(when) == 1)) + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.where(values > 0, values, np.nan))
    change, year = logs[step] - logs[step - 1], when[step]
    found = np.zeros(values.shape[1], dtype=bool)
    for j in range(values.shape[1]):
        there = np.isfinite(change[:, j])
        if there.sum() and np.unique(code[step][there]).size >= FEWEST_UNITS and np.unique(year[there]).size >= 3:
            moves, place = change[there, j], np.unique(year[there], return_inverse=True)[1]
            mean = np.bincount(place, moves) / np.bincount(place)
            total = float(((moves - moves.mean()) ** 2).sum())
            left = float(((moves - mean[place]) ** 2).sum())
            found[j] = total > 1e-12 * float((moves**2).sum()) and left < (1 - SAME_GROWTH) * total
    return found
