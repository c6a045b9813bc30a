"""Methods of regions at the size of all counties of China, beside peers, and beside other ways to compute the same.

python benchmarks/regions.py                     # writes benchmarks/results/regions.md and regions.json
python benchmarks/regions.py --quick             # 300 units, a tenth of the draws and runs; printed only
python benchmarks/regions.py --only dagum,durbin # some methods of the scale run; printed only

scale     3,000 units x 20 years through every method, tables and figures included; each in a process of its own. CPU
          seconds (user and system) and the peak of memory above imports and data, beside what ``memory()`` tells.
panels    spatial panels of 100 units and 20 years, beside Panel_FE_Lag of spreg (environment .venv/peers), and Monte
          Carlo runs of the Durbin model as in the tests.
Dagum     5,000 units in four groups, 999 draws. ``pairs`` computes the distances of all pairs once and weighs them by
          the draws (two products with an n x n matrix a draw); ``pairs anew`` takes the distances of the drawn units,
          as plain code does. Both are timed over a few draws.
One thread.
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

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
from regions_data import counties, durbin_world  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / ".venv" / "peers" / "bin" / "python"
COUNTIES, YEARS, LARGE = 3_000, 20, "spatial durbin"
UNITS, GROUPS, DRAWS, FEW = 5_000, 4, 999, 3
SAME = 1e-12
"""Gap of statistics of size one between two orders of summation."""
CLOSE = 1e-6
"""Gap of estimates from spreg, which ends its search at 1e-7."""
RUNS, FEW_RUNS = 2_000, 20
"""Monte Carlo runs of ours, and of the peer, whose time is multiplied up."""
SIZES = ((5, 6, 10), (5, 6, 20), (10, 10, 10), (10, 10, 20))


# Every method at the size of all counties ------------------------------------------------------


def methods(links, corners) -> dict:
    """Return a function that makes each method; a new method needs one more line."""
    import xinzhi.regions as xr
    from xinzhi.regions.regressions.event_study import EventStudy
    from xinzhi.regions.regressions.fixed_effects import FixedEffects
    from xinzhi.regions.regressions.moderation import Moderation
    from xinzhi.regions.regressions.threshold import ThresholdRegression
    from xinzhi.regions.space.choropleth import Choropleth
    from xinzhi.regions.space.shapes import Shapes

    near, again = xr.ContiguityList(links=links), xr.Resampled()
    far, rich = xr.DistanceWeights(x="lon", y="lat"), xr.EconomicDistance(of="people")
    six = xr.DistanceWeights(x="lon", y="lat", nearest=6)
    panel = {"outcome": "y", "regressors": ("a", "b"), "weights": near}

    def shapes():
        rings = [[*one, one[0]] for one in corners.tolist()]
        made = [
            {"properties": {"id": f"c{k:05}"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
            for k, ring in enumerate(rings)
        ]
        return Shapes(geojson={"features": made}, unit="id")

    return {
        "inequality": lambda: xr.Inequality(of="income", weight="people"),
        "inequality, 999 draws": lambda: xr.Inequality(of="income", weight="people", intervals=again),
        "dagum, 4 groups": lambda: xr.DagumDecomposition(of="income", group="zone"),
        "dagum, 30 groups": lambda: xr.DagumDecomposition(of="income", group="province"),
        "dagum, 4 groups, 999 draws": lambda: xr.DagumDecomposition(of="income", group="zone", intervals=again),
        "theil": lambda: xr.TheilDecomposition(of="income", group="province"),
        "variance": lambda: xr.VarianceDecomposition(components=("a", "b")),
        "kernel density": lambda: xr.KernelDensity(of="income", bounds=(0, None)),
        "conditional density, lagged": lambda: xr.ConditionalDensity(of="income"),
        "conditional density, spatial": lambda: xr.ConditionalDensity(of="income", weights=near),
        "markov": lambda: xr.MarkovChain(of="income"),
        "spatial markov": lambda: xr.SpatialMarkovChain(of="income", weights=near),
        "moran and geary": lambda: xr.SpatialAutocorrelation(of="income", weights=near),
        "moran and geary, 999 permutations": lambda: xr.SpatialAutocorrelation(
            of="income", weights=near, inference=xr.Permutations(draws=999)
        ),
        "moran and geary, inverse distance": lambda: xr.SpatialAutocorrelation(of="income", weights=far),
        "moran and geary, six nearest": lambda: xr.SpatialAutocorrelation(of="income", weights=six),
        "moran and geary, economic distance": lambda: xr.SpatialAutocorrelation(of="income", weights=rich),
        "moran and geary, nested": lambda: xr.SpatialAutocorrelation(
            of="income", weights=xr.Nested(first=near, second=rich)
        ),
        "local moran and G*, 9,999 permutations": lambda: xr.LocalAutocorrelation(of="income", weights=near),
        "ellipse": lambda: xr.StandardDeviationalEllipse(x="lon", y="lat", weight="income", projection=xr.Albers()),
        "geodetector, 999 permutations": lambda: xr.Geodetector(of="income", factors=("province", "zone")),
        "spatial durbin": lambda: xr.SpatialPanel(**panel),
        "spatial lag": lambda: xr.SpatialPanel(**panel, model="lag"),
        "spatial error": lambda: xr.SpatialPanel(**panel, model="error"),
        "spatial durbin, six nearest": lambda: xr.SpatialPanel(**panel | {"weights": six}),
        "spatial durbin, economic distance": lambda: xr.SpatialPanel(**panel | {"weights": rich}),
        "spatial beta": lambda: xr.SpatialBeta(of="income", weights=near),
        "fixed effects": lambda: FixedEffects(outcome="y", regressors=("a", "b")),
        "moderation": lambda: Moderation(outcome="y", regressor="a", moderator="b"),
        "threshold, 300 draws": lambda: ThresholdRegression(
            outcome="y", regime_dependent=("a",), threshold_variable="b"
        ),
        "event study": lambda: EventStudy(outcome="y", first_treated="policy"),
        "choropleth": lambda: Choropleth(of="income", shapes=shapes()),
    }


def made(units: int, years: int, name: str):
    """Return a method and its panel."""
    import pandas as pd

    import xinzhi as xz

    data, links, corners = counties(units, years)
    method = methods(tuple(links), corners)[name]()
    return method, xz.Panel(pd.DataFrame(data), unit="unit", time="year")


def shown(result) -> None:
    """Make all that a reader of a result sees."""
    result.tables()
    result.figures()
    result.summary()


def cpu() -> float:
    """Return user and system CPU seconds of this process and its children."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def held(kind: str) -> float:
    """Return memory held now (VmRSS) or at most (VmHWM), MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1024


def one(name: str, units: int) -> dict:
    """Measure a method in this process."""
    small, panel = made(60, 8, name)
    shown(small.fit(panel))  # imports
    method, panel = made(units, YEARS, name)
    told, reports = method.memory(panel) / 2**20, []
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, start, clock = held("VmRSS"), cpu(), time.monotonic()
    result = method.fit(panel, progress=lambda *_: reports.append(time.monotonic() - clock))
    fit, peak = cpu() - start, held("VmHWM") - before
    gaps = np.diff([0.0, *reports, time.monotonic() - clock])
    start = cpu()
    shown(result)
    pages = cpu() - start
    return {
        "fit": fit,
        "pages": pages,
        "peak": peak,
        "peak_pages": held("VmHWM") - before,
        "told": told,
        "reports": len(reports),
        "longest_silence": float(gaps.max()),
    }


def scale(units: int, only: set[str]) -> dict[str, dict]:
    """Return the measures of every method, or of some, and of one with still more units."""
    found = {}
    cases = [(name, name, units) for name in methods((("a", "b"),), np.zeros((0, 4, 2)))]
    cases += [(f"{LARGE}, {3 * units + units // 3:,} units", LARGE, 3 * units + units // 3)]
    for title, name, count in cases:
        if only and not any(word in title for word in only):
            continue
        command = [sys.executable, __file__, "--one", name, str(count)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            print(f"{title}: {answer.stderr.strip().splitlines()[-1][:200]}")
            continue
        found[title] = json.loads(answer.stdout.splitlines()[-1])
        print(scale_line(title, found[title]), flush=True)
    return found


def scale_line(name: str, found: dict) -> str:
    """Return a row of the table."""
    numbers = [f"{found[key]:.2f}" for key in ("fit", "pages")]
    numbers += [f"{found[key]:.0f}" for key in ("peak", "told", "peak_pages")]
    return f"| {name} | {' | '.join(numbers)} | {found['reports']} |"


# Spatial panels beside spreg -------------------------------------------------------------------


def peer(rows: int, columns: int, periods: int, runs: int, *more: str) -> dict:
    """Return what spreg took for Panel_FE_Lag."""
    script = str(Path(__file__).with_name("regions_peers.py"))
    command = [os.environ.get("REGIONS_PEER", str(PEER)), script, *map(str, (rows, columns, periods, runs)), *more]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def panels(runs: int) -> dict:
    """Return seconds of fits and of Monte Carlo runs, ours and the peer's."""
    from xinzhi.regions.panels.effects import spatial_effects
    from xinzhi.regions.panels.likelihood import spatial_panel_fit
    from xinzhi.regions.panels.space import space_of

    direct = {"model": "lag", "effects": "unit", "correction": "none"}
    cases = {}
    for rows, columns, periods in SIZES:
        w, y, x = durbin_world(rows, columns, periods, 0)
        sums = (w > 0).sum(axis=1).astype(float)
        plain = spatial_panel_fit(y, np.concatenate([x, w @ x], axis=2), space=space_of(w), **direct)
        fits = effects = same = 0.0
        draw = np.random.default_rng(1)
        for seed in range(runs):
            w, y, x = durbin_world(rows, columns, periods, seed % 50)
            z = np.concatenate([x, w @ x], axis=2)
            start = cpu()
            space = space_of(w, sums=sums)
            found = spatial_panel_fit(y, z, space=space, model="lag")
            fits += cpu() - start
            start = cpu()
            estimates = np.append(found.coefficients, found.rho)
            normal, pairs = draw.standard_normal((300, 5)), [(0, 2), (1, 3)]
            spatial_effects(estimates, found.covariance[:-1, :-1], pairs=pairs, space=space, normal=normal)
            effects += cpu() - start
            start = cpu()
            spatial_panel_fit(y, z, space=space_of(w, sums=sums), **direct)
            same += cpu() - start
        theirs = peer(rows, columns, periods, min(runs, FEW_RUNS), "durbin")
        gap = float(np.abs(np.array(theirs["estimates"]) - [*plain.coefficients, plain.rho]).max())
        if gap > CLOSE:
            raise SystemExit(f"estimates differ from those of spreg by {gap:.1e}")
        cases[f"n = {rows * columns}, T = {periods}"] = {
            "fit": fits,
            "effects": effects,
            "direct": same,
            "spreg": theirs["seconds"] * runs / min(runs, FEW_RUNS),
            "gap": gap,
            "version": theirs["version"],
        }
    return {"runs": runs, "cases": cases, "whole": whole_fits()}


