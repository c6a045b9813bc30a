"""Cells of text: their encoding, and when a cell is a number.

A cell is tried under both conventions, 1,234.5 and 1.234,5. What fits one of them only is evidence of
the decimal sign; what fits both with different values ("1,234") is not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = Sequence[str | None]

BLANKS = " '\u00a0\u202f"  # thousands signs of either convention: blank, apostrophe, no-break blanks
THOUSANDS = {".": "," + BLANKS, ",": "." + BLANKS}
NUMBER = {
    decimal: re.compile(
        rf"[+-]?(?:(?:[1-9]\d{{0,2}}(?P<sep>[{re.escape(marks)}])\d{{3}}(?:(?P=sep)\d{{3}})*|\d+)"
        rf"(?:{re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)(?:[eE][+-]?\d+)?",
        re.ASCII,
    )
    for decimal, marks in THOUSANDS.items()
}
CODE = re.compile(r"0\d+|\d{16,}", re.ASCII)  # leading zeros, or more digits than a float can hold
EXACT = 2.0**53  # integers up to here are exact as floats
SIGNS = (".", ",", "?")
MOSTLY = 0.5  # a column of which at least this part are numbers was meant as numbers


def decode(content: bytes) -> tuple[str, str]:
    """Return text and encoding: byte order mark, UTF-8, GB 18030 if the characters are common, Western."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16"), "utf-16"
    for encoding in ("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8", "gb18030", "cp1252"):
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _looks_chinese(decoded):
            return decoded, encoding
    return content.decode("latin-1"), "latin-1"


def _looks_chinese(decoded: str) -> bool:
    """Tell Chinese from accented letters that happen to be valid GB 18030: most are in GB 2312."""
    foreign = [character for character in decoded if ord(character) > 127]
    common = sum(bool(character.encode("gb2312", errors="ignore")) for character in foreign)
    return 2 * common > len(foreign)


def is_number(cell: str, decimal: str) -> bool:
    """Tell whether a cell is a number with this decimal sign."""
    return NUMBER[decimal].fullmatch(cell) is not None


def plain(cell: str, decimal: str) -> str:
    """Return a number without thousands signs and with a decimal point."""
    return cell.translate(str.maketrans("", "", THOUSANDS[decimal])).replace(decimal, ".")


def numbers(cells: Cells, decimal: str) -> Floats | None:
    """Return the cells as numbers, (n,), missing as NaN; None where a cell is text."""
    values = _floats(cells) if decimal == "." else None
    if values is None and all(cell is None or is_number(cell, decimal) for cell in cells):
        return np.array([np.nan if cell is None else float(plain(cell, decimal)) for cell in cells])
    return values


def _floats(cells: Cells) -> Floats | None:
    """Return the cells of the common case at the speed of float(); None where it is not that case."""
    present = [cell for cell in cells if cell is not None]
    if "_" in "".join(present):  # float() takes 1_000 for a number
        return None
    try:
        found = np.array(list(map(float, present)))
    except ValueError:
        return None
    if not np.isfinite(found).all():
        return None
    if found.size == len(cells):
        return found
    values = np.full(len(cells), np.nan)
    values[[cell is not None for cell in cells]] = found
    return values


def typed(cells: Cells, decimal: str) -> NDArray[Any]:
    """Return a column as integers, floats or text, (n,).

    Codes stay text: "007", and integers of more than 15 digits, which a float cannot hold.
    """
    values = numbers(cells, decimal)
    if values is None:
        return np.array(cells, dtype=object)
    present = values[~np.isnan(values)]
    if not present.size or (present != np.floor(present)).any():
        return values
    if any(cell is not None and CODE.fullmatch(cell) for cell in cells):
        return np.array(cells, dtype=object)
    exact = present.size == values.size and (np.abs(values) < EXACT).all()
    return values.astype(np.int64) if exact else values


def stray(cells: Cells, decimal: str) -> list[int] | None:
    """Return the rows of text in a column that is mostly numbers; None where it is not."""
    rows = [row for row, cell in enumerate(cells) if cell is not None and not is_number(cell, decimal)]
    present = len(cells) - cells.count(None)
    return rows if present and len(rows) <= (1 - MOSTLY) * present else None


def thousands(cells: Cells, decimal: str) -> str:
    """Return the thousands signs in a column of numbers."""
    written = "".join(filter(None, cells))
    return "".join(mark for mark in THOUSANDS[decimal] if mark in written)


def numbers_where_possible(cells: Iterable[object], decimal: str) -> NDArray[Any]:
    """Return a declared number column: numbers, or its text with the numbers in plain form."""
    present = [cell if isinstance(cell, str) else None for cell in cells]
    values = numbers(present, decimal)
    if values is not None:
        return values
    number = [cell is not None and is_number(cell, decimal) for cell in present]
    mixed = [plain(cell, decimal) if cell and yes else cell for cell, yes in zip(present, number, strict=True)]
    return np.array(mixed, dtype=object)


def decimal_evidence(columns: Mapping[str, Cells]) -> dict[str, tuple[str, int, str]]:
    """Return the first cell (column, row, text) that shows ".", that shows ",", and "?" that shows either.

    Only columns that are mostly numbers are heard.
    """
    evidence: dict[str, tuple[str, int, str]] = {}
    for name, cells in columns.items():
        signs = _signs(cells)
        if sum(sign == "text" for _, sign in signs) > (1 - MOSTLY) * len(signs):
            continue
        for row, sign in signs:
            if sign in SIGNS:
                evidence.setdefault(sign, (name, row, str(cells[row])))
    return evidence


def _signs(cells: Cells) -> list[tuple[int, str]]:
    """Return rows and the signs they show; the first point is enough where no cell can show a comma."""
    signs = ((row, _sign(cell)) for row, cell in enumerate(cells) if cell is not None)
    if _floats(cells) is None:
        return list(signs)
    seen = []
    for row, sign in signs:
        seen.append((row, sign))
        if sign == ".":
            break
    return seen


def _sign(cell: str) -> str:
    """Return the decimal sign that a cell shows: ".", ",", "?" either, "none", or "text"."""
    if cell.isdecimal():
        return "none"
    point, comma = is_number(cell, "."), is_number(cell, ",")
    if point and comma:
        return "?" if "." in cell or "," in cell else "none"
    return "." if point else "," if comma else "text"
