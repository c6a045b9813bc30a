"""The quick solver of small reference sets: the dual simplex method for many programmes at once, in NumPy.

Every round makes one exchange in each programme that is not finished, whichever reference set it belongs to. The
row leaves that is farthest from its bound by the length of the inverse's row (Forrest, J. J. and Goldfarb, D., 1992,
Mathematical Programming 57, 341-374, doi:10.1007/BF01581089; here the lengths are computed anew each round). What
the dual method leaves undone because no dual feasible start was at hand, the primal method does. Of its answers only
the final basis is used; see :mod:`xinzhi.frontier.engine.certificate`.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from xinzhi.frontier.engine.certificate import ROUNDING, TOLERANCE, basis_costs, basis_matrices, blur, inverses, room
from xinzhi.frontier.engine.programmes import Bools, Floats, Ints, Programmes, Texts
from xinzhi.frontier.engine.tableau import (
    State,
    Table,
    alone,
    columns_of,
    exchanged,
    factored,
    first_basis,
    powers,
    sets_of,
    table_of,
    times_columns,
)

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
BARRED = 1e300
"""Added to the ratio of a column that may not enter: to add costs an eighth of what it costs to choose."""
DEGENERATE = 1e-13
"""Prices that differ by this, relative to the point's own goods, are equal as well."""
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


def run_lockstep(programmes: Programmes) -> tuple[Texts, Ints]:
    """Return status words (e,) and basic variables (e, K) of all programmes, solved side by side.

    ``infeasible``: a row of the basis' inverse proves it; ``unbounded``: an entering column meets no limit;
    ``numerical``: given up.
    """
    return run_together([programmes])[0]


def run_together(sets: Sequence[Programmes]) -> list[tuple[Texts, Ints]]:
    """Return the same for programmes of several reference sets; those of one form go side by side.

    What is found of a reference set does not depend on the others.
    """
    found: list[tuple[Texts, Ints]] = [(np.empty(0, dtype=object), np.empty((0, 0), dtype=np.int64))] * len(sets)
    forms = [_form(programmes) for programmes in sets]
    for form in dict.fromkeys(forms):
        mine = [place for place, other in enumerate(forms) if other == form]
        words, basis = _run([sets[place] for place in mine])
        ends = np.cumsum([sets[place].b.shape[0] for place in mine])[:-1]
        for place, rows in zip(mine, np.split(np.arange(words.size), ends), strict=True):
            found[place] = words[rows], basis[rows]
    return found


def _form(programmes: Programmes) -> tuple[object, ...]:
    """Return what programmes have in common that are solved side by side."""
    p = programmes
    priced = bool(np.isfinite(p.excess).any()), bool(p.gain.any())
    return (p.reference.shape, p.cost, p.slack.tobytes(), p.equal.tobytes(), *priced, bool((p.excluded < 0).all()))


