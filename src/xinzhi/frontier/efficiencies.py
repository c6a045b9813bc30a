"""What total factor productivity owes to the frontier and to a unit's place under it.

    TFP  = Y(y) / X(x)                                        aggregates of outputs and of inputs
    TFP* = max { Y(y) / X(x) : (x, y) in T },  TFPE = TFP / TFP*
    OTE  = 1 / phi                                            ITE = theta
    OSE  = OTE under crs / OTE                                ISE = ITE under crs / ITE
    OME  = phi p'y / max { p'z : (x, z) in T }                IME = min { w'z : (z, y) in T } / (theta w'x)
    TFPE = OTE OME ROSE = OTE OSE RME = OTE OSME              TFPE = ITE IME RISE = ITE ISE RME = ITE ISME

``phi``, ``theta``: Farrell scores; ``p``, ``w``: prices that support the aggregates; everything here is in logs.
Aggregates are homogeneous of degree one, Y convex and X concave, so that TFP* is reached by a reference unit that
is efficient under constant returns, whatever the returns to scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.frontier.engine import Orientation, Questions, RadialScores, Technology, radial_scores, solve
from xinzhi.frontier.goods import Goods as PanelGoods
from xinzhi.frontier.technology import pieces
from xinzhi.language import Text, say
from xinzhi.method import Result, Rows, Table, View
from xinzhi.method.result import check_adding_up
from xinzhi.method.table import shown
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

Aggregator = Literal["distances", "prices"]
"""How goods are added up: by a distance function itself, or at the prices that support it at one point."""

Goods = tuple[Floats, Floats]
"""Inputs (e, m) and outputs (e, s) of the same points."""

EFFICIENT = 1e-9
"""Reference units whose score exceeds 1 by more do not reach the largest productivity: another does better."""

ORIENTATIONS: tuple[Orientation, Orientation] = ("output", "input")

BOUNDS = {"crs": (0.0, np.inf), "vrs": (1.0, 1.0), "drs": (0.0, 1.0), "irs": (1.0, np.inf)}
"""Least and largest sum of intensities."""

PRESENT = 1e-9
"""Slacks relative to their good, and gaps of the sum of intensities, above this are positive."""

WORTHLESS = 1e-12
"""What the mean of a good is worth, relative to the point's aggregate, where its price is zero but for rounding."""


@dataclass(frozen=True)
class Support:
    """Distances of e points and the prices that support them, NaN unless ``status`` is ``ok``.

    ``log``: (e,) ln of the Shephard distance; ``prices``: (e, g) of outputs or of inputs, which make the goods worth
    the distance; ``unique``: (e,) whether no other prices do; ``status``: (e,) text.
    """

    log: Floats
    prices: Floats
    unique: Bools
    status: Texts


@dataclass(frozen=True)
class Place:
    """Where e points stand under a technology, in logs: ``ote``, ``ose``, ``ite``, ``ise``, (e,) each.

    ``status``: (e,) text, ``ok`` where all four are known.
    """

    ote: Floats
    ose: Floats
    ite: Floats
    ise: Floats
    status: Texts


@dataclass(frozen=True)
class Mix:
    """Mix efficiencies of e points in logs: ``ome``, ``ime``, ``status``, (e,) each."""

    ome: Floats
    ime: Floats
    status: Texts


def support(technology: Technology, points: Goods, *, orientation: Orientation) -> Support:
    """Return distances and supporting prices; ``unbounded`` where the distance is infinite.

    Parameters
    ----------
    points : (e, m) and (e, s)
        Inputs and outputs, which may be those of different observations.
    orientation : "output" or "input"
        D_O = 1 / phi with p'y = D_O, or D_I = 1 / theta with w'x = D_I.
    """
    found = radial_scores(technology, points, orientation=orientation)
    positive = found.score > 0
    score = np.where(positive, found.score, np.nan)
    weights, side = (found.u, -1) if orientation == "output" else (found.v, 1)
    status = np.where((found.status == "ok") & ~positive, "unbounded", found.status)
    typical = np.abs(technology.goods[:, technology.sense == side]).sum(axis=0) / max(technology.goods.shape[0], 1)
    prices = np.where(weights * typical < WORTHLESS, 0.0, weights) / score[:, None]
    unique = one_facet(technology, points, found=found, orientation=orientation)
    return Support(-np.log(score), prices, unique, status)


