"""Examples of what follows an index: coupling, obstacles, overlap, validity."""

from tests.indicators.analysis.worlds import SCALES, indicator_frame, of_dimension, system
from tests.method.examples import Example
from xinzhi.indicators import ConvergentValidity, CouplingCoordination, ObstacleDegree, RegressorOverlap

WORLD = {"per": "observation", "frame": indicator_frame, "scales": SCALES}

EXAMPLES: dict[str, Example] = {
    "coupling_coordination": Example(
        lambda: CouplingCoordination(systems=[of_dimension("means"), of_dimension("results")]),
        main="coordination",
        **WORLD,
    ),
    "coupling_coordination corrected": Example(
        lambda: CouplingCoordination(
            systems=[of_dimension("means"), of_dimension("results"), "share"],
            weights=[0.5, 0.3, 0.2],
            form="wang",
            grades="four",
            closed="right",
        ),
        main="coordination",
        **WORLD,
    ),
    "obstacle_degree": Example(
        lambda: ObstacleDegree(system=system()),
        main="quality",
        **WORLD,
    ),
    "obstacle_degree against the mean": Example(
        lambda: ObstacleDegree(system=system(), against="mean", level="dimensions", top=2),
        main="means",
        **WORLD,
    ),
    "regressor_overlap": Example(
        lambda: RegressorOverlap(system=system(), regressors=["hours", "persons"], outcome="y"),
        main="index",
        **WORLD,
    ),
    "convergent_validity": Example(
        lambda: ConvergentValidity(index=of_dimension("index"), against="share", draws=99),
        main="index",
        **WORLD,
    ),
    "convergent_validity of changes": Example(
        lambda: ConvergentValidity(
            index=of_dimension("index"), index_as="difference", against="y", against_as="log_difference", draws=99
        ),
        main="index",
        **WORLD,
    ),
}
