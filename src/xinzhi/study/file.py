"""The study file: TOML to values, with every error found together, each with its line.

text -> Lines (where keys stand) -> models (shape) -> roles and methods (references) -> Study
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import Any

from pydantic import BaseModel, ValidationError

from xinzhi.errors import UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.language import joined, say
from xinzhi.method import Method, View
from xinzhi.study.contents import Chapter
from xinzhi.study.lines import Lines
from xinzhi.study.references import References
from xinzhi.study.registry import kinds_named, load_methods
from xinzhi.study.safe import odd_values, read_toml
from xinzhi.study.shapes import (
    ChapterShape,
    DataShape,
    ReportShape,
    StudyShape,
    ViewShape,
    Words,
    keys_at,
    words_in,
    words_of,
)

ANALYSIS_KEYS = ("id", "method", "data", "title", "view")
ID = re.compile(r"[a-z][a-z0-9_]*")
NAME = say("a name of lower-case letters, digits and _, a letter first")
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
"""Names that Windows takes for devices, with any ending."""


@dataclass(frozen=True)
class AnalysisSpec:
    """One ``[[analysis]]``, ready to fit.

    Parameters
    ----------
    id : str
    title : Words
        One text, or one for each language.
    data : str
        Name of its data table.
    method : Method
    view : View or None
        What its tables and figures show; None follows the report.
    depends : tuple of str
        Analyses to which its settings refer.
    where : str
        File and line, for errors.
    """

    id: str
    title: Words
    data: str
    method: Method
    view: View | None
    depends: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class Study:
    """A study as read: nothing computed, no data loaded.

    ``content`` holds the bytes of the file, ``places`` file and line of each data table, ``outline`` the chapters,
    ``renamed`` the names of ``[names]``.
    """

    path: Path
    content: bytes
    seed: int
    data: Mapping[str, DataShape]
    places: Mapping[str, str]
    analyses: tuple[AnalysisSpec, ...]
    report: ReportShape
    outline: tuple[ChapterShape, ...]
    renamed: Mapping[str, Words]

    @property
    def folder(self) -> Path:
        """Return the study's folder."""
        return self.path.resolve().parent

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages of the report."""
        return self.report.languages

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """Return the chapters in the first language."""
        return self.chapters_in(self.languages[0])

    def chapters_in(self, language: str) -> tuple[Chapter, ...]:
        """Return the chapters of the report in a language."""
        return tuple(Chapter(words_in(c.title, language), words_in(c.text, language), c.analyses) for c in self.outline)

    def names(self, language: str) -> dict[str, str]:
        """Return what units, industries and columns are called in a language, by their name in the data."""
        return {name: words_in(words, language) for name, words in self.renamed.items()}

    def default_view(self) -> View:
        """Return the view of analyses that name none."""
        return View(self.report.units, self.report.periods)


def read_study(path: str | Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    UsageError or Problems
        All errors of the file together: it cannot be read (XZ-101), an unknown key, method or role
        (XZ-102), a wrong value (XZ-103), a reference to nothing (XZ-104), a path that leads out (XZ-105).
    """
    path = Path(path)
    content, text, raw = read_toml(path)
    load_methods(kinds_named(raw))
    reader = _Reader(path, Lines(text))
    raise_all(reader.odd_values(raw))
    shape = reader.shape(raw)
    analyses = reader.analyses(shape)
    outline = reader.outline(shape)
    reader.paths(shape)
    reader.words(shape)
    raise_all(sorted(reader.errors, key=_line))
    places = {name: reader.where(("data", name), say("data {name!r}", name=name)) for name in shape.data}
    return Study(path, content, shape.seed, shape.data, places, analyses, shape.report, outline, shape.names)


def inside(folder: Path, name: str, *, where: str) -> Path:
    """Return the path of a file of the study; XZ-105 where it leads outside the folder, links included."""
    expected = say("a file inside the study's folder")
    try:
        found = (folder / name).resolve()
        away = Path(name).is_absolute() or not found.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError) as error:  # zero bytes, names too long, links in a circle
        raise UsageError("XZ-105", f"{name!r}: {error}", where=where, expected=expected) from error
    windows = PureWindowsPath(name)
    if away or windows.drive or windows.stem.partition(".")[0].rstrip().upper() in DEVICES:
        raise UsageError("XZ-105", repr(name), where=where, expected=expected)
    return found


def _line(error: XinzhiError) -> int:
    """Return the line that an error names."""
    found = re.search(r", line (\d+)", error.where)
    return int(found[1]) if found else 0


