"""Inequality between units and its decompositions."""

import pandas as pd

from tests.method.examples import Example, accounts, grouped_frame
from xinzhi.method import Term
from xinzhi.regions.inequality.dagum import DagumDecomposition
from xinzhi.regions.inequality.intervals import Resampled
from xinzhi.regions.inequality.measures import Inequality
from xinzhi.regions.inequality.theil import TheilDecomposition
from xinzhi.regions.inequality.variance import VarianceDecomposition

DAGUM = (("gini", ("within_groups", "net_between", "transvariation")),)
THEIL = (("theil", ("within_groups", "between_groups")),)


def split_frame() -> pd.DataFrame:
    """Return the grouped economy with capital in two parts."""
    data = grouped_frame()
    return data.assign(k1=data["k"] * data["share"].fillna(0.6), k2=data["k"] * (1 - data["share"].fillna(0.6)))


EXAMPLES = {
    "inequality": Example(lambda: Inequality(of="k"), main="relative", per="observation"),
    "inequality, weighted, with intervals": Example(
        lambda: Inequality(
            of="k",
            measures=["gini", "theil", "mld", "atkinson", "cv", "sd_logs", "hoover"],
            weight="persons",
            epsilon=0.5,
            intervals=Resampled(draws=99),
        ),
        main="relative",
        per="observation",
    ),
    "dagum_decomposition": Example(
        lambda: DagumDecomposition(of="k", group="group", intervals=Resampled(draws=99)),
        main="gini",
        per="observation",
        sums=DAGUM,
        frame=grouped_frame,
    ),
    "dagum_decomposition, weighted": Example(
        lambda: DagumDecomposition(
            of="k", group="group", weight="persons", intervals=Resampled(by="jackknife", level=0.9)
        ),
        main="gini",
        per="observation",
        sums=DAGUM,
        frame=grouped_frame,
    ),
    "theil_decomposition": Example(
        lambda: TheilDecomposition(of="k", group="group", weight="persons", intervals=Resampled(draws=99)),
        main="theil",
        per="observation",
        sums=THEIL,
        frame=grouped_frame,
    ),
    "theil_decomposition, L": Example(
        lambda: TheilDecomposition(of="k", group="group", index="L"),
        main="theil",
        per="observation",
        sums=THEIL,
        frame=grouped_frame,
    ),
    "variance_decomposition": Example(
        lambda: VarianceDecomposition(components=["k1", "k2"], weight="persons", intervals=Resampled(draws=99)),
        main="total",
        per="observation",
        sums=(("total", ("k1", "k2")),),
        frame=split_frame,
        scales={"k1": 1e-9, "k2": 1e-9, "persons": 1e9},
    ),
    "variance_decomposition of a term": Example(
        lambda: VarianceDecomposition(
            components=[Term(method=accounts(), column=name) for name in ("capital", "tfp")],
            of=Term(method=accounts(), column="growth"),
        ),
        main="total",
        per="observation",
        sums=(("total", ("capital", "tfp", "residual")),),
    ),
}
