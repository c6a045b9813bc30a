"""An index: a framework, and the steps that make scores of data. Every step is a value, and can be replayed and edited.

data -> screen, denominate, impute, treat -> normalise -> weigh -> aggregate -> scores
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from pydantic import SerializeAsAny, model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError, listed
from xinzhi.indicators.framework import Framework
from xinzhi.indicators.pages import index as pages
from xinzhi.indicators.pages import words as spoken
from xinzhi.indicators.slots import OneOf, each_option, factors, nominal, settled
from xinzhi.indicators.stage import Stage, Step
from xinzhi.indicators.steps.aggregate import Aggregate
from xinzhi.indicators.steps.normalise import Normalise
from xinzhi.indicators.steps.screen import left_out
from xinzhi.indicators.steps.weigh import Weigh
from xinzhi.language import Text, enumerated, joined, say
from xinzhi.method import FilledCell, Method, Result, Rows, Table, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.panel import Panel
from xinzhi.panel.panel import Texts


@register("index_system")
class IndexSystem(Method):
    """Make an index of many indicators: screen, denominate, impute, treat, normalise, weigh and aggregate.

    Parameters
    ----------
    framework : Framework
        Indicators and how they are grouped.
    steps : tuple of Step
        In their order; normalisation, weights and aggregation exactly once each. A slot may hold ``OneOf``, a number
        ``Between``: the index is that of the first option and of the middle, and :class:`Uncertainty` draws the others.

    Notes
    -----
    Missing cells stay missing unless a step fills them, and a score whose parts are missing is missing with a reason;
    the status of a row is that of the index, and dimensions that are complete keep their scores without it.
    Scores that are normalised over each year are positions in that year; only scores normalised over all years or over
    a base year can be compared between years. A weighted mean lets a high value make up for a low one; a geometric mean
    does so less. Weights say how much an indicator counts in the formula, not how much it matters: see the diagnosis.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators. OECD. doi:10.1787/9789264043466-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 4.0, 10.0), ("B", 2.0, 30.0), ("C", 3.0, 20.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "sulphur"]), unit="unit")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name="patents", parent="index"),
    ...                 xz.Indicator(name="sulphur", parent="index", direction="cost")],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> system.fit(panel).term("index").tolist()
    [1.0, 0.0, 0.5]
    """

    framework: Framework
    steps: tuple[SerializeAsAny[Step], ...]

    @model_validator(mode="after")
    def _fits_together(self) -> "IndexSystem":
        for step in self.steps:
            for choose in each_option(step):
                settled(step, choose)
        problems = [*_out_of_order(self.steps), *_misfits(self.steps)]
        if problems:
            raise UsageError("XZ-262", joined(*problems[:6]), where="IndexSystem.steps")
        return self

    def term_name(self, column: str) -> Text:
        """Return the name that the framework gives a score."""
        return self.framework.title(column)

    def nominal(self) -> "IndexSystem":
        """Return the index without slots: the first of several options, the middle of a range."""
        return self if not any(True for _ in factors(self.steps)) else settled(self, nominal)

    def compute(self, panel: Panel, run: Run) -> "IndexResult":  # noqa: ARG002
        """Return scores of all dimensions by unit and year."""
        stages = [first_stage(self.framework, panel)]
        for step in self.nominal().steps:
            stages.append(step.apply(stages[-1]))
        last = stages[-1]
        assert last.scores is not None
        status, reason = row_status(last)
        log = filled_log(last)
        order = sorted(range(len(last.tree.groups)), key=lambda k: (-int(last.tree.level[k]), k))
        scores = np.where(left_out(last)[:, None], np.nan, last.scores)
        return IndexResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {last.tree.groups[k]: scores[:, k].copy() for k in order},
                status,
                reason,
            ),
            flow=False,
            warnings=(*filled_warnings(log), *pages.warnings(last)),
            diagnostics={"indicators": len(last.tree.indicators), "units": int(np.unique(panel.code).size)},
            log=log,
            stages=tuple(stages),
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class IndexResult(Result):
    """Scores by unit and year: the index first, then its dimensions.

    ``stages``: the data before the first step and after each one.
    """

    stages: tuple[Stage, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Scores of {index}", index=self.name(self.last.tree.groups[-1]))

    @property
    def last(self) -> Stage:
        """Return what came out of the last step."""
        return self.stages[-1]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps as they were taken, without slots."""
        method: Any = self.method
        return tuple(method.nominal().steps)

    def stage(self, form: str) -> Stage:
        """Return what came out of the (last) step of a form, such as ``"treat"``; XZ-305 where there is none."""
        found = [stage for step, stage in zip(self.steps, self.stages[1:], strict=True) if step.form == form]
        if not found:
            raise DataError(
                "XZ-305", form, where="IndexResult.stage", expected=enumerated([s.form for s in self.steps])
            )
        return found[-1]

    def indicators(self, form: str) -> Any:
        """Return the indicators after a step as a frame of the caller's kind: ``unit``, ``time``, one column each."""
        stage = self.stage(form)
        columns = dict(zip(stage.tree.indicators, stage.values.T, strict=True))
        return self.panel.restore({"unit": self.panel.unit_names, "time": self.panel.when, **columns})

    def name(self, part: str) -> Text:
        """Return the reader's name of an indicator or dimension."""
        return self.last.framework.title(part)

    def weights(self, group: str | None = None) -> dict[str, float]:
        """Return the weight of each indicator in a dimension, by default in the index.

        Where weights differ by year, the mean over years.
        """
        tree = self.last.tree
        place = len(tree.groups) - 1 if group is None else tree.groups.index(group)
        mean, below = pages.effective_weights(self.last)[place], tree.below[place]
        return {tree.indicators[j]: float(mean[j]) for j in np.flatnonzero(below)}

    def tables(self, view: View | None = None) -> list[Table]:
        """Return framework and weights, scores, what was left out, filled, treated and floored."""
        return pages.tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the framework with its weights, and the scores by component."""
        return pages.figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return the first and last units, in words that depend on the numbers."""
        return pages.summary(self, view)

    def methods_text(self) -> str:
        """Return the method in words, then each step."""
        return spoken.methods_text(self, super().methods_text())


