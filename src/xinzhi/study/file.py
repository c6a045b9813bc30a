"""The study file: TOML to values, with every error found together, each with its line.

text -> Lines (where keys stand) -> models (shape) -> roles and methods (references) -> Study
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from xinzhi.errors import UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.method import Method, View
from xinzhi.panel import Column
from xinzhi.panel.columns import Kind
from xinzhi.study.contents import Chapter
from xinzhi.study.lines import Lines
from xinzhi.study.references import ROLES, References
from xinzhi.study.registry import load_methods

ANALYSIS_KEYS = ("id", "method", "data", "title", "view")
ID = re.compile(r"[a-z][a-z0-9_]*")
NAME = "a name of lower-case letters, digits and _, a letter first"


class Shape(BaseModel):
    """A table of the study file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class ColumnShape(Shape):
    """Unit of measurement, kind and description of a column."""

    unit: str = ""
    kind: Kind = "level"
    description: str = ""


class DataShape(Shape):
    """One ``[data.<name>]``: a catalogue id, a file, or SQL over the other tables.

    A table with none of the three waits for a file given with ``--data``.
    """

    catalog: str | None = None
    file: str | None = None
    sql: str | None = None
    unit: str | None = None
    time: str | None = None
    columns: dict[str, ColumnShape] = Field(default_factory=dict)
    citation: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> "DataShape":
        given = [name for name in ("catalog", "file", "sql") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: give one source")
        if self.catalog is not None and (self.unit or self.time or self.columns):
            raise ValueError("a catalogue table knows its unit, time and columns: leave them out")
        return self

    def declared(self) -> dict[str, Column]:
        """Return the declared columns as values of the panel."""
        return {name: Column(shape.unit, shape.kind, shape.description) for name, shape in self.columns.items()}


class ViewShape(Shape):
    """Units and periods that tables and figures show."""

    units: tuple[str, ...] | None = None
    periods: tuple[tuple[int, int], ...] | None = None


class ChapterShape(Shape):
    """One ``[[report.chapter]]``."""

    title: str
    text: str = ""
    analyses: tuple[str, ...] = ()


class ReportShape(Shape):
    """``[report]``: what stands over the numbers, and the default view."""

    title: str = "Study"
    authors: tuple[str, ...] = ()
    abstract: str = ""
    units: tuple[str, ...] | None = None
    periods: tuple[tuple[int, int], ...] | None = None
    chapter: tuple[ChapterShape, ...] = ()


class StudyShape(Shape):
    """The whole file."""

    version: Literal[1] = Field(alias="schema")
    seed: int = Field(default=0, ge=0)
    data: dict[str, DataShape] = Field(min_length=1)
    role: dict[str, dict[str, Any]] = Field(default_factory=dict)
    analysis: tuple[dict[str, Any], ...] = Field(min_length=1)
    report: ReportShape = Field(default_factory=ReportShape)


@dataclass(frozen=True)
class AnalysisSpec:
    """One ``[[analysis]]``, ready to fit.

    Parameters
    ----------
    id, title : str
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
    title: str
    data: str
    method: Method
    view: View | None
    depends: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class Study:
    """A study as read: nothing computed, no data loaded.

    ``content`` holds the bytes of the file, ``places`` file and line of each data table.
    """

    path: Path
    content: bytes
    seed: int
    data: Mapping[str, DataShape]
    places: Mapping[str, str]
    analyses: tuple[AnalysisSpec, ...]
    report: ReportShape
    chapters: tuple[Chapter, ...]

    @property
    def folder(self) -> Path:
        """Return the study's folder."""
        return self.path.resolve().parent

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
    load_methods()
    path = Path(path)
    content, text, raw = _toml(path)
    reader = _Reader(path, Lines(text))
    shape = reader.shape(raw)
    analyses = reader.analyses(shape)
    chapters = reader.chapters(shape)
    reader.paths(shape)
    raise_all(sorted(reader.errors, key=_line))
    places = {name: reader.where(("data", name), f"data {name!r}") for name in shape.data}
    return Study(path, content, shape.seed, shape.data, places, analyses, shape.report, chapters)


def inside(folder: Path, name: str, *, where: str) -> Path:
    """Return the path of a file of the study; XZ-105 where it leads outside the folder, links included."""
    found = (folder / name).resolve()
    if Path(name).is_absolute() or not found.is_relative_to(folder.resolve()):
        raise UsageError("XZ-105", repr(name), where=where, expected="a file inside the study's folder")
    return found


def _line(error: XinzhiError) -> int:
    """Return the line that an error names."""
    found = re.search(r", line (\d+)", error.where)
    return int(found[1]) if found else 0


def _toml(path: Path) -> tuple[bytes, str, dict[str, Any]]:
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        return content, text, tomllib.loads(text)
    except OSError as error:
        raise UsageError("XZ-101", f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError("XZ-101", f"{path} is not UTF-8: byte {error.start}", where=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"{path}, line {line[1]}" if line else f"{path}, at the end"
        raise UsageError("XZ-101", str(error), where=where, expected="TOML") from error


class _Reader:
    """Turns the raw tables into values and collects errors on the way."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self.path, self.lines = path, lines
        self.errors: list[XinzhiError] = []

    def where(self, place: tuple[str | int, ...], words: str) -> str:
        return f"{self.path}, line {self.lines.find(place)}, {words}"

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
                self.errors.append(UsageError("XZ-103", f"name {odd!r}", where=where, expected=NAME))
        tables: dict[str, tuple[int, dict[str, Any]]] = {}
        for number, table in enumerate(shape.analysis):
            name = table.get("id")
            if not isinstance(name, str) or not ID.fullmatch(name):
                self._refuse(number, "id", f"id is {name!r}", NAME)
            elif name in tables or name in shape.role:
                self._refuse(number, "id", f"{name!r} is used twice", "one name for each role and analysis")
            else:
                tables[name] = (number, table)
        references = References(self.path, self.lines, shape.role, tables, ANALYSIS_KEYS)
        specs = [self._analysis(name, *tables[name], shape, references) for name in tables]
        for name in shape.role:
            references.get(name)
        self.errors += references.errors
        return tuple(spec for spec in specs if spec is not None)

    def _analysis(
        self, name: str, number: int, table: dict[str, Any], shape: StudyShape, references: References
    ) -> AnalysisSpec | None:
        words, before = f"analysis {name!r}", len(self.errors)
        data = table.get("data", next(iter(shape.data)) if len(shape.data) == 1 else None)
        if data not in shape.data:
            found = (
                "data is missing" if data is None else f"no data table {data!r}; {nearest(str(data), list(shape.data))}"
            )
            self.errors.append(
                UsageError(
                    "XZ-104",
                    found,
                    where=self.where(("analysis", number, "data"), words),
                    expected=listed(list(shape.data)),
                )
            )
        if not isinstance(table.get("title", ""), str):
            self._refuse(number, "title", f"title is {table['title']!r}", "text")
        view = self._view(number, words, table.get("view"))
        method = references.get(name)
        if not isinstance(method, Method) or len(self.errors) > before:
            return None
        where = self.where(("analysis", number), words)
        return AnalysisSpec(name, table.get("title", ""), str(data), method, view, references.depends(name), where)

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

    def chapters(self, shape: StudyShape) -> tuple[Chapter, ...]:
        """Return the chapters; analyses that none lists follow in a last one."""
        ids = [str(table.get("id")) for table in shape.analysis]
        for number, chapter in enumerate(shape.report.chapter):
            for unknown in (name for name in chapter.analyses if name not in ids):
                place = ("report", "chapter", number, "analyses")
                found = f"no analysis {unknown!r}; {nearest(unknown, ids)}"
                where = self.where(place, f"chapter {chapter.title!r}")
                self.errors.append(UsageError("XZ-104", found, where=where, expected=listed(ids)))
        chapters = [Chapter(c.title, c.text, c.analyses) for c in shape.report.chapter]
        shown = {name for chapter in chapters for name in chapter.analyses}
        rest = tuple(name for name in ids if name not in shown)
        if rest:
            chapters.append(Chapter("Further analyses" if chapters else "Results", "", rest))
        return tuple(chapters)

    def paths(self, shape: StudyShape) -> None:
        """Check that files lie inside the study's folder."""
        for name, table in shape.data.items():
            if table.file is not None:
                try:
                    inside(
                        self.path.resolve().parent,
                        table.file,
                        where=self.where(("data", name, "file"), f"data {name!r}"),
                    )
                except UsageError as error:
                    self.errors.append(error)

    def _refuse(self, number: int, key: str, found: str, expected: str) -> None:
        where = self.where(("analysis", number, key), f"analysis {number + 1}")
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
            known = _keys(model, problem["loc"][:-1])
            name = str(path[-1])
            return UsageError(
                "XZ-102",
                f"unknown key {name!r}; {nearest(name, known)}",
                where=where,
                expected=listed(known, 20),
            )
        if problem["type"] == "missing":
            return UsageError("XZ-103", f"{shown!r} is missing", where=where, remedy=f"Add {path[-1]} to the study.")
        found = problem["input"]
        shown_input = "" if isinstance(found, Mapping) else f"; found {found!r}"
        return UsageError("XZ-103", problem["msg"].removeprefix("Value error, ") + shown_input, where=where)


def _keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the keys that are allowed at a path below a model."""
    inner: Any = model
    for part in path:
        if isinstance(part, str) and isinstance(inner, type) and issubclass(inner, Shape):
            field = next((f for n, f in inner.model_fields.items() if part in (n, f.alias)), None)
            inner = (_shape_in(field.annotation) if field is not None else None) or inner
    return [field.alias or name for name, field in inner.model_fields.items()]


def _shape_in(annotation: Any) -> Any:
    """Return the model inside ``dict[str, Model]``, ``tuple[Model, ...]`` or ``Model``."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    return next((found for arg in getattr(annotation, "__args__", ()) if (found := _shape_in(arg)) is not None), None)


__all__ = ["ROLES", "AnalysisSpec", "DataShape", "Study", "inside", "read_study"]
