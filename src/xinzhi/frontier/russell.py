"""Russell measures: every input has its own contraction, every output its own expansion.

input   min 1/m SUM theta_i                                (Färe and Lovell 1978)
output  max 1/s SUM phi_r
graph   min (SUM theta_i + SUM 1/phi_r) / (m + s)          (Färe, Grosskopf and Lovell 1985)
        X'L <= theta x_o,  Y'L >= phi y_o,  L in the returns to scale
inside the technology theta <= 1 and phi >= 1; outside theta >= 1 and phi <= 1

The graph measure is convex: each 1/phi is replaced by its tangents, a linear programme gives a lower limit and a
point of the technology, the way from the best point so far to that one a better point, both points new tangents,
until limit and score meet.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from xinzhi.frontier.engine import Questions, Returns, Technology, solve
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.model import FrontierModel, FrontierResult, Invariance, Scores, oriented, returns_words
from xinzhi.frontier.sbm import SlackResult, shares, slacks_based
from xinzhi.language import Text, say
from xinzhi.method import register
from xinzhi.numerics.linear_programme import LinearProgramme, solve_general
from xinzhi.panel.panel import Floats, Ints

RussellOrientation = Literal["input", "output", "graph"]
Limits = tuple[tuple[float, float], tuple[float, float]]

GAP = 1e-10
"""By how much score and lower limit may differ: a tenth of what is promised."""
ROUNDS = 200
"""Programmes after which a score is given up; two to ten are usual."""
STEEPEST = 0.5
"""A tangent is laid no lower than at this share of the lowest so far, since 1/phi has none at zero."""
LARGEST = 1e9
"""A lower limit beyond this is no score: nobody else makes some output."""
NEARLY = 1.0 - 1e-9
"""How far the way goes to a point that makes nothing of some output."""
SMALLEST = 1e-15
"""By how much the best share of a way may be missed."""
INSIDE: Limits = ((0.0, 1.0), (1.0, np.inf))
"""Limits of theta and of phi at a point that the technology reaches."""
OUTSIDE: Limits = (INSIDE[1], INSIDE[0])
"""Limits of theta and of phi at any other point."""


@register("russell_dea")
class RussellDEA(FrontierModel):
    """Score each observation by the mean of its inputs' contractions, of its outputs' expansions, or of both.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale; two numbers bound the sum of intensities.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default. All rows are evaluated.
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer; "excluded" gives super-efficiency.
    efficient_within : float
        Observations whose score is this close to 1 count as efficient.
    orientation : "input", "output" or "graph"
        The mean of contractions (Farrell, at most 1 in the technology), the mean of expansions (Farrell, at least 1),
        or the mean of contractions and reciprocal expansions (at most 1).

    Notes
    -----
    The input measure equals the slacks-based input measure, and the output measure is one over the slacks-based
    output measure; the graph measure differs from the slacks-based one, which divides the two means. An observation
    outside the technology, by exclusion or because others span it, needs expansions of inputs and contractions of
    outputs: input and graph scores above 1, output scores below 1, in the manner of Tone's (2002) super-efficiency.
    Goods of which an observation has none are left out of its mean and stay. Slacks of goods that the orientation
    does not move are those of one optimum. The graph score and its lower limit agree to 1e-10; its objective is
    flat at the optimum, so that targets may be known to five digits only; it takes some programmes for each
    observation, one after the other, which is slow for thousands of them. Units invariant; translation
    invariant under vrs in the side that an orientation leaves alone; a duplicate changes nothing unless
    observations are excluded.

    References
    ----------
    Färe, R. and Lovell, C. A. K. (1978). Journal of Economic Theory 19(1), 150-162. doi:10.1016/0022-0531(78)90060-1
    Färe, R., Grosskopf, S. and Lovell, C. A. K. (1985). The Measurement of Efficiency of Production. Kluwer-Nijhoff. doi:10.1007/978-94-015-7721-2
    Tone, K. (2002). European Journal of Operational Research 143(1), 32-41. doi:10.1016/S0377-2217(01)00324-1

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 4], "y": [1.0, 4, 4]}), unit="j")
    >>> RussellDEA(inputs=["x"], outputs=["y"], orientation="output", returns="crs").fit(panel).term("score").tolist()
    [2.0, 1.0, 2.0]
    """  # noqa: E501

    orientation: RussellOrientation = "input"

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        technology = Technology.of(reference.x, reference.y, self.returns)
        if self.orientation == "graph":
            return graph(technology, points, excluded=excluded)
        falls, rises = shares(points, self.orientation)
        found = slacks_based(technology, points.all, falls=falls, rises=rises, excluded=excluded)
        if self.orientation == "input":
            return found
        return replace(found, terms={"score": 1.0 / found.terms["score"]})

    @property
    def rising(self) -> bool:
        """Return whether a higher score is a better one."""
        return self.orientation != "output"

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        returns = returns_words(self.returns)
        return {
            "input": say("Russell input scores under {returns}", returns=returns),
            "output": say("Russell output scores under {returns}", returns=returns),
            "graph": say("Russell graph scores under {returns}", returns=returns),
        }[self.orientation]

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on."""
        return oriented(self, self.orientation)

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return RussellResult


