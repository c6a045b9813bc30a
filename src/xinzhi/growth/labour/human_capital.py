"""Human capital from years of schooling.

h(s) = exp( SUM_i r_i x years of s within segment i )        Caselli, Penn World Table: .134 to 4, .101 to 8, .068
h(s) = 1.07^s                                                Bosworth and Collins
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Filled, Method, Result, Rows, Table, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.filling import column_name, filled_warnings, read_column
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats


@role("returns_to_schooling")
class ReturnsToSchooling(Value):
    """Log wage gained by a further year of schooling, constant between kinks.

    Parameters
    ----------
    rates : tuple of numbers
        Return of a year in each segment, in logs, e.g. ``(0.134, 0.101, 0.068)``.
    kinks : tuple of numbers
        Years of schooling at which the next segment begins, e.g. ``(4, 8)``; one fewer than rates, rising.
    """

    rates: tuple[float, ...]
    kinks: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "ReturnsToSchooling":
        rising = all(a < b for a, b in zip((0.0, *self.kinks), self.kinks, strict=False))
        if len(self.kinks) != len(self.rates) - 1 or not rising:
            raise ValueError(say("kinks are positive and rising, one fewer than rates"))
        return self


CASELLI = ReturnsToSchooling(rates=(0.134, 0.101, 0.068), kinks=(4.0, 8.0))
"""Psacharopoulos' (1994) returns by world region, as Caselli (2005) and the Penn World Table stack them."""
BOSWORTH_COLLINS = ReturnsToSchooling(rates=(float(np.log(1.07)),))
"""Seven per cent a year of schooling."""

MOST = 40
"""Mean years of schooling above which a column holds something else."""


