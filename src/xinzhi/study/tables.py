"""The data tables of a study: from the catalogue, from files, from SQL over the others."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Timer
from typing import Any

from xinzhi.errors import Problems, UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.language import joined, say, speaking
from xinzhi.panel import Panel
from xinzhi.study.file import DataShape, Study, inside

CLOSED = {
    "threads": "1",
    "memory_limit": "4GB",
    "max_temp_directory_size": "0KB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
"""Settings of the SQL engine: one thread, no file, no network, no variable of the program, no end of memory."""
SECONDS = 300.0
"""How long a statement may run."""

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
            joined(say("no data table {name!r}", name=unknown[0]), hint),
            where="--data",
            expected=listed(list(study.data)),
        )
    loader = _Loader(study, given)
    with speaking("en"):  # findings go into keys and hashes, which know no language; shown, they are said again
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
            say("data {name!r} has no source", name=name),
            expected=say("catalog, file or sql"),
            remedy=say("Give one, or --data {name}=PATH.", name=name),
        )

    def _given(self, name: str, table: DataShape, source: Any) -> Panel:
        if isinstance(source, Panel):
            return source
        if isinstance(source, str | Path):
            return self._read(Path(source), table)
        unit, time = table.unit, table.time
        return Panel(source, unit=unit, time=time, columns=table.declared(), source=name, citation=table.citation)

    def _read(self, path: Path, table: DataShape) -> Panel:
        from xinzhi.panel.readers import Reading, read

        reading = Reading() if table.missing is None else Reading(missing=table.missing)
        return read(
            path,
            unit=table.unit,
            time=table.time,
            columns=table.declared(),
            citation=table.citation,
            reading=reading,
        )

    def _query(self, name: str, table: DataShape, sql: str) -> Panel | None:
        def fetch(other: str) -> Panel | None:
            if other in self._open:
                circle = " -> ".join([*self._open, other])
                raise UsageError("XZ-104", say("SQL tables read each other in a circle: {circle}", circle=circle))
            return self.get(other)

        frame = run_sql(sql, fetch, known=list(self.study.data))
        if frame is None:
            return None
        return Panel(
            frame,
            unit=table.unit,
            time=table.time,
            columns=table.declared(),
            source=say("sql of {name!r}", name=name),
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
                many = say("{count} statements", count=len(statements))
                found = many if len(statements) != 1 else say("no SELECT")
                raise UsageError("XZ-107", found, expected=say("one SELECT"))
            for name in sorted(engine.get_table_names(sql)):
                if name not in known:
                    found = joined(say("no table {name!r}", name=name), nearest(name, known))
                    raise UsageError("XZ-107", found, expected=listed(known))
                panel = fetch(name)
                if panel is None:
                    return None
                _check_capitals(list(panel.to_dict()), panel.source)
                columns = {column: list(c) if c.dtype == object else c for column, c in panel.to_dict().items()}
                engine.register("incoming", pd.DataFrame(columns))
                engine.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
                engine.unregister("incoming")
            return _answer(engine, sql)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            found = (
                say("more than {seconds:g} seconds", seconds=SECONDS)
                if isinstance(error, duckdb.InterruptException)
                else say("more memory than {limit}", limit=CLOSED["memory_limit"])
            )
            raise UsageError("XZ-226", found, expected=say("a statement that ends")) from error
        except duckdb.Error as error:
            line = re.search(r"LINE (\d+)", str(error))
            where = say("line {line} of the SQL", line=line[1]) if line else ""
            raise UsageError("XZ-107", str(error).split("\n\n")[0].strip(), where=where) from error


def _answer(engine: Any, sql: str) -> Any:
    """Return the rows of a statement as a frame; it is interrupted when its time is over."""
    clock = Timer(SECONDS, engine.interrupt)
    clock.start()
    try:
        answer = engine.execute(sql)
        names = [column[0] for column in answer.description]
        if len(set(names)) < len(names):
            again = sorted({name for name in names if names.count(name) > 1})
            found = say("columns {names} come twice", names=listed(again))
            raise UsageError("XZ-107", found, expected=say("each name once"))
        return answer.df()
    finally:
        clock.cancel()


def _check_capitals(names: list[str], source: str) -> None:
    """Raise XZ-225 for names that SQL cannot tell apart."""
    seen: dict[str, str] = {}
    for name in names:
        if seen.setdefault(name.lower(), name) != name:
            found = say("columns {first!r} and {second!r}", first=seen[name.lower()], second=name)
            raise UsageError("XZ-225", found, where=source)


def each(error: XinzhiError) -> tuple[XinzhiError, ...]:
    """Return the errors that were found together, or the one."""
    return error.errors if isinstance(error, Problems) else (error,)


def placed(error: XinzhiError, place: str) -> XinzhiError:
    """Return the error, or each of several, with its place in the study put before its own."""
    if isinstance(error, Problems):
        return Problems([placed(one, place) for one in each(error)])
    where = joined(place, error.where)
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
