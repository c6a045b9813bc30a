"""Capital services: the formulas written out, an economy whose services are known, identities, declared rules."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import (
    CapitalServices,
    CapitalServicesResult,
    CapitalTax,
    ChinaCustom,
    Deflator,
    ExternalRate,
    Geometric,
    HybridRate,
    InternalRate,
    PerpetualInventory,
    SmoothedGains,
)

EXACT = 1e-10  # sums of some terms near 1
YEARS = np.arange(2000, 2009)
KINDS = {"software": "ICT", "computers": "ICT", "buildings": "other", "research": "intangible"}
DELTA = {"software": 0.315, "computers": 0.3, "buildings": 0.03, "research": 0.2}


def economies(seed: int = 3) -> pd.DataFrame:
    """Return three economies with four assets (C has no research), every number drawn here."""
    rng = np.random.default_rng(seed)
    rows = []
    for economy in "ABC":
        paid = 300.0 * np.exp(rng.normal(0.05, 0.02, YEARS.size).cumsum())
        cpi = np.exp(rng.normal(0.02, 0.005, YEARS.size).cumsum())
        for asset, group in KINDS.items():
            if (economy, asset) == ("C", "research"):
                continue
            stock = rng.uniform(50, 200) * np.exp(rng.normal(0.05, 0.05, YEARS.size).cumsum())
            price = np.exp(rng.normal(-0.05 if group == "ICT" else 0.02, 0.01, YEARS.size).cumsum())
            wedge, levy = rng.uniform(0.9, 1.2), rng.uniform(0, 0.01)
            for t, year in enumerate(YEARS):
                head = (f"{economy}:{asset}", economy, asset, group, year)
                rows.append((*head, stock[t], price[t], DELTA[asset], paid[t], cpi[t], wedge, levy))
    names = ["unit", "economy", "asset", "group", "year", "k", "p", "delta", "paid", "cpi", "wedge", "levy"]
    return pd.DataFrame(rows, columns=names)


def panel(frame: pd.DataFrame) -> xz.Panel:
    return xz.Panel(frame, unit="unit", time="year")


def fit(method: CapitalServices, data: pd.DataFrame | xz.Panel) -> CapitalServicesResult:
    result = method.fit(data if isinstance(data, xz.Panel) else panel(data))
    assert isinstance(result, CapitalServicesResult)
    return result


PLAIN = CapitalServices(
    stock="k", price="p", depreciation="delta", compensation="paid", economy="economy", asset="asset", group="group"
)


def by_hand(
    frame: pd.DataFrame, *, tax: bool = False, timing: str = "opening"
) -> dict[tuple[str, int], dict[str, float]]:
    """Return services, stock and contributions straight from the formulas, economy by economy and year by year."""
    out: dict[tuple[str, int], dict[str, float]] = {}
    for economy, own in frame.groupby("economy"):
        wide = {c: own.pivot(index="year", columns="asset", values=c) for c in ("k", "p", "delta", "wedge", "levy")}
        paid = own.groupby("year")["paid"].first()
        cost, used, worth = {}, {}, {}
        for t in YEARS[1:]:
            k, k0, p, p0 = wide["k"].loc[t], wide["k"].loc[t - 1], wide["p"].loc[t], wide["p"].loc[t - 1]
            q = {"opening": k0, "mean": (k + k0) / 2, "closing": k}[timing]
            wedge = wide["wedge"].loc[t] if tax else 1.0
            levy = wide["levy"].loc[t] if tax else 0.0
            d = wide["delta"].loc[t]
            free = paid[t] + (wedge * (p - p0) * q).sum() - (wedge * d * p * q).sum() - (levy * p * q).sum()
            r = free / (wedge * p0 * q).sum()
            c = wedge * (r * p0 + d * p - (p - p0)) + levy * p
            cost[t], used[t], worth[t] = c * q, q, p0 * q
            assert cost[t].sum() == pytest.approx(paid[t])
        for t in YEARS[2:]:
            v = 0.5 * (cost[t] / cost[t].sum() + cost[t - 1] / cost[t - 1].sum())
            w = 0.5 * (worth[t] / worth[t].sum() + worth[t - 1] / worth[t - 1].sum())
            change = np.log(used[t] / used[t - 1])
            cell = {"capital_services": (v * change).sum(), "capital_stock": (w * change).sum()}
            for group in sorted(set(KINDS.values())):
                mine = [a for a in change.index if KINDS[a] == group]
                cell[group] = (v[mine] * change[mine]).sum()
            out[str(economy), int(t)] = cell
    return out


@pytest.mark.parametrize("timing", ["opening", "mean", "closing"])
@pytest.mark.parametrize("tax", [False, True])
def test_against_the_formulas_written_out(tax: bool, timing: str) -> None:
    frame = economies()
    settings = {"tax": CapitalTax(wedge="wedge", property_tax="levy")} if tax else {}
    result = fit(PLAIN.model_copy(update={**settings, "timing": timing}), frame)
    expected = by_hand(frame, tax=tax, timing=timing)
    for row, (unit, year) in enumerate(zip(result.rows.unit, result.rows.time, strict=True)):
        if year == YEARS[1]:
            assert result.rows.status[row] == "missing_data", "no price before the first year"
            continue
        for name, value in expected[unit, int(year)].items():
            assert result.term(name)[row] == pytest.approx(value, abs=EXACT), (unit, year, name)


def test_an_economy_whose_services_are_known() -> None:
    """Truth: Cobb-Douglas in assets under known rates of return and prices: rental prices are marginal products.

    Stocks in use are a_k x compensation / c_k with c_k = p_k,-1 (1 + r) - (1 - delta_k) p_k, so services grow by
    SUM a_k dln K_k and the rate must come out as it went in.
    """
    rng = np.random.default_rng(11)
    share, delta, n = np.array([0.2, 0.5, 0.3]), np.array([0.3, 0.03, 0.1]), 12
    rate = rng.uniform(0.06, 0.1, n)
    price = np.exp(rng.normal([-0.05, 0.01, 0.02], 0.01, (n, 3)).cumsum(axis=0))
    paid = 100 * np.exp(rng.normal(0.04, 0.02, n).cumsum())
    rental = price[:-1] * (1 + rate[1:, None]) - (1 - delta) * price[1:]
    used = share * paid[1:, None] / rental
    stock = np.vstack([used, used[-1]])  # what works in a year stands at the end of the year before
    cells = {"k": stock.ravel(), "p": price.ravel(), "delta": np.tile(delta, n), "paid": np.repeat(paid, 3)}
    frame = pd.DataFrame({"unit": np.tile(["x", "y", "z"], n), "year": np.repeat(np.arange(n), 3)} | cells)
    result = fit(CapitalServices(stock="k", price="p", depreciation="delta", compensation="paid"), frame)
    assert result.term("capital_services")[1:] == pytest.approx(np.diff(np.log(used), axis=0) @ share, abs=EXACT)
    assert result.rates()["rate"] == pytest.approx(rate[1:], abs=EXACT)
    assert result.user_costs()["share"].reshape(n - 1, 3) == pytest.approx(np.tile(share, (n - 1, 1)), abs=EXACT)


# Identities -------------------------------------------------------------------------------------


def assert_adds_up(result: CapitalServicesResult) -> None:
    rates, good = result.rates(), result.rows.status == "ok"
    assert rates["cost"] / rates["compensation"] == pytest.approx(np.ones(rates["cost"].size), abs=EXACT)
    parts = sum(result.term(name)[good] for name in result.groups)
    assert parts == pytest.approx(result.term("capital_services")[good], abs=EXACT)
    both = result.term("capital_stock")[good] + result.term("capital_composition")[good]
    assert both == pytest.approx(result.term("capital_services")[good], abs=EXACT)
    assert result.diagnostics["largest_gap"] < EXACT
    assert result.diagnostics["compensation_gap"] < EXACT


@pytest.mark.parametrize("gains", ["actual", "none", SmoothedGains(years=3)])
@pytest.mark.parametrize("seed", range(5))
def test_user_costs_add_up_to_compensation(seed: int, gains: Any) -> None:
    method = PLAIN.model_copy(update={"gains": gains, "tax": CapitalTax(wedge="wedge", property_tax="levy")})
    result = fit(method, economies(seed))
    assert_adds_up(result)
    costs = result.user_costs()
    assert costs["user_cost"] * costs["stock"] == pytest.approx(costs["cost"], rel=EXACT)


@needs_shared
def test_user_costs_add_up_on_real_stocks_and_prices() -> None:
    """Real stocks and prices of investment of 30 provinces as 30 assets; compensation, which is not in the file, is
    set to 25 % of their value. No asset-level accounts lie beside this checkout."""
    frame = pd.read_csv(SHARED / "growth" / "china_province_capital_1952_2022.csv")
    frame = frame[(frame["province"] != "chongqing") & (frame["year"] >= 1992)].rename(columns={"province": "unit"})
    deflator = Deflator(price="InvestPrice", year=2000)
    inventory = PerpetualInventory(
        investment="invest", deflator=deflator, efficiency=Geometric(rate=0.096), initial=ChinaCustom()
    )
    data = panel(frame)
    price = data.values("InvestPrice") / data.values("InvestPrice")[data.locate(data.units, [2000])[:, 0]][data.code]
    value = pd.Series(inventory.fit(data).term("net") * price).groupby(data.when).sum()
    frame = frame.assign(paid=0.25 * frame["year"].map(value))
    method = CapitalServices(
        stock=xz.Term(method=inventory, column="productive"), price=deflator, depreciation=0.096, compensation="paid"
    )
    result = fit(method, frame)
    assert result.rows.status.tolist() == ["missing_data"] + ["ok"] * 29
    assert_adds_up(result)
    assert abs(result.period_columns([(1993, 2022)])["capital_composition"][0]) < 0.5, "assets that decay alike"


def test_composition_is_zero_where_assets_grow_alike() -> None:
    frame = economies()
    path = frame.groupby("unit")["k"].transform("first") * np.exp(0.03 * (frame["year"] - YEARS[0]))
    result = fit(PLAIN, frame.assign(k=path))
    good = result.rows.status == "ok"
    assert result.term("capital_services")[good] == pytest.approx(np.full(good.sum(), 0.03), abs=EXACT)
    assert result.term("capital_composition")[good] == pytest.approx(np.zeros(good.sum()), abs=EXACT)


def test_an_asset_cut_in_two_changes_nothing() -> None:
    frame = economies()
    buildings = frame["asset"] == "buildings"
    halves = [frame[buildings].assign(unit=frame["unit"] + n, asset=f"buildings{n}", k=frame["k"] / 2) for n in "12"]
    one, two = fit(PLAIN, frame), fit(PLAIN, pd.concat([frame[~buildings], *halves]))
    for name in one.rows.terms:
        np.testing.assert_allclose(two.term(name), one.term(name), rtol=0, atol=EXACT)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_of_measure(factor: float) -> None:
    """Other units of stocks (with prices to match) or of money."""
    data = panel(economies())
    one = fit(PLAIN, data)
    for scales in ({"k": factor, "p": 1 / factor}, {"p": factor, "paid": factor}, {"k": factor, "paid": factor}):
        other = fit(PLAIN, data.scaled(scales))
        for name in one.rows.terms:
            np.testing.assert_allclose(other.term(name), one.term(name), rtol=0, atol=EXACT)


def test_a_deflator_turns_stocks_into_values() -> None:
    """Prices on any base: what counts is that price x stock is value."""
    frame = economies()
    base = frame[frame["year"] == 2004].set_index("unit")["p"]
    frame["index"] = frame["p"] / frame["unit"].map(base) * frame.groupby("unit").ngroup().add(1.0)
    frame["real"] = frame["k"] * frame["unit"].map(base)
    one = fit(PLAIN, frame)
    other = fit(PLAIN.model_copy(update={"stock": "real", "price": Deflator(price="index", year=2004)}), frame)
    for name in one.rows.terms:
        np.testing.assert_allclose(other.term(name), one.term(name), rtol=0, atol=EXACT)


# Rates of return --------------------------------------------------------------------------------


def test_the_internal_rate_given_from_outside() -> None:
    frame = economies()
    inner = fit(PLAIN, frame)
    rates = inner.rates()
    known = dict(zip(zip(rates["unit"], rates["time"].tolist(), strict=True), rates["rate"], strict=True))
    frame["r"] = [known.get(key, np.nan) for key in zip(frame["economy"], frame["year"], strict=True)]
    outer = fit(PLAIN.model_copy(update={"rate": ExternalRate(nominal="r"), "compensation": None}), frame)
    for name in inner.rows.terms:
        np.testing.assert_allclose(outer.term(name), inner.term(name), rtol=0, atol=EXACT)
    real = ExternalRate(real=0.04, inflation=0.02)
    fixed = fit(PLAIN.model_copy(update={"rate": real}), frame)
    assert fixed.rates()["rate"] == pytest.approx(np.full(24, 1.04 * 1.02 - 1), abs=EXACT)
    assert np.isfinite(fixed.rates()["compensation"]).all(), "user costs are compared with compensation"


def test_hybrid_user_costs_against_the_formula_of_the_oecd() -> None:
    """c = p_-1 (1 + cpi) [r + delta (1 + i) - i], i: five-year mean growth of asset over consumer prices."""
    frame = economies()
    result = fit(PLAIN.model_copy(update={"rate": HybridRate(real=0.05, consumer_price="cpi")}), frame)
    costs = result.user_costs()
    assert set(costs["time"]) == {2005, 2006, 2007, 2008}, "five price changes are needed"
    for unit, asset, year, cost in zip(
        costs["unit"], costs["asset"], costs["time"].tolist(), costs["user_cost"], strict=True
    ):
        own = frame[(frame["economy"] == unit) & (frame["asset"] == asset)].set_index("year")
        rho = own["cpi"].pct_change()
        i = ((1 + own["p"].pct_change()) / (1 + rho) - 1).loc[year - 4 : year].mean()
        direct = own["p"][year - 1] * (1 + rho[year]) * (0.05 + DELTA[asset] * (1 + i) - i)
        assert cost == pytest.approx(direct, rel=EXACT)


def test_a_floor_on_the_rate() -> None:
    frame = economies()
    low = fit(PLAIN, frame).rates()["rate"]
    floor = float(np.median(low))
    result = fit(PLAIN.model_copy(update={"rate": InternalRate(floor=floor)}), frame)
    rates = result.rates()
    binds = rates["floored"]
    assert binds.sum() == 12
    assert rates["rate"].min() == floor
    assert (rates["cost"][binds] > rates["compensation"][binds]).all()
    assert rates["rate"][~binds] == pytest.approx(low[~binds])
    assert result.warnings == ("XZ-431 the rate of return stands at its floor in 12 years of a whole.",)


# Declared rules ---------------------------------------------------------------------------------


def booming() -> pd.DataFrame:
    """Return the economies with the price of A's buildings up by 40 % in 2004: their user cost is negative."""
    frame = economies()
    boom = (frame["unit"] == "A:buildings") & (frame["year"] >= 2004)
    return frame.assign(p=np.where(boom, 1.4 * frame["p"], frame["p"]))


