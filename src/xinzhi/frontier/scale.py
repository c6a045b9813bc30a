"""Scale efficiency, local returns to scale, most productive scale size, and ranges of optimal multipliers.

SE = theta_crs / theta_vrs (input), phi_vrs / phi_crs (output)                                        <= 1
(x^, y^): projection on the frontier under variable returns; supports u y - v x + w <= 0 of the technology that
touch it, with u y^ + v x^ = 1:  w = v x^ - u y^ lies between -1 and 1
    elasticity of scale  e = v x^ / u y^ = (1 + w) / (1 - w)
    increasing returns where the smallest w > 0, decreasing where the largest w < 0, constant otherwise
most productive scale: the projection under constant returns times 1 / 1'L, L its optimal intensities
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from xinzhi.frontier.engine import Answers, Orientation, Questions, Technology, solve
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.model import FrontierModel, FrontierResult, Invariance, Scores
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Table, View, register
from xinzhi.method.status import status_word
from xinzhi.method.terms import label
from xinzhi.numerics.linear_programme import LinearProgramme, solve_general
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

ZERO = 1e-9
"""An intercept between minus this and this is zero: constant returns to scale."""

CLEAR = 1e-6
"""Basic variables above this, relative to the point, leave no doubt that the optimal multipliers are unique."""

FACE = 1e-9
"""Units whose inputs are worth as much as their outputs but for this share lie on the face of the frontier."""

HELD = 1 << 22
"""Values of reference units at the prices of points that are held at once."""

NO_LIMIT = 1e-9
"""Distance of the intercept from 1 at which the elasticity of scale has no upper limit."""


@register("scale_efficiency")
class ScaleEfficiency(FrontierModel):
    """Score each observation by how far it is from the most productive scale, and say which returns to scale it has.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    returns : "vrs"
        Local returns to scale are those of the technology under variable returns.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default.
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer.
    efficient_within : float
        Observations whose scale efficiency is this close to 1 count as efficient.
    orientation : "input" or "output"
        Direction in which an observation is projected on the frontier; returns to scale may differ between the two.

    Notes
    -----
    The first column, ``scale_efficiency``, is at most 1 in both orientations; ``crs_score`` and ``vrs_score`` are
    Farrell scores. At the corners of the frontier returns to scale are a range: ``intercept_low`` and
    ``intercept_high`` are the smallest and largest intercept of the supports of the projection, scaled so that
    inputs and outputs of the projection are worth 1 together, which keeps them between -1 and 1. Positive is
    increasing, negative decreasing, in both orientations; with inputs worth 1 the intercept is 1 - 1 / e (the usual
    one of the input orientation), with outputs worth 1 it is e - 1. The elasticity has no upper limit where the
    largest intercept is 1: where inputs are smallest. ``scale_factor_low`` and ``scale_factor_high`` are by how much
    the projection under constant returns may be multiplied to be of most productive scale. Units invariant; a
    duplicate changes nothing unless observations are excluded; not translation invariant.

    References
    ----------
    Banker, R. D. (1984). European Journal of Operational Research 17(1), 35-44. doi:10.1016/0377-2217(84)90006-7
    Banker, R. D. and Thrall, R. M. (1992). European Journal of Operational Research 62(1), 74-84. doi:10.1016/0377-2217(92)90178-C
    Førsund, F. R. and Hjalmarsson, L. (1979). Economic Journal 89(354), 294-315. doi:10.2307/2232185

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 4], "y": [1.0, 4, 5]}), unit="j")
    >>> result = ScaleEfficiency(inputs=["x"], outputs=["y"], orientation="input").fit(panel)
    >>> result.term("scale_efficiency").tolist(), result.returns_to_scale()["returns"].tolist()
    ([0.5, 1.0, 0.625], ['increasing', 'constant', 'decreasing'])
    """  # noqa: E501

    returns: Literal["vrs"] = "vrs"
    orientation: Orientation = "output"

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        goods, m = points.all, points.x.shape[1]
        moved = np.where((np.arange(goods.shape[1]) < m) == (self.orientation == "input"), 1.0, 0.0)
        answers = {
            returns: solve(
                Technology.of(reference.x, reference.y, returns), radial_questions(goods, moved, m, excluded)
            )
            for returns in ("crs", "vrs")
        }
        crs, vrs = answers["crs"], answers["vrs"]
        status = np.where(crs.status == "ok", vrs.status, crs.status)
        good = np.flatnonzero((status == "ok") & (crs.score > 0) & (vrs.score > 0))
        status[(status == "ok") & ~((crs.score > 0) & (vrs.score > 0))] = "not_identified"
        ratio = crs.score / vrs.score if self.orientation == "input" else vrs.score / crs.score
        terms = {"scale_efficiency": ratio, "crs_score": crs.score, "vrs_score": vrs.score}
        terms |= {
            name: np.full(status.size, np.nan)
            for name in ("intercept_low", "intercept_high", "scale_factor_low", "scale_factor_high")
        }
        out = Scores.of(terms, status, crs, goods.shape)
        technology = Technology.of(reference.x, reference.y, "vrs")
        projection = np.where(moved > 0, vrs.score[:, None] * goods, goods)
        low, high, words = intercepts(technology, vrs, projection, good, excluded)
        terms["intercept_low"][good], terms["intercept_high"][good] = low, high
        status[good] = words
        optimum = np.where(moved > 0, crs.score[:, None] * goods, goods)
        constant = replace(technology, returns="crs")
        size, words = intensity_sums(constant, crs, optimum, goods, good, excluded)
        terms["scale_factor_low"][good], terms["scale_factor_high"][good] = 1.0 / size[:, 1], 1.0 / size[:, 0]
        status[good] = np.where(status[good] == "ok", words, status[good])
        for name, values in terms.items():
            terms[name] = np.where(status == "ok", values, np.nan)
        nearest = np.clip(1.0, terms["scale_factor_low"], terms["scale_factor_high"])
        out.targets[:] = optimum * nearest[:, None]
        return out

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        orientation = {"input": say("input"), "output": say("output")}[self.orientation]
        return say("Scale efficiency and returns to scale, {orientation} orientation", orientation=orientation)

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on."""
        return frozenset({"units", "duplication"}) if self.evaluated == "included" else frozenset({"units"})

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return ScaleResult


