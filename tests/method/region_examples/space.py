"""Spatial dependence, ellipses, strata."""

import pandas as pd

from tests.method.examples import LATE, UNITS, Example, frame, grouped_frame
from xinzhi.regions.space.autocorrelation import Permutations, SpatialAutocorrelation
from xinzhi.regions.space.ellipse import Albers, StandardDeviationalEllipse
from xinzhi.regions.space.geodetector import Geodetector
from xinzhi.regions.space.local import LocalAutocorrelation
from xinzhi.regions.space.weights import ContiguityList, DistanceWeights, EconomicDistance, Nested

NAMES = [*UNITS, LATE[0]]
RING = ContiguityList(links=[*zip(NAMES, [*NAMES[1:], NAMES[0]], strict=True), *zip(NAMES, NAMES[3:], strict=False)])


def placed_frame() -> pd.DataFrame:
    """Return the economy with a place for each unit, degrees, and two labels."""
    data = grouped_frame()
    number = data["unit"].str[1:].astype(float)
    return data.assign(
        lon=100.0 + 1.7 * number, lat=25.0 + (number * 5) % 11, size=["large" if k % 3 else "small" for k in number]
    )


NESTED = Nested(
    first=DistanceWeights(x="lon", y="lat", cutoff=1500.0, nearest=6, islands="keep"),
    second=EconomicDistance(of="hours"),
    form="mixture",
    share=0.4,
)

EXAMPLES = {
    "spatial_autocorrelation": Example(
        lambda: SpatialAutocorrelation(of="k", weights=RING), main="spatial_lag", per="observation", frame=frame
    ),
    "spatial_autocorrelation, permutations": Example(
        lambda: SpatialAutocorrelation(of="k", weights=NESTED, statistics=["moran"], inference=Permutations(draws=99)),
        main="spatial_lag",
        per="observation",
        frame=placed_frame,
    ),
    "local_autocorrelation": Example(
        lambda: LocalAutocorrelation(of="k", weights=RING, draws=199), main="local_moran", per="observation"
    ),
    "standard_deviational_ellipse": Example(
        lambda: StandardDeviationalEllipse(x="lon", y="lat", weight="k", projection=Albers(), moments="w2"),
        main="radius",
        per="observation",
        frame=placed_frame,
    ),
    "geodetector": Example(
        lambda: Geodetector(of="k", factors=["group", "size"], draws=99),
        main="deviation",
        per="observation",
        frame=placed_frame,
    ),
}
