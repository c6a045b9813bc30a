"""What DEA and the productivity indices share: goods as read, reference sets, and scores as tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError, listed
from xinzhi.frontier.engine import Orientation, RadialScores, Technology, radial_scores
from xinzhi.language import Text, named, say
from xinzhi.method import Capital, Labour, Quantity, Term, Value
from xinzhi.method.roles import all_needs, read_quantity
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints

CHUNK = 512
"""Points of one task; part of the problem, so that results do not depend on the number of workers."""

CHUNK_MATRICES = 4
"""Matrices of points by reference units that the certificate of a chunk holds at once (measured)."""

PATH_POINTS = 6
"""Points of a path that are asked for at once, per row of the year (measured)."""


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


TechnologyRule = Literal["contemporaneous", "sequential"] | Sequential


@dataclass(frozen=True)
class Goods:
    """Inputs and outputs by row of the panel.

    ``x``: (n, m); ``y``: (n, s); ``usable``: (n,) rows in which all are there, none negative, at least one
    input and one output positive; ``filled``: (n,) rows of which a policy filled an input; ``needs``:
    column to (n,) cells, a zero counting as there; ``input_names``, ``output_names``: one each;
    ``within_period``: columns whose growth means little, see :class:`~xinzhi.method.Factor`.
    """

    x: Floats
    y: Floats
    usable: Bools
    filled: Bools
    needs: dict[str, Floats]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    within_period: tuple[str, ...]


def good_names(quantities: Sequence[Quantity]) -> list[str]:
    """Return the name of each quantity: capital, labour, or its column; that of a column where names repeat."""
    names = [_names(quantity) for quantity in quantities]
    plain = [first for first, _ in names]
    return [first if plain.count(first) == 1 else second for first, second in names]


def _names(quantity: Quantity) -> tuple[str, str]:
    """Return the plain name of a quantity, and the one that tells it from others of its kind."""
    if isinstance(quantity, Capital):
        return "capital", quantity.growth
    if isinstance(quantity, Labour):
        return "labour", quantity.persons or quantity.hours or "labour"
    if isinstance(quantity, Term):
        return quantity.column, f"{quantity.method.method_name}.{quantity.column}"
    return quantity, quantity


def read_goods(inputs: Sequence[Quantity], outputs: Sequence[Quantity], panel: Panel, run: Run, *, where: str) -> Goods:
    """Return the levels of inputs and outputs.

    Raises
    ------
    UsageError
        No input, no output, or the same name twice (XZ-103).
    DataError
        A growth index (XZ-207); no usable row (XZ-206).
    """
    names = good_names((*inputs, *outputs))
    if not inputs or not outputs or len(set(names)) < len(names):
        raise UsageError(
            "XZ-103",
            say("inputs and outputs {names}", names=listed(names)),
            where=where,
            expected=say("at least one of each, all different"),
        )
    factors = [
        read_quantity(quantity, panel, run, name=name)
        for quantity, name in zip((*inputs, *outputs), names, strict=True)
    ]
    levels = np.column_stack(
        [factor.require_level(where=say("{method} (needs levels)", method=where)) for factor in factors]
    )
    cells = all_needs(*(needs for factor in factors for needs in (factor.needs, factor.level_needs)))
    needs = {column: np.where(values == 0, 1.0, values) for column, values in cells.items()}
    m = len(inputs)
    x, y = levels[:, :m], levels[:, m:]
    usable = np.asarray(
        np.isfinite(levels).all(axis=1) & (levels >= 0).all(axis=1) & (x > 0).any(axis=1) & (y > 0).any(axis=1),
        dtype=np.bool_,
    )
    if not usable.any():
        raise DataError("XZ-206", say("no row has all of {columns}", columns=listed(list(needs))), where=panel.source)
    filled = np.asarray(np.column_stack([factor.filled for factor in factors]).any(axis=1), dtype=np.bool_)
    within = tuple(column for factor in factors for column in factor.within_period)
    return Goods(x, y, usable, filled, needs, tuple(names[:m]), tuple(names[m:]), within)


def reference_rows(
    goods: Goods, panel: Panel, reference: tuple[str, ...] | None, rule: TechnologyRule, *, where: str
) -> dict[int, Ints]:
    """Return the rows of the panel that span the technology of each year."""
    member = goods.usable.copy()
    if reference is not None:
        panel.require_units(reference, where=where)
        member &= np.isin(panel.unit_names.astype(str), reference)
    sequential = Sequential() if rule == "sequential" else rule
    if not isinstance(sequential, Sequential):
        return {int(year): np.flatnonzero(member & (panel.when == year)) for year in panel.times}
    first = panel.times[0] if sequential.since is None else sequential.since
    if not panel.times[0] <= first <= panel.times[-1]:
        years = say("a year from {start} to {end}", start=panel.times[0], end=panel.times[-1])
        raise DataError("XZ-208", f"since={first}", where=where, expected=years)
    if sequential.observed_only:
        member &= ~goods.filled
    return {int(year): np.flatnonzero(member & (panel.when >= first) & (panel.when <= year)) for year in panel.times}


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


def scores(
    run: Run, jobs: Sequence[tuple[Technology, Floats, Floats]], *, orientation: Orientation, label: str
) -> list[RadialScores]:
    """Return the scores of each job's points (x, y) under its technology; tasks hold at most ``CHUNK`` points."""
    tasks = [
        (technology, x[at : at + CHUNK], y[at : at + CHUNK], orientation)
        for technology, x, y in jobs
        for at in range(0, max(x.shape[0], 1), CHUNK)
    ]
    pieces = iter(run.map(score_task, tasks, label=label))
    return [_joined([next(pieces) for _ in range(0, max(x.shape[0], 1), CHUNK)]) for _, x, _ in jobs]


def score_task(technology: Technology, x: Floats, y: Floats, orientation: Orientation) -> RadialScores:
    """Return the scores of one chunk; a function that any executor can run."""
    return radial_scores(technology, (x, y), orientation=orientation)


def score_memory(panel: Panel, *, every_year: bool, paths: bool = False) -> int:
    """Return about how many bytes the largest task takes: matrices of its points by reference units.

    Parameters
    ----------
    panel : Panel
    every_year : bool
        Rows of all years may span the technology, not those of one.
    paths : bool
        The task asks for the frontier along paths of all rows of a year, not at the points of a chunk.
    """
    largest = int(np.unique(panel.when, return_counts=True)[1].max(initial=0))
    points = PATH_POINTS * largest if paths else min(CHUNK, largest)
    return CHUNK_MATRICES * 8 * points * (len(panel) if every_year else largest)


def _joined(pieces: list[RadialScores]) -> RadialScores:
    if len(pieces) == 1:
        return pieces[0]
    return RadialScores(
        **{f.name: np.concatenate([getattr(piece, f.name) for piece in pieces]) for f in fields(RadialScores)}
    )
