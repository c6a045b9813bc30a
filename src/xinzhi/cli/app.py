"""The commands. Heavy packages are imported inside them, so that help is quick.

Exit codes: 0 ok, 2 usage, 3 data, 4 estimation, 130 interrupted.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from unicodedata import category

import typer

from xinzhi.cli.words import App, Group
from xinzhi.errors import Problems, UsageError, XinzhiError
from xinzhi.language import DIRECTIONS, say, speaking

if TYPE_CHECKING:
    from xinzhi.study import RunOutcome

app = App(
    cls=Group,
    help=say("Measure new quality productive forces: growth that comes from total factor productivity."),
    epilog=say("Exit codes: 0 ok, 2 usage, 3 data, 4 estimation, 130 interrupted."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ExecutorKind = Literal["serial", "thread", "process", "dask"]
StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY", help=say("The study file (TOML)."))]
DataOption = Annotated[
    list[str],
    typer.Option("--data", metavar="NAME=PATH", help=say("A file for a data table of the study; may be repeated.")),
]
JsonOption = Annotated[bool, typer.Option("--json", help=say("Print one JSON object on standard output."))]


@contextmanager
def reporting(*, as_json: bool = False) -> Iterator[None]:
    """Print coded errors, without a traceback, and end with their exit code; an interrupt ends within two seconds."""
    from xinzhi.compute import INTERRUPTED, cancellable

    words = say("Interrupted. Analyses that were complete are kept; run the same command again to go on.")

    @cache
    def farewell() -> None:
        typer.echo(words, err=True)

    try:
        with cancellable(farewell):
            yield
    except XinzhiError as error:
        complain(error)
        if as_json:
            print_json({"errors": error_dicts(error)})
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        farewell()
        raise typer.Exit(INTERRUPTED) from None


def complain(error: XinzhiError) -> None:
    """Print an error to standard error."""
    typer.echo(plain(str(error)), err=True)


def plain(text: str) -> str:
    """Return text that a terminal only shows: control characters and marks of direction as their code points."""
    return "".join(f"\\u{ord(c):04x}" if unsafe(c) else c for c in text)


def unsafe(letter: str) -> bool:
    """Tell whether a terminal could obey a character, or order the line by it, instead of showing it."""
    return (category(letter) == "Cc" and letter not in "\n\t") or letter in DIRECTIONS


def echo(text: str) -> None:
    """Print text on standard output; what stands in data is shown and never obeyed."""
    typer.echo(plain(text))


def error_dicts(error: XinzhiError) -> list[dict[str, str]]:
    """Return the parts of an error, or of several found together."""
    return [one.to_dict() for one in (error.errors if isinstance(error, Problems) else (error,))]


def print_json(content: Any) -> None:
    """Print a value as JSON on standard output."""
    echo(json.dumps(content, ensure_ascii=False, indent=2))


def tell(outcome: "RunOutcome", more: dict[str, Any], *, as_json: bool, quiet: bool) -> None:
    """Print what a run left behind, its errors on standard error; ``more`` goes into the JSON."""
    from xinzhi.cli.text import outcome_json, outcome_text

    for error in outcome.errors.values():
        complain(error)
    if as_json:
        errors = [part for error in outcome.errors.values() for part in error_dicts(error)]
        print_json({**outcome_json(outcome), **more, "errors": errors})
    elif not quiet:
        echo(outcome_text(outcome))


def given_files(pairs: list[str]) -> dict[str, Path]:
    """Return the files of ``--data NAME=PATH`` by table."""
    given: dict[str, Path] = {}
    for pair in pairs:
        name, sign, path = pair.partition("=")
        if not sign or not name or not path:
            expected = say("NAME=PATH, such as --data mine=mine.csv")
            raise UsageError("XZ-103", repr(pair), where="--data", expected=expected)
        given[name] = Path(path)
    return given


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=say("Print the version."))] = False,
    lang: Annotated[
        Literal["en", "zh"] | None,
        typer.Option("--lang", help=say("Language of messages, before or after the command: en or zh.")),
    ] = None,
) -> None:
    """Take the options that belong to no command."""
    if lang:
        context.with_resource(speaking(lang))
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"xinzhi {installed('xinzhi')}")
        raise typer.Exit


@app.command(help=say("Compute a study and write results, tables, figures and report."))
def run(
    study: StudyArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=say("New or empty folder, or an earlier run."))],
    workers: Annotated[int, typer.Option("--workers", min=1, help=say("Workers; results do not depend on them."))] = 1,
    executor: Annotated[
        ExecutorKind | None, typer.Option("--executor", help=say("Default: process for several workers."))
    ] = None,
    data: DataOption = [],  # noqa: B006 (typer reads the default and never changes it)
    wait: Annotated[
        float, typer.Option("--wait", min=0.0, help=say("Seconds to wait for another run in the folder."))
    ] = 600.0,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", help=say("Print errors only."))] = False,
) -> None:
    """Compute a study and write results, tables, figures and report."""
    with reporting(as_json=as_json):
        from xinzhi.cli.progress import Meter
        from xinzhi.report import write_report
        from xinzhi.study import run_study

        kind: ExecutorKind = executor or ("process" if workers > 1 else "serial")
        with Meter(shown=sys.stderr.isatty() and not quiet) as meter:
            outcome = run_study(
                study,
                out=out,
                data=given_files(data),
                workers=workers,
                executor_kind=kind,
                render=write_report,
                progress=meter,
                wait=wait,
            )
        tell(outcome, {}, as_json=as_json, quiet=quiet)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


@app.command(help=say("Read a study and its data, check settings and columns, print the plan; compute nothing."))
def check(study: StudyArgument, data: DataOption = [], as_json: JsonOption = False) -> None:  # noqa: B006
    """Read a study and its data, check settings and columns, print the plan; compute nothing."""
    with reporting(as_json=as_json):
        from xinzhi.cli.text import plan_json, plan_text
        from xinzhi.errors import raise_all
        from xinzhi.study import load_tables, plan, problems, read_study

        read = read_study(study)
        panels = load_tables(read, given_files(data))
        tasks = plan(read, panels)
        raise_all([error for task in tasks for error in problems(task)])
        print_json(plan_json(tasks, panels)) if as_json else echo(plan_text(tasks, panels))


@app.command(help=say("List the data sets that come with the package, or describe one with its citation."))
def catalog(
    entry: Annotated[str | None, typer.Argument(metavar="[ID]", help=say("A data set; all by default."))] = None,
    as_json: JsonOption = False,
) -> None:
    """List the data sets that come with the package, or describe one with its citation."""
    with reporting(as_json=as_json):
        from xinzhi.cli.text import catalog_json, catalog_text

        print_json(catalog_json(entry)) if as_json else echo(catalog_text(entry))


@app.command(help=say("List the methods, or document one with its settings."))
def methods(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help=say("A method; all by default."))] = None,
    as_json: JsonOption = False,
) -> None:
    """List the methods, or document one with its settings."""
    with reporting(as_json=as_json):
        from xinzhi.cli.text import methods_json, methods_text

        print_json(methods_json(name)) if as_json else echo(methods_text(name))


@app.command(help=say("Write a commented study to start from."))
def init(
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DATA", help=say("A data file to start from."))
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=say("The study file to write."))] = Path(
        "study.toml"
    ),
) -> None:
    """Write a commented study to start from."""
    with reporting():
        from xinzhi.cli.skeleton import write_skeleton

        echo(write_skeleton(out, source))


from xinzhi.cli import exports, runs  # noqa: E402  (they use what stands above)

runs.add(app)
exports.add(app)
