"""The bundle: valid for the reference validators, complete, without traces of the machine, the same bytes twice."""

import hashlib
import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.exported import contents
from xinzhi.report.bundle import bundle, bundle_files, data_sources
from xinzhi.study.contents import RunContents

VALIDATORS = Path(__file__).resolve().parents[2] / ".venv" / "validators" / "bin"
needs_validators = pytest.mark.skipif(
    not (VALIDATORS / "frictionless").exists(), reason="no .venv/validators (make setup makes it)"
)
SECONDS = 240
"""The validators start slowly on a cold machine."""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    for name in ("report.html", "report.zh.html"):
        (folder / name).write_text("<!doctype html><title>Report</title>")
    (folder / "study.toml").write_text("schema = 1\n")
    return folder


def said() -> list[RunContents]:
    infinite = contents().analyses["ledger"].tables[2]
    rows = ((infinite.rows[0][0], float("inf")), (infinite.rows[1][0], float("-inf")), *infinite.rows[2:])
    found = contents()
    tables = (*found.analyses["ledger"].tables[:2], replace(infinite, rows=rows))
    return [replace(found, analyses={"ledger": replace(found.analyses["ledger"], tables=tables)}), contents("zh")]


@pytest.fixture(scope="module")
def unpacked(run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(io.BytesIO(bundle(run, said())["bundle.zip"])) as archive:
        archive.extractall(folder)
    return folder


@needs_validators
def test_frictionless_finds_the_package_valid(unpacked):
    command = [VALIDATORS / "frictionless", "validate", "datapackage.json", "--json"]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, timeout=SECONDS, check=False)
    verdict = json.loads(done.stdout)
    assert verdict["valid"], [task["errors"] for task in verdict["tasks"]]
    assert verdict["stats"]["tasks"] == 6
    assert not verdict["stats"]["warnings"]


@needs_validators
def test_frictionless_finds_a_changed_digit(unpacked, tmp_path):
    for path in unpacked.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(unpacked)).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(unpacked)).write_bytes(path.read_bytes())
    table = tmp_path / "tables" / "ledger" / "hostile.csv"
    table.write_bytes(table.read_bytes().replace(b"0.125", b"0.126", 1))
    command = [VALIDATORS / "frictionless", "validate", "datapackage.json", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert not json.loads(done.stdout)["valid"]


@needs_validators
def test_the_crate_holds_to_the_process_run_profile(unpacked):
    command = [VALIDATORS / "python", Path(__file__).with_name("validate_crate.py"), unpacked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "profiles checked: process-run-crate-0.5; required failures: 0" in done.stdout


def test_the_crate_says_what_was_made_from_what_and_when(unpacked):
    crate = json.loads((unpacked / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    action = entities["#run"]
    assert (action["startTime"], action["endTime"]) == ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:07+00:00")
    assert entities[action["instrument"]["@id"]]["name"] == "Xinzhi"
    assert {"@id": "study.toml"} in action["object"]
    assert {"@id": "https://doi.org/10.1257/aer.20130954"} in action["object"]
    assert {"@id": "tables/ledger/hostile.csv"} in action["result"]
    there = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert {part["@id"] for part in entities["./"]["hasPart"]} == there - {"ro-crate-metadata.json"}
    failed = replace(said()[0], analyses={"ledger": replace(said()[0].analyses["ledger"], error="XZ-306 it failed")})
    from xinzhi.report.crate import crate as made

    action = next(e for e in made(failed, [], files={}, titles={})["@graph"] if e["@id"] == "#run")
    assert (action["actionStatus"], action["error"]) == (
        "http://schema.org/FailedActionStatus",
        "ledger: XZ-306 it failed",
    )


def test_the_package_says_units_licences_and_sources(unpacked):
    package = json.loads((unpacked / "datapackage.json").read_text(encoding="utf-8"))
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert package["sources"][0]["path"] == "https://doi.org/10.1257/aer.20130954"
    resource = package["resources"][0]
    rate = next(field for field in resource["schema"]["fields"] if field["name"] == "rate")
    assert rate == {
        "name": "rate",
        "type": "number",
        "title": "Rate & risk",
        "description": "Spanner <1>",
        "unit": "per cent a year",
    }
    content = (unpacked / resource["path"]).read_bytes()
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert [r["name"] for r in package["resources"]][3] == "ledger--hostile.zh"


def test_nothing_of_the_machine_is_in_it_and_the_bytes_are_equal(run):
    own = replace(said()[0], provenance={**said()[0].provenance, "study": {"path": "/home/someone/secret/study.toml"}})
    analysis = own.analyses["ledger"]
    mine = replace(analysis, sample={"source": "/home/someone/secret/mine.csv"})
    own = replace(own, analyses={"ledger": mine})
    files = bundle_files(run, [own])
    assert not [name for name, content in files.items() if b"someone" in content]
    assert data_sources(own)[0]["id"] == "mine.csv"
    assert "licence not stated" in files["README.md"].decode()
    assert bundle(run, [own]) == bundle(run, [own])
