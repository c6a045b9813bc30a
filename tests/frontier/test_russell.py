"""Russell measures: another implementation's numbers, closed forms, a nonlinear solver, identities, invariances."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import xinzhi as xz
from xinzhi.errors import UsageError
from xinzhi.frontier import russell
from xinzhi.frontier.russell import RussellDEA, sum_rows
from xinzhi.frontier.sbm import SBM

SAME = 1e-9  # what is promised of scores and invariances
CLOSED = 1e-12  # a handful of roundings
PRINTED_SIX = 1e-6  # printed to six digits, solved by Ipopt
NONLINEAR = 1e-6  # what SLSQP reaches
FLAT = 1e-4  # targets of the graph measure: the objective is flat, 1e-10 in it is 1e-5 in them
NAMES = {"inputs": ["x0", "x1"], "outputs": ["y0", "y1"]}


def fit(frame, **settings):
    return RussellDEA(**({**NAMES, **settings})).fit(xz.Panel(frame, unit="j"))


def score(frame, **settings):
    return fit(frame, **settings).term("score")


def world(seed=7, n=12):
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({"j": [f"u{k:02d}" for k in range(n)]})
    return frame.assign(**{name: draw.uniform(1.0, 9.0, n) for name in ("x0", "x1", "y0", "y1")})


def table(**columns):
    return pd.DataFrame({"j": [f"u{k}" for k in range(8)], **columns})


# Another implementation -------------------------------------------------------------------------


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_input_scores_and_contractions(returns):
    """DataEnvelopmentAnalysis.jl (MIT), test/dearussell.jl, input orientation; both returns give the same."""
    frame = table(a=[2, 1, 4, 4, 5, 6, 2, 1.6], b=[2.0, 4, 1, 3, 5, 1, 5, 8], y=[1.0] * 8)
    result = fit(frame, inputs=["a", "b"], outputs=["y"], returns=returns)
    expected = [1, 1, 1, 0.5833333333333334, 0.4, 0.8333333333333334, 0.65, 0.5625]
    np.testing.assert_allclose(result.term("score"), expected, rtol=0, atol=SAME)
    factors = result.factors()
    np.testing.assert_allclose(factors["a"], [1, 1, 1, 0.5, 0.4, 2 / 3, 0.5, 0.625], rtol=0, atol=SAME)
    np.testing.assert_allclose(factors["b"], [1, 1, 1, 2 / 3, 0.4, 1, 0.8, 0.5], rtol=0, atol=SAME)


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_output_scores_and_expansions(returns):
    """DataEnvelopmentAnalysis.jl, test/dearussell.jl, output orientation; both returns give the same."""
    frame = table(x=[1.0] * 8, a=[7, 4, 8, 3, 3, 8, 6, 1.5], b=[7.0, 8, 4, 5, 3, 2, 4, 5])
    result = fit(frame, inputs=["x"], outputs=["a", "b"], orientation="output", returns=returns)
    expected = [1, 1, 1, 1.8666666666666665, 2.333333333333333, 1.5, 1.4583333333333335, 3.0555555555555554]
    np.testing.assert_allclose(result.term("score"), expected, rtol=0, atol=SAME)
    np.testing.assert_allclose(result.factors()["a"], [1, 1, 1, 7 / 3, 7 / 3, 1, 7 / 6, 46 / 9], rtol=0, atol=SAME)


def graph_table():
    return table(x=[2, 4, 8, 12, 6, 14, 14, 9.412], y=[1, 5, 8, 9, 3, 7, 9, 2.353])


def test_graph_scores():
    """DataEnvelopmentAnalysis.jl, test/dearussell.jl, graph form, six digits by Ipopt."""
    single = {"inputs": ["x"], "outputs": ["y"], "orientation": "graph"}
    crs = [0.632455, 1.0, 0.894427, 0.774597, 0.632455, 0.632455, 0.717137, 0.447214]
    vrs = [1.0, 1.0, 1.0, 1.0, 0.633333, 0.723214, 0.928571, 0.447795]
    np.testing.assert_allclose(score(graph_table(), **single, returns="crs"), crs, rtol=0, atol=PRINTED_SIX)
    np.testing.assert_allclose(score(graph_table(), **single, returns="vrs"), vrs, rtol=0, atol=PRINTED_SIX)


def test_graph_score_of_one_input_and_one_output():
    """Constant returns, productivity p of the best: min (theta + 1/phi)/2 with theta = p phi is sqrt(p)."""
    frame = graph_table()
    productivity = (frame["y"] / frame["x"]).to_numpy()
    single = {"inputs": ["x"], "outputs": ["y"], "orientation": "graph", "returns": "crs"}
    result = fit(frame, **single)
    np.testing.assert_allclose(result.term("score"), np.sqrt(productivity / 1.25), rtol=0, atol=SAME)
    np.testing.assert_allclose(result.factors()["x"], np.sqrt(productivity / 1.25), rtol=0, atol=FLAT)
    outside = score(frame, **single, evaluated="excluded")
    assert outside[1] == pytest.approx(np.sqrt(1.25), abs=SAME)  # the best but one makes 1 of 1
    np.testing.assert_allclose(np.delete(outside, 1), np.delete(np.sqrt(productivity / 1.25), 1), rtol=0, atol=SAME)


# The nonlinear programme ------------------------------------------------------------------------


def slsqp(goods, point, *, returns, inside):
    """Return the graph measure by SciPy's SLSQP, from three starts; two inputs, two outputs."""
    n = len(goods)
    limits = [(0.0, 1.0)] * 2 + [(1.0, 50.0)] * 2 if inside else [(1.0, 50.0)] * 2 + [(1e-3, 1.0)] * 2
    sums = sum_rows(returns)
    constraints = [
        {"type": "ineq", "fun": lambda z: z[n : n + 2] * point[:2] - goods[:, :2].T @ z[:n]},
        {"type": "ineq", "fun": lambda z: goods[:, 2:].T @ z[:n] - z[n + 2 :] * point[2:]},
        *({"type": "ineq", "fun": lambda z, b=b: z[:n].sum() - b} for b, sense in sums if sense <= 0),
        *({"type": "ineq", "fun": lambda z, b=b: b - z[:n].sum()} for b, sense in sums if sense >= 0),
    ]

    def mean(z):
        return (z[n : n + 2].sum() + (1.0 / z[n + 2 :]).sum()) / 4

    best = np.inf
    for seed in range(3):
        start = np.r_[np.random.default_rng(seed).dirichlet(np.ones(n)), 1.0, 1.0, 1.0, 1.0]
        options = {"maxiter": 500, "ftol": 1e-12}
        found = minimize(
            mean, start, bounds=[(0, None)] * n + limits, constraints=constraints, method="SLSQP", options=options
        )
        feasible = min(np.min(each["fun"](found.x)) for each in constraints) > -1e-8
        best = min(best, found.fun) if feasible else best
    return best


