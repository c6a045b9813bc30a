"""Uncertainty of a composite index: 10,000 runs of ASEM (51 countries, 49 indicators), beside computing each run alone.

python benchmarks/indicators.py                     # writes benchmarks/results/indicators.md
python benchmarks/indicators.py --quick             # a twentieth of the runs; printed only
python benchmarks/indicators.py --salib PYTHON      # also the Sobol indices by SALib of that interpreter

repeating    normalisation (3) x indicator left out (50) x weights (3) x aggregation (3): equal steps are shared
continuous   the lower end of min-max is a number between 1 and 20: hardly anything is shared

Each measurement has a process of its own: user CPU of the runs without imports and data, and the peak of memory above
what was held before. ``refit`` fits the settled index of each run, as a loop over settings does; ``by hand`` is plain
array code for this index alone, all of it again in each run; their scores must be those of the analysis.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
RUNS = 10_000
SAME = 1e-9
"""Relative gap of scores between ways to compute them: sums in another order, powers of products."""


def system(design: str):
    """Return the index with its slots, and the data."""
    from xinzhi import indicators as xi
    from xinzhi.catalog import load

    framework = xi.index_template("asem")
    ends = [xi.MinMax(low=1, high=100), xi.MinMax(low=10, high=100), xi.Rank()]
    by = xi.OneOf(*ends) if design == "repeating" else xi.MinMax(low=xi.Between(1.0, 20.0), high=100)
    choice = [xi.Normalise(by=by), xi.Drop.any(framework)]
    steps = [
        xi.Denominate(),
        xi.Impute(group="EurAsia_group"),
        *(choice if design == "repeating" else reversed(choice)),  # what varies without end comes late
        xi.Weigh(by=xi.OneOf(xi.Equal(), xi.Entropy(), xi.StandardDeviation())),
        xi.Aggregate(by=xi.OneOf(xi.ArithmeticMean(), xi.GeometricMean(), xi.HarmonicMean())),
    ]
    return xi.IndexSystem(framework=framework, steps=steps), load("asem_indicators")


def analysis(design: str, runs: int):
    """Return the analysis of a design with its data."""
    from xinzhi.indicators import Uncertainty

    index, panel = system(design)
    return Uncertainty(system=index, runs=runs), panel


def refit(result, panel, settled: list) -> np.ndarray:
    """Return the scores of settled systems by fitting each."""
    return np.array([one.fit(panel).term(result.target.group) for one in settled])


# By hand: arrays only, and only what this index needs ----------------------------------------------


def facts(framework, panel) -> dict:
    """Return the data as arrays: raw values, denominators, groups, signs, and the tree as paths of places."""
    tree = framework.tree
    names = tree.indicators
    below = [framework.indicator(name).denominator for name in names]
    labels = panel.label("EurAsia_group").astype(str)
    return {
        "x": panel.array(*names),
        "below": np.column_stack([np.ones(len(panel)) if d is None else panel.values(d) for d in below]),
        "groups": [labels == name for name in np.unique(labels)],
        "sign": np.array([1.0 if framework.indicator(name).direction == "benefit" else -1.0 for name in names]),
        "parent": tree.parent,
    }


def equal_in_tree(parent: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the weight in the index of the kept indicators, (m,), of equal weights among siblings."""
    m = kept.size
    there = np.zeros(parent.size, dtype=bool)
    there[:m] = kept
    for k in range(m, parent.size):  # children stand before their parents
        there[k] = there[np.flatnonzero(parent == k)].any()
    count = np.bincount(parent[there & (parent >= 0)], minlength=parent.size)
    share = np.zeros(parent.size)
    share[-1] = 1.0
    for k in range(parent.size - 2, -1, -1):
        if there[k]:
            share[k] = share[parent[k]] / count[parent[k]]
    return share[:m][kept]


