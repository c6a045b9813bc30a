"""A simulated world whose terms are known: the whole identity at once, with industries and frontiers."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError
from xinzhi.method.result import ADDING_UP

ECONOMIES, INDUSTRIES, YEARS = 14, 3, 8
EFFICIENT = 5  # economies on the frontier in every year: more than the decile rule averages (three of 14)
SHARE = np.array([0.7, 0.6, 0.5])  # labour's elasticity by industry, equal to its income share
FRONTIER = np.array([0.005, 0.03, 0.015])  # growth of best practice by industry
TRUTH = 1e-9  # sums of eight years of logs of levels of size 10


@pytest.fixture(scope="module")
def world():
    """Cobb-Douglas industries; known technology, known distance to it, workers and capital that move."""
    rng = np.random.default_rng([2026, 11, 24])
    persons = np.exp(
        rng.normal(0, 0.3, (ECONOMIES, INDUSTRIES, 1))
        + rng.normal(0.01, 0.04, (ECONOMIES, INDUSTRIES, YEARS)).cumsum(axis=2)
    )
    capital = np.exp(
        rng.normal(0, 0.5, (ECONOMIES, INDUSTRIES, 1))
        + rng.normal(0.03, 0.05, (ECONOMIES, INDUSTRIES, YEARS)).cumsum(axis=2)
    )
    gap = np.exp(rng.normal(-1, 0.5, (ECONOMIES, INDUSTRIES, 1))) + np.abs(
        rng.normal(0, 0.05, (ECONOMIES, INDUSTRIES, YEARS))
    )
    gap[:EFFICIENT] = 0.0
    t = np.arange(YEARS)
    s = SHARE[None, :, None]
    log_a = FRONTIER[None, :, None] * t - gap
    output = np.exp(log_a + (1 - s) * np.log(capital) + s * np.log(persons))
    price = np.exp(rng.normal(0, 0.1, (1, INDUSTRIES, YEARS)))
    nominal = output * price
    rows = [
        (
            f"E{e:02d}|I{i}",
            f"E{e:02d}",
            f"I{i}",
            y,
            output[e, i, y],
            capital[e, i, y],
            persons[e, i, y],
            nominal[e, i, y] * (1 - SHARE[i]),
            nominal[e, i, y] * SHARE[i],
        )
        for e in range(ECONOMIES)
        for i in range(INDUSTRIES)
        for y in range(YEARS)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "economy", "industry", "year", "y", "k", "n", "cap", "lab"])
    return frame, {"output": output, "capital": capital, "persons": persons, "nominal": nominal, "gap": gap}


@pytest.fixture(scope="module")
def result(world):
    accounts = xz.GrowthAccounts(
        output="y",
        capital="k",
        labour=xz.Labour(persons="n"),
        labour_share=xz.Share(part=("lab",), total=("cap", "lab")),
    )
    method = xz.Ledger(
        accounts=accounts,
        industries=xz.Industries(value_added=("cap", "lab"), economy="economy", industry="industry"),
        reference="all",
        best_practice="decile",
    )
    return method.fit(xz.Panel(world[0], unit="unit", time="year"))


def test_every_term_is_recovered(world, result):
    truth = world[1]
    w = truth["nominal"] / truth["nominal"].sum(axis=1, keepdims=True)
    mean = 0.5 * (w[:, :, 1:] + w[:, :, :-1])
    s = SHARE[None, :, None]
    d = {name: np.diff(np.log(truth[name]), axis=2) for name in ("output", "capital", "persons")}
    totals = {name: np.diff(np.log(truth[name].sum(axis=1)), axis=1) for name in ("capital", "persons")}
    a = np.diff(FRONTIER[None, :, None] * np.arange(YEARS) - truth["gap"], axis=2)
    base = w[:, :, :1]
    share_k, share_l = (mean * (1 - s)).sum(axis=1), (mean * s).sum(axis=1)
    expected = {
        "growth": (mean * d["output"]).sum(axis=1),
        "capital": share_k * totals["capital"],
        "employment": share_l * totals["persons"],
        "reallocation_capital": (mean * (1 - s) * d["capital"]).sum(axis=1) - share_k * totals["capital"],
        "reallocation_labour": (mean * s * d["persons"]).sum(axis=1) - share_l * totals["persons"],
        "technology": np.repeat((base * FRONTIER[None, :, None]).sum(axis=1), YEARS - 1, axis=1),
        "efficiency": (base * -np.diff(truth["gap"], axis=2)).sum(axis=1),
        "upgrading": ((mean - base) * a).sum(axis=1),
    }
    for name, values in expected.items():
        assert np.abs(result.term(name) - values.ravel()).max() < TRUTH, name


def test_the_whole_identity_adds_up(result):
    t = result.rows.terms
    tfp = t["technology"] + t["efficiency"] + t["upgrading"] + t["reallocation_capital"] + t["reallocation_labour"]
    assert np.abs(t["tfp"] - tfp).max() < ADDING_UP
    assert np.abs(t["growth"] - t["capital"] - t["employment"] - t["tfp"]).max() < ADDING_UP
    assert result.absent == {"technical": "no data envelope by industry", "mix": "no data envelope by industry"}


def test_adding_a_constant_to_all_industries_leaves_upgrading_unchanged(world, result):
    frame = world[0].copy()
    frame["y"] *= np.exp(0.02 * frame["year"])
    other = result.method.fit(xz.Panel(frame, unit="unit", time="year"))
    for name in ("upgrading", "upgrading_end"):
        assert np.abs(other.term(name) - result.term(name)).max() < ADDING_UP
    assert np.abs(other.term("technology") - result.term("technology") - 0.02).max() < ADDING_UP


def test_no_reallocation_when_all_industries_grow_alike(world, result):
    frame = world[0].copy()
    for column in ("k", "n"):
        first = frame[frame["year"] == 0].set_index("unit")[column]
        frame[column] = frame["unit"].map(first) * np.exp(0.03 * frame["year"])
    other = result.method.fit(xz.Panel(frame, unit="unit", time="year"))
    for name in ("reallocation_capital", "reallocation_labour"):
        assert np.abs(other.term(name)).max() < ADDING_UP


def test_a_missing_industry_makes_the_year_missing(world, result):
    frame = world[0].copy()
    frame.loc[(frame["unit"] == "E03|I1") & (frame["year"] == 4), "y"] = np.nan
    other = result.method.fit(xz.Panel(frame, unit="unit", time="year"))
    rows = (other.rows.unit == "E03") & np.isin(other.rows.time, [4, 5])
    assert (other.rows.status[rows] == "missing_data").all()
    assert np.isnan(other.term("tfp")[rows]).all()
    assert "E03|I1" in other.rows.reason[rows][0]
    assert (other.rows.status[~rows] == "ok").all()


def test_all_units_efficient_means_no_efficiency_and_no_mix(world):
    """With shares equal to the Cobb-Douglas elasticity and every unit on the frontier, efficiency and mix are zero."""
    frame = world[0][world[0]["industry"] == "I1"].copy()
    frame["y"] = frame["k"] ** 0.4 * frame["n"] ** 0.6 * np.exp(0.03 * frame["year"])
    panel = xz.Panel(frame, unit="economy", time="year")
    accounts = xz.GrowthAccounts(output="y", capital="k", labour="n", labour_share=0.6)
    result = xz.Ledger(accounts=accounts, reference="all", best_practice="max").fit(panel)
    assert np.abs(result.term("efficiency")).max() < ADDING_UP
    assert np.abs(result.term("technology") - 0.03).max() < ADDING_UP


def test_sub_periods_of_tfp_add_up(result):
    parts = [result.period_columns([p]) for p in ((0, 3), (3, 7))]
    whole = result.period_columns([(0, 7)])
    for name in ("growth", "capital", "employment", "tfp", "reallocation_capital", "reallocation_labour"):
        assert np.abs(3 * parts[0][name] + 4 * parts[1][name] - 7 * whole[name]).max() < 100 * 7 * ADDING_UP


def industry_ledger(frame, **settings):
    accounts = xz.GrowthAccounts(output="y", capital="k", labour=xz.Labour(persons="n"), labour_share=0.6)
    industries = xz.Industries(value_added=("cap", "lab"), economy="economy", industry="industry")
    method = xz.Ledger(accounts=accounts, industries=industries, best_practice="none", **settings)
    return method.fit(xz.Panel(frame, unit="unit", time="year"))


def test_two_units_of_one_industry_are_refused(world):
    frame = world[0].copy()
    frame.loc[frame["industry"] == "I2", "industry"] = "I1"
    with pytest.raises(DataError, match="both 'I1' of 'E00'"):
        industry_ledger(frame)


def test_a_label_that_changes_or_is_missing_is_refused(world):
    for value in ("E99", None):
        frame = world[0].copy()
        frame.loc[(frame["unit"] == "E03|I1") & (frame["year"] > 4), "economy"] = value
        with pytest.raises(DataError, match="XZ-218"):
            industry_ledger(frame)


def test_an_industry_that_appears_late_has_no_mean_rate(world):
    frame = world[0]
    frame = frame[~((frame["unit"] == "E03|I1") & (frame["year"] < 3))]
    result = industry_ledger(frame)
    columns = result.by_industry((0, 7))
    late = [k for k in range(len(columns["unit"])) if (columns["unit"][k], columns["industry"][k]) == ("E03", "I1")]
    assert np.isnan([columns["tfp"][late[0]], columns["within"][late[0]]]).all()
    rates = result.period_columns([(0, 7)])
    assert rates["status"][rates["unit"].tolist().index("E03")] == "missing_data"


@pytest.mark.parametrize(("column", "value", "word"), [("cap", np.nan, "missing_data"), ("cap", -1e9, "non_positive")])
def test_value_added_that_is_missing_or_negative_is_a_status(world, column, value, word):
    frame = world[0].copy()
    frame.loc[(frame["unit"] == "E03|I1") & (frame["year"] == 4), column] = value
    result = industry_ledger(frame)
    rows = (result.rows.unit == "E03") & np.isin(result.rows.time, [4, 5])
    assert (result.rows.status[rows] == word).all()
    assert "value added" in result.rows.reason[rows][0]
    good = result.rows.status == "ok"
    assert all(np.isfinite(values[good]).all() for values in result.rows.terms.values())


def test_upgrading_is_the_sum_of_moving_weights(result):
    """Stated directly, not as a remainder; the weights of every year sum to one."""
    s = result.steps
    for economy in range(len(result.economies)):
        mine = s.economy == economy
        for year in np.unique(s.time):
            assert s.weight[mine & (s.time == year)].sum() == pytest.approx(1.0, abs=ADDING_UP)
        first = {i: w for i, w, t in zip(s.industry[mine], s.before[mine], s.time[mine], strict=True) if t == 1}
        moved = sum(
            (w - first[i]) * a for i, w, a in zip(s.industry[mine], s.weight[mine], s.tfp_va[mine], strict=True)
        )
        assert result.term("upgrading")[result.rows.unit == result.economies[economy]].sum() == pytest.approx(
            moved, abs=ADDING_UP
        )
