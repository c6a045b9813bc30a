"""Time and peak memory of the demo study in fresh processes: first run, second run, help.

python benchmarks/demo.py          # writes benchmarks/results/demo.json
"""

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [str(Path(sys.executable).with_name("xinzhi"))]


def measured(*arguments: str) -> dict[str, float]:
    """Return wall seconds and peak memory (MB) of one command in a process of its own."""
    probe = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", probe, *COMMAND, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {"seconds": round(time.perf_counter() - start, 2), "peak_mb": round(float(done.stdout.split()[-1]))}


def main() -> None:
    """Measure and write the results."""
    folder = Path(tempfile.mkdtemp())
    try:
        study = ("run", "examples/new-quality.toml", "--out", str(folder / "demo"), "--quiet")
        rows = {"first_run": measured(*study), "second_run": measured(*study)}
        rows["help"] = min((measured("--help") for _ in range(5)), key=lambda row: row["seconds"])
    finally:
        shutil.rmtree(folder)
    content = {
        "machine": {"cores": os.cpu_count(), "system": f"{sys.platform} {platform.machine()}"},
        "versions": {name: version(name) for name in ("xinzhi", "numpy", "pandas", "highspy", "altair")},
        "python": platform.python_version(),
        "rows": rows,
    }
    target = ROOT / "benchmarks" / "results" / "demo.json"
    target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(target.read_text(encoding="utf-8"))
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
