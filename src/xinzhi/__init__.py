"""Xinzhi: measure new quality productive forces, growth that comes from total factor productivity.

Names are imported when first used, so that ``import xinzhi`` and ``xinzhi --help`` stay fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Column": "xinzhi.panel",
    "Panel": "xinzhi.panel",
    "Reading": "xinzhi.panel",
    "read": "xinzhi.panel",
    "Capital": "xinzhi.method",
    "Input": "xinzhi.method",
    "Labour": "xinzhi.method",
    "Share": "xinzhi.method",
    "SplicedHours": "xinzhi.method",
    "Table": "xinzhi.method",
    "Term": "xinzhi.method",
    "UnitMean": "xinzhi.method",
    "View": "xinzhi.method",
    "GrowthAccounts": "xinzhi.growth",
    "BestPractice": "xinzhi.frontier",
    "DEA": "xinzhi.frontier",
    "FrontierAccounts": "xinzhi.frontier",
    "Leader": "xinzhi.frontier",
    "Malmquist": "xinzhi.frontier",
    "ReferenceSet": "xinzhi.frontier",
    "Sequential": "xinzhi.frontier",
    "Choice": "xinzhi.ledger",
    "ChoiceRange": "xinzhi.ledger",
    "Industries": "xinzhi.ledger",
    "Ledger": "xinzhi.ledger",
    "Option": "xinzhi.ledger",
    "new_quality_share": "xinzhi.ledger",
}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from xinzhi.frontier import DEA, BestPractice, FrontierAccounts, Leader, Malmquist, ReferenceSet, Sequential
    from xinzhi.growth import GrowthAccounts
    from xinzhi.ledger import Choice, ChoiceRange, Industries, Ledger, Option, new_quality_share
    from xinzhi.method import Capital, Input, Labour, Share, SplicedHours, Table, Term, UnitMean, View
    from xinzhi.panel import Column, Panel, Reading, read


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "catalog":
        return import_module("xinzhi.catalog")
    raise AttributeError(f"module 'xinzhi' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "catalog"]
