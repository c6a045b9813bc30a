"""Spatial beta convergence: the spatial panel that it is, truth by simulation, the delta method, bad input."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.regions.panels.worlds import lattice
from xinzhi.errors import DataError, UsageError
from xinzhi.regions.panels.spatial_beta import SpatialBeta, row_before, speed
from xinzhi.regions.panels.spatial_panel import SpatialPanel
from xinzhi.regions.space.weights import ContiguityList

W = lattice(5, 6)
NAMES = [f"u{k:02}" for k in range(30)]
LINKS = ContiguityList(links=tuple((NAMES[i], NAMES[j]) for i, j in zip(*np.nonzero(np.triu(W)), strict=True)))
B, THETA, RHO = -0.05, 0.02, 0.4
ROUNDING = 1e-9


def frame(rng, years=12):
    """Return levels of which growth follows a Durbin model with shocks of years and no effects of units."""
    inverse = np.linalg.inv(np.eye(30) - RHO * W)
    logs = [rng.normal(size=30)]
    for _ in range(years - 1):
        shock = rng.normal() + 0.02 * rng.normal(size=30)
        logs.append(logs[-1] + inverse @ (B * logs[-1] + THETA * W @ logs[-1] + shock))
    columns = {"y": np.exp(np.ravel(logs)), "c": rng.normal(size=30 * years)}
    return pd.DataFrame({"i": NAMES * years, "t": np.repeat(np.arange(2000, 2000 + years), 30)} | columns)


def fit(data, **settings):
    given = {"of": "y", "weights": LINKS, "effects": "time", "draws": 100} | settings
    return SpatialBeta(**given).fit(xz.Panel(data, unit="i", time="t"))


def test_it_is_the_spatial_panel_of_growth():
    data = frame(np.random.default_rng(1)).sort_values(["i", "t"])
    found = fit(data, controls=("c",), effects="two_way")
    logs = np.log(data["y"]).to_numpy().reshape(30, -1)
    keys = data[data["t"] > 2000][["i", "t"]]
    built = keys.assign(
        growth=np.diff(logs).ravel(),
        start=logs[:, :-1].ravel(),
        before=data["c"].to_numpy().reshape(30, -1)[:, :-1].ravel(),
    )
    expected = SpatialPanel(outcome="growth", regressors=("start", "before"), weights=LINKS, draws=100).fit(
        xz.Panel(built, unit="i", time="t")
    )
    assert found.estimates.coefficients == pytest.approx(expected.estimates.coefficients, abs=ROUNDING)
    assert found.test("hausman") is None
    assert found.effects.low == pytest.approx(expected.effects.low, abs=ROUNDING)
    assert found.term("residual") == pytest.approx(expected.term("residual"), abs=ROUNDING)


def test_truth_by_simulation():
    """60 panels: the mean of estimates within four of its standard errors, which are those of one over sqrt(60)."""
    rng, found = np.random.default_rng(7), []
    for _ in range(60):
        result = fit(frame(rng))
        found.append([*result.estimates.coefficients, result.speeds["total"].rate])
    truth = np.array([B, THETA, -np.log1p((B + THETA) / (1 - RHO))])
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * np.std(found, axis=0) / np.sqrt(60)).all()
    assert np.std(found, axis=0).max() < 0.02


def test_speed_by_numerical_derivatives():
    found, step = speed(-0.04, 0.01), 1e-6
    assert found.rate == pytest.approx(-np.log(0.96))
    slope = [(speed(-0.04 + step, 1).rate - speed(-0.04 - step, 1).rate) / (2 * step)]
    slope.append((speed(-0.04 + step, 1).half_life - speed(-0.04 - step, 1).half_life) / (2 * step))
    assert [found.error, found.half_life_error] == pytest.approx(np.abs(slope) * 0.01, rel=1e-6)
    assert np.isnan(speed(0.1, 0.01).half_life)
    assert np.isnan(speed(-1.2, 0.01).rate)


def test_units_of_measurement_do_not_matter():
    data = frame(np.random.default_rng(1))
    assert fit(data.assign(y=1e6 * data["y"])).speeds["direct"].rate == pytest.approx(
        fit(data).speeds["direct"].rate, abs=ROUNDING
    )


def test_rows_before():
    code, when = np.array([0, 0, 0, 1, 1]), np.array([2000, 2001, 2003, 2004, 2005])
    assert row_before(code, when).tolist() == [-1, 0, -1, -1, 3]


def test_gaps_keep_their_rows():
    data = frame(np.random.default_rng(1))
    data.loc[(data["i"] == "u10") & (data["t"] == 2003), "y"] = 0.0
    with pytest.raises(DataError) as caught:
        fit(data)
    assert caught.value.code == "XZ-285"
    rows = fit(data, unbalanced="largest_block").tidy()
    mine = rows[rows["unit"] == "u10"].set_index("time")["status"]
    assert mine[2003] == mine[2004] == "non_positive"
    assert mine[2005] == "left_out"
    assert len(rows) == 30 * 11


def test_words_and_tables():
    found = fit(frame(np.random.default_rng(1)))
    assert "Convergence, b −0.0" in found.summary()
    assert [table.name for table in found.tables()] == ["coefficients", "speed", "effects", "tests", "rows"]
    assert list(fit(frame(np.random.default_rng(1)), model="error").speeds) == ["coefficient"]


def test_titles_carry_the_years_of_the_levels():
    data = frame(np.random.default_rng(1))
    found = fit(data, window=(2002, 2010))
    assert found.title == "Spatial beta convergence, Durbin model, 2002–2010"
    assert all(table.title.endswith(", 2002–2010") for table in found.tables())


def test_terms_are_read_on_all_years_then_the_window_is_cut():
    """The first year of the window is interpolated from the year before it."""
    data = frame(np.random.default_rng(1))
    data.loc[(data["i"] == "u07") & (data["t"] == 2002), "c"] = np.nan
    found = fit(data, controls=(xz.Filled(column="c", rules=("linear",)),), window=(2002, 2010))
    mine = data["i"] == "u07"
    whole = data.copy()
    whole.loc[mine, "c"] = whole.loc[mine].sort_values("t")["c"].interpolate()
    expected = fit(whole, controls=("c",), window=(2002, 2010))
    assert found.estimates.coefficients == pytest.approx(expected.estimates.coefficients, abs=ROUNDING)


def test_a_slope_below_minus_one_overshoots_and_has_no_speed():
    """Logarithms change their sign from year to year, so that growth is more than minus the level."""
    rng = np.random.default_rng(4)
    signs = np.where(np.arange(12) % 2, -1.0, 1.0)[:, None]
    logs = signs * rng.normal(size=30) + 0.01 * rng.normal(size=(12, 30))
    found = fit(frame(rng).assign(y=np.exp(logs.ravel())))
    assert found.estimates.coefficients[0] < -1
    assert "units overshoot within a year, so that there is no speed" in found.summary()
    assert "–" not in found.summary().split("2000–2011")[0]
    assert "overshoots and has no speed" in found.tables()[1].notes[0]
    assert fit(frame(np.random.default_rng(1))).tables()[1].notes == ()


def test_bad_input():
    data = frame(np.random.default_rng(1))
    with pytest.raises(DataError) as caught:
        fit(data[data["t"] == 2000])
    assert caught.value.code == "XZ-214"
    with pytest.raises(UsageError):
        fit(data, controls=("y",))
