"""Weights by spread and CRITIC: published toys by their conventions, closed forms, invariances, refusals."""

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import TOY, framework
from tests.indicators.weights.cases import (
    CLOSE,
    LIFTED,
    NORMALISED,
    PRINTED,
    PUBLISHED,
    UNDIRECTED,
    found,
    index,
    random_values,
    weights,
)
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.weights.dispersion import (
    CoefficientOfVariation,
    Critic,
    StandardDeviation,
    distance_correlations,
)

RULES = [
    StandardDeviation(),
    CoefficientOfVariation(),
    Critic(),
    Critic(correlation="absolute"),
    Critic(measure="spearman"),
    Critic(measure="distance"),
    Critic(spread="cv"),
]
LOOP = 1e-9
"""Distance correlation as a root of differences of sums of size n^2."""


@pytest.mark.parametrize("key", ["critic_minmax_ddof1", "skcriteria_critic"])
def test_critic_of_directed_min_max_with_signed_pearson(key: str) -> None:
    assert np.abs(weights(Critic(), NORMALISED) - PUBLISHED[key]).max() < PRINTED


def test_critic_with_absolute_pearson() -> None:
    got = weights(Critic(correlation="absolute"), NORMALISED)
    assert np.abs(got - PUBLISHED["critic_absr"]).max() < PRINTED


def test_critic_with_ranks_of_directed_min_max() -> None:
    got = weights(Critic(measure="spearman"), NORMALISED)
    assert np.abs(got - PUBLISHED["skcriteria_critic_spearman"]).max() < PRINTED


def test_pymcdm_critic_forgets_to_turn_the_cost() -> None:
    trap = weights(Critic(), UNDIRECTED)
    assert np.abs(trap - PUBLISHED["pymcdm_critic_weights"]).max() < PRINTED
    assert np.abs(trap - weights(Critic(), NORMALISED)).max() > 0.2


def test_pymcdm_standard_deviation_of_raw_columns_is_a_matter_of_units() -> None:
    trap = weights(StandardDeviation(), TOY)
    assert np.abs(trap - PUBLISHED["pymcdm_standard_deviation_weights"]).max() < PRINTED
    assert trap[1] > 0.93
    assert weights(StandardDeviation(), TOY / [1, 1e6, 1, 1, 1])[1] < 0.001


def test_standard_deviation_of_normalised_values() -> None:
    got = weights(StandardDeviation(), NORMALISED)
    assert np.abs(got - PUBLISHED["skcriteria_std_of_normalised"]).max() < PRINTED


def test_the_whole_index_gives_the_toys_critic_weights() -> None:
    result = index(TOY, xz.Weigh(by=Critic()), tree=framework(5, signs=[1, 1, 1, -1, 1]))
    got = np.array(list(result.weights().values()))
    assert np.abs(got - PUBLISHED["critic_minmax_ddof1"]).max() < PRINTED


def test_the_divisor_of_the_variance_cancels() -> None:
    z = random_values()
    for ddof in (0, 1):
        s, r = z.std(axis=0, ddof=ddof), np.corrcoef(z.T)
        c = s * (1 - r).sum(axis=0)
        assert np.abs(weights(Critic(), z) - c / c.sum()).max() < CLOSE
        assert np.abs(weights(StandardDeviation(), z) - s / s.sum()).max() < CLOSE
        v = s / z.mean(axis=0)
        assert np.abs(weights(CoefficientOfVariation(), z) - v / v.sum()).max() < CLOSE


def test_two_columns_share_one_conflict_so_that_critic_is_the_standard_deviation() -> None:
    z = random_values(m=2)
    assert np.abs(weights(Critic(), z) - weights(StandardDeviation(), z)).max() < CLOSE
    assert np.abs(weights(Critic(spread="cv"), z) - weights(CoefficientOfVariation(), z)).max() < CLOSE


def test_information_is_spread_times_conflict() -> None:
    facts = found(Critic(), random_values()).facts
    assert np.array_equal(facts["information"], facts["spread"] * facts["conflict"])


def test_a_copy_takes_conflict_from_both_copies() -> None:
    z = random_values()
    twice = weights(Critic(), np.column_stack([z, z[:, 0]]))
    once = weights(Critic(), z)
    assert twice[0] == pytest.approx(twice[5])
    assert twice[0] / twice[1] < once[0] / once[1]


def test_a_negative_correlation_is_conflict_by_sign_and_repetition_by_size() -> None:
    x = random_values(m=3)
    z = np.column_stack([x, 1 - x[:, 0]])
    assert weights(Critic(), z)[3] > weights(Critic(correlation="absolute"), z)[3]


