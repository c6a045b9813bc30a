"""Many runs of one index: what runs have in common is computed once.

Runs sorted by their choices, in the order of the steps, are a walk through a tree of steps, depth first:

    choices      a b c | a b d | a e c      ->  a, b, c, then d, then e, c

At any time one path of stages is held. Equal runs are one run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, EstimationError, UsageError, XinzhiError, listed, nearest
from xinzhi.indicators.stage import Stage, Step
from xinzhi.indicators.system import IndexResult
from xinzhi.indicators.uncertainty.design import Design
from xinzhi.indicators.uncertainty.ranking import row_words
from xinzhi.language import Text, joined, say
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

CHUNK = 1024
"""Different runs in a chunk: a chunk computes the steps before its first run anew."""
INLINE = 20_000_000
"""Runs x rows x indicators x steps that take about a second (measured): less is not worth a pool."""
HELD = 512
"""Settled steps that are kept: more only where numbers are drawn, and those hardly return."""
SHOWN = 5
"""Failing combinations that an error lists."""


@dataclass(frozen=True)
class Failure:
    """A run without scores: its place, and why."""

    run: int
    reason: str


@dataclass(frozen=True)
class Scored:
    """``scores``: (r, n) by run and row that is compared; ``failures``: runs without scores, NaN there."""

    scores: Floats
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Target:
    """What is compared between runs.

    ``group``: the dimension whose score it is; ``rows``: (n,) rows of the panel that have this score in the published
    index; a run in which one of them has none has failed.
    """

    group: str
    rows: Bools

    @classmethod
    def of(cls, result: IndexResult, group: str | None, year: int | None, *, where: str) -> "Target":
        """Return the target of a published index: a dimension or the index, in one or all years."""
        groups = result.last.tree.groups
        name = groups[-1] if group is None else group
        if name not in groups:
            raise UsageError(
                "XZ-103", joined(repr(name), nearest(name, groups)), where=where, expected=listed(groups, 40)
            )
        rows = np.isfinite(result.term(name))
        if year is not None:
            if year not in result.panel.times:
                raise DataError("XZ-208", str(year), where=where, expected=listed(result.panel.times.tolist(), 40))
            rows &= result.rows.time == year
        return cls(name, rows)

    def words(self, result: IndexResult) -> tuple[Texts, Texts]:
        """Return status and reason of the (n,) rows of the published index: computed where compared, else why not."""
        scored = np.isfinite(result.term(self.group))
        status, reason = row_words(result.rows, scored, say("no score"))
        other = scored & ~self.rows
        status[other], reason[other] = "left_out", say("not in the year that is ranked")
        return status, reason


def replayed(start: Stage, design: Design, target: Target, choices: Floats, run: Run) -> Floats:
    """Return the (r, n) scores of runs with (r, k) choices, in their order.

    Raises
    ------
    EstimationError
        Runs without scores (XZ-271); the first combinations are listed with their reasons.
    """
    unique, place = np.unique(choices, axis=0, return_inverse=True)
    cuts = range(0, len(unique), CHUNK)
    tasks = [(start, design, target, unique[cut : cut + CHUNK]) for cut in cuts]
    cells = len(unique) * start.values.size * len(design.system.steps)
    found = inline_if_small(run, cells).map(walk, tasks, label=say("runs"))
    failures = [
        (unique[cut + gone.run], gone.reason) for cut, part in zip(cuts, found, strict=True) for gone in part.failures
    ]
    if failures:
        raise EstimationError("XZ-271", failed(failures, len(unique), design), where=say("runs"))
    return np.concatenate([part.scores for part in found])[place.ravel()]


def inline_if_small(run: Run, cells: int) -> Run:
    """Return the run, without its executor where there is little to do: runs x rows x indicators x steps."""
    return Run(progress=run.progress) if cells < INLINE else run


def failed(failures: Sequence[tuple[Floats, str]], total: int, design: Design) -> Text:
    """Return which combinations failed and why: how many, what they have in common, the first ones."""
    counts = {"count": len(failures), "total": total}
    told = [say("{count} of {total} different combinations gave no scores", **counts)]
    choices = np.array([choice for choice, _ in failures])
    shared = np.all(choices == choices[0], axis=0) & design.used(choices).all(axis=0)
    if len(failures) > 1 and shared.any():
        told.append(say("all of them have {choices}", choices=design.combination(choices[0], shared)))
    for choice, reason in failures[:SHOWN]:
        told.append(say("{combination}: {reason}", combination=design.combination(choice), reason=reason))
    return joined(*told)


def walk(start: Stage, design: Design, target: Target, choices: Floats) -> Scored:
    """Return the scores of different runs with (r, k) choices in lexicographic order."""
    depth = first_difference(choices, design)
    scores = np.full((len(choices), int(target.rows.sum())), np.nan)
    path, failures, failed_at = [start], list[Failure](), len(design.system.steps)
    settle = Settler(design)
    for r, first in enumerate(depth.tolist()):
        if first > failed_at:
            failures.append(Failure(r, failures[-1].reason))
            continue
        del path[first + 1 :]
        failed_at = len(design.system.steps)
        try:
            for place in range(first, len(design.system.steps)):
                failed_at = place
                path.append(settle(place, choices[r]).apply(path[-1]))
            failed_at = len(design.system.steps)
        except XinzhiError as error:
            failures.append(Failure(r, joined(f"{error.code} {error.found}", error.where)))
            continue
        scores[r], reason = target_scores(path[-1], target)
        if reason:
            failures.append(Failure(r, reason))
    return Scored(scores, tuple(failures))


def first_difference(choices: Floats, design: Design) -> Ints:
    """Return the first step in which each run differs from the one before, (r,); 0 for the first run."""
    differs = choices[1:] != choices[:-1]
    depth: Ints = np.r_[0, design.step[differs.argmax(axis=1)]]
    return depth


class Settler:
    """Steps without slots; each is made once for equal choices of its own slots."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.slots = [np.flatnonzero(design.step == place) for place in range(len(design.system.steps))]
        self.held: dict[tuple[int, bytes], Step] = {}

    def __call__(self, place: int, choices: Floats) -> Step:
        """Return a step of a run of (k,) choices."""
        if not self.slots[place].size:
            return self.design.system.steps[place]
        key = place, choices[self.slots[place]].tobytes()
        if key not in self.held:
            if len(self.held) >= HELD:
                self.held.clear()
            self.held[key] = self.design.settled_step(place, choices)
        return self.held[key]


def target_scores(stage: Stage, target: Target) -> tuple[Floats, str]:
    """Return the scores of the rows that are compared, (n,), and why one has none."""
    assert stage.scores is not None
    if target.group not in stage.tree.groups:
        return np.full(int(target.rows.sum()), np.nan), say("no indicator is left in {group}", group=target.group)
    scores: Floats = stage.scores[target.rows, stage.tree.groups.index(target.group)]
    lost = ~np.isfinite(scores)
    if not lost.any():
        return scores, ""
    rows = np.flatnonzero(target.rows)[lost]
    gaps = [facts["gap"] for facts in stage.facts.get("aggregate", {}).values() if "gap" in facts]
    return scores, joined(say("no score: {rows}", rows=listed([stage.place(row) for row in rows])), *gaps[:1])
