"""Every kind of damage to every kind of file is found and named."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.study.small import REAL, page, real
from xinzhi.errors import XinzhiError
from xinzhi.study import begun, require_sound, resume_study, run_study, verify_run

Damager = Callable[[Path, random.Random], set[str]]


def files_of(run: Path) -> list[Path]:
    return sorted(path for path in run.rglob("*") if path.is_file())


def flip(run: Path, draw: random.Random) -> set[str]:
    """Turn one bit of one file, small files as often as large ones."""
    path = draw.choice([path for path in files_of(run) if path.stat().st_size])
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    return {path.relative_to(run).as_posix()}


def truncate(run: Path, draw: random.Random) -> set[str]:
    path = draw.choice([path for path in files_of(run) if path.stat().st_size])
    path.write_bytes(path.read_bytes()[: draw.randrange(path.stat().st_size)])
    return {path.relative_to(run).as_posix()}


def swap(run: Path, draw: random.Random) -> set[str]:
    """Exchange two files of different content."""
    while True:
        a, b = draw.sample([path for path in files_of(run) if path.name != ".lock"], 2)
        if a.read_bytes() != b.read_bytes():
            break
    content = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(content)
    return {a.relative_to(run).as_posix(), b.relative_to(run).as_posix()}


def delete(run: Path, draw: random.Random) -> set[str]:
    path = draw.choice([path for path in files_of(run) if path.name != ".lock"])
    path.unlink()
    return {path.relative_to(run).as_posix()}


def add(run: Path, draw: random.Random) -> set[str]:
    folder = draw.choice([run, *(path for path in run.rglob("*") if path.is_dir())])
    path = folder / draw.choice(["new.csv", ".hidden", "rows.csv.bak", ".part-x", "link"])
    if path.name == "link":
        path.symlink_to(run / "study.toml")
    else:
        path.write_bytes(b"x" * draw.randrange(3))
    return {path.relative_to(run).as_posix()}


def lock(run: Path, draw: random.Random) -> set[str]:
    (run / ".lock").write_bytes(b"x" * (1 + draw.randrange(9)))
    return {".lock"}


DAMAGERS: tuple[Damager, ...] = (flip, flip, flip, truncate, swap, delete, add, lock)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    study = REAL.replace(
        "[report]", '[names]\nCHN = { en = "China", zh = "中国" }\n\n[report]\nlanguages = ["en", "zh"]'
    )
    study = study.replace('title = "Eight economies"', 'title = { en = "Eight economies", zh = "八个经济体" }')
    run_study(real(folder, study), out=folder / "run", render=page)
    return folder / "run"


def misses(sound: Path, folder: Path, times: int, *, seed: int) -> list[str]:
    """Damage a copy again and again; return what was not found or not named."""
    draw, missed = random.Random(seed), []
    for number in range(times):
        run = folder / f"d{number}"
        shutil.copytree(sound, run, symlinks=True)
        damager = DAMAGERS[number % len(DAMAGERS)]
        names = damager(run, draw)
        found = verify_run(run)
        named = {one.file for one in found.damage}
        must = {"manifest.json"} if "manifest.json" in names else names  # without it a report has no known hash
        try:
            require_sound(run, found)
            missed.append(f"{damager.__name__} {names}: found sound")
        except XinzhiError as error:
            missed += [f"{damager.__name__}: {name} not named" for name in must - named]
            missed += [f"{damager.__name__}: {error.code}"] if error.exit_code != 3 else []
        shutil.rmtree(run)
    return missed


def test_a_sound_run_is_sound(sound: Path) -> None:
    found = verify_run(sound)
    assert found.damage == ()
    assert found.finished
    assert len(found.complete) == 5
    require_sound(sound, found)


def test_sixty_damages_are_found(sound: Path, tmp_path: Path) -> None:
    assert misses(sound, tmp_path, 64, seed=11) == []


@pytest.mark.slow
def test_three_hundred_damages_are_found(sound: Path, tmp_path: Path) -> None:
    assert misses(sound, tmp_path, 300, seed=12) == []


@pytest.mark.parametrize(
    "name", ["manifest.json", "manifest.sha256", "provenance.json", "report.html", "report.zh.html"]
)
def test_every_bit_of_the_files_at_the_top(name: str, sound: Path, tmp_path: Path) -> None:
    """One bit in every 97th byte."""
    run = tmp_path / "run"
    shutil.copytree(sound, run)
    content = (run / name).read_bytes()
    missed = []
    for place in range(0, len(content), max(1, len(content) // 40)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << (place % 8)
        (run / name).write_bytes(damaged)
        if name not in {one.file for one in verify_run(run).damage}:
            missed.append(place)
    assert missed == []


def test_damage_to_an_unfinished_run_is_found_and_mended(sound: Path, tmp_path: Path) -> None:
    real(tmp_path)

    def stop(label: str, done: int, total: int) -> None:
        if label == "analyses" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(tmp_path / "study.toml", out=tmp_path / "run", progress=stop)
    found = verify_run(tmp_path / "run")
    assert (found.finished, found.damage, len(found.complete)) == (False, (), 3)
    with pytest.raises(XinzhiError, match="XZ-118"):
        require_sound(tmp_path / "run", found)
    for name in ("results/accounts/result.json", "results/index/rows.csv", "provenance.json", "study.toml"):
        place = tmp_path / "run" / name
        content = place.read_bytes()
        missed = []
        for byte in range(0, len(content), max(1, len(content) // 25)):
            place.write_bytes(content[:byte] + bytes([content[byte] ^ 4]) + content[byte + 1 :])
            if name not in {one.file for one in verify_run(tmp_path / "run").damage}:
                missed.append(byte)
        assert missed == [], name
        place.write_bytes(content)
    place = tmp_path / "run/results/index/rows.csv"
    place.write_bytes(place.read_bytes()[:-2])
    assert [one.file for one in verify_run(tmp_path / "run").damage] == ["results/index/rows.csv"]
    assert set(resume_study(begun(tmp_path / "run")).reused) == {"accounts", "fixed_share"}
    assert verify_run(tmp_path / "run").damage == ()


def test_no_run_at_all(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(XinzhiError, match="holds no run"):
            verify_run(place)


def test_the_manifest_says_what_was_run(sound: Path) -> None:
    manifest = json.loads((sound / "manifest.json").read_bytes())
    assert manifest["languages"] == ["en", "zh"]
    assert manifest["said"]["zh"]["names"] == {"CHN": "中国"}
    assert "tables/accounts/mean_rates.zh.csv" in manifest["files"]
