"""Makes every method of the house known to studies."""

from importlib import import_module
from importlib.util import find_spec

ROOMS = ("growth", "frontier", "ledger")


def load_methods() -> None:
    """Import the rooms that register methods."""
    for room in ROOMS:
        spec = find_spec(f"xinzhi.{room}")
        if spec is not None and spec.origin is not None:
            import_module(f"xinzhi.{room}")
