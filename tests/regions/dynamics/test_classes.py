"""Classes: cut-offs against NumPy and giddy, sides, ties, what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

import xinzhi as xz
from tests.regions.dynamics import states
from xinzhi.errors import DataError, UsageError
from xinzhi.regions.dynamics.classes import CutOffs, Quantiles, classify, cut_offs, quantile_cuts
from xinzhi.regions.dynamics.positions import rows_before, year_means

ROUNDING = 1e-12
"""Two ways to interpolate between numbers of size one."""


@pytest.mark.parametrize("count", [2, 4, 5, 7])
@pytest.mark.parametrize("size", [1, 2, 11, 48, 51])
def test_quantiles_are_those_of_numpy(count: int, size: int) -> None:
    values = np.random.default_rng(size).normal(size=size)
    shares = np.arange(1, count) / count
    np.testing.assert_allclose(quantile_cuts(values, count), np.quantile(values, shares), rtol=0, atol=ROUNDING)


def test_pooled_cut_offs_of_the_states() -> None:
    panel = states.panel()
    relative = panel.values("income") / year_means(panel.values("income"), panel.when)
    years, cuts = cut_offs(relative, panel.when, Quantiles(), source="")
    assert (years.size, cuts.shape) == (81, (81, 4))
    np.testing.assert_allclose(cuts[40], states.giddy("relative.pooled.cuts"), rtol=ROUNDING)
    np.testing.assert_allclose(cuts[0], [0.83999133, 0.94707545, 1.03242697, 1.14911154], atol=5e-9)  # methods 2.9


def test_a_class_holds_its_upper_cut_off() -> None:
    cuts = np.tile([1.0, 2.0], (6, 1))
    found = classify(np.array([0.5, 1.0, 1.0 + 1e-9, 2.0, 2.5, np.nan]), cuts)
    assert found[:5].tolist() == [1, 1, 2, 2, 3]
    assert np.isnan(found[5])


def test_rounding_does_not_move_a_value_over_a_cut_off() -> None:
    cut = 0.3
    assert classify(np.array([0.1 + 0.2]), np.array([[cut]])).tolist() == [1.0]  # 0.30000000000000004


@given(arrays(np.float64, 40, elements=some.integers(0, 30).map(float)), some.integers(2, 6))
def test_equal_values_share_a_class_and_order_is_kept(values: np.ndarray, count: int) -> None:
    place = classify(values, np.tile(quantile_cuts(values, count), (40, 1)))
    order = np.argsort(values, kind="stable")
    assert (np.diff(place[order]) >= 0).all()
    for value in np.unique(values):
        assert np.unique(place[values == value]).size == 1


def test_quantiles_of_each_year() -> None:
    when = np.repeat([2000, 2001], 10)
    values = np.concatenate([np.arange(10.0), 100 * np.arange(10.0)])
    _, cuts = cut_offs(values, when, Quantiles(count=2, over="year"), source="")
    assert cuts.ravel().tolist() == [4.5, 450.0]


@pytest.mark.parametrize("over", ["pooled", "year"])
def test_cut_offs_that_coincide_are_refused(over: str) -> None:
    values = np.array([0.0] * 8 + [1.0, 2.0])
    with pytest.raises(DataError) as caught:
        cut_offs(values, np.full(10, 2000), Quantiles(over=over), source="here")  # type: ignore[arg-type]
    assert caught.value.code == "XZ-284"
    assert ("coincide in 2000" in str(caught.value)) == (over == "year")


def test_cut_offs_must_rise() -> None:
    with pytest.raises(UsageError, match="larger than the one before"):
        CutOffs(values=[1.0, 1.0])


def test_rows_before_skip_gaps_and_units() -> None:
    frame = pd.DataFrame({"unit": list("AAABB"), "year": [2000, 2001, 2003, 2001, 2002], "y": 1.0})
    panel = xz.Panel(frame, unit="unit", time="year")
    assert rows_before(panel, 1).tolist() == [-1, 0, -1, -1, 3]
    assert rows_before(panel, 2).tolist() == [-1, -1, 1, -1, -1]
    assert rows_before(panel, 0).tolist() == [0, 1, 2, 3, 4]
