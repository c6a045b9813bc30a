"""Moran's I and Geary's C: reference numbers, closed forms, invariances."""

from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

import xinzhi as xz
from tests.regions.space.states import contiguity, states
from xinzhi.errors import DataError
from xinzhi.regions.space.autocorrelation import (
    Permutations,
    SpatialAutocorrelation,
    WeightSums,
    geary,
    moran,
    random_variance,
)
from xinzhi.regions.space.weights import ContiguityList

PRINTED = 5e-8
"""The reference gives seven decimals of I and E, six of z."""
SAME = 1e-9
"""Another implementation of the same sums."""
EXACT = 1e-12
"""Sums over 720 orders of numbers near one."""


@pytest.mark.reference
def test_income_of_the_states() -> None:
    """I, E and both z of 2000: methods/indicators.md 2.10 (esda 2.8.2 and own code); the rest: esda 2.8.2."""
    normal = SpatialAutocorrelation(of="income", weights=contiguity(), inference="normality").fit(states()).by_year()
    random = SpatialAutocorrelation(of="income", weights=contiguity()).fit(states()).by_year()
    assert normal["moran"][1] == pytest.approx(0.3439574, abs=PRINTED)
    assert normal["moran_expected"][1] == pytest.approx(-0.0212766, abs=PRINTED)
    assert normal["moran_z"][1] == pytest.approx(3.754764, abs=5e-7)
    assert random["moran_z"][1] == pytest.approx(3.769377, abs=5e-7)
    assert random["moran_p"][1] == pytest.approx(0.00016365548402257532, rel=SAME)
    assert random["geary"][1] == pytest.approx(0.6619713242718891, rel=SAME)
    assert normal["geary_variance"][1] == pytest.approx(0.010236264468998557, rel=SAME)
    assert random["geary_variance"][1] == pytest.approx(0.010374254916897733, rel=SAME)


def test_permutations_agree_with_the_variance_over_all_orders() -> None:
    """Standard error of a variance from 9999 draws: about sqrt(2 / 9999) = 1.4 %; five of them."""
    method = SpatialAutocorrelation(of="income", weights=contiguity(), inference=Permutations(draws=9999))
    found = method.fit(states(), seed=3).by_year()
    exact = SpatialAutocorrelation(of="income", weights=contiguity()).fit(states()).by_year()
    for name in ("moran", "geary"):
        np.testing.assert_allclose(found[f"{name}_variance"], exact[f"{name}_variance"], rtol=0.08)
    assert found["moran_p"][0] == 1 / 10_000


@pytest.mark.parametrize(("name", "value"), [("moran", moran), ("geary", geary)])
def test_mean_and_variance_over_all_orders(name: str, value: object) -> None:
    """All 720 orders of six values under asymmetric weights: expectation and variance are those of the formulas."""
    draw = np.random.default_rng(5)
    weights = draw.uniform(0, 1, (6, 6)) * (draw.uniform(0, 1, (6, 6)) < 0.6)
    np.fill_diagonal(weights, 0.0)
    z = draw.normal(size=6) ** 3
    z -= z.mean()
    matrix = csr_array(weights)
    sums = WeightSums.of(matrix)
    orders = np.array(list(permutations(z))).T
    found = value(orders, matrix, sums.s0)  # type: ignore[operator]
    assert found.mean() == pytest.approx(-1 / 5 if name == "moran" else 1.0, abs=EXACT)
    kurtosis = (z**4).mean() / (z**2).mean() ** 2
    assert found.var() == pytest.approx(random_variance(6, sums, kurtosis, name), abs=EXACT)  # type: ignore[arg-type]


def test_a_chessboard_is_dispersed() -> None:
    """On a ring of even length with alternating values I is -1 and C is 2 (n - 1) / n."""
    frame = pd.DataFrame({"unit": [f"u{k}" for k in range(8)], "y": [0.0, 1.0] * 4})
    ring = ContiguityList(links=[(f"u{k}", f"u{(k + 1) % 8}") for k in range(8)])
    result = SpatialAutocorrelation(of="y", weights=ring).fit(xz.Panel(frame, unit="unit"))
    found = result.by_year()
    assert found["moran"][0] == pytest.approx(-1.0, abs=EXACT)
    assert found["geary"][0] == pytest.approx(2 * 7 / 8, abs=EXACT)
    np.testing.assert_allclose(result.term("spatial_lag"), -result.term("deviation"), atol=EXACT)


def test_the_slope_of_the_scatter_plot_is_moran() -> None:
    result = SpatialAutocorrelation(of="income", weights=contiguity()).fit(states())
    last = result.rows.time == 2000
    x, y = result.term("deviation")[last], result.term("spatial_lag")[last]
    assert x @ y / (x @ x) == pytest.approx(result.by_year()["moran"][1], abs=EXACT)
    assert len(result.figures()) == 2


def test_missing_values_leave_and_islands_stay_in_the_mean() -> None:
    frame = pd.DataFrame({"unit": list("ABCDEF"), "y": [1.0, 2.0, 3.0, np.nan, 5.0, 9.0]})
    links = ContiguityList(links=[("A", "B"), ("B", "C"), ("C", "D"), ("D", "E"), ("A", "F")])
    result = SpatialAutocorrelation(of="y", weights=links).fit(xz.Panel(frame, unit="unit"))
    assert result.rows.status.tolist() == ["ok", "ok", "ok", "missing_data", "not_identified", "ok"]
    assert result.by_year()["units"] == [5]
    assert result.by_year()["moran_expected"] == [-0.25]
    assert "no neighbour" in result.rows.reason[4]


def test_years_that_cannot_be_computed() -> None:
    frame = pd.DataFrame({"unit": list("ABCD"), "y": [1.0] * 4})
    links = ContiguityList(links=[("A", "B"), ("C", "D")])
    with pytest.raises(DataError, match="same") as caught:
        SpatialAutocorrelation(of="y", weights=links).fit(xz.Panel(frame, unit="unit"))
    assert caught.value.code == "XZ-281"


def test_small_p_values_are_not_printed_as_zero() -> None:
    """A line of sixty rising values: z near 7."""
    units = [f"u{k:02d}" for k in range(60)]
    line = ContiguityList(links=list(pairwise(units)))
    panel = xz.Panel(pd.DataFrame({"unit": units, "y": np.arange(60.0)}), unit="unit")
    result = SpatialAutocorrelation(of="y", weights=line).fit(panel)
    assert "p < 0.0001" in result.summary()
    assert "< 0.0001" in result.tables()[0].printed()[0]


def test_words_name_weights_and_inference() -> None:
    frame = pd.DataFrame({"unit": list("ABCDE"), "y": [1.0, 2.0, 4.0, 7.0, 9.0]})
    links = ContiguityList(links=[("A", "B"), ("B", "C"), ("C", "D"), ("D", "E")])
    result = SpatialAutocorrelation(of="y", weights=links, inference=Permutations(draws=99)).fit(
        xz.Panel(frame, unit="unit")
    )
    assert "a list of 4 links" in result.methods_text()
    assert "99 permutations" in result.methods_text()
    assert "Moran's I: 0.6637" in result.summary()
