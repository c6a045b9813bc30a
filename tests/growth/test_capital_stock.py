"""Perpetual inventory: published stocks of China's provinces, a peer's tests, brute force, machines one by one."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import (
    ChinaCustom,
    Deflator,
    FixedLife,
    Geometric,
    Hyperbolic,
    InitialRatio,
    InitialStock,
    LogNormal,
    LongSeries,
    NormalRetirement,
    OneHossShay,
    PerpetualInventory,
    PerpetualInventoryResult,
    ReportedDepreciation,
    SteadyState,
    StraightLine,
    SurvivorCurve,
    TruncatedNormal,
    Weibull,
    Winfrey,
)
from xinzhi.growth.capital.profiles import WINFREY, Retirement, age_price, hyperbolic, profile, service_lives

SEVEN_DIGITS = 5e-8  # growth.md 4.7: to 7 digits
PRINTED = 5e-4  # figures printed to three decimals
PEER = 1e-6  # the tolerance of pimir's own tests
EXACT = 1e-10  # sums of some hundred terms, relative
GRID = 1e-6  # a mean life in 400 cells against 800 (measured: 3e-7)

LAWS: list[Retirement] = [
    FixedLife(),
    NormalRetirement(spread=0.25),
    TruncatedNormal(spread=0.49, least=0.02, greatest=1.98),
    LogNormal(spread=0.5),
    Weibull(shape=2.0),
    Winfrey(curve="S2"),
    Winfrey(curve="S3"),
    SurvivorCurve(age=(0.0, 50.0, 100.0, 150.0), surviving=(100.0, 90.0, 50.0, 0.0)),
]
AGED = [Hyperbolic(life=9.0, beta=0.5), StraightLine(life=7.5), OneHossShay(life=12.0)]


def panel(investment: Any, **columns: Any) -> xz.Panel:
    """Return one unit, or several by row, from 1990 on."""
    rows = np.atleast_2d(investment)
    names = np.repeat([f"u{k}" for k in range(len(rows))], rows.shape[1])
    years = np.tile(1990 + np.arange(rows.shape[1]), len(rows))
    return xz.Panel(pd.DataFrame({"u": names, "t": years, "i": rows.ravel()} | columns), unit="u", time="t")


def fit(method: PerpetualInventory, data: xz.Panel) -> PerpetualInventoryResult:
    result = method.fit(data)
    assert isinstance(result, PerpetualInventoryResult)
    return result


# China ------------------------------------------------------------------------------------------

CHINA = PerpetualInventory(
    investment="invest",
    deflator=Deflator(price="InvestPrice", year=2000, like={"chongqing": "sichuan"}),
    efficiency=Geometric(rate=0.096),
    initial=InitialStock(column="k_1996", otherwise=ChinaCustom(divisor=0.1, prices="first_year")),
    negative="disposals",
)
REBASED = CHINA.model_copy(update={"initial": InitialStock(column="k_1996", otherwise=ChinaCustom())})


@pytest.fixture(scope="module")
def provinces() -> xz.Panel:
    """Chongqing's stock of 1996 = Sichuan's x its part of investment (CHNCapitalStock): 1090 x 313 / 850."""
    frame = pd.read_csv(SHARED / "growth" / "china_province_capital_1952_2022.csv")
    chongqing = (frame["province"] == "chongqing") & (frame["year"] == 1996)
    frame["k_1996"] = np.where(chongqing, 1090 * 313 / 850, np.nan)
    return xz.Panel(frame, unit="province", time="year", columns={"InvestPrice": xz.Column("", "price")})


def stock(result: PerpetualInventoryResult, unit: str, year: int) -> float:
    return float(result.term("net")[(result.rows.unit == unit) & (result.rows.time == year)][0])


@needs_shared
def test_stocks_of_all_provinces_and_years(provinces: xz.Panel) -> None:
    """Source: column K_2000prices, made by R CHNCapitalStock 0.1.1 (Zhang 2008), 2,157 cells."""
    found, published = fit(CHINA, provinces).term("net"), provinces.values("K_2000prices")
    assert found.size == 2157
    assert np.abs(found / published - 1.0).max() < SEVEN_DIGITS


@needs_shared
@pytest.mark.parametrize(
    ("method", "base", "unit", "year", "printed"),
    [
        (CHINA, 2000, "beijing", 2000, 7066.979),
        (CHINA, 2000, "chongqing", 2000, 2143.611),
        (CHINA, 1952, "chongqing", 1997, 434.2679),
        (CHINA, 1952, "beijing", 1952, 7.9),
        (REBASED, 2000, "beijing", 2000, 7067.006),
    ],
)
def test_figures_of_the_r_package(
    provinces: xz.Panel, method: PerpetualInventory, base: int, unit: str, year: int, printed: float
) -> None:
    """Source: methods/growth.md 4.7."""
    assert method.deflator is not None
    deflator = method.deflator.model_copy(update={"year": base})
    result = fit(method.model_copy(update={"deflator": deflator}), provinces)
    assert stock(result, unit, year) == pytest.approx(printed, abs=PRINTED)


@needs_shared
@pytest.mark.parametrize(("base", "printed"), [(2000, 7632.866), (1952, 5335.98)])
def test_reported_depreciation_of_the_r_package(provinces: xz.Panel, base: int, printed: float) -> None:
    """Source: method "CP" of CHNCapitalStock, Beijing 2000 (growth.md 4.7): a rate to 1996, then as reported."""
    assert CHINA.deflator is not None
    update = {
        "efficiency": ReportedDepreciation(column="depr", rate=0.096, since=1997),
        "deflator": CHINA.deflator.model_copy(update={"year": base}),
    }
    result = fit(CHINA.model_copy(update=update), provinces)
    assert stock(result, "beijing", 2000) == pytest.approx(printed, abs=5e-3)
    late = (result.rows.unit == "beijing") & (result.rows.time == 2018)
    assert result.rows.status[late] == ["missing_data"], "reported depreciation ends in 2017"
    assert "depr missing in 2018" in result.rows.reason[late][0]


@needs_shared
def test_growth_of_all_provinces_and_the_effect_of_rebasing(provinces: xz.Panel) -> None:
    """Source: growth.md 4.7: SUM K 2000-17 grows by 13.5 %/yr, provinces by 14.0 on average; rebasing at most .09 %
    in 2000, 4.7 % in 1978, a factor 1.4 to 33 in 1952."""
    given, rebased = fit(CHINA, provinces), fit(REBASED, provinces)
    total = [given.term("net")[provinces.when == year] for year in (2000, 2017)]
    assert 100 * np.log(total[1].sum() / total[0].sum()) / 17 == pytest.approx(13.5, abs=0.05)
    assert 100 * np.log(total[1] / total[0]).mean() / 17 == pytest.approx(14.0, abs=0.05)
    ratio = {y: (rebased.term("net") / given.term("net"))[provinces.when == y] for y in (1952, 1978, 2000)}
    assert ratio[2000].max() - 1 == pytest.approx(0.0009, abs=5e-5)
    assert ratio[1978].max() - 1 == pytest.approx(0.047, abs=5e-4)
    assert (ratio[1952].min(), ratio[1952].max()) == (pytest.approx(1.4, abs=0.05), pytest.approx(32.7, abs=0.05))


@needs_shared
def test_breaks_of_the_price_are_named(provinces: xz.Panel) -> None:
    """The file's own flag: jumps beyond 35 log points, mostly 1953-72 (data/README.md)."""
    result = fit(CHINA, provinces)
    price = provinces.values("InvestPrice")
    same = (np.diff(provinces.code) == 0) & (np.diff(provinces.when) == 1)
    assert result.diagnostics["price_breaks"] == (np.abs(np.diff(np.log(price)))[same] > 0.35).sum()
    assert result.warnings[0].startswith("XZ-430")
    assert "gansu 1961 (+1.47)" in result.warnings[0]


