"""Cells of units over a span of years, as tests of convergence take them: complete, or left out with a reason."""

from dataclasses import dataclass

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, named, say
from xinzhi.method import Filled, Term
from xinzhi.method.filling import FilledCell
from xinzhi.method.roles import read_quantity
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts


@dataclass(frozen=True)
class Grid:
    """A column by unit and year.

    ``grid``: (u, t), NaN where there is no row; ``rows``: (u, t) rows of the panel, -1 where there is none; ``name``:
    the column in words; ``log``: cells that a policy filled; ``dated``: whether the panel has years;
    ``within``: the column, if it compares units within one period only.
    """

    grid: Floats
    rows: Ints
    years: Ints
    name: Text
    log: tuple[FilledCell, ...] = ()
    dated: bool = True
    within: tuple[str, ...] = ()

    def status(self, *, positive: bool = True) -> tuple[Texts, Texts]:
        """Return status and reason of each unit, (u,): the first year of a cell that is missing or not positive."""
        return first_fault(self, np.isnan(self.grid), self.grid <= 0 if positive else np.zeros_like(self.rows, bool))

    def taken(self, places: Ints) -> "Grid":
        """Return the years at some places."""
        return Grid(
            self.grid[:, places], self.rows[:, places], self.years[places], self.name, self.log, self.dated, self.within
        )


def window_years(panel: Panel, window: tuple[int, int] | None, *, where: str) -> Ints:
    """Return the years of a window, of the panel by default; XZ-208 if it is not inside, XZ-214 if it is one year."""
    if window is not None:
        panel.require_window(window, where=where)
    first, last = window or (int(panel.times[0]), int(panel.times[-1]))
    if first == last:
        raise DataError("XZ-214", say("only {time}", time=first), where=panel.source)
    return np.arange(first, last + 1)


def rows_over(panel: Panel, years: Ints) -> Ints:
    """Return the rows of all units in consecutive years, (u, t); -1 where there is none."""
    rows = np.full((panel.units.size, years.size), -1, dtype=np.int64)
    place = panel.when - years[0]
    kept = np.flatnonzero((place >= 0) & (place < years.size))
    rows[panel.code[kept], place[kept]] = kept
    return rows


def cells_over(column: str | Filled | Term, panel: Panel, run: Run, years: Ints) -> Grid:
    """Return the level of a column by unit and year; a growth index is refused (XZ-207)."""
    factor = read_quantity(column, panel, run)
    values = factor.require_level(where=panel.source)
    rows = rows_over(panel, years)
    name = next(iter(factor.needs))
    called = name if isinstance(name, Text) else named(name)
    grid = np.where(rows >= 0, values[rows], np.nan)
    return Grid(grid, rows, years, called, factor.log, bool(panel.time), factor.within_period)


def column_over(column: str, panel: Panel, years: Ints) -> Grid:
    """Return the numbers of a column by unit and year, whatever their kind and sign."""
    rows = rows_over(panel, years)
    grid = np.where(rows >= 0, panel.values(column)[rows], np.nan)
    return Grid(grid, rows, years, named(column), dated=bool(panel.time))


def first_fault(cells: Grid, missing: Bools, odd: Bools) -> tuple[Texts, Texts]:
    """Return status and reason of each unit, given which of its cells are missing or odd."""
    units = cells.grid.shape[0]
    status, reason = np.full(units, "ok", dtype=object), np.full(units, "", dtype=object)
    for u in np.flatnonzero((missing | odd).any(axis=1)):
        gap = bool(missing[u].any())
        t = int(np.argmax(missing[u] if gap else odd[u]))
        status[u] = "missing_data" if gap else "non_positive"
        if not cells.dated:
            absent = say("{columns} missing", columns=cells.name)
            reason[u] = absent if gap else say("{columns} not positive", columns=cells.name)
        else:
            reason[u] = dated_reason(cells, int(u), t, gap=gap)
    return status, reason


def dated_reason(cells: Grid, u: int, t: int, *, gap: bool) -> Text:
    """Return what is wrong with a cell."""
    year = int(cells.years[t])
    if cells.rows[u, t] < 0:
        return say("no row for {year}", year=year)
    if gap:
        return say("{column} missing in {year}", column=cells.name, year=year)
    return say("{column} not positive in {year}", column=cells.name, year=year)


def joined_status(*found: tuple[Texts, Texts]) -> tuple[Texts, Texts]:
    """Return the first fault of several columns by unit."""
    status, reason = (column.copy() for column in found[0])
    for other, why in found[1:]:
        new = (status == "ok") & (other != "ok")
        status[new], reason[new] = other[new], why[new]
    return status, reason


def first_reason(reason: Texts) -> str:
    """Return the first reason why units are left out."""
    return next((why for why in reason.ravel() if why), say("one unit"))
