"""Spatial beta convergence: whether units that start lower grow faster, given their neighbours.

ln(y_it / y_it-1) = rho W ln(y_t / y_t-1) + b ln y_it-1 + theta W ln y_t-1 + controls + mu_i + lambda_t + v_it
speed = -ln(1 + b),  se(speed) = se(b) / (1 + b)            half-life = ln 2 / speed,  se = ln 2 se(speed) / speed^2

``b`` is the coefficient, or the direct or total effect of the initial level.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.language import Text, say, sentences
from xinzhi.method import Field, Method, Rows, Table, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.panels.effects import SpatialEffects
from xinzhi.regions.panels.likelihood import Correction, Effects, Errors
from xinzhi.regions.panels.spatial_panel import SpatialPanel, within
from xinzhi.regions.panels.spatial_panel_pages import FIVE, SpatialPanelResult
from xinzhi.regions.reading import Series, read_of, series_key
from xinzhi.regions.space.weights import Weights, read_weights


@register("spatial_beta")
class SpatialBeta(Method):
    """Regress yearly growth on the initial level in a spatial panel, with the speed of convergence.

    Parameters
    ----------
    of : str, Filled or Term
        The variable, positive; any unit of measurement.
    weights : ContiguityList, DistanceWeights, EconomicDistance or Nested
        Effects of time need row-standardised weights without islands.
    controls : tuple of str, Filled or Term
        What is held constant, as of the year before (conditional convergence).
    model : "durbin", "lag" or "error"
        In a Durbin model the spatial lags of the initial level and of all controls enter.
    effects : "unit", "time", "two_way" or "none"
        Fixed effects.
    correction : "lee_yu" or "none"
        See :class:`SpatialPanel`.
    errors : "information" or "sandwich"
        See :class:`SpatialPanel`.
    window : (first, last) or None
        Years whose levels are used; growth starts a year later. All by default.
    unbalanced : "error" or "largest_block"
        See :class:`SpatialPanel`.
    draws : int
        Draws of the parameters behind the intervals of the effects.

    Notes
    -----
    The coefficient of the initial level is what a unit's own level does before neighbours respond; the direct effect
    includes what comes back from them, the total effect holds where all units start lower together. With effects of
    units each unit converges to its own path, and the coefficient is biased downwards in short panels (Nickell), so
    that the speed is too high; the correction of Lee and Yu does not remove this bias. Without effects of units and
    controls convergence is absolute. A negative coefficient does not show that dispersion falls: see sigma convergence.

    References
    ----------
    Barro, R. J. and Sala-i-Martin, X. (1992). Journal of Political Economy 100(2), 223-251. doi:10.1086/261816
    Rey, S. J. and Montouri, B. D. (1999). Regional Studies 33(2), 143-156. doi:10.1080/00343409950122945
    Nickell, S. (1981). Econometrica 49(6), 1417-1426. doi:10.2307/1911408
    Lee, L.-F. and Yu, J. (2010). Journal of Econometrics 154(2), 165-185. doi:10.1016/j.jeconom.2009.08.001

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.panels.spatial_beta import SpatialBeta
    >>> from xinzhi.regions.space.weights import ContiguityList
    >>> draw, names = np.random.default_rng(2), [f"u{k:02}" for k in range(20)]
    >>> logs = [draw.normal(size=20)]
    >>> for _ in range(10):
    ...     logs.append(0.95 * logs[-1] + 0.005 * draw.normal(size=20))
    >>> frame = pd.DataFrame({"i": names * 11, "t": np.repeat(range(11), 20), "y": np.exp(np.ravel(logs))})
    >>> ring = ContiguityList(links=[(names[k], names[(k + 1) % 20]) for k in range(20)])
    >>> result = SpatialBeta(of="y", weights=ring, effects="time").fit(xz.Panel(frame, unit="i", time="t"))
    >>> round(result.speeds["coefficient"].rate, 3), round(result.speeds["coefficient"].half_life, 1)
    (0.051, 13.7)
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of", "controls")
    of: Series
    weights: Weights
    controls: tuple[Series, ...] = ()
    model: Literal["durbin", "lag", "error"] = "durbin"
    effects: Effects = "two_way"
    correction: Correction = "lee_yu"
    errors: Errors = "information"
    window: tuple[int, int] | None = None
    unbalanced: Literal["error", "largest_block"] = "error"
    draws: int = Setting(default=1000, ge=100)

    @model_validator(mode="after")
    def _consistent(self) -> "SpatialBeta":
        names = [series_key(one) for one in (self.of, *self.controls)]
        if len(set(names)) < len(names):
            raise ValueError(say("a column is named twice: {names}", names=listed(names)))
        return self

    @property
    def regression(self) -> SpatialPanel:
        """Return the spatial panel of growth on the initial level and controls."""
        names = ["initial", *(f"control {place}" for place in range(len(self.controls)))]
        shared = ("weights", "model", "effects", "correction", "errors", "unbalanced", "draws")
        return SpatialPanel(outcome="growth", regressors=tuple(names), **{name: getattr(self, name) for name in shared})

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the regression takes."""
        return self.regression.memory(panel, workers=workers)

    def compute(self, panel: Panel, run: Run) -> "SpatialBetaResult":
        """Return the parts of growth by unit and year, with estimates, effects, tests and speeds."""
        if self.window is not None:
            panel.require_window(self.window, where="SpatialBeta.window")
        weights = read_weights(self.weights, panel)
        read = [read_of(one, panel, run) for one in (self.of, *self.controls)]
        panel, inside = within(panel, self.window)
        columns = [values[inside] for values, _, _ in read]
        if panel.times.size == 1:
            raise DataError("XZ-214", say("only {time}", time=int(panel.times[0])), where=panel.source)
        before = row_before(panel.code, panel.when)
        with np.errstate(divide="ignore", invalid="ignore"):
            level = np.log(np.where(columns[0] > 0, columns[0], np.nan))
        starts = [shifted(values, before) for values in (level, *columns[1:])]
        cells = np.column_stack([level - starts[0], *starts])
        name = read[0][1]
        titles = [say("growth of {column}", column=name), say("initial ln {column}", column=name)]
        titles += [say("{column} the year before", column=title) for _, title, _ in read[1:]]
        log = tuple(filled for _, _, found in read for filled in found)
        later = panel.when > panel.times[0]
        steps = panel.select(times=(int(panel.times[0]) + 1, int(panel.times[-1])))
        none = np.zeros(len(titles), dtype=bool)
        parts = self.regression.estimated(cells[later], titles, in_logs=none, weights=weights, panel=steps, run=run)
        # Means of initial levels hold later outcomes: Mundlak's form of the Hausman test is not valid here.
        parts["tests"] = tuple(one for one in parts["tests"] if one.key != "hausman")
        odd = np.where(columns[0] <= 0, 1.0, 0.0)
        odd = (odd > 0) | (shifted(odd, before) > 0)
        parts["rows"] = marked(parts["rows"], odd[later], reason=say("{column} not positive", column=name))
        warnings = (*filled_warnings(log), *parts.pop("warnings"))
        speeds = speeds_of(
            parts["estimates"].coefficients[0], parts["estimates"].covariance[0, 0], effects=parts["effects"]
        )
        return SpatialBetaResult(
            method=self, panel=steps, flow=False, log=log, warnings=warnings, speeds=speeds, **parts
        )


@dataclass(frozen=True)
class Speed:
    """Speed of convergence a year and half-life in years, each with its standard error.

    NaN: the rate where 1 + b is not positive, the half-life where the rate is not.
    """

    rate: float
    error: float
    half_life: float
    half_life_error: float


@dataclass(frozen=True, kw_only=True, repr=False)
class SpatialBetaResult(SpatialPanelResult):
    """A spatial panel of growth; ``speeds``: of "coefficient", and of "direct" and "total" effects where there are."""

    speeds: dict[str, Speed]

    @property
    def title(self) -> str:
        """Return the heading."""
        heads = {
            "durbin": say("Spatial beta convergence, Durbin model"),
            "lag": say("Spatial beta convergence, lag model"),
            "error": say("Spatial beta convergence, error model"),
        }
        return self.dated(heads[self.settings["model"]])

    @property
    def years(self) -> tuple[int, int]:
        """Return the first and last year of the levels that are used."""
        first, last = super().years
        return first - 1, last

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the speeds after the coefficients, and the other tables of a spatial panel."""
        first, *rest = super().tables(view)
        words: dict[str, Text] = {
            "coefficient": say("Coefficient"),
            "direct": say("Direct effect"),
            "total": say("Total effect"),
        }
        found = list(self.speeds.values())
        cells: dict[str, list[Any]] = {
            "of": [words[key] for key in self.speeds],
            "rate": [100 * one.rate for one in found],
            "error": [100 * one.error for one in found],
            "half_life": [one.half_life for one in found],
            "half_life_error": [one.half_life_error for one in found],
        }
        error = say("Standard error")
        fields = [
            Field("of", say("Slope")),
            Field("rate", say("Speed, per cent a year"), 3),
            Field("error", error, 3),
            Field("half_life", say("Half-life, years"), 1),
            Field("half_life_error", error, 1),
        ]
        none = say("A slope of −1 or less overshoots and has no speed; a speed below zero has no half-life.")
        notes = [none] if np.isnan(cells["half_life"]).any() else []
        title = self.dated(say("Speed of convergence"))
        return [first, Table.of("speed", title, fields, cells, notes=notes), *rest]

    def summary(self, view: View | None = None) -> str:
        """Return the coefficient of the initial level and its speed in words."""
        columns, speed = self.coefficients(), self.speeds["coefficient"]
        words = {"b": shown(columns["estimate"][0], 4), "z": shown(columns["z"][0], 2)}
        if columns["p"][0] > FIVE:
            head = say("No significant convergence, b {b} (z {z}).", **words)
        elif columns["estimate"][0] > 0:
            head = say("Divergence, b {b} (z {z}).", **words)
        elif columns["estimate"][0] <= -1:
            head = say("Convergence, b {b} (z {z}): units overshoot within a year, so that there is no speed.", **words)
        else:
            head = say(
                "Convergence, b {b} (z {z}), speed {speed} % a year, half-life {half} years.",
                speed=shown(100 * speed.rate, 2),
                half=shown(speed.half_life, 1),
                **words,
            )
        return sentences(head, super().summary(view))


