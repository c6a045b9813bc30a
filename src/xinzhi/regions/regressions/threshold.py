"""Panel regressions whose slopes depend on where a threshold variable stands.

y_it = mu_i + b_1' x_it 1(q_it <= g_1) + b_2' x_it 1(g_1 < q_it <= g_2) + ... + c' z_it + e_it
g       least squares over the values of q, one threshold after the other, each found again given the others
F_m     (S_{m-1} - S_m) / (S_m / f),   f = rows - units, less years + 1 with effects of years
LR(g)   (S(g) - S_m) / (S_m / f);      the interval holds the g with LR(g) <= -2 ln(1 - sqrt(level))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, say
from xinzhi.method import Method, Rows, Value, register
from xinzhi.method.base import role
from xinzhi.method.filling import filled_warnings
from xinzhi.method.overlap import overlap_warnings, overlaps
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import level_status
from xinzhi.numerics.least_squares import RANK, LinearFit, least_squares
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts
from xinzhi.regions.panels.balance import balanced
from xinzhi.regions.reading import Series, series_key
from xinzhi.regions.regressions.estimation.columns import ONE_YEAR, Columns
from xinzhi.regions.regressions.estimation.covariances import few_clusters
from xinzhi.regions.regressions.estimation.least_squares import reach, two_sided
from xinzhi.regions.regressions.estimation.parts import check_names
from xinzhi.regions.regressions.thresholds.pages import FIVE, Slopes, ThresholdRegressionResult
from xinzhi.regions.regressions.thresholds.search import (
    CELLS,
    Design,
    Outcomes,
    Resampling,
    ThresholdTest,
    candidates,
    profile,
    tested,
    within,
)

Errors = Literal["clustered", "conventional"]


@role("threshold_search")
class ThresholdSearch(Value):
    """How thresholds are sought, tested and counted.

    Parameters
    ----------
    trim : float
        Least share of the rows in each regime.
    grid : "all" or int
        Candidates: all values of the threshold variable, or so many of its quantiles, evenly spaced.
    draws : int
        Replications of the bootstrap behind each test.
    resampling : "wild" or "units"
        Whether a replication turns the signs of all residuals of a unit at random, or deals the residuals of whole
        units to units, as Hansen does, which needs as many years of each unit, and errors whose variance does not
        depend on the regressors. The p-value of the first is shown beside that of the second.
    count : "tested" or "all"
        Whether the model has as many thresholds as the tests find one after the other at the five per cent level, one
        at least, or all that are tested.
    level : float
        Of the intervals.
    """

    trim: float = Setting(default=0.05, gt=0, lt=0.5)
    grid: Literal["all"] | int = "all"
    draws: int = Setting(default=300, ge=19)
    resampling: Resampling = "wild"
    count: Literal["tested", "all"] = "tested"
    level: float = Setting(default=0.95, gt=0.5, lt=1)

    @model_validator(mode="after")
    def _enough(self) -> "ThresholdSearch":
        if self.grid != "all" and self.grid < 10:
            raise ValueError(say("grid: 'all', or 10 quantiles or more"))
        return self

    @property
    def points(self) -> int | None:
        """Return the number of quantiles, None for all values."""
        return None if self.grid == "all" else self.grid


@register("threshold_regression")
class ThresholdRegression(Method):
    """Estimate a panel regression with fixed effects whose slopes change at thresholds of a variable.

    Parameters
    ----------
    outcome : str, Filled or Term
    regime_dependent : tuple of str, Filled or Term
        Regressors whose slopes depend on the regime.
    threshold_variable : str, Filled or Term
        May be one of the regressors.
    controls : tuple of str, Filled or Term
        Regressors with one slope.
    thresholds : 1, 2 or 3
        Up to how many are tested: one against none, two against one, three against two.
    search : ThresholdSearch
        Candidates, bootstrap, level of intervals, and how many thresholds the model has.
    effects : "unit" or "two_way"
        Fixed effects of units, or of units and years.
    intercept : "common" or "by_regime"
        Whether regimes differ in slopes only, as in Hansen's model, or also in a constant.
    errors : "clustered" or "conventional"
        Standard errors of slopes that allow for dependence within units, or for none.
    logs : tuple of str
        Columns, among all that are named, of which the natural logarithm is taken.
    window : (first, last) or None
        Years used; all by default.
    unbalanced : "error", "largest_block" or "keep"
        What is done with gaps: nothing; the units and consecutive years whose product is largest; or all rows of units
        with two years or more, which needs resampling="wild".

    Notes
    -----
    Thresholds are those of Hansen (1999): least squares over the candidates, one threshold after the other; earlier
    ones are found again given later ones until none moves. Tests are made one after the other: F compares a threshold
    more with the model before, and its p-value is the share of F above it among outcomes simulated from the model with
    one threshold less and its residuals, with regressors and threshold variable held fixed; each replication finds its
    thresholds anew, and the data count as one of them. Each test has its own level; a series of tests has not. By
    default replications turn the signs of all residuals of a unit, which keeps the level of five per cent. Hansen deals
    the residuals of units to units (resampling="units"), which supposes that their variance does not depend on the
    regressors: where it does, thresholds are found in four of ten simulated panels that have none. Intervals
    hold the values that the likelihood ratio does not reject given the other thresholds; they suppose equal variances
    too, and may consist of several stretches, of which the outer ends are shown. The intervals beside them divide the
    ratio by the variance of errors near the threshold over that of all, with the squared jumps of the outcome as
    weights (Hansen 2000). Slopes are tested as if thresholds
    were known, which large samples allow: in simulated panels of 50 units and 8 years 95 % intervals held them in 92 to
    94 of 100; that slopes differ is the question of F, not of these tests. The threshold variable must be exogenous,
    and regressors strictly so: no outcome of earlier years among them. Effects of years, gaps and the wild bootstrap
    are outside of Hansen's theory. With a common intercept, thresholds depend on the origin of the regressors that
    break, in logarithms on their units of measurement; with one by regime they do not. Clustered errors have the factor
    n/(n-1) (N-1)/(N-K-1) for n units, N rows and K slopes, and n-1 degrees of freedom, as xtreg of Stata has.

    References
    ----------
    Hansen, B. E. (1999). Journal of Econometrics 93(2), 345-368. doi:10.1016/S0304-4076(99)00025-1
    Hansen, B. E. (2000). Econometrica 68(3), 575-603. doi:10.1111/1468-0262.00124
    Wang, Q. (2015). The Stata Journal 15(1), 121-134. doi:10.1177/1536867X1501500108
    Bai, J. (1997). Econometric Theory 13(3), 315-352. doi:10.1017/S0266466600005831

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.regressions.threshold import ThresholdRegression
    >>> draw = np.random.default_rng(5)
    >>> frame = pd.DataFrame({"i": np.repeat(range(40), 10), "t": np.tile(range(10), 40)})
    >>> frame = frame.assign(x=draw.normal(size=400), q=draw.uniform(size=400))
    >>> frame["y"] = frame["i"] + frame["x"] * np.where(frame["q"] <= 0.5, 1.0, 2.0) + 0.3 * draw.normal(size=400)
    >>> model = ThresholdRegression(outcome="y", regime_dependent=("x",), threshold_variable="q")
    >>> result = model.fit(xz.Panel(frame.assign(i=frame["i"].astype(str)), unit="i", time="t"))
    >>> round(result.thresholds[0].value, 1), result.tests[0].p < 0.01, result.slopes.estimate.round(1).tolist()
    (0.5, True, [1.0, 2.0])
    """

    column_fields: ClassVar[tuple[str, ...]] = ("outcome", "regime_dependent", "threshold_variable", "controls")
    outcome: Series
    regime_dependent: tuple[Series, ...] = Setting(min_length=1)
    threshold_variable: Series
    controls: tuple[Series, ...] = ()
    thresholds: int = Setting(default=1, ge=1, le=3)
    search: ThresholdSearch = ThresholdSearch()
    effects: Literal["unit", "two_way"] = "unit"
    intercept: Literal["common", "by_regime"] = "common"
    errors: Errors = "clustered"
    logs: tuple[str, ...] = ()
    window: tuple[int, int] | None = None
    unbalanced: Literal["error", "largest_block", "keep"] = "error"

    @model_validator(mode="after")
    def _consistent(self) -> "ThresholdRegression":
        names = [series_key(one) for one in (self.outcome, *self.regime_dependent, *self.controls)]
        by = series_key(self.threshold_variable)
        check_names(names if by in names else [*names, by], self.logs)
        if by == names[0]:
            raise ValueError(say("the outcome is no threshold variable"))
        if self.unbalanced == "keep" and self.search.resampling != "wild":
            raise ValueError(say("unbalanced='keep' needs resampling='wild'"))
        return self

    @property
    def series(self) -> tuple[Series, ...]:
        """Return outcome, threshold variable, regime-dependent regressors and controls."""
        return (self.outcome, self.threshold_variable, *self.regime_dependent, *self.controls)

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes it takes: sums for all candidates, and simulated outcomes of each task."""
        breaks, columns = len(self.regime_dependent) + 1, len(self.series) + panel.times.size
        shared = 8 * len(panel) * breaks * (columns + 4 * breaks)
        simulated = min(CELLS, len(panel) * breaks * self.search.draws)
        return super().memory(panel, workers=workers) + shared + 8 * 6 * simulated * workers

    def compute(self, panel: Panel, run: Run) -> ThresholdRegressionResult:
        """Return thresholds, tests and slopes, and the parts of the outcome by unit and year."""
        if self.window is not None:
            panel.require_window(self.window, where="ThresholdRegression.window")
            panel = panel.select(times=self.window)
        columns = Columns.of(self.series, self.logs, panel, run)
        sample = sample_of(columns, panel, self.unbalanced)
        data, titles, log = columns.used(sample.rows), columns.names, columns.log
        model = Model.of(self, data, titles, sample)
        tests = self._tests(model, run)
        found = next((k for k, test in enumerate(tests) if test.p > FIVE), len(tests))
        final = tests[-1 if self.search.count == "all" else max(found, 1) - 1]
        level = self.search.level
        thresholds = profile(model.design, model.outcomes, final.places, freedom=model.freedom, level=self.search.level)
        regime = np.searchsorted([one.value for one in thresholds], data[:, 1], side="left")
        slopes, fit, terms = model.slopes(regime, self.errors, level)
        rows = sample.spread(panel, {"regime": regime.astype(np.float64) + 1.0, **terms})
        identity = say("outcome less its mean = effects + part by regime + part of controls + residual")
        parts = np.column_stack([rows.terms[name] for name in PARTS if name in rows.terms])
        size = np.nanmax(np.abs(rows.terms["outcome"]))  # outcomes may be in any unit of measurement
        gap = check_adding_up(rows.terms["outcome"] / size, parts / size, rows, identity=identity)
        shared = overlaps(self.series, panel, run)
        few = few_clusters(sample.first.size) if self.errors == "clustered" else ()
        return ThresholdRegressionResult(
            method=self,
            panel=panel,
            rows=rows,
            flow=False,
            log=log,
            absent={} if "time_effect" in terms else {"time_effect": say("the model has no effects of years")},
            warnings=(*filled_warnings(log), *overlap_warnings(shared), *few),
            names=titles,
            thresholds=thresholds,
            tests=tuple(tests),
            found=found,
            slopes=slopes,
            overlaps=shared,
            diagnostics={
                "units": int(sample.first.size),
                "years": int(np.unique(sample.years).size),
                "rows": int(sample.rows.size),
                "candidates": int(model.design.values.size),
                "freedom": model.freedom,
                "r_squared_within": fit.r_squared,
                "largest_gap": gap,
            },
        )

    def _tests(self, model: "Model", run: Run) -> list[ThresholdTest]:
        """Return the tests; XZ-285 where no threshold can be found."""
        tests = tested(
            model.design,
            model.outcomes,
            most=self.thresholds,
            freedom=model.freedom,
            draws=self.search.draws,
            resampling=self.search.resampling,
            run=run,
        )
        if not tests:
            raise DataError(
                "XZ-285",
                say("no value of {name} splits the rows into two regimes with slopes", name=model.titles[1]),
                where="ThresholdRegression.threshold_variable",
                expected=say(
                    "at least {least} rows in each regime, in which the regressors vary", least=model.design.least
                ),
            )
        return tests


