"""Bad outputs: technologies against programmes written out from the papers' formulas, peers, settings."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from xinzhi.errors import UsageError
from xinzhi.frontier.directional import Direction, DirectionalDEA, Moving
from xinzhi.frontier.disposability import (
    ByProduction,
    Kuosmanen,
    Weak,
    ask,
    caveat,
    peers_of,
    placed,
    technology_of,
)
from xinzhi.frontier.engine import Questions
from xinzhi.frontier.goods import Observations
from xinzhi.method.base import ROLES

SAME = 1e-9  # scores of order one, two solvers that admit prices of 1e-10
PRINTED = 1e-9  # methods/frontier.md prints ten digits
WORDS = {0: "ok", 2: "infeasible", 3: "unbounded"}
RULES = (
    Weak(bads="equality"),
    Weak(bads="inequality"),
    Kuosmanen(bads="equality"),
    Kuosmanen(bads="inequality"),
    ByProduction(polluting=(1,)),
)
RETURNS = ("crs", "vrs", "drs", "irs", (0.5, 1.5))


def sums(returns: Any) -> list[tuple[float, str]]:
    """Return the bounds of the sum of intensities."""
    words = {"crs": [], "vrs": [(1.0, "=")], "drs": [(1.0, "<")], "irs": [(1.0, ">")]}
    return [(returns[0], ">"), (returns[1], "<")] if isinstance(returns, tuple) else words[returns]


def textbook(ref: Observations, point: Any, step: Any, *, rule: Any, returns: Any, cost: Any = None) -> Any:
    """Maximise the step of a point along signed steps, from the formulas in the head of the module.

    ``point``, ``step``: x, y and b in one vector; ``cost``: (g,) weights of own steps of each good, else one step.
    Returns status, objective and the vector of own steps.
    """
    x, y, b = ref.x.T, ref.y.T, ref.bad.T
    n, (m, s, q) = x.shape[1], (len(x), len(y), len(b))
    move = np.diag(step) if cost is not None else np.asarray(step, dtype=float)[:, None]
    free, zero = move.shape[1], np.zeros((q, n))
    rows, limits, signs = [], [], []

    def add(first: Any, second: Any, good: slice, sign: str, way: float) -> None:
        for one, two, level, moved in zip(first, second, point[good], move[good], strict=True):
            rows.append(np.r_[one, two, way * moved])
            limits.append(level)
            signs.append(sign)

    production = isinstance(rule, ByProduction)
    twice = isinstance(rule, Kuosmanen)
    add(x, x if twice else 0 * x, slice(0, m), "<", 1.0)
    add(y, 0 * y, slice(m, m + s), ">", -1.0)
    exact = not production and rule.bads == "equality"
    add(zero if production else b, b if production else zero, slice(m + s, m + s + q), "=" if exact else "<", 1.0)
    if production:
        for place in rule.polluting:
            add(0 * x[[place]], x[[place]], slice(place, place + 1), ">", 1.0)
    ones, none = np.ones(n), np.zeros(n)
    for bound, sign in sums(returns):
        groups = [(ones, none), (none, ones)] if production else [(ones, ones)]
        for one, two in groups:
            rows.append(np.r_[one, two, np.zeros(free)])
            limits.append(bound)
            signs.append(sign)
    a, right, kind = np.array(rows), np.array(limits), np.array(signs)
    turn = np.where(kind == ">", -1.0, 1.0)
    upper, equal = kind != "=", kind == "="
    bounds = [(0, None)] * n + [(0, None) if production or twice else (0, 0)] * n
    bounds += [(None, None) if cost is None else (0, None)] * free
    objective = np.r_[np.zeros(2 * n), [-1.0] if cost is None else -np.asarray(cost)]
    found = linprog(
        objective,
        A_ub=(a * turn[:, None])[upper],
        b_ub=(right * turn)[upper],
        A_eq=a[equal] if equal.any() else None,
        b_eq=right[equal] if equal.any() else None,
        bounds=bounds,
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    good = found.status == 0
    return WORDS.get(found.status, "numerical"), -found.fun if good else np.nan, found.x[2 * n :] if good else None


def world(seed: int, n: int = 18) -> Observations:
    """Return units with two inputs, two outputs and two bad outputs that the second input makes."""
    draw = np.random.default_rng(seed)
    x = np.exp(draw.normal(0.0, 0.5, (n, 2)))
    y = np.sqrt(x.prod(axis=1))[:, None] * np.exp(draw.normal(0.0, 0.3, (n, 2)))
    bad = x[:, [1]] * np.exp(draw.normal(0.0, 0.3, (n, 2)))
    return Observations(x, y, bad)


@pytest.mark.parametrize("returns", RETURNS, ids=str)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_distances_equal_the_textbook_programmes(rule: Any, returns: Any) -> None:
    """All goods move, polluting inputs too; points inside and outside the reference set."""
    reference, strangers = world(1), world(2, 8)
    points = np.vstack((reference.all[:8], strangers.all))
    way = np.array([1, 1, -1, -1, 1, 1])
    found = ask(reference, returns, rule, asked=Questions(b=points, size=points, move=way * points, cost=-1))
    for e, point in enumerate(points):
        status, beta, _ = textbook(reference, point, point, rule=rule, returns=returns)
        assert found.status[e] == status, e
        np.testing.assert_allclose(found.score[e], beta, atol=SAME)
    assert (found.status[:8] == "ok").all()


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_unit_that_is_left_out_leaves_with_both_its_columns(rule: Any) -> None:
    reference = world(3, 10)
    points, way = reference.all, np.array([1, 1, -1, -1, 1, 1])
    excluded = np.where(np.arange(10) % 3 == 0, -1, np.arange(10))
    asked = Questions(b=points, size=points, move=way * points, cost=-1, excluded=excluded)
    found = ask(reference, "vrs", rule, asked=asked)
    for e, point in enumerate(points):
        left = np.delete(np.arange(10), e) if excluded[e] >= 0 else np.arange(10)
        status, beta, _ = textbook(reference.at(left), point, point, rule=rule, returns="vrs")
        assert found.status[e] == status, e
        np.testing.assert_allclose(found.score[e], beta, atol=SAME)
        peers, share = found.peers[e][found.peers[e] >= 0], found.intensities[e]
        assert excluded[e] < 0 or e not in peers
        assert (np.diff(peers) > 0).all(), "rising, each unit once"
        if status == "ok":
            assert share.sum() == pytest.approx(1.0, abs=SAME)  # vrs; of two by-production intensities the first


def test_one_unit_alone_cannot_be_left_out() -> None:
    one = world(4, 1)
    asked = Questions(b=one.all, size=one.all, move=one.all, cost=-1, excluded=np.array([0]))
    for rule in RULES:  # no unit is left, or none that may be used
        assert ask(one, "vrs", rule, asked=asked).status[0] in ("not_identified", "infeasible")


def test_by_production_is_the_smaller_of_two_distances_where_polluting_inputs_stay() -> None:
    """x stays: beta = min(max {b : (x, y + b y) in T1}, max {b : (x_p, c - b c) in T2}), each by itself."""
    reference = world(5)
    points, n = reference.all, len(reference.x)
    step = np.where(np.arange(6) < 2, 0.0, points)
    way = np.array([1, 1, -1, -1, 1, 1])
    rule = ByProduction(polluting=(1,))
    both = ask(reference, "vrs", rule, asked=Questions(b=points, size=points, move=way * step, cost=-1)).score
    for e in range(n):
        goods = linprog(
            np.r_[np.zeros(n), -1.0],
            A_ub=np.vstack((np.c_[reference.x.T, np.zeros(2)], np.c_[-reference.y.T, reference.y[e]])),
            b_ub=np.r_[reference.x[e], -reference.y[e]],
            A_eq=[np.r_[np.ones(n), 0.0]],
            b_eq=[1.0],
            bounds=[(0, None)] * n + [(None, None)],
        )
        bads = linprog(
            np.r_[np.zeros(n), -1.0],
            A_ub=np.vstack((np.r_[-reference.x[:, 1], 0.0], np.c_[reference.bad.T, reference.bad[e]])),
            b_ub=np.r_[-reference.x[e, 1], reference.bad[e]],
            A_eq=[np.r_[np.ones(n), 0.0]],
            b_eq=[1.0],
            bounds=[(0, None)] * n + [(None, None)],
        )
        assert both[e] == pytest.approx(min(-goods.fun, -bads.fun), abs=SAME)


def test_shapes_of_technologies() -> None:
    reference = world(6, 5)
    plain = technology_of(Observations(reference.x, reference.y, reference.bad[:, :0]), "vrs", None)
    assert plain.goods.shape == (5, 4)
    assert technology_of(reference, "crs", Weak(bads="equality")).sense.tolist() == [1, 1, -1, -1, 0, 0]
    assert technology_of(reference, "crs", Weak(bads="inequality")).sense.tolist() == [1, 1, -1, -1, 1, 1]
    doubled = technology_of(reference, "vrs", Kuosmanen(bads="equality"))
    assert doubled.goods.shape == (10, 6)
    np.testing.assert_array_equal(doubled.goods[5:, :2], reference.x)
    assert not doubled.goods[5:, 2:].any()


def test_peers_come_back_to_the_unit() -> None:
    """Three units: 0 active, 2 active and abated (place 5), 1 abated (place 4)."""
    peers, share = peers_of(
        np.array([[0, 2, 4, 5], [1, -1, -1, -1]]), np.array([[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0]]), 3
    )
    assert peers.tolist() == [[0, 1, 2, -1], [1, -1, -1, -1]]
    np.testing.assert_allclose(share, [[0.1, 0.3, 0.6, 0.0], [1, 0, 0, 0]], atol=1e-15)  # sums of two decimals


@pytest.mark.parametrize("rule", RULES[:4], ids=str)
def test_who_is_weakly_disposable_under_variable_returns(rule: Any) -> None:
    """(x, y, b) in T must put (x, y / 2, b / 2) in T (Kuosmanen 2005): Weak fails, equality or not."""
    reference = world(7)
    half = np.hstack((reference.x, reference.y / 2, reference.bad / 2))
    still = Questions(b=half, size=half, gain=np.zeros_like(half))
    inside = ask(reference, "vrs", rule, asked=still).status == "ok"
    assert inside.all() == isinstance(rule, Kuosmanen)
    assert (ask(reference, "crs", rule, asked=still).status == "ok").all()


def bads() -> xz.Panel:
    """Return the first year of DEA.jl's Malmquist-Luenberger example, as printed in methods/frontier.md."""
    frame = pd.DataFrame({"j": list("ABCDE"), "x": 1.0, "y": [7.0, 5, 1, 3, 4], "b": [2.0, 5, 3, 3, 2]})
    return xz.Panel(frame, unit="j")


