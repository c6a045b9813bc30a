"""Charts of space: plain columns in, an Altair chart with name, title and description out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import numpy as np

from xinzhi.language import named, say, sentences
from xinzhi.method.chart_parts import (
    LETTER,
    WIDTH,
    Labels,
    Row,
    called,
    extent,
    finished,
    legend,
    number,
    strip,
    tooltip,
    values,
)
from xinzhi.method.table import LATIN, shown, shown_p, wide
from xinzhi.method.theme import INK, QUIET
from xinzhi.panel.panel import Floats
from xinzhi.regions.space.local import QUADRANTS
from xinzhi.regions.space.outlines import drawn
from xinzhi.regions.space.shapes import Shapes

COLOURS = ("#a3390f", "#86b0d6", "#17375e", "#f4c67a", "#e8e8e8")
"""High-high dark red, low-high light blue, low-low dark blue, high-low light orange, not significant grey."""
RISING = ("#c3d9ed", "#86b0d6", "#3f74a8", "#17375e")
"""From the lowest class to the highest: lightness falls in even steps, in grey print too."""
ABOVE = ("#fbdcae", "#e79a3c", "#b8560c", "#7a2307")
"""From a centre upwards; downwards the colours are those of rising classes."""
MIDDLE = "#faf4dc"
"""The class that holds the centre."""
BLANK = "#f2f2f2"
"""Of units without data and of polygons without a unit: lighter than any class, in grey print too."""
GAP = 16
"""Pixels between maps."""
SERIES = "#17375e"
CLOSING = "，。；：、！？）》」』”’"
"""Signs that begin no line."""
NAMED = 8
"""Points of a scatter plot that are named, at most."""
CELL = 15
"""Height of a row, CSS pixels."""


def cluster_strip(
    labels: Labels, *, unit: Sequence[str], time: Sequence[int], kind: Sequence[str | None], kinds: Sequence[str]
) -> Any:
    """Draw the kind of cluster of each unit in each year as a coloured cell.

    Parameters
    ----------
    labels : Labels
        ``unit`` of the labels is not used.
    unit : (k,) names
    time : (k,) years; one and the same where the data have none
    kind : (k,) kinds of cluster; None where not computed
    kinds : (5,) names of the kinds in the order of the key
    """
    rows: list[Row] = [
        {"unit": who, "time": int(year), "kind": None if cell is None else str(called([cell])[0])}
        for who, year, cell in zip(called(unit), time, kind, strict=True)
    ]
    _, cells, width = strip(rows, kinds=called(kinds), colours=COLOURS, heading=say("Cluster"))
    return finished(alt.layer(cells).properties(width=width, height=CELL * len(set(unit))), labels)


@dataclass(frozen=True)
class MapPanel:
    """One map: its heading, and by unit the class that colours it and what the pointer shows; None where missing."""

    title: str
    kind: Mapping[str, str | None]
    told: Mapping[str, str]


def unit_map(
    labels: Labels,
    *,
    shapes: Shapes,
    panels: Sequence[MapPanel],
    kinds: Sequence[str],
    colours: Sequence[str],
    heading: str,
    blank: str = BLANK,
) -> Any:
    """Draw the classes of units on a map, one for each panel, under one key, with the source of the map below.

    Parameters
    ----------
    labels : Labels
        The unit is what the pointer shows.
    shapes : Shapes
    panels : sequence of MapPanel
    kinds : (k,) names of the classes in the order of the key
    colours : (k,) of each
    heading : what a class is, for the pointer
    blank : colour of units without a class
    """
    width = WIDTH - 20 if len(panels) == 1 else (WIDTH - GAP) / 2
    outlines, absent = drawn(shapes.features(), shapes.projection, width=width, panels=len(panels)), say("no data")
    names = [*called(kinds)]
    if any(panel.kind.get(name) is None for panel in panels for name in outlines.polygons):
        names.append(absent)
    rows: list[Row] = []
    for name, parts in outlines.polygons.items():
        row: Row = {"type": "Feature", "geometry": {"type": "MultiPolygon", "coordinates": parts}, "unit": named(name)}
        for k, panel in enumerate(panels):
            kind = panel.kind.get(name)
            row |= {f"kind{k}": absent if kind is None else called([kind])[0], f"told{k}": panel.told.get(name, "–")}
        rows.append(row)
    scale = alt.Scale(domain=names, range=[*colours, blank][: len(names)])
    flat, stroke = alt.Projection(type="identity", scale=1, translate=[0, 0]), _stroke(len(rows))
    background = {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": outlines.lines}}
    lines = alt.Chart(values([background])).mark_geoshape(filled=False, stroke=QUIET, strokeWidth=0.8)
    maps = []
    for k, panel in enumerate(panels):
        tips = (("unit:N", say("Unit")), (f"told{k}:N", labels.unit), (f"kind{k}:N", heading))
        colour = alt.Color(f"kind{k}:N", scale=scale, legend=legend(names))
        shape = alt.Chart().mark_geoshape(stroke=QUIET, strokeWidth=stroke, aria=False)  # a label each doubles the size
        one = shape.encode(color=colour, tooltip=tooltip(*tips))
        layers = alt.layer(one, *([lines] if outlines.lines else []))
        heads = {"title": panel.title} if panel.title else {}
        maps.append(layers.properties(projection=flat, width=outlines.width, height=outlines.height, **heads))
    size = {"grid": outlines.grid, "kept": outlines.kept, "read": outlines.read}
    told = say("Borders are rounded to {grid:g} pixels: {kept} of {read} places are drawn.", **size)
    labels = replace(labels, description=sentences(labels.description, told))
    chart = alt.concat(*maps, columns=2, spacing=GAP, data=values(rows)).resolve_scale(color="shared")
    return finished(alt.vconcat(chart, _below(named(shapes.source))) if shapes.source else chart, labels)


def _stroke(count: int) -> float:
    """Return the width of borders: thinner where there are many."""
    return 0.5 if count <= 100 else 0.25 if count <= 1000 else 0.1


def _below(text: str) -> Any:
    """Return a line of text under a figure, broken to its width."""
    most, lines = WIDTH / (0.9 * LETTER), [""]
    for letter in text:
        if wide(lines[-1]) >= most - 4 and (letter == " " or (ord(letter) > LATIN and letter not in CLOSING)):
            lines.append("")
        lines[-1] += letter
    note = alt.Chart(values([{"told": [line.strip() for line in lines]}])).mark_text(
        align="left", baseline="top", x=0, y=0, color=QUIET, fontSize=11, lineHeight=14
    )
    return note.encode(text="told:N").properties(width=WIDTH - 20, height=14 * len(lines))


def class_colours(cuts: Floats, centre: float | None) -> list[str]:
    """Return a colour for each class between (k - 1,) cut-offs, rising, or parting at a centre."""
    k = cuts.size + 1
    if centre is None:
        return ramp(RISING, k)
    below, above = int((cuts <= centre).sum()), int((cuts >= centre).sum())
    most = max(below, above, 3)  # two classes need not be as far apart as the ends of five
    down, up = ramp(RISING, most)[:below], ramp(ABOVE, most)[:above]
    return [*down[::-1], *[MIDDLE] * (k - below - above), *up]


def ramp(stops: Sequence[str], count: int) -> list[str]:
    """Return so many colours evenly along stops; one is the second stop."""
    if count == 1:
        return [stops[1]]
    parts = np.array([[int(stop[place : place + 2], 16) for place in (1, 3, 5)] for stop in stops], dtype=np.float64)
    at = np.linspace(0.0, len(stops) - 1.0, count)
    mixed = np.column_stack([np.interp(at, np.arange(len(stops)), part) for part in parts.T]).round().astype(int)
    return ["#" + "".join(f"{part:02x}" for part in colour) for colour in mixed.tolist()]


def dependence_paths(
    labels: Labels, *, time: Sequence[int], statistics: Mapping[str, tuple[Floats, Floats, Floats]], level: float
) -> Any:
    """Draw statistics of dependence over the years, one panel and scale each, with their expectation as a dashed line.

    Parameters
    ----------
    labels : Labels
        ``unit`` of the labels is not used.
    time : (t,) years
    statistics : mapping from name to value, expectation and p, (t,) each
    level : points with a larger p are hollow
    """
    kinds = [say("p at most {level:g}", level=level), say("p larger")]
    scale = alt.Scale(domain=kinds, range=[SERIES, "#ffffff"])
    charts = []
    size = 26 if len(time) <= 40 else 12
    for name, (value, expected, p) in zip(called(statistics), statistics.values(), strict=True):
        rows: list[Row] = [
            {"time": year, "value": number(v), "expected": number(e), "kind": kinds[not q <= level]}
            | {
                "told": say(
                    "{value}, expected {expected}, p {p}", value=shown(v, 4), expected=shown(e, 4), p=shown_p(q, 4)
                )
            }
            for year, v, e, q in zip(time, value.tolist(), expected.tolist(), p.tolist(), strict=True)
        ]
        low, high = extent((row[key] for row in rows for key in ("value", "expected")), zero=False)
        y = alt.Scale(domain=[low, high], nice=True)
        x = alt.X("time:Q", title=None, axis=alt.Axis(format="d", tickCount=6), scale=alt.Scale(nice=False))
        base = alt.Chart(values(rows)).encode(x=x)
        line = base.mark_line(color=SERIES, strokeWidth=1.5).encode(
            y=alt.Y("value:Q", title=name, scale=y, axis=alt.Axis(grid=True, tickCount=5))
        )
        mark = base.mark_line(color=QUIET, strokeWidth=0.8, strokeDash=[4, 3]).encode(y=alt.Y("expected:Q", scale=y))
        points = base.mark_point(filled=True, size=size, stroke=SERIES, strokeWidth=1.2, opacity=1).encode(
            y=alt.Y("value:Q", scale=y),
            fill=alt.Fill("kind:N", scale=scale, legend=alt.Legend(columns=2, symbolType="circle")),
            tooltip=tooltip(("time:Q", say("Year")), ("told:N", name)),
        )
        charts.append(alt.layer(mark, line, points).properties(width=WIDTH - 80, height=150))
    return finished(alt.vconcat(*charts, spacing=GAP).resolve_scale(fill="shared"), labels)


def moran_scatter(labels: Labels, *, item: Sequence[str], x: Floats, y: Floats, across: str, slope: float) -> Any:
    """Draw the spatial lag against the value with the lines of both means, the line of Moran's I, and who is far out.

    Parameters
    ----------
    labels : Labels
        The unit is that of the vertical axis.
    item : (m,) names
    x, y : (m,) value and spatial lag
    across : str
        What the horizontal axis measures.
    slope : Moran's I; its line goes through the middle of the points
    """
    wide_, high, names = WIDTH - 60, 300, called(item)
    rows: list[Row] = [
        {"item": name, "x": a, "y": b, "told": f"{shown(a, 2)}; {shown(b, 2)}"}
        for name, a, b in zip(names, x.tolist(), y.tolist(), strict=True)
    ]
    (left, right), (low, top) = (padded(extent(cells.tolist())) for cells in (x, y))
    axes = [alt.Scale(domain=list(ends), nice=False) for ends in ((left, right), (low, top))]
    horizontal = alt.X("x:Q", title=across, scale=axes[0], axis=alt.Axis(tickCount=6))
    vertical = alt.Y("y:Q", title=labels.unit, scale=axes[1], axis=alt.Axis(tickCount=6))
    zero = [
        alt.Chart(values([{"zero": 0}])).mark_rule(color=QUIET, strokeWidth=0.8).encode(**{axis: where})
        for axis, where in (("x", alt.X("zero:Q", scale=axes[0])), ("y", alt.Y("zero:Q", scale=axes[1])))
    ]
    points = alt.Chart(values(rows)).mark_point(filled=True, size=26, opacity=0.75, color="#3b78b0")
    points = points.encode(x=horizontal, y=vertical, tooltip=tooltip(("item:N", say("Unit")), ("told:N", labels.unit)))
    start = float(y.mean() - slope * x.mean())
    fit = [{"x": at, "y": start + slope * at} for at in (left, right)]
    line = alt.Chart(values(fit)).mark_line(color=INK, strokeWidth=1.4, clip=True).encode(x=horizontal, y=vertical)
    layers = [*zero, line, points]
    scaled = np.column_stack([(x - left) / (right - left) * wide_, (top - y) / (top - low) * high])
    placed = beside(scaled, names, width=wide_)
    sides: list[tuple[Any, int]] = [("left", 5), ("right", -5)]
    for align, shift in sides:
        told = [{**rows[k], "item": names[k]} for k, side in placed.items() if side == align]
        mark = alt.Chart(values(told)).mark_text(align=align, dx=shift, fontSize=11)
        layers += [mark.encode(x=horizontal, y=vertical, text="item:N")] if told else []
    corners: list[tuple[float, float, Any, int]] = [
        (right, top, "right", 0),
        (left, top, "left", 1),
        (left, low, "left", 2),
        (right, low, "right", 3),
    ]
    for at, up, align, quadrant in corners:
        mark = alt.Chart(values([{"x": at, "y": up, "told": called([QUADRANTS[quadrant]])[0]}]))
        mark = mark.mark_text(
            align=align,
            baseline="top" if up == top else "bottom",
            dx=4 if align == "left" else -4,
            color=QUIET,
            fontSize=11,
        )
        layers.append(mark.encode(x=horizontal, y=vertical, text="told:N"))
    return finished(alt.layer(*layers).properties(width=wide_, height=high), labels)


def padded(ends: tuple[float, float]) -> tuple[float, float]:
    """Return ends with a tenth of their distance on both sides."""
    room = 0.1 * (ends[1] - ends[0])
    return ends[0] - room, ends[1] + room


def beside(places: Floats, names: Sequence[str], *, width: float) -> dict[int, Any]:
    """Return which of (m, 2) points in pixels get their name, and on which side: the farthest out that leave room.

    A name does not cover another name, a point, or the edge.
    """
    middle = np.median(places, axis=0)
    far = np.hypot(*((places - middle) / places.std(axis=0).clip(1e-9)).T)
    boxes: list[tuple[float, float, float]] = []
    found: dict[int, Any] = {}
    for k in np.argsort(-far, kind="stable")[: 4 * NAMED].tolist():
        (x, y), size = places[k], 0.9 * LETTER * wide(names[k])
        for side, low in (("left", x + 5), ("right", x - 5 - size)):
            high = low + size
            free = low >= 0 and high <= width
            near = np.abs(places[:, 1] - y) < 8
            free &= not (near & (places[:, 0] > low - 3) & (places[:, 0] < high + 3)).any()
            if free and not any(low < b and a < high and abs(y - c) < 13 for a, b, c in boxes):
                found[k] = side
                boxes.append((low, high, float(y)))
                break
        if len(found) == NAMED:
            break
    return found


def ellipse_map(labels: Labels, *, outline: Mapping[int, Floats], path: Mapping[int, Floats], across: str) -> Any:
    """Draw ellipses of some years and the path of the centroid over all, east to the right and north up.

    Parameters
    ----------
    labels : Labels
        The unit is what the vertical axis measures.
    outline : mapping from year to (p, 2) places
    path : mapping from year to (2,) centroid
    across : str
        What the horizontal axis measures.
    """
    ring: list[Row] = [
        {"year": str(year), "x": float(x), "y": float(y), "k": k}
        for year, places in outline.items()
        for k, (x, y) in enumerate(places)
    ]
    track: list[Row] = [
        {"year": str(year), "x": float(at[0]), "y": float(at[1]), "k": k} for k, (year, at) in enumerate(path.items())
    ]
    span = max(max(row[key] for row in ring) - min(row[key] for row in ring) for key in ("x", "y"))

    def scale(key: str) -> Any:  # one length for both axes: the shape is the message
        low, high = min(row[key] for row in ring), max(row[key] for row in ring)
        middle = (low + high) / 2
        return alt.Scale(domain=[middle - 0.55 * span, middle + 0.55 * span], nice=False)

    x = alt.X("x:Q", title=across, scale=scale("x"), axis=alt.Axis(tickCount=5))
    y = alt.Y("y:Q", title=labels.unit, scale=scale("y"), axis=alt.Axis(tickCount=5, grid=True))
    years = [str(year) for year in outline]
    stroke = alt.Legend(symbolType="stroke", symbolStrokeWidth=2.0)
    colour = alt.Color(
        "year:N", scale=alt.Scale(domain=years, range=["#86b0d6", "#17375e"][-len(years) :]), legend=stroke
    )
    rings = alt.Chart(values(ring)).mark_line(strokeWidth=1.6).encode(x=x, y=y, order="k:Q", color=colour)
    line = alt.Chart(values(track)).mark_line(color=INK, strokeWidth=1.2, point={"size": 18, "color": INK})
    line = line.encode(x=x, y=y, order="k:Q", tooltip=tooltip(("year:N", say("Year"))))
    ends = [{**row, "told": row["year"]} for row in (track[0], track[-1])][: len(track)]
    apart = 8 if ends[0]["y"] >= ends[-1]["y"] else -8  # the names of both ends stand away from the path
    names = [
        alt.Chart(values([row])).mark_text(dy=dy, fontSize=11).encode(x=x, y=y, text="told:N")
        for row, dy in zip(ends, (-apart, apart), strict=False)
    ]
    side = WIDTH - 120
    return finished(alt.layer(rings, line, *names).properties(width=side, height=side), labels)
