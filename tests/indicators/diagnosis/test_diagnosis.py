"""The diagnosis as a whole: its tables against hand numbers and pandas, ASEM, views, bad settings."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.indicators.analysis.worlds import drawn, flat, indicator_frame, system
from tests.method.examples import panel as economy
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators import Aggregate as Aggregation
from xinzhi.indicators import (
    Denominate,
    Dimension,
    Framework,
    Given,
    Impute,
    IndexDiagnosis,
    IndexSystem,
    Indicator,
    MinMax,
    Normalise,
    Screen,
    Weigh,
)
from xinzhi.indicators.diagnosis.diagnosis import IndexDiagnosisResult
from xinzhi.method import View

SAME = 1e-10
"""Correlations of some hundred rows, relative to columns of size one to a hundred."""


@cache
def diagnosed() -> IndexDiagnosisResult:
    result = IndexDiagnosis(system=system(), size="persons").fit(economy(indicator_frame()))
    assert isinstance(result, IndexDiagnosisResult)
    return result


def table(result: xz.method.Result, name: str, view: View | None = None) -> dict[str, list]:
    return next(one for one in result.tables(view) if one.name == name).columns()


def test_rows_hold_the_score_and_the_shares_of_cells() -> None:
    result, index = diagnosed(), system().fit(economy(indicator_frame()))
    np.testing.assert_array_equal(result.term("index"), index.term("index"))
    gap = np.flatnonzero((result.rows.unit == "U03") & (result.rows.time == 2012))[0]
    assert result.term("available")[gap] == 0.75  # capital of four indicators
    assert result.rows.status[gap] == "missing_data"
    assert set(result.term("available")) == {0.75, 1.0}
    assert not result.term("filled").any()


def test_correlations_are_those_of_pandas() -> None:
    result, index = diagnosed(), system().fit(economy(indicator_frame()))
    frame = index.indicators("normalise")
    means, results = (frame[names].mean(axis=1, skipna=False) for names in (["k", "quality"], ["y", "hours"]))
    scores = {"means": means, "results": results, "index": (means + results) / 2}
    frame = frame.assign(**scores)
    found = table(result, "importance")
    expected = frame[["k", "quality", "y", "hours", *scores]].corr()
    np.testing.assert_allclose(found["with_index"], expected.loc[["k", "quality", "y", "hours"], "index"], atol=SAME)
    own = [expected.loc["k", "means"], expected.loc["quality", "means"], expected.loc["y", "results"]]
    np.testing.assert_allclose(found["with_dimension"][:3], own, atol=SAME)
    assert abs(found["with_rest"][0] - expected.loc["k", "quality"]) < SAME


def test_weights_and_shares_add_up() -> None:
    found = table(diagnosed(), "importance")
    assert found["weight"] == [0.25] * 4
    assert abs(sum(found["share"]) - 1) < SAME
    ratios = np.array(found["ratio"])
    np.testing.assert_allclose(found["share"], ratios / ratios.sum(), atol=SAME)


def test_effective_weights_of_independent_columns_follow_squared_weights_and_variances() -> None:
    """z uniform and independent, weights 3 : 2 : 1: effective weights 9 : 4 : 1, not the nominal ones."""
    values = np.random.default_rng(1).uniform(size=(3000, 3))
    names = list("abc")
    indicators = [Indicator(name=n, parent="index", weight=w) for n, w in zip(names, (3, 2, 1), strict=True)]
    made = Framework(indicators=indicators, dimensions=[Dimension(name="index")])
    steps = [Normalise(), Weigh(by=Given(scale="relative")), Aggregation()]
    result = IndexDiagnosis(system=IndexSystem(framework=made, steps=steps)).fit(
        xz.Panel(drawn(names, values), unit="unit")
    )
    found = table(result, "importance")
    np.testing.assert_allclose(found["weight"], np.array([3, 2, 1]) / 6, atol=SAME)
    np.testing.assert_allclose(found["share"], np.array([9, 4, 1]) / 14, atol=0.03)


def test_alpha_of_dimensions_is_that_of_their_parts() -> None:
    index = system().fit(economy(indicator_frame()))
    z = index.indicators("normalise")[["k", "quality"]].dropna()
    alpha = 2 * (1 - z.var().sum() / z.sum(axis=1).var())
    found = table(diagnosed(), "dimensions")
    assert found["dimension"] == ["The index", "Results", "Means"]
    assert abs(found["alpha"][2] - alpha) < SAME
    assert abs(found["with_index"][0] - 1) < SAME
    assert found["weight"] == [1.0, 0.5, 0.5]


def test_shape_is_that_of_pandas() -> None:
    index = system().fit(economy(indicator_frame()))
    raw = index.indicators("denominate")[["k", "quality", "y", "hours"]]
    found = table(diagnosed(), "shape")  # pandas too prints the bias-corrected moments (type 2)
    np.testing.assert_allclose(found["skewness"], raw.skew(), atol=SAME)
    np.testing.assert_allclose(found["kurtosis"], raw.kurt(), atol=SAME)


def test_correlation_with_size_is_that_of_ranks() -> None:
    panel = economy(indicator_frame())
    raw = system().fit(panel).indicators("denominate")[["k", "quality", "y", "hours"]]
    expected = raw.corrwith(pd.Series(panel.values("persons")), method="spearman")
    np.testing.assert_allclose(table(diagnosed(), "sizes")["size_0"], expected, atol=SAME)


def test_cells_are_counted_by_indicator_unit_and_year() -> None:
    frame = indicator_frame()
    steps = list(system().steps)
    filled = IndexSystem(framework=system().framework, steps=[steps[0], Impute(), *steps[1:]])
    result = IndexDiagnosis(system=filled).fit(economy(frame))
    by_indicator, by_unit = (table(result, f"missing_by_{key}") for key in ("indicator", "unit"))
    assert by_indicator["filled"] == [1, 0, 0, 0]
    assert by_indicator["there"] == [70, 71, 71, 71]
    assert dict(zip(by_unit["unit"], by_unit["filled"], strict=True))["U03"] == 1
    assert dict(zip(by_unit["unit"], by_unit["there"], strict=True))["U14"] == 4
    by_year = table(result, "missing_by_time")
    assert by_year["filled"] == [0, 0, 1, 0, 0]
    assert sum(by_year["there"]) == sum(by_indicator["there"])
    assert result.log[0].column == "k"


def test_a_unit_that_is_left_out_by_name_does_not_count_among_the_cells() -> None:
    steps = [Screen(without=["U02"]), *system().steps]
    result = IndexDiagnosis(system=IndexSystem(framework=system().framework, steps=steps)).fit(
        economy(indicator_frame())
    )
    cells, whole = table(result, "missing_by_unit"), table(diagnosed(), "missing_by_unit")
    assert "U02" not in cells["unit"]
    other = [k for k, unit in enumerate(whole["unit"]) if unit != "U02"]
    assert cells["there"] == [whole["there"][k] for k in other]
    by_indicator = table(result, "missing_by_indicator")
    assert sum(by_indicator["there"]) == sum(cells["there"])
    assert sum(by_indicator["missing"]) == sum(cells["missing"])
    assert (result.rows.status[result.rows.unit == "U02"] == "left_out").all()
    assert [finding.where for finding in result.findings if finding.code == "left_out"] == ["U02"]


def test_units_of_the_view_only() -> None:
    assert table(diagnosed(), "missing_by_unit", View(units=("U02", "U01")))["unit"] == ["U02", "U01"]


def test_pairs_are_negative_inside_a_dimension_or_nearly_the_same() -> None:
    values = np.random.default_rng(2).normal(size=(60, 3))
    values[:, 1] = -values[:, 0] + values[:, 1]
    values[:, 2] = values[:, 0]
    index, panel = flat(list("abc"), drawn(list("abc"), values))
    found = table(IndexDiagnosis(system=index).fit(panel), "pairs")
    assert list(zip(found["indicator"], found["other"], strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found["flag"][1] == "near-duplicates"
    assert found["flag"][0] == found["flag"][2] == "negative inside a dimension"


def test_findings_warn_and_are_counted() -> None:
    values = np.random.default_rng(3).normal(size=(60, 3))
    values[:, 2] = values[:, 0]
    index, panel = flat(list("abc"), drawn(list("abc"), values))
    result = IndexDiagnosis(system=index).fit(panel)
    assert any(warning.startswith("XZ-460") for warning in result.warnings)
    assert result.tables()[0].name == "findings"
    assert len(result.tables()[0].rows) == result.diagnostics["findings"]
    json.dumps(result.to_dict(), allow_nan=False)


def test_units_of_measurement_and_order_of_rows_do_not_matter() -> None:
    frame = indicator_frame()
    scaled = economy(frame).scaled({"k": 1e9, "y": 1e-6, "persons": 1e3})
    shuffled = economy(frame.sample(frac=1, random_state=1))
    for panel in (scaled, shuffled):
        found = table(IndexDiagnosis(system=system(), size="persons").fit(panel), "importance")
        for name, cells in table(diagnosed(), "importance").items():
            if isinstance(cells[0], float):
                np.testing.assert_allclose(found[name], cells, atol=1e-8)


def test_a_cross_section_of_two_units_says_what_it_can() -> None:
    index, panel = flat(["a", "b"], drawn(["a", "b"], [(0, 1), (1, 0)]))
    result = IndexDiagnosis(system=index).fit(panel)
    assert table(result, "importance")["with_index"] == [None, None]
    assert result.summary()


def test_unknown_size_is_named() -> None:
    with pytest.raises(DataError, match="no column 'people'") as caught:
        IndexDiagnosis(system=system(), size="people").fit(economy(indicator_frame()))
    assert caught.value.code == "XZ-205"


@pytest.mark.parametrize("setting", ["redundant", "heavy"])
def test_limits_lie_between_zero_and_one(setting: str) -> None:
    with pytest.raises(UsageError, match="less than 1"):
        IndexDiagnosis(system=system(), **{setting: 1.5})


# ASEM --------------------------------------------------------------------------------------------


@cache
def asem() -> IndexDiagnosisResult:
    """Return the diagnosis of COINr's ASEM index: denominated, filled by group, min-max, weights of the framework."""
    folder = SHARED / "indicators"
    data, meta = pd.read_csv(folder / "coinr_ASEM_iData.csv"), pd.read_csv(folder / "coinr_ASEM_iMeta.csv")
    own, groups = meta[meta["Type"] == "Indicator"], meta[meta["Type"] == "Aggregate"]
    indicators = [
        Indicator(
            name=r.iCode,
            parent=r.Parent,
            direction="benefit" if r.Direction == 1 else "cost",
            weight=r.Weight,
            denominator=None if pd.isna(r.Denominator) else r.Denominator,
        )
        for r in own.itertuples()
    ]
    dimensions = [
        Dimension(name=r.iCode, parent=None if pd.isna(r.Parent) else r.Parent, weight=r.Weight)
        for r in groups.itertuples()
    ]
    steps = [
        Denominate(),
        Impute(group="EurAsia_group"),
        Normalise(by=MinMax(high=100)),
        Weigh(by=Given(scale="relative")),
        Aggregation(),
    ]
    index = IndexSystem(framework=Framework(indicators=indicators, dimensions=dimensions), steps=steps)
    result = IndexDiagnosis(system=index).fit(xz.Panel(data, unit="uCode", time="Time"))
    assert isinstance(result, IndexDiagnosisResult)
    return result


