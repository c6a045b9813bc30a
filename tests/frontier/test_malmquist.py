"""Malmquist index: four reference sources, a twin, and what must not matter."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.frontier.programmes import twin
from tests.support import SHARED, needs_shared
from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier import Malmquist, Sequential
from xinzhi.frontier.malmquist import infeasible_cells, step_distances

PUBLISHED = 1e-8  # the files carry 10 to 15 digits of scores solved at 1e-9 to 1e-11
INVARIANT = 1e-10  # log points; the same vertices in other units
TERMS = ("malmquist", "technical_change", "efficiency_change")


def economy_long():
    return xz.Panel(pd.read_csv(SHARED / "frontier" / "deaR_EconomyLong.csv"), unit="DMUs", time="Period")


def provinces(**settings):
    return Malmquist(**({"inputs": ["Capital", "Labor"], "outputs": ["GIOV"]} | settings))


def simulated(seed=11, units=15, years=4):
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0, 1, units))
    rows = []
    for t in range(years):
        x = size[:, None] * np.exp(draw.normal(0.03 * t, 0.2, (units, 2)))
        y = np.sqrt(x.prod(axis=1))[:, None] * np.exp(draw.normal(0.02 * t - 0.3, 0.2, (units, 2)))
        rows += [(f"u{j:02d}", 2000 + t, *x[j], *y[j]) for j in range(units)]
    return pd.DataFrame(rows, columns=["j", "t", "k", "l", "a", "b"])


def two_outputs(frame, **settings):
    return Malmquist(**({"inputs": ["k", "l"], "outputs": ["a", "b"], "returns": "vrs"} | settings)).fit(
        xz.Panel(frame, unit="j", time="t")
    )


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_four_firms(orientation):
    """Example of malmq in R Benchmarking 0.33; M > 1 is progress (methods/frontier.md, headline numbers)."""
    rows = {
        "j": list("ABCD") * 2,
        "t": [0] * 4 + [1] * 4,
        "x": [10.0, 28, 30, 60, 12, 26, 16, 60],
        "y": [5.0, 7, 10, 15, 6, 8, 9, 15],
    }
    method = Malmquist(inputs=["x"], outputs=["y"], orientation=orientation)
    found = method.fit(xz.Panel(pd.DataFrame(rows), unit="j", time="t")).indices()
    np.testing.assert_allclose(found["malmquist"], [1, 1.230769, 1.6875, 1], atol=5e-7)
    np.testing.assert_allclose(found["technical_change"], [1.125] * 4, atol=5e-7)
    np.testing.assert_allclose(found["efficiency_change"], [0.888889, 1.094017, 1.5, 0.888889], atol=5e-7)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("orientation", ["input", "output"])
def test_provinces_by_cell(orientation):
    """EconomyLong_malmquist_expected_cont_{fgnz,rd}: own SciPy programmes that give deaR 1.5's output to 2e-12."""
    found = provinces(orientation=orientation, returns="vrs").fit(economy_long()).indices().set_index(["unit", "time"])
    pairs = {
        "fgnz": {"malmquist": "mi", "efficiency_change": "ec", "technical_change": "tc"},
        "rd": {"pure_efficiency_change": "pech"},
    }
    for kind, names in pairs.items():
        file = SHARED / "frontier" / f"EconomyLong_malmquist_expected_cont_{kind}_{orientation[0]}o.csv"
        cells = pd.read_csv(file).pivot_table(index=["dmu", "to"], columns="component", values="value")
        assert len(found) == 124
        for term, component in names.items():
            np.testing.assert_allclose(found[term], cells[component].reindex(found.index), rtol=0, atol=PUBLISHED)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_us_agriculture(returns, orientation):
    """R productivity 1.1.0: Changes are ratios, Levels are Shephard distances (1 / Farrell) in both orientations."""
    data = pd.read_csv(SHARED / "frontier" / "usagri_productivity.csv")
    goods = {
        "inputs": [f"q.{n}" for n in ("capital", "land", "labor", "materials")],
        "outputs": ["q.livestock", "q.crop", "q.other"],
    }
    result = Malmquist(**goods, orientation=orientation, returns=returns).fit(
        xz.Panel(data, unit="States", time="Years")
    )
    found = result.indices().set_index(["unit", "time"])
    stem = f"usagri_malm_{returns}_{orientation.removesuffix('put')}"
    changes = (
        pd.read_csv(SHARED / "frontier" / f"{stem}_Changes.csv").set_index(["States", "Year.1"]).reindex(found.index)
    )
    short = "inp" if orientation == "input" else "out"
    names = {"malmquist": "malmquist", "efficiency_change": "effch", "technical_change": "tech"}
    if returns == "vrs":
        names |= {"pure_efficiency_change": f"pure.{short}.effch", "scale_efficiency_change": f"{short}.scalech"}
    for term, column in names.items():
        np.testing.assert_allclose(found[term], changes[column], rtol=0, atol=PUBLISHED)

    levels = (
        pd.read_csv(SHARED / "frontier" / f"{stem}_Levels.csv").set_index(["States", "Year.1"]).reindex(found.index)
    )
    i, sign = orientation[0], (1.0 if orientation == "input" else -1.0)
    places = {"own_end": f"c111{i}", "end_on_base": f"c100{i}", "base_on_end": f"c011{i}", "own_before": f"c000{i}"}
    if returns == "vrs":
        places |= {"own_end_vrs": f"v111{i}", "own_before_vrs": f"v000{i}"}
    for name, column in places.items():
        np.testing.assert_allclose(np.exp(sign * result.distances[name]), levels[column], rtol=0, atol=PUBLISHED)


