"""Example of a map: a grid of squares, one with a hole, one of two parts, one without a unit."""

from typing import Any

from tests.method.examples import LATE, UNITS, Example
from xinzhi.regions.dynamics.classes import CutOffs
from xinzhi.regions.space.breaks import Breaks
from xinzhi.regions.space.choropleth import Choropleth
from xinzhi.regions.space.shapes import Shapes


def ring(x: float, y: float, side: float = 1.0) -> list[list[float]]:
    """Return a square, counter-clockwise as RFC 7946 wants outer rings."""
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def grid() -> dict[str, Any]:
    """Return squares for the units, four in a row: the first has a hole with a polygon of no unit in it, the second
    two parts; a line runs below."""
    names = [*UNITS, LATE[0]]
    parts = {name: [[ring(100.0 + k % 4, 30.0 + k // 4)]] for k, name in enumerate(names)}
    parts[names[0]][0].append(ring(100.4, 30.4, 0.2)[::-1])
    parts[names[1]].append([ring(105.0, 30.0, 0.5)])
    parts["spare"] = [[ring(100.4, 30.4, 0.2)]]
    shapes = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "MultiPolygon", "coordinates": polygons}}
        for name, polygons in parts.items()
    ]
    line = {"type": "LineString", "coordinates": [[100.0, 29.5], [104.0, 29.5]]}
    return {"type": "FeatureCollection", "features": [*shapes, {"type": "Feature", "properties": {}, "geometry": line}]}


EXAMPLES: dict[str, Example] = {
    "choropleth": Example(
        lambda: Choropleth(of="k", shapes=Shapes(geojson=grid(), unit="name", source="自制底图")),
        main="class",
        per="observation",
        scales={"persons": 1e9},
    ),
    "choropleth, parting": Example(
        lambda: Choropleth(
            of="k",
            shapes=Shapes(geojson=grid(), unit="name"),
            years=(2010, 2012, 2014),
            classes=CutOffs(values=[100.0, 200.0, 300.0]),
            centre=200.0,
        ),
        main="class",
        per="observation",
        scales={"persons": 1e9},
    ),
    "choropleth, classes of each year": Example(
        lambda: Choropleth(
            of="k", shapes=Shapes(geojson=grid(), unit="name"), classes=Breaks(rule="equal", count=3, over="year")
        ),
        main="class",
        per="observation",
        scales={"persons": 1e9},
    ),
}
