"""Tables as data: CSV for people and spreadsheets, Parquet that carries title, units and labels with it."""

import json
from importlib.metadata import version
from typing import Any

from xinzhi.method import Table
from xinzhi.report.layout import placed_tables, tag
from xinzhi.study.contents import RunContents


def csv_tables(contents: RunContents) -> dict[str, bytes]:
    """Return every table as CSV: headings for readers, numbers with all their digits, formulas in text disarmed."""
    from xinzhi.study.output import csv_bytes

    found = {}
    for placed in placed_tables(contents):
        table = placed.table
        heads = [f"{field.spanner}: {field.label}" if field.spanner else field.label for field in table.fields]
        found[f"csv/{placed.file}{tag(contents)}.csv"] = csv_bytes(heads, table.rows)
    return found


def parquet_tables(contents: RunContents) -> dict[str, bytes]:
    """Return every table as Parquet; what the columns mean stands in the file's metadata.

    The metadata has ``title``, ``unit``, ``notes`` (JSON list), ``columns`` (JSON list of name, label, spanner,
    decimals, type), ``results_hash``, ``creator`` and ``language``.
    """
    return {
        f"parquet/{placed.file}{tag(contents)}.parquet": parquet_table(
            placed.table, results_hash=contents.results_hash, language=contents.language
        )
        for placed in placed_tables(contents)
    }


def parquet_table(table: Table, **facts: str) -> bytes:
    """Return a table as Parquet.

    Parameters
    ----------
    table : Table
    **facts
        More text for the metadata.
    """
    import tempfile
    from pathlib import Path

    import duckdb
    import pandas as pd

    names, kinds = column_names(table), column_types(table)
    sql = {"number": "DOUBLE", "integer": "BIGINT", "string": "VARCHAR"}
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=object) for name, values in zip(names, typed_columns(table), strict=True)}
    )
    facts = {
        "title": table.title,
        "unit": table.unit,
        "notes": json.dumps(table.notes, ensure_ascii=False),
        "columns": json.dumps(described(table), ensure_ascii=False),
        "creator": f"xinzhi {version('xinzhi')}",
        **facts,
    }
    casts = ", ".join(f"CAST({_name(n)} AS {sql[k]}) AS {_name(n)}" for n, k in zip(names, kinds, strict=True))
    metadata = ", ".join(f"{_name(key)}: {_text(value)}" for key, value in facts.items())
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as engine:
        engine.register("rows", frame)
        file = Path(folder) / "table.parquet"
        engine.execute(
            f"COPY (SELECT {casts} FROM rows) TO {_text(str(file))} (FORMAT parquet, KV_METADATA {{{metadata}}})"
        )
        return file.read_bytes()


def column_names(table: Table) -> list[str]:
    """Return a unique name for each column, its key where that is unique."""
    names: list[str] = []
    for field in table.fields:
        name, k = field.key or "column", 2
        while name.lower() in {other.lower() for other in names}:
            name, k = f"{field.key}_{k}", k + 1
        names.append(name)
    return names


def column_types(table: Table) -> list[str]:
    """Return "integer", "number" or "string" for each column; a column of words and numbers is a string."""
    kinds = []
    for k in range(len(table.fields)):
        cells = [row[k] for row in table.rows if row[k] is not None]
        if not cells or any(isinstance(cell, str) for cell in cells):
            kinds.append("string" if cells else "number")
        else:
            whole = all(isinstance(cell, int) and abs(cell) < 2**63 for cell in cells)
            kinds.append("integer" if whole else "number")
    return kinds


def typed_columns(table: Table) -> list[list[Any]]:
    """Return the cells by column; in a column of words, numbers stand as they are printed."""
    columns: list[list[Any]] = []
    for k, (kind, field) in enumerate(zip(column_types(table), table.fields, strict=True)):
        cells = [None if row[k] != row[k] else row[k] for row in table.rows]
        if kind == "string":
            columns.append([cell if cell is None or isinstance(cell, str) else field.shown(cell) for cell in cells])
        else:
            columns.append([cell if cell is None or kind == "integer" else float(cell) for cell in cells])
    return columns


def described(table: Table) -> list[dict[str, Any]]:
    """Return what each column means: name, label, spanner, decimals, type."""
    return [
        {"name": name, "label": field.label, "spanner": field.spanner, "decimals": field.decimals, "type": kind}
        for name, kind, field in zip(column_names(table), column_types(table), table.fields, strict=True)
    ]


def _name(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\0", "") + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\0", "") + "'"
