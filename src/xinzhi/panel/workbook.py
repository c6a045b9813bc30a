"""Excel workbooks: what is inside is looked at before openpyxl opens it; saved values are read, nothing is followed."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Any

from xinzhi.errors import DataError, listed, nearest
from xinzhi.language import joined, say
from xinzhi.panel.packed import BROKEN, check_file, check_members, counted
from xinzhi.panel.reading import Limits, RawTable, Reading, check_size, optional, too_much, unreadable
from xinzhi.panel.text_table import gather, tabulated

ERRORS = frozenset({"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
LONGEST = 16  # bytes of the longest mark that is looked for, less one
ROWS = 1_048_576  # a sheet has no more; a row number beyond is a trap


@dataclass(slots=True)
class Contents:
    """What a workbook holds besides cells."""

    formulas: bool = False
    merged: bool = False
    links: bool = False
    macros: bool = False
    embedded: bool = False


def read_xlsx(path: Path, reading: Reading) -> RawTable:
    """Read one sheet; see :func:`xinzhi.panel.readers.read_table`."""
    optional("openpyxl", "office", path)
    contents = look_inside(path, reading.limits)
    noted = _Noted()
    sheet, count, rows = _rows(path, reading, noted)
    grid = gather(path, rows, reading.limits)
    if contents.formulas:
        _unsaved(path, sheet, reading.limits, noted)
    first = not reading.sheet and count > 1
    finding = (
        say("sheet {sheet!r}, the first of {count}", sheet=sheet, count=count)
        if first
        else say("sheet {sheet!r}", sheet=sheet)
    )
    findings = (finding, *noted.findings(), *_findings(contents))
    return tabulated(path, grid, replace(reading, decimal=reading.decimal or "."), findings, "")


def look_inside(path: Path, limits: Limits) -> Contents:
    """Return what a workbook holds; XZ-220 beyond a limit, XZ-224 for entities, XZ-201 for a damaged file."""
    check_file(path, limits)
    found = Contents()
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(path, archive, limits)
            for member in archive.infolist():
                name = member.filename.lower()
                found.links |= "externallinks/" in name
                found.macros |= name.endswith("vbaproject.bin")
                found.embedded |= "/embeddings/" in name or "/activex/" in name
                sheet, rest = "worksheets/" in name, b""
                with archive.open(member) as stream:
                    for block in counted(path, stream, limits, before=unpacked):
                        unpacked += len(block)
                        plain = rest + block.replace(b"\0", b"")  # UTF-16 hides nothing
                        if name.endswith((".xml", ".rels", ".vml")) and FORBIDDEN.search(plain):
                            raise _forbidden(path, member.filename)
                        found.formulas |= sheet and (b"<f>" in plain or b"<f " in plain or b":f>" in plain)
                        found.merged |= sheet and b"mergeCell " in plain
                        rest = plain[-LONGEST:]
    except BROKEN as error:
        raise unreadable(path, say("not an Excel workbook ({error})", error=error), say("an .xlsx workbook")) from error
    return found


def _forbidden(path: Path, part: str) -> DataError:
    found = say("{part} declares a document type or an entity", part=part)
    return DataError("XZ-224", found, where=path.name, expected=say("a workbook as Excel writes it"))


class _Noted:
    """Cells that are taken as missing for a reason of their own."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.unsaved: list[str] = []

    def findings(self) -> list[str]:
        found: list[str] = []
        if self.errors:
            found.append(say("error cells are taken as missing: {cells}", cells=listed(self.errors)))
        if self.unsaved:
            found.append(
                say("formulas without a saved value are taken as missing: {cells}", cells=listed(self.unsaved))
            )
        return found


def _findings(contents: Contents) -> list[str]:
    said = {
        say("links to other workbooks are not followed: saved values are used"): contents.links,
        say("macros are ignored"): contents.macros,
        say("embedded objects are ignored"): contents.embedded,
        say("merged cells hold their value in the first cell alone"): contents.merged,
    }
    return [words for words, there in said.items() if there]


def _open(path: Path, *, values: bool) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(BytesIO(path.read_bytes()), read_only=True, data_only=values, keep_links=False)
    except Exception as error:  # a damaged archive shows itself in many ways; each is the same finding
        raise unreadable(path, say("not an Excel workbook ({error})", error=error), say("an .xlsx workbook")) from error


def _cells(path: Path, book: Any, sheet: str, limits: Limits) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the rows of a sheet that hold something, each with its number."""
    try:
        book[sheet].reset_dimensions()
        for number, row in enumerate(book[sheet].values, start=1):
            if number > min(ROWS, limits.rows):
                raise too_much(path, say("more than {most:,} rows", most=min(ROWS, limits.rows)), say("fewer rows"))
            if row:
                check_size(path, 1, len(row), limits)
                yield number, row
    except DataError:
        raise
    except Exception as error:  # damaged parts inside a whole archive show themselves in as many ways
        raise unreadable(path, say("a damaged sheet {sheet!r} ({error})", sheet=sheet, error=error), "") from error


def _rows(path: Path, reading: Reading, noted: _Noted) -> tuple[str, int, Iterator[tuple[int, list[str]]]]:
    """Return the sheet that is read, the number of sheets, and its rows as text."""
    book = _open(path, values=True)
    names = [sheet.title for sheet in book.worksheets]
    if not names:
        book.close()
        raise unreadable(path, say("no sheet with cells"), say("an .xlsx workbook"))
    sheet = reading.sheet or names[0]
    if sheet not in names:
        book.close()
        found = joined(say("no sheet {sheet!r}", sheet=sheet), nearest(sheet, names))
        raise unreadable(path, found, listed(names))

    def rows() -> Iterator[tuple[int, list[str]]]:
        try:
            for number, row in _cells(path, book, sheet, reading.limits):
                yield number, [_as_text(cell, number, place, noted) for place, cell in enumerate(row)]
        finally:
            book.close()

    return sheet, len(names), rows()


def _as_text(cell: object, row: int, place: int, noted: _Noted) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return repr(cell)
    if cell in ERRORS:
        noted.errors.append(f"{cell} {_address(row, place)}")
        return ""
    return str(cell)


def _unsaved(path: Path, sheet: str, limits: Limits, noted: _Noted) -> None:
    """Note the cells that hold a formula and no value: who wrote the file never computed it."""
    books = [_open(path, values=values) for values in (True, False)]
    try:
        values, formulas = (dict(_cells(path, book, sheet, limits)) for book in books)
        for number, row in formulas.items():
            pairs = zip_longest(row, values.get(number, ()))
            lost = (place for place, (written, value) in enumerate(pairs) if value is None and written is not None)
            noted.unsaved += [_address(number, place) for place in lost]
    finally:
        for book in books:
            book.close()


def _address(row: int, place: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(place + 1)}{row}"
