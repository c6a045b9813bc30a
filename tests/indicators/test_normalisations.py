"""Normalisations against pymcdm 1.4.0, SciPy and closed forms; directions, years, base rows, clipping, refusals."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata, zscore

import xinzhi as xz
from tests.indicators.toys import SIGNS, TOY, columns, frame, framework, index, normalised, scores
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.normalisations import Normalisation
from xinzhi.indicators.slots import Between
from xinzhi.panel.panel import Floats

SAME = 1e-12  # the same formula in another order of roundings, on numbers of order 1
RULES: dict[str, Normalisation] = {
    "min_max": xz.MinMax(),
    "z_score": xz.ZScore(),
    "rank": xz.Rank(),
    "percentile_rank": xz.PercentileRank(),
    "vector_norm": xz.VectorNorm(),
    "share_of_sum": xz.ShareOfSum(),
    "share_of_sum_reciprocal": xz.ShareOfSum(cost="reciprocal"),
    "of_maximum": xz.OfMaximum(),
    "of_maximum_reciprocal": xz.OfMaximum(cost="reciprocal"),
    "distance_to_target": xz.DistanceToTarget(targets={f"x{j}": x for j, x in enumerate((6, 8000, 0.4, 250, 10))}),
}
LINEAR = ("min_max", "z_score", "rank", "percentile_rank")
# First two rows of the toy by pymcdm 1.4.0: vector, minmax, sum, max and linear normalisation, cost column handled.
PYMCDM = {
    "vector_norm": [
        [0.3375263702778072, 0.3647206834981721, 0.2752988806446741, 0.5910211721958705, 0.42521971746155085],
        [0.4500351603704096, 0.45225364753773345, 0.45883146774112354, 0.6209464522790995, 0.3644740435384722],
    ],
    "min_max": [
        [0.3333333333333333, 0.28125, 0.2692307692307692, 0.5, 0.6],
        [0.6666666666666666, 0.65625, 0.576923076923077, 0.6363636363636364, 0.4],
    ],
    "share_of_sum_reciprocal": [
        [0.14285714285714285, 0.15151515151515152, 0.1276595744680851, 0.15913239557607645, 0.1794871794871795],
        [0.19047619047619047, 0.18787878787878787, 0.21276595744680854, 0.17169547943734562, 0.15384615384615385],
    ],
    "of_maximum": [
        [0.6, 0.684931506849315, 0.3870967741935484, 0.21153846153846156, 0.7777777777777778],
        [0.8, 0.8493150684931506, 0.6451612903225807, 0.2692307692307693, 0.6666666666666666],
    ],
    "of_maximum_reciprocal": [
        [0.6, 0.684931506849315, 0.3870967741935484, 0.7317073170731707, 0.7777777777777778],
        [0.8, 0.8493150684931506, 0.6451612903225807, 0.7894736842105263, 0.6666666666666666],
    ],
}


def toy(rule: Normalisation, values: Floats = TOY, **settings: Any) -> Floats:
    """Return the normalised toy."""
    return normalised(values, rule, signs=SIGNS, **settings)


@pytest.mark.parametrize("name", PYMCDM)
def test_the_toy_is_normalised_as_pymcdm_does(name: str) -> None:
    assert np.abs(toy(RULES[name])[:2] - PYMCDM[name]).max() < SAME


def test_z_scores_are_scipys_with_both_divisors_and_a_cost_has_the_other_sign() -> None:
    for divisor, ddof in (("population", 0), ("sample", 1)):
        expected = zscore(TOY, ddof=ddof) * SIGNS
        assert np.abs(toy(xz.ZScore(divisor=divisor)) - expected).max() < SAME
        moved = toy(xz.ZScore(mean=100, sd=10, divisor=divisor))
        assert np.abs(moved - (100 + 10 * expected)).max() < 100 * SAME


@pytest.mark.parametrize(("ties", "method"), [("average", "average"), ("lowest", "min"), ("highest", "max")])
def test_ranks_are_scipys_and_the_worst_is_first(ties: Any, method: str) -> None:
    expected = rankdata(TOY * SIGNS, method=method, axis=0)
    assert (toy(xz.Rank(ties=ties)) == expected).all()
    assert (toy(xz.Rank(ties=ties, points="borda")) == expected - 1).all()  # COINr's n_borda: rank - 1
    assert np.abs(toy(xz.PercentileRank(ties=ties)) - (expected - 1) / 5).max() < SAME  # COINr's n_prank


def test_complements_add_up_to_one_and_shares_of_benefits_to_one() -> None:
    share = toy(xz.ShareOfSum())
    assert np.abs(share[:, 3] - (1 - TOY[:, 3] / TOY[:, 3].sum())).max() < SAME
    assert np.abs(share[:, [0, 1, 2, 4]].sum(axis=0) - 1).max() < SAME
    assert abs(toy(xz.ShareOfSum(cost="reciprocal"))[:, 3].sum() - 1) < SAME


def test_an_interval_follows_the_formula_of_the_moderate_indicator() -> None:
    """z = 1 - max(a - x, x - b, 0) / max(a - min, max - b): shared/methods/indicators.md, 2.1."""
    x, (a, b) = np.array([2.0, 5.0, 7.5, 9.0, 16.0]), (5.0, 8.0)
    expected = 1 - np.maximum(np.maximum(a - x, x - b), 0) / max(a - x.min(), x.max() - b)
    found = normalised(x[:, None], xz.MinMax(), direction="interval", best=(a, b))
    assert np.abs(found[:, 0] - expected).max() < SAME
    target = normalised(x[:, None], xz.MinMax(), direction="target", best=5.0)
    assert np.abs(target[:, 0] - (1 - np.abs(x - 5) / 11)).max() < SAME


def test_an_interval_that_nobody_reaches_keeps_its_best_at_one() -> None:
    x = np.array([[10.0], [12.0], [20.0]])
    found = normalised(x, xz.MinMax(), direction="interval", best=(2.0, 8.0))
    assert np.abs(found[:, 0] - (1 - np.array([2, 4, 12]) / 12)).max() < SAME


@pytest.mark.parametrize("name", [name for name in RULES if not name.endswith("reciprocal")])
def test_an_interval_is_a_cost_of_the_distance_under_every_rule(name: str) -> None:
    x = np.array([[2.0], [5.0], [7.5], [9.0], [16.0]])
    distance = np.array([[3.0], [0.0], [0.0], [1.0], [8.0]])
    rule = xz.DistanceToTarget(targets={"x0": 0.0}) if name == "distance_to_target" else RULES[name]
    found = normalised(x, rule, direction="interval", best=(5.0, 8.0))
    assert np.abs(found - normalised(distance, rule, signs=(-1,))).max() < SAME
    assert found.argmin() == 4
    assert set(np.flatnonzero(found == found.max())) == {1, 2}


@pytest.mark.parametrize("name", ["share_of_sum_reciprocal", "of_maximum_reciprocal"])
def test_no_reciprocal_of_a_distance_of_zero(name: str) -> None:
    with pytest.raises(DataError, match=r"XZ-263[\s\S]*x0: u01"):
        normalised(np.array([[2.0], [5.0], [9.0]]), RULES[name], direction="interval", best=(5.0, 8.0))


@pytest.mark.parametrize("name", RULES)
def test_rows_may_stand_in_any_order_and_units_of_measurement_do_not_matter(name: str) -> None:
    order, rule = np.array([3, 0, 5, 1, 4, 2]), RULES[name]
    assert np.abs(toy(rule, TOY[order]) - toy(rule)[order]).max() < SAME
    scale = np.array([1e6, 1e-3, 100, 7.0, 0.5])
    if isinstance(rule, xz.DistanceToTarget):
        rule = xz.DistanceToTarget(targets={k: x * scale[j] for j, (k, x) in enumerate(rule.targets.items())})
    assert np.abs(toy(rule, TOY * scale) - toy(RULES[name])).max() < SAME


@pytest.mark.parametrize("name", LINEAR)
def test_adding_a_constant_changes_nothing_where_differences_count(name: str) -> None:
    assert np.abs(toy(RULES[name], TOY + 3.0) - toy(RULES[name])).max() < 1e-9  # 0.05 + 3 loses two digits


@pytest.mark.parametrize("name", ["vector_norm", "share_of_sum", "of_maximum"])
def test_adding_a_constant_changes_ratios(name: str) -> None:
    assert np.abs(toy(RULES[name], TOY + 3.0) - toy(RULES[name])).max() > 0.01


@pytest.mark.parametrize("name", RULES)
def test_more_is_better_in_every_direction(name: str) -> None:
    z = toy(RULES[name])
    for j, sign in enumerate(SIGNS):
        assert (np.argsort(sign * TOY[:, j], kind="stable") == np.argsort(z[:, j], kind="stable")).all()


@pytest.mark.parametrize("name", RULES)
def test_a_row_that_counts_twice_acts_as_two_rows(name: str) -> None:
    rule, targets = RULES[name], framework(5, signs=SIGNS).indicators
    base = np.array([1.0, 2, 1, 0, 1, 3])
    counted = rule.normalised(columns(TOY, base=base, signs=SIGNS), targets)
    drawn = np.repeat(np.arange(6), base.astype(int))
    assert np.abs(counted[drawn] - rule.normalised(columns(TOY[drawn], signs=SIGNS), targets)).max() < SAME
    assert np.isfinite(counted).all()  # the row that does not count is scored too


@pytest.mark.parametrize("name", RULES)
def test_by_year_is_each_year_alone_and_a_base_year_gives_its_own_scores(name: str) -> None:
    both = np.vstack([TOY, TOY[::-1] * [1.1, 1.3, 0.9, 1.2, 1.05]])
    yearly = toy(RULES[name], both, years=(2001, 2004), over="year")
    assert np.abs(yearly - np.vstack([toy(RULES[name], part) for part in (both[:6], both[6:])])).max() < SAME
    based = toy(RULES[name], both, years=(2001, 2004), over=2001)
    assert np.abs(based[:6] - toy(RULES[name])).max() < SAME
    assert np.isfinite(based).all()


@pytest.mark.parametrize("name", RULES)
def test_missing_cells_stay_missing_and_count_for_nothing(name: str) -> None:
    holed = np.vstack([TOY, np.full(5, np.nan)])
    found = toy(RULES[name], holed)
    assert np.isnan(found[6]).all()
    assert np.abs(found[:6] - toy(RULES[name])).max() < SAME


@pytest.mark.parametrize("name", RULES)
def test_a_constant_column_is_refused_with_its_name_and_year(name: str) -> None:
    both = np.vstack([TOY, TOY])
    both[6:, 1] = 5000.0
    with pytest.raises(DataError, match=r"XZ-261[\s\S]*x1[\s\S]*2004"):
        toy(RULES[name], both, years=(2001, 2004), over="year")
    with pytest.raises(DataError, match=r"XZ-261[\s\S]*x1"):
        toy(RULES[name], both[6:])
    assert np.isfinite(toy(RULES[name], both, years=(2001, 2004))).all()


def test_goalposts_do_not_look_at_the_data_and_keep_what_lies_outside() -> None:
    posts = {"x0": (2.0, 4.0), "x1": (4000.0, 8000.0), "x2": (0.0, 0.5), "x3": (300.0, 500.0), "x4": (0.0, 10.0)}
    found = toy(xz.Goalposts(posts=posts))
    expected = (TOY - [2, 4000, 0, 300, 0]) / [2, 4000, 0.5, 200, 10]
    expected[:, 3] = 1 - expected[:, 3]
    assert np.abs(found - expected).max() < SAME
    assert found.max() > 1
    assert found.min() < 0
    assert np.abs(toy(xz.Goalposts(posts=posts), TOY[[1, 1, 1]]) - expected[[1, 1, 1]]).max() < SAME


def test_values_beyond_goalposts_are_cut_on_demand_and_each_cell_is_listed() -> None:
    x = np.array([[1.0], [3.0], [7.0], [9.0]])
    rule = xz.Goalposts(posts={"x0": (2.0, 8.0)}, outside="clipped", low=70, high=130)
    stage = index(x, rule).stage("normalise")
    assert np.abs(stage.values[:, 0] - [70, 80, 120, 130]).max() < 100 * SAME
    (change,) = stage.changes
    assert (change.step, change.names, change.rows.tolist()) == ("normalise", ("x0", "x0"), [0, 3])
    assert np.abs(change.before - [60, 140]).max() < 100 * SAME
    assert change.after.tolist() == [70, 130]
    assert (stage.raw == x).all()


def test_goalposts_come_from_the_framework_and_an_interval_lies_between_its_posts() -> None:
    x = np.array([[2.0], [6.0], [14.0]])
    assert np.abs(normalised(x, xz.Goalposts(), best=(0.0, 20.0))[:, 0] - [0.1, 0.3, 0.7]).max() < SAME
    found = normalised(x, xz.Goalposts(posts={"x0": (0.0, 20.0)}), direction="interval", best=(5.0, 8.0))
    assert np.abs(found[:, 0] - (1 - np.array([3, 0, 6]) / 12)).max() < SAME
    with pytest.raises(UsageError, match=r"XZ-103[\s\S]*x0"):
        normalised(x, xz.Goalposts())


def test_distance_to_target_is_coinrs_with_and_without_a_cap() -> None:
    """(x - min) / (target - min); cost (max - x) / (max - target); capped at 1: COINr 1.1.14, n_dist2targ."""
    x = np.arange(1.0, 11.0)[:, None]
    found = normalised(x, xz.DistanceToTarget(), best=8.0)[:, 0]
    assert np.abs(found - (x[:, 0] - 1) / 7).max() < SAME
    cost = normalised(x, xz.DistanceToTarget(targets={"x0": 3.0}), signs=(-1,))[:, 0]
    assert np.abs(cost - (10 - x[:, 0]) / 7).max() < SAME
    stage = index(x, xz.DistanceToTarget(beyond="clipped"), best=8.0).stage("normalise")
    assert np.abs(stage.values[:, 0] - np.minimum(found, 1)).max() < SAME
    assert stage.changes[0].rows.tolist() == [8, 9]


def test_a_target_must_be_there_and_better_than_the_worst() -> None:
    with pytest.raises(UsageError, match=r"XZ-103[\s\S]*x0"):
        toy(xz.DistanceToTarget())
    with pytest.raises(DataError, match=r"XZ-263[\s\S]*x0"):
        normalised(TOY[:, :1], xz.DistanceToTarget(), best=1.5)


@pytest.mark.parametrize("rule", [xz.ShareOfSum(), xz.OfMaximum()])
def test_shares_refuse_negative_values_naming_column_unit_and_year(rule: Normalisation) -> None:
    both = np.vstack([TOY, TOY])
    both[8, 2] = -0.1
    with pytest.raises(DataError, match=r"XZ-263[\s\S]*x2: u02 2004"):
        toy(rule, both, years=(2001, 2004))


@pytest.mark.parametrize("rule", [xz.ShareOfSum(cost="reciprocal"), xz.OfMaximum(cost="reciprocal")])
def test_reciprocals_refuse_zeros_of_costs_only(rule: Normalisation) -> None:
    zero = TOY.copy()
    zero[1, 0] = 0.0
    assert np.isfinite(toy(rule, zero)).all()
    zero[1, 3] = 0.0
    with pytest.raises(DataError, match=r"XZ-263[\s\S]*x3: u01"):
        toy(rule, zero)


def test_an_index_with_logarithms_is_refused_where_negative_values_always_appear() -> None:
    assert xz.ZScore().signed
    assert xz.MinMax(low=-1).signed
    assert not xz.ZScore(mean=100, sd=10).signed
    assert not xz.ZScore(mean=Between(0, 10)).signed
    with pytest.raises(UsageError, match="XZ-262"):
        index(TOY, xz.ZScore(), xz.GeometricMean())
    assert np.isfinite(scores(TOY, xz.ZScore(mean=100, sd=10), xz.GeometricMean())).all()


def test_an_indicator_may_have_a_rule_of_its_own_if_it_is_there() -> None:
    panel = xz.Panel(frame(TOY), unit="unit")
    steps = (xz.Weigh(by=xz.Equal()), xz.Aggregate())
    mixed = xz.IndexSystem(framework=framework(5), steps=(xz.Normalise(special={"x2": xz.Rank()}), *steps)).fit(panel)
    values = mixed.stage("normalise").values
    assert values[:, 2].tolist() == [3, 5, 1, 6, 4, 2]
    assert values[:, 0].max() == 1
    wrong = xz.IndexSystem(framework=framework(5), steps=(xz.Normalise(special={"x9": xz.Rank()}), *steps))
    with pytest.raises(UsageError, match=r"XZ-103[\s\S]*x9"):
        wrong.fit(panel)


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="low < high"):
        xz.Goalposts(low=2, high=1)
    with pytest.raises(UsageError, match="smaller"):
        xz.Goalposts(posts={"x0": (3.0, 3.0)})
    with pytest.raises(UsageError, match="sd > 0"):
        xz.ZScore(sd=0)


SHARES = 100 * (0.07 * np.arange(3.0, 43.0)) / np.arange(3.0, 43.0)
"""Seven per cent of every population: 7.0 and 7.000000000000001."""


def with_shares(rule: Normalisation, weigh: Any = None, **settings: Any) -> Any:
    """Return the index of a random column and that one; ``settings``: of its indicator."""
    odd = [xz.Indicator(name="x0", parent="index"), xz.Indicator(name="x1", parent="index", **settings)]
    steps = (xz.Normalise(by=rule), xz.Weigh(by=weigh or xz.Equal()), xz.Aggregate())
    system = xz.IndexSystem(framework=framework(2).model_copy(update={"indicators": tuple(odd)}), steps=steps)
    values = np.column_stack([np.random.default_rng(0).uniform(1, 2, 40), SHARES])
    return system.fit(xz.Panel(frame(values), unit="unit"))


@pytest.mark.parametrize("name", [*RULES, "at the target"])
def test_a_column_that_is_constant_but_for_rounding_is_refused(name: str) -> None:
    assert np.ptp(SHARES) > 0
    rules = {**RULES, "distance_to_target": xz.DistanceToTarget(targets={"x0": 9.0, "x1": 9.0})}
    settings = {"direction": "target", "best": 7.0} if name == "at the target" else {}
    with pytest.raises(DataError, match=r"XZ-261[^:]*: x1\n"):
        with_shares(rules.get(name, xz.MinMax()), **settings)


def test_units_at_the_same_distance_of_a_target_are_not_told_apart() -> None:
    found = with_shares(xz.MinMax(), xz.Entropy(), direction="target", best=5.0)
    assert found.stage("normalise").values[:, 1].tolist() == [0.0] * 40  # the target is the best: known, not reached
    assert found.weights() == {"x0": 1.0, "x1": 0.0}


def test_small_differences_on_a_high_level_are_no_rounding() -> None:
    assert normalised(1e9 + np.array([[0.0, 0.5], [0.01, 1.0], [0.02, 2.0]]), xz.MinMax())[1, 0] == pytest.approx(
        0.5, abs=1e-4
    )


def test_a_column_without_a_value_is_called_so() -> None:
    values = TOY.copy()
    values[:, 1], values[:, 3] = np.nan, 5.0
    with pytest.raises(DataError, match="x1: no value, x3"):
        toy(xz.MinMax(), values)


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        (xz.Goalposts(posts={"x0": (0.0, 9.0), "zz": (0.0, 1.0)}), "Goalposts.posts"),
        (xz.DistanceToTarget(targets={"x0": 9.0, "zz": 1.0}), "DistanceToTarget.targets"),
    ],
)
def test_settings_of_what_is_no_indicator_are_refused(rule: Normalisation, where: str) -> None:
    with pytest.raises(UsageError, match=r"XZ-103[\s\S]*zz") as caught:
        toy(rule, TOY[:, :1])
    assert caught.value.where == where
