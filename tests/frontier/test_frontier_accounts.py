"""Frontier-valued accounts: published targets, a known technology, and numerical integration."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.frontier import FrontierAccounts, Malmquist, frontier_accounts
from xinzhi.frontier.engine import Technology, radial_scores
from xinzhi.frontier.path import path_elasticities
from xinzhi.frontier.reference import ENCLAVES, RENTS

ADDING_UP = 1e-10  # the rule of every identity
PRINTED = 5e-7  # targets are printed to six decimals of % a year
INTEGRAL = 2e-6  # midpoint rule with 4000 cells on a function with kinks: error about 1 / cells^2 per kink


def penn_world_table():
    """Return PWT 10.01 and the reference set of methods/ledger.md section 3: observed hours, no rents, no enclaves."""
    data = pd.read_parquet(SHARED / "catalog" / "pwt1001.parquet")
    inside = data[(data["year"] >= 1990) & (data["year"] <= 2019)]
    base = data[data["year"] == 2017].set_index("isocode")
    needed = ["rgdpna", "rkna", "emp", "avh", "hc", "labsh"]
    whole = inside.groupby("isocode")[needed].agg(lambda cells: len(cells) == 30 and cells.notna().all()).all(axis=1)
    large = (base["pop"] >= 1) & base["ck"].notna()
    units = [unit for unit in whole.index[whole] if large[unit] and unit not in (*RENTS, *ENCLAVES)]
    return xz.Panel(data, unit="isocode", time="year"), tuple(units)


@needs_shared
@pytest.mark.reference
def test_economies():
    """methods/ledger.md section 8 (own prototype): DEA TC by economy, capital at frontier value, 1990-2019."""
    panel, reference = penn_world_table()
    assert len(reference) == 41
    labour = xz.Labour(persons="emp", hours="avh", quality="hc", missing_hours=xz.SplicedHours(reference="USA"))
    inputs = [xz.Capital(growth="rkna", level="ck", base=2017), labour]
    chosen = panel.select(units=sorted({*reference, "CHN", "IND", "BRA", "POL", "KOR"}))
    index = Malmquist(inputs=inputs, outputs=["rgdpna"], reference=reference, window=(1990, 2019))
    result = FrontierAccounts(malmquist=index).fit(chosen)
    found = result.periods([(1990, 2019)]).set_index("unit")
    technical = {
        "CHN": -1.847503,
        "USA": 0.123837,
        "KOR": -0.594669,
        "DEU": 0.015366,
        "JPN": -0.057970,
        "IND": -1.671568,
        "BRA": -0.432870,
        "POL": -0.897255,
    }
    for unit, value in technical.items():
        assert found.loc[unit, "technical_change"] == pytest.approx(value, abs=PRINTED)
    for unit, value in {"CHN": 10.514192, "USA": 1.355762, "IND": 7.376748}.items():
        assert found.loc[unit, "capital"] == pytest.approx(value, abs=PRINTED)
    assert list(result.rows.terms) == ["growth", "capital", "labour", "technical_change", "efficiency_change"]
    assert "constant returns" in result.absent["scale"]
    assert result.diagnostics["largest_gap"] < ADDING_UP
    assert "technical change" in result.summary(xz.View(units=("CHN",)))


def cobb_douglas(units, seed=4, years=3, scale=1.0, inputs=2):
    """Return an economy y = A (prod x)^(scale / inputs) with 2 % growth of A and efficiency between .8 and 1."""
    draw = np.random.default_rng(seed)
    size = draw.uniform(0, 3, (units, 1))
    mix = draw.uniform(-1.5, 1.5, (units, inputs))
    rows = []
    for t in range(years):
        logs = size + mix + draw.uniform(-0.1, 0.2, (units, inputs))
        inefficiency = np.where(np.arange(units) % 4 == 0, draw.uniform(0, 0.2, units), 0.0)
        y = 0.02 * t + scale * logs.mean(axis=1) - inefficiency
        rows += [(j, t, *np.exp(logs[j]), np.exp(y[j]), inefficiency[j]) for j in range(units)]
    return pd.DataFrame(rows, columns=["j", "t", *(f"x{k}" for k in range(inputs)), "y", "inefficiency"])


def accounts(frame, returns="crs", **settings):
    names = [name for name in frame.columns if name.startswith("x")]
    index = Malmquist(inputs=names, outputs=["y"], returns=returns, **settings)
    return FrontierAccounts(malmquist=index).fit(xz.Panel(frame, unit="j", time="t"))


def test_cobb_douglas_is_recovered():
    """Truth of the simulation: elasticities 1/2, technical change 2 %, efficiency as drawn.

    The envelope of 250 points lies below the true frontier by a few hundredths of a per cent where
    points are dense, and by more at the ends of the mixes, where a slack unit may be the only one.
    """
    frame = cobb_douglas(250)
    result = accounts(frame)
    good = result.rows.status == "ok"
    assert good.all()
    assert result.elasticities[:, 0].mean() == pytest.approx(0.5, abs=0.01)
    assert result.term("technical_change").mean() == pytest.approx(0.02, abs=0.002)
    wide = frame.pivot(index="j", columns="t", values="inefficiency").to_numpy()
    truth = (wide[:, :-1] - wide[:, 1:]).ravel()
    names = result.rows.unit.astype(int)
    order = np.lexsort((result.rows.time, names))
    error = np.abs(result.term("efficiency_change")[order] - truth)
    assert np.quantile(error, 0.95) < 0.003
    assert np.corrcoef(result.term("efficiency_change")[order], truth)[0, 1] > 0.98


@pytest.mark.parametrize(("returns", "inputs"), [("crs", 3), ("vrs", 1), ("vrs", 2), ("vrs", 3)])
def test_every_row_adds_up(returns, inputs):
    frame = cobb_douglas(40, scale=0.9 if returns == "vrs" else 1.0, inputs=inputs)
    result = accounts(frame, returns)
    good = result.rows.status == "ok"
    parts = np.column_stack([values for name, values in result.rows.terms.items() if name != "growth"])
    assert good.sum() > 40
    assert np.abs(result.term("growth") - parts.sum(axis=1))[good].max() < ADDING_UP
    assert set(result.rows.status) <= {"ok", "infeasible", "not_identified"}
    assert np.isnan(parts[~good]).all()
    assert result.diagnostics["unresolved"] == 0
    assert result.diagnostics["largest_defect"] < 1e-9
    assert np.abs(result.elasticities[good].sum(axis=1) - 1).max() < 1e-9
    if returns == "crs":
        assert np.abs(result.eps[good] - 1).max() < 1e-9


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_mean_elasticities_against_fine_integration(inputs):
    """The same integral by the midpoint rule: one programme per point of a fine grid."""
    frame = cobb_douglas(25, years=1, scale=0.8, inputs=inputs)
    x, y = frame[[f"x{k}" for k in range(inputs)]].to_numpy(), frame[["y"]].to_numpy()
    start, stop = np.median(x, axis=0)[None] * 0.8, np.median(x, axis=0)[None] * np.linspace(1.2, 2.0, inputs)
    found = path_elasticities(x, y, "vrs", start, stop)
    cells = 4000
    s = (np.arange(cells) + 0.5) / cells
    points = np.exp(np.log(start) + s[:, None] * np.log(stop / start))
    scores = radial_scores(Technology.of(x, y, "vrs"), (points, np.ones((cells, 1))), orientation="output")
    elasticities = scores.v * points / scores.score[:, None]
    assert found.unresolved == 0
    assert found.programmes < 100
    np.testing.assert_allclose(found.mean[0], elasticities.mean(axis=0), atol=5 / cells)
    ends = radial_scores(
        Technology.of(x, y, "vrs"), (np.vstack((start, stop)), np.ones((2, 1))), orientation="output"
    ).score
    assert (found.mean[0] * np.log(stop / start)[0]).sum() == pytest.approx(np.log(ends[1] / ends[0]), abs=1e-10)


def test_secant_and_path_agree_under_constant_returns():
    """Two inputs have two routes: the secant from four distances, and integration facet by facet."""
    frame = cobb_douglas(30)
    result = accounts(frame)
    index = result.index
    for i in range(0, len(result.rows.unit), 7):
        ends = index.goods.x[[index.steps.before[i]]], index.goods.x[[index.steps.end[i]]]
        both = []
        for year in (int(result.rows.time[i]) - 1, int(result.rows.time[i])):
            span = index.technologies[year]
            both.append(path_elasticities(index.goods.x[span], index.goods.y[span], "crs", *ends).mean[0])
        np.testing.assert_allclose(result.elasticities[i], np.mean(both, axis=0), atol=1e-8)


def test_unchanged_mix_has_the_right_hand_elasticity():
    """Two efficient rays k = 1, 4 with f = 1, 2: on k = 1 the facet to the right gives e_K = f'k/f = 1/3, by hand."""
    rows = [("A", t, 1.0 * g, 1.0 * g, 1.0 * g) for t, g in ((0, 1.0), (1, 1.1))]
    rows += [("B", t, 4.0 * g, 1.0 * g, 2.0 * g) for t, g in ((0, 1.0), (1, 1.1))]
    result = accounts(pd.DataFrame(rows, columns=["j", "t", "x0", "x1", "y"]))
    assert result.elasticities[0, 0] == pytest.approx(1 / 3, abs=1e-5)
    assert result.elasticities[1, 0] == pytest.approx(0.0, abs=1e-5)  # to the right of B more capital adds nothing
    np.testing.assert_allclose(result.term("technical_change"), 0.0, atol=ADDING_UP)


