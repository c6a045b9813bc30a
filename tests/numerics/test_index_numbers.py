"""Bilateral formulas: published tables, another derivation item by item, exactness for CES, axioms, missing items."""

from decimal import Decimal, localcontext

import numpy as np
import pandas as pd
import pytest

from tests.numerics.markets import (
    CES_PRICES,
    MANUAL_PRICES,
    MANUAL_QUANTITIES,
    ces,
    ces_quantities,
    churning,
)
from tests.support import SHARED, needs_shared
from xinzhi.numerics.index_numbers import (
    FACTOR_REVERSIBLE,
    FORMULAS,
    TIME_REVERSIBLE,
    UNWEIGHTED,
    Ends,
    Items,
    Pairs,
    bilateral,
    log_mean,
    matched,
    value_indicator,
)

ROUNDING = 1e-12  # sums of some dozens of products of doubles, and their logarithms
PRINTED = 0.00005 + 1e-12  # four printed decimals
ELASTICITY = 0.7
each_formula = pytest.mark.parametrize("formula", FORMULAS)


def index(items, formula, pairs=None, basket=None):
    """Return log indices; Lowe and Young at the basket of the first row unless one is given."""
    if basket is None and formula in {"lowe", "young"}:
        basket = items.q[0] if formula == "lowe" else items.v[0]
    return bilateral(items, pairs, formula=formula, elasticity=ELASTICITY, basket=basket)


# Balk (2008), tables 3.4, 3.6 and 3.12, on the data of the PPI Manual; as printed by R gpindex 0.6.3, page price_data.
BALK = {
    "laspeyres": [1.42, 1.345, 1.355, 1.44],
    "geometric_laspeyres": [1.33, 1.2523, 1.1331, 1.0999],
    "paasche": [1.3824, 1.2031, 1.0209, 0.7968],
    "geometric_paasche": [1.4846, 1.3268, 1.3282, 1.4153],
    "palgrave": [1.6096, 1.4161, 1.5317, 1.6720],
    "fisher": [1.4011, 1.2721, 1.1762, 1.0712],
    "tornqvist": [1.4052, 1.2890, 1.2268, 1.2477],
    "marshall_edgeworth": [1.4010, 1.2656, 1.1438, 0.9801],
    "walsh": [1.4017, 1.2850, 1.2193, 1.1850],
    "sato_vartia": [1.4018, 1.2897, 1.2335, 1.2540],
    "montgomery_vartia": [1.4024, 1.2907, 1.2392, 1.2678],
    "stuvel": [1.4042, 1.2742, 1.1551, 0.9770],
}


@pytest.mark.parametrize("formula", BALK)
def test_published_table_of_balk(formula):
    found = np.exp(index(Items.of(MANUAL_PRICES, MANUAL_QUANTITIES), formula)[0, 1:])
    assert found == pytest.approx(BALK[formula], abs=PRINTED)


@needs_shared
def test_ces_fixture():
    """Source: shared ces_sigma2_expected_indices.csv, all columns to the last printed digit."""
    expected = pd.read_csv(SHARED / "growth" / "ces_sigma2_expected_indices.csv")
    data = pd.read_csv(SHARED / "growth" / "ces_sigma2_index_test.csv")
    tables = (data.pivot(index="time", columns="prodID", values=name).to_numpy() for name in ("prices", "quantities"))
    items = Items.of(*tables)
    np.testing.assert_allclose(items.p, CES_PRICES, rtol=0, atol=0)
    np.testing.assert_allclose(items.q, ces_quantities(), rtol=1e-14)
    columns = {"L": "laspeyres", "P": "paasche", "F": "fisher", "T": "tornqvist", "SV": "sato_vartia"}
    for column, formula in columns.items():
        np.testing.assert_allclose(np.exp(index(items, formula)[0]), expected[column], rtol=0, atol=1e-15)
    np.testing.assert_allclose(np.exp(index(items, "sato_vartia")[0]), expected["CES_exact"], rtol=0, atol=1e-15)


@pytest.mark.parametrize("elasticity", [0.3, 1.7, 2.0, 4.0])
def test_sato_vartia_and_lloyd_moulton_are_exact_for_ces_economies(elasticity):
    """Closed form: with CES demand the true price index is (SUM a p^(1-e))^(1/(1-e)) up to scale."""
    items = Items.of(CES_PRICES, ces_quantities(elasticity))
    tastes = np.array([0.2, 0.2, 0.2, 0.4])
    cost = np.log((tastes * CES_PRICES ** (1 - elasticity)).sum(axis=1)) / (1 - elasticity)
    np.testing.assert_allclose(bilateral(items, formula="sato_vartia")[0], cost - cost[0], atol=ROUNDING)
    found = bilateral(items, formula="lloyd_moulton", elasticity=elasticity)[0]
    np.testing.assert_allclose(found, cost - cost[0], atol=ROUNDING)