@dataclass(frozen=True, kw_only=True, repr=False)
class RussellResult(SlackResult):
    """Russell scores by observation; see :class:`xinzhi.frontier.sbm.SlackResult`."""

    def factors(self) -> Any:
        """Return target over observed level by good: contractions of inputs, expansions of outputs.

        Returns
        -------
        frame
            ``unit``, ``time``, ``technology``, goods; missing where an observation has none of a good.
        """
        answers = []
        for span, answer in zip(self.spans, self.answers, strict=True):
            goods = self.goods.observations.all[span.evaluated]
            factor = np.divide(answer.targets, goods, out=np.full_like(goods, np.nan), where=goods > 0)
            answers.append(replace(answer, targets=factor))
        return replace(self, answers=tuple(answers)).targets()


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class GraphScore:
    """The graph measure of one point: ``status``; ``score``; ``slack``: (g,), negative beyond the technology."""

    status: str
    score: float
    slack: Floats


def graph(technology: Technology, points: Observations, *, excluded: Ints) -> Scores:
    """Return graph measures.

    Parameters
    ----------
    technology : Technology
        The reference set.
    points : Observations
        The points.
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """
    goods, (falls, rises) = points.all, shares(points, "none")
    weights = falls + rises
    reached = solve(technology, Questions(b=goods, size=goods, gain=weights, excluded=excluded))
    found = [
        graph_score(technology, goods[o], status=reached.status[o], excluded=int(excluded[o]))
        for o in range(goods.shape[0])
    ]
    score, status = np.array([each.score for each in found]), np.array([each.status for each in found], dtype=object)
    slack = np.array([each.slack for each in found]).reshape(goods.shape)
    targets = goods - technology.sense * slack
    scores, good = Scores.of({"score": score}, status, reached, goods.shape), np.flatnonzero(status == "ok")
    scores.peers[:], scores.intensities[:] = -1, 0.0
    if good.size:
        at = Questions(b=targets[good], size=goods[good], gain=weights[good], excluded=excluded[good])
        span = solve(technology, at)
        scores.peers[good], scores.intensities[good] = span.peers, span.intensities
    scores.slacks[:], scores.targets[:] = slack, targets
    return scores


def graph_score(technology: Technology, goods: Floats, *, status: str, excluded: int) -> GraphScore:
    """Return the graph measure of one point by tangents.

    Parameters
    ----------
    technology : Technology
        The reference set.
    goods : (g,)
        The point.
    status : str
        "ok" for a point inside the technology, "infeasible" for one outside; another word is handed back.
    excluded : int
        Place in the reference set that may not be used, -1 for none.
    """
    nothing = GraphScore(status, np.nan, np.full(goods.size, np.nan))
    if status not in ("ok", "infeasible"):
        return nothing
    used, made = (np.flatnonzero((goods > 0) & (technology.sense == side)) for side in (1, -1))
    n, m, s = technology.goods.shape[0], used.size, made.size
    limits = INSIDE if status == "ok" else OUTSIDE
    programme = first_programme(technology, goods, moved=(used, made), limits=limits, excluded=excluded)
    programme = with_tangents(programme, np.ones(s))
    best, score, lowest = np.zeros(0), np.inf, np.ones(s)
    for _ in range(ROUNDS):
        found = solve_general(programme)
        if found.status != "ok":
            return replace(nothing, status=found.status)
        if found.objective > LARGEST:
            return replace(nothing, status="infeasible")
        vertex = found.value[n : n + m + s]
        if best.size:
            best = best_between(best, vertex, outputs=s)
        elif (vertex[m:] > 0).all():
            best = vertex
        if best.size:
            score = float((best[:m].sum() + (1.0 / best[m:]).sum()) / (m + s))
            programme = with_tangents(programme, best[m:])
        if best.size and score - found.objective <= GAP * max(1.0, score):
            slack = np.zeros(goods.size)
            slack[used], slack[made] = (1.0 - best[:m]) * goods[used], (best[m:] - 1.0) * goods[made]
            return GraphScore("ok", score, slack)
        at = np.maximum(vertex[m:], STEEPEST * lowest)
        lowest, programme = np.minimum(lowest, at), with_tangents(programme, at)
    return replace(nothing, status="numerical")


