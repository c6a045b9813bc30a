"""Growth accounts: PWT's published TFP, the table of contributions, KLEMS, identities and invariances."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, EstimationError, UsageError, XinzhiError
from xinzhi.method.result import ADDING_UP
from xinzhi.numerics import log_changes, two_year_means

PRINTED = 0.005 + 1e-9  # the table prints two decimals
INVARIANCE = 1e-10  # logs of numbers scaled by 1e-9..1e9 lose about 1e-14 each
PWT_ROUNDING = 2e-7  # rtfpna is stored with about seven digits; the bound

LABOUR = xz.Labour(persons="emp", hours="avh", quality="hc", missing_hours=xz.SplicedHours(reference="USA"))
PWT = xz.GrowthAccounts(output="rgdpna", capital="rkna", labour=LABOUR, labour_share="labsh")

COST = ("capital_compensation", "labour_compensation", "intermediate_inputs")
KLEMS_LABOUR = xz.Labour(hours="hours_q", services="labour_input_q")
GROSS_OUTPUT = xz.GrowthAccounts(
    output="gross_output_q",
    capital="capital_services_q",
    labour=KLEMS_LABOUR,
    labour_share=xz.Share(part=COST[1:2], total=COST),
    other_inputs=(
        xz.Input(name="intermediate", quantity="intermediate_inputs_q", share=xz.Share(part=COST[2:], total=COST)),
    ),
)
VALUE_ADDED = xz.GrowthAccounts(
    output="value_added_q",
    capital="capital_services_q",
    labour=KLEMS_LABOUR,
    labour_share=xz.Share(part=COST[1:2], total=COST[:2]),
)


@pytest.fixture(scope="module")
def pwt():
    return xz.catalog.load("pwt1001")


@pytest.fixture(scope="module")
def klems():
    return xz.catalog.load("us_klems44")


@pytest.fixture(scope="module")
def accounts(pwt):
    return PWT.fit(pwt)


def published_growth(panel, column):
    """Log growth of a published index at the panel's steps."""
    steps = panel.steps()
    return np.log(panel.values(column)[steps.end] / panel.values(column)[steps.before])


def test_published_tfp_of_the_penn_world_table(pwt, accounts):
    """Source: column rtfpna of PWT 10.01; 6,289 growth rates of 118 countries."""
    published = published_growth(pwt, "rtfpna")
    both = np.isfinite(published)
    assert both.sum() == 6289
    assert len(set(accounts.rows.unit[both])) == 118
    assert np.isfinite(accounts.term("tfp")[both]).all()
    assert np.abs(accounts.term("tfp") - published)[both].max() < PWT_ROUNDING


CONTRIBUTIONS = """
CHN 1978 2000 5.99 1.30 .15 .85 3.83 -.13
CHN 2000 2010 8.50 .34 .23 .31 5.20 2.41
CHN 2010 2019 4.32 .14 -.01 .64 4.29 -.74
CHN 1978 2019 6.24 .81 .14 .67 4.26 .36
USA 1978 2019 2.60 .68 -.04 .19 1.21 .56
KOR 1978 2019 5.91 .92 -.48 .66 3.55 1.27
DEU 1978 2019 1.73 .25 -.41 .26 .87 .76
JPN 1978 2019 1.96 .26 -.28 .28 1.34 .37
IND 1978 2019 5.63 1.09 .04 .81 2.81 .89
"""


@pytest.mark.parametrize("line", CONTRIBUTIONS.strip().splitlines())
def test_contributions(accounts, line):
    """Source: contributions recomputed from PWT 10.01 by an independent script, printed to two decimals."""
    unit, start, end, *printed = line.split()
    columns = accounts.period_columns([(int(start), int(end))])
    row = columns["unit"].tolist().index(unit)
    names = ("growth", "employment", "hours", "quality", "capital", "tfp")
    computed = [float(columns[name][row]) for name in names]
    assert computed == pytest.approx([float(cell) for cell in printed], abs=PRINTED)


