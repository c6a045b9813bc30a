"""Decomposition of the variance between units by components of a total.

share_k = cov(y_k, Y) / var(Y),     SUM_k share_k = 1     if the components add up to the total
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, enumerated, say, sentences
from xinzhi.method import Field, Filled, Method, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats
from xinzhi.regions.inequality.cells import Cells, mark, measured
from xinzhi.regions.inequality.intervals import Resampled
from xinzhi.regions.inequality.yearly import YearlyResult, bounds_by_year, places_for
from xinzhi.regions.reading import read_of, series_key, series_name

ROUNDING = 1e-12
"""What components that add up leave of their total, relative to the largest of them: rounding of terms read back."""
FLAT = 1e-12
"""Deviations, relative to the largest value, that are rounding of a constant."""
OWN = ("total", "residual")
"""Names that components cannot have."""


@register("variance_decomposition")
class VarianceDecomposition(Method):
    """Decompose the variance of a total between units into the contributions of its components, by year.

    Parameters
    ----------
    components : tuple of str, Filled or Term
        What the total is made of, in its unit of measurement; values of any sign.
    of : str, Filled, Term or None
        The total; the sum of the components by default. What they leave of it is a component of its own.
    weight : str or None
        Column of population, by which units are weighted; units count alike by default.
    intervals : Resampled or None
        Intervals by resampling the units of each year.

    Notes
    -----
    The contribution of a component is its covariance with the total over the variance of the total: the slope of the
    component on the total. It contains half of every covariance between components, so a component that varies
    little contributes much if it moves with the others, and contributions may be negative or above one. They say where
    differences stand in an account, not what causes them. Each row holds the part of a unit. For a product take
    logarithms first: terms of growth and of levels accounting are logarithms.

    References
    ----------
    Shorrocks, A. F. (1982). Econometrica 50(1), 193-211. doi:10.2307/1912537
    Klenow, P. J. and Rodríguez-Clare, A. (1997). NBER Macroeconomics Annual 12, 73-103. doi:10.1086/654324
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall, ISBN 978-0412042317

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"unit": list("ABC"), "wages": [1.0, 2.0, 3.0], "rents": [1.0, 1.0, 2.0]})
    >>> shares = VarianceDecomposition(components=["wages", "rents"]).fit(xz.Panel(frame, unit="unit")).by_year()
    >>> [round(shares[name][0], 4) for name in ("wages", "rents")]
    [0.6429, 0.3571]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("components", "of", "weight")
    components: tuple[str | Filled | Term, ...] = Setting(min_length=1)
    of: str | Filled | Term | None = None
    weight: str | None = None
    intervals: Resampled | None = None

    @model_validator(mode="after")
    def _each_once(self) -> "VarianceDecomposition":
        keys = [series_key(one) for one in self.components]
        if max(Counter(keys).values()) > 1:
            raise ValueError(say("components: each name once"))
        if any(key in OWN for key in keys):
            raise ValueError(say("components: not named {names}", names=enumerated(list(OWN))))
        if self.of is None and len(keys) == 1:
            raise ValueError(say("components: at least two, or a total"))
        return self

    def compute(self, panel: Panel, run: Run) -> "VarianceDecompositionResult":
        """Return the contributions by year and the parts of each unit."""
        read = {series_key(one): read_of(one, panel, run) for one in self.components}
        names = {key: name for key, (_, name, _) in read.items()}
        parts = np.column_stack([values for values, _, _ in read.values()])
        log = [cell for _, _, filled in read.values() for cell in filled]
        total = parts.sum(axis=1)
        if self.of is not None:
            total, _, filled = read_of(self.of, panel, run)
            log += filled
            parts, names = with_residual(parts, total, names)
        name = series_name(self.of) if self.of is not None else say("the sum of components")
        needed = {names[key]: parts[:, k] for k, key in enumerate(read)} | {name: total}
        cells = self._cells(panel, needed, (total, name), tuple(log))
        sizes = [np.abs(total[rows]).max() for rows in cells.rows]
        years = [
            VarianceOf(parts[rows] / size, total[rows] / size) for rows, size in zip(cells.rows, sizes, strict=True)
        ]
        weights = [cells.weights[rows] for rows in cells.rows]
        statistics = np.array([year(w[None])[0] for year, w in zip(years, weights, strict=True)])
        units = [year.parts(w) for year, w in zip(years, weights, strict=True)]
        terms = {key: [unit[:, k] for unit in units] for k, key in enumerate(names)}
        whole = [year.whole(w) for year, w in zip(years, weights, strict=True)]
        return VarianceDecompositionResult(
            method=self,
            panel=panel,
            rows=cells.table(panel, {"total": whole, **terms}),
            flow=False,
            warnings=filled_warnings(log),
            diagnostics={"years": int(cells.years.size), "components": len(names)},
            log=cells.log,
            of=name,
            years=cells.years,
            units=np.array([rows.size for rows in cells.rows]),
            statistics=dict(zip(names, statistics.T, strict=True)),
            called=names,
            bounds=bounds_by_year(years, cells, self.intervals, run),
            deviation=np.array([year.deviation(w) for year, w in zip(years, weights, strict=True)]) * sizes,
        )

    def _cells(self, panel: Panel, needed: dict[Text, Floats], total: tuple[Floats, Text], log: Any) -> Cells:
        """Return the rows in which all is there; a year without variance is not identified."""
        status, reason = (np.full(len(panel), word, dtype=object) for word in ("ok", ""))
        weights = np.ones(len(panel)) if self.weight is None else panel.values(self.weight)
        for name, cells in needed.items():
            mark(status, reason, np.isnan(cells), "missing_data", say("{columns} missing", columns=name))
        if self.weight is not None:
            weight = series_name(self.weight)
            mark(status, reason, np.isnan(weights), "missing_data", say("{columns} missing", columns=weight))
            mark(status, reason, weights <= 0, "non_positive", say("{columns} not positive", columns=weight))
        flat = flat_rows(panel, total[0], status == "ok")
        mark(status, reason, flat, "not_identified", say("{columns} is the same in all units", columns=total[1]))
        if (flat | (status != "ok")).all() and flat.any():
            raise DataError(
                "XZ-281",
                say("no year in which {name} differs between units", name=total[1]),
                where=panel.source,
            )
        code = np.zeros(len(panel), dtype=np.int64)
        years, rows = measured(panel, (status, reason), code)
        return Cells(total[0], weights, code, ("all",), total[1], status, reason, years, rows, log)