PARTS = ("unit_effect", "time_effect", "regime_part", "controls_part", "residual")


@dataclass(frozen=True)
class Sample:
    """The rows that are used, those of a unit beside each other.

    ``rows``: (N,) of the panel; ``years``: (N,); ``first``: (n,) place of each unit's first row; ``status``,
    ``reason``: of every row of the panel.
    """

    rows: Ints
    years: Ints
    first: Ints
    status: Texts
    reason: Texts

    def spread(self, panel: Panel, terms: dict[str, Floats]) -> Rows:
        """Return (N,) terms at all rows of the panel."""
        out: dict[str, Floats] = {}
        for name, values in terms.items():
            out[name] = np.full(len(panel), np.nan)
            out[name][self.rows] = values
        return Rows(panel.unit_names.astype(object), panel.when.copy(), out, self.status, self.reason)


def sample_of(columns: Columns, panel: Panel, unbalanced: str) -> Sample:
    """Return the rows of which all cells are there, balanced where gaps are not kept; XZ-285 below two units."""
    where = "ThresholdRegression"
    if unbalanced != "keep":
        block = balanced(
            columns.cells, columns.titles, panel=panel, positive=columns.in_logs, unbalanced=unbalanced, where=where
        )
        rows, status, reason = block.rows.T.ravel(), block.status, block.reason
    else:
        status, reason = level_status(columns.there())
        years = np.bincount(panel.code[status == "ok"], minlength=panel.units.size)[panel.code]
        lone = (status == "ok") & (years < 2)
        status[lone], reason[lone] = "left_out", ONE_YEAR
        rows = np.flatnonzero(status == "ok")
    first = np.flatnonzero(np.diff(panel.code[rows], prepend=-1))
    if first.size < 2:
        found = say("{rows} rows of {units} units", rows=rows.size, units=first.size)
        raise DataError("XZ-285", found, where=where, expected=say("two units or more"))
    return Sample(rows, panel.when[rows], first, status, reason)


