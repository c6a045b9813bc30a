"""Capital stocks by perpetual inventory: what past investment is still there, still works, and is still worth.

    gross       G_t = SUM_s S_s I_t-s       goods in use at the price of new ones
    productive  K_t = SUM_s h_s I_t-s       their efficiency
    net         W_t = SUM_s p_s I_t-s       their value (wealth)
    depreciation D_t = W_t-1 + I_t - W_t,   retirement R_t = G_t-1 + I_t - G_t
    geometric:  K_t = W_t = (1 - delta_t) K_t-1 + I_t        spread over the year: (1 - delta_t / 2) I_t

Profiles S, h, p: capital_profiles.py; what stood before the series: capital_initial.py.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.capital.initial import Initial, LongSeries, Past, SteadyState, past_of, rule_words
from xinzhi.growth.capital.investment import Deflator, Investment, read_investment
from xinzhi.growth.capital.pages import FORMS, LAWS, stock_figures, stock_summary, stock_tables
from xinzhi.growth.capital.profiles import (
    Efficiency,
    FixedLife,
    Geometric,
    Profile,
    ReportedDepreciation,
    Retirement,
    beta_of,
    centred,
    profile,
)
from xinzhi.language import Text, say, sentences
from xinzhi.method import Method, Result, Rows, Table, Term, View, register
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

NO_LIFE = say("no_service_life: a depreciation rate alone does not say when goods are retired")


@register("perpetual_inventory")
class PerpetualInventory(Method):
    """Build capital stocks from investment by the perpetual inventory method.

    Parameters
    ----------
    investment : str or Term
        Gross fixed capital formation: at constant prices, or at current prices with a ``deflator``.
    deflator : Deflator or None
        The price of investment and the year at whose prices stocks are measured.
    efficiency : Geometric, ReportedDepreciation, Hyperbolic, StraightLine or OneHossShay
        How goods lose efficiency; rates and lives are numbers or columns.
    retirement : FixedLife, NormalRetirement, TruncatedNormal, LogNormal, Weibull, Winfrey or SurvivorCurve
        How retirement is spread around the mean service life.
    discount : number
        Real rate a year by which the price of an ageing good follows from its efficiency; without effect on
        geometric efficiency, whose price falls alike.
    timing : "end_year" or "mid_year"
        Investment enters at the end of its year, in full; or is spread over it, with half a year of ageing.
    initial : SteadyState, InitialRatio, ChinaCustom, LongSeries or InitialStock
        What stands at the beginning.
    negative : "error" or "disposals"
        What negative investment is: an error, or more disposals than purchases, which leave the stock as a cohort of
        that year would.

    Notes
    -----
    Stocks stand at the end of each year, in the prices of one year. The initial share is the part of the productive
    stock that still comes from the assumption about the beginning: where it is large, the stock is that assumption.
    Net stock, depreciation and efficiency are consistent with each other; only geometric efficiency gives the same
    productive and net stock. In a first year whose closing stock is given, depreciation and retirement are those of
    a stock that stands still. Prices that are not comparable between units leave levels of stocks incomparable too.

    References
    ----------
    OECD (2009). Measuring Capital, second edition. doi:10.1787/9789264068476-en
    Hulten, C. R. and Wykoff, F. C. (1981). Journal of Econometrics 15(3), 367-396. doi:10.1016/0304-4076(81)90101-9
    Zhang, J. (2008). Journal of Chinese Economic and Business Studies 6(2), 177-196. doi:10.1080/14765280802028302

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"c": "A", "t": [2000, 2001, 2002], "i": [10.0, 10.0, 10.0]})
    >>> method = PerpetualInventory(investment="i", efficiency=Geometric(rate=0.1), initial=SteadyState(growth=0.0))
    >>> method.fit(xz.Panel(frame, unit="c", time="t")).term("net").round(6).tolist()
    [100.0, 100.0, 100.0]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("investment",)
    investment: str | Term
    deflator: Deflator | None = None
    efficiency: Efficiency
    retirement: Retirement = FixedLife()
    discount: Annotated[float, Setting(gt=-0.5, lt=1)] = 0.04
    timing: Literal["end_year", "mid_year"] = "end_year"
    initial: Initial = SteadyState()
    negative: Literal["error", "disposals"] = "error"

    def compute(self, panel: Panel, run: Run) -> "PerpetualInventoryResult":
        """Return the stocks of each unit and year."""
        read = read_investment(self, panel, run)
        terms = {name: np.full(len(panel), np.nan) for name in STOCKS}
        status, reason = (np.full(len(panel), word, dtype=object) for word in ("missing_data", ""))
        for rows in np.split(np.arange(len(panel)), np.flatnonzero(np.diff(panel.code)) + 1):
            begin, end, why = read.span(rows)
            reason[rows] = why
            used = rows[begin:end]
            if not used.size:
                continue
            past = past_of(self.initial, panel, used, read.real[used], read.nominal[used])
            found = past if isinstance(past, Text) else self._stocks(read, used, past)
            if isinstance(found, Text):
                status[rows], reason[rows] = "not_identified", found
                continue
            status[used], reason[used] = found.status(self.initial)
            good = used[status[used] == "ok"]
            for name, values in terms.items():
                values[good] = getattr(found, name)[status[used] == "ok"]
        self._require_a_stock(panel, status, reason)
        absent = {} if self.has_life else dict.fromkeys(("gross", "retirement"), NO_LIFE)
        rows_ = Rows(
            panel.unit_names,
            panel.when,
            {name: values for name, values in terms.items() if name not in absent},
            status,
            reason,
        )
        return PerpetualInventoryResult(
            method=self,
            panel=panel,
            rows=rows_,
            flow=False,
            absent=absent,
            warnings=read.warnings,
            diagnostics={"price_breaks": read.breaks},
            lives=read.life[np.searchsorted(panel.code, np.arange(panel.units.size))],
        )

    @property
    def has_life(self) -> bool:
        """Tell whether a service life is known: when goods are retired follows from it."""
        return getattr(self.efficiency, "life", None) is not None

    def profile(self, life: float) -> Profile:
        """Return how a cohort of a mean service life ages; of geometric efficiency its survival only counts."""
        return profile(life, beta_of(self.efficiency), self.retirement, self.discount)

    def _stocks(self, read: Investment, used: Ints, past: Past) -> "Stocks | Text":
        """Return the stocks of one unit, or the reason why there are none."""
        real, half = read.real[used], 0.5 if self.timing == "mid_year" else 0.0
        aged = self.profile(float(read.life[used[0]])) if self.has_life else None
        if isinstance(self.efficiency, Geometric | ReportedDepreciation):
            rates = read.rate[used]
            if not past.growth + rates[0] > 0:
                return say("growth {growth:.3g} and depreciation give no steady state", growth=past.growth)
            survival = None if aged is None else centred(aged.survival) if half else aged.survival
            return geometric_stocks(real, rates, past, half=half, reported=read.reported[used], survival=survival)
        assert aged is not None
        shapes = [aged.survival, aged.price, aged.cohort]
        return profile_stocks(real, past, *(centred(shape) if half else shape for shape in shapes))

    def _require_a_stock(self, panel: Panel, status: Texts, reason: Texts) -> None:
        if (status == "ok").any():
            return
        first = next((row for row, word in enumerate(status) if word == "not_identified"), 0)
        code = "XZ-231" if isinstance(self.initial, LongSeries) and status[first] == "not_identified" else "XZ-206"
        found = say("no unit has a capital stock; first: {reason}", reason=reason[first])
        raise DataError(code, found, where=panel.source)


