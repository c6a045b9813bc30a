"""What a spatial panel model publishes: coefficients, effects, tests, and the words about them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.language import Text, say, sentences
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.table import shown
from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.effects import KINDS, SpatialEffects
from xinzhi.regions.panels.likelihood import SpatialFit
from xinzhi.regions.panels.specification import SpecificationTest
from xinzhi.regions.regressions.estimation.tables import decimals

FIVE = 0.05
"""Level of the tests in sentences."""
TESTS: dict[str, Text] = {
    "lm_lag": say("LM, spatial lag"),
    "lm_error": say("LM, spatial error"),
    "robust_lm_lag": say("Robust LM, spatial lag"),
    "robust_lm_error": say("Robust LM, spatial error"),
    "lr_lag": say("LR, Durbin to lag"),
    "wald_lag": say("Wald, Durbin to lag"),
    "lr_error": say("LR, Durbin to error"),
    "wald_error": say("Wald, Durbin to error"),
    "hausman": say("Hausman (Mundlak), fixed to random effects"),
}
EFFECTS: dict[str, Text] = {
    "none": say("No fixed effects."),
    "unit": say("Fixed effects of units."),
    "time": say("Fixed effects of years."),
    "two_way": say("Fixed effects of units and years."),
}
CORRECTIONS: dict[str, Text] = {
    "lee_yu": say("Bias of fixed effects removed by the transformations of Lee and Yu."),
    "none": say("Direct approach, without correction of the bias that fixed effects bring."),
}
ERRORS: dict[str, Text] = {
    "information": say("Standard errors from the expected information."),
    "sandwich": say("Standard errors that allow for errors that are not normal."),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class SpatialPanelResult(Result):
    """The outcome less fixed effects as the part of neighbours, of regressors, and the residual, by unit and year.

    ``estimates``: see :class:`SpatialFit`; ``effects``: None for an error model; ``tests``: of specification;
    ``regressors``: names for readers; ``lags``: place of each one's spatial lag among the coefficients, -1 where there
    is none; ``weights``: what the weights are.
    """

    estimates: SpatialFit
    effects: SpatialEffects | None
    tests: tuple[SpecificationTest, ...]
    regressors: tuple[Text, ...]
    lags: tuple[int, ...]
    weights: Text | str

    @property
    def title(self) -> str:
        """Return the heading."""
        heads = {
            "durbin": say("Spatial Durbin model"),
            "lag": say("Spatial lag model"),
            "error": say("Spatial error model"),
        }
        return self.dated(heads[self.settings["model"]])

    @property
    def years(self) -> tuple[int, int]:
        """Return the first and last year of the data that are used."""
        used = self.rows.time[self.rows.status == "ok"]
        return int(used.min()), int(used.max())

    @property
    def period(self) -> Text:
        """Return these years in a sentence."""
        if not self.panel.time:
            return say("one cross-section")
        first, last = self.years
        if first < last:
            return say("years {first}–{last}", first=first, last=last)
        return say("year {year}", year=first)

    def dated(self, title: Text) -> Text:
        """Return the heading of a table or figure with the years."""
        first, last = self.years
        if not self.panel.time:
            return title
        if first < last:
            return say("{title}, {start}–{end}", title=title, start=first, end=last)
        return say("{title}, {year}", title=title, year=first)

    def methods_text(self) -> str:
        """Return the method in words with weights, effects, correction and standard errors."""
        settings = self.settings
        return sentences(
            super().methods_text(),
            self.weights,
            EFFECTS[settings["effects"]],
            CORRECTIONS[settings["correction"]],
            ERRORS[settings["errors"]],
        )

    def test(self, key: str) -> SpecificationTest | None:
        """Return a test by its name, None where it was not made."""
        return next((one for one in self.tests if one.key == key), None)

    def coefficients(self) -> dict[str, list[Any]]:
        """Return the coefficients with standard error, z and two-sided p as columns; the spatial parameter is last."""
        from scipy.special import ndtr

        names: list[Text | str] = [say("Constant")] * self.estimates.coefficients.size
        names[: len(self.regressors)] = self.regressors
        for name, place in zip(self.regressors, self.lags, strict=True):
            if place >= 0:
                names[place] = say("W × {name}", name=name)
        in_errors = self.settings["model"] == "error"
        names.append(say("Spatial error, rho") if in_errors else say("Spatial lag of the outcome, rho"))
        estimate = np.append(self.estimates.coefficients, self.estimates.rho)
        error = np.sqrt(np.diag(self.estimates.covariance))[: estimate.size]
        z = estimate / error
        p = 2.0 * ndtr(-np.abs(z))
        columns = {"estimate": estimate, "error": error, "z": z, "p": p}
        return {"term": names, **{key: values.tolist() for key, values in columns.items()}}

    def effect_columns(self) -> dict[str, list[Any]]:
        """Return direct, indirect and total effects by regressor as columns; empty for an error model."""
        found = self.effects
        if found is None:
            return {}
        words = {"direct": say("direct"), "indirect": say("indirect"), "total": say("total")}

        def by_regressor(values: Floats) -> list[float]:
            return [float(number) for number in values.T.ravel()]

        return {
            "term": [name for name in self.regressors for _ in KINDS],
            "effect": [words[kind] for kind in KINDS] * len(self.regressors),
            **{key: by_regressor(getattr(found, key)) for key in ("estimate", "error", "low", "high")},
        }

    def tables(self, view: View | None = None) -> list[Table]:
        """Return coefficients, effects, tests, the rows, and what policies filled."""
        columns = self.coefficients()
        regressor, places = Field("term", say("Regressor")), decimals(np.array(columns["error"][:-1]))
        fields = [regressor, *_estimate(places), Field("z", "z", 2), Field("p", "p", 4, p_value=True)]
        size = say(
            "{units} units, {period}; variance of errors {variance}, log likelihood {likelihood}.",
            units=self.diagnostics["units"],
            period=self.period,
            variance=f"{self.estimates.variance:.4g}".replace("-", "−"),
            likelihood=shown(self.estimates.likelihood, 3),
        )
        reading = say(
            "Coefficients of a regressor and of its spatial lag are not its effects: see the table of effects."
        )
        notes = [size] if self.effects is None else [size, reading]
        found = [Table.of("coefficients", self.title, fields, columns, notes=notes)]
        if self.effects is not None:
            places = decimals(self.effects.error)
            ends = [Field("low", say("2.5 %"), places), Field("high", say("97.5 %"), places)]
            fields = [regressor, Field("effect", say("Effect")), *_estimate(places), *ends]
            how = say(
                "Standard errors by the delta method, intervals from {draws} draws.", draws=self.settings["draws"]
            )
            title = self.dated(say("Direct, indirect and total effects"))
            found.append(Table.of("effects", title, fields, self.effect_columns(), notes=[how]))
        return [*found, self._tests_table(), self.listing(self.title, view), *self.filled_table(view)]

    def _tests_table(self) -> Table:
        """Return the tests of specification."""
        cells = {
            "test": [TESTS[one.key] for one in self.tests],
            "statistic": [one.statistic for one in self.tests],
            "freedom": [one.freedom for one in self.tests],
            "p": [one.p for one in self.tests],
        }
        fields = [
            Field("test", say("Test")),
            Field("statistic", say("Chi-squared"), 3),
            Field("freedom", say("Degrees of freedom"), 0),
            Field("p", "p", 4, p_value=True),
        ]
        notes = [say("LM tests start from the model without spatial terms.")]
        if any(np.isnan(one.statistic) for one in self.tests):
            notes.append(
                say("Robust tests are not identified: the regressors explain the spatial lag of what they explain.")
            )
        return Table.of("tests", self.dated(say("Tests of specification")), fields, cells, notes=notes)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return direct, indirect and total effects of each regressor with their intervals."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.panels.effects_figure import effects_chart

        found = self.effects
        if found is None or np.isnan(found.low).any():
            return []
        labels = Labels(
            name="effects",
            title=self.dated(say("Direct, indirect and total effects, 95 % intervals")),
            description=self.summary(view),
            unit=say("effect on the outcome"),
        )
        return [effects_chart(labels, found, regressors=self.regressors, places=decimals(found.error))]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the spatial parameter and the first regressor's effects in words."""
        columns = self.coefficients()
        words = {
            "units": self.diagnostics["units"],
            "period": self.period,
            "rho": shown(columns["estimate"][-1], 3),
            "z": shown(columns["z"][-1], 2),
        }
        if columns["p"][-1] > FIVE:
            head = say("{units} units, {period}: no significant spatial dependence, rho {rho} (z {z}).", **words)
        else:
            head = say("{units} units, {period}: spatial dependence, rho {rho} (z {z}).", **words)
        if self.effects is None:
            return sentences(head)
        found, places = self.effects, decimals(self.effects.error[:, 0])
        first = zip(KINDS, found.estimate[:, 0], found.low[:, 0], found.high[:, 0], strict=True)
        told = {
            kind: f"{shown(float(point), places)} [{shown(float(low), places)}; {shown(float(high), places)}]"
            for kind, point, low, high in first
        }
        tail = say(
            "Effect of {name}, 95 % intervals in brackets: direct {direct}, indirect {indirect}, total {total}.",
            name=self.regressors[0],
            **told,
        )
        return sentences(head, tail)


def _estimate(places: int) -> list[Field]:
    """Return the columns of an estimate and its standard error."""
    return [Field("estimate", say("Estimate"), places), Field("error", say("Standard error"), places)]
