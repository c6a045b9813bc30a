"""What stands at the beginning of a perpetual inventory: the investment, or the stock, before the series.

steady state:  K_0 = I_1 / (g + delta)  opening stock of the first year, for every profile by the same past:
               I_-k = I_1 (1 + g)^-k, k = 1, 2, ...
a given stock: closing stock of the first year, of the ages that a constant past leaves
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.language import Text, named, say
from xinzhi.method.base import Value, role
from xinzhi.panel.panel import Floats, Ints, Panel

Positive = Annotated[float, Setting(gt=0)]

# The rules ------------------------------------------------------------------------------------


@role("steady_state")
class SteadyState(Value):
    """Investment before the series grew at a constant rate: opening stock I / (g + delta).

    Parameters
    ----------
    rule : "steady_state"
        Tells this value from the others.
    years : whole number
        The rate g is the mean growth of investment over the first so many years.
    growth : number or None
        The rate g in their place.
    balance : "opening" or "closing"
        Of which balance of the first year I / (g + delta) is the stock; the theory says opening, many papers
        take it as closing. With ``timing="mid_year"`` a year's investment has lost half a year's depreciation when
        the year ends, and the same past leaves (1 - delta / 2) I / (g + delta).
    """

    rule: Literal["steady_state"] = "steady_state"
    years: Annotated[int, Setting(ge=1)] = 10
    growth: Annotated[float, Setting(gt=-1, lt=1)] | None = None
    balance: Literal["opening", "closing"] = "opening"


@role("initial_ratio")
class InitialRatio(Value):
    """Closing net stock of the first year = ratio x output of that year.

    Parameters
    ----------
    rule : "initial_ratio"
        Tells this value from the others.
    output : str
        Column of output in the prices of the stock.
    ratio : number or str
        Capital per output, or its column.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "ratio")
    rule: Literal["initial_ratio"] = "initial_ratio"
    output: str
    ratio: Positive | str


@role("china_custom")
class ChinaCustom(Value):
    """Closing net stock of the first year = its investment / divisor (Zhang 2008).

    Parameters
    ----------
    rule : "china_custom"
        Tells this value from the others.
    divisor : number
        0.1 in the paper: ten years' investment.
    prices : "base_year" or "first_year"
        Prices of that stock: those of all later investment, or those of the first year whatever the base, as the
        R package CHNCapitalStock leaves them.
    """

    rule: Literal["china_custom"] = "china_custom"
    divisor: Positive = 0.1
    prices: Literal["base_year", "first_year"] = "base_year"


@role("long_series")
class LongSeries(Value):
    """Nothing stands before the series; years in which that matters have no stock.

    The share of the initial stock is then what the stock may lack: were investment before the series as in its
    first year.

    Parameters
    ----------
    rule : "long_series"
        Tells this value from the others.
    accepted : number
        Largest share that may be lacking.
    """

    rule: Literal["long_series"] = "long_series"
    accepted: Annotated[float, Setting(ge=0, lt=1)] = 0.05


@role("initial_stock")
class InitialStock(Value):
    """Closing net stock of the first year, from a column.

    Parameters
    ----------
    rule : "initial_stock"
        Tells this value from the others.
    column : str
        The stock in the prices of the result, read in the first year of each unit.
    otherwise : another rule or None
        Rule for units without that cell; None leaves them without a stock.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    rule: Literal["initial_stock"] = "initial_stock"
    column: str
    otherwise: SteadyState | InitialRatio | ChinaCustom | LongSeries | None = None


Initial = Annotated[SteadyState | InitialRatio | ChinaCustom | LongSeries | InitialStock, Setting(discriminator="rule")]


def rule_words(rule: Initial | None) -> Text:
    """Return a rule in words."""
    if isinstance(rule, SteadyState):
        if rule.growth is not None:
            return say("steady state at growth {growth:g}", growth=rule.growth)
        return say("steady state at the growth of the first {years} years", years=rule.years)
    if isinstance(rule, InitialRatio):
        ratio = named(rule.ratio) if isinstance(rule.ratio, str) else f"{rule.ratio:g}"
        return say("{ratio} times {output} of the first year", ratio=ratio, output=named(rule.output))
    if isinstance(rule, ChinaCustom):
        return say("investment of the first year / {divisor:g}", divisor=rule.divisor)
    if isinstance(rule, InitialStock):
        if rule.otherwise is None:
            return say("column {column}", column=named(rule.column))
        return say("column {column}, else {rule}", column=named(rule.column), rule=rule_words(rule.otherwise))
    return say("nothing before the series")


# What they become -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Past:
    """Investment before the series: level (1 + growth)^-k in the year k before the first.

    ``level``: NaN where ``stock``, the closing net stock of the first year, is given in its place; ``replaces``:
    the past begins at k = 0, and the first year's own investment does not count again; ``counted``: the stock
    contains the past (False: it is what a stock without one lacks).
    """

    level: float
    growth: float = 0.0
    stock: float = np.nan
    replaces: bool = False
    counted: bool = True


def past_of(rule: Initial | None, panel: Panel, rows: Ints, real: Floats, nominal: Floats) -> Past | Text:
    """Return the past of a unit, or the reason why the rule gives none.

    Parameters
    ----------
    rows : (n,)
        Rows of the unit in the panel, from its first investment.
    real, nominal : (n,)
        Investment at the prices of the result and of each year.
    """
    first = int(rows[0])
    if isinstance(rule, InitialStock):
        stock = float(panel.values(rule.column)[first])
        if stock > 0:
            return Past(np.nan, stock=stock, replaces=True)
        if rule.otherwise is None:
            return say("{column} missing in {year}", column=named(rule.column), year=panel.when[first])
        return past_of(rule.otherwise, panel, rows, real, nominal)
    if isinstance(rule, SteadyState):
        growth = rule.growth if rule.growth is not None else mean_growth(real, rule.years)
        if growth is None or not real[0] > 0:
            return say("no growth of investment over the first {years} years", years=rule.years)
        closing = rule.balance == "closing"
        return Past(real[0] / (1.0 + growth) if closing else real[0], growth, replaces=closing)
    if isinstance(rule, InitialRatio):
        ratio = panel.values(rule.ratio)[first] if isinstance(rule.ratio, str) else rule.ratio
        stock = float(ratio * panel.values(rule.output)[first])
        if stock > 0:
            return Past(np.nan, stock=stock, replaces=True)
        return say("{column} missing in {year}", column=named(rule.output), year=panel.when[first])
    if isinstance(rule, ChinaCustom):
        invested = real[0] if rule.prices == "base_year" else nominal[0]
        if invested > 0:
            return Past(np.nan, stock=float(invested / rule.divisor), replaces=True)
        return say("investment not positive in {year}", year=panel.when[first])
    return Past(real[0], counted=False)


def mean_growth(real: Floats, years: int) -> float | None:
    """Return the mean growth rate a year of the first years; None where an end is missing or not positive."""
    if real.size <= years or not (real[0] > 0 and real[years] > 0):
        return None
    return float((real[years] / real[0]) ** (1.0 / years) - 1.0)
