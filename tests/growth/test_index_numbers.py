"""Index numbers and indicators as methods: panels in, changes, levels, matching and statuses out."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.numerics.markets import CES_PRICES, CES_SPENDING, ces_quantities, churning
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import IndexNumber, ValueIndicator
from xinzhi.numerics.index_numbers import FACTOR_REVERSIBLE, FORMULAS, UNWEIGHTED, Items, bilateral

ROUNDING = 1e-12  # logs of sums of some dozens of products
SETTINGS = {"price": "p", "quantity": "q", "elasticity": 0.7, "basket": 2000}


def panel_of(prices, quantities, *, first=2000, names=None, **columns):
    """Return a panel of items from tables by year and item; cells that are not there have no row."""
    years, items = np.nonzero(np.isfinite(prices) & np.isfinite(quantities))
    names = names or [f"i{k:02d}" for k in range(prices.shape[1])]
    frame = {
        "i": [names[k] for k in items],
        "t": first + years,
        "p": prices[years, items],
        "q": quantities[years, items],
    }
    frame |= {key: [values[k] for k in items] for key, values in columns.items()}
    return xz.Panel(pd.DataFrame(frame), unit="i", time="t")


@pytest.fixture(scope="module")
def ces_panel():
    return panel_of(CES_PRICES, ces_quantities())


@pytest.fixture(scope="module")
def market():
    return panel_of(*churning())


@needs_shared
@pytest.mark.parametrize("linking", ["fixed", "chained"])
def test_ces_fixture_through_the_method(linking, ces_panel):
    """Source: shared ces_sigma2_expected_indices.csv; a chain of the exact Sato-Vartia index is the direct index."""
    expected = pd.read_csv(SHARED / "growth" / "ces_sigma2_expected_indices.csv")
    formulas = {"L": "laspeyres", "P": "paasche", "F": "fisher", "T": "tornqvist", "SV": "sato_vartia"}
    found = IndexNumber(price="p", quantity="q", formulas=[*formulas.values()], linking=linking).fit(ces_panel).levels()
    for column, formula in formulas.items():
        if linking == "fixed" or column == "SV":
            np.testing.assert_allclose(found[formula], expected[column], rtol=0, atol=2e-15)


@pytest.mark.parametrize("formula", FORMULAS)
def test_chains_fixed_bases_and_changes(formula, market):
    """A change of a chain is the comparison of two years; a fixed base compares all years with one."""
    items = Items.of(*churning())
    basket = {"lowe": items.q, "young": items.v}.get(formula, items.q)[0]
    logs = bilateral(items, formula=formula, elasticity=0.7, basket=basket)
    chained = IndexNumber(**SETTINGS, formulas=[formula]).fit(market)
    np.testing.assert_allclose(chained.term(formula), np.diagonal(logs, 1), atol=ROUNDING)
    fixed = IndexNumber(**SETTINGS, formulas=[formula], linking="fixed", base=2004).fit(market)
    np.testing.assert_allclose(fixed.term(formula), np.diff(logs[4]), atol=ROUNDING)
    np.testing.assert_allclose(np.log(fixed.levels()[formula]), logs[4], atol=ROUNDING)
    rebased = IndexNumber(**SETTINGS, formulas=[formula], base=2004).fit(market).levels()[formula]
    level = chained.levels()[formula]
    np.testing.assert_allclose(rebased, level / level[4], rtol=ROUNDING)
    assert rebased[4] == 1.0
    rates = chained.periods([(2000, 2003), (2003, 2008)])[formula]
    assert 0.03 * rates[0] + 0.05 * rates[1] == pytest.approx(np.log(level[8]), abs=ROUNDING)


@pytest.mark.parametrize("formula", FORMULAS)
def test_quantity_and_implicit_indices(formula):
    """The quantity index exchanges roles; value is price times implicit quantity; both agree where factors reverse."""
    panel = panel_of(*churning(there=1.1))
    settings = {**SETTINGS, "formulas": [formula]}
    swapped = IndexNumber(**{**settings, "price": "q", "quantity": "p"}).fit(panel).term(formula)
    found = {
        of: IndexNumber(**settings, of=of).fit(panel).term(formula)
        for of in ("price", "quantity", "implicit_price", "implicit_quantity")
    }
    np.testing.assert_array_equal(found["quantity"], swapped)
    prices, quantities = churning(there=1.1)
    value = np.diff(np.log((prices * quantities).sum(axis=1)))
    np.testing.assert_allclose(found["price"] + found["implicit_quantity"], value, atol=ROUNDING)
    np.testing.assert_allclose(found["quantity"] + found["implicit_price"], value, atol=ROUNDING)
    gap = np.abs(found["quantity"] - found["implicit_quantity"]).max()
    assert gap < ROUNDING if formula in FACTOR_REVERSIBLE else gap > 1e-4


def test_drift_is_the_closed_chain():
    """Prices and quantities bounce and return: a chain of Laspeyres does not come back (Walsh's test)."""
    prices = np.array([[1.0, 1.0], [0.5, 1.0], [1.0, 1.0]])
    quantities = np.array([[1.0, 1.0], [4.0, 1.0], [1.0, 1.0]])
    result = IndexNumber(price="p", quantity="q", formulas=["laspeyres", "fisher", "walsh"]).fit(
        panel_of(prices, quantities)
    )
    drift = result.drift().iloc[0]
    assert drift["laspeyres"] == pytest.approx(np.log(0.75 * 5 / 3), abs=ROUNDING)
    assert drift["fisher"] == pytest.approx(0.0, abs=ROUNDING)
    assert [table.name for table in result.tables()] == ["mean_rates", "matched", "drift"]


# Items that come, go and return -------------------------------------------------------------------


def test_items_are_matched_pair_by_pair():
    """An item that returns counts in each pair of years in which it is there, and in no other."""
    prices = np.array([[1.0, 1.0, np.nan], [2.0, np.nan, 3.0], [2.0, 5.0, 6.0]])
    quantities = np.where(np.isfinite(prices), 1.0, np.nan)
    result = IndexNumber(price="p", quantity="q", formulas=["fisher"]).fit(panel_of(prices, quantities))
    assert np.exp(result.term("fisher")) == pytest.approx([2.0, 8 / 5])
    direct = IndexNumber(price="p", quantity="q", formulas=["fisher"], linking="fixed").fit(
        panel_of(prices, quantities)
    )
    assert direct.levels()["fisher"].tolist() == pytest.approx([1.0, 2.0, 3.5])
    columns = result.matched_columns()
    assert columns["compared_with"].tolist() == [2000, 2001]
    assert columns["matched"].tolist() == [1, 2]
    assert columns["items_before"].tolist() == [2, 2]
    assert columns["items_end"].tolist() == [2, 3]
    assert columns["share_before"].tolist() == pytest.approx([0.5, 1.0])
    assert columns["share_end"].tolist() == pytest.approx([0.4, 8 / 13])
    assert result.diagnostics["smallest_matched_share"] == pytest.approx(0.4)


def test_no_overlap_has_a_status_and_a_chain_ends_there():
    """IndexNumR #15: no common item is not an index of 1."""
    prices = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 3.0], [np.nan, 4.0]])
    result = IndexNumber(price="p", quantity="q").fit(panel_of(prices, np.ones((4, 2))))
    assert result.rows.status.tolist() == ["ok", "not_identified", "ok"]
    assert result.rows.reason[1] == "no item is there in both 2001 and 2002"
    assert result.diagnostics["comparisons_without_overlap"] == 1
    np.testing.assert_allclose(result.levels()["fisher"], [1.0, 2.0, np.nan, np.nan])
    fixed = IndexNumber(price="p", quantity="q", linking="fixed", base=2003).fit(panel_of(prices, np.ones((4, 2))))
    assert fixed.rows.status.tolist() == ["not_identified", "not_identified", "ok"]
    np.testing.assert_allclose(fixed.levels()["fisher"], [np.nan, np.nan, 0.75, 1.0])


