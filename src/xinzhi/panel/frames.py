"""What a panel takes from a frame: keys, numbers, labels, and what is odd about their names."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from xinzhi.errors import DataError, UsageError, XinzhiError, listed
from xinzhi.language import say, sentences
from xinzhi.panel.columns import Column
from xinzhi.panel.lookalikes import CONTROLS, near, shown, twins

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

LONGEST = 1000  # characters of a name or label: a page must hold it
NAMED = 8  # pairs of look-alikes that are named
EXACT = 2.0**53  # times up to here are exact as floats


def unshowable(names: Sequence[str], source: str, what: str) -> list[XinzhiError]:
    """Return an error for names that would steer a terminal, or that no page can hold."""
    odd = [name for name in names if CONTROLS.search(name)] if CONTROLS.search("".join(names)) else []
    long = [name for name in names if len(name) > LONGEST]
    found = [
        say("{what} {name!r} with {character}", what=what, name=name[:40], character=f"U+{ord(hit[0]):04X}")
        for name in odd[:5]
        if (hit := CONTROLS.search(name))
    ]
    found += [
        say("{what} {name!r}... of {count:,} characters", what=what, name=name[:40], count=len(name))
        for name in long[:5]
    ]
    if not found:
        return []
    expected = say("at most {most:,} characters, none of them a control character", most=LONGEST)
    return [DataError("XZ-223", listed(found), where=source, expected=expected)]


def lookalikes(units: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return findings about units and columns that are told apart by nothing that one can see."""
    found: list[str] = []
    for first, second in twins(units)[:NAMED]:
        found.append(say("units {first} and {second} look the same", first=shown(first), second=shown(second)))
    for first, second in twins(names)[:NAMED]:
        found.append(say("columns {first} and {second} look the same", first=shown(first), second=shown(second)))
    return found


def as_narwhal(frame: Any) -> nw.DataFrame[Any]:
    """Return the frame as narwhals sees it; XZ-216 where it is none."""
    try:
        return nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise DataError("XZ-216", type(frame).__name__, expected=say("a pandas, Polars or PyArrow table")) from error
    except DuplicateError as error:
        found = say("repeated column names: {error}", error=error)
        remedy = say("Rename the columns.")
        raise DataError("XZ-216", found, expected=say("each name once"), remedy=remedy) from error


