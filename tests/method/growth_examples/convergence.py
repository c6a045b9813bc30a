"""Convergence of units."""

import pandas as pd

from tests.method.examples import Example, frame
from xinzhi.growth import (
    BetaConvergence,
    Control,
    ConvergenceClubs,
    HodrickPrescott,
    LogTTest,
    NeweyWest,
    Sieve,
    SigmaConvergence,
    SolowRegression,
)

PARTS = (("growth", ("expected_growth", "residual")),)


def shares_frame() -> pd.DataFrame:
    """Return the economy with an investment share that needs capital, and growth of population."""
    data = frame()
    invested = 0.2 * data["k"] / data["k"] * data["hours"] / 2000 * data["quality"] / 2.5
    return data.assign(invested=invested, popgrowth=0.01 + 0.001 * (data["persons"] % 7.0))


EXAMPLES = {
    "beta_convergence": Example(
        lambda: BetaConvergence(of="k", window=(2010, 2012)), main="growth", per="unit", sums=PARTS
    ),
    "beta_convergence, conditional": Example(
        lambda: BetaConvergence(
            of="y",
            controls=["quality", Control(column="k", at="start", form="log")],
            errors="robust",
            window=(2011, 2013),
        ),
        main="residual",
        per="unit",
        sums=PARTS,
        frame=lambda: frame().assign(k=lambda data: data["k"].where(data["unit"] != "U03")),
    ),
    "beta_convergence, panel": Example(
        lambda: BetaConvergence(of="k", span=1, effects="unit_time", errors="clustered"),
        main="growth",
        per="year",
        sums=PARTS,
    ),
    "sigma_convergence": Example(lambda: SigmaConvergence(of="k"), main="deviation", per="observation"),
    "sigma_convergence, available": Example(
        lambda: SigmaConvergence(of="k", sample="available", ddof=0, errors="classical"),
        main="deviation",
        per="observation",
    ),
    "convergence_clubs": Example(
        lambda: ConvergenceClubs(of="k", scale="values", test=LogTTest(trim=0.2), draws=199), main="club", per="unit"
    ),
    "convergence_clubs, filtered": Example(
        lambda: ConvergenceClubs(
            of="k",
            trend=HodrickPrescott(smoothing=6.25),
            test=LogTTest(trim=0.2, rounding="half_up", variance=NeweyWest(lags=1)),
            core="max_abs_t",
            sieve=Sieve(step=0.05, most=50),
            merging="von_lyncker_thoennessen",
            sort_last=2,
            draws=199,
        ),
        main="club",
        per="unit",
        scales={"y": 1e9, "hours": 1e-9},
    ),
    "solow_regression": Example(
        lambda: SolowRegression(
            output="y",
            initial="y",
            investment="invested",
            population_growth="popgrowth",
            human_capital="quality",
            others=["hours"],
            errors="robust",
        ),
        main="regressed",
        per="unit",
        sums=(("regressed", ("explained", "residual")),),
        frame=shares_frame,
        scales={"y": 1e9, "hours": 1e-9, "invested": 1e-3},
    ),
}
