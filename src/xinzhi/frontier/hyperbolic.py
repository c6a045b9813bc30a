"""Hyperbolic (graph) efficiency: inputs and bad outputs fall by the factor by which outputs rise.

E = min { e : (e x_o, y_o / e, e c_o) in T },  c the bad outputs      <= 1 inside T
crs: E is the square root of the Farrell input score
else: y / e is replaced by its tangent at e_k, which asks for less; the hyperplane v x + w c + m >= u y that supports T
      at the least e of that programme admits e from the root of e (v x_o + w c_o) + m = u y_o / e on: e_k+1 <= E
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from xinzhi.compute import Run
from xinzhi.frontier.disposability import (
    ByProduction,
    Disposability,
    asking,
    caveat,
    placed,
    scores_of,
)
from xinzhi.frontier.engine import Answers, Questions
from xinzhi.frontier.goods import Observations, good_names
from xinzhi.frontier.model import REASONS, FrontierModel, FrontierResult, Invariance, Scores, returns_words
from xinzhi.frontier.second_stage import Asks, SlackObjective, blanked, slack_weights, with_rest
from xinzhi.language import Text, say
from xinzhi.method import Quantity, register
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

NEAR = 1e-12
"""By how much the last two bounds of a score may differ, relative to it."""
BACK = 1e-9
"""A bound that falls by more than this, relative to it, shows that no factor is admitted."""
FAR = 1e8
"""A factor that would have to be larger than this counts as none."""
ROUNDS = 50
"""Rounds after which a score counts as not found; on 60 points of six goods at most eight were needed."""


@register("hyperbolic_dea")
class HyperbolicDEA(FrontierModel):
    """Score each observation by the factor that shrinks inputs and bad outputs and, inverted, expands outputs.

    Parameters
    ----------
    inputs, outputs, bad_outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    disposability : Weak, Kuosmanen, ByProduction or None
        How bad outputs enter the technology; no default where there are any.
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default. Observations outside it score above 1.
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer; "excluded" gives super-efficiency.
    slack_objective : "scaled", "raw" or None
        What the second stage maximises; bad outputs that are reached exactly have no slack.
    efficient_within : float
        Observations whose score is this close to 1 count as efficient.

    Notes
    -----
    Farrell type: at most 1 inside the technology; targets are (E x, y / E, E c). Under constant returns E is the
    square root of the Farrell input score, in which bad outputs shrink with the inputs. Every bound of the search
    comes from a certified programme; the search ends when two of them agree to 1e-12, and then the last one is
    reached up to the square of that difference. Multipliers weigh the goods of the target, without slacks, to 1. Units invariant; a duplicate changes nothing unless observations
    are excluded; not translation invariant.

    References
    ----------
    Färe, R., Grosskopf, S. and Lovell, C. A. K. (1985). The Measurement of Efficiency of Production. Kluwer-Nijhoff. doi:10.1007/978-94-015-7721-2
    Färe, R., Grosskopf, S., Lovell, C. A. K. and Pasurka, C. (1989). Review of Economics and Statistics 71(1), 90-98. doi:10.2307/1928055

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 4], "y": [1.0, 4, 2]}), unit="j")
    >>> model = HyperbolicDEA(inputs=["x"], outputs=["y"], returns="crs")
    >>> model.fit(panel).term("score").round(6).tolist()  # C: the root of 1/4
    [0.707107, 1.0, 0.5]
    """  # noqa: E501

    bad_outputs: tuple[Quantity, ...] = ()
    disposability: Disposability | None = None
    slack_objective: SlackObjective | None = "scaled"
    column_fields: ClassVar[tuple[str, ...]] = ("inputs", "outputs", "bad_outputs")

    def compute(self, panel: Panel, run: Run) -> FrontierResult:
        """Return one row per row of the panel."""
        self._placed()
        result, words = super().compute(panel, run), caveat(self.returns, self.disposability)
        return result if words is None else replace(result, diagnostics={**result.diagnostics, "disposability": words})

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        m, s, q = points.x.shape[1], points.y.shape[1], points.bad.shape[1]
        way, goods, disposability = np.repeat([1.0, -1.0, 1.0], [m, s, q]), points.all, self._placed()
        asks = asking(reference, self.returns, disposability, excluded=excluded)
        found = hyperbolic(asks, goods, way=way)
        if self.slack_objective is not None:
            worth = slack_weights(reference.all, self.slack_objective)
            if disposability is not None and not isinstance(disposability, ByProduction):
                worth[m + s :] *= disposability.bads != "equality"
            found = with_rest(found, asks, goods, worth=worth, way=way)
        return blanked(found)

    def _placed(self) -> Disposability | None:
        """Return the disposability, polluting inputs by their places."""
        names = good_names((*self.inputs, *self.outputs, *self.bad_outputs))
        return placed(self.disposability, names[: len(self.inputs)], bads=len(self.bad_outputs), where="HyperbolicDEA")

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        return say("Hyperbolic efficiency under {returns}", returns=returns_words(self.returns))

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on."""
        return frozenset({"units", "duplication"} if self.evaluated == "included" else {"units"})

    @property
    def reasons(self) -> Mapping[str, Text]:
        """Return why a point has no score, by status."""
        return {**REASONS, "infeasible": say("no factor brings it into the technology")}


