"""Labour input from cells of workers by sex, age, education, industry, ...; its composition.

dln L = SUM_l vbar_l dln H_l           vbar_l: mean of the two years' shares of cell l in compensation
dln H = ln SUM_l H_l,t - ln SUM_l H_l,t-1
composition = dln L - dln H
by characteristic c, with cells summed over all others:  SUM_c vbar_c dln H_c - dln H      (first-order index)
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.accounts import contribution_figures, rate_lines
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, View, register
from xinzhi.method.chart_rows import span_text
from xinzhi.method.filling import filled_warnings, read_column
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import gap_warnings
from xinzhi.method.terms import BY, label
from xinzhi.method.wholes import Wholes, wholes_of
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints


@register("labour_composition")
class LabourComposition(Method):
    """Measure labour input from cells of workers: hours, and their composition at relative pay.

    Parameters
    ----------
    hours : str or Filled
        Hours worked, or persons, of each cell; a unit of the panel is a cell.
    compensation : str, Filled or None
        Labour compensation of the cell, nominal.
    wage : str, Filled or None
        Compensation per hour, in the place of ``compensation``; only ratios between cells matter.
    economy : str or None
        Label column that names the economy of each cell; None where all cells belong to one.
    cell : str or None
        Label column that names the cell; the unit itself by default.
    characteristics : tuple of str
        Label columns, such as sex, age and education, each of which gets its first-order index of composition.

    Notes
    -----
    Workers are taken to be paid their marginal product, so that an hour counts by its relative pay (Törnqvist).
    Composition by one characteristic sums hours and pay over all others; what the characteristics do together
    is the rest. A cell without hours in one of the two years has no logarithm: the economy's year has the
    status non_positive; merge cells until each has hours.

    References
    ----------
    Jorgenson, D. W., Gollop, F. M. and Fraumeni, B. M. (1987). Productivity and U.S. Economic Growth. Harvard University Press.
    O'Mahony, M. and Timmer, M. P. (2009). Economic Journal 119(538), F374-F403. doi:10.1111/j.1468-0297.2009.02280.x
    OECD (2001). Measuring Productivity. doi:10.1787/9789264194519-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import LabourComposition
    >>> frame = pd.DataFrame(
    ...     {"cell": ["low", "low", "high", "high"], "t": [0, 1] * 2, "h": [3.0, 2.0, 1.0, 2.0], "w": [1.0, 1.0, 2.0, 2.0]})
    >>> result = LabourComposition(hours="h", wage="w").fit(xz.Panel(frame, unit="cell", time="t"))
    >>> {name: round(float(values[0]), 4) for name, values in result.rows.terms.items()}
    {'labour': 0.1805, 'hours': 0.0, 'composition': 0.1805}
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = (
        "hours",
        "compensation",
        "wage",
        "economy",
        "cell",
        "characteristics",
    )
    hours: str | Filled
    compensation: str | Filled | None = None
    wage: str | Filled | None = None
    economy: str | None = None
    cell: str | None = None
    characteristics: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_pay(self) -> "LabourComposition":
        if (self.compensation is None) == (self.wage is None):
            raise ValueError(say("give compensation or wage, one of the two"))
        return self

    def compute(self, panel: Panel, run: Run) -> "LabourCompositionResult":  # noqa: ARG002
        """Return labour input, hours and composition of each economy by step."""
        wholes = wholes_of(panel, self.economy, self.cell)
        hours, pay = read_column(self.hours, panel), read_column(self.compensation or self.wage or "", panel)
        spent = pay.values if self.wage is None else pay.values * hours.values
        status, reason = wholes.step_status({hours.name: hours.values, pay.name: pay.values})
        if not (status == "ok").any():
            found = say("no year has all cells; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        worked, paid = (yearly(wholes.cube(values), panel.times) for values in (hours.values, spent))
        groups = {name: self._codes(wholes, name) for name in self.characteristics}
        found_terms, steps = labour_input(worked, paid, groups)
        terms = {name: np.where(status == "ok", values.ravel(), np.nan) for name, values in found_terms.items()}
        rows = Rows(*wholes.keys(wholes.years()), terms, status, reason)
        parts = np.column_stack([terms["hours"], terms["composition"]])
        gap = check_adding_up(terms["labour"], parts, rows, identity=say("labour = hours + composition"))
        log = (*hours.log, *pay.log)
        return LabourCompositionResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={"largest_gap": gap, "cells": wholes.belongs.sum(axis=1).tolist()},
            warnings=(*filled_warnings(log), *gap_warnings(panel, panel.steps())),
            wholes=wholes,
            steps=steps,
            log=log,
        )

    def _codes(self, wholes: Wholes, name: str) -> Ints:
        """Return the group of each part by a characteristic, (p,); a part has one label in every whole."""
        kinds, of_unit = np.unique(wholes.panel.unit_label(name).astype(str), return_inverse=True)
        codes = np.full(wholes.parts.size, -1, dtype=np.int64)
        for unit, part, code in zip(wholes.panel.units, wholes.part, of_unit, strict=True):
            if codes[part] not in (-1, code):
                raise DataError(
                    "XZ-218",
                    say(
                        "cell {cell!r} is {one!r} and {other!r} by {name!r}",
                        cell=str(wholes.parts[part]),
                        one=str(kinds[codes[part]]),
                        other=str(kinds[code]),
                        name=name,
                    ),
                    where=say("{source}, unit {unit}", source=wholes.panel.source, unit=str(unit)),
                )
            codes[part] = code
        return codes