def test_a_negative_user_cost_is_an_error_unless_a_rule_is_named() -> None:
    frame = booming()
    with pytest.raises(DataError, match=r"XZ-232.*1 user costs not positive: A buildings 2004"):
        PLAIN.fit(panel(frame))
    missing = fit(PLAIN.model_copy(update={"negative": "missing"}), frame)
    odd = (missing.rows.unit == "A") & np.isin(missing.rows.time, [2004, 2005])
    assert (missing.rows.status[odd] == "not_identified").all()
    assert set(missing.rows.reason[odd]) == {"user cost of buildings not positive in 2004"}
    plain = fit(PLAIN, economies())
    others = (missing.rows.unit != "A") & (missing.rows.status == "ok")
    np.testing.assert_array_equal(missing.term("capital_services")[others], plain.term("capital_services")[others])
    for gains in ("none", SmoothedGains(years=5)):
        result = fit(PLAIN.model_copy(update={"gains": gains}), frame)
        assert (result.user_costs()["user_cost"] > 0).all()
        assert_adds_up(result)


def test_a_group_shares_its_user_costs() -> None:
    """Buildings pooled with research: each has the group's mean user cost per unit of value, and all adds up."""
    frame = booming()
    frame["group"] = frame["group"].replace({"intangible": "other"})
    result = fit(PLAIN.model_copy(update={"negative": "group"}), frame)
    costs = result.user_costs()
    pool = (costs["unit"] == "A") & (costs["time"] == 2004) & (costs["group"] == "other")
    before = frame[(frame["economy"] == "A") & (frame["year"] == 2003)].set_index("asset")
    value = np.array([before["p"][a] * before["k"][a] for a in costs["asset"][pool]])
    share = costs["share"][pool]
    assert share / value == pytest.approx(np.full(2, share.sum() / value.sum()), rel=EXACT)
    paid = frame[(frame["economy"] == "A") & (frame["year"] == 2004)]["paid"].iloc[0]
    assert share.sum() == pytest.approx(costs["cost"][pool].sum() / paid, rel=EXACT)
    assert_adds_up(result)
    with pytest.raises(DataError, match="XZ-232"):
        PLAIN.model_copy(update={"negative": "group"}).fit(panel(booming()))


