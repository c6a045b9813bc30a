"""Aggregation over industries: US KLEMS targets, independent recomputation, simulated truths, identities, statuses."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.growth.test_accounts import GROSS_OUTPUT, VALUE_ADDED
from tests.method.examples import industry_frame, labour
from xinzhi.errors import DataError, EstimationError, UsageError
from xinzhi.growth import Aggregation
from xinzhi.method import Filled
from xinzhi.method.result import ADDING_UP

PRINTED = 0.5e-6 + 1e-9  # the table has six decimals
COMPENSATION = ("capital_compensation", "labour_compensation")
RANDOM = xz.GrowthAccounts(
    output="y",
    capital="k",
    labour=labour(),
    labour_share=xz.Share(part=("lab",), total=("cap", "lab", "e", "m")),
    other_inputs=tuple(
        xz.Input(name=name, quantity=f"{name[0]}_q", share=xz.Share(part=(name[0],), total=("cap", "lab", "e", "m")))
        for name in ("energy", "materials")
    ),
)
SPLITS = (
    ("growth", ("capital", "employment", "hours", "quality", "tfp")),
    ("tfp", ("hulten", "reallocation_capital", "reallocation_labour")),
    ("hulten", ("pure", "baumol")),
    ("hulten", ("pure_end", "baumol_end")),
    ("labour_productivity", ("labour_pure", "labour_baumol", "denison")),
    ("labour_productivity", ("labour_pure_end", "labour_baumol_end", "denison")),
    ("tfp_production_function", ("tfp", "reallocation_value_added")),
    ("hulten", ("technical_efficiency", "input_reallocation")),
)


def random_frame(seed=6, industries=7, years=12):
    """Industries of two economies with gross output, five inputs and costs; every number is drawn here."""
    draw = np.random.default_rng(seed)
    shape = (2 * industries, years)
    columns = {
        name: np.exp(draw.normal(0.02, 0.05, shape).cumsum(axis=1)) * draw.uniform(1, 9, (shape[0], 1))
        for name in ("y", "k", "persons", "hours", "quality", "e_q", "m_q")
    }
    columns |= {name: draw.uniform(1.0, 5.0, shape) * 10.0 for name in ("cap", "lab", "e", "m")}
    frame = pd.DataFrame({name: cells.ravel() for name, cells in columns.items()})
    frame["unit"] = np.repeat([f"{e}|I{k}" for e in "AB" for k in range(industries)], years)
    frame["year"] = np.tile(np.arange(2000, 2000 + years), shape[0])
    frame["economy"], frame["industry"] = frame["unit"].str[0], frame["unit"].str[2:]
    return frame


def panel_of(frame):
    return xz.Panel(frame, unit="unit", time="year")


def method(**settings):
    full = {
        "accounts": RANDOM,
        "value_added": ("cap", "lab"),
        "economy": "economy",
        "industry": "industry",
        "base_year": 2004,
        "elasticities": (0.3, 0.4, 0.1, 0.4),
    }
    return Aggregation(**(full | settings))


@pytest.fixture(scope="module")
def klems():
    return xz.catalog.load("us_klems44")


@pytest.fixture(scope="module")
def aggregated(klems):
    return Aggregation(accounts=GROSS_OUTPUT, value_added=COMPENSATION).fit(klems)


@pytest.fixture(scope="module")
def random():
    return method().fit(panel_of(random_frame()))


# Published and recomputed ----------------------------------------------------------------------

LEDGER = """
1948 1973 3.817167 1.839250 .687589 .102889 1.187439 1.361745 -.174306 .033954
1995 2005 3.413250 1.638489 .536626 .193099 1.045035 1.103590 -.058555 .036935
"""


@pytest.mark.parametrize("line", LEDGER.strip().splitlines())
def test_us_klems(aggregated, line):
    """Source: an independent script on the file us_klems_44ind_1947_2023.csv, printed to six decimals."""
    start, end, *printed = line.split()
    columns = aggregated.period_columns([(int(start), int(end))])
    names = ("growth", "capital", "hours", "quality", "hulten", "pure", "baumol", "baumol_end")
    assert [float(columns[name][0]) for name in names] == pytest.approx([float(p) for p in printed], abs=PRINTED)


def test_us_klems_beside_annual_domar_weights(klems, aggregated):
    """Source: another script with Domar weights as means of ratios and value_added_q: 3.0024 = .6893 + 1.5025 + .8111.

    Its residual is -.0005 points in the mean and .015 in one year; ours is 0 by ratios of means, so TFP differs by it.
    """
    columns = aggregated.period_columns([(1947, 2023)])
    four = 0.5e-4
    assert columns["growth"][0] == pytest.approx(3.0024, abs=four)
    assert columns["capital"][0] == pytest.approx(1.5025, abs=four)
    assert columns["hours"][0] + columns["quality"][0] == pytest.approx(0.8111, abs=0.0005 + four)
    assert columns["hulten"][0] == pytest.approx(0.6893, abs=0.0005 + four)
    theirs = by_hand(klems)
    assert [round(100 * theirs[name].mean(), 4) for name in "VAKL"] == [3.0024, 0.6893, 1.5025, 0.8111]
    residual = 100 * (theirs["V"] - theirs["A"] - theirs["K"] - theirs["L"])
    assert round(residual.mean(), 4) == -0.0005
    assert np.abs(aggregated.term("growth") - theirs["V"].to_numpy()).max() < 1.6e-4
    assert np.abs(aggregated.term("hulten") - theirs["A"].to_numpy()).max() < 1.6e-4


def by_hand(panel):
    """Two-year means of w = V / SUM V, D = GO / SUM V and shares of the file's own totals, in pandas."""
    data = pd.DataFrame(panel.to_dict()).sort_values(["industry", "year"])
    data["v"] = data["capital_compensation"] + data["labour_compensation"]
    total = data.groupby("year")["v"].transform("sum")
    by = data["industry"]
    names = ("capital_compensation", "labour_compensation", "intermediate_inputs")
    shares = {name: data[name] / data["gross_output"] for name in names}
    change = {
        name: np.log(data[name]).groupby(by).diff()
        for name in (
            "gross_output_q",
            "capital_services_q",
            "labour_input_q",
            "intermediate_inputs_q",
            "value_added_q",
        )
    }

    def mean(values):
        return 0.5 * (values + values.groupby(by).shift())

    inputs = zip(names, ("capital_services_q", "labour_input_q", "intermediate_inputs_q"), strict=True)
    tfp = change["gross_output_q"] - sum(mean(shares[share]) * change[quantity] for share, quantity in inputs)
    terms = {
        "V": mean(data["v"] / total) * change["value_added_q"],
        "A": mean(data["gross_output"] / total) * tfp,
        "K": mean(data["capital_compensation"] / total) * change["capital_services_q"],
        "L": mean(data["labour_compensation"] / total) * change["labour_input_q"],
    }
    sums = pd.DataFrame(terms).groupby(data["year"]).sum()
    return sums.loc[1948:]


