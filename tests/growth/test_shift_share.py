"""Structural change of labour productivity: other arithmetic, known economies, 51 economies, invariances, bad input."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.method.growth_examples.structure import sector_frame, whole
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import Merged, ShiftShare
from xinzhi.growth.structure.shift_share import PARTS
from xinzhi.method.result import ADDING_UP

SAME = 1e-12  # the same sums in another order, of numbers of order one
INVARIANCE = 1e-10  # logs of numbers scaled by 1e-9..1e9 lose about 1e-14 each
FOUR = ("traditional", "mcmillan_rodrik", "csls", "gead")
ALL = (*FOUR, "log_mean", "gead_log")
REAL_ESTATE = Merged(parts=("Real estate",), into="Business services")
WITHOUT = ("COL", "ECU", "IND", "LAO", "SEN")
"""Economies without employment of real estate in all or some years (data/README.md, flag on ETD)."""


def etd() -> pd.DataFrame:
    """Return the Economic Transformation Database, one row per economy, sector and year."""
    data = pd.read_csv(SHARED / "growth" / "etd_2021_12sector_51econ.csv")
    keys, sectors = ["cnt", "year", "var"], list(data.columns[4:16])
    long = data.melt(id_vars=keys, value_vars=sectors, var_name="sector")
    wide = long.pivot(index=["cnt", "sector", "year"], columns="var", values="value").reset_index()
    return wide.assign(series=wide["cnt"] + " " + wide["sector"])


def etd_panel() -> xz.Panel:
    return xz.Panel(etd(), unit="series", time="year")


def etd_method(**settings) -> ShiftShare:
    columns = {"output": "VA_Q15", "employment": "EMP", "nominal_output": "VA", "economy": "cnt", "sector": "sector"}
    return ShiftShare(**columns, **{"merge": (REAL_ESTATE,), "formulas": FOUR} | settings)


def economies(**columns) -> xz.Panel:
    """Return the complete economies of the examples, with columns replaced."""
    return xz.Panel(whole(sector_frame()).assign(**columns), unit="unit", time="year")


def method(**settings) -> ShiftShare:
    columns = {"output": "y", "employment": "workers", "economy": "economy", "sector": "industry"}
    return ShiftShare(**columns | {"nominal_output": "nominal", "formulas": ALL} | settings)


def by_hand(start: pd.DataFrame, end: pd.DataFrame) -> dict[str, float]:
    """Return the published forms of methods/growth.md 1.7 as sums over sectors, growth rates of X (not logs)."""
    x0, x1 = (sum(f["y"]) / sum(f["workers"]) for f in (start, end))
    price = [sum(f["nominal"]) / sum(f["y"]) for f in (start, end)]
    out = dict.fromkeys((f"{formula}_{part}" for formula in FOUR for part in PARTS[formula]), 0.0)
    for (_, a), (_, b) in zip(start.iterrows(), end.iterrows(), strict=True):
        assert a["industry"] == b["industry"]
        s0, s1 = a["workers"] / sum(start["workers"]), b["workers"] / sum(end["workers"])
        p0, p1 = a["y"] / a["workers"], b["y"] / b["workers"]
        r0, r1 = (f["nominal"] / f["y"] / p * s for f, p, s in ((a, price[0], s0), (b, price[1], s1)))
        out["traditional_within"] += s0 * (p1 - p0) / x0
        out["traditional_reallocation"] += (s1 - s0) * p0 / x0
        out["traditional_interaction"] += (s1 - s0) * (p1 - p0) / x0
        out["mcmillan_rodrik_within"] += s0 * (p1 - p0) / x0
        out["mcmillan_rodrik_reallocation"] += p1 * (s1 - s0) / x0
        out["csls_within"] += s0 * (p1 - p0) / x0
        out["csls_reallocation"] += (s1 - s0) * (p0 - x0) / x0
        out["csls_interaction"] += (s1 - s0) * ((p1 - p0) - (x1 - x0)) / x0
        out["gead_within"] += r0 * p0 / x0 * (p1 / p0 - 1)
        second = p0 / x0 * (r1 - r0)
        ratio0, ratio1 = r0 / s0, r1 / s1
        out["gead_reallocation"] += p0 / x0 * (s1 - s0) * (ratio0 + ratio1) / 2
        out["gead_price"] += second - p0 / x0 * (s1 - s0) * (ratio0 + ratio1) / 2
        out["gead_interaction"] += p0 / x0 * (r1 - r0) * (p1 / p0 - 1)
    return out


def test_published_forms_by_hand():
    """Each form of methods/growth.md 1.7, sector by sector in plain arithmetic; logs are rates times ln(1+g)/g."""
    panel = economies()
    result, data = method().fit(panel), whole(sector_frame())
    tidy = result.tidy().set_index(["unit", "time"])
    for economy, rows in data.groupby("economy"):
        for year in range(2011, 2015):
            start, end = (rows[rows["year"] == at].sort_values("industry") for at in (year - 1, year))
            row = tidy.loc[(economy, year)]
            factor = row["growth"] / np.expm1(row["growth"])
            for name, rate in by_hand(start, end).items():
                assert row[name] == pytest.approx(factor * rate, abs=SAME), name


def test_forms_add_up_and_agree_where_they_must():
    terms = method().fit(economies()).rows.terms
    for formula in ALL:
        total = sum(terms[f"{formula}_{part}"] for part in PARTS[formula])
        assert np.abs(total - terms["growth"]).max() <= ADDING_UP
    # theory: shares sum to one, so the CSLS form differs from the traditional one between sectors only
    for part in PARTS["csls"]:
        np.testing.assert_allclose(terms[f"csls_{part}"], terms[f"traditional_{part}"], atol=SAME)


def test_labour_that_moves_without_growth_is_reallocation_only():
    """Truth: productivity and prices of every sector constant, so nothing comes from within."""
    data = whole(sector_frame())
    productivity = 1.0 + data["industry"].str[1:].astype(float)
    panel = economies(y=data["workers"] * productivity, nominal=data["workers"] * productivity)
    terms = method().fit(panel).rows.terms
    for formula in ALL:
        assert np.abs(terms[f"{formula}_within"]).max() <= SAME
        np.testing.assert_allclose(terms[f"{formula}_reallocation"], terms["growth"], atol=SAME)


def test_growth_without_moving_labour_comes_from_within():
    """Truth: shares of labour constant and one price; GEAD's interaction and prices vanish too."""
    data = whole(sector_frame())
    panel = economies(workers=1.0 + data["industry"].str[1:].astype(float), nominal=data["y"])
    terms = method().fit(panel).rows.terms
    for formula in ALL:
        np.testing.assert_allclose(terms[f"{formula}_within"], terms["growth"], atol=SAME)


