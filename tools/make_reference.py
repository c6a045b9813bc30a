"""Write the reference from the code: methods, values, commands, the study file, the error codes.

    python tools/make_reference.py docs/reference/generated

Every registered method, command and key gets its entry by itself; a key of the study file without a
meaning in ``MEANINGS``, or a code without an entry in ``error_examples``, stops the build.
"""

import sys
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic import BaseModel

import xinzhi
from xinzhi.cli.app import app
from xinzhi.errors import CODES, DataError, EstimationError, UsageError
from xinzhi.language import speaking
from xinzhi.method import Method, Result, Value, methods
from xinzhi.method.base import ROLES
from xinzhi.panel.columns import KINDS
from xinzhi.study import load_methods
from xinzhi.study.file import ANALYSIS_KEYS
from xinzhi.study.shapes import ChapterShape, ColumnShape, DataShape, ReportShape, Shape, StudyShape, ViewShape

sys.path.insert(0, str(Path(__file__).parent))
from error_examples import ENTRIES, printed

WORDS = {
    "str": "text",
    "float": "number",
    "int": "whole number",
    "bool": "true or false",
    "Path": "path",
    "ColumnShape": "table",
    "DataShape": "table",
    "ReportShape": "table",
    "ChapterShape": "chapter",
    "ViewShape": "view",
}
FAMILIES = {
    "1": "The study file and the command line",
    "2": "Data",
    "3": "Estimation",
    "4": "Warnings: printed with the result, they do not stop it",
}


