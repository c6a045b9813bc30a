"""Aggregate: one score of the parts of each dimension, from the indicators up to the index."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.errors import UsageError, listed
from xinzhi.indicators.aggregation.rule import AggregationRule, ArithmeticMean, Scored
from xinzhi.indicators.framework import effective
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Change, Columns, Stage, Step
from xinzhi.language import Text, say
from xinzhi.method.base import role


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
        self._levels_are_there(stage)
        tree, names = stage.tree, stage.tree.names
        m, time, facts, changes = len(tree.indicators), stage.time, dict[str, Any](), list[Change]()
        parts_of = np.column_stack([stage.values, np.full((len(stage.base), len(tree.groups)), np.nan)])
        rules = [self.levels.get(level, self.by) for level in tree.level.tolist()]
        whole = effective(tree, stage.weights) if any(getattr(rule, "flat", False) for rule in rules) else None
        for k, (rule, parts) in enumerate(zip(rules, tree.children, strict=True)):
            assert isinstance(rule, AggregationRule)
            if whole is not None and rule.flat:
                below = np.flatnonzero(tree.below[k])
                those, weights = replace(stage.columns().some(below), group=tree.groups[k]), whole[:, k, below]
            else:
                values, weights = parts_of[:, parts], stage.weights[:, parts]
                own, better = tuple(names[part] for part in parts.tolist()), np.ones(parts.size)
                those = Columns(values, values, stage.base, time, own, better, tree.given[parts], tree.groups[k])
            found = rule.scored(those, weights[time] if weights.shape[0] > 1 else weights)
            facts[tree.groups[k]] = {**found.facts, **({"gap": found.gap} if found.gap else {})}
            changes += _changes(rule, those, found)
            there = np.isfinite(parts_of[:, parts])
            enough = there.all(axis=1) if self.availability == 1 else there.mean(axis=1) >= self.availability
            parts_of[:, m + k] = np.where(enough, found.scores, np.nan)
        noted, facts = (*stage.changes, *changes), {**stage.facts, "aggregate": facts}
        return replace(stage, scores=parts_of[:, m:], changes=noted, facts=facts)

    def _levels_are_there(self, stage: Stage) -> None:
        """Raise XZ-103 where ``levels`` names a level that the framework does not have."""
        there = sorted(set(stage.framework.tree.level.tolist())) if self.levels else []
        odd = [level for level in self.levels if level not in there]
        if odd:
            found = say("no dimension of level {levels}", levels=listed(odd))
            raise UsageError("XZ-103", found, where="Aggregate.levels", expected=listed(there))


def _changes(rule: AggregationRule, columns: Columns, found: Scored) -> list[Change]:
    """Return the cells that a rule counted with other numbers, as one change or none."""
    if found.counted is None:
        return []
    differs = np.isfinite(columns.values) & (found.counted != columns.values)
    rows, places = np.nonzero(differs)
    names = tuple(columns.names[j] for j in places)
    before, after = columns.values[rows, places], found.counted[rows, places]
    return [Change("aggregate", rule.words(), rows.astype(np.int64), names, before, after)] if rows.size else []
