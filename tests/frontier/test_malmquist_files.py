"""Malmquist indices cell by cell against the reference files: every split of EconomyLong, all columns of usagri."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.frontier import Malmquist

PUBLISHED = 1e-8  # the files carry 12 digits of scores solved at 1e-9 to 1e-11
PRINTED = 5e-7  # means printed to six decimals

FOLDER = SHARED / "frontier"
FILES = {
    "fgnz": ({}, {"mi": "malmquist", "ec": "efficiency_change", "tc": "technical_change"}),
    "rd": (
        {"decomposition": "base_period", "decompose_returns": "vrs"},
        {
            "mi": "malmquist",
            "tc": "technical_change",
            "pech": "pure_efficiency_change",
            "sech": "scale_change",
        },
    ),
    "gl": (
        {"decomposition": "base_period_generalised", "decompose_returns": "vrs"},
        {
            "mi": "malmquist",
            "tc": "technical_change",
            "pech": "pure_efficiency_change",
            "sech": "scale_change",
        },
    ),
    "bias": (
        {"decomposition": "biased"},
        {
            "mi": "malmquist",
            "ec": "efficiency_change",
            "tc": "technical_change",
            "obtech": "output_biased_change",
            "ibtech": "input_biased_change",
            "matech": "magnitude_change",
        },
    ),
}
EMPTY = {("rd", "input"): 12, ("rd", "output"): 3, ("gl", "input"): 12, ("gl", "output"): 3}
"""Cells of the index that the files leave empty: the base-period frontier under vrs does not reach the observation."""

pytestmark = [needs_shared, pytest.mark.reference]


def economy_long(**settings):
    panel = xz.Panel(pd.read_csv(FOLDER / "deaR_EconomyLong.csv"), unit="DMUs", time="Period")
    return Malmquist(inputs=["Capital", "Labor"], outputs=["GIOV"], **settings).fit(panel)


@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("kind", FILES)
def test_economy_long(kind, orientation):
    """EconomyLong_malmquist_expected_cont: own SciPy programmes that give deaR 1.5's output to 2e-12."""
    settings, names = FILES[kind]
    result = economy_long(**settings, orientation=orientation)
    file = FOLDER / f"EconomyLong_malmquist_expected_cont_{kind}_{orientation[0]}o.csv"
    cells = pd.read_csv(file).pivot(index=["dmu", "to"], columns="component", values="value")
    found = result.indices().set_index(["unit", "time"])
    cells = cells.reindex(found.index)
    assert set(cells.columns) == set(names)
    assert len(found) == 124
    for component, term in names.items():
        np.testing.assert_allclose(found[term], cells[component], rtol=0, atol=PUBLISHED, err_msg=component)
    empty = cells["mi"].isna().to_numpy()
    assert empty.sum() == EMPTY.get((kind, orientation), 0)
    assert (found["status"].to_numpy() == np.where(empty, "infeasible", "ok")).all()
    named = {f"{unit}: observation of {t} under the technology of {t - 1}" for unit, t in found.index[empty]}
    if (kind, orientation) == ("gl", "output"):  # no output is reached at the inputs of t, whatever the outputs
        named |= {
            f"{unit}: inputs of {t} and outputs of {t - 1} under the technology of {t - 1}"
            for unit, t in found.index[empty]
        }
    assert set(result.diagnostics["infeasible_cells"]) == named
    assert result.diagnostics["infeasible"] == len(named)


def test_the_base_period_index_is_that_of_constant_returns():
    """rd: mi = E_c^t(t+1) / E_c^t(t), known also where its split is not (methods/frontier.md, conventions)."""
    result, plain = economy_long(**FILES["rd"][0]), economy_long()
    base = plain.distances["own_before"] - plain.distances["base_on_end"]
    good = result.rows.status == "ok"
    np.testing.assert_allclose(result.term("malmquist")[good], base[good], rtol=0, atol=PUBLISHED)
    assert np.isfinite(base).all()


@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize(
    ("technology", "mi", "ec", "tc"),
    [
        ("contemporaneous", 1.097433, 1.018020, 1.077848),
        ("sequential", 1.098156, 1.013630, 1.082960),
        ("global", 1.083276, 1.018020, 1.063981),
    ],
)
def test_printed_means(technology, mi, ec, tc, orientation):
    """Means over the 124 cells (methods/frontier.md: deaR 1.5 and DEAPack 2.0.1, recomputed with own programmes)."""
    found = economy_long(technology=technology, orientation=orientation).indices()
    assert found["malmquist"].mean() == pytest.approx(mi, abs=PRINTED)
    assert found["efficiency_change"].mean() == pytest.approx(ec, abs=PRINTED)
    assert found["technical_change"].mean() == pytest.approx(tc, abs=PRINTED)


@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("split", [None, "vrs"])
def test_us_agriculture_every_column(split, orientation):
    """R productivity 1.1.0: Changes are ratios, Levels are Shephard distances (1 / Farrell) in both orientations."""
    data = pd.read_csv(FOLDER / "usagri_productivity.csv")
    method = Malmquist(
        inputs=[f"q.{name}" for name in ("capital", "land", "labor", "materials")],
        outputs=["q.livestock", "q.crop", "q.other"],
        orientation=orientation,
        decomposition="biased",
        decompose_returns=split,
    )
    result = method.fit(xz.Panel(data, unit="States", time="Years"))
    found = result.indices().set_index(["unit", "time"])
    stem = f"usagri_malm_{split or 'crs'}_{orientation.removesuffix('put')}"
    changes, levels = (
        pd.read_csv(FOLDER / f"{stem}_{kind}.csv").set_index(["States", "Year.1"]) for kind in ("Changes", "Levels")
    )
    names = {
        "malmquist": "malmquist",
        "efficiency_change": "effch",
        "technical_change": "tech",
        "output_biased_change": "obtech",
        "input_biased_change": "ibtech",
        "magnitude_change": "matech",
    }
    i, sign = orientation[0], (1.0 if orientation == "input" else -1.0)
    places = {
        "own_end": f"c111{i}",
        "end_on_base": f"c100{i}",
        "base_on_end": f"c011{i}",
        "own_before": f"c000{i}",
        "end_on_mixed": f"c110{i}",
        "base_on_mixed": f"c010{i}",
    }
    if split:
        short = "inp" if orientation == "input" else "out"
        names |= {"pure_efficiency_change": f"pure.{short}.effch", "scale_efficiency_change": f"{short}.scalech"}
        places |= {"own_end_vrs": f"v111{i}", "own_before_vrs": f"v000{i}"}
    assert set(names.values()) == set(changes.columns) - {"Year.0"}
    assert set(places.values()) == set(levels.columns) - {"Year.0"}
    assert len(changes) == len(levels) == len(found)
    for term, column in names.items():
        np.testing.assert_allclose(found[term], changes[column].reindex(found.index), rtol=0, atol=PUBLISHED)
    for name, column in places.items():
        known = levels[column].reindex(found.index)
        np.testing.assert_allclose(np.exp(sign * result.distances[name]), known, rtol=0, atol=PUBLISHED)
