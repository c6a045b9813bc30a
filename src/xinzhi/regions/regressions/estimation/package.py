"""The package that estimates regressions with many effects, an extra of this one."""

from importlib import import_module
from typing import Any

from xinzhi.errors import UsageError
from xinzhi.language import say


def pyfixest() -> Any:
    """Return pyfixest.

    Raises
    ------
    UsageError
        It is not installed (XZ-108).
    """
    try:
        return import_module("pyfixest")
    except ImportError as error:
        remedy = say("Install it: pip install 'xinzhi[econometrics]'.")
        raise UsageError("XZ-108", say("no package {package!r}", package="pyfixest"), remedy=remedy) from error
