"""Conditional densities: where units end given where they, or their neighbours, start.

g(y | x) = f(x, y) / f(x),  f(x, y) = 1 / (n h_x h_y) sum_i K((x - x_i) / h_x) K((y - y_i - b (x - x_i)) / h_y)
b the slope of y on x and h_y from the residuals (kernels that lie along the regression line), or b = 0
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, again, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Texts
from xinzhi.regions.dynamics.boxes import places
from xinzhi.regions.dynamics.density import KERNELS, MARGIN, Bandwidth, summit
from xinzhi.regions.dynamics.kernels import (
    BLOCK,
    HALF,
    TAIL,
    Kernel,
    Rule,
    bandwidth,
    block_bytes,
    kernel,
    kernel_below,
    near_values,
)
from xinzhi.regions.dynamics.positions import Relative, digits_of, read_positions, rows_before, value_status
from xinzhi.regions.dynamics.spatial_markov import lag_status, spatial_lags
from xinzhi.regions.space.weights import SpatialWeights, Weights, read_weights

FEWEST = 10
"""Pairs of start and end below which no conditional density is estimated."""
STARTS = (5, 25, 50, 75, 95)
"""Percentiles of the start at which tables show the density of the end."""
MANY = 4096
"""Pairs of start and end beyond which sums over all for each are interpolated."""
MEASURES: dict[Rule, Text] = {
    "silverman": say("min(standard deviation, interquartile range / 1.34) n^(−1/6) in each direction"),
    "scott": say("standard deviation n^(−1/6) in each direction"),
    "ksdensity": say("(median absolute deviation / 0.6745) n^(−1/6) in each direction"),
}


@register("conditional_density")
class ConditionalDensity(Method):
    """Estimate the density of where units end given where they, or their neighbours, start.

    Parameters
    ----------
    of : str, Filled or Term
        The variable.
    lag : int
        Years between start and end; 0 for neighbours in the same year.
    weights : ContiguityList, DistanceWeights, EconomicDistance, Nested or None
        With weights the start is the spatial lag: the weighted sum of the neighbours. Else the unit's own value.
    bandwidth : "silverman", "scott", "ksdensity" or number
        Measure of spread, times n^(-1/6), in each of the two directions; or one number for both.
    kernel : "gaussian" or "epanechnikov"
    orientation : "regression" or "axes"
        Kernels that lie along the regression line of end on start, the bandwidth of the end from its residuals; or
        along the axes, each bandwidth from its own direction, as a product kernel does.
    relative : "year_mean" or None
        Values over the mean of their year before lags are taken, or as they are.
    points : int
        Starts, and intervals of the end, that are drawn; no number of a table depends on it.

    Notes
    -----
    A ridge along the diagonal says that units stay where they start; one parallel to the axis of the start that they
    end at the same place wherever they start; several ridges speak of clubs. Where start and end are strongly
    correlated, kernels along the axes make the density given the start much too wide: they smooth across the line
    around which the pairs lie. In a panel that grows the ridge lies
    above the diagonal: take values relative to their year to see who moves within the distribution. All pairs of
    years this far apart are pooled, so that units count several times. Where few units start the density says little:
    the tables show starts between the 5th and the 95th percentile. What is drawn is the mean density within each
    interval of the end, so that narrow ridges lose no mass between points; the standard deviation, like the mode,
    is that of the smooth density, the kernel included. Given neighbours, a ridge along the diagonal says
    that neighbours resemble each other, not why. Each pair is placed by the smooth conditional distribution function.

    References
    ----------
    Quah, D. T. (1997). Journal of Economic Growth 2(1), 27-59. doi:10.1023/A:1009781613339
    Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis. Chapman and Hall. ISBN 9780412246203
    Hyndman, R. J., Bashtannyk, D. M. and Grunwald, G. K. (1996). Computational and Graphical Statistics 5(4), 315-336

    Examples
    --------
    >>> import xinzhi as xz
    >>> from xinzhi.regions.dynamics.conditional import ConditionalDensity
    >>> pwt = xz.catalog.load("pwt1001")
    >>> result = ConditionalDensity(of="hc", lag=20, relative="year_mean").fit(pwt)
    >>> len(result.at_starts()["start"])
    5
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    lag: int = Setting(default=1, ge=0)
    weights: Weights | None = None
    bandwidth: Bandwidth = "silverman"
    kernel: Kernel = "gaussian"
    orientation: Literal["regression", "axes"] = "regression"
    relative: Relative = None
    points: int = Setting(default=100, ge=20, le=200)

    @model_validator(mode="after")
    def _two_different(self) -> "ConditionalDensity":
        if self.lag == 0 and self.weights is None:
            raise ValueError(say("lag: at least 1, or 0 with weights"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes beside the panel."""
        lags = 0 if self.weights is None else self.weights.memory(panel)
        return super().memory(panel, workers=workers) + lags + block_bytes(len(panel) * max(len(panel), self.points))

    def compute(self, panel: Panel, run: Run) -> "ConditionalDensityResult":
        """Return where each unit ends in the distribution given its start, and the conditional density."""
        values, name, log = read_positions(self.of, self.relative, panel, run)
        weights = None if self.weights is None else read_weights(self.weights, panel)
        start, (status, reason) = self._starts(values, weights, name, panel)
        good = np.flatnonzero(status == "ok")
        if good.size < FEWEST:
            raise DataError(
                "XZ-281",
                say("pairs of start and end: {count}", count=good.size),
                where=panel.source,
                expected=say("at least {count}", count=FEWEST),
                remedy=say("Use a shorter lag, or more units or years."),
            )
        x, y = start[good], values[good]
        pairs = self._pairs(x, y)
        if min(pairs.h) == 0.0:
            raise DataError(
                "XZ-281",
                say("all values are equal"),
                where=panel.source,
                remedy=say("Use more units, or a variable whose values differ."),
            )
        place = np.full(values.size, np.nan)
        if good.size > MANY and self.kernel == "gaussian":
            place[good] = places(x, y - pairs.slope * x, pairs.h, run)
        else:
            place[good] = conditional_below(x, y, pairs, run=run)
        low, high = np.percentile(x, (1.0, 99.0))
        across = np.linspace(low, high, self.points)
        edges = np.linspace(y.min() - MARGIN * pairs.h[1], y.max() + MARGIN * pairs.h[1], self.points + 1)
        return ConditionalDensityResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), {"cumulative": place}, status, reason),
            flow=False,
            name=name,
            pairs=pairs,
            start=across,
            end=(edges[:-1] + edges[1:]) / 2.0,
            density=mean_density(across, edges, pairs),
            told="" if weights is None else weights.words,
            log=log,
            warnings=filled_warnings(log) + (() if weights is None else weights.warnings()),
            diagnostics={"pairs": int(good.size)},
        )

    def _pairs(self, x: Floats, y: Floats) -> "Pairs":
        """Return (m,) starts and ends with the bandwidths and the slope of their kernels."""
        slope = 0.0
        if self.orientation == "regression" and np.ptp(x) > 0:
            far = x - x.mean()
            slope = float(far @ (y - y.mean()) / (far @ far))
        h = (bandwidth(x, self.bandwidth, dimensions=2), bandwidth(y - slope * x, self.bandwidth, dimensions=2))
        return Pairs(x, y, h, slope, self.kernel)

    def _starts(
        self, values: Floats, weights: SpatialWeights | None, name: Text, panel: Panel
    ) -> tuple[Floats, tuple[Texts, Texts]]:
        """Return the start of each row, (n,), and status and reason of the pair of start and end."""
        status, reason = value_status(values, name)
        origin, why = values, value_status(values, name)
        if weights is not None:
            origin = spatial_lags(values, weights, panel)
            why = lag_status(origin, weights, name, panel)
        before = rows_before(panel, self.lag)
        none = (status == "ok") & (before < 0)
        status[none], reason[none] = "missing_data", say("no row at a lag of {lag}", lag=self.lag)
        odd = (status == "ok") & (why[0][before] != "ok")
        status[odd] = why[0][before[odd]]
        told = why[1][before[odd]]
        reason[odd] = [
            say("at a lag of {lag}: {reason}", lag=self.lag, reason=one) if self.lag else one for one in told
        ]
        return np.where(before >= 0, origin[before], np.nan), (status, reason)


@dataclass(frozen=True)
class Pairs:
    """Starts and ends, (m,) each, bandwidths of start and end, the slope along which kernels lie, and the kernel."""

    x: Floats
    y: Floats
    h: tuple[float, float]
    slope: float
    kernel: Kernel


@dataclass(frozen=True, kw_only=True, repr=False)
class ConditionalDensityResult(Result):
    """Place of each unit in the distribution given its start, 0 to 1, with the conditional density.

    ``pairs``: m starts and ends with their kernels; ``start``: (s,) starts; ``end``: (e,) middles of intervals;
    ``density``: (s, e) mean density in each; ``told``: the weights in words, empty where the start is the unit's own
    value.
    """

    name: Text
    pairs: Pairs
    start: Floats
    end: Floats
    density: Floats
    told: Text | str

    @property
    def title(self) -> str:
        """Return the heading."""
        lag = self.settings["lag"]
        if not self.told:
            return say("{name} given its value at a lag of {lag}", name=self.name, lag=lag)
        if lag == 0:
            return say("{name} given its neighbours", name=self.name)
        return say("{name} given its neighbours at a lag of {lag}", name=self.name, lag=lag)

    def methods_text(self) -> str:
        """Return the method in words with kernel and bandwidths."""
        return sentences(super().methods_text(), *self._conventions())

    def _conventions(self) -> list[Text | str]:
        method: Any = self.method
        rule: Any = method.bandwidth
        told = MEASURES.get(rule) or shown(rule, 4)
        words = dict(
            zip(("start", "end", "slope"), [shown(x, 4) for x in (*self.pairs.h, self.pairs.slope)], strict=True)
        )
        used = say("Bandwidths: {start} of the start, {end} of the end; slope of the kernels {slope}.", **words)
        return [say("{kernel}, bandwidth {rule}.", kernel=KERNELS[method.kernel], rule=told), used, self.told]

    def at_starts(self) -> dict[str, list[Any]]:
        """Return mean, deviation and mode of the end, and the chance to end above, at percentiles of the start."""
        pairs = self.pairs
        at = np.percentile(pairs.x, STARTS)
        share = conditional_weights(at, pairs)
        end = pairs.y + pairs.slope * (at[:, None] - pairs.x)
        mean = (share * end).sum(axis=1)
        variance = (share * (end - mean[:, None]) ** 2).sum(axis=1) + pairs.h[1] ** 2
        return {
            "percentile": list(STARTS),
            "start": at.tolist(),
            "mean": mean.tolist(),
            "sd": np.sqrt(variance).tolist(),
            "mode": [mode(start, pairs) for start in at],
            "above": (100.0 * (1.0 - conditional_below(at, at, pairs))).tolist(),
        }

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the end at several starts, and what policies filled."""
        found = self.at_starts()
        digits = digits_of(found["sd"], least=4)
        fields = [
            Field("percentile", say("Percentile of the start"), 0),
            Field("start", say("Start"), digits),
            Field("mean", say("Mean"), digits, say("End")),
            Field("sd", say("Standard deviation"), digits, say("End")),
            Field("mode", say("Mode"), digits, say("End")),
            Field("above", say("Ends above the start, %"), 1),
        ]
        notes = [note for note in self._conventions() if note]
        return [Table.of("ends", self.title, fields, found, notes=notes), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the conditional density as shades."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.figures import conditional_map

        labels = Labels(name="conditional", title=self.title, description=self.summary(view), unit=say("density"))
        lag = self.settings["lag"]
        across = say("value at a lag of {lag}", lag=lag)
        if self.told:
            across = say("neighbours at a lag of {lag}", lag=lag) if lag else say("neighbours in the same year")
        return [
            conditional_map(
                labels,
                start=self.start.tolist(),
                end=self.end.tolist(),
                density=self.density.tolist(),
                names=again((across, self.name)),
            )
        ]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return where units end from a low and from a high start."""
        found = self.at_starts()
        digits = digits_of(found["sd"], least=3)
        words = {
            "count": self.diagnostics["pairs"],
            "low": shown(found["start"][0], digits),
            "low_end": shown(found["mean"][0], digits),
            "low_above": shown(found["above"][0], 0),
            "high": shown(found["start"][-1], digits),
            "high_end": shown(found["mean"][-1], digits),
            "high_above": shown(found["above"][-1], 0),
        }
        return say(
            "{count} pairs. From the 5th percentile of the start ({low}) the mean end is {low_end}, {low_above} % end "
            "above the start; from the 95th ({high}) it is {high_end}, {high_above} %.",
            **words,
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def conditional_weights(at: Floats, pairs: Pairs) -> Floats:
    """Return the weight of each pair at (s,) starts, (s, m): rows add up to one; NaN where none is near."""
    near = kernel((at[:, None] - pairs.x) / pairs.h[0], pairs.kernel)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(near / near.sum(axis=1, keepdims=True))


def conditional_density(at: Floats, end: Floats, pairs: Pairs) -> Floats:
    """Return the density at (e,) ends given (s,) starts, (s, e)."""
    found = np.empty((at.size, end.size))
    for k, (start, share) in enumerate(zip(at, conditional_weights(at, pairs), strict=True)):
        far = (end[:, None] - pairs.y - pairs.slope * (start - pairs.x)) / pairs.h[1]
        found[k] = kernel(far, pairs.kernel) @ share / pairs.h[1]
    return found


def mean_density(at: Floats, edges: Floats, pairs: Pairs) -> Floats:
    """Return the mean density between (e + 1,) rising edges given (s,) starts, (s, e); kernels end at their tails."""
    beside = pairs.y - pairs.slope * pairs.x
    order, found = np.argsort(beside, kind="stable"), np.full((at.size, edges.size - 1), np.nan)
    x, r, (across, up) = pairs.x[order], beside[order], pairs.h
    for k, start in enumerate(at):
        some = np.flatnonzero(np.abs(x - start) <= TAIL * across)
        if not some.size:
            continue
        share, near, levels = kernel((start - x[some]) / across, pairs.kernel), r[some], edges - pairs.slope * start
        under = np.append(0.0, np.cumsum(share))
        ends = (np.searchsorted(near, levels + reach) for reach in (-TAIL * up, TAIL * up))
        below = [
            under[a] + kernel_below((level - near[a:b]) / up, pairs.kernel) @ share[a:b]
            for level, a, b in zip(levels, *ends, strict=True)
        ]
        with np.errstate(invalid="ignore"):
            found[k] = np.diff(below) / np.diff(edges) / under[-1]
    return found


def mode(start: float, pairs: Pairs) -> float:
    """Return the end at which the density given a start is highest; NaN where no pair is near."""
    some = np.abs(pairs.x - start) <= TAIL * pairs.h[0]
    if not some.any():
        return float("nan")
    near = Pairs(pairs.x[some], pairs.y[some], pairs.h, pairs.slope, pairs.kernel)
    ends, size = near_values(near.y + near.slope * (start - near.x), near.h[1], None), max(1, BLOCK // near.x.size)

    def density(points: Floats) -> Floats:
        blocks = (points[a : a + size] for a in range(0, points.size, size))
        return np.concatenate([conditional_density(np.array([start]), block, near)[0] for block in blocks])

    return summit(ends, int(np.argmax(density(ends))), density)[0]


def conditional_below(at: Floats, end: Floats, pairs: Pairs, *, run: Run | None = None) -> Floats:
    """Return the share that ends below each of (s,) ends given the (s,) start beside it, (s,)."""
    size, order, found = max(1, BLOCK // pairs.x.size), np.argsort(at, kind="stable"), np.empty(at.size)
    rising = np.argsort(pairs.x, kind="stable")
    reach = HALF * pairs.h[0] if pairs.kernel == "epanechnikov" else np.inf
    for a in range(0, at.size, size):
        here = order[a : a + size]
        ends = np.searchsorted(pairs.x[rising], (at[here[0]] - reach, at[here[-1]] + reach))
        some = rising[min(ends[0], rising.size - 1) : max(ends[1], ends[0] + 1)]
        near = Pairs(pairs.x[some], pairs.y[some], pairs.h, pairs.slope, pairs.kernel)
        far = (end[here, None] - near.y - near.slope * (at[here, None] - near.x)) / near.h[1]
        found[here] = (conditional_weights(at[here], near) * kernel_below(far, near.kernel)).sum(axis=1)
        if run is not None:
            run.report(say("pairs"), a + here.size, at.size)
    return found
