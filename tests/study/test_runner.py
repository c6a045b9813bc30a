"""A run: its folder, its hash, what is kept, what is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.study.economy import STUDY, UNITS, frame, write
from tests.study.small import many
from xinzhi.errors import DataError, UsageError, XinzhiError
from xinzhi.study import RunOutcome, read_run, run_study
from xinzhi.study.output import csv_bytes, digest
from xinzhi.study.storage import sha256

ROOT = Path(__file__).resolve().parents[2]
SCALING = 1e-12
"""Doubling capital changes a log difference by rounding only: a few units in the last place."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    folder = tmp_path_factory.mktemp("study")
    return run_study(write(folder), out=folder / "run", render=lambda contents: f"<h1>{contents.title}</h1>")


def test_the_folder_holds_what_the_contract_says(done: RunOutcome) -> None:
    names = {path.relative_to(done.path).as_posix() for path in done.path.rglob("*") if path.is_file()}
    expected = {"manifest.json", "manifest.sha256", "provenance.json", "study.toml", "report.html", ".lock"}
    for name in ("accounts", "twice", "mean"):
        expected |= {f"results/{name}/{file}" for file in ("rows.parquet", "rows.csv", "result.json")}
        table = "rows" if name == "mean" else "mean_rates"
        expected |= {f"tables/{name}/{table}.{kind}" for kind in ("json", "csv")}
    for figure in ("mean/bars", "accounts/waterfall", "twice/waterfall", "twice/periods"):
        expected |= {f"figures/{figure}.svg", f"figures/{figure}.vl.json"}
    assert names == expected


def test_the_manifest_covers_every_byte(done: RunOutcome) -> None:
    manifest = (done.path / "manifest.json").read_bytes()
    assert (done.path / "manifest.sha256").read_bytes() == f"{sha256(manifest)}  manifest.json\n".encode()
    files = json.loads(manifest)["files"]
    on_disk = {p.relative_to(done.path).as_posix() for p in done.path.rglob("*") if p.is_file()}
    assert set(files) == on_disk - {"manifest.json", "manifest.sha256", ".lock"}
    assert all(sha256((done.path / name).read_bytes()) == known for name, known in files.items())


def test_what_is_read_back_is_what_was_computed(done: RunOutcome) -> None:
    contents = read_run(done.path)
    assert contents == done.contents
    assert contents.title == "Three units"
    accounts = contents.analyses["accounts"]
    assert [row[0] for row in accounts.tables[0].rows] == ["=A", "B"]
    assert contents.analyses["twice"].tables[0].columns()["period"] == ["2000–2005", "2000–2002"]
    figure = contents.analyses["mean"].figures[0]
    assert (figure.name, figure.caption, figure.description) == ("bars", "Means", "One bar a unit")
    assert figure.svg.startswith("<svg")
    rows = pd.read_parquet(done.path / "results/accounts/rows.parquet")
    text = pd.read_csv(done.path / "results/accounts/rows.csv")
    assert np.array_equal(rows["tfp"], text["tfp"])
    twice = pd.read_parquet(done.path / "results/twice/rows.parquet")
    assert np.abs(twice["tfp"] - rows["tfp"]).max() < SCALING


def test_a_table_that_no_analysis_uses_is_not_read(done: RunOutcome, tmp_path: Path) -> None:
    study = STUDY.replace("[role.capital]", '[data.spare]\nfile = "absent.csv"\n\n[role.capital]')
    assert run_study(write(tmp_path, study), out=tmp_path / "run").results_hash == done.results_hash


def test_a_damaged_manifest_is_noticed(done: RunOutcome, tmp_path: Path) -> None:
    for name in ("manifest.json", "manifest.sha256", "provenance.json"):
        (tmp_path / name).write_bytes((done.path / name).read_bytes())
    (tmp_path / "manifest.json").write_bytes((done.path / "manifest.json").read_bytes() + b" ")
    with pytest.raises(DataError, match="does not match"):
        read_run(tmp_path)
    (tmp_path / "manifest.json").write_bytes((done.path / "manifest.json").read_bytes())
    with pytest.raises(DataError, match="missing or damaged"):
        read_run(tmp_path)
    with pytest.raises(DataError, match="no finished run"):
        read_run(tmp_path / "elsewhere")


# The results hash -------------------------------------------------------------------------------


