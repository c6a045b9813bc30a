"""The simplex method on a small set of columns, compiled.

A block of points is solved one after the other. Work is done on a working set: slacks, excesses, the score's column
and the reference units that were basic last. The basis of the point before, or one that is given, is the start:
the dual simplex makes it feasible, the primal simplex optimal; then all columns are priced, and the worst join.
A basis is factored anew before anything is believed of it.
"""

import numpy as np

from xinzhi.compute.compiling import PROPOSES, compiled, kinds, largest
from xinzhi.frontier.engine.programmes import Floats
from xinzhi.frontier.engine.records import Ended, Points, Scanned, Shared, Work
from xinzhi.frontier.engine.scan import (
    combine,
    ended_t,
    f1,
    insert,
    points_t,
    propose,
    scanned_t,
    shared_t,
    turn,
    weigh,
    work_t,
)

TOLERANCE = 5e-12
"""Half of what the certificate admits."""
ROUNDING = 1e-14
"""What the sum of products of a price may lose, relative to the sum of their sizes; as in the certificate."""
SURE = 1.5
"""Above that multiple of what is admitted a price is seen by all kernels, however they add up."""
PIVOT = 1e-10
"""Smaller entries of a row or column are taken for zero, relative to its largest where that is below 1."""
FAINT = 1e-3
"""That multiple of it must be zero before a programme is called infeasible."""
SLIP = 1e-14
"""By how much a value or a reduced cost may pass zero so that a larger pivot can be taken."""
ROOM = 1.0 + 1e-15
"""The least ratio times its divisor may round to less than what was divided."""
INSIDE = 1e-9
"""A unit whose score is this far from 1 is not on the frontier."""
REPAIRS = 5
"""How often a factored basis may turn out not to be final before a cold start."""
ROUNDS = 5000
"""How often all columns may be priced, or a basis factored, for one point."""

SKIPPED, OK, INFEASIBLE, UNBOUNDED, NUMERICAL, INNER = range(6)
"""How a programme ended; ``INNER``: proven not to be on the frontier."""
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
        work.matrix[r, score] = points.move[u, r]
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


@compiled(kinds.void(shared_t, work_t, f1))
def restart(shared: Shared, work: Work, scale: Floats) -> None:
    """Set the basis to the slacks, and the score in the row of a good that moves, a used one if there is one."""
    rows = work.basis.size
    row, size = -1, 0.0
    for r in range(rows):
        step = abs(work.matrix[r, 2 * rows]) / scale[r]
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


@compiled(kinds.boolean(work_t, f1, f1))
def factor(work: Work, b: Floats, scale: Floats) -> bool:
    """Invert the matrix of basic columns; set values and duals, refined once. False: it is singular."""
    rows, inverse, basis = work.basis.size, work.inverse, work.basis
    swapped, weight, gap, owed = work.swapped, work.scratch[1], work.scratch[2], work.scratch[3]
    for r in range(rows):
        weight[r] = 1.0 / scale[r]
    for i in range(rows):
        slot, largest = basis[i], 0.0
        for r in range(rows):
            inverse[r, i] = work.matrix[r, slot]
            largest = max(largest, abs(inverse[r, i]) * weight[r])
        work.weight[i] = largest
    for c in range(rows):
        pivot, size = c, 0.0
        for r in range(c, rows):
            if abs(inverse[r, c]) * weight[r] > size:
                pivot, size = r, abs(inverse[r, c]) * weight[r]
        if size <= ROUNDING * work.weight[c]:
            return False
        swapped[c] = pivot
        if pivot != c:
            weight[pivot], weight[c] = weight[c], weight[pivot]
            for t in range(rows):
                inverse[c, t], inverse[pivot, t] = inverse[pivot, t], inverse[c, t]
        by = 1.0 / inverse[c, c]
        inverse[c, c] = 1.0
        for t in range(rows):
            inverse[c, t] *= by
        for r in range(rows):
            lead = inverse[r, c]
            if r != c and lead != 0.0:
                inverse[r, c] = 0.0
                for t in range(rows):
                    inverse[r, t] -= lead * inverse[c, t]
    for c in range(rows - 1, -1, -1):
        if swapped[c] != c:
            for r in range(rows):
                inverse[r, c], inverse[r, swapped[c]] = inverse[r, swapped[c]], inverse[r, c]
    for i in range(rows):
        work.x[i] = work.dual[i] = 0.0
        gap[i], owed[i] = b[i], work.cost[basis[i]]
    for step in range(2):
        for i in range(rows):
            value = due = 0.0
            for r in range(rows):
                value += inverse[i, r] * gap[r]
                due += inverse[r, i] * owed[r]
            work.x[i] += value
            work.dual[i] += due
        if step == 0:
            for i in range(rows):
                slot, value, due = basis[i], work.x[i], 0.0
                for r in range(rows):
                    gap[r] -= work.matrix[r, slot] * value
                    due += work.matrix[r, slot] * work.dual[r]
                owed[i] -= due
    total = 0.0
    for i in range(rows):
        total += abs(work.x[i]) + abs(work.dual[i])
    return bool(total < np.inf)


