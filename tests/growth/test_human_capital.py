"""Human capital from schooling: the published functions, PWT's column, the inverse, policies and errors."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import HumanCapital, ReturnsToSchooling
from xinzhi.growth.labour.human_capital import BOSWORTH_COLLINS, CASELLI, human_capital, schooling_of
from xinzhi.method import Filled

ROUNDING = 1e-12  # an exponential of numbers below 3


def fitted(years, **settings):
    frame = pd.DataFrame({"u": "A", "t": range(len(years)), "s": years})
    return HumanCapital(schooling="s", **settings).fit(xz.Panel(frame, unit="u", time="t"))


def test_the_function_of_caselli_and_the_penn_world_table():
    """By its formula: .134 s to 4 years, .536 + .101 (s - 4) to 8, .940 + .068 (s - 8) beyond."""
    logs = [0.0, 0.134 * 2.5, 0.536, 0.536 + 0.101 * 3, 0.940, 0.940 + 0.068 * 5.5]
    found = fitted([0.0, 2.5, 4.0, 7.0, 8.0, 13.5]).term("human_capital")
    np.testing.assert_allclose(np.log(found), logs, rtol=0, atol=ROUNDING)


def test_the_function_of_bosworth_and_collins():
    """1.07 to the power of years (Bosworth and Collins 2008)."""
    found = fitted([0.0, 5.0, 12.0], function="bosworth_collins").term("human_capital")
    np.testing.assert_allclose(found, [1.0, 1.07**5, 1.07**12], rtol=ROUNDING)


def test_returns_of_ones_own():
    found = fitted([2.0, 9.0], function=ReturnsToSchooling(rates=(0.1, 0.2), kinks=(6.0,))).term("human_capital")
    np.testing.assert_allclose(np.log(found), [0.2, 0.6 + 0.6], rtol=0, atol=ROUNDING)
    for rates, kinks in (((0.1, 0.2), ()), ((0.1, 0.2, 0.3), (6.0, 4.0)), ((0.1, 0.2), (0.0,))):
        with pytest.raises(UsageError, match="one fewer than rates"):
            ReturnsToSchooling(rates=rates, kinks=kinks)


@pytest.mark.parametrize("returns", [CASELLI, BOSWORTH_COLLINS], ids=["caselli", "bosworth_collins"])
def test_the_inverse(returns):
    years = np.linspace(0.0, 20.0, 401)
    back = schooling_of(human_capital(years, returns.rates, returns.kinks), returns.rates, returns.kinks)
    np.testing.assert_allclose(back, years, rtol=0, atol=1e-10)


def test_pwt_human_capital_is_schooling_of_a_lifetime():
    """PWT 10.01, column hc: every value is that of 0 to 16 years under the function, rising with the level."""
    hc = xz.catalog.load("pwt1001").values("hc")
    years = schooling_of(hc[np.isfinite(hc)], CASELLI.rates, CASELLI.kinks)
    assert years.size == 8637
    assert years.min() > 0.0
    assert years.max() < 16.0
    np.testing.assert_allclose(human_capital(years, CASELLI.rates, CASELLI.kinks), hc[np.isfinite(hc)], rtol=ROUNDING)


NAMES = {"united states": "us", "united kingdom": "uk", "republic of korea": "korea"}


@needs_shared
def test_pwt_human_capital_agrees_with_years_of_schooling():
    """Another source of years (World Bank STARS, 1960-87, via R sfaR): same order of countries, half a year apart."""
    years = pd.read_csv(SHARED / "growth" / "worldprod_82countries_1960_1987.csv")
    years = years.assign(t=1959 + years["yr"].astype(int), c=years["country"].str.lower())
    pwt = xz.catalog.load("pwt1001")
    implied = schooling_of(pwt.values("hc"), CASELLI.rates, CASELLI.kinks)
    names = pd.Series(pwt.label("country").astype(str)).str.lower().replace(NAMES)
    both = years.merge(pd.DataFrame({"c": names, "t": pwt.when, "implied": implied}), on=["c", "t"]).dropna()
    last = both[both["t"] == 1987]
    assert len(last) == 74
    assert last["h"].rank().corr(last["implied"].rank()) > 0.9
    assert abs((last["h"] - last["implied"]).median()) < 0.5


def test_statuses_policies_and_words():
    result = fitted([np.nan, -1.0, 4.0, np.nan])
    assert result.rows.status.tolist() == ["missing_data", "non_positive", "ok", "missing_data"]
    assert result.rows.reason.tolist() == ["s missing", "s negative", "", "s missing"]
    assert np.isnan(result.term("human_capital")[[0, 1, 3]]).all()
    assert "0.134, 0.101, 0.068, with kinks at 4, 8 years" in result.methods_text()
    assert result.summary() == "A: human capital 1.709 in 2, 1.709 in 2."
    frame = pd.DataFrame({"u": "A", "t": range(3), "s": [4.0, np.nan, 6.0]})
    filled = HumanCapital(schooling=Filled(column="s", rules=["linear"])).fit(xz.Panel(frame, unit="u", time="t"))
    assert filled.term("human_capital")[1] == pytest.approx(np.exp(0.536 + 0.101))
    assert [table.name for table in filled.tables()] == ["rows", "filled_cells"]
    assert filled.warnings[0].startswith("XZ-401")
    with pytest.raises(DataError, match="XZ-206"):
        fitted([np.nan])


def test_more_schooling_than_a_life_has_is_no_schooling():
    panel = xz.Panel(pd.DataFrame({"c": ["A", "B"], "s": [10.0, 1e5]}), unit="c")
    rows = xz.HumanCapital(schooling="s").fit(panel).rows
    assert rows.status.tolist() == ["ok", "not_identified"]
    assert rows.reason[1] == "s above 40 years"
    assert np.isnan(rows.terms["human_capital"][1])
