"""Convergent validity where the truth is known: simulated correlations, SciPy, the identity with a cross-section."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import xinzhi as xz
from tests.indicators.analysis.worlds import drawn, indicator_frame, of_dimension, system
from tests.method.examples import accounts
from tests.method.examples import panel as economy
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators import ConvergentValidity, Normalise
from xinzhi.indicators.analysis.validity import Ties, by_fisher, correlations, weighted_correlation
from xinzhi.method import View

SAME = 1e-12
"""Sums of some hundred products of numbers of about one."""


def pair(rho: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    x, e = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * e


def long(units: int, years: int, values: dict[str, np.ndarray]) -> pd.DataFrame:
    keys = {
        "unit": np.repeat([f"U{k:03d}" for k in range(units)], years),
        "year": np.tile(range(2000, 2000 + years), units),
    }
    return pd.DataFrame(keys | {name: column.ravel() for name, column in values.items()})


def test_pearson_and_spearman_are_those_of_scipy() -> None:
    x, y = pair(0.6, 80, 1)
    y = np.round(y, 1)  # ties
    panel = xz.Panel(drawn(["x", "y"], np.column_stack([x, y])), unit="unit")
    pooled = ConvergentValidity(index="x", against="y", draws=19).fit(panel).pooled
    assert abs(pooled.pearson - stats.pearsonr(x, y)[0]) < SAME
    assert abs(pooled.spearman - stats.spearmanr(x, y)[0]) < SAME


def test_fishers_interval_is_that_of_scipy() -> None:
    x, y = pair(0.4, 30, 2)
    found = by_fisher(x, y, 0.9)
    np.testing.assert_allclose(found.pearson_interval, stats.pearsonr(x, y).confidence_interval(0.9), atol=SAME)


def test_fishers_intervals_hold_the_truth_as_often_as_they_say() -> None:
    # Spearman's correlation of a normal pair: 6 / pi arcsin(rho / 2)
    rho, hits = 0.5, np.zeros(2)
    truth = (rho, 6 / np.pi * np.arcsin(rho / 2))
    for seed in range(600):
        found = by_fisher(*pair(rho, 40, seed), 0.95)
        for k, (low, high) in enumerate((found.pearson_interval, found.spearman_interval)):
            hits[k] += low < truth[k] < high
    assert np.all(np.abs(hits / 600 - 0.95) < 0.03)  # three standard errors of a share of 600


def test_the_bootstrap_of_units_holds_the_truth_where_rows_depend() -> None:
    """Rows of a unit repeat each other: Fisher's interval for rows would be too short by far."""
    rho, hits, rows, times = 0.5, 0, 0, 100
    for seed in range(times):
        x, y = (np.repeat(column, 5) for column in pair(rho, 60, seed))
        code = np.repeat(np.arange(60), 5)
        draws = np.random.default_rng(seed).multinomial(60, np.full(60, 1 / 60), 99)
        low, high = correlations(x, y, code, draws, (0.025, 0.975))["pooled"].pearson_interval
        hits += low < rho < high
        low, high = by_fisher(x, y, 0.95).pearson_interval
        rows += low < rho < high
    assert hits / times > 0.86  # three standard errors below 0.93: percentiles of few units are a little short
    assert rows / times < 0.75  # 2 Phi(1.96 / sqrt(5)) - 1 = 0.62, three standard errors above


def test_within_and_between_are_told_apart() -> None:
    """Units' means agree perfectly, movements are opposite: between 1, within -1, whatever the pooled mix."""
    level, move = np.arange(12.0)[:, None], np.random.default_rng(3).normal(size=(12, 6))
    move -= move.mean(axis=1, keepdims=True)
    frame = long(12, 6, {"x": level + move, "y": 2 * level - move})
    found = ConvergentValidity(index="x", against="y", draws=99).fit(xz.Panel(frame, unit="unit", time="year"))
    assert abs(found.correlations["between"].pearson - 1) < SAME
    assert abs(found.correlations["within"].pearson + 1) < SAME
    assert 0 < found.pooled.pearson < 1


def test_simulated_index_of_tfp_finds_the_correlation_that_was_put_in() -> None:
    # score = truth + noise of variance 1 / 3: correlation sqrt(3) / 2
    draw = np.random.default_rng(4)
    truth = draw.normal(size=(200, 8))
    frame = long(200, 8, {"score": truth + draw.normal(size=truth.shape) / np.sqrt(3), "tfp": truth})
    found = ConvergentValidity(index="score", against="tfp", draws=199).fit(xz.Panel(frame, unit="unit", time="year"))
    low, high = found.pooled.pearson_interval
    error = 0.25 / np.sqrt(1600)  # (1 - rho^2) / sqrt(n), rows independent
    assert abs(found.pooled.pearson - np.sqrt(0.75)) < 3 * error
    assert 0.75 < (high - low) / (2 * 1.96 * error) < 1.25  # coverage is tested below and above
    assert len(found.years) == 8