def test_one_missing_asset_is_a_missing_year() -> None:
    frame = economies()
    hole = (frame["unit"] == "B:software") & (frame["year"] == 2004)
    result = fit(PLAIN, frame.assign(k=np.where(hole, np.nan, frame["k"])))
    odd = (result.rows.unit == "B") & (result.rows.status != "ok")
    assert result.rows.time[odd].tolist() == [2001, 2005, 2006]
    assert "B:software: stock of the year before missing in 2004 or 2005" in result.rows.reason[odd][1]
    fewer = fit(PLAIN, frame[~((frame["unit"] == "B:software") & (frame["year"] >= 2006))])
    assert "B:software: no step" in fewer.rows.reason[(fewer.rows.unit == "B") & (fewer.rows.time == 2007)][0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: f.assign(paid=np.where(f["asset"] == "software", 1.1, 1.0) * f["paid"]), "XZ-242"),
        (lambda f: f.assign(delta=1.2), "XZ-234"),
        (lambda f: f.assign(wedge=-1.0), "XZ-234"),
        (lambda f: f.assign(p=np.nan), "XZ-206"),
    ],
)
def test_data_errors(change: Any, code: str) -> None:
    method = PLAIN.model_copy(update={"tax": CapitalTax(wedge="wedge", property_tax="levy")})
    with pytest.raises(DataError, match=code):
        method.fit(panel(change(economies())))


