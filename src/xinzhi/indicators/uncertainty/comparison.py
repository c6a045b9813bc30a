"""Comparison of methods: scores and ranks of one index under other settings, side by side.

shift    rank under an alternative less rank under the base
rho      Spearman's correlation of both ranks;  tau: Kendall's;  both by year, then the mean over years
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny, model_validator
from scipy.stats import kendalltau, spearmanr

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.indicators.pages.index import passed_on
from xinzhi.indicators.pages.words import step_sentence
from xinzhi.indicators.stage import Step
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.indicators.uncertainty.ranking import placed, ranks, row_words
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints


@register("method_comparison")
class MethodComparison(Method):
    """Compare the ranks of an index with those under other weights, normalisations, aggregations, frameworks.

    Parameters
    ----------
    system : IndexSystem
        The base.
    alternatives : mapping from name to IndexSystem or tuple of Step
        Another index; or steps that take the place of the base's steps of the same form, and are added where the base
        has none.

    Notes
    -----
    Ranks are among the rows that have a score under every index; equal scores share the better rank. Correlations and
    changes are computed by year and averaged over years. High rank correlations are usual and hide large changes of
    single units: read the largest shift too.

    References
    ----------
    Kendall, M. G. (1938). Biometrika 30(1-2), 81-93. doi:10.1093/biomet/30.1-2.81
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
    >>> base = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> other = {"published": [xz.Weigh(by=xz.Given())]}
    >>> MethodComparison(system=base, alternatives=other).fit(panel).term("shift_published").tolist()
    [-1.0, 0.0, 1.0]
    """

    system: SerializeAsAny[IndexSystem]
    alternatives: dict[str, SerializeAsAny[IndexSystem] | tuple[SerializeAsAny[Step], ...]] = Setting(min_length=1)

    @model_validator(mode="after")
    def _fit_together(self) -> "MethodComparison":
        self.systems()
        return self

    def systems(self) -> dict[str, IndexSystem]:
        """Return the alternatives as whole indices."""
        return {
            name: other if isinstance(other, IndexSystem) else with_steps(self.system, other)
            for name, other in self.alternatives.items()
        }

    def compute(self, panel: Panel, run: Run) -> "MethodComparisonResult":
        """Return scores, ranks and shifts by unit and year."""
        base: Any = self.system.fit_in(panel, run)
        others: dict[str, Any] = {name: system.fit_in(panel, run) for name, system in self.systems().items()}
        scores = np.column_stack([top(result) for result in (base, *others.values())])
        common: Bools = np.all(np.isfinite(scores), axis=1)
        if not common.any():
            raise DataError("XZ-206", say("no row has a score under every index"), where=panel.source)
        time = panel.when[common]
        places = ranks(scores[common].T, time)
        terms = {"score": scores[common, 0], "rank": places[0]}
        for k, name in enumerate(others, start=1):
            terms |= {
                f"score_{name}": scores[common, k],
                f"rank_{name}": places[k],
                f"shift_{name}": places[k] - places[0],
            }
        return MethodComparisonResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {name: placed(values, common) for name, values in terms.items()},
                *row_words(base.rows, common, say("no score under one of the alternatives")),
            ),
            flow=False,
            warnings=passed_on(base, *others.values()),
            log=base.log,
            base=base,
            agreements={name: agreement(places[0], places[k], time) for k, name in enumerate(others, start=1)},
            changes={name: changed(base, other) for name, other in others.items()},
        )


@dataclass(frozen=True)
class Agreement:
    """How far two rankings agree.

    ``spearman``, ``kendall``: correlations of ranks; ``mean_change``: mean absolute change of rank; ``largest``: the
    largest one; ``rows``: scores compared.
    """

    spearman: float
    kendall: float
    mean_change: float
    largest: int
    rows: int


@dataclass(frozen=True, kw_only=True, repr=False)
class MethodComparisonResult(Result):
    """Scores and ranks under the base, and under each alternative with the shift of rank.

    ``agreements``: of each alternative with the base; ``changes``: what each does otherwise, in sentences.
    """

    base: IndexResult
    agreements: Mapping[str, Agreement]
    changes: Mapping[str, Text]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Ranks under other methods")

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the agreement with the base, and the ranks side by side in the last year of the view."""
        return [self._agreement(), self._ranks(view)]

    def _agreement(self) -> Table:
        """Return correlations and changes of rank of each alternative."""
        found = self.agreements
        cells: dict[str, list[Any]] = {"alternative": [named(name) for name in found]}
        for key in ("spearman", "kendall", "mean_change", "largest"):
            cells[key] = [getattr(one, key) for one in found.values()]
        fields = [
            Field("alternative", label("alternative")),
            Field("spearman", say("Spearman's correlation"), 3),
            Field("kendall", say("Kendall's correlation"), 3),
            Field("mean_change", say("Mean absolute change of rank"), 2),
            Field("largest", say("Largest change of rank"), 0),
        ]
        notes = [say("{name}: {changes}", name=named(name), changes=self.changes[name]) for name in found]
        return Table.of("agreement", say("Agreement with the ranks of the base"), fields, cells, notes=notes)

    def _ranks(self, view: View | None) -> Table:
        """Return ranks and shifts, in the order of the base."""
        keep = self.shown_rows(view)
        rows, names = self.rows, list(self.agreements)
        keys = ["rank", *(f"{kind}_{name}" for name in names for kind in ("rank", "shift"))]
        cells: dict[str, list[Any]] = {key: rows.terms[key][keep].tolist() for key in keys}
        cells |= {"unit": [named(unit) for unit in rows.unit[keep]], "time": rows.time[keep].tolist()}
        fields = [Field("unit", label("unit")), Field("time", label("time"), 0), Field("rank", say("Base"), 0)]
        for name in names:
            fields.append(Field(f"rank_{name}", named(name), 0))
            fields.append(Field(f"shift_{name}", say("{name}: shift", name=named(name)), 0))
        return self.timed(Table.of("ranks", self.title, fields, cells))

    def shown_rows(self, view: View | None) -> Ints:
        """Return the places of the computed rows of the last year of the view, by rank under the base."""
        units, periods = self.chosen(view)
        rows = self.rows
        good = np.isin(rows.unit.astype(str), units) & (rows.status == "ok") & (rows.time <= periods[-1][1])
        keep = np.flatnonzero(good & (rows.time == rows.time[good].max(initial=0)))
        return keep[np.argsort(rows.terms["rank"][keep], kind="stable")]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the ranks under the base and the alternatives."""
        from xinzhi.indicators.pages.figures import Labels, rank_changes

        keep, terms = self.shown_rows(view), self.rows.terms
        if not keep.size:
            return []
        labels = Labels(name="ranks", title=self.title, description=self.summary(view), unit=label("rank"))
        others: dict[str, Any] = {named(name): terms[f"rank_{name}"][keep].tolist() for name in self.agreements}
        units = [named(unit) for unit in self.rows.unit[keep]]
        return [rank_changes(labels, item=units, base=terms["rank"][keep].tolist(), others=others)]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the mean and largest change of rank under each alternative."""
        told = [
            say(
                "{name}: ranks change by {mean} on average, by {largest} at most; Spearman's correlation {rho}.",
                name=named(name),
                mean=shown(one.mean_change, 2),
                largest=one.largest,
                rho=shown(one.spearman, 3),
            )
            for name, one in self.agreements.items()
        ]
        return sentences(*told)


