"""The columns of a reference set, compiled: prices of all, in chunks that are often skipped, and the working set.

What kernels share is kept in named tuples of arrays. Nothing is allocated in a kernel.
"""

from typing import NamedTuple

from xinzhi.compute.kernels import PROPOSES, compiled, kinds, record
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints

BEST = 4
"""Columns that join the working set after all are priced."""


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
    """Columns that are priced: (C, k, 64); least, largest (C, k) and largest size (C,); places (C * 64,)."""

    chunks: Floats
    low: Floats
    high: Floats
    size: Floats
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
    ``ratio``, ``scratch``, ``swapped``: room for results on the way. ``seen`` (C, k), ``top`` (C,): prices for which
    a chunk was looked through last, and the maximum; ``best``, ``found``: (4,) columns that join. ``counts``: (4,);
    ``clock``: (3,) points so far, slot of the excluded unit or -1, row that no column helps.
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
    swapped: Ints
    seen: Floats
    top: Floats
    best: Floats
    found: Ints
    counts: Ints
    clock: Ints


f1, f2, f3 = kinds.float64[::1], kinds.float64[:, ::1], kinds.float64[:, :, ::1]
i1, i2, b1 = kinds.int64[::1], kinds.int64[:, ::1], kinds.boolean[::1]
shared_t = record(Shared, f1, b1, kinds.float64, f3, kinds.int64, kinds.boolean)
scanned_t = record(Scanned, f3, f2, f2, f1, i1)
points_t = record(Points, f2, f2, f2, f2, f2, i1, i1, i2)
work_t = record(
    Work, f2, f1, i1, i1, b1, b1, i1, f2, f1, f1, f1, f1, f1, f1, f1, f1, f1, f2, i1, f2, f1, f1, i1, i1, i1
)


@compiled(kinds.void(f1, f2, f1), liberties=PROPOSES)
def combine(vector: Floats, matrix: Floats, out: Floats) -> None:
    """Set ``out`` (S,) to the product of a vector (K,) and a matrix (K, S)."""
    rows, width = matrix.shape
    row = matrix[0]
    weight = vector[0]
    for t in range(width):
        out[t] = weight * row[t]
    r = 1
    while r + 3 <= rows:
        first, second, third = matrix[r], matrix[r + 1], matrix[r + 2]
        a, b, c = vector[r], vector[r + 1], vector[r + 2]
        for t in range(width):
            out[t] += a * first[t] + b * second[t] + c * third[t]
        r += 3
    while r < rows:
        row = matrix[r]
        weight = vector[r]
        for t in range(width):
            out[t] += weight * row[t]
        r += 1


@compiled(kinds.int64(scanned_t, work_t, f1, kinds.float64, kinds.int64), liberties=PROPOSES)
def propose(scanned: Scanned, work: Work, prices: Floats, limit: float, excluded: int) -> int:
    """Find up to four columns, one a chunk, whose price exceeds the limit; return how many chunks were priced.

    A chunk is skipped where its last maximum and the change of prices since then admit no price above the limit.
    """
    total, k, width = scanned.chunks.shape
    work.best[:] = limit
    work.found[:] = -1
    line = work.scratch[0]
    priced = 0
    for c in range(total):
        bound = work.top[c]
        for i in range(k):
            change = prices[i] - work.seen[c, i]
            bound += max(change * scanned.low[c, i], change * scanned.high[c, i])
        if bound <= limit:
            continue
        priced += 1
        price = prices[0]
        for t in range(width):
            line[t] = price * scanned.chunks[c, 0, t]
        for i in range(1, k):
            price = prices[i]
            for t in range(width):
                line[t] += price * scanned.chunks[c, i, t]
        top = line[0]
        for t in range(width):
            top = max(top, line[t])
        work.top[c] = top + 1e-15 * scanned.size[c]
        for i in range(k):
            work.seen[c, i] = prices[i]
        if top > work.best[-1]:
            chosen, top = -1, work.best[-1]
            for t in range(width):
                if line[t] > top and scanned.place[c * width + t] != excluded:
                    chosen, top = scanned.place[c * width + t], line[t]
            at = BEST - 1
            while chosen >= 0 and at > 0 and work.best[at - 1] < top:
                work.best[at], work.found[at] = work.best[at - 1], work.found[at - 1]
                at -= 1
            if chosen >= 0:
                work.best[at], work.found[at] = top, chosen
    return priced


@compiled(kinds.int64(shared_t, work_t, kinds.int64))
def insert(shared: Shared, work: Work, place: int) -> int:
    """Return the slot of a reference unit; it takes that of the one which was used least recently."""
    rows, slots = work.matrix.shape
    work.clock[0] += 1
    for s in range(2 * rows + 1, slots):
        if work.number[s] == place:
            work.used[s] = work.clock[0]
            return s
    oldest, since = -1, work.clock[0] + 1
    for s in range(2 * rows + 1, slots):
        if work.used[s] < since and not work.basic[s] and s != work.clock[1]:
            oldest, since = s, work.used[s]
    _, k, width = shared.columns.shape
    for r in range(rows):
        work.matrix[r, oldest] = shared.columns[place // width, r, place % width] if r < k else 1.0
    work.number[oldest] = place
    work.used[oldest] = work.clock[0]
    work.fixed[oldest] = False
    return oldest
