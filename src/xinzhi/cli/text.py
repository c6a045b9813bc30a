"""What the commands print, as text and as JSON."""

import inspect
import textwrap
from collections.abc import Mapping
from typing import Any

from xinzhi.errors import UsageError, listed, nearest
from xinzhi.method import Method
from xinzhi.method import methods as registered
from xinzhi.panel import Panel
from xinzhi.study import Analysis, RunOutcome, Task, load_methods

# A finished run -------------------------------------------------------------------------------


def outcome_text(outcome: RunOutcome) -> str:
    """Return summaries, the tables of the first analysis, warnings and where the report is."""
    contents = outcome.contents
    blocks = [contents.title]
    for chapter in contents.chapters:
        blocks += [_summary_text(contents.analyses[name]) for name in chapter.analyses]
    first = contents.chapters[0].analyses[:1]
    blocks += [table.text() for name in first for table in contents.analyses[name].tables]
    warnings = warnings_of(outcome)
    blocks += ["\n".join(warnings)] if warnings else []
    kept = (
        f" ({len(outcome.reused)} of {len(contents.analyses)} analyses were complete already)" if outcome.reused else ""
    )
    ending = [f"Results: {outcome.results_hash}{kept}"]
    ending += [f"Report:  {outcome.report}"] if outcome.report else []
    return "\n\n".join([*blocks, "\n".join(ending)])


def _summary_text(analysis: Analysis) -> str:
    words = f"not computed: {analysis.error.splitlines()[0]}" if analysis.error else analysis.summary
    return f"{analysis.title}\n{textwrap.indent(words, '  ')}"


def warnings_of(outcome: RunOutcome) -> list[str]:
    """Return the warnings of all analyses, each once."""
    return list(
        dict.fromkeys(f"{a.id}: {warning}" for a in outcome.contents.analyses.values() for warning in a.warnings)
    )


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
        "warnings": warnings_of(outcome),
    }


# A plan ---------------------------------------------------------------------------------------


def plan_text(tasks: tuple[Task, ...], panels: Mapping[str, Panel]) -> str:
    """Return data and tasks of a study that was checked."""
    lines = ["Data"]
    for name, panel in panels.items():
        lines.append(f"  {name}: {panel!r}")
        lines += [f"    {finding}" for finding in panel.account.findings]
    lines.append("Plan")
    for number, task in enumerate(tasks, start=1):
        after = f", uses {listed(task.spec.depends)}" if task.spec.depends else ""
        lines.append(f"  {number}. {task.spec.id}: {task.spec.method.method_name} on {task.spec.data}{after}")
    return "\n".join([*lines, "The study is in order; nothing was computed."])


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
    return f'method = "{name}"\n\n{inspect.getdoc(method)}\n\nSettings\n{_settings_text(method)}'


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
        hint = nearest(name, list(known))
        raise UsageError("XZ-102", f"unknown method {name!r}; {hint}".rstrip("; "), expected=listed(list(known), 40))
    return known


def _first_line(method: type[Method]) -> str:
    return (inspect.getdoc(method) or "").partition("\n")[0]


def _settings_text(method: type[Method]) -> str:
    schema = method.model_json_schema()
    required = schema.get("required", [])
    lines = []
    for key, content in schema.get("properties", {}).items():
        ending = "required" if key in required else f"default {content.get('default')!r}"
        lines.append(f"  {key}: {_kind(content)} ({ending})")
    return "\n".join(lines)


def _kind(content: Mapping[str, Any]) -> str:
    """Return a JSON schema's type in words."""
    if "anyOf" in content:
        return " or ".join(_kind(option) for option in content["anyOf"])
    if "$ref" in content:
        return str(content["$ref"]).rpartition("/")[2]
    if "enum" in content:
        return " or ".join(repr(option) for option in content["enum"])
    if "const" in content:
        return repr(content["const"])
    words = {
        "string": "text",
        "number": "number",
        "integer": "whole number",
        "null": "nothing",
        "object": "table",
        "boolean": "true or false",
    }
    if content.get("type") == "array":
        inner: Mapping[str, Any] = content.get("items") or next(iter(content.get("prefixItems", [])), {})
        return f"list of {_kind(inner)}" if inner else "list"
    return words.get(str(content.get("type")), "any")


# Catalogue ------------------------------------------------------------------------------------


def catalog_text(name: str | None) -> str:
    """Return the list of data sets, or one with source, licence, columns and citation."""
    from xinzhi import catalog

    if name is not None:
        return str(catalog.entry(name).text())
    entries = catalog.entries()
    width = max(len(entry.id) for entry in entries)
    return "\n".join(f"{entry.id.ljust(width)}  {entry.title}" for entry in entries)


def catalog_json(name: str | None) -> Any:
    """Return identifiers and titles, or one entry's text."""
    from xinzhi import catalog

    if name is not None:
        return {"id": name, "text": catalog.entry(name).text()}
    return {entry.id: entry.title for entry in catalog.entries()}
