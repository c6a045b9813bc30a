"""The run directory: files written whole or not at all, a manifest that covers every byte, reading it back.

See :mod:`xinzhi.study.contents` for what lies where.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xinzhi.errors import DataError, UsageError, listed
from xinzhi.method import Field, Table
from xinzhi.study.contents import Analysis, Chapter, Figure, RunContents

SCHEMA = 1
MANIFEST, SIDECAR, PROVENANCE, STUDY, REPORT = (
    "manifest.json",
    "manifest.sha256",
    "provenance.json",
    "study.toml",
    "report.html",
)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def json_bytes(content: Any) -> bytes:
    """Return JSON in UTF-8, two spaces deep, keys in the order given."""
    return (json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def write_file(path: Path, content: bytes) -> str:
    """Write a file atomically (temporary file, fsync, rename) and return its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return sha256(content)


def open_directory(out: Path, study: bytes) -> None:
    """Make a folder ready for a run: new, empty, or a run of ours whose complete analyses stay.

    Raises
    ------
    UsageError
        XZ-106 where the folder holds something else or cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        names = sorted(item.name for item in out.iterdir())
        if names and not _is_ours(out):
            raise UsageError("XZ-106", f"{out} is not empty and no run of Xinzhi: {listed(names)}", where="--out")
        for name in (MANIFEST, SIDECAR):
            (out / name).unlink(missing_ok=True)
        write_file(out / PROVENANCE, json_bytes({"xinzhi_run": SCHEMA}))
        write_file(out / STUDY, study)
    except OSError as error:
        raise UsageError("XZ-106", f"{out}: {error.strerror or error}", where="--out") from error


def _is_ours(out: Path) -> bool:
    try:
        return "xinzhi_run" in json.loads((out / PROVENANCE).read_bytes())
    except (OSError, ValueError):
        return False


def read_record(out: Path, analysis: str) -> dict[str, Any]:
    """Return the stored record of an analysis; empty where there is none that can be read."""
    try:
        record = json.loads((out / "results" / analysis / "result.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def is_complete(out: Path, record: Mapping[str, Any], *, key: str) -> bool:
    """Return whether a record answers to ``key`` and every file that it lists is there, unchanged."""
    if record.get("key") != key or not record.get("files"):
        return False
    return all(
        (out / name).is_file() and sha256((out / name).read_bytes()) == known for name, known in record["files"].items()
    )


def remove_analysis(out: Path, analysis: str) -> None:
    """Remove the files that an analysis' record lists, the record first."""
    record = read_record(out, analysis)
    (out / "results" / analysis / "result.json").unlink(missing_ok=True)
    for name in record.get("files", {}):
        path = out / name
        if path.resolve().is_relative_to(out.resolve()):
            path.unlink(missing_ok=True)
    for room in ("results", "tables", "figures"):
        folder = out / room / analysis
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def remove_others(out: Path, wanted: tuple[str, ...]) -> None:
    """Remove analyses of an earlier study from the folder."""
    if (out / "results").is_dir():
        for folder in sorted((out / "results").iterdir()):
            if folder.name not in wanted and (folder / "result.json").is_file():
                remove_analysis(out, folder.name)


def write_manifest(out: Path, index: Mapping[str, Any], *, files: Mapping[str, str]) -> None:
    """Write the manifest and its sidecar: the last act of a run.

    Parameters
    ----------
    index : mapping
        Title, chapters, analyses, results hash.
    files : mapping from name to SHA-256
        Every file of the run but these two.
    """
    content = json_bytes({"schema": SCHEMA, **index, "files": dict(sorted(files.items()))})
    digest = write_file(out / MANIFEST, content)
    write_file(out / SIDECAR, f"{digest}  {MANIFEST}\n".encode())


# Reading back ---------------------------------------------------------------------------------


def read_run(path: str | Path) -> RunContents:
    """Return the contents of a finished run.

    Raises
    ------
    DataError
        XZ-201 where the folder holds no finished run, or its manifest is damaged.
    """
    out = Path(path)
    try:
        manifest, sidecar = (out / MANIFEST).read_bytes(), (out / SIDECAR).read_bytes()
        provenance = json.loads((out / PROVENANCE).read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(
            "XZ-201",
            f"{out} holds no finished run",
            expected=MANIFEST,
            remedy="Run the study again into this folder.",
        ) from error
    if sidecar != f"{sha256(manifest)}  {MANIFEST}\n".encode():
        raise DataError(
            "XZ-201",
            f"{MANIFEST} does not match {SIDECAR}",
            where=str(out),
            remedy="Run the study again into this folder.",
        )
    try:
        return gather(out, json.loads(manifest), provenance=provenance)
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"a file of the run is missing or damaged ({error})"
        raise DataError("XZ-201", found, where=str(out), remedy="Run the study again into this folder.") from error


def gather(out: Path, index: Mapping[str, Any], *, provenance: Mapping[str, Any]) -> RunContents:
    """Return the contents of a run from its index and the records of its analyses."""
    return RunContents(
        title=index["title"],
        authors=tuple(index["authors"]),
        abstract=index["abstract"],
        chapters=tuple(Chapter(c["title"], c["text"], tuple(c["analyses"])) for c in index["chapters"]),
        analyses={name: _analysis(out, name) for name in index["analyses"]},
        results_hash=index["results_hash"],
        provenance=provenance,
    )


def _analysis(out: Path, name: str) -> Analysis:
    record = read_record(out, name)
    texts = {key: record[key] for key in ("id", "title", "method", "summary", "methods_text", "error")}
    maps = {key: record[key] for key in ("settings", "absent", "sample", "diagnostics")}
    return Analysis(
        **texts,
        **maps,
        warnings=tuple(record["warnings"]),
        citations=tuple(record["citations"]),
        tables=tuple(_table(json.loads((out / file).read_bytes())) for file in record["tables"]),
        figures=tuple(_figure(out, entry) for entry in record["figures"]),
    )


def _table(stored: Mapping[str, Any]) -> Table:
    fields = tuple(Field(**field) for field in stored["fields"])
    rows = tuple(tuple(row) for row in stored["rows"])
    return Table(stored["name"], stored["title"], fields, rows, stored["unit"], tuple(stored["notes"]))


def _figure(out: Path, entry: Mapping[str, str]) -> Figure:
    svg = (out / entry["svg"]).read_text(encoding="utf-8")
    spec = json.loads((out / entry["spec"]).read_bytes())
    return Figure(entry["name"], entry["caption"], entry["description"], svg, spec)
