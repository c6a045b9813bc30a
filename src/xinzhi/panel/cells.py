"""Cells of text: their encoding, and when a cell is a number.

A cell is tried under both conventions, 1,234.5 and 1.234,5. What fits one of them only is evidence of
the decimal sign; what fits both with different values ("1,234") is not.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
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
MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
"""Byte order marks; that of UTF-32 begins with that of UTF-16."""
FOREIGN = re.compile(r"[^\x00-\x7f\udc80-\udcff]")
STRAY = re.compile(r"[\udc80-\udcff]")
SIGNS = (".", ",", "?")
MOSTLY = 0.5  # a column of which at least this part are numbers was meant as numbers


def decode(content: bytes) -> tuple[str, str]:
    """Return text and encoding: byte order mark, UTF-8, GB 18030 if the characters are common, Western.

    Raises
    ------
    MixedEncodings
        Most of what is not ASCII is UTF-8 (or Chinese), the rest is not.
    """
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content.decode(encoding), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        strays = content.decode("utf-8", errors="surrogateescape")
        stray = len(STRAY.findall(strays))
        if stray <= len(FOREIGN.findall(strays)):
            raise MixedEncodings("utf-8", *_place(content, error.start)) from None
    try:
        decoded = content.decode("gb18030")
        if _looks_chinese(decoded):
            return decoded, "gb18030"
    except UnicodeDecodeError as error:
        decoded = content.decode("gb18030", errors="replace")
        if 10 * decoded.count("\ufffd") < len(FOREIGN.findall(decoded)) and _looks_chinese(decoded):
            raise MixedEncodings("gb18030", *_place(content, error.start)) from None
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


class MixedEncodings(ValueError):
    """Text of one encoding with bytes that are not of it: ``encoding``, ``line``, ``byte`` and its ``value``."""

    def __init__(self, encoding: str, line: int, byte: int, value: int) -> None:
        super().__init__(encoding, line, byte, value)
        self.encoding, self.line, self.byte, self.value = encoding, line, byte, value


def _place(content: bytes, start: int) -> tuple[int, int, int]:
    """Return line, byte within the line from 1, and value of a byte."""
    before = content[:start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n"), content[start]


def _looks_chinese(decoded: str) -> bool:
    """Tell Chinese from accented letters that happen to be valid GB 18030: most are in GB 2312."""
    foreign = FOREIGN.findall(decoded)
    common = sum(bool(character.encode("gb2312", errors="ignore")) for character in foreign)
    return 2 * common > len(foreign)


def is_number(cell: str, decimal: str) -> bool:
    """Tell whether a cell is a number with this decimal sign."""
    return NUMBER[decimal].fullmatch(cell) is not None


def plain(cell: str, decimal: str) -> str:
    """Return a number without thousands signs and with a decimal point."""
    return cell.translate(str.maketrans("", "", THOUSANDS[decimal])).replace(decimal, ".")


def numbers(cells: Cells, decimal: str) -> Floats | None:
    """Return the cells as numbers, (n,), missing as NaN; None where a cell is text.

    A number beyond the range of a double is infinite here; :func:`beyond` names such cells.
    """
    values = floats(cells) if decimal == "." else None
    if values is None and all(cell is None or is_number(cell, decimal) for cell in cells):
        return np.array([np.nan if cell is None else float(plain(cell, decimal)) for cell in cells])
    return values


def floats(cells: Cells) -> Floats | None:
    """Return the cells of the common case at the speed of float(); None where it is not that case."""
    present = [cell for cell in cells if cell is not None] if None in cells else cells
    written = "".join(present)  # type: ignore[arg-type]  # none is None
    if not written.isascii() or "_" in written:  # float() takes 1_000 and full-width digits for numbers
        return None
    try:
        found = np.fromiter(map(float, present), np.float64, len(present))  # type: ignore[arg-type]
    except ValueError:
        return None
    if not np.isfinite(found).all():
        return None
    if found.size == len(cells):
        return found
    values = np.full(len(cells), np.nan)
    values[[cell is not None for cell in cells]] = found
    return values


def beyond(cells: Cells, values: NDArray[Any], decimal: str) -> list[int]:
    """Return the rows whose number a double cannot hold: 1e309, which is infinite, and 1e-400, which is 0."""
    if values.dtype.kind not in "if":
        return []
    zeros = {cell for row in np.flatnonzero(values == 0).tolist() if (cell := cells[row]) is not None}
    lost = {cell for cell in zeros if re.search("[1-9]", plain(cell, decimal).lower().partition("e")[0])}
    small = [row for row in np.flatnonzero(values == 0).tolist() if cells[row] in lost] if lost else []
    return [*np.flatnonzero(np.isinf(values)).tolist(), *small]


def typed(cells: Cells, decimal: str, known: Floats | None = None) -> NDArray[Any]:
    """Return a column as integers, floats or text, (n,); ``known`` are its numbers, where they are at hand.

    Codes stay text: "007", and integers of more than 15 digits, which a float cannot hold.
    """
    values = known if known is not None and decimal == "." else numbers(cells, decimal)
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
    counts = Counter(cells)
    present = len(cells) - counts.pop(None, 0)
    odd = {cell for cell in counts if cell is not None and not is_number(cell, decimal)}
    if not present or sum(counts[cell] for cell in odd) > (1 - MOSTLY) * present:
        return None
    return [row for row, cell in enumerate(cells) if cell in odd]


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


def decimal_evidence(columns: Mapping[str, Cells], plain_ones: Collection[str] = ()) -> dict[str, tuple[str, int, str]]:
    """Return the first cell (column, row, text) that shows ".", that shows ",", and "?" that shows either.

    Only columns that are mostly numbers are heard. ``plain_ones`` name those of which every cell is a number
    with a point: no cell of theirs can show a comma, so their first point is enough.
    """
    evidence: dict[str, tuple[str, int, str]] = {}
    for name, cells in columns.items():
        for sign, cell in _signs(cells, name in plain_ones).items():
            if sign not in evidence:
                evidence[sign] = (name, cells.index(cell), cell)
    return evidence


def _signs(cells: Cells, plain_one: bool) -> dict[str, str]:
    """Return the first cell for each sign that a column shows; none where it is mostly text."""
    written = "".join(filter(None, cells))
    if "." not in written and "," not in written:
        return {}
    first: dict[str, str] = {}
    if plain_one:
        for cell in cells:
            if cell is not None and (sign := _sign(cell)) in SIGNS:
                first.setdefault(sign, cell)
                if sign == ".":
                    break
        return first
    counts = Counter(cells)
    present = len(cells) - counts.pop(None, 0)
    words = 0
    for cell, count in counts.items():
        if cell is not None:
            sign = _sign(cell)
            words += count if sign == "text" else 0
            first.setdefault(sign, cell)
    if words > (1 - MOSTLY) * present:
        return {}
    return {sign: cell for sign, cell in first.items() if sign in SIGNS}


def _sign(cell: str) -> str:
    """Return the decimal sign that a cell shows: ".", ",", "?" either, "none", or "text"."""
    if cell.isdecimal():
        return "none"
    point, comma = is_number(cell, "."), is_number(cell, ",")
    if point and comma:
        return "?" if "." in cell or "," in cell else "none"
    return "." if point else "," if comma else "text"
