"""Spatial weights as a likelihood takes them: roots, and products with (I - rho W)^-1, sparse as long as W is.

roots    of W = C / s, symmetric C over s_i in row i: those of S_ij = C_ij / sqrt(s_i s_j), symmetric; with the units in
         the order of Cuthill and McKee a band. Of other weights: those of the full W
G        W (I - rho W)^-1, some columns at a time
means    1'f(W)1 / n = f(H)_11,  H: W on the span of 1, W1, W^2 1, ... (Arnoldi); one number where rows add up to one
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, eye_array

from xinzhi.errors import DataError
from xinzhi.language import say
from xinzhi.panel.panel import Floats

ROW_SUM = 1e-10
"""Distance of the sum of a row from one that is rounding."""
SYMMETRIC = 1e-12
"""By how much links may differ between the two directions, relative to the largest, by rounding."""
SMALL, FULL = 200, 0.1
"""Units below which, and share of linked pairs beyond which, an inverse is quicker than sparse factors (measured)."""
BAND = 12
"""Times its width below which a band of so many units is quicker than a full matrix (measured)."""
RESIDUAL = 1e-14
"""Relative residual at which the span is large enough."""
BLOCK = 500_000
"""Numbers of a block of columns, or of roots by draws, 4 MB."""


@dataclass(frozen=True)
class Space:
    """Spatial weights with what the likelihood needs of them.

    ``w``: (n, n); ``roots``: (n,) eigenvalues, complex where any is; ``normalised``: whether all rows add up to one;
    ``range``: of the spatial parameter, between the inverses of the smallest and largest real root.
    """

    w: csr_array
    roots: np.ndarray
    normalised: bool
    range: tuple[float, float]


@dataclass(frozen=True)
class Multiplier:
    """G = W (I - rho W)^-1 by its ``diagonal``, the ``means`` of its columns, (n,), and its ``squares`` about them."""

    diagonal: Floats
    means: Floats
    squares: float

    def taken(self, *, centred: bool) -> tuple[Floats, float]:
        """Return the diagonal, (n,), and the sum of squares: of G, or of G less the means of its columns."""
        if centred:
            return self.diagonal - self.means, self.squares
        return self.diagonal, self.squares + self.means.size * float(self.means @ self.means)


def space_of(w: csr_array | Floats, *, sums: Floats | None = None) -> Space:
    """Return weights with their roots.

    Parameters
    ----------
    w : (n, n)
    sums : (n,) or None
        By what the rows were divided, if by anything.

    Raises
    ------
    DataError
        No spatial parameter is identified (XZ-282).
    """
    weights: csr_array = csr_array(w)
    roots = symmetric_roots(weights) if _symmetric(weights, sums) else np.linalg.eigvals(weights.toarray())
    real = roots.real[np.abs(roots.imag) <= ROW_SUM * max(1.0, float(np.abs(roots).max()))]
    if real.size == 0 or real.max() <= ROW_SUM:
        raise DataError("XZ-282", say("the weights have no positive root: no unit is linked to another and back"))
    low = 1.0 / real.min() if real.min() < -ROW_SUM else -1.0 / real.max()
    normalised = bool(np.abs(weights.sum(axis=1) - 1.0).max() <= ROW_SUM)
    return Space(weights, roots, normalised, (float(low), float(1.0 / real.max())))


def _symmetric(w: csr_array, sums: Floats | None) -> bool:
    """Return whether the links of each pair are equal in both directions before rows were divided."""
    links = w if sums is None else csr_array(w.multiply(sums[:, None]))
    gap = links - links.T  # its largest and its smallest cell are each other's opposite
    return bool(gap.max() <= SYMMETRIC * links.max())


def symmetric_roots(w: csr_array) -> Floats:
    """Return the (n,) roots of symmetric weights whose rows may have been divided by positive numbers."""
    from scipy.linalg import eigvals_banded, eigvalsh
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    n = w.shape[0]
    if w.nnz > FULL * n * n:
        full = w.toarray()
        return np.asarray(eigvalsh(np.sqrt(full * full.T), overwrite_a=True), dtype=np.float64)
    both = csr_array(w.multiply(w.T).sqrt())
    place = np.empty(n, dtype=np.int64)
    place[reverse_cuthill_mckee(both, symmetric_mode=True)] = np.arange(n)
    cells = both.tocoo()
    below = place[cells.row] - place[cells.col]
    width = int(below.max(initial=0))
    if BAND * width > n:
        return np.asarray(eigvalsh(both.toarray(), overwrite_a=True), dtype=np.float64)
    band, kept = np.zeros((width + 1, n)), below >= 0
    band[below[kept], place[cells.col[kept]]] = cells.data[kept]
    return np.asarray(eigvals_banded(band, lower=True, overwrite_a_band=True), dtype=np.float64)


def solver(rho: float, w: csr_array) -> Callable[[Floats], Floats]:
    """Return the function that gives (I - rho W)^-1 times (n, c) numbers."""
    from scipy.sparse.linalg import splu

    n = w.shape[0]
    if n < SMALL or w.nnz > FULL * n * n:
        inverse = np.linalg.inv(np.eye(n) - rho * w.toarray())
        return lambda columns: inverse @ columns
    found: Callable[[Floats], Floats] = splu((eye_array(n) - rho * w).tocsc()).solve
    return found


def multiplier(solve: Callable[[Floats], Floats], w: csr_array) -> Multiplier:
    """Return G of weights and the :func:`solver` of a spatial parameter."""
    n = w.shape[0]
    diagonal, means, squares = np.empty(n), np.empty(n), 0.0
    size = max(1, BLOCK // n)
    for start in range(0, n, size):
        block = solve((w if size >= n else w[:, start : start + size]).toarray())
        own = slice(start, start + block.shape[1])
        diagonal[own] = block[own].diagonal()
        means[own] = block.mean(axis=0)
        squares += float(((block - means[own]) ** 2).sum())
    return Multiplier(diagonal, means, squares)


def lagged(values: Floats, w: csr_array | Floats) -> Floats:
    """Return the spatial lag of (T, n) or (T, n, k) values."""
    first = np.moveaxis(values, 1, 0)
    moved = np.asarray(w @ first.reshape(first.shape[0], -1), dtype=np.float64)
    return np.ascontiguousarray(np.moveaxis(moved.reshape(first.shape), 0, 1))


def compressed(w: csr_array, ends: tuple[float, float]) -> Floats:
    """Return the (m, m) matrix H for spatial parameters between two ends."""
    n, h = w.shape[0], np.zeros((1, 0))
    basis = np.full((1, n), n**-0.5)
    while True:
        m = h.shape[1] + 1
        following, column = np.asarray(w @ basis[-1]), np.zeros(m)
        for _ in range(2):  # once more, against the rounding of the first
            part = basis @ following
            following, column = following - part @ basis, column + part
        length = float(np.linalg.norm(following))
        h = np.vstack([np.column_stack([h, column]), np.zeros(m)])
        h[m, m - 1] = length
        found = [np.linalg.solve(np.eye(m) - rho * h[:m], np.eye(m)[0]) for rho in ends]
        left = [abs(rho * length * y[-1]) / np.linalg.norm(y) for rho, y in zip(ends, found, strict=True)]
        if m == n or max(left) <= RESIDUAL:
            return h[:m]
        basis = np.vstack([basis, following / length])
