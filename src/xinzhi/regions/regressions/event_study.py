"""Event study of a treatment that units adopt in different years and keep.

saturated  effects of each cohort and event time against units never treated, averaged by their rows
did2s      outcomes without treatment predicted from untreated rows, averages of what is left
twfe       one effect for each event time, whatever the cohort
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.language import Text, say
from xinzhi.method import Method, Rows, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.overlap import overlap_warnings, overlaps
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import level_status
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts
from xinzhi.regions.reading import Series, series_key
from xinzhi.regions.regressions.estimation.columns import Columns
from xinzhi.regions.regressions.estimation.covariances import FEW, Clustered, words_of
from xinzhi.regions.regressions.events.checks import Bacon, Dealt, Placebo, goodman_bacon, permuted
from xinzhi.regions.regressions.events.cohorts import CohortEffects, Cohorts, ControlEffects
from xinzhi.regions.regressions.events.dates import first_years
from xinzhi.regions.regressions.events.design import (
    MISSING,
    NO_UNTREATED,
    REASONS,
    Comparison,
    Design,
    Estimator,
    EventWindow,
    Rule,
    designed,
)
from xinzhi.regions.regressions.events.estimators import Estimates, Sample, estimated, sample_of
from xinzhi.regions.regressions.events.inference import (
    Average,
    Behind,
    LeadTest,
    Path,
    average_of,
    lead_test,
    path_of,
)
from xinzhi.regions.regressions.events.pages import EventStudyResult

FEW_TREATED = 10
"""Treated clusters below which intervals may be too short."""
ARRAYS = 8
"""Arrays of rows by dummies that are held at the same time (measured)."""


@register("event_study")
class EventStudy(Method):
    """Estimate the effect of a treatment adopted in different years by event time, with intervals and checks.

    Parameters
    ----------
    outcome : str, Filled or Term
    first_treated : str or None
        Column with the first year of treatment, in every row of a unit; empty for units never treated.
    treated : str or None
        Instead of it, a column of zeros and ones that is one from the first year of treatment on.
    controls : tuple of str, Filled or Term
    logs : tuple of str
        Columns, among outcome and controls, of which the natural logarithm is taken.
    estimator : "saturated", "did2s" or "twfe"
        The interaction-weighted estimator of Sun and Abraham; the two stages of Gardner, whose estimates are those of
        the imputation of Borusyak, Jaravel and Spiess; or plain two-way fixed effects, which mix cohorts.
    comparison : "never" or "last_treated"
        Whether the saturated estimator compares with units never treated, or also with the cohort treated last, whose
        treatment ends the sample. Two stages compare with all rows not yet treated, two-way effects with all rows.
    events : EventWindow
        Event times with an estimate of their own, and the base period.
    errors : "clustered" or Clustered
        Standard errors clustered by unit, or by another column that is the same in all years of a unit.
    window : (first, last) or None
        Years used; all by default.
    level : float
        Coverage that the intervals aim at.
    placebo : int
        Permutations of the dates of treatment between units; 0 for none.

    Notes
    -----
    Treatment is kept once adopted; event time counts years from its first year. Units treated in all their years say
    nothing and are left out; units treated after the last year serve as never treated. All estimators assume that
    without treatment, and without anticipation, outcomes of treated and comparison units would have moved in parallel.
    Saturated is the default: each estimate is an average of differences in differences from the base period, so that
    leads and lags can be read on one scale, and effects may differ between cohorts. Two stages use all untreated rows:
    they are more precise where trends are parallel in all years; their leads are differences from the mean of untreated
    rows, not from a base period, and look smaller than those of the saturated estimator for the same violation. Two-way
    fixed effects use units already treated as comparison: the decomposition of Goodman-Bacon shows with what weight.
    Averages weigh cohorts by their rows, and the average effect is that over all treated rows with an estimate; weights
    are taken as given. Later event times rest on fewer cohorts. Standard errors allow for dependence within clusters:
    of least squares with the factor G / (G - 1) times (n - 1) / (n - k) of fixest, where k leaves out effects of units
    that lie within clusters; of two stages with both stages counted and without a factor. Intervals use Student's t
    with G - 1 degrees of freedom, the test of the leads the F of Hotelling; simultaneous intervals cover the whole path
    with the level that is stated. With few clusters they are still too short: of simulated samples of 30 units, 18 of
    them treated in three cohorts, intervals of 95 per cent covered the average effect in 94 and the whole path in 87 to
    91 per cent, and the test of seven leads rejected in 12 per cent; with 60 units in 96, 94 and 7 per cent. An event
    time behind which one treated cluster stands has no standard error. A placebo deals the dates to the units at
    random: its p is exact where dates could as well have been dealt so. Controls that the treatment moves take part of
    its effect away.

    References
    ----------
    Sun, L. and Abraham, S. (2021). Journal of Econometrics 225(2), 175-199. doi:10.1016/j.jeconom.2020.09.006
    Gardner, J. (2022). Two-stage differences in differences. doi:10.48550/arXiv.2207.05943
    Borusyak, K., Jaravel, X. and Spiess, J. (2024). Review of Economic Studies 91(6), 3253-3285. doi:10.1093/restud/rdae007
    Goodman-Bacon, A. (2021). Journal of Econometrics 225(2), 254-277. doi:10.1016/j.jeconom.2021.03.014
    Roth, J. (2022). American Economic Review: Insights 4(3), 305-322. doi:10.1257/aeri.20210236
    Montiel Olea, J. L. and Plagborg-Moller, M. (2019). Journal of Applied Econometrics 34(1), 1-17. doi:10.1002/jae.2656

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.regressions.event_study import EventStudy
    >>> draw, first = np.random.default_rng(3), np.repeat([np.nan, 2004.0, 2006.0], 20)
    >>> frame = pd.DataFrame({"i": np.repeat([f"u{k:02}" for k in range(60)], 8), "t": list(range(2001, 2009)) * 60})
    >>> frame["g"] = np.repeat(first, 8)
    >>> frame["y"] = draw.normal(size=480) * 0.1 + 1.0 * (frame["t"] >= frame["g"])
    >>> study = EventStudy(outcome="y", first_treated="g", estimator="did2s", placebo=0)
    >>> result = study.fit(xz.Panel(frame, unit="i", time="t"))
    >>> round(result.average.estimate, 1), result.path.time.tolist()
    (1.0, [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4])
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("outcome", "first_treated", "treated", "controls")
    outcome: Series
    first_treated: str | None = None
    treated: str | None = None
    controls: tuple[Series, ...] = ()
    logs: tuple[str, ...] = ()
    estimator: Estimator = "saturated"
    comparison: Comparison = "never"
    events: EventWindow = EventWindow()
    errors: Literal["clustered"] | Clustered = "clustered"
    window: tuple[int, int] | None = None
    level: float = Setting(default=0.95, gt=0.5, lt=1)
    placebo: int = Setting(default=500, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> "EventStudy":
        names = [series_key(one) for one in (self.outcome, *self.controls)]
        if len(set(names)) < len(names):
            raise ValueError(say("a column is named twice: {names}", names=listed(names)))
        if set(self.logs) - set(names):
            raise ValueError(say("logs names the outcome or controls: {names}", names=listed(names)))
        if (self.first_treated is None) == (self.treated is None):
            raise ValueError(say("name one column: first_treated or treated"))
        if self.comparison == "last_treated" and self.estimator != "saturated":
            raise ValueError(say("comparison='last_treated' goes with estimator='saturated'"))
        return self

    @property
    def rule(self) -> Rule:
        """Return how rows and cells are chosen."""
        return Rule(self.estimator, self.comparison, self.events)

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: dummies of cells and years."""
        dates = panel.times.size
        if self.first_treated in panel.columns:
            dates = np.unique(panel.values(str(self.first_treated))).size
        cells = panel.times.size * (dates + 1 if self.estimator == "saturated" else 3)
        return super().memory(panel, workers=workers) + 8 * len(panel) * ARRAYS * cells * max(1, workers)

    def compute(self, panel: Panel, run: Run) -> EventStudyResult:
        """Return the outcome with and without treatment by unit and year, with the path of effects and checks."""
        dates = first_years(panel, first_treated=self.first_treated, treated=self.treated)
        if self.window is not None:
            panel.require_window(self.window, where="EventStudy.window")
            whole, panel = panel, panel.select(times=self.window)
            dates = dates[np.isin(whole.units, panel.units)]
        served = np.where(dates > panel.times[-1], np.inf, dates)
        series = (self.outcome, *self.controls)
        columns = Columns.of(series, self.logs, panel, run)
        status, reason = level_status(columns.there())
        there, titles = status == "ok", columns.names
        cells = np.full(columns.cells.shape, np.nan)
        cells[there] = columns.used(np.flatnonzero(there))
        design = designed(panel.code, panel.when, served[panel.code], there, rule=self.rule)
        self._require(design, panel)
        codes = (panel.code, panel.when, self._clusters(panel))
        sample = sample_of(design, cells[:, 0], cells[:, 1:], codes, panel.when >= served[panel.code])
        found = estimated(sample, self.estimator, [titles[0], *cell_names(design), *titles[1:]])
        mark_left_out(design, status, reason)
        rows = self._rows(panel, sample, design, found, status, reason)
        path, average, leads = self._inference(design, panel.when, sample, found, run)
        named_columns = [one for one in (self.first_treated, self.treated) if one is not None]
        shared = overlaps([*series, *named_columns], panel, run)
        counts = counted(sample)
        few = few_warnings(counts["clusters"], counts["treated_clusters"])
        return EventStudyResult(
            method=self,
            panel=panel,
            rows=rows,
            flow=False,
            log=columns.log,
            warnings=(*filled_warnings(columns.log), *overlap_warnings(shared), *few),
            diagnostics={**counts, "largest_gap": checked(rows)},
            outcome=titles[0],
            controls=ControlEffects.of(titles[1:], sample, found),
            path=path,
            average=average,
            leads=leads,
            event=design.event,
            cohorts=Cohorts.of(panel, dates, design),
            cohort_effects=CohortEffects.of(design, sample, found) if self.estimator == "saturated" else None,
            bacon=self._bacon(panel, cells[:, 0], there, served),
            placebo=self._placebo(panel, cells, design, served, run),
            shared=shared,
            standard_errors=words_of(self.errors),
        )

    def _clusters(self, panel: Panel) -> Ints:
        """Return the cluster of each row, (n,) codes."""
        if self.errors == "clustered":
            return panel.code
        labels = panel.unit_label(self.errors.by).astype(str)
        return np.asarray(np.unique(labels, return_inverse=True)[1][panel.code])

    def _require(self, design: Design, panel: Panel) -> None:
        """Raise XZ-287 where there is nothing to compare."""
        used, remedy = design.used, ""
        if not (used & np.isfinite(design.event)).any() or not design.after.any():
            found, expected = (
                say("no treated unit with a year before and one after"),
                say("units seen before and after"),
            )
        elif self.estimator == "saturated" and not (used & design.control).any():
            found, expected = say("no unit is never treated"), say("units never treated")
            remedy = say("Set comparison='last_treated' or estimator='did2s'.")
        elif self.estimator == "twfe" and not (used & (design.place == self.events.base)).any():
            found, expected = say("no row at the base period"), say("rows at the base period")
        else:
            return
        raise DataError("XZ-287", found, where=panel.source, expected=expected, remedy=remedy)

    def _rows(
        self, panel: Panel, sample: Sample, design: Design, found: Estimates, status: Texts, reason: Texts
    ) -> Rows:
        """Return the outcome, and its parts, a row for each row of the panel."""
        effect = np.append(found.effects, 0.0)[sample.cell]
        parts = {
            "outcome": sample.y,
            "counterfactual": sample.y - effect - found.residuals,
            "effect": effect,
            "residual": found.residuals,
            "treated": sample.treated.astype(np.float64),
        }
        terms = {name: np.full(len(panel), np.nan) for name in parts}
        for name, values in parts.items():
            terms[name][design.used] = values
        return Rows(panel.unit_names, panel.when.copy(), terms, status, reason)

    def _inference(
        self, design: Design, year: Ints, sample: Sample, found: Estimates, run: Run
    ) -> tuple[Path, Average, LeadTest]:
        """Return the path with its intervals, the average after treatment, and the test of the leads."""
        (times, weights), freedom = design.averages(), int(sample.cluster.max())
        path = path_of(
            times,
            weights[:-1] @ found.effects,
            weights[:-1] @ found.covariance @ weights[:-1].T,
            behind=Behind.of(design, year, sample),
            freedom=freedom,
            level=self.level,
            draw=run.generator(0),
        )
        error = float(np.sqrt(weights[-1] @ found.covariance @ weights[-1]))
        if np.unique(sample.cluster[sample.treated]).size < 2:
            error = float("nan")
        average = average_of(float(weights[-1] @ found.effects), error, freedom, self.level)
        leads = (path.time < 0) & (path.time != self.events.base)
        return path, average, lead_test(path.estimate[leads], path.covariance[np.ix_(leads, leads)], freedom + 1)

    def _bacon(self, panel: Panel, y: Floats, there: Bools, first: Floats) -> Bacon | None:
        """Return the decomposition of the static estimate over the units that are there in all years."""
        rows = panel.locate(panel.units, panel.times)
        whole = (rows >= 0).all(axis=1) & there[rows].all(axis=1) & (first > panel.times[0])
        return goodman_bacon(y[rows[whole]], first[whole], panel.times) if whole.any() else None

    def _placebo(self, panel: Panel, cells: Floats, design: Design, first: Floats, run: Run) -> Placebo | None:
        """Return the average effect over dates dealt to the units of the study at random."""
        if self.placebo == 0:
            return None
        mine = np.isin(panel.code, panel.code[design.used])
        units, unit = np.unique(panel.code[mine], return_inverse=True)
        there = design.why[mine] != MISSING
        rows = Dealt(unit, panel.when[mine], there, cells[mine, 0], cells[mine, 1:])
        return permuted(rows, first[units], rule=self.rule, draws=self.placebo, run=run)


def few_warnings(clusters: int, treated: int) -> tuple[Text, ...]:
    """Return the warning that few clusters, or few that are treated, stand behind the standard errors; or nothing."""
    words = say(
        "XZ-475 {count} clusters, {treated} of them treated: intervals may be too short; see the placebo.",
        count=clusters,
        treated=treated,
    )
    return (words,) if clusters < FEW or treated < FEW_TREATED else ()


def mark_left_out(design: Design, status: Texts, reason: Texts) -> None:
    """Give the rows that a design does not use their status and reason."""
    for key, words in REASONS.items():
        rows = design.why == key
        status[rows], reason[rows] = "not_identified" if key == NO_UNTREATED else "left_out", words


def counted(sample: Sample) -> dict[str, int]:
    """Return what stands behind the estimates."""
    return {
        "rows": sample.y.size,
        "units": int(sample.unit.max()) + 1,
        "years": int(sample.year.max()) + 1,
        "clusters": int(sample.cluster.max()) + 1,
        "treated_units": int(np.unique(sample.unit[sample.treated]).size),
        "treated_clusters": int(np.unique(sample.cluster[sample.treated]).size),
    }


def checked(rows: Rows) -> float:
    """Return the largest gap between outcomes and their parts, relative to the largest outcome; XZ-301 if too large."""
    outcome = rows.terms["outcome"]
    scale = max(float(np.nanmax(np.abs(outcome))), np.finfo(float).tiny)
    parts = np.column_stack([rows.terms[name] for name in ("counterfactual", "effect", "residual")])
    identity = say("outcome = outcome without treatment + effect + residual")
    return check_adding_up(outcome / scale, parts / scale, rows, identity=identity)


def cell_names(design: Design) -> list[Text]:
    """Return the names of the cells for readers."""
    return [
        say("cohort {cohort}, event time {time}", cohort=cohort, time=time)
        if cohort
        else say("event time {time}", time=time)
        for cohort, time in design.cells.tolist()
    ]
