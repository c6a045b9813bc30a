"""The chart of a threshold regression: plain columns in, an Altair chart with name, title and description out."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from xinzhi.language import say
from xinzhi.method.chart_parts import WIDTH, Labels, Row, finished, panels, tooltip, values
from xinzhi.method.table import shown
from xinzhi.method.theme import INK, QUIET, SERIES_COLOURS

HEADROOM = 5.0
"""Height of the axis in critical values: what lies higher says no more than that it is rejected."""


def ratio_profiles(
    labels: Labels,
    *,
    profiles: Mapping[str, tuple[Sequence[float], Sequence[float], float]],
    critical: float,
    across: str,
) -> Any:
    """Draw the likelihood ratio over the candidates, one panel per threshold, with the line under which none is rejected.

    Parameters
    ----------
    labels : Labels
        The unit is that of the ratio.
    profiles : mapping from name to (candidates, ratios, estimate)
    critical : float
    across : str
        The threshold variable.
    """  # noqa: E501
    highest = max(ratio for _, ratios, _ in profiles.values() for ratio in ratios)
    top = min(max(highest, 1.3 * critical), HEADROOM * critical)
    rows: list[Row] = []
    for name, (candidates, ratios, estimate) in profiles.items():
        rows += [{"unit": name, "x": x, "y": y, "told": shown(y, 2)} for x, y in zip(candidates, ratios, strict=True)]
        rows.append({"unit": name, "critical": critical, "word": say("critical: {value}", value=shown(critical, 2))})
        rows.append({"unit": name, "estimate": estimate})
    everything = [x for candidates, _, _ in profiles.values() for x in candidates]
    x = alt.X(
        "x:Q",
        title=across,
        scale=alt.Scale(domain=[min(everything), max(everything)], nice=False),
        axis=alt.Axis(tickCount=6),
    )
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("y:Q", title=labels.unit, scale=scale, axis=alt.Axis(tickCount=5))
    base = alt.Chart()
    path = base.transform_filter("isValid(datum.y)").mark_line(strokeWidth=1.4, clip=True, color=SERIES_COLOURS[0])
    path = path.encode(x=x, y=y, tooltip=tooltip(("x:Q", across), ("told:N", labels.unit)))
    line = base.transform_filter("isValid(datum.critical)")
    rule = line.mark_rule(color=INK, strokeWidth=1, strokeDash=[5, 3]).encode(y=alt.Y("critical:Q", scale=scale))
    word = line.mark_text(align="right", dx=-3, dy=-7, fontSize=11, color=INK)
    word = word.encode(x=alt.value(WIDTH - 60), y=alt.Y("critical:Q", scale=scale), text="word:N")
    mark = base.transform_filter("isValid(datum.estimate)").mark_rule(color=QUIET, strokeWidth=1)
    mark = mark.encode(x=alt.X("estimate:Q"))
    layers = alt.layer(mark, rule, path, word).properties(width=WIDTH - 60, height=150 if len(profiles) > 1 else 220)
    names = list(profiles)
    if len(names) == 1:
        return finished(layers.properties(data=values(rows)), labels)
    return panels(layers, rows, units=names, labels=labels, columns=1)
