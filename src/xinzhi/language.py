"""What readers read, in their language: English as it stands in the code, others from ``translations/``.

    say("no column {name!r}", name=column)     a sentence; the catalogue of a language is keyed by the English one
    named("CHN")                               a unit or column as the study calls it in this language
    with speaking("zh", names={...}): ...      everything said inside is said in Chinese

A sentence remembers how it was made, so what a fit said in English is said again in Chinese by :func:`again`
when a Chinese report is written. Numbers, hashes and keys never depend on the language.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

T = TypeVar("T")

LANGUAGES = ("en", "zh")
"""Languages that everything is said in, by their ISO 639 codes; the first is that of the code."""
LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
"""Locales of dates."""
TAGS = {"en": "en", "zh": "zh-Hans"}
"""Language tags of pages and tables (BCP 47)."""
MARKS = {"en": {"list": ", ", "part": "; ", "sentence": " "}, "zh": {"list": "、", "part": "；", "sentence": ""}}
"""What stands between the items of a list, the parts of a sentence, and sentences."""
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks by which text reorders the line that it stands in; in a name they make a sentence say something else."""
ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|$))+)', re.MULTILINE)
"""An entry of a catalogue file: one or several quoted lines each of message and translation."""


@dataclass(frozen=True)
class Voice:
    """The language in force, and what a study calls its units and columns in it."""

    language: str = "en"
    names: Mapping[str, str] = field(default_factory=dict)


_voice: ContextVar[Voice] = ContextVar("voice", default=Voice())  # noqa: B039 (frozen)


class Text(str):
    """Text that can be said again in another language; to everyone else it is a ``str``."""

    maker: Callable[..., str]
    parts: tuple[Any, ...]

    def __new__(cls, maker: Callable[..., str], *parts: Any) -> "Text":
        """Make the text in the language in force and keep how it was made."""
        text = super().__new__(cls, maker(*parts))
        text.maker, text.parts = maker, parts
        return text

    def __deepcopy__(self, memo: dict[int, Any]) -> "Text":
        """Return the text itself, which never changes: a copy is no reason to say it again."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the parts, so that the text can still be said again on the way back from a worker."""
        return Text, (self.maker, *self.parts)


def say(message: str, /, **values: Any) -> Text:
    """Return a sentence in the language in force.

    Parameters
    ----------
    message : str
        The English sentence with ``{value}`` in ``str.format`` notation; a literal, since it is the key of
        the catalogue.
    values
        What stands in the braces; sentences among them follow the language.

    Examples
    --------
    >>> say("{count:,} rows of {source}", count=1234, source="a.csv")
    '1,234 rows of a.csv'
    """
    return Text(_said, message, values)


def named(name: str) -> Text:
    """Return a unit or column as the study calls it in the language in force; itself where it has no other name."""
    return Text(_named, str(name))


def titled(name: str, titles: Mapping[str, str]) -> Text:
    """Return a name as the study calls it, else by ``titles`` in the language in force or in English, else itself."""
    return Text(_titled, str(name), dict(titles))


def enumerated(items: Sequence[Any]) -> Text:
    """Return items as a list in words: ``a, b``."""
    return Text(_joined, "list", tuple(items))


def joined(*parts: str) -> Text:
    """Return the parts that are not empty as one sentence: ``a; b``."""
    return Text(_joined, "part", parts)


def sentences(*parts: str) -> Text:
    """Return the sentences that are not empty one after the other."""
    return Text(_joined, "sentence", parts)


def again(value: T) -> T:
    """Return a value with all text in it, however deep in lists and mappings, said in the language in force."""
    kept: Any = value
    if isinstance(value, Text):
        kept = Text(value.maker, *value.parts)
    elif isinstance(value, list | tuple):
        kept = type(value)(again(item) for item in value)
    elif isinstance(value, Mapping):
        kept = {key: again(item) for key, item in value.items()}
    said: T = kept
    return said


@contextmanager
def speaking(language: str, *, names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Say everything inside in a language.

    Parameters
    ----------
    language : "en" or "zh"
    names : mapping from unit or column to its name in this language

    Examples
    --------
    >>> with speaking("zh", names={"CHN": "中国"}):
    ...     print(named("CHN"))
    中国
    """
    token = _voice.set(Voice(language, dict(names or {})))
    try:
        yield
    finally:
        _voice.reset(token)


def language() -> str:
    """Return the language in force."""
    return _voice.get().language


def preferred(environment: Mapping[str, str]) -> str:
    """Return the language that a terminal asks for; English where it asks for one that is not here."""
    wanted = (environment.get(name, "") for name in ("XINZHI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    first = next(filter(None, wanted), "")
    return next((code for code in LANGUAGES if first.lower().startswith(code)), LANGUAGES[0])


def moment(when: datetime) -> str:
    """Return date and time as the language writes them, in the time zone that ``when`` has."""
    from babel.dates import format_datetime

    return str(format_datetime(when, "long", locale=LOCALES[language()], tzinfo=when.tzinfo))


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return the sentences of a language by the English ones; empty for English.

    Read by a pattern: Babel's reader takes 0.13 s, which `xinzhi --help` does not have; a test compares both.
    """
    if code == LANGUAGES[0]:
        return {}
    text = files("xinzhi").joinpath("translations", f"{code}.po").read_text(encoding="utf-8")
    pairs = ((_unquoted(one), _unquoted(other)) for one, other in ENTRY.findall(text))
    return {message: translation for message, translation in pairs if message and translation}


# How text is made -----------------------------------------------------------------------------


def _unquoted(lines: str) -> str:
    return "".join(json.loads(line) for line in lines.splitlines() if line)


def _said(message: str, values: Mapping[str, Any]) -> str:
    template = catalogue(language()).get(message, message)
    return template.format(**again(values)) if values else template


def _named(name: str) -> str:
    return _voice.get().names.get(name, name)


def _titled(name: str, titles: Mapping[str, str]) -> str:
    own = _named(name)
    return own if own != name else titles.get(language()) or titles.get(LANGUAGES[0], name)


def _joined(mark: str, parts: Sequence[Any]) -> str:
    return MARKS[language()][mark].join(str(again(part)) for part in parts if str(part))
