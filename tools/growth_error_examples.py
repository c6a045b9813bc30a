"""Causes and examples of the errors of growth accounts; see ``error_examples``, which holds the others."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import xinzhi as xz

Example = Callable[[], Any]


def stock(settings: Callable[[], dict[str, Any]] = dict, **columns: Any) -> Example:
    """Return an example that builds the capital stock of one unit over six years."""

    def example() -> Any:
        frame = pd.DataFrame({"u": "A", "t": range(2000, 2006), "i": 1.0} | columns)
        usual = {"investment": "i", "efficiency": xz.Geometric(rate=0.1), "initial": xz.SteadyState(growth=0.02)}
        return xz.PerpetualInventory(**(usual | settings())).fit(xz.Panel(frame, unit="u", time="t")).warnings

    return example


def services(settings: Callable[[], dict[str, Any]] = dict, **columns: Any) -> Example:
    """Return an example that adds two assets up to capital services over six years; columns of the first."""

    def example() -> Any:
        frame = pd.DataFrame({"u": "A", "t": range(2000, 2006), "k": 1.0, "p": 1.0, "paid": 0.2} | columns)
        panel = xz.Panel(pd.concat([frame, frame.assign(u="B", p=1.0, paid=0.2)]), unit="u", time="t")
        usual = {"stock": "k", "price": "p", "depreciation": 0.05, "compensation": "paid"}
        return xz.CapitalServices(**(usual | settings())).fit(panel).warnings

    return example


def sectors(**settings: Any) -> Example:
    """Return an example that decomposes productivity of two sectors over two years."""

    def example() -> Any:
        rows = [
            ("farms", 1, 10, 8, 40),
            ("farms", 2, 12, 6, 75),
            ("factories", 1, 30, 2, 40),
            ("factories", 2, 64, 4, 75),
        ]
        frame = pd.DataFrame(rows, columns=["sector", "year", "output", "persons", "total"])
        usual: dict[str, Any] = {"output": "output", "employment": "persons"}
        return xz.ShiftShare(**(usual | settings)).fit(xz.Panel(frame, unit="sector", time="year"))

    return example


def upgraded() -> None:
    """Measure upgrading with a sector that belongs to two groups."""
    frame = pd.DataFrame({"sector": list("abc"), "year": 2020, "output": [1.0, 2.0, 3.0]})
    groups = xz.ThreeSectors(primary=["a"], secondary=["b"], tertiary=["b", "c"])
    xz.StructureIndices(quantity="output", groups=groups).fit(xz.Panel(frame, unit="sector", time="year"))


def clubs(paths: Callable[[np.ndarray], list[np.ndarray]], **settings: Any) -> Example:
    """Return an example that looks for clubs among paths, given as functions of t = 0, 1, ..., 39."""

    def example() -> Any:
        t = np.arange(40.0)
        frame = pd.concat(pd.DataFrame({"u": f"unit {i}", "t": t, "y": y}) for i, y in enumerate(paths(t)))
        method = xz.ConvergenceClubs(**({"of": "y", "scale": "values", "draws": 19} | settings))
        return method.fit(xz.Panel(frame, unit="u", time="t")).warnings

    return example


def solow() -> None:
    """Regress on population growth in per cent."""
    frame = pd.DataFrame({"c": list("ABCDEF"), "y": [1.0, 2, 3, 4, 5, 7], "s": [0.1, 0.3, 0.2, 0.3, 0.2, 0.4]})
    panel = xz.Panel(frame.assign(n=[2.1, 1.5, 1.0, 0.8, 0.5, 0.1], year=2000), unit="c", time="year")
    xz.SolowRegression(output="y", investment="s", population_growth="n").fit(panel)


def returns(**columns: Any) -> Example:
    """Return an example that estimates returns to scale of one unit over twelve years."""

    def example() -> Any:
        t = np.arange(2000, 2012)
        x = 1.0 + 0.1 * np.sin(t)
        frame = pd.DataFrame({"u": "A", "t": t, "x": x, "y": x**1.2 * 1.01 ** (t - 2000)} | columns)
        instruments = ["z"] if "z" in frame else []
        inputs = [xz.Input(name="all", quantity="x")]
        method = xz.ReturnsToScale(output="y", inputs=inputs, instruments=instruments)
        return method.fit(xz.Panel(frame, unit="u", time="t")).warnings

    return example


UNEVEN = ((1.9, -0.9, 0.22), (1.1, -0.6, 0.08), (1.7, 1.0, 0.14), (1.5, -0.4, 0.05), (1.7, 0.2, 0.1), (1.0, 1.0, 0.1))
"""Ends, distances from them and rates of approach of six units whose club does not pass the test as a whole."""

ENTRIES: dict[str, tuple[str, Example | None]] = {
    "XZ-230": (
        "Investment is negative in some years, and the method was not told that these are disposals.",
        stock(i=[1.0, 1.0, -0.5, 1.0, 1.0, 1.0]),
    ),
    "XZ-231": (
        "Nothing stands before the series, and in no year is it long enough to hold nearly all of the stock.",
        stock(lambda: {"initial": xz.LongSeries(), "efficiency": xz.OneHossShay(life=30.0)}),
    ),
    "XZ-232": (
        "The price of an asset rose by more than the rate of return and depreciation together.",
        services(p=[1.0, 1.0, 1.0, 1.5, 1.5, 1.5]),
    ),
    "XZ-234": (
        "A rate is not between 0 and 1, or a service life is not positive or changes within a unit.",
        stock(lambda: {"efficiency": xz.Geometric(rate="d")}, d=[0.1, 0.1, 1.3, 0.1, 0.1, 0.1]),
    ),
    "XZ-240": (
        "A total is given that the sectors' volumes do not sum to, as with chained volumes, and a formula needs that "
        "they do.",
        sectors(total_output="total"),
    ),
    "XZ-241": ("`ThreeSectors` leaves a sector out, or names it twice.", upgraded),
    "XZ-242": (
        "A number of the whole, such as compensation of capital, is repeated on its parts with different values.",
        services(paid=0.3),
    ),
    "XZ-245": (
        "No group has enough steps, or its inputs never change, or one instrument is a combination of others.",
        returns(x=1.0),
    ),
    "XZ-250": (
        "Fewer units than the method needs are there in every year of the window.",
        clubs(lambda t: [1.0 + 0.0 * t]),
    ),
    "XZ-251": (
        "Few dates are left after the first ones are left out.",
        clubs(lambda t: [1.0 + 1.0 / (t + 2), 1.1 + 1.0 / (t + 2)], window=(0, 2)),
    ),
    "XZ-252": (
        "Paths are values over their mean, and the mean of the units is not positive in some year: mostly logarithms.",
        clubs(lambda t: [-1.0 - 0.1 * t, 0.5 + 0.0 * t]),
    ),
    "XZ-253": (
        "Two units have the same numbers in every year: often one unit under two names.",
        clubs(lambda t: [1.0 + 1.0 / (t + 2), 1.0 + 1.0 / (t + 2), 2.0 + 0.0 * t]),
    ),
    "XZ-254": ("Population growth is in per cent, where the model adds it to a rate of depreciation.", solow),
    "XZ-408": (
        "The instruments explain little of the growth of inputs.",
        returns(z=np.cos(5.0 * np.arange(2000, 2012) ** 0.5)),
    ),
    "XZ-430": (
        "The price of investment jumps from one year to the next, as where two series are joined.",
        stock(lambda: {"deflator": xz.Deflator(price="p", year=2000)}, p=[1.0, 1.0, 2.0, 2.0, 2.0, 2.0]),
    ),
    "XZ-431": (
        "The internal rate of return lies below the floor that the settings name.",
        services(lambda: {"rate": xz.InternalRate(floor=0.2)}),
    ),
    "XZ-450": (
        "Units joined a core group one by one, each of which converges with it, but all of them together do not.",
        clubs(lambda t: [end + gap * np.exp(-rate * t) for end, gap, rate in UNEVEN]),
    ),
}