@dataclass(frozen=True, kw_only=True, repr=False)
class VarianceDecompositionResult(YearlyResult):
    """Contributions by year, fractions of the variance; rows hold the parts of units. ``deviation``: (T,) sd."""

    deviation: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Variance of {name} by components", name=self.of)

    @property
    def intervals_title(self) -> Text:
        """Return the heading of the table of intervals."""
        return say("Intervals of contributions, fractions of the variance of {name}", name=self.of)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the contributions by year, their intervals, the parts of units, and what policies filled."""
        fields = [
            Field("units", say("Units"), 0),
            Field("deviation", say("Standard deviation"), places_for(self.deviation)),
            *(Field(name, self.called[name], 2, say("Contribution, per cent")) for name in self.statistics),
        ]
        share = {name: 100.0 * column for name, column in self.statistics.items()}
        cells = {"units": self.units, "deviation": self.deviation, **share}
        return [
            self.year_table("contributions", self.title, fields, cells, view),
            *self.interval_tables(view),
            self.listing(say("Parts of units, {name}", name=self.title), view),
            *self.filled_table(view),
        ]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the contributions by year."""
        return self.stacks("variance_parts", self.title, self.statistics, np.ones(self.years.size), view)

    def summary(self, view: View | None = None) -> str:
        """Return the contributions in the last year of the view."""
        kept = self.places(view)
        if not kept:
            return sentences(super().summary(view), say("No year of the view is measured."))
        t = kept[-1]
        found = [
            say("{name} {share} per cent", name=self.called[key], share=shown(100.0 * float(column[t]), 1))
            for key, column in self.statistics.items()
        ]
        return sentences(
            super().summary(view), say("{year}: {shares}.", year=int(self.years[t]), shares=enumerated(found))
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def with_residual(parts: Floats, total: Floats, names: dict[str, Text]) -> tuple[Floats, dict[str, Text]]:
    """Return (n, k) components with what they leave of the (n,) total, where that is more than rounding."""
    rest = total - parts.sum(axis=1)
    size = np.nanmax(np.abs(np.column_stack([parts, total])), initial=0.0)
    if not np.nanmax(np.abs(rest), initial=0.0) > ROUNDING * size:
        return parts, names
    return np.column_stack([parts, rest]), {**names, "residual": say("Residual")}


def flat_rows(panel: Panel, total: Floats, there: Bools) -> Bools:
    """Return the rows, (n,), of years of two units or more in which the total does not differ between units."""
    flat = np.zeros(total.size, dtype=bool)
    for year in panel.times:
        rows = there & (panel.when == year)
        if rows.sum() > 1 and np.ptp(total[rows]) <= FLAT * np.abs(total[rows]).max():
            flat |= rows
    return flat


@dataclass(frozen=True)
class VarianceOf:
    """Contributions of a year as a function of the weights of its units. ``components``: (n, k); ``total``: (n,)."""

    components: Floats
    total: Floats

    def __call__(self, weights: Floats) -> Floats:
        """Return (b, k) contributions of (b, n) weights; NaN where a draw has no variance."""
        p = weights / weights.sum(axis=1, keepdims=True)
        far = self.total - (p @ self.total)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            # the deviations of the total have a mean of zero, so those of the components need not be taken
            return np.asarray((p * far) @ self.components / (p * far**2).sum(axis=1, keepdims=True))

    def deviation(self, weights: Floats) -> float:
        """Return the standard deviation of the total."""
        p = weights / weights.sum()
        return float(np.sqrt(p @ (self.total - p @ self.total) ** 2))

    def whole(self, weights: Floats) -> Floats:
        """Return the part of each unit in the variance, (n,); they add up to one."""
        p = weights / weights.sum()
        squares = p * (self.total - p @ self.total) ** 2
        return np.asarray(squares / squares.sum())

    def parts(self, weights: Floats) -> Floats:
        """Return the part of each unit in each contribution, (n, k)."""
        p = weights / weights.sum()
        far = self.total - p @ self.total
        apart = self.components - p @ self.components
        return np.asarray((p * far)[:, None] * apart / (p @ far**2))
