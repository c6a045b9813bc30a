"""The rows of a panel that a regression uses, and why the others are left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from xinzhi.regions.reading import Series, read_of, series_key
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
    read = [read_of(one, panel, run) for one in series]
    shared = overlaps(series, panel, run)
    inside = np.ones(len(panel), dtype=bool)
    if window is not None:
        inside = (panel.when >= window[0]) & (panel.when <= window[1])
    panel = panel if window is None else panel.select(times=window)
    values = np.column_stack([values for values, _, _ in read])[inside]
    in_logs = np.array([series_key(one) in settings["logs"] for one in series])
    titles = distinct([title for _, title, _ in read], [series_key(one) for one in series])
    needed = list(zip(titles, values.T, in_logs, strict=True))
    weight = np.ones(len(panel))
    if settings["weight"] is not None:
        weight = panel.values(settings["weight"])
        needed.append((say("weight {column}", column=named(settings["weight"])), weight, np.True_))
    by = errors.by if isinstance(errors, Clustered) else None
    if by is not None:
        needed.append((named(by), np.array([1.0 if cell else np.nan for cell in panel.label(by)]), np.False_))
    status, reason = level_status({name: _sign(cells, positive=positive) for name, cells, positive in needed})
    _leave_singletons_out(status, reason, panel, effects)
    rows = np.flatnonzero(status == "ok")
    if not rows.size:
        first = next(why for why in reason if why)
        raise DataError("XZ-281", say("no row is left; first: {reason}", reason=first), where=panel.source)
    data = values[rows]
    data[:, in_logs] = np.log(data[:, in_logs])
    unit, time = _codes(panel.code[rows]), _codes(panel.when[rows])
    cluster = None if by is None else _codes(panel.label(by)[rows].astype(str))
    return Sample(
        panel=panel,
        rows=rows,
        y=data[:, 0],
        x=data[:, 1:],
        titles=tuple(say("ln {column}", column=t) if b else t for t, b in zip(titles, in_logs, strict=True)),
        cells=Cells(unit, time, weight[rows] / weight[rows].mean()),
        depends=dependence(errors, unit=unit, time=time, cluster=cluster),
        status=status,
        reason=reason,
        overlaps=shared,
        log=tuple(filled for _, _, found in read for filled in found),
    )


def distinct(titles: Sequence[Text], keys: Sequence[str]) -> list[Text]:
    """Return readers' names, with the name for machines added where two have the same."""
    count = Counter(titles)
    return [
        title if count[title] == 1 else say("{name} ({key})", name=title, key=named(key))
        for title, key in zip(titles, keys, strict=True)
    ]


def _sign(values: Floats, *, positive: Any) -> Floats:
    """Return what is positive where a number can be used, zero or less where it must be positive and is not."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values), np.where(positive, np.sign(values), 1.0), np.nan)


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
