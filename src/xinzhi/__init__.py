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
    "AdditiveDEA": "xinzhi.frontier",
    "BestPractice": "xinzhi.frontier",
    "Biennial": "xinzhi.frontier",
    "ByProduction": "xinzhi.frontier",
    "CrossEfficiency": "xinzhi.frontier",
    "DEA": "xinzhi.frontier",
    "Direction": "xinzhi.frontier",
    "DirectionalDEA": "xinzhi.frontier",
    "FDH": "xinzhi.frontier",
    "FarePrimont": "xinzhi.frontier",
    "FixedBase": "xinzhi.frontier",
    "FrontierAccounts": "xinzhi.frontier",
    "Global": "xinzhi.frontier",
    "HicksMoorsteen": "xinzhi.frontier",
    "HyperbolicDEA": "xinzhi.frontier",
    "Kuosmanen": "xinzhi.frontier",
    "Leader": "xinzhi.frontier",
    "Luenberger": "xinzhi.frontier",
    "Malmquist": "xinzhi.frontier",
    "MalmquistLuenberger": "xinzhi.frontier",
    "Metafrontier": "xinzhi.frontier",
    "Moving": "xinzhi.frontier",
    "ReferenceSet": "xinzhi.frontier",
    "Representative": "xinzhi.frontier",
    "RussellDEA": "xinzhi.frontier",
    "SBM": "xinzhi.frontier",
    "ScaleEfficiency": "xinzhi.frontier",
    "Sequential": "xinzhi.frontier",
    "StepWeights": "xinzhi.frontier",
    "Weak": "xinzhi.frontier",
    "Window": "xinzhi.frontier",
    "Choice": "xinzhi.ledger",
    "ChoiceRange": "xinzhi.ledger",
    "ColumnError": "xinzhi.ledger",
    "Draw": "xinzhi.ledger",
    "Industries": "xinzhi.ledger",
    "Ledger": "xinzhi.ledger",
    "Option": "xinzhi.ledger",
    "SimulatedRange": "xinzhi.ledger",
    "new_quality_share": "xinzhi.ledger",
}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from xinzhi.frontier import (
        DEA,
        FDH,
        SBM,
        AdditiveDEA,
        BestPractice,
        Biennial,
        ByProduction,
        CrossEfficiency,
        Direction,
        DirectionalDEA,
        FarePrimont,
        FixedBase,
        FrontierAccounts,
        Global,
        HicksMoorsteen,
        HyperbolicDEA,
        Kuosmanen,
        Leader,
        Luenberger,
        Malmquist,
        MalmquistLuenberger,
        Metafrontier,
        Moving,
        ReferenceSet,
        Representative,
        RussellDEA,
        ScaleEfficiency,
        Sequential,
        StepWeights,
        Weak,
        Window,
    )
    from xinzhi.growth import GrowthAccounts
    from xinzhi.ledger import (
        Choice,
        ChoiceRange,
        ColumnError,
        Draw,
        Industries,
        Ledger,
        Option,
        SimulatedRange,
        new_quality_share,
    )
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
