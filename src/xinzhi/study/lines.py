"""Where the keys of a TOML text stand, so that an error can name the line."""

import re
import tomllib
from typing import Any

Path = tuple[str | int, ...]

_QUOTED = re.compile(r'''"""(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*''', re.DOTALL)
"""Strings and comments, those over several lines first; up to two quotes may stand before the closing three."""
_BARE = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
"""The common key: one bare name. Others are read by the TOML reader itself."""


class Lines:
    """Line numbers of the tables and keys of a TOML text.

    Parameters
    ----------
    text : str
        Valid TOML.
    """

    def __init__(self, text: str) -> None:
        self.rows = text.splitlines()
        self.at: dict[Path, int] = {}
        self.headers: list[tuple[int, Path]] = []
        bare = _QUOTED.sub(lambda hit: "\n" * hit[0].count("\n"), text).splitlines()
        table: Path = ()
        counts: dict[Path, int] = {}
        depth = 0
        for number, (shown, plain) in enumerate(zip(self.rows, bare, strict=False), start=1):
            if depth == 0 and plain.strip():
                statement = shown.strip()
                if statement.startswith("["):
                    table = self._header(statement, counts)
                    self.at.setdefault(table, number)
                    self.headers.append((number, table))
                else:
                    self._key(shown, table, number)
            depth += sum(plain.count(c) for c in "[{") - sum(plain.count(c) for c in "]}")

    def find(self, path: Path) -> int:
        """Return the line of a key, or of the nearest table around it; 1 where none is known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.at:
                return self.at[path[:length]]
        return 1

    def find_word(self, table: Path, word: str) -> int:
        """Return the line of a table's block that gives ``word`` a value, inline tables included."""
        first = self.find(table)
        later = [number for number, other in self.headers if number > first and other[: len(table)] != table]
        last = min(later, default=len(self.rows) + 1)
        pattern = re.compile(rf"(?<![\w-]){re.escape(word)}\s*=")
        return next((n for n in range(first, last) if pattern.search(self.rows[n - 1])), first)

    def _header(self, statement: str, counts: dict[Path, int]) -> Path:
        double = statement.startswith("[[")
        inner = re.sub(r"\]\]?\s*(#.*)?$", "", statement).lstrip("[")
        names = _names(f"[{inner}]")
        path: Path = ()
        for position, name in enumerate(names, start=1):
            path = (*path, name)
            if path in counts and not (double and position == len(names)):
                path = (*path, counts[path])
        if not double:
            return path
        counts[path] = counts.get(path, -1) + 1
        return (*path, counts[path])

    def _key(self, shown: str, table: Path, number: int) -> None:
        path, bare = table, _BARE.match(shown)
        for name in [bare[1]] if bare else _names(f"{_before_equals(shown)} = 0"):
            path = (*path, name)
            self.at.setdefault(path, number)


def _names(statement: str) -> list[str]:
    """Return the dotted names of a header or key; none where the line is neither."""
    try:
        inner: Any = tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return []
    names: list[str] = []
    while isinstance(inner, dict) and inner:
        name, inner = next(iter(inner.items()))
        names.append(name)
    return names


def _before_equals(shown: str) -> str:
    key = re.match(r"""\s*(?:"(?:\\.|[^"\\])*"|'[^']*'|[^=])*?(?==)""", shown)
    return key[0] if key else shown
