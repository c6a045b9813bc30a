"""A language for arithmetic on strips: parts of a row as long as the registers of a processor.

What is written in it is called from kernels like any function. Left to itself the compiler takes short loops number by
number, a maximum and its place always, and lets sums go through memory.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from xinzhi.compute.compiling import WORD, build, intrinsic, kinds

LANE, DOUBLE = ir.IntType(32), ir.DoubleType()
BEYOND = 1e300
"""Larger than any place."""
CONTRACT = ("contract",)
"""A product and a sum may be rounded once."""


class Value:
    """A number, or the numbers of a strip side by side; a comparison is a value as well."""

    def __init__(self, builder: Any, code: Any) -> None:
        self.builder, self.code = builder, code

    @property
    def lanes(self) -> int:
        """Return how many numbers are side by side; 0 for a number alone."""
        return self.code.type.count if isinstance(self.code.type, ir.VectorType) else 0

    def spread(self, lanes: int) -> "Value":
        """Return a strip of this number; a strip stays as it is."""
        if self.lanes or not lanes:
            return self
        strip = ir.Constant(ir.VectorType(self.code.type, lanes), ir.Undefined)
        strip = self.builder.insert_element(strip, self.code, LANE(0))
        return self._shuffled(strip, [0] * lanes)

    def _shuffled(self, strip: Any, lanes: Any) -> "Value":
        places = ir.Constant(ir.VectorType(LANE, len(lanes)), list(lanes))
        return Value(self.builder, self.builder.shuffle_vector(strip, strip, places))

    def _like(self, other: Any) -> "Value":
        kind = self.code.type.element if self.lanes else self.code.type
        return other if isinstance(other, Value) else Value(self.builder, ir.Constant(kind, other))

    def _with(self, operation: str, other: Any, **options: Any) -> "Value":
        one, two = self, self._like(other)
        one, two = one.spread(two.lanes), two.spread(one.lanes)
        return Value(self.builder, getattr(self.builder, operation)(one.code, two.code, **options))

    def __add__(self, other: Any) -> "Value":
        return self._with("fadd", other, flags=CONTRACT)

    def __sub__(self, other: Any) -> "Value":
        return self._with("fsub", other, flags=CONTRACT)

    def __mul__(self, other: Any) -> "Value":
        return self._with("fmul", other, flags=CONTRACT)

    def __truediv__(self, other: Any) -> "Value":
        return self._with("fdiv", other)

    def __rtruediv__(self, other: Any) -> "Value":
        return self._like(other) / self

    def __neg__(self) -> "Value":
        return Value(self.builder, self.builder.fneg(self.code))

    def __abs__(self) -> "Value":
        return self.larger(-self)

    def __and__(self, other: "Value") -> "Value":
        return self._with("and_", other)

    def __or__(self, other: "Value") -> "Value":
        return self._with("or_", other)

    def _compared(self, how: str, other: Any) -> "Value":
        one, two = self, self._like(other)
        return Value(
            self.builder, self.builder.fcmp_ordered(how, one.spread(two.lanes).code, two.spread(one.lanes).code)
        )

    def __gt__(self, other: Any) -> "Value":
        return self._compared(">", other)

    def __lt__(self, other: Any) -> "Value":
        return self._compared("<", other)

    def __le__(self, other: Any) -> "Value":
        return self._compared("<=", other)

    def equals(self, other: Any) -> "Value":
        """Return where two are the same."""
        return self._compared("==", other)

    def where(self, one: Any, other: Any) -> "Value":
        """Return one where this comparison holds, and the other elsewhere; one of them is a value."""
        known = one if isinstance(one, Value) else other
        one, other = known._like(one), known._like(other)
        lanes = max(self.lanes, one.lanes, other.lanes)
        return Value(self.builder, self.builder.select(self.code, one.spread(lanes).code, other.spread(lanes).code))

    def larger(self, other: Any) -> "Value":
        """Return the larger of two."""
        return Value.where(self > other, self, other)

    def smaller(self, other: Any) -> "Value":
        """Return the smaller of two."""
        return Value.where(self < other, self, other)

    def _folded(self, how: Callable[["Value", "Value"], "Value"]) -> "Value":
        found = self
        while (half := found.lanes // 2) > 1:
            found = how(*(self._shuffled(found.code, range(at, at + half)) for at in (0, half)))
        return how(*(Value(self.builder, self.builder.extract_element(found.code, LANE(at))) for at in (0, 1)))

    def largest(self) -> "Value":
        """Return the largest number of a strip."""
        return self._folded(Value.larger)

    def smallest(self) -> "Value":
        """Return the smallest number of a strip."""
        return self._folded(Value.smaller)

    def total(self) -> "Value":
        """Return the sum of a strip."""
        return self._folded(Value.__add__)


class Held:
    """A value that changes while code runs."""

    def __init__(self, first: Value) -> None:
        self.builder, self.place = first.builder, build.alloca_once_value(first.builder, first.code)

    @property
    def now(self) -> Value:
        """Return the value."""
        return Value(self.builder, self.builder.load(self.place))

    def set(self, value: Value) -> None:
        """Change the value."""
        self.builder.store(value.code, self.place)


class At:
    """Where a strip begins in a line, and how many numbers it has."""

    def __init__(self, builder: Any, place: Any, lanes: int) -> None:
        self.builder, self.place, self.lanes = builder, place, lanes

    @property
    def places(self) -> Value:
        """Return the places of the strip's numbers, as numbers."""
        first = Value(self.builder, self.builder.sitofp(self.place, DOUBLE))
        return first + Value(self.builder, ir.Constant(ir.VectorType(DOUBLE, self.lanes), list(range(self.lanes))))

    def equals(self, place: Any) -> Value:
        """Return where the strip is at a place."""
        lane = Value(self.builder, self.builder.sub(place, self.place)).spread(self.lanes)
        lanes = ir.Constant(ir.VectorType(WORD, self.lanes), list(range(self.lanes)))
        return Value(self.builder, self.builder.icmp_signed("==", lane.code, lanes))


