"""A result becomes files: rows, then tables, figures and words in each language, and one record of what they are.

The record is written last, so an analysis is complete when its record is there.
"""

import csv
import errno
import hashlib
import io
import json
import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

import numpy as np

from xinzhi.errors import EstimationError, XinzhiError
from xinzhi.language import LANGUAGES, again, say, speaking
from xinzhi.method import Result, Table, View
from xinzhi.study.directory import record_place, remove_analysis, sealed, tagged
from xinzhi.study.shapes import Words, words_in
from xinzhi.study.storage import compact_bytes, make_folder, write_file, write_with

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet takes for a formula."""


@dataclass(frozen=True)
class Telling:
    """What an analysis is called and in which languages it is told.

    Parameters
    ----------
    id : str
        Identifier; names its folders.
    title : Words
        Heading; the result's own where empty.
    view : View
        What tables and figures show.
    names : mapping from language to names
        The languages in their order, each with what units and columns are called in it.
    """

    id: str
    title: Words
    view: View
    names: Mapping[str, Mapping[str, str]]

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages, the first first."""
        return tuple(self.names)


@dataclass(frozen=True)
class Saved:
    """An analysis that is ready to be written: its record but for the hashes, and what writes each file."""

    record: dict[str, Any]
    files: Mapping[str, bytes | Callable[[Path], None]]


def prepare_result(result: Result, telling: Telling, *, key: str) -> Saved:
    """Return the files and the record of a result; nothing is written yet.

    Parameters
    ----------
    result : Result
    telling : Telling
    key : str
        Content key of the task.
    """
    rows, place = result.columns(), f"results/{telling.id}"
    files: dict[str, bytes | Callable[[Path], None]] = {
        f"{place}/rows.parquet": lambda path: write_parquet(path, rows),
        f"{place}/rows.csv": csv_bytes(list(rows), _lines(rows)),
    }
    with speaking(LANGUAGES[0]):  # numbers are hashed as the code says them, whatever the report calls them
        tables = result.tables(telling.view)
    said = {}
    for language, names in telling.names.items():
        with speaking(language, names=names):
            shown = tables if language == LANGUAGES[0] and not names else result.tables(telling.view)
            said[language] = _said(result, telling, language, shown, files)
    record = {
        "id": telling.id,
        "method": result.method.method_name,
        "key": key,
        "digest": digest(_numbers(result, tables)),
        "data": result.panel.digest(),
        "settings": plain(result.settings),
        "diagnostics": plain(result.diagnostics),
        "said": said,
    }
    return Saved(record, files)


def _said(
    result: Result, telling: Telling, language: str, tables: Sequence[Table], files: dict[str, Any]
) -> dict[str, Any]:
    """Return what is said in the language in force and add its tables and figures to ``files``."""
    from altair.utils.schemapi import debug_mode

    from xinzhi.method.fonts import warn

    with debug_mode(False):  # not each part as it is made: a chart is validated as a whole when it is written
        charts = result.figures(telling.view)
    _once([safe_name(table.name) for table in tables], telling.id, "tables")
    table_files = [_put_table(telling, language, table, files) for table in tables]
    figures = [_put_figure(telling, language, chart, number, files) for number, chart in enumerate(charts, start=1)]
    _once([figure["svg"] for figure in figures], telling.id, "figures")
    boxes = warn({figure["name"]: files[figure["svg"]].decode() for figure in figures}) if figures else ()
    return {
        "title": words_in(telling.title, language) or result.title,
        "summary": result.summary(telling.view),
        "methods_text": result.methods_text(),
        "absent": plain(again(dict(result.absent))),
        "warnings": [*again(list(result.warnings)), *boxes],
        "sample": plain(again(result.sample)),
        "citations": list(result.citations()),
        "tables": table_files,
        "figures": figures,
        "error": "",
    }


def prepare_failure(telling: Telling, *, method: str, error: XinzhiError) -> Saved:
    """Return the record of an analysis that failed; it has no key, so the next run tries again."""
    said = {}
    for language, names in telling.names.items():
        with speaking(language, names=names):
            said[language] = {
                "title": words_in(telling.title, language) or telling.id,
                **dict.fromkeys(("summary", "methods_text"), ""),
                **{name: {} for name in ("absent", "sample")},
                **{name: [] for name in ("warnings", "citations", "tables", "figures")},
                "error": str(error),
            }
    empty = {"data": "", "settings": {}, "diagnostics": {}}
    record = {"id": telling.id, "method": method, "key": "", "digest": digest(error.code), **empty, "said": said}
    return Saved(record, {})


def save(out: Path, saved: Saved) -> dict[str, Any]:
    """Write the files of an analysis in place of earlier ones, the record last, and return the record."""
    name = saved.record["id"]
    remove_analysis(out, name)
    for folder in sorted({(out / place).parent for place in (record_place(name), *saved.files)}):
        make_folder(folder.parent)
        make_folder(folder)
    files = {
        place: write_file(out / place, content) if isinstance(content, bytes) else write_with(out / place, content)
        for place, content in saved.files.items()
    }
    record = {**saved.record, "files": files}
    write_file(out / record_place(name), compact_bytes(sealed(record)))
    return record


