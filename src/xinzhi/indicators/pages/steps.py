"""Tables of what the steps of an index did: who is left out, which cells were changed, what weights rest on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.indicators.setting_words import value_words
from xinzhi.indicators.stage import Change, Stage
from xinzhi.indicators.steps.weigh import Weigh
from xinzhi.language import Text, again, enumerated, named, say
from xinzhi.method import Field, Table
from xinzhi.method.status import status_word
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.indicators.system import IndexResult

BY_INDICATOR: dict[str, Text] = {
    "entropy": say("Entropy"),
    "redundancy": say("Redundancy"),
    "mean": say("Mean"),
    "spread": say("Spread"),
    "conflict": say("Conflict"),
    "information": say("Information"),
    "eigenvector": say("Eigenvector"),
    "kmo_each": say("KMO"),
    "communalities": say("Communality"),
    "correlations": say("Correlation with the score"),
    "wanted": say("Correlation wanted"),
    "with_equal_weights": say("Correlation under equal weights"),
}
"""What rules of weights find for each indicator."""
SCALARS: dict[str, Text] = {
    "kept": say("Components kept"),
    "explained": say("Share of variance explained"),
    "kmo": say("KMO"),
    "lambda_max": say("Largest eigenvalue"),
    "ci": say("Consistency index (CI)"),
    "cr": say("Consistency ratio (CR)"),
    "scatter": say("Total scatter"),
    "largest_gap": say("Largest gap to the target, share of the mean"),
    "chi2": say("Bartlett's test, chi-squared"),
    "df": say("Bartlett's test, degrees of freedom"),
    "p": say("Bartlett's test, p"),
}
"""What rules find for all indicators together, or for a dimension."""
STEPS: dict[str, Text] = {
    "normalise": say("normalisation"),
    "weigh": say("weights"),
    "aggregate": say("aggregation"),
}
YEARS = 12
"""Years whose weights stand side by side at most; of more, only the mean is shown."""


def account_tables(result: "IndexResult", units: Sequence[str]) -> list[Table]:
    """Return the tables that have rows: weights, treatment, changed cells, and rows without a score."""
    stage = result.last
    found = [
        weights_by_year(result),
        *weight_facts(result),
        left_out(stage, units),
        treatment(result),
        changed_cells(result, units, "treated_cells", say("Cells that the treatment of outliers changed"), ["treat"]),
        changed_cells(result, units, "other_cells", say("Cells that other rules cut, shifted or floored"), [*STEPS]),
        not_computed(result, units),
    ]
    return [table for table in found if table is not None]


def left_out(stage: Stage, units: Sequence[str]) -> Table | None:
    """Return the indicators and units that steps left out."""
    mine = [gone for gone in stage.left_out if gone.what == "indicator" or gone.name in units]
    title = stage.framework.title
    columns = {
        "what": [say("Indicator") if gone.what == "indicator" else label("unit") for gone in mine],
        "name": [title(gone.name) if gone.what == "indicator" else named(gone.name) for gone in mine],
        "year": [gone.time for gone in mine],
        "reason": [again(gone.reason) for gone in mine],
    }
    timed = any(gone.time is not None for gone in mine) and stage.panel.time is not None
    fields = [
        Field("what", say("What")),
        Field("name", say("Name")),
        *([Field("year", label("time"), 0)] if timed else []),
        Field("reason", label("reason")),
    ]
    return Table.of("left_out", say("What was left out"), fields, columns) if mine else None


def not_computed(result: "IndexResult", units: Sequence[str]) -> Table | None:
    """Return the rows without a score, with their reasons."""
    rows = result.rows
    odd = np.flatnonzero((rows.status != "ok") & np.isin(rows.unit.astype(str), units))
    columns = {
        "unit": [named(rows.unit[k]) for k in odd],
        "time": rows.time[odd],
        "status": [status_word(rows.status[k]) for k in odd],
        "reason": [again(rows.reason[k]) for k in odd],
    }
    fields = [
        Field("unit", label("unit")),
        Field("time", label("time"), 0),
        Field("status", label("status")),
        Field("reason", label("reason")),
    ]
    return result.timed(Table.of("not_computed", say("Rows without a score"), fields, columns)) if odd.size else None


# Cells ----------------------------------------------------------------------------------------


def treatment(result: "IndexResult") -> Table | None:
    """Return skewness and kurtosis of each indicator before and after the treatment of outliers."""
    treated: Mapping[str, Any] = result.last.facts.get("treat", {})
    ones = list(treated.values())
    answers = {True: say("yes"), False: say("no"), None: None}
    columns = {
        "indicator": [result.stages[0].framework.title(name) for name in treated],
        "skewness_before": [one.skewness[0] for one in ones],
        "kurtosis_before": [one.kurtosis[0] for one in ones],
        "rule": [again(one.rule) or say("not treated") for one in ones],
        "points": [one.points for one in ones],
        "skewness_after": [one.skewness[1] for one in ones],
        "kurtosis_after": [one.kurtosis[1] for one in ones],
        "passes": [answers[one.passes] for one in ones],
    }
    before, after = say("Before"), say("After")
    fields = [
        Field("indicator", say("Indicator")),
        Field("skewness_before", say("Skewness"), 2, spanner=before),
        Field("kurtosis_before", say("Excess kurtosis"), 2, spanner=before),
        Field("rule", say("Rule")),
        Field("points", say("Values changed"), 0),
        Field("skewness_after", say("Skewness"), 2, spanner=after),
        Field("kurtosis_after", say("Excess kurtosis"), 2, spanner=after),
        Field("passes", say("Passes")),
    ]
    return Table.of("treatment", say("Treatment of outliers"), fields, columns) if treated else None


def changed_cells(
    result: "IndexResult", units: Sequence[str], name: str, title: Text, steps: Sequence[str]
) -> Table | None:
    """Return the cells that steps changed one by one; indicators that were changed as a whole are in a note."""
    panel, stage, wanted = result.panel, result.last, set(units)
    rows, whole = list[tuple[Any, ...]](), list[Text]()
    unit, when = panel.unit_names, panel.when
    for change in stage.changes:
        if change.step not in steps:
            continue
        all_of = wholes(change, stage)
        words = {"names": enumerated([result.name(part) for part in all_of]), "rule": again(change.rule)}
        whole += [say("All cells of {names}: {rule}.", **words)] if all_of else []
        for row, part, before, after in zip(change.rows, change.names, change.before, change.after, strict=True):
            if part not in all_of and str(unit[row]) in wanted:
                rows.append((named(unit[row]), int(when[row]), result.name(part), again(change.rule), before, after))
    if not rows:
        return None
    keys = ("unit", "time", "part", "rule", "before", "after")
    columns = dict(zip(keys, zip(*rows, strict=True), strict=True))
    fields = [
        Field("unit", label("unit")),
        Field("time", label("time"), 0),
        Field("part", say("Indicator or dimension")),
        Field("rule", say("Rule")),
        Field("before", say("Before"), 4),
        Field("after", say("After"), 4),
    ]
    return result.timed(Table.of(name, title, fields, columns, notes=whole))


def wholes(change: Change, stage: Stage) -> list[str]:
    """Return the indicators of which a change touches nearly every cell that is there: a transformation."""
    names, count = np.unique(np.array(change.names, dtype=str), return_counts=True)
    there = np.isfinite(stage.raw).sum(axis=0)
    size = dict(zip(stage.tree.indicators, there.tolist(), strict=True))
    return [str(name) for name, k in zip(names, count, strict=True) if name in size and k > 0.9 * size[str(name)] > 0]


# Weights --------------------------------------------------------------------------------------


def weights_by_year(result: "IndexResult") -> Table | None:
    """Return the weights of the indicators in the index by year, where they differ."""
    from xinzhi.indicators.framework import effective

    stage = result.last
    assert stage.weights is not None
    if not 1 < stage.weights.shape[0] <= YEARS:
        return None
    whole = effective(stage.tree, stage.weights)[:, -1]
    columns: dict[str, Any] = {"indicator": [result.name(name) for name in stage.tree.indicators]}
    columns |= {str(year): whole[k] for k, year in enumerate(stage.panel.times)}
    heads = [Field(str(year), str(year), 4) for year in stage.panel.times]
    return Table.of(
        "weights_by_year", say("Weights in the index by year"), [Field("indicator", say("Indicator")), *heads], columns
    )


def weight_facts(result: "IndexResult") -> list[Table]:
    """Return what the rule of weights found, for each indicator and for all; nothing where it looks at no data."""
    step = next(step for step in result.steps if isinstance(step, Weigh))
    scalars = list[tuple[Any, ...]]()
    tree, m = result.last.tree, len(result.last.tree.indicators)
    by_rule: dict[Text, list[tuple[Any, ...]]] = {}
    for group, facts in result.last.facts.get("weigh", {}).items():
        parts = np.arange(m) if not group else tree.children[tree.groups.index(group)]
        names = [result.name(tree.names[part]) for part in parts]
        where = result.name(group) if group else say("all indicators")
        for rule, found in _by_rule(step.by, facts):
            arrays = {
                key: by for key, by in ((key, _by_part(found.get(key), len(parts))) for key in BY_INDICATOR) if by
            }
            arrays |= _loadings(found, len(parts))
            lines = [(where, name, {key: column[k] for key, column in arrays.items()}) for k, name in enumerate(names)]
            if arrays:
                by_rule.setdefault(rule, []).extend(lines)
            scalars += [(where, rule, *line) for line in _scalars(found, result.panel.times.tolist())]
    tables = [_facts_table(rule, lines, number=k) for k, (rule, lines) in enumerate(by_rule.items(), start=1)]
    if scalars:
        columns = dict(zip(("where", "rule", "quantity", "value"), zip(*scalars, strict=True), strict=True))
        fields = [
            Field("where", say("Indicators of")),
            Field("rule", say("Rule")),
            Field("quantity", say("Quantity")),
            Field("value", say("Value"), 4),
        ]
        tables.append(Table.of("weight_checks", say("What the weights rest on"), fields, columns))
    return tables


def _facts_table(rule: Text, lines: Sequence[tuple[Any, ...]], *, number: int) -> Table:
    """Return what one rule found for each indicator."""
    keys = list(dict.fromkeys(key for _, _, cells in lines for key in cells))
    columns = {
        "where": [where for where, _, _ in lines],
        "indicator": [name for _, name, _ in lines],
        **{key: [cells.get(key) for _, _, cells in lines] for key in keys},
    }
    several = len(set(map(str, columns["where"]))) > 1
    heads = {key: BY_INDICATOR.get(key) or say("Loading {number}", number=key.rpartition("_")[2]) for key in keys}
    fields = [
        *([Field("where", say("Dimension"))] if several else []),
        Field("indicator", say("Indicator")),
        *(Field(key, heads[key], 4) for key in keys),
    ]
    name = "weight_facts" if number == 1 else f"weight_facts_{number}"
    return Table.of(name, say("What the weights rest on: {rule}", rule=rule), fields, columns)


def _by_rule(rule: Any, facts: Mapping[str, Any]) -> Iterator[tuple[Text, Mapping[str, Any]]]:
    """Yield each rule, in words, with its facts: those inside a combined one after it."""
    yield value_words(rule), facts
    inner = getattr(rule, "of", ())
    if isinstance(inner, tuple) and "of" in facts:
        for one, found in zip(inner, facts["of"], strict=True):
            yield from _by_rule(one, found)


def _by_part(value: Any, count: int) -> list[Any]:
    """Return numbers of so many parts, means over the years where they are by year; nothing if they are no such."""
    if value is None:
        return []
    numbers = np.array([np.nan if x is None else x for x in value] if isinstance(value, list) else value, dtype=float)
    if numbers.ndim == 2:
        numbers = numbers.mean(axis=0)
    return numbers.tolist() if numbers.shape == (count,) else []


def _loadings(facts: Mapping[str, Any], count: int) -> dict[str, list[float]]:
    """Return the loadings of each component."""
    found = np.array(facts.get("loadings", []), dtype=float)
    by_year = found.ndim != 2 or len(found) != count
    return {} if by_year else {f"loading_{k + 1}": column.tolist() for k, column in enumerate(found.T)}


def _scalars(facts: Mapping[str, Any], years: Sequence[int]) -> Iterator[tuple[Text, Any]]:
    """Yield single numbers with their names."""
    flat = {**facts, **(facts.get("bartlett") or {})}
    for key, head in SCALARS.items():
        value = flat.get(key)
        if value is not None and np.ndim(value) == 0:
            yield head, value
    for k, value in enumerate(np.atleast_1d(flat.get("eigenvalues", []))[: flat.get("kept", 1)]):
        if np.ndim(value) == 0:
            yield say("Eigenvalue {number}", number=k + 1), float(value)
    for year, value in zip(years, flat.get("time_weights", []), strict=False):
        yield say("Weight of {year}", year=year), float(value)
    for k, value in enumerate(flat.get("shares", [])):
        if np.ndim(value) == 0:
            yield say("Share of rule {number}", number=k + 1), float(value)
    if flat.get("not_defined"):
        yield say("KMO and Bartlett's test are not defined: {reason}", reason=again(flat["not_defined"])), None
