"""The rows of a panel that a regression uses, and why the others are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, named, say
from xinzhi.method.filling import FilledCell
from xinzhi.method.overlap import Overlap, overlaps
from xinzhi.method.status import level_status
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts
from xinzhi.regions.reading import Series
from xinzhi.regions.regressions.estimation.columns import Columns, usable
from xinzhi.regions.regressions.estimation.covariances import Clustered, Dependence, dependence
from xinzhi.regions.regressions.estimation.effects import Cells, Effects


@dataclass(frozen=True)
class Sample:
    """The m rows of a panel that a regression uses.

    ``panel``: the rows of the window; ``rows``: (m,) places in it; ``y``: (m,); ``x``: (m, k) in the order of the
    variables, logarithms taken where asked for; ``titles``: (1 + k,) names for readers, the outcome first; ``cells``:
    units, years and weights; ``depends``: clusters; ``status``, ``reason``: of every row of the panel; ``overlaps``:
    variables that share columns; ``log``: cells that policies filled.
    """

    panel: Panel
    rows: Ints
    y: Floats
    x: Floats
    titles: tuple[Text, ...]
    cells: Cells
    depends: Dependence
    status: Texts
    reason: Texts
    overlaps: tuple[Overlap, ...]
    log: tuple[FilledCell, ...]

    def spread(self, values: Floats) -> Floats:
        """Return (m,) values at the rows of the panel, NaN elsewhere."""
        out = np.full(len(self.panel), np.nan)
        out[self.rows] = values
        return out


def sample_of(series: Sequence[Series], settings: Mapping[str, Any], panel: Panel, run: Run) -> Sample:
    """Return the rows that have all variables, the outcome first.

    Parameters
    ----------
    series : sequence of str, Filled or Term
    settings : mapping
        ``logs``, ``weight``, ``window``, ``effects``, ``errors`` of the method.
    panel : Panel
    run : Run

    Raises
    ------
    DataError
        No row is left (XZ-281), a growth index (XZ-207), a window outside the data (XZ-208).
    """
    window, errors, effects = settings["window"], settings["errors"], settings["effects"]
    if window is not None:
        panel.require_window(window, where="window")
    columns = Columns.of(series, settings["logs"], panel, run)
    shared = overlaps(series, panel, run)
    inside = np.ones(len(panel), dtype=bool)
    if window is not None:
        inside = (panel.when >= window[0]) & (panel.when <= window[1])
    panel = panel if window is None else panel.select(times=window)
    columns = replace(columns, cells=columns.cells[inside])
    needed = columns.there()
    weight = np.ones(len(panel))
    if settings["weight"] is not None:
        weight = panel.values(settings["weight"])
        needed[say("weight {column}", column=named(settings["weight"]))] = usable(weight, True)
    by = errors.by if isinstance(errors, Clustered) else None
    if by is not None:
        needed[named(by)] = np.array([1.0 if cell else np.nan for cell in panel.label(by)])
    status, reason = level_status(needed)
    _leave_singletons_out(status, reason, panel, effects)
    rows = np.flatnonzero(status == "ok")
    if not rows.size:
        first = next(why for why in reason if why)
        raise DataError("XZ-281", say("no row is left; first: {reason}", reason=first), where=panel.source)
    data = columns.used(rows)
    unit, time = _codes(panel.code[rows]), _codes(panel.when[rows])
    cluster = None if by is None else _codes(panel.label(by)[rows].astype(str))
    return Sample(
        panel=panel,
        rows=rows,
        y=data[:, 0],
        x=data[:, 1:],
        titles=columns.names,
        cells=Cells(unit, time, weight[rows] / weight[rows].mean()),
        depends=dependence(errors, unit=unit, time=time, cluster=cluster),
        status=status,
        reason=reason,
        overlaps=shared,
        log=columns.log,
    )


def _codes(values: Any) -> Ints:
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)


def _leave_singletons_out(status: Texts, reason: Texts, panel: Panel, effects: Effects) -> None:
    """Mark rows that an effect of their own explains wholly, until each effect has two rows."""
    held: list[tuple[Ints, Text]] = []
    if effects in {"unit", "two_way"}:
        held.append((panel.code, say("the only row of its unit that can be used")))
    if effects in {"time", "two_way"}:
        held.append((np.searchsorted(panel.times, panel.when), say("the only row of its year that can be used")))
    found = True
    while found:
        found = False
        for code, why in held:
            good: Bools = status == "ok"
            alone = good & (np.bincount(code[good], minlength=int(code.max()) + 1)[code] == 1)
            status[alone], reason[alone] = "left_out", why
            found |= bool(alone.any())
