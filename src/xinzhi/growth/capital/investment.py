"""What a perpetual inventory reads: investment at constant prices, depreciation rates, service lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.growth.capital.profiles import LONGEST_LIFE, Geometric, ReportedDepreciation
from xinzhi.language import Text, named, say
from xinzhi.method.base import Value, role
from xinzhi.method.roles import period_warnings, read_quantity
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

if TYPE_CHECKING:
    from xinzhi.growth.capital.stock import PerpetualInventory


@role("deflator")
class Deflator(Value):
    """The price that turns investment at current prices into investment at those of one year.

    Parameters
    ----------
    price : str
        Price column, any base.
    year : int
        The year at whose prices stocks are measured.
    like : mapping from unit to unit
        For a unit without a price in that year: the other unit whose price it takes there (Chongqing, which begins
        in 1996, like Sichuan).
    largest_change : number
        Log change of the price from one year to the next beyond which a break in the series is reported.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("price",)
    price: str
    year: int
    like: dict[str, str] = Setting(default_factory=dict)
    largest_change: Annotated[float, Setting(gt=0)] = 0.35


@dataclass(frozen=True)
class Investment:
    """What a perpetual inventory reads, (n,) each by row of the panel.

    ``nominal``: as given; ``real``: at the prices of the result; ``rate``: depreciation rates, NaN where none are
    used; ``reported``: real reported depreciation, NaN where a rate counts; ``life``: mean service lives, NaN where
    unknown; ``needs``: the cells without which a year has no stock; ``breaks``: jumps of the price.
    """

    panel: Panel
    nominal: Floats
    real: Floats
    rate: Floats
    reported: Floats
    life: Floats
    needs: Mapping[str, Floats]
    breaks: int = 0
    warnings: tuple[str, ...] = ()

    def span(self, rows: Ints) -> tuple[int, int, Texts]:
        """Return the places of a unit's rows from the first investment to the first gap, and why others have none."""
        cells = np.column_stack([values[rows] for values in self.needs.values()])
        names, when = list(self.needs), self.panel.when[rows]
        there: Bools = np.isfinite(cells.sum(axis=1))
        begin = int(np.argmax(there)) if there.any() else rows.size
        follows = np.ones(rows.size, dtype=bool)
        follows[begin + 1 :] = there[begin + 1 :] & (np.diff(when)[begin:] == 1)
        end = rows.size if follows[begin:].all() else begin + int(np.argmin(follows[begin:]))
        why = np.full(rows.size, "", dtype=object)
        for place in [*range(begin), *range(end, rows.size)]:
            at = place if place < begin else end
            gone = [name for name, cell in zip(names, cells[at], strict=True) if not np.isfinite(cell)]
            missing = listed([name if isinstance(name, Text) else named(name) for name in gone])
            why[place] = (
                say("{columns} missing in {year}", columns=missing, year=when[at])
                if gone
                else say("no row for {year}", year=when[at - 1] + 1)
            )
        return begin, end, why


