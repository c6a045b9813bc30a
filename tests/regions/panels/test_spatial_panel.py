"""SpatialPanel: the method against the numeric functions, gaps, policies, words, bad input."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.regions.panels.worlds import lattice, world
from xinzhi.errors import DataError, UsageError
from xinzhi.regions.panels.balance import largest_block
from xinzhi.regions.panels.likelihood import spatial_panel_fit
from xinzhi.regions.panels.space import lagged, space_of
from xinzhi.regions.panels.spatial_panel import SpatialPanel
from xinzhi.regions.space.weights import ContiguityList, DistanceWeights

ROUNDING = 1e-10
W = lattice(4, 5)
NAMES = [f"u{k:02}" for k in range(20)]
LINKS = ContiguityList(links=tuple((NAMES[i], NAMES[j]) for i, j in zip(*np.nonzero(np.triu(W)), strict=True)))
YEARS = np.arange(2001, 2009)


def frame(seed=5, **settings):
    y, x = world(np.random.default_rng(seed), W, YEARS.size, **settings)
    keys = {"i": NAMES * YEARS.size, "t": np.repeat(YEARS, 20)}
    place = {"east": np.tile(np.arange(20) % 5, YEARS.size), "north": np.tile(np.arange(20) // 5, YEARS.size)}
    return pd.DataFrame(keys | {"y": y.ravel(), "a": x[..., 0].ravel(), "b": x[..., 1].ravel()} | place)


def fit(data=None, **settings):
    given = {"outcome": "y", "regressors": ("a", "b"), "weights": LINKS, "draws": 200} | settings
    return SpatialPanel(**given).fit(xz.Panel(frame() if data is None else data, unit="i", time="t"))


def arrays(data):
    return [data[name].to_numpy().reshape(YEARS.size, 20) for name in ("y", "a", "b")]


def test_durbin_is_the_lag_model_with_spatial_lags():
    data = frame()
    y, a, b = arrays(data)
    x = np.stack([a, b], axis=2)
    z = np.concatenate([x, lagged(x, W)], axis=2)
    expected = spatial_panel_fit(y, z, space=space_of(W), model="lag")
    found = fit(data)
    assert found.estimates.coefficients == pytest.approx(expected.coefficients, abs=ROUNDING)
    assert found.estimates.rho == pytest.approx(expected.rho, abs=ROUNDING)
    some = fit(data, durbin=("b",))
    assert some.lags == (-1, 2)
    assert {one.key for one in found.tests} - {one.key for one in some.tests} == {"lr_error", "wald_error"}


def test_pooled_model_has_a_constant_and_no_hausman_test():
    found = fit(effects="none", correction="none", model="lag")
    assert found.coefficients()["term"][2] == "Constant"
    assert found.test("hausman") is None
    assert found.test("lm_lag").statistic > 0


def test_error_model_has_no_effects():
    found = fit(model="error")
    assert found.effects is None
    assert found.effect_columns() == {}
    assert [table.name for table in found.tables()] == ["coefficients", "tests", "rows"]
    assert "direct" not in found.summary()


def test_logs_are_taken_of_the_columns_that_are_named():
    data = frame()
    levels = data.assign(y=np.exp(data["y"]), a=np.exp(data["a"]))
    found, plain = fit(levels, logs=("y", "a")), fit(data)
    assert found.estimates.rho == pytest.approx(plain.estimates.rho, abs=1e-9)
    assert found.coefficients()["term"][:3] == ["ln a", "b", "W × ln a"]
    with pytest.raises(DataError, match="not positive") as caught:
        fit(data, logs=("a",))
    assert caught.value.code == "XZ-285"


def test_the_same_seed_gives_the_same_intervals():
    data = xz.Panel(frame(), unit="i", time="t")
    method = SpatialPanel(outcome="y", regressors=("a",), weights=LINKS, draws=100)
    one, same, other = (method.fit(data, seed=seed) for seed in (1, 1, 2))
    assert one.effects.low.tolist() == same.effects.low.tolist() != other.effects.low.tolist()
    assert one.effects.estimate.tolist() == other.effects.estimate.tolist()


# Gaps -----------------------------------------------------------------------------------------


def test_gaps_are_an_error_or_the_largest_block_is_used():
    data = frame()
    data.loc[(data["i"] == "u07") & (data["t"] == 2004), "a"] = np.nan
    with pytest.raises(DataError, match="1 gaps; first: u07 2004") as caught:
        fit(data)
    assert caught.value.code == "XZ-285"
    found = fit(data, unbalanced="largest_block")
    assert (found.diagnostics["units"], found.diagnostics["years"]) == (19, 8)
    rows = found.tidy()
    mine = rows[rows["unit"] == "u07"]
    assert set(mine["status"]) == {"left_out", "missing_data"}
    assert "a missing" in mine.loc[mine["time"] == 2004, "reason"].item()
    kept = np.array(NAMES) != "u07"
    w = (W[np.ix_(kept, kept)] > 0).astype(float)
    y, a, b = (column[:, kept] for column in arrays(data))
    x = np.stack([a, b], axis=2)
    space = space_of(w / w.sum(axis=1, keepdims=True))
    z = np.concatenate([x, lagged(x, space.w)], axis=2)
    assert found.estimates.rho == pytest.approx(spatial_panel_fit(y, z, space=space, model="lag").rho, abs=ROUNDING)


def test_largest_block_by_trying_all():
    rng = np.random.default_rng(4)
    for _ in range(30):
        there = rng.random((6, 5)) < 0.8
        units, first, last = largest_block(there)
        assert there[units, first : last + 1].all()
        sizes = [there[:, s : e + 1].all(axis=1).sum() * (e - s + 1) for s in range(5) for e in range(s, 5)]
        assert units.sum() * (last - first + 1) == max(sizes)


def test_a_balanced_part_that_isolates_a_unit_is_refused():
    data = frame()
    data.loc[data["i"].isin(["u01", "u05"]) & (data["t"] == 2004), "a"] = np.nan
    with pytest.raises(DataError, match="u00") as caught:
        fit(data, unbalanced="largest_block")
    assert caught.value.code == "XZ-283"


def test_window():
    data = frame()
    found = fit(data, window=(2003, 2008))
    expected = fit(data[data["t"] >= 2003])
    assert found.estimates.rho == pytest.approx(expected.estimates.rho, abs=ROUNDING)


# Weights --------------------------------------------------------------------------------------


def test_weights_by_distance():
    """On the lattice the neighbours by side are those at distance one."""
    found = fit(weights=DistanceWeights(x="east", y="north", metric="euclidean", cutoff=1.1))
    assert found.estimates.rho == pytest.approx(fit().estimates.rho, abs=ROUNDING)
    assert "Euclidean" in found.methods_text()


def test_effects_of_time_refuse_raw_weights_and_those_of_units_take_them():
    raw = LINKS.model_copy(update={"standardise": "none"})
    with pytest.raises(DataError) as caught:
        fit(weights=raw)
    assert caught.value.code == "XZ-282"
    found = fit(weights=raw, effects="unit")
    assert found.diagnostics["range"][1] < 0.5
    assert np.isfinite(found.effects.low).all()


# Words and bad settings -----------------------------------------------------------------------


def test_words_say_what_was_done():
    found = fit()
    text = found.methods_text()
    assert "is not its spillover" in text
    assert "Lee and Yu" in text
    assert "a list of 31 links" in text
    assert "spatial dependence, rho" in found.summary()
    assert "Effect of a: direct" in found.summary()
    assert len(found.figures()) == 1
    assert fit(correction="none", errors="sandwich").methods_text().endswith("not normal.")


@pytest.mark.parametrize(
    "settings",
    [
        {"durbin": ("c",)},
        {"durbin": ("a",), "model": "lag"},
        {"logs": ("c",)},
        {"regressors": ("a", "y")},
        {"regressors": ()},
        {"draws": 5},
    ],
)
def test_settings_that_make_no_sense(settings):
    with pytest.raises(UsageError) as caught:
        fit(**settings)
    assert caught.value.code == "XZ-103"