@dataclass(frozen=True)
class Centre:
    """The representative observation.

    ``x``, ``y``: (m,), (s,) its goods; ``outward``, ``inward``: its output and its input distance with their prices,
    of one row; ``unique``: whether there are no other prices.
    """

    x: Floats
    y: Floats
    outward: Support
    inward: Support
    unique: bool

    @property
    def status(self) -> str:
        """Return the status of its distances."""
        return str(first_trouble(self.outward.status, self.inward.status)[0])

    @property
    def prices(self) -> Floats:
        """Return the prices of inputs and outputs, (m + s,)."""
        return np.concatenate((self.inward.prices[0], self.outward.prices[0]))


def representative_prices(technology: Technology, point: tuple[Floats, Floats]) -> Centre:
    """Return distances and prices of one observation, (m,) and (s,), under a technology."""
    x, y = point
    goods = x[None], y[None]
    outward, inward = (support(technology, goods, orientation=side) for side in ORIENTATIONS)
    return Centre(x, y, outward, inward, bool(outward.unique[0] and inward.unique[0]))


def one_facet(technology: Technology, points: Goods, *, found: RadialScores, orientation: Orientation) -> Bools:
    """Return whether the frontier has one facet, hence one set of prices, where each point meets it, (e,).

    As many intensities, slacks and scores are positive as the programme has rows.
    """
    goods, weights = np.hstack(points), found.intensities
    if not technology.goods.shape[0]:
        return np.zeros(goods.shape[0], dtype=np.bool_)
    moved = (technology.sense > 0) == (orientation == "input")
    target = np.where(moved, found.score[:, None] * goods, goods)
    made = np.einsum("ep,epk->ek", weights, technology.goods[found.peers])
    slack = np.abs(made - target) > PRESENT * np.abs(goods)
    low, high = BOUNDS[technology.returns] if isinstance(technology.returns, str) else technology.returns
    bounds = {bound for bound in (low, high) if 0 < bound < np.inf}
    positive = 1 + (weights > 0).sum(axis=1) + slack.sum(axis=1)
    for bound in bounds:
        positive = positive + (np.abs(weights.sum(axis=1) - bound) > PRESENT)
    unique: Bools = (found.status == "ok") & (positive == goods.shape[1] + len(bounds))
    return unique


def placed(technology: Technology, points: Goods) -> Place:
    """Return technical and scale efficiency of points under a technology."""
    output = support(technology, points, orientation="output")
    if technology.returns == "crs":  # both orientations and both returns are one
        zero = np.where(output.status == "ok", 0.0, np.nan)
        return Place(output.log, zero, output.log, zero, output.status)
    inward = support(technology, points, orientation="input")
    rays = support(replace(technology, returns="crs"), points, orientation="output")
    status = first_trouble(output.status, inward.status, rays.status)
    return Place(output.log, rays.log - output.log, -inward.log, rays.log + inward.log, status)


def one_mix(points: Goods, status: Texts) -> Mix:
    """Return mix efficiencies where one good has one mix, and several are not asked for: NaN."""
    shapes = [goods.shape[1] for goods in points]
    ime, ome = (np.where((status == "ok") & (count == 1), 0.0, np.nan) for count in shapes)
    return Mix(ome, ime, np.full(status.size, "ok", dtype=object))


def mixed(technology: Technology, points: Goods, *, place: Place, prices: Goods) -> Mix:
    """Return mix efficiencies at prices; one good has one mix.

    Parameters
    ----------
    prices : (e, m) and (e, s)
        Of inputs and of outputs, NaN where they are not known.
    """
    (x, y), (w, p) = points, prices
    none, fine = np.zeros(x.shape[0]), np.full(x.shape[0], "ok", dtype=object)
    best, status_out = most_revenue(technology, points, p=p) if p.shape[1] > 1 else (none, fine)
    least, status_in = least_cost(technology, points, w=w) if w.shape[1] > 1 else (none, fine)
    ome = log((p * y).sum(axis=1)) - place.ote - best if p.shape[1] > 1 else none
    ime = least - log((w * x).sum(axis=1)) - place.ite if w.shape[1] > 1 else none
    return Mix(ome, ime, first_trouble(status_out, status_in))


def most_revenue(technology: Technology, points: Goods, *, p: Floats) -> tuple[Floats, Texts]:
    """Return ln of the largest revenue that each point's inputs can make, and the status, (e,) each."""
    (x, y), none = points, np.zeros_like(points[1])
    return _valued(
        technology,
        Questions(b=np.hstack((x, none)), size=np.hstack((x, y)), gain=np.hstack((np.zeros_like(x), p))),
        known=np.flatnonzero(np.isfinite(p).all(axis=1)),
    )


