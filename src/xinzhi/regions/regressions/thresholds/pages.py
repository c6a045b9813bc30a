"""What a threshold regression publishes: thresholds, tests, slopes by regime, and the words about them."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xinzhi.language import Text, again, enumerated, say, sentences
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.overlap import Overlap, overlap_table
from xinzhi.method.table import shown, shown_p
from xinzhi.method.terms import label
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.regressions.estimation.covariances import words_of
from xinzhi.regions.regressions.estimation.tables import FEWEST, MOST, by_size, decimals, estimate_fields, p_places
from xinzhi.regions.regressions.thresholds.search import Threshold, ThresholdTest, critical_ratio

TESTS: dict[int, Text] = {
    1: say("one threshold against none"),
    2: say("two thresholds against one"),
    3: say("three thresholds against two"),
}
EFFECTS: dict[str, Text] = {
    "unit": say("Fixed effects of units."),
    "two_way": say("Fixed effects of units and years."),
}
INTERCEPTS: dict[str, Text] = {
    "common": say("Regimes differ in slopes only."),
    "by_regime": say("Regimes differ in slopes and in a constant."),
}
WILD_WORDS = say(
    "p, wild: from as many replications that turn the signs of all residuals of a unit; it allows for errors whose "
    "variance depends on the regressors, under which the other p is wrong, mostly too small."
)
FIVE = 0.05
"""Level at which tests count thresholds."""
DRAWN = 240
"""Candidates of a threshold that are drawn, about."""


@dataclass(frozen=True)
class Slopes:
    """Slopes given the thresholds; all arrays (s,).

    ``names``: of regressors; ``regime``: from 1, 0 for a slope that is the same in all; ``t``, ``p``: two-sided;
    ``low``, ``high``: of the interval; ``freedom``: of t.
    """

    names: tuple[Text, ...]
    regime: Ints
    estimate: Floats
    error: Floats
    t: Floats
    p: Floats
    low: Floats
    high: Floats
    freedom: int


@dataclass(frozen=True, kw_only=True, repr=False)
class ThresholdRegressionResult(Result):
    """The regime and the parts of the outcome, each less its mean over all rows, by unit and year.

    ``names``: of outcome, threshold variable and regressors; ``thresholds``: of the model, sorted; ``tests``: of one
    threshold, of two, ...; ``found``: thresholds that the tests find one after the other; ``slopes``: given the
    thresholds; ``overlaps``: variables that share columns.
    """

    names: tuple[Text, ...]
    thresholds: tuple[Threshold, ...]
    tests: tuple[ThresholdTest, ...]
    found: int
    slopes: Slopes
    overlaps: tuple[Overlap, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Threshold regression of {outcome}, thresholds of {name}", outcome=self.names[0], name=self.names[1])

    def methods_text(self) -> str:
        """Return the method in words with effects, constants, standard errors and bootstrap."""
        chosen = self.settings
        return sentences(
            super().methods_text(),
            EFFECTS[chosen["effects"]],
            INTERCEPTS[chosen["intercept"]],
            words_of(chosen["errors"]),
            self._bootstrap(),
        )

    def _bootstrap(self) -> Text:
        search = self.settings["search"]
        if search["resampling"] == "units":
            return say(
                "Bootstrap: {draws} replications that deal residuals of whole units to units.", draws=search["draws"]
            )
        return say(
            "Bootstrap: {draws} replications that turn the signs of all residuals of a unit.", draws=search["draws"]
        )

    # Words -------------------------------------------------------------------------------------

    @property
    def places(self) -> int:
        """Return the decimals of values of the threshold variable: as many as its candidates need."""
        values = self.thresholds[0].values
        return _digits(float(np.ptp(values)) or abs(float(values[0])))

    @property
    def p_places(self) -> int:
        """Return the decimals of p-values of the tests."""
        return p_places(self.settings["search"]["draws"])

    def written(self, value: float) -> str:
        """Return a value of the threshold variable with as many digits as its candidates need."""
        return shown(float(value), self.places)

    def regime_words(self, regime: int) -> Text:
        """Return the values of the threshold variable in a regime, counted from 1; 0 is all regimes."""
        ends, name = [self.written(one.value) for one in self.thresholds], self.names[1]
        if regime == 0:
            return say("all")
        if regime == 1:
            return say("{name} ≤ {high}", name=name, high=ends[0])
        if regime > len(ends):
            return say("{name} > {low}", name=name, low=ends[-1])
        return say("{low} < {name} ≤ {high}", low=ends[regime - 2], name=name, high=ends[regime - 1])

    def _threshold_words(self, one: Threshold) -> Text:
        low, high = self.written(one.low), self.written(one.high)
        return say("{value} ({low} to {high})", value=self.written(one.value), low=low, high=high)

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return what the tests find, the thresholds with intervals, and the first regressor's slopes in words."""
        size = {key: self.diagnostics[key] for key in ("units", "years")}
        name, first = self.names[1], self.tests[0]
        words = {"name": name, "f": shown(first.statistic, 2), "p": shown_p(first.p, min(3, self.p_places)), **size}
        if self.found == 0:
            head = say(
                "{units} units, {years} years: the tests find no threshold of {name} at the five per cent level "
                "(F {f}, p {p}).",
                **words,
            )
        elif self.found == 1:
            head = say("{units} units, {years} years: the tests find one threshold of {name} (F {f}, p {p}).", **words)
        else:
            head = say(
                "{units} units, {years} years: the tests find {found} thresholds of {name}.", found=self.found, **words
            )
        if (odd := next((one for one in self.tests[: self.found] if one.p_wild > FIVE), None)) is not None:
            more = say(
                "With errors whose variance may depend on the regressors this does not hold for {test}: p {p}.",
                test=TESTS[odd.thresholds],
                p=shown_p(odd.p_wild, min(3, self.p_places)),
            )
            head = sentences(head, more)
        count = len(self.thresholds)
        if count != self.found:
            more = say("The model with one threshold is shown all the same.")
            head = sentences(head, more if count == 1 else say("The model with {count} is shown.", count=count))
        told = [self._threshold_words(one) for one in self.thresholds]
        level = 100.0 * self.settings["search"]["level"]
        where = say("Thresholds with {level:g} % intervals: {told}.", level=level, told=enumerated(told))
        mine = [k for k, (one, r) in enumerate(zip(self.slopes.names, self.slopes.regime, strict=True)) if r]
        mine = [k for k in mine if self.slopes.names[k] == self.slopes.names[0]]
        slopes = [
            say(
                "{slope} (t {t}) where {regime}",
                slope=shown(float(self.slopes.estimate[k]), decimals(self.slopes.error)),
                t=shown(float(self.slopes.t[k]), 2),
                regime=self.regime_words(int(self.slopes.regime[k])),
            )
            for k in mine
        ]
        return sentences(
            head, where, say("Slope of {name}: {slopes}.", name=self.slopes.names[0], slopes=enumerated(slopes))
        )

    # Tables ------------------------------------------------------------------------------------

    def tables(self, view: View | None = None) -> list[Table]:
        """Return tests, thresholds, slopes, regimes, overlaps, the rows, and what policies filled."""
        tables = [self._tests_table(), self._thresholds_table(), self._slopes_table(), *self._regime_tables()]
        rows = self.listing(self.title, view)
        rows = by_size(rows, dict.fromkeys(self.rows.terms, float(np.nanstd(self.rows.terms["outcome"]))))
        fields = tuple(replace(one, decimals=0) if one.key == "regime" else one for one in rows.fields)
        return [*tables, *overlap_table(self.overlaps), replace(rows, fields=fields), *self.filled_table(view)]

    def _tests_table(self) -> Table:
        """Return the tests."""
        cells = {
            "test": [TESTS[one.thresholds] for one in self.tests],
            "statistic": [one.statistic for one in self.tests],
            "p": [one.p for one in self.tests],
            "p_wild": [one.p_wild for one in self.tests],
            **{name: [one.critical[k] for one in self.tests] for k, name in enumerate(("ten", "five", "one"))},
            "squares": [one.squares for one in self.tests],
        }
        critical, wild = say("Critical value"), self.settings["search"]["resampling"] == "wild"
        other = [] if wild else [Field("p_wild", say("p, wild"), self.p_places, p_value=True)]
        fields = [
            Field("test", say("Test")),
            Field("statistic", "F", 2),
            Field("p", "p", self.p_places, p_value=True),
            *other,
            Field("ten", say("10 %"), 2, critical),
            Field("five", say("5 %"), 2, critical),
            Field("one", say("1 %"), 2, critical),
            Field("squares", say("Sum of squared residuals"), decimals(np.array(cells["squares"]))),
        ]
        notes = [
            self._bootstrap(),
            say("p is the share of replications with a larger F, the data themselves counted as one of them."),
            *([] if wild else [WILD_WORDS]),
            say("Sum of squared residuals: with the larger number of thresholds."),
        ]
        if len(self.tests) < self.settings["thresholds"]:
            notes.append(say("No candidate is left for another threshold with enough rows in each regime."))
        return Table.of("tests", say("Tests of thresholds of {name}", name=self.names[1]), fields, cells, notes=notes)

    def _thresholds_table(self) -> Table:
        """Return the thresholds of the model with intervals."""
        level, digits = self.settings["search"]["level"], self.places
        cells: dict[str, Any] = {"number": list(range(1, len(self.thresholds) + 1))}
        cells |= {key: [getattr(one, key) for one in self.thresholds] for key in ("value", "low", "high", "stretches")}
        cells |= {f"robust_{end}": [one.robust[k] for one in self.thresholds] for k, end in enumerate(("low", "high"))}
        interval, robust = say("{level:g} % interval", level=100.0 * level), say("Interval, unequal variances")
        fields = [
            Field("number", say("Threshold"), 0),
            Field("value", say("Estimate"), digits),
            Field("low", say("from"), digits, interval),
            Field("high", say("to"), digits, interval),
            Field("stretches", say("stretches"), 0, interval),
            Field("robust_low", say("from"), digits, robust),
            Field("robust_high", say("to"), digits, robust),
        ]
        notes = [
            say(
                "Intervals hold the values with a likelihood ratio of at most {critical}, given the other thresholds.",
                critical=shown(critical_ratio(level), 2),
            ),
            say(
                "Unequal variances: the ratio is divided by the variance of errors near the threshold over that of "
                "all, {scales}.",
                scales=enumerated([shown(one.scale, 2) for one in self.thresholds]),
            ),
        ]
        if any(one.stretches > 1 for one in self.thresholds):
            notes.append(say("An interval of several stretches is shown from its lowest to its highest end."))
        if any(one.open[0] or one.open[1] for one in self.thresholds):
            notes.append(say("An interval reaches the first or last candidate: it may be longer than the data tell."))
        if self.settings["search"]["grid"] != "all":
            count = self.diagnostics["candidates"]
            notes.append(say("Candidates are {count} quantiles; thresholds lie between them as well.", count=count))
        return Table.of("thresholds", say("Thresholds of {name}", name=self.names[1]), fields, cells, notes=notes)

    def _slopes_table(self) -> Table:
        """Return the slopes given the thresholds."""
        chosen, found = self.settings, self.slopes
        cells = {
            "term": found.names,
            "regime": [self.regime_words(int(r)) for r in found.regime],
            **{key: getattr(found, key).tolist() for key in ("estimate", "error", "t", "p", "low", "high")},
        }
        fields = [
            Field("term", say("Regressor")),
            Field("regime", say("Regime")),
            *estimate_fields(decimals(found.error), chosen["search"]["level"]),
        ]
        size = say(
            "{rows} rows, {units} units, {years} years; R squared within units {r:.3f}.",
            rows=self.diagnostics["rows"],
            units=self.diagnostics["units"],
            years=self.diagnostics["years"],
            r=self.diagnostics["r_squared_within"],
        )
        given = say("Thresholds are taken as known; {freedom} degrees of freedom of t.", freedom=found.freedom)
        notes = [size, EFFECTS[chosen["effects"]], words_of(chosen["errors"]), given]
        if chosen["effects"] == "two_way":
            notes.append(say("Hansen's theory of tests and intervals has effects of units only."))
        if any(found.names[k] == say("Constant") for k in range(len(found.names))):
            notes.append(say("The constant of a regime is its difference from that of the first."))
        elif chosen["logs"] and chosen["intercept"] == "common":
            notes.append(
                say(
                    "With a common intercept thresholds depend on the units of measurement of regressors in "
                    "logarithms; compare intercept='by_regime'."
                )
            )
        return Table.of("slopes", self.title, fields, cells, notes=notes)

    def regimes(self) -> dict[str, list[Any]]:
        """Return rows, their share and the units that are ever there, for each regime, as columns."""
        regime, rows = self.rows.terms["regime"], self.rows
        inside = [regime == r for r in range(1, len(self.thresholds) + 2)]
        return {
            "number": list(range(1, len(inside) + 1)),
            "regime": [self.regime_words(r) for r in range(1, len(self.thresholds) + 2)],
            "rows": [int(mask.sum()) for mask in inside],
            "share": [100.0 * float(mask.sum()) / self.diagnostics["rows"] for mask in inside],
            "units": [len(set(rows.unit[mask].tolist())) for mask in inside],
        }

    def regimes_by_year(self) -> dict[str, list[Any]]:
        """Return year, units, and the share of units in each regime, per cent, as columns."""
        regime, used = self.rows.terms["regime"], self.rows.status == "ok"
        years = np.unique(self.rows.time[used])
        groups = [regime[used & (self.rows.time == year)] for year in years]
        shares = {
            f"regime_{r}": [100.0 * float((group == r).mean()) for group in groups]
            for r in range(1, len(self.thresholds) + 2)
        }
        return {"time": years.tolist(), "units": [group.size for group in groups], **shares}

    def _regime_tables(self) -> list[Table]:
        """Return the size of the regimes, in all and by year."""
        fields = [
            Field("number", say("Regime"), 0),
            Field("regime", say("Values")),
            Field("rows", say("Rows"), 0),
            Field("share", say("Share of rows, %"), 1),
            Field("units", say("Units ever in it"), 0),
        ]
        sizes = Table.of("regimes", say("Regimes of {name}", name=self.names[1]), fields, self.regimes())
        cells = self.regimes_by_year()
        spanner = say("Share of units in the regime, %")
        fields = [Field("time", label("time"), 0), Field("units", say("Units"), 0)]
        for r in range(1, len(self.thresholds) + 2):
            fields.append(Field(f"regime_{r}", self.regime_words(r), 1, spanner))
        title = say("Regimes of {name} by year", name=self.names[1])
        return [sizes, Table.of("regimes_by_year", title, fields, cells)]

    # Figures -----------------------------------------------------------------------------------

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the likelihood ratio over the candidates of each threshold, and the slopes with intervals."""
        from xinzhi.method.charts import Labels, range_chart
        from xinzhi.regions.regressions.thresholds.figures import ratio_profiles

        critical = critical_ratio(self.settings["search"]["level"])
        level = 100.0 * self.settings["search"]["level"]
        labels = Labels(
            name="likelihood_ratio",
            title=say("Likelihood ratio of thresholds of {name}", name=self.names[1]),
            description=sentences(self.summary(view), say("The axis ends where values are rejected by far.")),
            unit=say("likelihood ratio"),
        )
        panels: dict[str, tuple[list[float], list[float], float]] = {}
        for number, one in enumerate(self.thresholds, start=1):
            kept = _drawn(one, critical)
            name = say("threshold {number}: {told}", number=number, told=self._threshold_words(one))
            panels[name] = (one.values[kept].tolist(), one.ratios[kept].tolist(), one.value)
        ratios = ratio_profiles(labels, profiles=panels, critical=critical, across=again(self.names[1]))
        found = self.slopes
        labels = Labels(
            name="slopes",
            title=say("Slopes by regime with {level:g} % intervals", level=level),
            description=self.summary(view),
            unit=say("slope"),
        )
        mine = np.flatnonzero((found.regime > 0) & [name in self.names for name in found.names])
        items = [say("regime {number}: {name}", number=int(found.regime[k]), name=found.names[k]) for k in mine]
        low, high, point = (part[mine] for part in (found.low, found.high, found.estimate))
        marks = (say("Middle of the interval"), say("Estimate"))
        middle = ((low + high) / 2.0).tolist()
        ends = {"low": low.tolist(), "high": high.tolist(), "median": middle, "point": point.tolist()}
        return [ratios, range_chart(labels, item=items, names=marks, **ends)]


def _digits(spread: float) -> int:
    """Return the digits after the point with which a number that varies over a spread is told."""
    return min(MOST, max(0, 3 - math.floor(math.log10(spread)))) if spread > 0 else FEWEST


def _drawn(one: Threshold, critical: float) -> Ints:
    """Return the places of the candidates that are drawn: some evenly spread, and all that matter for the interval."""
    count = one.values.size
    even = np.linspace(0, count - 1, min(count, DRAWN)).round().astype(np.int64)
    near = np.flatnonzero(one.ratios <= 1.5 * critical)
    near = near[:: max(1, near.size // DRAWN)]
    marks = np.searchsorted(one.values, [one.low, one.value, one.high])
    return np.asarray(np.unique(np.concatenate([even, near, marks])), dtype=np.int64)