def test_an_index_has_no_value() -> None:
    """Value is price x stock: each asset's own base year would change the weights."""
    for column in ("k", "p"):
        data = xz.Panel(economies(), unit="unit", time="year", columns={column: xz.Column("", "growth_index")})
        with pytest.raises(DataError, match="XZ-207"):
            PLAIN.fit(data)


def test_growth_of_a_column_that_compares_within_a_year_only_is_warned_of() -> None:
    data = xz.Panel(economies(), unit="unit", time="year", columns={"k": xz.Column("", "relative_level")})
    assert PLAIN.fit(data).warnings == ("XZ-406 growth of columns that compare units within one period only: k.",)
    inventory = PerpetualInventory(investment="k", efficiency=Geometric(rate=0.1), initial=ChinaCustom())
    assert inventory.fit(data).warnings[0].startswith("XZ-406")


def test_settings_that_contradict_each_other() -> None:
    base = {"stock": "k", "price": "p", "depreciation": 0.1}
    for wrong in (
        {},
        {"compensation": "paid", "rate": HybridRate(real=0.04, consumer_price="cpi"), "gains": "none"},
        {"compensation": "paid", "depreciation": 1.5},
        {"compensation": "paid", "negative": "group"},
    ):
        with pytest.raises(UsageError, match="XZ-103"):
            CapitalServices(**(base | wrong))
    for wrong in ({}, {"nominal": 0.1, "real": 0.1, "inflation": 0.1}, {"real": 0.1}):
        with pytest.raises(UsageError, match="XZ-103"):
            ExternalRate(**wrong)
    with pytest.raises(UsageError, match=r"XZ-103.*columns of the result"):
        PLAIN.model_copy(update={"group": None}).fit(
            panel(economies().replace({"asset": {"software": "capital_stock"}}))
        )


