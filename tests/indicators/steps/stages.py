"""The shortest way to a stage: columns in, data before the first step out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from xinzhi.indicators.framework import Dimension, Framework, Indicator
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.system import first_stage
from xinzhi.panel import Panel

NAN = float("nan")


def stage_of(
    columns: Mapping[str, Sequence[float]],
    *,
    units: Sequence[str] | None = None,
    times: Sequence[int] | None = None,
    base: Sequence[float] | None = None,
    labels: Mapping[str, Sequence[Any]] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    others: Mapping[str, Sequence[float]] | None = None,
) -> Stage:
    """Return the stage of indicators in one dimension; rows are in the order of units, then times."""
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame(
        {"unit": units or [f"u{k:03d}" for k in range(n)], **columns, **(labels or {}), **(others or {})}
    )
    if times is not None:
        frame["year"] = times
    panel = Panel(frame, unit="unit", time=None if times is None else "year")
    indicators = [Indicator(name=name, parent="index", **(settings or {}).get(name, {})) for name in columns]
    stage = first_stage(Framework(indicators=indicators, dimensions=[Dimension(name="index")]), panel)
    return stage if base is None else replace(stage, base=np.array(base, dtype=np.float64))
