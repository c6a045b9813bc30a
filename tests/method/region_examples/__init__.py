"""Examples of the methods of the room ``regions``, a module for each topic."""

from importlib import import_module
from pkgutil import iter_modules

from tests.method.examples import Example

EXAMPLES: dict[str, Example] = {
    name: example
    for module in iter_modules(__path__)
    for name, example in import_module(f"{__name__}.{module.name}").EXAMPLES.items()
}
