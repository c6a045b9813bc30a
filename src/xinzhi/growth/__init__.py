"""Growth accounts: how much of growth is more input, how much is total factor productivity."""

from xinzhi.growth.accounts import GrowthAccounts, GrowthAccountsResult
from xinzhi.growth.capital.costs import CapitalTax, ExternalRate, HybridRate, InternalRate, SmoothedGains
from xinzhi.growth.capital.initial import ChinaCustom, InitialRatio, InitialStock, LongSeries, SteadyState
from xinzhi.growth.capital.investment import Deflator
from xinzhi.growth.capital.profiles import (
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
from xinzhi.growth.capital.services import CapitalServices, CapitalServicesResult
from xinzhi.growth.capital.stock import PerpetualInventory, PerpetualInventoryResult
from xinzhi.growth.convergence.beta import BetaConvergence, BetaConvergenceResult
from xinzhi.growth.convergence.clubs import (
    ConvergenceClubs,
    ConvergenceClubsResult,
    HodrickPrescott,
    LogTTest,
    Sieve,
)
from xinzhi.growth.convergence.regression import Control
from xinzhi.growth.convergence.sigma import SigmaConvergence, SigmaConvergenceResult
from xinzhi.growth.convergence.solow import SolowRegression, SolowRegressionResult
from xinzhi.growth.industries.aggregation import Aggregation, AggregationResult
from xinzhi.growth.industries.double_deflation import DoubleDeflation, DoubleDeflationResult, Intermediate
from xinzhi.growth.industries.misallocation import Misallocation, MisallocationResult
from xinzhi.growth.labour.composition import LabourComposition, LabourCompositionResult
from xinzhi.growth.labour.human_capital import HumanCapital, HumanCapitalResult, ReturnsToSchooling
from xinzhi.growth.labour.share import LabourShare, LabourShareResult
from xinzhi.growth.levels.development import DevelopmentAccounting, DevelopmentAccountingResult
from xinzhi.growth.levels.relative import RelativeLevels, RelativeLevelsResult
from xinzhi.growth.natural_capital import EnvironmentalAccounts, EnvironmentalAccountsResult, NaturalResource, Pollutant
from xinzhi.growth.prices.index_numbers import IndexNumber, IndexNumberResult
from xinzhi.growth.prices.multilateral import MultilateralIndex, MultilateralIndexResult, RollingWindow
from xinzhi.growth.prices.value_indicator import ValueIndicator, ValueIndicatorResult
from xinzhi.growth.returns_to_scale import NeweyWest, ReturnsToScale, ReturnsToScaleResult
from xinzhi.growth.structure.indices import StructureIndices, StructureIndicesResult, ThreeSectors
from xinzhi.growth.structure.merging import Merged
from xinzhi.growth.structure.regional_shift_share import RegionalShiftShare, RegionalShiftShareResult
from xinzhi.growth.structure.shift_share import ShiftShare, ShiftShareResult

__all__ = [
    "Aggregation",
    "AggregationResult",
    "BetaConvergence",
    "BetaConvergenceResult",
    "CapitalServices",
    "CapitalServicesResult",
    "CapitalTax",
    "ChinaCustom",
    "Control",
    "ConvergenceClubs",
    "ConvergenceClubsResult",
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
    "HodrickPrescott",
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
    "LogTTest",
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
    "RelativeLevels",
    "RelativeLevelsResult",
    "ReportedDepreciation",
    "ReturnsToScale",
    "ReturnsToScaleResult",
    "ReturnsToSchooling",
    "RollingWindow",
    "ShiftShare",
    "ShiftShareResult",
    "Sieve",
    "SigmaConvergence",
    "SigmaConvergenceResult",
    "SmoothedGains",
    "SolowRegression",
    "SolowRegressionResult",
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
