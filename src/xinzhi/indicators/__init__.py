"""Indicator systems: framework, treatment, normalisation, weights, aggregation, uncertainty, coupling, obstacles.

Each module is imported when one of its names is first used.
"""

from typing import TYPE_CHECKING

from xinzhi.lazy import lazily

if TYPE_CHECKING:
    from xinzhi.indicators.aggregation.benefit_of_the_doubt import BenefitOfTheDoubt as BenefitOfTheDoubt
    from xinzhi.indicators.aggregation.grey import GreyRelation as GreyRelation
    from xinzhi.indicators.aggregation.mazziotta_pareto import MazziottaPareto as MazziottaPareto
    from xinzhi.indicators.aggregation.means import GeneralisedMean as GeneralisedMean
    from xinzhi.indicators.aggregation.means import GeometricMean as GeometricMean
    from xinzhi.indicators.aggregation.means import HarmonicMean as HarmonicMean
    from xinzhi.indicators.aggregation.outranking import Copeland as Copeland
    from xinzhi.indicators.aggregation.rule import ArithmeticMean as ArithmeticMean
    from xinzhi.indicators.aggregation.topsis import TOPSIS as TOPSIS
    from xinzhi.indicators.analysis.coupling import CouplingCoordination as CouplingCoordination
    from xinzhi.indicators.analysis.coupling import CouplingCoordinationResult as CouplingCoordinationResult
    from xinzhi.indicators.analysis.development import RelativeDevelopment as RelativeDevelopment
    from xinzhi.indicators.analysis.development import RelativeDevelopmentResult as RelativeDevelopmentResult
    from xinzhi.indicators.analysis.growth import ScoreGrowth as ScoreGrowth
    from xinzhi.indicators.analysis.growth import ScoreGrowthResult as ScoreGrowthResult
    from xinzhi.indicators.analysis.obstacles import ObstacleDegree as ObstacleDegree
    from xinzhi.indicators.analysis.obstacles import ObstacleDegreeResult as ObstacleDegreeResult
    from xinzhi.indicators.analysis.overlap import RegressorOverlap as RegressorOverlap
    from xinzhi.indicators.analysis.overlap import RegressorOverlapResult as RegressorOverlapResult
    from xinzhi.indicators.analysis.strengths import Strengths as Strengths
    from xinzhi.indicators.analysis.strengths import StrengthsResult as StrengthsResult
    from xinzhi.indicators.analysis.validity import ConvergentValidity as ConvergentValidity
    from xinzhi.indicators.analysis.validity import ConvergentValidityResult as ConvergentValidityResult
    from xinzhi.indicators.diagnosis.diagnosis import IndexDiagnosis as IndexDiagnosis
    from xinzhi.indicators.diagnosis.diagnosis import IndexDiagnosisResult as IndexDiagnosisResult
    from xinzhi.indicators.framework import Dimension as Dimension
    from xinzhi.indicators.framework import Framework as Framework
    from xinzhi.indicators.framework import Indicator as Indicator
    from xinzhi.indicators.framework_files import index_template as index_template
    from xinzhi.indicators.framework_files import index_templates as index_templates
    from xinzhi.indicators.framework_files import read_framework as read_framework
    from xinzhi.indicators.normalisations import DistanceToTarget as DistanceToTarget
    from xinzhi.indicators.normalisations import Goalposts as Goalposts
    from xinzhi.indicators.normalisations import MinMax as MinMax
    from xinzhi.indicators.normalisations import OfMaximum as OfMaximum
    from xinzhi.indicators.normalisations import PercentileRank as PercentileRank
    from xinzhi.indicators.normalisations import Rank as Rank
    from xinzhi.indicators.normalisations import ShareOfSum as ShareOfSum
    from xinzhi.indicators.normalisations import VectorNorm as VectorNorm
    from xinzhi.indicators.normalisations import ZScore as ZScore
    from xinzhi.indicators.slots import Between as Between
    from xinzhi.indicators.slots import OneOf as OneOf
    from xinzhi.indicators.steps.aggregate import Aggregate as Aggregate
    from xinzhi.indicators.steps.denominate import Denominate as Denominate
    from xinzhi.indicators.steps.impute import Impute as Impute
    from xinzhi.indicators.steps.normalise import Normalise as Normalise
    from xinzhi.indicators.steps.screen import Drop as Drop
    from xinzhi.indicators.steps.screen import Sample as Sample
    from xinzhi.indicators.steps.screen import Screen as Screen
    from xinzhi.indicators.steps.treat import BoxCox as BoxCox
    from xinzhi.indicators.steps.treat import Logarithm as Logarithm
    from xinzhi.indicators.steps.treat import Treat as Treat
    from xinzhi.indicators.steps.treat import Winsorise as Winsorise
    from xinzhi.indicators.steps.treat import WinsorisePercentiles as WinsorisePercentiles
    from xinzhi.indicators.steps.weigh import Weigh as Weigh
    from xinzhi.indicators.system import IndexResult as IndexResult
    from xinzhi.indicators.system import IndexSystem as IndexSystem
    from xinzhi.indicators.uncertainty.comparison import MethodComparison as MethodComparison
    from xinzhi.indicators.uncertainty.comparison import MethodComparisonResult as MethodComparisonResult
    from xinzhi.indicators.uncertainty.runs import Uncertainty as Uncertainty
    from xinzhi.indicators.uncertainty.runs import UncertaintyResult as UncertaintyResult
    from xinzhi.indicators.uncertainty.sensitivity import Sensitivity as Sensitivity
    from xinzhi.indicators.uncertainty.sensitivity import SensitivityResult as SensitivityResult
    from xinzhi.indicators.uncertainty.stability import WeightStability as WeightStability
    from xinzhi.indicators.uncertainty.stability import WeightStabilityResult as WeightStabilityResult
    from xinzhi.indicators.weights.combined import GameTheory as GameTheory
    from xinzhi.indicators.weights.combined import LinearCombination as LinearCombination
    from xinzhi.indicators.weights.combined import MinimumEntropy as MinimumEntropy
    from xinzhi.indicators.weights.combined import Multiplicative as Multiplicative
    from xinzhi.indicators.weights.components import FactorAnalysis as FactorAnalysis
    from xinzhi.indicators.weights.components import PrincipalComponents as PrincipalComponents
    from xinzhi.indicators.weights.dispersion import CoefficientOfVariation as CoefficientOfVariation
    from xinzhi.indicators.weights.dispersion import Critic as Critic
    from xinzhi.indicators.weights.dispersion import StandardDeviation as StandardDeviation
    from xinzhi.indicators.weights.entropy import Entropy as Entropy
    from xinzhi.indicators.weights.importance import EqualImportance as EqualImportance
    from xinzhi.indicators.weights.judgements import AHP as AHP
    from xinzhi.indicators.weights.multi_criteria import MultiCriteria as MultiCriteria
    from xinzhi.indicators.weights.panel import ByYear as ByYear
    from xinzhi.indicators.weights.panel import ScatterDegree as ScatterDegree
    from xinzhi.indicators.weights.panel import TimeWeights as TimeWeights
    from xinzhi.indicators.weights.rule import Equal as Equal
    from xinzhi.indicators.weights.rule import Given as Given

