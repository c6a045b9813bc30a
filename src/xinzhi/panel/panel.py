"""The long table that every method takes: one row per unit and time, validated once.

    frame or file -> Panel -> Method.fit(panel) -> Result

Rows are held sorted by unit and time, so that no result depends on the order in which they came.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from xinzhi.errors import DataError, UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.panel.account import Account
from xinzhi.panel.columns import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Steps:
    """Changes from one period to the next within a unit.

    ``end``: (m,) rows of the panel at which a step ends: every row after the first period, and the row of a
    unit that has no other; ``before``: (m,) the rows one period earlier, -1 where the unit has no such row.
    """

    end: Ints
    before: Ints


class Panel:
    """A validated long table with one unit column and one time column.

    Parameters
    ----------
    frame : pandas, Polars or PyArrow table
        Never changed.
    unit, time : str or None
        Names of the key columns; either may be absent (a cross-section, or one series).
    columns : mapping from name to Column
        Unit of measurement and kind of number columns. Number columns that are not named are taken as
        levels without a declared unit; text columns that are not named are labels.
    source : str
        Where the data come from, for error messages and the account.
    first_line : int or (n,) int
        Line number of the first row in ``source``, or of every row; 0 for frames.
    citation : str
        How to cite the data.
    findings : sequence of str
        What a reader found and decided.

    Raises
    ------
    DataError
        Missing key columns (XZ-205), text in a declared number column (XZ-202), duplicate keys
        (XZ-203), shares outside [0, 1] (XZ-204), a time that is not whole (XZ-209), no row (XZ-206).
    UsageError
        ``columns`` holds something that is not a Column (XZ-103).

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"c": ["A", "A"], "y": [2000, 2001], "gdp": [1.0, 1.1]})
    >>> panel = xz.Panel(frame, unit="c", time="y", columns={"gdp": xz.Column("bn USD", "level")})
    >>> len(panel), panel.units.tolist(), panel.times.tolist()
    (2, ['A'], [2000, 2001])
    """

    def __init__(
        self,
        frame: Any,
        *,
        unit: str | None = None,
        time: str | None = None,
        columns: Mapping[str, Column] | None = None,
        source: str = "frame",
        first_line: int | Ints = 0,
        citation: str = "",
        findings: Sequence[str] = (),
    ) -> None:
        native = _narwhal(frame)
        names = list(native.columns)
        declared = _declared(columns or {})
        self.unit, self.time, self.source, self.citation = unit, time, source, citation
        self.backend = native.implementation
        _require([name for name in (unit, time, *declared) if name is not None], names, source)
        rows = _lines(first_line, len(native))
        units = _text(native, unit) if unit else np.full(len(native), "all", dtype=object)
        whens, odd_times = _whole(native, time) if time else (np.zeros(len(native)), np.zeros(0, np.int64))
        if odd_times.size:
            cells = _cells(native[time]) if time else []
            raise DataError(
                "XZ-209",
                f"{cells[odd_times[0]]!r}",
                where=f"{source}, column {time!r}, line {listed((rows[odd_times]).tolist())}",
                expected="whole numbers such as 2019",
            )
        keyed = np.array([u is not None for u in units], dtype=bool) & np.isfinite(whens)
        reasons = [f"no {unit if u is None else time}" for u in units[~keyed]]
        left_out = tuple(zip(rows[~keyed].tolist(), reasons, strict=True))
        self.account = Account(source, len(native), left_out, tuple(findings))
        if not keyed.any():
            raise DataError("XZ-206", f"{len(native)} rows read, none with its keys", where=source)
        kept = np.flatnonzero(keyed)
        order = kept[np.lexsort((whens[kept], units[kept].astype(str)))]
        self.units, unit_codes = np.unique(units[order].astype(str), return_inverse=True)
        self.code: Ints = unit_codes.astype(np.int64)
        self.when: Ints = whens[order].astype(np.int64)
        self.times: Ints = np.unique(self.when)
        self.line: Ints = rows[order]
        self._labels, self._values, self.columns = _contents(native, (unit, time), declared, order)
        self._values.update(_times_as_labels(time, self.when))
        raise_all([*self._duplicates(), *self._text_cells(declared), *self._odd_shares()])
        for array in (self.code, self.when, self.line, *self._values.values(), *self._labels.values()):
            array.flags.writeable = False

    def __len__(self) -> int:
        return int(self.code.size)

    def __repr__(self) -> str:
        span = f"{self.times[0]}-{self.times[-1]}" if self.time else "no time"
        size = f"{len(self)} rows, {self.units.size} units, {span}, {len(self.columns)} number columns"
        return f"Panel({self.source}: {size})"

    # What a method reads --------------------------------------------------------------------

    def values(self, name: str) -> Floats:
        """Return a number column, (n,), missing cells as NaN; an error where it is absent or holds text."""
        if name in self._values and name in self.columns:
            return self._values[name]
        if name in self._labels:
            raise _text_error(self, name)
        known = sorted(self.columns)
        raise DataError(
            "XZ-205",
            f"no number column {name!r}",
            where=self.source,
            expected=f"{nearest(name, known)} known: {listed(known, 40)}".strip(),
        )

    def array(self, *names: str) -> Floats:
        """Return number columns side by side, (n, k)."""
        return np.column_stack([self.values(name) for name in names])

    def label(self, name: str) -> Texts:
        """Return a text column, or the text of a number column ("2936", not "2936.0"), (n,)."""
        if name in self.columns and name not in self._labels:
            return np.array([_plain_text(cell) for cell in self._values[name].tolist()], dtype=object)
        if name not in self._labels:
            known = sorted([*self._labels, *self.columns])
            raise DataError(
                "XZ-205",
                f"no label column {name!r}",
                where=self.source,
                expected=f"{nearest(name, known)} known: {listed(known, 40)}".strip(),
            )
        return self._labels[name]

    def unit_label(self, name: str) -> Texts:
        """Return the label of each unit, (u,); an error (XZ-218) where it is missing or changes within a unit."""
        cells = self.label(name)
        first = cells[np.searchsorted(self.code, np.arange(self.units.size))]
        odd = [i for i, cell in enumerate(cells) if cell is None or cell != first[self.code[i]]]
        if odd:
            shown = [f"{self.units[self.code[i]]} {self.when[i]}: {cells[i]!r}" for i in odd[:5]]
            raise DataError("XZ-218", f"column {name!r}: {listed(shown)}", where=self.source)
        return first

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the names of the text columns."""
        return tuple(self._labels)

    @property
    def unit_names(self) -> Texts:
        """Return the unit of each row, (n,)."""
        return self.units.astype(object)[self.code]

    def steps(self, window: tuple[int, int] | None = None) -> Steps:
        """Return every change from one period to the next; see :class:`Steps`.

        Parameters
        ----------
        window : (first, last) or None
            Only steps that end after the first and not after the last of these periods.

        Raises
        ------
        DataError
            No unit has two consecutive periods (XZ-214).
        """
        alone = np.bincount(self.code)[self.code] == 1
        if window is None:
            end = np.flatnonzero((self.when > self.times[0]) | alone)
        else:
            end = np.flatnonzero((self.when > window[0]) & (self.when <= window[1]))
        follows = (self.code[end] == self.code[end - 1]) & (self.when[end] - self.when[end - 1] == 1)
        if not follows.any():
            found = f"only {self.times[0]}" if self.times.size == 1 else "no unit has two consecutive periods"
            raise DataError("XZ-214", found, where=self.source)
        return Steps(end.astype(np.int64), np.where(follows, end - 1, -1).astype(np.int64))

    def locate(self, units: Sequence[str] | NDArray[Any], times: Sequence[int] | Ints) -> Ints:
        """Return the rows of units x times, (u, t); -1 where there is none."""
        position = np.full((self.units.size, self.times.size), -1, dtype=np.int64)
        position[self.code, np.searchsorted(self.times, self.when)] = np.arange(len(self))
        rows = np.full((len(units), len(times)), -1, dtype=np.int64)
        u = [int(np.searchsorted(self.units, name)) if name in self._known_units else -1 for name in units]
        t = {int(time): place for place, time in enumerate(self.times)}
        for column, time in enumerate(times):
            if int(time) in t:
                found = np.array([code >= 0 for code in u])
                rows[found, column] = position[np.array(u)[found], t[int(time)]]
        return rows

    def require_units(self, names: Sequence[str], *, where: str) -> None:
        """Raise XZ-212 if a name is not a unit of the panel."""
        unknown = [name for name in names if name not in self._known_units]
        if unknown:
            hint = nearest(unknown[0], self.units.tolist())
            raise DataError("XZ-212", f"{listed(unknown)}; {hint}", where=where, expected=listed(self.units.tolist()))

    def require_window(self, window: tuple[int, int], *, where: str) -> None:
        """Raise XZ-208 unless first < last and both lie inside the years of the panel."""
        low, high = int(self.times[0]), int(self.times[-1])
        if not low <= window[0] < window[1] <= high:
            raise DataError(
                "XZ-208",
                f"{window[0]}-{window[1]}",
                where=where,
                expected=f"years within {low}-{high}, first before last",
            )

    # What a user does -----------------------------------------------------------------------

    def scaled(self, factors: Mapping[str, float]) -> "Panel":
        """Return the panel in other units of measurement: each named column times its factor."""
        frame = self.to_dict()
        for name, factor in factors.items():
            frame[name] = self.values(name) * factor
        return self._like(frame, self.line, self.account)

    def select(self, *, units: Sequence[str] | None = None, times: tuple[int, int] | None = None) -> "Panel":
        """Return the rows of some units and of the years from first to last, both included.

        The account stays that of the source: what it left out, and the rows that are not selected.
        """
        keep = np.ones(len(self), dtype=bool)
        if units is not None:
            self.require_units(units, where="select")
            keep &= np.isin(self.unit_names.astype(str), list(units))
        if times is not None:
            keep &= (self.when >= times[0]) & (self.when <= times[1])
        others = tuple((line, "not selected") for line in self.line[~keep].tolist())
        account = replace(self.account, left_out=(*self.account.left_out, *others))
        return self._like({name: column[keep] for name, column in self.to_dict().items()}, self.line[keep], account)

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return keys, numbers and labels as arrays, sorted by unit and time."""
        keys: dict[str, NDArray[Any]] = {}
        if self.unit:
            keys[self.unit] = self.unit_names
        if self.time:
            keys[self.time] = self.when
        numbers = {name: self._values[name] for name in self.columns if name not in keys}
        return keys | numbers | dict(self._labels)

    def frame(self) -> Any:
        """Return the panel as a frame of the kind that came in."""
        return self.restore(self.to_dict())

    def restore(self, columns: Mapping[str, Any]) -> Any:
        """Return columns as a frame of the caller's own kind."""
        kinds = {name: getattr(getattr(column, "dtype", None), "kind", "") for name, column in columns.items()}
        frame = nw.from_dict(
            {name: list(column) if kinds[name] == "O" else column for name, column in columns.items()},
            backend=self.backend,
        )
        if not self.backend.is_pandas_like():  # a missing number is null where a frame can hold null
            frame = frame.with_columns(nw.col(*[n for n in columns if kinds[n] == "f"]).fill_nan(None))
        return frame.to_native()

    @cached_property
    def _digest(self) -> str:
        sha = hashlib.sha256()
        for name, column in sorted(self.to_dict().items()):
            meta = self.columns.get(name)
            sha.update(f"{name}\x1f{meta.unit if meta else ''}\x1f{meta.kind if meta else 'text'}\x1e".encode())
            if column.dtype == object:
                sha.update("\x1f".join("\x00" if cell is None else str(cell) for cell in column).encode())
            else:
                sha.update(np.ascontiguousarray(column + 0.0, dtype="<f8").tobytes())
        return sha.hexdigest()

    def digest(self) -> str:
        """Return the SHA-256 of keys, numbers, labels, units and kinds; equal panels have equal digests."""
        return self._digest

    # Validation -----------------------------------------------------------------------------

    @property
    def _known_units(self) -> frozenset[str]:
        return frozenset(self.units.tolist())

    def _like(self, frame: Mapping[str, NDArray[Any]], lines: Ints, account: Account) -> "Panel":
        """Return a panel of other rows or numbers with the same meaning and the account that is given."""
        panel = Panel(
            self.restore(frame),
            unit=self.unit,
            time=self.time,
            columns=self.columns,
            source=self.source,
            first_line=lines,
            citation=self.citation,
        )
        panel.account = account
        return panel

    def _duplicates(self) -> list[XinzhiError]:
        same = (self.code[1:] == self.code[:-1]) & (self.when[1:] == self.when[:-1])
        if not same.any():
            return []
        first = np.flatnonzero(same)
        pairs = [
            f"{self.units[self.code[i]]} {self.when[i]} (lines {self.line[i]} and {self.line[i + 1]})"
            for i in first[:5]
        ]
        return [
            DataError(
                "XZ-203",
                f"{first.size} repeated: {listed(pairs)}",
                where=self.source,
                expected="one row per unit and time",
                remedy="" if self.unit and self.time else "Name the key columns: unit=..., time=....",
            )
        ]

    def _text_cells(self, declared: Mapping[str, Column]) -> list[XinzhiError]:
        return [_text_error(self, name) for name in declared if name in self._labels]

    def _odd_shares(self) -> list[XinzhiError]:
        errors: list[XinzhiError] = []
        for name, column in self.columns.items():
            outside = (self._values[name] < 0) | (self._values[name] > 1)
            odd = np.flatnonzero(outside & (column.kind == "share"))
            if odd.size:
                cells = [
                    f"{self._values[name][i]:g} ({self.units[self.code[i]]} {self.when[i]}, line {self.line[i]})"
                    for i in odd[:5]
                ]
                errors.append(
                    DataError(
                        "XZ-204",
                        f"{len(odd)} cells of {name!r}: {listed(cells)}",
                        where=self.source,
                        expected="fractions from 0 to 1",
                    )
                )
        return errors


