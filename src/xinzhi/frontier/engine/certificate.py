"""Whether a basis answers its programme: it is solved again in double precision, and every column is priced.

An answer counts when no variable is negative, no column of the reference set prices out and no slack or excess
would pay. No solver's word is taken for a score.
"""

import numpy as np

from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes, Texts, Vertices

TOLERANCE = 1e-11
"""Of the certificate, on normalised goods, relative to the point's own."""
ROUNDING = 1e-14
"""What the sum of products of a price may lose, relative to the sum of their sizes."""
BLOCK = 1 << 22
"""Prices that are held at once."""


def certified(
    programmes: Programmes, words: Texts, basis: Ints, *, tolerance: float = TOLERANCE, priced: bool = False
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
    """
    n = programmes.reference.shape[1]
    matrix, cost = basis_matrices(programmes, basis), basis_costs(programmes, basis)
    lost = (np.linalg.slogdet(matrix)[0] == 0) | (np.linalg.slogdet(matrix.transpose(0, 2, 1))[0] == 0)
    lost |= np.isinf(cost).any(axis=1)  # an excess that is not admitted
    matrix[lost], cost = np.eye(matrix.shape[1]), np.where(lost[:, None], 0.0, cost)
    value, dual = refined(matrix, programmes.b), refined(matrix.transpose(0, 2, 1), cost)

    weight = np.abs(matrix / programmes.scale[:, :, None]).max(axis=1)
    fixed = np.isin(basis, n + 1 + np.flatnonzero(programmes.equal))
    size = np.maximum(1.0, np.abs(np.where(fixed | (basis == n), 0.0, value) * cost).sum(axis=1))[:, None]
    holds = (np.where(fixed, np.abs(value), -value) * weight <= tolerance * size) | (basis == n)
    score = np.where(basis == n, np.abs(value), 0.0).sum(axis=1)
    used = np.where(basis < n, value, 0.0).sum(axis=1)
    admitted = tolerance * np.maximum(size[:, 0], score) / np.maximum(1.0, used)
    good = holds.all(axis=1) & ~lost & nothing_pays(programmes, dual, admitted, reference=not priced)
    if programmes.cost:
        good &= (basis == n).any(axis=1)
    status = words.copy()
    status[(words == "ok") & ~good] = "numerical"
    return Vertices(status, basis.copy(), value, dual)


def basis_matrices(programmes: Programmes, basis: Ints) -> Floats:
    """Return the (e, K, K) matrices of basic columns."""
    (k, n), sign = programmes.reference.shape, np.diag(programmes.slack)
    columns = np.hstack((programmes.reference, np.zeros((k, 1)), sign, -sign))
    taken = columns[:, basis].transpose(1, 0, 2)
    matrix: Floats = np.where((basis == n)[:, None, :], programmes.move[:, :, None], taken)
    return matrix


def basis_costs(programmes: Programmes, basis: Ints) -> Floats:
    """Return the (e, K) costs of basic variables."""
    k, n = programmes.reference.shape
    row = (basis - n - 1) % k
    each = np.arange(basis.shape[0])[:, None]
    own = np.where(basis > n + k, programmes.excess[each, row], -programmes.gain[each, row])
    cost: Floats = np.where(basis > n, own, np.where(basis == n, float(programmes.cost), 0.0))
    return cost


def refined(matrix: Floats, right: Floats) -> Floats:
    """Return the solutions of (e, K, K) systems with one step of iterative refinement, (e, K)."""
    rough = np.linalg.solve(matrix, right[:, :, None])
    better: Floats = (rough + np.linalg.solve(matrix, right[:, :, None] - matrix @ rough))[:, :, 0]
    return better


def nothing_pays(programmes: Programmes, dual: Floats, admitted: Floats, *, reference: bool) -> Bools:
    """Return where no slack, no excess and, if asked, no column of the reference set betters the objective, (e,)."""
    n, scale, most = programmes.reference.shape[1], programmes.scale, admitted[:, None]
    price, dear = dual * programmes.slack, np.isfinite(programmes.excess)
    slack = ((price + programmes.gain) * scale <= most) | programmes.equal
    excess = ((-price - np.where(dear, programmes.excess, 0.0)) * scale <= most) | ~dear
    fine: Bools = np.asarray((slack & excess).all(axis=1))
    if not reference:
        return fine
    size, step = np.abs(programmes.reference), max(BLOCK // max(n, 1), 1)
    for at in range(0, dual.shape[0], step):
        mine = slice(at, at + step)
        over = dual[mine] @ programmes.reference - admitted[mine, None] - ROUNDING * (np.abs(dual[mine]) @ size)
        out = programmes.excluded[mine]
        over[np.flatnonzero(out >= 0), out[out >= 0]] = -1.0
        fine[mine] &= (over <= 0).all(axis=1)
    return fine
