"""The commands about runs: plan, resume, verify, diff, query."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xinzhi.cli.app import (
    DataOption,
    JsonOption,
    StudyArgument,
    complain,
    echo,
    error_dicts,
    given_files,
    plain,
    print_json,
    reporting,
    tell,
)
from xinzhi.errors import listed
from xinzhi.language import say

if TYPE_CHECKING:
    from xinzhi.study import Answer, Comparison, Task, Verification

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help=say("Folder of a run."))]
KINDS = {
    "analyses": say("analyses"),
    "settings": say("settings"),
    "data": say("data"),
    "error": say("error"),
    "rows": say("rows"),
    "table": say("table"),
    "warnings": say("warnings"),
    "version": say("version"),
}
"""What a difference is about, in words."""
DIFFERENT = 1
"""Exit code of ``diff`` where the results differ."""


def add(app: typer.Typer) -> None:
    """Add the commands to an application."""
    app.command(
        help=say("Show the tasks of a study, what each needs and what is complete in a folder; compute nothing.")
    )(plan)
    app.command(help=say("Go on with a run: what is complete stays, the rest is computed."))(resume)
    app.command(help=say("Look at every byte of a run and name every file that is damaged, missing or added."))(verify)
    app.command(help=say("Say where two runs differ; exit code 0 if their results are equal, 1 if not."))(diff)
    app.command(help=say('Ask a run one SELECT; each analysis is a table, each published table is "analysis.table".'))(
        query
    )


def plan(
    study: StudyArgument,
    data: DataOption = [],  # noqa: B006 (typer reads the default and never changes it)
    out: Annotated[Path | None, typer.Option("--out", metavar="RUN", help=say("A folder to hold it against."))] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the tasks of a study, what each needs and what is complete in a folder; compute nothing."""
    with reporting(as_json=as_json):
        from xinzhi.study import complete_in, load_tables, read_study
        from xinzhi.study import plan as planned

        read = read_study(study)
        panels = load_tables(read, given_files(data), only={spec.data for spec in read.analyses})
        tasks = planned(read, panels)
        there = complete_in(out, tasks) if out is not None else set[str]()
        if as_json:
            print_json({"tasks": [_task(task, there) for task in tasks], "complete": len(there)})
        else:
            echo(_plan_text(tasks, there, out))


def _task(task: "Task", there: set[str]) -> dict[str, Any]:
    return {
        "id": task.spec.id,
        "method": task.spec.method.method_name,
        "data": task.spec.data,
        "rows": len(task.panel),
        "depends": list(task.spec.depends),
        "memory": task.memory(),
        "key": task.key,
        "complete": task.spec.id in there,
    }


def _plan_text(tasks: "tuple[Task, ...]", there: set[str], out: Path | None) -> str:
    from xinzhi.compute.memory import size

    lines = []
    for number, task in enumerate(tasks, start=1):
        parts = {"number": number, "id": task.spec.id, "method": task.spec.method.method_name}
        line = say(
            "{number}. {id}: {method} on {data} ({rows:,} rows, about {memory})",
            data=task.spec.data,
            rows=len(task.panel),
            memory=size(task.memory()),
            **parts,
        )
        if task.spec.depends:
            line = say("{line}, uses {names}", line=line, names=listed(task.spec.depends))
        lines.append(say("{line}, complete", line=line) if task.spec.id in there else line)
    if out is not None:
        count = say(
            "{done} of {total} analyses are complete in {out}.", done=len(there), total=len(tasks), out=str(out)
        )
        lines.append(count)
    return "\n".join(lines)


