"""Examples as a reader would type them: shell and files without the notebook's magic words.

A cell that begins with ``%%bash`` is shown as shell, one that begins with ``%%writefile NAME`` as the file NAME.
"""

from pathlib import PurePath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LANGUAGES = {".toml": "toml", ".py": "python", ".csv": "text", ".json": "json", ".sql": "sql"}


def plainly(app: Sphinx, doctree: nodes.document) -> None:  # noqa: ARG001 (Sphinx passes it)
    """Take the magic words off the inputs of cells."""
    for number, block in enumerate(list(doctree.findall(nodes.literal_block))):
        first, _, rest = block.astext().partition("\n")
        if first.startswith("%%bash"):
            change(block, rest, "bash")
        elif first.startswith("%%writefile "):
            name = first.split()[-1]
            change(block, rest, LANGUAGES.get(PurePath(name).suffix, "text"))
            box = nodes.container("", literal_block=True, classes=["literal-block-wrapper"], ids=[f"file-{number}"])
            block.replace_self(box)
            box += [nodes.caption("", "", nodes.literal("", name)), block]


def change(block: nodes.literal_block, text: str, language: str) -> None:
    """Give a block another text and language."""
    block.rawsource, block["language"] = text, language
    block.children = [nodes.Text(text)]
    block.children[0].parent = block


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("doctree-read", plainly)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