@needs_shared
def test_negative_investment_is_an_error_or_disposals(provinces: xz.Panel) -> None:
    """Source: Fujian 1967-68 invests -0.11 and -1.06 (data/README.md)."""
    with pytest.raises(DataError, match=r"XZ-230.*2 cells of 'invest': fujian 1967: -0.11, fujian 1968: -1.06"):
        CHINA.model_copy(update={"negative": "error"}).fit(provinces)


# A peer -----------------------------------------------------------------------------------------


def test_stocks_of_the_office_for_national_statistics() -> None:
    """Source: tests of ONS's R package pimir (calcProductiveStock, calcNetStock): investment 10 .. 50, straight-line
    efficiency, retirements of a quarter each at ages 2 to 5, counted from the end of the year of investment;
    real discount rate 1.05 / 1.01 - 1."""
    invested, age = np.array([10.0, 20.0, 30.0, 40.0, 50.0]), np.arange(7.0)
    cohort = hyperbolic(age[:, None], np.array([2.0, 3.0, 4.0, 5.0]), 0.0) @ np.full(4, 0.25)
    price = age_price(cohort, 1.05 / 1.01 - 1.0)
    productive, net = (np.convolve(invested, shape[1:])[:5] for shape in (cohort, price))
    assert productive == pytest.approx([6.7916667, 17.1666667, 29.1666667, 41.6666667, 54.1666667], rel=PEER)
    assert net == pytest.approx([5.610262, 13.802633, 22.964471, 32.356482, 41.748494], rel=PEER)


