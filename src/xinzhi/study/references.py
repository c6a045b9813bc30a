"""``"@name"`` in a study: role values and methods by name, each built once, cycles refused."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xinzhi.errors import Problems, UsageError, XinzhiError, listed, nearest
from xinzhi.language import again, joined, say, speaking
from xinzhi.method import Value, methods
from xinzhi.method.base import ROLES
from xinzhi.study.lines import Lines


class _Unbuilt(Exception):
    """A reference leads to something whose own error is already noted."""


class References:
    """Builds the values of a study's roles and analyses.

    Parameters
    ----------
    path, lines
        The study file, for errors.
    roles : mapping from name to settings
    analyses : mapping from id to (number, table)
    own_keys : sequence of str
        Keys of an analysis that are no settings of its method.
    find : callable
        Returns the path of a file inside the study's folder by its name, or raises XZ-105.
    """

    def __init__(
        self,
        path: Path,
        lines: Lines,
        roles: Mapping[str, Mapping[str, Any]],
        analyses: Mapping[str, tuple[int, Mapping[str, Any]]],
        own_keys: Sequence[str],
        find: Callable[[str], Path],
    ) -> None:
        self.path, self.lines, self.roles, self.tables, self.own_keys = path, lines, roles, analyses, own_keys
        self.find = find
        self.errors: list[XinzhiError] = []
        self._built: dict[str, Value | None] = {}
        self._open: list[str] = []
        self._uses: dict[str, list[str]] = {}

    def get(self, name: str) -> Value | None:
        """Return the value of a role or the method of an analysis; None where an error is noted."""
        if name not in self._built:
            self._open.append(name)
            self._uses[name] = []
            try:
                self._built[name] = self._build(name)
            except _Unbuilt:
                self._built[name] = None
            self._open.pop()
        return self._built[name]

    def depends(self, name: str) -> tuple[str, ...]:
        """Return the analyses to which ``name`` refers, directly or through roles."""
        found: list[str] = []
        for other in self._uses.get(name, []):
            found += [other] if other in self.tables else list(self.depends(other))
        return tuple(dict.fromkeys(found))

    def _build(self, name: str) -> Value:
        table: tuple[str | int, ...]
        if name in self.tables:
            number, content = self.tables[name]
            table, words = ("analysis", number), say("analysis {name!r}", name=name)
            kind: Any = self._kind(content.get("method"), "method", methods(), (*table, "method"), words)
            settings = {key: cell for key, cell in content.items() if key not in self.own_keys}
        else:
            content, table, words = self.roles[name], ("role", name), say("role {name!r}", name=name)
            kind = self._kind(content.get("type"), "type", _kinds(), (*table, "type"), words)
            settings = {key: cell for key, cell in content.items() if key != "type"}
        resolved, before = {}, len(self.errors)
        for key, cell in settings.items():
            try:
                resolved[key] = self._resolve(cell, (*table, key), words)
            except _Unbuilt:
                continue
        if len(resolved) < len(settings) or len(self.errors) > before:
            raise _Unbuilt
        return self._value(kind, resolved, table, words)

    def _kind(
        self, word: Any, key: str, known: Mapping[str, type[Value]], place: tuple[str | int, ...], words: str
    ) -> type[Value]:
        if word not in known:
            unknown = say("unknown {key} {word!r}", key=key, word=word)
            hint = nearest(str(word), list(known))
            found = say("{key} is missing", key=key) if word is None else joined(unknown, hint)
            self._note(
                "XZ-103" if word is None else "XZ-102",
                found,
                self.lines.find(place),
                words,
                listed(list(known), 40),
            )
            raise _Unbuilt
        return known[word]

    def _value(self, kind: type[Value], settings: Mapping[str, Any], table: tuple[str | int, ...], words: str) -> Value:
        """Return the value; its complaints get file and line."""
        try:
            return kind.from_study(settings, self.find)
        except XinzhiError as error:
            for key, complaint in _by_setting(error).items():
                line = self.lines.find_word(table, complaint.where.rpartition(".")[2] if key not in settings else key)
                self._note(
                    complaint.code,
                    complaint.found,
                    line,
                    say("{words}, {place}", words=words, place=complaint.where),
                    complaint.expected,
                )
            raise _Unbuilt from error

    def _resolve(self, cell: Any, place: tuple[str | int, ...], words: str) -> Any:
        if isinstance(cell, str) and cell.startswith("@"):
            return self._referred(cell, place, words)
        if isinstance(cell, list):
            return tuple(self._resolve(item, place, words) for item in cell)
        if isinstance(cell, dict):
            inner = {key: self._resolve(item, place, words) for key, item in cell.items() if key != "type"}
            if "type" in cell:
                return self._value(self._kind(cell["type"], "type", _kinds(), place, words), inner, place, words)
            return inner
        return cell

    def _referred(self, text: str, place: tuple[str | int, ...], words: str) -> Any:
        name, *fields = text[1:].split(".")
        line, known = self.lines.find(place), [*self.roles, *self.tables]
        if name not in known:
            self._note(
                "XZ-104",
                joined(say("no role or analysis {name!r}", name=name), nearest(name, known)),
                line,
                words,
                listed(known, 40),
            )
            raise _Unbuilt
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self._note("XZ-104", say("the references go in a circle: {circle}", circle=circle), line, words, "")
            raise _Unbuilt
        value: Any = self.get(name)
        self._uses[self._open[-1]].append(name)
        if value is None:
            raise _Unbuilt
        for field in fields:
            settings = list(type(value).model_fields) if isinstance(value, Value) else []
            if field not in settings:
                self._note(
                    "XZ-104",
                    joined(say("{text!r}: no setting {field!r}", text=text, field=field), nearest(field, settings)),
                    line,
                    words,
                    listed(settings, 40),
                )
                raise _Unbuilt
            value = getattr(value, field)
        return value

    def _note(self, code: str, found: str, line: int, words: str, expected: str) -> None:
        where = say("{path}, line {line}, {words}", path=str(self.path), line=line, words=words)
        self.errors.append(UsageError(code, found, where=where, expected=expected))


def _kinds() -> dict[str, type[Value]]:
    """Return what a role may be: a role value, or a method that others hold but no chapter shows."""
    return {**ROLES, **methods()}


def _by_setting(error: XinzhiError) -> dict[str, XinzhiError]:
    """Return the complaint about each setting.

    A setting that is missing because its name is misspelt is not complained about twice.
    """
    complaints = error.errors if isinstance(error, Problems) else (error,)
    with speaking("en"):  # what is compared is said in one language
        said = [str(again(one.found)) for one in complaints]
    typos = "".join(found for one, found in zip(complaints, said, strict=True) if one.code == "XZ-102")
    kept: dict[str, XinzhiError] = {}
    for one, found in zip(complaints, said, strict=True):
        key = one.where.partition(".")[2].partition(".")[0]
        if found != f"setting {key!r} is missing" or f"did you mean {key!r}?" not in typos:
            kept.setdefault(key, one)
    return kept
