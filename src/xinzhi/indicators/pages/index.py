"""Tables and figures of an index; its words are in ``words``, the accounts of its steps in ``steps``."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.indicators.aggregation.rule import ArithmeticMean
from xinzhi.indicators.framework import Indicator, Tree, effective, told
from xinzhi.indicators.pages.steps import account_tables, wholes
from xinzhi.indicators.pages.words import conventions, index_ranks
from xinzhi.indicators.pages.words import summary as spoken
from xinzhi.indicators.stage import Stage
from xinzhi.indicators.steps.aggregate import Aggregate
from xinzhi.language import Text, again, enumerated, named, say
from xinzhi.method import Field, Result, Table, View
from xinzhi.method.status import status_word
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel.panel import Floats

if TYPE_CHECKING:
    from xinzhi.indicators.system import IndexResult

BARS = 60
"""Units in the chart of scores at most."""
PATHS = 8
"""Units whose scores are drawn over the years at most, so that lines can be told apart."""
COMPONENTS = 10
"""Parts of the index that bars are made of at most."""


def effective_weights(stage: Stage) -> Floats:
    """Return the weight of each indicator in each group, (g, m); the mean over years where weights differ by year."""
    assert stage.weights is not None
    mean: Floats = effective(stage.tree, stage.weights).mean(axis=0)
    return mean


def warnings(stage: Stage) -> tuple[Text, ...]:
    """Return what a reader of the scores must know."""
    found = []
    if stage.by_year and stage.panel.times.size > 1:
        found.append(say("XZ-461 scores are positions within each year; their growth means nothing."))
    if stage.framework.status == "recalled":
        found.append(say("XZ-463 the framework is recalled from memory: check it before citing."))
    if stage.left_out:
        found.append(say("XZ-464 left out: {what}; see the table of what was left out.", what=gone_words(stage)))
    by_rules = [words for facts in stage.facts.get("weigh", {}).values() for words in facts.get("warnings", ())]
    return (*found, *by_rules)


def gone_words(stage: Stage) -> Text:
    """Return how many indicators, units and single rows steps left out."""
    names = {kind: [gone for gone in stage.left_out if gone.what == kind] for kind in ("indicator", "unit")}
    whole = [gone for gone in names["unit"] if gone.time is None]
    counts = (
        (say("indicators {count}", count=len(names["indicator"])), names["indicator"]),
        (say("units {count}", count=len(whole)), whole),
        (say("units in a year {count}", count=len(names["unit"]) - len(whole)), len(names["unit"]) - len(whole)),
    )
    return enumerated([words for words, there in counts if there])


def passed_on(*results: Result) -> tuple[str, ...]:
    """Return the warnings of indices that hold of what rests on them too: what was left out stands in their tables."""
    warnings = dict.fromkeys(words for result in results for words in result.warnings)
    return tuple(words for words in warnings if not words.startswith("XZ-464"))


def years_of(result: "IndexResult", view: View | None) -> tuple[list[str], list[int]]:
    """Return the units of a view and its years: the first and the last of each period, those of the data by default."""
    units, periods = result.chosen(view)
    if view is not None and view.periods is not None:
        for period in periods:
            result.panel.require_window(period, where="View.periods")
    return units, sorted({year for period in periods for year in period})


# Tables ---------------------------------------------------------------------------------------


def tables(result: "IndexResult", view: View | None) -> list[Table]:
    """Return framework and weights, statistics, scores, and the account of what the steps did."""
    units, years = years_of(result, view)
    found = [framework_table(result)]
    if len(result.last.tree.groups) > 1:
        found.append(dimension_table(result))
    found.append(descriptive_table(result))
    if result.panel.times.size == 1:
        found.append(ranking_table(result, units))
    else:
        found.append(score_table(result, units, years))
        if len(result.last.tree.groups) > 1:
            found.append(dimension_scores(result, units, years[-1]))
        if view is not None and view.units is not None:  # of all units the rows of the result are the place
            found.append(listing(result, view))
    return [*found, *account_tables(result, units), *filled_tables(result, view)]


def filled_tables(result: "IndexResult", view: View | None) -> list[Table]:
    """Return the cells that imputation filled, under the names of the framework; none where nothing was filled."""
    first = result.stages[0]
    place: dict[Any, Text] = {named(name): first.framework.title(name) for name in first.tree.indicators}
    return [
        replace(table, rows=tuple((unit, year, again(place[name]), *rest) for unit, year, name, *rest in table.rows))
        for table in result.filled_table(view)
    ]


def listing(result: "IndexResult", view: View | None) -> Table:
    """Return the scores of all years, under the names of the framework."""
    table = result.listing(say("Scores of all years"), view)
    heads = [
        replace(head, label=result.name(head.key)) if head.key in result.rows.terms else head for head in table.fields
    ]
    return replace(table, fields=tuple(heads))


def _paths(tree: Tree) -> list[list[int]]:
    """Return the dimensions of each indicator from the one below the index to its own, as places in the tree."""
    found = []
    for j in range(len(tree.indicators)):
        path, at = list[int](), int(tree.parent[j])
        while tree.parent[at] >= 0:
            path.insert(0, at)
            at = int(tree.parent[at])
        found.append(path)
    return found


def _order(tree: Tree) -> list[int]:
    """Return the indicators so that those of a dimension stand together."""
    paths = _paths(tree)
    return sorted(range(len(paths)), key=lambda j: ([int(at) for at in paths[j]], j))


def direction_words(indicator: Indicator) -> Text:
    """Return which values of an indicator are good."""
    if indicator.direction == "benefit":
        return say("positive")
    if indicator.direction == "cost":
        return say("negative")
    if isinstance(indicator.best, tuple):
        return say("best from {low:g} to {high:g}", low=indicator.best[0], high=indicator.best[1])
    return say("best at {best:g}", best=indicator.best)


def framework_table(result: "IndexResult") -> Table:
    """Return the index system: dimensions, indicators with definition, unit, direction and weights."""
    stage, framework = result.last, result.stages[0].framework
    tree, whole = stage.tree, effective_weights(stage)[-1]
    assert stage.weights is not None
    own, paths, order = stage.weights.mean(axis=0), _paths(tree), _order(tree)
    depth = max(len(path) for path in paths)
    indicators = [framework.indicator(tree.indicators[j]) for j in order]
    columns: dict[str, list[Any]] = {
        f"level_{k + 1}": [result.name(tree.names[paths[j][k]]) if k < len(paths[j]) else "" for j in order]
        for k in range(depth)
    }
    fields = [
        Field(f"level_{k + 1}", say("Dimension") if depth == 1 else say("Level {number}", number=k + 1))
        for k in range(depth)
    ]
    columns["indicator"] = [framework.title(i.name) for i in indicators]
    fields.append(Field("indicator", say("Indicator")))
    texts: dict[str, tuple[Text, list[Any]]] = {
        "definition": (say("Definition"), [told(i.definition or i.formula) for i in indicators]),
        "unit": (say("Unit of measurement"), [i.unit for i in indicators]),
        "direction": (say("Direction"), [direction_words(i) for i in indicators]),
        "denominator": (say("Denominator"), [named(i.denominator) if i.denominator else "" for i in indicators]),
        "source": (say("Source"), [i.source for i in indicators]),
    }
    for key, (head, cells) in texts.items():
        if any(cells):
            columns[key] = cells
            fields.append(Field(key, head))
    columns |= {"weight": [own[j] for j in order], "weight_in_index": [whole[j] for j in order]}
    fields += [
        Field("weight", say("Weight in its dimension"), 4),
        Field("weight_in_index", say("Weight in the index"), 4),
    ]
    return Table.of("framework", say("Index system and weights"), fields, columns, notes=_framework_notes(result))


def _framework_notes(result: "IndexResult") -> list[Text | str]:
    """Return where the framework comes from and how its weights were made."""
    stage, framework = result.last, result.stages[0].framework
    notes: list[Text | str] = []
    if framework.citation:
        notes.append(say("Framework: {citation}.", citation=framework.citation.rstrip(".")))
    if framework.status == "recalled":
        notes.append(say("The framework is recalled from memory: check it before citing."))
    notes.append(conventions(result)[1])
    if stage.weights is not None and stage.weights.shape[0] > 1:
        notes.append(say("Weights differ by year; their means are shown."))
    return notes


def dimension_table(result: "IndexResult") -> Table:
    """Return the dimensions with their weights among their siblings and in the index."""
    stage = result.last
    tree, m = stage.tree, len(stage.tree.indicators)
    assert stage.weights is not None
    own, whole = stage.weights.mean(axis=0), effective_weights(stage)[-1]
    places = sorted(range(len(tree.groups) - 1), key=lambda k: (-int(tree.level[k]), k))
    columns = {
        "dimension": [result.name(tree.groups[k]) for k in places],
        "within": [result.name(tree.names[tree.parent[m + k]]) for k in places],
        "indicators": [int(tree.below[k].sum()) for k in places],
        "weight": [own[m + k] for k in places],
        "weight_in_index": [whole[tree.below[k]].sum() for k in places],
    }
    fields = [
        Field("dimension", say("Dimension")),
        Field("within", say("Part of")),
        Field("indicators", say("Indicators"), 0),
        Field("weight", say("Weight among its siblings"), 4),
        Field("weight_in_index", say("Weight in the index"), 4),
    ]
    return Table.of("dimensions", say("Dimensions and weights"), fields, columns, notes=_framework_notes(result)[-1:])


def descriptive_table(result: "IndexResult") -> Table:
    """Return statistics of the indicators as they are normalised: after treatment, of the rows that count."""
    stage, title = result.last, result.stages[0].framework.title
    rows = stage.base > 0
    x = stage.raw[rows]
    there = np.isfinite(x)
    count = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, x, 0.0).sum(axis=0) / count
        sd = np.sqrt(np.where(there, (x - mean) ** 2, 0.0).sum(axis=0) / (count - 1))
    order, names = _order(stage.tree), {name: title(name) for name in stage.tree.indicators}
    for change in stage.changes:
        words = {"rule": again(change.rule)}
        names |= {name: say("{name} ({rule})", name=title(name), **words) for name in wholes(change, stage)}
    columns = {
        "indicator": [names[stage.tree.indicators[j]] for j in order],
        "count": [int(count[j]) for j in order],
        "mean": mean[order],
        "sd": np.where(count > 1, sd, np.nan)[order],
        "min": [x[there[:, j], j].min(initial=np.inf) if count[j] else np.nan for j in order],
        "max": [x[there[:, j], j].max(initial=-np.inf) if count[j] else np.nan for j in order],
        "missing": [int(rows.sum() - count[j]) for j in order],
    }
    digits = _digits(sd)
    fields = [
        Field("indicator", say("Indicator")),
        Field("count", say("Observations"), 0),
        Field("mean", say("Mean"), digits),
        Field("sd", say("Standard deviation"), digits),
        Field("min", say("Minimum"), digits),
        Field("max", say("Maximum"), digits),
        Field("missing", say("Missing"), 0),
    ]
    notes = [
        say("Values after screening, denominators, imputation and treatment, before normalisation."),
        say("The standard deviation is that of a sample."),
    ]
    return Table.of("descriptive", say("Descriptive statistics of the indicators"), fields, columns, notes=notes)


def _digits(sd: Floats) -> int:
    """Return so many decimals that the least varying indicator still shows three digits, from 2 to 6."""
    sizes = sd[np.isfinite(sd) & (sd > 0)]
    return int(np.clip(2 - np.floor(np.log10(sizes.min())), 2, 6)) if sizes.size else 2


def _score_notes(result: "IndexResult") -> list[Text]:
    """Return what a reader of scores must know."""
    year = say("Scores are positions within each year: compare ranks, not scores, between years.")
    scored = say("Ranks are among all units with a score in the year; 1 is best.")
    return [*conventions(result), scored, *([year] if result.last.by_year and result.panel.time else [])]


def ranking_table(result: "IndexResult", units: list[str]) -> Table:
    """Return ranks and scores of the units of one year, the best first."""
    rank, rows = index_ranks(result), result.rows
    place = {str(unit): k for k, unit in enumerate(rows.unit)}
    order = sorted((place[unit] for unit in units), key=lambda k: (not np.isfinite(rank[k]), rank[k]))
    columns: dict[str, list[Any]] = {
        "unit": [named(rows.unit[k]) for k in order],
        "rank": [None if np.isnan(rank[k]) else int(rank[k]) for k in order],
        **{name: [values[k] for k in order] for name, values in rows.terms.items()},
        "status": [status_word(rows.status[k]) for k in order],
    }
    fields = [
        Field("unit", label("unit")),
        Field("rank", say("Rank"), 0),
        *(Field(name, result.name(name), 4) for name in rows.terms),
        Field("status", label("status")),
    ]
    return Table.of("scores", result.title, fields, columns, notes=_score_notes(result))


def _cells(result: "IndexResult", values: Floats, units: list[str], year: int) -> list[float]:
    """Return a column of numbers at units in a year; NaN where there is no row."""
    place = {(str(u), int(t)): k for k, (u, t) in enumerate(zip(result.rows.unit, result.rows.time, strict=True))}
    return [float(values[place[unit, year]]) if (unit, year) in place else np.nan for unit in units]


def score_table(result: "IndexResult", units: list[str], years: list[int]) -> Table:
    """Return score and rank in chosen years, the mean over the years between, and the change of rank."""
    score, rank = result.rows.terms[result.last.tree.groups[-1]], index_ranks(result)
    by_year = {year: _cells(result, rank, units, year) for year in years}
    between = [int(year) for year in result.panel.times if years[0] <= year <= years[-1]]
    every = np.array([_cells(result, score, units, year) for year in between])
    columns: dict[str, list[Any]] = {"unit": [named(unit) for unit in units]}
    fields = [Field("unit", label("unit"))]
    for year in years:
        columns[f"score_{year}"] = _cells(result, score, units, year)
        columns[f"rank_{year}"] = [None if r != r else int(r) for r in by_year[year]]
        fields += [
            Field(f"score_{year}", say("Index score"), 4, spanner=str(year)),
            Field(f"rank_{year}", say("Rank"), 0, spanner=str(year)),
        ]
    if len(years) > 1:
        moved = np.array(by_year[years[0]]) - np.array(by_year[years[-1]])
        columns["rank_change"] = [None if r != r else int(r) for r in moved]
        fields.append(Field("rank_change", say("Ranks gained"), 0))
        if not result.last.by_year:
            columns["mean"] = every.mean(axis=0).tolist()
            fields.append(Field("mean", say("Mean score"), 4))
    gaps = say(
        "The mean is over all years from {first} to {last}; none where one is missing.", first=years[0], last=years[-1]
    )
    notes = [*_score_notes(result), *([gaps] if "mean" in columns else [])]
    return Table.of("scores", say("Scores and ranks"), fields, columns, notes=notes)


def dimension_scores(result: "IndexResult", units: list[str], year: int) -> Table:
    """Return the scores of the dimensions in a year."""
    terms = dict(list(result.rows.terms.items())[1:])
    columns: dict[str, list[Any]] = {"unit": [named(unit) for unit in units]}
    columns |= {name: _cells(result, values, units, year) for name, values in terms.items()}
    fields = [Field("unit", label("unit")), *(Field(name, result.name(name), 4) for name in terms)]
    title = say("Scores of the dimensions, {year}", year=year)
    return Table.of("dimension_scores", title, fields, columns, notes=conventions(result))


# Figures --------------------------------------------------------------------------------------


def figures(result: "IndexResult", view: View | None) -> list[Any]:
    """Return the framework with its weights, the scores by component, and paths of few units."""
    units, years = years_of(result, view)
    found = [_tree(result), _bars(result, units, years[-1])]
    return [*found, _lines(result, units)] if result.panel.times.size > 1 and len(units) <= PATHS else found


def _tree(result: "IndexResult") -> Any:
    """Return the chart of the framework with weights."""
    from xinzhi.indicators.pages.figures import Labels, framework_tree

    tree, whole = result.last.tree, effective_weights(result.last)[-1]
    weight = 100 * np.r_[whole, tree.below @ whole]
    top = sorted(range(len(tree.indicators)), key=lambda j: (-whole[j], j))[:3]
    told = [say("{name} {weight}", name=result.name(tree.names[j]), weight=shown(weight[j], 2)) for j in top]
    labels = Labels(
        name="framework",
        title=say("The framework and its weights"),
        description=say("Largest weights in the index, per cent: {weights}.", weights=enumerated(told)),
        unit=say("weight in the index, per cent"),
    )
    names = [result.name(part) for part in tree.names]
    return framework_tree(labels, names=names, parent=tree.parent.tolist(), weight=weight.tolist())


def _bars(result: "IndexResult", units: list[str], year: int) -> Any:
    """Return the chart of the scores of a year by dimension, where contributions add up to the score."""
    from xinzhi.indicators.pages.figures import Labels, component_bars

    score, rank = result.rows.terms[result.last.tree.groups[-1]], index_ranks(result)
    ranked = dict(zip(units, _cells(result, rank, units, year), strict=True))
    drawn = sorted((unit for unit in units if np.isfinite(ranked[unit])), key=lambda unit: ranked[unit])[:BARS]
    parts = {name: _cells(result, values, drawn, year) for name, values in _components(result).items()}
    cells = _cells(result, score, drawn, year)
    words = {"index": result.name(result.last.tree.groups[-1]), "year": year}
    title = say("{index} by component, {year}", **words) if result.panel.time else say("{index} by component", **words)
    if len(parts) == 1:
        title = say("{index}, {year}", **words) if result.panel.time else say("{index} by unit", **words)
    told = [say("{unit} {score}", unit=named(u), score=shown(x, 3)) for u, x in zip(drawn, cells, strict=True)]
    labels = Labels(
        name="scores",
        title=title,
        description=say("Scores from the highest: {scores}.", scores=enumerated(told[:5])),
        unit=say("score"),
    )
    largest = float(np.nanmax(np.abs(cells), initial=0.0))
    named_units = [named(unit) for unit in drawn]
    decimals = 1 if largest > 10 else 3
    return component_bars(labels, unit=named_units, parts=parts, score=cells, decimals=decimals)


def _components(result: "IndexResult") -> dict[str, Floats]:
    """Return (n,) contributions of the parts of the index that add up to the score, else the score alone."""
    stage, rows = result.last, result.rows
    tree = stage.tree
    assert stage.scores is not None
    assert stage.weights is not None
    step = next(step for step in result.steps if isinstance(step, Aggregate))
    rule = step.levels.get(int(tree.level[-1]), step.by)
    parts = tree.children[-1]
    if not isinstance(rule, ArithmeticMean) or not 1 < parts.size <= COMPONENTS:
        return {result.name(tree.groups[-1]): rows.terms[tree.groups[-1]]}
    values = np.column_stack([stage.values, stage.scores])[:, parts]
    by_row = stage.weights[stage.time] if stage.weights.shape[0] > 1 else stage.weights
    kept = np.where(np.isfinite(values), by_row[:, parts], 0.0)
    with np.errstate(invalid="ignore"):
        shares = np.where(np.isfinite(values), values, 0.0) * kept / kept.sum(axis=1, keepdims=True)
    return {result.name(tree.names[part]): shares[:, k] for k, part in enumerate(parts)}


def _lines(result: "IndexResult", units: list[str]) -> Any:
    """Return the chart of the scores of few units over the years."""
    from xinzhi.method.charts import Labels, lines

    score, years = result.rows.terms[result.last.tree.groups[-1]], [int(year) for year in result.panel.times]
    value = [_cells(result, score, [unit], year)[0] for unit in units for year in years]
    words = {"index": result.name(result.last.tree.groups[-1])}
    title = say("{index} over the years", **words)
    if result.last.by_year:
        title = say("{index} over the years: positions within each year", **words)
    labels = Labels(name="score_paths", title=title, description=summary(result, None), unit=say("score"))
    series = [named(unit) for unit in units for _ in years]
    return lines(labels, series=series, time=years * len(units), value=value, decimals=4)


def summary(result: "IndexResult", view: View | None) -> str:
    """Return what came out in words."""
    units, years = years_of(result, view)
    return spoken(result, (years[0], years[-1]), units)
