"""Missing cells filled by named rules. Nothing is filled that is not asked for, and every filled cell is logged.

Filled(column="avh", rules=["linear", SplicedGrowth(unit="USA")]) -> values, log of cells
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.errors import DataError, listed
from xinzhi.language import Text, again, joined, named, say
from xinzhi.method.base import Value, role
from xinzhi.method.table import Field, Table
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints


@role("spliced_growth")
class SplicedGrowth(Value):
    """Before a unit's first observation and after its last, splice on the growth of another series.

    Parameters
    ----------
    column : str or None
        The series: another column of the same unit; the filled column itself by default.
    unit : str or None
        The unit whose growth is spliced on, observed in every year; the unit itself by default.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    column: str | None = None
    unit: str | None = None

    @model_validator(mode="after")
    def _another_series(self) -> "SplicedGrowth":
        if self.column is None and self.unit is None:
            raise ValueError(say("spliced growth is that of another column, of another unit or of both: name it"))
        return self


Rule = Literal["linear", "log_linear", "carry_forward", "unit_mean"] | SplicedGrowth


@role("filled")
class Filled(Value):
    """A column whose missing cells are filled by named rules, usable wherever a column is a quantity or a share.

    Parameters
    ----------
    column : str
    rules : tuple of "linear", "log_linear", "carry_forward", "unit_mean" or SplicedGrowth
        Applied in this order, each to what the ones before left missing. ``linear``, ``log_linear``:
        interpolation between two observations of the unit (of logs, if all of them are positive);
        ``carry_forward``: the last observation before; ``unit_mean``: the mean of the unit's observations.
        There is no default: how a cell is made up is a choice that must be visible.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    column: str
    rules: tuple[Rule, ...] = Setting(min_length=1)


@dataclass(frozen=True, slots=True)
class FilledCell:
    """A cell that a policy filled: where it stands, by which rule, with which value."""

    unit: str
    year: int
    column: str
    rule: str
    value: float


@dataclass(frozen=True)
class Cells:
    """A column as read: ``values``, (n,); ``filled``, (n,) which of them a policy made; ``log`` of these cells."""

    name: str
    values: Floats
    filled: Bools
    log: tuple[FilledCell, ...] = ()


def column_name(column: str | Filled) -> str:
    """Return the name of the column that is read."""
    return column.column if isinstance(column, Filled) else column


def read_column(column: str | Filled, panel: Panel) -> Cells:
    """Return a column of a panel, filled if its role says so.

    Raises
    ------
    DataError
        The unit whose growth is spliced on is unknown (XZ-212) or has gaps (XZ-215).
    """
    if isinstance(column, str):
        return Cells(column, panel.values(column), np.zeros(len(panel), dtype=bool))
    observed = panel.values(column.column)
    rows, grid = on_grid(observed, panel)
    log: list[FilledCell] = []
    for rule in column.rules:
        made = _made(rule, grid, column.column, panel)
        new = np.isnan(grid) & np.isfinite(made)
        grid = np.where(new, made, grid)
        log += cell_log(new & (rows >= 0), grid, panel, column.column, rule_words(rule))
    values = observed.copy()
    values[rows[rows >= 0]] = grid[rows >= 0]
    values.flags.writeable = False
    return Cells(column.column, values, np.isnan(observed) & np.isfinite(values), tuple(log))


def on_grid(values: Floats, panel: Panel) -> tuple[Ints, Floats]:
    """Return the rows of units x times, -1 where there is none, and (n,) values on that grid, NaN there."""
    rows = panel.locate(panel.units, panel.times)
    return rows, np.where(rows >= 0, values[rows], np.nan)


def cell_log(new: Bools, grid: Floats, panel: Panel, column: str, rule: str) -> list[FilledCell]:
    """Return the cells (u, t) that are new."""
    return [
        FilledCell(str(panel.units[u]), int(panel.times[t]), column, rule, float(grid[u, t]))
        for u, t in zip(*np.nonzero(new), strict=True)
    ]


def rule_words(rule: Rule) -> Text:
    """Return a rule in words."""
    if isinstance(rule, SplicedGrowth):
        if rule.unit is None:
            return say("growth of {column} spliced on", column=named(rule.column or ""))
        if rule.column is None:
            return say("growth of {unit} spliced on", unit=named(rule.unit))
        return say("growth of {column} of {unit} spliced on", column=named(rule.column), unit=named(rule.unit))
    return {
        "linear": say("linear interpolation"),
        "log_linear": say("log-linear interpolation"),
        "carry_forward": say("last observation carried forward"),
        "unit_mean": say("mean of the unit"),
    }[rule]


def use_by_unit(log: Iterable[FilledCell]) -> dict[str, str]:
    """Return what rules did, in words by unit: the cells of each column and rule with their first and last year."""
    groups: dict[str, dict[tuple[str, str], list[int]]] = {}
    for cell in log:
        groups.setdefault(cell.unit, {}).setdefault((cell.column, cell.rule), []).append(cell.year)
    return {
        unit: joined(
            *(
                say(
                    "{column}: {count} cells of {first}–{last}, {rule}",
                    column=named(column),
                    count=len(years),
                    first=min(years),
                    last=max(years),
                    rule=rule,
                )
                for (column, rule), years in done.items()
            )
        )
        for unit, done in groups.items()
    }


def filled_warnings(log: Sequence[FilledCell]) -> tuple[str, ...]:
    """Return the warning that policies filled cells, or nothing."""
    cells, units = len(log), len({cell.unit for cell in log})
    words = say(
        "XZ-401 policies filled {cells} missing cells of {units} units; see the table of policy use.",
        cells=cells,
        units=units,
    )
    return (words,) if log else ()


def filled_cells(log: Sequence[FilledCell]) -> list[Table]:
    """Return the table of every cell that a policy filled; none where nothing was filled."""
    fields = (
        Field("unit", label("unit")),
        Field("year", label("time"), 0),
        Field("column", say("Column")),
        Field("rule", say("Rule")),
        Field("value", say("Value filled in"), 4),
    )
    rows = tuple((named(c.unit), c.year, named(c.column), again(c.rule), c.value) for c in log)
    return [Table("filled_cells", say("Cells that a policy filled"), fields, rows)] if log else []


def _made(rule: Rule, grid: Floats, column: str, panel: Panel) -> Floats:
    """Return what a rule makes of a column, (u, t); NaN where it makes nothing."""
    if not isinstance(rule, SplicedGrowth):
        return RULES[rule](grid, panel.times)
    guide = on_grid(panel.values(rule.column or column), panel)[1]
    if rule.unit is not None:
        guide = np.broadcast_to(reference_series(guide, rule.unit, rule.column or column, panel), grid.shape)
    return spliced(grid, guide)


def reference_series(guide: Floats, unit: str, column: str, panel: Panel) -> Floats:
    """Return the row of one unit, (t,), or raise XZ-212 or XZ-215 where it is unknown or has gaps."""
    where = say("reference of {column}", column=named(column))
    panel.require_units([unit], where=where)
    series: Floats = guide[int(np.searchsorted(panel.units, unit))]
    if not np.isfinite(series).all():
        gaps = panel.times[~np.isfinite(series)].tolist()
        raise DataError(
            "XZ-215",
            say("{name!r} of {unit} is missing in {years}", name=column, unit=unit, years=listed(gaps)),
            where=where,
        )
    return series


# Arrays in, arrays out ------------------------------------------------------------------------


def ends(grid: Floats) -> tuple[Ints, Ints]:
    """Return the places of the first and of the last observation of each row, (u,); 0 where a row has none."""
    there = np.isfinite(grid)
    return there.argmax(axis=1), grid.shape[1] - 1 - there[:, ::-1].argmax(axis=1)


def interpolated(grid: Floats, times: Ints) -> Floats:
    """Return (u, t) cells interpolated over (t,) times, row by row; NaN outside the span of a row's observations."""
    out = np.full(grid.shape, np.nan)
    for u, there in enumerate(np.isfinite(grid)):
        if there.any():
            out[u] = np.interp(times, times[there], grid[u, there], left=np.nan, right=np.nan)
    return out


