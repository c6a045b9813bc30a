"""Every act of a run on the disk, each with a name, so that tests can make the n-th of them fail.

A file is written beside its place and renamed into it, so that a reader sees it whole or not at all. Whether it
also survives a loss of power is asked once, by :func:`sync_files` before the manifest is written: until then a
file counts only if its SHA-256 is the recorded one, so a lost one is computed again.
"""

import errno
import hashlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from xinzhi.errors import UsageError, XinzhiError
from xinzhi.language import say

STEPS = (
    "lock",
    "plan",
    "folder",
    "create",
    "write",
    "rename",
    "remove",
    "provenance",
    "report",
    "sync",
    "manifest",
)
"""The steps of a run; ``plan``, ``provenance``, ``report`` and ``manifest`` open a stage, the others are acts."""
PART = ".part-"
"""How the name of a file begins that is being written."""
LOCK = ".lock"
"""The empty file that the process holds which works in the folder."""
SYNCING = 16
"""Files that are synced at once; the file system then commits them together (docs/decisions/run-directory.md)."""
MANY = 1000
"""From so many files on, one sync of the whole system is quicker."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What the system says when a disk is full or failing."""

_trap: Callable[[str], None] | None = None


def reach(step: str) -> None:
    """Mark a step; nothing happens unless a test has armed it with :func:`failing`."""
    if _trap is not None:
        _trap(step)


@contextmanager
def failing(error: int | signal.Signals, *, step: str = "", call: int = 1, until: int = 0) -> Iterator[list[str]]:
    """Make steps fail inside the block: the seam that tests use.

    Parameters
    ----------
    error : int or signal
        The errno of the ``OSError`` that is raised; a signal is sent to the process itself instead.
    step : str
        Which step; every step counts where empty.
    call : int
        The first call that fails, from 1.
    until : int
        The last call that fails; ``call`` where 0.

    Yields
    ------
    list of str
        The steps reached so far, in order.
    """
    global _trap  # noqa: PLW0603 (the one seam)
    reached: list[str] = []
    guard = threading.Lock()

    def trap(name: str) -> None:
        with guard:
            reached.append(name)
            number = sum(1 for known in reached if known == name) if step else len(reached)
        if (not step or name == step) and call <= number <= max(call, until):
            if isinstance(error, signal.Signals):
                os.kill(os.getpid(), error)
            raise OSError(error, os.strerror(error), name)

    before, _trap = _trap, trap
    try:
        yield reached
    finally:
        _trap = before


# Acts -----------------------------------------------------------------------------------------


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def json_bytes(content: Any) -> bytes:
    """Return JSON in UTF-8, two spaces deep, keys in the order given."""
    return (json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def compact_bytes(content: Any) -> bytes:
    """Return JSON in UTF-8 on one line, for files that programs read: a third of the time, half the size."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def make_folder(path: Path) -> None:
    """Make a folder inside one that is there, so that a run folder which vanished does not come back half full."""
    if not path.is_dir():
        reach("folder")
        path.mkdir(exist_ok=True)


def make_folders(path: Path) -> None:
    """Make a folder and those above it."""
    if not path.is_dir():
        reach("folder")
        path.mkdir(parents=True, exist_ok=True)


def write_file(path: Path, content: bytes) -> str:
    """Write a file whole or not at all and return its SHA-256."""

    def fill(temporary: Path) -> None:
        reach("write")
        temporary.write_bytes(content)

    _put(path, fill)
    return sha256(content)


def write_with(path: Path, writer: Callable[[Path], None]) -> str:
    """Let ``writer`` write a file at the path that it is given, put it in its place and return its SHA-256."""

    def fill(temporary: Path) -> None:
        reach("write")
        writer(temporary)

    _put(path, fill)
    return sha256(path.read_bytes())


def _put(path: Path, fill: Callable[[Path], None]) -> None:
    temporary = path.with_name(f"{PART}{path.name}")  # one run at a time writes here, and later ones clear it away
    reach("create")
    try:
        fill(temporary)
        reach("rename")
        os.replace(temporary, path)
    except BaseException:
        _forget(temporary)
        raise


def _forget(temporary: Path) -> bool:
    """Remove a temporary file; where even that fails the next run removes it. Return whether it is gone."""
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def remove_file(path: Path) -> None:
    """Remove a file, if it is there."""
    if path.exists() or path.is_symlink():
        reach("remove")
        path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Remove a folder, if it is there and empty."""
    if path.is_dir() and not any(path.iterdir()):
        reach("remove")
        path.rmdir()


def sync_files(paths: Iterable[Path]) -> None:
    """Have files and their folders written through to the disk; the calls run side by side, so commits are shared.

    Where there are very many, Linux is asked once for everything it holds, which is quicker than file by file.
    """
    files = list(paths)
    if len(files) > MANY and sys.platform == "linux":
        reach("sync")
        os.sync()  # on Linux it returns when all is written; elsewhere it may not wait
        return
    folders = sorted({folder for path in files for folder in (path.parent, path.parent.parent)})
    with ThreadPoolExecutor(SYNCING) as threads:
        for group in (files, folders if os.name == "posix" else []):
            for _ in threads.map(_sync, group):
                continue


def _sync(path: Path) -> None:
    reach("sync")
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# The lock -------------------------------------------------------------------------------------


@contextmanager
def locked(out: Path, *, wait: float, waiting: Callable[[int], None]) -> Iterator[None]:
    """Hold a folder for one run; the system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    out : Path
        The folder; it exists.
    wait : float
        Seconds to wait for a run that holds it.
    waiting : callable
        Called with 0 if there is something to wait for, and with 1 when the wait is over.

    Raises
    ------
    UsageError
        XZ-110 where another run still holds the folder.
    """
    reach("lock")
    lock = FileLock(out / LOCK)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting(0)
            lock.acquire(timeout=max(wait, 0.0), poll_interval=0.2)
            waiting(1)
    except Timeout as error:
        raise UsageError(
            "XZ-110",
            say("another run still works in {out} after {wait:g} seconds", out=str(out), wait=wait),
            where=str(out),
            expected=say("one run at a time in a folder"),
        ) from error
    try:
        yield
    finally:
        lock.release()


# Failures -------------------------------------------------------------------------------------


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn a failure of the disk into a coded error.

    Raises
    ------
    UsageError
        XZ-111 where the disk is full or failing, XZ-112 where the folder is gone, XZ-106 where it cannot be used.
    """
    try:
        yield
    except OSError as error:
        raise _coded(out, error) from error


def _coded(out: Path, error: OSError) -> XinzhiError:
    reason = error.strerror or str(error)
    if error.errno in FULL:
        return UsageError("XZ-111", say("{out}: {reason}", out=str(out), reason=reason), where=str(out))
    if isinstance(error, FileNotFoundError):
        gone = out if not out.is_dir() else Path(str(error.filename or out))
        return UsageError("XZ-112", say("{path} is no longer there", path=str(gone)), where=str(out))
    return UsageError("XZ-106", say("{out}: {reason}", out=str(out), reason=reason), where="--out")
