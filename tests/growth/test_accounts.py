"""Growth accounts: PWT's published TFP, the table of contributions, KLEMS, identities and invariances."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, EstimationError, UsageError, XinzhiError
from xinzhi.growth import HumanCapital
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
    units = {cell.unit for cell in accounts.log}
    published = ~np.isnan(accounts.panel.values("rtfpna"))
    with_tfp = set(accounts.panel.unit_names[published])
    never = with_tfp & {cell.unit for cell in accounts.log if cell.rule == "level of USA"}
    assert len(never) == 54, "54 of the 118 countries have no hours of their own (PWT 10.01)"
    assert {"CHN", "KEN", "MAR"} <= units
    assert {cell.rule for cell in accounts.log if cell.unit == "CHN"} == {"growth of USA spliced on"}


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


# Forms of the accounts --------------------------------------------------------------------------

SOLOW = """
.623 2.06 .335 1.000|.616 2.10 .330 .983|.647 2.17 .335 1.021|.652 2.21 .330 1.023|.680 2.23 .334 1.064
.682 2.20 .325 1.071|.669 2.26 .344 1.041|.700 2.34 .358 1.076|.679 2.21 .370 1.065|.729 2.22 .342 1.142
.767 2.47 .354 1.157|.721 2.58 .319 1.069|.770 2.55 .369 1.146|.788 2.49 .339 1.183|.809 2.61 .337 1.196
.836 2.74 .330 1.215|.872 2.81 .336 1.254|.869 2.87 .327 1.241|.871 2.93 .323 1.235|.874 3.02 .338 1.226
.895 3.06 .332 1.251|.880 3.30 .347 1.197|.904 3.33 .325 1.226|.879 3.28 .397 1.198|.869 3.10 .362 1.211
.921 3.00 .355 1.298|.943 2.87 .351 1.349|.982 2.72 .357 1.429|.971 2.71 .340 1.415|1.000 2.78 .331 1.445
1.034 2.66 .347 1.514|1.082 2.63 .357 1.590|1.122 2.58 .377 1.660|1.136 2.64 .356 1.665|1.180 2.62 .342 1.692
1.265 2.63 .332 1.812|1.296 2.66 .314 1.850|1.215 2.50 .312 1.769|1.194 2.50 .327 1.739|1.221 2.55 .332 1.767
1.275 2.70 .326 1.809
"""
"""Solow (1957), Review of Economics and Statistics 39(3), table 1, 1909 to 1949: output per man hour, capital per man
hour, share of property in income, A. Columns q, k, A as in Greene's table F7.2 (R Ecdat/Solow)."""

SOLOW_ROUNDING = 0.003  # A and q are printed to .001, k to .01; he takes percentage changes and the first year's share


@pytest.fixture(scope="module")
def solow():
    q, k, property_share, a = np.array(
        [[float(cell) for cell in row.split()] for row in SOLOW.strip().replace("\n", "|").split("|")]
    ).T
    frame = pd.DataFrame({"u": "USA", "t": np.arange(1909, 1950), "q": q, "k": k, "l": 1.0, "a": a})
    return frame.assign(labour=1 - property_share, property=property_share)


def test_solow_1957(solow):
    """A of every year but one; 1943 holds the slip of arithmetic that Hogan (1958) found, .0246 in logs."""
    share = xz.Share(part=("labour",), total=("labour", "property"))
    method = xz.GrowthAccounts(output="q", capital="k", labour="l", labour_share=share)
    tfp = method.fit(xz.Panel(solow, unit="u", time="t")).term("tfp")
    gap = tfp - np.diff(np.log(solow["a"]))
    slip = np.arange(1910, 1950) == 1943
    assert np.abs(gap[~slip]).max() < SOLOW_ROUNDING
    assert gap[slip] == pytest.approx(0.0246, abs=SOLOW_ROUNDING)


def test_solow_1957_share_of_technical_change(solow):
    """Published: 1 to 1.809, and 87 1/2 per cent of .623 to 1.275 due to technical change; corrected for 1943, 91.5."""
    q, a = solow["q"].to_numpy(), solow["a"].to_numpy()
    published = 1 - (q[-1] / a[-1] - q[0]) / (q[-1] - q[0])
    assert published == pytest.approx(0.8745, abs=5e-5)
    share = xz.Share(part=("labour",), total=("labour", "property"))
    method = xz.GrowthAccounts(output="q", capital="k", labour="l", labour_share=share)
    tfp = method.fit(xz.Panel(solow, unit="u", time="t")).term("tfp")
    without_slip = np.exp(tfp.sum() - tfp[1943 - 1910] + np.log(1.692 / 1.665))
    assert without_slip == pytest.approx(1.809, abs=0.03)  # forty steps, each rounded
    assert 1 - (q[-1] / np.exp(tfp.sum()) - q[0]) / (q[-1] - q[0]) == pytest.approx(0.915, abs=5e-4)


