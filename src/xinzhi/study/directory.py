"""The run directory: whose it is, what is complete in it, what is written last, reading it back.

See :mod:`xinzhi.study.contents` for what lies where and :mod:`xinzhi.study.storage` for how it is written.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xinzhi.errors import DataError, UsageError, listed
from xinzhi.language import say
from xinzhi.method import Field, Table
from xinzhi.study.contents import Analysis, Chapter, Figure, RunContents
from xinzhi.study.storage import (
    LOCK,
    PART,
    json_bytes,
    make_folders,
    reach,
    remove_file,
    remove_folder,
    sync_files,
    write_file,
    writing,
)
from xinzhi.study.storage import sha256 as sha256  # noqa: PLC0414 (readers of tables take it from here)

SCHEMA = 2
MANIFEST, SIDECAR, PROVENANCE, STUDY, REPORT = (
    "manifest.json",
    "manifest.sha256",
    "provenance.json",
    "study.toml",
    "report.html",
)
ROOMS = ("results", "tables", "figures")
"""Folders that hold a folder for each analysis; everything in them is ours."""


def tagged(name: str, language: str, languages: tuple[str, ...]) -> str:
    """Return a file name for a language: itself for the first, ``stem.zh.suffix`` for another.

    Examples
    --------
    >>> tagged("report.html", "zh", ("en", "zh"))
    'report.zh.html'
    """
    stem, dot, suffix = name.partition(".")
    return name if language == languages[0] else f"{stem}.{language}{dot}{suffix}"


# Whose folder it is ---------------------------------------------------------------------------


def prepare_folder(out: Path) -> None:
    """Make the folder of a run, or see that the one which is there is empty or ours.

    Raises
    ------
    UsageError
        XZ-106 where it holds something else, leads elsewhere by a link, or cannot be used.
    """
    with writing(out):
        if out.is_symlink() and not out.is_dir():
            raise UsageError("XZ-106", say("{out} is a link that leads nowhere", out=str(out)), where="--out")
        make_folders(out)
        names = sorted(item.name for item in out.iterdir() if item.name != LOCK and not item.name.startswith(PART))
        if names and not _is_ours(out, names):
            found = say("{out} is not empty and no run of Xinzhi: {names}", out=str(out), names=listed(names))
            raise UsageError("XZ-106", found, where="--out")


def open_directory(out: Path, study: bytes, *, provenance: Mapping[str, Any]) -> None:
    """Begin a run in a folder that is held: what says "finished" goes first, leftovers of a killed run with it."""
    for name in (MANIFEST, SIDECAR, STUDY):  # provenance and study are written together, or the study is missing
        remove_file(out / name)
    for path in walk(out):
        if path.is_symlink():
            found = say("{path} is a link", path=str(path))
            raise UsageError("XZ-106", found, where=str(out), expected=say("files and folders of the run itself"))
        if path.name.startswith(PART):
            remove_file(path)
    write_file(out / PROVENANCE, json_bytes(sealed(provenance)))
    write_file(out / STUDY, study)


def walk(out: Path) -> Iterator[Path]:
    """Yield every file and every link below a folder, in order of names."""
    for folder, folders, files in os.walk(out):
        folders.sort()
        here = Path(folder)
        yield from (here / name for name in sorted(files))
        yield from (here / name for name in folders if (here / name).is_symlink())


def _is_ours(out: Path, names: list[str]) -> bool:
    try:
        return "xinzhi_run" in json.loads((out / PROVENANCE).read_bytes())
    except (ValueError, TypeError):  # a damaged file among nothing but ours
        return all(name in (MANIFEST, SIDECAR, PROVENANCE, STUDY, *ROOMS) or _is_report(name) for name in names)
    except FileNotFoundError:
        return False


def _is_report(name: str) -> bool:
    return name.startswith("report") and name.endswith(".html")


# What is complete -----------------------------------------------------------------------------


def record_place(analysis: str) -> str:
    """Return the path of an analysis' record, relative to the folder."""
    return f"results/{analysis}/result.json"


