"""The steps of an index in sentences, and what came out in words."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.indicators.setting_words import value_words
from xinzhi.indicators.stage import Stage, Step
from xinzhi.indicators.steps.aggregate import Aggregate
from xinzhi.indicators.steps.denominate import Denominate
from xinzhi.indicators.steps.impute import Impute
from xinzhi.indicators.steps.normalise import Normalise
from xinzhi.indicators.steps.screen import Drop, Sample, Screen
from xinzhi.indicators.steps.treat import Treat
from xinzhi.indicators.steps.weigh import Weigh
from xinzhi.indicators.uncertainty.ranking import ranks
from xinzhi.language import Text, enumerated, joined, named, say, sentences
from xinzhi.method.table import shown
from xinzhi.panel.panel import Floats

if TYPE_CHECKING:
    from xinzhi.indicators.system import IndexResult

LEADERS = 3
"""Units that the summary names at the top."""


# Steps ----------------------------------------------------------------------------------------


def step_sentence(step: Any, stage: Stage) -> Text:
    """Return a step and its settings in a sentence; ``stage``: what came out of it. Empty where it does nothing."""
    if isinstance(step, Screen):
        return _screened(step)
    if isinstance(step, Drop):
        return say("{name} is left out.", name=named(str(step.indicator))) if step.indicator else sentences()
    if isinstance(step, Sample):
        return _sampled(step)
    if isinstance(step, Denominate):
        known = [stage.framework.indicator(name).denominator for name in stage.tree.indicators]
        words = {"count": sum(column is not None for column in known), "all": len(known)}
        return say("{count} of {all} indicators are divided by their denominators.", **words)
    if isinstance(step, Impute):
        return _imputed(step, stage)
    if isinstance(step, Treat):
        return _treated(step, stage)
    if isinstance(step, Normalise):
        return _normalised(step, stage)
    if isinstance(step, Weigh):
        return _weighed(step)
    if isinstance(step, Aggregate):
        return _aggregated(step)
    return say("Further step: {step}.", step=step.words())


def _screened(step: Screen) -> Text:
    """Return who is left out, and when."""
    found = []
    if step.without:
        found.append(say("Left out by name: {names}.", names=enumerated([named(name) for name in step.without])))
    if step.indicators is not None:
        words = {"share": shown(100 * step.indicators, 0)}
        found.append(say("Indicators with values in less than {share} per cent of the rows are left out.", **words))
    if step.units is not None:
        each = say("Units") if step.by == "unit" else say("Units in a year")
        words = {"units": each, "share": shown(100 * step.units, 0)}
        found.append(say("{units} with less than {share} per cent of the indicators are left out.", **words))
    if step.zeros is not None:
        each = say("Units") if step.by == "unit" else say("Units in a year")
        words = {"units": each, "share": shown(100 * step.zeros, 0)}
        found.append(say("{units} with more than {share} per cent of zeros are left out.", **words))
    if step.constant == "drop":
        found.append(say("Indicators that do not vary are left out."))
    if step.keep:
        found.append(say("Kept in any case: {names}.", names=enumerated([named(name) for name in step.keep])))
    return sentences(*found)


def _sampled(step: Sample) -> Text:
    """Return what bounds, means and weights are estimated from."""
    without = say("Bounds, means and weights are estimated without {unit}.", unit=named(str(step.without)))
    words = {"replicate": step.replicate, "seed": step.seed}
    drawn = say("Bounds, means and weights are of bootstrap replicate {replicate}, seed {seed}.", **words)
    return sentences(*([without] if step.without else []), *([drawn] if step.replicate is not None else []))


def _imputed(step: Impute, stage: Stage) -> Text:
    """Return how missing cells are filled, and how many were."""
    count = sum(change.rows.size for change in stage.changes if change.step == "impute")
    rule = {
        "mean": say("the mean of the year"),
        "median": say("the median of the year"),
        "linear": say("linear interpolation between observations of the unit"),
        "carried": say("the last observation of the unit"),
        "regression": say("regression on the complete indicators"),
    }[str(step.by)]
    if step.group is not None:
        rule = say("{rule} among units of the same {group}", rule=rule, group=named(step.group))
    return say("Missing cells are filled by {rule}; cells filled: {count}.", rule=rule, count=count)


def _treated(step: Treat, stage: Stage) -> Text:
    """Return how outliers are treated, and how many indicators were."""
    treated = stage.facts.get("treat", {})
    words = {
        "rule": value_words(step.by),
        "count": sum(bool(one.rule) for one in treated.values()),
        "all": len(treated),
    }
    done = say("Outliers are treated ({rule}): {count} of {all} indicators are changed.", **words)
    tested = getattr(step.by, "tested", False)
    then = say("Where this is not enough: {rule}.", rule=value_words(step.then)) if tested and step.then else ""
    return sentences(done, then)


def _normalised(step: Normalise, stage: Stage) -> Text:
    """Return the normalisation and what it is taken over."""
    rule = value_words(step.by)
    if stage.panel.times.size == 1:
        done = say("Indicators are normalised by {rule} over all units.", rule=rule)
    elif step.over == "pooled":
        done = say("Indicators are normalised by {rule} over all units and years together.", rule=rule)
    elif step.over == "year":
        done = say("Indicators are normalised by {rule} in each year by itself.", rule=rule)
    else:
        done = say("Indicators are normalised by {rule} with the values of {year} as base.", rule=rule, year=step.over)
    own = [
        say("{name} by {rule}", name=stage.framework.title(name), rule=value_words(rule))
        for name, rule in step.special.items()
    ]
    return sentences(done, say("Rules of their own: {rules}.", rules=joined(*own)) if own else "")


def _weighed(step: Weigh) -> Text:
    """Return the rule of weights and what it weighs."""
    by: Any = step.by
    scope, words = step.scope or by.scope, {"rule": by.words(), "above": step.above.words()}
    if scope == "all":
        return say(
            "Weights ({rule}) are of all indicators at once; a dimension weighs what its indicators do.", **words
        )
    if by.blind:
        return say("Weights ({rule}) are of the parts of each dimension among themselves.", **words)
    return say("Weights ({rule}) are of the indicators of each dimension; dimensions have {above}.", **words)


def _aggregated(step: Aggregate) -> Text:
    """Return the rules of aggregation and how much a dimension needs."""
    done = say("Scores are aggregated by {rule}.", rule=value_words(step.by))
    own = [
        say("At level {level}: {rule}.", level=level, rule=value_words(rule))
        for level, rule in sorted(step.levels.items())
    ]
    least = say("A dimension needs {share} per cent of its parts.", share=shown(100 * step.availability, 0))
    whole = say("A dimension needs all of its parts.")
    return sentences(done, *own, whole if step.availability == 1 else least)


def conventions(result: "IndexResult") -> list[Text]:
    """Return normalisation, weights and aggregation in sentences, as notes of tables need them."""
    kinds: tuple[type[Step], ...] = (Normalise, Weigh, Aggregate)
    steps = zip(result.steps, result.stages[1:], strict=True)
    return [step_sentence(step, stage) for step, stage in steps if isinstance(step, kinds)]


def methods_text(result: "IndexResult", standard: str) -> Text:
    """Return the method in words with its steps."""
    tree = result.stages[0].tree
    words = {"count": len(tree.indicators), "dimensions": len(tree.groups) - 1}
    size = say("Indicators in the framework: {count}; dimensions below the index: {dimensions}.", **words)
    flat = say("Indicators in the framework: {count}, without dimensions.", **words)
    steps = zip(result.steps, result.stages[1:], strict=True)
    return sentences(
        standard, size if words["dimensions"] else flat, *(step_sentence(step, stage) for step, stage in steps)
    )


# What came out --------------------------------------------------------------------------------


def index_ranks(result: "IndexResult") -> Floats:
    """Return the rank of each row among the scored rows of its year, (n,); NaN without a score."""
    score = result.rows.terms[result.last.tree.groups[-1]]
    there, out = np.isfinite(score), np.full(score.size, np.nan)
    out[there] = ranks(score[there], result.rows.time[there])
    return out


def summary(result: "IndexResult", years: tuple[int, int], units: list[str]) -> str:
    """Return the first and last units of the last year, who has no score, and the largest changes of rank."""
    rows, rank = result.rows, index_ranks(result)
    score, good = rows.terms[result.last.tree.groups[-1]], int((rows.status == "ok").sum())
    words = {"title": result.title, "good": good, "count": rows.status.size}
    lines = [say("{title}: {good} of {count} rows computed.", **words)]
    mine = np.isin(rows.unit.astype(str), units)
    now = np.flatnonzero(mine & (rows.time == years[1]))
    order = [row for row in now[np.argsort(rank[now], kind="stable")] if np.isfinite(rank[row])]
    told = [
        say("{unit} {score} (rank {rank})", unit=named(rows.unit[k]), score=shown(score[k], 3), rank=int(rank[k]))
        for k in order
    ]
    timed = result.panel.time is not None
    if told and timed:
        lines.append(say("Highest in {year}: {units}.", year=years[1], units=enumerated(told[:LEADERS])))
    elif told:
        lines.append(say("Highest: {units}.", units=enumerated(told[:LEADERS])))
    if len(told) > LEADERS:
        lines.append(say("Lowest: {unit}.", unit=told[-1]))
    absent = [named(rows.unit[k]) for k in now if not np.isfinite(rank[k])]
    if absent and timed:
        words = {"count": len(absent), "year": years[1], "units": enumerated(absent[:8])}
        lines.append(say("No score in {year}: {units} ({count} in all).", **words))
    elif absent:
        lines.append(say("No score: {units} ({count} in all).", count=len(absent), units=enumerated(absent[:8])))
    return "\n".join([*lines, *_moves(result, years, units, rank)])


def _moves(result: "IndexResult", years: tuple[int, int], units: list[str], rank: Floats) -> list[Text]:
    """Return who rose and who fell most between two years; nothing of one year."""
    if result.panel.time is None or years[0] == years[1]:
        return []
    place = {(str(u), int(t)): float(r) for u, t, r in zip(result.rows.unit, result.rows.time, rank, strict=True)}
    before, after = ([place.get((unit, year), np.nan) for unit in units] for year in years)
    rise = np.array(before) - np.array(after)
    if not np.isfinite(rise).any():
        return []
    if not np.nanmax(np.abs(rise)) > 0:
        return [say("From {first} to {last} no rank changed.", first=years[0], last=years[1])]
    said = []
    for best, k in ((True, int(np.nanargmax(rise))), (False, int(np.nanargmin(rise)))):
        words = {"unit": named(units[k]), "first": years[0], "last": years[1]}
        words |= {"before": int(before[k]), "after": int(after[k])} if np.isfinite(rise[k]) else {}
        if best and rise[k] > 0:
            said.append(say("{unit} rose most from {first} to {last}: rank {before} to {after}.", **words))
        if not best and rise[k] < 0:
            said.append(say("{unit} fell most from {first} to {last}: rank {before} to {after}.", **words))
    return said
