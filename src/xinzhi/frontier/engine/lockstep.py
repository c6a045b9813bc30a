"""The quick solver of small reference sets: the dual simplex method for many programmes at once, in NumPy.

Every round makes one exchange in each programme that is not finished. The row leaves that is farthest from its
bound by the length of the inverse's row (Forrest, J. J. and Goldfarb, D., 1992, Mathematical Programming 57,
341-374, doi:10.1007/BF01581089; here the lengths are computed anew each round). What the dual method leaves
undone because no dual feasible start was at hand, the primal method does. Of its answers only the final basis is
used; see :mod:`xinzhi.frontier.engine.certificate`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xinzhi.frontier.engine.certificate import ROUNDING, TOLERANCE, basis_costs, basis_matrices, blur, inverses, room
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes, Texts

CELLS = 1 << 17
"""Entries of a block's reduced costs: they fit a processor's own cache."""
BLOCK = (64, 1024)
"""Least and largest number of programmes in lockstep."""
PIVOT = 1e-9
"""The smallest pivot, relative to its row."""
TIE = 1e-12
"""Ratios this close are equal: the largest pivot among them is taken."""
NOTHING = 1e-200
"""The least squared length of a row of the inverse; a row this short is lost."""
DEGENERATE = 1e-13
"""Prices that differ by this, relative to the point's own goods, are equal as well."""
DRIFT = 1e-7
"""Relative gap of a pivot computed by row and by column at which the basis is solved again."""
ROUNDS = 20
"""Rounds per row before the lowest numbers are taken, which cannot cycle; twice as many, and the loop ends."""
SAMPLE = 64
"""About as many programmes are solved first: the others start from their bases."""
PASSES = 6
"""Times that a basis is solved again before a programme is given up."""
FAR = 1e-9
"""A programme has no solution when each misses a row by this, relative to the point's own good."""
DUAL, PRIMAL, DONE = 0, 1, 2
"""What a programme needs next."""


@dataclass(frozen=True)
class _Table:
    """What the programmes of a block share: ``columns`` (K, N), zero for the score; ``artificial`` (N,).

    ``priced``: whether slacks or excesses count in the objective; ``spare``: how many may be left undone.
    """

    programmes: Programmes
    columns: Floats
    artificial: Bools
    priced: bool
    spare: int


