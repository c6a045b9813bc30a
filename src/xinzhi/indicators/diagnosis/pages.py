"""Tables and figures of a diagnosis."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.indicators.diagnosis.correlations import correlation_ratio
from xinzhi.indicators.diagnosis.evidence import Evidence
from xinzhi.indicators.diagnosis.lint import KINDS, SEVERITIES, SILENT, WITH_SIZE, Limits
from xinzhi.language import Text, joined, named, say
from xinzhi.method import Field, Table, View
from xinzhi.method.terms import label
from xinzhi.numerics.correlations import pairwise
from xinzhi.panel.panel import Ints

if TYPE_CHECKING:
    from xinzhi.indicators.diagnosis.diagnosis import IndexDiagnosisResult

SKEWED, PEAKED = 2.0, 3.5
"""Skewness and excess kurtosis beyond which, both, the European Commission's Joint Research Centre sees outliers."""
INDICATOR = say("Indicator")
DIMENSION = say("Dimension")


def findings_table(result: "IndexDiagnosisResult") -> Table:
    """Return the findings, the gravest first."""
    found = result.findings
    cells = {
        "finding": [KINDS[f.code] for f in found],
        "severity": [SEVERITIES[f.severity] for f in found],
        "where": [f.where for f in found],
        "what": [f.what for f in found],
        "remedy": [f.remedy for f in found],
    }
    fields = [
        Field("finding", say("Finding")),
        Field("severity", say("Severity")),
        Field("where", say("Where")),
        Field("what", say("What the data show")),
        Field("remedy", say("Remedy")),
    ]
    return Table.of("findings", say("Findings"), fields, cells)


def importance_table(e: Evidence, limits: Limits) -> Table:
    """Return weights, correlations with dimension and index, and effective weights of indicators."""
    names = range(e.weights.size)
    heavy, dominating = e.weights > limits.heavy, e.shares > np.maximum(limits.heavy, 2 * e.weights)
    with np.errstate(invalid="ignore"):
        silent = (e.ratios < SILENT) & (e.weights > 0)
    marks = ((say("dominating"), dominating), (say("heavy"), heavy), (say("silent"), silent))
    flags = [joined(*(mark for mark, those in marks if those[j])) or None for j in names]
    cells = {
        "indicator": [e.name(j) for j in names],
        "dimension": [e.index.name(e.stage.tree.groups[k]) for k in e.parents],
        "weight": e.weights,
        "with_rest": e.with_rest,
        "with_dimension": e.with_dimension,
        "with_index": e.with_index,
        "ratio": e.ratios,
        "share": e.shares,
        "flag": flags,
    }
    correlation, ratio = say("Correlation with"), say("Correlation ratio")
    fields = [
        Field("indicator", INDICATOR),
        Field("dimension", DIMENSION),
        Field("weight", say("Nominal weight"), 4),
        Field("with_rest", say("rest of its dimension"), 3, correlation),
        Field("with_dimension", say("dimension"), 3, correlation),
        Field("with_index", say("index"), 3, correlation),
        Field("ratio", say("with the index"), 3, ratio),
        Field("share", say("effective weight"), 4, ratio),
        Field("flag", say("Remark")),
    ]
    notes = [
        say("Correlation ratio: share of the variance of the index that goes with the indicator, by a natural spline."),
        say("Effective weight: the correlation ratio over the sum of all."),
    ]
    return Table.of("importance", say("Nominal and effective weights of indicators"), fields, cells, notes=notes)


