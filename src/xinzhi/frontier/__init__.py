"""Best practice, data envelopment analysis, productivity indices and frontier-valued growth accounts."""

from xinzhi.frontier.additive import AdditiveDEA
from xinzhi.frontier.best_practice import BestPractice, BestPracticeResult, Leader
from xinzhi.frontier.cross_efficiency import CrossEfficiency, CrossEfficiencyResult
from xinzhi.frontier.dea import DEA, DEAResult
from xinzhi.frontier.directional import Direction, DirectionalDEA, DirectionalResult, Moving, StepWeights
from xinzhi.frontier.disposability import ByProduction, Kuosmanen, Weak
from xinzhi.frontier.fare_primont import FarePrimont, FarePrimontResult, Representative
from xinzhi.frontier.fdh import FDH
from xinzhi.frontier.frontier_accounts import FrontierAccounts, FrontierAccountsResult
from xinzhi.frontier.hicks_moorsteen import HicksMoorsteen, HicksMoorsteenResult
from xinzhi.frontier.hyperbolic import HyperbolicDEA
from xinzhi.frontier.luenberger import Luenberger, LuenbergerResult
from xinzhi.frontier.malmquist import Malmquist, MalmquistResult
from xinzhi.frontier.malmquist_luenberger import MalmquistLuenberger, MalmquistLuenbergerResult
from xinzhi.frontier.metafrontier import Metafrontier, MetafrontierResult
from xinzhi.frontier.reference import ReferenceSet
from xinzhi.frontier.russell import RussellDEA, RussellResult
from xinzhi.frontier.sbm import SBM
from xinzhi.frontier.scale import ScaleEfficiency, ScaleResult
from xinzhi.frontier.technology import Biennial, FixedBase, Global, Sequential, Window

__all__ = [
    "DEA",
    "FDH",
    "SBM",
    "AdditiveDEA",
    "BestPractice",
    "BestPracticeResult",
    "Biennial",
    "ByProduction",
    "CrossEfficiency",
    "CrossEfficiencyResult",
    "DEAResult",
    "Direction",
    "DirectionalDEA",
    "DirectionalResult",
    "FarePrimont",
    "FarePrimontResult",
    "FixedBase",
    "FrontierAccounts",
    "FrontierAccountsResult",
    "Global",
    "HicksMoorsteen",
    "HicksMoorsteenResult",
    "HyperbolicDEA",
    "Kuosmanen",
    "Leader",
    "Luenberger",
    "LuenbergerResult",
    "Malmquist",
    "MalmquistLuenberger",
    "MalmquistLuenbergerResult",
    "MalmquistResult",
    "Metafrontier",
    "MetafrontierResult",
    "Moving",
    "ReferenceSet",
    "Representative",
    "RussellDEA",
    "RussellResult",
    "ScaleEfficiency",
    "ScaleResult",
    "Sequential",
    "StepWeights",
    "Weak",
    "Window",
]
