"""Roles: what a column stands for, with the policy that turns it into an input. They alone apply policies.

A method that is given ``Labour(persons="emp", hours="avh", quality="hc")`` reads the same labour as every
other method that is given the same value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny, model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError, listed
from xinzhi.language import Text, named, say
from xinzhi.method.base import Method, Value, role
from xinzhi.method.factor import Factor
from xinzhi.method.filling import Filled, FilledCell, column_name, read_column
from xinzhi.method.hours import SplicedHours, spliced_hours
from xinzhi.method.terms import label
from xinzhi.panel import Kind, Panel
from xinzhi.panel.panel import Floats

if TYPE_CHECKING:
    from xinzhi.method.result import Result

# The values -----------------------------------------------------------------------------------


@role("capital")
class Capital(Value):
    """Capital input.

    Parameters
    ----------
    growth : str or Filled
        Column whose changes within a unit measure capital growth (a growth index will do).
    level : str, Filled or None
        Column that compares units in the year ``base``.
    base : int or None
        Year in which ``level`` is read. Level of unit j in year t: level[j, base] x growth[j, t] / growth[j, base].
    """

    column_fields: ClassVar[tuple[str, ...]] = ("growth", "level")
    growth: str | Filled
    level: str | Filled | None = None
    base: int | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> "Capital":
        if (self.level is None) != (self.base is None):
            raise ValueError(say("level and base belong together: give both or neither"))
        return self


@role("term")
class Term(Value):
    """A column of another method's result, fitted once per run and joined by unit and time.

    Parameters
    ----------
    method : Method
    column : str
    """

    method: SerializeAsAny[Method]
    column: str


@role("labour")
class Labour(Value):
    """Labour input: persons x hours per person x quality.

    Parameters
    ----------
    persons : str, Filled or None
        Persons engaged.
    hours : str, Filled or None
        Hours per person where ``persons`` is given, else total hours.
    quality : str, Filled, Term or None
        Labour quality (human capital) per hour.
    services : str, Filled or None
        Quality-adjusted labour input; labour quality is then services / hours. Excludes ``quality``.
    missing_hours : SplicedHours or None
        Policy for missing hours per person; none by default: a missing year is missing. It needs ``persons``:
        another country's total hours say nothing about this one's.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("persons", "hours", "quality", "services")
    persons: str | Filled | None = None
    hours: str | Filled | None = None
    quality: str | Filled | Term | None = None
    services: str | Filled | None = None
    missing_hours: SplicedHours | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Labour":
        if self.persons is None and self.hours is None:
            raise ValueError(say("labour needs persons, hours or both"))
        if self.quality is not None and self.services is not None:
            raise ValueError(say("quality and services exclude each other: services already contain quality"))
        if self.missing_hours is not None and (self.hours is None or self.persons is None):
            raise ValueError(say("missing_hours fills hours per person: give persons and hours (no total hours)"))
        if self.missing_hours is not None and isinstance(self.hours, Filled):
            raise ValueError(say("hours have two policies: leave missing_hours or Filled out"))
        return self


@role("share")
class Share(Value):
    """A cost share made from nominal columns: ``part`` / sum of ``total``.

    Parameters
    ----------
    part : tuple of str or Filled
        Nominal columns of the numerator.
    total : tuple of str or Filled
        Nominal columns of the denominator; re-made from its parts rather than read from a published total.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("part", "total")
    part: tuple[str | Filled, ...]
    total: tuple[str | Filled, ...]


@role("unit_mean")
class UnitMean(Value):
    """The mean of a share column over the years of each unit, the same in every year.

    Parameters
    ----------
    column : str
    window : (first, last) or None
        Years of the mean; all years in which the column is there by default.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    column: str
    window: tuple[int, int] | None = None


Fraction = Annotated[float, Setting(ge=0, le=1)]
Quantity = str | Filled | Capital | Labour | Term
ShareOf = Fraction | str | Filled | Share | UnitMean | Term


