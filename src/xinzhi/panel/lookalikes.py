"""Names that look the same and are not: blanks that take no room, full-width letters, capitals, other alphabets."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from xinzhi.errors import nearest
from xinzhi.language import say

TWINS = str.maketrans(
    "асеорхуѕіјһԁԛԝкмтвнАВСЕНІЈКМОРЅТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρι",
    "aceopxysijhdqwkmtbhABCEHIJKMOPSTXYABEZHIKMNOPTYXovpi",
)
"""Cyrillic and Greek letters to the Latin letters that they look like."""
UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]+")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal or turn the direction of text; tab and line end are none of them."""


def skeleton(name: str) -> str:
    """Return what a name looks like: equal for names that a reader cannot tell apart."""
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name).translate(TWINS)
    return UNSEEN.sub("", plain).casefold()


def twins(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of different names that look the same."""
    seen: dict[str, str] = {}
    pairs = ((seen.setdefault(skeleton(name), name), name) for name in names)
    return [(first, second) for first, second in pairs if first != second]


def shown(name: str) -> str:
    """Return a name with its characters outside ASCII, and blanks at its ends, named by code point.

    Examples
    --------
    >>> shown("gd\u0440"), shown("gdp"), shown("gdp ")
    ("'gdр' (U+0440)", "'gdp'", "'gdp ' (U+0020)")
    """
    ends = name[: len(name) - len(name.lstrip())] + name[len(name.rstrip()) :]
    odd = dict.fromkeys([*(c for c in name if ord(c) > 126), *ends])
    return f"{name!r} ({' '.join(f'U+{ord(c):04X}' for c in odd)})" if odd else repr(name)


def near(name: str, names: Sequence[str]) -> str:
    """Return "did you mean 'x'?"; of a name that looks the same, with the characters in which they differ."""
    twin = next((known for known in names if skeleton(known) == skeleton(name)), None)
    if twin is None or (twin.isascii() and name.isascii() and twin == twin.strip() and name == name.strip()):
        return nearest(name, names)
    return say("{known} looks the same as {name} but is another name", known=shown(twin), name=shown(name))