def test_coefficient_of_variation_of_raw_values_does_not_depend_on_units() -> None:
    raw = TOY * [1e3, 1e-6, 1, 7, 0.1]
    rule = CoefficientOfVariation(of="raw")
    assert np.abs(weights(rule, NORMALISED, raw) - weights(rule, NORMALISED, TOY)).max() < CLOSE
    v = TOY.std(axis=0) / TOY.mean(axis=0)
    assert np.abs(weights(rule, NORMALISED, TOY) - v / v.sum()).max() < CLOSE


def test_distance_correlation_by_its_definition() -> None:
    z = random_values(25, 3)
    centred = []
    for x in z.T:
        a = np.abs(x[:, None] - x)
        centred.append(a - a.mean(axis=0) - a.mean(axis=1)[:, None] + a.mean())
    cov = np.array([[(a * b).mean() for b in centred] for a in centred])
    expected = np.sqrt(cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov))))
    assert np.abs(distance_correlations(z) - expected).max() < LOOP


def test_distance_correlation_is_one_for_lines_and_sees_what_pearson_does_not() -> None:
    x = np.linspace(-1, 1, 41)
    r = distance_correlations(np.column_stack([x, -3 * x + 2, x**2]))
    assert abs(r[0, 1] - 1) < LOOP
    assert r[0, 2] > 0.3
    assert abs(np.corrcoef(x, x**2)[0, 1]) < CLOSE


@pytest.mark.parametrize("rule", RULES)
def test_invariances(rule: xz.Critic) -> None:
    z = random_values()
    base = np.random.default_rng(2).integers(0, 4, 30).astype(float)
    got = weights(rule, z)
    assert abs(got.sum() - 1) < CLOSE
    assert np.abs(weights(rule, z, base=base) - weights(rule, np.repeat(z, base.astype(int), axis=0))).max() < LOOP
    assert np.abs(weights(rule, np.vstack([z, z])) - got).max() < LOOP
    assert np.abs(weights(rule, z[::-1]) - got).max() < LOOP
    assert np.abs(weights(rule, z[:, ::-1])[::-1] - got).max() < LOOP
    gap = np.vstack([z, np.r_[np.nan, z[0, 1:]]])
    assert np.array_equal(weights(rule, gap), got)
    assert weights(rule, z[:, :1]) == 1.0


@pytest.mark.parametrize("rule", [StandardDeviation(), CoefficientOfVariation()])
def test_equal_values_weigh_nothing(rule: xz.StandardDeviation) -> None:
    z = np.column_stack([np.full(6, 0.1), np.arange(6.0)])
    assert np.abs(weights(rule, z) - [0, 1]).max() < CLOSE
    with pytest.raises(DataError, match="XZ-270"):
        weights(rule, np.full((6, 2), 0.1))


@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule, Critic)])
def test_a_column_without_spread_has_no_correlation(rule: xz.Critic) -> None:
    z = random_values()
    z[:, 2] = 0.3
    with pytest.raises(DataError, match=r"XZ-270.*x2"):
        weights(rule, z)


def test_columns_that_all_repeat_each_other_leave_no_conflict() -> None:
    x = random_values(m=1)
    with pytest.raises(DataError, match="XZ-270"):
        weights(Critic(), np.column_stack([x, x, x]))
    with pytest.raises(DataError, match="XZ-270"):
        weights(Critic(correlation="absolute"), np.column_stack([x, 1 - x]))
    assert np.abs(weights(Critic(), np.column_stack([x, 1 - x])) - 0.5).max() < CLOSE


def test_a_mean_of_zero_has_no_coefficient_of_variation() -> None:
    z = random_values() - random_values().mean(axis=0)
    for rule in (CoefficientOfVariation(), Critic(spread="cv")):
        with pytest.raises(DataError, match="XZ-270"):
            weights(rule, z)
        with pytest.raises(UsageError, match="XZ-262"):
            index(random_values(), xz.Weigh(by=rule), tree=framework(5), by=xz.ZScore())


def test_all_weights_are_equal_after_z_scores() -> None:
    result = index(random_values(), xz.Weigh(by=StandardDeviation()), tree=framework(5), by=xz.ZScore())
    assert np.abs(np.array(list(result.weights().values())) - 0.2).max() < CLOSE


def test_one_row_is_too_few() -> None:
    for rule in RULES:
        with pytest.raises(DataError, match="XZ-266"):
            weights(rule, LIFTED, base=np.r_[1.0, np.zeros(5)])
