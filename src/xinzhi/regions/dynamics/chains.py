"""Markov chains from counts of transitions; arrays in, arrays out.

p_ij = n_ij / n_i        se_ij = sqrt(p_ij (1 - p_ij) / n_i)
pi   = pi P              var pi_j = sum_i pi_i^2 / n_i (sum_k p_ik z_kj^2 - (sum_k p_ik z_kj)^2),  Z = (I - P + 1 pi)^-1
m_ij = 1 + sum_{k != j} p_ik m_kj                                                         (mean first passage)
LR   = 2 sum_l sum_ij n_ij(l) ln(p_ij(l) / p_ij),   Q = sum_l sum_ij n_i(l) (p_ij(l) - p_ij)^2 / p_ij   ~ chi^2
       with sum_i (a_i - 1)(b_i - 1) degrees of freedom: a_i matrices with transitions from i, b_i targets with p_ij > 0
"""

from dataclasses import dataclass
from math import gcd

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import chi2

from xinzhi.language import Text, enumerated, say
from xinzhi.panel.panel import Bools, Floats, Ints

FEW = 5.0
"""Expected counts below which chi-squared is a poor guide, and transitions below which a row is thin (Cochran 1954)."""


@dataclass(frozen=True)
class Chain:
    """A chain of k classes.

    ``counts``, ``probabilities``, ``errors``: (k, k); a class that is never left has missing probabilities.
    ``steady``, ``steady_errors``: (k,), missing where no steady state is identified; ``passage``: (k, k) mean steps
    from row to column, on the diagonal of the return, missing where the column is not reached for sure; ``period``:
    of the classes that recur; ``reason``: why there is no steady state, or what is odd about it, empty if nothing.
    """

    counts: Floats
    probabilities: Floats
    errors: Floats
    steady: Floats
    steady_errors: Floats
    passage: Floats
    period: int
    reason: Text | str

    @property
    def departures(self) -> Floats:
        """Return the transitions that start in each class, (k,)."""
        return np.asarray(self.counts.sum(axis=1))


@dataclass(frozen=True)
class Homogeneity:
    """Test that matrices of transitions are equal: likelihood ratio, Pearson's Q, degrees of freedom, p-values.

    ``thin``: share of the cells of the test with an expected count below five.
    """

    lr: float
    q: float
    freedom: int
    lr_p: float
    q_p: float
    thin: float


@dataclass(frozen=True)
class Mobility:
    """How much a chain moves: 0 for none.

    ``shorrocks``: (k - tr P) / (k - 1); ``determinant``: 1 - |det P|; ``eigenvalue``: 1 - |second eigenvalue|;
    ``leaving``: k / (k - 1) times the share that leaves its class in the steady state; ``bartholomew``: classes
    crossed per step in the steady state over k - 1; ``half_life``: steps that halve the distance to the steady state.
    """

    shorrocks: float
    determinant: float
    eigenvalue: float
    leaving: float
    bartholomew: float
    half_life: float


def transition_counts(start: Ints, end: Ints, given: Ints, shape: tuple[int, int]) -> Floats:
    """Return (m, k, k) counts of (s,) transitions between classes 0 to k - 1 by (s,) condition 0 to m - 1."""
    m, k = shape
    return np.bincount((given * k + start) * k + end, minlength=m * k * k).reshape(m, k, k).astype(np.float64)


def chain(counts: Floats) -> Chain:
    """Return the chain of (k, k) counts."""
    n = counts.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = counts / n
        errors = np.sqrt(p * (1.0 - p) / n)
    k = counts.shape[0]
    recurrent, reason = closed_class(counts)
    steady, spread, passage = np.full(k, np.nan), np.full(k, np.nan), np.full((k, k), np.nan)
    period = 1
    if recurrent.any():
        there, closed = n[:, 0] > 0, np.ix_(recurrent, recurrent)
        inner = np.ix_(there, there)
        steady[~recurrent] = spread[~recurrent] = 0.0  # classes that are left for good, or never entered
        steady[recurrent], spread[recurrent] = stationary(p[closed], n[recurrent, 0])
        passage[inner] = passage_times(p[inner], steady[there], recurrent[there])
        period = cycle(counts, recurrent)
    if not reason and period > 1:
        reason = say("the chain cycles with period {period}: shares do not settle", period=period)
    return Chain(counts, p, errors, steady, spread, passage, period, reason)


