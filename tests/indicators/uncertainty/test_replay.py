"""Many runs at once are each run by itself, and what runs share is computed once."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tests.indicators.uncertainty.systems import CALLS, Counted, First, panel, scores, system, table
from xinzhi.compute import Run
from xinzhi.errors import EstimationError
from xinzhi.indicators import Between, Drop, Equal, Given, MinMax, OneOf, Uncertainty
from xinzhi.indicators.uncertainty import replay
from xinzhi.indicators.uncertainty.design import Design
from xinzhi.indicators.uncertainty.replay import Target, replayed

SLOTS = system(
    Counted(number=OneOf(1.0, 2.0)),
    Drop(indicator=OneOf(None, "a", "d")),
    normalise=OneOf(MinMax(), MinMax(low=Between(0.1, 0.5))),
    weigh=OneOf(Equal(), First(lean=Between(0.2, 0.6))),
)


def drawn(index: Any, data: Any, runs: int = 60) -> tuple[Design, Any, Target, np.ndarray]:
    design, result = Design.of(index, where="test"), index.fit(data)
    uniform = np.random.default_rng(7).random((runs, len(design.factors)))
    return design, result.stages[0], Target.of(result, None, None, where="test"), design.choices(uniform)


@pytest.mark.parametrize("years", [1, 3])
def test_every_run_has_the_bits_of_its_own_fit(years: int) -> None:
    data = panel(table(years=years))
    design, start, target, choices = drawn(SLOTS, data)
    found = replayed(start, design, target, choices, Run())
    for choice, row in zip(choices, found, strict=True):
        assert scores(design.settled(choice).fit(data)).tobytes() == row.tobytes()


def test_a_step_that_runs_share_is_applied_once() -> None:
    index = system(Counted(number=OneOf(1.0, 2.0)), weigh=OneOf(First(lean=0.3), First(lean=0.5), First(lean=0.4)))
    data = panel(table())
    design, start, target, choices = drawn(index, data, runs=500)
    CALLS.clear()
    found = replayed(start, design, target, choices, Run())
    assert found.shape == (500, 12)
    assert CALLS["treatment"] == 2  # two options
    assert CALLS["weights"] == 2 * 3  # two treatments, three rules


def test_chunks_and_executors_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    data = panel(table())
    design, start, target, choices = drawn(SLOTS, data)
    whole = replayed(start, design, target, choices, Run())
    monkeypatch.setattr(replay, "CHUNK", 7)
    monkeypatch.setattr(replay, "INLINE", 0)
    with ThreadPoolExecutor(2) as pool:
        pieces = replayed(start, design, target, choices, Run(executor=pool))
    assert pieces.tobytes() == whole.tobytes()


def test_a_task_gives_the_same_in_another_process() -> None:
    design, start, target, choices = drawn(SLOTS, panel(table()))
    task = (start, design, target, np.unique(choices, axis=0))
    sent = replay.walk(*pickle.loads(pickle.dumps(task)))
    assert sent.scores.tobytes() == replay.walk(*task).scores.tobytes()


def test_failing_combinations_are_an_error_that_lists_them() -> None:
    index = system(normalise=OneOf(MinMax(), MinMax(high=2.0)), weigh=OneOf(Equal(), First(lean=0.9, limit=0.5)))
    with pytest.raises(EstimationError) as caught:
        Uncertainty(system=index, runs=200).fit(panel(table()))
    assert caught.value.code == "XZ-271"
    words = str(caught.value)
    assert "2 of 4 different combinations gave no scores; all of them have weights = weights (lean: 0.9" in words
    assert "normalisation = min-max, weights = weights (lean: 0.9, limit: 0.5): XZ-270 sum 0.9" in words
    assert "normalisation = min-max (highest: 2), weights" in words


def test_a_run_that_loses_a_score_of_the_published_index_is_an_error() -> None:
    data = table()
    data.loc[3, "a"] = np.nan
    index = system(Drop(indicator=OneOf("a", None)))  # scored without the indicator that is missing
    with pytest.raises(EstimationError, match="no score: U03"):
        Uncertainty(system=index, runs=50).fit(panel(data))


def test_settings_that_do_not_fit_together_when_drawn_are_listed() -> None:
    index = system(normalise=OneOf(MinMax(), MinMax(low=Between(0.0, 4.0), high=Between(1.0, 6.0))))
    with pytest.raises(EstimationError, match="needs low < high"):
        Uncertainty(system=index, runs=100).fit(panel(table()))


def test_published_weights_that_are_missing_are_named() -> None:
    with pytest.raises(EstimationError, match="XZ-264 no weight: "):
        Uncertainty(system=system(weigh=OneOf(Equal(), Given())), runs=50).fit(panel(table()))
