"""Runs a study: load, plan, compute what is not complete, write, hash, report, manifest."""

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xinzhi.compute import ExecutorKind, Progress, Run, executor_of
from xinzhi.compute.memory import require
from xinzhi.errors import DataError, EstimationError, ResourceError, XinzhiError, listed, raise_all
from xinzhi.language import named, say, speaking
from xinzhi.method import View
from xinzhi.method.base import BASE_BYTES
from xinzhi.study.contents import RunContents
from xinzhi.study.directory import (
    PROVENANCE,
    REPORT,
    SCHEMA,
    STUDY,
    gather,
    is_complete,
    open_directory,
    prepare_folder,
    read_record,
    record_place,
    remove_others,
    remove_unlisted,
    sealed,
    tagged,
    write_manifest,
)
from xinzhi.study.file import Study, read_study
from xinzhi.study.output import Saved, digest, plain, prepare_failure, prepare_result, save
from xinzhi.study.plan import Task, code_digest, library_versions, plan, unknown_units
from xinzhi.study.shapes import words_in
from xinzhi.study.storage import json_bytes, locked, reach, sha256, write_file, writing
from xinzhi.study.tables import file_facts, load_tables, placed

Render = Callable[[RunContents], str]
"""What makes the report from the contents of a run."""
PATIENCE = 600.0
"""Seconds that a run waits for another one in its folder."""


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
        The report in the study's first language, where one was written; others lie beside it.
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
    render: Render | None = None,
    progress: Progress | None = None,
    wait: float = PATIENCE,
) -> RunOutcome:
    """Run a study into a folder; what is complete there already is kept.

    Parameters
    ----------
    path : str or Path
        The study file.
    out : str or Path
        New or empty folder, or that of an earlier run.
    data : mapping from table to path, Panel or frame
        Takes the place of a table's source.
    workers : int
        Workers of the executor; results do not depend on it.
    executor_kind : "serial", "thread", "process" or "dask"
    render : callable or None
        Makes the report from the contents, once per language of the study; None writes no report.
    progress : Progress or None
        Told about analyses and, within them, chunks.
    wait : float
        Seconds to wait for another run in this folder.

    Returns
    -------
    RunOutcome
        An analysis that failed keeps its error there; the others are complete.

    Raises
    ------
    XinzhiError
        The study or its data are wrong, or the folder cannot be used (XZ-106, XZ-110); nothing is computed
        then. The disk is full or failing (XZ-111), the folder vanished (XZ-112), the report failed (XZ-113):
        what was complete stays complete, and the next run goes on.
    """
    given, clock = dict(data or {}), time.perf_counter()
    study = read_study(path)
    panels = load_tables(study, given, only={spec.data for spec in study.analyses})
    out = Path(out)
    provenance = _beginning(study, given, out, loaded=list(panels), how=(executor_kind, workers))
    tasks = plan(study, panels)
    # results are held until the end; what a method takes to begin with is taken once
    needed = BASE_BYTES + sum(max(task.memory(workers=workers) - BASE_BYTES, 0) for task in tasks)
    require(needed, processes=workers if executor_kind in ("process", "dask") else 0, where=str(study.path))
    run = Run(seed=study.seed, progress=progress)
    prepare_folder(out)
    with writing(out), locked(out, wait=wait, waiting=lambda done: _say_waiting(run, out, done)):
        reach("plan")
        open_directory(out, study.content, provenance=provenance)
        remove_others(out, {task.spec.id for task in tasks})
        with executor_of(executor_kind, workers) as executor:
            done = _compute(out, tasks, replace(run, executor=executor))
        seconds = {"total": round(time.perf_counter() - clock, 3), **done.seconds}
        final = {**provenance, "state": "finished", "seconds": seconds, "reused": list(done.reused)}
        return _finish(out, study, done, final, render)


def _say_waiting(run: Run, out: Path, done: int) -> None:
    run.report(say("waiting for another run in {out}", out=str(out)), done, 1)


def _beginning(
    study: Study, given: Mapping[str, Any], out: Path, *, loaded: list[str], how: tuple[str, int]
) -> dict[str, Any]:
    """Return the provenance at the start of a run: enough to go on with it."""
    files = {name: source for name, source in given.items() if isinstance(source, str | Path)}
    kind, workers = how
    content: dict[str, Any] = plain(
        {
            "xinzhi_run": SCHEMA,
            "state": "unfinished",
            "study": {"path": str(study.path), "sha256": sha256(study.content)},
            "data": file_facts(study, given, loaded=loaded),
            "seed": study.seed,
            "resume": {
                "study": _from(out, study.path),
                "data": {name: _from(out, Path(source)) for name, source in files.items()},
                "in_memory": [name for name in given if name not in files],
            },
            "code": code_digest(),
            "python": platform.python_version(),
            "platform": f"{sys.platform} {platform.machine()}",
            "libraries": library_versions(),
            "executor": {"kind": kind, "workers": workers},
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )
    return content


def _from(out: Path, path: Path) -> str:
    """Return a path as seen from the run, so that both can move together; in full where they share no root."""
    try:
        return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(out))).as_posix()
    except ValueError:
        return os.path.realpath(path)


