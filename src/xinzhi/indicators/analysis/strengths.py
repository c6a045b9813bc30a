"""Strengths and weaknesses: on which indicators a unit stands best and worst among its peers.

rank_ij = 1 + #{peers with a better z_j}        d_ij = (z_ij - mean_peers z_j) / sd_peers z_j
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.compute import Run
from xinzhi.indicators.analysis.reading import shown_years
from xinzhi.indicators.pages.index import passed_on
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.indicators.uncertainty.ranking import ranks
from xinzhi.language import enumerated, named, say
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

ROUNDING = 1e-12
"""Spread of normalised values, relative to their size, below which peers are all the same."""


@register("strengths")
class Strengths(Method):
    """Find the indicators on which each unit stands best and worst among its peers.

    Parameters
    ----------
    system : IndexSystem
    peers : str or None
        Label column: the peers of a unit are those with the same label; all units by default. Always of the same year.
    most : int
        How many strengths and weaknesses of a unit are shown.

    Notes
    -----
    Indicators are compared as they were normalised, so that more is better. Indicators are ordered by rank, then by
    distance from the mean of the peers in standard deviations (of the population, the unit included). The first in a
    rank is the best; equal values share the better rank. An indicator on which all peers are the same is no strength
    and no weakness. A strength is relative to the peers: the strongest indicator of a weak unit may still be below
    their mean, which its sign shows.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, step 8. OECD. doi:10.1787/9789264043466-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 4.0, 10.0), ("B", 2.0, 30.0), ("C", 3.0, 20.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "skills"]), unit="unit")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name=name, parent="index") for name in ("patents", "skills")],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> result = Strengths(system=system).fit(panel)
    >>> result.strongest("A", 0), result.weakest("A", 0)
    (['patents', 'skills'], ['skills', 'patents'])
    """

    column_fields: ClassVar[tuple[str, ...]] = ("peers",)
    system: SerializeAsAny[IndexSystem]
    peers: str | None = None
    most: int = Setting(default=5, ge=1)

    def compute(self, panel: Panel, run: Run) -> "StrengthsResult":
        """Return ranks and distances of all indicators, and the best and worst of each row."""
        index = self.system.fit_in(panel, run)
        assert isinstance(index, IndexResult)
        stage = index.last
        who = np.zeros(len(panel), dtype=np.int64)
        if self.peers is not None:
            who = np.unique(panel.label(self.peers).astype(str), return_inverse=True)[1].ravel()
        groups = np.unique(who * panel.times.size + stage.time, return_inverse=True)[1].ravel()
        values = np.where((stage.base > 0)[:, None], stage.values, np.nan)
        standing = standings(values, groups)
        status, reason = index.rows.status.copy(), index.rows.reason.copy()
        alone = (status == "ok") & np.isnan(standing.distance).all(axis=1)
        status[alone], reason[alone] = "not_identified", say("no peers to compare with")
        there = np.where((status == "ok")[:, None], standing.distance, np.nan)
        with np.errstate(invalid="ignore"):
            terms = {
                "strongest": np.where(np.isnan(there), -np.inf, there).max(axis=1),
                "weakest": np.where(np.isnan(there), np.inf, there).min(axis=1),
            }
        terms = {name: np.where(status == "ok", cells, np.nan) for name, cells in terms.items()}
        return StrengthsResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), terms, status, reason),
            flow=False,
            warnings=passed_on(index),
            diagnostics={"indicators": len(stage.tree.indicators)},
            log=index.log,
            index=index,
            standing=standing,
            most=self.most,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class StrengthsResult(Result):
    """The strongest and the weakest distance of each row, in standard deviations of its peers.

    ``index``: the scores; ``standing``: ranks and distances of all indicators; ``most``: how many are shown.
    """

    index: IndexResult
    standing: "Standing"
    most: int

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Strengths and weaknesses: {index}", index=self.index.name(self.index.last.tree.groups[-1]))

    def strongest(self, unit: str, year: int) -> list[str]:
        """Return the names of the strongest indicators of a unit in a year, at most ``most``, the best first."""
        row = self._row(unit, year)
        return [] if row is None else self._names(best_first(self.standing, row)[: self.most])

    def weakest(self, unit: str, year: int) -> list[str]:
        """Return the names of the weakest indicators of a unit in a year, at most ``most``, the worst first."""
        row = self._row(unit, year)
        return [] if row is None else self._names(best_first(self.standing, row)[::-1][: self.most])

    def _names(self, places: Ints) -> list[str]:
        return [self.index.last.tree.indicators[place] for place in places]

    def _row(self, unit: str, year: int) -> int | None:
        found = np.flatnonzero((self.rows.unit == unit) & (self.rows.time == year) & (self.rows.status == "ok"))
        return int(found[0]) if found.size else None

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the strongest and the weakest indicators of the chosen units in the last year."""
        return [
            self._table("strengths", say("{title}: strengths", title=self.title), view, worst=False),
            self._table("weaknesses", say("{title}: weaknesses", title=self.title), view, worst=True),
        ]

    def _table(self, name: str, title: str, view: View | None, *, worst: bool) -> Table:
        units, _ = self.chosen(view)
        year = shown_years(self, view)[-1]
        keys = ("unit", "time", "place", "indicator", "raw", "normalised", "rank", "peers", "distance")
        cells: dict[str, list[Any]] = {key: [] for key in keys}
        stage, standing, lost = self.index.last, self.standing, []
        for unit in units:
            row = self._row(unit, year)
            order = np.empty(0, dtype=np.int64) if row is None else best_first(standing, row)
            if not order.size:
                lost.append(named(unit))
            for place, j in enumerate((order[::-1] if worst else order)[: self.most], start=1):
                part = self.index.name(stage.tree.indicators[j])
                there = (stage.raw[row, j], stage.values[row, j], int(standing.rank[row, j]))
                more = (int(standing.count[row, j]), standing.distance[row, j])
                for key, cell in zip(keys, (named(unit), year, place, part, *there, *more), strict=True):
                    cells[key].append(cell)
        if lost:  # no unit is left out of a table
            for unit in lost:
                for key, cell in zip(keys, (unit, year, *[None] * 7), strict=True):
                    cells[key].append(cell)
        fields = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            Field("place", say("Place"), 0),
            Field("indicator", say("Indicator")),
            Field("raw", say("Value"), 3),
            Field("normalised", say("Normalised"), 3),
            Field("rank", say("Rank"), 0),
            Field("peers", say("Peers"), 0),
            Field("distance", say("Distance from the mean, sd")),
        ]
        notes = [say("Rank 1 is the best of the peers of the year, the unit included.")]
        notes += [say("Not computed: {units}.", units=enumerated(lost))] if lost else []
        return self.timed(Table.of(name, title, fields, cells, notes=notes))

    def summary(self, view: View | None = None) -> str:
        """Return the strongest and the weakest indicators of the chosen units in the last year."""
        units, _ = self.chosen(view)
        year, told = shown_years(self, view)[-1], []
        for unit in units[:12]:
            best, worst = (
                enumerated([self.index.name(name) for name in names[:3]])
                for names in (self.strongest(unit, year), self.weakest(unit, year))
            )
            words = {"unit": named(unit), "best": best, "worst": worst}
            told.append(
                say("{unit}: strongest in {best}; weakest in {worst}.", **words)
                if best
                else say("{unit}: not computed.", unit=named(unit))
            )
        return "\n".join(told)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """Where rows stand among their peers. ``rank``, ``count``, ``distance``: (n, m), NaN where not comparable."""

    rank: Floats
    count: Floats
    distance: Floats


