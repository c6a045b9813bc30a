"""The toy's weights as published or computed elsewhere, and the shortest ways to the weights of an array."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

import xinzhi as xz
from tests.indicators.toys import SIGNS, TOY, columns, frame
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.system import IndexResult
from xinzhi.indicators.weights.rule import Weighting, WeightRule
from xinzhi.panel.panel import Floats

PRINTED = 6e-11
"""Reference weights are printed to ten digits."""
CLOSE = 1e-12
"""Sums of a few products of numbers of size one."""

_FILE = Path(__file__).resolve().parents[2] / "reference" / "indicator_weights.csv"
PUBLISHED = {
    row["key"]: np.array([float(row[f"x{j}"]) for j in range(5)])
    for row in csv.DictReader(_FILE.read_text(encoding="utf-8").splitlines())
}
"""Keys of shared/data/indicators/reference_values.json, whose ``_conventions`` say how each was made, and values that
scikit-criteria 0.10 gives for the normalised toy (``lifted``: 0.01 + 0.99 z); printed to ten digits."""

DIRECTED = TOY * np.array(SIGNS)
NORMALISED = (DIRECTED - DIRECTED.min(axis=0)) / np.ptp(DIRECTED, axis=0)
UNDIRECTED = (TOY - TOY.min(axis=0)) / np.ptp(TOY, axis=0)
LIFTED = 0.01 + 0.99 * NORMALISED


def seen(values: Floats, raw: Floats | None = None, **settings: Any) -> Columns:
    """Return normalised and raw values as a rule sees them."""
    found = columns(values, **settings)
    return found if raw is None else Columns(**{**vars(found), "raw": raw})


def found(rule: WeightRule, values: Floats, raw: Floats | None = None, **settings: Any) -> Weighting:
    """Return what a rule finds."""
    return rule.weighting(seen(values, raw, **settings))


def weights(rule: WeightRule, values: Floats, raw: Floats | None = None, **settings: Any) -> Floats:
    """Return the (m,) weights that a rule finds."""
    (only,) = found(rule, values, raw, **settings).weights
    return np.asarray(only)


def random_values(n: int = 30, m: int = 5, seed: int = 0) -> Floats:
    """Return (n, m) correlated values between 0 and 1, each column with a 0 and a 1."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, m)) + 1.2 * rng.standard_normal((n, 1)) + 0.1 * np.arange(m) * rng.random((n, m))
    return np.asarray((x - x.min(axis=0)) / np.ptp(x, axis=0))


def index(values: Floats, weigh: xz.Weigh, *, tree: xz.Framework, by: Any = None, years: Any = None) -> IndexResult:
    """Return the index of an array by a rule of weights."""
    steps = [xz.Normalise(by=by or xz.MinMax()), weigh, xz.Aggregate()]
    panel = xz.Panel(frame(values, years), unit="unit", time=None if years is None else "year")
    return xz.IndexSystem(framework=tree, steps=steps).fit(panel)


def nested_tree(weights: Any = None) -> xz.Framework:
    """Return five indicators in a tree of uneven depth: x4 stands beside two dimensions, one of which has a child."""
    parent = ["deep", "deep", "left", "right", "index"]
    given = weights or [1.0] * 5
    indicators = [xz.Indicator(name=f"x{j}", parent=parent[j], weight=given[j]) for j in range(5)]
    above = {"index": None, "left": "index", "deep": "left", "right": "index"}
    dimensions = [xz.Dimension(name=name, parent=up, weight=1.0) for name, up in above.items()]
    return xz.Framework(indicators=indicators, dimensions=dimensions)