def resume(
    run: RunArgument,
    wait: Annotated[
        float, typer.Option("--wait", min=0.0, help=say("Seconds to wait for another run in the folder."))
    ] = 600.0,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", help=say("Print errors only."))] = False,
) -> None:
    """Go on with a run: what is complete stays, the rest is computed."""
    with reporting(as_json=as_json):
        from xinzhi.cli.progress import Meter
        from xinzhi.report import write_report
        from xinzhi.study import begun, resume_study

        known = begun(run)
        for words in known.changed:
            typer.echo(plain(words), err=True)
        with Meter(shown=sys.stderr.isatty() and not quiet) as meter:
            outcome = resume_study(known, render=write_report, progress=meter, wait=wait)
        tell(outcome, {"changed": list(known.changed)}, as_json=as_json, quiet=quiet)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


def verify(run: RunArgument, as_json: JsonOption = False) -> None:
    """Look at every byte of a run and name every file that is damaged, missing or added."""
    with reporting():
        from xinzhi.errors import XinzhiError
        from xinzhi.study import require_sound, verify_run

        found = verify_run(run)
        try:
            require_sound(run, found)
        except XinzhiError as error:
            complain(error)
            if as_json:
                print_json({**_verification(found), "errors": error_dicts(error)})
            raise typer.Exit(error.exit_code) from None
        if as_json:
            print_json({**_verification(found), "errors": []})
        else:
            echo(say("{files} files, {count} analyses: every byte is as it was written.", **_counts(found)))


def _counts(found: "Verification") -> dict[str, int]:
    return {"files": found.files, "count": len(found.complete)}


def _verification(found: "Verification") -> dict[str, Any]:
    damage = [{"file": one.file, "found": one.found} for one in found.damage]
    return {"finished": found.finished, "files": found.files, "complete": list(found.complete), "damage": damage}


def diff(
    first: Annotated[Path, typer.Argument(metavar="RUN", help=say("Folder of a run."))],
    second: Annotated[Path, typer.Argument(metavar="RUN", help=say("Folder of another."))],
    as_json: JsonOption = False,
) -> None:
    """Say where two runs differ; exit code 0 if their results are equal, 1 if not."""
    with reporting(as_json=as_json):
        from xinzhi.study import diff_runs

        found = diff_runs(first, second)
        print_json(_comparison(found)) if as_json else echo(_comparison_text(found))
    if not found.equal:
        raise typer.Exit(DIFFERENT)


def _comparison(found: "Comparison") -> dict[str, Any]:
    differences = [{"analysis": d.analysis, "what": d.what, "found": d.found} for d in found.differences]
    return {"equal": found.equal, "results_hashes": list(found.hashes), "differences": differences}


def _comparison_text(found: "Comparison") -> str:
    words = say("The results are equal.") if found.equal else say("The results differ.")
    lines = [words]
    lines += [
        say("{analysis}, {what}: {found}", analysis=d.analysis or say("run"), what=KINDS[d.what], found=d.found)
        for d in found.differences
    ]
    return "\n".join(lines)


def query(
    run: RunArgument,
    sql: Annotated[str, typer.Argument(metavar="SQL", help=say("One SELECT."))],
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=say("Print CSV."))] = False,
) -> None:
    """Ask a run one SELECT; each analysis is a table, each published table is "analysis.table"."""
    with reporting(as_json=as_json):
        from xinzhi.study import query_run
        from xinzhi.study.output import csv_bytes

        answer = query_run(run, sql)
        if as_json:
            print_json(answer.records())
        elif as_csv:
            typer.echo(csv_bytes(answer.heads, answer.rows).decode(), nl=False)
        else:
            echo(_answer_text(answer))


def _answer_text(answer: "Answer") -> str:
    """Return the rows as a plain table, numbers with all their digits."""
    from rich.cells import cell_len

    body = [["" if cell is None else str(cell) for cell in row] for row in answer.rows]
    lines = [list(answer.heads), *body]
    widths = [max(cell_len(line[k]) for line in lines) for k in range(len(answer.heads))]
    padded = ["  ".join(c + " " * (w - cell_len(c)) for c, w in zip(line, widths, strict=True)) for line in lines]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    count = say("{count:,} rows", count=len(body))
    return "\n".join([padded[0].rstrip(), rule, *(line.rstrip() for line in padded[1:]), rule, count])