# Profiles ---------------------------------------------------------------------------------------


def test_hyperbolic_contains_straight_line_and_one_hoss_shay() -> None:
    age = np.arange(12.0)
    assert hyperbolic(age, 10.0, 0.0) == pytest.approx(np.maximum(1.0 - age / 10.0, 0.0))
    assert hyperbolic(age, 10.0, 1.0).tolist() == [1.0] * 10 + [0.0] * 2
    assert hyperbolic(np.array([5.0]), 10.0, 0.5)[0] == pytest.approx(5.0 / 7.5), "(T - s) / (T - beta s)"


@pytest.mark.parametrize("discount", [0.0, 0.04, 0.15])
def test_only_geometric_efficiency_is_its_own_price(discount: float) -> None:
    age = np.arange(600.0)
    assert age_price(0.9**age, discount)[:100] == pytest.approx(0.9 ** age[:100], rel=EXACT)
    for efficiency in (hyperbolic(age, 10.0, beta) for beta in (0.0, 0.5, 1.0)):
        assert np.abs(age_price(efficiency, discount) - efficiency).max() > 0.05


def test_prices_without_discount_in_closed_form() -> None:
    """Constant efficiency loses value in a straight line; straight-line efficiency as the triangular numbers."""
    age, life = np.arange(11.0), 10.0
    assert age_price(hyperbolic(age, life, 1.0), 0.0) == pytest.approx((life - age) / life)
    left = life - age
    assert age_price(hyperbolic(age, life, 0.0), 0.0) == pytest.approx(left * (left + 1) / (life * (life + 1)))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.law)
def test_retirement_laws(law: Retirement) -> None:
    """Survival at whole ages is the law itself; nothing is lost; the mean is the service life where the law says so."""
    life = 15.0
    lives, shares = service_lives(life, law)
    assert shares.sum() == pytest.approx(1.0, abs=EXACT)
    assert (shares >= 0).all()
    shape = profile(life, 1.0, law, 0.04)
    inside = shape.age < shape.age[-1]
    assert shape.survival[inside] == pytest.approx(law.survival(shape.age[inside] / life), abs=1e-8)
    assert shape.cohort == pytest.approx(shape.survival, abs=EXACT), "one-hoss shay works until it is retired"
    if not isinstance(law, SurvivorCurve):
        assert lives @ shares == pytest.approx(life, rel=1e-4)


@pytest.mark.parametrize(
    ("law", "spread"),
    [
        (NormalRetirement(spread=0.25), 0.25),
        (LogNormal(spread=0.5), 0.5),
        (Weibull(shape=2.0), 0.5227),  # sqrt(Gamma(2) / Gamma(1.5)^2 - 1)
        (Winfrey(curve="S2"), 1 / np.sqrt(2 * WINFREY["S2"] + 3)),  # of a symmetrical beta on 0 .. 2
        (Winfrey(curve="S3"), 1 / np.sqrt(2 * WINFREY["S3"] + 3)),
    ],
)
def test_spread_of_retirement_in_closed_form(law: Retirement, spread: float) -> None:
    lives, shares = service_lives(20.0, law)
    assert np.sqrt(shares @ (lives / 20.0 - 1.0) ** 2) == pytest.approx(spread, rel=2e-3)


