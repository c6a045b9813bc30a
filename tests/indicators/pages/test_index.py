"""Tables, figures and words of an index: they say what the numbers and the settings are."""

from functools import cache

import numpy as np
import pytest

import xinzhi as xz
from tests.method.examples import UNITS, frame
from tests.method.examples import panel as economy
from tests.method.indicator_examples.system import EXAMPLES, framework
from xinzhi.errors import DataError
from xinzhi.indicators.pages.index import _components
from xinzhi.indicators.pages.words import index_ranks
from xinzhi.language import speaking
from xinzhi.method import View

HAND = 1e-12
"""A handful of sums and quotients of numbers of order one."""
SOME = View(units=("U02", "U01"), periods=((2010, 2014),))


@cache
def result(name="index_system"):
    return EXAMPLES[name].method().fit(economy())


def fitted(*steps, data=None, **settings):
    """Return the index of the economy with other steps, equal weights where none are named."""
    kinds = {type(step) for step in steps}
    usual = (xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate())
    chosen = sorted((*steps, *(step for step in usual if type(step) not in kinds)), key=lambda step: step.rank)
    return xz.IndexSystem(framework=framework(**settings), steps=chosen).fit(data or economy())


def table(found, name, view=None):
    return next(each for each in found.tables(view) if each.name == name)


def names(found, view=None):
    return [each.name for each in found.tables(view)]


# The framework --------------------------------------------------------------------------------


def test_framework_table_has_every_indicator_with_direction_and_both_weights():
    cells = table(result("index_system_by_year"), "framework").columns()
    assert cells["indicator"] == ["y", "k", "quality", "hours", "share"]
    assert cells["level_1"] == ["Means", "Means", "Labour", "Labour", "Labour"]
    assert cells["direction"] == ["positive", "positive", "positive", "negative", "best from 0.55 to 0.6"]
    assert cells["denominator"] == ["persons", "persons", "", "", ""]
    assert cells["weight"] == pytest.approx([0.6, 0.4, 0.5, 0.3, 0.2], abs=HAND)
    assert cells["weight_in_index"] == pytest.approx([0.3, 0.2, 0.25, 0.15, 0.1], abs=HAND)
    assert cells["unit"] == ["元", "", "", "", ""]
    assert "source" not in cells


def test_levels_of_a_deeper_tree_stand_side_by_side():
    deep = xz.Framework(
        indicators=[xz.Indicator(name="y", parent="inner"), xz.Indicator(name="quality", parent="outer")],
        dimensions=[
            xz.Dimension(name="top"),
            xz.Dimension(name="outer", parent="top"),
            xz.Dimension(name="inner", parent="outer"),
        ],
    )
    steps = (xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate())
    found = xz.IndexSystem(framework=deep, steps=steps).fit(economy())
    cells = table(found, "framework").columns()
    assert dict(zip(cells["indicator"], zip(cells["level_1"], cells["level_2"], strict=True), strict=True)) == {
        "y": ("outer", "inner"),
        "quality": ("outer", ""),
    }
    assert [field.label for field in table(found, "framework").fields][:2] == ["Level 1", "Level 2"]
    assert list(found.rows.terms) == ["top", "outer", "inner"]


def test_dimensions_have_their_weights():
    cells = table(result("index_system_by_year"), "dimensions").columns()
    assert (cells["dimension"], cells["indicators"]) == (["Means", "Labour"], [2, 3])
    assert cells["weight"] == cells["weight_in_index"] == pytest.approx([0.5, 0.5], abs=HAND)


def test_where_the_framework_comes_from_is_said():
    cited = table(fitted(citation="A report.", status="recalled"), "framework").notes
    assert "Framework: A report." in cited
    assert "The framework is recalled from memory: check it before citing." in cited
    assert any("recalled" in words for words in fitted(status="recalled").warnings)
    assert not any("recalled" in words for words in (*result().warnings, *table(result(), "framework").notes))


# Numbers --------------------------------------------------------------------------------------


def test_statistics_are_of_the_values_that_are_normalised():
    cells = table(result(), "descriptive").columns()
    data = frame()
    per_person = (data["k"] / data["persons"]).dropna()
    place = cells["indicator"].index("k")
    found = [cells[key][place] for key in ("count", "mean", "sd", "min", "max", "missing")]
    truth = [70, per_person.mean(), per_person.std(), per_person.min(), per_person.max(), 1]
    assert found == pytest.approx(truth, rel=HAND)


def test_scores_and_ranks_of_two_years():
    found = result()
    shown = table(found, "scores", SOME)
    cells, rank = shown.columns(), index_ranks(found)
    assert cells["unit"] == ["U02", "U01"]
    for unit, before, after, change in zip(
        *(cells[k] for k in ("unit", "rank_2010", "rank_2014", "rank_change")), strict=True
    ):
        for year, value in ((2010, before), (2014, after)):
            row = (found.rows.unit == unit) & (found.rows.time == year)
            score = found.term("index")
            better = (score[found.rows.time == year] > score[row]).sum()
            assert rank[row] == value == better + 1
        assert change == before - after
    mine = found.rows.unit == "U01"
    assert cells["mean"][1] == pytest.approx(found.term("index")[mine].mean(), abs=HAND)
    assert any("Ranks are among all units" in note for note in shown.notes)


