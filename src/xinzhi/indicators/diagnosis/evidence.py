"""What a diagnosis knows about an index: its data by stage, correlations, importance, cells that were filled."""

from dataclasses import dataclass
from functools import cached_property
from typing import SupportsInt

import numpy as np

from xinzhi.indicators.diagnosis.correlations import (
    Coherence,
    coherence,
    correlation_ratio,
    rank_correlation,
    with_the_rest,
)
from xinzhi.indicators.pages.index import effective_weights
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.steps.screen import Screen
from xinzhi.indicators.steps.treat import moments
from xinzhi.indicators.system import IndexResult
from xinzhi.language import Text
from xinzhi.numerics.correlations import pairwise
from xinzhi.panel.panel import Bools, Floats, Ints


@dataclass(frozen=True)
class Evidence:
    """An index with m indicators in g groups over n rows, of which those that count are looked at.

    ``index``: the scores and their stages; ``size``: column of the size of units, or None.
    """

    index: IndexResult
    size: str | None

    @property
    def stage(self) -> Stage:
        """Return what came out of the last step."""
        return self.index.last

    @cached_property
    def counts(self) -> Bools:
        """Return which rows count, (n,)."""
        return np.asarray(self.stage.base > 0)

    @cached_property
    def z(self) -> Floats:
        """Return normalised values, (n, m); NaN in rows that do not count."""
        return np.where(self.counts[:, None], self.stage.values, np.nan)

    @cached_property
    def raw(self) -> Floats:
        """Return values after treatment, before normalisation, (n, m); NaN in rows that do not count."""
        return np.where(self.counts[:, None], self.stage.raw, np.nan)

    @cached_property
    def as_given(self) -> Floats:
        """Return the columns of the panel, (n, m)."""
        first = self.index.stages[0]
        places = [first.tree.indicators.index(name) for name in self.stage.tree.indicators]
        return first.values[:, places]

    @cached_property
    def filled(self) -> Bools:
        """Return which cells imputation filled, (n, m)."""
        out, place = np.zeros(self.z.shape, dtype=bool), {name: j for j, name in enumerate(self.stage.tree.indicators)}
        for change in self.stage.changes:
            if change.step == "impute":
                for row, name in zip(change.rows, change.names, strict=True):
                    if name in place:
                        out[row, place[name]] = True
        return out

    @cached_property
    def observed(self) -> Bools:
        """Return which cells are there without being filled, (n, m); as given in rows that are left out."""
        there = np.where(self.counts[:, None], self.stage.raw, self.as_given)
        return np.isfinite(there) & ~self.filled

    @cached_property
    def asked(self) -> Bools:
        """Return which rows belong to the index, (n,): those of units that no step leaves out by name."""
        away = [name for step in self.index.steps if isinstance(step, Screen) for name in step.without]
        return ~np.isin(self.stage.panel.unit_names.astype(str), away)

    @cached_property
    def scores(self) -> Floats:
        """Return scores of the groups, (n, g); NaN in rows that do not count."""
        assert self.stage.scores is not None
        return np.where(self.counts[:, None], self.stage.scores, np.nan)

    @cached_property
    def weights(self) -> Floats:
        """Return the weight of each indicator in the index, (m,)."""
        return np.asarray(effective_weights(self.stage)[-1])

    @cached_property
    def parents(self) -> Ints:
        """Return the group that each indicator lies in, (m,)."""
        m = len(self.stage.tree.indicators)
        return self.stage.tree.parent[:m] - m

    @cached_property
    def correlations(self) -> Floats:
        """Return the correlations of normalised indicators, (m, m)."""
        return pairwise(self.z)

    @cached_property
    def with_dimension(self) -> Floats:
        """Return the correlation of each indicator with the score of its dimension, (m,)."""
        return pairwise(self.z, self.scores)[np.arange(self.parents.size), self.parents]

    @cached_property
    def with_index(self) -> Floats:
        """Return the correlation of each indicator with the index, (m,)."""
        return pairwise(self.z, self.scores[:, -1:])[:, 0]

    @cached_property
    def with_rest(self) -> Floats:
        """Return the correlation of each indicator with the mean of the others of its dimension, (m,)."""
        return with_the_rest(self.z, self.parents)

    @cached_property
    def ratios(self) -> Floats:
        """Return the correlation ratio of the index with each indicator, (m,)."""
        return np.array([correlation_ratio(x, self.scores[:, -1]) for x in self.z.T])

    @cached_property
    def shares(self) -> Floats:
        """Return each correlation ratio over their sum, (m,): the effective weights."""
        total = np.nansum(self.ratios)
        return self.ratios / total if total > 0 else np.full(self.ratios.size, np.nan)

    @cached_property
    def coherence(self) -> tuple[Coherence, ...]:
        """Return the coherence of the parts of each group, g of them."""
        parts = np.column_stack([self.z, self.scores])
        return tuple(coherence(parts[:, children]) for children in self.stage.tree.children)

    @cached_property
    def shape(self) -> tuple[Floats, Floats]:
        """Return skewness and excess kurtosis of values before normalisation, (m,) each."""
        return moments(self.raw)

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """Return the columns of size: denominators of the framework, and the one that is named."""
        own = [indicator.denominator for indicator in self.stage.framework.indicators]
        return tuple(dict.fromkeys(name for name in (self.size, *own) if name is not None))

    @cached_property
    def with_sizes(self) -> Floats:
        """Return rank correlations of values before normalisation with the columns of size, (m, k)."""
        if not self.sizes:
            return np.empty((self.parents.size, 0))
        columns = np.where(self.counts[:, None], self.stage.panel.array(*self.sizes), np.nan)
        return np.array([[rank_correlation(x, y) for y in columns.T] for x in self.raw.T])

    def name(self, j: SupportsInt) -> Text:
        """Return the reader's name of an indicator by its place."""
        return self.index.name(self.stage.tree.indicators[int(j)])
