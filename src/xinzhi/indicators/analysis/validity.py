"""Convergent validity: whether an index moves with another measure of the same thing, such as TFP.

pooled    r(x_it, y_it)
within    r(x_it - x_i., y_it - y_i.)
between   r(x_i., y_i.)
by year   r(x_it, y_it | t),  tanh(atanh r +- z se),  se = [c / (n - 3)]^(1/2),  c = 1; of ranks 1 + r^2 / 2
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.indicators.analysis.reading import Series, presence, read_series, series_names
from xinzhi.indicators.pages.index import passed_on
from xinzhi.language import Text, again, enumerated, named, say, sentences
from xinzhi.method import Field, FilledCell, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

FEWEST = 4
"""Units that an interval needs: the standard error of Fisher's z divides by n - 3."""
CELLS = 100_000
"""Cells of resampled ranks held at once, 0.8 MB an array: what stays in the cache."""
As = Literal["level", "log", "difference", "log_difference"]
READ: dict[str, Text] = {
    "level": say("as given"),
    "log": say("logarithms"),
    "difference": say("changes from the year before"),
    "log_difference": say("changes of logarithms from the year before"),
}


@register("convergent_validity")
class ConvergentValidity(Method):
    """Correlate an index with another measure of the same thing: pooled, within and between units, and by year.

    Parameters
    ----------
    index, against : str or Term
        Columns, or terms of other methods: the score of an index, TFP of growth accounts or of the ledger.
    index_as, against_as : "level", "log", "difference" or "log_difference"
        How each is compared. Terms of growth accounts are changes already: take them as ``"level"``.
    draws : int
        Resamples of whole units behind the intervals of pooled, within and between correlations.
    level : number
        Coverage of the intervals.

    Notes
    -----
    Rows of a unit depend on each other, so intervals over years come from a bootstrap that draws units with all
    their years (percentiles); those of a single year are Fisher's, for ranks with the standard error of Bonett and
    Wright. Correlation between units tells about levels, within units about movements together; two series that
    trend agree within units for no other reason. A high correlation supports the index as a measure; it is no proof,
    and says nothing of what causes what. Parts that the two share make them agree mechanically: see
    :class:`RegressorOverlap`.

    References
    ----------
    Campbell, D. T. and Fiske, D. W. (1959). Psychological Bulletin 56(2), 81-105. doi:10.1037/h0046016
    Bonett, D. G. and Wright, T. A. (2000). Psychometrika 65(1), 23-28. doi:10.1007/BF02294183

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 1.0, 2.0), ("B", 2.0, 1.0), ("C", 3.0, 4.0), ("D", 4.0, 3.0), ("E", 5.0, 5.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "score", "tfp"]), unit="unit")
    >>> result = ConvergentValidity(index="score", against="tfp", draws=99).fit(panel)
    >>> round(result.pooled.pearson, 3), round(result.pooled.spearman, 3)
    (0.8, 0.8)
    """

    column_fields: ClassVar[tuple[str, ...]] = ("index", "against")
    index: Series
    against: Series
    index_as: As = "level"
    against_as: As = "level"
    draws: int = Setting(default=999, ge=19)
    level: float = Setting(default=0.95, gt=0.5, lt=1)

    def compute(self, panel: Panel, run: Run) -> "ConvergentValidityResult":
        """Return the pairs of numbers by unit and year, and their correlations."""
        names = series_names([self.index, self.against])
        raw = np.column_stack([read_series(series, panel, run) for series in (self.index, self.against)])
        forms = (self.index_as, self.against_as)
        cells, status, reason = _compared(raw, forms, names, panel)
        good = status == "ok"
        units = np.unique(panel.code[good])
        if units.size < FEWEST:
            raise DataError(
                "XZ-266",
                say("{count} units with both", count=units.size),
                where=panel.source,
                expected=say("at least {count}", count=FEWEST),
            )
        x, y = cells[good].T
        code = np.searchsorted(units, panel.code[good])
        results = [s.method.fit_in(panel, run) for s in (self.index, self.against) if isinstance(s, Term)]
        ends = (0.5 * (1 - self.level), 0.5 * (1 + self.level))
        draws = run.generator(0).multinomial(units.size, np.full(units.size, 1 / units.size), self.draws)
        log: list[FilledCell] = [cell for result in results for cell in result.log]
        return ConvergentValidityResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {name: np.where(good, cells[:, k], np.nan) for k, name in enumerate(("index", "against"))},
                status,
                reason,
            ),
            flow=False,
            warnings=passed_on(*results),
            diagnostics={"units": int(units.size)},
            log=tuple(dict.fromkeys(log)),
            names=(names[0], names[1]),
            correlations=correlations(x, y, code, draws, ends),
            years=tuple(
                (int(t), by_fisher(x[rows], y[rows], self.level))
                for t in np.unique(panel.when[good])
                for rows in [panel.when[good] == t]
            ),
        )