@pytest.mark.reference
@needs_shared
def test_asem_correlations_by_pandas_from_coinrs_own_files() -> None:
    """COINr 1.1.14's imputed data, min-max here, directions of its metadata."""
    folder = SHARED / "indicators"
    imputed = pd.read_csv(folder / "coinr_ASEM_expected_Imputed.csv").set_index("uCode").sort_index()
    meta = pd.read_csv(folder / "coinr_ASEM_iMeta.csv").set_index("iCode")
    names = list(asem().evidence.stage.tree.indicators)
    z = imputed[names] * meta.loc[names, "Direction"]
    np.testing.assert_allclose(asem().evidence.correlations, z.corr().to_numpy(), atol=1e-8)  # files: 15 digits
    social = [name for name in names if meta.loc[name, "Parent"] == "Social"]
    scaled = (z[social] - z[social].min()) / (z[social].max() - z[social].min())
    alpha = 9 / 8 * (1 - scaled.var().sum() / scaled.sum(axis=1).var())
    found = table(asem(), "dimensions")
    assert abs(found["alpha"][found["dimension"].index("Social")] - alpha) < 1e-8


@pytest.mark.reference
@needs_shared
def test_asem_findings() -> None:
    """65 cells of COINr's ASEM data are missing; TBTs is against its dimension; embassies are a total beside ratios."""
    result = asem()
    assert sum(table(result, "missing_by_indicator")["filled"]) == 65
    wrong = {finding.where: finding.severity for finding in result.findings if finding.code == "wrong_sign"}
    assert wrong["TBTs"] == "high"
    totals = [finding.where for finding in result.findings if finding.code == "scale_mixed"]
    assert totals == ["Embs"]
    squeezed = {finding.where for finding in result.findings if finding.code == "squeeze"}
    assert {"Gas", "ForPort"} <= squeezed  # winsorised by COINr: 15 indicators of 49
