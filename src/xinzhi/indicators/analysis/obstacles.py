"""Obstacle degree: which indicators hold a unit back.

from the best   I_ij = 1 - z_ij
from the mean   I_ij = max(m_jt - z_ij, 0),  m_jt the mean of indicator j over the units in year t
                O_ij = F_j I_ij / SUM_l F_l I_il,  F_j the weight of the indicator in the index
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.indicators.analysis.reading import shown_years
from xinzhi.indicators.framework import Tree, effective
from xinzhi.indicators.pages.index import passed_on
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints

ROUNDING = 1e-12
"""By how much a normalised value may leave [0, 1], and a shortfall be none, by rounding."""
BEST = say("at the best everywhere: nothing is an obstacle")
ABOVE = say("nowhere below the mean of the year: nothing is an obstacle")


@register("obstacle_degree")
class ObstacleDegree(Method):
    """Find the obstacles of each unit: the shares of indicators in its weighted distance from the best or the mean.

    Parameters
    ----------
    system : IndexSystem
        Its normalised values lie between 0 and 1.
    against : "best" or "mean"
        Distance from one, the best value; or the shortfall from the mean of the units in the same year, zero where
        the unit is not below it.
    level : "indicators" or "dimensions"
        Shares of indicators, or of the dimensions right below the index (an indicator that has no dimension between
        it and the index stands for itself).
    top : int
        Obstacles in the tables.
    group : str or None
        Label column: a table has the mean degrees of each group.

    Notes
    -----
    The degrees of a unit add up to one. Against the best, a heavy indicator is an obstacle of nearly every unit, since
    hardly any is at the best: this tells about the weights. Against the mean it is one only where the unit is behind
    the others. A unit without distance has no obstacles: not identified. Weights are those of indicators in the index;
    where scores are not weighted arithmetic means the degrees describe the weighted distance, not the score.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators. OECD. doi:10.1787/9789264043466-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 4.0, 10.0), ("B", 2.0, 30.0), ("C", 3.5, 20.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "skills"]), unit="unit")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name="patents", parent="index"), xz.Indicator(name="skills", parent="index")],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> ObstacleDegree(system=system).fit(panel).term("skills").round(4).tolist()
    [1.0, 0.0, 0.6667]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("group",)
    system: SerializeAsAny[IndexSystem]
    against: Literal["best", "mean"] = "best"
    level: Literal["indicators", "dimensions"] = "indicators"
    top: int = Setting(default=5, ge=1)
    group: str | None = None

    def compute(self, panel: Panel, run: Run) -> "ObstacleDegreeResult":
        """Return the obstacle degrees by unit and year."""
        index = self.system.fit_in(panel, run)
        assert isinstance(index, IndexResult)
        stage = index.last
        assert stage.weights is not None
        _refuse_beyond(stage)
        whole = effective(stage.tree, stage.weights)[:, -1]
        weights = whole[stage.time] if len(whole) > 1 else whole
        best = self.against == "best"
        gaps = np.clip(1.0 - stage.values, 0.0, 1.0) if best else shortfall(stage.values, stage.time, stage.base > 0)
        shares = obstacles(gaps, weights)
        names, below = _parts(stage.tree, self.level)
        degree = shares @ below.T
        status, reason = index.rows.status.copy(), index.rows.reason.copy()
        missing = (status == "ok") & ~np.isfinite(stage.values).all(axis=1)
        status[missing], reason[missing] = "missing_data", say("an indicator is missing")
        lost = (status == "ok") & ~np.isfinite(shares).all(axis=1)
        status[lost], reason[lost] = "not_identified", BEST if best else ABOVE
        good = status == "ok"
        return ObstacleDegreeResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {name: np.where(good, cells, np.nan) for name, cells in zip(names, degree.T, strict=True)},
                status,
                reason,
            ),
            flow=False,
            warnings=passed_on(index),
            diagnostics={"parts": len(names)},
            log=index.log,
            index=index,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class ObstacleDegreeResult(Result):
    """Obstacle degrees by unit and year, a column for each indicator or dimension.

    ``index``: the index whose obstacles they are.
    """

    index: IndexResult

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Obstacle degrees of {index}", index=self.index.name(self.index.last.tree.groups[-1]))

    @cached_property
    def degrees(self) -> Floats:
        """Return the degrees, (n, k)."""
        return np.column_stack(list(self.rows.terms.values()))

    def mean(self, rows: Ints) -> dict[str, float]:
        """Return the mean degree over some rows of those that have one, the largest first."""
        degree = self.degrees[rows]
        known = degree[np.isfinite(degree).all(axis=1)]
        if not len(known):
            return {}
        found = dict(zip(self.rows.terms, known.mean(axis=0).tolist(), strict=True))
        return dict(sorted(found.items(), key=lambda item: -item[1]))  # stable: ties stay in the framework's order

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the largest obstacles by unit, by group and of all units, in the years of the view."""
        units, _ = self.chosen(view)
        years = shown_years(self, view)
        when, places = self.rows.time, self.panel.locate(units, years)
        by_unit = [
            (named(unit), year, places[k, [t]][places[k, [t]] >= 0])
            for k, unit in enumerate(units)
            for t, year in enumerate(years)
        ]
        tables = [self._top("obstacles", self.title, label("unit"), by_unit)]
        group = self.settings["group"]
        if group is not None:
            of_row = self.panel.label(group)
            names = sorted({str(name) for name in of_row if name is not None})
            cells = [(named(g), t, np.flatnonzero((of_row == g) & (when == t))) for g in names for t in years]
            title = say("Obstacle degrees by {group}, means of units", group=named(group))
            tables.append(self._top("obstacles_by_group", title, named(group), cells))
        whole = [(say("All units"), t, np.flatnonzero(when == t)) for t in years]
        tables.append(self._top("obstacles_of_all", say("Mean obstacle degrees of all units"), label("unit"), whole))
        return [*tables, *self.filled_table(view)]

    def _top(self, name: str, title: Text | str, head: Text, lines: Sequence[tuple[Text, int, Ints]]) -> Table:
        """Return the largest mean degrees of each set of rows: names and numbers side by side."""
        most = min(self.settings["top"], len(self.rows.terms))
        keys = [(f"name_{k}", f"degree_{k}") for k in range(1, most + 1)]
        cells: dict[str, list[Any]] = {key: [] for key in ("unit", "time", *sum(keys, ()))}
        for who, year, rows in lines:
            found = list(self.mean(rows).items())[:most] if rows.size else []
            cells["unit"].append(who)
            cells["time"].append(year)
            for k, pair in enumerate(keys):
                part, degree = found[k] if k < len(found) and found[k][1] > 0 else (None, None)
                cells[pair[0]].append(None if part is None else self.index.name(part))
                cells[pair[1]].append(degree)
        fields = [Field("unit", head), Field("time", label("time"), 0)]
        for k, (text, number) in enumerate(keys, start=1):
            spanner = say("Obstacle {rank}", rank=k)
            fields += [Field(text, say("Name"), 2, spanner), Field(number, say("Degree"), 4, spanner)]
        return self.timed(Table.of(name, title, fields, cells, notes=[self._against()]))

    def _against(self) -> Text:
        if self.settings["against"] == "best":
            return say("Weighted distance from the best value; the degrees of all parts add up to one.")
        return say("Weighted shortfall from the mean of the year; the degrees of all parts add up to one.")

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the paths of the largest mean degrees of all units; none without years."""
        if self.panel.times.size < 2:
            return []
        from xinzhi.method.charts import Labels, lines

        by_year = {int(t): self.mean(np.flatnonzero(self.rows.time == t)) for t in self.panel.times}
        parts = list(self.mean(np.arange(len(self.rows.time))))[: self.settings["top"]]
        labels = Labels(
            name="obstacles",
            title=say("Mean obstacle degrees of all units"),
            description=self.summary(view),
            unit=say("obstacle degree"),
        )
        series = [self.index.name(part) for part in parts for _ in by_year]
        value = [found.get(part) for part in parts for found in by_year.values()]
        return [lines(labels, series=series, time=[*by_year] * len(parts), value=value, decimals=3)]

    def methods_text(self) -> str:
        """Return the method in words, with what the distance is from."""
        return sentences(super().methods_text(), self._against())

    def summary(self, view: View | None = None) -> str:
        """Return the largest obstacle on the average of all units, in the last year of the view."""
        year = shown_years(self, view)[-1]
        found = self.mean(np.flatnonzero(self.rows.time == year))
        if not found:
            return super().summary(view)
        part, degree = next(iter(found.items()))
        words = {"part": self.index.name(part), "degree": shown(100 * degree, 1)}
        if not self.panel.time:
            return sentences(
                super().summary(view), say("Largest obstacle on average: {part}, {degree} per cent.", **words)
            )
        told = say("Largest obstacle on average in {year}: {part}, {degree} per cent.", year=year, **words)
        return sentences(super().summary(view), told)


