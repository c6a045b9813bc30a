"""Examples of every registered method, on small simulated worlds of economies and of industries.

A new method becomes part of the contract suite by one entry in ``EXAMPLES``; a method may have several.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

import xinzhi as xz
from xinzhi.method import Method

UNITS, YEARS = [f"U{number:02d}" for number in range(14)], list(range(2010, 2015))
GAP = ("U03", 2012)
"""The one missing cell of capital: unit and year."""
NO_SHARE = ("U05", 2011)
"""The one missing share."""
LATE = ("U14", 2014)
"""A unit with one row, and its year."""


def frame(seed: int = 20261124) -> pd.DataFrame:
    """Return 14 units x 5 years of a Cobb-Douglas economy: output, capital, persons, hours, quality, share.

    Every number is drawn here; a cell of capital (``GAP``) and a share (``NO_SHARE``) are missing, and the
    fifteenth unit (``LATE``) has one row.
    """
    data = _cobb_douglas(UNITS, seed)
    data.loc[(data["unit"] == GAP[0]) & (data["year"] == GAP[1]), "k"] = np.nan
    data.loc[(data["unit"] == NO_SHARE[0]) & (data["year"] == NO_SHARE[1]), "share"] = np.nan
    return pd.concat([data, _late(data, UNITS[0], LATE[0])], ignore_index=True)


def industry_frame() -> pd.DataFrame:
    """Return the industries I0 to I2 of 14 economies, with nominal compensation of capital and labour.

    In economy ``GAP`` one industry misses its capital; economy ``LATE`` has its industries in one year only.
    """
    names = [f"{unit}|I{k}" for unit in UNITS for k in range(3)]
    data = _cobb_douglas(names, 20261125)
    data.loc[(data["unit"] == f"{GAP[0]}|I1") & (data["year"] == GAP[1]), "k"] = np.nan
    late = [_late(data, f"{UNITS[0]}|I{k}", f"{LATE[0]}|I{k}") for k in range(3)]
    data = pd.concat([data, *late], ignore_index=True)
    data["economy"], data["industry"] = data["unit"].str[:3], data["unit"].str[4:]
    price = 1.0 + 0.03 * (data["year"] - YEARS[0]) * data["industry"].str[1:].astype(float)
    return data.assign(cap=data["y"] * price * (1 - data["share"]), lab=data["y"] * price * data["share"])


def _late(data: pd.DataFrame, like: str, name: str) -> pd.DataFrame:
    """Return the last row of a unit under another name."""
    return data[(data["unit"] == like) & (data["year"] == LATE[1])].assign(unit=name)


def _cobb_douglas(units: list[str], seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    shape = (len(units), len(YEARS))

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
    keys = {"unit": np.repeat(units, shape[1]), "year": np.tile(YEARS, shape[0])}
    return pd.DataFrame(keys | {name: values.ravel() for name, values in columns.items()})


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
    per : "step", "observation", "unit", "year" or "date"
        What a row of the result is; a year has a row for every unit, whether it has data or not; a date is a
        year or the first one, in which no step ends.
    sums : tuple of (total, parts)
        Columns that add up.
    frame : callable
        Gives the data, with columns ``unit`` and ``year``.
    scales : mapping from column to factor
        Other units of measurement, under which the result must be the same.
    """

    method: Callable[[], Method]
    main: str
    per: Literal["step", "observation", "unit", "year", "date"] = "step"
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    frame: Callable[[], pd.DataFrame] = frame
    scales: dict[str, float] = field(default_factory=lambda: {"y": 1e9, "k": 1e-9, "persons": 1e9, "hours": 1e-9})

    def panel(self, data: Any = None) -> xz.Panel:
        """Return the data, or any frame with their columns, as a panel."""
        return panel(self.frame() if data is None else data)


LABOUR = ("employment", "hours", "quality")
INPUTS = ("capital", *LABOUR)


def labour() -> xz.Labour:
    """Return persons x hours x quality."""
    return xz.Labour(persons="persons", hours="hours", quality="quality")


def goods() -> dict[str, Any]:
    """Return the inputs and the output of a frontier."""
    return {"inputs": ["k", labour()], "outputs": ["y"]}


