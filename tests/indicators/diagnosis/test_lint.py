"""Each finding is found where it was planted, with its remedy, and not found where it was not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.analysis.worlds import drawn, flat, steps
from xinzhi.indicators import (
    Aggregate,
    Denominate,
    Entropy,
    Equal,
    Given,
    Impute,
    IndexDiagnosis,
    Logarithm,
    MinMax,
    Normalise,
    OneOf,
    Screen,
    Treat,
    Weigh,
)
from xinzhi.indicators.diagnosis.lint import ALPHA, KINDS, KMO, SEVERITIES, Finding, beyond_ends

NAMES = [f"x{k}" for k in range(6)]


def clean(seed: int = 1, n: int = 80) -> pd.DataFrame:
    """Return six columns that share a factor: nothing to find, but that no uncertainty analysis is asked for."""
    draw = np.random.default_rng(seed)
    return drawn(NAMES, 10 + draw.normal(size=(n, 1)) + draw.normal(size=(n, 6)))


def years(seed: int = 2, units: int = 15, count: int = 8) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    level = 10 + draw.normal(size=(units, 1, 1)) + draw.normal(size=(units, 1, 6))
    values = level + np.cumsum(0.1 * draw.normal(size=(units, count, 6)), axis=1)
    keys = {"unit": np.repeat([f"U{k:02d}" for k in range(units)], count)}
    keys |= {"year": np.tile(range(2000, 2000 + count), units)}
    return pd.DataFrame(keys | dict(zip(NAMES, values.reshape(-1, 6).T, strict=True)))


def found(frame: pd.DataFrame, *, names: list[str] = NAMES, size: str | None = None, **settings: Any) -> list[Finding]:
    index, panel = flat(names, frame, **settings)
    return list(IndexDiagnosis(system=index, size=size).fit(panel).findings)


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings} - {"no_uncertainty"}


def of(findings: list[Finding], code: str) -> Finding:
    return next(finding for finding in findings if finding.code == code)


@pytest.mark.parametrize("frame", [clean(), years()])
def test_nothing_is_found_where_nothing_is(frame: pd.DataFrame) -> None:
    assert codes(found(frame)) == set()


def test_nothing_uncertain_is_a_finding_until_something_is() -> None:
    assert of(found(clean()), "no_uncertainty").severity == "low"
    held_open = [Denominate(), Normalise(by=OneOf(MinMax(), MinMax(high=2))), Weigh(by=Equal()), Aggregate()]
    assert found(clean(), steps=held_open) == []


def test_constant_columns_that_were_dropped_are_told() -> None:
    frame = clean().assign(x0=3.0)
    findings = found(frame, steps=[Screen(constant="drop"), *steps()[1:]])
    assert {"constant", "left_out"} <= codes(findings)
    assert of(findings, "constant").where == "x0"


def test_zeros() -> None:
    frame = clean()
    frame.loc[:30, "x2"] = 0.0
    assert of(found(frame), "zeros").what == "39% of values are zero"


def test_shifted_cells_are_counted() -> None:
    shifted = [Denominate(), Normalise(), Weigh(by=Entropy(shift=0.01)), Aggregate()]
    finding = of(found(clean(), steps=shifted), "changed_cells")
    assert finding.what.startswith("cells counted with other numbers")
    assert finding.what.endswith(": 80")


def test_wrong_sign() -> None:
    frame = clean()
    frame["x3"] = 20 - frame["x3"]
    finding = of(found(frame), "wrong_sign")
    assert (finding.where, finding.severity) == ("x3", "high")
    assert "wrong_sign" not in codes(found(frame, x3={"direction": "cost"}))


def loose(seed: int = 6, n: int = 80) -> pd.DataFrame:
    """Return two pairs of columns: alike inside each pair, opposed between the pairs, as effort and basic research."""
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(n, 1))
    values = 10 + common * np.array([1, 1, -1, -1]) + 0.3 * draw.normal(size=(n, 4))
    values[:, 1] += draw.normal(size=n)
    return drawn(NAMES[:4], values)


def test_a_dimension_whose_parts_are_opposed_does_not_hang_together() -> None:
    """Cronbach's alpha of two pairs that are opposed is far below zero."""
    result = IndexDiagnosis(system=flat(NAMES[:4], loose())[0]).fit(flat(NAMES[:4], loose())[1])
    coherence = result.evidence.coherence[-1]
    assert coherence.alpha < ALPHA
    finding = of(list(result.findings), "incoherent")
    assert finding.severity == ("high" if coherence.kmo < KMO else "medium")
    assert f"alpha {coherence.alpha:.2f}" in finding.what
    assert not {"incoherent", "opposed"} & codes(found(clean()))
    few = loose(n=8)
    assert "incoherent" not in codes(found(few, names=NAMES[:4]))


