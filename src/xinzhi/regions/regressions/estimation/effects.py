"""Fixed effects of units and years: columns without them, exactly, and the effects themselves.

Means of units are removed from a column and from the dummies of years; the latter are then projected out. No iteration:
what is left is orthogonal to all effects but for rounding, gaps and weights included.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.panel.panel import Floats, Ints

Effects = Literal["two_way", "unit", "time", "none"]


@dataclass(frozen=True)
class Cells:
    """Where each of m rows belongs: ``unit``, ``time``: (m,) codes from zero, all in use; ``weight``: (m,)."""

    unit: Ints
    time: Ints
    weight: Floats

    def held(self, effects: Effects) -> list[Ints]:
        """Return the codes of the effects."""
        wanted: dict[Effects, list[Ints]] = {"unit": [self.unit], "time": [self.time], "none": []}
        return wanted.get(effects, [self.unit, self.time])

    def counts(self, effects: Effects) -> list[int]:
        """Return the numbers of effects."""
        return [int(code.max()) + 1 for code in self.held(effects)]


def split(z: Floats, cells: Cells, effects: Effects) -> tuple[Floats, Floats, Floats]:
    """Return (m, k) columns as parts of units, of years and the rest, (m, k) each; the mean is with the first part.

    Parts of years have the weighted mean zero beside those of units. Without effects the first part is the mean.
    """
    nothing = np.zeros_like(z)
    if effects in {"none", "unit"}:
        unit = _means(z, cells.unit if effects == "unit" else np.zeros_like(cells.unit), cells.weight)
        return unit, nothing, z - unit
    if effects == "time":
        years = _means(z, cells.time, cells.weight)
        return nothing, years, z - years
    dummies = np.eye(int(cells.time.max()) + 1)[cells.time]
    inside, between = (columns - _means(columns, cells.unit, cells.weight) for columns in (z, dummies))
    root = np.sqrt(cells.weight)[:, None]
    slopes = np.linalg.lstsq(between * root, inside * root, rcond=None)[0]
    rest = inside - between @ slopes
    time = slopes[cells.time]
    time = time - (cells.weight @ time) / cells.weight.sum()
    return z - time - rest, time, rest


def without_effects(z: Floats, cells: Cells, effects: Effects) -> Floats:
    """Return (m, k) columns less what effects, or a constant, explain of them."""
    return split(z, cells, effects)[2]


def _means(z: Floats, code: Ints, weight: Floats) -> Floats:
    """Return the weighted mean of its group for each of (m, k) cells."""
    total = np.zeros((int(code.max()) + 1, z.shape[1]))
    np.add.at(total, code, z * weight[:, None])
    return np.asarray((total / np.bincount(code, weight)[:, None])[code])
