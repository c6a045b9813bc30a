"""What a rule of weights is, and the two that need no data."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.errors import DataError, listed
from xinzhi.indicators.slots import Formed
from xinzhi.indicators.stage import Change, Columns
from xinzhi.language import Text, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Bools, Floats, Ints

ADDS_UP = 0.006
"""By how much published weights, printed to two decimals of a per cent or of one, may miss their sum."""

ROUNDING = 1e-12
"""Relative size below which an amount that a weight is proportional to is rounding of zero."""

Needs = Literal["anything", "non_negative", "positive"]


@dataclass(frozen=True)
class Weighting:
    """``weights``: (1 or t, m), each row adds up to one; ``facts``: what the rule found, such as eigenvalues.

    ``changes``: cells that the rule changed for itself, such as by a shift; scores are of the unchanged ones.
    """

    weights: Floats
    facts: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


class Refused(DataError):
    """Values that a rule of weights cannot take. ``cells``: their columns and rows of the panel."""

    cells: tuple[tuple[str, int], ...] = ()

    def placed(self, place: Callable[[int], str]) -> DataError:
        """Return the error with its cells in words; ``place`` names a row."""
        cells = [say("{column}: {row}", column=named(name), row=place(row)) for name, row in self.cells]
        return DataError(self.code, listed(cells), where=self.where, expected=self.expected, remedy=self.remedy)


class WeightRule(Formed):
    """A rule that gives weights to the columns of a group.

    ``scope``: what it usually weighs: "all" indicators at once, or "siblings", the parts of each dimension;
    ``blind``: whether it looks at no data, and so can weigh dimensions too.
    """

    scope: ClassVar[Literal["all", "siblings"]] = "all"
    blind: ClassVar[bool] = False

    @property
    def needs(self) -> Needs:
        """Return what normalised values it can take."""
        return "anything"

    @abstractmethod
    def weighting(self, columns: Columns) -> Weighting:
        """Return the weights of the columns.

        Raises
        ------
        DataError
            Values that the rule cannot take (XZ-263), fewer than two rows (XZ-266), weights that are not defined
            (XZ-270).
        """


@role("equal")
class Equal(WeightRule):
    """Equal weights.

    Parameters
    ----------
    form : "equal"
    """

    called: ClassVar[Text] = say("equal weights")
    scope: ClassVar[Literal["all", "siblings"]] = "siblings"
    blind: ClassVar[bool] = True
    form: Literal["equal"] = "equal"

    def weighting(self, columns: Columns) -> Weighting:
        """Return 1 / m."""
        m = len(columns.names)
        return Weighting(np.full((1, m), 1.0 / m))


@role("given")
class Given(WeightRule):
    """The weights of the framework.

    Parameters
    ----------
    form : "given"
    scale : "shares" or "relative"
        ``shares``: weights add up to 1 or to 100 (within rounding); ``relative``: any positive numbers, as where each
        counts once or twice.
    """

    called: ClassVar[Text] = say("weights of the framework")
    scope: ClassVar[Literal["all", "siblings"]] = "siblings"
    blind: ClassVar[bool] = True
    form: Literal["given"] = "given"
    scale: Literal["shares", "relative"] = "shares"

    def weighting(self, columns: Columns) -> Weighting:
        """Return the given weights, rescaled to one; XZ-264 where one is missing or the sum is not right."""
        where = columns.group or say("the framework")
        odd = [named(name) for name, w in zip(columns.names, columns.given, strict=True) if not w >= 0]
        if odd:
            raise DataError("XZ-264", say("no weight: {names}", names=listed(odd)), where=where)
        total = float(columns.given.sum())
        if not total > 0 or (self.scale == "shares" and min(abs(total - 1), abs(total / 100 - 1)) > ADDS_UP):
            raise DataError("XZ-264", say("sum {total:g}", total=total), where=where, expected=say("a sum of 1 or 100"))
        return Weighting(columns.given[None] / total)


def counting_rows(columns: Columns, *, raw: bool = False) -> tuple[Ints, Floats, Floats]:
    """Return the rows that count and miss nothing, (k,), their (k, m) values and how often each counts, (k, 1).

    Raises
    ------
    DataError
        Fewer than two rows (XZ-266).
    """
    values = columns.raw if raw else columns.values
    rows = np.flatnonzero((columns.base > 0) & np.isfinite(values).all(axis=1))
    count = columns.base[rows][:, None]
    if count.sum() < 2:
        found = say("{count} rows without a missing value", count=int(count.sum()))
        raise DataError("XZ-266", found, where=columns.group)
    return rows, values[rows], count


def refuse_cells(odd: Bools, rows: Ints, columns: Columns, *, expected: str) -> None:
    """Raise XZ-263 with the (k, m) cells of some rows of the panel that are ``odd``, if any."""
    if odd.any():
        cells = tuple((columns.names[j], int(rows[i])) for i, j in np.argwhere(odd))
        names = listed([named(name) for name in dict.fromkeys(name for name, _ in cells)])
        error = Refused("XZ-263", names, where=columns.group, expected=expected)
        error.cells = cells
        raise error


def refuse_columns(odd: Bools, columns: Columns, *, expected: str) -> None:
    """Raise XZ-270 naming the (m,) columns that are ``odd``, if any."""
    if odd.any():
        found = [named(name) for name, wrong in zip(columns.names, odd.tolist(), strict=True) if wrong]
        raise DataError("XZ-270", listed(found), where=columns.group, expected=expected)


def in_proportion(amounts: Floats, columns: Columns, *, expected: str) -> Floats:
    """Return (1, m) weights in proportion to (m,) amounts; XZ-270 where all are zero. One column weighs one."""
    if amounts.size == 1:
        return np.ones((1, 1))
    total = amounts.sum()
    if not total > 0:
        raise DataError(
            "XZ-270", listed([named(name) for name in columns.names]), where=columns.group, expected=expected
        )
    return np.asarray(amounts[None] / total)


def cells_changed(rule: Formed, columns: Columns, rows: Ints, before: Floats, after: Floats) -> tuple[Change, ...]:
    """Return the account of the (k, m) cells that a rule changed for itself; none where it changed none."""
    at, places = np.nonzero(after != before)
    if not at.size:
        return ()
    names = tuple(np.array(columns.names, dtype=object)[places])
    return (Change("weigh", rule.words(), rows[at], names, before[at, places], after[at, places]),)
