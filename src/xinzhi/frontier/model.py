"""What the static models of the frontier share: which rows span it, scores as tasks, one result.

A model writes :meth:`FrontierModel.evaluate`: arrays of a reference set and of points in, :class:`Scores` out.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import UsageError
from xinzhi.frontier.engine import Answers, Returns
from xinzhi.frontier.goods import Goods, Observations, cell_status, read_goods
from xinzhi.frontier.technology import (
    TechnologyRule,
    Window,
    filled_references,
    pieces,
    reference_rows,
    rule_of,
    score_memory,
)
from xinzhi.language import Text, again, named, say
from xinzhi.method import Field, Method, Quantity, Result, Rows, Table, View
from xinzhi.method.filling import filled_warnings
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

Invariance = Literal["units", "translation_inputs", "translation_outputs", "duplication"]
"""What scores do not depend on: units of measurement, a constant added to inputs or outputs, units that occur twice."""

AXES = ("input", "output")
"""Goods of a frontier that lies in a plane, and sides that an orientation moves."""
MOST = 12
"""Units whose gaps a chart shows."""

REASONS = {
    "infeasible": say("outside what the reference set can reach"),
    "unbounded": say("the reference set makes output without input"),
    "not_identified": say("no positive input, no positive output or no reference unit"),
    "numerical": say("no certified solution"),
}
"""Why a point has no score, by status."""


def oriented(model: "FrontierModel", orientation: str) -> frozenset[Invariance]:
    """Return what a model does not depend on that moves one side only: under vrs the other may be translated."""
    found: set[Invariance] = {"units", "duplication"} if model.evaluated == "included" else {"units"}
    if model.returns == "vrs" and orientation in AXES:
        found.add("translation_outputs" if orientation == "input" else "translation_inputs")
    return frozenset(found)


@dataclass(frozen=True)
class Scores:
    """Answers of a model at e points, in the user's units.

    ``terms``: name to (e,) numbers, the score first; ``status``: (e,) text; ``peers``: (e, p) places in the
    reference set, -1 where empty; ``intensities``: (e, p); ``slacks``: (e, g) unused inputs and bad outputs,
    missing outputs; ``targets``: (e, g) goods of the point on the frontier; ``prices``: (e, g + 1) multipliers of
    the goods and the intercept. The last three are NaN where a model has none. Goods are in the order inputs,
    outputs, bad outputs.
    """

    terms: dict[str, Floats]
    status: Texts
    peers: Ints
    intensities: Floats
    slacks: Floats
    targets: Floats
    prices: Floats

    @classmethod
    def of(cls, terms: dict[str, Floats], status: Texts, found: Answers | None, shape: tuple[int, int]) -> "Scores":
        """Return scores of e points and g goods; peers of ``found``, everything else to be replaced where known."""
        e, g = shape
        blank = np.full((e, g), np.nan)
        peers, weights = (np.full((e, 1), -1), np.zeros((e, 1))) if found is None else (found.peers, found.intensities)
        return cls(terms, status, peers, weights, blank, blank.copy(), np.full((e, g + 1), np.nan))

    @classmethod
    def joined(cls, parts: Sequence["Scores"]) -> "Scores":
        """Return the scores of several chunks of one list of points."""
        if len(parts) == 1:
            return parts[0]
        terms = {name: np.concatenate([part.terms[name] for part in parts]) for name in parts[0].terms}
        width = max(part.peers.shape[1] for part in parts)
        wide = [
            replace(
                part,
                peers=np.pad(part.peers, ((0, 0), (0, width - part.peers.shape[1])), constant_values=-1),
                intensities=np.pad(part.intensities, ((0, 0), (0, width - part.intensities.shape[1]))),
            )
            for part in parts
        ]
        arrays = [f.name for f in fields(cls) if f.name != "terms"]
        return cls(terms=terms, **{name: np.concatenate([getattr(part, name) for part in wide]) for name in arrays})


@dataclass(frozen=True)
class Span:
    """``time``: the year, the last one of a window; ``reference``, ``evaluated``: rows of the panel."""

    time: int
    reference: Ints
    evaluated: Ints


class FrontierModel(Method):
    """What static models have in common; see :class:`~xinzhi.frontier.dea.DEA` for the meaning of the fields."""

    inputs: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    returns: Returns = "vrs"
    technology: TechnologyRule = "contemporaneous"
    reference: tuple[str, ...] | None = Setting(default=None, min_length=1)
    evaluated: Literal["included", "excluded"] = "included"
    efficient_within: float = Setting(default=1e-9, ge=0.0, le=0.1)
    column_fields: ClassVar[tuple[str, ...]] = ("inputs", "outputs")

    @model_validator(mode="after")
    def _bounds_of_returns(self) -> Self:
        if isinstance(self.returns, tuple):
            lower, upper = self.returns
            if not (0 <= lower <= upper and upper > 0 and np.isfinite(lower)):
                raise ValueError(say("returns should be two numbers that rise from 0: the sum of intensities"))
        return self

    @abstractmethod
    def evaluate(self, reference: Observations, points: Observations, excluded: Ints) -> Scores:
        """Return the scores of points against a reference set.

        Parameters
        ----------
        reference, points : Observations
            Goods in the user's units.
        excluded : (e,)
            Place in the reference set of each point's own row where it may not be used, else -1.
        """

    @property
    def invariances(self) -> frozenset[Invariance]:
        """Return what scores do not depend on, with these settings."""
        return frozenset({"units", "duplication"} if self.evaluated == "included" else {"units"})

    @property
    def signs(self) -> Literal["non_negative", "any"]:
        """Return which levels the model admits."""
        return "non_negative"

    @property
    @abstractmethod
    def heading(self) -> Text:
        """Return what the scores are called."""

    @property
    def best(self) -> float:
        """Return the score of an efficient observation."""
        return 1.0

    @property
    def rising(self) -> bool:
        """Return whether a higher score is a better one; of an inefficiency, it is not."""
        return self.best > 0

    def is_efficient(self, score: Floats) -> Bools:
        """Return which scores are at the frontier, or beyond it where an observation does not span it."""
        short = self.best - score if self.rising else score - self.best
        efficient: Bools = np.asarray(short <= self.efficient_within)
        return efficient

    @property
    def reasons(self) -> Mapping[str, Text]:
        """Return why a point has no score, by status."""
        return REASONS

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the largest chunk of programmes."""
        chunk = score_memory(panel, every_year=self.technology != "contemporaneous")
        return super().memory(panel, workers=workers) + workers * chunk

    def compute(self, panel: Panel, run: Run) -> "FrontierResult":
        """Return one row per row of the panel."""
        name = type(self).__name__
        bad: tuple[Quantity, ...] = getattr(self, "bad_outputs", ())
        goods = read_goods(self.inputs, self.outputs, panel, run, where=name, bad_outputs=bad, signs=self.signs)
        technologies = reference_rows(goods, panel, self.reference, self.technology, where=name)
        spans = spans_of(panel, goods, technologies, self.technology)
        answers = self.answers(goods, spans, run)
        terms, status, reason = assembled(goods, spans, answers, self.reasons)
        good = status == "ok"
        score = next(iter(terms.values()))
        return self.result_type()(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when, terms, status, reason),
            flow=False,
            log=goods.log,
            warnings=(
                *filled_warnings(goods.log),
                *filled_references(goods, panel, {span.time: span.reference for span in spans}),
            ),
            diagnostics={
                "efficient": int(self.is_efficient(score[good]).sum()),
                "mean": float(score[good].mean()) if good.any() else None,
                "reference_rows": {str(span.time): int(span.reference.size) for span in spans},
            },
            goods=goods,
            spans=spans,
            answers=answers,
        )

    def result_type(self) -> "type[FrontierResult]":
        """Return the class of the result."""
        return FrontierResult

    def answers(self, goods: Goods, spans: Sequence[Span], run: Run) -> tuple[Scores, ...]:
        """Return the scores under each technology, in chunks that any executor can run."""
        everything, tasks, counts = goods.observations, [], []
        for span in spans:
            reference, points = everything.at(span.reference), everything.at(span.evaluated)
            own = own_places(span) if self.evaluated == "excluded" else np.full(span.evaluated.size, -1)
            parts = pieces(span.evaluated.size, span.reference.size)
            rows = np.arange(span.evaluated.size)
            tasks += [(self, reference, points.at(rows[part]), own[part]) for part in parts]
            counts.append(len(parts))
        found = iter(run.map(evaluate_task, tasks, label=say("scores")))
        return tuple(Scores.joined([next(found) for _ in range(count)]) for count in counts)


