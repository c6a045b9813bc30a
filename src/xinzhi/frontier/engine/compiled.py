"""The engine for large reference sets: what the compiled kernels solve, in which order and in which blocks.

Where many points are asked about, the units on the frontier are found first: a unit of which a few others prove that
it is inside is nobody's peer. The programmes are then solved against the frontier alone. Kernels return bases whose
duals have priced all columns; blocks do not depend on the number of threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xinzhi.compute.kernels import Kernel, aligned, load
from xinzhi.frontier.engine.certificate import Solved, solved
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes, Texts
from xinzhi.frontier.engine.records import (
    INNER,
    LONG,
    NUMERICAL,
    OK,
    SHORT,
    SKIPPED,
    UNBOUNDED,
    Bases,
    Ended,
    Points,
    Scanned,
    Shared,
    Small,
    Work,
)

KERNELS = ("xinzhi.frontier.engine.kernels", "solve_block"), ("xinzhi.frontier.engine.bases", "solve_bases")
HUGE, SINGLE = 1e30, 2.0**-24
"""Largest good of a chunk that is priced in single precision, and what that may lose of each number."""
CHUNK = 64
"""Columns that are priced or skipped together."""
JOIN = 8
"""Columns that join the working set after all are priced."""
NEXT = 4
"""Points that are neighbours to each other: their order does not matter."""
BLOCK = 1024
"""Points that are solved one after the other, with a working set of their own."""
TOGETHER = 8
"""Blocks after which all learn which units are on the frontier."""
FEWER = 0.8
"""Columns are priced in new chunks when at most that share of those in the old ones may be on the frontier."""
WORTH = 4
"""The frontier is sought first where the points are at least the reference units divided by this."""
WORKING = ((6, 96, 160), (12, 256, 384), (1 << 30, 256, 256))
"""Reference units in the working set, by the number of goods: while the frontier is sought, and after."""
WORDS = np.array(["numerical", "ok", "infeasible", "unbounded", "numerical", "numerical"], dtype=object)
"""Of the kernels' numbers."""
ROWS = ("move", "b", "scale", "gain", "excess")
"""What the kernels read of programmes."""


@dataclass(frozen=True)
class Engine:
    """The kernel with the reference units in an order in which neighbours are alike.

    ``solve_block``: solves programmes; ``programmes``: whose reference units they are; ``order``: (n,) unit by place;
    ``columns``: their goods in chunks, (C, k, 64), by place; ``threads``: how many blocks are solved at a time.
    """

    solve_block: Kernel
    programmes: Programmes
    order: Ints
    columns: Floats
    threads: int


@dataclass(frozen=True)
class Asked:
    """Programmes that are solved in an order.

    ``ask``: returns the programmes of some rows; ``rows``: (p,); ``own``, ``excluded``: (p,) places or -1;
    ``block``: how many share a working set. ``shown``: where the frontier is sought, and points proven to be inside
    are left: (n,) by place, of the unit whose basis shows that a unit is on it, or -1.
    """

    ask: Callable[[Ints], Programmes]
    rows: Ints
    own: Ints
    excluded: Ints
    block: int = BLOCK
    shown: Small | None = None


@dataclass(frozen=True)
class Outcome:
    """How programmes ended.

    ``words``: (e,); ``variables``: (e, K) by place, -1 where there is no basis yet, and the start of what follows;
    ``counts``: (4,) pivots, chunks priced, bases repaired, cold starts.
    """

    words: NDArray[np.integer[Any]]
    variables: NDArray[np.integer[Any]]
    counts: Ints


@dataclass(frozen=True)
class Frontier:
    """Which reference units others need to look at.

    ``known``: (n,) by place, all where the frontier was not sought; ``rank``: (n,) of places in
    an order of points that reach it at like places; ``own``: how each unit's own programme ended, or where it starts,
    in which the unit is contracted or expanded as the points are if that is asked, contracted otherwise; ``radial``:
    it is asked.
    """

    engine: Engine
    known: Bools
    rank: Ints
    own: Outcome
    radial: bool