@needs_shared
@pytest.mark.reference
def test_sequential_means():
    """Means over the 124 cells (methods/frontier.md: deaR 1.5, recomputed with own programmes)."""
    found = provinces(technology="sequential").fit(economy_long()).indices()
    assert found["malmquist"].mean() == pytest.approx(1.098156, abs=5e-7)
    assert found["efficiency_change"].mean() == pytest.approx(1.013630, abs=5e-7)
    assert found["technical_change"].mean() == pytest.approx(1.082960, abs=5e-7)
    assert (found["technical_change"] >= 1 - PUBLISHED).all()  # no regress


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(("orientation", "count"), [("input", 12), ("output", 3)])
def test_infeasible_cells_are_counted_and_named(orientation, count):
    """Base-period frontier under vrs: empty cells of EconomyLong_malmquist_expected_cont_rd."""
    panel = economy_long()
    index = provinces(orientation=orientation).fit(panel)
    found = step_distances(
        index.goods,
        index.steps,
        index.technologies,
        panel.when,
        run=Run(),
        returns="vrs",
        orientation=orientation,
        sides=("base_on_end",),
    )
    file = SHARED / "frontier" / f"EconomyLong_malmquist_expected_cont_rd_{orientation[0]}o.csv"
    cells = pd.read_csv(file).query("component == 'mi' and value.isna()")
    assert len(cells) == count
    places = zip(cells["dmu"], cells["from"], cells["to"], strict=True)
    expected = {f"{dmu}: observation of {to} under the technology of {base}" for dmu, base, to in places}
    assert set(infeasible_cells(panel, index.steps, [found])) == expected
    assert np.isnan(found.log["base_on_end"]).sum() == count


def test_sequential_against_scipy_by_cell():
    frame = simulated()
    result = two_outputs(frame, returns="crs", technology=Sequential(since=2001), window=(2001, 2003))
    cells = {key: group.iloc[0] for key, group in frame.groupby(["j", "t"])}
    assert set(result.rows.time) == {2002, 2003}

    def distance(year, unit, at):
        span = frame[(frame["t"] >= 2001) & (frame["t"] <= year)]
        row = cells[unit, at]
        point = (row[["k", "l"]].to_numpy(float), row[["a", "b"]].to_numpy(float))
        return np.log(
            twin(span[["k", "l"]].to_numpy(), span[["a", "b"]].to_numpy(), point, returns="crs", orientation="output")[
                1
            ]
        )

    for i in range(0, len(result.rows.unit), 4):
        unit, t = result.rows.unit[i], int(result.rows.time[i])
        before, end = distance(t - 1, unit, t - 1), distance(t, unit, t)
        technical = 0.5 * (end - distance(t - 1, unit, t)) + 0.5 * (distance(t, unit, t - 1) - before)
        assert result.term("efficiency_change")[i] == pytest.approx(before - end, abs=PUBLISHED)
        assert result.term("technical_change")[i] == pytest.approx(technical, abs=PUBLISHED)


