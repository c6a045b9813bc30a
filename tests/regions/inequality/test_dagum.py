"""Dagum's decomposition: published values, the formulas over pairs, identity, parts of units, bad input, intervals."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.regions.inequality.worlds import (
    EXACT,
    TOY,
    dagum_of_pairs,
    mexico,
    panel,
    published,
    random_years,
)
from xinzhi.errors import DataError
from xinzhi.method import View
from xinzhi.regions.inequality.dagum import DagumDecomposition
from xinzhi.regions.inequality.intervals import Resampled
from xinzhi.regions.inequality.yearly import MOST_BARS

PARTS = ("within_groups", "net_between", "transvariation")
COLUMNS = {"gini": "dagum", "within_groups": "dagum_within", "net_between": "dagum_between"} | {
    "transvariation": "dagum_transvariation"
}


def fit(frame, **settings):
    return DagumDecomposition(of="y", group="g", **settings).fit(panel(frame))


def gap(result):
    """Return the largest distance of G from its parts."""
    found = result.statistics
    return np.max(np.abs(found["gini"] - sum(found[name] for name in PARTS)))


@pytest.mark.reference
def test_toy():
    """Source: methods/indicators.md 2.6, dagum_toy of reference_values.json, two own codes there."""
    result = fit(TOY)
    for name, theirs in COLUMNS.items():
        assert result.statistics[name][0] == pytest.approx(published("toy", theirs)[0], abs=EXACT)
    for name in "ECWN":
        assert result.within(name)[0] == pytest.approx(published("toy", f"Gjj {name}")[0], abs=EXACT)
    for one, other in ("EC", "EW", "CW", "EN", "CN", "NW"):
        assert result.between(one, other)[0] == pytest.approx(published("toy", f"Gjh {one}-{other}")[0], abs=EXACT)
        j, h = (result.groups.index(name) for name in (one, other))
        assert result.distance[0, j, h] == pytest.approx(published("toy", f"Djh {one}-{other}")[0], abs=EXACT)
    assert result.between("E", "W")[0] == pytest.approx(0.4531835, abs=5e-8)


@pytest.mark.reference
def test_states_of_mexico():
    """Source: reference_values.json (own codes) for 1940, 1960, 1980, 2000."""
    found = fit(mexico()).by_year()
    seen = 0
    for place, year in enumerate(found["time"]):
        for name, theirs in COLUMNS.items():
            for value in published(f"pcgdp{year}", theirs):
                assert found[name][place] == pytest.approx(value, abs=EXACT)
                seen += 1
    assert seen == 16


@pytest.mark.parametrize("weight", [None, "pop"])
@pytest.mark.parametrize("seed", range(8))
def test_formulas_over_pairs(seed, weight):
    """Witness: the definitions of Dagum (1997) in loops over pairs; ties, zeros, groups of one and two."""
    frame = random_years(seed)
    result = fit(frame, weight=weight)
    assert gap(result) < EXACT
    for t, year in enumerate(result.years):
        here = frame[frame["year"] == year]
        w = here["pop"].to_numpy() if weight else np.ones(len(here))
        theirs = dagum_of_pairs(here["y"].to_numpy(), w, here["g"].to_numpy())
        for name in ("gini", *PARTS):
            assert result.statistics[name][t] == pytest.approx(theirs[name], abs=EXACT)
        for name, value in theirs["own"].items():
            assert result.within(name)[t] == pytest.approx(value, abs=EXACT, nan_ok=True)
        for (one, other), value in theirs["pairs"].items():
            assert result.between(one, other)[t] == pytest.approx(value, abs=EXACT, nan_ok=True)
            j, h = result.groups.index(one), result.groups.index(other)
            assert result.distance[t, j, h] == pytest.approx(theirs["distance"][one, other], abs=EXACT)


def test_provinces_of_china():
    """Real data: patents granted in 31 provinces by the four regions, 2010 to 2023; the Northeast has three."""
    source = xz.catalog.load("china_province_technology")
    frame = source.frame()
    frame = frame[(frame["province_en"] != "China") & (frame["year"] >= 2010)]
    frame = frame.rename(columns={"province_en": "unit", "region_en": "g", "patents_granted": "y"})
    result = fit(frame[["unit", "year", "g", "y"]])
    assert result.units.tolist() == [31] * 14
    assert result.warnings == ("XZ-472 groups of fewer than 4 units: Northeast.",)
    assert gap(result) < EXACT
    for t, year in enumerate(result.years):
        here = frame[frame["year"] == year]
        theirs = dagum_of_pairs(here["y"].to_numpy(), np.ones(31), here["g"].to_numpy(str))
        for name in ("gini", *PARTS):
            assert result.statistics[name][t] == pytest.approx(theirs[name], abs=EXACT)


@pytest.mark.parametrize("seed", range(4))
def test_parts_of_units_add_up_to_those_of_the_year(seed):
    """Each part of a unit is computed from its own pairs, the year's from areas between distribution functions."""
    result = fit(random_years(seed, units=40), weight="pop")
    for name in ("gini", *PARTS):
        sums = [result.term(name)[result.rows.time == year].sum() for year in result.years]
        np.testing.assert_allclose(sums, result.statistics[name], rtol=0, atol=EXACT)


