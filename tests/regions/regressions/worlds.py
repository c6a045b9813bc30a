"""Panels with known slopes, and regressions by dummies written out, for the tests of this room."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

import xinzhi as xz

SLOPES = (0.7, -0.4)


def panel_frame(units: int = 24, years: int = 8, *, seed: int = 1, gaps: float = 0.15) -> pd.DataFrame:
    """Return an unbalanced panel: x1, x2 move with unit effects, errors depend within units, weights differ."""
    draw = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(units), years), np.tile(np.arange(years), units)
    mean, shock = draw.normal(size=units)[unit], draw.normal(size=years)[time]
    x = draw.normal(size=(units * years, 2)) + mean[:, None] + 0.5 * shock[:, None]
    error = (
        draw.normal(size=units * years) * (1 + 0.5 * np.abs(x[:, 0]))
        + 0.5 * draw.normal(size=(units, 2))[unit, time % 2]
    )
    frame = pd.DataFrame(
        {
            "unit": [f"u{k:03}" for k in unit],
            "year": 2010 + time,
            "y": x @ SLOPES + 2.0 * mean + shock + error,
            "x1": x[:, 0],
            "x2": x[:, 1],
            "w": np.exp(0.3 * draw.normal(size=units * years)),
            "area": [f"area {k % 7}" for k in unit],
        }
    )
    return frame[draw.uniform(size=len(frame)) >= gaps].reset_index(drop=True)


def panel(frame: pd.DataFrame) -> xz.Panel:
    return xz.Panel(frame, unit="unit", time="year")


def dummies(frame: pd.DataFrame, effects: str) -> np.ndarray:
    """Return the dummies of the effects, of full rank; a constant where there is none."""
    unit, time = (pd.get_dummies(frame[name]).to_numpy(float) for name in ("unit", "year"))
    return {
        "none": np.ones((len(frame), 1)),
        "unit": unit,
        "time": time,
        "two_way": np.column_stack([unit, time[:, 1:]]),
    }[effects]


def by_dummies(frame: pd.DataFrame, names: Sequence[str], effects: str, weight: str | None = None):
    """Return slopes, (k,), residuals, (n,), and influences, (n, k), with dummies, times root weights."""
    root = np.sqrt(frame[weight].to_numpy() / frame[weight].mean()) if weight else np.ones(len(frame))
    x = np.column_stack([frame[list(names)].to_numpy(), dummies(frame, effects)]) * root[:, None]
    y = frame["y"].to_numpy() * root
    inverse = np.linalg.pinv(x)
    beta = inverse @ y
    residual = y - x @ beta
    return beta[: len(names)], residual / root, (inverse[: len(names)] * residual).T


def summed(influence: np.ndarray, groups) -> np.ndarray:
    """Return the squares of the sums of influences by group, (k, k)."""
    sums = pd.DataFrame(influence).groupby(np.asarray(groups)).sum().to_numpy()
    return sums.T @ sums
