"""Radial scores in exact rational arithmetic: the simplex method on fractions, from the engine's own final basis.

The engine divides by powers of two only, so that its normalised numbers are the user's numbers exactly.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from xinzhi.frontier.engine.programmes import Programmes, Questions, Technology, standard
from xinzhi.frontier.engine.solve import solve_all

PIVOTS = 500


def exact_scores(x: Any, y: Any, returns: Any, orientation: str = "input") -> tuple[Any, Any]:
    """Return the engine's scores of all units and the exact ones, (n,) each."""
    goods, m = np.hstack((x, y)), x.shape[1]
    moved = np.arange(goods.shape[1]) < m if orientation == "input" else np.arange(goods.shape[1]) >= m
    asked = Questions(
        b=np.where(moved, 0.0, goods),
        size=goods,
        move=np.where(moved, -goods, 0.0),
        cost=1 if orientation == "input" else -1,
    )
    programmes, _ = standard(Technology.of(x, y, returns), asked)
    found = solve_all(programmes)
    assert (found.status == "ok").all(), found.status
    n = len(x)
    mine = np.where(found.basis == n, found.value, 0.0).sum(axis=1)
    return mine, np.array([optimum(programmes, e, found.basis[e]) for e in range(n)])


def optimum(programmes: Programmes, e: int, start: Any) -> float:
    """Return the exact score of programme e, by Bland's rule from a basis that is at least primal feasible nearly."""
    k, n = programmes.reference.shape
    columns = [[Fraction(float(v)) for v in programmes.reference[:, j]] for j in range(n)]
    columns.append([Fraction(float(v)) for v in programmes.move[e]])
    for r in range(k):
        columns.append([Fraction(int(programmes.slack[r])) if i == r else Fraction(0) for i in range(k)])
    cost = [Fraction(0)] * len(columns)
    cost[n] = Fraction(programmes.cost)
    allowed = [j for j in range(len(columns)) if j <= n or not programmes.equal[j - n - 1]]
    right = [Fraction(float(v)) for v in programmes.b[e]]
    basis = [int(j) for j in start]
    for _ in range(PIVOTS):
        inverse = inverted([columns[j] for j in basis])
        value = [dot(row, right) for row in inverse]
        prices = [sum((cost[j] * row[i] for j, row in zip(basis, inverse, strict=True)), Fraction(0)) for i in range(k)]
        fixed = [j > n and programmes.equal[j - n - 1] for j in basis]
        low = [r for r, j in enumerate(basis) if (value[r] < 0 and j != n) or (fixed[r] and value[r] != 0)]
        if low:  # rounding left a value below zero: a dual step
            r = low[0]
            sign = -1 if value[r] > 0 else 1
            pivots = {j: sign * dot(inverse[r], columns[j]) for j in allowed if j not in basis}
            ratios = [((cost[j] - dot(prices, columns[j])) / -p, j) for j, p in pivots.items() if p < 0]
            assert ratios, "infeasible"
            basis[r] = min(ratios)[1]
            continue
        entering = next((j for j in allowed if j not in basis and cost[j] - dot(prices, columns[j]) < 0), None)
        if entering is None:
            return float(value[basis.index(n)])
        step = [dot(row, columns[entering]) for row in inverse]
        ratios = [(value[r] / step[r], j, r) for r, j in enumerate(basis) if j != n and step[r] > 0]
        assert ratios, "unbounded"
        basis[min(ratios)[2]] = entering
    raise AssertionError("no exact optimum")


def dot(a: Any, b: Any) -> Fraction:
    return sum((p * q for p, q in zip(a, b, strict=True) if p and q), Fraction(0))


def inverted(columns: Any) -> list[list[Fraction]]:
    """Return the inverse of a matrix given by its columns, as rows."""
    k = len(columns)
    rows = [[columns[j][i] for j in range(k)] + [Fraction(int(i == j)) for j in range(k)] for i in range(k)]
    for c in range(k):
        p = next(r for r in range(c, k) if rows[r][c] != 0)
        rows[c], rows[p] = rows[p], rows[c]
        pivot = rows[c][c]
        rows[c] = [v / pivot for v in rows[c]]
        for r in range(k):
            if r != c and rows[r][c] != 0:
                factor = rows[r][c]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[c], strict=True)]
    return [row[k:] for row in rows]
