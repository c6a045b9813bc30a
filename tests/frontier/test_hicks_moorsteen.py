"""Hicks-Moorsteen index: its formulas by SciPy, other implementations, economies whose change is known, invariances."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.frontier.programmes import twin
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier.hicks_moorsteen import HicksMoorsteen
from xinzhi.frontier.technology import Biennial, FixedBase, Global, Sequential, Window
from xinzhi.method.result import ADDING_UP

PUBLISHED = 1e-8  # the files carry 10 to 15 digits of scores solved at 1e-9 to 1e-11
PRINTED = 5e-7  # numbers written down here with six digits
TWIN = 1e-7  # scipy's HiGHS at 1e-10: a term adds a dozen logs of programmes, some of duals of other programmes
INVARIANT = 1e-9  # log points; the same vertices in other units
EXACT = 1e-12  # log points; a dozen additions of logs of certified scores

GOODS = {"inputs": ["k", "l"], "outputs": ["a", "b"]}
AGRICULTURE = {
    "inputs": [f"q.{name}" for name in ("capital", "land", "labor", "materials")],
    "outputs": ["q.livestock", "q.crop", "q.other"],
}
OUTPUT_SIDE = ("output_technical_efficiency", "output_mix_efficiency", "residual_output_scale_efficiency")
INPUT_SIDE = ("input_technical_efficiency", "input_mix_efficiency", "residual_input_scale_efficiency")
MIXED = {"output_mix_efficiency", "input_mix_efficiency", OUTPUT_SIDE[2], INPUT_SIDE[2]}


def simulated(seed=11, units=9, years=3):
    """Return 2 inputs and 2 outputs of units below a frontier that moves."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0, 0.7, units))
    rows = []
    for t in range(years):
        x = size[:, None] * np.exp(draw.normal(0.03 * t, 0.25, (units, 2)))
        y = x.prod(axis=1)[:, None] ** 0.45 * np.exp(draw.normal(0.02 * t - 0.3, 0.25, (units, 2)))
        rows += [(f"u{j:02d}", 2000 + t, *x[j], *y[j]) for j in range(units)]
    return pd.DataFrame(rows, columns=["j", "t", "k", "l", "a", "b"])


def fit(frame, **settings):
    return HicksMoorsteen(**(GOODS | settings)).fit(xz.Panel(frame, unit="j", time="t"))


def economy_long():
    return xz.Panel(pd.read_csv(SHARED / "frontier" / "deaR_EconomyLong.csv"), unit="DMUs", time="Period")


# The formulas, written out anew for SciPy -----------------------------------------------------


TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def optimum(cost, **rows):
    found = linprog(cost, method="highs-ds", options=TIGHT, **rows)
    assert found.status == 0, found.message
    return found


def shephard(span, x, y, returns, side):
    """Return D_O or D_I of a point: the reciprocal of its Farrell score."""
    status, score = twin(*span, (x, y), returns=returns, orientation=side)
    assert status == "ok"
    return 1.0 / score


def prices_at(span, x, y, returns, side):
    """Return the prices that make outputs (inputs) worth D_O (D_I), from the programme of multipliers."""
    inputs, outputs = span
    n, m, s = len(inputs), inputs.shape[1], outputs.shape[1]
    free = {"crs": (0, 0), "vrs": (None, None)}[returns]
    below = np.c_[outputs, -inputs, np.ones(n)]  # u y - v x + w <= 0
    bounds = [(0, None)] * (m + s) + [free]
    if side == "output":  # min v x - w with u y = 1
        found = optimum(
            np.r_[np.zeros(s), x, -1.0],
            A_ub=below,
            b_ub=np.zeros(n),
            A_eq=[np.r_[y, 0 * x, 0.0]],
            b_eq=[1],
            bounds=bounds,
        )
        return found.x[:s] / found.fun
    found = optimum(
        -np.r_[y, np.zeros(m), 1.0], A_ub=below, b_ub=np.zeros(n), A_eq=[np.r_[0 * y, x, 0.0]], b_eq=[1], bounds=bounds
    )
    return found.x[s : s + m] / -found.fun


