"""Theil's decomposition: another package, definitions, identity, parts, signs of values."""

import numpy as np
import pandas as pd
import pytest

from tests.regions.inequality.worlds import EXACT, mexico, panel, published, random_years
from xinzhi.errors import DataError
from xinzhi.regions.inequality.intervals import Resampled
from xinzhi.regions.inequality.measures import Inequality
from xinzhi.regions.inequality.theil import TheilDecomposition

PARTS = ("within_groups", "between_groups")


def fit(frame, **settings):
    return TheilDecomposition(of="y", group="g", **settings).fit(panel(frame))


@pytest.mark.reference
def test_states_of_mexico():
    """Source: inequality 1.1.2 for seven years, and own codes (reference_values.json) for four."""
    found, seen = fit(mexico()).by_year(), 0
    for t, year in enumerate(found["time"]):
        for name, theirs in {"theil": "theil", "between_groups": "between", "within_groups": "within"}.items():
            for value in published(f"pcgdp{year}", theirs):
                assert found[name][t] == pytest.approx(value, abs=EXACT)
                seen += 1
    assert seen == 33


@pytest.mark.parametrize("index", ["T", "L"])
@pytest.mark.parametrize("weight", [None, "pop"])
@pytest.mark.parametrize("seed", range(4))
def test_definitions_and_identity(seed, weight, index):
    """The formulas of the head of the module group by group; ties, groups of one and two; zeros in T."""
    frame = random_years(seed).assign(y=lambda data: data["y"] + (index == "L"))
    result = fit(frame, weight=weight, index=index)
    found = result.statistics
    gap = found["theil"] - found["within_groups"] - found["between_groups"]
    assert np.abs(gap).max() < EXACT
    measure = "theil" if index == "T" else "mld"
    total = Inequality(of="y", measures=[measure], weight=weight).fit(panel(frame)).statistics[measure]
    np.testing.assert_allclose(found["theil"], total, rtol=0, atol=EXACT)
    for t, year in enumerate(result.years):
        here = frame[frame["year"] == year]
        w = here["pop"].to_numpy() if weight else np.ones(len(here))
        y, g = here["y"].to_numpy(), here["g"].to_numpy()
        mean, within = np.average(y, weights=w), 0.0
        for j, name in enumerate(result.groups):
            p, z = w[g == name] / w[g == name].sum(), y[g == name]
            own = p @ z
            share = w[g == name].sum() / w.sum()
            with np.errstate(divide="ignore", invalid="ignore"):
                terms = np.nan_to_num(z / own * np.log(z / own)) if index == "T" else np.log(own / z)
            inside = float(p @ terms) if own else np.nan
            assert found[f"theil_{j + 1}"][t] == pytest.approx(inside, abs=EXACT, nan_ok=True)
            within += (share * own / mean if index == "T" else share) * np.nan_to_num(inside)
        assert found["within_groups"][t] == pytest.approx(within, abs=EXACT)


@pytest.mark.parametrize("index", ["T", "L"])
def test_parts_of_units_and_groups_add_up(index):
    result = fit(random_years(3).assign(y=lambda data: data["y"] + 1), weight="pop", index=index)
    for name in ("theil", *PARTS):
        sums = [result.term(name)[result.rows.time == year].sum() for year in result.years]
        np.testing.assert_allclose(sums, result.statistics[name], rtol=0, atol=EXACT)
    np.testing.assert_allclose(result.group_within.sum(axis=1), result.statistics["within_groups"], atol=EXACT)
    np.testing.assert_allclose(result.group_between.sum(axis=1), result.statistics["between_groups"], atol=EXACT)


def test_equal_means_leave_nothing_between():
    frame = pd.DataFrame({"unit": list("ABCD"), "g": list("aabb"), "y": [1.0, 3.0, 1.5, 2.5]})
    for index in ("T", "L"):
        assert abs(fit(frame, index=index).statistics["between_groups"][0]) < EXACT


def test_equalising_means_leaves_what_is_within_in_l_only():
    """Shorrocks (1980): L is decomposable without regard to order, T is not."""
    frame = pd.DataFrame({"unit": list("ABCD"), "g": list("aabb"), "y": [1.0, 3.0, 2.0, 10.0]})
    level = frame.assign(y=frame["y"] / frame.groupby("g")["y"].transform("mean"))
    one, two = ({i: fit(data, index=i).statistics["within_groups"][0] for i in "TL"} for data in (frame, level))
    assert one["L"] == pytest.approx(two["L"], abs=EXACT)
    assert abs(one["T"] - two["T"]) > 0.001


def test_l_needs_positive_values():
    frame = random_years(1).assign(y=lambda data: data["y"].where(data["unit"] != "u05", 0.0))
    with pytest.raises(DataError) as caught:
        fit(frame, index="L")
    assert caught.value.code == "XZ-280"
    left = fit(frame, index="L", non_positive="leave_out")
    assert set(left.rows.status[left.rows.unit == "u05"]) == {"non_positive"}


def test_a_group_of_zeros_contributes_nothing_to_t():
    frame = pd.DataFrame({"unit": list("ABCD"), "g": list("aabb"), "y": [0.0, 0.0, 1.5, 2.5]})
    result = fit(frame)
    found = result.statistics
    assert np.isnan(found["theil_1"][0])
    assert result.tables()[1].printed()[0][0] == "–"
    assert found["theil"][0] == pytest.approx(found["within_groups"][0] + found["between_groups"][0], abs=EXACT)
    assert found["between_groups"][0] == pytest.approx(np.log(2), abs=EXACT)


@pytest.mark.parametrize("value", [3.7, 2.3])
def test_a_constant_has_no_shares(value):
    """What rounding leaves of zero is not between groups."""
    frame = pd.DataFrame({"unit": [f"u{k:02}" for k in range(12)], "g": list("aaaabbbbcccc"), "y": value})
    for index in ("T", "L"):
        result = fit(frame, index=index)
        assert abs(result.statistics["theil"][0]) < EXACT
        assert "per cent" not in result.summary()
        assert result.tables()[0].printed()[0][-2:] == ["–", "–"]
        assert result.tables()[1].printed()[0][-1] == "–"


def test_groups_of_one_unit_have_no_interval():
    frame = pd.DataFrame({"unit": list("ABCD"), "g": list("abcd"), "y": [1.0, 2.0, 4.0, 8.0]})
    result = fit(frame, intervals=Resampled(draws=99))
    intervals = {table.name: table for table in result.tables()}["intervals"]
    assert {row[-1] for row in intervals.printed()} == {"–"}
    assert any("fewer than 2 units" in note for note in intervals.notes)
    assert " to " not in result.summary()


def test_words_and_tables():
    result = fit(mexico())
    assert "2000: 50.4 per cent of it is between groups" in result.summary()  # .053735 / .106608
    assert {table.name for table in result.tables()} == {"contributions", "groups", "rows"}
