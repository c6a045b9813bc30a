"""Examples of capital stocks and capital services."""

import pandas as pd

from tests.method.examples import Example, industry_frame
from xinzhi.growth import (
    CapitalServices,
    Deflator,
    Geometric,
    HybridRate,
    Hyperbolic,
    LongSeries,
    PerpetualInventory,
    SmoothedGains,
    SteadyState,
    Weibull,
)

SUMS = (("capital_services", ("capital_stock", "capital_composition")), ("capital_services", ("I0", "I1", "I2")))


def asset_frame() -> pd.DataFrame:
    """Return the industries of 14 economies as their assets, with prices, and compensation of each economy."""
    data = industry_frame()
    price = 1.0 + 0.02 * (data["year"] - 2010) * data["industry"].str[1:].astype(float)
    value = (data["k"] * price).groupby([data["economy"], data["year"]]).transform("sum")
    return data.assign(price=price, paid=0.3 * value, cpi=1.02 ** (data["year"] - 2010.0))


def services(**settings: object) -> CapitalServices:
    """Return capital services of the economies."""
    roles = {"economy": "economy", "asset": "industry", "compensation": "paid"}
    return CapitalServices(stock="k", price="price", depreciation=0.1, **(roles | settings))  # type: ignore[arg-type]


EXAMPLES: dict[str, Example] = {
    "perpetual_inventory": Example(
        lambda: PerpetualInventory(
            investment="k",
            deflator=Deflator(price="hours", year=2011),
            efficiency=Geometric(rate=0.1, life=15.0),
            initial=SteadyState(years=1),
        ),
        main="net",
        per="observation",
        scales={"hours": 1e9, "persons": 1e-9},
    ),
    "perpetual_inventory with retirement": Example(
        lambda: PerpetualInventory(
            investment="k",
            efficiency=Hyperbolic(life=6.0, beta=0.5),
            retirement=Weibull(shape=2.0),
            timing="mid_year",
            initial=LongSeries(accepted=0.8),
        ),
        main="productive",
        per="observation",
        scales={"hours": 1e9},
    ),
    "capital_services": Example(
        services, main="capital_services", per="year", sums=SUMS, frame=asset_frame, scales={"k": 1e9, "paid": 1e9}
    ),
    "capital_services at a hybrid rate": Example(
        lambda: services(rate=HybridRate(real=0.04, consumer_price="cpi", years=2), compensation=None),
        main="capital_services",
        per="year",
        sums=SUMS,
        frame=asset_frame,
        scales={"k": 1e-9, "cpi": 1e9},
    ),
    "capital_services with smoothed gains": Example(
        lambda: services(gains=SmoothedGains(years=2), timing="mean"),
        main="capital_services",
        per="year",
        sums=SUMS,
        frame=asset_frame,
        scales={"price": 1e9, "paid": 1e9},
    ),
}
