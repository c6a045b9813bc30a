"""Färe-Primont index: its formulas by SciPy, economies whose change is known, axioms, levels, invariances."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.frontier.test_hicks_moorsteen import (
    AGRICULTURE,
    EXACT,
    GOODS,
    INPUT_SIDE,
    INVARIANT,
    MIXED,
    OUTPUT_SIDE,
    TWIN,
    best_ratio,
    outlay,
    prices_at,
    revenue,
    shephard,
    simulated,
    span_of,
    stands,
)
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier.fare_primont import FarePrimont, Representative
from xinzhi.frontier.technology import Biennial, FixedBase, Sequential, Window
from xinzhi.method.result import ADDING_UP

EFFICIENCIES = (
    "tfp_efficiency",
    "output_technical_efficiency",
    "output_scale_efficiency",
    "output_mix_efficiency",
    "residual_output_scale_efficiency",
    "output_scale_mix_efficiency",
    "input_technical_efficiency",
    "input_scale_efficiency",
    "input_mix_efficiency",
    "residual_input_scale_efficiency",
    "input_scale_mix_efficiency",
    "residual_mix_efficiency",
)


def fit(frame, **settings):
    return FarePrimont(**(GOODS | settings)).fit(xz.Panel(frame, unit="j", time="t"))


def by_row(result, **arguments):
    return result.levels(**arguments).set_index(["unit", "time"])


def by_hand(pooled, span, centre, point, returns, aggregator):
    """Return the levels of a row whose technology is ``span``; ``centre``: the representative observation."""
    (x0, y0), (x, y) = centre, point
    p, w = prices_at(pooled, x0, y0, returns, "output"), prices_at(pooled, x0, y0, returns, "input")
    if aggregator == "prices":
        output, inputs, best = p @ y, w @ x, best_ratio(span, p, w)
    else:
        output, inputs = shephard(pooled, x0, y, returns, "output"), shephard(pooled, x, y0, returns, "input")
        best = max(
            shephard(pooled, x0, b, returns, "output") / shephard(pooled, a, y0, returns, "input")
            for a, b in zip(*span, strict=True)
        )
    place = stands(span, x, y, returns)
    ote, ose, ite, ise = (place[name] for name in ("ote", "ose", "ite", "ise"))
    ome = p @ y / ote / revenue(span, x, p, returns)
    ime = outlay(span, y, w, returns) / (ite * (w @ x))
    efficiency = output / inputs / best
    levels = {
        "tfp": output / inputs,
        "output": output,
        "input": inputs,
        "maximum_tfp": best,
        "tfp_efficiency": efficiency,
        "output_technical_efficiency": ote,
        "output_scale_efficiency": ose,
        "output_mix_efficiency": ome,
        "residual_output_scale_efficiency": efficiency / ote / ome,
        "output_scale_mix_efficiency": efficiency / ote,
        "input_technical_efficiency": ite,
        "input_scale_efficiency": ise,
        "input_mix_efficiency": ime,
        "residual_input_scale_efficiency": efficiency / ite / ime,
        "input_scale_mix_efficiency": efficiency / ite,
        "residual_mix_efficiency": efficiency / ote / ose,
    }
    return {name: value for name, value in levels.items() if aggregator == "prices" or name not in MIXED}


RULES = {
    "contemporaneous": ("contemporaneous", lambda t: (t, t)),
    "sequential": (Sequential(), lambda t: (2000, t)),
    "window": (Window(width=2), lambda t: (max(t, 2001) - 1, max(t, 2001))),
    "biennial": (Biennial(), lambda t: (t - 1, t)),
    "global": ("global", lambda _: (2000, 2002)),
}
"""Settings; first and last year that span a year's technology."""


