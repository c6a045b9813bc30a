"""One linear programme: against SciPy and by hand; duals, bounds, whole numbers, words, and the lazy import."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from xinzhi.numerics.linear_programme import LinearProgramme, equilibrated, solve_general

TWIN = 1e-8  # SciPy runs the same solver at its own tolerance of 1e-7, on data of order 1
SAME = 1e-12  # the same vertex from numbers in other units: a few roundings


def drawn(seed: int, *, rows: int = 6, columns: int = 9) -> LinearProgramme:
    """Return a programme that has a solution: rows hold at a point inside the bounds."""
    draw = np.random.default_rng(seed)
    matrix, inside = draw.normal(size=(rows, columns)), draw.uniform(0.0, 2.0, columns)
    sense = draw.integers(-1, 2, rows)
    b = matrix @ inside + sense * draw.uniform(0.0, 1.0, rows)
    return LinearProgramme(draw.normal(size=columns), matrix, sense, b, np.zeros(columns), np.full(columns, 3.0))


def twin(programme: LinearProgramme) -> float:
    """Return SciPy's objective."""
    less, more, same = (programme.sense == sign for sign in (1, -1, 0))
    found = linprog(
        programme.cost,
        A_ub=np.vstack((programme.matrix[less], -programme.matrix[more])),
        b_ub=np.r_[programme.b[less], -programme.b[more]],
        A_eq=programme.matrix[same],
        b_eq=programme.b[same],
        bounds=np.column_stack((programme.lower, programme.upper)),
    )
    return float(found.fun)


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_scipy(seed):
    programme = drawn(seed)
    found = solve_general(programme)
    assert found.status == "ok"
    assert found.objective == pytest.approx(twin(programme), abs=TWIN)
    assert programme.cost @ found.value == pytest.approx(found.objective, abs=TWIN)


@pytest.mark.parametrize("seed", range(10))
def test_duals_prove_the_optimum(seed):
    """Weak duality: prices of rows, and of bounds what is left of the costs, add up to the objective."""
    programme = drawn(seed)
    found = solve_general(programme)
    left = programme.cost - found.dual @ programme.matrix
    bound = found.dual @ programme.b + np.minimum(left * programme.lower, left * programme.upper).sum()
    assert bound == pytest.approx(found.objective, abs=TWIN)
    assert (found.dual * programme.sense <= TWIN).all()


def test_units_of_measure_do_not_matter():
    """Rows and variables in units up to 1e9 apart: the same values, in these units."""
    programme = drawn(3)
    draw = np.random.default_rng(0)
    rows, columns = 10.0 ** draw.integers(-9, 10, 6), 10.0 ** draw.integers(-9, 10, 9)
    plain = solve_general(programme)
    other = solve_general(
        replace(
            programme,
            cost=programme.cost * columns,
            matrix=programme.matrix * rows[:, None] * columns,
            b=programme.b * rows,
            lower=programme.lower / columns,
            upper=programme.upper / columns,
        )
    )
    np.testing.assert_allclose(other.value * columns, plain.value, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(other.dual * rows, plain.dual, rtol=SAME, atol=SAME)


@pytest.mark.parametrize("seed", range(10))
def test_whole_numbers_agree_with_scipy(seed):
    programme = replace(drawn(seed), sense=np.ones(6, np.int64), whole=np.arange(9) % 2 == 0)
    found = solve_general(programme)
    rows = LinearConstraint(programme.matrix, -np.inf, programme.b)
    right = milp(
        programme.cost,
        constraints=rows,
        bounds=Bounds(programme.lower, programme.upper),
        integrality=programme.whole.astype(int),
    )
    assert (found.status == "ok") == right.success
    if right.success:
        assert found.objective == pytest.approx(right.fun, abs=TWIN)
        assert (found.value[::2] == np.round(found.value[::2])).all()
        assert np.isnan(found.dual).all()


def test_words_for_what_has_no_solution():
    one = np.ones(1)
    plain = LinearProgramme(-one, one[None], np.array([1]), one, 0 * one, np.inf * one)
    assert solve_general(plain).value.tolist() == [1.0]
    assert solve_general(replace(plain, sense=np.array([-1]))).status == "unbounded"
    assert solve_general(replace(plain, b=-one)).status == "infeasible"
    assert np.isnan(solve_general(replace(plain, b=-one)).objective)


def test_factors_are_powers_of_two():
    matrix = np.array([[3.0, 0.0, 5e9], [7e-9, 1.0, 0.0], [0.0, 0.0, 0.0]])
    rows, columns = equilibrated(matrix)
    assert (np.frexp(np.r_[rows, columns])[0] == 0.5).all()
    size = np.abs(matrix * rows[:, None] * columns)
    assert (size.max(axis=1)[:2] > 0.5).all()
    assert size.max() < 2.0


def test_the_solver_is_imported_when_a_programme_is_solved():
    code = "import sys, xinzhi.frontier, xinzhi.frontier.engine.solve; print('highspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