@pytest.mark.filterwarnings("ignore:Values in x were outside bounds")
@pytest.mark.parametrize("evaluated", ["included", "excluded"])
@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_graph_scores_by_a_nonlinear_solver(returns, evaluated):
    frame = world(n=9)
    goods = frame.iloc[:, 1:].to_numpy()
    inside = score(frame, orientation="graph", returns=returns)
    found = score(frame, orientation="graph", returns=returns, evaluated=evaluated)
    for o, value in enumerate(found):
        among = np.flatnonzero((np.arange(9) != o) | (evaluated == "included"))
        reached = evaluated == "included" or inside[o] < 1 - SAME
        witness = slsqp(goods[among], goods[o], returns=returns, inside=reached)
        assert value == pytest.approx(witness, abs=NONLINEAR)
        assert value <= witness + SAME  # a lower limit certifies ours


def test_few_programmes_are_needed(monkeypatch):
    asked = []
    plain = russell.solve_general
    monkeypatch.setattr(russell, "solve_general", lambda programme: asked.append(1) or plain(programme))
    score(world(seed=23, n=30), orientation="graph")
    assert len(asked) < 30 * 20
    monkeypatch.setattr(russell, "ROUNDS", 1)
    result = fit(world(seed=23, n=30), orientation="graph")
    assert set(result.rows.status) == {"ok", "numerical"}
    assert np.isnan(result.term("score")[result.rows.status == "numerical"]).all()


