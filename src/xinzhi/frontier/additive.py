"""Additive models: the largest weighted sum of unused inputs and missing outputs.

inside    z = max SUM w_i s_i + SUM w_r s_r      X'L + s_i = x_o,  Y'L - s_r = y_o
outside   z = -min SUM w_i t_i + SUM w_r t_r     X'L <= x_o + t_i, Y'L >= y_o - t_r
L, s, t >= 0, L in the returns to scale

raw           w = 1                                        inefficiency z
mip           w = 1 / x_io, 1 / y_ro                       inefficiency z
normalised    w = 1 / standard deviation of the good       inefficiency z
ram           w = 1 / range of the good                    score 1 - z / (m + s)
bam           w = 1 / (x_io - min x_i), 1 / (max y_r - y_ro)    score 1 - z / (m + s)
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import model_validator

from xinzhi.frontier.engine import Answers, Questions, Technology, solve
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.model import REASONS, FrontierModel, FrontierResult, Invariance, Scores, returns_words
from xinzhi.frontier.sbm import SlackResult, take
from xinzhi.language import Text, say
from xinzhi.method import register
from xinzhi.panel.panel import Floats, Ints

Weights = Literal["raw", "ram", "bam", "mip", "normalised"]


@register("additive_dea")
class AdditiveDEA(FrontierModel):
    """Measure each observation by the largest weighted sum of its unused inputs and missing outputs.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units. Negative levels are admitted under variable returns with weights that a
        translation does not change: "raw", "ram", "bam" and "normalised".
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale; two numbers bound the sum of intensities.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default. All rows are evaluated.
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer; "excluded" gives super-efficiency, not with "bam".
    efficient_within : float
        Observations this close to the frontier (inefficiency 0, score 1) count as efficient.
    weights : "raw", "ram", "bam", "mip" or "normalised"
        What a unit of slack counts: 1; one over the range of the good in the reference set (range adjusted
        measure); one over what lies between the observation and the lowest input or highest output there (bounded
        adjusted measure); one over the observation's own level (measure of inefficiency proportions: Charnes,
        Cooper, Rousseau and Semple 1987, as in Cooper, Park and Pastor 1999); one over the standard deviation of
        the good in the reference set (n - 1).

    Notes
    -----
    "raw", "mip" and "normalised" give an inefficiency: the weighted sum, 0 at the frontier. "ram" and "bam" give an
    efficiency: 1 less the weighted mean over all goods, 1 at the frontier; under variable returns that of a reference
    unit is not below 0.
    Under other returns "ram" has no lower limit; "bam" then keeps targets at or above the lowest input and at or
    below the highest output of the reference set, as Cooper et al. (2011) have it. An observation outside the technology, by
    exclusion or because others span it, has minus the least weighted sum of excesses (Du, Liang and Zhu 2010), so
    its inefficiency is negative and its score above 1; with "bam" it has none. Ranges and deviations are those of
    the whole reference set, the observation's own row included. A good that is the same in all reference units has
    no range: its slack does not count, and an observation with another level of it is not measured; "mip" does not
    count outputs of which an observation has none. "raw" depends on units of measurement, the others do not; all but
    "mip" are translation invariant under variable returns; a duplicate changes "normalised", and the others only if
    observations are excluded.

    References
    ----------
    Charnes, A., Cooper, W. W., Golany, B., Seiford, L. and Stutz, J. (1985). Journal of Econometrics 30(1-2), 91-107. doi:10.1016/0304-4076(85)90133-2
    Lovell, C. A. K. and Pastor, J. T. (1995). Operations Research Letters 18(3), 147-151. doi:10.1016/0167-6377(95)00044-5
    Cooper, W. W., Park, K. S. and Pastor, J. T. (1999). Journal of Productivity Analysis 11(1), 5-42. doi:10.1023/A:1007701304281
    Du, J., Liang, L. and Zhu, J. (2010). European Journal of Operational Research 204(3), 694-697.
    Cooper, W. W., Pastor, J. T., Borras, F., Aparicio, J. and Pastor, D. (2011). Journal of Productivity Analysis 35(2), 85-94. doi:10.1007/s11123-010-0190-2

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 5], "y": [1.0, 5, 4]}), unit="j")
    >>> AdditiveDEA(inputs=["x"], outputs=["y"], weights="ram").fit(panel).term("score").tolist()
    [1.0, 1.0, 0.5]
    """  # noqa: E501

    weights: Weights = "ram"

    @model_validator(mode="after")
    def _has_a_source(self) -> "AdditiveDEA":
        if self.weights == "bam" and self.evaluated == "excluded":
            raise ValueError(
                say("weights='bam' has no super-efficiency: an observation at its bound has no weight; take 'ram'")
            )
        return self

    @property
    def reasons(self) -> Mapping[str, Text]:
        """Return why a point has no score, by status."""
        more = say("no reference unit, or a good that is the same in all of them and not here")
        return {**REASONS, "not_identified": more}

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        technology = Technology.of(reference.x, reference.y, self.returns)
        if self.weights == "bam":
            lowest, highest = extremes(technology.goods)
            limit = np.where(technology.sense > 0, lowest, highest)
            weights = inverse(np.maximum(technology.sense * (points.all - limit), 0.0))
            inefficiency = bounded(technology, points.all, weights=weights, limit=limit)
        else:
            weights = slack_weights(reference.all, points.all, weights=self.weights)
            inefficiency = additive(technology, points.all, weights=weights, excluded=excluded)
        if self.weights in ("raw", "mip", "normalised"):
            return inefficiency
        score = 1.0 - inefficiency.terms["inefficiency"] / points.all.shape[1]
        return replace(inefficiency, terms={"score": score})

    @property
    def best(self) -> float:
        """Return the term of an efficient observation: inefficiency 0, or score 1."""
        return 1.0 if self.weights in ("ram", "bam") else 0.0

    @property
    def signs(self) -> Literal["non_negative", "any"]:
        """Return which levels the model admits."""
        return "any" if "translation_inputs" in self.invariances else "non_negative"

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        returns = returns_words(self.returns)
        return {
            "raw": say("Additive inefficiency under {returns}", returns=returns),
            "mip": say("Measure of inefficiency proportions under {returns}", returns=returns),
            "normalised": say("Normalised additive inefficiency under {returns}", returns=returns),
            "ram": say("Range adjusted measure under {returns}", returns=returns),
            "bam": say("Bounded adjusted measure under {returns}", returns=returns),
        }[self.weights]

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on."""
        found: set[Invariance] = set() if self.weights == "raw" else {"units"}
        if self.evaluated == "included" and self.weights != "normalised":
            found.add("duplication")
        if self.returns == "vrs" and self.weights != "mip":
            found |= {"translation_inputs", "translation_outputs"}
        return frozenset(found)

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return SlackResult


