"""Radial programmes: against R, against SciPy, and under changes that must not matter."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontier.exact import exact_scores
from tests.frontier.programmes import twin
from tests.support import SHARED, needs_shared
from xinzhi.frontier.engine import Technology, radial_scores

PUBLISHED = 1e-9  # two solvers at tolerances of 1e-10 on data of order 1 to 100
TWIN = 1e-8  # SciPy's answer is read at its own tolerance of 1e-10 per row and not refined
SAME = 1e-11  # the same vertex from numbers in other units: a few roundings
RETURNS, ORIENTATIONS = ("crs", "vrs", "drs", "irs"), ("input", "output")


def economy(n: int, m: int, s: int, seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0.0, 1.0, (n, 1)))
    return size * np.exp(draw.normal(0.0, 0.4, (n, m))), size**0.9 * np.exp(draw.normal(0.0, 0.4, (n, s)))


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_program_follow_through(returns, orientation):
    """charnes1981_expected_Benchmarking.csv: R Benchmarking 0.33 run in R 4.2.2."""
    data = pd.read_csv(SHARED / "frontier" / "charnes1981.csv")
    expected = pd.read_csv(SHARED / "frontier" / "charnes1981_expected_Benchmarking.csv")
    x = data[["x1", "x2", "x3", "x4", "x5"]].to_numpy(float)
    y = data[["y1", "y2", "y3"]].to_numpy(float)
    found = radial_scores(Technology.of(x, y, returns), (x, y), orientation=orientation)
    assert set(found.status) == {"ok"}
    column = f"{returns}_{orientation.removesuffix('put')}"
    np.testing.assert_allclose(found.score, expected[column], rtol=0, atol=PUBLISHED)


@needs_shared
@pytest.mark.reference
def test_peers_of_program_follow_through():
    """charnes1981_vrs_in_lambda_expected.csv: R Benchmarking 0.33. Only sites whose peers are unique can agree."""
    data = pd.read_csv(SHARED / "frontier" / "charnes1981.csv")
    expected = pd.read_csv(SHARED / "frontier" / "charnes1981_vrs_in_lambda_expected.csv").set_index("firm")
    x, y = data[[f"x{i}" for i in range(1, 6)]].to_numpy(float), data[["y1", "y2", "y3"]].to_numpy(float)
    found = radial_scores(Technology.of(x, y, "vrs"), (x, y), orientation="input")
    weights = np.zeros((70, 70))
    for e, (peers, shares) in enumerate(zip(found.peers, found.intensities, strict=True)):
        weights[e, peers[peers >= 0]] = shares[peers >= 0]
    columns = [int(name.lstrip("L")) - 1 for name in expected.columns]
    gap = np.abs(weights[:, columns] - expected.to_numpy()).max(axis=1)
    assert (gap < 1e-7).sum() >= 68


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_small_programmes_agree_with_scipy(returns, orientation, data):
    """Ties, duplicates, zeros: small whole numbers; points outside the reference set among them."""
    n, m, s = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    goods = st.lists(st.integers(0, 5), min_size=(n + 2) * (m + s), max_size=(n + 2) * (m + s))
    cells = np.array(data.draw(goods), dtype=float).reshape(n + 2, m + s)
    x, y = cells[:, :m], cells[:, m:]
    found = radial_scores(Technology.of(x[:n], y[:n], returns), (x, y), orientation=orientation)
    for e in range(n + 2):
        if not x[e].any() or not y[e].any():
            assert found.status[e] == "not_identified"
            continue
        status, score = twin(x[:n], y[:n], (x[e], y[e]), returns=returns, orientation=orientation)
        assert found.status[e] == status
        if status == "ok":
            assert found.score[e] == pytest.approx(score, abs=TWIN, rel=TWIN)


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_units_of_measure_do_not_matter(returns, orientation):
    x, y = economy(40, 3, 2)
    plain = radial_scores(Technology.of(x, y, returns), (x, y), orientation=orientation)
    by_x, by_y = np.array([1e-9, 1.0, 1e9]), np.array([1e9, 1e-9])
    other = radial_scores(Technology.of(x * by_x, y * by_y, returns), (x * by_x, y * by_y), orientation=orientation)
    np.testing.assert_allclose(other.score, plain.score, rtol=SAME)
    near = np.abs(plain.score - 1) > 1e-6  # multipliers of efficient units are not unique
    np.testing.assert_allclose((other.v * by_x)[near], plain.v[near], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose((other.u * by_y)[near], plain.u[near], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("returns", RETURNS)
def test_order_and_duplicates_do_not_matter(returns):
    x, y = economy(40, 2, 2)
    plain = radial_scores(Technology.of(x, y, returns), (x, y), orientation="output")
    order = np.random.default_rng(1).permutation(40)
    shuffled = radial_scores(Technology.of(x[order], y[order], returns), (x, y), orientation="output")
    double = radial_scores(
        Technology.of(np.vstack((x, x[:9])), np.vstack((y, y[:9])), returns), (x, y), orientation="output"
    )
    np.testing.assert_allclose(shuffled.score, plain.score, rtol=SAME)
    np.testing.assert_allclose(double.score, plain.score, rtol=SAME)


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_answers_satisfy_the_conditions_of_an_optimum(returns, orientation):
    """Strong duality in the user's units: primal point inside, hyperplane above every reference unit."""
    x, y = economy(60, 3, 2, seed=3)
    x, y = x * np.array([1e6, 1.0, 1e-6]), y * np.array([1e3, 1e-3])
    found = radial_scores(Technology.of(x, y, returns), (x, y), orientation=orientation)
    assert set(found.status) == {"ok"}
    heights = found.u @ y.T - found.v @ x.T + found.w[:, None]
    assert heights.max() < 1e-9 * max(1.0, found.score.max())
    used = [(found.intensities[e][:, None] * np.hstack((x, y))[found.peers[e]]).sum(axis=0) for e in range(60)]
    shrink = found.score[:, None] if orientation == "input" else 1.0
    grow = found.score[:, None] if orientation == "output" else 1.0
    assert (np.array(used)[:, :3] <= x * shrink * (1 + 1e-9)).all()
    assert (np.array(used)[:, 3:] >= y * grow * (1 - 1e-9)).all()
    total = found.intensities.sum(axis=1)
    if returns != "crs":
        low, high = {"vrs": (1, 1), "drs": (0, 1), "irs": (1, np.inf)}[returns]
        assert (total >= low - 1e-9).all()
        assert (total <= high + 1e-9).all()


