"""plan, resume, verify, diff, query on the command line: exit codes, words, JSON."""

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import call
from tests.study.economy import STUDY, write
from xinzhi.study import run_study


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("done")
    run_study(write(folder), out=folder / "run")
    return folder


def test_plan_says_what_is_complete(done: Path) -> None:
    code, said, complaints = call("plan", done / "study.toml", "--out", done / "run")
    assert (code, complaints) == (0, "")
    assert said.splitlines()[0] == "1. accounts: growth_accounts on mine (18 rows, about 4 MB), complete"
    assert "3 of 3 analyses are complete" in said
    content = json.loads(call("plan", done / "study.toml", "--json")[1])
    assert content["complete"] == 0
    assert [task["id"] for task in content["tasks"]] == ["accounts", "twice", "mean"]
    assert content["tasks"][1]["depends"] == ["accounts"]


def test_resume_keeps_what_is_complete_and_says_what_has_changed(tmp_path: Path) -> None:
    path = write(tmp_path)
    run_study(path, out=tmp_path / "run")
    code, said, complaints = call("resume", tmp_path / "run", "--json")
    assert (code, complaints) == (0, "")
    assert all(analysis["reused"] for analysis in json.loads(said)["analyses"])
    path.write_text(STUDY.replace("labour_share = 0.6\nview", "labour_share = 0.5\nview"), encoding="utf-8")
    code, said, complaints = call("resume", tmp_path / "run", "--json")
    assert code == 0
    assert complaints.startswith("XZ-115")
    assert [analysis["reused"] for analysis in json.loads(said)["analyses"]] == [True, False, True]
    code, _, complaints = call("resume", tmp_path / "nowhere")
    assert code == 2
    assert complaints.startswith("XZ-116")


def test_verify_names_what_is_damaged(done: Path, tmp_path: Path) -> None:
    code, said, complaints = call("verify", done / "run")
    assert (code, complaints) == (0, "")
    assert "every byte is as it was written" in said
    path = write(tmp_path)
    run_study(path, out=tmp_path / "run")
    (tmp_path / "run/results/mean/rows.csv").write_text("x", encoding="utf-8")
    (tmp_path / "run/new.txt").write_text("x", encoding="utf-8")
    code, said, complaints = call("verify", tmp_path / "run", "--json")
    assert code == 3
    assert complaints.startswith("XZ-114")
    assert "results/mean/rows.csv: changed" in complaints
    content = json.loads(said)
    assert [entry["file"] for entry in content["damage"]] == ["new.txt", "results/mean/rows.csv"]
    assert content["errors"][0]["code"] == "XZ-114"
    (tmp_path / "run/manifest.json").unlink()
    assert call("verify", tmp_path / "run")[0] == 3


def test_diff_has_its_own_exit_code(done: Path, tmp_path: Path) -> None:
    assert call("diff", done / "run", done / "run")[:2] == (0, "The results are equal.\n")
    other = STUDY.replace("labour_share = 0.6\nview", "labour_share = 0.5\nview")
    run_study(write(tmp_path, other), out=tmp_path / "run")
    code, said, _ = call("diff", done / "run", tmp_path / "run")
    assert code == 1
    assert "twice, settings: labour_share: 0.6, then 0.5" in said
    code, said, _ = call("diff", done / "run", tmp_path / "run", "--json")
    assert code == 1
    assert {entry["analysis"] for entry in json.loads(said)["differences"]} == {"twice"}
    assert call("diff", done / "run", tmp_path)[0] == 3


def test_query_prints_a_table_json_or_csv(done: Path) -> None:
    sql = "select unit, count(*) as n from accounts group by unit order by unit"
    code, said, _ = call("query", done / "run", sql)
    assert code == 0
    assert said.splitlines()[0].split() == ["unit", "n"]
    assert said.splitlines()[-1] == "3 rows"
    assert json.loads(call("query", done / "run", sql, "--json")[1])[1] == {"unit": "B", "n": 5}
    assert call("query", done / "run", sql, "--csv")[1] == "unit,n\n'=A,5\nB,5\nC,5\n"
    code, _, complaints = call("query", done / "run", "drop table accounts")
    assert code == 2
    assert complaints.startswith("XZ-117")


def test_every_command_speaks_chinese(done: Path) -> None:
    assert "每个字节均与写入时一致" in call("--lang", "zh", "verify", done / "run")[1]
    assert "结果相同" in call("--lang", "zh", "diff", done / "run", done / "run")[1]
