"""Asks a technology: a quick solver first, a certificate for each answer, HiGHS and exact arithmetic for what fails."""

from collections.abc import Callable, Sequence

import numpy as np

from xinzhi.frontier.engine.certificate import POINTS, certified
from xinzhi.frontier.engine.exact import Exact, solve_exactly
from xinzhi.frontier.engine.highs import run_highs
from xinzhi.frontier.engine.lockstep import infeasible_certificate, run_together
from xinzhi.frontier.engine.programmes import (
    Answers,
    Ints,
    Programmes,
    Questions,
    Technology,
    Texts,
    Vertices,
    in_user_units,
    programmes_of,
    reference_of,
)
from xinzhi.numerics.linear_programme import DUAL_SIMPLEX, PRIMAL_SIMPLEX, TOLERANCE

Quick = Callable[[Sequence[Programmes]], list[tuple[Texts, Ints]]]
"""A solver: status words and final bases of the programmes of each reference set."""

SMALL = 500
"""Reference units up to which NumPy solves, so that small studies never wait for a compiler."""
CELLS, EXACTLY = 20_000, 200
"""Cells of a reference set up to which, and programmes of a call of which, the last resort is exact arithmetic."""
TOGETHER = 1 << 16
"""Points that are solved before their answers are read off: memory for all others is that of their answers."""


def solve(technology: Technology, asked: Questions) -> Answers:
    """Return certified answers to questions about a technology.

    Parameters
    ----------
    technology : Technology
        What the reference set spans.
    asked : Questions
        The points, and what is optimised.

    Returns
    -------
    Answers
        Status ``infeasible``: no combination of reference units meets the bounds; ``unbounded``: the objective
        has no limit; ``not_identified``: no reference unit; ``numerical``: no certified answer.
    """
    return solve_each([(technology, asked)])[0]


def solve_each(asked: Sequence[tuple[Technology, Questions]]) -> list[Answers]:
    """Return certified answers to questions about several technologies, each the same as :func:`solve` gives.

    Small reference sets are solved side by side.
    """
    sizes = [technology.goods.shape[0] if points.b.size else 0 for technology, points in asked]
    shapes = [points.b.shape for _, points in asked]
    out = {place: Answers.empty(e, k, k + 1) for place, (e, k) in enumerate(shapes) if not sizes[place]}
    small = [place for place, size in enumerate(sizes) if 0 < size <= SMALL]
    large = [[place] for place, size in enumerate(sizes) if size > SMALL]
    for mine in [small, *large] if small else large:
        out |= zip(mine, _answers([asked[place] for place in mine]), strict=True)
    return [out[place] for place in range(len(asked))]


def _answers(asked: Sequence[tuple[Technology, Questions]]) -> list[Answers]:
    """Return the answers about some small reference sets, or about one large one."""
    references = [reference_of(technology, points.size) for technology, points in asked]
    (technology, points), reference = asked[0], references[0]
    begun = programmes_of(technology, points.some(slice(TOGETHER)), reference)[0]
    quick = _quick(begun, points=points.b.shape[0])
    out = [  # not before: to find the frontier takes as much memory
        Answers.empty(points.b.shape[0], technology.goods.shape[1], of.rows.shape[0])
        for (technology, points), of in zip(asked, references, strict=True)
    ]
    for at in range(0, max(answers.status.size for answers in out), TOGETHER):
        mine = [place for place, answers in enumerate(out) if answers.status.size > at]
        sets = [
            programmes_of(asked[place][0], asked[place][1].some(slice(at, at + TOGETHER)), references[place])
            for place in mine
        ]
        found = quick([programmes for programmes, _ in sets])
        for place, (programmes, scales), (words, basis) in zip(mine, sets, found, strict=True):
            for begin in range(0, words.size, POINTS):
                some = slice(begin, begin + POINTS)
                few, k = programmes.some(some), out[place].slack.shape[1]
                answers = in_user_units(few, _finished(few, words[some], basis[some]), scales.some(some), k)
                out[place].put(slice(at + begin, at + begin + few.b.shape[0]), answers)
    return out


def solve_all(programmes: Programmes) -> Vertices:
    """Return certified vertices of all programmes."""
    [(words, basis)] = _quick(programmes, points=programmes.b.shape[0])([programmes])
    return _finished(programmes, words, basis)


def _quick(programmes: Programmes, *, points: int) -> Quick:
    """Return the solver for this size of reference set, about which so many points will be asked."""
    if programmes.reference.shape[1] <= SMALL:
        return run_together
    from xinzhi.frontier.engine.compiled import frontier_of, run_compiled

    frontier = frontier_of(programmes, points=points)
    return lambda sets: [run_compiled(each, frontier=frontier) for each in sets]


def _finished(programmes: Programmes, words: Texts, basis: Ints) -> Vertices:
    """Return certified vertices; what fails is solved by HiGHS alone and scaled to the point.

    That a programme has no solution is believed with a proof, or when two attempts of HiGHS say so.
    """
    priced = programmes.reference.shape[1] > SMALL
    odd = np.flatnonzero(words == "infeasible")
    words = words.copy()
    if odd.size and priced:
        words[odd[~infeasible_certificate(programmes.some(odd), basis[odd])]] = "numerical"
    if priced:
        from xinzhi.frontier.engine.compiled import solved_quickly

        out = certified(programmes, words, basis, priced=True, solve=solved_quickly)
    else:
        out = certified(programmes, words, basis)
    for e in np.flatnonzero((out.status != "ok") & (out.status != "infeasible")):
        said: list[str] = []
        out.status[e] = "numerical"
        for strategy in (DUAL_SIMPLEX, PRIMAL_SIMPLEX):
            alone = programmes.one(int(e))
            again = certified(alone, *run_highs(alone, strategy), tolerance=TOLERANCE)
            if again.status[0] == "ok":
                _take(out, int(e), again, programmes)
                break
            if again.status[0] != "numerical" and again.status[0] in said:
                out.status[e] = again.status[0]
                break
            said.append(again.status[0])
    lost = np.flatnonzero(out.status == "numerical")
    if programmes.reference.size <= CELLS:
        for e in lost[:EXACTLY]:
            _take_exact(out, int(e), solve_exactly(programmes, int(e), out.basis[e]))
    return out


def _take_exact(out: Vertices, e: int, found: Exact) -> None:
    """Store the answer of a programme that was solved in exact arithmetic."""
    out.status[e] = found.status
    if found.status == "ok":
        out.basis[e], out.value[e], out.dual[e] = found.basis, found.value, found.dual


def _take(out: Vertices, e: int, again: Vertices, programmes: Programmes) -> None:
    """Store the answer of a programme that was solved alone, its rows divided by its goods."""
    (k, n), scale = programmes.reference.shape, programmes.scale[e]
    row = (again.basis[0] - n - 1) % k
    out.status[e], out.basis[e] = "ok", again.basis[0]
    out.value[e] = again.value[0] * np.where(again.basis[0] > n, scale[row], 1.0)
    out.dual[e] = again.dual[0] / scale