def test_what_must_not_matter():
    frame = simulated()
    plain = two_outputs(frame)
    by = {"k": 1e-9, "l": 1e9, "a": 1e6, "b": 1e-7}
    scaled = two_outputs(frame.assign(**{name: frame[name] * factor for name, factor in by.items()}))
    shuffled = two_outputs(frame.sample(frac=1, random_state=3))
    twice = pd.concat([frame, frame[frame["j"] == "u03"].assign(j="x03")])
    doubled = two_outputs(twice)
    renamed = two_outputs(frame.assign(j="z" + frame["j"]))
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(scaled.term(name), values, rtol=0, atol=INVARIANT)
        np.testing.assert_array_equal(shuffled.term(name), values)
        np.testing.assert_allclose(doubled.term(name)[: values.size], values, rtol=0, atol=INVARIANT)
        np.testing.assert_array_equal(renamed.term(name), values)


def test_parts_add_up_and_index_has_no_orientation_under_constant_returns():
    frame = simulated()
    by_output, by_input = two_outputs(frame), two_outputs(frame, orientation="input")
    for name in TERMS:
        np.testing.assert_allclose(by_output.term(name), by_input.term(name), rtol=0, atol=INVARIANT)
    pure, scale = by_output.term("pure_efficiency_change"), by_output.term("scale_efficiency_change")
    np.testing.assert_allclose(pure + scale, by_output.term("efficiency_change"), rtol=0, atol=1e-14)
    assert by_output.diagnostics["largest_gap"] < 1e-14


def test_executors_change_no_bit():
    frame = simulated(units=12)
    panel = xz.Panel(frame, unit="j", time="t")
    method = Malmquist(inputs=["k", "l"], outputs=["a", "b"], returns="vrs")
    serial = method.fit(panel)
    spawn = get_context("spawn")
    for pool in (
        ThreadPoolExecutor(2),
        ProcessPoolExecutor(1, mp_context=spawn),
        ProcessPoolExecutor(2, mp_context=spawn),
    ):
        with pool as executor:
            other = method.fit(panel, executor=executor)
        for name, values in serial.rows.terms.items():
            assert values.tobytes() == other.term(name).tobytes()


def test_rows_that_cannot_be_computed_say_why():
    frame = simulated(units=12)
    frame.loc[(frame["j"] == "u00") & (frame["t"] == 2001), "k"] = np.nan
    frame.loc[(frame["j"] == "u01") & (frame["t"] == 2002), ["a", "b"]] = 0.0
    frame.loc[(frame["j"] == "u02") & (frame["t"] == 2002), "a"] = 0.0
    frame = frame[~((frame["j"] == "u03") & (frame["t"] == 2001))]
    result = two_outputs(frame)
    status = dict(zip(zip(result.rows.unit, result.rows.time.tolist(), strict=True), result.rows.status, strict=True))
    assert [status["u00", t] for t in (2001, 2002, 2003)] == ["missing_data", "missing_data", "ok"]
    assert [status["u01", t] for t in (2001, 2002, 2003)] == ["ok", "not_identified", "not_identified"]
    assert [status["u02", t] for t in (2001, 2002, 2003)] == ["ok", "ok", "ok"]
    assert status["u03", 2002] == "missing_data"
    assert "no row for 2001" in result.rows.reason.tolist()
    assert np.isnan(result.term("malmquist")[result.rows.status != "ok"]).all()
    assert "steps computed" in result.summary()


