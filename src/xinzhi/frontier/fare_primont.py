"""Färe-Primont productivity index: outputs and inputs weighed at one observation, so that all rows compare.

Y(y) = D_O(x*, y),  X(x) = D_I(x, y*)          Shephard distances under one technology of all reference units
prices: Y(y) = p'y, X(x) = w'x, with p and w the prices that support both distances at (x*, y*)
TFP  = Y / X;  TFP* of a year: the largest Y / X of its technology;  TFPE = TFP / TFP*
TFPE = OTE OME ROSE = OTE OSE RME = OTE OSME = ITE IME RISE = ITE ISE RME = ITE ISME
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.frontier.distances import data_status, infeasible_warning
from xinzhi.frontier.efficiencies import (
    Aggregates,
    Aggregator,
    Centre,
    Goods,
    Mix,
    Place,
    absent_terms,
    aggregated,
    check_parts,
    first_trouble,
    largest,
    mixed,
    one_mix,
    placed,
    productivity_summary,
    productivity_tables,
    productivity_terms,
    representative_prices,
)
from xinzhi.frontier.engine import Returns, Technology
from xinzhi.frontier.goods import Goods as PanelGoods
from xinzhi.frontier.goods import cell_status, read_goods
from xinzhi.frontier.technology import (
    TechnologyRule,
    Window,
    filled_references,
    pieces,
    reference_rows,
    rule_of,
    score_memory,
)
from xinzhi.language import Text, again, enumerated, named, say
from xinzhi.method import Field, Method, Quantity, Result, Rows, Table, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.filling import filled_warnings
from xinzhi.method.roles import period_warnings
from xinzhi.method.status import gap_warnings, status_word
from xinzhi.method.terms import label
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

LEVELS = {"technical_change": "maximum_tfp"}
"""Names of levels that differ from those of their changes."""

CHANGES = {"maximum_tfp": "technical_change", "output": "output_quantity", "input": "input_quantity"}
"""Names of changes that differ from those of their levels."""

INDEX = ("tfp", "output", "input")
"""Levels that need no technology of the year."""

NO_AGGREGATE = say("no solution: distances at the representative observation")
WORTHLESS = say("no good with a price at the representative observation")
"""Why a row has no productivity."""


@role("representative")
class Representative(Value):
    """The observation at which goods are weighed: the mean of all usable rows, or of those of a unit or a period.

    Parameters
    ----------
    unit : str or None
        Rows of this unit; of all by default.
    period : int or None
        Rows of this period; of all by default.
    """

    unit: str | None = None
    period: int | None = None


@register("fare_primont")
class FarePrimont(Method):
    """Compare productivity between all units and years, and split it into technology and efficiency.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; a growth index is refused.
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale of all technologies.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year, which gives its largest productivity and the
        efficiencies of its rows. Under "sequential" technical change is never negative; under "global", or of one
        base year, it is zero and all change is efficiency.
    reference : tuple of str or None
        Units that span the technology; all by default. All units are evaluated.
    representative : Representative
        The observation at which goods are weighed, under the technology of all reference rows of all years; its
        shadow prices are ``prices()`` of the result.
    aggregator : "prices" or "distances"
        "prices" adds goods up at the shadow prices of that observation, the linear programmes of O'Donnell and of the
        R package productivity; "distances" with the two distance functions themselves, which turn at the corners of
        the frontier.
    window : (first, last) or None
        Only steps inside are computed; levels always are.

    Notes
    -----
    Rows are changes between years; ``levels()`` has productivity and its parts by unit and year. The index is
    complete and transitive: steps add up to the change over any period, and levels compare units; their unit of
    measurement is that of the representative observation, so that only ratios of levels mean something. It depends
    on the representative observation, and on the rows in its mean: adding rows changes all. Where that observation
    lies at a corner of the frontier its prices are not unique, and a good whose price is zero there counts for
    nothing: ``diagnostics`` and the summary say so. A year in which some unit of the technology uses none of the
    priced inputs has no largest productivity. By distances the best mix of several outputs (inputs) is no linear
    programme: mix efficiency and residual scale efficiency are then absent, and their product, scale-mix efficiency,
    is there. Scores above the frontier are possible for units outside the reference set. Units
    invariant where prices are unique; a duplicate moves the mean of all rows and changes nothing where the
    representative observation is named by unit and period.

    References
    ----------
    Färe, R. and Primont, D. (1995). Multi-output Production and Duality. Kluwer. doi:10.1007/978-94-011-0651-1
    O'Donnell, C. J. (2012). American Journal of Agricultural Economics 94(4), 873-890. doi:10.1093/ajae/aas023
    O'Donnell, C. J. (2014). Journal of Productivity Analysis 41(2), 187-200.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"j": list("AABB"), "t": [0, 1] * 2, "x": [10.0, 12, 28, 26], "y": [5.0, 6, 7, 8]})
    >>> result = FarePrimont(inputs=["x"], outputs=["y"], returns="crs").fit(xz.Panel(frame, unit="j", time="t"))
    >>> [round(float(change), 6) for change in result.indices()["tfp"]]
    [1.0, 1.230769]
    >>> [round(float(level), 6) for level in result.levels(relative_to=("A", 0))["tfp"]]
    [1.0, 1.0, 0.5, 0.615385]
    """

    inputs: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    returns: Returns = "vrs"
    technology: TechnologyRule = "contemporaneous"
    reference: tuple[str, ...] | None = None
    representative: Representative = Representative()
    aggregator: Aggregator = "prices"
    window: tuple[int, int] | None = None
    column_fields = ("inputs", "outputs")

    @model_validator(mode="after")
    def _one_technology_a_year(self) -> "FarePrimont":
        rule = rule_of(self.technology)
        if isinstance(rule, Window) and rule.scored == "all":
            raise ValueError(say("an index needs one technology a year: Window(scored='end')"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the largest chunk of programmes."""
        every_year = self.technology != "contemporaneous" or self.aggregator == "distances"
        return super().memory(panel, workers=workers) + workers * score_memory(panel, every_year=every_year)

    def compute(self, panel: Panel, run: Run) -> "FarePrimontResult":
        """Return changes by step, and levels by row."""
        if self.window is not None:
            panel.require_window(self.window, where="FarePrimont.window")
        goods = read_goods(self.inputs, self.outputs, panel, run, where="FarePrimont")
        technologies = reference_rows(goods, panel, self.reference, self.technology, where="FarePrimont")
        steps = panel.steps(self.window)
        words, why = data_status(panel, steps, goods)
        if not (words == "ok").any():
            none = say("no step has all inputs and outputs; first: {reason}", reason=why[0])
            raise DataError("XZ-206", none, where=panel.source)
        chosen = self._representative(goods, panel)
        pooled = np.unique(np.concatenate(list(technologies.values())))
        technology = Technology.of(goods.x[pooled], goods.y[pooled], self.returns)
        centre = representative_prices(technology, (goods.x[chosen].mean(axis=0), goods.y[chosen].mean(axis=0)))
        levels = self._levels(goods, panel, technologies, (technology, centre), run)
        absent = absent_terms(self.aggregator, (goods.x.shape[1], goods.y.shape[1]))
        levels = replace(levels, terms={name: values for name, values in levels.terms.items() if name not in absent})
        terms, status, reason = step_changes(levels, steps, cells=(words, why))
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        spanned = {year: np.union1d(mine, pooled) for year, mine in technologies.items()}
        return FarePrimontResult(
            method=self,
            panel=panel,
            rows=rows,
            absent=absent,
            level=levels,
            goods=goods,
            centre=centre,
            log=goods.log,
            warnings=(
                *filled_warnings(goods.log),
                *infeasible_warning(levels.unsolved),
                *filled_references(goods, panel, spanned),
                *gap_warnings(panel, steps),
                *period_warnings(goods.within_period),
            ),
            diagnostics={
                "infeasible": len(levels.unsolved),
                "infeasible_cells": levels.unsolved,
                "unique_prices": centre.unique,
                "unpriced": [name for name, price in zip(goods.names, centre.prices, strict=True) if price == 0],
                "largest_gap": check_parts(rows),
                "reference_rows": {str(year): int(mine.size) for year, mine in technologies.items()},
            },
        )

    def _representative(self, goods: PanelGoods, panel: Panel) -> Ints:
        """Return the rows whose mean is the representative observation."""
        unit, period, where = self.representative.unit, self.representative.period, "FarePrimont.representative"
        mine = goods.usable.copy()
        if unit is not None:
            panel.require_units([unit], where=where)
            mine &= panel.unit_names == unit
        if period is not None:
            if period not in panel.times:
                expected = say("a year from {start} to {end}", start=panel.times[0], end=panel.times[-1])
                raise DataError("XZ-208", f"period={period}", where=where, expected=expected)
            mine &= panel.when == period
        if not mine.any():
            raise DataError("XZ-206", say("the representative observation has no usable row"), where=where)
        return np.flatnonzero(mine)

    def _levels(
        self,
        goods: PanelGoods,
        panel: Panel,
        technologies: Mapping[int, Ints],
        pooled: "tuple[Technology, Centre]",
        run: Run,
    ) -> "Levels":
        """Return the levels of all rows, tasks by year."""
        technology, centre = pooled
        aggregates = aggregated(technology, centre, goods=goods, aggregator=self.aggregator, run=run)
        tasks, places = [], []
        for year, reference in technologies.items():
            mine = np.flatnonzero(goods.usable & (panel.when == year))
            of = Technology.of(goods.x[reference], goods.y[reference], self.returns)
            for part in pieces(mine.size, reference.size):
                rows = mine[part]
                prices = aggregates.w[rows], aggregates.p[rows]
                tasks.append((of, (goods.x[rows], goods.y[rows]), prices))
                places.append(rows)
        found = run.map(efficiency_task, [(*task, self.aggregator) for task in tasks], label=say("scores"))
        parts = list(zip(places, found, strict=True))
        return levels_of(panel, goods, technologies=technologies, aggregates=aggregates, found=parts)


