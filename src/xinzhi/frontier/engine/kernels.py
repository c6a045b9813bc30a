"""The simplex method on a small set of columns, compiled.

A block of points is solved one after the other. Work is done on a working set: slacks, excesses, the score's column
and the reference units that were basic last. The basis of the point before, or one that is given, is the start:
the dual simplex makes it feasible, the primal simplex optimal; then all columns are priced, and the worst join.
A basis is factored anew before anything is believed of it.
"""

import numpy as np

from xinzhi.compute.compiling import compiled, kinds
from xinzhi.frontier.engine.arithmetic import (
    TOLERANCE,
    admitted,
    blocked,
    cheapest,
    copy,
    exchange,
    least_ratio,
    leaving,
    multiply,
    reach,
    reached,
)
from xinzhi.frontier.engine.bases import exchanged, improve, read_inverse
from xinzhi.frontier.engine.programmes import Floats
from xinzhi.frontier.engine.records import (
    INFEASIBLE,
    INNER,
    NUMERICAL,
    OK,
    SKIPPED,
    UNBOUNDED,
    Ended,
    Points,
    Scanned,
    Shared,
    Work,
)
from xinzhi.frontier.engine.scan import (
    ended_t,
    f1,
    insert,
    points_t,
    propose,
    scanned_t,
    shared_t,
    work_t,
)

ROUNDING = 1e-14
"""What the sum of products of a price may lose, relative to the sum of their sizes; as in the certificate."""
SURE = 1.5
"""Above that multiple of what is admitted a price is seen by all kernels, however they add up."""
PIVOT = 1e-10
"""Smaller entries of a row or column are taken for zero, relative to its largest where that is below 1."""
FAINT = 1e-3
"""That multiple of it must be zero before a programme is called infeasible."""
INSIDE = 1e-9
"""A unit whose score is this far from 1 is not on the frontier."""
REPAIRS = 5
"""How often a factored basis may turn out not to be final before a cold start."""
ROUNDS = 5000
"""How often all columns may be priced, or a basis factored, for one point."""

AT_REST, NO_COLUMN, NO_ROW, TOO_LONG = range(4)
"""How the simplex method ended on the working set."""
PIVOTS, SCANS, REPAIRED, COLD = range(4)
"""Places of what is counted."""


@compiled(kinds.void(shared_t, points_t, work_t, kinds.int64))
def begin(shared: Shared, points: Points, work: Work, u: int) -> None:
    """Set the rows of point ``u``, and the basis to start from if one is given."""
    rows = work.basis.size
    score, number = 2 * rows, shared.units
    work.clock[0] += 1
    for r in range(rows):
        work.matrix[r, score] = work.columns[score, r] = points.move[u, r]
        work.by[r] = 1.0 / points.scale[u, r]
        work.cost[r] = -points.gain[u, r]
        finite = points.excess[u, r] < np.inf
        work.cost[rows + r] = points.excess[u, r] if finite else 0.0
        work.fixed[rows + r] = not finite
    for i in range(rows):  # an excess that is not admitted leaves to the slack of its row, which has the same column
        slot = work.basis[i]
        if rows <= slot < score and work.fixed[slot]:
            work.basis[i] = slot - rows
            work.basic[slot], work.basic[slot - rows] = False, True
    if points.start[u, 0] >= 0:
        for i in range(rows):
            work.basic[work.basis[i]] = False
        for i in range(rows):
            place = points.start[u, i]
            slot = score if place == number else place - number - 1
            if place < number:
                slot = insert(shared, work, place)
            elif rows <= slot < score and work.fixed[slot]:
                slot -= rows
            work.basis[i] = slot
            work.basic[slot] = True
    if work.clock[1] >= 0:
        work.fixed[work.clock[1]] = False
    work.clock[1] = -1
    if points.excluded[u] >= 0:
        work.clock[1] = insert(shared, work, points.excluded[u])
        work.fixed[work.clock[1]] = True
    if points.own[u] >= 0 and points.own[u] != points.excluded[u]:
        insert(shared, work, points.own[u])