def test_a_year_that_nobody_has_is_missing_not_bridged() -> None:
    frame = economies()
    result = fit(PLAIN, frame[frame["year"] != 2004])
    assert result.rows.time[:8].tolist() == list(range(2001, 2009))
    own = result.rows.unit == "A"
    assert result.rows.status[own].tolist() == ["missing_data"] + ["ok"] * 2 + ["missing_data"] * 3 + ["ok"] * 2
    whole = fit(PLAIN, frame)
    for year in (2003, 2008):
        at = own & (result.rows.time == year)
        assert result.term("capital_services")[at] == pytest.approx(whole.term("capital_services")[at], abs=EXACT)


def test_tables_and_words() -> None:
    result = fit(PLAIN, economies())
    mean, costs, rates = result.tables(xz.View(units=("A",), periods=((2002, 2005), (2005, 2008))))
    columns = mean.columns()
    assert [len(table.rows) for table in (mean, costs, rates)] == [2, 4, 3], "rates of the years that end periods"
    parts = [columns[name] for name in ("ICT", "intangible", "other")]
    assert np.sum(np.array(parts, dtype=float), axis=0) == pytest.approx(columns["capital_services"])
    assert sum(costs.columns()["share"]) == pytest.approx(100.0)  # type: ignore[arg-type]
    assert np.array(rates.columns()["covered"], dtype=float) == pytest.approx(np.full(3, 100.0))
    assert result.summary().splitlines()[0].startswith("A: capital services grew by ")
    assert "2001–2008" in result.summary(), "from the first step that can be computed"


