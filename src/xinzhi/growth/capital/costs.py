"""What the use of an asset costs: rates of return, expected prices, taxes.

    c K = slope x r + intercept,   slope = T p_-1 K,   intercept = [T (p_-1 - (1 - delta) p^e) + x p] K

With an internal rate r, the sum over the assets of a whole is its compensation of capital.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.growth.capital.investment import rebased
from xinzhi.language import named, say
from xinzhi.method.base import Value, role
from xinzhi.method.roles import period_warnings, read_quantity
from xinzhi.method.wholes import Wholes
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints

if TYPE_CHECKING:
    from xinzhi.growth.capital.services import CapitalServices

SAME = 1e-9
"""Relative difference at which two cells are taken as the same number."""

Part = Annotated[float, Setting(ge=0, lt=1)]


@role("internal_rate")
class InternalRate(Value):
    """The rate at which user costs add up to the compensation of capital (ex post, endogenous).

    Parameters
    ----------
    rule : "internal"
        Tells this value from the others.
    floor : number or None
        Least nominal rate; where it binds, user costs no longer add up to the compensation, and a warning says so.
    """

    rule: Literal["internal"] = "internal"
    floor: float | None = None


@role("external_rate")
class ExternalRate(Value):
    """A rate from outside: nominal, or real with expected inflation.

    Parameters
    ----------
    rule : "external"
        Tells this value from the others.
    nominal : number, str or None
        Nominal rate, or its column.
    real : number, str or None
        Real rate in its place, with ``inflation``.
    inflation : number, str or None
        Expected general inflation.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("nominal", "real", "inflation")
    rule: Literal["external"] = "external"
    nominal: float | str | None = None
    real: float | str | None = None
    inflation: float | str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "ExternalRate":
        if (self.nominal is None) == (self.real is None) or (self.real is None) != (self.inflation is None):
            raise ValueError(say("give nominal, or real with inflation"))
        return self


@role("hybrid_rate")
class HybridRate(Value):
    """A real rate from outside; asset prices are expected to move with consumer prices and a smoothed trend.

    Parameters
    ----------
    rule : "hybrid"
        Tells this value from the others.
    real : number or str
        Real rate, or its column.
    consumer_price : str
        Column of consumer prices.
    years : whole number
        Years over which the growth of asset prices relative to consumer prices is averaged.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("real", "consumer_price")
    rule: Literal["hybrid"] = "hybrid"
    real: float | str
    consumer_price: str
    years: Annotated[int, Setting(ge=1)] = 5


@role("smoothed_gains")
class SmoothedGains(Value):
    """Asset prices are expected to grow at their mean rate of the last years, this one included.

    Parameters
    ----------
    years : whole number
    """

    years: Annotated[int, Setting(ge=1)] = 5


@role("capital_tax")
class CapitalTax(Value):
    """Taxes in the user cost.

    Parameters
    ----------
    wedge : number or str
        T = (1 - u z - credit) / (1 - u) with u the tax on profit, z the present value of depreciation allowances.
    property_tax : number or str
        Tax per year on the value of the asset.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("wedge", "property_tax")
    wedge: Annotated[float, Setting(gt=0)] | str = 1.0
    property_tax: Part | str = 0.0


# Reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assets:
    """What the rows of the panel say, (n,) each.

    ``quantity``: the stock that works; ``value``: at the price of the year before; user cost x quantity = ``slope`` x
    rate + ``intercept``; ``rate``: from outside, NaN where internal; ``compensation`` of the whole; ``needs``: cells
    for statuses.
    """

    quantity: Floats
    value: Floats
    slope: Floats
    intercept: Floats
    rate: Floats
    compensation: Floats
    needs: dict[str, Floats]
    warnings: tuple[str, ...]


