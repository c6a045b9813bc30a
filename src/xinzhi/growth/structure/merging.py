"""Levels of the parts of a whole, and parts merged into another one as a named policy with an account of what it did.

Merged(parts=("Real estate",), into="Business services"):  x_into + SUM_parts x, in every year
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed, nearest
from xinzhi.language import Text, again, enumerated, joined, named, say
from xinzhi.method import Field, Filled, FilledCell, Quantity, Table
from xinzhi.method.base import Value, role
from xinzhi.method.filling import column_name, filled_cells, filled_warnings
from xinzhi.method.roles import period_warnings, read_quantity
from xinzhi.method.status import gap_warnings
from xinzhi.method.terms import label
from xinzhi.method.wholes import Wholes, wholes_of
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts


@role("merged")
class Merged(Value):
    """Add parts to another part of the same whole before anything is computed.

    For sectors whose employment is recorded under another sector: real estate, whose few workers many countries
    count under business services. An empty employment cell of a merged part is taken as recorded under ``into``;
    an empty cell of output stays missing, since nothing says where it went.

    Parameters
    ----------
    parts : tuple of str
        Parts that disappear.
    into : str
        The part that takes them.
    economies : tuple of str
        Wholes in which the parts are merged; all by default.
    """

    column_fields: ClassVar[tuple[str, ...]] = ()
    parts: tuple[str, ...]
    into: str
    economies: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _not_into_itself(self) -> "Merged":
        if not self.parts or self.into in self.parts:
            raise ValueError(say("merged parts go into another part"))
        return self

    def words(self) -> Text:
        """Return the policy in words."""
        parts, into = enumerated([named(part) for part in self.parts]), named(self.into)
        if not self.economies:
            return say("{parts} merged into {into}", parts=parts, into=into)
        where = enumerated([named(name) for name in self.economies])
        return say("{parts} merged into {into} in {economies}", parts=parts, into=into, economies=where)


@dataclass(frozen=True)
class PartLevels:
    """Levels of the parts of wholes, as read and after merging.

    ``panel``: without the units that disappeared; ``values``: (n,) numbers of its rows by name; ``wholes``: its wholes
    and parts; ``log``: every cell that a policy filled; ``policy``: what was merged, by whole; ``whole_of``: the whole
    of each unit that was read; ``warnings``: of filled cells, gaps between years, columns that compare units only.
    """

    panel: Panel
    values: Mapping[str, Floats]
    wholes: Wholes
    log: tuple[FilledCell, ...]
    policy: Mapping[str, str]
    whole_of: Mapping[str, str]
    warnings: tuple[str, ...]

    def cubes(self) -> dict[str, Floats]:
        """Return the levels as (wholes, times, parts) by name."""
        return {name: self.wholes.cube(cells) for name, cells in self.values.items()}

    def kept(self, panel: Panel, values: Floats) -> Floats:
        """Return (n,) numbers of the rows of the panel that was read, for the rows that are left."""
        return values[np.isin(panel.unit_names.astype(str), self.panel.units)]

    def tables(self, units: Collection[str]) -> list[Table]:
        """Return what was merged in the chosen wholes, and every cell that a policy filled; none where nothing was."""
        fields = (Field("unit", label("unit")), Field("merged", say("What was merged")))
        rows = tuple((named(unit), again(words)) for unit, words in self.policy.items() if unit in units)
        table = Table("policy_use", say("Merged parts: what the policy did"), fields, rows)
        return [*([table] if rows else []), *filled_cells([c for c in self.log if self.whole_of[c.unit] in units])]


def part_levels(
    columns: Mapping[str, Quantity | None],
    panel: Panel,
    run: Run,
    *,
    labels: tuple[str | None, str | None],
    where: str,
    merge: Sequence[Merged] = (),
    recorded: Collection[str] = (),
    more: Mapping[str, Floats] | None = None,
) -> PartLevels:
    """Return levels of parts, with parts merged as the rules say.

    Parameters
    ----------
    columns : mapping from name to quantity
        Levels that sum over parts; None is left out.
    labels : (whole, part)
        Label columns, as :func:`xinzhi.method.wholes.wholes_of` takes them.
    where : str
        Who asks, for errors.
    merge : sequence of Merged
    recorded : collection of str
        Names of the levels whose empty cells in a merged part are taken as recorded under the other part.
    more : mapping from name to (n,) numbers
        Further levels, made from columns.

    Raises
    ------
    DataError
        A growth index (XZ-207); a whole or a part that a rule names is not in the data, or a whole lacks the part that
        takes others (XZ-212).
    """
    factors = {name: read_quantity(c, panel, run, name=name) for name, c in columns.items() if c is not None}
    values = {name: factor.require_level(where=where) for name, factor in factors.items()} | dict(more or {})
    wholes = wholes_of(panel, *labels)
    log = [cell for factor in factors.values() for cell in factor.log]
    within = period_warnings(column for factor in factors.values() for column in factor.within_period)
    whole_of = dict(zip(panel.units.tolist(), wholes.names[wholes.whole].tolist(), strict=True))
    read = PartLevels(panel, values, wholes, tuple(log), {}, whole_of, within)
    plain = {name: column_name(c) if isinstance(c, str | Filled) else name for name, c in columns.items()}
    for rule in merge:
        read = _merged(read, rule, labels, {name: plain[name] for name in recorded if name in values})
    gaps = gap_warnings(read.panel, read.panel.steps()) if read.panel.times.size > 1 else ()
    return replace(read, warnings=(*filled_warnings(read.log), *gaps, *within))


def _merged(
    read: PartLevels, rule: Merged, labels: tuple[str | None, str | None], recorded: Mapping[str, str]
) -> PartLevels:
    """Return the levels with one rule applied; ``recorded``: columns by name of level."""
    panel, wholes = read.panel, read.wholes
    _require((*rule.parts, rule.into), wholes.parts, panel, say("Merged, parts"))
    _require(rule.economies, wholes.names, panel, say("Merged, economies"))
    out, policy, log = {name: cells.copy() for name, cells in read.values.items()}, dict(read.policy), list(read.log)
    rows = panel.locate(panel.units, panel.times)
    place = {(int(w), int(p)): u for u, (w, p) in enumerate(zip(wholes.whole, wholes.part, strict=True))}
    codes = {part: int(np.searchsorted(wholes.parts.astype(str), part)) for part in (*rule.parts, rule.into)}
    gone = list[str]()
    for w, name in enumerate(wholes.names.tolist()):
        moving = {part: place[w, codes[part]] for part in rule.parts if (w, codes[part]) in place}
        if not moving or (rule.economies and name not in rule.economies):
            continue
        if (w, codes[rule.into]) not in place:
            found = say("{whole} has no {part}", whole=named(name), part=named(rule.into))
            raise DataError("XZ-212", found, where=panel.source, expected=say("the part that takes the others"))
        target, told = rows[place[w, codes[rule.into]]], [rule.words()]
        for part, u in moving.items():
            rule_name = say("recorded under {into}", into=named(rule.into))
            filled = [
                FilledCell(str(panel.units[u]), int(year), column, rule_name, 0.0)
                for column, years in _move(out, rows[u], target, panel.times, recorded).items()
                for year in years
            ]
            log += filled
            count = len(filled)
            words = say("{count} empty cells of {part} taken as recorded there", count=count, part=named(part))
            told += [words] if filled else []
            gone.append(str(panel.units[u]))
        policy[name] = joined(policy.get(name, ""), *told)
    if not gone:
        return read
    rest = panel.select(units=[unit for unit in panel.units.tolist() if unit not in gone])
    there = ~np.isin(panel.unit_names.astype(str), gone)
    values = {name: cells[there] for name, cells in out.items()}
    return replace(read, panel=rest, values=values, wholes=wholes_of(rest, *labels), log=tuple(log), policy=policy)


def _move(
    out: Mapping[str, Floats], source: Ints, target: Ints, times: Ints, recorded: Mapping[str, str]
) -> dict[str, list[int]]:
    """Add a unit's cells to another's; return the years of empty ones taken as recorded there, by column.

    ``source``, ``target``: (t,) rows of the panel, -1 where there is none; ``times``: (t,).
    """
    there, filled = target >= 0, dict[str, list[int]]()
    at, source, years = target[there], source[there], times[there]
    for name, cells in out.items():
        moved = np.where(source >= 0, cells[source], np.nan)
        if name in recorded:
            empty = np.isnan(moved) & np.isfinite(cells[at])
            filled[recorded[name]] = years[empty].tolist()
            moved[empty] = 0.0
        cells[at] += moved
    return filled


def _require(names: Collection[str], known: Texts, panel: Panel, where: Text) -> None:
    absent = [name for name in names if name not in known]
    if absent:
        hint = joined(listed(absent), nearest(absent[0], known.tolist()))
        raise DataError("XZ-212", hint, where=say("{source}, {place}", source=panel.source, place=where))
