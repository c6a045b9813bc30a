"""Multilateral index numbers as a method: over years with windows, across economies, with items that come and go."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.growth.test_index_numbers import panel_of
from tests.numerics.markets import CES_PRICES, ces_quantities, churning
from tests.numerics.test_index_numbers import DROPPED
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import IndexNumber, MultilateralIndex, RollingWindow
from xinzhi.numerics.index_numbers import Items, bilateral, matched
from xinzhi.numerics.multilateral import SPLICES, geary_khamis, geks, ikle, rolled, wtpd

ROUNDING = 1e-12  # logs of sums of some dozens of products, and a linear system of ten rows
ALL = ("geks", "ccdi", "geary_khamis", "wtpd", "ikle", "spanning_tree", "similarity_chain")
BETWEEN = ALL[:-1]


@pytest.fixture(scope="module")
def market():
    return panel_of(*churning())


@pytest.fixture(scope="module")
def world():
    """Six economies by two years: prices of 30 items in national currency, some not there."""
    prices, quantities = zip(*(churning(seed, rows=6, items=30, there=0.7) for seed in (1, 2)), strict=True)
    frames = []
    for year in (0, 1):
        economy, item = np.nonzero(np.isfinite(prices[year]))
        columns = {"p": prices[year][economy, item], "q": quantities[year][economy, item]}
        keys = {"economy": np.array(list("ABCDEF"))[economy], "item": [f"i{k:02d}" for k in item], "t": 2017 + year}
        frames.append(pd.DataFrame(keys | columns))
    frame = pd.concat(frames)
    return frame.assign(unit=frame["economy"] + "|" + frame["item"])


def across(frame, **settings):
    method = MultilateralIndex(price="p", quantity="q", economy="economy", item="item", across="economies", **settings)
    return method.fit(xz.Panel(frame, unit="unit", time="t"))


@needs_shared
def test_geks_of_the_ces_fixture():
    """Source: shared ces_sigma2_expected_indices.csv, GEKS_F over twelve periods."""
    expected = pd.read_csv(SHARED / "growth" / "ces_sigma2_expected_indices.csv")["GEKS_F"]
    found = MultilateralIndex(price="p", quantity="q").fit(panel_of(CES_PRICES, ces_quantities()))
    np.testing.assert_allclose(found.levels()["geks"], expected, rtol=0, atol=2e-15)


# Source: pyindexnum 0.4.0 (balanced=False) on the CES economy without the cells of DROPPED; its Geary-Khamis stops
# its iteration at 1e-8.
PYINDEXNUM = {
    "geks": """
    1 1.0248369750545285 1.0489249026029182 1.0500828931745974 0.8409673840303294 1.0545635361325834
    1.0615109997127412 0.8532229537516846 1.0338284052492297 1.0926409426375954 1.0610865523550757
    0.9251454082578827""",
    "ccdi": """
    1 1.03014073748918 1.057136921204229 1.0591462478041649 0.8576762782618392 1.066760860763393
    1.0722328772072791 0.8656641428156506 1.0447343987472164 1.107313105529403 1.0732377175524719
    0.9352896489615263""",
    "wtpd": """
    1 1.0660949199439334 1.120122043291638 1.1444445457010644 0.9029478824850733 1.1923552517606903
    1.1688375207054584 0.9181659000825638 1.1394349544982365 1.211168719771487 1.168552487976419
    1.0398710962673285""",
    "geary_khamis": """
    1 1.0865871157925155 1.1594173891842845 1.205532865939553 0.9332356267181123 1.3244190240562241
    1.244653189186424 0.9400913684680474 1.214127548240064 1.2649729052901797 1.2427441646888229 1.144850592016152""",
}


@pytest.mark.parametrize("formula", PYINDEXNUM)
def test_items_that_disappear_and_return_as_pyindexnum(formula):
    prices = CES_PRICES.copy()
    for good, period in DROPPED:
        prices[period - 1, good - 1] = np.nan
    found = MultilateralIndex(price="p", quantity="q", formulas=[formula]).fit(panel_of(prices, ces_quantities()))
    expected = [float(number) for number in PYINDEXNUM[formula].split()]
    assert found.levels()[formula].tolist() == pytest.approx(expected, rel=3e-8 if formula == "geary_khamis" else 1e-13)


# Over years ---------------------------------------------------------------------------------------


def test_levels_over_years_are_those_of_the_systems(market):
    result = MultilateralIndex(price="p", quantity="q", formulas=ALL, base=2003).fit(market)
    items, levels = Items.of(*churning()), result.levels()
    expected = {
        "geks": geks(bilateral(items, formula="fisher"), 3),
        "ccdi": geks(bilateral(items, formula="tornqvist"), 3),
        "geary_khamis": geary_khamis(items, 3),
        "wtpd": wtpd(items, 3),
        "ikle": ikle(items, 3),
    }
    for name, logs in expected.items():
        np.testing.assert_allclose(np.log(levels[name]), logs, atol=ROUNDING)
        np.testing.assert_allclose(result.term(name), np.diff(logs), atol=ROUNDING)
    assert (levels.loc[levels["time"] == 2003, [*ALL]] == 1.0).all(axis=None)


@pytest.mark.parametrize("splice", SPLICES)
def test_windows(splice, market):
    window = RollingWindow(width=4, splice=splice)
    result = MultilateralIndex(price="p", quantity="q", formulas=["geks", "ikle"], window=window).fit(market)
    items = Items.of(*churning())
    logs = bilateral(items, formula="fisher")
    for name, of in (
        ("geks", lambda rows: geks(logs[np.ix_(rows, rows)])),
        ("ikle", lambda rows: ikle(items.rows(rows))),
    ):
        expected = rolled(of, 9, width=4, splice=splice)
        np.testing.assert_allclose(np.log(result.levels()[name]), expected - expected[0], atol=ROUNDING)
    shorter = MultilateralIndex(price="p", quantity="q", window=window).fit(market.select(times=(2000, 2006)))
    np.testing.assert_allclose(shorter.term("geks"), result.term("geks")[:6], atol=ROUNDING)  # no year is revised


def test_value_is_price_times_implicit_quantity(market):
    prices, quantities = churning()
    value = np.diff(np.log(np.nansum(prices * quantities, axis=1)))
    settings = {"price": "p", "quantity": "q", "formulas": ALL}
    price, quantity = (MultilateralIndex(**settings, of=of).fit(market) for of in ("price", "implicit_quantity"))
    for name in ALL:
        np.testing.assert_allclose(price.term(name) + quantity.term(name), value, atol=ROUNDING)
    direct = MultilateralIndex(price="q", quantity="p", formulas=["geks", "wtpd"]).fit(market)
    swapped = MultilateralIndex(price="p", quantity="q", formulas=["geks", "wtpd"], of="quantity").fit(market)
    np.testing.assert_array_equal(direct.term("wtpd"), swapped.term("wtpd"))


def test_a_new_item_changes_all_years_and_the_matched_share_is_reported(market):
    result = MultilateralIndex(price="p", quantity="q").fit(market)
    pairs, (number, before, end) = result.matched(), matched(Items.of(*churning()))
    at = (pairs["compared_with"] - 2000, pairs["time"] - 2000)
    assert len(pairs) == 36
    np.testing.assert_array_equal(pairs["matched"], number[at])
    np.testing.assert_array_equal(pairs["share_before"], before[at])
    np.testing.assert_array_equal(pairs["share_end"], end[at])


def test_years_that_nothing_connects_have_a_status():
    prices = np.full((5, 4), np.nan)
    prices[[0, 0, 1, 1], [0, 1, 1, 2]] = 1.0, 2.0, 3.0, 1.0
    prices[[3, 3, 4], [3, 3, 3]] = 1.0, 1.0, 4.0
    result = MultilateralIndex(price="p", quantity="q", formulas=ALL).fit(panel_of(prices, np.ones((5, 4))))
    assert result.rows.status.tolist() == ["ok", "missing_data", "missing_data", "not_identified"]
    assert result.rows.reason[1] == "no items in 2002"
    assert result.rows.reason[3] == "2003: no common items connect it with the base"
    assert result.diagnostics["pairs_without_overlap"] == 4
    for name in ALL:
        np.testing.assert_allclose(result.levels()[name], [1.0, 1.5, np.nan, np.nan, np.nan])


def test_a_spliced_series_breaks_where_its_windows_do_not_connect():
    """All years are connected by way of 2002, which no window of two years sees together with 2000."""
    prices = np.array([[1.0, np.nan], [np.nan, 1.0], [2.0, 2.0], [3.0, 3.0]])
    panel, window = panel_of(prices, np.ones((4, 2))), RollingWindow(width=2, splice="movement")
    with pytest.raises(DataError, match="2001: the spliced series breaks, its windows have no common items"):
        MultilateralIndex(price="p", quantity="q", window=window).fit(panel)
    wider = MultilateralIndex(price="p", quantity="q", window=RollingWindow(width=3)).fit(panel)
    np.testing.assert_allclose(wider.levels()["geks"], [1.0, 1.0, 2.0, 3.0], rtol=ROUNDING)
    assert MultilateralIndex(price="p", quantity="q").fit(panel).diagnostics["base"] == ["2000"]


def test_a_pair_without_a_common_item_is_compared_by_way_of_others():
    """GEKS stays transitive where pairs share nothing; a mean over the links that are there (pyindexnum) is not."""
    prices = np.array([[1.0, 2.0, np.nan], [np.nan, 3.0, 1.0], [np.nan, np.nan, 2.0], [2.0, 3.0, 3.0]])
    panel = panel_of(prices, np.array([[1.0, 2.0, 1.0]] * 4))
    by_base = [
        MultilateralIndex(price="p", quantity="q", base=base).fit(panel).levels()["geks"].to_numpy()
        for base in (2000, 2001, 2002, 2003)
    ]
    for levels in by_base[1:]:
        np.testing.assert_allclose(levels / levels[0], by_base[0], rtol=ROUNDING)


def test_links_of_trees(market):
    result = MultilateralIndex(price="p", quantity="q", formulas=["spanning_tree", "similarity_chain"]).fit(market)
    logs, links = bilateral(Items.of(*churning()), formula="fisher"), result.links()
    assert links.groupby("formula").size().tolist() == [8, 8]
    levels = result.levels().set_index("time")
    for row in links.itertuples():
        step = np.log(levels.loc[row.time, row.formula] / levels.loc[row.compared_with, row.formula])
        assert step == pytest.approx(logs[row.compared_with - 2000, row.time - 2000], abs=ROUNDING)
    assert "links" in [table.name for table in result.tables()]


# Across economies ---------------------------------------------------------------------------------


def test_purchasing_power_parities(world):
    """Each year by itself; levels relative to the geometric mean, or to an economy."""
    result, based = across(world, formulas=BETWEEN), across(world, formulas=BETWEEN, base="C")
    for year, seed in ((2017, 1), (2018, 2)):
        items, mine = Items.of(*churning(seed, rows=6, items=30, there=0.7)), result.rows.time == year
        for name, of in (("geary_khamis", geary_khamis), ("wtpd", wtpd), ("ikle", ikle)):
            logs = of(items)
            np.testing.assert_allclose(np.log(result.term(name)[mine]), logs - logs.mean(), atol=ROUNDING)
            np.testing.assert_allclose(np.log(based.term(name)[mine]), logs - logs[2], atol=ROUNDING)
    assert result.flow is False
    assert "multilateral across economies" in result.title


def test_currencies_are_of_no_account(world):
    """Prices in another currency change its parity by the rate, and no volume."""
    rate = world["economy"].map(dict(zip("ABCDEF", [1.0, 1e-9, 1e9, 7.0, 0.1, 3e4], strict=True)))
    for of in ("price", "implicit_quantity", "quantity"):
        formulas = BETWEEN if of != "quantity" else ("geks", "ccdi", "wtpd")
        one = across(world, formulas=formulas, of=of, base="A")
        other = across(world.assign(p=world["p"] * rate), formulas=formulas, of=of, base="A")
        scale = [1.0, 1.0, 1e-9, 1e-9, 1e9, 1e9, 7.0, 7.0, 0.1, 0.1, 3e4, 3e4] if of == "price" else 1.0
        for name in formulas:
            np.testing.assert_allclose(other.term(name), one.term(name) * scale, rtol=1e-10)


def test_economies_with_the_same_relative_prices_have_the_true_parities(world):
    """Simulated truth: p_ij = P_j pi_i; every formula finds P_j, whatever is missing."""
    true = dict(zip("ABCDEF", [1.0, 2.0, 0.3, 40.0, 5.0, 6.0], strict=True))
    relative = world["item"].str[1:].astype(float) + 1.0
    result = across(world.assign(p=relative * world["economy"].map(true)), formulas=BETWEEN, base="A")
    for name in BETWEEN:
        np.testing.assert_allclose(result.term(name), [true[unit] for unit in result.rows.unit], rtol=ROUNDING)


@pytest.mark.parametrize("formula", ["geary_khamis", "ikle"])
def test_volumes_at_reference_prices_add_up_over_items(formula, world):
    """Additivity: with reference prices of these systems the volume of an economy is the sum of those of its items."""
    items = Items.of(*churning(1, rows=6, items=30, there=0.7))
    levels = np.exp({"geary_khamis": geary_khamis, "ikle": ikle}[formula](items))
    if formula == "geary_khamis":
        reference = (items.v / levels[:, None]).sum(axis=0) / items.q.sum(axis=0)
    else:
        ratio = items.one * levels[:, None] / np.where(items.p > 0, items.p, 1.0)
        reference = items.shares.sum(axis=0) / (items.shares * ratio).sum(axis=0)
    volumes = (items.q * reference).sum(axis=1)
    result = across(world, formulas=[formula], of="implicit_quantity", base="A")
    mine = result.rows.time == 2017
    np.testing.assert_allclose(result.term(formula)[mine], volumes / volumes[0], rtol=ROUNDING)


def test_an_economy_that_shares_nothing_and_a_base_without_items(world):
    lone = world["economy"] == "F"
    frame = world.assign(item=world["item"].where(~lone, "only|" + world["item"]))
    result = across(frame, formulas=["geks", "ikle"])
    f = result.rows.unit == "F"
    assert set(result.rows.status[f]) == {"not_identified"}
    assert (result.rows.status[~f] == "ok").all()
    assert np.isnan(result.term("geks")[f]).all()
    without = across(world[~((world["economy"] == "C") & (world["t"] == 2018))], base="C")
    second = without.rows.time == 2018
    assert set(without.rows.reason[second & (without.rows.unit != "C")]) == {"no base: no items in C"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bilateral": "laspeyres"}, "time reversible"),
        ({"bilateral": "lowe", "formulas": ["spanning_tree"]}, "no formula of a multilateral index"),
        ({"formulas": ["ikle"], "of": "quantity"}, "of='implicit_quantity'"),
        ({"across": "economies"}, "needs the column that names them"),
        ({"across": "economies", "economy": "i", "formulas": ["similarity_chain"]}, "are for years"),
        ({"across": "economies", "economy": "i", "base": 2000}, "is an economy"),
        ({"base": "A"}, "is a year"),
        ({"formulas": ["geks", "geks"]}, "named twice"),
        ({"quantity": None}, "need a column: quantity"),
    ],
)
def test_settings_that_cannot_be(settings, words):
    with pytest.raises(UsageError, match=words):
        MultilateralIndex(**{"price": "p", "quantity": "q", **settings})
    with pytest.raises(UsageError, match="at least 2"):
        RollingWindow(width=1)


def test_data_that_cannot_be(market, world):
    with pytest.raises(DataError) as caught:
        MultilateralIndex(price="p", quantity="q", base=1990).fit(market)
    assert caught.value.code == "XZ-208"
    with pytest.raises(DataError) as caught:
        across(world, base="Z")
    assert caught.value.code == "XZ-212"


def test_geks_of_prices_alone(market):
    alone = MultilateralIndex(price="p", bilateral="jevons").fit(market)
    logs = bilateral(Items.of(churning()[0]), formula="jevons")
    np.testing.assert_allclose(np.log(alone.levels()["geks"]), geks(logs), atol=ROUNDING)


def test_a_chain_of_two_years_is_the_bilateral_index():
    panel = panel_of(*churning(rows=2))
    one = MultilateralIndex(price="p", quantity="q", formulas=["geks", "spanning_tree"]).fit(panel)
    two = IndexNumber(price="p", quantity="q").fit(panel)
    for name in ("geks", "spanning_tree"):
        assert one.term(name) == pytest.approx(two.term("fisher"), abs=ROUNDING)


@pytest.mark.slow
def test_a_million_rows_through_geks():
    """12,500 items x 100 months, a fifth missing: the levels are those of a sample of pairs computed one by one."""
    prices, quantities = churning(11, rows=100, items=12_500, there=0.8)
    panel = panel_of(prices, quantities, names=[f"i{k:05d}" for k in range(12_500)])
    assert len(panel) > 990_000
    result = MultilateralIndex(price="p", quantity="q").fit(panel)
    items = Items.of(prices, quantities)
    np.testing.assert_allclose(np.log(result.levels()["geks"]), geks(bilateral(items, formula="fisher")), atol=ROUNDING)


@pytest.mark.parametrize("of", ["price", "implicit_quantity"])
@pytest.mark.parametrize("column", ["p", "q"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
@pytest.mark.filterwarnings("error")
def test_a_year_without_prices_or_quantities_warns_of_nothing(world, column, value, of):
    """Its economies have a status and a reason, the other year its levels, and numpy says nothing to the user."""
    lost = world.assign(**{column: world[column].where(world["t"] == 2017, value)})
    found, whole = (across(frame, formulas=BETWEEN if of == "price" else ("geks",), of=of) for frame in (lost, world))
    gone = found.rows.time == 2018
    status = "missing_data" if np.isnan(value) or (column, value) == ("q", 0.0) else "non_positive"
    assert set(found.rows.status[gone]) == {status}
    np.testing.assert_array_equal(found.term("geks")[~gone], whole.term("geks")[~gone])
    with pytest.raises(DataError) as caught:
        across(world.assign(**{column: value}), of=of)
    assert caught.value.code == "XZ-206"


@pytest.mark.filterwarnings("error")
def test_one_economy_has_pages_without_comparisons(world):
    result = across(world[world["economy"] == "A"], formulas=BETWEEN)
    assert result.matched_table(None).rows[0][1] == 0
    assert result.summary()
    assert result.to_dict()
    np.testing.assert_allclose(result.term("geks"), 1.0, rtol=ROUNDING)


@pytest.mark.parametrize("columns", [["p"], ["q"], ["p", "q"]])
@pytest.mark.parametrize("compare", ["years", "economies"])
@pytest.mark.filterwarnings("error")
def test_a_cell_of_1e300_has_a_status_and_no_warning(columns, compare):
    """What the systems cannot solve is numerical; groups without that cell keep their numbers."""
    economy, item, t = (places.ravel() for places in np.indices((4, 5, 3)))
    p, q = np.exp(np.random.default_rng(0).normal(size=(2, t.size)))
    keys = {"economy": np.array(list("ABCD"))[economy], "item": [f"i{k}" for k in item], "t": 2017 + t}
    world = pd.DataFrame(keys | {"p": p, "q": q, "unit": [f"{e}|{i}" for e, i in zip(economy, item, strict=True)]})
    frame = world.copy()
    frame.loc[(frame["unit"] == "1|2") & (frame["t"] == 2018), columns] = 1e300
    settings = {"price": "p", "quantity": "q", "economy": "economy", "item": "item", "formulas": BETWEEN}
    method = MultilateralIndex(**settings, across=compare)
    result, whole = (method.fit(xz.Panel(table, unit="unit", time="t")) for table in (frame, world))
    assert set(result.rows.status) <= {"ok", "numerical"}
    other = result.rows.unit != "B" if compare == "years" else result.rows.time != 2018
    for formula in BETWEEN:
        np.testing.assert_array_equal(result.term(formula)[other], whole.term(formula)[other])
        assert np.isfinite(result.term(formula)[result.rows.status == "ok"]).all()
