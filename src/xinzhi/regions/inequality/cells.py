"""Cells that measures of inequality take: values, population weights and groups by year, or why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.language import Text, named, say
from xinzhi.method import Rows
from xinzhi.method.filling import FilledCell
from xinzhi.method.status import level_status
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts
from xinzhi.regions.reading import Series, read_of

FEWEST = 2
"""Units without which there is no inequality."""
SMALL = 4
"""Units from which a group is not small."""

NonPositive = Literal["refuse", "leave_out"]


@dataclass(frozen=True)
class Cells:
    """A column with weights and groups.

    ``values``, ``weights``: (n,); ``code``: (n,) place of the group in ``groups``, -1 where it has none; ``name``: the
    column in words; ``status``, ``reason``: (n,); ``years``: (T,) years that are measured, ``rows``: T arrays of the
    rows of each; ``log``: cells that a policy filled.
    """

    values: Floats
    weights: Floats
    code: Ints
    groups: tuple[str, ...]
    name: Text
    status: Texts
    reason: Texts
    years: Ints
    rows: tuple[Ints, ...]
    log: tuple[FilledCell, ...] = ()

    def by_year(self) -> tuple[list[Floats], list[Floats], list[Ints]]:
        """Return values, weights and places of groups of each year that is measured."""
        return (
            [self.values[rows] for rows in self.rows],
            [self.weights[rows] for rows in self.rows],
            [self.code[rows] for rows in self.rows],
        )

    def table(self, panel: Panel, terms: dict[str, list[Floats]]) -> Rows:
        """Return terms given by year as rows of a result, NaN in rows that are not measured."""
        out = {name: np.full(self.values.size, np.nan) for name in terms}
        for name, by_year in terms.items():
            for rows, cells in zip(self.rows, by_year, strict=True):
                out[name][rows] = cells
        return Rows(panel.unit_names, panel.when.copy(), out, self.status, self.reason)

    def small_groups(self) -> tuple[str, ...]:
        """Return the groups that have fewer than four units in a year."""
        fewest = [np.bincount(self.code[rows], minlength=len(self.groups)) for rows in self.rows]
        small = np.flatnonzero(((np.array(fewest) > 0) & (np.array(fewest) < SMALL)).any(axis=0))
        return tuple(self.groups[k] for k in small)

    def group_warnings(self) -> tuple[str, ...]:
        """Return the warning that groups are small, or nothing."""
        small = [named(name) for name in self.small_groups()]
        words = say("XZ-472 groups of fewer than {most} units: {names}.", most=SMALL, names=listed(small))
        return (words,) if small else ()


@dataclass(frozen=True)
class Needs:
    """What a measure needs: ``positive``: values above zero, or from zero on; ``policy``: what happens to others."""

    positive: bool
    policy: NonPositive
    by: Text


def read_cells(
    of: Series, panel: Panel, run: Run, needs: Needs | None, *, weight: str | None = None, group: str | None = None
) -> Cells:
    """Return the cells of a column; ``needs``: None for values of any sign.

    Raises
    ------
    DataError
        Values that the measure cannot take (XZ-280); no year with two units, or two groups (XZ-281).
    """
    values, name, log = read_of(of, panel, run)
    status, reason = (np.full(len(panel), word, dtype=object) for word in ("ok", ""))
    mark(status, reason, np.isnan(values), "missing_data", say("{columns} missing", columns=name))
    weights = np.ones(len(panel))
    if weight is not None:
        weights = panel.values(weight)
        take(status, reason, *level_status({weight: weights}))
    code, groups = group_codes(panel, group)
    if group is not None:
        mark(status, reason, code < 0, "missing_data", say("{columns} missing", columns=named(group)))
    if needs is not None:
        _signs(values, name, needs, panel, (status, reason))
    years, rows = measured(panel, (status, reason), code, groups_needed=1 if group is None else FEWEST)
    return Cells(values, weights, code, groups, name, status, reason, years, rows, log)


def group_codes(panel: Panel, group: str | None) -> tuple[Ints, tuple[str, ...]]:
    """Return the place of each row's group, (n,), -1 where it has none, and the groups; one group without a column."""
    if group is None:
        return np.zeros(len(panel), dtype=np.int64), ("all",)
    cells = panel.label(group).tolist()
    groups = tuple(sorted({cell for cell in cells if cell}))
    place = {name: k for k, name in enumerate(groups)}
    return np.array([place.get(cell, -1) for cell in cells], dtype=np.int64), groups


def mark(status: Texts, reason: Texts, odd: Bools, word: str, why: Text) -> None:
    """Give rows that are ok so far a status."""
    new = odd & (status == "ok")
    status[new], reason[new] = word, why


def take(status: Texts, reason: Texts, other: Texts, why: Texts) -> None:
    """Take over the faults of another column."""
    new = (status == "ok") & (other != "ok")
    status[new], reason[new] = other[new], why[new]


def _signs(values: Floats, name: Text, needs: Needs, panel: Panel, found: tuple[Texts, Texts]) -> None:
    """Refuse values that the measure cannot take, or leave them out with their status."""
    with np.errstate(invalid="ignore"):
        odd = (values <= 0 if needs.positive else values < 0) & (found[0] == "ok")
    if not odd.any():
        return
    if needs.policy == "refuse":
        cells = [
            say("{value:g} ({unit} {year})", value=values[i], unit=panel.units[panel.code[i]], year=panel.when[i])
            for i in np.flatnonzero(odd)
        ]
        raise DataError(
            "XZ-280",
            say("{name}: {cells}", name=name, cells=listed(cells, 5)),
            where=panel.source,
            expected=say("positive values: {measures}", measures=needs.by)
            if needs.positive
            else say("values from zero on"),
        )
    words = say("{columns} not positive", columns=name) if needs.positive else say("{columns} negative", columns=name)
    mark(*found, odd, "non_positive", words)


def measured(
    panel: Panel, found: tuple[Texts, Texts], code: Ints, *, groups_needed: int = 1
) -> tuple[Ints, tuple[Ints, ...]]:
    """Return the years that have two units, and so many groups, with their rows; the others are not identified."""
    years: list[int] = []
    taken: list[Ints] = []
    for year in panel.times.tolist():
        rows = np.flatnonzero((panel.when == year) & (found[0] == "ok"))
        if rows.size >= FEWEST and np.unique(code[rows]).size >= groups_needed:
            years.append(year)
            taken.append(rows)
        else:
            found[0][rows] = "not_identified"
            found[1][rows] = say("one unit") if rows.size < FEWEST else say("one group")
    if not years:
        why = say("no year has two units") if groups_needed == 1 else say("no year has two groups")
        raise DataError("XZ-281", why, where=panel.source)
    return np.array(years), tuple(taken)


def require_positive_mean(values: Sequence[Floats], panel: Panel, name: Text) -> None:
    """Raise XZ-280 where all values of a year are zero."""
    if any(y.max() <= 0 for y in values):
        raise DataError("XZ-280", say("{name}: all values of a year are zero", name=name), where=panel.source)
