"""Least squares with fixed effects: slopes and their covariance by pyfixest, and what they are checked against.

y = X b + effects + e      V = c B M B,  B = (X~'X~)^-1,  X~ without effects
M: sums of scores by cluster, Liang and Zeger (1986); of two dimensions, Cameron, Gelbach and Miller (2011);
   single rows, White (1980); years with Bartlett weights, Driscoll and Kraay (1998)
c = g / (g - 1) (n - 1) / (n - K)  for g clusters, of two dimensions the smaller g;  n / (n - K) for single rows
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.errors import DataError, listed
from xinzhi.language import Text, say
from xinzhi.panel.panel import Floats
from xinzhi.regions.regressions.estimation.covariances import ONE_CLUSTER, Dependence, few_clusters
from xinzhi.regions.regressions.estimation.effects import Cells, Effects, split, without_effects
from xinzhi.regions.regressions.estimation.package import pyfixest

ROUNDING = 1e-10
"""Part of the length of a column that effects leave, or of the outcome that regressors leave, which is rounding."""
COLLINEAR = 3e-5
"""Part of the length of a column that other regressors leave, below which it is their combination (1e-9 of its square,
the limit of pyfixest: the slopes would have five digits)."""
TOLERANCE = 1e-12
"""Of pyfixest's iterations, for columns of length one from which effects are removed already."""


@dataclass(frozen=True)
class Estimates:
    """A fitted regression.

    ``coefficients``: (k,); ``covariance``: (k, k); ``freedom``: of Student's t; ``parameters``: counted in the factor
    of small samples; ``clusters``: number of each dimension; ``within``, ``overall``: R squared net of effects and in
    all; ``unit_part``, ``time_part``, ``residual``: (m,), the first two with mean zero; ``net``: (m, 1 + k) outcome and
    regressors without effects.
    """

    coefficients: Floats
    covariance: Floats
    freedom: int
    parameters: int
    clusters: tuple[int, ...]
    within: float
    overall: float
    unit_part: Floats
    time_part: Floats
    residual: Floats
    net: Floats

    @property
    def observations(self) -> int:
        """Return the number of rows."""
        return int(self.residual.size)

    @property
    def errors(self) -> Floats:
        """Return the standard errors, (k,); NaN where a variance is not positive, as two dimensions may give."""
        variance = np.diag(self.covariance)
        return np.sqrt(np.where(variance > 0, variance, np.nan))

    @property
    def t(self) -> Floats:
        """Return the t statistics, (k,)."""
        return np.asarray(self.coefficients / self.errors)

    @property
    def p(self) -> Floats:
        """Return two-sided p-values, (k,)."""
        return two_sided(self.t, self.freedom)

    def reach(self, level: float) -> float:
        """Return by how many standard errors an interval reaches to each side."""
        return reach(self.freedom, level)

    def wald(self) -> tuple[float, float]:
        """Return F and p of the hypothesis that all slopes are zero; NaN where clusters are too few to test it."""
        from scipy.special import fdtrc

        k = self.coefficients.size
        if (self.clusters and k > self.freedom) or not np.isfinite(self.errors).all():
            return np.nan, np.nan
        f = float(self.coefficients @ np.linalg.solve(self.covariance, self.coefficients)) / k
        return f, float(fdtrc(k, self.freedom, f)) if f >= 0 else np.nan


def two_sided(t: Floats, freedom: int) -> Floats:
    """Return the two-sided p-values of (k,) t statistics."""
    from scipy.special import stdtr

    return np.asarray(2.0 * stdtr(freedom, -np.abs(t)))


