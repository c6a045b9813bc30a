"""Regional shift-share: a region's growth into the nation's, its industries' and its own.

    e_ir: industry i in region r; E_r, E_i, E its sums; g = growth, 0 -> 1; h_ir = E_r0 E_i0 / E_0 homothetic
    classical           national SUM e0 g | mix SUM e0 (g_i - g) | regional SUM e0 (g_ir - g_i)
    esteban_marquillas  national, mix as above | regional SUM h (g_ir - g_i) | allocation SUM (e0 - h) (g_ir - g_i)
    arcelus             national, mix as above | growth E_r0 (g_r - g)
                        | specialisation SUM h [g_ir - g_i - (g_r - g)] | allocation SUM (e0 - h) [the same]
    gerfin              ln E1/E0 | ln SUM (e0/E_r0)(1 + g_i) / (1 + g) | ln E_r1 / SUM e0 (1 + g_i)

Forms in persons are divided by L(E_r1, E_r0), so that all add up to dln E_r; year by year this is the dynamic form.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed, nearest
from xinzhi.growth.structure.merging import PartLevels, part_levels
from xinzhi.growth.structure.regional_shift_share_pages import regional_figures, regional_summary, regional_tables
from xinzhi.growth.structure.shift_share import places, summed
from xinzhi.language import Text, joined, named, say
from xinzhi.method import Filled, Labour, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.status import mark_beyond_range
from xinzhi.numerics.index_numbers import log_mean
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Texts

Formula = Literal["classical", "esteban_marquillas", "arcelus", "gerfin"]
PARTS: dict[str, tuple[str, ...]] = {
    "classical": ("national", "mix", "regional"),
    "esteban_marquillas": ("national", "mix", "regional", "allocation"),
    "arcelus": ("national", "mix", "growth", "specialisation", "allocation"),
    "gerfin": ("national", "mix", "regional"),
}
"""The parts of each formula; a term of the result is called formula_part."""


@register("regional_shift_share")
class RegionalShiftShare(Method):
    """Decompose the growth of regions' employment into national growth, industry mix and regional effects.

    Units of the panel are industries of regions.

    Parameters
    ----------
    employment : str, Filled, Labour or Term
        Employment, or another quantity that sums over industries and regions; a level.
    region, industry : str
        Label columns that name the region and the industry.
    nation : str or None
        Region whose rows are the national totals. By default the nation of a step is the sum of the regions that have
        every industry in both of its years.
    formulas : tuple of formula
        ``classical``, ``esteban_marquillas``, ``arcelus``, ``gerfin``.

    Notes
    -----
    The static form compares the first with the last year of a period; the dynamic form sums the years, each with its
    own structure, and is to be preferred over long periods. Esteban-Marquillas holds regional growth against the
    employment that the region would have with the nation's structure; what remains is allocation: being specialised
    where one grows faster. Arcelus separates a region's own growth from that of its industries. The form of Gerfin is
    one of indices and multiplies; it is additive in logarithms. An industry that a region starts without is admitted
    by the classical form and by that of Gerfin, not by homothetic employment.

    References
    ----------
    Dunn, E. S. (1960). Papers in Regional Science 6(1), 97-112. doi:10.1111/j.1435-5597.1960.tb01705.x
    Esteban-Marquillas, J. M. (1972). Regional and Urban Economics 2(3), 249-261. doi:10.1016/0034-3331(72)90033-4
    Arcelus, F. J. (1984). Growth and Change 15(1), 3-8
    Barff, R. A. and Knight, P. L. (1988). Growth and Change 19(2), 1-10

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> cells = {("east", "farms"): (40, 44), ("east", "shops"): (60, 78), ("west", "farms"): (60, 56),
    ...          ("west", "shops"): (40, 42)}
    >>> rows = [(f"{r}|{i}", r, i, t, pair[t]) for (r, i), pair in cells.items() for t in (0, 1)]
    >>> frame = pd.DataFrame(rows, columns=["unit", "region", "industry", "year", "persons"])
    >>> panel = xz.Panel(frame, unit="unit", time="year")
    >>> method = RegionalShiftShare(employment="persons", region="region", industry="industry")
    >>> method.fit(panel).changes((0, 1))["classical_mix"].round(6).tolist()
    [2.0, -2.0]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("employment", "region", "industry")
    employment: str | Filled | Labour | Term
    region: str
    industry: str
    nation: str | None = None
    formulas: tuple[Formula, ...] = ("classical", "esteban_marquillas")

    @model_validator(mode="after")
    def _consistent(self) -> "RegionalShiftShare":
        if not self.formulas or len(set(self.formulas)) < len(self.formulas):
            raise ValueError(say("give at least one formula, each once"))
        return self

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """Return the terms of each formula."""
        return {formula: tuple(f"{formula}_{part}" for part in PARTS[formula]) for formula in self.formulas}

    def compute(self, panel: Panel, run: Run) -> "RegionalShiftShareResult":
        """Return the terms of every formula by region and year."""
        parts = part_levels(
            {"employment": self.employment},
            panel,
            run,
            labels=(self.region, self.industry),
            where=say("{method} (needs levels)", method="RegionalShiftShare"),
        )
        wholes, cells = parts.wholes, parts.values["employment"]
        if self.nation is not None and self.nation not in wholes.names:
            hint = joined(repr(self.nation), nearest(self.nation, wholes.names.tolist()))
            raise DataError("XZ-212", hint, where=panel.source, expected=listed(wholes.names.tolist()))
        cube = np.where(wholes.belongs[:, None, :], parts.cubes()["employment"], 0.0)
        # zeros are admitted here and judged by each formula; negative cells are not
        needed: dict[str, Floats] = {say("employment"): np.where(cells == 0, 1.0, cells)}
        years, (status, reason) = wholes.years(), wholes.step_status(needed)
        at = [places(panel.times, years - 1), places(panel.times, years)]
        before, end = (np.concatenate([cube, np.full_like(cube[:, :1], np.nan)], axis=1)[:, place] for place in at)
        good = (status == "ok").reshape(before.shape[:2])
        nation = None if self.nation is None else int(np.flatnonzero(wholes.names == self.nation)[0])
        whole = national(before, end, good, nation)
        growth, effects = shift_share(self.terms, before, end, whole)
        terms = {"growth": growth} | {name: summed(values) for name, values in effects.items()}
        bare = np.any(
            [wholes.belongs[:, None, :] & (cells == 0) for cells in (before, end, *whole)], axis=(0, 3)
        ).ravel()
        lost = (status == "ok") & bare & ~np.all([np.isfinite(values).ravel() for values in terms.values()], axis=0)
        status[lost], reason[lost] = "not_identified", say("an industry, or its nation, starts from nothing")
        mark_beyond_range(status, reason, terms.values())
        if not (status == "ok").any():
            found = say("no year has all industries of a region; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        kept = {name: np.where(status == "ok", values.ravel(), np.nan) for name, values in terms.items()}
        rows = Rows(*wholes.keys(years), kept, status, reason)
        gaps = [
            check_adding_up(kept["growth"], np.column_stack([kept[name] for name in names]), rows, identity=formula)
            for formula, names in self.terms.items()
        ]
        left = wholes.names[(~good).any(axis=1)] if nation is None else wholes.names[:0]
        return RegionalShiftShareResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={"largest_gap": max(gaps), "industries": int(wholes.parts.size)},
            warnings=(*parts.warnings, *_left_warning(left)),
            parts=parts,
            cube=cube,
            missing=wholes.level_status(needed)[1].reshape(cube.shape[:2]),
            nation=nation,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class RegionalShiftShareResult(Result):
    """Terms of every formula by region and year, log points.

    ``parts``: regions and industries; ``cube``: (r, t, i) employment; ``missing``: (r, t) why a date is missing;
    ``nation``: place of the region that holds national totals, or None.
    """

    parts: PartLevels
    cube: Floats
    missing: Texts
    nation: int | None

    @property
    def formulas(self) -> dict[str, tuple[str, ...]]:
        """Return the terms of each formula."""
        assert isinstance(self.method, RegionalShiftShare)
        return self.method.terms

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.span()
        return say("Regional shift-share, {start}–{end}", start=start, end=end)

    def effects(
        self, period: tuple[int, int], *, comparison: Literal["static", "dynamic"] = "static"
    ) -> dict[str, Any]:
        """Return the effects of a period by region and industry, in persons.

        ``static`` compares the first with the last year; ``dynamic`` sums the years. Columns ``unit`` (region),
        ``industry``, ``start``, ``end`` (employment), ``growth`` and ``national_growth`` (of the industry, per cent of
        the first year), one per term. Industries' effects of Gerfin's form are its shares of the region's.
        """
        self.panel.require_window(period, where="effects")
        first, last = period
        years = [(first, last)] if comparison == "static" else [(year - 1, year) for year in range(first + 1, last + 1)]
        sums: dict[str, Floats] = {}
        for pair in years:
            for name, values in self._persons(pair).items():
                sums[name] = sums[name] + values if name in sums else values
        (start, end), (nation0, nation1) = self._ends(period)
        r, i = np.nonzero(self.parts.wholes.belongs)
        out: dict[str, Any] = {"unit": self.parts.wholes.names[r], "industry": self.parts.wholes.parts[i]}
        with np.errstate(invalid="ignore", divide="ignore"):
            growth, national_growth = 100.0 * (end / start - 1.0), 100.0 * (nation1 / nation0 - 1.0)
        out |= {
            "start": start[r, i],
            "end": end[r, i],
            "growth": growth[r, i],
            "national_growth": national_growth[r, i],
        }
        return out | {name: values[r, i] for name, values in sums.items()}

    def changes(
        self, period: tuple[int, int], *, comparison: Literal["static", "dynamic"] = "static"
    ) -> dict[str, Any]:
        """Return the effects of a period by region, in persons.

        Columns ``unit``, ``start``, ``end``, ``change``, one per term.
        """
        cells = self.effects(period, comparison=comparison)
        place = {name: k for k, name in enumerate(self.parts.wholes.names.tolist())}
        code = np.array([place[unit] for unit in cells["unit"]])

        def by_region(name: str) -> Floats:
            total = np.zeros(self.parts.wholes.names.size)
            np.add.at(total, code, cells[name])
            return total

        out: dict[str, Any] = {"unit": self.parts.wholes.names, "start": by_region("start"), "end": by_region("end")}
        out["change"] = out["end"] - out["start"]
        return out | {name: by_region(name) for names in self.formulas.values() for name in names}

    def forecast(self, period: tuple[int, int], national_employment: Mapping[str, float]) -> dict[str, Any]:
        """Return employment by region and industry that follows from a forecast of the nation's industries.

        Each industry of a region grows as in the nation, times the regional factor of the period: growth of the
        region over the growth that its industries had in the nation.

        Parameters
        ----------
        period : (first, last)
            From which the regional factor is taken.
        national_employment : mapping from industry to number
            The nation's employment at the date of the forecast; every industry.

        Raises
        ------
        DataError
            An industry has no forecast (XZ-212).
        """
        industries = self.parts.wholes.parts.tolist()
        absent = [industry for industry in industries if industry not in national_employment]
        if absent:
            raise DataError("XZ-212", listed(absent), where="forecast", expected=listed(industries))
        (start, end), (nation0, nation1) = self._ends(period)
        later = np.array([national_employment[industry] for industry in industries], dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            expected, grown = (
                np.where(start == 0, 0.0, start * nation1 / nation0),
                np.where(end == 0, 0.0, end / nation1),
            )
        cells = grown * later * (total(end) / total(expected))
        r, i = np.nonzero(self.parts.wholes.belongs)
        return {"unit": self.parts.wholes.names[r], "industry": self.parts.wholes.parts[i], "employment": cells[r, i]}

    def reasons(self, unit: str, period: tuple[int, int]) -> list[Text]:
        """Return why a region has no comparison of the first with the last year of a period."""
        (place,), years = np.flatnonzero(self.parts.wholes.names == unit), places(self.panel.times, np.array(period))
        return [reason for reason in self.missing[place, years] if reason][:1]

    def _ends(self, period: tuple[int, int]) -> tuple[list[Floats], tuple[Floats, Floats]]:
        """Return employment and the nation's, (r, i) each, in the first and the last year."""
        at = places(self.panel.times, np.array(period))
        good = (self.missing[:, at] == "").all(axis=1)
        cells = [np.where(good[:, None], self.cube[:, place], np.nan) for place in at]
        nation = national(cells[0][:, None], cells[1][:, None], good[:, None], self.nation)
        return cells, (nation[0][:, 0], nation[1][:, 0])

    def _persons(self, pair: tuple[int, int]) -> dict[str, Floats]:
        """Return the effects between two years, persons, (r, i)."""
        (start, end), nation = self._ends(pair)
        _, effects = shift_share(self.formulas, start, end, nation)
        mean = log_mean(summed(end), summed(start))[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            return {name: values * mean for name, values in effects.items()}

    def tables(self, view: View | None = None) -> list[Table]:
        """Return static and dynamic effects by region and formula, and the industries of the first period."""
        return regional_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the effects of the first formula by region and period."""
        return regional_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return each region's growth beside the nation's, its mix and its own part."""
        return regional_summary(self, view)


def _left_warning(names: Texts) -> tuple[str, ...]:
    """Return the warning that regions are out of the nation in some years, or nothing."""
    if not names.size:
        return ()
    known = listed([named(name) for name in names])
    return (say("XZ-405 regions with gaps are left out of the national sum in those years: {units}.", units=known),)


# Arrays in, arrays out ------------------------------------------------------------------------


def national(before: Floats, end: Floats, good: Bools, nation: int | None) -> tuple[Floats, Floats]:
    """Return the nation's industries in both years of each step, repeated for every region, (r, m, i) each.

    ``before``, ``end``: (r, m, i); ``good``: (r, m) regions with all cells in both years; ``nation``: place of the
    region that holds national totals, None for the sum of the good ones.
    """
    if nation is not None:
        totals = before[nation], end[nation]
    else:
        with np.errstate(over="ignore"):
            totals = (
                np.where(good[:, :, None], before, 0.0).sum(axis=0),
                np.where(good[:, :, None], end, 0.0).sum(axis=0),
            )
    first, last = (np.broadcast_to(total, before.shape) for total in totals)
    return first, last


def shift_share(
    formulas: Mapping[str, tuple[str, ...]], before: Floats, end: Floats, nation: tuple[Floats, Floats]
) -> tuple[Floats, dict[str, Floats]]:
    """Return dln E_r, (...,), and each industry's part in the terms of the formulas, (..., i), log points.

    ``before``, ``end``: (..., i) employment of the regions; ``nation``: the same of the nation.
    """
    out: dict[str, Floats] = {}
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        total0, total1 = before.sum(axis=-1), end.sum(axis=-1)
        growth = np.log(total1 / total0)
        mean = np.where(np.isfinite(growth), log_mean(total1, total0), np.nan)[..., None]
        for formula, names in formulas.items():
            for name, part in zip(names, FORMS[formula](before, end, *nation), strict=True):
                out[name] = part / mean
    return growth, out


def classical(before: Floats, end: Floats, nation0: Floats, nation1: Floats) -> tuple[Floats, ...]:
    """Return national growth, industry mix and regional effect, persons."""
    overall = total(nation1) / total(nation0)
    expected = np.where(before == 0, 0.0, before * (nation1 / nation0))
    return before * (overall - 1.0), expected - before * overall, end - expected


def esteban_marquillas(before: Floats, end: Floats, nation0: Floats, nation1: Floats) -> tuple[Floats, ...]:
    """Return national growth, industry mix, regional effect at homothetic employment, allocation; persons."""
    growth, mix, _ = classical(before, end, nation0, nation1)
    homothetic, faster = total(before) * (nation0 / total(nation0)), relative(before, end, nation0, nation1)
    return growth, mix, homothetic * faster, (before - homothetic) * faster


def arcelus(before: Floats, end: Floats, nation0: Floats, nation1: Floats) -> tuple[Floats, ...]:
    """Return national growth, industry mix, regional growth, regional industry mix, allocation; persons."""
    growth, mix, _ = classical(before, end, nation0, nation1)
    homothetic, faster = total(before) * (nation0 / total(nation0)), relative(before, end, nation0, nation1)
    own = total(end) / total(before) - total(nation1) / total(nation0)
    return growth, mix, before * own, homothetic * (faster - own), (before - homothetic) * (faster - own)


def gerfin(before: Floats, end: Floats, nation0: Floats, nation1: Floats) -> tuple[Floats, ...]:
    """Return national, structural and regional factors as logs times L(E_r1, E_r0), by industry in proportion."""
    overall = total(nation1) / total(nation0)
    expected = np.where(before == 0, 0.0, before * (nation1 / nation0))
    first, last, mean = total(before), total(end), log_mean(total(end), total(before))
    logs = np.log(overall), np.log(total(expected) / first / overall), np.log(last / total(expected))
    return tuple(before / first * mean * log for log in logs)


FORMS: dict[str, Callable[[Floats, Floats, Floats, Floats], tuple[Floats, ...]]] = {
    "classical": classical,
    "esteban_marquillas": esteban_marquillas,
    "arcelus": arcelus,
    "gerfin": gerfin,
}


def relative(before: Floats, end: Floats, nation0: Floats, nation1: Floats) -> Floats:
    """Return g_ir - g_i; zero where neither region nor nation has the industry in either year."""
    faster: Floats = np.where((nation0 == 0) & (nation1 == 0), 0.0, end / before - nation1 / nation0)
    return faster


def total(cells: Floats) -> Floats:
    """Return the sum over industries, (..., 1)."""
    whole: Floats = cells.sum(axis=-1, keepdims=True)
    return whole
