"""Is a run what it was when it was written? Every byte of it is looked at, and every file that should not be there."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xinzhi.errors import DataError
from xinzhi.language import Text, say
from xinzhi.study.directory import MANIFEST, PROVENANCE, SIDECAR, STUDY, is_whole, record_place, seal, walk
from xinzhi.study.storage import LOCK, PART, compact_bytes, json_bytes, sha256


@dataclass(frozen=True)
class Damage:
    """A file that is not what it was.

    Parameters
    ----------
    file : str
        Path relative to the run directory.
    found : Text
        What is wrong with it.
    """

    file: str
    found: Text


@dataclass(frozen=True)
class Verification:
    """What was found.

    Parameters
    ----------
    finished : bool
        Whether the run says that it is finished.
    files : int
        Files looked at.
    complete : tuple of str
        Analyses that are complete and undamaged.
    damage : tuple of Damage
        Everything that is wrong, by file.
    """

    finished: bool
    files: int
    complete: tuple[str, ...]
    damage: tuple[Damage, ...]


def verify_run(path: str | Path) -> Verification:
    """Look at every file of a run, finished or not.

    A finished run is held against its manifest, and the manifest, byte by byte, against its sidecar. In a run that
    is not finished each complete analysis is held against its own record.

    Raises
    ------
    DataError
        XZ-201 where the folder holds no run at all.
    """
    out = Path(path)
    try:
        there = {file.relative_to(out).as_posix(): file for file in walk(out)}
        if not {MANIFEST, SIDECAR, PROVENANCE}.intersection(there):
            raise DataError("XZ-201", say("{out} holds no run", out=str(out)), expected=MANIFEST)
        finished = MANIFEST in there
        promised = _promised(there) if finished else None
        known, damage = promised or _recorded(out, there)
        if finished and promised is None:
            damage.append(Damage(MANIFEST, say("damaged: cannot be read, so the reports cannot be held against it")))
        damage += [odd for name, file in there.items() if (odd := _look(name, file, known)) is not None]
        damage += [Damage(name, say("not a file of this run")) for name in _strays(there, known, promised is not None)]
        damage += [Damage(name, say("missing")) for name in known if name not in there]
    except OSError as error:
        found = say("{out}: {reason}", out=str(out), reason=error.strerror or str(error))
        raise DataError("XZ-201", found, where=str(out)) from error
    bad = {one.file for one in damage}
    complete = tuple(name for name, files in _analyses(out, there).items() if bad.isdisjoint(files))
    return Verification(finished, len(there), complete, tuple(sorted(damage, key=lambda one: one.file)))


def require_sound(path: str | Path, found: Verification) -> None:
    """Accept what :func:`verify_run` found in a finished run without damage.

    Raises
    ------
    DataError
        XZ-114 naming every damaged file; XZ-118 where the run is not finished.
    """
    if found.damage:
        words = say("{count} damaged", count=len(found.damage))
        lines = "".join(f"\n    {one.file}: {one.found}" for one in found.damage)
        raise DataError("XZ-114", words, where=f"{path}{lines}")
    if not found.finished:
        words = say("{count} complete analyses, no manifest", count=len(found.complete))
        raise DataError("XZ-118", words, where=str(path))


def _promised(there: Mapping[str, Path]) -> tuple[dict[str, str], list[Damage]] | None:
    """Return the files that the manifest promises, by SHA-256, and what is wrong with it; None if it is unreadable."""
    content = there[MANIFEST].read_bytes()
    sidecar = there[SIDECAR].read_bytes() if SIDECAR in there else None
    damage = []
    try:
        manifest = json.loads(content)
        known = {str(name): str(digest) for name, digest in manifest["files"].items()}
        whole = json_bytes(manifest) == content
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if sidecar is None:
        damage.append(Damage(SIDECAR, say("missing")))
    elif sidecar != f"{sha256(content)}  {MANIFEST}\n".encode():
        damage.append(Damage(MANIFEST, say("does not match {sidecar}", sidecar=SIDECAR)))
        if whole:
            damage.append(Damage(SIDECAR, say("does not match {manifest}", manifest=MANIFEST)))
    return known, damage


def _recorded(out: Path, there: Mapping[str, Path]) -> tuple[dict[str, str], list[Damage]]:
    """Return the files that the records of an unfinished run list, and the records that are damaged."""
    known: dict[str, str] = {}
    damage: list[Damage] = []
    try:
        provenance = json.loads(there[PROVENANCE].read_bytes())
        known |= {STUDY: str(provenance["study"]["sha256"])} if STUDY in there else {}
        if provenance.get("seal") != seal(provenance) or json_bytes(provenance) != there[PROVENANCE].read_bytes():
            raise ValueError(PROVENANCE)
    except (ValueError, KeyError, TypeError):
        damage.append(Damage(PROVENANCE, say("damaged or missing")))
    for name, _ in _folders(there):
        record = _record(out, name)
        if record is None or record.get("seal") != seal(record):
            damage.append(Damage(record_place(name), say("damaged")))
        else:
            known |= record["files"]
    return known, damage


def _look(name: str, file: Path, known: Mapping[str, str]) -> Damage | None:
    """Return what is wrong with a file that is there."""
    if file.is_symlink():
        return Damage(name, say("a link; files of a run are files"))
    if name == LOCK:
        return Damage(name, say("not empty")) if file.stat().st_size else None
    if name in known:
        return None if is_whole(file, known[name]) else Damage(name, say("changed: its SHA-256 is another"))
    return None


def _strays(there: Mapping[str, Path], known: Mapping[str, str], promised: bool) -> Iterator[str]:
    """Yield what nobody lists; a run that was killed may leave files of the analysis that it was writing."""
    for name, file in there.items():
        if name in known or name in (MANIFEST, SIDECAR, LOCK) or file.is_symlink():
            continue
        left = name.startswith(("results/", "tables/", "figures/", "report")) or file.name.startswith(PART)
        if promised or not (left or name in (PROVENANCE, STUDY)):
            yield name


def _folders(there: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for name, file in there.items():
        if name.startswith("results/") and name.endswith("/result.json") and name.count("/") == 2:
            yield file.parent.name, file


def _record(out: Path, name: str) -> dict[str, Any] | None:
    """Return a record that is written as we write it."""
    try:
        content = (out / record_place(name)).read_bytes()
        record = json.loads(content)
        return record if isinstance(record["files"], dict) and compact_bytes(record) == content else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _analyses(out: Path, there: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return the files of each analysis that has a record with a key."""
    found = {}
    for name, _ in _folders(there):
        record = _record(out, name)
        if record is not None and record.get("key"):
            found[name] = {record_place(name), *record["files"]}
    return found
