"""Hyperbolic efficiency: reference columns, a root found by other means, bad outputs, invariances."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import xinzhi as xz
from tests.frontier.test_disposability import RETURNS, RULES, textbook, world
from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.frontier.disposability import ByProduction, Kuosmanen, Weak
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.hyperbolic import HyperbolicDEA

BISECTED = 1e-6  # R Benchmarking bisects the graph score to about 7e-7 (methods/frontier.md)
ROOT = 1e-9  # scores of order one; a root of programmes that SciPy solves to 1e-10
SAME = 1e-9  # scores of order one under another scaling of the programmes
DIFFERENT = 1e-4  # by how much a score moves at least where an invariance is not claimed
X, Y = ("x1", "x2", "x3", "x4", "x5"), ("y1", "y2", "y3")


def sites() -> Any:
    return pd.read_csv(SHARED / "frontier" / "charnes1981.csv")


def by_unit(result: Any, name: str = "score") -> pd.Series:
    return pd.Series(result.term(name), index=[int(unit) for unit in result.panel.unit_names]).sort_index()


@needs_shared
@pytest.mark.reference
def test_graph_columns_of_program_follow_through() -> None:
    """charnes1981_expected_Benchmarking.csv (R Benchmarking 0.33); means of methods/frontier.md."""
    expected = pd.read_csv(SHARED / "frontier" / "charnes1981_expected_Benchmarking.csv").set_index("firm").sort_index()
    panel = xz.Panel(sites(), unit="firm")
    for returns, mean in (("vrs", 0.975785), ("crs", 0.967975)):
        score = by_unit(HyperbolicDEA(inputs=X, outputs=Y, returns=returns).fit(panel))
        np.testing.assert_allclose(score, expected[f"{returns}_graph"], rtol=0, atol=BISECTED)
        assert score.mean() == pytest.approx(mean, abs=1e-6)
        if returns == "crs":
            np.testing.assert_allclose(score**2, expected["crs_in"], rtol=0, atol=1e-8)  # 1e-8: the tolerance


def reach(reference: Observations, point: Any, rule: Any, returns: Any) -> Any:
    """Return e -> by how much outputs y / e can be multiplied and stay in the technology; -1 where e is too small."""
    m, s = reference.x.shape[1], reference.y.shape[1]
    way = np.r_[np.ones(m), -np.ones(s), np.ones(point.size - m - s)]

    def gap(e: float) -> float:
        at = np.where(way > 0, point * e, point / e)
        status, beta, _ = textbook(reference, at, np.where(way > 0, 0.0, at), rule=rule, returns=returns)
        return float(beta) if status == "ok" else -1.0

    return gap


@pytest.mark.parametrize("returns", RETURNS, ids=str)
@pytest.mark.parametrize("rule", [None, *RULES[1:2], RULES[3]], ids=str)
def test_the_score_is_the_root_that_brent_finds(rule: Any, returns: Any) -> None:
    """1 = the largest multiple of y / e that e x can make; the multiple rises with e where bad outputs rise freely."""
    reference, points = world(11, 12), world(12, 5)
    plain = rule is None
    if plain:
        reference = Observations(reference.x, reference.y, reference.bad[:, :0])
        points = Observations(points.x, points.y, points.bad[:, :0])
    names = ("x0", "x1", "y0", "y1") + (() if plain else ("b0", "b1"))
    frame = pd.DataFrame(np.vstack((reference.all, points.all)), columns=list(names))
    panel = xz.Panel(frame.assign(j=[f"{row:02d}" for row in range(17)]), unit="j")
    method = HyperbolicDEA(
        inputs=names[:2],
        outputs=names[2:4],
        bad_outputs=names[4:],
        disposability=rule,
        returns=returns,
        reference=tuple(f"{row:02d}" for row in range(12)),
    )
    found = method.fit(panel)
    for row in (0, 3, 6, 9, *range(12, 17)):
        gap = reach(reference, frame.to_numpy()[row], rule or Weak(bads="inequality"), returns)
        if found.rows.status[row] == "ok":
            root = brentq(gap, 0.05, 20.0, xtol=1e-13, rtol=1e-13)
            assert found.term("score")[row] == pytest.approx(root, abs=ROOT), row
        else:
            assert found.rows.status[row] == "infeasible"
            assert gap(20.0) < 0, row
    assert (found.rows.status[:12] == "ok").all()


@pytest.mark.parametrize("rule", [RULES[0], RULES[2], RULES[4]], ids=str)
def test_where_admitted_factors_have_an_upper_end(rule: Any) -> None:
    """Exact bad outputs, by-production: the score is the least admitted factor, just below it none is."""
    reference = world(13, 14)
    frame = pd.DataFrame(reference.all, columns=["x0", "x1", "y0", "y1", "b0", "b1"])
    panel = xz.Panel(frame.assign(j=[f"{row:02d}" for row in range(14)]), unit="j")
    settings = {"inputs": ("x0", "x1"), "outputs": ("y0", "y1"), "bad_outputs": ("b0", "b1")}
    found = HyperbolicDEA(**settings, disposability=rule, returns="vrs").fit(panel)
    assert (found.rows.status == "ok").all()
    assert found.diagnostics["efficient"] < 14
    for row, e in enumerate(found.term("score")):
        gap = reach(reference, reference.all[row], rule, "vrs")
        assert e <= 1.0 + SAME
        assert gap(e * (1.0 - 1e-6)) < 0.0, row
        assert gap(e) > -ROOT, row


def small(**changes: Any) -> xz.Panel:
    draw = np.random.default_rng(14)
    x = np.exp(draw.normal(0.0, 0.5, (20, 2)))
    y = np.sqrt(x.prod(axis=1)) * np.exp(-draw.exponential(0.2, 20))
    frame = pd.DataFrame({"j": [f"{row:02d}" for row in range(20)], "k": x[:, 0], "l": x[:, 1], "y": y})
    return xz.Panel(frame.assign(**{name: change(frame[name]) for name, change in changes.items()}), unit="j")


def test_targets_lie_on_the_frontier_and_slacks_explain_them() -> None:
    found = HyperbolicDEA(inputs=["k", "l"], outputs=["y"]).fit(small())
    targets, slacks, e = found.targets(), found.slacks(), found.term("score")
    panel = found.panel
    np.testing.assert_allclose(targets["k"], panel.array("k")[:, 0] * e - slacks["k"], rtol=SAME)
    np.testing.assert_allclose(targets["y"], panel.array("y")[:, 0] / e + slacks["y"], rtol=SAME)
    peers = found.peers().merge(panel.frame(), left_on="peer", right_on="j")
    for good in ("k", "l", "y"):
        made = (peers["intensity"] * peers[good]).groupby(peers["unit"]).sum()
        np.testing.assert_allclose(made.to_numpy(), targets.set_index("unit")[good].loc[made.index], rtol=1e-8)


def test_invariances() -> None:
    method = HyperbolicDEA(inputs=["k", "l"], outputs=["y"])
    assert method.invariances == {"units", "duplication"}
    score = method.fit(small()).term("score")
    scaled = method.fit(small(k=lambda k: 1e9 * k, y=lambda y: 1e-9 * y)).term("score")
    np.testing.assert_allclose(scaled, score, atol=SAME)
    frame = small().frame()
    twice = pd.concat([frame, frame.assign(j="twin" + frame["j"])])
    doubled = method.fit(xz.Panel(twice, unit="j")).term("score")
    np.testing.assert_allclose(np.sort(doubled)[::2], np.sort(score), atol=SAME)
    for moved in ({"k": lambda k: k + 1.0}, {"y": lambda y: y + 1.0}):
        assert np.abs(method.fit(small(**moved)).term("score") - score).max() > DIFFERENT
    excluded = HyperbolicDEA(inputs=["k", "l"], outputs=["y"], evaluated="excluded")
    assert excluded.invariances == {"units"}
    assert np.nanmax(excluded.fit(small()).term("score")) > 1.0 + DIFFERENT
    np.testing.assert_allclose(np.nanmax(excluded.fit(xz.Panel(twice, unit="j")).term("score")), 1.0, atol=SAME)


def test_a_known_hyperbola() -> None:
    """One good each, constant returns, best ratio 2: (e x, y / e) has it at e = sqrt(y / (2 x))."""
    x, y = np.array([1.0, 2.0, 3.0, 5.0]), np.array([2.0, 1.0, 4.5, 0.1])
    panel = xz.Panel(pd.DataFrame({"j": list("abcd"), "x": x, "y": y}), unit="j")
    score = HyperbolicDEA(inputs=["x"], outputs=["y"], returns="crs", slack_objective=None).fit(panel).term("score")
    np.testing.assert_allclose(score, np.sqrt(y / (2.0 * x)), rtol=1e-12)  # a closed form, rounding only


def test_what_has_no_score_says_so() -> None:
    frame = pd.DataFrame({"j": list("abcd"), "x": [1.0, 2.0, 0.0, np.nan], "z": [1.0, 1, 1, 1], "y": [1.0, 2, 1, 1]})
    panel = xz.Panel(frame, unit="j")
    found = HyperbolicDEA(inputs=["x", "z"], outputs=["y"], evaluated="excluded").fit(panel)
    assert found.rows.status.tolist() == ["ok", "ok", "infeasible", "missing_data"]  # nobody else needs no x
    assert found.rows.reason[2]
    assert np.isnan(found.term("score")[2:]).all()
    assert "left out" in found.title


def test_where_no_factor_is_admitted() -> None:
    """What nobody else makes at all; a mix of goods and exact bad outputs that nobody else's mix reaches."""
    frame = pd.DataFrame({"j": list("abc"), "x": [1.0, 1, 1], "y": [1.0, 2, 1], "z": [1.0, 0, 0], "b": [0.0, 0, 3]})
    panel = xz.Panel(frame, unit="j")
    plain = HyperbolicDEA(inputs=["x"], outputs=["y", "z"], evaluated="excluded").fit(panel)
    assert plain.rows.status.tolist() == ["infeasible", "ok", "ok"]
    for returns in ("vrs", "crs"):
        settings = {"inputs": ["x"], "outputs": ["y"], "bad_outputs": ["b"], "returns": returns}
        rule = Weak(bads="equality")
        exact = HyperbolicDEA(**settings, disposability=rule, evaluated="excluded").fit(panel)
        assert exact.rows.status.tolist() == ["ok", "ok", "infeasible"]  # c alone has bad outputs
        # a against b: e >= 1 and 1 / e <= 2 (vrs), e e >= 1/2 (crs); b against a: 2 / e <= 1, e e >= 2
        known = {"vrs": [1.0, 2.0], "crs": [0.5**0.5, 2.0**0.5]}[returns]
        np.testing.assert_allclose(exact.term("score")[:2], known, rtol=1e-12)  # a closed form, rounding only