def test_every_aggregate_of_random_industries_is_its_definition(random):
    """The definitions, written again in pandas on the same random economies."""
    data = random_frame().sort_values(["unit", "year"])
    data["v"], data["go"] = data["cap"] + data["lab"], data[["cap", "lab", "e", "m"]].sum(axis=1)
    data["labour"] = data["persons"] * data["hours"]
    by, cells = data["unit"], [data["economy"], data["year"]]
    inputs = {"cap": "k", "lab": "l", "e": "e_q", "m": "m_q"}
    data["l"] = data["labour"] * data["quality"]

    def mean(values):
        return 0.5 * (values + values.groupby(by).shift())

    def change(name):
        return np.log(data[name]).groupby(by).diff()

    def total(values):
        return values.groupby(cells).sum(min_count=7)

    share = {cost: mean(data[cost] / data["go"]) for cost in inputs}
    weight = mean(data["v"] / data.groupby(cells)["v"].transform("sum"))
    domar = weight / (share["cap"] + share["lab"])
    tfp = change("y") - sum(share[cost] * change(quantity) for cost, quantity in inputs.items())
    volume = (change("y") - share["e"] * change("e_q") - share["m"] * change("m_q")) / (share["cap"] + share["lab"])
    aggregate = {name: np.log(data.groupby(cells)[name].sum()).groupby(level=0).diff() for name in ("k", "labour")}
    wanted = {
        "growth": total(weight * volume),
        "hulten": total(domar * tfp),
        "reallocation_capital": total(domar * share["cap"] * change("k"))
        - total(domar * share["cap"]) * aggregate["k"],
        "reallocation_labour": total(domar * share["lab"] * change("labour"))
        - total(domar * share["lab"]) * aggregate["labour"],
        "labour_productivity": total(weight * volume) - aggregate["labour"],
        "denison": total(weight * change("labour")) - aggregate["labour"],
        "technical_efficiency": total(
            domar * (change("y") - 0.3 * change("k") - 0.4 * change("l") - 0.1 * change("e_q") - 0.4 * change("m_q"))
        ),
        "quality": total(domar * share["lab"] * change("quality")),
    }
    at = data.loc[data["year"] == 2004].set_index("unit")["v"]
    index = volume.groupby(by).cumsum().where(data["year"] > 2000, 0.0)
    shift = index[data["year"] == 2004].set_axis(by[data["year"] == 2004])
    level = by.map(at) * np.exp(index - by.map(shift))
    summed = np.log(level.groupby(cells).sum()).groupby(level=0).diff()
    wanted["reallocation_value_added"] = summed - wanted["growth"]
    for name, values in wanted.items():
        assert np.abs(random.term(name) - values.dropna().to_numpy()).max() < ADDING_UP, name