@compiled(kinds.UniTuple(kinds.float64, 2)(work_t))
def admitted(work: Work) -> tuple[float, float]:
    """Return by how much a value may be negative, and a column price out."""
    rows = work.basis.size
    score, total, weights = 0.0, 0.0, 0.0
    for i in range(rows):
        slot = work.basis[i]
        if slot == 2 * rows:
            score = abs(work.x[i])
        elif not work.fixed[slot]:
            total += abs(work.x[i] * work.cost[slot])
            if slot > 2 * rows:
                weights += work.x[i]
    size = max(1.0, total)
    return TOLERANCE * size, TOLERANCE * max(size, score) / max(1.0, weights)


@compiled(kinds.int64(work_t, kinds.float64, kinds.boolean))
def leaving(work: Work, limit: float, bland: bool) -> int:
    """Return the row of the dual simplex: the value furthest below zero, by the length of its row; -1 for none."""
    rows = work.basis.size
    row, worst = -1, 0.0
    for i in range(rows):
        slot = work.basis[i]
        lack = abs(work.x[i]) if work.fixed[slot] else -work.x[i]
        if slot == 2 * rows or lack * work.weight[i] <= limit:
            continue
        length = 0.0
        for r in range(rows):
            length += work.inverse[i, r] * work.inverse[i, r]
        if lack * lack > worst * length:
            row, worst = i, lack * lack / length
            if bland:
                break
    return row


@compiled(kinds.void(work_t, f1, kinds.int64, kinds.int64))
def exchange(work: Work, scale: Floats, row: int, slot: int) -> None:
    """Let a slot enter the basis in a row; ``column`` holds the inverse times its column."""
    rows = work.basis.size
    lead = work.column[row]
    step = work.x[row] / lead
    for r in range(rows):
        work.inverse[row, r] /= lead
    for i in range(rows):
        weight = work.column[i]
        if i != row and weight != 0.0:
            work.x[i] -= step * weight
            for r in range(rows):
                work.inverse[i, r] -= weight * work.inverse[row, r]
    work.x[row] = step
    left = work.basis[row]
    work.basic[left] = False
    if not work.fixed[left]:
        work.open[left] = scale[left % rows] if left < 2 * rows else 1.0
    work.open[slot] = 0.0
    work.basis[row] = slot
    work.weight[row] = weigh(work, scale, slot)
    work.basic[slot] = True
    work.used[slot] = work.clock[0]
    work.counts[PIVOTS] += 1
    for r in range(rows):
        work.dual[r] += work.d[slot] * work.inverse[row, r]


@compiled(kinds.float64(f1))
def zero(line: Floats) -> float:
    """Return below which size entries of a row or column are taken for zero."""
    largest = 0.0
    for r in range(line.size):
        largest = max(largest, abs(line[r]))
    return PIVOT * min(1.0, largest)