def revenue(span, x, p, returns):
    """Return the largest revenue p'z of inputs x."""
    inputs, outputs = span
    one = {"A_eq": [np.ones(len(inputs))], "b_eq": [1.0]} if returns == "vrs" else {}
    return -optimum(-(outputs @ p), A_ub=inputs.T, b_ub=x, **one).fun


def outlay(span, y, w, returns):
    """Return the least cost w'z of outputs y."""
    inputs, outputs = span
    one = {"A_eq": [np.ones(len(inputs))], "b_eq": [1.0]} if returns == "vrs" else {}
    return optimum(inputs @ w, A_ub=-outputs.T, b_ub=-y, **one).fun


def best_ratio(span, p, w):
    """Return the largest p'y / w'x: Charnes and Cooper's programme, in which the sum of intensities is free."""
    inputs, outputs = span
    return -optimum(-(outputs @ p), A_eq=[inputs @ w], b_eq=[1.0]).fun


def stands(span, x, y, returns):
    """Return OTE, OSE, ITE and ISE."""
    ote, rays = shephard(span, x, y, returns, "output"), shephard(span, x, y, "crs", "output")
    ite = 1.0 / shephard(span, x, y, returns, "input")
    return {"ote": ote, "ose": rays / ote, "ite": ite, "ise": rays / ite}


def by_hand(spans, common, points, returns, aggregator):
    """Return the terms of a step; ``spans``: of its two years; ``common``: those under which goods are added up."""
    places = [stands(span, *point, returns) for span, point in zip(spans, points, strict=True)]
    logs = []
    for base in (0, 1):
        (x, y), (x1, y1) = points[base], points[1 - base]
        of = common[base]
        p, w = prices_at(of, x, y1, returns, "output"), prices_at(of, x1, y, returns, "input")
        if aggregator == "prices":
            made, used = [p @ y, p @ y1], [w @ x, w @ x1]
            best = [best_ratio(spans[k], p, w) for k in (base, 1 - base)]
        else:
            made = [shephard(of, x, z, returns, "output") for z in (y, y1)]
            used = [shephard(of, z, y, returns, "input") for z in (x, x1)]
            best = [
                max(
                    shephard(of, x, row_y, returns, "output") / shephard(of, row_x, y, returns, "input")
                    for row_x, row_y in zip(*spans[k], strict=True)
                )
                for k in (base, 1 - base)
            ]
        ome, ime = [], []
        for k, row_x, row_y in ((base, x, y), (1 - base, x1, y1)):
            ome.append(p @ row_y / places[k]["ote"] / revenue(spans[k], row_x, p, returns))
            ime.append(outlay(spans[k], row_y, w, returns) / (places[k]["ite"] * (w @ row_x)))
        change = [np.log(other / mine) for mine, other in (made, used, best, ome, ime)]
        logs.append(change if base == 0 else [-value for value in change])
    output, inputs, best, ome, ime = np.mean(logs, axis=0)
    ote, ose, ite, ise = (np.log(places[1][name] / places[0][name]) for name in ("ote", "ose", "ite", "ise"))
    efficiency = output - inputs - best
    terms = {
        "tfp": output - inputs,
        "output_quantity": output,
        "input_quantity": inputs,
        "technical_change": best,
        "tfp_efficiency": efficiency,
        "output_technical_efficiency": ote,
        "output_scale_efficiency": ose,
        "output_mix_efficiency": ome,
        "residual_output_scale_efficiency": efficiency - ote - ome,
        "output_scale_mix_efficiency": efficiency - ote,
        "input_technical_efficiency": ite,
        "input_scale_efficiency": ise,
        "input_mix_efficiency": ime,
        "residual_input_scale_efficiency": efficiency - ite - ime,
        "input_scale_mix_efficiency": efficiency - ite,
        "residual_mix_efficiency": efficiency - ite - ise,
    }
    return {name: value for name, value in terms.items() if aggregator == "prices" or name not in MIXED}


def span_of(frame, first, last):
    mine = frame[(frame["t"] >= first) & (frame["t"] <= last)]
    return mine[["k", "l"]].to_numpy(), mine[["a", "b"]].to_numpy()


