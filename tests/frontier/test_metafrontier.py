"""Metafrontier: scores of separate DEA runs, a case by hand, rules of technology, groups, invariances."""

import json

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.frontier.programmes import twin
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier import DEA
from xinzhi.frontier.fdh import FDH
from xinzhi.frontier.metafrontier import Metafrontier, best_of, few
from xinzhi.frontier.model import Scores
from xinzhi.frontier.technology import Global, Window

SCORE = 1e-9  # of scores of order one, two solvers or two reference sets
SAME = 1e-12  # the same arithmetic in another order
ORIENTATIONS = ("input", "output")
HULLS = ("convex", "union")
INPUTS, OUTPUTS = ["k", "l"], ["y"]


def world(seed: int = 1, *, units: int = 30, years: int = 3) -> pd.DataFrame:
    """Return two groups in some years: the south has half the productivity of the north and other input mixes."""
    draw = np.random.default_rng(seed)
    south = np.arange(units) % 2 == 1
    parts = []
    for t in range(years):
        k = np.exp(draw.normal(np.where(south, -0.5, 0.5), 0.5))
        labour = np.exp(draw.normal(np.where(south, 0.5, -0.5), 0.5))
        y = k**0.4 * labour**0.5 * np.where(south, 0.5, 1.0) * (1 + 0.1 * t) * np.exp(-draw.exponential(0.2, units))
        names = [f"u{j:02d}" for j in range(units)]
        parts.append(
            pd.DataFrame({"j": names, "t": 2000 + t, "k": k, "l": labour, "y": y, "g": np.where(south, "s", "n")})
        )
    return pd.concat(parts, ignore_index=True)


def panel(frame: pd.DataFrame) -> xz.Panel:
    return xz.Panel(frame, unit="j", time="t")


def model(kind=DEA, **settings):
    return kind(inputs=INPUTS, outputs=OUTPUTS, **settings)


def fit(frame: pd.DataFrame, of, **settings):
    return Metafrontier(group="g", model=of, **settings).fit(panel(frame))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_scores_are_those_of_separate_programmes(orientation, returns):
    """Group and pooled scores by SciPy, year by year."""
    frame = world()
    result = fit(frame, model(orientation=orientation, returns=returns))
    rows = result.grouped()
    for year in (2000, 2002):
        now = frame[frame["t"] == year]
        for name in ("n", "s"):
            mine = now[now["g"] == name]
            for _, row in mine.iloc[::4].iterrows():
                point = row[INPUTS].to_numpy(float), row[OUTPUTS].to_numpy(float)
                own, all_ = (
                    twin(of[INPUTS].to_numpy(), of[OUTPUTS].to_numpy(), point, returns=returns, orientation=orientation)
                    for of in (mine, now)
                )
                found = rows[(rows["unit"] == row["j"]) & (rows["time"] == year)].iloc[0]
                assert found["group"] == name
                assert found["group_score"] == pytest.approx(own[1], abs=SCORE)
                assert found["meta_score"] == pytest.approx(all_[1], abs=SCORE)
                gap = all_[1] / own[1] if orientation == "input" else own[1] / all_[1]
                assert found["technology_gap"] == pytest.approx(gap, abs=SCORE)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_pooled_scores_of_benchmarking(orientation):
    """R Benchmarking 0.33, vrs of the 70 sites pooled; the 49 sites of Program Follow Through are one group."""
    frame = pd.read_csv(SHARED / "frontier" / "charnes1981.csv")
    known = pd.read_csv(SHARED / "frontier" / "charnes1981_expected_Benchmarking.csv")
    frame["g"] = np.where(frame["pft"] == 1, "PFT", "NFT")
    of = DEA(inputs=["x1", "x2", "x3", "x4", "x5"], outputs=["y1", "y2", "y3"], orientation=orientation)
    data = xz.Panel(frame.drop(columns="name"), unit="firm")
    result = Metafrontier(group="g", model=of).fit(data)
    column = known.set_index(known["firm"].astype(str))[f"vrs_{'in' if orientation == 'input' else 'out'}"]
    np.testing.assert_allclose(result.term("meta_score"), column[data.unit_names.astype(str)], rtol=1e-8)  # the issue
    for name, count in (("PFT", 49), ("NFT", 21)):
        mine = frame[frame["g"] == name]
        alone = of.fit(xz.Panel(mine.drop(columns="name"), unit="firm")).term("score")
        np.testing.assert_allclose(result.term("group_score")[result.groups == name], alone, atol=SCORE)
        assert len(alone) == count
    assert result.term("technology_gap").max() <= 1 + SAME