def grouped_frame() -> pd.DataFrame:
    """Return the economy with a label: units of even and of odd number."""
    data = frame()
    return data.assign(group=data["unit"].str[-1].isin(list("02468")).map({True: "even", False: "odd"}))


def polluting_frame() -> pd.DataFrame:
    """Return the economy with a bad output."""
    data = frame()
    return data.assign(bad=data["y"] * data["quality"] / data["hours"])


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


def simulated() -> Any:
    """Return growth accounts with an uncertain labour share, uncertain capital and two measures of labour."""
    sources = [
        xz.Draw(name="share", path="labour_share", low=0.5, high=0.7),
        xz.ColumnError(name="k", column="k", sd=0.01, varies="drift"),
        xz.Choice(
            name="hours", options=[xz.Option(label="quality"), xz.Option(label="persons", set={"labour": "persons"})]
        ),
    ]
    return xz.SimulatedRange(of=accounts(), columns=["capital", "tfp"], sources=sources, period=(2010, 2014), reps=8)


def industries() -> Any:
    """Return the ledger of economies by industries."""
    return xz.Ledger(
        accounts=xz.GrowthAccounts(
            output="y",
            capital="k",
            labour=xz.Labour(persons="persons"),
            labour_share=xz.Share(part=("lab",), total=("cap", "lab")),
        ),
        industries=xz.Industries(value_added=("cap", "lab"), economy="economy", industry="industry"),
        reference="all",
    )