EXITS = {
    "1": "Exit code {}; 3 where the files of a run are damaged or gone, 4 where a report, memory or a worker failed.",
    "2": "Exit code {}.",
    "3": "Exit code {}.",
    "4": "No exit code of their own.",
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


def settings_table(method: type[Value]) -> str:
    """Return the table of settings: name, type, default."""
    rows = []
    for name, field in method.model_fields.items():
        default = "required" if field.is_required() else f"`{field.default!r}`"
        rows.append(f"| `{name}` | {type_name(field.annotation)} | {default} |")
    return "\n".join(["| setting | type | default |", "|---|---|---|", *rows]) + "\n"


def type_name(annotation: Any) -> str:
    """Return a type as readers name it: choices by their words, unions with "or"."""
    parts, origin = get_args(annotation), get_origin(annotation)
    if annotation in (None, NoneType):
        return "nothing"
    if annotation is Any:
        return "any value"
    if isinstance(annotation, type) and not parts:
        return WORDS.get(annotation.__name__, annotation.__name__)
    if origin is Literal:
        return " or ".join(f"`{part!r}`".replace("'", '"') for part in parts)
    if origin is tuple:
        inner = [type_name(part) for part in parts if part is not Ellipsis]
        return f"list of {inner[0]}" if Ellipsis in parts else f"({', '.join(inner)})"
    if origin is list:
        return f"list of {type_name(parts[0])}"
    if origin in (dict, Mapping):
        return f"table of {type_name(parts[1])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"table of {type_name(parts[1])}"
    if origin is Annotated:
        return type_name(parts[0])
    return " or ".join(dict.fromkeys(type_name(part) for part in parts if not is_words_table(part))) or str(annotation)


def is_words_table(annotation: Any) -> bool:
    """Return whether a type is the "text by language" half of a text."""
    return get_args(annotation) == (str, str)


def values_page(known: dict[str, type[Method]]) -> str:
    """Return the page of what methods take and give: panel, roles, results, tables."""
    page = "# Panel, roles and results\n\n"
    for name in xinzhi.__all__:
        thing = getattr(xinzhi, name)
        if thing not in known.values():
            members = () if isinstance(thing, type) and issubclass(thing, Value) else (":members:",)
            page += f"## {name}\n\n{documented(thing, *members if isinstance(thing, type) else ())}\n"
    return page + f"## Result\n\n{documented(Result, ':members:')}"


def command_line_page() -> str:
    """Return the page of the commands: usage, arguments and options, as the program itself has them."""
    group = typer.main.get_command(app)
    page = "# Command line\n\n" + f"{sentence(group.help)}\n\n## xinzhi\n\n"
    page += "```text\nxinzhi [OPTIONS] COMMAND [ARGS]...\n```\n\n" + parameters_table(group)
    for name, command in group.commands.items():
        usage = " ".join(["xinzhi", name, "[OPTIONS]", *(argument_word(p) for p in arguments(command))])
        page += (
            f"\n## xinzhi {name}\n\n{sentence(command.help)}\n\n```text\n{usage}\n```\n\n{parameters_table(command)}"
        )
    return page + "\n" + exit_codes()


def arguments(command: Any) -> list[Any]:
    """Return the positional arguments of a command."""
    return [p for p in command.params if p.param_type_name == "argument"]


def argument_word(parameter: Any) -> str:
    """Return an argument as a usage line writes it."""
    word = parameter.metavar or parameter.name.upper()
    word = word if parameter.required or word.startswith("[") else f"[{word}]"
    return f"{word}..." if parameter.nargs == -1 else word


def parameters_table(command: Any) -> str:
    """Return arguments and options as a table; an empty text where there are none."""
    rows = []
    for p in command.params:
        if p.hidden or p.name == "help":
            continue
        name = (
            argument_word(p)
            if p.param_type_name == "argument"
            else " ".join([", ".join(p.opts), p.metavar or ""]).strip()
        )
        kind = getattr(p.type_descriptor, "annotation", str)
        word = "switch" if kind is bool else type_name(kind)
        default = "required" if p.required else "" if p.default in (None, False, [], ()) else f"`{p.default}`"
        rows.append(f"| `{name}` | {word} | {default} | {sentence(p.help)} |")
    return "\n".join(["| | type | default | meaning |", "|---|---|---|---|", *rows]) + "\n" if rows else ""


def sentence(text: str | None) -> str:
    """Return a help text on one line, safe inside a table."""
    return " ".join((text or "").split()).replace("|", "\\|")


def exit_codes() -> str:
    """Return the section on exit codes, from the errors themselves."""
    rows = [
        (0, "all well; warnings may have been printed"),
        (UsageError.exit_code, "usage: the study file, a setting or the command line"),
        (DataError.exit_code, "data"),
        (EstimationError.exit_code, "estimation: a method could not compute; what was complete is kept"),
        (130, "interrupted; run the same command again to go on"),
    ]
    text = "(exit-codes)=\n## Exit codes\n\nSeveral errors found together end with the code of the first.\n\n"
    return text + "| code | meaning |\n|---|---|\n" + "".join(f"| {code} | {words} |\n" for code, words in rows)


# The study file -------------------------------------------------------------------------------

TABLES: dict[str, tuple[str, type[Shape]]] = {
    "The file": ("The top of the file and its tables.", StudyShape),
    "`[data.NAME]`": ("One table of data: a catalogue id, a file, or SQL over the other tables.", DataShape),
    "`[data.NAME.columns]`": ("`column = { unit = ..., kind = ... }` for number columns.", ColumnShape),
    "`view`": ("Of an analysis: `view = { units = [...], periods = [...] }`.", ViewShape),
    "`[report]`": ("What the report says over the numbers, and what it shows.", ReportShape),
    "`[[report.chapter]]`": ("Chapters in order; analyses that none lists follow in a last one.", ChapterShape),
}
MEANINGS: dict[tuple[str, str], str] = {
    ("StudyShape", "schema"): "Version of this format.",
    (
        "StudyShape",
        "seed",
    ): "Seed of everything that is random; results depend on it and on nothing else that is random.",
    ("StudyShape", "data"): "The tables, `[data.NAME]`; at least one.",
    (
        "StudyShape",
        "names",
    ): 'How the report calls units, industries and columns: `CHN = { en = "China", zh = "中国" }`.',
    ("StudyShape", "role"): 'Named values with a `type`, used elsewhere as `"@name"`; see [roles](#roles).',
    ("StudyShape", "analysis"): "What is computed, `[[analysis]]`; at least one; see [analyses](#analyses).",
    ("StudyShape", "report"): "The report.",
    ("DataShape", "catalog"): "Id of a data set that ships (`xinzhi catalog`); it knows its keys and columns.",
    ("DataShape", "file"): "A file inside the study's folder, or given with `--data NAME=PATH`.",
    ("DataShape", "sql"): "One SELECT over the other tables by their names; no file and no network can be reached.",
    ("DataShape", "unit"): "Column that names the unit.",
    ("DataShape", "time"): "Column of years or period numbers, whole numbers.",
    ("DataShape", "columns"): "Unit and kind of number columns; those not named are levels without a declared unit.",
    (
        "DataShape",
        "missing",
    ): "What stands for a missing cell in a CSV or Excel file, in place of the reader's own list.",
    ("DataShape", "citation"): "How to cite the data; printed in the report.",
    ("ColumnShape", "unit"): "Unit of measurement, as it is to be printed.",
    ("ColumnShape", "kind"): "What the numbers mean; see [kinds](#kinds).",
    ("ColumnShape", "description"): "A sentence on the column.",
    ("ViewShape", "units"): "Units shown, in this order; all by default.",
    ("ViewShape", "periods"): "Pairs of years; a period holds the steps first + 1 to last. The whole span by default.",
    ("ReportShape", "languages"): 'Languages of the report, the first one is the main: `"en"`, `"zh"`.',
    ("ReportShape", "title"): "Title, as text or by language: `{ en = ..., zh = ... }`.",
    ("ReportShape", "authors"): "Authors.",
    ("ReportShape", "abstract"): "Abstract, as text or by language.",
    ("ReportShape", "units"): "Units shown by analyses without a view of their own.",
    ("ReportShape", "periods"): "Periods shown by analyses without a view of their own.",
    ("ReportShape", "chapter"): "Chapters, `[[report.chapter]]`.",
    ("ChapterShape", "title"): "Heading, as text or by language.",
    ("ChapterShape", "text"): "What stands under the heading, as text or by language.",
    ("ChapterShape", "analyses"): "Ids of the analyses shown, in order.",
}
ANALYSIS_MEANINGS = {
    "id": (
        "text",
        "required",
        'Name, used as `"@id"` by other analyses and as folder name: lower-case letters, digits, `_`.',
    ),
    "method": ("text", "required", "Name of a method (`xinzhi methods`)."),
    "data": ("text", "the only table", "Name of its data table."),
    "title": ("text", "of the method", "Heading in the report, as text or by language."),
    "view": ("view", "of the report", "Units and periods that its tables and figures show."),
}
KIND_MEANINGS = {
    "level": "comparable between units and years",
    "growth_index": "each unit has its own base: only its growth means something",
    "relative_level": "one base unit per period: compares units within a period",
    "price": "a price",
    "share": "a fraction, 0 to 1; anything else is an error",
    "ratio": "any other pure number",
}


def study_file_page(known: Mapping[str, type[Method]]) -> str:
    """Return the page of the study file: every key with type, default and meaning."""
    page = "# Study file\n\nOne TOML file, UTF-8. Unknown keys are errors; all errors are shown together, with line "
    page += "and remedy.\n"
    for heading, (lead, shape) in TABLES.items():
        page += f"\n## {heading}\n\n{lead}\n\n{keys_table(shape)}"
        if shape is ColumnShape:
            rows = "".join(f"| `{kind}` | {KIND_MEANINGS[kind]} |\n" for kind in KINDS)
            page += f"\n(kinds)=\n### Kinds\n\n| kind | the numbers are |\n|---|---|\n{rows}"
        if shape is DataShape:
            page += "\nGive one of `catalog`, `file`, `sql`, or none and the file with `--data`.\n"
    page += "\n(analyses)=\n## `[[analysis]]`\n\nBesides these keys, the settings of its method.\n\n" + TABLE_HEAD
    for key in ANALYSIS_KEYS:
        page += "| `{}` | {} | {} | {} |\n".format(key, *ANALYSIS_MEANINGS[key])
    links = ", ".join(f"[`{name}`](method-{name})" for name in known)
    page += f'\nMethods: {links}.\n\nA setting may be `"@name"`: a role, or another analysis, '
    page += "which is then fitted once and shared; "
    page += '`"@name.field"` is a field of it.\n'
    page += "\n(roles)=\n## `[role.NAME]`\n\n`type` says what it is; the other keys are its settings. "
    page += "Names of methods are types too.\n"
    for word, role in ROLES.items():
        page += f'\n### `type = "{word}"`\n\n{first_line(role)}\n\n{role_table(role)}'
    return page


TABLE_HEAD = "| key | type | default | meaning |\n|---|---|---|---|\n"


def keys_table(shape: type[BaseModel]) -> str:
    """Return the keys of a table of the study file."""
    rows = ""
    for name, field in shape.model_fields.items():
        key = field.alias or name
        default = "required" if field.is_required() else plain_default(field.get_default(call_default_factory=True))
        kind = type_name(field.annotation).removesuffix(" or nothing")  # a key of TOML is there or is not
        rows += f"| `{key}` | {kind} | {default} | {MEANINGS[(shape.__name__, key)]} |\n"
    return TABLE_HEAD + rows


def role_table(role: type[Value]) -> str:
    """Return the settings of a role with their meaning from its docstring."""
    meanings = parameters_of(role)
    rows = ""
    for name, field in role.model_fields.items():
        default = "required" if field.is_required() else plain_default(field.get_default(call_default_factory=True))
        kind = type_name(field.annotation).removesuffix(" or nothing")
        rows += f"| `{name}` | {kind} | {default} | {meanings.get(name, '')} |\n"
    return TABLE_HEAD + rows


def parameters_of(thing: Any) -> dict[str, str]:
    """Return the meanings of the parameters of a docstring in numpy's style, by name."""
    section = cleandoc(thing.__doc__ or "").partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line[:1].strip():
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
            found |= {name: [] for name in names}
        else:
            for name in names:
                found[name].append(line.strip())
    return {name: " ".join(lines).replace("``", "`").replace("|", "\\|") for name, lines in found.items()}


def plain_default(value: Any) -> str:
    """Return a default as the study file would write it; nothing where there is none."""
    if value in (None, "", (), {}) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def first_line(thing: Any) -> str:
    """Return the first line of a docstring."""
    return (thing.__doc__ or "").strip().splitlines()[0].replace("``", "`")


# Errors ---------------------------------------------------------------------------------------


def errors_page() -> str:
    """Return the error codes: cause, remedy and, by running it, an example."""
    exits = {"1": UsageError.exit_code, "2": DataError.exit_code, "3": EstimationError.exit_code}
    page = "# Errors\n\nEvery error says what was found, where, what was expected and what to do. "
    page += "The examples were run when this page was built.\nExit codes: see the [command line](command-line).\n"
    for family, title in FAMILIES.items():
        page += f"\n## XZ-{family}nn: {title}\n"
        page += f"\n{EXITS[family].format(exits.get(family))}\n"
        for code, (what, remedy) in CODES.items():
            if code[3] == family:
                page += f"\n({code.lower()})=\n### {code}: {what}\n\n" + "\n".join(entry(code, remedy)) + "\n"
    return page


def entry(code: str, remedy: str) -> Iterator[str]:
    """Yield the lines of an entry: cause, what to do, example."""
    cause, example = ENTRIES[code]
    yield f"Cause\n: {cause}\n"
    yield f"What to do\n: {remedy}\n"
    if example is not None:
        yield f"```text\n{printed(code, example)}\n```\n"


def main(folder: Path) -> None:
    """Write all pages."""
    load_methods()
    known = methods()
    with speaking("en"):
        pages = {f"method-{name}": method_page(name, method) for name, method in known.items()}
        pages |= {"values": values_page(known), "errors": errors_page()}
        pages |= {"command-line": command_line_page(), "study-file": study_file_page(known)}
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.md"):
        stale.unlink()
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    print(f"reference: {len(known)} methods, {len(CODES)} codes, {len(pages)} pages")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
