"""Sensitivity of ranks: closed forms, factors without effect, outputs that do not vary."""

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.uncertainty.systems import Counted, First, panel, system, table
from tests.indicators.uncertainty.test_runs import switching
from xinzhi.errors import UsageError
from xinzhi.indicators import Between, MinMax, OneOf, Sensitivity
from xinzhi.language import speaking

CLOSE = 0.02
"""Error of Sobol indices at 1,024 points for scores that are smooth in the weights."""


def test_a_factor_without_effect_is_exactly_zero_beside_one_with_all() -> None:
    """A constant added to all normalised values moves no rank: the weights do it all."""
    index = system(Counted(number=Between(0.0, 1.0)), weigh=First(lean=Between(0.1, 0.9)))
    found = Sensitivity(system=index, sample=128).fit(panel(table())).indices
    assert found.total[0, 0] == found.first[0, 0] == 0.0
    assert found.total_range[:, 0].tolist() == found.first_range[:, 0].tolist() == [0.0, 0.0]
    assert found.total_range[0, 1] > 0
    assert abs(found.total[1, 0] - 1.0) < 3 * CLOSE  # half the mean squared difference of two samples over V


def test_score_of_a_unit_by_closed_form() -> None:
    """Score of A = L + (1 - L) (0.9 w + 0.1): variance of its parts by hand (numerical integral, 1e6 points)."""
    index, data = switching()
    steps = [xz.Normalise(by=MinMax(low=Between(0.0, 0.5))), *index.steps[1:]]
    result = Sensitivity(system=xz.IndexSystem(framework=index.framework, steps=steps), sample=1024, of="score").fit(
        data
    )
    low, lean = ((np.arange(1000) + 0.5) / 1000 * width + start for start, width in ((0.0, 0.5), (0.2, 0.7)))
    score = low[:, None] + (1 - low[:, None]) * (0.9 * lean + 0.1)
    by_low, by_lean, whole = score.mean(axis=1).var(), score.mean(axis=0).var(), score.var()
    truth = {
        "first_normalise_by_low": by_low / whole,
        "total_normalise_by_low": 1 - by_lean / whole,
        "first_weigh_by_lean": by_lean / whole,
        "total_weigh_by_lean": 1 - by_low / whole,
    }
    for name, value in truth.items():
        assert abs(result.term(name)[0] - value) < CLOSE, name


def test_a_unit_that_never_moves_is_not_identified() -> None:
    index, data = switching()
    result = Sensitivity(system=index, sample=64).fit(data)
    assert result.rows.status.tolist() == ["ok", "ok", "not_identified"]
    assert np.isnan(result.term("total_weigh_by_lean")[2])
    assert result.rows.reason[2]
    assert result.status == "ok"


def test_ranks_that_never_move_have_no_indices() -> None:
    index = system(Counted(number=Between(0.0, 1.0)), normalise=OneOf(MinMax(), MinMax(high=2.0)))
    result = Sensitivity(system=index, sample=32).fit(panel(table()))
    assert result.status == "not_identified"
    assert set(result.rows.status) == {"not_identified"}
    assert "rank_change" in result.absent
    assert np.isnan(result.indices.first).all()
    assert "not identified" in result.summary()
    assert result.figures() == []
    assert result.tables()


def test_the_total_index_is_no_sum() -> None:
    """In Chinese a total of a table is a sum; the total index of Sobol is not."""
    index = system(weigh=OneOf(xz.Equal(), First(lean=0.9)))
    result = Sensitivity(system=index, sample=32).fit(panel(table()))
    with speaking("zh"):
        heads = [field.label for field in result.tables()[0].fields]
    assert "总指数" in heads
    assert "合计" not in "".join(heads)


def test_slot_in_an_option_is_a_factor_of_its_own() -> None:
    index = system(weigh=OneOf(xz.Equal(), First(lean=Between(0.1, 0.9))))
    result = Sensitivity(system=index, sample=256).fit(panel(table()))
    total = dict(zip(result.design.keys, result.indices.total[:, 0], strict=True))
    assert total["weigh_by"] > 0
    assert total["weigh_by_1_lean"] > 0
    assert result.tables()[0].rows[0][0] == result.factor_titles()[int(result.order()[0])]
    assert len(result.figures()) == 1


def test_sample_is_a_power_of_two() -> None:
    with pytest.raises(UsageError, match="a power of two"):
        Sensitivity(system=system(weigh=First(lean=Between(0.1, 0.9))), sample=100)
