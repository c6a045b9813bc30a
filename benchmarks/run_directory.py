"""What the run directory costs: its share of the demo study, and a run of 10,000 small tasks; each twice.

python benchmarks/run_directory.py              # writes benchmarks/results/run-directory.md
python benchmarks/run_directory.py --tasks 500  # a smaller run of small tasks, printed only
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from xinzhi.compute import Run
from xinzhi.method import Method, Result, Rows, register
from xinzhi.panel import Panel
from xinzhi.report import write_report
from xinzhi.study import run_study

output, plan, runner = (import_module(f"xinzhi.study.{name}") for name in ("output", "plan", "runner"))
ROOT = Path(__file__).resolve().parents[1]
COSTS = {
    "hashing": [
        (Panel, "digest"),
        (plan, "digest"),
        (plan, "code_digest"),
        (output, "digest"),
        (runner, "digest"),
        (runner, "sha256"),
    ],
    "files": [
        (runner, "prepare_folder"),
        (runner, "open_directory"),
        (runner, "remove_others"),
        (runner, "read_record"),
        (runner, "is_complete"),
        (runner, "save"),
        (runner, "write_file"),
        (runner, "remove_unlisted"),
        (runner, "gather"),
    ],
    "manifest": [(runner, "write_manifest")],
}
"""Functions of the study room by what they cost; a call inside another one counts for the outer one."""


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Time the functions of ``COSTS`` inside the block: seconds by kind."""
    seconds, depth, originals = dict.fromkeys(COSTS, 0.0), [0], []

    def wrapped(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            depth[0] += 1
            start = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                depth[0] -= 1
                if not depth[0]:
                    seconds[kind] += time.perf_counter() - start

        return call

    for kind, places in COSTS.items():
        for owner, name in places:
            originals.append((owner, name, getattr(owner, name)))
            setattr(owner, name, wrapped(getattr(owner, name), kind))
    try:
        yield seconds
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)


@register("benchmark_mean")
class BenchmarkMean(Method):
    """Average a column times a factor: the least that a method can do.

    References
    ----------
    None.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    column: str
    factor: float = 1.0

    def compute(self, panel: Panel, run: Run) -> "BenchmarkMeanResult":  # noqa: ARG002
        mean = np.array([panel.values(self.column).mean() * self.factor])
        status, reason = np.array(["ok"], dtype=object), np.array([""], dtype=object)
        rows = Rows(panel.units[:1], panel.when[:1], {"average": mean}, status, reason)
        return BenchmarkMeanResult(method=self, panel=panel, rows=rows, flow=False)


class BenchmarkMeanResult(Result):
    """The mean."""


def small_tasks(folder: Path, count: int) -> Path:
    """Write a study with ``count`` analyses of one small table and return its path."""
    frame = pd.DataFrame({"unit": np.repeat(["A", "B"], 10), "year": [*range(2000, 2010)] * 2, "gdp": np.arange(20.0)})
    frame.to_csv(folder / "mine.csv", index=False)
    parts = ['schema = 1\n[data.mine]\nfile = "mine.csv"\nunit = "unit"\ntime = "year"\n']
    for number in range(count):
        parts.append(
            f'[[analysis]]\nid = "task_{number}"\nmethod = "benchmark_mean"\ndata = "mine"\ncolumn = "gdp"\n'
            f"factor = {number + 1}.0\n"
        )
    path = folder / "study.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def one(what: str, out: Path, count: int) -> str:
    """Run once in this process and return a line of the table."""
    study = ROOT / "examples" / "new-quality.toml" if what == "demo" else small_tasks(out.parent, count)
    second = out.exists()
    start = time.perf_counter()
    with timed() as seconds:
        outcome = run_study(study, out=out, render=write_report if what == "demo" else None)
    total = time.perf_counter() - start
    assert not outcome.errors, outcome.errors
    assert bool(outcome.reused) == second, "the code under src changed between the runs: measure again"
    cost = sum(seconds.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    name = "demo study" if what == "demo" else f"{count:,} small tasks"
    again = "second run" if second else "first run"
    parts = " | ".join(f"{seconds[kind]:.2f}" for kind in COSTS)
    return f"| {name}, {again} | {total:.1f} | {parts} | {100 * cost / total:.1f} % | {peak:.0f} |"


def table(count: int) -> str:
    """Return the table; every run has a process of its own."""
    lines = [
        f"| run | seconds | {' | '.join(COSTS)} | share of the three | peak memory, MB |",
        "|---|---" + "|---" * len(COSTS) + "|---|---|",
    ]
    for what in ("demo", "small"):
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(2):
                command = [sys.executable, __file__, "--one", what, folder, "--tasks", str(count)]
                done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
                lines.append(done.stdout.splitlines()[-1])
    return "\n".join(lines)


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FOLDER"))
    given = parser.parse_args()
    if given.one:
        print(one(given.one[0], Path(given.one[1]) / "run", given.tasks))
        return
    versions = ", ".join(f"{name} {version(name)}" for name in ("xinzhi", "numpy", "pandas", "duckdb", "highspy"))
    before = os.getloadavg()[0]
    text = f"""# What the run directory costs

Written by `benchmarks/run_directory.py`. Seconds of the whole run (serial), of which hashing (data, settings,
outputs, code), files (folders, writing, reading back, looking at what is complete) and manifest (with the sync of
all files). The demo study writes its report; the small tasks have no report.

{table(given.tasks)}

{os.cpu_count()} cores, {sys.platform} {platform.machine()}, Python {platform.python_version()}, {versions};
load of the machine before and after: {before:.1f}, {os.getloadavg()[0]:.1f} (near or above the
number of cores: others were at work and the seconds are too high).
"""
    print(text)
    if given.tasks == parser.get_default("tasks"):
        (ROOT / "benchmarks" / "results" / "run-directory.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
