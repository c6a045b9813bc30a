"""The quick solver of small reference sets: the dual simplex method for many programmes at once, in NumPy.

Every round makes one exchange in each programme that is not finished. Of its answers only the final basis is
used; see :mod:`xinzhi.frontier.engine.certificate`.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from xinzhi.frontier.engine.certificate import ROUNDING, TOLERANCE, basis_costs, basis_matrices
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes, Texts

CELLS = 1 << 17
"""Entries of a block's reduced costs: they fit a processor's own cache."""
BLOCK = (64, 1024)
"""Least and largest number of programmes in lockstep."""
PIVOT = 1e-10
"""The smallest pivot, relative to its row."""
TIE = 1e-12
"""Ratios this close are equal: the largest pivot among them is taken."""
DRIFT = 1e-7
"""Relative gap of a pivot computed by row and by column at which the basis is solved again."""
ROUNDS = 20
"""Rounds per row before the lowest numbers are taken, which cannot cycle; twice as many, and the loop ends."""
PASSES = 6
"""Times that a basis is solved again before a programme is given up."""
FAR = 1e-9
"""A programme has no solution when each misses a row by this, relative to the point's own good."""
DUAL, PRIMAL, DONE = 0, 1, 2
"""What a programme needs next."""


@dataclass(frozen=True)
class _Table:
    """What the programmes of a block share: ``columns`` (K, N), zero for the score; ``artificial`` (N,)."""

    columns: Floats
    artificial: Bools
    programmes: Programmes


@dataclass(frozen=True)
class _State:
    """Where a programmes stand; changed in place.

    ``which``: (a,) their places in the block; ``by``: (a, K) powers of two that rows are divided by;
    ``inverse``: (a, K, K) of the basis; ``value``, ``basis``, ``weight``: (a, K) of the basic variables, the last
    their column's largest entry; ``reduced``: (a, N) reduced costs, infinite for what may not enter.
    """

    which: Ints
    by: Floats
    inverse: Floats
    value: Floats
    basis: Ints
    weight: Floats
    reduced: Floats

    def some(self, rows: Ints | Bools) -> "_State":
        """Return some of the programmes."""
        return _State(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True)
class _Exchange:
    """Which basic variable leaves, by ``row`` (a,), and which ``column`` (a,) enters; ``pivots``: (a, N) its row."""

    row: Ints
    column: Ints
    pivots: Floats