@dataclass(frozen=True, kw_only=True, repr=False)
class PerpetualInventoryResult(Result):
    """Stocks by unit and year, in the prices of one year; ``lives``: (u,) mean service lives, NaN where unknown."""

    lives: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Capital stocks by perpetual inventory")

    def profile(self, unit: str | None = None) -> dict[str, Floats]:
        """Return efficiency, survival, cohort efficiency and price by age, of a unit's service life.

        Parameters
        ----------
        unit : str or None
            The first unit by default.
        """
        method = self.method
        assert isinstance(method, PerpetualInventory)
        self.panel.require_units([unit] if unit is not None else [], where="profile")
        place = 0 if unit is None else int(np.searchsorted(self.panel.units, unit))
        life = float(self.lives[place])
        if isinstance(method.efficiency, Geometric | ReportedDepreciation):
            rate = method.efficiency.rate
            if isinstance(method.efficiency, Geometric) and method.efficiency.declining_balance is not None:
                rate = method.efficiency.declining_balance / life
            if not isinstance(rate, float):
                return {}
            age = np.arange(np.ceil(np.log(0.01) / np.log1p(-rate)) + 1.0)
            return {"age": age} | dict.fromkeys(("cohort", "price"), (1.0 - rate) ** age)
        found = method.profile(life)
        return {name: getattr(found, name).copy() for name in ("age", "efficiency", "survival", "cohort", "price")}

    def methods_text(self) -> str:
        """Return the method in words, with its conventions."""
        method = self.method
        assert isinstance(method, PerpetualInventory)
        words = {"form": FORMS[method.efficiency.form], "rule": rule_words(method.initial)}
        settled = say("Efficiency: {form}; initial stock: {rule}.", **words)
        if method.has_life:
            law = LAWS[method.retirement.law]
            settled = say("Efficiency: {form}; retirement: {law}; initial stock: {rule}.", **words, law=law)
        return sentences(super().methods_text(), settled)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return growth, depreciation and the initial share by unit and period."""
        return stock_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the share of the initial stock by year, and the profiles by age."""
        return stock_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return growth and what of it rests on the initial stock."""
        return stock_summary(self, view)


# Arrays in, arrays out ------------------------------------------------------------------------

STOCKS = ("investment", "gross", "net", "productive", "depreciation", "retirement", "initial_share")


@dataclass(frozen=True)
class Stocks:
    """Stocks of one unit at the end of its years, flows of the years, (n,) each; see :data:`STOCKS`."""

    investment: Floats
    gross: Floats
    net: Floats
    productive: Floats
    depreciation: Floats
    retirement: Floats
    initial_share: Floats

    @classmethod
    def of(cls, real: Floats, invested: Floats, past: Past, stocks: Floats, initial: Floats) -> "Stocks":
        """Return stocks and the flows between them.

        Parameters
        ----------
        real : (n,)
            Investment.
        invested : (n,)
            The same, with the past's in the first year where the past replaces it.
        stocks, initial : (3, n + 1)
            Gross, net and productive stock at the beginning and at the end of each year, and what of them the
            past left.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            share = initial[2, 1:] / stocks[2, 1:]
            if not past.counted:
                stocks = stocks - initial
            gross, net, productive = stocks
            depreciation, retirement = (before[:-1] + invested - before[1:] for before in (net, gross))
        return cls(real, gross[1:], net[1:], productive[1:], depreciation, retirement, share)

    def status(self, rule: Initial) -> tuple[Texts, Texts]:
        """Return status and reason of each year, (n,) each."""
        status, reason = (np.full(self.net.size, word, dtype=object) for word in ("ok", ""))
        with np.errstate(invalid="ignore"):
            empty = ~(self.net > 0) | ~(self.productive > 0)
            lacking = self.initial_share > (rule.accepted if isinstance(rule, LongSeries) else np.inf)
        beyond = ~np.isfinite([self.net, self.productive, self.depreciation, self.investment]).all(axis=0)
        beyond |= np.isinf(self.gross) | np.isinf(self.retirement)
        status[lacking] = "not_identified"
        reason[lacking] = [
            say("investment before the series may be {share:.0%} of the stock", share=float(share))
            for share in self.initial_share[lacking]
        ]
        if empty.any():
            status[empty], reason[empty] = "non_positive", say("no capital stock above zero")
        status[beyond], reason[beyond] = "numerical", say("the numbers are too large or too small to compute with")
        return status, reason


