"""The wild cluster restricted bootstrap: p-values that hold up better than t tests where clusters are few.

y* = X b~ + effects + v_g e~    b~, e~: estimated with the slope at zero;  v_g = 1 or -1, one draw for each cluster
t* = b* / se*(b*),  p = share of draws with |t*| >= |t|                    Cameron, Gelbach and Miller (2008)

b* and the sums of scores behind se* are linear in v: for each slope two small arrays serve all draws.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.regressions.estimation.effects import Cells, Effects, without_effects

SAME = 1e-9
"""Statistics of a draw that are smaller than the one observed by rounding count as equal: v = 1 gives it back."""


@dataclass(frozen=True)
class Bootstrap:
    """``p``: (k,) values of the slopes; ``draws``: behind each, the sample itself left out."""

    p: Floats
    draws: int


def wild(
    net: Floats, cluster: Ints, *, cells: Cells, effects: Effects, draws: int, draw: np.random.Generator
) -> Bootstrap:
    """Return the p-value of each slope.

    Parameters
    ----------
    net : (m, 1 + k)
        Outcome and regressors without effects.
    cluster : (m,)
        Codes from zero.
    cells : Cells
    effects : "two_way", "unit", "time" or "none"
    draws : int
        All combinations of signs are taken where they are no more.
    draw : numpy.random.Generator
    """
    groups = int(cluster.max()) + 1
    if 2**groups <= draws:
        signs = np.array(list(product((1.0, -1.0), repeat=groups)))
    else:
        signs = np.vstack([np.ones(groups), draw.choice((1.0, -1.0), size=(draws, groups))])
    root = np.sqrt(cells.weight)[:, None]
    y, x = net[:, 0] * root[:, 0], net[:, 1:] * root
    member = np.eye(groups)[cluster]
    basis = np.linalg.qr(x)[0]
    found = np.empty(x.shape[1])
    for k in range(x.shape[1]):
        others = np.linalg.qr(np.delete(x, k, axis=1))[0]
        own, restricted = (z - others @ (others.T @ z) for z in (x[:, k], y))
        own = own / (own @ own)
        parts = member * (restricted / root[:, 0])[:, None]  # one column for each cluster that is turned round
        left = without_effects(parts, cells, effects) * root
        left -= basis @ (basis.T @ left)
        scores = signs @ (member.T @ (own[:, None] * left)).T  # (draws, groups)
        slopes = signs @ (member.T @ (own * restricted))
        with np.errstate(divide="ignore"):
            t = np.abs(slopes) / np.sqrt((scores**2).sum(axis=1))
        found[k] = np.mean(t >= t[0] * (1.0 - SAME))  # the first draw, all signs kept, is the sample itself
    return Bootstrap(found, len(signs) - 1)
