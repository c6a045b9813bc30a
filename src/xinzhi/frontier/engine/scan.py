"""The columns of a reference set, compiled: prices of all, in chunks that are often skipped, and the working set.

What kernels share is kept in named tuples of arrays. Nothing is allocated in a kernel.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from xinzhi.compute.kernels import PROPOSES, compiled, kinds, record
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints

Singles = NDArray[np.float32]
Small = NDArray[np.int32]

ROUNDING = 1e-15
"""What a maximum of prices may lose, relative to the largest good of the chunk."""


class Shared(NamedTuple):
    """What the programmes of a block have in common.

    ``sign``: (K,) of slacks; ``equal``: (K,) rows without; ``cost`` of the score; ``columns``: (C, k, 64) goods by
    place; ``units``: how many; ``early``: a point that is proven to be inside is left.
    """

    sign: Floats
    equal: Bools
    cost: float
    columns: Floats
    units: int
    early: bool


class Scanned(NamedTuple):
    """Columns that are priced.

    ``chunks``, ``rough``: (C, k, 64) in double and in single precision; ``low``, ``high``: (k, C) least and largest
    goods; ``size``: (C,) the largest; ``slip``: (C,) what a rough price may lose; ``place``: (C * 64,).
    """

    chunks: Floats
    rough: Singles
    low: Floats
    high: Floats
    size: Floats
    slip: Floats
    place: Ints


class Points(NamedTuple):
    """Rows of the programmes (B, K); the point's own place and the place that is excluded (B,), or -1; starts."""

    move: Floats
    b: Floats
    scale: Floats
    gain: Floats
    excess: Floats
    own: Ints
    excluded: Ints
    start: Ints


class Work(NamedTuple):
    """The working set of S slots: slacks, excesses, the score, reference units; and where all columns were priced.

    ``matrix``: (K, S) columns; ``cost``, ``number`` of the variable, ``used``: when it was last, ``basic``, ``fixed``
    at zero: (S,). ``basis``: (K,) slots; ``inverse``: (K, K); ``x``, ``dual``: (K,) values; ``weight``: (K,) how far
    a unit of a variable moves the rows, relative to the point; ``column``: (K,) that enters. ``alpha``, ``d``: (S,)
    a row, and reduced costs; ``open``: (S,) by what they are multiplied, zero where a slot may not enter; ``rise``,
    ``ratio``, ``scratch``, ``rough``, ``swapped``: room for results on the way. ``seen`` (k, C), ``top`` (C,): prices
    for which a chunk was looked through last, and the maximum; ``bound``: (C,) of prices; ``best``, ``found``: a few
    columns that join; ``slot``: (n,) of a reference unit or -1. ``counts``: (4,); ``clock``: (3,) points so far, slot
    of the excluded unit or -1, row that no column helps.
    """

    matrix: Floats
    cost: Floats
    number: Ints
    used: Ints
    basic: Bools
    fixed: Bools
    basis: Ints
    inverse: Floats
    x: Floats
    weight: Floats
    dual: Floats
    column: Floats
    alpha: Floats
    d: Floats
    open: Floats
    rise: Floats
    ratio: Floats
    scratch: Floats
    rough: Singles
    swapped: Ints
    seen: Floats
    top: Floats
    bound: Floats
    best: Floats
    found: Ints
    slot: Small
    counts: Ints
    clock: Ints


g1, g2, g3 = kinds.float32[::1], kinds.float32[:, ::1], kinds.float32[:, :, ::1]
f1, f2, f3 = kinds.float64[::1], kinds.float64[:, ::1], kinds.float64[:, :, ::1]
i1, i2, n1, b1 = kinds.int64[::1], kinds.int64[:, ::1], kinds.int32[::1], kinds.boolean[::1]
shared_t = record(Shared, f1, b1, kinds.float64, f3, kinds.int64, kinds.boolean)
scanned_t = record(Scanned, f3, g3, f2, f2, f1, f1, i1)
points_t = record(Points, f2, f2, f2, f2, f2, i1, i1, i2)
work_t = record(
    *(Work, f2, f1, i1, i1, b1, b1, i1, f2, f1, f1, f1, f1, f1, f1, f1, f1, f1),
    *(f2, g2, i1, f2, f1, f1, f1, i1, n1, i1, i1),
)


@compiled(kinds.float64(work_t, f1, kinds.int64))
def weigh(work: Work, scale: Floats, slot: int) -> float:
    """Return the largest entry of a column, relative to the point's own goods."""
    largest = 0.0
    for r in range(scale.size):
        largest = max(largest, abs(work.matrix[r, slot]) / scale[r])
    return largest