@role("input")
class Input(Value):
    """An input with the share of cost that it earns.

    Parameters
    ----------
    name : str
        Name of its column of contributions, e.g. ``"intermediate"``, ``"energy"``, ``"land"``. A Labour
        called ``skilled`` has the columns ``skilled_employment``, ``skilled_hours``, ``skilled_quality``;
        the one called ``labour`` has ``employment``, ``hours``, ``quality``.
    quantity : str, Filled, Capital, Labour or Term
    share : number, str, Filled, Share, UnitMean, Term or None
        Its cost share; None is what the others leave (one input at most).
    """

    column_fields: ClassVar[tuple[str, ...]] = ("quantity", "share")
    name: str
    quantity: Quantity
    share: ShareOf | None = None


KEYS = frozenset(("unit", "time", "start", "end", "period", "status", "reason"))
"""Columns of a result that are not terms."""

RESERVED = (
    KEYS
    | {"growth", "tfp", "technology", "efficiency", "technical", "scale", "mix", "valuation"}
    | {"malmquist", "technical_change", "efficiency_change"}
    | {"within", "upgrading", "reallocation", "factors"}
    | {"employment", "hours", "quality", "capital_deepening", "capital_output", "markup", "augmenting_tfp"}
)
"""Names that an input cannot have, since a column of a result has them."""

# What they become -----------------------------------------------------------------------------


def read_quantity(quantity: Quantity, panel: Panel, run: Run, *, name: str = "") -> Factor:
    """Return an input as its role says, its parts called by ``name``; see :class:`Factor` and :class:`Input`."""
    if isinstance(quantity, Capital):
        return _capital(quantity, panel, name or "capital")
    if isinstance(quantity, Labour):
        return _labour(quantity, panel, run, "" if name in {"", "labour"} else f"{name}_")
    if isinstance(quantity, Term):
        (values, result), part = _joined(quantity, panel, run), name or quantity.column
        factor = Factor({part: values}, {_called(part, quantity): values}, values, np.zeros(len(panel), dtype=bool))
        return replace(factor, log=result.log)
    cells = read_column(quantity, panel)
    column, values, index = cells.name, cells.values, _of_kind("growth_index", (cells.name,), panel)
    why = say("column {name!r} is a growth index: each unit has its own base", name=column) if index else ""
    return Factor(
        {name or column: values},
        {column: values},
        None if index else values,
        cells.filled,
        why,
        frozenset() if index else frozenset({name or column}),
        within_period=_of_kind("relative_level", (column,), panel),
        log=cells.log,
    )


def _of_kind(kind: Kind, columns: Iterable[str | None], panel: Panel) -> tuple[str, ...]:
    """Return the columns that are of a kind."""
    return tuple(column for column in columns if column is not None and panel.columns[column].kind == kind)


def series_name(of: str | Filled | Term) -> Text:
    """Return the reader's name of a column or term."""
    if isinstance(of, Term):
        return of.method.term_name(of.column)
    return named(column_name(of))


