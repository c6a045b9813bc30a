"""Whether a basis answers its programme: it is solved again in double precision, and every column is priced.

An answer counts when no variable is negative, no column of the reference set prices out and no slack or excess
would pay. No solver's word is taken for a score.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes, Texts, Vertices

TOLERANCE = 1e-11
"""Of the certificate, on normalised goods, relative to the point's own."""
ROUNDING = 1e-14
"""What the sum of products of a price may lose, relative to the sum of their sizes."""
GAP = 1e-10
"""By how much the objectives of values and of duals may differ."""
PRICE = 1e-15
"""What the price of a good may lose, relative to the largest value of a good of the point."""
BLOCK = 1 << 20
"""Prices that are held at once."""
POINTS = 1 << 12
"""Points whose bases are solved at once."""

Solved = tuple[Floats, Floats, Floats, Bools]
Solve = Callable[[Programmes, Ints, Floats], Solved]
"""What solves bases of stated costs, as :func:`solved` does."""


def certified(
    programmes: Programmes,
    words: Texts,
    basis: Ints,
    *,
    tolerance: float = TOLERANCE,
    priced: bool = False,
    solve: Solve | None = None,
) -> Vertices:
    """Return the vertices of final bases; ``ok`` stays only where primal and dual conditions hold.

    Parameters
    ----------
    words : (e,)
        What a solver says.
    basis : (e, K)
        Its final bases.
    tolerance : float
        By how much a condition may be missed.
    priced : bool
        The solver has priced the columns of the reference set itself, in double precision from a fresh basis.
    solve : function or None
        What solves the bases, if not :func:`solved`. Values and duals are solved apart, and must give one objective.
    """
    n, e = programmes.reference.shape[1], basis.shape[0]
    if e > POINTS:
        parts = [slice(at, at + POINTS) for at in range(0, e, POINTS)]
        options: dict[str, Any] = {"tolerance": tolerance, "priced": priced, "solve": solve}
        return Vertices.joined(
            [certified(programmes.some(mine), words[mine], basis[mine], **options) for mine in parts]
        )
    cost = basis_costs(programmes, basis)
    lost = np.isinf(cost).any(axis=1)  # an excess that is not admitted
    cost[lost] = 0.0
    value, dual, weight, singular = (solve or solved)(programmes, basis, cost)
    lost |= singular
    fixed = np.append(programmes.equal, np.zeros(basis.shape[1], dtype=np.bool_))[np.maximum(basis - n - 1, 0)]
    fixed &= basis > n
    size = np.maximum(1.0, np.abs(np.where(fixed | (basis == n), 0.0, value) * cost).sum(axis=1))[:, None]
    holds: Bools = (np.where(fixed, np.abs(value), -value) * weight <= tolerance * size) | (basis == n)
    score = np.where(basis == n, np.abs(value), 0.0).sum(axis=1)
    most = tolerance * np.maximum(size[:, 0], score)
    good = ~lost & nothing_pays(programmes, basis, dual, most=most, reference=not priced)
    objective, priced_at = value * cost, dual * programmes.b
    gap = np.abs(objective.sum(axis=1) - priced_at.sum(axis=1))
    good &= gap <= GAP * np.maximum(1.0, np.abs(objective).sum(axis=1) + np.abs(priced_at).sum(axis=1))
    if programmes.cost:
        good &= (basis == n).any(axis=1)
    for e in np.flatnonzero(good & ~holds.all(axis=1) & (words == "ok")):
        kept, alone = np.flatnonzero(~fixed[e]), np.array([e])
        matrix = basis_matrices(programmes.some(alone), basis[alone])[0]
        found = nearest(matrix[:, kept], programmes.b[e], programmes.scale[e], free=basis[e][kept] == n)
        short = abs(float(cost[e][kept] @ found - dual[e] @ programmes.b[e]))
        good[e] = np.isfinite(found).all() and short <= GAP * max(1.0, float(most[e]) / tolerance)
        value[e] = 0.0
        value[e][kept] = found
    good &= np.isfinite(value).all(axis=1)
    status = words.copy()
    status[(words == "ok") & ~good] = "numerical"
    return Vertices(status, basis.copy(), value, dual)


