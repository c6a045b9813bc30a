"""Measures of inequality: another package, closed forms, axioms, signs of values."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.regions.inequality.worlds import EXACT, gini_of_pairs, mexico, panel, published, random_years, states
from xinzhi.errors import DataError, UsageError
from xinzhi.regions.inequality.measures import Inequality, mean_distances

ALL = ("gini", "theil", "mld", "atkinson", "cv", "sd_logs", "hoover")
SPREAD = 0.6


def fit(frame, **settings):
    return Inequality(of="y", **settings).fit(panel(frame))


@pytest.mark.reference
def test_states_of_the_us():
    """Source: inequality 1.1.2 and own code, methods/indicators.md 2.7."""
    found = fit(states(), measures=["gini", "theil"]).statistics
    for name in ("gini", "theil"):
        assert found[name][0] == pytest.approx(published("us2000", name)[0], abs=EXACT)


@pytest.mark.reference
@pytest.mark.parametrize("epsilon", [0.5, 1.0, 2.0])
def test_states_of_mexico(epsilon):
    """Source: inequality 1.1.2 (Gini, Theil, Atkinson), seven years."""
    found = fit(mexico(), epsilon=epsilon).statistics
    for t, year in enumerate(range(1940, 2001, 10)):
        theirs = {"gini": "gini", "theil": "theil", "atkinson": f"atkinson {epsilon:g}"}
        for name, column in theirs.items():
            assert found[name][t] == pytest.approx(published(f"pcgdp{year}", column)[0], abs=EXACT)


def test_log_normal():
    """Closed forms at the quantiles of a log-normal distribution; the grid leaves out some of its tails."""
    y = np.exp(SPREAD * stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000))
    frame = pd.DataFrame({"unit": [f"u{k}" for k in range(y.size)], "y": y})
    found = {name: column[0] for name, column in fit(frame, measures=ALL).statistics.items()}
    half = SPREAD**2 / 2
    truth = {
        "gini": 2 * stats.norm.cdf(SPREAD / np.sqrt(2)) - 1,
        "theil": half,
        "mld": half,
        "atkinson": 1 - np.exp(-half),
        "cv": np.sqrt(np.expm1(SPREAD**2)),
        "sd_logs": SPREAD,
        "hoover": 2 * stats.norm.cdf(SPREAD / 2) - 1,
    }
    assert found == pytest.approx(truth, abs=1e-3)


@pytest.mark.parametrize("weight", [None, "pop"])
def test_definitions(weight):
    """Every measure as the head of the module writes it, in the plainest form."""
    frame = random_years(4, years=1).assign(y=lambda data: data["y"] + 0.5)
    found = fit(frame, measures=ALL, weight=weight, epsilon=0.7).statistics
    y = frame["y"].to_numpy()
    w = frame["pop"].to_numpy() if weight else np.ones(y.size)
    p, mean = w / w.sum(), np.average(y, weights=w)
    log_mean = p @ np.log(y)
    plain = {
        "gini": gini_of_pairs(y, w),
        "theil": p @ (y / mean * np.log(y / mean)),
        "mld": p @ np.log(mean / y),
        "atkinson": 1 - (p @ y**0.3) ** (1 / 0.3) / mean,
        "cv": np.sqrt(p @ (y - mean) ** 2) / mean,
        "sd_logs": np.sqrt(p @ (np.log(y) - log_mean) ** 2),
        "hoover": p @ np.abs(y - mean) / (2 * mean),
    }
    assert {name: column[0] for name, column in found.items()} == pytest.approx(plain, abs=EXACT)


def test_parts_of_units_add_up():
    frame = random_years(2).assign(y=lambda data: data["y"] + 1.0)
    result = fit(frame, measures=ALL, weight="pop")
    for name in ("gini", "theil", "mld", "hoover"):
        sums = [result.term(f"{name}_part")[result.rows.time == year].sum() for year in result.years]
        np.testing.assert_allclose(sums, result.statistics[name], rtol=0, atol=EXACT)


def test_a_transfer_from_rich_to_poor_lowers_every_measure():
    """Pigou and Dalton; the Hoover index and the standard deviation of logs need not fall, so they are left out."""
    before = pd.DataFrame({"unit": list("ABCDE"), "y": [1.0, 2.0, 4.0, 7.0, 12.0]})
    after = before.assign(y=[1.0, 2.5, 4.0, 6.5, 12.0])
    names = ("gini", "theil", "mld", "atkinson", "cv")
    one, two = (fit(frame, measures=names).statistics for frame in (before, after))
    assert all(two[name][0] < one[name][0] for name in names)


def test_scale_and_replication_do_not_matter():
    frame = random_years(6, years=1).assign(y=lambda data: data["y"] + 0.1)
    base = fit(frame, measures=ALL).statistics
    twice = pd.concat([frame, frame.assign(unit="v" + frame["unit"])])
    for other in (frame.assign(y=frame["y"] * 1e-9), twice):
        for name, column in fit(other, measures=ALL).statistics.items():
            assert column[0] == pytest.approx(base[name][0], abs=EXACT)


def test_no_inequality_is_zero():
    found = fit(pd.DataFrame({"unit": list("ABC"), "y": [0.1] * 3}), measures=ALL, epsilon=2.0).statistics
    assert all(abs(column[0]) < EXACT for column in found.values())


def test_mean_distances_by_pairs():
    draw = np.random.default_rng(3)
    y, p = draw.integers(0, 5, 30).astype(float), draw.dirichlet(np.ones(30))
    np.testing.assert_allclose(mean_distances(y, p), np.abs(y[:, None] - y) @ p, atol=EXACT)


def test_zeros():
    """Admitted by measures that take them; for others an error, or a row with its status."""
    frame = pd.DataFrame({"unit": list("ABC"), "y": [0.0, 1.0, 2.0]})
    found = fit(frame, measures=["gini", "theil", "atkinson"], epsilon=0.5).statistics
    assert found["theil"][0] == pytest.approx(2 / 3 * np.log(2), abs=EXACT)
    with pytest.raises(DataError) as caught:
        fit(frame)
    assert caught.value.code == "XZ-280"
    assert "Mean log deviation" in str(caught.value)
    left = fit(frame, non_positive="leave_out")
    assert left.rows.status.tolist() == ["non_positive", "ok", "ok"]
    assert left.statistics["gini"][0] == pytest.approx(1 / 6, abs=EXACT)


def test_zeros_left_out_for_one_measure_are_told():
    """All measures are about the same units, so that a measure may differ from what it is by itself: a note says so."""
    frame = pd.DataFrame({"unit": list("ABC"), "y": [0.0, 1.0, 2.0]})
    both = fit(frame, measures=["gini", "mld"], non_positive="leave_out")
    words = "Zeros are left out of all measures: Mean log deviation cannot take them."
    assert words in both.tables()[0].notes
    assert words in both.summary()
    for settings in ({"measures": ["gini"]}, {"measures": ["gini"], "non_positive": "leave_out"}):
        alone = fit(frame, **settings)
        assert alone.statistics["gini"][0] == pytest.approx(4 / 9, abs=EXACT)
        assert words not in alone.summary()


def test_values_that_are_refused_are_named():
    frame = pd.DataFrame({"unit": list("ABCDEFG"), "y": [-1.0] * 6 + [9.0]})
    with pytest.raises(DataError) as caught:
        fit(frame, measures=["gini"])
    assert "y: -1 (A" in str(caught.value)
    assert "and 1 more" in str(caught.value)


def test_one_unit_is_not_enough():
    with pytest.raises(DataError) as caught:
        fit(pd.DataFrame({"unit": ["A", "B"], "y": [1.0, np.nan]}))
    assert caught.value.code == "XZ-281"


def test_a_measure_twice_is_an_error():
    with pytest.raises(UsageError) as caught:
        Inequality(of="y", measures=["gini", "gini"])
    assert caught.value.code == "XZ-103"