RULES = {
    "contemporaneous": ("contemporaneous", lambda t: (t, t), lambda t, _: (t, t)),
    "sequential": ("sequential", lambda t: (2000, t), lambda t, _: (2000, t)),
    "window": (
        Window(width=2),
        lambda t: (max(t, 2001) - 1, max(t, 2001)),
        lambda t, _: (max(t, 2001) - 1, max(t, 2001)),
    ),
    "global": (Global(), lambda t: (t, t), lambda *_: (2000, 2002)),
    "biennial": (Biennial(), lambda t: (t, t), lambda _, end: (end - 1, end)),
    "fixed base": (FixedBase(period=2000), lambda t: (t, t), lambda *_: (2000, 2000)),
}
"""Settings; first and last year that span a year's technology, and that under which goods are added up."""


@pytest.mark.parametrize(
    ("rule", "returns", "aggregator"),
    [
        ("contemporaneous", "vrs", "distances"),
        ("contemporaneous", "vrs", "prices"),
        ("contemporaneous", "crs", "distances"),
        ("contemporaneous", "crs", "prices"),
        ("sequential", "vrs", "distances"),
        ("window", "vrs", "prices"),
        ("global", "vrs", "distances"),
        ("global", "crs", "prices"),
        ("biennial", "vrs", "distances"),
        ("fixed base", "crs", "distances"),
    ],
)
def test_every_term_against_scipy(rule, returns, aggregator):
    frame = simulated(units=6 if aggregator == "distances" else 12)
    settings, own, common = RULES[rule]
    result = fit(frame, returns=returns, technology=settings, aggregator=aggregator)
    cells = {key: group.iloc[0] for key, group in frame.groupby(["j", "t"])}
    assert set(result.rows.status) == {"ok"}
    assert set(result.absent) == (MIXED if aggregator == "distances" else set())
    unique = result.comparisons()["unique_prices"].to_numpy()
    steps = np.flatnonzero(unique | (aggregator == "distances"))[:: 3 if aggregator == "distances" else 1]
    assert len(steps) >= 4
    for i in steps:
        unit, end = result.rows.unit[i], int(result.rows.time[i])
        years = (end - 1, end)
        points = [tuple(cells[unit, t][names].to_numpy(float) for names in (["k", "l"], ["a", "b"])) for t in years]
        spans = [span_of(frame, *own(t)) for t in years]
        of = [span_of(frame, *common(t, end)) for t in years]
        for term, value in by_hand(spans, of, points, returns, aggregator).items():
            assert result.term(term)[i] == pytest.approx(value, abs=TWIN), (unit, end, term)


def test_no_point_of_the_technology_is_more_productive_than_the_best_unit():
    """TFP* is sought among reference units: 40 mixtures of them do no better."""
    frame, draw = simulated(units=7), np.random.default_rng(5)
    inputs, outputs = span = span_of(frame, 2001, 2001)
    x, y = inputs[0], outputs[0]
    ratio = [
        shephard(span, x, b, "vrs", "output") / shephard(span, a, y, "vrs", "input") for a, b in zip(*span, strict=True)
    ]
    weights = draw.dirichlet(np.full(7, 0.3), 40)
    mixed = [
        shephard(span, x, b, "vrs", "output") / shephard(span, a, y, "vrs", "input")
        for a, b in zip(weights @ inputs, weights @ outputs, strict=True)
    ]
    assert max(mixed) <= max(ratio) + TWIN


# Other implementations ------------------------------------------------------------------------


@needs_shared
@pytest.mark.reference
def test_one_output_under_constant_returns_is_the_malmquist_index():
    """With one output and constant returns distances are y / f(x), so that both indices are one; see test_malmquist
    for the file."""
    found = HicksMoorsteen(inputs=["Capital", "Labor"], outputs=["GIOV"], returns="crs").fit(economy_long())
    file = pd.read_csv(SHARED / "frontier" / "EconomyLong_malmquist_expected_cont_fgnz_oo.csv")
    cells = file.query("component == 'mi'").set_index(["dmu", "to"])["value"]
    index = found.indices().set_index(["unit", "time"])["tfp"]
    assert len(index) == 124
    np.testing.assert_allclose(index, cells.reindex(index.index), rtol=0, atol=PUBLISHED)


