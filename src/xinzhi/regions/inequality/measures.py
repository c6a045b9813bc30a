"""Measures of inequality by year; population divisors, natural logarithms, weights p_i that add up to one.

gini      SUM_i SUM_j p_i p_j |y_i - y_j| / (2 mean)
theil     SUM p_i (y_i / mean) ln(y_i / mean)
mld       SUM p_i ln(mean / y_i)
atkinson  1 - [SUM p_i y_i^(1 - e)]^(1 / (1 - e)) / mean        e = 1: 1 - exp(SUM p_i ln y_i) / mean
cv        [SUM p_i (y_i - mean)^2]^(1/2) / mean
sd_logs   [SUM p_i (ln y_i - mean of ln y)^2]^(1/2)
hoover    SUM p_i |y_i - mean| / (2 mean)
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.language import Text, enumerated, say, sentences
from xinzhi.method import Field, Filled, Method, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats
from xinzhi.regions.inequality.cells import Needs, NonPositive, read_cells, require_positive_mean
from xinzhi.regions.inequality.intervals import Resampled
from xinzhi.regions.inequality.yearly import YearlyResult, bounds_by_year

Measure = Literal["gini", "theil", "mld", "atkinson", "cv", "sd_logs", "hoover"]
NAMES: dict[str, Text] = {
    "gini": say("Gini coefficient"),
    "theil": say("Theil index T"),
    "mld": say("Mean log deviation"),
    "atkinson": say("Atkinson index"),
    "cv": say("Coefficient of variation"),
    "sd_logs": say("Standard deviation of logs"),
    "hoover": say("Hoover index"),
}
SUMS = ("gini", "theil", "mld", "hoover")
"""Measures that are sums over units; each unit has its part."""


@register("inequality")
class Inequality(Method):
    """Measure inequality between units by year.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    measures : tuple of measures
        ``gini``, ``theil``, ``mld``, ``atkinson``, ``cv``, ``sd_logs``, ``hoover``.
    weight : str or None
        Column of population, by which units are weighted; units count alike by default.
    epsilon : float
        Aversion to inequality of the Atkinson index.
    non_positive : "refuse" or "leave_out"
        Whether values that a measure cannot take are an error, or are left out with their status, of all measures.
    intervals : Resampled or None
        Intervals by resampling the units of each year.

    Notes
    -----
    Divisors are those of a population, without n / (n - 1); logarithms are natural. Zeros are admitted by the Gini,
    Theil, Hoover and Atkinson indices, the last with an aversion below one, and by the coefficient of variation;
    negative values by none. A row holds the value relative to the mean of its year, and the part of the unit in the
    measures that are sums over units: for the Gini coefficient its mean distance from the others, for the Theil index
    and the mean log deviation its own term, which is negative below, or above, the mean. Without weights
    a province of three million counts as much as one of a hundred million. Intervals take the units of a year for a
    sample of independent draws; they say nothing about the change between two years, whose units are the same. They
    cover less than their level in small samples: of 10 and of 30 log-normal units those of 95 per cent held the true
    Gini coefficient in 83 and 86 of 100 simulated samples by the bootstrap, in 91 by the jackknife, and the true Theil
    index in 72 and 84, and 83 and 87.

    References
    ----------
    Cowell, F. A. (2011). Measuring Inequality, third edition. Oxford University Press
    Atkinson, A. B. (1970). Journal of Economic Theory 2(3), 244-263. doi:10.1016/0022-0531(70)90039-6
    Davidson, R. (2009). Journal of Econometrics 150(1), 30-40. doi:10.1016/j.jeconom.2008.11.004
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall, ISBN 978-0412042317

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"unit": ["A", "B", "C"], "income": [1.0, 2.0, 3.0]}), unit="unit")
    >>> result = Inequality(of="income", measures=["gini", "theil"]).fit(panel)
    >>> {name: round(column[0], 4) for name, column in result.by_year().items() if name in ("gini", "theil")}
    {'gini': 0.2222, 'theil': 0.0872}
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of", "weight")
    of: str | Filled | Term
    measures: tuple[Measure, ...] = Setting(default=("gini", "theil", "mld", "atkinson", "cv"), min_length=1)
    weight: str | None = None
    epsilon: float = Setting(default=1.0, gt=0)
    non_positive: NonPositive = "refuse"
    intervals: Resampled | None = None

    @model_validator(mode="after")
    def _each_once(self) -> "Inequality":
        if len(set(self.measures)) < len(self.measures):
            raise ValueError(say("measures: each one once"))
        return self

    def needs(self) -> Needs:
        """Return whether the measures need positive values, and which of them do."""
        odd = [m for m in self.measures if m in ("mld", "sd_logs") or (m == "atkinson" and self.epsilon >= 1)]
        return Needs(bool(odd), self.non_positive, enumerated([NAMES[name] for name in odd]))

    def compute(self, panel: Panel, run: Run) -> "InequalityResult":
        """Return the measures by year, and the relative position and the parts of each unit."""
        needs = self.needs()
        cells = read_cells(self.of, panel, run, needs, weight=self.weight)
        zeros = (cells.status == "non_positive") & (cells.values == 0) & (cells.weights > 0)
        values, weights, _ = cells.by_year()
        require_positive_mean(values, panel, cells.name)
        found = [MeasuresOf.of(y, self.measures, self.epsilon) for y in values]
        statistics = np.array([one(w[None])[0] for one, w in zip(found, weights, strict=True)])
        parts = [unit_parts(y, w, self.measures) for y, w in zip(values, weights, strict=True)]
        return InequalityResult(
            method=self,
            panel=panel,
            rows=cells.table(panel, {name: [part[name] for part in parts] for name in parts[0]}),
            flow=False,
            warnings=filled_warnings(cells.log),
            diagnostics={"years": int(cells.years.size)},
            log=cells.log,
            of=cells.name,
            years=cells.years,
            units=np.array([rows.size for rows in cells.rows]),
            statistics=dict(zip(self.measures, statistics.T, strict=True)),
            called=NAMES,
            bounds=bounds_by_year(found, cells, self.intervals, run),
            without_zeros=needs.by if zeros.any() else "",
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class InequalityResult(YearlyResult):
    """Measures by year; rows hold relative positions and parts of units.

    ``without_zeros``: the measures that cannot take zeros, if some are left out, else empty.
    """

    without_zeros: str

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Inequality of {name}", name=self.of)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the measures by year, their intervals, the parts of units, and what policies filled."""
        fields = [Field("units", say("Units"), 0), *(Field(name, self.called[name], 4) for name in self.statistics)]
        cells = {"units": self.units, **self.statistics}
        notes = self._left_out()
        if "atkinson" in self.statistics:
            notes += [say("Atkinson index: aversion {epsilon:g}.", epsilon=self.settings["epsilon"])]
        measures = self.year_table("measures", self.title, fields, cells, view, notes=notes)
        parts = self.listing(say("Positions and parts of units, {name}", name=self.of), view)
        return [measures, *self.interval_tables(view), parts, *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the measures over the years."""
        return self.paths("inequality", self.title, list(self.statistics), view)

    def summary(self, view: View | None = None) -> str:
        """Return how each measure moved."""
        moved = [self.movement(name, view) for name in self.statistics]
        return sentences(super().summary(view), *moved, *self._left_out())

    def _left_out(self) -> list[Text]:
        """Return the sentence that zeros are left out, or nothing."""
        if not self.without_zeros:
            return []
        return [say("Zeros are left out of all measures: {names} cannot take them.", names=self.without_zeros)]


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class MeasuresOf:
    """Measures of a year as a function of the weights of its units.

    ``values``: (n,) sorted, relative to their unweighted mean; ``order``: (n,) where the sorted units stand.
    """

    values: Floats
    order: Any
    measures: tuple[str, ...]
    epsilon: float

    @classmethod
    def of(cls, values: Floats, measures: tuple[str, ...], epsilon: float) -> "MeasuresOf":
        """Return the function for (n,) values."""
        order = np.argsort(values, kind="stable")
        return cls(values[order] / values.mean(), order, measures, epsilon)

    def __call__(self, weights: Floats) -> Floats:
        """Return (b, k) measures of (b, n) weights."""
        w, y = weights[:, self.order], self.values
        w = w / w.sum(axis=1, keepdims=True)
        return np.column_stack([measured(name, y, w, self.epsilon) for name in self.measures])


def measured(name: str, y: Floats, w: Floats, epsilon: float) -> Floats:
    """Return a measure, (b,), of (n,) sorted values with a mean near one, for (b, n) weights that add up to one."""
    mean = w @ y
    if name == "gini":
        below = np.cumsum(w, axis=1)[:, :-1]
        return np.asarray((below * (1.0 - below)) @ np.diff(y) / mean)
    if name == "theil":
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(y > 0, y * np.log(y), 0.0)
        return np.maximum(w @ terms / mean - np.log(mean), 0.0)
    if name == "mld":
        return np.maximum(np.log(mean) - w @ np.log(y), 0.0)
    if name == "atkinson":
        power = 1.0 - epsilon
        even = np.exp(w @ np.log(y)) if power == 0 else (w @ y**power) ** (1.0 / power)
        return np.maximum(1.0 - even / mean, 0.0)
    if name == "hoover":
        return np.asarray((w * np.abs(y - mean[:, None])).sum(axis=1) / (2.0 * mean))
    far = np.log(y) if name == "sd_logs" else y - 1.0
    centre = w @ far
    spread = np.sqrt((w * (far - centre[:, None]) ** 2).sum(axis=1))
    return np.asarray(spread / mean if name == "cv" else spread)


def unit_parts(y: Floats, w: Floats, measures: tuple[str, ...]) -> dict[str, Floats]:
    """Return the relative position of units, (n,), and their parts in the measures that are sums over units."""
    p = w / w.sum()
    z = y / (p @ y)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(z)
        found = {"relative": z}
        for name in measures:
            if name == "gini":
                found["gini_part"] = p * mean_distances(z, p) / 2.0
            elif name == "theil":
                found["theil_part"] = p * np.where(z > 0, z * logs, 0.0)
            elif name == "mld":
                found["mld_part"] = -p * logs
            elif name == "hoover":
                found["hoover_part"] = p * np.abs(z - 1.0) / 2.0
    return found


def mean_distances(y: Floats, p: Floats) -> Floats:
    """Return SUM_j p_j |y_i - y_j| of each unit, (n,), of (n,) values and weights, from one sort."""
    order = np.argsort(y, kind="stable")
    gaps, below = np.diff(y[order]), np.cumsum(p[order])
    left = np.concatenate([[0.0], np.cumsum(gaps * below[:-1])])
    right = np.concatenate([np.cumsum((gaps * (below[-1] - below[:-1]))[::-1])[::-1], [0.0]])
    out = np.empty_like(y)
    out[order] = left + right
    return out
