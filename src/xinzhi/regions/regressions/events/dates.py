"""The first year of treatment of each unit, from a column of years or from a column of zeros and ones."""

from collections.abc import Sequence

import numpy as np

from xinzhi.errors import DataError, listed
from xinzhi.language import Text, named, say
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats


def first_years(panel: Panel, *, first_treated: str | None, treated: str | None) -> Floats:
    """Return the first year of treatment of each unit of a panel, (u,), infinite where it is never treated.

    Parameters
    ----------
    panel : Panel
    first_treated : str or None
        A column that holds the year, in every row of a unit, and is empty for units never treated.
    treated : str or None
        A column of zeros and ones instead.

    Raises
    ------
    DataError
        Dates that cannot be used (XZ-287).
    """
    if first_treated is not None:
        return _from_years(panel, first_treated)
    return _from_indicator(panel, str(treated))


def _refused(panel: Panel, column: str, odd: Sequence[Text], expected: Text) -> DataError:
    found = say("column {name!r}: {cells}", name=column, cells=listed(list(odd)))
    return DataError("XZ-287", found, where=panel.source, expected=expected)


def _from_years(panel: Panel, column: str) -> Floats:
    cells = panel.values(column)
    years = np.isfinite(cells)
    bad = np.flatnonzero(years & ((cells != np.floor(cells)) | (cells <= 0)))
    if bad.size:
        odd = [say("{unit}: {cell:g}", unit=named(panel.unit_names[k]), cell=float(cells[k])) for k in bad[:5]]
        raise _refused(panel, column, odd, say("years, and empty cells for units that are never treated"))
    found = np.full(panel.units.size, np.inf)
    np.minimum.at(found, panel.code[years], cells[years])
    other = panel.code[np.where(years, cells, np.inf) != found[panel.code]]
    if other.size:
        odd = [named(str(panel.units[k])) for k in np.unique(other)[:5]]
        raise _refused(panel, column, odd, say("the same year, or the same empty cell, in every row of a unit"))
    return found


def _from_indicator(panel: Panel, column: str) -> Floats:
    cells, code, when = panel.values(column), panel.code, panel.when
    bad = np.flatnonzero(np.isfinite(cells) & (cells != 0) & (cells != 1))
    if bad.size:
        odd = [say("{unit}: {cell:g}", unit=named(panel.unit_names[k]), cell=float(cells[k])) for k in bad[:5]]
        raise _refused(panel, column, odd, say("zeros and ones"))
    there = np.flatnonzero(np.isfinite(cells))
    same = code[there][1:] == code[there][:-1]
    before, after = there[:-1][same], there[1:][same]
    off = after[cells[after] < cells[before]]
    if off.size:
        odd = [
            say("{unit} {year}: untreated again", unit=named(panel.unit_names[k]), year=int(when[k])) for k in off[:5]
        ]
        raise _refused(panel, column, odd, say("a treatment that is kept"))
    place = np.searchsorted(panel.times, when)
    gaps = after[(cells[after] > cells[before]) & (place[after] - place[before] > 1)]
    if gaps.size:
        odd = [say("{unit} {year}", unit=named(panel.unit_names[k]), year=int(when[k])) for k in gaps[:5]]
        raise _refused(panel, column, odd, say("the year before the first year of treatment"))
    found = np.full(panel.units.size, np.inf)
    first = there[cells[there] == 1]
    np.minimum.at(found, code[first], when[first].astype(np.float64))
    return found
