"""An independent twin of the engine: each programme written out anew for SciPy."""

from typing import Any

import numpy as np
from scipy.optimize import linprog

WORDS = {0: "ok", 2: "infeasible", 3: "unbounded"}


def twin(x_ref: Any, y_ref: Any, point: tuple[Any, Any], *, returns: str, orientation: str) -> tuple[str, float]:
    """Return status and Farrell score of one point against (n, m) inputs and (n, s) outputs."""
    (n, m), s, (x, y) = x_ref.shape, y_ref.shape[1], point
    if orientation == "input":
        cost = np.r_[np.zeros(n), 1.0]
        rows = np.vstack((np.c_[x_ref.T, -x], np.c_[-y_ref.T, np.zeros(s)]))
        limits = np.r_[np.zeros(m), -y]
    else:
        cost = np.r_[np.zeros(n), -1.0]
        rows = np.vstack((np.c_[x_ref.T, np.zeros(m)], np.c_[-y_ref.T, y]))
        limits = np.r_[x, np.zeros(s)]
    total: Any = np.r_[np.ones(n), 0.0][None]
    equal = (total, [1.0]) if returns == "vrs" else (None, None)
    if returns in ("drs", "irs"):
        sign = 1.0 if returns == "drs" else -1.0
        rows, limits = np.vstack((rows, sign * total)), np.r_[limits, sign]
    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(cost, A_ub=rows, b_ub=limits, A_eq=equal[0], b_eq=equal[1], method="highs-ds", options=tight)
    return WORDS.get(found.status, "numerical"), float(found.x[-1]) if found.status == 0 else np.nan
