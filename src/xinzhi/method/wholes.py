"""Wholes and their parts: units of a panel that are industries, assets, cells or items of an economy.

panel of parts -> wholes_of(panel, whole="country", part="industry") -> cubes (wholes, times, parts)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xinzhi.errors import DataError
from xinzhi.language import Text, named, say
from xinzhi.method.status import step_status
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Bools, Floats, Ints, Texts


@dataclass(frozen=True)
class Wholes:
    """Which unit is which part of which whole.

    ``names``: (w,) wholes, sorted; ``parts``: (p,) names of parts, sorted; ``whole``, ``part``: (u,) the codes
    of each unit of the panel. A part belongs to a whole if the panel has a unit for it; a cell of a cube
    (w, t, p) is NaN where the part does not belong or has no row in that year.
    """

    panel: Panel
    names: Texts
    parts: Texts
    whole: Ints
    part: Ints

    def cube(self, values: Floats) -> Floats:
        """Return (n,) values of the panel's rows as (wholes, times, parts)."""
        panel = self.panel
        out = np.full((self.names.size, panel.times.size, self.parts.size), np.nan)
        out[self.whole[panel.code], np.searchsorted(panel.times, panel.when), self.part[panel.code]] = values
        return out

    def of_unit(self, unit: str) -> str:
        """Return the whole of which a unit of the panel is a part."""
        return str(self.names[self.whole[int(np.searchsorted(self.panel.units, unit))]])

    @property
    def belongs(self) -> Bools:
        """Return which part belongs to which whole, (w, p)."""
        out = np.zeros((self.names.size, self.parts.size), dtype=bool)
        out[self.whole, self.part] = True
        return out

    def years(self, window: tuple[int, int] | None = None) -> Ints:
        """Return the years in which steps end: first+1 .. last of the window, by default of the panel."""
        first, last = window or (int(self.panel.times[0]), int(self.panel.times[-1]))
        return np.arange(first + 1, last + 1)

    def keys(self, years: Ints) -> tuple[Texts, Ints]:
        """Return whole and year of the rows of a result, (w * years,) each, wholes first."""
        return np.repeat(self.names, years.size), np.tile(years, self.names.size)

    def step_status(self, needed: Mapping[str, Floats], window: tuple[int, int] | None = None) -> tuple[Texts, Texts]:
        """Return status and reason of each whole and year of :meth:`years`; see :meth:`folded`."""
        steps = self.panel.steps(window)
        return self.folded(steps, [step_status(self.panel, steps, needed)], window)

    def folded(
        self, steps: Steps, checks: Sequence[tuple[Texts, Texts]], window: tuple[int, int] | None = None
    ) -> tuple[Texts, Texts]:
        """Return status and reason of each whole and year, (w * years,): one missing part is a missing year.

        Parameters
        ----------
        steps : Steps
            The steps of the parts, (m,).
        checks : sequence of (status, reason)
            (m,) each, in the order of the steps.
        """
        panel, years = self.panel, self.years(window)
        status, reason = (np.full(self.names.size * years.size, word, dtype=object) for word in ("ok", ""))
        seen = np.zeros((panel.units.size, years.size), dtype=bool)
        at = (panel.code[steps.end], panel.when[steps.end] - years[0])
        inside = at[1] >= 0
        seen[at[0][inside], at[1][inside]] = True
        problems = [(u, t, "missing_data", say("no step")) for u, t in zip(*np.nonzero(~seen), strict=True)]
        for words, why in checks:
            problems += [(at[0][i], at[1][i], words[i], why[i]) for i in np.flatnonzero((words != "ok") & inside)]
        for u, t, word, cause in problems:
            place = int(self.whole[u]) * years.size + int(t)
            if status[place] == "ok":
                status[place] = word
                reason[place] = say("{unit}: {reason}", unit=named(panel.units[u]), reason=cause)
        return status, reason

    def level_status(self, needed: Mapping[str, Floats]) -> tuple[Texts, Texts]:
        """Return status and reason of each whole and time of the panel, (w * t,); every cell must be positive."""
        panel, shape = self.panel, (self.names.size, self.panel.times.size)
        status, reason = (np.full(shape, word, dtype=object) for word in ("ok", ""))
        at = panel.locate(panel.units, panel.times)
        for column, values in needed.items():
            cells = np.where(at >= 0, values[at], np.nan)
            called = column if isinstance(column, Text) else named(column)
            for u, t in zip(*np.nonzero(~(cells > 0)), strict=True):
                w = self.whole[u]
                if status[w, t] == "ok":
                    missing = np.isnan(cells[u, t])
                    status[w, t] = "missing_data" if missing else "non_positive"
                    who = {"unit": named(panel.units[u]), "column": called}
                    words = say("{unit}: {column} missing", **who), say("{unit}: {column} not positive", **who)
                    reason[w, t] = words[0] if missing else words[1]
        return status.ravel(), reason.ravel()


def wholes_of(panel: Panel, whole: str | None, part: str | None, *, name: str = "economy") -> Wholes:
    """Return which unit is which part of which whole.

    Parameters
    ----------
    whole : str or None
        Label column that names the whole of each unit; None where all units are parts of one, called ``name``.
    part : str or None
        Label column that names the part; the unit itself by default.

    Raises
    ------
    DataError
        Two units are the same part of the same whole (XZ-203); a label changes within a unit (XZ-218).
    """
    labels = np.full(panel.units.size, name, dtype=object) if whole is None else panel.unit_label(whole)
    kinds = panel.units.astype(object) if part is None else panel.unit_label(part)
    names, of_whole = np.unique(labels.astype(str), return_inverse=True)
    parts, of_part = np.unique(kinds.astype(str), return_inverse=True)
    keys: dict[tuple[int, int], str] = {}
    for unit, w, p in zip(panel.units.tolist(), of_whole.tolist(), of_part.tolist(), strict=True):
        other = keys.setdefault((w, p), unit)
        if other != unit:
            raise DataError(
                "XZ-203",
                say(
                    "units {one!r} and {other!r} are both {part!r} of {whole!r}",
                    one=other,
                    other=unit,
                    part=str(parts[p]),
                    whole=str(names[w]),
                ),
                where=say("{source}, column {column!r}", source=panel.source, column=part),
                expected=say("one unit per whole and part"),
            )
    codes = (of_whole.astype(np.int64), of_part.astype(np.int64))
    return Wholes(panel, names.astype(object), parts.astype(object), *codes)
