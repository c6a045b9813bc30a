"""Missing hours, filled as the Penn World Table fills them; see ``SplicedHours`` in roles."""

import numpy as np

from xinzhi.errors import DataError, listed
from xinzhi.language import named, say
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats


def spliced_hours(hours: Floats, reference: str, panel: Panel, column: str) -> tuple[Floats, Bools, dict[str, str]]:
    """Return filled hours, which cells were filled, and what was done by unit (methods of PWT, see SplicedHours)."""
    panel.require_units([reference], where="SplicedHours.reference")
    rows = panel.locate(panel.units, panel.times)
    grid = np.where(rows >= 0, hours[rows], np.nan)
    guide = grid[int(np.searchsorted(panel.units, reference))]
    if not np.isfinite(guide).all():
        gaps = panel.times[~np.isfinite(guide)].tolist()
        raise DataError(
            "XZ-215",
            say("{name!r} of {unit} is missing in {years}", name=column, unit=reference, years=listed(gaps)),
            where="SplicedHours.reference",
        )
    done: dict[str, str] = {}
    out = hours.copy()
    for u, name in enumerate(panel.units):
        there = np.flatnonzero(np.isfinite(grid[u]))
        if there.size == 0:
            full, words = guide, say("level and growth of {unit} in every year", unit=named(reference))
        else:
            first, last = there[0], there[-1]
            full = np.interp(panel.times, panel.times[there], grid[u, there])
            full[:first] = grid[u, first] * guide[:first] / guide[first]
            full[last + 1 :] = grid[u, last] * guide[last + 1 :] / guide[last]
            between, outside = last - first + 1 - there.size, first > 0 or last < panel.times.size - 1
            words = say("observed {first}–{last}", first=panel.times[first], last=panel.times[last])
            if between:
                words = say("{words}, {count} years interpolated", words=words, count=between)
            if outside:
                words = say("{words}, growth of {unit} outside", words=words, unit=named(reference))
        mine = rows[u] >= 0
        out[rows[u, mine]] = full[mine]
        if np.isnan(hours[rows[u, mine]]).any():
            done[str(name)] = words
    return out, np.isnan(hours), done
