"""ThresholdRegression: a plain double loop, another package, simulated truths, invariances, bad input, words."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, UsageError
from xinzhi.method import Term, View
from xinzhi.regions.regressions.threshold import ThresholdRegression, ThresholdSearch
from xinzhi.regions.regressions.thresholds.search import (
    Design,
    Outcomes,
    candidates,
    critical_ratio,
    simulated,
    within,
)

PLAIN = 1e-10
"""Cumulative sums against least squares with dummies, relative to numbers of size one to a hundred."""
PRINTED = 5e-9
"""The other package's numbers are given to eight digits after the point."""


def world(seed=3, units=60, years=12, jumps=(0.5, 1.0, 1.8), cuts=(1.6, 2.4), noise=0.6):
    """Return a panel in which the slope of x is jumps[0], [1], ... between the cuts of q."""
    draw, rows = np.random.default_rng(seed), units * years
    mu = np.repeat(draw.normal(size=units), years)
    frame = pd.DataFrame(
        {"i": np.repeat([f"u{k:04}" for k in range(units)], years), "t": np.tile(np.arange(2001, 2001 + years), units)}
    )
    frame["x"] = draw.normal(size=rows) + mu
    frame["q"] = draw.normal(size=rows) * 0.7 + 0.5 * mu + 2
    frame["z"] = draw.normal(size=rows)
    slope = np.array(jumps)[np.searchsorted(cuts, frame["q"], side="left")]
    frame["y"] = mu + frame["x"] * slope + 0.4 * frame["z"] + noise * draw.normal(size=rows)
    return frame


def fit(frame, *, seed=0, draws=19, search=None, **settings):
    given = {"outcome": "y", "regime_dependent": ("x",), "threshold_variable": "q", "controls": ("z",)} | settings
    search = ThresholdSearch(**{"draws": draws, "count": "all"} | (search or {}))
    return ThresholdRegression(search=search, **given).fit(xz.Panel(frame, unit="i", time="t"), seed=seed)


# A plain implementation ------------------------------------------------------------------------


def plain_fit(frame, thresholds, *, dependent=("x",), controls=("z",), two_way=False, constant=False):
    """Return slopes and squared residuals of least squares with dummies."""
    regime = np.searchsorted(np.sort(thresholds), frame["q"], side="left")
    x = frame[list(dependent)].to_numpy()
    blocks = [x * (regime == r)[:, None] for r in range(len(thresholds) + 1)]
    blocks.append(frame[list(controls)].to_numpy())
    if constant:
        blocks += [(regime == r).astype(float)[:, None] for r in range(1, len(thresholds) + 1)]
    blocks.append(pd.get_dummies(frame["i"]).to_numpy(float))
    if two_way:
        blocks.append(pd.get_dummies(frame["t"], drop_first=True).to_numpy(float))
    columns = np.column_stack(blocks)
    slopes = np.linalg.lstsq(columns, frame["y"].to_numpy(), rcond=None)[0]
    left = frame["y"].to_numpy() - columns @ slopes
    return slopes, float(left @ left)


def plain_search(frame, others, least, **settings):
    """Return the best value of q beside others, its squares, and squares by value: one regression for each."""
    values, q = np.unique(frame["q"]), frame["q"].to_numpy()
    squares = {}
    for value in values:
        counts = np.diff([0, *sorted((q <= edge).sum() for edge in (*others, value)), q.size])
        if counts.min() >= least:
            squares[value] = plain_fit(frame, [*others, value], **settings)[1]
    best = min(squares, key=squares.get)
    return best, squares[best], squares


CASES = {
    "plain": {},
    "effects of years": {"effects": "two_way"},
    "constant by regime": {"intercept": "by_regime"},
    "two regressors that break": {"regime_dependent": ("x", "w"), "controls": ()},
    "gaps": {"unbalanced": "keep"},
}


