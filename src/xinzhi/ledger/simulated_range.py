"""Range by simulation: the same numbers under settings and data drawn within what is known of them.

draw r: settings and columns of the base are changed together, the method is fitted, its mean rates are kept
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny, model_validator

from xinzhi.compute import Run
from xinzhi.errors import UsageError
from xinzhi.language import Text, enumerated, named, say
from xinzhi.ledger.choices import Asked, Choice, Option, changed
from xinzhi.method import Field, Method, Result, Rows, Table, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.table import cell, shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats

QUANTILES = (0.05, 0.5, 0.95)
STATISTICS = ("point", "draws", "mean", "sd", "p05", "p50", "p95")


@role("draw")
class Draw(Value):
    """A number among the settings that is not known exactly.

    Parameters
    ----------
    name : str
    path : str
        Dotted path of the setting, such as ``"labour_share"`` or ``"capital.method.efficiency.rate"``.
    low, high : float
        Its range.
    mode : float or None
        The most likely value of a triangular distribution; uniform where nothing is said.
    """

    name: str
    path: str
    low: float
    high: float
    mode: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Draw":
        if not self.low < self.high or (self.mode is not None and not self.low <= self.mode <= self.high):
            raise ValueError(say("{name!r} needs low < high, and mode between them", name=self.name))
        return self


@role("column_error")
class ColumnError(Value):
    """A column that is measured with error.

    Parameters
    ----------
    name : str
    column : str
    sd : float
        Standard deviation: of the logarithm; of the log odds for a share (sd .1 at a share of .6 is .024).
    varies : "unit", "cell", "drift" or "all"
        One error for each unit, for each cell, for all cells; ``drift``: an error in growth, of standard
        deviation ``sd`` a year, the same in every year of a unit, as when a deflator is biased.
    scale : "log" or "log_odds"
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    name: str
    column: str
    sd: float = Setting(gt=0)
    varies: Literal["unit", "cell", "drift", "all"] = "cell"
    scale: Literal["log", "log_odds"] = "log"


Source = Choice | Draw | ColumnError


@register("simulated_range")
class SimulatedRange(Method):
    """Fit a method many times with choices, settings and data drawn within what is known of them.

    Parameters
    ----------
    of : Method
        The base; its settings give the point value.
    columns : tuple of str
        Terms whose mean rates are compared.
    sources : tuple of Draw, ColumnError or Choice
        What is uncertain; the options of a choice are equally likely.
    period : (first, last)
        Years of the mean rate.
    reps : int
        Draws in which everything varies, and again for each source alone.
    units : tuple of str or None
        Units shown; all by default.

    Notes
    -----
    Draws of different sources are independent. The terms of each draw add up, so contributions and TFP move
    together. The table by source says how far each source alone moves a term. The range holds what is written
    into it and nothing else: it is no confidence interval of a sample. Draws that cannot be computed are
    counted.

    References
    ----------
    Saltelli, A. et al. (2008). Global Sensitivity Analysis: The Primer. Wiley. doi:10.1002/9780470725184

    Examples
    --------
    >>> import xinzhi as xz
    >>> accounts = xz.GrowthAccounts(output="rgdpna", capital="rkna", labour="emp", labour_share="labsh")
    >>> hours = xz.ColumnError(name="employment", column="emp", sd=0.01, varies="drift")
    >>> method = xz.SimulatedRange(of=accounts, columns=["tfp"], sources=[hours], period=(2010, 2019), reps=20,
    ...     units=["USA"])
    >>> spread = method.fit(xz.catalog.load("pwt1001")).columns()
    >>> bool(0.3 < spread["tfp_sd"][0] < 0.9)  # labour's share, about .6, of 1 % a year
    True
    """

    of: SerializeAsAny[Method]
    columns: tuple[str, ...] = Setting(min_length=1)
    sources: tuple[Source, ...] = Setting(min_length=1)
    period: tuple[int, int]
    reps: int = Setting(default=200, ge=2, le=100_000)
    units: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> "SimulatedRange":
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError(say("two sources share a name: {names}", names=names))
        return self

    def compute(self, panel: Panel, run: Run) -> "SimulatedRangeResult":
        """Return point, mean, standard deviation and quantiles by unit and column."""
        panel.require_window(self.period, where="SimulatedRange.period")
        panel.require_units(self.units or (), where="SimulatedRange.units")
        asked = Asked(self.columns, self.period, self.units, where="SimulatedRange.columns")
        base = asked.rates(self.of, panel, run)
        units = list(self.units or base.rates)
        none = np.full(len(self.columns), np.nan)
        apart, found, warnings = Run(run.seed, run.executor), list[Floats](), dict[str, None]()
        lost = dict(base.reasons)
        together = range(len(self.sources))
        designs = [tuple(together), *((place,) for place in together if len(self.sources) > 1)]
        for design in designs:
            for rep in range(self.reps):
                apart.held.clear()
                drawn = self._drawn(panel, design, rep, run)
                rates = asked.rates_or_reason(*drawn, apart)
                warnings |= dict.fromkeys(rates.warnings)
                found.append(np.array([rates.rates.get(unit, none) for unit in units]))
                lost = rates.reasons | lost  # the first reason of each unit
                run.report(say("range by simulation"), len(found), len(designs) * self.reps)
        grid = np.array(found).reshape(len(designs), self.reps, len(units), len(self.columns))
        alone = grid[1:] if len(designs) > 1 else grid
        return SimulatedRangeResult(
            method=self,
            panel=panel,
            flow=False,
            rows=simulated_rows(grid[0], base.rates, lost, units=units, columns=self.columns, time=self.period[1]),
            draws=grid[0],
            alone=spread(alone),
            warnings=tuple(warnings),
            diagnostics={"draws": self.reps, "computed": int(np.isfinite(grid[0]).all(axis=(1, 2)).sum())},
        )

    def _drawn(self, panel: Panel, design: tuple[int, ...], rep: int, run: Run) -> tuple[Method, Panel]:
        """Return method and panel of one draw; a source draws the same alone as together with others."""
        options, factors = list[Option](), dict[str, Floats]()
        for place in design:
            source, draw = self.sources[place], run.generator(place, rep)
            if isinstance(source, Choice):
                options.append(source.options[int(draw.integers(len(source.options)))])
            elif isinstance(source, Draw):
                drawn = uniform_or_triangular(draw, source.low, source.high, source.mode)
                options.append(Option(label=source.name, set={source.path: drawn}))
            else:
                values = factors.get(source.column, panel.values(source.column))
                factors[source.column] = with_error(values, source, panel, draw)
        return changed(self.of, tuple(options)), panel.replaced(factors) if factors else panel


