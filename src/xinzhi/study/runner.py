"""Runs a study: load, plan, compute what is not complete, write, hash, report, manifest."""

import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from xinzhi.compute import Progress, Run
from xinzhi.errors import DataError, EstimationError, UsageError, XinzhiError, listed, raise_all
from xinzhi.method import View
from xinzhi.study.contents import RunContents
from xinzhi.study.directory import (
    PROVENANCE,
    REPORT,
    SCHEMA,
    STUDY,
    gather,
    is_complete,
    json_bytes,
    open_directory,
    read_record,
    remove_others,
    sha256,
    write_file,
    write_manifest,
)
from xinzhi.study.file import Study, read_study
from xinzhi.study.output import digest, plain, save_failure, save_result
from xinzhi.study.plan import Task, code_digest, library_versions, plan, unknown_units
from xinzhi.study.tables import file_facts, load_tables, placed

ExecutorKind = Literal["serial", "thread", "process"]
THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Variables that keep a worker's linear algebra to one thread."""


@dataclass(frozen=True)
class RunOutcome:
    """What a run left behind.

    Parameters
    ----------
    path : Path
        The run directory.
    contents : RunContents
    errors : mapping from analysis to its error
    reused : tuple of str
        Analyses that were complete already.
    report : Path or None
        The report, where one was written.
    """

    path: Path
    contents: RunContents
    errors: Mapping[str, XinzhiError]
    reused: tuple[str, ...]
    report: Path | None

    @property
    def results_hash(self) -> str:
        """Return the hash of canonical data, settings and outputs."""
        return self.contents.results_hash

    @property
    def exit_code(self) -> int:
        """Return 0, or the exit code of the first error."""
        return next((error.exit_code for error in self.errors.values()), 0)


