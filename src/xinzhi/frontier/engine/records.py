"""What compiled kernels share: named tuples of arrays. Nothing is allocated in a kernel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xinzhi.frontier.engine.programmes import Bools, Floats, Ints

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

    ``known``: (n,) places on the frontier, of which more become known where it is sought.
    """

    words: Ints
    variables: Ints
    known: Bools


class Work(NamedTuple):
    """The working set of S slots: slacks, excesses, the score, reference units; and where all columns were priced.

    ``matrix``: (K, S) columns; ``cost``, ``number`` of the variable, ``used``: when it was last, ``basic``, ``fixed``
    at zero: (S,). ``basis``: (K,) slots; ``inverse``: (K, K); ``x``, ``dual``: (K,) values; ``weight``: (K,) how far
    a unit of a variable moves the rows, relative to the point; ``column``: (K,) that enters. ``alpha``, ``d``: (S,)
    a row, and reduced costs; ``open``: (S,) by what they are multiplied, zero where a slot may not enter; ``rise``,
    ``ratio``, ``scratch``, ``rough``, ``swapped``: room for results on the way. ``seen`` (k, C), ``top`` (C,): prices
    for which a chunk was looked through last, and the maximum; ``bound``: (C,) of prices; ``best``, ``found``: a few
    columns that join; ``slot``: (n,) of a reference unit or -1. ``counts``: (4,); ``clock``: (3,) points so far, slot
    of the excluded unit or -1, row that no column helps.
    """

    matrix: Floats
    cost: Floats
    number: Ints
    used: Ints
    basic: Bools
    fixed: Bools
    basis: Ints
    inverse: Floats
    x: Floats
    weight: Floats
    dual: Floats
    column: Floats
    alpha: Floats
    d: Floats
    open: Floats
    rise: Floats
    ratio: Floats
    scratch: Floats
    rough: Singles
    swapped: Ints
    seen: Floats
    top: Floats
    bound: Floats
    best: Floats
    found: Ints
    slot: Small
    counts: Ints
    clock: Ints
