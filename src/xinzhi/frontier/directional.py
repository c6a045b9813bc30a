"""Directional distance: how far each observation can step towards the frontier along a direction.

beta = max { b : (x_o - b g_x, y_o + b g_y, c_o - b g_c) in T },  c the bad outputs      >= 0 inside T
with weights: max sum_i w_i b_i, b_i >= 0, each good with a step of its own
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field as Bounds

from xinzhi.compute import Run
from xinzhi.errors import UsageError, listed
from xinzhi.frontier.disposability import (
    ByProduction,
    Disposability,
    Kuosmanen,
    asking,
    caveat,
    placed,
    scores_of,
)
from xinzhi.frontier.engine import Questions, Returns
from xinzhi.frontier.goods import Observations, good_names
from xinzhi.frontier.model import REASONS, FrontierModel, FrontierResult, Invariance, Scores, returns_words
from xinzhi.frontier.second_stage import Asks, SlackObjective, blanked, cleared, slack_weights, with_rest
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Quantity, Table, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

Word = Literal["observed", "mean", "unit", "range", "ideal"]
Number = Annotated[float, Bounds(allow_inf_nan=False)]
Weight = Annotated[float, Bounds(ge=0, allow_inf_nan=False)]
STEP = "beta_"
"""Begins the name of the term that is the step of a good."""


@role("direction")
class Direction(Value):
    """A direction of one's own: numbers, or names of goods that stand for the observation's level of them.

    Parameters
    ----------
    inputs, outputs, bad_outputs : tuple of number or str
        One entry per good; left out, none of them moves. A step lowers inputs and bad outputs and raises outputs
        by these amounts; negative numbers turn it round.
    rule : "direction"
        Tells this value from the others.
    """

    inputs: tuple[Number | str, ...] = ()
    outputs: tuple[Number | str, ...] = ()
    bad_outputs: tuple[Number | str, ...] = ()
    rule: Literal["direction"] = "direction"


@role("moving")
class Moving(Value):
    """One of the named directions for some goods; the others stay where they are.

    Parameters
    ----------
    goods : tuple of str
        Names of the inputs, outputs and bad outputs that move.
    by : "observed", "mean", "unit", "range" or "ideal"
        Their direction.
    rule : "moving"
        Tells this value from the others.
    """

    goods: tuple[str, ...]
    by: Word = "observed"
    rule: Literal["moving"] = "moving"


@role("step_weights")
class StepWeights(Value):
    """What the step of each good counts for in a non-radial distance.

    Parameters
    ----------
    inputs, outputs, bad_outputs : tuple of number
        One weight per good, at least 0; left out, all are 0. A good without weight stays.
    rule : "step_weights"
        Tells this value from the others.
    """

    inputs: tuple[Weight, ...] = ()
    outputs: tuple[Weight, ...] = ()
    bad_outputs: tuple[Weight, ...] = ()
    rule: Literal["step_weights"] = "step_weights"


@register("directional_dea")
class DirectionalDEA(FrontierModel):
    """Score each observation by the longest step along a direction that stays in the technology of its period.

    Parameters
    ----------
    inputs, outputs, bad_outputs : tuple of str, Capital, Labour or Term
        Levels; a growth index is refused. Negative levels are admitted under variable returns along "range",
        "unit", "ideal" or a direction of numbers, unless the technology is of Kuosmanen.
    disposability : Weak, Kuosmanen, ByProduction or None
        How bad outputs enter the technology; no default where there are any.
    direction : "observed", "mean", "unit", "range", "ideal", Moving or Direction
        The observation's own goods; the mean of the reference set; one unit of each good; the distance to the best
        of the reference set in each good; the distance to the point that improves each good alone as far as
        possible. :class:`Moving` restricts these to some goods, :class:`Direction` gives one's own.
    weights : None, "groups" or StepWeights
        None takes one step for all goods. With weights each good has a step of its own, at least 0, and their
        weighted sum is maximised; "groups" gives inputs, outputs and bad outputs that move the same weight,
        shared evenly among the goods of a group.
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year.
    reference : tuple of str or None
        Units that span the technology; all by default. Observations outside it score below 0.
    evaluated : "included" or "excluded"
        Whether an observation may be its own peer; "excluded" gives super-efficiency.
    slack_objective : "scaled", "raw" or None
        What the second stage maximises at the end of the step; bad outputs that are reached exactly have no slack.
    efficient_within : float
        Observations whose score is this close to 0 count as efficient, and a good that could improve by less than
        this share of its level does not move towards the ideal.

    Notes
    -----
    ``inefficiency`` is the step, 0 on the frontier. ``efficiency`` is given where it has a meaning: along the
    observed goods 1 - beta if only inputs or bad outputs move (the Farrell input score if all inputs do), 1 / (1 +
    beta) if only outputs do (the reciprocal of the Farrell output score), (1 - beta) / (1 + beta) if all goods do
    under constant returns (the same input score); along the range 1 - beta (range directional model). With weights
    there is one step per good, ``beta_`` and its name, not unique where several mixes of steps weigh the same; a bad
    output with a weight may fall short of its bound whatever the disposability. Where one output and one input, one
    bad output or one of both have weights along the observed goods, ``efficiency`` is the performance index of Zhou,
    Ang and Wang (2012, eqs. 8-10): 1 - the mean step of input and bad output, divided by 1 + the step of the output. An observation that is at its ideal, or the best in all goods that move by range,
    scores 0 if it lies in the technology; it has no multipliers. By-production: polluting inputs that move relax the bound of bad outputs;
    they cannot have weights. Peers are those of the outputs' technology.

    Units invariant along "observed", "mean", "range" and "ideal"; translation invariant under variable returns in
    a side (inputs or outputs) that stays or moves by "unit", "range", "ideal" or numbers, in outputs not under
    Kuosmanen; a duplicate changes nothing unless the direction is the mean or observations are excluded.

    References
    ----------
    Chambers, R. G., Chung, Y. and Färe, R. (1998). Journal of Optimization Theory and Applications 98(2), 351-364. doi:10.1023/A:1022637501082
    Portela, M. C. A. S., Thanassoulis, E. and Simpson, G. (2004). Journal of the Operational Research Society 55(10), 1111-1121. doi:10.1057/palgrave.jors.2601768
    Bogetoft, P. and Hougaard, J. L. (1999). Journal of Productivity Analysis 12(3), 233-247. doi:10.1023/A:1007848222681
    Färe, R. and Grosskopf, S. (2010). European Journal of Operational Research 200(1), 320-322. doi:10.1016/j.ejor.2009.01.031
    Zhou, P., Ang, B. W. and Wang, H. (2012). European Journal of Operational Research 221(3), 625-635. doi:10.1016/j.ejor.2012.04.022

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 3], "y": [1.0, 4, 2]}), unit="j")
    >>> model = DirectionalDEA(inputs=["x"], outputs=["y"], returns="crs", direction="observed")
    >>> model.fit(panel).term("inefficiency").round(6).tolist()  # A: half of x = 1.0 could make y = 1.0
    [0.333333, 0.0, 0.5]
    """  # noqa: E501

    bad_outputs: tuple[Quantity, ...] = ()
    disposability: Disposability | None = None
    direction: Word | Moving | Direction = "observed"
    weights: Literal["groups"] | StepWeights | None = None
    slack_objective: SlackObjective | None = "scaled"
    column_fields: ClassVar[tuple[str, ...]] = ("inputs", "outputs", "bad_outputs")

    def compute(self, panel: Panel, run: Run) -> FrontierResult:
        """Return one row per row of the panel."""
        planned(self)
        result, words = super().compute(panel, run), caveat(self.returns, self.disposability)
        return result if words is None else replace(result, diagnostics={**result.diagnostics, "disposability": words})

    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set; see :class:`FrontierModel`."""
        plan, goods = planned(self), points.all
        context = reference, self.returns, plan.disposability
        asks = asking(*context, excluded=excluded)
        step, words = steps_along(plan, reference.all, goods), np.full(goods.shape[0], "ok", dtype=object)
        if plan.by == "ideal":
            step, words = steps_to_ideal(plan, asks, (reference.all, goods), least=self.efficient_within)
        if plan.weights is None:
            found = radial_steps(plan, asks, goods, step=step)
            terms = found.terms | efficiency(plan, found.terms["inefficiency"], self.returns)
        else:
            short = asking(*context, excluded=excluded, short=plan.weights > 0)
            found = weighted_steps(plan, short, goods, step=step, weights=plan.weights)
            terms = found.terms | efficiency_of_three(plan, found.terms)
        found = replace(found, terms=terms, status=np.where(words == "ok", found.status, words))
        if self.slack_objective is not None:
            worth = slack_weights(reference.all, self.slack_objective) * ~plan.exact
            found = with_rest(found, asks, goods, worth=worth, way=plan.way)
        return blanked(found)

    @property
    def best(self) -> float:
        """Return the score of an efficient observation."""
        return 0.0

    @property
    def signs(self) -> Literal["non_negative", "any"]:
        """Return which levels the model admits: any where a translation of all goods changes nothing."""
        fixed = self.returns == "vrs" and not planned(self).levels.any()
        return "any" if fixed and not isinstance(self.disposability, Kuosmanen) else "non_negative"

    @property
    def heading(self) -> Text:
        """Return what the scores are called."""
        by = self.direction.by if isinstance(self.direction, Moving) else self.direction
        words = {
            "observed": say("the observed goods"),
            "mean": say("the mean goods"),
            "unit": say("one unit of each good"),
            "range": say("the range to the best"),
            "ideal": say("the way to the ideal"),
        }.get(by if isinstance(by, str) else "", say("a direction of numbers"))
        returns = returns_words(self.returns)
        out = say("Directional inefficiency along {direction}, {returns}", direction=words, returns=returns)
        return out if self.weights is None else say("{title}, each good with a step of its own", title=out)

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on."""
        plan, found = planned(self), set[Invariance]()
        m, s, _ = plan.counts
        if self.evaluated == "included" and plan.by != "mean":
            found.add("duplication")
        if plan.by in ("observed", "mean", "range", "ideal") or plan.own_levels:
            found.add("units")
        if self.returns == "vrs" and not plan.levels[:m].any():
            found.add("translation_inputs")
        if self.returns == "vrs" and not plan.levels[m : m + s].any() and not isinstance(self.disposability, Kuosmanen):
            found.add("translation_outputs")
        return frozenset(found)

    @property
    def reasons(self) -> Mapping[str, Text]:
        """Return why a point has no score, by status."""
        nowhere = say("no step along the direction leads into the technology")
        return {**REASONS, "infeasible": nowhere, "unbounded": say("the step has no end")}

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return DirectionalResult


@dataclass(frozen=True, kw_only=True, repr=False)
class DirectionalResult(FrontierResult):
    """Steps to the frontier by observation; see :class:`xinzhi.frontier.model.FrontierResult`."""

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the scores, their distribution by period and, with weights, the steps of the goods."""
        tables = super().tables(view)
        return tables if self.settings["weights"] is None else [*tables, self.by_good()]

    def by_good(self) -> Table:
        """Return the mean step of each good that has a weight, by period."""
        steps = {name.removeprefix(STEP): values for name, values in self.rows.terms.items() if name.startswith(STEP)}
        good, rows = self.rows.status == "ok", []
        for year in self.panel.times:
            mine = good & (self.panel.when == year)
            rows.append((int(year), *(float(values[mine].mean()) if mine.any() else None for values in steps.values())))
        heads = (Field("time", label("time"), 0), *(Field(name, named(name), 4) for name in steps))
        return self.timed(Table("by_good", say("Mean step of each good, by period"), heads, tuple(rows)))


