"""Examples of indices: six columns of the economy in two dimensions, one cell of capital and one share missing."""

from typing import Any

import xinzhi as xz
from tests.method.examples import Example
from xinzhi.indicators.steps.treat import WinsorisePercentiles

TITLES = {
    "y": "产出",
    "k": "资本",
    "persons": "就业人数",
    "hours": "工时",
    "quality": "劳动质量",
    "share": "劳动份额",
}


def indicator(name: str, parent: str, **settings: Any) -> xz.Indicator:
    """Return an indicator with a title in both languages."""
    return xz.Indicator(name=name, parent=parent, title={"en": name, "zh": TITLES[name]}, **settings)


def dimension(name: str, parent: str | None, chinese: str, **settings: Any) -> xz.Dimension:
    """Return a dimension with a title in both languages."""
    return xz.Dimension(name=name, parent=parent, title={"en": name.capitalize(), "zh": chinese}, **settings)


def framework(**settings: Any) -> xz.Framework:
    """Return an index of means and labour; output and capital are per person, long hours are bad."""
    return xz.Framework(
        indicators=(
            indicator("y", "means", denominator="persons", unit="元", definition="人均", weight=0.6),
            indicator("k", "means", denominator="persons", weight=0.4),
            indicator("quality", "labour", weight=0.5),
            indicator("hours", "labour", direction="cost", weight=0.3),
            indicator("share", "labour", direction="interval", best=(0.55, 0.6), weight=0.2),
        ),
        dimensions=(
            dimension("index", None, "综合指数"),
            dimension("means", "index", "物质条件", weight=0.5),
            dimension("labour", "index", "劳动", weight=0.5),
        ),
        **settings,
    )


def equal() -> xz.IndexSystem:
    """Return equal weights in each dimension, min-max over all years."""
    steps = (xz.Denominate(), xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate())
    return xz.IndexSystem(framework=framework(), steps=steps)


def by_year() -> xz.IndexSystem:
    """Return given weights, min-max in each year by itself, of a recalled framework."""
    steps = (xz.Denominate(), xz.Normalise(over="year"), xz.Weigh(by=xz.Given()), xz.Aggregate())
    return xz.IndexSystem(framework=framework(status="recalled"), steps=steps)


def entropy() -> xz.IndexSystem:
    """Return entropy weights of all indicators, outliers treated, a geometric mean with a floor."""
    steps = (
        xz.Denominate(),
        xz.Treat(by=WinsorisePercentiles(low=5, high=95)),
        xz.Normalise(),
        xz.Weigh(by=xz.Entropy()),
        xz.Aggregate(by=xz.GeometricMean(floor=0.01)),
    )
    return xz.IndexSystem(framework=framework(), steps=steps)


EXAMPLES: dict[str, Example] = {
    "index_system": Example(equal, main="index", per="observation"),
    "index_system_by_year": Example(by_year, main="index", per="observation"),
    "index_system_entropy": Example(entropy, main="index", per="observation"),
}
