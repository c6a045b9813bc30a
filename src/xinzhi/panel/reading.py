"""How a file is read, what a reader accepts at most, and what it gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xinzhi.errors import DataError, UsageError
from xinzhi.language import say

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a reader accepts at most; checked while it reads, before memory is filled.

    Parameters
    ----------
    file_bytes : int
        Size of the file.
    unpacked_bytes : int
        Size of what a compressed file holds.
    ratio : int
        Unpacked size over file size, of what unpacks to more than 64 MiB; deflate reaches 1,000 on zeros alone.
    members : int
        Files inside a .zip or .xlsx.
    rows, columns, cells : int
        Of the table; 16,384 is what a spreadsheet can hold.
    cell : int
        Characters of one cell.
    line : int
        Characters of one line of a text file.
    """

    file_bytes: int = 2 * 2**30
    unpacked_bytes: int = 4 * 2**30
    ratio: int = 300
    members: int = 10_000
    rows: int = 50_000_000
    columns: int = 16_384
    cells: int = 500_000_000
    cell: int = 131_072
    line: int = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a file; what is None is detected and reported.

    Parameters
    ----------
    sheet : str or None
        Sheet of an Excel file; the first by default.
    delimiter, decimal, encoding : str or None
        Of a CSV file. ``decimal`` is "." or ",".
    missing : sequence of str
        What stands for a missing cell in CSV and Excel files.
    limits : Limits
        What is accepted at most.
    """

    sheet: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: Sequence[str] = MISSING
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            found = say("decimal sign {sign!r}", sign=self.decimal)
            raise UsageError("XZ-103", found, expected=say("'.' or ','"))
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '\r\n"\0'):
            found = say("delimiter {delimiter!r}", delimiter=self.delimiter)
            raise UsageError("XZ-103", found, expected=say("one character, such as ';'"))


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as it was read.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows.
    source : str
        Name of the file, without its folder.
    lines : (n,) int
        Line of the file on which each row begins; 0, 1, ... for formats without lines.
    findings : tuple of str
        What was found and decided.
    decimal : str
        The decimal sign in force.
    descriptions : mapping from column to text
        Variable labels, where the format has them.
    holes : mapping from column to mapping from text to int
        Of text columns: what was written in cells taken as missing, and how often.
    """

    frame: "pd.DataFrame"
    source: str
    lines: Ints
    findings: tuple[str, ...] = ()
    decimal: str = "."
    descriptions: Mapping[str, str] = field(default_factory=dict)
    holes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def first_line(self) -> int:
        """Return the line of the first row, 0 for formats without lines."""
        return int(self.lines[0])


def unreadable(path: Path, found: str, expected: str, remedy: str = "") -> DataError:
    """Return the error of a file that cannot be read."""
    return DataError("XZ-201", found, where=path.name, expected=expected, remedy=remedy)


def too_much(path: Path, found: str, expected: str) -> DataError:
    """Return the error of a file that goes beyond a limit."""
    return DataError("XZ-220", found, where=path.name, expected=expected)


def check_size(path: Path, rows: int, columns: int, limits: Limits) -> None:
    """Raise XZ-220 where a table has too many rows, columns or cells."""
    if columns > limits.columns:
        found = say("{count:,} columns", count=columns)
        raise too_much(path, found, say("at most {most:,} columns", most=limits.columns))
    if rows > limits.rows:
        raise too_much(path, say("more than {most:,} rows", most=limits.rows), say("fewer rows"))
    if rows * columns > limits.cells:
        found = say("{rows:,} rows of {columns:,} columns", rows=rows, columns=columns)
        raise too_much(path, found, say("at most {most:,} cells", most=limits.cells))


def optional(package: str, extra: str, path: Path) -> Any:
    """Return a package that only some formats need; XZ-108 where it is not installed."""
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError as error:
        raise UsageError(
            "XZ-108",
            say("{package} is needed to read {suffix} files", package=package, suffix=path.suffix),
            where=path.name,
            remedy=say('Install the extra: pip install "xinzhi[{extra}]".', extra=extra),
        ) from error
