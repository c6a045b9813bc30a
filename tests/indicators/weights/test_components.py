"""Principal components and factors against the OECD handbook, factor_analyzer, closed forms and invariances."""

import numpy as np
import pytest

from tests.indicators.toys import columns
from xinzhi.errors import DataError
from xinzhi.indicators.weights.components import (
    FactorAnalysis,
    PrincipalComponents,
    adequacy,
    common_factors,
    components,
    varimax,
)
from xinzhi.indicators.weights.panel import ByYear
from xinzhi.panel.panel import Floats

EXACT = 1e-12
"""Closed forms of matrices of a few rows."""
PRINTED = 0.5e-6
"""Numbers of another implementation, printed to six digits."""
STOPPED = 2e-5
"""factor_analyzer stops its optimiser at scipy's default tolerance; its loadings have five digits."""
ROUNDED_DATA = 0.2
"""Table 16 prints one digit (0.05); the appendix prints the data rounded, which moves the shares by 0.03 to 0.08 on the
mean and up to 0.35 (500 draws of the digits that are not printed)."""

TAI = np.array(
    [
        [187, 125.6, 200.2, 50.7, 3.08, 4.15, 10, 27.4],
        [289, 130, 179.1, 66.2, 3, 4.07, 12, 13.9],
        [271, 156.6, 125.8, 59.7, 3.1, 4.14, 11.4, 15.3],
        [994, 64.6, 49, 80.8, 3, 3.86, 9.5, 10],
        [779, 9.8, 4.8, 66.7, 2.97, 3.65, 10.8, 23.2],
        [189, 151.2, 136, 50.9, 3.02, 3.77, 9.4, 9.5],
        [82, 134, 57.4, 61.9, 3.02, 3.73, 9.4, 14.9],
        [31, 38.6, 108, 48.7, 2.94, 4.18, 11.6, 14.2],
        [75, 18.2, 125.9, 16.2, 2.94, 3.94, 10.9, 25.3],
        [8, 25.5, 72.3, 74.9, 2.95, 3.83, 7.1, 24.2],
        [235, 36.8, 41.2, 64.2, 2.94, 3.75, 10.2, 14.4],
        [103, 20.2, 193.6, 19, 3.12, 4.39, 11.9, 11.2],
        [106, 110.3, 48.6, 53.6, 2.97, 3.68, 9.4, 12.3],
        [72, 73.9, 58.9, 47.6, 2.91, 3.86, 9.3, 13.6],
        [103, 13, 146.7, 15.4, 2.86, 3.91, 11.7, 13.1],
        [165, 14.8, 84.2, 50.3, 2.99, 3.79, 8.4, 13.6],
        [205, 33.6, 36.4, 58.9, 2.97, 3.8, 7.9, 12.6],
        [74, 43.6, 43.2, 45, 2.96, 3.74, 9.6, 11],
        [42, 8.6, 21, 53.4, 2.86, 3.62, 7.3, 15.6],
        [13, 9.8, 30.4, 51, 3, 3.65, 7.2, 13],
        [28, 4.2, 25, 51.7, 2.75, 3.68, 9.5, 8.2],
        [26, 6.2, 21.6, 63.5, 2.73, 3.46, 9.1, 7.7],
        [105, 4, 20.3, 49.5, 2.84, 3.71, 7.1, 10.6],
    ]
)
"""Technology achievement index of 23 countries, OECD and JRC (2008), appendix: patents, royalties, internet, exports,
telephones, electricity, schooling, university. Read from a forum thread that retypes the table."""
VARIANCE = (41.9, 21.8, 12.3, 11.1, 6.0, 3.7, 2.2, 0.9)
"""Variance of its components, %: table 16 of the handbook."""
PATENTS = (0.07, 0.97, 0.06, 0.06)
"""Loadings of patents on four rotated components: table 17, in another order of components."""