def test_csls_gives_nothing_for_moving_into_an_average_sector():
    """Truth: two sectors as productive as the economy swap labour; traditional credits the one that gains."""
    rows = [("a", 1, 10, 5), ("a", 2, 16, 8), ("b", 1, 10, 5), ("b", 2, 4, 2)]
    panel = xz.Panel(pd.DataFrame(rows, columns=["s", "t", "y", "l"]), unit="s", time="t")
    parts = ShiftShare(output="y", employment="l", formulas=("traditional", "csls")).fit(panel).by_sector((1, 2))
    np.testing.assert_allclose(parts["csls"], 0.0, atol=SAME)
    np.testing.assert_allclose(parts["traditional"], [30.0, -30.0], atol=1e-9)  # per cent: 100 x (0.8 - 0.5) x 2/2


def test_prices_split_the_second_term():
    """Closed form: one relative price doubles, nothing else: price effect = SUM x0 s dp / L(X1, X0), labour zero."""
    rows = [("a", 1, 10, 5, 10), ("a", 2, 10, 5, 20), ("b", 1, 10, 5, 10), ("b", 2, 10, 5, 10)]
    panel = xz.Panel(pd.DataFrame(rows, columns=["s", "t", "y", "l", "v"]), unit="s", time="t")
    result = ShiftShare(output="y", employment="l", nominal_output="v", formulas=("gead", "gead_log")).fit(panel)
    sectors = result.by_sector((1, 2))
    # aggregate price 1 -> 1.5; relative prices 1 -> 4/3 and 2/3; x = X = 2, s = 1/2
    np.testing.assert_allclose(sectors["gead_price"], [100 * (1 / 3) / 2, -100 * (1 / 3) / 2], rtol=SAME)
    for name in ("gead_within", "gead_reallocation", "gead_interaction", "gead_log_within", "gead_log_reallocation"):
        np.testing.assert_allclose(sectors[name], 0.0, atol=SAME)


