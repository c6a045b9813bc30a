"""What methods of dynamics read: values or values relative to their year, and the same unit some years before."""

from typing import Any, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, say
from xinzhi.method import Filled, FilledCell, Term
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts
from xinzhi.regions.reading import read_of

Relative = Literal["year_mean"] | None


def read_positions(
    of: str | Filled | Term, relative: Relative, panel: Panel, run: Run
) -> tuple[Floats, Text, tuple[FilledCell, ...]]:
    """Return the (n,) values, over the mean of their year if asked, the column in words, and what policies filled.

    Raises
    ------
    DataError
        The mean of a year is not positive (XZ-267).
    """
    values, name, log = read_of(of, panel, run)
    if relative is None:
        return values, name, tuple(log)
    mean = year_means(values, panel.when)
    with np.errstate(invalid="ignore"):
        odd = np.flatnonzero(mean <= 0)
    if odd.size:
        found = say("the mean of {name} in {year} is not positive", name=name, year=int(panel.when[odd[0]]))
        raise DataError("XZ-267", found, where=panel.source, remedy=say("Leave out relative='year_mean'."))
    return values / mean, say("{name} over the mean of its year", name=name), tuple(log)


def year_means(values: Floats, when: Ints) -> Floats:
    """Return the mean of the year of each row, (n,), over the (n,) values that are there."""
    _, place = np.unique(when, return_inverse=True)
    there = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, np.where(there, values, 0.0)) / np.bincount(place, there)
    return np.asarray(mean[place])


def rows_before(panel: Panel, lag: int) -> Ints:
    """Return the row of the same unit ``lag`` years before, (n,); -1 where there is none."""
    span = int(panel.times[-1] - panel.times[0]) + lag + 1
    keys = panel.code * span + (panel.when - panel.times[0])  # rows are sorted by unit and year, and so are these
    place = np.minimum(np.searchsorted(keys, keys - lag), len(panel) - 1)
    same = (keys[place] == keys - lag) & (panel.code[place] == panel.code)
    return np.where(same, place, -1)


def digits_of(values: Any, *, least: int) -> int:
    """Return the digits after the point that show three digits of the largest of these numbers; at least so many."""
    sizes = np.abs(np.asarray(values, dtype=np.float64))
    most = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    return max(least, 2 - int(np.floor(np.log10(most)))) if most > 0 else least


def value_status(values: Floats, name: Text) -> tuple[Texts, Texts]:
    """Return status and reason of each row, (n,): there or missing."""
    missing = np.isnan(values)
    status = np.where(missing, "missing_data", "ok").astype(object)
    reason = np.full(values.size, "", dtype=object)
    reason[missing] = say("{columns} missing", columns=name)
    return status, reason
