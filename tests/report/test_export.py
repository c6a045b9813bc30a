"""Exports: digits as printed, the same bytes twice, nothing that runs, nothing of others overwritten."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import openpyxl
import pytest

from tests.report.exported import HOSTILE, TIES, contents, small_run
from xinzhi.errors import UsageError
from xinzhi.language import speaking
from xinzhi.method.table import shown
from xinzhi.report import figures, layout, xlsx
from xinzhi.report.export import FORMATS, INDEX, WRITERS, export_files, export_run
from xinzhi.report.latex import escaped, latex_files
from xinzhi.report.word import document
from xinzhi.study import read_run

OFFICE, XELATEX = shutil.which("soffice"), shutil.which("xelatex")
needs_office = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this machine")
needs_xelatex = pytest.mark.skipif(XELATEX is None, reason="no XeLaTeX on this machine")
SECONDS = 240
"""LibreOffice and XeLaTeX start slowly on a cold machine."""
CHINESE = shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return small_run(tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(io.BytesIO(xlsx.workbook(contents())["tables.xlsx"]))


# Spreadsheet --------------------------------------------------------------------------------


def test_numbers_are_numbers_with_all_digits_and_text_is_text(book):
    sheet, table = book.worksheets[1], contents().analyses["ledger"].tables[0]
    body = list(sheet.iter_rows(min_row=4, max_row=3 + len(table.rows)))
    for cells, row in zip(body, table.rows, strict=True):
        assert cells[0].data_type == "s"
        assert cells[0].value == xlsx.clean(row[0])
        assert cells[2].value == pytest.approx(row[2], rel=1e-14)  # one unit of the 15th digit at a tie
        assert cells[3].value == row[3]
    assert not [c for s in book.worksheets for r in s.iter_rows() for c in r if c.data_type == "f"]
    assert book.sheetnames[0] == "Contents"
    assert all(re.fullmatch(r"[^\[\]:*?/\\]{1,31}", name) for name in book.sheetnames)
    assert len({name.lower() for name in book.sheetnames}) == len(book.sheetnames)


@pytest.mark.parametrize("value", [tie for tie in TIES if tie is not None])
@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_a_spreadsheet_prints_the_digits_of_the_table(value, decimals):
    from decimal import ROUND_HALF_UP, Decimal

    stored = xlsx.as_spreadsheets_read(value, decimals)
    printed = Decimal(f"{stored:.15g}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert f"{abs(printed)}" == shown(value, decimals).lstrip("−")
    positive, negative = xlsx.number_format(value, decimals).split(";")
    assert negative == (positive if not shown(value, decimals).startswith("−") and value < 0 else f'"−"{positive}')


@needs_office
@pytest.mark.parametrize("language", ["en", "zh"])
def test_libreoffice_shows_what_the_tables_print(tmp_path, language):
    found = contents(language)
    with speaking(language):
        (name, content), *_ = xlsx.workbook(found).items()
    (tmp_path / name).write_bytes(content)
    every = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,true,false,false,-1"
    command = [OFFICE, "--headless", "--convert-to", every, "--outdir", str(tmp_path), str(tmp_path / name)]
    home = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS, env=home)
    for placed in layout.placed_tables(found):
        (file,) = tmp_path.glob(f"*-{placed.number} *.csv")
        lines = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
        first = 3 if layout.spans(placed.table, list(range(len(placed.table.fields)))) else 2
        wanted = [[xlsx.clean(cell) for cell in row] for row in placed.table.printed()]
        assert lines[first : first + len(wanted)] == wanted


# LaTeX --------------------------------------------------------------------------------------


def test_latex_escapes_and_prints_the_digits():
    text = latex_files(contents())["latex/ledger--hostile.tex"].decode()
    assert r"\input{/etc" not in text
    assert r"R\&D 100\% \$x\$ \#1 a\_b \{c\} \textasciitilde{} \textasciicircum{} \textbackslash{}input" in text
    assert r"\cmidrule(lr){3-4}" in text
    for row in contents().analyses["ledger"].tables[0].printed():
        assert row[2].replace("−", "$-$").replace("–", "--") in text
    assert escaped("a--b, ''c''") == "a-{}-b, '{}'c'{}'"
    assert "\\begin{longtable}" in latex_files(contents())["latex/ledger--long.tex"].decode()
    wide = latex_files(contents())["latex/ledger--wide.tex"].decode()
    assert wide.count("East") == wide.count("\\begin{threeparttable}") > 1  # parts repeat the stub


@needs_xelatex
@pytest.mark.parametrize("language", ["en", "zh"])
def test_xelatex_compiles_the_tables_alone(tmp_path, language):
    if language == "zh" and not CHINESE:
        pytest.skip("no Chinese font on this machine")
    with speaking(language):
        files = latex_files(contents(language))
    for name, content in files.items():
        (tmp_path / Path(name).name).write_bytes(content)
    main = next(Path(name).name for name in files if "/tables" in name)
    command = [XELATEX, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", main]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=SECONDS, check=False)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    assert not re.findall(r"Overfull \\hbox \((?:[2-9]\d|\d{3,})\.\d+pt", log)


# Word ---------------------------------------------------------------------------------------


def word_tables(content: bytes):
    import docx

    return docx.Document(io.BytesIO(content)).tables


def test_word_holds_the_printed_cells_three_rules_and_a_repeated_heading():
    from docx.oxml.ns import qn

    first = word_tables(document(contents())["tables.docx"])[0]
    printed = contents().analyses["ledger"].tables[0].printed()
    cells = [[cell.text for cell in row.cells] for row in first.rows]
    assert [row[2:] for row in cells[2:]] == [row[2:] for row in printed]
    assert cells[0][2] == cells[0][3] == "Spanner <1>"
    heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in first.rows]
    assert heads == [True, True, *[False] * len(printed)]

    def rules(row, side):
        return [
            (edge.get(qn("w:sz")) if edge is not None else None)
            for cell in row._tr.tc_lst
            for edge in [cell.tcPr.find(f"{qn('w:tcBorders')}/{qn(f'w:{side}')}")]
        ]

    assert set(rules(first.rows[0], "top")) == {"12"}
    assert set(rules(first.rows[1], "bottom")) == {"6"}
    assert set(rules(first.rows[-1], "bottom")) == {"12"}
    assert set(rules(first.rows[3], "bottom")) == {None}


def test_word_names_a_chinese_font():
    with speaking("zh"):
        content = document(contents("zh"))["tables.zh.docx"]
    styles = zipfile.ZipFile(io.BytesIO(content)).read("word/styles.xml").decode()
    assert 'w:eastAsia="SimSun"' in styles
    assert 'w:ascii="Times New Roman"' in styles


@needs_office
def test_libreoffice_opens_the_document(tmp_path):
    (tmp_path / "tables.docx").write_bytes(document(contents())["tables.docx"])
    command = [OFFICE, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "tables.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS, env={**os.environ, "HOME": str(tmp_path)})
    assert (tmp_path / "tables.pdf").read_bytes().startswith(b"%PDF")


# Data and pictures --------------------------------------------------------------------------


def test_parquet_carries_units_and_labels(tmp_path):
    found = contents()
    files = export_files([found], ["parquet", "csv"])
    path = tmp_path / "x.parquet"
    path.write_bytes(files["parquet/ledger/hostile.parquet"])
    table = found.analyses["ledger"].tables[0]
    with duckdb.connect() as engine:
        rows = engine.execute(f"select * from '{path}'").fetchall()
        known = engine.execute(f"select key, value from parquet_kv_metadata('{path}')").fetchall()
    facts = {key.decode(): value.decode() for key, value in known}
    assert rows == [tuple(row) for row in table.rows]
    assert (facts["title"], facts["unit"], json.loads(facts["notes"])) == (table.title, table.unit, list(table.notes))
    assert json.loads(facts["columns"])[2] == {
        "name": "rate",
        "label": "Rate & risk",
        "spanner": "Spanner <1>",
        "decimals": 2,
        "type": "number",
    }
    lines = list(csv.reader(io.StringIO(files["csv/ledger/hostile.csv"].decode())))
    assert [line[0][0] for line in lines[1:5]] == ["'"] * 4  # formulas disarmed
    assert [float(line[2]) for line in lines[1:]] == [row[2] for row in table.rows]


def test_a_figure_is_drawn_at_300_dots_and_its_letters_stay_text():
    files = export_files([contents()], ["png", "pdf", "svg"])
    png, pdf = files["figures/ledger/bars.png"], files["figures/ledger/bars.pdf"]
    assert int.from_bytes(png[16:20], "big") == round(200 * 300 / 72)
    assert pdf.startswith(b"%PDF")
    assert b"/ToUnicode" in pdf
    ElementTree.fromstring(files["figures/ledger/bars.svg"])


def test_a_pdf_has_one_order_whatever_the_writer_did():
    import vl_convert

    two_fonts = (
        contents()
        .analyses["ledger"]
        .figures[0]
        .svg.replace("</svg>", '<text x="9" y="50" font-weight="bold" font-family="Liberation Sans">B</text></svg>')
    )
    drawn = [bytes(vl_convert.svg_to_pdf(two_fonts)) for _ in range(12)]
    ordered = {figures.in_one_order(content) for content in drawn}
    assert len(ordered) == 1
    (content,) = ordered
    assert figures.in_one_order(content) == content
    start = int(re.search(rb"startxref\n(\d+)", content)[1])
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", content[start:])]
    assert all(content[place:].startswith(b"%d 0 obj" % k) for k, place in enumerate(places, start=1))


def test_a_character_without_a_font_stops_the_export(monkeypatch):
    from xinzhi.method import fonts

    monkeypatch.setattr(fonts, "missing_glyphs", lambda text: "&" if "&" in text else "")
    with pytest.raises(UsageError) as caught:
        export_files([contents()], ["png"])
    assert caught.value.code == "XZ-125"
    assert "U+0026" in caught.value.found


# The same bytes, and whose folder it is ------------------------------------------------------


def test_every_format_is_the_same_bytes_twice_in_two_processes(run, tmp_path):
    program = "import sys; from xinzhi.report.export import export_run; export_run(sys.argv[1], out=sys.argv[2])"
    for seed, name in (("1", "one"), ("2", "two")):
        command = [sys.executable, "-c", program, str(run), str(tmp_path / name)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{seed}"})
    export_run(run, out=tmp_path / "one")  # and over itself
    one, two = (
        {str(p.relative_to(tmp_path / name)): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in ("one", "two")
    )
    assert list(one)
    assert one == two
    assert {Path(name).suffix for name in one} >= {".xlsx", ".docx", ".tex", ".parquet", ".png", ".pdf", ".bib", ".zip"}


@pytest.mark.parametrize("name", list(WRITERS))
def test_hostile_contents_survive_every_format_in_both_languages(name):
    if name in ("png", "pdf") and not CHINESE:
        pytest.skip("no Chinese font on this machine")
    said = [contents(), contents("zh")]
    files = export_files(said, [name])
    assert files
    assert files == export_files(said, [name])
    assert name == "bibtex" or any(".zh." in file for file in files)


def test_a_folder_of_others_is_refused_and_changed_files_are_kept(run, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="XZ-126"):
        export_run(run, out=out, formats=["csv"])
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    with pytest.raises(UsageError, match="XZ-126"):
        export_run(run, out=run / "export", formats=["csv"])
    out = tmp_path / "ours"
    files = export_run(run, out=out, formats=["latex"])
    export_run(run, out=out, formats=["bibtex"])
    assert all(file.is_file() for file in files)  # another format is added
    files[0].write_text("edited")
    with pytest.raises(UsageError, match="XZ-126"):
        export_run(run, out=out, formats=["latex"])
    assert files[0].read_text() == "edited"


def test_files_of_another_run_go_and_an_interrupted_export_is_repeated(run, tmp_path):
    out = tmp_path / "out"
    files = export_run(run, out=out, formats=["csv", "bibtex"])
    index = json.loads((out / INDEX).read_text())
    (out / INDEX).write_text(json.dumps({**index, "results_hash": "another"}))
    export_run(run, out=out, formats=["bibtex"])
    assert [file.is_file() for file in files] == [False] * (len(files) - 1) + [True]
    export_run(run, out=out, formats=["csv"])
    index = json.loads((out / INDEX).read_text())
    files[0].unlink()  # as if it had ended before this file
    (out / INDEX).write_text(json.dumps({**index, "replaced": {"references.bib": "0"}}))
    assert export_run(run, out=out, formats=["csv"])[0].is_file()
    assert "replaced" not in json.loads((out / INDEX).read_text())


def test_unknown_formats_and_missing_packages_are_named(run, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="XZ-102") as caught:
        export_run(run, out=tmp_path / "x", formats=["xslx"])
    assert "'xlsx'" in caught.value.found
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match="XZ-108") as caught:
        export_run(run, out=tmp_path / "x", formats=["xlsx"])
    assert "xinzhi[office]" in caught.value.remedy
    assert not (tmp_path / "x").exists()


def test_numbers_follow_the_report(run):
    found = read_run(run)
    numbers = [placed.number for placed in layout.placed_tables(found)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [a.id for a in layout.in_order(found)][:2] == ["accounts", "twice"]
    assert set(FORMATS) == {*WRITERS, "bundle"}
    twice = replace(found, chapters=found.chapters * 2)
    assert len(layout.placed_tables(twice)) == len(numbers)


def test_hostile_words_reach_every_sheet_name_once():
    names = xlsx.sheet_names(layout.placed_tables(contents()))
    assert names == ["1 Hostile labels", "2 A wide table", "3 A long table"]
    assert HOSTILE[0].startswith("=")