def test_policy_use_is_reported_per_country(accounts):
    units = {unit for factor in accounts.factors for unit in factor.policy}
    published = ~np.isnan(accounts.panel.values("rtfpna"))
    with_tfp = set(accounts.panel.unit_names[published])
    never = {u for u in with_tfp if "in every year" in accounts.factors[1].policy.get(u, "")}
    assert len(never) == 54, "54 of the 118 countries have no hours of their own (PWT 10.01)"
    assert {"CHN", "KEN", "MAR"} <= units
    assert "growth of USA" in accounts.factors[1].policy["CHN"]


@pytest.mark.parametrize(("method", "column"), [(GROSS_OUTPUT, "tfp_gross_output"), (VALUE_ADDED, "tfp_value_added")])
def test_klems_tfp_of_every_industry(klems, method, column):
    """Source: TFP columns of the file; every index is rounded to 4 decimals, which bounds the difference."""
    result = method.fit(klems)
    steps = klems.steps()
    rounding = 5e-5

    def bound(name):
        return rounding * (1 / klems.values(name)[steps.end] + 1 / klems.values(name)[steps.before])

    mean = 0.5 * (result.shares[steps.end] + result.shares[steps.before])
    names = ["capital_services_q", "labour_input_q", "intermediate_inputs_q"][: mean.shape[1]]
    admitted = bound(method.output) + bound(column) + sum(mean[:, k] * bound(name) for k, name in enumerate(names))
    error = np.abs(result.term("tfp") - published_growth(klems, column))
    assert error.size == 44 * 76
    assert (error <= admitted).all()


def test_missing_years_are_missing_not_skipped(accounts):
    """Ethiopia has no labour share: a sum that skips missing years would print TFP growth of 3.1 %."""
    columns = accounts.period_columns([(1990, 2019)])
    row = columns["unit"].tolist().index("ETH")
    assert np.isnan(columns["tfp"][row])
    assert columns["status"][row] == "missing_data"
    assert "labsh" in columns["reason"][row]
    assert np.isfinite(columns["growth"][row]), "output itself is there"


def test_sub_periods_add_up(accounts):
    whole = accounts.period_columns([(1990, 2019)])
    parts = [accounts.period_columns([p]) for p in ((1990, 2000), (2000, 2010), (2010, 2019))]
    for name in accounts.rows.terms:
        total = sum(part[name] * years for part, years in zip(parts, (10, 10, 9), strict=True)) / 29
        both = np.isfinite(whole[name])
        assert np.abs(total - whole[name])[both].max() < ADDING_UP * 100


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_of_measure_do_not_matter(pwt, accounts, factor):
    scaled = PWT.fit(pwt.scaled({"rgdpna": factor, "rkna": factor, "emp": factor, "avh": 1 / factor, "hc": factor}))
    for name, values in accounts.rows.terms.items():
        both = np.isfinite(values)
        assert np.abs(scaled.term(name) - values)[both].max() < INVARIANCE


def test_per_hour_and_per_person_leave_tfp_unchanged(pwt, accounts):
    for per in ("hours", "persons"):
        result = PWT.model_copy(update={"per": per}).fit(pwt)
        both = np.isfinite(accounts.term("tfp"))
        assert np.abs(result.term("tfp") - accounts.term("tfp"))[both].max() < ADDING_UP
        assert "capital_deepening" in result.rows.terms
        assert "employment" not in result.rows.terms
    assert "hours" in result.rows.terms, "hours per person remain in the accounts per person"


def test_monte_carlo_recovers_tfp():
    """Cobb-Douglas with shares equal to elasticities and known TFP: the residual is TFP, exactly."""
    rng = np.random.default_rng(20261124)
    rows = []
    for unit in range(30):
        logs = rng.normal(0, 0.05, (12, 3)).cumsum(axis=0)
        share = rng.uniform(0.4, 0.7)
        for t in range(12):
            k, labour, a = logs[t]
            rows.append(
                (f"u{unit}", t, np.exp(a + (1 - share) * k + share * labour), np.exp(k), np.exp(labour), share, a)
            )
    frame = pd.DataFrame(rows, columns=["u", "t", "y", "k", "l", "s", "a"])
    panel = xz.Panel(frame, unit="u", time="t", columns={"s": xz.Column("", "share")})
    result = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share="s").fit(panel)
    truth = frame.sort_values(["u", "t"]).groupby("u")["a"].diff().dropna().to_numpy()
    assert np.abs(result.term("tfp") - truth).max() < ADDING_UP


