"""The tableaux of programmes that are solved in lockstep: first bases, reduced costs and exchanges."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from xinzhi.frontier.engine.certificate import basis_costs, inverses
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes

DRIFT = 1e-7
"""Relative gap of a pivot computed by row and by column at which the basis is solved again."""


@dataclass(frozen=True)
class Table:
    """What the programmes of a block share: ``columns`` (S, K, N), zero for the score; ``artificial`` (N,).

    ``of``: (e,) the reference set of each programme, in rising order; ``priced``: whether slacks or excesses count in
    the objective; ``spare``: how many of a reference set may be left undone.
    """

    programmes: Programmes
    of: Ints
    columns: Floats
    artificial: Bools
    priced: bool
    spare: int


@dataclass(frozen=True)
class State:
    """Where programmes stand; changed in place.

    ``which``: (a,) their places in the block; ``by``: (a, K) powers of two that rows are divided by;
    ``solved``: (a, K, K + 1) inverse of the basis and values of the basic variables; ``basis``, ``weight``: (a, K) of
    the basic variables, the last their column's largest entry; ``reduced``: (a, N) reduced costs, infinite for what
    may not enter.
    """

    which: Ints
    by: Floats
    solved: Floats
    basis: Ints
    weight: Floats
    reduced: Floats

    @property
    def inverse(self) -> Floats:
        """Return the inverses, (a, K, K)."""
        return self.solved[:, :, :-1]

    @property
    def value(self) -> Floats:
        """Return the values of the basic variables, (a, K)."""
        return self.solved[:, :, -1]

    def some(self, rows: Ints) -> "State":
        """Return some of the programmes."""
        return State(
            self.which[rows], self.by[rows], self.solved[rows], self.basis[rows], self.weight[rows], self.reduced[rows]
        )

    def put(self, rows: Ints, some: "State") -> None:
        """Store what became of some of the programmes."""
        for mine, theirs in zip(vars(self).values(), vars(some).values(), strict=True):
            mine[rows] = theirs


def table_of(programmes: Programmes, of: Ints, spare: int) -> Table:
    """Return what the programmes of a block share, of reference sets (S, K, n) numbered ``of`` (e,)."""
    few, of = np.unique(of, return_inverse=True)
    reference = programmes.reference[few]
    sets, k, n = reference.shape
    sign, excess = np.diag(programmes.slack), bool(np.isfinite(programmes.excess).any())
    tail = np.hstack((np.zeros((k, 1)), sign, *([-sign] if excess else [])))
    columns = np.concatenate((reference, np.broadcast_to(tail, (sets, *tail.shape))), axis=2)
    artificial = np.zeros(columns.shape[2], dtype=np.bool_)
    artificial[n + 1 : n + 1 + k] = programmes.equal
    shared = replace(programmes, reference=reference)
    return Table(shared, of, columns, artificial, excess or bool(programmes.gain.any()), spare)


def sets_of(table: Table, which: Ints) -> list[tuple[int, slice]]:
    """Return the reference sets of programmes in rising order, and where those of each are."""
    ends = np.searchsorted(table.of[which], np.arange(table.columns.shape[0] + 1)).tolist()
    return [(s, slice(*part)) for s, part in enumerate(pairwise(ends)) if part[0] < part[1]]


def alone(table: Table, s: int, which: Ints) -> Programmes:
    """Return programmes of one reference set."""
    return replace(table.programmes.some(which), reference=table.programmes.reference[s])


def times_columns(table: Table, which: Ints, rows: Floats, out: Floats) -> Floats:
    """Set ``out`` (a, N) to rows (a, K) times the columns of each programme's reference set, and return it."""
    for s, part in sets_of(table, which):
        np.matmul(rows[part], table.columns[s], out=out[part])
    return out


def columns_of(table: Table, which: Ints, columns: Ints) -> Floats:
    """Return columns (a, ..., K) of programmes by their numbers (a, ...)."""
    of = table.of[which].reshape(-1, *[1] * (columns.ndim - 1))
    taken: Floats = table.columns.transpose(0, 2, 1)[of, columns]
    return taken


def powers(scale: Floats) -> Floats:
    """Return the power of two at or below each number."""
    below: Floats = np.exp2(np.frexp(scale)[1] - 1.0)
    return below