def _run(sets: Sequence[Programmes]) -> tuple[Texts, Ints]:
    """Return words and basic variables of the programmes of reference sets of one form, one set after the other."""
    programmes, count = Programmes.stacked(sets), [each.b.shape[0] for each in sets]
    (k, n), e, of = sets[0].reference.shape, sum(count), np.repeat(np.arange(len(sets)), count)
    words = np.full(e, "numerical", dtype=object)
    basis = np.tile(n + 1 + np.arange(k), (e, 1))
    size = int(np.clip(CELLS // (n + 1 + k), *BLOCK))

    def run(rows: Ints, start: Ints | None = None, spare: int = 0) -> None:
        for part in _blocks(of[rows], size):
            mine = rows[part]
            table = table_of(programmes if mine.size == e else programmes.some(mine), of[mine], spare)
            words[mine], basis[mine] = _block(table, None if start is None else start[part])

    movable = np.flatnonzero(programmes.move.any(axis=1)) if programmes.cost else np.arange(e)
    parts = np.split(movable, np.searchsorted(movable, np.cumsum(count)[:-1]))
    many = [(s, rows) for s, rows in enumerate(parts) if rows.size > 2 * SAMPLE and _alike(sets[s])]
    if many:
        first = [rows[:: rows.size // SAMPLE] for _, rows in many]
        run(np.concatenate(first), spare=SAMPLE // 2)
        others, starts = [], []
        for (s, rows), tried in zip(many, first, strict=True):
            known, asked, at = tried[words[tried] == "ok"], rows[words[rows] == "numerical"], sum(count[:s])
            start, near = _nearest(sets[s].some(known - at), basis[known], sets[s].some(asked - at))
            others.append(asked[near])
            starts.append(start[near])
        run(np.concatenate(others), np.concatenate(starts))
        movable = movable[words[movable] == "numerical"]  # a start that led nowhere does not count
    run(movable)
    return words, basis


def _blocks(of: Ints, size: int) -> Iterator[slice]:
    """Yield slices of about ``size`` programmes; a reference set that fits into one is not divided."""
    at = 0
    while at < of.size:
        end = at + size
        if end < of.size:
            begins = int(np.searchsorted(of, of[end]))
            end = begins if begins > at else end
        yield slice(at, end)
        at = end


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
    by = powers(programmes.scale)
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


def _block(table: Table, start: Ints | None) -> tuple[Texts, Ints]:
    """Return words and basic variables of programmes that are solved in lockstep, from bases (e, K) if there are."""
    programmes, e = table.programmes, table.of.size
    state = first_basis(table) if start is None else factored(table, np.arange(e), start)
    words, basis = np.full(e, "numerical", dtype=object), np.empty(programmes.b.shape, dtype=np.int64)
    for turn in range(PASSES + 1):
        need = _needed(table, state)
        words[_stored(state, need == DONE, basis)] = "ok"
        if turn == PASSES or (need == DONE).all():
            break
        parts = [(loop, np.flatnonzero(need == kind)) for kind, loop in LOOPS.items()]
        ended = [loop(table, state.some(mine), words, basis) for loop, mine in parts if mine.size]
        left = np.sort(np.concatenate(ended))
        state = factored(table, left, basis[left])
    told = np.flatnonzero(words == "infeasible")
    for s, part in sets_of(table, told):
        mine = told[part]
        words[mine[~infeasible_certificate(alone(table, s, mine), basis[mine])]] = "numerical"
    n, k = programmes.reference.shape[-1], programmes.slack.size
    basis[words == "numerical"] = n + 1 + np.arange(k)
    return words, basis


def _needed(table: Table, state: State) -> Ints:
    """Return what each programme needs next, (a,): the dual method, the primal one or nothing."""
    need = np.where(_unmet(table, state).any(axis=1), DUAL, DONE)
    odd = np.flatnonzero((state.reduced < 0).any(axis=1) & (need == DONE))
    if odd.size:
        rest = state.some(odd)
        need[odd[(rest.reduced < -_admitted(table, rest)).any(axis=1)]] = PRIMAL
    return need


def _unmet(table: Table, state: State) -> Bools:
    """Return which basic variables are negative, or not zero where they are artificial, (a, K)."""
    short = np.where(table.artificial[state.basis], np.abs(state.value), -state.value) * state.weight
    if not table.priced:
        plain: Bools = short > TOLERANCE
        return plain
    unmet: Bools = short > TOLERANCE * _objective(table, state)[:, None]
    return unmet


def _objective(table: Table, state: State) -> Floats:
    """Return the size of what slacks and excesses add to the objective, (a,), at least 1."""
    p, n = table.programmes.some(state.which), table.programmes.reference.shape[-1]
    parts = np.where(state.basis == n, 0.0, state.value) * basis_costs(p, state.basis)
    size: Floats = np.maximum(1.0, np.abs(parts).sum(axis=1))
    return size


def _admitted(table: Table, state: State) -> Floats:
    """Return how far below zero each reduced cost may be, (a, N), as the certificate has it."""
    p = table.programmes.some(state.which)
    n = p.reference.shape[-1]
    score = np.where(state.basis == n, np.abs(state.value), 0.0).sum(axis=1)
    most = TOLERANCE * np.maximum(_objective(table, state) if table.priced else 1.0, score)[:, None]
    dual = np.einsum("ei,eij->ej", basis_costs(p, state.basis), state.inverse) / state.by
    admitted = np.ones(state.reduced.shape)
    for s, part in sets_of(table, state.which):
        mine, prices, least = alone(table, s, state.which[part]), dual[part], most[part]
        units, slacks = room(mine)
        admitted[part, :n] = least / units + ROUNDING * (np.abs(prices) @ np.abs(mine.reference))
        tail: Floats = np.hstack((least / slacks + blur(mine.scale, prices), least / mine.scale))
        admitted[part, n + 1 :] = tail[:, : table.artificial.size - n - 1]
    return admitted


def _dual(table: Table, state: State, words: Texts, basis: Ints) -> Ints:
    """Exchange until no row is unmet; store bases, return the places of programmes that came to an end, (f,).

    Reduced costs below zero count as zero: it is as if these columns cost a little more.
    """
    ended, k, size = [state.which[:0]], state.value.shape[1], table.artificial.size
    np.maximum(state.reduced, 0.0, out=state.reduced)
    for turn in range(2 * ROUNDS * k):
        unmet = _unmet(table, state)
        going: Bools = np.asarray(unmet.any(axis=1))
        kept = going & (np.bincount(of := table.of[state.which], going)[of] > table.spare) if table.spare else going
        if not kept.all():
            ended.append(_stored(state, ~going, basis))
            left = np.flatnonzero(kept)
            state, unmet = state.some(left), unmet[left]
        if not state.which.size:
            break
        each, by_number = np.arange(state.which.size), turn >= ROUNDS * k
        norm = np.maximum(np.einsum("eij,eij->ei", state.inverse, state.inverse), NOTHING)
        if by_number:
            row = np.argmin(np.where(unmet, state.basis, size), axis=1)
        else:
            row = np.argmax(np.where(unmet, state.value**2 / norm, -1.0), axis=1)
        sign = np.sign(state.value[each, row])
        rows = state.inverse[each, row] * (sign[:, None] / state.by)
        pivots = times_columns(table, state.which, rows, np.empty(state.reduced.shape))
        norm = np.sqrt(norm[each, row])
        low = (PIVOT * norm)[:, None]
        ratio = np.maximum(pivots, low)
        np.divide(state.reduced, ratio, out=ratio)
        ratio += (pivots <= low) * BARRED
        least = ratio[each, np.argmin(ratio, axis=1)]
        tied = ratio <= (least * (1.0 + TIE) + DEGENERATE / norm)[:, None]
        column = np.argmax(tied if by_number else tied * pivots, axis=1)
        dead: Bools = least >= BARRED
        after, lost = exchanged(table, state, (row, column, pivots), dead)
        if lost.any():
            told = dead & (turn == 0)  # believed only of a basis that was computed anew
            words[_stored(state, told, basis)] = "infeasible"
            ended.append(_stored(state, lost & ~told, basis))
        state = after
        np.maximum(state.reduced, 0.0, out=state.reduced)
    return np.concatenate(ended)


def _primal(table: Table, state: State, words: Texts, basis: Ints) -> Ints:
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
        entering = columns_of(table, state.which, column) / state.by
        change = np.einsum("eij,ej->ei", state.inverse, entering)
        scaled = change * state.weight / np.abs(entering).max(axis=1)[:, None]
        fixed = table.artificial[state.basis]
        stops = np.where(fixed, np.abs(scaled), scaled) > PIVOT
        room = np.where(fixed, 0.0, np.maximum(state.value, 0.0))
        ratio = np.where(stops, room / np.where(stops, np.abs(change), 1.0), np.inf)
        least = ratio.min(axis=1)
        tied = ratio <= least[:, None] * (1.0 + TIE)
        if by_number:
            row = np.argmin(np.where(tied, state.basis, table.artificial.size), axis=1)
        else:
            row = np.argmax(np.where(tied, np.abs(scaled), -1.0), axis=1)
        free: Bools = least == np.inf
        words[_stored(state, free, basis)] = "unbounded"
        rows = state.inverse[each, row] / state.by
        pivots = times_columns(table, state.which, rows, np.empty(state.reduced.shape))
        after, lost = exchanged(table, state, (row, column, pivots), free)
        if lost.any():
            ended.append(_stored(state, lost & ~free, basis))
            admitted = admitted[~lost]
        state = after
    return np.concatenate(ended)


def _stored(state: State, going: Bools, basis: Ints) -> Ints:
    """Store the bases of programmes that leave the loop, and return their places."""
    which = state.which[going]
    basis[which] = state.basis[going]
    return which


LOOPS: dict[int, Callable[[Table, State, Texts, Ints], Ints]] = {DUAL: _dual, PRIMAL: _primal}