def test_years_and_periods_and_end_points():
    result = method().fit(economies())
    whole_, first, second = (result.period_columns([p]) for p in ((2010, 2014), (2010, 2012), (2012, 2014)))
    for name in result.rows.terms:
        np.testing.assert_allclose(whole_[name], (first[name] + second[name]) / 2, atol=SAME * 100)
    ends = result.endpoint_columns([(2010, 2014)])
    np.testing.assert_allclose(ends["growth"], whole_["growth"], atol=1e-10)
    for formula in ALL:
        total = sum(ends[f"{formula}_{part}"] for part in PARTS[formula])
        np.testing.assert_allclose(total, ends["growth"], atol=1e-10)
    one = result.endpoint_columns([(2011, 2012)]), result.period_columns([(2011, 2012)])
    for name in result.rows.terms:
        np.testing.assert_allclose(one[0][name], one[1][name], atol=SAME * 100, err_msg=name)
    assert list(result.endpoints([(2010, 2014)]).columns) == list(result.periods([(2010, 2014)]).columns)


@pytest.mark.parametrize("comparison", ["annual", "endpoints"])
def test_sectors_add_up_to_the_economy(comparison):
    result = method().fit(economies())
    sectors = pd.DataFrame(result.by_sector((2010, 2014), comparison=comparison))
    columns = result.period_columns if comparison == "annual" else result.endpoint_columns
    whole_ = pd.DataFrame(columns([(2010, 2014)])).set_index("unit")
    for name in [name for formula in ALL for name in result.formulas[formula]]:
        np.testing.assert_allclose(sectors.groupby("unit")[name].sum(), whole_[name], atol=1e-10)
    for formula in ALL:
        np.testing.assert_allclose(sectors.groupby("unit")[formula].sum(), whole_["growth"], atol=1e-10)


def test_invariances():
    panel, plain = economies(), method().fit(economies())
    for factor in (1e-9, 1e9):
        scaled = method().fit(panel.scaled({"y": factor, "workers": factor, "nominal": 1 / factor}))
        for name, values in plain.rows.terms.items():
            np.testing.assert_allclose(scaled.rows.terms[name], values, atol=INVARIANCE)
    data = whole(sector_frame())
    renamed = data.assign(industry="z" + data["industry"], unit=data["unit"].str.replace("I", "zI"))
    again = method().fit(xz.Panel(renamed.sample(frac=1, random_state=1), unit="unit", time="year"))
    copies = data.assign(economy=data["economy"] + "'", unit=data["unit"] + "'")
    both = method().fit(xz.Panel(pd.concat([data, copies]), unit="unit", time="year"))
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(again.rows.terms[name], values, atol=SAME)
        for mark in ("", "'"):
            mine = np.array([unit.endswith("'") == bool(mark) for unit in both.rows.unit])
            np.testing.assert_allclose(both.rows.terms[name][mine], values, atol=SAME)


def test_splitting_a_sector_in_equal_halves_changes_nothing():
    """A sector and its two halves, equally productive, are the same to every formula."""
    data = whole(sector_frame())
    half = {name: data[name] / 2 for name in ("y", "workers", "nominal")}
    halves = [data.assign(**half, industry=data["industry"] + k, unit=data["unit"] + k) for k in "ab"]
    split = method().fit(xz.Panel(pd.concat(halves), unit="unit", time="year"))
    for name, values in method().fit(economies()).rows.terms.items():
        np.testing.assert_allclose(split.rows.terms[name], values, atol=SAME)


