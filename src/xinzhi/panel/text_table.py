"""Rows of text become a table: header, blank lines out, numbers where every cell is one, decisions put into words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xinzhi.errors import DataError, listed
from xinzhi.language import Text, enumerated, say
from xinzhi.panel import cells as text
from xinzhi.panel.reading import Ints, Limits, RawTable, Reading, check_size, unreadable

BLOCK = 4096  # rows turned into columns at a time: few objects alive, so few for the garbage collector to look at
NAMED = 8  # odd lines that are named; the others are counted


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of text by column.

    Parameters
    ----------
    header : (line, cells)
    lines : (n,) int
        Line on which each row begins.
    columns : list of k lists of n str
    blank : tuple of int
        The first lines that hold nothing.
    blanks : int
        How many there are.
    ragged : tuple of (line, number of cells)
        The first rows that have not as many cells as the header.
    uneven : int
        How many there are.
    width : int
        Cells of the header as it was written.
    """

    header: tuple[int, list[str]]
    lines: Ints
    columns: list[list[str]]
    blank: tuple[int, ...]
    blanks: int
    ragged: tuple[tuple[int, int], ...] = ()
    uneven: int = 0
    width: int = 0


def gather(path: Path, rows: Iterable[tuple[int, Sequence[str]]], limits: Limits) -> Grid:
    """Return rows (line, cells) as columns, cells stripped, short rows filled; XZ-220 as soon as a limit is passed."""
    header: tuple[int, list[str]] | None = None
    lines: list[int] = []
    blank: list[int] = []
    ragged: list[tuple[int, int]] = []
    blanks = uneven = width = 0
    columns: list[list[str]] = []
    block: list[Sequence[str]] = []
    for count, (line, row) in enumerate(rows):
        if count > limits.rows:
            check_size(path, count, 1, limits)
        if not any(map(str.strip, row)):
            blanks += header is not None
            if header is not None and len(blank) < NAMED:
                blank.append(line)
            continue
        if header is None:
            check_size(path, 1, len(row), limits)
            header, width = (line, list(map(str.strip, row))), len(row)
            continue
        if len(row) != width:
            uneven += 1
            if len(ragged) < NAMED:
                ragged.append((line, len(row)))
        lines.append(line)
        block.append(row)
        if len(block) == BLOCK:
            _append(path, columns, block, len(lines), limits)
            block = []
    if header is None:
        raise unreadable(path, say("the file is empty"), say("a header line and rows"))
    _append(path, columns, block, len(lines), limits)
    names = [*header[1], *[""] * (len(columns) - len(header[1]))]
    columns += [[""] * len(lines) for _ in range(len(names) - len(columns))]
    return Grid(
        (header[0], names), np.array(lines, dtype=np.int64), columns, tuple(blank), blanks, tuple(ragged), uneven, width
    )


def _append(path: Path, columns: list[list[str]], block: list[Sequence[str]], total: int, limits: Limits) -> None:
    """Add a block of rows to the columns; a column that begins here is empty above."""
    check_size(path, total, max([len(columns), *map(len, block)]), limits)
    for place, found in enumerate(zip_longest(*block, fillvalue="")):
        if place == len(columns):
            columns.append([""] * (total - len(block)))
        columns[place].extend(map(str.strip, found))
    for column in columns:
        column.extend([""] * (total - len(column)))


def tabulated(path: Path, grid: Grid, reading: Reading, findings: Sequence[str], delimiter: str) -> RawTable:
    """Return the table of a grid; ``delimiter`` is empty where cells came without one."""
    import pandas as pd

    if not grid.lines.size:
        raise unreadable(path, say("a header and no row"), say("at least one row below the header"))
    names, unnamed = _names(path, grid.header, [any(column) for column in grid.columns])
    tokens = {*reading.missing, ""}
    columns, plain = _columns(names, grid.columns, tokens)
    decimal = reading.decimal or _decimal(path, columns, list(plain), grid.lines, delimiter)
    typed = {name: text.typed(column, decimal, plain.get(name)) for name, column in columns.items()}
    _check_range(path, columns, typed, decimal, grid.lines)
    written, holes = _written(dict(zip(names, grid.columns, strict=True)), typed, tokens - {""}, plain)
    sign = (say("decimal comma") if decimal == "," else say("decimal point"),) if delimiter else ()
    notes = [note for name in typed if (note := _note(name, columns[name], typed[name], decimal, grid.lines))]
    skipped = [say("blank lines skipped: {lines}", lines=shortly(grid.blank, grid.blanks))] if grid.blanks else []
    missing = [say("missing cells written {cells}", cells=listed([repr(cell) for cell in written]))] if written else []
    found = (*findings, *sign, *unnamed, *skipped, *missing, *notes)
    return RawTable(pd.DataFrame(typed), path.name, grid.lines, found, decimal, {}, holes)


