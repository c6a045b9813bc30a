"""EventStudy: estimators against dummies by hand and pyfixest, a known truth, invariances, sample, checks, words."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from scipy.stats import t as student

import xinzhi as xz
from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.method import Term
from xinzhi.regions.regressions.event_study import EventStudy
from xinzhi.regions.regressions.events import inference as event_inference
from xinzhi.regions.regressions.events.checks import Dealt, average_weights, goodman_bacon, permuted
from xinzhi.regions.regressions.events.design import EventWindow, Rule, designed
from xinzhi.regions.regressions.events.estimators import sample_of, two_stage
from xinzhi.regions.regressions.events.inference import average_of, lead_test, simultaneous

ITERATED = 1e-8
"""Least squares by pyfixest's projections (tolerance 1e-12) against dummies by hand."""
EXACT = 1e-10
"""The same numbers by two direct ways."""
ITS_OWN = 1e-5
"""What the projections of pyfixest's did2s leave: their tolerance, 1e-6, cannot be set."""
COHORTS = (np.nan, 2004.0, 2006.0, 2008.0)


def effect(year, first):
    """Effects that grow with the years since treatment, twice as much in the earliest cohort."""
    return np.where(year >= first, (1.0 + 0.4 * (year - np.nan_to_num(first))) * np.where(first == 2004, 2.0, 1.0), 0.0)


def frame(seed=0, units=40, years=12, cohorts=COHORTS, noise=0.5, share=1.0):
    rng = np.random.default_rng(seed)
    first = np.repeat(np.resize(cohorts, units), years)
    year = np.tile(np.arange(2000, 2000 + years), units)
    x = rng.normal(size=year.size)
    y = np.repeat(rng.normal(size=units), years) + 0.3 * np.sin(year) + noise * (rng.normal(size=year.size) + x)
    names = np.repeat([f"u{k:03}" for k in range(units)], years)
    region = np.repeat([f"r{k % 20:02}" for k in range(units)], years)
    data = pd.DataFrame({"u": names, "t": year, "g": first, "y": y + effect(year, first), "x": x, "region": region})
    return data[rng.random(len(data)) < share].reset_index(drop=True)


def fit(data=None, **settings):
    given = {"outcome": "y", "first_treated": "g", "placebo": 0} | settings
    panel = xz.Panel(frame() if data is None else data, unit="u", time="t")
    return EventStudy(**given).fit(panel)


# By hand --------------------------------------------------------------------------------------


def indicators(values):
    return (np.asarray(values)[:, None] == np.unique(values)).astype(float)


def clustered(z, y, cluster):
    """Coefficients of y on z, and their covariance by clusters without any factor."""
    bread = np.linalg.pinv(z.T @ z)
    b = bread @ z.T @ y
    scores = np.array([z[cluster == g].T @ (y - z @ b)[cluster == g] for g in np.unique(cluster)])
    return b, bread @ scores.T @ scores @ bread


def by_dummies(data, columns, cluster="u"):
    """Effects of columns with units, years and x as dummies, and their covariance by clusters (CRV1)."""
    z = np.column_stack([columns, data["x"], indicators(data["u"]), indicators(data["t"])[:, 1:]])
    b, v = clustered(z, data["y"].to_numpy(), data[cluster].to_numpy())
    n, k, g = len(data), columns.shape[1], data[cluster].nunique()
    factor = g / (g - 1) * (n - 1) / (n - k - 1 - data["t"].nunique())
    return b[:k], v[:k, :k] * factor


def cells(data, by_cohort):
    """Cohort and event time of the effects, a dummy of each, and how many rows lie in each."""
    event = data["t"] - data["g"]
    pairs = sorted({(g if by_cohort else 0.0, e) for g, e in zip(data["g"], event, strict=True) if e == e and e != -1})
    columns = [((data["g"] == g) | (not by_cohort)) & (event == e) for g, e in pairs]
    columns = np.column_stack(columns).astype(float)
    return np.array(pairs), columns, columns.sum(axis=0)