def _narwhal(frame: Any) -> nw.DataFrame[Any]:
    try:
        return nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise DataError("XZ-216", type(frame).__name__, expected="a pandas, Polars or PyArrow table") from error
    except DuplicateError as error:
        found = f"repeated column names: {error}"
        raise DataError("XZ-216", found, expected="each name once", remedy="Rename the columns.") from error


def _declared(columns: Mapping[str, Column]) -> dict[str, Column]:
    for name, column in columns.items():
        if not isinstance(column, Column):
            raise UsageError("XZ-103", f"{column!r}", where=f"columns, {name!r}", expected="Column(unit, kind)")
    return dict(columns)


def _require(wanted: Sequence[str], names: Sequence[str], source: str) -> None:
    absent = [name for name in wanted if name not in names]
    if absent:
        hints = [f"{name!r} {nearest(name, names)}".strip() for name in absent]
        raise DataError(
            "XZ-205", f"no column {listed(hints)}", where=source, expected=f"columns: {listed(list(names), 40)}"
        )


def _lines(first: int | Ints, count: int) -> Ints:
    return np.arange(count, dtype=np.int64) + first if isinstance(first, int) else np.asarray(first, dtype=np.int64)


def _cells(series: nw.Series[Any]) -> list[Any]:
    """Return the cells of a column, None where missing (pandas misses a cell in three ways)."""
    cells, missing = series.to_list(), series.is_null().to_list()
    return [None if empty else cell for cell, empty in zip(cells, missing, strict=True)]


