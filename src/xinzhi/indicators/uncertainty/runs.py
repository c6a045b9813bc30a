"""Uncertainty: the ranks that an index gives when its choices are drawn anew.

draw    one option of every OneOf, one number of every Between; all equally likely, all independent
score   the index of each draw
read    for each unit: the ranks that it takes over the draws
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.compute import Run
from xinzhi.indicators.pages.index import passed_on
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.indicators.uncertainty.design import Design
from xinzhi.indicators.uncertainty.ranking import placed, ranks
from xinzhi.indicators.uncertainty.replay import Target, replayed
from xinzhi.language import enumerated, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats

DRAWS = 2008
"""Key of the random numbers of this analysis."""
ENDS = (0.05, 0.95)
"""Ends of the range that nine runs in ten fall in."""


@register("uncertainty")
class Uncertainty(Method):
    """Draw the choices of an index anew many times and read the ranks that each unit takes.

    Parameters
    ----------
    system : IndexSystem
        With ``OneOf`` or ``Between`` in the slots of its steps: the factors.
    runs : int
        Draws; all factors independent of each other, all options of a factor equally likely.
    target : str or None
        The dimension whose score is ranked; by default the index.
    year : int or None
        Ranks of one year only; by default of every year.
    top : int
        The share of runs in which a unit is among so many first ones is reported.

    Notes
    -----
    Rank 1 is the best; scores that differ by rounding only share the better rank. Ranges hold nine runs in ten; their
    ends, and the median (of an even number of runs the lower one of the two in the middle), are ranks that occurred.
    They show what the choices that were named make of the ranks, not sampling, and not choices that were not named.
    Scores of different normalisations are on different scales: compare their ranges only where the scale is the same. A
    slot inside an option is drawn only where the option is. A run that gives no score to a unit that has one in the
    index itself is an error that names the combination.

    References
    ----------
    Saisana, M., Saltelli, A. and Tarantola, S. (2005). Journal of the Royal Statistical Society A 168(2), 307-323
    OECD and JRC (2008). Handbook on Constructing Composite Indicators. OECD. doi:10.1787/9789264043466-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 4.0, 10.0), ("B", 2.0, 30.0), ("C", 3.0, 40.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "trains"]), unit="unit")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name="patents", parent="index", weight=0.9),
    ...                 xz.Indicator(name="trains", parent="index", weight=0.1)],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> weights = xz.Weigh(by=xz.OneOf(xz.Equal(), xz.Given()))
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), weights, xz.Aggregate()])
    >>> result = Uncertainty(system=system, runs=100).fit(panel)
    >>> [result.term(name).tolist() for name in ("rank", "rank_low", "rank_high")]
    [[2.0, 3.0, 1.0], [1.0, 3.0, 1.0], [2.0, 3.0, 2.0]]
    """

    system: SerializeAsAny[IndexSystem]
    runs: int = Setting(default=1000, ge=2, le=1_000_000)
    target: str | None = None
    year: int | None = None
    top: int = Setting(default=10, ge=1)

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return the bytes: scores and ranks of all runs, and what sorts them."""
        return super().memory(panel, workers=workers) + 4 * 8 * self.runs * len(panel)

    def compute(self, panel: Panel, run: Run) -> "UncertaintyResult":
        """Return the ranks over all runs by unit and year."""
        design = Design.of(self.system, where="Uncertainty.system")
        index: Any = self.system.fit_in(panel, run)
        target = Target.of(index, self.target, self.year, where="Uncertainty")
        uniform = np.column_stack([run.generator(DRAWS, k).random(self.runs) for k in range(len(design.factors))])
        choices = design.choices(uniform)
        scores = replayed(index.stages[0], design, target, choices, run)
        time = panel.when[target.rows]
        nominal = index.term(target.group)[target.rows]
        spread = Spread.of(nominal, ranks(nominal, time), scores, ranks(scores, time), self.top)
        return UncertaintyResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {name: placed(values, target.rows) for name, values in spread.terms().items()},
                *target.words(index),
            ),
            flow=False,
            warnings=passed_on(index),
            diagnostics={
                "runs": self.runs,
                "different_runs": len(np.unique(choices, axis=0)),
                "factors": len(design.factors),
            },
            log=index.log,
            index=index,
            design=design,
            choices=choices,
            target=target,
            scores=scores,
        )


@dataclass(frozen=True)
class Spread:
    """Score and rank in the published index, and over runs; (n,) each."""

    score: Floats
    rank: Floats
    rank_mean: Floats
    rank_median: Floats
    rank_low: Floats
    rank_high: Floats
    top_share: Floats
    score_low: Floats
    score_median: Floats
    score_high: Floats

    @classmethod
    def of(cls, score: Floats, rank: Floats, scores: Floats, places: Floats, top: int) -> "Spread":
        """Return the spread of (r, n) scores and ranks around (n,) published ones."""
        low, middle, high = np.quantile(places, (ENDS[0], 0.5, ENDS[1]), axis=0, method="inverted_cdf")
        within = np.quantile(scores, (ENDS[0], 0.5, ENDS[1]), axis=0)
        return cls(score, rank, places.mean(axis=0), middle, low, high, (places <= top).mean(axis=0), *within)

    def terms(self) -> dict[str, Floats]:
        """Return the columns."""
        return {name: getattr(self, name) for name in type(self).__dataclass_fields__}


