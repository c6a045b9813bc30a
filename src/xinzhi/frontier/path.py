"""Mean elasticities of a piecewise linear frontier along log-straight paths of inputs.

    eps_k = INT_0^1 dln F / dln x_k (x(s)) ds,   ln x(s) = (1 - s) ln x0 + s ln x1

A path is cut until one facet is tight at both ends and in the middle of each piece. Facets that meet are
cut at their crossing, so that a kink costs a few programmes and no approximation.
"""

from dataclasses import dataclass

import numpy as np

from xinzhi.frontier.engine import Returns, Technology, radial_scores
from xinzhi.panel.panel import Bools, Floats, Ints

TIGHT = 1e-10
"""A facet is tight at a point where its log output is this close to the frontier's."""

ROUNDS = 60
"""Rounds of cutting after which the remaining pieces are integrated with the facet at hand."""

SHORTEST = 1e-9
"""Pieces of the path shorter than this are not cut any more."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
NODES, WEIGHTS = 0.5 * (_NODES + 1.0), 0.5 * _WEIGHTS


@dataclass(frozen=True)
class PathElasticities:
    """``mean``: (r, k) mean elasticities, NaN where the frontier is not defined on the path.

    ``unresolved``: pieces on which no single facet was found; ``programmes``: linear programmes solved.
    """

    mean: Floats
    unresolved: int
    programmes: int


@dataclass(frozen=True)
class Facets:
    """Hyperplanes F = x a + c at p points: ``a``: (p, k); ``c``: (p,); ``log``: (p,) ln F at the point."""

    a: Floats
    c: Floats
    log: Floats

    def at(self, places: Ints | Bools) -> "Facets":
        """Return some of them."""
        return Facets(self.a[places], self.c[places], self.log[places])

    def joined(self, other: "Facets") -> "Facets":
        """Return these and the others."""
        return Facets(np.vstack((self.a, other.a)), np.r_[self.c, other.c], np.r_[self.log, other.log])

    def log_height(self, x: Floats) -> Floats:
        """Return ln of the hyperplanes' outputs at (p, k) inputs, -inf where not positive."""
        height = (self.a * x).sum(axis=1) + self.c
        log: Floats = np.log(np.maximum(height, np.finfo(np.float64).tiny))
        return log


def path_elasticities(x_ref: Floats, y_ref: Floats, returns: Returns, start: Floats, stop: Floats) -> PathElasticities:
    """Return the mean elasticities of one-output frontier production along paths.

    Parameters
    ----------
    x_ref, y_ref : (n, k), (n, 1)
        The reference set.
    returns : "crs", "vrs", "drs" or "irs"
    start, stop : (r, k)
        Inputs at both ends, all positive.
    """
    technology = Technology.of(x_ref, y_ref, returns)
    log0, step = np.log(start), np.log(stop) - np.log(start)
    mean = np.zeros(start.shape)
    path = np.arange(start.shape[0])
    low, high = np.zeros(path.size), np.ones(path.size)
    left, right = facets(technology, start), facets(technology, stop)
    solved, unresolved = 2 * path.size, 0
    for round_ in range(ROUNDS):
        lost = np.isnan(left.log) | np.isnan(right.log)
        mean[path[lost]] = np.nan
        keep = ~lost
        path, low, high, left, right = path[keep], low[keep], high[keep], left.at(keep), right.at(keep)
        if not path.size:
            break
        from_left = np.abs(left.log_height(np.exp(log0[path] + high[:, None] * step[path])) - right.log) < TIGHT
        from_right = np.abs(right.log_height(np.exp(log0[path] + low[:, None] * step[path])) - left.log) < TIGHT
        one = from_left | from_right
        facet = _chosen(left, right, from_left)
        cut = np.where(one, 0.5 * (low + high), crossing(left, right, (log0[path], step[path]), (low, high)))
        middle = facets(technology, np.exp(log0[path] + cut[:, None] * step[path]))
        solved += path.size
        done = one & (np.abs(facet.log_height(np.exp(log0[path] + cut[:, None] * step[path])) - middle.log) < TIGHT)
        ended = done | (high - low < SHORTEST) | (round_ == ROUNDS - 1)
        unresolved += int((ended & ~done).sum())
        np.add.at(
            mean, path[ended], piece(facet.at(ended), (log0[path[ended]], step[path[ended]]), (low[ended], high[ended]))
        )
        on = ~ended
        path, low, high = np.r_[path[on], path[on]], np.r_[low[on], cut[on]], np.r_[cut[on], high[on]]
        left, right = left.at(on).joined(middle.at(on)), middle.at(on).joined(right.at(on))
    return PathElasticities(mean, unresolved, solved)


def facets(technology: Technology, x: Floats) -> Facets:
    """Return a supporting hyperplane of frontier output at each (p, k) point; NaN where there is none."""
    made = technology.goods[:, technology.sense < 0]
    positive = made[made > 0]
    level = float(np.exp(np.log(positive).mean())) if positive.size else 1.0
    found = radial_scores(technology, (x, np.full((x.shape[0], 1), level)), orientation="output")
    return Facets(found.v * level, -found.w * level, np.log(found.score * level))


def crossing(left: Facets, right: Facets, path: tuple[Floats, Floats], span: tuple[Floats, Floats]) -> Floats:
    """Return where the facets of both ends of each piece meet, (p,), by bisection on the path."""
    low, high = span[0].copy(), span[1].copy()
    for _ in range(60):
        mid = 0.5 * (low + high)
        x = np.exp(path[0] + mid[:, None] * path[1])
        below = left.log_height(x) <= right.log_height(x)
        low, high = np.where(below, mid, low), np.where(below, high, mid)
    return 0.5 * (low + high)


def piece(facet: Facets, path: tuple[Floats, Floats], span: tuple[Floats, Floats]) -> Floats:
    """Return the integral of the facet's elasticities over pieces of paths, (p, k), by Gauss-Legendre."""
    width = span[1] - span[0]
    s = span[0][:, None] + width[:, None] * NODES
    x = np.exp(path[0][:, None, :] + s[:, :, None] * path[1][:, None, :])
    value = facet.a[:, None, :] * x
    share = value / (value.sum(axis=2) + facet.c[:, None])[:, :, None]
    integral: Floats = width[:, None] * (share * WEIGHTS[None, :, None]).sum(axis=1)
    return integral


def _chosen(left: Facets, right: Facets, from_left: Bools) -> Facets:
    pick = np.where(from_left[:, None], left.a, right.a)
    return Facets(pick, np.where(from_left, left.c, right.c), np.where(from_left, left.log, right.log))
