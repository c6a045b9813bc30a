"""Which characters no font on this machine can draw: a chart with boxes in it must not leave unseen.

Only the character maps of fonts are read, one font after the other until every character has been found, so text
in common scripts costs a few milliseconds.
"""

import os
import re
import struct
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from xinzhi.errors import listed
from xinzhi.language import Text, say

COLLECTIONS = (".ttc", ".otc")
SUFFIXES = (".ttf", ".otf", *COLLECTIONS)
LIKELY = ("liberationsans-regular", "arial.", "dejavusans.", "notosanscjk-regular", "sourcehansans", "pingfang", "msyh")
"""Beginnings of file names that are tried first, from Latin to Chinese."""
EMPTY = ("lastresort", "adobeblank", "notdef")
"""Fonts that claim every character and draw boxes."""
INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
"""Unicode categories that need no glyph."""
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML does not know; a label may carry them."""

_drawn: dict[str, bool] = {}


def missing_glyphs(text: str) -> str:
    """Return the characters of a text that no font installed here can draw, each once, sorted.

    Parameters
    ----------
    text : str
        Any text; blanks, controls and marks of direction need no glyph.

    Examples
    --------
    >>> missing_glyphs("TFP, 2.5 %")
    ''
    """
    wanted = {c for c in text if unicodedata.category(c) not in INVISIBLE}
    unknown = {ord(c) for c in wanted if c not in _drawn}
    missing = set(unknown)
    for points in _maps() if missing else ():
        missing = {point for point in missing if points.get(point, ".notdef") == ".notdef"}
        if not missing:
            break
    _drawn.update({chr(point): point not in missing for point in unknown})
    return "".join(sorted(c for c in wanted if not _drawn[c]))


def warn(pictures: Mapping[str, str]) -> tuple[Text, ...]:
    """Return warning XZ-407 for each figure with characters that no font here can draw.

    Parameters
    ----------
    pictures : mapping from name of a figure to its SVG
    """
    texts = {name: "".join(ElementTree.fromstring(CONTROLS.sub("", svg)).itertext()) for name, svg in pictures.items()}
    missing_glyphs("".join(texts.values()))  # one walk through the fonts for all
    missing = {name: missing_glyphs(text) for name, text in texts.items()}
    return tuple(
        say(
            "XZ-407 figure {name}: no font on this machine can draw {characters}; widths of its labels are guessed.",
            name=name,
            characters=listed([f"{c} (U+{ord(c):04X})" for c in characters]),
        )
        for name, characters in missing.items()
        if characters
    )


def folders() -> list[Path]:
    """Return the standard folders of fonts of this platform, those of the user included."""
    home = Path.home()
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    if sys.platform == "win32":
        windows, local = os.environ.get("WINDIR", r"C:\Windows"), os.environ.get("LOCALAPPDATA", str(home))
        return [Path(windows, "Fonts"), Path(local, "Microsoft", "Windows", "Fonts")]
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    return [*(Path(folder, "fonts") for folder in (*shared.split(":"), own)), home / ".fonts"]


def _font_files() -> list[Path]:
    """Return the font files, the likely ones first."""
    paths = {
        Path(folder, name)
        for start in folders()
        for folder, _, names in os.walk(start)
        for name in names
        if name.lower().endswith(SUFFIXES) and not name.lower().startswith(EMPTY)
    }
    return sorted(paths, key=lambda path: (_rank(path.name.lower()), str(path)))


def _rank(name: str) -> int:
    return next((k for k, start in enumerate(LIKELY) if name.startswith(start)), len(LIKELY))


def _maps() -> Iterator[Mapping[int, str]]:
    """Yield the glyph names by code point of each face, equal maps once; a file that is no font is passed over."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError  # type: ignore[import-untyped]

    seen: set[tuple[int, int]] = set()
    for path in _font_files():
        try:
            with path.open("rb") as file:
                collection = path.suffix.lower() in COLLECTIONS
                for face in TTCollection(file, lazy=True) if collection else (TTFont(file, lazy=True),):
                    entry = face.reader.tables.get("cmap")
                    if entry is not None and (entry.checkSum, entry.length) not in seen:
                        seen.add((entry.checkSum, entry.length))
                        yield face["cmap"].getBestCmap() or {}
        except (TTLibError, OSError, ValueError, AssertionError, struct.error):
            continue