BOSWORTH_COLLINS = """
China 1978-2004    7.3 3.2 .3 3.6
China 1978-1993    6.4 2.4 .4 3.5
China 1993-2004    8.5 4.2 .3 3.9
India 1978-2004    3.3 1.3 .4 1.6
India 1978-1993    2.4  .9 .3 1.1
India 1993-2004    4.6 1.8 .4 2.3
Asia 1960-1980     4.0 2.2 .5 1.2
"""


@pytest.mark.parametrize("line", BOSWORTH_COLLINS.strip().splitlines())
def test_bosworth_collins_setup(line):
    """Bosworth and Collins (2008), table 1: output per worker; capital, education, TFP, compound rates to .1.

    Capital per worker and years of schooling are made to give the published contributions under capital's share .4
    and 7 % a year of schooling; TFP must come out, within the rounding of the other three (.05 each).
    """
    output, capital, education, tfp = (float(cell) for cell in line.split()[2:])
    t = np.arange(5)
    frame = pd.DataFrame(
        {
            "u": "A",
            "t": t,
            "y": np.exp(t * np.log1p(output / 100)),
            "k": np.exp(t * np.log1p(capital / 100) / 0.4),
            "l": 1.0,
            "s": 3.0 + t * np.log1p(education / 100) / 0.6 / np.log(1.07),
        }
    )
    schooling = xz.Term(method=HumanCapital(schooling="s", function="bosworth_collins"), column="human_capital")
    method = xz.GrowthAccounts(
        output="y",
        capital="k",
        labour=xz.Labour(persons="l", quality=schooling),
        labour_share=0.6,
        per="persons",
    )
    columns = method.fit(xz.Panel(frame, unit="u", time="t")).period_columns([(0, 4)])
    compound = {name: 100 * np.expm1(columns[name][0] / 100) for name in ("capital_deepening", "quality", "tfp")}
    assert compound["capital_deepening"] == pytest.approx(capital, abs=1e-9)
    assert compound["quality"] == pytest.approx(education, abs=1e-9)
    assert compound["tfp"] == pytest.approx(tfp, abs=0.05 * 4)


def test_balanced_growth_form(pwt, accounts):
    """By its formula (Klenow and Rodriguez-Clare): a/(1-a) dln(K/Y), quality, TFP/(1-a), on all of PWT, per hour."""
    result = PWT.model_copy(update={"per": "hours", "form": "balanced_growth"}).fit(pwt)
    steps, labsh = pwt.steps(), pwt.values("labsh")
    a = 1 - 0.5 * (labsh[steps.end] + labsh[steps.before])
    ratio = published_growth(pwt, "rkna") - published_growth(pwt, "rgdpna")
    expected = {
        "capital_output": a / (1 - a) * ratio,
        "quality": published_growth(pwt, "hc"),
        "augmenting_tfp": accounts.term("tfp") / (1 - a),
    }
    assert list(result.rows.terms) == ["growth", *expected]
    for name, values in expected.items():
        both = np.isfinite(values) & np.isfinite(result.term(name))
        assert both.sum() > 6000
        assert np.abs(values - result.term(name))[both].max() < ADDING_UP, name
    assert "labour-augmenting TFP by" in result.summary(xz.View(units=("CHN",), periods=((1978, 2019),)))
    assert result.figures(xz.View(units=("CHN",), periods=((1978, 2019),)))


def test_capital_that_tfp_calls_forth_is_tfp():
    """On a balanced path of Y = K^.3 (A L)^.7 with A growing by 2 %, all growth per person is labour-augmenting TFP."""
    t = np.arange(6)
    frame = pd.DataFrame({"u": "A", "t": t, "y": np.exp(0.02 * t), "k": 3 * np.exp(0.02 * t), "l": 5.0})
    method = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.7)
    plain, balanced = (
        method.model_copy(update={"form": form}).fit(xz.Panel(frame, unit="u", time="t"))
        for form in ("inputs", "balanced_growth")
    )
    np.testing.assert_allclose(plain.term("capital"), 0.3 * 0.02, atol=ADDING_UP)
    np.testing.assert_allclose(balanced.term("capital_output"), 0.0, atol=ADDING_UP)
    np.testing.assert_allclose(balanced.term("augmenting_tfp"), 0.02, atol=ADDING_UP)
    no_others = method.model_copy(update={"form": "balanced_growth", "labour_share": 0.0})
    with pytest.raises(DataError, match="share of the other inputs not positive"):
        no_others.fit(xz.Panel(frame, unit="u", time="t"))