def test_filled_rows_span_a_sequential_frontier_only_on_request():
    frame = simulated(units=12).assign(hours=2000.0)
    frame.loc[(frame["j"] == "u05") & (frame["t"] == 2000), "hours"] = np.nan
    labour = xz.Labour(persons="l", hours="hours", missing_hours=xz.SplicedHours(reference="u00"))
    settings = {"inputs": ["k", labour], "outputs": ["a"]}
    panel = xz.Panel(frame, unit="j", time="t")
    without = Malmquist(**settings, technology="sequential").fit(panel)
    having = Malmquist(**settings, technology=Sequential(observed_only=False)).fit(panel)
    plain = Malmquist(**settings).fit(panel)
    assert [w[:6] for w in without.warnings] == []
    assert [w[:6] for w in having.warnings] == ["XZ-403"]
    assert "u05" in plain.warnings[0]
    assert without.diagnostics["reference_rows"]["2000"] == having.diagnostics["reference_rows"]["2000"] - 1
    with pytest.raises(DataError, match="XZ-208"):
        Malmquist(**settings, technology=Sequential(since=1990)).fit(panel)
    with pytest.raises(DataError, match="XZ-208"):
        Malmquist(**settings, window=(2000, 2010)).fit(panel)


# Names, gaps, years without technology ---------------------------------------------------------


def test_goods_of_one_kind_are_called_by_their_columns():
    panel = xz.Panel(simulated(units=12).assign(h=1.0), unit="j", time="t")
    labour = [xz.Labour(persons="l"), xz.Labour(hours="h")]
    inputs = [xz.Capital(growth="k"), xz.Capital(growth="b"), *labour]
    goods = Malmquist(inputs=inputs, outputs=["a"]).fit(panel).goods
    assert goods.input_names == ("k", "b", "l", "h")
    goods = xz.DEA(inputs=[xz.Capital(growth="k"), labour[0]], outputs=["a"]).fit(panel).goods
    assert goods.input_names == ("capital", "labour")
    with pytest.raises(UsageError, match="all different"):
        xz.DEA(inputs=[xz.Capital(growth="k"), xz.Capital(growth="k")], outputs=["a"]).fit(panel)


def test_nothing_to_compute_is_an_error():
    frame = simulated(units=12)
    with pytest.raises(DataError, match="no unit has two consecutive periods") as caught:
        two_outputs(frame.assign(t=2000 + 5 * (frame["t"] - 2000)))
    assert caught.value.code == "XZ-214"
    with pytest.raises(DataError, match="first: k missing in 2000 or 2001") as caught:
        two_outputs(frame.assign(k=frame["k"].where(frame["t"] % 2 == 1)))
    assert caught.value.code == "XZ-206"


def test_gaps_are_warned_of_and_a_late_start_is_none():
    frame = simulated(units=12)
    gap, late = (frame["j"] == "u03") & (frame["t"] == 2001), (frame["j"] == "u04") & (frame["t"] < 2002)
    result = two_outputs(frame[~gap & ~late])
    assert [w for w in result.warnings if w.startswith("XZ-405")] == [
        "XZ-405 1 units have gaps between their years: u03."
    ]
    mine = result.rows.unit == "u04"
    assert result.rows.reason[mine].tolist()[0] == "no row for 2001"
    assert result.rows.time[mine].tolist() == [2002, 2003]


def test_a_year_without_reference_units_is_named():
    panel = xz.Panel(simulated(units=12), unit="j", time="t")
    technology = Sequential(since=2002)
    rows = Malmquist(inputs=["k", "l"], outputs=["a"], technology=technology).fit(panel).rows
    first = rows.time == 2001
    assert set(rows.status[first]) == {"not_identified"}
    assert set(rows.reason[first]) == {"no reference unit for the technology of 2000"}
    assert set(rows.reason[rows.time == 2002]) == {"no reference unit for the technology of 2001"}
    assert set(rows.status[rows.time == 2003]) == {"ok"}