@pytest.mark.parametrize("case", CASES)
def test_a_plain_double_loop_gives_the_same(case):
    settings, frame = CASES[case], world(5, units=9, years=5)
    frame["w"] = np.random.default_rng(1).normal(3.0, 1.0, len(frame))
    search = {"trim": 0.1}
    if case == "gaps":
        frame, search = frame.drop(index=[0, 6, 7, 8, 9, 30]), {"trim": 0.1, "resampling": "wild"}
    used = frame[frame.groupby("i")["t"].transform("size") > 1]
    words = {
        "two_way": settings.get("effects") == "two_way",
        "constant": settings.get("intercept") == "by_regime",
        "dependent": settings.get("regime_dependent", ("x",)),
        "controls": settings.get("controls", ("z",)),
    }
    least = int(np.ceil(0.1 * len(used)))
    result = fit(frame, thresholds=2, search=search, **settings)
    freedom = len(used) - used["i"].nunique() - (4 if words["two_way"] else 0)
    first, squares, _ = plain_search(used, [], least, **words)
    null = plain_fit(used, [], **words)[1]
    one, two = result.tests
    assert one.statistic == pytest.approx((null - squares) / (squares / freedom), rel=PLAIN)
    second, more, _ = plain_search(used, [first], least, **words)
    assert two.statistic == pytest.approx((squares - more) / (more / freedom), rel=PLAIN)
    pair, before = [first, second], None
    while pair != before:
        before = list(pair)
        pair[0] = plain_search(used, [pair[1]], least, **words)[0]
        pair[1] = plain_search(used, [pair[0]], least, **words)[0]
    low, high = sorted(pair)
    assert [one.value for one in result.thresholds] == [low, high]
    slopes, least_squares = plain_fit(used, [low, high], **words)
    count = 3 * len(words["dependent"]) + len(words["controls"])
    mine = [k for k, name in enumerate(result.slopes.names) if name != "Constant"]
    assert result.slopes.estimate[mine] == pytest.approx(slopes[:count], rel=PLAIN, abs=PLAIN)
    _, _, by_value = plain_search(used, [high], least, **words)
    expected = {value: (s / least_squares - 1.0) * freedom for value, s in by_value.items()}
    found = result.thresholds[0]
    assert found.values.tolist() == list(expected)
    assert found.ratios == pytest.approx(np.array(list(expected.values())), rel=1e-9, abs=1e-9)
    inside = [value for value, ratio in expected.items() if ratio <= 7.352276694155739]
    assert (found.low, found.high) == (inside[0], inside[-1])


@pytest.mark.parametrize(("most", "resampling"), [(1, "units"), (2, "units"), (2, "wild")])
def test_simulated_statistics_are_those_of_single_regressions(most, resampling):
    """The same outcomes, one by one, by regressions with dummies: F of one threshold more, all found anew."""
    frame = world(7, units=10, years=5)
    q, first = frame["q"].to_numpy(), np.arange(0, 50, 5)
    basis = np.linalg.qr(within(frame[["x", "z"]].to_numpy(), first))[0]
    values = candidates(q, 5, None)
    design = Design.of(frame[["x"]].to_numpy(), q, first=first, basis=basis, values=values, least=5)
    outcomes = Outcomes.of(design, frame[["y"]].to_numpy())
    residuals, expected = 0.5 * outcomes.net[:, 0], frame["x"].to_numpy() * np.where(q <= 2.0, 0.0, 2.0)
    stream = (2, resampling, np.random.default_rng(11))
    found = simulated(design, expected, residuals, 40, most, stream)
    draw = np.random.default_rng(11)
    if resampling == "units":
        dealt = residuals.reshape(10, 5)[draw.integers(0, 10, (2, 10))].reshape(2, 50)
    else:
        dealt = (residuals.reshape(10, 5) * (1 - 2 * draw.integers(0, 2, (10, 2))).T[:, :, None]).reshape(2, 50)
    for k in range(2):
        sample = frame.assign(y=expected + dealt[k])
        others, squares = [], plain_fit(sample, [])[1]
        for _ in range(most):
            null = squares
            value, squares, _ = plain_search(sample, others, 5)
            others.append(value)
        assert found[k] == pytest.approx((null / squares - 1.0) * 40, rel=1e-9)


# Another package -------------------------------------------------------------------------------


