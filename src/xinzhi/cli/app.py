"""The commands. Heavy packages are imported inside them, so that help is quick.

Exit codes: 0 ok, 2 usage, 3 data, 4 estimation, 130 interrupted.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from xinzhi.errors import Problems, UsageError, XinzhiError

app = typer.Typer(
    help="Measure new quality productive forces: growth that comes from total factor productivity.",
    epilog="Exit codes: 0 ok, 2 usage, 3 data, 4 estimation, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERRUPTED = 130


ExecutorKind = Literal["serial", "thread", "process"]
StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (TOML).")]
DataOption = Annotated[
    list[str],
    typer.Option("--data", metavar="NAME=PATH", help="A file for a data table of the study; may be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


@contextmanager
def reporting(*, as_json: bool = False) -> Iterator[None]:
    """Print coded errors, without a traceback, and end with their exit code."""
    try:
        yield
    except XinzhiError as error:
        complain(error)
        if as_json:
            print_json({"errors": error_dicts(error)})
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo(
            "Interrupted. Analyses that were complete are kept; run the same command again to go on.",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None


def complain(error: XinzhiError) -> None:
    """Print an error to standard error."""
    typer.echo(str(error), err=True)


def error_dicts(error: XinzhiError) -> list[dict[str, str]]:
    """Return the parts of an error, or of several found together."""
    return [one.to_dict() for one in (error.errors if isinstance(error, Problems) else (error,))]


def print_json(content: Any) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def given_files(pairs: list[str]) -> dict[str, Path]:
    """Return the files of ``--data NAME=PATH`` by table."""
    given: dict[str, Path] = {}
    for pair in pairs:
        name, sign, path = pair.partition("=")
        if not sign or not name or not path:
            raise UsageError("XZ-103", repr(pair), where="--data", expected="NAME=PATH, such as --data mine=mine.csv")
        given[name] = Path(path)
    return given


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Take the options that belong to no command."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"xinzhi {installed('xinzhi')}")
        raise typer.Exit


@app.command()
def run(
    study: StudyArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New or empty folder, or an earlier run.")],
    workers: Annotated[int, typer.Option("--workers", min=1, help="Workers; results do not depend on them.")] = 1,
    executor: Annotated[
        ExecutorKind | None, typer.Option("--executor", help="Default: process for several workers.")
    ] = None,
    data: DataOption = [],  # noqa: B006 (typer reads the default and never changes it)
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Compute a study and write results, tables, figures and report."""
    with reporting(as_json=as_json):
        from xinzhi.cli.progress import Meter
        from xinzhi.cli.text import outcome_json, outcome_text
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
            )
        for error in outcome.errors.values():
            complain(error)
        if as_json:
            errors = [part for error in outcome.errors.values() for part in error_dicts(error)]
            print_json({**outcome_json(outcome), "errors": errors})
        elif not quiet:
            typer.echo(outcome_text(outcome))
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


@app.command()
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
        print_json(plan_json(tasks, panels)) if as_json else typer.echo(plan_text(tasks, panels))


@app.command()
def catalog(
    entry: Annotated[str | None, typer.Argument(metavar="[ID]", help="A data set; all by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the data sets that come with the package, or describe one with its citation."""
    with reporting(as_json=as_json):
        from xinzhi.cli.text import catalog_json, catalog_text

        print_json(catalog_json(entry)) if as_json else typer.echo(catalog_text(entry))


@app.command()
def methods(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A method; all by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the methods, or document one with its settings."""
    with reporting(as_json=as_json):
        from xinzhi.cli.text import methods_json, methods_text

        print_json(methods_json(name)) if as_json else typer.echo(methods_text(name))


@app.command()
def init(
    source: Annotated[Path | None, typer.Option("--from", metavar="DATA", help="A data file to start from.")] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The study file to write.")] = Path("study.toml"),
) -> None:
    """Write a commented study to start from."""
    with reporting():
        from xinzhi.cli.skeleton import write_skeleton

        typer.echo(write_skeleton(out, source))
