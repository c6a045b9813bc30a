"""The engine for large reference sets: what the compiled kernels solve, in which order and in which blocks.

Where many points are asked about, the units on the frontier are found first: a unit of which a few others prove that
it is inside is nobody's peer. The programmes are then solved against the frontier alone. Kernels return bases whose
duals have priced all columns; blocks do not depend on the number of threads.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes, Texts

KERNELS = "xinzhi.frontier.engine.kernels"
CHUNK = 64
"""Columns that are priced or skipped together."""
BLOCK = 1024
"""Points that are solved one after the other, with a working set of their own."""
TOGETHER = 8
"""Blocks after which all learn which units are on the frontier."""
WORTH = 4
"""The frontier is sought first where the points are at least the reference units divided by this."""
WORKING = ((6, 96, 160), (12, 128, 192), (1 << 30, 256, 256))
"""Reference units in the working set, by the number of goods: while the frontier is sought, and after."""
WORDS = np.array(["numerical", "ok", "infeasible", "unbounded", "numerical", "numerical"], dtype=object)
"""Of the kernels' numbers."""
OK, UNBOUNDED, NUMERICAL = 1, 3, 4
"""Three of them."""

COUNTS = np.zeros(4, dtype=np.int64)


@dataclass(frozen=True)
class Units:
    """Reference units in an order in which neighbours are alike.

    ``order``: (n,) unit by place; ``goods``: (k, n) by place; ``columns``: the same in chunks, (C, k, 64).
    """

    order: Ints
    goods: Floats
    columns: Floats


@dataclass(frozen=True)
class Outcome:
    """How programmes ended: ``words`` (e,), ``variables`` (e, K) by place, ``scores`` (e,)."""

    words: Ints
    variables: Ints
    scores: Floats


@dataclass(frozen=True)
class Engine:
    """The kernels, the programmes and their reference units, and how many blocks may run at a time."""

    kernels: Any
    programmes: Programmes
    units: Units
    threads: int