@dataclass(frozen=True)
class _State:
    """Where a programmes stand; changed in place.

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

    def some(self, rows: Ints) -> "_State":
        """Return some of the programmes."""
        return _State(
            self.which[rows], self.by[rows], self.solved[rows], self.basis[rows], self.weight[rows], self.reduced[rows]
        )

    def put(self, rows: Ints, some: "_State") -> None:
        """Store what became of some of the programmes."""
        for mine, theirs in zip(vars(self).values(), vars(some).values(), strict=True):
            mine[rows] = theirs


def run_lockstep(programmes: Programmes) -> tuple[Texts, Ints]:
    """Return status words (e,) and basic variables (e, K) of all programmes, solved side by side.

    ``infeasible``: a row of the basis' inverse proves it; ``unbounded``: an entering column meets no limit;
    ``numerical``: given up.
    """
    (k, n), e = programmes.reference.shape, programmes.b.shape[0]
    words = np.full(e, "numerical", dtype=object)
    basis = np.tile(n + 1 + np.arange(k), (e, 1))
    size = int(np.clip(CELLS // (n + 1 + k), *BLOCK))

    def run(rows: Ints, start: Ints | None = None, spare: int = 0) -> None:
        for at in range(0, rows.size, size):
            mine = rows[at : at + size]
            few = programmes if mine.size == e else programmes.some(mine)
            words[mine], basis[mine] = _block(few, None if start is None else start[at : at + size], spare)

    movable = np.flatnonzero(programmes.move.any(axis=1)) if programmes.cost else np.arange(e)
    if movable.size > 2 * SAMPLE and _alike(programmes):
        first = movable[:: movable.size // SAMPLE]
        run(first, spare=SAMPLE // 2)
        known = first[words[first] == "ok"]
        movable = movable[words[movable] == "numerical"]
        start, near = _nearest(programmes.some(known), basis[known], programmes.some(movable))
        run(movable[near], start[near])
        movable = movable[words[movable] == "numerical"]  # a start that led nowhere does not count
    run(movable)
    return words, basis


def _alike(programmes: Programmes) -> bool:
    """Return whether only points differ: prices of one programme are then admissible in others, up to a factor."""
    free = not programmes.gain.any() and bool(np.isinf(programmes.excess).all())
    return programmes.cost != 0 and free and bool((programmes.excluded < 0).all())


def _nearest(known: Programmes, basis: Ints, asked: Programmes) -> tuple[Ints, Bools]:
    """Return the bases (e, K) whose prices bound the objectives best, and where the score has such a price, (e,)."""
    if not basis.size:
        return np.zeros(asked.b.shape, np.int64), np.zeros(asked.b.shape[0], np.bool_)
    inverse, _ = inverses(basis_matrices(known, basis))
    price = np.einsum("si,sij->js", basis_costs(known, basis), inverse)
    moved = known.cost * (asked.move @ price)
    there = moved > PIVOT * (np.abs(asked.move) @ np.abs(price))
    bound = np.where(there, asked.b @ price / np.where(there, moved, 1.0), -np.inf)
    return basis[np.argmax(bound, axis=1)], there.any(axis=1)


def infeasible_certificate(programmes: Programmes, basis: Ints) -> Bools:
    """Return where a row of the basis' inverse proves that its programme has no solution, (e,).

    Such a row ``y`` has ``y a >= 0`` for each column that may enter and ``y b < 0``, by more than any tolerance.
    """
    by = _powers(programmes.scale)
    rows, singular = inverses(basis_matrices(programmes, basis) / by[:, :, None])
    rows /= np.abs(rows).sum(axis=2, keepdims=True)
    rows *= np.where(np.einsum("eij,ej->ei", rows, programmes.b / by) > 0, -1.0, 1.0)[:, :, None]
    rows[np.abs(rows) < ROUNDING] = 0.0  # what is left of a zero; all that follows is asked of the row as it is now
    sign = rows * programmes.slack
    wrong = np.where(sign < 0, ~programmes.equal, (sign > 0) & np.isfinite(programmes.excess)[:, None, :])
    fine = ~wrong.any(axis=2)
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


def _block(programmes: Programmes, start: Ints | None, spare: int) -> tuple[Texts, Ints]:
    """Return words and basic variables of programmes that are solved in lockstep, from bases (e, K) if there are.

    ``spare``: this many may be left undone.
    """
    table, e = _table(programmes, spare), programmes.b.shape[0]
    state = _start(table) if start is None else _factored(table, np.arange(e), start)
    words, basis = np.full(e, "numerical", dtype=object), np.empty(programmes.b.shape, dtype=np.int64)
    for turn in range(PASSES + 1):
        need = _needed(table, state)
        words[_stored(state, need == DONE, basis)] = "ok"
        if turn == PASSES or (need == DONE).all():
            break
        parts = [(loop, np.flatnonzero(need == kind)) for kind, loop in LOOPS.items()]
        ended = [loop(table, state.some(mine), words, basis) for loop, mine in parts if mine.size]
        left = np.sort(np.concatenate(ended))
        state = _factored(table, left, basis[left])
    told = np.flatnonzero(words == "infeasible")
    if told.size:
        words[told[~infeasible_certificate(programmes.some(told), basis[told])]] = "numerical"
    n, k = programmes.reference.shape[1], programmes.slack.size
    basis[words == "numerical"] = n + 1 + np.arange(k)
    return words, basis


def _table(programmes: Programmes, spare: int) -> _Table:
    """Return what the programmes of a block share."""
    k, n = programmes.reference.shape
    sign, excess = np.diag(programmes.slack), bool(np.isfinite(programmes.excess).any())
    columns = np.hstack((programmes.reference, np.zeros((k, 1)), sign, *([-sign] if excess else [])))
    artificial = np.zeros(columns.shape[1], dtype=np.bool_)
    artificial[n + 1 : n + 1 + k] = programmes.equal
    return _Table(programmes, columns, artificial, excess or bool(programmes.gain.any()), spare)


def _powers(scale: Floats) -> Floats:
    """Return the power of two at or below each number."""
    below: Floats = np.exp2(np.frexp(scale)[1] - 1.0)
    return below


def _start(table: _Table) -> _State:
    """Return a first basis with the score and slacks; no reduced cost is negative where such a basis is at hand."""
    p, (e, k), n = table.programmes, table.programmes.b.shape, table.programmes.reference.shape[1]
    by, each = _powers(p.scale), np.arange(e)
    state = _State(
        which=each,
        by=by,
        solved=np.concatenate((np.diag(p.slack) * by[:, :, None], (p.slack * p.b)[:, :, None]), axis=2),
        basis=np.tile(n + 1 + np.arange(k), (e, 1)),
        weight=1.0 / by,
        reduced=np.empty((e, table.columns.shape[1])),
    )
    row = np.full(e, -1)
    if p.cost:
        row = _score_row(p)
        _enter(state, (row, np.full(e, n)), p.move)
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
        _enter(some, (at, enter), p.reference.T[enter])
        state.put(bound, some)
        _price(table, state)
    return state


def _enter(state: _State, place: tuple[Ints, Ints], columns: Floats) -> None:
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


def _price(table: _Table, state: _State) -> None:
    """Set the reduced costs of all columns: infinite for the score, artificial slacks and excluded units."""
    p, which, n = table.programmes.some(state.which), state.which, table.programmes.reference.shape[1]
    k = p.slack.size
    dual = np.einsum("ei,eij->ej", basis_costs(p, state.basis), state.inverse) / state.by
    reduced = state.reduced
    np.matmul(-dual, table.columns, out=reduced)
    reduced[:, n + 1 : n + 1 + k] -= p.gain
    if reduced.shape[1] > n + 1 + k:
        reduced[:, n + 1 + k :] += p.excess
    reduced[np.arange(which.size)[:, None], state.basis] = 0.0  # what rounding leaves would be in doubt
    reduced[:, n] = np.inf
    reduced[:, table.artificial] = np.inf
    out = np.flatnonzero(p.excluded >= 0)
    reduced[np.arange(which.size)[out], p.excluded[out]] = np.inf


def _factored(table: _Table, which: Ints, basis: Ints) -> _State:
    """Return programmes at their bases, everything computed anew; what has a singular basis is left out."""
    p = table.programmes.some(which)
    by = _powers(p.scale)
    matrix = basis_matrices(p, basis) / by[:, :, None]
    weight = np.abs(matrix).max(axis=1)
    weight[basis == p.reference.shape[1]] = 0.0
    inverse, singular = inverses(matrix)
    right = (p.b / by)[:, :, None]
    rough = inverse @ right
    solved = np.concatenate((inverse, rough + inverse @ (right - matrix @ rough)), axis=2)
    reduced = np.empty((which.size, table.columns.shape[1]))
    state = _State(which, by, solved, basis, weight, reduced)
    sound = ~singular & np.isfinite(solved).all(axis=(1, 2))
    if not sound.all():
        state = state.some(np.flatnonzero(sound))
    _price(table, state)
    return state


def _needed(table: _Table, state: _State) -> Ints:
    """Return what each programme needs next, (a,): the dual method, the primal one or nothing."""
    need = np.where(_unmet(table, state).any(axis=1), DUAL, DONE)
    n = table.programmes.reference.shape[1]
    doubt = (state.reduced[:, :n].min(axis=1) < 0) | (state.reduced[:, n + 1 :].min(axis=1) < 0)
    odd = np.flatnonzero(doubt & (need == DONE))
    if odd.size:
        rest = state.some(odd)
        need[odd[(rest.reduced < -_admitted(table, rest)).any(axis=1)]] = PRIMAL
    return need


def _unmet(table: _Table, state: _State) -> Bools:
    """Return which basic variables are negative, or not zero where they are artificial, (a, K)."""
    short = np.where(table.artificial[state.basis], np.abs(state.value), -state.value) * state.weight
    if not table.priced:
        plain: Bools = short > TOLERANCE
        return plain
    unmet: Bools = short > TOLERANCE * _objective(table, state)[:, None]
    return unmet


def _objective(table: _Table, state: _State) -> Floats:
    """Return the size of what slacks and excesses add to the objective, (a,), at least 1."""
    p, n = table.programmes.some(state.which), table.programmes.reference.shape[1]
    parts = np.where(state.basis == n, 0.0, state.value) * basis_costs(p, state.basis)
    size: Floats = np.maximum(1.0, np.abs(parts).sum(axis=1))
    return size


def _admitted(table: _Table, state: _State) -> Floats:
    """Return how far below zero each reduced cost may be, (a, N), as the certificate has it."""
    p = table.programmes.some(state.which)
    n = p.reference.shape[1]
    score = np.where(state.basis == n, np.abs(state.value), 0.0).sum(axis=1)
    most = TOLERANCE * np.maximum(_objective(table, state) if table.priced else 1.0, score)[:, None]
    dual = np.einsum("ei,eij->ej", basis_costs(p, state.basis), state.inverse) / state.by
    rounding = ROUNDING * (np.abs(dual) @ np.abs(p.reference))
    units, slacks = room(p)
    tail = [most / slacks + blur(p.scale, dual), most / p.scale][: (state.reduced.shape[1] - n - 1) // p.scale.shape[1]]
    return np.hstack((most / units + rounding, np.ones_like(most), *tail))


def _dual(table: _Table, state: _State, words: Texts, basis: Ints) -> Ints:
    """Exchange until no row is unmet; store bases, return the places of programmes that came to an end, (f,).

    Reduced costs below zero count as zero: it is as if these columns cost a little more.
    """
    ended, k, size = [state.which[:0]], state.value.shape[1], table.columns.shape[1]
    np.maximum(state.reduced, 0.0, out=state.reduced)
    for turn in range(2 * ROUNDS * k):
        unmet = _unmet(table, state)
        going: Bools = np.asarray(unmet.any(axis=1))
        if not going.all():
            ended.append(_stored(state, ~going, basis))
            left = np.flatnonzero(going)
            state, unmet = state.some(left), unmet[left]
        if state.which.size <= table.spare:
            break
        each, by_number = np.arange(state.which.size), turn >= ROUNDS * k
        norm = np.maximum(np.einsum("eij,eij->ei", state.inverse, state.inverse), NOTHING)
        if by_number:
            row = np.argmin(np.where(unmet, state.basis, size), axis=1)
        else:
            row = np.argmax(np.where(unmet, state.value**2 / norm, -1.0), axis=1)
        sign = np.sign(state.value[each, row])
        pivots = (state.inverse[each, row] * (sign[:, None] / state.by)) @ table.columns
        norm = np.sqrt(norm[each, row])
        low = (PIVOT * norm)[:, None]
        ratio = state.reduced / np.maximum(pivots, low)
        np.copyto(ratio, np.inf, where=pivots <= low)
        least = ratio[each, np.argmin(ratio, axis=1)]
        tied = ratio <= (least * (1.0 + TIE) + DEGENERATE / norm)[:, None]
        column = np.argmax(tied if by_number else tied * pivots, axis=1)
        dead: Bools = least == np.inf
        after, lost = _exchanged(table, state, (row, column, pivots), dead)
        if lost.any():
            told = dead & (turn == 0)  # believed only of a basis that was computed anew
            words[_stored(state, told, basis)] = "infeasible"
            ended.append(_stored(state, lost & ~told, basis))
        state = after
        np.maximum(state.reduced, 0.0, out=state.reduced)
    return np.concatenate(ended)


def _primal(table: _Table, state: _State, words: Texts, basis: Ints) -> Ints:
    """Exchange until no column pays; store bases, return the places of programmes that came to an end, (f,)."""
    ended, k, admitted = [state.which[:0]], state.value.shape[1], _admitted(table, state)
    for turn in range(2 * ROUNDS * k):
        worst = state.reduced / admitted
        by_number = turn >= ROUNDS * k
        column = np.argmax(worst < -1.0, axis=1) if by_number else np.argmin(worst, axis=1)
        going: Bools = worst[np.arange(column.size), column] < -1.0
        if not going.all():
            ended.append(_stored(state, ~going, basis))
            state, admitted, column = state.some(np.flatnonzero(going)), admitted[going], column[going]
        if not state.which.size:
            break
        each = np.arange(state.which.size)
        entering = table.columns.T[column] / state.by
        change = np.einsum("eij,ej->ei", state.inverse, entering)
        scaled = change * state.weight / np.abs(entering).max(axis=1)[:, None]
        fixed = table.artificial[state.basis]
        stops = np.where(fixed, np.abs(scaled), scaled) > PIVOT
        room = np.where(fixed, 0.0, np.maximum(state.value, 0.0))
        ratio = np.where(stops, room / np.where(stops, np.abs(change), 1.0), np.inf)
        least = ratio.min(axis=1)
        tied = ratio <= least[:, None] * (1.0 + TIE)
        if by_number:
            row = np.argmin(np.where(tied, state.basis, table.columns.shape[1]), axis=1)
        else:
            row = np.argmax(np.where(tied, np.abs(scaled), -1.0), axis=1)
        free: Bools = least == np.inf
        words[state.which[free]] = "unbounded"
        pivots = (state.inverse[each, row] / state.by) @ table.columns
        after, lost = _exchanged(table, state, (row, column, pivots), free)
        if lost.any():
            ended.append(_stored(state, lost & ~free, basis))
            admitted = admitted[~lost]
        state = after
    return np.concatenate(ended)


def _stored(state: _State, going: Bools, basis: Ints) -> Ints:
    """Store the bases of programmes that leave the loop, and return their places."""
    which = state.which[going]
    basis[which] = state.basis[going]
    return which


def _exchanged(
    table: _Table, state: _State, exchange: tuple[Ints, Ints, Floats], barred: Bools
) -> tuple[_State, Bools]:
    """Exchange basic variables; return the programmes that did, and where that was barred or the pivot lost, (a,).

    ``exchange``: rows (a,), columns (a,) and the rows of the tableau (a, N) up to their sign, which are overwritten.
    """
    row, column, pivots = exchange
    each = np.arange(row.size)
    entering = table.columns.T[column] / state.by
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


def _pivot(state: _State, place: tuple[Ints, Ints], entering: Floats, change: Floats) -> None:
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


LOOPS: dict[int, Callable[[_Table, _State, Texts, Ints], Ints]] = {DUAL: _dual, PRIMAL: _primal}
