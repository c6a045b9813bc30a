"""Where two runs differ: analyses, settings, data, numbers, tables, warnings, versions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xinzhi.errors import DataError
from xinzhi.language import Text, enumerated, named, say
from xinzhi.method import Table
from xinzhi.method.terms import label
from xinzhi.study.contents import Analysis, RunContents
from xinzhi.study.directory import is_whole, read_manifest, read_record, read_run

VERSIONS = ("code", "python", "platform", "libraries", "seed")
"""What of the provenance may explain a difference."""


@dataclass(frozen=True)
class Difference:
    """One thing in which two runs differ.

    Parameters
    ----------
    analysis : str
        Where; empty for the run as a whole.
    what : str
        "analyses", "settings", "data", "rows", "table", "warnings", "error" or "version".
    found : Text
        The difference in words.
    """

    analysis: str
    what: str
    found: Text


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side.

    Parameters
    ----------
    equal : bool
        Whether their results are the same: one results hash.
    hashes : pair of str
    differences : tuple of Difference
        Equal results may still differ in versions and in words.
    """

    equal: bool
    hashes: tuple[str, str]
    differences: tuple[Difference, ...]


def diff_runs(first: str | Path, second: str | Path) -> Comparison:
    """Compare two finished runs.

    Raises
    ------
    DataError
        XZ-201 where one of them is not finished or is damaged.
    """
    paths = (Path(first), Path(second))
    runs = (read_run(paths[0]), read_run(paths[1]))
    found = list(_versions(*runs))
    for name in dict.fromkeys([*runs[0].analyses, *runs[1].analyses]):
        if all(name in run.analyses for run in runs):
            found += _analysis(name, paths, runs)
        else:
            where = paths[0] if name in runs[0].analyses else paths[1]
            found.append(Difference(name, "analyses", say("only in {run}", run=str(where))))
    hashes = (runs[0].results_hash, runs[1].results_hash)
    return Comparison(hashes[0] == hashes[1], hashes, tuple(found))


def _versions(a: RunContents, b: RunContents) -> Iterator[Difference]:
    before, after = ({key: run.provenance.get(key) for key in VERSIONS} for run in (a, b))
    for key, old, new in _changes(before, after):
        yield Difference("", "version", say("{key}: {old}, then {new}", key=key, old=old, new=new))


def _analysis(name: str, paths: tuple[Path, Path], runs: tuple[RunContents, RunContents]) -> Iterator[Difference]:
    a, b = (run.analyses[name] for run in runs)
    records = [read_record(path, name) for path in paths]
    for key, old, new in _changes({"method": a.method, **a.settings}, {"method": b.method, **b.settings}):
        yield Difference(name, "settings", say("{key}: {old}, then {new}", key=key, old=old, new=new))
    if records[0]["data"] != records[1]["data"]:
        yield Difference(name, "data", say("the data are not the same"))
    if a.error != b.error:
        change = say("first: {old}; then: {new}", old=_first_line(a), new=_first_line(b))
        yield Difference(name, "error", change)
    elif records[0]["digest"] != records[1]["digest"]:
        yield from _rows(name, *(_columns(path, name) for path in paths))
        yield from _tables(name, a.tables, b.tables)
    if runs[0].language == runs[1].language:
        gone = (say("no longer: {text}", text=text) for text in a.warnings if text not in b.warnings)
        come = (say("new: {text}", text=text) for text in b.warnings if text not in a.warnings)
        yield from (Difference(name, "warnings", text) for text in (*gone, *come))


def _first_line(analysis: Analysis) -> Text:
    return say("{text}", text=analysis.error.splitlines()[0]) if analysis.error else say("computed")


