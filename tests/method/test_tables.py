"""Tables as they are printed, and as HTML. Expected texts are written by hand from the rules of ``shown``."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from xinzhi.method import Field, Table
from xinzhi.method.table import shown
from xinzhi.method.table_html import TABLE_CSS, table_html

FIELDS = (
    Field("unit", "Unit"),
    Field("growth", "Growth", 2),
    Field("technology", "Technology", 2, "Decile rule"),
    Field("efficiency", "Efficiency", 2, "Decile rule"),
    Field("years", "Years", 0),
    Field("word", "Finding"),
)


def example(stub: str = "CHN", title: str = "Sources of growth", note: str = "A note.") -> Table:
    rows = (
        (stub, 1.234, -0.001, None, 29, "up"),
        (stub, -2.345, float("nan"), 0.5, -1, "down"),
        ("USA", 0.0, 1.0, -1.0, 30, "up"),
    )
    return Table("shares", title, FIELDS, rows, unit="per cent a year", notes=(note,))


def parsed(html: str) -> ElementTree.Element:
    """Return the markup as a tree; it is written so that it is well-formed XML too."""
    return ElementTree.fromstring(html)


@pytest.mark.parametrize(
    ("cell", "decimals", "text"),
    [
        (1.005, 1, "1.0"),
        (-1.25, 1, "−1.2"),
        (-0.001, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (0.004, 2, "0.00"),
        (-0.006, 2, "−0.01"),
        (None, 2, "–"),
        (float("nan"), 2, "–"),
        (-3, 0, "−3"),
        (-3.0, 0, "−3"),
        (1234.5, 1, "1234.5"),
        ("sign not determined", 2, "sign not determined"),
    ],
)
def test_cells_are_printed_with_a_true_minus_and_a_dash_for_nothing(cell, decimals, text):
    assert shown(cell, decimals) == text


def test_a_table_from_columns_keeps_plain_values():
    columns = {
        "unit": np.array(["A", "B"], dtype=object),
        "growth": np.array([1.5, np.nan]),
        "years": np.array([3, 4]),
    }
    table = Table.of("t", "T", [FIELDS[0], FIELDS[1], FIELDS[4]], columns)
    assert table.rows == (("A", 1.5, 3), ("B", None, 4))
    assert [type(cell) for cell in table.rows[0]] == [str, float, int]


def test_plain_text_has_a_line_of_column_groups_where_there_are_some():
    lines = example().text().splitlines()
    over, heads = lines[3], lines[4]
    assert over.strip().strip("-") == "Decile rule"
    start, end = over.index("-"), len(over)
    assert heads[start:end].split() == ["Technology", "Efficiency"]
    wider = (Field("u", "U"), Field("a", "A", 0, "A long heading"), Field("b", "B", 0, "长标题"), Field("c", "C", 0))
    table = Table("t", "Title", wider, (("x", 1, 2, 3),))
    assert table.text().splitlines()[2:4] == ["   A long heading  长标题", "U               A       B  C"]


def test_plain_text_has_three_lines_and_aligned_numbers():
    fields = (Field("unit", "Unit"), Field("growth", "Growth", 1))
    table = Table("t", "Title", fields, (("A", 10.0), ("BB", -1.0)), unit="%", notes=("Note.",))
    rule = "-" * 12  # 4 for "Unit", 2 between, 6 for "Growth"
    assert table.text().splitlines() == [
        "Title",
        "(%)",
        rule,
        "Unit  Growth",
        rule,
        "A       10.0",
        "BB      −1.0",
        rule,
        "Note.",
    ]


def test_html_has_caption_scopes_and_every_printed_cell():
    table = example()
    tree = parsed(table_html(table, number=3, styled=False))
    assert "".join(tree.find(".//caption").itertext()) == "Table 3. Sources of growth, per cent a year"
    body = [["".join(cell.itertext()) for cell in row] for row in tree.findall(".//tbody/tr")]
    assert body == table.printed()
    assert {head.get("scope") for head in tree.findall(".//thead//th")} == {"col", "colgroup"}
    assert {row[0].get("scope") for row in tree.findall(".//tbody/tr")} == {"row"}
    spanner = tree.find(".//th[@scope='colgroup']")
    assert (spanner.get("colspan"), "".join(spanner.itertext())) == ("2", "Decile rule")
    assert "A note." in "".join(tree.itertext())


def test_numbers_go_right_and_words_left():
    tree = parsed(table_html(example(), styled=False))
    kinds = [[cell.get("class") for cell in row][1:] for row in tree.findall(".//tbody/tr")]
    assert kinds == [["xz-number"] * 4 + [""]] * 3


def test_a_stub_that_repeats_is_shown_once_and_stays_for_screen_readers():
    stubs = [row[0] for row in parsed(table_html(example(), styled=False)).findall(".//tbody/tr")]
    assert [stub.find("span") is not None for stub in stubs] == [False, True, False]
    assert ["".join(stub.itertext()) for stub in stubs] == ["CHN", "CHN", "USA"]


def test_markup_in_data_is_inert():
    evil = "<script>alert(1)</script>"
    html = table_html(example(stub=evil, title=f"T {evil}", note=f'"{evil}" & more'), styled=False)
    seen: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append(tag)

    Tags().feed(html)
    assert "script" not in seen
    assert html.count("&lt;script&gt;") == 4  # two rows with the stub, caption, note


def test_html_is_equal_for_equal_tables_and_its_id_tells_content():
    assert table_html(example()) == table_html(example())
    ids = {
        parsed(table_html(table, styled=False)).get("id")
        for table in (example(), example(stub="IND"), example(title="Other"))
    }
    assert len(ids) == 3
    assert all(name.startswith("shares-") for name in ids)


def test_a_notebook_gets_the_style_and_a_page_does_not():
    assert TABLE_CSS in example()._repr_html_()
    assert "<style>" not in table_html(example(), styled=False)


def test_a_table_without_rows_is_still_a_table():
    empty = Table("none", "Nothing", FIELDS, ())
    assert len(parsed(table_html(empty, styled=False)).findall(".//thead//th")) == len(FIELDS) + 1


def test_a_p_value_that_would_print_as_zero_prints_as_below_the_last_digit():
    field = Field("p", "p", 4, p_value=True)
    cells = [0.0, 4.9e-5, 5.1e-5, 0.0321, 1.0, None, "a"]
    assert [field.shown(cell) for cell in cells] == ["< 0.0001", "< 0.0001", "0.0001", "0.0321", "1.0000", "–", "a"]
    assert Field("p", "share", 4).shown(4.9e-5) == "0.0000"
    table = Table.of("tests", "Tests", [Field("test", "Test"), field], {"test": ["F"], "p": [1e-9]})
    assert table.printed() == [["F", "< 0.0001"]]
    assert "&lt; 0.0001" in table.html()
