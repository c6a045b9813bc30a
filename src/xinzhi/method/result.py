"""What came out: one protocol for every method."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from inspect import cleandoc
from typing import Any

import numpy as np

from xinzhi.errors import DataError, EstimationError, UsageError, listed, nearest
from xinzhi.language import Text, again, enumerated, joined, named, say
from xinzhi.method.base import Method
from xinzhi.method.chart_rows import span_text
from xinzhi.method.filling import FilledCell, filled_cells
from xinzhi.method.status import status_word
from xinzhi.method.table import Field, Table
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

LOG_RATES = say("Rates are 100 × the mean log change a year, so that terms add up; they are not compound rates.")
ADDING_UP = 1e-10
"""Largest admitted gap between a total and the sum of its terms, in log points."""


NOTEBOOK_ROWS = 30
"""Rows of a table that a notebook shows of a result by itself; ``tables()`` has them all."""


@dataclass(frozen=True)
class View:
    """What tables and figures show: some units and some periods of a result that holds all.

    Parameters
    ----------
    units : tuple of str or None
        Units in the order wanted; None shows all.
    periods : tuple of (first, last) or None
        A period holds the steps first+1 .. last; None shows the whole span.

    Raises
    ------
    UsageError
        Units that are one text, periods that are not pairs of years (XZ-103).
    """

    units: tuple[str, ...] | None = None
    periods: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.units, str):
            raise UsageError(
                "XZ-103",
                repr(self.units),
                where="View.units",
                expected=say("a tuple: ({name!r},)", name=self.units),
            )
        if self.units is not None:
            object.__setattr__(self, "units", tuple(self.units))
        if self.periods is not None:
            object.__setattr__(self, "periods", pairs(self.periods, where="View.periods"))


@dataclass(frozen=True)
class Rows:
    """The rows of a result.

    Parameters
    ----------
    unit : (m,) text
    time : (m,) whole numbers; a step is named by its end
    terms : mapping from term to (m,) numbers; log points for growth terms
    status, reason : (m,) text
    """

    unit: Texts
    time: Ints
    terms: Mapping[str, Floats]
    status: Texts
    reason: Texts

    def __post_init__(self) -> None:
        for array in (self.unit, self.time, *self.terms.values(), self.status, self.reason):
            array.flags.writeable = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """Numbers of one fit with everything that is needed to publish them.

    Parameters
    ----------
    method : Method
        The settings.
    panel : Panel
        The data.
    rows : Rows
        The numbers.
    flow : bool
        Rows are steps whose terms may be summed over years.
    absent : mapping from term to reason
        Terms that the data cannot identify.
    warnings : tuple of str
        Coded warnings ``XZ-4nn ...``.
    diagnostics : mapping
        Counts and checks of the computation.
    log : tuple of FilledCell
        Cells of the inputs that a policy filled, one by one.
    """

    method: Method
    panel: Panel
    rows: Rows
    flow: bool = True
    absent: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[FilledCell, ...] = ()

    # The verbs ------------------------------------------------------------------------------

    def tidy(self) -> Any:
        """Return one row per observation or step as a frame of the caller's kind.

        Columns ``unit``, ``time``, one per term (log points for growth terms), ``status``, ``reason``.
        """
        return self.panel.restore(self.columns())

    def columns(self) -> dict[str, Any]:
        """Return the rows as arrays by column."""
        rows = self.rows
        return {"unit": rows.unit, "time": rows.time, **rows.terms, "status": rows.status, "reason": rows.reason}

    def term(self, name: str) -> Floats:
        """Return one column of numbers, (m,)."""
        if name not in self.rows.terms:
            raise EstimationError(
                "XZ-305",
                joined(
                    say("no column {name!r}", name=name),
                    self.absent.get(name, nearest(name, list(self.rows.terms))),
                ),
                where=type(self).__name__,
                expected=listed(list(self.rows.terms), 40),
            )
        return self.rows.terms[name]

    def periods(self, periods: Sequence[tuple[int, int]]) -> Any:
        """Return growth terms by period, % a year, as a frame of the caller's kind.

        A rate is 100 x the mean log change a year, so that terms and periods add up; it is not the compound rate.

        Parameters
        ----------
        periods : sequence of (first, last)
            A period holds the steps first+1 .. last.

        Returns
        -------
        frame
            ``unit``, ``start``, ``end``, terms, ``status``, ``reason``. A term with a missing year is
            missing, with the years named; never a sum that skips them.

        Raises
        ------
        UsageError
            The rows are no growth terms, or ``periods`` are not pairs of years (XZ-103).
        DataError
            A period outside the data (XZ-208).
        """
        return self.panel.restore(self.period_columns(periods))

    def period_columns(self, periods: Sequence[tuple[int, int]]) -> dict[str, Any]:
        """Return :meth:`periods` as arrays by column, units in the order of the panel."""
        if not self.flow:
            raise UsageError(
                "XZ-103", say("scores are not growth terms; use tidy()"), where=f"{type(self).__name__}.periods"
            )
        periods = pairs(periods, where="periods")
        for period in periods:
            self.panel.require_window(period, where="periods")
        units = list(dict.fromkeys(self.rows.unit.tolist()))
        place = {(u, int(t)): i for i, (u, t) in enumerate(zip(self.rows.unit, self.rows.time, strict=True))}
        names = list(self.rows.terms)
        table = np.vstack([np.column_stack([self.rows.terms[n] for n in names]), np.full(len(names), np.nan)])
        out: dict[str, list[Any]] = {k: [] for k in ("unit", "start", "end", *names, "status", "reason")}
        for start, end in periods:
            years = range(start + 1, end + 1)
            for unit in units:
                rows = [place.get((unit, year), -1) for year in years]
                rates = 100.0 * table[rows].sum(axis=0) / (end - start)
                status, reason = self._period_status(rows, start, end)
                for key, cell in zip(out, (unit, start, end, *rates, status, reason), strict=True):
                    out[key].append(cell)
        numbers = {n: np.array(out[n], dtype=np.float64) for n in names}
        texts = {k: np.array(out[k], dtype=object) for k in ("unit", "status", "reason")}
        spans = {k: np.array(out[k], dtype=np.int64) for k in ("start", "end")}
        return {"unit": texts["unit"], **spans, **numbers, "status": texts["status"], "reason": texts["reason"]}

    def _period_status(self, rows: Sequence[int], start: int, end: int) -> tuple[str, str]:
        """Return the status of a period and how many of its years are not computed, the first with its reason."""
        years = range(start + 1, end + 1)
        odd = [(y, row) for y, row in zip(years, rows, strict=True) if row < 0 or self.rows.status[row] != "ok"]
        if not odd:
            return "ok", ""
        year, row = odd[0]
        word, reason = ("missing_data", say("no step")) if row < 0 else (self.rows.status[row], self.rows.reason[row])
        return str(word), say(
            "{odd} of {count} years, first {year}: {reason}", odd=len(odd), count=len(rows), year=year, reason=reason
        )

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the tables to publish."""
        view = view or View()
        return (
            [self.mean_rates(self.title, view, notes=self.absences())]
            if self.flow
            else [self.listing(self.title, view)]
        )

    def figures(self, view: View | None = None) -> list[Any]:  # noqa: ARG002
        """Return Altair charts; each has a name, a title (caption) and a description (text for who cannot see it)."""
        return []

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return what came out, in words that depend on the numbers."""
        good = int((self.rows.status == "ok").sum())
        return say(
            "{title}: {good} of {count} rows computed.", title=self.title, good=good, count=len(self.rows.status)
        )

    def methods_text(self) -> str:
        """Return the method in words: what it does, then the notes of its documentation."""
        return say(method_words(type(self.method)))

    def citations(self) -> list[str]:
        """Return the references of the method and of the data."""
        return [c for c in (*references(type(self.method)), self.panel.citation) if c]

    # What the verbs share -------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Return the heading of the result."""
        return label(type(self.method).__name__)

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings, every default included."""
        return {"method": self.method.method_name, **self.method.model_dump(mode="json")}

    @property
    def sample(self) -> dict[str, Any]:
        """Return the account of rows: read, used, left out and why; result rows by status."""
        account, (words, counts) = self.panel.account, np.unique(self.rows.status.astype(str), return_counts=True)
        return {
            "source": account.source,
            "read": account.read,
            "used": account.used,
            "left_out": [{"line": line, "reason": reason} for line, reason in account.left_out],
            "findings": list(account.findings),
            "rows_by_status": dict(zip(words.tolist(), counts.tolist(), strict=True)),
        }

    def span(self) -> tuple[int, int]:
        """Return the period from the start of the first step to the end of the last."""
        return max(int(self.rows.time.min()) - 1, int(self.panel.times[0])), int(self.rows.time.max())

    def chosen(self, view: View | None) -> tuple[list[str], list[tuple[int, int]]]:
        """Return the units and periods of a view, all units and the whole span by default.

        Raises
        ------
        DataError
            A unit that has no row in this result (XZ-212).
        """
        view, there = view or View(), list(dict.fromkeys(self.rows.unit.tolist()))
        absent = [name for name in view.units or () if name not in there]
        if absent:
            hint = joined(listed(absent), nearest(absent[0], there))
            raise DataError("XZ-212", hint, where=say("view of {title}", title=self.title), expected=listed(there))
        units = there if view.units is None else list(view.units)
        return units, [self.span()] if view.periods is None else list(view.periods)

    def mean_rates(
        self,
        title: str,
        view: View | None = None,
        terms: Sequence[str] | None = None,
        *,
        name: str = "mean_rates",
        notes: Sequence[str] = (),
    ) -> Table:
        """Return the table of terms by unit and period, % a year; a note says why a unit's cells are missing."""
        units, periods = self.chosen(view)
        names = list(terms or self.rows.terms)
        columns = self.period_columns(periods)
        rank = {unit: k for k, unit in enumerate(units)}
        rows = [i for i, unit in enumerate(columns["unit"]) if unit in rank]
        order = {period: k for k, period in enumerate(periods)}
        rows.sort(key=lambda i: (rank[columns["unit"][i]], order[(int(columns["start"][i]), int(columns["end"][i]))]))
        cells = {key: [column[i] for i in rows] for key, column in columns.items()}
        cells["period"] = [span_text(pair) for pair in zip(cells["start"], cells["end"], strict=True)]
        fields = [Field("unit", label("unit")), Field("period", say("Period")), *(Field(n, label(n)) for n in names)]
        reasons: dict[str, Text] = {}
        for k in np.flatnonzero(np.isnan([cells[n] for n in names]).any(axis=0)):
            unit, reason = cells["unit"][k], cells["reason"][k]
            reasons.setdefault(unit, say("{unit}: not computed in {reason}.", unit=named(unit), reason=reason))
        cells["unit"] = [named(unit) for unit in cells["unit"]]
        reading = [*(words for _, words in sorted(reasons.items())), *notes, LOG_RATES]
        return Table.of(name, title, fields, cells, unit=say("per cent a year"), notes=reading)

    def absences(self) -> list[str]:
        """Return the absent terms with their reasons, one sentence for terms of the same reason."""
        reasons: dict[str, list[str]] = {}
        for name, reason in self.absent.items():
            reasons.setdefault(again(reason), []).append(label(name))
        return [
            say("Absent: {names} ({reason}).", names=enumerated(names), reason=reason)
            for reason, names in reasons.items()
        ]

    def listing(self, title: str, view: View | None = None) -> Table:
        """Return the rows of the chosen units as a table."""
        units, _ = self.chosen(view)
        keep = np.flatnonzero(np.isin(self.rows.unit.astype(str), units))
        cells = {key: column[keep].tolist() for key, column in self.columns().items()}
        cells["unit"], cells["status"] = map(named, cells["unit"]), map(status_word, cells["status"])
        fields = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            *(Field(n, label(n), 4) for n in self.rows.terms),
            Field("status", label("status")),
        ]
        return self.timed(Table.of("rows", title, fields, cells))

    def filled_table(self, view: View | None = None) -> list[Table]:
        """Return the table of the cells that policies filled, those of the view; none where nothing was filled.

        Of steps only the cells of the periods are shown.
        """
        units, periods = self.chosen(view)
        mine = [filled for filled in self.log if self.row_unit(filled.unit) in units]
        if self.flow:
            mine = [filled for filled in mine if any(first <= filled.year <= last for first, last in periods)]
        return filled_cells(mine)

    def row_unit(self, unit: str) -> str:
        """Return the unit of the rows to which a unit of the panel belongs: itself, or the whole it is a part of."""
        return unit

    def timed(self, table: Table) -> Table:
        """Return a table, without its column of years where the data have none."""
        if self.panel.time:
            return table
        kept = [place for place, field in enumerate(table.fields) if field.key != "time"]
        rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
        return replace(table, fields=tuple(table.fields[place] for place in kept), rows=rows)

    def to_dict(self) -> dict[str, Any]:
        """Return settings, rows, absent terms, warnings, sample and diagnostics as plain values."""
        return {
            "settings": self.settings,
            "rows": {name: [None if v != v else v for v in column.tolist()] for name, column in self.columns().items()},
            "absent": dict(self.absent),
            "warnings": list(self.warnings),
            "sample": self.sample,
            "diagnostics": dict(self.diagnostics),
        }

    def __repr__(self) -> str:
        words, counts = np.unique(self.rows.status.astype(str), return_counts=True)
        by_status = ", ".join(f"{count} {word}" for word, count in zip(words, counts, strict=True))
        rows = f"{self.rows.status.size} rows, {by_status}; {', '.join(self.rows.terms)}"
        return f"{type(self).__name__}({self.title}: {rows})"

    def _repr_html_(self) -> str:
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in self.summary().splitlines())
        return paragraphs + "".join(table.head(NOTEBOOK_ROWS).html() for table in self.tables())


