"""Examples of uncertainty, sensitivity, stability and comparison of an index."""

from tests.method.examples import Example
from xinzhi.indicators import (
    Aggregate,
    Between,
    CoefficientOfVariation,
    Dimension,
    Entropy,
    Equal,
    Framework,
    GeometricMean,
    IndexSystem,
    Indicator,
    MethodComparison,
    MinMax,
    Normalise,
    OneOf,
    Sensitivity,
    Uncertainty,
    Weigh,
    WeightStability,
)
from xinzhi.indicators.aggregation.rule import ArithmeticMean

FRAMEWORK = Framework(
    indicators=[
        Indicator(name="y", parent="size"),
        Indicator(name="k", parent="size"),
        Indicator(name="persons", parent="work", direction="cost"),
        Indicator(name="quality", parent="work"),
    ],
    dimensions=[
        Dimension(name="index"),
        Dimension(name="size", parent="index"),
        Dimension(name="work", parent="index"),
    ],
)
CERTAIN = IndexSystem(framework=FRAMEWORK, steps=[Normalise(), Weigh(by=Entropy()), Aggregate()])
UNCERTAIN = IndexSystem(
    framework=FRAMEWORK,
    steps=[
        Normalise(by=OneOf(MinMax(low=1, high=10), MinMax(low=Between(0.5, 5.0), high=10))),
        Weigh(by=OneOf(Equal(), Entropy(), CoefficientOfVariation())),
        Aggregate(by=OneOf(ArithmeticMean(), GeometricMean())),
    ],
)
SCALES = {"y": 1e9, "k": 1e-9, "persons": 1e9}

EXAMPLES: dict[str, Example] = {
    "uncertainty": Example(
        lambda: Uncertainty(system=UNCERTAIN, runs=60), main="rank", per="observation", scales=SCALES
    ),
    "sensitivity": Example(
        lambda: Sensitivity(system=UNCERTAIN, sample=32, of="score"),
        main="total_weigh_by",
        per="observation",
        scales=SCALES,
    ),
    "weight_stability": Example(
        lambda: WeightStability(system=CERTAIN), main="largest_shift", per="observation", scales=SCALES
    ),
    "method_comparison": Example(
        lambda: MethodComparison(
            system=CERTAIN, alternatives={"equal": [Weigh(by=Equal())], "by_year": [Normalise(over="year")]}
        ),
        main="shift_equal",
        per="observation",
        scales=SCALES,
    ),
}
