"""Linear programmes over one reference set, in the user's units and in the standard form that solvers see.

    optimise   cost t - gain's + excess'z
    subject to A L + d t + D s - D z = b,   L, s, z >= 0,   t free

``A``: the reference units' goods, with a row of ones where returns to scale bound the sum of intensities ``L``;
``t``: the score, which moves the point along ``d``; ``s``, ``z``: by how much a good falls short of its bound or
goes beyond it; ``D``: 1 where a good is used, -1 where it is made. Goods are divided by a power of two near their
mean, and under constant returns each unit by its size: nothing that is computed depends on units of measurement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Bools = NDArray[np.bool_]
Returns = Literal["crs", "vrs", "drs", "irs"] | tuple[float, float]

PEER = 1e-9
"""Intensities above this, relative to the point's size, make a peer."""


@dataclass(frozen=True)
class Technology:
    """What a reference set spans.

    Parameters
    ----------
    goods : (n, k)
        Goods of the reference units.
    sense : (k,)
        1: used, at most the point's; -1: made, at least the point's; 0: exactly the point's.
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale: the sum of intensities is free, 1, at most 1, at least 1, or between two bounds.
    """

    goods: Floats
    sense: Ints
    returns: Returns

    @classmethod
    def of(cls, x: Floats, y: Floats, returns: Returns) -> "Technology":
        """Return the technology of inputs (n, m) and outputs (n, s)."""
        sense = np.repeat([1, -1], [x.shape[1], y.shape[1]])
        return cls(np.hstack((x, y)), sense, returns)


@dataclass(frozen=True)
class Questions:
    """What is asked of a technology at e points.

    Parameters
    ----------
    b : (e, k)
        Bounds of the goods.
    size : (e, k)
        Goods of the point itself, by which it is judged whether its rows hold.
    move : (e, k) or None
        Column ``d`` of the score; none where the objective is of slacks alone.
    cost : 1, -1 or 0
        The score is minimised, maximised, or there is none.
    gain : (e, k) or None
        What a unit of slack adds to an objective that is maximised.
    excess : (e, k) or None
        What a unit beyond the bound costs; infinite where none is admitted.
    excluded : (e,) or None
        Place of the reference unit that may not be used, -1 for none.
    """

    b: Floats
    size: Floats
    move: Floats | None = None
    cost: int = 0
    gain: Floats | None = None
    excess: Floats | None = None
    excluded: Ints | None = None

    def some(self, rows: slice | Ints) -> "Questions":
        """Return those of some of the points."""
        given: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        given |= {name: values[rows] for name, values in given.items() if isinstance(values, np.ndarray)}
        return Questions(**given)


LOOSE = 1e-11
"""By how much bounds are loosened, relative to the point's goods, where rounding puts a target out of reach."""


def loosened(asked: Questions, way: Ints | Floats, rows: Ints) -> Questions:
    """Return some questions with bounds a little wider: (k,) 1 for goods of at most, -1 of at least, 0 kept."""
    some = asked.some(rows)
    return replace(some, b=some.b + LOOSE * np.abs(some.size) * way)