def model(rule: Any, **changes: Any) -> DirectionalDEA:
    settings = {"returns": "crs", "direction": Moving(goods=("y", "b")), "disposability": rule} | changes
    return DirectionalDEA(inputs=["x"], outputs=["y"], bad_outputs=["b"], **settings)


def test_environmental_distances_of_the_published_example() -> None:
    """methods/frontier.md, section ML: DEA.jl 0.9.2 (inequality), own linear programmes (equality)."""
    inequality = model(Weak(bads="inequality")).fit(bads()).term("inefficiency")
    np.testing.assert_allclose(inequality, [0, 0.4, 0.8260869565, 0.5555555556, 0.2727272727], atol=PRINTED)
    equality = model(Weak(bads="equality")).fit(bads()).term("inefficiency")
    np.testing.assert_allclose(equality, [0, 0, 0.826087, 0.555556, 0.272727], atol=1e-6)  # six digits are printed
    same = model(Kuosmanen(bads="equality")).fit(bads()).term("inefficiency")
    np.testing.assert_allclose(same, equality, atol=SAME)  # under constant returns abatement is free anyway


def test_later_point_outside_the_equality_technology() -> None:
    """methods/frontier.md: unit 2 of the first year has no distance to the second year's technology under equality."""
    later = Observations(
        np.ones((5, 1)), np.array([[8.0], [5.5], [2], [2], [4]]), np.array([[1.0], [3], [2], [4], [1]])
    )
    point = np.array([[1.0, 5.0, 5.0]])
    asked = Questions(b=point, size=point, move=np.array([[0.0, -5.0, 5.0]]), cost=-1)
    assert ask(later, "crs", Weak(bads="equality"), asked=asked).status.tolist() == ["infeasible"]
    assert ask(later, "crs", Weak(bads="inequality"), asked=asked).status.tolist() == ["ok"]