@pytest.mark.parametrize(("kind", "height"), [("S2", 11.91103), ("S3", 15.61048)])
def test_winfrey_heights_and_exponents_agree(kind: str, height: float) -> None:
    """Source: Winfrey (1935), y0 in per cent per tenth of the mean life; with m it makes the area 100."""
    x = np.linspace(-10.0, 10.0, 200001)
    density = height * (1.0 - x**2 / 100.0) ** WINFREY[kind]
    assert np.trapezoid(density, x) == pytest.approx(100.0, rel=1e-6)


def test_finer_cells_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [profile(12.0, 0.5, law, 0.04) for law in LAWS]
    monkeypatch.setattr("xinzhi.growth.capital.profiles.CELLS", 800)
    for law, old in zip(LAWS, before, strict=True):
        new = profile(12.0, 0.5, law, 0.04)
        assert np.abs(new.cohort - old.cohort).max() < GRID
        assert np.abs(new.price - old.price).max() < GRID


# Stocks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("timing", ["end_year", "mid_year"])
@pytest.mark.parametrize("efficiency", AGED, ids=lambda e: e.form)
def test_stocks_against_sums_over_vintages(efficiency: Any, timing: str) -> None:
    """Written straight from the definitions: every vintage at its age, the past vintage by vintage."""
    rng = np.random.default_rng(5)
    real, law, growth = rng.uniform(1.0, 3.0, 30), Weibull(shape=2.5), 0.03
    method = PerpetualInventory(
        investment="i", efficiency=efficiency, retirement=law, timing=timing, initial=SteadyState(growth=growth)
    )
    result = fit(method, panel(real))
    beta = {"hyperbolic": 0.5, "straight_line": 0.0, "one_hoss_shay": 1.0}[efficiency.form]
    shape = profile(efficiency.life, beta, law, 0.04)

    def weight(values: np.ndarray, s: int) -> float:
        at = [values[k] if k < values.size else 0.0 for k in (s, s + 1)]
        return float(at[0] if timing == "end_year" else 0.5 * sum(at))

    past = {-k: real[0] / (1 + growth) ** k for k in range(1, 400)}
    for t in (0, 7, 29):
        made = past | dict(enumerate(real[: t + 1]))
        for name, values in (("gross", shape.survival), ("productive", shape.cohort), ("net", shape.price)):
            direct = sum(weight(values, t - year) * amount for year, amount in made.items())
            assert result.term(name)[t] == pytest.approx(direct, rel=EXACT), (name, t)
        old = sum(weight(shape.cohort, t + k) * real[0] / (1 + growth) ** k for k in range(1, 400))
        assert result.term("initial_share")[t] == pytest.approx(old / result.term("productive")[t], rel=EXACT)


@pytest.mark.parametrize("timing", ["end_year", "mid_year"])
@pytest.mark.parametrize(
    "initial", [SteadyState(years=3), LongSeries(accepted=0.9), ChinaCustom()], ids=lambda r: r.rule
)
@pytest.mark.parametrize("efficiency", [Geometric(rate=0.1, life=12.0), *AGED], ids=lambda e: e.form)
def test_stocks_and_flows_balance(efficiency: Any, initial: Any, timing: str) -> None:
    rng = np.random.default_rng(6)
    data = panel(rng.uniform(1.0, 3.0, (4, 40)))
    method = PerpetualInventory(
        investment="i", efficiency=efficiency, retirement=LogNormal(spread=0.4), initial=initial, timing=timing
    )
    result = fit(method, data)
    steps = data.steps()
    good = (result.rows.status[steps.before] == "ok") & (steps.before >= 0)
    before, end = steps.before[good], steps.end[good]
    for name, flow in (("net", "depreciation"), ("gross", "retirement")):
        level = result.term(name)
        change = level[end] - level[before]
        assert change == pytest.approx(data.values("i")[end] - result.term(flow)[end], abs=EXACT * level[end].max())
    ok = result.rows.status == "ok"
    if not isinstance(efficiency, Geometric):  # a geometric cohort never quite ends
        assert (result.term("net")[ok] <= result.term("gross")[ok] * (1 + EXACT)).all()
    assert (np.diff(result.term("initial_share")[ok & (result.rows.unit == "u0")]) < EXACT).all(), "the guess fades"


