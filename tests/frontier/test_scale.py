"""Scale: ratios of published scores, classes by two other rules, supports by SciPy, a case by hand, invariances."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.frontier import DEA
from xinzhi.frontier.engine import Technology
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.scale import ScaleEfficiency, multiplier_ranges, returns_classes

REFERENCE = 1e-8  # ratios of two published scores of 15 digits
SCORE = 1e-9  # of numbers of order one, against another solver with its own tolerance of 1e-9
SAME = 1e-12  # the same arithmetic in another order
EQUAL = 1e-9  # published scores under two returns to scale that are equal
ORIENTATIONS = ("input", "output")
INPUTS, OUTPUTS = ["a", "b"], ["y", "z"]

FILES = {
    "charnes1981": ("firm", ["x1", "x2", "x3", "x4", "x5"], ["y1", "y2", "y3"]),
    "milkProd": ("farmNo", ["energy", "vet", "cows"], ["milk"]),
}


def world(n: int, seed: int) -> pd.DataFrame:
    """Return n units whose best practice has increasing, then decreasing returns."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0, 0.7, (n, 1)))
    x = size * np.exp(draw.normal(0, 0.3, (n, 2)))
    level = x.prod(axis=1, keepdims=True) ** 0.5
    y = level**2 / (1 + level**1.5) * np.exp(-draw.exponential(0.2, (n, 2)))
    return pd.DataFrame(
        dict(zip(INPUTS + OUTPUTS, np.hstack((x, y)).T, strict=True)) | {"j": [f"u{k:03d}" for k in range(n)]}
    )


def fit(frame: pd.DataFrame, **settings):
    return ScaleEfficiency(inputs=INPUTS, outputs=OUTPUTS, **settings).fit(xz.Panel(frame, unit="j"))


def by_sums(result) -> np.ndarray:
    """Return the class by the sums of optimal intensities under constant returns (Banker 1984)."""
    low, high = result.term("scale_factor_low"), result.term("scale_factor_high")
    return np.where(low > 1 + EQUAL, "increasing", np.where(high < 1 - EQUAL, "decreasing", "constant"))


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_ratios_and_classes_of_published_scores(name, orientation):
    """R Benchmarking 0.33: crs and vrs columns give the ratio; whether drs equals crs or vrs gives the class."""
    unit, inputs, outputs = FILES[name]
    panel = xz.Panel(pd.read_csv(SHARED / "frontier" / f"{name}.csv")[[unit, *inputs, *outputs]], unit=unit)
    result = ScaleEfficiency(inputs=inputs, outputs=outputs, orientation=orientation).fit(panel)
    expected = pd.read_csv(SHARED / "frontier" / f"{name}_expected_Benchmarking.csv")
    known = expected.set_index(expected[unit].astype(str)).loc[panel.unit_names.astype(str)]
    end = "in" if orientation == "input" else "out"
    crs, vrs, drs = (known[f"{returns}_{end}"].to_numpy() for returns in ("crs", "vrs", "drs"))
    ratio = crs / vrs if orientation == "input" else vrs / crs
    assert set(result.rows.status) == {"ok"}
    np.testing.assert_allclose(result.term("scale_efficiency"), ratio, rtol=REFERENCE)
    np.testing.assert_allclose(result.term("crs_score"), crs, rtol=REFERENCE)
    np.testing.assert_allclose(result.term("vrs_score"), vrs, rtol=REFERENCE)
    classes = np.where(
        np.abs(crs - vrs) < EQUAL, "constant", np.where(np.abs(drs - crs) < EQUAL, "increasing", "decreasing")
    )
    assert ((np.abs(drs - crs) < EQUAL) | (np.abs(drs - vrs) < EQUAL)).all()
    assert result.returns_to_scale()["returns"].tolist() == classes.tolist()
    assert by_sums(result).tolist() == classes.tolist()


