"""Causes and examples of the errors of indicator systems; see ``error_examples``, which holds the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

import xinzhi as xz

Example = Callable[[], Any]
TREE = {"indicators": [xz.Indicator(name=name, parent="index", weight=0.5) for name in "ab"]}
TREE |= {"dimensions": [xz.Dimension(name="index")]}


def index(*steps: Any, framework: dict[str, Any] | None = None, **columns: Any) -> Example:
    """Return an example that makes an index of two indicators of four units; ``steps`` replace the usual ones."""

    def example() -> Any:
        return system(*steps, framework=framework).fit(panel(**columns)).warnings

    return example


def system(*steps: Any, framework: dict[str, Any] | None = None) -> Any:
    """Return an index with min-max, equal weights and the arithmetic mean where ``steps`` say nothing else."""
    usual = {step.form: step for step in (xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate())}
    taken = (usual | {step.form: step for step in steps}).values()
    return xz.IndexSystem(
        framework=xz.Framework(**(framework or TREE)), steps=sorted(taken, key=lambda step: step.rank)
    )


def panel(**columns: Any) -> Any:
    """Return four units with two indicators."""
    frame = pd.DataFrame(
        {"unit": list("wxyz"), "a": [1.0, 2.0, 3.0, 5.0], "b": [4.0, 1.0, 2.0, 3.0], "g": 1.0} | columns
    )
    return xz.Panel(frame, unit="unit", time="year" if "year" in frame else None)


def framework_file() -> None:
    """Read a framework whose sign is neither plus nor minus."""
    Path("framework.csv").write_text("level1,name,sign\ngreen,energy,up\n", encoding="utf-8")
    xz.read_framework("framework.csv")


def divided() -> dict[str, Any]:
    """Return a framework with a denominator."""
    parts = [xz.Indicator(name="a", parent="index", denominator="g"), xz.Indicator(name="b", parent="index")]
    return TREE | {"indicators": parts}


def weighted(weight: float) -> dict[str, Any]:
    """Return a framework with one weight changed."""
    parts = [xz.Indicator(name="a", parent="index", weight=weight), xz.Indicator(name="b", parent="index", weight=0.5)]
    return TREE | {"indicators": parts}


def unequal() -> None:
    """Judge that a is three times as important as b, and b as important as a."""
    index(xz.Weigh(by=xz.AHP(judgements={"index": [[1, 3], [1, 1]]})))()


def inconsistent() -> Any:
    """Judge in a circle: a over b, b over c, c over a."""
    judgements = xz.AHP(judgements={"index": [[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]]})
    tree = TREE | {"indicators": [xz.Indicator(name=name, parent="index") for name in "abg"]}
    return index(xz.Weigh(by=judgements), framework=tree, g=[1.0, 2.0, 4.0, 3.0])()


def failing() -> None:
    """Draw between an arithmetic and a geometric mean where the worst unit has the value zero."""
    means = xz.Aggregate(by=xz.OneOf(xz.ArithmeticMean(), xz.GeometricMean()))
    xz.Uncertainty(system=system(means), runs=20).fit(panel())


def recalled() -> Any:
    """Use a framework that is recalled from memory."""
    return index(framework=TREE | {"status": "recalled"})()


def scores(value: float) -> Example:
    """Return an example of coupling of two columns, one of which holds ``value``."""
    return lambda: xz.CouplingCoordination(systems=["a", "b"]).fit(panel(a=[0.1, 0.2, 0.3, value], b=0.5))


ENTRIES: dict[str, tuple[str, Example | None]] = {
    "XZ-260": (
        "A part has a parent that is not there, is its own ancestor, or is named twice; or there is no index.",
        lambda: xz.Framework(indicators=TREE["indicators"], dimensions=[xz.Dimension(name="indx")]),
    ),
    "XZ-261": ("All units have the same value: there is no worst and no best.", index(b=2.0)),
    "XZ-262": (
        "Steps stand in an order that has no meaning, one is missing, or a rule cannot take what the one before gives.",
        lambda: system(xz.Normalise(by=xz.ZScore()), xz.Weigh(by=xz.Entropy())),
    ),
    "XZ-263": (
        "A share, a logarithm or a geometric mean is taken of a value that is negative or zero.",
        index(xz.Weigh(by=xz.Entropy(of="raw")), a=[1.0, 0.0, 3.0, 5.0]),
    ),
    "XZ-264": ("Published weights do not add up to 1 or 100.", index(xz.Weigh(by=xz.Given()), framework=weighted(0.3))),
    "XZ-265": ("A line of a framework file holds something that has no meaning there.", framework_file),
    "XZ-266": (
        "Only one unit has data, or a sample drew a single one.",
        lambda: system().fit(panel().select(units=["w"])),
    ),
    "XZ-267": (
        "An indicator is divided by a column that is not positive everywhere.",
        index(xz.Denominate(), framework=divided(), g=[1.0, 0.0, 1.0, 1.0]),
    ),
    "XZ-268": ("How much more important b is than a is not one over how much more important a is than b.", unequal),
    "XZ-269": (
        "An uncertainty analysis was asked for, and no step has a slot.",
        lambda: xz.Uncertainty(system=system()).fit(panel()),
    ),
    "XZ-270": (
        "The data give a rule nothing to work with, such as components of which none is above average.",
        index(xz.Weigh(by=xz.Critic()), a=[1.0, 2.0, 3.0, 4.0], b=[1.0, 2.0, 3.0, 4.0]),
    ),
    "XZ-271": ("Some combinations of choices give no scores.", failing),
    "XZ-272": ("Coupling is defined for scores between 0 and 1.", scores(1.2)),
    "XZ-460": (
        "The diagnosis found something that a referee would ask about.",
        lambda: xz.IndexDiagnosis(system=system()).fit(panel(b=[1.0, 2.0, 3.1, 5.0])).warnings,
    ),
    "XZ-461": (
        "Bounds are taken from each year by itself, so a score says where a unit stands in its year.",
        index(xz.Normalise(over="year"), unit=list("wwxx"), year=[1, 2, 1, 2]),
    ),
    "XZ-462": ("The judgements contradict each other.", inconsistent),
    "XZ-463": ("The framework is one that was written down from memory.", recalled),
    "XZ-464": ("A step left out indicators or units, as you asked.", index(xz.Screen(without=["w"]))),
    "XZ-465": (
        "A control variable is one of the indicators: it is correlated with the index by construction.",
        lambda: xz.RegressorOverlap(system=system(), regressors=["a"]).fit(panel()).warnings,
    ),
}
