"""Range over choices: the same number under every other defensible setting.

A range over choices is not a confidence interval: it says how much an answer owes to the analyst.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny, model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, EstimationError, UsageError, listed, nearest
from xinzhi.language import Text, enumerated, joined, say
from xinzhi.ledger.choice_pages import choice_figures, choice_summary, choice_tables
from xinzhi.method import Method, Result, Rows, Table, Value, View, register
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats


class Option(Value):
    """One way to make a choice: settings by dotted path, such as ``{"capital.growth": "rnna"}``.

    Parameters
    ----------
    label : str
    set : mapping from path to value
        Settings that replace those of the base method.
    unset : tuple of str
        Paths that are set to nothing (None), in the order given.
    """

    label: str
    set: dict[str, Any] = Setting(default_factory=dict)
    unset: tuple[str, ...] = ()


class Choice(Value):
    """A choice with its options; an option that sets nothing is the setting in force.

    Parameters
    ----------
    name : str
    options : tuple of Option
        At least one, each with a label of its own.
    """

    name: str
    options: tuple[Option, ...] = Setting(min_length=1)

    @model_validator(mode="after")
    def _labels_differ(self) -> "Choice":
        labels = [option.label for option in self.options]
        if len(set(labels)) < len(labels):
            raise ValueError(say("options of {name!r} share a label: {labels}", name=self.name, labels=labels))
        return self


@register("choice_range")
class ChoiceRange(Method):
    """Fit a method under every combination of choices, or under one changed choice at a time.

    Parameters
    ----------
    of : Method
        The base; its settings give the point value.
    columns : tuple of str
        Terms whose mean rates are compared.
    choices : tuple of Choice
        What may be chosen, and how.
    design : "factorial" or "one_at_a_time"
        ``factorial``: every combination of options. ``one_at_a_time``: the base, then each option alone.
    period : (first, last)
        Years of the mean rate.
    units : tuple of str or None
        Units shown; all by default.

    Notes
    -----
    Minimum, median and maximum are taken over the cells that could be computed; the others are counted and
    listed with their reason. The range is over choices, not over samples: it is not a confidence interval.

    References
    ----------
    Leamer, E. E. (1985). Sensitivity Analyses Would Help. American Economic Review 75(3), 308-313.

    Examples
    --------
    >>> import xinzhi as xz
    >>> accounts = xz.GrowthAccounts(output="rgdpna", capital="rkna", labour="emp", labour_share="labsh")
    >>> share = xz.Choice(name="labour share", options=[
    ...     xz.Option(label="observed"), xz.Option(label="0.6", set={"labour_share": 0.6})])
    >>> method = xz.ChoiceRange(of=accounts, columns=["tfp"], choices=[share], period=(1978, 2019), units=["CHN"])
    >>> method.fit(xz.catalog.load("pwt1001")).columns()["tfp_count"].tolist()
    [2.0]
    """

    of: SerializeAsAny[Method]
    columns: tuple[str, ...] = Setting(min_length=1)
    choices: tuple[Choice, ...] = Setting(min_length=1)
    period: tuple[int, int]
    design: Literal["factorial", "one_at_a_time"] = "factorial"
    units: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> "ChoiceRange":
        names = [choice.name for choice in self.choices] + ["unit", "status", "reason", *self.columns]
        if len(set(names)) < len(names):
            raise ValueError(
                say("choices and columns need names of their own, none of unit, status, reason: {names}", names=names)
            )
        return self

    def cells(self) -> list[tuple[tuple[str, ...], Method]]:
        """Return the labels of the options and the method of each cell; the base first under one_at_a_time."""
        if self.design == "factorial":
            combinations = list(product(*(choice.options for choice in self.choices)))
            return [(tuple(o.label for o in options), changed(self.of, options)) for options in combinations]
        base = tuple("base" for _ in self.choices)
        cells = [(base, self.of)]
        for place, choice in enumerate(self.choices):
            for option in choice.options:
                labels = (*base[:place], option.label, *base[place + 1 :])
                cells.append((labels, changed(self.of, (option,))))
        return cells

    def compute(self, panel: Panel, run: Run) -> "ChoiceRangeResult":
        """Return count, minimum, median, maximum and point by unit and column."""
        panel.require_window(self.period, where="ChoiceRange.period")
        panel.require_units(self.units or (), where="ChoiceRange.units")
        asked = Asked(self.columns, self.period, self.units, where=f"{type(self).__name__}.columns")
        base = asked.rates(self.of, panel, run)
        apart = Run(run.seed, run.executor)  # cells are not held: eighty results of a world panel fill the memory
        alone = [
            (choice.name, option.label, method)
            for choice in self.choices
            for option in choice.options
            if (method := changed(self.of, (option,))).key() != self.of.key()
        ]
        cells, found = self.cells(), list[Rates]()
        for method in (*(method for _, method in cells), *(method for _, _, method in alone)):
            apart.held.clear()
            found.append(asked.rates_or_reason(method, panel, apart))
            run.report(say("range over choices"), len(found), len(cells) + len(alone))
        units = list(self.units or base.rates)
        none = np.full(len(self.columns), np.nan)
        grid = np.array([[cell.rates.get(unit, none) for unit in units] for cell in found])
        point = np.array([base.rates.get(unit, none) for unit in units])
        reasons = [base.reasons.get(unit, "") or say("no step of this unit") for unit in units]
        return ChoiceRangeResult(
            method=self,
            panel=panel,
            flow=False,
            rows=range_rows(grid[: len(cells)], point, reasons, units=units, columns=self.columns, time=self.period[1]),
            labels=tuple(labels for labels, _ in cells),
            grid=grid[: len(cells)],
            alone=tuple((choice, option) for choice, option, _ in alone),
            alone_rates=grid[len(cells) :],
            units=tuple(units),
            reasons=tuple(cell.reasons for cell in found[: len(cells)]),
            warnings=tuple(dict.fromkeys(warning for cell in found for warning in cell.warnings)),
            diagnostics={"cells": len(cells), "computed": int(np.isfinite(grid[: len(cells)]).all(axis=(1, 2)).sum())},
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class ChoiceRangeResult(Result):
    """Ranges by unit and column, % a year.

    ``grid``: (cells, units, columns) mean rates; ``labels``: the options of each cell; ``reasons``: by cell,
    units that could not be computed and why; ``alone``: (choice, option) pairs that differ from the base;
    ``alone_rates``: (pairs, units, columns) mean rates with that option alone changed.
    """

    grid: Floats
    labels: tuple[tuple[str, ...], ...]
    alone: tuple[tuple[str, str], ...]
    alone_rates: Floats
    units: tuple[str, ...]
    reasons: tuple[Mapping[str, str], ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.settings["period"]
        return say("{columns}: range over choices, {start}–{end}", columns=self.compared, start=start, end=end)

    @property
    def compared(self) -> Text:
        """Return the terms that are compared, in words."""
        *names, last = (label(name) for name in self.settings["columns"])
        return say("{names} and {last}", names=enumerated(names), last=last) if names else last

    def cells(self) -> dict[str, Any]:
        """Return every cell: the option of each choice, unit, one column per term (% a year), status, reason."""
        names = [choice["name"] for choice in self.settings["choices"]]
        columns = self.settings["columns"]
        out: dict[str, list[Any]] = {key: [] for key in (*names, "unit", *columns, "status", "reason")}
        for labels, rates, why in zip(self.labels, self.grid, self.reasons, strict=True):
            for unit, numbers in zip(self.units, rates, strict=True):
                good = bool(np.isfinite(numbers).all())
                row = (
                    *labels,
                    unit,
                    *numbers.tolist(),
                    "ok" if good else "missing_data",
                    "" if good else why.get(unit, ""),
                )
                for key, cell in zip(out, row, strict=True):
                    out[key].append(cell)
        return out

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the ranges, and the effect of each choice."""
        return choice_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the range chart and the tornado."""
        return choice_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return the ranges in words."""
        return choice_summary(self, view)