@needs_shared
@pytest.mark.reference
def test_provinces_under_variable_returns():
    """DEAPack 2.0.1, HicksMoorsteenDEA(returns_to_scale="vrs") on EconomyLong, run once on 2026-11-27; all 124 cells of
    index, output and input quantities agreed to 1e-12."""
    found = HicksMoorsteen(inputs=["Capital", "Labor"], outputs=["GIOV"]).fit(economy_long()).indices()
    found = found.set_index(["unit", "time"])
    assert found.loc[("Beijing", 2006), "tfp"] == pytest.approx(1.178036, abs=PRINTED)
    assert found.loc[("Tianjin", 2006), "tfp"] == pytest.approx(1.194394, abs=PRINTED)
    assert found["tfp"].mean() == pytest.approx(1.093499, abs=PRINTED)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize(
    ("returns", "mean", "least", "most"), [("crs", 1.020393, 0.806401, 1.283627), ("vrs", 1.013886, 0.812809, 1.276222)]
)
def test_three_outputs_of_us_agriculture(returns, mean, least, most):
    """DEAPack 2.0.1 on the 48 states of 1995-97, run once on 2026-11-27; all 96 cells agreed to 1e-12."""
    data = pd.read_csv(SHARED / "frontier" / "usagri_productivity.csv").query("Years <= 1997")
    result = HicksMoorsteen(**AGRICULTURE, returns=returns).fit(xz.Panel(data, unit="States", time="Years"))
    index = np.exp(result.term("tfp"))
    assert index.size == 96
    assert (index.mean(), index.min(), index.max()) == pytest.approx((mean, least, most), abs=PRINTED)


# Economies whose change is known --------------------------------------------------------------


def test_one_input_and_one_output_under_constant_returns():
    """TFP is y / x, its maximum that of the best unit, and scale and mix play no part."""
    frame = simulated()
    result = fit(frame, inputs=["k"], outputs=["a"], returns="crs")
    ratio = np.log(frame["a"] / frame["k"]).groupby([frame["j"], frame["t"]]).first().unstack()
    best = ratio.max()
    for i, (unit, t) in enumerate(zip(result.rows.unit, result.rows.time.tolist(), strict=True)):
        assert result.term("tfp")[i] == pytest.approx(ratio.loc[unit, t] - ratio.loc[unit, t - 1], abs=EXACT)
        assert result.term("technical_change")[i] == pytest.approx(best[t] - best[t - 1], abs=EXACT)
    for name in ("output_scale_efficiency", "residual_mix_efficiency", *OUTPUT_SIDE[1:], *INPUT_SIDE[1:]):
        np.testing.assert_allclose(result.term(name), 0.0, rtol=0, atol=EXACT)


@pytest.mark.parametrize("aggregator", ["distances", "prices"])
@pytest.mark.parametrize("returns", ["crs", "vrs", "drs", "irs"])
def test_neutral_progress_is_technical_change_alone(returns, aggregator):
    """The outputs of all units grow by one factor and inputs stay: ln TFP* grows by its logarithm, efficiency not."""
    frame, growth = simulated(years=1), 1.07
    later = frame.assign(t=2001, a=growth * frame["a"], b=growth * frame["b"])
    result = fit(pd.concat([frame, later]), returns=returns, aggregator=aggregator)
    for name, values in result.rows.terms.items():
        known = np.log(growth) if name in ("tfp", "output_quantity", "technical_change") else 0.0
        np.testing.assert_allclose(values, known, rtol=0, atol=INVARIANT, err_msg=name)


def chord(share, width):
    """Return by how much a chord of a Cobb-Douglas isoquant misses it at most, in logs, over a log width of k/l."""
    part = np.linspace(0.0, 1.0, 2001)
    k = part + (1 - part) * np.exp((1 - share) * width)
    l = part + (1 - part) * np.exp(-share * width)  # noqa: E741
    return float((share * np.log(k) + (1 - share) * np.log(l)).max())