@pytest.mark.parametrize("cluster", ["u", "region"])
@pytest.mark.parametrize("estimator", ["saturated", "twfe"])
def test_least_squares_is_that_with_dummies(estimator, cluster):
    """Sun and Abraham (2021): regress on cohort times event time, then average by rows."""
    data = frame(1, share=0.85)
    pairs, columns, count = cells(data, estimator == "saturated")
    b, v = by_dummies(data, columns, cluster)
    found = fit(
        data, estimator=estimator, controls=("x",), errors="clustered" if cluster == "u" else xz.Clustered(by=cluster)
    )
    for at, time in enumerate(found.path.time):
        mine = np.where(pairs[:, 1] == time, count, 0.0) / max(count[pairs[:, 1] == time].sum(), 1.0)
        assert found.path.estimate[at] == pytest.approx(mine @ b, abs=ITERATED)
        if time != -1:
            assert found.path.error[at] == pytest.approx(np.sqrt(mine @ v @ mine), abs=ITERATED)
    after = np.where(pairs[:, 1] >= 0, count, 0.0)
    after /= after.sum()
    assert found.average.estimate == pytest.approx(after @ b, abs=ITERATED)
    assert found.average.error == pytest.approx(np.sqrt(after @ v @ after), abs=ITERATED)
    clusters = data[cluster].nunique()
    wide = student.ppf(0.975, clusters - 1) * found.average.error
    assert found.average.high - found.average.estimate == pytest.approx(wide, abs=EXACT)
    if estimator == "saturated":
        table = found.cohort_effects
        assert np.column_stack([table.cohort, table.time]).tolist() == pairs.tolist()
        assert table.estimate == pytest.approx(b, abs=ITERATED)
        assert table.error == pytest.approx(np.sqrt(np.diag(v)), abs=ITERATED)


def test_two_stages_are_those_with_dummies():
    """Gardner (2022): both stages by hand, covariance of the second with the scores of the first."""
    data = frame(2, share=0.8)
    y, unit, treated = data["y"].to_numpy(), data["u"].to_numpy(), (data["t"] >= data["g"]).to_numpy()
    z = np.column_stack([data["x"], indicators(unit), indicators(data["t"])[:, 1:]])
    z0 = z * ~treated[:, None]
    first = y - z @ np.linalg.lstsq(z0, y * ~treated, rcond=None)[0]
    event = (data["t"] - data["g"]).to_numpy()
    times = np.unique(event[np.isfinite(event)])
    d = (event[:, None] == times).astype(float)
    beta = d.T @ first / d.sum(axis=0)
    second = first - d @ beta
    carry = d.T @ z @ np.linalg.pinv(z0.T @ z0)
    scores = [d[m].T @ second[m] - carry @ z0[m].T @ first[m] for m in (unit == one for one in np.unique(unit))]
    scores = np.array(scores) / d.sum(axis=0)
    found = fit(data, estimator="did2s", controls=("x",))
    assert found.path.time.tolist() == times.tolist()
    assert found.path.estimate == pytest.approx(beta, abs=EXACT)
    assert found.path.covariance == pytest.approx(scores.T @ scores, abs=EXACT)


def by_pyfixest(function, data, **settings):
    import pyfixest as pf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = data.assign(g=data["g"].fillna(0).astype(int), unit=data["u"].astype("category").cat.codes)
        return function(pf, data.drop(columns="u"), **settings)


def test_pyfixest_averages_the_same_effects():
    """pyfixest 0.60, event_study(estimator="saturated").aggregate()."""
    data = frame(3)
    keys = {"yname": "y", "idname": "unit", "tname": "t", "gname": "g", "cluster": "unit"}
    expected = by_pyfixest(lambda pf, d: pf.event_study(d, estimator="saturated", **keys).aggregate(), data)
    path = fit(data).path
    kept = ~path.base
    assert expected.index.tolist() == path.time[kept].tolist()
    assert path.estimate[kept] == pytest.approx(expected["Estimate"].to_numpy(dtype=float), abs=1e-6)
    assert path.error[kept] == pytest.approx(expected["Std. Error"].to_numpy(dtype=float), rel=1e-6)


def test_pyfixest_has_the_same_two_stages():
    """pyfixest 0.60, did2s; it fails where a unit has one untreated row, and leaves out the event time -1."""
    data = frame(4).assign(rel=lambda d: (d["t"] - d["g"]).fillna(-1.0), treat=lambda d: d["t"] >= d["g"])
    settings = {"first_stage": "~0|unit+t", "second_stage": "~i(rel,ref=-1.0)", "treatment": "treat"}
    fitted = by_pyfixest(lambda pf, d: pf.did2s(d, yname="y", cluster="unit", **settings), data)
    path = fit(data[["u", "t", "g", "y"]], estimator="did2s").path
    kept = path.time != -1
    assert path.estimate[kept] == pytest.approx(fitted.coef().to_numpy(), abs=ITS_OWN)
    assert path.error[kept] == pytest.approx(np.sqrt(np.diag(fitted._vcov)), rel=ITS_OWN)


# The truth ------------------------------------------------------------------------------------


def true_average(data):
    rows = data[data["t"] >= data["g"]]
    return effect(rows["t"].to_numpy(), rows["g"].to_numpy()).mean()


