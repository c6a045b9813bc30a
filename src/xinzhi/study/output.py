"""A result becomes files: rows, tables and figures, and one record that says what they are.

The record is written last, so an analysis is complete when its record is there.
"""

import csv
import hashlib
import io
import json
import math
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from xinzhi.errors import EstimationError, XinzhiError
from xinzhi.method import Result, Table, View
from xinzhi.study.directory import json_bytes, remove_analysis, write_file

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet takes for a formula."""


def save_result(out: Path, result: Result, *, analysis: str, title: str, view: View, key: str) -> dict[str, Any]:
    """Write the files of a result and return its record.

    Parameters
    ----------
    out : Path
        Folder of the run.
    result : Result
        What came out.
    analysis : str
        Identifier of the analysis; names its folders.
    title : str
        Heading; the result's own where empty.
    view : View
        What tables and figures show.
    key : str
        Content key of the task.
    """
    tables, charts = result.tables(view), result.figures(view)
    _once([safe_name(table.name) for table in tables], analysis, "tables")
    remove_analysis(out, analysis)
    files: dict[str, str] = {}
    rows = result.columns()
    place = f"results/{analysis}"
    files[f"{place}/rows.parquet"] = write_file(out / place / "rows.parquet", parquet_bytes(rows))
    files[f"{place}/rows.csv"] = write_file(out / place / "rows.csv", csv_bytes(list(rows), _lines(rows)))
    table_files = [_save_table(out, f"tables/{analysis}/{safe_name(table.name)}", table, files) for table in tables]
    figures = [_save_figure(out, analysis, chart, number, files) for number, chart in enumerate(charts, start=1)]
    _once([figure["svg"] for figure in figures], analysis, "figures")
    record = {
        "id": analysis,
        "title": title or result.title,
        "method": result.method.method_name,
        "key": key,
        "digest": digest(_numbers(result, tables)),
        "summary": result.summary(view),
        "methods_text": result.methods_text(),
        "settings": plain(result.settings),
        "absent": plain(result.absent),
        "warnings": list(result.warnings),
        "sample": plain(result.sample),
        "diagnostics": plain(result.diagnostics),
        "citations": list(result.citations()),
        "tables": table_files,
        "figures": figures,
        "error": "",
        "files": files,
    }
    write_file(out / place / "result.json", json_bytes(record))
    return record


def save_failure(out: Path, analysis: str, *, title: str, method: str, error: XinzhiError) -> dict[str, Any]:
    """Write the record of an analysis that failed; it has no key, so the next run tries again."""
    remove_analysis(out, analysis)
    empty: dict[str, Any] = {name: {} for name in ("settings", "absent", "sample", "diagnostics")}
    lists: dict[str, Any] = {name: [] for name in ("warnings", "citations", "tables", "figures")}
    texts = {"key": "", "digest": digest(error.code), "summary": "", "methods_text": "", "error": str(error)}
    record = {
        "id": analysis,
        "title": title or analysis,
        "method": method,
        **texts,
        **empty,
        **lists,
        "files": {},
    }
    write_file(out / f"results/{analysis}/result.json", json_bytes(record))
    return record


def safe_name(name: str) -> str:
    """Return a name that is a file name everywhere."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").lower() or "unnamed"


def _once(names: Sequence[str], analysis: str, what: str) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise EstimationError(
            "XZ-306", f"{what} of {analysis!r} share the name {twice[0]!r}", remedy="Give each its own name."
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


def parquet_bytes(columns: Mapping[str, Any]) -> bytes:
    """Return columns as a Parquet file; missing numbers become nulls."""
    import duckdb
    import pandas as pd

    kinds = {
        name: "DOUBLE" if c.dtype.kind == "f" else "BIGINT" if c.dtype.kind in "iu" else "VARCHAR"
        for name, c in columns.items()
    }
    casts = ", ".join(
        f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in ((n.replace('"', '""'), k) for n, k in kinds.items())
    )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as engine:
        engine.register("rows", pd.DataFrame({name: np.array(column) for name, column in columns.items()}))
        file = Path(folder) / "rows.parquet"
        engine.execute(
            f"COPY (SELECT {casts} FROM rows) TO '{str(file).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)"
        )
        return file.read_bytes()


def _lines(columns: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in columns.values()), strict=True))


def _save_table(out: Path, place: str, table: Table, files: dict[str, str]) -> str:
    stored = plain(asdict(table))
    files[f"{place}.json"] = write_file(out / f"{place}.json", json_bytes(stored))
    heads = [f"{field.spanner}: {field.label}" if field.spanner else field.label for field in table.fields]
    files[f"{place}.csv"] = write_file(out / f"{place}.csv", csv_bytes(heads, table.rows))
    return f"{place}.json"


# Figures --------------------------------------------------------------------------------------


def _save_figure(out: Path, analysis: str, chart: Any, number: int, files: dict[str, str]) -> dict[str, str]:
    """Write a chart as SVG and Vega-Lite and return where it lies."""
    from xinzhi.method.charts import save_svg, spec

    stored = spec(chart)
    name = safe_name(str(stored.get("name") or f"figure_{number}"))
    place = f"figures/{analysis}/{name}"
    caption = chart.title if isinstance(chart.title, str) else name
    files[f"{place}.vl.json"] = write_file(out / f"{place}.vl.json", json_bytes(plain(stored)))
    files[f"{place}.svg"] = write_file(out / f"{place}.svg", save_svg(chart).encode())
    words = {"name": name, "caption": caption, "description": str(stored.get("description") or "")}
    return {**words, "svg": f"{place}.svg", "spec": f"{place}.vl.json"}


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
        text = json.dumps(plain(value), ensure_ascii=False).encode()
        sha.update(f"t{len(text)}".encode() + text)
