"""Which rows span the technology of a year, and radial scores under technologies as tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.frontier.engine import Orientation, RadialScores, Technology, radial_scores_each
from xinzhi.frontier.goods import Goods
from xinzhi.language import Text, named, say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

CHUNK = 512
"""Points of one task; part of the problem, so that results do not depend on the number of workers."""

TOGETHER = 8192
"""Points of one task over several small reference sets, which are solved side by side."""

SMALL = 500
"""Reference units up to which points are divided into tasks: a larger set is searched once for all its points."""

CHUNK_MATRICES = 4
"""Matrices of points by reference units that the certificate of a chunk holds at once (measured)."""

KERNEL_BYTES = 40_000_000
"""What the compiled kernels take when they are loaded (measured)."""

POINT_BYTES = 1_000
"""What a point takes that is held against a large reference set (measured)."""

SIDE_BYTES = 1_500
"""What a point takes that is solved beside those of other reference sets (measured)."""

YEARS_ASKED = 3
"""Technologies under which an index of adjacent years asks for a row."""

PATH_POINTS = 6
"""Points of a path that are asked for at once, per row of the year (measured)."""


@role("sequential")
class Sequential(Value):
    """The technology of a year is spanned by the reference units of that and all earlier years: no regress.

    Parameters
    ----------
    since : int or None
        First year that counts; the first year of the panel by default.
    observed_only : bool
        Leave rows whose inputs a policy filled out of the reference set.
    """

    since: int | None = None
    observed_only: bool = True


@role("global")
class Global(Value):
    """One technology, spanned by the reference units of all years (Pastor and Lovell 2005).

    Parameters
    ----------
    rule : "global"
        Tells this value from the others.
    observed_only : bool
        Leave rows whose inputs a policy filled out of the reference set.
    """

    rule: Literal["global"] = "global"
    observed_only: bool = True


@role("biennial")
class Biennial(Value):
    """The technology of a year is spanned by the reference units of that year and the one before it.

    A step is measured by one technology, that of its end (Pastor, Asmild and Lovell 2011).

    Parameters
    ----------
    rule : "biennial"
        Tells this value from the others.
    observed_only : bool
        Leave rows whose inputs a policy filled out of the reference set.
    """

    rule: Literal["biennial"] = "biennial"
    observed_only: bool = True


@role("window")
class Window(Value):
    """The technology of a year is spanned by the reference units of the ``width`` years that end with it.

    The first years of a panel share its first full window, so that an index has no technical change in its first
    ``width`` - 1 steps.

    Parameters
    ----------
    width : int
        Years in a window, at least 1.
    scored : "end" or "all"
        Models score a row in the window that ends with its year, or in all windows that hold its year, of which
        the mean is reported (window analysis, Charnes, Clark, Cooper and Golany 1985). Indices take "end".
    observed_only : bool
        Leave rows whose inputs a policy filled out of the reference set.
    """

    width: int = Setting(ge=1)
    scored: Literal["end", "all"] = "end"
    observed_only: bool = True


@role("fixed_base")
class FixedBase(Value):
    """The technology of every year is that of one base year.

    Parameters
    ----------
    period : int
        The base year.
    observed_only : bool
        Leave rows whose inputs a policy filled out of the reference set.
    """

    period: int
    observed_only: bool = True


Rule = Sequential | Global | Biennial | Window | FixedBase
TechnologyRule = Literal["contemporaneous", "sequential", "global", "biennial"] | Rule


def rule_of(technology: TechnologyRule) -> Rule | None:
    """Return the rule that a word stands for; None for contemporaneous technologies."""
    words: dict[str, Rule] = {"sequential": Sequential(), "global": Global(), "biennial": Biennial()}
    return words.get(technology) if isinstance(technology, str) else technology


def reference_rows(
    goods: Goods, panel: Panel, reference: tuple[str, ...] | None, technology: TechnologyRule, *, where: str
) -> dict[int, Ints]:
    """Return the rows of the panel that span the technology of each year.

    Raises
    ------
    DataError
        A unit that is not in the panel (XZ-212); a year outside it, or a window longer than it (XZ-208).
    """
    member, rule = goods.usable.copy(), rule_of(technology)
    if reference is not None:
        panel.require_units(reference, where=where)
        member &= np.isin(panel.unit_names.astype(str), reference)
    if rule is not None and rule.observed_only:
        member &= ~goods.filled
    years = np.asarray(panel.times)
    first, last = _reach(years, rule, where)
    return {
        int(year): np.flatnonzero(member & (panel.when >= low) & (panel.when <= high))
        for year, low, high in zip(years, first, last, strict=True)
    }


def _reach(years: Ints, rule: Rule | None, where: str) -> tuple[Ints, Ints]:
    """Return the first and the last year that span the technology of each year."""
    start, end = int(years[0]), int(years[-1])
    asked = rule.since if isinstance(rule, Sequential) else rule.period if isinstance(rule, FixedBase) else None
    if asked is not None and not start <= asked <= end:
        name = "since" if isinstance(rule, Sequential) else "period"
        expected = say("a year from {start} to {end}", start=start, end=end)
        raise DataError("XZ-208", f"{name}={asked}", where=where, expected=expected)
    if isinstance(rule, Window) and not 1 <= rule.width <= end - start + 1:
        expected = say("1 to {years} years", years=end - start + 1)
        raise DataError("XZ-208", f"width={rule.width}", where=where, expected=expected)
    if isinstance(rule, Sequential):
        return np.full_like(years, start if asked is None else asked), years
    if isinstance(rule, Global):
        return np.full_like(years, start), np.full_like(years, end)
    if isinstance(rule, Biennial):
        return years - 1, years
    if isinstance(rule, Window):
        last = np.maximum(years, start + rule.width - 1)
        return last - rule.width + 1, last
    if isinstance(rule, FixedBase):
        return np.full_like(years, rule.period), np.full_like(years, rule.period)
    return years, years


def filled_references(goods: Goods, panel: Panel, technologies: Mapping[int, Ints]) -> list[Text]:
    """Return the warning that filled rows span the frontier, or nothing."""
    rows = np.unique(np.concatenate(list(technologies.values()))) if technologies else np.zeros(0, np.int64)
    filled = rows[goods.filled[rows]]
    units = list(dict.fromkeys(panel.unit_names[filled].tolist()))
    warning = say(
        "XZ-403 {rows} reference rows of {count} units carry filled inputs: {units}.",
        rows=filled.size,
        count=len(units),
        units=listed([named(unit) for unit in units]),
    )
    return [warning] if filled.size else []


def pieces(points: int, reference: int) -> list[slice]:
    """Return how points are divided into tasks: by ``CHUNK`` where the reference set is small, else not at all."""
    step = CHUNK if reference <= SMALL else max(points, 1)
    return [slice(at, at + step) for at in range(0, max(points, 1), step)]


def scores(
    run: Run, jobs: Sequence[tuple[Technology, Floats, Floats]], *, orientation: Orientation, label: str
) -> list[RadialScores]:
    """Return the radial scores of each job's points (x, y) under its technology."""
    parts = [pieces(x.shape[0], technology.goods.shape[0]) for technology, x, _ in jobs]
    chunks = [
        (technology, x[part], y[part]) for (technology, x, y), mine in zip(jobs, parts, strict=True) for part in mine
    ]
    groups = together([(x.shape[0], technology.goods.shape[0]) for technology, x, _ in chunks])
    answers = run.map(score_task, [(chunks[group], orientation) for group in groups], label=label)
    found = iter([answer for several in answers for answer in several])
    return [_joined([next(found) for _ in mine]) for mine in parts]