def test_two_parts_against_each_other_are_named_once() -> None:
    """x0 with x1 and x2, and x1 against x2: neither is against the rest alone."""
    draw = np.random.default_rng(7)
    one, other, noise = draw.normal(size=(3, 80))
    parts = np.column_stack([one + other, one - 0.4 * other, other - 0.4 * one, one + other + 0.5 * noise])
    findings = found(drawn(NAMES[:4], 10 + parts), names=NAMES[:4])
    assert "wrong_sign" not in codes(findings)
    finding = of(findings, "opposed")
    assert (finding.where, finding.severity) == ("x1; x2", "medium")
    turned = clean()
    turned["x3"] = 20 - turned["x3"]  # found as a wrong sign: its five pairs are not named again
    assert "opposed" not in codes(found(turned))


def test_near_duplicates() -> None:
    frame = clean()
    frame["x5"] = 2 * frame["x4"] + 1
    assert of(found(frame), "duplicate").where == "x4; x5"


def sized() -> tuple[pd.DataFrame, dict[str, xz.Column]]:
    """Return five ratios and a total that is larger in larger units."""
    frame, draw = clean(), np.random.default_rng(3)
    frame["people"] = np.exp(draw.normal(size=80))
    frame["x0"] = frame["people"] * frame["x0"]
    return frame, {name: xz.Column(kind="ratio") for name in NAMES[1:]}


def test_totals_beside_ratios() -> None:
    frame, columns = sized()
    assert of(found(frame, columns=columns), "scale_mixed").severity == "medium"
    finding = of(found(frame, columns=columns, size="people"), "scale_mixed")
    assert (finding.where, finding.severity) == ("x0", "high")
    divided = found(frame, columns=columns, size="people", x0={"denominator": "people"})
    assert not {"scale_mixed", "size"} & codes(divided)


def test_totals_that_do_not_go_with_size_are_left_alone() -> None:
    frame, columns = sized()
    frame["x0"] = clean()["x0"]
    assert "scale_mixed" not in codes(found(frame, columns=columns, size="people"))


def test_moving_with_size() -> None:
    frame, _ = sized()
    everything_a_ratio = {name: xz.Column(kind="ratio") for name in NAMES}
    assert of(found(frame, columns=everything_a_ratio, size="people"), "size").where == "x0"


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("100 million CNY", True),
        ("亿元", True),
        ("CNY at prices of 2015", False),
        ("亿元，不变价", False),
        ("km", False),
    ],
)
def test_money_at_current_prices(unit: str, told: bool) -> None:
    assert ("undeflated" in codes(found(years(), x1={"unit": unit}))) is told
    assert "undeflated" not in codes(found(clean(), x1={"unit": unit}))  # one year


def test_money_over_money_is_a_ratio() -> None:
    frame = years().assign(gdp=5.0)
    columns = {"gdp": xz.Column(unit="CNY")}
    assert "undeflated" not in codes(found(frame, columns=columns, x1={"unit": "CNY", "denominator": "gdp"}))


def test_bounds_of_each_year() -> None:
    by_year = [Denominate(), Normalise(over="year"), Weigh(by=Equal()), Aggregate()]
    assert of(found(years(), steps=by_year), "by_year").severity == "high"


def test_heavy_indicators_and_those_that_do_not_matter() -> None:
    frame = clean()
    frame["x0"] = np.random.default_rng(4).normal(size=80)
    weights = [0.01, 0.6, 0.1, 0.1, 0.1, 0.09]
    index = [Denominate(), Normalise(), Weigh(by=Given()), Aggregate()]
    settings = {name: {"weight": w} for name, w in zip(NAMES, weights, strict=True)}
    findings = found(frame, steps=index, **settings)
    assert of(findings, "weight").where == "x1"
    assert of(findings, "silent").where == "x0"
    assert "weight" not in codes(found(frame, names=NAMES[1:4]))  # a third each: nobody weighs more


def test_an_outlier_that_decides_the_index_dominates() -> None:
    """Nine columns of noise in a narrow band, one that spreads over its range: weight 0.1, effective weight most."""
    draw = np.random.default_rng(5)
    names = [f"x{k}" for k in range(10)]
    values = draw.normal(size=(200, 10)) * 0.01
    for j in range(10):  # every column has its own two outliers
        values[[2 * j, 2 * j + 1], j] = 5.0, -5.0
    values[:, 0] = draw.uniform(-5, 5, 200)
    finding = of(found(drawn(names, values), names=names), "dominant")
    assert finding.where == "x0"
    assert "nominal weight 0.100" in finding.what


