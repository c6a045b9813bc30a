"""Sensitivity: which choices the ranks of an index depend on, by Sobol indices.

    S_i = V[E(y | choice i)] / V(y)                  first order: what choice i does by itself
    T_i = 1 - V[E(y | all choices but i)] / V(y)     total: with its interactions; T_i = 0 only without any effect

y: the mean absolute change of rank against the published index; and the rank, or the score, of each unit.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny, model_validator

from xinzhi.compute import Run
from xinzhi.indicators.pages.index import passed_on
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.indicators.uncertainty.design import Design
from xinzhi.indicators.uncertainty.ranking import placed, ranks
from xinzhi.indicators.uncertainty.replay import Target, replayed
from xinzhi.indicators.uncertainty.sobol import SobolIndices, sobol
from xinzhi.language import Text, enumerated, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

DRAWS = 2010
"""Key of the random numbers of this analysis."""
ALONE = 0.95
"""Share of the variance by single choices above which interactions are within the error of the estimates."""
STILL = say("the same in every run: no variance to divide")


@register("sensitivity")
class Sensitivity(Method):
    """Divide the variance of ranks among the choices of an index by Sobol indices.

    Parameters
    ----------
    system : IndexSystem
        With ``OneOf`` or ``Between`` in the slots of its steps: the factors, d of them.
    sample : int
        Points of each of the two samples, a power of two; the index is computed (d + 2) times as often.
    of : "rank" or "score"
        What the indices of each unit are of; those of the whole are of the mean absolute change of rank.
    target : str or None
        The dimension whose score is ranked; by default the index.
    year : int or None
        Ranks of one year only; by default of every year.

    Notes
    -----
    Points are a scrambled Sobol sequence; an option owns an equal slice of [0, 1). First-order indices by Saltelli et
    al. (2010), total ones by Jansen. Intervals hold 95 per cent of bootstrap resamples of the points as if these were
    independent; those of a Sobol sequence are more even, so that the intervals are conservative. A number of a resample
    is a factor of its own, so that redrawing the sample does not pass for an effect of the others. A slot inside an
    option is a factor that does nothing where the option is not drawn. A first-order index below its total means
    interactions; estimates may be slightly negative or add up to more than one. What does not vary has no indices and
    the status not identified.

    References
    ----------
    Saltelli, A. et al. (2010). Computer Physics Communications 181(2), 259-270. doi:10.1016/j.cpc.2009.09.018
    Saisana, M., Saltelli, A. and Tarantola, S. (2005). Journal of the Royal Statistical Society A 168(2), 307-323

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
    >>> steps = [xz.Normalise(by=xz.MinMax(high=xz.Between(1.0, 100.0))),
    ...          xz.Weigh(by=xz.OneOf(xz.Equal(), xz.Given())), xz.Aggregate()]
    >>> result = Sensitivity(system=xz.IndexSystem(framework=framework, steps=steps), sample=64).fit(panel)
    >>> dict(zip(result.design.keys, result.indices.total[:, 0].round(3).tolist()))
    {'normalise_by_high': 0.0, 'weigh_by': 1.0}
    """

    system: SerializeAsAny[IndexSystem]
    sample: int = Setting(default=512, ge=16, le=2**17)
    of: Literal["rank", "score"] = "rank"
    target: str | None = None
    year: int | None = None

    @model_validator(mode="after")
    def _power_of_two(self) -> "Sensitivity":
        if self.sample & (self.sample - 1):
            raise ValueError(say("a power of two: 256, 512, 1024; found {number}", number=self.sample))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return the bytes: scores, ranks and outputs of all runs, for as many factors as the index has slots."""
        runs = self.sample * (2 + len(Design.of(self.system, where="Sensitivity.system").factors))
        return super().memory(panel, workers=workers) + 6 * 8 * runs * len(panel)

    def compute(self, panel: Panel, run: Run) -> "SensitivityResult":
        """Return the indices for the mean absolute change of rank, and by unit and year."""
        design = Design.of(self.system, where="Sensitivity.system")
        index: Any = self.system.fit_in(panel, run)
        target = Target.of(index, self.target, self.year, where="Sensitivity")
        time = panel.when[target.rows]
        nominal = ranks(index.term(target.group)[target.rows], time)

        def outputs(points: Floats) -> Floats:
            scores = replayed(index.stages[0], design, target, design.choices(points), run)
            places = ranks(scores, time)
            moved = np.abs(places - nominal).mean(axis=1)
            return np.column_stack([moved, places if self.of == "rank" else scores])

        indices = sobol(outputs, len(design.factors), self.sample, run.generator(DRAWS))
        terms = {}
        for k, key in enumerate(design.keys):
            terms[f"first_{key}"] = placed(indices.first[k, 1:], target.rows)
            terms[f"total_{key}"] = placed(indices.total[k, 1:], target.rows)
        status, reason = target.words(index)
        still = np.flatnonzero(target.rows)[~indices.varies[1:]]
        status[still], reason[still] = "not_identified", STILL
        return SensitivityResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), terms, status, reason),
            flow=False,
            absent={} if indices.varies[0] else {"rank_change": STILL},
            warnings=passed_on(index),
            diagnostics={"runs": self.sample * (len(design.factors) + 2), "factors": len(design.factors)},
            log=index.log,
            index=index,
            design=design,
            indices=indices,
            target=target,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class SensitivityResult(Result):
    """Sobol indices: ``first_`` and ``total_`` of each factor for the rank or score of each unit and year.

    ``indices``: of d factors for the mean absolute change of rank, with intervals, then for the compared rows.
    """

    index: IndexResult
    design: Design
    indices: SobolIndices
    target: Target

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("What the ranks of {index} depend on", index=self.index.name(self.target.group))

    @property
    def status(self) -> str:
        """Return the status of the indices for the mean absolute change of rank."""
        return "ok" if self.indices.varies[0] else "not_identified"

    def order(self) -> Ints:
        """Return the places of the factors, (d,): the largest total index first."""
        return np.argsort(-np.nan_to_num(self.indices.total[:, 0]), kind="stable")

    def factor_titles(self) -> list[Text]:
        """Return the factors in words."""
        return [self.design.title(k) for k in range(len(self.design.factors))]

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the indices of the mean change of rank, and the total indices of units."""
        found, titles, order = self.indices, self.factor_titles(), self.order()
        low, high = found.first_range, found.total_range
        columns = {
            "first": found.first[:, 0],
            "first_low": low[0],
            "first_high": low[1],
            "total": found.total[:, 0],
            "total_low": high[0],
            "total_high": high[1],
        }
        names = {
            "first": say("First-order index"),
            "first_low": say("First order, lower end"),
            "first_high": say("First order, upper end"),
            "total": say("Total index"),
            "total_low": say("Total, lower end"),
            "total_high": say("Total, upper end"),
        }
        cells: dict[str, list[Any]] = {key: values[order].tolist() for key, values in columns.items()}
        cells["factor"] = [titles[k] for k in order]
        fields = [Field("factor", label("factor")), *(Field(key, name, 3) for key, name in names.items())]
        settings: Any = self.method
        notes = [
            say("Of the mean absolute change of rank; {n} points, 95 % intervals (conservative).", n=settings.sample)
        ]
        notes += [say("Not identified: {reason}.", reason=STILL)] if self.status != "ok" else []
        table = Table.of("sobol", say("Sobol indices of the mean change of rank"), fields, cells, notes=notes)
        return [table, self._by_unit(view)]

    def _by_unit(self, view: View | None) -> Table:
        """Return the total indices of the units of the view in its last year."""
        units, periods = self.chosen(view)
        rows, titles = self.rows, self.factor_titles()
        here = np.isin(rows.unit.astype(str), units)
        years = rows.time[here & (rows.time <= periods[-1][1])]
        keep = np.flatnonzero(here & (rows.time == (years.max() if years.size else -1)))
        keys = [f"total_{key}" for key in self.design.keys]
        cells: dict[str, list[Any]] = {key: rows.terms[key][keep].tolist() for key in keys}
        cells |= {"unit": [named(unit) for unit in rows.unit[keep]], "time": rows.time[keep].tolist()}
        fields = [Field("unit", label("unit")), Field("time", label("time"), 0)]
        fields += [Field(key, title, 3) for key, title in zip(keys, titles, strict=True)]
        settings: Any = self.method
        title = (
            say("Total Sobol indices of each rank")
            if settings.of == "rank"
            else say("Total Sobol indices of each score")
        )
        note = say("A dash: no score, or the same in every run.")
        return self.timed(Table.of("sobol_by_unit", title, fields, cells, notes=[note]))

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the indices with their intervals."""
        from xinzhi.indicators.pages.figures import Labels, sobol_bars

        if self.status != "ok":
            return []
        found, title = self.indices, say("Sobol indices of the mean change of rank")
        labels = Labels(name="sobol", title=title, description=self.summary(view), unit=say("share of the variance"))
        return [
            sobol_bars(
                labels,
                factor=self.factor_titles(),
                first=found.first[:, 0].tolist(),
                total=found.total[:, 0].tolist(),
                first_interval=(found.first_range[0].tolist(), found.first_range[1].tolist()),
                total_interval=(found.total_range[0].tolist(), found.total_range[1].tolist()),
            )
        ]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the factors by their total index."""
        if self.status != "ok":
            return say("The mean change of rank is not identified: {reason}.", reason=STILL)
        found, titles = self.indices, self.factor_titles()
        told = [
            say(
                "{factor}: {total} ({low} to {high})",
                factor=titles[k],
                total=shown(found.total[k, 0], 2),
                low=shown(found.total_range[0, k], 2),
                high=shown(found.total_range[1, k], 2),
            )
            for k in self.order()[:6]
        ]
        alone = float(found.first[:, 0].sum())
        return sentences(
            say("Total Sobol indices of the mean change of rank: {factors}.", factors=enumerated(told)),
            say("First-order indices add up to {share}.", share=shown(alone, 2)),
            say("The rest is interactions between choices.") if alone < ALONE else "",
        )