def pairs(periods: Any, *, where: str) -> tuple[tuple[int, int], ...]:
    """Return periods as pairs of whole numbers.

    Raises
    ------
    UsageError
        No period, or something that is not a pair of years (XZ-103).
    """
    try:
        found = tuple((int(first), int(last)) for first, last in periods)
    except (TypeError, ValueError):
        found = ()
    if not found:
        raise UsageError("XZ-103", repr(periods), where=where, expected=say("pairs of years such as [(2000, 2010)]"))
    return found


def method_words(method: type[Method]) -> str:
    """Return the first line and the notes of a method's documentation as plain text."""
    doc = cleandoc(method.__doc__ or "")
    notes = doc.partition("\nNotes\n-----\n")[2].partition("\n\nReferences\n")[0]
    plain = re.sub(r":\w+:`([^`]+)`", r"\1", f"{doc.partition(chr(10))[0]} {notes}")
    return " ".join(plain.replace("``", "").split())


def references(owner: type[Any]) -> list[str]:
    """Return the entries of the "References" section of a docstring, one per paragraph or line."""
    text = (owner.__doc__ or "").partition("References\n")[2]
    lines: list[str] = []
    for line in text.splitlines()[1:]:
        if line.strip() in {"Examples", "Notes"}:
            break
        if line.strip() and set(line.strip()) != {"-"}:
            lines.append(line.strip())
    return lines


def check_adding_up(total: Floats, parts: Floats, rows: Rows, *, identity: str) -> float:
    """Return the largest gap between (m,) totals and (m, k) parts; raise XZ-301 naming the row if too large.

    Gaps are relative to the largest number where that is above one: money comes in large numbers.
    """
    size = max(1.0, *(float(np.nanmax(np.abs(numbers), initial=0.0)) for numbers in (total, parts)))
    gap = np.abs(total / size - (parts / size).sum(axis=1))
    largest = float(np.nanmax(gap, initial=0.0))
    if largest > ADDING_UP:
        row = int(np.nanargmax(gap))
        raise EstimationError(
            "XZ-301",
            say("identity {identity} misses by {gap:.3g}", identity=identity, gap=largest),
            where=f"{rows.unit[row]} {rows.time[row]}",
            expected=say("at most {limit:g}", limit=ADDING_UP),
        )
    return largest
