"""Executors: the same bits everywhere, no orphans, coded errors where a worker dies."""

import os
import signal
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from tests.compute.work import die, double, fail_or_nap, threads_of
from xinzhi import DEA, Capital, Malmquist, catalog
from xinzhi.compute import ExecutorKind, Run, executor_of
from xinzhi.compute.executors import THREAD_LIMITS
from xinzhi.errors import ResourceError, UsageError
from xinzhi.panel import Panel

ROOT = Path(__file__).resolve().parents[2]
KINDS: tuple[ExecutorKind, ...] = ("serial", "thread", "process", "dask")
SEPARATE: tuple[ExecutorKind, ...] = ("process", "dask")
UNITS = ("CHN", "DEU", "FRA", "GBR", "IND", "JPN", "KOR", "USA")
ENOUGH = 5.0
"""Seconds within which workers must be gone on a busy machine; measured: below 0.5."""


@pytest.fixture(scope="module")
def panel() -> Panel:
    return catalog.load("pwt1001").select(units=UNITS, times=(2012, 2017))


def everything(panel: Panel, run: Run) -> dict[str, np.ndarray]:
    """Return all numbers of a DEA and a Malmquist index, with multipliers and peers."""
    goods = {"inputs": (Capital(growth="rkna", level="ck", base=2017), "emp"), "outputs": ("rgdpna",)}
    dea = DEA(**goods, returns="vrs").fit_in(panel, run)
    index = Malmquist(**goods, returns="vrs").fit_in(panel, run)
    found = {**dea.rows.terms, **index.rows.terms, **index.distances}
    for span, answer in zip(dea.spans, dea.answers, strict=True):
        names = ("prices", "slacks", "targets", "peers", "intensities")
        found |= {f"{name} {span.time}": getattr(answer, name) for name in names}
    return found


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_every_executor_gives_the_same_bits(kind: ExecutorKind, workers: int, panel: Panel) -> None:
    expected = everything(panel, Run())
    with executor_of(kind, workers) as executor:
        found = everything(panel, Run(executor=executor))
    assert list(found) == list(expected)
    for name, values in expected.items():
        assert found[name].tobytes() == values.tobytes(), name


def test_threads_at_the_same_time_give_the_bits_of_one_after_the_other() -> None:
    rng = np.random.default_rng(4)
    x, y = np.exp(rng.normal(size=(12, 200, 2))), np.exp(rng.normal(size=(12, 200, 1)))
    from xinzhi.frontier.engine import Technology
    from xinzhi.frontier.technology import score_task

    both = ("crs", "vrs")
    tasks = [([(Technology.of(x[i], y[i], returns), x[i], y[i]) for returns in both], "input") for i in range(12)]
    expected = Run().map(score_task, tasks, label="scores")
    with executor_of("thread", 8) as executor:
        found = Run(executor=executor).map(score_task, tasks, label="scores")
    for one, other in zip(chain(*expected), chain(*found), strict=True):
        assert one.score.tobytes() == other.score.tobytes()
        assert one.u.tobytes() == other.u.tobytes()
        assert one.peers.tobytes() == other.peers.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_results_come_in_the_order_of_tasks_and_progress_counts_up(kind: ExecutorKind) -> None:
    told: list[tuple[str, int, int]] = []
    with executor_of(kind, 2) as executor:
        run = Run(executor=executor, progress=lambda label, done, total: told.append((label, done, total)))
        assert run.map(double, [(i,) for i in range(20)], label="double") == [2 * i for i in range(20)]
    assert told == [("double", done, 20) for done in range(1, 21)]


@pytest.mark.parametrize("kind", SEPARATE)
def test_workers_keep_linear_algebra_to_one_thread_and_the_parent_keeps_its_own(kind: ExecutorKind) -> None:
    before = dict(os.environ)
    with executor_of(kind, 1) as executor:
        assert Run(executor=executor).map(threads_of, [(name,) for name in THREAD_LIMITS], label="x") == ["1"] * 5
    assert dict(os.environ) == before


@pytest.mark.parametrize("kind", SEPARATE)
def test_a_worker_that_dies_is_a_coded_error_and_the_next_step_has_fresh_workers(kind: ExecutorKind) -> None:
    with executor_of(kind, 2) as executor:
        run = Run(executor=executor)
        with pytest.raises(ResourceError, match="XZ-121") as caught:
            run.map(die, [()] * 20, label="deadly")
        assert "'deadly'" in caught.value.found
        assert run.map(double, [(4,)], label="double") == [8]


@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_that_fails_raises_its_own_error_and_drops_those_that_wait(kind: ExecutorKind) -> None:
    start = time.monotonic()
    with executor_of(kind, 1) as executor, pytest.raises(ArithmeticError, match="a chunk failed"):
        Run(executor=executor).map(fail_or_nap, [(0.0,), *[(0.1,)] * 4, *[(30.0,)] * 3], label="fail")
    assert time.monotonic() - start < 30.0


@pytest.mark.parametrize("kind", SEPARATE)
def test_workers_end_when_the_parent_is_killed(kind: ExecutorKind) -> None:
    command = [sys.executable, "-m", "tests.compute.work", kind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
        end = time.monotonic() + ENOUGH
        while any(alive(pid) for pid in workers) and time.monotonic() < end:
            time.sleep(0.02)
    assert workers
    assert not [pid for pid in workers if alive(pid)]


def alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and was not yet fetched by its parent does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_no_worker_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="XZ-103"), executor_of("process", 0):
        raise AssertionError


def test_dask_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"XZ-108") as caught, executor_of("dask", 1):
        raise AssertionError
    assert "xinzhi[dask]" in caught.value.remedy
