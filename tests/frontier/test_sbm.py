"""Slacks-based measures: published tables, the fractional programme made linear, closed forms, invariances."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.frontier.engine import Answers, Questions, solve
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.sbm import SBM, lowest_ratio, shares, with_bads

TARGET = 1e-8  # what is promised against reference files
PRINTED = 5e-4  # published to three decimals
PRINTED_SIX = 5e-7  # published to six decimals
SAME = 1e-9  # what is promised of invariances
WITNESS = 1e-8  # HiGHS through SciPy, tolerances 1e-10, scores of order one
CLOSED = 1e-12  # a handful of roundings
OPTIMUM = 1e-11  # of the last parametric programme, scores of order one
TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
SUMS = {"crs": (0.0, np.inf), "vrs": (1.0, 1.0), "drs": (0.0, 1.0), "irs": (1.0, np.inf), (0.5, 1.5): (0.5, 1.5)}

FOLLOW_THROUGH = {"inputs": ["x1", "x2", "x3", "x4", "x5"], "outputs": ["y1", "y2", "y3"]}
NAMES = {"inputs": ["x0", "x1"], "outputs": ["y0", "y1"]}


def shared(name):
    return xz.Panel(pd.read_csv(SHARED / "frontier" / name).iloc[:, 1:], unit="DMU")


def world(seed=7, n=14, bads=False):
    """Return random goods of n units: two inputs, two outputs, a bad output; names sort in the order of rows."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({"j": [f"u{k:02d}" for k in range(n)]})
    for name in ("x0", "x1", "y0", "y1", *(["b0"] if bads else [])):
        frame[name] = draw.uniform(1.0, 9.0, n)
    return frame


def fit(frame, **settings):
    return SBM(**({**NAMES, **settings})).fit(xz.Panel(frame, unit="j"))


def score(frame, **settings):
    return fit(frame, **settings).term("score")


# Published and reference values -----------------------------------------------------------------


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize(("orientation", "word"), [("input", "io"), ("output", "oo"), ("none", "no")])
def test_tone_2001_by_dear(orientation, word, returns):
    """deaR 1.5 on the table of Tone 2001; its output scores are one over the mean expansion, at most 1, as ours."""
    expected = pd.read_csv(SHARED / "frontier" / f"deaR_Tone2001_sbm_expected_{word}_{returns}.csv", index_col=0)["eff"]
    settings = {"inputs": ["Input1", "Input2"], "outputs": ["Output1", "Output2"]}
    result = SBM(**settings, orientation=orientation, returns=returns).fit(shared("deaR_Tone2001.csv"))
    assert result.rows.status.tolist() == ["ok"] * 5
    np.testing.assert_allclose(result.term("score"), expected[result.rows.unit], rtol=0, atol=TARGET)


TONE_2001 = {"A": (4, 3, 2, 3), "B": (6, 3, 2, 3), "C": (8, 1, 6, 2), "D": (8, 1, 6, 1), "E": (2, 4, 1, 4)}


def test_tone_2001_as_published():
    """Tone 2001: data and SBM scores under constant returns, to three decimals, as methods/frontier.md quotes them."""
    frame = pd.DataFrame(TONE_2001, index=["x0", "x1", "y0", "y1"]).T.rename_axis("j").reset_index()
    found = fit(frame.astype(dict.fromkeys(("x0", "x1", "y0", "y1"), float)), returns="crs")
    np.testing.assert_allclose(found.term("score"), [0.798, 0.568, 1.0, 0.667, 1.0], rtol=0, atol=PRINTED)
    assert found.diagnostics["efficient"] == 2


@needs_shared
@pytest.mark.reference
def test_super_efficiency_of_power_plants():
    """methods/frontier.md, headline numbers: Tone 2002, input form, constant returns, D1 and D2."""
    settings = {"inputs": ["X1", "X2", "X3", "X4"], "outputs": ["Y1", "Y2"], "orientation": "input", "returns": "crs"}
    found = SBM(**settings, evaluated="excluded").fit(shared("deaR_Power_plants.csv"))
    np.testing.assert_allclose(found.term("score")[:2], [1.011616, 1.708333], rtol=0, atol=PRINTED_SIX)
    assert (found.term("score") > 1).all()


