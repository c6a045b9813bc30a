"""Settings as values, the one ``fit``, and the registry by which studies and documents find methods."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from xinzhi.compute import Progress, Run
from xinzhi.errors import DataError, UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.language import LANGUAGES, speaking
from xinzhi.panel import Panel

if TYPE_CHECKING:
    from xinzhi.method.result import Result

M = TypeVar("M", bound="type[Method]")
REGISTRY: dict[str, "type[Method]"] = {}


class Value(BaseModel):
    """Frozen settings, given by keyword; unknown keys are errors that name the nearest valid one.

    ``column_fields`` lists the fields whose text is the name of a column of the panel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    column_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise_all(readable(error, type(self)))

    # Settings inside settings are validated by pydantic itself, which tries every member of a union.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

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
                f"fit was given a {type(panel).__name__}",
                expected="a Panel",
                remedy="Wrap the frame: Panel(frame, unit=..., time=...).",
            )
        known = [*panel.columns, *panel.labels]
        absent = [name for name in self.used_columns() if name not in known]
        if absent:
            hints = [f"{name!r} {nearest(name, known)}".strip() for name in absent]
            raise DataError(
                "XZ-205", f"no column {listed(hints)}", where=panel.source, expected=f"columns: {listed(known, 40)}"
            )
        with speaking(LANGUAGES[0]):  # numbers, reasons and hashes are the same in every language
            return run.once(f"{self.key()}:{panel.digest()}", lambda: self.compute(panel, run))

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
            raise UsageError("XZ-103", f"two methods are named {name!r}", expected="one name, one method")
        method.method_name = name
        REGISTRY[name] = method
        return method

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
            f"unknown setting {name!r}; {nearest(name, known)}".rstrip("; "),
            where=place,
            expected=listed(known, 40),
        )
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return UsageError("XZ-103", f"setting {name!r} is missing", where=place)
    words = [_inner(problem) for problem in problems]
    return UsageError("XZ-103", f"{'; or '.join(dict.fromkeys(words))}; found {first['input']!r}", where=place)


def _inner(problem: Any) -> str:
    path = ".".join(str(part) for part in problem["loc"][1:])
    if problem["type"] in {"extra_forbidden", "missing"}:
        return f"{path}: {'unknown' if problem['type'] == 'extra_forbidden' else 'missing'}"
    return str(problem["msg"]).removeprefix("Value error, ")
