"""Indices of economic structure: how far it moved, how specialised it is, how far it was upgraded.

lilien                 [SUM s_i1 (dln x_i - dln x)^2]^(1/2)
moore                  angle between the vectors of shares s_0 and s_1, radians
structural_change      1/2 SUM |s_i1 - s_i0|                              norm of absolute values
entropy                - SUM s_i ln s_i
herfindahl             SUM s_i^2
krugman                SUM |s_i - s_i,reference|
hierarchy              s_primary + 2 s_secondary + 3 s_tertiary
tertiary_to_secondary  s_tertiary / s_secondary
rationalisation        SUM_g (Y_g/Y) ln[(Y_g/L_g) / (Y/L)]                zero where productivity is equal
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.growth.accounts import not_computed
from xinzhi.growth.structure.merging import Merged, PartLevels, part_levels
from xinzhi.growth.structure.shift_share import places
from xinzhi.language import Text, again, enumerated, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.chart_rows import span_text
from xinzhi.method.filling import column_name
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.method.wholes import Wholes
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints

CHANGES = ("lilien", "moore", "structural_change")
"""Indices of the change between two years; their rows are steps."""

LEVELS = ("entropy", "herfindahl", "krugman")
GROUPED = ("hierarchy", "tertiary_to_secondary", "rationalisation")
Index = Literal[
    "lilien",
    "moore",
    "structural_change",
    "entropy",
    "herfindahl",
    "krugman",
    "hierarchy",
    "tertiary_to_secondary",
    "rationalisation",
]

NO_GROUPS = say("needs groups: which sectors are primary, secondary and tertiary")
NO_EMPLOYMENT = say("needs employment besides output")
ALONE = say("one economy: nothing to compare its structure with")


@role("three_sectors")
class ThreeSectors(Value):
    """Which sectors are primary, secondary and tertiary; every sector once.

    Parameters
    ----------
    primary, secondary, tertiary : tuple of str
        Names of sectors.
    """

    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    tertiary: tuple[str, ...]


@register("structure_indices")
class StructureIndices(Method):
    """Measure change, specialisation and upgrading of economic structure by the indices in use.

    Units of the panel are sectors of one or several economies.

    Parameters
    ----------
    quantity : str or Filled
        Column whose shares make the structure: employment, or output at current prices; a level.
    employment : str, Filled or None
        Employment, for the Theil index of rationalisation, which compares it with ``quantity`` as output. Where
        ``quantity`` is employment itself, naming it here too tells ``merge`` so.
    economy, sector : str or None
        Label columns that name the whole and the part; one economy, and the unit itself, by default.
    groups : ThreeSectors or None
        The three sectors, for hierarchy, tertiary over secondary and rationalisation.
    indices : tuple of index, or None
        All that the settings can carry by default. With an index of change a row is a step and levels are those of
        its last year; with levels only a row is a year.
    reference : str or None
        Economy with whose structure the Krugman index compares; the unweighted mean of the others by default.
    merge : tuple of Merged
        Sectors that are merged first.

    Notes
    -----
    Shares are of all sectors of the economy; a missing sector makes the year missing. Lilien's index weighs squared
    relative growth by the shares of the last year. The Moore index is the angle itself, in radians, zero where nothing
    moved. The hierarchy index lies between 1 and 3. The Theil index of rationalisation is computed over the three
    sectors and is zero where labour is equally productive in all; larger is less rational. An index says that the
    structure moved, not that it moved for the better: read it with the decomposition of productivity.

    References
    ----------
    Lilien, D. M. (1982). Journal of Political Economy 90(4), 777-793. doi:10.1086/261088
    Moore, J. H. (1978). Review of Income and Wealth 24(1), 105-118
    Krugman, P. (1991). Geography and Trade. MIT Press
    Dietrich, A. (2012). Empirical Economics 43(3), 915-944
    Gan, C., Zheng, R. and Yu, D. (2011). Economic Research Journal 46(5), 4-16

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("farms", 1, 60), ("farms", 2, 30), ("factories", 1, 40), ("factories", 2, 70)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["sector", "year", "persons"]), unit="sector", time="year")
    >>> result = StructureIndices(quantity="persons", indices=["structural_change", "herfindahl"]).fit(panel)
    >>> [round(float(result.term(name)[0]), 6) for name in ("structural_change", "herfindahl")]
    [0.3, 0.58]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("quantity", "employment", "economy", "sector")
    quantity: str | Filled
    employment: str | Filled | None = None
    economy: str | None = None
    sector: str | None = None
    groups: ThreeSectors | None = None
    indices: tuple[Index, ...] | None = None
    reference: str | None = None
    merge: tuple[Merged, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "StructureIndices":
        lacking = {name: why for name, why in self.lacking().items() if name in (self.indices or ())}
        for name, why in lacking.items():
            raise ValueError(say("{index}: {reason}", index=label(name), reason=why))
        if self.indices is not None and not self.indices:
            raise ValueError(say("no index"))
        return self

    def lacking(self) -> dict[str, str]:
        """Return the indices that the settings cannot carry, with the reason."""
        if self.groups is None:
            return dict.fromkeys(GROUPED, NO_GROUPS)
        return {} if self.employment not in {None, self.quantity} else {"rationalisation": NO_EMPLOYMENT}

    def compute(self, panel: Panel, run: Run) -> "StructureIndicesResult":
        """Return the indices by economy and step, or year."""
        columns = {"quantity": self.quantity, "employment": self.employment}
        parts = part_levels(
            columns,
            panel,
            run,
            labels=(self.economy, self.sector),
            where=say("{method} (needs levels)", method="StructureIndices"),
            merge=self.merge,
            recorded=self._recorded(),
        )
        wholes, absent = parts.wholes, self.lacking()
        if self.reference is not None and self.reference not in wholes.names:
            found = say("reference {name}", name=named(self.reference))
            raise DataError("XZ-212", found, where=panel.source, expected=listed(wholes.names.tolist()))
        if self.reference is None and wholes.names.size == 1:
            absent["krugman"] = ALONE
        wanted = tuple(name for name in self.indices or (*CHANGES, *LEVELS, *GROUPED) if name not in absent)
        structure = structure_of(parts.cubes(), wholes)
        frame = Frame(wholes, structure, self._members(wholes), self._reference_place(wholes), wanted)
        needed = {
            column_name(column): self._admitted(parts.values[name], wanted)
            for name, column in columns.items()
            if column is not None
        }
        steps = any(name in CHANGES for name in wanted)
        years = wholes.years() if steps else wholes.panel.times
        at_dates = tuple(words.reshape(structure.total.shape) for words in wholes.level_status(needed))
        terms = frame.levels(places(wholes.panel.times, years))
        if steps:
            status, reason = wholes.step_status(needed)
            terms |= frame.changes(places(wholes.panel.times, years - 1), places(wholes.panel.times, years))
        else:
            status, reason = (words.ravel().copy() for words in at_dates)
        lost = (status == "ok") & ~np.all([np.isfinite(cells).ravel() for cells in terms.values()], axis=0)
        status[lost], reason[lost] = "not_identified", say("an index is not defined there")
        if not (status == "ok").any():
            found = say("no year has all sectors; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        kept = {name: np.where(status == "ok", terms[name].ravel(), np.nan) for name in wanted}
        return StructureIndicesResult(
            method=self,
            panel=panel,
            rows=Rows(*wholes.keys(years), kept, status, reason),
            flow=False,
            absent=again({name: why for name, why in absent.items() if self.indices is None or name in self.indices}),
            warnings=parts.warnings,
            diagnostics={"sectors": int(wholes.parts.size)},
            parts=parts,
            frame=frame,
            reasons=at_dates[1],
        )

    def _recorded(self) -> tuple[str, ...]:
        """Return the quantities whose empty cells in a merged part are recorded elsewhere: employment."""
        return ("quantity", "employment") if self.employment == self.quantity else ("employment",)

    def _admitted(self, cells: Floats, wanted: tuple[str, ...]) -> Floats:
        """Return the cells with zeros admitted where no index takes their logarithm."""
        return cells if "lilien" in wanted else np.where(cells == 0, 1.0, cells)

    def _reference_place(self, wholes: Wholes) -> int | None:
        return None if self.reference is None else int(np.flatnonzero(wholes.names == self.reference)[0])

    def _members(self, wholes: Wholes) -> Bools | None:
        """Return which part is primary, secondary, tertiary, (3, p); XZ-241 unless every part is exactly one."""
        if self.groups is None:
            return None
        names = (self.groups.primary, self.groups.secondary, self.groups.tertiary)
        members = np.array([np.isin(wholes.parts.astype(str), group) for group in names])
        unknown = sorted({part for group in names for part in group} - set(wholes.parts.tolist()))
        odd = wholes.parts[members.sum(axis=0) != 1].tolist()
        twice = sorted({part for part in sum(names, ()) if sum(names, ()).count(part) > 1})
        if unknown or odd or twice:
            found = listed(list(dict.fromkeys([*odd, *unknown, *twice])))
            raise DataError("XZ-241", found, where=wholes.panel.source, expected=listed(wholes.parts.tolist(), 40))
        return members


@dataclass(frozen=True, kw_only=True, repr=False)
class StructureIndicesResult(Result):
    """Indices by economy and step, or year.

    ``parts``: sectors as used; ``frame``: the structure behind the indices; ``reasons``: (w, t) why a date lacks one.
    """

    parts: PartLevels
    frame: "Frame"
    reasons: Any

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Indices of economic structure")

    def methods_text(self) -> str:
        """Return the method in words, with the sectors that were merged."""
        rules = getattr(self.method, "merge", ())
        told = say("Merged: {rules}.", rules=enumerated([rule.words() for rule in rules])) if rules else ""
        return sentences(super().methods_text(), told)

    def changes(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return the indices of change between the first and the last year of a period: ``unit``, one per index."""
        self.panel.require_window(period, where="changes")
        ends = places(self.parts.panel.times, np.array(period))
        return self._known(ends, self.frame.changes(*ends))

    def levels(self, year: int) -> dict[str, Any]:
        """Return the indices of level in a year, the first one included: ``unit``, one per index."""
        place = places(self.parts.panel.times, np.array([year]))
        return self._known(place, self.frame.levels(place[0]))

    def _known(self, place: Ints, columns: Mapping[str, Floats]) -> dict[str, Any]:
        """Return the columns with the wholes that have all sectors at some places of the times; NaN for the others."""
        good = (self.reasons[:, place] == "").all(axis=1)
        known = {name: np.where(good, cells, np.nan) for name, cells in columns.items()}
        return {"unit": self.parts.wholes.names, **known}

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the change over each period, the levels in their first and last years, and merged parts."""
        units, periods = self.chosen(view)
        years = sorted({year for period in periods for year in period})
        place = [int(np.flatnonzero(self.parts.wholes.names == unit)[0]) for unit in units]
        notes = [*self._lost(units, place, years), *self.absences()]
        spans = [(span_text(period), self.changes(period)) for period in periods]
        dates = [(year, self.levels(year)) for year in years]
        over = say("Change between the first and the last year of the period.")
        tables = []
        for name, title, head, found, told in (
            ("changes", say("Change of economic structure"), Field("when", say("Period")), spans, [over, *notes]),
            ("levels", say("Economic structure by year"), Field("when", label("time"), 0), dates, notes),
        ):
            names = [key for key in self.rows.terms if (key in CHANGES) == (name == "changes")]
            cells: dict[str, list[Any]] = {key: [] for key in ("unit", "when", *names)}
            for unit, w in zip(units, place, strict=True):
                for when, columns in found:
                    for key, cell in zip(cells, (named(unit), when, *(columns[key][w] for key in names)), strict=True):
                        cells[key].append(cell)
            fields = [Field("unit", label("unit")), head, *(Field(key, label(key), 4) for key in names)]
            tables += [Table.of(name, title, fields, cells, notes=told)] if names else []
        return [*tables, *self.parts.tables(units)]

    def _lost(self, units: Sequence[str], place: Sequence[int], years: Sequence[int]) -> list[Text]:
        """Return why units have no index in some of the years."""
        at = places(self.parts.panel.times, np.array(years))
        why = {unit: [reason for reason in self.reasons[w, at] if reason] for unit, w in zip(units, place, strict=True)}
        return [not_computed(unit, reasons[0]) for unit, reasons in why.items() if reasons]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the paths of the indices of level."""
        from xinzhi.method.charts import Labels, lines

        units, _ = self.chosen(view)
        drawn, rows = units[:8], self.rows
        keep = np.isin(rows.unit.astype(str), drawn) & (rows.status == "ok")
        figures = []
        for name in (name for name in rows.terms if name not in CHANGES):
            labels = Labels(name=name, title=label(name), description=self.summary(view), unit=label(name))
            who, when = [named(unit) for unit in rows.unit[keep]], rows.time[keep].tolist()
            if keep.any():
                figures.append(lines(labels, series=who, time=when, value=rows.terms[name][keep].tolist(), decimals=4))
        return figures

    def summary(self, view: View | None = None) -> str:
        """Return the first index of the chosen units in the first period."""
        units, periods = self.chosen(view)
        found, told = self.changes(periods[0]) | self.levels(periods[0][1]), []
        for unit in units[:12]:
            w = int(np.flatnonzero(self.parts.wholes.names == unit)[0])
            parts = [
                say("{index} {value}", index=label(name), value=shown(float(found[name][w]), 3))
                for name in self.rows.terms
            ]
            words = {"unit": named(unit), "start": periods[0][0], "end": periods[0][1]}
            told.append(say("{unit}, {start}–{end}: {indices}.", **words, indices=enumerated(parts)))
        return "\n".join(told)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Structure:
    """Levels by whole, time and part, zero where a part does not belong.

    ``quantity``, ``employment``: (w, t, p), the second None where unknown; ``total``: (w, t) sum of the quantity.
    """

    quantity: Floats
    employment: Floats | None
    total: Floats

    @property
    def share(self) -> Floats:
        """Return shares of the quantity, (w, t, p)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share: Floats = self.quantity / self.total[:, :, None]
        return share


def structure_of(cubes: Mapping[str, Floats], wholes: Wholes) -> Structure:
    """Return the structure behind (w, t, p) levels."""
    cells = {name: np.where(wholes.belongs[:, None, :], cube, 0.0) for name, cube in cubes.items()}
    return Structure(cells["quantity"], cells.get("employment"), cells["quantity"].sum(axis=2))


@dataclass(frozen=True)
class Frame:
    """What the indices are computed from.

    ``members``: (3, p) which part is primary, secondary, tertiary; ``reference``: place of the reference whole;
    ``wanted``: names of the indices.
    """

    wholes: Wholes
    structure: Structure
    members: Bools | None
    reference: int | None
    wanted: tuple[str, ...]

    def levels(self, place: Ints) -> dict[str, Floats]:
        """Return the indices of level at places of the times, (w, ...); NaN where a place is -1."""
        share = self.structure.share
        found: dict[str, Callable[[], Floats]] = {
            "entropy": lambda: entropy(share),
            "herfindahl": lambda: (share**2).sum(axis=2),
            "krugman": lambda: krugman(share, self.reference),
        }
        if self.members is not None:
            groups = np.stack([share[:, :, member].sum(axis=2) for member in self.members], axis=2)
            found["hierarchy"] = lambda: groups @ np.array([1.0, 2.0, 3.0])
            found["tertiary_to_secondary"] = lambda: ratio(groups[:, :, 2], groups[:, :, 1])
            labour = self.structure.employment
            if labour is not None:
                workers = np.stack([labour[:, :, member].sum(axis=2) for member in self.members], axis=2)
                found["rationalisation"] = lambda: theil(groups, workers)
        return {name: taken(found[name](), place) for name in self.wanted if name in found}

    def changes(self, start: Ints, end: Ints) -> dict[str, Floats]:
        """Return the indices of change between places of the times, (w, ...)."""
        s0, s1 = (taken(self.structure.share, place) for place in (start, end))
        found: dict[str, Callable[[], Floats]] = {
            "lilien": lambda: lilien(s0, s1),
            "moore": lambda: angle(s0, s1),
            "structural_change": lambda: 0.5 * np.abs(s1 - s0).sum(axis=-1),
        }
        return {name: found[name]() for name in self.wanted if name in found}


def taken(cells: Floats, place: Ints) -> Floats:
    """Return the cells at places of the second axis, NaN where a place is -1."""
    return np.concatenate([cells, np.full_like(cells[:, :1], np.nan)], axis=1)[:, place]


def lilien(s0: Floats, s1: Floats) -> Floats:
    """Return the dispersion of growth over parts, weighed by the last of (..., p) shares: dln x_i - dln x = dln s_i."""
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(s1 == 0, 0.0, np.log(s1 / s0))
        dispersion: Floats = np.sqrt((s1 * relative**2).sum(axis=-1))
    return dispersion


def angle(one: Floats, other: Floats) -> Floats:
    """Return the angle between (..., p) vectors, radians; exact for small angles too (Kahan)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = [v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (one, other)]
        apart, together = (np.linalg.norm(unit[0] + sign * unit[1], axis=-1) for sign in (-1.0, 1.0))
    turned: Floats = 2.0 * np.arctan2(apart, together)
    return turned


def entropy(share: Floats) -> Floats:
    """Return - SUM s ln s of (..., p) shares; a share of zero adds nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        spread: Floats = np.where(share == 0, 0.0, -share * np.log(share)).sum(axis=-1)
    return spread


def krugman(share: Floats, reference: int | None) -> Floats:
    """Return SUM |s - s_reference| of (w, t, p) shares; the reference is a whole, or the mean of the others."""
    there: Bools = np.all(np.isfinite(share), axis=2)
    known = np.where(there[:, :, None], share, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        others = (known.sum(axis=0) - known) / (there.sum(axis=0) - there)[:, :, None]
    apart: Floats = np.abs(share - (others if reference is None else share[reference])).sum(axis=2)
    return apart


def ratio(one: Floats, other: Floats) -> Floats:
    """Return one / other, NaN where the other is zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(other > 0, one / other, np.nan)


def theil(output: Floats, workers: Floats) -> Floats:
    """Return SUM y ln(y / l) of (..., g) shares of output and of the labour l; zero where both agree."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        labour = workers / workers.sum(axis=-1, keepdims=True)
        index: Floats = np.where(output == 0, 0.0, output * np.log(output / labour)).sum(axis=-1)
    return index
