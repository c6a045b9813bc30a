"""Frameworks from files: both layouts, both languages, and every mistake with its line."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, Problems, UsageError, XinzhiError

CHINESE = """一级指标,二级指标,三级指标,指标解释,单位,属性,权重（%）,数据来源,计算方法
科技,创新,专利,国内专利,件,+,30,统计年鉴,授权数
,,研发,,%,正向,20,,R&D/GDP
,技术,效率,,元/人,正,25,,
绿色,,能耗,,吨/万元,－,10,,
,,水耗,,吨/万元,负,15,,
"""


def file(tmp_path: Path, text: str, name: str = "framework.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def complaints(path: Path) -> list[XinzhiError]:
    with pytest.raises(XinzhiError) as caught:
        xz.read_framework(path)
    return list(caught.value.errors) if isinstance(caught.value, Problems) else [caught.value]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_chinese_table_of_levels_with_blank_cells_for_merged_ones(tmp_path: Path, encoding: str) -> None:
    framework = xz.read_framework(file(tmp_path, CHINESE, encoding=encoding), citation="某文(2024)")
    assert [(i.name, i.parent, i.direction, i.weight) for i in framework.indicators] == [
        ("专利", "创新", "benefit", 30.0),
        ("研发", "创新", "benefit", 20.0),
        ("效率", "技术", "benefit", 25.0),
        ("能耗", "绿色", "cost", 10.0),  # no second level: a row that names its first level does not continue
        ("水耗", "绿色", "cost", 15.0),
    ]
    assert [(d.name, d.parent, d.weight) for d in framework.dimensions] == [
        ("index", None, None),
        ("科技", "index", 75.0),
        ("创新", "科技", 50.0),
        ("技术", "科技", 25.0),
        ("绿色", "index", 25.0),
    ]
    first = framework.indicators[0]
    assert (first.unit, first.definition, first.source, first.formula) == ("件", "国内专利", "统计年鉴", "授权数")
    assert first.title == {"zh": "专利"}
    assert (framework.citation, framework.status) == ("某文(2024)", "own")


def test_weights_in_the_whole_index_are_those_of_the_table(tmp_path: Path) -> None:
    framework = xz.read_framework(file(tmp_path, CHINESE))
    names = [i.name for i in framework.indicators]
    frame = pd.DataFrame({"u": list("ABC"), **{name: [1.0, 2.0, 4.0 + k] for k, name in enumerate(names)}})
    steps = [xz.Normalise(), xz.Weigh(by=xz.Given(scale="relative")), xz.Aggregate()]
    result = xz.IndexSystem(framework=framework, steps=steps).fit(xz.Panel(frame, unit="u"))
    assert result.weights() == pytest.approx(dict(zip(names, [0.30, 0.20, 0.25, 0.10, 0.15], strict=True)))


def test_a_workbook_is_read_like_a_text_file(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    from_text = xz.read_framework(file(tmp_path, CHINESE))
    path = tmp_path / "framework.xlsx"
    pd.read_csv(tmp_path / "framework.csv").to_excel(path, index=False)
    assert xz.read_framework(path) == from_text


def test_english_levels_with_a_name_and_a_column_of_its_own(tmp_path: Path) -> None:
    text = (
        "level1,level2,name,code,name_zh,sign,target,denominator\n"
        "Science,Input,R&D staff,rd,研发人员,+,,people\n"
        'Science,,Spending,spend,,interval,"2, 3",NA\n'
        "Green,,Temperature,t,,target,18,\n"
    )
    framework = xz.read_framework(file(tmp_path, text))
    assert [(i.name, i.parent, i.direction, i.best, i.denominator) for i in framework.indicators] == [
        ("rd", "Input", "benefit", None, "people"),
        ("spend", "Science", "interval", (2.0, 3.0), None),
        ("t", "Green", "target", 18.0, None),
    ]
    assert framework.indicators[0].title == {"en": "R&D staff", "zh": "研发人员"}


def test_dimensions_of_one_name_are_told_apart_by_the_way_to_them(tmp_path: Path) -> None:
    text = "level1,level2,level3\nConnectivity,Finance,fdi\nSustainability,Finance,debt\nGreen,,Green\n"
    framework = xz.read_framework(file(tmp_path, text.replace("Green,,Green", "Green,,co2")))
    assert [i.parent for i in framework.indicators] == ["Connectivity/Finance", "Sustainability/Finance", "Green"]
    assert str(framework.title("Connectivity/Finance")) == "Finance"


def test_one_first_level_alone_is_the_index(tmp_path: Path) -> None:
    framework = xz.read_framework(file(tmp_path, "level1,level2,name\nNQP,Science,a\nNQP,Green,b\n"))
    assert framework.tree.groups == ("Science", "Green", "NQP")


CODES = """iCode,iName,Direction,Weight,Unit,Denominator,Parent,Type,Level
a,First,1,2,t,people,one,Indicator,1
b,Second,-1,1,NA,NA,one,Indicator,1
7,Third,1,1,,,index,Indicator,1
one,A dimension,1,1,,,index,Aggregate,2
index,The index,1,1,,NA,NA,Aggregate,3
people,Population,NA,NA,,,NA,Denominator,NA
region,Region,NA,NA,,,NA,Group,NA
"""


def test_a_table_with_a_row_for_each_part(tmp_path: Path) -> None:
    framework = xz.read_framework(file(tmp_path, CODES))
    assert [(i.name, i.parent, i.direction, i.weight, i.denominator) for i in framework.indicators] == [
        ("a", "one", "benefit", 2.0, "people"),
        ("b", "one", "cost", 1.0, None),
        ("7", "index", "benefit", 1.0, None),
    ]
    assert [(d.name, d.parent, str(framework.title(d.name))) for d in framework.dimensions] == [
        ("one", "index", "A dimension"),
        ("index", None, "The index"),
    ]


def test_without_types_a_part_is_a_dimension_where_others_belong_to_it(tmp_path: Path) -> None:
    framework = xz.read_framework(file(tmp_path, "code,parent\na,one\none,index\nb,index\nindex,\n"))
    assert framework.tree.names == ("a", "b", "one", "index")


TOML = """
citation = "Somebody (2024)"

