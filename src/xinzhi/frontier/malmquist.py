"""Malmquist productivity index: technical change and efficiency change between two years.

d^s(t) = ln of the Farrell output score of year t's observation under the technology of year s
         (input orientation: minus ln of the Farrell input score)
EC = d^t-1(t-1) - d^t(t)
TC = 1/2 [d^t(t) - d^t-1(t)] + 1/2 [d^t(t-1) - d^t-1(t-1)]
ln M = TC + EC                                  M > 1 is progress in both orientations
returns="vrs": EC = pure efficiency change (EC under vrs) + scale efficiency change; M itself stays crs
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.frontier.engine import Orientation, Returns, Technology
from xinzhi.frontier.goods import Goods, read_goods
from xinzhi.frontier.technology import (
    TechnologyRule,
    filled_references,
    reference_rows,
    score_memory,
    scores,
)
from xinzhi.language import Text, named, say
from xinzhi.method import Method, Quantity, Result, Rows, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import period_warnings
from xinzhi.method.status import gap_warnings, step_status
from xinzhi.method.table import shown
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Ints, Texts

Side = Literal["own_before", "own_end", "base_on_end", "end_on_base"]
SIDES: dict[Side, tuple[int, int]] = {
    "own_before": (0, 0),
    "own_end": (1, 1),
    "base_on_end": (0, 1),
    "end_on_base": (1, 0),
}
"""Each distance of a step: year of the technology and of the observation, 0 the year before, 1 the end."""


@register("malmquist")
class Malmquist(Method):
    """Measure productivity change against a frontier and split it into technical and efficiency change.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; a growth index is refused.
    orientation : "input" or "output"
        Under constant returns both give the same index.
    returns : "crs" or "vrs"
        ``vrs`` splits efficiency change into pure and scale efficiency change; the index itself stays under
        constant returns (Färe, Grosskopf, Norris and Zhang).
    technology : "contemporaneous", "sequential" or Sequential
        The reference units of the year, or of all years up to it.
    reference : tuple of str or None
        Units that span the technology; all by default. All units are evaluated.
    window : (first, last) or None
        Only steps inside are computed; a sequential technology still begins where it is told to.

    Notes
    -----
    A mixed-period programme may have no solution; such rows have the status of the programme, and the cells
    are counted and named in ``diagnostics``. The index measures changes against best practice in the data:
    with few units, or units outside the reference set, scores above the frontier are possible.

    References
    ----------
    Färe, R., Grosskopf, S., Norris, M. and Zhang, Z. (1994). American Economic Review 84(1), 66-83.
    Shestalova, V. (2003). Journal of Productivity Analysis 19, 211-226. doi:10.1023/A:1022857501478

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"j": list("AABB"), "t": [0, 1] * 2, "x": [10.0, 12, 28, 26], "y": [5.0, 6, 7, 8]})
    >>> result = Malmquist(inputs=["x"], outputs=["y"], orientation="input").fit(xz.Panel(frame, unit="j", time="t"))
    >>> [round(float(m), 6) for m in result.indices()["malmquist"]]
    [1.0, 1.230769]
    """

    inputs: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    orientation: Orientation = "output"
    returns: Literal["crs", "vrs"] = "crs"
    technology: TechnologyRule = "contemporaneous"
    reference: tuple[str, ...] | None = None
    window: tuple[int, int] | None = None
    column_fields = ("inputs", "outputs")

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the largest chunk of programmes."""
        chunk = score_memory(panel, every_year=self.technology != "contemporaneous")
        return super().memory(panel, workers=workers) + workers * chunk

    def compute(self, panel: Panel, run: Run) -> "MalmquistResult":
        """Return the index and its parts by step."""
        if self.window is not None:
            panel.require_window(self.window, where="Malmquist.window")
        goods = read_goods(self.inputs, self.outputs, panel, run, where="Malmquist")
        technologies = reference_rows(goods, panel, self.reference, self.technology, where="Malmquist")
        steps = panel.steps(self.window)
        words, why = data_status(panel, steps, goods)
        if not (words == "ok").any():
            none = say("no step has all inputs and outputs; first: {reason}", reason=why[0])
            raise DataError("XZ-206", none, where=panel.source)
        found = step_distances(
            goods, steps, technologies, panel.when, run=run, returns="crs", orientation=self.orientation
        )
        distances = {str(side): found.log[side] for side in SIDES}
        checks = [found]
        if self.returns == "vrs":
            own = step_distances(
                goods,
                steps,
                technologies,
                panel.when,
                run=run,
                returns="vrs",
                orientation=self.orientation,
                sides=("own_before", "own_end"),
            )
            distances |= {f"{side}_vrs": values for side, values in own.log.items()}
            checks.append(own)
        terms = malmquist_terms(distances)
        status, reason = row_status(panel, steps, goods, checks)
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        parts = np.column_stack((terms["technical_change"], terms["efficiency_change"]))
        gap = check_adding_up(terms["malmquist"], parts, rows, identity="ln M = TC + EC")
        infeasible = infeasible_cells(panel, steps, checks)
        years = {int(t) for t in panel.when[steps.end]} | {int(t) for t in panel.when[steps.before[steps.before >= 0]]}
        filled = filled_references(goods, panel, {year: technologies[year] for year in sorted(years)})
        return MalmquistResult(
            method=self,
            panel=panel,
            rows=rows,
            steps=steps,
            distances=distances,
            goods=goods,
            technologies=technologies,
            warnings=(
                *_infeasible_warning(infeasible),
                *filled,
                *gap_warnings(panel, steps),
                *period_warnings(goods.within_period),
            ),
            diagnostics={
                "infeasible": len(infeasible),
                "infeasible_cells": infeasible,
                "largest_gap": gap,
                "reference_rows": {str(year): int(technologies[year].size) for year in sorted(years)},
            },
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class MalmquistResult(Result):
    """Index and components by unit and step, log points.

    ``distances``: name to (m,) logs of output-type Farrell scores, NaN where a programme has no solution;
    ``own_before``, ``own_end``, ``base_on_end`` (technology of t-1, observation of t), ``end_on_base``
    (technology of t, observation of t-1), with ``own_before_vrs`` and ``own_end_vrs`` under vrs.
    ``technologies``: year to rows of the panel that span its technology.
    """

    steps: Steps
    distances: Mapping[str, Floats]
    goods: Goods
    technologies: Mapping[int, Ints]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Malmquist productivity change and its parts")

    def indices(self) -> Any:
        """Return :meth:`tidy` with indices (1 is no change) in the place of log points."""
        columns = self.columns()
        return self.panel.restore(columns | {name: np.exp(values) for name, values in self.rows.terms.items()})

    def summary(self, view: Any = None) -> str:  # noqa: ARG002
        """Return the number of steps and the means over them."""
        good = self.rows.status == "ok"
        if not good.any():
            return say("{title}: none of {count} steps could be computed.", title=self.title, count=good.size)
        means = {name: 100 * float(values[good].mean()) for name, values in self.rows.terms.items()}
        lines = [
            say(
                "{computed} of {count} steps computed. Unweighted mean change per step: productivity {productivity} %, "
                "of which technical change {technical} and efficiency change {efficiency}.",
                computed=int(good.sum()),
                count=good.size,
                productivity=shown(means["malmquist"], 2),
                technical=shown(means["technical_change"], 2),
                efficiency=shown(means["efficiency_change"], 2),
            )
        ]
        if self.diagnostics["infeasible"]:
            lines.append(say("{count} programmes have no solution.", count=self.diagnostics["infeasible"]))
        return "\n".join(lines)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class StepDistances:
    """Log output-type distances of m steps: ``log`` and ``status`` by side, (m,) each."""

    log: dict[Side, Floats]
    status: dict[Side, Texts] = field(default_factory=dict)


def malmquist_terms(distances: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the logs of the index and of its parts from the distances of a step, (m,) each."""
    d = distances
    technical = 0.5 * (d["own_end"] - d["base_on_end"]) + 0.5 * (d["end_on_base"] - d["own_before"])
    efficiency = d["own_before"] - d["own_end"]
    terms = {"malmquist": technical + efficiency, "technical_change": technical, "efficiency_change": efficiency}
    if "own_before_vrs" in d:
        terms["pure_efficiency_change"] = d["own_before_vrs"] - d["own_end_vrs"]
        terms["scale_efficiency_change"] = efficiency - terms["pure_efficiency_change"]
    return terms


def step_distances(
    goods: Goods,
    steps: Steps,
    technologies: Mapping[int, Ints],
    when: Ints,
    *,
    run: Run,
    returns: Returns,
    orientation: Orientation,
    sides: Sequence[Side] = tuple(SIDES),
) -> StepDistances:
    """Return the distances of each step; every pair of technology and observation is solved once.

    Parameters
    ----------
    when : (n,)
        Year of each row of the panel.
    sides : sequence of names
        Which of the four distances are wanted.
    """
    whole = np.flatnonzero(steps.before >= 0)
    whole = whole[goods.usable[steps.before[whole]] & goods.usable[steps.end[whole]]]
    ends = np.column_stack((steps.before, steps.end))[whole]
    pairs = {side: (when[ends[:, SIDES[side][0]]], ends[:, SIDES[side][1]]) for side in sides}
    jobs: dict[int, Ints] = {}
    for year in sorted({int(t) for years, _ in pairs.values() for t in years}):
        jobs[year] = np.unique(np.concatenate([rows[years == year] for years, rows in pairs.values()]))
    answers = scores(
        run,
        [
            (
                Technology.of(goods.x[technologies[year]], goods.y[technologies[year]], returns),
                goods.x[rows],
                goods.y[rows],
            )
            for year, rows in jobs.items()
        ],
        orientation=orientation,
        label=say("distances"),
    )
    sign = 1.0 if orientation == "output" else -1.0
    out = StepDistances({}, {})
    for side, (years, rows) in pairs.items():
        log, status = np.full(steps.end.size, np.nan), np.full(steps.end.size, "", dtype=object)
        for (year, known), answer in zip(jobs.items(), answers, strict=True):
            mine = np.flatnonzero(years == year)
            place = np.searchsorted(known, rows[mine])
            positive = answer.score[place] > 0
            log[whole[mine]] = sign * np.log(np.where(positive, answer.score[place], np.nan))
            status[whole[mine]] = np.where(
                (answer.status[place] == "ok") & ~positive, "unbounded", answer.status[place]
            )
        out.log[side], out.status[side] = log, status
    return out


def data_status(panel: Panel, steps: Steps, goods: Goods) -> tuple[Texts, Texts]:
    """Return status and reason of each step as its cells allow, (m,) each."""
    status, reason = step_status(panel, steps, goods.needs)
    before = np.where(steps.before >= 0, steps.before, steps.end)
    empty = (status == "ok") & ~(goods.usable[before] & goods.usable[steps.end])
    status[empty], reason[empty] = "not_identified", say("no positive input or no positive output")
    return status, reason


def row_status(panel: Panel, steps: Steps, goods: Goods, checks: Sequence[StepDistances]) -> tuple[Texts, Texts]:
    """Return status and reason of each step: cells first, then the programmes."""
    status, reason = data_status(panel, steps, goods)
    for check in checks:
        for side, words in check.status.items():
            for row in np.flatnonzero((status == "ok") & (words != "ok")):
                cell = _cell(panel, steps, int(row), side)
                status[row], reason[row] = words[row], say("no solution: {cell}", cell=cell)
                if words[row] == "not_identified":
                    year = int(panel.when[steps.end[row]]) - 1 + SIDES[side][0]
                    reason[row] = say("no reference unit for the technology of {year}", year=year)
    return status, reason


def infeasible_cells(panel: Panel, steps: Steps, checks: Sequence[StepDistances]) -> list[Text]:
    """Return the programmes without a solution, in words."""
    return [
        say(
            "{unit}: {cell}",
            unit=named(panel.units[panel.code[steps.end[row]]]),
            cell=_cell(panel, steps, int(row), side),
        )
        for check in checks
        for side, words in check.status.items()
        for row in np.flatnonzero((words == "infeasible") | (words == "unbounded"))
    ]


def _cell(panel: Panel, steps: Steps, row: int, side: Side) -> Text:
    end = int(panel.when[steps.end[row]])
    technology, observation = SIDES[side]
    return say(
        "observation of {observed} under the technology of {spanned}",
        observed=end - 1 + observation,
        spanned=end - 1 + technology,
    )


def _infeasible_warning(cells: list[Text]) -> list[Text]:
    warning = say("XZ-402 {count} programmes have no solution: {cells}.", count=len(cells), cells=listed(cells))
    return [warning] if cells else []
