"""The columns of a reference set, compiled: prices of all, in chunks that are often skipped, and the working set."""

from typing import Any

from xinzhi.compute.compiling import PROPOSES, STRIP, compiled, kinds, record, strip_product
from xinzhi.frontier.engine.programmes import Floats
from xinzhi.frontier.engine.records import Ended, Points, Scanned, Shared, Work

ROUNDING = 1e-15
"""What a maximum of prices may lose, relative to the largest good of the chunk."""

g1, g2, g3 = kinds.float32[::1], kinds.float32[:, ::1], kinds.float32[:, :, ::1]
f1, f2, f3 = kinds.float64[::1], kinds.float64[:, ::1], kinds.float64[:, :, ::1]
i1, i2, n1, b1 = kinds.int64[::1], kinds.int64[:, ::1], kinds.int32[::1], kinds.boolean[::1]
shared_t = record(Shared, f1, b1, kinds.float64, f3, kinds.int64, kinds.boolean)
scanned_t = record(Scanned, f3, g3, f2, f2, f1, f1, i1)
ended_t = record(Ended, i1, i2, b1)
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


@compiled([kinds.float64(f1, f2, f1), kinds.float32(g1, g2, g1)], liberties=PROPOSES)
def combine(vector: Any, matrix: Any, out: Any) -> Any:
    """Set ``out`` (S,) to the product of a vector (K,) and a matrix (K, S) of whole strips; return the largest."""
    lanes = STRIP // matrix.itemsize
    top = strip_product(vector, matrix, out, 0)
    for at in range(lanes, matrix.shape[1], lanes):
        top = max(top, strip_product(vector, matrix, out, at))
    return top


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
    total, k, _ = scanned.chunks.shape
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
        top = combine(rough[1], scanned.rough[c], rough[0]) + scanned.slip[c]
        if top > work.best[-1]:
            top = combine(prices, scanned.chunks[c], line)
            if top > work.best[-1]:
                join(scanned, work, c, excluded)
            top += ROUNDING * scanned.size[c]
        work.top[c] = top
    for i in range(k):
        price, seen = prices[i], work.seen[i]
        for c in range(total):
            seen[c] = price if bound[c] > limit else seen[c]
    return priced


@compiled(kinds.int64(shared_t, work_t, kinds.int64))
def insert(shared: Shared, work: Work, place: int) -> int:
    """Return the slot of a reference unit; it takes that of the one which was used least recently."""
    rows = work.basis.size
    work.clock[0] += 1
    now, oldest = work.clock[0], int(work.slot[place])
    if oldest < 0:
        first, (_, k, width) = 2 * rows + 1, shared.columns.shape
        used, basic, excluded, since = work.used[first:], work.basic[first:], work.clock[1] - first, now
        for s in range(used.size):
            since = min(since, now if basic[s] | (s == excluded) else used[s])
        free = 0
        while used[free] != since or basic[free] or free == excluded:
            free += 1
        oldest, chunk, column = first + free, shared.columns[place // width], place % width
        for r in range(rows):
            work.matrix[r, oldest] = chunk[r, column] if r < k else 1.0
        if work.number[oldest] >= 0:
            work.slot[work.number[oldest]] = -1
        work.slot[place], work.number[oldest] = oldest, place
        work.fixed[oldest] = False
    work.used[oldest] = now
    return oldest