@pytest.mark.parametrize("share", [1.0, 0.85])
def test_robust_estimators_find_effects_that_differ_and_two_way_effects_do_not(share):
    """All are linear in the outcome, so that without noise an estimate is its expectation: no draws are needed."""
    data = frame(5, noise=0.0, share=share)
    truth = true_average(data)
    event = data["t"] - data["g"]
    effects = {time: effect(rows["t"], rows["g"].to_numpy()).mean() for time, rows in data.groupby(event)}
    for estimator in ("saturated", "did2s"):
        found = fit(data, estimator=estimator)
        assert found.average.estimate == pytest.approx(truth, abs=ITERATED)
        assert found.path.estimate == pytest.approx([effects[time] for time in found.path.time], abs=ITERATED)
    mixed = fit(data, estimator="twfe")
    lead = mixed.path.time < -1
    assert np.abs(mixed.path.estimate[lead]).max() > 0.5, "leads although trends are parallel"
    if share == 1.0:
        assert mixed.bacon.coefficient < 0.7 * truth, "the static estimate: untreated trends are mistaken"


def simulated(rng, rule, *, units, years=10, persistence=0.5):
    """Yield design, sample and true effects of cells, of errors that hang together over the years."""
    first = np.repeat(np.resize([np.inf, np.inf, 2003.0, 2005.0, 2007.0], units), years)
    unit, year = np.repeat(np.arange(units), years), np.tile(np.arange(2000, 2000 + years), units)
    design = designed(unit, year, first, np.ones(year.size, dtype=bool), rule=rule)
    noise = rng.normal(size=(units, years))
    for k in range(1, years):
        noise[:, k] = persistence * noise[:, k - 1] + np.sqrt(1 - persistence**2) * noise[:, k]
    known = np.where(year >= first, 1.0 + 0.4 * (year - np.where(np.isfinite(first), first, 0.0)), 0.0)
    y = np.repeat(rng.normal(size=units), years) + noise.ravel() + known
    sample = sample_of(design, y, np.zeros((y.size, 0)), (unit, year, unit), year >= first)
    return design, sample, known[design.used]


def test_intervals_of_two_stages_cover(monkeypatch):
    """60 units, 200 samples: a share of 0.95 has a standard error of 0.015; see the slow test for more."""
    monkeypatch.setattr(event_inference, "DRAWS", 1000)
    rng, rule, hits, whole = np.random.default_rng(6), Rule("did2s", "never", EventWindow()), [], []
    for _ in range(200):
        design, sample, known = simulated(rng, rule, units=60)
        weights = design.averages()[1]
        found = two_stage(sample, [])
        truth = np.array([known[sample.cell == k].mean() for k in range(sample.cells)])
        estimate, variance = weights @ found.effects, weights @ found.covariance @ weights.T
        average = average_of(float(estimate[-1]), float(np.sqrt(variance[-1, -1])), 59, 0.95)
        hits.append(average.low <= weights[-1] @ truth <= average.high)
        path = variance[:-1, :-1]
        critical = simultaneous(path, 59, level=0.95, draw=rng)
        whole.append((np.abs(estimate - weights @ truth)[:-1] <= critical * np.sqrt(np.diag(path))).all())
    assert 0.90 < np.mean(hits) < 0.995
    assert 0.87 < np.mean(whole) < 0.995


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["saturated", "did2s"])
def test_coverage_and_size_through_the_method(estimator):
    """200 samples of 60 units in 3 cohorts; 400 gave 0.96 for the average, 0.94 for the path, and 0.06 to 0.07."""
    rng, hits, whole, rejected = np.random.default_rng(7), [], [], []
    for seed in range(200):
        _, sample, known = simulated(rng, Rule(estimator, "never", EventWindow()), units=60)
        first = np.repeat(np.resize([np.nan, np.nan, 2003.0, 2005.0, 2007.0], 60), 10)
        data = pd.DataFrame({"u": np.repeat([f"u{k:02}" for k in range(60)], 10), "g": first, "y": sample.y})
        data["t"] = np.tile(np.arange(2000, 2010), 60)
        panel = xz.Panel(data, unit="u", time="t")
        found = EventStudy(outcome="y", first_treated="g", estimator=estimator, placebo=0).fit(panel, seed=seed)
        truth = known[known > 0].mean()
        hits.append(found.average.low <= truth <= found.average.high)
        true_path = np.where(found.path.time >= 0, 1.0 + 0.4 * found.path.time, 0.0)
        kept = ~found.path.base
        whole.append(((found.path.low_all <= true_path) & (true_path <= found.path.high_all))[kept].all())
        rejected.append(found.leads.p < 0.05)
    assert 0.91 < np.mean(hits) < 0.99
    assert 0.89 < np.mean(whole) < 0.99
    assert np.mean(rejected) < 0.11


