"""The lockstep solver against HiGHS programme by programme, and its bases in exact rational arithmetic."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from benchmarks.frontier_data import panel, spread

from xinzhi.frontier.engine import lockstep
from xinzhi.frontier.engine.certificate import TOLERANCE, basis_costs, basis_matrices, certified
from xinzhi.frontier.engine.highs import run_highs
from xinzhi.frontier.engine.lockstep import infeasible_certificate, run_lockstep, run_together
from xinzhi.frontier.engine.programmes import Programmes, Questions, Technology, standard
from xinzhi.numerics.linear_programme import DUAL_SIMPLEX, PRIMAL_SIMPLEX
from xinzhi.numerics.linear_programme import TOLERANCE as ALONE

SAME = 1e-9  # the certificate admits prices of 1e-11 per unit of intensity, HiGHS alone 1e-10
EXACT = 1e-12  # a score from a vertex solved in double precision; 4e-14 is the largest of 96,000 seen
LEFT = 0.01  # share of programmes that the quick solver may leave to HiGHS: its purpose is to leave few
RETURNS = ("crs", "vrs", "drs", "irs", (0.8, 1.2), (0.5, np.inf))
KINDS = ("firms", "ties", "sparse", "twins", "plane", "units")
MODELS = (
    *("input", "output", "strangers", "super", "excess", "beyond"),
    *("equal", "directional", "negative", "additive", "weighted"),
)


def goods(kind: str, n: int, k: int, draw: Any) -> Any:
    """Return n positive or zero points of k goods that are awkward in one way."""
    plain = np.exp(draw.normal(0.0, 0.7, (n, 1)) + draw.normal(0.0, 0.4, (n, k)))
    if kind == "ties":
        return draw.integers(0, 4, (n, k)).astype(float)
    if kind == "sparse":
        return plain * (draw.random((n, k)) < 0.6)
    if kind == "twins":  # near-duplicates 1e-12 apart and duplicates
        plain[n // 2 : 2 * (n // 2)] = plain[: n // 2] * (1.0 + 1e-12 * draw.integers(-1, 2, (n // 2, k)))
        return plain
    if kind == "plane":  # the sum of outputs is that of inputs: under constant returns all are efficient
        half = k // 2
        plain[:, half:] *= plain[:, :half].sum(axis=1, keepdims=True) / plain[:, half:].sum(axis=1, keepdims=True)
        return plain
    return plain * 10.0 ** draw.integers(-9, 10, k) if kind == "units" else plain


def questions(model: str, points: Any, m: int, draw: Any) -> Questions:
    """Return what a model asks of points whose first m goods are inputs."""
    k = points.shape[1]
    inward, positive = np.arange(k) < m, points > 0
    own = np.where(positive, 1.0 / np.where(positive, points, 1.0), np.inf)
    inputs, outputs = np.where(inward, points, 0.0), np.where(inward, 0.0, points)
    if model == "output":
        return Questions(b=inputs, size=points, move=-outputs, cost=-1)
    if model == "directional":
        return Questions(b=points, size=points, move=inputs - outputs, cost=-1)
    if model == "negative":  # a range directional model: towards the best of each good
        return Questions(b=points, size=np.abs(points), move=points - ideal(points, inward), cost=-1)
    if model == "additive":
        return Questions(b=points, size=points, gain=np.tile(1.0 / points.max(axis=0), (len(points), 1)))
    if model == "weighted":
        return Questions(b=points, size=points, gain=np.where(positive, own, 0.0))
    if model == "beyond":  # super-efficiency by slacks: the least that must go beyond the bounds
        return Questions(b=points, size=points, excess=own * draw.uniform(0.5, 2.0, k))
    dear = np.where(inward, np.inf, 10.0 * own) if model == "excess" else None
    return Questions(b=outputs, size=points, move=-inputs, cost=1, excess=dear)


def ideal(points: Any, inward: Any) -> Any:
    return np.where(inward, points.min(axis=0), points.max(axis=0))


def problem(seed: int) -> tuple[str, Programmes]:
    """Return the name and the programmes of a random technology; all kinds and models come up in turn."""
    draw = np.random.default_rng(seed)
    model, kind = MODELS[seed % len(MODELS)], KINDS[seed // len(MODELS) % len(KINDS)]
    k, n = int(draw.integers(2, 21)), int(draw.integers(3, 41))
    m = k // 2
    returns = RETURNS[int(draw.integers(len(RETURNS)))]
    drawn = goods(kind, n + 8, k, draw)
    for o in (0, n):  # a point that has a score in either half, and no good that is zero for all
        drawn[o] = np.where(drawn[o] > 0, drawn[o], drawn.max(axis=0))
    if model == "negative":
        drawn, returns = drawn - 0.5 * drawn.max(axis=0), "vrs"
    ref, points = drawn[:n], drawn[n:] if model == "strangers" else drawn[:n]
    asked = (points[:, :m] > 0).any(axis=1) & (points[:, m:] > 0).any(axis=1) | (model == "negative")
    sense = np.repeat([1, -1], [m, k - m])
    sense[k - (k - m + 1) // 2 :] = 0 if model == "equal" else -1
    excluded = np.flatnonzero(asked) if model in ("super", "excess", "beyond") else None
    question = replace(questions(model, points[asked], m, draw), excluded=excluded)
    return f"{seed}: {model} {kind} {returns} n={n} k={k}", standard(Technology(ref, sense, returns), question)[0]


def objective(programmes: Programmes, found: Any) -> Any:
    """Return the minimised objective of vertices, (e,)."""
    return (found.value * basis_costs(programmes, found.basis)).sum(axis=1)


def by_lockstep(programmes: Programmes) -> Any:
    """Return certified vertices of the quick solver; nothing but its basis and its proofs are believed."""
    return certified(programmes, *run_lockstep(programmes))


def by_highs(programmes: Programmes) -> tuple[Any, Any]:
    """Return words and objectives of HiGHS, certified; programmes that fail together are solved alone."""

    def answer(asked: Programmes, strategy: int, tolerance: float) -> tuple[Any, Any]:
        words, basis = run_highs(asked, strategy)
        words[np.isinf(basis_costs(asked, basis)).any(axis=1) & (words == "ok")] = "numerical"  # a barred excess
        basis[words != "ok"] = asked.reference.shape[1] + 1 + np.arange(len(asked.slack))
        found = certified(asked, words, basis, tolerance=tolerance)
        return found.status, objective(asked, found)

    words, values = answer(programmes, DUAL_SIMPLEX, TOLERANCE)
    for e in np.flatnonzero(words == "numerical"):
        for strategy in (DUAL_SIMPLEX, PRIMAL_SIMPLEX):
            if words[e] == "numerical":
                (words[e],), (values[e],) = answer(programmes.one(int(e)), strategy, ALONE)
    return words, values


@pytest.mark.parametrize("sample", [lockstep.SAMPLE, 4])
@pytest.mark.parametrize("model", MODELS)
def test_agrees_with_highs(monkeypatch, model, sample):
    """24 random problems of each model, four of each kind: objectives, and what has none.

    With a small sample most programmes start from the basis of another that was solved before.
    """
    monkeypatch.setattr(lockstep, "SAMPLE", sample)
    total = left = 0
    for seed in range(MODELS.index(model), 24 * len(MODELS), len(MODELS)):
        name, programmes = problem(seed)
        mine, (words, values) = by_lockstep(programmes), by_highs(programmes)
        both = (mine.status == "ok") & (words == "ok")
        ours = objective(programmes, mine)
        np.testing.assert_allclose(ours[both], values[both], rtol=SAME, atol=SAME, err_msg=name)
        told = (mine.status != "numerical") & (words != "numerical")
        assert (mine.status[told] == words[told]).all(), name
        total, left = total + words.size, left + int((mine.status == "numerical").sum())
    assert left <= LEFT * total


def radial(x: Any, y: Any, points: tuple[Any, Any], *, returns: Any, orientation: str) -> Programmes:
    """Return radial programmes of points against (n, m) inputs and (n, s) outputs."""
    size = np.hstack(points)
    moved = (np.arange(size.shape[1]) < x.shape[1]) == (orientation == "input")
    cost = 1 if orientation == "input" else -1
    asked = Questions(b=np.where(moved, 0.0, size), size=size, move=np.where(moved, -size, 0.0), cost=cost)
    return standard(Technology.of(x, y, returns), asked)[0]


def solved_exactly(matrix: list[list[int]], right: list[int]) -> tuple[list[int], int]:
    """Return the solution of a system of whole numbers as numerators over one positive denominator.

    Elimination without fractions: all divisions are exact (Bareiss, E. H., 1968, Mathematics of Computation 22).
    """
    rows, before = [[*row, b] for row, b in zip(matrix, right, strict=True)], 1
    for c in range(len(rows)):
        p = next(r for r in range(c, len(rows)) if rows[r][c])
        if p != c:
            rows[c], rows[p] = rows[p], [-v for v in rows[c]]
        pivot = rows[c][c]
        for r, row in enumerate(rows):
            if r != c:
                rows[r] = [(pivot * v - row[c] * w) // before for v, w in zip(row, rows[c], strict=True)]
        before = pivot
    sign = 1 if before > 0 else -1
    return [sign * row[-1] for row in rows], sign * before


def exact_faults(programmes: Programmes, found: Any, e: int) -> tuple[float, int]:
    """Return the relative error of a score, and how many conditions of an optimum its basis breaks exactly."""
    k, n = programmes.reference.shape
    basis, matrix = found.basis[e], basis_matrices(programmes.some(np.array([e])), found.basis[[e]])[0]
    numbers = np.concatenate((matrix.ravel(), programmes.b[e], programmes.reference.ravel()))
    common = max(float(v).as_integer_ratio()[1] for v in numbers)  # powers of two

    def whole(v: float) -> int:
        over, under = float(v).as_integer_ratio()
        return over * (common // under)

    rows = [[whole(v) for v in row] for row in matrix]
    value, under = solved_exactly(rows, [whole(v) for v in programmes.b[e]])
    score = next(i for i in range(k) if basis[i] == n)
    fixed = [j > n and bool(programmes.equal[j - n - 1]) for j in basis]
    faults = sum(v != 0 if fixed[i] else v < 0 for i, v in enumerate(value) if i != score)
    cost = [programmes.cost * (i == score) for i in range(k)]
    dual, _ = solved_exactly([list(column) for column in zip(*rows, strict=True)], cost)
    for column in programmes.reference.T:
        faults += sum(d * whole(a) for d, a in zip(dual, column, strict=True)) > 0
    faults += sum(d * int(s) > 0 for d, s, eq in zip(dual, programmes.slack, programmes.equal, strict=True) if not eq)
    exact = value[score] / under
    return abs(found.value[e, score] / exact - 1.0), faults


def check_extreme(seeds: range) -> None:
    """Assert scores and exact optimality of all bases on data like those of firms, sizes up to 1e9 apart."""
    total = left = faults = 0
    worst = 0.0
    for seed in seeds:
        for sd in (3.0, 4.0, 5.0):
            x, y = spread(40, size_sd=sd, seed=seed)
            for returns in ("crs", "vrs"):
                for orientation in ("input", "output"):
                    programmes = radial(x, y, (x, y), returns=returns, orientation=orientation)
                    found = by_lockstep(programmes)
                    for e in range(40):
                        total += 1
                        if found.status[e] != "ok":
                            left += 1
                            continue
                        error, broken = exact_faults(programmes, found, e)
                        worst, faults = max(worst, error), faults + broken
    assert worst < EXACT
    assert faults == 0
    assert left <= LEFT * total


def test_bases_are_optimal_in_exact_arithmetic():
    check_extreme(range(10))


@pytest.mark.slow
def test_many_bases_are_optimal_in_exact_arithmetic():
    check_extreme(range(10, 200))


def test_exact_arithmetic_sees_a_wrong_basis():
    """The check above is one: the basis of one unit is not another's."""
    x, y = spread(40, size_sd=3.0, seed=0)
    programmes = radial(x, y, (x, y), returns="vrs", orientation="input")
    found = by_lockstep(programmes)
    found.basis[:] = np.roll(found.basis, 1, axis=0)
    assert sum(exact_faults(programmes, found, e)[1] > 0 for e in range(40)) > 20  # 40 in all, some share a facet


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_points_of_neighbouring_years(orientation):
    """The programmes of a Malmquist index: nothing is left to HiGHS, and no solution is proved where there is none."""
    _, years, x, y = panel(30, 4)
    outside = 0
    for year in (2001, 2002):
        ref, points = years == year, np.abs(years - year) == 1
        programmes = radial(x[ref], y[ref], (x[points], y[points]), returns="vrs", orientation=orientation)
        found, (words, values) = by_lockstep(programmes), by_highs(programmes)
        assert found.status.tolist() == words.tolist()
        good = words == "ok"
        np.testing.assert_allclose(objective(programmes, found)[good], values[good], rtol=SAME)
        outside += int((words == "infeasible").sum())
    assert outside > 0


