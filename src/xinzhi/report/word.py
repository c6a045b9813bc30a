"""Tables as a Word document: caption, three rules, spanners, a heading that every page repeats, notes.

Western letters are set in Times New Roman and Chinese in SimSun, as journals ask. The same contents give the
same bytes.
"""

import io
from typing import Any

from xinzhi.language import say
from xinzhi.method import Table
from xinzhi.report.layout import (
    Placed,
    Row,
    cells_wide,
    clock,
    is_number,
    placed_tables,
    sheets_of,
    shown_rows,
    spans,
    tag,
    widths,
)
from xinzhi.report.xlsx import clean, office
from xinzhi.report.zipped import zipped_again
from xinzhi.study.contents import RunContents

LATIN, HAN = "Times New Roman", "SimSun"
BODY, SMALL = 9, 8
"""Points of cells and of notes; captions stand in 10.5."""
PAGE, MARGIN = (21.0, 29.7), 2.5
"""A4 and its margins in centimetres."""
CHARACTER = 0.165
"""Centimetres of an average character of 9 points."""
GAP = 1.6
"""Space between columns, in characters."""
TOP, MID = 12, 6
"""Rules in eighths of a point: 1.5 pt above and below, 0.75 pt under the heading."""


def document(contents: RunContents) -> dict[str, bytes]:
    """Return every table of a run in one Word document, ``tables.docx``.

    Parameters
    ----------
    contents : RunContents

    Returns
    -------
    dict from file name to bytes

    Raises
    ------
    UsageError
        python-docx is not installed (XZ-108).
    """
    docx = office("docx")
    paper = docx.Document()
    _fonts(paper)
    _properties(paper, contents)
    _page(paper.sections[0], across=False)
    across = False
    for first, placed in enumerate(placed_tables(contents)):
        sizes = widths(placed.table)
        wide = sum(size + GAP for size in sizes) > _line(across=False)
        if wide != across:
            section = paper.sections[0] if first == 0 else paper.add_section()
            _page(section, across=wide)
            across = wide
        for number, columns in enumerate(sheets_of(placed.table, sizes, most=_line(across=wide), gap=GAP)):
            _Writer(paper, placed, columns, sizes).write(continued=number > 0)
    buffer = io.BytesIO()
    paper.save(buffer)
    return {f"tables{tag(contents)}.docx": zipped_again(buffer.getvalue())}


def _line(*, across: bool) -> float:
    """Return the characters that fit on a line."""
    return (PAGE[1 if across else 0] - 2 * MARGIN) / CHARACTER


def _fonts(paper: Any) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style = paper.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(BODY)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", HAN)):
        fonts.set(qn(f"w:{name}"), font)
    lang = properties.makeelement(qn("w:lang"), {qn("w:val"): "en-GB", qn("w:eastAsia"): "zh-CN"})
    properties.append(lang)
    style.paragraph_format.space_after = Pt(0)


def _properties(paper: Any, contents: RunContents) -> None:
    core, (_, ended) = paper.core_properties, clock(contents)
    core.title, core.author = clean(contents.title)[:255], clean("; ".join(contents.authors))[:255]
    core.comments, core.last_modified_by, core.language = "", "", contents.language
    core.created = core.modified = ended.replace(tzinfo=None)
    core.revision = 1


def _page(section: Any, *, across: bool) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Cm(side) for side in (PAGE[::-1] if across else PAGE))
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)