# Inference ------------------------------------------------------------------------------------


def test_simultaneous_critical_values():
    """Of k independent estimates with many clusters the normal quantile at level^(1/k); of equal ones Student's t."""
    draw = np.random.default_rng(1)
    independent = simultaneous(np.diag([1.0, 4.0, 9.0, 16.0]), 10**6, level=0.95, draw=draw)
    assert independent == pytest.approx(norm.ppf((1 + 0.95**0.25) / 2), abs=0.03)
    equal = simultaneous(np.ones((5, 5)), 12, level=0.9, draw=draw)
    assert equal == pytest.approx(student.ppf(0.95, 12), abs=0.04)
    assert np.isnan(simultaneous(np.zeros((0, 0)), 12, level=0.9, draw=draw))


def test_lead_test_is_hotellings():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(15, 3)) + 0.4
    mean, covariance = draws.mean(axis=0), np.cov(draws.T) / 15
    found = lead_test(mean, covariance, 15)
    distance = mean @ np.linalg.inv(covariance) @ mean
    assert found.statistic == pytest.approx(distance * 12 / (14 * 3), rel=EXACT)
    assert (found.leads, found.freedom) == (3, 12)
    for bad in (np.ones((3, 3)), np.diag([1.0, 0.0, 1.0]), np.full((3, 3), np.nan)):
        assert np.isnan(lead_test(mean, bad, 15).p)
    assert np.isnan(lead_test(mean, covariance, 3).p)


def test_one_treated_cluster_has_no_standard_error():
    data = frame(8, units=30, cohorts=(np.nan,) * 29 + (2006.0,))
    found = fit(data)
    assert np.isnan(found.average.error)
    assert np.isnan(found.average.p)
    assert np.isnan(found.path.error).all()
    assert np.isnan(found.path.critical)
    assert np.isnan(found.leads.p)
    assert found.figures()
    assert "not tested" in found.summary()
    mixed = fit(frame(8, units=31, cohorts=(np.nan, 2004.0) * 15 + (2009.0,)))
    assert np.isnan(mixed.cohort_effects.error[mixed.cohort_effects.cohort == 2009]).all()
    assert np.isfinite(mixed.average.error)


# Invariances ----------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", ["saturated", "did2s", "twfe"])
def test_invariances(estimator):
    data = frame(9, share=0.9)
    kind = {"estimator": estimator, "controls": ("x",), "placebo": 4}
    found = fit(data, **kind)

    def same(other, factor=1.0):
        assert other.path.estimate == pytest.approx(factor * found.path.estimate, abs=factor * ITERATED)
        assert other.average.error == pytest.approx(factor * found.average.error, rel=ITERATED)
        assert other.leads.p == pytest.approx(found.leads.p, abs=ITERATED)
        assert other.placebo.p == found.placebo.p

    same(fit(data.assign(y=1e6 * data["y"], x=1e-6 * data["x"]), **kind), 1e6)
    same(fit(data.sample(frac=1.0, random_state=1), **kind))
    own = data["u"].astype("category").cat.codes.to_numpy()
    shifted = data.assign(y=data["y"] + 10.0 * np.sin(own) + np.cos(data["t"]))
    same(fit(shifted, **kind))
    renamed = fit(data.assign(u="z" + data["u"].str[1:]), **kind)
    same(renamed)
    later = fit(data.assign(t=data["t"] + 100, g=data["g"] + 100), **kind)
    same(later)


def test_one_cohort_makes_saturated_and_two_way_the_same():
    data = frame(10, cohorts=(np.nan, 2005.0))
    one, other = fit(data), fit(data, estimator="twfe")
    assert one.path.estimate == pytest.approx(other.path.estimate, abs=EXACT)
    assert one.path.covariance == pytest.approx(other.path.covariance, abs=EXACT, nan_ok=True)
    mean = data.assign(treated=data["g"].notna()).groupby(["treated", "t"])["y"].mean()
    gap = mean[True] - mean[False]
    assert one.path.estimate == pytest.approx((gap - gap[2004]).to_numpy(), abs=EXACT)


# The sample -----------------------------------------------------------------------------------


def test_the_cohort_treated_last_as_comparison():
    """Sun and Abraham (2021): its treated years leave the sample, its other years are those of units never treated."""
    data = frame(11)
    cut = data[data["t"] < 2008]
    never = cut.assign(g=cut["g"].where(cut["g"] < 2008))
    found, expected = fit(data, comparison="last_treated"), fit(never)
    assert found.path.estimate == pytest.approx(expected.path.estimate, abs=EXACT)
    assert found.average.error == pytest.approx(expected.average.error, abs=EXACT)
    rows = found.tidy()
    assert set(rows.loc[rows["time"] >= 2008, "reason"]) == {"the comparison units are treated by then"}
    treated = data[data["g"].notna()]
    with pytest.raises(DataError, match="last_treated") as caught:
        fit(treated)
    assert caught.value.code == "XZ-287"
    assert fit(treated, comparison="last_treated").diagnostics["treated_units"] == 20


