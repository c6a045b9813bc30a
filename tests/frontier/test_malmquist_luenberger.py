"""Malmquist-Luenberger index: published numbers under both disposabilities, SciPy's programmes, invariances."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.frontier.programmes import WORDS
from xinzhi.errors import UsageError
from xinzhi.frontier.disposability import Kuosmanen, Weak
from xinzhi.frontier.malmquist_luenberger import MalmquistLuenberger
from xinzhi.frontier.technology import FixedBase, Window

PUBLISHED = 1e-8  # ten digits printed
SIX = 5e-7  # printed to six decimals
CLOSE = 1e-8  # two solvers at 1e-9 to 1e-10
INVARIANT = 1e-10  # log points; the same vertices in other units
EXACT = 1e-12  # log points; sums of a few logs
TERMS = ("malmquist_luenberger", "technical_change", "efficiency_change")
RULES = ("contemporaneous", "sequential", Window(width=2), "global", "biennial", FixedBase(period=2001))


def five_units():
    """Return the data of DEA.jl's own test (methods/frontier.md, headline numbers)."""
    return pd.DataFrame(
        {
            "j": list("12345") * 2,
            "t": [0] * 5 + [1] * 5,
            "x": 1.0,
            "y": [7, 5, 1, 3, 4, 8, 5.5, 2, 2, 4],
            "b": [2, 5, 3, 3, 2, 1, 3, 2, 4, 1.0],
        }
    )


def index(frame, bads="inequality", **settings):
    goods = {"inputs": ["x"], "outputs": ["y"], "bad_outputs": ["b"]}
    method = MalmquistLuenberger(**(goods | {"disposability": Weak(bads=bads)} | settings))
    return method.fit(xz.Panel(frame, unit="j", time="t"))


def simulated(seed=8, units=12, years=3):
    draw = np.random.default_rng(seed)
    rows = []
    for t in range(years):
        x = np.exp(draw.normal(0.02 * t, 0.5, units))
        y = x * np.exp(0.02 * t - draw.uniform(0, 0.4, units))
        b = y * np.exp(draw.normal(-0.03 * t, 0.25, units))
        rows += [(f"u{j:02d}", 2000 + t, x[j], y[j], b[j]) for j in range(units)]
    return pd.DataFrame(rows, columns=list("jtxyb"))


def test_published_numbers_where_bads_are_disposed_of_like_inputs():
    """DEA.jl's test of malmluen (MIT), recomputed: methods/frontier.md, headline numbers."""
    result = index(five_units())
    found = result.indices()
    expected = [1.3702375781, 1.1, 1.1259778360, 0.91624569458, 1.2792042981]
    np.testing.assert_allclose(found["malmquist_luenberger"], expected, rtol=0, atol=PUBLISHED)
    np.testing.assert_allclose(
        found["efficiency_change"], [1, 0.9625, 1.027173913, 119 / 144, 21 / 22], rtol=0, atol=PUBLISHED
    )
    technical = [1.3702375781, 1.1428571429, 1.0961900625, 1.1087342859, 1.3401187885]
    np.testing.assert_allclose(found["technical_change"], technical, rtol=0, atol=PUBLISHED)
    distances = np.exp(result.distances["own_before"]) - 1
    np.testing.assert_allclose(distances, [0, 0.4, 0.8260869565, 0.5555555556, 0.2727272727], rtol=0, atol=PUBLISHED)
    assert set(result.rows.status) == {"ok"}


def test_published_numbers_where_bads_are_reached_exactly():
    """Equality of Chung, Färe and Grosskopf on the same data: methods/frontier.md, headline numbers."""
    result = index(five_units(), bads="equality")
    found = result.indices()
    expected = [1.245627, np.nan, 1.125978, 0.916246, 1.279204]
    np.testing.assert_allclose(found["malmquist_luenberger"], expected, rtol=0, atol=SIX)
    distances = np.exp(result.distances["own_before"]) - 1
    np.testing.assert_allclose(distances, [0, 0, 0.826087, 0.555556, 0.272727], rtol=0, atol=SIX)
    assert result.rows.status.tolist() == ["ok", "infeasible", "ok", "ok", "ok"]
    assert result.diagnostics["infeasible_cells"] == ["2: observation of 0 under the technology of 1"]
    assert [w[:6] for w in result.warnings] == ["XZ-402"]


