"""The ledger on the Penn World Table and on US KLEMS: every public target to all printed digits."""

import numpy as np
import pytest

import xinzhi as xz
from tests.growth.test_accounts import GROSS_OUTPUT, LABOUR
from xinzhi.errors import DataError, EstimationError, UsageError
from xinzhi.method.result import ADDING_UP

PRINTED = 5.1e-7  # six printed decimals
CAPITAL = xz.Capital(growth="rkna", level="ck", base=2017)
ACCOUNTS = xz.GrowthAccounts(output="rgdpna", capital=CAPITAL, labour=LABOUR, labour_share="labsh")
ENVELOPE = xz.Malmquist(
    inputs=[CAPITAL, LABOUR], outputs=["rgdpna"], orientation="output", returns="crs", technology="contemporaneous"
)
WINDOW = (1990, 2019)

# Source: independent script on PWT 10.01, na_services, reference "observed", annual, window 1990-2019. Technology
# and efficiency under the decile rule; TE and mix under the maximum rule; DEA TC and V (valuation) under CRS.
TARGETS = """
CHN 6.454212 4.617265 .380855 .189260 .642943 .623889 .032053 .591836 -2.263059 2.802050 -1.847503 4.734450
USA 2.455930 1.131832 .527181 -.038070 .184240 .650748 .065199 .585549 .326135 .178713 .123837 .200776
KOR 4.841239 3.101744 .707496 -.541784 .510002 1.063781 -.075190 1.138971 .818030 .346386 -.594669 .840420
DEU 1.469100 .749937 .261585 -.296199 .153056 .600721 .107642 .493079 .298984 .095649 .015366 .286371
JPN .959044 .890724 .138265 -.362451 .244322 .048183 .071175 -.022991 -.003487 -.102803 -.057970 .109641
IND 6.058800 3.315453 .738975 .038897 .747481 1.217994 .076280 1.141714 .340144 .646793 -1.671568 2.549418
BRA 2.283989 1.343803 .789337 -.181136 1.115839 -.783854 .018035 -.801889 -.231131 -.535858 -.432870 -.119853
POL 3.685504 1.892679 .111992 -.029867 .485827 1.224874 .076906 1.147968 .844737 .199595 -.897255 1.277392
"""
NAMES = ("growth", "capital", "employment", "hours", "quality", "tfp", "technology", "efficiency")


@pytest.fixture(scope="module")
def pwt():
    return xz.catalog.load("pwt1001")


@pytest.fixture(scope="module")
def ledgers(pwt):
    base = xz.Ledger(accounts=ACCOUNTS, frontier=ENVELOPE, reference="observed", best_practice="decile", window=WINDOW)
    return {rule: base.model_copy(update={"best_practice": rule}).fit(pwt) for rule in ("decile", "max")}


@pytest.mark.parametrize("line", TARGETS.strip().splitlines())
def test_public_targets(ledgers, line):
    unit, *printed = line.split()
    decile, most = (ledgers[rule].period_columns([WINDOW]) for rule in ("decile", "max"))
    row = decile["unit"].tolist().index(unit)
    computed = [decile[name][row] for name in NAMES]
    computed += [most["technical"][row], most["mix"][row], decile["technical_change"][row], decile["valuation"][row]]
    assert [float(c) for c in computed] == pytest.approx([float(p) for p in printed], abs=PRINTED)


@pytest.mark.parametrize(("unit", "printed"), [("CHN", 10.514192), ("USA", 1.355762), ("IND", 7.376748)])
def test_frontier_valued_capital(ledgers, unit, printed):
    columns = ledgers["decile"].period_columns([WINDOW])
    assert columns["frontier_capital"][columns["unit"].tolist().index(unit)] == pytest.approx(printed, abs=PRINTED)


def test_reference_set_and_evaluated_units(ledgers):
    best = ledgers["decile"].best
    assert best.members.sum() == 41
    assert best.complete.sum() == 103


def test_every_row_adds_up(ledgers):
    for result in ledgers.values():
        t = result.rows.terms
        good = np.isfinite(t["tfp"])
        inputs = t["capital"] + t["employment"] + t["hours"] + t["quality"]
        assert np.abs(t["growth"] - inputs - t["tfp"])[good].max() < ADDING_UP
        split = np.isfinite(t["efficiency"])
        assert np.abs(t["tfp"] - t["technology"] - t["efficiency"])[split].max() < ADDING_UP
        bridge = np.isfinite(t["valuation"])
        assert (
            np.abs(t["tfp"] - t["technical_change"] - t["efficiency_change"] - t["valuation"])[bridge].max() < ADDING_UP
        )
        second = t["frontier_capital"] + t["frontier_labour"] + t["technical_change"] + t["efficiency_change"]
        there = np.isfinite(second)
        assert np.abs(t["growth"] - second)[there].max() < ADDING_UP
    t = ledgers["max"].rows.terms
    there = np.isfinite(t["mix"])
    assert np.abs(t["efficiency"] - t["technical"] - t["mix"])[there].max() < ADDING_UP