@compiled(kinds.void(work_t))
def unlock(work: Work) -> None:
    """Note which slots may enter, and by what their reduced costs are multiplied."""
    rows, gate, basic, fixed = work.basis.size, work.open, work.basic, work.fixed
    for s in range(gate.size):
        gate[s] = 0.0 if basic[s] | fixed[s] else 1.0
    for r in range(rows):
        gate[r] /= work.by[r]
        gate[rows + r] /= work.by[r]


@compiled(kinds.void(shared_t, work_t))
def restart(shared: Shared, work: Work) -> None:
    """Set the basis to the slacks, and the score in the row of a good that moves, a used one if there is one."""
    rows = work.basis.size
    row, size = -1, 0.0
    for r in range(rows):
        step = abs(work.matrix[r, 2 * rows]) * work.by[r]
        if shared.equal[r]:
            step *= 1e-6
        elif shared.sign[r] > 0:
            step *= 1e6
        if step > size:
            row, size = r, step
    work.basic[:] = False
    for r in range(rows):
        work.basis[r] = 2 * rows if r == row else r
        work.basic[work.basis[r]] = True
    unlock(work)


@compiled(kinds.void(work_t, kinds.int64, kinds.int64))
def seat(work: Work, row: int, slot: int) -> None:
    """Note of what kind the variable is that is basic in a row."""
    score, fixed = slot == 2 * work.basis.size, work.fixed[slot]
    work.weight[row] = reach(work.columns, slot, work.by)
    work.free[row] = 1.0 if score else 0.0
    work.held[row] = 1.0 if fixed else 0.0
    work.worth[row] = 0.0 if score or fixed else work.cost[slot]
    work.mass[row] = 1.0 if slot > 2 * work.basis.size and not fixed else 0.0


@compiled(kinds.boolean(work_t, f1))
def factor(work: Work, b: Floats) -> bool:
    """Invert the matrix of basic columns; set values and duals, refined once. False: it is singular."""
    rows, wide, lines = work.basis.size, work.x.size, work.scratch
    by, room = lines[2, :wide], lines[3, :wide]
    for r in range(wide):
        by[r] = work.by[r]
        work.x[r] = work.dual[r] = 0.0
    for i in range(rows):  # transposed: a row each basic variable
        copy(work.columns, work.basis[i], work.room, i)
        seat(work, i, work.basis[i])
        lines[0, i], lines[1, i] = b[i], work.cost[work.basis[i]]
    if not exchanged(work.room, by, work.weight, room, work.pivots):
        return False
    read_inverse(work.room, work.pivots, work.inverse)
    improve(lines, work.columns, work.basis, work.inverse, work.x, work.dual)
    improve(lines, work.columns, work.basis, work.inverse, work.x, work.dual)
    total = 0.0
    for r in range(rows):
        total += abs(work.x[r]) + abs(work.dual[r])
    return bool(total < np.inf)


@compiled(kinds.void(work_t, kinds.int64, kinds.int64))
def enter(work: Work, row: int, slot: int) -> None:
    """Let a slot enter the basis in a row; ``column`` holds the inverse times its column."""
    rows, left = work.basis.size, work.basis[row]
    exchange(work.inverse, work.column, work.x, work.dual, row, work.d[slot])
    work.basic[left] = False
    if not work.fixed[left]:
        work.open[left] = 1.0 / work.by[left % rows] if left < 2 * rows else 1.0
    work.open[slot] = 0.0
    work.basis[row] = slot
    seat(work, row, slot)
    work.basic[slot] = True
    work.used[slot] = work.clock[0]
    work.counts[PIVOTS] += 1


@compiled(kinds.float64(f1))
def zero(line: Floats) -> float:
    """Return below which size entries of a row or column are taken for zero."""
    largest = 0.0
    for r in range(line.size):
        largest = max(largest, abs(line[r]))
    return PIVOT * min(1.0, largest)


@compiled(kinds.float64(work_t, kinds.int64))
def read_row(work: Work, row: int) -> float:
    """Set ``line`` to a row of the inverse, above zero where its value is helped; return what counts as zero in it."""
    for r in range(work.basis.size):
        work.line[r] = work.inverse[r, row] if work.x[row] > 0.0 else -work.inverse[r, row]
    return zero(work.line)


