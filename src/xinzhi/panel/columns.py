"""What a number column means: its unit of measurement and its kind."""

from dataclasses import dataclass
from typing import Literal, get_args

from xinzhi.errors import UsageError, listed, nearest
from xinzhi.language import joined, say

Kind = Literal["level", "growth_index", "relative_level", "price", "share", "ratio"]
"""``level``: comparable between units and years. ``growth_index``: each unit has its own base, only
its growth means something. ``relative_level``: one base unit per period, compares units within a
period. ``price``. ``share``: between 0 and 1. ``ratio``: any other pure number."""

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Column:
    """Unit of measurement, kind and description of a number column."""

    unit: str = ""
    kind: Kind = "level"
    description: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(
                "XZ-103",
                joined(say("kind {kind!r} of a column", kind=self.kind), nearest(self.kind, KINDS)),
                expected=say("one of {kinds}", kinds=listed(KINDS)),
            )