[[dimensions]]
name = "index"

[[indicators]]
name = "a"
parent = "index"
title = { en = "First", zh = "甲" }

[[indicators]]
name = "b"
parent = "index"
direction = "interval"
best = [1.0, 2.0]
"""


def test_a_toml_file_holds_the_settings(tmp_path: Path) -> None:
    framework = xz.read_framework(file(tmp_path, TOML, "framework.toml"))
    assert framework.citation == "Somebody (2024)"
    assert [(i.name, i.best) for i in framework.indicators] == [("a", None), ("b", (1.0, 2.0))]


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("level1,name,sign\nS,a,+\nG,b,up\n", 3, "direction 'up'"),
        ("level1,name,weight\nS,a,heavy\nG,b,1\n", 2, "weight: 'heavy'"),
        ("level1,name,weight\nS,a,1\nG,b,-1\n", 3, "Indicator.weight: should be at least 0"),
        ("level1,name,direction,target\nS,a,interval,3\nG,b,,\n", 2, "an interval needs best"),
        ("level1,name,direction,target\nS,a,interval,1;2;3\nG,b,,\n", 2, "best: '1;2;3'"),
        ("level1,level2\nS,\nG,b\n", 2, None),
        ("level1,name,wieght\nS,a,1\nG,b,1\n", 1, "did you mean 'weight'?"),
        ("level1,name,sign,direction\nS,a,+,+\n", 1, "'direction' and 'sign' mean the same"),
        ("name,unit\na,t\n", 1, "name, unit"),
        ("code,parent,type\na,index,Indicater\nindex,,Aggregate\n", 2, "did you mean 'indicator'?"),
        ("code,parent,weight\na,index,1\nb,index,x\nindex,,1\n", 3, "weight: 'x'"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, found: str | None) -> None:
    (error,) = complaints(file(tmp_path, text))
    assert isinstance(error, DataError)
    assert error.code == "XZ-265"
    assert str(error.where) == f"framework.csv, line {line}"
    assert found is None or found in error.found


def test_mistakes_of_a_file_come_together(tmp_path: Path) -> None:
    errors = complaints(file(tmp_path, "level1,name,sign,weight\nS,a,up,1\nG,b,+,x\nG,c,down,1\n"))
    assert [str(error.where) for error in errors] == [f"framework.csv, line {line}" for line in (2, 3, 4)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("code,parent\na,x\nx,y\ny,x\n", "a circle: x, y"),
        ("code,parent\na,index\nb,elsewhere\nindex,\n", "'b' has the parent 'elsewhere'"),
        ("code,parent\na,index\na,index\nindex,\n", "named twice: a"),
        ("code,parent,type\na,x,indicator\nb,y,indicator\nx,,aggregate\ny,,aggregate\n", "found: x, y"),
        ("code,parent,type\na,x,indicator\nx,,aggregate\ny,x,aggregate\n", "without parts: y"),
        ("level1,name\nS,a\nG,a\n", "named twice: a"),
    ],
)
def test_what_is_not_a_tree_is_refused_with_the_file(tmp_path: Path, text: str, found: str) -> None:
    (error,) = complaints(file(tmp_path, text))
    assert (error.code, str(error.where)) == ("XZ-260", "framework.csv")
    assert found in error.found


@pytest.mark.parametrize(
    ("text", "code", "where", "found"),
    [
        (TOML.replace('"interval"', '"up"'), "XZ-265", "framework.toml, line 12", "direction: should be"),
        (TOML.replace("best =", "bset ="), "XZ-265", "framework.toml, line 12", "bset"),
        (TOML.replace('parent = "index"\ntitle', 'parent = "indx"\ntitle'), "XZ-260", "framework.toml", "indx"),
        (TOML + "\n[[indicators", "XZ-265", None, "Expected"),
        ("name = 1", "XZ-265", "framework.toml", "name"),
        ("x = " + "[" * 5000, "XZ-265", None, ""),
    ],
)
def test_mistakes_of_a_toml_file(tmp_path: Path, text: str, code: str, where: str | None, found: str) -> None:
    errors = complaints(file(tmp_path, text, "framework.toml"))
    assert errors[0].code == code
    assert where is None or str(errors[0].where) == where
    assert found in " ".join(error.found for error in errors)


@pytest.mark.parametrize("name", ["absent.csv", "absent.toml"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    (error,) = complaints(tmp_path / name)
    assert error.code == "XZ-201"


def test_the_templates_and_what_is_known_of_them() -> None:
    found = {t.name: (t.status, t.indicators, t.weighted) for t in xz.index_templates()}
    assert found == {  # rows of the page of the data
        "asem": ("as_published", 49, True),
        "firm_SongZhangPan2024": ("recalled", 11, True),
        "province_WangWang2024": ("recalled", 25, False),
        "province_LuGuoWang2024": ("recalled", 18, False),
        "HQD_SciRep2025_94462_table3": ("as_published", 14, True),
        "mfg_green_hanspub_74-2310276_table1": ("as_published", 30, False),
    }
    assert all(t.citation and t.title for t in xz.index_templates())


def test_published_weights_of_high_quality_development() -> None:
    framework = xz.index_template("HQD_SciRep2025_94462_table3")
    weights = {d.name: d.weight for d in framework.dimensions}
    # sums of the printed weights of table 3: 14.3 + 8.2 + 8.9, 6.9 + 1.2 + 5.9, ...
    expected = {"Innovation": 31.4, "Coordination": 14.0, "Green": 11.0, "Openness": 21.1, "Shared": 22.5}
    assert weights == pytest.approx({"index": None, **{f"{k} development": v for k, v in expected.items()}})
    assert sum(i.weight or 0 for i in framework.indicators) == pytest.approx(100.0)
    costs = {i.name for i in framework.indicators if i.direction == "cost"}
    assert {name[-3:] for name in costs} == {"X5)", "X7)", "X8)"}


def test_four_levels_of_manufacturing() -> None:
    tree = xz.index_template("mfg_green_hanspub_74-2310276_table1").tree
    assert (len(tree.indicators), len(tree.groups), int(tree.level[-1])) == (30, 12 + 3 + 1, 4)


def test_a_recalled_template_says_so_in_its_results() -> None:
    framework = xz.index_template("firm_SongZhangPan2024")
    names = [i.name for i in framework.indicators]
    frame = pd.DataFrame({"u": list("ABC"), **{name: [1.0, 2.0, 4.0] for name in names}})
    steps = [xz.Normalise(), xz.Weigh(by=xz.Given(scale="relative")), xz.Aggregate()]
    result = xz.IndexSystem(framework=framework, steps=steps).fit(xz.Panel(frame, unit="u"))
    assert any("XZ-463" in warning for warning in result.warnings)


def test_columns_of_the_data_may_have_other_names() -> None:
    framework = xz.index_template("firm_SongZhangPan2024", columns={"总资产周转率": "turnover"})
    assert [i.name for i in framework.indicators if i.title["zh"] == "总资产周转率"] == ["turnover"]
    for ask in (
        lambda: xz.index_template("firm"),
        lambda: xz.index_template("firm_SongZhangPan2024", columns={"周转": "turnover"}),
    ):
        with pytest.raises(UsageError, match="XZ-103"):
            ask()


@needs_shared
@pytest.mark.reference
def test_the_shipped_asem_framework_is_that_of_coinr() -> None:
    shipped, original = xz.index_template("asem"), xz.read_framework(SHARED / "indicators" / "coinr_ASEM_iMeta.csv")

    def known(framework: xz.Framework) -> dict[str, Any]:
        return {i.name: (i.parent, i.direction, i.weight, i.denominator) for i in framework.indicators}

    assert known(shipped) == known(original)
    assert shipped.tree.groups == original.tree.groups


@needs_shared
@pytest.mark.reference
def test_the_shipped_templates_are_those_of_the_reference_material() -> None:
    original = (SHARED / "indicators" / "index_system_templates.csv").read_bytes()
    entry = xz.catalog.entry("index_system_templates")
    assert (xz.catalog.catalog.DATA / entry.file).read_bytes() == original
