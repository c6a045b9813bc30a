"""An input as it was read from a panel: its parts, the cells behind them, what policies filled."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from xinzhi.errors import DataError
from xinzhi.language import say
from xinzhi.method.filling import FilledCell
from xinzhi.panel.panel import Bools, Floats


@dataclass(frozen=True)
class Factor:
    """An input read from a panel.

    Parameters
    ----------
    parts : mapping from name to (n,) numbers
        Factors whose product is the input; their log changes add up to the input's.
    needs : mapping from column to (n,) numbers
        The cells behind its growth, for statuses; a Term's are called "input: method.column".
    level_needs : mapping from column to (n,) numbers
        The further cells behind its level.
    level : (n,) numbers or None
        The input comparable between units; None where only its growth is known.
    filled : (n,) booleans
        Cells that a policy filled.
    no_level : str
        Why there is no level.
    additive : frozenset of str
        Parts in absolute units, whose sum over industries means something.
    log : tuple of FilledCell
        Every cell that a policy filled, those of the input's share included.
    within_period : tuple of str
        Columns behind its growth that compare units within one period only (kind ``relative_level``).
    """

    parts: Mapping[str, Floats]
    needs: Mapping[str, Floats]
    level: Floats | None
    filled: Bools
    no_level: str = ""
    additive: frozenset[str] = frozenset()
    level_needs: Mapping[str, Floats] = field(default_factory=dict)
    within_period: tuple[str, ...] = ()
    log: tuple[FilledCell, ...] = ()

    @property
    def growth(self) -> Floats:
        """Return the product of the parts, (n,); its log changes within a unit mean something."""
        product: Floats = np.prod(np.column_stack(list(self.parts.values())), axis=1)
        return product

    def require_level(self, *, where: str) -> Floats:
        """Return the level or raise XZ-207."""
        if self.level is None:
            raise DataError("XZ-207", self.no_level, where=where, expected=say("a column that compares units"))
        return self.level
