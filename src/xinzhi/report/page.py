"""One self-contained HTML page: what a run found, how, on which data, with every option in force.

The page makes no request: style, scripts and data are inside, and its own policy forbids the network. It is
complete without scripts; with them, figures answer the pointer. It holds no clock and no path, so equal
contents give equal bytes. A run in several languages has one page for each, and each links to the others.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from xinzhi.errors import listed
from xinzhi.language import DIRECTIONS, TAGS, again, enumerated, moment, say, speaking
from xinzhi.method import Table
from xinzhi.method.status import status_word
from xinzhi.method.table_html import TABLE_CSS, table_html, table_id
from xinzhi.method.terms import label
from xinzhi.report.picture import Picture, read_svg
from xinzhi.study.contents import Analysis, Figure, RunContents
from xinzhi.study.directory import REPORT, tagged

BRIEF_LINES = (5, 3)
"""Lines of the summaries that open the page, for the first chapter and for each that follows; all of them stand
with the analysis."""
OWN_NAMES = {"en": "English", "zh": "中文"}
"""What each language calls itself, in links to its page."""
MOST_LINES = 12
"""Line numbers of rows left out that are named for each reason."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
"""A date and time as provenance holds it."""


def write_report(contents: RunContents) -> str:
    """Return the report of a run as one HTML page in the language of the contents.

    Parameters
    ----------
    contents : RunContents
        What the run directory holds.

    Returns
    -------
    str
        HTML; equal contents give equal text.
    """
    with speaking(contents.language, names=contents.names):
        return _page(contents)


def _page(contents: RunContents) -> str:
    page = _Page(contents)
    live = any(drawn.spec for chapter in page.chapters for part in chapter.parts for drawn in part.figures)
    scripts = [Code(javascript_bundle()), Code(_asset("report.js"))] if live else []
    style = TABLE_CSS + _asset("report.css")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=in_order)
    environment.filters.update(prose=prose, label=label, cited=cited, anchor=anchor, listed=enumerated)
    environment.globals.update(say=say, tags=TAGS, own_names=OWN_NAMES, file=partial(tagged, REPORT))
    return environment.from_string(_asset("report.html.j2")).render(
        page=page,
        contents=contents,
        style=Markup(style),
        scripts=scripts,
        policy=policy(style, scripts),
    )


# What the template sees -------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """A figure with its number; ``spec`` is JSON that is safe inside a script element."""

    number: int
    figure: Figure
    picture: Picture
    spec: Markup


@dataclass(frozen=True)
class Printed:
    """A table with its number, as HTML."""

    number: int
    title: str
    id: str
    html: Markup


@dataclass(frozen=True)
class Part:
    """An analysis in its place: section number, pictures, tables, settings and row account as pairs."""

    number: str
    analysis: Analysis
    figures: tuple[Drawn, ...]
    tables: tuple[Printed, ...]
    settings: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str], ...]
    citations: tuple[int, ...]


@dataclass(frozen=True)
class Section:
    """A chapter with its parts."""

    number: int
    title: str
    text: str
    parts: tuple[Part, ...]


class _Page:
    """Numbers sections, figures, tables and references through the page, in reading order."""

    def __init__(self, contents: RunContents) -> None:
        self.references = list(dict.fromkeys(c for a in _in_order(contents) for c in a.citations))
        self.brief = list(_brief(contents))
        self.failed = [a for a in _in_order(contents) if a.error]
        self.sources = _sources(contents)
        self.provenance = tuple(dated(flat(contents.provenance)))
        self._figures = self._tables = 0
        self.chapters = [
            Section(
                k,
                chapter.title,
                chapter.text,
                tuple(self._part(f"{k}.{j}", contents.analyses[name]) for j, name in enumerate(chapter.analyses, 1)),
            )
            for k, chapter in enumerate(contents.chapters, 1)
        ]

    def _part(self, number: str, analysis: Analysis) -> Part:
        return Part(
            number,
            analysis,
            tuple(self._drawn(figure) for figure in analysis.figures),
            tuple(self._printed(table) for table in analysis.tables),
            tuple(flat(analysis.settings)),
            tuple(flat(analysis.diagnostics)),
            tuple(account(analysis.sample)),
            tuple(self.references.index(c) + 1 for c in analysis.citations),
        )

    def _drawn(self, figure: Figure) -> Drawn:
        self._figures += 1
        return Drawn(
            self._figures,
            figure,
            read_svg(figure.svg, prefix=f"figure-{self._figures}"),
            data_block(figure.spec),
        )

    def _printed(self, table: Table) -> Printed:
        self._tables += 1
        number = self._tables
        return Printed(
            number,
            table.title,
            table_id(table, number),
            Markup(table_html(table, number=number, styled=False)),
        )


# Words and pairs --------------------------------------------------------------------------------


