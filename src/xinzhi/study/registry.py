"""Makes methods and role values known to studies."""

from collections.abc import Collection
from typing import Any

from xinzhi.method.base import REGISTRY, ROLES


def load_methods(words: Collection[str] | None = None) -> None:
    """Import what the rooms offer, which registers it; a second call costs nothing.

    Parameters
    ----------
    words : collection of str or None
        Names of methods and role values in a study. Most are the name of their class in other letters, so that only
        their modules are imported; one word that is not found so imports everything, as None does.
    """
    from xinzhi import frontier, growth, indicators, ledger, regions

    offered = [(room, name) for room in (frontier, growth, indicators, regions, ledger) for name in room.__all__]
    wanted = None if words is None else {word.replace("_", "") for word in words}
    for room, name in offered:
        if wanted is None or name.lower() in wanted:
            getattr(room, name)
    if wanted is not None and not REGISTRY.keys() | ROLES.keys() >= set(words or ()):
        load_methods()


def kinds_named(content: Any) -> set[str]:
    """Return the words after ``type`` and ``method`` in the tables of a study, at any depth."""
    if isinstance(content, dict):
        own = {content[key] for key in ("type", "method") if isinstance(content.get(key), str)}
        return own.union(*(kinds_named(cell) for cell in content.values()))
    return set().union(*(kinds_named(cell) for cell in content)) if isinstance(content, list) else set()
