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
from xinzhi.frontier.technology import Goods, filled_references, read_goods, reference_rows, scores
from xinzhi.method import Field, Method, Quantity, Result, Rows, Table, View, register
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

EFFICIENT = 1e-9
"""Observations whose score is this close to 1 count as efficient."""

_REASONS = {
    "infeasible": "outside what the reference set can reach",
    "unbounded": "the reference set makes output without input",
    "not_identified": "no positive input, no positive output or no reference unit",
    "numerical": "no certified solution",
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

    def compute(self, panel: Panel, run: Run) -> "DEAResult":
        """Return one score per row of the panel."""
        goods = read_goods(self.inputs, self.outputs, panel, run, where="DEA")
        technologies = reference_rows(goods, panel, self.reference, "contemporaneous", where="DEA")
        rows = {year: np.flatnonzero(goods.usable & (panel.when == year)) for year in technologies}
        jobs = [
            (Technology(goods.x[span], goods.y[span], self.returns), goods.x[rows[year]], goods.y[rows[year]])
            for year, span in technologies.items()
        ]
        answers = dict(zip(technologies, scores(run, jobs, orientation=self.orientation, label="scores"), strict=True))
        score = np.full(len(panel), np.nan)
        status, reason = cell_status(goods)
        for year, answer in answers.items():
            score[rows[year]] = answer.score
            status[rows[year]] = answer.status
            reason[rows[year]] = [_REASONS.get(word, "") for word in answer.status]
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
        names = {"crs": "constant", "vrs": "variable", "drs": "decreasing", "irs": "increasing"}
        return f"Farrell {self.settings['orientation']} scores under {names[self.settings['returns']]} returns"

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
            Field("time", "Year", 0),
            Field("reference", "Reference units", 0),
            Field("scored", "Scored", 0),
            Field("efficient", "Efficient", 0),
            *(Field(key, key.capitalize(), 4) for key in ("mean", "minimum", "maximum")),
        )
        notes = (f"Efficient: the score differs from 1 by at most {EFFICIENT:g}.",)
        return Table("by_period", f"{self.title}, by period", fields, tuple(rows), notes=notes)

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how many observations are scored and efficient, and the mean."""
        good = int((self.rows.status == "ok").sum())
        if not good:
            return f"{self.title}: none of {len(self.panel)} observations could be scored."
        efficient, mean = self.diagnostics["efficient"], self.diagnostics["mean"]
        return f"{self.title}: {good} of {len(self.panel)} observations scored, {efficient} efficient, mean {mean:.4f}."


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
            status[row], reason[row] = "missing_data", f"{', '.join(absent) or 'a level'} missing"
        elif negative:
            status[row], reason[row] = "non_positive", f"{', '.join(negative)} negative"
        else:
            status[row], reason[row] = "not_identified", "no positive input or no positive output"
    return status, reason