def test_a_case_by_hand():
    """y over x: A (1, 1), B (2, 4), C (4, 5), D (4, 3); the ray y = 2 x touches B.

    Supports: A between slope infinite and 3, B between 3 and 1/2, C between 1/2 and 0. e = slope x / y.
    D, input: y = 3 at x = 5/3 on AB, slope 3, e = 5/3, theta = 5/12. D, output: at C, x = 4.
    """
    frame = pd.DataFrame({"j": list("ABCD"), "x": [1.0, 2, 4, 4], "y": [1.0, 4, 5, 3]})
    inward, outward = (
        ScaleEfficiency(inputs=["x"], outputs=["y"], orientation=orientation).fit(xz.Panel(frame, unit="j"))
        for orientation in ORIENTATIONS
    )
    np.testing.assert_allclose(inward.term("scale_efficiency"), [0.5, 1.0, 0.625, 0.9], atol=SAME)
    np.testing.assert_allclose(inward.term("vrs_score")[3], 5 / 12, atol=SAME)
    np.testing.assert_allclose(outward.term("scale_efficiency"), [0.5, 1.0, 0.625, 0.625], atol=SAME)
    for result, last in ((inward, (5 / 3, 5 / 3)), (outward, (0.0, 0.4))):
        found = result.returns_to_scale()
        np.testing.assert_allclose(found["elasticity_low"], [3.0, 0.25, 0.0, last[0]], atol=SAME)
        np.testing.assert_allclose(found["elasticity_high"], [np.nan, 1.5, 0.4, last[1]], atol=SAME)
        assert found["unlimited"].tolist() == [1.0, 0.0, 0.0, 0.0]
        low, high = result.term("intercept_low"), result.term("intercept_high")
        np.testing.assert_allclose([low[0], high[0]], [0.5, 1.0], atol=SAME)  # (3 - 1) / (3 + 1)
        np.testing.assert_allclose([low[1], high[1]], [(0.25 - 1) / 1.25, 0.2], atol=SAME)
    classes = ["increasing", "constant", "decreasing"]
    assert inward.returns_to_scale()["returns"].tolist() == [*classes, "increasing"]
    assert outward.returns_to_scale()["returns"].tolist() == [*classes, "decreasing"]
    scale = inward.most_productive_scale()
    np.testing.assert_allclose(scale["scale_factor_low"], [4.0, 1.0, 0.8, 4 / 3], atol=SAME)  # 1 / L
    np.testing.assert_allclose(scale["scale_factor_high"], scale["scale_factor_low"], atol=SAME)
    np.testing.assert_allclose(scale[["x", "y"]].to_numpy(float), [[2.0, 4.0]] * 4, atol=SAME)  # B for all


def support(x, y, point, *, sign: float):
    """Return the extreme intercept v x^ - u y^ over supports with v x^ + u y^ = 1, straight from the definition."""
    n, m, s = len(x), x.shape[1], y.shape[1]
    x_o, y_o = point
    found = linprog(
        sign * np.r_[x_o, -y_o, 0.0],
        A_ub=np.column_stack((-x, y, np.ones(n))),
        b_ub=np.zeros(n),
        A_eq=[np.r_[x_o, y_o, 0.0], np.r_[-x_o, y_o, 1.0]],
        b_eq=[1.0, 0.0],
        bounds=[(0, None)] * (m + s) + [(None, None)],
        method="highs",
    )
    assert found.status == 0
    return sign * found.fun


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_ranges_of_the_intercept_and_classes(orientation):
    frame = world(40, 2)
    result = fit(frame, orientation=orientation)
    x, y = frame[INPUTS].to_numpy(), frame[OUTPUTS].to_numpy()
    score = result.term("vrs_score")
    low, high = result.term("intercept_low"), result.term("intercept_high")
    for o in range(len(frame)):
        point = (score[o] * x[o], y[o]) if orientation == "input" else (x[o], score[o] * y[o])
        assert low[o] == pytest.approx(support(x, y, point, sign=1.0), abs=SCORE)
        assert high[o] == pytest.approx(support(x, y, point, sign=-1.0), abs=SCORE)
    classes = result.returns_to_scale()["returns"].to_numpy()
    assert classes.tolist() == by_sums(result).tolist()
    assert set(classes) == {"increasing", "constant", "decreasing"}
    assert ((np.abs(result.term("scale_efficiency") - 1) < SCORE) == (classes == "constant")).all()
    assert (result.term("scale_efficiency") <= 1 + SCORE).all()