@dataclass(frozen=True)
class Correlation:
    """Pearson's and Spearman's correlation with the ends of their intervals; NaN where not identified.

    ``rows``, ``units``: numbers behind it.
    """

    pearson: float
    pearson_interval: tuple[float, float]
    spearman: float
    spearman_interval: tuple[float, float]
    rows: int
    units: int


@dataclass(frozen=True, kw_only=True, repr=False)
class ConvergentValidityResult(Result):
    """Pairs of numbers by unit and year, with their correlations.

    ``names``: of the index and of what it is compared with; ``correlations``: pooled, within and between units, the
    last two only where units have several years; ``years``: correlation of each year.
    """

    names: tuple[Text, Text]
    correlations: dict[str, Correlation]
    years: tuple[tuple[int, Correlation], ...]

    @property
    def pooled(self) -> Correlation:
        """Return the correlation over all rows."""
        return self.correlations["pooled"]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("{index} and {other}", index=self.names[0], other=self.names[1])

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the correlations over all years and by year."""
        words = {
            "pooled": say("All rows"),
            "within": say("Within units (deviations from the unit's mean)"),
            "between": say("Between units (means of units)"),
        }
        found = list(self.correlations.items())
        level = shown(100 * self.settings["level"], 0)
        notes = [
            *self._read(),
            say(
                "Intervals: {level} per cent, bootstrap of units ({draws}).", level=level, draws=self.settings["draws"]
            ),
        ]
        over = _table(
            "correlations",
            say("Correlation of {index} and {other}", index=self.names[0], other=self.names[1]),
            Field("of", say("Over")),
            [words[name] for name, _ in found],
            [one for _, one in found],
            notes,
        )
        if not self.panel.time:
            return [over, *self.filled_table(view)]
        by_year = _table(
            "by_year",
            say("Correlation of {index} and {other} by year", index=self.names[0], other=self.names[1]),
            Field("of", label("time"), 0),
            [t for t, _ in self.years],
            [one for _, one in self.years],
            [say("Intervals: {level} per cent, Fisher.", level=level)],
        )
        return [over, by_year, *self.filled_table(view)]

    def _read(self) -> list[Text]:
        forms = (self.settings["index_as"], self.settings["against_as"])
        return [
            say("{name}: {form}.", name=name, form=READ[form]) for name, form in zip(self.names, forms, strict=True)
        ]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the rows of the view as points, with the regression line through them."""
        from xinzhi.method.charts import Labels, scatter

        units, periods = self.chosen(view)
        good = (self.rows.status == "ok") & np.isin(self.rows.unit.astype(str), units)
        good &= np.any([(self.rows.time >= a) & (self.rows.time <= b) for a, b in periods], axis=0)
        if not good.any():
            return []
        y, x = self.rows.terms["index"][good], self.rows.terms["against"][good]
        keys = zip(self.rows.unit[good], self.rows.time[good], strict=True)
        item = [say("{unit} {year}", unit=named(u), year=int(t)) if self.panel.time else named(u) for u, t in keys]
        slope = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1)) if x.size > 1 and np.ptp(x) > 0 else None
        line = None if slope is None else (float(y.mean() - slope * x.mean()), slope)
        own, other = again(self.names)
        labels = Labels(name="scatter", title=self.title, description=self.summary(view), unit=own)
        return [scatter(labels, item=item, x=x.tolist(), y=y.tolist(), across=other, line=line)]

    def methods_text(self) -> str:
        """Return the method in words, with how the two are read."""
        return sentences(super().methods_text(), *self._read())

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the correlations in words."""
        words = {
            "pooled": say("over all rows"),
            "within": say("within units"),
            "between": say("between units"),
        }
        parts = [
            say(
                "{of} {r} ({low} to {high})",
                of=words[name],
                r=shown(one.pearson, 2),
                low=shown(one.pearson_interval[0], 2),
                high=shown(one.pearson_interval[1], 2),
            )
            for name, one in self.correlations.items()
        ]
        return say(
            "Correlation of {index} and {other}: {parts}.",
            index=self.names[0],
            other=self.names[1],
            parts=enumerated(parts),
        )


def _table(name: str, title: Text, head: Field, of: list[Any], found: list[Correlation], notes: list[Text]) -> Table:
    """Return a table of correlations, one a row."""
    cells: dict[str, list[Any]] = {"of": of, "rows": [c.rows for c in found], "units": [c.units for c in found]}
    fields = [head]
    for key, words in (("pearson", say("Pearson")), ("spearman", say("Spearman"))):
        cells[key] = [getattr(c, key) for c in found]
        cells[f"{key}_low"], cells[f"{key}_high"] = (
            [getattr(c, f"{key}_interval")[end] for c in found] for end in (0, 1)
        )
        fields += [
            Field(key, say("Correlation"), 3, words),
            Field(f"{key}_low", say("From"), 3, words),
            Field(f"{key}_high", say("To"), 3, words),
        ]
    fields += [Field("rows", say("Rows"), 0), Field("units", say("Units"), 0)]
    return Table.of(name, title, fields, cells, notes=notes)


def _compared(raw: Floats, forms: tuple[As, As], names: list[Text], panel: Panel) -> tuple[Floats, Any, Any]:
    """Return the two series as they are compared, (n, 2), with status and reason of each row."""
    follows = np.r_[False, (np.diff(panel.code) == 0) & (np.diff(panel.when) == 1)]
    before = np.where(follows, np.arange(len(panel)) - 1, -1)
    columns, needed = [], raw
    for k, form in enumerate(forms):
        with np.errstate(divide="ignore", invalid="ignore"):
            x = np.where(raw[:, k] > 0, np.log(raw[:, k]), np.nan) if form in {"log", "log_difference"} else raw[:, k]
        columns.append(x - np.where(follows, x[before], np.nan) if "difference" in form else x)
    steps = any("difference" in form for form in forms)
    if steps:
        moving = np.array(["difference" in form for form in forms])
        needed = np.where(moving, raw + raw[before], raw)  # missing where either date is
    cells = np.column_stack(columns)
    status, reason = presence(names, needed)
    if steps:
        for row in np.flatnonzero(~follows):
            status[row], reason[row] = "missing_data", say("no row for {year}", year=int(panel.when[row]) - 1)
    odd = (status == "ok") & ~np.isfinite(cells).all(axis=1)
    status[odd], reason[odd] = "non_positive", say("a number without a logarithm")
    return cells, status, reason


# Arrays in, arrays out ------------------------------------------------------------------------


def correlations(x: Floats, y: Floats, code: Ints, draws: Ints, ends: tuple[float, float]) -> dict[str, Correlation]:
    """Return pooled, within and between correlations of (n,) numbers of (n,) units 0 .. u - 1.

    ``draws``: (b, u) how often each resample has a unit; ``ends``: quantiles of the intervals.
    """
    rows = np.bincount(code).astype(np.float64)
    pairs = {"pooled": (x, y, code)}
    if (rows > 1).any():
        means = [np.bincount(code, column) / rows for column in (x, y)]
        several = rows[code] > 1
        inner = [(column - mean[code])[several] for column, mean in zip((x, y), means, strict=True)]
        pairs["within"] = (inner[0], inner[1], code[several])
        pairs["between"] = (means[0], means[1], np.arange(rows.size))
    return {name: _bootstrapped(*pair, draws, ends) for name, pair in pairs.items()}


def _bootstrapped(x: Floats, y: Floats, code: Ints, draws: Ints, ends: tuple[float, float]) -> Correlation:
    once = np.ones((1, x.size))
    first, second = Ties.of(x), Ties.of(y)
    points = [
        float(weighted_correlation(one, other, once)[0])
        for one, other in ((x, y), (first.midranks(once), second.midranks(once)))
    ]
    values, ranks = list[Floats](), list[Floats]()
    for start in range(0, len(draws), size := max(1, CELLS // x.size)):
        weights = np.take(draws[start : start + size], code, axis=1).astype(np.float64)
        values.append(weighted_correlation(x, y, weights))
        ranks.append(weighted_correlation(first.midranks(weights), second.midranks(weights), weights))
    spans = [
        _interval(point, np.concatenate(found), ends) for point, found in zip(points, (values, ranks), strict=True)
    ]
    return Correlation(points[0], spans[0], points[1], spans[1], x.size, int(np.unique(code).size))


def _interval(point: float, drawn: Floats, ends: tuple[float, float]) -> tuple[float, float]:
    known = drawn[np.isfinite(drawn)]
    if not known.size or np.isnan(point):
        return np.nan, np.nan
    low, high = np.quantile(known, ends)
    return float(low), float(high)


def weighted_correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Return Pearson's correlation of (n,) or (b, n) numbers under each of (b, n) weights, (b,); NaN if constant."""
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        dx = x - ((weights * x).sum(axis=1) / total)[:, None]
        dy = y - ((weights * y).sum(axis=1) / total)[:, None]
        heavy = weights * dx
        xx, xy, yy = (heavy * dx).sum(axis=1), (heavy * dy).sum(axis=1), (weights * dy * dy).sum(axis=1)
        size = np.abs(x).max() * np.abs(y).max() * total
        there = np.sqrt(xx * yy) > 1e-13 * size  # below, all variation is rounding
        return np.where(there, np.clip(xy / np.sqrt(xx * yy), -1.0, 1.0), np.nan)


