"""What methods of this room read: a column of the panel, with its policy, or a term of another method."""

from xinzhi.compute import Run
from xinzhi.language import Text
from xinzhi.method import Filled, Term
from xinzhi.method.filling import FilledCell
from xinzhi.method.roles import read_quantity, series_name
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats

__all__ = ["Series", "read_of", "series_key", "series_name"]

Series = str | Filled | Term


def read_of(of: Series, panel: Panel, run: Run) -> tuple[Floats, Text, tuple[FilledCell, ...]]:
    """Return the values of a column or term, (n,), its name for readers, and the cells that a policy filled.

    Raises
    ------
    DataError
        A growth index, which does not compare units (XZ-207).
    """
    factor = read_quantity(of, panel, run)
    return factor.require_level(where=panel.source), series_name(of), factor.log


def series_key(of: Series) -> str:
    """Return the name of a column or term for machines."""
    return of if isinstance(of, str) else of.column
