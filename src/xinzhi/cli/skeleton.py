"""``xinzhi init``: a study to start from, on shipped data or on the user's own file."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.errors import UsageError
from xinzhi.language import LANGUAGES, language, say

if TYPE_CHECKING:
    import pandas as pd

TIME_WORDS = ("year", "time", "period", "date", "t", "yr", "jahr", "an", "ano", "年", "年份", "时间")
ROLE_WORDS = {
    "output": ("gdp", "output", "value_added", "va", "y", "rgdpna", "gva"),
    "capital": ("capital", "k", "stock", "rkna"),
    "labour": ("labour", "labor", "l", "emp", "employment", "persons", "workers"),
}
HEAD = """\
# {about}
schema = 1
seed = 0
"""
SHIPPED = """
[data.pwt]
catalog = "pwt1001"           # {catalog}

[role.capital]                # {role}
type = "capital"
growth = "rkna"               # {growth}
level = "ck"                  # {level}
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
units = ["CHN", "USA"]        # {shown}
periods = [[1990, 2019]]
"""
REPORT = """
[report]
title = {title}
authors = []
abstract = ""
{languages}{units}
[[report.chapter]]
title = {chapter}
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
        remedy = say("Choose another name with --out.")
        raise UsageError("XZ-106", say("{path} exists already", path=out), where="--out", remedy=remedy)
    if source is None:
        text, said = _shipped(), list[str]()
    else:
        text, said = _from_file(out, source)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError("XZ-106", f"{out}: {error.strerror or error}", where="--out") from error
    return "\n".join([*said, say("Wrote {path}. Next: xinzhi check {path}", path=out)])


def _head() -> str:
    return HEAD.format(
        about=say(
            "A study for `xinzhi run`. `xinzhi check` reads it without computing; `xinzhi methods` lists methods."
        )
    )


def _report(title: str, units: str) -> str:
    """Return the section of the report, in the language in force."""
    languages = "" if language() == LANGUAGES[0] else f"languages = {json.dumps([language()])}\n"
    chapter = _quoted(say("Sources of growth"))
    return REPORT.format(title=_quoted(title), languages=languages, units=units, chapter=chapter)


def _shipped() -> str:
    body = SHIPPED.format(
        catalog=say("a data set that comes with the package; see `xinzhi catalog`"),
        role=say('a named role value, used below as "@capital"'),
        growth=say("its changes measure capital growth within a country"),
        level=say("compares countries in the base year"),
    )
    shown = SHOWN.format(shown=say("what tables and figures show; all by default"))
    return _head() + body + _report(say("Sources of growth"), shown)


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
        else say("# lies elsewhere: run with --data {name}=PATH", name=name)
    )
    keys = [f"{key} = {_quoted(column)}" for key, column in (("unit", unit), ("time", time)) if column]
    declared = [f'{_key(column)} = {{ unit = "", kind = "level" }}' for column in numbers]
    roles = {role: next((c for c in numbers if c.lower() in words), role) for role, words in ROLE_WORDS.items()}
    choices = ", ".join(numbers)
    settings = [
        say(
            "{role} = {column}  # the column of {role}, one of: {choices}",
            role=role,
            column=_quoted(column),
            choices=choices,
        )
        for role, column in roles.items()
    ]
    lines = [
        _head(),
        f"[data.{name}]",
        place,
        *keys,
        "",
        say("# Unit and kind of each number: level, growth_index, relative_level, price, share or ratio."),
        f"[data.{name}.columns]",
        *declared,
        "",
        "[[analysis]]",
        'id = "accounts"',
        'method = "growth_accounts"',
        f"data = {_quoted(name)}",
        *settings,
        say("labour_share = 0.6             # a number, or the name of a column of shares"),
    ]
    said = [
        *table.findings,
        say("unit: {name} (guessed)", name=unit or say("none found")),
        say("time: {name} (guessed)", name=time or say("none found")),
        say("{count} number columns are declared as levels: correct kind and unit in the file.", count=len(numbers)),
    ]
    if not near:
        said.append(
            say("{path} lies outside the study's folder: run with --data {name}={path}", path=source, name=name)
        )
    return "\n".join(lines) + "\n" + _report(say("Study of {name}", name=name), ""), said


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
