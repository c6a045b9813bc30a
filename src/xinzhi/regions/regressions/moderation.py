"""Moderation: whether the slope of an outcome in a regressor depends on another variable.

y_it = b1 x_it + b2 m_it + b3 x_it m_it + c' z_it + mu_i + lambda_t + e_it        dy/dx = b1 + b3 m
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.language import Text, say
from xinzhi.method import Method, Rows, register
from xinzhi.method.terms import PART
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats
from xinzhi.regions.reading import Series, series_key
from xinzhi.regions.regressions.estimation.covariances import Errors, words_of
from xinzhi.regions.regressions.estimation.effects import Effects, without_effects
from xinzhi.regions.regressions.estimation.least_squares import ROUNDING, estimated, required
from xinzhi.regions.regressions.estimation.parts import (
    SAMPLING,
    check_names,
    counted,
    memory_of,
    rows_of,
    warned,
    wild_of,
)
from xinzhi.regions.regressions.estimation.sample import Sample, sample_of
from xinzhi.regions.regressions.estimation.tables import Variables
from xinzhi.regions.regressions.moderation_pages import ModerationResult
from xinzhi.regions.regressions.slopes import Line

DRAWS = 999
"""Of the wild cluster bootstrap."""


@register("moderation")
class Moderation(Method):
    """Estimate how the slope of an outcome in a regressor changes with a moderator.

    Parameters
    ----------
    outcome : str, Filled or Term
    regressor : str, Filled or Term
    moderator : str, Filled or Term
    controls : tuple of str, Filled or Term
        What is held constant.
    effects : "two_way", "unit", "time" or "none"
        Fixed effects.
    errors : "clustered", "two_way_clustered", "heteroskedastic", "driscoll_kraay", "conventional" or Clustered
        Standard errors, as in FixedEffects.
    interaction : "product" or "double_demeaned"
        The product of regressor and moderator, or of their deviations from the means of units, which needs effects of
        units.
    centred : "mean" or "none"
        Whether regressor and moderator enter the product less their means over all rows. It moves what the coefficients
        of the two stand for, not the interaction and not the slopes.
    weight : str or None
        Column of positive weights, inversely proportional to the variance of the row's error.
    logs : tuple of str
        Columns, among all variables, of which the natural logarithm is taken.
    window : (first, last) or None
        Years used; all by default. Terms are computed on all years.
    level : float
        Of the intervals.

    Notes
    -----
    With fixed effects of units the product still holds differences between units: where the slope differs between units
    in step with the mean of the moderator, the product of raw columns takes that for a change of the slope with the
    moderator. The product of deviations from units' means uses changes inside units only; it is less precise, units with
    two rows say nothing of it, and its moderator is the deviation from the unit's own mean. The two answer different questions and are different estimators,
    not one before and after a transformation. The coefficient of the regressor alone is its slope where the moderator is
    at its origin: its mean if centred, zero if not. Read the slopes: standard errors are by the delta method. The region
    where a slope differs from zero (Johnson and Neyman) is for each value of the moderator by itself, not for all of
    them together. The slope is taken to be a line in the moderator. Standard errors, few clusters and rows left
    out are as in FixedEffects.

    References
    ----------
    Aiken, L. S. and West, S. G. (1991). Multiple Regression: Testing and Interpreting Interactions. Sage. ISBN 9780761907121
    Balli, H. O. and Sorensen, B. E. (2013). Empirical Economics 45(1), 583-603. doi:10.1007/s00181-012-0604-2
    Giesselmann, M. and Schmidt-Catran, A. W. (2022). Sociological Methods and Research 51(3), 1100-1127. doi:10.1177/0049124120914934
    Bauer, D. J. and Curran, P. J. (2005). Multivariate Behavioral Research 40(3), 373-400. doi:10.1207/s15327906mbr4003_5

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.regressions.moderation import Moderation
    >>> draw, unit = np.random.default_rng(2), np.repeat(np.arange(50), 8)
    >>> x, m = draw.normal(size=(2, 400))
    >>> y = 0.5 * x + 0.2 * x * m + 0.1 * unit + 0.1 * draw.normal(size=400)
    >>> frame = pd.DataFrame({"i": unit.astype(str), "t": np.tile(range(2010, 2018), 50), "y": y, "x": x, "m": m})
    >>> result = Moderation(outcome="y", regressor="x", moderator="m").fit(xz.Panel(frame, unit="i", time="t"))
    >>> result.line.b.round(1).tolist()
    [0.5, 0.2]
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("outcome", "regressor", "moderator", "controls", "weight")
    outcome: Series
    regressor: Series
    moderator: Series
    controls: tuple[Series, ...] = ()
    effects: Effects = "two_way"
    errors: Errors = "clustered"
    interaction: Literal["product", "double_demeaned"] = "product"
    centred: Literal["mean", "none"] = "mean"
    weight: str | None = None
    logs: tuple[str, ...] = ()
    window: tuple[int, int] | None = None
    level: float = Setting(default=0.95, gt=0, lt=1)

    @model_validator(mode="after")
    def _consistent(self) -> "Moderation":
        check_names([series_key(one) for one in self.series], self.logs)
        inside = self.interaction == "double_demeaned"
        if inside and self.effects not in {"unit", "two_way"}:
            raise ValueError(say("interaction='double_demeaned' needs effects of units"))
        if inside and self.centred == "none":
            raise ValueError(say("interaction='double_demeaned' is centred at the means of units"))
        return self

    @property
    def series(self) -> tuple[Series, ...]:
        """Return the variables: outcome, regressor, moderator, controls."""
        return (self.outcome, self.regressor, self.moderator, *self.controls)

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes, dummies of years and draws of few clusters included."""
        return super().memory(panel, workers=workers) + memory_of(panel, len(self.series), self.errors)

    def compute(self, panel: Panel, run: Run) -> ModerationResult:
        """Return the parts of the outcome and the slope by unit and year, with the slope as a line in the moderator."""
        sample = sample_of(self.series, {name: getattr(self, name) for name in SAMPLING}, panel, run)
        moderator, origin, product = self._product(sample)
        columns = np.column_stack([sample.x[:, :2], product, sample.x[:, 2:]])
        kept = np.ones(columns.shape[1], dtype=bool)
        kept[1] = self._has_own_effect(sample)
        known = np.flatnonzero(kept)
        x_key, m_key, *others = (f"{PART}{series_key(one)}" for one in self.series[1:])
        names = (x_key, m_key, "interaction_part", *others)
        outcome, x, m, *controls = sample.titles
        both = say("{regressor} × {moderator}", regressor=x, moderator=m)
        titles: tuple[Text, ...] = (x, m, both, *controls)
        used = [outcome, *(titles[k] for k in known)]
        found = required(
            estimated(
                sample.y, columns[:, known], used, cells=sample.cells, effects=self.effects, depends=sample.depends
            ),
            where=type(self).__name__,
        )
        parts = {names[k]: columns[:, k] * b for k, b in zip(known.tolist(), found.coefficients.tolist(), strict=True)}
        rows, absent, gap = rows_of(found, sample, parts, effects=self.effects)
        if not kept[1]:
            absent[m_key] = say("the effects hold it")
        pair = [0, int(np.flatnonzero(known == 2)[0])]
        line = Line(found.coefficients[pair], found.covariance[np.ix_(pair, pair)], origin)
        terms = {**rows.terms, "slope": sample.spread(line.at(moderator)[0])}
        return ModerationResult(
            method=self,
            panel=sample.panel,
            rows=Rows(rows.unit, rows.time, terms, rows.status, rows.reason),
            flow=False,
            absent=absent,
            warnings=warned(found, sample),
            diagnostics=counted(found, sample, gap),
            log=sample.log,
            variables=Variables(sample.titles, np.column_stack([sample.y, sample.x]), sample.cells),
            design=Variables(tuple(used), np.column_stack([sample.y, columns[:, known]]), sample.cells),
            standard_errors=words_of(self.errors),
            estimates=found,
            wild=wild_of(found, sample, effects=self.effects, draws=DRAWS, run=run),
            line=line,
            place=pair[1],
            moderator=moderator,
            overlaps=sample.overlaps,
        )

    def _product(self, sample: Sample) -> tuple[Floats, float, Floats]:
        """Return the moderator on the scale of the slopes, (m,), its origin, and the product, (m,)."""
        pair = sample.x[:, :2]
        if self.interaction == "double_demeaned":
            inside = without_effects(pair, sample.cells, "unit")
            return inside[:, 1], 0.0, inside.prod(axis=1)
        centre = np.average(pair, axis=0, weights=sample.cells.weight) if self.centred == "mean" else np.zeros(2)
        return pair[:, 1], float(centre[1]), (pair - centre).prod(axis=1)

    def _has_own_effect(self, sample: Sample) -> bool:
        """Say whether the moderator varies beside the effects: one that differs between units only is held by them."""
        m = sample.x[:, [1]]
        total = np.linalg.norm(m - m.mean())
        return bool(np.linalg.norm(without_effects(m, sample.cells, self.effects)) > ROUNDING * total)