def test_units_treated_after_the_last_year_serve_as_comparison():
    data = frame(12, cohorts=(2004.0, 2006.0, 2030.0))
    never = data.assign(g=data["g"].where(data["g"] < 2030))
    found = fit(data, estimator="did2s")
    assert found.path.estimate.tolist() == fit(never, estimator="did2s").path.estimate.tolist()
    assert found.tables()[3].columns()["role"] == ["effect estimated", "effect estimated", "comparison"]


def test_who_is_left_out_stays_with_a_reason():
    data = frame(13, cohorts=(np.nan, 2004.0, 2000.0, 2006.0))
    found = fit(data)
    rows = found.tidy()
    always = rows[rows["unit"] == "u002"]
    assert set(always["reason"]) == {"treated in all its years"}
    assert set(always["status"]) == {"left_out"}
    without = fit(data[data["g"] != 2000.0])
    assert found.path.estimate == pytest.approx(without.path.estimate, abs=EXACT)
    assert "left out: treated in all its years" in found.tables()[3].columns()["role"]
    left = next(table for table in found.tables() if table.name == "left_out")
    assert left.rows[0][0] == "u002"


def test_years_without_untreated_rows_are_not_imputed():
    data = frame(14, cohorts=(2004.0, 2006.0, 2008.0))
    rows = fit(data, estimator="did2s").tidy()
    late = rows[rows["time"] >= 2008]
    assert set(late["status"]) == {"not_identified"}
    assert set(late["reason"]) == {"no untreated unit in this year"}


def test_base_period_and_ends_of_the_window():
    data = frame(15)
    binned = fit(data, events=EventWindow(leads=3, lags=2))
    assert binned.path.time.tolist() == [-3, -2, -1, 0, 1, 2]
    assert binned.path.behind.rows.sum() == data["g"].notna().sum()
    event = data["t"] - data["g"]
    dropped = fit(data, events=EventWindow(leads=3, lags=2, endpoints="dropped"))
    inside = data[event.isna() | event.between(-3, 2)]
    assert dropped.path.estimate == pytest.approx(fit(inside).path.estimate, abs=EXACT)
    rows = dropped.tidy()
    assert (rows["reason"] == "event time outside the window").sum() == len(data) - len(inside)
    other = fit(data, events=EventWindow(base=-2))
    assert other.path.base.tolist() == (other.path.time == -2).tolist()
    short = data[~((data["g"] == 2004) & (data["t"] == 2002))]
    reasons = fit(short, events=EventWindow(base=-2)).tidy()
    assert set(reasons.loc[reasons["unit"] == "u001", "reason"]) == {"no year of its cohort at the base period"}


def test_parts_add_up_and_event_times_are_listed():
    found = fit(frame(16), controls=("x",))
    rows = found.tidy()
    total = rows["counterfactual"] + rows["effect"] + rows["residual"]
    assert total.to_numpy() == pytest.approx(rows["outcome"].to_numpy(), abs=EXACT)
    assert (rows.loc[rows["treated"] == 0, "effect"][rows["unit"] == "u000"] == 0).all()
    listed = found.tables()[-1].columns()
    assert listed["event_time"][12] == -4
    assert np.isnan(found.event[:12]).all()


def test_window_of_years_and_logs():
    data = frame(17)
    found, part = fit(data, window=(2002, 2009), estimator="did2s"), data[data["t"].between(2002, 2009)]
    assert found.path.estimate == pytest.approx(fit(part, estimator="did2s").path.estimate, abs=EXACT)
    levels = fit(data.assign(y=np.exp(data["y"])), logs=("y",), estimator="did2s")
    assert levels.path.estimate == pytest.approx(fit(data, estimator="did2s").path.estimate, abs=ITERATED)
    assert levels.outcome == "ln y"


def test_zeros_and_ones_give_the_same_dates():
    data = frame(18)
    dated = data.assign(d=(data["t"] >= data["g"]) * 1.0)
    found = fit(dated, first_treated=None, treated="d", estimator="did2s")
    assert found.path.estimate.tolist() == fit(data, estimator="did2s").path.estimate.tolist()
    late = fit(dated, first_treated=None, treated="d", window=(2005, 2011), estimator="did2s")
    assert set(late.tidy().loc[late.tidy()["unit"] == "u001", "reason"]) == {"treated in all its years"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.assign(g=d["g"].fillna(0.0)), "u000: 0"),
        (lambda d: d.assign(g=d["g"] + 0.5), "2004.5"),
        (lambda d: d.assign(g=d["g"].where(d["t"] > 2003)), "u001"),
        (lambda d: d.assign(g=np.nan), "no treated unit"),
        (lambda d: d.assign(g=2000.0), "no treated unit"),
    ],
)
def test_dates_that_cannot_be_used(change, words):
    with pytest.raises(DataError, match=words) as caught:
        fit(change(frame()))
    assert caught.value.code == "XZ-287"


