"""The catalogue: what each shipped data set is, and the way from its file to a panel.

catalog.toml -> Entry -> file, its SHA-256 verified -> frame -> Panel
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Literal, cast
from unicodedata import east_asian_width

from xinzhi.errors import DataError, listed, nearest
from xinzhi.language import LANGUAGES, Text, enumerated, joined, language, say
from xinzhi.panel import Column, Kind, Panel, read_table

if TYPE_CHECKING:
    import pandas as pd

DATA = Path(__file__).parent / "data"
WIDTH = 100  # columns of printed text

Shape = Literal["panel", "cross_section", "long", "table"]
"""``panel``: unit by time. ``cross_section``: one period. ``long``: one row per unit, time and variable.
``table``: a list with one key and no time."""
SHAPES: dict[Shape, Text] = {
    "panel": say("panel"),
    "cross_section": say("cross section"),
    "long": say("long"),
    "table": say("table"),
}


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """A column as the catalogue describes it; ``kind`` is a kind of :class:`Column`, "key" or "label"."""

    name: str
    unit: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A data set of the catalogue.

    Parameters
    ----------
    id, title, description : str
        Name for :func:`load`, title, what it holds.
    file, sha256, rows
        The shipped file, its hash and its number of rows.
    shape : Shape
        How the rows are laid out.
    unit, time : str
        Key columns; ``time`` is empty for a table.
    source, citation, licence, licence_url : str
        Where the data come from, how to cite them, what may be done with them.
    notes : tuple of str
        What a user must know before using them.
    columns : tuple of ColumnNote
        Columns of the file.
    words : mapping from language to title and description in it
        Sources, licences and citations are never translated.
    variable, value, variables : str
        For shape ``long``: the columns of names and values, and the entry that describes the names.
    """

    id: str
    title: str
    description: str
    file: str
    sha256: str
    rows: int
    shape: Shape
    unit: str
    time: str
    source: str
    citation: str
    licence: str
    licence_url: str
    notes: tuple[str, ...]
    columns: tuple[ColumnNote, ...] = field(repr=False)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    variable: str = ""
    value: str = ""
    variables: str = ""

    def said(self, part: str) -> str:
        """Return "title" or "description" in the language in force."""
        return self.words.get(language(), {}).get(part) or str(getattr(self, part))

    def text(self) -> str:
        """Return everything that is known about the data set, as text of 100 columns."""
        keys = enumerated([key for key in (self.unit, self.time) if key])
        facts = {
            "": self.said("description"),
            say("shape"): say(
                "{shape}, {rows:,} rows, keys {keys}", shape=SHAPES[self.shape], rows=self.rows, keys=keys
            ),
            say("source"): self.source,
            say("cite"): self.citation,
            say("licence"): f"{self.licence} {self.licence_url}".strip(),
        } | {say("note {number}", number=i): note for i, note in enumerate(self.notes, start=1)}
        lines = [f"{self.id}: {self.said('title')}", ""]
        lines += [_hanging(name, text) for name, text in facts.items()]
        lines += _table(say("column"), self.columns)
        lines += _table(say("variable"), _variables(self)) if self.variables else []
        return "\n".join(lines)


def entries() -> list[Entry]:
    """Return all data sets, in the order of the catalogue."""
    return list(_entries().values())


def entry(id: str) -> Entry:
    """Return one data set.

    Raises
    ------
    DataError
        Unknown id (XZ-210).

    Examples
    --------
    >>> entry("pwt1001").licence
    'CC BY 4.0'
    """
    known = _entries()
    if id not in known:
        raise DataError("XZ-210", joined(repr(id), nearest(id, list(known))), expected=listed(list(known), 20))
    return known[id]


def frame(id: str) -> "pd.DataFrame":
    """Return the rows of a data set as they are shipped.

    Raises
    ------
    DataError
        Unknown id (XZ-210); the file is not the one that was shipped (XZ-211).
    """
    found = entry(id)
    path = DATA / found.file
    actual = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else say("no file")
    if actual != found.sha256:
        raise DataError("XZ-211", say("SHA-256 {hash}", hash=actual), where=found.file, expected=found.sha256)
    return read_table(path).frame


def load(id: str) -> Panel:
    """Return a data set as a panel, with units of measurement, kinds and citation.

    A long data set becomes one column per variable.

    Raises
    ------
    DataError
        Unknown id (XZ-210); the file is not the one that was shipped (XZ-211).

    Examples
    --------
    >>> panel = load("us_agriculture48")
    >>> len(panel), panel.columns["q_crops"].unit
    (480, 'thousand 1996 USD')
    """
    found = entry(id)
    table, numbers = frame(id), found.columns
    findings = [say("catalogue {id}, SHA-256 verified", id=id)]
    if found.shape == "long":
        kept = [column.name for column in found.columns if column.name not in (found.variable, found.value)]
        wide = table.pivot(index=kept, columns=found.variable, values=found.value).reset_index()
        findings.append(
            say(
                "{count:,} values in {rows:,} rows, one column per {name}",
                count=len(table),
                rows=len(wide),
                name=found.variable,
            )
        )
        table, numbers = wide.rename_axis(columns=None), _variables(found)
    codes = [
        c.name for c in found.columns if c.kind == "label" and c.name in table and table[c.name].dtype.kind in "iu"
    ]
    return Panel(
        table.astype(dict.fromkeys(codes, str)),
        unit=found.unit,
        time=found.time or None,
        columns={
            c.name: Column(c.unit, cast(Kind, c.kind), c.description) for c in numbers if c.kind not in ("key", "label")
        },
        source=id,
        citation=found.citation,
        findings=findings,
    )


@cache
def _entries() -> dict[str, Entry]:
    listing = tomllib.loads((DATA / "catalog.toml").read_text(encoding="utf-8"))
    return {given["id"]: _entry(given) for given in listing["dataset"]}


def _entry(given: dict[str, Any]) -> Entry:
    columns = tuple(ColumnNote(**column) for column in given["column"])
    rest = {name: value for name, value in given.items() if name not in ("column", "notes")}
    return Entry(**rest, notes=tuple(given["notes"]), columns=columns)


def _variables(long: Entry) -> tuple[ColumnNote, ...]:
    """Return the variables of a long data set; a rank is a pure number, hence a ratio."""
    kinds = {"rank": "ratio"}
    return tuple(
        ColumnNote(
            row["variable"],
            row["unit_en"],
            kinds.get(row["kind"], row["kind"]),
            f"{row['name_en']} ({row['name_zh']})",
        )
        for row in frame(long.variables).to_dict("records")
    )


def _hanging(name: str, text: str) -> str:
    """Return a text beside its name; a Chinese letter is two columns wide and lines may break after any."""
    if language() != LANGUAGES[0] and not text.isascii():
        return f"  {_filled(name, 10)}{text}"
    return fill(
        text, WIDTH, initial_indent=f"  {_filled(name, 10)}", subsequent_indent=" " * 12, break_on_hyphens=False
    )


def _filled(text: str, width: int) -> str:
    return text + " " * max(0, width - sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text))


def _table(heading: str, columns: tuple[ColumnNote, ...]) -> list[str]:
    """Return one head and one indented description per column."""
    width = max(len(column.name) for column in columns) + 2
    lines = ["", f"{_filled(heading, width)}{_filled(say('kind'), 16)}{say('unit')}"]
    for column in columns:
        lines.append(f"{column.name:<{width}}{column.kind:<16}{column.unit}".rstrip())
        lines.append(fill(column.description, WIDTH, initial_indent="    ", subsequent_indent="    "))
    return lines
