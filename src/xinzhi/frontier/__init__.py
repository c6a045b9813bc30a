"""Best practice, data envelopment analysis, productivity indices and frontier-valued growth accounts."""

from xinzhi.frontier.best_practice import BestPractice, BestPracticeResult, Leader
from xinzhi.frontier.dea import DEA, DEAResult
from xinzhi.frontier.frontier_accounts import FrontierAccounts, FrontierAccountsResult
from xinzhi.frontier.malmquist import Malmquist, MalmquistResult
from xinzhi.frontier.reference import ReferenceSet
from xinzhi.frontier.technology import Sequential

__all__ = [
    "DEA",
    "BestPractice",
    "BestPracticeResult",
    "DEAResult",
    "FrontierAccounts",
    "FrontierAccountsResult",
    "Leader",
    "Malmquist",
    "MalmquistResult",
    "ReferenceSet",
    "Sequential",
]