def test_sizes_far_apart_hide_no_peer():
    """Constant returns, two units on one ray 1e9 apart in size and a better small one: score by hand."""
    x = np.array([[1.0, 1.0], [1e9, 1e9], [2e9, 1e9]])
    y = np.array([[1.0], [0.99e9], [1e9]])
    found = radial_scores(Technology.of(x, y, "crs"), (x, y), orientation="input")
    np.testing.assert_allclose(found.score, [1.0, 0.99, 1.0], rtol=1e-12)


def test_words_for_what_has_no_score():
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [1.5]])
    out = (np.array([[0.5], [0.0], [1.0], [1.0]]), np.array([[0.2], [1.0], [0.0], [9.0]]))
    by_output = radial_scores(Technology.of(x, y, "vrs"), out, orientation="output")
    by_input = radial_scores(Technology.of(x, y, "vrs"), out, orientation="input")
    assert by_output.status.tolist() == ["infeasible", "not_identified", "not_identified", "ok"]
    assert by_input.status.tolist() == ["ok", "not_identified", "not_identified", "infeasible"]
    assert np.isnan(by_output.score[:3]).all()
    free = radial_scores(Technology.of(np.zeros((1, 1)), np.ones((1, 1)), "crs"), (x, y), orientation="output")
    assert free.status.tolist() == ["unbounded", "unbounded"]
    nobody = radial_scores(Technology.of(x[:0], y[:0], "crs"), (x, y), orientation="output")
    assert nobody.status.tolist() == ["not_identified", "not_identified"]


def near_duplicates(seed: int) -> np.ndarray:
    """Return twelve units in four groups of three that differ by some parts in a thousand million."""
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.exp(draw.normal(0, 0.5, (4, 3))), 3, axis=0)
    return groups * (1 + 1e-9 * draw.integers(-3, 4, groups.shape))


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_near_duplicates_all_have_a_score(returns):
    """Where rounding decides, the answer comes from exact arithmetic; the tests' own exact simplex agrees."""
    for seed in range(12):
        goods = near_duplicates(seed)
        mine, right = exact_scores(goods[:, :2], goods[:, 2:], returns, "output")
        np.testing.assert_allclose(mine, right, rtol=1e-12)


def test_a_price_that_is_small_beside_tiny_goods_does_not_pass():
    """Five units whose goods range over twelve powers of ten; found by a referee, who had 1.892733 for the second."""
    a = [244.2734751337388, 0.0004767122606506054, 0.3059823744899982, 0.0008850358342897259, 1.3421380259123445e-06]
    b = [90948.03505405255, 173.6669294162567, 0.0001828854171896317, 2.422348523065566, 0.263717892279812]
    c = [0.003015572428739181, 132.00580058500128, 22213.41509805394, 0.00010035649027025241, 0.00010125428325007409]
    y = [3.307755830313468e-06, 1.6359376433368276e-05, 0.6910543364789505, 4.490088359915142e-05, 622891.7960870819]
    z = [0.00540089005982472, 0.00016659382963350887, 56.20906343718903, 60787.79650322919, 86.7072818447663]
    w = [560710.5998051763, 390.3576960646098, 94.54359363768995, 0.0007794306616837895, 2.080142209927643]
    for returns in ("crs", "irs"):
        mine, right = exact_scores(np.column_stack((a, b, c)), np.column_stack((y, z, w)), returns, "output")
        np.testing.assert_allclose(mine, right, rtol=1e-12)
        assert right[1] == pytest.approx(1.892733, abs=5e-7)


def test_small_studies_load_no_compiled_code_and_large_ones_no_compiler():
    """The size of the reference set alone decides: 500 units by NumPy, one more by kernels that are kept."""
    x, y = economy(501, 2, 1)
    radial_scores(Technology.of(x, y, "vrs"), (x, y), orientation="input")
    code = (
        "import sys, numpy as np; from xinzhi.frontier.engine import Technology, radial_scores\n"
        "x = np.exp(np.random.default_rng(1).normal(size=(501, 2))); y = x.sum(axis=1, keepdims=True)\n"
        "for n in (500, 501):\n"
        "    radial_scores(Technology.of(x[:n], y[:n], 'vrs'), (x, y), orientation='input')\n"
        "    print('llvmlite' in sys.modules, 'numba' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False", "True", "False"]