@pytest.mark.reference
def test_another_package_finds_the_same():
    """pyxthreg 0.0.3 (MIT) on world(), trim 0.05, all values: thresholds, squares, intervals, slopes, both errors.

    Its clustered errors lack the factor (N-1)/(N-K-1) = 719/716 of variances; its F has another divisor.
    """
    one = fit(world(), errors="conventional")
    test, slopes = one.tests[0], one.slopes
    assert (test.null, test.squares) == pytest.approx((529.4544280648886, 289.6819584063767), rel=PLAIN)
    threshold = one.thresholds[0]
    assert threshold.value == pytest.approx(2.3911575988743694, abs=PLAIN)
    assert (threshold.low, threshold.high) == pytest.approx((2.3911575988743694, 2.396347920682336), abs=PLAIN)
    assert slopes.estimate == pytest.approx([0.77448996, 1.79735891, 0.38278166], abs=PRINTED)
    assert slopes.error == pytest.approx([0.0310803, 0.03790211, 0.02589563], abs=PRINTED)
    clustered = fit(world()).slopes
    assert clustered.error * np.sqrt(716 / 719) == pytest.approx([0.03588764, 0.03979009, 0.02789809], abs=PRINTED)
    three = fit(world(), thresholds=3)
    assert [t.value for t in three.thresholds] == pytest.approx([1.64620151, 2.39222842, 3.06624949], abs=PRINTED)
    assert three.tests[2].null == pytest.approx(253.9159770095887, rel=PLAIN)
    assert three.tests[2].squares == pytest.approx(252.71714349343392, rel=PLAIN)
    ends = [(t.low, t.high) for t in three.thresholds[:2]]
    assert ends[0] == pytest.approx((1.5809374010962856, 1.6678434100400645), abs=PLAIN)
    assert ends[1] == pytest.approx((2.3911575988743694, 2.4080494240225128), abs=PLAIN)


def test_critical_values_of_the_ratio():
    """Hansen (1999), table in section 4.2: 5.94, 7.35 and 10.59 at 90, 95 and 99 per cent."""
    assert [round(critical_ratio(level), 2) for level in (0.90, 0.95, 0.99)] == [5.94, 7.35, 10.59]


# Truths ----------------------------------------------------------------------------------------


def studies(count, *, spread=0.0, jump=1.0, draws=99, units=40, years=8, most=1):
    """Return p, wild p, threshold, coverage of it, of slopes, of it with unequal variances; the threshold is 0.2."""
    found = []
    for seed in range(count):
        draw, rows = np.random.default_rng([17, seed]), units * years
        mu = np.repeat(draw.normal(size=units), years)
        x, q, e = draw.normal(size=rows) + 0.5 * mu, draw.normal(size=rows) + 0.5 * mu, draw.normal(size=rows)
        e = e * (1.0 - spread + spread * np.abs(x))
        data = {"x": x, "q": q, "y": mu + x * np.where(q <= 0.2, 1.0, 1.0 + jump) + e}
        keys = {"i": np.repeat([f"u{k}" for k in range(units)], years), "t": np.tile(range(years), units)}
        data, units_dealt = pd.DataFrame(keys | data), {"resampling": "units"}
        result = fit(data, controls=(), draws=draws, seed=seed, thresholds=most, search=units_dealt)
        slopes, one = result.slopes, result.thresholds[0]
        covered = [low <= b <= high for low, b, high in zip(slopes.low, (1.0, 1.0 + jump), slopes.high, strict=False)]
        last = result.tests[-1]
        robust = one.robust[0] <= 0.2 <= one.robust[1]
        found.append([last.p, last.p_wild, one.value, one.low <= 0.2 <= one.high, *covered[:2], robust])
    return np.array(found, dtype=float)


def test_thresholds_and_slopes_are_near_the_truth():
    """40 panels; two binomial standard errors of 0.95 are 0.07."""
    found = studies(40, draws=19)
    assert (found[:, 0] <= 0.05).mean() > 0.95  # 0.05 is the least that 19 draws can give
    assert abs(np.median(found[:, 2]) - 0.2) < 0.02
    assert (found[:, 3:].mean(axis=0) > 0.87).all()


