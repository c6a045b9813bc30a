"""kill -9 at every named step and at random moments: the run that goes on ends in the same results."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.study.small import REAL, many, page, real
from xinzhi.errors import XinzhiError
from xinzhi.study import RunOutcome, begun, read_run, resume_study, run_study, verify_run
from xinzhi.study.storage import STEPS

ROOT = Path(__file__).resolve().parents[2]
ANALYSES = ("accounts", "fixed_share", "index", "chunks", "sums")
CODE = "import sys, tests.study.small as small; small.main(*sys.argv[1:])"


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("wanted")
    return run_study(real(folder), out=folder / "run", render=page).results_hash


def start(folder: Path, *, executor: str = "serial", step: str = "", call: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CODE, str(folder / "study.toml"), str(folder / "run"), executor, step, str(call)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def members(group: int) -> list[int]:
    """Return the living processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def goes_on(folder: Path, wanted: str) -> int:
    """Check what a killed run left and go on in this process; return how many complete analyses were kept."""
    kept: tuple[str, ...] = ()
    if (folder / "run/provenance.json").exists():
        found = verify_run(folder / "run")
        assert found.damage == ()
        kept = found.complete
        outcome: RunOutcome = resume_study(begun(folder / "run"), render=page)
    else:
        outcome = run_study(folder / "study.toml", out=folder / "run", render=page)
    assert outcome.results_hash == wanted
    assert set(outcome.reused) == set(kept)
    assert read_run(folder / "run").results_hash == wanted
    assert verify_run(folder / "run").damage == ()
    return len(kept)


@pytest.mark.parametrize("step", sorted(set(STEPS) - {"remove"}))
def test_a_run_killed_at_a_step_goes_on(step: str, wanted: str, tmp_path: Path) -> None:
    real(tmp_path)
    call = {"create": 12, "write": 12, "rename": 12, "folder": 5, "sync": 3}.get(step, 1)
    killed = start(tmp_path, step=step, call=call)
    told = killed.communicate(timeout=120)[1]
    assert killed.returncode == -signal.SIGKILL, told
    begun_tasks = len(told.split())  # "analyses" is reported before each task, and once after the last
    kept = goes_on(tmp_path, wanted)
    assert kept >= min(begun_tasks - 1, len(ANALYSES))  # lost: at most the one in flight


def random_kills(folder: Path, wanted: str, moments: int, *, seed: int, executor: str = "serial") -> list[int]:
    """Kill runs at random moments of their life; return how many analyses each had complete."""
    real(folder)
    clock = time.monotonic()
    whole = start(folder, executor=executor)
    told = whole.communicate(timeout=300)[0]
    assert told.split()[0] == wanted
    span, draw, kept = time.monotonic() - clock, random.Random(seed), []
    for number in range(moments):
        place = folder / f"k{number}"
        real(place)
        process = start(place, executor=executor)
        time.sleep(draw.uniform(0.35, 1.0) * span)  # the first third is the start of Python
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        limit = time.monotonic() + 10
        while members(process.pid) and time.monotonic() < limit:
            time.sleep(0.1)
        assert members(process.pid) == [], "orphans"
        kept.append(goes_on(place, wanted))
    return kept


def test_runs_killed_at_random_moments_go_on(wanted: str, tmp_path: Path) -> None:
    assert len(random_kills(tmp_path, wanted, 2, seed=1)) == 2


def test_a_killed_run_leaves_no_workers_behind(wanted: str, tmp_path: Path) -> None:
    assert len(random_kills(tmp_path, wanted, 1, seed=2, executor="process")) == 1


@pytest.mark.slow
def test_fifty_random_moments(wanted: str, tmp_path: Path) -> None:
    kept = random_kills(tmp_path, wanted, 50, seed=3)
    assert len(kept) == 50
    assert len(set(kept)) > 2  # they struck at different depths


# What a run was begun with --------------------------------------------------------------------


def test_what_has_changed_since_is_said(tmp_path: Path) -> None:
    path = many(tmp_path, 2)
    run_study(path, out=tmp_path / "run", data={"mine": tmp_path / "mine.csv"})
    assert begun(tmp_path / "run").changed == ()
    assert begun(tmp_path / "run").data == {"mine": tmp_path / "mine.csv"}
    data = tmp_path / "mine.csv"
    data.write_text(data.read_text(encoding="utf-8").replace("2000", "2001", 0) + "\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("factor = 2.0", "factor = 3.5"), encoding="utf-8")
    known = begun(tmp_path / "run")
    assert [words.split()[0] for words in known.changed] == ["XZ-115", "XZ-115"]
    assert "study.toml" in known.changed[0]
    assert "mine.csv" in known.changed[1]
    assert resume_study(known).reused == ("a0",) or resume_study(known).errors == {}


def test_what_cannot_be_gone_on_with(tmp_path: Path) -> None:
    from tests.study.economy import frame

    path = many(tmp_path, 1)
    with pytest.raises(XinzhiError, match="XZ-116"):
        begun(tmp_path / "nowhere")
    run_study(path, out=tmp_path / "memory", data={"mine": frame()})
    with pytest.raises(XinzhiError, match="in memory"):
        begun(tmp_path / "memory")
    run_study(path, out=tmp_path / "run")
    known = (tmp_path / "run/provenance.json").read_bytes()
    (tmp_path / "run/provenance.json").write_bytes(known.replace(b'"seed": 0', b'"seed": 1'))
    with pytest.raises(XinzhiError, match="damaged"):
        begun(tmp_path / "run")
    (tmp_path / "run/provenance.json").write_bytes(known)
    path.unlink()
    with pytest.raises(XinzhiError, match="no longer there"):
        begun(tmp_path / "run")


def test_study_and_run_move_together(tmp_path: Path) -> None:
    run_study(many(tmp_path / "a", 2), out=tmp_path / "a/run")
    (tmp_path / "a").rename(tmp_path / "b")
    known = begun(tmp_path / "b/run")
    assert known.study == tmp_path / "b/study.toml"
    assert resume_study(known).reused == ("a0", "a1")
    assert REAL