# Settings into arrays ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What the settings ask for, g goods in the order inputs, outputs, bad outputs.

    ``names``, ``counts`` of the three kinds; ``way``: (g,) 1 where a step lowers the good, -1 where it raises it;
    ``moves``: (g,); ``by``: the named direction, "" for one's own; ``numbers``: (g,) of one's own; ``like``: (g,) place
    of the good whose level is the step, -1 for a number; ``levels``: (g,) goods on whose level some step depends;
    ``own_levels``: every step is the level of the good itself; ``weights``: (g,) or None; ``exact``: (g,) goods that
    are reached exactly.
    """

    names: tuple[str, ...]
    counts: tuple[int, int, int]
    way: Floats
    moves: Bools
    by: str
    numbers: Floats
    like: Ints
    levels: Bools
    own_levels: bool
    weights: Floats | None
    exact: Bools
    disposability: Disposability | None


def planned(model: DirectionalDEA) -> Plan:
    """Return what a model's settings ask for.

    Raises
    ------
    UsageError
        Settings that do not fit the goods (XZ-103).
    """
    names = good_names((*model.inputs, *model.outputs, *model.bad_outputs))
    counts = len(model.inputs), len(model.outputs), len(model.bad_outputs)
    g, direction = len(names), model.direction
    disposability = placed(model.disposability, names[: counts[0]], bads=counts[2], where="DirectionalDEA")
    numbers, like, by = np.zeros(g), np.full(g, -1), "observed"
    if isinstance(direction, Direction):
        numbers, like = _own(direction, names, counts)
        moves, by = (numbers != 0) | (like >= 0), ""
        levels = np.isin(np.arange(g), like)
    else:
        goods = direction.goods if isinstance(direction, Moving) else names
        by = direction.by if isinstance(direction, Moving) else direction
        unknown = [name for name in goods if name not in names]
        if unknown or not goods:
            raise _wrong(say("goods {names}", names=listed(list(goods))), names, "direction.goods")
        moves = np.isin(names, goods)
        levels = moves if by in ("observed", "mean") else np.zeros(g, dtype=np.bool_)
    exact = np.zeros(g, dtype=np.bool_)
    if disposability is not None and not isinstance(disposability, ByProduction):
        exact[counts[0] + counts[1] :] = disposability.bads == "equality"
    return Plan(
        names=tuple(names),
        counts=counts,
        way=np.repeat([1.0, -1.0, 1.0], counts),
        moves=moves,
        by=by,
        numbers=numbers,
        like=like,
        levels=levels,
        own_levels=by == "" and bool((like == np.where(moves, np.arange(g), -1)).all()),
        weights=_weights(model, names, (moves, numbers), disposability),
        exact=exact,
        disposability=disposability,
    )


def _own(direction: Direction, names: Sequence[str], counts: tuple[int, int, int]) -> tuple[Floats, Ints]:
    """Return the numbers of a direction and the places of the goods that it names, (g,) each."""
    entries = _full((direction.inputs, direction.outputs, direction.bad_outputs), names, counts, "direction")
    unknown = [entry for entry in entries if isinstance(entry, str) and entry not in names]
    if unknown or not any(entries):
        raise _wrong(say("direction {entries}", entries=listed(list(entries))), names, "direction")
    like = np.array([names.index(entry) if isinstance(entry, str) else -1 for entry in entries])
    return np.array([0.0 if isinstance(entry, str) else entry for entry in entries]), like


def _weights(
    model: DirectionalDEA, names: Sequence[str], step: tuple[Bools, Floats], disposability: Disposability | None
) -> Floats | None:
    """Return the weight of each good's step, (g,), or None, from what moves and by which numbers, (g,) each."""
    moves, numbers = step
    counts = len(model.inputs), len(model.outputs), len(model.bad_outputs)
    if model.weights is None:
        return None
    if model.weights == "groups":
        side = np.repeat([0, 1, 2], counts)
        size = np.array([moves[side == number].sum() for number in range(3)])
        weights: Floats = np.where(moves, 1.0 / (np.maximum(size, 1)[side] * (size > 0).sum()), 0.0)
    else:
        own = model.weights
        weights = np.array(_full((own.inputs, own.outputs, own.bad_outputs), names, counts, "weights"), dtype=float)
    twice = [int(place) for place in disposability.polluting] if isinstance(disposability, ByProduction) else []
    if (weights[~moves] > 0).any() or not (weights > 0).any() or (numbers < 0).any() or (weights[twice] > 0).any():
        raise UsageError(
            "XZ-103",
            say("weights {weights}", weights=listed([f"{weight:g}" for weight in weights])),
            where="DirectionalDEA.weights",
            expected=say(
                "some above 0, those of goods that move, by positive numbers and, under ByProduction, do not pollute"
            ),
        )
    return weights


