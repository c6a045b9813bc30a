"""What a fixed-effects regression publishes: the table in columns, coefficients, what the variables are like, words."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.overlap import Overlap, overlap_table
from xinzhi.method.table import shown
from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.spatial_panel_pages import EFFECTS
from xinzhi.regions.regressions.estimation.effects import Effects
from xinzhi.regions.regressions.estimation.least_squares import Estimates
from xinzhi.regions.regressions.estimation.tables import (
    STARS_NOTE,
    Variables,
    by_size,
    coefficient_table,
    collinearity_table,
    decimals,
    descriptives_table,
    in_brackets,
    left_out_table,
    starred,
    told_p,
)
from xinzhi.regions.regressions.estimation.wild import Bootstrap

FIVE = 0.05
"""Level of the tests in sentences."""
TOLD = 3
"""Regressors of which the summary speaks."""
YES, NO = say("yes"), say("no")


@dataclass(frozen=True)
class Step:
    """A column of the table: whether controls are in, which effects, and the estimates or why there are none."""

    controls: bool
    effects: Effects
    estimates: Estimates | Text


@dataclass(frozen=True, kw_only=True, repr=False)
class FixedEffectsResult(Result):
    """The outcome less its mean as effects, the part of each regressor, and the residual, by unit and year.

    ``variables``: the outcome, the regressors and the controls as used; ``steps``: the columns of the table, the last
    is the estimate; ``wild``: the wild cluster bootstrap, None where it is not made; ``overlaps``: variables that share
    columns; ``standard_errors``: in words.
    """

    variables: Variables
    steps: tuple[Step, ...]
    wild: Bootstrap | None
    overlaps: tuple[Overlap, ...]
    standard_errors: Text

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Regression of {outcome}", outcome=self.variables.titles[0])

    @property
    def estimates(self) -> Estimates:
        """Return the estimates of the last column."""
        found = self.steps[-1].estimates
        assert isinstance(found, Estimates)
        return found

    @property
    def decisive(self) -> Floats:
        """Return the p-values that sentences go by, (k,): of the bootstrap where it is made."""
        return self.estimates.p if self.wild is None else self.wild.p

    def methods_text(self) -> str:
        """Return the method in words with effects, standard errors and what their factor counts."""
        settings = self.settings
        return sentences(
            super().methods_text(),
            EFFECTS[settings["effects"]],
            self.standard_errors,
            say("The factor of small samples counts {count} parameters.", count=self.estimates.parameters),
            say("Rows are weighted by {column}.", column=named(settings["weight"])) if settings["weight"] else "",
        )

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the columns, the coefficients of the last, the variables, overlaps, rows, who is left out."""
        level = self.settings["level"]
        return [
            self._columns_table(),
            coefficient_table(
                self.estimates,
                self.variables.titles[1:],
                title=say("Coefficients of the last column"),
                level=level,
                wild=self.wild,
                notes=[self.standard_errors],
            ),
            descriptives_table(self.variables),
            collinearity_table(self.variables, self.steps[-1].effects),
            *overlap_table(self.overlaps),
            by_size(
                self.listing(say("Parts of {outcome}", outcome=self.variables.titles[0]), view),
                dict.fromkeys(self.rows.terms, self.variables.spread),
            ),
            *left_out_table(self),
            *self.filled_table(view),
        ]

    def _columns_table(self) -> Table:
        """Return the table of the field: a column for each model, standard errors in brackets below."""
        titles = self.variables.titles[1:]
        columns = [self._column(step, len(titles)) for step in self.steps]
        stub: list[Text | str] = [cell for title in titles for cell in (title, "")]
        stub += [say("Controls"), say("Effects of units"), say("Effects of years"), say("Rows"), say("Clusters")]
        stub += [say("R² within"), say("R²")]
        keys = [f"c{k}" for k in range(1, len(columns) + 1)]
        fields = [Field("term", say("Regressor")), *(Field(key, f"({key[1:]})") for key in keys)]
        cells = {"term": stub, **dict(zip(keys, columns, strict=True))}
        notes = [STARS_NOTE, self.standard_errors]
        notes += [
            say("Column {number} is not identified: {reason}.", number=k, reason=step.estimates)
            for k, step in enumerate(self.steps, start=1)
            if not isinstance(step.estimates, Estimates)
        ]
        if self.wild is not None:
            notes.append(say("Stars are of t tests; with few clusters see p of the bootstrap in the next table."))
        return Table.of("columns", self.title, fields, cells, notes=notes)

    def _column(self, step: Step, count: int) -> list[Text | str]:
        """Return the cells of a column: estimates, errors, what is in the model, its size and fit."""
        found, cells = step.estimates, [""] * (2 * count)
        marks = [
            YES if step.controls else NO,
            YES if step.effects in {"unit", "two_way"} else NO,
            YES if step.effects in {"time", "two_way"} else NO,
        ]
        if not isinstance(found, Estimates):
            return [*cells, *marks, *[shown(None, 0)] * 4]
        places = decimals(found.errors)
        for k in range(found.coefficients.size):
            cells[2 * k] = starred(float(found.coefficients[k]), float(found.p[k]), places)
            cells[2 * k + 1] = in_brackets(float(found.errors[k]), places)
        clusters = " × ".join(map(str, found.clusters)) or shown(None, 0)
        size = [str(found.observations), clusters, shown(found.within, 3), shown(found.overall, 3)]
        return [*cells, *marks, *size]

    def step_names(self) -> list[Text]:
        """Return what each column of the table holds, in words."""
        names = []
        for k, step in enumerate(self.steps, start=1):
            added = {
                "none": say("controls") if step.controls else say("regressors alone"),
                "unit": say("effects of units"),
                "time": say("effects of years"),
                "two_way": say("effects of years"),
            }[step.effects]
            first = step.effects == "none" and not step.controls
            names.append(
                say("({number}) {what}", number=k, what=added)
                if first
                else say("({number}) + {what}", number=k, what=added)
            )
        return names

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the coefficients of the regressors with their intervals, column by column."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.regressions.estimation.figures import coefficient_steps

        level, count = self.settings["level"], len(self.settings["regressors"])
        labels = Labels(
            name="coefficients",
            title=say("Coefficients column by column, {level:g} % intervals", level=100 * level),
            description=self.summary(view),
            unit=say("coefficient"),
        )
        known = [
            (name, step.estimates)
            for name, step in zip(self.step_names(), self.steps, strict=True)
            if isinstance(step.estimates, Estimates)
        ]
        cells = [
            (title, name, found.coefficients[k], found.reach(level) * found.errors[k])
            for k, title in enumerate(self.variables.titles[1 : 1 + count])
            for name, found in known
        ]
        return [
            coefficient_steps(
                labels,
                regressor=[title for title, _, _, _ in cells],
                step=[name for _, name, _, _ in cells],
                estimate=[float(b) for _, _, b, _ in cells],
                low=[float(b - reach) for _, _, b, reach in cells],
                high=[float(b + reach) for _, _, b, reach in cells],
            )
        ]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how the outcome goes with the regressors, in words that depend on the estimates."""
        found, titles = self.estimates, self.variables.titles
        told = [say("{rows} rows of {units} units.", rows=found.observations, units=self.diagnostics["units"])]
        places = decimals(found.errors)
        for k in range(min(len(self.settings["regressors"]), TOLD)):
            words = {
                "outcome": titles[0],
                "name": titles[1 + k],
                "b": shown(float(found.coefficients[k]), places),
                "error": shown(float(found.errors[k]), places),
                "p": told_p(float(self.decisive[k]), self.wild),
            }
            told.append(association(float(found.coefficients[k]), float(self.decisive[k]), words))
        return sentences(*told)


def association(coefficient: float, p: float, words: dict[str, Any]) -> Text:
    """Return how the outcome goes with a regressor."""
    if np.isnan(p):
        return say("The standard error of {name} is not identified (coefficient {b}).", **words)
    if p > FIVE:
        return say("No significant association of {outcome} with {name}: {b} (standard error {error}, {p}).", **words)
    if coefficient > 0:
        return say("{outcome} is higher where {name} is higher: {b} (standard error {error}, {p}).", **words)
    return say("{outcome} is lower where {name} is higher: {b} (standard error {error}, {p}).", **words)
