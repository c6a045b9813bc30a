"""What causes each error, with an example that is run when the reference is made.

An entry is the cause and a function that provokes the error in an empty folder, or None where only a
defect, a broken disk or another machine can.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import xinzhi as xz
from xinzhi.errors import Problems, XinzhiError, raise_all

sys.path.insert(0, str(Path(__file__).parent))
import growth_error_examples
import indicator_error_examples
import region_error_examples

Example = Callable[[], Any]

STUDY = """schema = 1

[data.mine]
file = "mine.csv"
unit = "province"
time = "year"
columns = { gdp = { unit = "100 million CNY" }, share = { kind = "share" } }

[[analysis]]
id = "accounts"
method = "growth_accounts"
data = "mine"
output = "gdp"
capital = "k"
labour = "l"
labour_share = "share"
"""
TABLE = """province,year,gdp,k,l,share
Hebei,2020,36.2,101.3,37.5,0.54
Hebei,2021,40.4,107.9,37.1,0.53
Shanxi,2020,17.8,61.2,17.4,0.50
Shanxi,2021,22.9,64.0,17.3,0.49
"""


def printed(code: str, example: Example) -> str:
    """Return what the example prints, run in an empty folder; it must give ``code``.

    Raises
    ------
    AssertionError
        The example gave no error, or another one.
    """
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            words = str(next((w for w in example() or () if str(w).startswith(code)), ""))
        except Problems as error:
            words = next((str(one) for one in error.errors if one.code == code), "")
        except XinzhiError as error:
            words = str(error) if error.code == code else ""
        finally:
            os.chdir(before)
        if not words:
            raise AssertionError(f"the example of {code} does not give it")
        return words.replace(str(Path(folder).resolve()) + os.sep, "").replace(folder + os.sep, "")


def checked(old: str = "", new: str = "", table: str = TABLE) -> Example:
    """Return an example that checks the small study with one text replaced."""

    def example() -> None:
        from xinzhi.study import load_tables, plan, problems, read_study

        if old not in STUDY:
            raise AssertionError(f"the study has no {old!r}")
        Path("mine.csv").write_text(table, encoding="utf-8")
        Path("study.toml").write_text(STUDY.replace(old, new) if old else STUDY, encoding="utf-8")
        study = read_study("study.toml")
        tasks = plan(study, load_tables(study, {}))
        raise_all([error for task in tasks for error in problems(task)])

    return example


def mine(**columns: Any) -> xz.Panel:
    """Return a panel of two provinces and two years, with columns replaced or added."""
    frame = pd.DataFrame(
        {
            "province": ["Hebei", "Hebei", "Shanxi", "Shanxi"],
            "year": [2020, 2021] * 2,
            "gdp": [36.2, 40.4, 17.8, 22.9],
            "k": [101.3, 107.9, 61.2, 64.0],
            "l": [37.5, 37.1, 17.4, 17.3],
        }
        | columns
    )
    return xz.Panel(frame, unit="province", time="year", source="mine.csv")


def accounts(**settings: Any) -> xz.GrowthAccounts:
    """Return growth accounts of the small panel with settings replaced."""
    return xz.GrowthAccounts(**({"output": "gdp", "capital": "k", "labour": "l", "labour_share": 0.55} | settings))


def pwt() -> xz.Panel:
    """Return the Penn World Table."""
    panel: xz.Panel = xz.catalog.load("pwt1001")
    return panel


def _damaged_query() -> None:
    checked('file = "mine.csv"', 'sql = "select * from mein"')()


def _occupied() -> None:
    from xinzhi.study import run_study

    _files()
    Path("out").mkdir()
    Path("out/notes.docx").write_text("mine")
    run_study("study.toml", out="out")


def _files() -> None:
    Path("mine.csv").write_text(TABLE, encoding="utf-8")
    Path("study.toml").write_text(STUDY, encoding="utf-8")


def _read(text: str | bytes, name: str = "mine.csv", **settings: Any) -> Example:
    def example() -> None:
        Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
        xz.read(name, **settings)

    return example


def _ran() -> None:
    from xinzhi.study import run_study

    _files()
    run_study("study.toml", out="run")


def _waited() -> None:
    from xinzhi.study import run_study
    from xinzhi.study.storage import locked

    _files()
    Path("run").mkdir()
    with locked(Path("run"), wait=0.0, waiting=lambda: None):
        run_study("study.toml", out="run", wait=0.0)


def _altered() -> None:
    from xinzhi.study import require_sound, verify_run

    _ran()
    rows = Path("run/results/accounts/rows.csv")
    rows.write_text(rows.read_text(encoding="utf-8").replace("Hebei", "Henan"), encoding="utf-8")
    require_sound("run", verify_run("run"))


def _edited() -> Any:
    from xinzhi.study import begun

    _ran()
    Path("mine.csv").write_text(TABLE.replace("36.2", "36.3"), encoding="utf-8")
    return begun("run").changed


def _nothing_begun() -> None:
    from xinzhi.study import begun

    Path("run").mkdir()
    begun("run")


def _asked() -> None:
    from xinzhi.study import query_run

    _ran()
    query_run("run", "select tpf from accounts")


def _unfinished() -> None:
    from xinzhi.study import require_sound, verify_run

    _ran()
    for name in ("manifest.json", "manifest.sha256"):
        Path("run", name).unlink()
    require_sound("run", verify_run("run"))


def _into_itself() -> None:
    from xinzhi.report.export import export_run

    _ran()
    export_run("run", out="run", formats=["csv"])


def _too_large() -> None:
    from xinzhi.panel import Limits

    _read(TABLE, reading=xz.Reading(limits=Limits(rows=3)))()


def _nested() -> None:
    import duckdb

    duckdb.sql("COPY (SELECT 'Hebei' AS province, 2020 AS year, [1.0, 2.0] AS gdp) TO 'mine.parquet'")
    xz.read("mine.parquet")


def _twins() -> None:
    checked('file = "mine.csv"', 'file = "mine.csv"', table=TABLE)()
    Path("mine.csv").write_text(TABLE.replace(",l,", ",K,"), encoding="utf-8")
    text = STUDY.replace('data = "mine"', 'data = "other"') + '\n[data.other]\nsql = "select * from mine"\n'
    Path("study.toml").write_text(text + 'unit = "province"\ntime = "year"\n', encoding="utf-8")
    from xinzhi.study import load_tables, read_study

    load_tables(read_study("study.toml"), {})


def _gap_of_hours() -> None:
    hours = xz.SplicedHours(reference="CHN")
    labour = xz.Labour(persons="emp", hours="avh", missing_hours=hours)
    xz.GrowthAccounts(output="rgdpna", capital="rkna", labour=labour, labour_share="labsh").fit(pwt())


def _small_reference() -> None:
    xz.Ledger(accounts=accounts(), reference="all").fit(mine())


def _labels() -> None:
    frame = pd.DataFrame({"unit": ["A", "A"], "t": [2020, 2021], "land": ["X", "Y"], "v": [1.0, 1.1], "w": [1.0, 1.1]})
    method = xz.GrowthAccounts(output="v", capital="w", labour="w", labour_share=0.5)
    ledger = xz.Ledger(
        accounts=method, industries=xz.Industries(value_added=["v", "w"], economy="land"), best_practice="none"
    )
    ledger.fit(xz.Panel(frame, unit="unit", time="t"))


def _spliced() -> Any:
    labour = xz.Labour(persons="emp", hours="avh", missing_hours=xz.SplicedHours(reference="USA"))
    return xz.GrowthAccounts(output="rgdpna", capital="rkna", labour=labour, labour_share="labsh").fit(pwt()).warnings


def _mixed() -> Any:
    frame = pd.DataFrame({"j": list("AABB"), "t": [0, 1] * 2, "x": [2.0] * 4, "y": [1.0, 1, 3, 3], "z": [0.0, 1, 0, 1]})
    panel = xz.Panel(frame, unit="j", time="t")
    return xz.Malmquist(inputs=["x"], outputs=["y", "z"], orientation="input").fit(panel).warnings


def _filled_frontier() -> Any:
    labour = xz.Labour(persons="emp", hours="avh", missing_hours=xz.SplicedHours(reference="USA"))
    capital = xz.Capital(growth="rkna", level="ck", base=2017)
    method = xz.Malmquist(inputs=[capital, labour], outputs=["rgdpna"], window=(2018, 2019))
    return method.fit(pwt()).warnings


def _gaps() -> Any:
    return accounts().fit(mine(year=[2020, 2021, 2019, 2021])).warnings


def _relative() -> Any:
    return xz.GrowthAccounts(output="cgdpo", capital="rkna", labour="emp", labour_share="labsh").fit(pwt()).warnings


DEFECT = "A check inside Xinzhi failed. It guards an identity that holds for every input"

ENTRIES: dict[str, tuple[str, Example | None]] = {
    "XZ-101": (
        "The file is not there, is not UTF-8, or is not TOML: often a quote or a bracket that is not closed.",
        checked('unit = "province"', 'unit = "province'),
    ),
    "XZ-102": (
        "A key, method, role or name that does not exist, mostly misspelt. Unknown keys are never ignored.",
        checked("labour_share =", "labor_share ="),
    ),
    "XZ-103": (
        "The value has the wrong type, lies outside what is admitted, or contradicts another setting.",
        checked('labour_share = "share"', "labour_share = 1.7"),
    ),
    "XZ-104": (
        "An `@name`, a chapter or a `data` key names something that the study does not have, or names go in a circle.",
        checked('capital = "k"', 'capital = "@capital"'),
    ),
    "XZ-105": (
        "A `file` is absolute, climbs out with `..`, or is a link that leads out.",
        checked('file = "mine.csv"', 'file = "../secret.csv"'),
    ),
    "XZ-106": (
        "The folder holds other files, cannot be written, or is the run of another study. Nothing of it is touched.",
        _occupied,
    ),
    "XZ-107": (
        "The SQL of a data table is wrong, is no single SELECT, or reads a table that does not exist.",
        _damaged_query,
    ),
    "XZ-108": ("An optional package is missing, such as the one that reads `.xlsx`.", None),
    "XZ-110": ("Two runs were started into one folder at the same time. The second waits, then says so.", _waited),
    "XZ-111": ("The system refused to write: no space left, a quota, a failing disk.", None),
    "XZ-112": ("Somebody removed or moved the folder, or a network drive went away.", None),
    "XZ-113": ("The results are there, but the page over them could not be made.", None),
    "XZ-114": ("A file of the run is not the one that was written: changed, cut, swapped or deleted.", _altered),
    "XZ-115": ("The study or a data file is not the one with which the run began.", _edited),
    "XZ-116": ("The folder is no run, or was made by another version of its format.", _nothing_begun),
    "XZ-117": (
        "The SQL of `xinzhi query` is wrong, is no single SELECT, or reads a table that the run does not have.",
        _asked,
    ),
    "XZ-118": ("The run was stopped before its end.", _unfinished),
    "XZ-120": ("The estimate made before the run is above what the machine has free.", None),
    "XZ-121": ("A worker was killed from outside, mostly because memory ran out.", None),
    "XZ-125": ("A figure has characters that no font here can draw; on a page they would be empty boxes.", None),
    "XZ-126": (
        "The folder holds other files, is the run itself, or holds an export that somebody has changed by hand.",
        _into_itself,
    ),
    "XZ-201": (
        "The file is not there, is damaged, or its format, encoding or delimiter is not what its name says.",
        _read(b"PAR1 this is no Parquet file", "mine.parquet"),
    ),
    "XZ-202": (
        "A column that was declared as numbers holds text: notes, `n.a.`, figures with unit signs.",
        checked("", table=TABLE.replace("36.2", "36.2*")),
    ),
    "XZ-203": (
        "Two rows have the same unit and time: a row was pasted twice, or the unit needs a second key.",
        checked("", table=TABLE + "Shanxi,2021,22.9,64.0,17.3,0.49\n"),
    ),
    "XZ-204": (
        "A column of kind `share` holds something below 0 or above 1: mostly per cent.",
        checked("", table=TABLE.replace("0.54", "54")),
    ),
    "XZ-205": (
        "A setting names a column that the table does not have.",
        checked('capital = "k"', 'capital = "capital"'),
    ),
    "XZ-206": (
        "Every row lacks a key, or no step has all that the method needs.",
        lambda: accounts().fit(mine(k=[np.nan] * 4)),
    ),
    "XZ-207": (
        "The method compares units, and the column has a base of its own in each unit.",
        lambda: xz.DEA(inputs=["rkna", "emp"], outputs=["rgdpna"]).fit(pwt()),
    ),
    "XZ-208": (
        "Years were asked for that the data do not have.",
        lambda: accounts().fit(mine()).periods([(2010, 2020)]),
    ),
    "XZ-209": (
        "The time column holds `2020Q1`, dates or fractions.",
        _read("province,year,gdp\nHebei,2020Q1,36.2\n", unit="province", time="year"),
    ),
    "XZ-210": ("No shipped data set has this id.", lambda: xz.catalog.load("pwt100")),
    "XZ-211": ("A file of the catalogue is not the one that was shipped: its SHA-256 differs.", None),
    "XZ-212": (
        "A view, a leader, a reference or a policy names a unit that the data do not have.",
        lambda: accounts().fit(mine()).tables(xz.View(units=["Henan"])),
    ),
    "XZ-214": (
        "The table has one period, or no unit has two in a row, and growth is a change between two.",
        lambda: accounts().fit(mine(year=[2020, 2022] * 2)),
    ),
    "XZ-215": ("The unit whose hours fill those of others lacks some of its own.", _gap_of_hours),
    "XZ-216": (
        "The object is no table that Xinzhi knows, such as a list of dictionaries.",
        lambda: xz.Panel([{"province": "Hebei", "year": 2020}], unit="province", time="year"),
    ),
    "XZ-217": (
        "Shares were given for all inputs, and their sum is not one.",
        lambda: accounts(capital_share=0.55).fit(mine()),
    ),
    "XZ-218": ("A label that must belong to the unit is empty, or changes over its years.", _labels),
    "XZ-220": (
        "The file, what it unpacks to, or its table is larger than a reader takes without being told.",
        _too_large,
    ),
    "XZ-221": (
        "Part of the file is in UTF-8 and part in another encoding: lines were pasted from two programs.",
        _read(("province,gdp\n" + "河北,36.2\n" * 50).encode() + "山西,17.8\n".encode("gb18030")),
    ),
    "XZ-222": (
        "A number is larger than a computer's number can be, such as 1e309.",
        _read("province,year,gdp\nHebei,2020,1e309\nHebei,2021,40.4\n"),
    ),
    "XZ-223": (
        "A name holds a control character, mostly from a damaged file, or is longer than a page is wide.",
        lambda: mine(province=["He\x07bei", "He\x07bei", "Shanxi", "Shanxi"]),
    ),
    "XZ-224": ("A file holds what no table holds: lists in cells, macros, links to other files, encryption.", _nested),
    "XZ-225": ("Two columns differ only in capital letters, and SQL makes no difference between them.", _twins),
    "XZ-226": ("The SELECT runs without end, or makes more rows than memory holds.", None),
    "XZ-301": (f"{DEFECT}.", None),
    "XZ-302": ("Too few units are complete in the window to define best practice.", _small_reference),
    "XZ-303": (f"{DEFECT}.", None),
    "XZ-305": (
        "The method gives no such column, or this one is absent for a reason.",
        lambda: accounts().fit(mine()).term("technology"),
    ),
    "XZ-306": ("Something went wrong that Xinzhi does not know. The message holds what Python said.", None),
    "XZ-401": ("A policy that you asked for filled cells.", _spliced),
    "XZ-402": ("A unit of one year cannot be reached by the technology of the other.", _mixed),
    "XZ-403": ("Units whose inputs a policy filled may span the frontier.", _filled_frontier),
    "XZ-404": ("The data cannot identify a term, or a unit that is to be shown has no row.", None),
    "XZ-405": ("A unit lacks a year between two of its others.", _gaps),
    "XZ-406": ("Growth is taken of a column of kind `relative_level`, whose base changes each period.", _relative),
    "XZ-407": ("A name or title has characters, mostly Chinese ones, for which this machine has no font.", None),
}
ENTRIES |= growth_error_examples.ENTRIES | indicator_error_examples.ENTRIES | region_error_examples.ENTRIES
