"""The examples of docstrings and of the README run, and docstrings give what they print."""

import doctest
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import xinzhi

README = Path(__file__).resolve().parents[1] / "README.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SOURCE = Path(xinzhi.__file__).parent
MODULES = [
    ".".join(("xinzhi", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    for path in sorted(SOURCE.rglob("*.py"))
    if re.search(r"^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
]
"""Modules that show examples; others need not be imported, which for kernels means to be compiled."""


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    outcome = doctest.testmod(import_module(name), optionflags=OPTIONS)
    assert outcome.failed == 0


def test_readme_example_gives_a_ledger() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(README), "exec"), names)
    ledger = names["ledger"]
    assert {"growth", "tfp", "technology", "efficiency"} <= set(ledger.rows.terms)
    assert (ledger.rows.status == "ok").any()
