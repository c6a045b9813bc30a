"""The arithmetic of the simplex method and of pricing, on strips.

Rows of the inverse are goods and its columns basic variables: ``inverse`` (K, P) is that of the transposed basis. Lines
of basic variables and of goods (P,) end in zeros, so that they are whole strips; ``free`` is the score's row, which
never leaves, and ``held`` are rows of variables that are fixed at zero.
"""

from typing import Any

from xinzhi.compute.compiling import kinds
from xinzhi.compute.strips import on_strips
from xinzhi.frontier.engine.records import LONG, SHORT

TOLERANCE = 5e-12
"""Half of what the certificate admits."""
SLIP = 1e-14
"""By how much a value or a reduced cost may pass zero so that a larger pivot can be taken."""
ROOM = 1.0 + 1e-15
"""The least ratio times its divisor may round to less than what was divided."""
FAR, NEVER = 1e300, float("-inf")
"""More than any ratio, and less than any price."""

number, place, nothing = kinds.float64, kinds.int64, kinds.void


@on_strips(None)
def combine(code: Any, vector: Any, matrix: Any, out: Any) -> Any:
    """Set ``out`` (S,) to the product of a vector (K,) and a matrix (K, S); return the largest."""
    top = code.held(matrix, LONG, NEVER)
    with code.strips(matrix, LONG) as at:
        found = code.product(vector, matrix, at)
        out[at] = found
        top.set(found.larger(top.now))
    return top.now.largest()


@on_strips(place)
def peak(code: Any, line: Any) -> Any:
    """Return the first place of the largest number of a line; -1 if all are minus infinity."""
    best, where = code.held(line, LONG, NEVER), code.held(line, LONG, -1.0)
    with code.strips(line, LONG) as at:
        keep_larger(best, where, line[at], at)
    return code.first(best.now, where.now, above=NEVER)


def keep_larger(best: Any, where: Any, found: Any, at: Any) -> None:
    """Keep what is larger than the best so far, and its places."""
    more = found > best.now
    best.set(more.where(found, best.now))
    where.set(more.where(at.places, where.now))


@on_strips(nothing)
def bound_prices(code: Any, prices: Any, seen: Any, low: Any, high: Any, top: Any, bound: Any) -> None:
    """Set bounds (C,) of the prices in chunks: the last maximum, and what goods times the change since may add."""
    with code.strips(bound, LONG) as at:
        total = code.held(bound, LONG, 0.0)
        total.set(top[at])
        with code.each(seen.rows) as good:
            change = prices.one(good) - seen.row(good)[at]
            total.set(total.now + (change * low.row(good)[at]).larger(change * high.row(good)[at]))
        bound[at] = total.now


@on_strips(nothing)
def note_prices(code: Any, prices: Any, seen: Any, bound: Any, limit: Any) -> None:
    """Note the prices of chunks that were looked through, those whose bound is not within a limit."""
    with code.strips(bound, LONG) as at:
        skipped = bound[at] <= limit
        with code.each(seen.rows) as good:
            seen.row(good)[at] = skipped.where(seen.row(good)[at], prices.one(good))


@on_strips(place)
def cheapest(code: Any, dual: Any, matrix: Any, cost: Any, d: Any, gate: Any, limit: Any) -> Any:
    """Set reduced costs ``d`` (S,); return the slot that enters in the primal simplex: the least, or -1."""
    best, slot = code.held(d, LONG, 0.0), code.held(d, LONG, -1.0)
    with code.strips(d, LONG) as at:
        left = cost[at] - code.product(dual, matrix, at)
        d[at] = left
        keep_larger(best, slot, -left * gate[at], at)
    return code.first(best.now, slot.now, above=limit)


@on_strips(number)
def least_ratio(code: Any, weights: Any, matrix: Any, alpha: Any, d: Any, gate: Any, step: Any, least: Any) -> Any:
    """Set a row ``alpha`` (S,) of the tableau, the product of weights (P,) and a matrix; return the least ratio.

    Reduced costs change by ``step`` times the row before. Ratios are compared crosswise: to divide takes longest.
    """
    nearest, by = code.held(d, LONG, FAR), code.held(d, LONG, 1.0)
    with code.strips(d, LONG) as at:
        left = d[at] - alpha[at] * step
        entry = code.product(weights, matrix, at)
        d[at], alpha[at] = left, entry
        room, rise = (left * gate[at]).larger(0.0) + SLIP, (entry - least).larger(0.0) * gate[at]
        sooner = room * by.now < nearest.now * rise
        nearest.set(sooner.where(room, nearest.now))
        by.set(sooner.where(rise, by.now))
    return (nearest.now / by.now).smallest()


@on_strips(place)
def reached(code: Any, alpha: Any, d: Any, gate: Any, least: Any, ratio: Any) -> Any:
    """Return the slot that enters in the dual simplex: the largest entry whose reduced cost is zero first; or -1."""
    best, slot = code.held(d, LONG, 0.0), code.held(d, LONG, -1.0)
    with code.strips(d, LONG) as at:
        rise = (alpha[at] - least).larger(0.0) * gate[at]
        first = (d[at] * gate[at]).larger(0.0) <= rise * (ratio * ROOM)
        keep_larger(best, slot, first.where(rise, 0.0), at)
    return code.first(best.now, slot.now, above=0.0)


@on_strips(kinds.UniTuple(number, 2))
def admitted(code: Any, x: Any, free: Any, worth: Any, mass: Any) -> Any:
    """Return by how much a value may be negative, and a column price out."""
    score, total, weights = (code.held(x, SHORT, 0.0) for _ in range(3))
    with code.strips(x, SHORT) as at:
        score.set(score.now + abs(x[at]) * free[at])
        total.set(total.now + abs(x[at] * worth[at]))
        weights.set(weights.now + x[at] * mass[at])
    size = total.now.total().larger(1.0)
    return size * TOLERANCE, size.larger(score.now.total()) * TOLERANCE / weights.now.total().larger(1.0)


