"""One peer on one task in a process of its own, run by the environment `.venv/peers`; prints one line of JSON.

python frontier_peers.py ENGINE TASK SIZE       # highspy | scipy | deapack | pyfrontier; radial | sbm | malmquist

User CPU seconds of this process and its children, without imports and without making the data. Settings: input
orientation and variable returns (radial), not oriented and variable returns (sbm), output orientation and constant
returns (malmquist, SIZE = UNITSxYEARS). highspy: one warm model, of which only the score's column and the rows change.
TASK = extreme: largest relative error of radial scores on data like those of firms, against scores read from stdin.
"""

import json
import resource
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from frontier_data import cross_section, panel, spread


def cpu():
    """Return user CPU seconds so far, children included."""
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def by_scipy(x, y, returns="vrs"):
    """Return input scores, one call of linprog per unit."""
    from scipy.optimize import linprog

    (n, m), s = x.shape, y.shape[1]
    a = np.zeros((m + s, n + 1))
    a[:m, 1:], a[m:, 1:] = x.T, -y.T
    equal = {"A_eq": np.r_[0.0, np.ones(n)][None, :], "b_eq": [1.0]} if returns == "vrs" else {}
    out = np.full(n, np.nan)
    for o in range(n):
        a[:m, 0] = -x[o]
        found = linprog(np.r_[1.0, np.zeros(n)], A_ub=a, b_ub=np.r_[np.zeros(m), -y[o]], **equal, method="highs")
        out[o] = found.fun if found.status == 0 else np.nan
    return out


def by_highspy(x, y, returns="vrs"):
    """Return input scores from one model that stays warm; presolve off, tolerances as they come, one thread."""
    import highspy

    (n, m), s, infinite = x.shape, y.shape[1], highspy.kHighsInf
    rows = m + s + (returns == "vrs")
    columns = np.vstack((x.T, -y.T, *([np.ones((1, n))] if returns == "vrs" else [])))
    linear = highspy.HighsLp()
    linear.num_col_, linear.num_row_ = n + 1, rows
    linear.col_cost_ = np.r_[np.zeros(n), 1.0]
    linear.col_lower_, linear.col_upper_ = np.zeros(n + 1), np.full(n + 1, infinite)
    fixed = [1.0] if returns == "vrs" else []
    linear.row_lower_, linear.row_upper_ = np.r_[np.full(m + s, -infinite), fixed], np.r_[np.zeros(m + s), fixed]
    linear.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    linear.a_matrix_.start_ = np.r_[np.arange(n + 1) * rows, n * rows + m].astype(np.int32)
    linear.a_matrix_.index_ = np.r_[np.tile(np.arange(rows), n), np.arange(m)].astype(np.int32)
    linear.a_matrix_.value_ = np.r_[columns.T.ravel(), -np.ones(m)]
    model = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
        model.setOptionValue(option, value)
    model.passModel(linear)
    out = np.full(n, np.nan)
    for o in range(n):
        for i in range(m):
            model.changeCoeff(i, n, -x[o, i])
        for r in range(s):
            model.changeRowBounds(m + r, -infinite, -y[o, r])
        model.run()
        if model.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            out[o] = model.getInfo().objective_function_value
    return out


def frame(x, y, **keys):
    """Return a data frame and the names of inputs and outputs."""
    names = [f"x{i + 1}" for i in range(x.shape[1])], [f"y{i + 1}" for i in range(y.shape[1])]
    columns = {**keys, **dict(zip(names[0], x.T, strict=True)), **dict(zip(names[1], y.T, strict=True))}
    return pd.DataFrame(columns), names


def by_deapack(task, data, returns="vrs"):
    """Return the scores or indices of deapack."""
    import deapack

    if task == "malmquist":
        ids, years, x, y = data
        table, (xs, ys) = frame(x, y, id=ids, year=years)
        method = deapack.MalmquistProductivityIndex(orientation="output", returns_to_scale="crs")
        found = method.fit(deapack.DEAData.from_frame(table, dmu="id", period="year", inputs=xs, outputs=ys))
    else:
        table, (xs, ys) = frame(*data, id=np.arange(1, len(data[0]) + 1))
        if task == "sbm":
            method = deapack.SlacksBasedDEA(returns_to_scale=returns)
        else:
            method = deapack.RadialDEA(orientation="input", returns_to_scale=returns, compute_slacks=False)
        found = method.fit(deapack.DEAData.from_frame(table, dmu="id", inputs=xs, outputs=ys))
    summary = found.summary()
    return summary["productivity_change" if task == "malmquist" else "efficiency"].to_numpy(float)


def by_pyfrontier(x, y, returns="vrs"):
    """Return the input scores of Pyfrontier."""
    from Pyfrontier.frontier_model import EnvelopDEA

    model = EnvelopDEA(returns.upper(), "in")
    model.fit(x, y)
    return np.array([unit.score for unit in model.result])


def solve(engine, task, data, returns="vrs"):
    """Return the scores of an engine."""
    if engine == "deapack":
        return by_deapack(task, data, returns)
    return {"scipy": by_scipy, "highspy": by_highspy, "pyfrontier": by_pyfrontier}[engine](*data, returns)


def main():
    """Run one peer and print what it took."""
    engine, task, size = sys.argv[1:4]
    if task == "extreme":
        errors = {}
        for case in json.load(sys.stdin):
            data = spread(case["n"], size_sd=case["sd"], seed=case["seed"])
            found, right = solve(engine, "radial", data, case["returns"]), np.array(case["scores"])
            worst = np.nanmax(np.abs(found - right) / right) if np.isfinite(found).any() else np.nan
            key = f"{case['returns']} {case['sd']:g}"
            before = errors.get(key, (0.0, 0))
            errors[key] = (float(np.fmax(before[0], worst)), before[1] + int(np.isnan(found).sum()))
        print(json.dumps({"engine": engine, "errors": errors}))
        return
    data = panel(*map(int, size.split("x"))) if task == "malmquist" else cross_section(int(size))
    solve(engine, task, panel(6, 2) if task == "malmquist" else cross_section(30))  # imports are not measured
    before = cpu()
    scores = solve(engine, task, data)
    took, package = cpu() - before, {"pyfrontier": "Pyfrontier"}.get(engine, engine)
    print(
        json.dumps({"engine": engine, "version": version(package), "seconds": took, "mean": float(np.nanmean(scores))})
    )


if __name__ == "__main__":
    main()