@dataclass(frozen=True, kw_only=True, repr=False)
class SimulatedRangeResult(Result):
    """Distributions over draws by unit and column, % a year.

    ``draws``: (reps, units, columns) mean rates; ``alone``: (sources, units, columns) standard deviations with
    one source varying.
    """

    draws: Floats
    alone: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.settings["period"]
        names = enumerated([label(name) for name in self.settings["columns"]])
        return say("{columns}: range by simulation, {start}–{end}", columns=names, start=start, end=end)

    def _places(self, view: View | None) -> list[tuple[int, int]]:
        """Return (unit, column) places to show."""
        there = self.rows.unit.tolist()
        units = there if view is None or view.units is None else [unit for unit in view.units if unit in there]
        return [(there.index(unit), c) for unit in units for c in range(len(self.settings["columns"]))]

    def _name(self, unit: int, column: int) -> Text:
        names, who = self.settings["columns"], named(self.rows.unit[unit])
        return who if len(names) == 1 else say("{unit}: {term}", unit=who, term=label(names[column]))

    def _statistic(self, word: str, place: tuple[int, int]) -> float:
        return float(self.rows.terms[f"{self.settings['columns'][place[1]]}_{word}"][place[0]])

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the distributions beside the point value, and the part of each source."""
        places = self._places(view)
        rows = [(self._name(*at), *(cell(self._statistic(word, at)) for word in STATISTICS)) for at in places]
        fields = (
            Field("unit", label("unit")),
            Field("point", say("Point value")),
            Field("draws", say("Draws computed"), 0),
            Field("mean", say("Mean")),
            Field("sd", say("Standard deviation")),
            Field("p05", say("5 % quantile")),
            Field("p50", say("Median")),
            Field("p95", say("95 % quantile")),
        )
        notes = (
            say("Range over choices and errors of measurement as stated, not a confidence interval of a sample."),
            say("Drawn: {sources}.", sources=enumerated([source_words(source) for source in self._sources])),
        )
        unit = say("per cent a year")
        ranges = Table("ranges", self.title, fields, tuple(rows), unit, notes)
        heads = (Field("source", say("Source")), *(Field(f"v{k}", self._name(*at)) for k, at in enumerate(places)))
        parts = [
            (named(source.name), *(cell(float(self.alone[k][at])) for at in places))
            for k, source in enumerate(self._sources)
        ]
        title = say("Standard deviation with one source varying")
        return [ranges, Table("sources", title, heads, tuple(parts), unit)]

    @property
    def _sources(self) -> tuple[Source, ...]:
        method = self.method
        assert isinstance(method, SimulatedRange)
        return method.sources

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the 5 % to 95 % ranges with median and point value."""
        from xinzhi.method.charts import Labels, range_chart

        places = [at for at in self._places(view) if np.isfinite(self._statistic("p50", at))][:40]
        if not places:
            return []
        columns = {word: [self._statistic(word, at) for at in places] for word in ("p05", "p50", "p95", "point")}
        labels = Labels(name="ranges", title=self.title, description=self.summary(view))
        return [
            range_chart(
                labels,
                item=[self._name(*at) for at in places],
                low=columns["p05"],
                median=columns["p50"],
                high=columns["p95"],
                point=columns["point"],
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the distributions in words, and the source that matters most."""
        lines = list[str]()
        for at in self._places(view)[:6]:
            numbers = {word: self._statistic(word, at) for word in STATISTICS}
            if not np.isfinite(numbers["p50"]):
                lines.append(say("{name}: no draw could be computed.", name=self._name(*at)))
                continue
            largest = int(np.nanargmax(self.alone[(slice(None), *at)]))
            lines.append(
                say(
                    "{name}: 90 % of {count} draws lie between {low} and {high} % a year (point value {point}); "
                    "what matters most is {source}.",
                    name=self._name(*at),
                    count=int(numbers["draws"]),
                    low=shown(numbers["p05"], 2),
                    high=shown(numbers["p95"], 2),
                    point=shown(numbers["point"], 2),
                    source=named(self._sources[largest].name),
                )
            )
        return "\n".join(lines)


def source_words(source: Source) -> Text:
    """Return what is drawn, in words."""
    if isinstance(source, Choice):
        options = enumerated([named(option.label) for option in source.options])
        return say("{name} (one of {options})", name=named(source.name), options=options)
    if isinstance(source, Draw):
        words = {"name": named(source.name), "low": f"{source.low:g}", "high": f"{source.high:g}"}
        if source.mode is None:
            return say("{name} (uniform, {low} to {high})", **words)
        return say("{name} (triangular, {low} to {high}, mode {mode})", **words, mode=f"{source.mode:g}")
    each = {
        "unit": say("one error for each unit"),
        "cell": say("one error for each cell"),
        "drift": say("a constant error in each unit's growth"),
        "all": say("one error for all cells"),
    }[source.varies]
    kind = say("log odds") if source.scale == "log_odds" else say("logarithm")
    return say("{name} ({kind}, sd {sd}, {each})", name=named(source.name), kind=kind, sd=f"{source.sd:g}", each=each)


# Arrays in, arrays out ------------------------------------------------------------------------


def uniform_or_triangular(draw: np.random.Generator, low: float, high: float, mode: float | None) -> float:
    """Return one number between low and high."""
    return float(draw.uniform(low, high) if mode is None else draw.triangular(low, mode, high))


def with_error(values: Floats, error: ColumnError, panel: Panel, draw: np.random.Generator) -> Floats:
    """Return (n,) values with an error of measurement.

    Raises
    ------
    UsageError
        An error in log odds of numbers that are no fractions (XZ-103).
    """
    size = {"unit": panel.units.size, "drift": panel.units.size, "cell": values.size, "all": 1}[error.varies]
    z = error.sd * draw.standard_normal(size)
    if error.varies in {"unit", "drift"}:
        z = z[panel.code]
    if error.varies == "drift":
        z = z * (panel.when - panel.times[0])
    if error.scale == "log":
        return values * np.exp(z)
    with np.errstate(invalid="ignore", divide="ignore"):
        if np.nanmin(values) < 0 or np.nanmax(values) > 1:
            found = say("column {column!r} is no fraction", column=error.column)
            raise UsageError("XZ-103", found, where="ColumnError.scale", expected=say("scale = 'log'"))
        return values / (values + (1.0 - values) * np.exp(-z))


def spread(draws: Floats) -> Floats:
    """Return standard deviations over the computed draws of (sources, reps, units, columns); NaN below two."""
    some = np.isfinite(draws).sum(axis=1) > 1
    out = np.full(some.shape, np.nan)
    for place in zip(*np.nonzero(some), strict=True):
        column = draws[place[0], :, place[1], place[2]]
        out[place] = np.std(column[np.isfinite(column)], ddof=1)
    return out


def simulated_rows(
    draws: Floats,
    points: Mapping[str, Floats],
    lost: Mapping[str, str],
    *,
    units: list[str],
    columns: tuple[str, ...],
    time: int,
) -> Rows:
    """Return one row per unit: point, number of draws, mean, standard deviation and quantiles of each column.

    ``draws``: (reps, units, columns); ``points``: (columns,) by unit; ``lost``: why a unit's point or first missing
    draw is missing.
    """
    point = np.array([points.get(unit, np.full(len(columns), np.nan)) for unit in units])
    reasons = [lost.get(unit) or say("no step of this unit") for unit in units]
    good = np.isfinite(point).all(axis=1) & (np.isfinite(draws).all(axis=2).sum(axis=0) > 1)
    terms: dict[str, Floats] = {}
    for c, name in enumerate(columns):
        numbers = np.full((len(STATISTICS), len(units)), np.nan)
        for u in np.flatnonzero(good):
            column = draws[np.isfinite(draws[:, u, c]), u, c]
            quantiles = np.quantile(column, QUANTILES)
            numbers[:, u] = (point[u, c], column.size, column.mean(), column.std(ddof=1), *quantiles)
        terms |= {f"{name}_{word}": row for word, row in zip(STATISTICS, numbers, strict=True)}
    status = np.where(good, "ok", "missing_data").astype(object)
    reason = np.where(good, "", np.array(reasons, dtype=object)).astype(object)
    return Rows(np.array(units, dtype=object), np.full(len(units), time), terms, status, reason)