def by_hand(formula, p0, p1, q0, q1, basket):
    """Return an index from its definition in words, for the matched items of two rows."""
    v0, v1, r = p0 * q0, p1 * q1, p1 / p0
    s0, s1 = v0 / v0.sum(), v1 / v1.sum()

    def mean_log(a, b):
        return np.where(a == b, a, (a - b) / np.where(a == b, 1.0, np.log(a) - np.log(b)))

    def dummies():
        """Weighted least squares of ln p on a dummy of the second row and dummies of items."""
        n = p0.size
        design = np.vstack([np.hstack([np.zeros((n, 1)), np.eye(n)]), np.hstack([np.ones((n, 1)), np.eye(n)])])
        root = np.sqrt(np.concatenate([s0, s1]))
        logs = np.log(np.concatenate([p0, p1]))
        return np.exp(np.linalg.lstsq(design * root[:, None], logs * root, rcond=None)[0][0])

    laspeyres, paasche = p1 @ q0 / v0.sum(), v1.sum() / (p0 @ q1)
    half = 0.5 * (laspeyres - q1 @ p0 / v0.sum())
    w, h = mean_log(s0, s1), q0 * q1 / (q0 + q1)
    carli, harmonic = r.mean(), 1 / (1 / r).mean()
    return {
        "laspeyres": lambda: laspeyres,
        "paasche": lambda: paasche,
        "fisher": lambda: np.sqrt(laspeyres * paasche),
        "tornqvist": lambda: np.prod(r ** (0.5 * (s0 + s1))),
        "walsh": lambda: p1 @ np.sqrt(q0 * q1) / (p0 @ np.sqrt(q0 * q1)),
        "sato_vartia": lambda: np.prod(r ** (w / w.sum())),
        "montgomery_vartia": lambda: np.prod(r ** (mean_log(v1, v0) / mean_log(v1.sum(), v0.sum()))),
        "lloyd_moulton": lambda: (s0 @ r ** (1 - ELASTICITY)) ** (1 / (1 - ELASTICITY)),
        "marshall_edgeworth": lambda: p1 @ (q0 + q1) / (p0 @ (q0 + q1)),
        "drobisch": lambda: 0.5 * (laspeyres + paasche),
        "stuvel": lambda: half + np.sqrt(half**2 + v1.sum() / v0.sum()),
        "palgrave": lambda: s1 @ r,
        "young": lambda: basket @ r / basket.sum(),
        "lowe": lambda: p1 @ basket / (p0 @ basket),
        "geometric_laspeyres": lambda: np.prod(r**s0),
        "geometric_paasche": lambda: np.prod(r**s1),
        "geary_khamis": lambda: p1 @ h / (p0 @ h),
        "tpd": dummies,
        "jevons": lambda: np.prod(r ** (1 / r.size)),
        "dutot": lambda: p1.mean() / p0.mean(),
        "carli": lambda: carli,
        "harmonic": lambda: harmonic,
        "cswd": lambda: np.sqrt(carli * harmonic),
    }[formula]()


@each_formula
def test_every_formula_from_its_definition_over_matched_items(formula):
    prices, quantities = churning()
    items, basket = Items.of(prices, quantities), np.abs(np.random.default_rng(3).normal(size=prices.shape[1]))
    basket[:3] = np.nan  # not in the basket
    logs = index(items, formula, basket=basket)
    for before in range(prices.shape[0]):
        for end in range(prices.shape[0]):
            both = np.isfinite(prices[before] + prices[end])
            if formula in {"lowe", "young"}:
                both &= np.isfinite(basket)
            cells = (prices[before], prices[end], quantities[before], quantities[end], basket)
            expected = by_hand(formula, *(values[both] for values in cells))
            assert logs[before, end] == pytest.approx(np.log(expected), abs=ROUNDING), (before, end)


@each_formula
def test_pairs_are_cells_of_the_comparison_of_all_with_all(formula):
    items = Items.of(*churning(rows=5))
    pairs = Pairs(np.array([0, 3, 2, 4]), np.array([1, 1, 2, 0]))
    all_, some = index(items, formula), index(items, formula, pairs)
    np.testing.assert_allclose(some, all_[pairs.before, pairs.end], atol=ROUNDING)


# What peers give ----------------------------------------------------------------------------------

# Source: pyindexnum 0.4.0 (balanced=False), periods 3 and 11 of the CES economy without the cells of DROPPED.
DROPPED = [(1, 4), (1, 5), (2, 1), (2, 2), (2, 3), (3, 8), (3, 10), (4, 12), (4, 6)]  # (good, period), from 1
PYINDEXNUM = {
    "fisher": 1.0178969346024034,
    "tornqvist": 1.0205212809974233,
    "walsh": 1.0210765916041145,
    "laspeyres": 1.0810026636225265,
    "paasche": 0.9584751308575576,
    "jevons": 0.8873898707638699,
    "carli": 0.9155092592592592,
    "dutot": 0.8387096774193546,
}


