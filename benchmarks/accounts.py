"""Growth accounts at the size of a statistical office: 500 industries x 50 years, gross output and five inputs.

python benchmarks/accounts.py            # writes benchmarks/results/accounts.md
python benchmarks/accounts.py --quick    # 50 industries x 20 years; printed only

Each measurement has a process of its own: user CPU and wall clock of one thread without imports and making of data,
mean of ten fits, and the peak memory above that after imports and data. Beside the methods stands a plain pandas
computation of the same contributions and sums, written here; its numbers must be the same. No package was found that
does such accounts (R's productivity and IndexNumR and Python's pyindexnum compute indices of one account, without
contributions of inputs or aggregation over industries).
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {
    **os.environ,
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
INPUTS = {"capital": "k", "labour": "l", "energy": "e", "materials": "m", "purchased_services": "s"}
COSTS = tuple(f"cost_{quantity}" for quantity in INPUTS.values())
TASKS = {
    "accounts": "GrowthAccounts",
    "aggregation": "GrowthAccounts and Aggregation (Hulten, Jorgenson, Nordhaus, Petrin-Levinsohn, base-year volumes)",
    "pandas_accounts": "contributions and TFP in pandas",
    "pandas_aggregation": "the same, and Domar weights, Hulten's sum and reallocation in pandas",
}
PAIRS = (("accounts", "pandas_accounts"), ("aggregation", "pandas_aggregation"))
REPEATS = 10
"""Seconds are means of so many fits: the clock of user CPU has ticks of a hundredth of a second."""
SAME = 1e-10
"""Logs of positive numbers, multiplied and added a few hundred times: the identities' own limit."""


def frame(industries: int, years: int) -> pd.DataFrame:
    """Return industries with output, five inputs and their costs; every number is drawn here."""
    draw = np.random.default_rng(500)
    shape = (industries, years)
    columns = {
        name: np.exp(draw.normal(0.02, 0.05, shape).cumsum(axis=1)) * draw.uniform(1, 9, (industries, 1))
        for name in ("y", *INPUTS.values())
    }
    columns |= {name: draw.uniform(1.0, 5.0, shape) for name in COSTS}
    data = pd.DataFrame({name: cells.ravel() for name, cells in columns.items()})
    data["unit"] = np.repeat([f"i{k:04d}" for k in range(industries)], years)
    data["year"] = np.tile(np.arange(1970, 1970 + years), industries)
    return data


def methods(data: pd.DataFrame, task: str):
    """Return a function that fits the accounts, or the aggregation on them, panel included."""
    import xinzhi as xz
    from xinzhi.growth import Aggregation

    def share(quantity: str) -> xz.Share:
        return xz.Share(part=(f"cost_{quantity}",), total=COSTS)

    others = tuple(xz.Input(name=n, quantity=q, share=share(q)) for n, q in list(INPUTS.items())[2:])
    accounts = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=share("l"), other_inputs=others)
    method = accounts
    if task == "aggregation":
        middle = int(data["year"].median())
        method = Aggregation(
            accounts=accounts, value_added=COSTS[:2], base_year=middle, elasticities=(0.2, 0.3, 0.1, 0.2, 0.2)
        )
    return lambda: method.fit(xz.Panel(data, unit="unit", time="year"))


def in_pandas(data: pd.DataFrame, task: str):
    """Return a function that computes the same with group-by and shift."""

    def work() -> pd.DataFrame:
        rows = data.sort_values(["unit", "year"])
        by, total = rows["unit"], rows[list(COSTS)].sum(axis=1)

        def mean(values: pd.Series) -> pd.Series:
            return 0.5 * (values + values.groupby(by).shift())

        def change(name: str) -> pd.Series:
            return np.log(rows[name]).groupby(by).diff()

        growth, out = change("y"), pd.DataFrame(index=rows.index)
        shares = {q: mean(rows[f"cost_{q}"] / total) for q in INPUTS.values()}
        for name, quantity in INPUTS.items():
            out[name] = shares[quantity] * change(quantity)
        out["tfp"] = growth - out.sum(axis=1, skipna=False)
        if task == "pandas_accounts":
            return out.dropna()
        year = rows["year"]
        added = rows["cost_k"] + rows["cost_l"]
        rest = shares["k"] + shares["l"]
        domar = mean(added / added.groupby(year).transform("sum")) / rest
        sums = pd.DataFrame({"hulten": (domar * out["tfp"]).groupby(year).sum()})
        for name in ("capital", "labour"):
            quantity = INPUTS[name]
            paid, due = ((domar * part).groupby(year).sum() for part in (out[name], shares[quantity]))
            sums[f"reallocation_{name}"] = paid - due * np.log(rows.groupby(year)[quantity].sum()).diff()
        sums["tfp"] = sums.sum(axis=1)
        return sums.iloc[1:]

    return work