def test_geometric_stock_in_mid_year_and_with_a_rate_that_changes() -> None:
    """K_t = (1 - d_t) K_t-1 + (1 - d_t / 2) I_t."""
    rng = np.random.default_rng(7)
    real, rate = rng.uniform(1.0, 2.0, 12), rng.uniform(0.03, 0.2, 12)
    data = panel(real, d=rate)
    method = PerpetualInventory(
        investment="i", efficiency=Geometric(rate="d"), timing="mid_year", initial=SteadyState(growth=0.02)
    )
    level = (1 - rate[0] / 2) * real[0] / (0.02 + rate[0])
    for t, found in enumerate(fit(method, data).term("net")):
        level = (1 - rate[t]) * level + (1 - rate[t] / 2) * real[t]
        assert found == pytest.approx(level, rel=EXACT)


def test_declining_balance_and_lives_by_unit() -> None:
    """R = 2 and T = 10, 20: rates of 20 and 10 %."""
    real = np.ones((2, 6))
    data = panel(real, life=np.repeat([10.0, 20.0], 6))
    declining = Geometric(declining_balance=2.0, life="life")
    method = PerpetualInventory(investment="i", efficiency=declining, initial=SteadyState(growth=0.0))
    result = fit(method, data)
    assert result.term("net") == pytest.approx(np.repeat([5.0, 10.0], 6)), "I / delta"
    shay = fit(method.model_copy(update={"efficiency": OneHossShay(life="life")}), data)
    assert shay.term("gross") == pytest.approx(np.repeat([10.0, 20.0], 6)), "life x investment"
    assert shay.term("retirement") == pytest.approx(np.ones(12))


@pytest.mark.parametrize("efficiency", [Geometric(rate=0.07, life=20.0), *AGED], ids=lambda e: e.form)
def test_a_steady_past_is_recovered(efficiency: Any) -> None:
    """Truth: 900 years of investment growing at 3 %, of which the method sees the last 40."""
    history = 1.03 ** np.arange(900.0)
    whole = fit(PerpetualInventory(investment="i", efficiency=efficiency, initial=LongSeries()), panel(history))
    seen = fit(PerpetualInventory(investment="i", efficiency=efficiency, initial=SteadyState()), panel(history[-40:]))
    for name in ("gross", "net", "productive", "depreciation", "retirement"):
        assert seen.term(name) == pytest.approx(whole.term(name)[-40:], rel=1e-9), name
    ratio = seen.term("net") / history[-40:]
    assert ratio == pytest.approx(np.full(40, ratio[0]), rel=1e-9)
    if isinstance(efficiency, Geometric):
        assert ratio[0] == pytest.approx(1.03 / (0.03 + 0.07)), "I (1 + g) / (g + delta), closing"


def test_machines_one_by_one() -> None:
    """Truth: 20,000 machines a year, each with its own life; the stock is what is counted."""
    rng = np.random.default_rng(8)
    years, machines, mean, shape = 60, 20_000, 8.0, 2.0
    law = Weibull(shape=shape)
    scale = mean / 0.8862269254527580  # Gamma(1.5)
    counted, working = np.zeros(years), np.zeros(years)
    for vintage in range(years):
        lives = scale * rng.weibull(shape, machines)
        for year in range(vintage, years):
            age = year - vintage
            counted[year] += (lives > age).sum()
            working[year] += hyperbolic(np.array([float(age)]), lives, 0.5).sum()
    method = PerpetualInventory(
        investment="i", efficiency=Hyperbolic(life=mean, beta=0.5), retirement=law, initial=LongSeries(accepted=0.99)
    )
    result = fit(method, panel(np.full(years, float(machines))))
    later = slice(5, None)
    # 200,000 lives a stock: its standard error is below 0.2 %
    assert result.term("gross")[later] == pytest.approx(counted[later], rel=8e-3)
    assert result.term("productive")[later] == pytest.approx(working[later], rel=8e-3)


