"""A table that can be published: rows, what each column means, notes. Report, notebook and terminal only place it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from xinzhi.language import again, say

Cell = str | int | float | None
LATIN = 0x2E7F
"""The last code point before the wide letters of Chinese, Japanese and Korean."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a table.

    Parameters
    ----------
    key : str
        Name for machines.
    label : str
        Heading for readers.
    decimals : int
        Digits after the point of numbers; 0 for whole numbers.
    spanner : str
        Heading over several neighbouring columns with the same spanner.
    p_value : bool
        Whether the numbers are p-values: one that would print as zero prints as below the last digit.
    """

    key: str
    label: str
    decimals: int = 2
    spanner: str = ""
    p_value: bool = False

    def shown(self, cell: Cell) -> str:
        """Return a cell of this column as printed."""
        number = self.p_value and isinstance(cell, float)
        return shown_p(cell, self.decimals) if number else shown(cell, self.decimals)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Table:
    """Rows with their meaning.

    Parameters
    ----------
    name : str
        Identifier, unique within a result; names files.
    title : str
        Caption.
    fields : tuple of Field
        Columns from left to right; the first is the stub.
    rows : tuple of tuples
        One cell per field; None or NaN prints as an en dash.
    unit : str
        Unit of measurement of the numbers, printed under the title.
    notes : tuple of str
        Notes under the table.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]
    unit: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        fields: Sequence[Field],
        columns: Mapping[str, Any],
        *,
        unit: str = "",
        notes: Sequence[str] = (),
    ) -> "Table":
        """Build a table from columns; ``fields`` choose and order them."""
        cells = [[cell(value) for value in columns[field.key]] for field in fields]
        heads = tuple(replace(field, label=again(field.label), spanner=again(field.spanner)) for field in fields)
        return cls(name, again(title), heads, tuple(zip(*cells, strict=True)), again(unit), again(tuple(notes)))

    def head(self, most: int) -> "Table":
        """Return the first rows, with a note that says how many more there are."""
        more = len(self.rows) - most
        if more <= 0:
            return self
        note = say(
            "The first {most} of {count} rows; tables(View(units=..., periods=...)) chooses.",
            most=most,
            count=len(self.rows),
        )
        return replace(self, rows=self.rows[:most], notes=(note,))

    def columns(self) -> dict[str, list[Cell]]:
        """Return the cells by column, numbers unrounded."""
        return {field.key: [row[k] for row in self.rows] for k, field in enumerate(self.fields)}

    def printed(self) -> list[list[str]]:
        """Return the cells as they are printed, row by row."""
        return [[field.shown(cell) for cell, field in zip(row, self.fields, strict=True)] for row in self.rows]

    def text(self) -> str:
        """Return the table as plain text with three lines; Chinese characters count as two columns."""
        from rich.cells import cell_len

        heads = [field.label for field in self.fields]
        body, groups = self.printed(), spanners(self.fields)
        widths = [max(cell_len(line[k]) for line in [heads, *body]) for k in range(len(heads))]
        for text, places in groups:  # a group wider than its columns widens the last of them
            widths[places[-1]] += max(0, cell_len(text) - sum(widths[k] + 2 for k in places) + 2)
        numeric = [not any(isinstance(row[k], str) for row in self.rows) for k in range(len(heads))]

        def line(cells: Sequence[str]) -> str:
            gaps = [" " * (w - cell_len(c)) for c, w in zip(cells, widths, strict=True)]
            return "  ".join(g + c if n else c + g for c, g, n in zip(cells, gaps, numeric, strict=True)).rstrip()

        def over(text: str, places: Sequence[int]) -> str:
            room = sum(widths[k] + 2 for k in places) - 2 - cell_len(text)
            mark = "-" if text else " "
            return mark * (room // 2) + text + mark * (room - room // 2)

        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        head = [self.title, *([say("({unit})", unit=self.unit)] if self.unit else [])]
        spans = ["  ".join(over(*group) for group in groups).rstrip()] if any(text for text, _ in groups) else []
        return "\n".join([*head, rule, *spans, line(heads), rule, *map(line, body), rule, *self.notes])

    def __str__(self) -> str:
        return self.text()

    def html(self) -> str:
        """Return the table as a three-line HTML table."""
        from xinzhi.method.table_html import table_html

        return table_html(self)

    def _repr_html_(self) -> str:
        return self.html()


def spanners(fields: Sequence[Field]) -> list[tuple[str, list[int]]]:
    """Return the headings over columns with the places of these, empty ones too, from left to right."""
    groups = groupby(range(len(fields)), key=lambda k: fields[k].spanner)
    return [(text, list(places)) for text, places in groups]


def wide(text: str) -> int:
    """Return the length of a text in letters; a Chinese one counts as two."""
    return sum(2 if ord(letter) > LATIN else 1 for letter in text)


def cell(value: Any) -> Cell:
    """Return a cell of a table: a Python value for a NumPy one, None for NaN, text in the language in force."""
    plain = value.item() if hasattr(value, "item") else again(value)
    return None if isinstance(plain, float) and plain != plain else plain


def shown(cell: Cell, decimals: int) -> str:
    """Return a cell as printed: fixed decimals, a true minus sign, an en dash where there is no value."""
    if cell is None or cell != cell:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return str(cell).replace("-", "−")
    text = f"{cell:.{decimals}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


def shown_p(p: float, decimals: int) -> str:
    """Return a p-value as printed: below the last digit where it would be zero."""
    return f"< {10.0**-decimals:.{decimals}f}" if 0 <= p < 0.5 * 10.0**-decimals else shown(p, decimals)
