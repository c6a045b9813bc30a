"""Speed, memory and accuracy of the frontier engine against peers, on one machine in one run; ratios matter.

python benchmarks/frontier.py                # writes benchmarks/results/frontier.md and frontier.json
python benchmarks/frontier.py --quick        # without the two largest and the slow peers; printed only

Each measurement has a process of its own: user CPU of one thread without imports, making of data and compilation
(compiled code cached), and the peak memory above that after imports and data. A pass is the measured time of one
product in double precision of the frontier's units with all units, in blocks of 256, one thread.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from frontier_data import cross_section, panel, spread

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
UNSET = ("OPENBLAS_", "PYTHONDONTWRITEBYTECODE")  # the fast BLAS kernel; bytecode kept, as on a user's machine
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(UNSET)},
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
BLOCK = 256
REPEATED = 5.0
CASES = {  # name: (task, units, inputs, outputs, density)
    "radial_1000": ("radial", 1000, 3, 2, 0.10),
    "radial_5000": ("radial", 5000, 3, 2, 0.10),
    "radial_20000_10": ("radial", 20_000, 5, 5, 0.10),
    "radial_100000": ("radial", 100_000, 3, 2, 0.10),
    "radial_1000000": ("radial", 1_000_000, 3, 2, 0.10),
    "sbm_1000": ("sbm", 1000, 3, 2, 0.10),
    "malmquist_108x25": ("malmquist", 0, 3, 2, 0.10),
    "fdh_100000": ("fdh", 100_000, 3, 2, 0.10),
}
LIMITS = [  # what is measured, peer, the ratio that is asked for
    ("radial_1000", "highspy", 25.0),
    ("radial_1000", "deapack", 300.0),
    ("radial_5000", "highspy", 150.0),
    ("radial_5000", "deapack", 1000.0),
    ("sbm_1000", "deapack", 30.0),
    ("malmquist_108x25", "deapack", 100.0),
]
PASSES = {"radial_100000": 3.0, "radial_1000000": 6.0, "radial_20000_10": 10.0}
MEMORY = {"radial_100000": 250.0, "radial_1000000": 600.0}
GRID = [("units", (n, 3, 2, 0.10)) for n in (300, 500, 1000, 3000, 10_000, 30_000)]
GRID += [("goods", (3000, m, s, 0.10)) for m, s in ((1, 1), (2, 2), (3, 3), (5, 5), (8, 7), (10, 10))]
GRID += [("share on the frontier", (3000, 3, 2, d)) for d in (0.02, 0.05, 0.10, 0.25, 0.50, 0.90)]


def cpu() -> float:
    """Return user CPU seconds of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def peak() -> float:
    """Return the peak memory of this process, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def call(task: str, data: tuple):
    """Return a function that does the task once: at the level at which the peer is asked."""
    import pandas as pd

    import xinzhi as xz
    from xinzhi.frontier.engine import Technology, radial_scores

    if task == "radial":
        x, y = data
        return lambda: radial_scores(Technology.of(x, y, "vrs"), (x, y), orientation="input")
    keys = {"unit": np.arange(len(data[-1]))} if task != "malmquist" else {"unit": data[0], "year": data[1]}
    x, y = data[-2:]
    names = [f"x{i}" for i in range(x.shape[1])], [f"y{i}" for i in range(y.shape[1])]
    columns = dict(zip((*names[0], *names[1]), (*x.T, *y.T), strict=True))
    frame = pd.DataFrame({**keys, **columns})
    roles = {"inputs": names[0], "outputs": names[1]}
    if task == "malmquist":
        method = xz.Malmquist(**roles, orientation="output", returns="crs")
        return lambda: method.fit(xz.Panel(frame, unit="unit", time="year"))
    if task == "sbm":
        method = xz.SBM(**roles, orientation="none", returns="vrs")
    else:
        method = xz.FDH(**roles, orientation="input")
    return lambda: method.fit(xz.Panel(frame, unit="unit"))


def score(task: str, found) -> np.ndarray:
    """Return the numbers of an answer."""
    if task == "radial":
        return found.score
    return np.exp(found.term("malmquist")) if task == "malmquist" else next(iter(found.rows.terms.values()))


def measured(work) -> tuple[float, object]:
    """Return user CPU seconds of a task, the median of up to five runs if it is short, and its answer."""
    runs: list[float] = []
    while not runs or (sum(runs) < REPEATED and len(runs) < 5):
        before = cpu()
        found = work()
        runs.append(cpu() - before)
    return float(np.median(runs)), found


def product(rows: np.ndarray, columns: np.ndarray, *, by_rows: bool) -> None:
    """Multiply rows (f, k) with columns (k, n) in blocks of rows or of columns."""
    for at in range(0, len(rows) if by_rows else columns.shape[1], BLOCK):
        if by_rows:
            rows[at : at + BLOCK] @ columns
        else:
            rows @ columns[:, at : at + BLOCK]


def one(task: str, n: int, m: int, s: int, density: float) -> dict:
    """Measure one task in this process."""
    call("radial", cross_section(700))()  # compiled code comes from the cache here
    data = panel(108, 25) if task == "malmquist" else cross_section(n, m, s, density)
    small = panel(6, 3) if task == "malmquist" else cross_section(30, m, s, density)
    call(task, small)()
    work = call(task, data)
    held = peak()
    took, found = measured(work)
    top = peak()
    numbers = score(task, found)
    line = {"seconds": took, "memory": top - held, "mean": float(np.nanmean(numbers))}
    line["missing"] = int(np.isnan(numbers).sum())
    if task == "radial":
        x, y = data
        best = np.hstack((x, y, np.ones((n, 1))))[numbers > 1 - 1e-9]
        columns = np.ascontiguousarray(np.hstack((x, y, np.ones((n, 1)))).T)
        passes = [measured(partial(product, best, columns, by_rows=by_rows))[0] for by_rows in (True, False)]
        line |= {"frontier": len(best), "pass": passes[0], "pass_by_columns": passes[1]}
    return line


def cold(cached: bool) -> dict:
    """Measure a fresh process at n = 1,000, imports included, with or without compiled code in the cache."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from frontier_data import cross_section; "
        "from xinzhi.frontier.engine import Technology, radial_scores; x, y = cross_section(1000); "
        "radial_scores(Technology.of(x, y, 'vrs'), (x, y), orientation='input')"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = ENVIRONMENT | ({} if cached else {"XINZHI_CACHE_DIR": folder, "XDG_CACHE_HOME": folder})
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code, str(Path(__file__).parent)], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def ours(*arguments: object) -> dict:
    """Return what a process of its own measured."""
    command = [sys.executable, __file__, "--one", *map(str, arguments)]
    done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def peer(engine: str, task: str, size: object, given: str = "") -> dict:
    """Return what a peer's process measured."""
    command = [str(PEERS), str(Path(__file__).with_name("frontier_peers.py")), engine, task, str(size)]
    done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True, input=given)
    return json.loads(done.stdout.splitlines()[-1])


