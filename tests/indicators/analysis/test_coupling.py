"""Coupling coordination against published check values, closed forms and the errors of the literature."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.analysis.worlds import drawn, indicator_frame, of_dimension
from tests.method.examples import panel as economy
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators import CouplingCoordination
from xinzhi.indicators.analysis.coupling import CUTS, GRADES, degrees, graded, traditional, wang
from xinzhi.language import speaking
from xinzhi.method import Result

PRINTED = 5e-9
"""Check values are printed to eight digits."""
SAME = 1e-13
"""A dozen operations on numbers of about one."""
HALF = np.array([0.5, 0.5])

# methods/indicators.md 2.5 and reference_values.json, key coupling: two systems, equal weights.
U = np.array([(0.2, 0.3), (0.5, 0.5), (0.1, 0.9), (0.05, 0.06), (0.8, 0.6)])
CHECK = {
    "traditional": (
        [0.9797959, 1.0, 0.6, 0.9958592, 0.98974332],
        [0.4949232, 0.70710678, 0.54772256, 0.23403473, 0.83235829],
    ),
    "wang": (
        [0.77459667, 1.0, 0.1490712, 0.90829511, 0.77459667],
        [0.44005587, 0.70710678, 0.27301209, 0.22350891, 0.73635431],
    ),
}


def panel_of(scores: np.ndarray) -> xz.Panel:
    names = [f"s{k}" for k in range(scores.shape[1])]
    return xz.Panel(drawn(names, scores), unit="unit")


def fitted(scores: np.ndarray, **settings: object) -> Result:
    names = [f"s{k}" for k in range(scores.shape[1])]
    return CouplingCoordination(systems=names, **settings).fit(panel_of(scores))


@pytest.mark.reference
@pytest.mark.parametrize("form", ["traditional", "wang"])
def test_check_values(form: str) -> None:
    result = fitted(U, form=form)
    coupling, coordination = CHECK[form]
    np.testing.assert_allclose(result.term("coupling"), coupling, atol=PRINTED)
    np.testing.assert_allclose(result.term("development"), [0.25, 0.5, 0.5, 0.055, 0.7], atol=SAME)
    np.testing.assert_allclose(result.term("coordination"), coordination, atol=PRINTED)


def test_two_systems_in_the_forms_of_textbooks() -> None:
    a, b = U.T
    np.testing.assert_allclose(traditional(U), 2 * np.sqrt(a * b) / (a + b), atol=SAME)
    np.testing.assert_allclose(wang(U), np.sqrt((1 - abs(a - b)) * np.minimum(a, b) / np.maximum(a, b)), atol=SAME)


def test_three_systems_by_hand() -> None:
    # traditional: (0.2 * 0.4 * 0.6)^(1/3) / 0.4; wang: mean gap (0.2 + 0.4 + 0.2) / 3, product (1/3) (2/3) 1, root 1/2
    scores = np.array([[0.2, 0.4, 0.6]])
    assert abs(traditional(scores)[0] - 0.048 ** (1 / 3) / 0.4) < SAME
    assert abs(wang(scores)[0] - np.sqrt((1 - 0.8 / 3) * np.sqrt(2 / 9))) < SAME


@pytest.mark.parametrize("k", [2, 3, 4, 6])
@pytest.mark.parametrize("form", ["traditional", "wang"])
def test_equal_systems_have_a_coupling_of_one_and_their_level_as_square(form: str, k: int) -> None:
    scores = np.repeat(np.array([0.05, 0.3, 0.7, 1.0])[:, None], k, axis=1)
    coupling, development, coordination = degrees(scores, np.full(k, 1 / k), form=form)  # type: ignore[arg-type]
    np.testing.assert_allclose(coupling, 1.0, atol=SAME)
    np.testing.assert_allclose(coordination**2, development, atol=SAME)


def test_errors_of_the_literature_break_what_ours_keeps() -> None:
    """Wang and others (2021): a power of 1/2 for three systems, or no factor k; equal systems are not at one."""
    equal = np.full((1, 3), 0.4)
    product, total = equal.prod(axis=1), equal.sum(axis=1)
    square_root = 3 * product ** (1 / 2) / total
    no_factor = product ** (1 / 3) / total
    assert abs(traditional(equal)[0] - 1) < SAME
    assert abs(square_root[0] - 1) > 0.3
    assert abs(no_factor[0] - 1 / 3) < SAME  # never above 1 / k


@pytest.mark.parametrize("form", ["traditional", "wang"])
def test_order_of_systems_does_not_matter_and_degrees_stay_in_bounds(form: str) -> None:
    scores = np.random.default_rng(5).uniform(size=(400, 4))
    one = degrees(scores, np.full(4, 0.25), form=form)  # type: ignore[arg-type]
    other = degrees(scores[:, [2, 0, 3, 1]], np.full(4, 0.25), form=form)  # type: ignore[arg-type]
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=SAME)
        assert a.min() >= 0
        assert a.max() <= 1


def test_scale_matters_to_development_only_in_the_traditional_form() -> None:
    np.testing.assert_allclose(traditional(U / 3), traditional(U), atol=SAME)
    assert (abs(wang(U / 3) - wang(U)) > 0.01).sum() == 3  # gaps are absolute: all but the equal and the near pair


def test_the_corrected_form_is_never_above_the_traditional_one_for_two_systems() -> None:
    scores = np.random.default_rng(6).uniform(0.01, 1, size=(500, 2))
    assert (wang(scores) <= traditional(scores) + SAME).all()


def test_zeros_are_zero_in_one_form_and_not_identified_in_the_other() -> None:
    scores = np.array([[0.0, 0.5], [0.0, 0.0], [0.4, 0.4]])
    plain, corrected = fitted(scores), fitted(scores, form="wang")
    assert plain.term("coupling").tolist()[:2] == [0, 0]
    assert plain.rows.status.tolist() == ["ok"] * 3
    assert corrected.term("coupling")[0] == 0
    assert corrected.rows.status.tolist() == ["ok", "not_identified", "ok"]
    assert corrected.rows.reason[1] == "all systems are at zero"


def test_weights_enter_development_only() -> None:
    result = fitted(U, weights=[0.7, 0.3])
    np.testing.assert_allclose(result.term("development"), U @ [0.7, 0.3], atol=SAME)
    np.testing.assert_allclose(result.term("coupling"), CHECK["traditional"][0], atol=PRINTED)


@pytest.mark.parametrize("closed", ["left", "right"])
def test_grades_on_the_cuts_belong_to_the_side_that_is_named(closed: str) -> None:
    cuts = CUTS["ten"]
    on_cut = np.array([0.1 + 0.2, 0.7, 0.1 * 3, 0.9])  # two ways to 0.3 that differ in the last bit
    above = [4.0, 8.0, 4.0, 10.0]
    expected = above if closed == "left" else [grade - 1 for grade in above]
    assert graded(on_cut, cuts, closed=closed).tolist() == expected  # type: ignore[arg-type]
    ends = graded(np.array([0.0, 1.0, np.nan, 0.55]), cuts, closed=closed)  # type: ignore[arg-type]
    np.testing.assert_array_equal(ends, [1, 10, np.nan, 6])


def test_grades_have_names_in_two_languages() -> None:
    result = fitted(U)
    assert result.tables()[0].columns()["name"][1] == "intermediate coordination"  # D = 0.7071
    assert [len(GRADES[scheme]) for scheme in ("ten", "four")] == [len(CUTS[s]) + 1 for s in ("ten", "four")]
    with speaking("zh"):
        assert len(result.tables()[0].columns()["name"]) == len(U)


def test_counts_by_grade_add_up() -> None:
    panel = economy(indicator_frame())
    result = CouplingCoordination(systems=[of_dimension("means"), of_dimension("results")]).fit(panel)
    counts = result.tables()[1].columns()
    known = np.isfinite(result.term("grade"))
    for year in (2010, 2014):
        assert sum(counts[str(year)]) == (known & (result.rows.time == year)).sum()


def test_terms_of_an_index_are_read_as_its_dimensions_score() -> None:
    panel = economy(indicator_frame())
    terms = [of_dimension("means"), of_dimension("results")]
    result = CouplingCoordination(systems=terms).fit(panel)
    scores = terms[0].method.fit(panel)
    development = (scores.term("means") + scores.term("results")) / 2
    np.testing.assert_allclose(result.term("development"), development, atol=SAME)
    assert result.title == "Coupling coordination of Means, Results"


def test_missing_scores_keep_their_row_with_the_reason() -> None:
    result = fitted(np.array([[0.5, np.nan], [0.5, 0.2]]))
    assert result.rows.status.tolist() == ["missing_data", "ok"]
    assert result.rows.reason[0] == "s1 missing"


def test_scores_beyond_zero_and_one_are_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"s1, U0001: 1\.2") as caught:
        fitted(np.array([[0.5, 0.1], [0.5, 1.2]]))
    assert caught.value.code == "XZ-272"
    assert fitted(np.array([[0.5, 1 + 1e-15], [0.5, 0.3]])).rows.status.tolist() == ["ok", "ok"]


@pytest.mark.parametrize("weights", [[0.5], [0.5, 0.6], [0.2, 0.3, 0.5]])
def test_weights_that_do_not_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(UsageError, match="sum of 1") as caught:
        CouplingCoordination(systems=["a", "b"], weights=weights)
    assert caught.value.code == "XZ-103"


def test_one_system_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 2"):
        CouplingCoordination(systems=["a"])


def test_two_scores_of_the_same_name_are_numbered() -> None:
    panel, other = economy(indicator_frame()), of_dimension("means")
    aside = other.method.model_copy(update={"steps": (xz.Screen(), *other.method.steps)})  # changes nothing
    result = CouplingCoordination(systems=[other, xz.Term(method=aside, column="means")]).fit(panel)
    assert list(result.names) == ["Means (1)", "Means (2)"]
    coupling = result.term("coupling")[result.rows.status == "ok"]
    assert np.all((coupling > 1 - SAME) | (coupling == 0))  # equal systems, or both at zero


@pytest.mark.parametrize("systems", [["s0", "s1", "s0"], [of_dimension("means"), of_dimension("means")]])
def test_a_system_is_not_coupled_with_itself(systems: list[object]) -> None:
    with pytest.raises(UsageError, match=r"XZ-103.*each one once"):
        CouplingCoordination(systems=systems)


def test_cross_sections_have_no_years() -> None:
    result = fitted(U)
    assert isinstance(result.panel.frame(), pd.DataFrame)
    assert "time" not in [field.key for field in result.tables()[0].fields]
    assert "Mean degree of coordination" in result.summary()