@dataclass(frozen=True)
class LabourSteps:
    """The cells' steps, (w, t, p) each: ``share``: vbar; ``change``: dln H of the cell; NaN where it has none."""

    share: Floats
    change: Floats


@dataclass(frozen=True, kw_only=True, repr=False)
class LabourCompositionResult(Result):
    """Labour input by economy and step, log points; ``steps``: the cells behind it."""

    wholes: Wholes
    steps: LabourSteps

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Labour input: hours and composition")

    def by_cell(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return each cell's part in a period, % a year: its share, the growth of its hours, its contributions.

        Columns ``unit`` (economy), ``cell``, ``share`` (mean), ``hours`` (own growth), ``labour`` (contribution to
        labour input), ``composition`` (what it adds by growing faster or slower than all hours).
        """
        self.panel.require_window(period, where="by_cell")
        inside, span = (self.wholes.years() > period[0]) & (self.wholes.years() <= period[1]), period[1] - period[0]
        total = self.rows.terms["hours"].reshape((self.wholes.names.size, -1))[:, inside]
        share, change = self.steps.share[:, inside], self.steps.change[:, inside]
        rates = {
            "share": share.sum(axis=1) / span,
            "hours": 100.0 * change.sum(axis=1) / span,
            "labour": 100.0 * (share * change).sum(axis=1) / span,
            "composition": 100.0 * (share * (change - total[:, :, None])).sum(axis=1) / span,
        }
        w, p = np.nonzero(self.wholes.belongs)
        keys = {"unit": self.wholes.names[w], "cell": self.wholes.parts[p]}
        return keys | {name: values[w, p] for name, values in rates.items()}

    def methods_text(self) -> str:
        """Return the method in words with the number of cells."""
        counts = ", ".join(str(count) for count in sorted(set(self.diagnostics["cells"])))
        return sentences(super().methods_text(), say("Cells per economy: {counts}.", counts=counts))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return labour input by period, the cells over the first period, and the cells that a policy filled."""
        units, periods = self.chosen(view)
        found = self.by_cell(periods[0])
        kept = np.flatnonzero(np.isin(found["unit"].astype(str), units))
        cells: dict[str, Any] = {name: values[kept].tolist() for name, values in found.items()}
        cells["unit"], cells["cell"] = map(named, cells["unit"]), map(named, cells["cell"])
        fields = (
            Field("unit", label("unit")),
            Field("cell", say("Cell of labour")),
            Field("share", say("Share in compensation"), 4),
            Field("hours", label("hours")),
            Field("labour", label("labour")),
            Field("composition", label("composition")),
        )
        title = say("Cells of labour, {period}", period=span_text(periods[0]))
        of_cells = Table.of("cells", title, fields, cells, unit=say("per cent a year"))
        return [self.mean_rates(self.title, view), of_cells, *self.filled_table(view)]

    def row_unit(self, unit: str) -> str:
        """Return the economy of a cell."""
        return self.wholes.of_unit(unit)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return hours and composition as charts."""
        by = [name for name in self.rows.terms if name.startswith(BY) or name == "higher_order"]
        return contribution_figures(self, view, ["hours", *(by or ["composition"])], total="labour")

    def summary(self, view: View | None = None) -> str:
        """Return labour input, hours and composition of the chosen economies."""

        def line(words: dict[str, Any]) -> Text:
            return say(
                "{unit}: labour input grew by {labour} % a year in {start}–{end}, hours by {hours} %, "
                "composition by {composition} %.",
                **words,
            )

        return rate_lines(self, view, ("labour", "hours", "composition"), line)


# Arrays in, arrays out ------------------------------------------------------------------------


def yearly(cube: Floats, times: Ints) -> Floats:
    """Return (w, t, p) cells at (t,) times with a layer for every year from the first to the last."""
    out = np.full((cube.shape[0], int(times[-1] - times[0]) + 1, cube.shape[2]), np.nan)
    out[:, times - times[0]] = cube
    return out


def labour_input(worked: Floats, paid: Floats, groups: dict[str, Ints]) -> tuple[dict[str, Floats], LabourSteps]:
    """Return labour input, hours, composition and its first-order indices, (w, t - 1) each, and the cells' steps.

    Parameters
    ----------
    worked, paid : (w, t, p)
        Hours and compensation of the parts p of the wholes w; NaN where a part does not belong.
    groups : mapping from characteristic to (p,) codes
    """
    share, change = tornqvist(worked, paid)
    labour = np.nansum(share * change, axis=2)
    total = np.nansum(worked, axis=2)
    hours = np.diff(np.log(np.where(total > 0, total, np.nan)), axis=1)
    terms = {"labour": labour, "hours": hours, "composition": labour - hours}
    first = np.zeros_like(hours)
    for name, codes in groups.items():
        member = codes[:, None] == np.arange(codes.max() + 1)
        sums = [np.nan_to_num(values) @ member for values in (worked, paid)]
        shares, changes = tornqvist(*(np.where(cells > 0, cells, np.nan) for cells in sums))
        terms[f"{BY}{name}"] = np.nansum(shares * changes, axis=2) - hours
        first = first + terms[f"{BY}{name}"]
    if groups:
        terms["higher_order"] = terms["composition"] - first
    return terms, LabourSteps(share, change)


def tornqvist(quantity: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Return mean shares in value and log changes of quantity of each part, (w, t - 1, p)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = value / np.nansum(value, axis=2, keepdims=True)
        change = np.diff(np.log(np.where(quantity > 0, quantity, np.nan)), axis=1)
    return 0.5 * (share[:, 1:] + share[:, :-1]), change