def test_truth():
    """y = x^2 / (1 + x^1.5): the elasticity is 2 - 1.5 x^1.5 / (1 + x^1.5), one at x = 2^(2/3)."""
    x = np.linspace(0.5, 5.0, 200)
    frame = pd.DataFrame({"j": [f"u{k:03d}" for k in range(200)], "x": x, "y": x**2 / (1 + x**1.5)})
    result = ScaleEfficiency(inputs=["x"], outputs=["y"]).fit(xz.Panel(frame, unit="j"))
    found = result.returns_to_scale()
    truth = 2 - 1.5 * x**1.5 / (1 + x**1.5)
    concave = (x > 1.0) & (x < 4.9)  # below, the convex hull cuts across the curve
    low, high = found["elasticity_low"].to_numpy(float)[concave], found["elasticity_high"].to_numpy(float)[concave]
    middle = (low + high) / 2
    beyond = concave[concave] & (np.abs(result.term("vrs_score")[concave] - 1) < SCORE)
    assert beyond.sum() > 100
    assert np.abs(middle - truth[concave])[beyond].max() < 0.03  # neighbours are 0.02 apart in x
    assert set(result.rows.status) == {"ok"}
    best = result.term("scale_efficiency").argmax()
    assert x[best] == pytest.approx(2 ** (2 / 3), abs=0.025)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_most_productive_scale_is_productive(orientation):
    """The target is efficient under constant and variable returns: its scale efficiency is one."""
    frame = world(20, 5)
    scale = fit(frame, orientation=orientation).most_productive_scale()
    assert (scale["scale_factor_low"] <= scale["scale_factor_high"] + SCORE).all()
    more = scale[["unit", *INPUTS, *OUTPUTS]].rename(columns={"unit": "j"})
    both = pd.concat([frame, more.assign(j="t" + more["j"])], ignore_index=True)
    result = fit(both, orientation=orientation, reference=tuple(frame["j"]))
    mine = result.rows.unit.astype(str) >= "t"
    mine &= np.char.startswith(result.rows.unit.astype(str), "t")
    np.testing.assert_allclose(result.term("crs_score")[mine], 1.0, atol=SCORE)
    np.testing.assert_allclose(result.term("scale_efficiency")[mine], 1.0, atol=SCORE)


def extreme(x, y, o: int, score: float, k: int, *, returns: str, orientation: str, sign: float):
    """Return the extreme optimal multiplier k (inputs, outputs, intercept) by SciPy; None without limit."""
    n, m, s = len(x), x.shape[1], y.shape[1]
    inward = orientation == "input"
    cost = np.zeros(m + s + 1)
    cost[k] = sign
    unit = np.r_[x[o], np.zeros(s + 1)] if inward else np.r_[np.zeros(m), y[o], 0.0]
    optimum = np.r_[np.zeros(m), y[o], 1.0] if inward else np.r_[x[o], np.zeros(s), -1.0]
    free = {"crs": (0, 0), "vrs": (None, None), "drs": (None, 0), "irs": (0, None)}[returns]
    found = linprog(
        cost,
        A_ub=np.column_stack((-x, y, np.ones(n))),
        b_ub=np.zeros(n),
        A_eq=[unit, optimum],
        b_eq=[1.0, score],
        bounds=[(0, None)] * (m + s) + [free],
        method="highs",
    )
    return sign * found.fun if found.status == 0 else {3: None}[found.status]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", ["crs", "vrs", "drs", "irs"])
def test_ranges_of_all_multipliers(orientation, returns):
    """Each end of each range by SciPy; the engine's own multipliers lie inside; open ends are said so."""
    frame = world(15, 9)
    x, y = frame[INPUTS].to_numpy(), frame[OUTPUTS].to_numpy()
    result = DEA(inputs=INPUTS, outputs=OUTPUTS, orientation=orientation, returns=returns).fit(
        xz.Panel(frame, unit="j")
    )
    score = result.term("score")
    moved = np.array([1.0, 1, 0, 0]) if orientation == "input" else np.array([0.0, 0, -1, -1])
    points = Observations(x, y, np.zeros((15, 0)))
    ranges = multiplier_ranges(Technology.of(x, y, returns), points, moved=moved, score=score, excluded=np.full(15, -1))
    assert set(ranges.status) == {"ok"}
    own = result.multipliers()[[*INPUTS, *OUTPUTS, "intercept"]].to_numpy(float)
    assert (ranges.open_low | (own >= ranges.low - SCORE)).all()
    assert (ranges.open_high | (own <= ranges.high + SCORE)).all()
    for o in range(15):
        for k in range(5):
            for ends, unlimited, sign in ((ranges.low, ranges.open_low, 1.0), (ranges.high, ranges.open_high, -1.0)):
                best = extreme(x, y, o, score[o], k, returns=returns, orientation=orientation, sign=sign)
                assert unlimited[o, k] == (best is None)
                if best is not None:
                    assert ends[o, k] == pytest.approx(best, rel=1e-7, abs=1e-7)  # SciPy's feasibility tolerance
                else:
                    assert np.isnan(ends[o, k])
    assert (ranges.high - ranges.low > 0.01).any()