def _full(
    sides: Sequence[tuple[float | str, ...]], names: Sequence[str], counts: tuple[int, int, int], where: str
) -> list[float | str]:
    """Return one entry per good, 0 for those of a side that is left out."""
    if any(side and len(side) != count for side, count in zip(sides, counts, strict=True)):
        given = [str(len(side)) for side in sides]
        raise _wrong(say("entries {numbers}", numbers=listed(given)), names, where)
    return [entry for side, count in zip(sides, counts, strict=True) for entry in side or (0.0,) * count]


def _wrong(found: str, names: Sequence[str], where: str) -> UsageError:
    return UsageError(
        "XZ-103",
        found,
        where=f"DirectionalDEA.{where}",
        expected=say("one entry for each of {names}, or some of these names, not all 0", names=listed(list(names))),
    )


# Arrays in, arrays out ------------------------------------------------------------------------


def steps_along(plan: Plan, reference: Floats, goods: Floats) -> Floats:
    """Return the step of each good of each point, (e, g), from goods of the reference set (n, g) and points (e, g)."""
    if plan.by == "":
        return np.where(plan.like >= 0, goods[:, np.maximum(plan.like, 0)], plan.numbers)
    step = goods if plan.by == "observed" else np.ones_like(goods)
    if plan.by in ("mean", "range") and reference.shape[0]:
        far = np.where(plan.way > 0, goods - reference.min(axis=0), reference.max(axis=0) - goods)
        step = np.maximum(far, 0.0) if plan.by == "range" else np.tile(reference.mean(axis=0), (goods.shape[0], 1))
    return np.where(plan.moves, step, 0.0)