def nearest(matrix: Floats, b: Floats, scale: Floats, *, free: Bools) -> Floats:
    """Return values (c,) of columns (K, c), none negative but those that are ``free``, that meet rows; NaN if none do.

    Near-duplicates make a basis ill-conditioned: its values may be negative by rounding while others, next to them,
    meet the rows as well.
    """
    from scipy.optimize import nnls  # takes half a second to import

    rows = matrix / scale[:, None]
    norm = np.maximum(np.abs(rows).max(axis=0), np.finfo(np.float64).tiny)
    both = np.hstack((rows / norm, -(rows / norm)[:, free]))
    found, rest = nnls(both, b / scale)
    if rest > TOLERANCE:
        return np.full(matrix.shape[1], np.nan)
    value = np.asarray(found[: matrix.shape[1]], dtype=np.float64)
    value[free] -= found[matrix.shape[1] :]
    near: Floats = value / norm
    return near


def solved(programmes: Programmes, basis: Ints, cost: Floats) -> Solved:
    """Return what solves bases (e, K) of stated costs, refined twice by the matrices themselves.

    Values and duals; ``weight``: how far a unit of each variable moves the rows, relative to the point; (e, K) each;
    and which bases are singular, (e,).
    """
    matrix = basis_matrices(programmes, basis)
    inverse, singular = inverses(matrix)
    value = refined(inverse, matrix, programmes.b)
    dual = refined(inverse.transpose(0, 2, 1), matrix.transpose(0, 2, 1), cost)
    matrix = np.abs(matrix, out=matrix)
    matrix /= programmes.scale[:, :, None]
    return value, dual, matrix.max(axis=1), singular


def basis_matrices(programmes: Programmes, basis: Ints) -> Floats:
    """Return the (e, K, K) matrices of basic columns."""
    (k, n), matrix = programmes.reference.shape, np.empty((*basis.shape, basis.shape[1]))
    for row in range(k):
        matrix[:, row] = programmes.reference[row].take(basis, mode="clip")
    each, place = np.nonzero(basis == n)
    matrix[each, :, place] = programmes.move[each]
    each, place = np.nonzero(basis > n)
    number = basis[each, place] - n - 1
    matrix[each, :, place] = 0.0
    matrix[each, number % k, place] = np.where(number < k, 1.0, -1.0) * programmes.slack[number % k]
    return matrix


def basis_costs(programmes: Programmes, basis: Ints) -> Floats:
    """Return the (e, K) costs of basic variables."""
    k, n = programmes.reference.shape[-2:]
    row = (basis - n - 1) % k
    each = np.arange(basis.shape[0])[:, None]
    own = np.where(basis > n + k, programmes.excess[each, row], -programmes.gain[each, row])
    cost: Floats = np.where(basis > n, own, np.where(basis == n, float(programmes.cost), 0.0))
    return cost


def inverses(matrix: Floats) -> tuple[Floats, Bools]:
    """Return the inverses of (e, K, K) matrices, and which are singular, (e,): theirs is the unit matrix."""
    singular = np.zeros(matrix.shape[0], dtype=np.bool_)
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64), singular
    except np.linalg.LinAlgError:
        inverse = np.tile(np.eye(matrix.shape[1]), (matrix.shape[0], 1, 1))
    for e, alone in enumerate(matrix):
        try:
            inverse[e] = np.linalg.inv(alone)
        except np.linalg.LinAlgError:
            singular[e] = True
    return inverse, singular


def refined(inverse: Floats, matrix: Floats, right: Floats) -> Floats:
    """Return the solutions of (e, K, K) systems with two steps of iterative refinement, (e, K)."""
    solution = inverse @ right[:, :, None]
    for _ in range(2):
        solution += inverse @ (right[:, :, None] - matrix @ solution)
    found: Floats = solution[:, :, 0]
    return found


