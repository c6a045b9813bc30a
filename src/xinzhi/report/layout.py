"""How a table is set on paper: numbers and captions as in the report, what is text and what is number, what fits.

Spreadsheet, LaTeX and Word writers share it; widths are counted in characters, a Chinese one as two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from textwrap import wrap

from xinzhi.language import Text, say
from xinzhi.method import Table
from xinzhi.study.contents import Analysis, Figure, RunContents

LONG_TEXT = 34
"""A column of text takes no more characters; longer cells are wrapped."""
NARROW = 84
"""A table of up to three columns that is no wider, in characters, wraps no text."""
HEAD_LINES = 3
"""Lines over which a heading may be spread."""


@dataclass(frozen=True)
class Placed:
    """A table with its number in the report and the name of its files, ``<analysis>/<table>``."""

    number: int
    analysis: Analysis
    table: Table
    file: str

    @property
    def caption(self) -> Text:
        """Return the title with the unit of measurement."""
        title, unit = self.table.title, self.table.unit
        return say("{title}, {unit}", title=title, unit=unit) if unit else say("{title}", title=title)

    @property
    def heading(self) -> Text:
        """Return number and caption."""
        return say("Table {number}. {caption}", number=self.number, caption=self.caption)


def in_order(contents: RunContents) -> list[Analysis]:
    """Return the analyses in the order of the report, then those that no chapter shows."""
    shown = [name for chapter in contents.chapters for name in chapter.analyses]
    return [contents.analyses[name] for name in dict.fromkeys([*shown, *contents.analyses])]


def placed_tables(contents: RunContents) -> list[Placed]:
    """Return every table of a run, numbered as in the report."""
    from xinzhi.study.output import safe_name

    found = [(analysis, table) for analysis in in_order(contents) for table in analysis.tables]
    return [Placed(k, a, t, f"{a.id}/{safe_name(t.name)}") for k, (a, t) in enumerate(found, start=1)]


def placed_figures(contents: RunContents) -> Iterator[tuple[str, Figure]]:
    """Yield every figure of a run with the name of its files, ``<analysis>/<figure>``."""
    for analysis in in_order(contents):
        for figure in analysis.figures:
            yield f"{analysis.id}/{figure.name}", figure


def citations(contents: RunContents) -> list[str]:
    """Return the references of a run, once each, in reading order."""
    return list(dict.fromkeys(c for analysis in in_order(contents) for c in analysis.citations))


def tag(contents: RunContents) -> str:
    """Return what file names of this language carry before their ending: nothing for the run's first language."""
    return "" if contents.language == contents.languages[0] else f".{contents.language}"


def clock(contents: RunContents) -> tuple[datetime, datetime]:
    """Return when the run started and ended; a file that wants a date gets these, never the present."""
    started = datetime.fromisoformat(str(contents.provenance.get("started", "2000-01-01T00:00:00+00:00")))
    began = started if started.tzinfo else started.replace(tzinfo=UTC)
    seconds = contents.provenance.get("seconds", {}).get("total", 0.0)
    return began, began + timedelta(seconds=round(float(seconds)))


# Columns --------------------------------------------------------------------------------------


def is_number(table: Table, k: int) -> bool:
    """Return whether a column is set as numbers, to the right."""
    cells = [row[k] for row in table.rows]
    words = any(isinstance(cell, str) for cell in cells)
    return k > 0 and (not words or any(isinstance(cell, int | float) for cell in cells))


def stub_size(table: Table) -> int:
    """Return how many columns on the left say what a row is: one, and a second one if it is text too."""
    return min(2 if len(table.fields) > 2 and not is_number(table, 1) else 1, len(table.fields))


def spans(table: Table, columns: list[int]) -> list[tuple[str, int]]:
    """Return spanners over the given columns with their widths in columns; empty if there is none."""
    heads = [table.fields[k].spanner for k in columns]
    return [(text, len(list(group))) for text, group in groupby(heads)] if any(heads) else []


