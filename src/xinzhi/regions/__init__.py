"""Inequality of regions, how their distribution moves, and what neighbours share.

Each module is imported when one of its names is first used.
"""

from typing import TYPE_CHECKING

from xinzhi.lazy import lazily

if TYPE_CHECKING:
    from xinzhi.regions.dynamics.classes import CutOffs as CutOffs
    from xinzhi.regions.dynamics.classes import Quantiles as Quantiles
    from xinzhi.regions.dynamics.conditional import ConditionalDensity as ConditionalDensity
    from xinzhi.regions.dynamics.conditional import ConditionalDensityResult as ConditionalDensityResult
    from xinzhi.regions.dynamics.density import KernelDensity as KernelDensity
    from xinzhi.regions.dynamics.density import KernelDensityResult as KernelDensityResult
    from xinzhi.regions.dynamics.markov import MarkovChain as MarkovChain
    from xinzhi.regions.dynamics.markov import MarkovChainResult as MarkovChainResult
    from xinzhi.regions.dynamics.spatial_markov import SpatialMarkovChain as SpatialMarkovChain
    from xinzhi.regions.dynamics.spatial_markov import SpatialMarkovChainResult as SpatialMarkovChainResult
    from xinzhi.regions.inequality.dagum import DagumDecomposition as DagumDecomposition
    from xinzhi.regions.inequality.dagum_pages import DagumDecompositionResult as DagumDecompositionResult
    from xinzhi.regions.inequality.intervals import Resampled as Resampled
    from xinzhi.regions.inequality.measures import Inequality as Inequality
    from xinzhi.regions.inequality.measures import InequalityResult as InequalityResult
    from xinzhi.regions.inequality.theil import TheilDecomposition as TheilDecomposition
    from xinzhi.regions.inequality.theil import TheilDecompositionResult as TheilDecompositionResult
    from xinzhi.regions.inequality.variance import VarianceDecomposition as VarianceDecomposition
    from xinzhi.regions.inequality.variance import VarianceDecompositionResult as VarianceDecompositionResult
    from xinzhi.regions.panels.spatial_beta import SpatialBeta as SpatialBeta
    from xinzhi.regions.panels.spatial_beta import SpatialBetaResult as SpatialBetaResult
    from xinzhi.regions.panels.spatial_panel import SpatialPanel as SpatialPanel
    from xinzhi.regions.panels.spatial_panel_pages import SpatialPanelResult as SpatialPanelResult
    from xinzhi.regions.regressions.estimation.covariances import Clustered as Clustered
    from xinzhi.regions.regressions.event_study import EventStudy as EventStudy
    from xinzhi.regions.regressions.events.design import EventWindow as EventWindow
    from xinzhi.regions.regressions.events.pages import EventStudyResult as EventStudyResult
    from xinzhi.regions.regressions.fixed_effects import FixedEffects as FixedEffects
    from xinzhi.regions.regressions.fixed_effects_pages import FixedEffectsResult as FixedEffectsResult
    from xinzhi.regions.regressions.moderation import Moderation as Moderation
    from xinzhi.regions.regressions.moderation_pages import ModerationResult as ModerationResult
    from xinzhi.regions.regressions.threshold import ThresholdRegression as ThresholdRegression
    from xinzhi.regions.regressions.threshold import ThresholdSearch as ThresholdSearch
    from xinzhi.regions.regressions.thresholds.pages import ThresholdRegressionResult as ThresholdRegressionResult
    from xinzhi.regions.space.autocorrelation import Permutations as Permutations
    from xinzhi.regions.space.autocorrelation import SpatialAutocorrelation as SpatialAutocorrelation
    from xinzhi.regions.space.autocorrelation import SpatialAutocorrelationResult as SpatialAutocorrelationResult
    from xinzhi.regions.space.breaks import Breaks as Breaks
    from xinzhi.regions.space.choropleth import Choropleth as Choropleth
    from xinzhi.regions.space.choropleth import ChoroplethResult as ChoroplethResult
    from xinzhi.regions.space.ellipse import StandardDeviationalEllipse as StandardDeviationalEllipse
    from xinzhi.regions.space.ellipse import StandardDeviationalEllipseResult as StandardDeviationalEllipseResult
    from xinzhi.regions.space.geodetector import Geodetector as Geodetector
    from xinzhi.regions.space.geodetector import GeodetectorResult as GeodetectorResult
    from xinzhi.regions.space.local import LocalAutocorrelation as LocalAutocorrelation
    from xinzhi.regions.space.local import LocalAutocorrelationResult as LocalAutocorrelationResult
    from xinzhi.regions.space.projections import Albers as Albers
    from xinzhi.regions.space.shapes import Shapes as Shapes
    from xinzhi.regions.space.weights import ContiguityList as ContiguityList
    from xinzhi.regions.space.weights import DistanceWeights as DistanceWeights
    from xinzhi.regions.space.weights import EconomicDistance as EconomicDistance
    from xinzhi.regions.space.weights import Nested as Nested
    from xinzhi.regions.space.weights import SpatialWeights as SpatialWeights
    from xinzhi.regions.space.weights import read_weights as read_weights

