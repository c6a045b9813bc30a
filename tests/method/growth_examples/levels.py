"""Levels across economies."""

import xinzhi as xz
from tests.method.examples import Example, labour

SOURCES = ("capital_intensity", "human_capital", "productivity")

EXAMPLES = {
    "relative_levels": Example(
        lambda: xz.RelativeLevels(output="y", capital="k", labour=labour(), labour_share="share", base="U00"),
        main="relative_tfp",
        per="observation",
        sums=(("relative_output", ("relative_capital", "relative_labour", "relative_tfp")),),
    ),
    "development_accounting": Example(
        lambda: xz.DevelopmentAccounting(output="y", capital="k", labour=labour(), capital_share=0.4, base="U00"),
        main="income",
        per="observation",
        sums=(("income", SOURCES),),
        scales={"y": 1e9, "k": 1e9, "persons": 1e9, "hours": 1e-9, "quality": 1e3},
    ),
}