def log_interpolated(grid: Floats, times: Ints) -> Floats:
    """Return the same of logs; nothing for a row that has an observation without a logarithm."""
    positive = ~(grid <= 0).any(axis=1, keepdims=True)
    return np.exp(interpolated(np.log(np.where(positive & (grid > 0), grid, np.nan)), times))


def carried_forward(grid: Floats, times: Ints) -> Floats:  # noqa: ARG001
    """Return the last observation of each row up to each time, (u, t)."""
    place = np.where(np.isfinite(grid), np.arange(grid.shape[1]), 0)
    return np.asarray(np.take_along_axis(grid, np.maximum.accumulate(place, axis=1), axis=1), dtype=np.float64)


def row_means(grid: Floats, times: Ints) -> Floats:  # noqa: ARG001
    """Return the mean of each row's observations in every cell, (u, t)."""
    there = np.isfinite(grid)
    with np.errstate(invalid="ignore"):
        mean = np.where(there, grid, 0.0).sum(axis=1) / there.sum(axis=1)
    return np.broadcast_to(mean[:, None], grid.shape)


def spliced(grid: Floats, guide: Floats) -> Floats:
    """Return each row continued with the growth of (u, t) guides before its first and after its last observation."""
    first, last = ends(grid)
    place, rows = np.arange(grid.shape[1]), np.arange(len(grid))
    with np.errstate(invalid="ignore", divide="ignore"):
        back = (grid[rows, first] / guide[rows, first])[:, None] * guide
        ahead = (grid[rows, last] / guide[rows, last])[:, None] * guide
    out = np.where(place < first[:, None], back, np.where(place > last[:, None], ahead, np.nan))
    return np.where(np.isfinite(out), out, np.nan)


RULES = {
    "linear": interpolated,
    "log_linear": log_interpolated,
    "carry_forward": carried_forward,
    "unit_mean": row_means,
}