ROTATED = np.array(
    [
        [0.06295, 0.057373, 0.966854, 0.05988],
        [0.12687, 0.927678, 0.074373, -0.07011],
        [0.786923, 0.429721, -0.209782, 0.208795],
        [-0.647457, 0.34821, 0.560641, -0.03815],
        [0.368076, 0.692641, 0.163402, 0.368643],
        [0.812346, 0.34985, -0.045334, 0.238862],
        [0.8788, 0.093966, 0.237429, -0.090437],
        [0.078685, 0.047198, 0.037439, 0.961226],
    ]
)
"""factor_analyzer 0.5.1: FactorAnalyzer(4, method="principal"), then Rotator(method="varimax", tol=1e-15,
max_iter=5000), columns by falling variance; with its usual tolerance the rotation stops 2e-4 before its end."""
MINRES = np.array(
    [
        [0.098185, 0.48392],
        [0.503485, 0.397405],
        [0.922521, -0.187727],
        [-0.332498, 0.935315],
        [0.726121, 0.338567],
        [0.894345, -0.108102],
        [0.639203, -0.10001],
        [0.281098, 0.066902],
    ]
)
"""factor_analyzer 0.5.1: FactorAnalyzer(2, method="minres"), rotated in the same way."""
KMO, KMO_EACH = (
    0.5005672252,
    (0.25997191, 0.34927024, 0.68251736, 0.37582842, 0.51981033, 0.59310003, 0.5261763, 0.55649506),
)
BARTLETT = (85.93076297523224, 8.460601185390656e-08)
"""factor_analyzer 0.5.1: calculate_kmo, calculate_bartlett_sphericity."""


def made(R: Floats, n: int = 40) -> Floats:
    """Return (n, m) numbers whose correlations are exactly R."""
    x = np.random.default_rng(7).normal(size=(n, len(R)))
    x -= x.mean(axis=0)
    u, _, _ = np.linalg.svd(x, full_matrices=False)
    return u @ np.linalg.cholesky(R).T + 3.0


def equal_correlations(r: float, m: int) -> Floats:
    return np.full((m, m), r) + (1 - r) * np.eye(m)


# Principal components -------------------------------------------------------------------------


@pytest.mark.reference
def test_components_of_the_handbook() -> None:
    found = PrincipalComponents(keep=4, weights="squared").weighting(columns(TAI)).facts
    assert np.abs(100 * np.array(found["eigenvalues"]) / 8 - VARIANCE).max() < ROUNDED_DATA
    assert sorted(np.round(found["loadings"][0], 2)) == pytest.approx(sorted(PATENTS), abs=0.011)
    assert round(found["loadings"][0][2] ** 2 / sum(row[2] ** 2 for row in found["loadings"]), 1) == 0.7


@pytest.mark.reference
def test_rotated_components_adequacy_and_weights_of_another_implementation() -> None:
    found = PrincipalComponents(keep=4, weights="squared").weighting(columns(TAI))
    assert np.abs(np.array(found.facts["loadings"]) - ROTATED).max() < PRINTED * 1.01
    assert found.facts["kmo"] == pytest.approx(KMO, abs=1e-9)
    assert np.allclose(found.facts["kmo_each"], KMO_EACH, atol=1e-8)
    test = found.facts["bartlett"]
    assert (test["chi2"], test["p"]) == pytest.approx(BARTLETT, rel=1e-9)
    assert test["df"] == 28
    share = (ROTATED**2).sum(axis=0)
    main = (ROTATED**2).argmax(axis=1)  # the handbook step by step: within the main factor, times its share
    steps = (ROTATED**2)[np.arange(8), main] / share[main] * share[main] / share.sum()
    assert np.abs(found.weights[0] - steps / steps.sum()).max() < PRINTED


def test_absolute_weights_step_by_step() -> None:
    values, V = np.linalg.eigh(np.corrcoef(TAI, rowvar=False))
    order = [7, 6]  # two eigenvalues are above one
    loadings = V[:, order] * np.sqrt(values[order])
    raw = (values[order] / values[order].sum() * np.abs(loadings) / np.sqrt(values[order])).sum(axis=1)
    found = PrincipalComponents().weighting(columns(TAI))
    assert found.facts["kept"] == 2
    assert np.abs(found.weights[0] - raw / raw.sum()).max() < EXACT


def test_equal_correlations_give_equal_weights_and_known_facts() -> None:
    found = PrincipalComponents().weighting(columns(made(equal_correlations(0.6, 4))))
    assert np.abs(found.weights - 0.25).max() < EXACT
    assert found.facts["eigenvalues"] == pytest.approx([2.8, 0.4, 0.4, 0.4])
    assert found.facts["explained"] == pytest.approx(0.7)
    assert np.array(found.facts["loadings"]) == pytest.approx(np.sqrt(0.7))
    q = 0.6 / (1 + 2 * 0.6)  # partial correlation of two of four equally correlated variables
    assert found.facts["kmo"] == pytest.approx(0.36 / (0.36 + q**2))
    determinant = 2.8 * 0.4**3
    assert found.facts["bartlett"]["chi2"] == pytest.approx(-(39 - 13 / 6) * np.log(determinant))