def test_size_is_about_nominal():
    """60 panels without a threshold: five per cent is 3, with binomial standard deviation 1.7; nine at most."""
    found = studies(60, jump=0.0, units=24, years=6, draws=59)
    assert (found[:, :2] <= 0.05).sum(axis=0).max() <= 9
    assert (found[:, 0] <= 0.5).mean() == pytest.approx(0.5, abs=0.17)


@pytest.mark.slow
def test_size_and_coverage():
    """600 panels: two binomial standard errors are 0.018 at 0.05 and 0.95."""
    null = studies(600, jump=0.0, draws=199, units=50)
    assert (null[:, :2] <= 0.05).mean(axis=0) == pytest.approx(0.05, abs=0.025)
    second = studies(300, jump=1.0, most=2, draws=99)
    assert (second[:, :2] <= 0.05).mean(axis=0) == pytest.approx(0.05, abs=0.03)
    found = studies(600, draws=19, units=50)
    assert found[:, [3, 6]].mean() > 0.93
    assert found[:, 4:6].mean() > 0.90  # 0.937 and 0.918: thresholds are taken as known, and are not


@pytest.mark.slow
def test_errors_that_vary_with_the_regressor_need_the_wild_bootstrap():
    """Dealing residuals of whole units finds a threshold in four of ten panels that have none; signs do not."""
    found = studies(300, jump=0.0, spread=0.67, draws=199, units=50)
    assert (found[:, 0] <= 0.05).mean() > 0.2
    assert (found[:, 1] <= 0.05).mean() < 0.09


@pytest.mark.slow
def test_intervals_with_errors_that_vary_with_the_regressor():
    """400 panels: Hansen's interval covers the threshold too seldom, that for unequal variances does not."""
    found = studies(400, spread=0.67, draws=19, units=50)
    assert found[:, 3].mean() < 0.88
    assert found[:, 6].mean() > 0.93


def test_the_interval_for_unequal_variances_widens_where_errors_are_larger():
    """Errors of variance (1 - s + s |x|)^2, weighted by x^2: for s = 1, E x^4 / (E x^2)^2 = 3 times the mean."""
    draw, rows = np.random.default_rng(2), 4000
    x, q = draw.normal(size=rows), draw.normal(size=rows)
    keys = {"i": np.repeat([f"u{k}" for k in range(200)], 20), "t": np.tile(range(20), 200)}
    for error, scale in ((np.abs(x), 3.0), (np.ones(rows), 1.0)):
        y = x * np.where(q <= 0.2, 1.0, 1.5) + error * draw.normal(size=rows)
        (one,) = fit(pd.DataFrame(keys | {"x": x, "q": q, "y": y}), controls=(), draws=19).thresholds
        assert one.scale == pytest.approx(scale, rel=0.15)
        if scale > 2:
            assert one.robust[0] <= one.low <= one.high <= one.robust[1]


# Invariances -----------------------------------------------------------------------------------


def assert_same_test(one, other):
    assert [t.statistic for t in one.tests] == pytest.approx([t.statistic for t in other.tests], rel=PLAIN)
    assert [t.p for t in one.tests] == [t.p for t in other.tests]


def test_units_of_measurement_order_and_names_do_not_matter():
    frame = world(units=30)
    base = fit(frame, thresholds=2)
    scaled = fit(frame.assign(y=frame["y"] * 1e6, x=frame["x"] * 1e-3, z=frame["z"] * 7), thresholds=2)
    assert_same_test(scaled, base)
    assert scaled.slopes.estimate[:3] == pytest.approx(1e9 * base.slopes.estimate[:3], rel=PLAIN)
    assert [t.value for t in scaled.thresholds] == [t.value for t in base.thresholds]
    shuffled = fit(frame.sample(frac=1, random_state=1), thresholds=2)
    assert shuffled.slopes.estimate.tolist() == base.slopes.estimate.tolist()
    renamed = fit(frame.assign(i="Z" + frame["i"]), thresholds=2)
    assert renamed.slopes.estimate == pytest.approx(base.slopes.estimate, rel=PLAIN)