def test_no_mean_and_no_growth_of_scores_that_are_positions():
    found = result("index_system_by_year")
    shown = table(found, "scores")
    assert "mean" not in shown.columns()
    assert any("compare ranks, not scores" in note for note in shown.notes)
    assert any(words.startswith("XZ-461") for words in found.warnings)
    words = found.summary() + found.methods_text()
    assert "in each year by itself" in words
    for growth in ("grew", "increased", "growth of"):
        assert growth not in words


def test_a_unit_without_a_score_keeps_its_place_and_its_reason():
    cells = table(result(), "not_computed").columns()
    assert ("U03", 2012) in zip(cells["unit"], cells["time"], strict=True)
    assert all(cells["reason"])
    shown = table(result(), "scores").columns()
    assert set(shown["unit"]) == {*UNITS, "U14"}
    late = shown["unit"].index("U14")
    assert (shown["rank_2010"][late], shown["rank_change"][late], shown["mean"][late]) == (None, None, None)
    assert shown["rank_2014"][late] is not None


def test_one_year_is_ranked_from_the_best():
    data = frame()
    found = fitted(xz.Denominate(), data=xz.Panel(data[data["year"] == 2012], unit="unit"))
    cells = table(found, "scores").columns()
    ranks = [rank for rank in cells["rank"] if rank is not None]
    assert ranks == sorted(ranks)
    assert (cells["unit"][-1], cells["rank"][-1], cells["status"][-1]) == ("U03", None, "missing data")
    assert "dimension_scores" not in names(found)
    assert "in 2012" not in found.summary()
    assert "time" not in table(found, "not_computed").columns()


def test_views_choose_units_and_years():
    assert table(result(), "scores", View(units=("U05",))).columns()["unit"] == ["U05"]
    keys = list(table(result(), "scores", View(periods=((2011, 2013),))).columns())
    assert [key for key in keys if key.startswith("score_")] == ["score_2011", "score_2013"]
    with pytest.raises(DataError, match="XZ-208"):
        result().tables(View(periods=((1990, 2014),)))
    with pytest.raises(DataError, match="XZ-212"):
        result().tables(View(units=("nobody",)))


# What steps did -------------------------------------------------------------------------------


def test_who_is_left_out_is_listed_with_the_reason():
    found = fitted(xz.Screen(without=("U01",)))
    cells = table(found, "left_out").columns()
    assert (cells["what"], cells["name"]) == (["Unit"], ["U01"])
    assert all(cells["reason"])
    assert "Left out by name: U01." in found.methods_text()
    assert "XZ-464 left out: units 1; see the table of what was left out." in found.warnings
    assert set(found.rows.status[found.rows.unit == "U01"]) == {"left_out"}
    assert "left_out" not in names(result())


def test_filled_treated_and_floored_cells_are_listed_one_by_one():
    filled = fitted(xz.Impute())
    assert table(filled, "filled_cells").columns()["unit"] == ["U03", "U05"]
    titled = [filled.name(cell.column) for cell in filled.log]
    assert table(filled, "filled_cells").columns()["column"] == titled
    with speaking("zh", names={"k": "资本"}):
        assert "资本" in table(filled, "filled_cells").columns()["column"]
    assert "Missing cells are filled by the mean of the year; cells filled: 2." in filled.methods_text()
    found = result("index_system_entropy")
    treated = table(found, "treatment").columns()
    assert len(treated["indicator"]) == 5
    cells = table(found, "treated_cells").columns()
    assert len(cells["unit"]) == sum(treated["points"])
    floored = table(found, "other_cells").columns()
    assert set(floored["after"]) == {0.01}
    assert all(before < 0.01 for before in floored["before"])


def test_an_indicator_that_is_transformed_as_a_whole_is_not_listed_cell_by_cell():
    found = fitted(xz.Screen(without=("U03",)), xz.Treat(by=xz.Logarithm(variant="plain"), indicators=("y",)))
    assert table(found, "treatment").columns()["points"] == [66]
    assert "treated_cells" not in names(found)
    assert "y (logarithm (variant: plain))" in table(found, "descriptive").columns()["indicator"]
    assert "k" in table(found, "descriptive").columns()["indicator"]


def test_what_the_weights_rest_on():
    cells = table(result("index_system_entropy"), "weight_facts").columns()
    entropy, redundancy = np.array(cells["entropy"]), np.array(cells["redundancy"])
    np.testing.assert_allclose(entropy + redundancy, 1.0, rtol=0, atol=HAND)
    weights = list(result("index_system_entropy").weights().values())
    np.testing.assert_allclose(redundancy / redundancy.sum(), weights, rtol=0, atol=HAND)
    assert "weight_facts" not in names(result())