def least_cost(technology: Technology, points: Goods, *, w: Floats) -> tuple[Floats, Texts]:
    """Return ln of the least cost of each point's outputs, and the status, (e,) each."""
    (x, y), none = points, np.zeros_like(points[0])
    outside = np.full_like(y, np.inf)
    return _valued(
        technology,
        Questions(b=np.hstack((none, y)), size=np.hstack((x, y)), excess=np.hstack((w, outside))),
        known=np.flatnonzero(np.isfinite(w).all(axis=1)),
    )


def _valued(technology: Technology, asked: Questions, *, known: Ints) -> tuple[Floats, Texts]:
    """Return ln of the worth of slack or of excess at points with known prices; ``not_identified`` elsewhere."""
    e, rows = asked.b.shape[0], known
    value, status = np.full(e, np.nan), np.full(e, "not_identified", dtype=object)
    gain = None if asked.gain is None else asked.gain[rows]
    excess = None if asked.excess is None else asked.excess[rows]
    found = solve(technology, Questions(b=asked.b[rows], size=asked.size[rows], gain=gain, excess=excess))
    worth = gain if excess is None else np.where(np.isfinite(excess), excess, 0.0)
    value[rows], status[rows] = log((worth * np.abs(found.slack)).sum(axis=1)), found.status
    return value, status


def aggregates(
    technology: Technology, fixed: Floats, *, bundles: Floats, orientation: Orientation
) -> tuple[Floats, Texts]:
    """Return ln of the distance of r bundles of goods at each of e points, (e, r), and its status, (e,).

    Parameters
    ----------
    fixed : (e, m) or (e, s)
        The points' goods that do not move: inputs with output bundles, outputs with input bundles.
    bundles : (r, s) or (r, m)
        Outputs, or inputs, that are aggregated; one good is proportional to its aggregate.
    """
    (e, r), outward = (fixed.shape[0], bundles.shape[0]), orientation == "output"
    if bundles.shape[1] == 1 and r:
        level = float(bundles.mean())
        moving = np.full((e, 1), level)
        one = support(technology, (fixed, moving) if outward else (moving, fixed), orientation=orientation)
        return one.log[:, None] + log(bundles[:, 0] / level), one.status
    still, moving = np.repeat(fixed, r, axis=0), np.tile(bundles, (e, 1))
    value, status = np.full(e * r, np.nan), np.full(e * r, "ok", dtype=object)
    for part in pieces(e * r, technology.goods.shape[0]):
        goods = (still[part], moving[part]) if outward else (moving[part], still[part])
        found = support(technology, goods, orientation=orientation)
        value[part], status[part] = found.log, found.status
    by_point = status.reshape(e, r)
    return value.reshape(e, r), first_trouble(np.full(e, "ok", dtype=object), *by_point.T)


@dataclass(frozen=True)
class Aggregates:
    """Logs of aggregates of n rows, and the prices of their goods; NaN unless ``status`` is ``ok``.

    ``output``, ``input``, ``status``: (n,); ``p``, ``w``: (n, s), (n, m).
    """

    output: Floats
    input: Floats
    p: Floats
    w: Floats
    status: Texts


def aggregated(
    technology: Technology, centre: Centre, *, goods: PanelGoods, aggregator: Aggregator, run: Run
) -> Aggregates:
    """Return the aggregates of all usable rows at the representative observation."""
    n, rows = goods.usable.size, np.flatnonzero(goods.usable)
    out = Aggregates(
        output=np.full(n, np.nan),
        input=np.full(n, np.nan),
        p=np.full(goods.y.shape, np.nan),
        w=np.full(goods.x.shape, np.nan),
        status=np.full(n, "not_identified", dtype=object),
    )
    out.status[rows] = centre.status
    if aggregator == "prices" or centre.status != "ok":
        out.p[rows], out.w[rows] = centre.outward.prices, centre.inward.prices
        out.output[rows] = log((out.p[rows] * goods.y[rows]).sum(axis=1))
        out.input[rows] = log((out.w[rows] * goods.x[rows]).sum(axis=1))
        return out
    parts = pieces(rows.size, technology.goods.shape[0])
    tasks = [(technology, (centre.x, centre.y), (goods.x[rows[part]], goods.y[rows[part]])) for part in parts]
    for part, (outward, inward) in zip(parts, run.map(distance_task, tasks, label=say("distances")), strict=True):
        mine = rows[part]
        out.output[mine], out.input[mine] = outward.log, inward.log
        out.p[mine], out.w[mine] = outward.prices, inward.prices
        out.status[mine] = first_trouble(outward.status, inward.status)
    return out