def run_lockstep(programmes: Programmes) -> tuple[Texts, Ints]:
    """Return status words (e,) and basic variables (e, K) of all programmes, solved side by side.

    ``infeasible``: no column can enter a row that does not hold; ``numerical``: given up.
    """
    (k, n), e = programmes.reference.shape, programmes.b.shape[0]
    words = np.full(e, "numerical", dtype=object)
    basis = np.tile(n + 1 + np.arange(k), (e, 1))
    size = int(np.clip(CELLS // (n + 1 + k), *BLOCK))
    movable = np.flatnonzero(programmes.move.any(axis=1)) if programmes.cost else np.arange(e)
    for at in range(0, movable.size, size):
        rows = movable[at : at + size]
        words[rows], basis[rows] = _block(programmes if rows.size == e else programmes.some(rows))
    return words, basis


def infeasible_certificate(programmes: Programmes, basis: Ints) -> Bools:
    """Return where a row of the basis' inverse proves that its programme has no solution, (e,).

    Such a row ``y`` has ``y a >= 0`` for each column that may enter and ``y b < 0``, by more than any tolerance.
    """
    (k, n), by = programmes.reference.shape, _powers(programmes.scale)
    rows, singular = _inverse(basis_matrices(programmes, basis) / by[:, :, None])
    rows /= np.abs(rows).sum(axis=2, keepdims=True)
    rows *= np.where(np.einsum("eij,ej->ei", rows, programmes.b / by) > 0, -1.0, 1.0)[:, :, None]
    # what rounding left of a zero goes, so that slacks and excesses have the right sign exactly
    sign = rows * programmes.slack
    closed = np.isinf(programmes.excess)
    wrong = np.where(sign < 0, ~programmes.equal, ~closed[:, None, :])
    rows[wrong & (np.abs(rows) < ROUNDING)] = 0.0
    fine = ~(wrong & (rows != 0)).any(axis=2)
    rows /= by[:, None, :]
    fine &= np.einsum("eij,ej->ei", rows, programmes.b) < -FAR
    score, sizes = np.abs(rows @ programmes.move[:, :, None]), np.abs(rows) @ np.abs(programmes.move)[:, :, None]
    fine &= (score <= ROUNDING * sizes)[:, :, 0]
    proof = np.zeros(basis.shape[0], dtype=np.bool_)
    size = np.abs(programmes.reference)
    each, row = np.nonzero(fine & ~singular[:, None])
    for at in range(0, each.size, BLOCK[1]):
        mine, y = each[at : at + BLOCK[1]], rows[each[at : at + BLOCK[1]], row[at : at + BLOCK[1]]]
        short = y @ programmes.reference < -ROUNDING * (np.abs(y) @ size)
        out = programmes.excluded[mine]
        short[np.flatnonzero(out >= 0), out[out >= 0]] = False
        proof[mine[~short.any(axis=1)]] = True
    return proof


def _block(programmes: Programmes) -> tuple[Texts, Ints]:
    """Return words and basic variables of programmes that are solved in lockstep."""
    (k, n), e = programmes.reference.shape, programmes.b.shape[0]
    sign = np.diag(programmes.slack)
    parts = [programmes.reference, np.zeros((k, 1)), sign, *([-sign] if np.isfinite(programmes.excess).any() else [])]
    columns = np.hstack(parts)
    artificial = np.zeros(columns.shape[1], dtype=np.bool_)
    artificial[n + 1 : n + 1 + k] = programmes.equal
    table = _Table(columns, artificial, programmes)
    state = _start(table)
    words, basis = np.full(e, "numerical", dtype=object), state.basis.copy()
    need = np.full(e, DUAL)
    for _ in range(PASSES):
        for kind, loop in LOOPS.items():
            mine = need == kind
            if mine.any():
                loop(table, state if mine.all() else state.some(mine), words, basis)
        left = state.which[words[state.which] != "infeasible"]
        state = _factored(table, left, basis[left])
        need = _needed(table, state)
        words[state.which[need == DONE]] = "ok"
        state, need = state.some(need != DONE), need[need != DONE]
        if not need.size:
            break
    return words, basis


def _powers(scale: Floats) -> Floats:
    """Return the power of two at or below each number."""
    below: Floats = np.exp2(np.frexp(scale)[1] - 1.0)
    return below


def _inverse(matrix: Floats) -> tuple[Floats, Bools]:
    """Return the inverses of (e, K, K) matrices, and which are singular; their place takes the identity."""
    singular = np.linalg.slogdet(matrix)[0] == 0
    matrix[singular] = np.eye(matrix.shape[1])
    return np.linalg.inv(matrix), singular


def _start(table: _Table) -> _State:
    """Return a first basis with the score and slacks; no reduced cost is negative where such a basis is at hand."""
    p, (e, k), n = table.programmes, table.programmes.b.shape, table.programmes.reference.shape[1]
    by, each = _powers(p.scale), np.arange(e)
    state = _State(
        which=each,
        by=by,
        inverse=p.slack[:, None] * np.eye(k) * by[:, :, None],
        value=p.slack * p.b,
        basis=np.tile(n + 1 + np.arange(k), (e, 1)),
        weight=1.0 / by,
        reduced=np.empty((e, table.columns.shape[1])),
    )
    row = np.full(e, -1)
    if p.cost:
        row = _score_row(p)
        _pivot(state, row, np.full(e, n), p.move / by)
        state.weight[each, row] = 0.0
    _price(table, state)
    # a column that outweighs all others in a row that bounds intensities makes reduced costs at least zero
    fit = np.isinf(p.excess) & (p.move == 0) & ((p.slack > 0) | p.equal) & (p.reference > 0).all(axis=1)
    fit[each, row] &= row < 0
    bound = np.flatnonzero((state.reduced[:, :n].min(axis=1) < 0) & fit.any(axis=1))
    if bound.size:
        at = k - 1 - np.argmax(fit[bound, ::-1], axis=1)
        enter = np.argmin(state.reduced[bound, :n] / p.reference[at], axis=1)
        some = state.some(bound)
        _pivot(some, at, enter, p.reference[:, enter].T / by[bound])
        for f in fields(state):
            getattr(state, f.name)[bound] = getattr(some, f.name)
        _price(table, state)
    return state


def _score_row(p: Programmes) -> Ints:
    """Return the row in which the score is basic at first, (e,): one whose price then has the right sign."""
    others = -p.gain * p.slack
    moved = p.move != 0
    rest = (others * p.move).sum(axis=1)[:, None] - others * p.move
    price = np.where(moved, (p.cost - rest) / np.where(moved, p.move, 1.0), 0.0) * p.slack
    right = ((price <= -p.gain) | p.equal) & (price >= -p.excess)
    share = np.abs(p.move) / p.scale
    rank = 2.0 * right + (p.slack > 0) + share / (1.0 + share)
    row: Ints = np.argmax(np.where(moved, rank, -1.0), axis=1)
    return row


def _price(table: _Table, state: _State) -> None:
    """Set the reduced costs of all columns: infinite for the score, artificial slacks and excluded units."""
    p, which, n = table.programmes.some(state.which), state.which, table.programmes.reference.shape[1]
    k = p.slack.size
    dual = np.einsum("ei,eij->ej", basis_costs(p, state.basis), state.inverse) / state.by
    reduced = state.reduced
    np.matmul(-dual, table.columns, out=reduced)
    reduced[:, n] = np.inf
    reduced[:, n + 1 : n + 1 + k] -= p.gain
    if reduced.shape[1] > n + 1 + k:
        reduced[:, n + 1 + k :] += p.excess
    reduced[:, table.artificial] = np.inf
    out = np.flatnonzero(p.excluded >= 0)
    reduced[np.arange(which.size)[out], p.excluded[out]] = np.inf


def _factored(table: _Table, which: Ints, basis: Ints) -> _State:
    """Return programmes at their bases, everything computed anew; a singular basis is left out."""
    p = table.programmes.some(which)
    by = _powers(p.scale)
    matrix = basis_matrices(p, basis) / by[:, :, None]
    weight = np.abs(matrix).max(axis=1)
    weight[basis == p.reference.shape[1]] = 0.0
    inverse, singular = _inverse(matrix)
    right = (p.b / by)[:, :, None]
    rough = inverse @ right
    value = (rough + inverse @ (right - matrix @ rough))[:, :, 0]
    reduced = np.empty((which.size, table.columns.shape[1]))
    state = _State(which, by, inverse, value, basis, weight, reduced)
    if singular.any():
        state = state.some(~singular)
    _price(table, state)
    return state


def _needed(table: _Table, state: _State) -> Ints:
    """Return what each programme needs next, (a,): the dual method, the primal one or nothing."""
    dear = _dear(table, state)
    return np.where(_unmet(table, state).any(axis=1), DUAL, np.where(dear, PRIMAL, DONE))


def _unmet(table: _Table, state: _State) -> Bools:
    """Return which basic variables are negative, or not zero where they are artificial, (a, K)."""
    size: Floats | float = 1.0
    if table.programmes.gain.any() or table.columns.shape[1] > table.programmes.reference.shape[1] + 1 + len(
        table.programmes.slack
    ):
        cost = basis_costs(table.programmes.some(state.which), state.basis)
        size = np.maximum(1.0, np.abs(state.value * cost).sum(axis=1))[:, None]
    short = np.where(table.artificial[state.basis], np.abs(state.value), -state.value)
    unmet: Bools = short * state.weight > TOLERANCE * size
    return unmet
