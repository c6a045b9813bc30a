"""Examples of structural change: decompositions, indices, regional shift-share, the ledger by sector."""

import numpy as np
import pandas as pd

from tests.method.examples import Example, industry_frame
from xinzhi.growth import RegionalShiftShare, ShiftShare, StructureIndices, ThreeSectors
from xinzhi.ledger import OtherSource, SectorLedger, SectorLevels

SCALES = {"y": 1e9, "workers": 1e-9, "nominal": 1e6, "cap": 1e-6, "lab": 1e-6}


def sector_frame() -> pd.DataFrame:
    """Return sectors with workers (one cell missing), nominal output, levels, and another source of the economy."""
    data = industry_frame()
    by_economy = data.groupby(["economy", "year"])
    return data.assign(
        workers=data["k"],
        nominal=data["cap"] + data["lab"],
        ppp=2.0 + data["industry"].str[1:].astype(float),
        total=by_economy["y"].transform("sum") * 1.5,
        people=by_economy["persons"].transform("sum") * 2.0,
        whole_share=by_economy["share"].transform("mean"),
    )


COLUMNS = {"output": "y", "employment": "workers", "economy": "economy", "sector": "industry"}
GROUPS = ThreeSectors(primary=("I0",), secondary=("I1",), tertiary=("I2",))


def parts(formula: str, *names: str) -> tuple[str, tuple[str, ...]]:
    """Return that growth is the sum of a formula's terms."""
    return "growth", tuple(f"{formula}_{name}" for name in names)


SHIFT_SHARE = (
    parts("traditional", "within", "reallocation", "interaction"),
    parts("mcmillan_rodrik", "within", "reallocation"),
    parts("csls", "within", "reallocation", "interaction"),
    parts("gead", "within", "reallocation", "interaction", "price"),
    parts("log_mean", "within", "reallocation"),
    parts("gead_log", "within", "reallocation", "price"),
)
REGIONAL = (
    parts("classical", "national", "mix", "regional"),
    parts("esteban_marquillas", "national", "mix", "regional", "allocation"),
    parts("arcelus", "national", "mix", "growth", "specialisation", "allocation"),
    parts("gerfin", "national", "mix", "regional"),
)

EXAMPLES: dict[str, Example] = {
    "shift_share": Example(
        lambda: ShiftShare(
            **COLUMNS,
            nominal_output="nominal",
            formulas=("traditional", "mcmillan_rodrik", "csls", "gead", "log_mean", "gead_log"),
        ),
        main="traditional_within",
        per="year",
        sums=SHIFT_SHARE,
        frame=sector_frame,
        scales=SCALES,
    ),
    "structure_indices": Example(
        lambda: StructureIndices(
            quantity="nominal", employment="workers", economy="economy", sector="industry", groups=GROUPS
        ),
        main="moore",
        per="year",
        frame=sector_frame,
        scales=SCALES,
    ),
    "structure_indices of level": Example(
        lambda: StructureIndices(
            quantity="workers",
            economy="economy",
            sector="industry",
            groups=GROUPS,
            indices=("entropy", "herfindahl", "krugman", "hierarchy", "tertiary_to_secondary"),
        ),
        main="entropy",
        per="date",
        frame=sector_frame,
        scales=SCALES,
    ),
    "regional_shift_share": Example(
        lambda: RegionalShiftShare(
            employment="workers",
            region="economy",
            industry="industry",
            formulas=("classical", "esteban_marquillas", "arcelus", "gerfin"),
        ),
        main="classical_mix",
        per="year",
        sums=REGIONAL,
        frame=sector_frame,
        scales=SCALES,
    ),
    "sector_ledger": Example(
        lambda: SectorLedger(
            **COLUMNS,
            levels=SectorLevels(value_added="nominal", ppp="ppp", employment="persons", base=2012),
            labour_share="whole_share",
            other=OtherSource(output="total", employment="people"),
        ),
        main="technology",
        per="year",
        sums=(
            ("growth", ("technology", "catch_up", "between")),
            ("other_growth", ("growth", "discrepancy")),
        ),
        frame=sector_frame,
        scales=SCALES | {"total": 1e-6, "people": 1e6, "persons": 1e3, "ppp": 1e-3},
    ),
}


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without the economies that miss a cell, for tests that need them all."""
    gaps = frame.groupby("economy")[["workers", "y", "share"]].transform(lambda cells: cells.isna().any()).any(axis=1)
    short = frame.groupby("economy")["year"].transform("nunique") < np.unique(frame["year"]).size
    return frame[~gaps & ~short].reset_index(drop=True)