class Line:
    """Numbers in a row whose strips and numbers are read and written, or in a column of which numbers are read."""

    def __init__(self, builder: Any, data: Any, size: Any, step: Any = None) -> None:
        self.builder, self.data, self.size, self.step = builder, data, size, step

    def one(self, place: Any) -> Value:
        """Return a number."""
        place = place if self.step is None else self.builder.mul(place, self.step)
        return Value(self.builder, self.builder.load(self.builder.gep(self.data, [place])))

    def put(self, place: Any, value: Value) -> None:
        """Set a number."""
        self.builder.store(value.code, self.builder.gep(self.data, [place]))

    def _strip(self, at: At) -> Any:
        strip = ir.VectorType(self.data.type.pointee, at.lanes).as_pointer()
        return self.builder.bitcast(self.builder.gep(self.data, [at.place]), strip)

    def __getitem__(self, at: At) -> Value:
        found = self.builder.load(self._strip(at))
        found.align = size_of(self)
        return Value(self.builder, found)

    def __setitem__(self, at: At, value: Value) -> None:
        self.builder.store(value.code, self._strip(at)).align = size_of(self)


class Table:
    """A table of numbers (R, S) whose rows are lines."""

    def __init__(self, builder: Any, data: Any, rows: Any, size: Any) -> None:
        self.builder, self.data, self.rows, self.size = builder, data, rows, size

    def row(self, place: Any) -> Line:
        """Return a row."""
        return Line(self.builder, self.builder.gep(self.data, [self.builder.mul(place, self.size)]), self.size)

    def column(self, place: Any) -> Line:
        """Return a column."""
        return Line(self.builder, self.builder.gep(self.data, [place]), self.rows, self.size)


def size_of(numbers: Line | Table) -> int:
    """Return how many bytes a number takes."""
    return 8 if numbers.data.type.pointee == DOUBLE else 4


class Code:
    """What arithmetic on strips is written with; strips are of some bytes, lines of whole strips."""

    def __init__(self, context: Any, builder: Any) -> None:
        self.context, self.builder = context, builder

    def taken(self, kind: Any, value: Any) -> Any:
        """Return what was passed: a line, a table, a number, or a place as the compiler has it."""
        if not isinstance(kind, kinds.Array):
            return value if isinstance(kind, kinds.Integer) else Value(self.builder, value)
        array = self.context.make_array(kind)(self.context, self.builder, value)
        shape = build.unpack_tuple(self.builder, array.shape, kind.ndim)
        return (Line if kind.ndim == 1 else Table)(self.builder, array.data, *shape)

    def held(self, like: Line | Table, length: int, value: float) -> Held:
        """Return a strip that changes, of the numbers of a line or table; all are ``value`` at first."""
        strip = ir.VectorType(like.data.type.pointee, length // size_of(like))
        return Held(Value(self.builder, ir.Constant(strip, [value] * strip.count)))

    @contextmanager
    def each(self, count: Any) -> Iterator[Any]:
        """Go through places."""
        with build.for_range(self.builder, count) as loop:
            yield loop.index

    @contextmanager
    def strips(self, line: Line | Table, length: int) -> Iterator[At]:
        """Go along a line, or all rows of a table, in strips."""
        lanes = length // size_of(line)
        with self.each(self.builder.udiv(line.size, WORD(lanes))) as strip:
            yield At(self.builder, self.builder.mul(strip, WORD(lanes)), lanes)

    def product(self, weights: Line, table: Table, at: At) -> Value:
        """Return a strip of the product of weights (R,) and a table (R, S)."""
        total = self.held(table, at.lanes * size_of(table), 0.0)
        with self.each(table.rows) as row:
            total.set(total.now + weights.one(row) * table.row(row)[at])
        return total.now

    def first(self, numbers: Value, places: Value, *, above: Any) -> Value:
        """Return the first place of the largest number, or -1 if that is not above a limit."""
        top = numbers.largest()
        return Value.where(top > above, numbers.equals(top).where(places, BEYOND).smallest(), -1.0)


def on_strips(returns: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator for arithmetic ``(code, ...)`` that kernels call.

    ``returns``: the type of what it returns; None for that of the numbers of what is taken first.
    """

    def decorator(written: Callable[..., Any]) -> Any:
        def typed(_: Any, *operands: Any) -> Any:
            def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                code = Code(context, builder)
                found = written(code, *map(code.taken, signature.args, arguments))
                if found is None:
                    return context.get_dummy_value()
                if isinstance(found, tuple):
                    return context.make_tuple(builder, signature.return_type, [each.code for each in found])
                return builder.fptosi(found.code, WORD) if returns == kinds.int64 else found.code

            return (operands[0].dtype if returns is None else returns)(*operands), generate

        typed.__name__, typed.__doc__ = written.__name__, written.__doc__
        typed.__signature__ = inspect.signature(written)  # type: ignore[attr-defined]
        return intrinsic(typed)

    return decorator
