"""What the fuzzers and the replay of the corpus run: only errors with a code may come out."""

import contextlib
import tempfile
from pathlib import Path

from xinzhi.errors import XinzhiError
from xinzhi.panel import Limits, read_table
from xinzhi.panel.panel import Panel
from xinzhi.study import read_study

KINDS = (".csv", ".tsv", ".xlsx", ".dta", ".parquet", ".csv.gz", ".zip")
"""The first byte of an input chooses the kind of file."""
SMALL = Limits(file_bytes=2**20, unpacked_bytes=2**24, rows=20_000, columns=1_000, cells=200_000)
FOLDER = Path(tempfile.mkdtemp(prefix="xinzhi-fuzz-"))


def read_bytes(data: bytes) -> str:
    """Read bytes as a table and make a panel of it; return the code of the error, or nothing."""
    kind = KINDS[data[0] % len(KINDS)] if data else ".csv"
    path = FOLDER / f"data{kind}"
    path.write_bytes(data[1:])
    try:
        table = read_table(path, limits=SMALL)
        names = list(table.frame.columns)
        with contextlib.suppress(XinzhiError):
            Panel(table.frame, unit=names[0], time=names[1] if len(names) > 1 else None)
        Panel(table.frame, unit=None, time=None)
    except XinzhiError as error:
        return error.code if str(error) else "an error without words"
    return ""


def read_settings(data: bytes) -> str:
    """Read bytes as a study; return the code of the error, or nothing."""
    path = FOLDER / "study.toml"
    path.write_bytes(data)
    try:
        read_study(path)
    except XinzhiError as error:
        return error.code if str(error) else "an error without words"
    return ""
