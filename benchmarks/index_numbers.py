"""Index numbers of a million item-price rows, beside pyindexnum on what it can do; on one machine in one run.

python benchmarks/index_numbers.py           # writes benchmarks/results/index_numbers.md
python benchmarks/index_numbers.py --quick   # a hundredth of the rows; printed only

Each measurement has a process of its own: seconds of wall clock and user CPU without imports and making of data,
and the peak memory above that after imports and data. pyindexnum runs under .venv/peers-index (it needs
numpy below 2).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PEERS = str(ROOT / ".venv" / "peers-index" / "bin" / "python")
ENVIRONMENT = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
SIZES = {"1,000,000 rows": (12_500, 100), "100,000 rows": (2_500, 50), "10,000 rows": (500, 25)}
FORMULAS = ("geks", "ccdi", "geks by sato_vartia", "geary_khamis", "wtpd", "ikle", "spanning_tree")
ROLLED = "geks in windows of 25, half splice on published"
ONE_BY_ONE = "all bilateral formulas, chained"
PEER = {"geks": "geks_fisher", "ccdi": "geks_tornqvist", "geary_khamis": "geary_khamis", "wtpd": "time_product_dummy"}
PEER_SIZES = {"geks": tuple(SIZES), "ccdi": ("100,000 rows", "10,000 rows"), "geary_khamis": tuple(SIZES)}
SMALL = ("10,000 rows",)
"""Sizes at which the peer is asked: its regression holds rows x items numbers, 800 GB for the million."""


def market(items: int, periods: int) -> dict:
    """Return rows of items by period, a fifth of them not there: columns i, t, p, q."""
    draw = np.random.default_rng(20261127)
    shape = (periods, items)
    there = draw.random(shape) > 0.2
    price = np.exp(draw.normal(0, 1, items) + draw.normal(0, 0.2, shape) + 0.002 * np.arange(periods)[:, None])
    quantity = np.exp(draw.normal(0, 1.5, items) + draw.normal(0, 0.5, shape))
    t, i = np.nonzero(there)
    return {"i": np.char.mod("i%05d", i), "t": t, "p": price[there], "q": quantity[there]}


def ours(task: str, data: dict):
    """Return a function that does the task once."""
    import pandas as pd

    import xinzhi as xz
    from xinzhi.growth import IndexNumber, MultilateralIndex, RollingWindow
    from xinzhi.numerics.index_numbers import FORMULAS as BILATERAL

    panel = xz.Panel(pd.DataFrame(data), unit="i", time="t")
    columns = {"price": "p", "quantity": "q"}
    if task == ONE_BY_ONE:
        method = IndexNumber(**columns, formulas=BILATERAL, elasticity=0.7, basket=0)
    elif task == ROLLED:
        method = MultilateralIndex(**columns, window=RollingWindow(width=25, splice="half_published"))
    elif task == "geks by sato_vartia":
        method = MultilateralIndex(**columns, bilateral="sato_vartia")
    else:
        method = MultilateralIndex(**columns, formulas=[task])
    name = method.formulas[-1]

    def work() -> np.ndarray:
        return method.fit(panel).levels()[name].to_numpy()

    return work


def theirs(task: str, data: dict):
    """Return a function by which pyindexnum does the task once."""
    import datetime
    import inspect

    import polars as pl
    import pyindexnum

    dates = np.array([datetime.date(2000 + t // 12, t % 12 + 1, 1) for t in range(int(data["t"].max()) + 1)])
    columns = {"product_id": data["i"], "period": dates[data["t"]].tolist()}
    frame = pl.DataFrame(columns | {"aggregated_price": data["p"], "aggregated_quantity": data["q"]})
    function = getattr(pyindexnum, PEER[task])
    settings = {"balanced": False} if "balanced" in inspect.signature(function).parameters else {}

    def work() -> np.ndarray:
        return function(frame, **settings)["index_value"].to_numpy()

    return work


def one(who: str, task: str, size: str) -> dict:
    """Measure one task in this process."""
    data = market(*SIZES[size])
    make = theirs if who == "pyindexnum" else ours
    make(task, market(30, 30))()  # imports
    work = make(task, data)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    held, start, usage = memory("VmRSS"), time.perf_counter(), time.process_time()
    levels = work()
    line = {"wall": time.perf_counter() - start, "cpu": time.process_time() - usage}
    return line | {"rows": len(data["t"]), "memory": memory("VmHWM") - held, "last": float(levels[-1])}


def memory(kind: str) -> float:
    """Return memory held now (VmRSS) or at most (VmHWM), MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1024


