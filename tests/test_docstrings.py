"""The examples in the docstrings run and give what they print."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import xinzhi

MODULES = ["xinzhi", *(found.name for found in pkgutil.walk_packages(xinzhi.__path__, "xinzhi."))]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_run(name: str) -> None:
    outcome = doctest.testmod(
        import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
    assert outcome.failed == 0
