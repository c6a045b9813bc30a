"""Folders that cannot be used, that another run uses, that vanish; reports that fail; clocks that jump."""

import os
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

import xinzhi.study.runner as runner
from tests.study.small import many, page
from xinzhi.errors import XinzhiError
from xinzhi.study import read_run, run_study, verify_run
from xinzhi.study.storage import LOCK

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def test_a_folder_that_another_run_holds(tmp_path: Path) -> None:
    path, told = many(tmp_path, 2), []
    (tmp_path / "run").mkdir()
    with FileLock(tmp_path / "run" / LOCK), pytest.raises(XinzhiError) as caught:
        run_study(path, out=tmp_path / "run", wait=0.3, progress=lambda label, *_: told.append(label))
    assert caught.value.code == "XZ-110"
    assert any("waiting for another run" in label for label in told)
    assert [item.name for item in (tmp_path / "run").iterdir()] == [LOCK]
    assert run_study(path, out=tmp_path / "run").errors == {}


def test_the_second_of_two_runs_waits_and_keeps_what_the_first_computed(tmp_path: Path) -> None:
    path, outcomes, told = many(tmp_path, 20), {}, threading.Event()

    def second() -> None:
        outcomes["second"] = run_study(path, out=tmp_path / "run", wait=60.0, progress=tell)

    def tell(label: str, done: int, total: int) -> None:
        if "waiting" in label:
            told.set()

    thread = threading.Thread(target=second)

    def begin(label: str, done: int, total: int) -> None:
        if label == "analyses" and done == 1:
            thread.start()
            assert told.wait(30)

    outcomes["first"] = run_study(path, out=tmp_path / "run", progress=begin)
    thread.join(60)
    assert outcomes["first"].reused == ()
    assert len(outcomes["second"].reused) == 20
    assert outcomes["first"].results_hash == outcomes["second"].results_hash
    assert verify_run(tmp_path / "run").damage == ()


def test_a_folder_that_vanishes_during_the_run(tmp_path: Path) -> None:
    path = many(tmp_path, 4)

    def vanish(label: str, done: int, total: int) -> None:
        if label == "analyses" and done == 2:
            shutil.rmtree(tmp_path / "run")

    with pytest.raises(XinzhiError) as caught:
        run_study(path, out=tmp_path / "run", progress=vanish)
    assert caught.value.code == "XZ-112"
    assert not (tmp_path / "run").exists()
    assert run_study(path, out=tmp_path / "run").errors == {}


def test_a_file_that_vanishes_before_the_manifest(tmp_path: Path) -> None:
    path = many(tmp_path, 2)

    def vanish(label: str, done: int, total: int) -> None:
        if label == "analyses" and done == 2:
            (tmp_path / "run/results/a0/rows.csv").unlink()

    with pytest.raises(XinzhiError, match=r"rows\.csv is no longer there") as caught:
        run_study(path, out=tmp_path / "run", progress=vanish)
    assert caught.value.code == "XZ-112"
    assert run_study(path, out=tmp_path / "run").reused == ("a1",)


def places(folder: Path) -> dict[str, Path]:
    (folder / "file").write_text("precious", encoding="utf-8")
    (folder / "nowhere").symlink_to(folder / "gone")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "full").mkdir()
    (folder / "full/thesis.txt").write_text("precious", encoding="utf-8")
    names = ("file", "file/below", "nowhere", "loop", "full")
    return {name: folder / name for name in names} | {"null": Path("/dev/null"), "long": folder / ("x" * 300)}


@pytest.mark.parametrize("case", ["file", "file/below", "nowhere", "loop", "full", "null", "long"])
def test_places_that_cannot_be_used(case: str, tmp_path: Path) -> None:
    path = many(tmp_path / "study", 1)
    out = places(tmp_path)[case]
    before = sorted(item.name for item in tmp_path.rglob("*"))
    with pytest.raises(XinzhiError) as caught:
        run_study(path, out=out)
    assert caught.value.code == "XZ-106"
    assert sorted(item.name for item in tmp_path.rglob("*")) == before


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    path, out = many(tmp_path, 1), tmp_path / "run"
    run_study(path, out=out)
    out.chmod(0o500)
    try:
        with pytest.raises(XinzhiError) as caught:
            run_study(path, out=out)
    finally:
        out.chmod(0o700)
    assert caught.value.code == "XZ-106"
    assert read_run(out).analyses


def test_a_link_in_the_folder_leads_nothing_out(tmp_path: Path) -> None:
    path, out = many(tmp_path, 1), tmp_path / "run"
    run_study(path, out=out)
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(out / "results")
    (out / "results").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(XinzhiError, match="is a link"):
        run_study(path, out=out)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_report_that_fails_is_named_and_loses_nothing(tmp_path: Path) -> None:
    path = many(tmp_path, 2)

    def broken(contents) -> str:
        return str({}["title"])

    with pytest.raises(XinzhiError, match="KeyError") as caught:
        run_study(path, out=tmp_path / "run", render=broken)
    assert caught.value.code == "XZ-113"
    assert run_study(path, out=tmp_path / "run", render=page).reused == ("a0", "a1")


def test_a_clock_that_jumps_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, jumps = many(tmp_path, 2), iter(range(10_000))

    class Jumping(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=next(jumps))

    monkeypatch.setattr(runner, "datetime", Jumping)
    monkeypatch.setattr(time, "time", lambda: -1000.0 * next(jumps))
    outcome = run_study(path, out=tmp_path / "run")
    assert all(seconds >= 0 for seconds in outcome.contents.provenance["seconds"].values())
    assert outcome.results_hash == run_study(path, out=tmp_path / "again").results_hash
