"""Luenberger indicator: SciPy's own programmes, closed forms, what must not matter and what does."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.frontier.programmes import WORDS
from xinzhi.errors import UsageError
from xinzhi.frontier.directional import Direction, Moving
from xinzhi.frontier.disposability import ByProduction, Kuosmanen, Weak
from xinzhi.frontier.distances import step_distances
from xinzhi.frontier.luenberger import Luenberger
from xinzhi.frontier.technology import Biennial, FixedBase, Global, Sequential, Window

CLOSE = 1e-8  # two solvers at 1e-9 to 1e-10
INVARIANT = 1e-10  # the same vertices in other units
EXACT = 1e-12  # sums of a few distances
TERMS = ("luenberger", "technical_change", "efficiency_change")
RULES = {
    "contemporaneous": "contemporaneous",
    "sequential": Sequential(),
    "window": Window(width=2),
    "global": Global(),
    "biennial": Biennial(),
    "fixed_base": FixedBase(period=2001),
}
GOODS = ("k", "l", "y", "z")


def simulated(seed=5, units=12, years=3):
    """Return two inputs, one output and one bad output that grows with it."""
    draw = np.random.default_rng(seed)
    rows = []
    for t in range(years):
        x = np.exp(draw.normal(0.02 * t, 0.6, (units, 2)))
        y = np.sqrt(x.prod(axis=1)) * np.exp(0.02 * t - draw.uniform(0, 0.4, units))
        z = y * np.exp(draw.normal(-0.03 * t, 0.2, units))
        rows += [(f"u{j:02d}", 2000 + t, *x[j], y[j], z[j]) for j in range(units)]
    return pd.DataFrame(rows, columns=["j", "t", *GOODS])


def indicator(frame, *, bad=False, **settings):
    goods = {"inputs": ["k", "l"], "outputs": ["y"]}
    if bad:
        goods |= {"bad_outputs": ["z"], "disposability": Weak(bads="inequality")}
    return Luenberger(**(goods | settings)).fit(xz.Panel(frame, unit="j", time="t"))


def spanned(rule, year):
    return {
        "contemporaneous": [year],
        "sequential": list(range(2000, year + 1)),
        "window": [2000, 2001] if year == 2000 else [year - 1, year],
        "global": [2000, 2001, 2002],
        "biennial": [year - 1, year],
        "fixed_base": [2001],
    }[rule]


def distance(frame, years, of, *, direction, returns="crs", bads=None):
    """Return max b with (x - b g_x, y + b g_y, z - b g_z) in the technology of some years, by SciPy."""
    span = frame[frame["t"].isin(years)]
    point = frame[(frame["j"] == of[0]) & (frame["t"] == of[1])].iloc[0]
    n, g = len(span), dict(zip(GOODS, direction(point), strict=True))
    less = ["k", "l"] + (["z"] if bads == "inequality" else [])
    rows = [np.r_[span[name], g[name]] for name in less] + [np.r_[-span["y"], g["y"]]]
    limits = [point[name] for name in less] + [-point["y"]]
    equal, values = [], []
    if bads == "equality":
        equal, values = [np.r_[span["z"], g["z"]]], [point["z"]]
    if returns == "vrs":
        equal, values = [*equal, np.r_[np.ones(n), 0.0]], [*values, 1.0]
    found = linprog(
        np.r_[np.zeros(n), -1.0],
        A_ub=np.array(rows),
        b_ub=limits,
        A_eq=np.array(equal) if equal else None,
        b_eq=values or None,
        bounds=[(0, None)] * n + [(None, None)],
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    status = WORDS.get(found.status, "numerical")
    assert status in ("ok", "infeasible")
    return found.x[-1] if status == "ok" else np.nan


def own(point):
    return [point[name] for name in GOODS]


@pytest.mark.parametrize("bads", [None, "inequality", "equality"])
@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize("rule", RULES)
def test_against_scipy_by_cell(rule, returns, bads):
    """Each programme of Chambers, Färe and Grosskopf (1996) written out anew, own goods as the direction."""
    frame = simulated()
    settings = {} if bads is None else {"bad_outputs": ["z"], "disposability": Weak(bads=bads)}
    result = indicator(frame, technology=RULES[rule], returns=returns, **settings)
    for i in range(0, len(result.rows.unit), 5):
        unit, t = result.rows.unit[i], int(result.rows.time[i])
        ends = ((unit, t - 1), (unit, t))

        def d(years, of, ends=ends):
            return distance(frame, years, ends[of], direction=own, returns=returns, bads=bads)

        before, end = spanned(rule, t - 1), spanned(rule, t)
        if rule in ("global", "biennial", "fixed_base"):
            total, efficiency = d(end, 0) - d(end, 1), d([t - 1], 0) - d([t], 1)
        else:
            total = 0.5 * (d(before, 0) - d(before, 1) + d(end, 0) - d(end, 1))
            efficiency = d(before, 0) - d(end, 1)
        assert result.term("luenberger")[i] == pytest.approx(total, abs=CLOSE, nan_ok=True)
        assert result.term("efficiency_change")[i] == pytest.approx(efficiency, abs=CLOSE)
        assert result.term("technical_change")[i] == pytest.approx(total - efficiency, abs=CLOSE, nan_ok=True)
        assert result.rows.status[i] == ("infeasible" if np.isnan(total) else "ok")


DIRECTIONS = {
    "mean": ("mean", None),
    "unit": ("unit", lambda point: np.ones(4)),
    "inputs": (Moving(goods=("k", "l")), lambda point: [point["k"], point["l"], 0.0, 0.0]),
    "numbers": (Direction(inputs=(0.0, 2.0), outputs=("y",)), lambda point: [0.0, 2.0, point["y"], 0.0]),
    "bads": (Moving(goods=("y", "z")), lambda point: [0.0, 0.0, point["y"], point["z"]]),
}


@pytest.mark.parametrize("name", DIRECTIONS)
def test_directions_against_scipy(name):
    frame = simulated()
    direction, numbers = DIRECTIONS[name]
    mean = frame[list(GOODS)].mean().to_numpy()  # of all observations: distances to two technologies need one direction
    result = indicator(frame, bad=True, direction=direction)
    for i in range(0, len(result.rows.unit), 5):
        unit, t = result.rows.unit[i], int(result.rows.time[i])
        d = {
            (tech, of): distance(
                frame,
                [t - 1 + tech],
                (unit, t - 1 + of),
                direction=numbers or (lambda point: mean),
                bads="inequality",
            )
            for tech in (0, 1)
            for of in (0, 1)
        }
        total = 0.5 * (d[0, 0] - d[0, 1] + d[1, 0] - d[1, 1])
        assert result.term("luenberger")[i] == pytest.approx(total, abs=CLOSE, nan_ok=True)
        assert result.rows.status[i] == ("infeasible" if np.isnan(total) else "ok")
        assert result.term("efficiency_change")[i] == pytest.approx(d[0, 0] - d[1, 1], abs=CLOSE)


def test_input_direction_under_constant_returns_is_one_less_the_farrell_score():
    """Closed form: along the observed inputs D = 1 - theta."""
    frame = simulated()
    result = indicator(frame, direction=Moving(goods=("k", "l")))
    radial = step_distances(
        result.goods,
        result.steps,
        result.technologies,
        result.panel.when,
        run=xz.compute.Run(),
        returns="crs",
        orientation="input",
    )
    for side, values in result.distances.items():
        np.testing.assert_allclose(values, 1.0 - np.exp(-radial.log[side]), rtol=0, atol=INVARIANT)


def test_both_goods_under_constant_returns_by_hand():
    """One input, one output: D = (1 - E) / (1 + E), E the Farrell score, from (1 - D) x Y/X = (1 + D) y."""
    rows = [("A", 0, 10.0, 5.0), ("A", 1, 11.0, 6.0), ("B", 0, 28.0, 7.0), ("B", 1, 26.0, 8.0)]
    panel = xz.Panel(pd.DataFrame(rows, columns=list("jtxy")), unit="j", time="t")
    result = Luenberger(inputs=["x"], outputs=["y"]).fit(panel)
    best = (5 / 10, 6 / 11)

    def d(tech, x, y):
        score = y / x / best[tech]
        return (1 - score) / (1 + score)

    for i, ((x0, y0), (x1, y1)) in enumerate((((10, 5), (11, 6)), ((28, 7), (26, 8)))):
        expected = 0.5 * (d(0, x0, y0) - d(0, x1, y1) + d(1, x0, y0) - d(1, x1, y1))
        assert result.term("luenberger")[i] == pytest.approx(expected, abs=EXACT)
        assert result.term("efficiency_change")[i] == pytest.approx(d(0, x0, y0) - d(1, x1, y1), abs=EXACT)


@pytest.mark.parametrize("rule", RULES)
def test_terms_add_up_and_scale_is_split(rule):
    result = indicator(simulated(), technology=RULES[rule], decompose_returns="vrs")
    for total, parts in result.method.sums().items():
        gap = result.term(total) - sum(result.term(part) for part in parts)
        assert np.nanmax(np.abs(gap)) < EXACT
    vrs = indicator(simulated(), technology=RULES[rule], returns="vrs")
    pure = result.term("pure_efficiency_change")
    np.testing.assert_allclose(pure, vrs.term("efficiency_change"), rtol=0, atol=INVARIANT)
    assert np.abs(result.term("scale_efficiency_change")).max() > 1e-3


@pytest.mark.parametrize("rule", ["global", "fixed_base"])
def test_one_technology_for_all_years_is_circular(rule):
    frame = simulated()
    result = indicator(frame, technology=RULES[rule])
    for unit in ("u00", "u07"):
        first, last = (distance(frame, spanned(rule, 2002), (unit, t), direction=own) for t in (2000, 2002))
        assert result.term("luenberger")[result.rows.unit == unit].sum() == pytest.approx(first - last, abs=CLOSE)


def test_neutral_progress_is_technical_change_alone():
    """Simulated truth: inputs fall by 3 % a year everywhere; along a fixed direction, TC is what the frontier saves."""
    frame = simulated(years=1)
    rows = [frame.assign(t=2000 + t, k=frame["k"] * 0.97**t, l=frame["l"] * 0.97**t) for t in range(3)]
    result = indicator(pd.concat(rows), direction=Moving(goods=("k", "l")))
    np.testing.assert_allclose(result.term("efficiency_change"), 0.0, rtol=0, atol=INVARIANT)
    score = 1.0 - result.distances["own_before"]
    expected = 0.5 * score * ((1 / 0.97 - 1) + (1 - 0.97))  # D = 1 - theta, and theta moves by the factor
    np.testing.assert_allclose(result.term("technical_change"), expected, rtol=0, atol=INVARIANT)


BY = {"k": 1e-6, "l": 1e9, "y": 1e6, "z": 1e-7}


@pytest.mark.parametrize("direction", ["observed", "mean", Moving(goods=("y", "z"))])
def test_units_of_measurement_do_not_matter(direction):
    frame = simulated()
    scaled = frame.assign(**{name: frame[name] * factor for name, factor in BY.items()})
    plain, other = (indicator(data, bad=True, direction=direction) for data in (frame, scaled))
    for name in TERMS:
        np.testing.assert_allclose(other.term(name), plain.term(name), rtol=0, atol=INVARIANT)


def test_units_of_measurement_matter_along_units_and_duplicates_along_the_mean():
    frame = simulated()
    scaled = frame.assign(k=frame["k"] * 10)
    plain, other = (indicator(data, direction="unit") for data in (frame, scaled))
    assert np.abs(other.term("luenberger") - plain.term("luenberger")).max() > 1e-3
    twice = pd.concat([frame, frame[frame["j"] == "u03"].assign(j="x03")])
    for direction, same in (("observed", True), ("unit", True), ("mean", False)):
        plain, doubled = (indicator(data, direction=direction).term("luenberger") for data in (frame, twice))
        gap = np.abs(doubled[: plain.size] - plain).max()
        assert (gap < INVARIANT) if same else (gap > 1e-4)


@pytest.mark.parametrize("disposability", [Kuosmanen(bads="equality"), ByProduction(polluting=("k",))])
def test_other_disposabilities_give_terms_that_add_up(disposability):
    result = indicator(simulated(), bad_outputs=["z"], disposability=disposability, technology="global")
    assert (result.rows.status == "ok").all()
    gap = result.term("luenberger") - result.term("technical_change") - result.term("efficiency_change")
    assert np.abs(gap).max() < EXACT


def test_weak_disposability_by_one_intensity_is_noted_under_variable_returns():
    settings = {"bad_outputs": ["z"], "disposability": Weak(bads="equality"), "technology": "global"}
    noted = indicator(simulated(), decompose_returns="vrs", **settings)
    assert "Kuosmanen" in noted.diagnostics["disposability"]
    assert "disposability" not in indicator(simulated(), **settings).diagnostics


def test_settings_that_do_not_fit_are_errors():
    frame = simulated(units=3)
    with pytest.raises(UsageError, match="disposability"):
        indicator(frame, bad_outputs=["z"])
    with pytest.raises(UsageError, match="depends on the reference set"):
        indicator(frame, direction=Moving(goods=("y",), by="range"))
    with pytest.raises(UsageError, match=r"Luenberger\.direction"):
        indicator(frame, direction="ideal")
    with pytest.raises(UsageError, match="unknown setting 'orientation'"):
        indicator(frame, orientation="input")
    with pytest.raises(UsageError, match="XZ-103"):
        indicator(frame, direction=Moving(goods=("gdp",)))


def test_rows_that_cannot_be_computed_say_why():
    frame = simulated()
    frame.loc[(frame["j"] == "u00") & (frame["t"] == 2001), "k"] = np.nan
    frame.loc[(frame["j"] == "u01") & (frame["t"] == 2001), "z"] = 0.0
    result = indicator(frame, bad=True, direction=Moving(goods=("z",)))
    status, reason = (
        dict(zip(zip(result.rows.unit, result.rows.time.tolist(), strict=True), words, strict=True))
        for words in (result.rows.status, result.rows.reason)
    )
    assert status["u00", 2001] == "missing_data"
    assert status["u01", 2001] == status["u01", 2002] == "not_identified"
    assert reason["u01", 2001] == "no good moves: observation of 2001 under the technology of 2001"
    assert np.isnan(result.term("luenberger")[result.rows.status != "ok"]).all()
    assert status["u04", 2001] == "ok"


def test_what_is_published_calls_a_difference_a_difference():
    result = indicator(simulated(), decompose_returns="vrs", bad=True)
    means, by_period = result.tables()
    assert means.unit == by_period.unit == "hundredths of the direction a year"
    assert not any("log" in note for note in means.notes)
    assert "hundredths of the direction" in result.summary()
    pd.testing.assert_frame_equal(result.indices(), result.tidy())
    assert by_period.columns()["computed"] == [12, 12]
