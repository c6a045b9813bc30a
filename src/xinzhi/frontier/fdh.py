"""Free disposal hull: each observation is compared with observed units, one at a time, never with mixtures.

T = { (x, y) : x >= d x_j, y <= d y_j for one unit j },  d = 1 (vrs), d >= 0 (crs), 0 <= d <= 1 (drs), d >= 1 (irs)
a_j = max_i x_ij / x_io,  b_j = max_r y_ro / y_rj        unit j needs d >= b_j to make y_o, and then uses d a_j of x_o
input   theta = min_j a_j f(b_j)      f: 1 if b_j <= 1 (vrs), b_j (crs), b_j if b_j <= 1 (drs), max(1, b_j) (irs)
output  1/phi = min_j b_j f(a_j)      f: 1 if a_j <= 1 (vrs), a_j (crs), max(1, a_j) (drs), a_j if a_j <= 1 (irs)
add     whole numbers of copies of several units, at least one in all (free replicability hull)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from xinzhi.frontier.engine import Orientation
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.model import FrontierModel, Invariance, Scores
from xinzhi.language import Text, say
from xinzhi.method import register
from xinzhi.method.base import BASE_BYTES, ROW_NUMBERS
from xinzhi.numerics.linear_programme import LinearProgramme, solve_general
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints

HullReturns = Literal["vrs", "crs", "drs", "irs", "add"]
Restriction = Literal["one", "free", "cut", "clip"]

RESTRICTIONS: dict[Orientation, dict[str, Restriction]] = {
    "input": {"vrs": "one", "crs": "free", "drs": "cut", "irs": "clip"},
    "output": {"vrs": "one", "crs": "free", "drs": "clip", "irs": "cut"},
}
"""What the ratio that is not optimised is worth: 1 or nothing, itself, itself up to 1 or nothing, at least 1."""

BLOCK = 64
"""Points that are searched for together."""

LEAF = 256
"""Reference units of one chunk (measured at 100,000 units of 5 goods: twice as many take 1.2 times as long)."""

ARRAYS = 6
"""Matrices of a block by the reference set's chunks, or by one chunk, that are held at once."""

NEAR = 1e-9
"""By how much a bound on copies is widened, so that rounding cuts off no solution; the rows decide."""


@register("fdh")
class FDH(FrontierModel):
    """Score each observation by its distance to the free disposal hull of its period.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    returns : "vrs", "crs", "drs", "irs" or "add"
        By how much an observed unit may be scaled: not at all, freely, down only, up only; "add" admits whole
        numbers of copies of several units (free replicability hull).
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default.
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer; "excluded" gives super-efficiency.
    efficient_within : float
        Observations whose score is this close to 1 count as efficient.
    orientation : "input" or "output"
        Farrell scores: by how much inputs could shrink (at most 1), or outputs grow (at least 1).

    Notes
    -----
    Nothing is convex: a peer is an observed unit, the first of those that attain the score in the order of the
    reference set. Scores are at least as favourable as those of the convex technology with the same returns, and
    with many goods and few units nearly everything is efficient. Slacks and targets are those against the peer.
    There are no multipliers. A unit outside the reach of all others has no score; nor has one that makes an output
    which no admitted peer makes. Units invariant; translation invariant in outputs (input orientation) or inputs
    (output orientation) under "vrs"; a duplicate changes nothing unless observations are excluded. "add" is
    solved with whole numbers to 1e-9 of the score, one programme per observation.

    References
    ----------
    Deprins, D., Simar, L. and Tulkens, H. (1984). In The Performance of Public Enterprises, North-Holland Press, 243-267. doi:10.1007/978-0-387-25534-7_16
    Kerstens, K. and Vanden Eeckaut, P. (1999). European Journal of Operational Research 113(1), 206-214. doi:10.1016/S0377-2217(97)00428-0
    Tulkens, H. (1993). Journal of Productivity Analysis 4(1-2), 183-210. doi:10.1007/BF01073473

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [2.0, 4, 5], "y": [2.0, 6, 3]}), unit="j")
    >>> FDH(inputs=["x"], outputs=["y"], orientation="input").fit(panel).term("score").tolist()
    [1.0, 1.0, 0.8]
    """  # noqa: E501

    orientation: Orientation = "output"
    returns: HullReturns = "vrs"  # type: ignore[assignment]  # "add" is no programme over convex intensities

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        if self.returns == "add":
            return replicated(reference, points, excluded, orientation=self.orientation)
        found = nearest(
            reference, points, excluded, restriction=RESTRICTIONS[self.orientation][self.returns], by=self.orientation
        )
        return against_peers(found, reference, points, orientation=self.orientation, returns=self.returns)

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and one block against all chunks."""
        every_year = self.technology != "contemporaneous"
        largest = len(panel) if every_year else int(np.unique(panel.when, return_counts=True)[1].max(initial=0))
        block = ARRAYS * 8 * BLOCK * max(LEAF, largest // LEAF + 1)
        return BASE_BYTES + ROW_NUMBERS * 8 * len(panel) + workers * (block + 8 * ROW_NUMBERS * largest)

    @property
    def rising(self) -> bool:
        """Return whether a higher score is a better one."""
        return self.orientation == "input"

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        orientation = {"input": say("input"), "output": say("output")}[self.orientation]
        hull = hull_words(self.returns)
        return say("Farrell {orientation} scores against the {hull}", orientation=orientation, hull=hull)

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on: goods that are only compared may be translated under vrs."""
        found: set[Invariance] = {"units"}
        if self.evaluated == "included":
            found.add("duplication")
        if self.returns == "vrs":
            found.add("translation_outputs" if self.orientation == "input" else "translation_inputs")
        return frozenset(found)