@pytest.mark.parametrize("unit", [1e-170, 1e-9, 1e9])
def test_units_of_the_threshold_variable_do_not_matter(unit):
    """Squares of numbers of 1e-170 are zero: bandwidths near a threshold must not see them."""
    frame = world(units=30)
    base, scaled = fit(frame), fit(frame.assign(q=unit * frame["q"]))
    assert_same_test(scaled, base)
    (one,), (other,) = base.thresholds, scaled.thresholds
    for key in ("value", "low", "high"):
        assert getattr(other, key) == pytest.approx(unit * getattr(one, key), rel=PLAIN)
    assert other.scale == pytest.approx(one.scale, rel=1e-8)
    if unit == 1e-9:
        assert f"{other.value:.12f}" in scaled.summary()
        squares = fit(frame.assign(y=unit * frame["y"])).tables()[0]
        (place,) = (k for k, field in enumerate(squares.fields) if field.key == "squares")
        assert float(squares.printed()[0][place]) > 0


def test_a_monotone_transformation_moves_the_thresholds_with_it():
    frame = world(units=30)
    base, other = fit(frame, thresholds=2), fit(frame.assign(q=np.exp(frame["q"])), thresholds=2)
    assert_same_test(other, base)
    for key in ("value", "low", "high"):
        assert [np.log(getattr(t, key)) for t in other.thresholds] == pytest.approx(
            [getattr(t, key) for t in base.thresholds], abs=PLAIN
        )
    assert other.term("regime").tolist() == base.term("regime").tolist()
    logs = fit(frame.assign(q=np.exp(frame["q"])), thresholds=2, logs=("q",))
    assert [t.value for t in logs.thresholds] == pytest.approx([t.value for t in base.thresholds], abs=PLAIN)


def test_constants_of_units_change_nothing_but_effects():
    frame = world(units=30)
    frame["y2"] = frame["y"] + frame.groupby("i").ngroup() * 10.0
    base, other = fit(frame), fit(frame, outcome="y2")
    assert other.slopes.estimate == pytest.approx(base.slopes.estimate, rel=PLAIN)
    np.testing.assert_allclose(other.term("residual"), base.term("residual"), atol=PLAIN * 100)


def test_the_origin_of_a_regressor_matters_unless_each_regime_has_a_constant():
    frame = world(units=30)
    moved = frame.assign(x=frame["x"] + 1000.0)
    assert fit(moved).tests[0].statistic != pytest.approx(fit(frame).tests[0].statistic, rel=0.01)
    base, other = (fit(data, thresholds=2, intercept="by_regime") for data in (frame, moved))
    assert [t.statistic for t in other.tests] == pytest.approx([t.statistic for t in base.tests], rel=PLAIN)
    assert other.slopes.estimate[:1] == pytest.approx(base.slopes.estimate[:1], rel=PLAIN)


def test_duplicated_years_of_all_units_keep_thresholds_and_slopes():
    frame = world(units=30)
    twice = pd.concat([frame, frame.assign(t=frame["t"] + 100)])
    one, two = fit(frame), fit(twice)
    assert two.thresholds[0].value == one.thresholds[0].value
    assert two.slopes.estimate == pytest.approx(one.slopes.estimate, rel=PLAIN)


# Choices ---------------------------------------------------------------------------------------


def test_tests_say_how_many_thresholds_the_model_has():
    tested = fit(world(), thresholds=3, draws=99, search={"count": "tested"})
    assert (tested.found, len(tested.thresholds), len(tested.tests)) == (2, 2, 3)
    assert "the tests find 2 thresholds of q" in tested.summary()
    forced = fit(world(), thresholds=3, draws=99)
    assert len(forced.thresholds) == 3
    assert "The model with 3 is shown." in forced.summary()
    assert forced.thresholds[2].stretches > 1  # a threshold that is none: its interval is nearly everything
    notes = " ".join(forced.tables()[1].notes)
    assert "several stretches" in notes
    assert "reaches the first or last candidate" in notes
    none = fit(world(jumps=(1.0, 1.0, 1.0), units=30), draws=99, search={"count": "tested"})
    assert (none.found, len(none.thresholds)) == (0, 1)
    assert "find no threshold of q" in none.summary()
    assert "all the same" in none.summary()