def distance_task(technology: Technology, centre: tuple[Floats, Floats], points: Goods) -> tuple[Support, Support]:
    """Return the distances of outputs at the inputs of the centre, and of inputs at its outputs."""
    (x, y), e = points, points[0].shape[0]
    outward = support(technology, (np.tile(centre[0], (e, 1)), y), orientation="output")
    return outward, support(technology, (x, np.tile(centre[1], (e, 1))), orientation="input")


def largest(outputs: Floats, inputs: Floats) -> tuple[Floats, Texts]:
    """Return ln of the largest ratio of aggregates and its status, (e,) each, from logs (e, r).

    ``unbounded``: a bundle has output and an input that is worth nothing; ``not_identified``: there is no bundle.
    Bundles without either count for nothing.
    """
    with np.errstate(invalid="ignore"):
        ratio = outputs - inputs
    best = np.where(np.isnan(ratio), -np.inf, ratio).max(axis=1, initial=-np.inf)
    status = np.where(np.isposinf(best), "unbounded", np.where(np.isneginf(best), "not_identified", "ok"))
    return np.where(np.isfinite(best), best, np.nan), status.astype(object)


def most_productive(
    technology: Technology,
    own: Goods,
    *,
    candidates: tuple[Goods, Goods],
    supports: tuple[Support, Support],
    aggregator: Aggregator,
) -> tuple[Floats, Texts]:
    """Return ln TFP* of the technologies of own and other year by one year's aggregates, (e, 2), and status, (e,)."""
    x, y = (np.vstack(sides) for sides in zip(*candidates, strict=True))
    known = [np.full(own[0].shape[0], "ok", dtype=object)]
    if aggregator == "distances":
        made, words = aggregates(technology, own[0], bundles=y, orientation="output")
        used, more = aggregates(technology, own[1], bundles=x, orientation="input")
        known += [words, more]
    else:
        used, made = (log(side.prices @ goods.T) for side, goods in zip(supports, (x, y), strict=True))
    first = candidates[0][0].shape[0]
    best, status = zip(
        *(largest(made[:, part], used[:, part]) for part in np.split(np.arange(y.shape[0]), [first])), strict=True
    )
    return np.column_stack(best), first_trouble(*known, *status)


def log(values: Floats) -> Floats:
    """Return logarithms without a complaint about zeros and missing values."""
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Floats = np.log(values)
    return out


def first_trouble(*statuses: Texts) -> Texts:
    """Return the first status of each point that is not ``ok``, (e,)."""
    out = statuses[0].copy()
    for status in statuses[1:]:
        out = np.where(out == "ok", status, out)
    return out


def absent_terms(aggregator: Aggregator, goods: tuple[int, int]) -> dict[str, Text]:
    """Return the terms that aggregates leave out, with the reason; ``goods``: number of inputs and of outputs.

    The largest distance of an output set, or the least of an input set, is no linear programme.
    """
    why = say("the best mix of several goods by distances is no linear programme; see aggregator='prices'")
    sides = {"input": goods[0], "output": goods[1]}
    several = [side for side, count in sides.items() if aggregator == "distances" and count > 1]
    names = [name for side in several for name in (f"{side}_mix_efficiency", f"residual_{side}_scale_efficiency")]
    return dict.fromkeys(names, why)