def test_the_hash_does_not_depend_on_executor_or_rows_or_frame(done: RunOutcome, tmp_path: Path) -> None:
    path, shuffled = write(tmp_path), frame().sample(frac=1.0, random_state=1)
    hashes = {"first": done.results_hash}
    for kind, workers in (("thread", 2), ("process", 2)):
        outcome = run_study(path, out=tmp_path / f"{kind}{workers}", workers=workers, executor_kind=kind)  # type: ignore[arg-type]
        hashes[f"{kind} {workers}"] = outcome.results_hash
    for name, source in (("shuffled", shuffled), ("polars", pl.from_pandas(frame()))):
        hashes[name] = run_study(path, out=tmp_path / name, data={"mine": source}).results_hash
    assert set(hashes.values()) == {done.results_hash}, hashes


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_hash_does_not_depend_on_the_hash_seed(seed: str, done: RunOutcome, tmp_path: Path) -> None:
    code = (
        "import sys, tests.study.economy; from xinzhi.study import run_study;"
        "print(run_study(sys.argv[1], out=sys.argv[2]).results_hash)"
    )
    command = [sys.executable, "-c", code, str(write(tmp_path)), str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == done.results_hash


def test_the_hash_changes_with_a_cell_and_with_a_setting(done: RunOutcome, tmp_path: Path) -> None:
    data = frame()
    data.loc[0, "gdp"] = np.nextafter(data.loc[0, "gdp"], np.inf)
    cell = run_study(write(tmp_path / "cell", data=data), out=tmp_path / "run1")
    other = STUDY.replace("labour_share = 0.6\nview", "labour_share = 0.5\nview")
    setting = run_study(write(tmp_path / "setting", other), out=tmp_path / "run2")
    assert len({done.results_hash, cell.results_hash, setting.results_hash}) == 3


def test_canonical_numbers() -> None:
    assert digest(np.array([0.0, np.nan])) == digest(np.array([-0.0, -np.nan]))
    assert digest([1.0]) != digest([1])
    assert digest(["ab", "c"]) != digest(["a", "bc"])
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


# What is kept -----------------------------------------------------------------------------------


def test_complete_analyses_are_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = write(tmp_path), tmp_path / "run"
    first = run_study(path, out=out)
    again = run_study(path, out=out)
    assert first.reused == ()
    assert again.reused == ("accounts", "twice", "mean")
    assert again.results_hash == first.results_hash
    damaged = out / "results/mean/rows.csv"
    damaged.write_bytes(damaged.read_bytes().replace(b"B", b"b"))
    assert run_study(path, out=out).reused == ("accounts", "twice")
    path.write_text(STUDY.replace("0.6\nview", "0.5\nview"), encoding="utf-8")
    assert run_study(path, out=out).reused == ("accounts", "mean")


def test_analyses_of_an_earlier_study_leave_the_folder(tmp_path: Path) -> None:
    path, out = write(tmp_path), tmp_path / "run"
    run_study(path, out=out)
    path.write_text(STUDY.replace('id = "mean"', 'id = "average"'), encoding="utf-8")
    assert run_study(path, out=out).errors == {}
    assert sorted(folder.name for folder in (out / "results").iterdir()) == ["accounts", "average", "twice"]
    assert not (out / "figures/mean").exists()


def test_an_interrupt_keeps_what_was_complete(tmp_path: Path) -> None:
    path, out = write(tmp_path), tmp_path / "run"

    def stop(label: str, done: int, total: int) -> None:
        if label == "means":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(path, out=out, progress=stop)
    assert not (out / "manifest.json").exists()
    assert run_study(path, out=out).reused == ("accounts", "twice")


def test_a_failed_analysis_is_kept_as_failed_and_the_others_complete(tmp_path: Path) -> None:
    data = frame()
    data["empty"] = np.nan
    study = STUDY.replace('column = "gdp"', 'column = "gpd"').replace('output = "gdp"', 'output = "empty"')
    study = study.replace('"@accounts.output"', '"gdp"').replace("from mine", "from mine where gdp > 0")
    outcome = run_study(write(tmp_path, study, data), out=tmp_path / "run")
    assert {name: error.code for name, error in outcome.errors.items()} == {
        "accounts": "XZ-206",
        "mean": "XZ-205",
    }
    assert outcome.exit_code == 3
    contents = read_run(tmp_path / "run")
    assert contents.analyses["mean"].error.startswith("XZ-205")
    assert "'gdp'" in contents.analyses["mean"].error
    assert contents.analyses["twice"].error == ""
    assert contents.analyses["twice"].tables


def test_a_view_of_units_that_the_result_lacks_is_an_error_of_its_analysis(tmp_path: Path) -> None:
    data = frame()
    alone = data.head(1).assign(unit="D")  # a row in the first year only: no step in the window
    study = STUDY.replace('id = "mean"', 'id = "index"').replace("test_chunk_mean", "malmquist")
    study = study.replace('column = "gdp"', 'inputs = ["k", "l"]\noutputs = ["gdp"]\nwindow = [2000, 2005]\n{view}')

    def run(name: str, units: str) -> RunOutcome:
        view = f"view = {{ units = {units} }}"
        path = write(tmp_path / name, study.replace("{view}", view), pd.concat([data, alone]))
        return run_study(path, out=tmp_path / name / "run")

    none = run("none", '["D"]')
    assert {name: (error.code, error.found) for name, error in none.errors.items()} == {
        "index": ("XZ-212", "D: no row in this result")
    }
    assert none.exit_code == 3
    some = run("some", '["D", "B"]')
    assert some.errors == {}
    table = (tmp_path / "some/run/tables/index/mean_rates.csv").read_text(encoding="utf-8-sig")
    assert [line.split(",")[0] for line in table.splitlines()[1:]] == ["B"]
    assert "XZ-404 D is to be shown but has no row in this result." in read_run(some.path).analyses["index"].warnings


# What is refused --------------------------------------------------------------------------------


def test_a_folder_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    path, out = write(tmp_path / "study"), tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        run_study(path, out=out)
    assert caught.value.code == "XZ-106"
    assert [item.name for item in out.iterdir()] == ["thesis.txt"]
    with pytest.raises(UsageError) as caught:
        run_study(path, out=out / "thesis.txt" / "run")
    assert caught.value.code == "XZ-106"


OUTSIDE = {
    "a file": "select * from read_csv('{mine}')",
    "a file by name": "select * from '{mine}'",
    "an attached database": "attach '{folder}/x.db'",
    "written out": "copy (select * from mine) to '{folder}/x.csv'",
    "an extension": "install httpfs",
    "two statements": "select 1 as a; select * from mine",
    "an unknown table": "select * from mien",
    "broken": "selec * from mine",
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_sql_sees_the_named_tables_only(case: str, tmp_path: Path) -> None:
    sql = OUTSIDE[case].format(mine=tmp_path / "mine.csv", folder=tmp_path)
    study = STUDY.replace("select unit, year, gdp, 2 * k as k, l\nfrom mine\n", sql)
    with pytest.raises(XinzhiError) as caught:
        run_study(write(tmp_path, study), out=tmp_path / "run")
    assert caught.value.code == "XZ-107"
    assert "data 'doubled'" in caught.value.where
    assert not (tmp_path / "x.csv").exists()
    assert not (tmp_path / "run").exists()


def test_data_errors_stop_the_run_before_anything_is_computed(tmp_path: Path) -> None:
    data = pd.concat([frame(), frame().head(1)])
    with pytest.raises(DataError) as caught:
        run_study(write(tmp_path, data=data), out=tmp_path / "run")
    assert caught.value.code == "XZ-203"
    assert "lines 2 and 20" in caught.value.found  # 18 rows below the header, the first once more
    assert not (tmp_path / "run").exists()


def test_a_catalogue_id_with_a_typo(tmp_path: Path) -> None:
    study = STUDY.replace('file = "mine.csv"\nunit = "unit"\ntime = "year"\n', 'catalog = "pwt1010"\n')
    study = study.replace('columns = { gdp = { unit = "100 million CNY", kind = "level" } }\n', "")
    with pytest.raises(XinzhiError) as caught:
        run_study(write(tmp_path, study), out=tmp_path / "run")
    assert caught.value.code == "XZ-210"
    assert "pwt1001" in str(caught.value)
    assert "line 3" in caught.value.where


# Cells ------------------------------------------------------------------------------------------


def test_csv_disarms_formulas_and_keeps_every_digit(done: RunOutcome) -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "plain, text", -0.1, 0.1 + 0.2, 3, None, float("nan")]
    lines = csv_bytes([f"c{k}" for k in range(len(cells))], [cells]).decode().splitlines()
    assert lines[1] == "'=1+1,'+1,'-1,'@x,'\tx,\"plain, text\",-0.1,0.30000000000000004,3,,"
    first = (done.path / "results/accounts/rows.csv").read_text(encoding="utf-8").splitlines()[1]
    assert first.startswith(f"'{UNITS[0]},2001,")


def test_many_small_tasks_are_not_refused_for_memory(tmp_path, monkeypatch):
    """What a method takes to begin with is taken once, however many analyses there are."""
    asked = []
    monkeypatch.setattr("xinzhi.study.runner.require", lambda needed, **_: asked.append(needed))
    run_study(many(tmp_path, 20), out=tmp_path / "run")
    assert 4_000_000 <= asked[0] < 8_000_000
