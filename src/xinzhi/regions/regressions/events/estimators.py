"""Estimators of an event study; arrays in, arrays out.

saturated  y_it = mu_i + lambda_t + SUM_c SUM_e beta_ce 1(cohort c) 1(event time e) + x_it' g + v_it
           beta_e = SUM_c n_ce / n_e beta_ce                                            Sun and Abraham (2021)
twfe       the same with beta_e for all cohorts
did2s      mu, lambda, g by least squares on untreated rows;  beta_e = mean of y - mu - lambda - x'g over rows with e
                                                              Gardner (2022), Borusyak, Jaravel and Spiess (2024)
All three are linear in the outcome: beta = w'y, w known from the treatment alone (:func:`outcome_weights`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from xinzhi.errors import DataError, listed
from xinzhi.language import Text, say
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.regressions.estimation.covariances import ONE_CLUSTER, Dependence
from xinzhi.regions.regressions.estimation.effects import Cells, without_effects
from xinzhi.regions.regressions.estimation.least_squares import fitted
from xinzhi.regions.regressions.events.design import Design, Estimator

ROUNDING = 1e-12
"""Part of the length of an outcome that units and years leave over, which is rounding."""
COLLINEAR = 1e-7
"""Part of the length of a column that the others leave over, below which it counts as their combination."""
PRODUCTS = 1e-6
"""The same where only products of columns are known, of which rounding leaves more."""


@dataclass(frozen=True)
class Sample:
    """The rows used.

    ``y``: (m,); ``x``: (m, k) controls, each of mean zero and variance one; ``unit``, ``year``, ``cluster``: (m,) codes
    from zero, each in use; ``treated``: (m,); ``cell``: (m,) -1 where a row has no effect to estimate; ``cells``: their
    number; ``spread``: (k,) standard deviations of the controls as they were.
    """

    y: Floats
    x: Floats
    unit: Ints
    year: Ints
    cluster: Ints
    treated: Bools
    cell: Ints
    cells: int
    spread: Floats

    @property
    def effects(self) -> Cells:
        """Return where each row belongs, as effects are removed."""
        return Cells(self.unit, self.year, np.ones(self.unit.size))

    def dummies(self) -> Floats:
        """Return which row lies in which cell, (m, p)."""
        return np.asarray(self.cell[:, None] == np.arange(self.cells), dtype=np.float64)


@dataclass(frozen=True)
class Estimates:
    """Effects of cells and of controls.

    ``effects``: (p,); ``covariance``: (p, p); ``controls``: (k,) coefficients of the controls as :class:`Sample` holds
    them; ``errors``: (k,) their standard errors, NaN where they are not estimated; ``residuals``: (m,).
    """

    effects: Floats
    covariance: Floats
    controls: Floats
    errors: Floats
    residuals: Floats


def sample_of(design: Design, y: Floats, x: Floats, codes: tuple[Ints, Ints, Ints], treated: Bools) -> Sample:
    """Return the rows that a design uses.

    Parameters
    ----------
    design : Design
    y : (n,)
    x : (n, k)
    codes : unit, year, cluster, (n,) each
    treated : (n,)
    """
    rows = design.used
    unit, year, cluster = (np.unique(code[rows], return_inverse=True)[1] for code in codes)
    used = x[rows]
    spread = used.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    used = (used - used.mean(axis=0)) / spread
    return Sample(y[rows], used, unit, year, cluster, treated[rows], design.cell[rows], len(design.cells), spread)


def estimated(sample: Sample, estimator: Estimator, names: Sequence[Text]) -> Estimates:
    """Return the estimates.

    Parameters
    ----------
    sample : Sample
    estimator : "saturated", "twfe" or "did2s"
    names : (1 + p + k,) of outcome, cells and controls, for errors

    Raises
    ------
    DataError
        One cluster, an outcome that units and years explain, a cell or control that is a combination (XZ-285).
    UsageError
        pyfixest is not installed (XZ-108).
    """
    net = without_effects(sample.y[:, None], sample.effects, "two_way")
    if sample.cluster.max() == 0:
        raise DataError("XZ-285", ONE_CLUSTER, where="EventStudy")
    if np.linalg.norm(net) <= ROUNDING * np.linalg.norm(sample.y):
        found = say("no variation of {names} beside the effects or the constant", names=names[0])
        raise DataError("XZ-285", found, where="EventStudy")
    return two_stage(sample, names[1:]) if estimator == "did2s" else least_squares(sample, names[1:])


# Least squares with dummies, by pyfixest -------------------------------------------------------


def least_squares(sample: Sample, names: Sequence[Text]) -> Estimates:
    """Return effects with a covariance that allows for dependence within clusters."""
    p, effects = sample.cells, sample.effects
    columns = np.column_stack([sample.y, sample.dummies(), sample.x])
    net = without_effects(columns, effects, "two_way")
    _require_independent(net[:, 1:], columns[:, 1:], names)
    scale = np.linalg.norm(net, axis=0) / np.sqrt(sample.y.size)
    slopes, covariance = fitted(net / scale, effects, "two_way", Dependence("clustered", (sample.cluster,)))
    factor = scale[0] / scale[1:]
    beta, covariance = slopes * factor, covariance * np.outer(factor, factor)
    errors = np.sqrt(np.diag(covariance))[p:]
    return Estimates(beta[:p], covariance[:p, :p], beta[p:], errors, net[:, 0] - net[:, 1:] @ beta)


def _require_independent(net: Floats, columns: Floats, names: Sequence[Text]) -> None:
    """Raise XZ-285 that names the (m, k) columns of which effects and earlier columns leave nothing."""
    if net.shape[0] <= net.shape[1]:
        raise _dependent(names)
    length = np.linalg.norm(columns, axis=0)
    left: Floats = np.abs(np.diag(np.linalg.qr(net / np.where(length > 0, length, 1.0), mode="r")))
    lost = [name for name, size in zip(names, left, strict=True) if size <= COLLINEAR]
    if lost:
        raise _dependent(lost)


def _dependent(names: Sequence[Text]) -> DataError:
    return DataError(
        "XZ-285",
        say("{names}: a combination of the other regressors and effects", names=listed(list(dict.fromkeys(names)))),
        where="EventStudy",
        remedy=say("Leave a control out, or set events=EventWindow(leads=..., lags=...)."),
    )


# Two stages -----------------------------------------------------------------------------------


def _year_dummies(sample: Sample) -> Floats:
    return np.asarray(sample.year[:, None] == np.arange(1, int(sample.year.max()) + 1), dtype=np.float64)


def _unit_means(values: Floats, unit: Ints, rows: Bools) -> Floats:
    """Return for each row the mean of (m, q) values over the marked rows of its unit."""
    units, marked = int(unit.max()) + 1, rows.astype(np.float64)
    sums = csr_array((marked, (unit, np.arange(unit.size))), shape=(units, unit.size)) @ values
    return np.asarray((sums / np.maximum(np.bincount(unit, marked), 1.0)[:, None])[unit])


def _solve(matrix: Floats, right: Floats) -> Floats | None:
    """Return the solution of a positive definite system, None where a column is a combination of others."""
    scale = np.sqrt(np.diag(matrix))
    if not (scale > 0).all():
        return None
    try:
        root = np.linalg.cholesky(matrix / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return None
    if (np.diag(root) < PRODUCTS).any():
        return None
    from scipy.linalg import cho_solve

    return np.asarray((cho_solve((root, True), (right.T / scale).T).T / scale).T)


@dataclass(frozen=True)
class FirstStage:
    """Effects of units and years by least squares on untreated rows.

    ``w``: (m, q) dummies of years and controls less their means over the unit's untreated rows; ``inner``: (q, q) their
    products over untreated rows; ``untreated``: (m,).
    """

    w: Floats
    inner: Floats
    untreated: Bools

    @classmethod
    def of(cls, sample: Sample) -> "FirstStage":
        """Return the first stage of a sample."""
        w, untreated = np.column_stack([_year_dummies(sample), sample.x]), ~sample.treated
        w -= _unit_means(w, sample.unit, untreated)
        return cls(w, w[untreated].T @ w[untreated], untreated)

    def weights(self, sample: Sample, target: Floats) -> Floats | None:
        """Return (m, k) weights of outcomes in the mean effects over (m, k) target weights of rows.

        A target is imputed from untreated rows; None where it is not identified.
        """
        theta = _solve(self.inner, self.w.T @ target)
        if theta is None:
            return None
        units = int(sample.unit.max()) + 1
        counts = np.bincount(sample.unit[self.untreated], minlength=units)
        own = np.column_stack([np.bincount(sample.unit, column, minlength=units) for column in target.T])
        imputed = (own / np.maximum(counts, 1)[:, None])[sample.unit] + self.w @ theta
        return np.asarray(target - imputed * self.untreated[:, None])


def two_stage(sample: Sample, names: Sequence[Text]) -> Estimates:
    """Return mean differences from what untreated rows predict, with the covariance of both stages (Gardner 2022)."""
    stage, y = FirstStage.of(sample), sample.y[:, None]
    y = y - _unit_means(y, sample.unit, stage.untreated)
    target = sample.dummies() / np.bincount(sample.cell[sample.cell >= 0], minlength=sample.cells)
    w = np.column_stack([_year_dummies(sample), sample.x])[stage.untreated]
    years = [say("effects of years among untreated rows")] * (w.shape[1] - sample.x.shape[1])
    inside = [*years, *names[sample.cells :]]
    _require_independent(stage.w[stage.untreated], w, inside)
    weights, theta = stage.weights(sample, target), _solve(stage.inner, stage.w[stage.untreated].T @ y[stage.untreated])
    if weights is None or theta is None:
        raise _dependent(inside)
    first = (y - stage.w @ theta)[:, 0]
    effects = np.asarray(target.T @ first, dtype=np.float64)
    second = first - np.append(effects, 0.0)[sample.cell]
    scores = target * second[:, None] - (target - weights) * (first * stage.untreated)[:, None]
    groups = np.column_stack([np.bincount(sample.cluster, column) for column in scores.T])
    controls = np.asarray(theta[theta.shape[0] - sample.x.shape[1] :, 0], dtype=np.float64)
    covariance = np.asarray(groups.T @ groups, dtype=np.float64)
    return Estimates(effects, covariance, controls, np.full(controls.shape, np.nan), second)


# Without covariances --------------------------------------------------------------------------


def outcome_weights(sample: Sample, estimator: Estimator, averaged: Floats) -> Floats | None:
    """Return the weights of the outcomes, (m,), in an average of effects; None where it is not identified.

    Parameters
    ----------
    sample : Sample
        Its outcome is not read.
    estimator : "saturated", "twfe" or "did2s"
    averaged : (p,)
        Weights of the cells in the average.
    """
    if estimator == "did2s":
        counts = np.bincount(sample.cell[sample.cell >= 0], minlength=sample.cells)
        target = np.append(averaged / np.maximum(counts, 1), 0.0)[sample.cell]
        found = FirstStage.of(sample).weights(sample, target[:, None])
        return None if found is None else found[:, 0]
    columns = np.column_stack([sample.dummies(), _year_dummies(sample), sample.x])
    columns -= _unit_means(columns, sample.unit, np.ones(sample.unit.size, dtype=bool))
    right = np.concatenate([averaged, np.zeros(columns.shape[1] - averaged.size)])
    solved = _solve(columns.T @ columns, right)
    return None if solved is None else np.asarray(columns @ solved)