@pytest.mark.parametrize(
    ("cells", "words"),
    [([0, 1, 0, 1], "untreated again"), ([0, 0, 2, 1], "2"), ([0, np.nan, 1, 1], "2002")],
)
def test_indicators_that_cannot_be_used(cells, words):
    data = pd.DataFrame({"u": list("aaaabbbb"), "t": [2000, 2001, 2002, 2003] * 2, "y": np.arange(8.0) ** 2})
    with pytest.raises(DataError, match=words) as caught:
        fit(data.assign(d=[*cells, 0, 0, 0, 0]), first_treated=None, treated="d")
    assert caught.value.code == "XZ-287"


def test_what_is_not_identified_is_named():
    data = frame(19)
    for estimator in ("saturated", "did2s"):
        with pytest.raises(DataError, match="size") as caught:
            fit(data.assign(size=data["u"].str[1:].astype(float)), controls=("size",), estimator=estimator)
        assert caught.value.code == "XZ-285"
    treated = data[data["g"].notna()]
    with pytest.raises(DataError, match="event time") as caught:
        fit(treated, estimator="twfe")
    assert caught.value.code == "XZ-285"
    assert np.isfinite(fit(treated, estimator="twfe", events=EventWindow(leads=4)).average.error)


@pytest.mark.parametrize("estimator", ["saturated", "did2s"])
def test_an_outcome_without_variation_and_a_single_cluster_are_refused(estimator):
    data = frame().assign(one="a", year=lambda d: d["t"] * 1.0)
    for settings, words in (
        ({"outcome": "year"}, "no variation of year"),
        ({"errors": xz.Clustered(by="one")}, "one cluster"),
    ):
        with pytest.raises(DataError, match=words) as caught:
            fit(data, estimator=estimator, **settings)
        assert caught.value.code == "XZ-285"


def test_small_numbers_are_shown_with_their_digits():
    data = frame(27)
    found = fit(data.assign(y=1e-6 * data["y"]), estimator="did2s")
    assert found.places == 10
    assert f"{found.average.estimate:.10f}" in found.summary()
    tiny = fit(data.assign(y=1e-9 * data["y"]), estimator="did2s")
    assert f"{tiny.average.estimate:.13f}" in tiny.summary()
    rows = {field.key: field.decimals for field in tiny.tables()[-1].fields}
    assert rows["outcome"] >= 11


@pytest.mark.parametrize(
    "settings",
    [
        {"first_treated": None},
        {"treated": "x"},
        {"logs": ("z",)},
        {"controls": ("y",)},
        {"estimator": "did2s", "comparison": "last_treated"},
        {"events": {"base": 0}},
        {"events": {"leads": 2, "base": -3}},
        {"placebo": -1},
    ],
)
def test_settings_that_make_no_sense(settings):
    with pytest.raises(UsageError) as caught:
        fit(**settings)
    assert caught.value.code == "XZ-103"


# Goodman-Bacon --------------------------------------------------------------------------------


@pytest.mark.parametrize("cohorts", [COHORTS, (2004.0, 2006.0, 2008.0), (np.nan, 2005.0)])
def test_the_static_estimate_is_the_sum_of_its_pairs(cohorts):
    data = frame(20, cohorts=cohorts, units=36)
    found = goodman_bacon(
        data["y"].to_numpy().reshape(36, 12), data["g"].fillna(np.inf).to_numpy()[::12], np.arange(2000, 2012)
    )
    treatment = (data["t"] >= data["g"]).to_numpy().astype(float)
    z = np.column_stack([treatment, indicators(data["u"]), indicators(data["t"])[:, 1:]])
    static = np.linalg.lstsq(z, data["y"].to_numpy(), rcond=None)[0][0]
    assert found.coefficient == pytest.approx(static, abs=EXACT)
    assert found.weight @ found.estimate == pytest.approx(static, abs=EXACT)
    assert found.weight.sum() == pytest.approx(1.0, abs=EXACT)
    assert (found.weight > 0).all()
    assert found.gap < EXACT