def read_assets(method: "CapitalServices", panel: Panel, run: Run) -> Assets:
    """Return stocks, prices and user costs as far as they do not depend on the internal rate.

    Raises
    ------
    DataError
        A growth index (XZ-207), a rate outside 0 to 1 or a tax wedge that is not positive (XZ-234).
    """
    factor = read_quantity(method.stock, panel, run, name="stock")
    stock, warnings = factor.require_level(where=panel.source), period_warnings(factor.within_period)
    if isinstance(method.price, str):
        called, price = method.price, read_quantity(method.price, panel, run).require_level(where=panel.source)
    else:
        called, price = method.price.price, rebased(method.price, panel)
    before, stock_before = lag(price, panel), lag(stock, panel)
    quantity = {"opening": stock_before, "mean": 0.5 * (stock + stock_before), "closing": stock}[method.timing]
    decay = cells_of(method.depreciation, panel, odd=lambda cells: (cells < 0) | (cells >= 1))
    wedge = cells_of(method.tax.wedge, panel, odd=lambda cells: cells <= 0)
    levy = cells_of(method.tax.property_tax, panel, odd=lambda cells: (cells < 0) | (cells >= 1))
    general, rate = np.ones(len(panel)), np.full(len(panel), np.nan)
    if isinstance(method.rate, HybridRate):
        general = panel.values(method.rate.consumer_price)
        rate = (1.0 + cells_of(method.rate.real, panel)) * growth_factor(general, panel) - 1.0
    elif isinstance(method.rate, ExternalRate):
        real = method.rate.real is not None
        rate = cells_of(method.rate.real if real else method.rate.nominal, panel)
        rate = (1.0 + rate) * (1.0 + cells_of(method.rate.inflation, panel)) - 1.0 if real else rate
    years = method.rate.years if isinstance(method.rate, HybridRate) else getattr(method.gains, "years", 1)
    expected_price = before if method.gains == "none" else expected(price, general, years, panel)
    paid = np.full(len(panel), np.nan) if method.compensation is None else panel.values(method.compensation)
    stock_name = say("stock of the year before") if method.timing != "closing" else say("stock")
    needs = {stock_name: quantity, called: price, say("{price} of the year before", price=named(called)): before}
    needs |= {say("expected {price}", price=named(called)): expected_price, say("depreciation"): 1.0 + decay}
    needs |= {say("tax"): wedge + levy}
    if method.compensation is not None:
        needs[method.compensation] = paid
    if isinstance(method.rate, HybridRate):
        cpi, general_before = method.rate.consumer_price, lag(general, panel)
        needs |= {cpi: general, say("{price} of the year before", price=named(cpi)): general_before}
        rate = np.where((general > 0) & (general_before > 0), rate, 0.0)  # a price that is not positive says so itself
    if not isinstance(method.rate, InternalRate):
        needs[say("rate of return")] = np.where(np.isfinite(rate), 1.0, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond the range of numbers: CapitalServices gives a status
        moved = np.where(expected_price > 0, expected_price, np.nan)
        intercept = (wedge * (before - (1.0 - decay) * moved) + levy * price) * quantity
        value = before * quantity
        return Assets(quantity, value, wedge * value, intercept, rate, paid, needs, warnings)


def cells_of(value: float | str | None, panel: Panel, *, odd: Any = None) -> Floats:
    """Return a number for every row, or a column; XZ-234 where ``odd`` says that a cell is out of range."""
    if not isinstance(value, str):
        return np.full(len(panel), float(value or 0.0))
    cells = panel.values(value)
    with np.errstate(invalid="ignore"):
        rows: Ints = np.flatnonzero(odd(cells)) if odd is not None else np.zeros(0, np.int64)
    if rows.size:
        found = [f"{panel.units[panel.code[i]]} {panel.when[i]}: {cells[i]:g}" for i in rows]
        words = say("{count} cells of {name!r}: {cells}", count=len(found), name=value, cells=listed(found, 5))
        raise DataError("XZ-234", words, where=panel.source)
    return cells


def shared(wholes: Wholes, values: Floats, name: str) -> Floats:
    """Return the one number of each whole and year, (w, t); XZ-242 where its parts say different ones."""
    cube = wholes.cube(values)
    there = np.isfinite(cube)
    low, high = (fill(np.where(there, cube, end), axis=2) for fill, end in ((np.min, np.inf), (np.max, -np.inf)))
    odd = np.argwhere(there.any(axis=2) & (high - low > SAME * np.abs(high)))
    if odd.size:
        cells = [f"{wholes.names[w]} {wholes.panel.times[t]}" for w, t in odd]
        found = say("{name!r} differs within {cells}", name=name, cells=listed(cells, 5))
        raise DataError("XZ-242", found, where=wholes.panel.source)
    missing = (~there & wholes.belongs[:, None, :]).any(axis=2)
    return np.where(missing, np.nan, high)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Costs:
    """User costs of w wholes, t years, p assets.

    ``quantity``, ``value`` (at the prices of the year before), ``cost`` (c K; 0 where the whole has no such
    asset): (w, t, p); ``rate`` of return, ``compensation``, ``floored``: (w, t); ``belongs``: (w, p).
    """

    quantity: Floats
    value: Floats
    cost: Floats
    rate: Floats
    compensation: Floats
    floored: Bools
    belongs: Bools


def lag(values: Floats, panel: Panel) -> Floats:
    """Return the value of the unit's year before, (n,); NaN where there is no such row."""
    follows = np.append(False, (np.diff(panel.code) == 0) & (np.diff(panel.when) == 1))
    return np.where(follows, np.roll(values, 1), np.nan)


def growth_factor(values: Floats, panel: Panel) -> Floats:
    """Return values over those of the year before, (n,); NaN unless both are positive."""
    before = lag(values, panel)
    there = (values > 0) & (before > 0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        factor: Floats = np.where(there, values / before, np.nan)
    return factor


def expected(price: Floats, general: Floats, years: int, panel: Panel) -> Floats:
    """Return prices expected for the year, (n,): the last one, moved with general prices and the mean trend since then.

    Zero where a price that the trend needs is not positive, NaN where one is missing.
    """
    least = shifted = np.minimum(price, general)
    for _ in range(years):
        shifted = lag(shifted, panel)
        least = np.minimum(least, shifted)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        inflation = growth_factor(general, panel)
        trend = trailing_mean(growth_factor(price, panel) / inflation, years, panel)
        return np.where(least <= 0, 0.0, lag(price, panel) * trend * inflation)


def trailing_mean(values: Floats, years: int, panel: Panel) -> Floats:
    """Return the mean of this and the years - 1 values before, (n,); NaN where one is missing."""
    total, shifted = values.copy(), values
    for _ in range(years - 1):
        shifted = lag(shifted, panel)
        total = total + shifted
    mean: Floats = total / years
    return mean


def pooled(cost: Floats, value: Floats, of_group: Ints) -> Floats:
    """Return user costs (w, t, p) in which a group with a cost that is not positive shares its sum by asset value."""
    out = cost.copy()
    for w, groups in enumerate(of_group):
        for code in np.unique(groups):
            mine = (groups == code) & (value[w] > 0).any(axis=0)
            bad = (cost[w][:, mine] <= 0).any(axis=1)
            worth, total = value[w][:, mine], cost[w][:, mine].sum(axis=1, keepdims=True)
            with np.errstate(invalid="ignore", divide="ignore"):
                out[w][:, mine] = np.where(
                    bad[:, None], total * worth / worth.sum(axis=1, keepdims=True), cost[w][:, mine]
                )
    return out
