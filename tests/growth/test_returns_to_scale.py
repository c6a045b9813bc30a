"""Returns to scale: a simulated economy with known truth, a second implementation, invariances, bad input."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError
from xinzhi.growth import NeweyWest, ReturnsToScale
from xinzhi.growth.returns_to_scale import estimate
from xinzhi.method.result import ADDING_UP

TRUTH = 1.15
"""Returns to scale of the simulated industries."""


def economy(rng, industries=6, years=40):
    """Industries whose firms see technology before they hire: inputs follow demand (z) and technology (a).

    Two inputs with cost shares .3 and .7, every industry with its own mean growth of technology.
    """
    shape = (industries, years)
    z, noise = rng.normal(0, 0.03, shape), rng.normal(0, 0.01, shape)
    a = rng.normal(0, 0.02, shape) + rng.uniform(0, 0.02, (industries, 1))
    x = 0.01 + 0.8 * z + 0.5 * a + noise
    return {"z": z, "a": a, "x": x, "y": TRUTH * x + a}


def panel_of(world, rng):
    """The same as levels: capital and labour that together grow by x."""
    industries, years = world["x"].shape
    split = rng.normal(0, 0.02, world["x"].shape)
    growth = {"y": world["y"], "k": world["x"] + 0.7 * split, "l": world["x"] - 0.3 * split}
    levels = {name: np.exp(np.cumsum(np.column_stack([np.zeros(industries), g]), axis=1)) for name, g in growth.items()}
    keys = {
        "i": np.repeat([f"i{k}" for k in range(industries)], years + 1),
        "t": np.tile(np.arange(years + 1), industries),
    }
    shock = np.column_stack([np.full(industries, np.nan), world["z"]])
    columns = {name: level.ravel() for name, level in levels.items()} | {"z": shock.ravel(), "all": "all"}
    return pd.DataFrame(keys | columns)


INPUTS = (xz.Input(name="capital", quantity="k", share=0.3), xz.Input(name="labour", quantity="l"))
OLS = ReturnsToScale(output="y", inputs=INPUTS, by="all")
IV = ReturnsToScale(output="y", inputs=INPUTS, by="all", instruments=("z",))


def fit(method, frame):
    return method.fit(xz.Panel(frame, unit="i", time="t"))


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(20261127)
    return panel_of(economy(rng), rng)


def test_ols_is_biased_and_the_instrument_is_not():
    """500 economies. OLS: truth + cov(x, a) / var(x), by the variances of the simulation. IV: truth; coverage 95 %."""
    rng, found = np.random.default_rng(1), []
    units = np.repeat(np.arange(6), 40)
    for _ in range(500):
        world = {name: values.ravel() for name, values in economy(rng).items()}
        one = estimate(world["y"], world["x"], world["z"][:, None], units, errors=("hc1", 0))
        low, high = one.interval()
        found.append((one.ols, one.returns, low <= TRUTH <= high, one.error))
    ols, iv, covered, error = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    bias = 0.5 * 0.02**2 / (0.8**2 * 0.03**2 + 0.5**2 * 0.02**2 + 0.01**2)
    assert ols.mean() - TRUTH == pytest.approx(bias, abs=4 * ols.std() / np.sqrt(500))
    assert iv.mean() == pytest.approx(TRUTH, abs=4 * iv.std() / np.sqrt(500))
    assert ols.mean() - TRUTH > 20 * abs(iv.mean() - TRUTH)
    assert 0.92 < covered.mean() < 0.98  # 95 % with a binomial error of 1 %
    assert error.mean() == pytest.approx(iv.std(), rel=0.1)


def test_the_method_on_one_economy(frame):
    """A second implementation: dummies for the industries, normal equations, HC1 with all parameters counted."""
    result, plain = fit(IV, frame), fit(OLS, frame)
    data = frame.assign(**{n: np.log(frame[n]).groupby(frame["i"]).diff() for n in ("y", "k", "l")}).dropna()
    x = (0.3 * data["k"] + 0.7 * data["l"]).to_numpy()
    y, z = data["y"].to_numpy(), data["z"].to_numpy()
    dummies = pd.get_dummies(data["i"]).to_numpy(float)
    for found, instrument in ((plain, x), (result, z)):
        design, tools = np.column_stack([x, dummies]), np.column_stack([instrument, dummies])
        beta = np.linalg.solve(tools.T @ design, tools.T @ y)
        scores = tools * (y - design @ beta)[:, None]
        inverse = np.linalg.inv(tools.T @ design)
        variance = inverse @ scores.T @ scores @ inverse.T * (240 / (240 - 7))
        one = found.estimates["all"]
        assert one.returns == pytest.approx(beta[0], abs=1e-10)
        assert one.error == pytest.approx(np.sqrt(variance[0, 0]), abs=1e-10)
        assert one.freedom == 240 - 7
    assert result.estimates["all"].ols == plain.estimates["all"].returns
    np.testing.assert_allclose(
        result.term("technology"), y - result.estimates["all"].returns * x, rtol=0, atol=ADDING_UP
    )
    assert result.diagnostics["weak"] == []


def test_newey_west_differs_within_industries_only(frame):
    """With one lag, the autocovariance of neighbouring years of one industry, as long_run has it."""
    robust, hac = (
        fit(IV.model_copy(update={"errors": e}), frame).estimates["all"] for e in ("robust", NeweyWest(lags=1))
    )
    assert hac.returns == robust.returns
    assert hac.error != robust.error
    assert (
        "Newey-West standard errors, 1 lags"
        in fit(IV.model_copy(update={"errors": NeweyWest(lags=1)}), frame).methods_text()
    )


def test_an_estimate_for_each_industry_by_default(frame):
    result = fit(OLS.model_copy(update={"by": None}), frame)
    assert list(result.estimates) == [f"i{k}" for k in range(6)]
    one = fit(OLS.model_copy(update={"by": None}), frame[frame["i"] == "i3"])
    assert one.estimates["i3"].returns == pytest.approx(result.estimates["i3"].returns, abs=ADDING_UP)
    assert len(result.tables()[0].rows) == 6


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_invariances(frame, factor):
    """Units of measure of all columns, the instrument included; names of industries; other instruments as good."""
    one = fit(IV, frame)
    scaled = fit(IV, frame.assign(**{name: frame[name] * factor for name in ("y", "k", "l", "z")}))
    renamed = fit(IV, frame.assign(i="z" + frame["i"]))
    both = fit(
        IV.model_copy(update={"instruments": ("z", "w")}), frame.assign(w=frame["z"] * 0 + np.arange(len(frame)) % 7)
    )
    for other in (scaled, renamed):
        assert other.estimates["all"].returns == pytest.approx(one.estimates["all"].returns, rel=1e-9)
        assert other.estimates["all"].error == pytest.approx(one.estimates["all"].error, rel=1e-9)
        assert other.estimates["all"].first_stage == pytest.approx(one.estimates["all"].first_stage, rel=1e-9)
    assert both.estimates["all"].returns == pytest.approx(
        one.estimates["all"].returns, abs=2 * one.estimates["all"].error
    )


def test_weak_instruments_are_warned_of(frame):
    rng = np.random.default_rng(3)
    result = fit(IV, frame.assign(z=rng.normal(size=len(frame))))
    assert result.diagnostics["weak"] == ["all"]
    assert result.warnings[-1] == "XZ-408 weak instruments (first-stage F below 10) in 1 groups: all."


def test_what_is_not_identified_has_a_status(frame):
    """An industry with constant inputs, and one with two steps; a missing shock is a missing step."""
    data = frame[(frame["i"] != "i1") | (frame["t"] < 3)].copy()
    data.loc[data["i"] == "i0", ["k", "l"]] = 1.0
    data.loc[(data["i"] == "i2") & (data["t"] == 5), "z"] = np.nan
    result = fit(IV.model_copy(update={"by": None}), data)
    rows = result.rows
    assert set(rows.status[rows.unit == "i0"]) == set(rows.status[rows.unit == "i1"]) == {"not_identified"}
    assert rows.reason[0] == "40 steps do not identify the returns of i0"
    assert rows.reason[(rows.unit == "i2") & (rows.time == 5)].tolist() == ["z missing in 5"]
    assert sorted(result.estimates) == ["i2", "i3", "i4", "i5"]
    assert all(np.isnan(values[rows.status != "ok"]).all() for values in rows.terms.values())
    with pytest.raises(DataError, match="XZ-245"):
        fit(IV, data.assign(k=1.0, l=1.0))
    with pytest.raises(DataError, match="XZ-245"):
        fit(IV.model_copy(update={"instruments": ("z", "w")}), frame.assign(w=2 * frame["z"]))


def test_us_industries_1947_2023():
    """Real data: 44 industries, one estimate each; growth is returns x inputs + technology in every row."""
    cost = ("capital_compensation", "labour_compensation", "intermediate_inputs")
    names = ("capital_services_q", "labour_input_q", "intermediate_inputs_q")
    inputs = [
        xz.Input(name=part, quantity=name, share=xz.Share(part=(part,), total=cost))
        for part, name in zip(cost, names, strict=True)
    ]
    result = ReturnsToScale(output="gross_output_q", inputs=inputs, errors=NeweyWest(lags=2)).fit(
        xz.catalog.load("us_klems44")
    )
    assert len(result.estimates) == 44
    assert 0.8 < np.median([one.returns for one in result.estimates.values()]) < 1.3
    gap = result.term("growth") - result.term("inputs") - result.term("technology")
    assert np.abs(gap).max() < ADDING_UP
