"""The map of a user: what is read, what is refused, how it lies on paper."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.method.region_examples.choropleth import grid, ring
from xinzhi.errors import DataError, UsageError
from xinzhi.regions.space.outlines import GRIDS, area, drawn, rounded
from xinzhi.regions.space.projections import Albers
from xinzhi.regions.space.shapes import Shapes
from xinzhi.regions.space.weights import ContiguityList

ROUNDING = 1e-9
"""Sums of products of pixels."""


def panel(*units: str) -> xz.Panel:
    return xz.Panel(pd.DataFrame({"unit": units, "y": np.arange(1.0, len(units) + 1)}), unit="unit")


def feature(name: Any, kind: str, coordinates: Any) -> dict[str, Any]:
    return {"properties": {"name": name}, "geometry": {"type": kind, "coordinates": coordinates}}


def square(name: Any, x: float = 0.0) -> dict[str, Any]:
    return feature(name, "Polygon", [ring(x, 0.0)])


def one_map(*features: dict[str, Any], **settings: Any) -> Shapes:
    return Shapes(geojson={"features": list(features)}, unit="name", **settings)


def test_a_file_a_text_and_a_mapping_are_one_map(tmp_path: Path) -> None:
    text = json.dumps(grid(), ensure_ascii=False)
    (tmp_path / "map.geojson").write_text(f"\ufeff{text}", encoding="utf-8")
    found = Shapes.from_study({"file": "map.geojson", "unit": "name"}, lambda name: tmp_path / name)
    assert found == Shapes(geojson=text, unit="name") == Shapes(geojson=grid(), unit="name")
    assert found.key() == Shapes(geojson=grid(), unit="name").key() != one_map(square("A")).key()
    assert Shapes.from_study({"geojson": grid(), "unit": "name"}, Path) == found
    with pytest.raises(UsageError):
        Shapes.from_study({"file": 7, "unit": "name"}, Path)


def test_settings_of_a_report_hold_a_hash_and_not_the_map() -> None:
    shapes = Shapes(geojson=grid(), unit="name")
    assert len(shapes.model_dump(mode="json")["geojson"]) == len("SHA-256 ") + 64
    assert Shapes.model_validate(shapes.model_dump()) == shapes


def test_parts_holes_lines_and_what_has_no_name() -> None:
    shapes = Shapes(geojson=grid(), unit="name")
    there = shapes.polygons()
    assert len(there) == 16
    assert [len(polygon) for polygon in there["U00"][0].polygons] == [2]
    assert len(there["U01"][0].polygons) == 2
    assert [len(one.lines) for one in shapes.features() if not one.name] == [1]
    several = one_map(square("A"), square("A", 5.0), square(None, 9.0), square("", 7.0), square(110000, 3.0))
    assert {name: len(found) for name, found in several.polygons().items()} == {"A": 2, "110000": 1}


def test_names_lead_from_the_map_to_the_data() -> None:
    shapes = one_map(square("a"), square("b", 1.0), names={"a": "A", "b": "B"})
    assert sorted(shapes.polygons()) == ["A", "B"]
    assert ContiguityList.from_shapes(shapes).links == (("A", "B"),)


def test_names_that_the_map_lacks() -> None:
    with pytest.raises(DataError, match="did you mean 'Alpha'") as caught:
        one_map(square("Alpha"), names={"Alphа": "A"})  # the last letter is Cyrillic
    assert caught.value.code == "XZ-288"


def test_units_without_a_polygon() -> None:
    shapes = one_map(square("Alpha"), square("Beta", 1.0))
    with pytest.raises(DataError, match="Gamma") as caught:
        shapes.without(panel("Alpha", "Gamma"))
    assert caught.value.code == "XZ-288"
    lenient = shapes.model_copy(update={"absent": "leave_out"})
    assert lenient.without(panel("Alpha", "Gamma")) == ["Gamma"]
    with pytest.raises(DataError, match="did you mean 'Alpha'"):
        lenient.without(panel("alpha", "beta"))


@pytest.mark.parametrize(
    ("geojson", "word"),
    [
        ("no map", "Expecting value"),
        ("[1, 2]", "list without features"),
        ('{"type": "Topology", "objects": {}}', "Topology without features"),
        ('{"features": 3}', "without features"),
        ('{"features": []}', "no feature has the property 'name'"),
        ({"features": [{"properties": {"title": "A"}, "geometry": None}]}, "no feature has the property"),
        ({"features": [feature("A", "Point", [0.0, 0.0])]}, "geometry Point"),
        ({"features": [3]}, "feature 1: no geometry that can be read"),
        ({"features": [feature("A", "Polygon", [[[0, 0], [1, 1]]])]}, "no geometry that can be read"),
        ({"features": [feature("A", "Polygon", [[[0, 0], [1, "x"], [2, 2]]])]}, "no geometry that can be read"),
        ({"features": [feature("A", "Polygon", [[[0, 0], [1, float("nan")], [2, 2]]])]}, "no geometry"),
        ({"features": [feature("A", "Polygon", [[[1e6, 0], [2e6, 0], [2e6, 9]]])]}, "beyond 180 or 90 degrees"),
    ],
)
def test_what_is_no_map(geojson: Any, word: str) -> None:
    with pytest.raises(DataError, match=word) as caught:
        Shapes(geojson=geojson, unit="name")
    assert caught.value.code == "XZ-288"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "gbk.geojson").write_bytes("北京".encode("gbk"))
    for name in ("gbk.geojson", "absent.geojson"):
        with pytest.raises(DataError) as caught:
            Shapes.read(tmp_path / name, unit="name")
        assert caught.value.code == "XZ-201"


def test_a_map_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xinzhi.regions.space.shapes.LARGEST", 100)
    with pytest.raises(DataError, match="letters") as caught:
        Shapes(geojson=grid(), unit="name")
    assert caught.value.code == "XZ-288"


# On paper -------------------------------------------------------------------------------------


def test_a_map_fills_its_width_and_stands_upright() -> None:
    """Two unit squares side by side, projected: 100 x 50 pixels; y runs down."""
    shapes = one_map(square("A"), square("B", 1.0), projection="projected")
    found = drawn(shapes.features(), shapes.projection, width=100.0, panels=1)
    assert (found.width, found.height, found.grid, found.read) == (100.0, 50.0, GRIDS[0], 10)
    assert sorted(map(tuple, found.polygons["B"][0][0][:-1])) == [
        (50.0, 0.0),
        (50.0, 50.0),
        (100.0, 0.0),
        (100.0, 50.0),
    ]


def test_degrees_are_shortened_along_the_middle_latitude() -> None:
    """At 60 degrees a degree of longitude is half one of latitude."""
    shapes = one_map(feature("A", "Polygon", [[[0, 59], [4, 59], [4, 61], [0, 61], [0, 59]]]))
    found = drawn(shapes.features(), shapes.projection, width=100.0, panels=1)
    assert found.height / found.width == pytest.approx(1.0, abs=0.01)


def test_equal_areas_stay_equal_under_albers() -> None:
    """Cells of one degree at 20 and at 50 degrees north: areas on a sphere are as differences of sines."""
    cells = {name: [[100, y], [101, y], [101, y + 1], [100, y + 1], [100, y]] for name, y in (("A", 20), ("B", 50))}
    shapes = one_map(*(feature(name, "Polygon", [cell]) for name, cell in cells.items()), projection=Albers())
    found = drawn(shapes.features(), shapes.projection, width=4000.0, panels=1)
    one, other = (area(np.array(found.polygons[name][0][0])) for name in "AB")
    south, north = (np.sin(np.radians(y + 1)) - np.sin(np.radians(y)) for y in (20, 50))
    assert one / other == pytest.approx(south / north, rel=0.002)  # straight sides, and places on a grid


def test_holes_turn_against_the_ring_around_them() -> None:
    """In either order of the corners: Vega fills by winding."""
    outer, hole = (np.array(ring(*at)) for at in ((0.0, 0.0, 10.0), (4.0, 4.0, 2.0)))
    for first in (outer, outer[::-1]):
        for second in (hole, hole[::-1]):
            ((a, b),) = rounded([(first, second)], 0.25)
            assert area(np.array(a)) == pytest.approx(100.0, abs=ROUNDING)
            assert area(np.array(b)) == pytest.approx(-4.0, abs=ROUNDING)


def test_neighbours_still_touch_on_the_grid_and_no_unit_is_lost() -> None:
    """A border that wriggles is drawn alike from both sides: areas add up. A speck becomes a box."""
    y = np.linspace(0.0, 50.0, 301)
    border = np.column_stack([30.0 + 3.0 * np.sin(y), y])
    left, right = (np.vstack([border, corners, border[:1]]) for corners in ([[0, 50], [0, 0]], [[70, 50], [70, 0]]))
    for step in GRIDS:
        parts = [rounded([(side,)], step)[0][0] for side in (left, right)]
        assert sum(area(np.array(part)) for part in parts) == pytest.approx(70.0 * 50.0, abs=ROUNDING)
        assert len(parts[0]) < len(left)
    speck = 0.04 * (np.array(ring(0.0, 0.0)) + 0.3)
    assert len(rounded([(speck,)], 2.0)[0][0]) == 5


def test_a_fine_map_is_rounded_more(monkeypatch: pytest.MonkeyPatch) -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 20_001)
    coast = np.column_stack([np.cos(angle), np.sin(angle)]) * (1.0 + 0.02 * np.sin(50.0 * angle))[:, None]
    shapes = one_map(feature("A", "Polygon", [coast.tolist()]), projection="projected")
    monkeypatch.setattr("xinzhi.regions.space.outlines.MOST", 4000)
    fine, coarse = (drawn(shapes.features(), "projected", width=440.0, panels=panels) for panels in (1, 4))
    assert fine.grid < coarse.grid
    assert coarse.kept * 4 <= 4000
    assert coarse.kept < fine.kept < fine.read