def evaluate_task(model: FrontierModel, reference: Observations, points: Observations, excluded: Ints) -> Scores:
    """Return the scores of one chunk; a function that any executor can run."""
    return model.evaluate(reference, points, excluded)


def spans_of(panel: Panel, goods: Goods, technologies: dict[int, Ints], technology: TechnologyRule) -> tuple[Span, ...]:
    """Return the technologies with the rows that are scored under each."""
    rule = rule_of(technology)
    windows = rule if isinstance(rule, Window) and rule.scored == "all" else None
    out = []
    for year, rows in technologies.items():
        first = year if windows is None else year - windows.width + 1
        if first < panel.times[0] and windows is not None:
            continue
        mine = goods.usable & (panel.when >= first) & (panel.when <= year)
        out.append(Span(year, rows, np.flatnonzero(mine)))
    return tuple(out)


def own_places(span: Span) -> Ints:
    """Return the place of each evaluated row in the reference set, -1 where it is not there, (e,)."""
    if not span.reference.size:
        return np.full(span.evaluated.size, -1)
    place = np.minimum(np.searchsorted(span.reference, span.evaluated), span.reference.size - 1)
    return np.where(span.reference[place] == span.evaluated, place, -1)


def assembled(
    goods: Goods, spans: Sequence[Span], answers: Sequence[Scores], reasons: Mapping[str, Text]
) -> tuple[dict[str, Floats], Texts, Texts]:
    """Return terms, status and reason by row of the panel; the mean where a row is scored in several windows."""
    n = goods.usable.size
    status, reason = cell_status(goods)
    terms = {name: np.zeros(n) for name in answers[0].terms}
    times = np.zeros(n, dtype=np.int64)
    for span, answer in zip(spans, answers, strict=True):
        times[span.evaluated] += 1
        for name, values in answer.terms.items():
            terms[name][span.evaluated] += values
        odd = np.flatnonzero(answer.status != "ok")
        status[span.evaluated[odd]] = answer.status[odd]
        reason[span.evaluated[odd]] = [again(reasons.get(word, "")) for word in answer.status[odd]]
    usable = times > 0
    out = {name: np.where(usable, values / np.maximum(times, 1), np.nan) for name, values in terms.items()}
    return out, status, reason