def steps_to_ideal(plan: Plan, asks: Asks, both: tuple[Floats, Floats], *, least: float) -> tuple[Floats, Texts]:
    """Return how far each good alone could be improved, (e, g), and the status of that, (e,).

    Parameters
    ----------
    both : (n, g), (e, g)
        Goods of the reference set and of the points.
    least : float
        A good that could improve by less than this share of its level is taken to be at its best.
    """
    reference, goods = both
    step, status = np.zeros_like(goods), np.full(goods.shape[0], "ok", dtype=object)
    every, largest = np.arange(goods.shape[0]), np.abs(reference).max(axis=0, initial=0.0)
    unit = np.where(goods != 0, np.abs(goods), np.where(largest > 0, largest, 1.0))
    for good in np.flatnonzero(plan.moves):
        move = np.zeros_like(goods)
        move[:, good] = plan.way[good] * unit[:, good]
        found = asks(Questions(b=goods, size=goods, move=move, cost=-1), every)
        share = np.where(found.status == "ok", found.score, 0.0)
        step[:, good] = np.where(share > least, share * unit[:, good], 0.0)
        status = np.where(status == "ok", found.status, status)
    return step, status


def radial_steps(plan: Plan, asks: Asks, goods: Floats, *, step: Floats) -> Scores:
    """Return the longest common step of each point (e, g) along ``step`` (e, g), before the second stage."""
    e, moving = goods.shape[0], (step != 0).any(axis=1)
    rows, still = np.flatnonzero(moving), np.flatnonzero(~moving & (plan.by in ("range", "ideal")))
    beta, status = np.full(e, np.nan), np.full(e, "not_identified", dtype=object)
    found = asks(Questions(b=goods[rows], size=goods[rows], move=plan.way * step[rows], cost=-1), rows)
    here = asks(Questions(b=goods[still], size=goods[still], gain=np.zeros_like(goods[still])), still)
    beta[rows], status[rows] = found.score, found.status
    beta[still], status[still] = 0.0, here.status
    out = scores_of(plan.way, [(rows, found), (still, here)], goods.shape)
    out.prices[still] = np.nan
    targets = goods - plan.way * beta[:, None] * step
    return replace(out, terms={"inefficiency": beta + 0.0}, status=status, targets=targets)


