"""Best practice, data envelopment analysis, productivity indices and frontier-valued growth accounts.

Each module is imported when one of its names is first used: who wants one method waits for one.
"""

from typing import TYPE_CHECKING

from xinzhi.lazy import lazily

if TYPE_CHECKING:
    from xinzhi.frontier.additive import AdditiveDEA as AdditiveDEA
    from xinzhi.frontier.best_practice import BestPractice as BestPractice
    from xinzhi.frontier.best_practice import BestPracticeResult as BestPracticeResult
    from xinzhi.frontier.best_practice import Leader as Leader
    from xinzhi.frontier.cross_efficiency import CrossEfficiency as CrossEfficiency
    from xinzhi.frontier.cross_efficiency import CrossEfficiencyResult as CrossEfficiencyResult
    from xinzhi.frontier.dea import DEA as DEA
    from xinzhi.frontier.dea import DEAResult as DEAResult
    from xinzhi.frontier.directional import Direction as Direction
    from xinzhi.frontier.directional import DirectionalDEA as DirectionalDEA
    from xinzhi.frontier.directional import DirectionalResult as DirectionalResult
    from xinzhi.frontier.directional import Moving as Moving
    from xinzhi.frontier.directional import StepWeights as StepWeights
    from xinzhi.frontier.disposability import ByProduction as ByProduction
    from xinzhi.frontier.disposability import Kuosmanen as Kuosmanen
    from xinzhi.frontier.disposability import Weak as Weak
    from xinzhi.frontier.fare_primont import FarePrimont as FarePrimont
    from xinzhi.frontier.fare_primont import FarePrimontResult as FarePrimontResult
    from xinzhi.frontier.fare_primont import Representative as Representative
    from xinzhi.frontier.fdh import FDH as FDH
    from xinzhi.frontier.frontier_accounts import FrontierAccounts as FrontierAccounts
    from xinzhi.frontier.frontier_accounts import FrontierAccountsResult as FrontierAccountsResult
    from xinzhi.frontier.hicks_moorsteen import HicksMoorsteen as HicksMoorsteen
    from xinzhi.frontier.hicks_moorsteen import HicksMoorsteenResult as HicksMoorsteenResult
    from xinzhi.frontier.hyperbolic import HyperbolicDEA as HyperbolicDEA
    from xinzhi.frontier.luenberger import Luenberger as Luenberger
    from xinzhi.frontier.luenberger import LuenbergerResult as LuenbergerResult
    from xinzhi.frontier.malmquist import Malmquist as Malmquist
    from xinzhi.frontier.malmquist import MalmquistResult as MalmquistResult
    from xinzhi.frontier.malmquist_luenberger import MalmquistLuenberger as MalmquistLuenberger
    from xinzhi.frontier.malmquist_luenberger import MalmquistLuenbergerResult as MalmquistLuenbergerResult
    from xinzhi.frontier.metafrontier import Metafrontier as Metafrontier
    from xinzhi.frontier.metafrontier import MetafrontierResult as MetafrontierResult
    from xinzhi.frontier.reference import ReferenceSet as ReferenceSet
    from xinzhi.frontier.russell import RussellDEA as RussellDEA
    from xinzhi.frontier.russell import RussellResult as RussellResult
    from xinzhi.frontier.sbm import SBM as SBM
    from xinzhi.frontier.scale import ScaleEfficiency as ScaleEfficiency
    from xinzhi.frontier.scale import ScaleResult as ScaleResult
    from xinzhi.frontier.technology import Biennial as Biennial
    from xinzhi.frontier.technology import FixedBase as FixedBase
    from xinzhi.frontier.technology import Global as Global
    from xinzhi.frontier.technology import Sequential as Sequential
    from xinzhi.frontier.technology import Window as Window

_NAMES = {
    "additive": ("AdditiveDEA",),
    "best_practice": ("BestPractice", "BestPracticeResult", "Leader"),
    "cross_efficiency": ("CrossEfficiency", "CrossEfficiencyResult"),
    "dea": ("DEA", "DEAResult"),
    "directional": ("Direction", "DirectionalDEA", "DirectionalResult", "Moving", "StepWeights"),
    "disposability": ("ByProduction", "Kuosmanen", "Weak"),
    "fare_primont": ("FarePrimont", "FarePrimontResult", "Representative"),
    "fdh": ("FDH",),
    "frontier_accounts": ("FrontierAccounts", "FrontierAccountsResult"),
    "hicks_moorsteen": ("HicksMoorsteen", "HicksMoorsteenResult"),
    "hyperbolic": ("HyperbolicDEA",),
    "luenberger": ("Luenberger", "LuenbergerResult"),
    "malmquist": ("Malmquist", "MalmquistResult"),
    "malmquist_luenberger": ("MalmquistLuenberger", "MalmquistLuenbergerResult"),
    "metafrontier": ("Metafrontier", "MetafrontierResult"),
    "reference": ("ReferenceSet",),
    "russell": ("RussellDEA", "RussellResult"),
    "sbm": ("SBM",),
    "scale": ("ScaleEfficiency", "ScaleResult"),
    "technology": ("Biennial", "FixedBase", "Global", "Sequential", "Window"),
}
_HOMES = {name: f"xinzhi.frontier.{module}" for module, names in _NAMES.items() for name in names}

__all__ = list(_HOMES)


if not TYPE_CHECKING:  # a checker would believe that any name is here
    __getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
