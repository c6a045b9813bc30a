"""The readers: every format, every detection put into words, true line numbers, no silent reading."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.errors import DataError, UsageError
from xinzhi.panel import Column, Panel, Reading, cells, read, read_table, readers

FRAME = pd.DataFrame(
    {
        "country": ["A", "A", "B"],
        "year": [2000, 2001, 2000],
        "gdp": [1.5, np.nan, 0.1],
        "name": ["x", "y", None],
    }
)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: str | bytes, name: str = "data.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return to_file


def refused(path: Path, **options: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    assert caught.value.code == "XZ-201"
    assert caught.value.where == path.name
    return caught.value


# Formats


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".dta", ".XLSX"])
def test_every_format_gives_the_same_panel(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    writers: dict[str, Callable[[], object]] = {
        ".csv": lambda: FRAME.to_csv(path, index=False),
        ".tsv": lambda: FRAME.to_csv(path, index=False, sep="\t"),
        ".txt": lambda: FRAME.to_csv(path, index=False, sep="|"),
        ".parquet": lambda: FRAME.to_parquet(path),
        ".xlsx": lambda: FRAME.to_excel(path, index=False, engine="openpyxl"),
        ".dta": lambda: FRAME.to_stata(path, write_index=False),
    }
    writers[suffix.lower()]()
    assert read(path, unit="country", time="year").digest() == Panel(FRAME, unit="country", time="year").digest()
    table = read_table(path)
    assert table.source == path.name
    assert table.first_line == (0 if suffix in (".parquet", ".dta") else 2)


def test_stata_labels_become_descriptions_and_unit_names(tmp_path: Path) -> None:
    frame = pd.DataFrame({"c": [1, 2, 1], "year": [2000, 2000, 2001], "gdp": [1.0, 2.0, 3.0], "code": [1, 2, 9]})
    labels = {"c": {1: "Chile", 2: "Peru"}, "code": {1: "low"}}
    path = tmp_path / "data.dta"
    frame.to_stata(path, write_index=False, value_labels=labels, variable_labels={"gdp": "output, bn USD"})
    panel = read(path, unit="c", time="year")
    assert panel.units.tolist() == ["Chile", "Peru"]
    assert panel.columns["gdp"].description == "output, bn USD"
    assert panel.values("code").tolist() == [1.0, 9.0, 2.0]
    assert panel.account.findings == (
        "value labels of 'c' used",
        "value labels of 'code' not used: some values have none",
    )
    own = read(path, unit="c", time="year", columns={"gdp": Column("bn", "level", "mine")})
    assert own.columns["gdp"] == Column("bn", "level", "mine")


def test_a_sheet_is_named_or_the_first(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        FRAME.to_excel(book, sheet_name="one", index=False)
        FRAME.head(1).to_excel(book, sheet_name="two", index=False)
    assert read_table(path).findings[0] == "sheet 'one', the first of 2"
    assert len(read_table(path, sheet="two").frame) == 1
    assert "did you mean 'two'?" in refused(path, sheet="tow").found


def test_lines_of_a_sheet_are_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    pd.DataFrame([["c", "x"], [None, None], ["A", 1.5], ["007", True]]).to_excel(path, index=False, header=False)
    table = read_table(path)
    assert table.lines.tolist() == [3, 4]
    assert table.frame["x"].tolist() == ["1.5", "TRUE"]


def test_a_missing_package_names_the_extra(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", absent)
    with pytest.raises(UsageError) as caught:
        read_table(write("", "data.xlsx"))
    assert caught.value.code == "XZ-108"
    assert "xinzhi[office]" in caught.value.remedy


# What is detected, and said


@pytest.mark.parametrize(
    ("content", "encoding", "finding"),
    [
        ("省份,产出\n北京,1.5\n", "gb18030", "encoding gb18030"),
        ("省份,产出\n北京,1.5\n", "utf-8", "encoding utf-8"),
        ("省份,产出\n北京,1.5\n", "utf-8-sig", "encoding utf-8-sig"),
        ("省份,产出\n北京,1.5\n", "utf-16", "encoding utf-16"),
        ("pays,économie\nQuébec,1.5\nForêt,2\n", "cp1252", "encoding cp1252"),
        ("pays,économie\nCôte d’Ivoire,1.5\n", "cp1252", "encoding cp1252"),
        ("pays,économie\nQu\x81bec,1.5\n", "latin-1", "encoding latin-1"),
    ],
)
def test_the_encoding_is_found(write: Write, content: str, encoding: str, finding: str) -> None:
    table = read_table(write(content, encoding=encoding))
    assert table.findings[0] == finding
    header, first = content.splitlines()[:2]
    assert list(table.frame.columns) == header.split(",")
    assert table.frame.iloc[0, 0] == first.split(",")[0]


def test_a_chinese_file_becomes_a_panel(write: Write) -> None:
    path = write("省份,年份,产出\n北京,2000,1.5\n上海,2000,2.5\n", encoding="gb18030")
    panel = read(path, unit="省份", time="年份", columns={"产出": Column("亿元")})
    assert set(panel.units) == {"北京", "上海"}
    assert "encoding gb18030" in panel.account.findings


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(write: Write, delimiter: str) -> None:
    rows = [["country", "year", "gdp"], ["A", "2000", "1.5"], ["B", "2000", "2.25"]]
    table = read_table(write("\n".join(delimiter.join(row) for row in rows)))
    assert table.frame["gdp"].tolist() == [1.5, 2.25]
    assert f"delimiter {'tab' if delimiter == chr(9) else repr(delimiter)}" in table.findings


def test_a_decimal_comma_beside_a_semicolon_is_not_a_delimiter(write: Write) -> None:
    table = read_table(write("country;gdp, bn;pop, m\nA;1,5;10,25\nB;2,5;0,125\n"))
    assert list(table.frame.columns) == ["country", "gdp, bn", "pop, m"]
    assert table.frame["pop, m"].tolist() == [10.25, 0.125]
    assert table.findings == ("encoding utf-8", "delimiter ';'", "decimal comma")


@pytest.mark.parametrize(
    ("content", "expected", "finding"),
    [
        ("c;x\nA;1.234,5\nB;2.000\n", [1234.5, 2000.0], "column 'x': thousands sign '.'"),
        ('c,x\nA,"1,234.5"\nB,"2,000"\n', [1234.5, 2000.0], "column 'x': thousands sign ','"),
        ('c,x\nA,"1,234,567"\nB,"2,000"\n', [1234567, 2000], "column 'x': thousands sign ','"),
        ("c;x\nA;1 234,5\nB;2 000\n", [1234.5, 2000.0], "column 'x': thousands sign ' '"),
        ("c\tx\nA\t1.234\nB\t2.000\n", [1.234, 2.0], "decimal point"),
        ("c;x\nA;1.234\nB;0.5\n", [1.234, 0.5], "decimal point"),
        ("c,x\nA,1e-3\nB,-2.5E+2\n", [0.001, -250.0], "decimal point"),
    ],
)
def test_decimal_and_thousands_signs(write: Write, content: str, expected: list[float], finding: str) -> None:
    table = read_table(write(content))
    assert table.frame["x"].tolist() == expected
    assert finding in table.findings


@pytest.mark.parametrize("content", ["c;x\nA;1,234\nB;5\n", 'c,x\nA,"1,234"\n', "c;x\nA;1.234\nB;2.500\n"])
def test_a_number_with_two_readings_is_refused(write: Write, content: str) -> None:
    path = write(content)
    error = refused(path)
    assert "(column 'x', line 2)" in error.found
    assert "decimal" in error.remedy
    values = {decimal: read_table(path, decimal=decimal).frame["x"][0] for decimal in (".", ",")}
    assert sorted(values.values()) == [1.234, 1234]


def test_two_decimal_signs_are_refused(write: Write) -> None:
    found = refused(write("c;x;y\nA;1,5;2.5\n")).found
    assert "'1,5' (column 'x', line 2)" in found
    assert "'2.5' (column 'y', line 2)" in found


def test_missing_cells_are_those_that_were_declared(write: Write) -> None:
    path = write("c,x\nA,1\nB,NA\nC,.\nD,\nE,-99\n")
    table = read_table(path)
    assert "missing cells written '.', 'NA'" in table.findings
    assert table.frame["x"].isna().tolist() == [False, True, True, True, False]
    other = read_table(path, missing=("NA", ".", "-99"))
    assert other.frame["x"].isna().tolist() == [False, True, True, True, True]


def test_codes_stay_text(write: Write) -> None:
    table = read_table(write("c,firm,x\n007,12345678901234567,1\n010,12345678901234568,2\n"))
    assert table.frame["c"].tolist() == ["007", "010"]
    assert table.frame["firm"].nunique() == 2
    assert "column 'c' is kept as text: leading zeros or more than 15 digits" in table.findings


def test_a_few_cells_of_text_are_said_and_an_error_where_a_number_was_declared(write: Write) -> None:
    path = write("c;y;x\nA;2000;1,5\nA;2001;n.v.\n\nA;2002;2,5\nA;2003;3,5\n")
    assert "column 'x' is read as text: 'n.v.' in line 3" in read_table(path).findings
    with pytest.raises(DataError) as caught:
        read(path, unit="c", time="y", columns={"x": Column()})
    assert caught.value.code == "XZ-202"
    assert "'n.v.' (A 2001, line 3)" in caught.value.found
    assert "1,5" not in caught.value.found
    cured = read(path, unit="c", time="y", columns={"x": Column()}, reading=Reading(missing=("n.v.",)))
    np.testing.assert_array_equal(cured.values("x"), [1.5, np.nan, 2.5, 3.5])


def test_unnamed_columns_are_named_or_dropped(write: Write) -> None:
    table = read_table(write(",x,,\na,1,,\nb,2,,\n"))
    assert list(table.frame.columns) == ["column_1", "x"]
    assert "a column without a name is called 'column_1'" in table.findings


# Lines


def test_duplicates_name_true_lines(write: Write) -> None:
    path = write('\nc,y,note\nA,2000,"two\nlines"\n\nB,2000,x\n\n\nA,2000,y\n')
    assert read_table(path).lines.tolist() == [3, 6, 9]
    with pytest.raises(DataError) as caught:
        read(path, unit="c", time="y")
    assert caught.value.code == "XZ-203"
    assert "A 2000 (lines 3 and 9)" in caught.value.found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_are_skipped_and_said(write: Write, end: str) -> None:
    table = read_table(write(end.join(["c,x", "A,1", "", "B,2", ",", ""])))
    assert table.lines.tolist() == [2, 4]
    assert "blank lines skipped: 3, 5" in table.findings


# Refusals


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("\n\n \n", "the file is empty"),
        ("c,x\n", "a header and no row"),
        ("c,x\nA,1,2\nB\n", "the header has 2 cells, line 2 has 3, line 3 has 1"),
        ("c,x,c\nA,1,2\n", "repeated column names in line 1: 'c' in columns 1, 3"),
        ('c,x\n"A,1\n', "broken quotes or cells"),
        (b"\x00\x01", "zero bytes"),
    ],
)
def test_a_bad_file_is_refused(write: Write, content: str | bytes, message: str) -> None:
    assert message in refused(write(content)).found


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx", ".dta"])
@pytest.mark.parametrize("content", [b"", b"not what the name says"])
def test_a_damaged_file_is_refused(write: Write, suffix: str, content: bytes) -> None:
    assert refused(write(content, f"data{suffix}")).found.startswith("not a")


def test_no_rows_in_a_typed_file_are_refused(tmp_path: Path) -> None:
    FRAME.head(0).to_parquet(tmp_path / "data.parquet")
    assert "no row" in refused(tmp_path / "data.parquet").found


def test_an_absent_file_names_the_nearest(write: Write) -> None:
    path = write("c,x\nA,1\n", "output.csv")
    assert "did you mean 'output.csv'?" in refused(path.with_name("outptu.csv")).found
    assert "files .ods are not read" in refused(path.with_suffix(".ods")).found


def test_a_wrong_encoding_is_refused(write: Write) -> None:
    path = write("pays,x\nQuébec,1\n", encoding="cp1252")
    assert refused(path, encoding="utf-8").expected == "text in encoding utf-8"
    assert refused(path, encoding="no-such").expected == "text in encoding no-such"
    assert read_table(path, encoding="cp1252").frame["pays"].tolist() == ["Québec"]


@pytest.mark.parametrize("options", [{"decimal": "'"}, {"delimiter": "::"}])
def test_senseless_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        Reading(**options)  # type: ignore[arg-type]
    assert caught.value.code == "XZ-103"


def test_a_file_name_is_not_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "a[1]*"
    folder.mkdir()
    FRAME.to_parquet(folder / "data.parquet")
    assert len(read_table(folder / "data.parquet").frame) == 3


# Properties

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).map(str.strip)


@given(
    st.lists(
        st.tuples(WORDS.filter(lambda w: w and w not in readers.MISSING), NUMBERS | st.none()),
        min_size=1,
        max_size=20,
    )
)
def test_a_csv_file_gives_back_what_was_written(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    path = tmp_path_factory.mktemp("round") / "data.csv"
    words, numbers = [f"w{word}" for word, _ in rows], [number for _, number in rows]
    pd.DataFrame({"word": words, "number": numbers}).to_csv(path, index=False)
    table = read_table(path, encoding="utf-8", delimiter=",", decimal=".")
    assert table.frame["word"].tolist() == words
    for read_back, number in zip(table.frame["number"], numbers, strict=True):
        assert math.isnan(read_back) if number is None else read_back == number  # bit for bit


@given(st.lists(st.decimals(-(10**9), 10**9, allow_nan=False, places=2), min_size=1, max_size=20))
def test_both_conventions_give_the_same_numbers(numbers: list[Any]) -> None:
    english = [f"{number:,.2f}" for number in numbers]
    german = [text.translate(str.maketrans(",.", ".,")) for text in english]
    expected = [float(number) for number in numbers]
    for written, decimal in ((english, "."), (german, ",")):
        found = cells.numbers(written, decimal)
        assert found is not None
        assert found.tolist() == expected
        assert decimal in cells.decimal_evidence({"x": written})


@given(st.text())
def test_what_counts_as_a_number_is_one(text: str) -> None:
    for decimal in (".", ","):
        if cells.is_number(text, decimal):
            assert math.isfinite(float(cells.plain(text, decimal))) or "e" in text.lower()