def distance(frame, years, of, *, bads, returns="crs"):
    """Return max b with (x, y + b y, c - b c) in the technology of some years, by SciPy."""
    span = frame[frame["t"].isin(years)]
    point = frame[(frame["j"] == of[0]) & (frame["t"] == of[1])].iloc[0]
    n = len(span)
    rows, limits = [np.r_[span["x"], 0.0], np.r_[-span["y"], point["y"]]], [point["x"], -point["y"]]
    bad, equal, values = np.r_[span["b"], point["b"]], [], []
    if bads == "inequality":
        rows, limits = [*rows, bad], [*limits, point["b"]]
    else:
        equal, values = [bad], [point["b"]]
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
    assert WORDS.get(found.status) in ("ok", "infeasible")
    return np.log1p(found.x[-1]) if found.status == 0 else np.nan


@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize("bads", ["equality", "inequality"])
@pytest.mark.parametrize("technology", ["contemporaneous", "sequential", "global", "biennial"])
def test_against_scipy_by_cell(technology, bads, returns):
    """Each programme of Chung, Färe and Grosskopf (1997) and of Oh (2010, global) written out anew."""
    frame = simulated()
    result = index(frame, bads, technology=technology, returns=returns)
    for i in range(0, len(result.rows.unit), 5):
        unit, t = result.rows.unit[i], int(result.rows.time[i])
        ends = ((unit, t - 1), (unit, t))

        def d(years, of, ends=ends):
            return distance(frame, years, ends[of], bads=bads, returns=returns)

        if technology in ("global", "biennial"):
            common = [2000, 2001, 2002] if technology == "global" else [t - 1, t]
            total, efficiency = d(common, 0) - d(common, 1), d([t - 1], 0) - d([t], 1)
        else:
            first = 2000 if technology == "sequential" else t - 1
            before, end = list(range(first, t)), list(range(first if technology == "sequential" else t, t + 1))
            total = 0.5 * (d(before, 0) - d(before, 1) + d(end, 0) - d(end, 1))
            efficiency = d(before, 0) - d(end, 1)
        assert result.term("malmquist_luenberger")[i] == pytest.approx(total, abs=CLOSE, nan_ok=True)
        assert result.term("efficiency_change")[i] == pytest.approx(efficiency, abs=CLOSE)
        assert result.rows.status[i] == ("infeasible" if np.isnan(total) else "ok")


@pytest.mark.parametrize("technology", RULES)
@pytest.mark.parametrize("bads", ["equality", "inequality"])
def test_terms_add_up(bads, technology):
    result = index(simulated(), bads, technology=technology, decompose_returns="vrs")
    assert (result.rows.status == "ok").sum() > 10
    for total, parts in result.method.sums().items():
        gap = result.term(total) - sum(result.term(part) for part in parts)
        assert np.nanmax(np.abs(gap)) < EXACT


@pytest.mark.parametrize("bads", ["equality", "inequality"])
def test_global_index_has_all_cells_and_is_circular(bads):
    """Oh (2010): steps add up to ln (1 + D(2000)) / (1 + D(2002)) under the technology of all years."""
    frame = simulated()
    result = index(frame, bads, technology="global")
    assert set(result.rows.status) == {"ok"}
    for unit in ("u00", "u05", "u09"):
        first, last = (distance(frame, [2000, 2001, 2002], (unit, t), bads=bads) for t in (2000, 2002))
        mine = result.rows.unit == unit
        assert result.term("malmquist_luenberger")[mine].sum() == pytest.approx(first - last, abs=CLOSE)


