"""What results of inequality share: statistics by year, with intervals, beside the parts of units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.compute import Run
from xinzhi.language import Text, say, sentences
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.inequality.cells import Cells
from xinzhi.regions.inequality.intervals import FEWEST, Resampled, Statistic, bounds

MOST_BARS = 16
"""Years of a figure of parts; the table has all."""
ROUNDING = 1e-12
"""An index below it is rounding of a constant, whose parts have no share in it."""


def shares_of(parts: Floats, whole: Floats) -> Floats:
    """Return parts, (T,) or (T, g), in per cent of a (T,) index; NaN where that is zero up to rounding."""
    some = np.where(whole > ROUNDING, whole, np.nan)
    return np.asarray(100.0 * parts / (some if parts.ndim == 1 else some[:, None]))


def places_for(values: Floats) -> int:
    """Return the decimals that show four digits of the smallest of some values, zeros and NaN apart."""
    sizes = values[np.isfinite(values) & (values > 0)]
    return int(np.clip(3 - np.floor(np.log10(sizes.min())), 0, 15)) if sizes.size else 0


@dataclass(frozen=True)
class Bounds:
    """Intervals of k statistics in T years: ``low``, ``high``, (T, k)."""

    low: Floats
    high: Floats


def bounds_by_year(
    statistics: Sequence[Statistic], cells: Cells, resampled: Resampled | None, run: Run
) -> Bounds | None:
    """Return the intervals of the statistics of each year, None where none are asked for."""
    if resampled is None:
        return None
    found = [
        bounds(statistic, cells.weights[rows], cells.code[rows], resampled=resampled, run=run, key=place)
        for place, (statistic, rows) in enumerate(zip(statistics, cells.rows, strict=True))
    ]
    return Bounds(np.array([low for low, _ in found]), np.array([high for _, high in found]))


@dataclass(frozen=True, kw_only=True, repr=False)
class YearlyResult(Result):
    """Statistics of each year, with parts of units as rows.

    ``of``: the column in words; ``years``, ``units``: (T,) years and how many units they have; ``statistics``: k
    columns of (T,) numbers; ``called``: their names for readers; ``bounds``: their intervals, or None.
    """

    of: Text
    years: Ints
    units: Ints
    statistics: Mapping[str, Floats]
    called: Mapping[str, Text]
    bounds: Bounds | None

    def by_year(self) -> dict[str, list[Any]]:
        """Return year, units and statistics as columns; with intervals also ``<statistic>_low`` and ``_high``."""
        columns = {"time": self.years, "units": self.units, **self.statistics}
        if self.bounds is not None:
            for k, name in enumerate(self.statistics):
                columns |= {f"{name}_low": self.bounds.low[:, k], f"{name}_high": self.bounds.high[:, k]}
        return {name: column.tolist() for name, column in columns.items()}

    def methods_text(self) -> str:
        """Return the method in words with the weights and the intervals."""
        weight, given = self.settings.get("weight"), self.settings.get("intervals")
        words = [
            say("Units count alike.") if weight is None else say("Units are weighted by {name}.", name=label(weight))
        ]
        if given is not None:
            words.append(self._intervals_text(given))
        return sentences(super().methods_text(), *words)

    def _intervals_text(self, given: Mapping[str, Any]) -> Text:
        level = f"{100 * given['level']:g}"
        if given["by"] == "jackknife" and "group" in self.settings:
            return say(
                "Intervals ({level} per cent): stratified jackknife, which leaves out each unit of a group in turn and "
                "weights the others of the group up to its size, less its bias.",
                level=level,
            )
        if given["by"] == "jackknife":
            return say(
                "Intervals ({level} per cent): jackknife over the units of a year, without its bias.", level=level
            )
        return say(
            "Intervals ({level} per cent): percentiles over {draws} draws of the units of a year, less twice their "
            "bias.",
            level=level,
            draws=given["draws"],
        )

    def places(self, view: View | None) -> list[int]:
        """Return the places of the years that lie in a period of the view."""
        _, periods = self.chosen(view)
        return [k for k, year in enumerate(self.years.tolist()) if any(a <= year <= b for a, b in periods)]

    def year_table(
        self,
        name: str,
        title: str,
        fields: Sequence[Field],
        cells: Mapping[str, Any],
        view: View | None,
        **more: Any,
    ) -> Table:
        """Return a table with a row for each year of the view; ``cells``: (T,) columns."""
        kept = self.places(view)
        columns = {key: np.asarray(column)[kept].tolist() for key, column in cells.items()}
        columns["time"] = self.years[kept].tolist()
        return self.timed(Table.of(name, title, [Field("time", label("time"), 0), *fields], columns, **more))

    def interval_tables(self, view: View | None) -> list[Table]:
        """Return the table of statistics with their intervals, nothing where there are none."""
        if self.bounds is None:
            return []
        kept = self.places(view)
        rows = [
            (int(self.years[t]), self.called[name], column[t], self.bounds.low[t, k], self.bounds.high[t, k])
            for k, (name, column) in enumerate(self.statistics.items())
            for t in kept
        ]
        keys = ("time", "statistic", "estimate", "low", "high")
        columns = {key: [row[k] for row in rows] for k, key in enumerate(keys)}
        level = say("{level:g} per cent", level=100 * self.settings["intervals"]["level"])
        fields = [
            Field("time", label("time"), 0),
            Field("statistic", say("Statistic")),
            Field("estimate", say("Estimate"), 4),
            Field("low", say("Lower bound"), 4, level),
            Field("high", say("Upper bound"), 4, level),
        ]
        given = self.settings["intervals"]
        notes = [self._intervals_text(given)]
        if any(low != low and value == value for *_, value, low, _ in rows):
            none = say(
                "No interval: fewer than {fewest} units in the year or in one of its groups, or a draw in which the "
                "statistic has no value.",
                fewest=FEWEST[given["by"]],
            )
            notes.append(none)
        return [self.timed(Table.of("intervals", self.intervals_title, fields, columns, notes=notes))]

    @property
    def intervals_title(self) -> Text:
        """Return the heading of the table of intervals."""
        return say("Intervals of inequality of {name}", name=self.of)

    def paths(self, name: str, title: str, shown_ones: Sequence[str], view: View | None) -> list[Any]:
        """Return the lines of statistics over the years of the view; nothing where there is one year."""
        from xinzhi.method.charts import Labels, lines

        kept = self.places(view)
        if len(kept) < 2:
            return []
        labels = Labels(name=name, title=title, description=self.summary(view), unit=say("index"))
        series = [self.called[one] for one in shown_ones for _ in kept]
        value = [float(self.statistics[one][t]) for one in shown_ones for t in kept]
        time = self.years[kept].tolist() * len(shown_ones)
        return [lines(labels, series=series, time=time, value=value, decimals=4)]

    def stacks(self, name: str, title: str, parts: Mapping[str, Floats], total: Floats, view: View | None) -> list[Any]:
        """Return bars of the parts of a statistic by year, with a dot for the whole; of many years some, evenly."""
        from xinzhi.method.charts import Labels, stacked_periods
        from xinzhi.regions.figures import evenly

        years = self.places(view)
        kept = [years[k] for k in evenly(len(years), MOST_BARS)]
        some = say("Bars: {count} of {all} years, evenly spread.", count=len(kept), all=len(years))
        told = sentences(self.summary(view), some if len(kept) < len(years) else "")
        labels = Labels(name=name, title=title, description=told, unit=say("index"))
        period = [str(year) if self.panel.time else say("all") for year in self.years[kept].tolist()]
        cells = {key: column[kept].tolist() for key, column in parts.items()}
        unit = [self.of] * len(kept)
        return [stacked_periods(labels, unit=unit, period=period, terms=cells, total=total[kept].tolist())]

    def told(self, name: str, t: int) -> Text | str:
        """Return a statistic of a year with its interval, where there is one."""
        value, k = shown(float(self.statistics[name][t]), 4), list(self.statistics).index(name)
        if self.bounds is None or np.isnan(self.bounds.low[t, k]):
            return value
        low, high = (shown(float(end[t, k]), 4) for end in (self.bounds.low, self.bounds.high))
        return say("{value} ({low} to {high})", value=value, low=low, high=high)

    def dated(self, words: Text, t: int) -> Text:
        """Return words about a year, which stands before them where the panel has years."""
        return say("{year}: {words}", year=int(self.years[t]), words=words) if self.panel.time else words

    def movement(self, name: str, view: View | None) -> Text:
        """Return how a statistic went from the first to the last year of the view."""
        kept = self.places(view)
        words = {"name": self.called[name], "after": self.told(name, kept[-1]) if kept else ""}
        if not kept:
            return say("No year of the view is measured.")
        if len(kept) == 1:
            return say("{name}: {after}.", **words)
        return say(
            "{name}: {before} in {first}, {after} in {last}.",
            before=self.told(name, kept[0]),
            first=int(self.years[kept[0]]),
            last=int(self.years[kept[-1]]),
            **words,
        )
