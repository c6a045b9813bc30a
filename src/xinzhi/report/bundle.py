"""A run as one archive that machines can read: a Frictionless Data Package and an RO-Crate in one folder.

tables/<analysis>/<table>.csv   numbers with all digits, the column's name as heading, formulas in text disarmed
figures/, report.html, study.toml, references.bib, README.md
datapackage.json                what each column means, units, sources and licences of the data
ro-crate-metadata.json          which software in which version made what from what and when (Process Run Crate)

Paths, host and user of the machine that ran the study are not in it.
"""

import hashlib
import math
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from xinzhi.language import say, speaking
from xinzhi.report.bibtex import bibtex
from xinzhi.report.crate import crate
from xinzhi.report.layout import Placed, citations, clock, in_order, placed_figures, placed_tables, tag
from xinzhi.report.parquet import column_names, column_types, typed_columns
from xinzhi.report.zipped import zipped
from xinzhi.study.contents import RunContents

README = "README.md"
PACKAGE, CRATE = "datapackage.json", "ro-crate-metadata.json"
LICENCES = {"CC BY 4.0": "CC-BY-4.0", "MIT": "MIT"}
"""Identifiers (SPDX) of licences that the catalogue names in words, by how the words begin."""


def bundle(run: Path, said: Sequence[RunContents]) -> dict[str, bytes]:
    """Return a run as ``bundle.zip``.

    Parameters
    ----------
    run : Path
        The run directory; report and study are taken from it as they are.
    said : sequence of RunContents
        The contents in each language, the run's first language first.

    Returns
    -------
    dict with the one file
    """
    return {"bundle.zip": zipped(bundle_files(run, said))}


def bundle_files(run: Path, said: Sequence[RunContents]) -> dict[str, bytes]:
    """Return the files of a bundle by name, in a fixed order."""
    from xinzhi.study.storage import json_bytes

    first = said[0]
    files: dict[str, bytes] = {}
    resources: list[dict[str, Any]] = []
    for contents in said:
        with speaking(contents.language, names=contents.names):
            for placed in placed_tables(contents):
                name = f"tables/{placed.file}{tag(contents)}.csv"
                files[name] = _csv(placed)
                resources.append(_resource(placed, name, files[name], tag(contents)))
            for file, figure in placed_figures(contents):
                files[f"figures/{file}{tag(contents)}.svg"] = figure.svg.encode()
            report = f"report{tag(contents)}.html"
            if (run / report).is_file():
                files[report] = (run / report).read_bytes()
    files["study.toml"] = (run / "study.toml").read_bytes()
    files["references.bib"] = bibtex(citations(first)).encode()
    with speaking(first.language, names=first.names):
        data = data_sources(first)
        files[README] = readme(first, data).encode()
        files[PACKAGE] = json_bytes(data_package(first, data, resources=resources))
        titles = {resource["path"]: resource["title"] for resource in resources}
        files[CRATE] = json_bytes(crate(first, data, files=files, titles=titles))
    return files


def data_sources(contents: RunContents) -> list[dict[str, str]]:
    """Return the data sets behind a run: id, title, citation, licence and its address; what is not known is empty."""
    from xinzhi.catalog import catalog

    known = {entry.id: entry for entry in catalog.entries()}
    found: dict[str, dict[str, str]] = {}
    for analysis in in_order(contents):
        source = str(analysis.sample.get("source", ""))
        if not source or source in found:
            continue
        entry = known.get(source)
        if entry is None:
            name = PurePosixPath(source.replace("\\", "/")).name
            found[source] = {"id": name, "title": name, "citation": "", "licence": "", "url": "", "doi": ""}
            continue
        doi = re.search(r"doi:(10\.\S+?)[.;,]?(?:\s|$)", f"{entry.citation} ")
        found[source] = {
            "id": entry.id,
            "title": entry.title,
            "citation": entry.citation,
            "licence": entry.licence,
            "url": entry.licence_url,
            "doi": f"https://doi.org/{doi[1]}" if doi else "",
        }
    return list(found.values())


