"""Local spatial dependence: which units are in clusters of high or low values, and which stand out.

local Moran   I_i = z_i SUM_j w_ij z_j / m,  m = SUM_i z_i^2 / n;  p by permuting the values of all others
G*            [SUM_j w_ij y_j - ybar W_i] / [s sqrt((n SUM_j w_ij^2 - W_i^2) / (n - 1))],  own unit included
p adjusted    Benjamini and Hochberg, within each year
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from scipy.sparse import csr_array
from scipy.stats import norm

from xinzhi.compute import Run
from xinzhi.language import Text, enumerated, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.status import status_word
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts
from xinzhi.regions.space.autocorrelation import BLOCK
from xinzhi.regions.space.cells import read_spatial
from xinzhi.regions.space.shapes import Shapes
from xinzhi.regions.space.weights import SpatialWeights, Weights

QUADRANTS: tuple[Text, ...] = (say("high-high"), say("low-high"), say("low-low"), say("high-low"))
"""Own value and lag above (from zero on) or below the mean: quadrants 1 to 4."""
NONE = say("not significant")
MOST = 120
"""Units that the strip of clusters shows."""


@register("local_autocorrelation")
class LocalAutocorrelation(Method):
    """Find the units in clusters of high or low values, by year: local Moran statistics and Getis and Ord's G*.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    weights : ContiguityList, DistanceWeights, EconomicDistance or Nested
        Who is whose neighbour.
    draws : int
        Conditional permutations behind the p-values of the local Moran statistics.
    level : number
        Level of the tests in tables and figures.
    control : "false_discovery" or "none"
        Whether p-values are adjusted for the number of units of a year (Benjamini and Hochberg) before they are held
        against the level, or are not.
    shapes : Shapes or None
        A map on which figures also draw the clusters of the first and the last year.

    Notes
    -----
    The value of a unit stays and those of all others are dealt to its neighbours at random; p is twice the smaller
    share of permutations that reach the statistic on its side, itself included, at most one. Quadrants: high-high and
    low-low are clusters, low-high and high-low stand out from their neighbours; high is from the mean of the year on.
    With as many tests as units some are small by chance, so the adjusted p is the default; draws must be many, since
    the smallest p is 2 / (draws + 1). G* takes the unit into its own neighbourhood, with the largest weight of its
    row, and is held against the normal distribution, which is rough for few neighbours: it tells clusters of high
    values from those of low ones and finds no outliers. Islands are not identified. Values of neighbours overlap, so
    that neighbouring results are not independent.

    References
    ----------
    Anselin, L. (1995). Geographical Analysis 27(2), 93-115. doi:10.1111/j.1538-4632.1995.tb00338.x
    Ord, J. K. and Getis, A. (1995). Geographical Analysis 27(4), 286-306. doi:10.1111/j.1538-4632.1995.tb00912.x
    Benjamini, Y. and Hochberg, Y. (1995). JRSS B 57(1), 289-300. doi:10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.space.weights import ContiguityList
    >>> panel = xz.Panel(pd.DataFrame({"unit": list("ABCDE"), "y": [1.0, 2.0, 4.0, 7.0, 9.0]}), unit="unit")
    >>> chain = ContiguityList(links=[("A", "B"), ("B", "C"), ("C", "D"), ("D", "E")])
    >>> result = LocalAutocorrelation(of="y", weights=chain, draws=99).fit(panel)
    >>> result.term("quadrant").tolist()
    [3.0, 3.0, 3.0, 1.0, 1.0]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    weights: Weights
    draws: int = Setting(default=9999, ge=99)
    level: float = Setting(default=0.05, gt=0, lt=1)
    control: Literal["false_discovery", "none"] = "false_discovery"
    shapes: Shapes | None = None

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes it takes beside the panel: dense weights and a block of permutations."""
        return super().memory(panel, workers=workers) + self.weights.memory(panel) + 4 * 8 * BLOCK

    def compute(self, panel: Panel, run: Run) -> "LocalAutocorrelationResult":
        """Return the local statistics by unit and year."""
        cells = read_spatial(self.of, self.weights, panel, run)
        if self.shapes is not None:
            self.shapes.without(panel)
        cells.mark_islands()
        years: list[dict[str, Floats]] = []
        for place, (z, rows, weights) in enumerate(zip(cells.scores(), cells.rows, cells.weights, strict=True)):
            good = cells.status[rows] == "ok"
            p = conditional_p(z, weights.applied, draw=run.generator(place), draws=self.draws)
            star = getis_ord(z, weights.matrix)
            years.append(local_moran(z, weights) | self._tests(good, p=p, g_star=star))
            run.report(say("years"), place + 1, len(cells.rows))
        terms = cells.spread({name: [year[name] for year in years] for name in years[0]})
        alike = (cells.status == "ok") & np.isnan(terms["g_star"])
        cells.status[alike], cells.reason[alike] = "not_identified", say("neighbour of all others alike")
        for column in terms.values():
            column[alike] = np.nan
        return LocalAutocorrelationResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), terms, cells.status, cells.reason),
            flow=False,
            warnings=(*filled_warnings(cells.log), *cells.all_weights.warnings()),
            diagnostics={"years": int(cells.years.size)},
            log=cells.log,
            of=cells.name,
            weights=cells.all_weights,
        )

    def _tests(self, good: Bools, *, p: Floats, g_star: Floats) -> dict[str, Floats]:
        """Return p-values as found and adjusted, (m,) each, and G*."""
        g_p = 2.0 * norm.sf(np.abs(g_star))
        adjusted = {name: np.full(p.size, np.nan) for name in ("p_adjusted", "g_star_p_adjusted")}
        for name, given in (("p_adjusted", p), ("g_star_p_adjusted", g_p)):
            adjusted[name][good] = benjamini_hochberg(given[good])
        return {
            "p": p,
            "p_adjusted": adjusted["p_adjusted"],
            "g_star": g_star,
            "g_star_p": g_p,
            "g_star_p_adjusted": adjusted["g_star_p_adjusted"],
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class LocalAutocorrelationResult(Result):
    """Local statistics by unit and year.

    ``of``: the column in words; ``weights``: of all units.
    """

    of: Text
    weights: SpatialWeights

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Local spatial autocorrelation of {name}", name=self.of)

    @property
    def significant(self) -> Bools:
        """Return which rows are significant at the level, by the p-value that the settings choose, (m,)."""
        name = "p_adjusted" if self.settings["control"] == "false_discovery" else "p"
        with np.errstate(invalid="ignore"):
            return np.asarray(self.rows.terms[name] <= self.settings["level"])

    def clusters(self) -> list[Text | None]:
        """Return the name of the cluster of each row, "not significant", or None where it is not computed."""
        found: list[Text | None] = []
        for quadrant, there in zip(self.rows.terms["quadrant"], self.significant, strict=True):
            found.append(None if np.isnan(quadrant) else QUADRANTS[int(quadrant) - 1] if there else NONE)
        return found

    def methods_text(self) -> str:
        """Return the method in words with the weights, the draws and the control."""
        return sentences(super().methods_text(), self.weights.words, self._level_words())

    def _level_words(self) -> Text:
        settings = self.settings
        words = {"draws": settings["draws"], "level": f"{settings['level']:g}"}
        if settings["control"] == "false_discovery":
            return say("{draws} permutations; false discovery rate of a year {level}.", **words)
        return say("{draws} permutations; level {level}, not adjusted for the number of tests.", **words)

    def _places(self, view: View | None, years: Sequence[int]) -> Ints:
        """Return the rows of the chosen units and years, units in the order of the view."""
        units, _ = self.chosen(view)
        rows = self.panel.locate(units, years).ravel()
        return rows[rows >= 0]

    def _years(self, view: View | None) -> list[int]:
        """Return the ends of the periods of the view."""
        _, periods = self.chosen(view)
        return sorted({year for period in periods for year in period})

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the local statistics and clusters of the first and last years, and what policies filled."""
        rows, clusters = self._places(view, self._years(view)), self.clusters()
        cells: dict[str, Any] = {"unit": [named(u) for u in self.rows.unit[rows]], "time": self.rows.time[rows]}
        names = ("local_moran", "spatial_lag", "p", "p_adjusted", "g_star", "g_star_p_adjusted")
        cells |= {name: self.rows.terms[name][rows] for name in names}
        cells["cluster"] = [clusters[row] for row in rows]
        cells["status"] = [status_word(word) for word in self.rows.status[rows]]
        fields = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            *(Field(name, label(name), 4, p_value=name in ("p", "p_adjusted", "g_star_p_adjusted")) for name in names),
            Field("cluster", say("Cluster")),
            Field("status", label("status")),
        ]
        notes = [self.weights.words, self._level_words()]
        return [self.timed(Table.of("local", self.title, fields, cells, notes=notes)), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the cluster of each unit in each year, and on the map, if there is one, in the first and the last."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.space.figures import cluster_strip

        _, periods = self.chosen(view)
        first, last = min(low for low, _ in periods), max(high for _, high in periods)
        rows = self._places(view, [t for t in self.panel.times.tolist() if first <= t <= last])
        clusters, title = self.clusters(), say("Spatial clusters of {name}", name=self.of)
        kept = rows[most_often(self.rows.unit[rows], self.significant[rows])]
        if kept.size < rows.size:
            title = say("Spatial clusters of {name}: the {most} units most often in one", name=self.of, most=MOST)
        labels, rows = Labels(name="clusters", title=title, description=self.summary(view)), kept
        return [
            cluster_strip(
                labels,
                unit=[named(unit) for unit in self.rows.unit[rows]],
                time=self.rows.time[rows].tolist(),
                kind=[clusters[row] for row in rows],
                kinds=(*QUADRANTS, NONE),
            ),
            *self._maps(view),
        ]

    def _maps(self, view: View | None) -> list[Any]:
        """Return the clusters of the first and the last year of the view on the map, nothing where there is none."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.space.figures import COLOURS, MapPanel, unit_map

        method: Any = self.method
        if method.shapes is None:
            return []
        clusters, panels, years = self.clusters(), [], self._years(view)
        for year in sorted({years[0], years[-1]}):
            rows = self._places(None, [year])
            units = self.rows.unit[rows].astype(str).tolist()
            kind = {unit: clusters[row] for unit, row in zip(units, rows, strict=True)}
            told = {
                unit: shown(value, 3)
                for unit, value in zip(units, self.rows.terms["local_moran"][rows].tolist(), strict=True)
            }
            panels.append(MapPanel(str(year) if self.panel.time else "", kind, told))
        title = say("Map of spatial clusters of {name}", name=self.of)
        labels = Labels(name="cluster_map", title=title, description=self.summary(view), unit=label("local_moran"))
        kinds, heading = (*QUADRANTS, NONE), say("Cluster")
        return [
            unit_map(
                labels,
                shapes=method.shapes,
                panels=panels,
                kinds=kinds,
                colours=COLOURS,
                heading=heading,
                blank="white",
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the units in each kind of cluster in the last year of the view."""
        year = self._years(view)[-1]
        rows, clusters, told = self._places(view, [year]), self.clusters(), []
        for kind in QUADRANTS:
            units = [named(self.rows.unit[row]) for row in rows if clusters[row] == kind]
            if units:
                told.append(say("{kind}: {units}.", kind=kind, units=enumerated(units)))
        if not told:
            told = [say("no unit is in a cluster or stands out.")]
        head = say("{year}, level {level:g}:", year=year, level=self.settings["level"]) if self.panel.time else ""
        return sentences(head, *told)


# Arrays in, arrays out ------------------------------------------------------------------------


def most_often(unit: Texts, there: Bools) -> Ints:
    """Return the places, in their order, of the units for which an (m,) mask holds most often; as many as are shown."""
    _, code = np.unique(unit.astype(str), return_inverse=True)
    order = np.argsort(-np.bincount(code, there), kind="stable")[:MOST]
    return np.flatnonzero(np.isin(code, order))


def local_moran(z: Floats, weights: SpatialWeights) -> dict[str, Floats]:
    """Return statistic, lag and quadrant (1 to 4), (m,) each, of (m,) standardised values; NaN for islands."""
    lag = weights.lag(z)
    high, around = z >= 0, lag >= 0
    quadrant = np.select([high & around, ~high & around, ~high & ~around], [1.0, 2.0, 3.0], 4.0)
    return {"local_moran": z * lag / (z**2).mean(), "spatial_lag": lag, "quadrant": quadrant}


def getis_ord(y: Floats, matrix: csr_array) -> Floats:
    """Return G* as a standard normal deviate, (m,), of (m,) values and raw weights; own weight: the largest of the row.

    Multiplying the weights of a row by a number does not change it. NaN where a unit neighbours all others alike.
    """
    own = np.array([row.max() if row.size else 0.0 for row in np.split(matrix.data, matrix.indptr[1:-1])])
    total = np.asarray(matrix.sum(axis=1)).ravel() + own
    squares = np.asarray((matrix * matrix).sum(axis=1)).ravel() + own**2
    gap, n = y - y.mean(), y.size
    spread = (n * squares - total**2) / (n - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviate = (np.asarray(matrix @ gap) + own * gap) / (gap.std() * np.sqrt(spread))
    return np.where(spread > 1e-12 * total**2, deviate, np.nan)


def conditional_p(z: Floats, matrix: csr_array, *, draw: np.random.Generator, draws: int) -> Floats:
    """Return the two-sided p of the local Moran statistics, (m,), by permuting the values of the other units."""
    m = z.size
    observed = np.asarray(matrix @ z)
    most = int(np.diff(matrix.indptr).max())
    above, below = np.zeros(m), np.zeros(m)
    slack = 1e-12 * np.abs(z).max()
    size = max(1, BLOCK // most)
    for start in range(0, draws, size):
        dealt = places_dealt(m - 1, most, draw=draw, draws=min(size, draws - start))
        for i in range(m):
            weights = matrix.data[matrix.indptr[i] : matrix.indptr[i + 1]]
            lags = np.delete(z, i)[dealt[:, : weights.size]] @ weights
            above[i] += np.count_nonzero(lags >= observed[i] - slack)
            below[i] += np.count_nonzero(lags <= observed[i] + slack)
    smaller = np.minimum(above, below)
    return np.minimum(1.0, 2.0 * (1.0 + smaller) / (draws + 1.0))


def places_dealt(count: int, most: int, *, draw: np.random.Generator, draws: int) -> Ints:
    """Return the first ``most`` of ``count`` places in a random order, (draws, most)."""
    if most * most < count:  # few are drawn twice, and those draws again
        found = draw.integers(0, count, (draws, most))
        while (twice := (np.diff(np.sort(found, axis=1), axis=1) == 0).any(axis=1)).any():
            found[twice] = draw.integers(0, count, (int(twice.sum()), most))
        return found
    size = max(1, BLOCK // count)
    parts = [min(size, draws - start) for start in range(0, draws, size)]
    return np.concatenate(
        [draw.permuted(np.broadcast_to(np.arange(count), (part, count)), axis=1)[:, :most] for part in parts]
    )


def benjamini_hochberg(p: Floats) -> Floats:
    """Return (m,) p-values adjusted for the false discovery rate."""
    order = np.argsort(p, kind="stable")[::-1]
    scaled = p[order] * p.size / np.arange(p.size, 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return adjusted
