"""Where the chunks of a run are computed: inline, threads, processes, or Dask on this machine.

Results do not depend on it: what is cut into chunks, and how, follows from the problem alone, and a chunk
is a function of arrays and settings (:meth:`xinzhi.compute.Run.map`).
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from typing import Any, Literal, TypeVar

from xinzhi.errors import UsageError
from xinzhi.language import say

T = TypeVar("T")
ExecutorKind = Literal["serial", "thread", "process", "dask"]

THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Variables that keep a worker's linear algebra to one thread."""

LOCAL = "127.0.0.1"
"""The only address that Dask listens on."""


@contextmanager
def executor_of(kind: ExecutorKind, workers: int) -> Iterator[Executor | None]:
    """Yield the executor of a run and end its workers, at once where the run is interrupted.

    Parameters
    ----------
    kind : "serial", "thread", "process" or "dask"
        "serial" yields None: chunks run inline. Threads are safe because a chunk makes its own solver and
        arrays and shares nothing that changes; they gain where the solver and NumPy leave the interpreter's
        lock. Processes and Dask's workers start afresh (spawn) with linear algebra on one thread, and end
        by themselves within a moment when this process is killed.
    workers : int
        Threads or processes; 1 or more.

    Raises
    ------
    UsageError
        Less than one worker (XZ-103); Dask is not installed (XZ-108).

    Examples
    --------
    >>> with executor_of("thread", 2) as executor:
    ...     executor.submit(pow, 2, 10).result()
    1024
    """
    if workers < 1:
        raise UsageError(
            "XZ-103", say("{workers} workers", workers=workers), where="--workers", expected=say("1 or more")
        )
    if kind == "serial":
        yield None
    elif kind == "thread":
        with _threads(workers) as threads:
            yield threads
    elif kind == "process":
        with _environment_of_workers(), _pool(workers) as pool:
            yield pool
    else:
        with _environment_of_workers(), _dask(workers) as executor:
            yield executor


@contextmanager
def _threads(workers: int) -> Iterator[Executor]:
    """Yield threads; chunks that have not begun are dropped at the end."""
    executor = ThreadPoolExecutor(workers)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _environment_of_workers() -> Iterator[None]:
    """Set what processes that start inside inherit, and put it back afterwards.

    One thread for linear algebra, which is read when NumPy is imported; and no word from Python's tracker
    of semaphores when a run is ended hard, since it frees them itself.
    """
    warnings = [os.environ.get("PYTHONWARNINGS", ""), "ignore:resource_tracker"]
    inherited = dict.fromkeys(THREAD_LIMITS, "1") | {"PYTHONWARNINGS": ",".join(filter(None, warnings))}
    before = dict(os.environ)
    os.environ.update(inherited)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():  # Dask leaves some of its own
            del os.environ[name]
        os.environ.update({name: before[name] for name in inherited if name in before})


# Processes ------------------------------------------------------------------------------------


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    """Yield a process pool whose workers hold one end of a pipe and end when the other end is closed.

    The system closes our end when this process is killed; we close it ourselves on an interrupt, since a
    chunk that runs cannot be asked to stop.
    """
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = _Pool(
        lambda: ProcessPoolExecutor(workers, mp_context=context, initializer=_attend, initargs=(theirs,)),
    )
    try:
        yield pool
    except BaseException:
        ours.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        ours.close()
        theirs.close()


class _Pool(Executor):
    """Process pools one after the other: where a worker died, the analysis fails and the next has fresh workers."""

    def __init__(self, start: Callable[[], ProcessPoolExecutor]) -> None:
        self._start, self._pool = start, start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Submit a task; workers start with the first ones and never see Ctrl-C, which is for the parent."""
        with _interrupts_held():
            try:
                return self._pool.submit(fn, *args, **kwargs)
            except BrokenExecutor:
                self._pool = self._start()
                return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the workers go."""
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block, where the system can; what starts inside never sees it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which lets interrupts through when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _attend(parent: Connection) -> None:
    """Leave Ctrl-C to the parent, and end when its end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        parent.poll(None)  # nothing is ever sent: it returns at the end of the pipe
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


# Dask -----------------------------------------------------------------------------------------

DASK_SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,  # a chunk that ended a worker is not tried again
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.nanny.http.routes": [],
    "distributed.admin.large-graph-warning-threshold": "1TB",  # chunks carry their arrays
}


@contextmanager
def _dask(workers: int) -> Iterator[Executor]:
    """Yield the executor of a Dask cluster on this machine, encrypted, without dashboard and log.

    The key is made for this run and kept in memory, so that other users of the machine cannot connect.
    """
    try:
        dask, distributed = import_module("dask"), import_module("distributed")
        security = distributed.Security.temporary()
    except ImportError as error:
        raise UsageError(
            "XZ-108",
            say("{package} is needed for executor {kind!r}", package=error.name or "dask", kind="dask"),
            where="--executor",
            remedy=say("Install the extra: {command}", command='pip install "xinzhi[dask]"'),
        ) from error

    def start() -> Any:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=LOCAL,
            dashboard_address=f"{LOCAL}:0",
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,  # what a run needs is estimated before it starts
            silence_logs=logging.CRITICAL,
            security=security,
        )
        return distributed.Client(cluster, set_as_default=False)

    with dask.config.set(DASK_SETTINGS):
        clusters = _Clusters(start)
        try:
            yield clusters
        except BaseException:
            clusters.end()
            raise
        finally:
            clusters.shutdown()


class _Clusters(Executor):
    """Dask clusters one after the other: where a worker died, the analysis fails and the next has fresh workers.

    Chunks of the analysis that failed may still run, and would end workers under the next one.
    """

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start, self._broken = start, False
        self._begin()

    def _begin(self) -> None:
        with _interrupts_held():
            self._client = self._start()
        self._executor, self._broken = self._client.get_executor(pure=False), False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Submit a task."""
        if self._broken:
            self.end()
            self.shutdown()
            self._begin()
        future: Future[T] = self._executor.submit(fn, *args, **kwargs)
        future.add_done_callback(self._look)
        return future

    def _look(self, future: "Future[Any]") -> None:
        error = None if future.cancelled() else future.exception()
        self._broken |= error is not None and worker_ended(error)

    def end(self) -> None:
        """End the workers at once; their nannies start no others."""
        for nanny in self._client.cluster.workers.values():
            self._client.cluster.sync(nanny.close, timeout=0.1, reason="interrupt")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Close client and cluster."""
        self._client.close()
        self._client.cluster.close()


def worker_ended(error: BaseException) -> bool:
    """Say whether an error of a future means that the worker is gone, and not that the chunk failed."""
    scheduler = sys.modules.get("distributed.scheduler")
    gone = (BrokenExecutor, CancelledError, *([scheduler.KilledWorker] if scheduler else []))
    return isinstance(error, gone)
