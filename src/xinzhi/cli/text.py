"""What the commands print, as text and as JSON."""

import inspect
import textwrap
from collections.abc import Mapping
from typing import Any

from xinzhi.errors import UsageError, listed, nearest
from xinzhi.language import joined, language, say
from xinzhi.method import Method
from xinzhi.method import methods as registered
from xinzhi.panel import Panel
from xinzhi.study import Analysis, RunContents, RunOutcome, Task, load_methods, read_run

# A finished run -------------------------------------------------------------------------------


def outcome_text(outcome: RunOutcome) -> str:
    """Return summaries, the tables of the first analysis, warnings and where the report is.

    In the language of the command line where the study is told in it, else in the study's first.
    """
    contents = outcome.contents
    if language() != contents.language and language() in contents.languages:
        contents = read_run(outcome.path, language=language())
    blocks = [contents.title]
    for chapter in contents.chapters:
        blocks += [_summary_text(contents.analyses[name]) for name in chapter.analyses]
    first = contents.chapters[0].analyses[:1]
    blocks += [table.text() for name in first for table in contents.analyses[name].tables]
    warnings = warnings_of(contents)
    blocks += ["\n".join(warnings)] if warnings else []
    ending = [say("Results: {hash}", hash=outcome.results_hash)]
    if outcome.reused:
        ending[0] = say(
            "Results: {hash} ({reused} of {count} analyses were complete already)",
            hash=outcome.results_hash,
            reused=len(outcome.reused),
            count=len(contents.analyses),
        )
    ending += [say("Report:  {path}", path=outcome.report)] if outcome.report else []
    return "\n\n".join([*blocks, "\n".join(ending)])


def _summary_text(analysis: Analysis) -> str:
    words = analysis.summary
    if analysis.error:
        words = say("not computed: {error}", error=analysis.error.splitlines()[0])
    return f"{analysis.title}\n{textwrap.indent(words, '  ')}"


def warnings_of(contents: RunContents) -> list[str]:
    """Return the warnings of all analyses, each once."""
    found = ((a.id, warning) for a in contents.analyses.values() for warning in a.warnings)
    return list(dict.fromkeys(say("{id}: {warning}", id=name, warning=warning) for name, warning in found))


def outcome_json(outcome: RunOutcome) -> dict[str, Any]:
    """Return a run as plain values."""
    analyses = [
        {
            "id": analysis.id,
            "method": analysis.method,
            "title": analysis.title,
            "status": "failed" if analysis.error else "ok",
            "reused": analysis.id in outcome.reused,
            "summary": analysis.summary,
        }
        for analysis in outcome.contents.analyses.values()
    ]
    return {
        "results_hash": outcome.results_hash,
        "out": str(outcome.path),
        "report": str(outcome.report) if outcome.report else None,
        "analyses": analyses,
        "warnings": warnings_of(outcome.contents),
    }


# A plan ---------------------------------------------------------------------------------------


def plan_text(tasks: tuple[Task, ...], panels: Mapping[str, Panel]) -> str:
    """Return data and tasks of a study that was checked."""
    lines: list[str] = [say("Data")]
    for name, panel in panels.items():
        lines.append(
            say(
                "  {name}: {source}, {rows:,} rows, {units:,} units, {columns:,} number columns",
                name=name,
                source=panel.source,
                rows=len(panel),
                units=panel.units.size,
                columns=len(panel.columns),
            )
        )
        lines += [f"    {finding}" for finding in panel.account.findings]
    lines.append(say("Plan"))
    for number, task in enumerate(tasks, start=1):
        on = say("{id}: {method} on {data}", id=task.spec.id, method=task.spec.method.method_name, data=task.spec.data)
        if task.spec.depends:
            on = say("{task}, uses {others}", task=on, others=listed(task.spec.depends))
        lines.append(f"  {number}. {on}")
    return "\n".join([*lines, say("The study is in order; nothing was computed.")])


