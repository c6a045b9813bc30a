"""Indicator systems in studies: the shipped examples, every method of the room, frameworks by template and by file."""

from html import unescape
from pathlib import Path

import pytest

import xinzhi as xz
from tests.method.examples import frame
from xinzhi.errors import XinzhiError
from xinzhi.method import methods
from xinzhi.report import write_report
from xinzhi.study import Analysis, load_methods, read_run, read_study, run_study

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PRINTED = 5.1e-3  # two printed decimals

FRAMEWORK = """
level1,name,unit,sign,weight
means,k,yuan,+,30
means,quality,index,+,30
labour,hours,hours,-,20
labour,share,share,+,20
"""
ROLES = """
[role.framework]
type = "framework"
file = "framework.csv"

[role.scale]
type = "normalise"
by = { type = "one_of", options = [{ type = "min_max" }, { type = "rank" }] }

[role.less_one]
type = "drop"
any_of = "@framework"

[role.weights]
type = "weigh"
by = { type = "one_of", options = [{ type = "given", scale = "relative" }, { type = "coefficient_of_variation" }] }

[role.means]
type = "term"
method = "@index_system"
column = "means"

[role.labour]
type = "term"
method = "@index_system"
column = "labour"
"""
SYSTEM = 'system = "@index_system"\n'
STUDY = {
    "index_system": 'framework = "@framework"\nsteps = ["@scale", "@less_one", "@weights", { type = "aggregate" }]\n',
    "index_diagnosis": SYSTEM + 'size = "persons"\n',
    "uncertainty": SYSTEM + "runs = 50\n",
    "sensitivity": SYSTEM + "sample = 32\n",
    "weight_stability": SYSTEM,
    "method_comparison": SYSTEM + 'alternatives = { critic = [{ type = "weigh", by = { type = "critic" } }] }\n',
    "coupling_coordination": 'systems = ["@means", "@labour"]\nform = "wang"\n',
    "relative_development": 'systems = ["@means", "@labour"]\n',
    "obstacle_degree": SYSTEM,
    "score_growth": SYSTEM,
    "strengths": SYSTEM,
    "regressor_overlap": SYSTEM + 'regressors = ["k", "persons"]\n',
    "convergent_validity": 'index = "@means"\nagainst = "y"\ndraws = 99\n',
}
TABLES_ONLY = {"relative_development", "weight_stability", "strengths", "regressor_overlap"}


def shown(analysis: Analysis, name: str) -> dict[str, list[object]]:
    """Return the columns of a table of an analysis."""
    return next(table for table in analysis.tables if table.name == name).columns()


def written(folder: Path, analyses: dict[str, str], roles: str = ROLES) -> Path:
    """Write a study on the small world of the contract suite."""
    frame().to_csv(folder / "data.csv", index=False)
    (folder / "framework.csv").write_text(FRAMEWORK.strip(), encoding="utf-8")
    body = "".join(
        f'[[analysis]]\nid = "{name}"\nmethod = "{name}"\ndata = "world"\n{settings}\n'
        for name, settings in analyses.items()
    )
    data = '[data.world]\nfile = "data.csv"\nunit = "unit"\ntime = "year"\n'
    report = '[report]\nlanguages = ["en", "zh"]\ntitle = { en = "All", zh = "全部" }\n'
    path = folder / "study.toml"
    path.write_text(f"schema = 1\n\n{data}{roles}\n{body}{report}", encoding="utf-8")
    return path


def test_the_study_has_every_method_of_the_room() -> None:
    load_methods()
    ours = {name for name, kind in methods().items() if kind.__module__.startswith("xinzhi.indicators.")}
    assert ours == set(STUDY)


@pytest.mark.slow
def test_every_method_is_shown_in_both_languages(tmp_path: Path) -> None:
    outcome = run_study(written(tmp_path, STUDY), out=tmp_path / "run", render=write_report)
    assert outcome.errors == {}
    for language, page in (("en", "report.html"), ("zh", "report.zh.html")):
        html = unescape((tmp_path / "run" / page).read_text(encoding="utf-8"))
        for name, analysis in read_run(tmp_path / "run", language=language).analyses.items():
            assert analysis.tables, name
            assert analysis.figures or name in TABLES_ONLY, name
            assert analysis.summary, name
            assert analysis.citations, name
            assert analysis.methods_text[:40] in html, name
            assert all(table.rows and all(field.label for field in table.fields) for table in analysis.tables), name


# Frameworks ------------------------------------------------------------------------------------


def test_a_framework_comes_from_a_file_of_the_study(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, {"index_system": STUDY["index_system"]}))
    system = study.analyses[0].method
    assert isinstance(system, xz.IndexSystem)
    assert system.framework == xz.read_framework(tmp_path / "framework.csv")
    assert [step.form for step in system.steps] == ["normalise", "drop", "weigh", "aggregate"]


