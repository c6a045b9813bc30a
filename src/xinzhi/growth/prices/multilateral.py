"""Multilateral index numbers: years of a whole, or wholes of a year, compared all with all without contradiction.

geks            ln P_jk = (1/r) SUM_l (ln P_jl + ln P_lk), P any formula that is time reversible
geary_khamis    P_j = SUM p q / SUM pi q,  pi_i = SUM_j (p q / P_j) / SUM_j q
ikle            P_j = SUM p q / SUM pi q,  1/pi_i = SUM_j s (P_j / p) / SUM_j s
wtpd            ln p_ij = ln P_j + g_i by least squares with value shares as weights
spanning_tree   bilateral indices along the tree of the least unlike rows
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.prices.index_numbers import TITLES, require_columns, require_year
from xinzhi.growth.prices.items import ItemData, ItemTable, Of, contiguous_years, read_items, require_any, row_trouble
from xinzhi.growth.prices.pages import level_lines, overlap_table, rate_line
from xinzhi.language import Text, enumerated, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.numerics.index_numbers import TIME_REVERSIBLE, Formula, bilateral, matched
from xinzhi.numerics.multilateral import (
    Measure,
    Splice,
    along,
    centred,
    connected,
    dissimilarity,
    geary_khamis,
    geks,
    ikle,
    rolled,
    similarity_chain,
    spanning_tree,
    wtpd,
)
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

Multilateral = Literal["geks", "ccdi", "geary_khamis", "wtpd", "ikle", "spanning_tree", "similarity_chain"]
LINKED = ("spanning_tree", "similarity_chain")
SYSTEMS = {"geary_khamis": geary_khamis, "wtpd": wtpd, "ikle": ikle}
PRICES_ONLY = ("geary_khamis", "ikle")
"""Systems with reference prices: their quantity index is value over price level."""


@role("rolling_window")
class RollingWindow(Value):
    """Windows of years whose last year is linked to the series, so that no year is revised by a later one.

    Parameters
    ----------
    width : int
        Years (periods) of a window; years without items are not counted.
    splice : str
        "movement", "window", "half", "mean" compare the new window with the one before at the year before, at the
        first year, in the middle, at all years of both; "window_published", "half_published", "mean_published" link
        the new window to the published series. "fbew": windows from a base year on that grow; "fbmw": windows of full
        width, which grow in the first width - 1 years; both are linked at the base year, which moves every
        width - 1 years.
    """

    width: Annotated[int, Setting(ge=2)]
    splice: Splice = "mean"


@register("multilateral_index")
class MultilateralIndex(Method):
    """Compute transitive index numbers of prices or quantities over years or across economies.

    Units of the panel are items of one or several markets or economies.

    Parameters
    ----------
    price, quantity : str, Term or None
        Columns of prices and quantities; prices alone are enough for "geks" with an unweighted bilateral formula.
        Across economies prices are in national currency and the index is a purchasing power parity.
    item, economy : str or None
        Label columns that name the item and the whole to which it belongs; the unit itself and one whole by default.
    formulas : tuple of formula
        ``geks`` (by ``bilateral``), ``ccdi`` (GEKS by Törnqvist), ``geary_khamis``, ``wtpd``, ``ikle``,
        ``spanning_tree``, and over years ``similarity_chain`` (each year to the most similar one before).
    of : "price", "quantity", "implicit_price" or "implicit_quantity"
        "quantity" exchanges the roles of prices and quantities; an implicit index is the value of all items over the
        index of the other. ``geary_khamis`` and ``ikle`` are made of reference prices: they have "price" and
        "implicit_quantity" only.
    across : "years" or "economies"
        Compare the years of each whole, or the wholes of each year.
    bilateral : formula
        Bilateral formula of ``geks``, ``spanning_tree`` and ``similarity_chain``; time reversible for ``geks``.
    similarity : "spread", "log_quadratic", "asymptotically_linear" or "predicted_share"
        What makes two rows unlike, for linking.
    window : RollingWindow or None
        Windows over years; all years at once by default.
    base : int, str or None
        Year or economy of level 1; by default the first year of each whole, the geometric mean of the economies.

    Notes
    -----
    Each comparison of two rows is made over the items that are there in both; rows that share no item are compared by
    way of others (GEKS by least squares over the comparisons that there are), and a row that no chain of common items
    connects with the base row is ``not_identified``. Over years the terms are log changes and ``levels()`` has the
    levels; across economies the terms are levels. Without a window all years change when a year is added.

    References
    ----------
    Ivancic, L., Diewert, W. E. and Fox, K. J. (2011). Journal of Econometrics 161(1), 24-35.
    Diewert, W. E. and Fox, K. J. (2022). JBES 40(1), 355-369. doi:10.1080/07350015.2020.1816176
    Hill, R. J. (1999). Review of Economics and Statistics 81(1), 135-142. doi:10.1162/003465399767923881
    Balk, B. M. (1996). Journal of Official Statistics 12(2), 199-222.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"i": list("AAABBB"), "t": [0, 1, 2] * 2, "p": [1.0, 2, 1, 1, 1, 1], "q": [1.0] * 6})
    >>> index = MultilateralIndex(price="p", quantity="q").fit(xz.Panel(frame, unit="i", time="t"))
    >>> [round(float(level), 4) for level in index.levels()["geks"]]
    [1.0, 1.5, 1.0]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("price", "quantity", "item", "economy")
    price: str | Term | None = None
    quantity: str | Term | None = None
    item: str | None = None
    economy: str | None = None
    formulas: Annotated[tuple[Multilateral, ...], Setting(min_length=1)] = ("geks",)
    of: Of = "price"
    across: Literal["years", "economies"] = "years"
    bilateral: Formula = "fisher"
    similarity: Measure = "log_quadratic"
    window: RollingWindow | None = None
    base: int | str | None = None

    @model_validator(mode="after")
    def _possible(self) -> "MultilateralIndex":
        weighted = tuple(name for name in self.formulas if name != "geks")
        require_columns(self.of, (*weighted, self.bilateral), price=self.price, quantity=self.quantity)
        if len(set(self.formulas)) < len(self.formulas):
            raise ValueError(say("a formula is named twice"))
        if "geks" in self.formulas and self.bilateral not in TIME_REVERSIBLE - {"lowe"}:
            raise ValueError(say("geks needs a bilateral formula that is time reversible"))
        if self.bilateral in {"young", "lowe", "lloyd_moulton"}:
            raise ValueError(say("{formula} is no formula of a multilateral index", formula=self.bilateral))
        if set(PRICES_ONLY) & set(self.formulas) and self.of in {"quantity", "implicit_price"}:
            raise ValueError(say("geary_khamis and ikle have of='price' and of='implicit_quantity'"))
        if self.across == "economies":
            if self.economy is None:
                raise ValueError(say("across economies needs the column that names them"))
            if self.window is not None or "similarity_chain" in self.formulas:
                raise ValueError(say("windows and similarity_chain are for years"))
            if isinstance(self.base, int):
                raise ValueError(say("the base of economies is an economy"))
        elif isinstance(self.base, str):
            raise ValueError(say("the base of years is a year"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: some arrays of years by items."""
        return super().memory(panel, workers=workers) + 12 * 8 * panel.times.size * panel.units.size

    def compute(self, panel: Panel, run: Run) -> "MultilateralIndexResult":
        """Return log changes by whole and year, or levels by whole of each year."""
        over_years = self.across == "years"
        years = contiguous_years(panel) if over_years else panel.times
        if over_years and self.base is not None:
            require_year(int(self.base), panel, where="MultilateralIndex.base")
        exchanged = self.of in {"quantity", "implicit_price"}
        data = read_items(
            self.price,
            self.quantity,
            wholes=(panel, self.economy, self.item),
            run=run,
            exchanged=exchanged,
            formulas=("fisher",) if set(self.formulas) != {"geks"} else (self.bilateral,),
        )
        wholes = data.wholes.names
        if not over_years and self.base is not None and self.base not in wholes:
            expected = enumerated(tuple(wholes.tolist()))
            raise DataError("XZ-212", repr(self.base), where="MultilateralIndex.base", expected=expected)
        if over_years:
            groups = [self._levels(table, years.tolist(), panel.units) for table in data.by_whole(years)]
        else:
            groups = [self._levels(table, wholes.tolist(), data.wholes.parts) for table in data.by_year()]
        rows = (
            _steps_of(groups, data, years, self.formulas)
            if over_years
            else _rows_of(groups, data, years, self.formulas)
        )
        require_any(rows.status, rows.reason, source=panel.source)
        lone = sum(int(group.unlinked) for group in groups)
        return MultilateralIndexResult(
            method=self,
            panel=panel,
            rows=rows,
            flow=over_years,
            diagnostics={
                "items": int(panel.units.size),
                "pairs_without_overlap": lone,
                "base": [None if group.base is None else str(group.base) for group in groups],
            },
            data=data,
            years=years,
            groups=tuple(groups),
        )

    def _levels(self, table: ItemTable, rows: list[Any], names: Texts) -> "Group":
        """Return the levels of the rows of one group: the years of a whole, or the wholes of a year."""
        count, whole_value = len(rows), self.of.startswith("implicit_")
        trouble = {r: row_trouble(table, r, name=rows[r], names=names, whole_value=whole_value) for r in range(count)}
        good = np.array([r for r, found in trouble.items() if found is None], dtype=np.int64)
        overlap = matched(table.items.rows(good))[0] > 0
        base = self._base(rows, good, overlap)
        levels, links = self._of_good(table, good, base, count)
        if whole_value:
            total = np.log(np.where((table.value > 0) & np.isfinite(table.value), table.value, np.nan))
            levels = {name: total - total[base] - values for name, values in levels.items()}
        if self.across == "economies" and self.base is None:
            levels = {name: centred(values) for name, values in levels.items()}
        status, reason = self._verdicts(levels, trouble, (good, overlap, base), rows)
        levels = {name: np.where(status == "ok", values, np.nan) for name, values in levels.items()}
        links = {name: good[places] for name, places in links.items()}
        mean = self.across == "economies" and self.base is None
        return Group(levels, status, reason, links, int((~overlap).sum()) // 2, None if mean else rows[base])

    def _verdicts(
        self,
        levels: Mapping[str, Floats],
        trouble: Mapping[int, tuple[str, Text] | None],
        overlaps: tuple[Ints, Bools, int],
        rows: list[Any],
    ) -> tuple[Texts, Texts]:
        """Return status and reason of each row."""
        good, overlap, base = overlaps
        status, reason = (np.full(len(rows), word, dtype=object) for word in ("ok", ""))
        at = np.flatnonzero(good == base)
        linked = set(good[connected(overlap, int(at[0]))].tolist()) if at.size else set()
        no_base = trouble[base]
        for r, found in trouble.items():
            if found is not None:
                status[r], reason[r] = found
            elif all(np.isfinite(values[r]) for values in levels.values()):
                continue
            elif no_base is not None:
                status[r], reason[r] = "not_identified", say("no base: {reason}", reason=no_base[1])
            elif r in linked and self.window is None:
                status[r], reason[r] = "numerical", say("the system of the index was not solved")
            elif r in linked:
                status[r] = "not_identified"
                reason[r] = say("{row}: the spliced series breaks, its windows have no common items", row=rows[r])
            else:
                status[r] = "not_identified"
                reason[r] = say("{row}: no common items connect it with the base", row=rows[r])
        return status, reason

    def _base(self, rows: list[Any], good: Ints, overlap: Bools) -> int:
        """Return the row that has level zero: the base, or a row of the largest connected set."""
        if self.base is not None:
            return rows.index(self.base)
        if self.across == "years" or not good.size:
            return int(good[0]) if good.size else 0
        sizes = [int(connected(overlap, r).sum()) for r in range(good.size)]
        return int(good[int(np.argmax(sizes))])

    def _of_good(
        self, table: ItemTable, good: Ints, base: int, count: int
    ) -> tuple[dict[str, Floats], dict[str, Ints]]:
        """Return log levels of all rows by formula, zero in the base row, and the links of trees."""
        items, links = table.items.rows(good), dict[str, Ints]()
        at = np.flatnonzero(good == base)
        levels: dict[str, Floats] = {name: np.full(count, np.nan) for name in self.formulas}
        if not at.size:
            return levels, links
        place, gap = int(at[0]), None
        for name in self.formulas:
            logs = None
            if name not in SYSTEMS:
                logs = bilateral(items, formula="tornqvist" if name == "ccdi" else self.bilateral)
            if name in LINKED:
                gap = dissimilarity(items, measure=self.similarity) if gap is None else gap
            levels[name][good] = self._solve(name, (items, logs, gap), place, links)
        return levels, links

    def _solve(self, name: str, given: tuple[Any, Any, Any], place: int, links: dict[str, Ints]) -> Floats:
        """Return the log levels of one formula."""
        items, logs, gap = given

        def of(rows: Ints, base: int = 0) -> Floats:
            if name in SYSTEMS:
                return SYSTEMS[name](items.rows(rows), base)
            some = np.ix_(rows, rows)
            if name not in LINKED:
                return geks(logs[some], base)
            tree = spanning_tree(gap[some], base) if name == "spanning_tree" else similarity_chain(gap[some])
            links[name] = rows[tree]
            start = base if name == "spanning_tree" else 0
            levels = along(tree, logs[some], start)
            return np.asarray(levels - levels[base])

        count = items.p.shape[0]
        if self.window is None:
            return of(np.arange(count), place)
        series = rolled(of, count, width=self.window.width, splice=self.window.splice)
        links.clear()
        return np.asarray(series - series[place])


@dataclass(frozen=True)
class Group:
    """Levels of the rows of one group: the years of a whole, or the wholes of a year.

    ``levels``: (r,) logarithms by formula, NaN unless ok; ``status``, ``reason``: (r,); ``links``: (k, 2) rows linked
    by formula; ``unlinked``: pairs of rows without a common item; ``base``: row of level 1, None for the mean.
    """

    levels: Mapping[str, Floats]
    status: Texts
    reason: Texts
    links: Mapping[str, Ints]
    unlinked: int
    base: int | str | None


def _steps_of(groups: list[Group], data: ItemData, years: Ints, formulas: tuple[str, ...]) -> Rows:
    """Return log changes by whole and year."""
    unit, time = data.wholes.keys(years[1:])
    terms = {name: np.concatenate([np.diff(group.levels[name]) for group in groups]) for name in formulas}

    def ends(words: Texts, status: Texts) -> Texts:
        return np.where(status[:-1] == "ok", words[1:], words[:-1])

    status = np.concatenate([ends(group.status, group.status) for group in groups])
    reason = np.concatenate([ends(group.reason, group.status) for group in groups])
    return Rows(unit, time, terms, status, reason)


def _rows_of(groups: list[Group], data: ItemData, years: Ints, formulas: tuple[str, ...]) -> Rows:
    """Return levels by whole and year."""
    unit, time = data.wholes.keys(years)
    terms = {name: np.exp(np.column_stack([group.levels[name] for group in groups]).ravel()) for name in formulas}
    status, reason = (
        np.column_stack([getattr(group, name) for group in groups]).ravel() for name in ("status", "reason")
    )
    return Rows(unit, time, terms, status, reason)


@dataclass(frozen=True, kw_only=True, repr=False)
class MultilateralIndexResult(Result):
    """Log changes by whole and year, or levels by whole of each year.

    ``data``: prices and quantities by row of the panel; ``years``: (t,); ``groups``: by whole, or by year.
    """

    data: ItemData
    years: Ints
    groups: tuple[Group, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        kind = TITLES[self.settings["of"]]
        if self.flow:
            return say("{index}, multilateral over years", index=kind)
        return say("{index}, multilateral across economies", index=kind)

    def levels(self) -> Any:
        """Return the index by whole and year: ``unit``, ``time``, one column per formula."""
        return self.panel.restore(self.level_columns())

    def level_columns(self) -> dict[str, Any]:
        """Return :meth:`levels` as arrays by column."""
        if not self.flow:
            return {"unit": self.rows.unit, "time": self.rows.time} | dict(self.rows.terms)
        unit, time = self.data.wholes.keys(self.years)
        names = self.rows.terms
        return {"unit": unit, "time": time} | {
            name: np.exp(np.concatenate([group.levels[name] for group in self.groups])) for name in names
        }

    def _tables_of_items(self) -> list[ItemTable]:
        return list(self.data.by_whole(self.years) if self.flow else self.data.by_year())

    def _pair(self, group: int, one: Ints, other: Ints) -> dict[str, Any]:
        """Return the keys of pairs of rows of a group: unit, time and what it is compared with."""
        names, size = self.data.wholes.names, one.size
        if self.flow:
            unit, time = np.full(size, names[group], dtype=object), self.years[other]
            return {"unit": unit, "time": time, "compared_with": self.years[one]}
        return {"unit": names[other], "time": np.full(size, self.years[group]), "compared_with": names[one]}

    def matched(self) -> Any:
        """Return what each comparison of two rows rests on.

        Returns
        -------
        frame
            ``unit``, ``time``, ``compared_with`` (a year, or an economy), ``matched`` (number of items),
            ``share_before``, ``share_end`` (of the matched items in the value of the row compared with, and of the
            row).
        """
        return self.panel.restore(self.matched_columns())

    def matched_columns(self) -> dict[str, Any]:
        """Return :meth:`matched` as arrays by column."""
        found: list[dict[str, Any]] = []
        for g, table in enumerate(self._tables_of_items()):
            one, other = np.triu_indices(table.unknown.size, 1)
            numbers = dict(zip(("matched", "share_before", "share_end"), matched(table.items), strict=True))
            found.append(self._pair(g, one, other) | {name: values[one, other] for name, values in numbers.items()})
        return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

    def links(self) -> Any:
        """Return the links of trees and similarity chains: ``formula``, ``unit``, ``time``, ``compared_with``."""
        return self.panel.restore(self.link_columns())

    def link_columns(self) -> dict[str, Any]:
        """Return :meth:`links` as arrays by column."""
        columns: dict[str, list[Any]] = {key: [] for key in ("formula", "unit", "time", "compared_with")}
        for g, group in enumerate(self.groups):
            for name, rows in group.links.items():
                keys = {"formula": np.full(len(rows), name, dtype=object), **self._pair(g, rows[:, 0], rows[:, 1])}
                for key, values in keys.items():
                    columns[key] += values.tolist()
        return columns

    def methods_text(self) -> str:
        """Return the method in words, with the formulas."""
        settings = self.settings
        names = enumerated([label(name) for name in settings["formulas"]])
        words = say("{title}; formulas: {names}.", title=self.title, names=names)
        return sentences(
            super().methods_text(), words, say("Bilateral formula: {name}.", name=label(settings["bilateral"]))
        )

    def tables(self, view: View | None = None) -> list[Table]:
        """Return rates or levels, what the comparisons rest on, and the links of trees."""
        main = self.mean_rates(self.title, view) if self.flow else self.listing(self.title, view)
        return [main, self.matched_table(view), *self._link_table(view)]

    def matched_table(self, view: View | None) -> Table:
        """Return how much the comparisons of the chosen wholes hold."""
        columns = self.matched_columns()
        other = np.full(columns["unit"].size, None) if self.flow else columns["compared_with"]
        wholes = [(unit, (columns["unit"] == unit) | (other == unit)) for unit in self.chosen(view)[0]]
        return overlap_table(wholes, columns)

    def _link_table(self, view: View | None) -> list[Table]:
        units, _ = self.chosen(view)
        columns = self.link_columns()
        keep = [k for k, unit in enumerate(columns["unit"]) if unit in units]
        if not keep:
            return []
        cells: dict[str, list[Any]] = {key: [values[k] for k in keep] for key, values in columns.items()}
        cells["formula"] = [label(name) for name in cells["formula"]]
        cells["unit"] = [named(unit) for unit in cells["unit"]]
        cells["compared_with"] = [named(str(cell)) for cell in cells["compared_with"]]
        fields = [
            Field("formula", say("Formula")),
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            Field("compared_with", say("Linked to")),
        ]
        return [self.timed(Table.of("links", say("Links of the most similar"), fields, cells))]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the levels over the years: by formula for one whole, by whole for several."""
        return level_lines(self, self.level_columns(), view) if self.years.size > 1 else []

    def summary(self, view: View | None = None) -> str:
        """Return the mean change by whole over years, or the range of levels across economies."""
        units, periods = self.chosen(view)
        names = list(self.rows.terms)
        if self.flow:
            columns = self.period_columns(periods[:1])
            return "\n".join(
                rate_line(columns, unit, names=names, period=periods[0], title=self.title) for unit in units[:12]
            )
        year, values = int(self.years[-1]), self.rows.terms[names[0]]
        mine = np.flatnonzero((self.rows.time == year) & np.isfinite(values))
        title = say("{title}, {year}", title=self.title, year=year) if self.panel.time else self.title
        if not mine.size:
            return say("{title}: no economy computed.", title=title)
        low, high = mine[np.argmin(values[mine])], mine[np.argmax(values[mine])]
        return say(
            "{title}, {formula}: from {low} ({first}) to {high} ({last}).",
            title=title,
            formula=label(names[0]),
            low=shown(float(values[low]), 3),
            high=shown(float(values[high]), 3),
            first=named(self.rows.unit[low]),
            last=named(self.rows.unit[high]),
        )
