"""Bilateral index numbers of prices and quantities of items, chained or against one base, by any formula.

ln P(t-1, t) = f(p_t-1, p_t, q_t-1, q_t)            formulas: xinzhi.numerics.index_numbers.bilateral
chained: ln P_t = SUM ln P(s-1, s)       fixed base: ln P_t = ln P(b, t)
quantity index: prices and quantities exchanged; implicit: value over the index of the other
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.prices.items import (
    Compared,
    ItemTable,
    Of,
    compared,
    contiguous_years,
    read_items,
    require_any,
)
from xinzhi.growth.prices.pages import level_lines, overlap_table, rate_line
from xinzhi.language import Text, enumerated, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.roles import Fraction
from xinzhi.method.terms import label
from xinzhi.numerics.index_numbers import UNWEIGHTED, Formula, Pairs, bilateral
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

TITLES: Mapping[str, Text] = {
    "price": say("Price index"),
    "quantity": say("Quantity index"),
    "implicit_price": say("Implicit price index"),
    "implicit_quantity": say("Implicit quantity index"),
}


def needs(of: Of, formulas: tuple[str, ...]) -> frozenset[str]:
    """Return which of price and quantity an index needs."""
    if of.startswith("implicit_") or not UNWEIGHTED.issuperset(formulas):
        return frozenset(("price", "quantity"))
    return frozenset((of,))


def require_columns(of: Of, formulas: tuple[str, ...], *, price: object, quantity: object) -> None:
    """Raise ValueError where a column that an index needs is not named."""
    given = {name for name, column in (("price", price), ("quantity", quantity)) if column is not None}
    lacking = sorted(needs(of, formulas) - given)
    if lacking:
        raise ValueError(say("these formulas need a column: {names}", names=enumerated(lacking)))


@register("index_number")
class IndexNumber(Method):
    """Compute index numbers of prices or quantities of items between years.

    Units of the panel are items of one or several markets or economies.

    Parameters
    ----------
    price, quantity : str, Term or None
        Columns of prices and quantities. Unweighted formulas need only the one that is asked for.
    item, economy : str or None
        Label columns that name the item and the whole to which it belongs; the unit itself and one whole by default.
    formulas : tuple of formula
        ``laspeyres``, ``paasche``, ``fisher``, ``tornqvist``, ``walsh``, ``sato_vartia``, ``montgomery_vartia``,
        ``lloyd_moulton``, ``marshall_edgeworth``, ``drobisch``, ``stuvel``, ``palgrave``, ``young``, ``lowe``,
        ``geometric_laspeyres``, ``geometric_paasche``, ``geary_khamis``, ``tpd`` (time product dummy of two years,
        weighted), and, unweighted, ``jevons``, ``dutot``, ``carli``, ``harmonic``, ``cswd``.
    of : "price", "quantity", "implicit_price" or "implicit_quantity"
        "quantity" exchanges the roles of prices and quantities; an implicit index is the change of the value of all
        items over the index of the other.
    linking : "chained" or "fixed"
        Years are compared with the year before and linked, or each with the base year.
    base : int or None
        Base year, of ``levels()`` too; the first year of each whole by default.
    basket : int or None
        Year of the weights of ``young`` (shares) and ``lowe`` (quantities).
    elasticity : float or None
        Elasticity of substitution of ``lloyd_moulton``.
    least_matched : number
        The least share of the value of either year that the items compared must hold, 0 to 1; 1 asks for all items.

    Notes
    -----
    Terms are log changes of the index from year to year. Each comparison is made over the items that are there in
    both years: new, disappearing and returning items are matched pair by pair. Without a common item there is no
    number; ``matched()`` reports how many items and which share of value each comparison holds. An item of quantity
    zero or with an empty cell is not there; a price that is not positive is an error of its year. An implicit index
    takes unmatched items to move like matched ones, and needs the value of all items: an item with an empty cell makes
    its year missing, an item without a row in the year does not. Chained indices drift where prices bounce:
    ``drift()`` has the chain that is closed by the comparison of the last year with the first, zero without drift.

    References
    ----------
    Diewert, W. E. (1976). Journal of Econometrics 4(2), 115-145. doi:10.1016/0304-4076(76)90009-9
    Sato, K. (1976). Review of Economics and Statistics 58(2), 223-228. doi:10.2307/1924029
    Vartia, Y. O. (1976). Scandinavian Journal of Statistics 3(3), 121-126.
    ILO et al. (2004). Consumer Price Index Manual: Theory and Practice. ISBN 92-2-113699-X

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"i": list("AABB"), "t": [0, 1] * 2, "p": [1.0, 2, 1, 1], "q": [1.0, 1, 1, 2]})
    >>> panel = xz.Panel(frame, unit="i", time="t")
    >>> index = IndexNumber(price="p", quantity="q", formulas=["laspeyres", "paasche"]).fit(panel)
    >>> [round(float(level), 4) for level in index.levels()["laspeyres"]]
    [1.0, 1.5]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("price", "quantity", "item", "economy")
    price: str | Term | None = None
    quantity: str | Term | None = None
    item: str | None = None
    economy: str | None = None
    formulas: Annotated[tuple[Formula, ...], Setting(min_length=1)] = ("fisher",)
    of: Of = "price"
    linking: Literal["chained", "fixed"] = "chained"
    base: int | None = None
    basket: int | None = None
    elasticity: float | None = None
    least_matched: Fraction = 0.0

    @model_validator(mode="after")
    def _complete(self) -> "IndexNumber":
        require_columns(self.of, self.formulas, price=self.price, quantity=self.quantity)
        if len(set(self.formulas)) < len(self.formulas):
            raise ValueError(say("a formula is named twice"))
        if "lloyd_moulton" in self.formulas and self.elasticity is None:
            raise ValueError(say("lloyd_moulton needs an elasticity"))
        if {"young", "lowe"} & set(self.formulas) and self.basket is None:
            raise ValueError(say("young and lowe need the year of their basket"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: some arrays of years by items."""
        return super().memory(panel, workers=workers) + 12 * 8 * panel.times.size * panel.units.size

    def compute(self, panel: Panel, run: Run) -> "IndexNumberResult":
        """Return log changes by whole and year."""
        years = contiguous_years(panel)
        for year in {self.base, self.basket} - {None}:
            require_year(year, panel, where="IndexNumber")
        exchanged = self.of in {"quantity", "implicit_price"}
        data = read_items(
            self.price,
            self.quantity,
            wholes=(panel, self.economy, self.item),
            run=run,
            exchanged=exchanged,
            formulas=self.formulas,
        )
        parts = [self._of_whole(table, years, panel.units) for table in data.by_whole(years)]
        unit, time = data.wholes.keys(years[1:])
        status, reason = (np.concatenate([part[name] for part in parts]) for name in ("status", "reason"))
        require_any(status, reason, source=panel.source)
        terms: dict[str, Floats] = {
            name: np.concatenate([part["terms"][name] for part in parts]) for name in self.formulas
        }
        levels: dict[str, Floats] = {
            name: np.vstack([part["levels"][name] for part in parts]) for name in self.formulas
        }
        drift: dict[str, Floats] = {name: np.array([part["drift"][name] for part in parts]) for name in self.formulas}
        shares = np.concatenate([np.minimum(p["compared"].share_before, p["compared"].share_end) for p in parts])
        good = np.isfinite(shares)
        return IndexNumberResult(
            method=self,
            panel=panel,
            rows=Rows(unit, time, terms, status, reason),
            diagnostics={
                "items": int(panel.units.size),
                "comparisons_without_overlap": int((status == "not_identified").sum()),
                "smallest_matched_share": float(shares[good].min()) if good.any() else None,
                "base": [part["base"] for part in parts],
            },
            wholes=data.wholes.names,
            years=years,
            level=levels,
            closing=drift,
            comparisons=tuple(part["compared"] for part in parts),
            bases=np.array([part["base"] for part in parts]),
        )

    def _of_whole(self, table: ItemTable, years: Ints, names: Texts) -> dict[str, Any]:
        """Return log changes, levels, the closed chain and what comparisons rest on, of one whole."""
        count, there = years.size, np.flatnonzero(table.items.one.any(axis=1))
        first = int(there[0]) if there.size else 0
        base = first if self.base is None else int(self.base - years[0])
        rows = np.arange(count)
        fixed = self.linking == "fixed"
        pairs = Pairs(np.full(count, base), rows) if fixed else Pairs(rows[:-1], rows[1:])
        settings = {"rows": years.tolist(), "names": names, "least": self.least_matched}
        found = compared(table, pairs, **settings, whole_value=self.of.startswith("implicit_"))
        logs = {name: self._logs(table, pairs, name, years) for name in self.formulas}
        status, reason = found.status, found.reason
        for name, values in logs.items():
            for m in np.flatnonzero((status == "ok") & ~np.isfinite(values)).tolist():
                ends = table.items.one[[pairs.before[m], pairs.end[m]]].all(axis=0)
                basket, words = self._basket(table, name, years), {"formula": label(name)}
                if basket is None or (ends & (basket > 0)).any():
                    status[m] = "numerical"
                    reason[m] = say("{formula}: the numbers are too large or too small to compute with", **words)
                else:
                    status[m], reason[m] = "not_identified", say("{formula}: no item with all that it needs", **words)
        logs = {name: np.where(status == "ok", values, np.nan) for name, values in logs.items()}
        if fixed:
            levels = logs
            steps = {name: np.diff(values) for name, values in logs.items()}
            earlier = status[1:] == "ok"
            status, reason = (np.where(earlier, words[:-1], words[1:]) for words in (status, reason))
            drift = dict.fromkeys(self.formulas, np.nan)
        else:
            steps = logs
            start = np.where(table.items.one[base].any(), 0.0, np.nan)
            levels = {name: start + chained(values, base) for name, values in steps.items()}
            closing = Pairs(np.array([count - 1]), np.array([first]))
            drift = {
                name: float(levels[name][-1] - levels[name][first] + self._logs(table, closing, name, years)[0])
                for name in self.formulas
            }
        return {
            "terms": steps,
            "levels": levels,
            "drift": drift,
            "status": status,
            "reason": reason,
            "compared": found,
            "base": base + int(years[0]),
        }

    def _basket(self, table: ItemTable, formula: Formula, years: Ints) -> Floats | None:
        """Return the quantities of Lowe or the values of Young, None for other formulas."""
        if self.basket is None or formula not in {"young", "lowe"}:
            return None
        of = table.items.q if formula == "lowe" else table.items.v
        assert of is not None
        return np.asarray(of[self.basket - years[0]])

    def _logs(self, table: ItemTable, pairs: Pairs, formula: Formula, years: Ints) -> Floats:
        """Return the log index of comparisons."""
        basket = self._basket(table, formula, years)
        logs = bilateral(table.items, pairs, formula=formula, elasticity=self.elasticity, basket=basket)
        if not self.of.startswith("implicit_"):
            return logs
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(table.value[pairs.end] / table.value[pairs.before]) - logs


@dataclass(frozen=True, kw_only=True, repr=False)
class IndexNumberResult(Result):
    """Log changes of indices by whole and year.

    ``wholes``: (w,) names; ``years``: (t,); ``level``: log levels by formula, (w, t); ``closing``: (w,) the closed
    chain by formula; ``comparisons``: what they rest on, by whole; ``bases``: (w,) base years.
    """

    wholes: Texts
    years: Ints
    level: Mapping[str, Floats]
    closing: Mapping[str, Floats]
    comparisons: tuple[Compared, ...]
    bases: Ints

    @property
    def title(self) -> str:
        """Return the heading."""
        kind = TITLES[self.settings["of"]]
        return say("{index}, chained", index=kind) if self.chained else say("{index}, fixed base", index=kind)

    @property
    def chained(self) -> bool:
        """Return whether years are linked to the year before."""
        return bool(self.settings["linking"] == "chained")

    def levels(self) -> Any:
        """Return the index by whole and year, 1 in the base year: ``unit``, ``time``, one column per formula.

        A chain has no level beyond a year that could not be computed.
        """
        return self.panel.restore(self.level_columns())

    def level_columns(self) -> dict[str, Any]:
        """Return :meth:`levels` as arrays by column."""
        unit, time = np.repeat(self.wholes, self.years.size), np.tile(self.years, self.wholes.size)
        return {"unit": unit, "time": time} | {name: np.exp(values).ravel() for name, values in self.level.items()}

    def matched(self) -> Any:
        """Return what each comparison rests on.

        Returns
        -------
        frame
            ``unit``, ``time``, ``compared_with`` (the year), ``items_before``, ``items_end``, ``matched`` (numbers of
            items), ``share_before``, ``share_end`` (of the matched items in the value of the two years; numbers of
            items where there are no quantities).
        """
        return self.panel.restore(self.matched_columns())

    def matched_columns(self) -> dict[str, Any]:
        """Return :meth:`matched` as arrays by column."""
        years = self.years[1:] if self.chained else self.years
        unit, time = np.repeat(self.wholes, years.size), np.tile(years, self.wholes.size)
        other = time - 1 if self.chained else np.repeat(self.bases, years.size)
        names = ("items_before", "items_end", "matched", "share_before", "share_end")
        parts = {name: np.concatenate([getattr(found, name) for found in self.comparisons]) for name in names}
        return {"unit": unit, "time": time, "compared_with": other} | parts

    def drift(self) -> Any:
        """Return the drift of the chain by whole, log points: ``unit``, one column per formula.

        The chain from the first year to the last, closed by the direct comparison of the first with the last: zero
        for an index that does not drift (Walsh's multiperiod identity test). Missing where a link is missing.
        """
        return self.panel.restore({"unit": self.wholes} | dict(self.closing))

    def methods_text(self) -> str:
        """Return the method in words, with the formulas and the linking."""
        names = enumerated([label(name) for name in self.settings["formulas"]])
        return sentences(super().methods_text(), say("{title}; formulas: {names}.", title=self.title, names=names))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return mean rates, what the comparisons rest on, and the drift of chains."""
        return [self.mean_rates(self.title, view), self.matched_table(view), *self._drift_table(view)]

    def matched_table(self, view: View | None) -> Table:
        """Return how much the comparisons of the chosen wholes hold."""
        columns = self.matched_columns()
        return overlap_table([(unit, columns["unit"] == unit) for unit in self.chosen(view)[0]], columns)

    def _drift_table(self, view: View | None) -> list[Table]:
        units, _ = self.chosen(view)
        mine = [k for k, unit in enumerate(self.wholes) if unit in units]
        names = [name for name, values in self.closing.items() if np.isfinite(values[mine]).any()]
        if not self.chained or self.years.size < 3 or not names:
            return []
        cells: dict[str, list[Any]] = {"unit": [named(self.wholes[k]) for k in mine]}
        cells |= {name: [100.0 * float(self.closing[name][k]) for k in mine] for name in names}
        fields = [Field("unit", label("unit")), *(Field(name, label(name)) for name in names)]
        note = say("The chain over all years, closed by the direct comparison of the first year with the last.")
        return [Table.of("drift", say("Chain drift"), fields, cells, unit=say("log points × 100"), notes=[note])]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the index over the years: by formula for one whole, by whole for several."""
        return level_lines(self, self.level_columns(), view)

    def summary(self, view: View | None = None) -> str:
        """Return the mean change of the index by whole, and the spread over formulas."""
        units, periods = self.chosen(view)
        start, end = periods[0]
        columns, names = self.period_columns(periods[:1]), list(self.rows.terms)
        return "\n".join(
            rate_line(columns, unit, names=names, period=(start, end), title=self.title) for unit in units[:12]
        )


def require_year(year: int | None, panel: Panel, *, where: str) -> None:
    """Raise XZ-208 where a year is not within the data."""
    low, high = int(panel.times[0]), int(panel.times[-1])
    if year is None or not low <= year <= high:
        raise DataError(
            "XZ-208", f"{year}", where=where, expected=say("a year from {start} to {end}", start=low, end=high)
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def chained(steps: Floats, base: int) -> Floats:
    """Return log levels of t years from t - 1 log changes, zero in the base year; NaN beyond a missing step."""
    after = np.cumsum(steps[base:])
    before = -np.cumsum(steps[:base][::-1])[::-1]
    return np.concatenate([before, [0.0], after])