def test_a_long_series_says_when_it_is_long_enough() -> None:
    """One-hoss shay of 10 years, constant investment: after t years t / 10 of the stock is there."""
    result = fit(
        PerpetualInventory(investment="i", efficiency=OneHossShay(life=10.0), initial=LongSeries()), panel(np.ones(15))
    )
    assert result.rows.status.tolist() == ["not_identified"] * 9 + ["ok"] * 6
    assert result.rows.reason[4] == "investment before the series may be 50% of the stock"
    assert result.term("gross")[9:] == pytest.approx(np.full(6, 10.0))
    with pytest.raises(DataError, match="XZ-231"):
        PerpetualInventory(investment="i", efficiency=OneHossShay(life=40.0), initial=LongSeries()).fit(
            panel(np.ones(15))
        )


def test_given_stocks_are_kept_whatever_the_profile() -> None:
    data = panel(np.ones((2, 8)), y=np.full(16, 3.0), k=np.where(np.arange(16) == 0, 7.0, np.nan))
    for efficiency in (Geometric(rate=0.1), *AGED):
        ratio = PerpetualInventory(investment="i", efficiency=efficiency, initial=InitialRatio(output="y", ratio=2.0))
        assert fit(ratio, data).term("net")[[0, 8]] == pytest.approx([6.0, 6.0])
        rule = InitialStock(column="k", otherwise=ChinaCustom(divisor=0.2))
        assert fit(ratio.model_copy(update={"initial": rule}), data).term("net")[[0, 8]] == pytest.approx([7.0, 5.0])
    alone = ratio.model_copy(update={"initial": InitialStock(column="k")})
    assert alone.fit(data).rows.reason[8] == "k missing in 1990"
    closing = PerpetualInventory(
        investment="i", efficiency=Geometric(rate=0.1), initial=SteadyState(growth=0.05, balance="closing")
    )
    assert fit(closing, data).term("net")[0] == pytest.approx(1.0 / 0.15), "I / (g + delta) as a closing stock"


def test_units_of_measure() -> None:
    rng = np.random.default_rng(9)
    data = panel(rng.uniform(1, 2, (3, 25)), p=rng.uniform(0.9, 1.1, 75).cumsum())
    method = PerpetualInventory(
        investment="i", deflator=Deflator(price="p", year=2000), efficiency=Hyperbolic(life=8.0, beta=0.5)
    )
    base = fit(method, data)
    for factor in (1e-9, 1e9):
        scaled = fit(method, data.scaled({"i": factor, "p": 1 / factor}))
        for name in ("gross", "net", "productive", "depreciation", "retirement"):
            assert scaled.term(name) == pytest.approx(factor * base.term(name), rel=EXACT)
        assert scaled.term("initial_share") == pytest.approx(base.term("initial_share"), rel=EXACT)
    whole = method.model_copy(update={"initial": SteadyState(growth=0.02)})
    parts = [fit(whole, data.select(units=[name])).term("net") for name in data.units.tolist()]
    assert np.concatenate(parts) == pytest.approx(fit(whole, data).term("net"), rel=EXACT)


def test_a_gap_ends_the_stock() -> None:
    data = panel([1.0, 1.0, 1.0, np.nan, 1.0])
    result = fit(PerpetualInventory(investment="i", efficiency=Geometric(rate=0.1), initial=SteadyState(years=2)), data)
    assert result.rows.status.tolist() == ["ok"] * 3 + ["missing_data"] * 2
    assert result.rows.reason[4] == "i missing in 1993", "not bridged"


