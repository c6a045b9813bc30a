"""The seam to compiled code: the only place that knows numba, and where its cache is kept.

A kernel states its types, so that it is compiled when its module is imported and never in the middle of a study.
The code of one that is called from Python holds that of all it calls: only such code is kept, and read later.
What is compiled lies in a directory of its own for each version of numba and of Python and each processor. A
damaged file there could end the process when it is loaded: hashes are compared first, and the directory is cleared
when one differs.
"""

import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import llvmlite.binding as llvm
import numba
from filelock import FileLock

F = TypeVar("F", bound=Callable[..., Any])

kinds: Any = numba.types
"""The types of what kernels take and return."""

PROPOSES = {"reassoc", "nnan", "nsz", "contract"}
"""Liberties of a kernel that proposes columns: no score is read from what it adds up."""
PLACE = "XINZHI_CACHE_DIR"
"""Variable that names where compiled code goes, instead of the user's cache directory."""
HASHES = "hashes.json"
_kept: ContextVar[bool] = ContextVar("_kept", default=False)
"""Whether the code of the kernels that are being loaded lies in the cache."""


def compiled(signature: Any, *, liberties: set[str] | None = None, entry: bool = False) -> Callable[[F], F]:
    """Return a decorator that compiles a kernel for stated types.

    ``liberties``: with its sums; ``entry``: it is called from Python, the others from kernels only, and are not
    compiled where the code of what calls them is kept. Kernels allocate nothing: counting references to arrays
    would take a fifth of their time.
    """
    options: dict[str, Any] = {
        "cache": entry,
        "nogil": True,
        "fastmath": liberties or False,
        "error_model": "numpy",
        "no_cpython_wrapper": not entry,
        "no_cfunc_wrapper": True,
        "_nrt": False,
    }
    types: Any = signature if entry or not _kept.get() else None
    decorator: Callable[[F], F] = numba.njit(types, **options)
    return decorator


def record(kind: Any, *fields: Any) -> Any:
    """Return the compiled type of a named tuple whose fields have stated types."""
    return kinds.NamedTuple(fields, kind)


def load(module: str) -> ModuleType:
    """Return a module of kernels: compiled on first use, later read from a cache that has been verified."""
    if module in sys.modules:
        return sys.modules[module]
    folder = cache_folder(module)
    with FileLock(folder.with_name(folder.name + ".lock")):
        if not sound(folder):
            shutil.rmtree(folder)
            folder.mkdir()
        settings: Any = numba.config
        before, settings.CACHE_DIR = settings.CACHE_DIR, str(folder)
        kept = _kept.set((folder / HASHES).is_file())
        try:
            kernels = importlib.import_module(module)
        finally:
            settings.CACHE_DIR = before
            _kept.reset(kept)
        _write_hashes(folder)
    return kernels


def cache_folder(module: str) -> Path:
    """Return the directory of compiled code for these kernels, this numba, Python and processor; made if need be.

    The kernels beside a module, where they lie and how this seam has them compiled are part of its name: numba
    looks for changes in the module alone, and code of other copies would be hashed as well.
    """
    spec = importlib.util.find_spec(module)
    home = Path(str(spec.origin)).parent if spec else Path()
    sources = [Path(__file__), *sorted(home.glob("*.py"))]
    written = [text for path in sources if b"@compiled(" in (text := path.read_bytes())]
    machine = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}".encode()
    key = hashlib.sha256(b"".join([machine, os.fsencode(home), *written])).hexdigest()[:16]
    name = f"numba-{numba.__version__}-{sys.implementation.cache_tag}-{key}"
    for place in (os.environ.get(PLACE), _user_cache()):
        if place and _writable(folder := Path(place) / "kernels" / name):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="xinzhi-kernels-")) / name
    folder.mkdir()
    return folder


def sound(folder: Path) -> bool:
    """Return whether a directory of compiled code holds what was written to it, byte by byte."""
    listed = folder / HASHES
    if not listed.is_file():
        return not any(folder.iterdir())
    try:
        expected = json.loads(listed.read_bytes())
    except ValueError:
        return False
    return bool(expected == _hashes(folder))


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
    return os.access(folder, os.W_OK) and os.access(folder.parent, os.W_OK)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != HASHES)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _write_hashes(folder: Path) -> None:
    rough = folder / (HASHES + ".part")
    rough.unlink(missing_ok=True)
    text = json.dumps(_hashes(folder))
    rough.write_text(text, encoding="utf-8")
    rough.replace(folder / HASHES)
