"""Additive indicators: a change of value is a price part plus a quantity part, in money.

SUM v1 - SUM v0 = SUM_i price_i + SUM_i quantity_i + entering - leaving
bennet      price_i = (q0 + q1)/2 (p1 - p0)        quantity_i = (p0 + p1)/2 (q1 - q0)
montgomery  price_i = L(v0, v1) ln(p1/p0)          quantity_i = L(v0, v1) ln(q1/q0)
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xinzhi.compute import Run
from xinzhi.growth.accounts import not_computed
from xinzhi.growth.prices.items import ItemData, ItemTable, compared, contiguous_years, read_items, require_any
from xinzhi.language import named, say
from xinzhi.method import Method, Result, Rows, Term, View, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import Fraction
from xinzhi.method.table import shown
from xinzhi.numerics.index_numbers import Ends, Indicator, Pairs, value_indicator
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

PARTS = ("price_indicator", "quantity_indicator", "entering_items", "leaving_items")


@register("value_indicator")
class ValueIndicator(Method):
    """Split changes of value into a price part and a quantity part that add up, in money.

    Units of the panel are items of one or several markets or economies.

    Parameters
    ----------
    price, quantity : str or Term
        Levels; their product is value.
    item, economy : str or None
        Label columns that name the item and the whole to which it belongs; the unit itself and one whole by default.
    formula : "bennet" or "montgomery"
        Bennet takes means of prices and quantities, Montgomery log means of values.
    least_matched : number
        The least share of the value of either year that the items in both years must hold, 0 to 1.

    Notes
    -----
    The additive counterparts of the Fisher and the Montgomery-Vartia index. Items that are there in one of the two
    years only enter or leave with their whole value, in terms of their own. Money of different years is compared as
    it is: under inflation deflate first. Items of unknown value make their years missing.

    References
    ----------
    Bennet, T. L. (1920). Journal of the Royal Statistical Society 83(3), 455-462. doi:10.2307/2340960
    Diewert, W. E. (2005). American Journal of Economics and Sociology 64(1), 311-360.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"i": list("AA"), "t": [0, 1], "p": [1.0, 2.0], "q": [10.0, 12.0]})
    >>> change = ValueIndicator(price="p", quantity="q").fit(xz.Panel(frame, unit="i", time="t"))
    >>> [float(change.term(name)[0]) for name in ("value_change", "price_indicator", "quantity_indicator")]
    [14.0, 11.0, 3.0]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("price", "quantity", "item", "economy")
    price: str | Term
    quantity: str | Term
    item: str | None = None
    economy: str | None = None
    formula: Indicator = "bennet"
    least_matched: Fraction = 0.0

    def compute(self, panel: Panel, run: Run) -> "ValueIndicatorResult":
        """Return the parts by whole and year."""
        years = contiguous_years(panel)
        data = read_items(
            self.price,
            self.quantity,
            wholes=(panel, self.economy, self.item),
            run=run,
            exchanged=False,
            formulas=("fisher",),
        )
        pairs = Pairs(np.arange(years.size - 1), np.arange(1, years.size))
        status, reason, parts = [], [], []
        for table in data.by_whole(years):
            found = compared(
                table, pairs, rows=years.tolist(), names=panel.units, least=self.least_matched, whole_value=True
            )
            status.append(found.status)
            reason.append(found.reason)
            parts.append(np.where(found.status == "ok", changes(table, pairs, formula=self.formula), np.nan))
        numbers, words, why = np.hstack(parts), np.concatenate(status), np.concatenate(reason)
        require_any(words, why, source=panel.source)
        unit, time = data.wholes.keys(years[1:])
        rows = Rows(unit, time, dict(zip(("value_change", *PARTS), numbers, strict=True)), words, why)
        size = np.nanmax(np.abs(numbers)) or 1.0
        gap = check_adding_up(numbers[0] / size, numbers[1:].T / size, rows, identity=say("change of value"))
        return ValueIndicatorResult(
            method=self,
            panel=panel,
            rows=rows,
            flow=False,
            diagnostics={"largest_gap": gap},
            data=data,
            years=years,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class ValueIndicatorResult(Result):
    """Changes of value and their parts by whole and year, in money.

    ``data``: prices and quantities by row of the panel; ``years``: (t,).
    """

    data: ItemData
    years: Ints

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Changes of value: prices and quantities")

    def by_item(self) -> Any:
        """Return each item's part in every change of value that was computed.

        Returns
        -------
        frame
            ``unit`` (the whole), ``time``, ``item``, ``value_change``, and its parts as in :meth:`tidy`.
        """
        names = self.data.wholes.parts[self.data.wholes.part]
        columns: dict[str, list[Any]] = {key: [] for key in ("unit", "time", "item")}
        numbers: list[Floats] = []
        settings, good = self.settings, self.rows.status == "ok"
        for w, table in enumerate(self.data.by_whole(self.years)):
            steps = np.flatnonzero(good[w * (self.years.size - 1) : (w + 1) * (self.years.size - 1)])
            parts = item_changes(table, Pairs(steps, steps + 1), formula=settings["formula"])
            there = np.any(parts != 0, axis=0) | (table.items.one[steps] + table.items.one[steps + 1] > 0)
            m, i = np.nonzero(there)
            columns["unit"].append(np.full(m.size, self.data.wholes.names[w], dtype=object))
            columns["time"].append(self.years[1:][steps[m]])
            columns["item"].append(names[table.units[i]])
            numbers.append(parts[:, m, i])
        keys = {key: np.concatenate(cells) for key, cells in columns.items()}
        return self.panel.restore(keys | dict(zip(("value_change", *PARTS), np.hstack(numbers), strict=True)))

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the parts year by year as stacks."""
        from xinzhi.method.charts import Labels, stacked_periods

        units, _ = self.chosen(view)
        good = set(self.rows.unit[self.rows.status == "ok"].tolist())
        rows = np.flatnonzero(np.isin(self.rows.unit.astype(str), [unit for unit in units if unit in good][:4]))
        rows = rows[self.rows.time[rows] > self.rows.time.max() - 12]
        if not rows.size:
            return []
        labels = Labels(name="value_changes", title=self.title, description=self.summary(view), unit=say("money"))
        terms = self.rows.terms
        return [
            stacked_periods(
                labels,
                unit=[named(unit) for unit in self.rows.unit[rows]],
                period=[named(str(year)) for year in self.rows.time[rows]],
                terms={name: terms[name][rows] for name in PARTS},
                total=terms["value_change"][rows],
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the sums of the parts over the years of each whole."""
        units, _ = self.chosen(view)
        lines = []
        for unit in units[:12]:
            mine = self.rows.unit == unit
            odd = np.flatnonzero(mine & (self.rows.status != "ok"))
            if odd.size:  # no sum skips a year
                first = {"year": self.rows.time[odd[0]], "reason": self.rows.reason[odd[0]]}
                count = {"odd": odd.size, "count": int(mine.sum())}
                years = say("{odd} of {count} years, first {year}: {reason}", **count, **first)
                lines.append(not_computed(unit, years))
                continue
            sums = {name: shown(float(values[mine].sum()), 2) for name, values in self.rows.terms.items()}
            lines.append(
                say(
                    "{unit}: value changed by {value} in {count} years, {price} by prices, {quantity} by quantities, "
                    "{entering} by entering and {leaving} by leaving items.",
                    unit=named(unit),
                    count=int(mine.sum()),
                    value=sums["value_change"],
                    price=sums["price_indicator"],
                    quantity=sums["quantity_indicator"],
                    entering=sums["entering_items"],
                    leaving=sums["leaving_items"],
                )
            )
        return "\n".join(lines)


# Arrays in, arrays out ------------------------------------------------------------------------


def item_changes(table: ItemTable, pairs: Pairs, *, formula: Indicator) -> Floats:
    """Return change of value and its four parts by comparison and item, (5, m, n)."""
    price, quantity = value_indicator(Ends.of(table.items, pairs.before, pairs.end), formula=formula)
    v0, v1 = table.items.v[pairs.before], table.items.v[pairs.end]
    return np.stack([v1 - v0, price, quantity, np.where(v0 == 0, v1, 0.0), np.where(v1 == 0, -v0, 0.0)])


def changes(table: ItemTable, pairs: Pairs, *, formula: Indicator) -> Floats:
    """Return change of value and its four parts by comparison, (5, m), one comparison at a time."""
    out = np.zeros((5, pairs.end.size))
    for m in range(pairs.end.size):
        one = Pairs(pairs.before[m : m + 1], pairs.end[m : m + 1])
        out[:, m] = item_changes(table, one, formula=formula).sum(axis=(1, 2))
    return out
