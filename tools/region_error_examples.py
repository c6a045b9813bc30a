"""Causes and examples of the errors of regions; see ``error_examples``, which holds the others."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

import xinzhi as xz

Example = Callable[[], Any]
LINKS = (("a", "b"), ("b", "c"), ("c", "d"))


def panel(values: Sequence[float], *, years: int = 1, **columns: Any) -> Any:
    """Return a unit for each value with a column ``y``, which grows by a tenth of it a year."""
    names = [chr(97 + k) for k in range(len(values))]
    rows = [
        (name, 2000 + t, value * (1 + 0.1 * t)) for name, value in zip(names, values, strict=True) for t in range(years)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "year", "y"])
    return xz.Panel(frame.assign(**columns), unit="unit", time="year")


def decomposed(groups: Sequence[str]) -> Any:
    """Decompose the Gini coefficient of four units in these groups."""
    return xz.DagumDecomposition(of="y", group="g").fit(panel([1.0, 2.0, 3.0, 5.0], g=list(groups))).warnings


def moran(links: Sequence[tuple[str, str]], islands: Any = "error") -> Any:
    """Test whether neighbours are alike."""
    weights = xz.ContiguityList(links=links, islands=islands)
    return (
        xz.SpatialAutocorrelation(of="y", weights=weights)
        .fit(panel([1.0, 2.0, 3.0, 5.0, 4.0][: 4 + (islands == "keep")]))
        .warnings
    )


def classes() -> None:
    """Divide values of which most are equal into five classes."""
    xz.MarkovChain(of="y", classes=xz.Quantiles(count=5)).fit(panel([1.0, 1.0, 1.0, 1.0, 2.0], years=3))


def regression(regressor: str, controls: Sequence[str | xz.Term]) -> Any:
    """Regress on a column of six units and six years: one that is fixed within units, or the twin of another."""
    data = panel([1.0, 2.0, 3.0, 5.0, 4.0, 6.0], years=6)
    place = np.arange(len(data))
    x = np.sin(place)
    columns = {"y": np.cos(2.0 * place), "x": x, "twin": x + 0.001 * np.cos(place), "fixed": data.code * 1.0}
    frame = pd.DataFrame({"unit": data.unit_names, "year": data.when, **columns})
    method = xz.FixedEffects(outcome="y", regressors=[regressor], controls=controls)
    return method.fit(xz.Panel(frame, unit="unit", time="year"))


def index() -> xz.Term:
    """Return an index of two columns."""
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent="score") for name in ("x", "fixed")],
        dimensions=[xz.Dimension(name="score")],
    )
    steps = [xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()]
    return xz.Term(method=xz.IndexSystem(framework=framework, steps=steps), column="score")


def adopted() -> None:
    """Study a policy that all units adopt in the same year."""
    xz.EventStudy(outcome="y", first_treated="first").fit(panel([1.0, 2.0, 3.0, 5.0], years=6, first=2003.0))


def unmapped() -> None:
    """Draw four units on a map of one."""
    square = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]
    feature = {"properties": {"name": "A"}, "geometry": {"type": "Polygon", "coordinates": square}}
    shapes = xz.Shapes(geojson={"features": [feature]}, unit="name")
    xz.Choropleth(of="y", shapes=shapes).fit(panel([1.0, 2.0, 3.0, 5.0]))


ENTRIES: dict[str, tuple[str, Example | None]] = {
    "XZ-280": (
        "A logarithm, or a share of a positive total, is taken of zero or of a negative number.",
        lambda: xz.Inequality(of="y", measures=["theil", "mld"]).fit(panel([0.0, 1.0, 2.0])),
    ),
    "XZ-281": ("All units are in one group, or one unit is all there is.", lambda: decomposed("aaaa")),
    "XZ-282": (
        "A link names a unit that is not in the data, or weights are negative, or not standardised where they must be.",
        lambda: moran([*LINKS, ("d", "z")]),
    ),
    "XZ-283": ("A unit has no neighbour: an island, or the only one of its kind.", lambda: moran(LINKS[:2])),
    "XZ-284": ("Many values are equal, so that cut-offs coincide.", classes),
    "XZ-285": (
        "A regressor does not vary within units or years, is a combination of others, or explains the outcome wholly.",
        lambda: regression("fixed", ()),
    ),
    "XZ-287": ("All units adopt a policy, and none is left to compare with.", adopted),
    "XZ-288": (
        "A unit of the data has no polygon on the map, often because its name is written differently there.",
        unmapped,
    ),
    "XZ-470": (
        "Some transitions were seen fewer than five times.",
        lambda: (
            xz.MarkovChain(of="y", classes=xz.CutOffs(values=[2.5])).fit(panel([1.0, 2.0, 3.0, 5.0], years=3)).warnings
        ),
    ),
    "XZ-471": ("A unit without neighbours was kept.", lambda: moran(LINKS, "keep")),
    "XZ-473": (
        "Few years stand behind a statistic that needs many.",
        lambda: (
            xz.MarkovChain(of="y", classes=xz.CutOffs(values=[2.5])).fit(panel([1.0, 2.0, 3.0, 5.0], years=3)).warnings
        ),
    ),
    "XZ-472": ("A group has two or three units.", lambda: decomposed("aabb")),
    "XZ-474": (
        "An index and a control of the same regression are made of the same column, or of columns nearly the same.",
        lambda: regression("twin", (index(),)).warnings,
    ),
    "XZ-475": (
        "Standard errors are clustered by fewer than 40 units.",
        lambda: regression("x", ()).warnings,
    ),
}
