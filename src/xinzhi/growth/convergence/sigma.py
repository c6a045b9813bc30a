"""Sigma convergence: whether units come closer to each other.

s_t = sd_i ln y_it                     V_t = sd_i y_it / mean_i y_it
F   = s_0^2 / s_T^2                                                    (as if both years were independent)
T2  = (n - 2.5) ln(1 + (s_0^2 - s_T^2)^2 / (4 (s_0^2 s_T^2 - s_0T^2)))            ~ chi^2(1)
T3  = sqrt(n) (s_0^2 / s_T^2 - 1) / (2 sqrt(1 - pi^2)),  pi the slope of ln y_T on ln y_0    ~ N(0, 1)
PM  = r sqrt((n - 2) / (1 - r^2)),  r the correlation of ln y_0 + ln y_T and ln y_0 - ln y_T  ~ t(n - 2)
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.convergence.cross_section import Grid, cells_over, window_years
from xinzhi.growth.convergence.log_t import reversal_p
from xinzhi.growth.returns_to_scale import NeweyWest
from xinzhi.language import Text, enumerated, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown, shown_p
from xinzhi.method.terms import label
from xinzhi.numerics.least_squares import least_squares
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

FEWEST = 3
"""Units and years that the tests need: two means or two parameters, and one degree of freedom."""
ROUNDING = 1e-12
"""Distances of logarithms, relative to their size (at least 1), and changes of dispersion, relative, that are none."""
FIVE = 0.05
"""Level of the test in sentences."""


@register("sigma_convergence")
class SigmaConvergence(Method):
    """Measure the dispersion of logarithms across units by year, and test whether it changed.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    scale : "logs" or "values"
        Whether logarithms are taken, or the column holds logarithms already, such as a term of log points.
    window : (first, last) or None
        Years compared; all by default.
    sample : "fixed" or "available"
        Units with all years of the window, or those that are there in each year.
    ddof : 0 or 1
        Divisor of variances: units less this.
    errors : "classical" or NeweyWest
        Standard error of the trend of the dispersion.
    draws : int
        Randomisations behind the p-value of the distribution-free test.

    Notes
    -----
    All tests compare the first and the last year over the units that have both; p-values are two-sided. The F test
    takes the two years for independent samples, which they are not: it finds change too rarely (Carree and Klomp).
    The test of Pitman and Morgan allows for the dependence and is exact for normal logarithms; T2 and T3 are its
    approximations, T3 only where the slope of the last year on the first is below one. The randomisation test swaps
    the two years of some units at random: it is exact for units of any distribution that could have had their two
    positions in either order. A sample that changes from year to year mixes convergence with entry, so the fixed
    sample is the default. Dispersion within the rounding of the logarithms is zero. Where it is zero in the first or
    the last year, or all distances are the same in both, the tests are not identified.

    References
    ----------
    Lichtenberg, F. R. (1994). Review of Economics and Statistics 76(3), 576-579.
    Carree, M. and Klomp, L. (1997). Review of Economics and Statistics 79(4), 683-686. doi:10.1162/003465397557114
    Pitman, E. J. G. (1939). Biometrika 31(1-2), 9-12. doi:10.1093/biomet/31.1-2.9
    Morgan, W. A. (1939). Biometrika 31(1-2), 13-19. doi:10.1093/biomet/31.1-2.13

    Examples
    --------
    >>> import xinzhi as xz
    >>> from xinzhi.growth import SigmaConvergence
    >>> pwt = xz.catalog.load("pwt1001")
    >>> result = SigmaConvergence(of="hc", window=(1990, 2019)).fit(pwt)
    >>> years = result.by_year()
    >>> [round(years["sd"][place], 3) for place in (0, -1)]
    [0.326, 0.286]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    scale: Literal["logs", "values"] = "logs"
    window: tuple[int, int] | None = None
    sample: Literal["fixed", "available"] = "fixed"
    ddof: Literal[0, 1] = 1
    errors: Literal["classical"] | NeweyWest = NeweyWest(lags=3)
    draws: int = Setting(default=9999, ge=19)

    def compute(self, panel: Panel, run: Run) -> "SigmaConvergenceResult":
        """Return the deviation of each unit from the mean of its year, the dispersion by year, and the tests."""
        years = window_years(panel, self.window, where="SigmaConvergence.window")
        cells = cells_over(self.of, panel, run, years)
        with np.errstate(invalid="ignore"):
            there = cells.grid > 0 if self.scale == "logs" else np.isfinite(cells.grid)
        if self.sample == "fixed":
            there &= there.all(axis=1, keepdims=True)
        both = there[:, 0] & there[:, -1]
        if both.sum() < FEWEST or there.sum(axis=0).min() < FEWEST:
            raise DataError(
                "XZ-250",
                say("{count} units in the year with the fewest", count=int(there.sum(axis=0).min())),
                where=panel.source,
                expected=say("at least {count}", count=FEWEST),
            )
        known = np.where(there, cells.grid, np.nan)
        logs, levels = (np.log(known), known) if self.scale == "logs" else (known, np.exp(known))
        deviation = deviations(logs)
        sd = np.nanstd(deviation, axis=0, ddof=self.ddof)
        variation = np.nanstd(levels, axis=0, ddof=self.ddof) / np.nanmean(levels, axis=0) * (sd > 0)
        ends = deviations(logs[both][:, [0, -1]])
        return SigmaConvergenceResult(
            method=self,
            panel=panel,
            flow=False,
            rows=self._rows(panel, cells, deviation, there),
            years=years,
            units=there.sum(axis=0),
            sd=sd,
            variation=variation,
            tests=dispersion_tests(*ends.T),
            randomisation=two_sided(ends**2, draws=self.draws, run=run),
            trend=trend(sd, self.errors) if years.size >= FEWEST else None,
            log=cells.log,
            warnings=filled_warnings(cells.log),
            diagnostics={"units": int(both.sum())},
        )

    def _rows(self, panel: Panel, cells: Grid, deviation: Floats, there: Any) -> Rows:
        """Return the deviations by row of the panel; a unit outside the sample keeps its rows with the reason."""
        u, t = np.nonzero(cells.rows >= 0)
        kept = there[u, t]
        status, reason = np.full(u.size, "ok", dtype=object), np.full(u.size, "", dtype=object)
        positive = self.scale == "logs"
        unit_status, unit_reason = cells.status(positive=positive)
        for row in np.flatnonzero(~kept):
            one = Grid(cells.grid[u[row], t[row]][None, None], np.zeros((1, 1), int), cells.years[[t[row]]], cells.name)
            own_status, own_reason = one.status(positive=positive)
            own = own_status[0] != "ok"
            status[row] = own_status[0] if own else unit_status[u[row]]
            reason[row] = own_reason[0] if own else unit_reason[u[row]]
        names, when = panel.units.astype(object)[u], cells.years[t]
        return Rows(names, when, {"deviation": np.where(kept, deviation[u, t], np.nan)}, status, reason)