@dataclass(frozen=True)
class Answers:
    """Certified answers of e questions in the user's units; numbers are NaN unless ``status`` is ``ok``.

    ``status``: (e,) text; ``score``: (e,) of the score's column; ``objective``: (e,) score, or gains of slack
    less costs of excess; ``dual``: (e, k) by how much the minimised objective (minus gains) rises with each bound;
    ``intercept``: (e,) the same of the sum of intensities; ``slack``: (e, k) slack less excess;
    ``peers``: (e, p) places in the reference set in rising order, -1 where empty; ``intensities``: (e, p).
    """

    status: Texts
    score: Floats
    objective: Floats
    dual: Floats
    intercept: Floats
    slack: Floats
    peers: Ints
    intensities: Floats

    @classmethod
    def empty(cls, e: int, k: int, rows: int) -> "Answers":
        """Return answers that are not there yet, status ``not_identified``; ``rows``: those of the programme."""
        nothing, wide = np.full(e, np.nan), np.full((e, k), np.nan)
        status = np.full(e, "not_identified", dtype=object)
        peers = np.full((e, rows), -1)
        return cls(status, nothing, nothing.copy(), wide, nothing.copy(), wide.copy(), peers, np.zeros((e, rows)))

    def put(self, rows: slice | Ints, some: "Answers") -> None:
        """Store the answers of some of the points."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(some, field.name)

    @classmethod
    def joined(cls, pieces: Sequence["Answers"]) -> "Answers":
        """Return the answers of several chunks of one list of points."""
        return cls(**{f.name: np.concatenate([getattr(piece, f.name) for piece in pieces]) for f in fields(cls)})


OF_POINTS = ("move", "b", "scale", "gain", "excess", "excluded")
"""What programmes have for each point."""


@dataclass(frozen=True)
class Programmes:
    """The programmes of e points in standard form, K rows: the goods, then those of returns to scale.

    Variables are numbered: reference units 0 .. n-1, the score n, slacks n+1+row, excesses n+1+K+row.

    ``reference``: (K, n); ``move``: (e, K), zero where there is no score; ``cost``: of the score; ``b``: (e, K);
    ``slack``: (K,) sign of each row's slack; ``equal``: (K,) rows whose slack stays zero; ``scale``: (e, K)
    by which rows are judged; ``gain``, ``excess``: (e, K); ``excluded``: (e,). Stacked ones have S reference sets of
    one form, (S, K, n).
    """

    reference: Floats
    move: Floats
    cost: int
    b: Floats
    slack: Floats
    equal: Bools
    scale: Floats
    gain: Floats
    excess: Floats
    excluded: Ints

    @classmethod
    def stacked(cls, sets: Sequence["Programmes"]) -> "Programmes":
        """Return the programmes of several reference sets of one form, one set after the other."""
        if len(sets) == 1:
            return replace(sets[0], reference=sets[0].reference[None])
        arrays: dict[str, Any] = {name: np.concatenate([getattr(each, name) for each in sets]) for name in OF_POINTS}
        return replace(sets[0], reference=np.stack([each.reference for each in sets]), **arrays)

    def one(self, e: int) -> "Programmes":
        """Return programme e alone, its rows divided by the point's own goods."""
        by = self.scale[[e]]
        return Programmes(
            self.reference / by[0][:, None],
            self.move[[e]] / by,
            self.cost,
            self.b[[e]] / by,
            self.slack,
            self.equal,
            np.ones_like(by),
            self.gain[[e]] * by,
            self.excess[[e]] * by,
            self.excluded[[e]],
        )

    def some(self, rows: Ints | slice) -> "Programmes":
        """Return some of the programmes."""
        arrays = {name: getattr(self, name)[rows] for name in OF_POINTS}
        kept = {name: getattr(self, name) for name in ("reference", "cost", "slack", "equal")}
        return Programmes(**kept, **arrays)


@dataclass(frozen=True)
class Scales:
    """What the user's goods were divided by: ``goods`` (k,), ``units`` (n,), ``points`` (e,)."""

    goods: Floats
    units: Floats
    points: Floats

    def some(self, rows: slice) -> "Scales":
        """Return those of some of the points."""
        return Scales(self.goods, self.units, self.points[rows])


@dataclass(frozen=True)
class Reference:
    """A reference set in standard form.

    ``rows``: (K, n); ``goods``: (k,) and ``units``: (n,) what goods and units were divided by; ``bounds``: bound and
    sense of each row of the sum of intensities.
    """

    rows: Floats
    goods: Floats
    units: Floats
    bounds: list[tuple[float, int]]


def standard(technology: Technology, asked: Questions) -> tuple[Programmes, Scales]:
    """Return the programmes of a technology in standard form, and the scales that lead back."""
    return programmes_of(technology, asked, reference_of(technology, asked.size))


def reference_of(technology: Technology, size: Floats) -> Reference:
    """Return the reference set in standard form, its goods divided near their mean with those of points (e, k)."""
    n, k = technology.goods.shape
    goods, bounds = column_scales(technology.goods, size), _sum_rows(technology.returns)
    rows, units = np.ones((k + len(bounds), n)), np.ones(n)
    for good, by in enumerate(goods):
        rows[good] = technology.goods[:, good] / by
    if technology.returns == "crs":
        units = unit_sizes(rows[:k].T)
        rows[:k] /= units
    return Reference(rows, goods, units, bounds)


def programmes_of(technology: Technology, asked: Questions, reference: Reference) -> tuple[Programmes, Scales]:
    """Return what is asked of a reference set that is in standard form already, and the scales that lead back."""
    (e, k), goods, extra = asked.b.shape, reference.goods, len(reference.bounds)
    points, scale = np.ones(e), np.ones((e, k + extra))
    for good, by in enumerate(goods):
        scale[:, good] = np.abs(asked.size[:, good]) / by
    if technology.returns == "crs":
        points = unit_sizes(scale[:, :k])
        scale[:, :k] /= points[:, None]
    scale[scale <= 0] = 1.0

    def rows(values: Floats | None, fill: float, power: float, tail: Sequence[float] = ()) -> Floats:
        same = np.asarray([*[fill] * k, *(tail or [fill] * extra)], dtype=np.float64)
        if values is None:
            return np.broadcast_to(same, (e, k + extra))
        out = np.tile(same, (e, 1))
        for good in range(k):
            out[:, good] = values[:, good] * (goods[good] * points) ** power
        return out

    sense = technology.sense
    programmes = Programmes(
        reference=reference.rows,
        move=rows(asked.move, 0.0, -1.0),
        cost=asked.cost,
        b=rows(asked.b, 0.0, -1.0, [bound for bound, _ in reference.bounds]),
        slack=np.r_[np.where(sense < 0, -1.0, 1.0), [-1.0 if sign < 0 else 1.0 for _, sign in reference.bounds]],
        equal=np.r_[sense == 0, [sign == 0 for _, sign in reference.bounds]].astype(np.bool_),
        scale=scale,
        gain=rows(asked.gain, 0.0, 1.0),
        excess=rows(asked.excess, np.inf, 1.0),
        excluded=np.full(e, -1) if asked.excluded is None else asked.excluded,
    )
    return programmes, Scales(goods, reference.units, points)


