"""Variance by components: the covariance formula, simulated truth, residual, terms of other methods, bad input."""

import numpy as np
import pandas as pd
import pytest

from tests.method.examples import accounts
from tests.method.examples import panel as economy
from tests.regions.inequality.worlds import EXACT, panel
from xinzhi.errors import DataError, UsageError
from xinzhi.method import Term
from xinzhi.regions.inequality.intervals import Resampled
from xinzhi.regions.inequality.variance import VarianceDecomposition


def world(seed=1, units=40, years=3):
    draw = np.random.default_rng(seed)
    n = units * years
    keys = {"unit": np.repeat([f"u{k:02}" for k in range(units)], years), "year": np.tile(range(years), units)}
    a = draw.normal(0, 1, n)
    return pd.DataFrame(
        keys | {"a": a, "b": 0.5 * a + draw.normal(0, 1, n), "c": draw.normal(3, 2, n), "pop": draw.uniform(1, 9, n)}
    )


def fit(frame, **settings):
    return VarianceDecomposition(**settings).fit(panel(frame))


@pytest.mark.parametrize("weight", [None, "pop"])
def test_covariance_over_variance(weight):
    """Witness: numpy's weighted covariances."""
    frame = world()
    result = fit(frame, components=["a", "b", "c"], weight=weight)
    for t, year in enumerate(result.years):
        here = frame[frame["year"] == year]
        parts = here[["a", "b", "c"]].to_numpy()
        matrix = np.cov(np.column_stack([parts, parts.sum(axis=1)]).T, aweights=here["pop"] if weight else None)
        for k, name in enumerate("abc"):
            assert result.statistics[name][t] == pytest.approx(matrix[k, 3] / matrix[3, 3], abs=EXACT)
    np.testing.assert_allclose(sum(result.statistics.values()), 1.0, atol=EXACT)


def test_known_shares():
    """Variances 1, 1.25, 4 and cov(a, b) = .5: shares 1.5, 1.75 and 4 of 7.25; n = 20,000, error about .007."""
    found = fit(world(units=20_000, years=1), components=["a", "b", "c"]).statistics
    truth = np.array([1.5, 1.75, 4.0]) / 7.25
    np.testing.assert_allclose([column[0] for column in found.values()], truth, atol=0.02)


def test_intervals_hold_the_known_share():
    """400 worlds of 100 units, 95 per cent: three standard errors are .033; percentiles are a little narrow."""
    truth, hits = 4.0 / 7.25, 0
    for seed in range(100):
        frame = world(seed, units=100, years=4)
        result = fit(frame, components=["a", "b", "c"], intervals=Resampled(by="jackknife"))
        k = list(result.statistics).index("c")
        hits += int(((result.bounds.low[:, k] <= truth) & (truth <= result.bounds.high[:, k])).sum())
    assert 0.90 <= hits / 400 <= 0.985


def test_what_components_leave_is_a_component():
    frame = world().assign(total=lambda data: data["a"] + data["b"] + data["c"])
    partly = fit(frame, components=["a", "b"], of="total").statistics
    whole = fit(frame, components=["a", "b", "c"], of="total").statistics
    assert list(whole) == ["a", "b", "c"]
    assert list(partly) == ["a", "b", "residual"]
    np.testing.assert_allclose(partly["residual"], whole["c"], atol=EXACT)


def test_parts_of_units_add_up():
    result = fit(world(), components=["a", "b", "c"], weight="pop")
    for name in ("a", "b", "c"):
        sums = [result.term(name)[result.rows.time == year].sum() for year in result.years]
        np.testing.assert_allclose(sums, result.statistics[name], atol=EXACT)


def test_terms_of_growth_accounts():
    """Growth is the sum of its terms, so that nothing is left."""
    names = ("capital", "employment", "hours", "quality", "tfp")
    terms = [Term(method=accounts(), column=name) for name in names]
    result = VarianceDecomposition(components=terms, of=Term(method=accounts(), column="growth")).fit(economy())
    assert list(result.statistics) == list(names)
    np.testing.assert_allclose(sum(result.statistics.values()), 1.0, atol=1e-9)  # growth over its rounding
    assert result.years.tolist() == [2011, 2012, 2013, 2014]


@pytest.mark.parametrize("size", [1e-170, 1e-9, 1e170])
def test_numbers_of_any_size(size):
    frame = world()
    base = fit(frame, components=["a", "b", "c"])
    other = fit(frame.assign(**{name: frame[name] * size for name in "abc"}), components=["a", "b", "c"])
    for name in "abc":
        np.testing.assert_allclose(other.statistics[name], base.statistics[name], atol=EXACT)
    np.testing.assert_allclose(other.deviation / size, base.deviation, rtol=EXACT)


def test_intervals_are_of_contributions_and_deviations_print_by_their_size():
    frame = world().assign(**{name: lambda data, name=name: data[name] * 1e-9 for name in "abc"})
    result = fit(frame, components=["a", "b", "c"], intervals=Resampled(draws=19))
    assert float(result.tables()[0].printed()[0][2]) == pytest.approx(result.deviation[0], rel=1e-3)
    titles = {table.name: table.title for table in result.tables()}
    assert titles["intervals"] == "Intervals of contributions, fractions of the variance of the sum of components"


def test_a_year_without_variance_is_not_identified():
    frame = world().assign(a=lambda data: data["a"].where(data["year"] != 1, 0.1))
    result = fit(frame, components=["a"], of="a")
    odd = result.rows.time == 1
    assert set(result.rows.status[odd]) == {"not_identified"}
    assert result.years.tolist() == [0, 2]
    with pytest.raises(DataError) as caught:
        fit(frame.assign(a=0.1), components=["a"], of="a")
    assert caught.value.code == "XZ-281"


@pytest.mark.parametrize("components", [["a", "a"], ["a"], ["total", "a"], []])
def test_bad_settings(components):
    with pytest.raises(UsageError) as caught:
        VarianceDecomposition(components=components)
    assert caught.value.code == "XZ-103"