def test_what_the_file_says_is_part_of_the_results(tmp_path: Path) -> None:
    path = written(tmp_path, {"index_system": STUDY["index_system"]})
    one = run_study(path, out=tmp_path / "run").results_hash
    (tmp_path / "framework.csv").write_text(FRAMEWORK.strip().replace("+,30", "+,35", 1), encoding="utf-8")
    assert run_study(path, out=tmp_path / "other").results_hash != one


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ('template = "asen"', "XZ-103"),
        ('template = "asem"\nfile = "framework.csv"', "XZ-102"),
        ('file = "../framework.csv"', "XZ-105"),
        ('file = "absent.csv"', "XZ-201"),
        ("file = 3", "XZ-103"),
    ],
)
def test_a_framework_that_cannot_be_had_is_a_coded_error(tmp_path: Path, role: str, code: str) -> None:
    roles = ROLES.replace('file = "framework.csv"', role)
    with pytest.raises(XinzhiError) as caught:
        read_study(written(tmp_path, {"index_system": STUDY["index_system"]}, roles))
    assert code in str(caught.value)
    assert "study.toml, line" in str(caught.value)


# The examples -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def provinces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the study of China's provinces, with few draws."""
    folder = tmp_path_factory.mktemp("provinces")
    text = (EXAMPLES / "province-innovation.toml").read_text(encoding="utf-8")
    short = text.replace("runs = 2000", "runs = 200").replace("sample = 256", "sample = 32")
    (folder / "study.toml").write_text(short, encoding="utf-8")
    outcome = run_study(folder / "study.toml", out=folder / "run", render=write_report)
    assert outcome.errors == {}
    return folder / "run"


@pytest.mark.slow
def test_the_nation_is_left_out_and_said_so(provinces: Path) -> None:
    index = read_run(provinces).analyses["index"]
    left_out = shown(index, "left_out")
    assert left_out["name"] == ["China"]
    scores = shown(index, "scores")
    assert len(scores["unit"]) == 32
    at = scores["unit"].index("China")
    assert all(cells[at] is None for name, cells in scores.items() if name != "unit")


@pytest.mark.slow
def test_every_claim_of_the_provinces_report_is_made(provinces: Path) -> None:
    for language, page in (("en", "report.html"), ("zh", "report.zh.html")):
        html = (provinces / page).read_text(encoding="utf-8")
        analyses = read_run(provinces, language=language).analyses
        assert set(analyses) >= {"index", "diagnosis", "uncertainty", "sensitivity", "methods", "coupling", "obstacles"}
        assert all(a.tables and a.summary and a.tables[0].title in html for a in analyses.values())


@pytest.mark.slow
def test_the_study_of_regions_runs_in_both_languages(tmp_path: Path) -> None:
    out = tmp_path / "run"
    outcome = run_study(EXAMPLES / "province-regions.toml", out=out, render=write_report)
    assert outcome.errors == {}
    for language, page in (("en", "report.html"), ("zh", "report.zh.html")):
        html = unescape((out / page).read_text(encoding="utf-8"))
        analyses = read_run(out, language=language).analyses.values()
        assert all(a.tables and a.figures and a.summary and a.tables[0].title in html for a in analyses)


@pytest.mark.slow
def test_the_study_of_states_gives_the_chains_of_giddy(tmp_path: Path) -> None:
    """Source: methods/indicators.md 2.9 (giddy 2.3.8); its Q ends in 6, see test_spatial_markov.py."""
    text = (EXAMPLES / "state-regions.toml").read_text(encoding="utf-8")
    short = text.replace("draws = 999", "draws = 99").replace("points = 80", "points = 20")
    (tmp_path / "study.toml").write_text(short, encoding="utf-8")
    out = tmp_path / "run"
    outcome = run_study(tmp_path / "study.toml", out=out, render=write_report)
    assert outcome.errors == {}
    for language, page in (("en", "report.html"), ("zh", "report.zh.html")):
        html = unescape((out / page).read_text(encoding="utf-8"))
        analyses = read_run(out, language=language).analyses
        assert all(a.tables and a.summary and a.tables[0].title in html for a in analyses.values())
        assert all(number in html for number in ("0.91011236", "0.20774716", "170.6588284", "200.6237276"))
        steady = shown(analyses["markov"], "steady")["steady"]
        assert steady == pytest.approx([0.20774716, 0.18725774, 0.20740537, 0.18821787, 0.20937187], abs=1e-8)
        assert shown(analyses["markov"], "transitions")["p_1"][0] == pytest.approx(0.91011236, abs=1e-8)
        tests = shown(analyses["spatial_markov"], "tests")
        assert tests["value"] == pytest.approx([170.6588284, 200.6237276], abs=1e-7)
        assert tests["freedom"] == [60, 60]
        assert any("XZ-470" in words for words in analyses["spatial_markov"].warnings)


@pytest.mark.slow
def test_the_asem_index_is_that_of_its_authors(tmp_path: Path) -> None:
    """Source: methods/indicators.md 3.1: CHE 68.38, NLD 64.82, DNK 64.80, NOR 64.47, BEL 63.54, SWE 63.00."""
    text = (EXAMPLES / "asem-connectivity.toml").read_text(encoding="utf-8").replace("runs = 1000", "runs = 100")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    outcome = run_study(tmp_path / "study.toml", out=tmp_path / "run", render=write_report)
    assert outcome.errors == {}
    ranking = shown(read_run(tmp_path / "run").analyses["connectivity"], "scores")
    first = dict(zip(ranking["unit"][:6], ranking["Index"][:6], strict=True))
    published = {
        "Switzerland": 68.38,
        "Netherlands": 64.82,
        "Denmark": 64.80,
        "Norway": 64.47,
        "Belgium": 63.54,
        "Sweden": 63.00,
    }
    assert first == pytest.approx(published, abs=PRINTED)
