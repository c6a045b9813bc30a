"""What analyses of an index read: columns of the panel, or terms such as the scores of an index."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from xinzhi.compute import Run
from xinzhi.language import Text, say
from xinzhi.method import Result, Term, View
from xinzhi.method.roles import read_quantity, series_name
from xinzhi.method.status import level_status
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Texts

Series = str | Term


def read_series(series: Series, panel: Panel, run: Run) -> Floats:
    """Return a column of the panel, or a term of another method joined by unit and time, (n,)."""
    if isinstance(series, str):
        return panel.values(series)
    return next(iter(read_quantity(series, panel, run).parts.values()))


def series_names(series: Sequence[Series]) -> list[Text]:
    """Return the readers' names of several, numbered where two have the same."""
    names = [series_name(one) for one in series]
    count = Counter(names)
    return [
        name if count[name] == 1 else say("{name} ({number})", name=name, number=k)
        for k, name in enumerate(names, start=1)
    ]


def presence(names: Sequence[Text], cells: Floats) -> tuple[Texts, Texts]:
    """Return status and reason of each row, (n,), of which all (n, k) cells are needed; names differ."""
    there = np.where(np.isfinite(cells), 1.0, np.nan)
    return level_status(dict(zip(names, there.T, strict=True)))


def shown_years(result: Result, view: View | None) -> list[int]:
    """Return the years that tables show: the ends of the periods of the view."""
    _, periods = result.chosen(view)
    return sorted({year for period in periods for year in period})