def productivity_terms(levels: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the parts of productivity by their names, in the logs of ``levels`` or in changes of them.

    Parameters
    ----------
    levels : mapping
        ``output``, ``input``: aggregates; ``best``: TFP*; ``ote``, ``ose``, ``ome``, ``ite``, ``ise``, ``ime``.
    """
    of = levels
    tfp = of["output"] - of["input"]
    efficiency = tfp - of["best"]
    return {
        "tfp": tfp,
        "technical_change": of["best"],
        "tfp_efficiency": efficiency,
        "output_technical_efficiency": of["ote"],
        "output_scale_efficiency": of["ose"],
        "output_mix_efficiency": of["ome"],
        "residual_output_scale_efficiency": efficiency - of["ote"] - of["ome"],
        "output_scale_mix_efficiency": efficiency - of["ote"],
        "input_technical_efficiency": of["ite"],
        "input_scale_efficiency": of["ise"],
        "input_mix_efficiency": of["ime"],
        "residual_input_scale_efficiency": efficiency - of["ite"] - of["ime"],
        "input_scale_mix_efficiency": efficiency - of["ite"],
        "residual_mix_efficiency": efficiency - of["ote"] - of["ose"],
    }


IDENTITIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ln TFP = ln TFP* + ln TFPE": ("tfp", ("technical_change", "tfp_efficiency")),
    "TFPE = OTE OME ROSE": (
        "tfp_efficiency",
        ("output_technical_efficiency", "output_mix_efficiency", "residual_output_scale_efficiency"),
    ),
    "TFPE = OTE OSE RME": (
        "tfp_efficiency",
        ("output_technical_efficiency", "output_scale_efficiency", "residual_mix_efficiency"),
    ),
    "TFPE = OTE OSME": ("tfp_efficiency", ("output_technical_efficiency", "output_scale_mix_efficiency")),
    "TFPE = ITE IME RISE": (
        "tfp_efficiency",
        ("input_technical_efficiency", "input_mix_efficiency", "residual_input_scale_efficiency"),
    ),
    "TFPE = ITE ISE RME": (
        "tfp_efficiency",
        ("input_technical_efficiency", "input_scale_efficiency", "residual_mix_efficiency"),
    ),
    "TFPE = ITE ISME": ("tfp_efficiency", ("input_technical_efficiency", "input_scale_mix_efficiency")),
}
"""What adds up to what, in logs. That both sides of ISE and OSE meet in one RME is a fact, not a definition."""


# What is published ------------------------------------------------------------------------------


def check_parts(rows: Rows) -> float:
    """Return the largest gap of the identities of productivity; raise XZ-301 where one is too large."""
    terms = rows.terms
    growth = np.column_stack((terms["output_quantity"], -terms["input_quantity"]))
    gaps = [check_adding_up(terms["tfp"], growth, rows, identity="ln TFP = ln Q - ln X")]
    there = {name: sums for name, sums in IDENTITIES.items() if set(sums[1]) <= set(terms)}
    for identity, (total, parts) in there.items():
        columns = np.column_stack([terms[name] for name in parts])
        gaps.append(check_adding_up(terms[total], columns, rows, identity=identity))
    return max(gaps)


def productivity_tables(result: Result, view: View | None) -> list[Table]:
    """Return three tables of mean rates: productivity, and what efficiency consists of, by outputs and by inputs."""
    quantities = ["output_quantity", "input_quantity", "tfp", "technical_change", "tfp_efficiency"]
    sides = {
        "output_side": (say("Efficiency change by outputs"), _side("output", result)),
        "input_side": (say("Efficiency change by inputs"), _side("input", result)),
    }
    tables = [result.mean_rates(result.title, view, quantities, notes=result.absences())]
    return [*tables, *(result.mean_rates(title, view, terms, name=name) for name, (title, terms) in sides.items())]


def _side(word: str, result: Result) -> list[str]:
    names = (
        "tfp_efficiency",
        f"{word}_technical_efficiency",
        f"{word}_scale_efficiency",
        f"{word}_mix_efficiency",
        f"residual_{word}_scale_efficiency",
        f"{word}_scale_mix_efficiency",
        "residual_mix_efficiency",
    )
    return [name for name in names if name in result.rows.terms]


def productivity_summary(result: Result) -> str:
    """Return the number of steps and the means of productivity, technical change and efficiency."""
    good = result.rows.status == "ok"
    if not good.any():
        return say("{title}: none of {count} steps could be computed.", title=result.title, count=good.size)
    means = {name: 100 * float(values[good].mean()) for name, values in result.rows.terms.items()}
    lines = [
        say(
            "{computed} of {count} steps computed. Unweighted mean change per step: productivity {productivity} %, "
            "of which technical change {technical} and efficiency change {efficiency}.",
            computed=int(good.sum()),
            count=good.size,
            productivity=shown(means["tfp"], 2),
            technical=shown(means["technical_change"], 2),
            efficiency=shown(means["tfp_efficiency"], 2),
        )
    ]
    if result.diagnostics["infeasible"]:
        lines.append(say("{count} programmes have no solution.", count=result.diagnostics["infeasible"]))
    return "\n".join(lines)
