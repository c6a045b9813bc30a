"""Slacks-based measures of efficiency: every good counts by the share of it that is unused or missing.

inside      rho = min (1 - 1/m SUM s_i / x_io) / (1 + 1/(s + q) (SUM s_r / y_ro + SUM s_b / b_bo))
outside     rho = min (1 + 1/m SUM t_i / x_io) / (1 - 1/(s + q) (SUM t_r / y_ro + SUM t_b / b_bo))
input       the numerator alone; output: one over the denominator
slacks      X'L + s_i = x_o,  Y'L - s_r = y_o,  B'L + s_b = b_o,  L in the returns to scale, all at least 0
excesses    X'L <= x_o + t_i,  Y'L >= y_o - t_r,  B'L <= b_o + t_b

The ratio is found by Dinkelbach's iteration: N - rho D is minimised, rho = N / D, until rho stays.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.frontier.engine import Answers, Questions, Returns, Technology, solve
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.model import FrontierModel, FrontierResult, Invariance, Scores, oriented, returns_words
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Quantity, Table, View, register
from xinzhi.method.terms import label
from xinzhi.panel.panel import Bools, Floats, Ints

SlackOrientation = Literal["input", "output", "none"]

SAME = 1e-14
"""A ratio that changes by less than this, relative to itself or to 1, has arrived: some roundings."""
OPTIMUM = 1e-11
"""By how much the optimum of the last programme may miss zero, relative to the ratio or to 1."""
ROUNDS = 40
"""Rounds after which a ratio is given up; three to six are usual."""
POSITIVE = 1e-12
"""A smaller share of outputs that is left is none: the ratio has no finite value."""


@register("sbm")
class SBM(FrontierModel):
    """Score each observation by the mean shares of its inputs that are unused and of its outputs that are missing.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale; two numbers bound the sum of intensities.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default. All rows are evaluated; those outside score above 1.
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer; "excluded" gives super-efficiency (Tone 2002).
    efficient_within : float
        Observations whose score is this close to 1 count as efficient.
    orientation : "input", "output" or "none"
        Whether slacks of inputs, of outputs and bad outputs, or of all goods count.
    bad_outputs : tuple of str, Capital, Labour or Term
        Outputs of which less is better. They are used up like inputs, and their slacks count on the side of
        outputs (Tone 2003, GRIPS research report I-2003-0005; Cooper, Seiford and Tone 2007).

    Notes
    -----
    Scores are at most 1 in the technology in every orientation, and 1 if no slack that counts is left; the output
    score is one over Tone's mean expansion. An observation outside the technology, by exclusion or because others
    span it, has the least score of a point of the technology that uses no less and makes no more (Tone's 2002
    super-efficiency, at least 1); an excluded observation that the others still reach keeps the score of a slack.
    Under variable returns the oriented forms may then have no solution; the form without orientation has one if
    others make some of its outputs. The score jumps where an observation leaves the part of the frontier that others
    dominate. Goods of which an observation has none are left out of its means, and excesses of them are not
    admitted. Slacks and targets of goods that the orientation does not count are those of one optimum, not the
    largest. Units invariant; translation invariant under vrs in the side that an orientation leaves alone;
    a duplicate changes nothing unless observations are excluded.

    References
    ----------
    Tone, K. (2001). European Journal of Operational Research 130(3), 498-509. doi:10.1016/S0377-2217(99)00407-5
    Tone, K. (2002). European Journal of Operational Research 143(1), 32-41. doi:10.1016/S0377-2217(01)00324-1
    Cooper, W. W., Seiford, L. M. and Tone, K. (2007). Data Envelopment Analysis, 2nd edition. Springer. doi:10.1007/978-0-387-45283-8
    Dinkelbach, W. (1967). Management Science 13(7), 492-498. doi:10.1287/mnsc.13.7.492

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 4], "y": [1.0, 4, 4]}), unit="j")
    >>> SBM(inputs=["x"], outputs=["y"], returns="crs").fit(panel).term("score").tolist()
    [0.5, 1.0, 0.5]
    """  # noqa: E501

    orientation: SlackOrientation = "none"
    bad_outputs: tuple[Quantity, ...] = ()
    column_fields: ClassVar[tuple[str, ...]] = ("inputs", "outputs", "bad_outputs")

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        falls, rises = shares(points, self.orientation)
        technology = with_bads(reference, self.returns)
        return slacks_based(technology, points.all, falls=falls, rises=rises, excluded=excluded)

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        returns = returns_words(self.returns)
        return {
            "input": say("Slacks-based input scores under {returns}", returns=returns),
            "output": say("Slacks-based output scores under {returns}", returns=returns),
            "none": say("Slacks-based scores under {returns}", returns=returns),
        }[self.orientation]

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on."""
        return oriented(self, self.orientation)

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return SlackResult


