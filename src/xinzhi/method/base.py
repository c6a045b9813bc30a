"""Settings as values, the one ``fit``, and the registry by which studies and documents find methods."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from xinzhi.compute import Progress, Run
from xinzhi.errors import DataError, UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.language import LANGUAGES, Text, joined, say, speaking
from xinzhi.method.terms import label
from xinzhi.panel import Panel

if TYPE_CHECKING:
    from xinzhi.method.result import Result

M = TypeVar("M", bound="type[Method]")
V = TypeVar("V", bound="type[Value]")
REGISTRY: dict[str, "type[Method]"] = {}
ROLES: dict[str, "type[Value]"] = {}
LONGEST = 80
"""Letters of a wrong setting that an error shows; a longer value that is no text is named by its type."""
BASE_BYTES = 4_000_000
"""What any method takes, whatever the panel (measured)."""

ROW_NUMBERS = 25
"""Numbers that a method holds per row of the panel: what it reads, its terms, statuses and reasons (measured)."""

COMPLAINTS: dict[str, Text] = {
    "string_type": say("should be text"),
    "bool_type": say("should be true or false"),
    "bool_parsing": say("should be true or false"),
    "int_type": say("should be a whole number"),
    "int_parsing": say("should be a whole number"),
    "int_from_float": say("should be a whole number"),
    "int_parsing_size": say("should be a smaller whole number"),
    "float_type": say("should be a number"),
    "float_parsing": say("should be a number"),
    "finite_number": say("should be a finite number"),
    "greater_than": say("should be more than {gt}"),
    "greater_than_equal": say("should be at least {ge}"),
    "less_than": say("should be less than {lt}"),
    "less_than_equal": say("should be at most {le}"),
    "literal_error": say("should be {expected}"),
    "enum": say("should be {expected}"),
    "none_required": say("should be left out"),
    "tuple_type": say("should be a list"),
    "list_type": say("should be a list"),
    "iterable_type": say("should be a list"),
    "dict_type": say("should be a table"),
    "mapping_type": say("should be a table"),
    "model_type": say("should be a table of {class_name}"),
    "is_instance_of": say("should be a {class}"),
    "too_short": say("should have at least {min_length} items"),
    "too_long": say("should have at most {max_length} items"),
    "string_too_short": say("should have at least {min_length} letters"),
    "string_too_long": say("should have at most {max_length} letters"),
    "string_pattern_mismatch": say("should match the pattern {pattern}"),
}
"""What a setting should be, for the complaints of pydantic that users meet; the others pass in pydantic's words."""


class Value(BaseModel):
    """Frozen settings, given by keyword; unknown keys are errors that name the nearest valid one.

    ``column_fields`` lists the fields whose text is the name of a column of the panel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)
    column_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise_all(readable(error, type(self)))

    # Settings inside settings are validated by pydantic itself, which tries every member of a union.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def from_study(cls, settings: Mapping[str, Any], find: Callable[[str], Path]) -> "Value":  # noqa: ARG003
        """Return the value that a table of a study gives; ``find``: the path of a file of the study by its name."""
        return cls(**settings)

    def used_columns(self) -> list[str]:
        """Return the names of the columns that these settings, and those inside them, read."""
        found: list[str] = []
        for name in type(self).model_fields:
            content = getattr(self, name)
            for item in content if isinstance(content, tuple) else (content,):
                if isinstance(item, Value):
                    found += item.used_columns()
                elif isinstance(item, str) and name in self.column_fields:
                    found.append(item)
        return list(dict.fromkeys(found))

    def inner_methods(self) -> "list[Method]":
        """Return the methods among these settings and those inside them, such as the frontier of a ledger."""
        found: list[Method] = []
        for name in type(self).model_fields:
            content = getattr(self, name)
            for item in content if isinstance(content, tuple) else (content,):
                if isinstance(item, Method):
                    found.append(item)
                elif isinstance(item, Value):
                    found += item.inner_methods()
        return found

    def key(self) -> str:
        """Return the SHA-256 of the settings, the types of nested values included."""
        return hashlib.sha256(json.dumps(canonical(self), sort_keys=True).encode()).hexdigest()


class Method(Value, ABC):
    """Everything that a computation needs to know; :meth:`fit` does it.

    Subclasses are registered with :func:`register`, hold settings and nothing else, and write
    ``compute(panel, run)``, which returns a new result.
    """

    method_name: ClassVar[str] = ""

    def fit(
        self, panel: Panel, *, seed: int = 0, executor: Executor | None = None, progress: Progress | None = None
    ) -> "Result":
        """Compute on a panel and return a new immutable result.

        Parameters
        ----------
        panel : Panel
            The data; never changed.
        seed : int
            Root of all randomness.
        executor : concurrent.futures.Executor or None
            Runs the chunks; results do not depend on it.
        progress : callable or None
            Called with label, done, total.

        Raises
        ------
        DataError
            A column that the settings name is not in the panel (XZ-205), and what the method checks.
        """
        return self.fit_in(panel, Run(seed=seed, executor=executor, progress=progress))

    def fit_in(self, panel: Panel, run: Run) -> "Result":
        """Compute inside a run: equal settings on equal data are computed once."""
        if not isinstance(panel, Panel):
            raise DataError(
                "XZ-216",
                say("fit was given a {kind}", kind=type(panel).__name__),
                expected=say("a Panel"),
                remedy=say("Wrap the frame: Panel(frame, unit=..., time=...)."),
            )
        known = [*panel.columns, *panel.labels]
        absent = [name for name in self.used_columns() if name not in known]
        if absent:
            hints = [joined(repr(name), nearest(name, known)) for name in absent]
            raise DataError(
                "XZ-205",
                say("no column {names}", names=listed(hints)),
                where=panel.source,
                expected=say("columns: {names}", names=listed(known, 40)),
            )
        with speaking(LANGUAGES[0]):  # numbers, reasons and hashes are the same in every language
            return run.once(f"{self.key()}:{panel.digest()}", lambda: self.compute(panel, run))

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes beside the panel, its inner methods included.

        Methods with arrays larger than some numbers per row add theirs.

        Parameters
        ----------
        panel : Panel
        workers : int
            Chunks that are computed at the same time.
        """
        inner = sum(method.memory(panel, workers=workers) for method in self.inner_methods())
        return BASE_BYTES + ROW_NUMBERS * 8 * len(panel) + inner

    def term_name(self, column: str) -> Text:
        """Return the reader's name of a column of the result, for whoever reads it as a term."""
        return label(column)

    @abstractmethod
    def compute(self, panel: Panel, run: Run) -> "Result":
        """Return the result; see the method's own documentation."""


