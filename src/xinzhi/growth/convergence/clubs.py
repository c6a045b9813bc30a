"""Convergence clubs: which units share a path, by the log t test and the clustering of Phillips and Sul.

    sort by the last year -> core group with the largest t -> sieve the others in -> repeat on the rest -> merge

The log t regression itself is in :mod:`xinzhi.growth.convergence.log_t`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from scipy.linalg import solveh_banded

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.growth.convergence.club_pages import club_figures, club_methods, club_summary, club_tables
from xinzhi.growth.convergence.cross_section import Grid, cells_over, first_reason, window_years
from xinzhi.growth.convergence.log_t import Groups, LogT, group, growing, log_t, neighbours, reversal_p, weights
from xinzhi.growth.returns_to_scale import NeweyWest
from xinzhi.language import named, say
from xinzhi.method import Filled, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.filling import filled_warnings
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

FEWEST = 3
"""Dates that a log t regression needs: two parameters and one degree of freedom."""


@role("hodrick_prescott")
class HodrickPrescott(Value):
    """The trend of each unit by the filter of Hodrick and Prescott.

    Parameters
    ----------
    smoothing : float
        Lambda; 400 for annual data in Phillips and Sul, 6.25 in Ravn and Uhlig.
    """

    smoothing: float = Setting(default=400.0, gt=0)


@role("log_t_test")
class LogTTest(Value):
    """How the log t test is run.

    Parameters
    ----------
    trim : float
        Share r of the first dates that are left out: the regression takes t = [rT] + 1, ..., T.
    rounding : "half_even" or "half_up"
        How rT is rounded: halves to the even number (R) or up (Stata).
    variance : "fixed_qs", "andrews_qs" or NeweyWest
        Long-run variance: ``fixed_qs`` as in the code of Phillips and Sul (R: "FQSB"; Stata), ``andrews_qs`` as in the
        R package sandwich (R: "AQSB").
    critical : float
        Converging: t above it.
    """

    trim: float = Setting(default=1 / 3, gt=0, lt=1)
    rounding: Literal["half_even", "half_up"] = "half_even"
    variance: Literal["fixed_qs", "andrews_qs"] | NeweyWest = "fixed_qs"
    critical: float = -1.65

    def dropped(self, periods: int) -> int:
        """Return how many first dates are left out, at least the first: log log 1 does not exist."""
        share = self.trim * periods
        return max(1, round(share) if self.rounding == "half_even" else int(np.floor(share + 0.5)))

    def test(self, groups: Groups, dates: Ints) -> LogT:
        """Return the log t regressions of groups."""
        if isinstance(self.variance, NeweyWest):
            return log_t(groups.dispersion, dates, kernel="newey_west", lags=self.variance.lags)
        return log_t(groups.dispersion, dates, kernel=self.variance)


@role("sieve")
class Sieve(Value):
    """Which units join a core group: those with which its t exceeds a threshold c*.

    Parameters
    ----------
    threshold : float
        c*, or where it starts.
    step : float
        What is added to c* while the club as a whole does not pass the test; 0 leaves it fixed.
    most : float
        Where c* ends; the club is then its core group.
    """

    threshold: float = 0.0
    step: float = Setting(default=0.0, ge=0)
    most: float = 3.0


@register("convergence_clubs")
class ConvergenceClubs(Method):
    """Test convergence by the log t regression and sort units into convergence clubs (Phillips and Sul).

    Parameters
    ----------
    of : str, Filled or Term
        The variable by unit and year.
    scale : "logs" or "values"
        Whether the paths are taken of its logarithms or of the column as it is (which may hold logarithms).
    trend : HodrickPrescott or None
        Filter that takes cycles out of the paths; none by default.
    window : (first, last) or None
        Years of the paths, the first one t = 1.
    test : LogTTest
    core : "max_t" or "max_abs_t"
        Size of the core group: the largest t (Phillips and Sul; Stata) or the largest t without its sign (R).
    sieve : Sieve
    merging : "none", "phillips_sul" or "von_lyncker_thoennessen"
        One pass over neighbouring clubs.
    sort_last : int
        Years at the end whose mean sorts the units.
    draws : int
        Randomisations behind the p-value of the twin test.

    Notes
    -----
    The paths h_it are the variable over its mean of all units in the year. The null hypothesis is convergence; t below
    -1.65 rejects it at 5 %. The t-test takes its long-run variance from few dates: with persistent deviations it rejects
    far too often. Beside it stands a randomisation test of the same b, in which the scaled deviations (h - 1) log t of
    some units are read backwards. With independent units it is exact, whatever their distribution and serial dependence,
    where the deviations so scaled have the same law in both directions of time, as they may under b = 0. Clubs are
    chosen by t, so no p-value of a club counts the search. Paths of logarithms depend on the unit of measurement.

    The defaults are those of the R package ConvergenceClubs; those of Stata's psecta are
    ``test=LogTTest(trim=0.3, rounding="half_up"), sieve=Sieve(step=0.05, most=50)``.

    References
    ----------
    Phillips, P. C. B. and Sul, D. (2007). Econometrica 75(6), 1771-1855. doi:10.1111/j.1468-0262.2007.00811.x
    Phillips, P. C. B. and Sul, D. (2009). Journal of Applied Econometrics 24(7), 1153-1185. doi:10.1002/jae.1080
    von Lyncker, K. and Thoennessen, R. (2017). Empirical Economics 52(2), 525-553. doi:10.1007/s00181-016-1096-2
    Andrews, D. W. K. (1991). Econometrica 59(3), 817-858. doi:10.2307/2938229

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import ConvergenceClubs
    >>> t = np.arange(1, 31)
    >>> path = {name: level * (1 + gap / t) for name, level, gap in [("A", 9, 0.3), ("B", 9, -0.3), ("C", 2, 0.2), ("D", 2, -0.1)]}
    >>> frame = pd.DataFrame(path).assign(t=t).melt("t", var_name="i", value_name="y")
    >>> result = ConvergenceClubs(of="y", scale="values").fit(xz.Panel(frame, unit="i", time="t"))
    >>> [list(club.units) for club in result.clubs]
    [['A', 'B'], ['C', 'D']]
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    scale: Literal["logs", "values"] = "logs"
    trend: HodrickPrescott | None = None
    window: tuple[int, int] | None = None
    test: LogTTest = LogTTest()
    core: Literal["max_t", "max_abs_t"] = "max_t"
    sieve: Sieve = Sieve()
    merging: Literal["none", "phillips_sul", "von_lyncker_thoennessen"] = "none"
    sort_last: int = Setting(default=1, ge=1)
    draws: int = Setting(default=9999, ge=19)

    def compute(self, panel: Panel, run: Run) -> "ConvergenceClubsResult":
        """Return the club of each unit, and the tests of clubs and of all units."""
        years = window_years(panel, self.window, where="ConvergenceClubs.window")
        cells = cells_over(self.of, panel, run, years)
        status, reason = cells.status(positive=self.scale == "logs")
        good = np.flatnonzero(status == "ok")
        paths, dates = self._paths(cells, good, panel, reason)
        last = paths[:, -self.sort_last :].mean(axis=1)
        order = np.argsort(-last, kind="stable")
        taken = paths[order][:, dates - 1]
        rules = Rules(lambda groups: self.test.test(groups, dates).t, self.test.critical, self.core, self.sieve)
        clubs, rest = find_clubs(taken, rules)
        merged = [[k] for k in range(len(clubs))]
        if self.merging != "none":
            merged = merge(clubs, taken, rules, ahead=self.merging == "von_lyncker_thoennessen")
        members = [np.sort(order[np.concatenate([clubs[k] for k in origin])]) for origin in merged]
        club = np.zeros(good.size)
        for number, who in enumerate(members, start=1):
            club[who] = number
        names = panel.units.astype(str)[good]
        made = [(who, tuple(k + 1 for k in origin)) for who, origin in zip(members, merged, strict=True)]
        everyone = self._tested(paths, dates, names, np.arange(good.size), (), run.generator(0))
        divergent, *found = [
            replace(everyone, origin=origin)  # one test of the same units, not two with other random numbers
            if who.size == good.size
            else self._tested(paths, dates, names, who, origin, run.generator(k))
            for k, (who, origin) in enumerate([(np.sort(order[rest]), ()), *made], start=1)
        ]
        h = paths / paths.mean(axis=0)
        terms = {name: np.full(panel.units.size, np.nan) for name in ("club", "transition_start", "transition_end")}
        for name, column in zip(terms, (club, h[:, 0], h[:, -1]), strict=True):
            terms[name][good] = column
        when = np.full(panel.units.size, years[-1])
        return ConvergenceClubsResult(
            method=self,
            panel=panel,
            flow=False,
            rows=Rows(panel.units.astype(object), when, terms, status, reason),
            everyone=everyone,
            divergent=divergent,
            clubs=tuple(found),
            paths=h,
            years=years,
            names=names.astype(object),
            log=cells.log,
            warnings=(*filled_warnings(cells.log), *failing(found, self.test.critical)),
            diagnostics={"units": int(good.size), "first_t": int(dates[0]), "last_t": int(dates[-1])},
        )

    def _paths(self, cells: Grid, good: Ints, panel: Panel, reason: Texts) -> tuple[Floats, Ints]:
        """Return the paths (k, T) of the complete units and the dates of the regression, or say why not."""
        if good.size <= 1:
            raise DataError(
                "XZ-250",
                say("{count} units; first: {reason}", count=good.size, reason=first_reason(reason)),
                where=panel.source,
                expected=say("at least two units that are complete over the window"),
            )
        dates = np.arange(self.test.dropped(cells.years.size) + 1, cells.years.size + 1)
        if dates.size < FEWEST:
            raise DataError(
                "XZ-251",
                say("{count} dates after the first {dropped}", count=dates.size, dropped=int(dates[0]) - 1),
                where="ConvergenceClubs.test",
                expected=say("at least {count}", count=FEWEST),
            )
        x = np.log(cells.grid[good]) if self.scale == "logs" else cells.grid[good]
        if self.trend is not None:
            x = hodrick_prescott(x, self.trend.smoothing)
        if not (x.mean(axis=0) > 0).all():
            year = int(cells.years[np.argmin(x.mean(axis=0))])
            found = say("the mean of the units is {mean:.4g} in {year}", mean=x.mean(axis=0).min(), year=year)
            raise DataError("XZ-252", found, where=panel.source, expected=say("a positive mean in every year"))
        same, where, count = np.unique(x, axis=0, return_inverse=True, return_counts=True)
        if same.shape[0] < x.shape[0]:
            twins = panel.units[good[np.flatnonzero(count[where.ravel()] > 1)]]
            raise DataError("XZ-253", listed([named(unit) for unit in twins.tolist()]), where=panel.source)
        return x, dates

    def _tested(
        self,
        paths: Floats,
        dates: Ints,
        names: Texts,
        who: Ints,
        origin: tuple[int, ...],
        generator: np.random.Generator,
    ) -> "Club":
        """Return a group with its log t test and its twin; no test of fewer than two units."""
        units = tuple(names[who].tolist())
        if who.size <= 1:
            return Club(units, np.nan, np.nan, np.nan, np.nan, origin)
        x = paths[who][:, dates - 1]
        fit = self.test.test(group(x), dates)
        scaled = (np.log(dates) * (x / x.mean(axis=0) - 1.0)) ** 2
        p = reversal_p(scaled, -weights(dates), draws=self.draws, generator=generator)
        return Club(units, float(fit.b[0]), float(fit.error[0]), float(fit.t[0]), p, origin)


