"""The last resort: a programme in exact rational arithmetic, for data on which rounding decides.

Floats are rational numbers, so that near-duplicates and sizes many powers of ten apart are no difficulty here, only
slow. The criss-cross method (Terlaky, T., 1985, Optimization 16(5), 683-690, doi:10.1080/02331938508843067) starts
from any basis, feasible or not, and cannot cycle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from xinzhi.frontier.engine.programmes import Ints, Programmes

PIVOTS = 300
"""Exchanges after which a programme is given up."""

Column = list[Fraction]


@dataclass(frozen=True)
class Exact:
    """``status``: "ok", "infeasible", "unbounded", or "numerical": given up; ``basis``, ``value``, ``dual``: (K,)."""

    status: str
    basis: list[int]
    value: list[float]
    dual: list[float]


def solve_exactly(programmes: Programmes, e: int, start: Ints) -> Exact:
    """Return the exact optimum of programme ``e``, from a basis of which every variable is admitted."""
    table = _Table(programmes, e)
    basis = table.started([int(j) for j in start])
    for _ in range(PIVOTS):
        inverse = inverted([table.columns[j] for j in basis])
        if inverse is None:
            break
        value, dual = [dot(row, table.b) for row in inverse], table.prices(basis, inverse)
        wrong = next((j for j in table.order if table.offends(j, basis, value, dual)), None)
        if wrong is None:
            return Exact("ok", basis, [float(v) for v in value], [float(v) for v in dual])
        if wrong in basis:
            r = basis.index(wrong)
            entering = table.entering(inverse[r], value[r], basis)
            if entering is None:
                return Exact("infeasible", basis, [], [])
            basis[r] = entering
        else:
            leaving = table.leaving([dot(row, table.columns[wrong]) for row in inverse], basis)
            if leaving is None:
                return Exact("unbounded", basis, [], [])
            basis[leaving] = wrong
    return Exact("numerical", basis, [], [])


class _Table:
    """The columns of one programme as fractions: reference units, the score, slacks, admitted excesses."""

    def __init__(self, programmes: Programmes, e: int) -> None:
        k, n = programmes.reference.shape
        self.score, self.artificial = n, {n + 1 + r for r in range(k) if programmes.equal[r]}
        self.columns = {j: _column(programmes.reference[:, j].tolist()) for j in range(n)}
        self.columns[n] = _column(programmes.move[e].tolist())
        self.cost = dict.fromkeys(self.columns, Fraction(0))
        self.cost[n] = Fraction(programmes.cost)
        self.b = _column(programmes.b[e].tolist())
        for r in range(k):
            sign, gain, excess = programmes.slack[r], float(programmes.gain[e, r]), float(programmes.excess[e, r])
            self.columns[n + 1 + r] = [Fraction(int(sign)) if i == r else Fraction(0) for i in range(k)]
            self.cost[n + 1 + r] = -Fraction(gain)
            if excess < float("inf"):
                self.columns[n + 1 + k + r] = [-cell for cell in self.columns[n + 1 + r]]
                self.cost[n + 1 + k + r] = Fraction(excess)
        barred = {int(programmes.excluded[e])} | ({n} if not programmes.cost else set())
        self.order = [j for j in sorted(self.columns) if j not in barred]
        self.enters = [j for j in self.order if j not in self.artificial]

    def started(self, basis: list[int]) -> list[int]:
        """Return the basis, or that of the slacks where it is none, with the score in it if there is one."""
        k = len(self.b)
        slacks = [self.score + 1 + r for r in range(k)]
        if not set(basis) <= set(self.order) or inverted([self.columns[j] for j in basis]) is None:
            basis = slacks
        if self.cost[self.score] and self.score not in basis:
            inverse = inverted([self.columns[j] for j in basis]) or []
            steps = [abs(dot(row, self.columns[self.score])) for row in inverse]
            if any(steps):
                basis[max(range(k), key=lambda r: steps[r])] = self.score
        return basis

    def prices(self, basis: Sequence[int], inverse: Sequence[Column]) -> Column:
        """Return the dual of the rows."""
        costs = [(self.cost[j], row) for j, row in zip(basis, inverse, strict=True) if self.cost[j]]
        return [sum((c * row[i] for c, row in costs), Fraction(0)) for i in range(len(self.b))]

    def offends(self, j: int, basis: Sequence[int], value: Column, dual: Column) -> bool:
        """Return whether a basic variable is negative, or one that may enter would better the objective."""
        if j in basis:
            amount = value[basis.index(j)]
            return bool(amount) if j in self.artificial else amount < 0 and j != self.score
        return j not in self.artificial and self.cost[j] < dot(dual, self.columns[j])

    def entering(self, row: Column, amount: Fraction, basis: Sequence[int]) -> int | None:
        """Return the first variable that moves the row's own towards zero."""
        for j in self.enters:
            step = Fraction(0) if j in basis else dot(row, self.columns[j])
            if step and (step < 0) == (amount < 0):
                return j
        return None

    def leaving(self, steps: Column, basis: Sequence[int]) -> int | None:
        """Return the place of the first variable that stops a growing one."""
        stops = [
            (j, r)
            for r, j in enumerate(basis)
            if j != self.score and (steps[r] > 0 or (steps[r] and j in self.artificial))
        ]
        return min(stops)[1] if stops else None


def _column(cells: Sequence[float]) -> Column:
    return [Fraction(cell) for cell in cells]


def dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    """Return the sum of products."""
    return sum((p * q for p, q in zip(a, b, strict=True) if p and q), Fraction(0))


def inverted(columns: Sequence[Column]) -> list[Column] | None:
    """Return the inverse of a matrix given by its columns, as rows; None where it is singular."""
    k = len(columns)
    rows = [[columns[j][i] for j in range(k)] + [Fraction(int(i == j)) for j in range(k)] for i in range(k)]
    for c in range(k):
        p = next((r for r in range(c, k) if rows[r][c]), None)
        if p is None:
            return None
        rows[c], rows[p] = rows[p], rows[c]
        pivot = rows[c][c]
        rows[c] = [v / pivot for v in rows[c]]
        for r in range(k):
            if r != c and rows[r][c]:
                factor = rows[r][c]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[c], strict=True)]
    return [row[k:] for row in rows]
