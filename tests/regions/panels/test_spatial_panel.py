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


def test_terms_are_read_on_all_years_then_the_window_is_cut():
    """The first year of the window is interpolated from the year before it."""
    data = frame()
    data.loc[(data["i"] == "u07") & (data["t"] == 2003), "a"] = np.nan
    given = {"regressors": (xz.Filled(column="a", rules=("linear",)), "b")}
    found = fit(data, **given, window=(2003, 2008))
    whole = data.copy()
    mine = whole["i"] == "u07"
    whole.loc[mine, "a"] = whole.loc[mine].sort_values("t")["a"].interpolate()
    expected = fit(whole, window=(2003, 2008))
    assert found.estimates.rho == pytest.approx(expected.estimates.rho, abs=ROUNDING)


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


# What is not identified -----------------------------------------------------------------------

TREND = np.repeat(YEARS - 2000.0, 20)
PLACE = np.tile(np.arange(20.0), YEARS.size)
PAIRS = [(0, 1, 2), (0, 1, 2, 3, 4, 5, 6, 7)]


def all_pairs(units):
    return ContiguityList(links=tuple((NAMES[i], NAMES[j]) for i in units for j in units if i < j))


@pytest.mark.parametrize("model", ["durbin", "lag", "error"])
@pytest.mark.parametrize(
    ("outcome", "effects", "said"),
    [
        (lambda a: 2 * a, "unit", "the regressors explain all of y: an identity"),
        (lambda a: 2 * a, "none", "the regressors explain all of y: an identity"),
        (lambda a: 2 * a + TREND + PLACE, "two_way", "the regressors explain all of y: an identity"),
        (lambda a: 0.1 * PLACE + 0 * a, "unit", "no variation of y beside the effects"),
        (lambda a: 0.1 * TREND + 0 * a, "two_way", "no variation of y beside the effects"),
        (lambda a: 3 + 0 * a, "none", "no variation of y beside the effects"),
    ],
)
def test_an_outcome_that_is_explained_wholly_is_named(model, outcome, effects, said):
    data = frame()
    with pytest.raises(DataError, match=said) as caught:
        fit(data.assign(y=outcome(data["a"])), model=model, effects=effects)
    assert caught.value.code == "XZ-285"


@pytest.mark.parametrize("model", ["durbin", "lag", "error"])
def test_an_outcome_of_which_little_is_left_is_named_too(model):
    """An accounting identity of numbers that were rounded: squares of what is left would have no digits."""
    data = frame()
    noise = np.random.default_rng(3).normal(size=len(data))
    for size in (1e-5, 1e-7, 1e-9):
        with pytest.raises(DataError, match=r"the regressors leave less than 0\.003 % of y: an identity"):
            fit(data.assign(y=2 * data["a"] + size * noise), model=model)
    assert np.isfinite(fit(data.assign(y=2 * data["a"] + 1e-3 * noise), model=model).estimates.rho)


def test_an_outcome_that_neighbours_and_regressors_explain_wholly():
    """y = (1 - W / 2)^-1 a, and a trend, which is its own spatial lag: the likelihood has no bound."""
    data = frame()
    exact = arrays(data)[1] @ np.linalg.inv(np.eye(20) - 0.5 * W).T
    for y in (exact.ravel(), TREND):
        with pytest.raises(DataError, match="with W × y among the regressors, the regressors explain all of y"):
            fit(data.assign(y=y), model="lag", effects="unit")
    with pytest.raises(DataError, match="no finite maximum"):
        fit(data.assign(y=TREND), model="error", effects="unit")


@pytest.mark.parametrize("model", ["durbin", "lag", "error"])
@pytest.mark.parametrize("count", [2, 3, 8])
def test_equal_weights_of_all_pairs_do_not_identify_the_spatial_parameter_with_effects_of_time(model, count):
    """Less effects of time, W y = -y / (n - 1): the likelihood is flat. Without these effects it is not."""
    data = frame()
    given = {"weights": all_pairs(range(count)), "model": model, "regressors": ("a",)}
    data = data[data["i"].isin(NAMES[:count])]
    for effects in ("two_way", "time"):
        with pytest.raises(DataError, match="all pairs have equal weights") as caught:
            fit(data, **given, effects=effects)
        assert caught.value.code == "XZ-285"
    assert np.isfinite(fit(data, **given, effects="unit").estimates.rho)


