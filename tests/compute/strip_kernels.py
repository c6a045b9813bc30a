"""Kernels whose arithmetic is on strips."""

from typing import Any, NamedTuple

import numpy as np

from xinzhi.compute.compiling import WORD, compiled, kinds, record
from xinzhi.compute.strips import on_strips

SHORT = 64


class Numbers(NamedTuple):
    """Lines (16,), a table (3, 16) of doubles and one (2, 16) of singles, and what is found of them."""

    one: Any
    two: Any
    table: Any
    singles: Any
    lines: Any
    product: Any
    found: Any


f1, f2, g1, g2 = kinds.float64[::1], kinds.float64[:, ::1], kinds.float32[::1], kinds.float32[:, ::1]
numbers_t = record(Numbers, f1, f1, f2, g2, f2, g1, f1)


@on_strips(kinds.void)
def lines(code: Any, one: Any, two: Any, out: Any) -> None:
    """Set rows of ``out`` to what every operation gives."""
    with code.strips(one, SHORT) as at:
        a, b = one[at], two[at]
        mixed = ((a > b) & (b > 0.0)) | (a < -1.0)
        every = (a + b, a - b, a * b, a / b, 2.0 / b, -a, abs(a), a.larger(b), a.smaller(0.5), mixed.where(a, 7.0))
        places = (at.places, at.equals(WORD(9)).where(a, b), (a <= b).where(1.0, b), a.equals(b).where(b, 0.0))
        for row, value in enumerate((*every, *places)):
            out.row(WORD(row))[at] = value


@on_strips(None)
def weighed(code: Any, table: Any, singles: Any, out: Any) -> Any:
    """Set ``out`` (16,) to the product of the first column of a table and two rows of singles; return its largest."""
    top = code.held(singles, SHORT, float("-inf"))
    with code.strips(singles, SHORT) as at:
        found = code.product(table.row(WORD(0)), singles, at)
        out[at] = found
        top.set(top.now.larger(found))
    return top.now.largest()


@on_strips(kinds.UniTuple(kinds.float64, 3))
def folded(code: Any, one: Any, table: Any) -> Any:
    """Return the sum of a line, the smallest number of a row and a number of a column."""
    total, least = code.held(one, SHORT, 0.0), code.held(one, SHORT, 1e300)
    with code.strips(one, SHORT) as at:
        total.set(total.now + one[at])
        least.set(least.now.smaller(table.row(WORD(1))[at]))
    return total.now.total(), least.now.smallest(), table.column(WORD(5)).one(WORD(2))


@on_strips(kinds.int64)
def first(code: Any, one: Any, above: Any) -> Any:
    """Return the first place of the largest number of a line, or -1."""
    best, place = code.held(one, SHORT, float("-inf")), code.held(one, SHORT, -1.0)
    with code.strips(one, SHORT) as at:
        more = one[at] > best.now
        best.set(more.where(one[at], best.now))
        place.set(more.where(at.places, place.now))
    return code.first(best.now, place.now, above=above)


@compiled(kinds.void(numbers_t))
def find(numbers: Numbers) -> None:
    """Run all of them."""
    lines(numbers.one, numbers.two, numbers.lines)
    numbers.found[0] = weighed(numbers.singles, numbers.singles, numbers.product)
    numbers.found[1], numbers.found[2], numbers.found[3] = folded(numbers.one, numbers.table)
    numbers.found[4], numbers.found[5] = first(numbers.one, -np.inf), first(numbers.one, 1e9)