class _Reader:
    """Turns the raw tables into values and collects errors on the way."""

    def odd_values(self, raw: dict[str, Any]) -> list[XinzhiError]:
        """Return errors for values that no setting can have: control characters, endless numbers."""
        errors: list[XinzhiError] = []
        for place, found in odd_values(raw):
            shown = ".".join(str(part) for part in place if isinstance(part, str))
            errors.append(UsageError("XZ-103", found, where=self.where(place, f"[{shown!r}]"[:80])))
        return errors

    def __init__(self, path: Path, lines: Lines) -> None:
        self.path, self.lines = path, lines
        self.errors: list[XinzhiError] = []

    def where(self, place: tuple[str | int, ...], words: str) -> str:
        return say("{path}, line {line}, {words}", path=str(self.path), line=self.lines.find(place), words=words)

    def shape(self, raw: dict[str, Any]) -> StudyShape:
        """Return the tables as models; raise at once where the shape is wrong."""
        try:
            return StudyShape.model_validate(raw)
        except ValidationError as error:
            for problem in error.errors():
                self.errors.append(self._complaint(dict(problem), StudyShape))
            raise_all(sorted(self.errors, key=_line))
            raise AssertionError("a validation error without a problem") from error

    def analyses(self, shape: StudyShape) -> tuple[AnalysisSpec, ...]:
        """Return the analyses with their methods built."""
        for room, names in (("data", shape.data), ("role", shape.role)):
            for odd in (name for name in names if not ID.fullmatch(name)):
                where = self.where((room, odd), f"{room} {odd!r}")
                self.errors.append(UsageError("XZ-103", say("name {name!r}", name=odd), where=where, expected=NAME))
        tables: dict[str, tuple[int, dict[str, Any]]] = {}
        for number, table in enumerate(shape.analysis):
            name = table.get("id")
            if not isinstance(name, str) or not ID.fullmatch(name):
                self._refuse(number, "id", say("id is {name!r}", name=name), NAME)
            elif name in tables or name in shape.role:
                found = say("{name!r} is used twice", name=name)
                self._refuse(number, "id", found, say("one name for each role and analysis"))
            else:
                tables[name] = (number, table)
        folder = self.path.resolve().parent
        find = partial(inside, folder, where="file")
        references = References(self.path, self.lines, shape.role, tables, ANALYSIS_KEYS, find)
        specs = [self._analysis(name, *tables[name], shape, references) for name in tables]
        for name in shape.role:
            references.get(name)
        self.errors += references.errors
        return tuple(spec for spec in specs if spec is not None)

    def _analysis(
        self, name: str, number: int, table: dict[str, Any], shape: StudyShape, references: References
    ) -> AnalysisSpec | None:
        words, before = say("analysis {name!r}", name=name), len(self.errors)
        data = table.get("data", next(iter(shape.data)) if len(shape.data) == 1 else None)
        if data not in shape.data:
            hint = nearest(str(data), list(shape.data))
            found = say("data is missing") if data is None else joined(say("no data table {name!r}", name=data), hint)
            self.errors.append(
                UsageError(
                    "XZ-104",
                    found,
                    where=self.where(("analysis", number, "data"), words),
                    expected=listed(list(shape.data)),
                )
            )
        title = self._title(number, table.get("title", ""))
        view = self._view(number, words, table.get("view"))
        method = references.get(name)
        if not isinstance(method, Method) or len(self.errors) > before:
            return None
        where = self.where(("analysis", number), words)
        return AnalysisSpec(name, title, str(data), method, view, references.depends(name), where)

    def _title(self, number: int, given: Any) -> Words:
        try:
            return words_of(given)
        except ValueError as error:
            found = say("{complaint}; found {value!r}", complaint=str(error), value=given)
            self._refuse(number, "title", found, say("text"))
            return ""

    def _view(self, number: int, words: str, table: Any) -> View | None:
        if table is None:
            return None
        try:
            shape = ViewShape.model_validate(table)
        except ValidationError as error:
            for problem in error.errors():
                self.errors.append(self._complaint(dict(problem), ViewShape, ("analysis", number, "view"), words))
            return None
        return View(shape.units, shape.periods)

    def outline(self, shape: StudyShape) -> tuple[ChapterShape, ...]:
        """Return the chapters; analyses that none lists follow in a last one."""
        ids = [str(table.get("id")) for table in shape.analysis]
        for number, chapter in enumerate(shape.report.chapter):
            for unknown in (name for name in chapter.analyses if name not in ids):
                place = ("report", "chapter", number, "analyses")
                found = joined(say("no analysis {name!r}", name=unknown), nearest(unknown, ids))
                title = words_in(chapter.title, shape.report.languages[0])
                where = self.where(place, say("chapter {title!r}", title=title))
                self.errors.append(UsageError("XZ-104", found, where=where, expected=listed(ids)))
        shown = {name for chapter in shape.report.chapter for name in chapter.analyses}
        rest = tuple(name for name in ids if name not in shown)
        if not rest:
            return shape.report.chapter
        title = say("Further analyses") if shape.report.chapter else say("Results")
        return (*shape.report.chapter, ChapterShape.model_construct(title=title, text="", analyses=rest))

    def words(self, shape: StudyShape) -> None:
        """Check that the author's words are there in every language, and that names stay apart."""
        report, places = shape.report, dict[tuple[str | int, ...], Any]()
        places |= {
            ("report", key): getattr(report, key) for key in ("title", "abstract") if key in report.model_fields_set
        }
        for number, chapter in enumerate(report.chapter):
            places |= {("report", "chapter", number, key): getattr(chapter, key) for key in ("title", "text")}
        places |= {("analysis", i, "title"): table.get("title") for i, table in enumerate(shape.analysis)}
        places |= {("names", name): words for name, words in shape.names.items()}
        for place, words in places.items():
            lacking = [code for code in report.languages if not _has(words, code, report.languages)]
            if lacking:
                found = say("no text in {languages}", languages=listed([repr(code) for code in lacking]))
                where = self.where(place, f"[{'.'.join(str(part) for part in place if isinstance(part, str))}]")
                self.errors.append(UsageError("XZ-103", found, where=where, expected=say("a text for each language")))
        for code in report.languages:
            self._same_names({name: words_in(words, code) for name, words in shape.names.items()})

    def _same_names(self, names: Mapping[str, str]) -> None:
        seen: dict[str, str] = {}
        for name, called in names.items():
            if seen.setdefault(called, name) != name:
                found = say(
                    "{first!r} and {second!r} are both called {called!r}",
                    first=seen[called],
                    second=name,
                    called=called,
                )
                where = self.where(("names", name), "[names]")
                self.errors.append(UsageError("XZ-103", found, where=where, expected=say("a name of its own for each")))

    def paths(self, shape: StudyShape) -> None:
        """Check that files lie inside the study's folder."""
        for name, table in shape.data.items():
            if table.file is not None:
                try:
                    inside(
                        self.path.resolve().parent,
                        table.file,
                        where=self.where(("data", name, "file"), say("data {name!r}", name=name)),
                    )
                except UsageError as error:
                    self.errors.append(error)

    def _refuse(self, number: int, key: str, found: str, expected: str) -> None:
        where = self.where(("analysis", number, key), say("analysis {number}", number=number + 1))
        self.errors.append(UsageError("XZ-103", found, where=where, expected=expected))

    def _complaint(
        self,
        problem: Mapping[str, Any],
        model: type[BaseModel],
        above: tuple[str | int, ...] = (),
        words: str = "",
    ) -> XinzhiError:
        """Return one of pydantic's complaints as an error with its line."""
        path = (*above, *problem["loc"])
        shown = ".".join(str(part) for part in path if isinstance(part, str))
        where = self.where(path, words or f"[{shown}]")
        if problem["type"] == "extra_forbidden":
            known = keys_at(model, problem["loc"][:-1])
            name = str(path[-1])
            return UsageError(
                "XZ-102",
                joined(say("unknown key {name!r}", name=name), nearest(name, known)),
                where=where,
                expected=listed(known, 20),
            )
        if problem["type"] == "missing":
            remedy = say("Add {key} to the study.", key=path[-1])
            return UsageError("XZ-103", say("{key!r} is missing", key=shown), where=where, remedy=remedy)
        found, complaint = problem["input"], problem.get("ctx", {}).get("error")
        words_there = complaint.args[0] if isinstance(complaint, ValueError) and complaint.args else problem["msg"]
        if isinstance(found, Mapping):
            return UsageError("XZ-103", words_there, where=where)
        said = say("{complaint}; found {value!r}", complaint=words_there, value=found)
        return UsageError("XZ-103", said, where=where)


def _has(words: Any, code: str, languages: Sequence[str]) -> bool:
    """Tell whether words say something in a language, or are not given at all."""
    if isinstance(words, Mapping):
        return bool(words.get(code))
    return not words or len(languages) == 1


__all__ = ["AnalysisSpec", "DataShape", "Study", "Words", "inside", "read_study", "words_in"]
