"""The Solow model across countries: published tables, an economy with known shares, invariances, bad input."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError
from xinzhi.growth import SolowRegression

REFERENCE = Path(__file__).parents[1] / "reference"
TWO, FOUR = 0.0051, 0.000051  # printed to two or four decimals
ROUNDING = 1e-10  # logarithms of other units of measurement


def mankiw_romer_weil():
    """Return the 98 countries without oil producers, shares and growth as fractions."""
    data = pd.read_csv(REFERENCE / "growth_dj.csv", comment="#")
    data = data[data["oil"] == "no"]
    for column in ("popgrowth", "invest", "school"):
        data[column] = data[column] / 100
    return data.assign(number=data["number"].astype(str))


def mrw(frame=None, **settings):
    frame = mankiw_romer_weil() if frame is None else frame
    method = SolowRegression(output="gdp85", investment="invest", population_growth="popgrowth", **settings)
    return method.fit(xz.Panel(frame, unit="number"))


TABLES = [
    ({}, {"constant": 5.43, "investment": 1.42, "replacement": -1.99}, {"investment": 0.14, "replacement": 0.56}, 0.59),
    (
        {"human_capital": "school"},
        {"investment": 0.70, "replacement": -1.75, "human_capital": 0.65},
        {"investment": 0.13, "replacement": 0.42, "human_capital": 0.07},
        0.78,
    ),
    (
        {"initial": "gdp60", "human_capital": "school"},
        {"constant": 3.02, "initial": -0.288, "investment": 0.524, "replacement": -0.506, "human_capital": 0.231},
        {"initial": 0.062, "investment": 0.087, "replacement": 0.289, "human_capital": 0.059},
        0.46,
    ),
]
"""Settings, coefficients, standard errors, adjusted R squared: methods/growth.md 4.7 (recomputed by its author from
AER::GrowthDJ; published 1.42/-1.97/5.48/.59 and .69/-1.73/.66/.78); the third, Mankiw, Romer and Weil (1992), table V,
from the same data (published 3.04/-.289/.523/-.505/.233, R2 .46)."""


@pytest.mark.reference
@pytest.mark.parametrize(("settings", "coefficients", "errors", "adjusted"), TABLES)
def test_mankiw_romer_weil(settings, coefficients, errors, adjusted):
    free = mrw(**settings).free
    assert free.observations == 98
    for name, value in coefficients.items():
        assert free.coefficient(name)[0] == pytest.approx(value, abs=TWO), name
    for name, value in errors.items():
        assert free.coefficient(name)[1] == pytest.approx(value, abs=TWO), name
    assert free.adjusted == pytest.approx(adjusted, abs=TWO)


@pytest.mark.reference
def test_implied_shares_of_mankiw_romer_weil():
    """Tables I and II, restricted: 1.48 (.12), alpha .60; .73 (.12), .67 (.07), alpha .31, beta .28 (here .27)."""
    textbook, augmented = mrw(), mrw(human_capital="school")
    assert textbook.restricted.coefficient("investment") == pytest.approx((1.49, 0.12), abs=TWO)
    assert textbook.implied["capital"] == pytest.approx(0.60, abs=TWO)
    assert augmented.restricted.coefficient("investment") == pytest.approx((0.738, 0.124), abs=TWO)
    assert augmented.implied == pytest.approx({"capital": 0.308, "human_capital": 0.274}, abs=0.0006)
    assert textbook.restriction[1] == pytest.approx(0.36, abs=TWO)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("settings", "coefficients", "r_squared"),
    [
        ({}, {"investment": 0.6501, "initial": -0.3429}, 0.746),
        ({"human_capital": "school"}, {}, 0.784),
        ({"human_capital": "school", "others": ["randd"]}, {"other_randd": 0.1177}, 0.828),
    ],
)
def test_nonneman_vanhoudt(settings, coefficients, r_squared):
    """Source: methods/growth.md 4.7, from AER::OECDGrowth, 22 countries."""
    data = pd.read_csv(REFERENCE / "oecd_growth.csv", comment="#")
    method = SolowRegression(
        output="gdp85", initial="gdp60", investment="invest", population_growth="popgrowth", **settings
    )
    free = method.fit(xz.Panel(data, unit="country")).free
    for name, value in coefficients.items():
        assert free.coefficient(name)[0] == pytest.approx(value, abs=FOUR), name
    assert free.fit.r_squared == pytest.approx(r_squared, abs=0.00051)


def test_shares_of_a_simulated_economy_are_recovered():
    """Mean of 300 economies with alpha .35, beta .25: within four standard errors of the truth."""
    rng, found = np.random.default_rng(1), []
    for _ in range(300):
        s, h, n = rng.uniform(0.05, 0.35, 80), rng.uniform(0.02, 0.12, 80), rng.uniform(0.0, 0.035, 80)
        left = 1 - 0.35 - 0.25
        y = np.exp(8 + (0.35 * np.log(s) + 0.25 * np.log(h) - 0.6 * np.log(n + 0.05)) / left + rng.normal(0, 0.2, 80))
        frame = pd.DataFrame(
            {"number": [f"c{k:02}" for k in range(80)], "gdp85": y, "invest": s, "popgrowth": n, "h": h}
        )
        result = mrw(frame, human_capital="h")
        found.append([*result.implied.values(), result.restriction[1] < 0.05])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(300)
    assert np.all(np.abs(mean - [0.35, 0.25, 0.05]) < 4 * error), mean


def test_nothing_depends_on_order_names_or_money():
    data, result = mankiw_romer_weil(), mrw(initial="gdp60", human_capital="school")
    other = data.sample(frac=1.0, random_state=3).assign(
        gdp85=lambda x: 1e9 * x["gdp85"], gdp60=lambda x: 1e9 * x["gdp60"]
    )
    again = mrw(other.assign(number="n" + other["number"]), initial="gdp60", human_capital="school")
    slopes = slice(1, None)
    np.testing.assert_allclose(again.free.fit.coefficients[slopes], result.free.fit.coefficients[slopes], rtol=ROUNDING)
    np.testing.assert_allclose(np.sort(again.term("residual")), np.sort(result.term("residual")), atol=ROUNDING)


def test_robust_errors_follow_white():
    """HC1 by its definition, on the textbook regression."""
    result = mrw(errors="robust")
    data = mankiw_romer_weil()
    x = np.column_stack([np.ones(98), np.log(data["invest"]), np.log(data["popgrowth"] + 0.05)])
    residuals = np.log(data["gdp85"].to_numpy()) - x @ np.linalg.lstsq(x, np.log(data["gdp85"]), rcond=None)[0]
    inverse = np.linalg.inv(x.T @ x)
    expected = np.sqrt(np.diag(inverse @ (x.T * residuals**2) @ x @ inverse) * 98 / 95)
    np.testing.assert_allclose(result.free.fit.errors, expected, rtol=1e-9)


def test_bad_input_has_codes_and_statuses():
    data = mankiw_romer_weil()
    with pytest.raises(DataError) as caught:
        mrw(data.assign(popgrowth=100 * data["popgrowth"]))
    assert caught.value.code == "XZ-254"
    with pytest.raises(DataError) as caught:
        mrw(data.assign(invest=0.2))
    assert caught.value.code == "XZ-245"
    with pytest.raises(DataError) as caught:
        mrw(data.head(1))
    assert caught.value.code == "XZ-250"
    odd = data.assign(
        invest=data["invest"].mask(data["number"] == "2"), gdp85=data["gdp85"].mask(data["number"] == "3", -1)
    )
    rows = mrw(odd).rows
    reasons = dict(zip(rows.unit, zip(rows.status, rows.reason, strict=True), strict=True))
    assert reasons["2"] == ("missing_data", "invest missing")
    assert reasons["3"] == ("non_positive", "gdp85 not positive")
