"""The columns of a reference set, compiled: prices of all, in chunks that are often skipped, and the working set."""

from xinzhi.compute.compiling import compiled, kinds, record
from xinzhi.frontier.engine.arithmetic import NEVER, bound_prices, combine, note_prices, peak
from xinzhi.frontier.engine.programmes import Floats
from xinzhi.frontier.engine.records import Bases, Ended, Points, Scanned, Shared, Work

ROUNDING = 1e-15
"""What a maximum of prices may lose, relative to the largest good of the chunk."""

g1, g2, g3 = kinds.float32[::1], kinds.float32[:, ::1], kinds.float32[:, :, ::1]
f1, f2, f3 = kinds.float64[::1], kinds.float64[:, ::1], kinds.float64[:, :, ::1]
i1, i2, n1, b1 = kinds.int64[::1], kinds.int64[:, ::1], kinds.int32[::1], kinds.boolean[::1]
shared_t = record(Shared, f1, b1, kinds.float64, f3, kinds.int64, kinds.boolean)
scanned_t = record(Scanned, f3, g3, f2, f2, f1, f1, i1)
ended_t = record(Ended, i1, i2, n1)
bases_t = record(Bases, f2, f1, i2, f2, f2, f2, f2, f2, f2, f2, b1, i1, f2, f2, f2, f2, i1)
points_t = record(Points, f2, f2, f2, f2, f2, i1, i1, i2)
work_t = record(
    *(Work, f2, f2, f1, i1, i1, b1, b1, f1, i1, f2, f1, f1, f1, f1, f1, f1, f1, f1, f1, f1, f1, f1),
    *(f2, g2, f2, i1, f2, f1, f1, f1, i1, i1, n1, i1, i1),
)


@compiled(kinds.void(scanned_t, work_t, kinds.int64, kinds.int64))
def join(scanned: Scanned, work: Work, c: int, excluded: int) -> None:
    """Put the column of a chunk whose price is largest among the best, if it belongs there."""
    width, at = scanned.chunks.shape[2], work.best.size
    line = work.scratch[0, :width]
    chosen = peak(line)
    while chosen >= 0 and scanned.place[c * width + chosen] == excluded:
        line[chosen] = NEVER
        chosen = peak(line)
    while chosen >= 0 and at > 0 and work.best[at - 1] < line[chosen]:
        at -= 1
        if at + 1 < work.best.size:
            work.best[at + 1], work.found[at + 1] = work.best[at], work.found[at]
    if at < work.best.size:
        work.best[at], work.found[at] = line[chosen], scanned.place[c * width + chosen]


@compiled(kinds.int64(scanned_t, work_t, f1, kinds.float64, kinds.int64))
def propose(scanned: Scanned, work: Work, prices: Floats, limit: float, excluded: int) -> int:
    """Find a few columns, one a chunk, whose price exceeds the limit; return how many chunks were priced.

    A chunk is skipped where its last maximum and the change of prices since then admit no price above the limit,
    and priced in double precision where its prices in single precision leave it open whether there is one.
    """
    total, k, _ = scanned.chunks.shape
    bound, rough, priced = work.bound, work.rough, 0
    work.best[:] = limit
    work.found[:] = -1
    for i in range(k):
        rough[1, i] = prices[i]
    bound_prices(prices, work.seen, scanned.low, scanned.high, work.top, bound)
    for c in range(total):  # what to do next cannot be guessed here, and need not
        work.looked[priced] = c
        priced += not bound[c] <= limit
    for at in range(priced):
        c = work.looked[at]
        top = combine(rough[1], scanned.rough[c], rough[0]) + scanned.slip[c]
        if top > work.best[-1]:
            top = combine(prices, scanned.chunks[c], work.scratch[0])
            if top > work.best[-1]:
                join(scanned, work, c, excluded)
            top += ROUNDING * scanned.size[c]
        work.top[c] = top
    note_prices(prices, work.seen, bound, limit)
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
            work.matrix[r, oldest] = work.columns[oldest, r] = chunk[r, column] if r < k else 1.0
        if work.number[oldest] >= 0:
            work.slot[work.number[oldest]] = -1
        work.slot[place], work.number[oldest] = oldest, place
        work.fixed[oldest] = False
        work.open[oldest] = 1.0
    work.used[oldest] = now
    return oldest