def test_stocks_feed_growth_accounts() -> None:
    rng = np.random.default_rng(10)
    data = panel(rng.uniform(1, 2, (3, 12)), y=rng.uniform(5, 6, 36), l=rng.uniform(5, 6, 36))
    inventory = PerpetualInventory(investment="i", efficiency=Geometric(rate=0.1), initial=SteadyState(years=4))
    accounts = xz.GrowthAccounts(
        output="y", capital=xz.Term(method=inventory, column="productive"), labour="l", labour_share=0.6
    )
    level = fit(inventory, data).term("productive").reshape(3, 12)
    assert accounts.fit(data).term("capital") == pytest.approx(0.4 * np.diff(np.log(level)).ravel(), rel=EXACT)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"efficiency": Geometric(rate="wild")}, "XZ-234"),
        ({"efficiency": StraightLine(life="moving")}, "XZ-234"),
        ({"efficiency": Geometric(rate="index"), "investment": "index"}, "XZ-207"),
        ({"deflator": Deflator(price="p", year=1990, like={"u9": "u0"})}, "XZ-212"),
        ({"deflator": Deflator(price="p", year=1800)}, "XZ-206"),
        ({"investment": "none"}, "XZ-206"),
    ],
)
def test_data_errors(settings: dict[str, Any], code: str) -> None:
    n = 6
    frame = pd.DataFrame({"u": "u0", "t": 1990 + np.arange(n), "i": 1.0, "index": 0.5, "p": 1.0, "none": np.nan})
    frame = frame.assign(wild=[0.1, 0.2, 1.3, 0.1, 0.1, 0.1], moving=[5.0, 5, 6, 6, 6, 6])
    data = xz.Panel(frame, unit="u", time="t", columns={"index": xz.Column("", "growth_index")})
    method = PerpetualInventory(investment="i", efficiency=Geometric(rate=0.1), initial=SteadyState(years=2))
    with pytest.raises(DataError, match=code):
        method.model_copy(update=settings).fit(data)


def test_settings_that_contradict_each_other() -> None:
    for wrong in ({}, {"rate": 0.1, "declining_balance": 2.0, "life": 5.0}, {"declining_balance": 2.0}, {"rate": 1.5}):
        with pytest.raises(UsageError, match="XZ-103"):
            Geometric(**wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="XZ-103"):
        SurvivorCurve(age=(0.0, 100.0), surviving=(90.0, 0.0))
    with pytest.raises(UsageError, match="XZ-103"):
        Winfrey(curve="L2")  # type: ignore[arg-type]


def test_no_steady_state_where_investment_falls_faster_than_goods_wear_out() -> None:
    data = panel(0.5 ** np.arange(8.0))
    method = PerpetualInventory(investment="i", efficiency=Geometric(rate=0.1), initial=SteadyState(years=5))
    with pytest.raises(DataError, match=r"growth -0\.5 and depreciation give no steady state"):
        method.fit(data)


def test_tables_and_words() -> None:
    """By hand: investment of 10 at a rate of a tenth stands at 100; of the guess .9^11 is left after eleven years."""
    method = PerpetualInventory(investment="i", efficiency=Geometric(rate=0.1), initial=SteadyState(growth=0.0))
    result = fit(method, panel(np.full((2, 11), 10.0)))
    (stocks,) = result.tables(xz.View(units=("u1",)))
    cells = stocks.columns()
    assert (cells["start"], cells["end"], cells["unit"]) == ([1990], [2000], ["u1"])
    assert cells["stock"] == pytest.approx([100.0])
    assert cells["rate"] == pytest.approx([10.0])
    assert cells["initial_share"] == pytest.approx([100 * 0.9**11])
    assert result.profile("u1")["cohort"][:3] == pytest.approx([1.0, 0.9, 0.81])
    assert "0.00 % a year in 1990–2000; 31.4 % of that of 2000 rests on the initial stock" in result.summary()
    assert [figure.to_dict()["name"] for figure in result.figures()] == ["initial_share"], "one rate says it all"
    assert "no_service_life" in result.absent["gross"]


def test_a_profile_is_shown_with_few_ages() -> None:
    """By hand: half of a straight line of 60 years is left after 30, the eleventh of the 20 ages in steps of three."""
    method = PerpetualInventory(investment="i", efficiency=StraightLine(life=60.0), initial=SteadyState(growth=0.0))
    result = fit(method, panel(np.full((1, 11), 10.0)))
    shape = result.tables()[1].columns()
    assert (shape["age"][:3], len(shape["age"])) == ([0, 3, 6], 20)
    assert shape["efficiency"][10] == pytest.approx(0.5)
    assert [figure.to_dict()["name"] for figure in result.figures()] == ["initial_share", "profile"]


