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
    "inefficiency": "Inefficiency",
    "slack": "Slacks",
    "scale_change": "Scale change",
    "magnitude_change": "Magnitude of technical change",
    "output_biased_change": "Output-biased technical change",
    "input_biased_change": "Input-biased technical change",
    "luenberger": "Luenberger indicator",
    "malmquist_luenberger": "Malmquist-Luenberger index",
    "received": "Rating received",
    "given": "Rating given",
    "self": "Own score",
    "maverick": "Maverick index",
    "scale_efficiency": "Scale efficiency",
    "crs_score": "Score under constant returns",
    "vrs_score": "Score under variable returns",
    "intercept_low": "Lowest intercept",
    "intercept_high": "Highest intercept",
    "scale_factor_low": "Lowest scale factor",
    "scale_factor_high": "Highest scale factor",
    "meta_score": "Score against all groups",
    "group_score": "Score in the group",
    "technology_gap": "Technology gap ratio",
    "output_quantity": "Output quantity",
    "input_quantity": "Input quantity",
    "output": "Output",
    "input": "Input",
    "tfp_efficiency": "TFP efficiency",
    "maximum_tfp": "Maximum TFP",
    "residual_mix_efficiency": "Residual mix efficiency",
    "output_technical_efficiency": "Output-oriented technical efficiency",
    "output_scale_efficiency": "Output-oriented scale efficiency",
    "output_mix_efficiency": "Output-oriented mix efficiency",
    "output_scale_mix_efficiency": "Output-oriented scale-mix efficiency",
    "residual_output_scale_efficiency": "Residual output-oriented scale efficiency",
    "input_technical_efficiency": "Input-oriented technical efficiency",
    "input_scale_efficiency": "Input-oriented scale efficiency",
    "input_mix_efficiency": "Input-oriented mix efficiency",
    "input_scale_mix_efficiency": "Input-oriented scale-mix efficiency",
    "residual_input_scale_efficiency": "Residual input-oriented scale efficiency",
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


STEP = "beta_"
"""How the name of a term begins that is a good's own step along a direction."""


def label(name: str) -> Text:
    """Return the reader's name of a term: the study's own, the standard one, or the name spelt out."""
    return Text(_label, str(name))


def _label(name: str) -> str:
    own = named(name)
    if own == name and name.startswith(STEP):
        return say("Step of {good}", good=named(name.removeprefix(STEP)))
    return own if own != name else say(LABELS.get(name) or name.replace("_", " ").capitalize())