def test_units_of_measure_do_not_matter():
    frame = cobb_douglas(30, scale=0.9)
    plain = accounts(frame, "vrs")
    other = accounts(frame.assign(x0=frame["x0"] * 1e9, x1=frame["x1"] * 1e-9, y=frame["y"] * 1e6), "vrs")
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(other.term(name), values, rtol=0, atol=1e-8)


def test_infeasible_mixed_periods_are_rows_with_a_reason():
    """A unit that shrinks below all others is outside the technology of the year before under vrs."""
    frame = cobb_douglas(20, scale=0.9)
    frame.loc[(frame["j"] == 3) & (frame["t"] == 2), ["x0", "x1", "y"]] *= 1e-3
    result = accounts(frame, "vrs")
    row = int(np.flatnonzero((result.rows.unit == "3") & (result.rows.time == 2))[0])
    assert result.rows.status[row] == "infeasible"
    assert result.rows.reason[row] == "no solution: observation of 2 under the technology of 1"
    assert np.isnan([values[row] for values in result.rows.terms.values()]).all()
    assert result.diagnostics["infeasible"] >= 1
    assert any(warning.startswith("XZ-402") for warning in result.warnings)


@pytest.mark.parametrize("name", ["growth", "scale", "technical_change", "efficiency_change", "status"])
def test_an_input_cannot_have_the_name_of_a_term(name):
    with pytest.raises(UsageError, match=f"an input called '{name}'") as caught:
        FrontierAccounts(malmquist=Malmquist(inputs=[name, "l"], outputs=["y"]))
    assert caught.value.code == "XZ-103"