@dataclass(frozen=True, kw_only=True, repr=False)
class SlackResult(FrontierResult):
    """Scores by observation with the slacks behind them; see :class:`xinzhi.frontier.model.FrontierResult`."""

    def slack_shares(self) -> Any:
        """Return slacks by observation as shares of its own goods: ``unit``, ``time``, ``technology``, goods.

        Negative where an observation outside the technology would have to use more or make less; missing where
        it has none of a good.
        """
        answers = []
        for span, answer in zip(self.spans, self.answers, strict=True):
            goods = np.abs(self.goods.observations.all[span.evaluated])
            share = np.divide(answer.slacks, goods, out=np.full_like(goods, np.nan), where=goods > 0)
            answers.append(replace(answer, slacks=share))
        return replace(self, answers=tuple(answers)).slacks()

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the scores, their distribution by period, and the slacks of each good by period."""
        return [*super().tables(view), self.mean_slacks()]

    def mean_slacks(self) -> Table:
        """Return the sum of slacks of each good over scored observations, per cent of the sum of the good."""
        rows = []
        for span, answer in zip(self.spans, self.answers, strict=True):
            good = answer.status == "ok"
            levels = np.abs(self.goods.observations.all[span.evaluated][good]).sum(axis=0)
            missing = answer.slacks[good].sum(axis=0)
            cells = [100 * float(a / b) if b > 0 else None for a, b in zip(missing, levels, strict=True)]
            rows.append((span.time, int(good.sum()), *cells))
        heads = (
            Field("time", label("time"), 0),
            Field("scored", say("Scored"), 0),
            *(Field(name, named(name), 2) for name in self.goods.names),
        )
        note = say("Inputs and bad outputs unused, outputs missing; negative beyond the technology.")
        title, unit = say("Slacks by good and period"), say("per cent of the good")
        return self.timed(Table("slacks", title, heads, tuple(rows), unit=unit, notes=(note,)))


# Arrays in, arrays out ------------------------------------------------------------------------


def with_bads(reference: Observations, returns: Returns) -> Technology:
    """Return the technology in which bad outputs are used up like inputs."""
    sizes = [reference.x.shape[1], reference.y.shape[1], reference.bad.shape[1]]
    return Technology(reference.all, np.repeat([1, -1, 1], sizes), returns)


def shares(points: Observations, orientation: SlackOrientation) -> tuple[Floats, Floats]:
    """Return by how much a unit of each good's slack lowers the numerator and raises the denominator, (e, g) each.

    One over the good and over the number of goods in the mean; zero for goods of which a point has none.
    """
    goods, inputs = points.all, np.arange(points.all.shape[1]) < points.x.shape[1]
    there = goods > 0
    inverse = np.divide(1.0, goods, out=np.zeros_like(goods), where=there)

    def mean(side: Bools) -> Floats:
        count = np.maximum((there & side).sum(axis=1, keepdims=True), 1)
        part: Floats = np.where(side, inverse, 0.0) / count
        return part

    nothing = np.zeros_like(goods)
    return (
        nothing if orientation == "output" else mean(inputs),
        nothing if orientation == "input" else mean(~inputs),
    )


def slacks_based(technology: Technology, goods: Floats, *, falls: Floats, rises: Floats, excluded: Ints) -> Scores:
    """Return slacks-based scores: of slacks inside the technology, of excesses outside.

    Parameters
    ----------
    technology : Technology
        The reference set.
    goods : (e, g)
        The points.
    falls, rises : (e, g)
        By how much a unit of slack lowers the numerator, raises the denominator.
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """

    def inward(rows: Ints, weights: Floats) -> Answers:
        asked = Questions(b=goods[rows], size=goods[rows], gain=weights, excluded=excluded[rows])
        found = solve(technology, asked)
        return replace(found, slack=np.maximum(found.slack, 0.0))

    def outward(rows: Ints, weights: Floats) -> Answers:
        cost = np.where((falls[rows] > 0) | (rises[rows] > 0), weights, np.inf)
        found = solve(technology, Questions(b=goods[rows], size=goods[rows], excess=cost, excluded=excluded[rows]))
        return replace(found, slack=np.minimum(found.slack, 0.0))

    found, score = lowest_ratio(inward, falls=falls, rises=rises, first=1.0)
    out = np.flatnonzero(found.status == "infeasible")
    if out.size:
        beyond, score[out] = lowest_ratio(
            lambda rows, weights: outward(out[rows], weights), falls=falls[out], rises=rises[out], first=np.inf
        )
        take(found, beyond, rows=out)
    scores = Scores.of({"score": score}, found.status, found, goods.shape)
    slack = np.where((found.status == "ok")[:, None], found.slack, np.nan)
    scores.slacks[:], scores.targets[:] = slack, goods - technology.sense * slack
    scores.prices[:] = np.column_stack((found.dual * np.where(technology.sense > 0, -1.0, 1.0) + 0.0, found.intercept))
    return scores


def lowest_ratio(
    ask: Callable[[Ints, Floats], Answers], *, falls: Floats, rises: Floats, first: float
) -> tuple[Answers, Floats]:
    """Return the answers with the least ratio (1 - falls's) / (1 + rises's) of slacks s, and the ratios, (e,).

    Parameters
    ----------
    ask : (rows, weights) -> Answers
        Maximises ``weights's`` at some of the points.
    falls, rises : (e, g)
        As in :func:`slacks_based`.
    first : float
        A ratio that is not below the least; if it is infinite, the denominator alone counts in the first round.
    """
    both = falls.any(axis=1) & rises.any(axis=1)
    alone = np.where(rises.any(axis=1, keepdims=True), rises, falls)
    found = ask(np.arange(both.size), alone if np.isinf(first) else falls + first * rises)
    ratio = _ratio(found, falls, rises)
    moving = np.flatnonzero(both & (ratio < first * (1 - SAME)))
    for _ in range(ROUNDS):
        if not moving.size:
            break
        before = ratio[moving]
        take(found, ask(moving, falls[moving] + before[:, None] * rises[moving]), rows=moving)
        ratio[moving] = _ratio(found, falls, rises)[moving]
        fall = (before - ratio[moving]) / np.maximum(before, 1.0)
        found.status[moving[fall < -OPTIMUM]] = "numerical"
        moving = moving[fall > SAME]
    found.status[moving] = "numerical"
    found.status[(found.status == "ok") & np.isinf(ratio)] = "infeasible"
    return found, np.where(found.status == "ok", ratio, np.nan)


def take(found: Answers, again: Answers, *, rows: Ints) -> None:
    """Store answers in the place of earlier ones."""
    for each in fields(Answers):
        getattr(found, each.name)[rows] = getattr(again, each.name)


def _ratio(found: Answers, falls: Floats, rises: Floats) -> Floats:
    """Return the ratio at each answer's slacks, NaN where there is none, infinite where nothing is left, (e,)."""
    above = 1.0 - (falls * found.slack).sum(axis=1)
    below = 1.0 + (rises * found.slack).sum(axis=1)
    left = below > POSITIVE
    ratio: Floats = np.where(left, above / np.where(left, below, 1.0), np.where(np.isnan(below), np.nan, np.inf))
    return ratio
