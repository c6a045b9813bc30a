"""The engine of radial linear programmes; nothing outside this folder knows which solver works in it."""

from xinzhi.frontier.engine.highs import Orientation, RadialScores, Returns, Technology, radial_scores

__all__ = ["Orientation", "RadialScores", "Returns", "Technology", "radial_scores"]