def prose(text: str) -> Markup:
    """Return plain text as paragraphs (blank lines part them); several lines of one paragraph make a list."""
    blocks = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = _lines(paragraph)
        if len(lines) > 1:
            blocks.append(
                Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(line) for line in lines))
            )
        elif lines:
            blocks.append(Markup("<p>{}</p>").format(lines[0]))
    return Markup("\n").join(blocks)


def cited(reference: str) -> Markup:
    """Return a reference with its DOI as a link."""
    return Markup(
        re.sub(
            r"doi:(10\.\d{4,9}/[^\s;,]*[^\s;,.])",
            r'<a href="https://doi.org/\1">doi:\1</a>',
            str(escape(reference)),
        )
    )


def anchor(name: str) -> str:
    """Return a name as an id."""
    return "analysis-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def flat(values: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, str]]:
    """Yield nested settings as pairs of dotted name and text; nothing is left out."""
    for name, value in values.items():
        here = f"{path}.{name}" if path else str(name)
        if isinstance(value, Mapping):
            if value:
                yield from flat(value, here)
            else:
                yield here, say("none")
        elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
            yield from flat({str(k): item for k, item in enumerate(value, 1)}, here)
        else:
            yield here, said(value)


def dated(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield pairs with moments of ISO 8601 as the language writes them."""
    for name, text in pairs:
        yield name, moment(datetime.fromisoformat(text)) if MOMENT.fullmatch(text) else text


def said(value: Any) -> str:
    """Return a setting's value in words."""
    if value is None or (isinstance(value, list | tuple) and not value):
        return say("none")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, list | tuple):
        return enumerated([f"({said(item)})" if isinstance(item, list | tuple) else said(item) for item in value])
    return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value)


def account(sample: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the account of rows as pairs: read, used, left out by reason, findings, result rows by status."""
    if not sample:
        return
    for key, words in (("source", say("Data")), ("read", say("Rows read")), ("used", say("Rows used"))):
        if key in sample:
            value = sample[key]
            yield words, f"{value:,}" if isinstance(value, int) else str(value)
    lines: dict[str, list[Any]] = {}
    for row in sample.get("left_out", ()):
        lines.setdefault(str(row["reason"]), []).append(row["line"])
    yield say("Rows left out"), f"{sum(len(found) for found in lines.values()):,}"
    for reason, found in lines.items():
        yield (
            say("left out"),
            say("{reason}: {count:,} (line {lines})", reason=reason, count=len(found), lines=listed(found, MOST_LINES)),
        )
    for finding in sample.get("findings", ()):
        yield say("Found on reading"), str(again(finding))
    for status, count in sample.get("rows_by_status", {}).items():
        yield say("Result rows: {status}", status=status_word(status)), f"{count:,}"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _in_order(contents: RunContents) -> list[Analysis]:
    return [contents.analyses[name] for chapter in contents.chapters for name in chapter.analyses]


def _brief(contents: RunContents) -> Iterator[tuple[Analysis, list[str]]]:
    """Yield, for each chapter, its first analysis that was computed and the first lines of its summary, once each."""
    said_before: set[str] = set()
    for k, chapter in enumerate(contents.chapters):
        computed = [a for a in (contents.analyses[name] for name in chapter.analyses) if a.summary and not a.error]
        lines = [line for a in computed[:1] for line in _lines(a.summary)[: BRIEF_LINES[min(k, 1)]]]
        fresh = [line for line in lines if line not in said_before]
        said_before.update(fresh)
        if fresh:
            yield computed[0], fresh


def _sources(contents: RunContents) -> list[tuple[str, str]]:
    """Return each source of data with its rows, as the first analysis that uses it read them."""
    found: dict[str, str] = {}
    for analysis in _in_order(contents):
        sample = analysis.sample
        if sample.get("source"):
            read, used = sample.get("read", 0), sample.get("used", 0)
            found.setdefault(str(sample["source"]), say("{read:,} rows read, {used:,} used", read=read, used=used))
    return list(found.items())


# Safety -----------------------------------------------------------------------------------------


class Code(Markup):
    """A script of the page itself."""


def in_order(value: Any) -> Any:
    """Return what stands in the page with a sign for each mark of direction, so that no name reorders a sentence."""
    if isinstance(value, str) and not isinstance(value, Code):
        return value.translate(dict.fromkeys(map(ord, DIRECTIONS), "\ufffd"))
    return value


def data_block(value: Mapping[str, Any]) -> Markup:
    """Return JSON that cannot end the script element it stands in; empty for an empty specification."""
    if not value:
        return Markup("")
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def policy(style: str, scripts: Iterable[str]) -> str:
    """Return the content security policy: nothing from elsewhere, only the style and scripts of this page."""
    allowed = " ".join(_digest(script) for script in scripts) or "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def javascript_bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, from the installed vl-convert (takes a second or two)."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def _asset(name: str) -> str:
    return files("xinzhi.report").joinpath("assets", name).read_text(encoding="utf-8")
