"""Panels as spatial models take them: all units in all years."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xinzhi.errors import DataError
from xinzhi.language import Text, say
from xinzhi.method.status import level_status
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts


@dataclass(frozen=True)
class Block:
    """The balanced part of a panel.

    ``units``: (u,) mask; ``years``: (T,); ``rows``: (T, n) rows of the panel; ``status``, ``reason``: of every row.
    """

    units: Bools
    years: Ints
    rows: Ints
    status: Texts
    reason: Texts


def largest_block(there: Bools) -> tuple[Bools, int, int]:
    """Return the units and the first and last year of the largest part of a (u, t) mask without a gap.

    Years are consecutive, size is units times years; of equal ones the part with more years, then the earlier.
    """
    best: tuple[int, int, int] = (0, 0, 0)
    units, ends = np.zeros(there.shape[0], dtype=bool), (0, 0)
    for first in range(there.shape[1]):
        whole = np.ones(there.shape[0], dtype=bool)
        for last in range(first, there.shape[1]):
            whole = whole & there[:, last]
            length = last - first + 1
            size = (int(whole.sum()) * length, length, -first)
            if size > best:
                best, units, ends = size, whole, (first, last)
    return units, *ends


def balanced(
    cells: Floats, names: Sequence[Text], *, panel: Panel, positive: Bools, unbalanced: str, where: str
) -> Block:
    """Return the balanced part of a panel of which (n, k) cells are needed.

    Parameters
    ----------
    cells : (n, k)
    names : (k,) of the columns
    panel : Panel
    positive : (k,)
        Whether a column must be positive.
    unbalanced : "error" or "largest_block"
    where : str
        The method, for errors.

    Raises
    ------
    DataError
        One unit, gaps without a policy, or no balanced part with two units (XZ-285).
    """
    if panel.units.size < 2:
        raise DataError("XZ-285", say("one unit"), where=where, expected=say("two units or more"))
    with np.errstate(invalid="ignore"):
        there = np.where(np.isfinite(cells), np.where(positive, np.sign(cells), 1.0), np.nan)
    status, reason = level_status(dict(zip(names, there.T, strict=True)))
    place = np.searchsorted(panel.times, panel.when)
    grid = np.full((panel.units.size, panel.times.size), -1, dtype=np.int64)
    grid[panel.code, place] = np.arange(len(panel))
    good = (grid >= 0) & (status[grid] == "ok")
    if not good.all() and unbalanced == "error":
        raise DataError("XZ-285", _gaps(panel, grid, good, reason), where=where, **_balance_words())
    units, first, last = largest_block(good)
    if units.sum() < 2:
        raise DataError("XZ-285", _gaps(panel, grid, good, reason), where=where, **_balance_words())
    rows = grid[units, first : last + 1].T
    outside = np.ones(len(panel), dtype=bool)
    outside[rows] = False
    outside &= status == "ok"
    years = panel.times[first : last + 1]
    status[outside] = "left_out"
    reason[outside] = say("not in the balanced part, {first} to {last}", first=int(years[0]), last=int(years[-1]))
    return Block(units, years, rows, status, reason)


def _balance_words() -> dict[str, Text]:
    return {
        "expected": say("all units in all years"),
        "remedy": say("Fill the gaps, narrow the window, or say unbalanced='largest_block'."),
    }


def _gaps(panel: Panel, grid: Ints, good: Bools, reason: Texts) -> Text:
    """Return how many cells of the grid are missing, and the first."""
    u, t = (int(one[0]) for one in np.nonzero(~good))
    why = reason[grid[u, t]] if grid[u, t] >= 0 else say("no row")
    return say(
        "{count} gaps; first: {unit} {year}: {reason}",
        count=int((~good).sum()),
        unit=str(panel.units[u]),
        year=int(panel.times[t]),
        reason=why,
    )