@pytest.mark.parametrize(("beyond", "word"), [(1e-6, "infeasible"), (1e-8, "infeasible"), (1e-13, "ok")])
def test_no_solution_needs_a_margin(beyond, word):
    """Two units, one point that makes a little more than the better one: by hand."""
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    point = (np.array([[5.0]]), np.array([[3.0 * (1.0 + beyond)]]))
    programmes = radial(x, y, point, returns="vrs", orientation="input")
    words, basis = run_lockstep(programmes)
    assert words.tolist() == [word]
    assert infeasible_certificate(programmes, basis).tolist() == [word == "infeasible"]
    assert certified(programmes, words, basis).status.tolist() == [word]


def test_a_feasible_programme_has_no_proof_that_it_is_not():
    """Every row of many bases, most of them no optimum, of programmes that all have a solution."""
    x, y = spread(40, size_sd=3.0, seed=1)
    programmes = radial(x, y, (x, y), returns="vrs", orientation="output")
    _, basis = run_lockstep(programmes)
    for shift in range(40):
        assert not infeasible_certificate(programmes, np.roll(basis, shift, axis=0)).any()


def test_the_same_bases_every_time():
    _, programmes = problem(12)
    first, second = run_lockstep(programmes), run_lockstep(programmes)
    assert first[0].tolist() == second[0].tolist()
    assert first[1].tolist() == second[1].tolist()