# Odd cells: warnings are errors here --------------------------------------------------------------


def with_cell(column: str, value: float) -> pd.DataFrame:
    """Return the economies with one cell replaced: software of A in 2005."""
    frame = economies()
    frame.loc[(frame.unit == "A:software") & (frame.year == 2005), column] = value
    return frame


@pytest.mark.parametrize("value", [1e300, 1e-300, 0.0, -1.0, np.nan])
def test_an_odd_consumer_price_has_a_status(value: float) -> None:
    """An ok row never holds NaN; a cell that is not positive is said to be so, not to be missing."""
    rate = HybridRate(real=0.04, consumer_price="cpi", years=2)
    method = PLAIN.model_copy(update={"compensation": None, "rate": rate, "negative": "missing"})
    result, plain = (fit(method, data) for data in (with_cell("cpi", value), economies()))
    status = result.rows.status
    for name, cells in result.rows.terms.items():
        assert np.isfinite(cells[status == "ok"]).all(), name
        assert np.isnan(cells[status != "ok"]).all(), name
    touched = (result.rows.unit == "A") & (result.rows.time >= 2005) & (result.rows.time <= 2008)
    assert (status[~touched] == plain.rows.status[~touched]).all()
    words = {0.0: "non_positive", -1.0: "non_positive"}
    if value <= 0:
        assert set(status[touched]) == {words[value]}
        assert "cpi" in result.rows.reason[touched][0]
    elif np.isnan(value):
        assert set(status[touched]) == {"missing_data"}
    assert result.tables()
    assert result.summary()


@pytest.mark.parametrize(
    ("column", "values"), [("k", (0.0, -1.0, 1e-300)), ("p", (0.0, -1.0, 1e-300)), ("paid", (0.0,))]
)
def test_no_warning_and_no_missing_number_in_an_ok_row(column: str, values: tuple[float, ...]) -> None:
    for value in values:
        frame = with_cell(column, value)
        if column == "paid":
            frame["paid"] = np.where(frame.year == 2005, value, frame.paid)
        result = fit(PLAIN.model_copy(update={"negative": "missing"}), frame)
        good = result.rows.status == "ok"
        assert good.sum() >= 14
        assert all(np.isfinite(cells[good]).all() for cells in result.rows.terms.values())
        assert result.tables()
        assert result.summary()
        assert result.user_costs()
        if value <= 0:
            assert "non_positive" in result.rows.status
