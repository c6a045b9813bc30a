"""One look for all charts: colours that stay apart for colour-blind readers and in grey, fonts, quiet axes."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from xinzhi.language import language

FONT = "Arial, Liberation Sans, Helvetica, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
"""The first three have the same widths, so labels measured on one machine fit on another."""
CHINESE_FONT = "Source Han Sans SC, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, Arial, Liberation Sans, sans-serif"
"""The first two are one design; a Chinese letter is as wide as the font is high in all of them."""

INK, QUIET, RULE = "#1a1a1a", "#555555", "#b8b8b8"

TERM_COLOURS: dict[str, str] = {
    # accumulation: blue, from dark to light
    "capital": "#17375e",
    "capital_deepening": "#17375e",
    "labour": "#3f74a8",
    "employment": "#3f74a8",
    "hours": "#86b0d6",
    "quality": "#c6dcef",
    # inputs of other kinds: grey
    "intermediate": "#9a9a9a",
    "energy": "#b3b3b3",
    "materials": "#9a9a9a",
    "services": "#cccccc",
    "resources": "#e3e3e3",
    "land": "#e3e3e3",
    # what comes from productivity: red-brown to yellow
    "tfp": "#a3390f",
    "malmquist": "#a3390f",
    "technology": "#7a2307",
    "technical_change": "#7a2307",
    "within": "#7a2307",
    "efficiency": "#cf6a17",
    "efficiency_change": "#cf6a17",
    "technical": "#cf6a17",
    "pure_efficiency_change": "#cf6a17",
    "scale": "#e79a3c",
    "scale_efficiency_change": "#e79a3c",
    "mix": "#f4c67a",
    "factors": "#d9822b",
    "reallocation": "#f2bd62",
    "reallocation_capital": "#f2bd62",
    "reallocation_labour": "#f8dca4",
    "upgrading": "#fbeebd",
    "upgrading_end": "#fbeebd",
    "valuation": "#9a7fb0",
    "growth": "#3a3a3a",
    "total": "#3a3a3a",
}
"""The colour of each term in every chart. Within a family lightness falls in steps, so grey print keeps them apart."""

SERIES_COLOURS = ("#17375e", "#b8560c", "#2b7a6b", "#7b4a94", "#6f6f6f")
SERIES_DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2))
"""A line is told by colour and dash together: fifteen combinations."""

SPARE_COLOURS = ("#4d6b57", "#7f9c88", "#b4c8ba", "#dde7df")


def term_colours(terms: Sequence[str]) -> list[str]:
    """Return the colour of each term; terms without one of their own take spare greens in order."""
    unknown = [term for term in terms if term not in TERM_COLOURS]
    spare = {term: SPARE_COLOURS[k % len(SPARE_COLOURS)] for k, term in enumerate(unknown)}
    return [TERM_COLOURS.get(term) or spare[term] for term in terms]


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration of the theme."""
    font = CHINESE_FONT if language() == "zh" else FONT
    text = {
        "labelFont": font,
        "titleFont": font,
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    axis = {
        **text,
        "titleFontWeight": "normal",
        "domainColor": QUIET,
        "tickColor": QUIET,
        "tickSize": 4,
        "grid": False,
        "gridColor": "#e6e6e6",
        "labelLimit": 150,
        "titlePadding": 6,
        "labelFlush": False,
    }
    return {
        "background": "white",
        "font": font,
        "padding": 4,
        "locale": {"number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "minus": "−"}},
        "view": {"stroke": None, "continuousWidth": 360, "continuousHeight": 220},
        "axis": axis,
        "legend": {
            **text,
            "title": None,
            "orient": "top",
            "symbolType": "square",
            "symbolSize": 90,
            "symbolStrokeWidth": 0.4,
            "columnPadding": 12,
            "labelLimit": 200,
            "offset": 8,
        },
        "header": {
            **text,
            "labelFontWeight": "bold",
            "labelFontSize": 12.5,
            "labelAnchor": "start",
            "labelPadding": 4,
        },
        "title": {
            "font": font,
            "color": INK,
            "fontSize": 13,
            "fontWeight": "normal",
            "anchor": "start",
            "offset": 10,
        },
        "text": {"font": font, "fontSize": 11, "color": INK},
        "facet": {"spacing": 16},
    }


@alt.theme.register("xinzhi", enable=False)
def theme() -> alt.theme.ThemeConfig:
    """Return the theme for ``altair.theme.enable("xinzhi")``; charts of this package carry it in any case."""
    return alt.theme.ThemeConfig({"config": config()})  # type: ignore[typeddict-item]
