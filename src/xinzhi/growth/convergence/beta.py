"""Beta convergence: whether units that start lower grow faster.

    (1/T) ln(y_T / y_0) = a + b ln y_0 + gamma' x + u          b = -(1 - exp(-beta T)) / T
    beta = -ln(1 + b T) / T,  se(beta) = se(b) / (1 + b T)     half-life = ln 2 / beta,  se = ln 2 se(beta) / beta^2

With one length T the nonlinear regression in beta is the linear one in b written otherwise: its estimate and its
standard error are those above.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.growth.convergence.cross_section import (
    Grid,
    cells_over,
    column_over,
    first_reason,
    joined_status,
    window_years,
)
from xinzhi.growth.convergence.regression import Control, Regression, regress
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import period_warnings
from xinzhi.method.table import shown
from xinzhi.numerics.least_squares import Covariance
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

Errors = Literal["classical", "robust", "clustered"]
COVARIANCE: dict[str, Covariance] = {"classical": "classical", "robust": "hc1", "clustered": "clustered"}
FIVE = 0.05
"""Level of the test in sentences."""


@register("beta_convergence")
class BetaConvergence(Method):
    """Regress growth on the initial level, with the speed of convergence and the half-life.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    scale : "logs" or "values"
        Whether logarithms are taken, or the column holds logarithms already, such as a term of log points.
    controls : tuple of str or Control
        What is held constant (conditional convergence); a column name is its mean over the period.
    window : (first, last) or None
        First and last year; all by default.
    span : int or None
        Length of the periods into which the window is cut; the whole window by default, one observation per unit.
    effects : "none", "time" or "unit_time"
        Fixed effects of periods, or of units and periods; they need ``span``, and units with all periods.
    errors : "classical", "robust" or "clustered"
        ``robust``: heteroskedasticity (HC1); ``clustered``: also correlation within a unit, with the factor
        g / (g - 1) (n - 1) / (n - parameters) for g units, effects of periods counted and effects of units not, which
        are nested in the clusters (as in xtreg and reghdfe of Stata, and fixest).

    Notes
    -----
    Nonlinear least squares in the speed gives the same speed and standard error as the linear form, since all periods
    have one length. A negative b does not show that dispersion falls (Galton's fallacy): see sigma convergence. Errors
    of measurement in the initial level bias b downwards; with fixed effects of units b is biased downwards where periods
    are few (Nickell), so the speed is then too high.

    References
    ----------
    Barro, R. J. and Sala-i-Martin, X. (1992). Journal of Political Economy 100(2), 223-251. doi:10.1086/261816
    Islam, N. (1995). Quarterly Journal of Economics 110(4), 1127-1170. doi:10.2307/2946651
    Quah, D. (1993). Scandinavian Journal of Economics 95(4), 427-443. doi:10.2307/3440905
    Nickell, S. (1981). Econometrica 49(6), 1417-1426. doi:10.2307/1911408

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import BetaConvergence
    >>> start = np.array([1.0, 2.0, 4.0, 8.0])
    >>> end = 10 * np.exp(-0.02 * 30) * (start / 10) ** np.exp(-0.02 * 30) * [1.01, 0.99, 0.99, 1.01]
    >>> frame = pd.DataFrame({"i": [*"ABCD"] * 2, "t": [1990] * 4 + [2020] * 4, "y": [*start, *end]})
    >>> result = BetaConvergence(of="y").fit(xz.Panel(frame, unit="i", time="t"))
    >>> round(result.speed.rate, 3), round(result.speed.half_life, 1)
    (0.02, 34.7)
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("of", "controls")
    of: str | Filled | Term
    scale: Literal["logs", "values"] = "logs"
    controls: tuple[str | Control, ...] = ()
    window: tuple[int, int] | None = None
    span: int | None = Setting(default=None, ge=1)
    effects: Literal["none", "time", "unit_time"] = "none"
    errors: Errors = "classical"

    def compute(self, panel: Panel, run: Run) -> "BetaConvergenceResult":
        """Return growth, expected growth and residual by unit and period, with the regression."""
        years = window_years(panel, self.window, where="BetaConvergence.window")
        cells = cells_over(self.of, panel, run, years)
        places = self._ends(years)
        length = int(places[1] - places[0])
        periods = [self._period(cells, panel, int(a), int(b)) for a, b in pairwise(places)]
        status, reason = (np.column_stack([getattr(period, key) for period in periods]) for key in ("status", "reason"))
        if self.effects == "unit_time":
            status, reason = complete(status, reason)
        used = status == "ok"
        growth, initial = (np.column_stack([getattr(p, key) for p in periods]) for key in ("growth", "initial"))
        columns = {name: np.column_stack([p.controls[name] for p in periods]) for name in periods[0].controls}
        if used.sum() <= 1:
            raise DataError(
                "XZ-250",
                say("{count} observations; first: {reason}", count=int(used.sum()), reason=first_reason(reason)),
                where=panel.source,
                expected=say("at least two units with what the regression needs"),
            )
        unit, period = np.nonzero(used)
        regressors = {"initial": initial[used], **{name: column[used] for name, column in columns.items()}}
        y, x, effects = self._without_effects(growth[used], regressors, [period, unit])
        found = regress(y, x, covariance=COVARIANCE[self.errors], groups=unit, where=panel.source, **effects)
        rows = self._rows(panel, cells.years[places[1:]], (growth, initial, used), found, (status, reason))
        parts = np.column_stack([rows.terms["expected_growth"], rows.terms["residual"]])
        gap = check_adding_up(rows.terms["growth"], parts, rows, identity=say("growth = expected growth + residual"))
        return BetaConvergenceResult(
            method=self,
            panel=panel,
            flow=False,
            rows=rows,
            regression=found,
            speed=speed(*found.coefficient("initial"), length),
            initial=x["initial"],
            points=partial(y, x, found),
            point_names=panel.units.astype(object)[unit],
            log=cells.log,
            warnings=(*filled_warnings(cells.log), *period_warnings(cells.within)),
            diagnostics={"observations": found.observations, "length": length, "largest_gap": gap},
        )

    def _ends(self, years: Ints) -> Ints:
        """Return the places of the years at which periods start and end."""
        whole = years.size - 1
        span = self.span or whole
        if self.effects != "none" and whole // span <= 1:
            found = say("{count} period of {span} years", count=whole // span, span=span)
            expected = say("a span that gives at least two periods")
            raise UsageError("XZ-103", found, where="BetaConvergence.effects", expected=expected)
        if whole % span:
            found = say("{span} does not divide the {years} years of the window", span=span, years=whole)
            raise UsageError("XZ-103", found, where="BetaConvergence.span")
        return np.arange(0, whole + 1, span)

    def _period(self, cells: Grid, panel: Panel, start: int, end: int) -> "Period":
        """Return the observations of one period."""
        ends = cells.taken(np.array([start, end]))
        faults, controls = [ends.status(positive=self.scale == "logs")], dict[str, Floats]()
        for given in self.controls:
            control = Control(column=given) if isinstance(given, str) else given
            years = {"mean": np.arange(start, end + 1), "start": np.array([start]), "end": np.array([end])}[control.at]
            found = column_over(control.column, panel, cells.years[years])
            faults.append(found.status(positive=control.form == "log"))
            mean = found.grid.mean(axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                controls[control_key(control)] = np.log(mean) if control.form == "log" else mean
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.log(ends.grid) if self.scale == "logs" else ends.grid
        status, reason = joined_status(*faults)
        return Period((logs[:, 1] - logs[:, 0]) / (end - start), logs[:, 0], controls, status, reason)

    def _without_effects(
        self, growth: Floats, regressors: Mapping[str, Floats], codes: list[Ints]
    ) -> tuple[Floats, dict[str, Floats], dict[str, Any]]:
        """Return growth and regressors, effects removed or a constant put in, and what was removed.

        The latter is the number of effects, how many of them are units', and the length that regressors had.
        """
        if self.effects == "none":
            return growth, {"constant": np.ones(growth.size), **regressors}, {}
        groups = codes[: {"time": 1, "unit_time": 2}[self.effects]]
        counts = [int(np.unique(one).size) - 1 for one in groups]
        columns = {name: without_effects(column, groups) for name, column in regressors.items()}
        length = np.array([np.linalg.norm(column) for column in regressors.values()])
        removed = {"absorbed": sum(counts) + 1, "nested": sum(counts[1:]), "length": length}
        return without_effects(growth, groups), columns, removed

    def _rows(
        self,
        panel: Panel,
        ends: Ints,
        data: tuple[Floats, Floats, Any],
        found: Regression,
        status: tuple[Texts, Texts],
    ) -> Rows:
        """Return the rows, one per unit and period."""
        growth, initial, used = data
        residual, relative = np.full_like(growth, np.nan), np.full_like(growth, np.nan)
        residual[used] = found.fit.residuals
        relative[used] = initial[used] - initial[used].mean()
        growth = np.where(used, growth, np.nan)
        terms = {
            "relative_initial": relative.ravel(),
            "growth": growth.ravel(),
            "expected_growth": (growth - residual).ravel(),
            "residual": residual.ravel(),
        }
        names = np.repeat(panel.units.astype(object), ends.size)
        return Rows(names, np.tile(ends, panel.units.size), terms, status[0].ravel(), status[1].ravel())


@dataclass(frozen=True)
class Period:
    """Observations of one period: growth a year, log initial level, controls, status and reason, (u,) each."""

    growth: Floats
    initial: Floats
    controls: Mapping[str, Floats]
    status: Texts
    reason: Texts


@dataclass(frozen=True)
class Speed:
    """Speed of convergence a year and half-life in years, each with its standard error.

    NaN: the rate where 1 + b T is not positive, the half-life where the rate is not.
    """

    rate: float
    error: float
    half_life: float
    half_life_error: float


@dataclass(frozen=True, kw_only=True, repr=False)
class BetaConvergenceResult(Result):
    """Growth a year as expected from the initial level and the residual, log points.

    ``regression``: the estimates; ``speed``: the rate of convergence; ``initial``, ``points``: (n,) log initial level
    and growth less the part of the controls, both without the fixed effects, of ``point_names``.
    """

    regression: Regression
    speed: Speed
    initial: Floats
    points: Floats
    point_names: Texts

    @property
    def title(self) -> str:
        """Return the heading."""
        years = self.settings["window"] or (int(self.panel.times[0]), int(self.panel.times[-1]))
        return say("Beta convergence, {first}–{last}", first=int(years[0]), last=int(years[1]))

    def methods_text(self) -> str:
        """Return the method in words with estimator and standard errors."""
        settings = self.settings
        errors = {
            "classical": say("Classical standard errors."),
            "robust": say("Standard errors robust to heteroskedasticity (HC1)."),
            "clustered": say("Standard errors clustered by unit."),
        }[settings["errors"]]
        effects = {
            "none": say("Ordinary least squares."),
            "time": say("Least squares with fixed effects of periods."),
            "unit_time": say("Least squares with fixed effects of units and periods."),
        }[settings["effects"]]
        return sentences(super().methods_text(), effects, errors)

    def words(self) -> dict[str, Text]:
        """Return the regressors in words."""
        method = self.method
        assert isinstance(method, BetaConvergence)
        controls = [Control(column=one) if isinstance(one, str) else one for one in method.controls]
        return {
            "constant": say("Constant"),
            "initial": say("ln initial level"),
            **{control_key(one): one.words() for one in controls},
        }

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the regression, the speed, the rows, and what policies filled."""
        title = say("Regression of growth a year on the initial level")
        regression = self.regression.table("regression", title, self.words())
        cells = {
            "measure": [say("Speed of convergence, per cent a year"), say("Half-life, years")],
            "estimate": [100 * self.speed.rate, self.speed.half_life],
            "error": [100 * self.speed.error, self.speed.half_life_error],
        }
        fields = [
            Field("measure", say("Measure")),
            Field("estimate", say("Estimate"), 3),
            Field("error", say("Standard error"), 3),
        ]
        speeds = Table.of("speed", say("Speed of convergence"), fields, cells)
        return [regression, speeds, self.listing(self.title, view), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return growth against the initial level with the line of the regression."""
        from xinzhi.method.charts import Labels, scatter

        plain = not self.settings["controls"] and self.settings["effects"] == "none"
        labels = Labels(
            name="beta",
            title=say("{title}: growth and initial level", title=self.title),
            description=self.summary(view),
            unit=say("growth, per cent a year") if plain else say("growth less controls and effects, per cent a year"),
        )
        b = 100 * self.regression.coefficient("initial")[0]
        points = 100 * self.points
        line = (float(points.mean() - b * self.initial.mean()), b)
        names = [named(unit) for unit in self.point_names]
        x, y = self.initial.tolist(), points.tolist()
        return [scatter(labels, item=names, x=x, y=y, across=say("ln initial level"), line=line)]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the coefficient, the speed and the half-life in words."""
        place = self.regression.names.index("initial")
        columns = self.regression.columns()
        words = {
            "count": self.regression.observations,
            "b": shown(columns["estimate"][place], 4),
            "t": shown(columns["t"][place], 2),
            "speed": shown(100 * self.speed.rate, 2),
            "half": shown(self.speed.half_life, 1),
        }
        if columns["p"][place] > FIVE:
            return say("{count} observations: no significant convergence, b {b} (t {t}).", **words)
        if columns["estimate"][place] > 0:
            return say("{count} observations: divergence, b {b} (t {t}).", **words)
        return say(
            "{count} observations: convergence, b {b} (t {t}), speed {speed} % a year, half-life {half} years.", **words
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def complete(status: Texts, reason: Texts) -> tuple[Texts, Texts]:
    """Return (u, p) statuses and reasons in which a unit with a fault has its first one in every period."""
    first = np.argmax(status != "ok", axis=1)[:, None]
    odd = (status != "ok").any(axis=1, keepdims=True) & (status == "ok")
    words, why = (np.where(odd, np.take_along_axis(one, first, axis=1), one) for one in (status, reason))
    return words, why


def control_key(control: Control) -> str:
    """Return the name of a control's column in the regression."""
    at = "" if control.at == "mean" else f"_{control.at}"
    return f"ln_{control.column}{at}" if control.form == "log" else f"{control.column}{at}"


def speed(b: float, error: float, length: float) -> Speed:
    """Return the speed of convergence of slope ``b`` over ``length`` years, by the delta method."""
    left = 1.0 + b * length
    if left <= 0:
        return Speed(np.nan, np.nan, np.nan, np.nan)
    rate, rate_error = float(-np.log(left) / length), error / left
    if rate <= 0:
        return Speed(rate, rate_error, np.nan, np.nan)
    return Speed(rate, rate_error, float(np.log(2) / rate), float(np.log(2) / rate**2) * rate_error)


def partial(growth: Floats, regressors: Mapping[str, Floats], found: Regression) -> Floats:
    """Return (n,) growth less what the controls add relative to their means."""
    other = [name for name in regressors if name not in {"constant", "initial"}]
    parts = [found.coefficient(name)[0] * (regressors[name] - regressors[name].mean()) for name in other]
    return np.asarray(growth - np.sum(parts, axis=0), dtype=np.float64) if parts else growth


def without_effects(column: Floats, groups: list[Ints]) -> Floats:
    """Return a column less the means of the groups; of two crossed groups every cell of which is there, both."""
    left = column - column.mean()
    for codes in groups:
        place = np.unique(codes, return_inverse=True)[1]
        left = left - (np.bincount(place, left) / np.bincount(place))[place]
    return np.asarray(left, dtype=np.float64)