def test_equal_means_have_no_distance():
    """Two groups of mean two: net between is zero, all between them is transvariation; with rounding in the means."""
    frame = pd.DataFrame({"unit": list("ABCDEF"), "g": list("aaabbb"), "y": [0.1, 0.2, 0.3, 0.15, 0.2, 0.25]})
    result = fit(frame)
    assert result.distance[0, 0, 1] == 0
    assert result.statistics["net_between"][0] == 0
    assert gap(result) < EXACT
    assert np.abs(result.term("net_between")).max() < EXACT


def test_groups_are_ordered_anew_each_year():
    """The order of means turns round: net between stays positive, and equal, when groups change places."""
    one = pd.DataFrame({"unit": list("ABCD"), "g": list("aabb"), "y": [4.0, 3.0, 2.0, 3.5], "year": 2000})
    two = one.assign(y=[2.0, 3.5, 4.0, 3.0], year=2001)
    found = fit(pd.concat([one, two])).statistics
    assert found["net_between"][0] > 0
    for name in ("gini", *PARTS):
        assert found[name][0] == pytest.approx(found[name][1], abs=EXACT)


def test_invariances():
    """Scale, order of rows, names of groups, each unit twice, a unit of weight two instead of two units."""
    frame = random_years(3, years=1)
    base = fit(frame).statistics
    others = {
        "scale": fit(frame.assign(y=frame["y"] * 1e9)),
        "order": fit(frame.sample(frac=1, random_state=1)),
        "names": fit(frame.assign(g="x" + frame["g"])),
        "twice": fit(pd.concat([frame, frame.assign(unit="v" + frame["unit"])])),
    }
    for name, other in others.items():
        for part in ("gini", *PARTS):
            assert other.statistics[part][0] == pytest.approx(base[part][0], abs=EXACT), name
    doubled = pd.concat([frame, frame[:5].assign(unit="w" + frame["unit"][:5])])
    weighted = frame.assign(pop=np.where(np.arange(len(frame)) < 5, 2.0, 1.0))
    for part in ("gini", *PARTS):
        one, other = fit(doubled).statistics[part][0], fit(weighted, weight="pop").statistics[part][0]
        assert one == pytest.approx(other, abs=EXACT)


def test_separate_groups_have_no_transvariation():
    """Every unit of b stands above every unit of a: D = 1, exactly."""
    frame = pd.DataFrame({"unit": list("ABCD"), "g": list("aabb"), "y": [1.0, 1.3, 2.7, 3.1]})
    result = fit(frame)
    assert result.distance[0, 0, 1] == 1
    assert result.statistics["transvariation"][0] == 0


def test_no_inequality():
    """All values the same: every part is zero, and a contribution has no value."""
    result = fit(TOY.assign(y=0.1))
    assert all(abs(column[0]) < EXACT for column in result.statistics.values())
    assert result.tables()
    assert result.figures()


def test_groups_of_zeros_have_no_coefficient():
    """Inside them and between two of them it is 0/0; the rest is what it is without them."""
    frame = pd.DataFrame({"unit": list("ABCDEF"), "g": list("aabbcc"), "y": [0.0, 0.0, 0.0, 0.0, 1.0, 3.0]})
    result = fit(frame)
    assert np.isnan([result.within("a")[0], result.within("b")[0], result.between("a", "b")[0]]).all()
    assert result.within("c")[0] == pytest.approx(0.25, abs=EXACT)
    assert result.between("a", "c")[0] == 1
    assert gap(result) < EXACT
    own = next(table for table in result.tables() if table.name == "coefficients")
    assert own.printed()[0][1:4] == ["–", "–", "0.2500"]