def by_hand(data: dict, normalise: str, low: float, gone: int, weigh: str, power: int) -> np.ndarray:
    """Return the scores of a run, all of it anew."""
    from scipy.stats import rankdata

    x = data["x"] / data["below"]
    for rows in data["groups"]:
        part = x[rows]
        x[rows] = np.where(np.isnan(part), np.nanmean(part, axis=0), part)
    x = x * data["sign"]
    if normalise == "rank":
        z = rankdata(x, axis=0)
    else:
        least, most = x.min(axis=0), x.max(axis=0)
        z = low + (100.0 - low) * (x - least) / (most - least)
    kept = np.ones(x.shape[1], dtype=bool)
    if gone > 0:
        kept[gone - 1] = False
    z = z[:, kept]
    if weigh == "equal":
        w = equal_in_tree(data["parent"], kept)
    elif weigh == "entropy":
        share = z / z.sum(axis=0)
        d = 1.0 + (share * np.log(share)).sum(axis=0) / np.log(len(z))
        w = d / d.sum()
    else:
        spread = z.std(axis=0)
        w = spread / spread.sum()
    if power == 1:
        return z @ w
    return np.exp(np.log(z) @ w) if power == 0 else 1.0 / ((1.0 / z) @ w)


def hand_runs(result, panel, choices: np.ndarray) -> np.ndarray:
    """Return the scores of runs by hand."""
    data, found = facts(result.design.system.framework, panel), []
    repeating = result.design.keys[0] == "normalise_by"
    for first, gone, weigh, mean in choices if repeating else choices[:, [1, 0, 2, 3]]:
        rule = "rank" if repeating and first == 2 else "min_max"
        low = (1.0, 10.0, 0.0)[int(first)] if repeating else first
        words = ("equal", "entropy", "spread")[int(weigh)]
        found.append(by_hand(data, rule, low, int(gone), words, (1, 0, -1)[int(mean)]))
    return np.array(found)


# Measuring -----------------------------------------------------------------------------------------


def memory(kind: str) -> float:
    """Return memory held now (VmRSS) or at most (VmHWM), MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1024


def measured(work) -> tuple:
    """Return what the work gives, its user CPU and its peak memory."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    held, start = memory("VmRSS"), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    found = work()
    return found, resource.getrusage(resource.RUSAGE_SELF).ru_utime - start, memory("VmHWM") - held


def one(way: str, design: str, runs: int) -> dict:
    """Measure one way in this process."""
    method, panel = analysis(design, runs)
    small, _ = analysis(design, 20)
    small.fit(panel)  # imports
    if way == "analysis":
        result, seconds, peak = measured(lambda: method.fit(panel))
        return {"seconds": seconds, "memory": peak, "different": result.diagnostics["different_runs"]}
    result = method.fit(panel)
    few = min(runs, 400 if way == "refit" else 2000)
    choices = result.choices[:few]
    if way == "refit":
        settled = [result.run(k) for k in range(few)]
        work = partial(refit, result, panel, settled)
    else:
        hand_runs(result, panel, choices[:5])
        work = partial(hand_runs, result, panel, choices)
    scores, seconds, peak = measured(work)
    gap = float(np.max(np.abs(scores / result.scores[:few] - 1)))
    if gap > SAME:
        raise SystemExit(f"{way} {design}: scores differ by {gap}")
    return {"seconds": seconds * runs / few, "memory": peak, "of": few, "gap": gap}


SALIB = """
import json, resource, sys, warnings
import numpy as np
from SALib.sample import sobol as sample
from SALib.analyze import sobol as analyze
warnings.simplefilter("ignore")
problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
x = sample.sample(problem, 1024, calc_second_order=False, seed=1)
p = np.pi * (2 * x - 1)
y = np.sin(p[:, 0]) + 7 * np.sin(p[:, 1]) ** 2 + 0.1 * p[:, 2] ** 4 * np.sin(p[:, 0])
start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
found = analyze.analyze(problem, y, calc_second_order=False, num_resamples=999, seed=1)
used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - start
y[4321] = np.nan
lost = analyze.analyze(problem, y, calc_second_order=False, num_resamples=9, seed=1)
print(json.dumps({"seconds": used, "first": found["S1"].tolist(), "total": found["ST"].tolist(),
    "dummy": [found["S1_conf"][3], found["ST_conf"][3]], "lost": [str(v) for v in lost["ST"]]}))
"""


