"""Bad inputs: what a user, a broken program or an attacker may hand in, with the code that each must end in."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

STUDY = """schema = 1

[data.mine]
file = "mine.csv"
unit = "c"
time = "y"
[data.mine.columns]
x = { kind = "level" }

[[analysis]]
id = "accounts"
method = "growth_accounts"
output = "x"
labour = "l"
labour_share = 0.6
capital = { type = "capital", growth = "k" }
"""
HEAD = "c,y,x,l,k\n"
GOOD = HEAD + "A,2000,1.5,2,3\nA,2001,2.5,2,3\n"
FRAME = pd.DataFrame({"c": ["A", "A"], "y": [2000, 2001], "x": [1.5, 2.5], "l": [2, 2], "k": [3, 3]})


@dataclass(frozen=True)
class Bad:
    """One bad input: ``write`` puts it into a folder and returns the words of the command line after ``check``."""

    group: str
    name: str
    code: str
    exit: int
    write: Callable[[Path], list[str]]
    alone: bool = False  # in a process of its own, with limits of time and memory


def csv(name: str, code: str, content: str | bytes, *, suffix: str = ".csv", study: str = STUDY) -> Bad:
    """Return a bad data file."""

    def write(folder: Path) -> list[str]:
        (folder / "study.toml").write_text(study, encoding="utf-8")
        path = folder / f"data{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return ["study.toml", "--data", f"mine={path.name}"]

    return Bad("data file" if suffix in (".csv", ".tsv") else f"{suffix} file", name, code, 3, write)


def made(name: str, code: str, suffix: str, make: Callable[[], bytes]) -> Bad:
    """Return a bad data file that takes work to make."""

    def write(folder: Path) -> list[str]:
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        (folder / f"data{suffix}").write_bytes(make())
        return ["study.toml", "--data", f"mine=data{suffix}"]

    return Bad(f"{suffix} file", name, code, 3, write, alone=True)


def study(name: str, code: str, content: str | bytes, exit_code: int = 2) -> Bad:
    """Return a bad study file beside good data."""

    def write(folder: Path) -> list[str]:
        (folder / "study.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "mine.csv").write_text(GOOD, encoding="utf-8")
        return ["study.toml"]

    return Bad("study", name, code, exit_code, write)


def changed(name: str, code: str, old: str, new: str, exit_code: int = 2) -> Bad:
    """Return the good study with one thing changed."""
    assert old in STUDY
    return study(name, code, STUDY.replace(old, new, 1), exit_code)


def sql(name: str, code: str, statement: str, *, alone: bool = False) -> Bad:
    """Return a study whose table is a bad query."""
    text = STUDY.replace(
        "[[analysis]]", f"[data.asked]\nsql = '''{statement}'''\nunit = \"c\"\ntime = \"y\"\n\n[[analysis]]"
    )
    text = text.replace('method = "growth', 'data = "asked"\nmethod = "growth')
    bad = study(name, code, text)
    return Bad("SQL", bad.name, bad.code, bad.exit, bad.write, alone)


def book(parts: dict[str, bytes] | None = None, drop: str = "") -> bytes:
    """Return a workbook with parts put in or taken out."""
    plain = io.BytesIO()
    FRAME.to_excel(plain, index=False, engine="openpyxl")
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != drop and member not in (parts or {}):
                new.writestr(member, old.read(member))
        for member, content in (parts or {}).items():
            new.writestr(member, content)
    return out.getvalue()


def sheet(rows: str) -> dict[str, bytes]:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    }


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def bomb(megabytes: int) -> bytes:
    """Return a gzip file of that many megabytes of one letter."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b"a" * 2**20) for _ in range(megabytes)) + packer.flush()


def parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def stata() -> bytes:
    out = io.BytesIO()
    FRAME.to_stata(out, write_index=False, version=114)
    return out.getvalue()


def row(cells: str) -> str:
    return HEAD + cells + "\n" + "A,2001,2.5,2,3\nA,2002,2.5,2,3\n"


