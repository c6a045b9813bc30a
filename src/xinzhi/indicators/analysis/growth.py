"""Growth of an index: the change of its score, exactly by dimension or by indicator.

S = f^-1(SUM_j w_j f(z_j))     f(z) = z arithmetic, ln z geometric, 1 / z harmonic, z^p generalised mean
c_j = [dS / df(S)] w_j df(z_j)                    SUM_j c_j = dS;  for the geometric mean dS / dln S is the log mean
w_j = (w_j0 + w_j1) / 2                           what is left where weights differ: change of weights
level by level: c_j of an indicator = c of its dimension's score, shared out in the same way
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from pydantic import SerializeAsAny

from xinzhi.compute import Run
from xinzhi.errors import UsageError, listed
from xinzhi.indicators.aggregation.means import PowerMean
from xinzhi.indicators.aggregation.rule import AggregationRule, ArithmeticMean
from xinzhi.indicators.pages.index import passed_on
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.steps.aggregate import Aggregate
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.language import Text, enumerated, named, say
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.chart_rows import span_text
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import gap_warnings, step_status
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Steps, Texts

TAKEN = ("change", "change_of_weights", "unit", "time", "status", "reason")
"""Columns of the result that are no parts of an index."""
MOVERS, NAMED, DRAWN = 3, 8, 8
"""Units that the summary tells of at each end of the changes, and of those without one; units in the chart."""
NEAR = 1e-7
"""Changes, relative to their level, over which the slope at the middle is exact to 1e-15 and a quotient is not."""


@register("score_growth")
class ScoreGrowth(Method):
    """Decompose the change of an index between years into contributions of its dimensions or indicators.

    Parameters
    ----------
    system : IndexSystem
        Its scores must compare years, so not be normalised within each year; its rules of aggregation must be means.
    by : "dimensions" or "indicators"
        The parts right below the index, or the indicators.

    Notes
    -----
    Contributions are in points of the score and add up to its change. For the arithmetic mean they are weight times
    change of the normalised part; for the geometric mean the change of its logarithm is brought to points by the
    logarithmic mean of the two scores; other means in the same way. Weights are the means of both years; where they
    differ between the years, or a part is missing in one of them, what is left is the change of weights. The average
    annual rate compounds; it is printed only where the first score is positive, and it depends on where the scale of
    the score has its zero. The trend is the least-squares slope of the score on the year.

    References
    ----------
    Ang, B. W. (2015). Energy Policy 86, 233-238. doi:10.1016/j.enpol.2015.07.007

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 1, 0.0, 0.0), ("A", 2, 1.0, 2.0), ("B", 1, 4.0, 2.0), ("B", 2, 2.0, 4.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "year", "patents", "skills"]), unit="unit", time="year")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name=name, parent="index") for name in ("patents", "skills")],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> growth = ScoreGrowth(system=system, by="indicators").fit(panel)
    >>> [growth.term(name).tolist() for name in ("change", "patents", "skills")]
    [[0.375, 0.0], [0.125, -0.25], [0.25, 0.25]]
    """

    system: SerializeAsAny[IndexSystem]
    by: Literal["dimensions", "indicators"] = "dimensions"

    def compute(self, panel: Panel, run: Run) -> "ScoreGrowthResult":
        """Return the change of the score and its parts by unit and step."""
        index = self.system.fit_in(panel, run)
        assert isinstance(index, IndexResult)
        stage, steps = index.last, panel.steps()
        if stage.by_year:
            words = say("scores are positions within each year; their growth means nothing")
            expected = say("a normalisation over all years or over a base year")
            raise UsageError("XZ-262", words, where="ScoreGrowth.system", expected=expected)
        assert stage.scores is not None
        score = np.where(index.rows.status == "ok", stage.scores[:, -1], np.nan)
        status, reason = _status(index, steps, score)
        good = status == "ok"
        found = contributions(stage, aggregation(index), steps.before[good], steps.end[good], self.by)
        names = tuple(stage.tree.names[place] for place in found.places)
        taken = [named(name) for name in names if name in TAKEN]
        if taken:
            words = say("a part called {names}: a column of the result", names=listed(taken))
            raise UsageError("XZ-103", words, where="ScoreGrowth.system", expected=say("another name"))
        change = score[steps.end[good]] - score[steps.before[good]]
        parts = dict(zip(names, found.parts.T, strict=True))
        if found.reweighted.any():
            parts["change_of_weights"] = np.where(found.reweighted, change - found.parts.sum(axis=1), 0.0)
        terms = {name: _spread(cells, good) for name, cells in {"change": change, **parts}.items()}
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end].copy(), terms, status, reason)
        size = max(1.0, float(np.nanmax(np.abs(score), initial=0.0)))  # points of a scale to 100 have fewer decimals
        together = np.column_stack([terms[name] for name in parts]) / size
        check_adding_up(terms["change"] / size, together, rows, identity="ScoreGrowth")
        return ScoreGrowthResult(
            method=self,
            panel=panel,
            rows=rows,
            flow=False,
            warnings=(*passed_on(index), *gap_warnings(panel, steps)),
            diagnostics={"parts": len(names)},
            log=index.log,
            index=index,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class ScoreGrowthResult(Result):
    """Changes of the score and their parts by unit and step. ``index``: the scores themselves."""

    index: IndexResult

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Growth of {index}", index=self.index.name(self._top))

    @property
    def _top(self) -> str:
        return self.index.last.tree.groups[-1]

    def name(self, part: str) -> Text:
        """Return the reader's name of a part of the change."""
        return label(part) if part in TAKEN else self.index.name(part)

    def over(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return score, change, rate, trend and contributions over a period by unit, in the rows' order.

        ``rate``: average annual growth, %; ``trend``: points a year. NaN where a year of the period is missing, which
        holds for the trend and the contributions, or an end of it.
        """
        self.panel.require_window(period, where="over")
        first, last = period
        units, years = list(dict.fromkeys(self.rows.unit.tolist())), np.arange(first, last + 1)
        score = _grid(units, years, self.panel.unit_names, self.panel.when, self.index.term(self._top))
        start, end = score[:, 0], score[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = 100 * ((end / start) ** (1 / max(last - first, 1)) - 1)
        rate = np.where((start > 0) & (end >= 0) & (last > first), rate, np.nan)
        centred = years - years.mean()
        trend = score @ centred / max(float(centred @ centred), 1.0)
        found = {"unit": units, "start": start, "end": end, "change": end - start, "rate": rate, "trend": trend}
        for name, cells in self.rows.terms.items():
            if name != "change":
                found[name] = _grid(units, years[1:], self.rows.unit, self.rows.time, cells).sum(axis=1)
        return found

    def tables(self, view: View | None = None) -> list[Table]:
        """Return score, change, rate and trend by unit and period, then the contributions."""
        units, periods = self.chosen(view)
        parts = [name for name in self.rows.terms if name != "change"]
        cells: dict[str, list[Any]] = {}
        for period in periods:
            found = self.over(period)
            rows = [found["unit"].index(unit) for unit in units]
            found["period"] = [span_text(period)] * len(found["unit"])
            for key, column in found.items():
                cells.setdefault(key, []).extend(column[row] for row in rows)
        cells["unit"] = [named(unit) for unit in cells["unit"]]
        stub = [Field("unit", label("unit")), Field("period", say("Period"))]
        growth = [
            Field("start", say("Score at the start"), 4),
            Field("end", say("Score at the end"), 4),
            Field("change", label("change"), 4),
            Field("rate", say("Average annual growth, %")),
            Field("trend", say("Trend a year"), 4),
        ]
        shares = [Field("change", label("change"), 4), *(Field(name, self.name(name), 4) for name in parts)]
        notes = [say("Contributions are in points of the score and add up to its change.")]
        scale = say("Growth rates depend on where the scale of the score has its zero; changes in points do not.")
        return [
            Table.of("growth", self.title, [*stub, *growth], cells, notes=[scale]),
            Table.of(
                "contributions", say("{title}: contributions", title=self.title), [*stub, *shares], cells, notes=notes
            ),
        ]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the contributions of the units that changed most in the first period, eight at most."""
        from xinzhi.method.charts import Labels, stacked_periods

        units, periods = self.chosen(view)
        found = [(period, self.over(period)) for period in periods]
        first = found[0][1]
        moved = movers([first["unit"].index(unit) for unit in units], first["change"], DRAWN // 2)
        rows = [(period, f, row) for row in moved for period, f in found]
        labels = Labels(
            name="contributions", title=self.title, description=self.summary(view), unit=say("points of the score")
        )
        parts = [name for name in self.rows.terms if name != "change"]
        return [
            stacked_periods(
                labels,
                unit=[named(f["unit"][row]) for _, f, row in rows],
                period=[span_text(period) for period, _, _ in rows],
                terms={self.name(name): [float(f[name][row]) for _, f, row in rows] for name in parts},
                total=[float(f["change"][row]) for _, f, row in rows],
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the largest changes, up and down, of the chosen units in the first period, and what made them."""
        units, (period, *_) = self.chosen(view)
        found, start = self.over(period), {"start": period[0], "end": period[1]}
        rows = [found["unit"].index(unit) for unit in units]
        told = [self._told(found, row, start) for row in movers(rows, found["change"], MOVERS)]
        absent = [named(found["unit"][row]) for row in rows if np.isnan(found["change"][row])]
        if absent:
            words = {"units": enumerated(absent[:NAMED]), "count": len(absent), **start}
            told.append(say("Not computed for {start}–{end}: {units} ({count} in all).", **words))
        return "\n".join(told)

    def _told(self, found: dict[str, Any], row: int, period: dict[str, int]) -> Text:
        """Return the change of a unit and the part that went furthest the same way."""
        change, parts = float(found["change"][row]), [name for name in self.rows.terms if name != "change"]
        shares = np.array([found[name][row] for name in parts]) * np.sign(change)
        words = {"unit": named(found["unit"][row]), "change": shown(change, 4), **period}
        if not np.nanmax(shares, initial=0.0) > 0:  # no change, or a year inside the period is missing
            return say("{unit}, {start}–{end}: score changed by {change}.", **words)
        k = int(np.nanargmax(shares))
        words |= {"part": self.name(parts[k]), "share": shown(float(found[parts[k]][row]), 4)}
        return say("{unit}, {start}–{end}: score changed by {change}, of which {part} {share}.", **words)


def _status(index: IndexResult, steps: Steps, score: Floats) -> tuple[Texts, Texts]:
    """Return status and reason of each step; a missing score says why."""
    there = np.where(np.isfinite(score), 1.0, np.nan)
    status, reason = step_status(index.panel, steps, {index.name(index.last.tree.groups[-1]): there})
    for k in np.flatnonzero((status != "ok") & (steps.before >= 0)):
        row = steps.before[k] if np.isnan(score[steps.before[k]]) else steps.end[k]
        status[k] = index.rows.status[row]
        reason[k] = say("{year}: {reason}", year=int(index.panel.when[row]), reason=index.rows.reason[row])
    return status, reason


def movers(rows: Sequence[int], change: Floats, most: int) -> list[int]:
    """Return the rows with the largest rises and falls, so many of each at most, from the largest rise on."""
    order = sorted((row for row in rows if np.isfinite(change[row])), key=lambda row: -change[row])
    return order if len(order) <= 2 * most else [*order[:most], *order[-most:]]


def _spread(cells: Floats, good: Any) -> Floats:
    """Return the cells of good rows among all rows."""
    out = np.full(good.size, np.nan)
    out[good] = cells
    return out


def _grid(units: list[str], years: Ints, unit: Texts, time: Ints, cells: Floats) -> Floats:
    """Return cells by unit and year, (u, t); NaN where there is none."""
    out = np.full((len(units), len(years)), np.nan)
    place = {name: k for k, name in enumerate(units)}
    inside = np.flatnonzero((time >= years[0]) & (time <= years[-1])) if len(years) else np.empty(0, dtype=np.int64)
    out[[place[name] for name in unit[inside]], time[inside] - (years[0] if len(years) else 0)] = cells[inside]
    return out


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """The scale on which a mean is a sum: f(z) = z^power, ln z for power 0; z below ``floor`` counts as it."""

    power: float
    floor: float = -np.inf

    def at(self, z: Floats) -> Floats:
        """Return f(z)."""
        counted = np.maximum(z, self.floor)
        return np.asarray(np.log(counted) if self.power == 0 else counted**self.power)

    def quotient(self, z0: Floats, z1: Floats) -> Floats:
        """Return df(z) / dz between two values; the slope at the middle where they are the same."""
        near, middle = np.abs(z1 - z0) <= NEAR * np.maximum(np.abs(z0), np.abs(z1)), (z0 + z1) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = (self.power or 1.0) * middle ** (self.power - 1) * (middle >= self.floor)
            return np.where(near, slope, (self.at(z1) - self.at(z0)) / np.where(near, 1.0, z1 - z0))


def scale_of(rule: AggregationRule) -> Scale:
    """Return the scale on which a rule is a weighted sum; XZ-262 for a rule that is no weighted mean."""
    if isinstance(rule, ArithmeticMean):
        return Scale(1.0)
    if isinstance(rule, PowerMean):
        return Scale(rule.exponent, -np.inf if rule.floor is None else cast(float, rule.floor))
    found = say("{rule}: its scores are no weighted mean of the parts", rule=rule.words())
    expected = say("arithmetic, geometric, harmonic or generalised mean")
    raise UsageError("XZ-262", found, where="ScoreGrowth.system", expected=expected)


def aggregation(index: IndexResult) -> Aggregate:
    """Return the step that made the scores."""
    return next(step for step in index.steps if isinstance(step, Aggregate))


@dataclass(frozen=True)
class Contributions:
    """Parts of the change of an index.

    ``places``: k places in the tree; ``parts``: (s, k) in points, zero for a part that is missing at an end;
    ``reweighted``: (s,) whether weights, or what is there to be weighed, differ between the ends.
    """

    places: list[int]
    parts: Floats
    reweighted: Bools


def contributions(
    stage: Stage, rules: Aggregate, before: Ints, end: Ints, by: Literal["dimensions", "indicators"]
) -> Contributions:
    """Return the contributions of dimensions or indicators between (s,) rows ``before`` and ``end`` of the panel."""
    tree = stage.tree
    assert stage.weights is not None
    assert stage.scores is not None
    m, nodes = len(tree.indicators), np.column_stack([stage.values, stage.scores])
    by_row = stage.weights[stage.time] if stage.weights.shape[0] > 1 else np.broadcast_to(stage.weights, nodes.shape)
    share = np.zeros((before.size, nodes.shape[1]))  # change of the index for a change of one of the node
    share[:, -1] = 1.0
    reweighted = np.zeros(before.size, dtype=bool)
    for k in range(len(tree.groups) - 1, -1, -1):
        rule = rules.levels.get(int(tree.level[k]), rules.by)
        assert isinstance(rule, AggregationRule)
        scale, parts = scale_of(rule), tree.children[k]
        (z0, w0), (z1, w1) = ((z := nodes[at][:, parts], _there(by_row[at][:, parts], z)) for at in (before, end))
        reweighted |= (w0 != w1).any(axis=1)
        whole = scale.quotient(nodes[before, m + k], nodes[end, m + k])
        with np.errstate(invalid="ignore", divide="ignore"):
            share[:, parts] = (share[:, m + k] / whole)[:, None] * (w0 + w1) / 2 * scale.quotient(z0, z1)
        if by == "dimensions":
            break
    places = list(range(m)) if by == "indicators" else tree.children[-1].tolist()
    with np.errstate(invalid="ignore"):
        moved = (share * (nodes[end] - nodes[before]))[:, places]
    return Contributions(places, np.where(np.isfinite(moved), moved, 0.0), reweighted)


def _there(weights: Floats, values: Floats) -> Floats:
    """Return (s, k) weights over the values that are there, adding up to one."""
    kept = np.where(np.isfinite(values), weights, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(kept / kept.sum(axis=1, keepdims=True))