@pytest.mark.parametrize(("total", "parts"), SPLITS)
def test_every_split_is_exact(random, total, parts):
    gap = random.term(total) - sum(random.term(part) for part in parts)
    assert np.abs(gap).max() < ADDING_UP
    columns = random.period_columns([(2000, 2011), (2002, 2009)])
    assert np.abs(columns[total] - sum(columns[part] for part in parts)).max() < 100 * ADDING_UP


def test_klems_splits_are_exact(klems):
    result = Aggregation(
        accounts=GROSS_OUTPUT, value_added=COMPENSATION, base_year=2012, elasticities=(0.2, 0.3, 0.5)
    ).fit(klems)
    assert result.diagnostics["largest_gap"] < ADDING_UP
    assert np.abs(result.term("tfp") - result.term("hulten")).max() < ADDING_UP, "no levels: no reallocation in TFP"


def test_industries_sum_to_the_economy(random):
    for period in ((2000, 2011), (2003, 2007)):
        columns, rates = random.by_industry(period), random.period_columns([period])
        assert len(columns["unit"]) == 14
        for name in (set(columns) & set(random.rows.terms)) - {"tfp"}:
            for row, unit in enumerate(rates["unit"]):
                mine = [v for u, v in zip(columns["unit"], columns[name], strict=True) if u == unit]
                assert sum(mine) == pytest.approx(rates[name][row], abs=100 * ADDING_UP), name
        weights = [columns[key] for key in ("weight_start", "weight_end")]
        assert np.sum(weights) == pytest.approx(4.0), "weights of two economies at two dates"
        assert min(columns["domar"]) > 0


def test_growth_of_sub_periods_adds_up(random):
    whole, first, second = (random.period_columns([span]) for span in ((2000, 2011), (2000, 2004), (2004, 2011)))
    for name in ("growth", "hulten", "reallocation_capital", "denison", "reallocation_value_added"):
        assert (4 * first[name] + 7 * second[name]) / 11 == pytest.approx(whole[name], abs=100 * ADDING_UP), name


# Simulated truth -------------------------------------------------------------------------------


def test_inputs_that_grow_at_one_rate_are_not_reallocated():
    """Uniform growth of an input: its reallocation and, of labour, the Denison effect are 0 whatever the shares."""
    frame = random_frame()
    years = frame["year"] - 2000
    first = frame.groupby("unit")[["k", "persons", "hours"]].transform("first")
    frame["k"], frame["persons"] = first["k"] * 1.03**years, first["persons"] * 0.99**years
    frame["hours"] = first["hours"] * 1.001**years
    result = method().fit(panel_of(frame))
    for name in ("reallocation_capital", "reallocation_labour", "denison"):
        assert np.abs(result.term(name)).max() < ADDING_UP, name


def test_value_added_that_grows_at_one_rate_is_not_reallocated():
    frame = random_frame()
    years = frame["year"] - 2000
    for column in ("y", "e_q", "m_q"):
        frame[column] = frame.groupby("unit")[column].transform("first") * 1.02**years
    result = method().fit(panel_of(frame))
    assert np.abs(result.term("reallocation_value_added")).max() < ADDING_UP
    assert result.term("growth") == pytest.approx(np.log(1.02), abs=ADDING_UP)