@pytest.mark.parametrize(
    ("rule", "returns", "aggregator"),
    [
        ("contemporaneous", "vrs", "prices"),
        ("contemporaneous", "crs", "prices"),
        ("contemporaneous", "vrs", "distances"),
        ("sequential", "vrs", "prices"),
        ("window", "crs", "distances"),
        ("biennial", "vrs", "prices"),
        ("global", "vrs", "prices"),
    ],
)
def test_every_level_against_scipy(rule, returns, aggregator):
    """The programmes of multipliers at the representative observation, Charnes and Cooper's for TFP*."""
    frame = simulated(units=8)
    settings, years = RULES[rule]
    result = fit(frame, returns=returns, technology=settings, aggregator=aggregator)
    assert result.diagnostics["unique_prices"]
    levels = by_row(result)
    pooled = span_of(frame, 2000, 2002)
    centre = tuple(goods.mean(axis=0) for goods in pooled)
    for unit, t in (("u00", 2000), ("u03", 2001), ("u05", 2001), ("u07", 2002)):
        point = tuple(goods[0] for goods in span_of(frame[frame["j"] == unit], t, t))
        known = by_hand(pooled, span_of(frame, *years(t)), centre, point, returns, aggregator)
        assert list(known) == [name for name in levels.columns if name not in ("status", "reason")]
        for name, value in known.items():
            assert levels.loc[(unit, t), name] == pytest.approx(value, abs=TWIN), (unit, t, name)


def test_prices_are_those_of_the_programmes_of_multipliers():
    frame = simulated()
    pooled = span_of(frame, 2000, 2002)
    for settings, mine in (
        ({}, frame),
        ({"unit": "u02"}, frame[frame["j"] == "u02"]),
        ({"period": 2001}, frame[frame["t"] == 2001]),
    ):
        found = fit(frame, representative=Representative(**settings)).prices().set_index("good")
        x, y = (goods.mean(axis=0) for goods in span_of(mine, 2000, 2002))
        np.testing.assert_allclose(found["quantity"], np.r_[x, y], rtol=EXACT)
        np.testing.assert_allclose(
            found.loc[["k", "l"], "price"], prices_at(pooled, x, y, "vrs", "input"), rtol=0, atol=TWIN
        )
        np.testing.assert_allclose(
            found.loc[["a", "b"], "price"], prices_at(pooled, x, y, "vrs", "output"), rtol=0, atol=TWIN
        )


# Economies whose change is known --------------------------------------------------------------


@pytest.mark.parametrize("aggregator", ["prices", "distances"])
def test_one_input_and_one_output_under_constant_returns(aggregator):
    """TFP is y / x relative to any row, its maximum that of the best unit; scale and mix play no part."""
    frame = simulated()
    result = fit(frame, inputs=["k"], outputs=["a"], returns="crs", aggregator=aggregator)
    ratio = (frame["a"] / frame["k"]).groupby([frame["j"], frame["t"]]).first()
    levels = by_row(result, relative_to=("u04", 2001))
    np.testing.assert_allclose(levels["tfp"], (ratio / ratio["u04", 2001]).reindex(levels.index), rtol=EXACT)
    best = ratio.groupby(level="t").max()
    plain = by_row(result)
    np.testing.assert_allclose(
        plain["tfp_efficiency"], (ratio / ratio.index.get_level_values("t").map(best)).reindex(plain.index), rtol=EXACT
    )
    for name in ("output_scale_efficiency", "residual_mix_efficiency", *OUTPUT_SIDE[1:], *INPUT_SIDE[1:]):
        np.testing.assert_allclose(plain[name], 1.0, rtol=EXACT)


@pytest.mark.parametrize("representative", [Representative(), Representative(unit="u02", period=2000)])
@pytest.mark.parametrize("returns", ["crs", "vrs", "drs", "irs"])
def test_neutral_progress_is_technical_change_alone(returns, representative):
    """The outputs of all units grow by one factor and inputs stay: ln TFP* grows by its logarithm, efficiency not."""
    frame, growth = simulated(years=1), 1.07
    later = frame.assign(t=2001, a=growth * frame["a"], b=growth * frame["b"])
    result = fit(pd.concat([frame, later]), returns=returns, representative=representative)
    for name, values in result.rows.terms.items():
        known = np.log(growth) if name in ("tfp", "output_quantity", "technical_change") else 0.0
        np.testing.assert_allclose(values, known, rtol=0, atol=INVARIANT, err_msg=name)