def test_missing_and_filled_cells() -> None:
    frame = clean()
    frame.loc[:29, "x1"] = np.nan
    assert of(found(frame), "missing").what == "38% of cells missing"
    filled = [Impute(), *steps()]
    finding = of(found(frame, steps=filled), "filled")
    assert (finding.severity, finding.what) == ("high", "37.5% of cells filled")
    frame = clean()
    frame.loc[:7, "x1"] = frame.loc[:11, "x2"] = np.nan  # 10 and 15 per cent of 80 rows: one finding for both
    findings = [one for one in found(frame, steps=filled) if one.code == "filled"]
    assert [(one.severity, one.where, one.what) for one in findings] == [
        ("medium", "x1 10.0%, x2 15.0%", "15.0% of cells filled at most")
    ]


def test_filled_ends_are_told_from_gaps() -> None:
    frame = years()
    frame.loc[(frame["unit"] == "U03") & (frame["year"] == 2003), "x1"] = np.nan
    filled = [Impute(), *steps()]
    assert "filled_ends" not in codes(found(frame, steps=filled))
    frame.loc[(frame["unit"] == "U04") & (frame["year"] >= 2006), "x1"] = np.nan
    assert of(found(frame, steps=filled), "filled_ends").what == (
        "cells beyond the observations of their units: 2, in 2006, 2007"
    )


def test_ends_of_units() -> None:
    seen = np.array([[0, 1, 0, 1, 0], [0, 0, 0, 0, 0]], dtype=bool).reshape(-1, 1)
    code = np.repeat([0, 1], 5)
    assert beyond_ends(seen, ~seen, code)[:, 0].tolist() == [True, False, False, False, True] + [False] * 5


def test_units_that_fall_out_are_named() -> None:
    frame = years()
    frame.loc[frame["unit"] == "U07", "x1"] = np.nan
    finding = of(found(frame), "left_out")
    assert (finding.where, finding.what) == ("U07", "units without a score in some or all years: 1")


def test_breaks() -> None:
    frame = years()
    frame.loc[frame["year"] >= 2004, "x2"] += 8
    finding = of(found(frame), "break")
    assert finding.where == "x2; 2004"


def test_national_values_shared_out() -> None:
    frame = years()
    national = np.array([3.0, 4.0, 4.5, 6.0, 9.0, 9.5, 11.0, 12.0])
    frame["x4"] = (1 + frame["unit"].str[1:].astype(int)) * national[frame["year"] - 2000]
    assert of(found(frame), "same_growth").where == "x4"


def test_squeezed_by_outliers_until_treated() -> None:
    frame = clean()
    frame["x1"] = np.exp(2 * (frame["x1"] - 10))
    assert of(found(frame), "squeeze").where == "x1"
    treated = [Treat(by=Logarithm(), indicators=["x1"]), *steps()[1:]]
    assert "squeeze" not in codes(found(frame, steps=treated))


def test_far_from_the_base_year() -> None:
    frame = years()
    frame["x1"] += 3.0 * (frame["year"] - 2000)
    base = [Impute(), Denominate(), Normalise(over=2000), Weigh(by=Equal()), Aggregate()]
    finding = of(found(frame, steps=base), "base_year")
    assert (finding.where, finding.severity) == ("x1", "medium")
    frame.loc[3 * 8, "x2"] = np.nan  # the fourth unit in 2000
    grave = [one for one in found(frame, steps=base) if one.code == "base_year" and one.severity == "high"]
    assert [one.where for one in grave] == ["x2"]


def test_every_finding_has_a_name_a_place_and_a_remedy_and_the_gravest_come_first() -> None:
    frame = years()
    frame["x3"] = -frame["x3"]
    frame.loc[frame["year"] >= 2004, "x2"] += 8
    frame.loc[:20, "x1"] = np.nan
    findings = found(frame, steps=[Impute(), Denominate(), Normalise(over="year"), Weigh(by=Equal()), Aggregate()])
    assert len(findings) > 4
    for finding in findings:
        assert finding.code in KINDS
        assert all((finding.where, finding.what, finding.remedy))
        assert finding.remedy.endswith(".")
    order = [list(SEVERITIES).index(finding.severity) for finding in findings]
    assert order == sorted(order)
