"""What an event study holds by cohort and by control."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xinzhi.language import Text, say
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.regressions.events.design import REASONS, Design
from xinzhi.regions.regressions.events.estimators import Estimates, Sample


@dataclass(frozen=True)
class ControlEffects:
    """Coefficients of the controls: ``names``: (k,); ``estimate``, ``error``: (k,)."""

    names: tuple[Text, ...]
    estimate: Floats
    error: Floats

    @classmethod
    def of(cls, names: Sequence[Text], sample: Sample, found: Estimates) -> "ControlEffects":
        """Return the coefficients in the units of measurement of the controls."""
        return cls(tuple(names), found.controls / sample.spread, found.errors / sample.spread)


@dataclass(frozen=True)
class CohortEffects:
    """Effects by cohort and event time: ``cohort``, ``time``, ``estimate``, ``error``, ``rows``, ``clusters``: (p,).

    The error is NaN where one cluster stands behind an effect.
    """

    cohort: Ints
    time: Ints
    estimate: Floats
    error: Floats
    rows: Ints
    clusters: Ints

    @classmethod
    def of(cls, design: Design, sample: Sample, found: Estimates) -> "CohortEffects":
        """Return the effects of a saturated study."""
        pairs = np.unique(np.column_stack([sample.cell, sample.cluster]), axis=0)
        clusters = np.bincount(pairs[pairs[:, 0] >= 0, 0], minlength=sample.cells)
        error = np.where(clusters > 1, np.sqrt(np.diag(found.covariance)), np.nan)
        cohort, time = design.cells[:, 0], design.cells[:, 1]
        return cls(cohort, time, found.effects, error, design.counts, clusters)


@dataclass(frozen=True)
class Cohorts:
    """Units by first year of treatment: ``first`` infinite for those never treated; all (c,).

    ``units``, ``used``: in the data and in the study; ``before``, ``after``: used years; ``role``: what they serve for.
    """

    first: Floats
    units: Ints
    used: Ints
    before: Ints
    after: Ints
    role: tuple[Text, ...]

    @classmethod
    def of(cls, panel: Panel, first: Floats, design: Design) -> "Cohorts":
        """Return the cohorts of the units of a panel, (u,) first years, under a design."""
        groups, used = np.unique(first), design.used
        date = first[panel.code]
        columns: list[tuple[int, int, int, int]] = []
        roles = []
        for group in groups:
            rows = used & (date == group)
            years = np.unique(panel.when[rows])
            size, here = int((first == group).sum()), int(np.unique(panel.code[rows]).size)
            columns.append((size, here, int((years < group).sum()), int((years >= group).sum())))
            why = design.why[(date == group) & (design.why > 0)]
            if not here:
                role = REASONS[int(why[0])] if why.size else say("no row with all its numbers")
                roles.append(say("left out: {reason}", reason=role))
            elif design.control[rows].all():
                roles.append(say("comparison"))
            else:
                roles.append(say("effect estimated"))
        units, mine, before, after = np.array(columns).T
        return cls(groups, units, mine, before, after, tuple(roles))
