"""Regional shift-share: REAT's arithmetic, closed forms, the nation, static and dynamic, invariances, bad input."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.method.growth_examples.structure import sector_frame, whole
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import RegionalShiftShare
from xinzhi.growth.structure.regional_shift_share import PARTS
from xinzhi.method.result import ADDING_UP

SAME = 1e-9  # persons, of the order of a thousand
LOGS = 1e-12
ALL = ("classical", "esteban_marquillas", "arcelus", "gerfin")
PERIOD = (2010, 2014)


def regions(**columns) -> xz.Panel:
    return xz.Panel(whole(sector_frame()).assign(**columns), unit="unit", time="year")


def method(**settings) -> RegionalShiftShare:
    columns = {"employment": "workers", "region": "economy", "industry": "industry"}
    return RegionalShiftShare(**columns | {"formulas": ALL} | settings)


def cube() -> np.ndarray:
    """Return employment, (regions, years, industries)."""
    wide = whole(sector_frame()).pivot(index=["economy", "year"], columns="industry", values="workers")
    return wide.to_numpy().reshape(-1, 5, 3)


def reat(start: np.ndarray, end: np.ndarray, nation0: np.ndarray, nation1: np.ndarray) -> dict[str, float]:
    """Return what R REAT 3.0.3 computes in shift(), read as formulas: methods Dunn, Esteban and Gerfin."""
    r0, r1, n0, n1 = start.sum(), end.sum(), nation0.sum(), nation1.sum()
    homothetic = r0 * nation0 / n0
    expected = sum(start * nation1 / nation0)
    return {
        "classical_national": r0 * n1 / n0 - r0,
        "classical_mix": expected - r0 * n1 / n0,
        "classical_regional": sum(start * (end / start - nation1 / nation0)),
        "esteban_marquillas_national": r0 * n1 / n0 - r0,
        "esteban_marquillas_mix": expected - r0 * n1 / n0,
        "esteban_marquillas_regional": sum(homothetic * (end / start - nation1 / nation0)),
        "esteban_marquillas_allocation": sum((start - homothetic) * (end / start - nation1 / nation0)),
        "gerfin_mix": np.log(expected / r0 / (n1 / n0)),
        "gerfin_regional": np.log(r1 / r0 / (expected / r0)),
        "gerfin_national": np.log(n1 / n0),
    }


def test_static_form_of_reat():
    """Methods Dunn and Esteban in persons; the factors of Gerfin as logarithms."""
    e, found = cube(), method().fit(regions()).changes(PERIOD)
    nation = e.sum(axis=0)
    for r in range(e.shape[0]):
        start, end = e[r, 0], e[r, 4]
        mean = (end.sum() - start.sum()) / np.log(end.sum() / start.sum())
        for name, value in reat(start, end, nation[0], nation[4]).items():
            scale = mean if name.startswith("gerfin") else 1.0
            assert found[name][r] == pytest.approx(scale * value, abs=SAME), name
    np.testing.assert_allclose(found["change"], (e[:, 4] - e[:, 0]).sum(axis=1), atol=SAME)


def test_dynamic_form_of_reat():
    """shiftd(): the sum of the years' static forms."""
    e, found = cube(), method().fit(regions()).changes(PERIOD, comparison="dynamic")
    nation = e.sum(axis=0)
    for r in range(e.shape[0]):
        years = [reat(e[r, t - 1], e[r, t], nation[t - 1], nation[t]) for t in range(1, 5)]
        for name in (name for name in years[0] if not name.startswith("gerfin")):
            assert found[name][r] == pytest.approx(sum(year[name] for year in years), abs=SAME), name


def test_industries_of_reat():
    """shifti() reports an industry's national part at the industry's own national growth: ours is it plus the mix."""
    e, found = cube(), method(formulas=("classical",)).fit(regions()).effects(PERIOD)
    nation = e.sum(axis=0)
    together = (found["classical_national"] + found["classical_mix"]).reshape(-1, 3)
    np.testing.assert_allclose(together, e[:, 0] * (nation[4] / nation[0] - 1), atol=SAME)
    np.testing.assert_allclose(found["classical_regional"].reshape(-1, 3), e[:, 4] - e[:, 0] * nation[4] / nation[0])
    np.testing.assert_allclose(found["growth"].reshape(-1, 3), 100 * (e[:, 4] / e[:, 0] - 1))
    np.testing.assert_allclose(found["national_growth"].reshape(-1, 3)[0], 100 * (nation[4] / nation[0] - 1))


