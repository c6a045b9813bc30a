"""Every bad input ends in its code: no traceback, no hang, nothing written, nothing changed."""

import hashlib
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from csv import reader
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.hostile.inputs import GOOD, INPUTS, STUDY, Bad
from xinzhi.cli.app import app

SECONDS = 5.0  # no input may take longer; measured as work of the processor, since a busy machine proves nothing
MEMORY = 6 * 2**30  # of address space, most of which is never touched
ALONE = "import sys, xinzhi.study.tables as t; t.SECONDS = 1.0; t.CLOSED['memory_limit'] = '200MB'; "
ALONE += "from xinzhi.cli import main; sys.argv = ['xinzhi', *sys.argv[1:]]; main()"


def state(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


def alone(words: list[str], folder: Path) -> tuple[int, str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *words],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limits,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def here(words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done.exit_code, done.output


@pytest.mark.parametrize("bad", INPUTS, ids=lambda bad: f"{bad.group}: {bad.name}"[:60])
def test_a_bad_input_ends_in_its_code(bad: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "inputs"
    folder.mkdir()
    words = bad.write(folder)
    before, started = state(tmp_path), time.process_time()
    code, said = alone(["check", *words], folder) if bad.alone else here(["check", *words], folder, monkeypatch)
    assert f"{bad.code} " in said, said[:2000]
    assert code == bad.exit
    assert "Traceback" not in said
    assert "\x1b" not in said
    assert "\x07" not in said
    assert time.process_time() - started < SECONDS
    assert state(tmp_path) == before


def test_there_are_enough_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    groups = Counter(bad.group for bad in INPUTS)
    assert len({(bad.group, bad.name) for bad in INPUTS}) == len(INPUTS) >= 80
    with capsys.disabled():
        sys.stdout.write(f"\n{len(INPUTS)} bad inputs: {dict(groups)}\n")


@pytest.mark.parametrize("kind", ["pipe", "zero", "folder", "link"])
@pytest.mark.parametrize("place", ["study", "data"])
def test_a_path_that_is_no_file_is_refused(place: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("odd.toml" if place == "study" else "odd.csv")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "zero" else path)
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    words = ["odd.toml"] if place == "study" else ["study.toml", "--data", "mine=odd.csv"]
    code, said = alone(["check", *words], tmp_path)
    assert said.startswith("XZ-101" if place == "study" else "XZ-201"), said[:500]
    assert code == (2 if place == "study" else 3)
    assert "Traceback" not in said


def test_a_long_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    with (tmp_path / "mine.csv").open("wb") as file:
        file.write(GOOD.encode())
        for _ in range(200):
            file.write(b"a" * 2**20)
    code, said = alone(["check", "study.toml"], tmp_path)
    assert said.startswith("XZ-220"), said[:500]
    assert code == 3


def test_ten_thousand_analyses_are_read(tmp_path: Path) -> None:
    from xinzhi.study import read_study

    head, _, analysis = STUDY.partition("[[analysis]]")
    many = [f"[[analysis]]{analysis.replace('accounts', f'a{i}', 1)}" for i in range(10_000)]
    path = tmp_path / "study.toml"
    path.write_text("\n".join([head, *many]), encoding="utf-8")
    started = time.process_time()
    assert len(read_study(path).analyses) == 10_000
    assert time.process_time() - started < 60


def test_labels_that_mean_something_elsewhere_stay_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    units = ("<script>alert(1)</script>", "=1+1", "@SUM(A1)", "-2+3", "{{ 7 * 7 }}", "</style><b>")
    rows = [f'"{unit}",{year},{1 + year - 2000},2,3\n' for unit in units for year in (2000, 2001, 2002)]
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "mine.csv").write_text("c,y,x,l,k\n" + "".join(rows), encoding="utf-8")
    code, said = here(["run", "study.toml", "--out", "run"], tmp_path, monkeypatch)
    assert code == 0, said
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "</style><b>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7 * 7 }}" in page
    tables = sorted((tmp_path / "run").rglob("*.csv"))
    assert tables
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            words = [cell for row in reader(file) for cell in row if cell[:1] in "=@" or cell.startswith("-2+")]
        assert [word for word in words if word] == [], path.name


def test_titles_in_two_languages_and_names(tmp_path: Path) -> None:
    from xinzhi.study import read_study

    names = '[names]\nA = { en = "Alpha", zh = "甲" }\n'
    report = f'{names}[report]\nlanguages = ["en", "zh"]\ntitle = {{ en = "T", zh = "题" }}\n'
    (tmp_path / "study.toml").write_text(STUDY + report, encoding="utf-8")
    study = read_study(tmp_path / "study.toml")
    assert study.languages == ("en", "zh")
    assert study.names("zh") == {"A": "甲"}
    assert study.names("en") == {"A": "Alpha"}
    assert [chapter.title for chapter in study.chapters_in("zh")] == ["结果"]
    assert [chapter.title for chapter in study.chapters] == ["Results"]


def test_namibia_is_kept_where_the_study_says_what_is_missing(tmp_path: Path) -> None:
    from xinzhi.study import load_tables, read_study

    (tmp_path / "mine.csv").write_text("c,y,x\nNA,2000,1\nNA,2001,..\nZA,2000,2\n", encoding="utf-8")
    for missing, units in (("", ["ZA"]), ('missing = [".."]\n', ["NA", "ZA"])):
        text = STUDY.replace("[data.mine.columns]", f"{missing}[data.mine.columns]")
        text = text.replace('x = { kind = "level" }', "") if not missing else text
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        panel = load_tables(read_study(tmp_path / "study.toml"), {})["mine"]
        assert panel.units.tolist() == units
        assert any("unit column 'c' is taken as missing" in words for words in panel.account.findings) == (not missing)
    assert panel.values("x").tolist()[2] == 2


def test_a_plan_does_not_depend_on_the_language_of_the_terminal(tmp_path: Path) -> None:
    from xinzhi.language import speaking
    from xinzhi.study import load_tables, plan, read_study

    (tmp_path / "mine.csv").write_text(GOOD + ",2002,1,2,3\n", encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    keys = []
    for language in ("en", "zh"):
        with speaking(language):
            study = read_study(tmp_path / "study.toml")
            keys += [task.key for task in plan(study, load_tables(study, {}))]
    assert keys[0] == keys[1]
