"""What a run directory holds, as the report and other readers see it.

RUN/manifest.json, manifest.sha256        what was run, the results hash, SHA-256 of every file
RUN/provenance.json                       paths, versions, executor, times
RUN/study.toml                            the study as given
RUN/results/<id>/rows.parquet, rows.csv   the tidy rows
RUN/results/<id>/result.json              settings, diagnostics, files; what is said, by language
RUN/tables/<id>/<name>.json, .csv         tables to publish
RUN/figures/<id>/<name>.svg, .vl.json     figures to publish
RUN/report.html

Tables, figures and reports of the study's first language have these names; those of another carry its code:
``<name>.zh.csv``, ``report.zh.html``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xinzhi.language import LANGUAGES
from xinzhi.method import Table


@dataclass(frozen=True)
class Figure:
    """A chart as stored.

    Parameters
    ----------
    name, caption, description : str
        Identifier, caption, and the text for who cannot see it.
    svg : str
        The static picture.
    spec : mapping
        The Vega-Lite specification with its data.
    """

    name: str
    caption: str
    description: str
    svg: str
    spec: Mapping[str, Any]


@dataclass(frozen=True)
class Analysis:
    """The outcome of one ``[[analysis]]`` of a study.

    ``error`` is empty unless the task failed; then it holds the coded message and the rest is empty.
    """

    id: str
    title: str
    method: str
    summary: str = ""
    methods_text: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sample: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    citations: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Chapter:
    """A chapter of the report: heading, the author's words, analyses in order."""

    title: str
    text: str
    analyses: tuple[str, ...]


@dataclass(frozen=True)
class RunContents:
    """Everything that a report shows.

    Parameters
    ----------
    title, authors, abstract
        From the study's ``[report]``, in ``language``.
    chapters : tuple of Chapter
    analyses : mapping from id to Analysis
    results_hash : str
        SHA-256 of canonical data, settings and outputs.
    provenance : mapping
        Versions, file hashes, executor, times.
    language : str
        What these contents are said in.
    languages : tuple of str
        Every language of the run, the study's first language first.
    names : mapping
        What units and columns are called in ``language``, by their name in the data.
    """

    title: str
    authors: tuple[str, ...]
    abstract: str
    chapters: tuple[Chapter, ...]
    analyses: Mapping[str, Analysis]
    results_hash: str
    provenance: Mapping[str, Any]
    language: str = LANGUAGES[0]
    languages: tuple[str, ...] = LANGUAGES[:1]
    names: Mapping[str, str] = field(default_factory=dict)
