"""The documentation holds together: studies read, links lead somewhere, every code and command has its entry.

Python and shell examples are run by the build itself (``make docs``).
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from xinzhi.cli.app import app
from xinzhi.errors import CODES
from xinzhi.study import read_study

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tools"))
import error_examples  # noqa: E402  (tools are scripts beside the package)
import make_reference  # noqa: E402

PAGES = sorted(p for p in DOCS.rglob("*.md") if not {"generated", "_build"} & set(p.relative_to(DOCS).parts))
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
COMMANDS = typer.main.get_command(app).commands
SMALL = {"schema": 1, "data": {"pwt": {"catalog": "pwt1001"}}}
ANALYSIS = {"id": "accounts", "method": "growth_accounts", "data": "pwt"}
ANALYSIS |= {"output": "rgdpna", "capital": "rkna", "labour": "emp", "labour_share": "labsh"}


def name_of(page: Path) -> str:
    """Return a page's name in the output of the tests."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Yield kind and body of the fenced blocks of a page, cells' options left out."""
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        yield found["kind"].strip(), re.sub(r"\A(:[\w-]+:.*\n)+", "", found["body"])


def studies() -> Iterator[pytest.param]:
    """Yield the TOML of all pages: fenced blocks, and files that cells write."""
    for page in PAGES:
        for number, (kind, body) in enumerate(blocks(page)):
            first, _, rest = body.partition("\n")
            if kind == "toml" or (first.startswith("%%writefile ") and first.endswith(".toml")):
                yield pytest.param(rest if kind != "toml" else body, id=f"{name_of(page)}-{number}")


@pytest.mark.parametrize("text", list(studies()))
def test_studies_are_read(text: str, tmp_path: Path) -> None:
    """A whole study is read; a part of one is read inside a small study."""
    found = tomllib.loads(text)
    if "schema" not in found:
        rest = "".join(f"{key} = {json.dumps(value)}\n" for key, value in ANALYSIS.items())
        text = f'schema = 1\n[data.pwt]\ncatalog = "pwt1001"\n[[analysis]]\n{rest}\n{text}'
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    assert read_study(path).analyses


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the generated pages; the examples of errors are left out, another test runs them."""
    folder = tmp_path_factory.mktemp("generated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_reference, "printed", lambda code, example: code)
        make_reference.main(folder)
    return folder


def anchors(text: str) -> set[str]:
    """Return the explicit targets of a page and the slugs of its headings."""
    heads = re.findall(r"^#{1,3} (.+)$", re.sub(FENCE, "", text), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}
    return slugs | set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))


def test_links_lead_somewhere(generated: Path) -> None:
    """Every relative link names a page or file, and every anchor a heading or target."""
    everywhere = {**{p: p for p in PAGES}, **{DOCS / "reference/generated" / p.name: p for p in generated.glob("*.md")}}
    targets = {shown: anchors(real.read_text(encoding="utf-8")) for shown, real in everywhere.items()}
    lost = []
    for shown, real in everywhere.items():
        for link in LINK.finditer(FENCE.sub("", real.read_text(encoding="utf-8"))):
            place, _, anchor = link["target"].partition("#")
            if re.match(r"[a-z]+:", place):
                continue
            page = (shown.parent / place).resolve() if place else shown
            page = page if page in targets or page.is_file() else page.with_name(page.name + ".md")
            known = targets.get(page, set()) if place else set().union(*targets.values())
            if (page not in targets and not page.is_file()) or (anchor and anchor not in known):
                lost.append(f"{name_of(shown)}: {link['target']}")
    assert not lost


def test_every_block_is_closed() -> None:
    fences = {name_of(page): len(re.findall(r"^```", page.read_text(encoding="utf-8"), re.MULTILINE)) for page in PAGES}
    assert [page for page, count in fences.items() if count % 2] == []


def test_pages_with_examples_are_executed() -> None:
    """A page with cells says that it is a notebook: otherwise its cells would only be shown."""
    silent = [
        name_of(p)
        for p in PAGES
        if "{code-cell}" in p.read_text(encoding="utf-8") and "file_format: mystnb" not in p.read_text(encoding="utf-8")
    ]
    assert not silent


def test_every_code_has_its_entry(generated: Path) -> None:
    """Each code has a cause, and a heading and an anchor on the page of errors."""
    page = (generated / "errors.md").read_text(encoding="utf-8")
    assert set(error_examples.ENTRIES) == set(CODES)
    assert [c for c in CODES if f"({c.lower()})=\n### {c}: " not in page] == []


@pytest.mark.parametrize("code", [c for c, (_, example) in error_examples.ENTRIES.items() if example])
def test_examples_of_errors_give_their_code(code: str) -> None:
    """What the page of errors shows is what the program says."""
    example = error_examples.ENTRIES[code][1]
    assert example is not None
    assert error_examples.printed(code, example).startswith(code)


def test_every_command_and_option_has_its_entry(generated: Path) -> None:
    """Each command has a section that names its arguments and options."""
    page = (generated / "command-line.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## xinzhi (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(COMMANDS)
    for name, command in COMMANDS.items():
        for option in (o for p in command.params if p.name != "help" and not p.hidden for o in p.opts if o[0] == "-"):
            assert f"{option}" in sections[name], (name, option)


def written_commands() -> Iterator[tuple[str, str]]:
    """Yield every ``xinzhi ...`` on the pages and in the README, with its page."""
    for page in [*PAGES, ROOT / "README.md"]:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"^xinzhi [^\n]+|(?<=`)xinzhi [^`\n]+(?=`)", text, re.MULTILINE):
            yield name_of(page), line.split(" #")[0]


def test_commands_on_pages_exist() -> None:
    """Commands and options that pages tell a reader to type exist."""
    top = {o for p in typer.main.get_command(app).params for o in p.opts}
    wrong = []
    for page, line in written_commands():
        words = re.sub(r"^xinzhi (--lang \w+ )?", "", line).split()
        known = top | ({o for p in COMMANDS[words[0]].params for o in p.opts} if words[0] in COMMANDS else set())
        options = [w.split("=")[0] for w in words[1:] if w.startswith("--")]
        if (words[0] not in COMMANDS and words[0] not in top) or not known.issuperset(options):
            wrong.append(f"{page}: {line}")
    assert not wrong


def test_every_key_of_the_study_file_has_a_meaning(generated: Path) -> None:
    """The page of the study file lists every table of the study."""
    page = (generated / "study-file.md").read_text(encoding="utf-8")
    assert all(f"## {heading}\n" in page for heading in make_reference.TABLES)
    assert {f"`{shape}`" for shape, _ in make_reference.MEANINGS} == {
        f"`{s.__name__}`" for _, s in make_reference.TABLES.values()
    }


@pytest.mark.parametrize("notebook", sorted((DOCS / "notebooks").glob("*.ipynb")), ids=name_of)
def test_notebooks_hold_no_outputs(notebook: Path) -> None:
    """Outputs are made by the build, so that none is stored."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert [c for c in cells if c["cell_type"] == "code" and (c["outputs"] or c["execution_count"])] == []


def test_python_of_the_readme_runs() -> None:
    """The example of the README runs as it stands."""
    for kind, body in blocks(ROOT / "README.md"):
        if kind == "python":
            scope: dict[str, object] = {}
            exec(compile(body, "README.md", "exec"), scope)
            assert "ledger" in scope
