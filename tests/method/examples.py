"""One example of every registered method, on one small simulated economy.

A new method becomes part of the contract suite by one entry in ``EXAMPLES``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

import xinzhi as xz
from xinzhi.method import Method

UNITS, YEARS = [f"U{number:02d}" for number in range(14)], list(range(2010, 2015))
GAP = ("U03", 2012)
"""The one missing cell, of capital: unit and year."""


def frame(seed: int = 20261124) -> pd.DataFrame:
    """Return 14 units x 5 years of a Cobb-Douglas economy: output, capital, persons, hours, quality, share.

    Every number is drawn here; one cell of capital is missing (``GAP``).
    """
    draw = np.random.default_rng(seed)
    shape = (len(UNITS), len(YEARS))

    def path(start: tuple[float, float], growth: tuple[float, float]) -> Any:
        return draw.uniform(*start, (shape[0], 1)) * np.exp(np.cumsum(draw.uniform(*growth, shape), axis=1))

    capital, persons = path((50.0, 500.0), (0.0, 0.1)), path((5.0, 50.0), (-0.01, 0.03))
    hours, quality = path((1700.0, 2200.0), (-0.01, 0.0)), path((2.0, 3.5), (0.0, 0.02))
    productivity = path((0.02, 0.06), (-0.01, 0.04))
    output = productivity * capital**0.4 * (persons * hours * quality) ** 0.6
    share = np.clip(draw.normal(0.6, 0.03, shape), 0.5, 0.7)
    columns = {
        "y": output,
        "k": capital,
        "persons": persons,
        "hours": hours,
        "quality": quality,
        "share": share,
    }
    keys = {"unit": np.repeat(UNITS, shape[1]), "year": np.tile(YEARS, shape[0])}
    data = pd.DataFrame(keys | {name: values.ravel() for name, values in columns.items()})
    data.loc[(data["unit"] == GAP[0]) & (data["year"] == GAP[1]), "k"] = np.nan
    return data


def panel(data: Any = None) -> xz.Panel:
    """Return the economy, or any frame with its columns, as a panel."""
    return xz.Panel(frame() if data is None else data, unit="unit", time="year")


@dataclass(frozen=True)
class Example:
    """What the contract suite has to know about a method.

    Parameters
    ----------
    method : callable
        Gives the settings; called late, so that a broken method fails its own tests only.
    main : str
        The term that must be empty in a row that could not be computed.
    per : "step", "observation" or "unit"
        What a row of the result is.
    sums : tuple of (total, parts)
        Columns that add up.
    """

    method: Callable[[], Method]
    main: str
    per: Literal["step", "observation", "unit"] = "step"
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()


LABOUR = ("employment", "hours", "quality")
INPUTS = ("capital", *LABOUR)


def labour() -> xz.Labour:
    """Return persons x hours x quality."""
    return xz.Labour(persons="persons", hours="hours", quality="quality")


def accounts() -> xz.GrowthAccounts:
    """Return growth accounts of the economy."""
    return xz.GrowthAccounts(output="y", capital="k", labour=labour(), labour_share="share")


def malmquist() -> Any:
    """Return the Malmquist index of the economy."""
    return xz.Malmquist(inputs=["k", labour()], outputs=["y"], orientation="output", returns="crs")


def choices() -> Any:
    """Return growth accounts under two labour shares."""
    options = [xz.Option(label="observed"), xz.Option(label="0.6", set={"labour_share": 0.6})]
    choice = xz.Choice(name="labour share", options=options)
    return xz.ChoiceRange(of=accounts(), columns=["tfp"], choices=[choice], period=(2010, 2014))


EXAMPLES: dict[str, Example] = {
    "growth_accounts": Example(accounts, main="tfp", sums=(("growth", (*INPUTS, "tfp")),)),
    "best_practice": Example(
        lambda: xz.BestPractice(output="y", inputs=accounts().inputs, reference="all"),
        main="tfp",
        sums=(("tfp", ("technology", "efficiency")),),
    ),
    "dea": Example(
        lambda: xz.DEA(inputs=["k", labour()], outputs=["y"], orientation="output", returns="vrs"),
        main="score",
        per="observation",
    ),
    "malmquist": Example(malmquist, main="malmquist", sums=(("malmquist", ("technical_change", "efficiency_change")),)),
    "frontier_accounts": Example(lambda: xz.FrontierAccounts(malmquist=malmquist()), main="technical_change"),
    "ledger": Example(
        lambda: xz.Ledger(accounts=accounts(), frontier=malmquist(), reference="all"),
        main="tfp",
        sums=(("growth", (*INPUTS, "tfp")), ("tfp", ("technology", "efficiency"))),
    ),
    "choice_range": Example(choices, main="tfp_median", per="unit"),
}
