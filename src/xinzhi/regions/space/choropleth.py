"""A map of a variable in classes: where values are high and low, and how that changed.

value -> class 1 .. k by cut-offs of the years shown -> colour
goodness of fit   1 - SUM_k SUM_{i in k} (v_i - mean_k)^2 / SUM_i (v_i - mean)^2
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.dynamics.classes import CutOffs, classify
from xinzhi.regions.dynamics.positions import digits_of, value_status
from xinzhi.regions.reading import read_of
from xinzhi.regions.space.breaks import Breaks, MapClasses, map_class_words, map_cut_offs
from xinzhi.regions.space.shapes import Shapes

MOST = 4
"""Maps of a figure."""
MEMBERS = 40
"""Units of a class that a table names."""
PLACES = 12
"""Bytes held per letter of a map while it is read and drawn (measured)."""


@register("choropleth")
class Choropleth(Method):
    """Draw a variable on your own map, in classes that are the same for all years shown.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    shapes : Shapes
        The map.
    years : tuple of int or None
        Years shown, up to four; by default the first and the last with values.
    classes : Breaks, Quantiles or CutOffs
        How values are classed; five natural breaks of all years shown together by default.
    centre : number or None
        Where colours part, such as zero or a mean: classes below are blue, above red-brown, and the class that holds
        it is pale. Both sides look alike in grey print.

    Notes
    -----
    Colours of several years can be compared where classes are pooled; classes of each year show ranks only. A class
    holds its upper cut-off. Natural breaks look for gaps in the values shown and so change with them: name cut-offs
    where maps of two studies are to be compared. Large units catch the eye, whatever their weight: a map shows area,
    not population or output, and totals should be divided by one of them. Units without a polygon are an error or are
    left out, by a setting of the map; polygons without a unit are drawn without data. No map is shipped, since borders
    on a map are the responsibility of who publishes it: a map of China needs an approval number, which the source of
    the map can name. Borders are rounded to a fraction of a pixel.

    References
    ----------
    Fisher, W. D. (1958). Journal of the American Statistical Association 53(284), 789-798. doi:10.1080/01621459.1958.10501479

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.regions.space.breaks import Breaks
    >>> from xinzhi.regions.space.shapes import Shapes
    >>> corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    >>> squares = [
    ...     {
    ...         "properties": {"name": name},
    ...         "geometry": {"type": "Polygon", "coordinates": [[(x + place, y) for x, y in corners]]},
    ...     }
    ...     for place, name in enumerate("ABC")
    ... ]
    >>> panel = xz.Panel(pd.DataFrame({"unit": list("ABC"), "y": [1.0, 1.2, 5.0]}), unit="unit")
    >>> shapes = Shapes(geojson={"features": squares}, unit="name")
    >>> Choropleth(of="y", shapes=shapes, classes=Breaks(rule="natural", count=2)).fit(panel).term("class").tolist()
    [1.0, 1.0, 2.0]
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    shapes: Shapes
    years: tuple[int, ...] | None = Setting(default=None, min_length=1, max_length=MOST)
    classes: MapClasses = Breaks(rule="natural")
    centre: float | None = None

    @model_validator(mode="after")
    def _one_scale(self) -> "Choropleth":
        if self.centre is not None and not isinstance(self.classes, CutOffs) and self.classes.over == "year":
            raise ValueError(say("centre: classes of each year have no common centre"))
        if self.years is not None and len(set(self.years)) < len(self.years):
            raise ValueError(say("years: each one once"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes it takes beside the panel: the map while it is read."""
        return super().memory(panel, workers=workers) + PLACES * len(self.shapes.geojson)

    def compute(self, panel: Panel, run: Run) -> "ChoroplethResult":
        """Return value and class of each unit in the years shown."""
        values, name, log = read_of(self.of, panel, run)
        lone = self.shapes.without(panel)
        status, reason = value_status(values, name)
        undrawn = np.isin(panel.unit_names.astype(str), lone)
        status[undrawn], reason[undrawn] = "left_out", say("no polygon")
        years = self._years(panel, panel.when[status == "ok"])
        other = ~np.isin(panel.when, years)
        status[other], reason[other] = "left_out", say("not in the years shown")
        used = np.where(status == "ok", values, np.nan)
        if np.isnan(used).all():
            why = say("no value in the years shown")
            raise DataError(
                "XZ-281",
                why,
                where=panel.source,
                expected=say("at least {count}", count=1),
                remedy=say("Choose years with values, or a policy for missing ones."),
            )
        when, cuts = map_cut_offs(used, panel.when, self.classes, source=panel.source)
        place = classify(used, cuts[np.searchsorted(when, panel.when)])
        return ChoroplethResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), {"value": used, "class": place}, status, reason),
            flow=False,
            warnings=filled_warnings(log),
            diagnostics={"polygons": len(self.shapes.polygons()), "goodness": goodness(used, place, self._one(panel))},
            log=log,
            of=name,
            years=years,
            cuts=cuts[np.searchsorted(when, years)],
            undrawn=tuple(lone),
        )

    def _years(self, panel: Panel, measured: Ints) -> Ints:
        """Return the years shown, (t,); XZ-208 where one is not in the data."""
        if self.years is None:
            return np.unique([measured.min(), measured.max()]) if measured.size else panel.times[-1:]
        absent = [year for year in self.years if year not in panel.times]
        if absent:
            known = listed(panel.times.tolist(), 40)
            raise DataError("XZ-208", listed(absent), where="Choropleth.years", expected=known)
        return np.sort(np.array(self.years, dtype=np.int64))

    def _one(self, panel: Panel) -> Ints:
        """Return the scale on which each row is classed, (n,): one for all, or that of its year."""
        yearly = not isinstance(self.classes, CutOffs) and self.classes.over == "year"
        return panel.when if yearly else np.zeros_like(panel.when)


@dataclass(frozen=True, kw_only=True, repr=False)
class ChoroplethResult(Result):
    """Value and class by unit and year; 1 is the lowest class.

    ``of``: the column in words; ``years``: (t,) shown; ``cuts``: (t, k - 1); ``undrawn``: units without a polygon.
    """

    of: Text
    years: Ints
    cuts: Floats
    undrawn: tuple[str, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Map of {name}", name=self.of)

    @property
    def pooled(self) -> bool:
        """Return whether classes are the same in all years."""
        return bool((self.cuts == self.cuts[0]).all())

    def methods_text(self) -> str:
        """Return the method in words with the classes and the map."""
        return sentences(super().methods_text(), *self._notes())

    def _notes(self) -> list[Text | str]:
        """Return how classes are formed, how well they fit, the map, and what is not on it."""
        method: Any = self.method
        fit = say("Goodness of fit of the classes: {share}.", share=shown(self.diagnostics["goodness"], 3))
        units = set(self.panel.units.astype(str))
        spare = [name for name in method.shapes.polygons() if name not in units]
        found: list[Text | str] = [map_class_words(method.classes), fit]
        if self.undrawn:
            names = listed([named(unit) for unit in self.undrawn])
            found.append(say("Without a polygon, and left out: {units}.", units=names))
        if spare:
            names = listed([named(name) for name in spare])
            found.append(say("On the map and not in the data: {units}.", units=names))
        if method.shapes.source:
            found.append(say("Map: {source}", source=named(method.shapes.source)))
        return found

    def rows_of(self, year: int) -> Ints:
        """Return the rows of a year that have a class."""
        return np.flatnonzero((self.rows.time == year) & (self.rows.status == "ok"))

    def class_names(self) -> list[Text]:
        """Return the classes as a key shows them: their bounds, or their numbers where bounds differ by year."""
        k = self.cuts.shape[1] + 1
        if not self.pooled:
            return [say("class {number}", number=number) for number in range(1, k + 1)]
        digits = decimals(self.cuts[0])
        ends = [shown(cut, digits) for cut in self.cuts[0].tolist()]
        inner = [say("{low} to {high}", low=low, high=high) for low, high in pairwise(ends)]
        return [say("up to {high}", high=ends[0]), *inner, say("over {low}", low=ends[-1])]

    def places(self, view: View | None) -> list[int]:
        """Return the years shown that lie in a period of the view."""
        _, periods = self.chosen(view)
        return [year for year in self.years.tolist() if any(a <= year <= b for a, b in periods)]

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the classes with their bounds and members, values by unit, and what policies filled."""
        return [self._classes_table(view), self._values_table(view), *self.filled_table(view)]

    def _classes_table(self, view: View | None) -> Table:
        """Return bounds, count and members of each class in each year."""
        keys = ("time", "class", "low", "high", "count", "members")
        columns: dict[str, list[Any]] = {key: [] for key in keys}
        for year in self.places(view):
            rows, cuts = self.rows_of(year), self._cuts(year)
            alike = self.rows.status == "ok" if self.pooled else rows  # the values that are classed together
            known = self.rows.terms["value"][alike]
            ends = [min(known.min(initial=np.inf), cuts[0]), *cuts, max(known.max(initial=-np.inf), cuts[-1])]
            for number in range(1, cuts.size + 2):
                mine = rows[self.rows.terms["class"][rows] == number]
                order = mine[np.argsort(-self.rows.terms["value"][mine], kind="stable")]
                members = listed([named(unit) for unit in self.rows.unit[order]], MEMBERS) if mine.size else "–"
                cells = (year, number, *ends[number - 1 : number + 1], mine.size, members)
                for column, cell in zip(columns.values(), cells, strict=True):
                    column.append(cell)
        digits = max(4, decimals(self.cuts[0]))
        fields = [
            Field("time", label("time"), 0),
            Field("class", label("class"), 0),
            Field("low", say("More than"), digits, say("Bounds")),
            Field("high", say("Up to"), digits, say("Bounds")),
            Field("count", say("Units"), 0),
            Field("members", say("Members")),
        ]
        note = say("The lowest bound is the smallest value itself.")
        table = Table.of(
            "classes", say("Classes of {name}", name=self.of), fields, columns, notes=[*self._notes(), note]
        )
        return self.timed(table)

    def _cuts(self, year: int) -> Floats:
        return np.asarray(self.cuts[int(np.searchsorted(self.years, year))])

    def _values_table(self, view: View | None) -> Table:
        """Return value and class of each unit, years side by side."""
        units, _ = self.chosen(view)
        years = self.places(view)
        rows = self.panel.locate(units, years)
        columns: dict[str, Any] = {"unit": [named(unit) for unit in units]}
        fields = [Field("unit", label("unit"))]
        for name, digits in (("value", max(4, decimals(self.cuts[0]))), ("class", 0)):
            cells = np.where(rows >= 0, self.rows.terms[name][rows], np.nan)
            for k, year in enumerate(years):
                own = [cell if np.isnan(cell) or digits else int(cell) for cell in cells[:, k].tolist()]
                columns[f"{name}_{year}"] = own
                head = str(year) if self.panel.time else say("all")
                fields.append(Field(f"{name}_{year}", head, digits, label(name)))
        return Table.of("values", say("Values and classes of {name}", name=self.of), fields, columns)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the maps of the years shown that lie in the view."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.space.figures import MapPanel, class_colours, unit_map

        method: Any = self.method
        names, panels = self.class_names(), []
        digits = max(2, decimals(self.cuts[0]))
        for year in self.places(view):
            rows, terms = self.rows_of(year), self.rows.terms
            units = self.rows.unit[rows].astype(str).tolist()
            kind = {u: names[int(c) - 1] for u, c in zip(units, terms["class"][rows], strict=True)}
            told = {u: shown(v, digits) for u, v in zip(units, terms["value"][rows].tolist(), strict=True)}
            panels.append(MapPanel(str(year) if self.panel.time else "", kind, told))
        if not panels:
            return []
        labels = Labels(name="map", title=self.title, description=self.summary(view), unit=self.of)
        colours, heading = class_colours(self.cuts[0], method.centre), label("class")
        shapes = method.shapes
        return [unit_map(labels, shapes=shapes, panels=panels, kinds=names, colours=colours, heading=heading)]

    def summary(self, view: View | None = None) -> str:
        """Return who is in the highest and the lowest class in the last year of the view, and who changed class."""
        years = self.places(view)
        if not years:
            return say("No year of the view is measured.")
        rows, names = self.rows_of(years[-1]), self.class_names()
        place = self.rows.terms["class"][rows]
        if not rows.size:
            return say("{year}: no value.", year=years[-1])
        high, low = (int(end) for end in (place.max(), place.min()))
        ends = [listed([named(unit) for unit in self.rows.unit[rows[place == number]]]) for number in (high, low)]
        head = say("{year}:", year=years[-1]) if self.panel.time else ""
        words = {"high": names[high - 1], "low": names[low - 1], "first": ends[0], "last": ends[1]}
        told = say("highest ({high}): {first}; lowest ({low}): {last}.", **words)
        return sentences(head, told, self._moved(years))

    def _moved(self, years: Sequence[int]) -> Text | str:
        """Return how many units are in a higher and in a lower class than in the first year."""
        if len(years) < 2:
            return ""
        rows = self.panel.locate(self.panel.units.tolist(), [years[0], years[-1]])
        place = np.where(rows >= 0, self.rows.terms["class"][rows], np.nan)
        up, down = (int((way * (place[:, 1] - place[:, 0]) > 0).sum()) for way in (1, -1))
        return say(
            "Units in a higher class than in {first}: {up}; in a lower one: {down}.", first=years[0], up=up, down=down
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def goodness(values: Floats, place: Floats, scale: Ints) -> float:
    """Return the share of the squared distances to the mean that lies between classes, of (n,) values with classes.

    ``scale``: (n,) which values are classed together; NaN where all of a scale are equal.
    """
    known = np.isfinite(place)
    far = total = 0.0
    for one in np.unique(scale[known]):
        mine = known & (scale == one)
        total += float(((values[mine] - values[mine].mean()) ** 2).sum())
        for number in np.unique(place[mine]):
            own = values[mine & (place == number)]
            far += float(((own - own.mean()) ** 2).sum())
    return 1.0 - far / total if total else float("nan")


def decimals(cuts: Floats) -> int:
    """Return the digits after the point that show (k - 1,) rising cut-offs, or tell them apart to a tenth of a gap."""
    gap = float(np.diff(cuts).min()) if cuts.size > 1 else abs(float(cuts[0]))
    limit = 6 + digits_of(cuts, least=2)  # no more than nine digits of the largest
    most = int(np.clip(np.ceil(-np.log10(gap)) + 1, 0, limit)) if gap > 0 else 0
    return next((digits for digits in range(most) if (cuts.round(digits) == cuts).all()), most)
