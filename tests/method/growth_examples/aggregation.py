"""Examples of aggregation over industries, double deflation and misallocation."""

import pandas as pd

import xinzhi as xz
from tests.method.examples import Example, industry_frame, labour
from xinzhi.growth import Aggregation, DoubleDeflation, Intermediate, Misallocation

INDUSTRY_SCALES = {"y": 1e9, "k": 1e-9, "persons": 1e9, "hours": 1e-9, "cap": 1e-6, "lab": 1e-6}


def deflation_frame() -> pd.DataFrame:
    """Return the economy of the examples with a value of output and two intermediate inputs."""
    from tests.method.examples import frame

    data = frame()
    data = data.assign(value=data["y"] * 1.02 ** (data["year"] - 2010), energy=data["k"], materials=data["persons"])
    return data.assign(cost_e=0.1 * data["value"] * data["share"], cost_m=0.4 * data["value"] * data["share"])


def aggregation() -> Aggregation:
    """Return all aggregates of economies with three industries."""
    accounts = xz.GrowthAccounts(
        output="y",
        capital="k",
        labour=labour(),
        labour_share=xz.Share(part=("lab",), total=("cap", "lab")),
    )
    return Aggregation(
        accounts=accounts,
        value_added=("cap", "lab"),
        economy="economy",
        industry="industry",
        base_year=2011,
        elasticities=(0.4, 0.6),
    )


def double_deflation() -> DoubleDeflation:
    """Return value added from output, energy and materials."""
    inputs = (
        Intermediate(name="energy", quantity="energy", value="cost_e"),
        Intermediate(name="materials", quantity="materials", value="cost_m"),
    )
    return DoubleDeflation(output="y", output_value="value", inputs=inputs)


def misallocation() -> Misallocation:
    """Return wedges between the industries of economies."""
    inputs = (
        xz.Input(name="capital", quantity="k", share=0.4),
        xz.Input(name="labour", quantity=xz.Labour(persons="persons", hours="hours")),
    )
    return Misallocation(
        value_added=("cap", "lab"), inputs=inputs, economy="economy", sector="industry", real_output="y"
    )


EXAMPLES: dict[str, Example] = {
    "aggregation": Example(
        aggregation,
        main="tfp",
        per="year",
        sums=(
            ("growth", ("capital", "employment", "hours", "quality", "tfp")),
            ("tfp", ("hulten", "reallocation_capital", "reallocation_labour")),
            ("hulten", ("pure", "baumol")),
            ("hulten", ("pure_end", "baumol_end")),
            ("labour_productivity", ("labour_pure", "labour_baumol", "denison")),
            ("tfp_production_function", ("tfp", "reallocation_value_added")),
            ("hulten", ("technical_efficiency", "input_reallocation")),
        ),
        frame=industry_frame,
        scales=INDUSTRY_SCALES,
    ),
    "double_deflation": Example(
        double_deflation,
        main="growth",
        sums=(("growth", ("gross_output", "energy", "materials")),),
        frame=deflation_frame,
        scales={"y": 1e9, "energy": 1e-9, "value": 1e6, "cost_e": 1e6, "cost_m": 1e6},
    ),
    "misallocation": Example(
        misallocation,
        main="loss",
        per="date",
        sums=(("loss", ("loss_capital", "loss_labour")),),
        frame=industry_frame,
        scales=INDUSTRY_SCALES,
    ),
}
