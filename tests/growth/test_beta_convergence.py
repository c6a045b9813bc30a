"""Beta convergence: PWT lines, economies with a known speed, other formulas for the numbers, invariances, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

import xinzhi as xz
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import BetaConvergence, Control
from xinzhi.growth.convergence.beta import speed
from xinzhi.method.charts import spec
from xinzhi.method.result import ADDING_UP

ROUNDING = 1e-9  # a slope whose regressor was moved by the logarithm of 1e9


@pytest.fixture(scope="module")
def pwt():
    """GDP per head of the Penn World Table 10.01, as shipped."""
    panel = xz.catalog.load("pwt1001")
    frame = panel.frame()
    frame["head"] = frame["rgdpo"] / frame["pop"]
    return xz.Panel(frame, unit=panel.unit, time=panel.time)


def economy(rng, rate=0.02, units=60, years=30, noise=0.1):
    """Units that close the gap to one steady state: ln y_T = (1 - e^(-rate T)) ln y* + e^(-rate T) ln y_0 + noise."""
    start = rng.normal(9.0, 1.0, units)
    left = np.exp(-rate * years)
    end = (1 - left) * 10.0 + left * start + rng.normal(0, noise, units)
    keys = {"i": [f"u{k:03}" for k in range(units)] * 2, "t": [1990] * units + [1990 + years] * units}
    return pd.DataFrame(keys | {"y": np.exp([*start, *end])})


def fit(frame, **settings):
    return BetaConvergence(of="y", **settings).fit(xz.Panel(frame, unit="i", time="t"))


@pytest.mark.reference
@pytest.mark.parametrize(
    ("window", "count", "b", "t", "rate"),
    [
        ((1960, 1990), 111, 0.0013, 0.6, None),
        ((1990, 2019), 181, -0.0062, -4.5, 0.0068),
        ((2000, 2019), 181, -0.0085, -5.2, 0.0093),
    ],
)
def test_penn_world_table(pwt, window, count, b, t, rate):
    """Source: methods/growth.md 4.7."""
    result = BetaConvergence(of="head", window=window).fit(pwt)
    columns = result.regression.columns()
    assert result.regression.observations == count
    assert columns["estimate"][1] == pytest.approx(b, abs=0.000051)
    assert columns["t"][1] == pytest.approx(t, abs=0.051)
    if rate:
        assert result.speed.rate == pytest.approx(rate, abs=0.000051)
        assert result.speed.half_life == pytest.approx(np.log(2) / result.speed.rate)


def test_speed_is_that_of_nonlinear_least_squares():
    """scipy.optimize.curve_fit on growth = a - (1 - e^(-beta T)) / T ln y_0: same speed, same standard error."""
    frame = economy(np.random.default_rng(5))
    result = fit(frame)
    start, end = (np.log(frame.loc[frame["t"] == year, "y"].to_numpy()) for year in (1990, 2020))

    def model(x, a, beta):
        return a - (1 - np.exp(-beta * 30)) / 30 * x

    found, covariance = curve_fit(model, start, (end - start) / 30, p0=[0.2, 0.02], xtol=1e-14, ftol=1e-14)
    assert result.speed.rate == pytest.approx(found[1], rel=1e-6)
    assert result.speed.error == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-4)  # its numerical derivatives


@pytest.mark.slow
def test_speed_and_coverage_in_simulated_economies():
    """1000 economies: the mean within four standard errors of the truth, the 95 % interval covers it 93 to 97 times."""
    rng, rates, covered = np.random.default_rng(11), [], []
    for _ in range(1000):
        found = fit(economy(rng)).speed
        rates.append(found.rate)
        covered.append(abs(found.rate - 0.02) < 2.0 * found.error)
    assert abs(np.mean(rates) - 0.02) < 4 * np.std(rates) / np.sqrt(1000)
    assert 0.93 < np.mean(covered) < 0.97


def test_conditional_convergence_needs_its_control():
    """Steady states that go with the initial level hide convergence; with the control the truth comes back."""
    rng = np.random.default_rng(3)
    units, left = 200, np.exp(-0.03 * 20)
    state = rng.normal(10, 1, units)
    start = state - 1 + rng.normal(0, 0.3, units)
    end = (1 - left) * state + left * start + rng.normal(0, 0.02, units)
    keys = {"i": [f"u{k:03}" for k in range(units)] * 2, "t": [0] * units + [20] * units}
    frame = pd.DataFrame(keys | {"y": np.exp([*start, *end]), "s": np.exp([*state, *state])})
    absolute = BetaConvergence(of="y")
    panel = xz.Panel(frame, unit="i", time="t")
    assert absolute.fit(panel).speed.rate < 0.005
    conditional = BetaConvergence(of="y", controls=[Control(column="s", at="start", form="log")]).fit(panel)
    assert conditional.speed.rate == pytest.approx(0.03, abs=4 * conditional.speed.error)
    assert conditional.speed.error < 0.002


def panel_frame(rng, units=15, years=12):
    """A panel with unit and period effects."""
    level = rng.normal(9, 1, (units, 1)) + np.cumsum(rng.normal(0.02, 0.05, (units, years + 1)), axis=1)
    keys = {"i": np.repeat([f"u{k:02}" for k in range(units)], years + 1), "t": np.tile(np.arange(years + 1), units)}
    return pd.DataFrame(keys | {"y": np.exp(level).ravel(), "x": rng.normal(size=level.size)})


def test_fixed_effects_are_dummy_variables():
    """Frisch and Waugh, by numpy: dummies of units and periods give slope, errors by cluster and residuals."""
    frame = panel_frame(np.random.default_rng(8))
    result = fit(frame, span=3, effects="unit_time", errors="clustered", controls=["x"])
    level = np.log(frame["y"].to_numpy()).reshape(15, 13)
    x = frame["x"].to_numpy().reshape(15, 13)
    y = ((level[:, 3::3] - level[:, :-1:3]) / 3).ravel()
    control = np.stack([x[:, s : s + 4].mean(axis=1) for s in range(0, 12, 3)], axis=1).ravel()
    units, periods = np.repeat(np.arange(15), 4), np.tile(np.arange(4), 15)
    dummies = np.column_stack([units[:, None] == np.arange(15), periods[:, None] == np.arange(1, 4)]).astype(float)
    design = np.column_stack([level[:, :-1:3].ravel(), control, dummies])
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    residuals = y - design @ coefficients
    np.testing.assert_allclose(result.regression.fit.coefficients, coefficients[:2], rtol=1e-8)
    np.testing.assert_allclose(result.term("residual"), residuals, atol=1e-12)
    scores = np.array([(design[units == u].T @ residuals[units == u]) for u in range(15)])
    bread = np.linalg.inv(design.T @ design)
    # 60 observations less two slopes and four periods; units are nested in the clusters (xtreg of Stata, fixest)
    clustered = bread @ scores.T @ scores @ bread * 15 / 14 * 59 / (60 - 2 - 4)
    np.testing.assert_allclose(result.regression.fit.covariance, clustered[:2, :2], rtol=1e-7)
    assert result.regression.freedom == 14


@pytest.mark.parametrize(
    ("effects", "error"),
    [("none", 0.003036754031510904), ("time", 0.003107324029296964), ("unit_time", 0.03271644545912602)],
)
def test_clustered_errors_count_effects_that_are_not_nested_in_the_clusters(effects, error):
    """Source: pyfixest 0.60.0, feols("g ~ i" | "g ~ i | t" | "g ~ i + C(t) | u", vcov={"CRV1": "u"}).

    K = 2, 5 and 5: periods count, units, which are the clusters, do not (also xtreg and reghdfe of Stata, fixest).
    """
    result = fit(panel_frame(np.random.default_rng(8)), span=3, effects=effects, errors="clustered")
    assert result.regression.coefficient("initial")[1] == pytest.approx(error, rel=1e-11)


@pytest.mark.parametrize("errors", ["classical", "robust", "clustered"])
@pytest.mark.parametrize("effects", ["time", "unit_time"])
@pytest.mark.parametrize(("units", "factor"), [(4, 1.0), (12, 1.0), (12, 1e-9), (12, 1e9)])
def test_units_on_one_path_identify_nothing(effects, errors, units, factor):
    """Effects of periods explain the initial level; rounding of its logarithms is no variation."""
    names, years = np.repeat([f"u{k:02}" for k in range(units)], 9), np.tile(np.arange(9), units)
    frame = pd.DataFrame({"i": names, "t": years, "y": factor * 1.02**years})
    with pytest.raises(DataError) as caught:
        fit(frame, span=2, effects=effects, errors=errors)
    assert caught.value.code == "XZ-245"


@pytest.mark.parametrize(("units", "effects"), [(2, "unit_time"), (1, "none")])
def test_clusters_whose_scores_cancel_give_no_error(units, effects):
    """Both effects make two units mirror images, so the sums of their scores are equal and opposite: zero."""
    frame = panel_frame(np.random.default_rng(8), units=units)
    with pytest.raises(DataError) as caught:
        fit(frame, span=3, effects=effects, errors="clustered")
    assert caught.value.code == "XZ-245"
    assert f"{units} clusters" in str(caught.value)
    assert fit(frame, span=3, effects=effects, errors="robust").speed.error > 0


def test_classical_errors_of_fixed_effects_count_them():
    frame = panel_frame(np.random.default_rng(9))
    assert fit(frame, span=3, effects="unit_time").regression.freedom == 60 - 1 - 15 - 3
    assert fit(frame, span=3, effects="time").regression.freedom == 60 - 1 - 4
    assert fit(frame, span=3).regression.freedom == 60 - 2


def test_growth_is_expected_growth_and_residual():
    rows = fit(economy(np.random.default_rng(1))).rows
    gap = rows.terms["growth"] - rows.terms["expected_growth"] - rows.terms["residual"]
    assert np.abs(gap).max() <= ADDING_UP


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_nothing_depends_on_units_order_or_names(factor):
    frame = economy(np.random.default_rng(2))
    result = fit(frame)
    other = frame.sample(frac=1.0, random_state=1).assign(y=lambda x: x["y"] * factor)
    again = fit(other.assign(i="z" + other["i"]))
    assert again.speed.rate == pytest.approx(result.speed.rate, rel=ROUNDING)
    assert again.speed.error == pytest.approx(result.speed.error, rel=ROUNDING)
    np.testing.assert_allclose(again.term("residual"), result.term("residual"), atol=1e-12)


def test_every_unit_twice_changes_errors_only():
    """Two copies: same coefficients; the classical variance falls by (n - 2) / (2 n - 2)."""
    frame = economy(np.random.default_rng(2))
    one, two = fit(frame), fit(pd.concat([frame, frame.assign(i="b" + frame["i"])]))
    assert two.speed.rate == pytest.approx(one.speed.rate, rel=1e-10)
    assert (two.speed.error / one.speed.error) ** 2 == pytest.approx(58 / 118, rel=1e-9)


def test_speed_by_hand():
    """1 - 0.02 x 25 = 0.5: speed ln 2 / 25, half-life 25 years; at -0.04 nothing is left, at +0.01 it diverges."""
    found = speed(-0.02, 0.004, 25)
    assert found.rate == pytest.approx(np.log(2) / 25)
    assert found.error == pytest.approx(0.008)
    assert found.half_life == pytest.approx(25.0)
    assert found.half_life_error == pytest.approx(25.0 * 0.008 / found.rate)
    assert np.isnan(speed(-0.04, 0.004, 25).rate)
    assert speed(0.01, 0.004, 25).rate < 0
    assert np.isnan(speed(0.01, 0.004, 25).half_life)


def test_words_follow_the_numbers():
    frame = economy(np.random.default_rng(2))
    assert "convergence, b" in fit(frame).summary()
    mirrored = economy(np.random.default_rng(2), rate=-0.02)
    assert "divergence" in fit(mirrored).summary()
    assert "no significant" in fit(economy(np.random.default_rng(2), rate=0.0, noise=1.0)).summary()


def test_bad_input_has_codes():
    frame = economy(np.random.default_rng(2))
    for code, kind, broken in (
        ("XZ-245", DataError, lambda: fit(frame.assign(x=1.0), controls=[Control(column="x", at="start")])),
        ("XZ-250", DataError, lambda: fit(frame.groupby("t").head(1))),
        ("XZ-250", DataError, lambda: fit(frame.assign(x=1.0), controls=["x"])),
        ("XZ-214", DataError, lambda: fit(frame[frame["t"] == 1990])),
        ("XZ-208", DataError, lambda: fit(frame, window=(1980, 2020))),
        ("XZ-205", DataError, lambda: fit(frame, controls=["absent"])),
        ("XZ-103", UsageError, lambda: fit(frame, span=7)),
        ("XZ-103", UsageError, lambda: fit(frame, effects="time")),
    ):
        with pytest.raises(kind) as caught:
            broken()
        assert caught.value.code == code
    index = xz.Panel(frame, unit="i", time="t", columns={"y": xz.Column("index", "growth_index")})
    with pytest.raises(DataError) as caught:
        BetaConvergence(of="y").fit(index)
    assert caught.value.code == "XZ-207"


def test_incomplete_units_keep_their_row_with_a_reason():
    frame = economy(np.random.default_rng(2))
    frame = frame[~((frame["i"] == "u003") & (frame["t"] == 2020))]
    frame.loc[(frame["i"] == "u005") & (frame["t"] == 1990), "y"] = -1.0
    frame.loc[(frame["i"] == "u007") & (frame["t"] == 1990), "y"] = np.nan
    result = fit(frame)
    found = {u: (s, r) for u, s, r in zip(result.rows.unit, result.rows.status, result.rows.reason, strict=True) if r}
    assert found == {
        "u003": ("missing_data", "no row for 2020"),
        "u005": ("non_positive", "y not positive in 1990"),
        "u007": ("missing_data", "y missing in 1990"),
    }
    assert result.regression.observations == 57


def test_figure_has_a_point_per_observation_and_the_line_through_the_means():
    result = fit(economy(np.random.default_rng(2)))
    figure = spec(result.figures()[0])
    points, ends = (figure["datasets"][layer["data"]["name"]] for layer in figure["layer"])
    assert len(points) == 60
    slope = (ends[1]["y"] - ends[0]["y"]) / (ends[1]["x"] - ends[0]["x"])
    assert slope == pytest.approx(100 * result.regression.coefficient("initial")[0])
    x, y = (np.mean([point[axis] for point in points]) for axis in "xy")
    assert ends[0]["y"] + slope * (x - ends[0]["x"]) == pytest.approx(y)


def test_growth_of_a_relative_level_is_warned_of():
    frame = economy(np.random.default_rng(2))
    panel = xz.Panel(frame, unit="i", time="t", columns={"y": xz.Column("USA = 1", "relative_level")})
    assert "XZ-406" in BetaConvergence(of="y").fit(panel).warnings[0]


def test_a_term_of_another_method_converges():
    panel = xz.catalog.load("pwt1001")
    labour = xz.Labour(persons="emp", quality="hc")
    levels = xz.growth.RelativeLevels(output="cgdpo", capital="ck", labour=labour, labour_share="labsh", base="USA")
    term = xz.Term(method=levels, column="relative_tfp")
    result = BetaConvergence(of=term, scale="values", window=(2000, 2019)).fit(panel)
    table = levels.fit(panel).tidy().pivot(index="unit", columns="time", values="relative_tfp")[[2000, 2019]].dropna()
    slope = np.polyfit(table[2000], (table[2019] - table[2000]) / 19, 1)[0]
    assert result.regression.coefficient("initial")[0] == pytest.approx(slope, rel=1e-8)
    spread = xz.growth.SigmaConvergence(of=term, scale="values", window=(2000, 2019), draws=99).fit(panel)
    assert spread.sd[[0, -1]] == pytest.approx(table.std().to_numpy(), rel=1e-9)