@pytest.mark.parametrize(("keep", "kept"), [(0.41, 1), (0.5, 2), (0.85, 4), (3.0, 3), (99.0, 8)])
def test_how_many_components_are_kept(keep: float, kept: int) -> None:
    assert PrincipalComponents(keep=keep).weighting(columns(TAI)).facts["kept"] == kept


@pytest.mark.parametrize(
    "rule", [PrincipalComponents(), PrincipalComponents(keep=4, weights="squared"), FactorAnalysis()]
)
def test_units_signs_order_and_copies_of_rows(rule: PrincipalComponents | FactorAnalysis) -> None:
    weights = rule.weighting(columns(TAI)).weights
    scaled = TAI * [1e9, 1e-6, 1, 1, 1, 1, 1, 1] + 5.0
    assert np.abs(rule.weighting(columns(scaled)).weights - weights).max() < 1e-7
    turned = rule.weighting(columns(TAI * [1, -1, 1, 1, -1, 1, 1, 1])).weights
    assert np.abs(turned - weights).max() < 1e-7
    order = np.random.default_rng(3).permutation(23)
    assert np.abs(rule.weighting(columns(TAI[order])).weights - weights).max() < 1e-7
    count = np.where(np.arange(23) == 4, 2.0, 1.0)
    twice = rule.weighting(columns(np.vstack([TAI, TAI[4]]))).weights
    assert np.abs(rule.weighting(columns(TAI, base=count)).weights - twice).max() < 1e-7


def test_loadings_have_one_sign_convention() -> None:
    loadings = np.array(PrincipalComponents(keep=3).weighting(columns(-TAI)).facts["loadings"])
    assert (loadings[np.abs(loadings).argmax(axis=0), np.arange(3)] > 0).all()


def test_missing_and_uncounted_rows_do_not_count() -> None:
    rule, holes = PrincipalComponents(), np.vstack([TAI, np.full(8, 1e6)])
    holes[-1, 0] = np.nan
    same = rule.weighting(columns(TAI)).weights
    assert np.abs(rule.weighting(columns(holes)).weights - same).max() < EXACT
    left_out = np.r_[np.ones(23), 0.0]
    assert np.abs(rule.weighting(columns(np.vstack([TAI, TAI[0] * 9]), base=left_out)).weights - same).max() < EXACT


def test_adequacy_is_not_defined_without_an_inverse() -> None:
    found = PrincipalComponents().weighting(columns(TAI[:8]))
    assert found.facts["kmo"] is None
    assert found.facts["bartlett"] is None
    assert "no inverse" in found.facts["not_defined"]
    assert np.isfinite(found.weights).all()
    copies = np.column_stack([TAI, TAI[:, 0]])
    assert PrincipalComponents().weighting(columns(copies)).facts["kmo"] is None
    assert adequacy(np.eye(3), 30)["kmo"] is None, "no correlation at all"


@pytest.mark.parametrize(
    ("rule", "R"),
    [
        (PrincipalComponents(), np.eye(3)),
        (PrincipalComponents(keep=0.85), equal_correlations(0.5, 4)),
        (PrincipalComponents(keep=2, weights="squared"), equal_correlations(0.5, 4)),
        (FactorAnalysis(factors=1), equal_correlations(0.5, 2)),
        (FactorAnalysis(), np.eye(3)),
    ],
)
def test_undefined_weights_are_refused(rule: PrincipalComponents | FactorAnalysis, R: Floats) -> None:
    with pytest.raises(DataError) as caught:
        rule.weighting(columns(made(R)))
    assert caught.value.code == "XZ-270"


def test_one_indicator_constant_indicators_and_one_row() -> None:
    for rule in (PrincipalComponents(), FactorAnalysis()):
        assert rule.weighting(columns(TAI[:, :1])).weights.tolist() == [[1.0]]
        for values, code in ((np.c_[TAI, np.full(23, 0.1)], "XZ-261"), (TAI[:1], "XZ-266")):
            with pytest.raises(DataError) as caught:
                rule.weighting(columns(values))
            assert caught.value.code == code
            assert "x8" in str(caught.value) or code == "XZ-266"


