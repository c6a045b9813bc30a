"""Inputs, outputs and bad outputs as a frontier reads them, and what is wrong with cells that it cannot use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError, listed
from xinzhi.language import Text, enumerated, named, say
from xinzhi.method import Capital, Labour, Quantity, Term
from xinzhi.method.filling import FilledCell, column_name
from xinzhi.method.roles import all_needs, read_quantity
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts


@dataclass(frozen=True)
class Observations:
    """Goods of some units. ``x``: (n, m) inputs; ``y``: (n, s) outputs; ``bad``: (n, q) bad outputs."""

    x: Floats
    y: Floats
    bad: Floats

    def at(self, rows: Ints) -> "Observations":
        """Return some of the units."""
        return Observations(self.x[rows], self.y[rows], self.bad[rows])

    @property
    def all(self) -> Floats:
        """Return inputs, outputs and bad outputs side by side, (n, m + s + q)."""
        return np.hstack((self.x, self.y, self.bad))


@dataclass(frozen=True)
class Goods:
    """Goods by row of the panel.

    ``x``: (n, m); ``y``: (n, s); ``bad``: (n, q); ``usable``: (n,) rows in which all are there, with admitted
    signs, at least one input and one output other than zero; ``filled``: (n,) rows of which a policy filled an
    input; ``needs``: column to (n,) cells; ``input_names``, ``output_names``, ``bad_names``: one each;
    ``within_period``: columns whose growth means little, see :class:`~xinzhi.method.Factor`; ``log``: every cell that
    a policy filled.
    """

    x: Floats
    y: Floats
    usable: Bools
    filled: Bools
    needs: dict[str, Floats]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    within_period: tuple[str, ...]
    bad: Floats
    bad_names: tuple[str, ...] = ()
    log: tuple[FilledCell, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of inputs, outputs and bad outputs."""
        return (*self.input_names, *self.output_names, *self.bad_names)

    @property
    def observations(self) -> Observations:
        """Return the goods of all rows."""
        return Observations(self.x, self.y, self.bad)


def good_names(quantities: Sequence[Quantity]) -> list[str]:
    """Return the name of each quantity: capital, labour, or its column; that of a column where names repeat."""
    names = [_names(quantity) for quantity in quantities]
    plain = [first for first, _ in names]
    return [first if plain.count(first) == 1 else second for first, second in names]


def _names(quantity: Quantity) -> tuple[str, str]:
    """Return the plain name of a quantity, and the one that tells it from others of its kind."""
    if isinstance(quantity, Capital):
        return "capital", column_name(quantity.growth)
    if isinstance(quantity, Labour):
        return "labour", column_name(quantity.persons or quantity.hours or "labour")
    if isinstance(quantity, Term):
        return quantity.column, f"{quantity.method.method_name}.{quantity.column}"
    return column_name(quantity), column_name(quantity)


def read_goods(
    inputs: Sequence[Quantity],
    outputs: Sequence[Quantity],
    panel: Panel,
    run: Run,
    *,
    where: str,
    bad_outputs: Sequence[Quantity] = (),
    signs: Literal["non_negative", "any"] = "non_negative",
) -> Goods:
    """Return the levels of inputs, outputs and bad outputs.

    Parameters
    ----------
    signs : "non_negative" or "any"
        Whether a model admits negative levels.

    Raises
    ------
    UsageError
        No input, no output, or the same name twice (XZ-103).
    DataError
        A growth index (XZ-207); no usable row (XZ-206).
    """
    quantities = (*inputs, *outputs, *bad_outputs)
    names = good_names(quantities)
    if not inputs or not outputs or len(set(names)) < len(names):
        raise UsageError(
            "XZ-103",
            say("inputs and outputs {names}", names=listed(names)),
            where=where,
            expected=say("at least one of each, all different"),
        )
    factors = [read_quantity(quantity, panel, run, name=name) for quantity, name in zip(quantities, names, strict=True)]
    levels = np.column_stack(
        [factor.require_level(where=say("{method} (needs levels)", method=where)) for factor in factors]
    )
    cells = all_needs(*(needs for factor in factors for needs in (factor.needs, factor.level_needs)))
    m, s = len(inputs), len(outputs)
    x, y, bad = levels[:, :m], levels[:, m : m + s], levels[:, m + s :]
    there = np.isfinite(levels).all(axis=1)
    if signs == "non_negative":
        there &= (levels >= 0).all(axis=1)
        needs = {column: np.where(values == 0, 1.0, values) for column, values in cells.items()}
    else:
        needs = {column: np.where(np.isnan(values), values, 1.0) for column, values in cells.items()}
    usable = np.asarray(there & (x != 0).any(axis=1) & (y != 0).any(axis=1), dtype=np.bool_)
    if not usable.any():
        raise DataError("XZ-206", say("no row has all of {columns}", columns=listed(list(needs))), where=panel.source)
    filled = np.asarray(np.column_stack([factor.filled for factor in factors]).any(axis=1), dtype=np.bool_)
    within = tuple(column for factor in factors for column in factor.within_period)
    split = tuple(names[:m]), tuple(names[m : m + s])
    log = tuple(cell for factor in factors for cell in factor.log)
    return Goods(x, y, usable, filled, needs, *split, within, bad, tuple(names[m + s :]), log)


def cell_status(goods: Goods) -> tuple[Texts, Texts]:
    """Return status and reason of each row of the panel from its cells alone, (n,) each."""
    names = list(goods.needs)
    cells = np.column_stack([goods.needs[name] for name in names])
    levels = goods.observations.all
    status, reason = np.full(len(levels), "ok", dtype=object), np.full(len(levels), "", dtype=object)
    for row in np.flatnonzero(~goods.usable):
        absent = [name for name, cell in zip(names, cells[row], strict=True) if np.isnan(cell)]
        negative = [name for name, cell in zip(names, cells[row], strict=True) if cell < 0]
        if absent or np.isnan(levels[row]).any():
            known = say("{cells} missing", cells=_list(absent))
            status[row], reason[row] = "missing_data", known if absent else say("a level missing")
        elif negative:
            status[row], reason[row] = "non_positive", say("{cells} negative", cells=_list(negative))
        else:
            status[row], reason[row] = "not_identified", say("no positive input or no positive output")
    return status, reason


def _list(columns: list[str]) -> Text:
    return enumerated([column if isinstance(column, Text) else named(column) for column in columns])