def _columns(
    names: Sequence[str], grid: Sequence[Sequence[str]], tokens: set[str]
) -> tuple[dict[str, text.Cells], dict[str, text.Floats]]:
    """Return cells by column, None where missing, and the numbers of columns that are plain numbers throughout."""
    number_tokens = any(text.is_number(token, ".") for token in tokens)
    columns: dict[str, text.Cells] = {}
    plain: dict[str, text.Floats] = {}
    for name, column in zip(names, grid, strict=True):
        if not name:
            continue
        values = None if number_tokens else text.floats(column)
        cells: text.Cells = column if values is not None else [None if cell in tokens else cell for cell in column]
        values = values if values is not None else text.floats(cells)
        columns[name] = cells
        if values is not None:
            plain[name] = values
    return columns, plain


def _names(path: Path, header: tuple[int, list[str]], used: Sequence[bool]) -> tuple[list[str], list[Text]]:
    """Return column names, empty for columns without name and cells, and what was found about them."""
    line, given = header
    pairs = enumerate(zip(given, used, strict=True), start=1)
    names = [name or (f"column_{i}" if full else "") for i, (name, full) in pairs]
    repeated = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if repeated:
        places = {name: [i for i, other in enumerate(names, 1) if other == name] for name in repeated[:9]}
        shown = [say("{name!r} in columns {places}", name=name, places=listed(p)) for name, p in places.items()]
        found = say("repeated column names in line {line}: {names}", line=line, names=listed(shown))
        raise unreadable(path, found, say("each name once"), say("Rename."))
    called = [name for name, old in zip(names, given, strict=True) if name and not old]
    return names, [say("a column without a name is called {name!r}", name=name) for name in called]


def _written(
    grid: Mapping[str, Sequence[str]],
    typed: Mapping[str, NDArray[Any]],
    tokens: set[str],
    plain: Mapping[str, text.Floats],
) -> tuple[list[str], dict[str, dict[str, int]]]:
    """Return what was written in missing cells, and for text columns how often."""
    written: set[str] = set()
    holes: dict[str, dict[str, int]] = {}
    for name, values in typed.items():
        if name in plain and not np.isnan(plain[name]).any():
            continue
        counts = Counter(cell for cell in grid[name] if cell in tokens)
        written |= set(counts)
        if counts and values.dtype == object:
            holes[name] = dict(counts)
    return sorted(written), holes


def _check_range(
    path: Path, columns: Mapping[str, text.Cells], typed: Mapping[str, NDArray[Any]], decimal: str, lines: Ints
) -> None:
    """Raise XZ-222 where a number is too large or too small for a double: it would be infinite, or 0."""
    odd = [(name, row) for name in typed for row in text.beyond(columns[name], typed[name], decimal)]
    if odd:
        cells = [
            say("{cell!r} (column {name!r}, line {line})", cell=columns[name][row], name=name, line=lines[row])
            for name, row in odd[:9]
        ]
        expected = say("0, or a number whose size lies between 5e-324 and 1.8e308")
        raise DataError("XZ-222", listed(cells, 5), where=path.name, expected=expected)


def _note(name: str, column: text.Cells, typed: NDArray[Any], decimal: str, lines: Ints) -> str:
    """Return what a user should know about the reading of a column, or nothing."""
    if typed.dtype != object:
        marks = text.thousands(column, decimal)
        return say("column {name!r}: thousands sign {marks!r}", name=name, marks=marks) if marks else ""
    stray = text.stray(column, decimal)
    if stray is None:
        return ""
    if not stray:
        return say("column {name!r} is kept as text: leading zeros or more than 15 digits", name=name)
    shown = [say("{cell!r} in line {line}", cell=column[row], line=lines[row]) for row in stray[:4]]
    cells = shortly(shown[:3], len(stray))
    return say("column {name!r} is read as text: {cells}", name=name, cells=cells)


def shortly(first: Sequence[object], count: int) -> Text:
    """Return the first items and how many more there are."""
    if count <= len(first):
        return enumerated(tuple(first))
    return say("{items} and {count} more", items=enumerated(tuple(first)), count=count - len(first))


def _decimal(path: Path, columns: Mapping[str, text.Cells], plain: Sequence[str], lines: Ints, delimiter: str) -> str:
    """Return the decimal sign that the file's numbers show; an error where they do not settle it."""
    evidence = text.decimal_evidence(columns, frozenset(plain))

    def shown(sign: str) -> Text:
        name, row, cell = evidence[sign]
        return say("{cell!r} (column {name!r}, line {line})", cell=cell, name=name, line=lines[row])

    remedy = say("Give the decimal sign: decimal = ',' or decimal = '.'.")
    if "." in evidence and "," in evidence:
        found = say("{point} and {comma}", point=shown("."), comma=shown(","))
        raise unreadable(path, found, say("one decimal sign in the file"), remedy)
    if "." in evidence or "," in evidence:
        return "," if "," in evidence else "."
    if "?" in evidence and ("," in evidence["?"][2] or delimiter == ";"):
        found = say("{cell} may hold a decimal sign or a thousands sign", cell=shown("?"))
        raise unreadable(path, found, say("numbers that can be read in one way"), remedy)
    return "."