def test_enhanced_russell_graph_measure():
    """The same measure by DataEnvelopmentAnalysis.jl 0.9 (MIT), test/deaerg.jl."""
    frame = pd.DataFrame({"x": [2, 4, 8, 12, 6, 14, 14, 9.412], "y": [1, 5, 8, 9, 3, 7, 9, 2.353]})
    frame["j"] = [f"u{k}" for k in range(8)]
    single = {"inputs": ["x"], "outputs": ["y"]}
    crs = [0.4, 1.0, 0.8, 0.6, 0.4, 0.4, 0.514285714285650175, 0.2]
    vrs = [1.0, 1.0, 1.0, 1.0, 0.4, 0.4761904761904763, 0.8571428571428572, 0.2]
    np.testing.assert_allclose(score(frame, **single, returns="crs"), crs, rtol=0, atol=TARGET)
    np.testing.assert_allclose(score(frame, **single, returns="vrs"), vrs, rtol=0, atol=TARGET)


# Independent witnesses --------------------------------------------------------------------------


def linear(goods, kinds, o, *, returns, among, outside=False):
    """Return the ratio of point o by the Charnes-Cooper programme; ``kinds``: 1 input, -1 output, 2 bad output.

    Variables: tau, intensities, and slacks (outside: excesses), all times tau; the denominator is 1.
    """
    (n, g), x = (len(among), goods.shape[1]), goods[o]
    m, rest = (kinds == 1).sum(), (kinds != 1).sum()
    side = -1.0 if outside else 1.0
    numerator = np.r_[1.0, np.zeros(n), np.where(kinds == 1, -side / (m * x), 0.0)]
    denominator = np.r_[1.0, np.zeros(n), np.where(kinds != 1, side / (rest * x), 0.0)]
    rows = []
    for k in range(g):
        used = 1.0 if kinds[k] > 0 else -1.0
        rows.append(np.r_[-used * x[k], used * goods[among, k], side * np.eye(g)[k]])
    lower, upper = SUMS[returns]
    total = [np.r_[upper if np.isfinite(upper) else 0.0, -np.ones(n), np.zeros(g)]] if np.isfinite(upper) else []
    sums = np.array([-row for row in total] + [np.r_[lower, -np.ones(n), np.zeros(g)]])
    found = linprog(
        numerator,
        A_ub=np.vstack((sums, rows)) if outside else sums,
        b_ub=np.zeros(len(sums) + (g if outside else 0)),
        A_eq=denominator[None] if outside else np.vstack((rows, denominator)),
        b_eq=[1.0] if outside else np.r_[np.zeros(g), 1.0],
        method="highs-ds",
        options=TIGHT,
    )
    return found.fun if found.status == 0 else np.nan


@pytest.mark.parametrize("returns", SUMS)
@pytest.mark.parametrize("bads", [False, True])
def test_the_fractional_programme_made_linear(returns, bads):
    """Charnes and Cooper's transformation, written out for SciPy as in Tone 2001, with Tone's bad outputs."""
    frame = world(bads=bads)
    goods, kinds = frame.iloc[:, 1:].to_numpy(), np.array([1, 1, -1, -1, 2])[: 4 + bads]
    found = fit(frame, returns=returns, bad_outputs=["b0"] if bads else [])
    among = np.arange(len(frame))
    witness = [linear(goods, kinds, o, returns=returns, among=among) for o in among]
    np.testing.assert_allclose(found.term("score"), witness, rtol=0, atol=WITNESS)
    assert 0 < found.diagnostics["efficient"] < len(frame)