def canonical(value: Any) -> Any:
    """Return settings as nested plain values in which every value object names its type."""
    if isinstance(value, Value):
        kind = type(value)
        settings = {name: canonical(getattr(value, name)) for name in kind.model_fields}
        return {"type": f"{kind.__module__}.{kind.__qualname__}", "settings": settings}
    if isinstance(value, dict):
        return {str(key): canonical(item) for key, item in value.items()}
    return [canonical(item) for item in value] if isinstance(value, list | tuple) else value


def register(name: str) -> Callable[[M], M]:
    """Make a method known to studies, to the command line and to the reference under ``name``."""

    def enter(method: M) -> M:
        if REGISTRY.get(name, method).__qualname__ != method.__qualname__:
            raise UsageError(
                "XZ-103", say("two methods are named {name!r}", name=name), expected=say("one name, one method")
            )
        method.method_name = name
        REGISTRY[name] = method
        return method

    return enter


def role(word: str) -> Callable[[V], V]:
    """Make a value known to studies under ``word``, the ``type`` of its table."""

    def enter(value: V) -> V:
        ROLES[word] = value
        return value

    return enter


def methods() -> dict[str, "type[Method]"]:
    """Return the registered methods by name."""
    return dict(sorted(REGISTRY.items()))


def readable(error: ValidationError, owner: type[BaseModel], *, where: str = "") -> list[XinzhiError]:
    """Turn pydantic's complaints about ``owner`` into errors, one per setting, that name the nearest valid key."""
    by_setting: dict[str, list[Any]] = {}
    for problem in error.errors():
        by_setting.setdefault(str(problem["loc"][0]) if problem["loc"] else "", []).append(problem)
    return [_complaint(name, problems, owner, where) for name, problems in by_setting.items()]


def _complaint(name: str, problems: list[Any], owner: type[BaseModel], where: str) -> XinzhiError:
    """Return one error for a setting; a setting that may be several things has one complaint for each of them."""
    place = f"{where}, {name}" if where else f"{owner.__name__}.{name}".rstrip(".")
    first = problems[0]
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        known = list(owner.model_fields)
        return UsageError(
            "XZ-102",
            joined(say("unknown setting {name!r}", name=name), nearest(name, known)),
            where=place,
            expected=listed(known, 40),
        )
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return UsageError("XZ-103", say("setting {name!r} is missing", name=name), where=place)
    words = [_inner(problem) for problem in problems]
    found = wrong(words, first["input"]) if name else joined(*dict.fromkeys(words))  # all settings: nothing to show
    return UsageError("XZ-103", found, where=place)


def wrong(words: Sequence[str], given: Any) -> Text:
    """Return what a setting should be, all that it may be, and what was found."""
    either, *more = dict.fromkeys(words)
    for other in more:
        either = say("{one}; or {other}", one=either, other=other)
    found = repr(given)
    if len(found) <= LONGEST:
        return say("{words}; found {given!r}", words=either, given=given)
    cut = f"{found[:LONGEST]}…" if isinstance(given, str) else type(given).__name__
    return say("{words}; found {given}", words=either, given=cut)


def _inner(problem: Any) -> str:
    path, context = ".".join(str(part) for part in problem["loc"][1:]), problem.get("ctx", {})
    if problem["type"] == "extra_forbidden":
        return say("{path}: unknown", path=path)
    if problem["type"] == "missing":
        return say("{path}: missing", path=path)
    if problem["type"] == "value_error":
        said: str = next(iter(context["error"].args), "")
        return said
    known = COMPLAINTS.get(problem["type"])
    return say(known.parts[0], **context) if known else str(problem["msg"])