def read_share(share: ShareOf, panel: Panel, run: Run | None = None) -> Floats:
    """Return a cost share, (n,), between 0 and 1; NaN where it cannot be computed."""
    if isinstance(share, float | int):
        return np.full(len(panel), float(share))
    if isinstance(share, Term):
        return _within_unit_interval(_joined(share, panel, run or Run())[0], panel, share.column)
    if isinstance(share, Share):
        part, total = (
            np.column_stack([read_column(column, panel).values for column in columns]).sum(axis=1)
            for columns in (share.part, share.total)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return _within_unit_interval(part / total, panel, "+".join(map(column_name, share.part)))
    if isinstance(share, UnitMean):
        cells = panel.values(share.column)
        low, high = share.window or (int(panel.times[0]), int(panel.times[-1]))
        there = np.isfinite(cells) & (panel.when >= low) & (panel.when <= high)
        count = np.bincount(panel.code, there, panel.units.size)
        total = np.bincount(panel.code, np.where(there, cells, 0.0), panel.units.size)
        with np.errstate(invalid="ignore", divide="ignore"):
            return _within_unit_interval((total / count)[panel.code], panel, share.column)
    read = read_column(share, panel)
    return _within_unit_interval(read.values, panel, read.name)


def share_log(share: ShareOf | None, panel: Panel, run: Run) -> tuple[FilledCell, ...]:
    """Return the cells that a policy filled for a cost share; a column that it reads twice counts once."""
    if isinstance(share, Term):
        return share.method.fit_in(panel, run).log
    columns = (*share.part, *share.total) if isinstance(share, Share) else (share,)
    filled = dict.fromkeys(column for column in columns if isinstance(column, Filled))
    return tuple(cell for column in filled for cell in read_column(column, panel).log)


def read_inputs(inputs: tuple[Input, ...], panel: Panel, run: Run) -> tuple[list[Factor], Floats]:
    """Return the factors and their cost shares, (n, k); the one share that is not given is the rest.

    Raises
    ------
    UsageError
        No input, a name that is reserved or repeated, several inputs without a share (XZ-103).
    DataError
        Shares that do not sum to one (XZ-217), and what reading a column raises.
    """
    _check_names([item.name for item in inputs])
    open_ones = [k for k, item in enumerate(inputs) if item.share is None]
    if len(open_ones) > 1:
        names = listed([inputs[k].name for k in open_ones])
        raise UsageError(
            "XZ-103",
            say("no share for {names}", names=names),
            expected=say("at most one input without a share, which gets the rest"),
        )
    factors = [_factor(item, panel, run) for item in inputs]
    _once([part for factor in factors for part in factor.parts])
    shares = np.column_stack(
        [np.zeros(len(panel)) if item.share is None else read_share(item.share, panel, run) for item in inputs]
    )
    if open_ones:
        shares[:, open_ones[0]] = 1.0 - shares.sum(axis=1)
    odd = np.flatnonzero((np.abs(shares.sum(axis=1) - 1.0) > 1e-9) | (shares < -1e-12).any(axis=1))
    if odd.size:
        row = odd[0]
        raise DataError(
            "XZ-217",
            say(
                "shares {shares} of {names}",
                shares=np.round(shares[row], 6).tolist(),
                names=listed([item.name for item in inputs]),
            ),
            where=f"{panel.source}, {panel.units[panel.code[row]]} {panel.when[row]}",
            expected=say("shares from 0 to 1 that sum to 1"),
        )
    return factors, shares


def _factor(item: Input, panel: Panel, run: Run) -> Factor:
    """Return the factor of an input, with what policies did for its share."""
    factor, log = read_quantity(item.quantity, panel, run, name=item.name), share_log(item.share, panel, run)
    return replace(factor, log=factor.log + log)


def _check_names(names: list[str]) -> None:
    """Raise XZ-103 where there is no input, or one whose name is reserved or repeated."""
    if not names:
        raise UsageError("XZ-103", say("no input"), where="inputs", expected=say("at least one input"))
    taken = sorted(RESERVED.intersection(names))
    if taken:
        found = say("an input called {names}: a column of the result", names=listed(taken))
        raise UsageError("XZ-103", found, expected=say("another name"))
    _once(names)


def _once(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            "XZ-103", say("two inputs called {names}", names=listed(twice)), expected=say("each name once")
        )


def all_needs(*needs: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the cells of several quantities together; a column that two of them need counts where both have it."""
    found: dict[str, Floats] = {}
    for cells in needs:
        for name, values in cells.items():
            found[name] = np.minimum(found[name], values) if name in found else values
    return found


def period_warnings(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the warning that growth is taken of columns that compare units within one period only, or nothing."""
    names = listed([named(column) for column in dict.fromkeys(columns)])
    return (
        (say("XZ-406 growth of columns that compare units within one period only: {names}.", names=names),)
        if names
        else ()
    )


def share_needs(inputs: tuple[Input, ...], shares: Floats) -> dict[str, Floats]:
    """Return the cells behind (n, k) cost shares by column, for statuses: one where there, NaN where missing."""
    needs: dict[str, Floats] = {}
    for k, item in enumerate(inputs):
        if item.share is None or isinstance(item.share, float | int):
            continue
        name: str = say("share of {name}", name=label(item.name))
        if isinstance(item.share, str | Filled):
            name = column_name(item.share)
        needs[name] = np.where(np.isnan(shares[:, k]), np.nan, 1.0)
    return needs


def _within_unit_interval(values: Floats, panel: Panel, name: str) -> Floats:
    with np.errstate(invalid="ignore"):
        odd = np.flatnonzero((values < 0) | (values > 1))
    if odd.size:
        cells = [
            say("{value:g} ({unit} {year})", value=values[i], unit=panel.units[panel.code[i]], year=panel.when[i])
            for i in odd[:5]
        ]
        raise DataError(
            "XZ-204",
            say("{count} cells of {name!r}: {cells}", count=odd.size, name=name, cells=listed(cells)),
            where=panel.source,
            expected=say("fractions from 0 to 1"),
        )
    return values


def _capital(role: Capital, panel: Panel, part: str) -> Factor:
    cells = read_column(role.growth, panel)
    needs, within = {cells.name: cells.values}, _of_kind("relative_level", (cells.name,), panel)
    factor = Factor({part: cells.values}, needs, cells.values, cells.filled, additive=frozenset({part}))
    factor = replace(factor, log=cells.log, within_period=within)
    if role.level is None or role.base is None:
        if not _of_kind("growth_index", (cells.name,), panel):
            return factor
        why = say("column {name!r} is a growth index and Capital has no level", name=cells.name)
        return replace(factor, level=None, no_level=why, additive=frozenset())
    at_base = panel.locate(panel.units, [role.base])[:, 0]
    if (at_base < 0).all():
        raise DataError(
            "XZ-208",
            say("base year {year} of Capital", year=role.base),
            where=panel.source,
            expected=say("a year from {first} to {last}", first=panel.times[0], last=panel.times[-1]),
        )
    level = read_column(role.level, panel)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = level.values[at_base] / cells.values[at_base]
    anchor = np.where((at_base >= 0) & np.isfinite(ratio), ratio, np.nan)[panel.code]
    log = cells.log + tuple(cell for cell in level.log if cell.year == role.base)
    return replace(
        factor,
        level=anchor * cells.values,
        level_needs={f"{level.name}[{role.base}]": anchor},
        filled=cells.filled | ((at_base >= 0) & level.filled[at_base])[panel.code],
        log=log,
    )


def _labour(role: Labour, panel: Panel, run: Run, prefix: str) -> Factor:
    columns = {"employment": role.persons, "hours": role.hours, "quality": role.quality, "services": role.services}
    given = {part: column for part, column in columns.items() if column is not None and not isinstance(column, Term)}
    cells = {part: read_column(column, panel) for part, column in given.items()}
    if role.missing_hours is not None:
        cells["hours"] = spliced_hours(role.missing_hours, panel, cells["hours"].name)
    log = [filled for found in cells.values() for filled in found.log]
    needs = {found.name: found.values for found in cells.values()}
    parts = {prefix + part: found.values for part, found in cells.items() if part != "services"}
    if isinstance(role.quality, Term):
        values, result = _joined(role.quality, panel, run)
        parts[f"{prefix}quality"] = needs[_called(label("quality"), role.quality)] = values
        log += result.log
    if "services" in cells:
        quantity = np.prod(np.column_stack(list(parts.values())), axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts[f"{prefix}quality"] = cells["services"].values / quantity
    names = [found.name for found in cells.values()]
    indices, within = (_of_kind(kind, names, panel) for kind in ("growth_index", "relative_level"))
    counted = [part for part in ("employment", "hours") if part in cells and cells[part].name not in indices]
    level = None if indices else np.prod(np.column_stack(list(parts.values())), axis=1)
    why = say("{names} of Labour: a growth index, each unit has its own base", names=listed(indices)) if indices else ""
    return Factor(
        parts,
        needs,
        level,
        np.any(np.column_stack([found.filled for found in cells.values()]), axis=1),
        why,
        frozenset(prefix + part for part in counted),
        within_period=within,
        log=tuple(log),
    )


def _called(part: str, term: Term) -> str:
    """Return what the cells of a term are called in statuses."""
    return f"{part}: {term.method.method_name}.{term.column}"


def _joined(role: Term, panel: Panel, run: Run) -> tuple[Floats, "Result"]:
    """Return a term at the rows of the panel, (n,), and the result that it comes from."""
    result = role.method.fit_in(panel, run)
    values = result.term(role.column)
    keys = zip(result.rows.unit, result.rows.time.tolist(), strict=True)
    places = dict(zip(keys, values, strict=True))
    rows = zip(panel.unit_names, panel.when.tolist(), strict=True)
    return np.array([places.get(key, np.nan) for key in rows]), result
