"""BibTeX of what a run used: methods, data, and Xinzhi itself.

Citations in the code are short; full entries stand in ``assets/references.bib``, found by DOI, or where there is
none by how the citation begins. Data of the user's own come as the user cited them.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from xinzhi.report.latex import escaped
from xinzhi.report.layout import citations
from xinzhi.study.contents import RunContents

ENTRY = re.compile(r"^@(\w+)\{([^,\s]+),\n(.*?)^\}\n", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (\w+)\s*= \{(.*)\},$", re.MULTILINE)
DOI = re.compile(r"doi:(10\.\d{4,9}/[^\s;,]*[^\s;,.])")
ACCENTS = {r"{\"a}": "ä", r"{\"o}": "ö", r"{\"u}": "ü", r"{\'e}": "é", r"{\'u}": "ú", r"{\'i}": "í", r"{\o}": "ø"}
ACCENTS |= {r"{\'a}": "á", r"{\v{s}}": "š", r"{\v{c}}": "č"}


@dataclass(frozen=True)
class Reference:
    """An entry: kind (``article``), key, and fields in their order."""

    kind: str
    key: str
    fields: dict[str, str]

    def text(self) -> str:
        """Return the entry as BibTeX."""
        shown = {name: value for name, value in self.fields.items() if name != "cited"}
        width = max(len(name) for name in shown)
        lines = [f"  {name:<{width}} = {{{value}}}," for name, value in shown.items()]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}", ""])


@cache
def known_references() -> tuple[Reference, ...]:
    """Return the entries that come with the package."""
    stored = files("xinzhi.report").joinpath("assets", "references.bib").read_text(encoding="utf-8")
    return tuple(Reference(kind, key, dict(FIELD.findall(body))) for kind, key, body in ENTRY.findall(stored))


def references_of(citation: str) -> list[Reference]:
    """Return the entries behind a citation; one made from its words where the package has none.

    Examples
    --------
    >>> [entry.key for entry in references_of("Caves et al. (1982). doi:10.2307/2232257")]
    ['caves1982']
    """
    doi = DOI.search(citation)
    if doi:
        found = [entry for entry in known_references() if entry.fields.get("doi", "").lower() == doi[1].lower()]
    else:
        found = [entry for entry in known_references() if _begins(citation, entry.fields.get("cited", ""))]
    return found or [_own(citation, doi[1] if doi else "")]


def bibtex(cited: Sequence[str]) -> str:
    """Return citations as BibTeX, Xinzhi first, each entry once."""
    entries = {entry.key: entry for citation in cited for entry in references_of(citation)}
    return "\n".join(entry.text() for entry in (software(), *entries.values()))


def bibtex_file(contents: RunContents) -> dict[str, bytes]:
    """Return ``references.bib`` with everything that a run cites; it is the same in every language."""
    return {"references.bib": bibtex(citations(contents)).encode()}


def software() -> Reference:
    """Return the entry of Xinzhi in the installed version."""
    fields = {
        "author": "{The Xinzhi contributors}",
        "title": "{Xinzhi}: measuring new quality productive forces",
        "howpublished": "Python package",
        "note": f"Version {version('xinzhi')}",
    }
    return Reference("misc", "xinzhi", fields)


def _begins(citation: str, start: str) -> bool:
    for command, letter in ACCENTS.items():
        start = start.replace(command, letter)
    return bool(start) and citation.startswith(start)


def _own(citation: str, doi: str) -> Reference:
    """Return an entry for a citation that the package does not know, with its words as they are."""
    key = f"data-{hashlib.sha256(citation.encode()).hexdigest()[:8]}"
    year = re.search(r"\((\d{4})\)", citation)
    words = escaped(" ".join(DOI.sub("", citation).split()).strip(" ,;"))
    for brace, name in ((r"\{", r"\textbraceleft{}"), (r"\}", r"\textbraceright{}")):  # BibTeX counts every brace
        words = words.replace(brace, name)
    fields = {"key": _plain_key(citation), "title": f"{{{words}}}"}
    named = bool(doi) and not re.search(r"[{}\\]", doi)
    return Reference("misc", key, fields | ({"year": year[1]} if year else {}) | ({"doi": doi} if named else {}))


def _plain_key(citation: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ]", "", citation)[:20].strip() or "data"
