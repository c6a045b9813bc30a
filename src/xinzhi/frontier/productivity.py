"""What productivity indices share: distances of a step's observations under the technologies of its years.

d^s(o): distance of observation o under technology s, 0 the year before, 1 the end

two technologies   index = 1/2 [d^0(0) - d^0(1)] + 1/2 [d^1(0) - d^1(1)]
one technology C   index = d^C(0) - d^C(1)              C of all years, of the two years, of a base year
EC = d^0(0) - d^1(1),  TC = index - EC                  under one technology d^0 and d^1 are those of the year alone
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.frontier.disposability import Disposability, caveat
from xinzhi.frontier.distances import (
    ADJACENT,
    COMMON,
    OWN,
    Measure,
    Side,
    StepDistances,
    data_status,
    distances_of,
    infeasible_cells,
    infeasible_warning,
    row_status,
)
from xinzhi.frontier.engine import Returns
from xinzhi.frontier.goods import Goods, read_goods
from xinzhi.frontier.technology import (
    Biennial,
    FixedBase,
    Global,
    TechnologyRule,
    Window,
    filled_references,
    reference_rows,
    rule_of,
    score_memory,
)
from xinzhi.language import Text, say
from xinzhi.method import Field, Method, Quantity, Result, Rows, Table, View
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import period_warnings
from xinzhi.method.status import gap_warnings
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Ints

IndexReturns = Literal["crs", "vrs", "drs", "irs"]
SplitReturns = Literal["vrs", "drs", "irs"]


class ProductivityIndex(Method):
    """What the indices have in common; see :class:`~xinzhi.frontier.malmquist.Malmquist` for the fields."""

    inputs: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    returns: IndexReturns = "crs"
    decompose_returns: SplitReturns | None = None
    technology: TechnologyRule = "contemporaneous"
    reference: tuple[str, ...] | None = None
    window: tuple[int, int] | None = None
    column_fields: ClassVar[tuple[str, ...]] = ("inputs", "outputs")
    total: ClassVar[str]

    @model_validator(mode="after")
    def _index_exists(self) -> "ProductivityIndex":
        rule = rule_of(self.technology)
        if isinstance(rule, Window) and rule.scored == "all":
            raise ValueError(say("an index needs one technology a year: Window(scored='end')"))
        if self.decompose_returns is not None and self.returns != "crs":
            raise ValueError(say("decompose_returns splits scale from an index under constant returns: returns='crs'"))
        return self

    @property
    def one_technology(self) -> bool:
        """Return whether a step is measured by one technology, not by those of its two years."""
        return isinstance(rule_of(self.technology), Global | Biennial | FixedBase)

    @property
    def split(self) -> str:
        """Return the end of the names of the distances that split scale off, or nothing."""
        return "" if self.decompose_returns is None else f"_{self.decompose_returns}"

    def needed(self) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
        """Return the distances that the index needs, and those that the split by scale needs."""
        return (*OWN, *COMMON) if self.one_technology else ADJACENT, OWN

    def terms(self, distances: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the index and its parts."""
        return index_terms(distances, total=self.total, split=self.split)

    def sums(self) -> dict[str, tuple[str, ...]]:
        """Return the terms that are sums of others."""
        found: dict[str, tuple[str, ...]] = {self.total: ("technical_change", "efficiency_change")}
        if self.split:
            found["efficiency_change"] = ("pure_efficiency_change", "scale_efficiency_change")
        return found

    @abstractmethod
    def measure(self, goods: Goods, returns: Returns) -> Measure:
        """Return what measures distances under a technology of these returns to scale."""

    def remarks(self) -> dict[str, Any]:
        """Return what the diagnostics say about the settings."""
        return {}

    def result_type(self) -> "type[ProductivityResult]":
        """Return the class of the result."""
        return ProductivityResult

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the largest chunk of programmes."""
        chunk = score_memory(panel, every_year=self.technology != "contemporaneous")
        return super().memory(panel, workers=workers) + workers * chunk

    def compute(self, panel: Panel, run: Run) -> "ProductivityResult":
        """Return the index and its parts by step."""
        name, bad = type(self).__name__, getattr(self, "bad_outputs", ())
        if self.window is not None:
            panel.require_window(self.window, where=f"{name}.window")
        goods = read_goods(self.inputs, self.outputs, panel, run, where=name, bad_outputs=bad)
        technologies = reference_rows(goods, panel, self.reference, self.technology, where=name)
        own = technologies
        if self.one_technology:
            own = reference_rows(goods, panel, self.reference, of_the_year(self.technology), where=name)
        steps = panel.steps(self.window)
        words, why = data_status(panel, steps, goods)
        if not (words == "ok").any():
            none = say("no step has all inputs and outputs; first: {reason}", reason=why[0])
            raise DataError("XZ-206", none, where=panel.source)
        checks, distances = list[StepDistances](), dict[str, Floats]()
        for returns, sides, end in self._asked():
            measure = partial(self.measure(goods, returns), run)
            for spans, apart in ((own, False), (technologies, True)):
                mine = [side for side in sides if (side in COMMON) == apart]
                checks.append(distances_of(goods, steps, spans, panel.when, sides=mine, measure=measure))
                distances |= {f"{side}{end}": values for side, values in checks[-1].log.items()}
        terms = self.terms(distances)
        status, reason = row_status(panel, steps, goods, checks)
        terms[self.total][status != "ok"] = np.nan
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        infeasible = infeasible_cells(panel, steps, checks)
        years = {int(t) for t in panel.when[steps.end]} | {int(t) for t in panel.when[steps.before[steps.before >= 0]]}
        filled = {year: np.union1d(technologies[year], own[year]) for year in sorted(years)}
        return self.result_type()(
            method=self,
            panel=panel,
            rows=rows,
            steps=steps,
            distances=distances,
            goods=goods,
            technologies=technologies,
            log=goods.log,
            warnings=(
                *filled_warnings(goods.log),
                *infeasible_warning(infeasible),
                *filled_references(goods, panel, filled),
                *gap_warnings(panel, steps),
                *period_warnings(goods.within_period),
            ),
            diagnostics={
                "infeasible": len(infeasible),
                "infeasible_cells": infeasible,
                "largest_gap": self._largest_gap(rows),
                "reference_rows": {str(year): int(technologies[year].size) for year in sorted(years)},
                **self.remarks(),
            },
        )

    def _asked(self) -> list[tuple[IndexReturns, tuple[Side, ...], str]]:
        """Return returns to scale, sides and end of the names of the distances that are wanted."""
        index, split = self.needed()
        found: list[tuple[IndexReturns, tuple[Side, ...], str]] = [(self.returns, index, "")]
        return found if self.decompose_returns is None else [*found, (self.decompose_returns, split, self.split)]

    def _largest_gap(self, rows: Rows) -> float:
        """Return the largest gap of an identity; an error if one is too large."""
        return max(
            check_adding_up(
                rows.terms[total],
                np.column_stack([rows.terms[part] for part in parts]),
                rows,
                identity=f"{total} = {' + '.join(parts)}",
            )
            for total, parts in self.sums().items()
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class ProductivityResult(Result):
    """An index and its parts by unit and step, log points.

    ``distances``: name to (m,) distances, NaN where a programme has no solution; ``own_before``, ``own_end``,
    ``base_on_end`` (technology of t-1, observation of t), ``end_on_base`` (technology of t, observation of t-1),
    ``base_on_mixed``, ``end_on_mixed`` (inputs of t, outputs of t-1), ``common_before``, ``common_end`` (the one
    technology of the step), as far as the index needs them; with ``_vrs`` (``_drs``, ``_irs``) those of the
    technology that splits scale off. ``technologies``: year to rows of the panel that span its technology.
    """

    steps: Steps
    distances: Mapping[str, Floats]
    goods: Goods
    technologies: Mapping[int, Ints]

    def indices(self) -> Any:
        """Return :meth:`tidy` with indices (1 is no change) in the place of log points."""
        columns = self.columns()
        return self.panel.restore(columns | {name: np.exp(values) for name, values in self.rows.terms.items()})

    @property
    def unit_of_rates(self) -> Text:
        """Return the unit of measurement of 100 times a term."""
        return say("per cent a year")

    def tables(self, view: View | None = None) -> list[Table]:
        """Return mean rates by unit, and means by period."""
        return [*super().tables(view), self.by_period(), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the index and its parts, cumulated."""
        from xinzhi.frontier.figures import paths

        return paths(self, view, terms=self.drawn, start=self.start)

    @property
    def drawn(self) -> tuple[str, ...]:
        """Return the terms of the chart: the index and the parts that add up to it."""
        total, *_ = self.rows.terms
        assert isinstance(self.method, ProductivityIndex)
        return (total, *self.method.sums()[total])

    @property
    def start(self) -> float:
        """Return the value of the first year in the chart: 1 for an index."""
        return 1.0

    def by_period(self) -> Table:
        """Return how many steps end in each period, how many of them have no solution, and the means of the terms."""
        names, rows = list(self.rows.terms), []
        values = np.column_stack([self.rows.terms[name] for name in names])
        for year in np.unique(self.rows.time):
            mine = self.rows.time == year
            good, words = mine & (self.rows.status == "ok"), self.rows.status[mine]
            without = int(np.isin(words.astype(str), ("infeasible", "unbounded")).sum())
            means = 100.0 * values[good].mean(axis=0) if good.any() else [None] * len(names)
            cells = [None if mean is None else float(mean) for mean in means]
            rows.append((int(year), int(mine.sum()), int(good.sum()), without, *cells))
        heads = (
            Field("time", label("time"), 0),
            Field("steps", say("Steps"), 0),
            Field("computed", say("Computed"), 0),
            Field("without_solution", say("Without solution"), 0),
            *(Field(name, label(name)) for name in names),
        )
        note = say("Unweighted means, times 100, over the computed steps that end in the year.")
        title = say("{title}, by period", title=self.title)
        return Table("by_period", title, heads, tuple(rows), self.unit_of_rates, (note,))

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the number of steps and the means over them."""
        good = self.rows.status == "ok"
        if not good.any():
            return say("{title}: none of {count} steps could be computed.", title=self.title, count=good.size)
        means = {name: shown(100 * float(values[good].mean()), 2) for name, values in self.rows.terms.items()}
        lines = [self.means_words(means, int(good.sum()))]
        if self.diagnostics["infeasible"]:
            lines.append(say("{count} programmes have no solution.", count=self.diagnostics["infeasible"]))
        return "\n".join(lines)

    def means_words(self, means: Mapping[str, str], computed: int) -> Text:
        """Return the means of the terms in words."""
        total, *_ = self.rows.terms
        if "efficiency_change" in means:
            return say(
                "{computed} of {count} steps computed. Unweighted mean change per step: productivity {productivity} %, "
                "of which technical change {technical} and efficiency change {efficiency}.",
                computed=computed,
                count=self.rows.status.size,
                productivity=means[total],
                technical=means["technical_change"],
                efficiency=means["efficiency_change"],
            )
        return say(
            "{computed} of {count} steps computed. Unweighted mean change per step: productivity {productivity} %, "
            "of which technical change {technical}, pure efficiency change {efficiency} and scale change {scale}.",
            computed=computed,
            count=self.rows.status.size,
            productivity=means[total],
            technical=means["technical_change"],
            efficiency=means["pure_efficiency_change"],
            scale=means["scale_change"],
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def index_change(distances: Mapping[str, Floats], suffix: str = "") -> tuple[Floats, Floats, Floats]:
    """Return the index, technical change and efficiency change from the distances of a step, (m,) each."""
    own_before, own_end = (distances[f"{side}{suffix}"] for side in OWN)
    efficiency = own_before - own_end
    if f"common_end{suffix}" in distances:
        total = distances[f"common_before{suffix}"] - distances[f"common_end{suffix}"]
        return total, total - efficiency, efficiency
    base_on_end, end_on_base = (distances[f"{side}{suffix}"] for side in ("base_on_end", "end_on_base"))
    technical = 0.5 * (own_end - base_on_end) + 0.5 * (end_on_base - own_before)
    return technical + efficiency, technical, efficiency


def index_terms(distances: Mapping[str, Floats], *, total: str, split: str = "") -> dict[str, Floats]:
    """Return an index and its parts, scale being part of efficiency change (Färe, Grosskopf, Norris and Zhang).

    Parameters
    ----------
    total : str
        Name of the index.
    split : str
        End of the names of the distances under the returns that split scale off, such as ``_vrs``.
    """
    index, technical, efficiency = index_change(distances)
    terms = {total: index, "technical_change": technical, "efficiency_change": efficiency}
    if split:
        terms["pure_efficiency_change"] = distances[f"own_before{split}"] - distances[f"own_end{split}"]
        terms["scale_efficiency_change"] = efficiency - terms["pure_efficiency_change"]
    return terms


def caveats(returns: Sequence[Returns | None], disposability: Disposability | None) -> dict[str, Text]:
    """Return as ``disposability`` what is wrong with a technology with bad outputs under some of the returns."""
    found = [caveat(each, disposability) for each in returns if each is not None]
    words = [text for text in found if text is not None]
    return {"disposability": words[0]} if words else {}


def of_the_year(technology: TechnologyRule) -> TechnologyRule:
    """Return the technologies of single years, filled rows treated as a rule treats them."""
    rule = rule_of(technology)
    return "contemporaneous" if rule is None else Window(width=1, observed_only=rule.observed_only)
