"""Examples of labour: composition, human capital, labour's share; forms of accounts, returns to scale, nature."""

import numpy as np
import pandas as pd

import xinzhi as xz
from tests.method.examples import INPUTS, Example, accounts, frame, industry_frame
from xinzhi.growth import (
    EnvironmentalAccounts,
    HumanCapital,
    LabourComposition,
    LabourShare,
    NaturalResource,
    NeweyWest,
    Pollutant,
    ReturnsToScale,
)
from xinzhi.method import Filled


def labour_frame() -> pd.DataFrame:
    """Return cells of workers (three by economy) with hours (one cell missing), pay and two characteristics."""
    data = industry_frame()
    number = data["industry"].str[1:].astype(int)
    return data.assign(worked=data["k"], sex=number.map({0: "f", 1: "m", 2: "f"}), skill=number.map(str))


def schooling_frame() -> pd.DataFrame:
    """Return the economy with years of schooling, missing where capital is."""
    data = frame()
    return data.assign(school=2.0 * data["quality"] + 0.0 * data["k"])


def income_frame() -> pd.DataFrame:
    """Return the economy with incomes: compensation, mixed income, value added; employees; agriculture."""
    data = frame()
    gap = 0.0 * data["k"]
    return data.assign(
        coe=0.5 * data["y"] + gap,
        va=data["y"],
        mixed=0.15 * data["y"] * data["quality"] / 3,
        employees=0.8 * data["persons"],
        agriculture=0.1 * data["y"],
    )


def nature_frame() -> pd.DataFrame:
    """Return the economy with costs, a resource with its rent, and emissions; one unit has no resource at all."""
    data = frame()
    oil = data["persons"] * data["hours"] / data["quality"]
    return data.assign(
        uk=0.4 * data["y"],
        wl=0.6 * data["y"],
        oil=np.where(data["unit"] == "U07", 0.0, oil),
        price=1e-4 * data["y"] / data["persons"],
        cost=0.5e-4 * data["y"] / data["persons"],
        bad=data["y"] * data["quality"] / data["hours"],
    )


def shocked_frame() -> pd.DataFrame:
    """Return the economy with a demand shock, the growth of capital with noise of either sign."""
    data = frame()
    noise = np.random.default_rng(7).normal(0, 0.01, len(data))
    return data.assign(shock=np.sin(np.arange(len(data))) * 0.02 + noise)


EXAMPLES: dict[str, Example] = {
    "growth_accounts, balanced growth": Example(
        lambda: accounts().model_copy(update={"per": "hours", "form": "balanced_growth"}),
        main="augmenting_tfp",
        sums=(("growth", ("capital_output", "quality", "augmenting_tfp")),),
    ),
    "growth_accounts with a markup": Example(
        lambda: accounts().model_copy(update={"markup": 1.1}),
        main="tfp",
        sums=(("growth", (*INPUTS, "markup", "tfp")),),
    ),
    "growth_accounts with filled cells": Example(
        lambda: xz.GrowthAccounts(
            output="y",
            capital="k",
            labour=xz.Labour(
                persons="persons", hours="hours", quality=Filled(column="school", rules=("log_linear", "carry_forward"))
            ),
            labour_share=Filled(column="share", rules=("linear",)),
        ),
        main="tfp",
        sums=(("growth", (*INPUTS, "tfp")),),
        frame=schooling_frame,
    ),
    "human_capital": Example(
        lambda: HumanCapital(schooling="school"),
        main="human_capital",
        per="observation",
        frame=schooling_frame,
        scales={"y": 1e9},
    ),
    "labour_composition": Example(
        lambda: LabourComposition(
            hours="worked",
            compensation="lab",
            economy="economy",
            cell="industry",
            characteristics=("sex", "skill"),
        ),
        main="labour",
        per="year",
        sums=(
            ("labour", ("hours", "composition")),
            ("composition", ("composition_by_sex", "composition_by_skill", "higher_order")),
        ),
        frame=labour_frame,
        scales={"worked": 1e9, "lab": 1e-6},
    ),
    "labour_share": Example(
        lambda: LabourShare(
            compensation="coe",
            value_added="va",
            mixed_income="mixed",
            employees="employees",
            engaged="persons",
            agriculture="agriculture",
        ),
        main="labour_share",
        per="observation",
        frame=income_frame,
        scales={"coe": 1e6, "va": 1e6, "mixed": 1e6, "agriculture": 1e6, "persons": 1e-3, "employees": 1e-3},
    ),
    "returns_to_scale": Example(
        lambda: ReturnsToScale(
            output="y", inputs=accounts().inputs, by="all", instruments=("shock",), errors=NeweyWest(lags=1)
        ),
        main="technology",
        sums=(("growth", ("inputs", "technology")),),
        frame=lambda: shocked_frame().assign(all="all"),
    ),
    "environmental_accounts": Example(
        lambda: EnvironmentalAccounts(
            output="y",
            capital="k",
            labour=accounts().labour,
            capital_cost="uk",
            labour_cost="wl",
            resources=(NaturalResource(name="oil", extraction="oil", price="price", unit_cost="cost"),),
            pollutants=(Pollutant(name="carbon", emissions="bad", elasticity=0.05),),
        ),
        main="eamfp",
        sums=(
            ("adjusted_growth", (*INPUTS, "natural_capital", "eamfp")),
            ("adjusted_growth", ("growth", "pollution_adjustment")),
        ),
        frame=nature_frame,
        scales={"y": 1e9, "k": 1e-9, "uk": 1e6, "wl": 1e6, "price": 1e6, "cost": 1e6, "bad": 1e-9},
    ),
}