def test_terms_of_other_methods_are_joined() -> None:
    panel = economy(indicator_frame())
    tfp = xz.Term(method=accounts(), column="tfp")
    result = ConvergentValidity(index=of_dimension("index"), index_as="difference", against=tfp, draws=19).fit(panel)
    score = system().fit(panel)
    place = {(u, t): v for u, t, v in zip(score.rows.unit, score.rows.time, score.term("index"), strict=True)}
    row = np.flatnonzero((result.rows.unit == "U07") & (result.rows.time == 2013))[0]
    assert abs(result.term("index")[row] - (place["U07", 2013] - place["U07", 2012])) < SAME
    steps = accounts().fit(panel)
    there = (steps.rows.unit == "U07") & (steps.rows.time == 2013)
    assert result.term("against")[row] == steps.term("tfp")[there][0]
    assert result.title == "The index and TFP"


def test_changes_need_the_year_before() -> None:
    panel = economy(indicator_frame())
    result = ConvergentValidity(index="y", index_as="log_difference", against="k", against_as="difference", draws=19)
    rows = result.fit(panel).rows
    reason = {(u, int(t)): r for u, t, r in zip(rows.unit, rows.time, rows.reason, strict=True)}
    assert reason["U01", 2010] == "no row for 2009"
    assert reason["U03", 2012] == "k missing"
    assert reason["U03", 2013] == "k missing"
    assert reason["U01", 2011] == ""


def test_numbers_without_logarithm_keep_their_row() -> None:
    x, y = pair(0.5, 20, 5)
    panel = xz.Panel(drawn(["x", "y"], np.column_stack([x, np.abs(y)])), unit="unit")
    result = ConvergentValidity(index="x", index_as="log", against="y", draws=19).fit(panel)
    assert (result.rows.status == "non_positive").sum() == (x <= 0).sum()


def test_scores_by_year_warn() -> None:
    index = xz.Term(method=system(over="year"), column="index")
    result = ConvergentValidity(index=index, index_as="difference", against="y", draws=19).fit(
        economy(indicator_frame())
    )
    assert any("XZ-461" in warning for warning in result.warnings)
    assert any(isinstance(step, Normalise) for step in index.method.steps)


def test_affine_changes_of_scale_do_not_matter() -> None:
    x, y = pair(0.7, 50, 6)
    one, other = (
        ConvergentValidity(index="x", against="y", draws=49).fit(xz.Panel(drawn(["x", "y"], cells), unit="unit"))
        for cells in (np.column_stack([x, y]), np.column_stack([1e6 + 3 * x, 1e-3 * y]))
    )
    for name in ("pearson", "spearman", "pearson_interval", "spearman_interval"):
        np.testing.assert_allclose(getattr(other.pooled, name), getattr(one.pooled, name), atol=1e-8)


def test_a_constant_series_has_no_correlation() -> None:
    panel = xz.Panel(drawn(["x", "y"], [(1, 1), (1, 2), (1, 3), (1, 5)]), unit="unit")
    result = ConvergentValidity(index="x", against="y", draws=19).fit(panel)
    assert np.isnan(result.pooled.pearson)
    assert result.tables()[0].columns()["pearson"] == [None]


def test_too_few_units_are_refused() -> None:
    panel = xz.Panel(drawn(["x", "y"], [(1, 1), (1, 2), (1, 3)]), unit="unit")
    with pytest.raises(DataError) as caught:
        ConvergentValidity(index="x", against="y").fit(panel)
    assert caught.value.code == "XZ-266"


@pytest.mark.parametrize(("setting", "value"), [("draws", 5), ("level", 1.0), ("index_as", "growth")])
def test_odd_settings_are_refused(setting: str, value: object) -> None:
    with pytest.raises(UsageError):
        ConvergentValidity(index="x", against="y", **{setting: value})


def test_the_figure_shows_the_rows_of_the_view() -> None:
    result = ConvergentValidity(index=of_dimension("index"), against="share", draws=19).fit(economy(indicator_frame()))
    chart = result.figures(View(units=("U01", "U02"), periods=((2012, 2014),)))[0].to_dict()
    points = next(iter(chart["datasets"].values())) if "datasets" in chart else chart["layer"][0]["data"]["values"]
    assert len(points) == 6


def test_weighted_ranks_are_those_of_repeated_rows() -> None:
    x, y = np.round(pair(0.3, 15, 8), 1)
    weights = np.random.default_rng(8).multinomial(15, np.full(15, 1 / 15), 4).astype(float)
    for row in weights:
        repeated = [np.repeat(column, row.astype(int)) for column in (x, y)]
        ranks = [Ties.of(column).midranks(row[None]) for column in (x, y)]
        got = weighted_correlation(ranks[0], ranks[1], row[None])[0]
        assert abs(got - stats.spearmanr(*repeated)[0]) < SAME
