"""Rows of results by unit and period, as tables, sentences and charts take them; imports no chart library."""

from collections.abc import Sequence
from typing import Any

from xinzhi.language import Text, enumerated, named, say
from xinzhi.method.table import shown

Period = tuple[int, int]


def span_text(period: Sequence[int]) -> Text:
    """Return a period as readers write it."""
    return say("{first}–{last}", first=period[0], last=period[1])


def columns_of(columns: dict[str, Any], units: Sequence[str], periods: Sequence[Period], name: str) -> list[float]:
    """Return one column of the rows units x periods, in that order."""
    place = {
        (u, int(a), int(b)): i
        for i, (u, a, b) in enumerate(zip(columns["unit"], columns["start"], columns["end"], strict=True))
    }
    return [float(columns[name][place[(unit, *period)]]) for unit in units for period in periods]


def chart_columns(
    columns: dict[str, Any],
    units: Sequence[str],
    periods: Sequence[Period],
    parts: Sequence[str],
    *,
    total: str = "growth",
) -> dict[str, Any]:
    """Return unit, period, terms and total of the rows units x periods, as the charts take them."""
    return {
        "unit": [named(unit) for unit in units for _ in periods],
        "period": [span_text(period) for _ in units for period in periods],
        "terms": {name: columns_of(columns, units, periods, name) for name in parts},
        "total": columns_of(columns, units, periods, total),
    }


def told(units: Sequence[str], values: Sequence[float], name: str) -> Text:
    """Return numbers as a sentence for who cannot see the chart."""
    pairs = [
        say("{unit} {number}", unit=unit if isinstance(unit, Text) else named(unit), number=shown(value, 2))
        for unit, value in zip(units, values, strict=True)
    ]
    return say("{name}: {numbers}", name=name, numbers=enumerated(pairs))
