"""Spatial weights: who is whose neighbour, and how much it counts.

contiguity   w_ij = 1 for a link of a list, in both directions
distance     w_ij = 1 / d_ij^power within a cut-off, or to the k nearest
economic     w_ij = 1 / |m_i - m_j|,  m the mean of a column over the years
nested       w_ij = a_ij b_ij,  or  share a_ij + (1 - share) b_ij of row-standardised a and b

read_weights(weights, panel) -> SpatialWeights: sparse, units in the order of the panel.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator
from scipy.sparse import csr_array

from xinzhi.errors import DataError, UsageError, listed, nearest
from xinzhi.language import Text, enumerated, joined, named, say, sentences
from xinzhi.method.base import Value, role
from xinzhi.panel import Panel, read_table
from xinzhi.panel.panel import Bools, Floats, Texts
from xinzhi.regions.space.distances import Metric, distances, inverse, linked, nearest_only, rows_to_one
from xinzhi.regions.space.polygons import Rule, shared_borders
from xinzhi.regions.space.projections import require_degrees
from xinzhi.regions.space.shapes import Shapes

SAME = 1e-12
"""By how much weights may differ from their transpose, relative to the largest, by rounding."""
DENSE = 8
"""Dense (u, u) matrices that are held at a time, at most: distances, weights, masks, their copies."""
LINK_BYTES = 400
"""What a link of a list takes while weights are made and used (measured)."""
Islands = Literal["error", "keep"] | dict[str, str]
Standardise = Literal["row", "none"]
STANDARDISED: dict[Standardise, Text] = {
    "row": say("Weights are row-standardised: each row adds up to one."),
    "none": say("Weights are used as they are, not standardised."),
}


# What comes out -------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpatialWeights:
    """Weights of the units of a panel.

    ``units``: (u,) names in the order of the panel; ``matrix``: (u, u) raw weights, zero diagonal; ``standardised``:
    whether :attr:`applied` divides each row by its sum; ``islands``: units without neighbours; ``words``: what the
    weights are, in sentences; ``uneven``: warnings of units that are measured over fewer years.
    """

    units: Texts
    matrix: csr_array
    standardised: Standardise = "row"
    islands: tuple[str, ...] = ()
    words: Text | str = ""
    uneven: tuple[Text, ...] = ()

    @cached_property
    def applied(self) -> csr_array:
        """Return the (u, u) weights in use; the row of an island is zero."""
        return rows_to_one(self.matrix) if self.standardised == "row" else self.matrix

    @property
    def symmetric(self) -> bool:
        """Return whether the raw weights of each pair are equal in both directions."""
        gap = abs(self.matrix - self.matrix.T)
        return bool(gap.max() <= SAME * max(float(self.matrix.max()), 0.0)) if self.matrix.nnz else True

    def lag(self, values: Floats) -> Floats:
        """Return the spatial lag of (u,) or (u, k) values; NaN for an island."""
        lags = np.asarray(self.applied @ values, dtype=np.float64)
        lags[np.diff(self.matrix.indptr) == 0] = np.nan
        return lags

    def among(self, kept: Bools) -> "SpatialWeights":
        """Return the weights among the units of a (u,) mask, standardised anew; others may become islands."""
        if kept.all():
            return self
        matrix = csr_array(self.matrix[kept][:, kept])
        matrix.eliminate_zeros()
        units = self.units[kept]
        lone = tuple(str(unit) for unit in units[np.diff(matrix.indptr) == 0])
        return SpatialWeights(units, matrix, self.standardised, lone, self.words, self.uneven)

    def warnings(self) -> tuple[str, ...]:
        """Return the warnings of units without neighbours, and of units measured over fewer years."""
        alone = say("XZ-471 without neighbours: {units}.", units=listed([named(unit) for unit in self.islands]))
        return (alone, *self.uneven) if self.islands else self.uneven


# Settings -------------------------------------------------------------------------------------


class _Weights(Value):
    """What all weights have: standardisation, and what is done with islands."""

    standardise: Standardise = "row"
    islands: Islands = "error"

    @abstractmethod
    def raw(self, panel: Panel) -> csr_array:
        """Return the (u, u) weights before standardisation, not negative, with a zero diagonal."""

    def memory(self, panel: Panel) -> int:
        """Return about how many bytes weights take while they are made and used."""
        return DENSE * 8 * int(panel.units.size) ** 2

    @abstractmethod
    def words(self) -> Text:
        """Return what the weights are."""

    def uneven(self, panel: Panel) -> tuple[Text, ...]:  # noqa: ARG002
        """Return warnings of units that are measured over fewer years."""
        return ()

    def _island_words(self) -> Text | str:
        """Return what is done with islands, where anything is."""
        if isinstance(self.islands, dict):
            pairs = [
                say("{unit} to {neighbour}", unit=named(a), neighbour=named(b)) for a, b in sorted(self.islands.items())
            ]
            return say("Links added by hand: {pairs}.", pairs=enumerated(pairs))
        return say("Units without neighbours are kept, with no lag.") if self.islands == "keep" else ""


@role("contiguity_list")
class ContiguityList(_Weights):
    """Neighbours by a list of links; each link holds in both directions.

    A study may give, in place of links, ``file`` (a table with the columns ``from`` and ``to``), ``shapes`` with
    ``rule``, or ``catalog`` (``"china_contiguity"``) with ``names``; see :meth:`read`, :meth:`from_shapes` and
    :meth:`from_catalog`.

    Parameters
    ----------
    links : tuple of (unit, unit)
    standardise : "row" or "none"
    islands : "error", "keep", or mapping from island to neighbour
        What is done with units of the panel that no link names: a link by hand is named in the report.
    others : "error" or "leave_out"
        What is done with links of units that the panel does not have.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> panel = xz.Panel(pd.DataFrame({"unit": ["A", "B", "C"], "y": [1.0, 2.0, 4.0]}), unit="unit")
    >>> weights = read_weights(ContiguityList(links=[("A", "B"), ("B", "C")]), panel)
    >>> weights.lag(panel.values("y")).tolist()
    [2.0, 2.5, 2.0]
    """

    links: tuple[tuple[str, str], ...] = Setting(min_length=1)
    others: Literal["error", "leave_out"] = "error"

    @model_validator(mode="after")
    def _between_two(self) -> "ContiguityList":
        loops = sorted({one for one, other in self.links if one == other})
        if loops:
            raise ValueError(say("links of units to themselves: {units}", units=listed(loops)))
        return self

    @classmethod
    def from_study(cls, settings: Mapping[str, Any], find: Callable[[str], Path]) -> "ContiguityList":
        """Return the list that a study gives: by ``links``, ``file``, ``shapes`` or ``catalog``."""
        source = next((source for source in ("file", "shapes", "catalog") if source in settings), None)
        if source is None:
            return cls(**settings)
        given, rest = settings[source], {name: cell for name, cell in settings.items() if name != source}
        wanted: type[Any] = Shapes if source == "shapes" else str
        if not isinstance(given, wanted):
            found = say("should be text") if wanted is str else say("should be a {class}", **{"class": "Shapes"})
            raise UsageError("XZ-103", found, where=f"ContiguityList.{source}")
        if rest.get("rule", "queen") not in ("queen", "rook"):
            found = say("should be {expected}", expected="'queen', 'rook'")
            raise UsageError("XZ-103", found, where="ContiguityList.rule")
        if source == "shapes":
            return cls.from_shapes(given, **rest)
        return cls.from_catalog(given, **rest) if source == "catalog" else cls.read(find(given), **rest)

    @classmethod
    def read(cls, path: str | Path, **settings: Any) -> "ContiguityList":
        """Return the list of a table with the columns ``from`` and ``to``, and other settings as given.

        Raises
        ------
        DataError
            The file cannot be read (XZ-201) or lacks a column (XZ-205).
        """
        table = read_table(path)
        absent = [name for name in ("from", "to") if name not in table.frame.columns]
        if absent:
            raise DataError("XZ-205", listed(absent), where=table.source, expected=listed(list(table.frame.columns)))
        ends = (table.frame[name].astype(str).tolist() for name in ("from", "to"))
        return cls(links=tuple(zip(*ends, strict=True)), **settings)

    @classmethod
    def from_shapes(cls, shapes: Shapes, *, rule: Rule = "queen", **settings: Any) -> "ContiguityList":
        """Return the links of a map, and other settings as given; polygons must share their corners exactly.

        Parameters
        ----------
        shapes : Shapes
        rule : "queen" or "rook"
            Whether a shared corner makes neighbours, or only a shared side.
        """
        return cls(links=tuple(shared_borders(shapes.features(), rule=rule)), **settings)

    @classmethod
    def from_catalog(cls, id: str = "china_contiguity", *, names: str = "en", **settings: Any) -> "ContiguityList":
        """Return a list of links that is shipped, and other settings as given.

        Parameters
        ----------
        id : str
            Data set of the catalogue.
        names : "en", "zh" or "iso"
            How the units of your panel are called.

        Examples
        --------
        >>> len(ContiguityList.from_catalog("china_contiguity", names="zh").links)
        69
        """
        from xinzhi import catalog

        table = catalog.frame(id)
        known = [name.removeprefix("from_") for name in table.columns if name.startswith("from_")]
        if names not in known:
            found = joined(repr(names), nearest(str(names), known))
            raise UsageError("XZ-103", found, where="ContiguityList.names", expected=listed(known))
        return cls(links=tuple(zip(table[f"from_{names}"], table[f"to_{names}"], strict=True)), **settings)

    def memory(self, panel: Panel) -> int:  # noqa: ARG002
        """Return about how many bytes weights take while they are made and used."""
        return LINK_BYTES * len(self.links)

    def raw(self, panel: Panel) -> csr_array:
        """Return ones for the links, (u, u)."""
        place = {str(unit): k for k, unit in enumerate(panel.units)}
        unknown = sorted({unit for link in self.links for unit in link if unit not in place})
        if unknown and self.others == "error":
            raise DataError(
                "XZ-282",
                say("links of units that the data lack: {units}", units=listed(unknown)),
                where="ContiguityList.links",
                expected=listed(panel.units.tolist()),
                remedy=say("Correct the names, or say others='leave_out'."),
            )
        ends = [(place[one], place[other]) for one, other in self.links if one in place and other in place]
        return linked(ends, len(place))

    def words(self) -> Text:
        """Return what the weights are."""
        return say("Neighbours: a list of {count} links.", count=len({frozenset(link) for link in self.links}))


@role("distance_weights")
class DistanceWeights(_Weights):
    """Weights that fall with distance.

    Parameters
    ----------
    x, y : str
        Columns, constant within a unit: longitude and latitude in degrees, or projected coordinates.
    metric : "great_circle" or "euclidean"
        Kilometres on a sphere of radius 6371.0088 from degrees, or the distance in the unit of x and y.
    power : number
        1: inverse distance; 2: its square; 0: one for every neighbour.
    cutoff : number or None
        Pairs farther apart have weight zero.
    nearest : int or None
        Only the k nearest of each unit have weight (ties go to the unit that sorts first); such weights are not
        symmetric.
    standardise : "row" or "none"
    islands : "error", "keep", or mapping from island to neighbour
        What is done with units without another within the cut-off. A neighbour by hand has the weight of its distance.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("x", "y")
    x: str
    y: str
    metric: Metric = "great_circle"
    power: float = Setting(default=1.0, ge=0)
    cutoff: float | None = Setting(default=None, gt=0)
    nearest: int | None = Setting(default=None, ge=1)

    def raw(self, panel: Panel) -> csr_array:
        """Return inverse distances, (u, u)."""
        places = np.column_stack([constant(panel, name) for name in (self.x, self.y)])
        if self.metric == "great_circle":
            remedy = say("Give x as longitude and y as latitude, or say metric='euclidean'.")
            require_degrees("XZ-282", places, where=panel.source, remedy=remedy)
        apart = distances(places, self.metric)
        _refuse_ties(apart, panel, say("at the same place"))
        matrix = inverse(apart, power=self.power)
        kept = np.ones(apart.shape, dtype=bool) if self.cutoff is None else apart <= self.cutoff
        if self.nearest is not None:
            kept &= nearest_only(apart, self.nearest)
        found = np.where(kept, matrix, 0.0)
        for one, other in self.islands.items() if isinstance(self.islands, dict) else ():
            a, b = (np.flatnonzero(panel.units == unit) for unit in (one, other))
            if a.size and b.size and not found[a[0]].any():
                found[a[0], b[0]] = found[b[0], a[0]] = matrix[a[0], b[0]]
        return csr_array(found)

    def words(self) -> Text:
        """Return what the weights are."""
        metrics = {
            "great_circle": say("great-circle distance in kilometres"),
            "euclidean": say("Euclidean distance of {x} and {y}", x=named(self.x), y=named(self.y)),
        }
        told = say(
            "Weights: inverse {metric} to the power of {power:g}.", metric=metrics[self.metric], power=self.power
        )
        cut = "" if self.cutoff is None else say("None beyond {cutoff:g}.", cutoff=self.cutoff)
        few = "" if self.nearest is None else say("Only the {count} nearest.", count=self.nearest)
        return sentences(told, cut, few)


