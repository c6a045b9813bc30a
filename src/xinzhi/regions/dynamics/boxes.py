"""Shares below a line of products of two Gaussian kernels at all of many points, box by box.

F(x, r) = sum_i phi((x - x_i) / h_1) Phi((r - r_i) / h_2) / sum_i phi((x - x_i) / h_1)

Both sums are smooth: inside a box of some bandwidths they are polynomials to rounding. They are computed at nodes of
Chebyshev of each box that holds points, from the points that are near, and interpolated.
"""

import numpy as np

from xinzhi.compute import Run
from xinzhi.language import say
from xinzhi.panel.panel import Floats
from xinzhi.regions.dynamics.kernels import kernel, kernel_below

SIDE = 6.0
"""Side of a box, bandwidths."""
NODES = 44
"""Nodes along a side: a Gaussian over six bandwidths is then exact to 1e-15."""
NEAR = 9.0
"""Bandwidths beyond which a kernel of variance one adds less than rounding to sums over a million points."""


def places(x: Floats, r: Floats, h: tuple[float, float], run: Run) -> Floats:
    """Return F at the (m,) points themselves, (m,)."""
    order = np.argsort(r, kind="stable")
    u, v = (x[order] - x.min()) / h[0], (r[order] - r.min()) / h[1]  # in bandwidths; v rises
    found, column, row = np.empty(x.size), np.floor(u / SIDE), np.floor(v / SIDE)
    columns = np.unique(column)
    for done, here in enumerate(columns, start=1):
        across = SIDE * (here + 0.5 + 0.5 * AT)
        near = np.flatnonzero(np.abs(u - SIDE * (here + 0.5)) <= SIDE / 2 + NEAR)
        weight = kernel(across[:, None] - u[near], "gaussian")
        inside = np.flatnonzero(column == here)
        for there in np.unique(row[inside]):
            mine = inside[row[inside] == there]
            up = SIDE * (there + 0.5 + 0.5 * AT)
            a, b = np.searchsorted(v[near], (SIDE * there - NEAR, SIDE * (there + 1) + NEAR))
            below = weight[:, a:b] @ kernel_below(up - v[near[a:b], None], "gaussian")
            below += weight[:, :a].sum(axis=1, keepdims=True)
            along = between(u[mine] / SIDE - here)
            share = ((along @ below) * between(v[mine] / SIDE - there)).sum(axis=1)
            found[order[mine]] = share / (along @ weight.sum(axis=1))
        run.report(say("pairs"), done, columns.size)
    return np.clip(found, 0.0, 1.0)


def between(share: Floats) -> Floats:
    """Return what the values at the nodes count at (m,) shares of a side, (m, nodes): rows add up to one."""
    return np.asarray(np.cos(np.arange(NODES) * np.arccos(np.clip(2.0 * share - 1.0, -1.0, 1.0))[:, None]) @ FROM_NODES)


ANGLE = np.pi * (np.arange(NODES) + 0.5) / NODES
AT = np.cos(ANGLE)
"""Nodes between -1 and 1."""
FROM_NODES = np.cos(np.arange(NODES)[:, None] * ANGLE) * np.where(np.arange(NODES) == 0, 1.0, 2.0)[:, None] / NODES
"""Coefficients of Chebyshev polynomials from values at the nodes, (nodes, nodes)."""
