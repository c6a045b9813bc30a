"""Markov chains on the incomes of states: giddy, methods 2.9, and what the result says."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.regions.dynamics import states
from xinzhi.errors import DataError
from xinzhi.regions.dynamics.classes import CutOffs, Quantiles
from xinzhi.regions.dynamics.markov import MarkovChain, MarkovChainResult
from xinzhi.regions.dynamics.positions import rows_before

PRINTED = 5e-9
"""Numbers printed to eight digits."""
SOLVED = 1e-9
"""Linear systems solved in two ways, relative."""


def fitted(panel: xz.Panel | None = None, **settings: object) -> MarkovChainResult:
    result = MarkovChain(of="income", **settings).fit(panel or states.panel())  # type: ignore[arg-type]
    assert isinstance(result, MarkovChainResult)
    return result


def test_quintiles_of_each_year_are_those_of_giddy() -> None:
    found = fitted(classes=Quantiles(over="year"))
    assert found.chain.counts.tolist() == states.giddy("year.counts").tolist()
    np.testing.assert_allclose(found.chain.probabilities, states.giddy("year.p"), rtol=0, atol=1e-15)
    np.testing.assert_allclose(found.chain.steady, states.giddy("year.steady"), rtol=SOLVED)
    np.testing.assert_allclose(found.chain.passage, states.giddy("year.passage"), rtol=SOLVED)
    measures = {"P": "shorrocks", "D": "determinant", "L2": "eigenvalue", "B1": "leaving", "B2": "bartholomew"}
    for theirs, ours in measures.items():
        assert getattr(found.mobility, ours) == pytest.approx(
            float(states.giddy(f"year.mobility.{theirs}")), rel=SOLVED
        )


def test_numbers_of_the_methods_page() -> None:
    """methods/indicators.md 2.9: giddy 2.3.8 and own code."""
    found = fitted(classes=Quantiles(over="year")).chain
    assert found.probabilities[0, 0] == pytest.approx(0.91011236, abs=PRINTED)
    steady = [0.20774716, 0.18725774, 0.20740537, 0.18821787, 0.20937187]
    np.testing.assert_allclose(found.steady, steady, atol=PRINTED)


def test_relative_income_has_the_same_quintiles_of_each_year() -> None:
    one, other = fitted(classes=Quantiles(over="year")), fitted(classes=Quantiles(over="year"), relative="year_mean")
    assert one.rows.terms["class"].tolist() == other.rows.terms["class"].tolist()


def test_pooled_quantiles_of_what_grows_absorb() -> None:
    found = fitted()
    assert found.chain.steady.tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert "absorbing" in found.summary()


def test_steps_of_five_years_count_all_pairs() -> None:
    found = fitted(classes=Quantiles(over="year"), lag=5)
    place = found.rows.terms["class"].reshape(48, 81)
    by_hand = np.zeros((5, 5))
    for start, end in zip(place[:, :-5].ravel(), place[:, 5:].ravel(), strict=True):
        by_hand[int(start) - 1, int(end) - 1] += 1
    assert found.chain.counts.tolist() == by_hand.tolist()


def test_tests_over_time_and_of_order_add_up_to_the_counts_by_hand() -> None:
    found = fitted(classes=Quantiles(count=3, over="year"))
    time, order = found.tests.values()
    place = found.rows.terms["class"].reshape(48, 81).astype(int) - 1
    counts = np.zeros((3, 3, 3))
    for t in range(2, 81):
        np.add.at(counts, (place[:, t - 2], place[:, t - 1], place[:, t]), 1)
    pooled = counts.sum(axis=0) / counts.sum(axis=(0, 2))[:, None]
    expected = counts.sum(axis=2, keepdims=True) * pooled
    with np.errstate(invalid="ignore", divide="ignore"):
        q = np.nansum((counts - expected) ** 2 / expected)
    assert order.q == pytest.approx(q, rel=1e-12)
    assert time.freedom == int((((pooled > 0).sum(axis=1)) - 1).sum())


def simulated(p: list[list[float]], seed: int, *, units: int = 400, years: int = 12) -> xz.Panel:
    """Return a panel whose values are classes of a chain."""
    draw, place = np.random.default_rng(seed), np.zeros((units, years), dtype=int)
    place[:, 0] = draw.integers(0, len(p), units)
    steps = np.cumsum(p, axis=1)
    for t in range(1, years):
        place[:, t] = (draw.random(units)[:, None] > steps[place[:, t - 1]]).sum(axis=1)
    keys = {
        "unit": np.repeat([f"U{k:03d}" for k in range(units)], years),
        "year": np.tile(np.arange(2000, 2000 + years), units),
    }
    return xz.Panel(pd.DataFrame(keys | {"income": place.ravel() + 1.0}), unit="unit", time="year")


def test_the_truth_is_found_and_a_true_chain_passes_both_tests() -> None:
    p = [[0.8, 0.2, 0.0], [0.1, 0.7, 0.2], [0.0, 0.3, 0.7]]
    found = fitted(simulated(p, seed=3), classes=CutOffs(values=[1.5, 2.5]))
    far = np.abs(found.chain.probabilities - np.array(p))
    assert (far <= 4 * found.chain.errors + 1e-15).all()
    assert all(test.lr_p > 0.01 for test in found.tests.values())


def test_a_change_of_the_chain_is_found() -> None:
    one, other = simulated([[0.9, 0.1], [0.1, 0.9]], 1), simulated([[0.6, 0.4], [0.4, 0.6]], 2)
    frames = [one.frame(), other.frame().assign(year=lambda d: d["year"] + 12)]
    panel = xz.Panel(pd.concat(frames), unit="unit", time="year")
    found = fitted(panel, classes=CutOffs(values=[1.5]))
    time = next(iter(found.tests.values()))
    assert time.lr_p < 1e-6
    assert "changed over time" in found.summary()


def test_warnings_of_thin_rows_and_short_series() -> None:
    small = states.panel().select(times=(2006, 2009), units=states.panel().units[:12].tolist())
    found = fitted(small, classes=Quantiles(over="year"))
    assert {text.split()[0] for text in found.warnings} == {"XZ-470", "XZ-473"}


def test_what_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        fitted(classes=CutOffs(values=[1.0, 500.0]))
    assert caught.value.code == "XZ-284"
    with pytest.raises(DataError) as caught:
        fitted(lag=90)
    assert caught.value.code == "XZ-281"
    assert "shorter lag" in str(caught.value)
    negative = states.panel().replaced({"income": -states.panel().values("income")})
    with pytest.raises(DataError) as caught:
        fitted(negative, relative="year_mean")
    assert caught.value.code == "XZ-267"
    nothing = states.panel().replaced({"income": np.full(len(states.panel()), np.nan)})
    for classes in (Quantiles(), Quantiles(over="year"), CutOffs(values=[1.0])):
        with pytest.raises(DataError, match="no value") as caught:
            fitted(nothing, classes=classes)
        assert caught.value.code == "XZ-281"
        assert "coarser" not in str(caught.value)


def test_what_is_said_of_even_steady_states_is_so() -> None:
    """Ties make classes of other sizes: a little where two units are alike, much where half of them are."""
    names, draw = [f"U{k:02d}" for k in range(40)], np.random.default_rng(4).normal(size=(40, 6))
    alike, tied = draw.copy(), draw.copy()
    alike[np.argsort(draw[:, 3])[19:21], 3] = np.median(draw[:, 3])
    tied[:28, 3] = draw[:, 3].min()
    keys = {"unit": np.repeat(names, 6), "year": np.tile(np.arange(2000, 2006), 40)}
    for values, words in (
        (draw, "holds the same share"),
        (alike, "holds about the same share"),
        (tied, "Steady state:"),
    ):
        panel = xz.Panel(pd.DataFrame(keys | {"income": values.ravel()}), unit="unit", time="year")
        result = fitted(panel, classes=Quantiles(count=2, over="year"))
        assert words in result.summary()
        notes = next(table.notes for table in result.tables() if table.name == "steady")
        assert any(words in note for note in notes) == ("share" in words)


def test_mobility_names_its_factor_and_small_p_values_are_not_zero() -> None:
    found = fitted(classes=Quantiles(over="year"))
    tables = {table.name: table for table in found.tables()}
    assert "Leaving the class, in the steady state, times k / (k − 1)" in tables["mobility"].columns()["measure"]
    assert "p < 0.0001" in found.summary()
    assert "< 0.0001" in {row[4] for row in tables["tests"].printed()}


def test_thin_rows_are_named_plainly() -> None:
    small = states.panel().select(times=(2006, 2009), units=states.panel().units[:6].tolist())
    warning = fitted(small, classes=Quantiles(over="year")).warnings[0]
    assert warning.startswith("XZ-470 fewer than 5 transitions start in each of these: class ")


def test_a_missing_year_is_a_row_with_its_reason_and_ends_no_step() -> None:
    values = states.panel().values("income").copy()
    values[40] = np.nan
    panel = states.panel().replaced({"income": values})
    found = fitted(panel, classes=Quantiles(over="year"))
    assert found.rows.status[40] == "missing_data"
    assert found.chain.counts.sum() == 3840 - 2
    assert (rows_before(panel, 1) == 40).sum() == 1


def test_tables_are_those_of_papers() -> None:
    tables = {table.name: table for table in fitted(classes=Quantiles(over="year")).tables()}
    assert list(tables) == ["transitions", "counts", "errors", "steady", "passage", "mobility", "tests", "cut_offs"]
    assert tables["transitions"].columns()["p_1"][0] == pytest.approx(0.91011236, abs=PRINTED)
    assert tables["counts"].columns()["departures"] == [801, 722, 800, 718, 799]
    assert len(tables["cut_offs"].rows) == 81
