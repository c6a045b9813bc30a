"""DEA as a method: periods, reference units, missing cells, peers, tables."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier import DEA
from xinzhi.frontier.engine import Technology, radial_scores

SCORE = 1e-9  # of scores of order one, two solvers


def small(**changes):
    frame = pd.DataFrame(
        {"j": list("ABCD"), "x": [1.0, 2.0, 4.0, np.nan], "z": [2.0, 2.0, 1.0, 1.0], "y": [1.0, 4.0, 4.0, 1.0]}
    )
    return xz.Panel(frame.assign(**changes), unit="j")


@needs_shared
@pytest.mark.reference
def test_program_follow_through_counts():
    """methods/frontier.md, headline numbers, R Benchmarking 0.33: means and efficient sites."""
    panel = xz.Panel(pd.read_csv(SHARED / "frontier" / "charnes1981.csv"), unit="firm")
    for returns, mean, efficient in (
        ("crs", 0.937765, 19),
        ("vrs", 0.953431, 27),
        ("drs", 0.944379, 23),
        ("irs", 0.946817, 23),
    ):
        method = DEA(
            inputs=["x1", "x2", "x3", "x4", "x5"], outputs=["y1", "y2", "y3"], orientation="input", returns=returns
        )
        result = method.fit(panel)
        assert result.diagnostics["mean"] == pytest.approx(mean, abs=5e-7)
        assert result.diagnostics["efficient"] == efficient
        assert f"{efficient} efficient" in result.summary()


def test_missing_rows_stay_and_do_not_span_the_frontier():
    result = DEA(inputs=["x", "z"], outputs=["y"], returns="crs").fit(small())
    assert result.rows.status.tolist() == ["ok", "ok", "ok", "missing_data"]
    assert result.rows.reason[3] == "x missing"
    assert np.isnan(result.term("score")[3])
    np.testing.assert_allclose(result.term("score")[:3], [2.0, 1.0, 1.0], atol=SCORE)
    assert "D" not in set(result.peers()["peer"])


def test_peers_and_multipliers_explain_the_score():
    result = DEA(inputs=["x", "z"], outputs=["y"], orientation="output", returns="crs").fit(small())
    peers = result.peers()
    mine = peers[peers["unit"] == "A"]
    assert mine["peer"].tolist() == ["B"]
    assert mine["intensity"].tolist() == pytest.approx([0.5], abs=SCORE)  # half of B uses (1, 1), makes 2
    weights = result.multipliers()
    assert weights["y"][0] == pytest.approx(1.0, abs=SCORE)  # u y_o = 1
    assert weights["x"][0] * 1.0 + weights["z"][0] * 2.0 == pytest.approx(2.0, abs=SCORE)  # duality: v x_o = phi


def test_reference_units_alone_span_the_frontier():
    result = DEA(inputs=["x"], outputs=["y"], orientation="output", returns="crs", reference=("A",)).fit(small())
    np.testing.assert_allclose(result.term("score")[:3], [1.0, 0.5, 1.0], atol=SCORE)
    with pytest.raises(DataError, match="XZ-212"):
        DEA(inputs=["x"], outputs=["y"], reference=("Z",)).fit(small())


def test_one_technology_per_period():
    frame = pd.DataFrame({"j": list("AABB"), "t": [1, 2] * 2, "x": [1.0, 1, 1, 1], "y": [1.0, 4, 2, 2]})
    result = DEA(inputs=["x"], outputs=["y"], returns="crs").fit(xz.Panel(frame, unit="j", time="t"))
    np.testing.assert_allclose(result.term("score"), [2.0, 1.0, 1.0, 2.0], atol=SCORE)
    table = result.tables()[1].columns()
    assert table["efficient"] == [1, 1]
    assert table["reference"] == [2, 2]


def test_zeros_negatives_and_settings():
    panel = small(x=[0.0, 2.0, -1.0, 0.0], z=[0.0, 2.0, 1.0, 1.0])
    result = DEA(inputs=["x", "z"], outputs=["y"], orientation="input", returns="vrs").fit(panel)
    assert result.rows.status.tolist() == ["not_identified", "ok", "non_positive", "ok"]
    assert result.rows.reason[2] == "x negative"
    with pytest.raises(UsageError, match="XZ-103"):
        DEA(inputs=["x", "x"], outputs=["y"]).fit(small())
    index = xz.Panel(small().frame(), unit="j", columns={"x": xz.Column("", "growth_index")})
    with pytest.raises(DataError, match="XZ-207"):
        DEA(inputs=["x"], outputs=["y"]).fit(index)


def test_chunks_are_part_of_the_problem():
    """More points than one task holds: the same scores as point by point."""
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({"j": range(1100), "x": draw.uniform(1, 2, 1100), "y": draw.uniform(1, 2, 1100)})
    names = tuple(str(j) for j in range(20))
    panel = xz.Panel(frame, unit="j")
    result = DEA(inputs=["x"], outputs=["y"], returns="vrs", orientation="input", reference=names).fit(panel)
    span = np.flatnonzero(np.isin(panel.unit_names.astype(str), names))
    x, y = panel.array("x"), panel.array("y")
    alone = [
        radial_scores(Technology.of(x[span], y[span], "vrs"), (x[[i]], y[[i]]), orientation="input").score[0]
        for i in range(0, 1100, 100)
    ]
    np.testing.assert_allclose(result.term("score")[::100], alone, rtol=1e-12)


def test_ranges_of_multipliers_that_are_not_unique():
    """Facets of the corner B, by hand: from A (1, 1) slope 3, to C (4, 5) slope 1/2; v x_o = 1."""
    frame = pd.DataFrame({"j": list("ABCD"), "x": [1.0, 2, 4, 4], "y": [1.0, 4, 5, 2]})
    result = DEA(inputs=["x"], outputs=["y"], orientation="input").fit(xz.Panel(frame, unit="j"))
    ranges = result.multiplier_ranges(["B", "D"]).set_index(["unit", "good"])
    np.testing.assert_allclose(ranges.loc["B", "low"], [0.5, 1 / 6, -3.0], atol=SCORE)
    np.testing.assert_allclose(ranges.loc["B", "high"], [0.5, 1.0, 1 / 3], atol=SCORE)
    np.testing.assert_allclose(ranges.loc["D", "low"], ranges.loc["D", "high"], atol=SCORE)  # inside a facet
    one = result.multipliers().set_index("unit").loc["D", ["x", "y", "intercept"]].astype(float)
    np.testing.assert_allclose(ranges.loc["D", "low"], one, atol=SCORE)


def test_fixed_inputs_stay_and_the_others_shrink():
    frame = pd.DataFrame({"j": list("AB"), "x": [1.0, 4.0], "z": [1.0, 1.0], "y": [1.0, 1.0]})
    panel = xz.Panel(frame, unit="j")
    result = DEA(inputs=["x", "z"], outputs=["y"], orientation="input", fixed_inputs=("z",)).fit(panel)
    np.testing.assert_allclose(result.term("score"), [1.0, 0.25], atol=SCORE)
    for wrong in (("x", "z"), ("nobody",)):
        with pytest.raises(UsageError, match="XZ-103"):
            DEA(inputs=["x", "z"], outputs=["y"], orientation="input", fixed_inputs=wrong).fit(panel)


def test_window_analysis_is_the_mean_over_windows():
    """Windows of two years over three: year 2 is scored twice, by hand."""
    frame = pd.DataFrame({"j": list("AAABBB"), "t": [1, 2, 3] * 2, "x": [1.0] * 6, "y": [2.0, 4, 8, 1, 2, 4]})
    panel = xz.Panel(frame, unit="j", time="t")
    rule = xz.Window(width=2, scored="all")
    result = DEA(inputs=["x"], outputs=["y"], orientation="input", returns="crs", technology=rule).fit(panel)
    np.testing.assert_allclose(result.term("score"), [0.5, 0.75, 1.0, 0.25, 0.375, 0.5], atol=SCORE)
    with pytest.raises(DataError, match="XZ-208"):
        DEA(inputs=["x"], outputs=["y"], technology=xz.Window(width=4)).fit(panel)
