"""The seam to compiled code: where it is kept, how it is checked, loaded and called.

Kernels are compiled once (:mod:`xinzhi.compute.compiling`). Their machine code is kept in a file of its own for each
version of the compiler, each processor and each state of the sources, so that a later process needs no compiler, whose
import alone takes longer than a study. A damaged file could end the process when it is run: its hash is compared first.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding as llvm
import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

N = TypeVar("N", bound=np.generic)

PLACE = "XINZHI_CACHE_DIR"
"""Variable that names where machine code goes, instead of the user's cache directory."""
COMPILER, LANGUAGE = "xinzhi.compute.compiling", "xinzhi.compute.strips"
MARKS = (b"@compiled(", b"@on_strips(", b"(NamedTuple)")
"""Of a module that is part of a kernel."""
LINE = 64
"""Bytes that a processor reads at once: a strip that begins elsewhere takes it two readings."""


class Kernel:
    """Machine code that is called with named tuples of arrays and numbers; it returns nothing.

    ``symbol``: its name in the code; ``forms``: kind, size and number of axes of what each tuple holds.
    """

    def __init__(self, symbol: str, forms: Sequence[str], code: bytes) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._function = ctypes.CFUNCTYPE(ctypes.c_int)(self._engine.get_function_address(symbol))
        self._forms = list(forms)

    def __call__(self, *records: tuple[Any, ...]) -> None:
        """Run it without the interpreter's lock."""
        forms = [" ".join(map(_form, record)) for record in records]
        if forms != self._forms:
            raise TypeError(f"{', '.join(self._forms)} is taken, not {', '.join(forms)}")
        tables = [np.array([word for value in record for word in _words(value)], dtype=np.int64) for record in records]
        places = ctypes.c_void_p(), ctypes.c_void_p()  # of what it would return and raise
        self._function(*map(ctypes.byref, places), *(ctypes.c_void_p(table.ctypes.data) for table in tables))


def _form(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return np.asarray(value).dtype.str[1:]
    plain = value.flags.c_contiguous and value.dtype.isnative
    return f"{value.dtype.str[1:]}:{value.ndim}" if plain else "strided"


def aligned(values: NDArray[N]) -> NDArray[N]:
    """Return a copy of an array that begins where strips are read quickest."""
    room = np.empty(values.nbytes + LINE, dtype=np.uint8)
    first = -room.ctypes.data % LINE
    found = room[first : first + values.nbytes].view(values.dtype).reshape(values.shape)
    found[...] = values
    return found


def words_of(form: str) -> int:
    """Return how many words stand for a form in a table: a number, or where an array begins and its axes."""
    return 1 + int(form.partition(":")[2] or 0)


def _words(value: Any) -> Iterator[int]:
    if isinstance(value, np.ndarray):
        yield from (value.ctypes.data, *value.shape)
    else:
        yield int(np.float64(value).view(np.int64)) if isinstance(value, float) else int(value)


@cache
def load(module: str, entry: str) -> Kernel:
    """Return a kernel of a module: compiled on first use, later read from a file that is verified."""
    file = code_file(module, entry)
    with FileLock(f"{file}.lock"):
        found = kept(file)
        if found is None:
            found = importlib.import_module(COMPILER).machine_code(module, entry)
            keep(file, found)
    return Kernel(*found)


def code_file(module: str, entry: str) -> Path:
    """Return the file of the machine code of a kernel, for this compiler, processor and state of the sources.

    The kernels and named tuples beside a module, and how they are compiled, are part of its name.
    """
    specs = [importlib.util.find_spec(name) for name in (module, COMPILER, LANGUAGE, __name__)]
    home, *common = (Path(str(spec.origin)) if spec else Path() for spec in specs)
    sources = [path.read_bytes() for path in sorted(home.parent.glob("*.py"))]
    written = [text for text in sources if any(mark in text for mark in MARKS)]
    machine = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}".encode()
    versions = f"numba-{version('numba')}-llvmlite-{version('llvmlite')}"
    key = hashlib.sha256(b"".join([machine, *written, *(path.read_bytes() for path in common)]))
    name = f"{entry}-{versions}-{key.hexdigest()[:16]}.code"
    for place in (os.environ.get(PLACE), _user_cache()):
        if place and _writable(folder := Path(place) / "kernels"):
            return folder / name
    return Path(tempfile.mkdtemp(prefix="xinzhi-kernels-")) / name


def keep(file: Path, found: tuple[str, list[str], bytes]) -> None:
    """Write machine code behind its hash."""
    symbol, forms, code = found
    text = json.dumps([symbol, forms]).encode() + b"\n" + code
    rough = file.with_suffix(".part")
    rough.write_bytes(hashlib.sha256(text).digest() + text)
    rough.replace(file)


def kept(file: Path) -> tuple[str, list[str], bytes] | None:
    """Return the machine code in a file if it is there, byte by byte as it was written."""
    if not file.is_file():
        return None
    held = file.read_bytes()
    digest, text = held[:32], held[32:]
    if hashlib.sha256(text).digest() != digest:
        return None
    head, code = text.split(b"\n", 1)
    symbol, forms = json.loads(head)
    return symbol, forms, code


def _user_cache() -> str | None:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "xinzhi") if base else None


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