def data_package(
    contents: RunContents, data: Sequence[dict[str, str]], *, resources: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the descriptor of a Frictionless Data Package (version 1 of the standard)."""
    licences = {
        source["licence"]: _dropped(
            {"name": _licence_name(source["licence"]), "title": source["licence"], "path": source["url"]}
        )
        for source in data
        if source["licence"]
    }
    sources = [_dropped({"title": source["citation"] or source["title"], "path": source["doi"]}) for source in data]
    package = {
        "profile": "tabular-data-package",
        "name": _slug(contents.title) or "xinzhi-run",
        "id": f"urn:sha256:{contents.results_hash}",
        "title": contents.title,
        "description": contents.abstract,
        "created": clock(contents)[1].isoformat(),
        "contributors": [{"title": author, "role": "author"} for author in contents.authors],
        "licenses": list(licences.values()),
        "sources": sources,
        "resources": resources,
    }
    return _dropped(package)


def readme(contents: RunContents, data: Sequence[dict[str, str]]) -> str:
    """Return what a person reads first: what the bundle holds, how to cite it, the licences of the data."""
    parts = [
        f"# {_line(contents.title)}",
        _line("; ".join(contents.authors)),
        contents.abstract.strip(),
        say("## What is here"),
        "\n".join(
            (
                say("- `report.html`: the report, with tables, figures, methods and settings"),
                say("- `tables/`: every table as CSV, numbers with all their digits; columns in `datapackage.json`"),
                say("- `figures/`: every figure as SVG"),
                say("- `study.toml`: the study; `xinzhi run study.toml --out DIR` computes it again"),
                say("- `references.bib`: the references of methods and data"),
                say("- `datapackage.json`, `ro-crate-metadata.json`: the same, for machines"),
            )
        ),
        say("Text cells that begin with = + - @ carry an apostrophe, so that no spreadsheet runs them."),
        say("## Data and their licences"),
        "\n".join(_about(source) for source in data),
        say("Results hash: {digest}", digest=contents.results_hash),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


# Tables -----------------------------------------------------------------------------------------


def _csv(placed: Placed) -> bytes:
    from xinzhi.study.output import csv_bytes

    columns = [[_finite(cell) for cell in column] for column in typed_columns(placed.table)]
    return csv_bytes(column_names(placed.table), list(zip(*columns, strict=True)))


def _finite(cell: Any) -> Any:
    """Return a cell with infinity as the standard writes it; csv_bytes would take "-INF" for a formula."""
    if isinstance(cell, float) and math.isinf(cell):
        return _Word("INF" if cell > 0 else "-INF")
    return cell


class _Word:
    """A word that is written as it is."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __repr__(self) -> str:
        return self.word


def _resource(placed: Placed, path: str, content: bytes, mark: str) -> dict[str, Any]:
    table = placed.table
    fields = [
        _dropped(
            {
                "name": name,
                "type": kind,
                "title": field.label,
                "description": field.spanner,
                "unit": table.unit if kind != "string" else "",
            }
        )
        for name, kind, field in zip(column_names(table), column_types(table), table.fields, strict=True)
    ]
    resource = {
        "profile": "tabular-data-resource",
        "name": f"{_slug(placed.file.replace('/', '--'))}{mark}",
        "path": path,
        "title": placed.heading,
        "description": "\n".join(table.notes),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {"fields": fields, "missingValues": [""]},
    }
    return _dropped(resource)


# Words ------------------------------------------------------------------------------------------


def _about(source: dict[str, str]) -> str:
    name = _line(source["citation"] or source["title"])
    if not source["licence"]:
        return say("- {name}: given by the authors of the study, licence not stated", name=name)
    return say("- {name}: {licence} {url}", name=name, licence=source["licence"], url=source["url"]).rstrip()


def _line(text: str) -> str:
    """Return text as one line of Markdown that holds no markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", " ".join(text.split()))


def _licence_name(words: str) -> str:
    return next((name for start, name in LICENCES.items() if words.startswith(start)), "")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:80].rstrip("-._")


def _dropped(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that say something."""
    return {name: value for name, value in values.items() if value not in ("", [], None)}