def measured(who: str, task: str, size: str) -> dict | None:
    """Return what a process of its own measured; None where it failed or took more than ten minutes."""
    python = PEERS if who == "pyindexnum" else sys.executable
    command = [python, __file__, "--one", who, task, size]
    try:
        done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True, timeout=600)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"{who} {task} {size}: {type(error).__name__}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def lines(quick: bool) -> list[str]:
    """Return the rows of the table."""
    sizes = list(SIZES)[-1:] if quick else list(SIZES)
    found = []
    for size in sizes:
        for task in (*FORMULAS, ROLLED, ONE_BY_ONE):
            mine = measured("xinzhi", task, size)
            peer = None
            if task in PEER and size in PEER_SIZES.get(task, SMALL) and Path(PEERS).exists():
                peer = measured("pyindexnum", task, size)
            cells = [size, task, *(f"{mine[key]:.2f}" for key in ("wall", "cpu")), f"{mine['memory']:.0f}"]
            if peer is None:
                cells += ["", "", "", ""]
            else:
                gap = abs(peer["last"] / mine["last"] - 1)
                cells += [
                    f"{peer['cpu']:.2f}",
                    f"{peer['memory']:.0f}",
                    f"{peer['cpu'] / mine['cpu']:.0f}",
                    f"{gap:.0e}",
                ]
            found.append("| " + " | ".join(cells) + " |")
            print(found[-1], flush=True)
    return found


def peer_version() -> str:
    """Return the peer's version."""
    if not Path(PEERS).exists():
        return "not installed"
    code = "from importlib.metadata import version; print(version('pyindexnum'), version('polars'), version('numpy'))"
    done = subprocess.run([PEERS, "-c", code], check=False, capture_output=True, text=True)
    if done.returncode:
        return "not installed"
    number, polars, numpy = done.stdout.split()
    return f"{number} (polars {polars}, numpy {numpy})"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--one", nargs=3)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(*arguments.one)))
        return
    load = os.getloadavg()[0]
    table = lines(arguments.quick)
    if arguments.quick:
        return
    packages = ", ".join(f"{name} {version(name)}" for name in ("xinzhi", "numpy", "pandas"))
    machine = (
        f"{os.cpu_count()} cores, {platform.system().lower()} {platform.machine()}, Python {platform.python_version()}"
    )
    text = "\n".join(
        [
            "# Index numbers of a million rows",
            "",
            "Written by `benchmarks/index_numbers.py`: items by period, a fifth of the cells not there, one thread.",
            "Seconds and MiB of the fit alone: without imports, making of data and, for Xinzhi, of the panel; memory",
            "is the peak above what was held before. The gap is the relative difference of the last level. pyindexnum",
            "compares pairs in a loop, and its product dummies hold a dense matrix of rows by items; it is asked at",
            "the sizes that it can do. R IndexNumR cannot run on this machine (no R).",
            "",
            "| size | task | seconds | CPU seconds | memory, MiB | pyindexnum, CPU | memory | ratio of CPU | gap |",
            "|---|---|---|---|---|---|---|---|---|",
            *table,
            "",
            f"{machine}, {packages}; pyindexnum {peer_version()}.",
            f"Load of the machine before and after: {load:.1f}, {os.getloadavg()[0]:.1f}"
            " (near or above the number of cores: others were at work and the seconds are too high).",
            "",
        ]
    )
    (ROOT / "benchmarks" / "results" / "index_numbers.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
