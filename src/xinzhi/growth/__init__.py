"""Growth accounts: how much of growth is more input, how much is total factor productivity."""

from xinzhi.growth.accounts import GrowthAccounts, GrowthAccountsResult
from xinzhi.growth.aggregation import Aggregation, AggregationResult
from xinzhi.growth.capital_costs import CapitalTax, ExternalRate, HybridRate, InternalRate, SmoothedGains
from xinzhi.growth.capital_initial import ChinaCustom, InitialRatio, InitialStock, LongSeries, SteadyState
from xinzhi.growth.capital_investment import Deflator
from xinzhi.growth.capital_profiles import (
    FixedLife,
    Geometric,
    Hyperbolic,
    LogNormal,
    NormalRetirement,
    OneHossShay,
    ReportedDepreciation,
    StraightLine,
    SurvivorCurve,
    TruncatedNormal,
    Weibull,
    Winfrey,
)
from xinzhi.growth.capital_services import CapitalServices, CapitalServicesResult
from xinzhi.growth.capital_stock import PerpetualInventory, PerpetualInventoryResult
from xinzhi.growth.development_accounting import DevelopmentAccounting, DevelopmentAccountingResult
from xinzhi.growth.double_deflation import DoubleDeflation, DoubleDeflationResult, Intermediate
from xinzhi.growth.human_capital import HumanCapital, HumanCapitalResult, ReturnsToSchooling
from xinzhi.growth.index_numbers import IndexNumber, IndexNumberResult
from xinzhi.growth.labour_composition import LabourComposition, LabourCompositionResult
from xinzhi.growth.labour_share import LabourShare, LabourShareResult
from xinzhi.growth.levels import RelativeLevels, RelativeLevelsResult
from xinzhi.growth.merging import Merged
from xinzhi.growth.misallocation import Misallocation, MisallocationResult
from xinzhi.growth.multilateral import MultilateralIndex, MultilateralIndexResult, RollingWindow
from xinzhi.growth.natural_capital import EnvironmentalAccounts, EnvironmentalAccountsResult, NaturalResource, Pollutant
from xinzhi.growth.regional_shift_share import RegionalShiftShare, RegionalShiftShareResult
from xinzhi.growth.returns_to_scale import NeweyWest, ReturnsToScale, ReturnsToScaleResult
from xinzhi.growth.shift_share import ShiftShare, ShiftShareResult
from xinzhi.growth.structure_indices import StructureIndices, StructureIndicesResult, ThreeSectors
from xinzhi.growth.value_indicator import ValueIndicator, ValueIndicatorResult

__all__ = [
    "Aggregation",
    "AggregationResult",
    "CapitalServices",
    "CapitalServicesResult",
    "CapitalTax",
    "ChinaCustom",
    "Deflator",
    "DevelopmentAccounting",
    "DevelopmentAccountingResult",
    "DoubleDeflation",
    "DoubleDeflationResult",
    "EnvironmentalAccounts",
    "EnvironmentalAccountsResult",
    "ExternalRate",
    "FixedLife",
    "Geometric",
    "GrowthAccounts",
    "GrowthAccountsResult",
    "HumanCapital",
    "HumanCapitalResult",
    "HybridRate",
    "Hyperbolic",
    "IndexNumber",
    "IndexNumberResult",
    "InitialRatio",
    "InitialStock",
    "Intermediate",
    "InternalRate",
    "LabourComposition",
    "LabourCompositionResult",
    "LabourShare",
    "LabourShareResult",
    "LogNormal",
    "LongSeries",
    "Merged",
    "Misallocation",
    "MisallocationResult",
    "MultilateralIndex",
    "MultilateralIndexResult",
    "NaturalResource",
    "NeweyWest",
    "NormalRetirement",
    "OneHossShay",
    "PerpetualInventory",
    "PerpetualInventoryResult",
    "Pollutant",
    "RegionalShiftShare",
    "RegionalShiftShareResult",
    "ReportedDepreciation",
    "RelativeLevels",
    "RelativeLevelsResult",
    "ReturnsToScale",
    "ReturnsToScaleResult",
    "ReturnsToSchooling",
    "RollingWindow",
    "ShiftShare",
    "ShiftShareResult",
    "SmoothedGains",
    "SteadyState",
    "StraightLine",
    "StructureIndices",
    "StructureIndicesResult",
    "SurvivorCurve",
    "ThreeSectors",
    "TruncatedNormal",
    "ValueIndicator",
    "ValueIndicatorResult",
    "Weibull",
    "Winfrey",
]