def one(task: str, industries: int, years: int) -> dict:
    """Measure one task in this process; the numbers that both ways have go into ``check``."""
    make = in_pandas if task.startswith("pandas") else methods
    make(frame(3, 4), task)()  # what is imported late is imported here
    work = make(frame(industries, years), task)
    held, before, start = _peak(), _cpu(), time.perf_counter()
    for _ in range(REPEATS):
        found = work()
    seconds, wall = (_cpu() - before) / REPEATS, (time.perf_counter() - start) / REPEATS
    line = {"seconds": seconds, "wall": wall, "memory": _peak() - held}
    terms = dict(found) if task.startswith("pandas") else found.rows.terms
    names = ("tfp", *INPUTS) if "accounts" in task else ("hulten", "reallocation_capital", "reallocation_labour", "tfp")
    numbers = np.column_stack([np.asarray(terms[name]) for name in names])
    return line | {"check": numbers[np.isfinite(numbers).all(axis=1)].sum(axis=1).tolist()}


def _cpu() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(task: str, industries: int, years: int) -> dict:
    """Return what a process of its own measured."""
    command = [sys.executable, __file__, "--one", task, str(industries), str(years)]
    done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def report(found: dict[str, dict], size: tuple[int, int], load: list[float]) -> str:
    """Return the results as Markdown."""
    lines = ["| task | seconds, user CPU | seconds, wall | memory above data, MiB |", "|---|---|---|---|"]
    lines += [
        f"| {TASKS[task]} | {line['seconds']:.3f} | {line['wall']:.3f} | {line['memory']:.0f} |"
        for task, line in found.items()
    ]
    gaps = []
    for mine, theirs in PAIRS:
        gap = float(np.max(np.abs(np.subtract(found[mine]["check"], found[theirs]["check"]))))
        assert gap < SAME, f"{mine} and {theirs} differ by {gap:.1e}"
        gaps.append(f"{mine} {gap:.0e}")
    versions = ", ".join(f"{name} {version(name)}" for name in ("xinzhi", "numpy", "pandas"))
    return f"""# Growth accounts of industries

Written by `benchmarks/accounts.py`. {size[0]} industries x {size[1]} years: gross output, capital, labour, energy,
materials and services with their costs, {size[0] * size[1]:,} rows. A fit includes the panel, statuses and reasons,
the check of every identity, and the result; the pandas computation has sums only. Each in a process of its own, mean
of {REPEATS}.

{chr(10).join(lines)}

Largest difference between the two ways: {", ".join(gaps)}. No package was found that does such accounts.

{os.cpu_count()} cores, {sys.platform} {platform.machine()}, Python {platform.python_version()}, {versions}; load
before and after: {load[0]:.1f}, {load[1]:.1f} (near or above the number of cores, seconds are too high).
"""


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--one", nargs=3)
    given = parser.parse_args()
    if given.one:
        task, industries, years = given.one
        print(json.dumps(one(task, int(industries), int(years))))
        return
    size = (50, 20) if given.quick else (500, 50)
    load = [os.getloadavg()[0]]
    found = {task: measured(task, *size) for task in TASKS}
    text = report(found, size, [*load, os.getloadavg()[0]])
    print(text)
    if not given.quick:
        (ROOT / "benchmarks" / "results" / "accounts.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