def dimensions_table(e: Evidence) -> Table:
    """Return weight, correlation with the index, reliability and components of each dimension."""
    tree, last = e.stage.tree, e.scores[:, -1]
    weights = tree.below.astype(np.float64) @ e.weights
    order = range(len(tree.groups) - 1, -1, -1)
    found = [e.coherence[k] for k in order]
    with_index = pairwise(e.scores, e.scores[:, -1:])[:, 0]
    cells = {
        "dimension": [e.index.name(tree.groups[k]) for k in order],
        "parts": [tree.children[k].size for k in order],
        "weight": [weights[k] for k in order],
        "with_index": [with_index[k] for k in order],
        "ratio": [correlation_ratio(e.scores[:, k], last) for k in order],
        "alpha": [c.alpha for c in found],
        "standardised": [c.standardised for c in found],
        "mean": [c.mean_correlation for c in found],
        "first": [c.eigenvalues[0] / c.eigenvalues.size for c in found],
        "above_one": [None if np.isnan(c.eigenvalues[0]) else int((c.eigenvalues > 1).sum()) for c in found],
        "kmo": [c.kmo for c in found],
        "bartlett": [c.bartlett for c in found],
        "p": [c.p for c in found],
    }
    reliability, components = say("Reliability"), say("Principal components")
    fields = [
        Field("dimension", DIMENSION),
        Field("parts", say("Parts"), 0),
        Field("weight", say("Weight in the index"), 4),
        Field("with_index", say("Correlation with the index"), 3),
        Field("ratio", say("Correlation ratio"), 3),
        Field("alpha", say("Cronbach's alpha"), 3, reliability),
        Field("standardised", say("standardised"), 3, reliability),
        Field("mean", say("mean correlation"), 3, reliability),
        Field("first", say("share of the first"), 3, components),
        Field("above_one", say("eigenvalues above 1"), 0, components),
        Field("kmo", say("KMO"), 3, components),
        Field("bartlett", say("Bartlett's chi-squared"), 2, components),
        Field("p", "p", 4, components, p_value=True),
    ]
    notes = [say("Of the parts right below each dimension: indicators, or scores of its dimensions; complete rows.")]
    return Table.of("dimensions", say("Coherence of dimensions"), fields, cells, notes=notes)


def pairs_table(e: Evidence, limits: Limits) -> list[Table]:
    """Return pairs inside a dimension that are negative, and all pairs that are near-duplicates; none without one."""
    with np.errstate(invalid="ignore"):
        same = e.parents[:, None] == e.parents[None, :]
        negative, double = (e.correlations < 0) & same, np.abs(e.correlations) > limits.redundant
    pairs = np.argwhere(np.triu(negative | double, 1))
    if not pairs.size:
        return []
    cells = {
        "indicator": [e.name(j) for j, _ in pairs],
        "other": [e.name(k) for _, k in pairs],
        "r": [e.correlations[j, k] for j, k in pairs],
        "flag": [say("near-duplicates") if double[j, k] else say("negative inside a dimension") for j, k in pairs],
    }
    fields = [
        Field("indicator", INDICATOR),
        Field("other", say("Other indicator")),
        Field("r", say("Correlation"), 3),
        Field("flag", say("Remark")),
    ]
    return [Table.of("pairs", say("Pairs of indicators to look at"), fields, cells)]


def shape_table(e: Evidence) -> Table:
    """Return skewness and kurtosis after treatment, before normalisation."""
    skewness, kurtosis = e.shape
    with np.errstate(invalid="ignore"):
        odd = (np.abs(skewness) >= SKEWED) & (kurtosis >= PEAKED)
    cells = {
        "indicator": [e.name(j) for j in range(odd.size)],
        "skewness": skewness,
        "kurtosis": kurtosis,
        "flag": [say("outliers") if one else None for one in odd],
    }
    fields = [
        Field("indicator", INDICATOR),
        Field("skewness", say("Skewness"), 3),
        Field("kurtosis", say("Excess kurtosis"), 3),
        Field("flag", say("Remark")),
    ]
    notes = [say("After treatment, before normalisation; outliers: skewness from 2 and excess kurtosis from 3.5.")]
    return Table.of("shape", say("Shape of indicators"), fields, cells, notes=notes)