# 51 economies -----------------------------------------------------------------------------------


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("economies_", [(), WITHOUT])
def test_all_51_economies_in_four_decompositions(economies_):
    """ETD 1990-2018: every year of every economy, 12 sectors (11 where real estate is merged), four formulas."""
    result = etd_method(merge=(Merged(parts=("Real estate",), into="Business services", economies=economies_),)).fit(
        etd_panel()
    )
    assert np.unique(result.rows.unit).size == 51
    assert len(result.rows.unit) == 51 * 28
    assert (result.rows.status == "ok").all()
    counts = result.parts.wholes.belongs.sum(axis=1)
    expected = {name: 11 if not economies_ or name in economies_ else 12 for name in result.parts.wholes.names}
    assert dict(zip(result.parts.wholes.names, counts, strict=True)) == expected
    for columns in (result.rows.terms, result.endpoint_columns([(1990, 2018)])):
        for formula in FOUR:
            total = sum(columns[f"{formula}_{part}"] for part in PARTS[formula])
            assert np.abs(total - columns["growth"]).max() <= ADDING_UP
    sectors = pd.DataFrame(result.by_sector((1990, 2018))).groupby("unit")[list(FOUR)].sum()
    growth = result.period_columns([(1990, 2018)])["growth"]
    assert np.abs(sectors.to_numpy() - growth[:, None]).max() <= ADDING_UP


@needs_shared
@pytest.mark.reference
def test_what_the_policy_did_is_told_by_economy():
    """Source: data/README.md: 29 empty years in India, one in Laos; zeros elsewhere need no filling."""
    result = etd_method().fit(etd_panel())
    assert len(result.parts.policy) == 51
    filled = {unit: words for unit, words in result.parts.policy.items() if "empty" in words}
    assert set(filled) == {"IND", "LAO"}
    cells = [(cell.unit, cell.column, cell.value) for cell in result.parts.log]
    assert cells == [("IND Real estate", "EMP", 0.0)] * 29 + [("LAO Real estate", "EMP", 0.0)]
    assert "29 empty cells of Real estate" in filled["IND"]
    assert "1 empty cells of Real estate" in filled["LAO"]
    assert any("XZ-401" in warning and "30 missing cells of 2 units" in warning for warning in result.warnings)
    assert {"policy_use", "filled_cells"} <= {table.name for table in result.tables()}
    assert "filled_cells" not in [table.name for table in result.tables(xz.View(units=["CHN"]))]


@needs_shared
@pytest.mark.reference
def test_without_a_policy_five_economies_are_missing_with_reasons():
    rows = etd_method(merge=()).fit(etd_panel()).rows
    odd = rows.status != "ok"
    assert set(rows.unit[odd]) == set(WITHOUT)
    assert (rows.status[odd & np.isin(rows.unit.astype(str), ["IND", "LAO"])] == "missing_data").all()
    assert (rows.status[odd & np.isin(rows.unit.astype(str), ["COL", "ECU", "SEN"])] == "non_positive").all()
    assert all("Real estate" in reason for reason in rows.reason[odd])


@needs_shared
@pytest.mark.reference
def test_negative_value_added_is_admitted_in_levels_only():
    """Utilities of Botswana are negative in 2011-2015: six steps have no logarithm."""
    rows = etd_method(formulas=("log_mean", "gead_log")).fit(etd_panel()).rows
    odd = rows.status != "ok"
    assert set(rows.unit[odd]) == {"BWA"}
    assert rows.time[odd].tolist() == [2011, 2012, 2013, 2014, 2015, 2016]
    assert all("Utilities" in reason for reason in rows.reason[odd])


# Chained volumes --------------------------------------------------------------------------------


def chained() -> xz.Panel:
    """Return economies whose published total is not the sum of the sectors' volumes."""
    data = whole(sector_frame())
    total = data.groupby(["economy", "year"])["y"].transform("sum")
    return economies(published=total * (1.0 + 0.01 * (data["year"] - 2010)))