def test_a_grid_of_quantiles_takes_values_of_the_variable():
    result = fit(world(), search={"grid": 50})
    assert result.diagnostics["candidates"] == 50
    assert result.thresholds[0].value in set(world()["q"])
    assert "50 quantiles" in " ".join(result.tables()[1].notes)


def test_where_no_room_is_left_tests_end():
    result = fit(world(), thresholds=3, search={"trim": 0.45})
    assert [one.thresholds for one in result.tests] == [1]
    assert any("No candidate is left" in note for note in result.tables()[0].notes)


def test_gaps():
    frame = world(units=20).drop(index=[3, 40, 41]).reset_index(drop=True)
    with pytest.raises(DataError, match="gaps"):
        fit(frame)
    block = fit(frame, unbalanced="largest_block")
    assert block.rows.status.tolist().count("left_out") > 0
    lone = pd.concat([frame, frame.head(1).assign(i="alone")])
    kept = fit(lone, unbalanced="keep")
    assert kept.diagnostics["rows"] == len(frame)
    assert kept.rows.reason[kept.rows.unit == "alone"].tolist() == ["one year only"]
    with pytest.raises(UsageError, match="resampling='wild'"):
        fit(lone, unbalanced="keep", search={"resampling": "units"})


def test_window_and_controls_may_be_left_out():
    result = fit(world(), controls=(), window=(2003, 2010))
    assert result.diagnostics["years"] == 8
    assert set(result.term("controls_part").tolist()) == {0.0}


# Bad input -------------------------------------------------------------------------------------


def constant_within_units(frame):
    return frame.assign(x=frame.groupby("i").ngroup() * 1.0), {}


def combination(frame):
    return frame.assign(z=2.0 * frame["x"]), {}


def few_values(frame):
    return frame.assign(q=(np.arange(len(frame)) == 0) * 1.0), {}


def no_variation_in_a_regime(frame):
    return frame.assign(x=np.where(frame["q"] > 1e9, 1.0, 0.0)), {}


def flat_outcome(frame):
    return frame.assign(y=frame["x"] * 2.0), {}


def few_rows(frame):
    return frame[(frame["t"] <= 2002) & (frame["i"] <= "u0003")], {"thresholds": 3}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (constant_within_units, "x does not vary within units"),
        (combination, "z does not vary within units"),
        (few_values, "no value of q splits"),
        (no_variation_in_a_regime, "x does not vary"),
        (flat_outcome, "y has no variation"),
        (few_rows, "rows of 4 units"),
    ],
)
def test_what_is_not_identified_is_said(change, words):
    frame, settings = change(world(units=20))
    with pytest.raises(DataError, match=words) as caught:
        fit(frame, **settings)
    assert caught.value.code == "XZ-285"


@pytest.mark.parametrize("unbalanced", ["error", "largest_block", "keep"])
def test_one_unit_is_refused(unbalanced):
    with pytest.raises(DataError, match="two units or more") as caught:
        fit(world(units=1), unbalanced=unbalanced)
    assert (caught.value.code, caught.value.where) == ("XZ-285", "ThresholdRegression")


def test_gaps_name_the_method():
    with pytest.raises(DataError, match="gaps") as caught:
        fit(world().drop(index=[3]))
    assert (caught.value.code, caught.value.where) == ("XZ-285", "ThresholdRegression")


def test_settings_that_contradict_each_other():
    plain = {"outcome": "y", "regime_dependent": ("x",), "threshold_variable": "q"}
    for settings, words in (
        ({"controls": ("x",)}, "named twice"),
        ({"threshold_variable": "y"}, "no threshold variable"),
        ({"logs": ("w",)}, "logs names variables"),
        ({"thresholds": 4}, "at most 3"),
    ):
        with pytest.raises(UsageError, match=words):
            ThresholdRegression(**plain | settings)
    with pytest.raises(UsageError, match="10 quantiles"):
        ThresholdSearch(grid=5)