def standings(values: Floats, groups: Ints) -> Standing:
    """Return ranks, numbers of peers and distances from the mean of (n, m) values among rows of the same (n,) group."""
    rank, count, distance = (np.full(values.shape, np.nan) for _ in range(3))
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        x = values[rows]
        there = np.isfinite(x)
        number = there.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(there, x, 0.0).sum(axis=0) / number
            sd = np.sqrt((np.where(there, x - mean, 0.0) ** 2).sum(axis=0) / number)
            differ = sd > ROUNDING * np.maximum(np.abs(mean), 1e-300)
            distance[rows] = np.where(there & differ, (x - mean) / sd, np.nan)
        lowest = np.where(number > 0, np.where(there, x, np.inf).min(axis=0), 0.0)  # missing ones last
        together = np.zeros(rows.size, dtype=np.int64)
        rank[rows] = np.where(there & differ, ranks(np.where(there, x, lowest).T, together).T, np.nan)
        count[rows] = np.where(there & differ, number, np.nan)
    return Standing(rank, count, distance)


def best_first(standing: Standing, row: int) -> Ints:
    """Return the places of the comparable indicators of a row by rank, then by distance, the best first."""
    rank, distance = standing.rank[row], standing.distance[row]
    order = np.lexsort((-distance, rank))
    return np.asarray(order[np.isfinite(rank[order])], dtype=np.int64)
