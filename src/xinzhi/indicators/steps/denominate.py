"""Denominate: x / denominator, so that size does not decide."""

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np

from xinzhi.errors import DataError, listed, raise_all
from xinzhi.indicators.stage import Stage, Step
from xinzhi.language import Text, named, say
from xinzhi.method.base import role


@role("denominate")
class Denominate(Step):
    """Divide each indicator by the denominator that its framework names; a missing one makes the cell missing.

    Parameters
    ----------
    form : "denominate"

    Raises
    ------
    DataError
        A denominator that is zero or negative (XZ-267), with units and years.
    """

    called: ClassVar[Text] = say("denominators")
    rank: ClassVar[int] = 1
    form: Literal["denominate"] = "denominate"

    def apply(self, stage: Stage) -> Stage:
        """Return the stage with indicators divided by their denominators."""
        values, errors = stage.values.copy(), dict[str, DataError]()
        for j, name in enumerate(stage.tree.indicators):
            column = stage.framework.indicator(name).denominator
            if column is None:
                continue
            below = stage.panel.values(column)
            odd = np.flatnonzero((below <= 0) & np.isfinite(values[:, j]))
            if odd.size:
                rows = listed([stage.place(row) for row in odd.tolist()])
                errors[column] = DataError("XZ-267", say("{column}: {rows}", column=named(column), rows=rows))
            else:
                values[:, j] /= below
        raise_all(list(errors.values()))
        return replace(stage, values=values, raw=values)
