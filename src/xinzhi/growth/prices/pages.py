"""Words, tables and charts that bilateral and multilateral index numbers share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xinzhi.language import Text, again, named, say
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel.panel import Bools

INDEX_POINTS = say("base = 1")


def overlap_table(wholes: Sequence[tuple[str, Bools]], columns: Mapping[str, Any]) -> Table:
    """Return how many items and which share of value the comparisons of each whole hold.

    Parameters
    ----------
    wholes : sequence of (name, (m,) comparisons that are its own)
    columns : mapping
        ``matched``, ``share_before``, ``share_end``, (m,) each.
    """
    cells: dict[str, list[Any]] = {key: [] for key in ("unit", "comparisons", "without", "matched", "least", "mean")}
    for unit, mine in wholes:
        share = np.minimum(columns["share_before"][mine], columns["share_end"][mine])
        number = columns["matched"][mine]
        good = share[number > 0]
        shares = (float(good.min()), float(good.mean())) if good.size else (None, None)
        mean = float(number.mean()) if number.size else None
        line = (named(unit), int(mine.sum()), int((number == 0).sum()), mean, *shares)
        for key, cell in zip(cells, line, strict=True):
            cells[key].append(cell)
    fields = [
        Field("unit", label("unit")),
        Field("comparisons", say("Comparisons"), 0),
        Field("without", say("Without a common item"), 0),
        Field("matched", say("Matched items (mean)"), 1),
        Field("least", say("Least share of value"), 3),
        Field("mean", say("Mean share of value"), 3),
    ]
    note = say("A share is that of the matched items in the value of the side of the comparison where it is smaller.")
    return Table.of("matched", say("What the comparisons rest on"), fields, cells, notes=[note])


def level_lines(result: Result, columns: Mapping[str, Any], view: View | None) -> list[Any]:
    """Return levels over the years as lines: by formula for one whole, by whole (of the first formula) for several."""
    from xinzhi.method.charts import Labels, lines

    units, _ = result.chosen(view)
    formulas, several = list(result.rows.terms), len(units) > 1
    pairs = [(unit, formulas[0]) for unit in units[:6]] if several else [(units[0], name) for name in formulas[:6]]
    series: list[Text] = []
    time: list[int] = []
    value: list[float] = []
    for unit, formula in pairs:
        mine = columns["unit"] == unit
        if np.isfinite(columns[formula][mine]).any():
            series += [named(unit) if several else label(formula)] * int(mine.sum())
            time += columns["time"][mine].tolist()
            value += columns[formula][mine].tolist()
    if not series:
        return []
    title = say("{title}: {formula}", title=result.title, formula=label(formulas[0])) if several else result.title
    labels = Labels(name="levels", title=title, description=result.summary(view), unit=again(INDEX_POINTS))
    return [lines(labels, series=series, time=time, value=value, reference=1.0)]


def rate_line(columns: Mapping[str, Any], unit: str, *, names: list[str], period: tuple[int, int], title: str) -> Text:
    """Return one sentence on the mean rates of a unit: of one formula, or from the lowest to the highest."""
    row = int(np.flatnonzero(columns["unit"] == unit)[0])
    rates = {name: float(columns[name][row]) for name in names}
    known = {name: rate for name, rate in rates.items() if np.isfinite(rate)}
    heads = {"unit": named(unit), "title": title, "start": period[0], "end": period[1]}
    if not known:
        return say("{unit}: not computed in {reason}.", unit=named(unit), reason=columns["reason"][row])
    low, high = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    if len(known) == 1:
        told = shown(known[low], 2)
        return say(
            "{unit}: {title} by {formula} {rate} % a year in {start}–{end}.", **heads, formula=label(low), rate=told
        )
    return say(
        "{unit}: {title} from {low} % ({first}) to {high} % ({last}) a year in {start}–{end}.",
        **heads,
        low=shown(known[low], 2),
        high=shown(known[high], 2),
        first=label(low),
        last=label(high),
    )
