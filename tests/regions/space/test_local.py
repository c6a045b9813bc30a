"""Local statistics: reference numbers, closed forms, control of false discoveries."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.stats import false_discovery_control

import xinzhi as xz
from tests.regions.space.states import contiguity, states
from xinzhi.regions.space.autocorrelation import SpatialAutocorrelation
from xinzhi.regions.space.local import LocalAutocorrelation, benjamini_hochberg, conditional_p, getis_ord
from xinzhi.regions.space.weights import ContiguityList

REFERENCE = Path(__file__).parents[2] / "reference" / "us_states_local_esda_2_8_2.csv"
"""Moran_Local (99999 permutations, seed 1) and G_Local (star=True, binary weights) of esda 2.8.2, libpysal 4.14.1, on
income of 2000 and states48.gal, row-standardised for the first."""
SAME = 1e-9
"""Twelve printed digits."""
DRAWS = 0.021
"""Estimates of a probability from 9999 and 99999 draws: four standard errors of 0.0052."""


@pytest.mark.reference
def test_income_of_the_states() -> None:
    """esda divides by n - 1 where Anselin's m2 divides by n: 47 / 48; its p is that of one side."""
    theirs = pd.read_csv(REFERENCE, comment="#").set_index("unit")
    tidy = LocalAutocorrelation(of="income", weights=contiguity()).fit(states()).tidy()
    ours = tidy[tidy.time == 2000].set_index("unit").loc[theirs.index]
    np.testing.assert_allclose(ours.local_moran * 47 / 48, theirs.local_moran, rtol=SAME)
    assert (ours.quadrant == theirs.quadrant).all()
    np.testing.assert_allclose(ours.g_star, theirs.g_star, rtol=SAME)
    assert np.abs(ours.p / 2 - theirs.p_sim).max() < DRAWS


def test_local_statistics_have_moran_as_their_mean() -> None:
    tidy = LocalAutocorrelation(of="income", weights=contiguity(), draws=99).fit(states()).tidy()
    found = SpatialAutocorrelation(of="income", weights=contiguity()).fit(states()).by_year()
    np.testing.assert_allclose(tidy.groupby("time").local_moran.mean(), found["moran"], rtol=SAME)


def test_p_of_few_units_is_that_of_all_pairs() -> None:
    """Unit 0 has two neighbours among six others: 15 pairs, each as likely; draws come near the exact shares."""
    z = np.array([1.5, 1.0, 0.9, -0.2, -0.7, -1.1, -1.4])
    weights = np.zeros((7, 7))
    weights[0, 1:3] = 0.5
    weights[1:, 0] = 1.0
    sums = np.array([np.mean(pair) for pair in combinations(z[1:], 2)])
    observed = z[1:3].mean()
    exact = 2 * min(np.mean(sums >= observed), np.mean(sums <= observed))
    found = conditional_p(z, csr_array(weights), draw=np.random.default_rng(1), draws=9999)
    assert found[0] == pytest.approx(exact, abs=DRAWS)


def test_adjusted_p_is_that_of_scipy() -> None:
    p = np.random.default_rng(2).uniform(size=40) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p), rtol=SAME)
    assert benjamini_hochberg(np.zeros(0)).size == 0


def test_noise_gives_few_clusters_and_a_cluster_is_found() -> None:
    """Of 40 noise years 2 are expected with any discovery at 5 per cent; seven are beyond its 99.5th percentile."""
    side = 8
    names = [f"u{k:02d}" for k in range(side * side)]
    links = [(names[k], names[k + 1]) for k in range(side * side - 1) if (k + 1) % side]
    links += [(names[k], names[k + side]) for k in range(side * (side - 1))]
    draw, years = np.random.default_rng(11), 40
    value = draw.normal(size=(years, side * side))
    block = [r * side + c for r in range(4) for c in range(4)]
    frames = []
    for lift in (0.0, 4.0):
        data = value.copy()
        data[:, block] += lift
        frames.append(
            pd.DataFrame({"unit": names * years, "year": np.repeat(np.arange(years), side * side), "y": data.ravel()})
        )
    method = LocalAutocorrelation(of="y", weights=ContiguityList(links=links), draws=1999)
    noise, cluster = (method.fit(xz.Panel(frame, unit="unit", time="year")) for frame in frames)
    assert len(set(noise.rows.time[noise.significant].tolist())) <= 7
    inside = np.isin(cluster.rows.unit.astype(str), [names[k] for k in (9, 10, 17, 18)])
    found = (cluster.term("quadrant") == 1.0) & (cluster.term("p") <= 0.05)
    assert found[inside].mean() > 0.8
    outside = ~np.isin(cluster.rows.unit.astype(str), [names[k] for k in block])
    assert found[outside].mean() < 0.01


def test_g_star_does_not_depend_on_the_size_of_weights() -> None:
    draw = np.random.default_rng(4)
    weights = draw.uniform(0.1, 1, (9, 9)) * (draw.uniform(size=(9, 9)) < 0.4)
    np.fill_diagonal(weights, 0.0)
    y = draw.normal(size=9)
    one = getis_ord(y, csr_array(weights))
    np.testing.assert_allclose(getis_ord(5 * y + 3, csr_array(weights * 7)), one, rtol=SAME)


def test_who_neighbours_all_alike_and_islands_have_no_statistic() -> None:
    frame = pd.DataFrame({"unit": list("ABCDE"), "y": [1.0, 2.0, 4.0, 7.0, 9.0]})
    links = [("A", "B"), ("A", "C"), ("A", "D"), ("B", "C")]
    method = LocalAutocorrelation(of="y", weights=ContiguityList(links=links, islands={"E": "A"}), draws=99)
    result = method.fit(xz.Panel(frame, unit="unit"))
    assert result.rows.status.tolist() == ["not_identified", "ok", "ok", "ok", "ok"]
    kept = LocalAutocorrelation(of="y", weights=ContiguityList(links=links, islands="keep"), draws=99)
    alone = kept.fit(xz.Panel(frame, unit="unit"))
    assert alone.rows.status[4] == "not_identified"
    assert any(words.startswith("XZ-471") for words in alone.warnings)
    assert alone.clusters()[4] is None
    assert len(alone.figures()) == 1
