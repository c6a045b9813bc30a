"""Examples of threshold regressions."""

from tests.method.examples import Example
from xinzhi.method import Method
from xinzhi.regions.regressions.threshold import ThresholdRegression, ThresholdSearch


def balanced() -> Method:
    return ThresholdRegression(
        outcome="y",
        regime_dependent=("k",),
        threshold_variable="hours",
        controls=("persons",),
        thresholds=2,
        search=ThresholdSearch(trim=0.1, draws=39, count="all"),
        intercept="by_regime",
        logs=("y", "k", "persons"),
        unbalanced="largest_block",
    )


def with_gaps() -> Method:
    return ThresholdRegression(
        outcome="y",
        regime_dependent=("share",),
        threshold_variable="persons",
        controls=("k",),
        search=ThresholdSearch(grid=20, draws=39, resampling="wild"),
        effects="two_way",
        errors="conventional",
        logs=("y", "k", "persons"),
        unbalanced="keep",
    )


UNITS = ("unit_effect", "regime_part", "controls_part", "residual")
EXAMPLES: dict[str, Example] = {
    "threshold_regression": Example(method=balanced, main="residual", per="observation", sums=(("outcome", UNITS),)),
    "threshold_regression with gaps": Example(
        method=with_gaps, main="residual", per="observation", sums=(("outcome", ("time_effect", *UNITS)),)
    ),
}
