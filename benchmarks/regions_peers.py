"""spreg on spatial panels, run by the environment `.venv/peers`; prints one line of JSON.

python regions_peers.py ROWS COLUMNS PERIODS RUNS [durbin]     # Panel_FE_Lag; durbin: spatial lags among the regressors

User CPU seconds of all runs, without imports, data and weights; estimates of the first run.
"""

import io
import json
import resource
import sys
import warnings
from contextlib import redirect_stdout
from importlib.metadata import version

import numpy as np
from libpysal.weights import W
from regions_data import durbin_world, lattice_links
from spreg import Panel_FE_Lag


def main():
    """Run and print what it took."""
    warnings.simplefilter("ignore")
    rows, columns, periods, runs = map(int, sys.argv[1:5])
    neighbours = {k: [] for k in range(rows * columns)}
    for a, b in lattice_links(rows, columns).tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    weights = W(neighbours, silence_warnings=True)
    weights.transform = "r"
    found, took = [], 0.0
    for seed in [0, *range(runs)]:  # the first run is for imports
        w, y, x = durbin_world(rows, columns, periods, seed)
        z = np.concatenate([x, w @ x], axis=2) if "durbin" in sys.argv else x
        start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        with redirect_stdout(io.StringIO()):
            fit = Panel_FE_Lag(y.reshape(-1, 1), z.reshape(-1, z.shape[2]), weights)
        found.append(np.ravel(fit.betas).tolist())
        took += (resource.getrusage(resource.RUSAGE_SELF).ru_utime - start) * (len(found) > 1)
    print(json.dumps({"seconds": took, "version": version("spreg"), "estimates": found[1]}))


if __name__ == "__main__":
    main()