@dataclass(frozen=True)
class Club:
    """A group of units and its log t test.

    ``units``: names; ``b``, ``error``, ``t``: the regression, NaN for one unit; ``p``: randomisation p-value of the
    twin; ``origin``: numbers of the clubs before merging.
    """

    units: tuple[str, ...]
    b: float
    error: float
    t: float
    p: float
    origin: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class ConvergenceClubsResult(Result):
    """The club of each unit (0: it diverges) and its relative transition at both ends.

    ``everyone``, ``divergent``, ``clubs``: groups with their tests; ``paths``: (k, T) relative transition of the
    complete units ``names`` in ``years``.
    """

    everyone: Club
    divergent: Club
    clubs: tuple[Club, ...]
    paths: Floats
    years: Ints
    names: Texts

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Convergence clubs, {first}–{last}", first=int(self.years[0]), last=int(self.years[-1]))

    def by_club(self) -> dict[str, list[Any]]:
        """Return the tests as columns: all units (club -1), each club, and the group that diverges (0)."""
        numbered = [(-1, self.everyone), *enumerate(self.clubs, start=1)]
        groups = [*numbered, *([(0, self.divergent)] if self.divergent.units else [])]
        return {
            "club": [number for number, _ in groups],
            "units": [len(one.units) for _, one in groups],
            "b": [one.b for _, one in groups],
            "error": [one.error for _, one in groups],
            "t": [one.t for _, one in groups],
            "p": [one.p for _, one in groups],
            "origin": [one.origin for _, one in groups],
        }

    def club_paths(self) -> Floats:
        """Return the mean relative transition of each club, (clubs, T)."""
        places = [np.isin(self.names.astype(str), club.units) for club in self.clubs]
        return np.array([self.paths[place].mean(axis=0) for place in places]).reshape(-1, self.years.size)

    def methods_text(self) -> str:
        """Return the method in words with its conventions."""
        return club_methods(self, super().methods_text())

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the tests by club, the members and what policies filled."""
        return club_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the mean relative transition of the clubs, and the transition of the chosen units."""
        return club_figures(self, view)

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the tests in words."""
        return club_summary(self)


def failing(clubs: Sequence[Club], critical: float) -> tuple[str, ...]:
    """Return the warning that clubs do not pass the test as a whole, or nothing."""
    odd = [number for number, club in enumerate(clubs, start=1) if not club.t > critical]
    words = say("XZ-450 clubs {numbers} do not pass the log t test as a whole.", numbers=listed(odd))
    return (words,) if odd else ()


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Rules:
    """How clubs are formed: t of each of m groups, the critical t, the rule of the core group, and the sieve."""

    t_of: Callable[[Groups], Floats]
    critical: float
    core: str
    sieve: Sieve


def hodrick_prescott(x: Floats, smoothing: float) -> Floats:
    """Return the trends of (k, T) series: (I + smoothing D'D) trend = x, D the second differences."""
    periods = x.shape[1]
    second = np.diff(np.eye(periods), n=2, axis=0)
    system = np.eye(periods) + smoothing * second.T @ second
    bands = np.zeros((3, periods))
    for k in range(min(3, periods)):
        bands[2 - k, k:] = np.diag(system, k)
    trend: Floats = solveh_banded(bands, x.T).T
    return trend


def find_clubs(x: Floats, rules: Rules) -> tuple[list[Ints], Ints]:
    """Return the clubs as rows of (k, n) paths, sorted from the highest, and the rows that belong to none."""
    left, clubs = np.arange(x.shape[0]), list[Ints]()
    while left.size > 1:
        if rules.t_of(group(x[left]))[0] > rules.critical:
            return [*clubs, left], left[:0]
        core = core_group(x[left], rules)
        if core.size == 0:
            break
        members = sieved(x[left], core, rules)
        clubs.append(left[members])
        left = np.delete(left, members)
    return clubs, left


def core_group(x: Floats, rules: Rules) -> Ints:
    """Return the rows of the core group of (k, n) sorted paths; none where no two neighbours converge.

    From the first pair that converges the group grows by the next unit for as long as it converges; of these groups
    the one with the largest t is the core, the larger of equals (without sign: the smaller).
    """
    pairs = np.flatnonzero(rules.t_of(neighbours(x)) > rules.critical)
    if pairs.size == 0:
        return pairs
    first = int(pairs[0])
    t = rules.t_of(growing(x[first:]))
    ends = np.flatnonzero(~(t > rules.critical))
    t = t[: ends[0]] if ends.size else t
    best = int(np.argmax(np.abs(t))) if rules.core == "max_abs_t" else t.size - 1 - int(np.argmax(t[::-1]))
    return np.arange(first, first + 2 + best)


def sieved(x: Floats, core: Ints, rules: Rules) -> Ints:
    """Return the core group with every unit that passes the sieve, as rows of (k, n) paths."""
    others = np.setdiff1d(np.arange(x.shape[0]), core)
    t = rules.t_of(group(x[core]).with_unit(x[others])) if others.size else np.zeros(0)
    threshold, tried = rules.sieve.threshold, -1
    while True:
        joining = others[t > threshold]
        members = np.concatenate([core, joining])
        if rules.sieve.step == 0:
            return members
        if joining.size != tried and rules.t_of(group(x[members]))[0] > rules.critical:
            return members
        if threshold > rules.sieve.most:
            return core
        threshold, tried = threshold + rules.sieve.step, joining.size


def merge(clubs: Sequence[Ints], x: Floats, rules: Rules, *, ahead: bool) -> list[list[int]]:
    """Return which clubs become one: each takes in the next while they pass the test together.

    ``ahead``: only if they do so with a larger t than the next two clubs.
    """

    def together(numbers: Sequence[int]) -> float:
        return float(rules.t_of(group(x[np.concatenate([clubs[k] for k in numbers])]))[0])

    merged = list[list[int]]()
    while sum(map(len, merged)) < len(clubs):
        joined = [sum(map(len, merged))]
        for k in range(joined[0] + 1, len(clubs)):
            t = together([*joined, k])
            if not t > rules.critical or (ahead and k + 1 < len(clubs) and not t > together([k, k + 1])):
                break
            joined.append(k)
        merged.append(joined)
    return merged
