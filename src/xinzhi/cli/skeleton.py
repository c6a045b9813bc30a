"""``xinzhi init``: a study to start from, on shipped data or on the user's own file."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

TIME_WORDS = ("year", "time", "period", "date", "t", "yr", "jahr", "an", "ano", "年", "年份", "时间")
ROLE_WORDS = {
    "output": ("gdp", "output", "value_added", "va", "y", "rgdpna", "gva"),
    "capital": ("capital", "k", "stock", "rkna"),
    "labour": ("labour", "labor", "l", "emp", "employment", "persons", "workers"),
}
HEAD = """\
# A study for `xinzhi run`. `xinzhi check` reads it without computing; `xinzhi methods` lists methods.
schema = 1
seed = 0
"""
SHIPPED = """
[data.pwt]
catalog = "pwt1001"           # a data set that comes with the package; see `xinzhi catalog`

[role.capital]                # a named role value, used below as "@capital"
type = "capital"
growth = "rkna"               # its changes measure capital growth within a country
level = "ck"                  # compares countries in the base year
base = 2017

[role.labour]
type = "labour"
persons = "emp"
hours = "avh"
quality = "hc"

[[analysis]]
id = "accounts"
method = "growth_accounts"
data = "pwt"
output = "rgdpna"
capital = "@capital"
labour = "@labour"
labour_share = "labsh"
"""
SHOWN = """\
units = ["CHN", "USA"]        # what tables and figures show; all by default
periods = [[1990, 2019]]
"""
REPORT = """
[report]
title = "{title}"
authors = []
abstract = ""
{units}
[[report.chapter]]
title = "Sources of growth"
text = ""
analyses = ["accounts"]
"""


def write_skeleton(out: Path, source: Path | None) -> str:
    """Write a study file and return what was decided.

    Raises
    ------
    UsageError
        XZ-106 where the file exists already.
    DataError
        XZ-201 where ``source`` cannot be read.
    """
    if out.exists():
        raise UsageError("XZ-106", f"{out} exists already", where="--out", remedy="Choose another name with --out.")
    if source is None:
        text, said = HEAD + SHIPPED + REPORT.format(title="Sources of growth", units=SHOWN), list[str]()
    else:
        text, said = _from_file(out, source)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError("XZ-106", f"{out}: {error.strerror or error}", where="--out") from error
    return "\n".join([*said, f"Wrote {out}. Next: xinzhi check {out}"])


def _from_file(out: Path, source: Path) -> tuple[str, list[str]]:
    from xinzhi.panel.readers import read_table

    table = read_table(source)
    unit, time = guess_keys(table.frame)
    numbers = [str(name) for name in table.frame.columns if table.frame[name].dtype.kind in "ifub" and name != time]
    name = re.sub(r"[^a-z0-9_]+", "_", source.stem.lower()).strip("_") or "mine"
    folder, file = out.resolve().parent, source.resolve()
    near = file.is_relative_to(folder)
    place = (
        f"file = {_quoted(file.relative_to(folder).as_posix())}"
        if near
        else f"# lies elsewhere: run with --data {name}=PATH"
    )
    keys = [f"{key} = {_quoted(column)}" for key, column in (("unit", unit), ("time", time)) if column]
    declared = [f'{_key(column)} = {{ unit = "", kind = "level" }}' for column in numbers]
    roles = {role: next((c for c in numbers if c.lower() in words), role) for role, words in ROLE_WORDS.items()}
    choices = ", ".join(numbers)
    settings = [
        f"{role} = {_quoted(column)}  # the column of {role}, one of: {choices}" for role, column in roles.items()
    ]
    lines = [
        HEAD,
        f"[data.{name}]",
        place,
        *keys,
        "",
        "# Unit and kind of each number: level, growth_index, relative_level, price, share or ratio.",
        f"[data.{name}.columns]",
        *declared,
        "",
        "[[analysis]]",
        'id = "accounts"',
        'method = "growth_accounts"',
        f"data = {_quoted(name)}",
        *settings,
        "labour_share = 0.6             # a number, or the name of a column of shares",
    ]
    said = [
        *table.findings,
        f"unit: {unit or 'none found'} (guessed)",
        f"time: {time or 'none found'} (guessed)",
    ]
    said.append(f"{len(numbers)} number columns are declared as levels: correct kind and unit in the file.")
    said += [] if near else [f"{source} lies outside the study's folder: run with --data {name}={source}"]
    return "\n".join(lines) + "\n" + REPORT.format(title=f"Study of {name}", units=""), said


def guess_keys(frame: "pd.DataFrame") -> tuple[str | None, str | None]:
    """Return the columns that look like unit and time: time by name or years, unit so that keys differ."""
    names = [str(name) for name in frame.columns]
    whole = [
        n
        for n in names
        if frame[n].dtype.kind in "iuf" and (frame[n].dropna() % 1 == 0).all() and frame[n].notna().any()
    ]
    years = [n for n in whole if frame[n].dropna().between(1500, 2200).all()]
    time = next((n for word in TIME_WORDS for n in whole if n.lower() == word), next(iter(years), None))
    texts = [n for n in names if frame[n].dtype.kind not in "ifub" and n != time]
    unique = [n for n in texts if not frame.duplicated([n] if time is None else [n, time]).any()]
    return next(iter(unique or texts), None), time


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)