@compiled(kinds.void(work_t, kinds.int64))
def turn(work: Work, slot: int) -> None:
    """Set ``column`` to the inverse times the column of a slot."""
    rows = work.basis.size
    for i in range(rows):
        total = 0.0
        for r in range(rows):
            total += work.inverse[i, r] * work.matrix[r, slot]
        work.column[i] = total


@compiled([kinds.void(f1, f2, f1), kinds.void(g1, g2, g1)], liberties=PROPOSES)
def combine(vector: Any, matrix: Any, out: Any) -> None:
    """Set ``out`` (S,) to the product of a vector (K,) and a matrix (K, S)."""
    rows, width = matrix.shape
    row = matrix[0]
    weight = vector[0]
    for t in range(width):
        out[t] = weight * row[t]
    r = 1
    while r + 4 <= rows:
        first, second, third, fourth = matrix[r], matrix[r + 1], matrix[r + 2], matrix[r + 3]
        a, b, c, d = vector[r], vector[r + 1], vector[r + 2], vector[r + 3]
        for t in range(width):
            out[t] += (a * first[t] + b * second[t]) + (c * third[t] + d * fourth[t])
        r += 4
    while r < rows:
        row = matrix[r]
        weight = vector[r]
        for t in range(width):
            out[t] += weight * row[t]
        r += 1


@compiled(kinds.void(scanned_t, work_t, kinds.int64, kinds.int64))
def join(scanned: Scanned, work: Work, c: int, excluded: int) -> None:
    """Put the column of a chunk whose price is largest among the best, if it belongs there."""
    line, width = work.scratch[0], scanned.chunks.shape[2]
    chosen, top = -1, work.best[-1]
    for t in range(width):
        if line[t] > top and scanned.place[c * width + t] != excluded:
            chosen, top = scanned.place[c * width + t], line[t]
    at = work.best.size - 1
    while chosen >= 0 and at > 0 and work.best[at - 1] < top:
        work.best[at], work.found[at] = work.best[at - 1], work.found[at - 1]
        at -= 1
    if chosen >= 0:
        work.best[at], work.found[at] = top, chosen


@compiled(kinds.int64(scanned_t, work_t, f1, kinds.float64, kinds.int64), liberties=PROPOSES)
def propose(scanned: Scanned, work: Work, prices: Floats, limit: float, excluded: int) -> int:
    """Find a few columns, one a chunk, whose price exceeds the limit; return how many chunks were priced.

    A chunk is skipped where its last maximum and the change of prices since then admit no price above the limit,
    and priced in double precision where its prices in single precision leave it open whether there is one.
    """
    total, k, width = scanned.chunks.shape
    bound, line, rough, priced = work.bound, work.scratch[0], work.rough, 0
    work.best[:] = limit
    work.found[:] = -1
    for c in range(total):
        bound[c] = work.top[c]
    for i in range(k):
        price, seen, low, high = prices[i], work.seen[i], scanned.low[i], scanned.high[i]
        rough[1, i] = price
        for c in range(total):
            change = price - seen[c]
            bound[c] += max(change * low[c], change * high[c])
    for c in range(total):
        if bound[c] <= limit:
            continue
        priced += 1
        combine(rough[1], scanned.rough[c], rough[0])
        faint = rough[0, 0]
        for t in range(width):
            faint = max(faint, rough[0, t])
        top = faint + scanned.slip[c]
        if top > work.best[-1]:
            combine(prices, scanned.chunks[c], line)
            top = line[0]
            for t in range(width):
                top = max(top, line[t])
            if top > work.best[-1]:
                join(scanned, work, c, excluded)
            top += ROUNDING * scanned.size[c]
        work.top[c] = top
        for i in range(k):
            work.seen[i, c] = prices[i]
    return priced


@compiled(kinds.int64(shared_t, work_t, kinds.int64))
def insert(shared: Shared, work: Work, place: int) -> int:
    """Return the slot of a reference unit; it takes that of the one which was used least recently."""
    rows, slots = work.matrix.shape
    work.clock[0] += 1
    oldest = int(work.slot[place])
    if oldest < 0:
        since = work.clock[0] + 1
        for s in range(2 * rows + 1, slots):
            if work.used[s] < since and not work.basic[s] and s != work.clock[1]:
                oldest, since = s, work.used[s]
        _, k, width = shared.columns.shape
        for r in range(rows):
            work.matrix[r, oldest] = shared.columns[place // width, r, place % width] if r < k else 1.0
        if work.number[oldest] >= 0:
            work.slot[work.number[oldest]] = -1
        work.slot[place], work.number[oldest] = oldest, place
        work.fixed[oldest] = False
    work.used[oldest] = work.clock[0]
    return oldest
