"""Overlap of regressors with an index: planted copies, shares of variance, the index without them."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.analysis.worlds import drawn, flat, indicator_frame, of_dimension, system
from tests.method.examples import panel as economy
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators import (
    Aggregate,
    Dimension,
    Framework,
    Given,
    IndexSystem,
    Indicator,
    Normalise,
    RegressorOverlap,
    Weigh,
)
from xinzhi.indicators.analysis.overlap import carried, spanned
from xinzhi.method import View

SAME = 1e-12
"""Sums of some hundred products of numbers of about one."""
NAMES = list("abcd")


def world(seed: int = 1, n: int = 60) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    values = draw.uniform(1, 2, size=(n, 4))
    frame = drawn(NAMES, values)
    frame["copy"] = 100 - 7 * frame["b"]
    frame["near"] = frame["c"] + 0.01 * draw.normal(size=n)
    frame["power"] = frame["d"] ** 5
    frame["sum"] = frame[NAMES].sum(axis=1)
    frame["other"] = draw.normal(size=n)
    return frame


def fitted(regressors: list[str], **settings: object) -> xz.indicators.RegressorOverlapResult:
    index, panel = flat(NAMES, world())
    return RegressorOverlap(system=index, regressors=regressors, **settings).fit(panel)


@pytest.mark.parametrize(
    ("regressor", "indicator", "relation"),
    [
        ("a", "a", "indicator"),
        ("copy", "b", "near_duplicate"),
        ("near", "c", "near_duplicate"),
        ("power", "d", "near_duplicate"),
    ],
)
def test_planted_overlaps_are_found(regressor: str, indicator: str, relation: str) -> None:
    found = fitted([regressor]).overlaps
    assert [(one.indicator, one.relation) for one in found] == [(indicator, relation)]


def test_what_has_nothing_in_common_is_left_alone() -> None:
    result = fitted(["other"])
    assert result.overlaps == ()
    assert result.warnings == ()
    np.testing.assert_array_equal(result.term("without_shared"), result.term("index"))
    assert abs(result.rank_correlation - 1) < SAME
    assert "None of the 4 indicators" in result.summary()


def test_a_denominator_is_found_by_its_name() -> None:
    result = RegressorOverlap(system=system(), regressors=["persons"], outcome="y").fit(economy(indicator_frame()))
    found = {(str(result.names[one.variable]), one.indicator, one.relation) for one in result.overlaps}
    assert ("persons", "k", "denominator") in found
    assert ("persons", "y", "denominator") in found
    assert ("y", "y", "indicator") in found
    assert result.tables()[1].columns()["role"] == ["regressor", "outcome"]


def test_movement_within_units_is_looked_at_too() -> None:
    """Large differences between units hide that two columns move as one within them."""
    draw = np.random.default_rng(2)
    move = draw.normal(size=(30, 8))
    keys = {"unit": np.repeat([f"U{k:02d}" for k in range(30)], 8), "year": np.tile(range(2000, 2008), 30)}
    level = {name: np.repeat(draw.normal(size=30) * 50, 8) for name in ("a", "x")}
    frame = pd.DataFrame(keys | {"a": level["a"] + move.ravel(), "x": level["x"] + move.ravel()})
    frame["b"] = draw.normal(size=240)
    index, panel = flat(["a", "b"], frame)
    found = RegressorOverlap(system=index, regressors=["x"]).fit(panel).overlaps
    assert [one.indicator for one in found] == ["a"]
    assert abs(found[0].pooled) < 0.5
    assert found[0].within > 0.99


def test_the_index_without_is_the_index_of_the_rest() -> None:
    result = fitted(["a", "copy"])
    rest, panel = flat(["c", "d"], world())
    np.testing.assert_allclose(result.term("without_shared"), rest.fit(panel).term("index"), atol=SAME)
    assert any("parts of the index: a, b" in warning for warning in result.warnings)


def test_published_weights_become_relative_where_some_are_gone() -> None:
    frame = world()
    weights = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
    made = Framework(
        indicators=[Indicator(name=n, parent="index", weight=w) for n, w in weights.items()],
        dimensions=[Dimension(name="index")],
    )
    index = IndexSystem(framework=made, steps=[Normalise(), Weigh(by=Given()), Aggregate()])
    result = RegressorOverlap(system=index, regressors=["a"]).fit(xz.Panel(frame, unit="unit"))
    z = (frame[NAMES] - frame[NAMES].min()) / (frame[NAMES].max() - frame[NAMES].min())
    expected = (0.3 * z["b"] + 0.2 * z["c"] + 0.1 * z["d"]) / 0.6
    np.testing.assert_allclose(result.term("without_shared"), expected, atol=SAME)


def test_carried_variance_is_one_half_of_two_independent_equal_parts() -> None:
    # orthogonal columns of equal variance: each weighs one half of the variance
    z = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)], dtype=float)
    assert abs(carried(z, np.array([0.5, 0.5]), np.array([True, False])) - 0.5) < SAME
    # weights 3 : 1 give variances 9 : 1
    assert abs(carried(z, np.array([0.75, 0.25]), np.array([True, False])) - 0.9) < SAME


def test_carried_shares_add_up() -> None:
    result = fitted(["a", "copy", "near", "power"])
    assert abs(sum(result.carried(k) for k in range(4)) - 1) < SAME


def test_nothing_left_is_absent_with_the_reason() -> None:
    result = fitted(["a", "copy", "near", "power"])
    assert list(result.rows.terms) == ["index"]
    assert result.absent["without_shared"] == "all indicators are shared"
    assert np.isnan(result.rank_correlation)
    assert [table.name for table in result.tables()] == ["overlaps", "variables"]


def test_a_sum_of_all_indicators_shows_in_the_adjusted_r2_only() -> None:
    result = fitted(["sum", "other"])
    found = result.tables()[-2].columns()
    assert result.overlaps == ()
    assert abs(found["spanned"][0] - 1) < 1e-9
    assert found["spanned"][1] < 0.3


def test_adjusted_r2_of_one_column_is_the_closed_form() -> None:
    x, e = np.random.default_rng(3).normal(size=(2, 50))
    r2 = np.corrcoef(x, x + e)[0, 1] ** 2
    assert abs(spanned(x + e, x[:, None]) - (1 - (1 - r2) * 49 / 48)) < SAME
    assert np.isnan(spanned(x[:3], np.ones((3, 2))))


def test_mechanical_correlation_goes_with_what_is_shared() -> None:
    """Independent uniform columns: an indicator correlates with the mean of four by 1/2, with the others not."""
    found = fitted(["a"]).tables()[1].columns()
    assert abs(found["with_index"][0] - 0.5) < 0.25  # 60 rows: standard error 0.1
    assert abs(found["without"][0]) < 0.3


def test_a_term_may_be_a_regressor() -> None:
    panel = economy(indicator_frame())
    result = RegressorOverlap(system=system(), regressors=[of_dimension("means")]).fit(panel)
    assert result.names == ("Means",)
    assert result.numbers.shape == (len(panel), 1)


def test_ranks_of_the_view() -> None:
    result = fitted(["a"])
    table = result.tables(View(units=("U0003", "U0001")))[-1].columns()
    assert table["unit"] == ["U0003", "U0001"]
    better = (result.term("index") > result.term("index")[3]).sum()
    assert table["rank"][0] == better + 1


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(DataError, match="no column 'nothing'") as caught:
        fitted(["nothing"])
    assert caught.value.code == "XZ-205"


def test_no_regressor_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        RegressorOverlap(system=system(), regressors=[])
