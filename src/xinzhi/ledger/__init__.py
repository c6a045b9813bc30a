"""The one identity that holds the house together: growth = inputs + technology + factors + upgrading."""

from xinzhi.ledger.choices import Choice, ChoiceRange, ChoiceRangeResult, Option
from xinzhi.ledger.industries import Industries, IndustryLedgerResult
from xinzhi.ledger.ledger import Ledger, LedgerResult
from xinzhi.ledger.new_quality import new_quality_share

__all__ = [
    "Choice",
    "ChoiceRange",
    "ChoiceRangeResult",
    "Industries",
    "IndustryLedgerResult",
    "Ledger",
    "LedgerResult",
    "Option",
    "new_quality_share",
]
