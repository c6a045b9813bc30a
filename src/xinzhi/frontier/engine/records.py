"""What compiled kernels share: named tuples of arrays. Nothing is allocated in a kernel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xinzhi.frontier.engine.programmes import Bools, Floats, Ints

LONG, SHORT = 256, 64
"""Bytes of a strip of slots, chunks or columns, and of basic variables or rows: arrays of them are whole strips."""
SKIPPED, OK, INFEASIBLE, UNBOUNDED, NUMERICAL, INNER = range(6)
"""How a programme ended; ``INNER``: proven not to be on the frontier."""

Singles = NDArray[np.float32]
Small = NDArray[np.int32]


class Shared(NamedTuple):
    """What the programmes of a block have in common.

    ``sign``: (K,) of slacks; ``equal``: (K,) rows without; ``cost`` of the score; ``columns``: (C, k, 64) goods by
    place; ``units``: how many; ``early``: a point that is proven to be inside is left.
    """

    sign: Floats
    equal: Bools
    cost: float
    columns: Floats
    units: int
    early: bool


class Scanned(NamedTuple):
    """Columns that are priced.

    ``chunks``, ``rough``: (C, k, 64) in double and in single precision; ``low``, ``high``: (k, C) least and largest
    goods; ``size``: (C,) the largest; ``slip``: (C,) what a rough price may lose; ``place``: (C * 64,).
    """

    chunks: Floats
    rough: Singles
    low: Floats
    high: Floats
    size: Floats
    slip: Floats
    place: Ints


class Points(NamedTuple):
    """Rows of the programmes (B, K); the point's own place and the place that is excluded (B,), or -1; starts."""

    move: Floats
    b: Floats
    scale: Floats
    gain: Floats
    excess: Floats
    own: Ints
    excluded: Ints
    start: Ints


class Ended(NamedTuple):
    """How the programmes of a block of B points end: ``words`` (B,) and ``variables`` (B, K).

    ``shown``: (n,) by place, of the unit whose basis shows that a unit is on the frontier, -1 while nothing does;
    more becomes known where it is sought.
    """

    words: Ints
    variables: Ints
    shown: Small


class Bases(NamedTuple):
    """Bases (e, K) that are solved, as numbers of variables, of programmes with a reference set (K, n).

    ``value``, ``dual``, and ``weight``, how far a unit of each variable moves the rows, relative to the point: (e, K);
    ``singular``: (e,) which have none. ``own``: 0 .. K-1; ``columns``, ``room``, ``inverse`` (K, P), ``lines`` (8, P),
    ``pivots`` (K,): for results on the way.
    """

    reference: Floats
    slack: Floats
    basis: Ints
    cost: Floats
    move: Floats
    b: Floats
    scale: Floats
    value: Floats
    dual: Floats
    weight: Floats
    singular: Bools
    own: Ints
    columns: Floats
    room: Floats
    inverse: Floats
    lines: Floats
    pivots: Ints


class Work(NamedTuple):
    """The working set of S slots: slacks, excesses, the score, reference units; and where all columns were priced.

    ``matrix``: (K, S) its columns, and the same as rows, ``columns`` (S, P); ``cost``, ``number`` of the variable,
    ``used``: when it was last, ``basic``, ``fixed`` at zero, ``open``: by what its reduced cost is multiplied, zero
    where it may not enter: (S,). ``basis``: (K,) slots; ``inverse``: (K, P) of its transpose. Of basic variables, (P,):
    ``x`` their values; ``weight``, how far a unit of one moves the rows, relative to the point; ``free``, ``held``: 1
    where it is the score, or fixed; ``worth``, the cost, and ``mass``, 1 for a reference unit, of all others. Of rows,
    (P,): ``dual``, and ``by``, one over the point's own goods; ``line``, a row of the inverse, or prices. ``column``:
    (P,) that enters. ``alpha``, ``d``: (S,) a row, and reduced costs. ``scratch``, ``rough``, ``room`` (K, P),
    ``pivots``: for results on the way. ``seen`` (k, C), ``top`` (C,): prices for which a chunk was looked through last,
    and the maximum; ``bound``: (C,) of prices; ``looked``: (C + 1,) chunks that are looked through; ``best``,
    ``found``: a few columns that join; ``slot``: (n,) of a reference unit or -1. ``counts``: (4,); ``clock``: (3,)
    points so far, slot of the excluded unit or -1, row that no column helps.
    """

    matrix: Floats
    columns: Floats
    cost: Floats
    number: Ints
    used: Ints
    basic: Bools
    fixed: Bools
    open: Floats
    basis: Ints
    inverse: Floats
    x: Floats
    weight: Floats
    free: Floats
    held: Floats
    worth: Floats
    mass: Floats
    dual: Floats
    by: Floats
    line: Floats
    column: Floats
    alpha: Floats
    d: Floats
    scratch: Floats
    rough: Singles
    room: Floats
    pivots: Ints
    seen: Floats
    top: Floats
    bound: Floats
    best: Floats
    found: Ints
    looked: Ints
    slot: Small
    counts: Ints
    clock: Ints
