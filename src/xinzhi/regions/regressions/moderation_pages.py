"""What a moderation publishes: coefficients, slopes at values of the moderator, where they differ from zero, words."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.overlap import Overlap, overlap_table
from xinzhi.method.table import shown, shown_p
from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.spatial_panel_pages import EFFECTS
from xinzhi.regions.regressions.estimation.least_squares import Estimates, two_sided
from xinzhi.regions.regressions.estimation.tables import (
    Variables,
    by_size,
    coefficient_table,
    collinearity_table,
    decimals,
    descriptives_table,
    estimate_fields,
    left_out_table,
    told_p,
)
from xinzhi.regions.regressions.estimation.wild import Bootstrap
from xinzhi.regions.regressions.fixed_effects_pages import FIVE
from xinzhi.regions.regressions.slopes import Line, regions, turning_points

QUANTILES = (10, 25, 50, 75, 90)
POINTS = 121
"""Of the line in the figure."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ModerationResult(Result):
    """The outcome less its mean as effects, parts of regressors and residual, and the slope, by unit and year.

    ``variables``: outcome, regressor, moderator, controls as used; ``design``: outcome and the columns of the
    regression, the product among them; ``estimates``: of these columns; ``wild``: the wild cluster bootstrap, None
    where it is not made; ``line``: the slope as a line in the moderator; ``place``: of the product among the columns;
    ``moderator``: (m,) on the scale of the slopes; ``overlaps``: variables that share columns; ``standard_errors``: in
    words.
    """

    variables: Variables
    design: Variables
    estimates: Estimates
    wild: Bootstrap | None
    line: Line
    place: int
    moderator: Floats
    overlaps: tuple[Overlap, ...]
    standard_errors: Text

    @property
    def title(self) -> Text:
        """Return the heading."""
        outcome, x, m = self.variables.titles[:3]
        return say("Slope of {outcome} in {name} by {moderator}", outcome=outcome, name=x, moderator=m)

    @property
    def inside(self) -> bool:
        """Say whether the moderator is the deviation from the mean of the unit."""
        return bool(self.settings["interaction"] == "double_demeaned")

    @property
    def moderator_name(self) -> Text:
        """Return what the slopes are over."""
        name = self.variables.titles[2]
        return say("{name}, deviation from the mean of the unit", name=name) if self.inside else name

    @property
    def moderator_places(self) -> int:
        """Return the decimals of values of the moderator."""
        return decimals(np.array([self.moderator.std()]))

    def methods_text(self) -> str:
        """Return the method in words with the product, effects and standard errors."""
        settings = self.settings
        if self.inside:
            product = say("The interaction is the product of deviations from the means of units.")
        elif settings["centred"] == "mean":
            product = say("The interaction is the product of regressor and moderator, each less its mean.")
        else:
            product = say("The interaction is the product of regressor and moderator as they are.")
        return sentences(
            super().methods_text(),
            product,
            EFFECTS[settings["effects"]],
            self.standard_errors,
            say("The factor of small samples counts {count} parameters.", count=self.estimates.parameters),
            say("Rows are weighted by {column}.", column=named(settings["weight"])) if settings["weight"] else "",
        )

    def slopes(self, moderator: Floats) -> dict[str, Floats]:
        """Return the slope at (p,) values of the moderator with standard error, t, p and interval, (p,) each."""
        slope, error = self.line.at(moderator)
        reach = self.estimates.reach(self.settings["level"])
        return {
            "estimate": slope,
            "error": error,
            "t": slope / error,
            "p": two_sided(slope / error, self.estimates.freedom),
            "low": slope - reach * error,
            "high": slope + reach * error,
        }

    def _picked(self) -> tuple[list[Text], Floats]:
        """Return the values of the moderator that the table shows: mean and one deviation around it, quantiles."""
        m = self.moderator
        mean, sd = float(m.mean()), float(m.std(ddof=1))
        names = [say("mean − standard deviation"), say("mean"), say("mean + standard deviation")]
        names += [say("{share}th percentile", share=q) if q != 50 else say("median") for q in QUANTILES]
        return names, np.array([mean - sd, mean, mean + sd, *np.percentile(m, QUANTILES)])

    def tables(self, view: View | None = None) -> list[Table]:
        """Return coefficients, slopes, where they differ from zero, the variables, overlaps, rows, who is left out."""
        own = {
            "mean": say("The coefficient of the regressor alone is its slope at the mean of the moderator."),
            "none": say("The coefficient of the regressor alone is its slope where the moderator is zero."),
        }[self.settings["centred"]]
        if self.inside:
            own = say("The coefficient of the regressor alone is its slope where the moderator is at the unit's mean.")
        return [
            coefficient_table(
                self.estimates,
                self.design.titles[1:],
                title=self.title,
                level=self.settings["level"],
                wild=self.wild,
                notes=[self.standard_errors, own, *self.absences()],
            ),
            self._slopes_table(),
            self._regions_table(),
            descriptives_table(self.variables),
            collinearity_table(self.design, self.settings["effects"]),
            *overlap_table(self.overlaps),
            by_size(
                self.listing(say("Parts of {outcome} and slope", outcome=self.variables.titles[0]), view),
                dict.fromkeys(self.rows.terms, self.variables.spread) | {"slope": float(self.estimates.errors[0])},
            ),
            *left_out_table(self),
            *self.filled_table(view),
        ]

    def _slopes_table(self) -> Table:
        names, at = self._picked()
        found = self.slopes(at)
        fields = [
            Field("where", self.moderator_name),
            Field("value", say("Value"), self.moderator_places),
            *estimate_fields(decimals(found["error"]), self.settings["level"], estimate=say("Slope")),
        ]
        cells = {"where": names, "value": at, **found}
        notes = [say("Standard errors by the delta method.")]
        return Table.of("slopes", say("Slopes at values of the moderator"), fields, cells, notes=notes)

    def _regions_table(self) -> Table:
        """Return where the slope differs from zero, with the share of rows there."""
        level = self.settings["level"]
        found, places = regions(self.line, self.estimates.reach(level)), self.moderator_places
        ends = float(self.moderator.min()), float(self.moderator.max())
        cells = {
            "sign": [say("positive") if one.positive else say("negative") for one in found],
            "low": [one.low if np.isfinite(one.low) else None for one in found],
            "high": [one.high if np.isfinite(one.high) else None for one in found],
            "share": [100 * float(self._in(one.low, one.high).mean()) for one in found],
        }
        fields = [
            Field("sign", say("Slope")),
            Field("low", say("from"), places, self.moderator_name),
            Field("high", say("to"), places, self.moderator_name),
            Field("share", say("Rows there, per cent"), 1),
        ]
        notes = [
            say("The moderator reaches from {low} to {high}.", low=shown(ends[0], places), high=shown(ends[1], places)),
            say("An open end has no number. Each value of the moderator is tested by itself."),
        ]
        if not found:
            notes.insert(0, say("The slope differs from zero nowhere."))
        title = say("Where the slope differs from zero, {level:g} % intervals", level=100 * level)
        return Table.of("regions", title, fields, cells, notes=notes)

    def _in(self, low: float, high: float) -> Any:
        return (self.moderator >= low) & (self.moderator <= high)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the slope over the moderator with its interval and the moderator's histogram."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.regressions.estimation.figures import slope_chart

        level = self.settings["level"]
        at = np.linspace(self.moderator.min(), self.moderator.max(), POINTS)
        found = self.slopes(at)
        if np.isnan(found["error"]).any():
            return []
        outcome, x = self.variables.titles[:2]
        labels = Labels(
            name="slope",
            title=say(
                "Slope of {outcome} in {name} with its {level:g} % interval; dashed: where it meets zero; below: "
                "histogram of the moderator",
                outcome=outcome,
                name=x,
                level=100 * level,
            ),
            description=self.summary(view),
            unit=say("slope in {name}", name=x),
        )
        return [
            slope_chart(
                labels,
                moderator=self.moderator,
                at=at,
                slope=found["estimate"],
                low=found["low"],
                high=found["high"],
                turns=turning_points(self.line, self.estimates.reach(level)),
                across=self.moderator_name,
            )
        ]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return whether the slope changes with the moderator, and what it is at low and high values, in words."""
        found, (outcome, x, m) = self.estimates, self.variables.titles[:3]
        p = float((found.p if self.wild is None else self.wild.p)[self.place])
        places = decimals(found.errors)
        words = {
            "outcome": outcome,
            "name": x,
            "moderator": m,
            "b": shown(float(found.coefficients[self.place]), places),
            "error": shown(float(found.errors[self.place]), places),
            "p": told_p(p, self.wild),
        }
        if np.isnan(p):
            head = say("The standard error of the interaction is not identified (coefficient {b}).", **words)
        elif p > FIVE:
            head = say(
                "No significant change of the slope of {outcome} in {name} with {moderator}: interaction {b} (standard "
                "error {error}, {p}).",
                **words,
            )
        elif found.coefficients[self.place] > 0:
            head = say(
                "The slope of {outcome} in {name} rises with {moderator}: interaction {b} (standard error {error}, "
                "{p}).",
                **words,
            )
        else:
            head = say(
                "The slope of {outcome} in {name} falls with {moderator}: interaction {b} (standard error {error}, "
                "{p}).",
                **words,
            )
        _, at = self._picked()
        low, high = (
            say("{slope} (t test p {p})", slope=shown(float(one), places), p=shown_p(float(q), 3))
            for one, q in zip(*(self.slopes(at[[0, 2]])[key] for key in ("estimate", "p")), strict=True)
        )
        tail = say(
            "Slope one standard deviation below the mean of the moderator {low}, above it {high}.", low=low, high=high
        )
        size = say("{rows} rows of {units} units.", rows=found.observations, units=self.diagnostics["units"])
        return sentences(size, head, tail)
