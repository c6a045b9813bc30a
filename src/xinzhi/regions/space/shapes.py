"""The map of a user: polygons of units with their names, for weights by shared borders and for figures."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field as Setting
from pydantic import field_serializer, field_validator, model_validator

from xinzhi.errors import DataError, UsageError, listed, nearest
from xinzhi.language import joined, named, say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.panel import Panel
from xinzhi.regions.space.polygons import Feature, features
from xinzhi.regions.space.projections import Projection, require_degrees

LARGEST = 50_000_000
"""Letters of a map beyond which it is refused: borders so fine cannot be seen in print."""


@role("shapes")
class Shapes(Value):
    """Polygons of units, from a map of yours: GeoJSON, which most programs for maps can write.

    A study gives ``file`` in place of ``geojson``; see :meth:`read`. No map comes with this package. A map of China
    that is published needs a base map with an approval number (审图号); name it in ``source``.

    Parameters
    ----------
    geojson : str or mapping
        The map, a FeatureCollection. Polygons of one name are one unit. Polygons without a name, or whose name is no
        unit, and lines are drawn as background.
    unit : str
        Property of a feature that names its unit.
    names : mapping from name on the map to unit
        Where they differ.
    projection : "equirectangular", "projected" or Albers
        How degrees are drawn: true to scale along the middle latitude, or by equal areas; or whether coordinates are
        projected already.
    absent : "error" or "leave_out"
        What is done with units of the data that have no polygon.
    source : str
        Text under the map: where it comes from, its approval number.

    Examples
    --------
    >>> square = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]
    >>> feature = {"properties": {"id": "a"}, "geometry": {"type": "Polygon", "coordinates": square}}
    >>> shapes = Shapes(geojson={"features": [feature]}, unit="id", names={"a": "Avalon"})
    >>> sorted(shapes.polygons())
    ['Avalon']
    """

    geojson: str
    unit: str
    names: dict[str, str] = Setting(default_factory=dict)
    projection: Projection = "equirectangular"
    absent: Literal["error", "leave_out"] = "error"
    source: str = ""

    @field_validator("geojson", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        return json.dumps(given, ensure_ascii=False) if isinstance(given, Mapping) else given

    @field_serializer("geojson", when_used="json")
    def _digest(self, geojson: str) -> str:
        """Return what a report prints in place of the map."""
        return f"SHA-256 {hashlib.sha256(geojson.encode()).hexdigest()}"

    @model_validator(mode="after")
    def _drawable(self) -> "Shapes":
        if len(self.geojson) > LARGEST:
            raise DataError(
                "XZ-288",
                say("a map of {count:,} letters", count=len(self.geojson)),
                where="Shapes.geojson",
                expected=say("at most {most:,}", most=LARGEST),
                remedy=say("Simplify its borders, then give it again."),
            )
        there = {one.name for one in features(self.geojson, unit=self.unit)}
        absent = [name for name in self.names if name not in there]
        if absent:
            found = joined(
                say("names that the map lacks: {names}", names=listed(absent)), nearest(absent[0], list(there))
            )
            raise DataError("XZ-288", found, where="Shapes.names", expected=listed(sorted(there - {""})))
        rings = [ring for one in self.features() for polygon in one.polygons for ring in polygon]
        if self.projection != "projected":
            require_degrees("XZ-288", *rings, where="Shapes.projection", remedy=say("Say projection='projected'."))
        return self

    @classmethod
    def from_study(cls, settings: Mapping[str, Any], find: Callable[[str], Path]) -> "Shapes":
        """Return the map of a study, which names its ``file``."""
        if "file" not in settings:
            return cls(**settings)
        if not isinstance(settings["file"], str):
            raise UsageError("XZ-103", say("should be text"), where="Shapes.file")
        return cls.read(find(settings["file"]), **{name: cell for name, cell in settings.items() if name != "file"})

    @classmethod
    def read(cls, path: str | Path, **settings: Any) -> "Shapes":
        """Return the map of a GeoJSON file, and other settings as given.

        Raises
        ------
        DataError
            The file cannot be read (XZ-201), or is no map (XZ-288).
        """
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError("XZ-201", str(error)[:200], where=Path(path).name, expected="UTF-8") from error
        return cls(geojson=text, **settings)

    def features(self) -> tuple[Feature, ...]:
        """Return the features under the names of units."""
        read = features(self.geojson, unit=self.unit)
        return tuple(Feature(self.names.get(one.name, one.name), one.polygons, one.lines) for one in read)

    def polygons(self) -> dict[str, list[Feature]]:
        """Return the features with polygons by unit."""
        found: dict[str, list[Feature]] = {}
        for one in self.features():
            if one.name and one.polygons:
                found.setdefault(one.name, []).append(one)
        return found

    def without(self, panel: Panel) -> list[str]:
        """Return the units of a panel that have no polygon.

        Raises
        ------
        DataError
            There are some, and the settings do not leave them out; or no unit has one (XZ-288).
        """
        there = self.polygons()
        lone = [str(unit) for unit in panel.units if str(unit) not in there]
        if lone and (self.absent == "error" or len(lone) == panel.units.size):
            hint = nearest(lone[0], list(there))
            raise DataError(
                "XZ-288",
                joined(say("units without a polygon: {units}", units=listed([named(unit) for unit in lone])), hint),
                where=say("map of {source}", source=panel.source),
                expected=listed(list(there)),
                remedy=say("Give names={{'name on the map': '{unit}'}}, or say absent='leave_out'.", unit=lone[0]),
            )
        return lone