# What is refused, and what lies beyond the range of numbers ---------------------------------------


def test_service_lives_above_a_thousand_years_are_refused() -> None:
    """A life of 1e6 years did not finish; as a setting and as a column it is an error that says the limit."""
    for life in (1e6, 1000.1):
        with pytest.raises(UsageError, match=r"XZ-103.*at most 1000"):
            StraightLine(life=life)
        method = PerpetualInventory(investment="i", efficiency=StraightLine(life="life"), initial=SteadyState(years=2))
        with pytest.raises(DataError, match=r"XZ-234(.|\n)*service lives above 0, of at most 1000 years"):
            method.fit(panel(np.ones(6), life=np.full(6, life)))
    shape = profile(1000.0, 0.5, Weibull(shape=2.0), 0.04)
    assert shape.survival[1000] == pytest.approx(np.exp(-np.pi / 4), abs=1e-8), "exp(-Gamma(1.5)^2)"
    assert profile(1e-6, 0.5, Weibull(shape=2.0), 0.04).survival.tolist() == [1.0, 0.0], "gone within the year"


@pytest.mark.parametrize("law", LAWS[1:], ids=lambda law: law.law)
def test_printed_survivor_curves_have_the_mean_life(law: Retirement) -> None:
    """The laws and Winfrey's types, printed by ten per cent of the life to two decimals, pass; ages in years do not."""
    age = np.arange(0.0, 641.0, 10.0)
    left = np.round(100.0 * law.survival(age / 100.0), 2)
    end = int(np.argmax(left == 0)) + 1
    curve = SurvivorCurve(age=tuple(age[:end]), surviving=(100.0, *left[1:end]))
    assert np.trapezoid(curve.surviving, curve.age) / 100.0 == pytest.approx(100.0, abs=5.0)
    for scale in (0.2, 1.2, 25.0):
        with pytest.raises(UsageError, match=r"XZ-103.*the mean of the curve is"):
            SurvivorCurve(age=tuple(scale * age[:end]), surviving=curve.surviving)
    with pytest.raises(UsageError, match="the mean of the curve is 185"):
        SurvivorCurve(age=(0.0, 50.0, 400.0), surviving=(100.0, 80.0, 0.0))


@pytest.mark.parametrize("efficiency", [Geometric(rate=0.1), StraightLine(life=7.0)], ids=lambda e: e.form)
@pytest.mark.parametrize("cells", [1e300, 1e308, 1e-300, 0.0])
def test_no_warning_and_no_missing_number_in_an_ok_row(efficiency: Any, cells: float) -> None:
    """Warnings are errors here: one cell at the end of the range, and a whole unit there beside one that is not."""
    one, other = np.full((2, 15), 10.0), np.full((2, 15), 10.0)
    one[0, 5], other[0] = cells, cells
    method = PerpetualInventory(investment="i", efficiency=efficiency, initial=SteadyState(growth=0.02))
    for rows in (one, other):
        result = fit(method, panel(rows))
        good = result.rows.status == "ok"
        assert good[15:].all()
        assert all(np.isfinite(values[good]).all() for values in result.rows.terms.values())
        assert result.tables()
        assert result.summary()
    if cells == 1e308:
        assert set(result.rows.status[:15]) == {"numerical"}


def test_closing_balance_under_both_timings() -> None:
    """I / (g + delta) at the end of the first year; with half a year of ageing (1 - delta / 2) I / (g + delta)."""
    initial = SteadyState(growth=0.03, balance="closing")
    method = PerpetualInventory(investment="i", efficiency=Geometric(rate=0.1), initial=initial)
    for timing, kept in (("end_year", 1.0), ("mid_year", 0.95)):
        net = fit(method.model_copy(update={"timing": timing}), panel([5.0, 6.0])).term("net")
        assert net[0] == pytest.approx(kept * 5.0 / 0.13, rel=EXACT), timing