@pytest.mark.parametrize("rule", [RULES[0], RULES[2], RULES[4]], ids=str)
def test_left_out_points_have_the_least_factor_or_none(rule: Any) -> None:
    """Goods with zeros, each point left out: no factor of a grid is admitted below the score."""
    draw = np.random.default_rng(16)
    goods = np.exp(draw.normal(0.0, 0.6, (9, 6))) * (draw.random((9, 6)) < 0.8)
    goods[:, [0, 2]] = np.maximum(goods[:, [0, 2]], 0.1)
    frame = pd.DataFrame(goods, columns=["x0", "x1", "y0", "y1", "b0", "b1"])
    panel = xz.Panel(frame.assign(j=[f"{row:02d}" for row in range(9)]), unit="j")
    settings = {"inputs": ("x0", "x1"), "outputs": ("y0", "y1"), "bad_outputs": ("b0", "b1")}
    found = HyperbolicDEA(**settings, disposability=rule, evaluated="excluded", slack_objective=None).fit(panel)
    assert set(found.rows.status) == {"ok", "infeasible"}
    reference = Observations(goods[:, :2], goods[:, 2:4], goods[:, 4:])
    for row, score in enumerate(found.term("score")):
        gap = reach(reference.at(np.delete(np.arange(9), row)), goods[row], rule, "vrs")
        grid = np.exp(np.linspace(np.log(0.05), np.log(20.0), 40))
        admitted = [e for e in grid if gap(e) >= 0.0]
        if found.rows.status[row] == "ok":
            assert gap(score) > -1e-8, row  # the programme is reached; exact rows are missed by rounding
            assert all(e >= score * (1.0 - ROOT) for e in admitted), row
        else:
            assert not admitted, row


def test_settings() -> None:
    with pytest.raises(UsageError, match=r"XZ-103.*disposability None"):
        HyperbolicDEA(inputs=["k"], outputs=["y"], bad_outputs=["l"]).fit(small())
    rule = ByProduction(polluting=("k",))
    method = HyperbolicDEA(inputs=["k"], outputs=["y"], bad_outputs=["l"], disposability=rule)
    assert HyperbolicDEA.model_validate(method.model_dump()) == method
    weak = HyperbolicDEA(inputs=["k"], outputs=["y"], bad_outputs=["l"], disposability=Weak(bads="equality"))
    assert "disposability" in weak.fit(small()).diagnostics
    abated = HyperbolicDEA(inputs=["k"], outputs=["y"], bad_outputs=["l"], disposability=Kuosmanen(bads="equality"))
    assert "disposability" not in abated.fit(small()).diagnostics