# Axioms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("aggregator", ["prices", "distances"])
def test_identity_proportionality_transitivity_and_adding_up(aggregator):
    frame = simulated(years=4)
    own = frame[(frame["j"] == "u04") & (frame["t"] == 2000)]
    frame = frame[(frame["j"] != "u04") | (frame["t"] < 2001) | (frame["t"] > 2002)]
    same, larger = own.assign(t=2001), own.assign(t=2002)
    larger[["k", "l"]] *= 1.2
    larger[["a", "b"]] *= 1.5
    result = fit(pd.concat([frame, same, larger]), aggregator=aggregator)
    levels = by_row(result)
    assert levels.loc[("u04", 2001), "tfp"] == pytest.approx(levels.loc[("u04", 2000), "tfp"], rel=EXACT)
    assert levels.loc[("u04", 2002), "output"] / levels.loc[("u04", 2000), "output"] == pytest.approx(
        1.5, rel=INVARIANT
    )
    assert levels.loc[("u04", 2002), "input"] / levels.loc[("u04", 2000), "input"] == pytest.approx(1.2, rel=INVARIANT)
    columns = result.period_columns([(2000, 2003)])
    for name, level in (("tfp", "tfp"), ("technical_change", "maximum_tfp"), ("tfp_efficiency", "tfp_efficiency")):
        whole = np.log(levels[level].xs(2003, level=1) / levels[level].xs(2000, level=1))
        np.testing.assert_allclose(3 * columns[name], 100 * whole, rtol=0, atol=100 * EXACT)
    one, other = by_row(result, relative_to=("u01", 2000)), by_row(result, relative_to=("u05", 2002))
    np.testing.assert_allclose(one["tfp"] / other["tfp"], one.loc[("u05", 2002), "tfp"], rtol=EXACT)
    assert one.loc[("u01", 2000), "output_scale_mix_efficiency"] == 1.0
    assert result.diagnostics["largest_gap"] < ADDING_UP


def test_efficiencies_multiply_and_do_not_exceed_one():
    """All observations belong to the technology of their year."""
    for returns in ("crs", "vrs", "drs", "irs", (0.5, 2.0)):
        levels = by_row(fit(simulated(), returns=returns))
        assert (levels[list(EFFICIENCIES)] <= 1.0 + EXACT).all(axis=None)
        for side, (technical, mix, residual) in (("output", OUTPUT_SIDE), ("input", INPUT_SIDE)):
            np.testing.assert_allclose(
                levels[technical] * levels[mix] * levels[residual], levels["tfp_efficiency"], rtol=EXACT
            )
            scale = levels[technical] * levels[f"{side}_scale_efficiency"] * levels["residual_mix_efficiency"]
            np.testing.assert_allclose(scale, levels["tfp_efficiency"], rtol=EXACT)
        tops = levels.groupby(level="time")["tfp_efficiency"].max()
        np.testing.assert_allclose(tops, 1.0, rtol=EXACT)


def test_technologies_of_years_and_technical_change():
    frame = simulated(seed=3, years=4)
    assert (fit(frame).term("technical_change") < 0).any()
    assert (fit(frame, technology="sequential").term("technical_change") >= 0).all()
    for technology in ("global", FixedBase(period=2001)):
        np.testing.assert_array_equal(fit(frame, technology=technology, returns="crs").term("technical_change"), 0.0)
    change = fit(frame).rows
    later = fit(frame, window=(2001, 2003)).rows
    np.testing.assert_array_equal(later.terms["tfp"], change.terms["tfp"][np.isin(change.time, (2002, 2003))])


# What must not matter, and what does ----------------------------------------------------------


def test_what_must_not_matter():
    frame = simulated()
    plain = fit(frame)
    by = {"k": 1e-9, "l": 1e9, "a": 1e6, "b": 1e-7}
    scaled = fit(frame.assign(**{name: frame[name] * factor for name, factor in by.items()}))
    shuffled = fit(frame.sample(frac=1, random_state=3))
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(scaled.term(name), values, rtol=0, atol=INVARIANT, err_msg=name)
        np.testing.assert_array_equal(shuffled.term(name), values)
    np.testing.assert_allclose(by_row(scaled)["tfp"], by_row(plain)["tfp"], rtol=INVARIANT)


def test_a_duplicate_moves_the_mean_of_all_rows_alone():
    frame = simulated()
    twice = pd.concat([frame, frame[frame["j"] == "u03"].assign(j="x03")])
    named = {"representative": Representative(unit="u01", period=2001), "aggregator": "distances"}
    plain, doubled = fit(frame, **named), fit(twice, **named)
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(doubled.term(name)[: values.size], values, rtol=0, atol=INVARIANT, err_msg=name)
    quantity = fit(frame).prices()["quantity"], fit(twice).prices()["quantity"]
    assert np.abs(quantity[1] / quantity[0] - 1).max() > 1e-3
    moved = by_row(fit(twice, aggregator="distances"))["tfp"].iloc[: 3 * 9]
    assert np.abs(moved / by_row(fit(frame, aggregator="distances"))["tfp"] - 1).max() > 1e-6