@pytest.mark.parametrize("keep", [0.0, 2.5, -1.0])
def test_keep_is_a_share_or_a_whole_number(keep: float) -> None:
    with pytest.raises(Exception, match="share of variance"):
        PrincipalComponents(keep=keep)
    with pytest.raises(Exception, match="at least one"):
        FactorAnalysis(factors=0)


# Factors --------------------------------------------------------------------------------------


@pytest.mark.reference
def test_factors_of_another_implementation() -> None:
    found = FactorAnalysis(factors=2).weighting(columns(TAI))
    assert np.abs(np.array(found.facts["loadings"]) - MINRES).max() < STOPPED * 2
    largest = (MINRES**2).max(axis=1)
    assert np.abs(found.weights[0] - largest / largest.sum()).max() < STOPPED
    assert found.facts["heywood"] == ()


def test_one_factor_of_three_indicators_has_a_closed_form() -> None:
    a = np.array([0.9, 0.8, 0.7])
    R = np.outer(a, a) + np.diag(1 - a**2)
    A, own = common_factors(R, 1)
    assert np.abs(np.abs(A[:, 0]) - a).max() < 1e-7
    assert np.abs(own - (1 - a**2)).max() < 1e-7
    found = FactorAnalysis().weighting(columns(made(R))).weights[0]
    assert np.abs(found - a**2 / (a**2).sum()).max() < 1e-7


def test_simple_structure_is_found_again() -> None:
    A = np.zeros((7, 2))
    A[:4, 0], A[4:, 1] = (0.9, 0.8, 0.7, 0.6), (0.85, 0.75, 0.65)
    R = A @ A.T + np.diag(1 - (A**2).sum(axis=1))
    found = np.array(FactorAnalysis(factors=2).weighting(columns(made(R))).facts["loadings"])
    assert np.abs(found - A).max() < 1e-6
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    assert np.abs(varimax(A @ turn) - A).max() < 1e-7


def test_a_heywood_case_is_named() -> None:
    R = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.65], [0.9, 0.65, 1.0]])  # communality 0.9 x 0.9 / 0.65 > 1
    found = FactorAnalysis(factors=1).weighting(columns(made(R)))
    assert found.facts["heywood"] == ("x0",)


def test_components_repeat_the_correlations() -> None:
    R = np.corrcoef(TAI, rowvar=False)
    values, A = components(R)
    assert np.abs(A @ A.T - R).max() < EXACT
    assert values.sum() == pytest.approx(8)


@pytest.mark.parametrize("rule", [PrincipalComponents(), FactorAnalysis(factors=1)])
def test_years_one_by_one(rule: PrincipalComponents | FactorAnalysis) -> None:
    x, time = np.vstack([TAI[:, :5], TAI[:4, :5]]), np.repeat([0, 1], [23, 4])
    found = ByYear(of=rule).weighting(columns(x, time=time))
    assert np.abs(found.weights[0] - rule.weighting(columns(TAI[:, :5])).weights[0]).max() < EXACT
    assert [one is None for one in found.facts["kmo"]] == [False, True]


def test_a_column_that_is_constant_but_for_rounding_has_no_correlations() -> None:
    people = np.arange(3.0, 26.0)
    with pytest.raises(DataError, match=r"XZ-261.*x8"):
        PrincipalComponents().weighting(columns(np.c_[TAI, 100 * (0.07 * people) / people]))


@pytest.mark.parametrize(("m", "k", "seed", "largest"), [(6, 3, 90, 2.2460552), (8, 4, 2, 3.5231463)])
def test_varimax_finds_the_largest_of_several_ends(m: int, k: int, seed: int, largest: float) -> None:
    """The largest criterion from 300 random rotations each; unrotated, the turns end at 2.184 and 3.472."""
    A = np.random.default_rng(seed).standard_normal((m, k))
    B = varimax(A)
    X = (B / np.linalg.norm(B, axis=1, keepdims=True)) ** 2
    assert abs((X**2).sum() - (X.sum(axis=0) ** 2).sum() / m - largest) < PRINTED
    np.testing.assert_allclose(B @ B.T, A @ A.T, atol=EXACT)
    turned = np.linalg.qr(np.random.default_rng(1).standard_normal((k, k)))[0]
    np.testing.assert_allclose(varimax(A @ turned), B, atol=1e-7)  # angles of the last round are below 1e-9