# Arrays in, arrays out ------------------------------------------------------------------------


def row_before(code: Ints, when: Ints) -> Ints:
    """Return the row of the same unit a year before, (n,), -1 where there is none; rows in order of unit and year."""
    rows = np.arange(code.size) - 1
    there = (np.diff(code, prepend=-1) == 0) & (np.diff(when, prepend=when[0]) == 1)
    return np.where(there, rows, -1)


def shifted(values: Floats, before: Ints) -> Floats:
    """Return (n,) values of the year before, NaN where there is no such row."""
    return np.where(before >= 0, values[before], np.nan)


def marked(rows: Rows, odd: Bools, *, reason: Text) -> Rows:
    """Return rows in which those of an (n,) mask have no logarithm."""
    status, why = rows.status.copy(), rows.reason.copy()
    status[odd], why[odd] = "non_positive", reason
    return replace(rows, status=status, reason=why)


def speed(b: float, error: float) -> Speed:
    """Return the speed of convergence of slope ``b`` over one year, by the delta method."""
    if 1.0 + b <= 0:
        return Speed(np.nan, np.nan, np.nan, np.nan)
    rate, rate_error = float(-np.log1p(b)), float(error / (1.0 + b))
    if rate <= 0:
        return Speed(rate, rate_error, np.nan, np.nan)
    return Speed(rate, rate_error, float(np.log(2) / rate), float(np.log(2) / rate**2) * rate_error)


def speeds_of(b: float, variance: float, *, effects: SpatialEffects | None) -> dict[str, Speed]:
    """Return the speeds of the coefficient, and of the direct and total effect where there are effects."""
    found = {"coefficient": speed(float(b), float(np.sqrt(variance)))}
    if effects is None:
        return found
    for key, place in (("direct", 0), ("total", 2)):
        found[key] = speed(float(effects.estimate[place, 0]), float(effects.error[place, 0]))
    return found