@compiled(kinds.int64(work_t))
def make_feasible(work: Work) -> int:
    """Dual simplex on the working set; a reduced cost below zero counts as zero, and is left to the primal."""
    alpha, d, gate, step = work.alpha, work.d, work.open, 0.0
    for done in range(100 * work.basis.size):
        limit, _ = admitted(work.x, work.free, work.worth, work.mass)
        bland = 1.0 if done > 20 * work.basis.size else 0.0
        row = leaving(work.inverse, work.x, work.weight, work.held, work.free, limit, bland)
        if row < 0:
            return AT_REST
        if done == 0:
            cheapest(work.dual, work.matrix, work.cost, d, gate, limit)
            alpha[:] = 0.0
        least, slot = read_row(work, row), -1
        for most in (least, FAINT * least):
            ratio = least_ratio(work.line, work.matrix, alpha, d, gate, step, most)
            slot, step = reached(alpha, d, gate, most, ratio), 0.0
            if slot >= 0:
                break
        if slot < 0:
            work.clock[2] = row
            return NO_COLUMN
        multiply(work.columns, slot, work.inverse, work.column)
        step = d[slot] / alpha[slot]
        enter(work, row, slot)
    return TOO_LONG


@compiled(kinds.boolean(work_t, kinds.float64, kinds.int64))
def pays(work: Work, limit: float, slot: int) -> bool:
    """Return whether a column prices out by more than what is admitted and what its sum of products may lose."""
    rows = work.basis.size
    price, size = work.cost[slot], abs(work.cost[slot])
    for r in range(rows):
        part = work.dual[r] * work.matrix[r, slot]
        price -= part
        size += abs(part)
    if slot < 2 * rows:
        price /= work.by[slot % rows]
        size /= work.by[slot % rows]
    return bool(price < -limit - ROUNDING * size)


@compiled(kinds.int64(work_t, kinds.float64, kinds.boolean))
def another(work: Work, limit: float, bland: bool) -> int:
    """Return the slot with the least reduced cost, or the first whose cost is below zero; -1 for none."""
    slot, most = -1, limit
    for s in range(work.d.size):
        gain = -work.d[s] * work.open[s]
        if gain > most and not (bland and slot >= 0):
            slot, most = s, gain
    return slot


@compiled(kinds.int64(work_t))
def make_optimal(work: Work) -> int:
    """Primal simplex on the working set."""
    for done in range(100 * work.basis.size):
        _, limit = admitted(work.x, work.free, work.worth, work.mass)
        slot = cheapest(work.dual, work.matrix, work.cost, work.d, work.open, limit)
        bland = done > 20 * work.basis.size
        if bland:
            slot = another(work, limit, bland)
        while slot >= 0 and not pays(work, limit, slot):
            work.d[slot] = 0.0
            slot = another(work, limit, bland)
        if slot < 0:
            return AT_REST
        multiply(work.columns, slot, work.inverse, work.column)
        row = blocked(work.column, work.x, work.weight, work.held, work.free, zero(work.column))
        if row < 0:
            return NO_ROW
        enter(work, row, slot)
    return TOO_LONG


@compiled(kinds.boolean(shared_t, scanned_t, work_t, kinds.int64))
def search(shared: Shared, scanned: Scanned, work: Work, row: int) -> bool:
    """Price all columns, and bring the worst into the working set; False: there is none.

    Prices are the duals; where ``row`` is not -1 they are that row of the inverse: what helps its value?
    """
    rows, k = work.basis.size, shared.columns.shape[1]
    prices, scaled = work.line, work.scratch[1]
    norm, rest, limit = 0.0, 0.0, 0.0
    if row < 0:
        for r in range(rows):
            prices[r] = work.dual[r]
        _, limit = admitted(work.x, work.free, work.worth, work.mass)
    else:
        limit = FAINT * read_row(work, row)
    for r in range(rows):
        if r < k:
            norm += abs(prices[r])
        else:
            rest += prices[r]
    norm = norm if norm > 0.0 else 1.0
    for r in range(k):
        scaled[r] = prices[r] / norm
    excluded = work.number[work.clock[1]] if work.clock[1] >= 0 else -1
    work.counts[SCANS] += propose(scanned, work, scaled, (limit - rest) / norm, excluded)
    found = False
    for place in work.found:
        if place >= 0:
            slot = insert(shared, work, place)
            total, size = 0.0, 0.0
            for r in range(rows):
                part = prices[r] * work.matrix[r, slot]
                total += part
                size += abs(part)
            found |= total > SURE * limit + ROUNDING * size and not work.basic[slot]
    return found