def run_compiled(programmes: Programmes, *, threads: int = 1, frontier: Frontier | None = None) -> tuple[Texts, Ints]:
    """Return status words (e,) and basic variables (e, K) of all programmes.

    Parameters
    ----------
    programmes : Programmes
        Any; worth it from some hundred reference units.
    threads : int
        How many blocks are solved at a time; answers do not depend on it, to the last bit.
    frontier : Frontier or None
        That of the same reference set, if it was sought before; otherwise it is sought if that is worth it.

    Returns
    -------
    words, basis
        ``ok``: the duals of the basis have priced all columns; ``infeasible``: a row of the inverse shows that
        none can help; ``unbounded``; ``numerical``: nothing is certain.
    """
    if frontier is None:
        frontier = frontier_of(programmes, points=programmes.b.shape[0], threads=threads)
    engine, known, variables = replace(frontier.engine, threads=threads), frontier.known, frontier.own.variables
    order, n, e, k = engine.order, engine.order.size, programmes.b.shape[0], engine.columns.shape[1]
    place = np.empty(n + 1, dtype=np.int64)
    place[order], place[n] = np.arange(n), -1
    own, itself = own_units(programmes, k)
    own, excluded, itself = place[own], place[programmes.excluded], itself & frontier.radial
    start = np.where(itself[:, None], variables[own], -1).astype(np.int64)
    out = Outcome(np.zeros(e, dtype=np.int64), start, frontier.own.counts)
    same = itself & (excluded < 0) & (programmes.b[:, k:] == 1).all(axis=1) & (frontier.own.words[own] == OK)
    out.words[same] = OK
    left, hidden = np.flatnonzero(~same), (excluded >= 0) & known[excluded]
    for block in (BLOCK, 1):
        for mine, places in ((left[~hidden[left]], np.flatnonzero(known)), (left[hidden[left]], np.arange(n))):
            if mine.size:
                backward = -frontier.rank[own[mine]]  # columns then join early that were found late
                found = bool((own[mine] >= 0).all())
                moves = (programmes.move[mine] != 0).any(axis=0)
                alone = None if found else alike(programmes.scale[mine].T, moved=moves, leaf=NEXT)
                rows = mine[np.argsort(backward, kind="stable") if alone is None else alone]
                asked = Asked(programmes.some, rows, own[rows], excluded[rows], block=block)
                run_blocks(engine, asked, scanned(engine, places), out)
        left = np.flatnonzero(out.words == NUMERICAL)
        out.variables[left] = -1
    return WORDS[out.words], by_unit(start, order)


def frontier_of(programmes: Programmes, *, points: int, threads: int = 1) -> Frontier:
    """Return the frontier of a reference set that many points will be asked about; it is sought if that is worth it."""
    engine = engine_of(load(*KERNELS[0]), programmes, threads)
    (rows, n), moved = programmes.reference.shape, np.asarray((programmes.move != 0).any(axis=0))
    signed = np.asarray((programmes.reference < 0).any(axis=1))  # to contract what is negative would improve it
    radial = bool(programmes.cost and (programmes.b[:, moved] == 0).all() and not signed[moved].any())
    radial &= bool((programmes.gain == 0).all() and np.isinf(programmes.excess).all())
    used = (programmes.slack > 0) & ~programmes.equal & ~signed & (np.arange(rows) < engine.columns.shape[1])
    nothing = np.full((n, rows), -1, dtype=np.int32)  # small numbers: they are kept while all points are solved
    own = Outcome(np.zeros(n, dtype=np.int8), nothing, np.zeros(4, dtype=np.int64))
    known, rank = np.ones(n, dtype=np.bool_), np.arange(n)
    if WORTH * points >= n > CHUNK and (radial or used.any()):
        moves = moved if radial else used
        ask = partial(units_themselves, engine, moves, programmes.cost if radial else 1)
        goods = programmes.reference[: engine.columns.shape[1]]
        rank[engine.order] = np.arange(n)
        places = rank[alike(goods, moved=moves[: len(goods)] & (goods != 0).any(axis=1), leaf=NEXT)]
        rank[places] = np.arange(n)
        shown = np.full(n, -1, dtype=np.int32)
        run_blocks(engine, Asked(ask, places, places, np.full(n, -1), shown=shown), scanned(engine, np.arange(n)), own)
        known = (shown >= 0) | np.isin(own.words, (UNBOUNDED, NUMERICAL))
        others = np.flatnonzero(known & (own.words == SKIPPED))
        own.variables[others] = own.variables[shown[others]]  # a start: of whose peers they are
    return Frontier(engine, known, rank, own, radial)


