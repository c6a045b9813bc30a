"""From a run to the files that its readers need: spreadsheets, LaTeX, Word, Parquet, pictures, BibTeX, a bundle.

Every format is a function from contents to bytes by file name; nothing is written before all of it is made. The
same run gives the same bytes, whenever and wherever it is exported.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xinzhi.errors import UsageError, listed, nearest
from xinzhi.language import joined, say, speaking
from xinzhi.report.bibtex import bibtex_file
from xinzhi.report.figures import pdf_figures, png_figures, svg_figures
from xinzhi.report.latex import latex_files
from xinzhi.report.parquet import csv_tables, parquet_tables
from xinzhi.report.word import document
from xinzhi.report.xlsx import workbook
from xinzhi.study.contents import RunContents
from xinzhi.study.storage import (
    PART,
    json_bytes,
    make_folders,
    remove_file,
    remove_folder,
    sha256,
    sync_files,
    write_file,
    writing,
)

Files = dict[str, bytes]

WRITERS: Mapping[str, Callable[[RunContents], Files]] = {
    "xlsx": workbook,
    "docx": document,
    "latex": latex_files,
    "csv": csv_tables,
    "parquet": parquet_tables,
    "svg": svg_figures,
    "png": png_figures,
    "pdf": pdf_figures,
    "bibtex": bibtex_file,
}
FORMATS = (*WRITERS, "bundle")
"""Formats of :func:`export_run`."""
INDEX = "export.json"
"""Says that a folder is an export, of which run, and what lies in it."""


def export_run(
    path: str | Path, *, out: str | Path, formats: Sequence[str] = FORMATS, languages: Sequence[str] | None = None
) -> tuple[Path, ...]:
    """Write the tables, figures and references of a run in other formats.

    Parameters
    ----------
    path : str or Path
        The run directory.
    out : str or Path
        A new or empty folder, or an earlier export; files of an earlier export that were not changed since are
        replaced, and those of another run are removed.
    formats : sequence of str
        Of "xlsx", "docx", "latex", "csv", "parquet", "svg", "png", "pdf", "bibtex", "bundle".
    languages : sequence of str or None
        Languages of the run; all by default. Files of the run's first language have plain names, others carry
        their code: ``tables.zh.xlsx``.

    Returns
    -------
    tuple of Path
        The files, in the order in which they were made.

    Raises
    ------
    DataError
        The folder holds no finished run (XZ-201).
    UsageError
        Unknown format (XZ-102); a language that the run does not have (XZ-103); a package of ``[office]`` is not
        installed (XZ-108); no font for a character (XZ-125); the folder is not ours to write (XZ-126).

    Examples
    --------
    >>> export_run("runs/demo", out="paper", formats=["latex", "bibtex"])  # doctest: +SKIP
    """
    from xinzhi.study import read_run

    folder, wanted = Path(out), tuple(dict.fromkeys(formats))
    for name in wanted:
        if name not in FORMATS:
            found = joined(say("no format {name!r}", name=name), nearest(name, list(FORMATS)))
            raise UsageError("XZ-102", found, where="--format", expected=listed(FORMATS, len(FORMATS)))
    first = read_run(path)
    if Path(path).resolve() == folder.resolve() or Path(path).resolve() in folder.resolve().parents:
        raise UsageError("XZ-126", say("{folder} is the run itself or lies in it", folder=folder), where="--out")
    chosen = first.languages if languages is None else tuple(dict.fromkeys(languages))
    said = [read_run(path, language=language) for language in chosen]
    earlier = _earlier(folder)
    files = export_files(said, wanted)
    if "bundle" in wanted:
        from xinzhi.report.bundle import bundle

        files |= bundle(Path(path), said)
    return _write(folder, files, earlier, results_hash=first.results_hash)


def export_files(said: Sequence[RunContents], formats: Sequence[str]) -> Files:
    """Return what formats make of contents, by file name; the bundle is not among them.

    Parameters
    ----------
    said : sequence of RunContents
        The contents of one run in each language.
    formats : sequence of str
    """
    files: Files = {}
    for contents in said:
        with speaking(contents.language, names=contents.names):
            for name in formats:
                if name in WRITERS:
                    files |= WRITERS[name](contents)
    return files


# The folder -------------------------------------------------------------------------------------


def _earlier(folder: Path) -> dict[str, Any]:
    """Return the index of an earlier export; empty for a new or empty folder.

    Raises
    ------
    UsageError
        The folder holds something else, or a file of the export was changed since (XZ-126).
    """
    try:
        names = sorted(item.name for item in folder.iterdir()) if folder.exists() else []
        names = [name for name in names if not name.startswith(PART)]
        if not names:
            return {}
        index = json.loads((folder / INDEX).read_bytes()) if INDEX in names else {}
        if not isinstance(index, dict) or "xinzhi_export" not in index:
            found = say("{folder} is not empty and no export of Xinzhi: {names}", folder=folder, names=listed(names))
            raise UsageError("XZ-126", found, where="--out")
        # While an export is being written, a file is either the new one or the one that it replaces.
        ours = {(name, known) for part in ("files", "replaced") for name, known in index.get(part, {}).items()}
        there = [name for name in sorted({name for name, _ in ours}) if _is_file(folder, name)]
        changed = [name for name in there if (name, sha256((folder / name).read_bytes())) not in ours]
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError("XZ-126", say("{folder}: {error}", folder=folder, error=error), where="--out") from error
    if changed:
        found = say("{files} changed since the export", files=listed(changed))
        remedy = say("Move your own version elsewhere, or export into another folder.")
        raise UsageError("XZ-126", found, where=str(folder), remedy=remedy)
    return index


def _write(folder: Path, files: Files, earlier: Mapping[str, Any], *, results_hash: str) -> tuple[Path, ...]:
    """Write each file whole and remove what another run left.

    The index is written first and last: first with what the files are going to be and what they replace, so that
    an export which was interrupted can be repeated into the same folder.
    """
    before: dict[str, str] = {**earlier.get("replaced", {}), **earlier.get("files", {})}
    foreign = [name for name in files if name not in before and (folder / name).exists()]
    if foreign:
        found = say("{files} in the folder are not of the export", files=listed(foreign))
        raise UsageError("XZ-126", found, where=str(folder))
    same = earlier.get("results_hash") == results_hash
    kept = {name: known for name, known in before.items() if same and _is_file(folder, name)}
    listing = dict(sorted((kept | {name: sha256(content) for name, content in files.items()}).items()))
    index = {"xinzhi_export": 1, "results_hash": results_hash, "files": listing}
    with writing(folder):
        make_folders(folder)
        write_file(folder / INDEX, json_bytes(index | {"replaced": before}))
        for name, content in files.items():
            make_folders((folder / name).parent)
            write_file(folder / name, content)
        for name in before:
            if name not in listing and _is_file(folder, name):
                remove_file(folder / name)
                remove_folder((folder / name).parent)
        write_file(folder / INDEX, json_bytes(index))
        sync_files([*(folder / name for name in files), folder / INDEX])
    return tuple(folder / name for name in files)


def _is_file(folder: Path, name: str) -> bool:
    """Return whether a listed file is there; a name that leads out of the folder is none of ours."""
    path = folder / name
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())
