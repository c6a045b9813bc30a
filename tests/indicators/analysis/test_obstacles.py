"""Obstacle degrees against hand computation, their identity and planted obstacles."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.analysis.worlds import drawn, flat, indicator_frame, system
from tests.method.examples import panel as economy
from xinzhi.errors import DataError
from xinzhi.indicators import (
    Aggregate,
    ByYear,
    Denominate,
    Dimension,
    Entropy,
    Framework,
    Given,
    IndexSystem,
    Indicator,
    Normalise,
    ObstacleDegree,
    Weigh,
    ZScore,
)
from xinzhi.indicators.analysis.obstacles import obstacles, shortfall
from xinzhi.indicators.framework import effective
from xinzhi.method import View

SAME = 1e-12
"""Shares of a dozen products."""


def weighted(names: list[str], weights: list[float], frame: pd.DataFrame) -> tuple[IndexSystem, xz.Panel]:
    indicators = [Indicator(name=n, parent="index", weight=w) for n, w in zip(names, weights, strict=True)]
    made = Framework(indicators=indicators, dimensions=[Dimension(name="index")])
    index = IndexSystem(framework=made, steps=[Normalise(), Weigh(by=Given()), Aggregate()])
    time = "year" if "year" in frame else None
    return index, xz.Panel(frame, unit="unit", time=time)


def test_by_hand() -> None:
    # z = columns themselves (0 and 1 are there); unit 2: gaps 0.5, 0.8, weighted 0.35, 0.24
    frame = drawn(["a", "b"], [(0, 1), (1, 0), (0.5, 0.2)])
    index, panel = weighted(["a", "b"], [0.7, 0.3], frame)
    result = ObstacleDegree(system=index).fit(panel)
    np.testing.assert_allclose(result.degrees, [(1, 0), (0, 1), (0.35 / 0.59, 0.24 / 0.59)], atol=SAME)


def test_against_the_mean_by_hand() -> None:
    # means 0.5 and 0.4: unit 0 misses 0.5 of a, unit 1 0.4 of b, unit 2 only 0.2 of b
    frame = drawn(["a", "b"], [(0, 1), (1, 0), (0.5, 0.2)])
    index, panel = weighted(["a", "b"], [0.7, 0.3], frame)
    result = ObstacleDegree(system=index, against="mean").fit(panel)
    np.testing.assert_allclose(result.degrees, [(1, 0), (0, 1), (0, 1)], atol=SAME)


@pytest.mark.parametrize("against", ["best", "mean"])
@pytest.mark.parametrize("level", ["indicators", "dimensions"])
def test_degrees_add_up_to_one(against: str, level: str) -> None:
    result = ObstacleDegree(system=system(), against=against, level=level).fit(economy(indicator_frame()))
    good = result.rows.status == "ok"
    assert good.sum() > 50
    np.testing.assert_allclose(result.degrees[good].sum(axis=1), 1.0, atol=SAME)
    assert (result.degrees[good] >= 0).all()


@pytest.mark.parametrize("against", ["best", "mean"])
def test_dimensions_are_the_sums_of_their_indicators(against: str) -> None:
    panel = economy(indicator_frame())
    parts = ObstacleDegree(system=system(), against=against).fit(panel)
    whole = ObstacleDegree(system=system(), against=against, level="dimensions").fit(panel)
    np.testing.assert_allclose(whole.term("means"), parts.term("k") + parts.term("quality"), atol=SAME)


def test_a_heavy_indicator_is_everyones_obstacle_against_the_best_only() -> None:
    """The trap of methods/indicators.md 2.10: ten independent uniform columns, one of them with half the weight."""
    values = np.random.default_rng(11).uniform(size=(200, 10))
    names = [f"x{k}" for k in range(10)]
    index, panel = weighted(names, [0.5, *[0.5 / 9] * 9], drawn(names, values))
    best, mean = (ObstacleDegree(system=index, against=against).fit(panel) for against in ("best", "mean"))
    first = (best.degrees.argmax(axis=1) == 0).mean(), (mean.degrees.argmax(axis=1) == 0).mean()
    assert first[0] > 0.85
    assert 0.35 < first[1] < 0.6  # behind the mean half of the time


def test_a_planted_obstacle_is_found() -> None:
    values = np.random.default_rng(12).uniform(0.4, 1, size=(50, 5))
    values[7] = 0.9
    values[7, 3] = 0.0
    names = list("abcde")
    index, panel = flat(names, drawn(names, values))
    for against in ("best", "mean"):
        result = ObstacleDegree(system=index, against=against).fit(panel)
        assert result.degrees[7].argmax() == 3
        assert result.degrees[7, 3] > 0.5


def test_a_unit_at_the_best_everywhere_has_no_obstacles() -> None:
    frame = drawn(["a", "b"], [(0, 0), (1, 1), (0.5, 0.2)])
    index, panel = flat(["a", "b"], frame)
    best = ObstacleDegree(system=index).fit(panel)
    mean = ObstacleDegree(system=index, against="mean").fit(panel)
    assert best.rows.status.tolist() == ["ok", "not_identified", "ok"]
    assert mean.rows.status[1] == "not_identified"
    assert "nothing is an obstacle" in best.rows.reason[1]
    assert np.isnan(best.degrees[1]).all()


def test_units_of_measurement_and_direction_do_not_matter() -> None:
    values = np.random.default_rng(13).uniform(1, 2, size=(30, 3))
    names = list("abc")
    index, panel = flat(names, drawn(names, values))
    turned, cost = flat(names, drawn(names, values * [1, -1, 1]), b={"direction": "cost"})
    one, other, scaled = (
        ObstacleDegree(system=index).fit(panel),
        ObstacleDegree(system=turned).fit(cost),
        ObstacleDegree(system=index).fit(panel.scaled({"a": 1e6})),
    )
    np.testing.assert_allclose(other.degrees, one.degrees, atol=SAME)
    np.testing.assert_allclose(scaled.degrees, one.degrees, atol=SAME)


def test_the_mean_is_of_the_same_year_and_of_rows_that_count() -> None:
    values, time = np.array([[0.0], [1.0], [0.2], [0.4], [9.0]]), np.array([0, 0, 1, 1, 1])
    gaps = shortfall(values, time, np.array([True, True, True, True, False]))
    np.testing.assert_allclose(gaps[:, 0], [0.5, 0, 0.1, 0, 0], atol=SAME)


def test_weights_of_each_year_are_those_of_its_rows() -> None:
    index = IndexSystem(
        framework=system().framework, steps=[Denominate(), Normalise(), Weigh(by=ByYear(of=Entropy())), Aggregate()]
    )
    panel = economy(indicator_frame())
    result, scores = ObstacleDegree(system=index).fit(panel), index.fit(panel)
    row = np.flatnonzero((result.rows.unit == "U06") & (result.rows.time == 2013))[0]
    weights = effective(scores.last.tree, scores.last.weights)[3, -1]  # 2013 is the fourth year
    heavy = weights * (1 - scores.last.values[row])
    np.testing.assert_allclose(result.degrees[row], heavy / heavy.sum(), atol=SAME)
    assert np.ptp(scores.last.weights[:, 0]) > 0


def test_missing_cells_make_the_row_missing() -> None:
    panel = economy(indicator_frame())
    result = ObstacleDegree(system=system()).fit(panel)
    row = (result.rows.unit == "U03") & (result.rows.time == 2012)
    assert result.rows.status[row].tolist() == ["missing_data"]


def test_values_beyond_zero_and_one_are_refused_in_words() -> None:
    frame = drawn(["a", "b"], [(0, 1), (1, 0), (0.5, 0.2)])
    index, panel = flat(["a", "b"], frame, steps=[Normalise(by=ZScore()), *flat(["a"], frame)[0].steps[2:]])
    with pytest.raises(DataError, match="Normalise between 0 and 1") as caught:
        ObstacleDegree(system=index).fit(panel)
    assert caught.value.code == "XZ-263"


def test_tables_show_the_largest_first_by_unit_group_and_year() -> None:
    panel = economy(indicator_frame())
    result = ObstacleDegree(system=system(), top=2, group="group").fit(panel)
    tables = {table.name: table for table in result.tables(View(units=("U01",), periods=((2011, 2013),)))}
    own = tables["obstacles"].columns()
    assert own["unit"] == ["U01", "U01"]
    assert own["time"] == [2011, 2013]
    row = (result.rows.unit == "U01") & (result.rows.time == 2011)
    order = np.argsort(-result.degrees[row][0])
    assert own["name_1"][0] == list(result.rows.terms)[order[0]]
    assert own["degree_1"][0] == result.degrees[row][0, order[0]]
    assert own["degree_1"][0] >= own["degree_2"][0]
    groups = tables["obstacles_by_group"].columns()
    assert groups["unit"] == ["even", "even", "odd", "odd"]
    odd = np.isin(result.rows.unit, ["U01", "U03", "U05", "U07", "U09", "U11", "U13"]) & (result.rows.time == 2013)
    assert abs(max(result.mean(np.flatnonzero(odd)).values()) - groups["degree_1"][3]) < SAME


def test_shares_of_arrays() -> None:
    found = obstacles(np.array([[0.5, 0.5], [0.0, 0.0]]), np.array([[0.8, 0.2]]))
    np.testing.assert_allclose(found, [(0.8, 0.2), (np.nan, np.nan)], atol=SAME)