@compiled(kinds.int64(f1, f1, f1, f1, f1, kinds.float64, kinds.float64), liberties=PROPOSES)
def reached(alpha: Floats, d: Floats, gate: Floats, rise: Floats, ratio: Floats, up: float, least: float) -> int:
    """Return the slot that enters in the dual simplex: the largest entry whose reduced cost reaches zero first."""
    for s in range(alpha.size):
        rise[s] = max(-up * alpha[s] - least, 0.0) * gate[s]
        ratio[s] = -(max(d[s] * gate[s], 0.0) + SLIP) / max(rise[s], 1e-300)
    most = -largest(ratio)
    for s in range(alpha.size):
        ratio[s] = rise[s] if max(d[s] * gate[s], 0.0) <= ROOM * most * rise[s] else 0.0
    size = largest(ratio)
    for s in range(alpha.size):
        if size > 0.0 and ratio[s] == size:
            return s
    return -1


@compiled(kinds.int64(work_t, f1))
def make_feasible(work: Work, scale: Floats) -> int:
    """Dual simplex on the working set; a reduced cost below zero counts as zero, and is left to the primal."""
    rows, slots = work.matrix.shape
    alpha, d, gate, basic, fixed = work.alpha, work.d, work.open, work.basic, work.fixed
    for s in range(slots):
        gate[s] = 0.0 if basic[s] | fixed[s] else 1.0
    for s in range(rows):
        gate[s] *= scale[s]
        gate[rows + s] *= scale[s]
    for pivot in range(100 * rows):
        row = leaving(work, admitted(work)[0], pivot > 20 * rows)
        if row < 0:
            return AT_REST
        if pivot == 0:
            combine(work.dual, work.matrix, d)
            for s in range(slots):
                d[s] = work.cost[s] - d[s]
        combine(work.inverse[row], work.matrix, alpha)
        up, least = -1.0 if work.x[row] > 0.0 else 1.0, zero(work.inverse[row])
        for most in (least, FAINT * least):
            enter = reached(alpha, d, gate, work.rise, work.ratio, up, most)
            if enter >= 0:
                break
        if enter < 0:
            work.clock[2] = row
            return NO_COLUMN
        turn(work, enter)
        step = d[enter] / alpha[enter]
        exchange(work, scale, row, enter)
        for s in range(slots):
            d[s] -= step * alpha[s]
    return TOO_LONG


@compiled(kinds.boolean(work_t, f1, kinds.float64, kinds.int64))
def pays(work: Work, scale: Floats, limit: float, slot: int) -> bool:
    """Return whether a column prices out by more than what is admitted and what its sum of products may lose."""
    rows = work.basis.size
    price, size = work.cost[slot], abs(work.cost[slot])
    for r in range(rows):
        part = work.dual[r] * work.matrix[r, slot]
        price -= part
        size += abs(part)
    if slot < 2 * rows:
        price *= scale[slot % rows]
        size *= scale[slot % rows]
    return bool(price < -limit - ROUNDING * size)


@compiled(kinds.int64(work_t, kinds.float64, kinds.boolean), liberties=PROPOSES)
def cheapest(work: Work, limit: float, bland: bool) -> int:
    """Return the slot with the least reduced cost, or the first whose cost is below zero; -1 for none."""
    d, gate, gain = work.d, work.open, work.ratio
    for s in range(d.size):
        gain[s] = -d[s] * gate[s]
    most = largest(gain)
    if most <= limit:
        return -1
    most = limit if bland else most
    for s in range(d.size):
        if gain[s] >= most:
            return s
    return -1


