"""Distances of a step's observations under the technologies of its years: radial and directional.

Every pair of technology and point is solved once; what has no solution keeps its status and is named in words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import listed
from xinzhi.frontier.disposability import Disposability, ask
from xinzhi.frontier.engine import Orientation, Questions, Returns, Technology
from xinzhi.frontier.goods import Goods, Observations
from xinzhi.frontier.technology import pieces, scores
from xinzhi.language import Text, named, say
from xinzhi.method.status import step_status
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Ints, Texts

Side = Literal[
    "own_before",
    "own_end",
    "base_on_end",
    "end_on_base",
    "base_on_mixed",
    "end_on_mixed",
    "common_before",
    "common_end",
]
SIDES: dict[Side, tuple[int, int, int]] = {
    "own_before": (0, 0, 0),
    "own_end": (1, 1, 1),
    "base_on_end": (0, 1, 1),
    "end_on_base": (1, 0, 0),
    "base_on_mixed": (0, 1, 0),
    "end_on_mixed": (1, 1, 0),
    "common_before": (1, 0, 0),
    "common_end": (1, 1, 1),
}
"""Each distance of a step: year of the technology, of the inputs and of the outputs, 0 the year before, 1 the end."""

STILL = "still"
"""Word for a distance along a direction that moves no good of the point; its row is not identified."""

LEAST = 1e-9
"""Smallest 1 + D that has a logarithm: a distance of -1 is found up to rounding."""

OWN: tuple[Side, ...] = ("own_before", "own_end")
ADJACENT: tuple[Side, ...] = (*OWN, "base_on_end", "end_on_base")
COMMON: tuple[Side, ...] = ("common_before", "common_end")

Job = tuple[Observations, Observations]
Measure = Callable[[Run, Sequence[Job]], list[tuple[Floats, Texts]]]
"""Distances and statuses, (e,) each, of the points of each job under the technology of its reference units."""


@dataclass(frozen=True)
class StepDistances:
    """Distances of m steps: ``log`` and ``status`` by side, (m,) each.

    ``log``: ln of output-type Farrell scores; ln(1 + D) or D where distances are directional.
    """

    log: dict[Side, Floats]
    status: dict[Side, Texts] = field(default_factory=dict)


def step_distances(
    goods: Goods,
    steps: Steps,
    technologies: Mapping[int, Ints],
    when: Ints,
    *,
    run: Run,
    returns: Returns,
    orientation: Orientation,
    sides: Sequence[Side] = ADJACENT,
) -> StepDistances:
    """Return the radial distances of each step; see :func:`distances_of`."""
    measure = partial(radial_measure(returns, orientation), run)
    return distances_of(goods, steps, technologies, when, sides=sides, measure=measure)


def distances_of(
    goods: Goods,
    steps: Steps,
    technologies: Mapping[int, Ints],
    when: Ints,
    *,
    sides: Sequence[Side],
    measure: Callable[[Sequence[Job]], list[tuple[Floats, Texts]]],
) -> StepDistances:
    """Return the distances of each step; every pair of technology and point is solved once.

    Parameters
    ----------
    technologies : mapping from year to (r,)
        Rows of the panel that span its technology.
    when : (n,)
        Year of each row of the panel.
    sides : sequence of names
        Which distances are wanted.
    measure : callable
        Distances and statuses of the points of each job.
    """
    if not sides:
        return StepDistances({}, {})
    whole = np.flatnonzero(steps.before >= 0)
    whole = whole[goods.usable[steps.before[whole]] & goods.usable[steps.end[whole]]]
    ends = np.column_stack((steps.before, steps.end))[whole]
    years = {side: when[ends[:, SIDES[side][0]]] for side in sides}
    points = {side: ends[:, SIDES[side][1]] * when.size + ends[:, SIDES[side][2]] for side in sides}
    # Years with the same reference units are one job: a point and the rows of its inputs and outputs as one number.
    place, spans = {}, dict[bytes, Ints]()
    for year in np.unique(np.concatenate(list(years.values()))):
        key = technologies[int(year)].tobytes()
        spans.setdefault(key, technologies[int(year)])
        place[int(year)] = list(spans).index(key)
    job = {side: np.array([place[int(t)] for t in years[side]], dtype=np.int64) for side in sides}
    known = [np.unique(np.concatenate([points[s][job[s] == j] for s in sides])) for j in range(len(spans))]
    everything = goods.observations
    jobs = [
        (everything.at(span), mixed(everything, codes // when.size, codes % when.size))
        for span, codes in zip(spans.values(), known, strict=True)
    ]
    answers = measure(jobs)
    out = StepDistances({}, {})
    for side in sides:
        log, status = np.full(steps.end.size, np.nan), np.full(steps.end.size, "", dtype=object)
        for j, (values, words) in enumerate(answers):
            mine = np.flatnonzero(job[side] == j)
            at = np.searchsorted(known[j], points[side][mine])
            log[whole[mine]], status[whole[mine]] = values[at], words[at]
        out.log[side], out.status[side] = log, status
    return out


def mixed(goods: Observations, inputs: Ints, outputs: Ints) -> Observations:
    """Return points with the inputs of some rows and the outputs and bad outputs of others."""
    return Observations(goods.x[inputs], goods.y[outputs], goods.bad[outputs])


def radial_measure(returns: Returns, orientation: Orientation) -> Measure:
    """Return what measures logs of output-type Farrell scores; the input orientation has minus ln of the score."""
    sign = 1.0 if orientation == "output" else -1.0

    def measure(run: Run, jobs: Sequence[Job]) -> list[tuple[Floats, Texts]]:
        asked = [(Technology.of(of.x, of.y, returns), points.x, points.y) for of, points in jobs]
        found = scores(run, asked, orientation=orientation, label=say("distances"))
        return [_logged(sign, answer.score, answer.status) for answer in found]

    return measure


def directional_measure(
    returns: Returns, disposability: Disposability | None, direction: Callable[[Floats], Floats]
) -> Measure:
    """Return what measures directional distances.

    Parameters
    ----------
    direction : callable
        By how much a distance of one moves goods (e, m + s + q), from the goods.
    """

    def measure(run: Run, jobs: Sequence[Job]) -> list[tuple[Floats, Texts]]:
        parts = [pieces(points.x.shape[0], of.x.shape[0]) for of, points in jobs]
        tasks = []
        for (of, points), mine in zip(jobs, parts, strict=True):
            move, rows = direction(points.all), np.arange(points.x.shape[0])
            tasks += [(of, points.at(rows[part]), move[part], returns, disposability) for part in mine]
        found = iter(run.map(directional_task, tasks, label=say("distances")))
        answers = [[next(found) for _ in mine] for mine in parts]
        return [tuple(map(np.concatenate, zip(*chunks, strict=True))) for chunks in answers]  # type: ignore[misc]

    return measure


def directional_task(
    reference: Observations,
    points: Observations,
    direction: Floats,
    returns: Returns,
    disposability: Disposability | None,
) -> tuple[Floats, Texts]:
    """Return directional distances of one chunk and their statuses; a function that any executor can run.

    max D : (x - D g_x, y + D g_y, b - D g_b) in T, of either sign

    Parameters
    ----------
    direction : (e, m + s + q)
        g of each point. A point of which no good moves has the status ``STILL``.
    """
    goods, m, s = points.all, points.x.shape[1], points.y.shape[1]
    place = np.arange(goods.shape[1])
    sign = np.where((place >= m) & (place < m + s), -1.0, 1.0)
    found = ask(reference, returns, disposability, asked=Questions(b=goods, size=goods, move=sign * direction, cost=-1))
    return found.score, np.where((direction != 0).any(axis=1), found.status, STILL).astype(object)


def logs_of_distances(measure: Measure) -> Measure:
    """Return what measures ln(1 + D) where ``measure`` measures D."""

    def logged(run: Run, jobs: Sequence[Job]) -> list[tuple[Floats, Texts]]:
        found = [(1.0 + values, words) for values, words in measure(run, jobs)]
        return [_logged(1.0, np.where(ratio > LEAST, ratio, 0.0), words) for ratio, words in found]

    return logged


def _logged(sign: float, values: Floats, status: Texts) -> tuple[Floats, Texts]:
    """Return logs of what is positive, and ``infeasible`` for what is computed and not."""
    positive = values > 0
    words = np.where((status == "ok") & ~positive, "infeasible", status)
    return sign * np.log(np.where(positive, values, np.nan)), words


# Statuses -------------------------------------------------------------------------------------


def data_status(panel: Panel, steps: Steps, goods: Goods) -> tuple[Texts, Texts]:
    """Return status and reason of each step as its cells allow, (m,) each."""
    status, reason = step_status(panel, steps, goods.needs)
    before = np.where(steps.before >= 0, steps.before, steps.end)
    empty = (status == "ok") & ~(goods.usable[before] & goods.usable[steps.end])
    status[empty], reason[empty] = "not_identified", say("no positive input or no positive output")
    return status, reason


def row_status(panel: Panel, steps: Steps, goods: Goods, checks: Sequence[StepDistances]) -> tuple[Texts, Texts]:
    """Return status and reason of each step: cells first, then the programmes."""
    status, reason = data_status(panel, steps, goods)
    for check in checks:
        for side, words in check.status.items():
            for row in np.flatnonzero((status == "ok") & (words != "ok")):
                cell = _cell(panel, steps, int(row), side)
                status[row], reason[row] = words[row], say("no solution: {cell}", cell=cell)
                if words[row] == STILL:
                    status[row], reason[row] = "not_identified", say("no good moves: {cell}", cell=cell)
                elif words[row] == "not_identified":
                    year = int(panel.when[steps.end[row]]) - 1 + SIDES[side][0]
                    reason[row] = say("no reference unit for the technology of {year}", year=year)
    return status, reason


def infeasible_cells(panel: Panel, steps: Steps, checks: Sequence[StepDistances]) -> list[Text]:
    """Return the programmes without a solution, in words."""
    return [
        say(
            "{unit}: {cell}",
            unit=named(panel.units[panel.code[steps.end[row]]]),
            cell=_cell(panel, steps, int(row), side),
        )
        for check in checks
        for side, words in check.status.items()
        for row in np.flatnonzero((words == "infeasible") | (words == "unbounded"))
    ]


def infeasible_warning(cells: list[Text]) -> list[Text]:
    """Return the warning that names the programmes without a solution, or nothing."""
    warning = say("XZ-402 {count} programmes have no solution: {cells}.", count=len(cells), cells=listed(cells))
    return [warning] if cells else []


def _cell(panel: Panel, steps: Steps, row: int, side: Side) -> Text:
    end = int(panel.when[steps.end[row]])
    technology, inputs, outputs = SIDES[side]
    if inputs != outputs:
        return say(
            "inputs of {inputs} and outputs of {outputs} under the technology of {spanned}",
            inputs=end - 1 + inputs,
            outputs=end - 1 + outputs,
            spanned=end - 1 + technology,
        )
    return say(
        "observation of {observed} under the technology of {spanned}",
        observed=end - 1 + inputs,
        spanned=end - 1 + technology,
    )
