"""Normalise: indicators in one direction and without units."""

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.errors import DataError, listed
from xinzhi.indicators.normalisations import MinMax, Normalisation
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Columns, Stage, Step
from xinzhi.indicators.steps.screen import require_indicators
from xinzhi.language import Text, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats


@role("normalise")
class Normalise(Step):
    """Bring indicators to one direction and scale.

    Parameters
    ----------
    form : "normalise"
    by : Normalisation
        Min-max by default.
    over : "pooled", "year" or int
        What bounds and means are taken from: all rows, so that years compare; each year by itself, so that scores
        are positions of that year and their growth means nothing; one base year.
    special : mapping from indicator to Normalisation
        Indicators with a rule of their own.

    Notes
    -----
    A column without variation cannot be normalised (XZ-261, with the year where years stand by themselves); only fixed
    goalposts can take it. Values beyond the bounds of a base year, beyond goalposts or beyond a target stay as they are
    unless the rule cuts them; each cell that is cut is listed.
    """

    called: ClassVar[Text] = say("normalisation")
    rank: ClassVar[int] = 2
    form: Literal["normalise"] = "normalise"
    by: SerializeAsAny[Normalisation] | OneOf = MinMax()
    over: Literal["pooled", "year"] | int | OneOf = "pooled"
    special: dict[str, SerializeAsAny[Normalisation] | OneOf] = Setting(default_factory=dict)

    def apply(self, stage: Stage) -> Stage:
        """Return the stage with normalised values; XZ-263 names the cells that a formula cannot take."""
        self._names_are_known(stage)
        columns = stage.columns()
        own = np.array([name in self.special for name in columns.names])
        pieces = [(self.by, np.flatnonzero(~own))] if not own.all() else []
        pieces += [(self.special[columns.names[j]], np.array([j])) for j in np.flatnonzero(own)]
        values, limits = np.full(stage.values.shape, np.nan), np.empty((2, len(columns.names)))
        for rule, places in pieces:
            assert isinstance(rule, Normalisation)
            limits[0, places], limits[1, places] = rule.limits
            values[:, places] = self._over(rule, columns.some(places), stage)
        done = replace(stage, raw=stage.values, values=values, normalised=True, by_year=self.over == "year")
        return done.changed("normalise", say("cut at the posts"), np.clip(values, *limits))

    def _names_are_known(self, stage: Stage) -> None:
        """Raise XZ-103 where ``special``, or a setting of a rule, names what is no indicator of the framework."""
        known = stage.framework.tree.indicators
        require_indicators(tuple(self.special), known, where="Normalise.special")
        for rule in (self.by, *self.special.values()):
            assert isinstance(rule, Normalisation)
            if rule.by_indicator:
                given = tuple(getattr(rule, rule.by_indicator))
                require_indicators(given, known, where=f"{type(rule).__name__}.{rule.by_indicator}")

    def _over(self, rule: Normalisation, columns: Columns, stage: Stage) -> Floats:
        """Return normalised values of some columns by one rule."""
        targets, year_of = [stage.framework.indicator(name) for name in columns.names], stage.panel.times
        odd = np.argwhere(np.isfinite(columns.values) & ~rule.takes(columns, targets) & (stage.base > 0)[:, None])
        if odd.size:
            cells = [say("{column}: {row}", column=named(columns.names[j]), row=stage.place(i)) for i, j in odd[:8]]
            raise DataError("XZ-263", listed(cells), where=rule.words())
        if self.over == "pooled":
            return rule.normalised(columns, targets)
        if isinstance(self.over, int):
            if self.over not in year_of:
                raise DataError("XZ-208", str(self.over), where="Normalise.over")
            rows = columns.time == np.searchsorted(year_of, self.over)
            return rule.normalised(replace(columns.counting(rows), group=str(self.over)), targets)
        out = np.full(columns.values.shape, np.nan)
        for year in np.unique(columns.time[columns.base > 0]):
            rows = columns.time == year
            those = replace(columns.counting(rows), group=str(int(year_of[year])) if stage.panel.time else "")
            out[rows] = rule.normalised(those, targets)[rows]
        return out