def test_cobb_douglas_frontier_of_known_progress():
    """All 40 units are on y = A k^0.4 l^0.6, and A grows by 5 %.

    The frontier of the data runs along chords of the isoquants, so that each ratio of distances misses the true one
    by at most the chord over the widest gap of ln(k/l): so do, as means of two, the index and TFP*.
    """
    draw, growth, share = np.random.default_rng(2), 0.05, 0.4
    rows, widest = [], 0.0
    for t in range(2):
        mix = np.r_[-1.0, draw.uniform(-1, 1, 38), 1.0]
        widest = max(widest, float(np.diff(np.sort(mix)).max()))
        mix, size = draw.permutation(mix), np.exp(draw.normal(0, 0.5, 40))
        k, l = size * np.exp((1 - share) * mix), size * np.exp(-share * mix)  # noqa: E741
        y = np.exp(growth * t) * k**share * l ** (1 - share)
        rows += [(f"u{j:02d}", 2000 + t, k[j], l[j], y[j]) for j in range(40)]
    result = fit(pd.DataFrame(rows, columns=["j", "t", "k", "l", "a"]), outputs=["a"], returns="crs")
    bound = chord(share, widest)
    assert bound < 1e-2  # what the sample promises, at a widest gap of about 0.2
    assert np.abs(result.term("tfp") - growth).max() <= bound
    assert np.abs(result.term("technical_change") - growth).max() <= bound
    assert np.abs(result.term("output_technical_efficiency")).max() < INVARIANT


# What must not matter -------------------------------------------------------------------------


@pytest.mark.parametrize("aggregator", ["distances", "prices"])
def test_what_must_not_matter(aggregator):
    frame = simulated(units=14)
    plain = fit(frame, aggregator=aggregator)
    known = plain.unique | (aggregator == "distances")
    assert known.sum() >= 5
    by = {"k": 1e-9, "l": 1e9, "a": 1e6, "b": 1e-7}
    scaled = fit(frame.assign(**{name: frame[name] * factor for name, factor in by.items()}), aggregator=aggregator)
    shuffled = fit(frame.sample(frac=1, random_state=3), aggregator=aggregator)
    doubled = fit(pd.concat([frame, frame[frame["j"] == "u03"].assign(j="x03")]), aggregator=aggregator)
    for name, values in plain.rows.terms.items():
        np.testing.assert_array_equal(shuffled.term(name), values)
        for other in (scaled.term(name), doubled.term(name)[: values.size]):
            np.testing.assert_allclose(other[known], values[known], rtol=0, atol=INVARIANT, err_msg=name)


@pytest.mark.parametrize("aggregator", ["distances", "prices"])
def test_time_reversal_identity_and_proportionality(aggregator):
    frame = simulated(years=2)
    forth = fit(frame, aggregator=aggregator)
    back = fit(frame.assign(t=4001 - frame["t"]), aggregator=aggregator)
    for name, values in forth.rows.terms.items():
        np.testing.assert_allclose(back.term(name), -values, rtol=0, atol=INVARIANT, err_msg=name)
    still = fit(pd.concat([frame[frame["t"] == 2000].assign(t=t) for t in (2000, 2001)]), aggregator=aggregator)
    for values in still.rows.terms.values():
        np.testing.assert_allclose(values, 0.0, rtol=0, atol=INVARIANT)
    larger = frame[(frame["j"] != "u04") | (frame["t"] == 2000)]
    own = frame[(frame["j"] == "u04") & (frame["t"] == 2000)]
    larger = pd.concat(
        [larger, own.assign(t=2001, a=1.5 * own["a"], b=1.5 * own["b"], k=1.2 * own["k"], l=1.2 * own["l"])]
    )
    found = fit(larger, aggregator=aggregator).indices().set_index("unit").loc["u04"]
    assert found["output_quantity"] == pytest.approx(1.5, abs=INVARIANT)
    assert found["input_quantity"] == pytest.approx(1.2, abs=INVARIANT)