@dataclass(frozen=True)
class Trend:
    """Slope of the dispersion on the years, its standard error, t and two-sided p of Student's t."""

    slope: float
    error: float
    t: float
    p: float


@dataclass(frozen=True, kw_only=True)
class DispersionTests:
    """Tests of equal variances in the first and the last year; two-sided p-values.

    ``f``: variance ratio, ``freedom`` of each; ``t2``, ``t3``: Carree and Klomp; ``pm``: Pitman and Morgan. Each with
    its p-value; NaN where not identified. ``flat``: whether the first and the last year have no dispersion.
    """

    f: float = np.nan
    f_p: float = np.nan
    t2: float = np.nan
    t2_p: float = np.nan
    t3: float = np.nan
    t3_p: float = np.nan
    pm: float = np.nan
    pm_p: float = np.nan
    freedom: int
    flat: tuple[bool, bool]


@dataclass(frozen=True, kw_only=True, repr=False)
class SigmaConvergenceResult(Result):
    """Deviations from the mean of the year, log points, with the dispersion by year and its tests.

    ``years``, ``units``, ``sd``, ``variation``: (T,) year, units, standard deviation of logs, coefficient of variation
    of levels; ``randomisation``: p-value of the distribution-free test; ``trend``: None for two years.
    """

    years: Ints
    units: Ints
    sd: Floats
    variation: Floats
    tests: DispersionTests
    randomisation: float
    trend: Trend | None

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Sigma convergence, {first}–{last}", first=int(self.years[0]), last=int(self.years[-1]))

    @property
    def gap(self) -> Text | None:
        """Return why the tests are not identified, None where they are."""
        if not np.isnan(self.tests.pm):
            return None
        flat = [str(self.years[end]) for end, none in zip((0, -1), self.tests.flat, strict=True) if none]
        if flat:
            return say("no dispersion in {years}", years=enumerated(flat))
        return say("all distances between units are the same in the first and the last year")

    def by_year(self) -> dict[str, list[Any]]:
        """Return year, number of units, standard deviation of logs and coefficient of variation as columns."""
        columns = {"time": self.years, "units": self.units, "sd": self.sd, "variation": self.variation}
        return {name: column.tolist() for name, column in columns.items()}

    def methods_text(self) -> str:
        """Return the method in words with sample and divisor."""
        settings = self.settings
        fixed = settings["sample"] == "fixed"
        sample = say("Sample: units with all years.") if fixed else say("Sample: the units that each year has.")
        ddof = settings["ddof"]
        less = say("Variances are divided by the number of units less {ddof}.", ddof=ddof)
        divisor = less if ddof else say("Variances are divided by the number of units.")
        return sentences(super().methods_text(), sample, divisor)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the dispersion by year, the tests, the deviations, and what policies filled."""
        fields = [
            Field("time", label("time"), 0),
            Field("units", say("Units"), 0),
            Field("sd", say("Standard deviation of logs"), 4),
            Field("variation", say("Coefficient of variation"), 4),
        ]
        dispersion = Table.of("dispersion", say("Dispersion by year"), fields, self.by_year())
        return [dispersion, self._tests_table(), self.listing(self.title, view), *self.filled_table(view)]

    def _tests_table(self) -> Table:
        """Return the tests."""
        found, n = self.tests, self.tests.freedom
        cells = [
            (say("Variance ratio F({freedom}, {freedom})", freedom=n), found.f, found.f_p),
            (say("Pitman-Morgan t({freedom})", freedom=n - 1), found.pm, found.pm_p),
            (say("Carree-Klomp T2, chi-squared(1)"), found.t2, found.t2_p),
            (say("Carree-Klomp T3, standard normal"), found.t3, found.t3_p),
            (say("Randomisation (years swapped)"), None, self.randomisation),
        ]
        if self.trend is not None:
            cells.append((say("Trend of the standard deviation, t"), self.trend.t, self.trend.p))
        names = ("test", "statistic", "p")
        columns = dict(zip(names, map(list, zip(*cells, strict=True)), strict=True))
        fields = [Field("test", say("Test")), Field("statistic", say("Statistic"), 4), Field("p", "p", 4, p_value=True)]
        notes = [say("Null hypothesis: no change of the variance; p two-sided; {count} units.", count=n + 1)]
        notes += [say("Tests without a value are not identified: {reason}.", reason=why)] if (why := self.gap) else []
        return Table.of("tests", say("Tests of the change of dispersion"), fields, columns, notes=notes)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the dispersion over the years."""
        from xinzhi.method.charts import Labels, lines

        labels = Labels(name="sigma", title=self.title, description=self.summary(view), unit=say("dispersion"))
        names = [say("standard deviation of logs"), say("coefficient of variation")]
        series = [name for name in names for _ in self.years]
        value = [*self.sd.tolist(), *self.variation.tolist()]
        return [lines(labels, series=series, time=self.years.tolist() * 2, value=value, decimals=3)]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how the dispersion changed, with the exact tests."""
        words = {
            "count": self.diagnostics["units"],
            "first": int(self.years[0]),
            "last": int(self.years[-1]),
            "before": shown(float(self.sd[0]), 3),
            "after": shown(float(self.sd[-1]), 3),
            "pm": shown_p(self.tests.pm_p, 3),
            "p": shown_p(self.randomisation, 3),
        }
        if (why := self.gap) is not None:
            return say(
                "{first}–{last}, {count} units: the standard deviation of logs went from {before} to {after}; the "
                "tests are not identified ({reason}).",
                reason=why,
                **words,
            )
        if self.tests.pm_p > FIVE:
            return say(
                "{first}–{last}, {count} units: the standard deviation of logs went from {before} to {after}, no "
                "significant change (Pitman-Morgan p {pm}, randomisation p {p}).",
                **words,
            )
        if self.tests.f > 1:
            return say(
                "{first}–{last}, {count} units: the standard deviation of logs fell from {before} to {after} "
                "(Pitman-Morgan p {pm}, randomisation p {p}).",
                **words,
            )
        return say(
            "{first}–{last}, {count} units: the standard deviation of logs rose from {before} to {after} "
            "(Pitman-Morgan p {pm}, randomisation p {p}).",
            **words,
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def deviations(logs: Floats) -> Floats:
    """Return (n, t) logs less the mean of their column; zero in a column where none is larger than rounding."""
    gaps = logs - np.nanmean(logs, axis=0)
    scale = np.maximum(1.0, np.nanmax(np.abs(logs), axis=0))
    return np.asarray(np.where(np.nanmax(np.abs(gaps), axis=0) > ROUNDING * scale, gaps, 0.0 * gaps))


def dispersion_tests(first: Floats, last: Floats) -> DispersionTests:
    """Return the tests that (n,) and (n,) deviations from their means have equal variances."""
    from scipy.special import chdtrc, fdtr, fdtrc, ndtr, stdtr

    n = first.size
    a, b, ab = float(first @ first), float(last @ last), float(first @ last)
    if not (a and b):
        return DispersionTests(freedom=n - 1, flat=(not a, not b))
    # 1 - r^2 of sum and difference, as a ratio that loses no digits: 4 (ab - cov^2) / ((a - b)^2 + 4 (ab - cov^2))
    ratio, apart, change = a / b, 4.0 * (a * b - ab**2), a - b
    apart = np.float64(apart if apart > ROUNDING * 4.0 * a * b else 0.0)
    change = change if abs(change) > ROUNDING * (a + b) else 0.0
    room = 1.0 - (ab / a) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        t2 = float((n - 2.5) * np.log1p(change**2 / apart))
        t3 = float(np.sqrt(n) * (ratio - 1.0) / (2.0 * np.sqrt(room))) if room > ROUNDING else np.nan
        pm = float(change * np.sqrt((n - 2) / apart))
    return DispersionTests(
        f=ratio,
        f_p=2.0 * min(float(fdtr(n - 1, n - 1, ratio)), float(fdtrc(n - 1, n - 1, ratio))),
        t2=t2,
        t2_p=float(chdtrc(1, t2)),
        t3=t3,
        t3_p=2.0 * float(ndtr(-abs(t3))),
        pm=pm,
        pm_p=2.0 * float(stdtr(n - 2, -abs(pm))),
        freedom=n - 1,
        flat=(False, False),
    )


def two_sided(squares: Floats, *, draws: int, run: Run) -> float:
    """Return the two-sided randomisation p of equal sums of (n, 2) squared deviations; both tails of the same draws.

    NaN where all are zero; zero in one year only has a logarithm of minus infinity, which is the smallest.
    """
    if not squares.any():
        return np.nan
    with np.errstate(divide="ignore"):
        tails = [
            reversal_p(squares, sign * np.array([1.0, -1.0]), draws=draws, generator=run.generator(0))
            for sign in (1, -1)
        ]
    return min(1.0, 2.0 * min(tails))


def trend(series: Floats, errors: Literal["classical"] | NeweyWest) -> Trend:
    """Return the slope of a (T,) series on its years; zero without a test where it changes by rounding only."""
    from scipy.special import stdtr

    if np.ptp(series) <= ROUNDING * np.abs(series).max():
        return Trend(0.0, 0.0, np.nan, np.nan)
    x = np.column_stack([np.ones(series.size), np.arange(series.size) - (series.size - 1) / 2])
    if isinstance(errors, NeweyWest):
        fit = least_squares(series, x, covariance="newey_west", lags=min(errors.lags, series.size - 1))
    else:
        fit = least_squares(series, x)
    slope, error = float(fit.coefficients[1]), float(fit.errors[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = float(np.float64(slope) / error)
    return Trend(slope, error, t, 2.0 * float(stdtr(fit.freedom, -abs(t))))
