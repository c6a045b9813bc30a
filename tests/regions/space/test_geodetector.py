"""The detector: closed forms, the regression that it is, permutations, interactions."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError
from xinzhi.regions.space.cells import standardised
from xinzhi.regions.space.geodetector import Geodetector, interaction_kind, q_statistic

ROUNDING = 1e-12
"""Sums of some dozen numbers near one."""


def test_q_by_hand() -> None:
    """Values 1 2 5 6 in two halves: variances 1/4 within, 4.25 in all: q = 1 - 0.25 / 4.25."""
    z = standardised(np.array([1.0, 2.0, 5.0, 6.0]))
    assert q_statistic(z[:, None], np.array([0, 0, 1, 1]))[0] == pytest.approx(1 - 0.25 / 4.25, abs=ROUNDING)


def test_q_is_the_r_squared_on_dummies() -> None:
    draw = np.random.default_rng(6)
    code, y = draw.integers(0, 4, 40), draw.normal(size=40)
    dummies = np.eye(4)[code]
    residual = y - dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0]
    truth = 1 - residual @ residual / ((y - y.mean()) ** 2).sum()
    assert q_statistic(standardised(y)[:, None], code)[0] == pytest.approx(truth, abs=ROUNDING)


def frame(seed: int = 8) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    a, b = np.tile(["x", "y"], 20), np.repeat(["p", "q"], 20)
    noise = np.tile(["m", "m", "n", "n", "m"], 8)
    y = (a == "y") * 2.0 + (b == "q") * 2.0 + draw.normal(size=40)
    return pd.DataFrame({"unit": [f"u{k:02d}" for k in range(40)], "y": y, "a": a, "b": b, "noise": noise})


def test_factors_that_matter_are_told_from_one_that_does_not() -> None:
    result = Geodetector(of="y", factors=["a", "b", "noise"]).fit(xz.Panel(frame(), unit="unit"))
    p = {name: cells[0, 3] for name, cells in result.detected.items()}
    assert max(p["a"], p["b"]) <= 0.01
    assert p["noise"] > 0.05
    chance = result.detected["a"][0, 2]
    assert chance == pytest.approx(1 / 39, abs=0.01)  # (L - 1) / (N - 1); standard error sqrt(2) / 39 / sqrt(999)
    balanced = result.q["a & b"][0]
    assert balanced >= max(result.q["a"][0], result.q["b"][0])
    assert [table.name for table in result.tables()] == ["factors", "interactions"]


def test_p_values_of_noise_are_uniform() -> None:
    """200 years of noise: the share of p at or below 0.1 is 0.1 with a standard error of 0.021; four of them."""
    draw, years, units = np.random.default_rng(9), 200, 24
    data = pd.DataFrame(
        {
            "unit": np.tile([f"u{k:02d}" for k in range(units)], years),
            "year": np.repeat(np.arange(years), units),
            "y": draw.normal(size=years * units),
            "h": np.tile(list("abc") * 8, years),
        }
    )
    result = Geodetector(of="y", factors=["h"], draws=199).fit(xz.Panel(data, unit="unit", time="year"))
    assert (result.detected["h"][:, 3] <= 0.1).mean() == pytest.approx(0.1, abs=0.085)


@pytest.mark.parametrize(
    ("both", "kind"),
    [(0.1, "weakened"), (0.25, "between"), (0.4, "enhanced"), (0.5, "independent"), (0.6, "nonlinear")],
)
def test_kinds_of_interaction(both: float, kind: str) -> None:
    assert interaction_kind(0.2, 0.3, both) == kind


def test_missing_strata_leave_and_thin_ones_are_warned_of() -> None:
    data = frame()
    data.loc[0, "a"] = None
    data.loc[1, "a"] = "alone"
    result = Geodetector(of="y", factors=["a"], draws=99).fit(xz.Panel(data, unit="unit"))
    assert result.rows.status[0] == "missing_data"
    assert result.warnings[0].startswith("XZ-470")
    assert result.units.tolist() == [39]
    with pytest.raises(DataError, match="fewer than three") as caught:
        Geodetector(of="y", factors=["a"]).fit(xz.Panel(frame().head(2), unit="unit"))
    assert "coarser" not in str(caught.value)


def test_numbers_are_classed_first_and_strata_hold_several_units() -> None:
    data = frame()
    data["income"], data["people"], data["class"] = data["y"] + 0.5, np.arange(40) + 1000.0, np.arange(40) % 4 + 1.0
    panel = xz.Panel(data, unit="unit")
    for factor, code, words in (("income", "XZ-284", "not whole"), ("people", "XZ-281", "as many strata")):
        with pytest.raises(DataError, match=words) as caught:
            Geodetector(of="y", factors=["a", factor]).fit(panel)
        assert caught.value.code == code
    assert Geodetector(of="y", factors=["class"], draws=99).fit(panel).detected["class"][0, 0] == 4


def test_a_year_whose_strata_are_its_units_is_left_out_and_the_summary_names_its_year() -> None:
    later = frame(9)
    two = pd.concat([frame().assign(year=2000), later.assign(year=2001, a=later["unit"])])
    result = Geodetector(of="y", factors=["a"], draws=99).fit(xz.Panel(two, unit="unit", time="year"))
    assert result.years.tolist() == [2000]
    assert set(result.rows.reason[result.rows.time == 2001]) == {"as many strata of a as units"}
    assert result.summary().startswith("2000: a: q ")