def test_years_without_items_and_gaps_between_years():
    prices = np.array([[1.0], [np.nan], [2.0], [3.0]])
    result = IndexNumber(price="p", quantity="q", linking="fixed").fit(panel_of(prices, np.ones((4, 1))))
    assert result.rows.status.tolist() == ["missing_data", "missing_data", "ok"]
    assert result.rows.reason[0] == "no items in 2001"
    np.testing.assert_allclose(result.levels()["fisher"], [1.0, np.nan, 2.0, 3.0])


def test_zero_and_negative_cells():
    """A quantity of zero is an item that is not there; a price of zero at a quantity is an error."""
    frame = pd.DataFrame(
        {"i": list("AAABBB"), "t": [0, 1, 2] * 2, "p": [1.0, 2, 4, 1, 0, 3], "q": [1.0, 1, 1, 1, 0, 1]}
    )

    def fit(frame):
        return IndexNumber(price="p", quantity="q").fit(xz.Panel(frame, unit="i", time="t"))

    assert np.exp(fit(frame).term("fisher")) == pytest.approx([2.0, 2.0])
    for column, cell in (("p", 0.0), ("p", -1.0), ("q", -1.0)):
        odd = frame.copy()
        odd.loc[5, column] = cell
        result = fit(odd)
        assert result.rows.status.tolist() == ["ok", "non_positive"]
        assert result.rows.reason[1] == f"B: {column} not positive in 2"
        assert np.isnan(result.term("fisher")[1])


