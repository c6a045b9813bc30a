"""FDH: published scores, each unit's own programme by SciPy, brute force over copies, ties, invariances."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.frontier import DEA
from xinzhi.frontier.fdh import BLOCK, FDH, LEAF, leaves_of

REFERENCE = 1e-8  # the files print 15 digits; the issue asks for 1e-8 of the size of a number
SCORE = 1e-9  # of scores of order one, against another solver with its own tolerance of 1e-9
SAME = 1e-12  # ratios of the same numbers in another order
WHOLE = 1e-9  # the gap to which whole numbers are solved
BOUNDS = {"vrs": (1.0, 1.0), "crs": (0.0, None), "drs": (0.0, 1.0), "irs": (1.0, None)}
ORIENTATIONS = ("input", "output")
INPUTS, OUTPUTS = ["a", "b"], ["y", "z"]

FILES = {
    "charnes1981": ("firm", ["x1", "x2", "x3", "x4", "x5"], ["y1", "y2", "y3"]),
    "milkProd": ("farmNo", ["energy", "vet", "cows"], ["milk"]),
}


def world(n: int, seed: int, *, whole: bool = False, sd: float = 0.6) -> pd.DataFrame:
    """Return n units with two inputs and two outputs, whole numbers of 1 to 4 (many ties) if asked."""
    draw = np.random.default_rng(seed)
    values = draw.integers(1, 5, (n, 4)).astype(float) if whole else np.exp(draw.normal(0, sd, (n, 4)))
    names = [f"u{k:05d}" for k in range(n)]
    return pd.DataFrame(dict(zip(INPUTS + OUTPUTS, values.T, strict=True)) | {"j": names})


def fit(frame: pd.DataFrame, **settings):
    return FDH(inputs=INPUTS, outputs=OUTPUTS, **settings).fit(xz.Panel(frame, unit="j"))


def goods(frame: pd.DataFrame):
    return frame[INPUTS].to_numpy(), frame[OUTPUTS].to_numpy()


def alone(peer, point, *, returns: str, orientation: str) -> float:
    """Return the score of a point against one scaled unit, by its linear programme in (scale, score); NaN if none."""
    (x_j, y_j), (x, y) = peer, point
    inward = orientation == "input"
    rows = np.vstack((np.column_stack((x_j, -x if inward else 0 * x)), np.column_stack((-y_j, 0 * y if inward else y))))
    limits = np.r_[0 * x if inward else x, -y if inward else 0 * y]
    found = linprog(
        [0.0, 1.0 if inward else -1.0], A_ub=rows, b_ub=limits, bounds=[BOUNDS[returns], (0, None)], method="highs"
    )
    return float(found.x[1]) if found.status == 0 else np.nan


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(("returns", "column"), [("vrs", "fdh"), ("add", "add")])
def test_scores_of_benchmarking(name, orientation, returns, column):
    """R Benchmarking 0.33: columns fdh_* and add_* of all 70 sites and of all 108 farms."""
    unit, inputs, outputs = FILES[name]
    panel = xz.Panel(pd.read_csv(SHARED / "frontier" / f"{name}.csv")[[unit, *inputs, *outputs]], unit=unit)
    result = FDH(inputs=inputs, outputs=outputs, orientation=orientation, returns=returns).fit(panel)
    expected = pd.read_csv(SHARED / "frontier" / f"{name}_expected_Benchmarking.csv")
    known = expected.set_index(expected[unit].astype(str))[f"{column}_{'in' if orientation == 'input' else 'out'}"]
    np.testing.assert_allclose(
        result.term("score"), known[panel.unit_names.astype(str)], rtol=REFERENCE, atol=REFERENCE
    )
    assert set(result.rows.status) == {"ok"}


@needs_shared
@pytest.mark.reference
def test_headline_numbers():
    """methods/frontier.md: FDH-in 0.997806 (65 efficient), FDH-out 1.004986 (64), printed to six digits."""
    unit, inputs, outputs = FILES["charnes1981"]
    panel = xz.Panel(pd.read_csv(SHARED / "frontier" / "charnes1981.csv"), unit=unit)
    for orientation, mean, efficient in (("input", 0.997806, 65), ("output", 1.004986, 64)):
        result = FDH(inputs=inputs, outputs=outputs, orientation=orientation).fit(panel)
        assert result.diagnostics["mean"] == pytest.approx(mean, abs=5e-7)
        assert result.diagnostics["efficient"] == efficient


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", BOUNDS)
@pytest.mark.parametrize("evaluated", ["included", "excluded"])
def test_closed_forms_are_the_best_of_all_units_programmes(orientation, returns, evaluated):
    """Kerstens and Vanden Eeckaut (1999): the hull is the union over units of scaled copies; SciPy solves each."""
    frame = world(9, 3)
    x, y = goods(frame)
    result = fit(frame, orientation=orientation, returns=returns, evaluated=evaluated)
    best = np.nanmin if orientation == "input" else np.nanmax
    for o in range(len(frame)):
        others = [j for j in range(len(frame)) if j != o or evaluated == "included"]
        each = [alone((x[j], y[j]), (x[o], y[o]), returns=returns, orientation=orientation) for j in others]
        if np.isnan(each).all():
            assert result.rows.status[o] == "infeasible"
            assert np.isnan(result.term("score")[o])
        else:
            assert result.term("score")[o] == pytest.approx(best(each), abs=SCORE)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_copies_by_brute_force(orientation):
    """Every multiset of at most four copies of six units of like size; more copies exceed every point here."""
    draw = np.random.default_rng(11)
    sizes = draw.choice([1.0, 2.0, 3.0], (6, 1))
    values = sizes * np.exp(draw.normal(0, 0.1, (6, 4)))
    values[:, 2:] *= draw.uniform(0.4, 1.0, (6, 1))
    frame = pd.DataFrame(dict(zip(INPUTS + OUTPUTS, values.T, strict=True)) | {"j": list("ABCDEF")})
    x, y = goods(frame)
    result = fit(frame, orientation=orientation, returns="add")
    sets = [list(s) for k in range(1, 5) for s in itertools.combinations_with_replacement(range(6), k)]
    used, made = np.array([x[s].sum(axis=0) for s in sets]), np.array([y[s].sum(axis=0) for s in sets])
    assert (5 * x.min(axis=0) > x.max(axis=0)).all()
    for o in range(6):
        if orientation == "input":
            best = (used / x[o]).max(axis=1)[(made >= y[o]).all(axis=1)].min()
        else:
            best = (made / y[o]).min(axis=1)[(used <= x[o]).all(axis=1)].max()
        assert result.term("score")[o] == pytest.approx(best, abs=WHOLE)
    assert (result.term("score") != fit(frame, orientation=orientation).term("score")).any()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", BOUNDS)
@pytest.mark.parametrize("whole", [False, True])
def test_many_chunks_give_the_scores_and_first_peers_of_all_pairs(orientation, returns, whole):
    """More units than a chunk and a block hold; whole numbers make ties, of which the first unit is the peer."""
    frame = world(2 * LEAF + 3 * BLOCK + 5, 17, whole=whole)
    x, y = goods(frame)
    result = fit(frame, orientation=orientation, returns=returns)
    peers = result.peers()
    chosen = peers["peer"].str[1:].astype(int).to_numpy()
    assert len(chosen) == len(frame)
    for o in range(0, len(frame), 7):
        used, made = (x / x[o]).max(axis=1), (y[o] / y).max(axis=1)
        moved, held = (used, made) if orientation == "input" else (made, used)
        kind = {"vrs": "one", "crs": "free"}.get(returns) or (
            "cut" if (returns == "drs") == (orientation == "input") else "clip"
        )
        factor = {"one": np.ones_like(held), "free": held, "cut": held, "clip": np.maximum(held, 1.0)}[kind]
        product = np.where((held <= 1.0) | (kind in ("free", "clip")), moved * factor, np.inf)
        best = product.min()
        assert result.term("score")[o] == pytest.approx(best if orientation == "input" else 1 / best, rel=SAME)
        assert chosen[o] == product.argmin()


def test_groups_of_like_units_hold_every_unit_once():
    groups = leaves_of(np.random.default_rng(1).normal(size=(1000, 3)), 64)
    assert sorted(np.concatenate(groups).tolist()) == list(range(1000))
    assert max(group.size for group in groups) <= 64
    assert all((np.diff(group) > 0).all() for group in groups)
    assert [group.tolist() for group in leaves_of(np.zeros((0, 2)), 64)] == [[]]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", [*BOUNDS, "add"])
def test_targets_and_slacks_explain_the_score(orientation, returns):
    frame = world(12, 5)
    result = fit(frame, orientation=orientation, returns=returns)
    peers, targets, slacks = result.peers(), result.targets(), result.slacks()
    score = result.term("score")
    for o, name in enumerate(frame["j"]):
        mine = peers[peers["unit"] == name]
        copies = mine["intensity"].to_numpy() @ frame.set_index("j").loc[mine["peer"], INPUTS + OUTPUTS].to_numpy()
        np.testing.assert_allclose(targets.loc[o, INPUTS + OUTPUTS].to_numpy(float), copies, rtol=SAME)
        x, y = frame.loc[o, INPUTS].to_numpy(float), frame.loc[o, OUTPUTS].to_numpy(float)
        x, y = (x * score[o], y) if orientation == "input" else (x, y * score[o])
        left = np.r_[x - copies[:2], copies[2:] - y]
        np.testing.assert_allclose(slacks.loc[o, INPUTS + OUTPUTS].to_numpy(float), left, atol=SAME * 10)
        assert left.min() > -SAME * 10
        assert np.abs(left[:2] if orientation == "input" else left[2:]).min() < SAME * 10  # one row is tight
    assert result.multipliers()[[*INPUTS, *OUTPUTS]].isna().all().all()


def test_the_hull_is_inside_the_convex_technology():
    frame = world(60, 8)
    panel = xz.Panel(frame, unit="j")
    for returns in BOUNDS:
        convex = DEA(inputs=INPUTS, outputs=OUTPUTS, orientation="input", returns=returns).fit(panel)
        assert (fit(frame, orientation="input", returns=returns).term("score") >= convex.term("score") - SCORE).all()
    plain = fit(frame, orientation="input").term("score")
    assert (plain >= fit(frame, orientation="input", returns="add").term("score") - WHOLE).all()


def test_truth_is_approached_from_above():
    """y = sqrt(x) exp(-u), x from 1: the score is never below exp(-2u); where y > 1.05 its mean excess vanishes."""
    excess = []
    for n in (200, 5000):
        draw = np.random.default_rng(4)
        x, u = draw.uniform(1.0, 4.0, n), draw.exponential(0.3, n)
        frame = pd.DataFrame({"j": range(n), "x": x, "y": np.sqrt(x) * np.exp(-u)})
        score = FDH(inputs=["x"], outputs=["y"], orientation="input").fit(xz.Panel(frame, unit="j"))
        order = np.argsort([str(k) for k in range(n)])
        theta = np.exp(-2 * u)[order]
        assert (score.term("score") >= theta * (1 - SAME)).all()
        inside = (np.sqrt(x) * np.exp(-u))[order] > 1.05
        excess.append((score.term("score") - theta)[inside].mean())
    assert excess[1] < excess[0] / 3  # the rate is n^(-1/2) in two dimensions: a fifth
    assert excess[1] < 0.03


# Invariances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", [*BOUNDS, "add"])
def test_units_of_measurement_do_not_matter(orientation, returns):
    frame = world(15, 21)
    scaled = frame.assign(a=frame["a"] * 1e9, b=frame["b"] * 1e-9, y=frame["y"] * 1e9, z=frame["z"] * 1e-9)
    one, other = (fit(data, orientation=orientation, returns=returns).term("score") for data in (frame, scaled))
    np.testing.assert_allclose(one, other, rtol=SCORE)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_translation_of_the_goods_that_are_only_compared(orientation):
    frame = world(25, 22)
    still, moved = (OUTPUTS, INPUTS) if orientation == "input" else (INPUTS, OUTPUTS)
    method = FDH(inputs=INPUTS, outputs=OUTPUTS, orientation=orientation)
    assert f"translation_{'outputs' if orientation == 'input' else 'inputs'}" in method.invariances
    base = fit(frame, orientation=orientation).term("score")
    same = fit(frame.assign(**{c: frame[c] + 8.0 for c in still}), orientation=orientation).term("score")
    np.testing.assert_allclose(base, same, rtol=SCORE)
    other = fit(frame.assign(**{c: frame[c] + 8.0 for c in moved}), orientation=orientation).term("score")
    assert np.abs(base - other).max() > 0.01
    for returns in ("crs", "drs", "irs", "add"):
        assert FDH(inputs=INPUTS, outputs=OUTPUTS, returns=returns).invariances == {"units", "duplication"}
    base = fit(frame, orientation=orientation, returns="crs").term("score")
    other = fit(frame.assign(**{c: frame[c] + 8.0 for c in still}), orientation=orientation, returns="crs")
    assert np.abs(base - other.term("score")).max() > 0.01


@pytest.mark.parametrize("returns", [*BOUNDS, "add"])
def test_a_duplicate_matters_only_where_units_are_left_out(returns):
    frame = world(15, 23)
    double = pd.concat([frame, frame.iloc[[3]].assign(j="zz")], ignore_index=True)
    base = fit(frame, returns=returns).term("score")
    np.testing.assert_allclose(fit(double, returns=returns).term("score")[:15], base, rtol=SCORE)
    assert "duplication" not in FDH(inputs=INPUTS, outputs=OUTPUTS, evaluated="excluded").invariances
    row = int(np.argmin(base))  # the best unit: its duplicate becomes its peer
    double = pd.concat([frame, frame.iloc[[row]].assign(j="zz")], ignore_index=True)
    alone_ = fit(frame, returns=returns, evaluated="excluded").term("score")[row]
    assert fit(double, returns=returns, evaluated="excluded").term("score")[row] == pytest.approx(1.0, abs=SCORE)
    assert np.isnan(alone_) or alone_ < 1.0 - SCORE


# Cells and settings -----------------------------------------------------------------------------


def test_zeros_and_points_out_of_reach():
    frame = pd.DataFrame({"j": list("ABC"), "a": [0.0, 1, 2], "b": [2.0, 1, 1], "y": [1.0, 2, 2], "z": [0.0, 1, 0]})
    result = fit(frame, orientation="input")
    assert result.term("score").tolist() == [1.0, 1.0, 1.0]  # B uses less of a than C, and as much of b
    apart = fit(frame, orientation="input", evaluated="excluded")
    assert apart.rows.status.tolist() == ["infeasible", "infeasible", "ok"]
    assert apart.rows.reason[0] == "outside what the reference set can reach"
    for returns in ("crs", "add"):
        again = fit(frame, orientation="input", evaluated="excluded", returns=returns)
        assert again.rows.status[0] == "infeasible"  # the others use a, of which it has none
    alone_ = fit(frame.iloc[[0]], evaluated="excluded")
    assert alone_.rows.status.tolist() == ["infeasible"]


def test_without_reference_units_nothing_is_identified():
    frame = world(4, 2).assign(a=[np.nan, 1.0, 1.0, 1.0])
    panel = xz.Panel(frame, unit="j")
    for returns in ("vrs", "add"):
        result = FDH(inputs=INPUTS, outputs=OUTPUTS, reference=("u00000",), returns=returns).fit(panel)
        assert result.rows.status.tolist() == ["missing_data", *["not_identified"] * 3]


def test_units_outside_the_reference_set_may_score_better_than_one():
    frame = pd.DataFrame({"j": ["A", "B"], "a": [2.0, 1.0], "b": [2.0, 1.0], "y": [1.0, 1.0], "z": [1.0, 1.0]})
    assert fit(frame, orientation="input", reference=("A",)).term("score").tolist() == [1.0, 2.0]


def test_settings_and_words():
    with pytest.raises(UsageError, match="XZ-103"):
        FDH(inputs=INPUTS, outputs=OUTPUTS, returns="grs")
    with pytest.raises(UsageError, match="XZ-103"):
        FDH(inputs=INPUTS, outputs=OUTPUTS, returns=(0.0, 1.0))
    frame = world(4, 2)
    assert "free replicability hull" in fit(frame, returns="add").title
    assert "left out" in fit(frame, evaluated="excluded").title
    assert [table.name for table in fit(frame).tables()] == ["rows", "by_period"]


def test_memory_does_not_grow_with_the_square_of_the_units():
    panel = xz.Panel(world(5000, 1), unit="j")
    hull, convex = (model(inputs=INPUTS, outputs=OUTPUTS).memory(panel) for model in (FDH, DEA))
    assert hull < convex / 5
    assert FDH(inputs=INPUTS, outputs=OUTPUTS, technology="sequential").memory(panel) == hull  # one period
