"""The compiler of kernels: imported when their machine code is not kept yet; nothing else imports numba.

A kernel states its types, so that it is compiled when its module is imported; the code of the one that is called from
Python holds that of all it calls.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import llvmlite.binding as llvm
import numba
import numba.core.cgutils
import numba.core.codegen
import numba.core.typing.templates
import numba.extending
import numba.np.arrayobj
import numpy as np
from llvmlite import ir
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from xinzhi.compute.kernels import words_of

F = TypeVar("F", bound=Callable[..., Any])

kinds: Any = numba.types
"""The types of what kernels take and return."""
build: Any = numba.core.cgutils
codegen: Any = numba.core.codegen
extending: Any = numba.extending
templates: Any = numba.core.typing.templates
arrays: Any = numba.np.arrayobj
intrinsic: Callable[[Any], Any] = extending.intrinsic

WORD = ir.IntType(64)


class _Library(codegen.JITCodeLibrary):  # type: ignore[misc]
    """A kernel in the compiler's own language, as it was written."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None: ...

    def _finalize_final_module(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002
        """Return that there is no machine code."""
        self._ensure_finalized()
        return 0


class _Codegen(codegen.JITCPUCodegen):  # type: ignore[misc]
    """A compiler that leaves kernels as they were written: those that call them would optimise them over again."""

    _library_class = _Library

    def set_env(self, env_name: str, env: Any) -> None:
        """Set nothing: kernels do not use the interpreter."""

    def optimised(self, module: Any, entry: str) -> bytes:
        """Return the machine code of a module that is called in one place only."""
        for function in module.functions:
            if not function.is_declaration and function.name != entry:
                function.linkage = "internal"
        tuning = llvm.create_pipeline_tuning_options(speed_level=2)
        tuning.loop_vectorization = True
        tuning.loop_unrolling = tuning.loop_interleaving = False  # most loops are over a handful of rows
        passes = llvm.create_pass_builder(self._tm, tuning)
        passes.getModulePassManager().run(module, passes)
        code: bytes = self._tm.emit_object(module)
        return code


CODEGEN: tuple[Any, dict[Any, Any]] = _Codegen("kernels"), {}
"""Of kernels, with what the compiler keeps of the functions that it adds to them."""


@contextmanager
def _as_written() -> Iterator[None]:
    """Leave all that is compiled as it was written."""
    context = cpu_target.target_context
    with global_compiler_lock:
        before = context._internal_codegen, context.cached_internal_func
        context._internal_codegen, context.cached_internal_func = CODEGEN
        try:
            yield
        finally:
            context._internal_codegen, context.cached_internal_func = before


def compiled(signature: Any) -> Callable[[F], F]:
    """Return a decorator that compiles a kernel for stated types.

    Kernels allocate nothing: counting references to arrays would take a fifth of their time.
    """
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        "_nrt": False,
    }

    def decorator(function: F) -> F:
        with _as_written():
            kernel: F = numba.njit(signature, **options)(function)
        return kernel

    return decorator


class Record(kinds.Type):  # type: ignore[misc]
    """The type of a named tuple: the place of a table that holds its numbers, and where its arrays begin and end.

    To pass arrays one by one, each several numbers, took most of the time of compilation.
    """

    def __init__(self, kind: Any, fields: tuple[Any, ...]) -> None:
        self.fields = dict(zip(kind._fields, fields, strict=True))
        super().__init__(kind.__name__)

    @property
    def key(self) -> Any:
        """Return what tells it from others."""
        return self.name, *self.fields.items()


extending.register_model(Record)(extending.models.OpaqueModel)


@extending.infer_getattr
class _Fields(templates.AttributeTemplate):  # type: ignore[misc]
    key = Record

    def generic_resolve(self, value: Any, attr: str) -> Any:
        return value.fields.get(attr)


@extending.lower_getattr_generic(Record)  # type: ignore[untyped-decorator]
def _field(context: Any, builder: Any, record: Any, table: Any, name: str) -> Any:
    """Read a field from the table; that nothing changes it lets loops keep it."""
    kind, names = record.fields[name], [*record.fields]
    first = sum(words_of(_form(record.fields[before])) for before in names[: names.index(name)])
    table = builder.bitcast(table, WORD.as_pointer())

    def word(at: int, as_: Any) -> Any:
        found = builder.load(builder.bitcast(builder.gep(table, [WORD(first + at)]), as_.as_pointer()))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    if not isinstance(kind, kinds.Array):
        return context.data_model_manager[kind].from_data(builder, word(0, context.get_data_type(kind)))
    entry = context.get_data_type(kind.dtype)
    array, size = context.make_array(kind)(context, builder), WORD(context.get_abi_sizeof(entry))
    shape = [word(1 + axis, WORD) for axis in range(kind.ndim)]
    strides = [size]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(length, strides[0]))
    arrays.populate_array(array, word(0, entry.as_pointer()), shape, strides, size, meminfo=None)
    return array._getvalue()


def record(kind: Any, *fields: Any) -> Any:
    """Return the compiled type of a named tuple whose fields have stated types."""
    return Record(kind, fields)


def machine_code(module: str, entry: str) -> tuple[str, list[str], bytes]:
    """Return the symbol of a kernel of a module, the forms of what it takes, and its machine code."""
    (found,) = getattr(importlib.import_module(module), entry).overloads.values()
    forms = [" ".join(map(_form, taken.fields.values())) for taken in found.signature.args]
    symbol = found.fndesc.llvm_func_name
    written = llvm.parse_bitcode(found.library.serialize_using_bitcode()[2])
    return symbol, forms, found.library.codegen.optimised(written, symbol)


def _form(kind: Any) -> str:
    if isinstance(kind, kinds.Array):
        return f"{_form(kind.dtype)}:{kind.ndim}"
    return np.dtype("bool" if kind == kinds.boolean else str(kind)).str[1:]