# Arrays in, arrays out ------------------------------------------------------------------------


def hyperbolic(asks: Asks, goods: Floats, *, way: Floats) -> Scores:
    """Return hyperbolic scores of points (e, g), before the second stage.

    Parameters
    ----------
    way : (g,)
        1 for goods that fall with the score, -1 for those that rise.
    """
    e = goods.shape[0]
    score, status, parts = np.ones(e), np.full(e, "numerical", dtype=object), list[tuple[Ints, Answers]]()
    left = np.arange(e)
    for turn in range(ROUNDS):
        at = moved(goods[left], score[left], way)
        found = asks(tangent(at, way), left)
        ratio = lower_bound(found, at, way)
        lost = found.status != "ok"
        # A bound below an earlier one: no factor is admitted. The first point need not be a bound.
        empty = ~lost & ((score[left] * ratio > FAR) | ((ratio < 1.0 - BACK) & (turn > 0)))
        near = ~lost & ~empty & (ratio <= 1.0 + NEAR) & ((ratio >= 1.0 - NEAR) | (turn > 0))
        parts.append((left, found))
        score[left] *= np.where(empty, np.nan, ratio)
        status[left[lost]], status[left[empty]], status[left[near]] = found.status[lost], "infeasible", "ok"
        left = left[~lost & ~empty & ~near]
        if not left.size:
            break
    targets = moved(goods, score, way)
    return replace(scores_of(way, parts, goods.shape), terms={"score": score}, status=status, targets=targets)


def moved(goods: Floats, factor: Floats, way: Floats) -> Floats:
    """Return points (e, g) with inputs and bad outputs times a factor (e,), and outputs divided by it."""
    out: Floats = np.where(way > 0, goods * factor[:, None], goods / factor[:, None])
    return out


def tangent(at: Floats, way: Floats) -> Questions:
    """Return the questions for the least factor of points (e, g), y / e replaced by its tangent at e = 1."""
    return Questions(b=np.where(way < 0, 2.0 * at, 0.0), size=at, move=-way * at, cost=1)


def lower_bound(found: Answers, at: Floats, way: Floats) -> Floats:
    """Return the least factor that the hyperplane of each answer admits, (e,): u / e <= A e + w; inf for none."""
    worth = found.dual * at
    u, a = np.where(way < 0, worth, 0.0).sum(axis=1), -np.where(way < 0, 0.0, worth).sum(axis=1)
    w = 2.0 * u - found.score
    root = np.sqrt(np.maximum(w**2 + 4.0 * a * u, 0.0))
    low = np.where(u > 0, np.inf, found.score)  # without outputs the answer itself is the least factor
    np.divide(2.0 * u, w + root, out=low, where=(u > 0) & (w > 0) & (w**2 + 4.0 * a * u >= 0))
    np.divide(root - w, 2.0 * a, out=low, where=(u > 0) & (w <= 0) & (a > 0))
    return np.where(found.status == "ok", low, np.nan)