def _sum_rows(returns: Returns) -> list[tuple[float, int]]:
    """Return bound and sense of each row of the sum of intensities."""
    if isinstance(returns, tuple):
        lower, upper = returns
        if lower == upper:
            return [(lower, 0)]
        below = [(lower, -1)] if lower > 0 else []
        return [*below, (upper, 1)] if np.isfinite(upper) else below
    return {"crs": [], "vrs": [(1.0, 0)], "drs": [(1.0, 1)], "irs": [(1.0, -1)]}[returns]


def column_scales(*tables: Floats) -> Floats:
    """Return a power of two near the geometric mean of each good, (k,); near the mean where there are zeros."""
    count = sum(table.shape[0] for table in tables)
    scale = np.ones(tables[0].shape[1])
    for good in range(scale.size):
        columns = [np.abs(table[:, good]) for table in tables]
        if all((column > 0).all() for column in columns):
            log = sum(float(np.log2(column).sum()) for column in columns) / count
        else:
            total = sum(float(column.sum()) for column in columns)
            log = np.log2(max(total / count, np.finfo(np.float64).tiny)) if total > 0 else 0.0
        scale[good] = np.exp2(np.round(log))
    return scale


def unit_sizes(goods: Floats) -> Floats:
    """Return a power of two near the largest good of each unit, (n,): under crs only its ray matters."""
    size = np.maximum(np.abs(goods).max(axis=1, initial=0.0), np.finfo(np.float64).tiny)
    rounded: Floats = np.exp2(np.round(np.log2(size)))
    return rounded


@dataclass(frozen=True)
class Vertices:
    """Certified answers of e programmes.

    ``status``: (e,) text; ``basis``: (e, K) numbers of the basic variables; ``value``: (e, K) of them;
    ``dual``: (e, K) of the rows.
    """

    status: Texts
    basis: Ints
    value: Floats
    dual: Floats

    @classmethod
    def joined(cls, pieces: Sequence["Vertices"]) -> "Vertices":
        """Return the vertices of several chunks of one list of programmes."""
        return cls(**{f.name: np.concatenate([getattr(piece, f.name) for piece in pieces]) for f in fields(cls)})


def in_user_units(programmes: Programmes, found: Vertices, scales: Scales, k: int) -> Answers:
    """Return the answers of programmes with k goods in the user's units."""
    (rows, n), e = programmes.reference.shape, found.status.size
    out = Answers.empty(e, k, rows)
    out.status[:] = found.status
    good = np.flatnonzero(found.status == "ok")
    basis, value, dual, own = found.basis[good], found.value[good], found.dual[good], scales.points[good]
    by = scales.goods * own[:, None]
    slack = np.zeros((good.size, rows))
    each, place = np.nonzero(basis > n)
    number = basis[each, place] - n - 1
    sign = np.where(number < rows, 1.0, -1.0)
    np.add.at(slack, (each, number % rows), sign * value[each, place])
    owner, row = good[each], number % rows
    worth = np.where(number < rows, programmes.gain[owner, row], -programmes.excess[owner, row]) * value[each, place]
    score = np.where(basis == n, value, 0.0).sum(axis=1)
    out.score[good] = score if programmes.cost else np.nan
    out.objective[good] = score if programmes.cost else np.bincount(each, worth, minlength=good.size)
    out.slack[good] = slack[:, :k] * by
    out.dual[good] = dual[:, :k] / by + 0.0
    out.intercept[good] = dual[:, k:].sum(axis=1)
    units = scales.units[np.minimum(basis, n - 1)] if n else np.ones_like(value)
    intensity = np.where(basis < n, value * own[:, None] / units, 0.0)
    peer = np.where((basis < n) & (value > PEER), basis, n)
    order = np.argsort(peer, axis=1, kind="stable")
    peer, intensity = np.take_along_axis(peer, order, axis=1), np.take_along_axis(intensity, order, axis=1)
    out.peers[good] = np.where(peer < n, peer, -1)
    out.intensities[good] = np.where(peer < n, intensity, 0.0)
    return out
