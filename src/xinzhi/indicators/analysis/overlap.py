"""Overlap of a regression with an index: variables that are parts of the index, and what is left without them.

carried   SUM_j in shared cov(F_j z_j, L) / var L,   L = SUM_j F_j z_j,   F_j the weight of the indicator in the index
spanned   1 - (1 - R^2) (n - 1) / (n - m - 1),       R^2 of the variable on all m indicators
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.compute import Run
from xinzhi.errors import listed
from xinzhi.indicators.analysis.reading import Series, read_series, series_names, shown_years
from xinzhi.indicators.diagnosis.correlations import rank_correlation
from xinzhi.indicators.pages.index import effective_weights, passed_on
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.system import IndexResult, IndexSystem, first_stage
from xinzhi.indicators.weights.rule import Given
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, Value, View, register
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.numerics.correlations import pairwise, strongest
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats

Relation = Literal["indicator", "denominator", "near_duplicate"]
RELATIONS: dict[Relation, Text] = {
    "indicator": say("is the indicator"),
    "denominator": say("is its denominator"),
    "near_duplicate": say("nearly the same numbers"),
}


@register("regressor_overlap")
class RegressorOverlap(Method):
    """Check whether the variables of a regression with an index are parts of the index.

    Parameters
    ----------
    system : IndexSystem
    regressors : tuple of str or Term
        The other variables of the regression: controls, mediators, instruments.
    outcome : str, Term or None
        The outcome, where the index explains it.
    near : number
        Absolute correlation with an indicator, over all rows or within units, of values or of logarithms, beyond
        which a variable counts as the same.

    Notes
    -----
    A variable that is an indicator, or divides one, is correlated with the index by construction: its coefficient
    says nothing of behaviour. The index is computed again without all indicators that share something with a
    variable; weights of the framework are taken as relative. What the shared indicators carry is their share of the
    variance of the weighted sum of all indicators, exact where scores are weighted arithmetic means. A variable that
    all indicators together explain nearly wholly overlaps too, though no single one tells.

    References
    ----------
    Pearson, K. (1897). Proceedings of the Royal Society of London 60(359-367), 489-498. doi:10.1098/rspl.1896.0076
    OECD and JRC (2008). Handbook on Constructing Composite Indicators. OECD. doi:10.1787/9789264043466-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 4.0, 10.0, 4.1), ("B", 2.0, 30.0, 2.0), ("C", 3.5, 20.0, 3.4), ("D", 1.0, 25.0, 1.1)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "skills", "inventions"]), unit="unit")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name="patents", parent="index"), xz.Indicator(name="skills", parent="index")],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> result = RegressorOverlap(system=system, regressors=["inventions"]).fit(panel)
    >>> [(overlap.indicator, overlap.relation) for overlap in result.overlaps]
    [('patents', 'near_duplicate')]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("regressors", "outcome")
    system: SerializeAsAny[IndexSystem]
    regressors: tuple[Series, ...] = Setting(min_length=1)
    outcome: Series | None = None
    near: float = Setting(default=0.95, gt=0, lt=1)

    def compute(self, panel: Panel, run: Run) -> "RegressorOverlapResult":
        """Return the index with and without what it shares, by unit and year, and every overlap."""
        index = self.system.fit_in(panel, run)
        assert isinstance(index, IndexResult)
        stage = index.last
        series = (*self.regressors, *(() if self.outcome is None else (self.outcome,)))
        numbers = np.column_stack([read_series(one, panel, run) for one in series])
        names = series_names(series)
        overlaps = tuple(self._overlaps(series, numbers, stage, index))
        shared = np.isin(stage.tree.indicators, [overlap.indicator for overlap in overlaps])
        scores = {"index": index.rows.terms[stage.tree.groups[-1]]}
        left = None if shared.all() else without(self.system, panel, shared=shared, tree_names=stage.tree.indicators)
        if left is not None:
            scores["without_shared"] = left
        status, reason = index.rows.status.copy(), index.rows.reason.copy()
        lost = (status == "ok") & ~np.all([np.isfinite(cells) for cells in scores.values()], axis=0)
        status[lost], reason[lost] = "not_identified", say("no score without the shared indicators")
        good = status == "ok"
        return RegressorOverlapResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {name: np.where(good, cells, np.nan) for name, cells in scores.items()},
                status,
                reason,
            ),
            flow=False,
            absent={} if left is not None else {"without_shared": say("all indicators are shared")},
            warnings=(*passed_on(index), *_warning(overlaps, stage)),
            diagnostics={"shared": int(shared.sum()), "indicators": len(stage.tree.indicators)},
            log=index.log,
            index=index,
            names=tuple(names),
            numbers=numbers,
            overlaps=overlaps,
        )

    def _overlaps(self, series: Sequence[Series], numbers: Floats, stage: Stage, index: IndexResult) -> "list[Overlap]":
        """Return which variable is which indicator, by name or by its numbers."""
        own = stage.tree.indicators
        first = index.stages[0]
        given = first.values[:, [first.tree.indicators.index(name) for name in own]]
        counts = (stage.base > 0)[:, None]
        forms = [np.where(counts, cells, np.nan) for cells in (given, stage.raw)]
        pooled, inside = strongest(np.where(counts, numbers, np.nan), forms, stage.panel.code)
        found = []
        for k, one in enumerate(series):
            for j, name in enumerate(own):
                relation: Relation | None = None
                if one == name:
                    relation = "indicator"
                elif isinstance(one, str) and one == stage.framework.indicator(name).denominator:
                    relation = "denominator"
                elif max(abs(pooled[k, j]), abs(inside[k, j])) > self.near:
                    relation = "near_duplicate"
                if relation is not None:
                    found.append(Overlap(k, name, relation, float(pooled[k, j]), float(inside[k, j])))
        return found