def test_ranges_without_a_score():
    frame = world(5, 1)
    points = Observations(frame[INPUTS].to_numpy(), frame[OUTPUTS].to_numpy(), np.zeros((5, 0)))
    technology = Technology.of(points.x, points.y, "vrs")
    ranges = multiplier_ranges(
        technology, points, moved=np.array([1.0, 1, 0, 0]), score=np.full(5, np.nan), excluded=np.full(5, -1)
    )
    assert ranges.status.tolist() == ["not_identified"] * 5
    assert np.isnan(ranges.low).all()


# Invariances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_units_of_measurement_and_duplicates_do_not_matter(orientation):
    frame = world(20, 12)
    base = fit(frame, orientation=orientation)
    scaled = fit(
        frame.assign(a=frame["a"] * 1e9, b=frame["b"] * 1e-9, y=frame["y"] * 1e9, z=frame["z"] * 1e-9),
        orientation=orientation,
    )
    double = fit(pd.concat([frame, frame.iloc[[4]].assign(j="zz")], ignore_index=True), orientation=orientation)
    for name in base.rows.terms:
        np.testing.assert_allclose(scaled.term(name), base.term(name), rtol=SCORE, atol=SCORE, err_msg=name)
        np.testing.assert_allclose(double.term(name)[:20], base.term(name), rtol=SCORE, atol=SCORE, err_msg=name)
    assert base.method.invariances == {"units", "duplication"}


def test_what_is_not_claimed_does_not_hold():
    frame = world(20, 12)
    base = fit(frame).term("scale_efficiency")
    for name in ("a", "y"):
        assert np.abs(fit(frame.assign(**{name: frame[name] + 2.0})).term("scale_efficiency") - base).max() > 1e-3
    apart = fit(frame, evaluated="excluded")
    row = int(np.nanargmin(apart.term("vrs_score")))
    double = fit(pd.concat([frame, frame.iloc[[row]].assign(j="zz")], ignore_index=True), evaluated="excluded")
    assert abs(double.term("vrs_score")[row] - apart.term("vrs_score")[row]) > 1e-3
    assert apart.method.invariances == {"units"}


# Cells and settings -----------------------------------------------------------------------------


def test_cells_settings_and_tables():
    frame = world(10, 3).assign(a=[np.nan, *[1.0] * 9])
    result = fit(frame)
    assert result.rows.status.tolist() == ["missing_data", *["ok"] * 9]
    found = result.returns_to_scale()
    assert found["returns"][0] == ""
    assert np.isnan(found["unlimited"][0])
    assert [table.name for table in result.tables()] == ["rows", "by_period", "returns_to_scale"]
    assert result.tables()[2].columns()["returns"][0] == ""
    apart = fit(world(10, 3), evaluated="excluded")
    assert "infeasible" in set(apart.rows.status)
    odd = apart.rows.status != "ok"
    assert np.isnan(np.column_stack(list(apart.rows.terms.values()))[odd]).all()
    with pytest.raises(UsageError, match="XZ-103"):
        ScaleEfficiency(inputs=INPUTS, outputs=OUTPUTS, returns="crs")


def test_classes_of_ranges():
    low, high = np.array([0.1, -0.1, -0.3, 0.0, np.nan]), np.array([0.2, 0.2, -0.1, 0.5, np.nan])
    assert returns_classes(low, high).tolist() == ["increasing", "constant", "decreasing", "constant", ""]
