"""Radial data envelopment analysis: how far each observation is from the frontier of its period.

input   theta = min { t : (t x_o, y_o) in T }      <= 1 inside T
output  phi   = max { f : (x_o, f y_o) in T }      >= 1 inside T
T = { (x, y) : X'L <= x, Y'L >= y, L >= 0, and 1'L free (crs), = 1 (vrs), <= 1 (drs), >= 1 (irs) }
second stage: the largest weighted sum of slacks at the score
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xinzhi.errors import UsageError, listed
from xinzhi.frontier.engine import Answers, Orientation, Questions, Technology, solve
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.model import FrontierModel, FrontierResult, Invariance, Scores, oriented, own_places, returns_words
from xinzhi.frontier.scale import multiplier_ranges
from xinzhi.frontier.second_stage import SlackObjective, blanked, slack_weights, with_rest
from xinzhi.language import Text, say
from xinzhi.method import register
from xinzhi.panel.panel import Floats, Ints


@register("dea")
class DEA(FrontierModel):
    """Score each observation by its radial distance to the frontier of its period.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    orientation : "input" or "output"
        Farrell scores: by how much inputs could shrink (at most 1), or outputs grow (at least 1).
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale; "drs" is also called non-increasing, "irs" non-decreasing; two numbers bound the sum of
        intensities.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default. All rows are evaluated, and those outside the
        technology score above 1 (input) or below 1 (output).
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer; "excluded" gives super-efficiency.
    fixed_inputs : tuple of str
        Names of inputs (output orientation: outputs) that the score does not move.
    slack_objective : "scaled", "raw" or None
        What the second stage maximises: slacks divided by the mean of their good in the reference set, their plain
        sum (it depends on units of measurement), or nothing.
    efficient_within : float
        Observations whose score is this close to 1 count as efficient.

    Notes
    -----
    One technology per period. Scores say nothing about noise: an outlier moves the frontier of all others.
    With many goods and few units nearly everything is efficient. Under variable returns an observation that is
    left out of its reference set may have no score. Units invariant; translation invariant in outputs (input
    orientation) or inputs (output orientation) under variable returns; a duplicate changes nothing unless
    observations are excluded.

    References
    ----------
    Charnes, A., Cooper, W. W. and Rhodes, E. (1978). European Journal of Operational Research 2(6), 429-444. doi:10.1016/0377-2217(78)90138-8
    Banker, R. D., Charnes, A. and Cooper, W. W. (1984). Management Science 30(9), 1078-1092. doi:10.1287/mnsc.30.9.1078
    Andersen, P. and Petersen, N. C. (1993). Management Science 39(10), 1261-1264. doi:10.1287/mnsc.39.10.1261

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 4], "y": [1.0, 4, 4]}), unit="j")
    >>> DEA(inputs=["x"], outputs=["y"], orientation="input", returns="crs").fit(panel).term("score").tolist()
    [0.5, 1.0, 0.5]
    """  # noqa: E501

    orientation: Orientation = "output"
    fixed_inputs: tuple[str, ...] = ()
    slack_objective: SlackObjective | None = "scaled"

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        technology = Technology.of(reference.x, reference.y, self.returns)
        moved = self.moved(reference.x.shape[1], reference.y.shape[1])
        found = radial(technology, points, moved=moved, excluded=excluded)
        if self.slack_objective is None:
            return found
        weights = slack_weights(reference.all, self.slack_objective)

        def asks(asked: Questions, rows: Ints) -> Answers:
            return solve(technology, replace(asked, excluded=excluded[rows]))

        return blanked(with_rest(found, asks, points.all, worth=weights, way=technology.sense))

    @property
    def rising(self) -> bool:
        """Return whether a higher score is a better one."""
        return self.orientation == "input"

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        orientation = {"input": say("input"), "output": say("output")}[self.orientation]
        returns = returns_words(self.returns)
        return say("Farrell {orientation} scores under {returns}", orientation=orientation, returns=returns)

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on: the goods that are not moved may be translated under vrs."""
        return oriented(self, self.orientation)

    def moved(self, m: int, s: int) -> Floats:
        """Return 1 for inputs and -1 for outputs that the score moves, 0 for the others, (m + s,)."""
        names = [*self.inputs, *self.outputs]
        side = slice(0, m) if self.orientation == "input" else slice(m, m + s)
        unknown = [name for name in self.fixed_inputs if name not in names[side]]
        free = [name for name in names[side] if name not in self.fixed_inputs]
        if unknown or not free:
            raise UsageError(
                "XZ-103",
                say("fixed_inputs {names}", names=listed(list(self.fixed_inputs))),
                where="DEA.fixed_inputs",
                expected=say("some of {names}, but not all", names=listed([str(name) for name in names[side]])),
            )
        moved = np.zeros(m + s)
        moved[side] = [1.0 if name in free else 0.0 for name in names[side]]
        return np.where(np.arange(m + s) < m, moved, -moved)

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return DEAResult


