"""The compiler of kernels: imported when their machine code is not kept yet; nothing else imports numba.

A kernel states its types, so that it is compiled when its module is imported; the code of the one that is called from
Python holds that of all it calls. Where kernels spend most of their time they work on strips of a row, in the
compiler's own language: left to itself it takes a maximum number by number, and lets sums go through memory.
"""

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numba.core.cgutils
import numba.extending
import numpy as np
from llvmlite import ir

from xinzhi.compute.kernels import passed

F = TypeVar("F", bound=Callable[..., Any])

kinds: Any = numba.types
"""The types of what kernels take and return."""
build: Any = numba.core.cgutils
intrinsic: Callable[[Any], Any] = numba.extending.intrinsic

PROPOSES = {"reassoc", "nnan", "nsz", "contract"}
"""Liberties of a kernel that proposes columns: no score is read from what it adds up."""
STRIP = 256
"""Bytes of a row that are worked on at once: they fit a processor's registers."""
PASSED = {"i1": "b", "i8": "b", "i64": "i", "double": "d"}
"""By type: how the compiler passes numbers; all others are addresses."""
LANE = ir.IntType(32)


def compiled(signature: Any, *, liberties: set[str] | None = None) -> Callable[[F], F]:
    """Return a decorator that compiles a kernel for stated types; ``liberties``: with its sums.

    Kernels allocate nothing: counting references to arrays would take a fifth of their time.
    """
    options: dict[str, Any] = {
        "nogil": True,
        "fastmath": liberties or False,
        "error_model": "numpy",
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        "_nrt": False,
    }
    decorator: Callable[[F], F] = numba.njit(signature, **options)
    return decorator


def record(kind: Any, *fields: Any) -> Any:
    """Return the compiled type of a named tuple whose fields have stated types."""
    return kinds.NamedTuple(fields, kind)


def machine_code(module: str, entry: str) -> tuple[str, list[str], bytes]:
    """Return the symbol of a kernel of a module, the forms of what it takes, and its machine code."""
    (found,) = getattr(importlib.import_module(module), entry).overloads.values()
    forms = [form for kind in found.signature.args for form in _forms(kind)]
    taken = found.target_context.get_arg_packer(found.signature.args).argument_types
    if "".join(PASSED.get(str(kind), "p") for kind in taken) != "".join(map(passed, forms)):
        raise RuntimeError(f"numba {numba.__version__} passes arrays in another way")
    code: bytes = found.library.serialize_using_object_code()[2][0]
    return found.fndesc.llvm_func_name, forms, code


def _forms(kind: Any) -> list[str]:
    if isinstance(kind, kinds.BaseTuple):
        return [form for part in kind for form in _forms(part)]
    if isinstance(kind, kinds.Array):
        return [f"{_forms(kind.dtype)[0]}:{kind.ndim}"]
    return [np.dtype("bool" if kind == kinds.boolean else str(kind)).str[1:]]


@intrinsic
def strip_product(_: Any, vector: Any, matrix: Any, out: Any, at: Any) -> Any:
    """Set a strip of ``out`` (S,) from ``at`` to that of vector (K,) times matrix (K, S), and return its largest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        strip = _strip(context, matrix)
        weights, columns, target = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
        )
        rows, width = build.unpack_tuple(builder, columns.shape, 2)
        total = build.alloca_once_value(builder, ir.Constant(strip, [0.0] * strip.count))
        with build.for_range(builder, rows) as loop:
            row = builder.add(arguments[3], builder.mul(loop.index, width))
            weight = builder.load(builder.gep(weights.data, [loop.index]))
            weight = builder.insert_element(ir.Constant(strip, ir.Undefined), weight, LANE(0))
            weight = builder.shuffle_vector(weight, weight, _lanes([0] * strip.count))
            product = builder.fmul(weight, _load(builder, columns, row, strip), flags=("contract",))
            builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)
        found = builder.load(total)
        place = builder.bitcast(builder.gep(target.data, [arguments[3]]), strip.as_pointer())
        builder.store(found, place).align = STRIP // strip.count
        return _largest(builder, found)

    return matrix.dtype(vector, matrix, out, at), generate


@intrinsic
def largest(_: Any, line: Any) -> Any:
    """Return the largest number of a line of whole strips, (S,)."""

    def generate(context: Any, builder: Any, __: Any, arguments: Any) -> Any:
        strip, array = _strip(context, line), context.make_array(line)(context, builder, arguments[0])
        count, place = builder.extract_value(array.shape, 0), ir.IntType(64)
        top = build.alloca_once_value(builder, _load(builder, array, place(0), strip))
        with build.for_range(builder, builder.udiv(count, place(strip.count))) as loop:
            some = _load(builder, array, builder.mul(loop.index, place(strip.count)), strip)
            builder.store(_larger(builder, some, builder.load(top)), top)
        return _largest(builder, builder.load(top))

    return line.dtype(line), generate


def _strip(context: Any, array: Any) -> Any:
    number = context.get_data_type(array.dtype)
    return ir.VectorType(number, STRIP // context.get_abi_sizeof(number))


def _load(builder: Any, array: Any, place: Any, strip: Any) -> Any:
    found = builder.load(builder.bitcast(builder.gep(array.data, [place]), strip.as_pointer()))
    found.align = STRIP // strip.count
    return found


def _largest(builder: Any, strip: Any) -> Any:
    while (half := strip.type.count // 2) > 1:
        strip = _larger(builder, *(builder.shuffle_vector(strip, strip, _lanes(range(a, a + half))) for a in (0, half)))
    return _larger(builder, *(builder.extract_element(strip, LANE(at)) for at in (0, 1)))


def _larger(builder: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", one, other, flags=("nnan",)), one, other)


def _lanes(places: Any) -> Any:
    return ir.Constant(ir.VectorType(LANE, len(places)), list(places))
