"""The engine of linear programmes over a reference set; nothing outside this folder knows which solver works in it."""

from xinzhi.frontier.engine.programmes import Answers, Questions, Returns, Technology, loosened
from xinzhi.frontier.engine.radial import Orientation, RadialScores, radial_scores, radial_scores_each
from xinzhi.frontier.engine.solve import solve, solve_each

__all__ = [
    "Answers",
    "Orientation",
    "Questions",
    "RadialScores",
    "Returns",
    "Technology",
    "loosened",
    "radial_scores",
    "radial_scores_each",
    "solve",
    "solve_each",
]
