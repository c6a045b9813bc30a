"""References: every citation in the code and the catalogue has an entry that agrees, and BibTeX accepts it."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import xinzhi
from tests.report.exported import contents
from xinzhi.catalog import catalog
from xinzhi.report.bibtex import ACCENTS, DOI, bibtex, bibtex_file, known_references, references_of

SOURCE = Path(xinzhi.__file__).parent
BIBTEX, BIBER = shutil.which("bibtex"), shutil.which("biber")
AUX = "\\relax\n\\citation{*}\n\\bibstyle{plain}\n\\bibdata{references}\n"


def docstrings():
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield ast.get_docstring(node) or ""


def cited() -> list[str]:
    """Every line of a "References" section, and every citation of the catalogue."""
    found = []
    for text in docstrings():
        lines = text.partition("\nReferences\n----------\n")[2].splitlines()
        end = next((k for k, line in enumerate(lines) if line.startswith(("---", "Examples", "Notes"))), len(lines))
        found += [line.strip() for line in lines[:end] if line.strip()]
    return sorted({*found, *(entry.citation for entry in catalog.entries())})


def plain(text: str) -> str:
    for command, letter in ACCENTS.items():
        text = text.replace(command, letter)
    return re.sub(r"[{}]", "", text)


def unaccented(name: str) -> str:
    return name.replace("é", "e")


@pytest.mark.parametrize("citation", cited())
def test_every_citation_has_an_entry_that_agrees(citation):
    entries = references_of(citation)
    assert all(entry in known_references() for entry in entries)
    fields = entries[0].fields
    year = re.search(r"\((\d{4})\)", citation)
    assert fields.get("year") == (year[1] if year else None)
    author = plain(fields["author"]).split(" and ")[0].split(",")[0]
    assert unaccented(citation).startswith(unaccented(author))
    doi = DOI.search(citation)
    assert fields.get("doi") == (doi[1] if doi else None)
    pages = re.search(r" (\d+)(?:\((\d+)\))?, (\d+)-(\d+)", citation)
    if pages and "eq." not in citation:
        assert (fields["volume"], fields["pages"]) == (pages[1], f"{pages[3]}--{pages[4]}")
        assert pages[2] is None or fields["number"] == pages[2]
    title = re.search(r"\(\d{4}\)\. ([^.]+(?:: [^.]+)?)\. [A-Z\[]", citation)
    if title and "," not in title[1] and not re.search(r"\d+\(", title[1]):
        assert plain(fields["title"]).lower().startswith(title[1].partition(" [")[0].partition(":")[0].lower())


def test_there_is_no_entry_that_nothing_cites():
    used = {entry.key for citation in cited() for entry in references_of(citation)}
    assert used == {entry.key for entry in known_references()}
    assert len(used) == len(known_references())


def test_a_run_cites_xinzhi_its_methods_and_the_data_of_its_own():
    text = bibtex_file(contents())["references.bib"].decode()
    assert re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)[:2] == ["xinzhi", "caves1982"]
    assert "50\\% of \\textbraceleft{}all\\textbraceright{} R\\&D" in text
    assert text.count("{") == text.count("}")
    assert text == bibtex_file(contents("zh"))["references.bib"].decode()


@pytest.mark.parametrize("source", ["run", "store"])
@pytest.mark.skipif(BIBTEX is None, reason="no BibTeX on this machine")
def test_bibtex_takes_every_entry_without_a_warning(tmp_path, source):
    text = bibtex(cited()) if source == "store" else bibtex_file(contents())["references.bib"].decode()
    (tmp_path / "references.bib").write_text(text, encoding="utf-8")
    (tmp_path / "x.aux").write_text(AUX)
    done = subprocess.run([BIBTEX, "x"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    warnings = [line for line in done.stdout.splitlines() if "Warning" in line]
    assert not warnings
    assert (tmp_path / "x.bbl").read_text(encoding="utf-8", errors="replace").count("\\bibitem") == text.count(
        "\n@"
    ) + 1


@pytest.mark.skipif(BIBER is None, reason="no Biber on this machine")
def test_biber_reads_every_entry(tmp_path):
    (tmp_path / "references.bib").write_text(bibtex(cited()), encoding="utf-8")
    command = [BIBER, "--tool", "--output-file", "out.bib", "references.bib"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert not re.findall(r"^(?:WARN|ERROR).*", done.stdout, re.MULTILINE)
    entries = re.findall(r"^@", (tmp_path / "out.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(entries) == 1 + len(known_references())  # Xinzhi and the others
