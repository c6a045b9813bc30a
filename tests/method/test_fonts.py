"""Missing glyphs are found; fonts are looked for where each platform keeps them."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from xinzhi.errors import CODES
from xinzhi.method import charts, fonts
from xinzhi.method.fonts import missing_glyphs, warn

UNASSIGNED = "\u0378"
"""No character of Unicode, so no font has it."""
QUICK = 0.3
"""Seconds that text in Latin letters may take in a fresh process, imports aside."""


def test_latin_text_blanks_and_marks_need_no_search_of_all_fonts() -> None:
    assert missing_glyphs("TFP, 2.5 % – a × b − c’s\n\t\u200b\u202e") == ""


def test_latin_text_is_quick() -> None:
    clock = (
        "import time; from xinzhi.method.fonts import missing_glyphs; from fontTools import ttLib; start = time.time();"
        "missing_glyphs('Growth 1990–2019, per cent'); print(time.time() - start)"
    )
    done = min(
        float(subprocess.run([sys.executable, "-c", clock], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )
    assert done < QUICK


def test_a_character_that_no_font_has_is_named_once_and_remembered() -> None:
    assert missing_glyphs(f"a{UNASSIGNED}b{UNASSIGNED}") == UNASSIGNED
    start = time.perf_counter()
    assert missing_glyphs(UNASSIGNED) == UNASSIGNED
    assert time.perf_counter() - start < 0.05  # from memory, without a font


def test_a_figure_with_such_a_character_is_warned_about() -> None:
    def drawn(unit: str) -> str:
        labels = charts.Labels(name="cascade", title="T", description="D")
        return charts.save_svg(charts.waterfall(labels, units=[unit, "b"], terms={"tfp": [1.0, 1.0]}, total=[1.0, 1.0]))

    (warning,) = warn({"good": drawn("CHN"), "odd": drawn(f"x{UNASSIGNED}")})
    assert warning.startswith("XZ-407 figure odd: ")
    assert "(U+0378)" in warning
    assert "XZ-407" in CODES


def test_a_machine_without_fonts_draws_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    (tmp_path / "empty.ttc").write_bytes(b"")
    monkeypatch.setattr(fonts, "folders", lambda: [tmp_path, tmp_path / "none"])
    monkeypatch.setattr(fonts, "_drawn", {})
    assert missing_glyphs("新a") == "a新"


@pytest.mark.parametrize(("platform", "folder"), [("linux", "share"), ("darwin", "Library"), ("win32", "Windows")])
def test_folders_of_each_platform(platform: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert any(folder in str(path) for path in fonts.folders())
    assert any(str(Path.home()) in str(path) for path in fonts.folders())
