"""Sentences: said, said again, and read from the catalogue as Babel reads it."""

import json
import pickle
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from xinzhi.errors import DataError, listed
from xinzhi.language import (
    LOCALES,
    Text,
    again,
    catalogue,
    enumerated,
    joined,
    moment,
    named,
    preferred,
    say,
    sentences,
    speaking,
)

NAMES = {"CHN": "中国", "USA": "美国"}


def test_a_sentence_follows_the_language_in_force_and_so_do_the_sentences_in_it() -> None:
    inner = say("no row for {year}", year=2000)
    whole = say("{unit}: not computed in {reason}.", unit=named("CHN"), reason=inner)
    assert whole == "CHN: not computed in no row for 2000."
    with speaking("zh", names=NAMES):
        assert again(whole) == "中国：未能计算（没有2000年的行）。"
        assert say("{name}: {numbers}", name="x", numbers=whole) == "x：中国：未能计算（没有2000年的行）。"
    assert again(whole) == whole


def test_a_sentence_survives_the_way_to_a_worker_and_back() -> None:
    there = pickle.loads(pickle.dumps(enumerated([named("CHN"), say("no input")])))
    assert isinstance(there, Text)
    with speaking("zh", names=NAMES):
        assert again(there) == "中国、没有投入"


def test_lists_parts_and_sentences_have_the_marks_of_the_language() -> None:
    for language, expected in (("en", ("a, b", "a; b", "A. B.")), ("zh", ("a、b", "a；b", "A.B."))):
        with speaking(language):
            assert (enumerated("ab"), joined("a", "", "b"), sentences("A.", "B.")) == expected


def test_text_deep_in_plain_values_is_said_again_and_the_rest_stays() -> None:
    value = {"a": [say("yes"), 1, None], "b": (say("no"),)}
    with speaking("zh"):
        assert again(value) == {"a": ["是", 1, None], "b": ("否",)}
    assert json.loads(json.dumps(value)) == {"a": ["yes", 1, None], "b": ["no"]}


def test_an_error_speaks_the_language_in_which_it_is_printed() -> None:
    error = DataError("XZ-205", say("no column {names}", names=listed(["'gpd'"])))
    assert str(error).splitlines()[0] == "XZ-205 A column is missing: no column 'gpd'"
    with speaking("zh"):
        assert str(error).splitlines() == ["XZ-205 缺少一列：没有列'gpd'", "  处理：请使用最接近的列名，或补充该列。"]
        assert error.to_dict()["title"] == "缺少一列"


def test_the_catalogue_is_read_as_babel_reads_it() -> None:
    with files("xinzhi").joinpath("translations", "zh.po").open("rb") as file:
        entries = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string}
    assert catalogue("zh") == entries
    assert catalogue("en") == {}


def test_numbers_need_no_conversion() -> None:
    """By CLDR both locales part decimals by a point and thousands by a comma."""
    for code in LOCALES.values():
        signs = Locale.parse(code).number_symbols["latn"]
        assert (signs["decimal"], signs["group"], signs["percentSign"]) == (".", ",", "%"), code
        assert str(Locale.parse(code).default_numbering_system) == "latn"


def test_a_moment_is_written_by_locale() -> None:
    when = datetime(2026, 11, 24, 21, 5, tzinfo=UTC)
    assert moment(when).startswith("24 November 2026")
    with speaking("zh"):
        assert moment(when).startswith("2026年11月24日")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "XINZHI_LANGUAGE": "zh"}, "zh"),
    ],
)
def test_the_terminal_says_which_language_it_wants(environment: dict[str, str], language: str) -> None:
    assert preferred(environment) == language
