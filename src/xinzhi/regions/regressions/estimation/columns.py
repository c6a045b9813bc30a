"""The variables of a regression as a panel holds them: values, names, logarithms, filled cells."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xinzhi.compute import Run
from xinzhi.language import Text, named, say
from xinzhi.method.filling import FilledCell
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.reading import Series, read_of, series_key

ONE_YEAR = say("one year only")


@dataclass(frozen=True)
class Columns:
    """Variables of a panel.

    ``cells``: (n, k) as read; ``in_logs``: (k,) of which the logarithm is taken; ``titles``: (k,) names of the columns;
    ``log``: cells that policies filled.
    """

    cells: Floats
    in_logs: Bools
    titles: tuple[Text, ...]
    log: tuple[FilledCell, ...]

    @classmethod
    def of(cls, series: Sequence[Series], logs: Sequence[str], panel: Panel, run: Run) -> "Columns":
        """Read variables, of some of which the logarithm is taken; a growth index is refused (XZ-207)."""
        read = [read_of(one, panel, run) for one in series]
        keys = [series_key(one) for one in series]
        return cls(
            cells=np.column_stack([values for values, _, _ in read]),
            in_logs=np.array([key in logs for key in keys]),
            titles=tuple(distinct([title for _, title, _ in read], keys)),
            log=tuple(dict.fromkeys(filled for _, _, found in read for filled in found)),
        )

    @property
    def names(self) -> tuple[Text, ...]:
        """Return the names of the variables as used, (k,)."""
        pairs = zip(self.titles, self.in_logs, strict=True)
        return tuple(say("ln {column}", column=title) if log else title for title, log in pairs)

    def there(self) -> dict[str, Floats]:
        """Return by column what is positive where a cell can be used, zero or less where it has no logarithm, NaN."""
        return {t: usable(cells, log) for t, cells, log in zip(self.titles, self.cells.T, self.in_logs, strict=True)}

    def used(self, rows: Ints) -> Floats:
        """Return (m, k) values of some rows that can be used, logarithms taken."""
        found = self.cells[rows]
        found[:, self.in_logs] = np.log(found[:, self.in_logs])
        return found


def usable(values: Floats, positive: bool) -> Floats:
    """Return what is positive where a number can be used, zero or less where it must be positive and is not."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values), np.where(positive, np.sign(values), 1.0), np.nan)


def distinct(titles: Sequence[Text], keys: Sequence[str]) -> list[Text]:
    """Return readers' names, with the name for machines added where two have the same."""
    count = Counter(titles)
    return [
        title if count[title] == 1 else say("{name} ({key})", name=title, key=named(key))
        for title, key in zip(titles, keys, strict=True)
    ]