@dataclass(frozen=True)
class Ties:
    """The order of n numbers.

    ``order``: (n,) places from the least; ``starts``: (g,) where another number begins; ``group``: (n,) which of the g
    different numbers each is.
    """

    order: Ints
    starts: Ints
    group: Ints

    @classmethod
    def of(cls, x: Floats) -> "Ties":
        """Return the order of (n,) numbers."""
        _, group = np.unique(x, return_inverse=True)
        order = np.argsort(group, kind="stable")
        return cls(order, np.flatnonzero(np.r_[True, np.diff(group[order]) > 0]), group)

    def midranks(self, weights: Floats) -> Floats:
        """Return ranks, (b, n), ties at their mean rank, where each number counts as often as (b, n) weights say."""
        mass = np.take(weights, self.order, axis=1)  # quicker than an index
        if self.starts.size < self.order.size:
            mass = np.add.reduceat(mass, self.starts, axis=1)
        rank = np.cumsum(mass, axis=1) - mass / 2 + 0.5
        return np.take(rank, self.group, axis=1)


def by_fisher(x: Floats, y: Floats, level: float) -> Correlation:
    """Return the correlations of (n,) independent pairs with Fisher's intervals."""
    from scipy.special import ndtri

    n, ones = x.size, np.ones((1, x.size))
    found, spans = [], []
    for ranks in (False, True):
        pair = (Ties.of(x).midranks(ones), Ties.of(y).midranks(ones)) if ranks else (x, y)
        r = float(weighted_correlation(*pair, ones)[0]) if n > 1 else np.nan
        reach = ndtri(0.5 * (1 + level)) * np.sqrt((1 + r**2 / 2 if ranks else 1.0) / (n - 3)) if n > 3 else np.nan
        centre = np.arctanh(r) if abs(r) < 1 else np.nan
        found.append(r)
        spans.append((float(np.tanh(centre - reach)), float(np.tanh(centre + reach))))
    return Correlation(found[0], spans[0], found[1], spans[1], n, n)
