"""A new method is picked up by study, report, command line and reference without a line elsewhere."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHORT = 40
"""Lines within which a contributor's method must fit."""

STUDY = """
schema = 1
[data.world]
file = "world.csv"
unit = "country"
time = "year"
[[analysis]]
id = "identity"
method = "kaya"
data = "world"
title = "Sources of emissions growth"
emissions = "co2"
population = "pop"
output = "gdp"
energy = "tpes"
[report]
title = "Emissions"
"""
WORLD = "country,year,co2,pop,gdp,tpes\nA,2000,10,5,100,40\nA,2001,11,5,104,43\nB,2000,20,9,80,60\nB,2001,19,9,85,60\n"
DRIVE = """
import sys
import tests.house.kaya
sys.argv[1:] = {arguments}
{call}
"""
RUN = "from xinzhi.cli import main; main()"
REFERENCE = "import runpy; runpy.run_path('tools/make_reference.py', run_name='__main__')"


def drive(call: str, *arguments: str) -> str:
    """Run in a process of its own, so that the method does not enter the registry of the other tests."""
    code = DRIVE.format(arguments=list(arguments), call=call)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_method_is_short() -> None:
    lines = (ROOT / "tests" / "house" / "kaya.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < SHORT


def test_study_and_report_pick_it_up(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "world.csv").write_text(WORLD, encoding="utf-8")
    drive(RUN, "run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out"))
    rows = (tmp_path / "out" / "results" / "identity" / "rows.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].split(",")[:3] == ["unit", "time", "growth"]
    assert len(rows) == 3  # the heading and one step for each of the two countries
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Sources of emissions growth" in page
    assert "Carbon content" in page


def test_command_line_and_reference_pick_it_up(tmp_path: Path) -> None:
    assert "kaya" in drive(RUN, "methods")
    drive(REFERENCE, str(tmp_path))
    page = (tmp_path / "method-kaya.md").read_text(encoding="utf-8")
    assert "tests.house.kaya.Kaya" in page
    assert "| `energy` | text | required |" in page
