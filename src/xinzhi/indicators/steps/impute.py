"""Impute: missing cells filled by a named rule; each filled cell is listed.

mean, median   of the indicator in the year (and group)
linear         between two observations of the unit
carried        the last observation of the unit before
regression     y = a + b'x, least squares; x: the complete indicators most correlated with y
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.errors import DataError
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Stage, Step
from xinzhi.indicators.steps.screen import left_out
from xinzhi.language import Text, enumerated, named, say
from xinzhi.method.base import role
from xinzhi.method.filling import carried_forward, interpolated, on_grid, rule_words
from xinzhi.panel.panel import Floats, Ints

ROWS_EACH = 10
"""Observations for each regressor: with fewer, a fitted value is mostly noise."""


@role("impute")
class Impute(Step):
    """Fill missing cells; a cell for which the rule gives nothing stays missing.

    Parameters
    ----------
    form : "impute"
    by : "mean", "median", "linear", "carried" or "regression"
        ``mean``, ``median``: of the indicator in the same year; ``linear``: between two observations of the unit;
        ``carried``: the unit's last observation before; ``regression``: least squares on indicators without missing
        cells, those most correlated with the filled one, one for ten observations.
    group : str or None
        Label column: means and medians are of the units with the same label.

    Notes
    -----
    ``stage.facts["impute"]`` names the regressors of each indicator. A fitted value may leave the range observed.
    """

    called: ClassVar[Text] = say("imputation")
    rank: ClassVar[int] = 1
    column_fields: ClassVar[tuple[str, ...]] = ("group",)
    form: Literal["impute"] = "impute"
    by: Literal["mean", "median", "linear", "carried", "regression"] | OneOf = "mean"
    group: str | None = None

    @model_validator(mode="after")
    def _group_is_used(self) -> "Impute":
        rules = self.by.options if isinstance(self.by, OneOf) else (self.by,)
        if self.group is not None and not {"mean", "median"} & {*rules}:
            raise ValueError(say("group: only means and medians are of groups"))
        return self

    def apply(self, stage: Stage) -> Stage:
        """Return the stage with missing cells filled."""
        missing = np.isnan(stage.values) & ~left_out(stage)[:, None]
        if not missing.any():
            return stage
        if self.by in {"mean", "median"}:
            made = group_values(stage.values, self._groups(stage), stage.base, str(self.by))
            return stage.changed("impute", self._words(), np.where(missing, made, stage.values))
        if self.by == "regression":
            return self._regressed(stage, missing)
        if stage.panel.time is None:
            raise DataError("XZ-205", say("no years"), where="Impute.by", expected=say("a panel with years"))
        make = interpolated if self.by == "linear" else carried_forward
        made = stage.values.copy()
        for j in np.flatnonzero(missing.any(axis=0)):
            rows, grid = on_grid(stage.values[:, j], stage.panel)
            made[rows[rows >= 0], j] = make(grid, stage.panel.times)[rows >= 0]
        rule = rule_words("linear" if self.by == "linear" else "carry_forward")
        return stage.changed("impute", rule, np.where(missing, made, stage.values))

    def _groups(self, stage: Stage) -> Ints:
        """Return the group of each row, (n,); -1 where it has no label."""
        if self.group is None:
            return stage.time
        labels = stage.panel.label(self.group)
        there = np.array([label is not None and label == label for label in labels])
        place = np.unique(labels.astype(str), return_inverse=True)[1]
        return np.where(there, place * stage.panel.times.size + stage.time, -1)

    def _words(self) -> Text:
        mean = self.by == "mean"
        if self.group is None:
            return say("mean of the year") if mean else say("median of the year")
        words = {"group": named(self.group)}
        return say("mean of the year and {group}", **words) if mean else say("median of the year and {group}", **words)

    def _regressed(self, stage: Stage, missing: Any) -> Stage:
        """Return the stage with cells filled by regression, one rule for each indicator."""
        out, found = stage, dict[str, tuple[str, ...]]()
        for j, regressors, made in fitted(stage.values, stage.base, missing):
            names = tuple(stage.tree.indicators[k] for k in regressors)
            after = out.values.copy()
            after[:, j] = np.where(missing[:, j], made, after[:, j])
            rule = say("regression on {names}", names=enumerated([named(name) for name in names]))
            out, found[stage.tree.indicators[j]] = out.changed("impute", rule, after), names
        return replace(out, facts={**out.facts, "impute": found})


def group_values(values: Floats, groups: Ints, base: Floats, by: str) -> Floats:
    """Return the mean or median of each cell's (n,) group, (n, m), of rows that count; NaN where there is none."""
    out = np.full(values.shape, np.nan)
    for group in np.unique(groups[groups >= 0]):
        rows = groups == group
        seen = np.repeat(values[rows], base[rows].astype(np.int64), axis=0)
        some = np.isfinite(seen).any(axis=0)
        if some.any():
            middle = np.nanmean if by == "mean" else np.nanmedian
            out[np.ix_(rows, some)] = middle(seen[:, some], axis=0)
    return out


def fitted(values: Floats, base: Floats, missing: Any) -> Iterator[tuple[int, Ints, Floats]]:
    """Yield the place, the regressors and the (n,) fitted values of each indicator with (n, m) missing cells."""
    complete = np.flatnonzero(~missing.any(axis=0))
    for j in np.flatnonzero(missing.any(axis=0)):
        full = np.isfinite(values[:, [*complete, j]]).all(axis=1)
        rows = np.repeat(np.flatnonzero(full), base[full].astype(np.int64))
        most = rows.size // ROWS_EACH
        if not most or not complete.size:
            continue
        x, y = values[np.ix_(rows, complete)], values[rows, j]
        x, y = x - x.mean(axis=0), y - y.mean()
        with np.errstate(invalid="ignore", divide="ignore"):
            r = np.abs(x.T @ y) / np.sqrt((x**2).sum(axis=0) * (y**2).sum())
        order = np.argsort(-np.nan_to_num(r), kind="stable")[:most]
        regressors = complete[np.sort(order[np.nan_to_num(r[order]) > 0])]
        if not regressors.size:
            continue
        design = np.column_stack([np.ones(len(values)), values[:, regressors]])
        scale = np.abs(design[rows]).max(axis=0)  # units of measurement do not matter to the solution
        slope = np.linalg.lstsq(design[rows] / scale, values[rows, j], rcond=None)[0]
        yield int(j), regressors, (design / scale) @ slope
