"""Stability of weights and ranks: the index made again without one unit, or without one year.

for each unit or year left out:  bounds, means and weights from the other rows  ->  weights, scores
rank change of a unit:           its new rank less its published rank, both among the rows that stay
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from pydantic import SerializeAsAny

from xinzhi.compute import Run
from xinzhi.errors import EstimationError, XinzhiError
from xinzhi.indicators.pages import index as pages
from xinzhi.indicators.stage import Stage, Step
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.indicators.uncertainty.ranking import placed, ranks
from xinzhi.indicators.uncertainty.replay import SHOWN, inline_if_small
from xinzhi.language import Text, joined, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints


@register("weight_stability")
class WeightStability(Method):
    """Leave out each unit and each year in turn and see how weights and ranks move.

    Parameters
    ----------
    system : IndexSystem
        The published index: the first of several options, the middle of a range.
    leave_out : tuple of "unit" and "year"
        What is left out, one at a time; years only where the panel has two or more.

    Notes
    -----
    What is left out counts neither in bounds nor in means nor in weights, and has no score in that round. A change of
    rank compares the same rows before and after, so that a better unit leaving moves nobody up. Weights that look at
    no data do not move; then ranks move through the bounds of the normalisation only.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators. OECD. doi:10.1787/9789264043466-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 4.0, 10.0), ("B", 2.5, 30.0), ("C", 3.0, 40.0), ("D", 1.0, 15.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "trains"]), unit="unit")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name="patents", parent="index"), xz.Indicator(name="trains", parent="index")],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> WeightStability(system=system).fit(panel).term("largest_shift").tolist()
    [1.0, 1.0, 0.0, 0.0]
    """

    system: SerializeAsAny[IndexSystem]
    leave_out: tuple[Literal["unit", "year"], ...] = ("unit", "year")

    def compute(self, panel: Panel, run: Run) -> "WeightStabilityResult":
        """Return the largest and mean change of rank by unit and year."""
        index: Any = self.system.fit_in(panel, run)
        scored = index.rows.status == "ok"
        names, masks = rounds(panel, self.leave_out)
        steps = tuple(self.system.nominal().steps)
        start = index.stages[0]
        tasks = [(start, steps, scored, gone) for gone in masks]
        found = inline_if_small(run, len(tasks) * start.values.size * len(steps)).map(
            without, tasks, label=say("left out")
        )
        failed = [
            say("{name}: {reason}", name=name, reason=r) for name, (_, _, r) in zip(names, found, strict=True) if r
        ]
        if failed:
            counted = say("{count} of {total} rounds failed", count=len(failed), total=len(names))
            raise EstimationError("XZ-271", joined(counted, *failed[:SHOWN]), where="WeightStability")
        nominal = index.rows.terms[index.last.tree.groups[-1]]
        shifts = np.array([shift(nominal, scores, panel.when) for _, scores, _ in found])
        here = ranks(nominal[scored], panel.when[scored])
        with np.errstate(invalid="ignore"):
            size = np.abs(shifts[:, scored])
        counted = np.isfinite(size)
        size = np.where(counted, size, 0.0)
        terms = {
            "rank": here,
            "largest_shift": size.max(axis=0),
            "mean_shift": size.sum(axis=0) / np.maximum(counted.sum(axis=0), 1),
        }
        weights = np.array([weights for weights, _, _ in found])
        return WeightStabilityResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {name: placed(values, scored) for name, values in terms.items()},
                index.rows.status.copy(),
                index.rows.reason.copy(),
            ),
            flow=False,
            warnings=pages.passed_on(index),
            diagnostics={"rounds": len(names)},
            log=index.log,
            index=index,
            rounds=names,
            weights=weights,
            shifts=shifts,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class WeightStabilityResult(Result):
    """Changes of rank by unit and year, and of weights by indicator.

    ``rounds``: what was left out, r; ``weights``: (r, m) of indicators in the index; ``shifts``: (r, n) new rank less
    published rank among the rows that stay, NaN for those that do not.
    """

    index: IndexResult
    rounds: tuple[Text, ...]
    weights: Floats
    shifts: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Weights and ranks when one unit or year is left out")

    def weight_changes(self) -> Floats:
        """Return the weight of each indicator without each unit or year, less the published one, (r, m)."""
        published = np.array(list(self.index.weights().values()))
        changes: Floats = self.weights - published
        return changes

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the range of each weight, and the changes of rank."""
        return [self._weights(), self._ranks(view)]

    def _weights(self) -> Table:
        """Return weights of indicators: published, least and largest, and whose absence changes them most."""
        changes, published = self.weight_changes(), self.index.weights()
        most = np.abs(changes).argmax(axis=0)
        cells: dict[str, list[Any]] = {
            "indicator": [self.index.name(name) for name in published],
            "weight": list(published.values()),
            "weight_low": self.weights.min(axis=0).tolist(),
            "weight_high": self.weights.max(axis=0).tolist(),
            "largest_change": changes[most, np.arange(most.size)].tolist(),
            "without": [self.rounds[r] if changes[r, j] else say("none") for j, r in enumerate(most.tolist())],
        }
        numbers = ("weight", "weight_low", "weight_high", "largest_change")
        fields = [Field(key, label(key), 4) if key in numbers else Field(key, label(key)) for key in cells]
        return Table.of("weights", say("Weights when one unit or year is left out"), fields, cells)

    def _ranks(self, view: View | None) -> Table:
        """Return changes of rank in the last year of the view."""
        units, periods = self.chosen(view)
        rows = self.rows
        good = np.isin(rows.unit.astype(str), units) & (rows.status == "ok") & (rows.time <= periods[-1][1])
        keep = np.flatnonzero(good & (rows.time == rows.time[good].max(initial=0)))
        keep = keep[np.argsort(rows.terms["rank"][keep], kind="stable")]
        cells: dict[str, list[Any]] = {name: values[keep].tolist() for name, values in rows.terms.items()}
        cells |= {"unit": [named(unit) for unit in rows.unit[keep]], "time": rows.time[keep].tolist()}
        fields = [Field("unit", label("unit")), Field("time", label("time"), 0), Field("rank", label("rank"), 0)]
        fields += [Field("largest_shift", label("largest_shift"), 0), Field("mean_shift", label("mean_shift"), 2)]
        note = say("Absolute changes of rank, among the rows that stay.")
        return self.timed(Table.of("rank_shifts", say("Changes of rank"), fields, cells, notes=[note]))

    def figures(self, view: View | None = None) -> list[Any]:  # noqa: ARG002
        """Return no chart: the tables say it."""
        return []

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the largest change of a weight and of a rank."""
        changes = self.weight_changes()
        r, j = np.unravel_index(int(np.abs(changes).argmax()), changes.shape)
        name = list(self.index.weights())[j]
        words = {"name": self.index.name(name), "change": shown(float(changes[r, j]), 4), "round": self.rounds[r]}
        moved = say("The largest change of a weight is {change} ({name}, without {round}).", **words)
        told = moved if changes[r, j] else say("No weight moves.")
        size = np.nan_to_num(np.abs(self.shifts))
        r, row = np.unravel_index(int(size.argmax()), size.shape)
        if not size[r, row]:
            return sentences(told, say("No rank changes."))
        words = {"place": self.index.last.place(int(row)), "rank": shown(int(size[r, row]), 0), "round": self.rounds[r]}
        return sentences(told, say("The largest change of a rank is {rank} ({place}, without {round}).", **words))


def rounds(panel: Panel, leave_out: tuple[str, ...]) -> tuple[tuple[Text, ...], list[Bools]]:
    """Return the r names of what is left out, and which rows that is, r of (n,)."""
    units = panel.units if "unit" in leave_out else panel.units[:0]
    years = panel.times if "year" in leave_out and panel.times.size > 1 else panel.times[:0]
    names = [*(named(str(unit)) for unit in units), *(say("the year {year}", year=int(year)) for year in years)]
    return tuple(names), [*(panel.code == k for k in range(len(units))), *(panel.when == year for year in years)]


def without(start: Stage, steps: tuple[Step, ...], scored: Bools, gone: Bools) -> tuple[Floats, Floats, str]:
    """Return weights of indicators in the index (m,) and scores (n,) without some rows, or why there are none."""
    tree, n = start.tree, len(scored)
    stage = replace(start, base=np.where(gone, 0.0, start.base))
    try:
        for step in steps:
            stage = step.apply(stage)
    except XinzhiError as error:
        return np.zeros(len(tree.indicators)), np.full(n, np.nan), str(error)
    assert stage.scores is not None
    found = dict(zip(stage.tree.indicators, pages.effective_weights(stage)[-1], strict=True))
    weights = np.array([found.get(name, 0.0) for name in tree.indicators])
    scores = np.where(scored & ~gone, stage.scores[:, -1], np.nan)
    lost = np.flatnonzero(scored & ~gone & ~np.isfinite(scores))
    return weights, scores, say("no score: {rows}", rows=stage.place(lost[0])) if lost.size else ""


def shift(published: Floats, scores: Floats, time: Ints) -> Floats:
    """Return (n,) new ranks less published ones, both among the rows with new scores; NaN for the others."""
    stay = np.isfinite(scores)
    return placed(ranks(scores[stay], time[stay]) - ranks(published[stay], time[stay]), stay)