def test_company_does_not_matter(monkeypatch):
    """Blocks of other programmes: the same status, the same objective up to rounding."""
    for seed in (0, 13, 25, 48):
        _, programmes = problem(seed)
        whole = by_lockstep(programmes)
        monkeypatch.setattr(lockstep, "BLOCK", (1, 3))
        parts = by_lockstep(programmes)
        monkeypatch.undo()
        good = whole.status == "ok"
        assert parts.status.tolist() == whole.status.tolist()
        np.testing.assert_allclose(
            objective(programmes, parts)[good], objective(programmes, whole)[good], rtol=SAME, atol=SAME
        )


@pytest.mark.parametrize("sample", [lockstep.SAMPLE, 4])
@pytest.mark.parametrize("most", [lockstep.BLOCK[1], 20])
def test_other_reference_sets_do_not_matter(monkeypatch, sample, most):
    """Sets of one form and of others, in two orders: the bases of each alone, to the bit."""
    monkeypatch.setattr(lockstep, "SAMPLE", sample)
    monkeypatch.setattr(lockstep, "BLOCK", (1, most))
    draw = np.random.default_rng(3)
    drawn = [problem(seed)[1] for seed in range(len(MODELS))]
    sets = [replace(p, reference=p.reference * draw.uniform(0.8, 1.2, p.reference.shape)) for p in 2 * drawn] + drawn
    alone = [run_lockstep(programmes) for programmes in sets]
    for order in (range(len(sets)), range(len(sets) - 1, -1, -1)):
        found = run_together([sets[place] for place in order])
        for place, (words, basis) in zip(order, found, strict=True):
            assert words.tolist() == alone[place][0].tolist()
            assert basis.tolist() == alone[place][1].tolist()


