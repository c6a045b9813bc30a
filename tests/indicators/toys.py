"""A toy of six units and five indicators, and the shortest way to an index of an array."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

import xinzhi as xz
from xinzhi.indicators.normalisations import Normalisation
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.system import IndexResult
from xinzhi.panel.panel import Floats, Ints

TOY = np.array(
    [
        [3.0, 5000.0, 0.12, 410.0, 7.0],
        [4.0, 6200.0, 0.20, 380.0, 6.0],
        [2.0, 4100.0, 0.05, 520.0, 9.0],
        [5.0, 7300.0, 0.31, 300.0, 5.0],
        [3.0, 5600.0, 0.17, 450.0, 8.0],
        [4.0, 4800.0, 0.09, 360.0, 4.0],
    ]
)
"""toy_matrix of shared/data/indicators/reference_values.json; the fourth indicator is a cost."""
SIGNS = (1, 1, 1, -1, 1)
ENTROPY = (0.1538949948, 0.0698683558, 0.5760565668, 0.0591191583, 0.1410609244)
"""raw_entropy_no_minmax of that file: entropy weights of the raw toy, printed to ten digits."""
EQUAL = (0.2,) * 5


def framework(
    m: int, *, signs: Sequence[int] | None = None, weights: Sequence[float] | None = None, **indicator: Any
) -> xz.Framework:
    """Return a framework of m indicators x0, x1, ... in one dimension; ``indicator``: settings of all of them."""
    kinds = [{} if sign > 0 else {"direction": "cost"} for sign in signs or [1] * m]
    given = weights or [1.0] * m
    indicators = [
        xz.Indicator(**{"name": f"x{j}", "parent": "index", "weight": given[j], **kinds[j], **indicator})
        for j in range(m)
    ]
    return xz.Framework(indicators=indicators, dimensions=[xz.Dimension(name="index")])


def frame(values: Floats, years: Sequence[int] | None = None) -> pd.DataFrame:
    """Return (n, m) values of units u00, u01, ... as a frame; with years, the rows of each year one after another."""
    n = len(values) // len(years or [0])
    units = [f"u{k:02d}" for k in range(n)] * len(years or [0])
    time = {} if years is None else {"year": np.repeat(years, n)}
    return pd.DataFrame({"unit": units, **time, **{f"x{j}": column for j, column in enumerate(values.T)}})


def index(
    values: Floats,
    by: Normalisation | None = None,
    rule: Any = None,
    *,
    weights: Sequence[float] | None = None,
    signs: Sequence[int] | None = None,
    years: Sequence[int] | None = None,
    over: Any = "pooled",
    **indicator: Any,
) -> IndexResult:
    """Return the index of an array: ``by`` normalises, ``rule`` aggregates, weights are given or equal."""
    steps = [
        xz.Normalise(by=by or xz.MinMax(), over=over),
        xz.Weigh(by=xz.Given(scale="relative")),
        xz.Aggregate(by=rule or xz.ArithmeticMean()),
    ]
    tree = framework(values.shape[1], signs=signs, weights=weights, **indicator)
    panel = xz.Panel(frame(values, years), unit="unit", time=None if years is None else "year")
    return xz.IndexSystem(framework=tree, steps=steps).fit(panel)


def scores(*arrays: Any, **settings: Any) -> Floats:
    """Return the scores of :func:`index`, rows as given."""
    found = index(*arrays, **settings)
    return np.asarray(found.term("index"))[as_given(found)]


def as_given(found: IndexResult) -> Ints:
    """Return the order of rows in which :func:`frame` gave them: by year, then unit; a panel sorts them by unit."""
    return np.lexsort((found.panel.code, found.panel.when))


def normalised(values: Floats, by: Normalisation, **settings: Any) -> Floats:
    """Return the (n, m) normalised values of :func:`index`, rows as given."""
    found = index(values, by, **settings)
    return found.stage("normalise").values[as_given(found)]


def columns(
    values: Floats, *, base: Floats | None = None, time: Ints | None = None, signs: Sequence[int] | None = None
) -> Columns:
    """Return an array as a rule sees it."""
    n, m = values.shape
    names, ones = tuple(f"x{j}" for j in range(m)), np.ones(m)
    when = np.zeros(n, dtype=np.int64) if time is None else time
    sign = ones if signs is None else np.array(signs, dtype=np.float64)
    return Columns(values, values, np.ones(n) if base is None else base, when, names, sign, ones)
