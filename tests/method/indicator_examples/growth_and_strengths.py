"""Examples of the growth of scores, relative development, and strengths."""

import xinzhi as xz
from tests.method.examples import Example, grouped_frame
from xinzhi.indicators.analysis.development import RelativeDevelopment
from xinzhi.indicators.analysis.growth import ScoreGrowth
from xinzhi.indicators.analysis.strengths import Strengths


def system(*names: str) -> xz.IndexSystem:
    """Return an index of columns of the economy in two dimensions, or in one."""
    groups = ("size", "skill") if len(names) > 2 else ("size",)
    framework = xz.Framework(
        indicators=[xz.Indicator(name=name, parent=groups[k // 2]) for k, name in enumerate(names)],
        dimensions=[xz.Dimension(name="index"), *(xz.Dimension(name=name, parent="index") for name in groups)],
    )
    steps = [xz.Normalise(by=xz.MinMax(low=0.1)), xz.Weigh(by=xz.Equal()), xz.Aggregate(by=xz.GeometricMean())]
    return xz.IndexSystem(framework=framework, steps=steps)


INDICATORS = ("y", "k", "quality", "hours")

EXAMPLES: dict[str, Example] = {
    "score_growth": Example(
        lambda: ScoreGrowth(system=system(*INDICATORS)), main="change", sums=(("change", ("size", "skill")),)
    ),
    "score_growth by indicators": Example(
        lambda: ScoreGrowth(system=system(*INDICATORS), by="indicators"),
        main="change",
        sums=(("change", INDICATORS),),
    ),
    "relative_development": Example(
        lambda: RelativeDevelopment(systems=("k", "y"), low=1.0, high=3.0),
        main="ratio",
        per="observation",
        scales={"k": 1e3, "y": 1e3},
    ),
    "strengths": Example(
        lambda: Strengths(system=system(*INDICATORS), peers="group", most=2),
        main="strongest",
        per="observation",
        frame=grouped_frame,
    ),
}
