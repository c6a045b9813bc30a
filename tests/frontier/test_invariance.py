"""What each static model claims not to depend on is tested; what it does not claim has a counterexample."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.frontier.models import MODELS
from xinzhi.frontier.model import FrontierModel

SAME = 1e-9
"""Scores are of order one; powers of two aside, other units of measurement round the data anew (1e-16 relative)."""
DIFFERENT = 1e-4
"""A counterexample differs by more than any rounding could explain."""
UNITS = {"x1": 1e-9, "x2": 1e9, "y1": 1e6, "y2": 1e-3, "b1": 1e9}
every_model = pytest.mark.parametrize("name", MODELS)


def frame(seed: int = 5, n: int = 24) -> pd.DataFrame:
    """Return n units with two inputs, two outputs and one bad output, all positive, some of them efficient."""
    draw = np.random.default_rng(seed)
    x, mix = np.exp(draw.normal(1.0, 0.5, (n, 2))), draw.dirichlet([2.0, 2.0], n)
    level = np.exp(0.8 * np.log(x).mean(axis=1) - np.abs(draw.normal(0, 0.3, n)))
    y = level[:, None] * np.sqrt(mix)
    bad = x.mean(axis=1) * np.exp(draw.normal(0, 0.2, n))
    columns = dict(zip(("x1", "x2", "y1", "y2", "b1"), (*x.T, *y.T, bad), strict=True))
    return pd.DataFrame({"unit": [f"U{k:02d}" for k in range(n)], "group": ["a", "b"] * (n // 2), **columns})


def scores(model: FrontierModel, data: pd.DataFrame) -> Any:
    """Return the scores of the first 24 units; NaN where there is none."""
    found = model.fit(xz.Panel(data, unit="unit"))
    score = pd.Series(next(iter(found.rows.terms.values())), index=found.rows.unit)
    return score.loc[frame()["unit"]].to_numpy()


def changed(data: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the data in other units of measurement, translated, or with every unit twice."""
    if kind == "units":
        return data.assign(**{name: data[name] * by for name, by in UNITS.items()})
    if kind == "duplication":
        return pd.concat([data, data.assign(unit=data["unit"] + "*")], ignore_index=True)
    side = {"translation_inputs": ["x1", "x2"], "translation_outputs": ["y1", "y2"]}[kind]
    return data.assign(**{name: data[name] + 3.0 * (k + 1) for k, name in enumerate(side)})


@every_model
@pytest.mark.parametrize("kind", ["units", "duplication", "translation_inputs", "translation_outputs"])
def test_claims_hold_and_what_is_not_claimed_does_not(name: str, kind: str) -> None:
    model, plain = MODELS[name](), frame()
    before, after = scores(model, plain), scores(model, changed(plain, kind))
    if kind in model.invariances:
        np.testing.assert_allclose(after, before, rtol=SAME, atol=SAME)
    else:
        gap = np.nan_to_num(np.abs(after - before), nan=1.0) * ~(np.isnan(after) & np.isnan(before))
        assert gap.max() > DIFFERENT


@every_model
def test_order_of_rows_does_not_matter(name: str) -> None:
    model, plain = MODELS[name](), frame()
    assert scores(model, plain.sample(frac=1.0, random_state=3)).tobytes() == scores(model, plain).tobytes()
