"""Chunks that tests run, and a program that holds workers until it is ended."""

import os
import sys
import time

from xinzhi.compute import Run, executor_of


def double(value: int) -> int:
    """Return twice the value."""
    return 2 * value


def die() -> None:
    """End the worker as the system does when memory runs out: without a word."""
    os._exit(9)


def fail_or_nap(seconds: float) -> float:
    """Fail at once, or sleep."""
    if not seconds:
        raise ArithmeticError("a chunk failed")
    time.sleep(seconds)
    return seconds


def nap(seconds: float) -> int:
    """Sleep, and return the id of the process."""
    time.sleep(seconds)
    return os.getpid()


def threads_of(name: str) -> str | None:
    """Return an environment variable as a worker sees it."""
    return os.environ.get(name)


def main() -> None:
    """Print the ids of two workers, then keep them busy."""
    with executor_of(sys.argv[1], 2) as executor:  # type: ignore[arg-type]
        pids = set(Run(executor=executor).map(nap, [(0.5,)] * 4, label="start"))
        print(*sorted(pids), flush=True)
        Run(executor=executor).map(nap, [(600.0,)] * 4, label="work")


if __name__ == "__main__":
    main()
