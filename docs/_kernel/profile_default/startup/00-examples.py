"""The kernel of the examples: charts as pictures, shell cells whose first failure ends the build."""

import subprocess

import altair
from IPython.core.magic import register_cell_magic

altair.renderers.enable("svg")  # pages then need no network and no script


@register_cell_magic
def bash(line: str, cell: str) -> None:  # noqa: ARG001 (IPython passes the line)
    """Run a cell in bash and print what it prints, errors in their place."""
    command = ["bash", "-e", "-o", "pipefail", "-c", cell]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: PLW1510
    print(done.stdout, end="")
    done.check_returncode()