@compiled(kinds.int64(work_t, f1))
def make_optimal(work: Work, scale: Floats) -> int:
    """Primal simplex on the working set."""
    rows, slots = work.matrix.shape
    for pivot in range(100 * rows):
        _, limit = admitted(work)
        combine(work.dual, work.matrix, work.d)
        for s in range(slots):
            work.d[s] = work.cost[s] - work.d[s]
        enter = cheapest(work, limit, pivot > 20 * rows)
        while enter >= 0 and not pays(work, scale, limit, enter):
            work.d[enter] = 0.0
            enter = cheapest(work, limit, pivot > 20 * rows)
        if enter < 0:
            return AT_REST
        turn(work, enter)
        least = zero(work.column)
        row, most, size = -1, np.inf, 0.0
        for i in range(rows):
            lead, slot = work.column[i], work.basis[i]
            if slot != 2 * rows and (lead > least or (work.fixed[slot] and lead < -least)):
                value = 0.0 if work.fixed[slot] else max(work.x[i], 0.0)
                most = min(most, (value + SLIP / work.weight[i]) / abs(lead))
        for i in range(rows):
            lead, slot = work.column[i], work.basis[i]
            if slot != 2 * rows and (lead > least or (work.fixed[slot] and lead < -least)):
                value = 0.0 if work.fixed[slot] else max(work.x[i], 0.0)
                if value <= ROOM * most * abs(lead) and abs(lead) > size:
                    row, size = i, abs(lead)
        if row < 0:
            return NO_ROW
        exchange(work, scale, row, enter)
    return TOO_LONG


@compiled(kinds.boolean(shared_t, scanned_t, work_t, kinds.int64))
def search(shared: Shared, scanned: Scanned, work: Work, row: int) -> bool:
    """Price all columns, and bring the worst into the working set; False: there is none.

    Prices are the duals; where ``row`` is not -1 they are that row of the inverse: whose increase helps its value?
    """
    rows, k = work.basis.size, shared.columns.shape[1]
    prices, scaled = work.scratch[2], work.scratch[1]
    norm, rest, limit = 0.0, 0.0, admitted(work)[1] if row < 0 else FAINT * zero(work.inverse[row])
    for r in range(rows):
        prices[r] = work.dual[r] if row < 0 else np.copysign(1.0, work.x[row]) * work.inverse[row, r]
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
        size += abs(work.inverse[row, r] * b[r])
    return bool(abs(work.x[row]) > 2.0 * TOLERANCE * size)


@compiled(kinds.boolean(shared_t, work_t))
def inner(shared: Shared, work: Work) -> bool:
    """Return whether the score proves that the point is not on the frontier."""
    for i in range(work.basis.size):
        if work.basis[i] == 2 * work.basis.size:
            return bool(shared.cost * (work.x[i] - 1.0) < -INSIDE)
    return False


@compiled(kinds.void(shared_t, scanned_t, points_t, work_t, ended_t))
def solve_block(shared: Shared, scanned: Scanned, points: Points, work: Work, ended: Ended) -> None:
    """Solve a block of points one after the other."""
    words, variables, known = ended.words, ended.variables, ended.known
    rows, lost = work.basis.size, True
    for u in range(words.size):
        words[u] = SKIPPED
        if shared.early and known[points.own[u]]:
            continue
        b, scale = points.b[u], points.scale[u]
        begin(shared, points, work, u)
        words[u], cold, repairs, fresh, asked = NUMERICAL, lost and points.start[u, 0] < 0, 0, -1, -1
        if cold or not (work.basic[2 * rows] or shared.cost == 0.0):
            restart(shared, work, scale)
        for _ in range(ROUNDS):
            state = TOO_LONG
            if fresh == work.counts[PIVOTS] or factor(work, b, scale):
                # a basis that was updated is factored before anything is believed of it
                again = fresh >= 0 and fresh != work.counts[PIVOTS]
                repairs += again
                work.counts[REPAIRED] += again and repairs > 1
                fresh = work.counts[PIVOTS]
                state = make_feasible(work, scale)
                if state == AT_REST:
                    state = make_optimal(work, scale)
                if state == AT_REST and asked == work.counts[PIVOTS]:
                    state = TOO_LONG  # a column that pays did not enter
            if state == TOO_LONG or repairs > REPAIRS or (state == NO_ROW and not cold):
                if cold:
                    break
                cold, repairs, fresh = True, 0, -1
                work.counts[COLD] += 1
                restart(shared, work, scale)
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
                if shared.early and state == AT_REST:
                    known[work.found[0]] = True
        lost = words[u] == NUMERICAL
        for i in range(rows):
            variables[u, i] = work.number[work.basis[i]]
        if words[u] == INNER:
            work.used[insert(shared, work, points.own[u])] = 0
        elif shared.early:
            known[points.own[u]] = True