class _Writer:
    """Writes one table, or one part of a table that is too wide for a page."""

    def __init__(self, paper: Any, placed: Placed, columns: list[int], sizes: list[int]) -> None:
        self.paper, self.placed, self.columns = paper, placed, columns
        self.table: Table = placed.table
        self.sizes = sizes
        room = _line(across=sum(size + GAP for size in sizes) > _line(across=False))
        used = sum(sizes[k] + GAP for k in columns)
        stretch = min(room / used, 1.25)
        self.cm = [(sizes[k] + GAP) * CHARACTER * stretch for k in columns]

    def write(self, *, continued: bool) -> None:
        from docx.enum.table import WD_TABLE_ALIGNMENT

        heading = self.placed.heading
        self._paragraph(
            say("{heading} (continued)", heading=heading) if continued else heading,
            points=10.5,
            before=14,
            after=4,
            keep=True,
            bold=True,
        )
        found, rows = spans(self.table, self.columns), shown_rows(self.table)
        top = 2 if found else 1
        grid = self.paper.add_table(rows=top + len(rows), cols=len(self.columns))
        grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.LEFT, False
        _cell_margins(grid)
        grid_rows = list(grid.rows)
        cells = [list(row.cells) for row in grid_rows]
        for line in cells:
            for cell, width in zip(line, self.cm, strict=True):
                _set_width(cell, width)
        for column, width in zip(grid.columns, self.cm, strict=True):
            _set_width(column, width)
        if found:
            self._spanners(cells[0], found)
        for cell, k in zip(cells[top - 1], self.columns, strict=True):
            self._text(cell, self.table.fields[k].label, right=is_number(self.table, k), keep=True)
            _valign_bottom(cell)
        self._body(cells[top:], rows)
        for row in grid_rows[:top]:
            _mark_row(row, "w:tblHeader")
        for row in grid_rows:
            _mark_row(row, "w:cantSplit")
        for cell in cells[0]:
            _rule(cell, "top", TOP)
        for cell in cells[top - 1]:
            _rule(cell, "bottom", MID)
        for cell in cells[-1]:
            _rule(cell, "bottom", TOP)
        for k, note in enumerate(self.table.notes):
            self._paragraph(note, points=SMALL, before=3 if k == 0 else 0)

    def _body(self, cells: list[list[Any]], rows: list[Row]) -> None:
        for line, row in zip(cells, rows, strict=True):
            for cell, k in zip(line, self.columns, strict=True):
                right = is_number(self.table, k)
                self._text(cell, row.cells[k], right=right, keep=row.stays, before=3 if row.opens else 0)
                if cells_wide(row.cells[k]) <= self.sizes[k]:
                    _insert(cell._element.get_or_add_tcPr(), _element("w:noWrap"), ("w:tcMar", "w:vAlign"))

    def _spanners(self, line: list[Any], found: list[tuple[str, int]]) -> None:
        at = 0
        for text, width in found:
            if text:
                cell = line[at] if width == 1 else line[at].merge(line[at + width - 1])
                self._text(cell, text, centre=True, keep=True)
                _rule(cell, "bottom", MID)
            at += width

    def _text(
        self, cell: Any, text: str, *, right: bool = False, centre: bool = False, keep: bool = False, before: int = 0
    ) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = cell.paragraphs[0]
        for run in list(paragraph.runs):
            run._element.getparent().remove(run._element)
        paragraph.add_run(clean(text))
        align = WD_ALIGN_PARAGRAPH.CENTER if centre else WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
        form = paragraph.paragraph_format
        form.alignment, form.keep_with_next = align, keep
        form.space_before, form.space_after = Pt(1 + before), Pt(1)

    def _paragraph(
        self, text: str, *, points: float, before: int = 0, after: int = 0, keep: bool = False, bold: bool = False
    ) -> None:
        from docx.shared import Pt

        paragraph = self.paper.add_paragraph()
        run = paragraph.add_run(clean(text))
        run.font.size, run.font.bold = Pt(points), bold
        form = paragraph.paragraph_format
        form.space_before, form.space_after, form.keep_with_next = Pt(before), Pt(after), keep


# What python-docx has no name for ---------------------------------------------------------------


def _element(name: str, **attributes: Any) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


def _rule(cell: Any, side: str, size: int) -> None:
    from docx.oxml.ns import qn

    properties = cell._element.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = _element("w:tcBorders")
        _insert(properties, borders, ("w:shd", "w:noWrap", "w:tcMar", "w:vAlign"))
    old = borders.find(qn(f"w:{side}"))
    if old is not None:
        borders.remove(old)
    made = _element(f"w:{side}", val="single", sz=size, space=0, color="000000")
    borders.insert(0, made) if side == "top" else borders.append(made)


def _insert(parent: Any, child: Any, later: tuple[str, ...]) -> None:
    """Insert a child before those that the format wants after it."""
    from docx.oxml.ns import qn

    following = next((node for node in parent if node.tag in {qn(name) for name in later}), None)
    parent.append(child) if following is None else following.addprevious(child)


def _set_width(item: Any, centimetres: float) -> None:
    from docx.shared import Cm

    item.width = Cm(round(centimetres, 3))


def _valign_bottom(cell: Any) -> None:
    from docx.enum.table import WD_ALIGN_VERTICAL

    cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM


def _mark_row(row: Any, name: str) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(_element(name)) if name == "w:tblHeader" else properties.insert(0, _element(name))


def _cell_margins(grid: Any) -> None:
    properties = grid._tbl.tblPr
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w=68, type="dxa"))
    _insert(properties, margins, ("w:tblLook",))
