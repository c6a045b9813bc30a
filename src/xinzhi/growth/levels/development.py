"""Development accounting: how much of the differences in income between economies inputs account for.

ln y = alpha / (1 - alpha) ln (K / Y) + ln h + ln A        y: output per worker (or hour)
success = var(ln y_KH) / var(ln y),   ln y_KH = alpha / (1 - alpha) ln (K / Y) + ln h
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.growth.levels.compared import ComparedResult, compare, compared
from xinzhi.language import named, say
from xinzhi.method import Capital, Field, Filled, Labour, Method, Table, Term, View, register
from xinzhi.method.roles import all_needs, read_quantity
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats

SOURCES = ("capital_intensity", "human_capital", "productivity")


@register("development_accounting")
class DevelopmentAccounting(Method):
    """Split differences in income per worker into capital intensity, human capital and productivity.

    Parameters
    ----------
    output : str, Filled or Term
        Output at purchasing power parities.
    capital : str, Filled, Capital or Term
        Capital at purchasing power parities, in the money of output, a level.
    labour : Labour
        Persons, or persons and hours; ``quality`` is human capital per worker, the same for all where it is
        left out.
    capital_share : float
        Capital's share alpha, the same for all units.
    base : str
        Unit with which the others are compared.

    Notes
    -----
    Terms are natural logarithms relative to the base and add up: income = capital intensity + human capital +
    productivity. Capital enters as alpha / (1 - alpha) times the log ratio of capital to output, so that capital
    which productivity calls forth counts as productivity. Two measures of success say how much inputs account
    for: the variance of capital intensity plus human capital over that of income, and the 90-10 ratio of the
    former over that of the latter.

    References
    ----------
    Klenow, P. J. and Rodríguez-Clare, A. (1997). NBER Macroeconomics Annual 12, 73-103. doi:10.1086/654324
    Caselli, F. (2005). Handbook of Economic Growth 1A, 679-741. doi:10.1016/S1574-0684(05)01009-9

    Examples
    --------
    >>> import xinzhi as xz
    >>> world = xz.catalog.load("pwt1001").select(times=(2018, 2019))
    >>> method = xz.DevelopmentAccounting(output="cgdpo", capital="cn", base="USA", capital_share=1 / 3,
    ...     labour=xz.Labour(persons="emp", quality="hc"))
    >>> success = method.fit(world).success()
    >>> bool(0.0 < success["variance_ratio"][-1] < 0.5)
    True
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "capital")
    output: str | Filled | Term
    capital: str | Filled | Capital | Term
    labour: Labour
    capital_share: float = Setting(gt=0, lt=1)
    base: str

    def compute(self, panel: Panel, run: Run) -> "DevelopmentAccountingResult":
        """Return relative income and its three sources by unit and year."""
        panel.require_units([self.base], where="DevelopmentAccounting.base")
        quantities = {"output": self.output, "capital": self.capital, "labour": self.labour}
        factors = {name: read_quantity(item, panel, run, name=name) for name, item in quantities.items()}
        levels = {name: f.require_level(where=f"DevelopmentAccounting.{name}") for name, f in factors.items()}
        quality = factors["labour"].parts.get("quality", np.ones(len(panel)))
        needed = all_needs(*(f.needs for f in factors.values()), *(f.level_needs for f in factors.values()))
        found = compare(panel, self.base, needed)
        output, capital, labour = levels.values()
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(
                found.good[:, None], income_terms(output, capital, labour, quality, self.capital_share), np.nan
            )
        terms = dict(zip(("income", *SOURCES), logs.T, strict=True))
        return compared(DevelopmentAccountingResult, self, panel, found, terms, factors.values())


@dataclass(frozen=True, kw_only=True, repr=False)
class DevelopmentAccountingResult(ComparedResult):
    """Income and its three sources relative to the base unit, natural logarithms."""

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Development accounting relative to {base}", base=self.base)

    def success(self) -> dict[str, Any]:
        """Return by year: units compared, and the two measures of how much inputs account for.

        ``variance_ratio``: var(ln y_KH) / var(ln y); ``percentile_ratio``: the 90-10 ratio of y_KH over that of
        y; NaN where fewer than three units are compared.
        """
        good, terms = self.rows.status == "ok", self.rows.terms
        explained = terms["capital_intensity"] + terms["human_capital"]
        out: dict[str, list[Any]] = {"time": [], "units": [], "variance_ratio": [], "percentile_ratio": []}
        for year in np.unique(self.rows.time[good]).tolist():
            rows = good & (self.rows.time == year)
            found = success(explained[rows], terms["income"][rows])
            for key, value in zip(out, (year, int(rows.sum()), *found), strict=True):
                out[key].append(value)
        return out

    def tables(self, view: View | None = None) -> list[Table]:
        """Return income and its sources relative to the base, how much inputs account for by year, and the rest."""
        heads = (
            Field("time", label("time"), 0),
            Field("units", say("Units compared"), 0),
            Field("variance_ratio", say("Variance explained"), 3),
            Field("percentile_ratio", say("90–10 ratio explained"), 3),
        )
        levels, *rest = super().tables(view)
        notes = [say("A dash: fewer than three units are compared, or they do not differ.")]
        return [
            levels,
            Table.of("success", say("How much inputs account for"), heads, self.success(), notes=notes),
            *rest,
        ]

    def summary(self, view: View | None = None) -> str:
        """Return how much inputs account for in the last year, and the sources of each unit."""
        units, periods = self.chosen(view)
        found, year = self.success(), periods[0][1]
        text = say("How much inputs account for cannot be said: fewer than three units are compared.")
        if np.isfinite(found["variance_ratio"][-1]):
            text = say(
                "{year}: differences in capital intensity and human capital account for {share} % of the variance of "
                "log income among {count} units.",
                year=found["time"][-1],
                share=shown(100 * found["variance_ratio"][-1], 1),
                count=found["units"][-1],
            )
        lines: list[str] = [text]
        for unit in units[:12]:
            ratio = self.ratios(unit, year)
            if isinstance(ratio, str):
                lines.append(self.not_compared(unit, year, ratio))
                continue
            words = {name: shown(value, 2) for name, value in ratio.items()}
            text = say(
                "{unit}: income {income} of {base} = capital intensity {capital_intensity} × human capital "
                "{human_capital} × productivity {productivity}.",
                unit=named(unit),
                base=self.base,
                **words,
            )
            lines.append(text)
        return "\n".join(lines)


# Arrays in, arrays out ------------------------------------------------------------------------


def income_terms(output: Floats, capital: Floats, labour: Floats, quality: Floats, alpha: float) -> Floats:
    """Return ln y and its three sources, (n, 4); ``labour`` is quality-adjusted: workers x quality."""
    income = np.log(output * quality / labour)
    intensity = alpha / (1.0 - alpha) * np.log(capital / output)
    return np.column_stack([income, intensity, np.log(quality), income - intensity - np.log(quality)])


def success(explained: Floats, income: Floats) -> tuple[float, float]:
    """Return the variance ratio and the ratio of 90-10 ratios; NaN below three units or without differences."""
    if income.size < 3 or income.var() == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(explained, [0.1, 0.9]), np.quantile(income, [0.1, 0.9])
    return float(explained.var() / income.var()), float(np.exp((low[1] - low[0]) - (high[1] - high[0])))
