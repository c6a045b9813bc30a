"""Screen, Drop, Sample: which indicators and units are in an index, and which rows its numbers are estimated from.

Screen   left out: no score. Its rows keep their place with a reason
Drop     one indicator less
Sample   all units are scored; bounds, means and weights are of some of them, or of a bootstrap replicate
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError, listed, nearest
from xinzhi.indicators.framework import Framework
from xinzhi.indicators.normalisations import bounds, differ, directed
from xinzhi.indicators.slots import Between, OneOf
from xinzhi.indicators.stage import LeftOut, Stage, Step
from xinzhi.language import Text, joined, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Bools, Floats, Ints

Share = Annotated[float, Setting(ge=0, le=1)]


@role("screen")
class Screen(Step):
    """Leave out units and indicators, each with its reason.

    Units in ``without`` go first, then indicators, then units are judged by the indicators that are left.

    Parameters
    ----------
    form : "screen"
    units : number from 0 to 1, or None
        Least share of indicators that a unit must have; 0.9 is usual.
    indicators : number from 0 to 1, or None
        Least share of rows in which an indicator must be there.
    zeros : number from 0 to 1, or None
        Largest share of zeros among the values that a unit has.
    constant : "error" or "drop"
        Columns that cannot tell units apart: normalisation refuses them (XZ-261), or they are dropped.
    without : tuple of str
        Units that do not belong here, such as the nation among its provinces.
    keep : tuple of str
        Units that stay whatever their shares.
    by : "row" or "unit"
        Shares are of each year by itself, and a year is left out; or of all years of a unit together, and all are.
    """

    called: ClassVar[Text] = say("screening")
    rank: ClassVar[int] = 1
    form: Literal["screen"] = "screen"
    units: Share | None = None
    indicators: Share | None = None
    zeros: Share | None = None
    constant: Literal["error", "drop"] = "error"
    without: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    by: Literal["row", "unit"] = "row"

    @model_validator(mode="after")
    def _either(self) -> "Screen":
        if both := sorted({*self.without} & {*self.keep}):
            raise ValueError(say("both in without and in keep: {names}", names=listed(both)))
        return self

    def apply(self, stage: Stage) -> Stage:
        """Return the stage without what is left out."""
        stage.panel.require_units([*self.without, *self.keep], where="Screen")
        names = stage.panel.unit_names.astype(str)
        stage = leaving(stage, np.isin(names, self.without), dict.fromkeys(self.without, say("named in without")))
        reasons = dict(self._odd_indicators(stage))
        stage = stage.keeping(np.array([name not in reasons for name in stage.tree.indicators]), reasons)
        group = stage.panel.code if self.by == "unit" else np.arange(len(names))
        still = ~left_out(stage)
        there, none = (_share(cells, group, still) for cells in (np.isfinite(stage.values), stage.values == 0))
        short = np.zeros(len(names), bool) if self.units is None else there < self.units
        empty = np.zeros(len(names), bool) if self.zeros is None else none > self.zeros * there
        gone = (short | empty) & ~np.isin(names, self.keep) & still
        why = {
            row: say("{share:.1%} of indicators there, {least:.1%} needed", share=there[row], least=self.units)
            if short[row]
            else say("{share:.1%} zeros, {most:.1%} accepted", share=none[row] / there[row], most=self.zeros)
            for row in np.flatnonzero(gone).tolist()
        }
        whole = {str(names[row]): reason for row, reason in why.items()} if self.by == "unit" else why
        stage = leaving(stage, gone, whole)
        if np.count_nonzero(stage.base) < 2:
            raise DataError("XZ-266", say("{count} rows left", count=np.count_nonzero(stage.base)), where="Screen")
        return stage

    def _odd_indicators(self, stage: Stage) -> Iterator[tuple[str, Text]]:
        """Yield the indicators that are left out with their reasons."""
        columns, base = stage.columns(), stage.base
        if self.indicators is not None:
            shares = base @ np.isfinite(stage.values) / max(base.sum(), 1.0)
            for j in np.flatnonzero(shares < self.indicators):
                words = {"share": shares[j], "least": self.indicators}
                yield columns.names[j], say("there in {share:.1%} of rows, {least:.1%} needed", **words)
        if self.constant == "drop":
            x, best = directed(columns, [stage.framework.indicator(name) for name in columns.names])
            least, most = bounds(x, base)
            most = np.where(np.isnan(best), most, best)
            for j in np.flatnonzero(~differ(least, most)):
                yield columns.names[j], say("no value") if np.isnan(least[j]) else say("the same value everywhere")


@role("drop")
class Drop(Step):
    """Leave one indicator out; after everything that changes cells, before or after normalisation.

    Parameters
    ----------
    form : "drop"
    indicator : str or None
        None leaves out none. One that is left out already changes nothing.

    Examples
    --------
    >>> from xinzhi.indicators import Dimension, Indicator
    >>> framework = Framework(indicators=[Indicator(name=name, parent="index") for name in "ab"],
    ...                       dimensions=[Dimension(name="index")])
    >>> Drop.any(framework).indicator.options
    (None, 'a', 'b')
    """

    called: ClassVar[Text] = say("one indicator left out")
    rank: ClassVar[int] = 2
    column_fields: ClassVar[tuple[str, ...]] = ("indicator",)
    form: Literal["drop"] = "drop"
    indicator: str | OneOf | None = None

    @classmethod
    def any(cls, framework: Framework) -> "Drop":
        """Return the step that leaves out none, or any one of the indicators of a framework."""
        return cls(indicator=OneOf(None, *framework.tree.indicators))

    @classmethod
    def from_study(cls, settings: Mapping[str, Any], find: Callable[[str], Path]) -> "Drop":  # noqa: ARG003
        """Return the step; ``any_of = "@framework"`` gives :meth:`any`, since TOML has no word for none."""
        if set(settings) == {"any_of"} and isinstance(settings["any_of"], Framework):
            return cls.any(settings["any_of"])
        return cls(**settings)

    def apply(self, stage: Stage) -> Stage:
        """Return the stage without the indicator."""
        if self.indicator is None:
            return stage
        assert isinstance(self.indicator, str)
        known = stage.framework.tree.indicators
        require_indicators([self.indicator], known, where="Drop.indicator")
        kept = np.array([name != self.indicator for name in stage.tree.indicators])
        return stage if kept.all() else stage.keeping(kept, {self.indicator: say("dropped")})


@role("sample")
class Sample(Step):
    """Choose the units that bounds, means and weights are estimated from; every unit is still scored.

    Parameters
    ----------
    form : "sample"
    without : str or None
        A unit that does not count (leave one out), in any year.
    replicate : whole number or None
        A bootstrap replicate: units are drawn with replacement, with all their years. None: the data as they are.
    seed : int
        Replicate k of a seed is the same draw everywhere.

    Notes
    -----
    What is estimated before this step is not affected by it: put it before Impute and Treat to vary them too.
    """

    called: ClassVar[Text] = say("sample of units")
    rank: ClassVar[int] = 1
    form: Literal["sample"] = "sample"
    without: str | OneOf | None = None
    replicate: Annotated[int, Setting(ge=0)] | OneOf | Between | None = None
    seed: Annotated[int, Setting(ge=0)] = 0

    def apply(self, stage: Stage) -> Stage:
        """Return the stage with other counts of rows."""
        base = stage.base
        if self.without is not None:
            assert isinstance(self.without, str)
            stage.panel.require_units([self.without], where="Sample.without")
            base = np.where(stage.panel.unit_names == self.without, 0.0, base)
        if self.replicate is not None:
            assert isinstance(self.replicate, int | float)
            base = base * drawn(stage.panel.code, base, int(self.replicate), self.seed)
        if np.count_nonzero(base) < 2:
            raise DataError("XZ-266", say("{count} rows left", count=np.count_nonzero(base)), where="Sample")
        return replace(stage, base=base)


def drawn(code: Ints, base: Floats, replicate: int, seed: int) -> Floats:
    """Return how often the unit of each row, (n,) codes, is drawn among units with rows that count, (n,)."""
    units = np.unique(code[base > 0])
    draws = Run(seed=seed).generator(replicate).integers(units.size, size=units.size)
    counts = np.zeros(int(code.max()) + 1)
    counts[units] = np.bincount(draws, minlength=units.size)
    return counts[code]


def leaving(stage: Stage, rows: Bools, reasons: dict[str, Text] | dict[int, Text]) -> Stage:
    """Return the stage without some rows, (n,); ``reasons``: of whole units by name, or of single rows."""
    panel, found = stage.panel, list[LeftOut]()
    for key, reason in reasons.items():
        if isinstance(key, str):
            found.append(LeftOut("unit", key, None, reason))
        else:
            year = int(panel.when[key]) if panel.time else None
            found.append(LeftOut("unit", str(panel.units[panel.code[key]]), year, reason))
    if not found:
        return stage
    gone = (*stage.left_out, *found)
    values = np.where(rows[:, None], np.nan, stage.values)
    raw = np.where(rows[:, None], np.nan, stage.raw)
    return replace(stage, base=np.where(rows, 0.0, stage.base), values=values, raw=raw, left_out=gone)


def left_out(stage: Stage) -> Bools:
    """Return which rows of the panel are left out, (n,); a row of a sample that does not count is not."""
    names, out = stage.panel.unit_names, np.zeros(len(stage.panel), dtype=bool)
    for gone in stage.left_out:
        if gone.what == "unit":
            out |= (names == gone.name) & (True if gone.time is None else stage.panel.when == gone.time)
    return out


def require_indicators(names: list[str] | tuple[str, ...], known: tuple[str, ...], *, where: str) -> None:
    """Raise XZ-103 where a name is no indicator of the framework."""
    for name in names:
        if name not in known:
            found = joined(say("no indicator {name!r}", name=name), nearest(name, known))
            raise UsageError("XZ-103", found, where=where, expected=listed([named(one) for one in known], 40))


def _share(cells: Bools, group: Ints, still: Bools) -> Floats:
    """Return the share of (n, m) cells in each row's (n,) group, of rows that are still there, (n,)."""
    with np.errstate(invalid="ignore"):  # counts, and one division: 9 of 10 is 0.9 to the last bit
        share = np.bincount(group, cells.sum(axis=1) * still) / (np.bincount(group, still) * cells.shape[1])
    found: Floats = share[group]
    return found
