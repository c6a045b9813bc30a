"""A method that costs next to nothing, studies of many of it, and the driver that tests run in a process of its own."""

import signal
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.study.economy import write
from xinzhi.compute import Run
from xinzhi.method import Method, Result, Rows, register
from xinzhi.study import run_study
from xinzhi.study.storage import failing


@register("test_scaled_sum")
class ScaledSum(Method):
    """Add up a column by unit, times a factor.

    References
    ----------
    Nobody (2026).
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    column: str
    factor: float = 1.0

    def compute(self, panel, run: Run) -> "ScaledSumResult":
        sums = self.factor * np.bincount(panel.code, panel.values(self.column))
        blank = np.full(sums.size, "", dtype=object)
        status, last = np.full(sums.size, "ok", dtype=object), np.full(sums.size, panel.times[-1])
        rows = Rows(panel.units.astype(object), last, {"total": sums}, status, blank)
        return ScaledSumResult(method=self, panel=panel, rows=rows, flow=False)


class ScaledSumResult(Result):
    """Sums by unit."""


def many(folder: Path, tasks: int) -> Path:
    """Write a study of many small analyses and return its path."""
    head = 'schema = 1\n[data.mine]\nfile = "mine.csv"\nunit = "unit"\ntime = "year"\n'
    analyses = [
        f'[[analysis]]\nid = "a{k}"\nmethod = "test_scaled_sum"\ndata = "mine"\ncolumn = "gdp"\nfactor = {k + 1}.0\n'
        for k in range(tasks)
    ]
    return write(folder, head + "".join(analyses))


REAL = '''schema = 1

[data.pwt]
catalog = "pwt1001"

[data.small]
sql = """
select isocode, year, rgdpna, rkna, emp, labsh, rgdpna / emp as per_head
from pwt
where isocode in ('CHN', 'USA', 'KOR', 'IND', 'DEU', 'JPN', 'BRA', 'FRA') and year >= 2005
"""
unit = "isocode"
time = "year"

[role.capital]
type = "capital"
growth = "rkna"

[[analysis]]
id = "accounts"
method = "growth_accounts"
data = "small"
output = "rgdpna"
capital = "@capital"
labour = "emp"
labour_share = "labsh"

[[analysis]]
id = "fixed_share"
method = "growth_accounts"
data = "small"
output = "@accounts.output"
capital = "@capital"
labour = "emp"
labour_share = 0.6

[[analysis]]
id = "index"
method = "malmquist"
data = "small"
inputs = ["rkna", "emp"]
outputs = ["rgdpna"]
window = [2005, 2010]

[[analysis]]
id = "chunks"
method = "test_chunk_mean"
data = "small"
column = "per_head"

[[analysis]]
id = "sums"
method = "test_scaled_sum"
data = "small"
column = "rgdpna"

[report]
title = "Eight economies"
units = ["CHN", "USA"]
periods = [[2005, 2010]]
'''
"""Five analyses of two rooms on a table that SQL cuts out of the catalogue."""


def real(folder: Path, study: str = REAL) -> Path:
    """Write the study of eight economies and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(study, encoding="utf-8")
    return folder / "study.toml"


def page(contents) -> str:
    """Return a report of a few words."""
    return f"<h1>{contents.title}</h1>" + "".join(f"<p>{a.summary}</p>" for a in contents.analyses.values())


def main(study: str, out: str, executor: str, step: str, call: str) -> None:
    """Run a study; kill the process at the n-th ``step``; print the hash and what was reused."""

    def tell(label: str, done: int, total: int) -> None:
        if label == "analyses":
            sys.stderr.write(f"{done}\n")
            sys.stderr.flush()

    def run() -> None:
        kind, workers = ("serial", 1) if executor == "serial" else (executor, 2)
        outcome = run_study(study, out=out, render=page, executor_kind=kind, workers=workers, progress=tell)
        sys.stdout.write(f"{outcome.results_hash} {','.join(outcome.reused)}\n")

    if int(call):
        with failing(signal.SIGKILL, step=step, call=int(call)):
            run()
    else:
        run()
