"""Spatial panel models: how far a unit's outcome depends on its neighbours'.

Durbin  y_it = rho W y_it + x_it' beta + W x_it' theta + mu_i + lambda_t + v_it
lag     the same with theta = 0
error   y_it = x_it' beta + mu_i + lambda_t + u_it,  u_it = rho W u_it + v_it
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.language import Text, say
from xinzhi.method import Method, Rows, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats
from xinzhi.regions.panels.balance import Block, balanced
from xinzhi.regions.panels.effects import SpatialEffects, spatial_effects
from xinzhi.regions.panels.identification import require_identified
from xinzhi.regions.panels.likelihood import (
    Correction,
    Effects,
    Errors,
    Profile,
    SpatialFit,
    concentrated,
    spatial_panel_fit,
    transformed,
)
from xinzhi.regions.panels.random_effects import hausman
from xinzhi.regions.panels.space import BLOCK, Space, lagged, space_of
from xinzhi.regions.panels.spatial_panel_pages import SpatialPanelResult
from xinzhi.regions.panels.specification import SpecificationTest, durbin_tests, multiplier_tests
from xinzhi.regions.reading import Series, read_of, series_key
from xinzhi.regions.space.weights import ContiguityList, SpatialWeights, Weights, read_weights

MATRICES = 5
"""Arrays of units by units that are held at the same time where weights are not a list of links (measured)."""
FACTOR_NUMBERS = 400
"""Numbers for each unit that sparse factors and the band take (measured)."""
COPIES = 24
"""Copies of outcome and regressors (measured)."""
BLOCKS = 8
"""Blocks of columns, roots and draws that are held at the same time (measured)."""


@register("spatial_panel")
class SpatialPanel(Method):
    """Estimate a spatial Durbin, lag or error model of a balanced panel, with direct, indirect and total effects.

    Parameters
    ----------
    outcome : str, Filled or Term
    regressors : tuple of str, Filled or Term
    weights : ContiguityList, DistanceWeights, EconomicDistance or Nested
        Effects of time need row-standardised weights without islands.
    model : "durbin", "lag" or "error"
    durbin : tuple of str or None
        Regressors whose spatial lags enter the Durbin model; all by default.
    effects : "unit", "time", "two_way" or "none"
        Fixed effects.
    correction : "lee_yu" or "none"
        Whether the transformations of Lee and Yu remove the bias that fixed effects bring, or the data are only taken
        as deviations from means (the direct approach).
    errors : "information" or "sandwich"
        Standard errors from the expected information, or also right for errors that are not normal.
    logs : tuple of str
        Columns, among outcome and regressors, of which the natural logarithm is taken.
    window : (first, last) or None
        Years used; all by default. Terms and weights are read on all years of the panel.
    unbalanced : "error" or "largest_block"
        What is done with gaps; the second keeps the units and consecutive years whose product is largest.
    draws : int
        Draws of the parameters behind the intervals of the effects.

    Notes
    -----
    The coefficient of a spatially lagged regressor, theta, is not its spillover, and beta is not its effect: both work
    on through neighbours of neighbours. Read the effects: direct is the mean effect of a regressor on the outcome of the
    same unit, feedback included; indirect is the mean sum of its effects on all other units; total is their sum. An
    error model has no indirect effects. Estimates are quasi-maximum likelihood, the spatial parameter found from
    all maxima of the concentrated likelihood. Without the correction of Lee and Yu the spatial parameter of a model with
    effects of time is biased towards zero in panels of few units, with 30 units by 0.07 to 0.12, and its intervals
    are too short. The Lagrange multiplier tests start from the model without spatial terms; robust ones allow for
    the other kind of dependence. The Hausman test of fixed against random effects has the form of Mundlak: the gain of
    the likelihood with random effects when the units' means of the regressors are put in. Weights are taken as given: weights that depend on the outcome make all of this invalid.

    References
    ----------
    Lee, L.-F. and Yu, J. (2010). Journal of Econometrics 154(2), 165-185. doi:10.1016/j.jeconom.2009.08.001
    LeSage, J. and Pace, R. K. (2009). Introduction to Spatial Econometrics. CRC Press.
    Anselin, L. et al. (1996). Regional Science and Urban Economics 26(1), 77-104. doi:10.1016/0166-0462(95)02111-6
    Debarsy, N. (2012). Spatial Economic Analysis 7(1), 109-131. doi:10.1080/17421772.2011.647059
    Debarsy, N. and Ertur, C. (2010). Regional Science and Urban Economics 40(6), 453-470.
    Elhorst, J. P. (2014). Spatial Econometrics: From Cross-Sectional Data to Spatial Panels. Springer. ISBN 9783642403392

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.panels.spatial_panel import SpatialPanel
    >>> from xinzhi.regions.space.weights import ContiguityList
    >>> draw, names = np.random.default_rng(5), [f"u{k:02}" for k in range(20)]
    >>> w = np.roll(np.eye(20), 1, axis=1) / 2 + np.roll(np.eye(20), -1, axis=1) / 2
    >>> x = draw.normal(size=(10, 20))
    >>> y = (x + 0.05 * draw.normal(size=(10, 20))) @ np.linalg.inv(np.eye(20) - 0.5 * w).T
    >>> frame = pd.DataFrame({"i": names * 10, "t": np.repeat(range(10), 20), "y": y.ravel(), "x": x.ravel()})
    >>> ring = ContiguityList(links=[(names[k], names[(k + 1) % 20]) for k in range(20)])
    >>> result = SpatialPanel(outcome="y", regressors=("x",), weights=ring, model="lag").fit(
    ...     xz.Panel(frame, unit="i", time="t")
    ... )
    >>> round(result.estimates.rho, 1), result.effects.estimate.round(2)[:, 0].tolist()
    (0.5, [1.16, 0.88, 2.04])
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("outcome", "regressors")
    outcome: Series
    regressors: tuple[Series, ...] = Setting(min_length=1)
    weights: Weights
    model: Literal["durbin", "lag", "error"] = "durbin"
    durbin: tuple[str, ...] | None = None
    effects: Effects = "two_way"
    correction: Correction = "lee_yu"
    errors: Errors = "information"
    logs: tuple[str, ...] = ()
    window: tuple[int, int] | None = None
    unbalanced: Literal["error", "largest_block"] = "error"
    draws: int = Setting(default=1000, ge=100)

    @model_validator(mode="after")
    def _consistent(self) -> "SpatialPanel":
        names = [series_key(one) for one in self.regressors]
        if len(set(names)) < len(names) or series_key(self.outcome) in names:
            raise ValueError(say("a column is named twice: {names}", names=listed([series_key(self.outcome), *names])))
        if self.durbin is not None and (self.model != "durbin" or not self.durbin or set(self.durbin) - set(names)):
            raise ValueError(say("durbin names regressors of a Durbin model: {names}", names=listed(names)))
        if set(self.logs) - {series_key(self.outcome), *names}:
            raise ValueError(say("logs names the outcome or regressors: {names}", names=listed(names)))
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Return the regressors' names for machines."""
        return tuple(series_key(one) for one in self.regressors)

    @property
    def lags(self) -> tuple[str, ...]:
        """Return the regressors whose spatial lags enter."""
        wanted = self.names if self.durbin is None else self.durbin
        return tuple(name for name in self.names if name in wanted) if self.model == "durbin" else ()

    @property
    def _kind(self) -> Literal["lag", "error"]:
        """Return what depends on its spatial lag: the outcome (Durbin included) or the error."""
        return "error" if self.model == "error" else "lag"

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: weights, factors, copies of the data, blocks."""
        units, columns = int(panel.units.size), 1 + len(self.names) + len(self.lags)
        factors = FACTOR_NUMBERS * units if isinstance(self.weights, ContiguityList) else MATRICES * units**2
        held = factors + COPIES * columns * len(panel) + BLOCKS * BLOCK
        return super().memory(panel, workers=workers) + self.weights.memory(panel) + 8 * held

    def compute(self, panel: Panel, run: Run) -> SpatialPanelResult:
        """Return the parts of the outcome by unit and year, with estimates, effects and tests."""
        if self.window is not None:
            panel.require_window(self.window, where="SpatialPanel.window")
        weights = read_weights(self.weights, panel)
        read = [read_of(one, panel, run) for one in (self.outcome, *self.regressors)]
        in_logs = np.array([series_key(one) in self.logs for one in (self.outcome, *self.regressors)])
        cells, titles = np.column_stack([values for values, _, _ in read]), [title for _, title, _ in read]
        panel, inside = within(panel, self.window)
        cells = cells[inside]
        log = tuple(filled for _, _, found in read for filled in found)
        parts = self.estimated(cells, titles, in_logs=in_logs, weights=weights, panel=panel, run=run)
        warnings = (*filled_warnings(log), *parts.pop("warnings"))
        return SpatialPanelResult(method=self, panel=panel, flow=False, log=log, warnings=warnings, **parts)

    def estimated(
        self,
        cells: Floats,
        titles: Sequence[Text],
        *,
        in_logs: Bools,
        weights: SpatialWeights,
        panel: Panel,
        run: Run,
    ) -> dict[str, Any]:
        """Return what a result holds beside method, panel and log, from the cells of outcome and regressors.

        Parameters
        ----------
        cells : (n, 1 + k)
        titles : (1 + k,)
        in_logs : (1 + k,)
            Whether the logarithm is taken.
        weights : SpatialWeights
            Of the units of the panel, and of others perhaps.
        panel : Panel
        run : Run
        """
        block = balanced(
            cells, titles, panel=panel, positive=in_logs, unbalanced=self.unbalanced, where=type(self).__name__
        )
        data = cells[block.rows]
        data[..., in_logs] = np.log(data[..., in_logs])
        weights = weights.among(np.isin(weights.units.astype(str), panel.units[block.units].astype(str)))
        names = [say("ln {column}", column=t) if b else t for t, b in zip(titles, in_logs, strict=True)]
        space, step = self._space(weights), say("roots, estimates, effects, tests")
        run.report(step, 1, 4)
        # Powers of two: results are the same to the last digit, and squares neither overflow nor vanish.
        scale = np.exp2(np.frexp(np.abs(data).max(axis=(0, 1)))[1])
        data = data / scale
        self._require_identified(data, space, names, where=panel.source)
        found = self._fit(data[..., 0], data[..., 1:], space)
        pairs = [(k, len(self.names) + self.lags.index(n) if n in self.lags else -1) for k, n in enumerate(self.names)]
        effects = self._effects(found, space, pairs, run)
        run.report(step, 2, 4)
        tests = tuple(self._tests(data, space, found, pairs))
        run.report(step, 3, 4)
        lags = [scale[1 + self.names.index(name)] for name in self.lags]
        constant = [1.0] * (found.coefficients.size - len(self.names) - len(lags))
        found = found.times(scale[0], np.array([*scale[1:], *lags, *constant]))
        effects = None if effects is None else effects.times(scale[0] / scale[1:])
        rows = self._rows(panel, block, found)
        parts = np.column_stack([rows.terms[name] for name in ("spatial_part", "regressors_part", "residual")])
        identity = say("outcome less effects = part of neighbours + part of regressors + residual")
        gap = check_adding_up(rows.terms["net_of_effects"], parts, rows, identity=identity)
        run.report(step, 4, 4)
        return {
            "rows": rows,
            "estimates": found,
            "effects": effects,
            "tests": tests,
            "regressors": tuple(names[1:]),
            "lags": tuple(lag for _, lag in pairs),
            "weights": weights.words,
            "warnings": weights.warnings(),
            "diagnostics": {
                "units": int(block.rows.shape[1]),
                "years": int(block.rows.shape[0]),
                "log_likelihood": found.likelihood,
                "maxima": int(found.maxima.size),
                "range": list(space.range),
                "draws_left_out": 0 if effects is None else effects.left_out,
                "largest_gap": gap,
            },
        }

    def _space(self, weights: SpatialWeights) -> Space:
        """Return the weights with their roots; XZ-283 where the balanced part leaves a unit without neighbours."""
        if weights.islands and self.weights.islands != "keep":
            raise DataError(
                "XZ-283",
                listed(weights.islands),
                where="SpatialPanel.weights",
                expected=say("a neighbour in the balanced part for every unit"),
            )
        sums = np.asarray(weights.matrix.sum(axis=1), dtype=np.float64)
        return space_of(weights.applied, sums=sums if weights.standardised == "row" else None)

    def _regressors(self, x: Floats, space: Space, lags: tuple[str, ...]) -> Floats:
        """Return (T, n, k) regressors, the spatial lags of some, and a constant where no effect stands for it."""
        moved = lagged(x[..., [self.names.index(name) for name in lags]], space.w)
        constant = np.ones((*x.shape[:2], int(self.effects == "none")))
        return np.concatenate([x, moved, constant], axis=2)

    def _require_identified(self, data: Floats, space: Space, names: Sequence[Text], *, where: str) -> None:
        """Raise XZ-285 where (T, n, 1 + k) outcome and regressors of these names do not identify the model."""
        lags = [1 + self.names.index(name) for name in self.lags]
        z = np.concatenate([data[..., 1:], lagged(data[..., lags], space.w)], axis=2)
        titles = [*names, *(say("W × {name}", name=names[place]) for place in lags)]
        settings: dict[str, Any] = {"space": space, "model": self._kind, "effects": self.effects}
        require_identified(data[..., 0], z, titles=titles, where=where, **settings)

    def _fit(self, y: Floats, x: Floats, space: Space) -> SpatialFit:
        """Return the estimates."""
        z = self._regressors(x, space, self.lags)
        settings: dict[str, Any] = {"effects": self.effects, "correction": self.correction, "errors": self.errors}
        return spatial_panel_fit(y, z, space=space, model=self._kind, **settings)

    def _other(self, y: Floats, x: Floats, space: Space, model: Literal["lag", "error"]) -> Profile:
        """Return the likelihood of a model without spatial lags of regressors on the same data."""
        z = self._regressors(x, space, ())
        return concentrated(y, z, space=space, model=model, effects=self.effects, correction=self.correction)

    def _effects(
        self, found: SpatialFit, space: Space, pairs: list[tuple[int, int]], run: Run
    ) -> SpatialEffects | None:
        """Return the effects of the regressors; None for an error model, whose coefficients are the effects."""
        if self.model == "error":
            return None
        parameters = np.append(found.coefficients, found.rho)
        normal = run.generator(0).standard_normal((self.draws, parameters.size))
        return spatial_effects(parameters, found.covariance[:-1, :-1], pairs=pairs, space=space, normal=normal)

    def _tests(
        self, data: Floats, space: Space, found: SpatialFit, pairs: list[tuple[int, int]]
    ) -> list[SpecificationTest]:
        """Return the tests of specification."""
        y, x = data[..., 0], data[..., 1:]
        plain = self._regressors(x, space, ())
        sample = transformed(y, plain, space=space, effects=self.effects, correction=self.correction)
        tests = multiplier_tests(sample, space)
        if self.model == "durbin":
            error = self._other(y, x, space, "error") if len(self.lags) == len(self.names) else None
            tests += durbin_tests(found, self._other(y, x, space, "lag"), error=error, pairs=pairs)
        if self.effects in {"unit", "two_way"}:
            z = self._regressors(x, space, self.lags)
            tests += hausman(y, z, space=space, model=self._kind, effects=self.effects, correction=self.correction)
        return tests

    def _rows(self, panel: Panel, block: Block, found: SpatialFit) -> Rows:
        """Return the parts of the outcome without effects, a row for each row of the panel."""
        parts = {
            "net_of_effects": found.spatial + found.expected + found.residuals,
            "spatial_part": found.spatial,
            "regressors_part": found.expected,
            "residual": found.residuals,
        }
        terms = {}
        for name, values in parts.items():
            terms[name] = np.full(len(panel), np.nan)
            terms[name][block.rows] = values
        return Rows(panel.unit_names.astype(object), panel.when.copy(), terms, block.status, block.reason)


def within(panel: Panel, window: tuple[int, int] | None) -> tuple[Panel, Bools]:
    """Return the rows of a panel inside a window of years, and their mask, (n,)."""
    if window is None:
        return panel, np.ones(len(panel), dtype=bool)
    return panel.select(times=window), (panel.when >= window[0]) & (panel.when <= window[1])
