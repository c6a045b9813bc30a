"""Errors of a study file: each with its line, what was meant, and all of them together."""

from pathlib import Path

import pytest

from tests.study.economy import STUDY, ChunkMean, write
from xinzhi.errors import Problems, UsageError, XinzhiError
from xinzhi.method import Capital, Term, View
from xinzhi.study import read_study
from xinzhi.study.lines import Lines
from xinzhi.study.tables import each


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


def refused(tmp_path: Path, study: str) -> XinzhiError:
    with pytest.raises(XinzhiError) as caught:
        read_study(write(tmp_path, study))
    return caught.value


CASES = {  # code, what stands in the study, what it becomes, words of the line, what the message must say
    "unknown key of a table": (
        "XZ-102",
        'time = "year"\ncolumns',
        'tyme = "year"\ncolumns',
        "tyme =",
        "'time'",
    ),
    "unknown top key": ("XZ-102", "[report]\n", "[raport]\n", "[raport]", "'report'"),
    "unknown method": ("XZ-102", '"growth_accounts"', '"growth_acounts"', "acounts", "'growth_accounts'"),
    "unknown setting": ("XZ-102", 'labour = "l"', 'labor = "l"', "labor =", "'labour'"),
    "unknown setting of a role": ("XZ-102", 'growth = "k"', 'grwth = "k"', "grwth =", "'growth'"),
    "unknown type of a role": ("XZ-102", 'type = "capital"', 'type = "capitol"', "capitol", "'capital'"),
    "unknown reference": ("XZ-104", 'capital = "@capital"', 'capital = "@kapital"', "@kapital", "'capital'"),
    "unknown setting referred to": (
        "XZ-104",
        '"@accounts.output"',
        '"@accounts.outptu"',
        "outptu",
        "'output'",
    ),
    "unknown data": ("XZ-104", 'data = "mine"\noutput', 'data = "mien"\noutput', "mien", "'mine'"),
    "unknown analysis of a chapter": ("XZ-104", '["accounts", "twice"]', '["twiec"]', "twiec", "'twice'"),
    "wrong value": ("XZ-103", "labour_share = 0.6", "labour_share = 1.6", "1.6", "1.6"),
    "wrong kind": ("XZ-103", 'kind = "level"', 'kind = "levels"', "levels", "'levels'"),
    "wrong schema": ("XZ-103", "schema = 1", "schema = 2", "schema", "2"),
    "wrong period": ("XZ-103", "[2000, 2002]", '[2000, "x"]', '"x"', "'x'"),
    "same id twice": ("XZ-103", 'id = "twice"', 'id = "accounts"', "", "'accounts'"),
    "two sources": (
        "XZ-103",
        'file = "mine.csv"',
        'file = "mine.csv"\nsql = "select 1"',
        "[data.mine]",
        "sql",
    ),
    "absolute path": ("XZ-105", 'file = "mine.csv"', 'file = "/etc/hosts"', "/etc/hosts", "/etc/hosts"),
    "path that leads up": ("XZ-105", 'file = "mine.csv"', 'file = "../mine.csv"', "../mine", "../mine.csv"),
    "name with a blank": ("XZ-103", "[data.doubled]", '[data."my table"]', "my table", "'my table'"),
    "name in capitals": ("XZ-103", "[role.capital]", "[role.Capital]", "[role.Capital]", "'Capital'"),
    "unknown key of a column": ("XZ-102", 'kind = "level"', 'knd = "level"', "knd =", "'kind'"),
    "unknown key of a view": ("XZ-102", 'units = ["B"]', 'unit = ["B"]', "view =", "'units'"),
    "no TOML": ("XZ-101", "schema = 1", "schema = ", "schema", "value"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_error_names_code_line_and_what_was_meant(case: str, tmp_path: Path) -> None:
    code, old, new, words, meant = CASES[case]
    study = STUDY.replace(old, new, 1)
    assert study != STUDY
    errors = each(refused(tmp_path, study))
    error = next(one for one in errors if one.code == code and meant in one.found)
    assert isinstance(error, UsageError)
    assert error.remedy
    if words:
        assert f"study.toml, line {line_of(study, words)}" in error.where


def test_all_errors_come_together_in_the_order_of_lines(tmp_path: Path) -> None:
    study = STUDY.replace('growth = "k"', 'grwth = "k"').replace('"test_chunk_mean"', '"test_chunk"')
    study = study.replace('["accounts", "twice"]', '["acounts"]')
    error = refused(tmp_path, study)
    assert isinstance(error, Problems)
    assert [one.code for one in error.errors] == ["XZ-102", "XZ-102", "XZ-104"]
    assert "grwth" in str(error)
    assert "test_chunk_mean" in str(error)
    assert error.exit_code == 2


def test_references_may_not_go_in_a_circle(tmp_path: Path) -> None:
    study = STUDY.replace('output = "gdp"', 'output = "@twice.output"')
    error = refused(tmp_path, study)
    assert error.code == "XZ-104"
    assert "accounts -> twice -> accounts" in error.found


def test_one_setting_that_may_be_several_things_has_one_complaint(tmp_path: Path) -> None:
    study = STUDY.replace('output = "gdp"', "output = 3")
    error = refused(tmp_path, study)
    assert isinstance(error, UsageError)
    assert f"line {line_of(study, 'output = 3')}" in error.where


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("unit,year,gdp\n", encoding="utf-8")
    path = write(tmp_path / "study", STUDY.replace('"mine.csv"', '"link.csv"'))
    (path.parent / "link.csv").symlink_to(outside)
    with pytest.raises(UsageError) as caught:
        read_study(path)
    assert caught.value.code == "XZ-105"


def test_references_become_values(tmp_path: Path) -> None:
    study = read_study(write(tmp_path))
    accounts, twice, mean = study.analyses
    assert accounts.method.capital == Capital(growth="k")
    assert twice.method.output == "gdp"
    assert twice.depends == ("accounts",)
    assert twice.view == View(("B",), ((2000, 2005), (2000, 2002)))
    assert mean.view is None
    assert [chapter.analyses for chapter in study.chapters] == [("accounts", "twice"), ("mean",)]
    assert study.chapters[1].title == "Further analyses"


def test_lines_of_keys_survive_strings_arrays_and_comments() -> None:
    text = (
        'a = """\n[b]\nc = 1\n"""\nlist = [\n  [1, 2],\n  [3],\n]\n[b] # x = [\n"quoted key" = "# ="\n'
        "d.e = { f = 1 }\n[[g]]\n[g.h]\ni = 1\n[[g]]\ni = 2\n"
    )
    lines = Lines(text)
    assert lines.at == {
        ("a",): 1, ("list",): 5, ("b",): 9, ("b", "quoted key"): 10, ("b", "d"): 11, ("b", "d", "e"): 11,
        ("g", 0): 12, ("g", 0, "h"): 13, ("g", 0, "h", "i"): 14, ("g", 1): 15, ("g", 1, "i"): 16,
    }  # fmt: skip
    assert lines.find(("b", "d", "e", "f")) == 11
    assert lines.find_word(("b",), "f") == 11


def test_a_role_may_be_a_method(tmp_path: Path) -> None:
    role = '[role.hidden]\ntype = "test_chunk_mean"\ncolumn = "gdp"\n\n[role.capital]\ntype = "capital"'
    term = 'output = { type = "term", method = "@hidden", column = "average" }'
    study = STUDY.replace('[role.capital]\ntype = "capital"', role).replace('output = "gdp"', term, 1)
    read = read_study(write(tmp_path, study))
    assert read.analyses[0].method.output == Term(method=ChunkMean(column="gdp"), column="average")
    assert [spec.id for spec in read.analyses] == ["accounts", "twice", "mean"]