DATA = [
    csv("empty", "XZ-201", b""),
    csv("only blank lines", "XZ-201", "\n\n  \n"),
    csv("header only", "XZ-201", HEAD),
    csv("zero bytes", "XZ-201", b"c,y,x\nA,2000,1\x00\n"),
    csv("random bytes", "XZ-201", bytes(range(256)) * 4),
    csv("UTF-16 without a mark", "XZ-201", GOOD.encode("utf-16-le")),
    csv("UTF-16 cut in a character", "XZ-201", GOOD.encode("utf-16")[:-1]),
    csv("UTF-8 with one Latin-1 byte", "XZ-221", "c,y,x\nÖsterreich,2000,1\n".encode() + b"\xc4gypten,2000,1\n"),
    csv(
        "UTF-8 with two GBK bytes",
        "XZ-221",
        "c,y,x\n北京市,2000,1\n上海市,2000,1\n".encode() + "北,2000,1\n".encode("gbk"),
    ),
    csv(
        "GBK with a stray byte",
        "XZ-221",
        "省份,年份,产出\n北京直辖市,2000,1\n上海直辖市,2000,1\n".encode("gbk") + b"\xff,2000,1\n",
    ),
    csv("quote without end", "XZ-201", HEAD + '"A,2000,1,2,3\n'),
    csv("quote inside a cell", "XZ-201", HEAD + '"A"b,2000,1,2,3\n'),
    csv("quote that swallows the file", "XZ-220", HEAD + '"' + "A,2000,1,2,3\n" * 20_000),
    csv("rows of unequal length", "XZ-201", GOOD + "B,2000\n"),
    csv("repeated column names", "XZ-201", GOOD.replace("l,k", "l,l")),
    csv("a page of HTML", "XZ-201", "<html><body>Not found, sorry, again</body>\n<p>a\n</html>"),
    csv("two decimal signs", "XZ-201", "c;y;x;l;k\nA;2000;1,5;2.5;3\n"),
    csv("a number with two readings", "XZ-201", "c;y;x;l;k\nA;2000;1,234;2;3\n"),
    csv("text in numbers", "XZ-202", row("A,2000,many,2,3")),
    csv("per cent", "XZ-202", row("A,2000,15%,2,3")),
    csv("infinity", "XZ-202", row("A,2000,inf,2,3")),
    csv("minus infinity", "XZ-202", row("A,2000,-Infinity,2,3")),
    csv("hexadecimal", "XZ-202", row("A,2000,0x1F,2,3")),
    csv("underscore", "XZ-202", row("A,2000,1_000,2,3")),
    csv("full-width digits", "XZ-202", row("A,2000,１２,2,3")),
    csv("a date as number", "XZ-202", row("A,2000,2000-01-01,2,3")),
    csv("a currency", "XZ-202", row("A,2000,$5,2,3")),
    csv("two signs", "XZ-202", row("A,2000,--5,2,3")),
    csv("too large", "XZ-222", row("A,2000,1e309,2,3")),
    csv("too large and negative", "XZ-222", row("A,2000,-1e999,2,3")),
    csv("too small", "XZ-222", row("A,2000,1e-400,2,3")),
    csv("400 digits", "XZ-222", row(f"A,2000,{'9' * 400},2,3")),
    csv("year with a fraction", "XZ-209", row("A,2000.5,1,2,3")),
    csv("year as text", "XZ-209", row("A,MM,1,2,3")),
    csv("year without end", "XZ-209", row("A,1e300,1,2,3")),
    csv("duplicate keys", "XZ-203", GOOD + "A,2000,1,2,3\n"),
    csv("no key", "XZ-206", HEAD + ",,1,2,3\n"),
    csv("missing column", "XZ-205", GOOD.replace("x,", "z,", 1)),
    csv("Cyrillic twin of a column", "XZ-205", GOOD.replace("x,", "х,", 1)),
    csv("zero-width twin of a column", "XZ-205", GOOD.replace("x,", "x\u200b,", 1)),
    csv("terminal colours in a unit", "XZ-223", HEAD + "\x1b[31mA,2000,1,2,3\n"),
    csv("bell in a unit", "XZ-223", HEAD + "A\x07,2000,1,2,3\n"),
    csv("text turned round in a unit", "XZ-223", HEAD + "A\u202eB,2000,1,2,3\n"),
    csv("terminal colours in a label", "XZ-223", GOOD.replace("k\n", "k,note\n").replace("3\n", "3,\x1b[2J\n")),
    csv("terminal colours in a column", "XZ-223", GOOD.replace("k\n", "k,\x1b[2J\n").replace("3\n", "3,1\n")),
    csv("unit of 5,000 letters", "XZ-223", HEAD + "A" * 5_000 + ",2000,1,2,3\n"),
    csv("share above one", "XZ-204", GOOD, study=STUDY.replace('"level"', '"share"')),
    csv("cell of 200,000 letters", "XZ-220", HEAD + "A" * 200_000 + ",2000,1,2,3\n"),
    csv("a million columns", "XZ-220", ",".join(f"c{i}" for i in range(1_000_000)) + "\n1\n"),
    csv("kind that is not read", "XZ-201", GOOD, suffix=".ods"),
]
FILES = [
    csv("truncated", "XZ-201", gzip.compress(GOOD.encode())[:-12], suffix=".csv.gz"),
    csv("not packed", "XZ-201", GOOD, suffix=".csv.gz"),
    csv(
        "damaged",
        "XZ-201",
        bytes([*gzip.compress(GOOD.encode())[:20], 0, 0, *gzip.compress(GOOD.encode())[22:]]),
        suffix=".csv.gz",
    ),
    csv("packed twice", "XZ-201", gzip.compress(gzip.compress(GOOD.encode())), suffix=".csv.gz"),
    csv("packed picture", "XZ-201", gzip.compress(b"GIF89a"), suffix=".gif.gz"),
    csv("not an archive", "XZ-201", GOOD, suffix=".zip"),
    csv("no table", "XZ-201", zipped({"read.me": b"x"}), suffix=".zip"),
    csv("two tables", "XZ-201", zipped({"a.csv": b"x", "b.csv": b"x"}), suffix=".zip"),
    csv("empty archive", "XZ-201", zipped({}), suffix=".zip"),
    csv("20,000 members", "XZ-220", zipped({f"{i}": b"" for i in range(20_000)}), suffix=".zip"),
    made("bomb", "XZ-220", ".csv.gz", lambda: bomb(200)),
    made("bomb", "XZ-220", ".zip", lambda: zipped({"a.csv": b"a" * (100 * 2**20)})),
    csv("not a workbook", "XZ-201", GOOD, suffix=".xlsx"),
    csv("empty", "XZ-201", b"", suffix=".xlsx"),
    csv("an archive of something else", "XZ-201", zipped({"a.csv": b"x"}), suffix=".xlsx"),
    csv("no sheet part", "XZ-201", book(drop="xl/worksheets/sheet1.xml"), suffix=".xlsx"),
    csv("sheet that is no XML", "XZ-201", book({"xl/worksheets/sheet1.xml": b"<<<"}), suffix=".xlsx"),
    csv(
        "billion laughs", "XZ-224", book({"xl/styles.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), suffix=".xlsx"
    ),
    csv(
        "entity in a file",
        "XZ-224",
        book({"xl/x.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'}),
        suffix=".xlsx",
    ),
    csv("entity in UTF-16", "XZ-224", book({"xl/x.xml": "<!DOCTYPE a>".encode("utf-16")}), suffix=".xlsx"),
    csv("row 4,000,000", "XZ-220", book(sheet('<row r="4000000"><c r="A4000000"><v>1</v></c></row>')), suffix=".xlsx"),
    csv("column ZZZZZ", "XZ-201", book(sheet('<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>')), suffix=".xlsx"),
    csv("no cells", "XZ-201", book(sheet("")), suffix=".xlsx"),
    made("bomb", "XZ-220", ".xlsx", lambda: book({"xl/media/a.xml": b" " * (100 * 2**20)})),
    csv("not Parquet", "XZ-201", GOOD, suffix=".parquet"),
    csv("empty", "XZ-201", b"", suffix=".parquet"),
    csv("cut", "XZ-201", parquet(FRAME)[:-20], suffix=".parquet"),
    csv("nested", "XZ-224", parquet(FRAME.assign(x=[[1.0], [2.0]])), suffix=".parquet"),
    csv("structs", "XZ-224", parquet(FRAME.assign(x=[{"a": 1}, {"a": 2}])), suffix=".parquet"),
    csv("not Stata", "XZ-201", GOOD, suffix=".dta"),
    csv("cut", "XZ-201", stata()[:150], suffix=".dta"),
    csv("claims 4 billion rows", "XZ-201", stata()[:6] + b"\xff\xff\xff\x7f" + stata()[10:], suffix=".dta"),
    csv("claims 32,767 columns", "XZ-201", stata()[:4] + b"\xff\x7f" + stata()[6:], suffix=".dta"),
]
STUDIES = [
    study("empty", "XZ-103", b""),
    study("not UTF-8", "XZ-101", STUDY.encode() + "# é".encode("latin-1")),
    study("UTF-16", "XZ-101", STUDY.encode("utf-16")),
    study("zero bytes", "XZ-101", STUDY + "\0"),
    study("not TOML", "XZ-101", "schema: 1\n"),
    study("key twice", "XZ-101", STUDY.replace("schema = 1", "schema = 1\nschema = 1")),
    study("table twice", "XZ-101", STUDY + "[data.mine]\n"),
    study("dotted key into a value", "XZ-101", "schema = 1\nschema.x = 2\n"),
    study("5,000 brackets", "XZ-101", "a = " + "[" * 5_000 + "]" * 5_000),
    study("200 tables deep", "XZ-103", STUDY + "\n[role." + ".".join(["a"] * 200) + "]\nb = 1\n"),
    study("number of 5,000 digits", "XZ-101", STUDY.replace("schema = 1", "seed = " + "9" * 5_000 + "\nschema = 1")),
    study(
        "hexadecimal of 5,000 digits", "XZ-103", STUDY.replace("schema = 1", "seed = 0x" + "f" * 5_000 + "\nschema = 1")
    ),
    study("larger than 8 MiB", "XZ-101", STUDY + "#" * (9 * 2**20)),
    changed("not a number", "XZ-103", "0.6", "nan"),
    changed("infinite", "XZ-103", "0.6", "inf"),
    changed("a date", "XZ-103", "0.6", "1979-05-27"),
    changed("negative seed", "XZ-103", "schema = 1", "schema = 1\nseed = -1"),
    changed("control characters", "XZ-103", '"accounts"', '"accounts"\ntitle = "\\u001b[2J"'),
    changed("control characters in a key", "XZ-103", "schema = 1", 'schema = 1\n"a\\u0007" = 1'),
    changed("unknown language", "XZ-103", "[[analysis]]", '[report]\nlanguages = ["tlh"]\n[[analysis]]'),
    changed(
        "text in one of two languages",
        "XZ-103",
        "[[analysis]]",
        '[report]\nlanguages = ["en", "zh"]\ntitle = "T"\n[[analysis]]',
    ),
    changed("two units of one name", "XZ-103", "[[analysis]]", '[names]\nA = "x"\nB = "x"\n[[analysis]]'),
    changed("analysis is a number", "XZ-103", "[[analysis]]", "analysis = 3\n[x]"),
    changed("missing for SQL", "XZ-103", 'file = "mine.csv"', 'sql = "select 1"\nmissing = ["x"]'),
]
PATHS = [
    changed(f"file {name}", "XZ-105", '"mine.csv"', f'"{name}"')
    for name in (
        "../mine.csv",
        "/etc/passwd",
        "a/../../mine.csv",
        "/dev/stdin",
        "CON",
        "nul.csv",
        "C:/data.csv",
        "/" + "a" * 5000,
    )
]
PATHS += [
    changed("zero byte in a path", "XZ-103", '"mine.csv"', '"a\\u0000b.csv"'),
    changed("path of 5,000 letters", "XZ-201", '"mine.csv"', f'"{"a" * 5000}.csv"', 3),
    changed("file that is a folder", "XZ-201", '"mine.csv"', '"."', 3),
    changed("file that is not there", "XZ-201", '"mine.csv"', '"mien.csv"', 3),
]
QUERIES = [
    sql("two statements", "XZ-107", "select 1; select 2"),
    sql("no statement", "XZ-107", ""),
    sql("attach", "XZ-107", "attach 'x.db'"),
    sql("copy out", "XZ-107", "copy (select 1) to 'out.csv'"),
    sql("install", "XZ-107", "install httpfs"),
    sql("pragma", "XZ-107", "pragma version"),
    sql("set", "XZ-107", "set enable_external_access = true"),
    sql("read a file", "XZ-107", "select * from read_csv('/etc/passwd')"),
    sql("read a file by name", "XZ-107", "select * from '/etc/passwd'"),
    sql("read text", "XZ-107", "select * from read_text('mine.csv')"),
    sql("list a folder", "XZ-107", "select * from glob('*')"),
    sql("create", "XZ-107", "create table a as select 1"),
    sql("unknown table", "XZ-107", "select * from mien"),
    sql("broken", "XZ-107", "select from where"),
    sql("itself", "XZ-104", "select * from asked"),
    sql("columns twice", "XZ-107", "select c, y, x, x from mine"),
    sql(
        "endless recursion",
        "XZ-226",
        "with recursive a as (select 1 as n union select n + 1 from a) select max(n) from a",
        alone=True,
    ),
    sql("huge join", "XZ-226", "select sum(a.range + b.range) from range(10000000) a, range(10000000) b", alone=True),
    sql("all memory", "XZ-226", "select list(a.range) as c, 1 as y from range(4000000000) a", alone=True),
]
INPUTS = [*DATA, *FILES, *STUDIES, *PATHS, *QUERIES]