def test_an_unknown_value_is_missing_in_an_implicit_index_and_not_there_in_others():
    prices = np.array([[1.0, 1.0], [2.0, 2.0]])
    frame = panel_of(prices, np.ones((2, 2))).frame()
    frame.loc[(frame["i"] == "i01") & (frame["t"] == 2001), "p"] = np.nan
    panel = xz.Panel(frame, unit="i", time="t")
    assert np.exp(IndexNumber(price="p", quantity="q").fit(panel).term("fisher")) == pytest.approx([2.0])
    with pytest.raises(DataError, match="the value of an item is missing in 2001"):
        IndexNumber(price="p", quantity="q", of="implicit_quantity").fit(panel)


def test_least_matched_share():
    prices = np.array([[1.0, 1.0, 1.0], [2.0, np.nan, 1.0], [2.0, np.nan, 1.0]])
    panel = panel_of(prices, np.array([[1.0, 1.0, 8.0]] * 3))
    assert IndexNumber(price="p", quantity="q", least_matched=0.9).fit(panel).rows.status.tolist() == ["ok", "ok"]
    strict = IndexNumber(price="p", quantity="q", least_matched=1).fit(panel)
    assert strict.rows.status.tolist() == ["not_identified", "ok"]
    assert strict.rows.reason[0] == "matched items hold 0.9 of the value in 2000 or 2001, less than 1"


# Wholes and inputs --------------------------------------------------------------------------------


def test_wholes_have_their_own_items_and_bases(market):
    """Two markets in one panel are two panels."""
    frame = market.frame()
    other = frame[frame["t"] > 2002].assign(i=lambda data: "x" + data["i"], p=lambda data: data["p"] ** 1.5)
    both = pd.concat([frame.assign(place="a"), other.assign(place="b")])
    both["good"] = both["i"].str.removeprefix("x")
    method = IndexNumber(price="p", quantity="q", item="good", economy="place", formulas=["fisher", "tpd"])
    together = method.fit(xz.Panel(both, unit="i", time="t"))
    alone = method.model_copy(update={"item": None, "economy": None})
    for place, data in (("a", frame), ("b", other)):
        mine = together.rows.unit == place
        single = alone.fit(xz.Panel(data, unit="i", time="t"))
        inside = mine & np.isin(together.rows.time, single.rows.time)
        np.testing.assert_array_equal(together.rows.terms["tpd"][inside], single.term("tpd"))
        levels = together.levels()
        kept = (levels["unit"] == place) & levels["time"].isin(single.levels()["time"])
        np.testing.assert_array_equal(levels.loc[kept, "fisher"], single.levels()["fisher"])
    assert set(together.rows.status[(together.rows.unit == "b") & (together.rows.time <= 2003)]) == {"missing_data"}


