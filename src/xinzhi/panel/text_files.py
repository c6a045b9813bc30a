"""CSV and its kin, plain or compressed: bytes -> text -> rows of cells with their lines -> table."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from xinzhi.errors import DataError, listed
from xinzhi.language import say
from xinzhi.panel import cells as text
from xinzhi.panel.packed import TABLES, content_of
from xinzhi.panel.reading import Limits, RawTable, Reading, too_much, unreadable
from xinzhi.panel.text_table import Grid, gather, shortly, tabulated

Rows = Iterator[tuple[int, list[str]]]
"""Line number and cells of each row."""

DELIMITERS = ("\t", "|", ";", ",")  # the earlier where two fit equally well: a comma may be a decimal sign
SAMPLE = 200  # rows that decide the delimiter


def read_csv(path: Path, reading: Reading) -> RawTable:
    """Read a text file with delimiters; see :func:`xinzhi.panel.readers.read_table`."""
    content, suffix, member = content_of(path, reading.limits)
    if suffix not in TABLES:
        found = say("a compressed file of kind {suffix!r}", suffix=suffix)
        raise unreadable(path, found, listed([f"{inner}{path.suffix}" for inner in TABLES]))
    decoded, encoding = _decoded(path, content, reading.encoding)
    _check_lines(path, decoded, reading.limits)
    delimiter = reading.delimiter or ("\t" if suffix == ".tsv" else _delimiter(path, decoded, reading.limits))
    shown = say("tab") if delimiter == "\t" else repr(delimiter)
    rows = _csv_rows(path, decoded, delimiter, reading.limits)
    grid = gather(path, rows, reading.limits)
    _check_even(path, grid, shown)
    inside = (say("file {name!r} inside", name=member),) if member else ()
    findings = (
        *inside,
        say("encoding {encoding}", encoding=encoding),
        say("delimiter {delimiter}", delimiter=shown),
    )
    return tabulated(path, grid, reading, findings, delimiter)


def _decoded(path: Path, content: bytes, encoding: str | None) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding."""
    expected = say("text in encoding {encoding}", encoding=encoding) if encoding else say("a text file")
    if encoding is None and b"\x00" in content and not content.startswith(tuple(mark for mark, _ in text.MARKS)):
        raise _zero_bytes(path)
    try:
        decoded, found = (content.decode(encoding), encoding) if encoding else text.decode(content)
    except text.MixedEncodings as error:
        found_there = say(
            "byte 0x{value:02X} is not {encoding}, while most of the file is",
            value=error.value,
            encoding=error.encoding,
        )
        where = say("{name}, line {line}, byte {byte}", name=path.name, line=error.line, byte=error.byte)
        raise DataError("XZ-221", found_there, where=where, expected=say("one encoding")) from error
    except (UnicodeError, LookupError, AttributeError) as error:  # a codec of bytes to bytes lacks attributes
        raise unreadable(path, str(error), expected) from error
    if not isinstance(decoded, str):
        raise unreadable(path, say("{encoding!r} is no encoding of text", encoding=encoding), expected)
    if "\x00" in decoded:
        raise _zero_bytes(path)
    return decoded.removeprefix("\ufeff").removesuffix("\x1a"), found  # old systems end a file with Ctrl-Z


def _zero_bytes(path: Path) -> DataError:
    found = say("zero bytes: this is not text, or text in UTF-16 without a byte order mark")
    remedy = say("If it is UTF-16, name the encoding: encoding = 'utf-16-le'.")
    return unreadable(path, found, say("a text file with delimiters"), remedy)


def _check_lines(path: Path, content: str, limits: Limits) -> None:
    if max(map(len, io.StringIO(content, newline="")), default=0) > limits.line:
        raise too_much(path, say("a line of more than {most:,} characters", most=limits.line), say("shorter lines"))


def _csv_rows(path: Path, content: str, delimiter: str, limits: Limits) -> Rows:
    """Yield the rows with the lines on which they begin; a cell may span several lines."""
    before = csv.field_size_limit(limits.cell)
    line = 1
    try:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            found = say(
                "a cell of more than {most:,} characters in the row of line {line}", most=limits.cell, line=line
            )
            raise too_much(path, found, say("shorter cells; a quote may lack its end")) from error
        found = say("broken quotes or cells in the row of line {line}: {error}", line=line, error=error)
        raise unreadable(path, found, say("cells quoted as in RFC 4180")) from error
    finally:
        csv.field_size_limit(before)


def _check_even(path: Path, grid: Grid, delimiter: str) -> None:
    """Raise XZ-201 where rows have not as many cells as the header."""
    if grid.uneven:
        odd = [say("line {line} has {count}", line=line, count=size) for line, size in grid.ragged]
        raise unreadable(
            path,
            say("the header has {width} cells, {lines}", width=grid.width, lines=shortly(odd, grid.uneven)),
            say("equal rows (delimiter {delimiter})", delimiter=delimiter),
            say("Correct these lines, or name the delimiter."),
        )


def _delimiter(path: Path, content: str, limits: Limits) -> str:
    """Return the delimiter that cuts the rows into most cells, equal in number if that can be."""

    def fit(delimiter: str) -> tuple[bool, int]:
        try:
            rows = islice(_csv_rows(path, content, delimiter, limits), SAMPLE)
            widths = [len(row) for _, row in rows if any(map(str.strip, row))]
        except DataError:
            return False, 0
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    best = max(DELIMITERS, key=fit)
    return best if fit(best)[1] > 1 else ","
