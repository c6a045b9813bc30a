"""Contiguity from a map: polygons of a GeoJSON file that share a corner (queen) or a side (rook)."""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Literal

from xinzhi.errors import DataError, listed
from xinzhi.language import say

Rule = Literal["queen", "rook"]
Point = tuple[float, float]
DECIMALS = 7
"""Digits to which corners are the same: about a centimetre in degrees."""


def shared_borders(path: Path, *, key: str, rule: Rule) -> list[tuple[str, str]]:
    """Return the pairs of units whose polygons share a corner or a side, sorted.

    Corners must be typed the same in both polygons, as maps drawn from one set of lines have them.

    Raises
    ------
    DataError
        The file cannot be read, or is no collection of named polygons (XZ-201).
    """
    owners: dict[Any, set[str]] = defaultdict(set)
    for name, ring in _rings(path, key):
        corners = [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in ring]
        sides = {frozenset(side) for side in pairwise(corners)}
        for piece in corners if rule == "queen" else sides:
            owners[piece].add(name)
    return sorted({pair for names in owners.values() for pair in combinations(sorted(names), 2)})


def _rings(path: Path, key: str) -> Iterator[tuple[str, list[Point]]]:
    """Yield the name and each ring of every polygon."""
    try:
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError("XZ-201", str(error)[:200], where=path.name, expected="GeoJSON FeatureCollection") from error
    for number, feature in enumerate(features, start=1):
        try:
            name, shape = str(feature["properties"][key]), feature["geometry"]
            polygons = {"Polygon": [shape["coordinates"]], "MultiPolygon": shape["coordinates"]}[shape["type"]]
            rings = [[(float(point[0]), float(point[1])) for point in ring] for part in polygons for ring in part]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            known = feature.get("properties") if isinstance(feature, dict) else None
            found = say("feature {number} is no polygon with {key!r}", number=number, key=key)
            expected = listed([str(word) for word in known or {}])
            raise DataError("XZ-201", found, where=path.name, expected=expected) from error
        for ring in rings:
            yield name, ring