def run_compiled(programmes: Programmes, *, threads: int = 1) -> tuple[Texts, Ints]:
    """Return status words (e,) and basic variables (e, K) of all programmes.

    Parameters
    ----------
    programmes : Programmes
        Any; worth it from some hundred reference units.
    threads : int
        How many blocks are solved at a time; answers do not depend on it, to the last bit.

    Returns
    -------
    words, basis
        ``ok``: the duals of the basis have priced all columns; ``infeasible``: a row of the inverse shows that
        none can help; ``unbounded``; ``numerical``: nothing is certain.
    """
    from xinzhi.compute.kernels import load

    engine = Engine(load(KERNELS), programmes, units_of(programmes), threads)
    order, n, e = engine.units.order, programmes.reference.shape[1], programmes.b.shape[0]
    place = np.empty(n + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(n), -1
    own, score = own_units(programmes, engine.units.goods.shape[0])
    own, excluded = place[own], place[programmes.excluded]
    everyone = scanned(engine, np.arange(n))
    out = Outcome(np.zeros(e, dtype=np.int64), np.full((e, programmes.b.shape[1]), -1), score)
    left, known, peers = np.arange(e), np.zeros(n, dtype=np.bool_), everyone
    if WORTH * e >= n > BLOCK // 8:
        k = engine.units.goods.shape[0]
        itself = programmes.cost != 0 and e == n and (score == 1).all() and (programmes.b[:, k:] == 1).all()
        if itself and (own == place[:-1]).all() and (excluded < 0).all():
            asked = Asked(programmes, order, np.arange(n), np.full(n, -1), None)
            _store(out, order, solved(engine, asked, everyone, known))
            known[place[:-1][np.isin(out.words, (UNBOUNDED, NUMERICAL))]] = True
            left = np.flatnonzero(out.words != OK)
        else:
            found = solved(engine, contraction(engine), everyone, known)
            known[np.isin(found.words, (UNBOUNDED, NUMERICAL))] = True
        peers = scanned(engine, np.flatnonzero(known))
    hidden = (excluded[left] >= 0) & known[excluded[left]]
    for rows, columns in ((left[~hidden], peers), (left[hidden], everyone)):
        rows = rows[in_order(programmes, own, rows)]
        asked = Asked(programmes, rows, own[rows], excluded[rows], out.variables[rows])
        _store(out, rows, solved(engine, asked, columns, known))
    basis = np.where(out.variables < n, order[np.minimum(out.variables, n - 1)], out.variables)
    basis = np.where(out.variables < 0, n + 1 + np.arange(basis.shape[1]), basis)
    return WORDS[out.words], basis


@dataclass(frozen=True)
class Asked:
    """Programmes that are solved in an order.

    ``rows``: (p,) of the programmes; ``own``, ``excluded``: (p,) places or -1; ``start``: (p, K) bases by place, -1
    for that of the point before. Without ``start`` the frontier is sought: points proven to be inside are left.
    """

    programmes: Programmes
    rows: Ints
    own: Ints
    excluded: Ints
    start: Ints | None


def units_of(programmes: Programmes) -> Units:
    """Return the reference units of programmes in an order in which neighbours are alike."""
    rows, summed = programmes.reference, 0
    while summed < rows.shape[0] - 1 and (rows[-1 - summed] == 1.0).all():
        summed += 1
    goods = rows[: rows.shape[0] - summed]
    order = alike(goods)
    ordered = np.ascontiguousarray(goods[:, order])
    return Units(order, ordered, in_chunks(ordered))


def alike(goods: Floats) -> Ints:
    """Return an order of the columns of ``goods`` (k, p) in which each chunk holds neighbours."""
    p = goods.shape[1]
    order = np.arange(p)
    if p <= CHUNK:
        return order
    logs = np.log(np.maximum(goods, 1e-6 * np.maximum(goods.mean(axis=1, keepdims=True), np.finfo(float).tiny)))
    spans = [(0, p)]
    while spans:
        first, last = spans.pop()
        mine = logs[:, order[first:last]]
        widest = mine[np.argmax(np.ptp(mine, axis=1))]
        middle = -(-(last - first) // (2 * CHUNK)) * CHUNK
        order[first:last] = order[first:last][np.argpartition(widest, middle)]
        spans += [span for span in ((first, first + middle), (first + middle, last)) if span[1] - span[0] > CHUNK]
    return order


def in_chunks(goods: Floats) -> Floats:
    """Return columns (k, p) in chunks, (C, k, 64); the last column fills the last chunk."""
    k, p = goods.shape
    padded = goods if p % CHUNK == 0 else np.hstack((goods, np.repeat(goods[:, -1:], -p % CHUNK, axis=1)))
    return np.ascontiguousarray(padded.reshape(k, -1, CHUNK).transpose(1, 0, 2))


def own_units(programmes: Programmes, k: int) -> tuple[Ints, Floats]:
    """Return the reference unit that each point is, or -1, and the score at which it answers, (e,) each."""
    n, e = programmes.reference.shape[1], programmes.b.shape[0]
    goods = programmes.reference[:k]
    own, score = np.full(e, -1), np.zeros(e)
    for at in (1.0, 0.0):
        points = (programmes.b[:, :k] - at * programmes.move[:, :k]).T
        if e == n and (points == goods).all():
            return np.arange(n), np.full(e, at)
        weights = np.random.default_rng(0).uniform(1.0, 2.0, (2, k))
        keys = sum(weight * row for weight, row in zip(weights[0], goods, strict=True))
        order = np.argsort(keys, kind="stable")
        sought = sum(weight * row for weight, row in zip(weights[0], points, strict=True))
        near = order[np.minimum(np.searchsorted(keys[order], sought), n - 1)]
        same = (own < 0) & (goods[:, near] == points).all(axis=0)
        own[same], score[same] = near[same], at
    return own, score


def in_order(programmes: Programmes, own: Ints, rows: Ints) -> Ints:
    """Return an order of some points in which neighbours are alike: that of their places if they have one."""
    if (own[rows] >= 0).all():
        return np.argsort(own[rows], kind="stable")
    return alike(programmes.scale[rows].T)


def contraction(engine: Engine) -> Asked:
    """Return the programmes that contract what each reference unit uses, in the order of places."""
    programmes, goods = engine.programmes, engine.units.goods
    k, n = goods.shape
    used = (programmes.slack[:k] > 0) & ~programmes.equal[:k]
    b = np.ones((n, programmes.slack.size))
    b[:, :k] = np.where(used, 0.0, goods.T)
    move = np.zeros_like(b)
    move[:, :k] = np.where(used, -goods.T, 0.0)
    scale = np.ones_like(b)
    scale[:, :k] = np.where(goods.T > 0, goods.T, 1.0)
    nothing, never = np.broadcast_to(0.0, b.shape), np.broadcast_to(np.inf, b.shape)
    sign, equal = programmes.slack, programmes.equal
    alone = Programmes(programmes.reference, move, 1, b, sign, equal, scale, nothing, never, np.full(n, -1))
    return Asked(alone, np.arange(n), np.arange(n), np.full(n, -1), None)


def scanned(engine: Engine, places: Ints) -> Any:
    """Return the columns of some places as the kernels price them."""
    chunks = engine.units.columns
    if places.size < engine.units.order.size:
        chunks = in_chunks(engine.units.goods[:, places])
    place = np.append(places, np.repeat(places[-1:], -places.size % CHUNK))
    size = np.abs(chunks).max(axis=(1, 2))
    return engine.kernels.Scanned(chunks, chunks.min(axis=2), chunks.max(axis=2), size, place)


def solved(engine: Engine, asked: Asked, columns: Any, known: Bools) -> Outcome:
    """Solve programmes in blocks; ``known`` (n,): places on the frontier; where it is sought more become known."""
    count, width = asked.rows.size, asked.programmes.b.shape[1]
    out = Outcome(np.zeros(count, dtype=np.int64), np.full((count, width), -1), np.zeros(count))
    early = asked.start is None
    programmes = asked.programmes
    shared = engine.kernels.Shared(
        np.ascontiguousarray(programmes.slack),
        np.ascontiguousarray(programmes.equal),
        float(programmes.cost),
        engine.units.columns,
        engine.units.order.size,
        early,
    )

    def block(first: int, seen: Bools) -> Bools:
        mine = slice(first, min(first + BLOCK, count))
        work = working_set(engine, asked, columns.size.size)
        ends = (out.words[mine], out.variables[mine], out.scores[mine])
        engine.kernels.solve_block(shared, columns, points_of(engine, asked, mine), work, seen, ends)
        COUNTS[:] += work.counts
        return seen

    firsts = list(range(0, count, BLOCK))
    with ThreadPoolExecutor(engine.threads) as pool:
        for at in range(0, len(firsts), TOGETHER):
            group = firsts[at : at + TOGETHER]
            seen = [known.copy() for _ in group] if early else [known] * len(group)
            for mine in list(pool.map(block, group, seen)):
                known |= mine
    return out


def points_of(engine: Engine, asked: Asked, mine: slice) -> Any:
    """Return a block of programmes as the kernels read them."""
    rows, programmes = asked.rows[mine], asked.programmes
    names = ("move", "b", "scale", "gain", "excess")
    values = [np.ascontiguousarray(getattr(programmes, name)[rows]) for name in names]
    start = np.full(values[0].shape, -1) if asked.start is None else np.ascontiguousarray(asked.start[mine])
    own, excluded = np.ascontiguousarray(asked.own[mine]), np.ascontiguousarray(asked.excluded[mine])
    return engine.kernels.Points(*values, own, excluded, start)


def working_set(engine: Engine, asked: Asked, chunks: int) -> Any:
    """Return a working set without reference units, its basis the slacks."""
    programmes, k = asked.programmes, engine.units.goods.shape[0]
    rows = programmes.b.shape[1]
    kept = next(kept[asked.start is not None] for most, *kept in WORKING if k <= most)
    slots = -(-(2 * rows + 1 + kept) // 8) * 8
    matrix, cost = np.zeros((rows, slots)), np.zeros(slots)
    matrix[np.arange(rows), np.arange(rows)] = programmes.slack
    matrix[np.arange(rows), rows + np.arange(rows)] = -programmes.slack
    cost[2 * rows] = programmes.cost
    number = np.full(slots, -1)
    number[: 2 * rows + 1] = engine.units.order.size + np.append(1 + np.arange(2 * rows), 0)
    basic, fixed = np.arange(slots) < rows, np.arange(slots) > 2 * rows
    fixed[:rows] = programmes.equal
    return engine.kernels.Work(
        matrix,
        cost,
        number,
        np.zeros(slots, dtype=np.int64),
        basic,
        fixed,
        np.arange(rows),
        np.eye(rows),
        *np.zeros((4, rows)),
        *np.zeros((5, slots)),
        np.zeros((4, max(CHUNK, rows))),
        np.zeros(rows, dtype=np.int64),
        np.zeros((chunks, k)),
        np.full(chunks, np.inf),
        np.zeros(4),
        np.zeros(4, dtype=np.int64),
        np.zeros(4, dtype=np.int64),
        np.array([0, -1, 0]),
    )


def _store(out: Outcome, rows: Ints, found: Outcome) -> None:
    """Store how some programmes ended."""
    out.words[rows], out.variables[rows], out.scores[rows] = found.words, found.variables, found.scores
