"""What comparisons with a base unit share: which rows can be compared, and how their results are shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from xinzhi.errors import DataError
from xinzhi.language import Text, named, say
from xinzhi.method import Factor, Field, Method, Result, Rows, Table, View
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import level_status
from xinzhi.method.table import cell
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

R = TypeVar("R", bound="ComparedResult")


@dataclass(frozen=True)
class Compared:
    """Rows of a panel and their base: ``good``: (n,) rows that can be compared; ``base``: (n,) the base's row of the
    same year; ``status``, ``reason``: (n,) of each row.
    """  # noqa: D205

    good: Bools
    base: Ints
    status: Texts
    reason: Texts


@dataclass(frozen=True, kw_only=True, repr=False)
class ComparedResult(Result):
    """Natural logarithms relative to the base unit, by unit and year; the first term is the sum of the others."""

    flow: bool = False

    @property
    def base(self) -> Text:
        """Return what the base unit is called."""
        return named(self.settings["base"])

    def ratios(self, unit: str, year: int) -> Mapping[str, float] | str:
        """Return the terms of a unit and year as ratios to the base, or why there are none."""
        rows = np.flatnonzero((self.rows.unit == unit) & (self.rows.time == year))
        if not rows.size:
            return say("no row")
        if self.rows.status[rows[0]] != "ok":
            return str(self.rows.reason[rows[0]])
        return {name: float(np.exp(values[rows[0]])) for name, values in self.rows.terms.items()}

    def not_compared(self, unit: str, year: int, reason: str) -> Text:
        """Return the sentence that a unit is not compared."""
        return say("{unit}, {year}: {reason}.", unit=named(unit), year=year, reason=reason)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return ratios to the base, a row for every unit in the years of the view, and what policies filled."""
        units, periods = self.chosen(view)
        years = {end for _, end in periods} | ({start for start, _ in periods} if view and view.periods else set())
        rows, reasons, names = list[tuple[Any, ...]](), list[Text](), list(self.rows.terms)
        for unit in units:
            for year in sorted(years):
                found = self.ratios(unit, year)
                known = {} if isinstance(found, str) else found
                rows.append((named(unit), year, *(cell(known.get(name)) for name in names)))
                reasons += [self.not_compared(unit, year, found)] if isinstance(found, str) else []
        fields = (
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            *(Field(n, label(n), 3) for n in names),
        )
        first = label(names[0])
        notes = (say("{whole} is the product of the columns beside it.", whole=first), *reasons)
        unit = say("{base} = 1", base=self.base)
        return [self.timed(Table("levels", self.title, fields, tuple(rows), unit, notes)), *self.filled_table(view)]


def compare(panel: Panel, base: str, needed: Mapping[str, Floats]) -> Compared:
    """Return which rows have all positive cells that they need, in years in which the base has them too.

    Raises
    ------
    DataError
        No row can be compared (XZ-206).
    """
    status, reason = level_status(needed)
    at = panel.locate([base], panel.times)[0][np.searchsorted(panel.times, panel.when)]
    lost = (status == "ok") & ((at < 0) | (status[at] != "ok"))
    status[lost], reason[lost] = "missing_data", say("base unit {unit} not complete", unit=named(base))
    if not (status == "ok").any():
        raise DataError("XZ-206", say("no row can be compared; first: {reason}", reason=reason[0]), where=panel.source)
    return Compared(status == "ok", at, status, reason)


def compared(
    kind: type[R], method: Method, panel: Panel, found: Compared, terms: Mapping[str, Floats], factors: Iterable[Factor]
) -> R:
    """Return the result of (n,) log terms rebased to the base unit; the first term is the sum of the others."""
    relative = {name: values - values[found.base] for name, values in terms.items()}
    rows = Rows(panel.unit_names, panel.when, relative, found.status, found.reason)
    whole, *parts = relative.values()
    years, number = np.unique(panel.when[found.good], return_counts=True)
    log = tuple(filled for factor in factors for filled in factor.log)
    return kind(
        method=method,
        panel=panel,
        rows=rows,
        warnings=filled_warnings(log),
        diagnostics={
            "largest_gap": check_adding_up(whole, np.column_stack(parts), rows, identity=label(type(method).__name__)),
            "compared": dict(zip(years.tolist(), number.tolist(), strict=True)),
        },
        log=log,
    )
