"""The data tables of a study: from the catalogue, from files, from SQL over the others."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from xinzhi.errors import Problems, UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.panel import Panel
from xinzhi.study.file import DataShape, Study, inside

CLOSED = {
    "threads": "1",
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
"""Settings of the SQL engine: one thread, no file, no network, no variable of the program."""

Given = Mapping[str, Any]
"""What the caller gives for tables by name: a path, a Panel, or a frame."""


def load_tables(study: Study, given: Given, *, only: set[str] | None = None) -> dict[str, Panel]:
    """Return the panels of a study.

    Parameters
    ----------
    study : Study
    given : mapping from table to path, Panel or frame
        Takes the place of the table's source; the table's unit, time and columns stay in force.
    only : set of str or None
        Tables wanted, with those that their SQL reads; all by default.

    Raises
    ------
    XinzhiError or Problems
        All errors of all tables together, each with the table's place in the study.
    """
    unknown = [name for name in given if name not in study.data]
    if unknown:
        hint = nearest(unknown[0], list(study.data))
        raise UsageError(
            "XZ-104",
            f"no data table {unknown[0]!r}; {hint}".rstrip("; "),
            where="--data",
            expected=listed(list(study.data)),
        )
    loader = _Loader(study, given)
    for name in study.data:
        if only is None or name in only:
            loader.get(name)
    raise_all(loader.errors)
    return {name: panel for name, panel in loader.panels.items() if panel is not None}


class _Loader:
    """Loads each table once, those that SQL reads first."""

    def __init__(self, study: Study, given: Given) -> None:
        self.study, self.given = study, given
        self.panels: dict[str, Panel | None] = {}
        self.errors: list[XinzhiError] = []
        self._open: list[str] = []

    def get(self, name: str) -> Panel | None:
        """Return a panel; None where its error is noted."""
        if name in self.panels:
            return self.panels[name]
        self._open.append(name)
        try:
            self.panels[name] = self._load(name, self.study.data[name])
        except XinzhiError as error:
            self.panels[name] = None
            self.errors += each(placed(error, self.study.places[name]))
        self._open.pop()
        return self.panels[name]

    def _load(self, name: str, table: DataShape) -> Panel | None:
        if name in self.given:
            return self._given(name, table, self.given[name])
        if table.catalog is not None:
            from xinzhi import catalog

            panel: Panel = catalog.load(table.catalog)
            return panel
        if table.file is not None:
            return self._read(inside(self.study.folder, table.file, where=""), table)
        if table.sql is not None:
            return self._query(name, table, table.sql)
        raise UsageError(
            "XZ-104",
            f"data {name!r} has no source",
            expected="catalog, file or sql",
            remedy=f"Give one, or --data {name}=PATH.",
        )

    def _given(self, name: str, table: DataShape, source: Any) -> Panel:
        if isinstance(source, Panel):
            return source
        if isinstance(source, str | Path):
            return self._read(Path(source), table)
        unit, time = table.unit, table.time
        return Panel(source, unit=unit, time=time, columns=table.declared(), source=name, citation=table.citation)

    def _read(self, path: Path, table: DataShape) -> Panel:
        from xinzhi.panel.readers import read

        return read(path, unit=table.unit, time=table.time, columns=table.declared(), citation=table.citation)

    def _query(self, name: str, table: DataShape, sql: str) -> Panel | None:
        def fetch(other: str) -> Panel | None:
            if other in self._open:
                raise UsageError(
                    "XZ-104", f"SQL tables read each other in a circle: {' -> '.join([*self._open, other])}"
                )
            return self.get(other)

        frame = run_sql(sql, fetch, known=list(self.study.data))
        if frame is None:
            return None
        return Panel(
            frame,
            unit=table.unit,
            time=table.time,
            columns=table.declared(),
            source=f"sql of {name!r}",
            citation=table.citation,
        )


def run_sql(sql: str, fetch: Callable[[str], Panel | None], *, known: list[str]) -> Any:
    """Run one SELECT over named panels, one thread, nothing outside reachable; None if a table has no panel.

    Tables hold their rows sorted by unit and time, so sums come out the same however the rows came in.
    """
    import duckdb
    import pandas as pd

    with duckdb.connect(config=dict(CLOSED)) as engine:
        try:
            statements = engine.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageError(
                    "XZ-107",
                    f"{len(statements)} statements" if len(statements) != 1 else "no SELECT",
                    expected="one SELECT",
                )
            for name in sorted(engine.get_table_names(sql)):
                if name not in known:
                    raise UsageError(
                        "XZ-107",
                        f"no table {name!r}; {nearest(name, known)}".rstrip("; "),
                        expected=listed(known),
                    )
                panel = fetch(name)
                if panel is None:
                    return None
                columns = {column: list(c) if c.dtype == object else c for column, c in panel.to_dict().items()}
                engine.register("incoming", pd.DataFrame(columns))
                engine.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
                engine.unregister("incoming")
            return engine.execute(sql).df()
        except duckdb.Error as error:
            line = re.search(r"LINE (\d+)", str(error))
            where = f"line {line[1]} of the SQL" if line else ""
            raise UsageError("XZ-107", str(error).split("\n\n")[0].strip(), where=where) from error


def each(error: XinzhiError) -> tuple[XinzhiError, ...]:
    """Return the errors that were found together, or the one."""
    return error.errors if isinstance(error, Problems) else (error,)


def placed(error: XinzhiError, place: str) -> XinzhiError:
    """Return the error, or each of several, with its place in the study put before its own."""
    if isinstance(error, Problems):
        return Problems([placed(one, place) for one in each(error)])
    where = f"{place}; {error.where}" if error.where else place
    return type(error)(error.code, error.found, where=where, expected=error.expected, remedy=error.remedy)


def file_facts(study: Study, given: Given, *, loaded: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return path and SHA-256 of the files behind the loaded tables, for the provenance."""
    from xinzhi.study.directory import sha256

    facts: dict[str, dict[str, str]] = {}
    for name in loaded:
        table = study.data[name]
        source = given.get(name, study.folder / table.file if table.file else None)
        if isinstance(source, str | Path):
            facts[name] = {"path": str(source), "sha256": sha256(Path(source).read_bytes())}
        elif table.catalog is not None and name not in given:
            facts[name] = {"catalog": table.catalog}
    return facts