# Identities and order ---------------------------------------------------------------------------


@pytest.mark.parametrize("evaluated", ["included", "excluded"])
@pytest.mark.parametrize("returns", ["crs", "vrs", "drs", "irs", (0.5, 1.5)])
def test_russell_and_slacks_based_measures(returns, evaluated):
    """Input: the same; output: one over; graph: not above the mean of theta and 1/phi at Tone's optimum."""
    frame, settings = world(), {"returns": returns, "evaluated": evaluated}
    panel = xz.Panel(frame, unit="j")

    def tone(orientation):
        return SBM(**NAMES, **settings, orientation=orientation).fit(panel)

    np.testing.assert_array_equal(score(frame, **settings), tone("input").term("score"))
    np.testing.assert_allclose(
        score(frame, **settings, orientation="output"), 1 / tone("output").term("score"), rtol=CLOSED
    )
    share = tone("none").slack_shares()
    theta, phi = 1 - share[["x0", "x1"]].to_numpy(), 1 + share[["y0", "y1"]].to_numpy()
    at_tone = (theta.sum(axis=1) + (1 / phi).sum(axis=1)) / 4
    assert (score(frame, **settings, orientation="graph") <= at_tone + SAME).all()


def test_radial_scores_are_not_below_russell_scores():
    from xinzhi.frontier import DEA

    frame = world(seed=31)
    radial = DEA(**NAMES, orientation="input").fit(xz.Panel(frame, unit="j")).term("score")
    assert (score(frame) <= radial + SAME).all()


def test_peers_span_the_targets_of_the_graph_measure():
    frame = world(seed=2)
    result, own = fit(frame, orientation="graph", returns="crs"), frame.set_index("j")
    targets = result.targets().set_index("unit")
    for unit, rows in result.peers().groupby("unit"):
        made = own.loc[rows["peer"]].mul(rows["intensity"].to_numpy(), axis=0).sum()
        assert (made[["x0", "x1"]] <= targets.loc[unit, ["x0", "x1"]].astype(float) + FLAT).all()
        assert (made[["y0", "y1"]] >= targets.loc[unit, ["y0", "y1"]].astype(float) - FLAT).all()


# Cases ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("orientation", "expected"), [("input", 0.5), ("output", 1.0), ("graph", 0.75)])
def test_goods_of_which_there_is_none_stay(orientation, expected):
    """By hand: B needs twice the x1 of A, has no x0 and no y1; graph: (1/2 + 1)/2."""
    frame = pd.DataFrame({"j": ["A", "B"], "x0": [0.0, 0.0], "x1": [1.0, 2.0], "y0": [1.0, 1.0], "y1": [1.0, 0.0]})
    result = fit(frame, orientation=orientation)
    assert result.term("score").tolist() == pytest.approx([1.0, expected], abs=CLOSED)
    assert np.isnan(result.factors()["x0"]).all()


def test_no_solution_is_named():
    frame = pd.DataFrame({"j": ["A", "B"], "x": [1.0, 2.0], "y": [1.0, 3.0]})
    single = {"inputs": ["x"], "outputs": ["y"], "evaluated": "excluded"}
    assert fit(frame, **single, orientation="input").rows.status.tolist() == ["ok", "infeasible"]
    assert fit(frame, **single, orientation="output").rows.status.tolist() == ["infeasible", "ok"]
    np.testing.assert_allclose(score(frame, **single, orientation="graph"), [1.5, 2.0], atol=SAME)  # x 2; y 1/3
    zero = pd.DataFrame({"j": ["A", "B"], "x": [1.0, 2.0], "z": [0.0, 1.0], "y": [1.0, 1.0]})
    result = fit(zero, inputs=["x", "z"], outputs=["y"], orientation="graph", evaluated="excluded")
    assert result.rows.status.tolist() == ["infeasible", "ok"]
    assert np.isnan(result.term("score")[0])