def test_gead_is_exact_with_chained_volumes():
    """Tang and Wang: aggregate productivity of the published total, whatever the sectors' volumes sum to."""
    result = method(total_output="published", formulas=("gead", "gead_log")).fit(chained())
    data = whole(sector_frame())
    labour = data.groupby(["economy", "year"])["workers"].sum().unstack()
    output = data.groupby(["economy", "year"])["y"].sum().unstack() * (1 + 0.01 * np.arange(5))
    growth = np.diff(np.log(output / labour), axis=1).ravel()
    np.testing.assert_allclose(result.term("growth"), growth, atol=SAME)
    for formula in ("gead", "gead_log"):
        total = sum(result.term(f"{formula}_{part}") for part in PARTS[formula])
        assert np.abs(total - growth).max() <= ADDING_UP


def test_other_formulas_refuse_volumes_that_do_not_add_up():
    with pytest.raises(DataError, match="miss the total") as caught:
        method(total_output="published").fit(chained())
    assert caught.value.code == "XZ-240"
    assert "gead" in caught.value.remedy


def test_a_total_that_adds_up_changes_nothing():
    data = whole(sector_frame())
    panel = economies(published=data.groupby(["economy", "year"])["y"].transform("sum"))
    given, plain = method(total_output="published").fit(panel), method().fit(panel)
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(given.rows.terms[name], values, atol=SAME)


def test_a_total_that_differs_between_sectors_is_an_error():
    with pytest.raises(DataError, match="among the parts of") as caught:
        method(total_output="y", formulas=("gead", "gead_log")).fit(economies())
    assert caught.value.code == "XZ-242"


# Bad input --------------------------------------------------------------------------------------


def changed(column: str, value: float, *, unit: str = "U00|I1", year: int = 2012) -> xz.Panel:
    data = whole(sector_frame())
    data.loc[(data["unit"] == unit) & (data["year"] == year), column] = value
    return xz.Panel(data, unit="unit", time="year")


@pytest.mark.parametrize(
    ("column", "value", "status"),
    [("workers", 0.0, "non_positive"), ("workers", np.nan, "missing_data"), ("y", np.nan, "missing_data")],
)
def test_zero_and_missing_cells_have_a_status(column, value, status):
    rows = method().fit(changed(column, value)).rows
    odd = rows.status != "ok"
    assert list(zip(rows.unit[odd], rows.time[odd], rows.status[odd], strict=True)) == [
        ("U00", 2012, status),
        ("U00", 2013, status),
    ]
    assert all("U00|I1" in reason for reason in rows.reason[odd])
    assert all(np.isnan(values[odd]).all() for values in rows.terms.values())


def test_no_output_is_no_price_but_a_level():
    """A sector without output has productivity zero; under GEAD it has no price."""
    panel = changed("y", 0.0)
    assert (method(formulas=("traditional", "csls")).fit(panel).rows.status == "ok").all()
    assert (method(formulas=("traditional", "gead")).fit(panel).rows.status != "ok").sum() == 2
    ends = method(formulas=("traditional", "gead")).fit(panel).endpoint_columns([(2012, 2014)])
    assert ends["status"][0] == "non_positive"
    assert "U00|I1" in ends["reason"][0]
    assert np.isnan(ends["growth"][0])


def test_output_of_the_whole_must_be_positive():
    rows = method(formulas=("traditional", "csls")).fit(changed("y", -1e9)).rows
    odd = rows.status != "ok"
    assert rows.status[odd].tolist() == ["non_positive", "non_positive"]
    assert set(rows.reason[odd]) == {"output of the whole not positive"}


def test_an_index_is_refused_where_levels_are_needed():
    index = {"y": xz.Column("2015 = 100", "growth_index")}
    panel = xz.Panel(whole(sector_frame()), unit="unit", time="year", columns=index)
    with pytest.raises(DataError) as caught:
        method().fit(panel)
    assert caught.value.code == "XZ-207"


