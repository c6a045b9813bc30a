"""Metafrontier: how far the technology of a group lies inside the technology of all groups together.

meta_score      radial score against the technology of all groups
group_score     radial score against the technology of the observation's own group
technology_gap  meta_score / group_score (input), group_score / meta_score (output)                    <= 1
so that in the form that is at most 1:   score against all = score in the group x technology gap
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.frontier.dea import DEA
from xinzhi.frontier.fdh import FDH
from xinzhi.frontier.goods import Goods, read_goods
from xinzhi.frontier.model import Scores, Span, assembled, spans_of
from xinzhi.frontier.technology import filled_references, reference_rows
from xinzhi.language import Text, again, enumerated, named, say
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

Hull = Literal["convex", "union"]


@register("metafrontier")
class Metafrontier(Method):
    """Split each observation's distance to best practice into that of its group and the gap of the group's technology.

    Parameters
    ----------
    group : str
        Label column that says to which group an observation belongs; it may change over time.
    model : DEA or FDH
        Goods, orientation, returns to scale, and which years and units span the technologies: those of a group are
        the units of the group among them.
    hull : "convex" or "union"
        The technology of all groups: that of their pooled reference units, or the union of the groups' own
        technologies, which does not admit mixtures of units of different groups.

    Notes
    -----
    Scores are those of ``model``: Farrell scores, at most 1 (input) or at least 1 (output) inside the technology.
    ``technology_gap`` is at most 1 in both orientations; 1 where the group's technology is best practice. A mean
    gap of a group compares technologies at the input mix of its own units. Gaps of groups with few units say
    little: the group's technology is then known at few points; ``diagnostics`` names such groups. Against the union
    the score is the best over the groups; a group out of whose reach an observation is does not count. Units
    invariant; a duplicate changes nothing unless observations are excluded.

    References
    ----------
    Battese, G. E., Rao, D. S. P. and O'Donnell, C. J. (2004). Journal of Productivity Analysis 21(1), 91-103. doi:10.1023/B:PROD.0000012454.06094.29
    O'Donnell, C. J., Rao, D. S. P. and Battese, G. E. (2008). Empirical Economics 34(2), 231-255. doi:10.1007/s00181-007-0119-4

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"j": list("ABCD"), "g": list("nnss"), "x": [1.0, 1, 1, 1], "y": [4.0, 2, 2, 1]})
    >>> model = DEA(inputs=["x"], outputs=["y"], returns="crs")
    >>> result = Metafrontier(group="g", model=model).fit(xz.Panel(frame, unit="j"))
    >>> result.term("group_score").tolist(), result.term("technology_gap").tolist()
    ([1.0, 2.0, 1.0, 2.0], [1.0, 1.0, 0.5, 0.5])
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("group",)
    group: str
    model: DEA | FDH
    hull: Hull = "convex"

    def compute(self, panel: Panel, run: Run) -> "MetafrontierResult":
        """Return one row per row of the panel."""
        model, groups = self.model, panel.label(self.group)
        goods = read_goods(model.inputs, model.outputs, panel, run, where="Metafrontier")
        technologies = reference_rows(goods, panel, model.reference, model.technology, where="Metafrontier")
        spans = [_labelled(span, groups) for span in spans_of(panel, goods, technologies, model.technology)]
        names = sorted({groups[row] for span in spans for row in span.evaluated})
        if not names:
            found = say("no usable row has a {column}", column=named(self.group))
            raise DataError("XZ-206", found, where=panel.source)
        spans_own, own, pooled = self._answers(goods, spans, groups, names, run)
        terms, status, reason = gap_terms(
            assembled(goods, spans, pooled, model.reasons),
            assembled(goods, spans_own, own, model.reasons),
            inward=model.orientation == "input",
        )
        unlabelled = np.flatnonzero(goods.usable & np.array([cell is None for cell in groups]))
        status[unlabelled] = "missing_data"
        reason[unlabelled] = say("{cells} missing", cells=named(self.group))
        sizes = [(name, span.time, int((groups[span.reference] == name).sum())) for span in spans for name in names]
        least = few(len(model.inputs), len(model.outputs))
        good = status == "ok"
        return MetafrontierResult(
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
                "groups": names,
                "mean_gap": {name: _mean(terms["technology_gap"][good & (groups == name)]) for name in names},
                "reference_rows": {
                    str(span.time): {name: n for name, time, n in sizes if time == span.time} for span in spans
                },
                "small_groups": [
                    _small(
                        named(name) if not panel.time else say("{group} {time}", group=named(name), time=time), n, least
                    )
                    for name, time, n in sizes
                    if 0 < n < least
                ],
            },
            goods=goods,
            groups=groups,
            spans=tuple(spans),
        )

    def _answers(
        self, goods: Goods, spans: Sequence[Span], groups: Texts, names: Sequence[str], run: Run
    ) -> tuple[list[Span], list[Scores], list[Scores]]:
        """Return the technologies of groups, the scores of their own rows in them, and those against all groups."""
        union = self.hull == "union"
        asked = [
            Span(
                span.time,
                span.reference[groups[span.reference] == name],
                span.evaluated if union else span.evaluated[groups[span.evaluated] == name],
            )
            for span in spans
            for name in names
        ]
        model = self.model.model_copy(update={"slack_objective": None}) if isinstance(self.model, DEA) else self.model
        answers = list(model.answers(goods, [*asked, *([] if union else spans)], run))
        if not union:
            return asked, answers[: len(asked)], answers[len(asked) :]
        size = len(names)
        by_span = [answers[at : at + size] for at in range(0, len(asked), size)]
        inward = self.model.orientation == "input"
        pooled = [best_of(each, inward=inward) for each in by_span]
        own = []
        for k, (span, name) in enumerate((span, name) for span in spans for name in names):
            mine = np.flatnonzero(groups[span.evaluated] == name)
            asked[k] = replace(asked[k], evaluated=span.evaluated[mine])
            own.append(_plain(answers[k].terms["score"][mine], answers[k].status[mine], answers[k]))
        return asked, own, pooled