def test_settings_survive_the_round_trip() -> None:
    assert {ROLES[word] for word in ("weak", "kuosmanen", "by_production")} == {Weak, Kuosmanen, ByProduction}
    for rule in (*RULES, ByProduction(polluting=("x",))):
        before = model(rule, direction=Direction(outputs=("y",), bad_outputs=(1.0,)))
        after = DirectionalDEA.model_validate(before.model_dump())
        assert after == before
        assert type(after.disposability) is type(rule)
    with pytest.raises(UsageError, match=r"XZ-103.*'bads' is missing"):
        Weak()


def test_settings_that_do_not_fit_the_goods() -> None:
    with pytest.raises(UsageError, match=r"XZ-103.*1 bad outputs, disposability None"):
        model(None).fit(bads())
    with pytest.raises(UsageError, match=r"XZ-103.*0 bad outputs, disposability Weak"):
        DirectionalDEA(inputs=["x"], outputs=["y"], disposability=Weak(bads="equality")).fit(bads())
    for wrong in (("z",), (), (1,), ("x", 0)):
        with pytest.raises(UsageError, match=r"XZ-103.*polluting"):
            placed(ByProduction(polluting=wrong), ["x"], bads=1, where="here")
    assert placed(ByProduction(polluting=("x",)), ["k", "x"], bads=1, where="here") == ByProduction(polluting=(1,))


def test_the_caveat_is_in_the_diagnostics() -> None:
    rule = Weak(bads="equality")
    assert "not weakly disposable" in model(rule, returns="vrs").fit(bads()).diagnostics["disposability"]
    assert "disposability" not in model(rule).fit(bads()).diagnostics
    assert [caveat(returns, rule) is None for returns in RETURNS] == [True, False, True, False, False]
    assert caveat("vrs", Kuosmanen(bads="equality")) is None