@dataclass(frozen=True, kw_only=True, repr=False)
class ScaleResult(FrontierResult):
    """Scale efficiency and returns to scale by observation; peers are those under constant returns."""

    def returns_to_scale(self) -> Any:
        """Return the class and the range of the elasticity of scale, as a frame of the caller's kind.

        Returns
        -------
        frame
            ``unit``, ``time``, ``elasticity_low``, ``elasticity_high`` (missing where it has no upper limit, which
            ``unlimited`` says), ``unlimited`` (1 or 0), ``returns``: "increasing", "constant", "decreasing" or
            empty, ``status``.
        """
        columns = {"unit": self.rows.unit, "time": self.rows.time} | self._elasticities()
        return self.panel.restore(columns | {"returns": self._classes(), "status": self.rows.status})

    def most_productive_scale(self) -> Any:
        """Return the most productive scale sizes, as a frame of the caller's kind.

        Returns
        -------
        frame
            ``unit``, ``time``, ``technology``, ``scale_factor_low``, ``scale_factor_high``, one column per good: its
            amount at the most productive scale that is nearest to the observation's own size.
        """
        rows = np.concatenate([span.evaluated for span in self.spans])
        years = np.concatenate([np.full(span.evaluated.size, span.time) for span in self.spans])
        order = np.lexsort((years, rows))
        rows, years = rows[order], years[order]
        columns = {"unit": self.panel.unit_names[rows], "time": self.panel.when[rows], "technology": years}
        for name in ("scale_factor_low", "scale_factor_high"):
            columns[name] = np.concatenate([answer.terms[name] for answer in self.answers])[order]
        targets = np.vstack([answer.targets for answer in self.answers])[order]
        return self.panel.restore(columns | dict(zip(self.goods.names, targets.T, strict=True)))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the scores, their distribution by period, and returns to scale by observation."""
        return [*super().tables(view), self._returns_table(view)]

    def _elasticities(self) -> dict[str, Floats]:
        low, high = self.rows.terms["intercept_low"], self.rows.terms["intercept_high"]
        unlimited, whole = high > 1.0 - NO_LIMIT, low > 1.0 - NO_LIMIT
        return {
            "elasticity_low": np.where(whole, np.nan, elasticity(np.where(whole, 0.0, low))),
            "elasticity_high": np.where(unlimited, np.nan, elasticity(np.where(unlimited, 0.0, high))),
            "unlimited": np.where(np.isnan(high), np.nan, unlimited),
        }

    def _classes(self) -> Texts:
        return returns_classes(self.rows.terms["intercept_low"], self.rows.terms["intercept_high"])

    def _returns_table(self, view: View | None) -> Table:
        units, _ = self.chosen(view)
        keep = np.flatnonzero(np.isin(self.rows.unit.astype(str), units))
        words = {
            "increasing": say("increasing"),
            "constant": say("constant"),
            "decreasing": say("decreasing"),
            "": "",
        }
        found = self._elasticities()
        columns = {
            "unit": [named(unit) for unit in self.rows.unit[keep]],
            "time": self.rows.time[keep],
            "returns": [words[word] for word in self._classes()[keep]],
            "elasticity_low": found["elasticity_low"][keep],
            "elasticity_high": found["elasticity_high"][keep],
            "scale_factor_low": self.rows.terms["scale_factor_low"][keep],
            "scale_factor_high": self.rows.terms["scale_factor_high"][keep],
            "status": [status_word(word) for word in self.rows.status[keep]],
        }
        heads = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            Field("returns", say("Returns to scale")),
            Field("elasticity_low", say("Lowest elasticity"), 4),
            Field("elasticity_high", say("Highest elasticity"), 4),
            Field("scale_factor_low", label("scale_factor_low"), 4),
            Field("scale_factor_high", label("scale_factor_high"), 4),
            Field("status", label("status")),
        ]
        note = say("An elasticity that is not shown has no limit: the observation is where inputs are smallest.")
        title = say("Returns to scale by observation")
        return self.timed(Table.of("returns_to_scale", title, heads, columns, notes=(note,)))


# Arrays in, arrays out ------------------------------------------------------------------------


def radial_questions(goods: Floats, moved: Floats, m: int, excluded: Ints) -> Questions:
    """Return the radial questions of points with goods (e, g), of which the first m are inputs.

    ``moved``: (g,) 1 for the goods that the score multiplies, all of one side; ``excluded``: (e,) or -1.
    """
    inward = bool((moved[:m] > 0).any())
    return Questions(
        b=np.where(moved > 0, 0.0, goods),
        size=goods,
        move=np.where(moved > 0, -goods, 0.0),
        cost=1 if inward else -1,
        excluded=excluded,
    )


def elasticity(intercept: Floats) -> Floats:
    """Return the elasticity of scale of an intercept between -1 and 1, scaled as in the head of this module, (e,)."""
    found: Floats = (1.0 + intercept) / (1.0 - intercept)
    return found


def returns_classes(low: Floats, high: Floats) -> Texts:
    """Return "increasing", "constant" or "decreasing" for ranges of the intercept, (e,) each; empty where NaN."""
    words = np.where(low > ZERO, "increasing", np.where(high < -ZERO, "decreasing", "constant")).astype(object)
    words[np.isnan(low) | np.isnan(high)] = ""
    return words


def intercepts(
    technology: Technology, answers: Answers, projection: Floats, good: Ints, excluded: Ints
) -> tuple[Floats, Floats, Texts]:
    """Return the smallest and largest intercept of the supports at projections, and a status, (len(good),) each.

    Parameters
    ----------
    answers : Answers
        Radial answers of e points under variable returns.
    projection : (e, g)
        Their goods on the frontier.
    good : (k,)
        The points that are asked for.
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """
    low, high = np.full(good.size, np.nan), np.full(good.size, np.nan)
    status = np.full(good.size, "ok", dtype=object)
    unique = unique_multipliers(answers, projection)
    for place, o in enumerate(good):
        if unique[o]:
            value = np.abs(answers.dual[o]) @ projection[o]
            low[place] = high[place] = answers.intercept[o] / value
            continue
        supports = supports_of(technology, projection[o], projection[o], excluded[o])
        for out, sign in ((low, 1.0), (high, -1.0)):
            cost = np.zeros_like(supports.cost)
            cost[-1] = sign
            found = solve_general(replace(supports, cost=cost))
            out[place] = np.clip(sign * found.objective, -1.0, 1.0)
            status[place] = found.status if status[place] == "ok" else status[place]
    status[status != "ok"] = "numerical"  # a point of the frontier has a support: no other word can be true
    return low, high, status


def unique_multipliers(answers: Answers, projection: Floats) -> Bools:
    """Return where all basic variables of radial answers are clearly positive: their multipliers are unique, (e,)."""
    slack = np.abs(answers.slack) > CLEAR * np.maximum(np.abs(projection), np.finfo(np.float64).tiny)
    peers = answers.intensities > CLEAR * answers.intensities.sum(axis=1, keepdims=True)
    return np.asarray(1 + slack.sum(axis=1) + peers.sum(axis=1) == projection.shape[1] + 1, dtype=np.bool_)


def supports_of(technology: Technology, projection: Floats, worth: Floats, excluded: int) -> LinearProgramme:
    """Return the supports of a technology at one of its frontier points as a programme that still lacks a cost.

    Variables: the price of each good, in the sign of ``Answers.dual`` (inputs at most 0, outputs at least 0), times
    :func:`amounts`; then the intercept.

    Parameters
    ----------
    projection : (g,)
        The point.
    worth : (g,)
        Amounts of goods that are worth 1 together.
    excluded : int
        Place in the reference set that may not be used, -1 for none.
    """
    sense, by = technology.sense, amounts(technology, projection)
    goods = technology.goods[np.arange(technology.goods.shape[0]) != excluded] / by
    lowest, highest = {
        "crs": (0.0, 0.0),
        "vrs": (-np.inf, np.inf),
        "drs": (-np.inf, 0.0),
        "irs": (0.0, np.inf),
    }[str(technology.returns)]
    touching = np.r_[projection / by, 1.0]
    unit = np.r_[np.where(sense > 0, -worth, worth) / by, 0.0]
    return LinearProgramme(
        cost=np.zeros(sense.size + 1),
        matrix=np.vstack((unit, touching, np.column_stack((goods, np.ones(goods.shape[0]))))),
        sense=np.r_[0, 0, np.ones(goods.shape[0])].astype(np.int64),
        b=np.r_[1.0, np.zeros(goods.shape[0] + 1)],
        lower=np.r_[np.where(sense < 0, 0.0, -np.inf), lowest],
        upper=np.r_[np.where(sense > 0, 0.0, np.inf), highest],
    )


def amounts(technology: Technology, point: Floats) -> Floats:
    """Return the amount of each good by which it is measured, (g,): the point's, or the largest where it has none."""
    largest = np.abs(technology.goods).max(axis=0, initial=0.0)
    return np.where(point > 0, point, np.where(largest > 0, largest, 1.0))


