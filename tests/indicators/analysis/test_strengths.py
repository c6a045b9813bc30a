"""Strengths and weaknesses: ranks and distances against SciPy and by hand, peers, ties, and missing values."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, zscore

import xinzhi as xz
from tests.indicators.toys import frame, framework
from xinzhi.indicators.analysis.strengths import Strengths, best_first, standings

EXACT = 1e-12
"""Means and deviations of a dozen numbers."""


def system(m: int, **indicator: Any) -> xz.IndexSystem:
    tree = framework(m, **indicator)
    return xz.IndexSystem(framework=tree, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])


def fitted(data: pd.DataFrame, m: int, time: str | None = None, **settings: Any) -> Any:
    return Strengths(system=settings.pop("system", None) or system(m), **settings).fit(
        xz.Panel(data, unit="unit", time=time)
    )


def test_ranks_and_distances_of_another_implementation() -> None:
    x = np.random.default_rng(5).integers(1, 6, (12, 4)).astype(float)  # with ties
    found = fitted(frame(x), 4).standing
    assert np.array_equal(found.rank, rankdata(-x, method="min", axis=0))
    assert np.abs(found.distance - zscore(x, axis=0)).max() < EXACT
    assert (found.count == 12).all()


def test_best_and_worst_by_hand() -> None:
    x = np.array([[5.0, 1.0, 3.0], [4.0, 2.0, 9.0], [1.0, 3.0, 1.0], [2.0, 9.0, 2.0]])
    result = fitted(frame(x), 3, most=2)
    assert result.strongest("u00", 0) == ["x0", "x2"]
    assert result.weakest("u00", 0) == ["x1", "x2"]
    assert result.strongest("u03", 0) == ["x1", "x2"]  # x0 and x2 both rank third; z -0.63 and -0.56
    assert result.term("strongest")[0] == pytest.approx(zscore(x[:, 0])[0])
    assert result.term("weakest")[0] == pytest.approx(zscore(x[:, 1])[0])


def test_costs_are_turned_and_units_do_not_matter() -> None:
    x = np.random.default_rng(8).uniform(1, 9, (10, 3))
    plain = fitted(frame(x), 3).standing
    cost = fitted(frame(-x), 3, system=system(3, direction="cost")).standing
    assert np.array_equal(plain.rank, cost.rank)
    scaled = fitted(frame(x * [1e6, 1e-6, 1.0]), 3).standing
    assert np.abs(plain.distance - scaled.distance).max() < 1e-9


def test_peers_are_of_the_same_label_and_year() -> None:
    x = np.random.default_rng(8).uniform(1, 9, (16, 3))
    data = frame(x, (1, 2)).assign(region=lambda d: np.where(d["unit"] < "u04", "east", "west"))
    result = fitted(data, 3, "year", peers="region")
    rows = np.flatnonzero((result.rows.unit < "u04") & (result.rows.time == 2))
    expected = zscore(data[(data["region"] == "east") & (data["year"] == 2)][["x0", "x1", "x2"]].to_numpy())
    assert np.abs(result.standing.distance[rows] - expected).max() < EXACT
    assert (result.standing.count == 4).all()
    everyone = fitted(data, 3, "year").standing.count
    assert (everyone == 8).all()


def test_shuffled_rows_and_relabelled_units() -> None:
    x = np.random.default_rng(8).uniform(1, 9, (10, 3))
    one = fitted(frame(x), 3)
    other = fitted(frame(x).sample(frac=1, random_state=2), 3)
    assert np.array_equal(one.standing.rank, other.standing.rank)
    assert one.term("strongest").tobytes() == other.term("strongest").tobytes()


def test_indicators_that_do_not_differ_among_peers_are_left_aside() -> None:
    x = np.array([[1.0, 2.0], [1.0, 3.0], [5.0, 4.0], [6.0, 9.0]])
    data = frame(x).assign(group=["a", "a", "b", "b"])
    result = fitted(data, 2, peers="group")
    assert result.strongest("u00", 0) == ["x1"]
    assert np.isnan(result.standing.rank[:2, 0]).all()


def test_a_unit_without_peers_and_missing_values_have_reasons() -> None:
    x = np.array([[1.0, 2.0], [4.0, 3.0], [5.0, np.nan], [6.0, 9.0]])
    data = frame(x).assign(group=["a", "b", "b", "b"])
    result = fitted(data, 2, peers="group")
    assert result.rows.status.tolist() == ["not_identified", "ok", "missing_data", "ok"]
    assert result.rows.reason[0] == "no peers to compare with"
    assert result.strongest("u00", 0) == []
    assert result.standing.rank[1].tolist() == [3, 2], "the missing cell is nobody's rank"


def test_tables_and_words() -> None:
    x = np.random.default_rng(8).uniform(1, 9, (12, 4))
    result = fitted(frame(x, (1, 2)), 4, "year", most=3)
    best, worst = result.tables(xz.View(units=("u02", "u00"), periods=((1, 2),)))
    assert best.columns()["unit"] == ["u02"] * 3 + ["u00"] * 3
    assert best.columns()["indicator"][:3] == result.strongest("u02", 2)
    assert worst.columns()["indicator"][:3] == result.weakest("u02", 2)
    assert set(best.columns()["time"]) == {2}
    row = best.columns()["raw"][0]
    j = int(result.strongest("u02", 2)[0][1:])
    assert row == x[8, j]
    assert "u02: strongest in" in result.summary(xz.View(units=("u02",)))
    lone = x[:6].copy()
    lone[1, 0] = np.nan
    missing = fitted(frame(lone), 4)
    assert missing.tables()[0].columns()["indicator"][-1] is None
    assert "Not computed: u01." in missing.tables()[0].notes
    assert "u01: not computed" in missing.summary()


def test_order_of_equal_ranks() -> None:
    found = standings(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.9, 0.0]]), np.zeros(3, dtype=np.int64))
    assert best_first(found, 0).tolist() == [0, 1]
