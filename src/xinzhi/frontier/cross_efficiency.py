"""Cross-efficiency: every unit is rated with the weights of every other.

E_oj = u_o y_j / v_o x_j                   u_o, v_o: weights of rater o, optimal for itself under constant returns
received_j = mean over raters o of E_oj,  given_o = mean over units j of E_oj,  self_o = E_oo
second goal (model II): among the weights with u y_o = E_oo v x_o and u y_j <= v x_j for all j, those that make
u Y / v X largest (benevolent) or smallest (aggressive), where X, Y are the goods of all others added up
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.frontier.engine import Orientation, Questions, Technology, solve
from xinzhi.frontier.goods import Goods, Observations
from xinzhi.frontier.model import (
    REASONS,
    FrontierModel,
    FrontierResult,
    Invariance,
    Scores,
    Span,
    evaluate_task,
    own_places,
)
from xinzhi.frontier.technology import Window
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Table, View, register
from xinzhi.numerics.linear_programme import LinearProgramme, solve_general
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

Goal = Literal["arbitrary", "aggressive", "benevolent"]

MATRICES = 6
"""Matrices of raters by rated that are held at once: received, given, who counts, and what their means need."""

PRINTED = 20
"""Units up to which the matrix is printed as a table; :meth:`CrossEfficiencyResult.matrix` has it always."""


@register("cross_efficiency")
class CrossEfficiency(FrontierModel):
    """Score each observation by the mean of the ratings that it receives from the weights of all reference units.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    returns : "crs"
        Weights are those under constant returns.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units rate a year.
    reference : tuple of str or None
        Units that rate; all by default. Other units are rated and do not rate.
    evaluated : "included"
        An observation limits its own weights.
    efficient_within : float
        Observations whose score is this close to 1 count as efficient.
    orientation : "input" or "output"
        Scores are u y / v x (at most 1), or v x / u y (at least 1); the weights are the same.
    goal : "benevolent", "aggressive" or "arbitrary"
        Which of a rater's optimal weights are taken: those that make all others together look best or worst, or
        those that the solver finds first.
    self_appraisal : "included" or "excluded"
        Whether a unit's rating of itself counts in the means.

    Notes
    -----
    The first column, ``received``, is the statistic that is usually reported; ``given`` is the mean of the ratings
    that a unit's weights give to the reference units; ``self`` is its own radial score. ``maverick`` is
    abs(self - peers) / peers with peers the mean received from others (Doyle and Green): large for a unit that
    looks well with its own weights only. The mean of output scores is no reciprocal of the mean of input scores.
    Weights of efficient units are not unique: with goal "arbitrary" scores depend on the solver, even on units of
    measurement; the other goals leave ties in rare cases. Units invariant with these; not translation invariant;
    a duplicate counts twice as a rater, hence changes scores. Weights that give no value to the inputs (output
    orientation: outputs) of a unit do not rate it: such a unit has the status ``not_identified``.

    References
    ----------
    Sexton, T. R., Silkman, R. H. and Hogan, A. J. (1986). New Directions for Program Evaluation 1986(32), 73-105. doi:10.1002/ev.1441
    Doyle, J. and Green, R. (1994). Journal of the Operational Research Society 45(5), 567-578. doi:10.2307/2584392

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"j": list("ABC"), "x": [1.0, 1, 1], "y": [4.0, 2, 1], "z": [1.0, 2, 4]})
    >>> result = CrossEfficiency(inputs=["x"], outputs=["y", "z"], goal="aggressive").fit(xz.Panel(frame, unit="j"))
    >>> [round(float(score), 4) for score in result.term("received")]
    [0.75, 0.6, 0.75]
    """  # noqa: E501

    returns: Literal["crs"] = "crs"
    evaluated: Literal["included"] = "included"
    orientation: Orientation = "input"
    goal: Goal = "benevolent"
    self_appraisal: Literal["included", "excluded"] = "included"

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the ratings of one technology."""
        largest = int(np.unique(panel.when, return_counts=True)[1].max(initial=0))
        raters = largest if self.technology == "contemporaneous" else len(panel)
        rated = len(panel) if isinstance(self.technology, Window) else largest
        return super().memory(panel, workers=workers) + workers * MATRICES * 8 * raters * rated

    @property
    def reasons(self) -> Mapping[str, Text]:
        """Return why a point has no score, by status."""
        unrated = say("no rater but itself, or a rater whose weights give no value to its goods")
        return {**REASONS, "not_identified": unrated}

    def answers(self, goods: Goods, spans: Sequence[Span], run: Run) -> tuple[Scores, ...]:
        """Return the scores of each technology at once: all raters rate all points, each with its own place."""
        everything = goods.observations
        tasks = [
            (self, everything.at(span.reference), everything.at(span.evaluated), own_places(span)) for span in spans
        ]
        return tuple(run.map(evaluate_task, tasks, label=say("scores")))

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against raters; ``excluded``: (e,) a point's own place among them, or -1."""
        raters = weights(reference, reference, np.arange(reference.x.shape[0]), goal=self.goal)
        outside = np.flatnonzero(excluded < 0)
        others = weights(reference, points.at(outside), excluded[outside], goal=self.goal)
        mine = Weights.gathered(raters, excluded, others)
        received = ratings(raters.price, points, orientation=self.orientation)
        given = ratings(mine.price, reference, orientation=self.orientation)
        own = excluded[None, :] == np.arange(reference.x.shape[0])[:, None]
        counted = np.ones_like(own) if self.self_appraisal == "included" else ~own
        with np.errstate(divide="ignore", invalid="ignore"):
            score = mine.score if self.orientation == "input" else 1.0 / mine.score
            peers = _mean(received, ~own)
            terms = {
                "received": _mean(received, counted),
                "given": _mean(given.T, counted),
                "self": score,
                "maverick": np.abs(score - peers) / peers,
            }
        status = mine.status.copy()
        failed = raters.status[raters.status != "ok"]
        if failed.size:
            status[status == "ok"] = failed[0]
        whole = np.isfinite(np.column_stack(list(terms.values()))).all(axis=1)
        status[(status == "ok") & ~whole] = "not_identified"
        terms = {name: np.where(status == "ok", values, np.nan) for name, values in terms.items()}
        out = Scores.of(terms, status, None, points.all.shape)
        out.prices[:, :-1], out.prices[:, -1] = mine.price, np.where(mine.status == "ok", 0.0, np.nan)
        return out

    @property
    def rising(self) -> bool:
        """Return whether a higher score is a better one."""
        return self.orientation == "input"

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        goal = {
            "arbitrary": say("the first optimal weights found"),
            "aggressive": say("aggressive weights"),
            "benevolent": say("benevolent weights"),
        }[self.goal]
        return say("Cross-efficiency with {goal}", goal=goal)

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on: units of measurement, unless the solver chooses the weights."""
        return frozenset() if self.goal == "arbitrary" else frozenset({"units"})

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return CrossEfficiencyResult


@dataclass(frozen=True, kw_only=True, repr=False)
class CrossEfficiencyResult(FrontierResult):
    """Ratings by observation; ``multipliers()`` are the weights with which a unit rates. There are no peers."""

    def matrix(self, time: int | None = None) -> Any:
        """Return the rating of every unit by every rater, as a frame of the caller's kind.

        Parameters
        ----------
        time : int or None
            Year of the technology; the last one by default.

        Returns
        -------
        frame
            ``rater``, ``rater_time``, and one column for each rated unit of that year.

        Raises
        ------
        DataError
            A year without a technology (XZ-208).
        """
        span = self._span(time)
        rows, scores = self._ratings(span)
        names, when = self.panel.unit_names, self.panel.when
        heads = {"rater": names[span.reference], "rater_time": when[span.reference]}
        rated = {str(names[row]): scores[:, k] for k, row in enumerate(rows)}
        return self.panel.restore(heads | rated)

    def _span(self, time: int | None) -> Span:
        years = {span.time: span for span in self.spans}
        wanted = self.spans[-1].time if time is None else time
        if wanted not in years:
            raise DataError("XZ-208", f"time={wanted}", where="matrix", expected=listed([str(year) for year in years]))
        return years[wanted]

    def _ratings(self, span: Span) -> tuple[Ints, Floats]:
        """Return the rated rows of the panel (k,), and what each of r raters gives them, (r, k)."""
        rows = span.evaluated[self.panel.when[span.evaluated] == span.time]
        goods = self.goods.observations
        reference, model = goods.at(span.reference), self.method
        goal: Goal = getattr(model, "goal")  # noqa: B009
        orientation: Orientation = getattr(model, "orientation")  # noqa: B009
        raters = weights(reference, reference, np.arange(span.reference.size), goal=goal)
        return rows, ratings(raters.price, goods.at(rows), orientation=orientation)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the scores, their distribution by period, and the matrix of the last year if it is small."""
        small = self.spans[-1].reference.size <= PRINTED and self.spans[-1].evaluated.size <= PRINTED
        return [*super().tables(view), *([self._printed()] if small and self.spans[-1].evaluated.size else [])]

    def _printed(self) -> Table:
        span = self.spans[-1]
        rows, scores = self._ratings(span)
        names = [named(name) for name in self.panel.unit_names]
        several = np.unique(self.panel.when[span.reference]).size > 1
        raters = [
            say("{unit} {time}", unit=names[row], time=int(self.panel.when[row])) if several else names[row]
            for row in span.reference
        ]
        heads = [Field("rater", say("Rater")), *(Field(f"unit_{k}", names[row], 4) for k, row in enumerate(rows))]
        columns = {"rater": raters} | {f"unit_{k}": scores[:, k].tolist() for k in range(rows.size)}
        title = say("Ratings that each unit receives (columns) from each rater (rows), {time}", time=span.time)
        return Table.of("ratings", title, heads, columns)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Weights:
    """Optimal weights of e points.

    ``price``: (e, m + s) of inputs and outputs, NaN where there are none; ``score``: (e,) input-oriented radial
    score; ``status``: (e,) text.
    """

    price: Floats
    score: Floats
    status: Texts

    @classmethod
    def gathered(cls, raters: "Weights", own: Ints, others: "Weights") -> "Weights":
        """Return the weights of points: of the rater at ``own`` (e,), or the next of the others where that is -1."""
        inside = own >= 0
        out = cls(
            np.full((own.size, raters.price.shape[1]), np.nan),
            np.full(own.size, np.nan),
            np.full(own.size, "not_identified", dtype=object),
        )
        for mine, known, rest in zip(
            (out.price, out.score, out.status),
            (raters.price, raters.score, raters.status),
            (others.price, others.score, others.status),
            strict=True,
        ):
            mine[inside], mine[~inside] = known[own[inside]], rest
        return out