_NAMES = {
    "framework": ("Dimension", "Framework", "Indicator"),
    "framework_files": ("index_template", "index_templates", "read_framework"),
    "slots": ("Between", "OneOf"),
    "system": ("IndexResult", "IndexSystem"),
    "steps.screen": ("Drop", "Sample", "Screen"),
    "steps.denominate": ("Denominate",),
    "steps.impute": ("Impute",),
    "steps.treat": ("BoxCox", "Logarithm", "Treat", "Winsorise", "WinsorisePercentiles"),
    "steps.normalise": ("Normalise",),
    "steps.weigh": ("Weigh",),
    "steps.aggregate": ("Aggregate",),
    "normalisations": (
        "DistanceToTarget",
        "Goalposts",
        "MinMax",
        "OfMaximum",
        "PercentileRank",
        "Rank",
        "ShareOfSum",
        "VectorNorm",
        "ZScore",
    ),
    "weights.rule": ("Equal", "Given"),
    "weights.entropy": ("Entropy",),
    "weights.dispersion": ("CoefficientOfVariation", "Critic", "StandardDeviation"),
    "weights.panel": ("ByYear", "ScatterDegree", "TimeWeights"),
    "weights.multi_criteria": ("MultiCriteria",),
    "weights.components": ("FactorAnalysis", "PrincipalComponents"),
    "weights.judgements": ("AHP",),
    "weights.combined": ("GameTheory", "LinearCombination", "MinimumEntropy", "Multiplicative"),
    "weights.importance": ("EqualImportance",),
    "aggregation.rule": ("ArithmeticMean",),
    "aggregation.means": ("GeneralisedMean", "GeometricMean", "HarmonicMean"),
    "aggregation.topsis": ("TOPSIS",),
    "aggregation.grey": ("GreyRelation",),
    "aggregation.mazziotta_pareto": ("MazziottaPareto",),
    "aggregation.outranking": ("Copeland",),
    "aggregation.benefit_of_the_doubt": ("BenefitOfTheDoubt",),
    "uncertainty.runs": ("Uncertainty", "UncertaintyResult"),
    "uncertainty.sensitivity": ("Sensitivity", "SensitivityResult"),
    "uncertainty.stability": ("WeightStability", "WeightStabilityResult"),
    "uncertainty.comparison": ("MethodComparison", "MethodComparisonResult"),
    "diagnosis.diagnosis": ("IndexDiagnosis", "IndexDiagnosisResult"),
    "analysis.coupling": ("CouplingCoordination", "CouplingCoordinationResult"),
    "analysis.obstacles": ("ObstacleDegree", "ObstacleDegreeResult"),
    "analysis.development": ("RelativeDevelopment", "RelativeDevelopmentResult"),
    "analysis.growth": ("ScoreGrowth", "ScoreGrowthResult"),
    "analysis.strengths": ("Strengths", "StrengthsResult"),
    "analysis.overlap": ("RegressorOverlap", "RegressorOverlapResult"),
    "analysis.validity": ("ConvergentValidity", "ConvergentValidityResult"),
}
_HOMES = {name: f"xinzhi.indicators.{module}" for module, names in _NAMES.items() for name in names}

__all__ = list(_HOMES)


if not TYPE_CHECKING:  # a checker would believe that any name is here
    __getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
