"""Examples of spatial panels."""

from tests.method.examples import LATE, UNITS, Example
from xinzhi.method import Method
from xinzhi.regions.panels.spatial_beta import SpatialBeta
from xinzhi.regions.panels.spatial_panel import SpatialPanel
from xinzhi.regions.space.weights import ContiguityList

NAMES = [*UNITS, LATE[0]]
CHAIN = ContiguityList(
    links=tuple((NAMES[k], NAMES[j]) for k in range(len(NAMES)) for j in (k + 1, k + 3) if j < len(NAMES))
)


def durbin() -> Method:
    return SpatialPanel(
        outcome="y",
        regressors=("k", "persons"),
        weights=CHAIN,
        durbin=("k",),
        logs=("y", "k", "persons"),
        unbalanced="largest_block",
        draws=200,
    )


def error() -> Method:
    return SpatialPanel(
        outcome="y",
        regressors=("k",),
        weights=CHAIN,
        model="error",
        effects="unit",
        errors="sandwich",
        logs=("y", "k"),
        unbalanced="largest_block",
    )


def beta() -> Method:
    return SpatialBeta(of="k", controls=("share",), weights=CHAIN, unbalanced="largest_block", draws=200)


PARTS = (("net_of_effects", ("spatial_part", "regressors_part", "residual")),)
EXAMPLES: dict[str, Example] = {
    "spatial_panel": Example(method=durbin, main="residual", per="observation", sums=PARTS),
    "spatial_panel_error": Example(method=error, main="residual", per="observation", sums=PARTS),
    "spatial_beta": Example(method=beta, main="residual", sums=PARTS),
}
