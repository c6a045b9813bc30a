"""Runs a study with an analysis for each method of a room, and looks at what both reports say of it."""

from collections.abc import Mapping
from pathlib import Path

from xinzhi.report import write_report
from xinzhi.study import read_run, run_study


def run_every(folder: Path, head: str, settings: Mapping[str, str], *, no_figure: frozenset[str] = frozenset()) -> None:
    """Run the methods named by ``settings`` on the data "some"; each has tables, figures, method text and citations."""
    body = "".join(
        f'\n[[analysis]]\nid = "{name}"\nmethod = "{name}"\ndata = "some"\n{given}' for name, given in settings.items()
    )
    report = '\n[report]\nlanguages = ["en", "zh"]\ntitle = { en = "All", zh = "全部" }\n'
    path = folder / "study.toml"
    path.write_text(head + body + report, encoding="utf-8")
    outcome = run_study(path, out=folder / "run", render=write_report)
    assert outcome.errors == {}
    for language, page in (("en", "report.html"), ("zh", "report.zh.html")):
        contents = read_run(folder / "run", language=language)
        html = (folder / "run" / page).read_text(encoding="utf-8")
        assert set(contents.analyses) == set(settings)
        for name, analysis in contents.analyses.items():
            assert analysis.tables, name
            assert analysis.figures or name in no_figure, name
            assert len(analysis.methods_text) > 100, name
            assert analysis.methods_text[:60].replace("'", "&#39;").replace('"', "&#34;") in html, name
            assert analysis.citations, name