def test_no_usable_row_is_an_error():
    with pytest.raises(DataError) as caught:
        method().fit(economies(workers=np.nan))
    assert caught.value.code == "XZ-206"


@pytest.mark.parametrize("formulas", [(), ("csls",), ("csls", "csls")])
def test_one_formula_is_not_enough(formulas):
    with pytest.raises(UsageError, match="at least two formulas"):
        method(formulas=formulas)


def test_gead_needs_prices():
    with pytest.raises(UsageError, match="need nominal_output"):
        method(nominal_output=None)


@pytest.mark.parametrize(
    "rule",
    [
        {"parts": ("I9",), "into": "I1"},
        {"parts": ("I0",), "into": "I9"},
        {"parts": ("I0",), "into": "I1", "economies": ("U99",)},
    ],
)
def test_a_merge_names_what_is_in_the_data(rule):
    with pytest.raises(DataError) as caught:
        method(merge=(Merged(**rule),)).fit(economies())
    assert caught.value.code == "XZ-212"


def test_a_part_is_not_merged_into_itself():
    with pytest.raises(UsageError, match="another part"):
        Merged(parts=("I0", "I1"), into="I1")


def test_merging_sums_levels_and_leaves_missing_output_missing():
    data = whole(sector_frame())
    summed = data.replace({"industry": {"I0": "I1"}}).groupby(["economy", "industry", "year"], as_index=False)
    summed = summed[["y", "workers", "nominal"]].sum()
    summed["unit"] = summed["economy"] + "|" + summed["industry"]
    expected = method().fit(xz.Panel(summed, unit="unit", time="year")).rows.terms
    rule = (Merged(parts=("I0",), into="I1"),)
    merged = method(merge=rule).fit(economies())
    assert merged.parts.log == ()
    for name, values in merged.rows.terms.items():
        np.testing.assert_allclose(values, expected[name], atol=SAME)
    lost = method(merge=rule).fit(changed("y", np.nan, unit="U00|I0")).rows
    assert (lost.status != "ok").sum() == 2
    recorded = method(merge=rule).fit(changed("workers", np.nan, unit="U00|I0"))
    assert (recorded.rows.status == "ok").all()
    assert [(cell.unit, cell.year) for cell in recorded.parts.log] == [("U00|I0", 2012)]


def test_filled_cells_are_told_and_gaps_too():
    """A named rule fills a missing cell of a column; a year without a row is a gap."""
    filled = xz.method.Filled(column="workers", rules=("linear",))
    result = method(employment=filled).fit(changed("workers", np.nan))
    assert (result.rows.status == "ok").all()
    assert [(cell.unit, cell.year, cell.column) for cell in result.parts.log] == [("U00|I1", 2012, "workers")]
    data = whole(sector_frame())
    data = data[(data["unit"] != "U00|I1") | (data["year"] != 2012)]
    assert any("XZ-405" in warning for warning in method().fit(xz.Panel(data, unit="unit", time="year")).warnings)


@pytest.mark.parametrize("formulas", [ALL, ("traditional", "csls")])
@pytest.mark.parametrize("value", [1e300, 1e308])
def test_numbers_beyond_the_range_have_a_status(value, formulas):
    """An ok row never holds NaN or infinity, year by year, between end points and by sector; warnings are errors."""
    output = whole(sector_frame())["y"].astype(float).to_numpy(copy=True)
    output[5] = value
    result = method(formulas=formulas).fit(economies(y=output))
    good = result.rows.status == "ok"
    assert good.sum() > 40
    assert "numerical" in result.rows.status
    assert all(np.isfinite(cells[good]).all() for cells in result.rows.terms.values())
    ends = result.endpoint_columns([(2010, 2014)])
    assert all(np.isfinite(ends[name][ends["status"] == "ok"]).all() for name in result.rows.terms)
    assert result.by_sector((2010, 2014))
    assert result.tables()
    assert result.summary()
    with pytest.raises(DataError, match=r"XZ-206.*too large or too small"):
        method(formulas=formulas).fit(economies(y=1e308))