def test_a_technology_of_one_unit_by_hand():
    """Closed form: one reference unit (1, 4, 2), bads like inputs: (1 - D) b = 2 l and (1 + D) y = 4 l, l <= 1."""
    rows = [("A", 0, 1.0, 4.0, 2.0), ("A", 1, 1.0, 4.0, 2.0), ("B", 0, 1.0, 1.0, 2.0), ("B", 1, 1.0, 2.0, 2.0)]
    result = index(pd.DataFrame(rows, columns=list("jtxyb")), reference=("A",))
    mine = result.rows.unit == "B"
    before, end = 3 / 5, 1 / 3  # b = 2: 1 - D = (1 + D) y / 4, so D = (4 - y) / (4 + y); l = 0.4 and 2/3
    expected = np.log((1 + before) / (1 + end))
    assert result.term("malmquist_luenberger")[mine] == pytest.approx([expected], abs=EXACT)
    assert result.term("technical_change")[mine] == pytest.approx([0.0], abs=EXACT)


def test_a_distance_of_minus_one_has_no_logarithm():
    """No reference unit makes the second output: outputs reach it only at (1 + D) y = 0, and ML would be infinite."""
    frame = simulated().assign(w=lambda rows: np.where(rows["j"] == "u00", 1.5, 0.0))
    others = tuple(frame["j"].unique()[1:])
    result = index(frame, outputs=["y", "w"], reference=others)
    mine = result.rows.unit == "u00"
    assert set(result.rows.status[mine]) == {"infeasible"}
    assert set(result.rows.status[~mine]) == {"ok"}
    assert result.rows.reason[mine][0] == "no solution: observation of 2000 under the technology of 2000"
    assert np.isnan(result.term("malmquist_luenberger")[mine]).all()


def test_what_must_not_matter():
    frame = simulated()
    by = {"x": 1e9, "y": 1e-6, "b": 1e7}
    scaled = frame.assign(**{name: frame[name] * factor for name, factor in by.items()})
    twice = pd.concat([frame, frame[frame["j"] == "u03"].assign(j="x03")])
    for bads in ("equality", "inequality"):
        plain = index(frame, bads)
        for other in (index(scaled, bads), index(twice, bads), index(frame.sample(frac=1, random_state=1), bads)):
            assert other.rows.status[: plain.rows.status.size].tolist() == plain.rows.status.tolist()
            for name in TERMS:
                values = plain.term(name)
                np.testing.assert_allclose(other.term(name)[: values.size], values, rtol=0, atol=INVARIANT)


def test_disposability_is_asked_for_and_bads_too():
    goods = {"inputs": ["x"], "outputs": ["y"]}
    with pytest.raises(UsageError, match="setting 'disposability' is missing"):
        MalmquistLuenberger(**goods, bad_outputs=["b"])
    with pytest.raises(UsageError, match="setting 'bad_outputs' is missing"):
        MalmquistLuenberger(**goods, disposability=Weak(bads="equality"))
    with pytest.raises(UsageError, match="0 bad outputs"):
        index(five_units(), bad_outputs=[])
    with pytest.raises(UsageError, match="XZ-103"):
        Weak()


def test_rows_that_cannot_be_computed_say_why():
    frame = simulated()
    frame.loc[(frame["j"] == "u00") & (frame["t"] == 2001), "b"] = np.nan
    result = index(frame, disposability=Kuosmanen(bads="equality"), returns="vrs", technology="global")
    mine = result.rows.unit == "u00"
    assert set(result.rows.status[mine]) == {"missing_data"}
    assert "b missing" in result.rows.reason[mine][0]
    assert set(result.rows.status[~mine]) == {"ok"}
    table = {t.name: t for t in result.tables()}["by_period"].columns()
    assert table["steps"] == [12, 12]
    assert table["computed"] == [11, 11]
    assert table["without_solution"] == [0, 0]