@dataclass(frozen=True, kw_only=True, repr=False)
class FarePrimontResult(Result):
    """Changes by unit and step, log points, and levels by unit and year.

    ``level``: by row of the panel; ``goods``: the goods; ``centre``: the representative observation and its prices.
    """

    level: "Levels"
    goods: PanelGoods
    centre: "Centre"

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Färe-Primont productivity change and its parts")

    def indices(self) -> Any:
        """Return :meth:`tidy` with indices (1 is no change) in the place of log points."""
        columns = self.columns()
        return self.panel.restore(columns | {name: np.exp(values) for name, values in self.rows.terms.items()})

    def levels(self, *, relative_to: tuple[str, int] | None = None) -> Any:
        """Return productivity and its parts by unit and year.

        Parameters
        ----------
        relative_to : (unit, time) or None
            Divide all levels by those of this row.

        Returns
        -------
        frame
            ``unit``, ``time``, ``tfp``, ``output``, ``input``, ``maximum_tfp``, efficiencies, ``status``, ``reason``.

        Raises
        ------
        DataError
            A unit or a year that is not in the data (XZ-212, XZ-208), or a row without levels (XZ-206).
        """
        return self.panel.restore(self._level_columns(relative_to))

    def prices(self) -> Any:
        """Return the representative observation: ``good``, ``quantity``, ``price``, the shadow prices of its goods."""
        names, quantity = np.array(self.goods.names, dtype=object), np.concatenate((self.centre.x, self.centre.y))
        return self.panel.restore({"good": names, "quantity": quantity, "price": self.centre.prices})

    def tables(self, view: View | None = None) -> list[Table]:
        """Return mean rates by unit, the sides of efficiency, and levels."""
        return [*productivity_tables(self, view), self.table_of_levels(view), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the index and its parts, cumulated."""
        from xinzhi.frontier.figures import paths

        return paths(self, view, terms=("tfp", "technical_change", "tfp_efficiency"))

    def table_of_levels(self, view: View | None = None) -> Table:
        """Return the levels of the chosen units."""
        units, _ = self.chosen(view)
        columns = self._level_columns(None)
        keep = np.flatnonzero(np.isin(columns["unit"].astype(str), units))
        cells = {key: column[keep].tolist() for key, column in columns.items()}
        cells["unit"], cells["status"] = map(named, cells["unit"]), map(status_word, cells["status"])
        fields = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            *(Field(name, label(name), 4) for name in self.level.terms),
            Field("status", label("status")),
        ]
        return Table.of("levels", say("Levels of productivity and efficiency"), fields, cells)

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the number of steps and the means over them."""
        lines = [productivity_summary(self)]
        unpriced = self.diagnostics["unpriced"]
        if unpriced:
            goods = enumerated([named(name) for name in unpriced])
            lines.append(say("Without a price at the representative observation: {goods}.", goods=goods))
        if not self.centre.unique:
            lines.append(say("The prices of the representative observation are not unique: others give other numbers."))
        return "\n".join(lines)

    def _level_columns(self, relative_to: tuple[str, int] | None) -> dict[str, Any]:
        terms = dict(self.level.terms)
        if relative_to is not None:
            row = self._base_row(*relative_to)
            terms = {name: values - values[row] for name, values in terms.items()}
        keys = {"unit": self.panel.unit_names, "time": self.panel.when}
        levels = {name: np.exp(values) for name, values in terms.items()}
        return keys | levels | {"status": self.level.status, "reason": self.level.reason}

    def _base_row(self, unit: str, time: int) -> int:
        self.panel.require_units([unit], where="levels")
        row = int(self.panel.locate([unit], [time])[0, 0])
        if row < 0:
            raise DataError("XZ-208", say("{unit} has no row in {time}", unit=named(unit), time=time), where="levels")
        if self.level.status[row] != "ok":
            raise DataError("XZ-206", again(self.level.reason[row]), where=f"levels {unit} {time}")
        return row


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Levels:
    """Logs of productivity and its parts by row of the panel.

    ``terms``: name to (n,); ``status``, ``reason``: (n,) text. Aggregates and productivity are there wherever they
    are known, the parts where ``status`` is ``ok``. ``unsolved``: the programmes without a solution, in words.
    """

    terms: dict[str, Floats]
    status: Texts
    reason: Texts
    unsolved: list[Text]


def efficiency_task(technology: Technology, points: Goods, prices: Goods, aggregator: Aggregator) -> tuple[Place, Mix]:
    """Return technical, scale and mix efficiencies of one chunk; prices of inputs and of outputs."""
    place = placed(technology, points)
    mix = (
        mixed(technology, points, place=place, prices=prices)
        if aggregator == "prices"
        else one_mix(points, place.status)
    )
    return place, mix


def levels_of(
    panel: Panel,
    goods: PanelGoods,
    *,
    technologies: Mapping[int, Ints],
    aggregates: Aggregates,
    found: Sequence[tuple[Ints, tuple[Place, Mix]]],
) -> Levels:
    """Return levels by row of the panel from aggregates and from the efficiencies of chunks of rows."""
    status, reason = cell_status(goods)
    n, unsolved = status.size, list[Text]()
    logs = {name: np.full(n, np.nan) for name in ("best", "ote", "ose", "ome", "ite", "ise", "ime")}
    logs |= {name: np.where(np.isfinite(values), values, np.nan) for name, values in _both(aggregates).items()}
    _judge(goods.usable & (aggregates.status != "ok"), aggregates.status, NO_AGGREGATE, status=status, reason=reason)
    worthless = goods.usable & ~np.isfinite(logs["output"] - logs["input"])
    _judge(worthless, np.full(n, "not_identified", dtype=object), WORTHLESS, status=status, reason=reason)
    for year, rows in technologies.items():
        best, word = largest(aggregates.output[None, rows], aggregates.input[None, rows])
        mine = goods.usable & (panel.when == year)
        logs["best"][mine] = best[0]
        lost = mine & (word[0] == "unbounded")
        words = say("no largest productivity: a unit under the technology of {year} uses no priced input", year=year)
        _judge(lost, np.full(n, word[0], dtype=object), words, status=status, reason=reason)
    for rows, (place, mix) in found:
        for name in ("ote", "ose", "ite", "ise"):
            logs[name][rows] = getattr(place, name)
        logs["ome"][rows], logs["ime"][rows] = mix.ome, mix.ime
        trouble = first_trouble(place.status, mix.status)
        for at in np.flatnonzero(trouble != "ok"):
            row, year = rows[at], int(panel.when[rows[at]])
            cell = say("observation of {observed} under the technology of {spanned}", observed=year, spanned=year)
            if trouble[at] in ("infeasible", "unbounded"):
                unsolved.append(say("{unit}: {cell}", unit=named(panel.units[panel.code[row]]), cell=cell))
            if status[row] == "ok":
                status[row], reason[row] = trouble[at], say("no solution: {cell}", cell=cell)
                if trouble[at] == "not_identified":
                    reason[row] = say("no reference unit for the technology of {year}", year=year)
    terms = productivity_terms(logs)
    ordered = {"tfp": terms["tfp"], "output": logs["output"], "input": logs["input"]}
    ordered |= {LEVELS.get(name, name): values for name, values in terms.items() if name != "tfp"}
    for name, values in ordered.items():
        if name not in INDEX:
            values[status != "ok"] = np.nan
    return Levels(ordered, status, reason, unsolved)


def step_changes(levels: Levels, steps: Steps, *, cells: tuple[Texts, Texts]) -> tuple[dict[str, Floats], Texts, Texts]:
    """Return changes of levels by step, their status and reason, (m,) each.

    Parameters
    ----------
    cells : pair of (m,)
        Status and reason as the cells of both rows allow.
    """
    status, reason = cells[0].copy(), cells[1].copy()
    whole = np.flatnonzero(status == "ok")
    before, end = steps.before[whole], steps.end[whole]
    for rows in (before, end):
        odd = np.flatnonzero((status[whole] == "ok") & (levels.status[rows] != "ok"))
        status[whole[odd]] = levels.status[rows[odd]]
        reason[whole[odd]] = [again(words) for words in levels.reason[rows[odd]]]
    changes = {}
    for name, values in levels.terms.items():
        changes[CHANGES.get(name, name)] = np.full(status.size, np.nan)
        changes[CHANGES.get(name, name)][whole] = values[end] - values[before]
    return changes, status, reason


def _both(aggregates: Aggregates) -> dict[str, Floats]:
    return {"output": aggregates.output, "input": aggregates.input}


def _judge(rows: Bools, words: Texts, why: Text, *, status: Texts, reason: Texts) -> None:
    """Give rows that are still ``ok`` a status and a reason, in place."""
    mine = rows & (status == "ok")
    status[mine], reason[mine] = words[mine], again(why)
