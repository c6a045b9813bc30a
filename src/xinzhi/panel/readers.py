"""Files come in: CSV, Parquet, Excel and Stata, with every decision of the reader put into words.

    file -> rows of text with their line numbers -> columns (numbers where every cell is one) -> Panel

CSV and Excel share one way: rows of text. Parquet and Stata carry types, so nothing is guessed there.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xinzhi.errors import DataError, UsageError, listed, nearest
from xinzhi.panel import cells as text
from xinzhi.panel.columns import Column
from xinzhi.panel.panel import Panel

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Rows = list[tuple[int, list[str]]]
"""Line number and cells of each row."""

DELIMITERS = ("\t", "|", ";", ",")  # the earlier where two fit equally well: a comma may be a decimal sign
SAMPLE = 200  # rows that decide the delimiter
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", ".")


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
    """

    sheet: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: Sequence[str] = MISSING

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise UsageError("XZ-103", f"decimal sign {self.decimal!r}", expected="'.' or ','")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise UsageError("XZ-103", f"delimiter {self.delimiter!r}", expected="one character, such as ';'")


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
        Decimal sign of the file's numbers.
    descriptions : mapping from column to text
        Descriptions that the file carries (Stata variable labels).
    """

    frame: "pd.DataFrame"
    source: str
    lines: Ints
    findings: tuple[str, ...] = ()
    decimal: str = "."
    descriptions: Mapping[str, str] = field(default_factory=dict)

    @property
    def first_line(self) -> int:
        """Return the line of the first row (2 where a header comes first), 0 for formats without lines."""
        return int(self.lines[0])


def read(
    path: str | Path,
    *,
    unit: str | None = None,
    time: str | None = None,
    columns: Mapping[str, Column] | None = None,
    citation: str = "",
    reading: Reading | None = None,
) -> Panel:
    r"""Read a file into a panel.

    Parameters
    ----------
    path : str or Path
        .csv, .tsv, .txt, .parquet, .xlsx or .dta.
    unit, time, columns, citation
        As for :class:`Panel`.
    reading : Reading, optional
        What not to detect.

    Returns
    -------
    Panel
        Its account holds the findings of the reader.

    Raises
    ------
    DataError
        The file cannot be read (XZ-201), and the errors of :class:`Panel`, with lines of the file.
    UsageError
        A package for this format is not installed (XZ-108).

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "gdp.csv"
    >>> _ = path.write_text("country;year;gdp\nA;2000;1,5\nA;2001;1,75\n")
    >>> panel = read(path, unit="country", time="year", columns={"gdp": Column("bn USD")})
    >>> panel.values("gdp").tolist(), panel.account.findings
    ([1.5, 1.75], ('encoding utf-8', "delimiter ';'", 'decimal comma'))
    """
    table = read_table(path, **asdict(reading or Reading()))
    declared = dict(columns or {})
    frame = table.frame
    for name in declared:
        if name in frame and frame[name].dtype.kind not in "ifub":
            frame = frame.assign(**{name: text.numbers_where_possible(frame[name], table.decimal)})
    for name, description in table.descriptions.items():
        if name not in (unit, time) and frame[name].dtype.kind in "ifub":
            column = declared.get(name, Column())
            declared[name] = column if column.description else replace(column, description=description)
    return Panel(
        frame,
        unit=unit,
        time=time,
        columns=declared,
        source=table.source,
        first_line=table.lines,
        citation=citation,
        findings=table.findings,
    )


def read_table(
    path: str | Path,
    *,
    sheet: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: Sequence[str] = MISSING,
) -> RawTable:
    """Read a file into a frame, without saying what its columns mean.

    Parameters
    ----------
    path : str or Path
        .csv, .tsv, .txt, .parquet, .xlsx or .dta.
    sheet, delimiter, decimal, encoding, missing
        As for :class:`Reading`.

    Returns
    -------
    RawTable

    Raises
    ------
    DataError
        XZ-201: absent, empty or damaged file, rows of unequal length, repeated column names, or a
        decimal sign that the file does not settle.
    UsageError
        A package for this format is not installed (XZ-108).
    """
    path = Path(path)
    reading = Reading(sheet, delimiter, decimal, encoding, tuple(missing))
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kind = path.suffix or "without a suffix"
        raise _unreadable(path, f"files {kind} are not read", f"one of {listed(list(READERS))}")
    if not path.is_file():
        known = sorted(p.name for p in path.parent.glob("*") if p.suffix.lower() in READERS)
        raise _unreadable(path, f"there is no such file; {nearest(path.name, known)}".rstrip("; "), "a file")
    table = reader(path, reading)
    if not len(table.frame):
        raise _unreadable(path, "a header and no row", "at least one row below the header")
    return table


# Formats --------------------------------------------------------------------------------------


def _read_csv(path: Path, reading: Reading) -> RawTable:
    content, encoding = _decoded(path, reading.encoding)
    delimiter = reading.delimiter or ("\t" if path.suffix.lower() == ".tsv" else _delimiter(content))
    try:
        rows = _csv_rows(content, delimiter)
    except csv.Error as error:
        raise _unreadable(path, f"broken quotes or cells: {error}", "cells quoted as in RFC 4180") from error
    shown = "tab" if delimiter == "\t" else repr(delimiter)
    width = len(rows[0][1]) if rows else 0
    ragged = [f"line {line} has {len(row)}" for line, row in rows if len(row) != width and any(row)]
    if ragged:
        raise _unreadable(
            path,
            f"the header has {width} cells, {listed(ragged)}",
            f"equal rows (delimiter {shown})",
            "Correct these lines, or name the delimiter.",
        )
    return _tabulated(path, rows, reading, (f"encoding {encoding}", f"delimiter {shown}"), delimiter)


def _read_xlsx(path: Path, reading: Reading) -> RawTable:
    openpyxl = _optional("openpyxl", "office", path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # a damaged archive shows itself in many ways; each is the same finding
        raise _unreadable(path, f"not an Excel workbook ({error})", "an .xlsx workbook") from error
    try:
        sheet = reading.sheet or book.sheetnames[0]
        if sheet not in book.sheetnames:
            raise _unreadable(path, f"no sheet {sheet!r}; {nearest(sheet, book.sheetnames)}", listed(book.sheetnames))
        book[sheet].reset_dimensions()
        rows = [(i, [_as_text(cell) for cell in row]) for i, row in enumerate(book[sheet].values, start=1)]
    finally:
        book.close()
    width = max((len(row) for _, row in rows), default=0)
    rows = [(line, row + [""] * (width - len(row))) for line, row in rows]
    first = not reading.sheet and len(book.sheetnames) > 1
    finding = f"sheet {sheet!r}" + (f", the first of {len(book.sheetnames)}" if first else "")
    return _tabulated(path, rows, replace(reading, decimal=reading.decimal or "."), (finding,), "")


def _read_parquet(path: Path, reading: Reading) -> RawTable:  # noqa: ARG001 (Parquet needs no settings)
    import glob

    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        try:
            frame = connection.execute("SELECT * FROM read_parquet(?)", [glob.escape(str(path))]).df()
        except duckdb.Error as error:
            raise _unreadable(path, f"not a Parquet file ({str(error).splitlines()[0]})", "a Parquet file") from error
    return RawTable(frame, path.name, np.arange(len(frame), dtype=np.int64))


def _read_dta(path: Path, reading: Reading) -> RawTable:  # noqa: ARG001 (Stata needs no settings)
    import struct
    import warnings

    import pandas as pd

    findings = []
    try:
        with pd.read_stata(path, iterator=True) as reader:
            sets, labels = reader.value_labels(), reader.variable_labels()
        frame = pd.read_stata(path, convert_categoricals=False, convert_dates=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # partly labelled columns keep their numbers, see below
            named = pd.read_stata(path, convert_dates=False, order_categoricals=False) if sets else frame
    except (ValueError, OSError, LookupError, struct.error) as error:
        raise _unreadable(path, f"not a Stata file, or damaged ({str(error)[:80]})", "a Stata .dta file") from error
    for name in frame.columns:
        if isinstance(named[name].dtype, pd.CategoricalDtype):
            whole = all(isinstance(label, str) for label in named[name].cat.categories)
            frame[name] = named[name].astype(object) if whole else frame[name]
            findings.append(f"value labels of {name!r} {'used' if whole else 'not used: some values have none'}")
    labels = {name: label for name, label in labels.items() if label}
    return RawTable(frame, path.name, np.arange(len(frame), dtype=np.int64), tuple(findings), ".", labels)


READERS: dict[str, Callable[[Path, Reading], RawTable]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".parquet": _read_parquet,
    ".xlsx": _read_xlsx,
    ".dta": _read_dta,
}


# Rows of text ---------------------------------------------------------------------------------


def _decoded(path: Path, encoding: str | None) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding."""
    try:
        content = path.read_bytes()
        decoded, found = (content.decode(encoding), encoding) if encoding else text.decode(content)
    except (OSError, UnicodeError, LookupError) as error:
        raise _unreadable(
            path, str(error), f"text in encoding {encoding}" if encoding else "a readable file"
        ) from error
    if "\x00" in decoded:
        raise _unreadable(path, "zero bytes: this is not text", "a text file with delimiters")
    return decoded.removeprefix("\ufeff"), found


