"""Thresholds of a panel regression: every candidate at once, for many outcomes at once.

y = SUM_j D(g_j) d_j + W c + effects + e,     D(g) = x 1(q <= g)
r    residuals of y on effects, W and the D of other thresholds
b(g) = SUM_{q <= g} x r                       A(g) = D(g)' M D(g),  M makes residuals
S_0 - S(g) = b(g)' A(g)^-1 b(g)

b and A of all candidates are cumulative sums along sorted q, and A serves every outcome: a bootstrap costs a product.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from xinzhi.compute import Run
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.dynamics.kernels import bandwidth, kernel

SINGULAR = 1e-10
"""A candidate whose columns the others explain but for this part of their squares breaks nothing."""
PASSES = 20
"""Rounds in which thresholds are found again given the others; two or three settle them."""
CELLS = 2**21
"""Numbers of simulated outcomes of one task."""
CRITICAL = (0.9, 0.95, 0.99)
"""Quantiles of simulated statistics that are published."""
Resampling = Literal["wild", "units"]
WILD: Resampling = "wild"


@dataclass(frozen=True)
class Design:
    """All of a threshold regression but its outcome; rows are sorted by unit.

    ``x``: (N, k) what breaks; ``q``: (N,); ``first``: (n,) first row of each unit; ``basis``: (N, p) orthonormal, of
    what explains the outcome without thresholds, net of effects of units; ``values``: (G,) candidates; ``below``: (G,)
    rows up to each; ``least``: rows of a regime; ``along``: k arrays (G, N) that sum x times a column between
    candidates; ``gram``: (G, k, k) D'MD without other thresholds; ``size``: (G, k) squares of D net of effects.
    """

    x: Floats
    q: Floats
    first: Ints
    basis: Floats
    values: Floats
    below: Ints
    least: int
    along: tuple[csr_array, ...]
    gram: Floats
    size: Floats

    @classmethod
    def of(cls, x: Floats, q: Floats, *, first: Ints, basis: Floats, values: Floats, least: int) -> "Design":
        """Return the design, with what all outcomes share."""
        order = np.argsort(q, kind="stable")
        below = np.searchsorted(q[order], values, side="right")
        ends = np.append(0, below)
        along = tuple(csr_array((column[order], order, ends), shape=(values.size, q.size)) for column in x.T)
        gram = _net_squares(x, first, order)[below - 1] if values.size else np.zeros((0, x.shape[1], x.shape[1]))
        size = np.diagonal(gram, axis1=1, axis2=2).copy()
        design = cls(x, q, first, basis, values, below, least, along, gram, size)
        cross = design.sums(basis)
        return replace(design, gram=gram - cross @ cross.transpose(0, 2, 1))

    @property
    def sizes(self) -> Ints:
        """Return the rows of each unit, (n,)."""
        return np.diff(np.append(self.first, self.q.size))

    def sums(self, columns: Floats) -> Floats:
        """Return D' times (N, b) columns for all candidates, (G, k, b)."""
        return np.stack([np.cumsum(one @ columns, axis=0) for one in self.along], axis=1)

    def net(self, columns: Floats) -> Floats:
        """Return (N, b) columns net of effects and of the regressors that do not break."""
        columns = within(columns, self.first)
        return columns - self.basis @ (self.basis.T @ columns)

    def broken(self, places: Ints) -> Floats:
        """Return the D of some candidates side by side, (N, k m)."""
        return np.concatenate([np.where(self.q[:, None] <= self.values[j], self.x, 0.0) for j in places], axis=1)

    def apart(self, places: Ints) -> Bools:
        """Say which candidates leave every regime enough rows beside thresholds at some places, (G,)."""
        edges = np.concatenate([[0, self.q.size], self.below[places]])
        return np.asarray((np.abs(self.below[:, None] - edges) >= self.least).all(axis=1))


@dataclass(frozen=True)
class Outcomes:
    """Outcomes net of effects and of the regressors that do not break.

    ``net``: (N, b); ``sums``: (G, k, b) of the design; ``squares``: (b,).
    """

    net: Floats
    sums: Floats
    squares: Floats

    @classmethod
    def of(cls, design: Design, y: Floats) -> "Outcomes":
        """Return (N, b) outcomes."""
        net = design.net(y)
        return cls(net, design.sums(net), (net**2).sum(axis=0))

    def some(self, which: Ints) -> "Outcomes":
        """Return some of the outcomes."""
        return Outcomes(self.net[:, which], self.sums[:, :, which], self.squares[which])


