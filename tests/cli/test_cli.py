"""The command line: exit codes, messages, JSON; thin over what tests/study checks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.study.economy import STUDY, frame, write
from xinzhi.cli import split_language
from xinzhi.cli.app import app, plain

runner = CliRunner()


def call(*words: object) -> tuple[int, str, str]:
    done = runner.invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("study"))


def test_run_prints_summaries_the_first_tables_and_the_report(study: Path, tmp_path: Path) -> None:
    code, said, complaints = call("run", study, "--out", tmp_path / "run")
    assert (code, complaints) == (0, "")
    assert "Three units" in said
    assert said.count("(per cent a year)") == 1
    assert f"Report:  {tmp_path / 'run' / 'report.html'}" in said
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Average a column by unit" in page  # the section of a method that only tests know


def test_run_as_json_is_one_object(study: Path, tmp_path: Path) -> None:
    code, said, _ = call("run", study, "--out", tmp_path / "run", "--json")
    content = json.loads(said)
    assert code == 0
    assert len(content["results_hash"]) == 64
    assert [entry["status"] for entry in content["analyses"]] == ["ok", "ok", "ok"]
    assert Path(content["report"]).is_file()
    assert content["errors"] == []


def test_quiet_says_nothing(study: Path, tmp_path: Path) -> None:
    assert call("run", study, "--out", tmp_path / "run", "--quiet") == (0, "", "")


def test_a_failed_analysis_gives_its_exit_code_and_a_report(tmp_path: Path) -> None:
    path = write(tmp_path, STUDY.replace('column = "gdp"', 'column = "gpd"'))
    code, said, complaints = call("run", path, "--out", tmp_path / "run", "--json")
    assert code == 3
    assert complaints.startswith("XZ-205")
    content = json.loads(said)
    assert [entry["status"] for entry in content["analyses"]] == ["ok", "ok", "failed"]
    assert content["errors"][0]["code"] == "XZ-205"
    assert Path(content["report"]).is_file()


def test_usage_errors_are_coded_without_a_traceback(study: Path, tmp_path: Path) -> None:
    code, said, complaints = call("run", tmp_path / "none.toml", "--out", tmp_path / "run")
    assert (code, said) == (2, "")
    assert complaints.startswith("XZ-101")
    assert "Traceback" not in complaints
    code, said, _ = call("check", tmp_path / "none.toml", "--json")
    assert code == 2
    assert json.loads(said)["errors"][0]["code"] == "XZ-101"
    assert call("run", study, "--out", tmp_path, "--data", "mine")[0] == 2
    assert call("run", study)[0] == 2
    assert call("fly")[0] == 2


def test_data_given_on_the_command_line(study: Path, tmp_path: Path) -> None:
    frame().assign(gdp=1.0).to_csv(tmp_path / "other.csv", index=False)
    base, other = (
        json.loads(call("run", study, "--out", tmp_path / name, "--json", *data)[1])["results_hash"]
        for name, data in (("a", ()), ("b", ("--data", f"mine={tmp_path / 'other.csv'}")))
    )
    assert base != other
    code, _, complaints = call("check", study, "--data", "mien=x.csv")
    assert code == 2
    assert "'mine'" in complaints


def test_an_interrupt_exits_with_130(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xinzhi.study.runner._compute", stop)
    code, _, complaints = call("run", study, "--out", tmp_path / "run")
    assert code == 130
    assert "run the same command again" in complaints


def test_check_prints_the_plan_and_computes_nothing(study: Path, tmp_path: Path) -> None:
    code, said, _ = call("check", study)
    assert code == 0
    assert "2. twice: growth_accounts on doubled, uses accounts" in said
    assert sorted(item.name for item in study.parent.iterdir()) == ["mine.csv", "study.toml"]
    plan = json.loads(call("check", study, "--json")[1])["plan"]
    assert [task["id"] for task in plan] == ["accounts", "twice", "mean"]


def test_check_finds_columns_units_and_periods_that_are_not_there(tmp_path: Path) -> None:
    changed = (
        STUDY.replace('column = "gdp"', 'column = "gpd"')
        .replace('["B"]', '["D"]')
        .replace("[2000, 2002]", "[1999, 2002]")
    )
    code, said, complaints = call("check", write(tmp_path, changed))
    assert (code, said) == (3, "")
    assert [line[:6] for line in complaints.splitlines() if line.startswith("XZ-")] == [
        "XZ-212",
        "XZ-208",
        "XZ-205",
    ]


def test_methods_come_from_the_registry() -> None:
    code, said, _ = call("methods")
    assert code == 0
    assert "test_chunk_mean" in said
    assert "growth_accounts" in said
    code, said, _ = call("methods", "test_chunk_mean")
    assert "column: text (required)" in said
    schema = json.loads(call("methods", "growth_accounts", "--json")[1])["schema"]
    assert "labour_share" in schema["required"]
    code, _, complaints = call("methods", "growth_acounts")
    assert code == 2
    assert "'growth_accounts'" in complaints


def test_catalog_lists_and_cites() -> None:
    code, said, _ = call("catalog")
    assert code == 0
    assert "pwt1001" in said
    assert "Feenstra" in call("catalog", "pwt1001")[1]
    code, _, complaints = call("catalog", "pwt101")
    assert code == 3
    assert "pwt1001" in complaints


def test_init_writes_a_study_that_checks(tmp_path: Path) -> None:
    out = tmp_path / "study.toml"
    assert call("init", "--out", out)[0] == 0
    assert call("check", out)[0] == 0
    code, _, complaints = call("init", "--out", out)
    assert code == 2
    assert complaints.startswith("XZ-106")


def test_init_from_data_guesses_keys_and_says_so(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "mine.csv", index=False)
    out = tmp_path / "study.toml"
    code, said, _ = call("init", "--from", tmp_path / "mine.csv", "--out", out)
    assert code == 0
    assert "unit: unit (guessed)" in said
    assert "time: year (guessed)" in said
    assert call("check", out)[0] == 0
    elsewhere = tmp_path / "other" / "study.toml"
    said = call("init", "--from", tmp_path / "mine.csv", "--out", elsewhere)[1]
    assert f"--data mine={tmp_path / 'mine.csv'}" in said
    assert call("check", elsewhere, "--data", f"mine={tmp_path / 'mine.csv'}")[0] == 0


def test_version() -> None:
    code, said, _ = call("--version")
    assert code == 0
    assert said.startswith("xinzhi ")


@pytest.mark.parametrize(
    ("words", "environment", "language", "rest"),
    [
        (["run", "x", "--lang", "zh"], {}, "zh", ["run", "x"]),
        (["--lang=zh", "run"], {"LANG": "en_GB.UTF-8"}, "zh", ["run"]),
        (["run"], {"XINZHI_LANGUAGE": "zh"}, "zh", ["run"]),
        (["run", "--", "--lang", "zh"], {}, "en", ["run", "--", "--lang", "zh"]),
        (["run", "--lang", "fr"], {}, "en", ["--lang", "fr", "run"]),
    ],
)
def test_the_language_is_taken_from_the_command_line_then_the_environment(words, environment, language, rest) -> None:
    assert split_language(words, environment) == (language, rest)


def test_help_and_errors_follow_the_language(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "from xinzhi.cli import main; main()"]
    said = subprocess.run(
        [*program, "run", "--help", "--lang", "zh"], capture_output=True, text=True, check=True
    ).stdout
    assert "用法：xinzhi run" in said
    assert "Usage" not in said
    code, _, complaints = call("--lang", "zh", "check", tmp_path / "none.toml")
    assert code == 2
    assert complaints.startswith("XZ-101 无法读取研究文件：")


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    assert plain("a\x1b[31m\x07\r\u202eb\n\tc\x9b") == "a\\u001b[31m\\u0007\\u000d\\u202eb\n\tc\\u009b"
    code, _, complaints = call("catalog", "x\x1b[2J")
    assert code == 3
    assert "\x1b" not in complaints