def test_growth_indices_are_refused_where_levels_are_needed():
    columns = {"p": xz.Column("2015 = 1", "growth_index")}
    panel = xz.Panel(panel_of(*churning()).frame(), unit="i", time="t", columns=columns)
    with pytest.raises(DataError) as caught:
        IndexNumber(price="p", quantity="q").fit(panel)
    assert caught.value.code == "XZ-207"
    assert (IndexNumber(price="p", formulas=["jevons", "carli"]).fit(panel).rows.status == "ok").all()


def test_prices_alone_are_enough_for_unweighted_formulas(market):
    alone = IndexNumber(price="p", formulas=sorted(UNWEIGHTED)).fit(market)
    weighted = IndexNumber(price="p", quantity="q", formulas=sorted(UNWEIGHTED)).fit(market)
    for formula in UNWEIGHTED:
        np.testing.assert_array_equal(alone.term(formula), weighted.term(formula))
    assert (alone.matched()["share_before"] <= 1).all()
    swapped = IndexNumber(quantity="q", formulas=["jevons"], of="quantity").fit(market)
    assert (swapped.rows.status == "ok").all()


def test_a_column_may_be_a_term_of_another_method(market):
    """A term is the same as a column with its numbers."""
    scores = xz.DEA(inputs=["p"], outputs=["q"], orientation="output", returns="crs")
    column = market.frame().assign(score=scores.fit(market).term("score"))
    named = IndexNumber(price="score", quantity="q").fit(xz.Panel(column, unit="i", time="t"))
    joined = IndexNumber(price=xz.Term(method=scores, column="score"), quantity="q").fit(market)
    np.testing.assert_array_equal(joined.term("fisher"), named.term("fisher"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"formulas": ["lloyd_moulton"]}, "lloyd_moulton needs an elasticity"),
        ({"formulas": ["lowe"]}, "need the year of their basket"),
        ({"formulas": ["fisher", "fisher"]}, "named twice"),
        ({"quantity": None}, "need a column: quantity"),
        ({"price": None, "formulas": ["jevons"]}, "need a column: price"),
        ({"formulas": []}, "at least 1"),
        ({"formulas": ["fischer"]}, "should be"),
        ({"least_matched": 2}, "at most 1"),
    ],
)
def test_settings_that_cannot_be(settings, words):
    with pytest.raises(UsageError, match=words):
        IndexNumber(**{"price": "p", "quantity": "q", **settings})


def test_data_that_cannot_be(market):
    for settings in ({"base": 1990}, {"basket": 2020, "formulas": ["lowe"]}):
        with pytest.raises(DataError) as caught:
            IndexNumber(price="p", quantity="q", **settings).fit(market)
        assert caught.value.code == "XZ-208"
    with pytest.raises(DataError) as caught:
        IndexNumber(price="p", quantity="q").fit(market.select(times=(2000, 2000)))
    assert caught.value.code == "XZ-214"
    apart = panel_of(np.array([[1.0, np.nan], [np.nan, 1.0]]), np.ones((2, 2)))
    with pytest.raises(DataError, match="no comparison can be made") as caught:
        IndexNumber(price="p", quantity="q").fit(apart)
    assert caught.value.code == "XZ-206"


def test_words_and_pages(market):
    result = IndexNumber(**SETTINGS, formulas=["laspeyres", "fisher"], of="quantity").fit(market)
    assert result.title == "Quantity index, chained"
    assert "formulas: Laspeyres, Fisher" in result.methods_text()
    assert "Quantity index, chained from" in result.summary()
    assert len(result.figures()) == 1