@dataclass(frozen=True)
class Given:
    """What thresholds that are given leave for another one.

    ``basis``: (N, m) orthonormal, of their D net of everything; ``cross``: (G, k, m) the sums of it; ``root``: (G, k,
    k) lower triangles of A; ``usable``: (G,) candidates.
    """

    basis: Floats
    cross: Floats
    root: Floats
    usable: Bools

    @classmethod
    def of(cls, design: Design, places: Ints) -> "Given":
        """Return what thresholds at some candidates leave."""
        if places.size:
            basis = np.linalg.qr(design.net(design.broken(places)))[0]
            basis = basis - design.basis @ (design.basis.T @ basis)
        else:
            basis = np.zeros((design.q.size, 0))
        cross = design.sums(basis)
        root, regular = _roots(design.gram - cross @ cross.transpose(0, 2, 1), design.size)
        return cls(basis, cross, root, regular & design.apart(places))

    def squares(self, outcomes: Outcomes) -> tuple[Floats, Floats]:
        """Return the residual squares without, (b,), and with each candidate, (G, b), infinite if it is not usable."""
        explained = self.basis.T @ outcomes.net
        null = outcomes.squares - (explained**2).sum(axis=0)
        left = outcomes.sums - self.cross @ explained if self.basis.shape[1] else outcomes.sums
        gain = np.zeros((left.shape[0], left.shape[2]))
        solved: list[Floats] = []
        for i in range(left.shape[1]):
            part = left[:, i]
            for j in range(i):
                part = part - self.root[:, i, j, None] * solved[j]
            solved.append(part / self.root[:, i, i, None])
            gain += solved[i] ** 2
        return null, np.where(self.usable[:, None], null - gain, np.inf)

    def slopes(self, outcomes: Outcomes, place: int) -> Floats:
        """Return the slopes of the D of a candidate for one outcome, (k,): by how much slopes are higher below it."""
        left = outcomes.sums[place, :, 0] - self.cross[place] @ (self.basis.T @ outcomes.net[:, 0])
        return np.asarray(np.linalg.solve(self.root[place] @ self.root[place].T, left))


@dataclass(frozen=True)
class Stage:
    """One more threshold of (b,) outcomes.

    ``place``: (b,) candidates; ``null``, ``squares``: (b,) without it and with it, infinite where no candidate is left.
    """

    place: Ints
    null: Floats
    squares: Floats


def one_more(design: Design, outcomes: Outcomes, others: Ints) -> Stage:
    """Return the best candidate of (b,) outcomes beside (b, m) other thresholds; one product for equal others."""
    count = outcomes.squares.size
    null, squares, place = np.empty(count), np.empty(count), np.empty(count, dtype=np.int64)
    groups, member = np.unique(others, axis=0, return_inverse=True)
    for k, group in enumerate(groups):
        mine = np.flatnonzero(member.ravel() == k)
        null[mine], each = Given.of(design, group).squares(outcomes.some(mine))
        place[mine], squares[mine] = each.argmin(axis=0), each.min(axis=0)
    return Stage(place, null, squares)


def settled(design: Design, outcomes: Outcomes, places: Ints) -> Ints:
    """Return (b, m) thresholds found again, one after the other, until each is the best given the others; sorted."""
    places, moving = np.sort(places, axis=1), np.arange(places.shape[0] if places.shape[1] > 1 else 0)
    for _ in range(PASSES):
        now, some = places[moving], outcomes.some(moving)
        for j in range(places.shape[1]):
            now[:, j] = one_more(design, some, np.delete(now, j, axis=1)).place
        now.sort(axis=1)
        changed = (now != places[moving]).any(axis=1)
        places[moving] = now
        moving = moving[changed]
        if not moving.size:
            break
    return places


def candidates(q: Floats, least: int, points: int | None) -> Floats:
    """Return the values of (N,) q, or some of its quantiles, that leave both sides enough rows, (G,)."""
    values = np.unique(q)
    if points is not None:
        share = least / q.size
        values = np.unique(np.quantile(q, np.linspace(share, 1.0 - share, points), method="inverted_cdf"))
    below = np.searchsorted(np.sort(q), values, side="right")
    return np.asarray(values[(below >= least) & (q.size - below >= least)], dtype=np.float64)