@dataclass(frozen=True)
class Overlap:
    """A variable and an indicator that share something.

    ``variable``: its place among regressors and outcome; ``pooled``, ``within``: the strongest correlation over all
    rows and within units, zero where there is none.
    """

    variable: int
    indicator: str
    relation: Relation
    pooled: float
    within: float


@dataclass(frozen=True, kw_only=True, repr=False)
class RegressorOverlapResult(Result):
    """The index with and without what it shares with variables of a regression, by unit and year.

    ``index``: the full index; ``names``, ``numbers``: k variables and their (n, k) numbers, the outcome last;
    ``overlaps``: each variable with each indicator that it shares something with.
    """

    index: IndexResult
    names: tuple[Text, ...]
    numbers: Floats
    overlaps: tuple[Overlap, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Overlap of regressors with {index}", index=self.index.name(self.index.last.tree.groups[-1]))

    @property
    def rank_correlation(self) -> float:
        """Return the rank correlation of the index with and without what is shared; NaN where nothing is left."""
        if "without_shared" not in self.rows.terms:
            return float("nan")
        return rank_correlation(self.rows.terms["index"], self.rows.terms["without_shared"])

    def shared(self, variable: int | None = None) -> Bools:
        """Return which indicators share something with a variable, or with any, (m,)."""
        names = [one.indicator for one in self.overlaps if variable in {None, one.variable}]
        return np.isin(self.index.last.tree.indicators, names)

    def carried(self, variable: int | None = None) -> float:
        """Return the share of the variance of the weighted sum that the shared indicators carry."""
        stage = self.index.last
        return carried(stage.values, effective_weights(stage)[-1], self.shared(variable))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the overlaps, the variables, and the ranks with and without what is shared."""
        return [
            *([self._overlaps_table()] if self.overlaps else []),
            self._variables_table(),
            *([self._ranks_table(view)] if "without_shared" in self.rows.terms else []),
        ]

    def _role(self, k: int) -> Text:
        last = self.settings["outcome"] is not None and k == len(self.names) - 1
        return say("outcome") if last else say("regressor")

    def _overlaps_table(self) -> Table:
        stage, found = self.index.last, self.overlaps
        weights = dict(zip(stage.tree.indicators, effective_weights(stage)[-1], strict=True))
        cells = {
            "variable": [self.names[one.variable] for one in found],
            "role": [self._role(one.variable) for one in found],
            "relation": [RELATIONS[one.relation] for one in found],
            "indicator": [self.index.name(one.indicator) for one in found],
            "pooled": [one.pooled for one in found],
            "within": [one.within if self.panel.times.size > 1 else None for one in found],
            "weight": [weights[one.indicator] for one in found],
        }
        correlation = say("Correlation")
        fields = [
            Field("variable", say("Variable")),
            Field("role", say("Role")),
            Field("relation", say("Relation")),
            Field("indicator", say("Indicator")),
            Field("pooled", say("all rows"), 3, correlation),
            Field("within", say("within units"), 3, correlation),
            Field("weight", say("Weight in the index"), 4),
        ]
        return Table.of("overlaps", say("Variables that are parts of the index"), fields, cells)

    def _variables_table(self) -> Table:
        scores = np.column_stack(list(self.rows.terms.values()))
        with_scores = pairwise(self.numbers, scores)
        places = range(len(self.names))
        z = np.where((self.index.last.base > 0)[:, None], self.index.last.values, np.nan)
        cells = {
            "variable": self.names,
            "role": [self._role(k) for k in places],
            "shared": [int(self.shared(k).sum()) for k in places],
            "carried": [self.carried(k) for k in places],
            "spanned": [spanned(self.numbers[:, k], z) for k in places],
            "with_index": with_scores[:, 0],
            "without": with_scores[:, 1] if scores.shape[1] > 1 else [None] * len(self.names),
        }
        correlation = say("Correlation with the index")
        fields = [
            Field("variable", say("Variable")),
            Field("role", say("Role")),
            Field("shared", say("Shared indicators"), 0),
            Field("carried", say("Their share of the variance of the index"), 3),
            Field("spanned", say("Adjusted R² on all indicators"), 3),
            Field("with_index", say("in full"), 3, correlation),
            Field("without", say("without what is shared"), 3, correlation),
        ]
        notes = [say("Adjusted R² only where there are two rows and more for each indicator."), *self.absences()]
        return Table.of("variables", say("Variables and the index"), fields, cells, notes=notes)

    def _ranks_table(self, view: View | None) -> Table:
        """Return scores and ranks among all units in the last year of the view."""
        units, _ = self.chosen(view)
        year = shown_years(self, view)[-1]
        there = np.flatnonzero(self.rows.time == year)
        full, rest = (self.rows.terms[name][there] for name in ("index", "without_shared"))
        ranks = [_places(scores) for scores in (full, rest)]
        order = {str(u): k for k, u in enumerate(self.rows.unit[there])}
        rows = [order[u] for u in units if u in order]
        cells = {
            "unit": [named(self.rows.unit[there][k]) for k in rows],
            "index": full[rows],
            "rank": ranks[0][rows],
            "without_shared": rest[rows],
            "rank_without": ranks[1][rows],
            "change": (ranks[1] - ranks[0])[rows],
        }
        head, rest_head = label("index"), say("Without what is shared")
        fields = [
            Field("unit", label("unit")),
            Field("index", say("Score"), 4, head),
            Field("rank", say("Rank"), 0, head),
            Field("without_shared", say("Score"), 4, rest_head),
            Field("rank_without", say("Rank"), 0, rest_head),
            Field("change", say("Change of rank"), 0),
        ]
        told = say("Rank correlation of the two over all rows: {r}.", r=shown(self.rank_correlation, 3))
        notes = [*([say("Year: {year}.", year=year)] if self.panel.time else []), told]
        return Table.of("ranks", say("The index without what it shares"), fields, cells, notes=notes)

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how many indicators are shared, what they carry, and what is left."""
        count, total = int(self.shared().sum()), len(self.index.last.tree.indicators)
        if not count:
            return say("None of the {total} indicators is shared with a variable of the regression.", total=total)
        told = say(
            "{count} of {total} indicators are shared with variables of the regression; they carry {share} per cent of "
            "the variance of the index.",
            count=count,
            total=total,
            share=shown(100 * self.carried(), 1),
        )
        if np.isnan(self.rank_correlation):
            return told
        r = shown(self.rank_correlation, 3)
        return sentences(told, say("Without them, ranks correlate with those of the full index by {r}.", r=r))


# Arrays in, arrays out ------------------------------------------------------------------------


def carried(values: Floats, weights: Floats, shared: Bools) -> float:
    """Return the share of the variance of the weighted sum of (n, m) values that some of them carry; NaN if none."""
    parts = values[np.isfinite(values).all(axis=1)] * weights
    whole = parts.sum(axis=1)
    gaps = whole - whole.mean()
    variance = float(gaps @ gaps)
    return float(gaps @ parts[:, shared].sum(axis=1)) / variance if variance > 0 else float("nan")


def spanned(x: Floats, values: Floats) -> float:
    """Return the adjusted R^2 of an (n,) variable on (n, m) columns; NaN for fewer than two rows for each column."""
    both = np.isfinite(x) & np.isfinite(values).all(axis=1)
    n, m = int(both.sum()), values.shape[1]
    y = x[both] - (x[both].mean() if n else 0.0)
    if n < 2 * m or n < m + 3 or not y.any():
        return float("nan")
    basis = np.column_stack([np.ones(n), values[both]])
    error = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
    return float(1.0 - (error @ error) / (y @ y) * (n - 1) / (n - m - 1))


def without(system: IndexSystem, panel: Panel, *, shared: Bools, tree_names: Sequence[str]) -> Floats:
    """Return the index, (n,), made by the same steps without some of the (m,) indicators that it had."""
    gone = {name for name, out in zip(tree_names, shared, strict=True) if out}
    stage = first_stage(system.framework, panel)
    kept = np.array([name not in gone for name in stage.tree.indicators])
    stage = stage.keeping(kept, dict.fromkeys(sorted(gone), say("shared with the regression")))
    for step in system.nominal().steps:
        stage = _relative(step).apply(stage)
    assert stage.scores is not None
    scores: Floats = stage.scores[:, -1].copy()
    return scores


def _relative(value: Any) -> Any:
    """Return settings in which weights of the framework are relative, since some of them are gone."""
    if isinstance(value, Given):
        return Given(scale="relative")
    if isinstance(value, tuple):
        return tuple(map(_relative, value))
    if not isinstance(value, Value):
        return value
    inner = {name: getattr(value, name) for name in type(value).model_fields}
    changed = {name: new for name, item in inner.items() if (new := _relative(item)) != item}
    return value.model_copy(update=changed) if changed else value


def _places(scores: Floats) -> Floats:
    """Return ranks of (n,) scores, 1 the best, ties sharing the better rank; missing ones missing."""
    there = np.isfinite(scores)
    better = (scores[there][None, :] > scores[there][:, None]).sum(axis=1) + 1.0
    out = np.full(scores.shape, np.nan)
    out[there] = better
    return out


def _warning(overlaps: Sequence[Overlap], stage: Stage) -> tuple[Text, ...]:
    """Return the warning that correlations are mechanical, or nothing."""
    names = list(dict.fromkeys(overlap.indicator for overlap in overlaps))
    if not names:
        return ()
    titles = listed([stage.framework.title(name) for name in names])
    return (say("XZ-465 variables of the regression are parts of the index: {names}.", names=titles),)