def reach(freedom: int, level: float) -> float:
    """Return by how many standard errors an interval of Student's t reaches to each side; NaN without freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2)) if freedom > 0 else float("nan")


def fault(net: Floats, length: Floats, titles: Sequence[Text], depends: Dependence, parameters: int) -> Text | None:
    """Return why a regression is not identified, None where it is.

    Parameters
    ----------
    net : (m, 1 + k)
        Outcome and regressors without effects, rows times the root of their weight.
    length : (1 + k,)
        Of the columns less their mean, effects left in; at least a thousandth of that with the mean, so that what is
        left of a constant by rounding is none.
    titles : (1 + k,)
    depends : Dependence
    parameters : int
    """
    rows, left = net.shape[0], np.linalg.norm(net, axis=0)
    if depends.clusters and min(depends.counts) < 2:
        return ONE_CLUSTER
    if rows <= parameters:
        return say("{rows} rows for {parameters} parameters", rows=rows, parameters=parameters)
    flat = [title for title, a, b in zip(titles, left, length, strict=True) if a <= ROUNDING * b]
    if flat:
        return say("no variation of {names} beside the effects or the constant", names=listed(flat))
    r: Floats = np.linalg.qr(net[:, 1:] / left[1:])[1]
    for j in range(1, len(r)):
        if abs(r[j, j]) <= COLLINEAR:
            slopes = np.linalg.solve(r[:j, :j], r[:j, j])
            others = [title for title, b in zip(titles[1:], slopes.tolist(), strict=False) if abs(b) > COLLINEAR]
            return say("{name} is a combination of {others}", name=titles[1 + j], others=listed(others))
    residual = net[:, 0] - net[:, 1:] @ np.linalg.lstsq(net[:, 1:], net[:, 0], rcond=None)[0]
    if np.linalg.norm(residual) <= ROUNDING * left[0]:
        return say("the regressors explain all of {name}: an identity", name=titles[0])
    lost = listed(
        [title for title, out in zip(titles[1:], _cancelled(net[:, 1:], residual, depends), strict=True) if out]
    )
    if lost:
        return say("the clusters leave nothing of which a standard error of {names} could be computed", names=lost)
    return None


def estimated(
    y: Floats, x: Floats, titles: Sequence[Text], *, cells: Cells, effects: Effects, depends: Dependence
) -> Estimates | Text:
    """Return the regression of (m,) y on (m, k) x with fixed effects, or a constant; a text says why it is not known.

    Parameters
    ----------
    titles : (1 + k,)
        Names of outcome and regressors.
    cells : Cells
        Units, years and weights.
    effects : "two_way", "unit", "time" or "none"
    depends : Dependence
    """
    both = np.column_stack([y, x])
    centred = both - np.average(both, axis=0, weights=cells.weight)
    root = np.sqrt(cells.weight)[:, None]
    net, total = without_effects(centred, cells, effects), np.linalg.norm(centred * root, axis=0)
    length = np.maximum(total, 1e-3 * np.linalg.norm(both * root, axis=0))
    slopes, held = x.shape[1], cells.held(effects)
    all_of_them = slopes + max(1, sum(int(code.max()) + 1 for code in held) - max(len(held) - 1, 0))
    why = fault(net * root, length, titles, depends, all_of_them)
    if why is not None:
        return why
    scale = np.linalg.norm(net * root, axis=0) / np.sqrt(y.size)
    b, v = fitted(net / scale, cells, effects, depends)
    if b.size < slopes:
        return say("a regressor of {names} is a combination of the others", names=listed(titles[1:]))
    factor = scale[0] / scale[1:]
    coefficients, covariance = b * factor, v * np.outer(factor, factor)
    unit_part, time_part, residual = (
        part[:, 0] for part in split((centred[:, 0] - centred[:, 1:] @ coefficients)[:, None], cells, effects)
    )
    if effects == "none":  # the first part is then the mean, zero but for rounding
        residual = residual + unit_part
        unit_part = np.zeros_like(residual)
    squares = float(cells.weight @ residual**2)
    parameters = depends.parameters(slopes, held)
    return Estimates(
        coefficients=coefficients,
        covariance=covariance,
        freedom=depends.freedom(y.size, all_of_them),
        parameters=parameters,
        clusters=depends.counts if depends.kind != "driscoll_kraay" else (),
        within=1.0 - squares / float(np.sum((net[:, 0] * root[:, 0]) ** 2)),
        overall=1.0 - squares / float(total[0] ** 2),
        unit_part=unit_part,
        time_part=time_part,
        residual=residual,
        net=net,
    )


def fitted(columns: Floats, cells: Cells, effects: Effects, depends: Dependence) -> tuple[Floats, Floats]:
    """Return coefficients and covariance of (m, 1 + k) columns without effects, of length about one, by pyfixest.

    It removes the effects again, which changes nothing and needs no iteration, so that it counts them.
    """
    import pandas as pd

    package = pyfixest()
    names = [f"x{k}" for k in range(1, columns.shape[1])]
    frame = pd.DataFrame(dict(zip(["y", *names], columns.T, strict=True)))
    frame = frame.assign(unit=cells.unit, time=cells.time, weight=cells.weight)
    for k, code in enumerate(depends.clusters):
        frame[f"cluster{k}"] = code
    held = {"two_way": " | unit + time", "unit": " | unit", "time": " | time", "none": ""}[effects]
    options: dict[str, Any] = {"vcov": {"conventional": "iid", "heteroskedastic": "hetero"}.get(depends.kind)}
    if depends.kind == "driscoll_kraay":
        options = {"vcov": "DK", "vcov_kwargs": {"time_id": "time", "panel_id": "unit", "lag": depends.lag}}
    elif depends.clusters:
        options = {"vcov": {"CRV1": "+".join(f"cluster{k}" for k in range(len(depends.clusters)))}}
    if np.ptp(cells.weight) > 0:
        options["weights"] = "weight"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it would say of the data was checked before
        fit = package.feols(
            f"y ~ {' + '.join(names)}{held}",
            data=frame,
            fixef_rm="none",
            demeaner=package.MapDemeaner(fixef_tol=TOLERANCE),
            **options,
        )
        slopes = fit.coef()
    known = list(slopes.index)
    kept = [known.index(name) for name in names if name in known]
    covariance = np.asarray(fit._vcov, dtype=np.float64)  # it has no public name
    return slopes.to_numpy(dtype=np.float64)[kept], covariance[np.ix_(kept, kept)]


def _cancelled(x: Floats, residual: Floats, depends: Dependence) -> Any:
    """Return of which slopes, (k,), the scores of each cluster cancel by construction, as where one cluster varies."""
    influence = np.linalg.pinv(x).T * residual[:, None]
    gone = np.zeros(x.shape[1], dtype=bool)
    for code in depends.clusters if depends.kind != "driscoll_kraay" else ():
        sums = np.zeros((int(code.max()) + 1, x.shape[1]))
        np.add.at(sums, code, influence)
        gone |= np.linalg.norm(sums, axis=0) <= ROUNDING * np.linalg.norm(influence, axis=0)
    return gone


def required(found: Estimates | Text, *, where: str) -> Estimates:
    """Return the estimates; XZ-285 where a regression is not identified."""
    if isinstance(found, Text):
        raise DataError("XZ-285", found, where=where)
    return found


def cluster_warnings(found: Estimates) -> tuple[Text, ...]:
    """Return the warning that clusters are few, or nothing."""
    return few_clusters(min(found.clusters)) if found.clusters else ()