def declared_columns(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return the declared columns; XZ-103 where one is no Column."""
    for name, column in columns.items():
        if not isinstance(column, Column):
            raise UsageError(
                "XZ-103", f"{column!r}", where=say("columns, {name!r}", name=name), expected="Column(unit, kind)"
            )
    return dict(columns)


def require_columns(wanted: Sequence[str], names: Sequence[str], source: str) -> None:
    """Raise XZ-205 unless all wanted columns are there."""
    absent = [name for name in wanted if name not in names]
    if absent:
        hints = [sentences(repr(name), near(name, names)) for name in absent]
        found = say("no column {names}", names=listed(hints))
        expected = say("columns: {columns}", columns=listed(list(names), 40))
        raise DataError("XZ-205", found, where=source, expected=expected)


def row_lines(first: int | Ints, count: int) -> Ints:
    """Return the line of each row, (n,)."""
    return np.arange(count, dtype=np.int64) + first if isinstance(first, int) else np.asarray(first, dtype=np.int64)


def cells_of(series: nw.Series[Any]) -> list[Any]:
    """Return the cells of a column, None where missing (pandas misses a cell in three ways)."""
    cells, missing = series.to_list(), series.is_null().to_list()
    return [None if empty else cell for cell, empty in zip(cells, missing, strict=True)]


Keys = str | Sequence[str] | None
"""The column that names the unit, or several columns whose texts name it together."""


def one_unit_column(native: nw.DataFrame[Any], unit: Keys) -> tuple[nw.DataFrame[Any], str | None]:
    """Return the frame with one column that names the unit, and its name: "country sector" of the two columns."""
    if unit is None or isinstance(unit, str):
        return native, unit
    texts = [unit_texts(native, name) for name in unit]
    whole = [None if None in cells else " ".join(cells) for cells in zip(*texts, strict=True)]
    name = " ".join(unit)
    return native.with_columns(nw.new_series(name, whole, nw.String, backend=native.implementation)), name


def unit_texts(native: nw.DataFrame[Any], name: str) -> Texts:
    """Return unit names; whole floats as integers, since a missing code makes floats of integer codes."""
    cells = cells_of(native[name])
    if not all(isinstance(cell, str) for cell in cells):
        cells = [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in cells]
    return np.array([None if is_empty(cell) else str(cell) for cell in cells], dtype=object)


def is_empty(cell: object) -> bool:
    """Tell whether a cell holds nothing."""
    if isinstance(cell, Real | Decimal):
        return bool(cell != cell)  # NaN is the one number unequal to itself
    return cell is None or (isinstance(cell, str) and not cell)


def whole_times(native: nw.DataFrame[Any], name: str) -> tuple[Floats, Ints]:
    """Return times as floats, NaN where missing, and the rows whose time is no whole number."""
    plain = plain_numbers(native[name])
    if plain is not None:
        whole = np.isnan(plain) | ((np.floor(plain) == plain) & (np.abs(plain) < EXACT))
        return plain, np.flatnonzero(~whole).astype(np.int64)
    cells = cells_of(native[name])
    whens, odd = np.full(len(cells), np.nan), []
    for row, cell in enumerate(cells):
        if is_empty(cell):
            continue
        try:
            number = float(cell)
        except (TypeError, ValueError, OverflowError):
            odd.append(row)
            continue
        if not number.is_integer() or abs(number) >= EXACT:
            odd.append(row)
        whens[row] = number
    return whens, np.array(odd, dtype=np.int64)


def plain_numbers(series: nw.Series[Any]) -> Floats | None:
    """Return a column of machine numbers, missing as NaN; None where its cells have to be looked at one by one."""
    if not (series.dtype.is_integer() or series.dtype.is_float()):
        return None
    array = np.asarray(series.to_numpy())
    return array.astype(np.float64) if array.dtype.kind in "iuf" else None


def contents_of(
    native: nw.DataFrame[Any], keys: tuple[str | None, str | None], declared: Mapping[str, Column], order: Ints
) -> tuple[dict[str, Texts], dict[str, Floats], dict[str, Column], list[str]]:
    """Return labels, numbers (infinities as missing), the columns' meanings, in the order of rows, and findings."""
    findings: list[str] = []
    labels: dict[str, Texts] = {}
    values: dict[str, Floats] = {}
    meanings: dict[str, Column] = {}
    for name in native.columns:
        if name in keys:
            continue
        series = native[name]
        plain = plain_numbers(series)
        cells = cells_of(series) if plain is None else []
        present = [cell for cell in cells if cell is not None]
        numeric = series.dtype.is_numeric() or series.dtype == nw.Boolean
        if numeric or (present and all(isinstance(cell, Real | Decimal) for cell in present)):
            numbers = as_floats(cells) if plain is None else plain
            if infinite := int(np.isinf(numbers).sum()):
                findings.append(say("column {name!r}: {count:,} infinite cells are missing", name=name, count=infinite))
            values[name] = np.where(np.isfinite(numbers), numbers, np.nan)[order]
            meanings[name] = declared.get(name, Column())
        elif name in declared and not present:
            values[name], meanings[name] = np.full(order.size, np.nan), declared[name]
        else:
            labels[name] = np.array([None if is_empty(cell) else str(cell) for cell in cells], dtype=object)[order]
    return labels, values, meanings, findings


def as_floats(cells: Sequence[Any]) -> Floats:
    """Return cells as floats; what is beyond the range of a double is infinite."""

    def one(cell: Any) -> float:
        try:
            return np.nan if cell is None else float(cell)
        except OverflowError:
            return np.inf

    return np.array([one(cell) for cell in cells], dtype=np.float64)


def plain_text(cell: float) -> str | None:
    """Return a number as text: "2936", not "2936.0"."""
    if cell != cell:
        return None
    return str(int(cell)) if cell.is_integer() else str(cell)


def times_as_labels(time: str | None, when: Ints) -> dict[str, Floats]:
    """Return the time as a number column, too."""
    return {} if time is None else {time: when.astype(np.float64)}


def is_number(cell: str | None) -> bool:
    """Tell whether a cell of text is a number, or empty."""
    if cell is None:
        return True
    try:
        return bool(np.isfinite(float(cell))) and cell.isascii() and "_" not in cell
    except ValueError:
        return False
