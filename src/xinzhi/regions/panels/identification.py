"""Whether a spatial panel model is identified: what weights, regressors and effects explain by construction."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from xinzhi.errors import DataError
from xinzhi.language import Text, say
from xinzhi.method.table import shown
from xinzhi.numerics.least_squares import least_squares
from xinzhi.panel.panel import Floats
from xinzhi.regions.panels.likelihood import Effects, without_effects
from xinzhi.regions.panels.space import Space, lagged
from xinzhi.regions.regressions.estimation.covariances import Dependence
from xinzhi.regions.regressions.estimation.least_squares import COLLINEAR, fault

INDEPENDENT = Dependence("conventional", ())
MEAN = 1e-3
"""Part of its mean that a column is taken to vary by at least, so that what rounding leaves of a constant is none."""
EQUAL = 1e-10
"""Distance of roots from each other that is rounding."""


def require_identified(
    y: Floats,
    z: Floats,
    *,
    space: Space,
    model: Literal["lag", "error"],
    effects: Effects,
    titles: Sequence[Text],
    where: str,
) -> None:
    """Raise XZ-285 where a spatial panel model is not identified.

    Parameters
    ----------
    y : (T, n)
    z : (T, n, k)
        Regressors and their spatial lags, without a constant.
    space : Space
    model : "lag" or "error"
    effects : "none", "unit", "time" or "two_way"
    titles : (1 + k,)
        Names of outcome and regressors.
    where : str
        What the error names.
    """
    others = np.delete(space.roots, np.argmin(np.abs(space.roots - 1.0)))
    if effects in {"time", "two_way"} and np.abs(others - others[0]).max() <= EQUAL:
        raise DataError(
            "XZ-285",
            say(
                "all pairs have equal weights: less effects of time, a spatial lag is {factor} times the variable",
                factor=shown(float(others[0].real), 3),
            ),
            where=where,
            remedy=say("Leave links out, or use effects of units only."),
        )
    periods, n = y.shape
    held = {"none": 1, "unit": n, "time": periods, "two_way": n + periods - 1}[effects]
    columns = np.concatenate([y[..., None], z, lagged(y[..., None], space.w)], axis=2)
    centred = columns - columns.mean(axis=(0, 1))
    net = without_effects(centred, effects).reshape(y.size, -1)
    length = np.maximum(_length(centred), MEAN * _length(columns))
    count, lag = len(titles), say("W × {name}", name=titles[0])
    why = _fault(net[:, :count], length[:count], titles, held + count)
    if why is None and model == "lag":
        why = _fault(net, length, [*titles, lag], held + count)
        why = None if why is None else say("with {name} among the regressors, {reason}", name=lag, reason=why)
    if why is not None:
        raise DataError("XZ-285", why, where=where)


def _fault(net: Floats, length: Floats, titles: Sequence[Text], parameters: int) -> Text | None:
    """Return what :func:`fault` finds, or that too little of the outcome is left for squares of it to have digits."""
    why = fault(net, length, titles, INDEPENDENT, parameters)
    if why is not None:
        return why
    columns = net / np.linalg.norm(net, axis=0)
    left = np.linalg.norm(least_squares(columns[:, 0], columns[:, 1:]).residuals)
    if left > COLLINEAR:
        return None
    share = f"{100 * COLLINEAR:.3f}"
    return say("the regressors leave less than {share} % of {name}: an identity", share=share, name=titles[0])


def _length(columns: Floats) -> Floats:
    return np.asarray(np.sqrt((columns**2).sum(axis=(0, 1))))