@dataclass(frozen=True, kw_only=True, repr=False)
class FrontierResult(Result):
    """Scores by observation, with peers, slacks, targets and multipliers.

    ``goods``: by row of the panel; ``spans``: the technologies; ``answers``: the scores under each.
    """

    goods: Goods
    spans: tuple[Span, ...]
    answers: tuple[Scores, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        model = self._model()
        if model.evaluated == "excluded":
            return say("{title}, each observation left out of its reference set", title=model.heading)
        return model.heading

    def peers(self) -> Any:
        """Return the reference observations that each observation is compared with, and their intensities.

        Returns
        -------
        frame
            ``unit``, ``time``, ``technology`` (its year), ``peer``, ``peer_time``, ``intensity``; several rows
            per observation.
        """
        names, when, pieces_ = self.panel.unit_names, self.panel.when, []
        for span, answer in zip(self.spans, self.answers, strict=True):
            e, slot = np.nonzero(answer.peers >= 0)
            row, peer = span.evaluated[e], span.reference[answer.peers[e, slot]]
            year = np.full(row.size, span.time)
            pieces_.append((names[row], when[row], year, names[peer], when[peer], answer.intensities[e, slot]))
        heads = ("unit", "time", "technology", "peer", "peer_time", "intensity")
        columns = [np.concatenate(column) for column in zip(*pieces_, strict=True)]
        return self.panel.restore(dict(zip(heads, columns, strict=True)))

    def slacks(self) -> Any:
        """Return what of each good is unused or missing at the score, in the user's units: ``unit``, ``time``, goods.

        Inputs and bad outputs that could fall further, outputs that could rise further, once the score is reached.
        """
        return self._by_good("slacks", self.goods.names)

    def targets(self) -> Any:
        """Return the goods of each observation if it were on the frontier: ``unit``, ``time``, goods."""
        return self._by_good("targets", self.goods.names)

    def multipliers(self) -> Any:
        """Return the weights of the goods at each observation's optimum, in the user's units.

        Returns
        -------
        frame
            ``unit``, ``time``, ``technology``, one column per good, ``intercept``; missing where there is no
            score. Weights of efficient observations are not unique.
        """
        return self._by_good("prices", (*self.goods.names, "intercept"))

    def _by_good(self, what: str, names: Sequence[str]) -> Any:
        rows = np.concatenate([span.evaluated for span in self.spans])
        years = np.concatenate([np.full(span.evaluated.size, span.time) for span in self.spans])
        values = np.vstack([getattr(answer, what) for answer in self.answers])
        order = np.lexsort((years, rows))
        rows, years, values = rows[order], years[order], values[order]
        columns = {"unit": self.panel.unit_names[rows], "time": self.panel.when[rows], "technology": years}
        return self.panel.restore(columns | dict(zip(names, values.T, strict=True)))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the scores and their distribution by period."""
        return [self.listing(self.title, view), self.by_period(), *self.filled_table(view)]

    def by_period(self) -> Table:
        """Return observations, efficient observations, mean and extremes by period."""
        model = self._model()
        score, rows = next(iter(self.rows.terms.values())), []
        sizes = {span.time: int(span.reference.size) for span in self.spans}
        for year in self.panel.times:
            mine = score[(self.panel.when == year) & (self.rows.status == "ok")]
            efficient = int(model.is_efficient(mine).sum())
            extremes = (float(mine.mean()), float(mine.min()), float(mine.max())) if mine.size else (None,) * 3
            rows.append((int(year), sizes.get(int(year)), int(mine.size), efficient, *extremes))
        heads = (
            Field("time", label("time"), 0),
            Field("reference", say("Reference units"), 0),
            Field("scored", say("Scored"), 0),
            Field("efficient", say("Efficient"), 0),
            Field("mean", say("Mean"), 4),
            Field("minimum", say("Minimum"), 4),
            Field("maximum", say("Maximum"), 4),
        )
        note = say(
            "Efficient: the score is {best:g} or better, to within {tolerance:g}.",
            best=model.best,
            tolerance=model.efficient_within,
        )
        title = say("{title}, by period", title=self.title)
        return self.timed(Table("by_period", title, heads, tuple(rows), notes=(note,)))

    def _model(self) -> FrontierModel:
        """Return the method, which is a frontier model."""
        model = self.method
        if not isinstance(model, FrontierModel):
            raise UsageError("XZ-103", say("{method} is no frontier model", method=type(model).__name__))
        return model

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the spread of scores by period, the frontier where it lies in a plane, and the gaps to targets."""
        from xinzhi.frontier import figures
        from xinzhi.method.chart_parts import Labels

        good = self.rows.status == "ok"
        if not good.any():
            return []
        name, score = next(iter(self.rows.terms.items()))
        model = self._model()
        labels = Labels(
            name="distribution",
            title=say("{title}: spread by period", title=self.title),
            description=self.summary(view),
            unit=label(name),
        )
        periods = [str(year) if self.panel.time else say("All") for year in self.rows.time[good]]
        charts = [figures.distribution(labels, group=periods, value=score[good], best=model.best)]
        found = self._latest(view)
        if found is None:
            return charts
        span, answer, there = found
        rows = span.evaluated[there]
        points, targets = self.goods.observations.all[rows], answer.targets[there]
        if points.shape[1] == len(AXES):
            labels = Labels(
                name="frontier",
                title=say("{title}: observations and frontier{year}", title=self.title, year=self._in(span)),
                description=say("The line joins the targets; dashes lead from observations to them."),
                unit="",
            )
            axes = [named(good_) for good_ in self.goods.names]
            efficient = model.is_efficient(score[rows]).tolist()
            units = self.panel.unit_names[rows]
            charts.append(
                figures.plane(
                    labels, name=units.tolist(), points=points, targets=targets, efficient=efficient, axes=axes
                )
            )
        return [*charts, *self._gaps(view, span, rows, (points, targets))]

    def _gaps(self, view: View | None, span: Span, rows: Ints, goods: tuple[Floats, Floats]) -> list[Any]:
        """Return the chart of gaps to targets of the chosen units, at most a dozen."""
        from xinzhi.frontier import figures
        from xinzhi.method.chart_parts import Labels

        units, _ = self.chosen(view)
        mine = [k for k in range(rows.size) if self.panel.unit_names[rows[k]] in units[:MOST]]
        if not mine or view is None or view.units is None:
            return []
        points, targets = goods[0][mine], goods[1][mine]
        gap = 100 * np.divide(targets - points, np.abs(points), out=np.full_like(points, np.nan), where=points != 0)
        labels = Labels(
            name="gaps",
            title=say("{title}: from observation to target{year}", title=self.title, year=self._in(span)),
            description=say("Changes that would bring each unit to the frontier."),
            unit=say("per cent of the observed good"),
        )
        names = self.goods.names
        unit = [self.panel.unit_names[rows[k]] for k in mine for _ in names]
        return [figures.target_gaps(labels, unit=unit, good=[*names] * len(mine), gap=gap.ravel().tolist())]

    def _latest(self, view: View | None) -> tuple[Span, Scores, Ints] | None:
        """Return the technology of the view's last year with its scores and the places with a target."""
        last = max((end for _, end in view.periods), default=None) if view and view.periods else None
        for span, answer in zip(reversed(self.spans), reversed(self.answers), strict=True):
            there = np.flatnonzero((answer.status == "ok") & np.isfinite(answer.targets).all(axis=1))
            if there.size and (last is None or span.time <= last):
                return span, answer, there
        return None

    def _in(self, span: Span) -> Text | str:
        return say(", {year}", year=span.time) if self.panel.time else ""

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how many observations are scored and efficient, and the mean."""
        good = int((self.rows.status == "ok").sum())
        if not good:
            return say(
                "{title}: none of {count} observations could be scored.", title=self.title, count=len(self.panel)
            )
        return say(
            "{title}: {scored} of {count} observations scored, {efficient} efficient, mean {mean:.4f}.",
            title=self.title,
            scored=good,
            count=len(self.panel),
            efficient=self.diagnostics["efficient"],
            mean=self.diagnostics["mean"],
        )


def returns_words(returns: Returns) -> Text:
    """Return the words for returns to scale."""
    if isinstance(returns, tuple):
        return say("intensities adding up to {lower:g} to {upper:g}", lower=returns[0], upper=returns[1])
    return {
        "crs": say("constant returns"),
        "vrs": say("variable returns"),
        "drs": say("decreasing returns"),
        "irs": say("increasing returns"),
    }[returns]