@compiled(kinds.boolean(work_t, f1))
def clear(work: Work, b: Floats) -> bool:
    """Return whether the row that no column helps is short of its value by more than rounding."""
    row, size = work.clock[2], 0.0
    for r in range(b.size):
        size += abs(work.inverse[r, row] * b[r])
    return bool(abs(work.x[row]) > 2.0 * TOLERANCE * size)


@compiled(kinds.boolean(shared_t, work_t))
def inner(shared: Shared, work: Work) -> bool:
    """Return whether the score proves that the point is not on the frontier."""
    for i in range(work.basis.size):
        if work.basis[i] == 2 * work.basis.size:
            return bool(shared.cost * (work.x[i] - 1.0) < -INSIDE)
    return False


@compiled(kinds.void(shared_t, work_t, ended_t, kinds.int64, kinds.int64))
def end(shared: Shared, work: Work, ended: Ended, u: int, own: int) -> None:
    """Store the basis of point ``u``; where the frontier is sought, all that are basic are on it as well."""
    for i in range(work.basis.size):
        ended.variables[u, i] = work.number[work.basis[i]]
    if ended.words[u] == INNER:
        work.used[insert(shared, work, own)] = 0
    elif shared.early:
        ended.shown[own] = own
        for unit in ended.variables[u]:
            if ended.words[u] == OK and unit < shared.units:
                ended.shown[unit] = own


@compiled(kinds.void(shared_t, scanned_t, points_t, work_t, ended_t))
def solve_block(shared: Shared, scanned: Scanned, points: Points, work: Work, ended: Ended) -> None:
    """Solve a block of points one after the other."""
    words, shown, rows, lost = ended.words, ended.shown, work.basis.size, True
    for u in range(words.size):
        words[u] = SKIPPED
        if shared.early and shown[points.own[u]] >= 0:
            continue
        b = points.b[u]
        begin(shared, points, work, u)
        words[u], cold, repairs, fresh, asked = NUMERICAL, lost and points.start[u, 0] < 0, 0, -1, -1
        if cold or not (work.basic[2 * rows] or shared.cost == 0.0):
            restart(shared, work)
        else:
            unlock(work)
        for _ in range(ROUNDS):
            state = TOO_LONG
            if fresh == work.counts[PIVOTS] or factor(work, b):
                # a basis that was updated is factored before anything is believed of it
                again = fresh >= 0 and fresh != work.counts[PIVOTS]
                repairs += again
                work.counts[REPAIRED] += again and repairs > 1
                fresh = work.counts[PIVOTS]
                state = make_feasible(work)
                if state == AT_REST:
                    state = make_optimal(work)
                if state == AT_REST and asked == work.counts[PIVOTS]:
                    state = TOO_LONG  # a column that pays did not enter
            if state == TOO_LONG or repairs > REPAIRS or (state == NO_ROW and not cold):
                if cold:
                    break
                cold, repairs, fresh = True, 0, -1
                work.counts[COLD] += 1
                restart(shared, work)
            elif fresh == work.counts[PIVOTS]:
                if state == NO_ROW or (state == AT_REST and shared.early and inner(shared, work)):
                    words[u] = UNBOUNDED if state == NO_ROW else INNER
                    break
                row = -1 if state == AT_REST else work.clock[2]
                if asked == fresh or not search(shared, scanned, work, row):
                    if state == AT_REST:
                        words[u] = OK
                    elif clear(work, b):
                        words[u] = INFEASIBLE
                    break
                asked, repairs = fresh, 0
                if shared.early and state == AT_REST and shown[work.found[0]] < 0:
                    shown[work.found[0]] = work.found[0]
        lost = words[u] == NUMERICAL
        end(shared, work, ended, u, points.own[u])