# What is published -----------------------------------------------------------------------------


def test_parts_add_up_and_follow_the_regimes():
    frame = world(units=30)
    result = fit(frame, thresholds=2, effects="two_way")
    rows = result.rows.terms
    total = sum(rows[name] for name in ("unit_effect", "time_effect", "regime_part", "controls_part", "residual"))
    np.testing.assert_allclose(total, rows["outcome"], atol=1e-10)
    np.testing.assert_allclose(rows["outcome"], frame["y"] - frame["y"].mean(), atol=1e-10)
    cuts = [one.value for one in result.thresholds]
    assert rows["regime"].tolist() == (np.searchsorted(cuts, frame["q"], side="left") + 1.0).tolist()


def test_tables_and_words():
    dealt = {"resampling": "units"}
    result = fit(world(units=30), thresholds=2, draws=99, intercept="by_regime", effects="two_way", search=dealt)
    tables = {table.name: table for table in result.tables(View(units=("u0001",)))}
    assert list(tables) == ["tests", "thresholds", "slopes", "regimes", "regimes_by_year", "rows"]
    assert len(tables["rows"].rows) == 12
    assert sum(tables["regimes"].columns()["rows"]) == 360
    shares = tables["regimes_by_year"].columns()
    assert all(sum(shares[f"regime_{r}"][k] for r in (1, 2, 3)) == pytest.approx(100.0) for k in range(12))
    assert tables["slopes"].columns()["term"].count("Constant") == 2
    assert any("Hansen's theory" in note for note in tables["slopes"].notes)
    assert [warning[:6] for warning in result.warnings] == ["XZ-475"]
    assert "deal residuals of whole units" in result.methods_text()
    assert [figure.name for figure in result.figures()] == ["likelihood_ratio", "slopes"]


def test_p_is_told_with_the_digits_that_draws_give():
    result = fit(world(units=30))
    assert result.tests[0].p == result.tests[0].p_wild == 1 / 20
    table = result.tables()[0]
    assert "p_wild" not in table.columns()
    assert table.printed()[0][2] == "0.05"
    assert "p 0.05)" in result.summary()
    assert ThresholdSearch().resampling == "wild"


def test_a_test_that_the_wild_bootstrap_does_not_confirm_is_said():
    found = studies_frame(spread=0.67)
    result = fit(found, controls=(), draws=199, search={"resampling": "units"})
    assert result.tests[0].p <= 0.05 < result.tests[0].p_wild
    assert "this does not hold for one threshold against none" in result.summary()


def studies_frame(spread):
    """Return a panel without threshold whose errors vary with the regressor."""
    draw = np.random.default_rng(3)
    x, q = draw.normal(size=400), draw.normal(size=400)
    e = draw.normal(size=400) * (1.0 - spread + spread * np.abs(x))
    keys = {"i": np.repeat([f"u{k}" for k in range(50)], 8), "t": np.tile(range(8), 50)}
    return pd.DataFrame(keys | {"x": x, "q": q, "y": x + e})


def test_logarithms_with_a_common_intercept_have_a_note():
    frame = world(units=45)
    result = fit(frame.assign(x=np.exp(frame["x"])), logs=("x",))
    assert any("units of measurement of regressors in logarithms" in note for note in result.tables()[2].notes)
    assert result.warnings == ()


def test_variables_that_share_columns_are_listed():
    frame = world(units=45)
    same = fit(frame, regime_dependent=("q",), controls=("z",))
    assert same.overlaps == ()  # a regressor may be the threshold variable
    names = [xz.Indicator(name=name, parent="index") for name in ("z", "w")]
    framework = xz.Framework(indicators=names, dimensions=[xz.Dimension(name="index")])
    steps = [xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()]
    index = Term(method=xz.IndexSystem(framework=framework, steps=steps), column="index")
    frame["w"] = np.random.default_rng(1).normal(size=len(frame))
    result = fit(frame, threshold_variable=index)
    assert [one.columns for one in result.overlaps] == [("z",)]
    assert any(warning.startswith("XZ-474") for warning in result.warnings)
    assert "overlaps" in {table.name for table in result.tables()}