def _csv_rows(content: str, delimiter: str, most: int | None = None) -> Rows:
    """Return the rows with the lines on which they begin; a cell may span several lines."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    rows: Rows = []
    line = 1
    for row in reader:
        rows.append((line, list(map(str.strip, row))))
        line = reader.line_num + 1
        if len(rows) == most:
            break
    while rows and not any(rows[0][1]):
        rows.pop(0)
    return rows


def _delimiter(content: str) -> str:
    """Return the delimiter that cuts the rows into most cells, equal in number if that can be."""

    def fit(delimiter: str) -> tuple[bool, int]:
        try:
            widths = [len(row) for _, row in _csv_rows(content, delimiter, SAMPLE) if any(row)]
        except csv.Error:
            return False, 0
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    best = max(DELIMITERS, key=fit)
    return best if fit(best)[1] > 1 else ","


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    return repr(cell) if isinstance(cell, float) else str(cell).strip()


def _tabulated(path: Path, rows: Rows, reading: Reading, findings: tuple[str, ...], delimiter: str) -> RawTable:
    """Return the table of rows of text: header, blank lines out, numbers where every cell is one."""
    import pandas as pd

    blank = [line for line, row in rows if not any(row)]
    filled = [(line, row) for line, row in rows if any(row)]
    if not filled:
        raise _unreadable(path, "the file is empty", "a header line and rows")
    if len(filled) == 1:
        raise _unreadable(path, "a header and no row", "at least one row below the header")
    lines = np.array([line for line, _ in filled[1:]], dtype=np.int64)
    body = list(zip(*(row for _, row in filled[1:]), strict=True))
    names, unnamed = _names(path, filled[0], [any(column) for column in body])
    tokens = set(reading.missing) | {""}
    columns = {
        name: [None if cell in tokens else cell for cell in column]
        for name, column in zip(names, body, strict=True)
        if name
    }
    written = sorted(set().union(*body) & tokens - {""})
    decimal = reading.decimal or _decimal(path, columns, lines, delimiter)
    sign = ("decimal comma" if decimal == "," else "decimal point",) if delimiter else ()
    typed = {name: text.typed(column, decimal) for name, column in columns.items()}
    notes = [note for name in typed if (note := _note(name, columns[name], typed[name], decimal, lines))]
    skipped = [f"blank lines skipped: {listed(blank)}"] if blank else []
    holes = [f"missing cells written {listed([repr(cell) for cell in written])}"] if written else []
    frame = pd.DataFrame(typed)
    return RawTable(frame, path.name, lines, (*findings, *sign, *unnamed, *skipped, *holes, *notes), decimal)


def _names(path: Path, header: tuple[int, list[str]], used: Sequence[bool]) -> tuple[list[str], list[str]]:
    """Return column names, empty for columns without name and cells, and what was found about them."""
    line, given = header
    pairs = enumerate(zip(given, used, strict=True), start=1)
    names = [name or (f"column_{i}" if full else "") for i, (name, full) in pairs]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        places = {name: [i for i, other in enumerate(names, 1) if other == name] for name in repeated}
        found = listed([f"{name!r} in columns {listed(columns)}" for name, columns in places.items()])
        raise _unreadable(path, f"repeated column names in line {line}: {found}", "each name once", "Rename.")
    called = [name for name, old in zip(names, given, strict=True) if name and not old]
    return names, [f"a column without a name is called {name!r}" for name in called]


def _note(name: str, column: Sequence[str | None], typed: NDArray[Any], decimal: str, lines: Ints) -> str:
    """Return what a user should know about the reading of a column, or nothing."""
    if typed.dtype != object:
        marks = text.thousands(column, decimal)
        return f"column {name!r}: thousands sign {marks!r}" if marks else ""
    stray = text.stray(column, decimal)
    if stray is None:
        return ""
    if not stray:
        return f"column {name!r} is kept as text: leading zeros or more than 15 digits"
    shown = [f"{column[row]!r} in line {lines[row]}" for row in stray]
    return f"column {name!r} is read as text: {listed(shown, 3)}"


def _decimal(path: Path, columns: Mapping[str, Sequence[str | None]], lines: Ints, delimiter: str) -> str:
    """Return the decimal sign that the file's numbers show; an error where they do not settle it."""
    evidence = text.decimal_evidence(columns)

    def shown(sign: str) -> str:
        name, row, cell = evidence[sign]
        return f"{cell!r} (column {name!r}, line {lines[row]})"

    remedy = "Give the decimal sign: decimal = ',' or decimal = '.'."
    if "." in evidence and "," in evidence:
        raise _unreadable(path, f"{shown('.')} and {shown(',')}", "one decimal sign in the file", remedy)
    if "." in evidence or "," in evidence:
        return "," if "," in evidence else "."
    if "?" in evidence and ("," in evidence["?"][2] or delimiter == ";"):
        found = f"{shown('?')} may hold a decimal sign or a thousands sign"
        raise _unreadable(path, found, "numbers that can be read in one way", remedy)
    return "."


def _optional(package: str, extra: str, path: Path) -> Any:
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError as error:
        raise UsageError(
            "XZ-108",
            f"{package} is needed to read {path.suffix} files",
            where=path.name,
            remedy=f'Install the extra: pip install "xinzhi[{extra}]".',
        ) from error


def _unreadable(path: Path, found: str, expected: str, remedy: str = "") -> DataError:
    return DataError("XZ-201", found, where=path.name, expected=expected, remedy=remedy)
