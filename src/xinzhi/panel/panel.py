"""The long table that every method takes: one row per unit and time, validated once.

    frame or file -> Panel -> Method.fit(panel) -> Result

Rows are held sorted by unit and time, so that no result depends on the order in which they came.
"""

import hashlib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from xinzhi.errors import DataError, XinzhiError, listed, nearest, raise_all
from xinzhi.language import joined, say, sentences
from xinzhi.panel.account import Account
from xinzhi.panel.columns import Column
from xinzhi.panel.frames import (
    Keys,
    as_narwhal,
    cells_of,
    contents_of,
    declared_columns,
    is_number,
    lookalikes,
    one_unit_column,
    plain_text,
    require_columns,
    row_lines,
    times_as_labels,
    unit_texts,
    unshowable,
    whole_times,
)
from xinzhi.panel.lookalikes import near

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
        Names of the key columns; either may be absent (a cross-section, or one series). ``unit`` may be several
        columns, such as country and sector: the unit is then called by their texts, and they stay as labels.
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
        unit: Keys = None,
        time: str | None = None,
        columns: Mapping[str, Column] | None = None,
        source: str = "frame",
        first_line: int | Ints = 0,
        citation: str = "",
        findings: Sequence[str] = (),
    ) -> None:
        native = as_narwhal(frame)
        declared = declared_columns(columns or {})
        keys = [*([unit] if isinstance(unit, str) else unit or ()), *([time] if time else ())]
        require_columns([*keys, *declared], list(native.columns), source)
        native, unit = one_unit_column(native, unit)
        names = list(native.columns)
        self.unit, self.time, self.source, self.citation = unit, time, source, citation
        self.backend = native.implementation
        rows = row_lines(first_line, len(native))
        units = unit_texts(native, unit) if unit else np.full(len(native), "all", dtype=object)
        whens, odd_times = whole_times(native, time) if time else (np.zeros(len(native)), np.zeros(0, np.int64))
        if odd_times.size:
            cells = cells_of(native[time]) if time else []
            raise DataError(
                "XZ-209",
                f"{cells[odd_times[0]]!r}",
                where=say(
                    "{source}, column {name!r}, line {lines}",
                    source=source,
                    name=time,
                    lines=listed(rows[odd_times].tolist()),
                ),
                expected=say("whole numbers such as 2019"),
            )
        keyed = np.array([u is not None for u in units], dtype=bool) & np.isfinite(whens)
        reasons = [say("no {key}", key=unit if u is None else time) for u in units[~keyed]]
        left_out = tuple(zip(rows[~keyed].tolist(), reasons, strict=True))
        if not keyed.any():
            raise DataError("XZ-206", say("{count} rows read, none with its keys", count=len(native)), where=source)
        kept = np.flatnonzero(keyed)
        called = sorted(set(units[kept].tolist()))
        raise_all(unshowable(called, source, say("unit")) + unshowable(names, source, say("column")))
        place = {name: code for code, name in enumerate(called)}
        codes = np.array([place[name] for name in units[kept].tolist()], dtype=np.int64)
        sorting = np.lexsort((whens[kept], codes))
        order = kept[sorting]
        self.units, self.code = np.array(called), codes[sorting]
        self.when: Ints = whens[order].astype(np.int64)
        self.times: Ints = np.unique(self.when)
        self.line: Ints = rows[order]
        self._labels, self._values, self.columns, infinite = contents_of(native, (unit, time), declared, order)
        self._values.update(times_as_labels(time, self.when))
        found = (*findings, *lookalikes(called, names), *infinite)
        self.account = Account(source, len(native), left_out, found)
        raise_all([*self._duplicates(), *self._text_cells(declared), *self._odd_shares(), *self._odd_labels()])
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
            say("no number column {name!r}", name=name),
            where=self.source,
            expected=sentences(near(name, known), say("known: {columns}", columns=listed(known, 40))),
        )

    def array(self, *names: str) -> Floats:
        """Return number columns side by side, (n, k)."""
        return np.column_stack([self.values(name) for name in names])

    def label(self, name: str) -> Texts:
        """Return a text column, or the text of a number column ("2936", not "2936.0"), (n,)."""
        if name in self.columns and name not in self._labels:
            return np.array([plain_text(cell) for cell in self._values[name].tolist()], dtype=object)
        if name not in self._labels:
            known = sorted([*self._labels, *self.columns])
            raise DataError(
                "XZ-205",
                say("no label column {name!r}", name=name),
                where=self.source,
                expected=sentences(near(name, known), say("known: {columns}", columns=listed(known, 40))),
            )
        return self._labels[name]

    def unit_label(self, name: str) -> Texts:
        """Return the label of each unit, (u,); an error (XZ-218) where it is missing or changes within a unit."""
        cells = self.label(name)
        first = cells[np.searchsorted(self.code, np.arange(self.units.size))]
        odd = [i for i, cell in enumerate(cells) if cell is None or cell != first[self.code[i]]]
        if odd:
            shown = [f"{self.units[self.code[i]]} {self.when[i]}: {cells[i]!r}" for i in odd[:5]]
            found = say("column {name!r}: {cells}", name=name, cells=listed(shown))
            raise DataError("XZ-218", found, where=self.source)
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
            found = (
                say("only {time}", time=self.times[0])
                if self.times.size == 1
                else say("no unit has two consecutive periods")
            )
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
            raise DataError("XZ-212", joined(listed(unknown), hint), where=where, expected=listed(self.units.tolist()))

    def require_window(self, window: tuple[int, int], *, where: str) -> None:
        """Raise XZ-208 unless first < last and both lie inside the years of the panel."""
        low, high = int(self.times[0]), int(self.times[-1])
        if not low <= window[0] < window[1] <= high:
            raise DataError(
                "XZ-208",
                f"{window[0]}-{window[1]}",
                where=where,
                expected=say("years within {low}-{high}, first before last", low=low, high=high),
            )

    # What a user does -----------------------------------------------------------------------

    def scaled(self, factors: Mapping[str, float]) -> "Panel":
        """Return the panel in other units of measurement: each named column times its factor."""
        return self.replaced({name: self.values(name) * factor for name, factor in factors.items()})

    def replaced(self, columns: Mapping[str, Floats]) -> "Panel":
        """Return the panel with other numbers in some of its columns, (n,) each in the order of its rows."""
        other = copy(self)
        other.__dict__.pop("_digest", None)
        other._values = self._values | {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
        raise_all(other._odd_shares())
        for name in columns:
            other._values[name].flags.writeable = False
        return other

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
        others = tuple((line, say("not selected")) for line in self.line[~keep].tolist())
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

    @cached_property
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
            say(
                "{unit} {time} (lines {first} and {second})",
                unit=self.units[self.code[i]],
                time=self.when[i],
                first=self.line[i],
                second=self.line[i + 1],
            )
            for i in first[:5]
        ]
        return [
            DataError(
                "XZ-203",
                say("{count} repeated: {rows}", count=first.size, rows=listed(pairs)),
                where=self.source,
                expected=say("one row per unit and time"),
                remedy="" if self.unit and self.time else say("Name the key columns: unit=..., time=...."),
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
                cells = [self._cell(f"{self._values[name][i]:g}", i) for i in odd[:5]]
                errors.append(
                    DataError(
                        "XZ-204",
                        say("{count} cells of {name!r}: {cells}", count=len(odd), name=name, cells=listed(cells)),
                        where=self.source,
                        expected=say("fractions from 0 to 1"),
                    )
                )
        return errors

    def _odd_labels(self) -> list[XinzhiError]:
        labels = (sorted({cell for cell in column if cell is not None}) for column in self._labels.values())
        pairs = zip(self._labels, labels, strict=True)
        return [
            error
            for name, cells in pairs
            for error in unshowable(cells, self.source, say("label in column {name!r}", name=name))
        ]

    def _cell(self, written: str, row: int) -> str:
        return say(
            "{cell} ({unit} {time}, line {line})",
            cell=written,
            unit=self.units[self.code[row]],
            time=self.when[row],
            line=self.line[row],
        )


def _text_error(panel: Panel, name: str) -> DataError:
    cells = panel.label(name)
    odd = [i for i in range(len(panel)) if not is_number(cells[i])][:5] or [0]
    there = [panel._cell(repr(cells[i]), i) for i in odd]
    found = say("column {name!r} holds {cells}", name=name, cells=listed(there))
    return DataError("XZ-202", found, where=panel.source, expected=say("numbers or empty cells"))
