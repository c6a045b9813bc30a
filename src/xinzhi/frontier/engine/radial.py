"""Radial programmes: by how much inputs shrink or outputs grow to reach the frontier.

input   min theta   X'L - theta x_o + s = 0,   Y'L - s = y_o
output  max phi     X'L + s = x_o,             Y'L - phi y_o - s = 0
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from xinzhi.frontier.engine.programmes import Answers, Bools, Floats, Ints, Questions, Technology, Texts
from xinzhi.frontier.engine.solve import solve_each

Orientation = Literal["input", "output"]


@dataclass(frozen=True)
class RadialScores:
    """Answers for e evaluated points, in the user's units.

    ``score``: (e,) Farrell scores, inside the technology at most 1 (input) or at least 1 (output); NaN
    unless ``status`` is ``ok``. ``status``: (e,) text. ``v``, ``u``, ``w``: (e, m), (e, s), (e,) multipliers
    of the supporting hyperplane ``u y - v x + w <= 0``, with ``v x_o = 1`` (input) or ``u y_o = 1`` (output).
    ``peers``: (e, p) places in the reference set in rising order, -1 where empty; ``intensities``: (e, p).
    """

    score: Floats
    status: Texts
    v: Floats
    u: Floats
    w: Floats
    peers: Ints
    intensities: Floats


def radial_scores(technology: Technology, points: tuple[Floats, Floats], *, orientation: Orientation) -> RadialScores:
    """Return the radial distance of each point to the frontier of a technology.

    Parameters
    ----------
    technology : Technology
        The reference set.
    points : (e, m) and (e, s)
        Inputs and outputs of the evaluated points; they need not belong to the reference set.
    orientation : "input" or "output"
        Whether inputs shrink or outputs grow.

    Returns
    -------
    RadialScores
        Status ``infeasible``: no expansion or contraction reaches the technology; ``unbounded``: output is
        free; ``not_identified``: no positive input, no positive output or no reference unit;
        ``numerical``: no certified answer.

    References
    ----------
    Banker, R. D., Charnes, A. and Cooper, W. W. (1984). Management Science 30(9), eq. 9-20. doi:10.1287/mnsc.30.9.1078
    """
    return radial_scores_each([(technology, *points)], orientation=orientation)[0]


def radial_scores_each(
    asked: Sequence[tuple[Technology, Floats, Floats]], *, orientation: Orientation
) -> list[RadialScores]:
    """Return the radial distances of points (x, y) under each technology, as :func:`radial_scores` gives them."""
    points = [(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)) for _, x, y in asked]
    defined = [np.asarray((x > 0).any(axis=1) & (y > 0).any(axis=1)) for x, y in points]
    questions = [_question(x, y, mine, orientation) for (x, y), mine in zip(points, defined, strict=True)]
    found = solve_each([(technology, question) for (technology, *_), question in zip(asked, questions, strict=True)])
    return [_scores(x, y, mine, of) for (x, y), mine, of in zip(points, defined, found, strict=True)]


def _question(x: Floats, y: Floats, defined: Bools, orientation: Orientation) -> Questions:
    """Return the radial programmes of points (x, y) as far as they are ``defined`` (e,)."""
    inward = orientation == "input"
    size = np.hstack((x, y) if defined.all() else (x[defined], y[defined]))
    moved = np.where(np.arange(size.shape[1]) < x.shape[1], inward, not inward)
    b, move = np.where(moved, 0.0, size), np.where(moved, -size, 0.0)
    return Questions(b=b, size=size, move=move, cost=1 if inward else -1)


def _scores(x: Floats, y: Floats, defined: Bools, found: Answers) -> RadialScores:
    """Return the scores of points (x, y); ``found`` are the answers of those that are ``defined`` (e,)."""
    m = x.shape[1]
    v, u = -found.dual[:, :m] + 0.0, found.dual[:, m:]
    scores = RadialScores(found.score, found.status, v, u, found.intercept, found.peers, found.intensities)
    if defined.all():
        return scores
    e, width = x.shape[0], found.peers.shape[1]
    out = RadialScores(
        score=np.full(e, np.nan),
        status=np.full(e, "not_identified", dtype=object),
        v=np.full(x.shape, np.nan),
        u=np.full(y.shape, np.nan),
        w=np.full(e, np.nan),
        peers=np.full((e, width), -1),
        intensities=np.zeros((e, width)),
    )
    for field in fields(out):
        getattr(out, field.name)[defined] = getattr(scores, field.name)
    return out
