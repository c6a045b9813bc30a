"""The tables of a study file as pydantic models: which keys there are, and what each may hold."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from xinzhi.errors import listed
from xinzhi.language import LANGUAGES, again, say, speaking
from xinzhi.panel import Column
from xinzhi.panel.columns import Kind


def words_of(given: Any) -> str | dict[str, str]:
    """Return text, or text by language, as it was given."""
    if isinstance(given, str):
        return given
    if not isinstance(given, Mapping) or not given or not all(isinstance(text, str) for text in given.values()):
        raise ValueError(say('text is expected, or text for each language: { en = "...", zh = "..." }'))
    odd = [name for name in given if name not in LANGUAGES]
    if odd:
        raise ValueError(
            say("no language {odd}; there are {languages}", odd=repr(odd[0]), languages=listed(list(LANGUAGES)))
        )
    return dict(given)


Words = Annotated[str | Mapping[str, str], PlainValidator(words_of)]
"""Text of the study's author: one text, or one for each language of the report."""


def words_in(words: str | Mapping[str, str], language: str) -> str:
    """Return the author's text in a language; the first that was given where it has none in it.

    Examples
    --------
    >>> words_in({"en": "Growth", "zh": "增长"}, "zh"), words_in("Growth", "zh")
    ('增长', 'Growth')
    """
    if isinstance(words, str):
        with speaking(language):
            return again(words)
    return words.get(language) or next(iter(words.values()))


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

    A table with none of the three waits for a file given with ``--data``. ``unit`` may be several columns.
    ``missing`` lists what stands for a missing cell in a CSV or Excel file, in place of the reader's own list.
    """

    catalog: str | None = None
    file: str | None = None
    sql: str | None = None
    unit: str | tuple[str, ...] | None = None
    time: str | None = None
    columns: dict[str, ColumnShape] = Field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    citation: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> "DataShape":
        given = [name for name in ("catalog", "file", "sql") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(say("{first} and {second} exclude each other: give one source", **_two(given)))
        if self.catalog is not None and (self.unit or self.time or self.columns):
            raise ValueError(say("a catalogue table knows its unit, time and columns: leave them out"))
        if self.missing is not None and (self.catalog is not None or self.sql is not None):
            raise ValueError(say("missing says how a file is read: leave it out"))
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

    title: Words
    text: Words = ""
    analyses: tuple[str, ...] = ()


class ReportShape(Shape):
    """``[report]``: the languages, what stands over the numbers, and the default view."""

    languages: tuple[str, ...] = LANGUAGES[:1]
    title: Words = say("Study")
    authors: tuple[str, ...] = ()
    abstract: Words = ""
    units: tuple[str, ...] | None = None
    periods: tuple[tuple[int, int], ...] | None = None
    chapter: tuple[ChapterShape, ...] = ()

    @model_validator(mode="after")
    def _known_languages(self) -> "ReportShape":
        odd = [name for name in self.languages if name not in LANGUAGES]
        if odd or not self.languages or len(set(self.languages)) < len(self.languages):
            known = listed([repr(code) for code in LANGUAGES])
            raise ValueError(say("languages are {known}, each at most once and at least one", known=known))
        return self


class StudyShape(Shape):
    """The whole file."""

    version: Literal[1] = Field(alias="schema")
    seed: int = Field(default=0, ge=0)
    data: dict[str, DataShape] = Field(min_length=1)
    names: dict[str, Words] = Field(default_factory=dict)
    role: dict[str, dict[str, Any]] = Field(default_factory=dict)
    analysis: tuple[dict[str, Any], ...] = Field(min_length=1)
    report: ReportShape = Field(default_factory=ReportShape)


def keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
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


def _two(given: Sequence[str]) -> dict[str, str]:
    return {"first": given[0], "second": given[1]}