def profile_stocks(real: Floats, past: Past, survival: Floats, price: Floats, cohort: Floats) -> Stocks:
    """Return the stocks of investment (n,) under profiles by age, (a,) each."""
    ages, n = cohort.size, real.size
    with np.errstate(over="ignore", invalid="ignore"):
        back = (1.0 + past.growth) ** -np.arange(ages, -1.0, -1.0)  # of the years ages .. 1, 0 before the first
        level = past.level if np.isnan(past.stock) else past.stock / (back[1:][::-1] @ price)
        invested = np.append(level if past.replaces else real[0], real[1:])
        before, none = level * back[:-1], np.zeros(n - 1)
        series = np.concatenate([before, invested])
        only_past = np.concatenate([before, [level if past.replaces else 0.0], none])
        shapes, at = (survival, price, cohort), slice(ages - 1, ages + n)
        stocks, initial = (np.array([np.convolve(s, w)[at] for w in shapes]) for s in (series, only_past))
    return Stocks.of(real, invested, past, stocks, initial)


def geometric_stocks(
    real: Floats, rates: Floats, past: Past, *, half: float, reported: Floats, survival: Floats | None
) -> Stocks:
    """Return the stocks of investment (n,) under depreciation rates (n,).

    Parameters
    ----------
    half : 0 or 0.5
        Years of ageing in the year of investment.
    reported : (n,)
        Depreciation in the place of rate times stock, NaN where the rate counts.
    survival : (a,) or None
        For gross stock and retirement, which are NaN without it.
    """
    n, growth = real.size, past.growth
    first = float(rates[0])
    kept = 1.0 - half * first
    level = float(past.level) if np.isnan(past.stock) else past.stock * (growth + first) / (kept * (1.0 + growth))
    invested = np.append(level if past.replaces else real[0], real[1:])
    opening = kept * level / (growth + first)
    net, initial = [opening], [opening]
    for t, (rate, told, spent) in enumerate(zip(rates.tolist(), reported.tolist(), invested.tolist(), strict=True)):
        known = t > 0 and told == told and net[-1] != 0.0
        left, new = (1.0 - told / net[-1], 1.0) if known else (1.0 - rate, 1.0 - half * rate)
        net.append(left * net[-1] + new * spent)
        initial.append(left * initial[-1] + (kept * level if t == 0 and past.replaces else 0.0))
    gross = initial_gross = np.full(n + 1, np.nan)
    if survival is not None:
        same = Past(level, growth, replaces=past.replaces)
        found = profile_stocks(real, same, survival, survival, survival)
        used = found.gross[0] + found.retirement[0] - invested[0]
        gross, initial_gross = np.append(used, found.gross), np.append(used, found.initial_share * found.gross)
    return Stocks.of(real, invested, past, np.array([gross, net, net]), np.array([initial_gross, initial, initial]))