def together(chunks: Sequence[tuple[int, int]]) -> list[slice]:
    """Return how chunks of points and reference units make tasks: a large reference set is one of its own."""
    groups, points, before = list[slice](), 0, 0
    for place, (e, n) in enumerate(chunks):
        if place == 0 or points + e > TOGETHER or max(n, before) > SMALL:
            groups.append(slice(place, place))
            points = 0
        groups[-1], points, before = slice(groups[-1].start, place + 1), points + e, n
    return groups


def score_task(chunks: Sequence[tuple[Technology, Floats, Floats]], orientation: Orientation) -> list[RadialScores]:
    """Return the scores of some chunks; a function that any executor can run."""
    return radial_scores_each(chunks, orientation=orientation)


def score_memory(panel: Panel, *, every_year: bool, paths: bool = False) -> int:
    """Return about how many bytes the largest task takes.

    Parameters
    ----------
    panel : Panel
    every_year : bool
        Rows of all years may span the technology, not those of one.
    paths : bool
        The task asks for the frontier along paths of all rows of a year, not at the points of a chunk.
    """
    largest = int(np.unique(panel.when, return_counts=True)[1].max(initial=0))
    reference = len(panel) if every_year else largest
    points = PATH_POINTS * largest if paths else largest
    if reference > SMALL:
        return KERNEL_BYTES + POINT_BYTES * points
    matrices = CHUNK_MATRICES * 8 * (points if paths else min(CHUNK, points)) * reference
    return matrices + SIDE_BYTES * min(TOGETHER, YEARS_ASKED * len(panel))


def _joined(parts: list[RadialScores]) -> RadialScores:
    if len(parts) == 1:
        return parts[0]
    return RadialScores(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(RadialScores)}
    )