def test_a_case_by_hand():
    """One input of 1, output 4 and 2 in the north, 2 and 1 in the south: the south's technology is half."""
    frame = pd.DataFrame({"j": list("ABCD"), "t": 1, "g": list("nnss"), "x": 1.0, "y": [4.0, 2, 2, 1]})
    for orientation, meta, own in (
        ("output", [1.0, 2, 2, 4], [1.0, 2, 1, 2]),
        ("input", [1.0, 0.5, 0.5, 0.25], [1.0, 0.5, 1, 0.5]),
    ):
        of = DEA(inputs=["x"], outputs=["y"], returns="crs", orientation=orientation)
        result = Metafrontier(group="g", model=of).fit(panel(frame))
        np.testing.assert_allclose(result.term("meta_score"), meta, atol=SAME)
        np.testing.assert_allclose(result.term("group_score"), own, atol=SAME)
        np.testing.assert_allclose(result.term("technology_gap"), [1.0, 1.0, 0.5, 0.5], atol=SAME)
        assert result.diagnostics["mean_gap"] == pytest.approx({"n": 1.0, "s": 0.5})


def test_mixtures_of_groups_belong_to_the_convex_hull_alone():
    """(1, 2) and (2, 1) make 1 in two groups; (1.5, 1.5) is on the hull of both, not on that of either."""
    frame = pd.DataFrame(
        {"j": list("ABC"), "t": 1, "g": list("nss"), "k": [1.0, 2, 1.9], "l": [2.0, 1, 1.9], "y": [1.0, 1, 1]}
    )
    of = model(returns="vrs", orientation="input")
    convex, union = (fit(frame, of, hull=hull) for hull in HULLS)
    assert convex.term("meta_score")[2] == pytest.approx(1.5 / 1.9, abs=SCORE)
    assert union.term("meta_score")[2] == pytest.approx(1.0, abs=SCORE)  # A alone has l of 2 > 1.9
    assert (convex.term("meta_score") <= union.term("meta_score") + SCORE).all()
    np.testing.assert_allclose(convex.term("group_score"), union.term("group_score"), atol=SCORE)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_union_is_the_best_of_all_groups(orientation):
    frame = world(3)
    of = model(orientation=orientation, returns="crs")
    result = fit(frame, of, hull="union")
    scores = []
    for name in ("n", "s"):
        names = tuple(sorted(set(frame["j"][frame["g"] == name])))
        scores.append(of.model_copy(update={"reference": names}).fit(panel(frame)).term("score"))
    best = np.minimum(*scores) if orientation == "input" else np.maximum(*scores)
    np.testing.assert_allclose(result.term("meta_score"), best, atol=SCORE)
    assert result.term("technology_gap").max() <= 1 + SAME


def test_free_disposal_hulls_have_no_mixtures():
    """The union of the hulls of groups is the hull of all: both options agree."""
    frame = world(4)
    one, other = (fit(frame, model(FDH, orientation="input"), hull=hull) for hull in HULLS)
    np.testing.assert_allclose(one.term("technology_gap"), other.term("technology_gap"), atol=SAME)


@pytest.mark.parametrize("hull", HULLS)
@pytest.mark.parametrize(
    "technology", ["contemporaneous", "sequential", "global", "biennial", Window(width=2, scored="all"), Global()]
)
def test_rules_of_technology(technology, hull):
    """Each group's score is that of the model on the group's rows alone."""
    frame = world(5)
    of = model(technology=technology, returns="crs")
    result = fit(frame, of, hull=hull)
    assert set(result.rows.status) == {"ok"}
    assert result.term("technology_gap").max() <= 1 + SAME
    for name in ("n", "s"):
        alone = of.fit(panel(frame[frame["g"] == name])).term("score")
        np.testing.assert_allclose(result.term("group_score")[result.groups == name], alone, atol=SCORE)
    if hull == "convex":
        np.testing.assert_allclose(result.term("meta_score"), of.fit(panel(frame)).term("score"), atol=SCORE)
    assert [table.name for table in result.tables()] == ["by_group", "rows"]
    assert len(result.by_group().rows) == 6


def test_truth():
    """The south makes half of what the north makes: with many units of one mix the mean gap approaches 1/2."""
    gaps = []
    for units in (30, 1000):
        draw = np.random.default_rng(8)
        south = np.arange(units) % 2 == 1
        y = np.where(south, 0.5, 1.0) * np.exp(-draw.exponential(0.3, units))
        frame = pd.DataFrame({"j": range(units), "t": 1, "x": 1.0, "y": y, "g": np.where(south, "s", "n")})
        of = DEA(inputs=["x"], outputs=["y"], returns="crs")
        result = Metafrontier(group="g", model=of).fit(panel(frame))
        gaps.append(result.diagnostics["mean_gap"])
    assert abs(gaps[1]["s"] - 0.5) < 0.01  # the best of 500 draws misses its frontier by 0.3 / 500
    assert gaps[1]["n"] == pytest.approx(1.0, abs=SCORE)


