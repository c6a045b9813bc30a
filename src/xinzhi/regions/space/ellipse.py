"""The standard deviational ellipse: where a quantity lies, how far and in which direction it spreads.

centroid   X = SUM v_i x_i / SUM v_i,  v = w
S = SUM v_i (x_i - X)(x_i - X)' / SUM v_i,  v = w or w^2
semi-axes  sqrt(c l_1), sqrt(c l_2),  l eigenvalues of S,  c = 1 or 2
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.status import level_status
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.reading import read_of
from xinzhi.regions.space.projections import Albers, in_degrees, require_degrees
from xinzhi.regions.space.weights import constant

FEWEST = 3
"""Units that an ellipse needs."""
STILL = 1e-12
"""Moves of the centroid, relative to coordinates and spread, that are rounding."""
LINE = 1e-12
"""Ratio of the eigenvalues below which all places lie on a line."""


@register("standard_deviational_ellipse")
class StandardDeviationalEllipse(Method):
    """Describe where a quantity lies by year: its centroid, and the ellipse of its spread.

    Parameters
    ----------
    x, y : str
        Columns, constant within a unit: coordinates in the projection, or longitude and latitude in degrees.
    weight : str, Filled or Term
        The quantity, positive; any unit of measurement.
    projection : "projected", Albers or None
        What x and y are: projected coordinates such as kilometres, whatever their size; or degrees, to be projected
        so. None takes them for projected coordinates and refuses numbers that look like degrees.
    axes : "sqrt2" or "one"
        Factor of the standard deviations: the square root of two, as in ArcGIS, or none.
    moments : "w" or "w2"
        Whether second moments are weighted by the quantity or by its square; packages differ.

    Notes
    -----
    The angle is that of the major axis, clockwise from north, from 0 to 180 degrees. The centroid is weighted by the
    quantity in both conventions. With its square large units decide the shape; both conventions are named because
    published axes cannot be compared across them. Degrees are refused unless a projection is named: a degree of
    longitude is shorter than one of latitude. Rows hold the place of a unit in the ellipse: coordinates along the axes
    from the centroid, and the distance in units of the semi-axes, below one inside. A unit stands at one place,
    such as its capital, so that spread inside units is not seen, and the path of the centroid says that shares moved,
    not why. A round ellipse has no direction.

    References
    ----------
    Lefever, D. W. (1926). American Journal of Sociology 32(1), 88-94. doi:10.1086/214027
    Yuill, R. S. (1971). Geografiska Annaler B 53(1), 28-39. doi:10.1080/04353684.1971.11879353

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"unit": list("ABCD"), "x": [0.0, 400.0, 0.0, 400.0], "y": [0.0, 0.0, 200.0, 200.0]})
    >>> panel = xz.Panel(frame.assign(gdp=1.0), unit="unit")
    >>> result = StandardDeviationalEllipse(x="x", y="y", weight="gdp", axes="one").fit(panel)
    >>> {name: round(column[0], 1) for name, column in result.by_year().items() if name in ("major", "minor", "angle")}
    {'major': 200.0, 'minor': 100.0, 'angle': 90.0}
    """

    column_fields: ClassVar[tuple[str, ...]] = ("x", "y", "weight")
    x: str
    y: str
    weight: str | Filled | Term
    projection: Literal["projected"] | Albers | None = None
    axes: Literal["sqrt2", "one"] = "sqrt2"
    moments: Literal["w", "w2"] = "w"

    def compute(self, panel: Panel, run: Run) -> "StandardDeviationalEllipseResult":
        """Return centroid and ellipse by year, and the place of each unit in it."""
        given = np.column_stack([constant(panel, name) for name in (self.x, self.y)])
        places = _projected(given, self.projection, panel)
        values, name, log = read_of(self.weight, panel, run)
        status, reason = level_status({name: values})
        terms = {term: np.full(len(panel), np.nan) for term in ("along_major", "along_minor", "radius")}
        factor = 2.0 if self.axes == "sqrt2" else 1.0
        years, found = [], []
        for year in panel.times.tolist():
            rows = np.flatnonzero((panel.when == year) & (status == "ok"))
            here, weights = places[panel.code[rows]], values[rows]
            one = ellipse(here, weights, power=1 if self.moments == "w" else 2, factor=factor) if rows.size else None
            if rows.size < FEWEST or one is None:
                status[rows], reason[rows] = "not_identified", say("fewer than three units, or all on a line")
                continue
            years.append(year)
            found.append(one)
            for term, cells in one.placed(here).items():
                terms[term][rows] = cells
        if not found:
            why = say("no year with three units that are not on a line")
            raise DataError(
                "XZ-281",
                why,
                where=panel.source,
                expected=say("at least {count}", count=FEWEST),
                remedy=say("Use more units, at places that are not on a line."),
            )
        return StandardDeviationalEllipseResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), terms, status, reason),
            flow=False,
            warnings=filled_warnings(log),
            diagnostics={"years": len(years)},
            log=log,
            of=name,
            years=np.array(years),
            ellipses=tuple(found),
        )


@dataclass(frozen=True)
class Ellipse:
    """An ellipse: ``centre``: (2,); ``major``, ``minor``: semi-axes; ``angle``: of the first, degrees from north."""

    centre: Floats
    major: float
    minor: float
    angle: float

    def placed(self, places: Floats) -> dict[str, Floats]:
        """Return the coordinates of (m, 2) places along the axes, and their distance in units of the semi-axes."""
        turn = np.radians(self.angle)
        gap = places - self.centre
        along, across = gap @ (np.sin(turn), np.cos(turn)), gap @ (np.cos(turn), -np.sin(turn))
        return {
            "along_major": along,
            "along_minor": across,
            "radius": np.hypot(along / self.major, across / self.minor),
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class StandardDeviationalEllipseResult(Result):
    """Ellipses by year; rows are places of units in them.

    ``of``: the column in words; ``years``: (T,); ``ellipses``: one for each.
    """

    of: Text
    years: Ints
    ellipses: tuple[Ellipse, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Standard deviational ellipse of {name}", name=self.of)

    def by_year(self) -> dict[str, list[Any]]:
        """Return centroid, semi-axes, angle, area, and the move of the centroid since the year before it, as columns.

        With a projection also ``longitude`` and ``latitude`` of the centroid. The first year has no move, and a
        centroid that stays where it is no direction.
        """
        centre = np.array([one.centre for one in self.ellipses])
        steps = [step(one, other) for one, other in pairwise(self.ellipses)]
        columns: dict[str, Any] = {"time": self.years, "x": centre[:, 0], "y": centre[:, 1]}
        projection = getattr(self.method, "projection", None)
        if isinstance(projection, Albers):
            columns["longitude"], columns["latitude"] = projection.unprojected(centre).T
        for name in ("major", "minor", "angle"):
            columns[name] = np.array([getattr(one, name) for one in self.ellipses])
        columns["area"] = np.pi * columns["major"] * columns["minor"]
        columns["moved"], columns["direction"] = np.array([(np.nan, np.nan), *steps]).T
        return {name: column.tolist() for name, column in columns.items()}

    @property
    def length(self) -> Text | str:
        """Return the unit of lengths: kilometres of a projection, else that of x; empty where it has none."""
        method: Any = self.method
        return say("km") if isinstance(method.projection, Albers) else self.panel.columns[method.x].unit

    def _in_units(self, size: float, digits: int = 1) -> Text | str:
        """Return a length with its unit."""
        number = shown(size, digits)
        return say("{number} {unit}", number=number, unit=self.length) if self.length else number

    def methods_text(self) -> str:
        """Return the method in words with projection and conventions."""
        return sentences(super().methods_text(), *self._conventions())

    def _conventions(self) -> list[Text]:
        settings = self.settings
        given: Mapping[str, Any] | str | None = settings["projection"]
        if given is None or isinstance(given, str):
            first = say("Coordinates are taken as projected.")
        else:
            south, north = (f"{parallel:g}" for parallel in given["parallels"])
            first = say(
                "Albers' equal-area conic projection on a sphere, standard parallels {south} and {north}, origin at "
                "longitude {longitude:g} and latitude {latitude:g}; kilometres.",
                south=south,
                north=north,
                longitude=given["longitude"],
                latitude=given["latitude"],
            )
        axes = {
            "sqrt2": say("Semi-axes: standard deviations times the square root of two."),
            "one": say("Semi-axes: standard deviations."),
        }
        moments = {
            "w": say("Second moments are weighted by the quantity."),
            "w2": say("Second moments are weighted by the square of the quantity."),
        }
        return [first, axes[settings["axes"]], moments[settings["moments"]]]

    def places(self, view: View | None) -> list[int]:
        """Return the places of the years that lie in a period of the view."""
        _, periods = self.chosen(view)
        return [k for k, year in enumerate(self.years.tolist()) if any(a <= year <= b for a, b in periods)]

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the ellipses by year, and what policies filled."""
        kept, found = self.places(view), self.by_year()
        cells = {key: [column[k] for k in kept] for key, column in found.items()}
        heads = {
            "x": say("x of the centroid"),
            "y": say("y of the centroid"),
            "longitude": say("Longitude"),
            "latitude": say("Latitude"),
            "major": say("Major semi-axis"),
            "minor": say("Minor semi-axis"),
            "angle": say("Angle, degrees from north"),
            "area": say("Area, square {unit}", unit=self.length) if self.length else say("Area"),
            "moved": say("Centroid moved"),
            "direction": say("Direction, degrees from north"),
        }
        fields = [Field("time", label("time"), 0), *(Field(name, heads[name], 2) for name in found if name in heads)]
        lengths = [say("Lengths in {unit}.", unit=self.length)] if self.length else []
        table = Table.of("ellipses", self.title, fields, cells, notes=[*self._conventions(), *lengths])
        return [self.timed(table), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the ellipses of the first and last year of the view, and the path of the centroid."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.space.figures import ellipse_map

        kept = self.places(view)
        if not kept:
            return []
        ends = list(dict.fromkeys([kept[0], kept[-1]]))
        across, up = say("east"), say("north")
        if self.length:
            across, up = (say("{name}, {unit}", name=name, unit=self.length) for name in (across, up))
        labels = Labels(name="ellipses", title=self.title, description=self.summary(view), unit=up)
        return [
            ellipse_map(
                labels,
                outline={int(self.years[k]): outline(self.ellipses[k]) for k in ends},
                path={int(self.years[k]): self.ellipses[k].centre for k in kept},
                across=across,
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return how far the centroid moved and how the axes changed from the first to the last year of the view."""
        kept = self.places(view)
        if not kept:
            return say("No year of the view is measured.")
        first, last = self.ellipses[kept[0]], self.ellipses[kept[-1]]
        axes = {"major": self._in_units(last.major), "minor": self._in_units(last.minor), "angle": shown(last.angle, 1)}
        if len(kept) == 1:
            return say("Semi-axes {major} and {minor}, angle {angle} degrees from north.", **axes)
        moved, direction = step(first, last)
        told = say("the centroid did not move")
        if moved:
            words = {"moved": self._in_units(moved), "direction": shown(direction, 0)}
            told = say("the centroid moved by {moved} towards {direction} degrees from north", **words)
        return say(
            "{first}–{last}: {told}; semi-axes at last {major} and {minor} (at first {before} and {less}), angle "
            "{angle} degrees.",
            first=int(self.years[kept[0]]),
            last=int(self.years[kept[-1]]),
            told=told,
            before=self._in_units(first.major),
            less=self._in_units(first.minor),
            **axes,
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def ellipse(places: Floats, weights: Floats, *, power: int, factor: float) -> Ellipse | None:
    """Return the ellipse of (m, 2) places with (m,) weights, None where they lie on a line.

    ``power``: of the weights in second moments; ``factor``: of the variances.
    """
    share = weights / weights.max()
    centre = share @ places / share.sum()
    gap, moment = places - centre, share**power
    spread = (moment[:, None] * gap).T @ gap / moment.sum()
    sizes, axes = np.linalg.eigh(spread)
    if sizes[0] <= LINE * sizes[1]:
        return None
    east, north = axes[:, 1]
    angle = float(np.degrees(np.arctan2(east, north)) % 180.0)
    minor, major = np.sqrt(factor * sizes)
    return Ellipse(centre, float(major), float(minor), angle)


def step(one: Ellipse, other: Ellipse) -> tuple[float, float]:
    """Return how far the centroid moved, and in which direction, degrees from north; zero and NaN where it did not."""
    east, north = (other.centre - one.centre).tolist()
    far = float(np.hypot(east, north))
    if far <= STILL * max(one.major, float(np.abs(one.centre).max())):
        return 0.0, float("nan")
    return far, float(np.degrees(np.arctan2(east, north)) % 360.0)


def outline(one: Ellipse, *, points: int = 73) -> Floats:
    """Return (points, 2) places on an ellipse."""
    turn, angle = np.linspace(0.0, 2.0 * np.pi, points), np.radians(one.angle)
    along, across = one.major * np.cos(turn), one.minor * np.sin(turn)
    east = along * np.sin(angle) + across * np.cos(angle)
    north = along * np.cos(angle) - across * np.sin(angle)
    return np.asarray(one.centre + np.column_stack([east, north]))


def _projected(places: Floats, projection: Literal["projected"] | Albers | None, panel: Panel) -> Floats:
    """Return projected places; degrees that no projection is named for, and no degrees where one is, are refused."""
    if isinstance(projection, Albers):
        remedy = say("Give x as longitude and y as latitude; for projected coordinates say projection='projected'.")
        require_degrees("XZ-288", places, where=panel.source, remedy=remedy)
        return projection.projected(places)
    if projection is None and in_degrees(places):
        raise DataError(
            "XZ-288",
            say("coordinates look like degrees"),
            where=panel.source,
            expected=say("projected coordinates, such as kilometres"),
            remedy=say("Say projection=Albers() for degrees, or projection='projected' if they are projected."),
        )
    return places