@pytest.mark.parametrize("returns", ["crs", "vrs", "drs", "irs", (0.5, 2.0)])
def test_units_of_the_reference_set_always_have_an_index(returns):
    """Briec and Kerstens (2011): the index is determinate where distances are of own inputs or of own outputs."""
    for seed in range(4):
        result = fit(simulated(seed=seed, units=6), returns=returns)
        assert set(result.rows.status) == {"ok"}
        assert result.diagnostics["infeasible"] == 0
        assert all(np.isfinite(values).all() for values in result.rows.terms.values())


@pytest.mark.parametrize("aggregator", ["distances", "prices"])
def test_parts_add_up(aggregator):
    result = fit(simulated(), aggregator=aggregator)
    terms = result.rows.terms
    gaps = [terms["tfp"] - terms["output_quantity"] + terms["input_quantity"]]
    gaps += [terms["tfp"] - terms["technical_change"] - terms["tfp_efficiency"]]
    for side, (technical, mix, residual) in (("output", OUTPUT_SIDE), ("input", INPUT_SIDE)):
        if aggregator == "prices":
            gaps += [terms["tfp_efficiency"] - terms[technical] - terms[mix] - terms[residual]]
        gaps += [terms["tfp_efficiency"] - terms[technical] - terms[f"{side}_scale_mix_efficiency"]]
        gaps += [
            terms["tfp_efficiency"]
            - terms[technical]
            - terms[f"{side}_scale_efficiency"]
            - terms["residual_mix_efficiency"]
        ]
    assert max(np.abs(gap).max() for gap in gaps) < ADDING_UP
    assert result.diagnostics["largest_gap"] < ADDING_UP
    compared = result.comparisons()
    mean = 0.5 * (compared["tfp_before"] + compared["tfp_end"])
    np.testing.assert_allclose(mean, terms["tfp"], rtol=0, atol=EXACT)
    chained = result.period_columns([(2000, 2002)])["tfp"]
    np.testing.assert_allclose(chained, 50 * terms["tfp"].reshape(-1, 2).sum(axis=1), rtol=0, atol=EXACT * 100)


@pytest.mark.parametrize("aggregator", ["distances", "prices"])
def test_a_sequential_technology_never_falls_back(aggregator):
    result = fit(simulated(seed=3, years=4), technology=Sequential(), aggregator=aggregator)
    assert (result.term("technical_change") >= -EXACT).all()
    assert (fit(simulated(seed=3, years=4), aggregator=aggregator).term("technical_change") < 0).any()


def test_the_two_aggregators_are_two_indices_and_share_what_needs_no_aggregate():
    frame = simulated()
    distances, prices = fit(frame), fit(frame, aggregator="prices")
    assert np.abs(distances.term("tfp") - prices.term("tfp")).max() > 1e-3
    for name in ("output_technical_efficiency", "output_scale_efficiency", "input_technical_efficiency"):
        np.testing.assert_array_equal(distances.term(name), prices.term(name))
    single = {"inputs": ["k"], "outputs": ["a"]}
    one, other = fit(frame, **single), fit(frame, **single, aggregator="prices")
    for name, values in one.rows.terms.items():
        np.testing.assert_allclose(other.term(name), values, rtol=0, atol=INVARIANT, err_msg=name)


def test_executors_change_no_bit():
    panel = xz.Panel(simulated(units=7), unit="j", time="t")
    method = HicksMoorsteen(**GOODS, technology="biennial")
    serial = method.fit(panel)
    for pool in (ThreadPoolExecutor(2), ProcessPoolExecutor(2, mp_context=get_context("spawn"))):
        with pool as executor:
            other = method.fit(panel, executor=executor)
        for name, values in serial.rows.terms.items():
            assert values.tobytes() == other.term(name).tobytes()


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
    assert [warning[:6] for warning in result.warnings] == ["XZ-405"]
    assert "steps computed" in result.summary()