def first_stage(framework: Framework, panel: Panel) -> Stage:
    """Return the data before the first step; XZ-266 where there is one row only."""
    if len(panel) < 2:
        raise DataError("XZ-266", say("{count} rows", count=len(panel)), where=panel.source)
    values = panel.array(*framework.tree.indicators)
    return Stage(panel, framework, framework.tree, values, values, np.ones(len(panel)))


def row_status(stage: Stage) -> tuple[Texts, Texts]:
    """Return status and reason of each row, (n,): why the index has no score; a dimension may have one."""
    assert stage.scores is not None
    n = len(stage.panel)
    status, reason = np.full(n, "ok", dtype=object), np.full(n, "", dtype=object)
    out = {(gone.name, gone.time): gone.reason for gone in stage.left_out if gone.what == "unit"}
    for row in np.flatnonzero(~np.isfinite(stage.scores[:, -1]) | left_out(stage)):
        unit, year = str(stage.panel.units[stage.panel.code[row]]), int(stage.panel.when[row])
        missing = [n for n, x in zip(stage.tree.indicators, stage.values[row], strict=True) if not np.isfinite(x)]
        why = out.get((unit, year)) or out.get((unit, None))
        names = listed([stage.framework.title(name) for name in missing], 5)
        absent = say("missing: {names}", names=names) if missing else _gap(stage, int(row))
        word = "left_out" if why else "missing_data" if missing else "not_identified"
        status[row], reason[row] = word, why or absent
    return status, reason


def _gap(stage: Stage, row: int) -> Text:
    """Return why a row with all its parts has no score: the reason of the first dimension without one."""
    assert stage.scores is not None
    facts, scores = stage.facts.get("aggregate", {}), stage.scores[row]
    pairs = zip(stage.tree.groups, scores, strict=True)
    gaps = [facts[g]["gap"] for g, x in pairs if not np.isfinite(x) and facts.get(g, {}).get("gap")]
    return gaps[0] if gaps else say("no score")


def filled_log(stage: Stage) -> tuple[FilledCell, ...]:
    """Return the cells that imputation filled, one by one."""
    panel, log = stage.panel, list[FilledCell]()
    for change in stage.changes:
        if change.step == "impute":
            units, years = panel.unit_names[change.rows], panel.when[change.rows]
            cells = zip(units.tolist(), years.tolist(), change.names, change.after.tolist(), strict=True)
            log += [FilledCell(unit, year, name, change.rule, value) for unit, year, name, value in cells]
    return tuple(log)


def _out_of_order(steps: tuple[Step, ...]) -> Iterator[Text]:
    """Yield what is wrong with the order of steps."""
    for kind in (Normalise, Weigh, Aggregate):
        count = sum(isinstance(step, kind) for step in steps)
        if count != 1:
            words = {"step": kind.called, "count": count}
            yield say("{step}: needed once, found {count} times", **words)
    for one, other in pairwise(steps):
        if one.rank > other.rank:
            yield say("{one} stands before {other}", one=one.called, other=other.called)


def _misfits(steps: tuple[Step, ...]) -> Iterator[Text]:
    """Yield pairs of rules, among all options, of which one cannot take what the other gives."""
    rules: dict[type[Step], list[Any]] = {}
    for step in steps:
        if isinstance(step, Normalise):
            rules[Normalise] = [option for slot in (step.by, *step.special.values()) for option in _options(slot)]
        if isinstance(step, Weigh):
            rules[Weigh] = list(_options(step.by))
        if isinstance(step, Aggregate):
            rules[Aggregate] = [option for slot in step.rules() for option in _options(slot)]
    for norm, rule in product(rules.get(Normalise, []), [*rules.get(Weigh, []), *rules.get(Aggregate, [])]):
        if norm.signed and rule.needs != "anything":
            yield say("{rule} cannot take {norm}: it has negative values", rule=rule.words(), norm=norm.words())


def _options(slot: Any) -> tuple[Any, ...]:
    return slot.options if isinstance(slot, OneOf) else (slot,)
