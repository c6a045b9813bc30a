"""Multilateral index numbers: IndexNumR's numbers, defining equations, dense regressions, transitivity, splices."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree

from tests.numerics.markets import ces, churning
from tests.support import SHARED, needs_shared
from xinzhi.numerics.index_numbers import TIME_REVERSIBLE, Items, bilateral
from xinzhi.numerics.multilateral import (
    SPLICES,
    along,
    connected,
    dissimilarity,
    geary_khamis,
    geks,
    ikle,
    link_places,
    rolled,
    similarity_chain,
    spanning_tree,
    wtpd,
)

ROUNDING = 1e-12  # sums of some dozens of products of doubles, and a linear system of ten rows
SYSTEMS = {"geary_khamis": geary_khamis, "wtpd": wtpd, "ikle": ikle}
each_system = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)


def gaps() -> Items:
    """Return rows of which some share no item, though all are connected: items of a row are 3k .. 3k+4."""
    prices, quantities = churning(rows=7, items=23, there=1.1)
    for row in range(7):
        prices[row, [item for item in range(23) if not 3 * row <= item < 3 * row + 5]] = np.nan
    return Items.of(prices, quantities)


@needs_shared
def test_geks_of_the_ces_fixture():
    """Source: shared ces_sigma2_expected_indices.csv, GEKS_F over twelve periods, to the last printed digit."""
    expected = pd.read_csv(SHARED / "growth" / "ces_sigma2_expected_indices.csv")["GEKS_F"]
    np.testing.assert_allclose(np.exp(geks(bilateral(ces(), formula="fisher"))), expected, rtol=0, atol=1e-15)


# Source: IndexNumR, tests/testthat/test-gk.R and test-wtpd.R, CES_sigma_2, window 12.
GK = """1 0.87763982 1.14963977 1.20948388 0.97735333 1.30228207 1.23643987 1.00131376 1.20675381 0.98419301 1.23476104
1.23245315"""
WTPD = """1 0.880339868502394 1.11310561070234 1.15879006335178 0.944228876424154 1.23413422819567 1.17381864977063
0.96466253410287 1.14473361053433 0.955804858341343 1.17418844896016 1.17377193225844"""


@pytest.mark.parametrize(("system", "printed", "rounding"), [(geary_khamis, GK, 5.5e-9), (wtpd, WTPD, 1e-14)])
def test_systems_of_indexnumr(system, printed, rounding):
    assert np.exp(system(ces())) == pytest.approx([float(number) for number in printed.split()], abs=rounding)


# Source: the same, window 11: the twelfth period by splice ("wisp", "hasp", "mean_pub" are the published ones).
SPLICED = {
    "mean": (1.2304462672922, 1.17283932343105),
    "movement": (1.223542862, 1.169222231299),
    "window": (1.24310097571958, 1.18221020311053),
    "half": (1.23085666351138, 1.17307644429241),
    "window_published": (1.24310097571958, 1.18221020311053),
    "half_published": (1.23085666351138, 1.17307644429241),
    "mean_published": (1.23044626729226, 1.17283932343105),
}


@pytest.mark.parametrize("splice", SPLICED)
def test_splices_of_indexnumr(splice):
    """IndexNumR solves Geary-Khamis to 1e-9; its weighted product dummies to rounding."""
    for system, expected, rounding in zip((geary_khamis, wtpd), SPLICED[splice], (6e-9, 1e-14), strict=True):
        series = rolled(lambda rows, of=system: of(ces().rows(rows)), 12, width=11, splice=splice)
        assert np.exp(series[-1]) == pytest.approx(expected, abs=rounding)


# Source: R gpindex, tests/testthat/test-splice.R: three windows with the changes 1 2 3, 3 4 5 and 5 6 7.
GPINDEX = {
    "movement": [1, 2, 6, 30, 210],
    "window": [1, 2, 6, 60, 630],
    "window_published": [1, 2, 6, 60, 420],
    "mean": [1, 2, 6, (60 * 40 * 30) ** (1 / 3), (210 * 3 * 42 * 4 * 2 * 7 * 5 * 6) ** (1 / 3)],
    "mean_published": [1, 2, 6, (60 * 40 * 30) ** (1 / 3), (420 * 252 * 7 * (60 * 40 * 30) ** (1 / 3)) ** (1 / 3)],
}


@pytest.mark.parametrize("splice", GPINDEX)
def test_splices_of_gpindex(splice):
    windows = [np.log(np.cumprod([1, *changes])) for changes in ((1, 2, 3), (3, 4, 5), (5, 6, 7))]
    series = rolled(lambda rows: windows[rows[0]], 6, width=4, splice=splice)
    assert np.exp(series[1:]) == pytest.approx(GPINDEX[splice], rel=1e-14)


@pytest.mark.parametrize("splice", SPLICES)
def test_splices_of_windows_that_agree_are_the_index_and_no_period_revises_another(splice):
    path = np.random.default_rng(5).normal(size=17)
    series = rolled(lambda rows: path[rows] - path[rows[0]], 17, width=5, splice=splice)
    np.testing.assert_allclose(series, path - path[0], atol=ROUNDING)
    items = Items.of(*churning(rows=12))
    long, short = (rolled(lambda rows: wtpd(items.rows(rows)), t, width=5, splice=splice) for t in (12, 9))
    np.testing.assert_array_equal(long[:9], short)


def test_a_window_of_25_months_is_linked_at_the_same_month_of_the_year_before():
    assert link_places("half", 25).tolist() == [12]
    assert link_places("half", 13).tolist() == [6]
    assert link_places("half", 2).tolist() == [0]


@pytest.mark.parametrize("splice", ["fbew", "fbmw"])
def test_fixed_base_windows(splice):
    """Lamboray (2017): period t against its base period b, in the window b..t (expanding) or t-w+1..t (moving)."""
    items, width = Items.of(*churning(rows=11)), 5
    series = rolled(lambda rows: wtpd(items.rows(rows)), 11, width=width, splice=splice)
    for t in range(1, 11):
        base = 4 * ((t - 1) // 4)
        rows = np.arange(base if splice == "fbew" else max(0, t - width + 1), t + 1)
        new = wtpd(items.rows(rows))
        assert series[t] - series[base] == pytest.approx(new[-1] - new[rows.tolist().index(base)], abs=ROUNDING)


# Equations ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", sorted(TIME_REVERSIBLE - {"lowe"}))
def test_geks_is_the_mean_of_all_indirect_comparisons(formula):
    logs = bilateral(Items.of(*churning()), formula=formula)
    means = (logs[:, :, None] + logs[None]).mean(axis=1)
    np.testing.assert_allclose(geks(logs), means[0], atol=ROUNDING)
    np.testing.assert_allclose(means, means[0][None] - means[0][:, None], atol=ROUNDING)  # transitivity


def test_geks_without_some_overlaps_is_least_squares():
    logs = bilateral(gaps(), formula="fisher")
    pairs = [(j, k) for j in range(7) for k in range(7) if j < k and np.isfinite(logs[j, k])]
    assert len(pairs) < 21
    design = np.zeros((len(pairs), 7))
    for row, (j, k) in enumerate(pairs):
        design[row, [j, k]] = -1.0, 1.0
    expected = np.linalg.lstsq(design[:, 1:], np.array([logs[pair] for pair in pairs]), rcond=None)[0]
    np.testing.assert_allclose(geks(logs)[1:], expected, atol=ROUNDING)


@pytest.mark.parametrize("items", [ces(), Items.of(*churning()), gaps()], ids=["ces", "churning", "gaps"])
def test_reference_price_systems_solve_their_equations(items):
    for system in (geary_khamis, ikle):
        levels = np.exp(system(items))
        if system is geary_khamis:
            reference = (items.v / levels[:, None]).sum(axis=0) / items.q.sum(axis=0)
        else:
            ratio = np.where(items.p > 0, levels[:, None] / np.where(items.p > 0, items.p, 1.0), 0.0)
            reference = items.shares.sum(axis=0) / (items.shares * ratio).sum(axis=0)
        again = items.v.sum(axis=1) / (items.q * np.where(items.one > 0, reference, 0.0)).sum(axis=1)
        np.testing.assert_allclose(again / again[0], levels, rtol=ROUNDING)


def test_iterating_the_equations_leads_to_the_same_levels():
    """The fixed-point iteration of the manuals, another way to the same solution."""
    items = Items.of(*churning())
    for system in (geary_khamis, ikle):
        levels = np.ones(items.p.shape[0])
        for _ in range(3000):
            if system is geary_khamis:
                reference = (items.v / levels[:, None]).sum(axis=0) / items.q.sum(axis=0)
            else:
                weights = items.shares / np.where(items.p > 0, items.p, 1.0)
                reference = items.shares.sum(axis=0) / (weights * levels[:, None]).sum(axis=0)
            levels = items.v.sum(axis=1) / (items.q * reference).sum(axis=1)
        np.testing.assert_allclose(np.log(levels / levels[0]), system(items), atol=ROUNDING)


@pytest.mark.parametrize("items", [Items.of(*churning()), gaps()], ids=["churning", "gaps"])
def test_product_dummies_are_weighted_least_squares(items):
    rows, columns = np.nonzero(items.one)
    design = np.zeros((rows.size, sum(items.p.shape)))
    design[np.arange(rows.size), rows] = 1.0
    design[np.arange(rows.size), items.p.shape[0] + columns] = 1.0
    root = np.sqrt(items.shares[rows, columns])
    found = np.linalg.lstsq(design[:, 1:] * root[:, None], np.log(items.p[rows, columns]) * root, rcond=None)[0]
    np.testing.assert_allclose(wtpd(items)[1:], found[: items.p.shape[0] - 1], atol=ROUNDING)


def test_two_rows_give_the_bilateral_forms():
    items = Items.of(
        *churning(rows=2, there=1.1)
    )  # shares of wtpd are in the value of all items, of tpd of matched ones
    for system, formula in ((geary_khamis, "geary_khamis"), (wtpd, "tpd")):
        assert system(items)[1] == pytest.approx(bilateral(items, formula=formula)[0, 1], abs=ROUNDING)


@each_system
def test_identity_proportionality_and_base(system):
    prices, quantities = churning()
    levels = system(Items.of(prices, quantities))
    scaled = system(Items.of(prices * np.exp(np.arange(9))[:, None], quantities))
    np.testing.assert_allclose(scaled, levels + np.arange(9), atol=ROUNDING)
    np.testing.assert_allclose(system(Items.of(prices, quantities), 4), levels - levels[4], atol=ROUNDING)
    same = system(Items.of(np.where(np.isfinite(prices), np.arange(1.0, 41.0), np.nan), quantities))
    np.testing.assert_allclose(same, 0.0, atol=ROUNDING)


@each_system
def test_units_of_measurement_currencies_order_and_duplicates(system):
    prices, quantities = churning()
    levels = system(Items.of(prices, quantities))
    draw = np.random.default_rng(4)
    unit, currency = 10.0 ** draw.uniform(-9, 9, 40), 10.0 ** draw.uniform(-9, 9, 9)
    found = system(Items.of(prices * unit * currency[:, None], quantities / unit))
    np.testing.assert_allclose(found, levels + np.log(currency / currency[0]), atol=1e-10)
    order = draw.permutation(40)
    np.testing.assert_allclose(system(Items.of(prices[:, order], quantities[:, order])), levels, atol=ROUNDING)
    twice = Items.of(np.hstack([prices, prices]), np.hstack([quantities, quantities]))
    np.testing.assert_allclose(system(twice), levels, atol=ROUNDING)
    rows = draw.permutation(9)
    base = int(np.flatnonzero(rows == 0)[0])
    np.testing.assert_allclose(system(Items.of(prices[rows], quantities[rows]), base), levels[rows], atol=ROUNDING)


def test_geary_khamis_depends_on_the_size_of_rows_and_ikle_does_not():
    prices, quantities = churning()
    larger = np.where(np.arange(9)[:, None] == 3, 50.0, 1.0) * quantities
    gap = {
        name: np.abs(of(Items.of(prices, larger)) - of(Items.of(prices, quantities))).max()
        for name, of in SYSTEMS.items()
    }
    assert gap["geary_khamis"] > 0.01
    assert max(gap["ikle"], gap["wtpd"]) < ROUNDING


# Without connection -------------------------------------------------------------------------------


@each_system
def test_rows_that_are_not_connected_with_the_base_have_no_level(system):
    prices = np.array(
        [[1.0, 2.0, np.nan, np.nan], [2.0, 4.0, np.nan, np.nan], [np.nan, np.nan, 1.0, 3.0], [np.nan] * 4]
    )
    items = Items.of(prices, np.ones((4, 4)))
    np.testing.assert_allclose(system(items), [0.0, np.log(2), np.nan, np.nan], atol=ROUNDING)
    np.testing.assert_allclose(system(items, 2), [np.nan, np.nan, 0.0, np.nan], atol=ROUNDING)
    assert np.isnan(system(items, 3)).all()
    logs = bilateral(items, formula="fisher")
    np.testing.assert_allclose(geks(logs), [0.0, np.log(2), np.nan, np.nan], atol=ROUNDING)
    assert connected(np.isfinite(logs), 2).tolist() == [False, False, True, False]


# Similarity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["spread", "log_quadratic", "asymptotically_linear", "predicted_share"])
def test_dissimilarity(measure):
    prices, quantities = churning(rows=5)
    prices[4] = 2.0 * prices[0]  # proportional prices are alike
    quantities[4] = quantities[0]
    items = Items.of(prices, quantities)
    gap = dissimilarity(items, measure=measure)
    np.testing.assert_array_equal(gap, gap.T)
    assert gap[0, 4] == pytest.approx(0.0, abs=1e-15)
    assert (gap[np.triu_indices(4, 1)] > 1e-4).all()
    unit = 10.0 ** np.random.default_rng(6).uniform(-9, 9, 40)
    np.testing.assert_allclose(
        dissimilarity(Items.of(prices * unit, quantities / unit), measure=measure), gap, atol=1e-10
    )
    both = np.isfinite(prices[1] + prices[2])
    p0, p1, q0, q1 = prices[1][both], prices[2][both], quantities[1][both], quantities[2][both]
    s0, s1 = p0 * q0 / (p0 @ q0), p1 * q1 / (p1 @ q1)
    fisher = np.sqrt(p1 @ q0 / (p0 @ q0) * (p1 @ q1) / (p0 @ q1))
    by_hand = {
        "spread": abs(np.log(p1 @ q0 / (p0 @ q0) / ((p1 @ q1) / (p0 @ q1)))),
        "log_quadratic": 0.5 * (s0 + s1) @ np.log(p1 / (fisher * p0)) ** 2,
        "asymptotically_linear": 0.5 * (s0 + s1) @ (p1 / (fisher * p0) + fisher * p0 / p1 - 2),
        "predicted_share": ((s0 - p1 * q0 / (p1 @ q0)) ** 2).sum() + ((s1 - p0 * q1 / (p0 @ q1)) ** 2).sum(),
    }
    assert gap[1, 2] == pytest.approx(by_hand[measure], abs=ROUNDING)


def test_spanning_tree_is_the_least_and_its_levels_are_transitive():
    """Another implementation: scipy.sparse.csgraph.minimum_spanning_tree."""
    items = Items.of(*churning(rows=12))
    gap, logs = dissimilarity(items, measure="log_quadratic"), bilateral(items, formula="fisher")
    for base in (0, 5):
        links = spanning_tree(gap, base)
        assert gap[links[:, 0], links[:, 1]].sum() == pytest.approx(minimum_spanning_tree(gap).sum(), rel=1e-14)
        levels = along(links, logs, base)
        for one, other in links:
            assert levels[other] - levels[one] == pytest.approx(logs[one, other], abs=ROUNDING)
        np.testing.assert_allclose(levels - levels[0], along(spanning_tree(gap), logs), atol=ROUNDING)


def test_similarity_chain_links_to_the_most_similar_row_before():
    gap = dissimilarity(Items.of(*churning(rows=8)), measure="spread")
    links = similarity_chain(gap)
    assert links[:, 1].tolist() == list(range(1, 8))
    assert all(gap[one, row] == gap[row, :row].min() for one, row in links)
    lone = np.full((3, 3), np.inf)
    lone[0, 1] = lone[1, 0] = 0.5
    assert similarity_chain(lone).tolist() == [[0, 1]]
    assert spanning_tree(lone).tolist() == [[0, 1]]
    assert np.isnan(along(spanning_tree(lone), np.zeros((3, 3)))[2])
