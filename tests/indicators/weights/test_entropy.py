"""Entropy weights: published toys by their conventions, closed forms, invariances, refusals."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

import xinzhi as xz
from tests.indicators.toys import TOY, framework
from tests.indicators.weights.cases import (
    CLOSE,
    NORMALISED,
    PRINTED,
    PUBLISHED,
    found,
    index,
    random_values,
    weights,
)
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.weights.entropy import Entropy
from xinzhi.indicators.weights.panel import ByYear


@pytest.mark.reference
@needs_shared
def test_the_shipped_toys_are_those_of_the_reference_file() -> None:
    published = json.loads((SHARED / "indicators" / "reference_values.json").read_text(encoding="utf-8"))
    shared = [key for key in PUBLISHED if key in published]
    assert len(shared) == 10
    assert all(np.array_equal(PUBLISHED[key], published[key]) for key in shared)


def test_zero_times_its_logarithm_is_zero_after_directed_min_max() -> None:
    assert np.abs(weights(Entropy(), NORMALISED) - PUBLISHED["minmax_entropy_zero_convention"]).max() < PRINTED


@pytest.mark.parametrize("key", ["minmax_entropy_shift_1", "skcriteria_entropy_of_normalised_plus_1"])
def test_one_is_added_to_every_normalised_value(key: str) -> None:
    assert np.abs(weights(Entropy(shift=1.0), NORMALISED) - PUBLISHED[key]).max() < PRINTED


@pytest.mark.parametrize("key", ["raw_entropy_no_minmax", "pymcdm_entropy_weights", "skcriteria_entropy"])
def test_raw_values_without_min_max_and_without_direction(key: str) -> None:
    assert np.abs(weights(Entropy(of="raw"), NORMALISED, TOY) - PUBLISHED[key]).max() < PRINTED


def test_the_whole_index_gives_the_toys_weights() -> None:
    signs = [1, 1, 1, -1, 1]
    result = index(TOY, xz.Weigh(by=Entropy()), tree=framework(5, signs=signs))
    got = np.array(list(result.weights().values()))
    assert np.abs(got - PUBLISHED["minmax_entropy_zero_convention"]).max() < PRINTED
    raw = index(TOY, xz.Weigh(by=Entropy(of="raw")), tree=framework(5, signs=signs))
    assert np.abs(np.array(list(raw.weights().values())) - PUBLISHED["raw_entropy_no_minmax"]).max() < PRINTED


@pytest.mark.reference
@needs_shared
def test_asem_ranks_by_entropy_against_equal_weights() -> None:
    # methods/indicators.md 2.13: 51 countries, 49 indicators, exact zeros: mean |rank change| 2.67, at most 9
    table = pd.read_csv(SHARED / "indicators" / "coinr_ASEM_expected_Normalised.csv")
    z = table.drop(columns="uCode").select_dtypes("number").to_numpy() / 100
    assert z.shape == (51, 49)
    ranks = [rankdata(-z @ w) for w in (weights(Entropy(), z), np.full(49, 1 / 49))]
    change = np.abs(ranks[0] - ranks[1])
    assert round(change.mean(), 2) == 2.67
    assert change.max() == 9


def test_two_columns_in_closed_form() -> None:
    # Shares (1/2, 1/2, 0, 0) have entropy ln 2 / ln 4 = 1/2, shares (1, 0, 0, 0) have 0: weights 1/3 and 2/3.
    z = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    got = found(Entropy(), z)
    assert np.abs(got.facts["entropy"] - [0.5, 0.0]).max() < CLOSE
    assert np.abs(got.facts["redundancy"] - [0.5, 1.0]).max() < CLOSE
    assert np.abs(got.weights[0] - [1 / 3, 2 / 3]).max() < CLOSE
    corrected = weights(Entropy(by="corrected"), z)  # (e1 + e2 + 1 - 2 e_j) / 2: (0.5, 1.5) / 2
    assert np.abs(corrected - [0.25, 0.75]).max() < CLOSE


def test_corrected_weights_stay_moderate_where_every_entropy_is_close_to_one() -> None:
    z = 1000 + np.array([[0.0, 0.0], [1.0, 3.0], [2.0, 6.0]])  # variances 1 to 9: so are redundancies
    plain, corrected = weights(Entropy(), z), weights(Entropy(by="corrected"), z)
    assert abs(plain[1] / plain[0] - 9) < 0.05
    assert np.abs(corrected - 0.5).max() < 1e-5


def test_columns_that_hardly_differ_keep_their_digits() -> None:
    # 1 - e = variance / (2 mean^2 ln N) up to a term of order 1e-9 of it; by the plain formula no digit is left.
    z = 1e9 + np.random.default_rng(0).random((51, 4))
    assert np.abs(weights(Entropy(), z) - z.var(axis=0) / z.var(axis=0).sum()).max() < 1e-6


def test_entropy_by_its_formula() -> None:
    z = random_values()
    p = z / z.sum(axis=0)
    e = -np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(axis=0) / np.log(30)
    assert np.abs(found(Entropy(), z).facts["entropy"] - e).max() < CLOSE


def test_zeros_as_half_the_smallest_positive_value_of_their_column() -> None:
    z = np.array([[0.0, 0.3], [0.2, 0.0], [1.0, 0.6]])
    replaced = np.array([[0.1, 0.3], [0.2, 0.15], [1.0, 0.6]])
    got = found(Entropy(zeros="half_smallest"), z)
    assert np.abs(got.weights[0] - weights(Entropy(), replaced)).max() < CLOSE
    (change,) = got.changes
    assert [*zip(change.rows, change.names, change.after, strict=True)] == [(0, "x0", 0.1), (1, "x1", 0.15)]


def test_spssau_lifts_columns_with_zero_or_less_by_their_minimum_and_a_hundredth() -> None:
    z = np.array([[-1.0, 0.3, 0.0], [0.2, 0.1, 0.5], [1.0, 0.6, 1.0]])
    lifted = z + np.array([1.01, 0.0, 0.01])
    got = found(Entropy(zeros="spssau"), z)
    assert np.abs(got.weights[0] - weights(Entropy(), lifted)).max() < CLOSE
    assert set(got.changes[0].names) == {"x0", "x2"}
    assert got.changes[0].rows.size == 6


def test_each_shifted_cell_is_listed_and_scores_are_of_the_unshifted_ones() -> None:
    z = random_values()
    tree = framework(5)
    shifted, plain = (index(z, xz.Weigh(by=Entropy(shift=eps)), tree=tree) for eps in (0.01, None))
    (change,) = [change for change in shifted.last.changes if change.step == "weigh"]
    assert change.rows.size == z.size
    assert np.abs(change.after - change.before - 0.01).max() < CLOSE
    assert not plain.last.changes
    assert np.array_equal(shifted.last.values, plain.last.values)


def test_scaling_to_a_narrow_interval_is_a_normalisation() -> None:
    z = random_values()
    by = xz.MinMax(low=0.0001, high=0.9999)
    scaled = index(z, xz.Weigh(by=Entropy()), tree=framework(5), by=by)
    expected = weights(Entropy(), 0.0001 + 0.9998 * z)
    assert np.abs(np.array(list(scaled.weights().values())) - expected).max() < CLOSE


def test_pooled_entropy_is_that_of_a_panel_over_units_and_years() -> None:
    # Yang and Sun: p_itj = z_itj / SUM_i SUM_t z_itj, e_j = -SUM_i SUM_t p ln p / ln (n T)
    years, units = 3, 10
    z = random_values(years * units)
    cube = z.reshape(years, units, 5)
    p = cube / cube.sum(axis=(0, 1))
    e = -np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(axis=(0, 1)) / np.log(years * units)
    time = np.repeat(np.arange(years), units)
    assert np.abs(weights(Entropy(), z, time=time) - (1 - e) / (1 - e).sum()).max() < CLOSE


def test_the_number_in_the_logarithm_matters_and_too_small_a_one_is_refused() -> None:
    z = random_values(30)
    e = found(Entropy(), z).facts["entropy"]
    wider = found(Entropy(count=300), z)
    assert np.abs(wider.facts["entropy"] - e * np.log(30) / np.log(300)).max() < CLOSE
    assert np.abs(wider.weights[0] - weights(Entropy(), z)).max() > 0.001
    assert np.abs(weights(Entropy(count=30), z) - weights(Entropy(), z)).max() < CLOSE
    with pytest.raises(DataError, match="XZ-270"):
        weights(Entropy(count=10), z)


def test_by_year_the_logarithm_is_of_the_units() -> None:
    z = random_values(30)
    time = np.repeat(np.arange(3), 10)
    by_year = found(ByYear(of=Entropy()), z, time=time)
    for year in range(3):
        assert np.abs(by_year.weights[year] - weights(Entropy(), z[time == year])).max() < CLOSE
    assert by_year.facts["entropy"].shape == (3, 5)


def test_equal_values_weigh_nothing_and_none_that_differ_is_an_error() -> None:
    z = np.column_stack([np.full(6, 0.7), np.zeros(6), np.arange(6.0)])
    assert np.abs(weights(Entropy(), z) - [0, 0, 1]).max() < CLOSE
    for by in ("redundancy", "corrected"):
        with pytest.raises(DataError, match=r"XZ-270.*every entropy is one"):
            weights(Entropy(by=by), z[:, :2])


def test_two_copies_of_a_column_get_twice_the_weight() -> None:
    z = random_values()
    once, twice = weights(Entropy(), z), weights(Entropy(), np.column_stack([z, z[:, 0]]))
    assert abs((twice[0] + twice[5]) / twice[1] - 2 * once[0] / once[1]) < CLOSE


def test_an_outlier_squeezes_its_column_and_raises_its_weight() -> None:
    x = np.random.default_rng(1).uniform(1, 2, (40, 3))
    wild = x.copy()
    wild[0, 0] = 50.0
    tree = framework(3)
    before, after = (index(v, xz.Weigh(by=Entropy()), tree=tree).weights()["x0"] for v in (x, wild))
    assert before < 0.5 < after


@pytest.mark.parametrize(
    "rule",
    [
        Entropy(),
        Entropy(shift=0.01),
        Entropy(zeros="half_smallest"),
        Entropy(zeros="spssau"),
        Entropy(by="corrected"),
    ],
)
def test_rows_counted_twice_are_rows_that_stand_twice_and_order_does_not_matter(rule: Entropy) -> None:
    z = random_values()
    base = np.random.default_rng(2).integers(0, 4, 30).astype(float)
    repeated = np.repeat(z, base.astype(int), axis=0)
    assert np.abs(weights(rule, z, base=base) - weights(rule, repeated)).max() < CLOSE
    assert np.abs(weights(rule, z[::-1]) - weights(rule, z)).max() < CLOSE
    assert np.abs(weights(rule, z[:, ::-1])[::-1] - weights(rule, z)).max() < CLOSE
    assert np.abs(weights(rule, np.vstack([z, z])) - weights(rule, z)).max() > 0  # ln N grows: duplication matters


def test_scale_does_not_matter_without_a_shift() -> None:
    z = random_values()
    scaled = z * [1e-9, 1.0, 1e9, 7.0, 0.3]
    assert np.abs(weights(Entropy(), scaled) - weights(Entropy(), z)).max() < CLOSE
    assert np.abs(weights(Entropy(shift=0.01), scaled) - weights(Entropy(shift=0.01), z)).max() > 0.01


def test_rows_with_a_missing_cell_do_not_count() -> None:
    z = random_values()
    gap = z.copy()
    gap[3, 2] = np.nan
    assert np.array_equal(weights(Entropy(), gap), weights(Entropy(), np.delete(z, 3, axis=0)))
    gap[:, 1] = np.nan
    with pytest.raises(DataError, match="XZ-266"):
        weights(Entropy(), gap)


def test_negative_values_are_refused_with_column_unit_and_year() -> None:
    z = random_values(10)
    panel_values = z - 0.5
    years = [2020, 2021]
    raw = z + 0.1
    raw[7, 1] = -2.0
    with pytest.raises(DataError, match=r"XZ-263.*x1: u02 2021") as error:
        index(raw, xz.Weigh(by=Entropy(of="raw")), tree=framework(5), years=years)
    assert "positive" in error.value.expected
    with pytest.raises(DataError, match=r"XZ-263.*x0"):
        weights(Entropy(), panel_values)
    with pytest.raises(DataError, match="XZ-263"):
        weights(Entropy(of="raw"), z, z)  # zeros have no place in raw values
    assert weights(Entropy(shift=0.5), panel_values).sum() == pytest.approx(1)


def test_negative_normalised_values_are_known_before_any_data() -> None:
    with pytest.raises(UsageError, match="XZ-262"):
        index(random_values(), xz.Weigh(by=Entropy()), tree=framework(5), by=xz.ZScore())
    lifted = index(random_values(), xz.Weigh(by=Entropy(shift=4.0)), tree=framework(5), by=xz.ZScore())
    assert sum(lifted.weights().values()) == pytest.approx(1)
    assert Entropy(of="raw").needs == Entropy(zeros="spssau").needs == "anything"


def test_one_column_weighs_one() -> None:
    assert weights(Entropy(), random_values(m=1)) == 1.0


def test_settings_survive_json() -> None:
    weigh = xz.Weigh(by=Entropy(shift=xz.Between(0.001, 0.1), zeros=xz.OneOf("exact", "spssau")))
    assert xz.Weigh.model_validate_json(weigh.model_dump_json()) == weigh
