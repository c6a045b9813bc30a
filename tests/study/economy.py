"""A small economy and studies of it, and a method that only tests know."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from xinzhi.compute import Run
from xinzhi.method import Method, Result, Rows, View, register
from xinzhi.panel import Panel

UNITS, YEARS = ("=A", "B", "C"), range(2000, 2006)


def frame() -> pd.DataFrame:
    """Return 3 units x 6 years of output, capital and labour; every number is drawn here."""
    draw = np.random.default_rng(7)
    rows = [(u, t) for u in UNITS for t in YEARS]
    data = pd.DataFrame(rows, columns=["unit", "year"])
    for name in ("gdp", "k", "l"):
        data[name] = np.exp(draw.normal(0.02, 0.05, len(rows)).cumsum()) * 100.0
    return data


STUDY = """\
schema = 1

[data.mine]
file = "mine.csv"
unit = "unit"
time = "year"
columns = { gdp = { unit = "100 million CNY", kind = "level" } }

[data.doubled]
sql = '''
select unit, year, gdp, 2 * k as k, l
from mine
'''
unit = "unit"
time = "year"

[role.capital]
type = "capital"
growth = "k"

[[analysis]]
id = "accounts"
method = "growth_accounts"
data = "mine"
output = "gdp"
capital = "@capital"
labour = "l"
labour_share = 0.6

[[analysis]]
id = "twice"
method = "growth_accounts"
data = "doubled"
output = "@accounts.output"
capital = "@capital"
labour = "l"
labour_share = 0.6
view = { units = ["B"], periods = [[2000, 2005], [2000, 2002]] }

[[analysis]]
id = "mean"
method = "test_chunk_mean"
data = "mine"
column = "gdp"

[report]
title = "Three units"
authors = ["An economist"]
units = ["=A", "B"]
periods = [[2000, 2005]]

[[report.chapter]]
title = "Accounts"
text = "Words."
analyses = ["accounts", "twice"]
"""


def write(folder: Path, study: str = STUDY, data: pd.DataFrame | None = None) -> Path:
    """Write study and data into a folder and return the path of the study."""
    folder.mkdir(parents=True, exist_ok=True)
    (frame() if data is None else data).to_csv(folder / "mine.csv", index=False)
    path = folder / "study.toml"
    path.write_text(study, encoding="utf-8")
    return path


def mean_of(values: np.ndarray) -> float:
    """Return the mean of (n,) numbers: one chunk of work."""
    return float(values.mean())


@register("test_chunk_mean")
class ChunkMean(Method):
    """Average a column by unit, one chunk per unit.

    References
    ----------
    Nobody (2026).
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    column: str

    def compute(self, panel: Panel, run: Run) -> "ChunkMeanResult":
        chunks = [(panel.values(self.column)[panel.code == u],) for u in range(panel.units.size)]
        means = np.array(run.map(mean_of, chunks, label="means"))
        blank = np.full(means.size, "", dtype=object)
        status, last = np.full(means.size, "ok", dtype=object), np.full(means.size, panel.times[-1])
        rows = Rows(panel.units.astype(object), last, {"average": means}, status, blank)
        return ChunkMeanResult(method=self, panel=panel, rows=rows, flow=False)


class ChunkMeanResult(Result):
    """Means by unit."""

    def figures(self, view: View | None = None) -> list[Any]:
        import altair as alt

        data = alt.InlineData(values=[{"m": float(m)} for m in self.term("average")])
        return [alt.Chart(data, name="bars", title="Means", description="One bar a unit").mark_bar().encode(x="m:Q")]