def ishigami(points: np.ndarray) -> np.ndarray:
    """Return the test function of Ishigami and Homma with a fourth factor that does nothing."""
    p = np.pi * (2 * points - 1)
    return np.sin(p[:, 0]) + 7 * np.sin(p[:, 1]) ** 2 + 0.1 * p[:, 2] ** 4 * np.sin(p[:, 0])


def sobol_lines(salib: str | None) -> list[str]:
    """Return the comparison of Sobol indices."""
    from xinzhi.indicators.uncertainty.sobol import sobol

    sobol(ishigami, 4, 64, np.random.default_rng(0))
    found, seconds, _ = measured(lambda: sobol(ishigami, 4, 1024, np.random.default_rng(1)))
    rows = {"closed form": ("", (0.3139, 0.4424, 0, 0), (0.5576, 0.4424, 0.2437, 0))}
    rows["Xinzhi"] = (f"{seconds:.2f}", found.first[:, 0], found.total[:, 0])
    note = "SALib was not asked."
    if salib:
        done = subprocess.run([salib, "-c", SALIB], env=ENVIRONMENT, check=True, capture_output=True, text=True)
        peer = json.loads(done.stdout.splitlines()[-1])
        rows["SALib"] = (f"{peer['seconds']:.2f}", peer["first"], peer["total"])
        note = f"With one run of 6,144 lost (NaN) SALib gives total indices {', '.join(peer['lost'])}; Xinzhi an error."
    lines = ["| indices | CPU seconds | first order | total |", "|---|---|---|---|"]
    for name, (used, first, total) in rows.items():
        cells = [", ".join(f"{value:.3f}" for value in values) for values in (first, total)]
        lines.append(f"| {name} | {used} | {cells[0]} | {cells[1]} |")
    return [*lines, "", "Ishigami's function and a factor without effect, 1,024 points, 999 resamples. " + note]


def lines(runs: int) -> list[str]:
    """Return the rows of the table."""
    found = []
    for design in ("repeating", "continuous"):
        answers = {}
        for way in ("analysis", "refit", "by hand"):
            command = [sys.executable, __file__, "--one", way, design, str(runs)]
            done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)
            answers[way] = json.loads(done.stdout.splitlines()[-1])
        mine = answers["analysis"]
        for way, answer in answers.items():
            ratio = f"{answer['seconds'] / mine['seconds']:.1f}"
            of = f"{answer['of']:,}" if "of" in answer else f"{mine['different']:,} different"
            found.append(f"| {design} | {way} | {answer['seconds']:.2f} | {ratio} | {answer['memory']:.0f} | {of} |")
            print(found[-1], flush=True)
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--salib")
    parser.add_argument("--one", nargs=3)
    arguments = parser.parse_args()
    if arguments.one:
        way, design, runs = arguments.one
        print(json.dumps(one(way, design, int(runs))))
        return
    load = os.getloadavg()[0]
    table = lines(RUNS // 20 if arguments.quick else RUNS)
    indices = sobol_lines(arguments.salib)
    print("\n".join(indices))
    if arguments.quick:
        return
    packages = ", ".join(f"{name} {version(name)}" for name in ("xinzhi", "numpy", "scipy"))
    machine = f"{os.cpu_count()} cores, {platform.system().lower()} {platform.machine()}"
    text = [
        "# Uncertainty of a composite index",
        "",
        "Written by `benchmarks/indicators.py`: 10,000 runs of the ASEM index (51 countries, 49 indicators in a tree",
        "of three levels), one thread. `refit` and `by hand` are measured on the first runs and scaled; their scores",
        f"are those of the analysis to {SAME:g}. `refit` is `fit` of each settled index. `by hand` is this index as",
        "plain array code, without scores of dimensions, statuses, checks or accounts of changed cells; all of it is",
        "computed anew in each run. In the second design hardly any two runs share more than the first three steps.",
        "",
        "| design | way | CPU seconds | ratio | memory, MiB | runs measured |",
        "|---|---|---|---|---|---|",
        *table,
        "",
        *indices,
        "",
        f"{machine}, Python {platform.python_version()}, {packages}.",
        f"Load of the machine before and after: {load:.1f}, {os.getloadavg()[0]:.1f}"
        " (near or above the number of cores: others were at work and the seconds are too high).",
        "",
    ]
    (ROOT / "benchmarks" / "results" / "indicators.md").write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
