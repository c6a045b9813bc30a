"""Weights that give indicators equal importance: equal correlations with the score.

y = SUM_j w_j z_j        corr(z_j, y) ~ (R v)_j,  v_j = w_j s_j,  R correlations of the indicators
least angle between R v and the target over v >= 0:  min |R v - target|^2, non-negative least squares
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator
from scipy.optimize import nnls

from xinzhi.errors import DataError, UsageError, listed, nearest
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.components import ROUNDING, correlations
from xinzhi.indicators.weights.rule import Weighting, WeightRule
from xinzhi.language import Text, joined, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats

SHORTEST = 1e-8
"""Pull towards short solutions: decides between weights that reach the same, and moves others by about its square."""
REACHED = 1e-6
"""Largest gap of a correlation to the target's, relative to their mean, that is rounding of the solution."""


@role("equal_importance")
class EqualImportance(WeightRule):
    """Weights under which every indicator correlates equally, or as wanted, with the score.

    Parameters
    ----------
    form : "equal_importance"
    target : mapping from indicator to number
        Relative importances wanted; one where nothing is said.

    Notes
    -----
    The score is the weighted arithmetic mean; of another rule of aggregation the correlations differ. Where no weights
    from zero up reach the target, those whose correlations are nearest to it in angle are given, and the facts say so:
    the correlations attained and wanted, those of equal weights, and which indicators are at zero. Of many weights that
    do equally well, as of copies of an indicator, the shortest are taken.

    References
    ----------
    Becker, W. et al. (2017). Ecological Indicators 80, 12-22. doi:10.1016/j.ecolind.2017.03.056

    Examples
    --------
    >>> v = balanced(np.array([[1.0, 0.8, 0.2], [0.8, 1.0, 0.2], [0.2, 0.2, 1.0]]), np.ones(3))
    >>> (v / v.sum()).round(4).tolist()
    [0.2667, 0.2667, 0.4667]
    """

    called: ClassVar[Text] = say("equal importance")
    form: Literal["equal_importance"] = "equal_importance"
    target: dict[str, float] = Setting(default_factory=dict)

    @model_validator(mode="after")
    def _positive(self) -> "EqualImportance":
        if not all(value > 0 for value in self.target.values()):
            raise ValueError(say("target: importances above zero"))
        return self

    def weighting(self, columns: Columns) -> Weighting:
        """Return the weights and the correlations that they attain; XZ-270 where the score would not vary."""
        if not columns.group:  # under siblings the others are in other dimensions
            for name in self.target:
                if name not in columns.names:
                    found = joined(say("no indicator {name!r}", name=name), nearest(name, columns.names))
                    raise UsageError("XZ-102", found, where=self.called, expected=listed(columns.names, 40))
        m = len(columns.names)
        if m == 1:
            return Weighting(np.ones((1, 1)))
        R, _ = correlations(columns)
        target = np.array([self.target.get(name, 1.0) for name in columns.names])
        v = balanced(R, target)
        if np.linalg.norm(R @ v) <= ROUNDING * np.linalg.norm(target):
            found = say("no score correlates as wanted with {names}", names=listed([named(n) for n in columns.names]))
            raise DataError("XZ-270", found, where=self.called)
        sd = columns.sample().std(axis=0)
        raw, got, equal = v / sd, attained(R, v), attained(R, sd)
        wanted = target * (got @ target) / (target @ target)
        gap = float(np.abs(got - wanted).max() / np.abs(got).mean())
        facts = {
            "reached": gap <= REACHED,
            "correlations": got.tolist(),
            "wanted": wanted.tolist(),
            "with_equal_weights": equal.tolist(),
            "largest_gap": gap,
            "without_weight": tuple(columns.names[j] for j in np.flatnonzero(v == 0)),
        }
        return Weighting(raw[None] / raw.sum(), facts)


def balanced(R: Floats, target: Floats) -> Floats:
    """Return weights of standardised indicators, (m,), from zero up, whose correlations are nearest to the target.

    ``R``: (m, m) correlations; ``target``: (m,). The projection on a cone has the least angle, so no scale is needed.
    """
    m = len(R)
    v, _ = nnls(np.vstack([R, SHORTEST * np.eye(m)]), np.r_[target, np.zeros(m)], maxiter=30 * m)
    return np.asarray(v)


def attained(R: Floats, v: Floats) -> Floats:
    """Return the correlations, (m,), of the indicators with the score of (m,) weights of standardised indicators."""
    c = R @ v
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(c / np.sqrt(v @ c))
