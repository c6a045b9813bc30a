"""Examples of dynamics: densities, conditional densities, Markov chains."""

from tests.method.examples import LATE, UNITS, Example
from xinzhi.regions.dynamics.classes import CutOffs, Quantiles
from xinzhi.regions.dynamics.conditional import ConditionalDensity
from xinzhi.regions.dynamics.density import KernelDensity
from xinzhi.regions.dynamics.markov import MarkovChain
from xinzhi.regions.dynamics.spatial_markov import SpatialMarkovChain
from xinzhi.regions.space.weights import ContiguityList


def ring() -> ContiguityList:
    """Return the fourteen units on a ring; the late one hangs on the last, which then lacks a lag before."""
    links = list(zip(UNITS, UNITS[1:] + UNITS[:1], strict=True))
    return ContiguityList(links=[*links, (UNITS[-1], LATE[0])])


EXAMPLES: dict[str, Example] = {
    "kernel_density": Example(lambda: KernelDensity(of="k"), main="cumulative", per="observation"),
    "kernel_density within bounds": Example(
        lambda: KernelDensity(
            of="k", bandwidth="ksdensity", kernel="epanechnikov", bounds=(0, None), relative="year_mean", points=60
        ),
        main="cumulative",
        per="observation",
    ),
    "conditional_density": Example(lambda: ConditionalDensity(of="k", points=20), main="cumulative", per="observation"),
    "conditional_density of neighbours": Example(
        lambda: ConditionalDensity(
            of="k", lag=0, weights=ring(), orientation="axes", kernel="epanechnikov", relative="year_mean", points=20
        ),
        main="cumulative",
        per="observation",
    ),
    "markov_chain": Example(
        lambda: MarkovChain(of="k", classes=Quantiles(count=3, over="year")), main="class", per="observation"
    ),
    "markov_chain between cut-offs": Example(
        lambda: MarkovChain(of="k", classes=CutOffs(values=[0.8, 1.2]), relative="year_mean", lag=2, periods=3),
        main="class",
        per="observation",
    ),
    "spatial_markov_chain": Example(
        lambda: SpatialMarkovChain(
            of="k", weights=ring(), classes=Quantiles(count=3), lag_classes=Quantiles(count=2), relative="year_mean"
        ),
        main="class",
        per="observation",
    ),
}
