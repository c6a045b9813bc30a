"""Findings about an index: what its data show that a referee would ask about, each with a remedy.

evidence -> checks, one after the other -> findings, the gravest first
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xinzhi.errors import listed
from xinzhi.indicators.diagnosis.correlations import common_jumps, same_growth
from xinzhi.indicators.diagnosis.evidence import Evidence
from xinzhi.indicators.framework import Indicator
from xinzhi.indicators.normalisations import MinMax
from xinzhi.indicators.slots import factors
from xinzhi.indicators.steps.normalise import Normalise
from xinzhi.indicators.weights.components import ROUNDING
from xinzhi.language import Text, enumerated, joined, named, say
from xinzhi.numerics.correlations import pairwise
from xinzhi.panel.panel import Bools

Severity = Literal["high", "medium", "low"]
SEVERITIES: dict[str, Text] = {"high": say("high"), "medium": say("medium"), "low": say("low")}
KINDS: dict[str, Text] = {
    "constant": say("constant"),
    "zeros": say("many zeros"),
    "changed_cells": say("cells shifted or floored"),
    "wrong_sign": say("wrong sign"),
    "opposed": say("parts against each other"),
    "incoherent": say("parts that do not hang together"),
    "no_components": say("unfit for components"),
    "duplicate": say("near-duplicates"),
    "scale_mixed": say("totals beside ratios"),
    "size": say("moves with size"),
    "undeflated": say("current prices"),
    "by_year": say("normalised by year"),
    "weight": say("heavy indicator"),
    "dominant": say("dominating indicator"),
    "silent": say("silent indicator"),
    "missing": say("missing cells"),
    "filled": say("filled cells"),
    "filled_ends": say("end years filled"),
    "left_out": say("left out"),
    "break": say("break in a year"),
    "same_growth": say("same growth everywhere"),
    "squeeze": say("squeezed by outliers"),
    "base_year": say("far from the base year"),
    "no_uncertainty": say("no uncertainty analysis"),
}
MANY_ZEROS, MANY_MISSING, MANY_FILLED = 0.25, 1 / 3, 0.05
"""Shares of cells from which zeros, missing and filled cells are worth a look."""
SILENT = 0.09
"""A correlation ratio below it, a correlation of 0.3 at most: the index hardly moves with the indicator."""
WITH_SIZE = 0.7
"""Rank correlation from which half of the ranks' variance goes with size."""
NARROW = 0.3
"""Share of the range that holds nine of ten values: 0.57 for 300 normal numbers, 0.27 for log-normal ones."""
ROWS = 10
"""Rows that quantiles need, and units that an alpha needs."""
ALPHA, USUAL_ALPHA = 0.5, 0.7
"""Cronbach's alpha below which errors are more than half of the variance of a sum; what the handbook of OECD and JRC
(2008) calls acceptable."""
KMO, USUAL_KMO = 0.5, 0.6
"""What Kaiser calls unacceptable; what the handbook asks for before factors are extracted."""
MONEY = re.compile(r"CNY|RMB|USD|EUR|GBP|JPY|yuan|dollar|euro|[$€£¥元]", re.IGNORECASE)
DEFLATED = re.compile(r"constant|real|prices of|\b(19|20)\d\d\b|chained|不变价|可比价", re.IGNORECASE)
RATIO = re.compile(r"%|per |/|ratio|share|index|人均|率|比", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """Something to look at.

    ``code``: a key of ``KINDS``; ``where``: indicator, dimension, year or step; ``what``: in a sentence with its
    number; ``remedy``.
    """

    code: str
    severity: Severity
    where: Text | str
    what: Text | str
    remedy: Text | str


@dataclass(frozen=True)
class Limits:
    """``redundant``: correlation of near-duplicates; ``heavy``: weight of a single indicator."""

    redundant: float
    heavy: float


def findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """Return what the data show, the gravest first."""
    found = [
        *_columns(evidence),
        *_structure(evidence, limits),
        *_scale(evidence),
        *_importance(evidence, limits),
        *_cells(evidence),
        *_normalisation(evidence),
        *_years(evidence),
    ]
    return tuple(sorted(found, key=lambda finding: list(SEVERITIES).index(finding.severity)))


def _columns(e: Evidence) -> Iterator[Finding]:
    """Yield constant columns and columns of zeros; those that were left out too."""
    first, counts = e.index.stages[0], e.counts
    remedy = say("Drop it: it tells no unit from another.")
    for j, name in enumerate(first.tree.indicators):
        there = first.values[counts, j]
        there = there[np.isfinite(there)]
        if there.size and np.ptp(there) == 0:
            yield Finding(
                "constant", "high", e.index.name(name), say("all {count} values are equal", count=there.size), remedy
            )
        elif there.size and (share := float(np.mean(there == 0))) > MANY_ZEROS:
            yield Finding(
                "zeros",
                "medium",
                e.index.name(name),
                say("{share:.0%} of values are zero", share=share),
                say("Find out whether zero means none or not reported; entropy weights favour such columns."),
            )
    changed: dict[tuple[str, str], int] = {}
    for change in e.stage.changes:
        if change.step not in {"impute", "treat"}:
            for name in change.names:
                changed[name, change.rule] = changed.get((name, change.rule), 0) + 1
    for (name, rule), count in changed.items():
        yield Finding(
            "changed_cells",
            "medium",
            e.index.name(name),
            say("cells counted with other numbers by {rule}: {count}", count=count, rule=rule),
            say("Vary the shift or floor in an uncertainty analysis, or use a rule that takes zeros."),
        )


def _structure(e: Evidence, limits: Limits) -> Iterator[Finding]:
    """Yield indicators against their dimension, and near-duplicates."""
    units = np.unique(e.stage.panel.code[e.counts]).size
    error = 1 / np.sqrt(max(units, 1))  # of a correlation of zero over as many units
    odd = np.flatnonzero(e.with_rest < -error)
    for j in odd:
        group = e.index.name(e.stage.tree.groups[e.parents[j]])
        r = float(e.with_rest[j])
        yield Finding(
            "wrong_sign",
            "high" if r < -2 * error else "low",
            e.name(j),
            say("correlation {r:.2f} with the rest of {group}", r=r, group=group),
            say("Check its direction and its place in the framework."),
        )
    with np.errstate(invalid="ignore"):
        pairs = np.argwhere(np.triu(np.abs(e.correlations) > limits.redundant, 1))
    for j, other in pairs:
        yield Finding(
            "duplicate",
            "medium",
            joined(e.name(j), e.name(other)),
            say("correlation {r:.3f}", r=float(e.correlations[j, other])),
            say("Keep one of the two, or halve their weights: what they share counts twice."),
        )
    yield from _dimensions(e, 2 * error, {e.stage.tree.indicators[j] for j in odd})


def _dimensions(e: Evidence, least: float, odd: set[str]) -> Iterator[Finding]:
    """Yield parts of a dimension against each other, unless one is ``odd`` by itself, and dimensions that are loose."""
    tree, parts = e.stage.tree, np.column_stack([e.z, e.scores])
    units = np.unique(e.stage.panel.code[e.counts]).size
    for group, children, whole in zip(tree.groups, tree.children, e.coherence, strict=True):
        name, r = e.index.name(group), pairwise(parts[:, children])
        with np.errstate(invalid="ignore"):
            pairs = np.argwhere(np.triu(r < -least, 1))
        for j, k in pairs:
            both = [tree.names[children[j]], tree.names[children[k]]]
            if not odd & {*both}:
                yield Finding(
                    "opposed",
                    "medium",
                    joined(*map(e.index.name, both)),
                    say("correlation {r:.2f} inside {group}", r=float(r[j, k]), group=name),
                    say("What one adds the other takes away: check directions, or part them into two dimensions."),
                )
        loose, unfit = whole.alpha < ALPHA, whole.kmo < KMO - ROUNDING and children.size > 2  # of two, KMO is 0.5
        if units >= ROWS and (loose or unfit):
            numbers = {"alpha": whole.alpha, "usual": USUAL_ALPHA, "kmo": whole.kmo, "least": USUAL_KMO}
            apart = say("Its parts measure several things: divide it, or say why they stand together.")
            yield Finding(
                "incoherent" if loose else "no_components",
                "high" if loose and unfit else "medium" if loose else "low",
                name,
                say("alpha {alpha:.2f} ({usual:g} is usual), KMO {kmo:.2f} ({least:g} is usual)", **numbers),
                apart if loose else say("Do not weigh its parts by principal components or factors."),
            )


def _scale(e: Evidence) -> Iterator[Finding]:
    """Yield totals beside ratios, indicators that move with size, and money at current prices."""
    panel, indicators = e.stage.panel, [e.stage.framework.indicator(name) for name in e.stage.tree.indicators]
    units = [indicator.unit or panel.columns[indicator.name].unit for indicator in indicators]
    ratio = np.array(
        [
            i.denominator is not None or panel.columns[i.name].kind in {"share", "ratio"} or bool(RATIO.search(unit))
            for i, unit in zip(indicators, units, strict=True)
        ]
    )
    with np.errstate(invalid="ignore"):
        sized = np.abs(e.with_sizes) > WITH_SIZE
    suspects = ~ratio & (sized.any(axis=1) if e.sizes else True)
    if ratio.any() and suspects.any():
        what = say("totals: {totals}, ratios: {ratios}", totals=int(suspects.sum()), ratios=int(ratio.sum()))
        yield Finding(
            "scale_mixed",
            "high" if e.sizes else "medium",
            listed([e.name(j) for j in np.flatnonzero(suspects)]),
            what,
            say("Name a denominator: totals favour large units."),
        )
    own = np.array([[i.name == size for size in e.sizes] for i in indicators], dtype=bool).reshape(sized.shape)
    for j, k in np.argwhere(sized & ~own):
        if not (ratio.any() and suspects[j]):
            yield Finding(
                "size",
                "low",
                e.name(j),
                say("rank correlation {r:.2f} with {size}", r=float(e.with_sizes[j, k]), size=named(e.sizes[k])),
                say("See whether it measures size rather than quality."),
            )
    if panel.times.size > 1:
        for j, (indicator, unit) in enumerate(zip(indicators, units, strict=True)):
            if _current_money(unit) and not _over_money(e, indicator):
                yield Finding(
                    "undeflated",
                    "high",
                    e.name(j),
                    say("{unit} over {years} years", unit=unit, years=panel.times.size),
                    say("Deflate it, or divide it by an amount at the same prices."),
                )


def _current_money(unit: str) -> bool:
    return bool(MONEY.search(unit)) and not DEFLATED.search(unit)


def _over_money(e: Evidence, indicator: Indicator) -> bool:
    below = indicator.denominator
    return below is not None and bool(MONEY.search(e.stage.panel.columns[below].unit))


def _importance(e: Evidence, limits: Limits) -> Iterator[Finding]:
    """Yield indicators that weigh or matter much, or that the index does not move with."""
    equal = 1 / e.weights.size
    for j, (weight, share, ratio) in enumerate(zip(e.weights, e.shares, e.ratios, strict=True)):
        if weight > max(limits.heavy, equal * (1 + 1e-9)):
            yield Finding(
                "weight",
                "medium",
                e.name(j),
                say("weight {weight:.3f}", weight=weight),
                say("Justify it, or compare with other weights."),
            )
        if share > max(limits.heavy, 2 * weight):
            yield Finding(
                "dominant",
                "medium",
                e.name(j),
                say("effective weight {share:.3f}, nominal weight {weight:.3f}", share=share, weight=weight),
                say("Choose weights for equal importance, or treat its outliers."),
            )
        if ratio < SILENT and weight > 0:
            yield Finding(
                "silent",
                "low",
                e.name(j),
                say("explains {share:.1%} of the variance of the index", share=ratio),
                say("Ask whether it belongs to the index; its weight hardly moves the ranks."),
            )


def _cells(e: Evidence) -> Iterator[Finding]:
    """Yield missing and filled cells, and what was left out."""
    missing, filled = (cells[e.counts].mean(axis=0) for cells in (~np.isfinite(e.stage.raw), e.filled))
    for j, share in enumerate(missing):
        if share > MANY_MISSING:
            remedy = say("Screen it out, or find another source.")
            yield Finding("missing", "medium", e.name(j), say("{share:.0%} of cells missing", share=share), remedy)
    ends = beyond_ends(e.observed, e.filled, e.stage.panel.code)
    grave, many = filled > MANY_ZEROS, np.flatnonzero((filled > MANY_FILLED) & (filled <= MANY_ZEROS))
    remedy = say("Report the cells, and vary the rule of filling in an uncertainty analysis.")
    for k in np.flatnonzero(grave):
        yield Finding("filled", "high", e.name(k), say("{share:.1%} of cells filled", share=filled[k]), remedy)
    if many.size:  # one finding: what is to be done is the same
        told = [say("{name} {share:.1%}", name=e.name(k), share=filled[k]) for k in many]
        what = say("{share:.1%} of cells filled at most", share=filled[many].max())
        yield Finding("filled", "medium", enumerated(told), what, remedy)
    for j in range(filled.size):
        if ends[:, j].any():
            years = sorted(set(e.stage.panel.when[ends[:, j]].tolist()))
            yield Finding(
                "filled_ends",
                "medium",
                e.name(j),
                say(
                    "cells beyond the observations of their units: {count}, in {years}",
                    count=int(ends[:, j].sum()),
                    years=listed(years),
                ),
                say("End the study where the data end: the last years rest on extrapolation."),
            )
    units = sorted({gone.name for gone in e.stage.left_out if gone.what == "unit"})
    scored = set(e.index.rows.unit[e.index.rows.status == "ok"].tolist())
    without = [name for name in e.stage.panel.units.tolist() if name not in scored]
    asked = {name for step in e.index.steps for name in getattr(step, "without", None) or ()}
    if lost := sorted({*units, *without}):
        yield Finding(
            "left_out",
            "low" if {*lost} <= asked else "medium",
            listed([named(name) for name in lost]),
            say("units without a score in some or all years: {count}", count=len(lost)),
            say("Say so in the text: ranks and weights are of the others only."),
        )
    gone = [leaving.name for leaving in e.stage.left_out if leaving.what == "indicator"]
    if gone:
        yield Finding(
            "left_out",
            "medium",
            listed([e.index.name(name) for name in gone]),
            say("indicators of the framework that are not in the index: {count}", count=len(gone)),
            say("Say so in the text, and show the weights without them."),
        )


def beyond_ends(observed: Bools, filled: Bools, code: np.ndarray) -> Bools:
    """Return which filled (n, m) cells lie before the first or after the last observation of their (n,) unit.

    Units without an observation have none that lies beyond.
    """
    out = np.zeros(filled.shape, dtype=bool)
    for unit in np.unique(code[filled.any(axis=1)]):
        rows = np.flatnonzero(code == unit)
        there = observed[rows]
        before = np.cumsum(there, axis=0)
        some = before[-1] > 0
        out[rows] = filled[rows] & some & ((before == 0) | (before == before[-1]))
    return out


def _normalisation(e: Evidence) -> Iterator[Finding]:
    """Yield what normalisation does to years and to the bulk of values, and whether nothing is uncertain."""
    step = next(one for one in e.index.steps if isinstance(one, Normalise))
    if e.stage.by_year and e.stage.panel.times.size > 1:
        yield Finding(
            "by_year",
            "high",
            step.called,
            say("bounds of each year by itself over {years} years", years=e.stage.panel.times.size),
            say("Normalise over all years or over a base year before years are compared."),
        )
    for j, name in enumerate(e.stage.tree.indicators):
        rule = step.special.get(name, step.by)
        z = e.z[np.isfinite(e.z[:, j]), j]
        if not isinstance(rule, MinMax) or z.size < ROWS or np.ptp(z) == 0:
            continue
        assert isinstance(rule.low, float)
        assert isinstance(rule.high, float)
        low, high = np.quantile(z, [0.05, 0.95])
        if (width := float(high - low) / float(np.ptp(z))) < NARROW:
            yield Finding(
                "squeeze",
                "medium",
                e.name(j),
                say("nine of ten values in {width:.0%} of the range", width=width),
                say("Treat outliers before min-max, or take logarithms, and report it."),
            )
        reach = rule.high - rule.low
        far = (z > rule.high + reach) | (z < rule.low - reach)
        if isinstance(step.over, int) and far.any():
            yield Finding(
                "base_year",
                "medium",
                e.name(j),
                say(
                    "values more than a whole range beyond those of {year}: {count}",
                    count=int(far.sum()),
                    year=step.over,
                ),
                say("Choose a base year in the middle, or goalposts that hold all years."),
            )
        in_base = e.stage.panel.when == step.over
        if isinstance(step.over, int) and e.filled[in_base, j].any():
            count = int(e.filled[in_base, j].sum())
            yield Finding(
                "base_year",
                "high",
                e.name(j),
                say("filled cells of the base year {year}: {count}", count=count, year=step.over),
                say("Choose a base year that is observed."),
            )
    system = e.index.method
    if not any(True for _ in factors(system)):
        yield Finding(
            "no_uncertainty",
            "low",
            say("the index"),
            say("no choice is held open"),
            say("Hold choices open in its steps, and run an uncertainty analysis."),
        )


def _years(e: Evidence) -> Iterator[Finding]:
    """Yield jumps of all units in a year, and indicators that grow at one rate everywhere."""
    panel = e.stage.panel
    if panel.times.size < 3:
        return
    given = np.where(e.counts[:, None] & ~e.filled, e.as_given, np.nan)
    for j, year in common_jumps(given, panel.code, panel.when):
        yield Finding(
            "break",
            "medium",
            joined(e.name(j), str(year)),
            say("nearly all units jump together"),
            say("Look for a change of definition or source; splice the series, or begin after it."),
        )
    for k in np.flatnonzero(same_growth(given, panel.code, panel.when)):
        yield Finding(
            "same_growth",
            "medium",
            e.name(k),
            say("the year explains more than 99 per cent of its growth"),
            say("See whether national values were shared out by fixed shares: units have no news of their own."),
        )