def hull_words(returns: HullReturns) -> Text:
    """Return the words for a hull."""
    return {
        "vrs": say("free disposal hull"),
        "crs": say("free disposal hull under constant returns"),
        "drs": say("free disposal hull under decreasing returns"),
        "irs": say("free disposal hull under increasing returns"),
        "add": say("free replicability hull"),
    }[returns]


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Nearest:
    """``value``: (e,) the smallest product of ratios, infinite if none is admitted; ``peer``: (e,) its place, or -1."""

    value: Floats
    peer: Ints


@dataclass(frozen=True)
class Chunks:
    """Reference units sorted so that neighbours are alike, divided into c chunks.

    ``order``: (n,) places in the reference set, rising within a chunk; ``starts``: (c + 1,); ``x``, ``y``:
    (n, m), (n, s) in that order; ``least_x``: (c, m); ``most_y``: (c, s); ``first``: (c,) smallest place.
    """

    order: Ints
    starts: Ints
    x: Floats
    y: Floats
    least_x: Floats
    most_y: Floats
    first: Ints

    @classmethod
    def of(cls, x: Floats, y: Floats) -> "Chunks":
        """Return the chunks of inputs (n, m) and outputs (n, s)."""
        leaves = leaves_of(np.hstack((x, y)), LEAF)
        order, starts = np.concatenate(leaves), np.r_[0, np.cumsum([leaf.size for leaf in leaves])]
        x, y = x[order], y[order]
        least, most = np.minimum.reduceat(x, starts[:-1]), np.maximum.reduceat(y, starts[:-1])
        return cls(order, starts, x, y, least, most, order[starts[:-1]])