@role("economic_distance")
class EconomicDistance(_Weights):
    """Weights that fall with the difference of the means of a column over the years in which it has a value.

    Parameters
    ----------
    of : str
        Column, such as income per head. Where it is the variable that is studied, weights and variable depend on
        each other, which no test allows for.
    standardise : "row" or "none"
    islands : "error", "keep", or mapping from island to neighbour
        Without meaning here, except in a nesting: all units are neighbours.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str

    def raw(self, panel: Panel) -> csr_array:
        """Return inverse absolute differences of means, (u, u)."""
        cells, count = panel.values(self.of), self._years(panel)
        total = np.bincount(panel.code, np.where(np.isfinite(cells), cells, 0.0), panel.units.size)
        if not count.all():
            units = listed([named(unit) for unit in panel.units[count == 0].tolist()])
            found = say("{column} is missing in all years: {units}", column=named(self.of), units=units)
            raise DataError("XZ-282", found, where=panel.source)
        mean = total / count
        apart = np.abs(mean[:, None] - mean[None, :])
        _refuse_ties(apart, panel, say("with the same mean"))
        return csr_array(inverse(apart, power=1.0))

    def _years(self, panel: Panel) -> Floats:
        """Return in how many years each unit has a value, (u,)."""
        return np.asarray(np.bincount(panel.code, 1.0 * np.isfinite(panel.values(self.of)), panel.units.size))

    def uneven(self, panel: Panel) -> tuple[Text, ...]:
        """Return the warning that means are over fewer years for some units, or nothing."""
        odd = [named(unit) for unit in panel.units[self._years(panel) < panel.times.size].tolist()]
        told = say("XZ-473 means of {column} over fewer years: {units}.", column=named(self.of), units=listed(odd))
        return (told,) if odd else ()

    def words(self) -> Text:
        """Return what the weights are."""
        return say("Weights: inverse difference of the means of {column}.", column=named(self.of))


@role("nested_weights")
class Nested(_Weights):
    """Two weights joined.

    Parameters
    ----------
    first, second : ContiguityList, DistanceWeights or EconomicDistance
        Their own standardisation is not used.
    form : "product" or "mixture"
        Raw weights cell by cell, or ``share`` of the first and the rest of the second, both row-standardised first:
        otherwise their units of measurement would decide.
    share : number
        Of the first, in a mixture.
    standardise : "row" or "none"
    islands : "error", "keep", or mapping from island to neighbour
        What is done with units without neighbours after joining.
    """

    first: ContiguityList | DistanceWeights | EconomicDistance
    second: ContiguityList | DistanceWeights | EconomicDistance
    form: Literal["product", "mixture"] = "product"
    share: float = Setting(default=0.5, gt=0, lt=1)

    def memory(self, panel: Panel) -> int:
        """Return about how many bytes weights take while they are made and used."""
        return self.first.memory(panel) + self.second.memory(panel)

    def raw(self, panel: Panel) -> csr_array:
        """Return the joined weights, (u, u)."""
        a, b = (part.raw(panel) for part in (self.first, self.second))
        if self.form == "product":
            return csr_array(a.multiply(b))
        return csr_array(self.share * rows_to_one(a) + (1.0 - self.share) * rows_to_one(b))

    def uneven(self, panel: Panel) -> tuple[Text, ...]:
        """Return the warnings of both weights."""
        return (*self.first.uneven(panel), *self.second.uneven(panel))

    def words(self) -> Text:
        """Return what the weights are."""
        if self.form == "product":
            told = say("Two weights multiplied cell by cell.")
        else:
            told = say("Two row-standardised weights mixed, {share:g} of the first.", share=self.share)
        return sentences(told, self.first.words(), self.second.words())


Weights = ContiguityList | DistanceWeights | EconomicDistance | Nested
"""Weights that a method takes."""


# From settings to numbers ---------------------------------------------------------------------


def read_weights(weights: Weights, panel: Panel) -> SpatialWeights:
    """Return the weights of the units of a panel.

    Raises
    ------
    DataError
        One unit (XZ-281); unknown units, units at the same place (XZ-282); units without neighbours and no policy
        (XZ-283); coordinates that are missing or change (XZ-288).
    """
    if panel.units.size < 2:
        least, remedy = say("at least {count}", count=2), say("Use more units.")
        raise DataError("XZ-281", say("one unit"), where=panel.source, expected=least, remedy=remedy)
    matrix = _by_hand(weights, weights.raw(panel), panel)
    matrix.eliminate_zeros()
    lone = panel.units[np.diff(matrix.indptr) == 0].tolist()
    if lone and weights.islands != "keep":
        raise DataError(
            "XZ-283",
            listed(lone),
            where=say("weights of {source}", source=panel.source),
            expected=say("a neighbour for every unit"),
            remedy=say("Say islands='keep', or name a neighbour: islands={{'{unit}': '...'}}.", unit=lone[0]),
        )
    told = sentences(weights.words(), weights._island_words(), STANDARDISED[weights.standardise])
    return SpatialWeights(
        panel.units.astype(object), matrix, weights.standardise, tuple(lone), told, weights.uneven(panel)
    )


def constant(panel: Panel, name: str) -> Floats:
    """Return a number column that is constant within units, (u,); XZ-288 where it is missing or changes."""
    cells = panel.values(name)
    first = cells[np.searchsorted(panel.code, np.arange(panel.units.size))]
    odd = np.flatnonzero(~(cells == first[panel.code]))
    if odd.size:
        units = listed(list(dict.fromkeys(named(unit) for unit in panel.unit_names[odd].tolist())))
        raise DataError(
            "XZ-288",
            say("{column} is missing or changes within units: {units}", column=named(name), units=units),
            where=panel.source,
            expected=say("one number for each unit"),
            remedy=say("Give every row of a unit the same number."),
        )
    return first


def _by_hand(weights: Weights, raw: csr_array, panel: Panel) -> csr_array:
    """Return raw weights with a link of one for each island that the settings name, in both directions."""
    if not isinstance(weights.islands, dict):
        return raw
    panel.require_units([*weights.islands, *weights.islands.values()], where=f"{type(weights).__name__}.islands")
    place, ends = {str(unit): k for k, unit in enumerate(panel.units)}, []
    for one, other in weights.islands.items():
        a, b = place[one], place[other]
        if a == b:
            raise DataError("XZ-282", say("{unit} linked to itself", unit=named(one)), where="islands")
        if raw.indptr[a] == raw.indptr[a + 1]:
            ends.append((a, b))
    return csr_array(raw + linked(ends, len(place)))


def _refuse_ties(apart: Floats, panel: Panel, how: Text) -> None:
    """Raise XZ-282 where two units have no distance between them."""
    one, other = np.nonzero(np.triu(apart == 0, k=1))
    if one.size:
        pairs = [f"{panel.units[a]} = {panel.units[b]}" for a, b in zip(one, other, strict=True)]
        found = say("units {how}: {pairs}", how=how, pairs=listed(pairs))
        raise DataError("XZ-282", found, where=panel.source, expected=say("a distance between any two units"))
