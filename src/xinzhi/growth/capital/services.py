"""Capital services: growth of the assets of an economy at what their use costs.

    user cost    c_k = T_k [p_k,-1 (1 + r) - (1 - delta_k) p^e_k] + x_k p_k
               = T_k [p_k,-1 r + delta_k p^e_k - (p^e_k - p_k,-1)] + x_k p_k       p^e: price expected
    internal r:  SUM_k c_k K_k = compensation of capital
    services     dln K^S = SUM_k vbar_k dln K_k,   v_k = c_k K_k / SUM c K
    stock        dln K   = SUM_k wbar_k dln K_k,   w_k = p_k,-1 K_k / SUM p_-1 K
    composition = services - stock

T is the tax wedge (1 - u z - credit) / (1 - u), x the rate of tax on property; 1 and 0 without taxes.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError, listed
from xinzhi.growth.capital.costs import (
    Assets,
    CapitalTax,
    Costs,
    ExternalRate,
    HybridRate,
    InternalRate,
    Part,
    SmoothedGains,
    pooled,
    read_assets,
    shared,
)
from xinzhi.growth.capital.investment import Deflator
from xinzhi.growth.capital.pages import services_figures, services_summary, services_tables
from xinzhi.language import named, say
from xinzhi.method import Method, Result, Rows, Table, Term, View, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import KEYS
from xinzhi.method.status import gap_warnings, mark_beyond_range, step_status
from xinzhi.method.wholes import Wholes, wholes_of
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

CUBES = 13
"""Cubes of wholes, years and assets that are held at once (measured)."""

OWN = ("capital_services", "capital_stock", "capital_composition")
"""Terms that every result has."""


@register("capital_services")
class CapitalServices(Method):
    """Aggregate assets to capital services by their user costs, and split off the composition of capital.

    Parameters
    ----------
    stock : str or Term
        Productive stock of the asset at the end of the year, in the prices of one year; units are assets.
    price : str or Deflator
        Price of new assets. Price times stock must be value at current prices: a Deflator sets the price to 1 in
        the year at whose prices the stocks are measured.
    depreciation : number or str
        Rate a year, 0 to 1.
    compensation : str or None
        Capital compensation of the whole, repeated on each of its assets; internal rates need it.
    economy : str or None
        Label column that names the whole; None where all units belong to one.
    asset : str or None
        Label column that names the asset; the unit itself by default (with many wholes this takes much memory).
    group : str or None
        Label column by which contributions are summed, such as ICT, non-ICT and intangible assets.
    rate : InternalRate, ExternalRate or HybridRate
        The rate of return.
    gains : "actual", "none" or SmoothedGains
        Expected growth of asset prices: what came, none, or a moving average.
    tax : CapitalTax
        Taxes in the user cost.
    timing : "opening", "mean" or "closing"
        The stock that works in a year: of the end of the year before, the mean of both, or of its end.
    negative : "error", "group" or "missing"
        Where a user cost is not positive: an error; the costs of its group are shared by asset values; or the
        year is missing.

    Notes
    -----
    Land, inventories and natural resources belong among the assets, or the internal rate is overstated. Ex-post
    rates and actual gains make volatile user costs, some negative; smoothed or no gains, a floor on the rate, or
    grouping are choices to be stated. The stock aggregate weighs growth by asset values, so composition is what
    weighing by user cost adds. A step needs prices of the two years before its end.

    References
    ----------
    Jorgenson, D. W. and Griliches, Z. (1967). Review of Economic Studies 34(3), 249-283. doi:10.2307/2296675
    Hall, R. E. and Jorgenson, D. W. (1967). American Economic Review 57(3), 391-414.
    OECD (2009). Measuring Capital, second edition. doi:10.1787/9789264068476-en
    O'Mahony, M. and Timmer, M. P. (2009). Economic Journal 119(538), F374-F403. doi:10.1111/j.1468-0297.2009.02280.x

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [(a, t, k * g**t, p**t, 1.2**t) for a, k, g, p in (("it", 1, 1.3, 0.9), ("building", 5, 1.02, 1.03))
    ...         for t in range(5)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["a", "t", "k", "p", "cap"]), unit="a", time="t")
    >>> method = CapitalServices(stock="k", price="p", depreciation=0.1, compensation="cap")
    >>> found = method.fit(panel)
    >>> found.periods([(2, 4)])[["capital_services", "capital_stock", "capital_composition"]].round(2).values.tolist()
    [[8.61, 6.81, 1.8]]
    """

    column_fields: ClassVar[tuple[str, ...]] = (
        "stock",
        "price",
        "depreciation",
        "compensation",
        "economy",
        "asset",
        "group",
    )
    stock: str | Term
    price: str | Deflator
    depreciation: Part | str
    compensation: str | None = None
    economy: str | None = None
    asset: str | None = None
    group: str | None = None
    rate: InternalRate | ExternalRate | HybridRate = InternalRate()
    gains: Literal["actual", "none"] | SmoothedGains = "actual"
    tax: CapitalTax = CapitalTax()
    timing: Literal["opening", "mean", "closing"] = "opening"
    negative: Literal["error", "group", "missing"] = "error"

    @model_validator(mode="after")
    def _consistent(self) -> "CapitalServices":
        if isinstance(self.rate, InternalRate) and self.compensation is None:
            raise ValueError(say("an internal rate needs compensation"))
        if isinstance(self.rate, HybridRate) and self.gains != "actual":
            raise ValueError(say("a hybrid rate smooths gains itself: leave gains out"))
        if self.negative == "group" and self.group is None:
            raise ValueError(say("negative='group' needs group"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes it takes: some cubes of wholes, years and assets beside the rows."""
        wholes = wholes_of(panel, self.economy, self.asset)
        return super().memory(panel, workers=workers) + CUBES * 8 * wholes.belongs.size * panel.times.size

    def compute(self, panel: Panel, run: Run) -> "CapitalServicesResult":
        """Return growth of services and stock by whole and step."""
        wholes = wholes_of(panel, self.economy, self.asset)
        groups, of_group = self._groups(wholes)
        assets = read_assets(self, panel, run)
        steps = panel.steps()
        checks = [step_status(panel, steps, assets.needs)]
        if not (checks[0][0] == "ok").any():
            found = say("no step has stock, prices and compensation; first: {reason}", reason=checks[0][1][0])
            raise DataError("XZ-206", found, where=panel.source)
        status, reason = wholes.folded(steps, checks)
        costs = self._costs(assets, wholes)
        weights, odd = self._weights(costs, wholes, of_group)
        self._exclude(odd, wholes, status, reason)
        names, (unit, time) = wholes.names, wholes.keys(wholes.years())
        quantity, value, shares = (every_year(c, panel.times) for c in (costs.quantity, costs.value, weights))
        terms = services_terms(quantity, value, shares, wholes.belongs, of_group, groups.size)
        cells = dict(zip((*OWN, *groups.tolist()), terms, strict=True))
        mark_beyond_range(status, reason, terms)
        cells = {name: np.where(status == "ok", values.ravel(), np.nan) for name, values in cells.items()}
        rows = Rows(unit, time, cells, status, reason)
        parts = np.column_stack([cells[name] for name in groups])
        whole, words = cells["capital_services"], say("contributions of assets to services")
        gap = check_adding_up(whole, parts, rows, identity=words)
        floored = int(costs.floored.sum())
        warning = say("XZ-431 the rate of return stands at its floor in {count} years of a whole.", count=floored)
        return CapitalServicesResult(
            method=self,
            panel=panel,
            rows=rows,
            warnings=(*assets.warnings, *gap_warnings(panel, steps), *((warning,) if floored else ())),
            diagnostics={
                "largest_gap": gap,
                "compensation_gap": self._compensation_gap(costs, wholes),
                "negative_user_costs": int(((costs.cost <= 0) & wholes.belongs[:, None, :]).sum()),
            },
            wholes=names,
            assets=wholes.parts,
            groups=tuple(groups.tolist()),
            of_group=of_group,
            costs=costs,
            weights=weights,
        )

    def _groups(self, wholes: Wholes) -> tuple[Texts, Ints]:
        """Return the names by which contributions are given, and the group of each part of each whole, (w, p)."""
        of = wholes.parts[wholes.part] if self.group is None else wholes.panel.unit_label(self.group)
        groups, code = np.unique(of.astype(str), return_inverse=True)
        taken = sorted({*OWN, *KEYS} & set(groups.tolist()))
        if taken:
            found = say("assets called {names}: columns of the result", names=listed(taken))
            raise UsageError("XZ-103", found, expected=say("another name"))
        out = np.zeros(wholes.belongs.shape, dtype=np.int64)
        out[wholes.whole, wholes.part] = code
        return groups.astype(object), out

    def _costs(self, assets: Assets, wholes: Wholes) -> Costs:
        """Return rates of return and user costs of all wholes."""
        cubes = {name: wholes.cube(getattr(assets, name)) for name in ("quantity", "value", "slope", "intercept")}
        present = wholes.belongs[:, None, :]
        slope, intercept = (np.where(present, cubes[name], 0.0) for name in ("slope", "intercept"))
        paid = shared(wholes, assets.compensation, str(self.compensation))
        floored = np.zeros(paid.shape, dtype=bool)
        with np.errstate(over="ignore", invalid="ignore"):
            worth = slope.sum(axis=2)
            worth = np.where(worth > 0, worth, np.nan)
            if isinstance(self.rate, InternalRate):
                rate = (paid - intercept.sum(axis=2)) / worth
                if self.rate.floor is not None:
                    floored = rate < self.rate.floor
                    rate = np.where(floored, self.rate.floor, rate)
                cost = slope * rate[:, :, None] + intercept
            else:
                each = np.where(present, wholes.cube(assets.rate), 0.0)
                cost = slope * each + intercept
                rate = (slope * each).sum(axis=2) / worth
        cost = np.where(present, cost, 0.0)
        return Costs(cubes["quantity"], cubes["value"], cost, rate, paid, floored, wholes.belongs)

    def _weights(self, costs: Costs, wholes: Wholes, of_group: Ints) -> tuple[Floats, Bools]:
        """Return shares of user cost, (w, t, p), and the cells whose user cost is not positive by the rule."""
        cost = costs.cost
        whole = wholes.belongs[:, None, :] & np.isfinite(cost).all(axis=2, keepdims=True)
        odd = (cost <= 0) & whole
        if self.negative == "group" and odd.any():
            cost = pooled(cost, np.where(wholes.belongs[:, None, :], costs.value, 0.0), of_group)
            odd = (cost <= 0) & whole
        if odd.any() and self.negative != "missing":
            places = list(zip(*np.nonzero(odd), strict=True))
            cells = [f"{wholes.names[w]} {wholes.parts[p]} {wholes.panel.times[t]}" for w, t, p in places]
            found = say("{count} user costs not positive: {cells}", count=len(cells), cells=listed(cells, 5))
            raise DataError("XZ-232", found, where=wholes.panel.source)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            shares: Floats = cost / cost.sum(axis=2, keepdims=True)
        return shares, odd

    def _exclude(self, odd: Bools, wholes: Wholes, status: Texts, reason: Texts) -> None:
        """Give the steps that meet an odd user cost their status."""
        years = wholes.years()
        for w, t, p in zip(*np.nonzero(odd), strict=True):
            year = int(wholes.panel.times[t])
            for end in (year, year + 1):
                at = int(w) * years.size + end - int(years[0])
                if years[0] <= end <= years[-1] and status[at] == "ok":
                    status[at] = "not_identified"
                    asset = named(wholes.parts[p])
                    reason[at] = say("user cost of {asset} not positive in {year}", asset=asset, year=year)

    def _compensation_gap(self, costs: Costs, wholes: Wholes) -> float | None:
        """Return the largest relative gap between user costs and compensation under an internal rate; XZ-301."""
        if not isinstance(self.rate, InternalRate):
            return None
        paid = np.where(costs.compensation > 0, costs.compensation, np.nan)
        parts = (costs.cost / paid[:, :, None])[~costs.floored]
        (unit, time), kept = wholes.keys(wholes.panel.times), ~costs.floored.ravel()
        blank = np.full(parts.shape[0], "", dtype=object)
        rows = Rows(unit[kept], time[kept], {}, blank, blank)
        return check_adding_up(
            np.ones(parts.shape[0]), parts, rows, identity=say("user costs and capital compensation")
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class CapitalServicesResult(Result):
    """Growth of services, stock and composition, and contributions by group, by whole and step, log points.

    ``wholes``: (w,); ``assets``: (p,); ``groups``: names of contributions; ``of_group``: (w, p) codes; ``costs``: user
    costs; ``weights``: (w, t, p) shares.
    """

    wholes: Texts
    assets: Texts
    groups: tuple[str, ...]
    of_group: Ints
    costs: Costs
    weights: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Growth of capital services")

    def span(self) -> tuple[int, int]:
        """Return the period of the steps that can be computed."""
        good = self.rows.time[self.rows.status == "ok"]
        return (int(good.min()) - 1, int(good.max())) if good.size else Result.span(self)

    def user_costs(self) -> dict[str, Any]:
        """Return one row per whole, asset and year with a user cost.

        Columns ``unit``, ``asset``, ``group``, ``time``, ``user_cost`` (per unit of stock), ``stock``, ``cost``,
        ``share`` (in the cost of the whole).
        """
        costs = self.costs
        w, t, p = np.nonzero(np.isfinite(costs.cost) & costs.belongs[:, None, :])
        cell = (w, t, p)
        quantity = costs.quantity[cell]
        return {
            "unit": self.wholes[w],
            "asset": self.assets[p],
            "group": np.array(self.groups, dtype=object)[self.of_group[w, p]],
            "time": self.panel.times[t],
            "user_cost": costs.cost[cell] / np.where(quantity > 0, quantity, np.nan),
            "stock": quantity,
            "cost": costs.cost[cell],
            "share": self.weights[cell],
        }

    def rates(self) -> dict[str, Any]:
        """Return the rate of return, user costs and compensation by whole and year, and whether the floor binds."""
        costs = self.costs
        w, t = np.nonzero(np.isfinite(costs.rate))
        return {
            "unit": self.wholes[w],
            "time": self.panel.times[t],
            "rate": costs.rate[w, t],
            "cost": costs.cost.sum(axis=2)[w, t],
            "compensation": costs.compensation[w, t],
            "floored": costs.floored[w, t],
        }

    def tables(self, view: View | None = None) -> list[Table]:
        """Return services, stock and composition by period, user costs and rates of return."""
        return services_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return contributions of assets by period."""
        return services_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return growth of services and what composition adds."""
        return services_summary(self, view)


# Arrays in, arrays out ------------------------------------------------------------------------


def every_year(cube: Floats, times: Ints) -> Floats:
    """Return (w, t, p) with a place for every year from the first of (t,) times to the last."""
    out = np.full((cube.shape[0], int(times[-1] - times[0]) + 1, cube.shape[2]), np.nan)
    out[:, times - times[0]] = cube
    return out


def services_terms(
    quantity: Floats, value: Floats, shares: Floats, belongs: Bools, of_group: Ints, groups: int
) -> list[Floats]:
    """Return growth of services, of the stock, composition, and each group's contribution, (w, t - 1) each.

    Parameters
    ----------
    quantity, value, shares : (w, t, p)
        Stock that works, its value, its share of user cost.
    belongs : (w, p)
    of_group : (w, p)
        Codes 0 .. groups - 1.
    """
    present = belongs[:, None, :]
    logs = np.log(np.where(present & (quantity > 0), quantity, np.where(present, np.nan, 1.0)))
    worth = np.where(present, value, 0.0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        worth = worth / worth.sum(axis=2, keepdims=True)
        change = np.diff(logs, axis=1)
        services = 0.5 * (shares[:, 1:] + shares[:, :-1]) * change
        stock = (0.5 * (worth[:, 1:] + worth[:, :-1]) * change).sum(axis=2)
        parts = [np.where(of_group[:, None, :] == code, services, 0.0).sum(axis=2) for code in range(groups)]
        total = services.sum(axis=2)
        return [total, stock, total - stock, *parts]
