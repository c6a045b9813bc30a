"""What passes from one step of an index to the next: numbers, the tree, weights, scores, and what was changed.

Stage -> step.apply(stage) -> Stage; a stage never changes, so that one may serve many continuations.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from xinzhi.errors import DataError
from xinzhi.indicators.framework import Framework, Tree
from xinzhi.indicators.slots import Formed
from xinzhi.language import named, say
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints


@dataclass(frozen=True)
class Change:
    """Cells that a step changed.

    ``rule``: in words; ``rows``: (k,) rows of the panel; ``names``: k indicators; ``before``, ``after``: (k,) numbers.
    """

    step: str
    rule: str
    rows: Ints
    names: tuple[str, ...]
    before: Floats
    after: Floats


@dataclass(frozen=True)
class LeftOut:
    """An indicator or unit that a step left out.

    ``what``: "indicator" or "unit"; ``name``; ``time``: year of a row, or None for all years; ``reason``.
    """

    what: str
    name: str
    time: int | None
    reason: str


@dataclass(frozen=True)
class Stage:
    """The data between two steps.

    Parameters
    ----------
    panel, framework
        Where they come from; the framework as given, with all indicators.
    tree : Tree
        What is left of it: m indicators, g groups.
    values : (n, m)
        Numbers of the panel's rows; NaN where missing, and in rows that are left out.
    raw : (n, m)
        The same before they were normalised.
    base : (n,)
        How often each row counts in what is estimated from the data: bounds, means, weights. 0: left out.
    normalised : bool
        Whether values are directed (more is better) and free of units.
    by_year : bool
        Whether values are relative to each year, so that they do not compare years.
    weights : (1 or t, m + g) or None
        Weights among siblings, the same in all years or by year of ``panel.times``.
    scores : (n, g) or None
        Scores of the groups.
    changes, left_out
        What steps did to cells, and what they left out.
    facts : mapping
        What a step found on its way, by step and name: eigenvalues, consistency ratios, entropies.
    """

    panel: Panel
    framework: Framework
    tree: Tree
    values: Floats
    raw: Floats
    base: Floats
    normalised: bool = False
    by_year: bool = False
    weights: Floats | None = None
    scores: Floats | None = None
    changes: tuple[Change, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def time(self) -> Ints:
        """Return the place of each row's year in ``panel.times``, (n,)."""
        return np.searchsorted(self.panel.times, self.panel.when).astype(np.int64)

    def columns(self) -> "Columns":
        """Return the numbers of all indicators as rules see them."""
        indicators = [self.framework.indicator(name) for name in self.tree.indicators]
        sign = np.array([1.0 if i.direction == "benefit" else -1.0 for i in indicators])
        m = len(indicators)
        return Columns(self.values, self.raw, self.base, self.time, self.tree.indicators, sign, self.tree.given[:m])

    def changed(self, step: str, rule: str, after: Floats) -> "Stage":
        """Return the stage with other values, each changed cell noted."""
        with np.errstate(invalid="ignore"):
            cells = (after != self.values) & ~(np.isnan(after) & np.isnan(self.values))
        rows, places = np.nonzero(cells)
        names = tuple(self.tree.indicators[j] for j in places)
        change = Change(step, rule, rows.astype(np.int64), names, self.values[rows, places], after[rows, places])
        noted = (*self.changes, change) if rows.size else self.changes
        return replace(self, values=after, raw=after if not self.normalised else self.raw, changes=noted)

    def keeping(self, kept: Bools, reasons: Mapping[str, str]) -> "Stage":
        """Return the stage with some of its indicators, (m,); ``reasons``: of those that go."""
        gone = tuple(LeftOut("indicator", name, None, reason) for name, reason in reasons.items())
        if not kept.any():
            raise DataError("XZ-206", say("no indicator is left"), where=self.panel.source)
        return replace(
            self,
            tree=self.tree.keeping(kept),
            values=self.values[:, kept],
            raw=self.raw[:, kept],
            left_out=(*self.left_out, *gone),
        )

    def place(self, row: int) -> str:
        """Return unit and year of a row in words."""
        return place(self.panel, row)


def place(panel: Panel, row: int) -> str:
    """Return unit and year of a row of a panel in words; the unit alone without years."""
    unit = named(str(panel.units[panel.code[row]]))
    return say("{unit} {year}", unit=unit, year=int(panel.when[row])) if panel.time else unit


@dataclass(frozen=True)
class Columns:
    """Numbers of m indicators, or of the parts of a group, as rules of weights and aggregation see them.

    ``values``: (n, m); ``raw``: (n, m) before they were normalised; ``base``: (n,) how often a row counts in what is
    estimated; ``time``: (n,) place of its year; ``names``: m names; ``sign``: (m,) 1 more is better, -1 less is better
    (of raw values; normalised ones are all better when larger); ``given``: (m,) published weights, NaN where none;
    ``group``: the dimension whose parts they are, the year where a normalisation is of one year, or "".
    """

    values: Floats
    raw: Floats
    base: Floats
    time: Ints
    names: tuple[str, ...]
    sign: Floats
    given: Floats
    group: str = ""

    def some(self, places: Any) -> "Columns":
        """Return some of the columns."""
        names = tuple(np.array(self.names, dtype=object)[places])
        return Columns(
            self.values[:, places],
            self.raw[:, places],
            self.base,
            self.time,
            names,
            self.sign[places],
            self.given[places],
            self.group,
        )

    def counting(self, rows: Bools) -> "Columns":
        """Return the columns with only some rows, (n,), counting in what is estimated."""
        return replace(self, base=np.where(rows, self.base, 0.0))

    def sample(self, *, raw: bool = False) -> Floats:
        """Return the rows that count, each as often as it does, (k, m): those without a missing value."""
        values = self.raw if raw else self.values
        full = (self.base > 0) & np.isfinite(values).all(axis=1)
        return np.repeat(values[full], self.base[full].astype(np.int64), axis=0)


class Step(Formed):
    """A step of an index. ``rank``: steps stand in the order of their ranks, those of equal rank in any."""

    rank: ClassVar[int]

    @abstractmethod
    def apply(self, stage: Stage) -> Stage:
        """Return what comes out of the step."""
