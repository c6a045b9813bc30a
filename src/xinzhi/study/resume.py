"""Going on with a run: what it was begun with, and what has changed on the disk since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xinzhi.compute import ExecutorKind, Progress
from xinzhi.errors import DataError, UsageError, listed
from xinzhi.language import Text, say
from xinzhi.study.directory import PROVENANCE, SCHEMA, seal
from xinzhi.study.plan import code_digest, library_versions
from xinzhi.study.runner import PATIENCE, Render, RunOutcome, run_study
from xinzhi.study.storage import sha256


@dataclass(frozen=True)
class Begun:
    """A run as it was begun.

    Parameters
    ----------
    out : Path
        Its folder.
    study : Path
        The study file.
    data : mapping from table to path
        Files that were given beside the study.
    executor : str
        Kind of executor.
    workers : int
    changed : tuple of Text
        What has changed since: study, data files, code, libraries. Analyses that it touches are computed again.
    """

    out: Path
    study: Path
    data: Mapping[str, Path]
    executor: ExecutorKind
    workers: int
    changed: tuple[Text, ...]


def begun(path: str | Path) -> Begun:
    """Return what the run in a folder was begun with.

    Raises
    ------
    UsageError
        XZ-116 where the folder holds no run, or one that needs tables which only the caller's program had.
    DataError
        XZ-116 where the study or a data file is no longer there.
    """
    out = Path(path)
    known = _provenance(out)
    resume = known["resume"]
    if resume["in_memory"]:
        found = say("{tables}: given as a table in memory", tables=listed(resume["in_memory"]))
        remedy = say("Call run_study again with the same tables and the same folder.")
        raise UsageError("XZ-116", found, where=str(out), remedy=remedy)
    study = _there(out, resume["study"])
    data = {name: _there(out, place) for name, place in resume["data"].items()}
    files = {study: known["study"]["sha256"]}
    for name, facts in known["data"].items():
        if "sha256" in facts:
            files[data.get(name) or _beside(study, facts["path"])] = facts["sha256"]
    changed = [
        say("XZ-115 {path} has changed since this run began.", path=str(file))
        for file, before in files.items()
        if not file.is_file() or sha256(file.read_bytes()) != before
    ]
    if known["code"] != code_digest():
        changed.append(say("XZ-115 Xinzhi itself has changed since this run began."))
    newer = [name for name, number in library_versions().items() if known["libraries"].get(name) != number]
    if newer:
        changed.append(say("XZ-115 libraries have changed since this run began: {names}.", names=listed(newer)))
    kind, workers = known["executor"]["kind"], known["executor"]["workers"]
    return Begun(out, study, data, kind, workers, tuple(changed))


def resume_study(
    run: Begun, *, render: Render | None = None, progress: Progress | None = None, wait: float = PATIENCE
) -> RunOutcome:
    """Go on with a run: what is complete and unchanged stays, the rest is computed.

    Parameters
    ----------
    run : Begun
        From :func:`begun`.
    render, progress, wait
        As for :func:`xinzhi.study.run_study`.
    """
    return run_study(
        run.study,
        out=run.out,
        data=run.data,
        workers=run.workers,
        executor_kind=run.executor,
        render=render,
        progress=progress,
        wait=wait,
    )


def _provenance(out: Path) -> dict[str, Any]:
    try:
        known: dict[str, Any] = json.loads((out / PROVENANCE).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError("XZ-116", say("{out} holds no run that can be read", out=str(out)), where=str(out)) from error
    if not isinstance(known, dict) or known.get("xinzhi_run") != SCHEMA or known.get("seal") != seal(known):
        raise UsageError(
            "XZ-116", say("{file} is damaged, or of another version of Xinzhi", file=PROVENANCE), where=str(out)
        )
    return known


def _there(out: Path, place: str) -> Path:
    path = Path(place) if Path(place).is_absolute() else out.resolve() / place
    if not path.is_file():
        found = say("{path} is no longer there", path=str(path))
        raise DataError("XZ-116", found, where=str(out), remedy=say("Put it back, or run the study again."))
    return path.resolve()


def _beside(study: Path, name: str) -> Path:
    return study.parent / Path(name).name if not Path(name).is_absolute() else Path(name)