def test_forecast_of_reat():
    """shiftp(): each industry grows as in the nation, times the region's factor of the period."""
    e, later = cube(), {"I0": 7000.0, "I1": 8000.0, "I2": 9000.0}
    found = method().fit(regions()).forecast(PERIOD, later)["employment"].reshape(-1, 3)
    nation = e.sum(axis=0)
    for r in range(e.shape[0]):
        factor = np.exp(reat(e[r, 0], e[r, 4], nation[0], nation[4])["gerfin_regional"])
        np.testing.assert_allclose(found[r], np.array(list(later.values())) / nation[4] * e[r, 4] * factor, rtol=LOGS)
    with pytest.raises(DataError) as caught:
        method().fit(regions()).forecast(PERIOD, {"I0": 1.0})
    assert caught.value.code == "XZ-212"


def test_forms_add_up_in_every_year_and_period():
    result = method().fit(regions())
    for formula in ALL:
        total = sum(result.term(f"{formula}_{part}") for part in PARTS[formula])
        assert np.abs(total - result.term("growth")).max() <= ADDING_UP
        for comparison in ("static", "dynamic"):
            persons = result.changes(PERIOD, comparison=comparison)
            parts = sum(persons[f"{formula}_{part}"] for part in PARTS[formula])
            np.testing.assert_allclose(parts, persons["change"], atol=SAME)


def test_the_nation_has_neither_mix_nor_regional_effect():
    """Adding up over regions: all of the nation's change is national growth; allocation offsets homothetic effects."""
    found = method().fit(regions()).changes(PERIOD)
    assert abs(found["classical_mix"].sum()) <= SAME
    assert abs(found["classical_regional"].sum()) <= SAME
    assert abs((found["esteban_marquillas_regional"] + found["esteban_marquillas_allocation"]).sum()) <= SAME
    assert found["classical_national"].sum() == pytest.approx(found["change"].sum(), abs=SAME)
    own = found["arcelus_specialisation"] + found["arcelus_allocation"] + found["arcelus_growth"]
    np.testing.assert_allclose(own, found["classical_regional"], atol=SAME)


def test_regions_like_the_nation_differ_by_their_own_growth_only():
    """Truth: equal structure, industries grow at national rates times a regional factor."""
    data = whole(sector_frame())
    start = 1.0 + data["industry"].str[1:].astype(float)
    national = np.exp(0.02 * start * (data["year"] - 2010))
    region = data["economy"].str[1:].astype(float)
    workers = 100 * start * national * np.where(data["year"] > 2010, 1 + region / 100, 1.0)
    found = method().fit(regions(workers=workers)).changes((2010, 2011))
    for name in ("classical_mix", "esteban_marquillas_allocation", "arcelus_allocation", "arcelus_mix"):
        np.testing.assert_allclose(found[name], 0.0, atol=SAME)
    np.testing.assert_allclose(found["esteban_marquillas_regional"], found["classical_regional"], atol=SAME)


def test_given_national_totals():
    """The same nation as rows of their own; as a region it has no effects of its own."""
    data = whole(sector_frame())[["unit", "economy", "industry", "year", "workers"]]
    total = data.groupby(["industry", "year"], as_index=False)["workers"].sum()
    total = total.assign(economy="nation", unit="nation|" + total["industry"])
    panel = xz.Panel(pd.concat([data, total]), unit="unit", time="year")
    given, plain = method(nation="nation").fit(panel), method().fit(regions())
    mine = given.rows.unit != "nation"
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(given.rows.terms[name][mine], values, atol=LOGS)
    for name in ("classical_mix", "classical_regional", "arcelus_growth"):
        np.testing.assert_allclose(given.rows.terms[name][~mine], 0.0, atol=LOGS)
    with pytest.raises(DataError) as caught:
        method(nation="Nation").fit(panel)
    assert caught.value.code == "XZ-212"


