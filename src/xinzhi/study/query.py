"""SQL over a run: every analysis is a table of its rows, every published table one beside it.

The tables are copied into memory first; then the engine is closed to files, network and settings, and only then
does it see the user's statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.errors import DataError, UsageError, listed, nearest
from xinzhi.language import joined, say
from xinzhi.study.directory import is_whole, read_manifest, read_table
from xinzhi.study.output import plain

if TYPE_CHECKING:
    import duckdb

CLOSING = ("SET enable_external_access = false", "SET lock_configuration = true")
"""What closes the engine before the user's SQL runs; neither can be undone from SQL."""
PLAIN = {"threads": "1", "python_enable_replacements": "false", "autoinstall_known_extensions": "false"}
"""One thread, so that sums come out the same; no variable of the program; nothing installed."""


@dataclass(frozen=True)
class Answer:
    """What a query returned.

    Parameters
    ----------
    heads : tuple of str
    rows : tuple of tuples
        One cell per head.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as plain values by head."""
        return [dict(zip(self.heads, plain(row), strict=True)) for row in self.rows]


def query_run(path: str | Path, sql: str) -> Answer:
    """Ask a finished run one SELECT.

    Parameters
    ----------
    path : str or Path
        The run directory.
    sql : str
        One SELECT. ``accounts`` holds the rows of analysis ``accounts``, ``"accounts.mean_rates"`` its published
        table ``mean_rates``.

    Raises
    ------
    UsageError
        XZ-117 where it is no single SELECT, names something else, or fails.
    DataError
        XZ-201 where the run is not finished or the file behind a table is damaged.
    """
    import duckdb

    out = Path(path)
    manifest = read_manifest(out)
    tables = _tables(manifest)
    try:
        names = _named(sql, list(tables))
        with duckdb.connect(config=dict(PLAIN)) as engine:
            for name in names:
                _load(engine, out, name, tables, manifest["files"])
            for closing in CLOSING:
                engine.execute(closing)
            answer = engine.execute(sql)
            return Answer(tuple(entry[0] for entry in answer.description or ()), tuple(answer.fetchall()))
    except duckdb.Error as error:
        raise UsageError("XZ-117", str(error).split("\n\n")[0].strip()) from error


def _named(sql: str, known: list[str]) -> list[str]:
    """Return the tables that one SELECT names, found in an engine that sees nothing; all where it cannot tell."""
    import duckdb

    with duckdb.connect(config={**PLAIN, "enable_external_access": "false"}) as engine:
        statements = engine.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            found = say("{count} statements, of which one is to be a SELECT", count=len(statements))
            raise UsageError("XZ-117", found, expected=say("one SELECT"))
        try:
            return sorted(engine.get_table_names(sql))
        except duckdb.BinderException:  # it looks for columns in tables that are not there yet
            return known


def _tables(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the file behind each table, in the run's first language."""
    found = {}
    languages = tuple(f".{language}" for language in manifest["languages"][1:])
    for file in manifest["files"]:
        room, _, rest = file.partition("/")
        analysis, _, name = rest.partition("/")
        if room == "results" and name == "rows.parquet":
            found[analysis] = file
        elif room == "tables" and name.endswith(".json") and not name.removesuffix(".json").endswith(languages or "/"):
            found[f"{analysis}.{name.removesuffix('.json')}"] = file
    return found


def _load(
    engine: "duckdb.DuckDBPyConnection", out: Path, name: str, tables: Mapping[str, str], files: Mapping[str, str]
) -> None:
    """Copy the table that a statement names into memory; XZ-117 where there is none of that name."""
    if name not in tables:
        inner = [known for known in tables if known.endswith(f".{name}")]
        hint = say('write "{table}", with the quotes', table=inner[0]) if inner else nearest(name, list(tables))
        found = joined(say("no table {name!r}", name=name), hint)
        raise UsageError("XZ-117", found, expected=listed(list(tables), 20))
    place = tables[name]
    if not is_whole(out / place, files[place]):
        raise DataError("XZ-201", say("{file} is missing or damaged", file=place), where=str(out))
    quoted = name.replace('"', '""')
    if place.endswith(".parquet"):
        engine.execute(f'CREATE TABLE "{quoted}" AS SELECT * FROM read_parquet(?)', [str(out / place)])
        return
    table = read_table(out / place)
    texts = {key for key, cells in table.columns().items() if any(isinstance(cell, str) for cell in cells)}
    heads = ", ".join(f'"{f.key}" {"VARCHAR" if f.key in texts else "DOUBLE"}' for f in table.fields)
    engine.execute(f'CREATE TABLE "{quoted}" ({heads})')
    marks = ", ".join("?" for _ in table.fields)
    rows = [
        [str(cell) if field.key in texts and cell is not None else cell for field, cell in pairs]
        for pairs in (zip(table.fields, row, strict=True) for row in table.rows)
    ]
    if rows:
        engine.executemany(f'INSERT INTO "{quoted}" VALUES ({marks})', rows)
