"""From degrees to a plane: Albers' conic projection, and the equirectangular one for maps.

albers            x = rho sin t,  y = rho_0 - rho cos t,  rho = R sqrt(C - 2 n sin phi) / n,  t = n (lambda - lambda_0)
equirectangular   x = R lambda cos phi_0,  y = R phi,  phi_0 the middle latitude of the map
"""

from typing import Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.errors import DataError
from xinzhi.language import Text, say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats
from xinzhi.regions.space.distances import EARTH


@role("albers")
class Albers(Value):
    """Albers' equal-area conic projection on a sphere of radius 6371.0088 km.

    Parameters
    ----------
    parallels : (south, north)
        Standard parallels, degrees; by default those in use for China.
    longitude, latitude : number
        Origin, degrees.
    """

    parallels: tuple[float, float] = (25.0, 47.0)
    longitude: float = Setting(default=105.0, ge=-180, le=180)
    latitude: float = Setting(default=0.0, ge=-90, le=90)

    def projected(self, places: Floats) -> Floats:
        """Return (u, 2) kilometres east and north of the origin from longitude and latitude in degrees."""
        return albers(places, self.parallels, (self.longitude, self.latitude))

    def unprojected(self, places: Floats) -> Floats:
        """Return (u, 2) longitude and latitude in degrees from kilometres."""
        return albers_inverse(places, self.parallels, (self.longitude, self.latitude))


Projection = Literal["equirectangular", "projected"] | Albers
"""How a map is drawn; ``projected``: its coordinates lie in a plane already."""


def in_degrees(places: Floats) -> bool:
    """Return whether (u, 2) places may be longitude and latitude in degrees."""
    return bool((np.abs(places) <= (180.0, 90.0)).all())


def require_degrees(code: str, *places: Floats, where: str, remedy: Text) -> None:
    """Raise an error of a code where some (u, 2) places are not longitude and latitude in degrees."""
    if not all(map(in_degrees, places)):
        found, expected = say("coordinates beyond 180 or 90 degrees"), say("longitude and latitude in degrees")
        raise DataError(code, found, where=where, expected=expected, remedy=remedy)


def planar(places: Floats, projection: Projection) -> Floats:
    """Return (u, 2) places in a plane, east and north; kilometres unless they were projected before."""
    if isinstance(projection, Albers):
        return projection.projected(places)
    if projection == "projected":
        return places
    longitude, latitude = np.radians(places).T
    middle = (latitude.min() + latitude.max()) / 2.0
    return EARTH * np.column_stack([longitude * np.cos(middle), latitude])


# Arrays in, arrays out ------------------------------------------------------------------------


def _cone(parallels: tuple[float, float], latitude: float) -> tuple[float, float, float]:
    """Return the constants n, C and rho_0 of the spherical projection (Snyder 1987, eqs. 14-3 to 14-6)."""
    one, other = np.radians(parallels)
    n = (np.sin(one) + np.sin(other)) / 2.0
    c = np.cos(one) ** 2 + 2.0 * n * np.sin(one)
    return float(n), float(c), float(EARTH * np.sqrt(c - 2.0 * n * np.sin(np.radians(latitude))) / n)


def albers(places: Floats, parallels: tuple[float, float], origin: tuple[float, float]) -> Floats:
    """Return (u, 2) kilometres east and north of the origin from (u, 2) degrees."""
    n, c, start = _cone(parallels, origin[1])
    radius = EARTH * np.sqrt(c - 2.0 * n * np.sin(np.radians(places[:, 1]))) / n
    turn = n * np.radians(places[:, 0] - origin[0])
    return np.column_stack([radius * np.sin(turn), start - radius * np.cos(turn)])


def albers_inverse(places: Floats, parallels: tuple[float, float], origin: tuple[float, float]) -> Floats:
    """Return (u, 2) degrees from (u, 2) kilometres east and north of the origin."""
    n, c, start = _cone(parallels, origin[1])
    up = start - places[:, 1]
    radius, turn = np.hypot(places[:, 0], up), np.arctan2(places[:, 0], up)
    latitude = np.degrees(np.arcsin((c - (radius * n / EARTH) ** 2) / (2.0 * n)))
    return np.column_stack([origin[0] + np.degrees(turn) / n, latitude])
