"""A map as GeoJSON (RFC 7946): the one reader of its polygons, and contiguity from them.

features(text, unit=...) -> names with rings;  shared_borders(features, rule=...) -> pairs that share a corner or a side
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np

from xinzhi.errors import DataError, listed
from xinzhi.language import Text, say
from xinzhi.panel.panel import Floats

Rule = Literal["queen", "rook"]
Polygon = tuple[Floats, ...]
"""Rings, (n, 2) each, closed: the outer one, then holes."""
DECIMALS = 7
"""Digits to which corners are the same: about a centimetre in degrees."""
WANTED = "GeoJSON FeatureCollection"
MAPS = 4
"""Maps that are kept as read: weights and figures of a study read the same one."""


@dataclass(frozen=True, eq=False)
class Feature:
    """What a map draws for one name, empty where the property is missing: polygons, and lines of (n, 2) places."""

    name: str
    polygons: tuple[Polygon, ...]
    lines: tuple[Floats, ...] = ()


@lru_cache(maxsize=MAPS)
def features(text: str, *, unit: str) -> tuple[Feature, ...]:
    """Return the features of a GeoJSON text with the names that a property gives.

    Raises
    ------
    DataError
        No collection of features, no feature with the property, a geometry that is neither polygon nor line (XZ-288).
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError("XZ-288", str(error)[:200], where="Shapes.geojson", expected=WANTED) from error
    given = found.get("features") if isinstance(found, dict) else None
    if not isinstance(given, list):
        kind = str(found.get("type")) if isinstance(found, dict) else type(found).__name__
        raise DataError("XZ-288", say("{kind} without features", kind=kind), where="Shapes.geojson", expected=WANTED)
    read = tuple(_feature(one, unit, number) for number, one in enumerate(given, start=1))
    if not any(feature.name for feature in read):
        known = {str(word): None for one in given for word in one.get("properties") or {}}
        why = say("no feature has the property {name!r}", name=unit)
        raise DataError("XZ-288", why, where="Shapes.unit", expected=listed(list(known)))
    return read


def shared_borders(of: Sequence[Feature], *, rule: Rule) -> list[tuple[str, str]]:
    """Return the pairs of names whose polygons share a corner or a side, sorted; features without a name are no unit.

    Corners must be typed the same in both polygons, as maps drawn from one set of lines have them.
    """
    owners: dict[Any, set[str]] = defaultdict(set)
    for feature in of:
        for ring in (ring for polygon in feature.polygons for ring in polygon) if feature.name else ():
            corners = [(x, y) for x, y in ring.round(DECIMALS).tolist()]
            for piece in corners if rule == "queen" else map(frozenset, pairwise(corners)):
                owners[piece].add(feature.name)
    return sorted({pair for names in owners.values() for pair in combinations(sorted(names), 2)})


def _feature(given: Any, unit: str, number: int) -> Feature:
    """Return one feature; what is not drawn, such as a point, is an error, a missing geometry is none."""
    try:
        name, shape = (given.get("properties") or {}).get(unit), given.get("geometry")
        kind, cells = (shape["type"], shape["coordinates"]) if shape else ("Polygon", [])
        one = {"Polygon": "polygons", "MultiPolygon": "polygons", "LineString": "lines", "MultiLineString": "lines"}
        drawn, parts = one.get(kind), cells if kind.startswith("Multi") or not cells else [cells]
        if drawn is None:
            raise _odd(number, say("geometry {kind}", kind=kind))
        if drawn == "lines":
            return Feature("" if name is None else str(name), (), tuple(_places(line, 2) for line in parts))
        polygons = tuple(tuple(_closed(_places(ring, 3)) for ring in part) for part in parts)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise _odd(number, say("no geometry that can be read")) from error
    return Feature("" if name is None else str(name), tuple(part for part in polygons if part))


def _odd(number: int, why: Text) -> DataError:
    found = say("feature {number}: {why}", number=number, why=why)
    return DataError("XZ-288", found, where="Shapes.geojson", expected=say("polygons or lines"))


def _places(given: Any, least: int) -> Floats:
    """Return (n, 2) places without their height; ValueError where they are fewer than ``least`` or not finite."""
    places = np.array([(point[0], point[1]) for point in given], dtype=np.float64)
    if len(places) < least or not np.isfinite(places).all():
        raise ValueError(len(places))
    places.flags.writeable = False
    return places


def _closed(ring: Floats) -> Floats:
    """Return a ring that ends where it starts."""
    return ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])