def nothing_pays(programmes: Programmes, basis: Ints, dual: Floats, *, most: Floats, reference: bool) -> Bools:
    """Return where no slack, no excess and, if asked, no column of the reference set betters the objective, (e,).

    What a variable could add is its price times the most that it can be; ``most`` (e,) is admitted.
    """
    (k, n), e = programmes.reference.shape, dual.shape[0]
    price, dear = dual * programmes.slack, np.isfinite(programmes.excess)
    basic, (each, place) = np.zeros((e, 2 * k), dtype=np.bool_), np.nonzero(basis > n)
    basic[each, basis[each, place] - n - 1] = True
    excess = ((-price - np.where(dear, programmes.excess, 0.0)) * programmes.scale <= most[:, None]) | ~dear
    fine: Bools = np.asarray((excess | basic[:, k:]).all(axis=1))
    gained = price + programmes.gain - blur(programmes.scale, dual)
    open_ = (gained > 0) & ~programmes.equal & ~basic[:, :k]
    step = max(BLOCK // max(n, 1), 1) if reference else max(e, 1)
    for at in range(0, e, step):
        rows = np.arange(at, min(at + step, e))
        over, doubt = np.zeros((rows.size, 0)), open_[rows].any(axis=1)
        if reference:
            over = dual[rows] @ programmes.reference - ROUNDING * (np.abs(dual[rows]) @ np.abs(programmes.reference))
            out = programmes.excluded[rows]
            over[np.flatnonzero(out >= 0), out[out >= 0]] = -1.0
            doubt |= over.max(axis=1) > 0
        odd = np.flatnonzero(doubt)  # most points have no violated price at all
        if odd.size:
            mine = rows[odd]
            units, slacks = room(programmes.some(mine), columns=reference)
            paid = (gained[mine] * slacks <= most[mine, None]) | ~open_[mine]
            fine[mine] &= paid.all(axis=1)
            if reference:
                fine[mine] &= (over[odd] * units <= most[mine, None]).all(axis=1)
    return fine


def blur(scale: Floats, dual: Floats) -> Floats:
    """Return what rounding may add to the price of each good, (e, K)."""
    largest: Floats = PRICE * np.abs(dual * scale).max(axis=1, keepdims=True) / scale
    return largest


def room(programmes: Programmes, *, columns: bool = True) -> tuple[Floats, Floats]:
    """Return the most that an intensity (e, n) and a slack (e, K) can be in a point like the programme's own.

    Intensities are bounded by their sum where returns to scale bound it, else by what the point has of the goods that
    a unit uses. Without ``columns`` only slacks are bounded, by the largest unit alone.
    """
    reference, scale, e = programmes.reference, programmes.scale, programmes.b.shape[0]
    n, top = reference.shape[1], np.maximum(reference.max(axis=1, initial=0.0), -reference.min(axis=1, initial=0.0))
    summed = (reference == 1.0).all(axis=1) & ((programmes.slack > 0) | programmes.equal)
    if summed.any() or not columns:
        limit = np.maximum(programmes.b[:, summed].min(axis=1, initial=np.inf), 1.0) if summed.any() else np.ones(e)
        return np.tile(limit[:, None], (1, n if columns else 1)), np.maximum(scale, limit[:, None] * top)
    units = np.full((e, n), np.inf)
    for row in map(int, np.flatnonzero((programmes.slack > 0) & (reference >= 0).all(axis=1))):
        there = reference[row] > 0
        units[:, there] = np.minimum(units[:, there], scale[:, [row]] / reference[row, there])
    units = np.where(np.isfinite(units), np.maximum(units, 1.0), 1.0)
    slacks = scale.copy()
    for row in range(int(scale.shape[1])):
        np.maximum(slacks[:, row], (units * np.abs(reference[row])).max(axis=1, initial=0.0), out=slacks[:, row])
    return units, slacks