def extreme() -> tuple[dict, str]:
    """Return our largest errors against exact arithmetic on data like those of firms, and the cases for peers."""
    sys.path.insert(0, str(ROOT))
    from tests.frontier.exact import exact_scores

    cases, errors = [], {}
    for returns in ("crs", "vrs"):
        for sd in (3.0, 4.0, 5.0):
            for seed in range(8):
                x, y = spread(40, size_sd=sd, seed=seed)
                mine, right = exact_scores(x, y, returns)
                key = f"{returns} {sd:g}"
                before = errors.get(key, (0.0, 0))
                errors[key] = (max(before[0], float(np.max(np.abs(mine - right) / right))), before[1])
                cases.append({"n": 40, "sd": sd, "seed": seed, "returns": returns, "scores": right.tolist()})
    return errors, json.dumps(cases)


def peer_errors(given: str) -> dict[str, dict]:
    """Return each peer's largest errors on the extreme data."""
    return {
        engine: peer(engine, "extreme", 0, given)["errors"] for engine in ("highspy", "scipy", "deapack", "pyfrontier")
    }


def grid() -> list[dict]:
    """Return the cost of a radial programme by number of units, of goods, and share on the frontier."""
    lines = []
    for what, (n, m, s, density) in GRID:
        found = ours("radial", n, m, s, density)
        line = {"by": what, "units": n, "goods": m + s, "share": found["frontier"] / n}
        lines.append(line | {"microseconds": 1e6 * found["seconds"] / n})
    return lines