def test_two_rules_give_the_same_tfp(ledgers):
    first, second = (ledgers[rule].term("tfp") for rule in ("decile", "max"))
    assert np.array_equal(first, second, equal_nan=True)


def test_absent_terms_have_reasons(ledgers):
    assert ledgers["decile"].absent["mix"].startswith("rule_not_max")
    assert "upgrading" in ledgers["decile"].absent
    assert "reallocation" in ledgers["max"].absent
    assert ledgers["max"].absent["scale"] == "constant returns to scale"
    with pytest.raises(EstimationError, match="no industry data"):
        ledgers["max"].term("upgrading")


def test_viet_nam_is_said_to_be_missing(ledgers):
    columns = ledgers["decile"].period_columns([WINDOW])
    row = columns["unit"].tolist().index("VNM")
    assert columns["status"][row] == "missing_data"
    assert "rkna" in columns["reason"][row]
    assert np.isnan(columns["tfp"][row])
    assert any(
        "VNM" in note for table in ledgers["decile"].tables(xz.View(units=("VNM", "CHN"))) for note in table.notes
    )


def test_viet_nam_has_a_frontier_view_under_the_national_stock(pwt):
    accounts = ACCOUNTS.model_copy(update={"capital": "rnna"})
    envelope = ENVELOPE.model_copy(update={"inputs": ("rnna", LABOUR)})
    result = xz.Ledger(accounts=accounts, frontier=envelope, reference="observed", window=WINDOW).fit(pwt)
    columns = result.period_columns([WINDOW])
    row = columns["unit"].tolist().index("VNM")
    assert np.isfinite(columns["frontier_capital"][row])
    assert np.isnan(columns["tfp"][row])


def test_units_of_measure_do_not_matter(pwt, ledgers):
    method = ledgers["max"].method
    scaled = method.fit(pwt.scaled({"rgdpna": 1e9, "ck": 1e-9, "emp": 1e6, "avh": 1e-3}))
    for name, values in ledgers["max"].rows.terms.items():
        both = np.isfinite(values)
        assert np.array_equal(both, np.isfinite(scaled.term(name))), name
        assert np.abs(scaled.term(name) - values)[both].max() < ADDING_UP, name


def test_running_maximum_has_no_regress(pwt):
    result = xz.Ledger(accounts=ACCOUNTS, reference="observed", best_practice="running_max", window=WINDOW).fit(pwt)
    technology = result.term("technology")
    assert technology[np.isfinite(technology)].min() >= 0


def test_a_named_leader_has_no_efficiency_change(pwt):
    result = xz.Ledger(accounts=ACCOUNTS, best_practice=xz.Leader(unit="USA"), window=WINDOW).fit(pwt)
    mine = result.rows.unit == "USA"
    assert np.abs(result.term("efficiency")[mine]).max() < ADDING_UP
    assert np.abs(result.term("technology")[mine] - result.term("tfp")[mine]).max() < ADDING_UP


def pwt_columns(panel):
    return {name: column for name, column in panel.columns.items() if name != "pop"}


def test_errors(pwt):
    index = ACCOUNTS.model_copy(update={"capital": "rkna"})
    with pytest.raises(DataError, match="XZ-207"):
        xz.Ledger(accounts=index, window=WINDOW).fit(pwt)
    with pytest.raises(DataError, match="XZ-208"):
        xz.Ledger(accounts=ACCOUNTS, window=(1990, 2030)).fit(pwt)
    no_people = xz.Panel(pwt.frame().drop(columns="pop"), unit="isocode", time="year", columns=pwt_columns(pwt))
    with pytest.raises(DataError, match="reference='all'"):
        xz.Ledger(accounts=ACCOUNTS, window=WINDOW).fit(no_people)
    few = pwt.select(units=["CHN", "USA", "KOR", "DEU", "JPN"])
    with pytest.raises(EstimationError, match="XZ-302"):
        xz.Ledger(accounts=ACCOUNTS, reference="all", window=WINDOW).fit(few)
    with pytest.raises(DataError, match="XZ-212"):
        xz.Ledger(accounts=ACCOUNTS, best_practice=xz.Leader(unit="UTOPIA"), window=WINDOW).fit(pwt)


# Source: independent script on the US KLEMS file; growth, capital, hours, quality, TFP; within and upgrading at
# first-year weights; upgrading at last-year weights.
KLEMS = """
1948 1973 3.817167 1.839250 .687589 .102889 1.187439 1.361745 -.174306 .033954
1995 2005 3.413250 1.638489 .536626 .193099 1.045035 1.103590 -.058555 .036935
"""


