"""Spatial Markov chains: whether a unit's chance to move up or down depends on how its neighbours stand.

p_ij(l) = n_ij(l) / n_i(l): of the units in class i whose neighbours are in class l, the share in class j a step later.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.language import Text, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts
from xinzhi.regions.dynamics.chain_pages import (
    Chains,
    chain_tables,
    chain_warnings,
    cuts_table,
    homogeneity_table,
    verdict,
)
from xinzhi.regions.dynamics.chains import Chain, Homogeneity, chain, homogeneity
from xinzhi.regions.dynamics.classes import Classes, Quantiles, class_count, class_words, classify, cut_offs
from xinzhi.regions.dynamics.markov import refuse_empty, step_words, transitions
from xinzhi.regions.dynamics.positions import Relative, read_positions, value_status
from xinzhi.regions.space.weights import SpatialWeights, Weights, read_weights


@register("spatial_markov_chain")
class SpatialMarkovChain(Method):
    """Estimate a Markov chain for each class of the neighbours, and test whether the neighbours matter.

    Parameters
    ----------
    of : str, Filled or Term
        The variable.
    weights : ContiguityList, DistanceWeights, EconomicDistance or Nested
        Who is whose neighbour; the spatial lag is the weighted sum of the neighbours in the year of the start.
    classes : Quantiles or CutOffs
        How values are classed; five quantiles of all years together by default.
    lag_classes : Quantiles, CutOffs or None
        How spatial lags are classed; by default as values are, with quantiles of the lags themselves.
    lag : int
        Years of a step; all pairs of years this far apart are counted.
    relative : "year_mean" or None
        Values over the mean of their year before lags are taken, or as they are.

    Notes
    -----
    A unit has a spatial lag where all its neighbours have a value, and none where it has no neighbours. Chains of
    many classes and lag classes are thin: of 30 units over 10 years a row holds about ten transitions. The tests are
    likelihood ratio and Pearson's Q that all chains are equal, with the degrees of freedom of Bickenbach and Bode,
    which leave out empty rows; a small p-value says that the next class goes with the neighbours, not that they
    cause it. Cut-offs matter much: pooled ones of values that grow mix growth into the test. A steady state is given
    for each chain, as if the neighbours stayed where they are.

    References
    ----------
    Rey, S. J. (2001). Geographical Analysis 33(3), 194-214. doi:10.1111/j.1538-4632.2001.tb00444.x
    Bickenbach, F. and Bode, E. (2003). International Regional Science Review 26(3), 363-392.
    Rey, S. J., Kang, W. and Wolf, L. (2016). Journal of Geographical Systems 18(4), 377-398.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.dynamics.classes import Quantiles
    >>> from xinzhi.regions.dynamics.spatial_markov import SpatialMarkovChain
    >>> from xinzhi.regions.space.weights import ContiguityList
    >>> rows = [(unit, year, k + (year * (k + 2)) % 5) for k, unit in enumerate("ABCDEF") for year in range(2000, 2008)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "year", "y"]), unit="unit", time="year")
    >>> ring = ContiguityList(links=list(zip("ABCDEF", "BCDEFA")))
    >>> result = SpatialMarkovChain(of="y", weights=ring, classes=Quantiles(count=2)).fit(panel)
    >>> int(sum(chain.counts.sum() for chain in result.chains))
    42
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    weights: Weights
    classes: Classes = Quantiles()
    lag_classes: Classes | None = None
    lag: int = Setting(default=1, ge=1)
    relative: Relative = None

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes it takes beside the panel: the weights."""
        return super().memory(panel, workers=workers) + self.weights.memory(panel)

    def compute(self, panel: Panel, run: Run) -> "SpatialMarkovChainResult":
        """Return the class of each unit and of its neighbours by year, a chain for each of the latter, and the test."""
        values, name, log = read_positions(self.of, self.relative, panel, run)
        weights = read_weights(self.weights, panel)
        lags = spatial_lags(values, weights, panel)
        k, m = class_count(self.classes), class_count(self.around)
        years, cuts = cut_offs(values, panel.when, self.classes, source=panel.source)
        _, lag_cuts = cut_offs(lags, panel.when, self.around, source=panel.source)
        which = np.searchsorted(years, panel.when)
        place, around = classify(values, cuts[which]), classify(lags, lag_cuts[which])
        refuse_empty(place, k, panel)
        moves = transitions(panel, np.where(np.isfinite(around), place, np.nan), self.lag, ends=place)
        counts = moves.counts(around[moves.before].astype(np.int64) - 1, (m, k))
        test, chains = homogeneity(counts), tuple(chain(matrix) for matrix in counts)
        (status, reason), (lag_word, why) = value_status(values, name), lag_status(lags, weights, name, panel)
        odd = (status == "ok") & (lag_word != "ok")
        status[odd], reason[odd] = lag_word[odd], why[odd]
        good, starts = status == "ok", int(np.unique(panel.when[moves.before]).size)
        terms = {"class": np.where(good, place, np.nan), "lag_class": np.where(good, around, np.nan)}
        warned = chain_warnings(named_chains(chains), [test], starts)
        return SpatialMarkovChainResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), terms, status, reason),
            flow=False,
            name=name,
            years=years,
            cuts=cuts,
            lag_cuts=lag_cuts,
            chains=chains,
            pooled=chain(counts.sum(axis=0)),
            test=test,
            told=weights.words,
            log=log,
            warnings=filled_warnings(log) + weights.warnings() + warned,
            diagnostics={"transitions": int(counts.sum()), "starts": starts},
        )

    @property
    def around(self) -> Classes:
        """Return how spatial lags are classed."""
        return self.classes if self.lag_classes is None else self.lag_classes


def spatial_lags(values: Floats, weights: SpatialWeights, panel: Panel) -> Floats:
    """Return the spatial lag of each row, (n,): NaN for an island, and where a neighbour has no value."""
    grid = np.full((panel.units.size, panel.times.size), np.nan)
    column = np.searchsorted(panel.times, panel.when)
    grid[panel.code, column] = values
    return weights.lag(grid)[panel.code, column]


def lag_status(lags: Floats, weights: SpatialWeights, name: Text, panel: Panel) -> tuple[Texts, Texts]:
    """Return status and reason of the spatial lag of each row, (n,): neighbours that all have a value."""
    status, reason = np.full(lags.size, "ok", dtype=object), np.full(lags.size, "", dtype=object)
    gap, alone = np.isnan(lags), np.isin(panel.unit_names.astype(str), weights.islands)
    status[gap], reason[gap] = "missing_data", say("{columns} missing for a neighbour", columns=name)
    status[alone], reason[alone] = "not_identified", say("no neighbours")
    return status, reason


def named_chains(chains: tuple[Chain, ...]) -> Chains:
    """Return the chains, each with the class of the neighbours."""
    return [(say("neighbours in class {number}", number=number), one) for number, one in enumerate(chains, start=1)]


@dataclass(frozen=True, kw_only=True, repr=False)
class SpatialMarkovChainResult(Result):
    """Classes of units and of their neighbours, and a chain for each class of the neighbours.

    ``name``: the variable; ``years``, ``cuts``, ``lag_cuts``: (t,), (t, k - 1), (t, m - 1); ``chains``: m chains;
    ``pooled``: the chain without regard to neighbours; ``test``: that all are equal; ``told``: the weights in words.
    """

    name: Text
    years: Ints
    cuts: Floats
    lag_cuts: Floats
    chains: tuple[Chain, ...]
    pooled: Chain
    test: Homogeneity
    told: Text | str

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Spatial Markov chain of {name}", name=self.name)

    def methods_text(self) -> str:
        """Return the method in words with classes, step and weights."""
        method: Any = self.method
        same = say("Spatial lags are classed by the same rule.")
        around = same if method.lag_classes is None else say("Spatial lags: {words}", words=class_words(method.around))
        words = (class_words(method.classes), around, step_words(method.lag), self.told)
        return sentences(super().methods_text(), *words)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return chains by class of the neighbours and pooled, moves, the test, and the cut-offs."""
        chains = [*named_chains(self.chains), (say("all"), self.pooled)]
        hypothesis = say("The same for all classes of the neighbours")
        cuts = [
            cuts_table(self.years, self.cuts, name="cut_offs", title=say("Cut-offs of classes")),
            cuts_table(self.years, self.lag_cuts, name="lag_cut_offs", title=say("Cut-offs of the neighbours")),
        ]
        own = [self._moves_table(), homogeneity_table({hypothesis: self.test}), *cuts]
        return [*chain_tables(chains, say("Neighbours")), *own, *self.filled_table(view)]

    def _moves_table(self) -> Table:
        """Return the shares that move down, stay and move up, by class of the neighbours."""
        chains = [*named_chains(self.chains), (say("all"), self.pooled)]
        columns: dict[str, list[Any]] = {"given": [], "count": [], "down": [], "stay": [], "up": []}
        for name, one in chains:
            cells = [name, int(one.counts.sum()), *moved(one.counts)]
            for column, cell in zip(columns.values(), cells, strict=True):
                column.append(cell)
        fields = [
            Field("given", say("Neighbours")),
            Field("count", say("Transitions"), 0),
            Field("down", say("Down"), 1),
            Field("stay", say("Stay"), 1),
            Field("up", say("Up"), 1),
        ]
        note = say(
            "Units of all classes together: their mix differs with the neighbours, so compare rows of chains too."
        )
        return Table.of(
            "moves", say("Moves by class of the neighbours"), fields, columns, unit=say("per cent"), notes=[note]
        )

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the matrices, one panel for each class of the neighbours and one pooled."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.figures import transition_map

        labels = Labels(
            name="transitions",
            title=say("Probabilities of transition by class of the neighbours, {name}", name=self.name),
            description=self.summary(view),
            unit=say("probability"),
        )
        chains = [*named_chains(self.chains), (say("all"), self.pooled)]
        return [transition_map(labels, given=[name for name, _ in chains], counts=[one.counts for _, one in chains])]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return whether the neighbours matter, and the moves at both ends."""
        said = verdict(
            self.test,
            equal=say("No significant difference between the chains by class of the neighbours"),
            different=say("Transitions differ with the class of the neighbours"),
        )
        ends = [moved(self.chains[end].counts) for end in (0, -1)]
        low, high = ([shown(share, 1) for share in shares] for shares in ends)
        words = {"low_up": low[2], "low_down": low[0], "high_up": high[2], "high_down": high[0]}
        told = say(
            "With neighbours in the lowest class {low_up} % move up and {low_down} % down; with neighbours in the "
            "highest {high_up} % and {high_down} %.",
            **words,
        )
        count = say("{count} transitions.", count=self.diagnostics["transitions"])
        return sentences(count, step_words(self.settings["lag"]), said, told)


# Arrays in, arrays out ------------------------------------------------------------------------


def moved(counts: Floats) -> list[float]:
    """Return the per cent of (k, k) transitions that go down, stay and go up; NaN where there are none."""
    total = float(counts.sum())
    parts = (np.tril(counts, -1), np.diag(counts), np.triu(counts, 1))
    return [100.0 * float(part.sum()) / total if total else float("nan") for part in parts]