@register("human_capital")
class HumanCapital(Method):
    """Measure human capital per worker from mean years of schooling.

    Parameters
    ----------
    schooling : str or Filled
        Mean years of schooling, 0 or more.
    function : "caselli", "bosworth_collins" or ReturnsToSchooling
        ``caselli``: returns of .134 a year up to 4 years, .101 from 4 to 8, .068 beyond, as in the Penn World
        Table. ``bosworth_collins``: 1.07 to the power of years. Or returns of one's own.

    Notes
    -----
    Human capital is 1 without schooling; its log is the return summed over the years. The function of mean
    schooling is not the mean of the function, and returns measured on wages hold social returns and quality of
    schools constant. Its growth feeds ``Labour(quality=Term(...))``.

    References
    ----------
    Caselli, F. (2005). Handbook of Economic Growth 1A, 679-741. doi:10.1016/S1574-0684(05)01009-9
    Psacharopoulos, G. (1994). World Development 22(9), 1325-1343. doi:10.1016/0305-750X(94)90007-8
    Feenstra, R. C., Inklaar, R. and Timmer, M. P. (2015). American Economic Review 105(10), 3150-3182. doi:10.1257/aer.20130954
    Bosworth, B. and Collins, S. M. (2008). Journal of Economic Perspectives 22(1), 45-66. doi:10.1257/jep.22.1.45

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import HumanCapital
    >>> panel = xz.Panel(pd.DataFrame({"c": ["A", "B"], "s": [4.0, 10.0]}), unit="c")
    >>> [round(float(h), 3) for h in HumanCapital(schooling="s").fit(panel).term("human_capital")]
    [1.709, 2.933]
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("schooling",)
    schooling: str | Filled
    function: Literal["caselli", "bosworth_collins"] | ReturnsToSchooling = "caselli"

    @property
    def returns(self) -> ReturnsToSchooling:
        """Return the returns that the function has."""
        if isinstance(self.function, ReturnsToSchooling):
            return self.function
        return CASELLI if self.function == "caselli" else BOSWORTH_COLLINS

    def compute(self, panel: Panel, run: Run) -> "HumanCapitalResult":  # noqa: ARG002
        """Return human capital of every unit and year."""
        cells = read_column(self.schooling, panel)
        years = cells.values
        missing, negative, odd = np.isnan(years), years < 0, years > MOST
        status = np.where(missing, "missing_data", np.where(negative, "non_positive", "ok")).astype(object)
        status[odd] = "not_identified"
        reason = np.full(len(panel), "", dtype=object)
        reason[missing] = say("{column} missing", column=named(cells.name))
        reason[negative] = say("{column} negative", column=named(cells.name))
        reason[odd] = say("{column} above {most} years", column=named(cells.name), most=MOST)
        if not (status == "ok").any():
            raise DataError("XZ-206", reason[0], where=panel.source)
        level = human_capital(np.where(negative | odd, np.nan, years), self.returns.rates, self.returns.kinks)
        rows = Rows(panel.unit_names, panel.when, {"human_capital": level}, status, reason)
        warnings = filled_warnings(cells.log)
        return HumanCapitalResult(method=self, panel=panel, rows=rows, flow=False, warnings=warnings, log=cells.log)


@dataclass(frozen=True, kw_only=True, repr=False)
class HumanCapitalResult(Result):
    """Human capital by unit and year, 1 without schooling."""

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Human capital from years of schooling")

    def methods_text(self) -> str:
        """Return the function in words with its returns."""
        method = self.method
        assert isinstance(method, HumanCapital)
        rates = ", ".join(f"{rate:.3f}" for rate in method.returns.rates)
        kinks = ", ".join(f"{kink:g}" for kink in method.returns.kinks)
        words = say("Years of schooling: {column}; log returns a year: {rates}", column=self._column(), rates=rates)
        until = say("{words}, with kinks at {kinks} years.", words=words, kinks=kinks) if kinks else f"{words}."
        return sentences(super().methods_text(), until)

    def _column(self) -> Text:
        method = self.method
        assert isinstance(method, HumanCapital)
        return named(column_name(method.schooling))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return human capital by unit and year, and the cells that a policy filled."""
        return [self.listing(self.title, view), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return human capital over time."""
        from xinzhi.method.charts import Labels, lines

        units, _ = self.chosen(view)
        rows, drawn = self.rows, units[:12]
        kept = [i for unit in drawn for i in np.flatnonzero((rows.unit == unit) & (rows.status == "ok"))]
        if not kept or self.panel.times.size < 2:
            return []
        labels = Labels(
            name="human_capital",
            title=self.title,
            description=self.summary(View(units=tuple(drawn))),
            unit=label("human_capital"),
        )
        value = self.rows.terms["human_capital"]
        return [
            lines(
                labels,
                series=[str(rows.unit[i]) for i in kept],
                time=[int(rows.time[i]) for i in kept],
                value=[float(value[i]) for i in kept],
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return human capital at both ends of each unit's years."""
        units, _ = self.chosen(view)
        value, said = self.rows.terms["human_capital"], []
        for unit in units[:12]:
            there = np.flatnonzero((self.rows.unit == unit) & (self.rows.status == "ok"))
            if there.size == 0:
                said.append(say("{unit}: no year has schooling.", unit=named(unit)))
                continue
            first, last = int(there[0]), int(there[-1])
            said.append(
                say(
                    "{unit}: human capital {first} in {start}, {last} in {end}.",
                    unit=named(unit),
                    first=shown(float(value[first]), 3),
                    start=int(self.rows.time[first]),
                    last=shown(float(value[last]), 3),
                    end=int(self.rows.time[last]),
                )
            )
        return "\n".join(said)


# Arrays in, arrays out ------------------------------------------------------------------------


def human_capital(schooling: Floats, rates: tuple[float, ...], kinks: tuple[float, ...] = ()) -> Floats:
    """Return exp of the returns summed over (n,) years of schooling, (n,).

    Parameters
    ----------
    rates : k log returns of a year, one per segment
    kinks : k - 1 years at which the next segment begins
    """
    low, high = np.array([0.0, *kinks]), np.array([*kinks, np.inf])
    within = np.clip(schooling[:, None], low, high) - low
    return np.asarray(np.exp(within @ np.array(rates)), dtype=np.float64)


def schooling_of(level: Floats, rates: tuple[float, ...], kinks: tuple[float, ...] = ()) -> Floats:
    """Return the years of schooling behind (n,) human capital, (n,): the inverse of :func:`human_capital`."""
    low, logs = np.array([0.0, *kinks]), np.log(level)
    before = np.log(human_capital(low, rates, kinks))
    segment = np.clip(np.searchsorted(before, logs, side="right") - 1, 0, len(rates) - 1)
    return np.asarray(low[segment] + (logs - before[segment]) / np.array(rates)[segment], dtype=np.float64)