def test_the_national_sum_compares_the_same_regions():
    """A region that misses a cell is out of the nation in the two steps concerned, with a warning."""
    data = whole(sector_frame())
    data.loc[(data["unit"] == "U00|I1") & (data["year"] == 2012), "workers"] = np.nan
    result = method().fit(xz.Panel(data, unit="unit", time="year"))
    assert any("XZ-405" in warning and "U00" in warning for warning in result.warnings)
    rest = xz.Panel(data[data["economy"] != "U00"], unit="unit", time="year")
    without, all_ = method().fit(rest).rows, method().fit(regions()).rows
    here = (result.rows.unit != "U00") & np.isin(result.rows.time, (2012, 2013))
    np.testing.assert_allclose(
        result.rows.terms["classical_mix"][here],
        without.terms["classical_mix"][np.isin(without.time, (2012, 2013))],
        atol=LOGS,
    )
    there = np.isin(result.rows.time, (2011, 2014))
    np.testing.assert_allclose(result.rows.terms["classical_mix"][there], all_.terms["classical_mix"][there], atol=LOGS)


def test_invariances():
    panel, plain = regions(), method().fit(regions())
    data = whole(sector_frame())
    shuffled = method().fit(xz.Panel(data.sample(frac=1, random_state=4), unit="unit", time="year"))
    copies = data.assign(economy=data["economy"] + "'", unit=data["unit"] + "'")
    both = method().fit(xz.Panel(pd.concat([data, copies]), unit="unit", time="year"))
    mine = np.array([not unit.endswith("'") for unit in both.rows.unit])
    for name, values in plain.rows.terms.items():
        for factor in (1e-9, 1e9):
            scaled = method().fit(panel.scaled({"workers": factor}))
            np.testing.assert_allclose(scaled.rows.terms[name], values, atol=1e-10)
        np.testing.assert_allclose(shuffled.rows.terms[name], values, atol=0)
        np.testing.assert_allclose(both.rows.terms[name][mine], values, atol=LOGS)


def changed(value: float, year: int = 2012) -> xz.Panel:
    data = whole(sector_frame())
    data.loc[(data["unit"] == "U00|I1") & (data["year"] == year), "workers"] = value
    return xz.Panel(data, unit="unit", time="year")


def test_an_industry_from_nothing():
    """Zero at the start: the classical form credits all of it to the region; homothetic employment cannot."""
    classical = method(formulas=("classical", "gerfin")).fit(changed(0.0))
    assert (classical.rows.status == "ok").all()
    cells = pd.DataFrame(classical.effects((2012, 2013))).set_index(["unit", "industry"])
    assert cells.loc[("U00", "I1"), "classical_regional"] == cells.loc[("U00", "I1"), "end"]
    rows = method(formulas=("esteban_marquillas",)).fit(changed(0.0)).rows
    odd = rows.status != "ok"
    assert list(zip(rows.unit[odd], rows.time[odd], rows.status[odd], strict=True)) == [("U00", 2013, "not_identified")]


@pytest.mark.parametrize(("value", "status"), [(-1.0, "non_positive"), (np.nan, "missing_data")])
def test_negative_and_missing_cells(value, status):
    result = method().fit(changed(value))
    odd = result.rows.status != "ok"
    assert result.rows.status[odd].tolist() == [status] * 2
    assert set(result.rows.unit[odd]) == {"U00"}
    assert np.isnan(result.changes((2010, 2012))["classical_mix"][0])
    assert any("U00" in note for note in result.tables(xz.View(periods=[(2010, 2012)]))[0].notes)


def test_other_bad_input():
    with pytest.raises(UsageError, match="at least one formula"):
        method(formulas=())
    index = {"workers": xz.Column("2015 = 100", "growth_index")}
    with pytest.raises(DataError) as caught:
        method().fit(xz.Panel(whole(sector_frame()), unit="unit", time="year", columns=index))
    assert caught.value.code == "XZ-207"
    with pytest.raises(DataError) as caught:
        method().fit(regions(workers=np.nan))
    assert caught.value.code == "XZ-206"


@pytest.mark.parametrize("formulas", [ALL, ("classical",)])
@pytest.mark.parametrize("value", [1e300, 1e308])
def test_numbers_beyond_the_range_have_a_status(value, formulas):
    """An ok row never holds NaN or infinity; tables come without a warning, which is an error here."""
    workers = whole(sector_frame())["workers"].astype(float).to_numpy(copy=True)
    workers[5] = value
    result = method(formulas=formulas).fit(regions(workers=workers))
    good = result.rows.status == "ok"
    assert set(result.rows.status) == {"ok", "numerical"}
    assert all(np.isfinite(cells[good]).all() for cells in result.rows.terms.values())
    assert result.tables()
    assert result.summary()