@dataclass(frozen=True, kw_only=True, repr=False)
class UncertaintyResult(Result):
    """Ranks over runs by unit and year.

    ``index``: the published index; ``choices``: (r, k) what each run drew, an option's place or a number, 0 where the
    factor was not in use; ``target``: the score and the rows compared; ``scores``: (r, n) of those rows.
    """

    index: IndexResult
    design: Design
    choices: Floats
    target: Target
    scores: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Ranks of {index} when its choices are drawn anew", index=self.index.name(self.target.group))

    def run(self, number: int) -> IndexSystem:
        """Return the index of a run, counted from 0, without slots."""
        return self.design.settled(self.choices[number])

    def rank_changes(self) -> Floats:
        """Return the mean absolute change of rank against the published index in each run, (r,)."""
        time, rows = self.panel.when[self.target.rows], self.target.rows
        moved: Floats = np.abs(ranks(self.scores, time) - self.rows.terms["rank"][rows]).mean(axis=1)
        return moved

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the ranges of ranks in the last year of the view, and the factors with their options."""
        return [self._ranks(view), self._factors()]

    def _ranks(self, view: View | None) -> Table:
        """Return the ranges, in the order of the published ranks."""
        rows, keep = self.rows, self.shown_rows(view)
        names = ("rank", "rank_low", "rank_median", "rank_high", "rank_mean", "top_share")
        cells = {name: rows.terms[name][keep].tolist() for name in names}
        cells |= {"unit": [named(unit) for unit in rows.unit[keep]], "time": rows.time[keep].tolist()}
        decimals = {"rank_mean": 1, "top_share": 2}
        fields = [Field("unit", label("unit")), Field("time", label("time"), 0)]
        fields += [Field(name, label(name), decimals.get(name, 0)) for name in names]
        settings: Any = self.method
        words = {"runs": settings.runs, "top": settings.top}
        note = say("{runs} runs; range: nine runs in ten; share of runs among the first {top}.", **words)
        return self.timed(Table.of("rank_ranges", self.title, fields, cells, notes=[note]))

    def shown_rows(self, view: View | None) -> Any:
        """Return the places of the rows shown: of the last year of the view with ranks, by published rank."""
        units, periods = self.chosen(view)
        rows = self.rows
        good = np.isin(rows.unit.astype(str), units) & (rows.status == "ok")
        years = rows.time[good & (rows.time <= periods[-1][1])]
        keep = np.flatnonzero(good & (rows.time == (years.max() if years.size else periods[-1][1])))
        return keep[np.argsort(rows.terms["rank"][keep], kind="stable")]

    def _factors(self) -> Table:
        """Return the factors, their options, and how far ranks move where an option is drawn."""
        cells: dict[str, list[Any]] = {key: [] for key in ("factor", "option", "runs", "rank_change")}
        moved, used = self.rank_changes(), self.design.used(self.choices)
        for k in range(len(self.design.factors)):
            for words, those in options_drawn(self.design, k, self.choices[:, k]):
                drawn = used[:, k] & those
                change = float(moved[drawn].mean()) if drawn.any() else np.nan
                cells["factor"].append(self.design.title(k))
                cells["option"].append(words)
                cells["runs"].append(int(drawn.sum()))
                cells["rank_change"].append(change)
        fields = [
            Field("factor", label("factor")),
            Field("option", label("option")),
            Field("runs", label("runs"), 0),
            Field("rank_change", label("rank_change"), 2),
        ]
        note = say("The first option is that of the index itself. Change of rank: mean of absolute values.")
        return Table.of("factors", say("Choices that are drawn"), fields, cells, notes=[note])

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the ranges of ranks."""
        from xinzhi.indicators.pages.figures import Labels, rank_intervals

        keep, terms = self.shown_rows(view), self.rows.terms
        if not keep.size:
            return []
        labels = Labels(name="rank_ranges", title=self.title, description=self.summary(view), unit=label("rank"))
        columns = {"rank": "rank", "median": "rank_median", "low": "rank_low", "high": "rank_high"}
        drawn = {key: terms[name][keep].tolist() for key, name in columns.items()}
        return [rank_intervals(labels, item=[named(unit) for unit in self.rows.unit[keep]], **drawn)]

    def summary(self, view: View | None = None) -> str:
        """Return how far ranks move, and who is first how surely."""
        rows, keep = self.rows, self.shown_rows(view)
        moved = self.rank_changes()
        words = {"mean": shown(float(moved.mean()), 2), "runs": moved.size, "units": int(self.target.rows.sum())}
        told = say("Over {runs} runs the mean absolute change of rank is {mean} ({units} scores).", **words)
        first = [
            say(
                "{unit} {rank} ({low}–{high})",
                unit=named(rows.unit[i]),
                rank=shown(rows.terms["rank"][i], 0),
                low=shown(rows.terms["rank_low"][i], 0),
                high=shown(rows.terms["rank_high"][i], 0),
            )
            for i in keep[:5]
        ]
        return sentences(told, say("Ranks with the range of nine runs in ten: {units}.", units=enumerated(first)))


def options_drawn(design: Design, k: int, choices: Floats) -> list[tuple[str, Any]]:
    """Return each option of a factor in words with the runs that drew it, (r,); a range of numbers is one."""
    slot = design.factors[k].slot
    options = getattr(slot, "options", None)
    if options is None:
        return [(slot.words(), np.ones(choices.size, dtype=bool))]
    return [(design.option(k, place), choices == place) for place in range(len(options))]
