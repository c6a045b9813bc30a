"""How much memory there is, and whether a computation fits into it before it starts."""

from pathlib import Path

from xinzhi.errors import ResourceError
from xinzhi.language import Text, say

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/proc/self/cgroup")
LIMITS = (
    # version 2 and version 1: mount, name of the limit, of what is used, and of what could be dropped of it
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
WORKER_BYTES = 100_000_000
"""What a worker process takes before its first chunk: the interpreter and the libraries (measured)."""

UNLIMITED = 1 << 60
"""Bytes from which a limit of version 1 stands for none."""


def available() -> int | None:
    """Return the bytes that this process can still take, or None where the system does not say.

    The smaller of what the machine has left and of what the limits of the process's control groups leave,
    files that the system keeps in memory and can drop not counted as taken.

    Examples
    --------
    >>> left = available()
    >>> left is None or left > 0
    True
    """
    found = [_of_machine(), *(_of_group(*place) for place in LIMITS)]
    known = [left for left in found if left is not None]
    return max(min(known), 0) if known else None


def require(needed: int, *, processes: int = 0, where: str = "", left: int | None = None) -> None:
    """Refuse what does not fit before anything is computed.

    Parameters
    ----------
    needed : int
        Estimated bytes, for example the sum of :meth:`xinzhi.method.Method.memory` over the tasks of a run,
        whose results are held until its end.
    processes : int
        Workers that are processes; each takes ``WORKER_BYTES`` of its own.
    where : str
        What needs them.
    left : int or None
        Bytes that are there; asked from the system by default.

    Raises
    ------
    ResourceError
        More is needed than there is (XZ-120).

    Examples
    --------
    >>> require(1_000_000, left=2_000_000)
    """
    there = available() if left is None else left
    needed += processes * WORKER_BYTES
    if there is not None and needed > there:
        raise ResourceError(
            "XZ-120",
            say("about {needed} are needed, {there} are free", needed=size(needed), there=size(there)),
            where=where,
        )


def size(count: int) -> Text:
    """Return bytes in words that suit their size.

    Examples
    --------
    >>> size(3_200_000_000), size(47_000_000)
    ('3.2 GB', '47 MB')
    """
    if count >= 1e9:
        return say("{number:.1f} GB", number=count / 1e9)
    return say("{number:.0f} MB", number=count / 1e6)


def _of_machine() -> int | None:
    """Return what the kernel says that a new program could take."""
    for line in _lines(MEMINFO):
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * 1024
    return None


def _of_group(mount: Path, limit: str, used: str, dropped: str) -> int | None:
    """Return what the tightest limit of the process's group and of those above it leaves."""
    left: list[int] = []
    for folder in _groups(mount):
        most, taken = _number(folder / limit), _number(folder / used)
        if most is None or taken is None or most >= UNLIMITED:
            continue
        stat = dict(line.split() for line in _lines(folder / "memory.stat"))
        left.append(most - taken + int(stat.get(dropped, 0)))
    return min(left) if left else None


def _groups(mount: Path) -> list[Path]:
    """Return the folders of the process's groups, from its own up to the mount."""
    paths = [line.rpartition(":")[2].lstrip("/") for line in _lines(CGROUP)]
    found = [mount]
    for path in paths:
        own = mount / path
        found += [own, *(parent for parent in own.parents if parent.is_relative_to(mount))]
    return list(dict.fromkeys(found))


def _number(path: Path) -> int | None:
    """Return the number that a file holds; None where there is no file, or it says ``max``."""
    text = "".join(_lines(path)).strip()
    return int(text) if text.isdigit() else None


def _lines(path: Path) -> list[str]:
    """Return the lines of a file of the system; none where it is absent or may not be read."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
