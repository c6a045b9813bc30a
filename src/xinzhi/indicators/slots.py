"""What is not known for sure about an index: a slot of a step holds ``OneOf``, a number ``Between``.

system with slots -> factors(system) -> settled(system, choices) -> the same system without slots
"""

from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import isabstract
from math import floor
from typing import Any, ClassVar, get_args

from pydantic import GetJsonSchemaHandler, ModelWrapValidatorHandler, SerializeAsAny, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from xinzhi.errors import UsageError, listed
from xinzhi.indicators.setting_words import setting, value_words
from xinzhi.language import Text, enumerated, say
from xinzhi.method.base import Value, role


class Formed(Value, ABC):
    """A value of a family of which a field holds any member: its ``form`` tells it from the others.

    ``called``: its name in words.
    """

    called: ClassVar[Text]
    form: str

    @classmethod
    def members(cls) -> "dict[str, type[Formed]]":
        """Return the classes of the family that can be used, by form."""
        found: dict[str, type[Formed]] = {}
        for kind in cls.__subclasses__():
            found |= kind.members()
        return found if isabstract(cls) or cls is Formed else {str(cls.model_fields["form"].default): cls}

    @model_validator(mode="wrap")
    @classmethod
    def _by_form(cls, data: Any, handler: "ModelWrapValidatorHandler[Formed]") -> "Formed":
        if isinstance(data, dict) and data.get("form") in (members := cls.members()):
            kind = members[data["form"]]
            if kind is not cls:
                return kind(**data)
        if isinstance(data, dict) and (isabstract(cls) or cls is Formed):
            raise ValueError(say("needs a form: {forms}", forms=listed(sorted(cls.members()), 40)))
        return handler(data)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        if isabstract(cls) or cls is Formed:
            return {"type": "object", "title": cls.__name__, "properties": {"form": {"enum": sorted(cls.members())}}}
        return handler(core)

    def words(self) -> Text:
        """Return the rule in words: its name and the settings that are not the default ones."""
        fields = type(self).model_fields.items()
        usual = {n: field.get_default(call_default_factory=True) for n, field in fields if n != "form"}
        own = {n: getattr(self, n) for n in usual if getattr(self, n) != usual[n]}
        if not own:
            return self.called
        settings = enumerated([setting(name, value) for name, value in own.items()])
        return say("{rule} ({settings})", rule=self.called, settings=settings)


@role("one_of")
class OneOf(Value):
    """One of several settings; the first is the one of the published index.

    Parameters
    ----------
    options : tuple
        Settings that the slot may hold: values such as ``MinMax()``, texts, numbers or None.

    Examples
    --------
    >>> OneOf("pooled", "year").options
    ('pooled', 'year')
    """

    options: tuple[SerializeAsAny[Formed] | int | float | str | None, ...]

    def __init__(self, *options: Any, **settings: Any) -> None:
        super().__init__(**({"options": options} if options else {}), **settings)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="after")
    def _several(self) -> "OneOf":
        if len(self.options) < 2:
            raise ValueError(say("needs two options at least"))
        return self

    def words(self) -> Text:
        """Return the options in words."""
        options = [value_words(option) for option in self.options]
        return say("one of: {options}", options=enumerated(options))


@role("between")
class Between(Value):
    """A number between two others, all equally likely; the published index has ``nominal``, by default the middle.

    Where a setting takes whole numbers it gets the largest one that is not above the number drawn.

    Parameters
    ----------
    low, high : number
    nominal : number or None

    Examples
    --------
    >>> Between(0.5, 1.5).middle
    1.0
    """

    low: float
    high: float
    nominal: float | None = None

    def __init__(self, *numbers: float, **settings: Any) -> None:
        if len(numbers) > 3:
            found = say("{count} numbers", count=len(numbers))
            raise UsageError("XZ-103", found, where="Between", expected=enumerated(["low", "high", "nominal"]))
        super().__init__(**dict(zip(("low", "high", "nominal"), numbers, strict=False)), **settings)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="after")
    def _ordered(self) -> "Between":
        if not self.low < self.high or not self.low <= self.middle <= self.high:
            raise ValueError(say("needs low < high, and nominal between them"))
        return self

    @property
    def middle(self) -> float:
        """Return the number of the published index."""
        return (self.low + self.high) / 2 if self.nominal is None else self.nominal

    def words(self) -> Text:
        """Return the ends in words."""
        return say("{low:g} to {high:g}", low=self.low, high=self.high)


Slot = OneOf | Between
Number = float | Between


@dataclass(frozen=True)
class Factor:
    """A slot and where it is: ``path`` of field names and places, such as ``("steps", 4, "by")``.

    ``whole``: a number that must be whole.
    """

    path: tuple[str | int, ...]
    slot: Slot
    whole: bool = False


def factors(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Factor]:
    """Yield the slots inside a value in the order in which they stand; those inside an option come after it."""
    if isinstance(value, OneOf | Between):
        yield Factor(path, value)
    if isinstance(value, OneOf):
        for place, option in enumerate(value.options):
            yield from factors(option, (*path, place))
    elif isinstance(value, Value):
        for name, field in type(value).model_fields.items():
            item = getattr(value, name)
            if isinstance(item, Between):
                yield Factor((*path, name), item, float not in _kinds(field.annotation))
            else:
                yield from factors(item, (*path, name))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from factors(item, (*path, place))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from factors(item, (*path, key))


def each_option(value: Any) -> Iterator[Callable[[Factor], Any]]:
    """Yield how to settle a value to each option of each of its slots, the others as published."""
    for factor in factors(value):
        if isinstance(factor.slot, OneOf):
            yield from (partial(_only, (*factor.path, place)) for place in range(len(factor.slot.options)))


def _only(path: tuple[str | int, ...], factor: Factor) -> Any:
    """Return the option on the path for the slots that lie on it, and what is published for the others."""
    depth = len(factor.path)
    return path[depth] if factor.path == path[:depth] else nominal(factor)


def settled(value: Any, choose: Callable[[Factor], Any], path: tuple[str | int, ...] = ()) -> Any:
    """Return a value with every slot replaced by what ``choose`` says: the place of an option, or a number.

    What comes out is validated anew: two ends that were drawn apart may not fit together (XZ-103).
    """
    if isinstance(value, OneOf):
        place = int(choose(Factor(path, value)))
        return settled(value.options[place], choose, (*path, place))
    if isinstance(value, Between):
        return float(choose(Factor(path, value)))
    if isinstance(value, tuple):
        return tuple(settled(item, choose, (*path, place)) for place, item in enumerate(value))
    if isinstance(value, Mapping):
        return {key: settled(item, choose, (*path, key)) for key, item in value.items()}
    if not isinstance(value, Value):
        return value
    inner = {name: getattr(value, name) for name in type(value).model_fields}
    new = {name: settled(item, choose, (*path, name)) for name, item in inner.items()}
    for name, item in inner.items():
        if isinstance(item, Between) and float not in _kinds(type(value).model_fields[name].annotation):
            new[name] = floor(new[name])
    changed = {name: item for name, item in new.items() if item is not inner[name] and item != inner[name]}
    return type(value)(**(inner | changed)) if changed else value


def _kinds(annotation: Any) -> set[Any]:
    """Return the types that an annotation is made of."""
    parts = get_args(annotation)
    return set().union(*map(_kinds, parts)) if parts else {annotation}


def nominal(factor: Factor) -> float:
    """Return what the published index has in a slot: the first option, or the middle."""
    return 0 if isinstance(factor.slot, OneOf) else factor.slot.middle