def run_study(
    path: str | Path,
    *,
    out: str | Path,
    data: Mapping[str, Any] | None = None,
    workers: int = 1,
    executor_kind: ExecutorKind = "serial",
    render: Callable[[RunContents], str] | None = None,
    progress: Progress | None = None,
) -> RunOutcome:
    """Run a study into a folder.

    Parameters
    ----------
    path : path
        The study file.
    out : path
        A new or empty folder, or an earlier run: analyses that are complete there are not computed again.
    data : mapping from table to path, Panel or frame
        Takes the place of the tables' sources.
    workers : int
        Workers of the executor. Results do not depend on them.
    executor_kind : "serial", "thread" or "process"
    render : callable or None
        Turns the contents into the report's HTML; no report without it.
    progress : Progress or None
        Told about analyses and, within them, chunks.

    Returns
    -------
    RunOutcome
        An analysis that failed keeps its error there; the others are complete.

    Raises
    ------
    XinzhiError
        The study or its data are wrong, or the folder cannot be used; nothing is computed then.
    """
    given, started, clock = dict(data or {}), datetime.now(UTC), time.perf_counter()
    study = read_study(path)
    panels = load_tables(study, given, only={spec.data for spec in study.analyses})
    facts = file_facts(study, given, loaded=panels)
    tasks = plan(study, panels)
    out = Path(out)
    open_directory(out, study.content)
    with executor_of(executor_kind, workers) as executor, writing(out):
        remove_others(out, tuple(task.spec.id for task in tasks))
        done = _compute(out, tasks, Run(seed=study.seed, executor=executor, progress=progress))
    provenance = {
        "xinzhi_run": SCHEMA,
        "study": {"path": str(study.path), "sha256": sha256(study.content)},
        "data": facts,
        "code": code_digest(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "libraries": library_versions(),
        "executor": {"kind": executor_kind, "workers": workers},
        "started": started.isoformat(timespec="seconds"),
        "seconds": {"total": round(time.perf_counter() - clock, 3), **done.seconds},
        "reused": list(done.reused),
    }
    with writing(out):
        return _finish(out, study, done, plain(provenance), render)


@dataclass(frozen=True)
class _Done:
    """Records by analysis, errors, what was reused, seconds."""

    records: dict[str, dict[str, Any]]
    errors: dict[str, XinzhiError]
    reused: tuple[str, ...]
    seconds: dict[str, float]


def _compute(out: Path, tasks: tuple[Task, ...], run: Run) -> _Done:
    """Compute the tasks that are not complete; keep errors and go on."""
    records: dict[str, dict[str, Any]] = {}
    errors: dict[str, XinzhiError] = {}
    reused: list[str] = []
    seconds: dict[str, float] = {}
    for number, task in enumerate(tasks):
        run.report("analyses", number, len(tasks))
        name, record = task.spec.id, read_record(out, task.spec.id)
        if is_complete(out, record, key=task.key):
            records[name] = record
            reused.append(name)
            continue
        clock = time.perf_counter()
        try:
            records[name] = _fit(out, task, run)
        except XinzhiError as error:
            errors[name] = placed(error, task.spec.where)
        except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            found = f"{type(error).__name__}: {error}"
            errors[name] = EstimationError(
                "XZ-306",
                found,
                where=task.spec.where,
                remedy="This is a defect: please report it with the study.",
            )
            errors[name].__cause__ = error
        if name in errors:
            method = task.spec.method.method_name
            records[name] = save_failure(out, name, title=task.spec.title, method=method, error=errors[name])
        seconds[name] = round(time.perf_counter() - clock, 3)
    run.report("analyses", len(tasks), len(tasks))
    return _Done(records, errors, tuple(reused), seconds)


def _fit(out: Path, task: Task, run: Run) -> dict[str, Any]:
    """Fit, narrow the view to units that the result has, write; XZ-212 where it has none of them."""
    result = task.spec.method.fit_in(task.panel, run)
    there = dict.fromkeys(result.rows.unit.tolist())
    raise_all(unknown_units(task, there))
    wanted = task.view.units or ()
    absent = tuple(
        f"XZ-404 {name} is to be shown but has no row in this result." for name in wanted if name not in there
    )
    shown = tuple(name for name in wanted if name in there)
    if wanted and not shown:
        raise DataError(
            "XZ-212", f"{listed(wanted)}: no row in this result", where="view.units", expected=listed([*there])
        )
    view = View(shown or None, task.view.periods)
    result = replace(result, warnings=(*result.warnings, *absent))
    return save_result(out, result, analysis=task.spec.id, title=task.spec.title, view=view, key=task.key)


def _finish(
    out: Path,
    study: Study,
    done: _Done,
    provenance: Mapping[str, Any],
    render: Callable[[RunContents], str] | None,
) -> RunOutcome:
    """Write provenance, report and, last, the manifest."""
    ids = [spec.id for spec in study.analyses]
    index = {
        "title": study.report.title,
        "authors": list(study.report.authors),
        "abstract": study.report.abstract,
        "chapters": [{"title": c.title, "text": c.text, "analyses": list(c.analyses)} for c in study.chapters],
        "analyses": ids,
        "results_hash": digest({name: done.records[name]["digest"] for name in ids}),
    }
    files = {STUDY: sha256(study.content)}
    for name, record in done.records.items():
        place = f"results/{name}/result.json"
        files |= {**record["files"], place: sha256((out / place).read_bytes())}
    files[PROVENANCE] = write_file(out / PROVENANCE, json_bytes(provenance))
    contents = gather(out, index, provenance=provenance)
    report = None
    if render is not None:
        report = out / REPORT
        files[REPORT] = write_file(report, render(contents).encode())
    else:
        (out / REPORT).unlink(missing_ok=True)
    write_manifest(out, index, files=files)
    return RunOutcome(out, contents, done.errors, done.reused, report)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn a failure to write, such as a full disk, into XZ-106."""
    try:
        yield
    except OSError as error:
        raise UsageError("XZ-106", f"{out}: {error.strerror or error}", where="--out") from error


@contextmanager
def executor_of(kind: ExecutorKind, workers: int) -> Iterator[Executor | None]:
    """Yield the executor for a run; workers of a process pool keep linear algebra to one thread."""
    if workers < 1:
        raise UsageError("XZ-103", f"{workers} workers", where="--workers", expected="1 or more")
    if kind == "serial":
        yield None
        return
    before = {name: os.environ.get(name) for name in THREAD_LIMITS}
    executor: Executor
    if kind == "thread":
        executor = ThreadPoolExecutor(workers)
    else:
        os.environ.update(dict.fromkeys(THREAD_LIMITS, "1"))
        executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the parent, so that workers end with it and print nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
