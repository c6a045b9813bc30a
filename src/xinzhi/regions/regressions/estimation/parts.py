"""The outcome of a regression as parts of effects and regressors, by row; checks of its settings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import listed
from xinzhi.language import say
from xinzhi.method import Rows
from xinzhi.method.filling import filled_warnings
from xinzhi.method.overlap import overlap_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats
from xinzhi.regions.regressions.estimation.covariances import FEW, Clustered, Errors
from xinzhi.regions.regressions.estimation.effects import Effects
from xinzhi.regions.regressions.estimation.least_squares import Estimates, cluster_warnings
from xinzhi.regions.regressions.estimation.sample import Sample
from xinzhi.regions.regressions.estimation.wild import Bootstrap, wild

SAMPLING = ("logs", "weight", "window", "effects", "errors")
"""Settings that decide which rows are used."""

NUMBERS_A_YEAR, NUMBERS_A_VARIABLE, NUMBERS_A_CLUSTER = 5, 25, 10
"""Numbers for each row that are held at the same time (measured): dummies of years, columns, draws of few clusters."""


def memory_of(panel: Panel, variables: int, errors: Errors) -> int:
    """Return about how many bytes a regression takes beside what any method does."""
    clusters = FEW if isinstance(errors, Clustered) else 0
    numbers = NUMBERS_A_YEAR * panel.times.size + NUMBERS_A_VARIABLE * variables + NUMBERS_A_CLUSTER * clusters
    return 8 * len(panel) * numbers


def check_names(names: Sequence[str], logs: Sequence[str]) -> None:
    """Raise ValueError where a variable is named twice, or a logarithm is asked for of none of them."""
    if len(set(names)) < len(names):
        raise ValueError(say("a column is named twice: {names}", names=listed(names)))
    if set(logs) - set(names):
        raise ValueError(say("logs names variables of the regression: {names}", names=listed(names)))


def rows_of(
    found: Estimates, sample: Sample, parts: Mapping[str, Floats], *, effects: Effects
) -> tuple[Rows, dict[str, str], float]:
    """Return the outcome less its mean as parts, why some are absent, and by how much they miss it.

    Parameters
    ----------
    found : Estimates
    sample : Sample
    parts : mapping from term to (m,)
        Regressors times their coefficients.
    effects : "two_way", "unit", "time" or "none"
    """
    weight = sample.cells.weight
    terms = {"outcome_deviation": sample.y - np.average(sample.y, weights=weight)}
    absent: dict[str, str] = {}
    if effects in {"unit", "two_way"}:
        terms["unit_effect"] = found.unit_part
    else:
        absent["unit_effect"] = say("the model has no effects of units")
    if effects in {"time", "two_way"}:
        terms["time_effect"] = found.time_part
    else:
        absent["time_effect"] = say("the model has no effects of years")
    for name, part in parts.items():
        terms[name] = part - np.average(part, weights=weight)
    terms["residual"] = found.residual
    panel = sample.panel
    spread = {name: sample.spread(values) for name, values in terms.items()}
    rows = Rows(panel.unit_names.astype(object), panel.when.copy(), spread, sample.status, sample.reason)
    total, *others = spread.values()
    identity = say("outcome less its mean = effects + parts of regressors + residual")
    return rows, absent, check_adding_up(total, np.column_stack(others), rows, identity=identity)


def counted(found: Estimates, sample: Sample, gap: float) -> dict[str, Any]:
    """Return what a result counts, and by how much its parts miss the outcome."""
    return {
        "observations": found.observations,
        "units": sample.cells.counts("unit")[0],
        "clusters": list(found.clusters),
        "counted_parameters": found.parameters,
        "left_out": int((sample.status != "ok").sum()),
        "largest_gap": gap,
    }


def warned(found: Estimates, sample: Sample) -> tuple[str, ...]:
    """Return the warnings of filled cells, of variables that share columns, and of few clusters."""
    return (*filled_warnings(sample.log), *overlap_warnings(sample.overlaps), *cluster_warnings(found))


def wild_of(found: Estimates, sample: Sample, *, effects: Effects, draws: int, run: Run) -> Bootstrap | None:
    """Return the wild cluster bootstrap; None where clusters are many or of two dimensions."""
    if len(found.clusters) != 1 or found.clusters[0] >= FEW:
        return None
    (cluster,) = sample.depends.clusters
    return wild(found.net, cluster, cells=sample.cells, effects=effects, draws=draws, draw=run.generator(0))