def weighted_steps(plan: Plan, asks: Asks, goods: Floats, *, step: Floats, weights: Floats) -> Scores:
    """Return the largest weighted sum of the goods' own steps, and each of them, before the second stage."""
    gain = np.divide(weights, step, out=np.zeros_like(step), where=(step > 0) & (weights > 0))
    every = np.arange(goods.shape[0])
    found = asks(Questions(b=goods, size=goods, gain=gain), every)
    own = np.divide(cleared(found.slack, goods), step, out=np.zeros_like(step), where=gain > 0)
    lost = ~(gain > 0).any(axis=1) & (plan.by not in ("range", "ideal"))
    status = np.where(lost, "not_identified", found.status).astype(object)
    terms = {"inefficiency": np.where(status == "ok", own @ weights, np.nan)}
    terms |= {f"{STEP}{plan.names[good]}": own[:, good] for good in np.flatnonzero(weights > 0)}
    out = scores_of(plan.way, [(every, found)], goods.shape)
    return replace(out, terms=terms, status=status, targets=goods - plan.way * own * step)


def efficiency_of_three(plan: Plan, terms: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return what the observed steps of an output and of an input, a bad output or both stand for."""
    own, sides = plan.weights if plan.weights is not None else np.zeros(plan.way.size), plan.counts
    per = [int((part > 0).sum()) for part in np.split(own, np.cumsum(sides)[:2])]
    if plan.by != "observed" or max(per) > 1 or per[1] == 0 or per[0] + per[2] == 0:
        return {}
    steps = {good: terms[f"{STEP}{plan.names[good]}"] for good in np.flatnonzero(own > 0)}
    down = [step for good, step in steps.items() if plan.way[good] > 0]
    (up,) = [step for good, step in steps.items() if plan.way[good] < 0]
    return {"efficiency": (1.0 - sum(down) / len(down)) / (1.0 + up)}


def efficiency(plan: Plan, beta: Floats, returns: Returns) -> dict[str, Floats]:
    """Return the efficiency that a step (e,) stands for, where it stands for one; see the notes of the model."""
    up, down = plan.moves & (plan.way < 0), plan.moves & (plan.way > 0)
    if plan.by == "range" or (plan.by == "observed" and not up.any()):
        return {"efficiency": 1.0 - beta}
    if plan.by == "observed" and (not down.any() or (returns == "crs" and plan.moves.all())):
        top = 1.0 - beta if down.any() else np.ones_like(beta)
        return {"efficiency": np.divide(top, 1.0 + beta, out=np.full_like(beta, np.nan), where=beta > -1.0)}
    return {}