_NAMES = {
    "dynamics.classes": (
        "CutOffs",
        "Quantiles",
    ),
    "dynamics.conditional": (
        "ConditionalDensity",
        "ConditionalDensityResult",
    ),
    "dynamics.density": (
        "KernelDensity",
        "KernelDensityResult",
    ),
    "dynamics.markov": (
        "MarkovChain",
        "MarkovChainResult",
    ),
    "dynamics.spatial_markov": (
        "SpatialMarkovChain",
        "SpatialMarkovChainResult",
    ),
    "inequality.dagum": ("DagumDecomposition",),
    "inequality.dagum_pages": ("DagumDecompositionResult",),
    "inequality.intervals": ("Resampled",),
    "inequality.measures": (
        "Inequality",
        "InequalityResult",
    ),
    "inequality.theil": (
        "TheilDecomposition",
        "TheilDecompositionResult",
    ),
    "inequality.variance": (
        "VarianceDecomposition",
        "VarianceDecompositionResult",
    ),
    "panels.spatial_beta": (
        "SpatialBeta",
        "SpatialBetaResult",
    ),
    "panels.spatial_panel": ("SpatialPanel",),
    "panels.spatial_panel_pages": ("SpatialPanelResult",),
    "regressions.estimation.covariances": ("Clustered",),
    "regressions.event_study": ("EventStudy",),
    "regressions.events.design": ("EventWindow",),
    "regressions.events.pages": ("EventStudyResult",),
    "regressions.fixed_effects": ("FixedEffects",),
    "regressions.fixed_effects_pages": ("FixedEffectsResult",),
    "regressions.moderation": ("Moderation",),
    "regressions.moderation_pages": ("ModerationResult",),
    "regressions.threshold": (
        "ThresholdRegression",
        "ThresholdSearch",
    ),
    "regressions.thresholds.pages": ("ThresholdRegressionResult",),
    "space.autocorrelation": (
        "Permutations",
        "SpatialAutocorrelation",
        "SpatialAutocorrelationResult",
    ),
    "space.breaks": ("Breaks",),
    "space.choropleth": (
        "Choropleth",
        "ChoroplethResult",
    ),
    "space.ellipse": (
        "StandardDeviationalEllipse",
        "StandardDeviationalEllipseResult",
    ),
    "space.geodetector": (
        "Geodetector",
        "GeodetectorResult",
    ),
    "space.local": (
        "LocalAutocorrelation",
        "LocalAutocorrelationResult",
    ),
    "space.projections": ("Albers",),
    "space.shapes": ("Shapes",),
    "space.weights": (
        "ContiguityList",
        "DistanceWeights",
        "EconomicDistance",
        "Nested",
        "SpatialWeights",
        "read_weights",
    ),
}
_HOMES = {name: f"xinzhi.regions.{module}" for module, names in _NAMES.items() for name in names}

__all__ = list(_HOMES)


if not TYPE_CHECKING:  # a checker would believe that any name is here
    __getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