def test_the_representative_observation_matters():
    frame = simulated()
    one, other = (fit(frame, representative=Representative(unit=unit)).term("tfp") for unit in ("u01", "u05"))
    assert np.abs(one - other).max() > 1e-4


def test_executors_change_no_bit():
    panel = xz.Panel(simulated(units=7), unit="j", time="t")
    for aggregator in ("prices", "distances"):
        method = FarePrimont(**GOODS, technology="sequential", aggregator=aggregator)
        serial = method.fit(panel)
        for pool in (ThreadPoolExecutor(2), ProcessPoolExecutor(1, mp_context=get_context("spawn"))):
            with pool as executor:
                other = method.fit(panel, executor=executor)
            for name, values in serial.rows.terms.items():
                assert values.tobytes() == other.term(name).tobytes()


# Real data ------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.reference
def test_us_agriculture_by_the_programmes_of_multipliers():
    """48 states, 1995-2004, variable returns: six rows by SciPy; the mean state gives capital and land no price."""
    data = pd.read_csv(SHARED / "frontier" / "usagri_productivity.csv")
    result = FarePrimont(**AGRICULTURE).fit(xz.Panel(data, unit="States", time="Years"))
    assert result.diagnostics["unpriced"] == ["q.capital", "q.land"]
    assert "Without a price at the representative observation: q.capital, q.land." in result.summary()
    goods = {
        key: (group[AGRICULTURE["inputs"]].to_numpy(), group[AGRICULTURE["outputs"]].to_numpy())
        for key, group in data.groupby("Years")
    }
    pooled = data[AGRICULTURE["inputs"]].to_numpy(), data[AGRICULTURE["outputs"]].to_numpy()
    scale = [values.mean(axis=0) for values in pooled]  # SciPy's tolerances are absolute
    pooled, centre = tuple(v / by for v, by in zip(pooled, scale, strict=True)), tuple(np.ones(by.size) for by in scale)
    levels, rows = by_row(result), data.set_index(["States", "Years"])
    assert (levels["status"] == "ok").all()
    for unit, year in (("AL", 1995), ("CA", 2004), ("IA", 1999), ("NV", 2001), ("RI", 1997), ("TX", 2003)):
        span = tuple(v / by for v, by in zip(goods[year], scale, strict=True))
        row = rows.loc[(unit, year)]
        point = tuple(row[names].to_numpy(float) / by for names, by in zip(AGRICULTURE.values(), scale, strict=True))
        for name, value in by_hand(pooled, span, centre, point, "vrs", "prices").items():
            assert levels.loc[(unit, year), name] == pytest.approx(value, abs=TWIN), (unit, year, name)


# Rows that cannot be computed, settings, tables -----------------------------------------------


def test_rows_that_cannot_be_computed_say_why():
    frame = simulated(units=12, years=4)
    frame.loc[(frame["j"] == "u00") & (frame["t"] == 2001), "k"] = np.nan
    frame.loc[(frame["j"] == "u01") & (frame["t"] == 2002), ["a", "b"]] = 0.0
    frame.loc[(frame["j"] == "u02") & (frame["t"] == 2002), "a"] = 0.0
    frame = frame[~((frame["j"] == "u03") & (frame["t"] == 2001))]
    result = fit(frame)
    status = dict(zip(zip(result.rows.unit, result.rows.time.tolist(), strict=True), result.rows.status, strict=True))
    assert [status["u00", t] for t in (2001, 2002, 2003)] == ["missing_data", "missing_data", "ok"]
    assert [status["u01", t] for t in (2001, 2002, 2003)] == ["ok", "not_identified", "not_identified"]
    assert [status["u02", t] for t in (2001, 2002, 2003)] == ["ok", "ok", "ok"]
    assert status["u03", 2002] == "missing_data"
    odd = result.rows.status != "ok"
    for name in ("tfp", "technical_change", "residual_mix_efficiency"):
        assert np.isnan(result.term(name)[odd]).all()
        assert np.isfinite(result.term(name)[~odd]).all()
    levels = by_row(result)
    assert len(levels) == 47
    assert levels.loc[("u00", 2001), "status"] == "missing_data"
    assert levels.loc[("u03", 2002), "status"] == "ok"
    assert [warning[:6] for warning in result.warnings] == ["XZ-405"]
    with pytest.raises(DataError, match="XZ-206"):
        result.levels(relative_to=("u00", 2001))
    with pytest.raises(DataError, match="XZ-208"):
        result.levels(relative_to=("u03", 2001))
    with pytest.raises(DataError, match="XZ-212"):
        result.levels(relative_to=("u99", 2001))