@dataclass(frozen=True, kw_only=True, repr=False)
class MetafrontierResult(Result):
    """Scores and technology gaps by observation.

    ``goods``: by row of the panel; ``groups``: (n,) label of each row, None where missing; ``spans``: the
    technologies of all groups.
    """

    goods: Goods
    groups: Texts
    spans: tuple[Span, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        hull = {
            "convex": say("convex hull of all groups"),
            "union": say("union of the technologies of the groups"),
        }[self.settings["hull"]]
        return say("Metafrontier ({hull}): scores and technology gaps", hull=hull)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return means by group and year, and the scores."""
        return [self.by_group(), self.listing(self.title, view), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the spread of technology gaps by group."""
        from xinzhi.frontier.figures import distribution
        from xinzhi.method.chart_parts import Labels

        good = np.flatnonzero(self.rows.status == "ok")
        if not good.size:
            return []
        good = good[np.argsort(self.groups[good].astype(str), kind="stable")]
        labels = Labels(
            name="gaps",
            title=say("{title}: technology gaps by group", title=self.title),
            description=self.summary(view),
            unit=label("technology_gap"),
        )
        gap = self.rows.terms["technology_gap"][good]
        return [distribution(labels, group=self.groups[good].tolist(), value=gap, best=1.0)]

    def by_group(self) -> Table:
        """Return reference units, observations and mean scores by group and year."""
        terms, good, rows = self.rows.terms, self.rows.status == "ok", []
        spans = {span.time: self.groups[span.reference] for span in self.spans}
        for name in self.diagnostics["groups"]:
            for year in self.panel.times.tolist():
                mine = good & (self.groups == name) & (self.panel.when == year)
                if not mine.any():
                    continue
                gap = terms["technology_gap"][mine]
                rows.append(
                    (
                        named(name),
                        year,
                        int((spans[year] == name).sum()) if year in spans else None,
                        int(mine.sum()),
                        float(terms["group_score"][mine].mean()),
                        float(terms["meta_score"][mine].mean()),
                        float(gap.mean()),
                        float(gap.min()),
                        float(gap.max()),
                    )
                )
        heads = (
            Field("group", say("Group")),
            Field("time", label("time"), 0),
            Field("reference", say("Reference units"), 0),
            Field("scored", say("Scored"), 0),
            Field("group_score", label("group_score"), 4, spanner=say("Mean")),
            Field("meta_score", label("meta_score"), 4, spanner=say("Mean")),
            Field("technology_gap", label("technology_gap"), 4, spanner=say("Mean")),
            Field("minimum", say("Smallest gap ratio"), 4),
            Field("maximum", say("Largest gap ratio"), 4),
        )
        notes = (
            say("A technology gap of 1: the technology of the group is best practice of all groups."),
            *again(list(self.diagnostics["small_groups"])),
        )
        return self.timed(
            Table("by_group", say("{title}, by group", title=self.title), heads, tuple(rows), notes=notes)
        )

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how many observations are scored, and the mean gap of each group."""
        good = int((self.rows.status == "ok").sum())
        means = [
            say("{group}: {gap:.4f}", group=named(name), gap=gap)
            for name, gap in self.diagnostics["mean_gap"].items()
            if gap is not None
        ]
        return say(
            "{title}: {scored} of {count} observations scored. Mean technology gap: {means}.",
            title=self.title,
            scored=good,
            count=len(self.panel),
            means=enumerated(means),
        )

    def grouped(self) -> Any:
        """Return :meth:`tidy` with the group of each row as a column of that name."""
        columns = self.columns()
        return self.panel.restore(
            {"unit": columns.pop("unit"), "time": columns.pop("time"), "group": self.groups} | columns
        )


# Arrays in, arrays out ------------------------------------------------------------------------

Assembled = tuple[dict[str, Floats], Texts, Texts]
"""Terms, status and reason by row of the panel."""


def gap_terms(pooled: Assembled, own: Assembled, *, inward: bool) -> Assembled:
    """Return scores and technology gaps of rows that have both scores, (n,) each; NaN where one is missing."""
    (meta, status, reason), (group, status_own, reason_own) = pooled, own
    first = status != "ok"
    status, reason = np.where(first, status, status_own), np.where(first, reason, reason_own)
    good = status == "ok"
    meta_score, group_score = np.where(good, meta["score"], np.nan), np.where(good, group["score"], np.nan)
    above, below = (meta_score, group_score) if inward else (group_score, meta_score)
    gap = np.divide(above, below, out=np.full(good.size, np.nan), where=good & (below > 0))
    none = good & np.isnan(gap)
    status[none], reason[none] = "not_identified", say("a score of zero")
    return {"meta_score": meta_score, "group_score": group_score, "technology_gap": gap}, status, reason


def best_of(answers: Sequence[Scores], *, inward: bool) -> Scores:
    """Return the best score of each point over several technologies: against their union.

    A technology out of whose reach a point is does not count; without any answer the first technology's word holds.
    """
    scores = np.array([answer.terms["score"] for answer in answers])
    words = np.array([answer.status for answer in answers])
    reached, failed = words == "ok", (words == "numerical") | (words == "unbounded")
    bound = np.inf if inward else -np.inf
    best = np.where(reached, scores, bound)
    best = best.min(axis=0) if inward else best.max(axis=0)
    first = np.argmax(words != "not_identified", axis=0)  # a group without reference units spans nothing
    status = np.where(reached.any(axis=0), "ok", words[first, np.arange(best.size)]).astype(object)
    failing = failed.any(axis=0)
    status[failing] = words[np.argmax(failed, axis=0), np.arange(best.size)][failing]
    return _plain(np.where(status == "ok", best, np.nan), status, answers[0])


def few(m: int, s: int) -> int:
    """Return the reference units below which m inputs and s outputs leave little to compare (a rule of thumb).

    References
    ----------
    Cooper, W. W., Seiford, L. M. and Tone, K. (2007). Data Envelopment Analysis, 2nd edition. Springer. doi:10.1007/978-0-387-45283-8
    """  # noqa: E501
    return max(m * s, 3 * (m + s))


def _plain(score: Floats, status: Texts, like: Scores) -> Scores:
    return Scores.of({"score": score}, status, None, (score.size, like.targets.shape[1]))


def _labelled(span: Span, groups: Texts) -> Span:
    """Return a technology without the rows that have no label."""
    there: Ints = np.flatnonzero([cell is not None for cell in groups])
    kept = [rows[np.isin(rows, there)] for rows in (span.reference, span.evaluated)]
    return Span(span.time, *kept)


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None


def _small(group: str, count: int, least: int) -> Text:
    return say("{group}: {count} reference units, fewer than {least}", group=group, count=count, least=least)
