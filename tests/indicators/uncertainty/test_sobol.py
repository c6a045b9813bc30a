"""Sobol indices: closed forms, SciPy's estimators, and outputs from which nothing can be read."""

import numpy as np
import pytest
import scipy.stats

from xinzhi.errors import EstimationError
from xinzhi.indicators.uncertainty.sobol import design_points, sobol

SAME_SUM = 1e-12
"""Sums of a thousand products in another order."""
ISHIGAMI_FIRST = (0.313905, 0.442411, 0.0, 0.0)
"""Closed form at a = 7, b = 0.1 (Ishigami and Homma 1990), with a fourth factor that does nothing."""
ISHIGAMI_TOTAL = (0.557589, 0.442411, 0.243684, 0.0)
CLOSE = 0.01
"""Error of indices of a function without interactions at 4,096 Sobol points: an order below plain sampling."""


def ishigami(points: np.ndarray) -> np.ndarray:
    x = np.pi * (2.0 * points - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


@pytest.mark.parametrize("seed", range(5))
def test_ishigami_within_its_intervals(seed: int) -> None:
    found = sobol(ishigami, 4, 1024, np.random.default_rng(seed))
    assert found.varies.all()
    for ends, truth in ((found.first_range, ISHIGAMI_FIRST), (found.total_range, ISHIGAMI_TOTAL)):
        assert (ends[0] <= truth).all()
        assert (truth <= ends[1]).all()
        assert (ends[1] - ends[0] < 0.25).all()


def test_dummy_factor_is_exactly_zero_with_the_interval_zero_to_zero() -> None:
    found = sobol(ishigami, 4, 256, np.random.default_rng(3))
    assert found.first[3, 0] == found.total[3, 0] == 0.0
    assert found.first_range[:, 3].tolist() == found.total_range[:, 3].tolist() == [0.0, 0.0]
    assert (found.total_range[0, :3] > 0).all()
    assert (found.total[:3, 0] > 0).all()


def test_estimates_are_those_of_scipy() -> None:
    """scipy.stats.sobol_indices (saltelli_2010) on the same outputs; two outputs at once."""
    points = design_points(4, 512, np.random.default_rng(11))
    outputs = np.column_stack([ishigami(points), points[:, 0] + 2 * points[:, 1] * points[:, 3]])
    blocks = outputs.T.reshape(2, 6, 512)
    values = {"f_A": blocks[:, 0], "f_B": blocks[:, 1], "f_AB": blocks[:, 2:].swapaxes(0, 1)}
    oracle = scipy.stats.sobol_indices(func=values, n=512)

    def both(points: np.ndarray) -> np.ndarray:
        return np.column_stack([ishigami(points), points[:, 0] + 2 * points[:, 1] * points[:, 3]])

    found = sobol(both, 4, 512, np.random.default_rng(11))
    np.testing.assert_allclose(found.first.T, oracle.first_order, rtol=0, atol=SAME_SUM)
    np.testing.assert_allclose(found.total.T, oracle.total_order, rtol=0, atol=SAME_SUM)


def test_additive_model_has_the_shares_of_its_variances() -> None:
    """y = 3 x1 + 2 [x2 in the last third] + x3: variances 9/12, 4 (1/3)(2/3), 1/12 by hand."""
    variance = np.array([9 / 12, 4 * 2 / 9, 1 / 12])

    def model(points: np.ndarray) -> np.ndarray:
        return 3 * points[:, 0] + 2 * (np.floor(3 * points[:, 1]) == 2) + points[:, 2]

    found = sobol(model, 3, 4096, np.random.default_rng(0))
    np.testing.assert_allclose(found.first[:, 0], variance / variance.sum(), atol=CLOSE)
    np.testing.assert_allclose(found.total[:, 0], variance / variance.sum(), atol=CLOSE)


def test_level_and_unit_of_the_output_do_not_matter() -> None:
    one = sobol(ishigami, 3, 256, np.random.default_rng(2))
    other = sobol(lambda points: 1e6 - 1e3 * ishigami(points), 3, 256, np.random.default_rng(2))
    np.testing.assert_allclose(other.first, one.first, atol=1e-9)  # 1e6 / 1e3 of digits lost in centring
    np.testing.assert_allclose(other.total, one.total, atol=1e-9)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_one_lost_run_in_five_thousand_is_an_error(odd: float) -> None:
    def model(points: np.ndarray) -> np.ndarray:
        outputs = ishigami(points)
        outputs[4321] = odd
        return outputs

    with pytest.raises(EstimationError, match="1 of 5120 runs gave no finite number; first: 4321") as caught:
        sobol(model, 3, 1024, np.random.default_rng(1))
    assert caught.value.code == "XZ-271"


def test_constant_output_has_no_indices() -> None:
    def model(points: np.ndarray) -> np.ndarray:
        return np.column_stack([np.full(len(points), 0.1), ishigami(points)])

    found = sobol(model, 3, 64, np.random.default_rng(1))
    assert found.varies.tolist() == [False, True]
    assert np.isnan(found.first[:, 0]).all()
    assert np.isnan(found.total_range).all()
    assert np.isfinite(found.first[:, 1]).all()
