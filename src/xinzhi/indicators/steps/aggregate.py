"""Aggregate: one score of the parts of each dimension, from the indicators up to the index."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.indicators.aggregation.rule import AggregationRule, ArithmeticMean, Scored
from xinzhi.indicators.framework import effective
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Change, Columns, Stage, Step
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats, Ints


@role("aggregate")
class Aggregate(Step):
    """Make scores of dimensions and of the index.

    Parameters
    ----------
    form : "aggregate"
    by : AggregationRule
        Weighted arithmetic mean by default.
    levels : mapping from level to AggregationRule
        Rules of their own for dimensions of level 2 (whose parts are indicators), 3, ...
    availability : number
        Least share of its parts that a dimension needs for a score; by default all.
    """

    called: ClassVar[Text] = say("aggregation")
    rank: ClassVar[int] = 4
    form: Literal["aggregate"] = "aggregate"
    by: SerializeAsAny[AggregationRule] | OneOf = ArithmeticMean()
    levels: Mapping[int, SerializeAsAny[AggregationRule] | OneOf] = {}
    availability: float = Setting(default=1.0, gt=0, le=1)

    def rules(self) -> tuple[AggregationRule | OneOf, ...]:
        """Return the rules that it may apply."""
        return (self.by, *self.levels.values())

    def apply(self, stage: Stage) -> Stage:
        """Return the stage with (n, g) scores; cells that a rule changed are noted, and what it found."""
        assert stage.weights is not None
        tree, columns = stage.tree, stage.columns()
        m, time, facts, changes = len(tree.indicators), stage.time, dict[str, Any](), list[Change]()
        parts_of = np.column_stack([stage.values, np.full((len(columns.base), len(tree.groups)), np.nan)])
        whole = effective(tree, stage.weights)
        for k, parts in enumerate(tree.children):
            rule = self.levels.get(int(tree.level[k]), self.by)
            assert isinstance(rule, AggregationRule)
            if rule.flat:
                below = np.flatnonzero(tree.below[k])
                those, weights = columns.some(below), whole[:, k, below]
            else:
                those, weights = _parts(columns, parts_of[:, parts], stage, parts), stage.weights[:, parts]
            those = replace(those, group=tree.groups[k])
            found = rule.scored(those, weights[time] if weights.shape[0] > 1 else weights)
            facts[tree.groups[k]] = {**found.facts, **({"gap": found.gap} if found.gap else {})}
            changes += _changes(rule, those, found)
            enough = np.isfinite(parts_of[:, parts]).mean(axis=1) >= self.availability
            parts_of[:, m + k] = np.where(enough, found.scores, np.nan)
        noted, facts = (*stage.changes, *changes), {**stage.facts, "aggregate": facts}
        return replace(stage, scores=parts_of[:, m:], changes=noted, facts=facts)


def _changes(rule: AggregationRule, columns: Columns, found: Scored) -> list[Change]:
    """Return the cells that a rule counted with other numbers, as one change or none."""
    if found.counted is None:
        return []
    differs = np.isfinite(columns.values) & (found.counted != columns.values)
    rows, places = np.nonzero(differs)
    names = tuple(columns.names[j] for j in places)
    before, after = columns.values[rows, places], found.counted[rows, places]
    return [Change("aggregate", rule.words(), rows.astype(np.int64), names, before, after)] if rows.size else []


def _parts(columns: Columns, values: Floats, stage: Stage, parts: Ints) -> Columns:
    """Return the parts of a dimension, indicators or scores, as columns that are better when larger."""
    names = tuple(np.array(stage.tree.names, dtype=object)[parts])
    return Columns(values, values, columns.base, columns.time, names, np.ones(parts.size), stage.tree.given[parts])
