"""Write the reference from the code: a page a method, the values and containers, the error codes.

    python tools/make_reference.py docs/reference/generated

Every registered method gets its page by itself.
"""

import sys
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import xinzhi
from xinzhi.errors import CODES, DataError, EstimationError, UsageError
from xinzhi.method import Method, Result, Value, methods
from xinzhi.study import load_methods

FAMILIES = {
    "1": "The study file and the command line",
    "2": "Data",
    "3": "Estimation",
    "4": "Warnings: printed with the result, they do not stop it",
}


def method_page(name: str, method: type[Method]) -> str:
    """Return the page of a method: its docstring and its settings."""
    lead = f'# {method.__name__}\n\nName in a study: `method = "{name}"`\n\n'
    return lead + documented(method) + "\n## Settings\n\n" + settings_table(method)


def documented(thing: Any, *options: str) -> str:
    """Return the directive that prints a docstring."""
    kind = "class" if isinstance(thing, type) else "function"
    lines = [
        f".. auto{kind}:: {thing.__module__}.{thing.__qualname__}",
        *(f"   {option}" for option in options),
    ]
    return "```{eval-rst}\n" + "\n".join(lines) + "\n```\n"


def settings_table(method: type[Method]) -> str:
    """Return the table of settings: name, type, default."""
    rows = []
    for name, field in method.model_fields.items():
        default = "required" if field.is_required() else f"`{field.default!r}`"
        rows.append(f"| `{name}` | {type_name(field.annotation)} | {default} |")
    return "\n".join(["| setting | type | default |", "|---|---|---|", *rows]) + "\n"


def type_name(annotation: Any) -> str:
    """Return a type as readers name it: choices by their words, unions with "or"."""
    parts = get_args(annotation)
    if annotation in (None, NoneType):
        return "nothing"
    if isinstance(annotation, type) and not parts:
        return {"str": "text", "float": "number", "int": "whole number"}.get(annotation.__name__, annotation.__name__)
    if all(isinstance(part, str) for part in parts):
        return " or ".join(f'`"{part}"`' for part in parts)
    if getattr(annotation, "__origin__", None) is tuple:
        inner = [type_name(part) for part in parts if part is not Ellipsis]
        return f"list of {inner[0]}" if Ellipsis in parts else f"({', '.join(inner)})"
    if hasattr(annotation, "__metadata__"):
        return type_name(parts[0])
    return " or ".join(dict.fromkeys(type_name(part) for part in parts)) or str(annotation)


def values_page(known: dict[str, type[Method]]) -> str:
    """Return the page of what methods take and give: panel, roles, results, tables."""
    page = "# Panel, roles and results\n\n"
    for name in xinzhi.__all__:
        thing = getattr(xinzhi, name)
        if thing not in known.values():
            members = () if isinstance(thing, type) and issubclass(thing, Value) else (":members:",)
            page += f"## {name}\n\n{documented(thing, *members if isinstance(thing, type) else ())}\n"
    return page + f"## Result\n\n{documented(Result, ':members:')}"


def errors_page() -> str:
    """Return the table of error codes with cause and remedy."""
    exits = {"XZ-1": UsageError.exit_code, "XZ-2": DataError.exit_code, "XZ-3": EstimationError.exit_code}
    page = "# Errors\n\nEvery error says what was found, where, what was expected and what to do.\n\n"
    page += "Exit codes of the command line: 0 all well, 2 usage, 3 data, 4 estimation, 130 interrupted.\n"
    for family, title in FAMILIES.items():
        code = exits.get(f"XZ-{family}")
        page += f"\n## XZ-{family}nn: {title}\n\n" + (f"Exit code {code}.\n\n" if code else "")
        page += "| code | what | what to do |\n|---|---|---|\n"
        page += "".join(
            f"| `{key}` | {what} | {remedy} |\n" for key, (what, remedy) in CODES.items() if key[3] == family
        )
    return page


def main(folder: Path) -> None:
    """Write all pages."""
    load_methods()
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.md"):
        stale.unlink()
    known = methods()
    pages = {f"method-{name}": method_page(name, method) for name, method in known.items()}
    for name, text in {**pages, "values": values_page(known), "errors": errors_page()}.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    print(f"reference: {len(known)} methods, {len(CODES)} codes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
