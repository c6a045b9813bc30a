"""Files come in: CSV, Parquet, Excel and Stata, with every decision of the reader put into words.

    file -> rows of text with their line numbers -> columns (numbers where every cell is one) -> Panel

CSV and Excel share one way: rows of text. Parquet and Stata carry types, so nothing is guessed there.
What a file may hold at most is in :class:`xinzhi.panel.reading.Limits`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from xinzhi.errors import DataError, listed, nearest
from xinzhi.language import joined, say
from xinzhi.panel import cells as text
from xinzhi.panel.columns import Column
from xinzhi.panel.frames import Keys
from xinzhi.panel.panel import Panel
from xinzhi.panel.reading import MISSING, Limits, RawTable, Reading, unreadable
from xinzhi.panel.text_files import read_csv
from xinzhi.panel.typed_files import read_dta, read_parquet
from xinzhi.panel.workbook import read_xlsx

READERS: dict[str, Callable[[Path, Reading], RawTable]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".csv.gz": read_csv,
    ".tsv.gz": read_csv,
    ".txt.gz": read_csv,
    ".zip": read_csv,
    ".parquet": read_parquet,
    ".xlsx": read_xlsx,
    ".dta": read_dta,
}
"""Readers by the end of a file's name."""


def read(
    path: str | Path,
    *,
    unit: Keys = None,
    time: str | None = None,
    columns: Mapping[str, Column] | None = None,
    citation: str = "",
    reading: Reading | None = None,
) -> Panel:
    r"""Read a file into a panel.

    Parameters
    ----------
    path : str or Path
        .csv, .tsv, .txt (each also as .gz, or alone in a .zip), .parquet, .xlsx or .dta.
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
    table = _table(Path(path), reading or Reading())
    declared = dict(columns or {})
    keys = (unit,) if isinstance(unit, str) else tuple(unit or ())
    frame = table.frame
    for name in declared:
        if name in frame and frame[name].dtype.kind not in "ifub":
            frame = frame.assign(**{name: text.numbers_where_possible(frame[name], table.decimal)})
    for name, description in table.descriptions.items():
        if name not in (*keys, time) and frame[name].dtype.kind in "ifub":
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
        findings=(*table.findings, *_holes(table, keys)),
    )


def read_table(
    path: str | Path,
    *,
    sheet: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: Sequence[str] = MISSING,
    limits: Limits = Limits(),  # noqa: B008 (a frozen value)
) -> RawTable:
    """Read a file into a frame, without saying what its columns mean.

    Parameters
    ----------
    path : str or Path
        .csv, .tsv, .txt (each also as .gz, or alone in a .zip), .parquet, .xlsx or .dta.
    sheet, delimiter, decimal, encoding, missing, limits
        As for :class:`Reading`.

    Returns
    -------
    RawTable

    Raises
    ------
    DataError
        XZ-201: absent, empty or damaged file, rows of unequal length, repeated column names, or a
        decimal sign that the file does not settle. XZ-220: beyond a limit. XZ-221: two encodings in one
        file. XZ-222: a number that a double cannot hold. XZ-224: entities, nested columns.
    UsageError
        A package for this format is not installed (XZ-108).
    """
    return _table(Path(path), Reading(sheet, delimiter, decimal, encoding, tuple(missing), limits))


def _table(path: Path, reading: Reading) -> RawTable:
    kind = _kind(path)
    reader = READERS.get(kind)
    if reader is None:
        found = say("files {kind} are not read", kind=kind) if kind else say("files without a suffix are not read")
        raise unreadable(path, found, say("one of {kinds}", kinds=listed(list(READERS), 20)))
    try:
        _check_regular(path)
        table = reader(path, reading)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error), say("a readable file")) from error
    except MemoryError as error:
        found = say("more memory is needed than there is")
        raise DataError("XZ-220", found, where=path.name, expected=say("a smaller file")) from error
    if not len(table.frame):
        raise unreadable(path, say("a header and no row"), say("at least one row below the header"))
    return table


def _kind(path: Path) -> str:
    """Return the end of a file's name that says its kind; both of ``.csv.gz``."""
    parts = [suffix.lower() for suffix in path.suffixes]
    return "".join(parts[-2:]) if parts[-1:] == [".gz"] else "".join(parts[-1:])


def _check_regular(path: Path) -> None:
    """Raise XZ-201 unless the path is a file: a device or a pipe could be read for ever."""
    if path.is_file():
        return
    if path.is_dir():
        raise unreadable(path, say("a folder"), say("a file"))
    if path.exists():
        raise unreadable(path, say("a device, a pipe or a socket"), say("a file"))
    known = sorted(other.name for other in path.parent.glob("*") if _kind(other) in READERS)
    raise unreadable(path, joined(say("there is no such file"), nearest(path.name, known)), say("a file"))


def _holes(table: RawTable, keys: tuple[str, ...]) -> list[str]:
    """Return what a user should know about cells of text that are taken as missing: NA is Namibia, too."""
    found: list[str] = []
    for name, counts in table.holes.items():
        for cell, count in counts.items():
            found.append(
                say(
                    "{cell!r} in unit column {name!r} is taken as missing: {count:,} rows are left out; "
                    "if it is a name, give missing = [...] without it",
                    cell=cell,
                    name=name,
                    count=count,
                )
                if name in keys
                else say(
                    "{cell!r} in column {name!r} is taken as missing in {count:,} cells",
                    cell=cell,
                    name=name,
                    count=count,
                )
            )
    return found


__all__ = ["MISSING", "READERS", "Limits", "RawTable", "Reading", "read", "read_table"]