def test_output_that_nobody_else_makes_has_no_graph_score():
    frame = pd.DataFrame({"j": ["A", "B"], "x0": [1.0, 1.0], "x1": [1.0, 1.0], "y0": [1.0, 0.0], "y1": [1.0, 2.0]})
    result = fit(frame, orientation="graph", evaluated="excluded")
    assert result.rows.status.tolist() == ["infeasible", "ok"]
    assert result.term("score")[1] == pytest.approx((1 + 1 + 2) / 3, abs=SAME)  # y1 halved, y0 is none of B's


def test_the_best_point_of_a_way():
    """Least theta + 1/phi on theta = phi is at 1; from (0, 2) to (4, 4) the start is best."""
    there = np.array([1.0, 1.0]), np.array([0.0, 0.0]), np.array([0.0, 2.0]), np.array([4.0, 4.0])
    np.testing.assert_allclose(russell.best_between(there[0], there[1], outputs=1), [1.0, 1.0], atol=CLOSED)
    np.testing.assert_allclose(russell.best_between(there[2], there[3], outputs=1), there[2], atol=CLOSED)
    way = russell.best_between(np.array([3.0, 3.0]), np.array([0.0, 0.0]), outputs=1)
    np.testing.assert_allclose(way, [1.0, 1.0], atol=CLOSED)


def test_one_unit_alone_has_no_reference_set_without_itself():
    frame = pd.DataFrame({"j": ["A"], "x": [1.0], "y": [1.0]})
    single = {"inputs": ["x"], "outputs": ["y"], "orientation": "graph"}
    assert score(frame, **single).tolist() == pytest.approx([1.0], abs=CLOSED)
    for returns in ("crs", "vrs"):
        result = fit(frame, **single, evaluated="excluded", returns=returns)
        assert result.rows.status.tolist() == ["infeasible"]
        assert not len(result.peers())


def test_points_that_others_span_the_technology_of():
    frame = pd.DataFrame({"j": list("ABC"), "x": [1.0, 2.0, 1.0], "y": [1.0, 1.0, 2.0]})
    single = {"inputs": ["x"], "outputs": ["y"], "reference": ("A", "B"), "returns": "crs"}
    np.testing.assert_allclose(score(frame, **single, orientation="input"), [1.0, 0.5, 2.0], atol=CLOSED)
    np.testing.assert_allclose(score(frame, **single, orientation="output"), [1.0, 2.0, 0.5], atol=CLOSED)
    np.testing.assert_allclose(score(frame, **single, orientation="graph"), np.sqrt([1.0, 0.5, 2.0]), atol=SAME)


def test_settings_and_words():
    with pytest.raises(UsageError, match="XZ-103"):
        RussellDEA(**NAMES, orientation="none")
    result = fit(world(), orientation="graph")
    assert result.title == "Russell graph scores under variable returns"
    assert [each.name for each in result.tables()] == ["rows", "by_period", "slacks"]


# Invariances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", ["input", "output", "graph"])
@pytest.mark.parametrize("evaluated", ["included", "excluded"])
def test_what_scores_do_not_depend_on(orientation, evaluated):
    frame = world(seed=17)
    settings = {"orientation": orientation, "evaluated": evaluated, "returns": "crs"}
    own = score(frame, **settings)
    claimed = RussellDEA(**NAMES, **settings).invariances
    best = int(np.argmax(score(frame, evaluated="excluded", returns="crs")))
    twice = pd.concat([frame, frame.iloc[[best]].assign(j="z")], ignore_index=True)
    others = {
        "units": frame.assign(x0=frame["x0"] * 1e9, y1=frame["y1"] * 1e-9),
        "translation_inputs": frame.assign(x0=frame["x0"] + 10.0),
        "translation_outputs": frame.assign(y1=frame["y1"] + 10.0),
        "duplication": twice,
    }
    for change, other in others.items():
        gap = np.abs(score(other, **settings)[: len(frame)] - own).max()
        assert (gap <= SAME) == (change in claimed), (change, gap)
