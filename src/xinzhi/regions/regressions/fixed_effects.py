"""Fixed-effects regression: how an outcome goes with regressors inside units, other things equal.

y_it = b' x_it + c' z_it + mu_i + lambda_t + e_it
"""

from typing import ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.language import Text
from xinzhi.method import Method, register
from xinzhi.method.terms import PART
from xinzhi.panel import Panel
from xinzhi.regions.reading import Series, series_key
from xinzhi.regions.regressions.estimation.covariances import Errors, words_of
from xinzhi.regions.regressions.estimation.effects import Effects
from xinzhi.regions.regressions.estimation.least_squares import Estimates, estimated, required
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
from xinzhi.regions.regressions.fixed_effects_pages import FixedEffectsResult, Step


@register("fixed_effects")
class FixedEffects(Method):
    """Regress an outcome on regressors and controls with fixed effects of units and years.

    Parameters
    ----------
    outcome : str, Filled or Term
    regressors : tuple of str, Filled or Term
        The variables of interest.
    controls : tuple of str, Filled or Term
        What is held constant.
    effects : "two_way", "unit", "time" or "none"
        Fixed effects.
    errors : "clustered", "two_way_clustered", "heteroskedastic", "driscoll_kraay", "conventional" or Clustered
        Standard errors: clustered by unit, by unit and by year, robust to heteroskedasticity (HC1), for dependence over
        years and between units, of independent rows of one variance, or clustered by another column.
    weight : str or None
        Column of positive weights, inversely proportional to the variance of the row's error.
    logs : tuple of str
        Columns, among outcome, regressors and controls, of which the natural logarithm is taken.
    window : (first, last) or None
        Years used; all by default. Terms are computed on all years.
    level : float
        Of the intervals.
    draws : int
        Of the wild cluster bootstrap, which is made where there are fewer than 40 clusters of one dimension.

    Notes
    -----
    The estimate is that of the last column of the first table; the columns before it have fewer controls and effects on
    the same rows, so that only the model differs. Coefficients are associations inside units and years; they are effects
    only if nothing else that moves with the regressor moves the outcome. Clustered standard errors carry the factor
    g / (g - 1) (n - 1) / (n - K) for g clusters, of two dimensions the smaller g; K counts slopes and effects, effects
    nested in the clusters not, one for the constant at least: as in Stata reghdfe, and xtreg with the option fe and
    dummies of years, and fixest in R; areg of Stata counts the effects of units too, so that its standard errors are
    larger. Robust ones carry n / (n - K) with all effects, those of Driscoll and Kraay the factor of clusters of years
    with all effects, and 4 (T / 100)^(2/9) lags, rounded down. p-values are of Student's t with g - 1 degrees of
    freedom, else n - K. With few clusters t tests reject too often: the wild cluster bootstrap imposes that the slope
    is zero and turns the residuals of whole clusters round; with fewer than about ten clusters its p-values are coarse.
    Where only a few clusters see the regressor change, neither is to be trusted. Rows that an effect of their own
    explains wholly are left out and listed, as reghdfe does. A regressor that is made of the same columns as the outcome is correlated with it by
    arithmetic: see the table of overlaps.

    References
    ----------
    Arellano, M. (1987). Oxford Bulletin of Economics and Statistics 49(4), 431-434. doi:10.1111/j.1468-0084.1987.mp49004006.x
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Review of Economics and Statistics 90(3), 414-427. doi:10.1162/rest.90.3.414
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Journal of Business and Economic Statistics 29(2), 238-249. doi:10.1198/jbes.2010.07136
    Cameron, A. C. and Miller, D. L. (2015). Journal of Human Resources 50(2), 317-372. doi:10.3368/jhr.50.2.317
    Driscoll, J. C. and Kraay, A. C. (1998). Review of Economics and Statistics 80(4), 549-560. doi:10.1162/003465398557825

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.regressions.fixed_effects import FixedEffects
    >>> draw, unit = np.random.default_rng(1), np.repeat(np.arange(50), 8)
    >>> x = draw.normal(size=400) + 0.1 * unit
    >>> y = 0.5 * x - 0.3 * unit + 0.1 * draw.normal(size=400)
    >>> frame = pd.DataFrame({"i": unit.astype(str), "t": np.tile(range(2010, 2018), 50), "y": y, "x": x})
    >>> result = FixedEffects(outcome="y", regressors=["x"]).fit(xz.Panel(frame, unit="i", time="t"))
    >>> round(float(result.estimates.coefficients[0]), 1)
    0.5
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("outcome", "regressors", "controls", "weight")
    outcome: Series
    regressors: tuple[Series, ...] = Setting(min_length=1)
    controls: tuple[Series, ...] = ()
    effects: Effects = "two_way"
    errors: Errors = "clustered"
    weight: str | None = None
    logs: tuple[str, ...] = ()
    window: tuple[int, int] | None = None
    level: float = Setting(default=0.95, gt=0, lt=1)
    draws: int = Setting(default=999, ge=99)

    @model_validator(mode="after")
    def _consistent(self) -> "FixedEffects":
        check_names([series_key(one) for one in self.series], self.logs)
        return self

    @property
    def series(self) -> tuple[Series, ...]:
        """Return the variables, the outcome first."""
        return (self.outcome, *self.regressors, *self.controls)

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes, dummies of years and draws of few clusters included."""
        return super().memory(panel, workers=workers) + memory_of(panel, len(self.series), self.errors)

    def compute(self, panel: Panel, run: Run) -> FixedEffectsResult:
        """Return the parts of the outcome by unit and year, with estimates in columns."""
        sample = sample_of(self.series, {name: getattr(self, name) for name in SAMPLING}, panel, run)
        steps = self._steps(sample)
        found = required(steps[-1].estimates, where=type(self).__name__)
        parts = {
            f"{PART}{series_key(one)}": sample.x[:, k] * b
            for k, (one, b) in enumerate(zip(self.series[1:], found.coefficients, strict=True))
        }
        rows, absent, gap = rows_of(found, sample, parts, effects=self.effects)
        return FixedEffectsResult(
            method=self,
            panel=sample.panel,
            rows=rows,
            flow=False,
            absent=absent,
            warnings=warned(found, sample),
            diagnostics=counted(found, sample, gap),
            log=sample.log,
            variables=Variables(sample.titles, np.column_stack([sample.y, sample.x]), sample.cells),
            standard_errors=words_of(self.errors),
            steps=steps,
            wild=wild_of(found, sample, effects=self.effects, draws=self.draws, run=run),
            overlaps=sample.overlaps,
        )

    def _steps(self, sample: Sample) -> tuple[Step, ...]:
        """Return the columns of the table: regressors alone, controls added, then effects of units, then of years."""
        plan: list[tuple[bool, Effects]] = [(False, "none")]
        if self.controls:
            plan.append((True, "none"))
        controls = bool(self.controls)
        if self.effects in {"unit", "two_way"}:
            plan.append((controls, "unit"))
        if self.effects in {"time", "two_way"}:
            plan.append((controls, self.effects))
        return tuple(Step(which, effects, self._fit(sample, which, effects)) for which, effects in plan)

    def _fit(self, sample: Sample, controls: bool, effects: Effects) -> Estimates | Text:
        """Return the estimates with or without controls."""
        count = sample.x.shape[1] if controls else len(self.regressors)
        titles = sample.titles[: 1 + count]
        return estimated(
            sample.y, sample.x[:, :count], titles, cells=sample.cells, effects=effects, depends=sample.depends
        )