@pytest.fixture(scope="module")
def industries():
    method = xz.Ledger(
        accounts=GROSS_OUTPUT,
        industries=xz.Industries(value_added=("capital_compensation", "labour_compensation")),
        best_practice="none",
        window=(1947, 2023),
    )
    return method.fit(xz.catalog.load("us_klems44"))


@pytest.mark.parametrize("line", KLEMS.strip().splitlines())
def test_klems_targets(industries, line):
    start, end, *printed = line.split()
    columns = industries.period_columns([(int(start), int(end))])
    names = ("growth", "capital", "hours", "quality", "tfp", "within", "upgrading", "upgrading_end")
    assert [float(columns[n][0]) for n in names] == pytest.approx([float(p) for p in printed], abs=PRINTED)


def test_klems_sign_is_not_determined(industries):
    table = industries.tables(xz.View(periods=((1948, 1973),)))[0]
    assert table.columns()["verdict"] == ["sign not determined"]


def test_klems_aggregate_beside_aggregated_value_added(industries):
    """Two-year mean shares x growth of value_added_q: double deflation re-made, up to the file's rounding."""
    panel = industries.panel
    steps = panel.steps()
    added = panel.array("capital_compensation", "labour_compensation").sum(axis=1)
    total = np.bincount(panel.when - 1947, added)
    share = added / total[panel.when - 1947]
    mean = 0.5 * (share[steps.end] + share[steps.before])
    growth = np.log(panel.values("value_added_q")[steps.end] / panel.values("value_added_q")[steps.before])
    theirs = np.bincount(panel.when[steps.end] - 1948, mean * growth)
    difference = industries.term("growth") - theirs
    assert np.abs(difference).max() < 1.6e-4, "largest in one year .015 percentage points (rounding to 4 decimals)"
    assert abs(difference.mean()) < 6e-6, "mean .0005 percentage points"


def test_industries_sum_to_the_ledger(industries):
    period = (1948, 1973)
    columns, rates = industries.by_industry(period), industries.period_columns([period])
    for name in ("within", "upgrading", "upgrading_end"):
        assert sum(columns[name]) == pytest.approx(rates[name][0], abs=100 * ADDING_UP)


def test_a_frontier_that_reads_other_goods_gives_no_second_view(pwt):
    other = xz.Malmquist(inputs=[CAPITAL, LABOUR], outputs=["rgdpo"])
    result = xz.Ledger(accounts=ACCOUNTS, frontier=other, best_practice="max", window=WINDOW).fit(pwt)
    for name in ("technical", "mix", "technical_change", "valuation"):
        assert result.absent[name].startswith("inputs_differ"), name
        assert name not in result.rows.terms


def test_the_order_of_the_frontier_inputs_does_not_matter(pwt, ledgers):
    turned = ENVELOPE.model_copy(update={"inputs": (LABOUR, CAPITAL)})
    result = xz.Ledger(accounts=ACCOUNTS, frontier=turned, window=WINDOW).fit(pwt)
    mine = np.isin(result.rows.unit.astype(str), ["CHN", "USA", "BRA"])
    for name in ("frontier_capital", "valuation_labour", "technical_change"):
        assert np.abs(result.term(name) - ledgers["decile"].term(name))[mine].max() < ADDING_UP


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(UsageError, match="leave them out"):
        xz.Ledger(accounts=ACCOUNTS, frontier=ENVELOPE.model_copy(update={"window": WINDOW}))
    with pytest.raises(UsageError, match="per=None"):
        xz.Ledger(accounts=ACCOUNTS.model_copy(update={"per": "hours"}), frontier=ENVELOPE)
    with pytest.raises(UsageError, match="needs Industries"):
        xz.Ledger(accounts=ACCOUNTS, industries=xz.Industries(value_added=("rgdpna",)))


def test_words_follow_the_numbers(pwt, ledgers):
    text = ledgers["decile"].summary(xz.View(units=("CHN", "BRA"), periods=((2010, 2019),)))
    assert "BRA: output changed by 0.68 % a year" in text
    assert "TFP −2.08 % (growth below 1 % a year: no ratio)" in text
    assert "falling behind it gave −2.21 %" in text
    leader = xz.Ledger(accounts=ACCOUNTS, best_practice=xz.Leader(unit="USA"), window=WINDOW).fit(pwt)
    assert "the distance to it did not change" in leader.summary(xz.View(units=("USA",)))
    per_hour = xz.Ledger(accounts=ACCOUNTS.model_copy(update={"per": "hours"}), window=WINDOW).fit(pwt)
    assert "CHN: output per hour changed by" in per_hour.summary(xz.View(units=("CHN",)))
    assert "new_quality" not in [table.name for table in per_hour.tables(xz.View(units=("CHN",)))]
