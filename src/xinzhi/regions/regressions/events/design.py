"""Which rows an event study uses and to which cohort and event time each belongs; arrays in, arrays out.

event time = year - first year of treatment;  cohort = the units with one first year
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.language import Text, say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.regressions.estimation.columns import ONE_YEAR

Estimator = Literal["saturated", "did2s", "twfe"]
Comparison = Literal["never", "last_treated"]
MISSING = -1
"""Mark of a row without numbers."""
OUTSIDE, AFTER_LAST, ALWAYS, SINGLE, NO_BASE, NO_UNTREATED = range(1, 7)
"""Why a row is left out."""
REASONS: dict[int, Text] = {
    OUTSIDE: say("event time outside the window"),
    AFTER_LAST: say("the comparison units are treated by then"),
    ALWAYS: say("treated in all its years"),
    SINGLE: ONE_YEAR,
    NO_BASE: say("no year of its cohort at the base period"),
    NO_UNTREATED: say("no untreated unit in this year"),
}


@role("event_window")
class EventWindow(Value):
    """Event times of a study, and the one that the others are compared with.

    Parameters
    ----------
    leads, lags : int or None
        The earliest, counted before treatment, and the last event time with an estimate of its own; all by default.
    endpoints : "binned" or "dropped"
        Whether earlier and later event times are counted as the earliest and the last one, or their rows are left out.
    base : int
        The event time, before treatment, whose estimate is zero; two stages have none, but leave it out of the test.
    """

    leads: int | None = Setting(default=None, ge=1)
    lags: int | None = Setting(default=None, ge=0)
    endpoints: Literal["binned", "dropped"] = "binned"
    base: int = Setting(default=-1, le=-1)

    @model_validator(mode="after")
    def _base_inside(self) -> "EventWindow":
        if self.leads is not None and -self.base > self.leads:
            raise ValueError(say("base lies outside the leads: {base}", base=self.base))
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """Return the first and last event time, infinite where all are used."""
        return (
            -np.inf if self.leads is None else float(-self.leads),
            np.inf if self.lags is None else float(self.lags),
        )


@dataclass(frozen=True)
class Rule:
    """How rows and cells are chosen."""

    estimator: Estimator
    comparison: Comparison
    events: EventWindow


@dataclass(frozen=True)
class Design:
    """Rows used and the cell of each.

    ``why``: (n,) zero where a row is used, else :data:`MISSING` or the key of a reason; ``event``: (n,) event times,
    NaN for units never treated; ``place``: (n,) the same within the window; ``control``: (n,) whether a unit serves as
    comparison only; ``cell``: (n,) -1 where a row has no effect to estimate; ``cells``: (p, 2) cohort, 0 where cohorts
    share an effect, and event time; ``counts``: (p,) rows of each.
    """

    why: Ints
    event: Floats
    place: Floats
    control: Bools
    cell: Ints
    cells: Ints
    counts: Ints

    @property
    def used(self) -> Bools:
        """Return which rows are used, (n,)."""
        return np.asarray(self.why == 0)

    @property
    def after(self) -> Bools:
        """Return which cells lie after treatment, (p,)."""
        return self.cells[:, 1] >= 0

    def averages(self) -> tuple[Ints, Floats]:
        """Return event times with an estimate, (e,), and the weights of cells in each and in the average, (e + 1, p).

        Rows of a cell over all rows of its event time, or, in the last line, over all rows after treatment.
        """
        times = np.unique(self.cells[:, 1])
        same = self.cells[:, 1] == times[:, None]
        weights = np.vstack([same, self.after]) * self.counts
        return times, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1)


def _some(code: Ints, mask: Bools) -> Bools:
    """Return for each row whether a row of the same code is in the mask."""
    return np.asarray(np.bincount(code[mask], minlength=int(code.max(initial=0)) + 1)[code] > 0)


def designed(unit: Ints, year: Ints, first: Floats, there: Bools, *, rule: Rule) -> Design:
    """Return the design of an event study.

    Parameters
    ----------
    unit : (n,)
        Codes from zero.
    year : (n,)
    first : (n,)
        First year of treatment, infinite where a unit is never treated.
    there : (n,)
        Rows with all their numbers.
    rule : Rule
    """
    why, events = np.where(there, 0, MISSING), rule.events
    event = np.where(np.isfinite(first), year - first, np.nan)
    low, high = events.ends
    place, treated, control = np.clip(event, low, high), year >= first, ~np.isfinite(first)

    def leave(mask: Bools, reason: int) -> None:
        why[(why == 0) & mask] = reason

    if events.endpoints == "dropped":
        leave((event < low) | (event > high), OUTSIDE)
    leave(~_some(unit, (why == 0) & ~treated), ALWAYS)
    if rule.comparison == "last_treated" and ((why == 0) & ~control).any():
        last = float(first[(why == 0) & ~control].max())
        control = control | (first == last)
        leave(year >= last, AFTER_LAST)
    leave(np.bincount(unit[why == 0], minlength=int(unit.max(initial=0)) + 1)[unit] < 2, SINGLE)
    if rule.estimator == "saturated":
        based = np.unique(first[(why == 0) & ~control & (place == events.base)])
        leave(~control & ~np.isin(first, based), NO_BASE)
    if rule.estimator == "did2s":
        leave(~np.isin(year, np.unique(year[(why == 0) & ~treated])), NO_UNTREATED)
    own = (why == 0) & ~control & ((place != events.base) | (rule.estimator == "did2s"))
    cohort = first[own] if rule.estimator == "saturated" else np.zeros(int(own.sum()))
    cells, at, counts = np.unique(
        np.column_stack([cohort, place[own]]).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    cell = np.full(year.size, -1, dtype=np.int64)
    cell[own] = at.ravel()
    return Design(why, event, place, control, cell, cells.reshape(-1, 2), counts)