def chart(lines: list[dict], target: Path) -> None:
    """Draw the cost of a programme against units, goods and share on the frontier."""
    import altair as alt

    from xinzhi.method.charts import save_svg

    panels = []
    for what, field in (("units", "units"), ("goods", "goods"), ("share on the frontier", "share")):
        rows = [line for line in lines if line["by"] == what]
        scale = alt.Scale(type="log") if what == "units" else alt.Scale(zero=False)
        axis = alt.Axis(values=[row["units"] for row in rows][::2]) if what == "units" else alt.Undefined
        base = alt.Chart(alt.InlineData(values=rows), width=200, height=180)
        x = alt.X(f"{field}:Q", title=what, scale=scale, axis=axis)
        y = alt.Y("microseconds:Q", title="microseconds a programme", scale=alt.Scale(type="log"))
        panels.append(base.mark_line(point=True, color="#17375e").encode(x=x, y=y))
    figure = alt.hconcat(*panels).properties(name="cost")
    target.write_text(save_svg(figure), encoding="utf-8")


def threads() -> dict:
    """Return seconds with one and with two threads, and whether the bits are the same."""
    code = (
        "import sys, time, hashlib; sys.path.insert(0, sys.argv[1]); import numpy as np\n"
        "from frontier_data import cross_section\n"
        "from xinzhi.frontier.engine.programmes import Questions, Technology, standard\n"
        "from xinzhi.frontier.engine.compiled import run_compiled\n"
        "x, y = cross_section(20000); goods = np.hstack((x, y)); moved = np.arange(5) < 3\n"
        "asked = Questions(b=np.where(moved, 0.0, goods), size=goods, move=np.where(moved, -goods, 0.0), cost=1)\n"
        "programmes, _ = standard(Technology.of(x, y, 'vrs'), asked)\n"
        "run_compiled(programmes.some(np.arange(2000)))\n"
        "for n in (1, 2):\n"
        "    start = time.perf_counter(); words, basis = run_compiled(programmes, threads=n)\n"
        "    print(time.perf_counter() - start, hashlib.sha256(basis.tobytes()).hexdigest())\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    (one_, first), (two, second) = (line.split() for line in done.stdout.splitlines())
    return {"one": float(one_), "two": float(two), "identical": first == second}


def report(results: dict) -> str:
    """Return the results as Markdown."""
    cases, peers = results["cases"], results["peers"]
    lines = [
        "| task | seconds, user CPU | memory above data, MiB | frontier | passes | passes by columns | asked |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in cases.items():
        kinds = ("pass", "pass_by_columns")
        passes = " | ".join(f"{found['seconds'] / found[kind]:.2f}" if found.get(kind) else "" for kind in kinds)
        limits = [f"{PASSES[name]:g} passes"] if name in PASSES else []
        asked = ", ".join([*limits, f"{MEMORY[name]:g} MiB"] if name in MEMORY else limits)
        lines.append(
            f"| {name} | {found['seconds']:.3f} | {found['memory']:.0f} | {found.get('frontier', '')} | {passes} "
            f"| {asked} |"
        )
    ratios = ["| task | peer | its seconds | ratio | asked | means agree to |", "|---|---|---|---|---|---|"]
    for name, engine, asked in LIMITS:
        if f"{name} {engine}" in peers and name in cases:
            theirs, mine = peers[f"{name} {engine}"], cases[name]
            gap = abs(theirs["mean"] - mine["mean"])
            ratio = theirs["seconds"] / mine["seconds"]
            ratios.append(
                f"| {name} | {engine} {theirs['version']} | {theirs['seconds']:.2f} | {ratio:.0f} | {asked:g} "
                f"| {gap:.1e} |"
            )
    keys = list(results["errors"].get("Xinzhi", {}))
    errors = [f"| engine | {' | '.join(keys)} | no answer |", "|---" * (len(keys) + 2) + "|"]
    for engine, found in results["errors"].items():
        cells = " | ".join(f"{found[key][0]:.1e}" for key in keys)
        errors.append(f"| {engine} | {cells} | {sum(cell[1] for cell in found.values())} |")
    costs = ["| by | units | goods | share on the frontier | microseconds a programme |", "|---|---|---|---|---|"]
    costs += [
        f"| {r['by']} | {r['units']} | {r['goods']} | {r['share']:.2f} | {r['microseconds']:.1f} |"
        for r in results["grid"]
    ]
    cold_, two = results["cold"], results["threads"]
    versions = ", ".join(f"{name} {version(name)}" for name in ("xinzhi", "numpy", "numba", "highspy"))
    return f"""# The frontier engine

Written by `benchmarks/frontier.py`. Radial programmes: input orientation, variable returns, 3 inputs and 2 outputs
(5 and 5 in the case of 10 goods), with peers and multipliers. sbm: not oriented, variable returns; malmquist: 108
units x 25 years, constant returns; fdh: input orientation. sbm, malmquist and fdh are whole fits with panel and result.
Short tasks: the median of up to five runs. A pass is the product of the frontier's rows with all columns: in blocks of
256 rows (the stricter reading), and in blocks of 256 columns.

{chr(10).join(lines)}

{chr(10).join(ratios)}

Fresh process at n = 1,000, imports included, bytecode kept: {cold_["cached"]:.2f} s CPU with compiled code in the cache
(asked: 1.0), {cold_["empty"]:.1f} s without (asked: 12). n = 20,000: {two["one"]:.2f} s wall with one thread,
{two["two"]:.2f} s with two, bases identical to the bit: {two["identical"]}.

## Errors on data like those of firms

Largest relative error of radial input scores against exact rational arithmetic, n = 40, 8 seeds, by returns to
scale and standard deviation of log size.

{chr(10).join(errors)}

## Cost of a programme

![cost of a programme](frontier-cost.svg)

{chr(10).join(costs)}

{os.cpu_count()} cores, {sys.platform} {platform.machine()}, Python {platform.python_version()}, {versions}; load
before and after: {results["load"][0]:.1f}, {results["load"][1]:.1f}.
"""


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--one", nargs=5)
    given = parser.parse_args()
    if given.one:
        task, n, m, s, density = given.one
        print(json.dumps(one(task, int(n), int(m), int(s), float(density))))
        return
    load = [os.getloadavg()[0]]
    skipped = {"radial_1000000", "fdh_100000", "radial_20000_10"} if given.quick else set()
    cases = {name: ours(*case) for name, case in CASES.items() if name not in skipped}
    asked = [(name, engine) for name, engine, _ in LIMITS if not (given.quick and name == "radial_5000")]
    sizes = {"malmquist_108x25": "108x25"}
    peers = {
        f"{name} {engine}": peer(engine, CASES[name][0], sizes.get(name, CASES[name][1])) for name, engine in asked
    }
    mine, extreme_cases = extreme()
    errors = {"Xinzhi": mine} | ({} if given.quick else peer_errors(extreme_cases))
    lines = [] if given.quick else grid()
    cold(cached=True)  # fills the cache
    results = {
        "cases": cases,
        "peers": peers,
        "errors": errors,
        "grid": lines,
        "cold": {"cached": cold(cached=True)["seconds"], "empty": cold(cached=False)["seconds"]},
        "threads": threads(),
        "load": [*load, os.getloadavg()[0]],
    }
    folder = ROOT / ("build" if given.quick else "benchmarks/results")
    folder.mkdir(exist_ok=True)
    (folder / "frontier.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    text = report(results)
    print(text)
    if not given.quick:
        (folder / "frontier.md").write_text(text, encoding="utf-8")
        chart(lines, folder / "frontier-cost.svg")


if __name__ == "__main__":
    main()