# Indicators ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", ["bennet", "montgomery"])
def test_indicators_add_up_to_the_change_of_value_with_items_that_come_and_go(formula, market):
    result = ValueIndicator(price="p", quantity="q", formula=formula).fit(market)
    prices, quantities = churning()
    value = np.nansum(prices * quantities, axis=1)
    np.testing.assert_allclose(result.term("value_change"), np.diff(value), rtol=1e-11)
    items = result.by_item()
    sums = items.groupby("time").sum(numeric_only=True)
    for name in ("value_change", "price_indicator", "quantity_indicator", "entering_items", "leaving_items"):
        np.testing.assert_allclose(sums[name], result.term(name), atol=1e-11)
    parts = items["price_indicator"] + items["quantity_indicator"] + items["entering_items"] + items["leaving_items"]
    np.testing.assert_allclose(parts, items["value_change"], atol=1e-11)
    new = items[items["entering_items"] > 0]
    np.testing.assert_allclose(new["entering_items"], new["value_change"], rtol=1e-14)


def test_indicators_of_ces_spending(ces_panel):
    """Closed form: the values of CES_sigma_2 are its spending, 10, 13, 11, ..."""
    result = ValueIndicator(price="p", quantity="q").fit(ces_panel)
    np.testing.assert_allclose(result.term("value_change"), np.diff(CES_SPENDING), atol=1e-13)
    assert not result.term("entering_items").any()


def test_indicators_need_known_values():
    frame = panel_of(*churning(rows=3)).frame()
    frame.loc[frame.index[frame["t"] == 2002][:1], "p"] = np.nan
    result = ValueIndicator(price="p", quantity="q").fit(xz.Panel(frame, unit="i", time="t"))
    assert result.rows.status.tolist() == ["ok", "missing_data"]
    assert np.isnan(result.term("price_indicator")[1])


@pytest.mark.parametrize("elasticity", [1 - 1e-15, 5000.0, -5000.0, 1e300])
@pytest.mark.filterwarnings("error")
def test_lloyd_moulton_of_any_finite_elasticity(elasticity, ces_panel):
    """Far from one the largest or the smallest relative is left of it, next to one the geometric Laspeyres index."""
    settings = {"price": "p", "quantity": "q", "linking": "fixed"}
    found = IndexNumber(**settings, formulas=["lloyd_moulton", "geometric_laspeyres"], elasticity=elasticity)
    levels = found.fit(ces_panel).levels()
    ratios = CES_PRICES / CES_PRICES[0]
    if abs(elasticity) < 2:
        expected = levels["geometric_laspeyres"]
    else:
        expected = ratios.min(axis=1) if elasticity > 0 else ratios.max(axis=1)
    np.testing.assert_allclose(levels["lloyd_moulton"], expected, rtol=1e-3 if abs(elasticity) > 2 else 1e-14)


@pytest.mark.filterwarnings("error")
def test_numbers_that_overflow_are_said_to(ces_panel):
    """A value of 1e600 is no double: the reason is not that items are lacking."""
    frame = ces_panel.frame()
    frame.loc[(frame["i"] == "i01") & (frame["t"] == 2003), ["p", "q"]] = 1e300
    rows = IndexNumber(price="p", quantity="q").fit(xz.Panel(frame, unit="i", time="t")).rows
    assert rows.time[rows.status == "numerical"].tolist() == [2003, 2004]
    assert "too large or too small" in rows.reason[rows.status == "numerical"][0]
    assert set(rows.status) == {"ok", "numerical"}


def test_an_empty_cell_and_a_dropped_row_of_an_implicit_index(ces_panel):
    """As documented: an unknown value makes the year missing, an item without a row is not there."""
    empty = ces_panel.frame()
    hole = (empty["i"] == "i01") & (empty["t"] == 2003)
    found = {}
    for name, frame in (("dropped", empty[~hole]), ("empty", empty.assign(p=empty["p"].where(~hole)))):
        panel = xz.Panel(frame, unit="i", time="t")
        found[name] = IndexNumber(price="p", quantity="q", of="implicit_quantity").fit(panel).rows
    assert set(found["dropped"].status) == {"ok"}
    assert found["empty"].time[found["empty"].status == "missing_data"].tolist() == [2003, 2004]
