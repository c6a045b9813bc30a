"""Kernel densities by year: where the distribution lies, how wide it is, how many peaks it has, how long its tails.

f_t(x) = 1 / (n h) sum_i K((x - y_it) / h),  with reflection at bounds; F_t(y_it) places each unit in its year
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator
from scipy.signal import find_peaks

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.language import Text, again, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.dynamics.kernels import (
    Bounds,
    Kernel,
    Rule,
    bandwidth,
    below_at,
    block_bytes,
    density_at,
    near_values,
)
from xinzhi.regions.dynamics.positions import Relative, digits_of, read_positions, value_status

FEWEST = 4
"""Values of a year below which no density is estimated."""
PROMINENT = 0.01
"""A peak stands out from the valleys beside it by at least this share of the highest density."""
CLOSER = 201
"""Points between two by which a peak, or where it has fallen to half, is placed."""
MARGIN = 3.0
"""Bandwidths by which the points reach beyond the values."""
PERCENTILES = (5.0, 50.0, 95.0)
RULES: dict[Rule, Text] = {
    "silverman": say("0.9 min(standard deviation, interquartile range / 1.34) n^(−1/5), Silverman's rule"),
    "scott": say("(4/3)^(1/5) standard deviation n^(−1/5), the normal reference rule of Scott"),
    "ksdensity": say("(4/3)^(1/5) (median absolute deviation / 0.6745) n^(−1/5), as MATLAB's ksdensity"),
}
KERNELS: dict[Kernel, Text] = {
    "gaussian": say("Gaussian kernel"),
    "epanechnikov": say("Epanechnikov kernel of variance one"),
}
Bandwidth = Rule | Annotated[float, Setting(gt=0)]


@register("kernel_density")
class KernelDensity(Method):
    """Estimate the density of a variable in each year, and describe its place, width, peaks and tails.

    Parameters
    ----------
    of : str, Filled or Term
        The variable.
    bandwidth : "silverman", "scott", "ksdensity" or number
        Rule, applied in each year, or the standard deviation of the kernel in the unit of the variable.
    kernel : "gaussian" or "epanechnikov"
    bounds : (low, high) or None
        Where the variable cannot be, such as (0, None) or (0, 1): what the kernel puts beyond is reflected.
    relative : "year_mean" or None
        Values over the mean of their year, or as they are.
    points : int
        Points of each year at which the density is drawn, beside its peaks; no number depends on it.

    Notes
    -----
    The bandwidth is the standard deviation of the kernel, for both kernels. The number and the height of peaks depend
    on it more than on the kernel: rules for the normal distribution smooth two peaks into one where they are close,
    and a small bandwidth makes peaks of single units. A peak counts where it stands out by one hundredth of the
    highest density. Width is that of the highest peak at half its height; the tail ratio is (P95 − P50) / (P50 − P5)
    of the values, above one where the upper tail is the longer one. Peaks and width come from points a tenth of a
    bandwidth apart and closer ones where they matter, not from those drawn. Densities without bounds put some mass
    where a share or a level cannot be. Each unit is placed by the smooth distribution function of its year.

    References
    ----------
    Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis. Chapman and Hall. ISBN 9780412246203
    Scott, D. W. (1992). Multivariate Density Estimation. Wiley. doi:10.1002/9780470316849
    Quah, D. T. (1996). Economic Journal 106(437), 1045-1055. doi:10.2307/2235377

    Examples
    --------
    >>> import xinzhi as xz
    >>> from xinzhi.regions.dynamics.density import KernelDensity
    >>> pwt = xz.catalog.load("pwt1001")
    >>> result = KernelDensity(of="hc", bounds=(1, None)).fit(pwt)
    >>> years = result.by_year()
    >>> [round(years["median"][place], 2) for place in (0, -1)]
    [1.6, 2.78]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    bandwidth: Bandwidth = "silverman"
    kernel: Kernel = "gaussian"
    bounds: Bounds = None
    relative: Relative = None
    points: int = Setting(default=200, ge=50, le=2000)

    @model_validator(mode="after")
    def _bounds_in_order(self) -> "KernelDensity":
        low, high = self.bounds or (None, None)
        if low is not None and high is not None and high <= low:
            raise ValueError(say("bounds: the second larger than the first"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes beside the panel."""
        return super().memory(panel, workers=workers) + block_bytes(len(panel) ** 2)

    def compute(self, panel: Panel, run: Run) -> "KernelDensityResult":
        """Return where each unit stands in the smooth distribution of its year, and the densities."""
        values, name, log = read_positions(self.of, self.relative, panel, run)
        self._refuse_beyond(values, panel)
        status, reason = value_status(values, name)
        place, curves = np.full(values.size, np.nan), list[Curve]()
        for done, year in enumerate(panel.times.tolist()):
            run.report(say("years"), done, panel.times.size)
            rows = np.flatnonzero((panel.when == year) & (status == "ok"))
            h = bandwidth(values[rows], self.bandwidth) if rows.size >= FEWEST else 0.0
            if h == 0.0:
                few = say("fewer than {count} units in the year", count=FEWEST)
                status[rows], reason[rows] = (
                    "not_identified",
                    few if rows.size < FEWEST else say("all values are equal"),
                )
                continue
            place[rows] = below_at(values[rows], values[rows], h, name=self.kernel, bounds=self.bounds)
            curves.append(self._curve(year, values[rows], h))
        run.report(say("years"), panel.times.size, panel.times.size)
        if not curves:
            raise DataError(
                "XZ-281",
                say("no year with {count} units that differ", count=FEWEST),
                where=panel.source,
                remedy=say("Use more units, or a variable whose values differ."),
            )
        return KernelDensityResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), {"cumulative": place}, status, reason),
            flow=False,
            name=name,
            curves=tuple(curves),
            log=log,
            warnings=filled_warnings(log),
            diagnostics={"years": len(curves)},
        )

    def _refuse_beyond(self, values: Floats, panel: Panel) -> None:
        """Raise XZ-103 where a value lies beyond the bounds."""
        low, high = self.bounds or (None, None)
        with np.errstate(invalid="ignore"):
            odd = np.flatnonzero(
                (values < (-np.inf if low is None else low)) | (values > (np.inf if high is None else high))
            )
        if odd.size:
            row = int(odd[0])
            found = say(
                "values beyond the bounds: {count}, first {value:g} ({unit}, {year})",
                count=odd.size,
                value=float(values[row]),
                unit=named(str(panel.unit_names[row])),
                year=int(panel.when[row]),
            )
            raise UsageError("XZ-103", found, where="KernelDensity.bounds", expected=say("bounds that hold all values"))

    def _curve(self, year: int, values: Floats, h: float) -> "Curve":
        """Return the density of a year at evenly spaced points and its peaks, and its description."""

        def density(points: Floats) -> Floats:
            return density_at(points, values, h, name=self.kernel, bounds=self.bounds)

        told = describe(values, near_values(values, h, self.bounds), density)
        low, high = self.bounds or (None, None)
        ends = values.min() - MARGIN * h, values.max() + MARGIN * h
        first = ends[0] if low is None else max(ends[0], low)
        last = ends[1] if high is None else min(ends[1], high)
        x = np.union1d(np.linspace(first, last, self.points), told[3])
        return Curve(year, values.size, h, x, density(x), *told)


@dataclass(frozen=True)
class Curve:
    """The density of a year.

    ``x``, ``density``: (p,); ``peaks``: (q,) places of the peaks, the highest first; ``height`` and ``width`` of the
    highest; ``percentiles``: (3,) 5th, 50th and 95th of the values.
    """

    year: int
    units: int
    bandwidth: float
    x: Floats
    density: Floats
    mean: float
    sd: float
    percentiles: Floats
    peaks: Floats
    height: float
    width: float

    @property
    def tail(self) -> float:
        """Return (P95 - P50) / (P50 - P5), NaN where there is no lower tail."""
        low, middle, high = self.percentiles.tolist()
        return (high - middle) / (middle - low) if middle > low else float("nan")


@dataclass(frozen=True, kw_only=True, repr=False)
class KernelDensityResult(Result):
    """Place of each unit in the distribution of its year, 0 to 1, with the densities.

    ``name``: the variable; ``curves``: one for each year with enough units.
    """

    name: Text
    curves: tuple[Curve, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Kernel density of {name}", name=self.name)

    def by_year(self) -> dict[str, list[Any]]:
        """Return the description of each year as columns."""
        curves = self.curves
        return {
            "time": [c.year for c in curves],
            "units": [c.units for c in curves],
            "mean": [c.mean for c in curves],
            "median": [float(c.percentiles[1]) for c in curves],
            "sd": [c.sd for c in curves],
            "peak": [float(c.peaks[0]) for c in curves],
            "height": [c.height for c in curves],
            "width": [c.width for c in curves],
            "peaks": [c.peaks.size for c in curves],
            "second": [float(c.peaks[1]) if c.peaks.size > 1 else float("nan") for c in curves],
            "low": [float(c.percentiles[0]) for c in curves],
            "high": [float(c.percentiles[2]) for c in curves],
            "tail": [c.tail for c in curves],
            "bandwidth": [c.bandwidth for c in curves],
        }

    def methods_text(self) -> str:
        """Return the method in words with kernel, bandwidth and bounds."""
        return sentences(super().methods_text(), *self._conventions())

    def _conventions(self) -> list[Text]:
        method: Any = self.method
        rule: Any = method.bandwidth
        told = RULES.get(rule) or shown(rule, 4)
        found = [say("{kernel}, bandwidth {rule}.", kernel=KERNELS[method.kernel], rule=told)]
        for bound in method.bounds or ():
            found += [] if bound is None else [say("Reflected at {bound:g}.", bound=bound)]
        return found

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the description by year, and what policies filled."""
        main, peak, tails = say("Position and spread"), say("Peaks"), say("Tails")
        fields = [
            Field("time", label("time"), 0),
            Field("units", say("Units"), 0),
            Field("mean", say("Mean"), 4, main),
            Field("median", say("Median"), 4, main),
            Field("sd", say("Standard deviation"), 4, main),
            Field("peaks", say("Number of peaks"), 0, peak),
            Field("peak", say("Place of the highest"), 4, peak),
            Field("height", say("Height"), 4, peak),
            Field("width", say("Width"), 4, peak),
            Field("second", say("Place of the second"), 4, peak),
            Field("low", say("P5"), 4, tails),
            Field("high", say("P95"), 4, tails),
            Field("tail", say("Ratio"), 3, tails),
            Field("bandwidth", say("Bandwidth"), 4),
        ]
        found = self.by_year()
        fields = [replace(f, decimals=f.decimals and digits_of(found[f.key], least=f.decimals)) for f in fields]
        table = Table.of("density", self.title, fields, found, notes=self._conventions())
        return [self.timed(table), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the densities of the years above each other."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.figures import ridgelines

        labels = Labels(name="density", title=self.title, description=self.summary(view), unit=say("density"))
        return [
            ridgelines(
                labels,
                time=[str(c.year) if self.panel.time else "" for c in self.curves],
                x=[c.x.tolist() for c in self.curves],
                density=[c.density.tolist() for c in self.curves],
                across=again(self.name),
            )
        ]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how place, height, width, peaks and tails changed from the first year to the last."""
        first, last = self.curves[0], self.curves[-1]
        if first is last:
            return say(
                "The highest of {count} peaks lies at {peak}; tail ratio {tail}.",
                count=first.peaks.size,
                peak=shown(float(first.peaks[0]), digits_of(first.peaks[0], least=3)),
                tail=shown(first.tail, 2),
            )
        words = {
            "peak": (float(first.peaks[0]), float(last.peaks[0])),
            "height": (first.height, last.height),
            "width": (first.width, last.width),
            "tail": (first.tail, last.tail),
        }
        ends = {f"{name}_{k}": shown(pair[k], digits_of(pair, least=3)) for name, pair in words.items() for k in (0, 1)}
        shape = say("It widened.") if last.width > first.width else say("It narrowed.")
        if ends["width_0"] == ends["width_1"]:
            shape = say("Its width is the same.")
        told = say(
            "{first}–{last}: the highest peak moved from {peak_0} to {peak_1}, its height from {height_0} to "
            "{height_1}, its width from {width_0} to {width_1}; peaks: {peaks_0}, then {peaks_1}; tail ratio {tail_0}, "
            "then {tail_1}.",
            first=first.year,
            last=last.year,
            peaks_0=first.peaks.size,
            peaks_1=last.peaks.size,
            **ends,
        )
        return sentences(told, shape)


# Arrays in, arrays out ------------------------------------------------------------------------


Density = Callable[[Floats], Floats]
"""The density at (p,) points, (p,)."""


def describe(values: Floats, x: Floats, of: Density) -> tuple[float, float, Floats, Floats, float, float]:
    """Return mean, standard deviation, percentiles of (n,) values; peaks, height, width of their density.

    ``x``: (p,) rising points that no peak escapes. Peaks are places, the highest first; height and width are those of
    the highest.
    """
    density = of(x)
    padded = np.concatenate([[0.0], density, [0.0]])  # so that a peak at a bound is one
    tops = find_peaks(padded, prominence=PROMINENT * density.max())[0] - 1
    peaks, heights = np.array([summit(x, k, of) for k in tops]).T
    order = np.argsort(-heights, kind="stable")
    height = float(heights[order[0]])
    width = half_width(x, density, int(tops[order[0]]), height / 2.0, of)
    percentiles = np.percentile(values, PERCENTILES)
    return float(values.mean()), float(values.std(ddof=1)), percentiles, peaks[order], height, width


def summit(x: Floats, top: int, of: Density) -> tuple[float, float]:
    """Return place and height of the peak around place ``top`` of (p,) points."""
    closer = np.linspace(x[max(top - 1, 0)], x[min(top + 1, x.size - 1)], CLOSER)
    density = of(closer)
    best = int(np.argmax(density))
    return float(closer[best]), float(density[best])


def half_width(x: Floats, density: Floats, top: int, half: float, of: Density) -> float:
    """Return the width at height ``half`` of the peak around place ``top`` of (p,) points, up to their ends."""

    def crossing(places: Ints) -> float:
        under: Bools = density[places] < half
        if not under.any():
            return float(x[places[-1]])
        k = int(np.argmax(under))
        closer = np.linspace(x[places[k - 1]], x[places[k]], CLOSER)
        return float(closer[int(np.argmax(of(closer) < half))])

    return crossing(np.arange(top, x.size)) - crossing(np.arange(top, -1, -1))