@on_strips(place)
def leaving(code: Any, inverse: Any, x: Any, weight: Any, held: Any, free: Any, limit: Any, bland: Any) -> Any:
    """Return the row of the dual simplex: the value furthest below zero, by the length of its row; -1 for none.

    ``bland``: 1 where it is the first below zero.
    """
    worst, row = code.held(x, SHORT, 0.0), code.held(x, SHORT, -1.0)
    with code.strips(x, SHORT) as at:
        length = code.held(x, SHORT, 0.0)
        with code.each(inverse.rows) as good:
            length.set(length.now + inverse.row(good)[at] * inverse.row(good)[at])
        lack = (held[at] > 0.0).where(abs(x[at]), -x[at])
        merit = (bland > 0.0).where(1.0, lack * lack / length.now)
        keep_larger(worst, row, ((lack * weight[at] > limit) & (free[at] < 1.0)).where(merit, 0.0), at)
    return code.first(worst.now, row.now, above=0.0)


@on_strips(place)
def blocked(code: Any, column: Any, x: Any, weight: Any, held: Any, free: Any, least: Any) -> Any:
    """Return the row that leaves in the primal simplex: the largest entry whose value is zero first; -1 for none."""

    def entries(at: Any) -> Any:
        fixed, lead = held[at] > 0.0, column[at]
        blocks = ((lead > least) | (fixed & (lead < -least))) & (free[at] < 1.0)
        return blocks, fixed.where(0.0, x[at].larger(0.0)), abs(lead)

    nearest, best, row = (code.held(x, SHORT, value) for value in (FAR, 0.0, -1.0))
    with code.strips(x, SHORT) as at:
        blocks, value, size = entries(at)
        slipped = (value * weight[at] + SLIP) / (size * weight[at])
        nearest.set(blocks.where(slipped, FAR).smaller(nearest.now))
    most = nearest.now.smallest() * ROOM
    with code.strips(x, SHORT) as at:
        blocks, value, size = entries(at)
        keep_larger(best, row, (blocks & (value <= size * most)).where(size, 0.0), at)
    return code.first(best.now, row.now, above=0.0)


@on_strips(nothing)
def exchange(code: Any, inverse: Any, column: Any, x: Any, dual: Any, row: Any, price: Any) -> None:
    """Let what has a column (P,) of the tableau and a price enter in a row: set the inverse, values and duals."""
    by = 1.0 / column.one(row)
    step = x.one(row) * by
    with code.strips(x, SHORT) as at:
        x[at] = at.equals(row).where(step, x[at] - column[at] * step)
    with code.each(inverse.rows) as good:
        line = inverse.row(good)
        part = line.one(row) * by
        with code.strips(x, SHORT) as at:
            line[at] = at.equals(row).where(part, line[at] - column[at] * part)
        dual.put(good, dual.one(good) + part * price)


@on_strips(place)
def pivot(code: Any, table: Any, row: Any, by: Any) -> Any:
    """Return the place of the largest size in a row of a table times a line (P,); -1 if all are zero."""
    best, where = code.held(by, SHORT, 0.0), code.held(by, SHORT, -1.0)
    with code.strips(by, SHORT) as at:
        keep_larger(best, where, abs(table.row(row)[at] * by[at]), at)
    return code.first(best.now, where.now, above=0.0)


@on_strips(nothing)
def eliminate(code: Any, table: Any, line: Any, row: Any, column: Any) -> None:
    """Do a step of Gauss and Jordan in place, with a pivot in a row and column; ``line`` (P,): room."""
    pivots = table.row(row)
    by = 1.0 / pivots.one(column)
    with code.strips(line, SHORT) as at:
        line[at] = at.equals(column).where(by, pivots[at] * by)
    with code.each(table.rows) as r:
        other = table.row(r)
        lead = other.one(column)
        with code.strips(line, SHORT) as at:
            other[at] = at.equals(column).where(0.0, other[at]) - line[at] * lead
    with code.strips(line, SHORT) as at:
        pivots[at] = line[at]


@on_strips(nothing)
def copy(code: Any, table: Any, row: Any, to: Any, place: Any) -> None:
    """Set a row of another table to one of a table."""
    with code.strips(to, SHORT) as at:
        to.row(place)[at] = table.row(row)[at]


@on_strips(nothing)
def multiply(code: Any, table: Any, row: Any, inverse: Any, out: Any) -> None:
    """Set ``out`` (P,) to the product of a row of a table (R, K) and the inverse."""
    with code.strips(out, SHORT) as at:
        out[at] = code.product(table.row(row), inverse, at)


@on_strips(number)
def dot(code: Any, table: Any, row: Any, line: Any) -> Any:
    """Return the sum of products of a row of a table and a line (P,)."""
    total = code.held(line, SHORT, 0.0)
    with code.strips(line, SHORT) as at:
        total.set(total.now + table.row(row)[at] * line[at])
    return total.now.total()


@on_strips(nothing)
def subtract(code: Any, line: Any, times: Any, table: Any, row: Any) -> None:
    """Take some times a row of a table from a line (P,)."""
    with code.strips(line, SHORT) as at:
        line[at] = line[at] - table.row(row)[at] * times


@on_strips(number)
def reach(code: Any, table: Any, row: Any, by: Any) -> Any:
    """Return the largest size of a row of a table times a line (P,)."""
    top = code.held(by, SHORT, 0.0)
    with code.strips(by, SHORT) as at:
        top.set(abs(table.row(row)[at] * by[at]).larger(top.now))
    return top.now.largest()