def whole_fits() -> dict[str, float]:
    """Return CPU seconds of a whole method at n = 100, T = 20 with effects, intervals and tests, and of spreg's lag."""
    import pandas as pd
    from regions_data import lattice_links

    import xinzhi as xz
    from xinzhi.regions import SpatialPanel

    _, y, x = durbin_world(10, 10, 20, 0)
    names = [f"u{k:03}" for k in range(100)]
    frame = pd.DataFrame({"i": names * 20, "t": np.repeat(range(20), 100), "y": y.ravel()})
    frame["a"], frame["b"] = x[..., 0].ravel(), x[..., 1].ravel()
    links = [(names[a], names[b]) for a, b in lattice_links(10, 10).tolist()]
    panel, found = xz.Panel(frame, unit="i", time="t"), {}
    for name, settings in (("durbin", {}), ("lag", {"model": "lag", "effects": "unit", "correction": "none"})):
        method = SpatialPanel(
            outcome="y", regressors=("a", "b"), weights=xz.regions.ContiguityList(links=links), **settings
        )
        method.fit(panel)
        start = cpu()
        for _ in range(10):
            method.fit(panel)
        found[name] = (cpu() - start) / 10
    found["spreg lag"] = peer(10, 10, 20, FEW_RUNS)["seconds"] / FEW_RUNS
    return found


