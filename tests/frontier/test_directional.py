"""Directional distances: reference columns, programmes written out anew, invariances, settings."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.frontier.test_disposability import RETURNS, RULES, textbook, world
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier.directional import Direction, DirectionalDEA, Moving, StepWeights
from xinzhi.frontier.disposability import ByProduction, Kuosmanen, Weak
from xinzhi.frontier.goods import Observations

PUBLISHED = 1e-8  # the tolerance, times max(1, |value|)
SAME = 1e-9  # scores of order one: two solvers, or other units of measurement
DIFFERENT = 1e-5  # by how much some score moves at least where an invariance is not claimed
X, Y = ("x1", "x2", "x3", "x4", "x5"), ("y1", "y2", "y3")
NAMES = ("x0", "x1", "y0", "y1", "b0", "b1")
WAY = np.array([1.0, 1, -1, -1, 1, 1])


def reference_file(name: str, key: str) -> tuple[xz.Panel, pd.DataFrame]:
    folder = SHARED / "frontier"
    expected = pd.read_csv(folder / f"{name}_expected_Benchmarking.csv").set_index(key).sort_index()
    return xz.Panel(pd.read_csv(folder / f"{name}.csv"), unit=key), expected


def by_unit(result: Any, name: str) -> pd.Series:
    assert (result.rows.status == "ok").all()
    return pd.Series(result.term(name), index=[int(unit) for unit in result.panel.unit_names]).sort_index()


def assert_published(found: Any, expected: Any) -> None:
    assert (np.abs(found - expected) <= PUBLISHED * np.maximum(1.0, np.abs(expected))).all()


# Published numbers ------------------------------------------------------------------------------


@needs_shared
@pytest.mark.reference
def test_own_inputs_of_program_follow_through() -> None:
    """charnes1981_expected_Benchmarking.csv (R Benchmarking 0.33): ddf_in_vrs_own is 1 - beta."""
    panel, expected = reference_file("charnes1981", "firm")
    found = by_unit(DirectionalDEA(inputs=X, outputs=Y, direction=Moving(goods=X)).fit(panel), "efficiency")
    for name in X:
        assert_published(found, expected[f"ddf_in_vrs_own.{name}"])


@needs_shared
@pytest.mark.reference
def test_multi_directional_efficiency_of_program_follow_through() -> None:
    """charnes1981_expected_Benchmarking.csv: mea_vrs is the share of the step to the ideal inputs."""
    panel, expected = reference_file("charnes1981", "firm")
    model = DirectionalDEA(inputs=X, outputs=Y, direction=Moving(goods=X, by="ideal"))
    assert_published(by_unit(model.fit(panel), "inefficiency"), expected["mea_vrs"])


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "key", "inputs", "outputs"),
    [("charnes1981", "firm", X, Y), ("milkProd", "farmNo", ("energy", "vet", "cows"), ("milk",))],
)
def test_farrell_scores_are_directional(name: str, key: str, inputs: Any, outputs: Any) -> None:
    """R Benchmarking 0.33: 1 - beta along the inputs is the input score, 1 + beta along outputs the output score."""
    panel, expected = reference_file(name, key)
    for returns in ("crs", "vrs", "drs", "irs"):
        settings = {"inputs": inputs, "outputs": outputs, "returns": returns}
        down = DirectionalDEA(**settings, direction=Moving(goods=inputs)).fit(panel)
        assert_published(by_unit(down, "efficiency"), expected[f"{returns}_in"])
        up = DirectionalDEA(**settings, direction=Moving(goods=outputs)).fit(panel)
        assert_published(1.0 / by_unit(up, "efficiency"), expected[f"{returns}_out"])
        both = DirectionalDEA(**settings).fit(panel)
        assert ("efficiency" in both.rows.terms) == (returns == "crs")
        if returns == "crs":
            assert_published(by_unit(both, "efficiency"), expected["crs_in"])


# Independent programmes -------------------------------------------------------------------------


def as_panel(goods: Any) -> xz.Panel:
    frame = pd.DataFrame(goods, columns=list(NAMES))
    return xz.Panel(frame.assign(j=[f"{row:02d}" for row in range(len(frame))]), unit="j")


def method(rule: Any, **settings: Any) -> DirectionalDEA:
    return DirectionalDEA(inputs=NAMES[:2], outputs=NAMES[2:4], bad_outputs=NAMES[4:], disposability=rule, **settings)


def own_step(by: str, reference: Any, point: Any, rule: Any, returns: Any) -> Any:
    """Return the step of each good from the words of the docstring."""
    if by == "range":
        return np.where(WAY > 0, point - reference.all.min(axis=0), reference.all.max(axis=0) - point)
    if by == "ideal":
        each = [textbook(reference, point, row * point, rule=rule, returns=returns)[1] for row in np.eye(6)]
        return np.where(np.array(each) > 1e-9, each, 0.0) * point
    return {"observed": point, "mean": reference.all.mean(axis=0), "unit": np.ones(6)}[by]


@pytest.mark.parametrize("by", ["observed", "mean", "unit", "range", "ideal"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_named_directions_equal_the_textbook(rule: Any, by: str) -> None:
    reference = world(21, 12)
    for returns in ("crs", "vrs"):
        found = method(rule, direction=by, returns=returns).fit(as_panel(reference.all))
        for row in range(0, 12, 3):
            point = reference.all[row]
            step = own_step(by, reference, point, rule, returns)
            status, beta, _ = textbook(reference, point, step, rule=rule, returns=returns)
            expected = beta if step.any() else 0.0
            assert found.rows.status[row] == (status if step.any() else "ok")
            assert found.term("inefficiency")[row] == pytest.approx(expected, abs=SAME), (row, returns)


@pytest.mark.parametrize("returns", RETURNS, ids=str)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_weighted_steps_equal_the_textbook(rule: Any, returns: Any) -> None:
    """Each good has its own step; by-production without weights on the input that pollutes."""
    reference = world(22, 12)
    weights = np.array([0.2, 0.0 if isinstance(rule, ByProduction) else 0.1, 0.3, 0.1, 0.2, 0.0])
    own = StepWeights(inputs=tuple(weights[:2]), outputs=tuple(weights[2:4]), bad_outputs=tuple(weights[4:]))
    found = method(rule, weights=own, returns=returns).fit(as_panel(reference.all))
    total = 0.0
    for row in range(12):
        point = reference.all[row]
        step = np.where(weights > 0, point, 0.0)
        status, value, _ = textbook(reference, point, step, rule=rule, returns=returns, cost=weights)
        assert found.rows.status[row] == status == "ok"
        assert found.term("inefficiency")[row] == pytest.approx(value, abs=SAME), row
        total += value
    assert total > DIFFERENT
    steps = sum(weight * found.term(f"beta_{name}") for weight, name in zip(weights, NAMES, strict=True) if weight)
    np.testing.assert_allclose(steps, found.term("inefficiency"), atol=SAME)
    assert "beta_b1" not in found.rows.terms


def test_groups_share_the_weight() -> None:
    """Three groups that move, a third each; two, a half each."""
    panel = as_panel(world(23, 12).all)
    rule = Weak(bads="equality")
    thirds = StepWeights(inputs=(1 / 6, 1 / 6), outputs=(1 / 6, 1 / 6), bad_outputs=(1 / 6, 1 / 6))
    one, other = (method(rule, weights=w).fit(panel).term("inefficiency") for w in ("groups", thirds))
    np.testing.assert_array_equal(one, other)
    moving = Moving(goods=("x0", "y0", "y1"))
    halves = StepWeights(inputs=(0.5, 0), outputs=(0.25, 0.25))
    one, other = (method(rule, direction=moving, weights=w).fit(panel).term("inefficiency") for w in ("groups", halves))
    np.testing.assert_array_equal(one, other)


def test_energy_and_carbon_performance() -> None:
    """Zhou, Ang and Wang (2012), eqs. 6-10: fuel 2, power 1, carbon 2 against a plant with 1, 1, 1, by hand.

    Weight a third each, constant returns: with intensity z of the best plant the steps are (2 - z) / 2, z - 1 and
    (2 - z) / 2, whose sum is 1 for every z in [1, 2]: the inefficiency is 1/3, and ECPI is 1/2 at z = 1 and at z = 2.
    Weights (1/2, 1/2, 0): the sum is z / 2 with z <= 2, less than 1 only if carbon bounds it; carbon stays at 2.
    """
    frame = pd.DataFrame({"j": ["best", "other"], "f": [1.0, 2.0], "e": [1.0, 1.0], "c": [1.0, 2.0]})
    panel = xz.Panel(frame, unit="j")
    settings = {"inputs": ["f"], "outputs": ["e"], "bad_outputs": ["c"], "returns": "crs"}
    rule = Weak(bads="equality")
    found = DirectionalDEA(**settings, disposability=rule, weights="groups").fit(panel)
    np.testing.assert_allclose(found.term("inefficiency"), [0.0, 1 / 3], atol=SAME)
    np.testing.assert_allclose(found.term("efficiency"), [1.0, 0.5], atol=SAME)
    energy = StepWeights(inputs=(0.5,), outputs=(0.5,))
    found = DirectionalDEA(**settings, disposability=rule, weights=energy).fit(panel)
    np.testing.assert_allclose(found.term("beta_e"), [0.0, 1.0], atol=SAME)  # carbon 2 is reached by z = 2 alone
    np.testing.assert_allclose(found.term("efficiency"), [1.0, 0.5], atol=SAME)
    assert "beta_c" not in found.rows.terms
    several = method(rule, weights="groups").fit(as_panel(world(23, 12).all))
    assert "efficiency" not in several.rows.terms


def test_one_ratio_has_a_closed_form() -> None:
    """One good each, constant returns, best ratio r = 2: (1 + b) y = r (1 - b) x at the frontier."""
    draw = np.random.default_rng(24)
    x = draw.uniform(1, 9, 30)
    truth = draw.uniform(0.0, 0.8, 30) * (np.arange(30) > 0)
    y = 2.0 * x * (1.0 - truth) / (1.0 + truth)
    panel = xz.Panel(pd.DataFrame({"j": [f"{row:02d}" for row in range(30)], "x": x, "y": y}), unit="j")
    found = DirectionalDEA(inputs=["x"], outputs=["y"], returns="crs").fit(panel).term("inefficiency")
    np.testing.assert_allclose(found, truth, atol=1e-12)  # rounding only


def test_a_direction_of_ones_own() -> None:
    """Names stand for levels, numbers for themselves; sides that are left out stay."""
    panel, reference = as_panel(world(25, 12).all), world(25, 12)
    rule = Weak(bads="inequality")
    observed = method(rule, direction=Moving(goods=("y0", "y1", "b0", "b1"))).fit(panel).term("inefficiency")
    named = method(rule, direction=Direction(outputs=("y0", "y1"), bad_outputs=("b0", "b1"))).fit(panel)
    np.testing.assert_array_equal(named.term("inefficiency"), observed)
    direction = Direction(inputs=(0.5, "y0"), bad_outputs=(0, -0.1))
    found = method(rule, direction=direction).fit(panel)
    for row in range(12):
        point = reference.all[row]
        step = np.array([0.5, point[2], 0, 0, 0, -0.1])
        status, beta, _ = textbook(reference, point, step, rule=rule, returns="vrs")
        assert status == "ok"
        assert found.term("inefficiency")[row] == pytest.approx(beta, abs=SAME)


def test_left_out_observations_and_strangers() -> None:
    """Super-efficient steps are negative; what no step brings into the technology is infeasible."""
    reference = world(26, 12)
    for rule in (Weak(bads="inequality"), Kuosmanen(bads="equality")):
        found = method(rule, evaluated="excluded").fit(as_panel(reference.all))
        for row in range(12):
            left = reference.at(np.delete(np.arange(12), row))
            point = reference.all[row]
            status, beta, _ = textbook(left, point, point, rule=rule, returns="vrs")
            assert found.rows.status[row] == status
            assert np.isnan(beta) or found.term("inefficiency")[row] == pytest.approx(beta, abs=SAME)
        assert np.nanmin(found.term("inefficiency")) < -DIFFERENT
        assert "left out" in found.title


# Negative data ----------------------------------------------------------------------------------


def signed(seed: int = 27, n: int = 25, *, shift: Any = 0.0) -> xz.Panel:
    draw = np.random.default_rng(seed)
    goods = draw.normal(0.0, 1.0, (n, 3)) + shift
    return xz.Panel(pd.DataFrame(goods, columns=list("abc")).assign(j=[f"{row:02d}" for row in range(n)]), unit="j")


@pytest.mark.parametrize("by", ["range", "unit", "ideal"])
def test_negative_levels(by: str) -> None:
    """Portela, Thanassoulis and Simpson (2004): negative data as they are; the same after a translation to positive."""
    model = DirectionalDEA(inputs=["a"], outputs=["b", "c"], direction=by)
    found = model.fit(signed())
    assert (found.rows.status == "ok").all()
    assert (found.panel.array("a", "b", "c") < 0).any()
    moved = model.fit(signed(shift=[10.0, 20.0, 30.0]))
    np.testing.assert_allclose(moved.term("inefficiency"), found.term("inefficiency"), atol=SAME)
    if by == "range":
        np.testing.assert_array_equal(found.term("efficiency"), 1.0 - found.term("inefficiency"))
        assert found.term("inefficiency").max() <= 1.0


def test_where_negative_levels_are_refused() -> None:
    for settings in ({"direction": "observed"}, {"direction": "mean"}, {"direction": "range", "returns": "crs"}):
        model = DirectionalDEA(inputs=["a"], outputs=["b", "c"], **settings)
        assert model.signs == "non_negative"
        assert set(model.fit(signed()).rows.status) == {"ok", "non_positive"}
    assert method(Kuosmanen(bads="equality"), direction="range").signs == "non_negative"
    assert method(ByProduction(polluting=(0,)), direction="range").signs == "any"
    assert method(Weak(bads="equality"), direction=Direction(bad_outputs=("b0", "b1"))).signs == "non_negative"


def test_the_best_in_everything_has_nowhere_to_go() -> None:
    """Alone best in all goods: no range, no ideal beyond it, score 0; outside the technology: infeasible."""
    frame = pd.DataFrame({"j": list("abc"), "x": [1.0, 2, 3], "y": [5.0, 4, 3]})
    panel = xz.Panel(frame, unit="j")
    for by in ("range", "ideal"):
        for weights in (None, "groups") if by == "range" else (None,):
            model = DirectionalDEA(inputs=["x"], outputs=["y"], direction=by, weights=weights)
            assert model.fit(panel).term("inefficiency")[0] == 0.0
        out = DirectionalDEA(inputs=["x"], outputs=["y"], direction=by, reference=("b", "c")).fit(panel)
        assert out.rows.status.tolist() == ["infeasible", "ok", "ok"]
        assert np.isnan(out.term("inefficiency")[0])
    zero = xz.Panel(frame.assign(z=[0.0, 1.0, 1.0]), unit="j")
    stuck = DirectionalDEA(inputs=["x", "z"], outputs=["y"], direction=Moving(goods=("z",))).fit(zero)
    assert stuck.rows.status.tolist() == ["not_identified", "ok", "ok"]


# Invariances ------------------------------------------------------------------------------------

DIRECTIONS = (
    "observed",
    "mean",
    "unit",
    "range",
    "ideal",
    Moving(goods=("y0", "y1")),
    Moving(goods=("x0",), by="mean"),
    Direction(inputs=(1.0, 2.0)),
    Direction(inputs=("x0", "x1")),
    Direction(outputs=("x0", 0)),
)
CHANGES = {
    "units": np.array([1e6, 1e-6, 1e3, 1.0, 1e-3, 1e2]),
    "translation_inputs": np.array([2.0, 1.0, 0, 0, 0, 0]),
    "translation_outputs": np.array([0, 0, 2.0, 1.0, 0, 0]),
}


def rough(seed: int, n: int = 14) -> Any:
    """Return goods whose bad outputs vary so much that some points are reached by abatement alone."""
    plain, draw = world(seed, n), np.random.default_rng(seed + 1000)
    noise = np.exp(draw.normal(0.0, 0.6, (n, 2))), np.exp(draw.normal(0.0, 0.8, (n, 2)))
    return np.hstack((plain.x, plain.y * noise[0], plain.bad * noise[1]))


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_invariances_hold_where_claimed_and_fail_elsewhere(direction: Any) -> None:
    goods = rough(28)
    for rule, returns in product((RULES[1], RULES[2], RULES[4]), ("vrs", "crs")):
        model = method(rule, direction=direction, returns=returns)
        score = model.fit(as_panel(goods)).term("inefficiency")
        for name, change in CHANGES.items():
            other = goods * change if name == "units" else goods + change
            gap = np.abs(model.fit(as_panel(other)).term("inefficiency") - score).max()
            assert gap <= SAME if name in model.invariances else gap > DIFFERENT, (name, rule, returns)
        twins = model.fit(as_panel(np.vstack((goods, goods[:5])))).term("inefficiency")[:14]
        gap = np.abs(twins - score).max()
        assert gap <= SAME if "duplication" in model.invariances else gap > DIFFERENT, (rule, returns)


def test_left_out_duplicates_matter() -> None:
    goods = world(28, 14).all
    model = method(RULES[1], evaluated="excluded")
    assert "duplication" not in model.invariances
    alone = model.fit(as_panel(goods)).term("inefficiency")
    twins = model.fit(as_panel(np.vstack((goods, goods)))).term("inefficiency")
    assert np.nanmin(alone) < -DIFFERENT
    assert np.nanmin(twins) >= -SAME


# Second stage, tables, settings -----------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("weights", [None, "groups"])
def test_targets_are_made_by_peers_and_cannot_be_bettered(rule: Any, weights: Any) -> None:
    goods = world(29, 16).all
    direction = Moving(goods=("x0", "y0", "y1", "b0", "b1"))
    found = method(rule, direction=direction, weights=weights).fit(as_panel(goods))
    targets, slacks = (frame[list(NAMES)].to_numpy() for frame in (found.targets(), found.slacks()))
    own = {name: found.term(f"beta_{name}") for name in direction.goods} if weights else {}
    step = np.column_stack([own.get(name, found.term("inefficiency") * (name != "x1")) for name in NAMES])
    if weights:
        step[:, 1] = 0.0
    np.testing.assert_allclose(targets, goods - WAY * (step * goods + slacks), atol=SAME)
    assert (slacks >= 0).all()
    exact = not isinstance(rule, ByProduction) and rule.bads == "equality"
    assert not (exact and slacks[:, 4:].any())
    if isinstance(rule, Weak):
        peers = found.peers()
        for name in NAMES:
            level = dict(zip(found.panel.unit_names, goods[:, NAMES.index(name)], strict=True))
            made = (peers["intensity"] * peers["peer"].map(level)).groupby(peers["unit"]).sum()
            np.testing.assert_allclose(made.to_numpy(), targets[:, NAMES.index(name)], atol=1e-8)  # sums of products
    reference = Observations(goods[:, :2], goods[:, 2:4], goods[:, 4:])
    for row in range(0, 16, 4):
        status, more, _ = textbook(reference, targets[row] * (1 + 1e-10 * WAY), goods[row], rule=rule, returns="vrs")
        if not exact:  # exact bad outputs leave no room for the relaxation of 1e-10 that rounding needs
            assert status == "ok"
            assert more == pytest.approx(0.0, abs=1e-7)


def test_multipliers_explain_the_step() -> None:
    """Duality: v x - u y + w b + intercept-free part = beta where the normal times the step is 1."""
    found = method(Weak(bads="inequality"), returns="crs").fit(as_panel(world(30, 12).all))
    prices, goods = found.multipliers()[list(NAMES)].to_numpy(), found.panel.array(*NAMES)
    np.testing.assert_allclose((prices * goods).sum(axis=1), 1.0, atol=SAME)  # g is the point itself
    np.testing.assert_allclose((WAY * prices * goods).sum(axis=1), found.term("inefficiency"), atol=SAME)
    assert (prices >= -SAME).all()


def test_tables_and_words() -> None:
    found = method(RULES[0], weights="groups").fit(as_panel(world(31, 12).all))
    listing, periods, goods = found.tables()
    assert goods.name == "by_good"
    assert next(iter(goods.columns().values()))[0] == pytest.approx(found.term("beta_x0").mean())
    assert "own" in listing.title
    assert periods.columns()["efficient"] == [found.diagnostics["efficient"]]
    assert len(method(RULES[0]).fit(as_panel(world(31, 12).all)).tables()) == 2
    for direction in DIRECTIONS:
        assert method(RULES[1], direction=direction).fit(as_panel(world(31, 12).all)).title


def test_settings_survive_the_round_trip() -> None:
    for direction in DIRECTIONS:
        for weights in (None, "groups", StepWeights(inputs=(1, 0), outputs=(0, 2))):
            model = method(RULES[2], direction=direction, weights=weights)
            assert DirectionalDEA.model_validate(model.model_dump()) == model


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"direction": Moving(goods=("q",))}, "goods"),
        ({"direction": Moving(goods=())}, "goods"),
        ({"direction": Direction(inputs=(1.0,))}, "entries"),
        ({"direction": Direction()}, "direction"),
        ({"direction": Direction(inputs=(0, 0))}, "direction"),
        ({"direction": Direction(inputs=("q", 0))}, "direction"),
        ({"weights": StepWeights(inputs=(1,))}, "entries"),
        ({"weights": StepWeights()}, "weights"),
        ({"weights": StepWeights(inputs=(1, 1)), "direction": Moving(goods=("x0",))}, "weights"),
        ({"weights": "groups", "direction": Direction(inputs=(-1.0, 1.0))}, "weights"),
        ({"weights": "groups", "disposability": ByProduction(polluting=("x1",))}, "weights"),
    ],
)
def test_settings_that_do_not_fit(settings: Any, words: str) -> None:
    rule = settings.pop("disposability", RULES[0])
    with pytest.raises(UsageError, match=f"XZ-103.*{words}"):
        method(rule, **settings).fit(as_panel(world(32, 6).all))


def test_numbers_that_are_none() -> None:
    for wrong in (float("nan"), float("inf")):
        with pytest.raises(UsageError, match="XZ-103"):
            DirectionalDEA(inputs=["x0"], outputs=["y0"], direction=Direction(inputs=(wrong,)))
    with pytest.raises(UsageError, match="XZ-103"):
        StepWeights(inputs=(-1.0,))
    with pytest.raises(DataError, match="XZ-205"):
        method(RULES[0]).fit(signed())