def test_the_same_to_all_industries_has_no_baumol_effect():
    """Value-added weights sum to one: a constant added to every a^V moves the pure effect only."""
    frame = industry_frame().dropna()
    frame = frame[~frame["economy"].isin(["U03", "U05", "U14"])]
    accounts = xz.GrowthAccounts(output="y", capital="k", labour="persons", labour_share="share")
    settings = {"accounts": accounts, "elasticities": None, "base_year": None}
    before = method(**settings).fit(panel_of(frame))
    faster = frame.assign(y=frame["y"] * 1.01 ** (frame["year"] - 2010))
    after = method(**settings).fit(panel_of(faster))
    for name in ("baumol", "baumol_end", "labour_baumol"):
        assert np.abs(after.term(name) - before.term(name)).max() < ADDING_UP, name
    assert after.term("pure") - before.term("pure") == pytest.approx(np.log(1.01), abs=ADDING_UP)


def test_competitive_economy_where_technology_is_known():
    """Cobb-Douglas industries, one wage and one rental price, Cobb-Douglas demand: no reallocation, TFP = SUM s dln A.

    Y_i = A_i K_i^b_i L_i^(1-b_i), nominal shares s_i fixed: K_i = s_i b_i / SUM s b K, so that shares of inputs stay.
    """
    draw = np.random.default_rng(3)
    share, beta = np.array([0.2, 0.5, 0.3]), np.array([0.3, 0.6, 0.4])
    capital, workers = np.exp(0.05 * np.arange(6.0)), np.exp(0.01 * np.arange(6.0))
    tfp = np.exp(draw.normal(0.01, 0.02, (3, 6)).cumsum(axis=1))
    rows = []
    for i in range(3):
        k = share[i] * beta[i] / (share @ beta) * capital
        workers_i = share[i] * (1 - beta[i]) / (share @ (1 - beta)) * workers
        income = share[i] * 100.0 * np.arange(1.0, 7.0)
        y = tfp[i] * k ** beta[i] * workers_i ** (1 - beta[i])
        rows.append(
            pd.DataFrame(
                {
                    "unit": f"i{i}",
                    "year": range(6),
                    "y": y,
                    "k": k,
                    "l": workers_i,
                    "cap": beta[i] * income,
                    "lab": (1 - beta[i]) * income,
                }
            )
        )
    accounts = xz.GrowthAccounts(
        output="y", capital="k", labour="l", labour_share=xz.Share(part=("lab",), total=("cap", "lab"))
    )
    result = Aggregation(accounts=accounts, value_added=("cap", "lab")).fit(panel_of(pd.concat(rows)))
    truth = share @ np.diff(np.log(tfp), axis=1)
    assert np.abs(result.term("tfp") - truth).max() < ADDING_UP
    assert np.abs(result.term("hulten") - truth).max() < ADDING_UP
    for name in ("reallocation_capital", "reallocation_labour", "baumol"):
        assert np.abs(result.term(name)).max() < ADDING_UP, name


def test_petrin_levinsohn_finds_technology_where_shares_are_not_elasticities():
    """y = A k^.3 l^.4 e^.1 m^.4 with shares drawn apart from the elasticities: SUM D dln A by number and by column."""
    frame = random_frame()
    draw = np.random.default_rng(8)
    frame["a"] = np.exp(draw.normal(0.0, 0.05, len(frame)))
    workers = frame["persons"] * frame["hours"] * frame["quality"]
    frame["y"] = frame["a"] * frame["k"] ** 0.3 * workers**0.4 * frame["e_q"] ** 0.1 * frame["m_q"] ** 0.4
    frame["eps"] = 0.4
    result = method().fit(panel_of(frame))
    by_column = method(elasticities=(0.3, "eps", 0.1, "eps")).fit(panel_of(frame))
    table = result.steps
    order = frame.sort_values(["unit", "year"])
    truth = table.total(table.domar * np.log(order["a"]).groupby(order["unit"]).diff().dropna().to_numpy())
    for found in (result, by_column):
        assert np.abs(found.term("technical_efficiency") - truth.ravel()).max() < ADDING_UP
    assert np.abs(result.term("input_reallocation")).max() > 1e-3