def changed(base: Method, options: tuple[Option, ...]) -> Method:
    """Return the base method with the settings of the options; every step is validated, in the order given."""
    method: Value = base
    for option in options:
        for path, value in [*option.set.items(), *((path, None) for path in option.unset)]:
            method = _replaced(method, path.split("."), value)
    assert isinstance(method, Method)
    return method


def _replaced(value: Value, path: list[str], new: Any) -> Value:
    """Return the settings with the one at ``path`` replaced."""
    place, *rest = path
    settings = {name: getattr(value, name) for name in type(value).model_fields}
    inner = settings.get(place)
    if place not in settings or (rest and not isinstance(inner, Value)):
        known = list(settings)
        raise UsageError(
            "XZ-102",
            joined(say("path {path!r}", path=".".join(path)), nearest(place, known)),
            where=type(value).__name__,
            expected=listed(known, 40),
        )
    content = _replaced(inner, rest, new) if rest and isinstance(inner, Value) else new
    return type(value)(**{**settings, place: content})


@dataclass(frozen=True)
class Rates:
    """Mean rates by unit, (columns,) each; reasons by unit where they are missing; warnings of the fit."""

    rates: dict[str, Floats]
    reasons: dict[str, str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Which mean rates are compared: terms, first and last year, units (None: all), and who asks, for errors."""

    columns: tuple[str, ...]
    period: tuple[int, int]
    units: tuple[str, ...] | None
    where: str

    def rates_or_reason(self, method: Method, panel: Panel, run: Run) -> Rates:
        """Return the rates of a fit; one that cannot be computed is kept with its reason for every unit."""
        try:
            return self.rates(method, panel, run)
        except (DataError, EstimationError) as error:
            reason = say("{code} {title}: {found}", code=error.code, title=error.title, found=error.found)
            return Rates({}, dict.fromkeys(self.units or panel.units.tolist(), reason))

    def rates(self, method: Method, panel: Panel, run: Run) -> Rates:
        """Return the mean rates of each unit, and the reasons where one is missing."""
        result = method.fit_in(panel, run)
        columns = result.period_columns([self.period])
        known = list(result.rows.terms)
        for name in self.columns:
            if name not in known:
                hint = result.absent.get(name) or nearest(name, known)
                found = say("column {name!r}: {hint}", name=name, hint=hint)
                raise UsageError("XZ-102", found, where=self.where, expected=listed(known, 40))
        rates, reasons, wanted = dict[str, Floats](), dict[str, str](), set(self.units or columns["unit"])
        for row, unit in enumerate(columns["unit"]):
            if unit in wanted:
                rates[unit] = np.array([columns[name][row] for name in self.columns])
                reasons |= {unit: columns["reason"][row]} if columns["reason"][row] else {}
        return Rates(rates, reasons, result.warnings)


def range_rows(
    grid: Floats, point: Floats, reasons: list[str], *, units: list[str], columns: tuple[str, ...], time: int
) -> Rows:
    """Return one row per unit: point, count, minimum, median, maximum of each column over the computed cells.

    ``grid``: (cells, units, columns); ``point``: (units, columns); ``reasons``: (units,) why a point is missing.
    """
    terms: dict[str, Floats] = {}
    for c, name in enumerate(columns):
        cells, some = grid[:, :, c], np.isfinite(grid[:, :, c]).any(axis=0)
        summary = np.full((3, len(units)), np.nan)
        summary[:, some] = np.nanquantile(cells[:, some], [0.0, 0.5, 1.0], axis=0)
        terms |= {f"{name}_point": point[:, c], f"{name}_count": np.isfinite(cells).sum(axis=0).astype(np.float64)}
        terms |= {
            f"{name}_{word}": values for word, values in zip(("minimum", "median", "maximum"), summary, strict=True)
        }
    good = np.isfinite(point).all(axis=1)
    status = np.where(good, "ok", "missing_data").astype(object)
    reason = np.where(good, "", np.array(reasons, dtype=object)).astype(object)
    return Rows(np.array(units, dtype=object), np.full(len(units), time), terms, status, reason)
