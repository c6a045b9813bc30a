"""Double deflation: BLS accounts with energy, US KLEMS value added, recomputation, simulated truth, statuses."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import Aggregation, DoubleDeflation, Intermediate
from xinzhi.method import Filled
from xinzhi.method.result import ADDING_UP

BLS = SHARED / "growth" / "bls_klems_1987_2018.csv"
QUANTITIES = {
    "Sectoral Output": "y",
    "Capital Input": "k",
    "Labor Input": "l",
    "Energy Input": "e",
    "Materials Input": "m",
    "Purchased Business Services Input": "s",
    "Multifactor Productivity": "mfp",
}
COSTS = {
    "Cost of Capital, billions of current dollars": "cost_k",
    "Cost of Labor, billions of current dollars": "cost_l",
    "Cost of Energy, billions of current dollars": "cost_e",
    "Cost of Materials, billions of current dollars": "cost_m",
    "Cost of Purchased Business Services, billions of current dollars": "cost_s",
}
CATEGORIES = {"energy": "e", "materials": "m", "purchased_services": "s"}
PUBLISHED_ROUNDING = 0.05 + 0.002  # per cent changes have one decimal; the indices behind ours have three
NEGATIVE_CAPITAL = ("523", 2008)  # securities: capital cost -25.4 billion


def bls_frame():
    """BLS measures by industry and year, wide: indices (2012 = 100), costs, and the published change of MFP."""
    table = pd.read_csv(BLS, dtype={"NAICS": str})
    years = [str(year) for year in range(1987, 2019)]
    keys = ["NAICS", "Measure Title", "Duration Title"]
    long = table.melt(id_vars=keys, value_vars=years, var_name="year", value_name="value")
    long["value"] = pd.to_numeric(long["value"], errors="coerce")

    def wide(duration, names):
        rows = long[(long["Duration Title"] == duration) & long["Measure Title"].isin(list(names))]
        return rows.pivot_table(index=["NAICS", "year"], columns="Measure Title", values="value").rename(columns=names)

    change = wide("% Change Year Ago", {"Multifactor Productivity": "published"})
    frame = wide("Indexes = 100.000", QUANTITIES).join(wide("Levels", COSTS)).join(change).reset_index()
    frame["year"] = frame["year"].astype(int)
    return frame.assign(output_value=frame[list(COSTS.values())].sum(axis=1))


def bls_panel(frame):
    return xz.Panel(frame, unit="NAICS", time="year")


def bls_accounts():
    def share(name):
        return xz.Share(part=(f"cost_{name}",), total=tuple(COSTS.values()))

    others = tuple(xz.Input(name=name, quantity=q, share=share(q)) for name, q in CATEGORIES.items())
    return xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=share("l"), other_inputs=others)


def categories():
    return tuple(Intermediate(name=name, quantity=q, value=f"cost_{q}") for name, q in CATEGORIES.items())


def without_negative_capital(frame):
    odd = (frame["NAICS"] == NEGATIVE_CAPITAL[0]) & (frame["year"] == NEGATIVE_CAPITAL[1])
    frame.loc[odd, list(COSTS.values())] = np.nan
    return frame


@needs_shared
def test_published_multifactor_productivity_of_bls():
    """Source: BLS, "Multifactor Productivity, % Change Year Ago": 70 industries and groups, 1988-2018, one decimal."""
    frame = bls_frame()
    assert frame["NAICS"].nunique() == 70
    with pytest.raises(DataError, match="XZ-217"):
        bls_accounts().fit(bls_panel(frame))
    panel = bls_panel(without_negative_capital(frame))
    result = bls_accounts().fit(panel)
    steps = panel.steps()
    error = 100 * np.expm1(result.term("tfp")) - panel.values("published")[steps.end]
    good = result.rows.status == "ok"
    assert (good.sum(), good.size) == (2168, 2170), "the two steps of the negative capital cost"
    assert np.abs(error[good]).max() < PUBLISHED_ROUNDING
    index = np.log(panel.values("mfp")[steps.end] / panel.values("mfp")[steps.before])
    apart = np.abs(result.term("tfp") - index)[good]
    assert np.median(apart) < 5e-6
    assert apart.max() < 6e-5, "log points; rounding of the index to three decimals"


@needs_shared
def test_double_deflation_of_bls_accounts_gives_their_productivity_in_value_added():
    """a^V = a / v_V exactly: from growth of real value added, and from the accounts of gross output."""
    panel = bls_panel(without_negative_capital(bls_frame()))
    volumes = DoubleDeflation(output="y", output_value="output_value", inputs=categories(), forms=()).fit(panel)
    accounts = bls_accounts().fit(panel)
    steps = panel.steps()
    mean = 0.5 * (accounts.shares[steps.end] + accounts.shares[steps.before])
    rest = mean[:, :2].sum(axis=1)
    primary = (accounts.term("capital") + accounts.term("labour")) / rest
    good = accounts.rows.status == "ok"
    assert (volumes.rows.status == accounts.rows.status).all()
    assert np.abs(volumes.term("growth") - primary - accounts.term("tfp") / rest)[good].max() < ADDING_UP


@needs_shared
def test_value_added_accounts_on_double_deflated_volumes():
    """Mean shares of value added instead of ratios of means: a^V then differs at second order; measured, log points."""
    panel = bls_panel(without_negative_capital(bls_frame()))
    volumes = DoubleDeflation(output="y", output_value="output_value", inputs=categories(), forms=()).fit(panel)
    frame = pd.DataFrame(panel.to_dict()).assign(v=volumes.volumes(2012))
    share = xz.Share(part=("cost_l",), total=("cost_k", "cost_l"))
    added = xz.GrowthAccounts(output="v", capital="k", labour="l", labour_share=share).fit(bls_panel(frame))
    gross = bls_accounts().fit(panel)
    steps = panel.steps()
    mean = 0.5 * (gross.shares[steps.end] + gross.shares[steps.before])
    apart = np.abs(added.term("tfp") - gross.term("tfp") / mean[:, :2].sum(axis=1))
    both = np.isfinite(apart)
    assert both.sum() == 2148, "the 20 years of securities before 2008 are cut off from 2012"
    assert np.median(apart[both]) < 2e-6
    assert np.percentile(apart[both], 99) < 4e-4
    assert apart[both].max() < 0.006


@needs_shared
def test_forms_beside_each_other_on_bls_accounts():
    """At prices of 2012 real value added of some industries is not positive in 25 steps; at last year's prices never.

    Computers and electronic products (334), 1987-2018: forms differ by half a point a year, single deflation by four.
    """
    panel = bls_panel(without_negative_capital(bls_frame()))
    method = DoubleDeflation(output="y", output_value="output_value", inputs=categories())
    result = method.fit(panel)
    assert (result.rows.status == "ok").sum() == 2168
    fixed = method.model_copy(update={"base_year": 2012}).fit(panel)
    assert (fixed.rows.status == "non_positive").sum() == 25
    assert np.nanmax(np.abs(result.term("fisher") - result.term("growth"))) < 0.1
    columns = result.period_columns([(1987, 2018)])
    row = columns["unit"].tolist().index("334")
    rates = [round(float(columns[name][row]), 2) for name in result.forms]
    assert rates == [11.95, 11.68, 12.24, 11.96, 8.01]


def test_real_value_added_of_us_industries():
    """Source: column value_added_q of the file, indices rounded to 4 decimals."""
    klems = xz.catalog.load("us_klems44")
    frame = pd.DataFrame(klems.to_dict())
    frame["go"] = frame[["capital_compensation", "labour_compensation", "intermediate_inputs"]].sum(axis=1)
    panel = xz.Panel(frame, unit="industry", time="year")
    inputs = (Intermediate(name="intermediate", quantity="intermediate_inputs_q", value="intermediate_inputs"),)
    result = DoubleDeflation(output="gross_output_q", output_value="go", inputs=inputs, forms=()).fit(panel)
    steps = panel.steps()
    theirs = np.log(panel.values("value_added_q")[steps.end] / panel.values("value_added_q")[steps.before])

    def rounding(name):
        return 5e-5 * (1 / panel.values(name)[steps.end] + 1 / panel.values(name)[steps.before])

    go, purchases = panel.values("go"), panel.values("intermediate_inputs")
    mean = 0.5 * ((purchases / go)[steps.end] + (purchases / go)[steps.before])
    bound = (rounding("gross_output_q") + mean * rounding("intermediate_inputs_q")) / (1 - mean)
    apart = np.abs(result.term("growth") - theirs)
    assert (apart <= bound + rounding("value_added_q")).all()
    assert np.median(apart) < 3e-5


def random_frame(seed=5):
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({"unit": np.repeat(["a", "b", "c"], 8), "year": np.tile(range(2000, 2008), 3)})
    for name in ("y", "e", "m", "s"):
        frame[name] = np.exp(draw.normal(0.02, 0.05, (3, 8)).cumsum(axis=1)).ravel()
        frame[f"p_{name}"] = np.exp(draw.normal(0.02, 0.05, (3, 8)).cumsum(axis=1)).ravel()
    scale = {"y": 100.0, "e": 10.0, "m": 25.0, "s": 15.0}
    for name, size in scale.items():
        frame[f"cost_{name}"] = size * frame[name] * frame[f"p_{name}"]
    return frame


def small(**settings):
    full = {"output": "y", "output_value": "cost_y", "inputs": categories(), "base_year": 2003}
    return DoubleDeflation(**(full | settings))


def panel_of(frame):
    return xz.Panel(frame, unit="unit", time="year")


def test_every_form_is_its_definition():
    """Prices and quantities by hand: sums at the prices of one year, and the Törnqvist formula."""
    frame = random_frame()
    result = small().fit(panel_of(frame))
    for unit, rows in frame.groupby("unit"):
        q = rows[["y", "e", "m", "s"]].to_numpy() * [100.0, -10.0, -25.0, -15.0]
        p = rows[["p_y", "p_e", "p_m", "p_s"]].to_numpy()
        value, mine = (p * q).sum(axis=1), result.rows.unit == unit
        laspeyres = np.log((p[:-1] * q[1:]).sum(axis=1) / value[:-1])
        paasche = np.log(value[1:] / (p[1:] * q[:-1]).sum(axis=1))
        fixed = np.diff(np.log((p[3] * q).sum(axis=1)))
        share = -(p * q)[:, 1:] / (p * q)[:, :1]
        mean = 0.5 * (share[1:] + share[:-1])
        change = np.diff(np.log(np.abs(q)), axis=0)
        tornqvist = (change[:, 0] - (mean * change[:, 1:]).sum(axis=1)) / (1 - mean.sum(axis=1))
        single = np.diff(np.log(value / p[:, 0]))
        forms = {
            "growth": tornqvist,
            "laspeyres": laspeyres,
            "paasche": paasche,
            "fisher": 0.5 * (laspeyres + paasche),
            "fixed_price": fixed,
            "single_deflation": single,
            "value_added_price": np.diff(np.log(value)) - tornqvist,
        }
        for name, numbers in forms.items():
            assert np.abs(result.term(name)[mine] - numbers).max() < ADDING_UP, name


def test_contributions_add_up_and_one_price_makes_all_forms_agree():
    frame = random_frame()
    result = small().fit(panel_of(frame))
    parts = sum(result.term(name) for name in result.contributions)
    assert np.abs(parts - result.term("growth")).max() < ADDING_UP
    for name in ("e", "m", "s"):
        frame[f"p_{name}"] = frame["p_y"]
        frame[f"cost_{name}"] = {"e": 10.0, "m": 25.0, "s": 15.0}[name] * frame[name] * frame["p_y"]
    same = small().fit(panel_of(frame))
    for name in ("laspeyres", "paasche", "fisher", "fixed_price", "single_deflation"):
        first = same.term("laspeyres")
        assert np.abs(same.term(name) - first).max() < ADDING_UP, name
    assert np.abs(same.term("growth") - same.term("fisher")).max() < 0.01, "Törnqvist agrees to the second order"


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_of_measure_and_order_do_not_matter(factor):
    first = small().fit(panel_of(random_frame()))
    scales = {"y": factor, "e": 1 / factor, "m": factor} | {f"cost_{name}": factor for name in ("y", "e", "m", "s")}
    shuffled = random_frame().sample(frac=1.0, random_state=2)
    for other in (small().fit(panel_of(random_frame()).scaled(scales)), small().fit(panel_of(shuffled))):
        for name, numbers in first.rows.terms.items():
            assert np.abs(other.term(name) - numbers).max() < ADDING_UP, name


def test_a_category_cut_in_two_changes_nothing():
    frame = random_frame()
    first = small().fit(panel_of(frame))
    frame["cost_m1"], frame["cost_m2"] = 0.3 * frame["cost_m"], 0.7 * frame["cost_m"]
    halves = tuple(Intermediate(name=f"m{k}", quantity="m", value=f"cost_m{k}") for k in (1, 2))
    other = small(inputs=(categories()[0], *halves, categories()[2])).fit(panel_of(frame))
    for name in ("growth", "laspeyres", "paasche", "fisher", "fixed_price", "single_deflation"):
        assert np.abs(other.term(name) - first.term(name)).max() < ADDING_UP, name


def test_value_added_that_turns_negative_at_other_prices_is_a_status():
    """Output 100 -> 100, inputs 60 -> 110 units while their price falls to 0.5: at old prices 100 - 110 = -10."""
    frame = pd.DataFrame({"unit": "a", "year": [1, 2, 3], "y": 1.0, "go": 100.0, "x": [60.0, 110.0, 110.0]})
    frame["ii"] = [60.0, 55.0, 55.0]
    inputs = (Intermediate(name="materials", quantity="x", value="ii"),)
    settings = {"output": "y", "output_value": "go", "inputs": inputs}
    result = DoubleDeflation(**settings, forms=("laspeyres",)).fit(panel_of(frame))
    assert result.rows.status.tolist() == ["non_positive", "ok"]
    assert "prices of the year before is not positive (Laspeyres)" in result.rows.reason[0]
    assert np.isnan(result.term("growth")[0]), "a row without ok holds no number"
    fixed = DoubleDeflation(**settings, forms=(), base_year=1)
    with pytest.raises(DataError, match="XZ-206"):
        fixed.fit(panel_of(frame))
    plain = DoubleDeflation(**settings, forms=()).fit(panel_of(frame))
    assert plain.rows.status.tolist() == ["ok", "ok"]
    assert np.isfinite(plain.term("growth")).all()
    assert plain.absent["fixed_price"] == "no base year is given"


def test_bad_cells_are_statuses_and_bad_settings_errors():
    frame = random_frame()
    frame.loc[2, "cost_e"] = 1e6
    frame.loc[10, "m"] = np.nan
    frame.loc[20, "s"] = 0.0
    result = small(base_year=None).fit(panel_of(frame))
    reasons = dict(zip(zip(result.rows.unit, result.rows.time.tolist(), strict=True), result.rows.reason, strict=True))
    assert reasons["a", 2002] == "value added not positive in 2001 or 2002"
    assert reasons["b", 2002] == "m missing in 2001 or 2002"
    assert reasons["c", 2004] == "s not positive in 2003 or 2004"
    assert (result.rows.status == "ok").sum() == 15
    with pytest.raises(DataError, match="XZ-208"):
        small(base_year=1950).fit(panel_of(random_frame()))
    with pytest.raises(DataError, match="XZ-208"):
        small().fit(panel_of(random_frame())).volumes(1950)
    with pytest.raises(UsageError, match="'growth' is taken"):
        small(inputs=(Intermediate(name="growth", quantity="e", value="cost_e"),))
    with pytest.raises(UsageError, match="at least one item"):
        small(inputs=())


def test_volumes_chain_to_the_reference_year_and_break_at_gaps():
    frame = random_frame()
    result = small(forms=(), base_year=None).fit(panel_of(frame[~((frame["unit"] == "b") & (frame["year"] == 2004))]))
    volumes = result.volumes(2002)
    panel = result.panel
    at = panel.when == 2002
    assert volumes[at] == pytest.approx(result.nominal[at], rel=1e-12)
    steps = panel.steps()
    change = np.log(volumes[steps.end] / np.where(steps.before >= 0, volumes[steps.before], np.nan))
    both = np.isfinite(change)
    assert np.abs(change - result.term("growth"))[both].max() < ADDING_UP
    cut = (panel.unit_names == "b") & (panel.when > 2004)
    assert np.isnan(volumes[cut]).all()
    assert np.isfinite(volumes[~cut]).all()


def test_words_tables_and_the_sum_over_industries():
    result = small().fit(panel_of(random_frame()))
    assert [table.name for table in result.tables()] == ["forms", "sources"]
    assert "by single deflation" in result.summary()
    assert [figure.name for figure in result.figures()] == ["waterfall"]
    frame = random_frame().assign(k=1.0, l=1.0)
    frame["cost_k"] = 0.4 * (frame["cost_y"] - frame[["cost_e", "cost_m", "cost_s"]].sum(axis=1))
    frame["cost_l"] = 1.5 * frame["cost_k"]
    aggregate = Aggregation(accounts=bls_accounts(), value_added=("cost_k", "cost_l")).fit(panel_of(frame))
    table = aggregate.steps
    assert np.abs(table.value_added - result.term("growth")).max() < ADDING_UP, "accounts deflate twice in the same way"


def test_filled_cells_are_logged():
    frame = random_frame()
    frame.loc[10, "m"] = np.nan
    filled = Intermediate(name="materials", quantity=Filled(column="m", rules=["log_linear"]), value="cost_m")
    result = small(inputs=(categories()[0], filled, categories()[2])).fit(panel_of(frame))
    assert (result.rows.status == "ok").all()
    assert [(cell.unit, cell.year) for cell in result.log] == [("b", 2002)]
    assert result.warnings[0].startswith("XZ-401")
    assert result.tables()[-1].name == "filled_cells"