def test_published_weights():
    """R bacondecomp, example of castle doctrine laws: .05976, .03190, .90834. Weights depend on dates alone.

    Dates of Cheng and Hoekstra (2013), 50 states, 2000 to 2010: 2005 one state, 2006 thirteen, 2007 four, 2008 two,
    2009 one.
    """
    first = np.repeat([2005.0, 2006.0, 2007.0, 2008.0, 2009.0, np.inf], [1, 13, 4, 2, 1, 29])
    found = goodman_bacon(np.random.default_rng(0).normal(size=(50, 11)), first, np.arange(2000, 2011))
    assert [round(found.share(kind), 5) for kind in ("not_yet", "already", "never")] == [0.05976, 0.0319, 0.90834]


def test_pairs_are_differences_in_differences():
    data = frame(21)
    found = fit(data, estimator="did2s").bacon
    mean = data.groupby([data["g"].fillna(0), "t"])["y"].mean()

    def gap(one, other, years):
        return np.mean([mean[one, t] - mean[other, t] for t in years])

    pairs = dict(zip(zip(found.kind, found.treated, found.against, strict=True), found.estimate, strict=True))
    assert len(pairs) == 9
    never = gap(2006, 0, range(2006, 2012)) - gap(2006, 0, range(2000, 2006))
    early = gap(2004, 2008, range(2004, 2008)) - gap(2004, 2008, range(2000, 2004))
    late = gap(2008, 2004, range(2008, 2012)) - gap(2008, 2004, range(2004, 2008))
    assert pairs["never", 2006, 0] == pytest.approx(never, abs=EXACT)
    assert pairs["not_yet", 2004, 2008] == pytest.approx(early, abs=EXACT)
    assert pairs["already", 2008, 2004] == pytest.approx(late, abs=EXACT)


def test_the_decomposition_needs_a_balanced_part_in_which_treatment_varies():
    data = frame(22)
    gone = data[~((data["u"] == "u001") & (data["t"] == 2003))]
    found = fit(gone, estimator="did2s")
    assert found.bacon.units == 39
    assert any("39 units" in note for table in found.tables() for note in table.notes)
    assert goodman_bacon(np.ones((3, 4)), np.full(3, np.inf), np.arange(4)) is None


# Placebo --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        Rule("saturated", "never", EventWindow()),
        Rule("saturated", "last_treated", EventWindow(leads=3)),
        Rule("did2s", "never", EventWindow(leads=3, endpoints="dropped")),
    ],
)
def test_weights_that_go_with_the_dates_are_those_found_again(rule):
    data = frame(23, units=20)
    rows = Dealt(
        np.repeat(np.arange(20), 12),
        data["t"].to_numpy(),
        np.ones(240, dtype=bool),
        data["y"].to_numpy(),
        np.zeros((240, 0)),
    )
    assert rows.even
    first = data["g"].fillna(np.inf).to_numpy()[::12]
    weights = average_weights(rows, first, rule)
    order = np.random.default_rng(1).permutation(20)
    again = average_weights(rows, first[order], rule)
    assert weights.reshape(20, -1)[order].ravel() == pytest.approx(again, abs=EXACT)
    found = fit(data, estimator=rule.estimator, comparison=rule.comparison, events=rule.events)
    assert weights @ rows.y == pytest.approx(found.average.estimate, abs=ITERATED)


@pytest.mark.parametrize("estimator", ["saturated", "did2s", "twfe"])
def test_the_estimate_is_that_of_the_placebo_with_the_dates_as_they_are(estimator):
    data = frame(24, share=0.85)
    panel = xz.Panel(data, unit="u", time="t")
    x = panel.array("x")
    rows = Dealt(panel.code, panel.when, np.ones(len(panel), dtype=bool), panel.values("y"), x)
    assert not rows.even
    first = np.array([panel.values("g")[panel.code == k][0] for k in range(panel.units.size)])
    window = EventWindow(leads=3, lags=3, endpoints="dropped")
    weights = average_weights(rows, np.where(np.isnan(first), np.inf, first), Rule(estimator, "never", window))
    found = fit(data, estimator=estimator, controls=("x",), events=window)
    assert weights @ rows.y == pytest.approx(found.average.estimate, abs=ITERATED)


def test_p_of_the_placebo_is_uniform_without_effect():
    """19 draws: p is one of twenty numbers with equal chance; of 400 samples 20 have 0.05, standard error 4.4."""
    rng, rule, ps = np.random.default_rng(3), Rule("saturated", "never", EventWindow()), []
    unit, year = np.repeat(np.arange(12), 6), np.tile(np.arange(6), 12)
    for seed in range(400):
        y = rng.normal(size=(12, 6)).cumsum(axis=1).ravel()
        rows = Dealt(unit, year, np.ones(72, dtype=bool), y, np.zeros((72, 0)))
        first = rng.permutation(np.resize([np.inf, 2.0, 4.0], 12))
        ps.append(permuted(rows, first, rule=rule, draws=19, run=Run(seed=seed)).p)
    assert 8 <= np.sum(np.array(ps) <= 0.05 + 1e-9) <= 34
    assert np.mean(ps) == pytest.approx(0.525, abs=0.05)


