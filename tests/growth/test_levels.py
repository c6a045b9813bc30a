"""Relative levels against the Penn World Table's own, and against economies whose productivity is known."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError

SAME = 1e-10  # rounding of logarithms and of a mean over economies
LEVELS = {"output": "y", "capital": "k", "labour": "l", "labour_share": "s", "base": "U0"}


def economies(seed: int = 3, units: int = 12) -> pd.DataFrame:
    """Return economies of one Cobb-Douglas technology (share .6) that differ in productivity ``a``, two years."""
    draw = np.random.default_rng(seed)
    names = [f"U{k}" for k in range(units)]
    frames = []
    for year in (2000, 2001):
        k, n, a = np.exp(draw.normal(0, 1.5, (3, units)))
        frames.append(pd.DataFrame({"u": names, "t": year, "k": k, "l": n, "a": a, "y": a * k**0.4 * n**0.6}))
    return pd.concat(frames).assign(s=0.6)


def fitted(frame: pd.DataFrame, **changes):
    return xz.RelativeLevels(**{**LEVELS, **changes}).fit(xz.Panel(frame, unit="u", time="t"))


def test_productivity_of_cobb_douglas_economies_is_recovered():
    frame = economies()
    result = fitted(frame)
    panel = result.panel
    a = np.log(panel.values("a"))
    base = panel.locate(["U0"], panel.times)[0][panel.when - 2000]
    assert result.term("relative_tfp") == pytest.approx(a - a[base], abs=SAME)


def test_comparisons_are_transitive_and_the_base_changes_no_ratio():
    draw = np.random.default_rng(5)
    frame = economies()
    frame["s"] = draw.uniform(0.4, 0.8, len(frame))
    one, other = fitted(frame), fitted(frame, base="U7")
    at = one.panel.locate(["U7"], one.panel.times)[0][one.panel.when - 2000]
    for name, values in one.rows.terms.items():
        assert other.rows.terms[name] == pytest.approx(values - values[at], abs=SAME), name


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_of_measurement_do_not_matter(factor):
    frame = economies()
    frame["s"] = np.random.default_rng(5).uniform(0.4, 0.8, len(frame))
    scaled = frame.assign(y=frame["y"] * factor, k=frame["k"] / factor, l=frame["l"] * factor)
    for name, values in fitted(frame).rows.terms.items():
        assert fitted(scaled).rows.terms[name] == pytest.approx(values, abs=1e-9), name


def test_duplicated_economies_leave_equal_weights_alone():
    """Every economy twice: means and so all comparisons stay."""
    frame = economies()
    frame["s"] = np.random.default_rng(6).uniform(0.4, 0.8, len(frame))
    twice = pd.concat([frame, frame.assign(u=frame["u"] + "x")])
    both = fitted(twice)
    first = np.isin(both.rows.unit.astype(str), frame["u"].unique())
    assert both.term("relative_tfp")[first] == pytest.approx(fitted(frame).term("relative_tfp"), abs=SAME)


def test_a_year_without_the_base_is_not_compared():
    frame = economies()
    result = fitted(frame[~((frame["u"] == "U0") & (frame["t"] == 2000))])
    lost = result.rows.time == 2000
    assert (result.rows.status[lost] == "missing_data").all()
    assert set(result.rows.reason[lost]) == {"base unit U0 not complete"}
    assert (result.rows.status[~lost] == "ok").all()


def test_growth_indices_are_refused():
    frame = economies()
    panel = xz.Panel(frame, unit="u", time="t", columns={"k": xz.Column("index", "growth_index")})
    with pytest.raises(DataError, match="growth index") as caught:
        xz.RelativeLevels(**LEVELS).fit(panel)
    assert caught.value.code == "XZ-207"


@pytest.fixture(scope="module")
def penn() -> pd.DataFrame:
    """Country-years with ctfp; where hours are missing, the United States' of that year (methods/growth.md 4.1)."""
    world = pd.read_parquet(SHARED / "growth" / "pwt1001.parquet")
    world = world[world["ctfp"].notna() & world["year"].between(1954, 2019)]
    usa = world[world["isocode"] == "USA"].set_index("year")["avh"]
    return world.assign(avh=world["avh"].fillna(world["year"].map(usa)))


@pytest.fixture(scope="module")
def errors(penn) -> pd.DataFrame:
    method = xz.RelativeLevels(
        output="cgdpo",
        capital="ck",
        labour=xz.Labour(persons="emp", hours="avh", quality="hc"),
        labour_share="labsh",
        base="USA",
    )
    columns = ["isocode", "year", "cgdpo", "ck", "emp", "avh", "hc", "labsh", "ctfp"]
    result = method.fit(xz.Panel(penn[columns], unit="isocode", time="year"))
    assert (result.rows.status == "ok").all()
    error = result.term("relative_tfp") - np.log(result.panel.values("ctfp"))
    return pd.DataFrame({"unit": result.rows.unit, "year": result.rows.time, "error": error})


@needs_shared
@pytest.mark.reference
def test_penn_world_table_levels(errors):
    """methods/growth.md 4.1: 6,407 country-years of 118 countries against ctfp, errors in logarithms."""
    assert (len(errors), errors["unit"].nunique()) == (6407, 118)
    size = errors.assign(error=errors["error"].abs())

    def within(limit: float, first: int) -> float:
        return round(100 * (size[size["year"] >= first]["error"] < limit).mean(), 1)

    assert within(1e-4, 2000) == 90.3
    assert within(1e-4, 1990) == 71.9
    assert within(1e-4, 1954) == 42.7
    assert within(1e-3, 1954) == 76.6
    assert within(5e-3, 1954) == 91.3
    medians = size.groupby("year")["error"].median()
    for year, median in ((2004, 8e-6), (2009, 1.7e-5), (2019, 1.6e-5), (1980, 7.7e-4)):
        assert medians[year] == pytest.approx(median, rel=0.06), year
    last = errors[errors["year"] == 2019].set_index("unit")["error"]
    for unit, error in (("CHN", 2e-6), ("DEU", -9e-6), ("KOR", 1.6e-5)):
        assert last[unit] == pytest.approx(error, abs=5e-7), unit


@needs_shared
@pytest.mark.reference
def test_a_bilateral_index_would_miss_by_per_cents(penn, errors):
    """methods/growth.md 4.1: Törnqvist against the United States alone misses by median 4.7 %, at most 41 %."""
    x = penn.assign(h=penn["emp"] * penn["avh"] * penn["hc"])
    usa = x[x["isocode"] == "USA"].set_index("year")
    base = {c: x["year"].map(usa[c]) for c in ("cgdpo", "ck", "h", "labsh")}
    share = (x["labsh"] + base["labsh"]) / 2
    tfp = (
        np.log(x["cgdpo"] / base["cgdpo"])
        - share * np.log(x["h"] / base["h"])
        - (1 - share) * np.log(x["ck"] / base["ck"])
    )
    miss = (tfp - np.log(x["ctfp"])).abs()
    assert round(100 * miss.median(), 1) == 4.7
    assert errors["error"].abs().median() < miss.median() / 10
