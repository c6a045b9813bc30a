"""Missing hours, filled as the Penn World Table fills them."""

import numpy as np

from xinzhi.language import named, say
from xinzhi.method.base import Value, role
from xinzhi.method.filling import Cells, SplicedGrowth, cell_log, interpolated, on_grid, reference_series, rule_words
from xinzhi.panel import Panel


@role("spliced_hours")
class SplicedHours(Value):
    """Fill missing hours as the Penn World Table does.

    Inside a country's own span, linear interpolation; outside it, the **growth** of the reference unit
    is spliced on; the reference unit's level only where a country has no hours at all.

    Parameters
    ----------
    reference : str
        Unit whose hours are observed in every year, e.g. ``"USA"``. There is no default: filling one
        country's hours with another's growth is a choice that must be visible.
    """

    reference: str


def spliced_hours(policy: SplicedHours, panel: Panel, column: str) -> tuple[Cells, dict[str, str]]:
    """Return filled hours with their log, and what was done by unit."""
    hours, reference = panel.values(column), policy.reference
    rows, grid = on_grid(hours, panel)
    guide = reference_series(grid, reference, column, panel, "SplicedHours.reference")
    inside = interpolated(grid, panel.times)
    full, own = inside.copy(), np.isfinite(grid).sum(axis=1) > 0
    done: dict[str, str] = {}
    for u, name in enumerate(panel.units):
        there = np.flatnonzero(np.isfinite(grid[u]))
        if not own[u]:
            full[u], words = guide, say("level and growth of {unit} in every year", unit=named(reference))
        else:
            first, last = there[0], there[-1]
            full[u, :first] = grid[u, first] * guide[:first] / guide[first]
            full[u, last + 1 :] = grid[u, last] * guide[last + 1 :] / guide[last]
            between, outside = last - first + 1 - there.size, first > 0 or last < panel.times.size - 1
            words = say("observed {first}–{last}", first=panel.times[first], last=panel.times[last])
            if between:
                words = say("{words}, {count} years interpolated", words=words, count=between)
            if outside:
                words = say("{words}, growth of {unit} outside", words=words, unit=named(reference))
        if np.isnan(grid[u, rows[u] >= 0]).any():
            done[str(name)] = words
    new, between_ = np.isnan(grid) & (rows >= 0), np.isfinite(inside)
    rules = (
        (between_, rule_words("linear")),
        (~between_ & own[:, None], rule_words(SplicedGrowth(unit=reference))),
        (~own[:, None] & np.ones_like(new), say("level of {unit}", unit=named(reference))),
    )
    log = tuple(cell for where, rule in rules for cell in cell_log(new & where, full, panel, column, rule))
    out = hours.copy()
    out[rows[rows >= 0]] = full[rows >= 0]
    return Cells(column, out, np.isnan(hours), log), done
