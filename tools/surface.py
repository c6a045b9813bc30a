"""Print the public surface: each name of ``xinzhi`` with its settings or parameters, and its verbs."""

import inspect
from types import ModuleType
from typing import Any

import xinzhi
from xinzhi.method.base import Value


def described(name: str, thing: Any) -> list[str]:
    """Return the lines of one public name."""
    if isinstance(thing, ModuleType):
        exported = sorted(getattr(thing, "__all__", ()))
        return [f"{name}: module", *(f"  .{each}{parameters(getattr(thing, each))}" for each in exported)]
    if not inspect.isclass(thing):
        return [f"{name}{parameters(thing)}"]
    return [f"{name}{settings(thing)}", *(f"  .{verb}" for verb in verbs(thing))]


def settings(thing: type[Any]) -> str:
    """Return the fields of a value with their defaults, else the parameters of the constructor."""
    if not issubclass(thing, Value):
        return parameters(thing)
    fields = thing.model_fields.items()
    return f"({', '.join(n if f.is_required() else f'{n}={f.default!r}' for n, f in fields)})"


def verbs(thing: type[Any]) -> list[str]:
    """Return methods, properties and class methods that the package defines."""
    owners = [owner for owner in thing.__mro__ if owner.__module__.startswith("xinzhi")]
    names = sorted({name for owner in owners for name in vars(owner) if not name.startswith("_")})
    found = []
    for name in names:
        member = inspect.getattr_static(thing, name)
        if isinstance(member, property):
            found.append(name)
        elif inspect.isfunction(member) or isinstance(member, classmethod | staticmethod):
            found.append(f"{name}{parameters(getattr(thing, name))}")
    return found


def parameters(thing: Any) -> str:
    """Return names, kinds and defaults of parameters, without types."""
    if not callable(thing):
        return ""
    kept = [p.replace(annotation=p.empty) for p in inspect.signature(thing).parameters.values()]
    return str(inspect.Signature([p for p in kept if p.name != "self"]))


def surface() -> str:
    """Return the whole surface as text, one block a name."""
    names = sorted({*xinzhi.__all__, *dir(xinzhi)})
    return "\n".join(line for name in names for line in described(name, getattr(xinzhi, name))) + "\n"


if __name__ == "__main__":
    print(surface(), end="")