@pytest.mark.parametrize("per", [None, "hours", "persons"])
@pytest.mark.parametrize("form", ["inputs", "balanced_growth"])
def test_a_markup_in_every_form(pwt, per, form):
    """dln Y = mu SUM c dln x + dln A: TFP is growth less mu times the inputs of the accounts, in every form exactly."""
    plain = PWT.fit(pwt)
    result = PWT.model_copy(update={"markup": 1.2, "per": per, "form": form}).fit(pwt)
    inputs = plain.term("growth") - plain.term("tfp")
    labsh, steps = pwt.values("labsh"), pwt.steps()
    share = 0.5 * (labsh[steps.end] + labsh[steps.before]) if form == "balanced_growth" else 1.0
    both = np.isfinite(plain.term("tfp"))
    assert np.abs(result.term("markup") - 0.2 * inputs / share)[both].max() < ADDING_UP
    assert np.abs(result.term(result.residual) - (plain.term("growth") - 1.2 * inputs) / share)[both].max() < ADDING_UP
    total = sum(result.term(name) for name in result.sources)
    assert np.abs(total - result.term("growth"))[both].max() < ADDING_UP


def test_a_column_of_markups_recovers_technology():
    """Simulated: Y = A X^1.25 with markup 1.25 and cost shares; accounts without the markup blame TFP for scale."""
    rng = np.random.default_rng(20261127)
    k, labour, a = rng.normal(0.02, 0.05, (3, 12)).cumsum(axis=1)
    output = np.exp(a + 1.25 * (0.4 * k + 0.6 * labour))
    frame = pd.DataFrame({"u": "A", "t": range(12), "y": output, "k": np.exp(k), "l": np.exp(labour), "mu": 1.25})
    method = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6, markup="mu")
    panel = xz.Panel(frame, unit="u", time="t")
    np.testing.assert_allclose(method.fit(panel).term("tfp"), np.diff(a), rtol=0, atol=ADDING_UP)
    number = method.model_copy(update={"markup": 1.25}).fit(panel)
    np.testing.assert_allclose(number.term("tfp"), np.diff(a), rtol=0, atol=ADDING_UP)
    frame.loc[3, "mu"] = np.nan
    rows = method.fit(xz.Panel(frame, unit="u", time="t")).rows
    assert rows.reason[2:4].tolist() == ["mu missing in 2 or 3", "mu missing in 3 or 4"]
    with pytest.raises(UsageError, match="markup"):
        xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6, markup=0.0)


def test_a_ledger_takes_plain_accounts():
    for changes in ({"markup": 1.1}, {"form": "balanced_growth"}):
        with pytest.raises(UsageError, match="no markup"):
            xz.Ledger(accounts=PWT.model_copy(update=changes))


def test_every_cell_of_the_hours_policy_is_logged(pwt, accounts):
    """Every row of PWT 10.01 without hours of its own is a cell of the log."""
    missing = np.isnan(pwt.values("avh"))
    assert len(accounts.log) == missing.sum()
    counted = f"XZ-401 policies filled {missing.sum()} missing cells of {len({c.unit for c in accounts.log})} units"
    assert accounts.warnings[0].startswith(counted)
    tables = {table.name: table for table in accounts.tables(xz.View(units=("CHN",), periods=((1960, 1972),)))}
    cells = tables["filled_cells"].columns()
    assert cells["year"] == list(range(1960, 1970))
    assert set(cells["rule"]) == {"growth of USA spliced on"}


def test_a_share_of_zero_leaves_no_infinity_in_balanced_growth():
    rows = [("A", 0, 1.0, 1.0, 0.0), ("A", 1, 1.1, 1.05, 0.0), ("B", 0, 1.0, 1.0, 0.5), ("B", 1, 1.1, 1.05, 0.5)]
    frame = pd.DataFrame(rows, columns=["u", "t", "y", "k", "s"]).assign(l=1.0)
    method = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share="s", form="balanced_growth")
    result = method.fit(xz.Panel(frame, unit="u", time="t"))
    assert result.rows.status.tolist() == ["non_positive", "ok"]
    assert all(not np.isinf(values).any() for values in result.rows.terms.values())


@pytest.mark.parametrize("wrong", [float("inf"), float("nan")])
def test_settings_are_finite_numbers(wrong):
    with pytest.raises(UsageError, match="finite number"):
        xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6, markup=wrong)
    with pytest.raises(UsageError, match="finite number"):
        xz.StraightLine(life=wrong)