@dataclass(frozen=True)
class Model:
    """Outcome and regressors of the rows used, and the design of the search.

    ``y``: (N,); ``x``: (N, k) regime-dependent, a constant last where it is by regime; ``z``: (N, c); ``dummies``: (N,
    T-1) of years; ``design``, ``outcomes``: see the search; ``freedom``: of F and of the likelihood ratio;
    ``titles``: of outcome, threshold variable and regressors; ``constant``: whether there is one by regime.
    """

    y: Floats
    x: Floats
    z: Floats
    dummies: Floats
    design: Design
    outcomes: Outcomes
    freedom: int
    titles: Sequence[Text]
    constant: bool

    @classmethod
    def of(cls, method: ThresholdRegression, data: Floats, titles: Sequence[Text], sample: Sample) -> "Model":
        """Return the model of (N, 2 + k + c) data; XZ-285 where it is not identified."""
        k, constant, first = len(method.regime_dependent), method.intercept == "by_regime", sample.first
        y, q, x, z = data[:, 0], data[:, 1], data[:, 2 : 2 + k], data[:, 2 + k :]
        years = np.unique(sample.years)[1:] if method.effects == "two_way" else np.zeros(0)
        dummies = (sample.years[:, None] == years).astype(np.float64)
        basis = _basis(np.column_stack([dummies, x, z]), [*map(str, years), *titles[2:]], first)
        freedom = y.size - first.size - years.size
        slopes = (method.thresholds + 1) * (k + constant) + z.shape[1]
        if freedom <= slopes:
            raise DataError(
                "XZ-285",
                say("{rows} rows of {units} units", rows=y.size, units=first.size),
                where="ThresholdRegression",
                expected=say("more rows than effects and {slopes} slopes", slopes=slopes),
            )
        broken = np.column_stack([x, np.ones(y.size)]) if constant else x
        least = int(np.ceil(method.search.trim * y.size))
        values = candidates(q, least, method.search.points)
        sought = np.column_stack([x - x.mean(axis=0), np.ones(y.size)]) if constant else x  # the same columns, apart
        design = Design.of(sought, q, first=first, basis=basis, values=values, least=least)
        outcomes = Outcomes.of(design, y[:, None])
        if not outcomes.squares[0] > (RANK * np.linalg.norm(y)) ** 2:
            found = say("{name} has no variation that effects and regressors leave", name=titles[0])
            raise DataError("XZ-285", found, where="ThresholdRegression.outcome", expected=say("another outcome"))
        return cls(y, broken, z, dummies, design, outcomes, freedom, titles, constant)

    def slopes(self, regime: Ints, errors: Errors, level: float) -> tuple[Slopes, LinearFit, dict[str, Floats]]:
        """Return the slopes given the (N,) regimes, their regression, and the parts of the outcome, (N,) each."""
        first, count, width = self.design.first, int(regime.max()) + 1, self.x.shape[1]
        plain = width - self.constant
        broken = np.concatenate([self.x * (regime == r)[:, None] for r in range(count)], axis=1)
        if self.constant:  # a constant of the first regime is part of the effects
            broken = np.delete(broken, plain, axis=1)
        columns = np.column_stack([broken, self.z, self.dummies])
        unit = np.repeat(np.arange(first.size), self.design.sizes)
        net = within(np.column_stack([self.y, columns]), first)
        fit = least_squares(
            net[:, 0],
            net[:, 1:],
            covariance="clustered" if errors == "clustered" else "classical",
            groups=unit,
            absorbed=first.size,
            nested=first.size - 1,
        )
        ends = np.cumsum([broken.shape[1], self.z.shape[1]])
        parts = [
            part @ b for part, b in zip(np.split(columns, ends, axis=1), np.split(fit.coefficients, ends), strict=True)
        ]
        left = self.y - sum(parts)
        terms = {
            "outcome": self.y,
            "unit_effect": left - within(left[:, None], first)[:, 0],
            **({"time_effect": parts[2]} if self.dummies.shape[1] else {}),
            "regime_part": parts[0],
            "controls_part": parts[1],
            "residual": fit.residuals,
        }
        terms = {name: values - values.mean() for name, values in terms.items()}
        names = [*self.titles[2 : 2 + plain], *([say("Constant")] * self.constant)]
        labels = [(name, r + 1) for r in range(count) for name in names]
        if self.constant:
            del labels[plain]
        labels += [(title, 0) for title in self.titles[2 + plain :]]
        estimate, error = fit.coefficients[: len(labels)], fit.errors[: len(labels)]
        freedom = first.size - 1 if errors == "clustered" else fit.freedom
        wide = reach(freedom, level) * error
        slopes = Slopes(
            names=tuple(name for name, _ in labels),
            regime=np.array([r for _, r in labels]),
            estimate=estimate,
            error=error,
            t=estimate / error,
            p=two_sided(estimate / error, freedom),
            low=estimate - wide,
            high=estimate + wide,
            freedom=freedom,
        )
        return slopes, fit, terms


def _basis(columns: Floats, names: Sequence[str], first: Ints) -> Floats:
    """Return an orthonormal basis of (N, p) columns net of effects of units; XZ-285 names one that adds nothing."""
    length = np.linalg.norm(columns, axis=0)
    net = within(columns, first) / np.where(length > 0, length, 1.0)
    basis, triangle = np.linalg.qr(net)
    odd = np.flatnonzero(np.abs(np.diag(triangle)) <= RANK)
    if columns.shape[0] < columns.shape[1] or odd.size:
        raise DataError(
            "XZ-285",
            say(
                "{name} does not vary within units beside the other regressors", name=names[odd[0] if odd.size else -1]
            ),
            where="ThresholdRegression",
            expected=say("regressors that vary within units, none a combination of the others"),
        )
    return basis