# Arrays in, arrays out ------------------------------------------------------------------------


def inverse(size: Floats) -> Floats:
    """Return one over each size; 0 where it is 0."""
    one: Floats = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    return one


def extremes(goods: Floats) -> tuple[Floats, Floats]:
    """Return the lowest and the highest level of each good, (g,) each; NaN without a unit."""
    if not goods.shape[0]:
        nothing = np.full(goods.shape[1], np.nan)
        return nothing, nothing
    return goods.min(axis=0), goods.max(axis=0)


def slack_weights(reference: Floats, goods: Floats, *, weights: Weights) -> Floats:
    """Return what a unit of slack counts at each point, (e, g); 0 where nothing measures it, NaN where it should.

    Parameters
    ----------
    reference : (n, g)
        Goods of the reference set.
    goods : (e, g)
        The points.
    """
    if weights == "raw":
        return np.ones_like(goods)
    if weights == "mip":
        return inverse(goods)
    lowest, highest = extremes(reference)
    same = lowest == highest
    size = reference.std(axis=0, ddof=1) if weights == "normalised" and reference.shape[0] > 1 else highest - lowest
    size = np.where(same, 0.0, size)
    found: Floats = np.where(same & (goods != lowest), np.nan, inverse(size))
    return found


def additive(technology: Technology, goods: Floats, *, weights: Floats, excluded: Ints) -> Scores:
    """Return inefficiencies: the largest weighted slack, or minus the least weighted excess outside.

    Parameters
    ----------
    technology : Technology
        The reference set.
    goods, weights : (e, g)
        The points, and what a unit of slack counts; points with NaN among the weights are not measured.
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """
    (e, g), measured = goods.shape, np.flatnonzero(np.isfinite(weights).all(axis=1))
    at = goods[measured]
    inside = solve(technology, Questions(b=at, size=at, gain=weights[measured], excluded=excluded[measured]))
    found = Answers.empty(e, g, inside.peers.shape[1])
    take(found, replace(inside, slack=np.maximum(inside.slack, 0.0)), rows=measured)
    out = np.flatnonzero(found.status == "infeasible")
    if out.size:
        cost = np.where(weights[out] > 0, weights[out], np.inf)
        outside = solve(technology, Questions(b=goods[out], size=goods[out], excess=cost, excluded=excluded[out]))
        take(found, replace(outside, slack=np.minimum(outside.slack, 0.0)), rows=out)
    return _scored(found, goods, weights, technology.sense)


def bounded(technology: Technology, goods: Floats, *, weights: Floats, limit: Floats) -> Scores:
    """Return inefficiencies whose targets do not go beyond the best level of each good in the reference set.

    Parameters
    ----------
    technology : Technology
        The reference set.
    goods, weights : (e, g)
        The points, and what a unit of slack counts.
    limit : (g,)
        Lowest input, highest output; under variable returns no combination goes beyond it.
    """
    asked = Questions(b=goods, size=goods, gain=weights)
    if technology.returns != "vrs":
        sense = np.concatenate((technology.sense, -technology.sense))
        technology = Technology(np.hstack((technology.goods, technology.goods)), sense, technology.returns)
        asked = Questions(
            b=np.hstack((goods, np.broadcast_to(limit, goods.shape))),
            size=np.hstack((goods, goods)),
            gain=np.hstack((weights, np.zeros_like(weights))),
        )
    found, g = solve(technology, asked), goods.shape[1]
    found = replace(found, slack=np.maximum(found.slack[:, :g], 0.0), dual=found.dual[:, :g])
    scores = _scored(found, goods, weights, technology.sense[:g])
    if technology.returns != "vrs":
        scores.prices[:] = np.nan  # the limits have prices as well: those of the goods alone explain nothing
    return scores


def _scored(found: Answers, goods: Floats, weights: Floats, sense: Ints) -> Scores:
    total = (weights * found.slack).sum(axis=1)
    scores = Scores.of({"inefficiency": total}, found.status, found, goods.shape)
    scores.slacks[:], scores.targets[:] = found.slack, goods - sense * found.slack
    scores.prices[:] = np.column_stack((found.dual * np.where(sense > 0, -1.0, 1.0) + 0.0, found.intercept))
    return scores