def test_robust_tests_need_a_spatial_lag_that_regressors_do_not_explain():
    """A trend is its own spatial lag: lag and error are not told apart."""
    data = frame()
    found = fit(data.assign(a=TREND), regressors=("a",), model="lag", effects="unit")
    assert np.isnan([found.test(key).statistic for key in ("robust_lm_lag", "robust_lm_error")]).all()
    assert found.test("lm_lag").statistic > 0
    table = next(table for table in found.tables() if table.name == "tests")
    assert "not identified" in table.notes[-1]
    assert "not identified" not in fit(data).tables()[2].notes[-1]


@pytest.mark.parametrize("size", [1e150, 1e-150])
def test_units_of_measurement_neither_overflow_nor_vanish(size):
    data = frame()
    found, plain = fit(data.assign(y=size * data["y"])), fit(data)
    assert found.estimates.rho == pytest.approx(plain.estimates.rho, abs=ROUNDING)
    assert found.effects.low / size == pytest.approx(plain.effects.low, rel=1e-9)
    assert found.estimates.coefficients / size == pytest.approx(plain.estimates.coefficients, rel=1e-9)
    assert found.term("residual") / size == pytest.approx(plain.term("residual"), rel=1e-9)
    gain = found.estimates.likelihood - plain.estimates.likelihood
    assert gain == pytest.approx(-19 * 7 * np.log(size), rel=1e-9)
    errors = np.sqrt(np.diag(found.estimates.covariance)[:-1])
    assert errors[:-1] / size == pytest.approx(np.sqrt(np.diag(plain.estimates.covariance)[:-2]), rel=1e-9)
    assert [one.statistic for one in found.tests] == pytest.approx([one.statistic for one in plain.tests], rel=1e-6)


def test_units_of_regressors():
    """A power of ten changes the last digits, a power of two none: pooled, so that a constant is there too."""
    data = frame()
    given = {"effects": "none", "correction": "none"}
    found, plain = fit(data.assign(a=1024 * data["a"]), **given), fit(data, **given)
    factor = np.array([1024, 1, 1024, 1, 1])
    assert (found.estimates.coefficients * factor).tolist() == plain.estimates.coefficients.tolist()
    assert (found.effects.low * [1024, 1]).tolist() == plain.effects.low.tolist()
    assert found.estimates.likelihood == plain.estimates.likelihood


# Words and bad settings -----------------------------------------------------------------------


def test_small_numbers_have_digits_and_minus_signs_are_true():
    data = frame()
    found = fit(data.assign(y=1e-3 * data["y"]), regressors=("a",))
    effects = found.tables()[1]
    columns = [k for k, field in enumerate(effects.fields) if field.key in {"estimate", "error", "low", "high"}]
    shown = [effects.fields[k].shown(row[k]).strip("−") for row in effects.rows for k in columns]
    assert min(len(cell.replace(".", "").lstrip("0")) for cell in shown) >= 2
    assert f"direct {shown[0]} [{shown[2]}; {shown[3]}]" in found.summary()
    loud = fit(data.assign(y=1e3 * data["y"]))
    assert "log likelihood −" in loud.tables()[0].notes[0]
    assert "-" not in loud.tables()[0].notes[0]


def test_titles_carry_the_years():
    found = fit(window=(2003, 2008))
    assert found.title == "Spatial Durbin model, 2003–2008"
    assert all(table.title.endswith(", 2003–2008") for table in found.tables())
    assert "20 units, years 2003–2008: " in found.summary()
    data = frame()
    data = data[data["t"] == 2003]
    assert fit(data, regressors=("a",), effects="time").title == "Spatial Durbin model, 2003"
    one = SpatialPanel(outcome="y", regressors=("a",), weights=LINKS, effects="none", draws=100)
    alone = one.fit(xz.Panel(data.drop(columns="t"), unit="i"))
    assert alone.title == "Spatial Durbin model"
    assert "20 units, one cross-section" in alone.summary()


def test_a_p_value_that_would_print_as_zero():
    table = fit(regressors=("a",)).tables()[0]
    assert "< 0.0001" in [table.fields[-1].shown(row[-1]) for row in table.rows]


def test_words_say_what_was_done():
    found = fit()
    text = found.methods_text()
    assert "is not its spillover" in text
    assert "Lee and Yu" in text
    assert "a list of 31 links" in text
    assert "spatial dependence, rho" in found.summary()
    low, high = (f"{part[0, 0]:.4f}" for part in (found.effects.low, found.effects.high))
    assert f"direct {found.effects.estimate[0, 0]:.4f} [{low}; {high}]" in found.summary()
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
