"""Prices and quantities for tests: published, of a CES economy, and random ones with items that come and go."""

import numpy as np

from xinzhi.numerics.index_numbers import Floats, Items

# PPI Manual (2004), tables 19.1 and 19.2; Balk (2008), Price and Quantity Index Numbers, tables 3.1 and 3.2.
MANUAL_PRICES = np.array(
    [
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
        [1.2, 3.0, 1.3, 0.7, 1.4, 0.8],
        [1.0, 1.0, 1.5, 0.5, 1.7, 0.6],
        [0.8, 0.5, 1.6, 0.3, 1.9, 0.4],
        [1.0, 1.0, 1.6, 0.1, 2.0, 0.2],
    ]
)
MANUAL_QUANTITIES = np.array(
    [
        [1.0, 1.0, 2.0, 1.0, 4.5, 0.5],
        [0.8, 0.9, 1.9, 1.3, 4.7, 0.6],
        [1.0, 1.1, 1.8, 3.0, 5.0, 0.8],
        [1.2, 1.2, 1.9, 6.0, 5.6, 1.3],
        [0.9, 1.2, 2.0, 12.0, 6.5, 2.5],
    ]
)

# The prices of CES_sigma_2 of R IndexNumR: four goods by row, twelve periods; its quantities are CES demand.
CES_PRICES = np.array(
    [
        [2.0, 1.75, 1.6, 1.5, 1.45, 1.4, 1.35, 1.3, 1.25, 1.2, 1.15, 1.1],
        [1.0, 0.5, 1.05, 1.1, 1.12, 1.15, 1.18, 0.6, 1.2, 1.25, 1.28, 1.3],
        [1.0, 0.95, 0.9, 0.85, 0.4, 0.8, 0.75, 0.72, 0.7, 0.4, 0.7, 0.65],
        [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.7, 0.65, 0.7, 0.75, 0.75, 0.8],
    ]
).T
CES_SPENDING = np.array([10, 13, 11, 12, 15, 13, 14, 17, 15, 18, 16, 17.0])
CES_TASTES = np.array([0.2, 0.2, 0.2, 0.4])


def ces_quantities(elasticity: float = 2.0) -> Floats:
    """Return q_i = E a_i p_i^-e / SUM a_j p_j^(1-e), (12, 4)."""
    weighted = CES_TASTES * CES_PRICES**-elasticity
    return CES_SPENDING[:, None] * weighted / (weighted * CES_PRICES).sum(axis=1, keepdims=True)


def ces() -> Items:
    """Return the CES economy of elasticity 2."""
    return Items.of(CES_PRICES, ces_quantities())


def churning(seed: int = 7, rows: int = 9, items: int = 40, there: float = 0.6) -> tuple[Floats, Floats]:
    """Return prices and quantities of which items come, go and return; an item that is not there is NaN."""
    draw = np.random.default_rng(seed)
    prices = np.exp(draw.normal(0, 1, items) + draw.normal(0, 0.3, (rows, items)))
    quantities = np.exp(draw.normal(0, 1, items) + draw.normal(0, 0.5, (rows, items)))
    gone = draw.random((rows, items)) > there
    prices[gone] = np.nan
    return prices, quantities
