"""The one identity that holds the house together: growth = inputs + technology + factors + upgrading."""

from xinzhi.ledger.choices import Choice, ChoiceRange, ChoiceRangeResult, Option
from xinzhi.ledger.industries import Industries, IndustryLedgerResult
from xinzhi.ledger.ledger import Ledger, LedgerResult
from xinzhi.ledger.new_quality import new_quality_share
from xinzhi.ledger.sectors import OtherSource, SectorLedger, SectorLedgerResult, SectorLevels
from xinzhi.ledger.simulated_range import ColumnError, Draw, SimulatedRange, SimulatedRangeResult

__all__ = [
    "Choice",
    "ChoiceRange",
    "ChoiceRangeResult",
    "ColumnError",
    "Draw",
    "Industries",
    "IndustryLedgerResult",
    "Ledger",
    "LedgerResult",
    "Option",
    "OtherSource",
    "SectorLedger",
    "SectorLedgerResult",
    "SectorLevels",
    "SimulatedRange",
    "SimulatedRangeResult",
    "new_quality_share",
]
