"""Additive models: reference files, another implementation's numbers, plain programmes, invariances."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.frontier.additive import AdditiveDEA

TARGET = 1e-8  # what is promised against reference files, relative where values exceed 1
PRINTED = 5e-10  # printed to ten decimals
SAME = 1e-9  # what is promised of invariances
WITNESS = 1e-8  # HiGHS through SciPy, tolerances 1e-10, sums of order ten
CLOSED = 1e-12  # a handful of roundings
TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
WEIGHTS = ("raw", "mip", "normalised", "ram", "bam")
NAMES = {"inputs": ["x0", "x1"], "outputs": ["y0", "y1"]}
BOOK = {"inputs": ["x0", "x1"], "outputs": ["y0"]}


def value(frame, **settings):
    """Return the first term: inefficiency or score."""
    return next(iter(fit(frame, **settings).rows.terms.values()))


def fit(frame, **settings):
    return AdditiveDEA(**({**NAMES, **settings})).fit(xz.Panel(frame, unit="j"))


def world(seed=7, n=14):
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({"j": [f"u{k:02d}" for k in range(n)]})
    return frame.assign(**{name: draw.uniform(1.0, 9.0, n) for name in ("x0", "x1", "y0", "y1")})


# Reference values -------------------------------------------------------------------------------


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(("returns", "mean"), [("vrs", 21.338935), ("crs", 29.779909)])
def test_program_follow_through(returns, mean):
    """R Benchmarking 0.33: the largest sum of slacks in raw units, site by site; means of methods/frontier.md."""
    folder = SHARED / "frontier"
    expected = pd.read_csv(folder / "charnes1981_expected_Benchmarking.csv").set_index("firm")
    settings = {"inputs": ["x1", "x2", "x3", "x4", "x5"], "outputs": ["y1", "y2", "y3"], "weights": "raw"}
    result = AdditiveDEA(**settings, returns=returns).fit(
        xz.Panel(pd.read_csv(folder / "charnes1981.csv"), unit="firm")
    )
    site = result.rows.unit.astype(int)
    np.testing.assert_allclose(
        result.term("inefficiency"), expected.loc[site, f"additive_{returns}_sumslack"], rtol=TARGET, atol=TARGET
    )
    assert result.diagnostics["mean"] == pytest.approx(mean, abs=5e-7)
    assert result.diagnostics["efficient"] == {"vrs": 27, "crs": 19}[returns]


def book():
    """Return the eleven units of DataEnvelopmentAnalysis.jl (MIT), test/deaadd.jl."""
    x0, x1 = [5, 16, 16, 17, 18, 23, 25, 27, 37, 42, 5], [13, 12, 26, 15, 14, 6, 10, 22, 14, 25, 17]
    y0 = [12, 14, 25, 26, 8, 9, 27, 30, 31, 26, 12]
    names = [f"u{k:02d}" for k in range(11)]
    return pd.DataFrame({"j": names, "x0": x0, "x1": x1, "y0": y0}).astype({"x0": float, "x1": float, "y0": float})


JULIA = {
    ("raw", "crs"): [0, 10.76923077, 10.83783784, 0, 22.15384615, 17.92307692, 0, 12.07692308, 11.6137931, 35, 4],
    ("raw", "vrs"): [0, 7.333333333, 0, 0, 18, 0, 0, 0, 0, 35, 4],
    ("mip", "crs"): [
        *(0, 0.7577160494, 0.4168399168, 0, 2.2219512195, 1.1478260870),
        *(0, 0.4867909868, 0.4041184041, 1.0726153846, 0.2352941176),
    ],
    ("mip", "vrs"): [0, 0.5075187970, 0, 0, 2.2039473684, 0, 0, 0, 0, 1.0432234432, 0.2352941176],
    ("normalised", "crs"): [
        *(0, 1.3569256615, 1.7407259078, 0, 2.6877810368, 1.6953153107),
        *(0, 1.6540884810, 1.1212042237, 4.0172855145, 0.6424624298),
    ],
    ("normalised", "vrs"): [0, 0.8049248943, 0, 0, 2.0149704908, 0, 0, 0, 0, 3.9898943952, 0.6424624298],
    ("ram", "crs"): [
        *(0, 0.14094094094, 0.18063063063, 0, 0.27937937938, 0.17657657658),
        *(0, 0.17164048866, 0.11671671672, 0.41766766767, 0.06666666667),
    ],
    ("ram", "vrs"): [0, 0.10297482838, 0, 0, 0.25553012967, 0, 0, 0, 0, 0.41764590678, 0.06666666667],
    ("bam", "crs"): [
        *(0, 0.4578892372, 0.3051750381, 0, 0.6732181854, 0.3239568683),
        *(0, 0.5255235602, 0.1913580247, 0.6902867780, 0.1212121212),
    ],
    ("bam", "vrs"): [0, 0.1998936736, 0, 0, 0.4329710145, 0, 0, 0, 0, 0.5713608345, 0.1212121212],
}


@pytest.mark.parametrize(("weights", "returns"), JULIA)
def test_data_envelopment_analysis_jl(weights, returns):
    """DataEnvelopmentAnalysis.jl (MIT), test/deaadd.jl, ten digits; it prints 1 less our score for ram and bam."""
    found = value(book(), **BOOK, weights=weights, returns=returns)
    inefficiency = 1 - found if weights in ("ram", "bam") else found
    np.testing.assert_allclose(inefficiency, JULIA[weights, returns], rtol=PRINTED, atol=PRINTED)


def test_bounded_measure_keeps_targets_within_the_reference_set():
    """DataEnvelopmentAnalysis.jl, BAM under constant returns: slacks of units 2 and 6, and no target beyond a bound."""
    result = fit(book(), **BOOK, weights="bam", returns="crs")
    slacks, targets = result.slacks(), result.targets()
    np.testing.assert_allclose(slacks.loc[1, ["x0", "x1"]].astype(float), [4.110344828, 6.0], atol=1e-8)
    np.testing.assert_allclose(slacks.loc[5, ["x0", "x1"]].astype(float), [17.493670886, 0.0], atol=1e-8)
    for name in ("x0", "x1"):
        assert targets[name].min() >= book()[name].min() - SAME
    assert targets["y0"].max() <= book()["y0"].max() + SAME
    free = fit(book(), **BOOK, weights="raw", returns="crs").targets()
    assert free["x1"].min() < book()["x1"].min() - 1  # without bounds they go there


# Independent witnesses --------------------------------------------------------------------------


SUMS = {"crs": (0.0, np.inf), "vrs": (1.0, 1.0), "drs": (0.0, 1.0), "irs": (1.0, np.inf), (0.5, 1.5): (0.5, 1.5)}
SIGNS = np.array([1.0, 1.0, -1.0, -1.0])


def programme(goods, point, weights, *, returns, side):
    """Return the largest weighted slack (side 1), or the least weighted excess (side -1), by SciPy."""
    n, g = goods.shape
    lower, upper = SUMS[returns]
    total = np.r_[np.ones(n), np.zeros(g)]
    sums = [(-total, -lower)] + ([(total, upper)] if np.isfinite(upper) else [])
    rows = np.hstack((SIGNS[:, None] * goods.T, side * np.eye(g)))
    cost = np.r_[np.zeros(n), -side * weights]
    limits = {"A_ub": np.array([row for row, _ in sums]), "b_ub": np.array([bound for _, bound in sums])}
    if side > 0:
        found = linprog(cost, A_eq=rows, b_eq=SIGNS * point, **limits, method="highs-ds", options=TIGHT)
    else:
        limits = {"A_ub": np.vstack((limits["A_ub"], rows)), "b_ub": np.r_[limits["b_ub"], SIGNS * point]}
        found = linprog(cost, **limits, method="highs-ds", options=TIGHT)
    return -found.fun if found.status == 0 else np.nan


def named_weights(goods, weights):
    return {
        "raw": np.ones_like(goods),
        "mip": 1 / goods,
        "normalised": np.ones_like(goods) / goods.std(axis=0, ddof=1),
        "ram": np.ones_like(goods) / np.ptp(goods, axis=0) / 4,
    }[weights]


@pytest.mark.parametrize("returns", SUMS)
@pytest.mark.parametrize("weights", WEIGHTS[:-1])
def test_plain_programmes(weights, returns):
    """Inside: Charnes et al. 1985 with weights; left out and beyond the others: Du, Liang and Zhu 2010."""
    frame = world()
    goods, everyone = frame.iloc[:, 1:].to_numpy(), np.arange(len(frame))
    w = named_weights(goods, weights)
    best = 1.0 if weights == "ram" else 0.0
    sign = -1.0 if weights == "ram" else 1.0
    inside = value(frame, weights=weights, returns=returns)
    outside = value(frame, weights=weights, returns=returns, evaluated="excluded")
    for o in everyone:
        largest = programme(goods, goods[o], w[o], returns=returns, side=1.0)
        assert inside[o] == pytest.approx(best + sign * largest, abs=WITNESS)
        others = goods[everyone != o]
        reached = programme(others, goods[o], w[o], returns=returns, side=1.0)
        least = programme(others, goods[o], w[o], returns=returns, side=-1.0)
        assert outside[o] == pytest.approx(best + sign * (least if np.isnan(reached) else reached), abs=WITNESS)


def test_super_efficiency_lies_beyond_the_frontier():
    frame = world(seed=3)
    inside, outside = (value(frame, weights="ram", evaluated=how) for how in ("included", "excluded"))
    beyond = outside > 1 + SAME
    assert (inside[beyond] > 1 - SAME).all()
    np.testing.assert_allclose(outside[~beyond], inside[~beyond], rtol=0, atol=SAME)
    result = fit(frame, weights="mip", evaluated="excluded")
    assert (result.term("inefficiency")[beyond] < 0).all()
    slacks = result.slacks()[["x0", "x1", "y0", "y1"]].to_numpy()
    assert slacks[beyond].max() <= 0
    assert slacks[~beyond].min() >= 0


def test_multipliers_support_the_observation():
    """Duality: z = v x - u y - w with every weight at least that of the slack, and no unit makes a profit."""
    frame = world(seed=5)
    result = fit(frame, weights="mip")
    weights, x, y = result.multipliers(), frame[["x0", "x1"]].to_numpy(), frame[["y0", "y1"]].to_numpy()
    v, u = weights[["x0", "x1"]].to_numpy(), weights[["y0", "y1"]].to_numpy()
    gap = (v * x).sum(axis=1) - (u * y).sum(axis=1) - weights["intercept"]
    np.testing.assert_allclose(gap, result.term("inefficiency"), rtol=0, atol=SAME)
    assert (v >= 1 / x - SAME).all()
    assert (u >= 1 / y - SAME).all()
    assert (u @ y.T - v @ x.T + weights["intercept"].to_numpy()[:, None]).max() <= SAME


# Cases ------------------------------------------------------------------------------------------


def test_a_good_without_range_does_not_count():
    """By hand: x1 is 3 everywhere; B uses 1 of x0 too much, range 1, of four goods two have a range."""
    frame = pd.DataFrame({"j": ["A", "B"], "x0": [1.0, 2.0], "x1": [3.0, 3.0], "y0": [1.0, 1.0], "y1": [2.0, 2.0]})
    assert value(frame, weights="ram").tolist() == pytest.approx([1.0, 0.75], abs=CLOSED)
    assert value(frame, weights="bam").tolist() == pytest.approx([1.0, 0.75], abs=CLOSED)
    assert value(frame, weights="normalised").tolist() == pytest.approx([0.0, np.sqrt(2)], abs=CLOSED)


def test_a_level_that_no_range_measures_is_not_identified():
    frame = pd.DataFrame({"j": ["A", "B", "C"], "x": [1.0, 2.0, 3.0], "z": [3.0, 3.0, 4.0], "y": [1.0, 1.0, 1.0]})
    settings = {"inputs": ["x", "z"], "outputs": ["y"], "reference": ("A", "B")}
    for weights in ("ram", "normalised"):
        result = fit(frame, **settings, weights=weights)
        assert result.rows.status.tolist() == ["ok", "ok", "not_identified"]
        assert result.rows.reason[2] == "no reference unit, or a good that is the same in all of them and not here"
        assert np.isnan(next(iter(result.rows.terms.values()))[2])
    assert fit(frame, **settings, weights="raw").term("inefficiency")[2] == pytest.approx(3.0, abs=CLOSED)


def test_outputs_of_which_there_is_none_have_no_proportion():
    frame = pd.DataFrame({"j": ["A", "B"], "x0": [1.0, 1.0], "x1": [1.0, 2.0], "y0": [1.0, 1.0], "y1": [1.0, 0.0]})
    assert value(frame, weights="mip").tolist() == pytest.approx([0.0, 0.5], abs=CLOSED)


def test_negative_levels():
    """Profit below zero: the range adjusted measure is that of the same data moved upwards; mip admits none."""
    frame = world(seed=13)
    low = frame.assign(y0=frame["y0"] - 5.0, x1=frame["x1"] - 5.0)
    for weights in ("ram", "bam", "normalised", "raw"):
        np.testing.assert_allclose(value(low, weights=weights), value(frame, weights=weights), rtol=0, atol=SAME)
    assert set(fit(low, weights="mip").rows.status) == {"ok", "non_positive"}
    assert set(fit(low, weights="ram", returns="crs").rows.status) == {"ok", "non_positive"}


def test_points_beyond_the_reference_set():
    frame = pd.DataFrame({"j": list("ABC"), "x": [2.0, 4.0, 1.0], "y": [1.0, 2.0, 2.0]})
    settings = {"inputs": ["x"], "outputs": ["y"], "reference": ("A", "B")}
    assert fit(frame, **settings, weights="bam").rows.status.tolist() == ["ok", "ok", "infeasible"]
    found = value(frame, **settings, weights="ram")  # least excess of C: one of x and one of y, ranges 2 and 1
    assert found.tolist() == pytest.approx([1.0, 1.0, 1.0 + (0.5 + 1.0) / 2], abs=CLOSED)


def test_settings_that_are_wrong():
    with pytest.raises(UsageError, match=r"XZ-103.*bam"):
        AdditiveDEA(**NAMES, weights="bam", evaluated="excluded")
    with pytest.raises(UsageError, match="XZ-103"):
        AdditiveDEA(**NAMES, weights="sbm")


def test_tables_and_words():
    result = fit(world(), weights="ram")
    assert result.title == "Range adjusted measure under variable returns"
    assert [table.name for table in result.tables()] == ["rows", "by_period", "slacks"]
    assert "is 1 or better" in result.tables()[1].notes[0]
    assert "is 0 or better" in fit(world(), weights="mip").tables()[1].notes[0]


# Invariances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_what_scores_do_not_depend_on(weights, returns):
    """Each claim holds to 1e-9, and what is not claimed is false on these data."""
    frame = world(seed=17)
    own = value(frame, weights=weights, returns=returns)
    twice = pd.concat([frame, frame.iloc[[0]].assign(j="z")], ignore_index=True)
    others = {
        "units": frame.assign(x0=frame["x0"] * 1e6, y1=frame["y1"] * 1e-6),
        "translation_inputs": frame.assign(x0=frame["x0"] + 10.0),
        "translation_outputs": frame.assign(y1=frame["y1"] + 10.0),
        "duplication": twice,
    }
    claimed = AdditiveDEA(**NAMES, weights=weights, returns=returns).invariances
    for change, other in others.items():
        gap = np.abs(value(other, weights=weights, returns=returns)[: len(frame)] - own).max()
        assert (gap <= SAME) == (change in claimed), (change, gap)


def test_a_duplicate_changes_super_efficiency():
    frame = world(seed=19)
    own = value(frame, weights="ram", evaluated="excluded")
    best = int(np.argmax(own))
    twice = pd.concat([frame, frame.iloc[[best]].assign(j="z")], ignore_index=True)
    assert value(twice, weights="ram", evaluated="excluded")[best] == pytest.approx(1.0, abs=SAME)
    assert own[best] > 1.01
    assert "duplication" not in AdditiveDEA(**NAMES, weights="ram", evaluated="excluded").invariances
