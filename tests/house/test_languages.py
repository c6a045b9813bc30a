"""Two languages, complete: no sentence without a translation, no character without a glyph."""

import importlib.util
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from xinzhi.language import catalogue
from xinzhi.method.fonts import missing_glyphs
from xinzhi.method.terms import LABELS

ROOT = Path(__file__).resolve().parents[2]
NO_CHINESE_FONT = "no font with Chinese characters on this machine"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    place = importlib.util.spec_from_file_location("catalogue_tool", ROOT / "tools" / "catalogue.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def test_every_sentence_has_its_translation_and_none_is_stale(tool: ModuleType) -> None:
    found = tool.problems(tool.read(ROOT / "src" / "xinzhi" / "translations" / "zh.po"), tool.wanted())
    assert found == []


def test_a_missing_stale_or_malformed_translation_is_found(tool: ModuleType) -> None:
    found = tool.problems({"{a} b": "{c}", "old": "旧"}, {"{a} b": "x.py", "new": "x.py"})
    assert [line.partition(" ")[0] for line in found] == ["missing", "stale:", "other"]


def test_formats_of_numbers_survive_translation() -> None:
    """``{gap:.3g}`` in English and ``{gap}`` in Chinese would show different digits."""
    field = re.compile(r"\{\w+[^}]*\}")
    odd = {k: v for k, v in catalogue("zh").items() if set(field.findall(k)) != set(field.findall(v))}
    assert odd == {}


def test_terms_stay_apart_in_chinese() -> None:
    """Two terms with one name would share a colour, a row and a legend entry."""
    names = Counter(catalogue("zh").get(label, label) for label in set(LABELS.values()))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_character_of_catalogue_and_page_has_a_glyph() -> None:
    if missing_glyphs("新"):
        pytest.skip(NO_CHINESE_FONT)
    page = (ROOT / "src" / "xinzhi" / "report" / "assets" / "report.html.j2").read_text(encoding="utf-8")
    from xinzhi.report.page import OWN_NAMES

    words = [*catalogue("zh"), *catalogue("zh").values(), page, *OWN_NAMES.values()]
    data = (ROOT / "src" / "xinzhi" / "catalog" / "data" / "catalog.toml").read_text(encoding="utf-8")
    assert missing_glyphs("".join(words) + data) == ""


def test_chinese_has_full_width_punctuation() -> None:
    """A comma, colon, semicolon or full stop of Latin width after a Chinese character is a slip, as are brackets."""
    slip = re.compile(r"[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\.(?![\w.])|\([^()]*[\u4e00-\u9fff][^()]*\)")
    assert {k: v for k, v in catalogue("zh").items() if slip.search(v)} == {}