def _text(native: nw.DataFrame[Any], name: str) -> Texts:
    """Return unit names; whole floats as integers, since a missing code makes floats of integer codes."""
    cells = [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in _cells(native[name])]
    return np.array([None if _empty(cell) else str(cell) for cell in cells], dtype=object)


def _empty(cell: object) -> bool:
    return cell is None or cell == "" or cell != cell  # NaN is the one value unequal to itself


def _whole(native: nw.DataFrame[Any], name: str) -> tuple[Floats, Ints]:
    """Return times as floats, NaN where missing, and the rows whose time is no whole number."""
    cells = _cells(native[name])
    whens, odd = np.full(len(cells), np.nan), []
    for row, cell in enumerate(cells):
        if _empty(cell):
            continue
        try:
            number = float(cell)
        except (TypeError, ValueError):
            odd.append(row)
            continue
        if not number.is_integer():
            odd.append(row)
        whens[row] = number
    return whens, np.array(odd, dtype=np.int64)


def _contents(
    native: nw.DataFrame[Any], keys: tuple[str | None, str | None], declared: Mapping[str, Column], order: Ints
) -> tuple[dict[str, Texts], dict[str, Floats], dict[str, Column]]:
    """Return labels, numbers (infinities as missing) and the columns' meanings, in the order of rows."""
    labels: dict[str, Texts] = {}
    values: dict[str, Floats] = {}
    meanings: dict[str, Column] = {}
    for name in native.columns:
        if name in keys:
            continue
        series, cells = native[name], _cells(native[name])
        present = [cell for cell in cells if cell is not None]
        numeric = series.dtype.is_numeric() or series.dtype == nw.Boolean
        if numeric or (present and all(isinstance(cell, Real | Decimal) for cell in present)):
            numbers = np.array([np.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)[order]
            values[name] = np.where(np.isfinite(numbers), numbers, np.nan)
            meanings[name] = declared.get(name, Column())
        elif name in declared and not present:
            values[name], meanings[name] = np.full(order.size, np.nan), declared[name]
        else:
            labels[name] = np.array([None if _empty(cell) else str(cell) for cell in cells], dtype=object)[order]
    return labels, values, meanings


def _plain_text(cell: float) -> str | None:
    if cell != cell:
        return None
    return str(int(cell)) if cell.is_integer() else str(cell)


def _times_as_labels(time: str | None, when: Ints) -> dict[str, Floats]:
    return {} if time is None else {time: when.astype(np.float64)}


def _is_number(cell: str | None) -> bool:
    if cell is None:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _text_error(panel: Panel, name: str) -> DataError:
    cells = panel.label(name)
    odd = [i for i in range(len(panel)) if not _is_number(cells[i])][:5] or [0]
    shown = [f"{cells[i]!r} ({panel.units[panel.code[i]]} {panel.when[i]}, line {panel.line[i]})" for i in odd]
    return DataError(
        "XZ-202", f"column {name!r} holds {listed(shown)}", where=panel.source, expected="numbers or empty cells"
    )
