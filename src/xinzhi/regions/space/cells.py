"""Cells of a column by year with the weights among the units that have one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, say
from xinzhi.method.filling import FilledCell
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts
from xinzhi.regions.reading import Series, read_of
from xinzhi.regions.space.weights import SpatialWeights, Weights, read_weights

FEWEST = 4
"""Units that the variance of a statistic of dependence needs: it divides by n - 3."""
FLAT = 1e-12
"""Standard deviation, relative to the largest value, below which all values of a year are the same."""


@dataclass(frozen=True)
class SpatialCells:
    """A column by year.

    ``values``: (n,); ``name``: the column in words; ``years``: (T,) years that are computed; ``rows``: T arrays of the
    rows of the panel that have a value; ``weights``: T weights among their units; ``all_weights``: of all units;
    ``status``, ``reason``: (n,), odd for missing cells and for years that cannot be computed.
    """

    values: Floats
    name: Text
    years: Ints
    rows: tuple[Ints, ...]
    weights: tuple[SpatialWeights, ...]
    all_weights: SpatialWeights
    status: Texts
    reason: Texts
    log: tuple[FilledCell, ...] = ()

    def scores(self) -> list[Floats]:
        """Return the values of each year less their mean, over their standard deviation (divisor n)."""
        return [standardised(self.values[rows]) for rows in self.rows]

    def mark_islands(self) -> None:
        """Give the rows of units without a neighbour that has a value their status."""
        for rows, weights in zip(self.rows, self.weights, strict=True):
            lone = rows[np.diff(weights.matrix.indptr) == 0]
            self.status[lone], self.reason[lone] = "not_identified", say("no neighbour with a value")

    def spread(self, terms: dict[str, Sequence[Floats]]) -> dict[str, Floats]:
        """Return (n,) columns of terms given by year, NaN in rows that are not computed."""
        out = {name: np.full(self.values.size, np.nan) for name in terms}
        for name, by_year in terms.items():
            for rows, cells in zip(self.rows, by_year, strict=True):
                out[name][rows] = cells
            out[name][self.status != "ok"] = np.nan
        return out


def read_spatial(of: Series, weights: Weights, panel: Panel, run: Run) -> SpatialCells:
    """Return the cells of a column with weights.

    Raises
    ------
    DataError
        Weights that cannot be used (XZ-282, XZ-283); no year with four values that differ (XZ-281).
    """
    values, name, log = read_of(of, panel, run)
    read = read_weights(weights, panel)
    status, reason = (np.full(len(panel), word, dtype=object) for word in ("ok", ""))
    there = np.isfinite(values)
    status[~there], reason[~there] = "missing_data", say("{columns} missing", columns=name)
    years, rows, among = [], [], []
    for year in panel.times.tolist():
        mine = np.flatnonzero((panel.when == year) & there)
        kept = np.zeros(panel.units.size, dtype=bool)
        kept[panel.code[mine]] = True
        own = read.among(kept)
        why = _unusable(values[mine], own)
        if why:
            status[mine], reason[mine] = "not_identified", why
            continue
        years.append(year)
        rows.append(mine)  # rows of a year are in the order of the units
        among.append(own)
    if not years:
        found = next((why for why in reason if why), say("no value"))
        raise DataError(
            "XZ-281",
            found,
            where=panel.source,
            expected=say("four units with values that differ"),
            remedy=say("Use more units, or a variable whose values differ."),
        )
    return SpatialCells(values, name, np.array(years), tuple(rows), tuple(among), read, status, reason, log)


def standardised(values: Floats) -> Floats:
    """Return (m,) values less their mean, over their standard deviation (divisor m)."""
    gap = values - values.mean()
    return np.asarray(gap / np.sqrt((gap**2).mean()))


def _unusable(values: Floats, weights: SpatialWeights) -> Text | str:
    """Return why a year cannot be computed, or nothing."""
    if values.size < FEWEST:
        return say("units with values: {count}, fewer than {least}", count=values.size, least=FEWEST)
    if values.std() <= FLAT * np.abs(values).max():
        return say("all values are the same")
    return "" if weights.matrix.nnz else say("no two neighbours with values")