@pytest.mark.parametrize("size", [1e-170, 1e-9, 1e170])
def test_numbers_of_any_size(size):
    """Values and weights of a size whose square is not a number of a computer: nothing changes but the means."""
    frame = random_years(2)
    base = fit(frame, weight="pop")
    other = fit(frame.assign(y=frame["y"] * size, pop=frame["pop"] * size), weight="pop")
    for name, column in base.statistics.items():
        np.testing.assert_allclose(other.statistics[name], column, rtol=0, atol=EXACT)
    for name in base.rows.terms:
        np.testing.assert_allclose(other.term(name), base.term(name), rtol=0, atol=EXACT)
    np.testing.assert_allclose(other.means / size, base.means, rtol=EXACT)


@pytest.mark.parametrize(("size", "printed"), [(1e-9, "0.000000002750"), (1.0, "2.750"), (1e4, "27500")])
def test_means_print_by_their_size(size, printed):
    frame = pd.DataFrame({"unit": list("ABCD"), "g": list("aabb"), "y": np.array([4.0, 3.0, 2.0, 3.5]) * size})
    groups = next(table for table in fit(frame).tables() if table.name == "groups")
    assert groups.printed()[1][-3] == printed


def test_what_cannot_be_computed_keeps_its_row():
    frame = random_years(1)
    frame.loc[0, "y"] = np.nan
    frame.loc[1, "g"] = None
    frame.loc[2, "y"] = -1.0
    frame.loc[frame["year"] == 2001, "g"] = "g0"
    result = fit(frame, non_positive="leave_out")
    words = {
        (unit, int(time)): (status, str(reason))
        for unit, time, status, reason in zip(
            result.rows.unit, result.rows.time, result.rows.status, result.rows.reason, strict=True
        )
    }
    assert words["u00", 2000] == ("missing_data", "y missing")
    assert words["u01", 2000] == ("missing_data", "g missing")
    assert words["u02", 2000] == ("non_positive", "y negative")
    assert words["u05", 2001] == ("not_identified", "one group")
    assert result.years.tolist() == [2000, 2002]
    assert any(words.startswith("XZ-472") for words in result.warnings)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"y": -0.1}, "XZ-280"), ({"y": 0.0}, "XZ-280"), ({"g": "one"}, "XZ-281"), ({"y": np.nan}, "XZ-281")],
)
def test_bad_data(change, code):
    with pytest.raises(DataError) as caught:
        fit(TOY.assign(**change))
    assert caught.value.code == code


def test_a_group_that_comes_later():
    """A group without units in a year has no coefficient there, and is not counted."""
    frame = random_years(5)
    frame = frame[~((frame["year"] == 2000) & (frame["g"] == "g1"))]
    result = fit(frame, intervals=Resampled(draws=19))
    assert np.isnan(result.within("g1")).tolist() == [True, False, False]
    assert np.isnan(result.between("g1", "g2")).tolist() == [True, False, False]
    assert gap(result) < EXACT
    assert "g1" not in result.tables(View(periods=((2000, 2000),)))[3].columns()["group"]


def test_tables_of_a_view_and_words():
    result = fit(mexico(), intervals=Resampled(draws=99))
    tables = {table.name: table for table in result.tables(View(periods=((1960, 1980),)))}
    assert tables["contributions"].columns()["time"] == [1960, 1970, 1980]
    shares = [tables["contributions"].columns()[f"{name}_share"] for name in PARTS]
    np.testing.assert_allclose(np.sum(np.array(shares, dtype=float), axis=0), 100.0)
    assert "intervals" in tables
    assert "0.2581" in result.summary()
    assert "2000: Net between groups is the largest part, 68.7 per cent." in result.summary()
    assert len(result.figures()) == 3


def test_a_figure_of_many_years_draws_some_evenly():
    """40 years: each third from the last, so that no bar is left over; the table has all."""
    frame = random_years(3, years=40)
    result = DagumDecomposition(of="y", group="g").fit(panel(frame))
    parts = result.figures()[0]
    drawn = [row["period"] for data in parts.to_dict()["datasets"].values() for row in data if "period" in row]
    assert set(drawn) == {str(year) for year in result.years[::-3]}
    assert len(set(drawn)) <= MOST_BARS
    assert len(result.tables()[0].rows) == 40
    assert "evenly spread" in parts.to_dict()["description"]
