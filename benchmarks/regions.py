"""Inequality between regions: Dagum's decomposition with a bootstrap, beside the same over pairs of units.

python benchmarks/regions.py                     # writes benchmarks/results/regions.md
python benchmarks/regions.py --quick             # a tenth of the draws; printed only

5,000 units in four groups, 999 draws. ``pairs`` computes the distances of all pairs once and weighs them by the draws
(two products with an n x n matrix a draw); ``pairs anew`` takes the distances of the drawn units, as plain code does.
Both are timed over a few draws. User CPU seconds, one thread.
"""

import argparse
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from xinzhi.compute import Run  # noqa: E402
from xinzhi.regions.inequality.dagum import DagumOf, Sorted  # noqa: E402
from xinzhi.regions.inequality.intervals import Resampled, bounds  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
UNITS, GROUPS, DRAWS, FEW = 5_000, 4, 999, 3
SAME = 1e-12
"""Gap of statistics of size one between two orders of summation."""


def from_sums(sums, sizes, amounts):
    """Return G, its parts, G_jj, G_jh of (g, g) sums of (y_j - y_h)+, as plain array code."""
    n, total, means = sizes.sum(), amounts.sum(), amounts / sizes
    both, net = sums + sums.T, np.abs(sums - sums.T)
    scale = 1.0 / (n * total)
    j, h = np.triu_indices(sizes.size, 1)
    parts = [both.sum() / 2, np.trace(both) / 2, net[j, h].sum(), (both - net)[j, h].sum()]
    coefficients = both / np.outer(sizes, sizes) / (means[:, None] + means)
    return np.concatenate([np.array(parts) * scale, np.diag(coefficients), coefficients[j, h]])


def by_pairs(y, member, distances, weights):
    """Return the statistics of a weighting from the (n, n) distances above zero of all pairs."""
    w = weights * member
    return from_sums(w @ distances @ w.T, w.sum(axis=1), w @ y)


def pairs_anew(y, code, picks):
    """Return the statistics of drawn units from their own (n, n) distances."""
    drawn, group = y[picks], code[picks]
    above = np.maximum(drawn - drawn[:, None], 0.0)
    rows = [above[group == j] for j in range(GROUPS)]
    sums = np.array([[row[:, group == h].sum() for h in range(GROUPS)] for row in rows])
    sizes = np.bincount(group, minlength=GROUPS).astype(float)
    return from_sums(sums, sizes, np.bincount(group, drawn, GROUPS))


def seconds(task):
    """Return the CPU seconds of a task and what it gives."""
    start = time.process_time()
    found = task()
    return time.process_time() - start, found


def main() -> None:
    """Measure, compare, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    draws = DRAWS // 10 if parser.parse_args().quick else DRAWS
    draw = np.random.default_rng(20261127)
    code = np.sort(draw.integers(0, GROUPS, UNITS))
    y = draw.lognormal(0.2 * code, 0.5)
    ones = np.ones(UNITS)

    def ours():
        year = DagumOf(Sorted.of(y, code, GROUPS))
        return bounds(year, ones, code, resampled=Resampled(draws=draws), run=Run(), key=0)

    ours()
    mine, _ = seconds(ours)
    picks = [draw.integers(0, UNITS, UNITS) for _ in range(FEW)]
    counts = [np.bincount(chosen, minlength=UNITS).astype(float) for chosen in picks]
    distances, member = np.maximum(y - y[:, None], 0.0), (code == np.arange(GROUPS)[:, None]).astype(float)
    fast, one = seconds(lambda: [by_pairs(y, member, distances, weights) for weights in counts])
    plain, two = seconds(lambda: [pairs_anew(y, code, chosen) for chosen in picks])
    truth = DagumOf(Sorted.of(y, code, GROUPS))(np.array(counts))
    gap = max(float(np.max(np.abs(truth - np.array(other)))) for other in (one, two))
    if gap > SAME:
        raise SystemExit(f"the ways differ by {gap:.1e}")
    rows = [
        ("sorted, Xinzhi", mine),
        ("pairs anew", plain / FEW * draws),
        ("pairs, distances held", fast / FEW * draws),
    ]
    table = [f"| {name} | {cost:.2f} | {cost / mine:.0f} |" for name, cost in rows]
    print("\n".join([*table, f"largest gap {gap:.1e}"]))
    if draws < DRAWS:
        return
    text = [
        "# Inequality between regions",
        "",
        f"Written by `benchmarks/regions.py`: Dagum's decomposition with {DRAWS} draws of a bootstrap, {UNITS:,} units",
        f"in {GROUPS} groups, CPU seconds on one thread; forms over pairs are timed on {FEW} draws and multiplied up.",
        f"All give the same statistics (largest gap {gap:.0e}).",
        "",
        "| way | CPU seconds | times ours |",
        "|---|---|---|",
        *table,
        "",
        f"{os.cpu_count()} cores, {platform.system().lower()} {platform.machine()}, Python {platform.python_version()},"
        f" xinzhi {version('xinzhi')}, numpy {np.__version__}; load of the machine {os.getloadavg()[0]:.1f}.",
        "",
    ]
    (ROOT / "benchmarks" / "results" / "regions.md").write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