@pytest.mark.parametrize("returns", SUMS)
@pytest.mark.parametrize("bads", [False, True])
def test_super_efficiency_made_linear(returns, bads):
    """Efficient units by Tone's 2002 programme without themselves, the others by that of 2001."""
    frame = world(seed=3, bads=bads)
    goods, kinds = frame.iloc[:, 1:].to_numpy(), np.array([1, 1, -1, -1, 2])[: 4 + bads]
    settings = {"returns": returns, "bad_outputs": ["b0"] if bads else []}
    inside, found = score(frame, **settings), fit(frame, **settings, evaluated="excluded")
    assert found.rows.status.tolist() == ["ok"] * len(frame)
    for o, value in enumerate(found.term("score")):
        others = np.flatnonzero(np.arange(len(frame)) != o)
        if inside[o] < 1 - SAME:
            assert value == pytest.approx(inside[o], abs=SAME)
        else:
            witness = linear(goods, kinds, o, returns=returns, among=others, outside=True)
            assert value == pytest.approx(witness, abs=WITNESS)
            assert value > 1


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(("returns", "efficient"), [("crs", 19), ("vrs", 27)])
def test_program_follow_through_made_linear(returns, efficient):
    """Charnes-Cooper programmes on 70 sites; efficient as many as have no additive slack (R Benchmarking 0.33)."""
    frame = pd.read_csv(SHARED / "frontier" / "charnes1981.csv")
    goods = frame[FOLLOW_THROUGH["inputs"] + FOLLOW_THROUGH["outputs"]].to_numpy(dtype=float)
    kinds, among = np.array([1] * 5 + [-1] * 3), np.arange(70)
    result = SBM(**FOLLOW_THROUGH, returns=returns).fit(xz.Panel(frame, unit="firm"))
    witness = dict(
        zip(frame["firm"], (linear(goods, kinds, o, returns=returns, among=among) for o in among), strict=True)
    )
    expected = [witness[int(unit)] for unit in result.rows.unit]
    np.testing.assert_allclose(result.term("score"), expected, rtol=0, atol=WITNESS)
    assert result.diagnostics["efficient"] == efficient


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_oriented_forms_are_plain_programmes(returns):
    """max of the mean slack share of one side, by SciPy; input score 1 - max, output score 1 / (1 + max)."""
    frame = world(seed=11)
    goods, n = frame.iloc[:, 1:].to_numpy(), len(frame)
    signs = np.array([1.0, 1.0, -1.0, -1.0])
    for orientation, side in (("input", signs > 0), ("output", signs < 0)):
        found = score(frame, orientation=orientation, returns=returns)
        for o in range(n):
            cost = np.r_[np.zeros(n), -np.where(side, 1 / (2 * goods[o]), 0.0)]
            equal = np.hstack((goods.T, np.diag(signs)))
            level = goods[o]
            if returns == "vrs":
                equal, level = np.vstack((equal, np.r_[np.ones(n), np.zeros(4)])), np.r_[level, 1.0]
            most = -linprog(cost, A_eq=equal, b_eq=level, method="highs-ds", options=TIGHT).fun
            expected = 1 - most if orientation == "input" else 1 / (1 + most)
            assert found[o] == pytest.approx(expected, abs=WITNESS)


def test_one_input_and_one_output_have_a_closed_form():
    """Constant returns: the score is productivity over the best productivity, whatever the orientation."""
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"j": [f"u{k:02d}" for k in range(40)], "x": draw.uniform(1, 9, 40)})
    frame["y"] = frame["x"] * draw.uniform(0.2, 1.0, 40)
    truth = (frame["y"] / frame["x"]) / (frame["y"] / frame["x"]).max()
    for orientation in ("input", "output", "none"):
        found = score(frame, inputs=["x"], outputs=["y"], orientation=orientation, returns="crs")
        np.testing.assert_allclose(found, truth, rtol=0, atol=CLOSED)


def test_bad_outputs_count_on_the_side_of_outputs():
    """By hand: B makes what A makes with twice the bad output; slack share 1/2, mean over output and bad output 1/4."""
    frame = pd.DataFrame({"j": ["A", "B"], "x": [1.0, 1.0], "y": [1.0, 1.0], "b": [1.0, 2.0]})
    single = {"inputs": ["x"], "outputs": ["y"], "bad_outputs": ["b"], "returns": "vrs"}
    for orientation in ("output", "none"):
        np.testing.assert_allclose(score(frame, **single, orientation=orientation), [1, 1 / 1.25], atol=CLOSED)
    found = fit(frame, **single, orientation="input")
    np.testing.assert_allclose(found.term("score"), [1, 1], atol=CLOSED)
    result = fit(frame, **single)
    assert result.targets()["b"].tolist() == pytest.approx([1.0, 1.0], abs=CLOSED)
    assert result.goods.names == ("x", "y", "b")


# The iteration ----------------------------------------------------------------------------------


def test_the_last_parametric_programme_has_optimum_zero(monkeypatch):
    """N - rho D at rho is 0 at the optimum: max of slack gains is 1 - rho; and it takes few rounds."""
    from xinzhi.frontier import sbm

    rounds = []
    monkeypatch.setattr(sbm, "solve", lambda *asked: rounds.append(1) or solve(*asked))
    frame = world(seed=23, n=60)
    x, y = frame[["x0", "x1"]].to_numpy(), frame[["y0", "y1"]].to_numpy()
    everyone = Observations(x, y, np.zeros((60, 0)))
    found = SBM(**NAMES).evaluate(everyone, everyone, np.full(60, -1))
    assert len(rounds) <= 8
    falls, rises = shares(everyone, "none")
    gain = falls + found.terms["score"][:, None] * rises
    best = solve(with_bads(everyone, "vrs"), Questions(b=everyone.all, size=everyone.all, gain=gain))
    most = (gain * np.maximum(best.slack, 0)).sum(axis=1)
    np.testing.assert_allclose(most, 1 - found.terms["score"], rtol=0, atol=OPTIMUM)