# Arrays in, arrays out ------------------------------------------------------------------------


def obstacles(gaps: Floats, weights: Floats) -> Floats:
    """Return the shares of (n, m) gaps times (1 or n, m) weights in their sum; NaN where there is no gap."""
    heavy = weights * gaps
    total = heavy.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > ROUNDING, heavy / total, np.nan)


def shortfall(values: Floats, time: Ints, counts: Bools) -> Floats:
    """Return how far (n, m) values are below the mean of the (n,) rows that count in their year; at least 0."""
    gaps = np.full(values.shape, np.nan)
    for year in np.unique(time):
        rows = time == year
        those = values[rows & counts]
        there = np.isfinite(those)
        with np.errstate(invalid="ignore"):
            mean = np.where(there, those, 0.0).sum(axis=0) / there.sum(axis=0)
        gaps[rows] = mean - values[rows]
    return np.where(gaps > ROUNDING, gaps, np.where(np.isnan(gaps), np.nan, 0.0))


def _parts(tree: Tree, level: Literal["indicators", "dimensions"]) -> tuple[list[str], Floats]:
    """Return the names of k parts and which of m indicators lie in each, (k, m)."""
    m = len(tree.indicators)
    if level == "indicators":
        return list(tree.indicators), np.eye(m)
    own = np.vstack([np.eye(m), tree.below.astype(np.float64)])
    return [tree.names[k] for k in tree.children[-1]], own[tree.children[-1]]


def _refuse_beyond(stage: Stage) -> None:
    """Raise XZ-263 where a normalised value is not from 0 to 1."""
    with np.errstate(invalid="ignore"):
        rows, places = np.nonzero((stage.values < -ROUNDING) | (stage.values > 1 + ROUNDING))
    if rows.size:
        row, j = rows[0], places[0]
        raise DataError(
            "XZ-263",
            say(
                "{count} normalised values; first: {name}, {place}: {value:g}",
                count=rows.size,
                name=stage.framework.title(stage.tree.indicators[j]),
                place=stage.place(row),
                value=float(stage.values[row, j]),
            ),
            where="ObstacleDegree.system",
            expected=say("values from 0 to 1"),
            remedy=say("Normalise between 0 and 1: Normalise(by=MinMax())."),
        )