def best_between(one: Floats, other: Floats, *, outputs: int) -> Floats:
    """Return the point between two at which SUM theta + SUM 1/phi is least; all are (m + s,) theta and phi.

    Parameters
    ----------
    one, other : (m + s,)
        Phi of the first is positive.
    outputs : int
        How many phi there are.
    """
    from scipy.optimize import brentq

    step, made = other - one, slice(one.size - outputs, None)

    def slope(share: float) -> float:
        phi = one[made] + share * step[made]
        return float(step[:-outputs].sum() - (step[made] / phi**2).sum())

    last = 1.0 if (other[made] > 0).all() else NEARLY
    if slope(last) <= 0:
        return one + last * step
    if slope(0.0) >= 0:
        return one
    point: Floats = one + brentq(slope, 0.0, last, xtol=SMALLEST) * step
    return point


def first_programme(
    technology: Technology, goods: Floats, *, moved: tuple[Ints, Ints], limits: Limits, excluded: int
) -> LinearProgramme:
    """Return the programme of one point without tangents: intensities, theta, phi, and what stands for 1/phi.

    Parameters
    ----------
    technology : Technology
        The reference set.
    goods : (g,)
        The point.
    moved : (m,) and (s,)
        Places of the inputs and outputs of which it has some.
    limits : (lower, upper) of theta, and of phi
        ``INSIDE`` or ``OUTSIDE``.
    excluded : int
        Place in the reference set that may not be used, -1 for none.
    """
    (n, g), (used, made), sums = technology.goods.shape, moved, sum_rows(technology.returns)
    m, s = used.size, made.size
    size = np.where(goods > 0, goods, 1.0)
    own = np.zeros((g, m + 2 * s))
    own[used, np.arange(m)], own[made, m + np.arange(s)] = -1.0, -1.0
    matrix = np.vstack((np.hstack((technology.goods.T / size[:, None], own)), np.zeros((len(sums), n + m + 2 * s))))
    matrix[g:, :n] = 1.0
    bounds = np.array([(0.0, np.inf)] * n + [limits[0]] * m + [limits[1]] * s + [(0.0, np.inf)] * s)
    if excluded >= 0:
        bounds[excluded] = 0.0
    return LinearProgramme(
        cost=np.repeat([0.0, 1.0 / (m + s), 0.0, 1.0 / (m + s)], [n, m, s, s]),
        matrix=matrix,
        sense=np.concatenate((technology.sense, [sense for _, sense in sums])).astype(np.int64),
        b=np.concatenate((np.zeros(g), [bound for bound, _ in sums])),
        lower=bounds[:, 0],
        upper=bounds[:, 1],
    )


def sum_rows(returns: Returns) -> list[tuple[float, int]]:
    """Return bound and sense (1 at most, 0 exactly, -1 at least) of each row of the sum of intensities."""
    if not isinstance(returns, tuple):
        return {"crs": [], "vrs": [(1.0, 0)], "drs": [(1.0, 1)], "irs": [(1.0, -1)]}[returns]
    lower, upper = returns
    return [(lower, -1)] + ([(upper, 1)] if np.isfinite(upper) else [])


def with_tangents(programme: LinearProgramme, at: Floats) -> LinearProgramme:
    """Return a programme with the tangents of 1/phi at each phi, (s,): phi / at + at psi >= 2."""
    s, columns = at.size, programme.matrix.shape[1]
    rows = np.zeros((s, columns))
    each = np.arange(s)
    rows[each, columns - 2 * s + each], rows[each, columns - s + each] = 1.0 / at, at
    return replace(
        programme,
        matrix=np.vstack((programme.matrix, rows)),
        sense=np.concatenate((programme.sense, np.full(s, -1))),
        b=np.concatenate((programme.b, np.full(s, 2.0))),
    )
