"""Xinzhi: measure new quality productive forces, growth that comes from total factor productivity.

Names are imported when first used, so that ``import xinzhi`` and ``xinzhi --help`` stay fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xinzhi.lazy import lazily

_HOMES = {
    "Column": "xinzhi.panel",
    "Panel": "xinzhi.panel",
    "Reading": "xinzhi.panel",
    "read": "xinzhi.panel",
    "Capital": "xinzhi.method",
    "Filled": "xinzhi.method",
    "Input": "xinzhi.method",
    "Labour": "xinzhi.method",
    "Share": "xinzhi.method",
    "SplicedGrowth": "xinzhi.method",
    "SplicedHours": "xinzhi.method",
    "Table": "xinzhi.method",
    "Term": "xinzhi.method",
    "UnitMean": "xinzhi.method",
    "View": "xinzhi.method",
    "Aggregation": "xinzhi.growth",
    "BetaConvergence": "xinzhi.growth",
    "CapitalServices": "xinzhi.growth",
    "CapitalTax": "xinzhi.growth",
    "ChinaCustom": "xinzhi.growth",
    "Control": "xinzhi.growth",
    "ConvergenceClubs": "xinzhi.growth",
    "Deflator": "xinzhi.growth",
    "DevelopmentAccounting": "xinzhi.growth",
    "DoubleDeflation": "xinzhi.growth",
    "EnvironmentalAccounts": "xinzhi.growth",
    "ExternalRate": "xinzhi.growth",
    "FixedLife": "xinzhi.growth",
    "Geometric": "xinzhi.growth",
    "GrowthAccounts": "xinzhi.growth",
    "HodrickPrescott": "xinzhi.growth",
    "HumanCapital": "xinzhi.growth",
    "HybridRate": "xinzhi.growth",
    "Hyperbolic": "xinzhi.growth",
    "IndexNumber": "xinzhi.growth",
    "InitialRatio": "xinzhi.growth",
    "InitialStock": "xinzhi.growth",
    "Intermediate": "xinzhi.growth",
    "InternalRate": "xinzhi.growth",
    "LabourComposition": "xinzhi.growth",
    "LabourShare": "xinzhi.growth",
    "LogNormal": "xinzhi.growth",
    "LogTTest": "xinzhi.growth",
    "LongSeries": "xinzhi.growth",
    "Merged": "xinzhi.growth",
    "Misallocation": "xinzhi.growth",
    "MultilateralIndex": "xinzhi.growth",
    "NaturalResource": "xinzhi.growth",
    "NeweyWest": "xinzhi.growth",
    "NormalRetirement": "xinzhi.growth",
    "OneHossShay": "xinzhi.growth",
    "PerpetualInventory": "xinzhi.growth",
    "Pollutant": "xinzhi.growth",
    "RegionalShiftShare": "xinzhi.growth",
    "RelativeLevels": "xinzhi.growth",
    "ReportedDepreciation": "xinzhi.growth",
    "ReturnsToScale": "xinzhi.growth",
    "ReturnsToSchooling": "xinzhi.growth",
    "RollingWindow": "xinzhi.growth",
    "ShiftShare": "xinzhi.growth",
    "Sieve": "xinzhi.growth",
    "SigmaConvergence": "xinzhi.growth",
    "SmoothedGains": "xinzhi.growth",
    "SolowRegression": "xinzhi.growth",
    "SteadyState": "xinzhi.growth",
    "StraightLine": "xinzhi.growth",
    "StructureIndices": "xinzhi.growth",
    "SurvivorCurve": "xinzhi.growth",
    "ThreeSectors": "xinzhi.growth",
    "TruncatedNormal": "xinzhi.growth",
    "ValueIndicator": "xinzhi.growth",
    "Weibull": "xinzhi.growth",
    "Winfrey": "xinzhi.growth",
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
    "OtherSource": "xinzhi.ledger",
    "SectorLedger": "xinzhi.ledger",
    "SectorLevels": "xinzhi.ledger",
    "SimulatedRange": "xinzhi.ledger",
    "new_quality_share": "xinzhi.ledger",
    "AHP": "xinzhi.indicators",
    "Aggregate": "xinzhi.indicators",
    "ArithmeticMean": "xinzhi.indicators",
    "BenefitOfTheDoubt": "xinzhi.indicators",
    "Between": "xinzhi.indicators",
    "BoxCox": "xinzhi.indicators",
    "ByYear": "xinzhi.indicators",
    "CoefficientOfVariation": "xinzhi.indicators",
    "ConvergentValidity": "xinzhi.indicators",
    "Copeland": "xinzhi.indicators",
    "CouplingCoordination": "xinzhi.indicators",
    "Critic": "xinzhi.indicators",
    "Denominate": "xinzhi.indicators",
    "Dimension": "xinzhi.indicators",
    "DistanceToTarget": "xinzhi.indicators",
    "Drop": "xinzhi.indicators",
    "Entropy": "xinzhi.indicators",
    "Equal": "xinzhi.indicators",
    "EqualImportance": "xinzhi.indicators",
    "FactorAnalysis": "xinzhi.indicators",
    "Framework": "xinzhi.indicators",
    "GameTheory": "xinzhi.indicators",
    "GeneralisedMean": "xinzhi.indicators",
    "GeometricMean": "xinzhi.indicators",
    "Given": "xinzhi.indicators",
    "Goalposts": "xinzhi.indicators",
    "GreyRelation": "xinzhi.indicators",
    "HarmonicMean": "xinzhi.indicators",
    "Impute": "xinzhi.indicators",
    "IndexDiagnosis": "xinzhi.indicators",
    "IndexSystem": "xinzhi.indicators",
    "Indicator": "xinzhi.indicators",
    "LinearCombination": "xinzhi.indicators",
    "Logarithm": "xinzhi.indicators",
    "MazziottaPareto": "xinzhi.indicators",
    "MethodComparison": "xinzhi.indicators",
    "MinMax": "xinzhi.indicators",
    "MinimumEntropy": "xinzhi.indicators",
    "MultiCriteria": "xinzhi.indicators",
    "Multiplicative": "xinzhi.indicators",
    "Normalise": "xinzhi.indicators",
    "ObstacleDegree": "xinzhi.indicators",
    "OfMaximum": "xinzhi.indicators",
    "OneOf": "xinzhi.indicators",
    "PercentileRank": "xinzhi.indicators",
    "PrincipalComponents": "xinzhi.indicators",
    "Rank": "xinzhi.indicators",
    "RegressorOverlap": "xinzhi.indicators",
    "RelativeDevelopment": "xinzhi.indicators",
    "Sample": "xinzhi.indicators",
    "ScatterDegree": "xinzhi.indicators",
    "ScoreGrowth": "xinzhi.indicators",
    "Screen": "xinzhi.indicators",
    "Sensitivity": "xinzhi.indicators",
    "ShareOfSum": "xinzhi.indicators",
    "StandardDeviation": "xinzhi.indicators",
    "Strengths": "xinzhi.indicators",
    "TOPSIS": "xinzhi.indicators",
    "TimeWeights": "xinzhi.indicators",
    "Treat": "xinzhi.indicators",
    "Uncertainty": "xinzhi.indicators",
    "VectorNorm": "xinzhi.indicators",
    "Weigh": "xinzhi.indicators",
    "WeightStability": "xinzhi.indicators",
    "Winsorise": "xinzhi.indicators",
    "WinsorisePercentiles": "xinzhi.indicators",
    "ZScore": "xinzhi.indicators",
    "index_template": "xinzhi.indicators",
    "index_templates": "xinzhi.indicators",
    "read_framework": "xinzhi.indicators",
    "Albers": "xinzhi.regions",
    "Breaks": "xinzhi.regions",
    "Choropleth": "xinzhi.regions",
    "Clustered": "xinzhi.regions",
    "ConditionalDensity": "xinzhi.regions",
    "ContiguityList": "xinzhi.regions",
    "CutOffs": "xinzhi.regions",
    "DagumDecomposition": "xinzhi.regions",
    "DistanceWeights": "xinzhi.regions",
    "EconomicDistance": "xinzhi.regions",
    "EventStudy": "xinzhi.regions",
    "EventWindow": "xinzhi.regions",
    "FixedEffects": "xinzhi.regions",
    "Geodetector": "xinzhi.regions",
    "Inequality": "xinzhi.regions",
    "KernelDensity": "xinzhi.regions",
    "LocalAutocorrelation": "xinzhi.regions",
    "MarkovChain": "xinzhi.regions",
    "Moderation": "xinzhi.regions",
    "Nested": "xinzhi.regions",
    "Permutations": "xinzhi.regions",
    "Quantiles": "xinzhi.regions",
    "Resampled": "xinzhi.regions",
    "Shapes": "xinzhi.regions",
    "SpatialAutocorrelation": "xinzhi.regions",
    "SpatialBeta": "xinzhi.regions",
    "SpatialMarkovChain": "xinzhi.regions",
    "SpatialPanel": "xinzhi.regions",
    "SpatialWeights": "xinzhi.regions",
    "StandardDeviationalEllipse": "xinzhi.regions",
    "TheilDecomposition": "xinzhi.regions",
    "ThresholdRegression": "xinzhi.regions",
    "ThresholdSearch": "xinzhi.regions",
    "VarianceDecomposition": "xinzhi.regions",
    "read_weights": "xinzhi.regions",
}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from xinzhi.frontier import DEA as DEA
    from xinzhi.frontier import FDH as FDH
    from xinzhi.frontier import SBM as SBM
    from xinzhi.frontier import AdditiveDEA as AdditiveDEA
    from xinzhi.frontier import BestPractice as BestPractice
    from xinzhi.frontier import Biennial as Biennial
    from xinzhi.frontier import ByProduction as ByProduction
    from xinzhi.frontier import CrossEfficiency as CrossEfficiency
    from xinzhi.frontier import Direction as Direction
    from xinzhi.frontier import DirectionalDEA as DirectionalDEA
    from xinzhi.frontier import FarePrimont as FarePrimont
    from xinzhi.frontier import FixedBase as FixedBase
    from xinzhi.frontier import FrontierAccounts as FrontierAccounts
    from xinzhi.frontier import Global as Global
    from xinzhi.frontier import HicksMoorsteen as HicksMoorsteen
    from xinzhi.frontier import HyperbolicDEA as HyperbolicDEA
    from xinzhi.frontier import Kuosmanen as Kuosmanen
    from xinzhi.frontier import Leader as Leader
    from xinzhi.frontier import Luenberger as Luenberger
    from xinzhi.frontier import Malmquist as Malmquist
    from xinzhi.frontier import MalmquistLuenberger as MalmquistLuenberger
    from xinzhi.frontier import Metafrontier as Metafrontier
    from xinzhi.frontier import Moving as Moving
    from xinzhi.frontier import ReferenceSet as ReferenceSet
    from xinzhi.frontier import Representative as Representative
    from xinzhi.frontier import RussellDEA as RussellDEA
    from xinzhi.frontier import ScaleEfficiency as ScaleEfficiency
    from xinzhi.frontier import Sequential as Sequential
    from xinzhi.frontier import StepWeights as StepWeights
    from xinzhi.frontier import Weak as Weak
    from xinzhi.frontier import Window as Window
    from xinzhi.growth import Aggregation as Aggregation
    from xinzhi.growth import BetaConvergence as BetaConvergence
    from xinzhi.growth import CapitalServices as CapitalServices
    from xinzhi.growth import CapitalTax as CapitalTax
    from xinzhi.growth import ChinaCustom as ChinaCustom
    from xinzhi.growth import Control as Control
    from xinzhi.growth import ConvergenceClubs as ConvergenceClubs
    from xinzhi.growth import Deflator as Deflator
    from xinzhi.growth import DevelopmentAccounting as DevelopmentAccounting
    from xinzhi.growth import DoubleDeflation as DoubleDeflation
    from xinzhi.growth import EnvironmentalAccounts as EnvironmentalAccounts
    from xinzhi.growth import ExternalRate as ExternalRate
    from xinzhi.growth import FixedLife as FixedLife
    from xinzhi.growth import Geometric as Geometric
    from xinzhi.growth import GrowthAccounts as GrowthAccounts
    from xinzhi.growth import HodrickPrescott as HodrickPrescott
    from xinzhi.growth import HumanCapital as HumanCapital
    from xinzhi.growth import HybridRate as HybridRate
    from xinzhi.growth import Hyperbolic as Hyperbolic
    from xinzhi.growth import IndexNumber as IndexNumber
    from xinzhi.growth import InitialRatio as InitialRatio
    from xinzhi.growth import InitialStock as InitialStock
    from xinzhi.growth import Intermediate as Intermediate
    from xinzhi.growth import InternalRate as InternalRate
    from xinzhi.growth import LabourComposition as LabourComposition
    from xinzhi.growth import LabourShare as LabourShare
    from xinzhi.growth import LogNormal as LogNormal
    from xinzhi.growth import LogTTest as LogTTest
    from xinzhi.growth import LongSeries as LongSeries
    from xinzhi.growth import Merged as Merged
    from xinzhi.growth import Misallocation as Misallocation
    from xinzhi.growth import MultilateralIndex as MultilateralIndex
    from xinzhi.growth import NaturalResource as NaturalResource
    from xinzhi.growth import NeweyWest as NeweyWest
    from xinzhi.growth import NormalRetirement as NormalRetirement
    from xinzhi.growth import OneHossShay as OneHossShay
    from xinzhi.growth import PerpetualInventory as PerpetualInventory
    from xinzhi.growth import Pollutant as Pollutant
    from xinzhi.growth import RegionalShiftShare as RegionalShiftShare
    from xinzhi.growth import RelativeLevels as RelativeLevels
    from xinzhi.growth import ReportedDepreciation as ReportedDepreciation
    from xinzhi.growth import ReturnsToScale as ReturnsToScale
    from xinzhi.growth import ReturnsToSchooling as ReturnsToSchooling
    from xinzhi.growth import RollingWindow as RollingWindow
    from xinzhi.growth import ShiftShare as ShiftShare
    from xinzhi.growth import Sieve as Sieve
    from xinzhi.growth import SigmaConvergence as SigmaConvergence
    from xinzhi.growth import SmoothedGains as SmoothedGains
    from xinzhi.growth import SolowRegression as SolowRegression
    from xinzhi.growth import SteadyState as SteadyState
    from xinzhi.growth import StraightLine as StraightLine
    from xinzhi.growth import StructureIndices as StructureIndices
    from xinzhi.growth import SurvivorCurve as SurvivorCurve
    from xinzhi.growth import ThreeSectors as ThreeSectors
    from xinzhi.growth import TruncatedNormal as TruncatedNormal
    from xinzhi.growth import ValueIndicator as ValueIndicator
    from xinzhi.growth import Weibull as Weibull
    from xinzhi.growth import Winfrey as Winfrey
    from xinzhi.indicators import AHP as AHP
    from xinzhi.indicators import TOPSIS as TOPSIS
    from xinzhi.indicators import Aggregate as Aggregate
    from xinzhi.indicators import ArithmeticMean as ArithmeticMean
    from xinzhi.indicators import BenefitOfTheDoubt as BenefitOfTheDoubt
    from xinzhi.indicators import Between as Between
    from xinzhi.indicators import BoxCox as BoxCox
    from xinzhi.indicators import ByYear as ByYear
    from xinzhi.indicators import CoefficientOfVariation as CoefficientOfVariation
    from xinzhi.indicators import ConvergentValidity as ConvergentValidity
    from xinzhi.indicators import Copeland as Copeland
    from xinzhi.indicators import CouplingCoordination as CouplingCoordination
    from xinzhi.indicators import Critic as Critic
    from xinzhi.indicators import Denominate as Denominate
    from xinzhi.indicators import Dimension as Dimension
    from xinzhi.indicators import DistanceToTarget as DistanceToTarget
    from xinzhi.indicators import Drop as Drop
    from xinzhi.indicators import Entropy as Entropy
    from xinzhi.indicators import Equal as Equal
    from xinzhi.indicators import EqualImportance as EqualImportance
    from xinzhi.indicators import FactorAnalysis as FactorAnalysis
    from xinzhi.indicators import Framework as Framework
    from xinzhi.indicators import GameTheory as GameTheory
    from xinzhi.indicators import GeneralisedMean as GeneralisedMean
    from xinzhi.indicators import GeometricMean as GeometricMean
    from xinzhi.indicators import Given as Given
    from xinzhi.indicators import Goalposts as Goalposts
    from xinzhi.indicators import GreyRelation as GreyRelation
    from xinzhi.indicators import HarmonicMean as HarmonicMean
    from xinzhi.indicators import Impute as Impute
    from xinzhi.indicators import IndexDiagnosis as IndexDiagnosis
    from xinzhi.indicators import IndexSystem as IndexSystem
    from xinzhi.indicators import Indicator as Indicator
    from xinzhi.indicators import LinearCombination as LinearCombination
    from xinzhi.indicators import Logarithm as Logarithm
    from xinzhi.indicators import MazziottaPareto as MazziottaPareto
    from xinzhi.indicators import MethodComparison as MethodComparison
    from xinzhi.indicators import MinimumEntropy as MinimumEntropy
    from xinzhi.indicators import MinMax as MinMax
    from xinzhi.indicators import MultiCriteria as MultiCriteria
    from xinzhi.indicators import Multiplicative as Multiplicative
    from xinzhi.indicators import Normalise as Normalise
    from xinzhi.indicators import ObstacleDegree as ObstacleDegree
    from xinzhi.indicators import OfMaximum as OfMaximum
    from xinzhi.indicators import OneOf as OneOf
    from xinzhi.indicators import PercentileRank as PercentileRank
    from xinzhi.indicators import PrincipalComponents as PrincipalComponents
    from xinzhi.indicators import Rank as Rank
    from xinzhi.indicators import RegressorOverlap as RegressorOverlap
    from xinzhi.indicators import RelativeDevelopment as RelativeDevelopment
    from xinzhi.indicators import Sample as Sample
    from xinzhi.indicators import ScatterDegree as ScatterDegree
    from xinzhi.indicators import ScoreGrowth as ScoreGrowth
    from xinzhi.indicators import Screen as Screen
    from xinzhi.indicators import Sensitivity as Sensitivity
    from xinzhi.indicators import ShareOfSum as ShareOfSum
    from xinzhi.indicators import StandardDeviation as StandardDeviation
    from xinzhi.indicators import Strengths as Strengths
    from xinzhi.indicators import TimeWeights as TimeWeights
    from xinzhi.indicators import Treat as Treat
    from xinzhi.indicators import Uncertainty as Uncertainty
    from xinzhi.indicators import VectorNorm as VectorNorm
    from xinzhi.indicators import Weigh as Weigh
    from xinzhi.indicators import WeightStability as WeightStability
    from xinzhi.indicators import Winsorise as Winsorise
    from xinzhi.indicators import WinsorisePercentiles as WinsorisePercentiles
    from xinzhi.indicators import ZScore as ZScore
    from xinzhi.indicators import index_template as index_template
    from xinzhi.indicators import index_templates as index_templates
    from xinzhi.indicators import read_framework as read_framework
    from xinzhi.ledger import Choice as Choice
    from xinzhi.ledger import ChoiceRange as ChoiceRange
    from xinzhi.ledger import ColumnError as ColumnError
    from xinzhi.ledger import Draw as Draw
    from xinzhi.ledger import Industries as Industries
    from xinzhi.ledger import Ledger as Ledger
    from xinzhi.ledger import Option as Option
    from xinzhi.ledger import OtherSource as OtherSource
    from xinzhi.ledger import SectorLedger as SectorLedger
    from xinzhi.ledger import SectorLevels as SectorLevels
    from xinzhi.ledger import SimulatedRange as SimulatedRange
    from xinzhi.ledger import new_quality_share as new_quality_share
    from xinzhi.method import Capital as Capital
    from xinzhi.method import Filled as Filled
    from xinzhi.method import Input as Input
    from xinzhi.method import Labour as Labour
    from xinzhi.method import Share as Share
    from xinzhi.method import SplicedGrowth as SplicedGrowth
    from xinzhi.method import SplicedHours as SplicedHours
    from xinzhi.method import Table as Table
    from xinzhi.method import Term as Term
    from xinzhi.method import UnitMean as UnitMean
    from xinzhi.method import View as View
    from xinzhi.panel import Column as Column
    from xinzhi.panel import Panel as Panel
    from xinzhi.panel import Reading as Reading
    from xinzhi.panel import read as read
    from xinzhi.regions import Albers as Albers
    from xinzhi.regions import Breaks as Breaks
    from xinzhi.regions import Choropleth as Choropleth
    from xinzhi.regions import Clustered as Clustered
    from xinzhi.regions import ConditionalDensity as ConditionalDensity
    from xinzhi.regions import ContiguityList as ContiguityList
    from xinzhi.regions import CutOffs as CutOffs
    from xinzhi.regions import DagumDecomposition as DagumDecomposition
    from xinzhi.regions import DistanceWeights as DistanceWeights
    from xinzhi.regions import EconomicDistance as EconomicDistance
    from xinzhi.regions import EventStudy as EventStudy
    from xinzhi.regions import EventWindow as EventWindow
    from xinzhi.regions import FixedEffects as FixedEffects
    from xinzhi.regions import Geodetector as Geodetector
    from xinzhi.regions import Inequality as Inequality
    from xinzhi.regions import KernelDensity as KernelDensity
    from xinzhi.regions import LocalAutocorrelation as LocalAutocorrelation
    from xinzhi.regions import MarkovChain as MarkovChain
    from xinzhi.regions import Moderation as Moderation
    from xinzhi.regions import Nested as Nested
    from xinzhi.regions import Permutations as Permutations
    from xinzhi.regions import Quantiles as Quantiles
    from xinzhi.regions import Resampled as Resampled
    from xinzhi.regions import Shapes as Shapes
    from xinzhi.regions import SpatialAutocorrelation as SpatialAutocorrelation
    from xinzhi.regions import SpatialBeta as SpatialBeta
    from xinzhi.regions import SpatialMarkovChain as SpatialMarkovChain
    from xinzhi.regions import SpatialPanel as SpatialPanel
    from xinzhi.regions import SpatialWeights as SpatialWeights
    from xinzhi.regions import StandardDeviationalEllipse as StandardDeviationalEllipse
    from xinzhi.regions import TheilDecomposition as TheilDecomposition
    from xinzhi.regions import ThresholdRegression as ThresholdRegression
    from xinzhi.regions import ThresholdSearch as ThresholdSearch
    from xinzhi.regions import VarianceDecomposition as VarianceDecomposition
    from xinzhi.regions import read_weights as read_weights


_lazily = lazily(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    return import_module("xinzhi.catalog") if name == "catalog" else _lazily(name)


def __dir__() -> list[str]:
    return [*__all__, "catalog"]