@dataclass(frozen=True)
class _Done:
    """Records by analysis, errors, what was reused, seconds."""

    records: dict[str, dict[str, Any]]
    errors: dict[str, XinzhiError]
    reused: tuple[str, ...]
    seconds: dict[str, float]


def _compute(out: Path, tasks: tuple[Task, ...], run: Run) -> _Done:
    """Compute the tasks that are not complete; keep errors and go on."""
    done = _Done({}, {}, (), {})
    reused: list[str] = []
    for number, task in enumerate(tasks):
        run.report(say("analyses"), number, len(tasks))
        name, record = task.spec.id, read_record(out, task.spec.id)
        if is_complete(out, record, key=task.key):
            done.records[name] = record
            reused.append(name)
            continue
        clock = time.perf_counter()
        try:
            saved = _fit(task, run)
        except Exception as error:  # whatever a method raises ends its own analysis, not the run
            done.errors[name] = _failure(error, task)
            method = task.spec.method.method_name
            saved = prepare_failure(task.telling, method=method, error=done.errors[name])
        done.records[name] = save(out, saved)
        done.seconds[name] = round(time.perf_counter() - clock, 3)
    run.report(say("analyses"), len(tasks), len(tasks))
    return replace(done, reused=tuple(reused))


def _failure(error: Exception, task: Task) -> XinzhiError:
    """Return the coded error of an analysis."""
    if isinstance(error, XinzhiError):
        return placed(error, task.spec.where)
    if isinstance(error, MemoryError):
        found = say("memory ran out while {analysis} was computed", analysis=task.spec.id)
        return ResourceError("XZ-120", found, where=task.spec.where)
    remedy = say("This is a defect: please report it with the study.")
    coded = EstimationError("XZ-306", f"{type(error).__name__}: {error}", where=task.spec.where, remedy=remedy)
    coded.__cause__ = error
    return coded


def _fit(task: Task, run: Run) -> Saved:
    """Fit, narrow the view to units that the result has, prepare files; XZ-212 where it has none of them."""
    result = task.spec.method.fit_in(task.panel, run)
    there = dict.fromkeys(result.rows.unit.tolist())
    raise_all(unknown_units(task, there))
    wanted = task.view.units or ()
    absent = tuple(
        say("XZ-404 {unit} is to be shown but has no row in this result.", unit=named(name))
        for name in wanted
        if name not in there
    )
    shown = tuple(name for name in wanted if name in there)
    if wanted and not shown:
        found = say("{units}: no row in this result", units=listed(wanted))
        raise DataError("XZ-212", found, where="view.units", expected=listed([*there]))
    telling = replace(task.telling, view=View(shown or None, task.view.periods))
    result = replace(result, warnings=(*result.warnings, *absent))
    return prepare_result(result, telling, key=task.key)


def _finish(out: Path, study: Study, done: _Done, provenance: Mapping[str, Any], render: Render | None) -> RunOutcome:
    """Write provenance, reports and, last, the manifest."""
    ids = [spec.id for spec in study.analyses]
    index = {
        "languages": list(study.languages),
        "authors": list(study.report.authors),
        "said": {language: _heading(study, language) for language in study.languages},
        "analyses": ids,
        "results_hash": digest({name: done.records[name]["digest"] for name in ids}),
    }
    files = {STUDY: sha256(study.content)}
    for name, record in done.records.items():
        place = record_place(name)
        files |= {**record["files"], place: sha256((out / place).read_bytes())}
    reach("provenance")
    files[PROVENANCE] = write_file(out / PROVENANCE, json_bytes(sealed(provenance)))
    reports = []
    for language in study.languages:
        if render is None:
            break
        reach("report")
        contents = gather(out, index, provenance=provenance, language=language)
        name = tagged(REPORT, language, study.languages)
        files[name] = write_file(out / name, _rendered(render, contents).encode())
        reports.append(out / name)
    remove_unlisted(out, files)
    write_manifest(out, index, files=files)
    contents = gather(out, index, provenance=provenance, language=study.languages[0])
    return RunOutcome(out, contents, done.errors, done.reused, next(iter(reports), None))


def _heading(study: Study, language: str) -> dict[str, Any]:
    chapters = [{"title": c.title, "text": c.text, "analyses": list(c.analyses)} for c in study.chapters_in(language)]
    title, abstract = (words_in(words, language) for words in (study.report.title, study.report.abstract))
    return {"title": title, "abstract": abstract, "chapters": chapters, "names": study.names(language)}


def _rendered(render: Render, contents: RunContents) -> str:
    """Return the report, said in the language of the contents; XZ-113 where it cannot be made."""
    try:
        with speaking(contents.language, names=contents.names):
            return render(contents)
    except XinzhiError:
        raise
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise EstimationError("XZ-113", found, where=tagged(REPORT, contents.language, contents.languages)) from error