def closed_class(counts: Floats) -> tuple[Bools, Text | str]:
    """Return the (k,) classes that recur, none unless they are one set that is reached from all, and what is odd."""
    moves = counts > 0
    _, group = connected_components(csr_array(moves.astype(np.int8)), directed=True, connection="strong")
    left = counts.sum(axis=1) > 0
    entered = (moves & ~np.eye(counts.shape[0], dtype=bool)).any(axis=0)
    stuck = entered & ~left
    if stuck.any():
        names = enumerated([str(j + 1) for j in np.flatnonzero(stuck)])
        return np.zeros(left.size, dtype=bool), say("no transition from class {names}", names=names)
    closed = [g for g in np.unique(group[left]) if not moves[np.ix_(group == g, group != g)].any()]
    if len(closed) != 1:
        found = say("{count} sets of classes that are never left", count=len(closed))
        return np.zeros(left.size, dtype=bool), found if closed else say("no transition")
    recurrent = group == closed[0]
    if recurrent.sum() == left.sum():
        return recurrent, ""
    names = enumerated([str(j + 1) for j in np.flatnonzero(recurrent)])
    return recurrent, say("absorbing: all units end in class {names}", names=names)


def stationary(p: Floats, departures: Floats) -> tuple[Floats, Floats]:
    """Return the steady state and its standard errors, (k,) each, of a (k, k) chain whose classes all recur."""
    k = p.shape[0]
    system = np.vstack([(np.eye(k) - p).T, np.ones(k)])
    steady = np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0]
    steady = np.maximum(steady, 0.0) / np.maximum(steady, 0.0).sum()
    fundamental = np.linalg.inv(np.eye(k) - p + steady)
    rows = p @ fundamental**2 - (p @ fundamental) ** 2
    return steady, np.sqrt(np.maximum((steady**2 / departures) @ rows, 0.0))


def passage_times(p: Floats, steady: Floats, recurrent: Bools) -> Floats:
    """Return (k, k) mean steps of first passage to the classes that recur, and of return to them; NaN to others."""
    k = p.shape[0]
    times = np.full((k, k), np.nan)
    for j in np.flatnonzero(recurrent):
        others = np.arange(k) != j
        times[others, j] = np.linalg.solve(np.eye(k - 1) - p[np.ix_(others, others)], np.ones(k - 1))
        times[j, j] = 1.0 / steady[j]
    return times


def cycle(counts: Floats, recurrent: Bools) -> int:
    """Return the period of the classes that recur: the common divisor of the lengths of their cycles."""
    level, waiting, found = {int(np.argmax(recurrent)): 0}, [int(np.argmax(recurrent))], 0
    while waiting:
        i = waiting.pop()
        for j in np.flatnonzero(counts[i]).tolist():
            if j in level:
                found = gcd(found, level[i] + 1 - level[j])
            else:
                level[j] = level[i] + 1
                waiting.append(j)
    return abs(found)


def mobility(of: Chain) -> Mobility:
    """Return the measures of mobility; missing where a class is never left, or there is no steady state."""
    p, pi, k = of.probabilities, of.steady, of.counts.shape[0]
    if np.isnan(p).any():
        return Mobility(*[np.nan] * 6)
    second = float(np.sort(np.abs(np.linalg.eigvals(p)))[-2])
    crossed = np.abs(np.arange(k)[:, None] - np.arange(k))
    with np.errstate(divide="ignore"):
        half = float(np.log(0.5) / np.log(second)) if 0 < second < 1 else (0.0 if second == 0 else np.nan)
    return Mobility(
        shorrocks=float((k - np.trace(p)) / (k - 1)),
        determinant=float(1.0 - abs(np.linalg.det(p))),
        eigenvalue=1.0 - second,
        leaving=float(k / (k - 1) * (1.0 - pi @ np.diag(p))),
        bartholomew=float(pi @ (p * crossed).sum(axis=1) / (k - 1)),
        half_life=half,
    )


def homogeneity(counts: Floats) -> Homogeneity:
    """Return the tests that the rows of (m, k, k) counts have the same probabilities in all m matrices."""
    row = counts.sum(axis=2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = counts.sum(axis=0) / counts.sum(axis=(0, 2))[:, None]
        expected = row * pooled
        ratio = np.where(counts > 0, counts * np.log(counts / expected), 0.0)
        squares = np.where(expected > 0, (counts - expected) ** 2 / expected, 0.0)
    sources = (row[..., 0] > 0).sum(axis=0)
    targets = (pooled > 0).sum(axis=1)
    freedom = int(((sources - 1) * (targets - 1))[sources > 0].sum())
    used = (expected > 0) & (sources > 1)[None, :, None] & (targets > 1)[None, :, None]
    lr, q = 2.0 * float(ratio.sum()), float(squares.sum())
    if freedom == 0:
        return Homogeneity(np.nan, np.nan, 0, np.nan, np.nan, np.nan)
    thin = float((expected[used] < FEW).mean())
    return Homogeneity(lr, q, freedom, float(chi2.sf(lr, freedom)), float(chi2.sf(q, freedom)), thin)