def _changes(a: Mapping[str, Any], b: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield (key, old, new) of what differs, however deep."""
    for key in dict.fromkeys([*a, *b]):
        old, new, place = a.get(key), b.get(key), f"{above}{key}"
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _changes(old, new, f"{place}.")
        elif old != new:
            yield place, json.dumps(old, ensure_ascii=False), json.dumps(new, ensure_ascii=False)


# Rows -----------------------------------------------------------------------------------------


def _columns(path: Path, name: str) -> dict[str, list[Any]]:
    """Return the rows of an analysis by column; XZ-201 where the file is damaged."""
    import duckdb

    place = f"results/{name}/rows.parquet"
    if not is_whole(path / place, read_manifest(path)["files"].get(place, "")):
        raise DataError("XZ-201", say("{file} is missing or damaged", file=place), where=str(path))
    with duckdb.connect() as engine:
        table = engine.execute("SELECT * FROM read_parquet(?)", [str(path / place)])
        heads, rows = [entry[0] for entry in table.description or ()], table.fetchall()
    return {head: [row[k] for row in rows] for k, head in enumerate(heads)}


def _keyed(columns: Mapping[str, list[Any]]) -> dict[tuple[Any, ...], int]:
    """Return the position of each row by unit, time and, where these repeat, its number among the repeats."""
    seen: dict[tuple[Any, Any], int] = {}
    found = {}
    for row, key in enumerate(zip(columns["unit"], columns["time"], strict=True)):
        seen[key] = seen.get(key, 0) + 1
        found[(*key, seen[key])] = row
    return found


def _rows(name: str, a: Mapping[str, list[Any]], b: Mapping[str, list[Any]]) -> Iterator[Difference]:
    """Yield what differs between the rows of two results, by column the largest difference."""
    places = (_keyed(a), _keyed(b))
    shared = [key for key in places[0] if key in places[1]]
    for one, other, columns in ((*places, "first"), (*places[::-1], "second")):
        alone = [f"{key[0]} {key[1]}" for key in one if key not in other]
        if alone:
            words = (
                say("{count} rows only in the first run, such as {row}", count=len(alone), row=alone[0])
                if columns == "first"
                else say("{count} rows only in the second run, such as {row}", count=len(alone), row=alone[0])
            )
            yield Difference(name, "rows", words)
    for column in (*a, *(column for column in b if column not in a)):
        if column not in a or column not in b:
            words = say("column {column} is in one run only", column=label(column))
            yield Difference(name, "rows", words)
        elif column not in ("unit", "time"):
            pairs = [(key, a[column][places[0][key]], b[column][places[1][key]]) for key in shared]
            yield from _column(name, column, pairs)


def _column(name: str, column: str, pairs: Sequence[tuple[Any, Any, Any]]) -> Iterator[Difference]:
    odd = [pair for pair in pairs if pair[1] != pair[2]]
    numbers = [pair for pair in odd if all(isinstance(cell, int | float) for cell in pair[1:])]
    others = [pair for pair in odd if pair not in numbers] if len(numbers) < len(odd) else []
    if numbers:
        key, old, new = max(numbers, key=lambda pair: abs(pair[2] - pair[1]))
        found = say(
            "{column}: {count} cells, largest difference {size:.3g} at {unit} {time} ({old:.6g}, then {new:.6g})",
            column=label(column),
            count=len(numbers),
            size=abs(new - old),
            unit=named(key[0]),
            time=key[1],
            old=old,
            new=new,
        )
        yield Difference(name, "rows", found)
    if others:
        key, old, new = others[0]
        found = say(
            "{column}: {count} cells, first at {unit} {time} ({old!r}, then {new!r})",
            column=label(column),
            count=len(others),
            unit=named(key[0]),
            time=key[1],
            old=old,
            new=new,
        )
        yield Difference(name, "rows", found)


def _tables(name: str, a: Sequence[Table], b: Sequence[Table]) -> Iterator[Difference]:
    first, second = ({table.name: table for table in tables} for tables in (a, b))
    for key in dict.fromkeys([*first, *second]):
        if key not in first or key not in second:
            yield Difference(name, "table", say("table {table} is in one run only", table=key))
        elif first[key].rows != second[key].rows:
            yield Difference(name, "table", _cells(key, first[key], second[key]))


def _cells(key: str, a: Table, b: Table) -> Text:
    """Return how many cells of a table differ, and the first of them."""
    if len(a.rows) != len(b.rows) or [f.key for f in a.fields] != [f.key for f in b.fields]:
        old, new = (enumerated([len(table.rows), len(table.fields)]) for table in (a, b))
        return say("table {table}: rows and columns {old}, then {new}", table=key, old=old, new=new)
    odd = [
        (before[0], field.label, one, other)
        for before, after in zip(a.rows, b.rows, strict=True)
        for field, one, other in zip(a.fields, before, after, strict=True)
        if one != other
    ]
    row, column, was, now = odd[0]
    return say(
        "table {table}: {count} cells, first at {row}, {column} ({old!r}, then {new!r})",
        table=key,
        count=len(odd),
        row=row,
        column=column,
        old=was,
        new=now,
    )
