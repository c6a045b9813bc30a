"""Correlations against pandas, with missing cells, and the strongest among several forms of the same numbers."""

import numpy as np
import pandas as pd

from xinzhi.numerics.correlations import pairwise, strongest, within

SAME = 1e-12
"""Sums of some hundred products of numbers of about one."""


def holes(values: np.ndarray, seed: int = 2) -> np.ndarray:
    return np.where(np.random.default_rng(seed).uniform(size=values.shape) < 0.15, np.nan, values)


def test_pairs_with_missing_cells_are_those_of_pandas() -> None:
    values = holes(np.random.default_rng(3).normal(size=(40, 6)) + 1e4)
    expected = pd.DataFrame(values).corr().to_numpy()
    np.testing.assert_allclose(pairwise(values), expected, atol=1e-10)  # pandas loses digits at a mean of 1e4
    np.testing.assert_allclose(pairwise(values[:, :2], values[:, 2:]), expected[:2, 2:], atol=1e-10)


def test_a_constant_or_nearly_empty_column_has_no_correlation() -> None:
    values = np.column_stack([np.arange(5.0), np.full(5, 0.1), [1, 2, np.nan, np.nan, np.nan]])
    assert np.isnan(pairwise(values)[0, 1:]).all()


def test_deviations_from_units_are_those_of_pandas() -> None:
    values, code = holes(np.random.default_rng(5).normal(size=(30, 2))), np.repeat(np.arange(10), 3)
    frame = pd.DataFrame(values)
    expected = frame - frame.groupby(code).transform("mean")
    lone = frame.groupby(code).transform("count") < 2
    np.testing.assert_allclose(within(values, code), expected.mask(lone).to_numpy(), atol=SAME)


def test_the_strongest_form_is_found_pooled_and_within() -> None:
    draw = np.random.default_rng(6)
    code = np.repeat(np.arange(8), 4)
    x = np.exp(draw.normal(size=32))
    y = np.column_stack([np.log(x), x + 50.0 * code, -x])  # its logarithm; itself but for the unit; turned round
    pooled, inside = strongest(x[:, None], [y], code)
    assert pooled.shape == inside.shape == (1, 3)
    np.testing.assert_allclose(pooled[0, [0, 2]], [1.0, -1.0], atol=SAME)
    np.testing.assert_allclose(inside[0], [1.0, 1.0, -1.0], atol=SAME)
    assert abs(pooled[0, 1]) < 0.5
    assert not strongest(x[:, None], [y], np.arange(32))[1].any()  # one row for each unit: nothing within
