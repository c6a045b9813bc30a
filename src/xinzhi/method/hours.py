"""Missing hours, filled as the Penn World Table fills them."""

import numpy as np

from xinzhi.language import named, say
from xinzhi.method.base import Value, role
from xinzhi.method.filling import Cells, Filled, SplicedGrowth, cell_log, on_grid, read_column, reference_series
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


def spliced_hours(policy: SplicedHours, panel: Panel, column: str) -> Cells:
    """Return filled hours: two rules of :class:`Filled`, and the reference's level where a unit has no hours at all."""
    rules = ("linear", SplicedGrowth(unit=policy.reference))
    filled = read_column(Filled(column=column, rules=rules), panel)
    rows, grid = on_grid(filled.values, panel)
    guide = reference_series(on_grid(panel.values(column), panel)[1], policy.reference, column, panel)
    new = np.isnan(grid) & (rows >= 0)
    values = filled.values.copy()
    values[rows[new]] = np.broadcast_to(guide, grid.shape)[new]
    level = say("level of {unit}", unit=named(policy.reference))
    log = cell_log(new, np.where(new, guide, grid), panel, column, level)
    return Cells(column, values, np.isnan(panel.values(column)), (*filled.log, *log))
