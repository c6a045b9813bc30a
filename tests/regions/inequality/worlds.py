"""Data of the tests of inequality: published sets, random groups with ties, formulas over pairs."""

from pathlib import Path

import numpy as np
import pandas as pd

import xinzhi as xz

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
PUBLISHED = pd.read_csv(REFERENCE / "inequality.csv")
"""Values of methods/indicators.md 2.6 and 2.7 (reference_values.json), and of the package inequality 1.1.2."""
EXACT = 1e-12
"""Sums of some hundred terms of size one, in another order."""

TOY = pd.DataFrame(
    {
        "unit": [f"u{k:02}" for k in range(14)],
        "y": [0.52, 0.48, 0.61, 0.33, 0.25, 0.28, 0.22, 0.3, 0.18, 0.15, 0.21, 0.19, 0.27, 0.24],
        "g": list("EEEECCCCWWWWNN"),
    }
)
"""The Dagum toy of reference_values.json."""


def published(data: str, statistic: str) -> list[float]:
    """Return the values of a statistic, one from each source."""
    rows = (PUBLISHED["data"] == data) & (PUBLISHED["statistic"] == statistic)
    return PUBLISHED.loc[rows, "value"].tolist()


def mexico() -> pd.DataFrame:
    """Return GDP per head of the states of Mexico by year (libpysal, BSD-3), with the regions of Hanson (2003)."""
    wide = pd.read_csv(REFERENCE / "libpysal_mexico.csv")
    years = [f"pcgdp{year}" for year in range(1940, 2001, 10)]
    long = wide.melt(id_vars=["State", "hanson03"], value_vars=years, var_name="year", value_name="y")
    return long.assign(year=long["year"].str[5:].astype(int)).rename(columns={"State": "unit", "hanson03": "g"})


def states() -> pd.DataFrame:
    """Return income per head of 48 states of the US in 2000 (BEA by libpysal, public domain)."""
    wide = pd.read_csv(REFERENCE / "libpysal_usjoin.csv")
    return pd.DataFrame({"unit": wide["Name"], "y": wide["2000"].astype(float)})


def panel(frame: pd.DataFrame) -> xz.Panel:
    """Return a panel or, without years, a cross-section."""
    return xz.Panel(frame, unit="unit", time="year" if "year" in frame else None)


def random_years(seed: int, *, units: int = 23, groups: int = 4, years: int = 3) -> pd.DataFrame:
    """Return values with many ties and zeros, groups of one and two included, and weights of population."""
    draw = np.random.default_rng(seed)
    code = np.concatenate([[0], [1, 1], draw.integers(2, groups, units - 3)])
    frames = [
        pd.DataFrame(
            {
                "unit": [f"u{k:02}" for k in range(units)],
                "year": 2000 + year,
                "g": [f"g{k}" for k in code],
                "y": draw.integers(0, 9, units).astype(float),
                "pop": draw.uniform(0.2, 5.0, units),
            }
        )
        for year in range(years)
    ]
    return pd.concat(frames, ignore_index=True)


def gini_of_pairs(y: np.ndarray, w: np.ndarray) -> float:
    """Return the Gini coefficient from its definition over pairs."""
    return float((w[:, None] * w * np.abs(y[:, None] - y)).sum() / (2.0 * w.sum() * (w @ y)))


def dagum_of_pairs(y: np.ndarray, w: np.ndarray, g: np.ndarray) -> dict[str, object]:
    """Return Dagum's decomposition from its definition, (1997) eqs. 12 to 32: loops over pairs of units."""
    names = sorted(set(g))
    n, total = w.sum(), w @ y
    p = {a: w[g == a].sum() / n for a in names}
    s = {a: w[g == a] @ y[g == a] / total for a in names}
    mean = {a: s[a] * total / (p[a] * n) for a in names}
    own, pairs, distance = {}, {}, {}
    within = net = trans = 0.0
    for a in names:
        own[a] = gini_of_pairs(y[g == a], w[g == a]) if mean[a] else np.nan
        within += np.nan_to_num(own[a]) * p[a] * s[a]
    for place, a in enumerate(names):
        for b in names[place + 1 :]:
            rich, poor = (a, b) if mean[a] >= mean[b] else (b, a)
            gaps = y[g == rich][:, None] - y[g == poor]
            both = w[g == rich][:, None] * w[g == poor]
            d = (both * np.maximum(gaps, 0)).sum() / both.sum()
            against = (both * np.maximum(-gaps, 0)).sum() / both.sum()
            pairs[a, b] = (d + against) / (mean[a] + mean[b]) if mean[a] + mean[b] else np.nan
            distance[a, b] = (d - against) / (d + against) if d + against else 0.0
            part = np.nan_to_num(pairs[a, b]) * (p[a] * s[b] + p[b] * s[a])
            net += part * distance[a, b]
            trans += part * (1 - distance[a, b])
    return {"within_groups": within, "net_between": net, "transvariation": trans, "own": own, "pairs": pairs} | {
        "gini": gini_of_pairs(y, w),
        "distance": distance,
    }