def test_a_ratio_that_does_not_settle_is_no_score(monkeypatch):
    from xinzhi.frontier import sbm

    monkeypatch.setattr(sbm, "ROUNDS", 1)
    found = fit(world())
    assert set(found.rows.status) == {"ok", "numerical"}
    assert np.isnan(found.term("score")[found.rows.status == "numerical"]).all()


def test_a_ratio_that_rises_is_no_score():
    """The last programme's optimum is not zero: a solver that hands back a worse point is found out."""
    slacks = iter([0.5, 0.4])

    def ask(rows, weights):
        answer = Answers.empty(1, 2, 3)
        answer.status[:], answer.slack[:] = "ok", next(slacks)
        return answer

    ones = np.ones((1, 2)) / 2
    found, ratio = lowest_ratio(ask, falls=ones * [1, 0], rises=ones * [0, 1], first=1.0)
    assert found.status.tolist() == ["numerical"]
    assert np.isnan(ratio).all()


def test_multipliers_are_tones_dual():
    """Tone 2001, dual side: xi + v x - u y = 1, v >= 1/(m x), u >= xi/(s y), no unit makes a profit; crs."""
    frame = world(seed=5)
    result = fit(frame, returns="crs")
    xi, weights = result.term("score"), result.multipliers()
    v, u = weights[["x0", "x1"]].to_numpy(), weights[["y0", "y1"]].to_numpy()
    x, y = frame[["x0", "x1"]].to_numpy(), frame[["y0", "y1"]].to_numpy()
    np.testing.assert_allclose(xi + (v * x).sum(axis=1) - (u * y).sum(axis=1), 1, rtol=0, atol=SAME)
    assert (v >= 1 / (2 * x) - SAME).all()
    assert (u >= xi[:, None] / (2 * y) - SAME).all()
    assert (u @ y.T - v @ x.T).max() <= SAME


# Zeros, statuses, settings ----------------------------------------------------------------------


def test_goods_of_which_there_is_none_are_left_out_of_the_mean():
    """By hand: B has none of x0 and twice the x1 of A: input score 1/2, not 3/4; so with an output that it lacks."""
    frame = pd.DataFrame({"j": ["A", "B"], "x0": [0.0, 0.0], "x1": [1.0, 2.0], "y0": [1.0, 1.0], "y1": [1.0, 0.0]})
    np.testing.assert_allclose(score(frame, orientation="input"), [1, 0.5], atol=CLOSED)
    np.testing.assert_allclose(score(frame, orientation="output"), [1, 1], atol=CLOSED)
    result = fit(frame)
    np.testing.assert_allclose(result.term("score"), [1, 0.5], atol=CLOSED)
    assert np.isnan(result.slack_shares()["x0"]).all()
    assert result.mean_slacks().columns()["x0"] == [None]


def test_a_good_that_nobody_else_can_do_without():
    """Without A, no unit goes without x0, and excess of what A has none of is not admitted."""
    frame = pd.DataFrame({"j": ["A", "B"], "x0": [0.0, 1.0], "x1": [2.0, 1.0], "y0": [1.0, 1.0], "y1": [1.0, 1.0]})
    result = fit(frame, evaluated="excluded")
    assert result.rows.status.tolist() == ["infeasible", "ok"]
    assert result.rows.reason[0] == "outside what the reference set can reach"
    assert np.isnan(result.term("score")[0])
    assert np.isnan(result.slacks()["x1"][0])


def test_output_that_nobody_else_makes_leaves_no_ratio():
    """A alone makes y0 and makes nothing else: the denominator cannot be kept above zero."""
    frame = pd.DataFrame({"j": ["A", "B"], "x0": [1.0, 1.0], "x1": [1.0, 1.0], "y0": [1.0, 0.0], "y1": [0.0, 1.0]})
    for returns in ("crs", "vrs"):
        assert set(fit(frame, returns=returns, evaluated="excluded").rows.status) == {"infeasible"}


