"""The reader's name of each term and status."""

from xinzhi.language import Text, named, say

LABELS: dict[str, str] = {
    "growth": "Growth",
    "capital": "Capital",
    "capital_deepening": "Capital deepening",
    "labour": "Labour",
    "employment": "Employment",
    "hours": "Hours",
    "quality": "Labour quality",
    "intermediate": "Intermediate inputs",
    "tfp": "TFP",
    "technology": "Technology",
    "efficiency": "Efficiency",
    "technical": "Technical efficiency",
    "scale": "Scale",
    "mix": "Mix",
    "reallocation": "Reallocation",
    "reallocation_capital": "Reallocation of capital",
    "reallocation_labour": "Reallocation of labour",
    "factors": "Factors",
    "within": "Within industries",
    "upgrading": "Upgrading",
    "upgrading_end": "Upgrading (end weights)",
    "technical_change": "Technical change",
    "efficiency_change": "Efficiency change",
    "pure_efficiency_change": "Pure efficiency change",
    "scale_efficiency_change": "Scale efficiency change",
    "malmquist": "Malmquist index",
    "score": "Score",
    "frontier_capital": "Capital at frontier",
    "frontier_labour": "Labour at frontier",
    "frontier_scale": "Scale at frontier",
    "valuation": "Valuation",
    "valuation_capital": "Valuation of capital",
    "valuation_labour": "Valuation of labour",
    "unit": "Unit",
    "time": "Year",
    "status": "Status",
    "reason": "Reason",
    "period": "Period",
}


def label(name: str) -> Text:
    """Return the reader's name of a term: the study's own, the standard one, or the name spelt out."""
    return Text(_label, str(name))


def _label(name: str) -> str:
    own = named(name)
    return own if own != name else say(LABELS.get(name) or name.replace("_", " ").capitalize())