# Dagum's decomposition in other ways -----------------------------------------------------------


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


def dagum(draws: int) -> dict:
    """Return CPU seconds of the ways, and the largest gap between their statistics."""
    from xinzhi.compute import Run
    from xinzhi.regions.inequality.dagum import DagumOf, Sorted
    from xinzhi.regions.inequality.intervals import Resampled, bounds

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
    fast, one_way = seconds(lambda: [by_pairs(y, member, distances, weights) for weights in counts])
    plain, other_way = seconds(lambda: [pairs_anew(y, code, chosen) for chosen in picks])
    truth = DagumOf(Sorted.of(y, code, GROUPS))(np.array(counts))
    gap = max(float(np.max(np.abs(truth - np.array(other)))) for other in (one_way, other_way))
    if gap > SAME:
        raise SystemExit(f"the ways differ by {gap:.1e}")
    ways = {"sorted, Xinzhi": mine, "pairs anew": plain / FEW * draws, "pairs, distances held": fast / FEW * draws}
    return {"ways": ways, "gap": gap}


# Report ----------------------------------------------------------------------------------------


def report(results: dict) -> str:
    """Return the results as text."""
    lines = "\n".join(scale_line(name, found) for name, found in results["scale"].items())
    beside, whole = results["panels"], results["panels"]["whole"]
    cases = "\n".join(
        f"| {name} | {c['fit']:.1f} | {c['effects']:.1f} | {c['direct']:.1f} | {c['spreg']:.1f} "
        f"| {c['spreg'] / c['direct']:.0f} | {c['gap']:.0e} |"
        for name, c in beside["cases"].items()
    )
    ways, mine = results["dagum"]["ways"], results["dagum"]["ways"]["sorted, Xinzhi"]
    ways = "\n".join(f"| {name} | {cost:.2f} | {cost / mine:.0f} |" for name, cost in ways.items())
    spreg = next(iter(beside["cases"].values()))["version"]
    versions = ", ".join(f"{name} {version(name)}" for name in ("xinzhi", "numpy", "scipy"))
    return f"""# Regions

Written by `benchmarks/regions.py`, one thread.

## {results["units"]:,} units and {YEARS} years through every method

Made-up counties on a jittered grid with up to six neighbours. CPU seconds, user and system, of the fit and of all
tables and figures (of all units; a report shows a choice); peak of memory above imports and data during the fit, what
`memory()` tells before it, and the peak with tables and figures, MiB; how often the fit reports its progress. Weights
are a list of neighbours, row-standardised, where nothing else is said.

| method | fit | tables, figures | peak of the fit | told | peak of all | reports |
|---|---|---|---|---|---|---|
{lines}

## Spatial panels beside spreg

{beside["runs"]:,} Monte Carlo runs on a lattice with two regressors and their spatial lags, CPU seconds: the Durbin fit
with effects of units and years and the correction of Lee and Yu, roots of the weights included; direct, indirect and
total effects with intervals from 300 draws; the same regressors with effects of units and without correction, which is
the model of `Panel_FE_Lag`; that of spreg {spreg}, from {min(beside["runs"], FEW_RUNS)} runs multiplied up, and the
ratio of the last two. Gap: of the estimates.

| panel | Durbin | effects | direct approach | spreg | ratio | gap |
|---|---|---|---|---|---|---|
{cases}

n = 100, T = 20, a whole `SpatialPanel` with effects, 1,000 draws, tests and rows: Durbin
{1e3 * whole["durbin"]:.0f} ms; lag model, effects of units, direct approach {1e3 * whole["lag"]:.0f} ms.
`Panel_FE_Lag`, which gives estimates and standard errors: {1e3 * whole["spreg lag"]:.0f} ms
(ratio to the whole lag model {whole["spreg lag"] / whole["lag"]:.1f}).

## Dagum's decomposition

{DRAWS} draws of a bootstrap, {UNITS:,} units in {GROUPS} groups; forms over pairs are timed on {FEW} draws and
multiplied up. All give the same statistics (largest gap {results["dagum"]["gap"]:.0e}).

| way | CPU seconds | times ours |
|---|---|---|
{ways}

{os.cpu_count()} cores, {platform.system().lower()} {platform.machine()}, Python {platform.python_version()},
{versions}; load of the machine before and after: {results["load"][0]:.1f}, {results["load"][1]:.1f}.
"""


def main() -> None:
    """Measure, compare, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--one", nargs=2)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one[0], int(given.one[1]))))
        return
    units, part = (COUNTIES // 10, 10) if given.quick else (COUNTIES, 1)
    load = [os.getloadavg()[0]]
    if given.only:
        scale(units, set(given.only.split(",")))
        return
    results = {"units": units, "dagum": dagum(DRAWS // part), "panels": panels(RUNS // part)}
    results |= {"scale": scale(units, set())}
    results["load"] = [*load, os.getloadavg()[0]]
    text = report(results)
    print(text)
    if not given.quick:
        folder = ROOT / "benchmarks" / "results"
        (folder / "regions.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (folder / "regions.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