def weights(reference: Observations, points: Observations, own: Ints, *, goal: Goal) -> Weights:
    """Return the weights with which points rate, among those that are optimal for themselves.

    Parameters
    ----------
    own : (e,)
        Place of each point in the reference set, -1 if it is not there.
    goal : "arbitrary", "aggressive" or "benevolent"
        Which of the optimal weights are taken.
    """
    goods, m = points.all, points.x.shape[1]
    inputs = np.arange(goods.shape[1]) < m
    technology = Technology.of(reference.x, reference.y, "crs")
    asked = Questions(b=np.where(inputs, 0.0, goods), size=goods, move=np.where(inputs, -goods, 0.0), cost=1)
    found = solve(technology, asked)
    price = np.where(inputs, -found.dual, found.dual) + 0.0
    status = found.status.copy()
    if goal != "arbitrary":
        total = reference.all.sum(axis=0)
        for o in np.flatnonzero(status == "ok"):
            others = total - (reference.all[own[o]] if own[o] >= 0 else 0.0)
            price[o], status[o] = _second_goal(reference.all, goods[o], others, inputs, found.score[o], goal)
    return Weights(price, found.score, status)


def _second_goal(
    reference: Floats, point: Floats, others: Floats, inputs: Bools, score: float, goal: Goal
) -> tuple[Floats, str]:
    """Return the weights of a point (g,) by model II and their status; NaN unless it is ``ok``.

    Parameters
    ----------
    reference : (n, g)
        Goods of the reference units.
    others : (g,)
        Goods of all reference units but the point, added up.
    inputs : (g,)
        Which goods are inputs.
    score : float
        Input-oriented radial score of the point.
    """
    nothing = np.full(point.size, np.nan)
    scale = np.where(others > 0, others, np.where(point > 0, point, 1.0))
    if not (others[inputs] > 0).any():
        return nothing, "not_identified"
    sign, kept = np.where(inputs, -1.0, 1.0), others / scale
    same = np.where(inputs, -score, 1.0) * point / scale
    found = solve_general(
        LinearProgramme(
            cost=np.where(inputs, 0.0, kept) * (1.0 if goal == "aggressive" else -1.0),
            matrix=np.vstack((np.where(inputs, kept, 0.0), same, sign * reference / scale)),
            sense=np.r_[0, 0, np.ones(reference.shape[0])].astype(np.int64),
            b=np.r_[1.0, np.zeros(reference.shape[0] + 1)],
            lower=np.zeros(point.size),
            upper=np.full(point.size, np.inf),
        )
    )
    return (np.maximum(found.value, 0.0) / scale, "ok") if found.status == "ok" else (nothing, "numerical")


def ratings(price: Floats, points: Observations, *, orientation: Orientation) -> Floats:
    """Return the score of e points with the weights (r, m + s) of r raters, (r, e); NaN or infinite if undefined."""
    m = points.x.shape[1]
    used, made = price[:, :m] @ points.x.T, price[:, m:] @ points.y.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(made / used if orientation == "input" else used / made, dtype=np.float64)


def _mean(values: Floats, counted: Bools) -> Floats:
    """Return the mean by column of the values (r, e) that are counted; NaN where there are none."""
    number = counted.sum(axis=0)
    total = np.where(counted, values, 0.0).sum(axis=0)
    mean: Floats = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return mean