# Invariances -----------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_of_measure_do_not_matter(random, factor):
    scales = {"y": factor, "k": 1 / factor, "persons": factor, "hours": 1 / factor, "e_q": factor}
    scales |= dict.fromkeys(("cap", "lab", "e", "m"), factor)
    other = method().fit(panel_of(random_frame()).scaled(scales))
    for name, values in random.rows.terms.items():
        assert np.abs(other.term(name) - values).max() < ADDING_UP, name


def test_order_and_names_do_not_matter(random):
    frame = random_frame().sample(frac=1.0, random_state=1)
    frame["unit"] = frame["unit"].map({name: f"{hash_}" for hash_, name in enumerate(sorted(set(frame["unit"])))})
    other = method().fit(panel_of(frame))
    for name, values in random.rows.terms.items():
        assert np.abs(other.term(name) - values).max() < ADDING_UP, name


def test_an_industry_cut_in_two_like_halves_changes_nothing(random):
    frame = random_frame()
    quantities = ["y", "k", "persons", "e_q", "m_q", "cap", "lab", "e", "m"]
    half = frame["industry"] == "I3"
    frame.loc[half, quantities] *= 0.5
    twin = frame[half].assign(industry="I3b", unit=frame.loc[half, "unit"] + "b")
    other = method().fit(panel_of(pd.concat([frame, twin])))
    for name, values in random.rows.terms.items():
        assert np.abs(other.term(name) - values).max() < ADDING_UP, name


# Statuses and errors ---------------------------------------------------------------------------


def test_growth_indices_have_no_reallocation(aggregated):
    for name in ("reallocation_capital", "reallocation_labour", "labour_productivity", "denison"):
        assert aggregated.absent[name].startswith("index_only"), name
        with pytest.raises(EstimationError, match="index_only"):
            aggregated.term(name)
    assert aggregated.absent["reallocation_value_added"].startswith("no base year")
    assert aggregated.absent["technical_efficiency"] == "no output elasticities are given"


@pytest.mark.parametrize(("column", "cell", "status"), [("cap", 0.0, "non_positive"), ("k", np.nan, "missing_data")])
def test_one_bad_industry_makes_the_year_of_its_economy_missing(column, cell, status):
    frame = random_frame()
    frame.loc[(frame["unit"] == "A|I2") & (frame["year"] == 2005), [column, "lab"][: 2 if cell == 0 else 1]] = cell
    result = method(base_year=None).fit(panel_of(frame))
    odd = result.rows.status != "ok"
    assert list(zip(result.rows.unit[odd], result.rows.time[odd].tolist(), strict=True)) == [("A", 2005), ("A", 2006)]
    assert set(result.rows.status[odd]) == {status}
    assert all("A|I2" in reason for reason in result.rows.reason[odd])
    assert np.isnan([values[odd] for values in result.rows.terms.values()]).all()


def test_years_that_a_gap_cuts_off_from_the_base_year_are_missing():
    frame = random_frame()
    result = method().fit(panel_of(frame[~((frame["unit"] == "A|I2") & (frame["year"] == 2008))]))
    bad = {
        (u, t): r for u, t, r in zip(result.rows.unit, result.rows.time.tolist(), result.rows.reason, strict=True) if r
    }
    assert sorted(bad) == [("A", 2008), ("A", 2009), ("A", 2010), ("A", 2011)]
    assert "no row for 2008" in bad["A", 2009]
    assert bad["A", 2011].startswith("a gap lies between")
    plain = method(base_year=None).fit(panel_of(frame[~((frame["unit"] == "A|I2") & (frame["year"] == 2008))]))
    assert (plain.rows.status != "ok").sum() == 2


def test_errors():
    panel = panel_of(random_frame())
    with pytest.raises(DataError, match="XZ-208"):
        method(base_year=1990).fit(panel)
    with pytest.raises(DataError, match="XZ-205"):
        method(value_added=("cap", "labor")).fit(panel)
    with pytest.raises(UsageError, match="one for each of capital, labour, energy, materials"):
        method(elasticities=(0.3, 0.7))
    with pytest.raises(UsageError, match="more than 0"):
        method(elasticities=(0.3, 0.7, 0.0, 0.1))
    with pytest.raises(UsageError, match="plain accounts"):
        method(accounts=RANDOM.model_copy(update={"per": "hours"}))
    with pytest.raises(DataError, match="XZ-203"):
        method(industry="economy").fit(panel)
    frame = random_frame().assign(lab=random_frame()["lab"] * -1.0)
    with pytest.raises(DataError, match="XZ-204"):
        method().fit(panel_of(frame))