@dataclass(frozen=True, kw_only=True, repr=False)
class DEAResult(FrontierResult):
    """Farrell scores by observation; see :class:`xinzhi.frontier.model.FrontierResult`."""

    def multiplier_ranges(self, units: Sequence[str] | None = None) -> Any:
        """Return the smallest and largest value that each multiplier takes at an optimum, alone.

        Two programmes for each good of each observation: ask for the units that matter.

        Parameters
        ----------
        units : sequence of str or None
            Units to look at; all by default.

        Returns
        -------
        frame
            ``unit``, ``time``, ``technology``, ``good`` (goods and ``intercept``), ``low``, ``high`` (missing where
            there is no limit), ``status``.
        """
        model = self.method
        assert isinstance(model, DEA)
        if units is not None:
            self.panel.require_units(units, where="multiplier_ranges")
        everything, names, pieces = self.goods.observations, (*self.goods.names, "intercept"), []
        moved = model.moved(len(self.goods.input_names), len(self.goods.output_names))
        for span, answer in zip(self.spans, self.answers, strict=True):
            mine = np.arange(span.evaluated.size)
            if units is not None:
                mine = np.flatnonzero(np.isin(self.panel.unit_names[span.evaluated].astype(str), list(units)))
            reference, rows = everything.at(span.reference), span.evaluated[mine]
            out = own_places(span)[mine] if model.evaluated == "excluded" else np.full(mine.size, -1)
            score = np.where(answer.status[mine] == "ok", answer.terms["score"][mine], np.nan)
            technology = Technology.of(reference.x, reference.y, model.returns)
            found = multiplier_ranges(technology, everything.at(rows), moved=moved, score=score, excluded=out)
            keys = [self.panel.unit_names[rows], self.panel.when[rows], np.full(rows.size, span.time)]
            repeated = [np.repeat(key, len(names)) for key in keys]
            goods = np.tile(np.array(names, dtype=object), rows.size)
            status = np.repeat(found.status, len(names))
            pieces.append((*repeated, goods, found.low.ravel(), found.high.ravel(), status))
        heads = ("unit", "time", "technology", "good", "low", "high", "status")
        columns = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        return self.panel.restore(dict(zip(heads, columns, strict=True)))


# Arrays in, arrays out ------------------------------------------------------------------------


def radial(technology: Technology, points: Observations, *, moved: Floats, excluded: Ints) -> Scores:
    """Return radial scores.

    Parameters
    ----------
    moved : (m + s,)
        1 for inputs and -1 for outputs that the score multiplies, 0 for goods that stay.
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """
    goods, inward = points.all, bool((moved > 0).any())
    e, g = goods.shape
    terms, status = {"score": np.full(e, np.nan)}, np.full(e, "not_identified", dtype=object)
    defined = np.flatnonzero((goods * (moved != 0) > 0).any(axis=1))
    kept = goods[defined]
    found = solve(
        technology,
        Questions(
            b=np.where(moved != 0, 0.0, kept),
            size=kept,
            move=np.where(moved != 0, -kept, 0.0),
            cost=1 if inward else -1,
            excluded=excluded[defined],
        ),
    )
    nothing = (found.status == "ok") & (found.score <= 0.0)  # no reference unit makes any of it
    terms["score"][defined] = np.where(nothing, np.nan, found.score)
    status[defined] = np.where(nothing, "infeasible", found.status)
    out = Scores.of(terms, status, None, (e, g))
    peers, intensities = np.full((e, found.peers.shape[1]), -1), np.zeros((e, found.peers.shape[1]))
    peers[defined], intensities[defined] = found.peers, found.intensities
    out.prices[defined] = np.column_stack(
        (found.dual * np.where(technology.sense > 0, -1.0, 1.0) + 0.0, found.intercept)
    )
    out.targets[defined] = np.where(moved != 0, found.score[:, None] * kept, kept)
    return replace(out, peers=peers, intensities=intensities)