@pytest.mark.parametrize("formula", PYINDEXNUM)
def test_matched_items_as_pyindexnum(formula):
    prices = CES_PRICES.copy()
    for good, period in DROPPED:
        prices[period - 1, good - 1] = np.nan
    items = Items.of(prices, ces_quantities())
    found = bilateral(items, Pairs(np.array([2]), np.array([10])), formula=formula)
    assert np.exp(found[0]) == pytest.approx(PYINDEXNUM[formula], rel=1e-14)


# Source: IndexNumR, tests/testthat/test-indicator.R, CES_sigma_2, periods 2 to 12.
BENNET = """-1.78071737125315 2.77153621300123 0.372248873679598 -3.23083514886471 3.86787781881992 -0.667765464846739
-3.23305497762899 2.95445995421543 -2.76365908752882 3.28633320483667 0.0823209818013025"""
MONTGOMERY = """-1.27874802287663 2.23764163264406 0.373294606860997 -2.35138599056262 3.23912450758093
-0.665710587242193 -2.74535253122247 2.45168559478284 -2.2876179051576 2.85483402898994 0.0839129500556"""


@pytest.mark.parametrize(("formula", "printed"), [("bennet", BENNET), ("montgomery", MONTGOMERY)])
def test_indicators_of_indexnumr(formula, printed):
    ends = Ends.of(ces(), np.arange(11), np.arange(1, 12))
    price, quantity = value_indicator(ends, formula=formula)
    expected = [float(number) for number in printed.split()]
    assert price.sum(axis=1) == pytest.approx(expected, abs=1e-13)
    np.testing.assert_allclose(price + quantity, ends.v1 - ends.v0, atol=1e-13)


# Axioms -------------------------------------------------------------------------------------------


@each_formula
def test_identity_and_proportionality(formula):
    prices, quantities = churning(rows=1)
    items = Items.of(np.vstack([prices, prices, 3.0 * prices]), np.vstack([quantities, 1.3 * quantities, quantities]))
    logs = index(items, formula)
    assert logs[0, 1] == pytest.approx(0.0, abs=ROUNDING)
    assert logs[0, 2] == pytest.approx(np.log(3.0), abs=ROUNDING)


@each_formula
def test_time_reversal_where_it_holds(formula):
    logs = index(Items.of(*churning()), formula)
    gap = np.abs(logs + logs.T).max()
    assert gap < ROUNDING if formula in TIME_REVERSIBLE else gap > 1e-3


@each_formula
def test_factor_reversal_where_it_holds(formula):
    prices, quantities = churning(there=1.1)
    price, quantity = (index(Items.of(*pair), formula) for pair in ((prices, quantities), (quantities, prices)))
    value = np.log((prices * quantities).sum(axis=1))
    gap = np.abs(price + quantity - (value[None] - value[:, None])).max()
    assert gap < ROUNDING if formula in FACTOR_REVERSIBLE else gap > 1e-3


@pytest.mark.parametrize(
    "formula", ["fisher", "drobisch", "marshall_edgeworth", "walsh", "stuvel", "tornqvist", "sato_vartia"]
)
def test_symmetric_formulas_lie_between_the_extreme_relatives_and_fisher_between_laspeyres_and_paasche(formula):
    prices, quantities = churning(there=1.1)
    items = Items.of(prices, quantities)
    logs, ratios = index(items, formula), np.log(prices)[None] - np.log(prices)[:, None]
    assert (logs >= ratios.min(axis=2) - ROUNDING).all()
    assert (logs <= ratios.max(axis=2) + ROUNDING).all()
    if formula in {"fisher", "drobisch", "marshall_edgeworth"}:
        bounds = np.sort([index(items, "laspeyres"), index(items, "paasche")], axis=0)
        assert (logs >= bounds[0] - ROUNDING).all()
        assert (logs <= bounds[1] + ROUNDING).all()


@each_formula
@pytest.mark.parametrize("power", [-9, 9])
def test_units_of_measurement_order_and_duplicates(formula, power):
    prices, quantities = churning(rows=4)
    logs = index(Items.of(prices, quantities), formula)
    unit = 10.0 ** np.random.default_rng(1).uniform(min(power, 0), max(power, 0), prices.shape[1])
    if formula != "dutot":  # the one formula that is not commensurable
        np.testing.assert_allclose(index(Items.of(prices * unit, quantities / unit), formula), logs, atol=1e-10)
    scaled = Items.of(prices * 10.0**power, quantities * 10.0**-power)
    np.testing.assert_allclose(index(scaled, formula), logs, atol=1e-10)
    order = np.random.default_rng(2).permutation(prices.shape[1])
    np.testing.assert_allclose(index(Items.of(prices[:, order], quantities[:, order]), formula), logs, atol=ROUNDING)
    twice = Items.of(np.hstack([prices, prices]), np.hstack([quantities, quantities]))
    np.testing.assert_allclose(index(twice, formula), logs, atol=ROUNDING)