def test_a_unit_beyond_its_reference_set_keeps_its_productivity():
    frame = simulated(units=7)
    frame.loc[(frame["j"] == "u06") & (frame["t"] == 2001), ["a", "b"]] *= 100.0
    result = fit(frame, reference=tuple(f"u{j:02d}" for j in range(6)), representative=Representative(period=2000))
    mine = result.rows.unit == "u06"
    assert result.rows.status[mine].tolist() == ["infeasible", "infeasible"]
    assert set(result.rows.status[~mine]) == {"ok"}
    assert np.isfinite(result.term("tfp")[mine]).all()
    assert np.isnan(result.term("output_mix_efficiency")[mine]).all()
    assert set(result.rows.reason[mine]) == {"no solution: observation of 2001 under the technology of 2001"}
    outside = by_row(result)["status"] == "infeasible"
    assert outside["u06", 2001]
    assert result.diagnostics["infeasible"] == outside.sum()
    cells = list(map(str, result.diagnostics["infeasible_cells"]))
    assert "u06: observation of 2001 under the technology of 2001" in cells
    assert [warning[:6] for warning in result.warnings] == ["XZ-402"]
    assert f"{outside.sum()} programmes have no solution" in result.summary()


def test_goods_without_a_price():
    """u00 makes b alone, of which the representative observation could make more at no cost in a."""
    frame = simulated(units=7)
    frame.loc[frame["j"] == "u00", "a"] = 0.0
    rare = frame.assign(b=np.where(frame["j"] == "u00", 1.0, 1e-6) * frame["b"])
    result = fit(rare, returns="crs", representative=Representative(unit="u01", period=2000))
    assert "b" in result.diagnostics["unpriced"]
    first = result.rows.unit == "u00"
    assert set(result.rows.status[first]) == {"not_identified"}
    assert set(result.rows.reason[first]) == {"no good with a price at the representative observation"}


def test_a_corner_is_said_to_be_one():
    frame = simulated()
    efficient = by_row(fit(frame, technology="global"))["output_technical_efficiency"]
    unit, period = efficient.idxmax()
    assert efficient.max() == pytest.approx(1.0, abs=INVARIANT)
    result = fit(frame, representative=Representative(unit=unit, period=int(period)))
    assert not result.diagnostics["unique_prices"]
    assert "not unique" in result.summary()
    assert "not unique" not in fit(frame).summary()


def test_a_year_without_reference_units_is_named():
    rows = fit(simulated(), technology=Sequential(since=2001)).rows
    first = rows.time == 2001
    assert set(rows.status[first]) == {"not_identified"}
    assert set(rows.reason[first]) == {"no reference unit for the technology of 2000"}
    assert set(rows.status[~first]) == {"ok"}


def test_settings_that_make_no_sense():
    frame = simulated()
    with pytest.raises(UsageError, match="one technology a year"):
        FarePrimont(**GOODS, technology=Window(width=2, scored="all"))
    with pytest.raises(DataError, match="XZ-212"):
        fit(frame, representative=Representative(unit="u99"))
    with pytest.raises(DataError, match="XZ-208"):
        fit(frame, representative=Representative(period=1990))
    with pytest.raises(DataError, match="no usable row"):
        fit(frame.assign(k=frame["k"].where(frame["j"] != "u00")), representative=Representative(unit="u00"))
    with pytest.raises(DataError, match="XZ-208"):
        fit(frame, window=(2000, 2010))
    with pytest.raises(DataError, match="XZ-214"):
        fit(simulated(years=1))


def test_tables():
    result = fit(simulated())
    tables = {table.name: table for table in result.tables(xz.View(units=("u03",)))}
    assert list(tables) == ["mean_rates", "output_side", "input_side", "levels"]
    levels = by_row(result)
    assert tables["levels"].columns()["tfp"] == levels.loc["u03", "tfp"].tolist()
    assert result.indices()["tfp"].iloc[0] == pytest.approx(levels["tfp"].iloc[1] / levels["tfp"].iloc[0], rel=EXACT)
    assert set(fit(simulated(), aggregator="distances").absent) == MIXED
