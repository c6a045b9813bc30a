"""Bases, compiled: the inverse of a few columns, values and duals."""

from xinzhi.compute.compiling import compiled, kinds
from xinzhi.frontier.engine.arithmetic import copy, dot, eliminate, multiply, pivot, reach, subtract
from xinzhi.frontier.engine.programmes import Floats, Ints
from xinzhi.frontier.engine.records import Bases
from xinzhi.frontier.engine.scan import bases_t, f1, f2, i1

ROUNDING = 1e-14
"""Smaller pivots, relative to their column, make a basis singular."""


@compiled(kinds.boolean(f2, f1, f1, f1, i1))
def exchanged(matrix: Floats, by: Floats, weight: Floats, line: Floats, pivots: Ints) -> bool:
    """Exchange all rows of a matrix (K, P) for columns, in place; False: it is singular.

    Its inverse is then what :func:`read_inverse` says. ``by`` (P,): what columns are multiplied by before the pivot of
    a row is chosen, used up; ``weight`` (K,): of rows, what a pivot must not be too small for; ``line`` (P,): room.
    """
    for i in range(matrix.shape[0]):
        c = pivot(matrix, i, by)
        if c < 0 or not abs(matrix[i, c]) * by[c] > ROUNDING * weight[i]:
            return False
        pivots[i], by[c] = c, 0.0
        eliminate(matrix, line, i, c)
    return True


@compiled(kinds.void(f2, i1, f2))
def read_inverse(matrix: Floats, pivots: Ints, inverse: Floats) -> None:
    """Set an inverse: what was row i is now column ``pivots[i]``."""
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[0]):
            inverse[pivots[i], j] = matrix[i, pivots[j]]


@compiled(kinds.void(f2, f2, i1, f2, f1, f1))
def improve(lines: Floats, columns: Floats, basis: Ints, inverse: Floats, x: Floats, dual: Floats) -> None:
    """Add to values and duals (P,) of a basis what their rows lack.

    ``lines``: (5, P) or wider: bounds of rows, costs of what is basic, and room.
    """
    size, wide = basis.size, x.size
    gap, owed, more = lines[2, :wide], lines[3, :wide], lines[4, :wide]
    gap[size:] = owed[size:] = 0.0
    for r in range(size):
        gap[r] = lines[0, r]
    for i in range(size):
        subtract(gap, x[i], columns, basis[i])
        owed[i] = lines[1, i] - dot(columns, basis[i], dual)
    multiply(lines, 2, inverse, more)
    for r in range(size):
        x[r] += more[r]
        dual[r] += dot(inverse, r, owed)


@compiled(kinds.void(bases_t))
def solve_bases(bases: Bases) -> None:
    """Solve bases one after the other, refined twice."""
    rows, n, lines = bases.own.size, bases.reference.shape[1], bases.lines
    by, room, weight, x, dual = lines[2], lines[3], lines[5], lines[6], lines[7]
    for e in range(bases.singular.size):
        for i in range(rows):
            variable = bases.basis[e, i]
            lines[0, i], lines[1, i], by[i] = bases.b[e, i], bases.cost[e, i], 1.0 / bases.scale[e, i]
            for r in range(rows):
                if variable < n:
                    bases.columns[i, r] = bases.reference[r, variable]
                else:
                    bases.columns[i, r] = bases.move[e, r] if variable == n else 0.0
            if variable > n:
                row = (variable - n - 1) % rows
                bases.columns[i, row] = bases.slack[row] if variable - n - 1 < rows else -bases.slack[row]
        x[:] = dual[:] = by[rows:] = 0.0
        for i in range(rows):
            weight[i] = reach(bases.columns, i, by)
            copy(bases.columns, i, bases.room, i)
        bases.singular[e] = not exchanged(bases.room, by, weight, room, bases.pivots)
        if not bases.singular[e]:
            read_inverse(bases.room, bases.pivots, bases.inverse)
            for _ in range(3):
                improve(lines, bases.columns, bases.own, bases.inverse, x, dual)
            for i in range(rows):
                bases.value[e, i], bases.dual[e, i], bases.weight[e, i] = x[i], dual[i], weight[i]