def test_a_resource_with_its_cost_share(klems):
    """Land-like input: contribution = mean share x growth; shares that do not sum to one are refused."""
    result = GROSS_OUTPUT.fit(klems)
    steps = klems.steps()
    share = 0.5 * (result.shares[steps.end, 2] + result.shares[steps.before, 2])
    growth = published_growth(klems, "intermediate_inputs_q")
    assert np.abs(result.term("intermediate") - share * growth).max() < ADDING_UP
    wrong = GROSS_OUTPUT.model_copy(update={"capital_share": 0.9})
    with pytest.raises(DataError, match="XZ-217"):
        wrong.fit(klems)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"output": "rgdpn"}, "XZ-205"),
        ({"labour": LABOUR.model_copy(update={"missing_hours": xz.SplicedHours(reference="KEN")})}, "XZ-215"),
        ({"labour": LABOUR.model_copy(update={"missing_hours": xz.SplicedHours(reference="XXX")})}, "XZ-212"),
        ({"labour_share": "i_xr"}, "XZ-202"),
    ],
)
def test_errors(pwt, change, code):
    with pytest.raises(DataError, match=code):
        PWT.model_copy(update=change).fit(pwt)


def test_more_errors(pwt):
    frame = pd.DataFrame({"u": ["a", "a"], "t": [1, 2], "y": [0.0, -1.0], "k": [1.0, 2.0], "l": [1.0, 1.0]})
    method = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6)
    with pytest.raises(DataError, match="y not positive in 1 or 2"):
        method.fit(xz.Panel(frame, unit="u", time="t"))
    with pytest.raises(DataError, match="XZ-214"):
        method.fit(xz.Panel(frame.head(1), unit="u", time="t"))
    with pytest.raises(UsageError, match="XZ-103"):
        xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=1.2)
    with pytest.raises(XinzhiError, match="did you mean 'labour_share'"):
        xz.GrowthAccounts(output="y", capital="k", labour="l", labour_shar=0.6)
    with pytest.raises(UsageError, match="no hours"):
        method.model_copy(update={"per": "hours"}).fit(xz.Panel(frame.assign(y=[1.0, 2.0]), unit="u", time="t"))
    with pytest.raises(DataError, match="XZ-208"):
        PWT.fit(pwt).periods([(1900, 1910)])


def test_gaps_are_statuses():
    frame = pd.DataFrame({"u": ["a"] * 3, "t": [1, 2, 4], "y": [1.0, 1.1, 1.3], "k": [1.0] * 3, "l": [1.0] * 3})
    result = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6).fit(
        xz.Panel(frame, unit="u", time="t")
    )
    assert result.rows.status.tolist() == ["ok", "missing_data"]
    assert result.rows.reason[1] == "no row for 3"
    assert result.warnings == ("XZ-405 1 units have gaps between their years: a.",)


def test_years_that_do_not_follow_each_other_have_no_growth():
    frame = pd.DataFrame({"u": ["a", "a", "b"], "t": [2000, 2005, 2001], "y": 1.0, "k": 1.0, "l": 1.0})
    method = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6)
    with pytest.raises(DataError, match="XZ-214"):
        method.fit(xz.Panel(frame, unit="u", time="t"))


def test_the_published_terms_are_those_that_are_checked(klems, monkeypatch):
    """A contribution that is lost on the way to the result is a defect, though the arrays still add up."""
    monkeypatch.setattr(xz.GrowthAccounts, "_renamed", lambda self, name: "capital")
    with pytest.raises(EstimationError, match="XZ-301"):
        GROSS_OUTPUT.fit(klems)


def test_changes_and_means_of_a_step():
    """By hand: ln 2, the mean of 1 and 2; nothing without a row before, or of a level that is not positive."""
    levels, before, end = np.array([[1.0, 4.0], [2.0, 0.0]]), np.array([0, -1]), np.array([1, 0])
    np.testing.assert_array_equal(log_changes(levels, before, end), [[np.log(2.0), np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(two_year_means(levels, before, end), [[1.5, 2.0], [np.nan, np.nan]])