def read_investment(method: "PerpetualInventory", panel: Panel, run: Run) -> Investment:
    """Return investment, rates and lives as the method says.

    Raises
    ------
    DataError
        Negative investment (XZ-230), a rate outside 0 to 1, a life that is not positive, above 1,000 years or changes
        (XZ-234), a growth index (XZ-207).
    """
    factor = read_quantity(method.investment, panel, run, name="investment")
    nominal = factor.require_level(where=panel.source)
    name = method.investment if isinstance(method.investment, str) else say("investment")
    needs: dict[str, Floats] = {name: nominal}
    price, breaks, warnings = np.ones(len(panel)), 0, tuple[str, ...]()
    if method.deflator is not None:
        price = rebased(method.deflator, panel)
        needs[
            say("{column} of the year or of {base}", column=named(method.deflator.price), base=method.deflator.year)
        ] = price
        breaks, warnings = price_breaks(method.deflator, panel)
    real = nominal / price
    negative = np.flatnonzero(real < 0)
    if negative.size and method.negative == "error":
        cells = [f"{panel.units[panel.code[i]]} {panel.when[i]}: {nominal[i]:g}" for i in negative]
        found = say("{count} cells of {name!r}: {cells}", count=negative.size, name=str(name), cells=listed(cells, 5))
        raise DataError("XZ-230", found, where=panel.source)
    rate, reported, life = (np.full(len(panel), np.nan) for _ in range(3))
    efficiency = method.efficiency
    lived = None if isinstance(efficiency, ReportedDepreciation) else efficiency.life
    if lived is not None:
        life = _column(lived, panel, needs)
        first = life[np.searchsorted(panel.code, panel.code)]
        limits = say("service lives above 0, of at most {years:g} years, one for all years", years=LONGEST_LIFE)
        odd = ~((life > 0) & (life <= LONGEST_LIFE) & (life == first)) & ~np.isnan(life)
        _require(panel, lived, odd, expected=limits)
    if isinstance(efficiency, ReportedDepreciation):
        rate[:] = efficiency.rate
        counts = panel.when >= efficiency.since
        reported = np.where(counts, panel.values(efficiency.column) / price, np.nan)
        needs[efficiency.column] = np.where(counts, reported, 0.0)
    elif isinstance(efficiency, Geometric):
        balance = efficiency.declining_balance
        given = efficiency.rate if efficiency.rate is not None else np.nan
        rate = _column(given, panel, needs) if balance is None else balance / life
        limits = say("depreciation rates between 0 and 1")
        _require(panel, efficiency.rate or lived, ~((rate > 0) & (rate < 1)) & ~np.isnan(rate), expected=limits)
    warnings = (*warnings, *period_warnings(factor.within_period))
    return Investment(panel, nominal, real, rate, reported, life, needs, breaks, warnings)


def _column(value: float | str, panel: Panel, needs: dict[str, Floats]) -> Floats:
    """Return a number for every row, or a column, which is then needed."""
    if not isinstance(value, str):
        return np.full(len(panel), float(value))
    needs[value] = panel.values(value)
    return needs[value]


def _require(panel: Panel, column: object, odd: Bools, *, expected: Text) -> None:
    rows = np.flatnonzero(odd)
    if rows.size:
        cells = [f"{panel.units[panel.code[i]]} {panel.when[i]}" for i in rows]
        found = say("{count} cells of {name!r}: {cells}", count=rows.size, name=str(column), cells=listed(cells, 5))
        raise DataError("XZ-234", found, where=panel.source, expected=expected)


def rebased(deflator: Deflator, panel: Panel) -> Floats:
    """Return the price relative to the base year, (n,); NaN where not positive or without a base."""
    panel.require_units([*deflator.like, *deflator.like.values()], where="Deflator.like")
    price = panel.values(deflator.price)
    price = np.where(price > 0, price, np.nan)

    def at_base(units: list[str]) -> Floats:
        rows = panel.locate(units, [deflator.year])[:, 0]
        return np.where(rows >= 0, price[rows], np.nan)

    names = panel.units.tolist()
    own, other = at_base(names), at_base([deflator.like.get(name, name) for name in names])
    found: Floats = price / np.where(np.isfinite(own), own, other)[panel.code]
    return found


def price_breaks(deflator: Deflator, panel: Panel) -> tuple[int, tuple[str, ...]]:
    """Return how many times the price jumps, and the warning that names them."""
    price = panel.values(deflator.price)
    log: Floats = np.log(np.where(price > 0, price, np.nan))
    jump = np.diff(log) * ((np.diff(panel.code) == 0) & (np.diff(panel.when) == 1))
    rows = 1 + np.flatnonzero(np.abs(jump) > deflator.largest_change)
    if not rows.size:
        return 0, ()
    cells = [
        say(
            "{unit} {year} ({change})",
            unit=named(panel.units[panel.code[i]]),
            year=panel.when[i],
            change=f"{jump[i - 1]:+.2f}",
        )
        for i in rows
    ]
    warning = say(
        "XZ-430 the price {column} changes by more than {limit:g} log points {count} times, as if series were joined: "
        "{cells}.",
        column=named(deflator.price),
        limit=deflator.largest_change,
        count=rows.size,
        cells=listed(cells, 5),
    )
    return int(rows.size), (warning,)