# Intervals ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Threshold:
    """A threshold with its interval.

    ``low``, ``high``: ends of the set of values that the likelihood ratio does not reject; ``stretches``: of which that
    set consists; ``open``: whether it reaches, below and above, the first and last value that could be one; ``scale``:
    variance of errors near the threshold over that of all, squared jumps as weights; ``robust``: low and high with
    ratios divided by it; ``values``, ``ratios``: (c,) candidates and their likelihood ratios.
    """

    value: float
    low: float
    high: float
    stretches: int
    open: tuple[bool, bool]
    scale: float
    robust: tuple[float, float]
    values: Floats
    ratios: Floats


def critical_ratio(level: float) -> float:
    """Return the likelihood ratio up to which values belong to the interval."""
    return float(-2.0 * np.log(1.0 - np.sqrt(level)))


def profile(design: Design, outcomes: Outcomes, places: Ints, *, freedom: int, level: float) -> tuple[Threshold, ...]:
    """Return the thresholds at (m,) candidates of one outcome, each with the interval that the others leave it."""
    basis, net = Given.of(design, places).basis, outcomes.net[:, 0]
    residuals, size = net - basis @ (basis.T @ net), np.abs(design.q).max()  # squares of tiny q would be zero
    width = bandwidth(design.q / size, "silverman")
    found = []
    for place in places:
        given = Given.of(design, places[places != place])
        squares = given.squares(outcomes)[1][:, 0]
        ratios = (squares / squares[place] - 1.0) * freedom
        inside = np.flatnonzero(ratios <= critical_ratio(level))
        first, last = inside[[0, -1]]
        weight = kernel((design.q - design.values[place]) / size / width, "epanechnikov")
        weight *= (design.x @ given.slopes(outcomes, int(place))) ** 2
        scale = float(weight @ residuals**2 / weight.sum() / (residuals**2).mean())
        wide = np.flatnonzero(ratios <= critical_ratio(level) * scale)[[0, -1]]
        usable = np.pad(given.usable, 1)
        found.append(
            Threshold(
                value=float(design.values[place]),
                low=float(design.values[first]),
                high=float(design.values[last]),
                stretches=1 + int((np.diff(inside) > 1).sum()),
                open=(not usable[first], not usable[last + 2]),
                scale=scale,
                robust=(float(design.values[wide[0]]), float(design.values[wide[1]])),
                values=design.values[given.usable],
                ratios=ratios[given.usable],
            )
        )
    return tuple(found)


# Tests ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ThresholdTest:
    """A test of ``thresholds`` against one less.

    ``statistic``: F; ``p``: share of those above it, itself counted with the simulated ones; ``p_wild``: the same with
    the wild bootstrap;
    ``critical``: at ten, five and one per cent; ``null``, ``squares``: residual squares without and with the last
    threshold; ``places``: (m,) candidates, each the best given the others.
    """

    thresholds: int
    statistic: float
    p: float
    p_wild: float
    critical: tuple[float, ...]
    null: float
    squares: float
    places: Ints