def leaves_of(goods: Floats, size: int) -> list[Ints]:
    """Return the rows of goods (n, g) in groups of at most ``size`` that are alike, rows rising within a group.

    Groups are halves of halves, cut at the median of the good whose ranks spread most: units of measurement do
    not matter.
    """
    ranks = np.argsort(np.argsort(goods, axis=0, kind="stable"), axis=0, kind="stable")
    waiting, done = [np.arange(goods.shape[0])], []
    while waiting:
        rows = waiting.pop()
        if rows.size <= size:
            done.append(np.sort(rows))
            continue
        mine = ranks[rows]
        widest = int(np.argmax(mine.max(axis=0) - mine.min(axis=0)))
        halves = np.argpartition(mine[:, widest], rows.size // 2)
        waiting += [rows[halves[rows.size // 2 :]], rows[halves[: rows.size // 2]]]
    return done


def nearest(
    reference: Observations, points: Observations, excluded: Ints, *, restriction: Restriction, by: Orientation
) -> Nearest:
    """Return the reference unit that each point is best compared with.

    Parameters
    ----------
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    restriction : "one", "free", "cut" or "clip"
        See ``RESTRICTIONS``.
    by : "input" or "output"
        Whose ratio is optimised; the other one is restricted.
    """
    e = points.x.shape[0]
    value, peer = np.full(e, np.inf), np.full(e, -1)
    if not reference.x.shape[0] or not e:
        return Nearest(value, peer)
    chunks = Chunks.of(reference.x, reference.y)
    rank = np.empty_like(chunks.order)
    rank[chunks.order] = np.arange(chunks.order.size)
    own = np.where(excluded >= 0, rank[excluded], -1)
    for block in leaves_of(points.all, BLOCK):
        found = _search(chunks, points.at(block), own[block], restriction, by)
        value[block], peer[block] = found.value, found.peer
    return Nearest(value, peer)


def _search(chunks: Chunks, points: Observations, own: Ints, restriction: Restriction, by: Orientation) -> Nearest:
    """Return the best unit of each point of a block: chunks in the order of their bounds, no chunk that cannot win.

    ``own``: (p,) where the point itself stands in the order of the chunks if it may not be used, else -1.
    """
    p = points.x.shape[0]
    best, peer = np.full(p, np.inf), np.full(p, chunks.order.size)
    bounds = _products(chunks.least_x, chunks.most_y, points, restriction, by)
    least = bounds.min(axis=0)
    for c in np.argsort(least, kind="stable"):
        if least[c] > best.max():
            break
        bound, first = bounds[:, c], chunks.first[c]
        alive = np.flatnonzero((bound < best) | ((bound == best) & (first < peer) & np.isfinite(bound)))
        if not alive.size:
            continue
        start, stop = chunks.starts[c], chunks.starts[c + 1]
        products = _products(chunks.x[start:stop], chunks.y[start:stop], points.at(alive), restriction, by)
        mine = np.flatnonzero((own[alive] >= start) & (own[alive] < stop))
        products[mine, own[alive[mine]] - start] = np.inf
        winner = products.argmin(axis=1)
        value, place = products[np.arange(alive.size), winner], chunks.order[start + winner]
        better = (value < best[alive]) | ((value == best[alive]) & (place < peer[alive]) & np.isfinite(value))
        best[alive[better]], peer[alive[better]] = value[better], place[better]
    return Nearest(best, np.where(np.isfinite(best), peer, -1))


def _products(x: Floats, y: Floats, points: Observations, restriction: Restriction, by: Orientation) -> Floats:
    """Return the product that is minimised for p points and the units of inputs (n, m) and outputs (n, s), (p, n)."""
    shape = points.x.shape[0], x.shape[0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        used = _largest([(x[None, :, i], points.x[:, i, None]) for i in range(x.shape[1])], shape)
        made = _largest([(points.y[:, r, None], y[None, :, r]) for r in range(y.shape[1])], shape)
        moved, held = (used, made) if by == "input" else (made, used)
        if restriction == "clip":
            np.maximum(held, 1.0, out=held)
        if restriction in ("free", "clip"):
            moved *= held
        else:
            admitted = held <= 1.0
            if restriction == "cut":
                moved *= held
            moved[~admitted] = np.inf
    if np.isnan(moved).any():  # nothing used, or nothing made, times something that is not admitted
        moved[np.isnan(moved)] = np.inf
    return moved


def _largest(pairs: Sequence[tuple[Floats, Floats]], shape: tuple[int, int]) -> Floats:
    """Return the largest of several ratios, 0 where nothing is compared with nothing, ``shape``."""
    out, ratio = np.zeros(shape), np.empty(shape)
    for above, below in pairs:
        np.divide(above, below, out=ratio)
        np.fmax(out, ratio, out=out)
    return out


def against_peers(
    found: Nearest,
    reference: Observations,
    points: Observations,
    *,
    orientation: Orientation,
    returns: HullReturns,
) -> Scores:
    """Return scores, slacks and targets of points against the units that were found."""
    e, g = points.all.shape
    status = np.where(found.peer >= 0, "ok", "infeasible").astype(object)
    if not reference.x.shape[0]:
        status[:] = "not_identified"
    good = np.flatnonzero(found.peer >= 0)
    mine, peers = points.at(good), reference.at(found.peer[good])
    scale = scales(mine, peers, orientation=orientation, returns=returns)
    score = found.value[good] if orientation == "input" else 1.0 / found.value[good]
    terms = {"score": np.full(e, np.nan)}
    terms["score"][good] = score
    out = Scores.of(terms, status, None, (e, g))
    out.peers[good, 0], out.intensities[good, 0] = found.peer[good], scale
    out.targets[good] = scale[:, None] * peers.all
    _take_slacks(out, good, mine, score, orientation)
    return out


def scales(points: Observations, peers: Observations, *, orientation: Orientation, returns: HullReturns) -> Floats:
    """Return by how much the peer of each point is scaled, (e,)."""
    if returns == "vrs" or not points.x.shape[0]:
        return np.ones(points.x.shape[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        if orientation == "input":
            scale: Floats = np.nanmax(points.y / peers.y, axis=1)
        else:
            scale = 1.0 / np.nanmax(peers.x / points.x, axis=1)
    if orientation == "input" and returns == "irs":
        scale = np.maximum(scale, 1.0)
    if orientation == "output" and returns == "drs":
        scale = np.minimum(scale, 1.0)
    return scale


def _take_slacks(out: Scores, good: Ints, points: Observations, score: Floats, orientation: Orientation) -> None:
    """Store the slacks of the points at ``good``: what the target uses less and makes more than the score asks."""
    m, inward = points.x.shape[1], orientation == "input"
    x = points.x * score[:, None] if inward else points.x
    y = points.y if inward else points.y * score[:, None]
    target = out.targets[good]
    out.slacks[good] = np.maximum(np.hstack((x - target[:, :m], target[:, m:] - y)), 0.0)


def replicated(reference: Observations, points: Observations, excluded: Ints, *, orientation: Orientation) -> Scores:
    """Return scores against whole numbers of copies of units, at least one in all.

    Parameters
    ----------
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """
    e, g = points.all.shape
    single = nearest(reference, points, excluded, restriction="one", by=orientation)
    copies, status = np.zeros((e, reference.x.shape[0])), np.full(e, "not_identified", dtype=object)
    for o in range(e if reference.x.shape[0] else 0):
        admitted = np.arange(reference.x.shape[0]) != excluded[o]
        one = points.x[o], points.y[o]
        admitted &= (reference.x[:, points.x[o] == 0] == 0).all(axis=1)
        one = points.x[o], points.y[o]
        upper = most_copies((reference.x, reference.y), one, admitted, limit=single.value[o], orientation=orientation)
        kept = np.flatnonzero(upper >= 1.0)
        programme = copies_programme(reference.x[kept], reference.y[kept], one, upper[kept], orientation=orientation)
        found = solve_general(programme)
        status[o] = found.status
        if found.status == "ok":
            copies[o, kept] = found.value[:-1]
    good = np.flatnonzero(status == "ok")
    x, y = copies @ reference.x, copies @ reference.y
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = x[good] / points.x[good] if orientation == "input" else y[good] / points.y[good]
    score = np.nanmax(ratios, axis=1) if orientation == "input" else np.nanmin(ratios, axis=1)
    terms = {"score": np.full(e, np.nan)}
    terms["score"][good] = score
    out = Scores.of(terms, status, None, (e, g))
    out.targets[good] = np.hstack((x, y))[good]
    _take_slacks(out, good, points.at(good), score, orientation)
    width = max(1, int((copies > 0).sum(axis=1).max(initial=0)))
    peers = np.argsort(copies == 0, axis=1, kind="stable")[:, :width] if copies.shape[1] else out.peers
    held = np.take_along_axis(copies, peers, axis=1) if copies.shape[1] else out.intensities
    return replace(out, peers=np.where(held > 0, peers, -1), intensities=held)


def most_copies(
    reference: tuple[Floats, Floats],
    point: tuple[Floats, Floats],
    admitted: Bools,
    *,
    limit: float,
    orientation: Orientation,
) -> Floats:
    """Return how many copies of each unit an optimal combination may hold, (n,); infinite where there is no limit.

    Parameters
    ----------
    reference : (n, m) and (n, s)
        Inputs and outputs of the reference units.
    point : (m,) and (s,)
        Inputs and outputs of the point.
    admitted : (n,)
        Units that may be used.
    limit : float
        The score that one unit alone attains in the input orientation; infinite where none does.
    """
    (x, y), (x_o, y_o), n = reference, point, reference[0].shape[0]
    used = (x[:, x_o > 0] / x_o[x_o > 0]).max(axis=1, initial=0.0)
    made = y[:, y_o > 0] / y_o[y_o > 0]
    inward = orientation == "input"
    room = np.divide(limit if inward else 1.0, used, where=used > 0, out=np.full(n, np.inf)) * (1.0 + NEAR)
    if inward:  # more copies than make every output that the unit makes at all are of no use
        needed = np.divide(1.0, made, where=made > 0, out=np.zeros_like(made)).max(axis=1, initial=0.0)
        room = np.minimum(room, np.maximum(1.0, np.ceil(needed)))
    return np.where(admitted, np.floor(room), 0.0)


def copies_programme(
    x: Floats, y: Floats, point: tuple[Floats, Floats], upper: Floats, *, orientation: Orientation
) -> LinearProgramme:
    """Return the programme of whole copies of units with inputs (n, m) and outputs (n, s) and, last, the score.

    Parameters
    ----------
    point : (m,) and (s,)
        Inputs and outputs of the point; goods of which it has none are no rows.
    upper : (n,)
        How many copies of each unit are admitted.
    """
    (x_o, y_o), n = point, x.shape[0]
    used, made = (x[:, x_o > 0] / x_o[x_o > 0]).T, (y[:, y_o > 0] / y_o[y_o > 0]).T
    m, s, inward = used.shape[0], made.shape[0], orientation == "input"
    score = np.r_[np.full(m, -1.0 if inward else 0.0), np.full(s, 0.0 if inward else -1.0)]
    return LinearProgramme(
        cost=np.r_[np.zeros(n), 1.0 if inward else -1.0],
        matrix=np.vstack((np.column_stack((np.vstack((used, made)), score)), np.r_[np.ones(n), 0.0])),
        sense=np.r_[np.ones(m), -np.ones(s), -1].astype(np.int64),
        b=np.r_[score[:m] + 1.0, score[m:] + 1.0, 1.0],
        lower=np.zeros(n + 1),
        upper=np.r_[upper, np.inf],
        whole=np.r_[np.ones(n, dtype=np.bool_), False],
    )
