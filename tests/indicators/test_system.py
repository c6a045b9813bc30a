"""An index: order of steps, scores by hand, rows that have none, slots."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.method.examples import frame
from tests.method.examples import panel as economy
from tests.method.indicator_examples.system import equal, framework
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators import MinMax, OneOf, ZScore

HAND = 1e-12
"""A handful of sums and quotients of numbers of order one."""

ROWS = [("A", 4.0, 10.0, 2.0), ("B", 2.0, 30.0, 4.0), ("C", 3.0, 20.0, np.nan), ("D", 3.0, 15.0, 2.5)]


def cross_section(rows=ROWS):
    return xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "sulphur", "size"]), unit="unit")


def small(*steps, **settings):
    """Return an index of patents and sulphur in one dimension, and size beside it."""
    parts = xz.Framework(
        indicators=[
            xz.Indicator(name="patents", parent="science", weight=0.6),
            xz.Indicator(name="sulphur", parent="science", direction="cost", weight=0.4),
            xz.Indicator(name="size", parent="index", weight=0.25),
        ],
        dimensions=[xz.Dimension(name="index"), xz.Dimension(name="science", parent="index", weight=0.75)],
        **settings,
    )
    return xz.IndexSystem(framework=parts, steps=steps or (xz.Normalise(), xz.Weigh(by=xz.Given()), xz.Aggregate()))


def test_scores_by_hand():
    result = small().fit(cross_section())
    science = 0.6 * np.array([1.0, 0.0, 0.5, 0.5]) + 0.4 * np.array([1.0, 0.0, 0.5, 0.75])
    size = np.array([0.0, 1.0, np.nan, 0.25])
    index = 0.25 * size + 0.75 * science
    good = np.array([True, True, False, True])
    np.testing.assert_allclose(result.term("science")[good], science[good], rtol=0, atol=HAND)
    np.testing.assert_allclose(result.term("index")[good], index[good], rtol=0, atol=HAND)
    assert list(result.rows.terms) == ["index", "science"]
    assert result.rows.status.tolist() == ["ok", "ok", "missing_data", "ok"]
    assert result.rows.reason[2] == "missing: size"
    assert result.term("science")[2] == pytest.approx(science[2], abs=HAND), "a dimension needs its own parts only"


def test_weights_of_a_group_and_of_the_index():
    result = small().fit(cross_section())
    assert result.weights("science") == pytest.approx({"patents": 0.6, "sulphur": 0.4}, abs=HAND)
    assert result.weights() == pytest.approx({"patents": 0.45, "sulphur": 0.3, "size": 0.25}, abs=HAND)


def test_stages_can_be_looked_at_and_an_absent_one_is_named():
    result = small().fit(cross_section())
    seen = result.indicators("normalise")
    assert list(seen.columns) == ["unit", "time", "patents", "sulphur", "size"]
    assert seen["sulphur"].tolist() == pytest.approx([1.0, 0.0, 0.5, 0.75], abs=HAND)
    with pytest.raises(DataError, match=r"XZ-305.*treat"):
        result.stage("treat")
    assert len(result.stages) == len(result.steps) + 1
    assert np.array_equal(result.stages[0].values, cross_section().array("patents", "sulphur", "size"), equal_nan=True)


def test_less_than_all_parts_is_enough_where_it_is_said():
    steps = (xz.Normalise(), xz.Weigh(by=xz.Given()), xz.Aggregate(availability=0.5))
    result = small(*steps).fit(cross_section())
    assert result.rows.status.tolist() == ["ok"] * 4
    assert result.term("index")[2] == pytest.approx(0.5, abs=HAND)  # of science alone


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((xz.Normalise(), xz.Weigh(by=xz.Equal())), "aggregation: needed once, found 0 times"),
        ((xz.Normalise(), xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()), "found 2 times"),
        ((xz.Weigh(by=xz.Equal()), xz.Normalise(), xz.Aggregate()), "weights stands before normalisation"),
        ((xz.Normalise(by=xz.ZScore()), xz.Weigh(by=xz.Entropy()), xz.Aggregate()), "cannot take z-score"),
        (
            (xz.Normalise(by=xz.ZScore()), xz.Weigh(by=xz.Equal()), xz.Aggregate(by=xz.GeometricMean())),
            "geometric mean",
        ),
        (
            (xz.Normalise(by=OneOf(MinMax(), ZScore())), xz.Weigh(by=xz.Entropy()), xz.Aggregate()),
            "entropy weights cannot take z-score",
        ),
    ],
)
def test_steps_that_do_not_fit_together(steps, words):
    with pytest.raises(UsageError, match=re.escape(words)) as caught:
        small(*steps)
    assert caught.value.code == "XZ-262"


def test_slots_give_the_published_index():
    steps = (xz.Normalise(by=OneOf(MinMax(), ZScore())), xz.Weigh(by=OneOf(xz.Given(), xz.Equal())), xz.Aggregate())
    uncertain = small(*steps)
    assert uncertain.nominal() == small()
    assert small().nominal() is not None
    np.testing.assert_array_equal(
        uncertain.fit(cross_section()).term("index"), small().fit(cross_section()).term("index")
    )
    assert uncertain.fit(cross_section()).steps == small().steps


def test_settings_survive_json():
    for system in (small(), equal()):
        assert xz.IndexSystem.model_validate(json.loads(json.dumps(system.model_dump(mode="json")))) == system


def test_years_and_one_year_agree_where_bounds_are_of_each_year():
    steps = (xz.Denominate(), xz.Normalise(over="year"), xz.Weigh(by=xz.Equal()), xz.Aggregate())
    panel, system = economy(), xz.IndexSystem(framework=framework(), steps=steps)
    whole = system.fit(panel).tidy()
    data = frame()
    alone = system.fit(xz.Panel(data[data["year"] == 2014], unit="unit")).tidy()
    both = whole[whole["time"] == 2014].set_index("unit")["index"].loc[alone["unit"]]
    np.testing.assert_allclose(alone["index"], both, rtol=0, atol=HAND)


def test_duplicated_rows_of_a_unit_change_no_min_max_score():
    twice = cross_section([*ROWS, ("E", *ROWS[0][1:])])
    one, other = small().fit(cross_section()).term("index"), small().fit(twice).term("index")
    np.testing.assert_array_equal(one, other[:4])
    assert other[4] == one[0]


def holes(availability):
    """Return an index of two dimensions; C lacks one dimension, D half of the other, E is left out by name."""
    rows = {"a": [1.0, 2.0, np.nan, 4.0, 9.0], "b": [4.0, 1.0, np.nan, 2.0, 9.0], "c": [1.0, 3.0, 2.0, np.nan, 9.0]}
    data = pd.DataFrame({"unit": list("ABCDE"), **rows, "d": [2.0, 4.0, 3.0, 1.0, 9.0]})
    parents = {"a": "one", "b": "one", "c": "two", "d": "two"}
    parts = xz.Framework(
        indicators=[xz.Indicator(name=name, parent=parent) for name, parent in parents.items()],
        dimensions=[xz.Dimension(name="index"), *(xz.Dimension(name=name, parent="index") for name in ("one", "two"))],
    )
    steps = [xz.Screen(without=["E"]), xz.Normalise(by=OneOf(MinMax(), xz.Rank())), xz.Weigh(by=xz.Equal())]
    system = xz.IndexSystem(framework=parts, steps=[*steps, xz.Aggregate(availability=availability)])
    return system, xz.Panel(data, unit="unit")


def test_an_empty_dimension_takes_nothing_away_from_the_others():
    system, panel = holes(1.0)
    result = system.fit(panel)
    assert np.isfinite(result.term("index")).tolist() == [True, True, False, False, False]
    assert np.isfinite(result.term("one")).tolist() == [True, True, False, True, False]
    assert result.term("two")[2] == pytest.approx((0.5 + 2 / 3) / 2, abs=HAND)
    assert result.rows.reason[2:4].tolist() == ["missing: a, b", "missing: c"]


def test_half_of_the_parts_is_enough_at_every_level():
    system, panel = holes(0.5)
    result = system.fit(panel)
    assert result.rows.status[:4].tolist() == ["ok"] * 4
    assert result.term("index")[2] == result.term("two")[2]
    assert np.isnan(result.term("one")[2])
    assert result.term("two")[3] == 0.0
    assert result.rows.status[4] != "ok"
    assert all(np.isnan(cells[4]) for cells in result.rows.terms.values())


@pytest.mark.parametrize(("availability", "ranked"), [(1.0, "ABD"), (0.5, "ABD")])
def test_a_dimension_is_ranked_where_it_has_a_score(availability, ranked):
    system, panel = holes(availability)
    result = xz.Uncertainty(system=system, runs=20, target="one").fit(panel)
    assert "".join(result.rows.unit[result.rows.status == "ok"]) == ranked
    assert result.rows.reason[2] == ("missing: a, b" if availability == 1 else "no score")
    assert np.isfinite(result.term("rank")).tolist() == [True, True, False, True, False]


def test_scores_of_a_dimension_are_terms_of_other_methods():
    system, panel = holes(0.5)
    both = [xz.Term(method=system.nominal(), column=name) for name in ("one", "two")]
    result = xz.CouplingCoordination(systems=both).fit(panel)
    assert result.rows.status.tolist() == ["ok", "ok", "missing_data", "ok", "missing_data"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (xz.Weigh(by=OneOf(xz.Equal(), MinMax())), "Weigh"),
        (xz.Normalise(over=OneOf("pooled", "typo")), "Normalise"),
        (xz.Treat(then=OneOf(None, xz.Logarithm(variant=OneOf("plain", "typo")))), "Logarithm"),
    ],
)
def test_every_option_of_a_slot_is_checked_when_the_index_is_made(step, words):
    others = [xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()]
    steps = [step, *(other for other in others if other.form != step.form)]
    with pytest.raises(UsageError, match=words) as caught:
        small(*sorted(steps, key=lambda one: one.rank))
    assert caught.value.code == "XZ-103"


def test_rules_of_levels_that_are_not_there_are_refused():
    steps = [xz.Normalise(), xz.Weigh(by=xz.Given()), xz.Aggregate(levels={7: xz.GeometricMean(floor=0.1)})]
    with pytest.raises(UsageError, match=r"XZ-103.*level 7[\s\S]*2, 3"):
        small(*steps).fit(cross_section())