def by_unit(variables: Ints, order: Ints) -> Ints:
    """Return variables (e, K) that are numbered by place as the programmes number them; slacks where there is none."""
    n, slacks = order.size, order.size + 1 + np.arange(variables.shape[1])
    for at in range(0, variables.shape[0], BLOCK):
        some = variables[at : at + BLOCK]
        units = np.where(some < n, order[np.minimum(some, n - 1)], some)
        variables[at : at + BLOCK] = np.where(some < 0, slacks, units)
    return variables


def engine_of(solve_block: Kernel, programmes: Programmes, threads: int) -> Engine:
    """Return the engine of programmes; rows of ones at the end are of sums, not of goods."""
    rows, summed = programmes.reference, 0
    while summed < rows.shape[0] - 1 and (rows[-1 - summed] == 1.0).all():
        summed += 1
    goods = rows[: rows.shape[0] - summed]
    order = alike(goods)
    nobody = programmes.some(np.zeros(0, dtype=np.int64))  # a slice would keep the rows of all points alive
    return Engine(solve_block, nobody, order, in_chunks(goods[:, order]), threads)


def alike(goods: Floats, *, moved: Bools | None = None, leaf: int = CHUNK) -> Ints:
    """Return an order of the columns of ``goods`` (k, p) in which neighbours are alike: in each chunk, or closer.

    ``moved`` (k,): goods whose common size does not matter, because a score changes it.
    """
    k, p = goods.shape
    order, wide = np.arange(-(-p // CHUNK) * CHUNK), CHUNK
    logs = np.full((k, order.size), np.nan)  # what fills the last chunk stays at its end
    least = 1e-6 * np.maximum(goods.mean(axis=1, keepdims=True), np.finfo(float).tiny)
    np.log(np.maximum(goods, least, out=logs[:, :p]), out=logs[:, :p])
    if moved is not None and moved.any():
        size = logs.mean(axis=0, where=moved[:, None])
        for row in np.flatnonzero(moved):
            logs[row] -= size
    spans = [(0, p)] if p > CHUNK else []
    while spans:
        first, last = spans.pop()
        mine = logs[:, first:last]
        widest = mine[np.argmax(mine.max(axis=1) - mine.min(axis=1))]
        middle = -(-(last - first) // (2 * CHUNK)) * CHUNK
        halves = np.argpartition(widest, middle)
        order[first:last] = order[first:last].take(halves)
        logs[:, first:last] = mine.take(halves, axis=1)
        spans += [span for span in ((first, first + middle), (first + middle, last)) if span[1] - span[0] > CHUNK]
    while wide > leaf:
        mine, span = logs.reshape(k, -1, wide), np.arange(order.size // wide)
        widest = np.argmax(np.fmax.reduce(mine, axis=2) - np.fmin.reduce(mine, axis=2), axis=0)
        halves = (np.argpartition(mine[widest, span], wide // 2, axis=1) + wide * span[:, None]).ravel()
        order, logs, wide = order.take(halves), logs.take(halves, axis=1), wide // 2
    found: Ints = order[order < p]
    return found


def solved_quickly(programmes: Programmes, basis: Ints, cost: Floats) -> Solved:
    """Return what :func:`solved` returns; it solves what seems singular."""
    (e, k), wide = basis.shape, whole(basis.shape[1], SHORT)
    given = (programmes.reference, programmes.slack, basis, cost, programmes.move, programmes.b, programmes.scale)
    value, dual, weight = found = [np.zeros((e, k)) for _ in range(3)]
    singular, room = np.zeros(e, dtype=np.bool_), [aligned(np.zeros((rows, wide))) for rows in (k, k, k, 8)]
    own, pivots = np.arange(k), np.zeros(k, dtype=np.int64)
    bases = Bases._make((*map(np.ascontiguousarray, given), *found, singular, own, *room, pivots))
    load(*KERNELS[1])(bases)
    few = np.flatnonzero(singular)
    value[few], dual[few], weight[few], singular[few] = solved(programmes.some(few), basis[few], cost[few])
    return value, dual, weight, singular


def whole(numbers: int, length: int) -> int:
    """Return how many numbers fill the strips of so many bytes that some numbers need."""
    return -(-numbers * 8 // length) * length // 8


def in_chunks(goods: Floats) -> Floats:
    """Return columns (k, p) in chunks, (C, k, 64); the last column fills the last chunk."""
    k, p = goods.shape
    padded = goods if p % CHUNK == 0 else np.hstack((goods, np.repeat(goods[:, -1:], -p % CHUNK, axis=1)))
    return aligned(padded.reshape(k, -1, CHUNK).transpose(1, 0, 2))


def own_units(programmes: Programmes, k: int) -> tuple[Ints, Bools]:
    """Return the reference unit that each point is, or -1, and whether it is so at a score of 1, (e,) each."""
    n, e = programmes.reference.shape[1], programmes.b.shape[0]
    goods, weights = programmes.reference[:k], 1.0 + np.sqrt(np.arange(2.0, k + 2.0))
    keys = sum(weight * row for weight, row in zip(weights, goods, strict=True))
    order = np.argsort(keys, kind="stable")
    keys, own, itself = keys[order], np.full(e, -1), np.zeros(e, dtype=np.bool_)
    for score in (1.0, 0.0):
        points = (programmes.b[:, :k] - score * programmes.move[:, :k]).T
        sought = sum(weight * row for weight, row in zip(weights, points, strict=True))
        near = order[np.minimum(np.searchsorted(keys, sought), n - 1)]
        same = (own < 0) & (goods[:, near] == points).all(axis=0)
        own[same] = near[same]
        itself |= same & (score == 1.0) & (programmes.cost != 0)
        if (own >= 0).all():
            break
    return own, itself


def units_themselves(engine: Engine, moved: Bools, cost: int, places: Ints) -> Programmes:
    """Return the programmes that contract or expand some goods (K,) of the reference units at some places."""
    programmes = engine.programmes
    own = programmes.reference[:, engine.order[places]].T
    return Programmes(
        reference=programmes.reference,
        move=np.where(moved, -own, 0.0),
        cost=cost,
        b=np.where(moved, 0.0, own),
        slack=programmes.slack,
        equal=programmes.equal,
        scale=np.where(own > 0, own, 1.0),
        gain=np.zeros(own.shape),
        excess=np.full(own.shape, np.inf),
        excluded=np.full(places.size, -1),
    )


def scanned(engine: Engine, places: Ints) -> Scanned:
    """Return the columns of some places as the kernels price them."""
    chunks = engine.columns
    if places.size < engine.order.size:
        chunks = in_chunks(chunks[places // CHUNK, :, places % CHUNK].T)
    place = np.append(places, np.repeat(places[-1:], -places.size % CHUNK))
    low, high = chunks.min(axis=2).T, chunks.max(axis=2).T
    size = np.maximum(high.max(axis=0), -low.min(axis=0))
    rough = aligned((chunks if size.max() < HUGE else np.clip(chunks, -HUGE, HUGE)).astype(np.float32))
    slip = np.where(size < HUGE, (chunks.shape[1] + 4) * SINGLE * size + 1.0 / HUGE, np.inf)
    fill = (0, 0), (0, whole(size.size, LONG) - size.size)
    low, high = (aligned(np.pad(goods, fill)) for goods in (low, high))
    return Scanned(chunks, rough, low, high, size, slip, place)


def run_blocks(engine: Engine, asked: Asked, columns: Scanned, out: Outcome) -> None:
    """Solve programmes in blocks and store how they end.

    Where the frontier is sought, all learn after eight blocks what is on it, and what is inside is priced no more.
    """
    first, nobody = asked.ask(asked.rows[:0]), np.zeros(0, dtype=np.int32)
    early, shown = asked.shown is not None, nobody if asked.shown is None else asked.shown
    shared = Shared(
        np.ascontiguousarray(first.slack),
        np.ascontiguousarray(first.equal),
        float(first.cost),
        engine.columns,
        engine.order.size,
        early,
    )

    def block(mine: slice, seen: Small) -> Any:
        rows = asked.rows[mine]
        programmes, start = asked.ask(rows), out.variables[rows].astype(np.int64)
        values = [np.ascontiguousarray(getattr(programmes, name)) for name in ROWS]
        points = Points._make([*values, asked.own[mine], asked.excluded[mine], start])
        work = working_set(engine, programmes, columns, early)
        words, variables = np.zeros(rows.size, dtype=np.int64), start.copy()
        engine.solve_block(shared, columns, points, work, Ended(words, variables, seen))
        return rows, seen, words, variables, work.counts

    blocks = [slice(at, at + asked.block) for at in range(0, asked.rows.size, asked.block)]
    with ThreadPoolExecutor(engine.threads) as pool:
        for at in range(0, len(blocks), TOGETHER):
            if early and (left := np.flatnonzero(out.words != INNER)).size < FEWER * columns.place.size:
                columns = scanned(engine, left)  # what is proven to be inside is nobody's peer
            group = blocks[at : at + TOGETHER]
            seen = [shown.copy() for _ in group]
            for rows, mine, words, variables, counts in list(pool.map(block, group, seen)):
                out.words[rows], out.variables[rows] = words, variables
                out.counts[:] += counts
                np.copyto(shown, mine, where=shown < 0)


def working_set(engine: Engine, programmes: Programmes, columns: Scanned, early: bool) -> Work:
    """Return a working set without reference units, its basis the slacks."""
    (k, chunks), rows = columns.low.shape, programmes.slack.size
    kept = next(kept[0 if early else 1] for most, *kept in WORKING if k <= most)
    slots, wide = whole(2 * rows + 1 + kept, LONG), whole(rows, SHORT)
    matrix = np.zeros((rows, slots))
    matrix[np.arange(rows), np.arange(rows)] = programmes.slack
    matrix[np.arange(rows), rows + np.arange(rows)] = -programmes.slack
    number = np.full(slots, -1)
    number[: 2 * rows + 1] = engine.order.size + np.append(1 + np.arange(2 * rows), 0)
    basic, fixed = np.arange(slots) < rows, np.arange(slots) > 2 * rows
    fixed[:rows] = programmes.equal
    of_rows = ("x", "weight", "free", "held", "worth", "mass", "dual", "by", "line", "column")
    sizes: dict[str, Any] = dict.fromkeys(of_rows, wide) | {"seen": (k, chunks), "bound": chunks}
    sizes |= dict.fromkeys(("cost", "open", "alpha", "d"), slots)
    sizes |= {"columns": (slots, wide), "inverse": (rows, wide), "room": (rows, wide), "scratch": (5, max(CHUNK, wide))}
    work = Work(
        matrix=aligned(matrix),
        number=number,
        used=np.zeros(slots, dtype=np.int64),
        basic=basic,
        fixed=fixed,
        basis=np.arange(rows),
        rough=aligned(np.zeros((2, max(CHUNK, rows)), dtype=np.float32)),
        pivots=np.zeros(rows, dtype=np.int64),
        top=aligned(np.full(chunks, np.inf)),
        best=np.zeros(JOIN),
        found=np.zeros(JOIN, dtype=np.int64),
        looked=np.zeros(chunks + 1, dtype=np.int64),
        slot=np.full(engine.order.size, -1, dtype=np.int32),
        counts=np.zeros(4, dtype=np.int64),
        clock=np.array([0, -1, 0]),
        **{name: aligned(np.zeros(size)) for name, size in sizes.items()},
    )
    work.columns[:, :rows] = matrix.T
    work.cost[2 * rows] = programmes.cost
    return work