def test_placebo_of_a_strong_effect():
    found = fit(placebo=99)
    assert found.placebo.p == 0.01
    assert found.placebo.draws.size == 99
    assert [chart.name for chart in found.figures()] == ["path", "placebo", "bacon"]
    panel = xz.Panel(frame(), unit="u", time="t")
    method = EventStudy(outcome="y", first_treated="g", estimator="did2s", placebo=30)
    one, same, other = (method.fit(panel, seed=seed) for seed in (1, 1, 2))
    assert one.placebo.draws.tolist() == same.placebo.draws.tolist() != other.placebo.draws.tolist()
    assert one.path.critical == same.path.critical != other.path.critical


# Words ----------------------------------------------------------------------------------------


def test_words_say_what_was_done():
    found = fit(placebo=19)
    assert "average effect after treatment" in found.summary()
    assert "does not show" in found.methods_text()
    assert "units never treated" in found.methods_text()
    assert [table.name for table in found.tables()] == [
        *("path", "average", "tests", "cohorts", "cohort_effects", "bacon", "bacon_pairs", "rows"),
    ]
    mixed = fit(estimator="twfe")
    assert "mixes effects" in mixed.summary()
    assert any("mixes effects" in note for note in mixed.tables()[0].notes)
    none = fit(frame(30).assign(y=np.random.default_rng(1).normal(size=480)), estimator="did2s")
    assert "no significant average effect" in none.summary()
    assert "which does not show parallel trends" in none.summary()


def test_trends_that_differ_are_told():
    data = frame(26)
    found = fit(data.assign(y=data["y"] + 0.5 * (data["t"] - 2000) * data["g"].notna()))
    assert "trends before treatment were not parallel" in found.summary()


def test_warnings():
    assert not fit(frame(25, units=60), estimator="did2s").warnings
    few = fit(frame(25, units=24), estimator="did2s").warnings
    assert few[0].startswith("XZ-475 24 clusters, 18 of them treated")
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent="index") for name in ("y", "x")],
        dimensions=[xz.Dimension(name="index")],
    )
    steps = [xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()]
    index = Term(method=xz.IndexSystem(framework=framework, steps=steps), column="index")
    shared = fit(frame(25, units=60), controls=(index,), estimator="did2s").warnings
    assert shared[0].startswith("XZ-474")


def test_what_is_not_tested_says_why():
    one = fit(frame(20, cohorts=(np.nan,) * 39 + (2006.0,)), placebo=19)
    assert "no significant" not in one.summary()
    assert ", not tested: one treated cluster stands behind it" in one.summary()
    assert "–" not in one.summary()
    tables = {table.name: " ".join(table.notes) for table in one.tables()}
    assert "No intervals: no event time has a standard error." in tables["path"]
    assert "nan" not in tables["path"]
    assert "not tested: one treated cluster" in tables["average"]
    assert "Leads are not tested together: the clusters leave them no joint covariance." in tables["tests"]
    assert "Placebo p 0." in one.summary()
    assert one.figures()
    few = fit(frame(20, units=8, years=20, cohorts=(np.nan, 2012.0)), estimator="twfe")
    assert "Leads are not tested together: 8 clusters are too few." in few.summary()
    none = fit(frame(20, cohorts=(np.nan, 2001.0)))
    assert "Leads are not tested together: there are none." in none.summary()
    flat = average_of(0.0, 0.0, 10, 0.95)
    assert np.isnan([flat.t, flat.p]).all()


def test_a_placebo_is_told_with_the_digits_that_its_draws_give():
    found = fit(placebo=19)
    assert found.summary().rpartition("Placebo p ")[2].strip().rstrip(".") == f"{found.placebo.p:.2f}"


def test_no_statistics_package_is_imported_for_a_fit():
    script = (
        "import sys, numpy, xinzhi.regions.regressions.events.pages, xinzhi.regions.regressions.thresholds.pages\n"
        "from xinzhi.regions.regressions.events.inference import average_of, lead_test\n"
        "average_of(1.0, 0.5, 9, 0.95), lead_test(numpy.ones(2), numpy.eye(2), 9)\n"
        "print('scipy.stats' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert told == "False\n"


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(UsageError, match="econometrics") as caught:
        fit()
    assert caught.value.code == "XZ-108"
    assert np.isfinite(fit(estimator="did2s").average.error)
