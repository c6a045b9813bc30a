"""The n-th act of a run fails, for n = 1, 2, ... until none does: nothing is lost, nothing is left lying about."""

import errno
from pathlib import Path

import pytest

from tests.study.small import many, page
from xinzhi.errors import XinzhiError
from xinzhi.study import RunOutcome, read_run, run_study, verify_run
from xinzhi.study.storage import PART, STEPS, failing

CODES = {errno.EIO: "XZ-111", errno.ENOSPC: "XZ-111", errno.EACCES: "XZ-106"}
FOREVER = 10**6


def run(folder: Path) -> RunOutcome:
    return run_study(folder / "study.toml", out=folder / "run", render=page)


def attempt(folder: Path) -> tuple[str, RunOutcome | None]:
    """Run and return the code of its error, or what came out."""
    try:
        return "", run(folder)
    except XinzhiError as error:
        return error.code, None


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def sweep(folder: Path, error: int, tasks: int, *, until: int = 0) -> tuple[int, set[str]]:
    """Fail the n-th act for every n; return how many there were and the steps that failed."""
    many(folder, tasks)
    wanted = run_study(folder / "study.toml", out=folder / "clean", render=page)
    before, steps = tree(folder), set()
    for number in range(1, 10_000):
        with failing(error, call=number, until=until and FOREVER) as reached:
            code, outcome = attempt(folder)
        if outcome is not None:
            assert len(reached) < number
            assert outcome.results_hash == wanted.results_hash
            return number - 1, steps
        assert code == CODES[error], (number, reached[-1])
        steps.add(reached[number - 1])
        outside = {name for name in tree(folder) - before if name != "run" and not name.startswith("run/")}
        assert outside == set(), number
        check(folder, wanted, number)
    raise AssertionError("no run succeeds")


def check(folder: Path, wanted: RunOutcome, number: int) -> None:
    """After a failure: what is recorded as complete is; a clean run keeps it and ends in the same hash."""
    kept: tuple[str, ...] = ()
    if (folder / "run/provenance.json").exists():
        found = verify_run(folder / "run")
        assert found.damage == (), (number, found.damage)
        kept = found.complete
    after = run(folder)
    assert after.results_hash == wanted.results_hash, number
    assert set(after.reused) == set(kept), number
    assert read_run(folder / "run").results_hash == wanted.results_hash
    assert verify_run(folder / "run").damage == (), number
    assert [name for name in tree(folder / "run") if PART in name] == []
    for path in sorted((folder / "run").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (folder / "run").rmdir()


def test_every_step_fails_once_on_a_full_disk(tmp_path: Path) -> None:
    count, steps = sweep(tmp_path, errno.ENOSPC, 1)
    assert count > 30
    assert steps == set(STEPS) - {"remove"}  # a first run has nothing to remove


def test_a_disk_that_stays_full(tmp_path: Path) -> None:
    count, _ = sweep(tmp_path, errno.ENOSPC, 1, until=FOREVER)
    assert count > 30


@pytest.mark.slow
@pytest.mark.parametrize("error", CODES, ids=errno.errorcode.get)
def test_every_step_fails_once_with_each_error(error: int, tmp_path: Path) -> None:
    count, _ = sweep(tmp_path, error, 4)
    assert count > 100


@pytest.mark.parametrize("error", CODES, ids=errno.errorcode.get)
def test_a_second_run_that_removes_and_replaces_fails_at_each_step(error: int, tmp_path: Path) -> None:
    """The study has changed: one analysis gone, one changed, one kept."""
    path = many(tmp_path, 3)
    run(tmp_path)
    text = path.read_text(encoding="utf-8").replace("factor = 2.0", "factor = 7.0").replace('id = "a2"', 'id = "b"')
    first, path_text = path.read_text(encoding="utf-8"), text
    path.write_text(path_text, encoding="utf-8")
    wanted = run_study(path, out=tmp_path / "clean", render=page)
    failed = 0
    for number in range(1, 10_000, 5 if error == errno.ENOSPC else 7):
        path.write_text(first, encoding="utf-8")
        run(tmp_path)
        path.write_text(path_text, encoding="utf-8")
        with failing(error, call=number) as reached:
            code, _ = attempt(tmp_path)
        assert code in ("", CODES[error]), reached[-1]
        failed += code != ""
        assert verify_run(tmp_path / "run").damage == ()
        after = run(tmp_path)
        assert after.results_hash == wanted.results_hash
        assert verify_run(tmp_path / "run").damage == ()
        if len(reached) < number:
            break
    assert failed > 5


def test_a_seam_that_is_not_armed_does_nothing_and_is_disarmed_again(tmp_path: Path) -> None:
    many(tmp_path, 1)
    with failing(errno.EIO, step="manifest") as reached, pytest.raises(XinzhiError, match="XZ-111"):
        run(tmp_path)
    assert reached[-1] == "manifest"
    assert run(tmp_path).reused == ("a0",)