CHANGES = ("technical_change", "efficiency_change")
PURE = ("pure_efficiency_change", "scale_efficiency_change")
BAD_SCALES = {"y": 1e9, "k": 1e-9, "persons": 1e9, "hours": 1e-9, "bad": 1e6}
PRODUCTIVITY = (
    ("output_quantity", ("input_quantity", "tfp")),
    ("tfp", ("technical_change", "tfp_efficiency")),
    ("tfp_efficiency", ("output_technical_efficiency", "output_scale_efficiency", "residual_mix_efficiency")),
    ("tfp_efficiency", ("input_technical_efficiency", "input_mix_efficiency", "residual_input_scale_efficiency")),
)

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
    "dea, super-efficiency": Example(
        lambda: xz.DEA(**goods(), orientation="input", evaluated="excluded", technology=xz.Window(width=2)),
        main="score",
        per="observation",
    ),
    "directional_dea": Example(
        lambda: xz.DirectionalDEA(
            inputs=["k"], outputs=["y"], bad_outputs=["persons"], disposability=xz.Kuosmanen(bads="equality")
        ),
        main="inefficiency",
        per="observation",
        scales={"y": 1e9, "k": 1e-9, "persons": 1e6},
    ),
    "directional_dea by good": Example(
        lambda: xz.DirectionalDEA(**goods(), direction="range", weights="groups"),
        main="inefficiency",
        per="observation",
    ),
    "hyperbolic_dea": Example(lambda: xz.HyperbolicDEA(**goods(), returns="vrs"), main="score", per="observation"),
    "additive_dea": Example(lambda: xz.AdditiveDEA(**goods(), weights="ram"), main="score", per="observation"),
    "additive_dea, super-efficiency": Example(
        lambda: xz.AdditiveDEA(**goods(), weights="mip", evaluated="excluded"), main="inefficiency", per="observation"
    ),
    "additive_dea, bounded": Example(
        lambda: xz.AdditiveDEA(**goods(), weights="bam", returns="crs"), main="score", per="observation"
    ),
    "sbm": Example(lambda: xz.SBM(**goods(), evaluated="excluded"), main="score", per="observation"),
    "sbm with a bad output": Example(
        lambda: xz.SBM(
            inputs=["k", "persons"],
            outputs=["y"],
            bad_outputs=["hours"],
            orientation="output",
            technology="sequential",
        ),
        main="score",
        per="observation",
    ),
    "russell_dea": Example(lambda: xz.RussellDEA(**goods(), orientation="graph"), main="score", per="observation"),
    "russell_dea, output": Example(
        lambda: xz.RussellDEA(**goods(), orientation="output", returns="drs", technology="biennial"),
        main="score",
        per="observation",
    ),
    "fdh": Example(lambda: xz.FDH(**goods(), orientation="input"), main="score", per="observation"),
    "cross_efficiency": Example(
        lambda: xz.CrossEfficiency(**goods(), goal="aggressive"), main="received", per="observation"
    ),
    "scale_efficiency": Example(lambda: xz.ScaleEfficiency(**goods()), main="scale_efficiency", per="observation"),
    "metafrontier": Example(
        lambda: xz.Metafrontier(group="group", model=xz.DEA(**goods())),
        main="technology_gap",
        per="observation",
        frame=grouped_frame,
    ),
    "metafrontier of a union": Example(
        lambda: xz.Metafrontier(group="group", model=xz.FDH(**goods()), hull="union"),
        main="technology_gap",
        per="observation",
        frame=grouped_frame,
    ),
    "malmquist by scale": Example(
        lambda: xz.Malmquist(**goods(), technology="biennial", decompose_returns="vrs", decomposition="ray_desli"),
        main="malmquist",
        sums=(("malmquist", ("technical_change", "pure_efficiency_change", "scale_change")),),
    ),
    "malmquist biased": Example(
        lambda: xz.Malmquist(
            inputs=["k", labour()],
            outputs=["y", "quality"],
            decomposition="biased",
            decompose_returns="vrs",
            orientation="input",
        ),
        main="malmquist",
        sums=(
            ("malmquist", CHANGES),
            ("technical_change", ("magnitude_change", "output_biased_change", "input_biased_change")),
        ),
    ),
    "luenberger": Example(
        lambda: xz.Luenberger(
            **goods(), bad_outputs=["bad"], disposability=xz.Weak(bads="inequality"), decompose_returns="vrs"
        ),
        main="luenberger",
        sums=(("luenberger", CHANGES), ("efficiency_change", PURE)),
        frame=polluting_frame,
        scales=BAD_SCALES,
    ),
    "malmquist_luenberger": Example(
        lambda: xz.MalmquistLuenberger(
            **goods(), bad_outputs=["bad"], disposability=xz.Weak(bads="equality"), technology="global"
        ),
        main="malmquist_luenberger",
        sums=(("malmquist_luenberger", CHANGES),),
        frame=polluting_frame,
        scales=BAD_SCALES,
    ),
    "hicks_moorsteen": Example(lambda: xz.HicksMoorsteen(**goods()), main="technical_change", sums=PRODUCTIVITY[:3]),
    "hicks_moorsteen at prices": Example(
        lambda: xz.HicksMoorsteen(**goods(), aggregator="prices"), main="technical_change", sums=PRODUCTIVITY
    ),
    "fare_primont": Example(lambda: xz.FarePrimont(**goods()), main="technical_change", sums=PRODUCTIVITY),
    "malmquist": Example(malmquist, main="malmquist", sums=(("malmquist", ("technical_change", "efficiency_change")),)),
    "frontier_accounts": Example(
        lambda: xz.FrontierAccounts(malmquist=malmquist()),
        main="technical_change",
        sums=(("growth", ("k", "labour", "technical_change", "efficiency_change")),),
    ),
    "ledger": Example(
        lambda: xz.Ledger(accounts=accounts(), frontier=malmquist(), reference="all"),
        main="tfp",
        sums=(("growth", (*INPUTS, "tfp")), ("tfp", ("technology", "efficiency"))),
    ),
    "ledger by industries": Example(
        industries,
        main="tfp",
        per="year",
        sums=(
            ("growth", ("capital", "employment", "tfp")),
            ("tfp", ("within", "upgrading", "reallocation_capital", "reallocation_labour")),
            ("tfp", ("within_end", "upgrading_end", "reallocation_capital", "reallocation_labour")),
            ("within", ("technology", "efficiency")),
        ),
        frame=industry_frame,
        scales={"y": 1e9, "k": 1e-9, "persons": 1e9, "cap": 1e-6, "lab": 1e-6},
    ),
    "choice_range": Example(choices, main="tfp_point", per="unit"),
    "simulated_range": Example(simulated, main="tfp_p50", per="unit"),
}