@pytest.mark.parametrize("rounds", [0, 1])
def test_giving_up_is_said(monkeypatch, rounds):
    """With too few rounds programmes are left to HiGHS; what is answered is right nonetheless."""
    monkeypatch.setattr(lockstep, "ROUNDS", rounds)
    monkeypatch.setattr(lockstep, "PASSES", 1)
    x, y = spread(40, size_sd=1.0, seed=2)
    programmes = radial(x, y, (x, y), returns="vrs", orientation="input")
    words, basis = run_lockstep(programmes)
    found, (_, values) = certified(programmes, words, basis), by_highs(programmes)
    assert (words == "numerical").any()
    good = found.status == "ok"
    np.testing.assert_allclose(objective(programmes, found)[good], values[good], rtol=SAME)


def test_no_direction_no_answer():
    """A score that moves nothing is left to the general solver."""
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    goods = np.hstack((x, y))
    asked = Questions(b=goods, size=goods, move=np.array([[0.0, 0.0], [1.0, 0.0]]), cost=-1)
    programmes, _ = standard(Technology.of(x, y, "vrs"), asked)
    assert run_lockstep(programmes)[0].tolist() == ["numerical", "ok"]


def test_output_without_input_has_no_limit():
    points = (np.array([[1.0]]), np.array([[1.0]]))
    programmes = radial(np.zeros((1, 1)), np.ones((1, 1)), points, returns="crs", orientation="output")
    words, basis = run_lockstep(programmes)
    assert words.tolist() == ["unbounded"]
    assert np.isin(basis, np.arange(1 + 1 + 2)).all()  # those of a basis, not what was in memory