# Missing items ------------------------------------------------------------------------------------


def lloyd_moulton_of_sixty_digits(p, q, elasticity):
    """Return the log index of two rows by its definition, in decimal arithmetic."""
    with localcontext() as context:
        context.prec = 60
        cells = [[[Decimal(float(x)) for x in row] for row in table] for table in (p, q)]
        (p0, p1), (q0, _) = cells
        values = [a * b for a, b in zip(p0, q0, strict=True)]
        logs, total = [(b / a).ln() for a, b in zip(p0, p1, strict=True)], sum(values)
        power = 1 - Decimal(elasticity)
        if power == 0:
            return float(sum(v * x for v, x in zip(values, logs, strict=True)) / total)
        return float((sum(v * (power * x).exp() for v, x in zip(values, logs, strict=True)) / total).ln() / power)


@pytest.mark.parametrize("gap", [0.0, 1e-15, -1e-12, 1e-9, -1e-6, 1e-3, 0.3, -2.0, 50.0, -700.0, 4999.0, -4999.0, 1e6])
def test_lloyd_moulton_loses_no_digits_near_one_and_does_not_overflow(gap):
    """Source: the definition in decimal arithmetic of 60 digits, elasticities from one to a million."""
    rng = np.random.default_rng(1)
    p, q = np.exp(rng.normal(size=(2, 8))), np.exp(rng.normal(size=(2, 8)))
    p, q = np.column_stack([p, [1.0, np.nan]]), np.column_stack([q, [1.0, 1.0]])  # one item is not matched
    items, elasticity = Items.of(p, q), 1.0 + gap
    both = bilateral(items, formula="lloyd_moulton", elasticity=elasticity)
    one = bilateral(items, Pairs(np.array([0]), np.array([1])), formula="lloyd_moulton", elasticity=elasticity)
    expected = lloyd_moulton_of_sixty_digits(p[:, :8], q[:, :8], elasticity)
    assert one[0] == both[0, 1] == pytest.approx(expected, rel=0, abs=4e-15)
    back = lloyd_moulton_of_sixty_digits(p[::-1, :8], q[::-1, :8], elasticity)
    assert both[1, 0] == pytest.approx(back, rel=0, abs=4e-15)


@each_formula
def test_no_overlap_is_no_number(formula):
    prices = np.array([[1.0, 2.0, np.nan], [np.nan, np.nan, 3.0], [2.0, np.nan, np.nan]])
    items = Items.of(prices, np.ones((3, 3)))
    logs = index(items, formula, basket=np.ones(3))
    assert np.isnan(logs[[0, 1, 1, 2], [1, 0, 2, 1]]).all()
    assert np.exp(logs[0, 2]) == pytest.approx(2.0)


def test_zero_quantities_prices_and_empty_cells_are_not_there():
    prices = np.array([[1.0, 2.0, 5.0, 1.0], [2.0, 0.0, 6.0, np.nan]])
    items = Items.of(prices, np.array([[1.0, 1.0, 0.0, 1.0], [3.0, 1.0, 1.0, 1.0]]))
    number, before, end = (values[0, 1] for values in matched(items))
    assert (number, before, end) == (1.0, 0.25, 0.5)
    assert np.exp(bilateral(items, formula="fisher")[0, 1]) == pytest.approx(2.0)


def test_unweighted_formulas_need_no_quantities():
    prices, quantities = churning()
    for formula in UNWEIGHTED:
        one, other = (
            bilateral(Items.of(prices), formula=formula),
            bilateral(Items.of(prices, quantities), formula=formula),
        )
        np.testing.assert_array_equal(one, other)


def test_log_mean():
    """Closed form: L(a, b) = (a - b) / ln(a / b); L(a, a) = a; between geometric and arithmetic mean; zero at zero."""
    a, b = np.array([2.0, 3.0, 1.0, 0.0, 1.0 + 1e-12]), np.array([1.0, 3.0, 1e-300, 1.0, 1.0])
    assert log_mean(a, b)[:3] == pytest.approx([1 / np.log(2), 3.0, 1 / (300 * np.log(10))], rel=1e-14)
    assert log_mean(a, b)[3] == 0.0
    assert log_mean(a, b)[4] == pytest.approx(1.0 + 5e-13, rel=1e-15)
