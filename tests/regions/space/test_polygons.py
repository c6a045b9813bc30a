"""Contiguity from a map: a chessboard of nine squares, parts apart, files that are no map."""

import json
from pathlib import Path
from typing import Any

import pytest

from xinzhi.errors import DataError, UsageError
from xinzhi.regions.space.polygons import features, shared_borders
from xinzhi.regions.space.shapes import Shapes
from xinzhi.regions.space.weights import ContiguityList


def square(x: float, y: float) -> list[list[list[float]]]:
    return [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]]


def board(path: Path, *more: dict[str, Any]) -> Path:
    features = [
        {"properties": {"name": f"{x}{y}"}, "geometry": {"type": "Polygon", "coordinates": square(x, y)}}
        for x in range(3)
        for y in range(3)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [*features, *more]}), encoding="utf-8")
    return path


def test_queens_and_rooks(tmp_path: Path) -> None:
    """A board of three by three: 12 shared sides, and 8 more pairs that share a corner only."""
    chessboard = features(board(tmp_path / "map.geojson").read_text(encoding="utf-8"), unit="name")
    rook, queen = (shared_borders(chessboard, rule=rule) for rule in ("rook", "queen"))  # type: ignore[arg-type]
    assert (len(rook), len(queen)) == (12, 20)
    assert set(rook) < set(queen)
    assert sorted(other for pair in rook if "11" in pair for other in pair if other != "11") == ["01", "10", "12", "21"]


def test_parts_of_a_unit_count_together(tmp_path: Path) -> None:
    shape = {"type": "MultiPolygon", "coordinates": [square(3, 0), square(9, 9)]}
    path = board(tmp_path / "map.geojson", {"properties": {"name": "far"}, "geometry": shape})
    shapes = Shapes.read(path, unit="name")
    found = ContiguityList.from_shapes(shapes, rule="rook")
    assert ("20", "far") in found.links
    assert ContiguityList.from_study({"shapes": shapes, "rule": "rook"}, Path) == found
    renamed = Shapes.read(path, unit="name", names={"far": "near"})
    assert ("20", "near") in ContiguityList.from_shapes(renamed, rule="rook").links


def test_what_is_no_map(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("[1, 2]", encoding="utf-8")
    path = board(tmp_path / "map.geojson")
    for file, key, code in (
        ("odd.json", "name", "288"),
        ("absent.json", "name", "201"),
        ("map.geojson", "title", "288"),
    ):
        with pytest.raises(DataError) as caught:
            ContiguityList.from_shapes(Shapes.read(tmp_path / file, unit=key))
        assert caught.value.code == f"XZ-{code}"
    for study in ({"shapes": Shapes.read(path, unit="name"), "rule": "king"}, {"shapes": "map"}, {"file": 3}):
        with pytest.raises(UsageError):
            ContiguityList.from_study(study, lambda name: tmp_path / name)