def read_record(out: Path, analysis: str) -> dict[str, Any]:
    """Return the stored record of an analysis; empty where there is none that can be read."""
    try:
        record = json.loads((out / record_place(analysis)).read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def is_complete(out: Path, record: Mapping[str, Any], *, key: str) -> bool:
    """Return whether a record answers to ``key``, is undamaged, and every file that it lists is there, unchanged."""
    if not key or record.get("key") != key or not record.get("files") or record.get("seal") != seal(record):
        return False
    return all(is_whole(out / name, known) for name, known in record["files"].items())


def is_whole(path: Path, known: str) -> bool:
    """Return whether a file is there and has the SHA-256 that is known of it."""
    return path.is_file() and not path.is_symlink() and sha256(path.read_bytes()) == known


def seal(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record without its own seal: the manifest does not cover an unfinished run."""
    bare = {name: value for name, value in record.items() if name != "seal"}
    return sha256(json.dumps(bare, ensure_ascii=False).encode())


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with its seal, as it is written."""
    return {**record, "seal": seal(record)}


def remove_analysis(out: Path, analysis: str) -> None:
    """Remove the files of an analysis, the record first."""
    remove_file(out / record_place(analysis))
    for room in ROOMS:
        folder = out / room / analysis
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                remove_file(path)
            remove_folder(folder)


def remove_others(out: Path, wanted: set[str]) -> None:
    """Remove what is left in the folder of analyses that the study no longer has."""
    for room in ROOMS:
        if (out / room).is_dir():
            for folder in sorted((out / room).iterdir()):
                if folder.is_dir() and folder.name not in wanted:
                    remove_analysis(out, folder.name)


def remove_unlisted(out: Path, listed_files: Mapping[str, str]) -> None:
    """Remove files below the rooms, and reports, that the run which ends does not list."""
    for path in walk(out):
        name = path.relative_to(out).as_posix()
        if name not in listed_files and (name.startswith(tuple(f"{room}/" for room in ROOMS)) or _is_report(name)):
            remove_file(path)


def write_manifest(out: Path, index: Mapping[str, Any], *, files: Mapping[str, str]) -> None:
    """Write the manifest and its sidecar: the last act of a run, when everything else is on the disk.

    Parameters
    ----------
    index : mapping
        Languages, what is said in each, analyses, results hash.
    files : mapping from name to SHA-256
        Every file of the run but these two.
    """
    sync_files(out / name for name in files)
    reach("manifest")
    content = json_bytes({"schema": SCHEMA, **index, "files": dict(sorted(files.items()))})
    write_file(out / SIDECAR, f"{sha256(content)}  {MANIFEST}\n".encode())
    sync_files([out / SIDECAR])
    write_file(out / MANIFEST, content)
    sync_files([out / MANIFEST])


# Reading back ---------------------------------------------------------------------------------


def read_manifest(out: Path) -> dict[str, Any]:
    """Return the manifest of a finished run.

    Raises
    ------
    DataError
        XZ-201 where the folder holds no finished run, its manifest is damaged, or another version wrote it.
    """
    again = say("Run the study again into this folder.")
    try:
        manifest, sidecar = (out / MANIFEST).read_bytes(), (out / SIDECAR).read_bytes()
    except OSError as error:
        found = say("{out} holds no finished run", out=str(out))
        raise DataError("XZ-201", found, expected=MANIFEST, remedy=again) from error
    if sidecar != f"{sha256(manifest)}  {MANIFEST}\n".encode():
        found = say("{manifest} does not match {sidecar}", manifest=MANIFEST, sidecar=SIDECAR)
        raise DataError("XZ-201", found, where=str(out), remedy=again)
    index: dict[str, Any] = json.loads(manifest)
    if index.get("schema") != SCHEMA:
        found = say("a run of schema {schema}", schema=index.get("schema"))
        raise DataError("XZ-201", found, where=str(out), expected=say("schema {schema}", schema=SCHEMA), remedy=again)
    return index


def read_run(path: str | Path, *, language: str | None = None) -> RunContents:
    """Return the contents of a finished run.

    Parameters
    ----------
    path : str or Path
        The run directory.
    language : str or None
        One of the languages of the study; its first by default.

    Raises
    ------
    DataError
        XZ-201 where the folder holds no finished run, or a file of it is missing or damaged.
    UsageError
        XZ-103 where the run does not speak the language.
    """
    out = Path(path)
    index = read_manifest(out)
    if language is not None and language not in index["languages"]:
        found = say("this run is not in language {language!r}", language=language)
        raise UsageError("XZ-103", found, where=str(out), expected=listed(index["languages"]))
    try:
        provenance = json.loads((out / PROVENANCE).read_bytes())
        return gather(out, index, provenance=provenance, language=language or index["languages"][0])
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = say("a file of the run is missing or damaged ({error})", error=str(error))
        remedy = say("Run the study again into this folder.")
        raise DataError("XZ-201", found, where=str(out), remedy=remedy) from error


def gather(out: Path, index: Mapping[str, Any], *, provenance: Mapping[str, Any], language: str) -> RunContents:
    """Return the contents of a run in a language, from its index and the records of its analyses."""
    said = index["said"][language]
    return RunContents(
        title=said["title"],
        authors=tuple(index["authors"]),
        abstract=said["abstract"],
        chapters=tuple(Chapter(c["title"], c["text"], tuple(c["analyses"])) for c in said["chapters"]),
        analyses={name: _analysis(out, name, language) for name in index["analyses"]},
        results_hash=index["results_hash"],
        provenance={name: value for name, value in provenance.items() if name not in ("seal", "resume")},
        language=language,
        languages=tuple(index["languages"]),
        names=said["names"],
    )


def _analysis(out: Path, name: str, language: str) -> Analysis:
    record = read_record(out, name)
    said = record["said"][language]
    return Analysis(
        id=record["id"],
        method=record["method"],
        settings=record["settings"],
        diagnostics=record["diagnostics"],
        **{key: said[key] for key in ("title", "summary", "methods_text", "error", "absent", "sample")},
        warnings=tuple(said["warnings"]),
        citations=tuple(said["citations"]),
        tables=tuple(read_table(out / file) for file in said["tables"]),
        figures=tuple(_figure(out, entry) for entry in said["figures"]),
    )


def read_table(path: Path) -> Table:
    """Return a stored table."""
    stored = json.loads(path.read_bytes())
    fields = tuple(Field(**field) for field in stored["fields"])
    rows = tuple(tuple(row) for row in stored["rows"])
    return Table(stored["name"], stored["title"], fields, rows, stored["unit"], tuple(stored["notes"]))


def _figure(out: Path, entry: Mapping[str, str]) -> Figure:
    svg = (out / entry["svg"]).read_text(encoding="utf-8")
    spec = json.loads((out / entry["spec"]).read_bytes())
    return Figure(entry["name"], entry["caption"], entry["description"], svg, spec)