def intensity_sums(
    technology: Technology, answers: Answers, optimum: Floats, size: Floats, good: Ints, excluded: Ints
) -> tuple[Floats, Texts]:
    """Return the smallest and largest sum of optimal intensities, (len(good), 2), and a status, (len(good),).

    Only units of the face count: those that the optimal multipliers leave without a loss. If they are the peers
    alone, the intensities are unique.

    Parameters
    ----------
    technology : Technology
        Under constant returns.
    answers : Answers
        Radial answers of e points under it.
    optimum, size : (e, g)
        Their goods on the frontier, and those by which rows are judged.
    good : (k,)
        The points that are asked for.
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """
    step = max(1, HELD // max(1, technology.goods.shape[0]))
    parts = [good[at : at + step] for at in range(0, good.size, step)]
    found = [_sums_of(technology, answers, optimum, size, part, excluded) for part in parts]
    if not found:
        return np.zeros((0, 2)), np.zeros(0, dtype=object)
    return np.concatenate([sums for sums, _ in found]), np.concatenate([status for _, status in found])


def _sums_of(
    technology: Technology, answers: Answers, optimum: Floats, size: Floats, good: Ints, excluded: Ints
) -> tuple[Floats, Texts]:
    """Return :func:`intensity_sums` of some points."""
    price, used = np.abs(answers.dual[good]), technology.sense > 0
    spent, earned = price[:, used] @ technology.goods[:, used].T, price[:, ~used] @ technology.goods[:, ~used].T
    face = spent - earned <= FACE * (spent + earned)
    face[np.arange(good.size)[excluded[good] >= 0], excluded[good][excluded[good] >= 0]] = False
    peers = (answers.peers[good] >= 0).sum(axis=1)
    total = answers.intensities[good].sum(axis=1)
    sums, status = np.column_stack((total, total)), np.full(good.size, "ok", dtype=object)
    several = np.flatnonzero(face.sum(axis=1) != peers)
    patterns, which = np.unique(face[several], axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        mine = several[which.ravel() == k]
        of = replace(technology, goods=technology.goods[pattern])
        sums[mine], status[mine] = _extreme_sums(of, optimum[good[mine]], size[good[mine]], total[mine])
    return sums, status


def _extreme_sums(technology: Technology, optimum: Floats, size: Floats, total: Floats) -> tuple[Floats, Texts]:
    """Return the smallest and largest sum of intensities with which a technology reaches points, (e, 2), and a status.

    ``optimum``, ``size``: (e, g); ``total``: (e,) one sum of intensities, by which its row is judged.
    """
    e, n = optimum.shape[0], technology.goods.shape[0]
    sums, status = np.full((e, 2), np.nan), np.full(e, "ok", dtype=object)
    for column, sense in ((0, 1), (1, -1)):  # a good of which each unit has one: at most, at least the score
        counted = Technology(np.column_stack((technology.goods, np.ones(n))), np.r_[technology.sense, sense], "crs")
        found = solve(
            counted,
            Questions(
                b=np.column_stack((optimum, np.zeros(e))),
                size=np.column_stack((size, total)),
                move=np.column_stack((np.zeros_like(optimum), -np.ones(e))),
                cost=sense,
            ),
        )
        sums[:, column] = found.score
        status = np.where(status == "ok", found.status, status)
    status[status != "ok"] = "numerical"  # the point is reached, with intensities that add up to more than nothing
    return sums, status


@dataclass(frozen=True)
class MultiplierRanges:
    """Ranges of optimal multipliers of e points in the user's units; NaN where there is no limit or no answer.

    ``low``, ``high``: (e, g + 1) of the goods and of the intercept, as in ``Scores.prices``; ``open_low``,
    ``open_high``: (e, g + 1) where there is no limit; ``status``: (e,) text.
    """

    low: Floats
    high: Floats
    open_low: Bools
    open_high: Bools
    status: Texts


def multiplier_ranges(
    technology: Technology, points: Observations, *, moved: Floats, score: Floats, excluded: Ints
) -> MultiplierRanges:
    """Return the smallest and largest value of every optimal multiplier of radial scores, alone.

    Two programmes for each good and the intercept of each point: ask for the points that matter.

    Parameters
    ----------
    technology : Technology
        Of crs, vrs, drs or irs.
    points : Observations
        Goods of e points.
    moved : (g,)
        1 for inputs, -1 for outputs that the score multiplies, 0 for the others, all of one side.
    score : (e,)
        Radial scores; NaN where there is none.
    excluded : (e,)
        Place in the reference set that may not be used, -1 for none.
    """
    goods, columns = points.all, points.all.shape[1] + 1
    shape = goods.shape[0], columns
    low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    open_low, open_high = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    status = np.where(np.isnan(score), "not_identified", "ok").astype(object)
    sign = np.r_[np.where(technology.sense > 0, -1.0, 1.0), 1.0]
    for o in np.flatnonzero(~np.isnan(score)):
        projection = np.where(moved != 0, score[o] * goods[o], goods[o])
        supports = supports_of(technology, projection, np.where(moved != 0, goods[o], 0.0), excluded[o])
        by = sign * np.r_[amounts(technology, projection), 1.0]
        for k in range(columns):
            for out, unlimited, way in ((low, open_low, sign[k]), (high, open_high, -sign[k])):
                cost = np.zeros(columns)
                cost[k] = way
                found = solve_general(replace(supports, cost=cost))
                if found.status == "unbounded":
                    unlimited[o, k] = True
                elif found.status == "ok":
                    out[o, k] = found.value[k] / by[k] + 0.0
                else:
                    status[o] = "numerical"
    return MultiplierRanges(low, high, open_low, open_high, status)
