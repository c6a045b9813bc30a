"""Indicator systems: framework, treatment, normalisation, weights, aggregation, uncertainty, coupling, obstacles.

Each module is imported when one of its names is first used.
"""

from xinzhi.lazy import lazily

_HERE = "xinzhi.indicators"
_HOMES = {
    name: f"{_HERE}.{module}"
    for module, names in {
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
    }.items()
    for name in names
}

__all__ = sorted(_HOMES)  # noqa: PLE0605
__getattr__ = lazily(__name__, _HOMES)
