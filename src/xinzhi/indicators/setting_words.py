"""Settings of steps and rules in words, for sentences and notes."""

from collections.abc import Mapping
from typing import Any

from xinzhi.language import Text, enumerated, named, say

NAMES: dict[str, Text] = {
    "above": say("dimensions by"),
    "availability": say("least share of parts"),
    "average": say("averaged by"),
    "beyond": say("beyond the target"),
    "by": say("by"),
    "constant": say("constant columns"),
    "correlation": say("correlation"),
    "cost": say("costs by"),
    "count": say("count of observations"),
    "degree": say("time degree"),
    "distinguishing": say("distinguishing coefficient"),
    "divisor": say("divisor of the variance"),
    "factors": say("factors"),
    "floor": say("floor"),
    "group": say("group"),
    "high": say("highest"),
    "highest": say("highest share"),
    "ideals": say("ideals"),
    "indicator": say("indicator"),
    "indicators": say("indicators"),
    "judgements": say("judgements"),
    "keep": say("kept"),
    "kurtosis": say("kurtosis"),
    "levels": say("levels"),
    "low": say("lowest"),
    "lowest": say("lowest share"),
    "mean": say("mean"),
    "measure": say("measure of correlation"),
    "method": say("rule"),
    "most": say("at most so many values"),
    "negative": say("negative weights"),
    "of": say("of"),
    "order": say("order of parts"),
    "outside": say("beyond the posts"),
    "over": say("over"),
    "penalty": say("penalty"),
    "points": say("points"),
    "posts": say("posts"),
    "power": say("power"),
    "rate": say("rate"),
    "reference": say("reference"),
    "relation": say("relation"),
    "replicate": say("bootstrap replicate"),
    "scale": say("scale"),
    "scope": say("scope"),
    "sd": say("standard deviation"),
    "seed": say("seed"),
    "shares": say("shares"),
    "shift": say("shift"),
    "skewness": say("skewness"),
    "special": say("rules of their own"),
    "spread": say("spread"),
    "standard": say("standardised by"),
    "target": say("targets"),
    "targets": say("targets"),
    "then": say("where not enough"),
    "ties": say("ties"),
    "units": say("least share of indicators of a unit"),
    "variant": say("variant"),
    "weights": say("weights"),
    "without": say("without"),
    "zeros": say("zeros"),
}
VALUES: dict[str, Text] = {
    "+": say("upwards"),
    "-": say("downwards"),
    "absolute": say("absolute"),
    "all": say("all indicators at once"),
    "angle": say("angle"),
    "as_given": say("nothing, as normalised"),
    "average": say("average"),
    "best": say("to the best"),
    "best_and_worst": say("to the best and to the worst"),
    "borda": say("Borda points"),
    "by_year": say("by year"),
    "carried": say("last observation carried forward"),
    "cilos": say("CILOS"),
    "clipped": say("cut"),
    "coin_tool": say("COIN tool"),
    "complement": say("complement"),
    "constrained": say("not below zero"),
    "corrected": say("corrected for entropies near one"),
    "cv": say("coefficient of variation"),
    "distance": say("distance correlation"),
    "drop": say("dropped"),
    "eigenvalue_above_one": say("eigenvalues above one"),
    "eigenvector": say("eigenvector"),
    "equal": say("equal"),
    "error": say("refused"),
    "estimated": say("estimated"),
    "exact": say("exact"),
    "exponential": say("exponential"),
    "fixed": say("fixed"),
    "geometric_mean": say("geometric mean of rows"),
    "gii": say("Global Innovation Index"),
    "gini": say("Gini coefficient"),
    "half_smallest": say("half the smallest"),
    "highest": say("highest"),
    "inside": say("on values, w²"),
    "kept": say("kept"),
    "idocriw": say("IDOCRIW"),
    "linear": say("linear"),
    "lopcow": say("LOPCOW"),
    "lowest": say("lowest"),
    "mean": say("mean"),
    "merec": say("MEREC"),
    "median": say("median"),
    "normalised": say("normalised values"),
    "observed": say("observed"),
    "outside": say("on squared distances, w"),
    "plain": say("plain"),
    "population": say("population"),
    "pooled": say("all years together"),
    "rank": say("rank"),
    "raw": say("raw values"),
    "reciprocal": say("reciprocal"),
    "redundancy": say("redundancy"),
    "regression": say("regression"),
    "relative": say("relative"),
    "row": say("row"),
    "sample": say("sample"),
    "sd": say("standard deviation"),
    "shares": say("shares"),
    "siblings": say("siblings"),
    "signed": say("signed"),
    "spearman": say("Spearman"),
    "pearson": say("Pearson"),
    "spssau": say("as SPSSAU does"),
    "squared": say("squared loadings"),
    "time_degree": say("time degree"),
    "unit": say("unit"),
    "variance": say("variance"),
    "year": say("each year by itself"),
    "z_score": say("z-score"),
    "z_score_by_year": say("z-score by year"),
}


def setting(name: str, value: Any) -> Text:
    """Return a setting of a step or rule in words."""
    return say("{setting}: {value}", setting=NAMES.get(name, name), value=value_words(value))


def value_words(value: Any) -> Text:
    """Return the value of a setting in words; texts that are no options are names of columns or units."""
    if hasattr(value, "words"):  # a rule or a slot
        words: Text = value.words()
        return words
    if value is None:
        return say("none")
    if isinstance(value, str):
        return VALUES.get(value) or named(value)
    if isinstance(value, Mapping):
        if any(isinstance(cell, tuple) and isinstance(cell[0], tuple) for cell in value.values()):
            return say("of {names}", names=enumerated([named(name) for name in value]))
        return enumerated([say("{name} {value}", name=named(str(k)), value=value_words(v)) for k, v in value.items()])
    if isinstance(value, tuple | list):
        return enumerated([value_words(item) for item in value])
    return say("{value:g}", value=value)
