"""A map on paper: polygons in pixels, rounded to a grid so that neighbours still touch and a page stays small."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.panel.panel import Floats
from xinzhi.regions.space.polygons import Feature, Polygon
from xinzhi.regions.space.projections import Projection, planar

GRIDS = (0.25, 0.5, 1.0, 2.0)
"""Pixels to which places are rounded: the finest with which all panels have no more places than"""
MOST = 120_000
"""together, about a megabyte of picture; a dot of a printer is 0.25."""
TALLEST = 1.2
"""Height of a panel over its width, at most."""


@dataclass(frozen=True)
class Drawn:
    """A map in pixels, y downwards.

    ``width``, ``height``; ``polygons``: by name, coordinates of a MultiPolygon, those of features without a name under
    ""; ``lines``: coordinates of a MultiLineString; ``grid``: pixels to which places are rounded; ``kept``, ``read``:
    places drawn in a panel, and on the map.
    """

    width: float
    height: float
    polygons: dict[str, list[Any]]
    lines: list[Any]
    grid: float
    kept: int
    read: int


def drawn(features: Iterable[Feature], projection: Projection, *, width: float, panels: int) -> Drawn:
    """Return features as they are drawn ``width`` pixels wide; polygons without a name are together under ""."""
    given = list(features)
    rings = [ring for one in given for part in (*one.polygons, one.lines) for ring in part]
    flat = planar(np.concatenate(rings), projection)
    low, high = flat.min(axis=0), flat.max(axis=0)
    step = max((high[0] - low[0]) / width, (high[1] - low[1]) / (TALLEST * width))
    flat = np.column_stack([flat[:, 0] - low[0], high[1] - flat[:, 1]]) / step
    pixels = iter(np.split(flat, np.cumsum([len(ring) for ring in rings])[:-1]))
    placed = [
        (one.name, [tuple(next(pixels) for _ in part) for part in one.polygons], [next(pixels) for _ in one.lines])
        for one in given
    ]
    across, down = ((high - low) / step).tolist()
    for grid in GRIDS:
        shapes: dict[str, list[Any]] = {}
        for name, parts, _ in placed:
            shapes.setdefault(name, []).extend(rounded(parts, grid))
        lines = [_on_grid(line, grid).tolist() for *_, strokes in placed for line in strokes]
        kept = sum(len(ring) for parts in shapes.values() for part in parts for ring in part) + sum(map(len, lines))
        if kept * panels <= MOST:
            break
    there = {name: parts for name, parts in shapes.items() if parts}
    return Drawn(across, down, there, lines, grid, kept, len(flat))


# Arrays in, arrays out ------------------------------------------------------------------------


def rounded(polygons: list[Polygon], grid: float) -> list[Any]:
    """Return coordinates of a MultiPolygon on a grid; a box where no area would be left, so that no unit is lost."""
    found = []
    for polygon in polygons:
        outer, *holes = (_on_grid(ring, grid) for ring in polygon)
        if area(outer) != 0.0:
            rings = [_turned(outer, 1.0), *(_turned(hole, -1.0) for hole in holes if area(hole) != 0.0)]
            found.append([ring.tolist() for ring in rings])
    if not found and polygons:
        (left, low), (right, high) = (end.round(2).tolist() for end in _box(polygons))
        found = [[[[left, low], [right, low], [right, high], [left, high], [left, low]]]]
    return found


def _box(polygons: list[Polygon]) -> tuple[Floats, Floats]:
    """Return the corners of the box around the largest of the outer rings."""
    largest = max((polygon[0] for polygon in polygons), key=lambda ring: abs(area(ring)))
    return largest.min(axis=0), largest.max(axis=0)


def area(ring: Floats) -> float:
    """Return the area inside a closed ring, (n, 2); negative where it turns the other way."""
    x, y = (ring - ring[0]).T
    return float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2.0


def _turned(ring: Floats, way: float) -> Floats:
    """Return a ring that turns one way: holes turn against the ring around them, else they would be filled."""
    return ring if area(ring) * way > 0 else ring[::-1]


def _on_grid(places: Floats, grid: float) -> Floats:
    """Return places on a grid, without repetitions and without places in the middle of a straight line."""
    near = np.round(places / grid)
    near = near[np.concatenate([[True], (np.diff(near, axis=0) != 0).any(axis=1)])]
    (x, y), kept = np.diff(near, axis=0).T, np.ones(len(near), dtype=bool)
    kept[1:-1] = x[:-1] * y[1:] != y[:-1] * x[1:]
    return np.asarray(near[kept] * grid)