def with_steps(system: IndexSystem, steps: Sequence[Step]) -> IndexSystem:
    """Return an index with some of its steps replaced by those of the same form; others are put in by their rank."""
    new = {step.form: step for step in steps}
    kept = [new.pop(step.form, step) for step in system.steps]
    for step in new.values():
        place = next((k for k, other in enumerate(kept) if other.rank > step.rank), len(kept))
        kept.insert(place, step)
    return IndexSystem(framework=system.framework, steps=tuple(kept))


def changed(base: IndexResult, other: IndexResult) -> Text:
    """Return what an index does otherwise than the base, in sentences."""
    framework = base.stages[0].framework != other.stages[0].framework
    steps = zip(other.steps, other.stages[1:], strict=True)
    told = {step.form: step_sentence(step, stage) for step, stage in steps if step not in base.steps}
    kinds = {step.form for step in other.steps if told.get(step.form, step.form)}  # a step without words does nothing
    gone = [say("Without the step: {step}.", step=step.called) for step in base.steps if step.form not in kinds]
    return sentences(say("Another framework.") if framework else "", *told.values(), *gone) or say("The same steps.")


def top(result: IndexResult) -> Floats:
    """Return the scores of the index, (n,); NaN where there is none."""
    return result.rows.terms[result.last.tree.groups[-1]]


def agreement(one: Floats, other: Floats, time: Ints) -> Agreement:
    """Return how far two (n,) rankings agree: by year, then the mean over the years with two scores or more."""
    moved = np.abs(other - one)
    by_year = [np.flatnonzero(time == year) for year in np.unique(time)]
    pairs = [(one[rows], other[rows]) for rows in by_year if rows.size > 1]
    varied = [(a, b) for a, b in pairs if np.ptp(a) and np.ptp(b)]
    rho = [float(spearmanr(a, b).statistic) for a, b in varied]
    tau = [float(kendalltau(a, b).statistic) for a, b in varied]
    means = [float(moved[rows].mean()) for rows in by_year]
    return Agreement(
        float(np.mean(rho)) if rho else np.nan,
        float(np.mean(tau)) if tau else np.nan,
        float(np.mean(means)),
        int(moved.max()),
        moved.size,
    )
