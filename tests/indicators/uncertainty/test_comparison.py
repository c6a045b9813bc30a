"""Ranks under other methods: the ASEM numbers, hand examples, alternatives of all kinds."""

import re

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.uncertainty.systems import First, panel, system, table
from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.indicators import (
    Aggregate,
    Dimension,
    Drop,
    Entropy,
    Equal,
    Framework,
    IndexSystem,
    Indicator,
    MethodComparison,
    Normalise,
    Weigh,
)
from xinzhi.language import speaking

FILES = SHARED / "indicators"
PRINTED = 0.005
"""Half a unit of the last printed digit."""


def asem() -> tuple[Framework, xz.Panel]:
    """Return the 49 indicators of COINr's ASEM example, normalised to [0, 1], for 51 countries."""
    parts = pd.read_csv(FILES / "coinr_ASEM_iMeta.csv")
    groups = parts[parts["Type"] == "Aggregate"]
    framework = Framework(
        indicators=[
            Indicator(name=row.iCode, parent=row.Parent) for row in parts[parts["Type"] == "Indicator"].itertuples()
        ],
        dimensions=[
            Dimension(name=row.iCode, parent=None if pd.isna(row.Parent) else row.Parent) for row in groups.itertuples()
        ],
    )
    data = pd.read_csv(FILES / "coinr_ASEM_expected_Normalised.csv")
    names = [indicator.name for indicator in framework.indicators]
    return framework, xz.Panel(data[["uCode"]].join(data[names] / 100), unit="uCode")


@needs_shared
@pytest.mark.reference
def test_asem_entropy_against_equal_weights() -> None:
    """shared/methods/indicators.md 2.13: mean change of rank 2.67, at most 9, against flat equal weights; 4.51 and 15
    against the hierarchical index of COINr 1.1.14."""
    framework, data = asem()
    base = IndexSystem(framework=framework, steps=[Normalise(), Weigh(by=Entropy(), scope="all"), Aggregate()])
    others = {"flat": [Weigh(by=Equal(), scope="all")], "hierarchical": [Weigh(by=Equal(), scope="siblings")]}
    found = MethodComparison(system=base, alternatives=others).fit(data).agreements
    assert abs(found["flat"].mean_change - 2.67) < PRINTED
    assert found["flat"].largest == 9
    assert abs(found["hierarchical"].mean_change - 4.51) < PRINTED
    assert found["hierarchical"].largest == 15


def test_a_turned_index_has_correlation_minus_one() -> None:
    base = system()
    turned = Framework(
        indicators=[
            i.model_copy(update={"direction": "benefit" if i.direction == "cost" else "cost"})
            for i in base.framework.indicators
        ],
        dimensions=base.framework.dimensions,
    )
    other = IndexSystem(framework=turned, steps=base.steps)
    result = MethodComparison(system=base, alternatives={"same": base, "turned": other}).fit(panel(table()))
    assert result.agreements["turned"].spearman == pytest.approx(-1.0)
    assert result.agreements["turned"].kendall == pytest.approx(-1.0)
    assert result.agreements["turned"].largest == 11
    assert result.agreements["same"].spearman == pytest.approx(1.0)
    assert result.agreements["same"].mean_change == 0
    assert (result.term("rank_turned") == 13 - result.term("rank")).all()


def test_by_year_then_the_mean() -> None:
    data = panel(table(years=2))
    result = MethodComparison(system=system(), alternatives={"first": [Weigh(by=First(lean=0.9))]}).fit(data)
    shifts = result.term("shift_first")
    means = [np.abs(shifts[data.when == year]).mean() for year in (2000, 2001)]
    assert result.agreements["first"].mean_change == pytest.approx(np.mean(means))
    assert result.agreements["first"].rows == 24


def test_a_step_that_the_base_lacks_is_put_in_its_place() -> None:
    comparison = MethodComparison(system=system(), alternatives={"without": [Drop(indicator="a")]})
    assert [step.form for step in comparison.systems()["without"].steps] == ["normalise", "drop", "weigh", "aggregate"]
    result = comparison.fit(panel(table()))
    alone = comparison.systems()["without"].fit(panel(table()))
    assert result.term("score_without").tolist() == alone.term("index").tolist()


def test_ranks_are_among_the_rows_that_all_have() -> None:
    data = table()
    data.loc[2, "a"] = np.nan
    result = MethodComparison(system=system(Drop(indicator="a")), alternatives={"all": [Drop(indicator=None)]}).fit(
        panel(data)
    )
    assert result.rows.status[2] == "not_identified"
    assert np.nanmax(result.term("rank")) == 11
    assert len(result.figures()) == 1
    assert "Spearman" in result.summary()
    assert result.tables()[0].notes == ("all: Without the step: one indicator left out.",)


def test_what_each_alternative_changes_is_said_in_both_languages() -> None:
    alternatives = {"w": [Weigh(by=Equal(), scope="all")], "same": [Normalise()]}
    result = MethodComparison(system=system(weigh=Entropy()), alternatives=alternatives).fit(panel(table()))
    changed, same = result.tables()[0].notes
    assert changed.startswith("w: Weights (equal weights) are of all indicators at once")
    assert "normalised" not in changed
    assert same == "same: The same steps."
    with speaking("zh", names={"w": "等权"}):
        note = result.tables()[0].notes[0]
    assert note.startswith("等权：")
    assert not re.search("[a-z]", note)


def test_alternatives_that_do_not_fit_together_are_refused_at_once() -> None:
    with pytest.raises(UsageError):
        MethodComparison(system=system(), alternatives={})
    empty = IndexSystem.model_construct(framework=system().framework, steps=(Normalise(),))
    with pytest.raises(UsageError, match="needed once"):
        MethodComparison(system=empty, alternatives={"equal": [Weigh(by=Equal())]})