def test_components_print_eigenvalues_loadings_and_tests():
    found = fitted(xz.Weigh(by=xz.PrincipalComponents()))
    checks = table(found, "weight_checks").columns()
    assert {"KMO", "Bartlett's test, p", "Components kept", "Eigenvalue 1"} <= set(checks["quantity"])
    assert not any("not defined" in words for words in checks["quantity"])
    assert "loading_1" in table(found, "weight_facts").columns()


def test_judgements_print_their_consistency_and_warn():
    consistent = {
        "labour": ((1, 2, 4), (0.5, 1, 2), (0.25, 0.5, 1)),
        "means": ((1, 1), (1, 1)),
        "index": ((1, 3), (1 / 3, 1)),
    }
    circle = {**consistent, "labour": ((1, 9, 1 / 9), (1 / 9, 1, 9), (9, 1 / 9, 1))}
    good, odd = (fitted(xz.Weigh(by=xz.AHP(judgements=each))) for each in (consistent, circle))
    checks = table(good, "weight_checks").columns()
    ratios = [v for q, v in zip(checks["quantity"], checks["value"], strict=True) if q == "Consistency ratio (CR)"]
    assert ratios == pytest.approx([0.0, 0.0, 0.0], abs=HAND)
    assert not any("XZ-462" in words for words in good.warnings)
    assert any("XZ-462" in words for words in odd.warnings)


def test_weights_by_year_stand_side_by_side():
    found = fitted(xz.Weigh(by=xz.ByYear(of=xz.StandardDeviation())))
    cells = table(found, "weights_by_year").columns()
    assert list(cells) == ["indicator", "2010", "2011", "2012", "2013", "2014"]
    for year in range(2010, 2015):
        assert sum(cells[str(year)]) == pytest.approx(1.0, abs=HAND)
    assert any("differ by year" in note for note in table(found, "framework").notes)


def test_combined_rules_print_what_each_of_them_found():
    found = fitted(xz.Weigh(by=xz.Multiplicative(of=(xz.Entropy(), xz.Critic()))))
    assert [name for name in names(found) if name.startswith("weight_facts")] == ["weight_facts", "weight_facts_2"]
    assert "conflict" in table(found, "weight_facts_2").columns()


# Words and charts -----------------------------------------------------------------------------


def test_summary_follows_the_numbers():
    words = result().summary(View(units=tuple(UNITS)))
    found = result()
    last = found.rows.time == 2014
    best = found.rows.unit[last][np.nanargmax(found.term("index")[last])]
    assert f"Highest in 2014: {best} " in words
    rank = {(u, t): r for u, t, r in zip(found.rows.unit, found.rows.time, index_ranks(found), strict=True)}
    rise = {unit: rank[unit, 2010] - rank[unit, 2014] for unit in UNITS}
    assert f"{max(rise, key=rise.get)} rose most from 2010 to 2014" in words
    assert f"{min(rise, key=rise.get)} fell most from 2010 to 2014" in words
    same = result().summary(View(units=("U04",)))
    assert "no rank changed" in same


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ((xz.Normalise(over=2012),), "with the values of 2012 as base."),
        ((xz.Normalise(special={"y": xz.ZScore()}),), "Rules of their own: y by z-score."),
        ((xz.Weigh(by=xz.Entropy(), scope="siblings"),), "of the indicators of each dimension; dimensions have equal"),
        ((xz.Weigh(by=xz.Critic(correlation="absolute")),), "Weights (CRITIC (correlation: absolute)) are of all"),
        ((xz.Aggregate(levels={3: xz.GeometricMean(floor=0.1)}),), "At level 3: geometric mean (floor: 0.1)."),
        ((xz.Aggregate(availability=0.5),), "A dimension needs 50 per cent of its parts."),
        ((xz.Screen(units=0.9, by="unit"),), "Units with less than 90 per cent of the indicators are left out."),
        ((xz.Sample(without="U01"),), "estimated without U01."),
        ((xz.Drop(indicator="y"),), "y is left out."),
        ((xz.Treat(),), "Outliers are treated (winsorised): 0 of 5 indicators are changed. Where this is not enough:"),
    ],
)
def test_every_step_is_a_sentence_with_its_settings(steps, sentence):
    words = fitted(*steps).methods_text()
    assert sentence in words
    assert " = " not in words
    assert words.endswith(".")


def test_bars_add_up_to_the_score_where_parts_are_summed():
    found = result()
    whole = sum(_components(found).values())
    good = found.rows.status == "ok"
    np.testing.assert_allclose(whole[good], found.term("index")[good], rtol=0, atol=HAND)
    assert list(_components(result("index_system_entropy"))) == ["Index"], "a geometric mean is no sum"


def test_charts_are_of_the_view():
    assert [chart.name for chart in result().figures()] == ["framework", "scores"]
    charts = result().figures(SOME)
    assert [chart.name for chart in charts] == ["framework", "scores", "score_paths"]
    assert all(chart.title and chart.description for chart in charts)
    assert "positions within each year" in result("index_system_by_year").figures(SOME)[-1].title