def first_basis(table: Table) -> State:
    """Return a first basis with the score and slacks; no reduced cost is negative where such a basis is at hand."""
    p, (e, k), n = table.programmes, table.programmes.b.shape, table.programmes.reference.shape[-1]
    by, each = powers(p.scale), np.arange(e)
    state = State(
        which=each,
        by=by,
        solved=np.concatenate((np.diag(p.slack) * by[:, :, None], (p.slack * p.b)[:, :, None]), axis=2),
        basis=np.tile(n + 1 + np.arange(k), (e, 1)),
        weight=1.0 / by,
        reduced=np.empty((e, table.artificial.size)),
    )
    row = np.full(e, -1)
    if p.cost:
        row = _score_row(p)
        _enter(state, (row, np.full(e, n)), p.move)
        state.weight[each, row] = 0.0
    _price(table, state)
    # a column that outweighs all others in a row that bounds intensities makes reduced costs at least zero
    positive: Bools = np.asarray((p.reference > 0).all(axis=2))
    fit = np.isinf(p.excess) & (p.move == 0) & ((p.slack > 0) | p.equal) & positive[table.of]
    fit[each, row] &= row < 0
    bound = np.flatnonzero((state.reduced[:, :n].min(axis=1) < 0) & fit.any(axis=1))
    if bound.size:
        at = k - 1 - np.argmax(fit[bound, ::-1], axis=1)
        enter = np.argmin(state.reduced[bound, :n] / p.reference[table.of[bound], at], axis=1)
        some = state.some(bound)
        _enter(some, (at, enter), columns_of(table, bound, enter))
        state.put(bound, some)
        _price(table, state)
    return state


def _enter(state: State, place: tuple[Ints, Ints], columns: Floats) -> None:
    """Let columns (a, K) enter the basis at (rows, columns)."""
    entering = columns / state.by
    _pivot(state, place, entering, np.einsum("eij,ej->ei", state.inverse, entering))


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


def _price(table: Table, state: State) -> None:
    """Set the reduced costs of all columns: infinite for the score, artificial slacks and excluded units."""
    p, which, n = table.programmes.some(state.which), state.which, table.programmes.reference.shape[-1]
    k = p.slack.size
    dual = np.einsum("ei,eij->ej", basis_costs(p, state.basis), state.inverse) / state.by
    reduced = state.reduced
    times_columns(table, which, -dual, reduced)
    reduced[:, n + 1 : n + 1 + k] -= p.gain
    if reduced.shape[1] > n + 1 + k:
        reduced[:, n + 1 + k :] += p.excess
    reduced[np.arange(which.size)[:, None], state.basis] = 0.0  # what rounding leaves would be in doubt
    reduced[:, n] = np.inf
    reduced[:, table.artificial] = np.inf
    out = np.flatnonzero(p.excluded >= 0)
    reduced[np.arange(which.size)[out], p.excluded[out]] = np.inf


def factored(table: Table, which: Ints, basis: Ints) -> State:
    """Return programmes at their bases, everything computed anew; what has a singular basis is left out."""
    p = table.programmes.some(which)
    by = powers(p.scale)
    n, columns = p.reference.shape[-1], columns_of(table, which, basis).transpose(0, 2, 1)
    matrix = np.where((basis == n)[:, None, :], p.move[:, :, None], columns) / by[:, :, None]
    weight = np.abs(matrix.transpose(1, 0, 2), order="C").max(axis=0)  # rows first: so it takes a fifth of the time
    weight[basis == n] = 0.0
    inverse, singular = inverses(matrix)
    right = (p.b / by)[:, :, None]
    rough = inverse @ right
    solved = np.concatenate((inverse, rough + inverse @ (right - matrix @ rough)), axis=2)
    reduced = np.empty((which.size, table.artificial.size))
    state = State(which, by, solved, basis, weight, reduced)
    sound = ~singular & np.isfinite(solved).all(axis=(1, 2))
    if not sound.all():
        state = state.some(np.flatnonzero(sound))
    _price(table, state)
    return state


def exchanged(table: Table, state: State, exchange: tuple[Ints, Ints, Floats], barred: Bools) -> tuple[State, Bools]:
    """Exchange basic variables; return the programmes that did, and where that was barred or the pivot lost, (a,).

    ``exchange``: rows (a,), columns (a,) and the rows of the tableau (a, N) up to their sign, which are overwritten.
    """
    row, column, pivots = exchange
    each = np.arange(row.size)
    entering = columns_of(table, state.which, column) / state.by
    change = np.einsum("eij,ej->ei", state.inverse, entering)
    pivot = np.abs(pivots[each, column])
    lost = barred | ~(np.abs(np.abs(change[each, row]) - pivot) <= DRIFT * pivot)
    if lost.any():
        keep = np.flatnonzero(~lost)
        state, row, column, pivots = state.some(keep), row[keep], column[keep], pivots[keep]
        each, entering, change = each[: row.size], entering[keep], change[keep]
    pivots *= (state.reduced[each, column] / pivots[each, column])[:, None]
    np.subtract(state.reduced, pivots, out=state.reduced)
    state.reduced[each, column] = 0.0
    _pivot(state, (row, column), entering, change)
    return state, lost


def _pivot(state: State, place: tuple[Ints, Ints], entering: Floats, change: Floats) -> None:
    """Let columns enter the basis at (rows, columns); ``entering``, ``change``: (a, K) before and by the basis."""
    row, column = place
    each = np.arange(row.size)
    pivot = change[each, row]
    line = state.solved[each, row] / pivot[:, None]
    change[each, row] = 0.0
    state.solved[:] -= change[:, :, None] * line[:, None, :]
    state.solved[each, row] = line
    state.basis[each, row] = column
    state.weight[each, row] = np.abs(entering).max(axis=1)
