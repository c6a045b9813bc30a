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


def certified(programmes: Programmes, words: Texts, basis: Ints, tolerance: float = TOLERANCE) -> Vertices:
    """Return the vertices of final bases; ``ok`` stays only where primal and dual conditions hold."""
    k, n = programmes.reference.shape
    matrix = basis_matrices(programmes, basis)
    singular = np.linalg.slogdet(matrix)[0] == 0
    matrix[singular] = np.eye(k)
    cost = basis_costs(programmes, basis)
    value, dual = refined(matrix, programmes.b), refined(matrix.transpose(0, 2, 1), cost)

    weight = np.abs(matrix / programmes.scale[:, :, None]).max(axis=1)
    fixed = np.isin(basis, n + 1 + np.flatnonzero(programmes.equal))
    size = np.maximum(1.0, np.abs(np.where(fixed | (basis == n), 0.0, value) * cost).sum(axis=1))[:, None]
    bad_value = np.where(fixed, np.abs(value), -value) * weight > tolerance * size
    bad_value &= basis != n
    score = np.where(basis == n, np.abs(value), 0.0).sum(axis=1)
    used = np.where(basis < n, value, 0.0).sum(axis=1)
    admitted = tolerance * np.maximum(size[:, 0], score) / np.maximum(1.0, used)
    bad = bad_value.any(axis=1) | singular | _pays(programmes, dual, admitted)
    if programmes.cost:
        bad |= ~(basis == n).any(axis=1)
    status = words.copy()
    status[(words == "ok") & bad] = "numerical"
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


def _pays(programmes: Programmes, dual: Floats, admitted: Floats) -> Bools:
    """Return where a column of the reference set, a slack or an excess would better the objective, (e,)."""
    n, scale = programmes.reference.shape[1], programmes.scale
    price = dual * programmes.slack
    gains = ((price + programmes.gain) * scale > admitted[:, None]) & ~programmes.equal
    dear = np.isfinite(programmes.excess)
    loss = np.where(dear, -price - np.where(dear, programmes.excess, 0.0), -1.0)
    pays: Bools = np.asarray((gains | (loss * scale > admitted[:, None])).any(axis=1))
    size = np.abs(programmes.reference)
    step = max(BLOCK // max(n, 1), 1)
    for at in range(0, dual.shape[0], step):
        mine = slice(at, at + step)
        over = dual[mine] @ programmes.reference - admitted[mine, None] - ROUNDING * (np.abs(dual[mine]) @ size)
        out = programmes.excluded[mine]
        over[np.flatnonzero(out >= 0), out[out >= 0]] = -1.0
        pays[mine] |= (over > 0).any(axis=1)
    return pays