def safe_name(name: str) -> str:
    """Return a name that is a file name everywhere."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").lower() or "unnamed"


def _once(names: Sequence[str], analysis: str, what: str) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise EstimationError(
            "XZ-306",
            say("{what} of {analysis!r} share the name {name!r}", what=what, analysis=analysis, name=twice[0]),
            remedy=say("Give each its own name."),
        )


# Rows and tables ------------------------------------------------------------------------------


def csv_bytes(heads: Sequence[str], lines: Sequence[Sequence[Any]]) -> bytes:
    """Return CSV in UTF-8: numbers with all their digits, missing cells empty, formulas in text disarmed."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_csv_cell(head) for head in heads])
    writer.writerows([_csv_cell(cell) for cell in line] for line in lines)
    return buffer.getvalue().encode()


def _csv_cell(cell: Any) -> str:
    value = cell.item() if hasattr(cell, "item") else cell
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_SIGNS) else value
    return repr(value)


_engines = threading.local()
"""One DuckDB per thread: starting one takes longer than writing a small table."""


def write_parquet(path: Path, columns: Mapping[str, Any]) -> None:
    """Write columns as a Parquet file; missing numbers become nulls."""
    import duckdb

    if not hasattr(_engines, "parquet"):
        _engines.parquet = duckdb.connect(config={"threads": 1})
    kinds = {
        name: "DOUBLE" if c.dtype.kind == "f" else "BIGINT" if c.dtype.kind in "iu" else "VARCHAR"
        for name, c in columns.items()
    }
    quoted = {name: name.replace('"', '""') for name in columns}
    casts = ", ".join(f'CAST("{quoted[name]}" AS {kind}) AS "{quoted[name]}"' for name, kind in kinds.items())
    arrays = {
        name: c if c.dtype.kind != "O" else np.array([_bare(v) for v in c], object) for name, c in columns.items()
    }
    place = str(path).replace("'", "''")
    engine = _engines.parquet
    engine.register("rows", arrays)
    try:
        engine.execute(f"COPY (SELECT {casts} FROM rows) TO '{place}' (FORMAT parquet, USE_TMP_FILE false)")
    except duckdb.IOException as error:
        raise OSError(errno.EIO, str(error)) from error
    finally:
        engine.unregister("rows")


def _bare(cell: Any) -> Any:
    """Return text as plain ``str``, which DuckDB asks for."""
    return str(cell) if isinstance(cell, str) else cell


def _lines(columns: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in columns.values()), strict=True))


def _put_table(telling: Telling, language: str, table: Table, files: dict[str, Any]) -> str:
    place = f"tables/{telling.id}/"
    stored = place + tagged(f"{safe_name(table.name)}.json", language, telling.languages)
    files[stored] = compact_bytes(plain({**vars(table), "fields": [asdict(field) for field in table.fields]}))
    heads = [f"{field.spanner}: {field.label}" if field.spanner else field.label for field in table.fields]
    files[stored.removesuffix("json") + "csv"] = csv_bytes(heads, table.rows)
    return stored


# Figures --------------------------------------------------------------------------------------


def _put_figure(telling: Telling, language: str, chart: Any, number: int, files: dict[str, Any]) -> dict[str, str]:
    """Add a chart as SVG and Vega-Lite to the files and return where it lies."""
    from xinzhi.method.charts import save_svg, spec

    stored = spec(chart)
    name = safe_name(str(stored.get("name") or f"figure_{number}"))
    folder = f"figures/{telling.id}/"
    svg, text = (folder + tagged(f"{name}.{kind}", language, telling.languages) for kind in ("svg", "vl.json"))
    files[text] = compact_bytes(plain(stored))
    files[svg] = save_svg(chart).encode()
    caption = chart.title if isinstance(chart.title, str) else name
    words = {"name": name, "caption": caption, "description": str(stored.get("description") or "")}
    return {**words, "svg": svg, "spec": text}


# Canonical values -----------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """Return JSON values: NumPy as Python, tuples as lists, NaN as null, infinities as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    item = value.item() if isinstance(value, np.generic) else value
    if isinstance(item, float) and not math.isfinite(item):
        return None if math.isnan(item) else str(item)
    return item if item is None or isinstance(item, str | int | float | bool) else str(item)


def _numbers(result: Result, tables: Sequence[Table]) -> dict[str, Any]:
    """Return what is hashed: data, settings, rows, absent terms, tables; nothing of where and when."""
    return {
        "panel": result.panel.digest(),
        "settings": result.settings,
        "absent": dict(result.absent),
        "rows": result.columns(),
        "tables": [[t.name, [[f.key, f.decimals] for f in t.fields], [list(row) for row in t.rows]] for t in tables],
    }


def digest(value: Any) -> str:
    """Return the SHA-256 of nested values; floats by their eight bytes, -0 as 0, one NaN."""
    sha = hashlib.sha256()
    _feed(sha, value)
    return sha.hexdigest()


def _feed(sha: Any, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        numbers = np.where(np.isnan(value), np.nan, value + 0.0).astype("<f8")
        sha.update(f"f{numbers.shape}".encode() + np.ascontiguousarray(numbers).tobytes())
    elif isinstance(value, np.ndarray):
        text = json.dumps(plain(value.tolist()), ensure_ascii=False).encode()
        sha.update(f"a{len(text)}".encode() + text)
    elif isinstance(value, Mapping):
        sha.update(f"m{len(value)}".encode())
        for key in sorted(value):
            _feed(sha, key)
            _feed(sha, value[key])
    elif isinstance(value, list | tuple):
        sha.update(f"l{len(value)}".encode())
        for item in value:
            _feed(sha, item)
    elif isinstance(value, float | np.floating):
        _feed(sha, np.array([value], dtype=np.float64))
    else:
        quoted = encode_basestring(value) if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
        text = quoted.encode()
        sha.update(f"t{len(text)}".encode() + text)
