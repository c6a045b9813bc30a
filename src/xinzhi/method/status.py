"""Status words of rows, and the one place that decides between them for missing and odd cells."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from xinzhi.errors import listed
from xinzhi.panel.panel import Floats, Panel, Steps, Texts

Status = Literal["ok", "missing_data", "non_positive", "infeasible", "unbounded", "numerical", "not_identified"]
"""``missing_data``: a cell or the row before is missing. ``non_positive``: a cell has no logarithm.
``infeasible``, ``unbounded``, ``numerical``: words of the linear programme. ``not_identified``: the data
cannot answer."""


def step_status(panel: Panel, steps: Steps, needed: Mapping[str, Floats]) -> tuple[Texts, Texts]:
    """Return status and reason of each step, given the cells that it needs at both ends.

    Parameters
    ----------
    needed : mapping from column name to (n,) values
        Each must be positive for the step to have logarithms.

    Returns
    -------
    status, reason : (m,) each
        ``ok`` with an empty reason; else the word and the cells concerned.
    """
    m = steps.end.size
    status, reason = np.full(m, "ok", dtype=object), np.full(m, "", dtype=object)
    names = list(needed)
    cells = np.column_stack([needed[name] for name in names])
    before = np.where(steps.before >= 0, steps.before, steps.end)
    absent = np.isnan(cells[steps.end]) | np.isnan(cells[before])
    with np.errstate(invalid="ignore"):
        odd = (cells[steps.end] <= 0) | (cells[before] <= 0)
    gap, missing = steps.before < 0, absent.any(axis=1)
    for rows, word, cells_of, ending in (
        (np.flatnonzero(~missing & ~gap & odd.any(axis=1)), "non_positive", odd, "not positive in"),
        (np.flatnonzero(missing & ~gap), "missing_data", absent, "missing in"),
    ):
        patterns, which = np.unique(cells_of[rows], axis=0, return_inverse=True)
        columns = [", ".join(names[k] for k in np.flatnonzero(pattern)) for pattern in patterns]
        years = panel.when[steps.end[rows]].tolist()
        status[rows] = word
        reason[rows] = [
            f"{columns[c]} {ending} {y - 1} or {y}" for c, y in zip(which.ravel().tolist(), years, strict=True)
        ]
    status[gap] = "missing_data"
    reason[gap] = [f"no row for {year - 1}" for year in panel.when[steps.end[gap]].tolist()]
    return status, reason


def gap_warnings(panel: Panel, steps: Steps) -> tuple[str, ...]:
    """Return the warning that units have gaps between their years, or nothing; a late start is no gap."""
    lone = steps.end[steps.before < 0]
    inside = lone[(lone > 0) & (panel.code[lone] == panel.code[lone - 1])]
    units = list(dict.fromkeys(panel.unit_names[inside].tolist()))
    return (f"XZ-405 {len(units)} units have gaps between their years: {listed(units)}.",) if units else ()
