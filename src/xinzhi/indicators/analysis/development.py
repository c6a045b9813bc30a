"""Relative development of two systems: which of them lags behind.

b = U_1 / U_2      b < low: the first lags; low <= b <= high: in step; b > high: the second lags
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.indicators.analysis.reading import Series, presence, read_series, series_names, shown_years
from xinzhi.language import Text, enumerated, named, say
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.status import status_word
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints


@register("relative_development")
class RelativeDevelopment(Method):
    """Compare the scores of two systems: their ratio, and which of them lags behind.

    Parameters
    ----------
    systems : tuple of two columns or Terms
        Scores on the same scale, such as two indices between 0 and 1.
    low, high : number
        Ratios from ``low`` to ``high``, both included, are in step; below the first system lags, above the second.

    Notes
    -----
    The ratio is of scores, so it depends on where their scale has its zero, and on both being normalised in the same
    way. The limits 0.8 and 1.2 are those in use in studies of coupling, to whose degrees the ratio is an addition: it
    says nothing about how far the systems have come. A score of zero in the second system has no ratio.

    References
    ----------
    Wang, S., Kong, W., Ren, L., Zhi, D. and Dai, B. (2021). Journal of Natural Resources 36(3), 793-810.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> scores = pd.DataFrame({"unit": ["A", "B", "C"], "science": [0.2, 0.4, 0.6], "green": [0.4, 0.5, 0.3]})
    >>> result = RelativeDevelopment(systems=("science", "green")).fit(xz.Panel(scores, unit="unit"))
    >>> result.term("ratio").tolist(), result.term("type").tolist()
    ([0.5, 0.8, 2.0], [-1.0, 0.0, 1.0])
    """

    column_fields: ClassVar[tuple[str, ...]] = ("systems",)
    systems: tuple[Series, Series]
    low: float = Setting(default=0.8, gt=0)
    high: float = 1.2

    @model_validator(mode="after")
    def _ordered(self) -> "RelativeDevelopment":
        if self.systems[0] == self.systems[1]:
            raise ValueError(say("systems: each one once"))
        if not self.low < self.high:
            raise ValueError(say("needs low < high"))
        return self

    def compute(self, panel: Panel, run: Run) -> "RelativeDevelopmentResult":
        """Return the ratio and the type by unit and year."""
        scores = np.column_stack([read_series(one, panel, run) for one in self.systems])
        names = series_names(self.systems)
        status, reason = presence(names, scores)
        odd = (status == "ok") & ((scores[:, 0] < 0) | (scores[:, 1] <= 0))
        status[odd] = "non_positive"
        for row in np.flatnonzero(odd):
            reason[row] = say("{name} not positive", name=names[int(scores[row, 1] <= 0)])
        ratio = np.full(len(panel), np.nan)
        good = status == "ok"
        ratio[good] = scores[good, 0] / scores[good, 1]
        terms = {"ratio": ratio, "type": lag_types(ratio, self.low, self.high)}
        return RelativeDevelopmentResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), terms, status, reason),
            flow=False,
            names=names,
            limits=(self.low, self.high),
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class RelativeDevelopmentResult(Result):
    """Ratios and types by unit and year; ``type``: -1 the first lags, 0 in step, 1 the second lags.

    ``names``: readers' names of the two systems; ``limits``: low and high.
    """

    names: list[Text]
    limits: tuple[float, float]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Relative development of {first} and {second}", first=self.names[0], second=self.names[1])

    def type_word(self, kind: float) -> Text | str:
        """Return the reader's word for a type."""
        if kind != kind:
            return ""
        return say("in step") if kind == 0 else say("{name} lags", name=self.names[int(kind > 0)])

    def counts(self) -> dict[str, Ints]:
        """Return ``time`` and how many units are of each type by year: ``first_lags``, ``in_step``, ``second_lags``."""
        kind, time = self.rows.terms["type"], self.rows.time
        years = np.unique(time)
        found = {"time": years}
        for name, value in (("first_lags", -1), ("in_step", 0), ("second_lags", 1)):
            found[name] = np.array([int(((time == year) & (kind == value)).sum()) for year in years])
        return found

    def tables(self, view: View | None = None) -> list[Table]:
        """Return ratio and type of the chosen units in the ends of the periods, and the counts by year."""
        units, _ = self.chosen(view)
        rows, years = self.rows, shown_years(self, view)
        kept = np.flatnonzero(np.isin(rows.unit.astype(str), units) & np.isin(rows.time, years))
        cells = {
            "unit": [named(unit) for unit in rows.unit[kept]],
            "time": rows.time[kept].tolist(),
            "ratio": rows.terms["ratio"][kept].tolist(),
            "type": [self.type_word(kind) for kind in rows.terms["type"][kept].tolist()],
            "status": [status_word(word) for word in rows.status[kept]],
        }
        low, high = self.limits
        reading = say(
            "Ratio {first} / {second}; in step from {low:g} to {high:g}, both included.",
            first=self.names[0],
            second=self.names[1],
            low=low,
            high=high,
        )
        heads = [Field("unit", label("unit")), Field("time", label("time"), 0), Field("ratio", say("Ratio"), 4)]
        fields = [*heads, Field("type", say("Type")), Field("status", label("status"))]
        kinds = [
            Field("first_lags", self.type_word(-1), 0),
            Field("in_step", self.type_word(0), 0),
            Field("second_lags", self.type_word(1), 0),
        ]
        by_year = say("{title}: units by type", title=self.title)
        return [
            self.timed(Table.of("development", self.title, fields, cells, notes=[reading])),
            self.timed(Table.of("types", by_year, [heads[1], *kinds], self.counts(), notes=[reading])),
        ]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the paths of the ratio of up to eight units."""
        from xinzhi.method.charts import Labels, lines

        units, _ = self.chosen(view)
        keep = np.isin(self.rows.unit.astype(str), units[:8]) & (self.rows.status == "ok")
        if not keep.any() or not self.panel.time:
            return []
        labels = Labels(name="development", title=self.title, description=self.summary(view), unit=say("Ratio"))
        who, when = [named(unit) for unit in self.rows.unit[keep]], self.rows.time[keep].tolist()
        value = self.rows.terms["ratio"][keep].tolist()
        return [lines(labels, series=who, time=when, value=value, reference=1.0)]

    def summary(self, view: View | None = None) -> str:
        """Return how many units are of each type in the last year, and the ratios of the chosen ones."""
        units, _ = self.chosen(view)
        found, last = self.counts(), shown_years(self, view)[-1]
        place = int(np.flatnonzero(found["time"] == last)[0]) if last in found["time"] else -1
        kinds = zip((-1, 0, 1), ("first_lags", "in_step", "second_lags"), strict=True)
        told = [
            say("{kind}: {count} units", kind=self.type_word(kind), count=int(found[name][place]))
            for kind, name in kinds
        ]
        rows = np.flatnonzero(
            np.isin(self.rows.unit.astype(str), units[:12]) & (self.rows.time == found["time"][place])
        )
        ratios = [
            say("{unit} {value}", unit=named(self.rows.unit[row]), value=shown(float(self.rows.terms["ratio"][row]), 3))
            for row in rows
        ]
        when = say("in {year}", year=int(found["time"][place])) if self.panel.time else say("in all")
        return say(
            "{title} {when}: {kinds}.\n{ratios}.",
            title=self.title,
            when=when,
            kinds=enumerated(told),
            ratios=enumerated(ratios),
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def lag_types(ratio: Floats, low: float, high: float) -> Floats:
    """Return -1 below low, 0 from low to high, 1 above high, (n,); NaN where there is no ratio."""
    kind = np.where(ratio < low, -1.0, np.where(ratio > high, 1.0, 0.0))
    return np.where(np.isnan(ratio), np.nan, kind)
