"""The value that carries seed, executor and progress through a fit."""

from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from xinzhi.compute.executors import worker_ended
from xinzhi.errors import ResourceError
from xinzhi.language import say

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")


class Progress(Protocol):
    """Anything that can be told how far a step is."""

    def __call__(self, label: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` pieces of ``label`` are finished."""


@dataclass(frozen=True)
class Run:
    """Seed, executor and progress of one run, and the results that it already holds.

    Parameters
    ----------
    seed : int
        Root of all randomness.
    executor : concurrent.futures.Executor or None
        Where chunks run; None runs them inline. Results do not depend on it.
    progress : Progress or None
        Told after each finished chunk.
    """

    seed: int = 0
    executor: Executor | None = None
    progress: Progress | None = None
    held: dict[str, Any] = field(default_factory=dict, repr=False)

    def generator(self, *key: int) -> "np.random.Generator":
        """Return the generator of one task and chunk; equal keys give equal streams."""
        import numpy as np

        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key)))

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return what ``make`` gives, computed once per run and key."""
        if key not in self.held:
            self.held[key] = make()
        value: T = self.held[key]
        return value

    def map(self, function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], *, label: str) -> list[T]:
        """Return ``[function(*task) for task in tasks]``, in the order of ``tasks``.

        ``function`` is defined at module level and sees arrays and settings only, so that any executor
        can run it. How tasks are cut depends on the problem, never on the number of workers.

        Raises
        ------
        ResourceError
            A worker ended before it answered (XZ-121), for example because memory ran out.
        """
        total = len(tasks)
        results: list[Any] = [None] * total
        if self.executor is None:
            for position, task in enumerate(tasks):
                results[position] = function(*task)
                self.report(label, position + 1, total)
            return results
        futures: dict[Future[T], int] = {}
        try:
            for position, task in enumerate(tasks):
                futures[self.executor.submit(function, *task)] = position
            for done, future in enumerate(as_completed(futures), start=1):
                results[futures[future]] = future.result()
                self.report(label, done, total)
        except Exception as error:  # on an interrupt the executor ends with all that waits
            if not isinstance(error, BrokenExecutor):  # a broken pool ends them itself
                for future in futures:
                    future.cancel()
            if worker_ended(error):
                raise ResourceError("XZ-121", say("a worker ended in step {label!r}", label=label)) from error
            raise
        return results

    def report(self, label: str, done: int, total: int) -> None:
        """Tell the progress, if there is one."""
        if self.progress is not None:
            self.progress(label, done, total)