def test_words_and_tables(random, aggregated):
    names = [table.name for table in random.tables()]
    assert names == ["sources", "aggregates", "labour_productivity", "industries"]
    assert [table.name for table in aggregated.tables()] == ["sources", "aggregates", "industries"]
    assert "industries' own TFP gave 1.19 %" in aggregated.summary(xz.View(periods=((1948, 1973),)))
    assert "is not known" in aggregated.summary()
    assert "reallocation of inputs gave" in random.summary()
    view = xz.View(units=("A",), periods=((2000, 2011), (2000, 2005)))
    assert [figure.name for figure in random.figures(view)] == ["waterfall", "periods"]
    assert set(random.tables(view)[3].columns()["unit"]) == {"A"}


def test_value_added_accounts_weigh_by_value_added(klems):
    """Accounts of value added have no intermediate inputs: Domar weights are value-added weights and sum to one."""
    result = Aggregation(accounts=VALUE_ADDED, value_added=COMPENSATION).fit(klems)
    assert result.steps.total(result.steps.domar) == pytest.approx(1.0)
    gross = Aggregation(accounts=GROSS_OUTPUT, value_added=COMPENSATION).fit(klems)
    assert np.mean(gross.steps.total(gross.steps.domar)) > 1.5
    assert np.abs(result.term("hulten") - gross.term("hulten")).max() < 5e-4, "rounding of the file to 4 decimals"


def test_filled_cells_are_logged():
    frame = random_frame()
    frame.loc[(frame["unit"] == "A|I2") & (frame["year"] == 2005), "k"] = np.nan
    accounts = RANDOM.model_copy(update={"capital": Filled(column="k", rules=["log_linear"])})
    found = method(accounts=accounts).fit(panel_of(frame))
    assert (found.rows.status == "ok").all()
    assert found.warnings[0].startswith("XZ-401")
    assert found.tables(xz.View(units=("A",)))[-1].name == "filled_cells"
    assert "filled_cells" not in {table.name for table in found.tables(xz.View(units=("B",)))}


def test_countries_of_the_world_in_levels():
    """PWT 10.01, countries as parts of a world, 1990-2019: real levels of capital and labour; all splits to 1e-10."""
    pwt = xz.catalog.load("pwt1001").select(times=(1990, 2019))
    columns = pwt.array("rgdpna", "rkna", "ck", "emp", "hc", "labsh", "cgdpo")
    whole = [unit for unit in pwt.units if np.isfinite(columns[pwt.unit_names == unit]).all()]
    accounts = xz.GrowthAccounts(
        output="rgdpna",
        capital=xz.Capital(growth="rkna", level="ck", base=2017),
        labour=xz.Labour(persons="emp", quality="hc"),
        labour_share="labsh",
    )
    world = Aggregation(accounts=accounts, value_added=("cgdpo",), base_year=2017, elasticities=(0.35, 0.65))
    result = world.fit(pwt.select(units=whole))
    assert len(whole) > 100
    assert (result.rows.status == "ok").sum() == 29
    assert not result.absent
    for total, parts in SPLITS:
        gap = result.term(total) - sum(result.term(part) for part in parts if part != "hours")
        assert np.abs(gap).max() < ADDING_UP, total
    rates = result.period_columns([(1990, 2019)])
    assert 2 < rates["growth"][0] < 5
    assert rates["reallocation_labour"][0] < 0, "workers grew fastest where they earn least"


@pytest.mark.parametrize("column", ["k", "persons", "cap", "y"])
@pytest.mark.parametrize("value", [0.0, 1e300])
def test_odd_cells_give_no_warning_and_no_missing_number_in_an_ok_row(column, value):
    """Warnings are errors here: a whole year of zeros, or of numbers at the end of the range."""
    frame = random_frame()
    frame[column] = np.where((frame["year"] == 2006) & (frame["economy"] == "A"), value, frame[column])
    result = method().fit(panel_of(frame))
    good = result.rows.status == "ok"
    assert good[result.rows.unit == "B"].all()
    assert all(np.isfinite(cells[good]).all() for cells in result.rows.terms.values())
    assert result.tables()
    assert result.summary()