def test_oriented_super_efficiency_may_have_no_solution():
    frame = pd.DataFrame({"j": ["A", "B"], "x": [1.0, 2.0], "y": [1.0, 3.0]})
    single = {"inputs": ["x"], "outputs": ["y"], "evaluated": "excluded", "returns": "vrs"}
    assert fit(frame, **single, orientation="input").rows.status.tolist() == ["ok", "infeasible"]
    assert fit(frame, **single, orientation="output").rows.status.tolist() == ["infeasible", "ok"]
    np.testing.assert_allclose(score(frame, **single), [2.0, 3.0], atol=CLOSED)  # x doubled; y kept at one third


def test_points_that_others_span_the_technology_of():
    """The two units of the reference set score 1; a unit beyond them has a super-efficiency, as by exclusion."""
    frame = pd.DataFrame({"j": list("ABC"), "x": [1.0, 2.0, 1.0], "y": [1.0, 1.0, 2.0]})
    found = score(frame, inputs=["x"], outputs=["y"], reference=("A", "B"), returns="crs")
    np.testing.assert_allclose(found, [1.0, 0.5, 2.0], atol=CLOSED)


def test_settings_that_are_wrong():
    with pytest.raises(UsageError, match="XZ-103"):
        SBM(**NAMES, orientation="both")
    with pytest.raises(UsageError, match="XZ-103"):
        fit(world(), bad_outputs=["y0"])
    with pytest.raises(UsageError, match="XZ-102"):
        SBM(**NAMES, bad_output=["b0"])


# What is published ------------------------------------------------------------------------------


def test_shares_add_up_to_the_score_and_tables_are_there():
    frame = world()
    result = fit(frame, orientation="input")
    share = result.slack_shares()
    np.testing.assert_allclose(1 - share[["x0", "x1"]].mean(axis=1), result.term("score"), atol=CLOSED)
    targets = result.targets()
    np.testing.assert_allclose(targets["x0"], frame["x0"] * (1 - share["x0"]), rtol=CLOSED)
    table = result.tables()[2]
    assert table.columns()["scored"] == [len(frame)]
    assert table.columns()["x0"][0] == pytest.approx(100 * result.slacks()["x0"].sum() / frame["x0"].sum(), rel=CLOSED)
    assert result.title == "Slacks-based input scores under variable returns"
    assert "left out" in fit(frame, evaluated="excluded").title


def test_peers_span_the_targets():
    frame = world(seed=2)
    result = fit(frame, returns="crs")
    peers, own = result.peers(), frame.set_index("j")
    for unit, rows in peers.groupby("unit"):
        made = own.loc[rows["peer"]].mul(rows["intensity"].to_numpy(), axis=0).sum()
        target = result.targets().set_index("unit").loc[unit, own.columns]
        np.testing.assert_allclose(made, target.astype(float), rtol=SAME)


# Invariances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("evaluated", ["included", "excluded"])
@pytest.mark.parametrize("orientation", ["input", "output", "none"])
def test_units_of_measurement_do_not_matter(orientation, evaluated):
    frame = world(seed=17, bads=True)
    settings = {"orientation": orientation, "evaluated": evaluated, "bad_outputs": ["b0"], "returns": "crs"}
    other = frame.assign(x0=frame["x0"] * 1e9, y1=frame["y1"] * 1e-9, b0=frame["b0"] * 1e6)
    np.testing.assert_allclose(score(other, **settings), score(frame, **settings), rtol=0, atol=SAME)
    assert "units" in SBM(**NAMES, **settings).invariances


def test_a_duplicate_changes_super_efficiency_alone():
    frame = world(seed=19)
    twice = pd.concat([frame, frame.iloc[[0]].assign(j="z")], ignore_index=True)
    best = int(np.argmax(score(frame, evaluated="excluded")))
    other = pd.concat([frame, frame.iloc[[best]].assign(j="z")], ignore_index=True)
    np.testing.assert_allclose(score(twice)[:-1], score(frame), rtol=0, atol=SAME)
    changed = score(other, evaluated="excluded")[best]
    assert changed == pytest.approx(1.0, abs=SAME)
    assert score(frame, evaluated="excluded")[best] > 1.01
    assert SBM(**NAMES).invariances == {"units", "duplication"}
    assert SBM(**NAMES, evaluated="excluded").invariances == {"units"}


@pytest.mark.parametrize("good", ["x0", "y0"])
def test_a_translation_matters(good):
    frame = world(seed=29)
    moved = score(frame.assign(**{good: frame[good] + 10.0}), returns="vrs")
    assert np.abs(moved - score(frame, returns="vrs")).max() > 0.01