def test_a_defect_above_the_bound_is_not_spread(monkeypatch):
    """Elasticities that miss frontier output by a millionth of a step leave that step without accounts."""
    frame = cobb_douglas(12, years=2, inputs=3)
    good = accounts(frame).rows.status == "ok"

    def missing(index, rows, run, factors, *, ends):
        found = integrate(index, rows, run, factors, ends=ends)
        found.elasticities[:, 4] *= 1 + 1e-3
        return found

    integrate = frontier_accounts._integrate
    monkeypatch.setattr(frontier_accounts, "_integrate", missing)
    result = accounts(frame)
    assert good[4]
    assert result.rows.status[4] == "numerical"
    assert result.rows.reason[4].startswith("elasticities miss frontier output by ")
    assert np.isnan([values[4] for values in result.rows.terms.values()]).all()
    others = np.delete(good, 4)
    assert np.delete(result.rows.status, 4)[others].tolist() == ["ok"] * int(others.sum())
    assert result.diagnostics["largest_defect"] < frontier_accounts.DEFECT


def test_settings_that_do_not_fit():
    with pytest.raises(UsageError, match="XZ-103"):
        FrontierAccounts(malmquist=Malmquist(inputs=["k"], outputs=["a", "b"]))
    with pytest.raises(UsageError, match="XZ-103"):
        FrontierAccounts(malmquist=Malmquist(inputs=["k"], outputs=["a"], orientation="input"))