def missing_tables(e: Evidence, units: list[str]) -> list[Table]:
    """Return cells that are there, filled and missing, by indicator, by year and by unit."""
    panel, asked = e.stage.panel, e.asked[:, None]
    there, filled = e.observed & asked, e.filled & asked
    missing = asked & ~(there | filled)
    units = [unit for unit in units if unit in set(panel.unit_names[e.asked].tolist())]
    fields = [
        Field("there", say("There"), 0),
        Field("filled", say("Filled"), 0),
        Field("missing", say("Missing"), 0),
    ]
    kinds = {"there": there, "filled": filled, "missing": missing}
    cells: dict[str, Any] = {name: kind.sum(axis=0) for name, kind in kinds.items()}
    cells["indicator"] = [e.name(j) for j in range(there.shape[1])]
    found = [
        Table.of("missing_by_indicator", say("Cells by indicator"), [Field("indicator", INDICATOR), *fields], cells)
    ]
    own = np.searchsorted(panel.units, units)
    place_of = np.full(panel.units.size, -1)
    place_of[own] = np.arange(own.size)
    groups: list[tuple[str, Text, list[Any], Ints]] = [
        ("unit", say("Cells by unit"), [named(u) for u in units], place_of[panel.code])
    ]
    if panel.time:
        groups.append(("time", say("Cells by year"), panel.times.tolist(), np.searchsorted(panel.times, panel.when)))
    for key, title, names, place in groups:
        cells = {
            name: np.bincount(place[place >= 0], kind.sum(axis=1)[place >= 0], len(names)).astype(int)
            for name, kind in kinds.items()
        }
        cells[key] = names
        found.append(Table.of(f"missing_by_{key}", title, [Field(key, label(key), 0), *fields], cells))
    return found


def size_table(e: Evidence) -> list[Table]:
    """Return rank correlations of indicators with columns of size; none without such a column."""
    if not e.sizes:
        return []
    keys = [f"size_{k}" for k in range(len(e.sizes))]
    cells: dict[str, Any] = dict(zip(keys, e.with_sizes.T, strict=True))
    cells["indicator"] = [e.name(j) for j in range(e.weights.size)]
    fields = [
        Field("indicator", INDICATOR),
        *(Field(key, named(name), 3) for key, name in zip(keys, e.sizes, strict=True)),
    ]
    notes = [
        say("Rank correlations after division by denominators; beyond {limit:g} it moves with size.", limit=WITH_SIZE)
    ]
    return [Table.of("sizes", say("Indicators and the size of units"), fields, cells, notes=notes)]


def figures(result: "IndexDiagnosisResult", view: View | None) -> list[Any]:
    """Return maps of correlations and, where not all are there, of cells, each as it is in its worst year."""
    from xinzhi.indicators.pages.figures import correlation_map, missing_map
    from xinzhi.method.charts import Labels

    e, panel = result.evidence, result.panel
    order = np.argsort(e.parents, kind="stable")
    labels = Labels(
        name="correlations",
        title=say("Correlations of indicators"),
        description=result.summary(view),
        unit=say("correlation"),
    )
    found = [
        correlation_map(
            labels,
            item=[e.name(j) for j in order],
            group=[e.index.name(e.stage.tree.groups[e.parents[j]]) for j in order],
            correlation=e.correlations[np.ix_(order, order)].tolist(),
        )
    ]
    state = np.where(e.observed | ~e.asked[:, None], 0, np.where(e.filled, 1, 2))
    if (state == 0).all():
        return found
    units, periods = result.chosen(view)
    years = [t for t in panel.times.tolist() if any(first <= t <= last for first, last in periods)]
    rows = panel.locate(units, years)
    kept = np.asarray((rows >= 0).any(axis=1))
    worst = np.where((rows >= 0)[:, :, None], state[rows], 0).max(axis=1)[kept]
    if min((worst > 0).any(axis=1).sum(), (worst > 0).any(axis=0).sum()) < 2:
        return found  # what the table says of one unit or one indicator needs no map
    labels = Labels(
        name="missing",
        title=say("Cells that are there, filled or missing in any year"),
        description=result.summary(view),
        unit="",
    )
    item = [e.name(j) for j in range(state.shape[1])]
    names = [named(unit) for unit, there in zip(units, kept, strict=True) if there]
    return [*found, missing_map(labels, unit=names, item=item, state=worst.tolist())]
