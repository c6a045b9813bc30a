"""Small worlds for the analyses of an index; every number is drawn or written here."""

from typing import Any

import numpy as np
import pandas as pd

import xinzhi as xz
from tests.method.examples import grouped_frame
from xinzhi.indicators import (
    Aggregate,
    Denominate,
    Dimension,
    Equal,
    Framework,
    IndexSystem,
    Indicator,
    Normalise,
    Weigh,
)

SCALES = {"y": 1e9, "k": 1e-9, "persons": 1e9, "hours": 1e-9, "quality": 1e3}


def indicator_frame() -> pd.DataFrame:
    """Return the economies of the contract suite with their labels."""
    return grouped_frame()


def framework() -> Framework:
    """Return two dimensions of two indicators; capital per person misses a cell."""
    return Framework(
        indicators=[
            Indicator(name="k", parent="means", denominator="persons"),
            Indicator(name="quality", parent="means"),
            Indicator(name="y", parent="results", denominator="persons"),
            Indicator(name="hours", parent="results", direction="cost"),
        ],
        dimensions=[
            Dimension(name="index", title={"en": "The index", "zh": "指数"}),
            Dimension(name="means", parent="index", title={"en": "Means", "zh": "手段"}),
            Dimension(name="results", parent="index", title={"en": "Results", "zh": "成果"}),
        ],
    )


def steps(**normalise: Any) -> list[Any]:
    """Return denominators, min-max over all rows, equal weights, arithmetic means."""
    return [Denominate(), Normalise(**normalise), Weigh(by=Equal()), Aggregate()]


def system(**normalise: Any) -> IndexSystem:
    """Return the index of the framework."""
    return IndexSystem(framework=framework(), steps=steps(**normalise))


def of_dimension(name: str) -> xz.Term:
    """Return the scores of a dimension of the index."""
    return xz.Term(method=system(), column=name)


def flat(names: list[str], frame: pd.DataFrame, **settings: Any) -> tuple[IndexSystem, xz.Panel]:
    """Return the equal-weighted index of some columns that are better when larger, and the frame as a panel."""
    indicators = [Indicator(name=name, parent="index", **settings.get(name, {})) for name in names]
    made = Framework(indicators=indicators, dimensions=[Dimension(name="index")])
    time = "year" if "year" in frame else None
    built = IndexSystem(framework=made, steps=settings.get("steps") or steps())
    return built, xz.Panel(frame, unit="unit", time=time, columns=settings.get("columns"))


def drawn(names: list[str], values: Any, **more: Any) -> pd.DataFrame:
    """Return (n, m) numbers as a cross-section of units."""
    values = np.asarray(values, dtype=np.float64)
    units = [f"U{k:04d}" for k in range(len(values))]
    return pd.DataFrame({"unit": units, **dict(zip(names, values.T, strict=True)), **more})
