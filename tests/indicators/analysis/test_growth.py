"""Growth of scores: exact parts of means against closed forms, derivatives, and the limits of what is decomposed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.toys import frame, framework
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.analysis.growth import NEAR, Scale, ScoreGrowth, ScoreGrowthResult, movers
from xinzhi.indicators.weights.entropy import Entropy
from xinzhi.indicators.weights.panel import ByYear
from xinzhi.panel.panel import Floats

EXACT = 1e-12
"""Sums of a few dozen products of numbers below one."""
YEARS = (2018, 2019, 2020, 2021)
NESTED = xz.Framework(
    indicators=[xz.Indicator(name=f"x{j}", parent=("one", "two", "two", "three", "three")[j]) for j in range(5)],
    dimensions=[
        xz.Dimension(name="index"),
        xz.Dimension(name="one", parent="index"),
        xz.Dimension(name="both", parent="index"),
        xz.Dimension(name="two", parent="both"),
        xz.Dimension(name="three", parent="both"),
    ],
)
MEANS = [
    xz.ArithmeticMean(),
    xz.GeometricMean(),
    xz.HarmonicMean(),
    xz.GeneralisedMean(power=0.5),
    xz.GeneralisedMean(power=-2.0),
]


def values(m: int = 5, seed: int = 11) -> Floats:
    return np.random.default_rng(seed).uniform(1, 9, (8 * len(YEARS), m))


def system(
    tree: Any = NESTED, by: Any = None, *, weigh: Any = None, levels: Any = None, over: Any = "pooled", **aggregate: Any
) -> xz.IndexSystem:
    norm = xz.Normalise(by=xz.MinMax(low=0.1), over=over)
    rules = xz.Aggregate(by=by or xz.ArithmeticMean(), levels=levels or {}, **aggregate)
    return xz.IndexSystem(framework=tree, steps=[norm, weigh or xz.Weigh(by=xz.Equal()), rules])


def grown(x: Floats, of: xz.IndexSystem, by: Any = "indicators", years: Any = YEARS) -> Any:
    panel = xz.Panel(frame(x, years), unit="unit", time="year")
    result = ScoreGrowth(system=of, by=by).fit(panel)
    assert isinstance(result, ScoreGrowthResult)
    return result


def parts(result: Any) -> Floats:
    return np.column_stack([cells for name, cells in result.rows.terms.items() if name != "change"])


def ends(result: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """Return indicators and index before and after each step."""
    stage, steps = result.index.last, result.panel.steps()
    z, s = stage.values, stage.scores[:, -1]
    return z[steps.before], z[steps.end], s[steps.before], s[steps.end]


def test_arithmetic_mean_is_weight_times_change() -> None:
    result = grown(values(3), system(framework(3)))
    z0, z1, _, _ = ends(result)
    assert np.abs(parts(result) - (z1 - z0) / 3).max() < EXACT
    assert list(result.rows.terms) == ["change", "x0", "x1", "x2"]


def test_geometric_mean_is_the_logarithmic_mean() -> None:
    """Additive LMDI-I, Ang (2015) eq. 4, with weights as exponents."""
    weights = xz.Weigh(by=xz.Given(scale="relative"))
    result = grown(values(3), system(framework(3, weights=[1, 2, 3]), xz.GeometricMean(), weigh=weights))
    z0, z1, s0, s1 = ends(result)
    mean = (s1 - s0) / np.log(s1 / s0)
    assert np.abs(parts(result) - mean[:, None] * (np.array([1, 2, 3]) / 6) * np.log(z1 / z0)).max() < EXACT


def test_harmonic_mean_by_hand() -> None:
    result = grown(values(2), system(framework(2), xz.HarmonicMean()))
    z0, z1, s0, s1 = ends(result)
    assert np.abs(parts(result) - (s0 * s1)[:, None] * 0.5 * (z1 - z0) / (z0 * z1)).max() < EXACT


@pytest.mark.parametrize("rule", MEANS)
@pytest.mark.parametrize("by", ["dimensions", "indicators"])
def test_parts_add_up_in_a_tree(rule: Any, by: Any) -> None:
    result = grown(values(), system(by=rule), by)
    assert np.abs(parts(result).sum(axis=1) - result.term("change")).max() < EXACT
    expected = {"dimensions": ["one", "both"], "indicators": ["x0", "x1", "x2", "x3", "x4"]}[by]
    assert list(result.rows.terms)[1:] == expected


@pytest.mark.parametrize("levels", [{2: xz.GeometricMean()}, {3: xz.GeometricMean()}, {4: xz.HarmonicMean()}])
def test_indicators_share_out_their_dimension(levels: Any) -> None:
    of = system(levels=levels)
    fine, coarse = grown(values(), of), grown(values(), of, "dimensions")
    assert np.abs(fine.term("x0") - coarse.term("one")).max() < EXACT
    assert np.abs(parts(fine)[:, 1:].sum(axis=1) - coarse.term("both")).max() < EXACT


@pytest.mark.parametrize("rule", MEANS)
def test_small_changes_are_derivatives(rule: Any) -> None:
    """Changing one indicator at a time by h changes the score by its part, up to h^2."""
    h, start = 1e-5, np.random.default_rng(2).uniform(0.3, 0.9, (6, 5))
    step = np.random.default_rng(3).normal(size=(6, 5)) * h
    anchors = np.vstack([np.zeros(5), np.ones(5)])  # keep the bounds of min-max at 0 and 1

    def index_of(z: Floats) -> Floats:
        panel = xz.Panel(frame(np.vstack([z, anchors + 0.0])), unit="unit")
        return np.asarray(system(by=rule).fit(panel).term("index"))[:6]

    both = np.vstack([start, anchors, start + step, anchors])
    found = grown(both, system(by=rule), years=(1, 2))
    for j in range(5):
        alone = start.copy()
        alone[:, j] += step[:, j]
        moved = index_of(alone) - index_of(start)
        assert np.abs(found.term(f"x{j}")[:6] - moved).max() < 100 * h**2


def test_time_reversal_changes_signs() -> None:
    x = values()[: 2 * 8]
    there = parts(grown(x, system(by=xz.GeometricMean()), years=(1, 2)))
    back = parts(grown(np.vstack([x[8:], x[:8]]), system(by=xz.GeometricMean()), years=(1, 2)))
    assert np.abs(there + back).max() < EXACT


def test_nothing_moves_where_nothing_changes() -> None:
    x = np.tile(values()[:8], (2, 1))
    result = grown(x, system(by=xz.GeometricMean()), years=(1, 2))
    assert np.abs(parts(result)).max() == 0


def test_quotients_are_smooth_where_changes_vanish() -> None:
    z = np.full(3, 0.7)
    for power in (0.0, -1.0, 0.5, 2.0):
        scale = Scale(power)
        slope = (power or 1.0) * 0.7 ** (power - 1)
        for width in (0.0, 0.1 * NEAR, 10 * NEAR):
            assert scale.quotient(z, z * (1 + width)) == pytest.approx(slope, rel=1e-5)


def test_weights_that_differ_by_year_leave_a_part_of_their_own() -> None:
    of = system(framework(3), weigh=xz.Weigh(by=ByYear(of=Entropy())))
    result = grown(values(3), of)
    assert list(result.rows.terms)[-1] == "change_of_weights"
    z0, z1, s0, s1 = ends(result)
    w, steps, time = result.index.last.weights[:, :3], result.panel.steps(), result.index.last.time
    w0, w1 = w[time[steps.before]], w[time[steps.end]]
    assert np.abs(result.term("change_of_weights") - ((w1 - w0) * (z0 + z1) / 2).sum(axis=1)).max() < EXACT
    assert np.abs(parts(result).sum(axis=1) - (s1 - s0)).max() < EXACT


def test_a_part_that_is_missing_moves_the_weights() -> None:
    x = values(3)
    x[9, 1] = np.nan
    missing = grown(x, system(framework(3)))
    assert (missing.rows.status == "missing_data").sum() == 2
    assert "x1" in missing.rows.reason[missing.rows.status != "ok"][0]
    counted = grown(x, system(framework(3), availability=0.5))
    assert (counted.rows.status == "ok").all()
    assert np.count_nonzero(np.abs(counted.term("change_of_weights")) > EXACT) == 2
    assert np.abs(parts(counted).sum(axis=1) - counted.term("change")).max() < EXACT


@pytest.mark.parametrize("high", [1.0, 100.0, 1e6])
def test_scale_of_the_score_scales_the_parts(high: float) -> None:
    def of(top: float) -> xz.IndexSystem:
        norm = xz.Normalise(by=xz.MinMax(low=0.1 * top, high=top))
        return xz.IndexSystem(
            framework=NESTED, steps=[norm, xz.Weigh(by=xz.Equal()), xz.Aggregate(by=xz.GeometricMean())]
        )

    one, other = parts(grown(values(), of(1.0))), parts(grown(values(), of(high)))
    assert np.abs(one - other / high).max() < EXACT


def test_below_a_floor_nothing_moves_the_score() -> None:
    floored = xz.GeometricMean(floor=0.5)
    result = grown(values(3), system(framework(3), floored))
    z0, z1, _, _ = ends(result)
    under = (z0 < 0.5) & (z1 < 0.5)
    assert under.any()
    assert np.abs(parts(result)[under]).max() < EXACT
    assert np.abs(parts(result).sum(axis=1) - result.term("change")).max() < EXACT


def test_rates_and_trends_over_a_period() -> None:
    result = grown(values(), system())
    found = result.over((2018, 2021))
    index = {u: result.index.term("index")[result.index.rows.unit == u] for u in found["unit"]}
    for k, unit in enumerate(found["unit"]):
        s = index[unit]
        assert found["change"][k] == pytest.approx(s[-1] - s[0])
        assert s[0] * (1 + found["rate"][k] / 100) ** 3 == pytest.approx(s[-1])
        assert found["trend"][k] == pytest.approx(np.polyfit(YEARS, s, 1)[0])
        steps = result.term("x2")[result.rows.unit == unit]
        assert found["x2"][k] == pytest.approx(steps.sum())


def test_tables_figures_and_words() -> None:
    result = grown(values(), system(), "dimensions")
    view = xz.View(units=("u03", "u01"), periods=((2018, 2020), (2020, 2021)))
    growth, shares = result.tables(view)
    assert growth.columns()["unit"] == ["u03", "u01", "u03", "u01"]
    assert [f.label for f in shares.fields][2:] == ["Change", "one", "both"]
    rows = shares.columns()
    for k, change in enumerate(rows["change"]):
        assert rows["one"][k] + rows["both"][k] == pytest.approx(change)  # type: ignore[operator]
    assert "u03, 2018–2020: score" in result.summary(view)
    assert result.figures(view)[0].to_dict()["title"]


def test_summary_tells_of_the_largest_changes_and_of_the_part_that_went_the_same_way() -> None:
    """Of 8 units three rose most and three fell most; the part named has the sign of the change."""
    result = grown(values(), system(), "dimensions")
    lines, found = result.summary().splitlines(), result.over((2018, 2021))
    order = np.argsort(-found["change"])
    told = [line.partition(",")[0] for line in lines]
    assert told == [found["unit"][k] for k in [*order[:3], *order[-3:]]]
    parts = {result.name(name): found[name] for name in result.rows.terms if name != "change"}
    for line, unit in zip(lines, told, strict=True):
        row = found["unit"].index(unit)
        name = line.rpartition("of which ")[2].rpartition(" ")[0]
        moves = {part: cells[row] * np.sign(found["change"][row]) for part, cells in parts.items()}
        assert name == max(moves, key=lambda part: moves[part])
        assert moves[name] > 0
    assert any("zero" in note for note in result.tables()[0].notes)
    assert movers([2, 0, 1], np.array([1.0, np.nan, 3.0]), 4) == [2, 0]
    assert movers(range(5), np.arange(5.0), 1) == [4, 0]


def test_gaps_and_late_units_have_reasons() -> None:
    data = frame(values(), YEARS)
    data = data[~((data["unit"] == "u02") & (data["year"] == 2019))]
    data = pd.concat([data, data[data["year"] == 2021].iloc[:1].assign(unit="v")])
    result: Any = ScoreGrowth(system=system()).fit(xz.Panel(data, unit="unit", time="year"))
    odd = result.rows.status != "ok"
    assert set(result.rows.unit[odd]) == {"u02", "v"}
    assert any("XZ-405" in warning for warning in result.warnings)
    assert np.isnan(result.over((2018, 2021))["trend"][result.over((2018, 2021))["unit"].index("u02")])
    assert np.isfinite(result.over((2018, 2021))["rate"][result.over((2018, 2021))["unit"].index("u02")])
    assert "Not computed for 2018–2021: v (1 in all)." in result.summary()


def test_what_is_refused() -> None:
    x = values()
    with pytest.raises(UsageError, match="within each year") as caught:
        grown(x, system(over="year"))
    assert caught.value.code == "XZ-262"
    with pytest.raises(UsageError, match="no weighted mean") as caught:
        grown(x, system(by=xz.TOPSIS()))
    assert caught.value.code == "XZ-262"
    with pytest.raises(DataError) as alone:
        ScoreGrowth(system=system()).fit(xz.Panel(frame(x), unit="unit"))
    assert alone.value.code == "XZ-214"
    tree = xz.Framework(
        indicators=[xz.Indicator(name="x0", parent="change"), xz.Indicator(name="x1", parent="rest")],
        dimensions=[xz.Dimension(name="index"), *(xz.Dimension(name=n, parent="index") for n in ("change", "rest"))],
    )
    with pytest.raises(UsageError, match="a column of the result"):
        grown(x, system(tree), "dimensions")
