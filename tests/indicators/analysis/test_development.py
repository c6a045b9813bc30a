"""Relative development: ratios by hand, both thresholds, terms of indices, and what has no ratio."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.toys import frame, framework
from xinzhi.indicators.analysis.development import RelativeDevelopment, lag_types
from xinzhi.method import Term


def fitted(one: Any, other: Any, **settings: Any) -> Any:
    data = pd.DataFrame({"unit": [f"u{k}" for k in range(len(one))], "a": one, "b": other})
    return RelativeDevelopment(systems=("a", "b"), **settings).fit(xz.Panel(data, unit="unit"))


def test_ratios_and_types_with_both_ends_closed() -> None:
    result = fitted([0.4, 0.8, 1.0, 1.2, 1.21, 0.0], [1.0] * 6)
    assert result.term("ratio").tolist() == [0.4, 0.8, 1.0, 1.2, 1.21, 0.0]
    assert result.term("type").tolist() == [-1, 0, 0, 0, 1, -1]
    assert {name: n.tolist() for name, n in result.counts().items()} == {
        "time": [0],
        "first_lags": [2],
        "in_step": [3],
        "second_lags": [1],
    }


def test_other_limits() -> None:
    assert fitted([0.6, 0.8], [1.0, 1.0], low=0.5, high=0.7).term("type").tolist() == [0, 1]
    with pytest.raises(Exception, match="low < high"):
        RelativeDevelopment(systems=("a", "b"), low=1.0, high=0.9)


def test_exchanging_the_systems_turns_the_ratio() -> None:
    a, b = np.random.default_rng(4).uniform(0.1, 1, (2, 20))
    one, other = fitted(a, b, low=0.8, high=1.25), fitted(b, a, low=0.8, high=1.25)
    assert np.abs(one.term("ratio") * other.term("ratio") - 1).max() < 1e-12
    assert np.array_equal(one.term("type"), -other.term("type"))


def test_scale_that_both_share_does_not_matter() -> None:
    a, b = np.random.default_rng(4).uniform(0.1, 1, (2, 20))
    assert np.allclose(fitted(a, b).term("ratio"), fitted(100 * a, 100 * b).term("ratio"), rtol=1e-12)


def test_what_has_no_ratio_stays_with_a_reason() -> None:
    result = fitted([0.5, np.nan, -0.1, 0.5], [0.0, 0.5, 0.5, 0.5])
    assert result.rows.status.tolist() == ["non_positive", "missing_data", "non_positive", "ok"]
    assert result.rows.reason.tolist() == ["b not positive", "a missing", "a not positive", ""]
    assert np.isnan(lag_types(np.array([np.nan]), 0.8, 1.2)).all()


def test_terms_of_indices_are_joined() -> None:
    x = np.random.default_rng(9).uniform(1, 9, (20, 4))
    panel = xz.Panel(frame(x, (1, 2)), unit="unit", time="year")

    def index(*columns: int) -> xz.IndexSystem:
        tree = framework(4)
        kept = [tree.indicators[j] for j in columns]
        tree = xz.Framework(indicators=kept, dimensions=tree.dimensions)
        return xz.IndexSystem(framework=tree, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])

    first, second = index(0, 1), index(2, 3)
    systems = (Term(method=first, column="index"), Term(method=second, column="index"))
    result: Any = RelativeDevelopment(systems=systems).fit(panel)
    expected = first.fit(panel).term("index") / second.fit(panel).term("index")
    assert np.abs(result.term("ratio") - expected).max() < 1e-12
    assert result.names[0] != result.names[1]


def test_tables_figures_and_words() -> None:
    data = pd.DataFrame({"unit": ["A", "A", "B", "B"], "year": [1, 2] * 2, "a": [0.2, 0.4, 0.6, 0.5], "b": [0.5] * 4})
    result: Any = RelativeDevelopment(systems=("a", "b")).fit(xz.Panel(data, unit="unit", time="year"))
    units, types = result.tables()
    assert units.columns()["type"] == ["a lags", "in step", "in step", "in step"]
    assert [field.label for field in types.fields] == ["Year", "a lags", "in step", "b lags"]
    assert "in step from 0.8 to 1.2, both included" in units.notes[0]
    assert "in 2: a lags: 0 units" in result.summary()
    assert result.figures()[0].to_dict()["title"]
    alone = fitted([0.5], [0.5])
    assert "time" not in alone.tables()[0].columns()
    assert alone.figures() == []
    assert "in all" in alone.summary()


def test_a_score_is_not_compared_with_itself() -> None:
    with pytest.raises(xz.errors.UsageError, match=r"XZ-103.*each one once"):
        RelativeDevelopment(systems=("a", "a"))
