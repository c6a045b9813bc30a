"""Radial DEA against SciPy's linprog (HiGHS, one call per unit) in the same process; ratios, not seconds, are compared.

python benchmarks/frontier.py      # writes benchmarks/results/frontier.json
"""

import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from xinzhi.frontier.engine import Technology, radial_scores

ROOT = Path(__file__).resolve().parents[1]
SIZES = (100, 300, 1000)


def units(n: int, inputs: int = 3, outputs: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return n seeded units: convex technology, half-normal inefficiency."""
    rng = np.random.default_rng([20261124, n])
    x = np.exp(rng.normal(0.0, 0.6, (n, inputs))) * 10.0
    level = np.exp(np.log(x).mean(axis=1) * 0.8 - np.abs(rng.normal(0.0, 0.25, n)))
    return x, level[:, None] * np.sqrt(rng.dirichlet(np.full(outputs, 2.0), n))


def by_linprog(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return input-oriented scores under variable returns by one linprog call per unit."""
    n, m = x.shape
    scores = np.empty(n)
    for o in range(n):
        a_ub = np.block([[-x[o][:, None], x.T], [np.zeros((y.shape[1], 1)), -y.T]])
        b_ub = np.r_[np.zeros(m), -y[o]]
        a_eq = np.r_[0.0, np.ones(n)][None, :]
        scores[o] = linprog(np.r_[1.0, np.zeros(n)], A_ub=a_ub, b_ub=b_ub, A_eq=a_eq, b_eq=[1.0]).fun
    return scores


def main() -> None:
    """Measure and write the results."""
    rows = []
    for n in SIZES:
        x, y = units(n)
        start = time.perf_counter()
        ours = radial_scores(Technology.of(x, y, "vrs"), (x, y), orientation="input").score
        middle = time.perf_counter()
        theirs = by_linprog(x, y)
        stop = time.perf_counter()
        rows.append(
            {
                "units": n,
                "linprog_over_ours": round((stop - middle) / (middle - start), 2),
                "ours_lp_per_second": round(n / (middle - start)),
                "largest_difference": float(np.abs(ours - theirs).max()),
            }
        )
    content = {
        "machine": {"cores": os.cpu_count(), "system": f"{sys.platform} {platform.machine()}"},
        "versions": {name: version(name) for name in ("xinzhi", "numpy", "scipy", "highspy")},
        "python": platform.python_version(),
        "rows": rows,
    }
    target = ROOT / "benchmarks" / "results" / "frontier.json"
    target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(target.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
