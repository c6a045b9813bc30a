"""Which units may define best practice."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.errors import DataError, EstimationError, listed
from xinzhi.language import named, say
from xinzhi.method.base import Value
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools

SMALLEST = 10
"""Fewer reference units than this cannot carry a frontier."""

RENTS = tuple("AGO ARE BHR BRN COG GAB GNQ IRQ KWT NGA OMN QAT SAU TTO VEN IRN NOR".split())  # noqa: SIM905
"""Economies whose measured productivity is largely resource rent."""

ENCLAVES = ("LUX", "MAC", "IRL")
"""Economies whose output is booked there rather than made there."""


class ReferenceSet(Value):
    """Rules for the units that may define best practice; the set is fixed once for a window.

    A reference unit is complete in every year of the window and is kept by each rule.

    Parameters
    ----------
    filled : "excluded" or "admitted"
        Units of which a policy filled an input in some year of the window.
    population : str or None
        Population column; None sets no minimum.
    minimum_population : float
        In the unit of that column.
    population_year : int or None
        Year in which population is read; the last year of the window by default.
    exclude : tuple of str
        Units left out by name; each must be in the data.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("population",)
    filled: Literal["excluded", "admitted"] = "admitted"
    population: str | None = None
    minimum_population: float = 0.0
    population_year: int | None = None
    exclude: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _population_is_named(self) -> "ReferenceSet":
        if self.population is None and (self.minimum_population > 0 or self.population_year is not None):
            raise ValueError(say("minimum_population and population_year need population, the name of its column"))
        return self


Reference = Literal["observed", "core", "all"] | ReferenceSet

_COUNTRIES = ReferenceSet(
    filled="admitted", population="pop", minimum_population=1.0, population_year=2017, exclude=RENTS + ENCLAVES
)
NAMED: dict[str, ReferenceSet] = {
    "observed": _COUNTRIES.model_copy(update={"filled": "excluded"}),
    "core": _COUNTRIES,
    "all": ReferenceSet(),
}
"""``observed``: hours observed in every year, at least one million people in 2017, no rents, no enclaves
(columns and codes of the Penn World Table). ``core``: the same, filled hours admitted. ``all``: every
complete unit."""


def reference_units(reference: Reference, panel: Panel, complete: Bools, filled: Bools, last_year: int) -> Bools:
    """Return which units of the panel belong to the reference set, (u,).

    Parameters
    ----------
    complete, filled : (u,)
        Complete in the window; filled by a policy in some year of it.
    last_year : int
        Last year of the window.

    Raises
    ------
    DataError
        An excluded unit is not in the data (XZ-212; the named sets name units of the world, present or not), no
        population column (XZ-205), or its year is not in the data (XZ-208).
    EstimationError
        Fewer than ``SMALLEST`` units (XZ-302).
    """
    rules = NAMED[reference] if isinstance(reference, str) else reference
    if rules is reference:
        panel.require_units(rules.exclude, where="ReferenceSet.exclude")
    members = complete & ~np.isin(panel.units.astype(str), rules.exclude)
    if rules.filled == "excluded":
        members &= ~filled
    where = say("{source}, reference={reference!r}", source=panel.source, reference=reference)
    if rules.population is not None and rules.population not in panel.columns:
        raise DataError(
            "XZ-205",
            say("no population column {column!r}", column=rules.population),
            where=where,
            expected=listed(sorted(panel.columns), 40),
            remedy=say("Use reference='all', or a ReferenceSet with your own rules."),
        )
    if rules.population is not None:
        year = last_year if rules.population_year is None else rules.population_year
        if year not in panel.times:
            raise DataError(
                "XZ-208",
                say("population of {year}", year=year),
                where=where,
                expected=say("a year from {start} to {end}", start=panel.times[0], end=panel.times[-1]),
                remedy=say("Use reference='all', or a ReferenceSet with a population_year that the data cover."),
            )
        rows = panel.locate(panel.units, [year])[:, 0]
        people = np.where(rows >= 0, panel.values(rules.population)[rows], np.nan)
        members &= people >= rules.minimum_population
    if members.sum() < SMALLEST:
        units = listed([named(unit) for unit in panel.units[~complete].tolist()])
        fill = say("Shorten the window, or fill the missing cells; incomplete: {units}.", units=units)
        widen = say(
            "Shorten the window, or use a wider set (reference='core' or 'all'); incomplete: {units}.", units=units
        )
        raise EstimationError(
            "XZ-302",
            say(
                "{members} units ({complete} of {all} are complete in the window)",
                members=int(members.sum()),
                complete=int(complete.sum()),
                all=complete.size,
            ),
            where="reference",
            expected=say("at least {count} units complete in the window", count=SMALLEST),
            remedy=fill if reference == "all" else widen,
        )
    return members
