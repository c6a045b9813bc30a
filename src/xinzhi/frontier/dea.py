"""Radial data envelopment analysis: how far each observation is from the frontier of its period.

input   theta = min { t : (t x_o, y_o) in T }      <= 1 inside T
output  phi   = max { f : (x_o, f y_o) in T }      >= 1 inside T
T = { (x, y) : X'L <= x, Y'L >= y, L >= 0, and 1'L free (crs), = 1 (vrs), <= 1 (drs), >= 1 (irs) }
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.compute import Run
from xinzhi.frontier.engine import Orientation, RadialScores, Returns, Technology
from xinzhi.frontier.technology import (
    Goods,
    filled_references,
    read_goods,
    reference_rows,
    score_memory,
    scores,
)
from xinzhi.language import Text, again, enumerated, named, say
from xinzhi.method import Field, Method, Quantity, Result, Rows, Table, View, register
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

EFFICIENT = 1e-9
"""Observations whose score is this close to 1 count as efficient."""

_REASONS = {
    "infeasible": say("outside what the reference set can reach"),
    "unbounded": say("the reference set makes output without input"),
    "not_identified": say("no positive input, no positive output or no reference unit"),
    "numerical": say("no certified solution"),
}


@register("dea")
class DEA(Method):
    """Score each observation by its radial distance to the frontier of its period.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; zeros are admitted, a growth index is refused.
    orientation : "input" or "output"
        Farrell scores: by how much inputs could shrink (at most 1), or outputs grow (at least 1).
    returns : "crs", "vrs", "drs" or "irs"
        Returns to scale; "drs" is also called non-increasing, "irs" non-decreasing.
    reference : tuple of str or None
        Units that span the technology; all by default. All rows are evaluated, and those outside the
        technology score above 1 (input) or below 1 (output).

    Notes
    -----
    One technology per period. Scores say nothing about noise: an outlier moves the frontier of all others.
    With many goods and few units nearly everything is efficient.

    References
    ----------
    Charnes, A., Cooper, W. W. and Rhodes, E. (1978). European Journal of Operational Research 2(6), 429-444. doi:10.1016/0377-2217(78)90138-8
    Banker, R. D., Charnes, A. and Cooper, W. W. (1984). Management Science 30(9), 1078-1092. doi:10.1287/mnsc.30.9.1078

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"j": list("ABC"), "x": [1.0, 2, 4], "y": [1.0, 4, 4]}), unit="j")
    >>> DEA(inputs=["x"], outputs=["y"], orientation="input", returns="crs").fit(panel).term("score").tolist()
    [0.5, 1.0, 0.5]
    """  # noqa: E501

    inputs: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    orientation: Orientation = "output"
    returns: Returns = "vrs"
    reference: tuple[str, ...] | None = None
    column_fields = ("inputs", "outputs")

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the largest chunk of programmes."""
        chunk = score_memory(panel, every_year=False)
        return super().memory(panel, workers=workers) + workers * chunk

    def compute(self, panel: Panel, run: Run) -> "DEAResult":
        """Return one score per row of the panel."""
        goods = read_goods(self.inputs, self.outputs, panel, run, where="DEA")
        technologies = reference_rows(goods, panel, self.reference, "contemporaneous", where="DEA")
        rows = {year: np.flatnonzero(goods.usable & (panel.when == year)) for year in technologies}
        jobs = [
            (Technology.of(goods.x[span], goods.y[span], self.returns), goods.x[rows[year]], goods.y[rows[year]])
            for year, span in technologies.items()
        ]
        answers = dict(
            zip(technologies, scores(run, jobs, orientation=self.orientation, label=say("scores")), strict=True)
        )
        score = np.full(len(panel), np.nan)
        status, reason = cell_status(goods)
        for year, answer in answers.items():
            score[rows[year]] = answer.score
            status[rows[year]] = answer.status
            reason[rows[year]] = [again(_REASONS.get(word, "")) for word in answer.status]
        good = status == "ok"
        return DEAResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when, {"score": score}, status, reason),
            flow=False,
            warnings=tuple(filled_references(goods, panel, technologies)),
            diagnostics={
                "efficient": int((np.abs(score[good] - 1.0) <= EFFICIENT).sum()),
                "mean": float(score[good].mean()) if good.any() else None,
                "reference_rows": {str(year): int(span.size) for year, span in technologies.items()},
            },
            goods=goods,
            technologies=technologies,
            evaluated=rows,
            answers=answers,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class DEAResult(Result):
    """Farrell scores by observation.

    ``technologies``, ``evaluated``: period to rows of the panel that span its technology, and that were
    evaluated under it; ``answers``: period to the scores of the evaluated rows with multipliers and peers.
    """

    goods: Goods
    technologies: Mapping[int, Ints]
    evaluated: Mapping[int, Ints]
    answers: Mapping[int, RadialScores]

    @property
    def title(self) -> str:
        """Return the heading."""
        orientation = {"input": say("input"), "output": say("output")}[self.settings["orientation"]]
        returns = {
            "crs": say("constant returns"),
            "vrs": say("variable returns"),
            "drs": say("decreasing returns"),
            "irs": say("increasing returns"),
        }[self.settings["returns"]]
        return say("Farrell {orientation} scores under {returns}", orientation=orientation, returns=returns)

    def peers(self) -> Any:
        """Return the reference observations that each observation is compared with, and their intensities.

        Returns
        -------
        frame
            ``unit``, ``time``, ``peer``, ``intensity``; several rows per observation.
        """
        names, when = self.panel.unit_names, self.panel.when
        columns: dict[str, list[Any]] = {"unit": [], "time": [], "peer": [], "intensity": []}
        for year, answer in self.answers.items():
            for e, slot in zip(*np.nonzero(answer.peers >= 0), strict=True):
                row, peer = self.evaluated[year][e], self.technologies[year][answer.peers[e, slot]]
                cells = (names[row], int(when[row]), names[peer], float(answer.intensities[e, slot]))
                for column, cell in zip(columns.values(), cells, strict=True):
                    column.append(cell)
        return self.panel.restore(columns)

    def multipliers(self) -> Any:
        """Return the weights of the goods at each observation's optimum, in the user's units.

        Returns
        -------
        frame
            ``unit``, ``time``, one column per good, ``intercept``; missing where there is no score. Weights
            of efficient observations are not unique.
        """
        names = (*self.goods.input_names, *self.goods.output_names, "intercept")
        table = np.full((len(self.panel), len(names)), np.nan)
        for year, answer in self.answers.items():
            table[self.evaluated[year]] = np.column_stack((answer.v, answer.u, answer.w))
        columns: dict[str, Any] = {"unit": self.panel.unit_names, "time": self.panel.when}
        return self.panel.restore(columns | dict(zip(names, table.T, strict=True)))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the scores and their distribution by period."""
        return [self.listing(self.title, view), self.by_period()]

    def by_period(self) -> Table:
        """Return observations, efficient observations, mean and extremes by period."""
        rows = []
        for year in self.panel.times:
            mine = (self.panel.when == year) & (self.rows.status == "ok")
            score = self.rows.terms["score"][mine]
            efficient = int((np.abs(score - 1.0) <= EFFICIENT).sum())
            extremes = (float(score.mean()), float(score.min()), float(score.max())) if score.size else (None,) * 3
            rows.append((int(year), int(self.technologies[int(year)].size), int(score.size), efficient, *extremes))
        fields = (
            Field("time", label("time"), 0),
            Field("reference", say("Reference units"), 0),
            Field("scored", say("Scored"), 0),
            Field("efficient", say("Efficient"), 0),
            Field("mean", say("Mean"), 4),
            Field("minimum", say("Minimum"), 4),
            Field("maximum", say("Maximum"), 4),
        )
        notes = (say("Efficient: the score differs from 1 by at most {tolerance:g}.", tolerance=EFFICIENT),)
        return Table("by_period", say("{title}, by period", title=self.title), fields, tuple(rows), notes=notes)

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how many observations are scored and efficient, and the mean."""
        good = int((self.rows.status == "ok").sum())
        if not good:
            return say(
                "{title}: none of {count} observations could be scored.", title=self.title, count=len(self.panel)
            )
        return say(
            "{title}: {scored} of {count} observations scored, {efficient} efficient, mean {mean:.4f}.",
            title=self.title,
            scored=good,
            count=len(self.panel),
            efficient=self.diagnostics["efficient"],
            mean=self.diagnostics["mean"],
        )


def cell_status(goods: Goods) -> tuple[Texts, Texts]:
    """Return status and reason of each row of the panel from its cells alone, (n,) each."""
    names = list(goods.needs)
    cells = np.column_stack([goods.needs[name] for name in names])
    levels: Floats = np.hstack((goods.x, goods.y))
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
