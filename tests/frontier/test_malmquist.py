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
from xinzhi.frontier.distances import infeasible_cells, step_distances
from xinzhi.frontier.technology import Biennial, FixedBase, Global, Window

PUBLISHED = 1e-8  # the files carry 10 to 15 digits of scores solved at 1e-9 to 1e-11
INVARIANT = 1e-10  # log points; the same vertices in other units
EXACT = 1e-12  # log points; sums of a dozen logs of scores
TERMS = ("malmquist", "technical_change", "efficiency_change")
BY_SCALE = ("technical_change", "pure_efficiency_change", "scale_change")
RULES = ("contemporaneous", "sequential", Window(width=2), "global", "biennial", FixedBase(period=2001))
SPLITS = ("fgnz", "ray_desli", "base_period", "base_period_generalised", "biased")


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
    return Malmquist(**({"inputs": ["k", "l"], "outputs": ["a", "b"], "decompose_returns": "vrs"} | settings)).fit(
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
    found = (
        provinces(orientation=orientation, decompose_returns="vrs")
        .fit(economy_long())
        .indices()
        .set_index(["unit", "time"])
    )
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
    split = "vrs" if returns == "vrs" else None  # of the file: its index stays under constant returns
    result = Malmquist(**goods, orientation=orientation, decompose_returns=split).fit(
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
    result = two_outputs(frame, decompose_returns=None, technology=Sequential(since=2001), window=(2001, 2003))
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
    method = Malmquist(inputs=["k", "l"], outputs=["a", "b"], decompose_returns="vrs")
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
    assert [w[:6] for w in without.warnings] == ["XZ-401"]
    assert [w[:6] for w in having.warnings] == ["XZ-401", "XZ-403"]
    assert "u05" in plain.warnings[1]
    assert [(cell.unit, cell.year, cell.column, cell.value) for cell in plain.log] == [("u05", 2000, "hours", 2000.0)]
    filled = next(table for table in plain.tables() if table.name == "filled_cells")
    assert [row[:3] for row in filled.rows] == [("u05", 2000, "hours")]
    scores = xz.DEA(**settings).fit(panel)
    assert scores.log == plain.log
    assert scores.tables()[-1].rows == filled.rows
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


# Rules of technology, splits of the index -----------------------------------------------------


def logs(frame, years, of, *, returns="crs", orientation="output", mixed_with=None):
    """Return the distance of one observation, or of its inputs with the outputs of another year, by SciPy."""
    span = frame[frame["t"].isin(years)]
    cells = dict(frame.set_index(["j", "t"]).iterrows())
    x, y = cells[of], cells[of if mixed_with is None else (of[0], mixed_with)]
    point = (x[["k", "l"]].to_numpy(float), y[["a", "b"]].to_numpy(float))
    status, score = twin(
        span[["k", "l"]].to_numpy(), span[["a", "b"]].to_numpy(), point, returns=returns, orientation=orientation
    )
    assert status in ("ok", "infeasible")
    return np.log(score) * (1 if orientation == "output" else -1)


def spanned(rule, year):
    """Return the years that span the technology of a year, for a panel of 2000 to 2003."""
    return {
        "contemporaneous": [year],
        "sequential": list(range(2000, year + 1)),
        "window": [2000, 2001] if year == 2000 else [year - 1, year],
        "global": [2000, 2001, 2002, 2003],
        "biennial": [year - 1, year],
        "fixed_base": [2001],
    }[rule]


@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("returns", ["crs", "drs"])
@pytest.mark.parametrize(
    ("rule", "technology"),
    [
        ("window", Window(width=2)),
        ("global", Global()),
        ("biennial", Biennial()),
        ("fixed_base", FixedBase(period=2001)),
    ],
)
def test_rules_against_scipy_by_cell(rule, technology, returns, orientation):
    """Each programme written out anew; global and biennial: Pastor and Lovell 2005, Pastor, Asmild and Lovell 2011."""
    frame, how = simulated(), {"returns": returns, "orientation": orientation}
    result = two_outputs(frame, decompose_returns=None, technology=technology, **how)
    for i in range(0, len(result.rows.unit), 7):
        unit, t = result.rows.unit[i], int(result.rows.time[i])
        before, end = (unit, t - 1), (unit, t)

        def d(year, of):
            return logs(frame, spanned(rule, year), of, **how)

        if rule == "window":
            efficiency = d(t - 1, before) - d(t, end)
            index = 0.5 * (d(t - 1, before) - d(t - 1, end) + d(t, before) - d(t, end))
        else:
            efficiency = logs(frame, [t - 1], before, **how) - logs(frame, [t], end, **how)
            index = d(t, before) - d(t, end)
        assert result.term("malmquist")[i] == pytest.approx(index, abs=PUBLISHED)
        assert result.term("efficiency_change")[i] == pytest.approx(efficiency, abs=PUBLISHED)
        assert result.term("technical_change")[i] == pytest.approx(index - efficiency, abs=PUBLISHED)


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_ray_and_desli_against_scipy(orientation):
    """TC and PEC under vrs by geometric means, scale the residual of the crs index (Ray and Desli 1997)."""
    frame = simulated()
    result = two_outputs(frame, decomposition="ray_desli", orientation=orientation)
    assert list(result.rows.terms) == ["malmquist", *BY_SCALE]
    for i in range(0, len(result.rows.unit), 7):
        unit, t = result.rows.unit[i], int(result.rows.time[i])
        c, v = (
            {
                (tech, of): logs(frame, [t - 1 + tech], (unit, t - 1 + of), returns=returns, orientation=orientation)
                for tech in (0, 1)
                for of in (0, 1)
            }
            for returns in ("crs", "vrs")
        )
        index = 0.5 * (c[0, 0] - c[0, 1] + c[1, 0] - c[1, 1])
        inner = 0.5 * (v[0, 0] - v[0, 1] + v[1, 0] - v[1, 1])
        expected = (index, inner - v[0, 0] + v[1, 1], v[0, 0] - v[1, 1], index - inner)
        for name, value in zip(("malmquist", *BY_SCALE), expected, strict=True):
            known = np.nan if np.isnan(inner) and name == "malmquist" else value
            assert result.term(name)[i] == pytest.approx(known, abs=PUBLISHED, nan_ok=True)
        assert result.rows.status[i] == ("infeasible" if np.isnan(inner) else "ok")


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_splits_with_mixed_points_against_scipy(orientation):
    """Inputs of the end, outputs of the year before: scale (Grifell-Tatjé, Lovell), biases (Färe, Grosskopf)."""
    frame = simulated()
    general = two_outputs(frame, decomposition="base_period_generalised", orientation=orientation)
    biased = two_outputs(frame, decomposition="biased", orientation=orientation)
    for i in range(0, len(general.rows.unit), 7):
        unit, t = general.rows.unit[i], int(general.rows.time[i])

        def d(tech, inputs, outputs, returns, t=t, unit=unit):
            of, same = (unit, t - 1 + inputs), inputs == outputs
            other = None if same else t - 1 + outputs
            return logs(frame, [t - 1 + tech], of, returns=returns, orientation=orientation, mixed_with=other)

        scale = [d(0, x, 0, "crs") - d(0, x, 0, "vrs") for x in (0, 1)]
        assert general.term("scale_change")[i] == pytest.approx(scale[0] - scale[1], abs=PUBLISHED, nan_ok=True)
        technical = d(1, 1, 1, "vrs") - d(0, 1, 1, "vrs")
        assert general.term("technical_change")[i] == pytest.approx(technical, abs=PUBLISHED, nan_ok=True)
        shift = [d(1, x, y, "crs") - d(0, x, y, "crs") for x, y in ((0, 0), (1, 0), (1, 1))]
        assert biased.term("magnitude_change")[i] == pytest.approx(shift[0], abs=PUBLISHED)
        assert biased.term("input_biased_change")[i] == pytest.approx(0.5 * (shift[1] - shift[0]), abs=PUBLISHED)
        assert biased.term("output_biased_change")[i] == pytest.approx(0.5 * (shift[2] - shift[1]), abs=PUBLISHED)


@pytest.mark.parametrize("technology", RULES)
@pytest.mark.parametrize("decomposition", SPLITS)
def test_every_split_under_every_rule_adds_up(decomposition, technology):
    one = technology in ("global", "biennial") or isinstance(technology, FixedBase)
    settings = {"decomposition": decomposition, "technology": technology}
    if one and decomposition in ("base_period", "base_period_generalised", "biased"):
        with pytest.raises(UsageError, match="compares the technologies of two years"):
            two_outputs(simulated(units=3), **settings)
        return
    result = two_outputs(simulated(), **settings)
    good = result.rows.status == "ok"
    assert good.sum() > 30
    for total, parts in result.method.sums().items():
        gap = result.term(total) - sum(result.term(part) for part in parts)
        assert np.nanmax(np.abs(gap)) < EXACT
    assert set(result.rows.terms) == {name for total, parts in result.method.sums().items() for name in (total, *parts)}
    assert result.diagnostics["largest_gap"] < EXACT
    assert all(np.isfinite(values[good]).all() for values in result.rows.terms.values())
    assert np.isnan(result.term("malmquist")[~good]).all()


@pytest.mark.parametrize("technology", ["global", FixedBase(period=2001)])
@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_one_technology_for_all_years_is_circular(returns, technology):
    """Steps add up to the change over the whole period: d(2000) - d(2003) under the one technology."""
    frame = simulated()
    result = two_outputs(frame, returns=returns, decompose_returns=None, technology=technology)
    rule, checked = "global" if technology == "global" else "fixed_base", 0
    for unit in frame["j"].unique()[::4]:
        first, last = (logs(frame, spanned(rule, 2003), (unit, t), returns=returns) for t in (2000, 2003))
        mine = result.rows.unit == unit
        if (result.rows.status[mine] == "ok").all():
            assert result.term("malmquist")[mine].sum() == pytest.approx(first - last, abs=PUBLISHED)
            checked += 1
    assert checked >= 2
    chained = two_outputs(frame, decompose_returns=None)
    direct = frame[frame["t"].isin([2000, 2003])].assign(t=lambda rows: np.where(rows["t"] == 2000, 0, 1))
    whole = two_outputs(direct, decompose_returns=None)
    steps = np.array([chained.term("malmquist")[chained.rows.unit == unit].sum() for unit in whole.rows.unit])
    assert np.abs(steps - whole.term("malmquist")).max() > 1e-3  # the contemporaneous index is not


def growing(rate=0.02, units=20, years=4):
    """Return units with fixed inputs whose outputs all grow at one rate: TC is the rate, nothing else changes."""
    frame = simulated(units=units, years=1)
    rows = [
        frame.assign(t=2000 + t, a=frame["a"] * np.exp(rate * t), b=frame["b"] * np.exp(rate * t)) for t in range(years)
    ]
    return pd.concat(rows)


@pytest.mark.parametrize(
    ("decomposition", "technology"),
    [(split, rule) for split in ("fgnz", "ray_desli") for rule in RULES] + [("biased", rule) for rule in RULES[:3]],
)
def test_neutral_progress_is_technical_change_alone(decomposition, technology):
    settings = {"decomposition": decomposition, "technology": technology}
    result = two_outputs(growing(), **settings, window=(2001, 2003))
    zero = {
        "fgnz": ("efficiency_change", "pure_efficiency_change", "scale_efficiency_change"),
        "ray_desli": ("pure_efficiency_change", "scale_change"),
        "biased": ("efficiency_change", "output_biased_change", "input_biased_change"),
    }[decomposition]
    for name in ("malmquist", "technical_change"):
        np.testing.assert_allclose(result.term(name), 0.02, rtol=0, atol=INVARIANT)
    for name in zero:
        np.testing.assert_allclose(result.term(name), 0.0, rtol=0, atol=INVARIANT)


@pytest.mark.parametrize("decomposition", ["ray_desli", "base_period", "base_period_generalised", "fgnz"])
def test_a_move_to_the_best_scale_is_scale_change_alone(decomposition):
    """Closed form: vrs frontier through (1, 1), (2, 4), (4, 6); a unit moves from (1, 1) to (2, 4): M = 2, scale 2."""
    rows = [(name, t, x, y) for name, x, y in (("p", 1.0, 1.0), ("q", 2.0, 4.0), ("r", 4.0, 6.0)) for t in (0, 1)]
    rows += [("mover", 0, 1.0, 1.0), ("mover", 1, 2.0, 4.0)]
    method = Malmquist(
        inputs=["x"], outputs=["y"], decompose_returns="vrs", decomposition=decomposition, reference=("p", "q", "r")
    )
    result = method.fit(xz.Panel(pd.DataFrame(rows, columns=list("jtxy")), unit="j", time="t"))
    mine = int(np.flatnonzero(result.rows.unit == "mover")[0])
    scale = "scale_efficiency_change" if decomposition == "fgnz" else "scale_change"
    expected = {"malmquist": np.log(2), scale: np.log(2), "technical_change": 0.0, "pure_efficiency_change": 0.0}
    for name, value in expected.items():
        assert result.term(name)[mine] == pytest.approx(value, abs=INVARIANT)


def test_returns_set_the_index_and_decompose_returns_the_split():
    frame = simulated()
    crs, split = two_outputs(frame, decompose_returns=None), two_outputs(frame)
    vrs = two_outputs(frame, returns="vrs", decompose_returns=None)
    for name in TERMS:
        np.testing.assert_array_equal(crs.term(name), split.term(name))
    np.testing.assert_allclose(
        vrs.term("efficiency_change"), split.term("pure_efficiency_change"), rtol=0, atol=INVARIANT
    )
    good = vrs.rows.status == "ok"
    assert 0 < (~good).sum() < good.size
    assert set(vrs.rows.status[~good]) == {"infeasible"}
    assert np.abs(vrs.term("malmquist") - crs.term("malmquist"))[good].max() > 1e-3
    bi = two_outputs(frame, returns="vrs", decompose_returns=None, technology="biennial")
    assert (bi.rows.status == "ok").all()  # what Pastor, Asmild and Lovell made it for


def test_settings_that_do_not_fit_are_errors():
    goods = {"inputs": ["k"], "outputs": ["a"]}
    with pytest.raises(UsageError, match="give decompose_returns"):
        Malmquist(**goods, decomposition="ray_desli")
    with pytest.raises(UsageError, match="under constant returns"):
        Malmquist(**goods, returns="vrs", decompose_returns="vrs")
    with pytest.raises(UsageError, match="scored='end'"):
        Malmquist(**goods, technology=Window(width=2, scored="all"))
    with pytest.raises(DataError, match="XZ-208"):
        Malmquist(**goods, technology=FixedBase(period=1990)).fit(xz.Panel(simulated(units=3), unit="j", time="t"))


@pytest.mark.parametrize("technology", RULES)
def test_unbalanced_panels(technology):
    """A unit that leaves spans the technologies of its years; the others' steps are those of SciPy."""
    frame = simulated()
    gone = frame[~((frame["j"] == "u02") & (frame["t"] > 2001)) & ~((frame["j"] == "u05") & (frame["t"] == 2000))]
    result = two_outputs(gone, decompose_returns=None, technology=technology)
    assert (result.rows.status == "ok").sum() == 3 * 15 - 3
    rule = technology if isinstance(technology, str) else "window" if isinstance(technology, Window) else "fixed_base"
    if rule in ("global", "biennial"):
        for i in range(0, len(result.rows.unit), 9):
            unit, t = result.rows.unit[i], int(result.rows.time[i])
            if result.rows.status[i] == "ok":
                first, last = (logs(gone, spanned(rule, t), (unit, year)) for year in (t - 1, t))
                assert result.term("malmquist")[i] == pytest.approx(first - last, abs=PUBLISHED)


def test_filled_rows_leave_the_own_technologies_of_a_global_index_too():
    frame = simulated(units=12).assign(hours=2000.0)
    frame.loc[(frame["j"] == "u05") & (frame["t"] == 2000), "hours"] = np.nan
    labour = xz.Labour(persons="l", hours="hours", missing_hours=xz.SplicedHours(reference="u00"))
    panel = xz.Panel(frame, unit="j", time="t")
    without = Malmquist(inputs=["k", labour], outputs=["a"], technology="global").fit(panel)
    having = Malmquist(inputs=["k", labour], outputs=["a"], technology=Global(observed_only=False)).fit(panel)
    assert [w[:6] for w in without.warnings] == ["XZ-401"]
    assert [w[:6] for w in having.warnings] == ["XZ-401", "XZ-403"]
    for result in (without, having):  # the technology of a year is inside that of all years
        for side in ("before", "end"):
            gap = result.distances[f"common_{side}"] - result.distances[f"own_{side}"]
            assert gap.min() > -INVARIANT


def test_splits_do_not_depend_on_units_of_measurement_or_on_duplicates():
    frame = simulated()
    by = {"k": 1e-9, "l": 1e9, "a": 1e6, "b": 1e-7}
    scaled = frame.assign(**{name: frame[name] * factor for name, factor in by.items()})
    twice = pd.concat([frame, frame[frame["j"] == "u03"].assign(j="x03")])
    for settings in ({"decomposition": "ray_desli"}, {"decomposition": "biased"}, {"technology": "biennial"}):
        plain = two_outputs(frame, **settings)
        for other in (two_outputs(scaled, **settings), two_outputs(twice, **settings)):
            assert other.rows.status[: plain.rows.status.size].tolist() == plain.rows.status.tolist()
            for name, values in plain.rows.terms.items():
                np.testing.assert_allclose(other.term(name)[: values.size], values, rtol=0, atol=INVARIANT)


def test_means_by_period_count_what_has_no_solution():
    result = two_outputs(simulated(), decomposition="ray_desli")
    table = {t.name: t for t in result.tables()}["by_period"].columns()
    assert table["time"] == [2001, 2002, 2003]
    assert table["steps"] == [15, 15, 15]
    assert sum(table["without_solution"]) == (result.rows.status == "infeasible").sum() > 0
    for k, year in enumerate(table["time"]):
        mine = (result.rows.time == year) & (result.rows.status == "ok")
        assert table["computed"][k] == mine.sum()
        assert table["scale_change"][k] == pytest.approx(100 * result.term("scale_change")[mine].mean(), abs=EXACT)
    assert "scale change" in result.summary()
    assert "under the technology of" in result.warnings[0]


@pytest.mark.parametrize("technology", RULES)
def test_ray_and_desli_is_the_vrs_index_and_what_scale_adds(technology):
    """Also under one technology (Pastor, Asmild and Lovell 2011): M_c = TC_v x PEC x (M_c / M_v)."""
    frame, rule = simulated(), {"technology": technology}
    split = two_outputs(frame, decomposition="ray_desli", **rule)
    crs, vrs = (two_outputs(frame, returns=returns, decompose_returns=None, **rule) for returns in ("crs", "vrs"))
    good = split.rows.status == "ok"
    np.testing.assert_array_equal(good, vrs.rows.status == "ok")
    expected = {
        "malmquist": crs.term("malmquist"),
        "technical_change": vrs.term("technical_change"),
        "pure_efficiency_change": vrs.term("efficiency_change"),
        "scale_change": crs.term("malmquist") - vrs.term("malmquist"),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(split.term(name)[good], values[good], rtol=0, atol=INVARIANT)