def tested(
    design: Design, outcomes: Outcomes, *, most: int, freedom: int, draws: int, resampling: Resampling, run: Run
) -> list[ThresholdTest]:
    """Return the tests of 1, 2, ... thresholds of one outcome, as long as a candidate is left."""
    found: list[ThresholdTest] = []
    others = np.zeros((1, 0), dtype=np.int64)
    size = max(1, CELLS // (design.q.size * design.x.shape[1]))
    counts = [min(size, draws - start) for start in range(0, draws, size)]
    for m in range(1, most + 1 if design.values.size else 1):
        stage = one_more(design, outcomes, others)
        if not np.isfinite(stage.squares[0]):
            break
        places = np.column_stack([others, stage.place])
        basis, net = Given.of(design, others[0]).basis, outcomes.net[:, 0]
        expected = basis @ (basis.T @ net)
        null, squares = float(stage.null[0]), float(stage.squares[0])
        statistic, below = (null / squares - 1.0) * freedom, {}
        for k, kind in enumerate(dict.fromkeys([resampling, WILD])):
            streams = [(count, kind, run.generator(m, k, place)) for place, count in enumerate(counts)]
            tasks = [(design, expected, net - expected, freedom, m, stream) for stream in streams]
            below[kind] = np.concatenate(run.map(simulated, tasks, label="bootstrap"))
        p, p_wild = (float(1 + (below[kind] > statistic).sum()) / (draws + 1) for kind in (resampling, WILD))
        critical = tuple(np.quantile(below[resampling], CRITICAL).tolist())
        others = settled(design, outcomes, places)
        found.append(ThresholdTest(m, statistic, p, p_wild, critical, null, squares, others[0]))
    return found


def simulated(
    design: Design,
    expected: Floats,
    residuals: Floats,
    freedom: int,
    most: int,
    draws: tuple[int, Resampling, np.random.Generator],
) -> Floats:
    """Return F of one more threshold for outcomes simulated with one less, (count,).

    Parameters
    ----------
    expected, residuals : (N,)
        Of the model with ``most`` - 1 thresholds, net of effects. (Those of the model with ``most`` make the wild
        bootstrap reject too often.)
    freedom : int
    most : int
    draws : (count, resampling, generator)
        "units" deals the residuals of whole units to units, which needs as many years in all; "wild" turns the signs of
        all residuals of a unit at random.
    """
    count, resampling, generator = draws
    units = design.first.size
    if resampling == "units":
        dealt = residuals.reshape(units, -1)[generator.integers(0, units, (count, units))].reshape(count, -1).T
    else:
        signs = 1.0 - 2.0 * generator.integers(0, 2, (units, count))
        dealt = residuals[:, None] * np.repeat(signs, design.sizes, axis=0)
    outcomes = Outcomes.of(design, expected[:, None] + dealt)
    statistic, alive = np.zeros(count), np.arange(count)
    others = np.zeros((count, 0), dtype=np.int64)
    for m in range(1, most + 1):
        stage = one_more(design, outcomes, others)
        room = np.flatnonzero(np.isfinite(stage.squares))  # without room for another threshold nothing is gained
        alive, outcomes = alive[room], outcomes.some(room)
        if m == most:
            statistic[alive] = (stage.null / stage.squares - 1.0)[room] * freedom
        else:
            others = settled(design, outcomes, np.column_stack([others, stage.place])[room])
    return statistic


# Sums -----------------------------------------------------------------------------------------


def within(columns: Floats, first: Ints) -> Floats:
    """Return (N, b) columns less the means of units, whose rows are neighbours."""
    sizes = np.diff(np.append(first, columns.shape[0]))
    means = np.add.reduceat(columns, first, axis=0) / sizes[:, None]
    return columns - np.repeat(means, sizes, axis=0)


def _net_squares(x: Floats, first: Ints, order: Ints) -> Floats:
    """Return D'D net of means of units after each row in the order of q, (N, k, k)."""
    sizes = np.diff(np.append(first, order.size))
    unit = np.repeat(np.arange(first.size), sizes)[order]
    back = np.argsort(unit, kind="stable")  # rows by unit, within it by q
    along = np.cumsum(x[order[back]], axis=0) - x[order[back]]
    before = np.empty_like(x)
    before[back] = along - np.repeat(along[first], sizes, axis=0)  # what the unit has below already
    now, share = x[order], 1.0 / sizes[unit]
    mixed = before[:, :, None] * now[:, None, :]
    step = now[:, :, None] * now[:, None, :] * (1.0 - share)[:, None, None]
    step -= (mixed + mixed.transpose(0, 2, 1)) * share[:, None, None]
    return np.cumsum(step, axis=0)


def _roots(squares: Floats, size: Floats) -> tuple[Floats, Bools]:
    """Return the lower triangles of (G, k, k) matrices, and which of these are regular beside (G, k) sizes."""
    root, regular = np.zeros_like(squares), np.ones(squares.shape[0], dtype=bool)
    for i in range(squares.shape[1]):
        for j in range(i + 1):
            left = squares[:, i, j] - (root[:, i, :j] * root[:, j, :j]).sum(axis=1)
            if i == j:
                good = left > SINGULAR * size[:, i]
                regular &= good
                root[:, i, i] = np.sqrt(np.where(good, left, 1.0))
            else:
                root[:, i, j] = left / root[:, j, j]
    return root, regular
