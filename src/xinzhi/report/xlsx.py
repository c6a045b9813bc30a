"""Tables as one workbook: a sheet per table in three-line look, and a sheet that lists them.

Numbers are numbers with all their digits, shown to the decimals of the table; text is text, never a formula or
a link to elsewhere. The same contents give the same bytes.
"""

import io
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, isfinite
from typing import Any

from xinzhi.errors import UsageError
from xinzhi.language import say
from xinzhi.method import Table
from xinzhi.method.table import Cell
from xinzhi.report.layout import (
    Placed,
    cells_wide,
    citations,
    clock,
    head_lines,
    is_number,
    placed_tables,
    spans,
    stub_size,
    tag,
    widths,
)
from xinzhi.study.contents import RunContents

THICK, THIN = 2, 1
"""Border styles of a spreadsheet: the rules above and below a table, and the one under its heading."""
WIDEST = 46
"""Characters of the widest column; longer text is wrapped."""
ACROSS = 100
"""A sheet wider than this, in characters, prints across."""
TOO_WIDE = 220
"""A sheet wider than this prints on several pages side by side, each with the stub."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NAME_LENGTH = 31
CELL_LENGTH = 32_767
"""A cell of a spreadsheet holds no more characters."""


def office(package: str) -> Any:
    """Return a module of the ``[office]`` extra.

    Raises
    ------
    UsageError
        It is not installed (XZ-108).
    """
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError as error:
        remedy = say("Install it: pip install 'xinzhi[office]'.")
        raise UsageError("XZ-108", say("no package {package!r}", package=package), remedy=remedy) from error


def workbook(contents: RunContents) -> dict[str, bytes]:
    """Return every table of a run as one workbook, ``tables.xlsx``.

    Parameters
    ----------
    contents : RunContents

    Returns
    -------
    dict from file name to bytes

    Raises
    ------
    UsageError
        XlsxWriter is not installed (XZ-108).
    """
    tables = placed_tables(contents)
    names = sheet_names(tables)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = office("xlsxwriter").Workbook(buffer, options)
    book.set_calc_mode("auto")
    book.set_properties(
        {
            "title": clean(contents.title)[:255],
            "author": clean("; ".join(contents.authors))[:255],
            "created": clock(contents)[1].replace(tzinfo=None),
        }
    )
    styles = _Styles(book, "SimSun" if contents.language == "zh" else "Times New Roman")
    _list_tables(book.add_worksheet(say("Contents")), contents, tables, names, styles)
    for placed, name in zip(tables, names, strict=True):
        _Sheet(book.add_worksheet(name), placed.table, styles).write(placed.heading)
    book.close()
    return {f"tables{tag(contents)}.xlsx": buffer.getvalue()}


def sheet_names(tables: Sequence[Placed]) -> list[str]:
    """Return a name for each sheet: number and first words of the title, unique, at most 31 characters."""
    names = []
    for placed in tables:
        words = FORBIDDEN.sub(" ", re.split(r"[(（:：,，]", placed.table.title)[0]).split()
        name = str(placed.number)
        for word in words:
            if len(name) + 1 + len(word) > NAME_LENGTH:
                break
            name += f" {word}"
        if name == str(placed.number) and words:
            name = f"{name} {words[0]}"[:NAME_LENGTH]
        names.append(name.rstrip("'"))
    return names


def as_spreadsheets_read(value: float, decimals: int) -> float:
    """Return a number that a spreadsheet prints as Xinzhi does.

    Spreadsheets see 15 digits and round halves up; where that prints another last digit than the number itself
    (2.675, whose nearest double lies below), the number moves towards zero by one unit of its 15th digit.

    Examples
    --------
    >>> as_spreadsheets_read(1 / 3, 2), as_spreadsheets_read(2.675, 2)
    (0.3333333333333333, 2.67499999999999)
    """
    wanted, step = Decimal(f"{value:.{decimals}f}"), Decimal(1).scaleb(-decimals)
    seen = Decimal(f"{value:.15g}")
    if seen.quantize(step, ROUND_HALF_UP) == wanted:
        return value
    unit = Decimal(1).scaleb(seen.adjusted() - 14)
    return float(seen - unit if seen > 0 else seen + unit)


def number_format(value: float, decimals: int) -> str:
    """Return the format of a cell: fixed decimals, a true minus, no minus before a zero."""
    digits = f"0.{'0' * decimals}" if decimals else "0"
    zero = value < 0 and float(f"{value:.{decimals}f}") == 0
    return f"{digits};{digits}" if zero else f'{digits};"−"{digits}'


def clean(text: str) -> str:
    """Return text on one line that a spreadsheet can hold."""
    return UNPRINTABLE.sub("", re.sub(r"[\t\r\n]+", " ", str(text)))[:CELL_LENGTH]


class _Styles:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Any, font: str) -> None:
        self.book, self.font = book, font
        self._made: dict[tuple[Any, ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({"font_name": self.font, "font_size": 10.5, **properties})
        return self._made[key]


class _Sheet:
    """Writes one table, from the title down to the notes."""

    def __init__(self, sheet: Any, table: Table, styles: _Styles) -> None:
        self.sheet, self.table, self.styles = sheet, table, styles
        self.many = len(table.fields)
        self.sizes = [min(size + 2, WIDEST) for size in widths(table, longest=WIDEST)]
        self.total = sum(self.sizes)

    def write(self, heading: str) -> None:
        sheet, table = self.sheet, self.table
        sheet.hide_gridlines(2)
        for k, size in enumerate(self.sizes):
            sheet.set_column(k, k, size)
        self._across(0, heading, bold=True)
        top = 1
        found = spans(table, list(range(self.many)))
        if found:
            self._spanners(top, found)
        body = top + (2 if found else 1)
        self._heads(body - 1, first=not found)
        for i, row in enumerate(table.rows):
            rule = {"bottom": THICK} if i == len(table.rows) - 1 else {}
            for k, cell in enumerate(row):
                self._cell(body + i, k, cell, rule)
        for i, note in enumerate(table.notes):
            self._across(body + len(table.rows) + i, note, font_size=9)
        sheet.freeze_panes(body, stub_size(table))
        sheet.repeat_rows(top, body - 1)
        sheet.set_paper(9)
        if self.total > ACROSS:
            sheet.set_landscape()
        if self.total > TOO_WIDE:
            sheet.repeat_columns(0, stub_size(table) - 1)
        else:
            sheet.fit_to_pages(1, 0)

    def _across(self, row: int, text: str, **look: Any) -> None:
        """Write text over the whole width of the table, in as many lines as it takes."""
        style = self.styles.get(text_wrap=True, align="left", valign="top", **look)
        if self.many > 1:
            self.sheet.merge_range(row, 0, row, self.many - 1, "", style)
        self.sheet.write_string(row, 0, clean(text), style)
        share = 0.78 if look.get("font_size") else 0.95  # how wide a character of this size is
        lines = ceil(cells_wide(text) * share / max(self.total, 12))
        self.sheet.set_row(row, 15 * max(lines, 1) + (3 if look.get("bold") else 0))

    def _spanners(self, row: int, found: list[tuple[str, int]]) -> None:
        at = 0
        for text, width in found:
            style = self.styles.get(top=THICK, align="center", **({"bottom": THIN} if text else {}))
            if text and width > 1:
                self.sheet.merge_range(row, at, row, at + width - 1, "", style)
                self.sheet.write_string(row, at, clean(text), style)
            else:
                for k in range(at, at + width):
                    self.sheet.write_string(row, k, clean(text), style) if text else self.sheet.write_blank(
                        row, k, None, style
                    )
            at += width

    def _heads(self, row: int, *, first: bool) -> None:
        lines = 1
        for k, field in enumerate(self.table.fields):
            look = {"bottom": THIN, "text_wrap": True, "valign": "bottom"} | ({"top": THICK} if first else {})
            right = is_number(self.table, k)
            look |= {"align": "right"} if right else {"align": "left", "indent": 1 if k else 0}
            self.sheet.write_string(row, k, clean(field.label), self.styles.get(**look))
            lines = max(lines, len(head_lines(field.label, round(1.1 * self.sizes[k]))))
        self.sheet.set_row(row, 15 * lines)

    def _cell(self, row: int, k: int, cell: Cell, rule: dict[str, int]) -> None:
        field = self.table.fields[k]
        decimals = field.decimals
        side = "right" if is_number(self.table, k) else "left"
        inset = {"indent": 1} if side == "left" and k > 0 else {}
        if isinstance(cell, int | float) and isfinite(cell) and abs(cell) < 1e15:
            decimals = 0 if isinstance(cell, int) else decimals
            small = field.shown(cell) if field.shown(cell).startswith("<") else ""  # a p-value, printed as below
            look = f'"{small}"' if small else number_format(cell, decimals)
            style = self.styles.get(align=side, num_format=look, valign="top", **rule)
            self.sheet.write_number(row, k, as_spreadsheets_read(float(cell), decimals), style)
            return
        text = clean(field.shown(cell))
        wraps = cells_wide(text) > self.sizes[k]
        self.sheet.write_string(
            row, k, text, self.styles.get(align=side, valign="top", text_wrap=wraps, **rule, **inset)
        )
        if wraps:
            self.sheet.set_row(row, 15 * ceil(cells_wide(text) / self.sizes[k]))


def _list_tables(
    sheet: Any, contents: RunContents, tables: Sequence[Placed], names: Sequence[str], styles: _Styles
) -> None:
    """Write the sheet that lists the others, each with a link, and where the numbers come from."""
    sheet.hide_gridlines(2)
    for k, width in enumerate((8, 70, 38)):
        sheet.set_column(k, k, width)
    plain, wrapped = styles.get(valign="top"), styles.get(valign="top", text_wrap=True)
    sheet.write_string(0, 0, clean(contents.title), styles.get(bold=True, font_size=14))
    sheet.write_string(1, 0, clean("; ".join(contents.authors)), plain)
    for k, head in enumerate((say("Table"), say("Title"), say("Analysis"))):
        sheet.write_string(3, k, head, styles.get(top=THICK, bottom=THIN))
    row = 4
    for placed, name in zip(tables, names, strict=True):
        quoted = name.replace("'", "''")
        sheet.write_url(
            row,
            0,
            f"internal:'{quoted}'!A1",
            styles.get(font_color="#17375e", underline=1, align="left", valign="top"),
            str(placed.number),
        )
        sheet.write_string(row, 1, clean(placed.caption), wrapped)
        sheet.write_string(row, 2, clean(placed.analysis.title or placed.analysis.id), wrapped)
        sheet.set_row(
            row, 15 * max(ceil(cells_wide(placed.caption) / 82), ceil(cells_wide(placed.analysis.title) / 44))
        )
        row += 1
    for k in range(3):
        sheet.write_blank(row, k, None, styles.get(top=THICK))
    sheet.write_string(row + 1, 0, say("References"), styles.get(bold=True))
    for reference in citations(contents):
        sheet.merge_range(row + 2, 0, row + 2, 2, "", wrapped)
        sheet.write_string(row + 2, 0, clean(reference), wrapped)
        sheet.set_row(row + 2, 15 * ceil(cells_wide(reference) / 130))
        row += 1
    sheet.write_string(row + 3, 0, say("Results hash {digest}", digest=contents.results_hash), styles.get(font_size=9))
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