def head_lines(label: str, width: int) -> list[str]:
    """Return a heading in lines of at most ``width`` characters where its words allow."""
    if not is_western(label):  # Chinese breaks anywhere
        most = max(2, width // 2)
        return [label[i : i + most] for i in range(0, len(label), most)] or [""]
    return wrap(label, max(width, 1), break_long_words=False, break_on_hyphens=True) or [""]


def widths(table: Table, *, longest: int = LONG_TEXT) -> list[int]:
    """Return the width of each column in characters.

    Headings are spread over up to three lines; long text is wrapped, unless the whole table is narrow; columns
    under a spanner are at least as wide as it.

    Parameters
    ----------
    table : Table
    longest : int
        Characters of the widest column of text.
    """
    printed = table.printed()
    full = [max((cells_wide(row[k]) for row in printed), default=1) for k in range(len(table.fields))]
    words = [k for k in range(len(full)) if not is_number(table, k)]
    room = NARROW - sum(full[k] for k in range(len(full)) if k not in words)
    most = max(longest, room // max(len(words), 1)) if len(full) <= 3 else longest
    found = []
    for k, field in enumerate(table.fields):
        body = min(full[k], most) if k in words else full[k]
        label = cells_wide(field.label)
        words_of = [cells_wide(part) for part in field.label.split()]
        word = max(words_of, default=1) if is_western(field.label) else min(label, 8)
        head = max(word, -(-label // HEAD_LINES)) if label > body else label
        found.append(max(body, head, 3))
    at = 0
    for text, many in spans(table, list(range(len(found)))):
        lacking = cells_wide(text) - sum(found[at : at + many]) - many + 1
        found[at : at + many] = [size + max(-(-lacking // many), 0) for size in found[at : at + many]]
        at += many
    return found


def is_western(text: str) -> bool:
    """Return whether a text has no character that is two columns wide."""
    from rich.cells import cell_len

    return cell_len(text) <= len(text)


def cells_wide(text: str) -> int:
    """Return how many characters wide a text is; a Chinese character counts two, a capital one and a third."""
    from rich.cells import cell_len

    return cell_len(text) + sum(sign.isupper() for sign in text) // 3


def lines_of(table: Table, sizes: list[int]) -> int:
    """Return how many lines the body of a table takes."""
    return sum(
        max(-(-cells_wide(cell) // size) for cell, size in zip(row, sizes, strict=True)) for row in table.printed()
    )


def sheets_of(table: Table, sizes: list[int], *, most: float, gap: float) -> list[list[int]]:
    """Return the columns of each part of a table that is too wide for a page; each part repeats the stub.

    Parameters
    ----------
    table : Table
    sizes : list of int
        Width of each column in characters.
    most, gap : float
        Width of the page and of the space that each column adds, in characters.
    """
    stub = list(range(stub_size(table)))
    start = sum(sizes[k] + gap for k in stub)
    parts: list[list[int]] = []
    used = most
    for k in range(len(stub), len(table.fields)):
        if not parts or used + sizes[k] + gap > most:
            parts.append([*stub])
            used = start
        parts[-1].append(k)
        used += sizes[k] + gap
    return parts or [stub]


TOGETHER = 12
"""Rows of a group up to this number stay on one page."""


@dataclass(frozen=True)
class Row:
    """Printed cells of a row; whether it opens a group, and whether it stays on the page of the row below."""

    cells: list[str]
    opens: bool
    stays: bool


def shown_rows(table: Table) -> list[Row]:
    """Return printed rows for a page; a stub that repeats the one above is left blank."""
    printed = table.printed()
    stubs = [row[0] for row in printed]
    same = [False, *(a == b for a, b in pairwise(stubs))]
    sizes = [len(list(group)) for _, group in groupby(stubs)]
    bound = (any(same) and max(sizes) <= TOGETHER) or len(printed) <= TOGETHER
    rows = []
    for k, cells in enumerate(printed):
        last = k == len(printed) - 1
        follows = not last and (same[k + 1] or len(printed) <= TOGETHER or k == len(printed) - 2)
        rows.append(
            Row(["" if same[k] else cells[0], *cells[1:]], any(same) and not same[k] and k > 0, bound and follows)
        )
    return rows
