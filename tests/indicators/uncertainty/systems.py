"""Small indices with slots, and rules that count how often they are called."""

from collections import Counter
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

import xinzhi as xz
from xinzhi.errors import DataError
from xinzhi.indicators import Aggregate, Dimension, Framework, IndexSystem, Indicator, Normalise, Weigh
from xinzhi.indicators.aggregation.rule import AggregationRule
from xinzhi.indicators.slots import Number, OneOf
from xinzhi.indicators.stage import Columns, Stage, Step
from xinzhi.indicators.weights.rule import Weighting, WeightRule
from xinzhi.language import Text, say
from xinzhi.panel.panel import Floats

CALLS: Counter[str] = Counter()
"""How often the steps and rules of this module were applied."""
NAMES = ("a", "b", "c", "d")


class Counted(Step):
    """Does nothing but count; ``number`` can be a slot. Not a rule of the house."""

    called: ClassVar[Text] = say("treatment")
    rank: ClassVar[int] = 1
    form: Literal["counted_in_tests"] = "counted_in_tests"
    number: Number | OneOf = 0.0

    def apply(self, stage: Stage) -> Stage:
        """Return the stage."""
        CALLS["treatment"] += 1
        return stage


class First(WeightRule):
    """All weight to the column at a place, 0 to 1 of the way; refuses places above ``limit``."""

    called: ClassVar[Text] = say("weights")
    blind: ClassVar[bool] = True
    form: Literal["first_in_tests"] = "first_in_tests"
    lean: Number = 0.5
    limit: float = 1.0

    def weighting(self, columns: Columns) -> Weighting:
        """Return lean on the first column, the rest equally on the others; XZ-270 above the limit."""
        CALLS["weights"] += 1
        assert isinstance(self.lean, float)
        if self.lean > self.limit:
            raise DataError("XZ-270", say("sum {total:g}", total=self.lean))
        m = len(columns.names)
        weights = np.full((1, m), (1 - self.lean) / (m - 1))
        weights[0, 0] = self.lean
        return Weighting(weights)


def table(units: int = 12, years: int = 1, seed: int = 5) -> pd.DataFrame:
    """Return units with four indicators, uniform on [1, 10); the third one is a cost."""
    draw = np.random.default_rng(seed)
    data = pd.DataFrame(draw.uniform(1, 10, (units * years, 4)), columns=list(NAMES))
    names = [f"U{k:02d}" for k in range(units)]
    return data.assign(unit=np.repeat(names, years), year=np.tile(2000 + np.arange(years), units))


def panel(data: pd.DataFrame) -> xz.Panel:
    """Return the units as a panel, with years where there are several."""
    return xz.Panel(data, unit="unit", time="year" if data["year"].nunique() > 1 else None)


FRAMEWORK = Framework(
    indicators=[
        Indicator(name="a", parent="one"),
        Indicator(name="b", parent="one"),
        Indicator(name="c", parent="two", direction="cost"),
        Indicator(name="d", parent="two"),
    ],
    dimensions=[Dimension(name="index"), Dimension(name="one", parent="index"), Dimension(name="two", parent="index")],
)


def system(*before: Step, normalise: Any = None, weigh: Any = None, aggregate: Any = None) -> IndexSystem:
    """Return an index of the four indicators."""
    steps = {} if normalise is None else {"by": normalise}
    rules: dict[str, AggregationRule] = {} if aggregate is None else {"by": aggregate}
    weights = Weigh(by=xz.Equal() if weigh is None else weigh)
    return IndexSystem(framework=FRAMEWORK, steps=[*before, Normalise(**steps), weights, Aggregate(**rules)])


def scores(result: Any) -> Floats:
    """Return the index of a result."""
    return np.asarray(result.term("index"))