# Invariances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("hull", HULLS)
def test_units_duplicates_and_names_of_groups_do_not_matter(hull):
    frame = world(6, years=1)
    base = fit(frame, model(), hull=hull)
    scaled = fit(frame.assign(k=frame["k"] * 1e9, y=frame["y"] * 1e-9), model(), hull=hull)
    double = fit(pd.concat([frame, frame.iloc[[2]].assign(j="zz")], ignore_index=True), model(), hull=hull)
    renamed = fit(frame.assign(g=frame["g"].map({"n": "z", "s": "a"})), model(), hull=hull)
    for name in base.rows.terms:
        np.testing.assert_allclose(scaled.term(name), base.term(name), atol=SCORE)
        np.testing.assert_allclose(double.term(name)[:30], base.term(name), atol=SCORE)
        np.testing.assert_allclose(renamed.term(name), base.term(name), atol=SCORE)


def test_one_group_has_no_gap_and_a_constant_is_not_harmless():
    frame = world(7, years=1)
    np.testing.assert_allclose(fit(frame.assign(g="all"), model()).term("technology_gap"), 1.0, atol=SCORE)
    base = fit(frame, model(returns="crs")).term("technology_gap")
    for name in ("k", "y"):
        moved = fit(frame.assign(**{name: frame[name] + 1.0}), model(returns="crs")).term("technology_gap")
        assert np.abs(moved - base).max() > 1e-3


# Cells and settings -----------------------------------------------------------------------------


def test_rows_without_a_label_or_a_cell_stay_with_their_reason():
    frame = world(9, years=1)
    frame.loc[0, "g"] = None
    frame.loc[1, "k"] = np.nan
    result = fit(frame, model())
    assert result.rows.status[:3].tolist() == ["missing_data", "missing_data", "ok"]
    assert result.rows.reason[:2].tolist() == ["g missing", "k missing"]
    assert np.isnan([values[:2] for values in result.rows.terms.values()]).all()
    assert result.diagnostics["reference_rows"] == {"2000": {"n": 14, "s": 14}}
    without = fit(frame[2:], model())  # neither spans a technology
    np.testing.assert_allclose(result.term("meta_score")[2:], without.term("meta_score"), atol=SCORE)


def test_a_group_without_reference_units_is_not_identified():
    frame = world(10, years=1)
    north = tuple(frame["j"][frame["g"] == "n"])
    for hull in HULLS:
        result = fit(frame, model(reference=north, returns="crs"), hull=hull)
        south = result.groups == "s"
        assert set(result.rows.status[south]) == {"not_identified"}
        assert set(result.rows.status[~south]) == {"ok"}
        np.testing.assert_allclose(result.term("technology_gap")[~south], 1.0, atol=SCORE)


def test_small_groups_are_named():
    frame = world(11, years=1)
    frame.loc[frame.index[4:], "g"] = "s"
    result = fit(frame, model())
    assert few(2, 1) == 9  # 3 (m + s) > m s
    assert few(10, 10) == 100
    assert result.diagnostics["small_groups"] == ["n 2000: 2 reference units, fewer than 9"]
    assert "n 2000" in " ".join(result.by_group().notes)
    json.dumps(result.to_dict(), allow_nan=False)


def test_units_may_change_their_group():
    frame = world(12)
    frame.loc[(frame["j"] == "u00") & (frame["t"] == 2002), "g"] = "s"
    result = fit(frame, model())
    assert result.groups[:3].tolist() == ["n", "n", "s"]
    assert result.diagnostics["reference_rows"]["2002"] == {"n": 14, "s": 16}


def test_super_efficiency():
    frame = world(13, years=1)
    result = fit(frame, model(evaluated="excluded", returns="crs", orientation="input"))
    assert result.term("group_score").max() > 1
    assert result.term("technology_gap").max() <= 1 + SAME


def test_the_best_of_several_technologies():
    """Scores 2 and 3; out of reach of one; of both; numerical in one; no reference units in one."""
    blank = np.full(5, "ok", dtype=object)
    one, other = blank.copy(), blank.copy()
    one[[1, 2, 4]], other[[2, 3]] = ["infeasible", "infeasible", "not_identified"], ["infeasible", "numerical"]
    scores = [
        Scores.of({"score": np.where(words == "ok", value, np.nan)}, words, None, (5, 2))
        for words, value in ((one, 2.0), (other, 3.0))
    ]
    for inward, best in ((True, 2.0), (False, 3.0)):
        found = best_of(scores, inward=inward)
        assert found.status.tolist() == ["ok", "ok", "infeasible", "numerical", "ok"]
        np.testing.assert_array_equal(found.terms["score"], [best, 3.0, np.nan, np.nan, 3.0])


def test_settings():
    with pytest.raises(DataError, match="XZ-205"):
        Metafrontier(group="region", model=model()).fit(panel(world()))
    with pytest.raises(UsageError, match="XZ-103"):
        Metafrontier(group="g", model=xz.Malmquist(inputs=INPUTS, outputs=OUTPUTS))
    with pytest.raises(DataError, match="XZ-206"):
        fit(world().assign(g=pd.Series([None] * 90, dtype=object)), model())
    assert "union" in fit(world(years=1), model(), hull="union").title
    assert "Mean technology gap: n: " in fit(world(years=1), model()).summary()
