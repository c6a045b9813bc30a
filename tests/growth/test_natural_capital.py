"""Environmentally adjusted productivity: by hand, a known economy, its limit, invariances, rents, zeros, bad input."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import EnvironmentalAccounts, NaturalResource, Pollutant
from xinzhi.method.result import ADDING_UP

ROUNDING = 1e-12

OIL = NaturalResource(name="oil", extraction="oil", price="p", unit_cost="c")
COAL = NaturalResource(name="coal", extraction="coal", price="q", unit_cost="d")
CARBON = Pollutant(name="carbon", emissions="co2", elasticity=0.05)
SULPHUR = Pollutant(name="sulphur", emissions="so2", elasticity="e")
METHOD = EnvironmentalAccounts(
    output="y",
    capital="k",
    labour=xz.Labour(persons="l", hours="h"),
    capital_cost="uk",
    labour_cost="wl",
    resources=(OIL, COAL),
    pollutants=(CARBON, SULPHUR),
)
QUANTITIES = ("y", "k", "l", "h", "oil", "coal", "co2", "so2")


def world(seed=20261127, units=5, years=8):
    """Economies with every quantity, cost, price and elasticity drawn at random."""
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame([(f"u{j}", 2000 + t) for j in range(units) for t in range(years)], columns=["u", "t"])
    low_high = dict.fromkeys(QUANTITIES, (5.0, 50.0)) | {"uk": (20, 40), "wl": (50, 70), "p": (2, 3), "c": (1, 2)}
    low_high |= {"q": (0.6, 0.9), "d": (0.2, 0.5), "e": (0.0, 0.1)}
    return keys.assign(**{name: rng.uniform(*bounds, len(keys)) for name, bounds in low_high.items()})


def fit(frame, method=METHOD):
    return method.fit(xz.Panel(frame, unit="u", time="t"))


def test_the_formula_row_by_row():
    """The formula of the module written out for one step of one economy, with plain numbers."""
    frame = world()
    result, (a, b) = fit(frame), (frame.iloc[0], frame.iloc[1])

    def shares(row):
        values = [row.uk, row.wl, (row.p - row.c) * row.oil, (row.q - row.d) * row.coal]
        return np.array(values) / sum(values)

    k, labour, oil, coal = 0.5 * (shares(a) + shares(b))
    d = {name: float(np.log(b[name] / a[name])) for name in QUANTITIES}
    expected = {
        "growth": d["y"],
        "pollution_adjustment": -0.05 * d["co2"] - 0.5 * (a.e + b.e) * d["so2"],
        "capital": k * d["k"],
        "employment": labour * d["l"],
        "hours": labour * d["h"],
        "natural_capital": oil * d["oil"] + coal * d["coal"],
    }
    expected["adjusted_growth"] = expected["growth"] + expected["pollution_adjustment"]
    inputs = sum(expected[name] for name in ("capital", "employment", "hours", "natural_capital"))
    expected["eamfp"] = expected["adjusted_growth"] - inputs
    own = 0.5 * (a.uk / (a.uk + a.wl) + b.uk / (b.uk + b.wl))
    expected["tfp"] = d["y"] - own * d["k"] - (1 - own) * (d["l"] + d["h"])
    assert set(expected) == set(result.rows.terms)
    for name, value in expected.items():
        assert result.term(name)[0] == pytest.approx(value, abs=ROUNDING), name


def test_technology_of_a_known_economy():
    """Cobb-Douglas Y = A K^.3 L^.55 N^.15 R^.04, inputs paid at these shares: EAMFP is A, TFP is not."""
    rng = np.random.default_rng(5)
    a, k, labour, n, r = rng.normal(0.01, 0.05, (5, 12)).cumsum(axis=1)
    y = np.exp(a + 0.3 * k + 0.55 * labour + 0.15 * n + 0.04 * r)
    frame = pd.DataFrame(
        {"u": "A", "t": range(12), "y": y, "k": np.exp(k), "l": np.exp(labour), "n": np.exp(n), "r": np.exp(r)}
    )
    frame = frame.assign(uk=0.3 * y, wl=0.55 * y, price=1.0 + 0.15 * y / frame["n"], cost=1.0)
    method = EnvironmentalAccounts(
        output="y",
        capital="k",
        labour="l",
        capital_cost="uk",
        labour_cost="wl",
        resources=(NaturalResource(name="ore", extraction="n", price="price", unit_cost="cost"),),
        pollutants=(Pollutant(name="carbon", emissions="r", elasticity=0.04),),
    )
    result = fit(frame, method)
    np.testing.assert_allclose(result.term("eamfp"), np.diff(a), rtol=0, atol=ADDING_UP)
    assert np.abs(result.term("tfp") - np.diff(a)).max() > 1e-3


def test_cleaner_growth_is_more_growth():
    """OECD: for given growth and inputs, EAMFP rises when pollution falls, by its elasticity."""
    frame = world()
    less = frame.assign(co2=frame["co2"] * 0.9 ** (frame["t"] - 2000))
    gain = fit(less).term("eamfp") - fit(frame).term("eamfp")
    np.testing.assert_allclose(gain, -0.05 * np.log(0.9), rtol=0, atol=ROUNDING)


def test_without_rents_and_pollution_it_is_tfp():
    frame = world().assign(p=1.0, c=1.0, q=1.0, d=1.0, e=0.0)
    method = METHOD.model_copy(update={"pollutants": (SULPHUR,)})
    result = fit(frame, method)
    np.testing.assert_allclose(result.term("eamfp"), result.term("tfp"), rtol=0, atol=ADDING_UP)
    np.testing.assert_array_equal(result.term("natural_capital"), 0.0)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_invariances(factor):
    """Units of quantities, of money; names; a resource cut in two parts that are extracted alike."""
    frame, result = world(), fit(world())
    scaled = frame.assign(**{name: frame[name] * factor for name in ("uk", "wl", "p", "c", "q", "d")})
    other_units = frame.assign(
        oil=frame["oil"] * factor,
        p=frame["p"] / factor,
        c=frame["c"] / factor,
        **{name: frame[name] * factor for name in ("y", "k", "l", "h", "co2")},
    )
    halves = tuple(NaturalResource(name=f"oil{k}", extraction=f"oil{k}", price="p", unit_cost="c") for k in (1, 2))
    split = fit(
        frame.assign(oil1=0.3 * frame["oil"], oil2=0.7 * frame["oil"]),
        METHOD.model_copy(update={"resources": (*halves, COAL)}),
    )
    for other in (fit(scaled), fit(other_units), split):
        for name, values in result.rows.terms.items():
            np.testing.assert_allclose(other.term(name), values, rtol=0, atol=ADDING_UP, err_msg=name)


def test_items_and_periods_add_up():
    result = fit(world())
    items, rates = result.by_item((2001, 2006)), result.period_columns([(2001, 2006)])
    for kind in ("natural_capital", "pollution_adjustment"):
        found = [
            r for u, k, r in zip(items["unit"], items["kind"], items["rate"], strict=True) if (u, k) == ("u2", kind)
        ]
        assert len(found) == 2
        assert sum(found) == pytest.approx(rates[kind][2], abs=100 * ADDING_UP)
    assert "environmentally adjusted productivity" in result.summary()


def test_negative_rents_have_a_named_policy():
    """A price below the unit cost: a status by default; at zero on request, logged cell by cell."""
    frame = world()
    frame.loc[2, "p"] = frame.loc[2, "c"] - 0.5
    rows = fit(frame).rows
    assert rows.status[:4].tolist() == ["ok", "non_positive", "non_positive", "ok"]
    assert rows.reason[1] == "unit rent of oil not positive in 2001 or 2002"
    result = fit(frame, METHOD.model_copy(update={"negative_rents": "zero"}))
    assert set(result.rows.status) == {"ok"}
    assert [(c.unit, c.year, c.column, c.rule, c.value) for c in result.log] == [
        ("u0", 2002, "oil", "negative unit rent set to zero", 0.0)
    ]
    assert result.warnings == ("XZ-401 policies filled 1 missing cells of 1 units; see the table of policy use.",)
    at_cost = frame.copy()
    at_cost.loc[2, "p"] = at_cost.loc[2, "c"]
    np.testing.assert_array_equal(fit(at_cost).term("eamfp"), result.term("eamfp"))


def test_a_resource_that_is_not_there_contributes_nothing():
    """Zero in both years: nothing; zero in one of them: no logarithm, a status."""
    frame = world()
    frame.loc[frame["u"] == "u1", "coal"] = 0.0
    frame.loc[(frame["u"] == "u2") & (frame["t"] < 2003), "co2"] = 0.0
    rows = fit(frame).rows
    assert set(rows.status[rows.unit == "u1"]) == {"ok"}
    without = fit(frame, METHOD.model_copy(update={"resources": (OIL,)})).rows
    mine = rows.unit == "u1"
    np.testing.assert_allclose(rows.terms["eamfp"][mine], without.terms["eamfp"][mine], rtol=0, atol=ROUNDING)
    odd = (rows.unit == "u2") & (rows.status != "ok")
    assert rows.time[odd].tolist() == [2003]
    assert rows.reason[odd].tolist() == ["a resource or pollutant is zero in 2002 or 2003"]


def test_bad_input():
    frame = world()
    frame.loc[3, "e"] = np.nan
    frame.loc[5, "oil"] = -1.0
    rows = fit(frame).rows
    assert rows.reason[2] == "elasticity of sulphur missing in 2002 or 2003"
    assert rows.reason[4] == "oil not positive in 2004 or 2005"
    assert all(np.isnan(values[[2, 3, 4, 5]]).all() for values in rows.terms.values())
    for changes in ({"resources": (), "pollutants": ()}, {"resources": (OIL, OIL)}):
        with pytest.raises(UsageError, match="each name once"):
            fit(frame, METHOD.model_copy(update=changes))
    with pytest.raises(UsageError, match="at least 0"):
        Pollutant(name="carbon", emissions="co2", elasticity=-0.1)
    with pytest.raises(DataError, match="XZ-206"):
        fit(frame.assign(uk=np.nan))
