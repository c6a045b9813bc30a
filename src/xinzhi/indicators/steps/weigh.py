"""Weigh: how much each part counts in its dimension."""

from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import SerializeAsAny, model_validator

from xinzhi.errors import DataError, listed
from xinzhi.indicators.framework import nested
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Columns, Stage, Step
from xinzhi.indicators.weights.rule import Equal, Refused, Weighting, WeightRule
from xinzhi.language import Text, named, say
from xinzhi.method.base import role

SUM = 1e-9
"""By how much the weights of a rule may miss a sum of one."""


@role("weigh")
class Weigh(Step):
    """Give every indicator and dimension its weight.

    Parameters
    ----------
    form : "weigh"
    by : WeightRule
    scope : "all", "siblings" or None
        ``all``: the rule weighs all indicators at once, and a dimension weighs what its indicators do together;
        ``siblings``: it weighs the indicators of each dimension among themselves, and ``above`` weighs dimensions.
        By default what the rule is usually applied to: equal and given weights to siblings, others to all.
    above : WeightRule
        A rule that looks at no data, for dimensions, and indicators that stand beside them, under ``siblings``;
        ``by`` itself where it is such a rule.
    """

    called: ClassVar[Text] = say("weights")
    rank: ClassVar[int] = 3
    form: Literal["weigh"] = "weigh"
    by: SerializeAsAny[WeightRule] | OneOf
    scope: Literal["all", "siblings"] | None = None
    above: SerializeAsAny[WeightRule] = Equal()

    @model_validator(mode="after")
    def _blind_above(self) -> "Weigh":
        if not self.above.blind:
            raise ValueError(say("above: {rule} needs data of indicators", rule=self.above.words()))
        return self

    def apply(self, stage: Stage) -> Stage:
        """Return the stage with the weights of all parts among their siblings."""
        assert isinstance(self.by, WeightRule)
        tree, m = stage.tree, len(stage.tree.indicators)
        if (self.scope or self.by.scope) == "all":
            found = _weighed(self.by, stage.columns(), stage)
            return _noted(stage, nested(tree, found.weights), {"": found})
        columns = None if self.by.blind else stage.columns()
        by_group: dict[str, Weighting] = {}
        for group, parts in zip(tree.groups, tree.children, strict=True):
            if columns is None or not (parts < m).all():
                rule, those = (self.by if self.by.blind else self.above), _unseen(stage, parts, group)
            else:
                rule, those = self.by, replace(columns.some(parts), group=group)
            by_group[group] = _weighed(rule, those, stage)
        t = max(found.weights.shape[0] for found in by_group.values())
        weights = np.ones((t, m + len(tree.groups)))
        for group, parts in zip(tree.groups, tree.children, strict=True):
            weights[:, parts] = by_group[group].weights
        return _noted(stage, weights, by_group)


def _weighed(rule: WeightRule, columns: Columns, stage: Stage) -> Weighting:
    """Return what a rule finds; an error says in which rows it stands; weights that are none are refused."""
    try:
        found = rule.weighting(columns)
    except Refused as error:
        raise error.placed(stage.place) from error
    w = found.weights
    if w.shape[1] != len(columns.names) or not ((w >= 0).all() and np.abs(w.sum(axis=1) - 1).max() < SUM):
        names = listed([named(name) for name in columns.names])
        raise DataError("XZ-270", say("{rule}: {names}", rule=rule.words(), names=names), where=columns.group)
    return found


def _noted(stage: Stage, weights: Any, by_group: dict[str, Weighting]) -> Stage:
    """Return the stage with weights, what the rules found, and the cells that they changed for themselves."""
    facts = {**stage.facts, "weigh": {group: found.facts for group, found in by_group.items()}}
    changes = tuple(change for found in by_group.values() for change in found.changes)
    return replace(stage, weights=weights, facts=facts, changes=(*stage.changes, *changes))


def _unseen(stage: Stage, parts: Any, group: str) -> Columns:
    """Return parts of a dimension of which names and published weights are known, and no data."""
    names, none = stage.tree.names, np.broadcast_to(np.nan, (len(stage.panel), parts.size))
    own, ones = tuple(names[part] for part in parts.tolist()), np.ones(parts.size)
    return Columns(none, none, stage.base, stage.time, own, ones, stage.tree.given[parts], group)
