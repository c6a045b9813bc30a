"""Weights of panels: by year, time weights, scatter degree; published numbers, closed forms, invariances."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize

import xinzhi as xz
from tests.indicators.toys import framework
from tests.indicators.weights.cases import CLOSE, found, index, random_values, weights
from xinzhi.errors import DataError
from xinzhi.indicators.weights.dispersion import Critic
from xinzhi.indicators.weights.entropy import Entropy
from xinzhi.indicators.weights.panel import (
    ByYear,
    ScatterDegree,
    TimeWeights,
    largest_scatter,
    time_degree_weights,
)
from xinzhi.panel.panel import Floats

SOLVER = 1e-6
"""What SLSQP leaves of a maximum."""
HIGHEST = 1e-9
"""Relative rounding of an eigenvalue."""
TIME = np.repeat(np.arange(3), 10)


@pytest.mark.parametrize(
    ("count", "published"),
    # Largest entropy at orness 0.7, late years in the place of large values, orness = 1 - degree: n = 3 of O'Hagan
    # (1988), n = 5 of Fuller and Majlender (2001), An analytic approach for obtaining maximal entropy OWA weights.
    [(3, [0.154, 0.2921, 0.554]), (5, [0.0706, 0.1086, 0.1672, 0.2574, 0.3962])],
)
def test_time_degree_weights_as_published(count: int, published: list[float]) -> None:
    assert np.abs(time_degree_weights(count, 0.3) - published).max() < 6e-5


@pytest.mark.parametrize("degree", [1e-6, 0.1, 0.3, 0.5, 0.8, 1 - 1e-6])
@pytest.mark.parametrize("count", [2, 3, 7, 40])
def test_time_degree_is_as_given_and_weights_add_up(count: int, degree: float) -> None:
    theta = time_degree_weights(count, degree)
    age = np.arange(count - 1, -1, -1) / (count - 1)
    assert abs(theta @ age - degree) < CLOSE
    assert abs(theta.sum() - 1) < CLOSE
    assert np.abs(time_degree_weights(count, 1 - degree)[::-1] - theta).max() < 1e-9
    log = np.log(theta[theta > 1e-250])
    assert np.abs(np.diff(log, 2)).max(initial=0) < 1e-9 * np.abs(log).max()  # geometric, as the conditions say


def test_time_degree_in_closed_form() -> None:
    assert np.abs(time_degree_weights(2, 0.2) - [0.2, 0.8]).max() < CLOSE
    assert np.abs(time_degree_weights(6, 0.5) - 1 / 6).max() < CLOSE
    assert time_degree_weights(1, 0.2) == 1.0
    with pytest.raises(DataError, match="XZ-270"):
        time_degree_weights(3, 1.0)


def test_time_degree_weights_have_the_largest_entropy() -> None:
    count, degree = 5, 0.25
    age = np.arange(count - 1, -1, -1) / (count - 1)
    conditions = [{"type": "eq", "fun": lambda t: t.sum() - 1}, {"type": "eq", "fun": lambda t: t @ age - degree}]
    start = np.full(count, 1 / count)
    best = minimize(
        lambda t: (t * np.log(t)).sum(),
        start,
        bounds=[(1e-9, 1)] * count,
        constraints=conditions,
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    assert np.abs(best.x - time_degree_weights(count, degree)).max() < 100 * SOLVER


def test_linear_exponential_and_equal_weights_of_years() -> None:
    assert np.abs(TimeWeights(by="linear").over(4) - np.array([1, 2, 3, 4]) / 10).max() < CLOSE
    grown = TimeWeights(by="exponential", rate=0.2).over(4)
    assert np.abs(np.diff(np.log(grown)) - 0.2).max() < CLOSE
    assert np.array_equal(TimeWeights().over(4), np.full(4, 0.25))
    assert np.abs(TimeWeights(by="exponential", rate=0.0).over(4) - 0.25).max() < CLOSE


def test_averages_of_yearly_weights() -> None:
    z = random_values()
    by_year = found(ByYear(of=Critic()), z, time=TIME).weights
    assert by_year.shape == (3, 5)
    linear = found(ByYear(of=Critic(), average=TimeWeights(by="linear")), z, time=TIME)
    assert np.abs(linear.weights[0] - np.array([1, 2, 3]) @ by_year / 6).max() < CLOSE
    assert np.abs(linear.facts["time_weights"] - np.array([1, 2, 3]) / 6).max() < CLOSE
    equal, plain = (weights(ByYear(of=Critic(), average=average), z, time=TIME) for average in ("equal", TimeWeights()))
    assert np.array_equal(equal, plain)
    assert np.abs(equal - by_year.mean(axis=0)).max() < CLOSE


def test_a_year_left_out_of_the_sample() -> None:
    z = random_values()
    base = np.where(TIME == 1, 0.0, 1.0)
    by_year = found(ByYear(of=Critic()), z, time=TIME).weights
    got = weights(ByYear(of=Critic(), average=TimeWeights(by="linear")), z, time=TIME, base=base)
    assert np.abs(got - (by_year[0] + 3 * by_year[2]) / 4).max() < CLOSE
    with pytest.raises(DataError, match=r"XZ-266.*year 2 of 3"):
        found(ByYear(of=Critic()), z, time=TIME, base=base)


def test_an_index_with_weights_by_year() -> None:
    z = random_values()
    years = [2019, 2020, 2021]
    result = index(z, xz.Weigh(by=ByYear(of=Entropy())), tree=framework(5), years=years)
    own = found(ByYear(of=Entropy()), z, time=TIME).weights
    scores = np.asarray(result.term("index"))
    order = np.lexsort((result.panel.when, result.panel.unit_names))
    by_hand = (z * own[TIME]).sum(axis=1).reshape(3, 10).T.ravel()
    assert np.abs(scores[order] - by_hand).max() < CLOSE
    assert np.abs(np.array(list(result.weights().values())) - own.mean(axis=0)).max() < CLOSE


def test_changed_cells_and_refused_cells_keep_their_year() -> None:
    z = random_values()
    changes = found(ByYear(of=Entropy(shift=0.1)), z, time=TIME).changes
    assert sorted(np.concatenate([change.rows for change in changes])) == sorted(np.repeat(np.arange(30), 5))
    assert ByYear(of=Entropy()).needs == "non_negative"
    raw = z + 0.1
    raw[25, 3] = 0.0
    with pytest.raises(DataError, match=r"XZ-263.*x3: u05 2021"):
        index(raw, xz.Weigh(by=ByYear(of=Entropy(of="raw"))), tree=framework(5), years=[2019, 2020, 2021])


def test_scatter_degree_is_the_leading_eigenvector() -> None:
    # Rows (1, 0) and (1, 2) give H = [[2, 2], [2, 4]]: eigenvalue 3 + 5^(1/2), vector (2, 1 + 5^(1/2)).
    z = np.array([[1.0, 0.0], [1.0, 2.0]])
    golden = 1 + 5**0.5
    got = found(ScatterDegree(standard="as_given"), z)
    assert np.abs(got.weights[0] - np.array([2, golden]) / (2 + golden)).max() < CLOSE
    assert abs(got.facts["eigenvalues"][0] - (3 + 5**0.5)) < CLOSE
    assert abs(got.facts["scatter"] - (3 + 5**0.5)) < CLOSE


def test_scatter_degree_sums_over_years_and_standardises_as_named() -> None:
    z = random_values() * [1, 5, 1, 1, 1]
    pooled = (z - z.mean(axis=0)) / z.std(axis=0)
    years = np.vstack([(x - x.mean(axis=0)) / x.std(axis=0) for x in np.split(z, 3)])
    for standard, x in (("z_score", pooled), ("z_score_by_year", years), ("as_given", z)):
        h = sum(part.T @ part for part in np.split(x, 3))
        vector = np.linalg.eigh(h)[1][:, -1]
        expected = vector / vector.sum()
        assert (expected > 0).all()
        assert np.abs(weights(ScatterDegree(standard=standard), z, time=TIME) - expected).max() < CLOSE


def test_no_other_weights_scatter_the_scores_more() -> None:
    z = random_values()
    x = (z - z.mean(axis=0)) / z.std(axis=0)
    got = found(ScatterDegree(), z)
    others = np.random.default_rng(3).standard_normal((5, 2000))
    others /= np.linalg.norm(others, axis=0)
    assert ((x @ others) ** 2).sum(axis=0).max() < got.facts["scatter"]
    w = got.weights[0] / np.linalg.norm(got.weights[0])
    assert abs(((x @ w) ** 2).sum() - got.facts["scatter"]) < CLOSE * got.facts["scatter"] * 10


def every_support(h: Floats) -> float:
    """Return the largest w' H w over w >= 0: on each set of elements, the leading eigenvector if it has one sign."""
    best, m = 0.0, len(h)
    for kept in (list(s) for k in range(1, m + 1) for s in combinations(range(m), k)):
        values, vectors = np.linalg.eigh(h[np.ix_(kept, kept)])
        if (vectors[:, -1] * np.sign(vectors[:, -1].sum()) >= -CLOSE).all():
            best = max(best, float(values[-1]))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_largest_scatter_with_weights_of_zero_or_more_is_that_of_every_support(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((15, int(rng.integers(4, 8))))
    h = (x - x.mean(axis=0)).T @ (x - x.mean(axis=0))
    w = largest_scatter(h)
    assert (w >= 0).all()
    assert abs(np.linalg.norm(w) - 1) < CLOSE
    assert w @ h @ w > every_support(h) * (1 - HIGHEST)


def test_a_negative_element_is_constrained_or_refused() -> None:
    x = random_values(m=3)
    z = np.column_stack([x, 1 - x[:, 0] + 0.3 * random_values(m=1, seed=9)[:, 0]])
    got = found(ScatterDegree(), z)
    assert (got.facts["eigenvector"] < 0).any()
    assert (got.weights >= 0).all()
    assert got.weights[0, 3] == 0
    with pytest.raises(DataError, match="XZ-270"):
        found(ScatterDegree(negative="error"), z)


def test_where_two_sets_of_weights_scatter_the_same_it_is_said() -> None:
    x = random_values(m=1)
    with pytest.raises(DataError, match="XZ-270"):  # one or the other, never both
        found(ScatterDegree(), np.column_stack([x, 1 - x]))
    apart = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    with pytest.raises(DataError, match=r"XZ-270.*eigenvalues"):
        found(ScatterDegree(), apart)


@pytest.mark.parametrize("standard", ["z_score", "z_score_by_year", "as_given"])
def test_scatter_degree_invariances(standard: str) -> None:
    z, rule = random_values(), ScatterDegree(standard=standard)
    got = weights(rule, z, time=TIME)
    base = np.random.default_rng(4).integers(1, 4, 30).astype(float)
    repeated = base.astype(int)
    again = weights(rule, np.repeat(z, repeated, axis=0), time=np.repeat(TIME, repeated))
    assert np.abs(weights(rule, z, time=TIME, base=base) - again).max() < CLOSE
    assert np.abs(weights(rule, z[::-1], time=TIME[::-1]) - got).max() < CLOSE
    assert np.abs(weights(rule, z[:, ::-1], time=TIME)[::-1] - got).max() < CLOSE
    if standard != "as_given":
        assert np.abs(weights(rule, z * [1, 9, 1, 0.1, 4] + 3, time=TIME) - got).max() < 10 * CLOSE
    assert weights(rule, z[:, :1], time=TIME) == 1.0


def test_a_column_that_is_constant_within_a_year_has_no_z_score_of_that_year() -> None:
    z = random_values()
    z[TIME == 1, 2] = 0.4
    with pytest.raises(DataError, match=r"XZ-261.*x2"):
        weights(ScatterDegree(standard="z_score_by_year"), z, time=TIME)
    assert weights(ScatterDegree(), z, time=TIME).sum() == pytest.approx(1)


def test_settings_survive_json() -> None:
    weigh = xz.Weigh(by=ByYear(of=xz.OneOf(Entropy(), ScatterDegree()), average=TimeWeights(by="linear")))
    assert xz.Weigh.model_validate_json(weigh.model_dump_json()) == weigh


def test_a_column_that_is_constant_but_for_rounding_has_no_z_score() -> None:
    z, people = random_values(), np.arange(3.0, 3.0 + len(TIME))
    z[:, 2] = 100 * (0.07 * people) / people
    with pytest.raises(DataError, match=r"XZ-261.*x2"):
        weights(ScatterDegree(), z, time=TIME)
