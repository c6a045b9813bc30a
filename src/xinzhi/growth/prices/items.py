"""Prices and quantities of items, read from a panel: the rows and items of each whole, and what may be compared.

An item is there in a row where price and quantity are positive. Sold nowhere (quantity zero, no row, an empty cell)
it is not there, and comparisons are made over the items that are there at both ends. A price that is not positive at
a quantity that is, or a negative number, is an error of the data: the row is not computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, named, say
from xinzhi.method import Term
from xinzhi.method.roles import read_quantity
from xinzhi.method.wholes import Wholes, wholes_of
from xinzhi.numerics.index_numbers import UNWEIGHTED, Items, Pairs, matched
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

Of = Literal["price", "quantity", "implicit_price", "implicit_quantity"]
NO_INDEX = UNWEIGHTED - {"dutot"}
"""Formulas for which each item may have a base of its own."""


@dataclass(frozen=True)
class ItemData:
    """Numbers by row of the panel.

    ``price``, ``quantity``: (n,) or None where they are not asked for; ``names``: what they are called;
    ``exchanged``: a quantity index, which is the price index with both exchanged.
    """

    wholes: Wholes
    price: Floats | None
    quantity: Floats | None
    names: tuple[Text, Text]
    exchanged: bool = False

    def table(self, rows: Ints, row: Ints, column: Ints, units: Ints, size: int) -> "ItemTable":
        """Return some rows of the panel as a table of items: their row and column there, and its units."""

        def cells(values: Floats | None) -> Floats | None:
            if values is None:
                return None
            out = np.full((size, units.size), np.nan)
            out[row, column] = values[rows]
            return out

        listed = np.zeros((size, units.size), dtype=bool)
        listed[row, column] = True
        return ItemTable.of(self, cells(self.price), cells(self.quantity), listed, units)

    def by_whole(self, years: Ints) -> Iterator["ItemTable"]:
        """Yield the items of each whole by year."""
        panel, wholes = self.wholes.panel, self.wholes
        order = np.argsort(wholes.whole[panel.code], kind="stable")
        ends = np.searchsorted(wholes.whole[panel.code][order], np.arange(wholes.names.size + 1))
        for w in range(wholes.names.size):
            rows = order[ends[w] : ends[w + 1]]
            units, column = np.unique(panel.code[rows], return_inverse=True)
            yield self.table(rows, panel.when[rows] - years[0], column, units, years.size)

    def by_year(self) -> Iterator["ItemTable"]:
        """Yield the items of each year of the panel by whole."""
        panel, wholes = self.wholes.panel, self.wholes
        for year in panel.times:
            rows = np.flatnonzero(panel.when == year)
            of = wholes.part[panel.code[rows]]
            parts, column = np.unique(of, return_inverse=True)
            yield self.table(rows, wholes.whole[panel.code[rows]], column, parts, wholes.names.size)


@dataclass(frozen=True)
class ItemTable:
    """Items of r rows (years of a whole, or wholes of a year).

    ``items``: prices and quantities, exchanged for a quantity index; ``units``: (n,) codes of units (parts);
    ``odd``: the first unit of a row with a number that is not positive and the name of the number, by row;
    ``unknown``: (r,) some item is listed with an unknown value; ``value``: (r,) value of the items that are there.
    """

    items: Items
    units: Ints
    odd: dict[int, tuple[int, Text]]
    unknown: Bools

    @classmethod
    def of(
        cls, data: ItemData, price: Floats | None, quantity: Floats | None, listed: Bools, units: Ints
    ) -> "ItemTable":
        """Return the items that are there, and the rows with odd or unknown numbers."""
        given = [
            (values, name) for values, name in zip((price, quantity), data.names, strict=True) if values is not None
        ]
        none_sold = np.zeros(listed.shape, dtype=bool) if quantity is None else quantity == 0
        odd: dict[int, tuple[int, Text]] = {}
        wrong = np.zeros(listed.shape, dtype=bool)
        for values, name in given:
            bad = (values < 0) | ((values == 0) & ~none_sold)
            for row in np.flatnonzero(bad.any(axis=1)).tolist():
                odd.setdefault(row, (int(units[np.argmax(bad[row])]), name))
            wrong |= bad
        there = np.logical_and.reduce([values > 0 for values, _ in given])
        unknown = (listed & ~there & ~none_sold & ~wrong).any(axis=1)
        main, other = (quantity, price) if data.exchanged else (price, quantity)
        assert main is not None
        return cls(Items.of(main, other), units, odd, unknown)

    @property
    def value(self) -> Floats:
        """Return the value of the items of each row, (r,)."""
        with np.errstate(over="ignore"):
            return np.asarray(self.items.v.sum(axis=1))


@dataclass(frozen=True)
class Compared:
    """What m comparisons rest on, (m,) each.

    Status and reason; the numbers of items before, at the end and at both ends; the shares of the matched items in the
    value before and at the end.
    """

    status: Texts
    reason: Texts
    items_before: Floats
    items_end: Floats
    matched: Floats
    share_before: Floats
    share_end: Floats


def read_items(
    price: str | Term | None,
    quantity: str | Term | None,
    *,
    wholes: tuple[Panel, str | None, str | None],
    run: Run,
    exchanged: bool,
    formulas: Sequence[str],
) -> ItemData:
    """Return prices and quantities; XZ-207 where a formula needs levels and a growth index is given."""
    panel, economy, item = wholes
    level = any(formula not in NO_INDEX for formula in formulas)

    def values(column: str | Term | None, name: str) -> Floats | None:
        if column is None:
            return None
        factor = read_quantity(column, panel, run, name=name)
        return factor.require_level(where=name) if level else factor.growth

    names = (called(price, say("price")), called(quantity, say("quantity")))
    found = values(price, "price"), values(quantity, "quantity")
    return ItemData(wholes_of(panel, economy, item), *found, names, exchanged)


def called(column: str | Term | None, name: Text) -> Text:
    """Return what a column is called in a reason."""
    return named(column) if isinstance(column, str) else name


def compared(
    table: ItemTable, pairs: Pairs, *, rows: Sequence[object], names: Texts, least: float, whole_value: bool
) -> Compared:
    """Return what comparisons rest on and whether they can be made.

    Parameters
    ----------
    table : ItemTable
    pairs : Pairs
        (m,) comparisons of its rows.
    rows : (r,) names of the rows
    names : names of units (parts) by code
    least : float
        The least share of the value of either row that the matched items must have.
    whole_value : bool
        The value of the whole row is needed: an item of unknown value is a missing cell.
    """
    number, before, end = matched(table.items, pairs)
    count = table.items.one.sum(axis=1)
    status, reason = (np.full(pairs.end.size, word, dtype=object) for word in ("ok", ""))
    for m, (s, t) in enumerate(zip(pairs.before.tolist(), pairs.end.tolist(), strict=True)):
        found = None
        for row in (s, t):
            found = found or row_trouble(table, row, name=rows[row], names=names, whole_value=whole_value)
        if found is None and number[m] == 0:
            found = "not_identified", say("no item is there in both {one} and {other}", one=rows[s], other=rows[t])
        share = min(before[m], end[m])
        if found is None and share < least:
            words = say(
                "matched items hold {share} of the value in {one} or {other}, less than {least}",
                share=f"{share:.3g}",
                one=rows[s],
                other=rows[t],
                least=f"{least:g}",
            )
            found = "not_identified", words
        if found is not None:
            status[m], reason[m] = found
    return Compared(status, reason, count[pairs.before], count[pairs.end], number, before, end)


def row_trouble(
    table: ItemTable, row: int, *, name: object, names: Texts, whole_value: bool
) -> tuple[str, Text] | None:
    """Return status and reason where a row cannot be compared with any."""
    if row in table.odd:
        unit, column = table.odd[row]
        return "non_positive", say(
            "{unit}: {column} not positive in {row}", unit=named(names[unit]), column=column, row=name
        )
    if not table.items.one[row].any():
        return "missing_data", say("no items in {row}", row=name)
    if whole_value and table.unknown[row]:
        return "missing_data", say("the value of an item is missing in {row}", row=name)
    return None


def require_any(status: Texts, reason: Texts, *, source: str) -> None:
    """Raise XZ-206 where no row could be computed."""
    if not (status == "ok").any():
        found = say("no comparison can be made; first: {reason}", reason=reason[0])
        raise DataError("XZ-206", found, where=source)


def contiguous_years(panel: Panel) -> Ints:
    """Return all years from the first to the last of a panel; XZ-214 where there is only one."""
    if panel.times.size == 1:
        raise DataError("XZ-214", say("only {time}", time=panel.times[0]), where=panel.source)
    return np.arange(panel.times[0], panel.times[-1] + 1)
