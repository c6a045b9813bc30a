"""``xinzhi export``: tables, figures and references of a run in the formats of papers and offices."""

from pathlib import Path
from typing import Annotated

import typer

from xinzhi.language import say

FORMATS = "xlsx, docx, latex, csv, parquet, svg, png, pdf, bibtex, bundle"


def add(app: typer.Typer) -> None:
    """Add the command to an application."""

    @app.command(help=say("Write a run's tables, figures and references for papers, offices and archives."))
    def export(
        run: Annotated[Path, typer.Argument(metavar="RUN", help=say("Folder of a finished run."))],
        out: Annotated[
            Path, typer.Option("--out", metavar="DIR", help=say("New or empty folder, or an earlier export."))
        ],
        formats: Annotated[
            list[str],
            typer.Option(
                "--format", metavar="NAME", help=say("May be repeated; all by default: {formats}.", formats=FORMATS)
            ),
        ] = [],  # noqa: B006 (typer reads the default and never changes it)
        languages: Annotated[
            list[str],
            typer.Option("--language", metavar="CODE", help=say("May be repeated; all of the run by default.")),
        ] = [],  # noqa: B006
        as_json: Annotated[bool, typer.Option("--json", help=say("Print one JSON object on standard output."))] = False,
    ) -> None:
        """Write a run's tables, figures and references for papers, offices and archives."""
        from xinzhi.cli.app import echo, print_json, reporting

        with reporting(as_json=as_json):
            from xinzhi.report import export as exports

            files = exports.export_run(run, out=out, formats=formats or exports.FORMATS, languages=languages or None)
            if as_json:
                print_json({"files": [str(file) for file in files]})
            else:
                echo(say("{count:,} files in {folder}", count=len(files), folder=str(out)))