def test_programmes_without_a_solution_are_counted_and_named():
    """A unit outside the reference set makes more than any of it: no reference unit reaches its outputs."""
    frame = simulated(units=7)
    large = (frame["j"] == "u06") & (frame["t"] == 2001)
    frame.loc[large, ["a", "b"]] *= 100.0
    result = fit(frame, reference=tuple(f"u{j:02d}" for j in range(6)))
    mine = result.rows.unit == "u06"
    assert result.rows.status[mine].tolist() == ["infeasible", "infeasible"]
    assert set(result.rows.status[~mine]) == {"ok"}
    cells = [str(cell) for cell in result.diagnostics["infeasible_cells"]]
    assert "u06: observation of 2001 under the technology of 2001" in cells
    assert "u06: inputs of 2000 and outputs of 2001 under the technology of 2001" in cells
    assert result.diagnostics["infeasible"] == len(cells) == len(set(cells))
    assert [warning[:6] for warning in result.warnings] == ["XZ-402"]
    assert str(result.rows.reason[mine][0]) == "no solution: observation of 2001 under the technology of 2001"
    assert "programmes have no solution" in result.summary()


def test_an_infinite_productivity_leaves_the_index():
    """Only u00 makes b, with an input of its own: by the aggregates of others, its productivity has no bound."""
    frame = simulated(units=7).assign(special=0.0)
    frame.loc[frame["j"] != "u00", "b"] = 0.0
    frame.loc[frame["j"] == "u00", "special"] = 1.0
    result = fit(frame, inputs=["k", "l", "special"])
    others = result.rows.unit != "u00"
    assert set(result.rows.status[others]) == {"unbounded"}
    assert np.isfinite(result.term("tfp")[others]).all()
    assert np.isnan(result.term("technical_change")[others]).all()
    reason = "no solution: the largest productivity of the technologies of both years"
    assert set(map(str, result.rows.reason[others])) == {reason}


def test_a_year_without_reference_units_is_named():
    rows = fit(simulated(), technology=Sequential(since=2001)).rows
    first = rows.time == 2001
    assert set(rows.status[first]) == {"not_identified"}
    assert set(rows.reason[first]) == {"no reference unit for the technology of 2000"}
    assert set(rows.status[~first]) == {"ok"}


def test_settings_that_make_no_sense():
    with pytest.raises(UsageError, match="one technology a year"):
        HicksMoorsteen(**GOODS, technology=Window(width=2, scored="all"))
    with pytest.raises(DataError, match="XZ-208"):
        fit(simulated(), window=(2000, 2010))
    with pytest.raises(DataError, match="XZ-214"):
        fit(simulated(years=1))
    frame = simulated(years=2)
    with pytest.raises(DataError, match="first: k missing in 2000 or 2001"):
        fit(frame.assign(k=frame["k"].where(frame["t"] == 2001)))
    window = fit(simulated(years=4), window=(2001, 2003))
    assert set(window.rows.time) == {2002, 2003}


def test_tables_of_the_sides_of_efficiency():
    result = fit(simulated(), aggregator="prices")
    tables = {table.name: table for table in result.tables()}
    assert list(tables) == ["mean_rates", "output_side", "input_side"]
    rates = tables["mean_rates"].columns()
    assert rates["tfp"][0] == pytest.approx(50 * result.term("tfp")[:2].sum(), abs=EXACT * 100)
    inside = tables["output_side"].columns()
    assert inside["tfp_efficiency"][0] == pytest.approx(sum(inside[name][0] for name in OUTPUT_SIDE), abs=ADDING_UP)


def test_what_distances_leave_out_is_absent_with_its_reason():
    two, one = fit(simulated()), fit(simulated(), outputs=["a"])
    assert set(two.absent) == MIXED
    assert not MIXED & set(two.rows.terms)
    assert set(one.absent) == {"input_mix_efficiency", "residual_input_scale_efficiency"}
    np.testing.assert_array_equal(one.term("output_mix_efficiency"), 0.0)
    assert any("no linear programme" in note for note in two.tables()[0].notes)
    assert "not unique" not in two.summary()


def test_steps_whose_prices_are_not_unique_are_counted():
    """An efficient unit and its mixed observation share inputs: they meet the frontier at its corner."""
    result = fit(simulated(), aggregator="prices")
    unique = result.comparisons()["unique_prices"]
    assert 0 < unique.sum() == result.diagnostics["unique_prices"] < len(unique)
    assert f"prices of {(~unique).sum()} steps are not unique" in result.summary()
