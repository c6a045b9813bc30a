"""Global spatial dependence by year.

I = (n / S0) SUM_i SUM_j w_ij z_i z_j / SUM_i z_i^2                       E = -1 / (n - 1)
C = ((n - 1) / (2 S0)) SUM_i SUM_j w_ij (z_i - z_j)^2 / SUM_i z_i^2       E = 1
S0 = SUM SUM w_ij,  S1 = SUM SUM (w_ij + w_ji)^2 / 2,  S2 = SUM_i (w_i. + w_.i)^2,  z deviations from the mean
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator
from scipy.sparse import csr_array
from scipy.stats import norm

from xinzhi.compute import Run
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown, shown_p
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.space.cells import read_spatial
from xinzhi.regions.space.weights import SpatialWeights, Weights

Statistic = Literal["moran", "geary"]
NAMES: dict[Statistic, Text] = {"moran": say("Moran's I"), "geary": say("Geary's C")}
BLOCK = 2_000_000
"""Numbers of permuted values held at a time."""
FIVE = 0.05
"""Level of tests in sentences."""


@role("permutations")
class Permutations(Value):
    """Inference by permutations: values are dealt to places at random.

    Parameters
    ----------
    draws : int
        The smallest p-value is 1 / (draws + 1).
    """

    draws: int = Setting(default=999, ge=19)


@register("spatial_autocorrelation")
class SpatialAutocorrelation(Method):
    """Test by year whether neighbours have similar values: Moran's I and Geary's C.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    weights : ContiguityList, DistanceWeights, EconomicDistance or Nested
        Who is whose neighbour.
    statistics : tuple of "moran" and "geary"
    inference : "randomisation", "normality" or Permutations
        Whether the variance is that over all orders of the values found, that of independent normal values, or comes
        from random permutations.

    Notes
    -----
    p-values are two-sided: normal, or the share of permutations as far from the expectation as the statistic, itself
    included. Moran's I above its expectation, and Geary's C below one, say that neighbours are alike. Units without a
    value in a year are left out of it, with their links; an island counts in mean and variance, and adds no product.
    Rows hold the value in standard deviations (divisor n) and its lag, the axes of the Moran scatter plot, whose
    slope is I where weights are row-standardised. Standardising rows makes weights asymmetric and turns inverse
    distances into shares: the same distance counts more in the periphery. Neither statistic says why neighbours are
    alike, and years are not independent tests of it.

    References
    ----------
    Moran, P. A. P. (1950). Biometrika 37(1-2), 17-23. doi:10.1093/biomet/37.1-2.17
    Geary, R. C. (1954). The Incorporated Statistician 5(3), 115-145. doi:10.2307/2986645
    Cliff, A. D. and Ord, J. K. (1981). Spatial Processes: Models and Applications. Pion, ISBN 978-0850860818

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.space.weights import ContiguityList
    >>> panel = xz.Panel(pd.DataFrame({"unit": list("ABCDE"), "y": [1.0, 2.0, 4.0, 7.0, 9.0]}), unit="unit")
    >>> chain = ContiguityList(links=[("A", "B"), ("B", "C"), ("C", "D"), ("D", "E")])
    >>> found = SpatialAutocorrelation(of="y", weights=chain).fit(panel).by_year()
    >>> round(found["moran"][0], 4), found["moran_expected"][0]
    (0.6637, -0.25)
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    weights: Weights
    statistics: tuple[Statistic, ...] = Setting(default=("moran", "geary"), min_length=1)
    inference: Literal["randomisation", "normality"] | Permutations = "randomisation"

    @model_validator(mode="after")
    def _each_once(self) -> "SpatialAutocorrelation":
        if len(set(self.statistics)) < len(self.statistics):
            raise ValueError(say("statistics: each one once"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes it takes beside the panel: dense weights and a block of permutations."""
        return super().memory(panel, workers=workers) + self.weights.memory(panel) + 4 * 8 * BLOCK

    def compute(self, panel: Panel, run: Run) -> "SpatialAutocorrelationResult":
        """Return the statistics by year, and the axes of the scatter plot by unit and year."""
        cells = read_spatial(self.of, self.weights, panel, run)
        scores, found = cells.scores(), []
        for place, (z, weights) in enumerate(zip(scores, cells.weights, strict=True)):
            sums = WeightSums.of(weights.applied)
            if isinstance(self.inference, Permutations):
                draws = self.inference.draws
                one = permuted(z, weights.applied, sums, self.statistics, run.generator(place), draws)
            else:
                one = analytic(z, weights.applied, sums, self.statistics, self.inference)
            found.append(one)
            run.report(say("years"), place + 1, len(scores))
        cells.mark_islands()
        lags = [weights.lag(z) for z, weights in zip(scores, cells.weights, strict=True)]
        return SpatialAutocorrelationResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                cells.spread({"deviation": scores, "spatial_lag": lags}),
                cells.status,
                cells.reason,
            ),
            flow=False,
            warnings=(*filled_warnings(cells.log), *cells.all_weights.warnings()),
            diagnostics={"links": int(cells.all_weights.matrix.nnz)},
            log=cells.log,
            of=cells.name,
            weights=cells.all_weights,
            years=cells.years,
            units=np.array([rows.size for rows in cells.rows]),
            tests={name: np.array([one[name] for one in found]) for name in self.statistics},
        )


COLUMNS = ("", "_expected", "_variance", "_z", "_p")


@dataclass(frozen=True, kw_only=True, repr=False)
class SpatialAutocorrelationResult(Result):
    """Statistics of spatial dependence by year; rows are the axes of the Moran scatter plot.

    ``of``: the column in words; ``weights``: of all units; ``years``, ``units``: (T,); ``tests``: by statistic (T, 5)
    value, expectation, variance, z, two-sided p.
    """

    of: Text
    weights: SpatialWeights
    years: Ints
    units: Ints
    tests: Mapping[Statistic, Floats]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Spatial autocorrelation of {name}", name=self.of)

    def by_year(self) -> dict[str, list[Any]]:
        """Return year, units and, for each statistic, value, expectation, variance, z and p as columns."""
        columns: dict[str, Any] = {"time": self.years, "units": self.units}
        for name, cells in self.tests.items():
            columns |= {f"{name}{end}": cells[:, k] for k, end in enumerate(COLUMNS)}
        return {name: column.tolist() for name, column in columns.items()}

    def methods_text(self) -> str:
        """Return the method in words with the weights and the inference."""
        return sentences(super().methods_text(), self.weights.words, self._inference_words())

    def _inference_words(self) -> Text:
        given = self.settings["inference"]
        if isinstance(given, dict):
            return say("Inference: {draws} permutations.", draws=given["draws"])
        words = {
            "randomisation": say("Inference: normal, with the variance over all orders of the values."),
            "normality": say("Inference: normal, with the variance of independent normal values."),
        }
        return words[given]

    def places(self, view: View | None) -> list[int]:
        """Return the places of the years that lie in a period of the view."""
        _, periods = self.chosen(view)
        return [k for k, year in enumerate(self.years.tolist()) if any(a <= year <= b for a, b in periods)]

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the statistics by year, and what policies filled."""
        found, kept = self.by_year(), self.places(view)
        cells = {key: [column[k] for k in kept] for key, column in found.items()}
        fields = [Field("time", label("time"), 0), Field("units", say("Units"), 0)]
        for name in self.tests:
            heads = (say("value"), say("expected"), say("variance"), "z", "p")
            fields += [
                Field(f"{name}{end}", head, 4, NAMES[name], p_value=end == "_p")
                for end, head in zip(COLUMNS, heads, strict=True)
            ]
        notes = [self.weights.words, self._inference_words(), say("p two-sided.")]
        tests = Table.of("autocorrelation", self.title, fields, cells, notes=notes)
        return [self.timed(tests), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the statistics over the years, and the Moran scatter plot of the last year of the view."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.space.figures import dependence_paths, moran_scatter

        kept, figures = self.places(view), []
        if len(kept) > 1:
            labels = Labels(name="paths", title=self.title, description=self.summary(view))
            tests: dict[str, Any] = {
                NAMES[name]: (cells[kept, 0], cells[kept, 1], cells[kept, 4]) for name, cells in self.tests.items()
            }
            figures.append(dependence_paths(labels, time=self.years[kept].tolist(), statistics=tests, level=FIVE))
        year, terms = int(self.years[kept[-1]]) if kept else 0, self.rows.terms
        rows = np.flatnonzero((self.rows.time == year) & (self.rows.status == "ok"))
        if kept and rows.size:
            x, y = terms["deviation"][rows], terms["spatial_lag"][rows]
            title = say("Moran scatter plot of {name}", name=self.of)
            if self.panel.time:
                title = say("Moran scatter plot of {name}, {year}", name=self.of, year=year)
            labels = Labels(name="scatter", title=title, description=self.summary(view), unit=say("spatial lag"))
            items = [named(unit) for unit in self.rows.unit[rows]]
            across = say("{name}, standard deviations from the mean", name=self.of)
            figures.append(moran_scatter(labels, item=items, x=x, y=y, across=across, slope=float(x @ y / (x @ x))))
        return figures

    def summary(self, view: View | None = None) -> str:
        """Return in how many years each statistic differs from its expectation, and its last value."""
        kept, told = self.places(view), []
        for name, cells in self.tests.items() if kept else ():
            value, _, _, z, p = cells[kept[-1]]
            words = {"name": NAMES[name], "value": shown(value, 4), "z": shown(z, 2), "p": shown_p(p, 4)}
            odd = int((cells[kept, 4] <= FIVE).sum())
            if len(kept) > 1:
                told.append(
                    say(
                        "{name}: differs from independence at the five per cent level in {odd} of {count} years; last "
                        "{value} (z {z}, p {p}).",
                        odd=odd,
                        count=len(kept),
                        **words,
                    )
                )
            else:
                told.append(say("{name}: {value} (z {z}, p {p}).", **words))
        return sentences(*told) if told else say("No year of the view is measured.")


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class WeightSums:
    """Sums S0, S1 and S2 of (n, n) weights."""

    s0: float
    s1: float
    s2: float

    @classmethod
    def of(cls, matrix: csr_array) -> "WeightSums":
        """Return the sums of weights."""
        both = matrix + matrix.T
        ends = np.asarray(matrix.sum(axis=1)).ravel() + np.asarray(matrix.sum(axis=0)).ravel()
        return cls(float(matrix.sum()), float((both.data**2).sum() / 2.0), float((ends**2).sum()))


def moran(z: Floats, matrix: csr_array, s0: float) -> Floats:
    """Return Moran's I of (n, k) deviations from the mean, (k,)."""
    product = (z * (matrix @ z)).sum(axis=0)
    return np.asarray(z.shape[0] / s0 * product / (z**2).sum(axis=0))


def geary(z: Floats, matrix: csr_array, s0: float) -> Floats:
    """Return Geary's C of (n, k) deviations from the mean, (k,)."""
    ends = np.asarray(matrix.sum(axis=1)).ravel() + np.asarray(matrix.sum(axis=0)).ravel()
    squares = ends @ z**2 - 2.0 * (z * (matrix @ z)).sum(axis=0)
    return np.asarray((z.shape[0] - 1) / (2.0 * s0) * squares / (z**2).sum(axis=0))


VALUE = {"moran": moran, "geary": geary}


def analytic(
    z: Floats,
    matrix: csr_array,
    sums: WeightSums,
    statistics: tuple[Statistic, ...],
    inference: Literal["randomisation", "normality"],
) -> dict[Statistic, Floats]:
    """Return value, expectation, variance, z and p, (5,) each, of (n,) deviations from the mean."""
    n = z.size
    kurtosis = float((z**4).mean() / (z**2).mean() ** 2)
    found: dict[Statistic, Floats] = {}
    for name in statistics:
        value = float(VALUE[name](z[:, None], matrix, sums.s0)[0])
        expected = -1.0 / (n - 1) if name == "moran" else 1.0
        if inference == "normality":
            variance = normal_variance(n, sums, name)
        else:
            variance = random_variance(n, sums, kurtosis, name)
        found[name] = _tested(value, expected, variance)
    return found


def normal_variance(n: int, sums: WeightSums, name: Statistic) -> float:
    """Return the variance of a statistic of n independent normal values."""
    s0, s1, s2 = sums.s0, sums.s1, sums.s2
    if name == "moran":
        return (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - 1.0 / (n - 1) ** 2
    return ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)


def random_variance(n: int, sums: WeightSums, kurtosis: float, name: Statistic) -> float:
    """Return the variance of a statistic over all orders of n values with a kurtosis (3 for normal values)."""
    s0, s1, s2, k = sums.s0, sums.s1, sums.s2, kurtosis
    if name == "moran":
        plain = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
        tails = k * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
        return (plain - tails) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - 1.0 / (n - 1) ** 2
    first = (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * k)
    second = (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * k) / 4.0
    third = s0**2 * (n**2 - 3 - (n - 1) ** 2 * k)
    return (first - second + third) / (n * (n - 2) * (n - 3) * s0**2)


def permuted(
    z: Floats,
    matrix: csr_array,
    sums: WeightSums,
    statistics: tuple[Statistic, ...],
    draw: np.random.Generator,
    draws: int,
) -> dict[Statistic, Floats]:
    """Return value, expectation, variance over permutations, z and p, (5,) each, of (n,) deviations."""
    blocks: dict[Statistic, list[Floats]] = {name: [] for name in statistics}
    size = max(1, BLOCK // z.size)
    for start in range(0, draws, size):
        count = min(size, draws - start)
        dealt = draw.permuted(np.broadcast_to(z[:, None], (z.size, count)), axis=0)
        for name in statistics:
            blocks[name].append(VALUE[name](dealt, matrix, sums.s0))
    found: dict[Statistic, Floats] = {}
    for name in statistics:
        value = float(VALUE[name](z[:, None], matrix, sums.s0)[0])
        expected = -1.0 / (z.size - 1) if name == "moran" else 1.0
        others = np.concatenate(blocks[name])
        tested = _tested(value, expected, float(((others - expected) ** 2).mean()))
        away = abs(value - expected) * (1.0 - 1e-12)  # equal arrangements are equal up to rounding
        tested[4] = (1.0 + (np.abs(others - expected) >= away).sum()) / (draws + 1.0)
        found[name] = tested
    return found


def _tested(value: float, expected: float, variance: float) -> Floats:
    """Return value, expectation, variance, z and the two-sided p of a normal statistic; NaN without variance."""
    z = (value - expected) / np.sqrt(variance) if variance > 0 else np.nan
    return np.array([value, expected, variance, z, 2.0 * norm.sf(abs(z))])
