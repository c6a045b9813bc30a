"""What an event study publishes: the path, the average, tests, cohorts, checks, and the words about them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.overlap import Overlap, overlap_table
from xinzhi.method.status import status_word
from xinzhi.method.table import shown, shown_p
from xinzhi.method.terms import label
from xinzhi.panel.panel import Floats
from xinzhi.regions.dynamics.kernels import bandwidth
from xinzhi.regions.regressions.estimation.tables import decimals, estimate_fields, left_out_table, p_places
from xinzhi.regions.regressions.events.checks import Bacon, Pair, Placebo
from xinzhi.regions.regressions.events.cohorts import CohortEffects, Cohorts, ControlEffects
from xinzhi.regions.regressions.events.inference import Average, LeadTest, Path

FIVE = 0.05
"""Level of the tests in sentences."""
ESTIMATORS: dict[str, Text] = {
    "saturated": say("Interaction-weighted estimator of Sun and Abraham: effects of cohorts, averaged by their rows."),
    "did2s": say("Two stages of Gardner: outcomes without treatment are predicted from untreated rows."),
    "twfe": say("Two-way fixed effects with leads and lags."),
}
COMPARISONS: dict[str, Text] = {
    "saturated, never": say("Comparison: units never treated."),
    "saturated, last_treated": say(
        "Comparison: units never treated and the cohort treated last, before its treatment."
    ),
    "did2s, never": say("Comparison: all rows not yet treated."),
    "twfe, never": say("Comparison: all other rows, those already treated among them."),
}
TWFE = say(
    "Where effects differ between cohorts, each coefficient of two-way fixed effects mixes effects of other event "
    "times, and leads may differ from zero although trends are parallel: compare with another estimator."
)
LEADS = say(
    "A test of the leads that is passed does not show that trends are parallel: it may lack power, and it is about "
    "years before treatment only."
)
PAIRS: dict[Pair, Text] = {
    "never": say("treated against never treated"),
    "not_yet": say("earlier against not yet treated"),
    "already": say("later against already treated"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class EventStudyResult(Result):
    """The outcome with and without treatment by unit and year, with the path of effects and checks.

    ``outcome``: in words; ``controls``, ``path``, ``average``, ``leads``: estimates; ``event``: (n,) event times of the
    rows, NaN for units never treated; ``cohorts``, ``cohort_effects``: the latter of the saturated estimator;
    ``bacon``: None where treatment does not vary in a balanced part; ``placebo``: None where none was asked for;
    ``shared``: variables that share columns; ``standard_errors``: in words.
    """

    outcome: Text
    controls: ControlEffects
    path: Path
    average: Average
    leads: LeadTest
    event: Floats
    cohorts: Cohorts
    cohort_effects: CohortEffects | None
    bacon: Bacon | None
    placebo: Placebo | None
    shared: tuple[Overlap, ...]
    standard_errors: Text

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Event study of {name}", name=self.outcome)

    @property
    def percent(self) -> str:
        """Return the level of the intervals in per cent."""
        return f"{100 * self.settings['level']:g}"

    @property
    def places(self) -> int:
        """Return the decimals of effects: enough for three digits of the smallest standard error."""
        errors = np.append(self.path.error, self.average.error)
        return decimals(errors if (errors > 0).any() else np.abs(self.path.estimate))

    def untested(self) -> Text | None:
        """Return why the average effect is not tested, None where it is."""
        if np.isfinite(self.average.p):
            return None
        if self.diagnostics["treated_clusters"] < 2:
            return say("one treated cluster stands behind it, which leaves no standard error")
        return say("its standard error is zero")

    def untested_leads(self) -> Text | None:
        """Return why the leads are not tested, None where they are."""
        if np.isfinite(self.leads.p):
            return None
        if not self.leads.leads:
            return say("there are none")
        if self.leads.freedom < 1:
            return say("{clusters} clusters are too few", clusters=self.diagnostics["clusters"])
        return say("the clusters leave them no joint covariance")

    def methods_text(self) -> str:
        """Return the method in words with the estimator, the comparison and what a test of leads can show."""
        settings = self.settings
        twfe = settings["estimator"] == "twfe"
        return sentences(
            super().methods_text(),
            ESTIMATORS[settings["estimator"]],
            COMPARISONS[f"{settings['estimator']}, {settings['comparison']}"],
            TWFE if twfe else "",
            self.standard_errors,
            LEADS,
        )

    def path_columns(self) -> dict[str, list[Any]]:
        """Return the path as columns: event time, estimate, error, intervals, and what stands behind it."""
        path = self.path
        columns: dict[str, Any] = {
            "event_time": path.time,
            **{k: getattr(path, k) for k in ("estimate", "error", "low", "high", "low_all", "high_all")},
            **{k: getattr(path.behind, k) for k in ("units", "cohorts", "rows")},
        }
        return {name: column.tolist() for name, column in columns.items()}

    def bacon_columns(self) -> dict[str, list[Any]]:
        """Return the pairs of groups behind the static two-way estimate as columns; empty where there are none."""
        found = self.bacon
        if found is None:
            return {}
        kinds, never = list(PAIRS), say("never")
        order = sorted(range(len(found.kind)), key=lambda k: kinds.index(found.kind[k]))
        against = found.against[order].tolist()
        return {
            "pair": [PAIRS[found.kind[k]] for k in order],
            "treated": [str(year) for year in found.treated[order].tolist()],
            "against": [str(year) if year else never for year in against],
            "weight": found.weight[order].tolist(),
            "estimate": found.estimate[order].tolist(),
        }

    # Tables ---------------------------------------------------------------------------------

    def tables(self, view: View | None = None) -> list[Table]:
        """Return path, average and tests, cohorts, their effects, checks, and the rows."""
        return [
            self._path_table(),
            self._average_table(),
            self._tests_table(),
            self._cohorts_table(),
            *self._cohort_effects_table(),
            *self._controls_table(),
            *self._bacon_tables(),
            *overlap_table(self.shared),
            *left_out_table(self),
            self.listing(self.title, view),
            *self.filled_table(view),
        ]

    def _ends(self) -> list[Field]:
        return estimate_fields(self.places, self.settings["level"])[-2:]

    def _path_table(self) -> Table:
        every = say("{level} % interval of the whole path", level=self.percent)
        fields = [
            Field("event_time", say("Event time"), 0),
            Field("estimate", say("Effect"), self.places),
            Field("error", say("Standard error"), self.places),
            *self._ends(),
            Field("low_all", say("from"), self.places, every),
            Field("high_all", say("to"), self.places, every),
            Field("units", say("Units"), 0),
            Field("cohorts", say("Cohorts"), 0),
            Field("rows", say("Rows"), 0),
        ]
        notes: list[str] = [say("Event time 0 is the first year of treatment.")]
        if self.path.base.any():
            base = shown(self.settings["events"]["base"], 0)
            notes.append(say("Event time {base} is the base period.", base=base))
        else:
            notes.append(say("Leads are differences from what untreated rows predict, without a base period."))
        ends, times = self.settings["events"], self.path.time
        if ends["endpoints"] == "binned" and ends["leads"] is not None:
            notes.append(say("Event time {time} and earlier together.", time=shown(int(times[0]), 0)))
        if ends["endpoints"] == "binned" and ends["lags"] is not None:
            notes.append(say("Event time {time} and later together.", time=shown(int(times[-1]), 0)))
        if np.isfinite(self.path.critical):
            notes.append(say("Critical value of the whole path {value:.3f}.", value=self.path.critical))
        else:
            notes.append(say("No intervals: no event time has a standard error."))
        if self.settings["estimator"] == "twfe":
            notes.append(TWFE)
        return Table.of("path", self.title, fields, self.path_columns(), notes=notes)

    def _average_table(self) -> Table:
        found, counts = self.average, self.diagnostics
        cells = {"term": [say("Average effect after treatment")]}
        cells |= {name: [getattr(found, name)] for name in ("estimate", "error", "t", "p", "low", "high")}
        fields = [
            Field("term", say("Term")),
            *estimate_fields(self.places, self.settings["level"]),
        ]
        size = say(
            "{rows} rows, {units} units, {treated} of them treated; {clusters} clusters.",
            rows=counts["rows"],
            units=counts["units"],
            treated=counts["treated_units"],
            clusters=counts["clusters"],
        )
        notes = [size, say("Average over all treated rows with an estimate.")]
        if (why := self.untested()) is not None:
            notes.append(say("The average effect is not tested: {reason}.", reason=why))
        return Table.of("average", say("Average effect after treatment"), fields, cells, notes=notes)

    def _tests_table(self) -> Table:
        leads, placebo = self.leads, self.placebo
        rows: list[tuple[Any, ...]] = [
            (say("Leads are zero together, F"), leads.statistic, leads.leads, leads.freedom, leads.p)
        ]
        notes: list[str] = [LEADS]
        if (why := self.untested_leads()) is not None:
            notes.insert(0, say("Leads are not tested together: {reason}.", reason=why))
        if placebo is not None:
            rows.append(
                (say("Placebo: dates dealt at random"), self.average.estimate, placebo.draws.size, None, placebo.p)
            )
            low, high = np.quantile(placebo.draws, [0.025, 0.975]) if placebo.draws.size else (np.nan, np.nan)
            words = {
                "low": shown(float(low), self.places),
                "high": shown(float(high), self.places),
                "lost": placebo.lost,
            }
            notes.append(
                say("Placebo effects: 95 % lie between {low} and {high}; {lost} draws not identified.", **words)
            )
        keys = ("test", "statistic", "count", "freedom", "p")
        fields = [
            Field("test", say("Test")),
            Field("statistic", say("Statistic"), max(3, self.places - 1)),
            Field("count", say("Leads or draws"), 0),
            Field("freedom", say("Degrees of freedom"), 0),
            Field("p", "p", 4, p_value=True),
        ]
        cells = dict(zip(keys, zip(*rows, strict=True), strict=True))
        return Table.of("tests", say("Tests of the event study"), fields, cells, notes=notes)

    def _cohorts_table(self) -> Table:
        found = self.cohorts
        first = [say("never") if np.isinf(year) else str(int(year)) for year in found.first]
        cells = {"first": first, "role": found.role}
        cells |= {name: getattr(found, name).tolist() for name in ("units", "used", "before", "after")}
        years = say("Years")
        fields = [
            Field("first", say("First treated")),
            Field("units", say("Units"), 0),
            Field("used", say("Units used"), 0),
            Field("before", say("before"), 0, years),
            Field("after", say("after"), 0, years),
            Field("role", say("Role")),
        ]
        return Table.of("cohorts", say("Cohorts"), fields, cells)

    def _cohort_effects_table(self) -> list[Table]:
        found = self.cohort_effects
        if found is None:
            return []
        cells = {name: getattr(found, name).tolist() for name in ("time", "estimate", "error", "rows", "clusters")}
        cells["cohort"] = [str(year) for year in found.cohort.tolist()]
        fields = [
            Field("cohort", say("First treated")),
            Field("time", say("Event time"), 0),
            Field("estimate", say("Effect"), self.places),
            Field("error", say("Standard error"), self.places),
            Field("rows", say("Rows"), 0),
            Field("clusters", say("Clusters"), 0),
        ]
        notes = [say("No standard error where one cluster stands behind an effect.")]
        return [Table.of("cohort_effects", say("Effects by cohort"), fields, cells, notes=notes)]

    def _controls_table(self) -> list[Table]:
        found = self.controls
        if not found.names:
            return []
        cells = {"term": found.names, "estimate": found.estimate.tolist(), "error": found.error.tolist()}
        places = decimals(found.error)
        fields = [
            Field("term", say("Control")),
            Field("estimate", say("Estimate"), places),
            Field("error", say("Standard error"), places),
        ]
        notes = []
        if self.settings["estimator"] == "did2s":
            notes.append(say("From untreated rows; standard errors are not computed."))
        return [Table.of("controls", say("Controls"), fields, cells, notes=notes)]

    def _bacon_tables(self) -> list[Table]:
        found = self.bacon
        if found is None:
            return []
        weight, estimate = (
            Field("weight", say("Weight"), 4),
            Field("estimate", say("Difference in differences"), self.places),
        )
        kinds = [kind for kind in PAIRS if kind in found.kind]
        means = [
            float(sum(w * b for w, b, one in zip(found.weight, found.estimate, found.kind, strict=True) if one == kind))
            / found.share(kind)
            for kind in kinds
        ]
        cells: dict[str, list[Any]] = {
            "pair": [*(PAIRS[kind] for kind in kinds), say("Static two-way estimate")],
            "weight": [*(found.share(kind) for kind in kinds), 1.0],
            "estimate": [*means, found.coefficient],
        }
        notes = [
            say("Weights times differences add up to the static two-way estimate, without controls."),
            say("Comparisons with units already treated take changes of their effects for trends."),
        ]
        if found.units < self.diagnostics["units"]:
            notes.append(say("{count} units that are there in all years.", count=found.units))
        title = say("What the static two-way estimate is made of")
        pair = Field("pair", say("Comparison"))
        kinds_table = Table.of("bacon", title, [pair, weight, estimate], cells, notes=notes)
        fields = [pair, Field("treated", say("First treated")), Field("against", say("Against")), weight, estimate]
        pairs_table = Table.of("bacon_pairs", say("Pairs of cohorts"), fields, self.bacon_columns())
        return [kinds_table, pairs_table]

    def listing(self, title: str, view: View | None = None) -> Table:
        """Return the rows of the chosen units as a table, with their event times."""
        units, _ = self.chosen(view)
        keep = np.flatnonzero(np.isin(self.rows.unit.astype(str), units))
        cells = {key: column[keep].tolist() for key, column in self.columns().items()}
        cells["unit"], cells["status"] = list(map(named, cells["unit"])), list(map(status_word, cells["status"]))
        cells["event_time"] = self.event[keep].tolist()
        places = decimals(np.array([np.nanstd(self.rows.terms["outcome"])]))
        fields = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            Field("event_time", say("Event time"), 0),
            *(Field(name, label(name), 0 if name == "treated" else places) for name in self.rows.terms),
            Field("status", label("status")),
        ]
        return Table.of("rows", title, fields, cells)

    # Figures and words ------------------------------------------------------------------------

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the path with both intervals, the placebo effects, and the pairs of cohorts."""
        from xinzhi.regions.regressions.events import figures as charts

        about = self.summary(view)
        effect = say("effect on {name}", name=self.outcome)
        labels = charts.Labels(name="path", title=self.title, description=about, unit=effect)
        columns = self.path_columns()
        found = [
            charts.event_path(labels, columns, base=self.path.base.tolist(), level=self.percent, places=self.places)
        ]
        if self.placebo is not None and self.placebo.draws.size and bandwidth(self.placebo.draws, "silverman") > 0:
            title = say("Average effects of dates dealt at random")
            labels = charts.Labels(name="placebo", title=title, description=about, unit=say("density"))
            found.append(
                charts.placebo_density(
                    labels, self.placebo.draws, estimate=self.average.estimate, across=effect, places=self.places
                )
            )
        if self.bacon is not None:
            title = say("What the static two-way estimate is made of")
            unit = say("difference in differences")
            labels = charts.Labels(name="bacon", title=title, description=about, unit=unit)
            found.append(
                charts.bacon_scatter(
                    labels,
                    self.bacon_columns(),
                    kinds=list(PAIRS.values()),
                    reference=self.bacon.coefficient,
                    places=self.places,
                )
            )
        return found

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the average effect, the test of the leads and the weight of doubtful comparisons in words."""
        average, leads = self.average, self.leads
        words = {
            "units": self.diagnostics["units"],
            "treated": self.diagnostics["treated_units"],
            "estimate": shown(average.estimate, self.places),
            "low": shown(average.low, self.places),
            "high": shown(average.high, self.places),
            "level": self.percent,
        }
        why = self.untested()
        if why is not None:
            head = say(
                "{units} units, {treated} treated: average effect after treatment {estimate}, not tested: {reason}.",
                reason=why,
                **words,
            )
        elif average.p <= FIVE:
            head = say(
                "{units} units, {treated} treated: average effect after treatment {estimate} ({level} % interval {low} "
                "to {high}).",
                **words,
            )
        else:
            head = say(
                "{units} units, {treated} treated: no significant average effect after treatment, {estimate} ({level} "
                "% interval {low} to {high}).",
                **words,
            )
        p = shown_p(leads.p, 4)
        if (why := self.untested_leads()) is not None:
            middle = say("Leads are not tested together: {reason}.", reason=why)
        elif leads.p <= FIVE and self.settings["estimator"] == "twfe":
            middle = say("Leads differ from zero (p {p}), which later effects may cause with this estimator.", p=p)
        elif leads.p <= FIVE:
            middle = say("Leads differ from zero (p {p}): trends before treatment were not parallel.", p=p)
        else:
            middle = say(
                "Leads do not differ significantly from zero (p {p}), which does not show parallel trends.", p=p
            )
        parts: list[str] = [head, middle]
        if self.placebo is not None:
            parts.append(say("Placebo p {p}.", p=shown_p(self.placebo.p, p_places(self.placebo.draws.size))))
        if self.settings["estimator"] == "twfe":
            parts.append(TWFE)
        return sentences(*parts)