def plan_json(tasks: tuple[Task, ...], panels: Mapping[str, Panel]) -> dict[str, Any]:
    """Return data and tasks as plain values."""
    data = {
        name: {
            "rows": len(panel),
            "units": int(panel.units.size),
            "columns": list(panel.columns),
            "findings": list(panel.account.findings),
        }
        for name, panel in panels.items()
    }
    plan = [
        {
            "id": t.spec.id,
            "method": t.spec.method.method_name,
            "data": t.spec.data,
            "depends": list(t.spec.depends),
            "key": t.key,
        }
        for t in tasks
    ]
    return {"data": data, "plan": plan}


# Methods --------------------------------------------------------------------------------------


def methods_text(name: str | None) -> str:
    """Return the list of methods, or the documentation of one with its settings."""
    known = _methods(name)
    if name is None:
        width = max(map(len, known))
        return "\n".join(f"{key.ljust(width)}  {_first_line(method)}" for key, method in known.items())
    method = known[name]
    return f'method = "{name}"\n\n{inspect.getdoc(method)}\n\n{say("Settings")}\n{_settings_text(method)}'


def methods_json(name: str | None) -> Any:
    """Return names and first lines, or the JSON schema of one method."""
    known = _methods(name)
    if name is None:
        return {key: _first_line(method) for key, method in known.items()}
    return {
        "method": name,
        "documentation": inspect.getdoc(known[name]),
        "schema": known[name].model_json_schema(),
    }


def _methods(name: str | None) -> dict[str, type[Method]]:
    load_methods()
    known = registered()
    if name is not None and name not in known:
        found = joined(say("unknown method {name!r}", name=name), nearest(name, list(known)))
        raise UsageError("XZ-102", found, expected=listed(list(known), 40))
    return known


def _first_line(method: type[Method]) -> str:
    return (inspect.getdoc(method) or "").partition("\n")[0]


def _settings_text(method: type[Method]) -> str:
    schema = method.model_json_schema()
    required = schema.get("required", [])
    lines = []
    for key, content in schema.get("properties", {}).items():
        if key in required:
            lines.append(say("  {name}: {kind} (required)", name=key, kind=_kind(content)))
        else:
            default = content.get("default")
            lines.append(say("  {name}: {kind} (default {default!r})", name=key, kind=_kind(content), default=default))
    return "\n".join(lines)


def _kind(content: Mapping[str, Any]) -> str:
    """Return a JSON schema's type in words."""
    if "anyOf" in content:
        return _either([_kind(option) for option in content["anyOf"]])
    if "$ref" in content:
        return str(content["$ref"]).rpartition("/")[2]
    if "enum" in content:
        return _either([repr(option) for option in content["enum"]])
    if "const" in content:
        return repr(content["const"])
    words = {
        "string": say("text"),
        "number": say("number"),
        "integer": say("whole number"),
        "null": say("nothing"),
        "object": say("table"),
        "boolean": say("true or false"),
    }
    if content.get("type") == "array":
        inner: Mapping[str, Any] = content.get("items") or next(iter(content.get("prefixItems", [])), {})
        return say("list of {kind}", kind=_kind(inner)) if inner else say("list")
    return words.get(str(content.get("type")), say("any"))


def _either(kinds: list[str]) -> str:
    first, *others = kinds
    for other in others:
        first = say("{one} or {other}", one=first, other=other)
    return first


# Catalogue ------------------------------------------------------------------------------------


def catalog_text(name: str | None) -> str:
    """Return the list of data sets, or one with source, licence, columns and citation."""
    from xinzhi import catalog

    if name is not None:
        return str(catalog.entry(name).text())
    entries = catalog.entries()
    width = max(len(entry.id) for entry in entries)
    return "\n".join(f"{entry.id.ljust(width)}  {entry.said('title')}" for entry in entries)


def catalog_json(name: str | None) -> Any:
    """Return identifiers and titles, or one entry's text."""
    from xinzhi import catalog

    if name is not None:
        return {"id": name, "text": catalog.entry(name).text()}
    return {entry.id: entry.said("title") for entry in catalog.entries()}
